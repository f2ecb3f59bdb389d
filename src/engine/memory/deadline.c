/*-------------------------------------------------------------------------
 *
 * deadline.c
 *	  The time by which an execution must have ended.
 *
 * An execution has a time left while its clock stands still (before it begins,
 * and in pauses that do not count), and a deadline while the clock runs; a
 * delayed call is due at the deadline.  Every change of the execution's state
 * goes through mst_deadline_follow(), so that no pause, resume or end can
 * forget the clock.
 *
 * A rerun keeps a deadline that is still to come; one that has passed counts
 * no more, as whoever reruns wants more time than there was.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/engine_objects.h"
#include "util/json.h"
#include "util/uuid.h"

static char *
deadline_key(const Execution *exec)
{
	return psprintf("deadline-%s", mst_uuid_text(&exec->id));
}

/* The call finds out by the deadline in its arguments whether it still counts. */
static void
run_clock(EngineCall *call, Execution *exec, State from)
{
	ExecutionRow *row = exec->row;

	if (row->time_left > 0)
	{
		row->deadline = call->now + row->time_left * 1000;
		row->time_left = 0;
	}
	else if (from == MST_STATE_PAUSED)
		return;
	else if (row->deadline <= call->now)
	{
		row->deadline = 0;
		return;
	}
	mst_call_delay(call, CALL_TIMEOUT_EXECUTION, exec, NULL, row->deadline, deadline_key(exec),
				   mst_json_object1("deadline", mst_json_int(row->deadline)));
}

static void
stop_clock(EngineCall *call, Execution *exec)
{
	ExecutionRow *row = exec->row;

	row->time_left = Max((row->deadline - call->now) / 1000, 1);
	row->deadline = 0;
	mst_call_drop_delayed(call, deadline_key(exec), !exec->is_ours);
}

/*
 * Has the clock of an execution that has a deadline, or a time left, follow a
 * change of its state, which was "from" before.
 */
void
mst_deadline_follow(EngineCall *call, Execution *exec, State from)
{
	State		state = exec->row->state;

	if (state == MST_STATE_RUNNING)
		run_clock(call, exec, from);
	else if (exec->row->deadline == 0)
		return;
	else if (mst_state_is_completed(state))
		mst_call_drop_delayed(call, deadline_key(exec), !exec->is_ours);
	else if (state == MST_STATE_PAUSED && exec->spec->timeout_skips_pauses)
		stop_clock(call, exec);
}
