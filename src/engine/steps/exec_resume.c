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

#include "engine/steps/advance.h"
#include "engine/work/children.h"
#include "store/lookups.h"
#include "util/json.h"

/* ---- what was held back ---- */

/* Starts the tasks that were to start while the execution could not, and further items. */
static void
run_held_tasks(Advance *adv, Exec *exec)
{
	ListCell   *lc;

	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);
		ExecState	state = task->row->state;

		if (state == EXEC_IDLE && (task->rt.paused_before || task->rt.held))
		{
			task->rt.before_done = task->rt.paused_before;
			mst_advance_push(adv, STEP_RUN_TASK, exec, task);
		}
		else if (state == EXEC_WAITING && task->rt.held)
			mst_advance_push(adv, STEP_REFRESH_JOIN, exec, task);
		else if ((state == EXEC_RUNNING || state == EXEC_PAUSED) &&
				 task->rt.item_count > task->rt.next_item)
			mst_advance_push(adv, STEP_MORE_ITEMS, exec, task);
		if (!task->rt.paused_before && !task->rt.held)
			continue;
		task->rt.paused_before = false;
		task->rt.held = false;
		task->rt_dirty = true;
	}
}

/*
 * Commands of tasks that completed while the execution was paused; it may
 * have been stopped since and be rerun.
 */
static List *
held_back_commands(Advance *adv, Exec *exec)
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
		next = mst_task_commands(adv, task);
		if (mst_state_is_completed(exec->row->state))
			return NIL;
		task->row->processed = true;
		foreach(lc2, next)
		{
			if (((Command *) lfirst(lc2))->kind != COMMAND_PAUSE)
				commands = lappend(commands, lfirst(lc2));
		}
		mst_join_task_completed(adv, task);
	}
	return commands;
}

/* The timers and actions that were held back, and may begin now. */
static void
go_on_with_actions(Advance *adv, Exec *exec)
{
	ListCell   *lc;

	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);

		mst_task_unsuspend(adv, task);
		if (task->row->type == 'A' && task->row->open_children > 0 &&
			!adv->is_simulated && !task->row->row.is_new)
			mst_store_release_held(&task->id);
	}
}

/*
 * A completed execution runs again, and so do its tasks that have waited for
 * something that passed meanwhile.
 */
void
mst_exec_revive_tasks(Advance *adv, Exec *exec)
{
	List	   *commands;
	ListCell   *lc;

	mst_advance_load_tasks(adv, exec);
	go_on_with_actions(adv, exec);
	commands = held_back_commands(adv, exec);
	if (exec->row->state != EXEC_RUNNING)
		return;
	run_held_tasks(adv, exec);
	mst_dispatch(adv, exec, commands, true);
	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);

		if (task->row->state == EXEC_WAITING && task->rt.retry_no == 0)
			mst_advance_push(adv, STEP_REFRESH_JOIN, exec, task);
	}
}

/* ---- resuming ---- */

/* Resumes a sub-execution that has not ended. */
static void
resume_child(Advance *adv, Exec *child, char *info)
{
	if (!mst_state_is_completed(child->row->state))
		mst_exec_resume(adv, child);
}

/* Resumes the execution, with what runs below; one that is not paused is left alone. */
void
mst_exec_resume(Advance *adv, Exec *exec)
{
	List	   *commands;

	if (exec->row->state != EXEC_PAUSED && exec->row->state != EXEC_IDLE)
		return;
	mst_subworkflow_spread(adv, exec, EXEC_RUNNING, resume_child);
	exec->row->paused_by_maintenance = false;
	mst_exec_set_state(adv, exec, EXEC_RUNNING, NULL);
	mst_advance_load_tasks(adv, exec);
	go_on_with_actions(adv, exec);
	commands = held_back_commands(adv, exec);
	if (exec->row->state != EXEC_RUNNING)
		return;
	run_held_tasks(adv, exec);
	mst_dispatch(adv, exec, commands, true);
	mst_exec_queue_check(adv, exec);
}

/* A task or child is no longer paused: resumes the execution when none is. */
void
mst_exec_resume_if_no_task_paused(Advance *adv, Exec *exec)
{
	ListCell   *lc;

	if (exec->row->state != EXEC_PAUSED)
		return;
	mst_advance_load_tasks(adv, exec);
	foreach(lc, exec->tasks)
	{
		if (((Task *) lfirst(lc))->row->state == EXEC_PAUSED)
			return;
	}
	mst_exec_resume(adv, exec);
}

/* ---- changes that come down by delayed calls ---- */

/* Brings a sub-execution into the state of the one above it. */
static void
change_child(Advance *adv, Exec *child, ExecState state, char *info)
{
	if (state == EXEC_PAUSED)
		mst_child_pause(adv, child, info);
	else if (state == EXEC_RUNNING)
		resume_child(adv, child, info);
	else if (state == EXEC_CANCELLED)
		mst_child_cancel(adv, child, info);
}

static bool
parent_has_state(Advance *adv, Exec *child, ExecState state)
{
	TaskRow    *task = mst_store_task(&child->row->parent_task_id);
	Exec	   *parent = task == NULL ? NULL :
		mst_advance_exec(adv, &task->execution_id, LOCK_NONE, NULL);

	return parent != NULL && parent->row->state == state;
}

/* Does to one sub-execution what has been done to the one above it, unless that has gone on. */
void
mst_subworkflow_change(Advance *adv, Exec *child, Jsonb *args)
{
	ExecState	state = mst_state_from_name(mst_json_get_text(args, "state"));

	if (state == EXEC_CANCELLED || parent_has_state(adv, child, state))
		change_child(adv, child, state, mst_json_get_text(args, "message"));
}

/*
 * The same for a list of them.  None is waited for, because several are locked;
 * those that somebody is at work on get a call of their own.
 */
void
mst_subworkflow_change_several(Advance *adv, Exec *parent, Jsonb *args)
{
	Jsonb	   *children = mst_json_get(args, "children");
	ExecState	state = mst_state_from_name(mst_json_get_text(args, "state"));
	char	   *info = mst_json_get_text(args, "message");

	for (int i = 0; i < mst_json_count(children); i++)
	{
		pg_uuid_t	id;
		bool		is_busy;
		Exec	   *child;

		if (!mst_uuid_parse(mst_json_to_text(mst_json_item(children, i)), &id))
			elog(ERROR, "malformed id of a sub-execution");
		child = mst_advance_exec(adv, &id, LOCK_TRY, &is_busy);
		if (child != NULL)
			mst_subworkflow_change(adv, child, args);
		else if (is_busy)
			mst_advance_delay_child(adv, "change_child", parent, &id, adv->now,
									mst_child_change_args(NIL, state, info));
	}
}
