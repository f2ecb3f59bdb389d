/*-------------------------------------------------------------------------
 *
 * exec_pause.c
 *	  What passes down a tree: pauses and ends, and the way they take.
 *
 * A child that this call has made or locked is reached directly.  Of the others
 * there may be many, and somebody may be at work on them, so what goes down to
 * them is left to delayed calls for some of them each (outbox.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/work/children.h"

/* ---- the way down ---- */

/* Returns whether some task of the workflow calls another workflow. */
bool
mst_subworkflow_is_called(const WorkflowSpec *spec)
{
	for (int i = 0; i < spec->n_tasks; i++)
	{
		if (spec->tasks[i].is_workflow)
			return true;
	}
	return false;
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
	ListCell   *lc;

	foreach(lc, task->child_execs)
		change(call, lfirst(lc), info);
	if (call->is_simulated || task->row->row.is_new)
		return;
	foreach(lc, mst_store_child_executions(&task->id))
	{
		ExecutionRow *child = lfirst(lc);
		Execution  *known = hash_search(call->execs, &child->id, HASH_FIND, NULL);

		if (known != NULL && known->is_locked)
			change(call, known, info);
		else if (!mst_state_is_completed(child->state))
			mst_child_change_later(call, task->exec, &child->id, state, info, due);
	}
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

/* Pauses a sub-execution that is running. */
void
mst_child_pause(EngineCall *call, Execution *child, char *info)
{
	if (child->row->state == MST_STATE_RUNNING)
		mst_execution_pause(call, child, NULL);
}

/* Cancels a sub-execution that has not ended. */
void
mst_child_cancel(EngineCall *call, Execution *child, char *info)
{
	if (!mst_state_is_completed(child->row->state))
		mst_execution_cancel(call, child, info);
}

/* Pauses the execution and all below it. */
void
mst_execution_pause(EngineCall *call, Execution *exec, char *info)
{
	if (exec->row->state == MST_STATE_PAUSED)
		return;
	mst_execution_set_state(call, exec, MST_STATE_PAUSED, info);
	mst_subworkflow_spread(call, exec, MST_STATE_PAUSED, mst_child_pause);
}

/* Cancels the task's sub-executions that are not completed by then. */
void
mst_subworkflow_end(EngineCall *call, Task *task, TimestampTz due)
{
	Execution  *exec = task->exec;
	char	   *info;

	if (exec->row->state == MST_STATE_CANCELLED)
		info = exec->row->state_info;
	else if (mst_state_is_completed(exec->row->state))
		info = psprintf("The execution above it has ended with %s.", mst_state_name(exec->row->state));
	else
		info = pstrdup("The task that started it waits for it no longer.");
	change_children(call, task, MST_STATE_CANCELLED, mst_child_cancel, info, due);
}
