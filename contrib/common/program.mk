# How each program of contrib is built and installed; its Makefile sets
# PROGRAM, OBJS and PACKAGES (names for pkg-config) and includes this.  A program
# with OPTIONAL = yes is left out where a package is missing.
#
# A unit and a sample of the settings, where there are such files, are installed, too.
#
#   make PG_CONFIG=... all|install|clean [DESTDIR=...] [bindir=...] [sampledir=...] [unitdir=...]

PG_CONFIG ?= pg_config
CC ?= cc
COMMON := $(dir $(lastword $(MAKEFILE_LIST)))

bindir ?= $(shell $(PG_CONFIG) --bindir)
# where samples go, and units: to systemd's where the server is the system's own
sampledir ?= $(shell $(PG_CONFIG) --sharedir)/mistral
unitdir ?= $(or $(if $(filter /usr/%,$(bindir)),$(shell pkg-config --variable=systemdsystemunitdir systemd)),$(sampledir))
CFLAGS ?= -O2 -g
override CFLAGS += -std=gnu11 -Wall -Wextra -Wno-missing-field-initializers -fno-strict-aliasing -pthread -MMD -MP \
	-D_GNU_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
	-I$(COMMON) -I$(shell $(PG_CONFIG) --includedir) $(shell pkg-config --cflags $(PACKAGES))
LDLIBS = -L$(shell $(PG_CONFIG) --libdir) -Wl,--as-needed -lpq $(shell pkg-config --libs $(PACKAGES)) -lm

# compiled in the program's folder, as each program has its own flags
COMMON_OBJS = $(addprefix common-,$(addsuffix .o,$(COMMON_PARTS)))

ifeq ($(OPTIONAL)$(shell pkg-config --exists $(PACKAGES) || echo missing),yesmissing)

all install:
	@echo "$(PROGRAM) is left out: not all of these are installed: $(PACKAGES)"

else

all: $(PROGRAM)

$(PROGRAM): $(OBJS) $(COMMON_OBJS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(COMMON_OBJS): common-%.o: $(COMMON)%.c
	$(CC) $(CFLAGS) -c -o $@ $<

install: all $(addprefix install-,$(wildcard $(PROGRAM).service $(PROGRAM).conf.sample))
	install -d '$(DESTDIR)$(bindir)'
	install -m 755 $(PROGRAM) '$(DESTDIR)$(bindir)/$(PROGRAM)'

install-%.conf.sample: %.conf.sample
	install -d '$(DESTDIR)$(sampledir)'
	install -m 644 $< '$(DESTDIR)$(sampledir)/$<'

# with the path of the program
install-%.service: %.service
	install -d '$(DESTDIR)$(unitdir)'
	sed 's|^ExecStart=/usr/bin/|ExecStart=$(bindir)/|' $< > '$(DESTDIR)$(unitdir)/$<'
	chmod 644 '$(DESTDIR)$(unitdir)/$<'

endif

clean:
	rm -f $(PROGRAM) *.o *.d

.PHONY: all install clean

-include $(OBJS:.o=.d) $(COMMON_OBJS:.o=.d)
