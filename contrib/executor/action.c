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
 * Each action that ends leaves one record in the log, at the level debug, with how
 * long it took from its claim on; neither its input nor its result are in it.
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

#include "clock.h"
#include "config.h"
#include "limits.h"
#include "log.h"
#include "results.h"

#define BUCKETS		4096		/* of the table by id */

/* those that are running */
static Action *first = NULL;
static Action *buckets[BUCKETS];
static int	count = 0;

static Action **
bucket_of(const char *id)
{
	unsigned int hash = 2166136261u;

	for (; *id != '\0'; id++)
		hash = (hash ^ (unsigned char) *id) * 16777619u;
	return &buckets[hash % BUCKETS];
}

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
	action->limit = limit_find(name);
	action->deadline = config_deadline(name);
	action->claimed_at = clock_ms();
	action->execution_id = "";
	action->workflow_name = "";
	action->task_id = "";
	action->task_name = "";
	action->project_id = "";
	action->traceparent = "";
	action->outbound_text = "";

	action->next = first;
	if (first != NULL)
		first->prev = action;
	first = action;
	action->next_in_bucket = *bucket_of(id);
	*bucket_of(id) = action;
	count++;
	limit_enter(action->limit);
	return action;
}

static void
free_action(Action *action)
{
	Action	  **link = bucket_of(action->id);

	while (*link != action)
		link = &(*link)->next_in_bucket;
	*link = action->next_in_bucket;
	timer_cancel(&action->timeout);
	timer_cancel(&action->delay);
	limit_leave(action->limit);
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

static void
deadline_passed(void *arg)
{
	Action	   *action = arg;

	stop_action(action);
	action_raise(action, "The action did not finish within the executor's limit of %g seconds",
				 action->deadline);
}

/* Sets the time at which the action is given up: the task's, or the executor's if that is less. */
static void
set_timeout(Action *action)
{
	if (action->timeout_s > 0 && (action->deadline <= 0 || action->timeout_s <= action->deadline))
		timer_set(&action->timeout, action->timeout_s * 1000.0, timed_out, action);
	else if (action->deadline > 0)
		timer_set(&action->timeout, action->deadline * 1000.0, deadline_passed, action);
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
	set_timeout(action);
	action->kind->start(action);
}

/* Writes the record of an action that ends, if such are logged. */
static void
log_end(const Action *action, const char *state, size_t bytes)
{
	LogRecord	record;

	if (!log_begin_record(&record, LOG_DEBUG, "action"))
		return;
	log_add_text(&record, "id", action->id);
	log_add_text(&record, "name", action->name);
	log_add_text(&record, "state", state);
	log_add_number(&record, "ms", clock_ms() - action->claimed_at);
	log_add_number(&record, "bytes", bytes);
	log_add_number(&record, "attempt", action->attempt);
	log_add_text(&record, "workflow", action->workflow_name);
	log_add_text(&record, "task", action->task_name);
	log_add_text(&record, "execution_id", action->execution_id);
	log_add_text(&record, "task_id", action->task_id);
	log_add_text(&record, "project", action->project_id);
	log_end_record(&record);
}

/* Ends the action with a result that has one member besides its id. */
static void
end_with(Action *action, const char *state, const char *key, const char *value)
{
	Buf			result = {0};

	buf_printf(&result, "{\"id\": \"%s\", \"%s\": ", action->id, key);
	buf_puts(&result, value);
	buf_putc(&result, '}');
	log_end(action, state, result.len);
	results_add(action->id, &result);
	free_action(action);
}

/* Ends the action with a result; "value" is JSON text. */
void
action_succeed(Action *action, const char *value)
{
	end_with(action, "SUCCESS", "data", value);
}

/* Ends the action with an error; "value" is JSON text. */
void
action_fail(Action *action, const char *value)
{
	end_with(action, "ERROR", "state\": \"ERROR\", \"error", value);
}

/* Ends the action as cancelled; "value" is JSON text that tells more. */
void
action_end_cancelled(Action *action, const char *value)
{
	end_with(action, "CANCELLED", "cancel\": true, \"error", value);
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
	end_with(action, "RUNNING", "state", "\"RUNNING\"");
}

static Action *
find_action(const char *id)
{
	Action	   *action = *bucket_of(id);

	while (action != NULL && strcmp(action->id, id) != 0)
		action = action->next_in_bucket;
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
	log_end(action, "CANCELLED", 0);
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

/* Gives the action back to the queue: its id goes to an array of SQL without its braces. */
static void
release(Action *action, Buf *ids)
{
	stop_action(action);
	log_end(action, "RELEASED", 0);
	buf_printf(ids, "%s%s", ids->len > 0 ? "," : "", action->id);
	free_action(action);
}

/* Gives back what has been claimed and has not been begun. */
void
action_release_waiting(Buf *ids)
{
	Action	   *action = first;

	while (action != NULL)
	{
		if (action->kind != NULL && action->kind->is_waiting != NULL && action->kind->is_waiting(action))
		{
			release(action, ids);
			action = first;		/* others may have ended with it */
		}
		else
			action = action->next;
	}
}

/*
 * Breaks off all actions, because there is no time left: those that may be run
 * again are given back, the others fail.
 */
void
action_give_up_all(Buf *ids)
{
	action_release_waiting(ids);
	while (first != NULL)
	{
		if (first->safe_rerun)
			release(first, ids);
		else
		{
			Action	   *action = first;

			log_message(LOG_WARNING, "action %s (%s) was broken off", action->id, action->name);
			stop_action(action);
			action_raise(action, "The action was broken off, because its executor was stopped before it had finished");
		}
	}
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
