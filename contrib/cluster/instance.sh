# Sourced after common.sh: an instance is one data directory with its server
# and its companions (the programs of contrib).
#
# instance DIR names the instance that the other functions work on.

# Name the instance; sets inst, sock and log. With "fresh" an old one is
# stopped and removed first.
instance()
{
	inst=$1
	database=mistral
	if [ "${2:-}" = fresh ]; then
		instance_stop
		instance_remove
	fi
	mkdir -p "$inst"
	sock=$(readlink -f "$inst/run" || true)
}

# Remove the files of the instance, and its socket directory when that is elsewhere.
instance_remove()
{
	if [ -L "$inst/run" ]; then
		rm -rf "$(readlink -f "$inst/run")"
	fi
	rm -rf "$inst/data" "$inst/log" "$inst/run" "$inst/env" "$inst/script.sum"
}

# Give a directory to the server's user, closed to others.
server_dir()
{
	mkdir -p "$1"
	chmod 700 "$1"
	if [ "$(id -u)" -eq 0 ]; then
		chown "$(server_user)" "$1"
	fi
}

# The address of a socket has at most 107 bytes: a deep directory gets its
# sockets in one of /tmp.
make_socket_dir()
{
	local full="$inst/run/.s.PGSQL.65535"

	if [ -L "$inst/run" ] && [ ! -d "$inst/run" ]; then
		rm -f "$inst/run"
	fi
	if [ ! -d "$inst/run" ]; then
		if [ "$(printf %s "$full" | wc -c)" -le 107 ]; then
			mkdir "$inst/run"
		else
			ln -s "$(mktemp -d /tmp/mistral.XXXXXX)" "$inst/run"
		fi
	fi
	sock=$(readlink -f "$inst/run")
	server_dir "$sock"
}

# Create the data directory. Further arguments are lines for postgresql.conf.
instance_create()
{
	[ ! -f "$inst/data/PG_VERSION" ] || return 0
	check_disk 300 "$inst"
	rm -rf "$inst/data"
	server_dir "$inst/data"
	server_dir "$inst/log"
	if ! as_server "$pg_bin/initdb" -D "$inst/data" -U postgres -E UTF8 --locale=C.UTF-8 \
		--auth-local=trust --auth-host=scram-sha-256 -N > "$inst/initdb.log" 2>&1; then
		cat "$inst/initdb.log" >&2
		die "initdb failed"
	fi
	{
		echo "# settings of this instance"
		echo "shared_preload_libraries = '$(preload_libraries)'"
		if has_cron; then
			echo "cron.database_name = '$database'"
			echo "cron.host = ''"
		fi
		echo "listen_addresses = ''"
		echo "unix_socket_permissions = 0700"
		echo "max_connections = 60"
		echo "max_worker_processes = 24"
		echo "max_prepared_transactions = 10"
		echo "log_line_prefix = '%m [%p] %q%a %d '"
		printf '%s\n' "$@"
	} | as_server tee -a "$inst/data/postgresql.conf" >/dev/null
}

has_cron()
{
	[ -f "$("$pg_config" --sharedir)/extension/pg_cron.control" ]
}

preload_libraries()
{
	if has_cron; then
		echo "mistral,pg_cron"
	else
		echo "mistral"
	fi
}

instance_is_running()
{
	[ -f "$inst/data/postmaster.pid" ] &&
		as_server "$pg_bin/pg_ctl" -D "$inst/data" status >/dev/null 2>&1
}

# Start the server unless it runs. The port only names the socket, which is in
# a directory of its own: no port of the machine is taken.
instance_start()
{
	make_socket_dir
	export PGHOST=$sock PGPORT=5432 PGUSER=postgres PGDATABASE=$database
	if ! instance_is_running; then
		if ! (cd / && as_server "$pg_bin/pg_ctl" -D "$inst/data" -l "$inst/log/server.log" -w -t 90 -s \
			-o "-p $PGPORT" -o "-k '$sock'" start) > "$inst/start.log" 2>&1; then
			cat "$inst/start.log" >&2
			as_server tail -n 15 "$inst/log/server.log" >&2 || true
			die "the server did not start" "Its log: $inst/log/server.log"
		fi
	fi
	if [ -z "$(psql_value postgres "SELECT 1 FROM pg_database WHERE datname = '$database'")" ]; then
		"$pg_bin/createdb" "$database"
	fi
}

# The single value of a query in a database.
psql_value()
{
	"$pg_bin/psql" -XAtq -v ON_ERROR_STOP=1 -d "$1" -c "$2"
}

instance_create_extension()
{
	if has_cron; then
		psql_value "$database" "SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS pg_cron"
	fi
	psql_value "$database" "SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS mistral"
	check_script
}

# Tell when the database was made from another install script: the version is
# the same while it is being developed, so nothing can upgrade it.
check_script()
{
	local sum

	sum=$(cat "$("$pg_config" --sharedir)"/extension/mistral--*.sql | cksum)
	if [ ! -f "$inst/script.sum" ]; then
		echo "$sum" > "$inst/script.sum"
	elif [ "$sum" != "$(cat "$inst/script.sum")" ]; then
		say "The SQL of the extension has changed since this database was made; for a new one:"
		say "  make down PURGE=1 && make up"
	fi
}

# Start one program of contrib beside the server: companion NAME PROGRAM ARGS...
# Its process id is in run/NAME.pid, its output in log/NAME.log.
companion()
{
	local name=$1 pid
	shift

	if companion_is_running "$name"; then
		return 0
	fi
	(
		cd /
		as_server bash -c 'echo $$ > "$1/$2.pid"; log=$3; shift 3; exec "$@" >> "$log" 2>&1' \
			companion "$sock" "$name" "$inst/log/$name.log" "$@"
	) > /dev/null 2>&1 < /dev/null &
	disown
	for _ in $(seq 50); do
		if companion_is_running "$name"; then
			return 0
		fi
		sleep 0.1
	done
	as_server tail -n 15 "$inst/log/$name.log" >&2 || true
	die "$name did not start" "Its log: $inst/log/$name.log"
}

companion_pid()
{
	as_server cat "$sock/$1.pid" 2>/dev/null || true
}

# A process id in a file may be another's by now: it must be ours by its log.
companion_is_running()
{
	local pid

	pid=$(companion_pid "$1")
	[ -n "$pid" ] && [ -d "/proc/$pid" ] &&
		[ "$(as_server readlink -f "/proc/$pid/fd/1" 2>/dev/null)" = "$(readlink -f "$inst")/log/$1.log" ]
}

# The shell's own kill: a small system has no program of that name.
signal_companion()
{
	as_server bash -c 'kill -s "$1" "$2"' kill "$1" "$2" 2>/dev/null
}

companion_stop()
{
	local name=$1 pid

	companion_is_running "$name" || return 0
	pid=$(companion_pid "$name")
	signal_companion TERM "$pid" || return 0
	for _ in $(seq 100); do
		[ -d "/proc/$pid" ] || return 0
		sleep 0.1
	done
	signal_companion KILL "$pid" || true
}

# Stop companions, then the server.
instance_stop()
{
	local file

	[ -d "$inst/data" ] || return 0
	sock=$(readlink -f "$inst/run" || true)
	if [ -d "$sock" ]; then
		for file in "$sock"/*.pid; do
			[ -e "$file" ] || continue
			companion_stop "$(basename "$file" .pid)"
		done
	fi
	if instance_is_running; then
		(cd / && as_server "$pg_bin/pg_ctl" -D "$inst/data" -m fast -w -t 90 -s stop) ||
			die "the server did not stop" "Its log: $inst/log/server.log"
	fi
}

# A free TCP port of localhost, the wanted one if it can be had.
free_port()
{
	"$python" - "$1" <<'PYTHON'
import socket, sys

for port in (int(sys.argv[1]), 0):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind(('127.0.0.1', port))
    except OSError:
        continue
    print(s.getsockname()[1])
    break
PYTHON
}

# Start the programs of contrib that there are; sets api_url when one of them
# is the REST server.
start_companions()
{
	api_url=
	if [ -x "$pg_bin/mistral-executor" ]; then
		companion executor "$pg_bin/mistral-executor" -d "$(conninfo)" --http-denied-ranges=none
	fi
	if [ -x "$pg_bin/mistral-notifier" ]; then
		companion notifier "$pg_bin/mistral-notifier" -d "$(conninfo)" --denied-ranges=none
	fi
	if [ -x "$pg_bin/mistral-api" ]; then
		start_api api "${API_PORT:-8989}"
		api_url="http://127.0.0.1:$api_port/v2"
	fi
}

# Say where the REST server and its console are, in lines that begin with blanks.
say_api()
{
	[ -n "$api_url" ] || return 0
	if [ -f "$("$pg_config" --sharedir)/mistral/console/index.html" ]; then
		say "   console     ${api_url%/v2}/ui/"
	fi
	say "   REST API    $api_url"
}

# Start a REST server unless it runs: start_api NAME PORT OPTIONS...; sets
# api_port to the port it really has.
start_api()
{
	local name=$1 wanted=$2
	shift 2

	if companion_is_running "$name"; then
		api_port=$(as_server cat "$sock/$name.port")
		return 0
	fi
	api_port=$(free_port "$wanted")
	if [ "$wanted" -ne 0 ] && [ "$api_port" -ne "$wanted" ]; then
		say "Port $wanted is taken; the REST server uses $api_port."
	fi
	echo "$api_port" | as_server tee "$sock/$name.port" >/dev/null
	companion "$name" "$pg_bin/mistral-api" --listen=127.0.0.1 --port="$api_port" \
		--database="$(conninfo)" "$@"
	wait_for_api "$api_port"
}

# The connection string of companions, with what a caller puts into conninfo_more.
conninfo_more=
conninfo()
{
	printf "host='%s' port=%s user=%s dbname=%s %s" "$sock" "$PGPORT" "$PGUSER" "$database" \
		"$conninfo_more"
}

wait_for_api()
{
	for _ in $(seq 100); do
		if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
			return 0
		fi
		sleep 0.1
	done
	as_server tail -n 15 "$inst/log/api.log" >&2 || true
	die "the REST server does not listen on port $1" "Its log: $inst/log/api.log"
}

# Write the file that a shell reads to connect.
write_env()
{
	{
		printf 'export PGHOST=%q\n' "$sock"
		printf 'export PGPORT=%q\n' "$PGPORT"
		printf 'export PGDATABASE=%q\n' "$database"
		printf 'export PGUSER=%q\n' "$PGUSER"
		printf 'export MISTRAL_API_URL=%q\n' "${api_url:-}"
	} > "$inst/env"
}
