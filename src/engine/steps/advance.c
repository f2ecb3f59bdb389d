/*-------------------------------------------------------------------------
 *
 * advance.c
 *	  Taking the steps of an engine call until none is left.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "engine/steps/advance.h"

static void
do_step(Advance *adv, const Step *step)
{
	switch (step->kind)
	{
		case STEP_RUN_TASK:
			mst_task_run(adv, step->task);
			return;
		case STEP_MORE_ITEMS:
			mst_task_more_items(adv, step->task);
			return;
		case STEP_TASK_DONE:
			mst_task_done(adv, step->task);
			return;
		case STEP_REFRESH_JOIN:
			mst_join_refresh(adv, step->task);
			return;
		case STEP_CHECK_COMPLETION:
			mst_exec_check_completion(adv, step->exec);
			return;
		case STEP_CHILD_FINISHED:
			mst_exec_tell_parent(adv, step->exec);
			return;
		case STEP_CHILD_RESUMED:
			mst_subworkflow_resumed(adv, step->task);
			return;
		case STEP_START_EXECUTION:
			mst_dispatch(adv, step->exec, mst_flow_start(adv, step->exec), false);
			mst_exec_queue_check(adv, step->exec);
			return;
	}
	elog(ERROR, "unrecognized step kind: %d", (int) step->kind);
}

/*
 * The budget is used up: what would start more work is left to a delayed
 * call of its own.
 */
static void
postpone_step(Advance *adv, const Step *step)
{
	const char *kind = step->kind == STEP_MORE_ITEMS ? "more_items" :
		step->task->rt.before_done ? "restart_task" : "run_task";

	mst_advance_delay(adv, kind, step->task->exec, step->task, adv->now, NULL,
					  mst_task_timer_args(step->task));
}

static void
run_steps(Advance *adv)
{
	while (adv->steps_count > 0)
	{
		Step		step = mst_advance_pop(adv);
		bool		starts_work = step.kind == STEP_RUN_TASK ||
			step.kind == STEP_MORE_ITEMS;

		CHECK_FOR_INTERRUPTS();
		if (adv->is_simulated)
			mst_advance_check_memory(adv);
		if (starts_work && adv->budget <= 0 && adv->is_simulated)
		{
			adv->steps_count = 0;
			return;
		}
		if (step.kind == STEP_RUN_TASK && !step.task->run_queued)
			continue;
		if (starts_work && adv->budget <= 0)
		{
			postpone_step(adv, &step);
			continue;
		}
		/* items count by themselves: one can be started with what is left */
		if (step.kind == STEP_RUN_TASK)
			adv->budget--;
		do_step(adv, &step);
		(void) mst_advance_is_spent(adv);
	}
}

void
mst_advance_run(Advance *adv)
{
	do
		run_steps(adv);
	while (mst_advance_settle(adv));
}
