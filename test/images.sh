#!/bin/bash
# Packages and images: built from nothing, installed, and run.
#
#   test/images.sh [RELEASE]   by default the release of Debian that this is
#
# contrib/docker/Dockerfile is built by buildah, without a container engine, on a
# root that debootstrap has made: so the packages are built with what debian/control
# names only, and installed into systems that have nothing else. lintian looks at
# them; then server, executor, notifier and REST server of the images run a
# workflow with an HTTP request, on loopback. Needs root; images are kept below
# $MATRIX_DIR (default: /var/tmp/mistral-matrix), as the roots of matrix.sh are.
# The last line is "N passed, N failed".

set -eu -o pipefail
umask 022

project=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
matrix=${MATRIX_DIR:-/var/tmp/mistral-matrix}
release=${1:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
. "$project/test/root.sh"

work=$(mktemp -d /tmp/mistral-images.XXXXXX)
passed=0
failed=0
containers=()
pids=()

# storage of its own: nothing of the machine's images is seen or changed
storage=(--root "$matrix/images" --runroot "$work/run" --storage-driver overlay)
image()
{
	buildah "${storage[@]}" "$@"
}

# Stop what a test has started, and forget its containers.
leave()
{
	local pid container

	for pid in ${pids[@]+"${pids[@]}"}; do
		kill -- "$pid" 2>/dev/null || true
	done
	for pid in ${pids[@]+"${pids[@]}"}; do
		wait "${pid#-}" 2>/dev/null || true
	done
	for container in ${containers[@]+"${containers[@]}"}; do
		image rm "$container" >/dev/null 2>&1 || true
	done
	rm -rf "$work"
}

# check TEXT COMMAND...: count a test; show what the command said if it fails
check()
{
	local text=$1
	shift

	if "$@" > "$work/check.log" 2>&1; then
		passed=$((passed + 1))
		echo "ok - $text"
	else
		failed=$((failed + 1))
		echo "not ok - $text"
		tail -n 30 "$work/check.log" | sed 's/^/# /'
	fi
}

# within SECONDS COMMAND...: whether the command succeeds in that time
within()
{
	local end=$((SECONDS + $1))
	shift

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

free_port()
{
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# The base of the Dockerfile: what Debian's image is, a minimal system.
make_base()
{
	local root="$matrix/$release" container

	make_root "$release" "$root"
	copy_network "$root"
	if ! image inspect --type image "mistral-base-$release" >/dev/null 2>&1; then
		container=$(image from scratch)
		containers+=("$container")
		image add --quiet "$container" "$root" / >/dev/null
		image commit --quiet "$container" "mistral-base-$release" >/dev/null
	fi
}

build_image()
{
	image build --quiet --isolation chroot --layers --pull-never \
		--build-arg "DEBIAN=localhost/mistral-base-$release" \
		-f "$work/source/contrib/docker/Dockerfile" --target "$1" -t "mistral-$1" "$work/source"
}

# start NAME IMAGE VARIABLE=VALUE... -- COMMAND...: run a container of an image
start()
{
	local name=$1 image=$2 container variables=()
	shift 2

	while [ "$1" != -- ]; do
		variables+=(--env "$1")
		shift
	done
	shift
	container=$(image from --pull-never "localhost/mistral-$image")
	containers+=("$container")
	eval "container_$name=\$container"
	# a session of its own, so that it can be ended with all that it has started
	setsid buildah "${storage[@]}" run --isolation chroot ${variables[@]+"${variables[@]}"} \
		--volume "$work/secrets:/run/secrets:ro" "$container" -- "$@" > "$work/$name.log" 2>&1 &
	pids+=("-$!")
}

psql_as()
{
	local user=$1
	shift
	PGPASSWORD=$(cat "$work/secrets/mistral.password") \
		psql -X -A -t -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U "$user" -d mistral "$@"
}

# request METHOD PATH TYPE BODY: of the REST server, as the project "demo"
request()
{
	curl --silent --show-error --fail-with-body --max-time 30 -X "$1" \
		--user "demo:$(cat "$work/secrets/mistral.password")" \
		-H "Content-Type: $3" --data-binary "$4" "http://127.0.0.1:$api_port$2"
}

is_success()
{
	[ "$(psql_as demo -c "SELECT state FROM mistral.executions WHERE workflow_name = 'visit' AND state = 'SUCCESS'")" = SUCCESS ]
}

service_is_there()
{
	[ -s "$work/service.port" ]
}

api_is_there()
{
	curl --silent --fail --max-time 5 -o "$work/answer" "http://127.0.0.1:$api_port/"
}

# The man page, unit, settings and completion that each program comes with.
installed_files()
{
	local program

	for program in executor notifier api; do
		image run --isolation chroot "$1" -- sh -c "
			test -f /usr/share/man/man1/mistral-$program.1.gz &&
			test -f /lib/systemd/system/mistral-$program.service &&
			test -f /etc/mistral/$program.conf &&
			bash -n /usr/share/bash-completion/completions/mistral-$program &&
			mistral-$program --version | grep -q '^mistral-$program ' &&
			id mistral" || { echo "of mistral-$program"; return 1; }
	done
}

# Every setting of a sample is one that the program knows.
samples_are_read()
{
	local program

	for program in executor notifier api; do
		image run --isolation chroot "$1" -- sh -c "
			sed 's/^#\([a-z]\)/\1/; s/  *#.*//' /etc/mistral/$program.conf > /dev/null
			mistral-$program --config=/etc/mistral/$program.conf --check 2>&1 | grep 'the settings can be used'" ||
			return 1
	done
}

completes_options()
{
	image run --isolation chroot "$1" -- bash -c '
		. /usr/share/bash-completion/completions/mistral-executor
		COMP_WORDS=(mistral-executor --max-a) COMP_CWORD=1
		_mistral_program
		[ "${COMPREPLY[*]}" = --max-actions ]'
}

# What lintian calls an error is one.
packages_are_clean()
{
	local container

	container=$(image from --pull-never localhost/mistral-build)
	containers+=("$container")
	image run --isolation chroot "$container" -- sh -c '
		apt-get install -q -y --no-install-recommends lintian > /tmp/log 2>&1 || { cat /tmp/log; exit 1; }
		lintian --allow-root --fail-on error /pg-mistral_*.changes'
	image run --isolation chroot "$container" -- sh -c 'cd / && ls *.deb'
}

refuses_without_password()
{
	local container status=0

	container=$(image from --pull-never localhost/mistral-server)
	containers+=("$container")
	image run --isolation chroot "$container" -- mistral-server > "$work/refused" 2>&1 || status=$?
	cat "$work/refused"
	[ "$status" -ne 0 ] && grep -q "the first start needs POSTGRES_PASSWORD_FILE" "$work/refused"
}

run_service()
{
	port=$(free_port)
	api_port=$(free_port)
	mkdir -p "$work/secrets"
	echo "secret-of-postgres" > "$work/secrets/postgres.password"
	echo "secret-of-'mistral" > "$work/secrets/mistral.password"
	chmod 644 "$work/secrets"/*
	python3 "$project/contrib/cluster/demo/service.py" "$work/service.port" "$work/requests.log" > "$work/service.log" 2>&1 &
	pids+=($!)

	start server server POSTGRES_PASSWORD_FILE=/run/secrets/postgres.password \
		MISTRAL_PASSWORD_FILE=/run/secrets/mistral.password -- \
		mistral-server -c "port=$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories=/tmp
	check "the server makes its cluster" within 60 psql_as demo -c "SELECT 1"
	start executor programs "PGPORT=$port" PGHOST=127.0.0.1 PGDATABASE=mistral PGUSER=mistral_worker -- \
		sh -c 'PGPASSWORD=$(cat /run/secrets/mistral.password) exec mistral-executor --denied-ranges='
	start notifier programs "PGPORT=$port" PGHOST=127.0.0.1 PGDATABASE=mistral PGUSER=mistral_worker -- \
		sh -c 'PGPASSWORD=$(cat /run/secrets/mistral.password) exec mistral-notifier'
	start api programs "PGPORT=$port" PGHOST=127.0.0.1 PGDATABASE=mistral PGUSER=mistral_rest -- \
		sh -c "PGPASSWORD=\$(cat /run/secrets/mistral.password) exec mistral-api --auth=password,token --port=$api_port"
	check "the REST server answers" within 30 api_is_there
	[ ! -d "$work/source/contrib/console/dist" ] ||
		check "it serves the console" curl --silent --fail --max-time 10 "http://127.0.0.1:$api_port/ui/"
	check "the service of the test answers" within 30 service_is_there
	check "a workflow is made over REST" request POST /v2/workflows text/plain "version: '2.0'
visit:
  input: [url]
  tasks:
    ask:
      action: std.http url=<% \$.url %>"
	check "it is started over REST" request POST /v2/executions application/json \
		"{\"workflow_name\": \"visit\", \"input\": {\"url\": \"http://127.0.0.1:$(cat "$work/service.port")/hotel/Lisbon\"}}"
	check "the executor has done its request" within 30 is_success
	check "a wrong password is refused" wrong_password_is_refused
}

wrong_password_is_refused()
{
	[ "$(curl --silent -o "$work/answer" -w '%{http_code}' --user demo:wrong "http://127.0.0.1:$api_port/v2/workflows")" = 401 ]
}

[ "$(id -u)" -eq 0 ] || die "roots can be made by root only"
for program in debootstrap buildah; do
	command -v "$program" >/dev/null || die "$program is missing: apt-get install $program"
done
trap leave EXIT
trap 'exit 130' INT TERM
mkdir -p "$matrix"
make_base
copy_tree "$work/source"
# what "make console" has built, where somebody has called it
[ ! -d "$project/contrib/console/dist" ] || cp -a "$project/contrib/console/dist" "$work/source/contrib/console/"
for target in build server programs; do
	check "the image \"$target\" is built" build_image "$target"
done
if [ "$failed" -eq 0 ]; then
	check "lintian finds no errors in the packages" packages_are_clean
	check "the server's image wants passwords" refuses_without_password
	run_service
	# shellcheck disable=SC2154  # start assigns it
	check "each program comes with its files" installed_files "$container_api"
	check "the settings that are installed can be used" samples_are_read "$container_api"
	check "the shell completes options" completes_options "$container_api"
	for name in server executor notifier api; do
		[ "$failed" -eq 0 ] || { echo "--- $name"; tail -n 20 "$work/$name.log"; }
	done
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
