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
 * Brings the task's sub-executions into a state, unless they have ended: those that
 * this call has locked or made at once, with "change", the others at "due".
 */
static void
change_children(Advance *adv, Task *task, ExecState state, ChildChangeFn change,
				char *info, TimestampTz due)
{
	ListCell   *lc;

	foreach(lc, task->child_execs)
		change(adv, lfirst(lc), info);
	if (adv->is_simulated || task->row->row.is_new)
		return;
	foreach(lc, mst_store_child_executions(&task->id))
	{
		ExecutionRow *child = lfirst(lc);
		Exec	   *known = hash_search(adv->execs, &child->id, HASH_FIND, NULL);

		if (known != NULL && known->is_locked)
			change(adv, known, info);
		else if (!mst_state_is_completed(child->state))
			mst_child_change_later(adv, task->exec, &child->id, state, info, due);
	}
}

/* The same for all tasks of the execution, as soon as can be. */
void
mst_subworkflow_spread(Advance *adv, Exec *exec, ExecState state,
					   ChildChangeFn change)
{
	ListCell   *lc;

	if (!mst_subworkflow_is_called(exec->spec))
		return;
	mst_advance_load_tasks(adv, exec);
	foreach(lc, list_copy(exec->tasks))
	{
		Task	   *task = lfirst(lc);

		if (task->row->type == 'W')
			change_children(adv, task, state, change, NULL, adv->now);
	}
}

/* ---- pauses and ends ---- */

/* Pauses a sub-execution that is running. */
void
mst_child_pause(Advance *adv, Exec *child, char *info)
{
	if (child->row->state == EXEC_RUNNING)
		mst_exec_pause(adv, child, NULL);
}

/* Cancels a sub-execution that has not ended. */
void
mst_child_cancel(Advance *adv, Exec *child, char *info)
{
	if (!mst_state_is_completed(child->row->state))
		mst_exec_cancel(adv, child, info);
}

/* Pauses the execution and all below it. */
void
mst_exec_pause(Advance *adv, Exec *exec, char *info)
{
	if (exec->row->state == EXEC_PAUSED)
		return;
	mst_exec_set_state(adv, exec, EXEC_PAUSED, info);
	mst_subworkflow_spread(adv, exec, EXEC_PAUSED, mst_child_pause);
}

/* Cancels the task's sub-executions that are not completed by then. */
void
mst_subworkflow_end(Advance *adv, Task *task, TimestampTz due)
{
	Exec	   *exec = task->exec;
	char	   *info;

	if (exec->row->state == EXEC_CANCELLED)
		info = exec->row->state_info;
	else if (mst_state_is_completed(exec->row->state))
		info = psprintf("The execution above it has ended with %s.", mst_state_name(exec->row->state));
	else
		info = pstrdup("The task that started it waits for it no longer.");
	change_children(adv, task, EXEC_CANCELLED, mst_child_cancel, info, due);
}
