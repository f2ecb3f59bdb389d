#!/bin/bash
# make bench: the measurements, on a fresh server with default durability.
#
#   bench/run.sh [--quick | --long] [--only GOAL,...]
#
# GOAL is the number of a goal, "expressions" or "rest".
# Results: a table on the screen, .cluster/bench/results.jsonl for programs.

. "$(dirname "${BASH_SOURCE[0]}")/../contrib/cluster/common.sh"
. "$project/contrib/cluster/instance.sh"

preload_libraries()
{
	echo "mistral,pg_stat_statements"
}

has_cron()
{
	false
}

prepare all
instance "$cluster_home/bench" fresh
trap 'instance_stop' EXIT
instance_create "shared_buffers = '256MB'" "max_wal_size = '4GB'" "checkpoint_timeout = '30min'" \
	"autovacuum_naptime = '10s'" "pg_stat_statements.max = 1000"
instance_start
instance_create_extension
"$pg_bin/psql" -Xq -v ON_ERROR_STOP=1 -f "$project/bench/schema.sql"
psql_value "$database" "CREATE EXTENSION IF NOT EXISTS pg_walinspect" 2>/dev/null || true

make -s -C "$project/bench" PG_CONFIG="$pg_config" OUT="$inst/driver"
ln -sf "$pg_bin/pgbench" "$pg_bin/mistral-executor" "$inst/"
export BENCH_BIN=$inst
only= mode=
while [ $# -gt 0 ]; do
	case $1 in
		--quick | --long) mode=$1 ;;
		--only) only=${2?} && shift ;;
		*) die "unknown option: $1" "Usage: bench/run.sh [--quick | --long] [--only GOAL,...]" ;;
	esac
	shift
done
goals=$(tr , '\n' <<< "$only" | grep -E '^[0-9]+$' | paste -sd,) || true

is_wanted()
{
	[ -z "$only" ] || [[ ,$only, == *,$1,* ]]
}

if [ -z "$only" ] || [ -n "$goals" ]; then
	"$python" "$project/bench/bench.py" --json "$inst/results.jsonl" ${mode:+"$mode"} ${goals:+--only "$goals"}
fi
if is_wanted expressions; then
	"$python" "$project/bench/expressions.py" --json "$inst/expressions.jsonl"
fi
if is_wanted rest && [ -x "$pg_bin/mistral-api" ]; then
	"$python" "$project/bench/rest.py" --program "$pg_bin/mistral-api" --pgbench "$pg_bin/pgbench" \
		--load "$inst/http_load" --database "$(conninfo)" --json "$inst/results.jsonl"
fi
say "As JSON: .cluster/bench/results.jsonl"
