/*-------------------------------------------------------------------------
 *
 * engine_call.c
 *	  An engine call: its beginning, its steps to come, its bounds.
 *
 * The call is what the engine's files share (model.h): what has been read or
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
#include "engine/memory/engine_objects.h"
#include "util/errors.h"
#include "util/guc.h"
#include "util/steady.h"

/* in a worker: how long a call goes on beginning things */
static int	slice_ms = 0;

/* Bounds the calls of this process: see engine.h. */
void
mst_engine_set_slice(int ms)
{
	slice_ms = ms;
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
 * lives until mst_call_finish(), becomes the current one.
 */
EngineCall *
mst_call_begin(void)
{
	MemoryContext mcxt = AllocSetContextCreate(CurrentMemoryContext,
											   "mistral engine call",
											   ALLOCSET_DEFAULT_SIZES);
	EngineCall *call;

	MemoryContextSwitchTo(mcxt);
	call = palloc0(sizeof(EngineCall));
	call->mcxt = mcxt;
	mst_definition_cache_hold(mcxt);
	call->action_cxt = AllocSetContextCreate(mcxt, "mistral new actions",
											 ALLOCSET_DEFAULT_SIZES);
	call->now = GetCurrentTimestamp();
	call->execs = make_table(mcxt, "mistral executions", sizeof(Execution));
	call->tasks = make_table(mcxt, "mistral tasks", sizeof(Task));
	call->contexts = make_table(mcxt, "mistral contexts", sizeof(ContextEntry));
	call->steps_size = 64;
	call->steps = palloc(sizeof(Step) * call->steps_size);
	call->budget = mst_max_inline_steps;
	if (slice_ms > 0)
		call->slice_end = mst_steady_us() + slice_ms * INT64CONST(1000);
	return call;
}

/*
 * Appends a step to the queue; exec or task is NULL where the kind has none.
 */
void
mst_call_push(EngineCall *call, StepKind kind, Execution *exec, Task *task)
{
	Step	   *step;

	if (call->steps_count == call->steps_size)
	{
		Step	   *bigger = MemoryContextAlloc(call->mcxt, sizeof(Step) * call->steps_size * 2);

		for (int i = 0; i < call->steps_count; i++)
			bigger[i] = call->steps[(call->steps_head + i) % call->steps_size];
		pfree(call->steps);
		call->steps = bigger;
		call->steps_head = 0;
		call->steps_size *= 2;
	}
	step = &call->steps[(call->steps_head + call->steps_count) % call->steps_size];
	call->steps_count++;
	step->kind = kind;
	step->exec = exec;
	step->task = task;
	if (kind == STEP_RUN_TASK)
		task->run_queued = true;
}

/* Takes the first step off the queue, which must not be empty. */
Step
mst_call_pop(EngineCall *call)
{
	Step		step = call->steps[call->steps_head];

	call->steps_head = (call->steps_head + 1) % call->steps_size;
	call->steps_count--;
	return step;
}

/*
 * Queues a look at whether the execution is finished, unless a task is open.
 */
void
mst_execution_queue_check(EngineCall *call, Execution *exec)
{
	if (exec->check_queued || exec->row->open_tasks > 0 ||
		exec->row->state != MST_STATE_RUNNING)
		return;
	exec->check_queued = true;
	mst_call_push(call, STEP_CHECK_COMPLETION, exec, NULL);
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
mst_call_is_spent(EngineCall *call)
{
	bool		has_time = call->slice_end == 0 || mst_steady_us() < call->slice_end;

	if (has_time &&
		(call->is_simulated || MemoryContextMemAllocated(call->mcxt, true) < CALL_BYTES))
		return false;
	call->budget = 0;
	return true;
}

/*
 * Raises an error when the simulation has used more memory than the setting
 * allows: nothing of it can be written and forgotten before its end.
 */
void
mst_call_check_memory(EngineCall *call)
{
	if (MemoryContextMemAllocated(call->mcxt, true) / 1024 <= mst_simulation_max_memory)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_LIMIT),
			 errmsg("simulation needs more than %d kB of memory", mst_simulation_max_memory),
			 errhint("An administrator can raise mistral.simulation_max_memory.")));
}
