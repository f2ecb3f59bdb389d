#!/bin/bash
# make lint: what the compiler, cppcheck and a few questions to the tree tell.
#
# Every check is one function that prints what is wrong, and nothing when all
# is well. The last line is "N passed, N failed".

. "$(dirname "${BASH_SOURCE[0]}")/../contrib/cluster/common.sh"

cd "$project"

# the tracked files; where there is no git, all that is text and not built
files()
{
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files -co --exclude-standard -- "$@" | while read -r f; do
			[ ! -f "$f" ] || echo "$f"
		done
	else
		find "$@" -type f ! -name '*.d' ! -name 'mistral--*.sql' ! -name 'regression.*' \
			! -path '*/results/*' ! -path '*/build/*' -exec grep -Il '' {} +
	fi
}

# -Wall -Wextra -Werror, in a directory of its own
check_warnings()
{
	local dir="$cluster_home/lint"

	mkdir -p "$dir"
	rm -rf "$dir/sql"
	files src sql contrib mistral.control Makefile | tar -cf - -T - | tar -xf - -C "$dir"
	find "$dir/src" "$dir/contrib" -name '*.[ch]' | while read -r f; do
		[ -f "$project/${f#"$dir"/}" ] || rm -f "$f" "${f%.*}.o" "${f%.*}.d"
	done
	make -s -C "$dir" -j"$(nproc)" PG_CONFIG="$pg_config" COPT=-Werror CONTRIB_CFLAGS="-O2 -g -Werror" all 2>&1 |
		grep -vE '^make(\[|:)' || true
	[ -f "$dir/mistral.so" ] || echo "the library was not built"
}

check_cppcheck()
{
	mkdir -p "$cluster_home/lint/cppcheck"
	files src contrib bench | grep '\.c$' | xargs -r cppcheck --quiet --std=c99 --language=c \
		-j "$(nproc)" --inline-suppr --cppcheck-build-dir="$cluster_home/lint/cppcheck" --enable=warning,portability --error-exitcode=0 \
		--suppress=missingIncludeSystem --suppress=preprocessorErrorDirective \
		--suppress=unknownMacro --suppress=nullPointerRedundantCheck --suppress=normalCheckLevelMaxBranches \
		--suppress=syntaxError --suppress=autoVariables --suppress=ctunullpointer --suppress=ctuuninitvar --suppress=varFuncNullUB --suppress=internalAstError \
		-D'PG_FUNCTION_INFO_V1(x)=' -D'PG_FUNCTION_ARGS=FunctionCallInfo fcinfo' \
		-D'PG_TRY()=if(1)' -D'PG_CATCH()=else' -D'PG_FINALLY()=' -D'PG_END_TRY()=' \
		-D'pg_noreturn=' -D'pg_attribute_printf(a,b)=' -D'pg_attribute_noreturn()=' \
		-D'ereport(level,...)=((level) >= 21 ? exit(1) : (void) 0)' \
		-D'elog(level,...)=((level) >= 21 ? exit(1) : (void) 0)' \
		-DERROR=21 -DWARNING=19 -DNOTICE=18 -DLOG=15 -DDEBUG1=14 \
		-D'PGDLLEXPORT=' -D'PG_VERSION_NUM=150000' -D'lengthof(a)=(sizeof(a)/sizeof((a)[0]))' \
		-Isrc --template='{file}:{line}: {severity}: {message} [{id}]' 2>&1 | sort -u
}

# a symbol that other files see has one of our prefixes
check_symbols()
{
	find "$cluster_home/lint/src" -name '*.o' | sort | while read -r o; do
		nm --defined-only --extern-only "$o" | awk -v file="${o#"$cluster_home"/lint/}" '
			$3 !~ /^(mst_|mistral_|pg_finfo_mistral_|_PG_init$|_PG_fini$|Pg_magic_func$)/ {
				print file ": " $3 " has no prefix"
			}'
	done
}

# what the library exports is what the server looks up
check_exports()
{
	nm -D --defined-only "$cluster_home/lint/mistral.so" | awk '
		$3 !~ /^(mistral_|pg_finfo_mistral_|_PG_init$|_PG_fini$|Pg_magic_func$)/ {
			print $3 " is exported"
		}'
}

check_settings_sorted()
{
	grep -oE '^[[:space:]]*DefineCustom[A-Za-z]+Variable\("[^"]+"' src/util/guc.c |
		sed 's/.*"\(.*\)"/\1/' > "$work/settings"
	LC_ALL=C sort -c "$work/settings" 2>&1 || true
	grep -E '^extern +[a-z0-9_]+ +[*]?mst_[a-z_]+;|^extern +(bool|int|double|char) *[*]?.*mst_' src/util/guc.h |
		grep -v '(' | sed 's/;.*//; s/.*mst_/mst_/' > "$work/variables"
	LC_ALL=C sort -c "$work/variables" 2>&1 || true
}

# every test file is in its list in the Makefile, and every entry has its file
check_tests_listed()
{
	compare_list REGRESS "$(ls test/sql 2>/dev/null | sed -n 's/\.sql$//p')"
	compare_list ISOLATION "$(ls test/isolation/specs 2>/dev/null | sed -n 's/\.spec$//p')"
	compare_list SECURITY "$(ls test/security/sql 2>/dev/null | sed -n 's/\.sql$//p')"
	compare_list TAP "$(ls test/t 2>/dev/null | sed -n 's/\.pl$//p')"
	for t in $(list REGRESS); do
		[ -f "test/expected/$t.out" ] || echo "test/expected/$t.out is missing"
	done
	for t in $(list ISOLATION); do
		[ -f "test/isolation/expected/$t.out" ] || echo "test/isolation/expected/$t.out is missing"
	done
}

list()
{
	make -s --no-print-directory PG_CONFIG="$pg_config" list-tests KIND="$1" | tr ' ' '\n' | sed '/^$/d'
}

compare_list()
{
	diff <(list "$1" | sort) <(printf '%s\n' "$2" | sed '/^$/d' | sort) |
		sed -n "s/^< \(.*\)/\1 is in $1 of the Makefile and has no file/p
			s/^> \(.*\)/\1 is not in $1 of the Makefile/p"
}

# nothing of one machine, nothing left for later
check_words()
{
	files src sql contrib test bench docs README.md Makefile .ci | grep -v '^test/cases/' |
		grep -v '^test/lint.sh$' > "$work/files"
	xargs -r -d '\n' grep -nE '(^|[^A-Za-z0-9_.$}])/(home|root|work|build)/[a-z]|/tmp/pg-' < "$work/files" |
		sed 's/^/path of one machine: /' || true
	xargs -r -d '\n' grep -nwE 'TODO|FIXME|XXX|HACK' < "$work/files" | sed 's/^/unfinished: /' || true
}

# the text of sources: tabs, line ends, comments
check_text()
{
	files src contrib bench | grep '\.[ch]$' > "$work/sources"
	xargs -r -d '\n' grep -nE '[[:space:]]+$' < "$work/sources" | sed 's/^/blank at the end: /' || true
	xargs -r -d '\n' grep -nE '^    ' < "$work/sources" | sed 's/^/indented by blanks: /' || true
	xargs -r -d '\n' grep -nE '^[[:space:]]*//|;[[:space:]]+// ' < "$work/sources" | sed 's/^/comment: /' || true
	xargs -r -d '\n' wc -l < "$work/sources" |
		awk '$2 != "total" && $1 > 1500 { print $2 ": " $1 " lines" }'
}

# Debian 13 has no package of the indenter
lacks_indenter()
{
	! command -v pg_bsd_indent >/dev/null && ! command -v pg-bsd-indent >/dev/null &&
		! apt-cache show pg-bsd-indent >/dev/null 2>&1
}

# the indenter would leave the sources as they are
check_format()
{
	test/format.sh --check="$cluster_home/lint" 2>&1 || true
}

# ereport(ERROR) without an errcode before its end
check_errcodes()
{
	files src | grep '\.c$' | xargs -r awk '
		FNR == 1 { open = 0 }
		/ereport\(ERROR/ { open = FNR; seen = 0 }
		open && /errcode|_errcode\(/ { seen = 1 }
		open && /;[[:space:]]*$/ { if (!seen) print FILENAME ":" open ": no errcode"; open = 0 }'
}

# who may know whom, by the symbols of the objects: see test/lint/structure.py
check_rooms()
{
	grep -lE 'include *<yaml\.h>' -r src --include='*.[ch]' | grep -v '^src/tree/yaml[a-z_]*\.c$' | sed 's/$/: includes yaml.h/'
	grep -lw PG_VERSION_NUM -r src --include='*.[ch]' | grep -v '^src/util/compat\.h$' | sed 's/$/: tests PG_VERSION_NUM/'
	"$python" test/lint/structure.py "$cluster_home/lint/src"
}

# what stands in C and in SQL says the same: see test/lint/facts.py
check_facts()
{
	"$python" test/lint/facts.py
}

# the programs: who calls whom, what is used, and what is told about it
check_contrib()
{
	"$python" test/lint/contrib.py "$cluster_home/lint"
}

# pages that a program writes are what it would write now, and what is said of
# the functions of expressions is said of all
check_pages()
{
	"$python" docs/states.py --check
	"$python" test/lint/functions.py
}

# the parts of the install script create and never adopt
check_sql()
{
	local f
	for f in $(files sql | grep '\.sql$' | grep -v 'mistral--'); do
		grep -niE '\bOR REPLACE\b|(CREATE|ADD) [A-Z ]*IF NOT EXISTS|^ *CREATE ROLE' "$f" | sed "s|^|$f:|" || true
	done
	for f in $(files sql | grep '\.sql$' | grep -v 'mistral--' | sed 's|sql/||; s|\.sql||'); do
		sed -n 's/^SQL_PARTS = //p' Makefile | tr ' ' '\n' | grep -qx "$f" ||
			echo "sql/$f.sql is not in SQL_PARTS of the Makefile"
	done
}

# the ids of the checklist in these files, those between two that stand for a range included
checklist_ids()
{
	grep -ohE '\b[A-Z]{2,5}-[0-9]{2}\b( to [A-Z]{2,5}-[0-9]{2}\b)?' "$@" | awk '
		{ split($1, a, "-"); last = NF == 3 ? substr($3, length(a[1]) + 2) : a[2]
		  for (i = a[2] + 0; i <= last + 0; i++) printf "%s-%02d\n", a[1], i }' |
		grep -vE '^(GMT|UTC)-' | sort -u
}

# tests name items of the checklist that there are, and every item has a test or a reason
check_checklist()
{
	sed -nE 's/^- ([A-Z]+-[0-9]+): .+/\1/p' docs/checklist.md | sort > "$work/items"
	uniq -d "$work/items" | sed 's/$/: stands in docs\/checklist.md twice/'
	files test | grep -v '^test/lint.sh$' | tr '\n' '\0' > "$work/tests"
	xargs -0 cat < "$work/tests" > "$work/text"
	checklist_ids "$work/text" > "$work/used"
	checklist_ids docs/conformance.md > "$work/explained"
	sort -u "$work/used" "$work/explained" | comm -13 "$work/items" - |
		sed 's/$/: is named by a test or docs\/conformance.md, and is not in docs\/checklist.md/'
	sort -u "$work/used" "$work/explained" | comm -23 "$work/items" - |
		sed 's/$/: stands in no test, and docs\/conformance.md does not say why/'
}

check_scripts()
{
	local f
	# in a trap for EXIT, a bare exit keeps the status of before: name one
	for f in $(files contrib test bench docs .ci | grep -E '\.sh$|^\.ci/run$'); do
		grep -nE '(^|[;&|{ \t])exit[ \t]*(;|\}|$)' "$f" | grep -v '[#"].*exit' | sed "s|^|$f: exit without a status: |" || true
	done
	for f in $(files contrib test bench .ci | grep -v '^test/cases/'); do
		case $f in
			*.sh | .ci/run) bash -n "$f" 2>&1 || true ;;
			*.mjs) ! command -v node >/dev/null || node --check "$f" 2>&1 || true ;;
			*.py) "$python" -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$f" 2>&1 || true ;;
		esac
	done
}

# the console: its types, where Node and its packages are; no text becomes HTML,
# and packages come from wherever npm is told to fetch them
check_console()
{
	local dir=contrib/console

	grep -nE 'dangerouslySetInnerHTML|\.(inner|outer)HTML *=|insertAdjacentHTML|document\.write' -r "$dir/src" || true
	grep -nE 'https?:' "$dir/package-lock.json" || true
	if command -v node >/dev/null && [ -x "$dir/node_modules/.bin/tsc" ]; then
		(cd "$dir" && node_modules/.bin/tsc --noEmit 2>&1) || true
	fi
}

find_cluster_home
copy_postgres
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
for check in warnings cppcheck symbols exports settings_sorted tests_listed words text format errcodes rooms facts contrib pages sql checklist scripts console; do
	if [ "$check" = format ] && lacks_indenter; then
		say "left out: format, as this system has no package pg-bsd-indent"
		continue
	fi
	(
		set +e +o pipefail
		check_$check
	) > "$work/out" 2>&1 || true
	if [ -s "$work/out" ]; then
		failed=$((failed + 1))
		say "FAIL $check"
		head -n 60 "$work/out" | sed 's/^/     /'
	else
		passed=$((passed + 1))
		say "ok   $check"
	fi
done
say "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
