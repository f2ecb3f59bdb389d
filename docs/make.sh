#!/bin/bash
# make docs: write docs/states.md from the tables of states, and
# docs/reference.md and docs/functions.md from what a fresh database says of
# itself: its comments, and its functions of the expression languages.

. "$(dirname "${BASH_SOURCE[0]}")/../contrib/cluster/common.sh"
. "$project/contrib/cluster/instance.sh"

prepare up
"$python" "$project/docs/states.py"
instance "$cluster_home/docs" fresh
trap 'instance_stop; instance_remove' EXIT
instance_create "fsync = off"
instance_start
instance_create_extension
for page in reference functions; do
	"$pg_bin/psql" -Xq -v ON_ERROR_STOP=1 -f "$project/docs/$page.sql" > "$inst/$page.md"
	cp "$inst/$page.md" "$project/docs/$page.md"
done
say "Wrote docs/states.md, docs/reference.md and docs/functions.md"
