/*-------------------------------------------------------------------------
 *
 * transitions.c
 *	  Changing the states of executions, tasks and actions.
 *
 * No other file assigns a state.  What may follow what is in util/state.c; what
 * a change means beyond the row (times, counters, events, who is woken or told)
 * is here, so that no caller can forget it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/limits.h"
#include "engine/memory/engine_objects.h"
#include "engine/memory/rollback_row.h"
#include "signal/wake.h"
#include "util/errors.h"
#include "util/uuid.h"

/*
 * A change that the table of its kind does not list is a mistake of the
 * engine.
 */
static void
check_change(StateMachine machine, State from, State to, const char *name)
{
	if (!mst_state_can_change(machine, from, to))
		elog(ERROR, "state of \"%s\" cannot change from %s to %s", name,
			 mst_state_name(from), mst_state_name(to));
}

/* ---- executions ---- */

/*
 * The execution, or the task if one is given, is to be settled: see settle.c.
 */
static void
note_end(EngineCall *call, Execution *exec, Task *task)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);

	if (task == NULL)
		call->ended_execs = lappend(call->ended_execs, exec);
	else if (task->spec->timeout != NULL || task->row->open_children > 0)
		call->ended_tasks = lappend(call->ended_tasks, task);
	MemoryContextSwitchTo(old);
}

/*
 * Changes the state of an execution, with what goes with it: times, waiters,
 * events, and a step that tells the task above.  Raises an error that users
 * read when the state cannot follow.
 */
void
mst_execution_set_state(EngineCall *call, Execution *exec, State state, char *info)
{
	ExecutionRow *row = exec->row;
	State		from = row->state;

	if (!mst_state_can_change(STATES_OF_EXECUTION, from, state))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_WORKFLOW),
				 errmsg("Can't change workflow execution state from %s to %s. [workflow=%s, execution_id=%s]",
						mst_state_name(from), mst_state_name(state),
						row->workflow_name, mst_uuid_text(&exec->id))));
	row->state = state;
	if (info == NULL && !mst_state_is_completed(state))
		info = mst_rollback_info(exec);
	row->state_info = mst_limit_state_info(info);
	row->paused_by_maintenance = false;
	row->paused_by = NULL;
	if (mst_state_is_completed(state))
	{
		row->finished_at = call->now;
		row->accepted = true;
		row->backlog = NULL;
		if (!call->is_simulated)
			mst_wake_waiters_of(&row->id);
	}
	else
	{
		row->finished_at = 0;
		row->accepted = false;
	}
	mst_execution_touch(call, exec);
	if (from == state)
		return;
	if (mst_state_is_completed(state))
	{
		note_end(call, exec, NULL);
		exec->slots_over = exec->spec->n_limits > 0;
		exec->never_begun = from == MST_STATE_IDLE && mst_uuid_is_none(&row->parent_task_id);
		exec->start_ended = exec->never_begun || row->key != NULL;
	}
	if (row->deadline != 0 || row->time_left != 0)
		mst_deadline_follow(call, exec, from);
	mst_event_execution(call, exec, from);
	if (!mst_uuid_is_none(&row->parent_task_id) &&
		(from != MST_STATE_IDLE || mst_state_is_completed(state)))
		mst_call_push(call, STEP_CHILD_FINISHED, exec, NULL);
}

/* ---- tasks ---- */

static bool
same_text(const char *a, const char *b)
{
	return (a == NULL) ? b == NULL : b != NULL && strcmp(a, b) == 0;
}

static void
note_times(EngineCall *call, TaskRow *row, State from, State to)
{
	if (to == MST_STATE_RUNNING &&
		(row->started_at == 0 || from == MST_STATE_IDLE || from == MST_STATE_WAITING))
		row->started_at = call->now;
	if (mst_state_is_completed(to))
		row->finished_at = call->now;
}

/*
 * A task has its slots while it runs, and awaits them while it is DELAYED; they
 * go back when the call ends, unless it takes them again.
 */
static void
note_slots(Task *task)
{
	State		state = task->row->state;

	task->slots_over |= task->runtime.slots == SLOTS_TAKEN ?
		state != MST_STATE_RUNNING && state != MST_STATE_PAUSED :
		state != MST_STATE_DELAYED;
}

/*
 * A task that is to be undone has a place among those, in the order in which they
 * end: it has succeeded, or some of its items may have.
 */
static void
note_undo_order(EngineCall *call, Task *task)
{
	const TaskSpec *spec = task->spec;
	State		state = task->row->state;
	bool		is_done = state == MST_STATE_SUCCESS ||
	(spec->n_items > 0 && mst_state_is_completed(state));

	if (!is_done)
		task->row->undo_order = 0;
	else if (task->row->undo_order == 0 &&
			 (task->runtime.child_undoes || !task->exec->spec->tasks[spec->compensation].is_rollback))
	{
		task->row->undo_order = ++task->exec->row->undo_count;
		mst_execution_touch(call, task->exec);
	}
}

/*
 * Changes the state of a task, and the number of unfinished tasks, without an
 * event.  Returns the state before, for the event that follows later.
 */
State
mst_task_change_state(EngineCall *call, Task *task, State state, char *info)
{
	TaskRow    *row = task->row;
	State		from = row->state;

	info = mst_limit_state_info(info);
	if (from == state && same_text(row->state_info, info))
		return from;
	check_change(STATES_OF_TASK, from, state, row->name);
	task->exec->row->open_tasks += mst_state_is_completed(from) - mst_state_is_completed(state);
	row->state = state;
	row->state_info = info;
	if (task->runtime.slots != SLOTS_NONE)
		note_slots(task);
	if (task->spec->compensation != NO_TASK)
		note_undo_order(call, task);
	if (task->exec->row->rollback != NULL)
		mst_execution_queue_check(call, task->exec);
	note_times(call, row, from, state);
	mst_task_touch(call, task);
	if (mst_state_is_completed(state) && !mst_state_is_completed(from))
		note_end(call, task->exec, task);
	return from;
}

/* Changes the state of a task and tells of it. */
void
mst_task_set_state(EngineCall *call, Task *task, State state, char *info)
{
	bool		was_started = task->row->started_at != 0;
	State		from = mst_task_change_state(call, task, state, info);

	if (from != state)
		mst_event_task(call, task, from, was_started);
}

/* ---- actions ---- */

/* Changes the state of an action; the caller marks the row. */
void
mst_action_set_state(ActionRow *action, State state)
{
	check_change(STATES_OF_ACTION, action->state, state, action->name);
	action->state = state;
}
