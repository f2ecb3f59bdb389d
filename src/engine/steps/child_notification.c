/*-------------------------------------------------------------------------
 *
 * child_notification.c
 *	  What passes up a tree: ends, pauses and resumes of children.
 *
 * A sub-execution takes the lock of the one above it only when it is free,
 * because a parent is locked before its children (store.h); else a delayed call
 * tells the parent later.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/steps/steps.h"
#include "store/lookups.h"
#include "util/json.h"
#include "util/uuid.h"

/*
 * A child is PAUSED, or RUNNING again while others may be paused: so is the
 * task, and its execution when the last task has gone on.  "by" is whose the
 * pause is, see exec_pause.c.
 */
void
mst_task_child_updated(EngineCall *call, Task *task, State state, bool others_paused, Jsonb *by)
{
	State		now = task->row->state;

	if (state == MST_STATE_RUNNING && others_paused)
		return;

	/* one that has ended without this child stays so, but holds nothing up */
	if (mst_state_is_completed(now))
	{
		if (state == MST_STATE_RUNNING)
			mst_execution_resume_if_no_task_paused(call, task->exec);
		return;
	}
	if (now != state)
	{
		if (!mst_state_can_change(STATES_OF_TASK, now, state))
			return;
		mst_task_set_state(call, task, state, NULL);
	}
	else if (state == MST_STATE_RUNNING)
		return;
	if (state == MST_STATE_PAUSED)
	{
		if (task->exec->row->state == MST_STATE_RUNNING ||
			task->exec->row->state == MST_STATE_PAUSED)
			mst_execution_pause(call, task->exec, NULL, by);
	}
	else if (state == MST_STATE_RUNNING)
		mst_execution_resume_if_no_task_paused(call, task->exec);
}

/* ---- sub-executions ---- */

/*
 * Returns the state_info that an execution that did not succeed gives to
 * its task.
 */
static char *
child_info(Execution *child)
{
	char	   *info = child->row->state_info;

	if (child->row->state == MST_STATE_SUCCESS || info == NULL || info[0] == '\0')
		return NULL;
	return info;
}

typedef struct PausedArg
{
	EngineCall *call;
	bool		found;
} PausedArg;

/*
 * Looks for a paused child.  Its state in memory, if it is there, is newer
 * than the stored one.
 */
static bool
note_paused(ExecutionRow *row, void *arg)
{
	PausedArg  *paused = arg;
	Execution  *known = hash_search(paused->call->execs, &row->id, HASH_FIND, NULL);

	paused->found = (known != NULL ? known->row : row)->state == MST_STATE_PAUSED;
	return !paused->found;
}

static bool
has_paused_child(EngineCall *call, Task *task)
{
	PausedArg	paused = {call, false};
	ListCell   *lc;

	foreach(lc, task->child_execs)
	{
		if (!note_paused(((Execution *) lfirst(lc))->row, &paused))
			return true;
	}
	if (!call->is_simulated && !task->row->row.is_new)
		mst_store_each_child_execution(&task->id, note_paused, &paused);
	return paused.found;
}

/* STEP_CHILD_RESUMED. */
void
mst_subworkflow_resumed(EngineCall *call, Task *task)
{
	task->resume_queued = false;
	mst_task_child_updated(call, task, MST_STATE_RUNNING, has_paused_child(call, task), NULL);
}

/*
 * Returns whose pause it is that an execution shares with a child; NULL:
 * maintenance's, or its own.
 */
static Jsonb *
pause_of_child(const Execution *child, const Execution *above)
{
	if (child->row->paused_by_maintenance ||
		(above->row->state == MST_STATE_PAUSED && !mst_child_has_own_pause(child->row, above)))
		return NULL;
	return mst_pause_by_execution(&child->id);
}

/* A search for a child that keeps the execution above it paused. */
typedef struct PauseSearch
{
	EngineCall *call;
	Execution  *above;
	Jsonb	   *by;				/* result */
} PauseSearch;

static bool
note_own_pause(ExecutionRow *row, void *arg)
{
	PauseSearch *search = arg;
	Execution  *known = hash_search(search->call->execs, &row->id, HASH_FIND, NULL);

	if (known != NULL)
		row = known->row;
	if (row->state == MST_STATE_PAUSED && mst_child_has_own_pause(row, search->above))
		search->by = mst_pause_by_execution(&row->id);
	return search->by == NULL;
}

/*
 * Returns what else than maintenance keeps the execution paused: an action or a
 * sub-execution of a paused task; NULL: nothing does.
 */
static Jsonb *
pause_left(EngineCall *call, Execution *exec)
{
	PauseSearch search = {call, exec, NULL};
	ListCell   *lc;

	mst_call_load_tasks(call, exec);
	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);

		if (task->row->state != MST_STATE_PAUSED || search.by != NULL)
			continue;
		if (task->row->type == TASK_TYPE_ACTION)
			search.by = mst_pause_by_task(task, "paused action");
		else
			mst_store_each_child_execution(&task->id, note_own_pause, &search);
	}
	return search.by;
}

/*
 * In maintenance the pause that a child had of its own is over: the execution
 * above goes on at the end of the maintenance, too, unless it is kept paused.
 */
static void
give_pause_back(EngineCall *call, Execution *exec, const Execution *child)
{
	char	   *by = mst_json_get_text(exec->row->paused_by, "execution_id");

	if (exec->row->state != MST_STATE_PAUSED || !child->row->paused_by_maintenance ||
		by == NULL || strcmp(by, mst_uuid_text(&child->id)) != 0)
		return;
	mst_execution_note_pause(call, exec, pause_left(call, exec));
	if (exec->row->paused_by_maintenance && !mst_uuid_is_none(&exec->row->parent_task_id))
		mst_call_push(call, STEP_CHILD_FINISHED, exec, NULL);
}

static void
tell_end(EngineCall *call, Task *task, Execution *child)
{
	ChildEnd	end = {
		.state = child->row->state,
		.info = child_info(child),
		.item_index = child->row->item_index,
		.result = child->row->output,
		.error = mst_json_get(child->row->output, "result"),
		.child = child
	};

	mst_task_child_done(call, task, &end);
}

static void
tell_task(EngineCall *call, Task *task, Execution *child)
{
	State		state = child->row->state;

	/* a rollback that goes on after a rerun ends as it had */
	if (child->row->rollback != NULL && child->row->parent_notified)
		return;
	if (child->row->parent_attempt != task->row->attempt)
	{
		/* a retry or rerun has superseded it */
		child->row->accepted = false;
		mst_execution_touch(call, child);
	}
	else if (mst_state_is_completed(state))
	{
		/* a call that was delayed may have been overtaken */
		if (child->row->parent_notified)
			return;
		child->row->parent_notified = true;
		mst_execution_touch(call, child);
		if (child->row->undo_count > 0)
		{
			task->runtime.child_undoes = true;
			task->runtime_dirty = true;
		}
		tell_end(call, task, child);
	}
	else if (state != MST_STATE_RUNNING)
	{
		give_pause_back(call, task->exec, child);
		mst_task_child_updated(call, task, state, false, pause_of_child(child, task->exec));
	}
	else if (task->row->state != MST_STATE_RUNNING && !task->resume_queued)
	{
		/* one look at the other children will do for all that are resumed now */
		task->resume_queued = true;
		mst_call_push(call, STEP_CHILD_RESUMED, task->exec, task);
	}
}

/* The execution that the task belongs to; false: the task is gone. */
static bool
execution_of_task(EngineCall *call, const pg_uuid_t *task_id, pg_uuid_t *execution_id)
{
	Task	   *task = hash_search(call->tasks, task_id, HASH_FIND, NULL);
	TaskRow    *row = task != NULL ? task->row : mst_store_task(task_id);

	if (row == NULL)
		return false;
	*execution_id = row->execution_id;
	return true;
}

/* STEP_CHILD_FINISHED: tells the task above of a change of the execution. */
void
mst_execution_notify_parent(EngineCall *call, Execution *exec)
{
	pg_uuid_t	parent_id;
	Task	   *task;
	bool		is_busy;

	/* the parent may have been deleted */
	if (!execution_of_task(call, &exec->row->parent_task_id, &parent_id))
		return;
	if (mst_call_execution(call, &parent_id, LOCK_TRY, &is_busy) == NULL)
	{
		if (is_busy)
			mst_call_delay(call, CALL_CHILD_FINISHED, exec, NULL, call->now, NULL, NULL);
		return;
	}
	task = mst_call_task(call, &exec->row->parent_task_id);
	if (task != NULL)
		tell_task(call, task, exec);
}
