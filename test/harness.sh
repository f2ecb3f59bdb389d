#!/bin/bash
# The tests of the test runner: what it says and returns when suites fail.
#
# test/run.sh is sourced and given suites of its own, so nothing is built and
# no server starts. The last line is "N passed, N failed".

set -u
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
passed=0
failed=0

# expect NAME STATUS LAST-LINE SUITE-COMMANDS: run them as the only suites
expect()
{
	local name=$1 want_status=$2 want_line=$3 out status=0

	out=$(suite_commands=$4 here=$here bash -c '
		. "$here/run.sh"
		prepare() { cluster_home=$(mktemp -d); pg_config=true; }
		start_test_instance() { :; }
		run_one() { eval "$suite_commands"; rm -rf "$cluster_home"; }
		main one' 2>&1) || status=$?
	if [ "$status" -eq "$want_status" ] && [ "$(printf '%s\n' "$out" | tail -n 1)" = "$want_line" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '%s: status %s, expected %s and the last line "%s"; it printed\n%s\n' \
			"$name" "$status" "$want_status" "$want_line" "$out"
	fi
}

expect "all pass" 0 "3 passed, 0 failed" 'suite a 10 echo "3 passed, 0 failed"'
expect "one test fails" 1 "3 passed, 1 failed" 'suite a 10 echo "3 passed, 1 failed"'
expect "a later suite passes" 1 "5 passed, 1 failed" \
	'suite a 10 echo "2 passed, 1 failed"; suite b 10 echo "3 passed, 0 failed"'
expect "counts nothing" 1 "0 passed, 1 failed" 'suite a 10 true'
expect "fails and says that all passed" 1 "3 passed, 1 failed" \
	'suite a 10 bash -c "echo 3 passed, 0 failed; exit 7"'
expect "killed" 1 "0 passed, 1 failed" 'suite a 10 bash -c "kill -9 \$\$"'
expect "too slow" 1 "0 passed, 1 failed" 'suite a 1 tail -f /dev/null'
expect "the runner itself dies" 1 "0 passed, 1 failed" 'exit 3'
expect "a command of the runner fails" 1 "0 passed, 1 failed" 'false'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
