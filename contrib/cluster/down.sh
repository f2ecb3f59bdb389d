#!/bin/bash
# make down: stop what make up started. The data stays for the next make up;
# "make down PURGE=1" removes it. "make demo-down" ends a demo that was kept.

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
if [ "${1:-}" = demo-down ]; then
	instance "$cluster_home/demo"
	PURGE=1
else
	instance "$cluster_home"
fi
instance_stop
rm -f "$inst/env"
say "Stopped."
if [ -n "${PURGE:-}" ]; then
	instance_remove
	say "The data is removed."
fi
