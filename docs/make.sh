#!/bin/bash
# make docs: write docs/states.md from the tables of states, and
# docs/reference.md from the comments in a fresh database.

. "$(dirname "${BASH_SOURCE[0]}")/../contrib/cluster/common.sh"
. "$project/contrib/cluster/instance.sh"

prepare
"$python" "$project/docs/states.py"
instance "$cluster_home/docs" fresh
trap 'instance_stop; instance_remove' EXIT
instance_create "fsync = off"
instance_start
instance_create_extension
"$pg_bin/psql" -Xq -v ON_ERROR_STOP=1 -f "$project/docs/reference.sql" > "$inst/reference.md"
cp "$inst/reference.md" "$project/docs/reference.md"
say "Wrote docs/states.md and docs/reference.md"
