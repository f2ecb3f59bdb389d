/*-------------------------------------------------------------------------
 *
 * exec_pause.c
 *	  What passes down a tree: pauses and ends, and the way they take.
 *
 * A child that this call has made or locked is reached directly.  Of the others
 * there may be many, and somebody may be at work on them, so what goes down to
 * them is left to delayed calls for some of them each (outbox.c).
 *
 * An execution remembers who has paused it.  What maintenance has paused is
 * marked, with all that was paused with it, and goes on by itself at the end of
 * the maintenance; whoever pauses it meanwhile takes the pause over, and then
 * has to resume it.  All other pauses are noted in paused_by: {"role"} who asked,
 * {"task", "policy"} what in the definition did, {"execution_id"} of the
 * execution above or below that was paused first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/rollback_row.h"
#include "engine/work/children.h"
#include "util/json.h"
#include "util/uuid.h"

/* ---- the way down ---- */

/* Returns whether some task of the workflow calls another workflow. */
bool
mst_subworkflow_is_called(const WorkflowSpec *spec)
{
	for (int i = 0; i < spec->n_specs; i++)
	{
		if (spec->tasks[i].is_workflow)
			return true;
	}
	return false;
}

/* A change of sub-executions that are stored. */
typedef struct LaterChange
{
	EngineCall *call;
	Task	   *task;
	State		state;
	char	   *info;
	TimestampTz due;
	List	   *locked;			/* Execution *: those that the call has locked */
} LaterChange;

static bool
note_change(ExecutionRow *child, void *arg)
{
	LaterChange *later = arg;
	Execution  *known = hash_search(later->call->execs, &child->id, HASH_FIND, NULL);

	if (known != NULL && known->is_locked)
		later->locked = lappend(later->locked, known);
	else if (!mst_state_is_completed(child->state))
		mst_child_change_later(later->call, later->task->exec, &child->id, later->state,
							   later->info, later->due);
	return true;
}

/*
 * Brings the task's sub-executions into a state, unless they have ended: those
 * that this call has locked or made at once, with "change", the others at
 * "due".
 */
static void
change_children(EngineCall *call, Task *task, State state, ChildChangeFn change,
				char *info, TimestampTz due)
{
	LaterChange later = {call, task, state, info, due, NIL};
	ListCell   *lc;

	foreach(lc, task->child_execs)
		change(call, lfirst(lc), info);
	if (call->is_simulated || task->row->row.is_new)
		return;
	mst_store_each_child_execution(&task->id, note_change, &later);
	foreach(lc, later.locked)
		change(call, lfirst(lc), info);
}

/* Changes the sub-executions of all tasks of the execution, without delay. */
void
mst_subworkflow_spread(EngineCall *call, Execution *exec, State state,
					   ChildChangeFn change)
{
	ListCell   *lc;

	if (!mst_subworkflow_is_called(exec->spec))
		return;
	mst_call_load_tasks(call, exec);
	foreach(lc, list_copy(exec->tasks))
	{
		Task	   *task = lfirst(lc);

		if (task->row->type == TASK_TYPE_WORKFLOW)
			change_children(call, task, state, change, NULL, call->now);
	}
}

/* ---- pauses and ends ---- */

/* Returns what paused_by says when an execution above or below was first. */
Jsonb *
mst_pause_by_execution(const pg_uuid_t *id)
{
	return mst_json_object1("execution_id", mst_json_text(mst_uuid_text(id)));
}

/* Returns what paused_by says of a policy or command of a task. */
Jsonb *
mst_pause_by_task(const Task *task, const char *policy)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "task", task->row->name);
	mst_json_add_text(&b, "policy", policy);
	return mst_json_end(&b);
}

/* Returns the execution that the child's task belongs to, or NULL. */
Execution *
mst_execution_above(EngineCall *call, Execution *child)
{
	TaskRow    *task;

	if (child->parent_task != NULL)
		return child->parent_task->exec;
	task = mst_store_task(&child->row->parent_task_id);
	return task == NULL ? NULL : mst_call_execution(call, &task->execution_id, LOCK_NONE, NULL);
}

/*
 * Returns whether the child is paused for a reason of its own, which holds for
 * the executions above, too: neither they nor maintenance have paused it.
 */
bool
mst_child_has_own_pause(const ExecutionRow *child, const Execution *above)
{
	char	   *by = mst_json_get_text(child->paused_by, "execution_id");

	return !child->paused_by_maintenance &&
		(by == NULL || strcmp(by, mst_uuid_text(&above->id)) != 0);
}

/*
 * Pauses a sub-execution as the one above it is paused; one that maintenance
 * has paused is taken over where that one has been.
 */
void
mst_child_pause(EngineCall *call, Execution *child, char *info)
{
	Execution  *above = mst_execution_above(call, child);

	if (above == NULL ||
		(child->row->state != MST_STATE_RUNNING && !child->row->paused_by_maintenance))
		return;
	mst_execution_pause(call, child, NULL, above->row->paused_by_maintenance ?
						NULL : mst_pause_by_execution(&above->id));
}

/* Returns whether the work of a sub-execution below that one is to stay done. */
static bool
keeps_work_below(const Execution *above)
{
	return above != NULL && above->row->rollback == NULL &&
		(above->row->state == MST_STATE_CANCELLED || above->row->state == MST_STATE_SUCCESS);
}

/*
 * Cancels a sub-execution that has not ended.  What it has done is undone as the
 * work above is, and also when its task has failed without it; a rollback of it
 * goes on, but is stopped with the one that it is part of.
 */
void
mst_child_cancel(EngineCall *call, Execution *child, char *info)
{
	if (mst_state_is_completed(child->row->state))
		return;
	if (mst_execution_undoes_other(child))
		mst_rollback_stop(call, child, MST_STATE_CANCELLED, info);
	else if (keeps_work_below(mst_execution_above(call, child)))
		mst_execution_cancel(call, child, info);
	else
		mst_execution_abort(call, child, info);
}

/* Notes whose the pause of an execution is; NULL: maintenance's. */
void
mst_execution_note_pause(EngineCall *call, Execution *exec, Jsonb *by)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);

	exec->row->paused_by_maintenance = by == NULL;
	exec->row->paused_by = by == NULL ? NULL : mst_json_copy(by);
	mst_execution_touch(call, exec);
	MemoryContextSwitchTo(old);
}

/*
 * Leaves a call for an execution that a user's transaction has paused for the
 * time of the maintenance, whose end may be over when that commits.
 */
void
mst_execution_look_after_pause(EngineCall *call, Execution *exec)
{
	mst_call_delay(call, CALL_MAINTENANCE_RESUME, exec, NULL, GetCurrentTimestamp(), NULL, NULL);
}

/*
 * Returns whether a pause of an execution that is PAUSED changes whose it is:
 * it was maintenance's, or came from another execution and is asked for here.
 */
static bool
takes_over(const Execution *exec, Jsonb *by)
{
	if (by == NULL)
		return false;
	return exec->row->paused_by_maintenance ||
		(mst_json_has(by, "role") && mst_json_has(exec->row->paused_by, "execution_id"));
}

/*
 * Pauses the execution and all below it, for what "by" says; NULL: for the time
 * of the maintenance.
 */
void
mst_execution_pause(EngineCall *call, Execution *exec, char *info, Jsonb *by)
{
	bool		is_paused = exec->row->state == MST_STATE_PAUSED;

	if (is_paused && !takes_over(exec, by))
		return;
	if (!is_paused)
		mst_execution_set_state(call, exec, MST_STATE_PAUSED, info);
	mst_execution_note_pause(call, exec, by);
	mst_subworkflow_spread(call, exec, MST_STATE_PAUSED, mst_child_pause);
	if (is_paused && !mst_uuid_is_none(&exec->row->parent_task_id))
		mst_call_push(call, STEP_CHILD_FINISHED, exec, NULL);
}

/* Cancels the task's sub-executions that are not completed by then. */
void
mst_subworkflow_end(EngineCall *call, Task *task, TimestampTz due)
{
	Execution  *exec = task->exec;
	char	   *info;

	if (exec->row->state == MST_STATE_CANCELLED)
		info = exec->row->state_info;
	else if (mst_execution_rolls_back(exec) && !mst_task_is_compensation(task))
		info = pstrdup("The execution above it compensates what it has done.");
	else if (mst_state_is_completed(exec->row->state))
		info = psprintf("The execution above it has ended with %s.", mst_state_name(exec->row->state));
	else
		info = pstrdup("The task that started it waits for it no longer.");
	change_children(call, task, MST_STATE_CANCELLED, mst_child_cancel, info, due);
}
