#!/bin/bash
# All tests on other systems: each in a root of its own, made by debootstrap.
#
#   test/matrix.sh [RELEASE...]      bookworm (PostgreSQL 15) and trixie (17), or some of them
#   test/matrix.sh RELEASE -- SUITE  some suites only
#   MATRIX_DIR=DIR                   where the roots are kept, by default /var/tmp/mistral-matrix
#
# A root begins with nothing but Debian's minimal system, so this also shows
# that .ci/run installs what it needs. Roots are kept for the next time; the
# tree is copied anew. Needs root, debootstrap and Debian's packages. The last
# line is "N passed, N failed", over all releases.

set -eu -o pipefail
umask 022

project=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
matrix=${MATRIX_DIR:-/var/tmp/mistral-matrix}
mounted=()

. "$project/test/root.sh"

# Unmount what a run has mounted in its root.
leave()
{
	local dir

	for dir in ${mounted[@]+"${mounted[@]}"}; do
		umount "$dir" 2>/dev/null || umount --lazy "$dir" || true
	done
	mounted=()
}

run_release()
{
	local release=$1 root="$matrix/$1" status=0
	shift

	make_root "$release" "$root"
	copy_tree "$root/mistral"
	copy_network "$root"
	mount -t proc proc "$root/proc"
	mounted+=("$root/proc")
	mount --bind /dev "$root/dev"
	mounted+=("$root/dev")
	echo "--- $release"
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root CI=true \
		bash /mistral/.ci/run "$@" < /dev/null 2>&1 | tee "$matrix/$release.test.log" || status=$?
	leave
	return "$status"
}

main()
{
	local releases=() suites=() release status bad passed=0 failed=0 line

	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		releases+=("$1")
		shift
	done
	[ $# -eq 0 ] || { shift; suites=("$@"); }
	[ "$(id -u)" -eq 0 ] || die "roots can be made by root only"
	command -v debootstrap >/dev/null || die "debootstrap is missing: apt-get install debootstrap"
	trap leave EXIT
	trap 'exit 130' INT TERM
	mkdir -p "$matrix"
	for release in ${releases[@]+"${releases[@]}"} $([ ${#releases[@]} -gt 0 ] || echo bookworm trixie); do
		status=0
		run_release "$release" ${suites[@]+"${suites[@]}"} || status=$?
		line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed' "$matrix/$release.test.log" | tail -n 1 || true)
		bad=$(sed -n 's/.*, \([0-9]*\) failed.*/\1/p' <<< "$line")
		# one that failed without saying how often counts once
		[ "${bad:-0}" -gt 0 ] || bad=$((status != 0))
		passed=$((passed + $(echo "${line:-0}" | cut -d' ' -f1)))
		failed=$((failed + bad))
		echo "$release: ${line:-ended without a count}"
	done
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && exit 0
	exit 1
}

main "$@"
