/*-------------------------------------------------------------------------
 *
 * kinds.c
 *	  The kinds of actions: the standard ones, and the operator's programs.
 *
 * A kind that needs what is not installed is announced to nobody.
 *
 *-------------------------------------------------------------------------
 */
#include "kinds.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "builtins.h"
#include "config.h"
#include "email.h"
#include "http.h"
#include "limits.h"
#include "program.h"
#include "programs.h"
#include "script.h"
#include "ssh.h"

/* sorted by name */
static const ActionKind kinds[] = {
	{"std.async_noop", action_started},
	{"std.echo", builtin_echo, builtin_stop},
	{"std.email", email_start, email_stop},
	{"std.fail", builtin_fail},
	{"std.http", http_start, http_stop},
	{"std.javascript", script_start, program_stop, script_is_available, program_is_waiting},
	{"std.js", script_start, program_stop, script_is_available, program_is_waiting},
	{"std.mistral_http", http_start, http_stop},
	{"std.noop", builtin_noop},
	{"std.sleep", builtin_sleep, builtin_stop},
	{"std.ssh", ssh_start, program_stop, ssh_is_available, program_is_waiting},
	{"std.ssh_proxied", ssh_start, program_stop, ssh_is_available, program_is_waiting},
	{"std.test_dict", builtin_test_dict},
};

#define KIND_COUNT	((int) (sizeof(kinds) / sizeof(kinds[0])))

/* Returns how many processes run the actions of a kind at the same time; 0: it has none. */
static int
count_processes(const ActionKind *kind)
{
	if (kind->program != NULL)
		return kind->program->concurrency;
	if (kind->start == script_start)
		return config.js_processes;
	return kind->start == ssh_start ? config.ssh_processes : 0;
}

static bool
is_available(const ActionKind *kind)
{
	return kind->is_available == NULL || kind->is_available();
}

/* Returns the kind of actions of that name, or NULL. */
const ActionKind *
kind_find(const char *name)
{
	for (int i = 0; i < KIND_COUNT; i++)
	{
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	return programs_find(name);
}

/* Tells whether the operator wants the action of this name, as all if none is named. */
static bool
is_wanted(const char *name)
{
	size_t		len = strlen(name);
	const char *item = config.actions;

	if (item[0] == '\0')
		return true;
	for (;;)
	{
		item += strspn(item, ", ");
		if (item[0] == '\0')
			return false;
		if (strncmp(item, name, len) == 0 && (item[len] == '\0' || strchr(", ", item[len]) != NULL))
			return true;
		item += strcspn(item, ", ");
	}
}

/*
 * Appends the names of the standard actions to take, as an array of SQL, and
 * what there is to say of programs, as one of JSON.
 */
void
kinds_announce(Buf *names, Buf *programs)
{
	buf_putc(names, '{');
	for (int i = 0; i < KIND_COUNT; i++)
	{
		if (is_available(&kinds[i]) && is_wanted(kinds[i].name))
			buf_printf(names, "%s%s", names->data[names->len - 1] == '{' ? "" : ",", kinds[i].name);
	}
	buf_putc(names, '}');
	programs_announce(programs, is_wanted);
}

/*
 * Returns a name that the operator wants to be taken and nobody here knows, or
 * NULL; it lives until the next call.
 */
const char *
kinds_unknown(void)
{
	static char name[256];
	const char *item = config.actions;

	for (;;)
	{
		item += strspn(item, ", ");
		if (item[0] == '\0')
			return NULL;
		snprintf(name, sizeof(name), "%.*s", (int) strcspn(item, ", "), item);
		if (kind_find(name) == NULL)
			return name;
		item += strcspn(item, ", ");
	}
}

/*
 * Limits how many actions of a kind are claimed: to what the operator says, else
 * to twice as many as have a process, so that each process finds its next one.
 */
static void
set_limit(const ActionKind *kind)
{
	int			max = (int) option_map_get(&config.concurrency, kind->name, 2 * count_processes(kind));

	if (max > 0)
		limit_set(kind->name, max);
}

/* Sets the limits of all kinds; call it once, when the settings have been read. */
void
kinds_set_limits(void)
{
	for (int i = 0; i < KIND_COUNT; i++)
	{
		if (is_available(&kinds[i]) && is_wanted(kinds[i].name))
			set_limit(&kinds[i]);
	}
	programs_each(set_limit);
}

/* Returns a name in an option of numbers by name that nobody here knows, or NULL. */
const char *
kinds_unknown_in(const OptionMap *map)
{
	for (int i = 0; i < map->count; i++)
	{
		if (kind_find(map->names[i]) == NULL)
			return map->names[i];
	}
	return NULL;
}

/* Says, with tell(), which standard actions cannot be run here. */
void
kinds_tell_missing(void (*tell) (const char *format,...))
{
	for (int i = 0; i < KIND_COUNT; i++)
	{
		if (!is_available(&kinds[i]))
			tell("%s cannot be run: the program for it is not installed", kinds[i].name);
	}
}

static void
print_line(const char *format,...)
{
	va_list		args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* Prints that, for --version. */
void
kinds_print(void)
{
	kinds_tell_missing(print_line);
}
