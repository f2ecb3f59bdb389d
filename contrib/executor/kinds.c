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

#include <stdio.h>
#include <string.h>

#include "builtins.h"
#include "config.h"
#include "email.h"
#include "http.h"
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
	{"std.javascript", script_start, program_stop, script_is_available},
	{"std.js", script_start, program_stop, script_is_available},
	{"std.mistral_http", http_start, http_stop},
	{"std.noop", builtin_noop},
	{"std.sleep", builtin_sleep, builtin_stop},
	{"std.ssh", ssh_start, program_stop, ssh_is_available},
	{"std.ssh_proxied", ssh_start, program_stop, ssh_is_available},
	{"std.test_dict", builtin_test_dict},
};

#define KIND_COUNT	((int) (sizeof(kinds) / sizeof(kinds[0])))

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

/* Prints which standard actions cannot be run here, for --version. */
void
kinds_print(void)
{
	for (int i = 0; i < KIND_COUNT; i++)
	{
		if (!is_available(&kinds[i]))
			printf("%s cannot be run: the program for it is not installed\n", kinds[i].name);
	}
}
