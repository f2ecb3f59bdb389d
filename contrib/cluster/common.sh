# Sourced by the scripts beside it: where things are and who runs the server.
#
# A private PostgreSQL is a copy of the installed one below .cluster/pg. Its
# pg_config reports the copied paths, so the extension is installed there and
# nowhere else, and no cluster of the machine is ever touched.
#
#   .cluster/pg     the copy, shared by all instances
#   .cluster/...    the instance of "make up": data, log, run, env
#   .cluster/demo   the instance of "make demo"; .cluster/test, .cluster/bench likewise
#
# .cluster is a symbolic link to a directory in /var/tmp where the project's
# own directory does not do: its path has characters that make cannot cope
# with, or the user that the server runs as cannot enter it.

set -eu -o pipefail
umask 022

project=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
python=/usr/bin/python3
supported_versions="18 17 16 15 14"

say()
{
	printf '%s\n' "$*"
}

die()
{
	printf 'error: %s\n' "$1" >&2
	shift
	[ $# -eq 0 ] || printf '       %s\n' "$@" >&2
	exit 1
}

# The user that servers and their companions run as; never root.
server_user()
{
	if [ "$(id -u)" -ne 0 ]; then
		id -un
	elif id -u postgres >/dev/null 2>&1; then
		echo postgres
	else
		echo nobody
	fi
}

# Run a command as the server's user.
as_server()
{
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
	else
		runuser -u "$(server_user)" -- "$@"
	fi
}

# The newest supported server that is installed, or nothing.
installed_version()
{
	local v
	for v in $supported_versions; do
		if [ -x "/usr/lib/postgresql/$v/bin/postgres" ]; then
			echo "$v"
			return
		fi
	done
}

# Tell whether the headers and PGXS of a version are installed.
headers_are_installed()
{
	[ -f "/usr/lib/postgresql/$1/lib/pgxs/src/makefiles/pgxs.mk" ] &&
		[ -x "/usr/lib/postgresql/$1/bin/pg_config" ] &&
		[ -f "/usr/include/postgresql/$1/server/postgres.h" ]
}

# Set cluster_home to the directory behind .cluster, made when missing.
find_cluster_home()
{
	local link="$project/.cluster" target

	if [ -L "$link" ] && [ ! -d "$link" ]; then
		rm -f "$link"
	fi
	if [ ! -e "$link" ]; then
		if project_is_usable; then
			mkdir "$link" || die "cannot create $link"
		else
			target=$(mktemp -d /var/tmp/mistral.XXXXXX) ||
				die "cannot create a directory in /var/tmp"
			chmod 755 "$target"
			ln -s "$target" "$link" || die "cannot create $link"
		fi
	fi
	cluster_home=$(cd -P "$link" && pwd)
	[ -w "$cluster_home" ] ||
		die "$cluster_home belongs to $(stat -c %U "$cluster_home")" \
			"Run this as that user, or remove .cluster as that user."
	as_server test -x "$cluster_home" ||
		die "user $(server_user), whom the server runs as, cannot enter $cluster_home" \
			"Remove .cluster and run this again."
}

project_is_usable()
{
	case $project in
		*[!A-Za-z0-9/_.+-]*) return 1 ;;
	esac
	[ -w "$project" ] && as_server test -x "$project"
}

# Refuse to begin where the disk is almost full.
check_disk()
{
	local need_mb=$1 dir=$2 free_mb

	free_mb=$(df -Pm "$dir" | awk 'NR == 2 { print $4 }')
	[ "$free_mb" -ge "$need_mb" ] ||
		die "$need_mb MB are needed in $dir, and only $free_mb MB are free"
}

# Unpack the package with the headers of the server into the copy. It is not
# installed: it needs clang and LLVM, 550 MB, for bitcode, which is not made here.
fetch_headers()
{
	local v=$1 to=$2 package="postgresql-server-dev-$1" version dir

	dir=$(mktemp -d /tmp/mistral-headers.XXXXXX)
	version=$(dpkg-query -W -f '${Version}' "postgresql-$v")
	# of the server's own version; if that has gone, of the newest
	if ! (cd "$dir" && { apt-get download -q "$package=$version" || apt-get download -q "$package"; }) \
		> "$dir/log" 2>&1; then
		tail -n 5 "$dir/log" >&2
		rm -rf "$dir"
		die "the headers of PostgreSQL $v could not be fetched" \
			"Check the network and the proxy (http_proxy), or: apt-get install $package"
	fi
	dpkg-deb -x "$dir"/*.deb "$to"
	rm -rf "$dir"
}

# Make or refresh the private copy of PostgreSQL; sets pg_bin and pg_config.
copy_postgres()
{
	local v pg="$cluster_home/pg" stamp from

	v=$(installed_version)
	[ -n "$v" ] || die "no PostgreSQL 14 to 18 is installed" \
		"Run \"make setup\"."
	from="$v $(stat -c '%Y %s' "/usr/lib/postgresql/$v/bin/postgres")"
	stamp=$(cat "$pg/stamp" 2>/dev/null || true)
	pg_bin="$pg/usr/lib/postgresql/$v/bin"
	pg_config="$pg_bin/pg_config"
	[ "$stamp" != "$from" ] || return 0

	check_disk 400 "$cluster_home"
	rm -rf "$pg.new"
	mkdir -p "$pg.new/usr/lib/postgresql" "$pg.new/usr/share/postgresql" "$pg.new/usr/include"
	cp -a "/usr/lib/postgresql/$v" "$pg.new/usr/lib/postgresql/"
	cp -aL "/usr/share/postgresql/$v" "$pg.new/usr/share/postgresql/"
	cp -a /usr/include/postgresql "$pg.new/usr/include/"
	headers_are_installed "$v" || fetch_headers "$v" "$pg.new"
	chmod -R a+rX "$pg.new"
	echo "$from" > "$pg.new/stamp"
	rm -rf "$pg"
	mv "$pg.new" "$pg"
}

# Build the project and install it into the private copy. What an older state
# of the tree has left behind can be in the way: then once more from clean.
build()
{
	local log="$cluster_home/build.log"

	say "Building the extension (log: .cluster/build.log)"
	if with_progress "$log" build_once; then
		return 0
	fi
	make -C "$project" PG_CONFIG="$pg_config" clean >> "$log" 2>&1 || true
	if ! with_progress "$log" build_once; then
		tail -n 30 "$log" >&2
		die "the build failed"
	fi
}

# every SECONDS COMMAND...: run it now and then, until this is killed; to be
# started in the background. No sleep is left behind that keeps the output open.
every()
{
	local seconds=$1 sleeper=
	shift

	trap 'kill "$sleeper" 2>/dev/null; exit 0' TERM
	while :; do
		sleep "$seconds" &
		sleeper=$!
		wait "$sleeper"
		"$@"
	done
}

say_compiled()
{
	say "   $(find "$project/src" "$project/contrib" -name '*.o' -newer "$cluster_home/build.began" | wc -l) of $1 files"
}

# with_progress LOG COMMAND...: run a build with its output in LOG, and say every
# ten seconds how many files have been compiled
with_progress()
{
	local log=$1 all ticker status=0
	shift

	touch "$cluster_home/build.began"
	all=$(make -n -C "$project" PG_CONFIG="$pg_config" all 2>/dev/null | grep -c -e ' -c ' || true)
	every 10 say_compiled "$all" &
	ticker=$!
	"$@" > "$log" 2>&1 || status=$?
	kill "$ticker" 2>/dev/null || true
	wait "$ticker" 2>/dev/null || true
	return "$status"
}

# The console, which needs Node and npm; all else is built without them. It is
# left as it is unless one of its sources is newer.
build_console()
{
	local dir="$project/contrib/console" log="$cluster_home/console.log"

	if ! command -v npm >/dev/null; then
		say "The console is left out: it is built with Node and npm (Debian: apt-get install nodejs npm)."
		return 0
	fi
	if [ -f "$dir/dist/index.html" ] && [ -z "$(find "$dir" \( -name node_modules -o -name 'dist*' \) -prune -o \
		-type f -newer "$dir/dist/index.html" -print -quit)" ]; then
		return 0
	fi
	say "Building the console (log: .cluster/console.log)"
	"$dir/make.sh" > "$log" 2>&1 ||
		say "The console could not be built, and is left out; the log says why. All else works without it."
}

build_once()
{
	make -C "$project" -j"$(nproc)" PG_CONFIG="$pg_config" all &&
		make -C "$project" PG_CONFIG="$pg_config" install
}

# Everything up to an installed build: prepare demo|up|all [browser], as setup.sh
# has it.
prepare()
{
	"$project/contrib/cluster/setup.sh" "$@"
	find_cluster_home
	copy_postgres
	build_console
	build
}
