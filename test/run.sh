#!/bin/bash
# make test: every test of the project, on servers of its own.
#
#   test/run.sh [SUITE...]     all suites, or some of those below
#
# Each suite reports how many of its tests passed and failed. One that dies, or
# that cannot say how many it ran, counts as a failure. The last line is
# "N passed, N failed", and the exit status is 1 when anything failed.

. "$(dirname "${BASH_SOURCE[0]}")/../contrib/cluster/common.sh"
. "$project/contrib/cluster/instance.sh"

# api first of those that run workflows: maintenance waits for what others leave running
suites="harness lint regress isolation security tap expressions definitions documents api packages workflows rest console pairs torture images"
total_passed=0
total_failed=0
summary=()

# record NAME STATUS LOG: add the counts of a finished suite. STATUS is the exit
# status of its program; the last "N passed, N failed" of LOG is its result.
record()
{
	local name=$1 status=$2 log=$3 passed=0 failed=0 line seconds=$((SECONDS - suite_begin))

	line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1 || true)
	if [ -n "$line" ]; then
		passed=${line%% passed*}
		failed=${line#*, }
		failed=${failed%% failed*}
	fi
	if [ -z "$line" ] || { [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; }; then
		failed=$((failed + 1))
		if [ "$status" -eq 124 ]; then
			say "$name: took too long"
		else
			say "$name: ended with status $status"
		fi
	fi
	if [ "$failed" -gt 0 ]; then
		say "--- $name: the end of $log"
		tail -n 60 "$log"
	fi
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	summary+=("$(printf '%-12s %6d passed %6d failed %5d s' "$name" "$passed" "$failed" "$seconds")")
	say "${summary[-1]}"
}

say_results()
{
	say "   $1 goes on, $(grep -acE '^ *(ok|not ok|test .*\.\.\.)' "$2") results so far"
}

# suite NAME SECONDS COMMAND...: run a suite with a limit of time
suite()
{
	local name=$1 seconds=$2 log="$logs/$1.log" status=0 ticker
	shift 2

	suite_begin=$SECONDS
	every 60 say_results "$name" "$log" &
	ticker=$!
	timeout --kill-after=30 "$seconds" "$@" > "$log" 2>&1 < /dev/null || status=$?
	kill "$ticker" 2>/dev/null || true
	wait "$ticker" 2>/dev/null || true
	record "$name" "$status" "$log"
}

tests()
{
	make -s -C "$project" --no-print-directory PG_CONFIG="$pg_config" list-tests KIND="$1"
}

# The output of pg_regress, before and since version 16, as a count.
count_pg_regress()
{
	local out status=0

	out=$("$@" 2>&1) || status=$?
	printf '%s\n' "$out"
	printf '%s\n' "$out" | awk '
		/^(test|     ).*\.\.\. +ok/ || /^ok [0-9]+/ { ok++ }
		/^(test|     ).*\.\.\. +FAILED/ || /^not ok [0-9]+/ { bad++ }
		END { printf "%d passed, %d failed\n", ok, bad }'
	if [ "$status" -ne 0 ] && [ -f "$test_out/regression.diffs" ]; then
		head -n 200 "$test_out/regression.diffs"
	fi
	return "$status"
}

run_regress()
{
	local names
	names=$(tests REGRESS)

	[ -n "$names" ] || { echo "0 passed, 0 failed"; return; }
	test_out="$logs/regress.out"
	mkdir -p "$test_out"
	# shellcheck disable=SC2086
	count_pg_regress "$pgxs_dir/src/test/regress/pg_regress" --bindir="$pg_bin" \
		--inputdir="$project/test" --outputdir="$test_out" --load-extension=mistral \
		--dbname=contrib_regression $names
}

# Attacks: SQL files like those of regress, then every program attack_*.py.
run_security()
{
	local names program status=0
	names=$(tests SECURITY)

	test_out="$logs/security.out"
	mkdir -p "$test_out"
	# shellcheck disable=SC2086
	count_pg_regress "$pgxs_dir/src/test/regress/pg_regress" --bindir="$pg_bin" \
		--inputdir="$project/test/security" --outputdir="$test_out" --load-extension=mistral \
		--dbname=security_regression $names > "$test_out/log" 2>&1 || status=$?
	cat "$test_out/log"
	for program in "$project"/test/security/attack_*.py; do
		[ -f "$program" ] || continue
		echo "--- ${program##*/}"
		"$python" "$program" --bindir "$pg_bin" --database "$(conninfo)" > "$test_out/program.log" 2>&1 || status=$?
		cat "$test_out/program.log"
		grep -aE '^[0-9]+ passed, [0-9]+ failed$' "$test_out/program.log" | tail -n 1 >> "$test_out/log" ||
			echo "0 passed, 1 failed" >> "$test_out/log"
	done
	awk '/^[0-9]+ passed, [0-9]+ failed$/ { ok += $1; bad += $3 }
		END { printf "%d passed, %d failed\n", ok, bad }' "$test_out/log"
	return "$status"
}

run_isolation()
{
	local names
	names=$(tests ISOLATION)

	[ -n "$names" ] || { echo "0 passed, 0 failed"; return; }
	test_out="$logs/isolation.out"
	mkdir -p "$test_out"
	# shellcheck disable=SC2086
	count_pg_regress "$pgxs_dir/src/test/isolation/pg_isolation_regress" --bindir="$pg_bin" \
		--inputdir="$project/test/isolation" --outputdir="$test_out" --load-extension=mistral \
		--dbname=isolation_regression $names
}

# TAP tests start servers of their own, so they run as the server's user, from
# a copy that this user can read.
run_tap()
{
	local names copy="$test_home/tap" status=0 out log
	names=$(tests TAP)

	[ -n "$names" ] || { echo "0 passed, 0 failed"; return; }
	rm -rf "$copy"
	mkdir -p "$copy"
	cp -a "$project/test/t" "$project/test/lib" "$project/test/sql" "$project/test/expected" "$copy/"
	cp -a "$project/contrib/cluster/demo" "$copy/"
	chmod -R a+rX "$copy"
	server_dir "$copy/work"
	out=$(cd "$copy/work" && as_server env PATH="$pg_bin:$PATH" \
		PG_REGRESS="$pgxs_dir/src/test/regress/pg_regress" \
		TESTDIR="$copy/work" TESTDATADIR="$copy/work/tmp_check" TESTLOGDIR="$copy/work/tmp_check/log" PGHOST= PGPORT=65432 TMPDIR=/tmp MISTRAL_TEST_DIR="$copy" \
		prove --merge --verbose -I "$pgxs_dir/src/test/perl" -I "$copy/lib" \
		$(for n in $names; do echo "$copy/t/$n.pl"; done) 2>&1) || status=$?
	printf '%s\n' "$out"
	for log in "$copy/work/tmp_check/log"/regress_log_*; do
		if [ "$status" -ne 0 ] && grep -qE 'not ok|error running|died' "$log"; then
			echo "--- the end of ${log##*/}"
			tail -n 25 "$log"
		fi
	done
	printf '%s\n' "$out" | awk '
		/^ok [0-9]+/ { ok++ }
		/^not ok [0-9]+/ { bad++ }
		/\(Wstat: [1-9].* Failed: 0\)$/ { bad++ }	# a file that died
		END { printf "%d passed, %d failed\n", ok, bad }'
	return "$status"
}

start_test_instance()
{
	instance "$test_home" fresh
	instance_create "fsync = off" "synchronous_commit = on" "shared_buffers = '128MB'" \
		"log_statement_stats = off"
	instance_start
	instance_create_extension
}

# The driver of contrib/node: Debian's, or where Node.js is another vendor's, npm's.
find_node_pg()
{
	export NODE_PATH="$cluster_home/node/node_modules:/usr/share/nodejs"
	if ! node -e 'require("pg")' 2>/dev/null; then
		say "Fetching the driver of contrib/node (log: .cluster/npm.log)"
		npm install --prefix "$cluster_home/node" --no-audit --no-fund pg@8 > "$cluster_home/npm.log" 2>&1 ||
			say "npm could not fetch it"
	fi
}

# Where the browser is.
find_browser()
{
	command -v chromium-headless-shell || command -v chromium || echo none
}

# Whether the console is among the suites that are wanted.
wants_browser()
{
	case " $* " in
		*" console "*) echo browser ;;
	esac
}

run_one()
{
	case $1 in
		lint) suite lint 900 "$project/test/lint.sh" ;;
		harness) suite harness 60 "$project/test/harness.sh" ;;
		regress | isolation | security | tap) suite "$1" 2400 bash -c "$(declare -f); $(state); run_$1" ;;
		expressions) suite expressions 600 "$python" "$project/test/run_expression_cases.py" ;;
		definitions) suite definitions 600 "$python" "$project/test/run_definition_cases.py" ;;
		documents) suite documents 300 env PATH="$pg_bin:$PATH" "$python" \
			"$project/test/run_document_examples.py" ;;
		workflows)
			API_PORT=0 start_companions
			suite workflows 2400 "$python" "$project/test/run_workflow_cases.py" --url "$api_url" \
				--waits "$(conninfo)" ;;
		rest)
			API_PORT=0 start_companions
			conninfo_more="options='-c mistral.validation_mode=enabled'"
			start_api api-projects 0 --auth=headers --create_projects=on --delete_action_executions=on
			conninfo_more=
			suite rest 1200 "$python" "$project/test/run_rest_cases.py" --url "$api_url" \
				--auth-url "http://127.0.0.1:$api_port"
			suite clients 600 "$python" "$project/test/run_client_commands.py" --url "$api_url" \
				--auth-url "http://127.0.0.1:$api_port" ;;
		api)
			suite api 900 "$python" "$project/test/run_api_checks.py" \
				--program "$pg_bin/mistral-api" --database "$(conninfo)"
			suite actions 600 "$python" "$project/test/run_action_checks.py" \
				--bindir "$pg_bin" --database "$(conninfo)"
			suite standard 600 "$python" "$project/test/run_standard_actions.py" \
				--bindir "$pg_bin" --database "$(conninfo)" ;;
		packages)
			find_node_pg
			suite packages 600 "$python" "$project/test/run_package_checks.py" ;;
		images) suite images 1200 $([ "$(id -u)" -eq 0 ] || echo sudo) \
			env MATRIX_DIR="$cluster_home/matrix" "$project/test/images.sh" ;;
		console)
			suite console 280 node "$project/test/console/run.mjs" --bindir "$pg_bin" --browser "$(find_browser)" \
				--pictures "$cluster_home/test/console" ;;
		pairs) suite pairs 180 "$python" "$project/test/control_pairs.py" ;;
		torture)
			suite torture 180 "$python" "$project/test/torture.py"
			suite ledger 480 "$python" "$project/test/ledger.py" --transfers 10000 ;;
		*) die "there is no suite \"$1\"" "Suites: $suites" ;;
	esac
}

# The variables that a suite in a shell of its own needs.
state()
{
	echo "set -u -o pipefail"
	declare -p project pg_bin pg_config pgxs_dir logs test_home cluster_home sock database conninfo_more python
}

main()
{
	local name

	trap finish EXIT
	trap 'exit 130' INT TERM
	# shellcheck disable=SC2046,SC2086
	prepare all $(wants_browser ${*:-$suites})
	test_home="$cluster_home/test"
	mkdir -p "$test_home"
	logs="$test_home/suites"
	mkdir -p "$logs"
	pgxs_dir=$(dirname "$(dirname "$(dirname "$("$pg_config" --pgxs)")")")
	start_test_instance
	for name in ${*:-$suites}; do
		current=$name
		run_one "$name"
		current=
	done
}

# Say how it went, also when something died on the way.
current=
finish()
{
	local status=$?

	trap - EXIT
	set +e
	if [ "$status" -ne 0 ]; then
		say "${current:-the set-up}: ended with status $status"
		total_failed=$((total_failed + 1))
	fi
	[ -z "${inst:-}" ] || (instance_stop) || total_failed=$((total_failed + 1))
	say ""
	printf '%s\n' ${summary[@]+"${summary[@]}"}
	say "$total_passed passed, $total_failed failed"
	# a number of its own: a bare "exit" in a trap keeps the status from before it
	[ "$total_failed" -eq 0 ] && exit 0
	exit 1
}

# sourced by test/harness.sh, which brings suites of its own
[ "${BASH_SOURCE[0]}" != "$0" ] || main "$@"
