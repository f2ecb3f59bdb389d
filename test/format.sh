#!/bin/bash
# make format: indent the C files as PostgreSQL's own are, with pg_bsd_indent.
#
#     test/format.sh [--check=DIRECTORY] [FILE ...]
#
# pgindent's list of type names is read from the debug information of what was
# built, as PostgreSQL's build farm does. With --check, which lint uses, what
# was built is below the directory, nothing is written, and each file that
# would change is named with the first lines in question.

. "$(dirname "${BASH_SOURCE[0]}")/../contrib/cluster/common.sh"

cd "$project"
shopt -s nullglob
built=
case ${1-} in
	--check=*)
		built=${1#--check=}
		shift
		;;
esac
check=$built
indent=$(command -v pg_bsd_indent || command -v pg-bsd-indent || true)
[ -n "$indent" ] || die "pg_bsd_indent is not installed" "On Debian: apt-get install pg-bsd-indent"
command -v readelf >/dev/null || die "readelf is not installed" "On Debian: apt-get install binutils"

if [ -z "$check" ]; then
	find_cluster_home
	copy_postgres
	build
	built=.
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
all=(src/*.[ch] src/*/*.[ch] src/*/*/*.[ch] contrib/*/*.[ch] bench/*.[ch])
[ $# -gt 0 ] || set -- "${all[@]}"

# Lower-case names of types are names of variables here ("text", "string"),
# but for those of numbers. The lists of columns and policies, which members of
# structures are made of, are indented like types, too.
{
	{ readelf --debug-dump=info "$built"/mistral.so "$built"/contrib/*/*.o 2>/dev/null || true; } |
		awk '/DW_TAG_/ { typedef = /DW_TAG_typedef/ }
			 typedef && /DW_AT_name/ { print $NF; typedef = 0 }'
	# those that nothing built uses yet
	sed -nE 's/^} *([A-Z][A-Za-z0-9_]*);$/\1/p
		s/^typedef .*[ *(]([A-Z][A-Za-z0-9_]*)(\)? ?\(.*)?;?[ \t]*(\/\*.*)?$/\1/p
		s/^#define ([A-Z]+_(COLUMNS|POLICIES))\(.*/\1/p' "${all[@]}"
	grep -ohE '\b[a-z][a-z0-9_]*_t\b' "${all[@]}"
	echo PGconn PGresult | tr ' ' '\n'
} | grep -xE '[A-Za-z_][A-Za-z0-9_]*' |
	grep -E '[A-Z]|_t$|^(bool|bits8|bytea|u?int(8|16|32|64)|float[48]|va_list|atomic_u?long)$' |
	LC_ALL=C sort -u > "$work/typedefs"

# the options of pgindent, and what it mends afterwards: types of results on
# lines of their own, initializers with names, and lists of columns
indent_text()
{
	"$indent" -bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l79 -lp -lpl -nip -npro \
		-sac -tpg -ts4 "-U$work/typedefs" < "$1" > "$work/raw" 2> "$work/err" || {
		cat "$work/err"
		grep -F '/**INDENT**' "$work/raw" || true
	} > "$work/errors"
	sed -E 's/[ \t]+$//
		s/^([A-Za-z_][A-Za-z0-9_ ]*[A-Za-z0-9_])[ \t]+(\*+)$/\1 \2/
		s/,(\.[a-z_]+ = )/, \1/g
		s/^(\t+[A-Z]+_(COLUMNS|POLICIES)) \(/\1(/' "$work/raw"
}

# All files in one go, because to start a program for each costs more than the
# work; those that seem to change are then looked at alone.
awk 'FNR == 1 { print "/*-FILE " FILENAME " */" } { print }' "$@" > "$work/all"
indent_text "$work/all" > "$work/all.out"
awk 'sub(/^\/\*-FILE /, "") { sub(/ .*/, ""); file = $0; if (FILENAME == ARGV[1]) names[++n] = file; next }
	FILENAME == ARGV[1] { before[file] = before[file] $0 "\n"; next }
	{ after[file] = after[file] $0 "\n" }
	END { for (i = 1; i <= n; i++) if (before[names[i]] != after[names[i]]) print names[i] }' \
	"$work/all" "$work/all.out" > "$work/changed"

changed=0
while read -r f; do
	: > "$work/errors"
	indent_text "$f" > "$work/out"
	if [ -s "$work/errors" ]; then
		cat "$work/errors" >&2
		die "$f cannot be indented"
	fi
	! cmp -s "$f" "$work/out" || continue
	changed=$((changed + 1))
	if [ -n "$check" ]; then
		say "$f: make format would change it:"
		{ diff -U0 "$f" "$work/out" || true; } | sed -n '3,8p'
	else
		cp "$work/out" "$f"
		say "formatted $f"
	fi
done < "$work/changed"
[ -n "$check" ] || say "$changed files changed"
[ -z "$check" ] || [ "$changed" -eq 0 ]
