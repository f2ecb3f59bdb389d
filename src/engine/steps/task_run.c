/*-------------------------------------------------------------------------
 *
 * task_run.c
 *	  Creating and starting task executions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "engine/flow/flow.h"
#include "util/json.h"
#include "util/uuid.h"

/*
 * The execution has been paused or has ended before the task could start.  It
 * starts when the execution goes on, if it does.
 */
static void
hold(Advance *adv, Task *task)
{
	if (task->rt.before_done)
		task->rt.paused_before = true;
	else
		task->rt.held = true;
	task->rt_dirty = true;
	mst_task_set_state(adv, task, EXEC_IDLE, task->row->state_info);
}

void
mst_tasks_run_held(Advance *adv, Exec *exec)
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

void
mst_task_run(Advance *adv, Task *task)
{
	task->run_queued = false;
	if (mst_state_is_completed(task->row->state))
		return;
	if (task->exec->row->state != EXEC_RUNNING)
	{
		hold(adv, task);
		return;
	}
	task->operation = OPERATION_RUN;
	mst_task_set_state(adv, task, EXEC_RUNNING, NULL);
	task->is_starting = true;
	if (task->rt.before_done || mst_policies_before(adv, task))
		mst_task_start_children(adv, task);
	task->rt.before_done = true;
	task->is_starting = false;
}
