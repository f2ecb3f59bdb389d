/*-------------------------------------------------------------------------
 *
 * advance.c
 *	  The engine call: a queue of steps, then one write per changed row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "definition/definitions.h"
#include "engine/calls/simulate.h"
#include "engine/engine.h"
#include "engine/steps/advance.h"
#include "util/guc.h"
#include "util/json.h"

/* in a worker: how long a call goes on beginning things */
static int	slice_ms = 0;

void
mst_engine_set_slice(int ms)
{
	slice_ms = ms;
}

bool
mst_advance_is_bounded(void)
{
	return slice_ms > 0;
}

static HTAB *
make_table(MemoryContext mcxt, const char *name, Size entry_size)
{
	HASHCTL		ctl = {0};

	ctl.keysize = UUID_LEN;
	ctl.entrysize = entry_size;
	ctl.hcxt = mcxt;
	return hash_create(name, 32, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* The call's memory context becomes the current one. */
Advance *
mst_advance_begin(void)
{
	MemoryContext mcxt = AllocSetContextCreate(CurrentMemoryContext,
											   "mistral engine call",
											   ALLOCSET_DEFAULT_SIZES);
	Advance    *adv;

	MemoryContextSwitchTo(mcxt);
	adv = palloc0(sizeof(Advance));
	adv->mcxt = mcxt;
	mst_definition_cache_hold(mcxt);
	adv->action_cxt = AllocSetContextCreate(mcxt, "mistral new actions",
											ALLOCSET_DEFAULT_SIZES);
	adv->now = GetCurrentTimestamp();
	adv->execs = make_table(mcxt, "mistral executions", sizeof(Exec));
	adv->tasks = make_table(mcxt, "mistral tasks", sizeof(Task));
	adv->contexts = make_table(mcxt, "mistral contexts", sizeof(ContextEntry));
	adv->steps_size = 64;
	adv->steps = palloc(sizeof(Step) * adv->steps_size);
	adv->budget = mst_max_inline_steps;
	if (slice_ms > 0)
		adv->slice_end = TimestampTzPlusMilliseconds(adv->now, slice_ms);
	return adv;
}

void
mst_advance_push(Advance *adv, StepKind kind, Exec *exec, Task *task)
{
	Step	   *step;

	if (adv->steps_count == adv->steps_size)
	{
		Step	   *bigger = MemoryContextAlloc(adv->mcxt, sizeof(Step) * adv->steps_size * 2);

		for (int i = 0; i < adv->steps_count; i++)
			bigger[i] = adv->steps[(adv->steps_head + i) % adv->steps_size];
		pfree(adv->steps);
		adv->steps = bigger;
		adv->steps_head = 0;
		adv->steps_size *= 2;
	}
	step = &adv->steps[(adv->steps_head + adv->steps_count) % adv->steps_size];
	adv->steps_count++;
	step->kind = kind;
	step->exec = exec;
	step->task = task;
	if (kind == STEP_RUN_TASK)
		task->run_queued = true;
}

static Step
pop_step(Advance *adv)
{
	Step		step = adv->steps[adv->steps_head];

	adv->steps_head = (adv->steps_head + 1) % adv->steps_size;
	adv->steps_count--;
	return step;
}

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

/* bytes that a call has in memory when it starts nothing more */
#define CALL_BYTES (64 * 1024 * 1024)

/*
 * Returns whether the call has used up its time or its memory, and then its
 * budget as well.  What it has in memory it must keep until it writes, so the
 * next call goes on with little.  A simulation has a bound of its own.
 */
bool
mst_advance_is_spent(Advance *adv)
{
	bool		has_time = adv->slice_end == 0 || GetCurrentTimestamp() < adv->slice_end;

	if (has_time &&
		(adv->is_simulated || MemoryContextMemAllocated(adv->mcxt, true) < CALL_BYTES))
		return false;
	adv->budget = 0;
	return true;
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
					  mst_policies_timer_args(step->task));
}

static void
run_steps(Advance *adv)
{
	while (adv->steps_count > 0)
	{
		Step		step = pop_step(adv);
		bool		starts_work = step.kind == STEP_RUN_TASK ||
			step.kind == STEP_MORE_ITEMS;

		CHECK_FOR_INTERRUPTS();
		if (adv->is_simulated)
			mst_simulate_check_memory(adv);
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

/* ---- writing ---- */

static int
collect_executions(Advance *adv, ExecutionRow **rows, ExecutionDataRow **data,
				   int *n_data)
{
	int			n = 0;
	ListCell   *lc;

	*n_data = 0;
	foreach(lc, adv->exec_list)
	{
		Exec	   *exec = lfirst(lc);

		if (exec->row->open_tasks != exec->stored_open)
			mst_exec_touch(adv, exec);
		if (exec->row->row.is_new || exec->row->row.is_dirty)
			rows[n++] = exec->row;
		if (exec->data != NULL &&
			(exec->data->row.is_new || exec->data->row.is_dirty))
			data[(*n_data)++] = exec->data;
	}
	return n;
}

static int
collect_tasks(Advance *adv, TaskRow **rows)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, adv->task_list)
	{
		Task	   *task = lfirst(lc);

		if (task->rt_dirty)
		{
			task->row->runtime = mst_runtime_write(&task->rt);
			task->rt_dirty = false;
			mst_task_touch(adv, task);
		}
		if (task->row->row.is_new || task->row->row.is_dirty)
			rows[n++] = task->row;
	}
	return n;
}

static void **
list_array(List *list)
{
	void	  **array = palloc(sizeof(void *) * Max(list_length(list), 1));
	ListCell   *lc;

	foreach(lc, list)
		array[foreach_current_index(lc)] = lfirst(lc);
	return array;
}

static void
write_all(Advance *adv)
{
	int			n_execs = Max(list_length(adv->exec_list), 1);
	ExecutionRow **execs = palloc(sizeof(ExecutionRow *) * n_execs);
	ExecutionDataRow **data = palloc(sizeof(ExecutionDataRow *) * n_execs);
	TaskRow   **tasks = palloc(sizeof(TaskRow *) * Max(list_length(adv->task_list), 1));
	int			n;
	int			n_data;

	n = collect_executions(adv, execs, data, &n_data);
	mst_store_write_executions(execs, n);
	mst_store_write_execution_data(data, n_data);
	mst_store_write_contexts((ContextRow **) list_array(adv->new_contexts),
							 list_length(adv->new_contexts));
	n = collect_tasks(adv, tasks);
	mst_store_write_tasks(tasks, n);
	mst_advance_flush_actions(adv);
	mst_subworkflow_delay_changes(adv);
	mst_store_insert_queue((QueueRow **) list_array(adv->queue),
						   list_length(adv->queue));
	mst_store_insert_delayed_calls((DelayedCallRow **) list_array(adv->delayed_calls),
								   list_length(adv->delayed_calls));
	mst_store_insert_events((EventRow **) list_array(adv->events),
							list_length(adv->events));
	mst_store_sync();
}

void
mst_advance_finish(Advance *adv)
{
	if (!adv->is_simulated)
		write_all(adv);
	MemoryContextSwitchTo(MemoryContextGetParent(adv->mcxt));
	MemoryContextDelete(adv->mcxt);
	mst_definition_cache_trim();
}
