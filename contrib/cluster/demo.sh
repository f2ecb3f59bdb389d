#!/bin/bash
# make demo: a workflow from its YAML file to its output, on a private cluster
# made for it. KEEP=1 leaves that cluster running.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$project/contrib/cluster/instance.sh"

demo="$project/contrib/cluster/demo"

if [ -t 1 ]; then
	bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
else
	bold='' dim='' plain=''
fi

title()
{
	printf '\n%s%s%s\n\n' "$bold" "$1" "$plain"
}

# Show a statement as somebody would type it.
statement()
{
	printf '   %s%s%s\n' "$dim" "$1" "$plain"
}

psql_script()
{
	"$pg_bin/psql" -XAtq -v ON_ERROR_STOP=1 "$@"
}

finish()
{
	local status=$?

	if [ -n "${KEEP:-}" ] && [ "$status" -eq 0 ]; then
		write_env
		title "The cluster still runs"
		say "   connect     . .cluster/demo/env && psql"
		say_api
		say "   stop        make demo-down"
		return
	fi
	instance_stop
	instance_remove
}

# The two companies, on a port of localhost that the system chooses.
start_service()
{
	local port_file="$sock/service.port"

	as_server rm -f "$port_file"
	as_server cp "$demo/service.py" "$sock/service.py" 2>/dev/null ||
		as_server tee "$sock/service.py" < "$demo/service.py" >/dev/null
	companion service "$python" "$sock/service.py" "$port_file" "$inst/log/requests.log"
	for _ in $(seq 100); do
		if as_server test -s "$port_file"; then
			service_url="http://127.0.0.1:$(as_server cat "$port_file")"
			return
		fi
		sleep 0.1
	done
	die "the HTTP service of the demo did not start" "Its log: $inst/log/service.log"
}

run_sample()
{
	local id state result input

	title "1. The workflow ($(realpath --relative-to="$PWD" "$demo/trip.yaml" 2>/dev/null || echo trip.yaml))"
	sed '1d; s/^/   /' "$demo/trip.yaml"

	title "2. Into the database, and started"
	input="{\"city\": \"Lisbon\", \"service\": \"$service_url\"}"
	statement "\\set definition \`cat trip.yaml\`"
	statement "SELECT mistral.create_workflows(:'definition');"
	psql_script -v definition="$(cat "$demo/trip.yaml")" <<< \
		"SELECT count(*) FROM mistral.create_workflows(:'definition')" >/dev/null
	statement "SELECT mistral.start_workflow('plan_trip', '$input');"
	id=$(psql_script -v input="$input" <<< "SELECT mistral.start_workflow('plan_trip', :'input'::jsonb)")
	printf '   %s\n' "$id"

	title "3. What happened"
	statement "SELECT * FROM mistral.tasks WHERE workflow_execution_id = '$id';"
	say ""
	result=$(psql_script -v id="$id" <<< "SELECT mistral.wait_execution(:'id'::uuid, '60 s')")
	state=$(psql_script -v id="$id" <<< "SELECT mistral.get_execution(:'id'::uuid) ->> 'state'")
	psql_script -v id="$id" -f "$demo/steps.sql" | "$python" "$demo/show.py"

	title "4. The end"
	statement "SELECT mistral.get_execution('$id');"
	printf '   state   %s\n' "$state"
	psql_script -v id="$id" <<< "SELECT format('   %-7s %s', key, value) FROM jsonb_each_text(mistral.get_execution(:'id'::uuid) -> 'output') ORDER BY key"
	say ""
	[ "$state" = SUCCESS ] || die "the workflow ended in state $state" "$result"
}

prepare demo
instance "$cluster_home/demo" fresh
api_url=
trap finish EXIT
instance_create
say "Starting a cluster for the demo"
instance_start
instance_create_extension
API_PORT=0 start_companions
start_service
run_sample
