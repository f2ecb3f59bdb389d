/*-------------------------------------------------------------------------
 *
 * task_run.c
 *	  Starting task executions, and further items of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/rollback_row.h"
#include "engine/steps/steps.h"
#include "engine/work/wait_task.h"

/*
 * The execution has been paused or has ended before the task could start.  It
 * starts when the execution goes on, if it does.
 */
static void
hold_task(EngineCall *call, Task *task)
{
	if (task->runtime.before_done)
		task->runtime.paused_before = true;
	else
		task->runtime.held = true;
	task->runtime_dirty = true;
	mst_task_set_state(call, task, MST_STATE_IDLE, task->row->state_info);
}

/* On-error may catch that no child could be made. */
static void
catch_failure(EngineCall *call, Task *task)
{
	char	   *problem = task->start_failure;

	task->start_failure = NULL;
	if (problem != NULL)
		mst_task_complete(call, task, MST_STATE_ERROR, problem);
}

static void
start_children(EngineCall *call, Task *task)
{
	char	   *name;
	Jsonb	   *input;

	mst_task_touch(call, task);
	if (task->spec->n_items > 0)
	{
		mst_items_start(call, task);
		return;
	}
	task->row->open_children = 0;
	if (task->spec->wait != NULL)
	{
		mst_wait_start(call, task);
		return;
	}
	if (mst_child_callee(call, task, false, &name) &&
		mst_child_input(call, task, name, NULL, &input))
		(void) mst_child_create(call, task, name, input, 0);
}

/*
 * STEP_RUN_TASK: starts the task, or holds it while its execution does not
 * run.
 */
void
mst_task_run(EngineCall *call, Task *task)
{
	task->run_queued = false;
	if (mst_state_is_completed(task->row->state))
		return;
	if (task->exec->row->state != MST_STATE_RUNNING || mst_task_is_stopped(task))
	{
		hold_task(call, task);
		return;
	}
	task->operation = OPERATION_RUN;
	mst_task_set_state(call, task, MST_STATE_RUNNING, NULL);
	if (mst_task_is_compensation(task) && mst_task_compensated(call, task) == NULL)
	{
		mst_task_complete(call, task, MST_STATE_ERROR,
						  pstrdup("The task that it compensates has been deleted."));
		return;
	}
	task->is_starting = true;
	if ((task->runtime.before_done || mst_policies_before(call, task)) &&
		(!mst_task_has_limits(task) || mst_task_take_slots(call, task)))
		start_children(call, task);
	catch_failure(call, task);
	task->runtime.before_done = true;
	task->is_starting = false;
}

/* STEP_MORE_ITEMS */
void
mst_task_more_items(EngineCall *call, Task *task)
{
	mst_items_go_on(call, task);
	catch_failure(call, task);
}
