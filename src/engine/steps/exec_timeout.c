/*-------------------------------------------------------------------------
 *
 * exec_timeout.c
 *	  The end of an execution whose time is over.
 *
 * The execution fails, and so do its tasks that run: what their actions report
 * later is kept with the actions, and never becomes the result of a task.
 * Tasks that only wait are suspended, as when any execution ends.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/rollback_row.h"
#include "engine/steps/steps.h"
#include "util/json.h"
#include "util/time_text.h"

static bool
is_at_work(const Task *task)
{
	/* a rollback waits for those below, which roll back, too */
	if (task->row->type == TASK_TYPE_WORKFLOW && mst_execution_rolls_back(task->exec))
		return false;
	return task->row->state == MST_STATE_RUNNING || task->row->state == MST_STATE_PAUSED;
}

/*
 * Ends an execution whose deadline a delayed call has met; args say which one
 * that was.  Does nothing when the execution has ended or the deadline moved.
 */
void
mst_execution_time_out(EngineCall *call, Execution *exec, Jsonb *args)
{
	TimestampTz deadline = exec->row->deadline;
	char	   *info;
	ListCell   *lc;

	if (mst_state_is_completed(exec->row->state) || exec->row->rollback != NULL || deadline == 0 ||
		mst_json_get_int(args, "deadline", 0) != deadline)
		return;
	info = psprintf("Workflow timed out [deadline=%s].", mst_time_text(deadline));
	mst_execution_fail(call, exec, info);
	mst_call_load_tasks(call, exec);
	foreach(lc, list_copy(exec->tasks))
	{
		Task	   *task = lfirst(lc);

		if (is_at_work(task))
			mst_task_fail_now(call, task, pstrdup(info));
	}
}
