/*-------------------------------------------------------------------------
 *
 * action.c
 *	  Actions that this process has claimed.
 *
 * An action is created, started once by its kind, and ends once: with a
 * result, with the word that it was started elsewhere, by being cancelled when
 * nobody waits for it, or by being abandoned when the claim on it is lost.  Each
 * end frees it, so a kind must not touch an action behind the call that ends it.
 *
 * A kind that waits for something keeps what it needs in "work", and gives it
 * up in its stop(), which is called when the action ends by other causes.
 *
 *-------------------------------------------------------------------------
 */
#include "action.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "results.h"

/* those that are running */
static Action *first = NULL;
static int	count = 0;

/*
 * Returns a new action with copies of id and name, in an arena of its own,
 * which is freed when the action ends.  "kind" is NULL when nobody here knows
 * the name; starting the action reports that.
 */
Action *
action_create(const ActionKind *kind, const char *id, const char *name)
{
	Arena	   *arena = arena_create();
	Action	   *action = arena_alloc(arena, sizeof(Action));

	action->arena = arena;
	action->kind = kind;
	action->id = arena_copy(arena, id);
	action->name = arena_copy(arena, name);
	action->execution_id = "";
	action->workflow_name = "";
	action->task_id = "";
	action->project_id = "";
	action->traceparent = "";
	action->outbound_text = "";

	action->next = first;
	if (first != NULL)
		first->prev = action;
	first = action;
	count++;
	return action;
}

static void
free_action(Action *action)
{
	timer_cancel(&action->timeout);
	timer_cancel(&action->delay);
	if (action->prev != NULL)
		action->prev->next = action->next;
	else
		first = action->next;
	if (action->next != NULL)
		action->next->prev = action->prev;
	count--;
	arena_free(action->arena);
}

static void
stop_action(Action *action)
{
	if (action->kind != NULL && action->kind->stop != NULL)
		action->kind->stop(action);
}

static void
timed_out(void *arg)
{
	Action	   *action = arg;

	stop_action(action);
	action_raise(action, "The action did not finish within its limit of %d seconds",
				 action->timeout_s);
}

/*
 * Starts an action with its input (JSON text).  The action may have ended when
 * this returns.  One that another executor had before is run only if it says
 * that this does no harm.
 */
void
action_start(Action *action, const char *input)
{
	action->input = json_parse(action->arena, input, strlen(input));
	if (action->is_redelivered && !action->safe_rerun)
	{
		action_raise(action, "The action was given to another executor before and is not safe to be run again");
		return;
	}
	if (action->kind == NULL)
	{
		action_raise(action, "This executor does not know the action");
		return;
	}
	if (action->input == NULL)
	{
		action_raise(action, "The input of the action could not be read");
		return;
	}
	if (action->timeout_s > 0)
		timer_set(&action->timeout, action->timeout_s * 1000.0, timed_out, action);
	action->kind->start(action);
}

/* Ends the action with a result that has one member besides its id. */
static void
end_with(Action *action, const char *key, const char *value)
{
	Buf			result = {0};

	buf_printf(&result, "{\"id\": \"%s\", \"%s\": ", action->id, key);
	buf_puts(&result, value);
	buf_putc(&result, '}');
	results_add(action->id, &result);
	free_action(action);
}

/* Ends the action with a result; "value" is JSON text. */
void
action_succeed(Action *action, const char *value)
{
	end_with(action, "data", value);
}

/* Ends the action with an error; "value" is JSON text. */
void
action_fail(Action *action, const char *value)
{
	end_with(action, "state\": \"ERROR\", \"error", value);
}

/* Ends the action as cancelled; "value" is JSON text that tells more. */
void
action_end_cancelled(Action *action, const char *value)
{
	end_with(action, "cancel\": true, \"error", value);
}

/* Ends the action with the text of an exception, in the form that Mistral gives it. */
void
action_raise(Action *action, const char *format,...)
{
	Buf			text = {0};
	Buf			value = {0};
	char		message[4096];
	va_list		args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	buf_printf(&text, "The action raised an exception [action_ex_id=%s, msg='%s', action_cls='%s']",
			   action->id, message, action->name);
	json_write_string(&value, text.data, text.len);
	action_fail(action, value.data);
	buf_free(&text);
	buf_free(&value);
}

/* Ends an asynchronous action here: its result comes by another way. */
void
action_started(Action *action)
{
	end_with(action, "state", "\"RUNNING\"");
}

static Action *
find_action(const char *id)
{
	Action	   *action = first;

	while (action != NULL && strcmp(action->id, id) != 0)
		action = action->next;
	return action;
}

/* Reports an action as cancelled that is not, or no longer, running here. */
void
action_report_cancelled(const char *id)
{
	Buf			result = {0};

	buf_printf(&result, "{\"id\": \"%s\", \"cancel\": true, "
			   "\"error\": \"The executor has given the action up, as nobody waited for it.\"}", id);
	results_add(id, &result);
}

/*
 * Stops the action, as nobody waits for it, and reports that.  Returns false if
 * it is not running here.
 */
bool
action_cancel(const char *id)
{
	Action	   *action = find_action(id);

	if (action == NULL)
		return false;
	log_message(LOG_INFO, "action %s (%s) was cancelled and is given up", action->id, action->name);
	stop_action(action);
	action_report_cancelled(action->id);
	free_action(action);
	return true;
}

/* Returns how many actions are running. */
int
action_count(void)
{
	return count;
}

/* Tells whether an action of this id is running here. */
bool
action_is_running(const char *id)
{
	return find_action(id) != NULL;
}

/* Gives up all actions, without results. */
void
action_abandon_all(void)
{
	while (first != NULL)
	{
		log_message(LOG_WARNING, "action %s (%s) was abandoned", first->id, first->name);
		stop_action(first);
		free_action(first);
	}
}
