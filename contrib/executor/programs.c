/*-------------------------------------------------------------------------
 *
 * programs.c
 *	  Actions that are the operator's programs.
 *
 * The configuration file has a section for each:
 *
 *		[program my.add]
 *		command = /usr/local/bin/add --fast
 *		type = once					# or lines: long-lived, a line an answer
 *		input = a, b=1				# announced to the database
 *
 * A request is an object with "id", "name", "input" and "context".  A program
 * that is run once answers with the value on standard output, and with its
 * status: 0 is success.  A long-lived one answers each line with a line, an
 * object with "data" or "error", and "cancel" if it likes.
 *
 * Programs are trusted with what they get, but they have only the environment
 * that their section names, and a hostile input is theirs to stand.
 *
 *-------------------------------------------------------------------------
 */
#include "programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"

#define MAX_NAME		255		/* bytes of the name of an action */
#define MAX_WORDS		64		/* of a command */

/* An action that is a program. */
typedef struct Plugin
{
	ActionKind	kind;
	Program		program;
	char	   *description;	/* "": none */
	char	   *input;			/* parameters, or "": takes any */
	struct Plugin *next;
} Plugin;

/* The section that is being read. */
static struct
{
	char	   *name;			/* of the action; NULL: there is none */
	char	   *command;
	char	   *type;
	double		timeout;
	int			concurrency;
	double		max_output;
	char	   *environment;
	char	   *description;
	char	   *input;
}			draft;

static Plugin *plugins = NULL;

static const Option options[] = {
	{"command", 0, OPTION_TEXT, &draft.command, 0, 0, NULL},
	{"type", 0, OPTION_TEXT, &draft.type, 0, 0, NULL},
	{"timeout", 0, OPTION_NUMBER, &draft.timeout, 0, 86400, NULL},
	{"concurrency", 0, OPTION_INT, &draft.concurrency, 1, 1000, NULL},
	{"max-output", 0, OPTION_NUMBER, &draft.max_output, 1, 1e9, NULL},
	{"environment", 0, OPTION_TEXT, &draft.environment, 0, 0, NULL},
	{"description", 0, OPTION_TEXT, &draft.description, 0, 0, NULL},
	{"input", 0, OPTION_TEXT, &draft.input, 0, 0, NULL},
};

static const OptionSet option_set = {
	.options = options, .count = sizeof(options) / sizeof(options[0])
};

/* ---- requests and answers ---- */

static void
write_member(Buf *request, const char *name, const char *value)
{
	buf_printf(request, ", \"%s\": ", name);
	if (value[0] == '\0')
		buf_puts(request, "null");
	else
		json_write_text(request, value);
}

static void
write_request(const Action *action, Buf *request)
{
	buf_printf(request, "{\"id\": \"%s\", \"name\": ", action->id);
	json_write_text(request, action->name);
	buf_puts(request, ", \"input\": ");
	json_write(request, action->input);
	buf_puts(request, ", \"context\": {\"action_execution_id\": ");
	json_write_text(request, action->id);
	write_member(request, "workflow_execution_id", action->execution_id);
	write_member(request, "workflow_name", action->workflow_name);
	write_member(request, "task_execution_id", action->task_id);
	write_member(request, "project_id", action->project_id);
	buf_printf(request, "}, \"safe_rerun\": %s, \"timeout\": ", action->safe_rerun ? "true" : "false");
	if (action->timeout_s > 0)
		buf_printf(request, "%d}", action->timeout_s);
	else
		buf_puts(request, "null}");
}

static bool
is_blank(const Buf *text)
{
	for (size_t i = 0; i < text->len; i++)
	{
		if (strchr(" \t\r\n", text->data[i]) == NULL)
			return false;
	}
	return true;
}

/* A program that is run once has written a value, or nothing, and has ended. */
static void
take_value(Action *action, const Buf *answer, int status)
{
	Json	   *value = json_parse(action->arena, answer->data != NULL ? answer->data : "", answer->len);
	Buf			text = {0};

	if (value != NULL)
		json_write(&text, value);
	if (status == 0 && value != NULL)
		action_succeed(action, text.data);
	else if (status == 0 && is_blank(answer))
		action_succeed(action, "null");
	else if (status == 0)
		action_raise(action, "The program has written what is not a value of JSON");
	else if (value != NULL)
		action_fail(action, text.data);
	else
		action_raise(action, "The program ended with status %d", WEXITSTATUS(status));
	buf_free(&text);
}

/* A long-lived program has written a line. */
static void
take_line(Action *action, const Buf *answer, int status)
{
	Json	   *result = json_parse(action->arena, answer->data != NULL ? answer->data : "", answer->len);
	Json	   *error = json_member(result, "error");
	Json	   *value = json_is_given(error) ? error : json_member(result, "data");
	Buf			text = {0};

	(void) status;
	if (value != NULL)
		json_write(&text, value);
	else
		buf_puts(&text, "null");
	if (result == NULL || result->type != JSON_OBJECT)
		action_raise(action, "The program has answered with what is not an object of JSON");
	else if (json_is_true(json_member(result, "cancel")))
		action_end_cancelled(action, text.data);
	else if (json_is_given(error))
		action_fail(action, text.data);
	else
		action_succeed(action, text.data);
	buf_free(&text);
}

static void
start_plugin(Action *action)
{
	program_start(action, action->kind->program);
}

/* ---- sections ---- */

/*
 * Cuts a command into words at blanks, which double quotes keep together; ends
 * the process when there are none or too many.
 */
static char **
split_command(const char *command)
{
	char	  **words = mem_alloc((MAX_WORDS + 1) * sizeof(char *));
	int			count = 0;
	const char *c = command;

	for (;;)
	{
		Buf			word = {0};
		bool		is_quoted = false;

		c += strspn(c, " \t");
		if (*c == '\0')
			break;
		if (count == MAX_WORDS)
			options_fail("program \"%s\": its command has more than %d words", draft.name, MAX_WORDS);
		for (; *c != '\0' && (is_quoted || (*c != ' ' && *c != '\t')); c++)
		{
			if (*c == '"')
				is_quoted = !is_quoted;
			else
				buf_putc(&word, *c);
		}
		if (is_quoted)
			options_fail("program \"%s\": a double quote of its command has no end", draft.name);
		words[count++] = word.data != NULL ? word.data : mem_copy("");
	}
	if (count == 0 || words[0][0] != '/')
		options_fail("program \"%s\": its command must begin with the whole path of a program", draft.name);
	if (access(words[0], X_OK) != 0)
		options_fail("program \"%s\": \"%s\" cannot be run", draft.name, words[0]);
	return words;
}

/*
 * Makes the environment of a list of names, whose values are this process's,
 * and of "name=value", with commas between; a path for programs is always there.
 */
static char **
make_environment(const char *list)
{
	char	   *copy = mem_copy(list);
	char	   *rest = copy;
	char	   *item;
	char	  **variables = mem_alloc((strlen(list) + 3) * sizeof(char *));
	int			count = 0;

	variables[count++] = "PATH=/usr/local/bin:/usr/bin:/bin";
	while ((item = strsep(&rest, ",")) != NULL)
	{
		const char *value;
		Buf			variable = {0};

		item += strspn(item, " \t");
		value = strchr(item, '=') == NULL ? getenv(item) : "";
		if (item[0] == '\0' || value == NULL)
			continue;
		buf_puts(&variable, item);
		if (strchr(item, '=') == NULL)
			buf_printf(&variable, "=%s", value);
		if (strncmp(variable.data, "PATH=", 5) == 0)
			variables[0] = variable.data;
		else
			variables[count++] = variable.data;
	}
	free(copy);
	return variables;
}

/* Takes over the section that was read last; ends the process when it is not right. */
static void
finish_section(void)
{
	Plugin	   *plugin;
	bool		is_long_lived;

	if (draft.name == NULL)
		return;
	is_long_lived = strcmp(draft.type, "lines") == 0;
	if (!is_long_lived && strcmp(draft.type, "once") != 0)
		options_fail("program \"%s\": its type must be once or lines, not \"%s\"", draft.name, draft.type);
	plugin = mem_alloc(sizeof(Plugin));
	plugin->kind = (ActionKind)
	{
		.name = draft.name, .start = start_plugin, .stop = program_stop, .is_waiting = program_is_waiting,
			.program = &plugin->program
	};
	plugin->program = (Program)
	{
		.process =
		{
			.name = draft.name, .argv = split_command(draft.command),
				.environment = make_environment(draft.environment), .max_output = (size_t) draft.max_output
		},
			.is_long_lived = is_long_lived, .concurrency = draft.concurrency, .timeout = draft.timeout,
			.write_request = write_request, .take_answer = is_long_lived ? take_line : take_value
	};
	plugin->description = draft.description;
	plugin->input = draft.input;
	plugin->next = plugins;
	plugins = plugin;
	draft.name = NULL;
}

/* Begins a section of the configuration file; returns what may be in it, or NULL. */
const OptionSet *
programs_section(const char *kind, const char *name)
{
	finish_section();
	if (strcmp(kind, "program") != 0)
		return NULL;
	if (name[0] == '\0' || strlen(name) > MAX_NAME || strpbrk(name, ",{}\"\\ ") != NULL)
		options_fail("\"%s\" cannot be the name of an action", name);
	if (strncmp(name, "std.", 4) == 0)
		options_fail("the name \"%s\" is one of a standard action", name);
	if (programs_find(name) != NULL)
		options_fail("there is another program \"%s\"", name);
	draft.name = mem_copy(name);
	draft.command = "";
	draft.type = "once";
	draft.timeout = 60;
	draft.concurrency = 10;
	draft.max_output = 5 * 1024 * 1024;
	draft.environment = "";
	draft.description = "";
	draft.input = "";
	return &option_set;
}

/* Ends the last section, when all of the options have been read. */
void
programs_close(void)
{
	finish_section();
}

/* ---- the actions ---- */

/* Returns the program that is the action of that name, or NULL. */
const ActionKind *
programs_find(const char *name)
{
	for (Plugin *plugin = plugins; plugin != NULL; plugin = plugin->next)
	{
		if (strcmp(plugin->kind.name, name) == 0)
			return &plugin->kind;
	}
	return NULL;
}

/* Calls a function with each of them. */
void
programs_each(void (*function) (const ActionKind *kind))
{
	for (Plugin *plugin = plugins; plugin != NULL; plugin = plugin->next)
		function(&plugin->kind);
}

/*
 * Appends an array of JSON with what the database is to know of the programs
 * that is_wanted() wants.
 */
void
programs_announce(Buf *json, bool (*is_wanted) (const char *name))
{
	buf_putc(json, '[');
	for (Plugin *plugin = plugins; plugin != NULL; plugin = plugin->next)
	{
		if (!is_wanted(plugin->kind.name))
			continue;
		buf_puts(json, json->data[json->len - 1] == '[' ? "{\"name\": " : ", {\"name\": ");
		json_write_text(json, plugin->kind.name);
		if (plugin->description[0] != '\0')
		{
			buf_puts(json, ", \"description\": ");
			json_write_text(json, plugin->description);
		}
		if (plugin->input[0] != '\0')
		{
			buf_puts(json, ", \"input\": ");
			json_write_text(json, plugin->input);
		}
		buf_putc(json, '}');
	}
	buf_putc(json, ']');
}
