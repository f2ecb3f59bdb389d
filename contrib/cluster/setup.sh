#!/bin/bash
# Install the Debian packages that building, running and testing needs.
#
#   setup.sh [demo|up|all] [browser]
#
# The demo, what "make up" has besides, or tests and all; with "browser" also the
# one in which the console is tested, which is large.
#
# Says what is missing and what it is for, then calls apt. Asks first only a
# user at a terminal who is not root. With everything there it does nothing.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

browser=chromium-headless-shell
for=${1:-all}
missing=()			# packages to install
reasons=()			# a line for each

# need PACKAGE "what it is for": wanted unless dpkg has it
need()
{
	if ! dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; then
		missing+=("$1")
		reasons+=("$(printf '  %-28s %s' "$1" "$2")")
	fi
}

# what some releases of Debian have not; without it a check of make lint is left out
optional=pg-bsd-indent

# Forget optional packages that apt does not know; before its lists are there
# it knows none.
drop_unknown()
{
	local i

	[ -n "$(distribution_version)" ] || return 0
	for i in "${!missing[@]}"; do
		if [ "${missing[i]}" = "$optional" ] && ! apt-cache show "$optional" >/dev/null 2>&1; then
			unset "missing[i]" "reasons[i]"
		fi
	done
	missing=(${missing[@]+"${missing[@]}"})
	reasons=(${reasons[@]+"${reasons[@]}"})
}

# need_library MODULE PACKAGE "what for": wanted unless pkg-config finds the module
need_library()
{
	if ! pkg-config --exists "$1" 2>/dev/null; then
		need "$2" "$3"
	fi
}

# The newest of the engines that the executor's scripts can run in.
need_javascript()
{
	local version

	for version in 4.1 6.0 4.0; do
		if pkg-config --exists "javascriptcoregtk-$version" 2>/dev/null; then
			return 0
		fi
	done
	need libjavascriptcoregtk-4.1-dev "engine of the executor's scripts"
}

# What the demo needs: libraries, a compiler, the server. Headers of the server
# are not here: their package wants a second compiler, which common.sh does without.
collect_demo()
{
	local v=$1

	need gcc "compiles the extension"
	need make "builds the extension"
	need libc6-dev "headers of the C library"
	need pkg-config "finds the libraries below"
	need "postgresql-$v" "the server (no cluster of it is created)"
	need "postgresql-$v-cron" "pg_cron, the clock of cron triggers"
	need_library libpq libpq-dev "client library, for the programs in contrib"
	need_library yaml-0.1 libyaml-dev "YAML parser of the workflow language"
	need_library libpcre2-8 libpcre2-dev "regular expressions of the expression languages"
	need libgmp-dev "integers of any size in expressions"
	need libunistring-dev "Unicode case and classes in expressions"
	need_library libcurl libcurl4-openssl-dev "HTTP client of the executor and the notifier"
	need_library gnutls libgnutls28-dev "TLS of the REST API"
	need python3 "the small HTTP service of the demo and the tests, case runners"
}

collect_up()
{
	need_javascript
	need_library libseccomp libseccomp-dev "bounds of the process that runs scripts"
	need_library libssh libssh-dev "SSH of the executor"
}

collect_tests()
{
	need python3-yaml "case runners: reads the recorded cases"
	need python3-mistralclient "tests of the REST API: its clients' command"
	need python3-psycopg2 "case runners: calls the SQL functions"
	need python3-psycopg "tests of contrib/python: the newer driver"
	need python3-mistral-lib "tests of contrib/python: runs plug-ins written for it"
	need python3-mistral "tests of contrib/python: its standard actions are such plug-ins"
	command -v npm >/dev/null ||
		need node-pg "tests of contrib/node: Node.js and its driver"
	need openssl "tests of the REST API and of actions: a certificate"
	need openssh-server "tests of SSH: a server that takes keys (not started as a service)"
	need python3-paramiko "tests of SSH: a server that takes passwords"
	need pgbouncer "tests behind a transaction pooler (not started as a service)"
	need debootstrap "tests of packages and images: a minimal system"
	need buildah "tests of packages and images: builds them without a container engine"
	need perl "TAP tests"
	need libipc-run-perl "TAP tests: PostgreSQL's test modules"
	need cppcheck "make lint"
	need pg-bsd-indent "make format, and make lint, which compares"
	need binutils "make lint: reads the symbols of the library"
}

# A browser of the distribution, unless there is one.
need_browser()
{
	command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null ||
		need "$browser" "tests of the console: a browser without a window"
	command -v npm >/dev/null ||
		need npm "tests of the console: builds it"
}

# The release that apt would install.
distribution_version()
{
	apt-cache policy postgresql 2>/dev/null |
		sed -n 's/^ *Candidate: *\([0-9][0-9]*\).*/\1/p'
}

as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

check_rights()
{
	[ "$(id -u)" -ne 0 ] || return 0
	command -v sudo >/dev/null ||
		die "packages are missing, and there is no sudo" \
			"As root, run: apt-get install ${missing[*]}"
	if [ ! -t 0 ]; then
		sudo -n true 2>/dev/null ||
			die "packages are missing, and sudo asks for a password" \
				"Run \"make setup\" at a terminal, or as root: apt-get install ${missing[*]}"
		return 0
	fi
	read -r -p "Install them with sudo apt-get? [Y/n] " answer
	case $answer in
		[nN]*) die "nothing was installed" ;;
	esac
}

# postgresql-common would create and start a cluster "main" at installation.
forbid_main_cluster()
{
	local conf=/etc/postgresql-common/createcluster.conf

	[ ! -e "$conf" ] || return 0
	as_root mkdir -p "${conf%/*}"
	printf '%s\n' "# written by the set-up of mistral before PostgreSQL was installed:" \
		"# installing a server does not create and start a cluster" \
		"create_main_cluster = false" | as_root tee "$conf" >/dev/null
	say "Wrote $conf, so that the package of the server makes no cluster."
}

# What the tests need of a package with a service (sshd, pgbouncer) is its
# program: the service is neither started nor enabled, unless it has been there
# before.
policy=/usr/sbin/policy-rc.d
policy_is_ours=
services=()			# of the packages that are installed
forbid_services()
{
	local package

	for package in "${missing[@]}"; do
		case $package in
			openssh-server) services+=(ssh.service) ;;
			pgbouncer) services+=(pgbouncer.service) ;;
		esac
	done
	[ ${#services[@]} -gt 0 ] && [ ! -e "$policy" ] || return 0
	policy_is_ours=yes
	printf '%s\n' "#!/bin/sh" "# of the set-up of mistral, while it installs packages" "exit 101" |
		as_root tee "$policy" >/dev/null
	as_root chmod 755 "$policy"
}

end_of_services()
{
	local service

	[ -z "$policy_is_ours" ] || as_root rm -f "$policy"
	policy_is_ours=
	if command -v systemctl >/dev/null; then
		for service in ${services[@]+"${services[@]}"}; do
			as_root systemctl disable --quiet "$service" 2>/dev/null || true
		done
	fi
	services=()
}

apt_get()
{
	as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a \
		apt-get -q -y -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=300 \
		-o Acquire::Retries=3 "$@"
}

# How much there is to fetch, and how much of the disk it takes.
say_size()
{
	local said

	said=$(apt-get install --assume-no --no-install-recommends -o Debug::NoLocking=1 "${missing[@]}" 2>/dev/null |
		LC_ALL=C sed -n 's/^Need to get \(.*\) of archives.*/\1 to fetch/p
			s/^After this operation, \(.*\) of additional disk space will be used.*/\1 of disk/p' | paste -sd, | sed 's/,/, /') || true
	say "Installing them with apt-get${said:+ ($said, with what they need themselves)}"
}

# Turn what apt says for programs into a line now and then; the rest goes to the log.
show_progress()
{
	awk -F: -v log_file="$1" '
		/^(dl|pm)status:/ {
			what = $1 == "dlstatus" ? "fetched" : "installed"
			# the name of a package may have a colon, too
			for (i = 3; i < NF && $i !~ /^[0-9]+[.][0-9]+$/; i++)
				;
			step = int($i / 20) * 20
			if (step > 0 && step > last[what]) {
				printf "   %s %d %%\n", what, step
				fflush()
				last[what] = step
			}
			next
		}
		{ print > log_file }'
}

install_packages()
{
	local log

	log=$(mktemp /tmp/mistral-apt.XXXXXX)
	forbid_main_cluster
	trap end_of_services EXIT
	trap 'exit 130' INT TERM
	forbid_services
	if ! apt_get -o APT::Status-Fd=1 install --no-install-recommends "${missing[@]}" 2>&1 | show_progress "$log"; then
		tail -n 15 "$log" >&2
		if grep -qE 'Temporary failure resolving|Could not connect|Failed to fetch' "$log"; then
			die "the package server cannot be reached" "Check the network and the proxy (http_proxy), then run this again. Log: $log"
		elif grep -qE 'No space left|enough free space' "$log"; then
			die "the disk is full" "Log: $log"
		fi
		die "apt-get failed" "Log: $log"
	fi
	end_of_services
	rm -f "$log"
}

main()
{
	local v

	case $for in
		demo | up | all) ;;
		*) die "set-up is for demo, up or all, not for \"$for\"" ;;
	esac
	command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || {
		[ -n "$(installed_version)" ] && return 0
		die "this is no Debian system" \
			"Install what README.md lists under Dependencies, then: make PG_CONFIG=... install"
	}
	v=$(installed_version)
	if [ -z "$v" ]; then
		v=$(distribution_version)
	fi
	if [ -z "$v" ]; then
		say "Fetching the package lists"
		check_lists
		v=$(distribution_version)
		[ -n "$v" ] || die "apt knows no package postgresql" \
			"Check /etc/apt/sources.list and the network."
	fi
	case " $supported_versions " in
		*" $v "*) ;;
		*) die "PostgreSQL $v of this system is not supported (14 to 18 are)" ;;
	esac

	collect_demo "$v"
	[ "$for" = demo ] || collect_up
	[ "$for" != all ] || collect_tests
	[ "${2:-}" != browser ] || need_browser
	drop_unknown
	if [ ${#missing[@]} -eq 0 ]; then
		return 0
	fi
	say "These packages are needed and not installed:"
	printf '%s\n' "${reasons[@]}"
	check_rights
	check_lists
	drop_unknown
	say_size
	check_disk 1200 /usr
	install_packages
	say "Installed. Remove them with apt-get: those above, then \"apt-get autoremove\"."
}

# Refresh the package lists once; an old list names files that are gone.
lists_are_fresh=
check_lists()
{
	[ -z "$lists_are_fresh" ] || return 0
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
		die "packages are missing, and there is no sudo"
	apt_get update >/dev/null 2>&1 ||
		say "The package lists could not be fetched; trying with those at hand."
	lists_are_fresh=yes
}

main "$@"
