# shellcheck shell=bash disable=SC2154
# Roots of Debian, made by debootstrap and kept for the next time: sourced by
# matrix.sh and images.sh. They stand in $matrix, which the caller sets.

die()
{
	printf 'error: %s\n' "$1" >&2
	exit 1
}

# Make the root of a release, unless there is one that was finished.
make_root()
{
	local release=$1 root=$2

	[ ! -f "$root/.made" ] || return 0
	rm -rf "$root"
	mkdir -p "$root"
	echo "Making a root of $release in $root"
	debootstrap --variant=minbase "$release" "$root" > "$root.log" 2>&1 ||
		{ tail -n 20 "$root.log" >&2; die "there is no root of $release (log: $root.log)"; }
	touch "$root/.made"
}

# The tree as git sees it, with what is not committed yet.
copy_tree()
{
	local to=$1

	rm -rf "$to"
	mkdir -p "$to"
	(cd "$project" && git ls-files -co --exclude-standard -z |
		while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
		tar -cf - --null --no-recursion -T -) | tar -xf - -C "$to"
}

# How packages are reached from here is how they are reached from there.
copy_network()
{
	local root=$1

	cp -L /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null || true
	if ls /etc/apt/apt.conf.d/*proxy* >/dev/null 2>&1; then
		cp /etc/apt/apt.conf.d/*proxy* "$root/etc/apt/apt.conf.d/"
	fi
}
