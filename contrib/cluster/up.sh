#!/bin/bash
# make up: the private cluster with its companions, left running.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$project/contrib/cluster/instance.sh"

prepare up
instance "$cluster_home"
instance_create
instance_start
instance_create_extension
start_companions
write_env

say ""
say "The cluster runs: PostgreSQL $("$pg_config" --version | sed 's/^PostgreSQL //'), database $database."
say "   connect     . .cluster/env && psql"
say_api
say "   logs        .cluster/log (readable by $(server_user))"
say "   stop        make down"
