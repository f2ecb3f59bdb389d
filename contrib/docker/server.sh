#!/bin/bash
# The server of the image: makes its cluster when there is none, then becomes it.
#
# PGDATA is the cluster's directory, on a volume. Read at the first start only:
# POSTGRES_PASSWORD_FILE and MISTRAL_PASSWORD_FILE (or, less well, the variables
# without _FILE) have the passwords of the superuser and of the roles that
# roles.sql makes. Arguments are handed to the server: mistral-server -c work_mem=64MB

set -eu
bin=$(echo /usr/lib/postgresql/*/bin)
new="$PGDATA.new"

# secret NAME: what the file that NAME_FILE names has, or the variable NAME
secret()
{
	local file="$1_FILE"

	if [ -n "${!file:-}" ]; then
		cat "${!file}"
	elif [ -n "${!1:-}" ]; then
		printf '%s' "${!1}"
	else
		echo "mistral-server: the first start needs $1_FILE, or $1" >&2
		exit 1
	fi
}

# A cluster that is not finished is made again: it gets its name at the end.
make_cluster()
{
	local superuser mistral

	superuser=$(secret POSTGRES_PASSWORD)
	mistral=$(secret MISTRAL_PASSWORD)
	rm -rf "$new"
	"$bin/initdb" --pgdata="$new" --username=postgres --encoding=UTF8 --locale=C.UTF-8 \
		--auth-local=peer --auth-host=scram-sha-256 --pwfile=<(printf '%s\n' "$superuser")
	cat >> "$new/postgresql.conf" <<-'END'
		listen_addresses = '*'
		shared_preload_libraries = 'mistral, pg_cron'
		cron.database_name = 'mistral'
	END
	echo "host all all all scram-sha-256" >> "$new/pg_hba.conf"
	# while it is made, nobody reaches it but over this socket
	"$bin/pg_ctl" --pgdata="$new" --wait --silent --log=/dev/null \
		--options="-c listen_addresses='' -c unix_socket_directories='$new'" start
	"$bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$new" -d postgres -c "CREATE DATABASE mistral"
	"$bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$new" -d mistral -f /usr/local/share/mistral/roles.sql 3<<< "$mistral"
	"$bin/pg_ctl" --pgdata="$new" --wait --silent --mode=fast stop
	mv "$new" "$PGDATA"
}

[ -s "$PGDATA/PG_VERSION" ] || make_cluster
exec "$bin/postgres" -D "$PGDATA" "$@"
