#!/bin/bash
# make down: stop what make up started. The data stays for the next make up;
# "make down PURGE=1" removes it.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$project/contrib/cluster/instance.sh"

if [ ! -e "$project/.cluster" ]; then
	say "There is no private cluster."
	exit 0
fi
find_cluster_home
for dir in "$cluster_home"/pg/usr/lib/postgresql/*/bin; do
	pg_bin=$dir
done
instance "$cluster_home"
instance_stop
rm -f "$cluster_home/env"
say "Stopped."
if [ -n "${PURGE:-}" ]; then
	instance_remove
	say "The data is removed."
fi
