/*-------------------------------------------------------------------------
 *
 * child_told.c
 *	  What passes up a tree: ends, pauses and resumes of children.
 *
 * A sub-execution takes the lock of the one above it only when it is free,
 * because a parent is locked before its children (store.h); else a delayed call
 * tells the parent later.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/steps/advance.h"
#include "store/lookups.h"

/*
 * A child is PAUSED, or RUNNING again while others may be paused: so is the task, and
 * its execution when the last task has gone on.
 */
void
mst_task_child_updated(Advance *adv, Task *task, ExecState state, bool others_paused)
{
	ExecState	now = task->row->state;

	if (state == EXEC_RUNNING && others_paused)
		return;

	/* one that has ended without this child stays so, but holds nothing up */
	if (mst_state_is_completed(now))
	{
		if (state == EXEC_RUNNING)
			mst_exec_resume_if_no_task_paused(adv, task->exec);
		return;
	}
	if (!mst_state_can_change(STATES_OF_TASK, now, state) || now == state)
		return;
	mst_task_set_state(adv, task, state, NULL);
	if (state == EXEC_PAUSED)
	{
		if (task->exec->row->state == EXEC_RUNNING)
			mst_exec_pause(adv, task->exec, NULL);
	}
	else if (state == EXEC_RUNNING)
		mst_exec_resume_if_no_task_paused(adv, task->exec);
}

/* ---- sub-executions ---- */

/* What an execution that did not succeed leaves as its task's state_info. */
static char *
child_info(Exec *child)
{
	char	   *info = child->row->state_info;

	if (child->row->state == EXEC_SUCCESS || info == NULL || info[0] == '\0')
		return NULL;
	return info;
}

typedef struct PausedArg
{
	Advance    *adv;
	bool		found;
} PausedArg;

/* What this call has in memory is newer than what is stored. */
static bool
note_paused(ExecutionRow *row, void *arg)
{
	PausedArg  *paused = arg;
	Exec	   *known = hash_search(paused->adv->execs, &row->id, HASH_FIND, NULL);

	paused->found = (known != NULL ? known->row : row)->state == EXEC_PAUSED;
	return !paused->found;
}

static bool
has_paused_child(Advance *adv, Task *task)
{
	PausedArg	paused = {adv, false};
	ListCell   *lc;

	foreach(lc, task->child_execs)
	{
		if (!note_paused(((Exec *) lfirst(lc))->row, &paused))
			return true;
	}
	if (!adv->is_simulated && !task->row->row.is_new)
		mst_store_each_child_execution(&task->id, note_paused, &paused);
	return paused.found;
}

/* STEP_CHILD_RESUMED. */
void
mst_subworkflow_resumed(Advance *adv, Task *task)
{
	task->resume_queued = false;
	mst_task_child_updated(adv, task, EXEC_RUNNING, has_paused_child(adv, task));
}

static void
tell_task(Advance *adv, Task *task, Exec *child)
{
	ExecState	state = child->row->state;

	if (child->row->parent_attempt != task->row->attempt)
	{
		/* a retry or rerun has superseded it */
		child->row->accepted = false;
		mst_exec_touch(adv, child);
	}
	else if (mst_state_is_completed(state))
	{
		/* a call that was delayed may have been overtaken */
		if (child->row->told_parent)
			return;
		child->row->told_parent = true;
		mst_exec_touch(adv, child);
		mst_task_child_done(adv, task, state, child_info(child));
	}
	else if (state != EXEC_RUNNING)
		mst_task_child_updated(adv, task, state, false);
	else if (task->row->state != EXEC_RUNNING && !task->resume_queued)
	{
		/* one look at the other children will do for all that are resumed now */
		task->resume_queued = true;
		mst_advance_push(adv, STEP_CHILD_RESUMED, task->exec, task);
	}
}

/* The execution that the task belongs to; false: the task is gone. */
static bool
execution_of_task(Advance *adv, const pg_uuid_t *task_id, pg_uuid_t *execution_id)
{
	Task	   *task = hash_search(adv->tasks, task_id, HASH_FIND, NULL);
	TaskRow    *row = task != NULL ? task->row : mst_store_task(task_id);

	if (row == NULL)
		return false;
	*execution_id = row->execution_id;
	return true;
}

/* STEP_CHILD_FINISHED: tells the task above of a change of the execution. */
void
mst_exec_tell_parent(Advance *adv, Exec *exec)
{
	pg_uuid_t	parent_id;
	Task	   *task;
	bool		is_busy;

	/* the parent may have been deleted */
	if (!execution_of_task(adv, &exec->row->parent_task_id, &parent_id))
		return;
	if (mst_advance_exec(adv, &parent_id, LOCK_TRY, &is_busy) == NULL)
	{
		if (is_busy)
			mst_advance_delay(adv, "child_finished", exec, NULL, adv->now, NULL, NULL);
		return;
	}
	task = mst_advance_task(adv, &exec->row->parent_task_id);
	if (task != NULL)
		tell_task(adv, task, exec);
}
