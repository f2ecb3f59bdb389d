#!/bin/bash
# make format: indent the C files as PostgreSQL's own are, with pg_bsd_indent.
#
# pgindent's list of type names is read from the debug information of what was
# built, as PostgreSQL's build farm does.

. "$(dirname "${BASH_SOURCE[0]}")/../contrib/cluster/common.sh"

cd "$project"
shopt -s nullglob
indent=$(command -v pg_bsd_indent || command -v pg-bsd-indent || true)
[ -n "$indent" ] || die "pg_bsd_indent is not installed" "On Debian: apt-get install pg-bsd-indent"
command -v readelf >/dev/null || die "readelf is not installed" "On Debian: apt-get install binutils"

find_cluster_home
copy_postgres
build

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

{
	readelf --debug-dump=info mistral.so 2>/dev/null |
		awk '/DW_TAG_/ { typedef = /DW_TAG_typedef/ }
			 typedef && /DW_AT_name/ { print $NF; typedef = 0 }'
	# those that nothing built uses yet, and those of the programs
	cat src/*.[ch] src/*/*.[ch] contrib/*/*.[ch] 2>/dev/null |
		sed -nE 's/^} *([A-Z][A-Za-z0-9_]*);$/\1/p; s/^typedef .*[ *(]([A-Z][A-Za-z0-9_]*)(\)? ?\(.*)?;?[ \t]*(\/\*.*)?$/\1/p'
	grep -ohE '\b[a-z][a-z0-9_]*_t\b' src/*/*.[ch] contrib/*/*.[ch] || true
} | grep -xE '[A-Za-z_][A-Za-z0-9_]*' | LC_ALL=C sort -u > "$work/typedefs"

# the options of pgindent
options=(-bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l79 -lp -lpl -nip -npro
	-sac -tpg -ts4 "-U$work/typedefs")

changed=0
for f in ${*:-src/*.[ch] src/*/*.[ch] contrib/*/*.[ch] bench/*.[ch]}; do
	[ -f "$f" ] || continue
	if ! "$indent" "${options[@]}" < "$f" > "$work/out" 2> "$work/err"; then
		cat "$work/err" >&2
		die "$f cannot be indented"
	fi
	sed -i 's/[ \t]*$//' "$work/out"
	if ! cmp -s "$f" "$work/out"; then
		cp "$work/out" "$f"
		changed=$((changed + 1))
		say "formatted $f"
	fi
done
say "$changed files changed"
