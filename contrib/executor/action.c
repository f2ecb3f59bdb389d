/*-------------------------------------------------------------------------
 *
 * action.c
 *	  Actions that this process has claimed.
 *
 *-------------------------------------------------------------------------
 */
#include "action.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "session.h"

static Action *first = NULL;
static int	count = 0;

static const ActionKind *
find_kind(const char *name)
{
	for (int i = 0; i < action_kind_count; i++)
	{
		if (strcmp(action_kinds[i].name, name) == 0)
			return &action_kinds[i];
	}
	return NULL;
}

Action *
action_create(const char *id, const char *name)
{
	Arena	   *arena = arena_create();
	Action	   *action = arena_alloc(arena, sizeof(Action));

	action->arena = arena;
	action->id = arena_copy(arena, id);
	action->name = arena_copy(arena, name);
	action->kind = find_kind(name);
	action->execution_id = "";
	action->workflow_name = "";
	action->task_id = "";

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

static void
end_with(Action *action, const char *key, const char *value)
{
	Buf			result = {0};

	buf_printf(&result, "{\"id\": \"%s\", \"%s\": ", action->id, key);
	buf_puts(&result, value);
	buf_putc(&result, '}');
	session_report(action->id, &result);
	free_action(action);
}

void
action_succeed(Action *action, const char *value)
{
	end_with(action, "data", value);
}

void
action_fail(Action *action, const char *value)
{
	end_with(action, "state\": \"ERROR\", \"error", value);
}

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

void
action_started(Action *action)
{
	end_with(action, "state", "\"RUNNING\"");
}

int
action_count(void)
{
	return count;
}

bool
action_is_running(const char *id)
{
	for (Action *action = first; action != NULL; action = action->next)
	{
		if (strcmp(action->id, id) == 0)
			return true;
	}
	return false;
}

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
