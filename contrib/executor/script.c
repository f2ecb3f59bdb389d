/*-------------------------------------------------------------------------
 *
 * script.c
 *	  The actions std.javascript and std.js.
 *
 * Scripts are run by mistral-js, a process that can do nothing else.  It is
 * kept for the next script, but only for one of the same project.
 *
 *-------------------------------------------------------------------------
 */
#include "script.h"

#include <stdio.h>
#include <sys/wait.h>

#include "config.h"
#include "helper.h"
#include "program.h"

#define STATUS_NO_MEMORY	3	/* of mistral-js */

static void
write_request(const Action *action, Buf *request)
{
	Json	   *script = json_member(action->input, "script");
	Json	   *context = json_member(action->input, "context");

	buf_puts(request, "{\"script\": ");
	json_write(request, script);
	if (context != NULL)
	{
		buf_puts(request, ", \"context\": ");
		json_write(request, context);
	}
	buf_putc(request, '}');
}

static void
raise_script(Action *action, const char *what)
{
	action_raise(action, "The script failed: %s", what);
}

static void
take_answer(Action *action, const Buf *answer, int status)
{
	Json	   *result = json_parse(action->arena, answer->data != NULL ? answer->data : "", answer->len);
	Json	   *data = json_member(result, "data");
	Json	   *error = json_member(result, "error");
	Buf			value = {0};

	(void) status;
	if (data != NULL)
	{
		json_write(&value, data);
		action_succeed(action, value.data);
	}
	else if (error != NULL && error->type == JSON_STRING)
		raise_script(action, error->text);
	else
		raise_script(action, "its result is nested too deeply, or has a character that the database cannot store");
	buf_free(&value);
}

static void
explain_end(Action *action, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_NO_MEMORY)
		action_raise(action, "The script failed: it needs more than %d MB of memory", config.js_memory);
	else
		raise_script(action, "it crashed the engine");
}

static char *argv[3];
static char *environment[] = {NULL};

static Program program = {
	.process = {.name = "mistral-js", .argv = argv, .environment = environment},

	.is_long_lived = true, .is_for_one_project = true,
	.write_request = write_request, .take_answer = take_answer, .explain_end = explain_end
};

/* Tells whether there is a program that runs scripts. */
bool
script_is_available(void)
{
	return helper_path("mistral-js") != NULL;
}

/* Runs the script of an action; program_stop() gives it up. */
void
script_start(Action *action)
{
	static char memory[16];
	Json	   *script = json_member(action->input, "script");

	if (script == NULL || script->type != JSON_STRING)
	{
		action_raise(action, "The script must be a text");
		return;
	}
	snprintf(memory, sizeof(memory), "%d", config.js_memory);
	argv[0] = helper_path("mistral-js");
	argv[1] = memory;
	program.concurrency = config.js_processes;
	program.timeout = config.js_timeout;
	program.process.max_output = (size_t) config.js_max_result;
	if (argv[0] == NULL)
		action_raise(action, "mistral-js is not installed");
	else
		program_start(action, &program);
}
