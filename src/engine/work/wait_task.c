/*-------------------------------------------------------------------------
 *
 * wait_task.c
 *	  Tasks that wait for signals.
 *
 * A task with "wait-for" has one action, named "wait-for", which nobody runs:
 * it ends when the task takes a signal, when its time is over, or when
 * somebody completes it.  So results, retries, reruns and ends are those of
 * any task.  The action's input has the names that are waited for, as they
 * were when the wait began; the filters stay with the definition.
 *
 * What is waited for is looked for among the signals that the execution has
 * got and nobody has taken, oldest first: when the wait begins, and whenever a
 * signal comes (calls/deliver_signal.c).  A wait for all takes nothing before
 * all are there, so no signal is lost to a wait that ends otherwise.  A signal
 * on which a filter fails does not fit: whoever sends data of another form
 * must not be able to fail the workflow.
 *
 * Rows of signals and waits are written when the call ends (write_back.c).
 * docs/decisions/signals-as-rows.md has the reasons.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "dsl/wait.h"
#include "engine/memory/limits.h"
#include "engine/memory/secrecy.h"
#include "engine/memory/signal_rows.h"
#include "engine/work/wait_task.h"
#include "store/reporting.h"
#include "store/signals.h"
#include "util/json.h"
#include "util/time_text.h"
#include "util/uuid.h"

#define SUSPENDED "The execution had ended before the task did."
#define NOT_AWAITED "The task or its execution has ended."

/* ---- names ---- */

/* False: the name of the term is wrong, and task and execution have failed. */
static bool
add_term_name(EngineCall *call, Task *task, const WaitTerm *term, JsonBuilder *b)
{
	ExprError  *error;
	Jsonb	   *value;
	char	   *name;

	if (!mst_expr_eval_jsonb(term->name, mst_bindings_task(call, task, NULL), &value, &error))
	{
		mst_task_force_fail(call, task, NULL, mst_expr_error_text(error));
		return false;
	}
	name = mst_json_root(value).type == jbvString ? mst_json_to_text(value) : NULL;
	if (name == NULL || name[0] == '\0' || pg_mbstrlen(name) > MAX_SIGNAL_LENGTH)
	{
		mst_task_force_fail(call, task, NULL,
							psprintf("The name of a signal must be a string of 1 to %d characters, not %s",
									 MAX_SIGNAL_LENGTH, mst_json_print(value)));
		return false;
	}
	mst_json_open_object(b, NULL);
	mst_json_add_text(b, term->is_event ? "event" : "signal", name);
	mst_json_close_object(b);
	return true;
}

static const char *
terms_member(const Task *task)
{
	return task->spec->wait->needs_all ? "all" : "any";
}

/* Returns the input of the wait's action; NULL: task and execution have failed. */
static Jsonb *
make_wait_input(EngineCall *call, Task *task)
{
	const WaitSpec *wait = task->spec->wait;
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_open_array(&b, terms_member(task));
	for (int i = 0; i < wait->n_terms; i++)
	{
		if (!add_term_name(call, task, &wait->terms[i], &b))
			return NULL;
	}
	mst_json_close_array(&b);
	return mst_json_end(&b);
}

static char *
term_name(const Jsonb *terms, int i, bool is_event)
{
	return mst_json_get_text(mst_json_item(terms, i), is_event ? "event" : "signal");
}

/* ---- looking for signals ---- */

/* Returns what filters see as "signal", and tasks get as their result. */
static Jsonb *
describe_signal(const SignalRow *signal)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "signal", signal->name);
	mst_json_add(&b, "data", signal->data);
	mst_json_add_text(&b, "key", signal->key);
	mst_json_add_text(&b, "sent_at", signal->sent_at != 0 ? mst_time_text(signal->sent_at) : NULL);
	mst_json_add_text(&b, "sender", signal->sender);
	return mst_json_end(&b);
}

static bool
is_taken_by_call(EngineCall *call, const SignalRow *signal)
{
	ListCell   *lc;

	foreach(lc, call->taken_signals)
	{
		if (((SignalRow *) lfirst(lc))->id == signal->id)
			return true;
	}
	return false;
}

/* The signals that a wait may take, and what a look at them needs. */
typedef struct SignalSearch
{
	EngineCall *call;
	Task	   *task;
	Jsonb	   *names;			/* the terms of the action's input */
	List	   *signals;		/* SignalRow *, oldest first */
} SignalSearch;

static bool
fits_term(const SignalSearch *search, const SignalRow *signal, int i)
{
	const WaitTerm *term = &search->task->spec->wait->terms[i];
	ExprBindings *bindings;
	ExprError  *error;
	bool		fits;

	if (strcmp(signal->name, term_name(search->names, i, term->is_event)) != 0)
		return false;
	if (term->filter == NULL)
		return true;
	bindings = mst_bindings_task(search->call, search->task,
								 mst_json_object1("signal", describe_signal(signal)));
	return mst_expr_eval_bool(term->filter, bindings, &fits, &error) && fits;
}

/* Returns the oldest signal for one of the terms in a list of one, or NIL. */
static List *
find_any(const SignalSearch *search)
{
	ListCell   *lc;

	foreach(lc, search->signals)
	{
		for (int i = 0; i < search->task->spec->wait->n_terms; i++)
		{
			if (fits_term(search, lfirst(lc), i))
				return list_make1(lfirst(lc));
		}
	}
	return NIL;
}

/* Returns a signal for each term, in the order of terms; NIL: one is missing. */
static List *
find_all(const SignalSearch *search)
{
	List	   *left = list_copy(search->signals);
	List	   *found = NIL;

	for (int i = 0; i < search->task->spec->wait->n_terms; i++)
	{
		SignalRow  *signal = NULL;
		ListCell   *lc;

		foreach(lc, left)
		{
			if (fits_term(search, lfirst(lc), i))
			{
				signal = lfirst(lc);
				break;
			}
		}
		if (signal == NULL)
			return NIL;
		left = list_delete_ptr(left, signal);
		found = lappend(found, signal);
	}
	return found;
}

static List *
list_buffered(EngineCall *call, const Execution *exec)
{
	List	   *signals = NIL;
	ListCell   *lc;

	foreach(lc, mst_store_buffered_signals(&exec->id))
	{
		if (!is_taken_by_call(call, lfirst(lc)))
			signals = lappend(signals, lfirst(lc));
	}
	return signals;
}

static Jsonb *
make_wait_result(const Task *task, List *found)
{
	JsonBuilder b;
	ListCell   *lc;

	if (!task->spec->wait->needs_all)
		return describe_signal(linitial(found));
	mst_json_begin_object(&b);
	mst_json_open_array(&b, "signals");
	foreach(lc, found)
		mst_json_add(&b, NULL, describe_signal(lfirst(lc)));
	mst_json_close_array(&b);
	return mst_json_end(&b);
}

/*
 * Takes what the task waits for out of the signals that the execution has got.
 * Returns the result of the wait, or NULL, with nothing taken, when it has not
 * come.  The call has locked the execution, or has made it.
 */
Jsonb *
mst_wait_take(EngineCall *call, Task *task, const ActionRow *action)
{
	MemoryContext old;
	SignalSearch search = {call, task};
	List	   *found;
	ListCell   *lc;
	Jsonb	   *result = NULL;

	if (call->is_simulated || task->exec->is_ours)
		return NULL;
	old = MemoryContextSwitchTo(call->mcxt);
	search.names = mst_json_get(mst_call_open(call, task, action->input), terms_member(task));
	search.signals = list_buffered(call, task->exec);
	found = task->spec->wait->needs_all ? find_all(&search) : find_any(&search);
	foreach(lc, found)
		((SignalRow *) lfirst(lc))->task_id = task->id;
	if (found != NIL)
		result = make_wait_result(task, found);
	call->taken_signals = list_concat(call->taken_signals, found);
	MemoryContextSwitchTo(old);
	return result;
}

/* ---- the beginning ---- */

/* False: the time is wrong, and task and execution have failed. */
static bool
eval_wait_timeout(EngineCall *call, Task *task, int64 *seconds)
{
	const ExprTemplate *timeout = task->spec->wait->timeout;
	ExprError  *error;
	Jsonb	   *value;

	*seconds = 0;
	if (timeout == NULL)
		return true;
	if (!mst_expr_eval_jsonb(timeout, mst_bindings_task(call, task, NULL), &value, &error))
	{
		mst_task_force_fail(call, task, NULL, mst_expr_error_text(error));
		return false;
	}
	if (mst_json_whole_number(value, seconds) && *seconds <= PG_INT32_MAX)
		return true;
	mst_task_force_fail(call, task, NULL,
						psprintf("The timeout of a wait must be an integer from 0 to %d, not %s",
								 PG_INT32_MAX, mst_json_print(value)));
	return false;
}

/* Notes what the action waits for, for whoever sends it. */
static void
note_waits(EngineCall *call, Task *task, const ActionRow *action)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);
	Jsonb	   *names = mst_json_get(action->input, terms_member(task));

	for (int i = 0; i < task->spec->wait->n_terms; i++)
	{
		SignalWaitRow *row = palloc0(sizeof(SignalWaitRow));

		row->row.is_new = true;
		row->execution_id = task->exec->id;
		row->action_id = action->id;
		row->is_event = task->spec->wait->terms[i].is_event;
		row->project_id = pstrdup(task->row->project_id);
		row->name = term_name(names, i, row->is_event);
		call->new_waits = lappend(call->new_waits, row);
	}
	MemoryContextSwitchTo(old);
}

static void
start_wait_timer(EngineCall *call, Task *task, const ActionRow *action, int64 seconds)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "action_id", mst_uuid_text(&action->id));
	mst_json_add_int(&b, "limit", seconds);
	mst_call_delay(call, CALL_TIMEOUT_WAIT, task->exec, task,
				   call->now + seconds * USECS_PER_SEC,
				   mst_wait_timer_key(&action->id), mst_json_end(&b));
}

static ActionRow *
add_wait_action(EngineCall *call, Task *task, const Jsonb *input)
{
	ActionRow  *action = mst_call_add_action(call, task);
	MemoryContext old = MemoryContextSwitchTo(call->action_cxt);

	action->name = pstrdup(WAIT_ACTION);
	action->input = mst_json_copy(input);
	action->is_sync = true;
	MemoryContextSwitchTo(old);
	task->row->open_children++;
	return action;
}

static bool
is_simulated_end(EngineCall *call, Task *task, ActionRow *action)
{
	ActionCall	resolved = {.name = action->name, .run_name = action->name,
	.input = action->input, .run_input = action->input, .is_sync = true};

	return call->world != NULL && call->world->run_action(call, task, action, &resolved);
}

/*
 * Begins to wait.  The task ends at once when what it waits for has come
 * before; task and execution fail when a name or the time is wrong.
 */
void
mst_wait_start(EngineCall *call, Task *task)
{
	Jsonb	   *input = make_wait_input(call, task);
	ActionRow  *action;
	Jsonb	   *result;
	int64		seconds;

	if (input == NULL || !eval_wait_timeout(call, task, &seconds))
		return;
	action = add_wait_action(call, task, input);
	if (is_simulated_end(call, task, action))
	{
		mst_task_action_ended_at_once(call, task, action);
		return;
	}
	result = mst_wait_take(call, task, action);
	if (result != NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(call->action_cxt);

		mst_action_end(call, action, MST_STATE_SUCCESS, result);
		MemoryContextSwitchTo(old);
		mst_task_action_ended_at_once(call, task, action);
		return;
	}
	note_waits(call, task, action);
	if (seconds > 0)
		start_wait_timer(call, task, action, seconds);
}

/* ---- ends that no signal brings ---- */

/* The unfinished action of a task that waits. */
typedef struct OpenWait
{
	bool		found;
	pg_uuid_t	id;
} OpenWait;

static bool
note_open_wait(ActionRow *action, void *arg)
{
	OpenWait   *wait = arg;

	/* the end that somebody was told to have given it is still to be taken */
	wait->found = !mst_state_is_completed(action->state) && !mst_report_is_recorded(&action->id);
	wait->id = action->id;
	return !wait->found;
}

/* Ends the action of the wait, and nothing else; false: there is none. */
static bool
end_open_wait(EngineCall *call, Task *task)
{
	OpenWait	wait = {false};
	ActionRow  *action = NULL;
	MemoryContext old;
	ListCell   *lc;

	mst_task_each_action(call, task, note_open_wait, &wait);
	if (!wait.found)
		return false;
	foreach(lc, task->actions)
	{
		if (mst_uuid_equal(&((ActionRow *) lfirst(lc))->id, &wait.id))
			action = lfirst(lc);
	}
	old = MemoryContextSwitchTo(call->action_cxt);
	if (action == NULL)
		action = mst_store_action(&wait.id);
	mst_action_end(call, action, MST_STATE_CANCELLED, mst_json_text(NOT_AWAITED));
	MemoryContextSwitchTo(old);
	mst_call_touch_action(call, task, action);
	task->row->open_children = 0;
	mst_task_touch(call, task);
	return true;
}

/* The task has ended, and waits no longer. */
void
mst_wait_cancel(EngineCall *call, Task *task)
{
	(void) end_open_wait(call, task);
}

/*
 * The execution has ended while the task waited: suspends the task, so that it
 * begins to wait anew when the execution goes on.  Its timer must have been
 * taken from it.  Returns false when it does not wait.
 */
bool
mst_wait_suspend(EngineCall *call, Task *task)
{
	if (task->row->state != MST_STATE_RUNNING || task->coming_state != MST_STATE_NONE ||
		!end_open_wait(call, task))
		return false;
	task->runtime.suspended_state = MST_STATE_IDLE;
	task->runtime.suspended_info = NULL;
	task->runtime.paused_before = true;
	task->runtime_dirty = true;
	mst_task_set_state(call, task, MST_STATE_CANCELLED, pstrdup(SUSPENDED));
	return true;
}

/* ---- simulation ---- */

/*
 * Returns the result of a wait for which the simulated world has no other:
 * that the first signal, or all of them, came at once, without data.
 */
Jsonb *
mst_wait_simulated_result(const ActionRow *action)
{
	Jsonb	   *all = mst_json_get(action->input, "all");
	Jsonb	   *terms = all != NULL ? all : mst_json_get(action->input, "any");
	JsonBuilder b;

	mst_json_begin_object(&b);
	if (all != NULL)
		mst_json_open_array(&b, "signals");
	for (int i = 0; i < (all != NULL ? mst_json_count(terms) : 1); i++)
	{
		Jsonb	   *term = mst_json_item(terms, i);
		SignalRow	signal = {.name = mst_json_get_text(term, "signal"), .sender = "simulation"};

		if (signal.name == NULL)
			signal.name = mst_json_get_text(term, "event");
		if (all != NULL)
			mst_json_add(&b, NULL, describe_signal(&signal));
		else
			return describe_signal(&signal);
	}
	mst_json_close_array(&b);
	return mst_json_end(&b);
}
