/*-------------------------------------------------------------------------
 *
 * engine_call.c
 *	  An engine call: its beginning, its steps to come, its bounds.
 *
 * The call is what the engine's files share (advance.h): what has been read or
 * made, and a queue of steps.  It goes on until the queue is empty; a worker's
 * call begins nothing more when its time or memory is used up, and leaves the
 * rest to delayed calls.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "definition/definitions.h"
#include "engine/steps/advance.h"
#include "util/errors.h"
#include "util/guc.h"

/* in a worker: how long a call goes on beginning things */
static int	slice_ms = 0;

/* Bounds the calls of this process: see engine.h. */
void
mst_engine_set_slice(int ms)
{
	slice_ms = ms;
}

/* Returns whether this is a worker, which bounds what it runs. */
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

/*
 * Begins an engine call.  Its memory context, in which all that it returns
 * lives until mst_advance_finish(), becomes the current one.
 */
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

/* Appends a step to the queue; exec or task is NULL where the kind has none. */
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

/* Takes the first step off the queue, which must not be empty. */
Step
mst_advance_pop(Advance *adv)
{
	Step		step = adv->steps[adv->steps_head];

	adv->steps_head = (adv->steps_head + 1) % adv->steps_size;
	adv->steps_count--;
	return step;
}

/* Queues a look at whether the execution is finished, unless a task is open. */
void
mst_exec_queue_check(Advance *adv, Exec *exec)
{
	if (exec->check_queued || exec->row->open_tasks > 0 ||
		exec->row->state != EXEC_RUNNING)
		return;
	exec->check_queued = true;
	mst_advance_push(adv, STEP_CHECK_COMPLETION, exec, NULL);
}

/* ---- bounds ---- */

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
 * Raises an error when the simulation has used more memory than the setting
 * allows: nothing of it can be written and forgotten before its end.
 */
void
mst_advance_check_memory(Advance *adv)
{
	if (MemoryContextMemAllocated(adv->mcxt, true) / 1024 <= mst_simulation_max_memory)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_LIMIT),
			 errmsg("simulation needs more than %d kB of memory", mst_simulation_max_memory),
			 errhint("An administrator can raise mistral.simulation_max_memory.")));
}
