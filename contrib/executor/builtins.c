/*-------------------------------------------------------------------------
 *
 * builtins.c
 *	  The actions that need nothing but time.
 *
 * The database runs them by itself; they are here for tasks with a target.
 *
 *-------------------------------------------------------------------------
 */
#include "builtins.h"

#include <math.h>

#define MAX_SECONDS		(365.0 * 24 * 3600) /* of a delay */
#define MAX_DICT		100000	/* members that std.test_dict makes */

/* Returns the input's member as JSON text; the caller frees it with buf_free(). */
static Buf
member_text(const Action *action, const char *name)
{
	Json	   *value = json_member(action->input, name);
	Buf			text = {0};

	if (value == NULL)
		buf_puts(&text, "null");
	else
		json_write(&text, value);
	return text;
}

/* Does nothing. */
void
builtin_noop(Action *action)
{
	action_succeed(action, "null");
}

static void
finish_echo(void *arg)
{
	Action	   *action = arg;
	Buf			output = member_text(action, "output");

	action_succeed(action, output.data);
	buf_free(&output);
}

static void
finish_sleep(void *arg)
{
	action_succeed(arg, "null");
}

/* Calls finish() after the delay, at once if it is negative or NaN. */
static void
start_after(Action *action, double seconds, void (*finish) (void *arg))
{
	if (!(seconds > 0))
		finish(action);
	else
		timer_set(&action->delay, fmin(seconds, MAX_SECONDS) * 1000, finish, action);
}

/* Returns its output, after a delay. */
void
builtin_echo(Action *action)
{
	start_after(action, json_number(json_member(action->input, "delay"), 0),
				finish_echo);
}

/* Waits for so many seconds. */
void
builtin_sleep(Action *action)
{
	Json	   *seconds = json_member(action->input, "seconds");

	start_after(action, seconds == NULL ? 1 : trunc(json_number(seconds, 0)),
				finish_sleep);
}

/* Gives up an action that waits. */
void
builtin_stop(Action *action)
{
	timer_cancel(&action->delay);
}

/* Fails, with the data that it is given. */
void
builtin_fail(Action *action)
{
	Buf			data = member_text(action, "error_data");

	if (json_is_true(json_member(action->input, "error_data")))
		action_fail(action, data.data);
	else
		action_raise(action, "Fail action expected exception.");
	buf_free(&data);
}

/* Returns a mapping of so many members. */
void
builtin_test_dict(Action *action)
{
	Json	   *prefix = json_member(action->input, "key_prefix");
	Buf			val = member_text(action, "val");
	Buf			dict = {0};
	double		size = json_number(json_member(action->input, "size"), 0);

	if (json_member(action->input, "val") == NULL)
	{
		buf_clear(&val);
		buf_puts(&val, "\"\"");
	}
	buf_putc(&dict, '{');
	for (int i = 0; i < fmin(size, MAX_DICT); i++)
	{
		Buf			key = {0};

		if (prefix != NULL && prefix->type == JSON_STRING)
			buf_add(&key, prefix->text, prefix->len);
		buf_printf(&key, "%d", i);
		buf_puts(&dict, i > 0 ? ", " : "");
		json_write_string(&dict, key.data, key.len);
		buf_puts(&dict, ": ");
		buf_add(&dict, val.data, val.len);
		buf_free(&key);
	}
	buf_putc(&dict, '}');
	action_succeed(action, dict.data);
	buf_free(&dict);
	buf_free(&val);
}
