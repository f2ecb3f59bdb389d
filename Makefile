# Build, install and test the extension "mistral" with PGXS.

EXTENSION = mistral
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" mistral.control)
MODULE_big = mistral
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))

# the install script, joined in this order
SQL_PARTS = header types tables definitions engine actions scheduler events security views stats api

DATA_built = sql/mistral--$(EXTVERSION).sql

PG_CPPFLAGS = -I$(srcdir)/src -MMD -MP
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -Wno-declaration-after-statement -std=gnu99
SHLIB_LINK = -lyaml -lpcre2-8 -lgmp -lunistring

EXTRA_CLEAN = sql/mistral--$(EXTVERSION).sql $(OBJS:.o=.d)

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

sql/mistral--$(EXTVERSION).sql: $(wildcard $(SQL_PARTS:%=sql/%.sql)) mistral.control
	cat $(wildcard $(SQL_PARTS:%=sql/%.sql)) > $@

-include $(OBJS:.o=.d)
