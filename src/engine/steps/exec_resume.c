/*-------------------------------------------------------------------------
 *
 * exec_resume.c
 *	  Going on after a pause or a rerun.
 *
 * What was held back begins: tasks that were to start, commands of tasks that
 * had ended meanwhile, items, actions in the queue, timers.  What goes down to
 * stored sub-executions is left to delayed calls, which may run in any order: the
 * state that they find above is the newer.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/rollback_row.h"
#include "engine/steps/steps.h"
#include "store/lookups.h"
#include "store/maintenance.h"
#include "util/json.h"

/* ---- what was held back ---- */

/*
 * Starts the tasks that were to start while the execution could not, and
 * further items.
 */
static void
run_held_tasks(EngineCall *call, Execution *exec)
{
	ListCell   *lc;

	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);
		State		state = task->row->state;

		if (mst_task_is_stopped(task))
			continue;
		if (state == MST_STATE_IDLE && (task->runtime.paused_before || task->runtime.held))
		{
			task->runtime.before_done = task->runtime.paused_before;
			mst_call_push(call, STEP_RUN_TASK, exec, task);
		}
		else if (state == MST_STATE_WAITING && task->runtime.held)
			mst_call_push(call, STEP_REFRESH_JOIN, exec, task);
		else if ((state == MST_STATE_RUNNING || state == MST_STATE_PAUSED) &&
				 (task->runtime.item_count > task->runtime.next_item || task->runtime.waiting_items > 0))
			mst_call_push(call, STEP_MORE_ITEMS, exec, task);
		if (!task->runtime.paused_before && !task->runtime.held)
			continue;
		task->runtime.paused_before = false;
		task->runtime.held = false;
		task->runtime_dirty = true;
	}
}

/*
 * Commands of tasks that completed while the execution was paused; it may
 * have been stopped since and be rerun.  The resume that somebody has asked for
 * answers the commands "pause", too; the end of the maintenance does not.
 */
static List *
held_back_commands(EngineCall *call, Execution *exec, bool keep_pauses)
{
	List	   *commands = NIL;
	ListCell   *lc;

	foreach(lc, list_copy(exec->tasks))
	{
		Task	   *task = lfirst(lc);
		List	   *next;
		ListCell   *lc2;

		if (!mst_state_is_completed(task->row->state) || task->row->processed)
			continue;
		next = mst_task_commands(call, task);
		if (mst_state_is_completed(exec->row->state))
			return NIL;
		task->row->processed = true;
		foreach(lc2, next)
		{
			if (keep_pauses || ((Command *) lfirst(lc2))->kind != COMMAND_PAUSE)
				commands = lappend(commands, lfirst(lc2));
		}
		mst_join_task_completed(call, task);
	}
	return commands;
}

/* Lets the timers and actions go on that the pause has suspended. */
static void
go_on_with_actions(EngineCall *call, Execution *exec)
{
	ListCell   *lc;

	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);

		if (mst_task_is_stopped(task))
			continue;
		mst_task_unsuspend(call, task);
		if (task->row->type == TASK_TYPE_ACTION && task->row->open_children > 0)
			mst_call_release_held(call, task);
	}
}

/*
 * A completed execution runs again, and so do its tasks that have waited for
 * something that passed meanwhile.
 */
void
mst_execution_revive_tasks(EngineCall *call, Execution *exec)
{
	List	   *commands;
	ListCell   *lc;

	mst_call_load_tasks(call, exec);
	go_on_with_actions(call, exec);
	commands = held_back_commands(call, exec, false);
	if (exec->row->state != MST_STATE_RUNNING)
		return;
	run_held_tasks(call, exec);
	mst_dispatch(call, exec, commands, true);
	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);

		if (mst_task_is_stopped(task))
			continue;
		if (task->row->state == MST_STATE_WAITING && task->runtime.retry_no == 0)
			mst_call_push(call, STEP_REFRESH_JOIN, exec, task);
		mst_task_retake_slots(call, task);
	}
}

/* ---- resuming ---- */

/* Resumes a sub-execution that has not ended. */
static void
resume_child(EngineCall *call, Execution *child, char *info)
{
	/* one that is IDLE begins when it has its slots */
	if (child->row->state == MST_STATE_PAUSED)
		mst_execution_resume(call, child);
}

/*
 * Resumes the execution, with what runs below; one that is not paused is left
 * alone.
 */
void
mst_execution_resume(EngineCall *call, Execution *exec)
{
	List	   *commands;
	bool		was_maintenance = exec->row->paused_by_maintenance;

	if (exec->row->state != MST_STATE_PAUSED && exec->row->state != MST_STATE_IDLE)
		return;
	mst_subworkflow_spread(call, exec, MST_STATE_RUNNING, resume_child);
	mst_execution_set_state(call, exec, MST_STATE_RUNNING, NULL);
	mst_call_load_tasks(call, exec);
	go_on_with_actions(call, exec);
	commands = held_back_commands(call, exec, was_maintenance);
	if (exec->row->state != MST_STATE_RUNNING)
		return;
	run_held_tasks(call, exec);
	mst_dispatch(call, exec, commands, true);
	mst_execution_queue_check(call, exec);
}

/*
 * A task or child is no longer paused: resumes the execution when none is, in
 * maintenance as soon as that has ended.
 */
void
mst_execution_resume_if_no_task_paused(EngineCall *call, Execution *exec)
{
	ListCell   *lc;

	if (exec->row->state != MST_STATE_PAUSED)
		return;
	mst_call_load_tasks(call, exec);
	foreach(lc, exec->tasks)
	{
		if (((Task *) lfirst(lc))->row->state == MST_STATE_PAUSED)
			return;
	}
	if (call->is_simulated || !mst_maintenance_is_on())
	{
		mst_execution_resume(call, exec);
		return;
	}
	mst_execution_note_pause(call, exec, NULL);
	mst_execution_look_after_pause(call, exec);
	if (!mst_uuid_is_none(&exec->row->parent_task_id))
		mst_call_push(call, STEP_CHILD_FINISHED, exec, NULL);
}

/* ---- changes that come down by delayed calls ---- */

/* Brings a sub-execution into the state of the one above it. */
static void
change_child(EngineCall *call, Execution *child, State state, char *info)
{
	if (state == MST_STATE_PAUSED)
		mst_child_pause(call, child, info);
	else if (state == MST_STATE_RUNNING)
		resume_child(call, child, info);
	else if (state == MST_STATE_CANCELLED)
		mst_child_cancel(call, child, info);
}

static bool
parent_has_state(EngineCall *call, Execution *child, State state)
{
	TaskRow    *task = mst_store_task(&child->row->parent_task_id);
	Execution  *parent = task == NULL ? NULL :
	mst_call_execution(call, &task->execution_id, LOCK_NONE, NULL);

	return parent != NULL && parent->row->state == state;
}

/*
 * Does to one sub-execution what has been done to the one above it, unless
 * that has gone on.
 */
void
mst_subworkflow_change(EngineCall *call, Execution *child, Jsonb *args)
{
	State		state = mst_state_from_name(mst_json_get_text(args, "state"));

	if (state == MST_STATE_CANCELLED || parent_has_state(call, child, state))
		change_child(call, child, state, mst_json_get_text(args, "message"));
}

/*
 * Changes several sub-executions.  Waits for none, because a transaction that
 * holds one lock of them must not wait for another; one that is locked gets a
 * delayed call of its own.
 */
void
mst_subworkflow_change_several(EngineCall *call, Execution *parent, Jsonb *args)
{
	Jsonb	   *children = mst_json_get(args, "children");
	State		state = mst_state_from_name(mst_json_get_text(args, "state"));
	char	   *info = mst_json_get_text(args, "message");

	for (int i = 0; i < mst_json_count(children); i++)
	{
		pg_uuid_t	id;
		bool		is_busy;
		Execution  *child;

		if (!mst_uuid_parse(mst_json_to_text(mst_json_item(children, i)), &id))
			elog(ERROR, "malformed id of a sub-execution");
		child = mst_call_execution(call, &id, LOCK_TRY, &is_busy);
		if (child != NULL)
			mst_subworkflow_change(call, child, args);
		else if (is_busy)
			mst_call_delay_child(call, CALL_CHANGE_CHILD, parent, &id, call->now,
								 mst_child_change_args(NIL, state, info));
	}
}
