/*-------------------------------------------------------------------------
 *
 * run_steps.c
 *	  Taking the steps of an engine call until none is left.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "engine/steps/steps.h"

static void
do_step(EngineCall *call, const Step *step)
{
	switch (step->kind)
	{
		case STEP_RUN_TASK:
			mst_task_run(call, step->task);
			return;
		case STEP_MORE_ITEMS:
			mst_task_more_items(call, step->task);
			return;
		case STEP_TASK_DONE:
			mst_task_done(call, step->task);
			return;
		case STEP_REFRESH_JOIN:
			mst_join_refresh(call, step->task);
			return;
		case STEP_CHECK_COMPLETION:
			mst_execution_check_completion(call, step->exec);
			return;
		case STEP_CHILD_FINISHED:
			mst_execution_notify_parent(call, step->exec);
			return;
		case STEP_CHILD_RESUMED:
			mst_subworkflow_resumed(call, step->task);
			return;
		case STEP_START_EXECUTION:
			mst_dispatch(call, step->exec, mst_flow_start(call, step->exec), false);
			mst_execution_queue_check(call, step->exec);
			return;
	}
	elog(ERROR, "unrecognized step kind: %d", (int) step->kind);
}

/*
 * The budget is used up: what would start more work is left to a delayed
 * call of its own.
 */
static void
postpone_step(EngineCall *call, const Step *step)
{
	CallKind	kind = step->kind == STEP_MORE_ITEMS ? CALL_MORE_ITEMS :
	step->task->runtime.before_done ? CALL_RESTART_TASK : CALL_RUN_TASK;

	mst_call_delay(call, kind, step->task->exec, step->task, call->now, NULL,
				   mst_task_timer_args(step->task));
}

static void
run_steps(EngineCall *call)
{
	while (call->steps_count > 0)
	{
		Step		step = mst_call_pop(call);
		bool		starts_work = step.kind == STEP_RUN_TASK ||
		step.kind == STEP_MORE_ITEMS;

		CHECK_FOR_INTERRUPTS();
		if (call->is_simulated)
			mst_call_check_memory(call);
		if (starts_work && call->budget <= 0 && call->is_simulated)
		{
			call->steps_count = 0;
			return;
		}
		if (step.kind == STEP_RUN_TASK && !step.task->run_queued)
			continue;
		/* a task that is run again begins its items when it starts */
		if (step.kind == STEP_MORE_ITEMS && step.task->run_queued)
		{
			step.task->items_queued = false;
			continue;
		}
		if (starts_work && call->budget <= 0)
		{
			postpone_step(call, &step);
			continue;
		}
		/* items count by themselves: one can be started with what is left */
		if (step.kind == STEP_RUN_TASK)
			call->budget--;
		do_step(call, &step);
		(void) mst_call_is_spent(call);
	}
}

/* Takes steps until the queue is empty or the budget is used up. */
void
mst_call_run(EngineCall *call)
{
	do
		run_steps(call);
	while (mst_call_settle(call));
}
