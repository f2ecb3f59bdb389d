# Build, install and test the extension "mistral" with PGXS.
#
#   make, make install       build; install into the server of PG_CONFIG
#   make installcheck        regression and isolation tests on a running server
#   make demo, up, down      a private cluster of its own (contrib/cluster)
#   make test, bench, lint   the same cluster, temporary
#   make fuzz SECONDS=600    the expression languages outside of a server
#   make map                 what each source file is about
#   make console             the web page of mistral-api (needs Node and npm)
#
# The goals of the last two lines install what they need by themselves, so
# they also work where there is no pg_config yet.

all: contrib

EXTENSION = mistral
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" mistral.control)
MODULE_big = mistral
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c src/*/*/*.c)))

# the install script, joined in this order
SQL_PARTS = header types expressions tables_definitions tables_triggers tables limits definitions resources triggers names engine actions scheduler events policy security views people reports stats api api_definitions api_executions api_tasks api_people api_triggers api_limits api_markers api_bulk api_graph api_timeline api_context api_design api_system api_live api_service restore check

DATA_built = sql/mistral--$(EXTVERSION).sql

# Those of definitions look at all there are, so they come before the stories.
# every test is listed here; make lint compares the lists with the files
REGRESS = catalog columns cancel yaml advice validation environments workbooks definitions dynamic language expression_calls expression_functions function_actions hints expression_limits expressions json_text jinja jinja_corners jinja_filters jinja_methods security yaql views members store altered cron cron_policies cron_overlap engine_flow engine_items claim_kinds claim_turns engine_tree tree_ends causes revival rerun_events simulate simulate_forms simulate_fuzz lookups call_memory replace sql_action sql_action_retry events engine_operations engine_actions engine_context notifications publishers engine_timers engine_corners engine_ends maintenance maintenance_holds maintenance_pauses starts input_schema reports drafts safe_input watches check api api_lists api_limits api_pages api_bulk api_graph api_context api_design identifiers waits holding late_results left_actions recalls items_held told limits max_failures item_query item_retry priority standalone registered announced traces signals waits_true claim_limits retries deadlines compensation secrets people
REGRESS_OPTS = --inputdir=test --outputdir=test --load-extension=mistral
# attacks (test/security): what one user must not be able to do to another
SECURITY = arguments bombs console event_names executors functions item_queries locks malformed names people quotas rules signals sizes sql_functions tenants tokens
ISOLATION = announcements bulk claim_locked claims compensation deletes deliveries event_projects events items limit_changes locks lost_claims maintenance maintenance_end moved pause people quotas races recalls reports results signals slots snapshots starts taking_back waits
ISOLATION_OPTS = --inputdir=test/isolation --outputdir=test/isolation --load-extension=mistral
TAP = 001_crash 002_dump_restore 003_workers 004_standby 005_executor 006_notifier 007_transfers 008_duties 009_schedulers 010_pg_cron 011_publishers 012_http_actions 013_restore 014_copies 015_event_numbers 016_routing 020_fairness 021_claim_crash 021_lost_executors 022_setting_bounds 023_worker_slots 024_cancellation 025_starts 026_outbound 027_traces 028_signals 028_executor_duty 029_executor_load 029_limits 031_secrets 032_announced 033_items 033_people 033_compensation 034_units

CONTRIB = $(patsubst %/Makefile,%,$(sort $(wildcard contrib/*/Makefile)))

PG_CPPFLAGS = -I$(srcdir)/src -MMD -MP
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -Wno-declaration-after-statement -std=gnu99
SHLIB_LINK = -lyaml -lpcre2-8 -lgmp -lunistring

# Only what the server looks up leaves the library: a name that the server or
# a library of its own also has stays ours.
ifeq ($(shell uname -s),Linux)
SHLIB_LINK += -Wl,--version-script=$(srcdir)/src/exports.map
endif

# bitcode would serve only for inlining into JIT code, and doubles the time
override with_llvm = no

EXTRA_CLEAN = sql/mistral--$(EXTVERSION).sql src/jinja/web/entities.inc src/expr/reference.inc $(OBJS:.o=.d) \
	test/results test/regression.diffs test/regression.out \
	test/isolation/results test/isolation/regression.diffs \
	test/isolation/regression.out test/isolation/output_iso

PG_CONFIG ?= pg_config
PGXS := $(shell "$(PG_CONFIG)" --pgxs 2>/dev/null)
ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
else
all install installcheck uninstall clean contrib: no-pg-config
no-pg-config:
	@echo "There is no server to build for: \"$(PG_CONFIG)\" cannot be run, or is not the one of a server." >&2
	@echo "Run \"make setup\" (Debian), or name it: make PG_CONFIG=/path/to/pg_config" >&2
	@exit 1
endif

sql/mistral--$(EXTVERSION).sql: $(wildcard $(SQL_PARTS:%=sql/%.sql)) mistral.control Makefile
	cat $(wildcard $(SQL_PARTS:%=sql/%.sql)) > $@

mistral.so: src/exports.map

# the named character references of HTML as rows of C
src/jinja/web/entities.inc: src/jinja/web/entities.txt src/jinja/web/entities.awk
	awk -f $(srcdir)/src/jinja/web/entities.awk $(srcdir)/src/jinja/web/entities.txt > $@

src/jinja/web/entities.o: src/jinja/web/entities.inc

# what the functions of the expression languages do, as rows of C
reference_texts = $(addprefix src/expr/reference/,both.txt yaql.txt jinja.txt)
src/expr/reference.inc: $(reference_texts) src/expr/reference/reference.awk
	awk -f $(srcdir)/src/expr/reference/reference.awk $(addprefix $(srcdir)/,$(reference_texts)) > $@

src/expr/reference.o: src/expr/reference.inc

-include $(OBJS:.o=.d)

# programs beside the server, each with a Makefile of its own
ifneq ($(wildcard $(PGXS)),)
.PHONY: contrib $(CONTRIB) install-contrib clean-contrib
contrib: $(CONTRIB)
$(CONTRIB):
	$(MAKE) -C $@ PG_CONFIG="$(PG_CONFIG)" $(if $(CONTRIB_CFLAGS),CFLAGS="$(CONTRIB_CFLAGS)")
# with CONTRIB= the extension alone, as packages of it want
install: install-contrib $(if $(CONTRIB),install-console)
install-contrib: contrib
	$(MKDIR_P) '$(DESTDIR)$(bindir)'
	for d in $(CONTRIB); do \
	  $(MAKE) -C $$d install PG_CONFIG="$(PG_CONFIG)" DESTDIR='$(DESTDIR)' bindir='$(bindir)' || exit 1; \
	done
# the console, where "make console" has built it
.PHONY: install-console
install-console:
	@if [ -f '$(srcdir)/contrib/console/dist/index.html' ]; then \
	  '$(srcdir)/contrib/console/install.sh' '$(DESTDIR)$(datadir)/mistral/console'; \
	fi
clean: clean-contrib
clean-contrib:
	for d in $(CONTRIB); do $(MAKE) -C $$d clean PG_CONFIG="$(PG_CONFIG)" || exit 1; done
endif

.PHONY: setup demo demo-down up down test bench lint format fuzz docs map console list-tests
setup:
	@contrib/cluster/setup.sh
demo:
	@contrib/cluster/demo.sh
up:
	@contrib/cluster/up.sh
down demo-down:
	@contrib/cluster/down.sh $(filter demo-down,$@)
test:
	@test/run.sh
bench:
	@bench/run.sh
lint:
	@test/lint.sh
format:
	@test/format.sh
fuzz:
	@$(MAKE) -C test/fuzz run PG_CONFIG="$(PG_CONFIG)" $(if $(SECONDS),SECONDS=$(SECONDS))

docs:
	@docs/make.sh

console:
	@contrib/console/make.sh

# every source file with the title at its head
map:
	@awk 'FNR == 4 { title = $$0; sub(/^ \*[ \t]*/, "", title); printf "%-44s%s\n", FILENAME, title }' \
	  $(sort $(wildcard src/*/*.c src/*/*/*.c contrib/*/*.c))

# for the scripts: make -s list-tests KIND=REGRESS
list-tests:
	@echo $($(KIND))
