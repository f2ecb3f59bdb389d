/*-------------------------------------------------------------------------
 *
 * maintenance_mode.c
 *	  Pausing everything, and going on.
 *
 * When PAUSED is asked for, the state becomes PAUSING, and each running
 * execution is paused by a delayed call of its own.  Actions that have begun
 * go on; when the last of them has ended, the state becomes PAUSED.  Only
 * what maintenance has paused is resumed by its end.
 *
 * Nothing starts meanwhile.  Users are refused; cron triggers wait for the end;
 * what an event or a watched row starts is made, and paused before its first
 * task.  A transaction that read the state before it changed may still add an
 * execution that runs, so the check goes on, and pauses it.
 *
 * The end resumes what it sees.  So what the scheduler pauses keeps the end
 * waiting until that is committed; and what users' transactions pause, which may
 * last, leaves a call that looks again when they are committed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "engine/calls/maintenance_mode.h"
#include "store/access.h"
#include "store/home.h"
#include "store/maintenance.h"
#include "util/errors.h"

/* between two looks at what runs, in seconds: until all is quiet, and after */
#define PAUSING_CHECK_S 1
#define PAUSED_CHECK_S 5

/* until a call comes again that met a change of the status, in seconds */
#define CHANGED_RETRY_S 1

/*
 * Refuses what a user asks for while nothing may start.
 */
void
mst_maintenance_refuse(void)
{
	char	   *status = mst_maintenance_status();

	if (strcmp(status, "RUNNING") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_IN_MAINTENANCE),
				 errmsg("Current Mistral state is %s. Method is not allowed", status),
				 errhint("An administrator ends the maintenance with set_maintenance('RUNNING').")));
}

/*
 * Pauses an execution that is being made: its first commands wait for the end
 * of the maintenance.
 */
void
mst_maintenance_hold(EngineCall *call, Execution *exec)
{
	mst_execution_pause(call, exec, NULL, NULL);
	mst_execution_look_after_pause(call, exec);
}

/*
 * Returns whether maintenance is as the call needs it, and stays so until the
 * transaction ends.  Leaves the call for later while somebody changes that.
 */
static bool
status_is(EngineCall *call, Execution *exec, CallKind kind, bool is_on)
{
	char	   *status = mst_maintenance_hold_status();

	if (status == NULL)
		mst_call_delay(call, kind, exec, NULL,
					   GetCurrentTimestamp() + CHANGED_RETRY_S * USECS_PER_SEC, NULL, NULL);
	return status != NULL && (strcmp(status, "RUNNING") != 0) == is_on;
}

/*
 * Pauses a running execution for the time of the maintenance, unless that is
 * over; task and args are not used.
 */
void
mst_maintenance_pause(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	if (exec->row->state == MST_STATE_RUNNING &&
		status_is(call, exec, CALL_MAINTENANCE_PAUSE, true))
		mst_execution_pause(call, exec, NULL, NULL);
}

/*
 * Resumes an execution that maintenance has paused; task and args are not
 * used.  In maintenance its end does that.  The one above it takes it along where
 * that is paused as well: at once, or whoever has taken the pause over.
 */
void
mst_maintenance_resume(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	Execution  *above;

	if (exec->row->state != MST_STATE_PAUSED || !exec->row->paused_by_maintenance ||
		!status_is(call, exec, CALL_MAINTENANCE_RESUME, false))
		return;
	above = mst_uuid_is_none(&exec->row->parent_task_id) ? NULL : mst_execution_above(call, exec);
	if (above == NULL || above->row->state != MST_STATE_PAUSED)
		mst_execution_resume(call, exec);
	else if (!above->row->paused_by_maintenance)
		mst_execution_pause(call, exec, NULL, mst_pause_by_execution(&above->id));
}

/*
 * Looks again so many seconds after the last look, which was due at a time that
 * may be ahead of the clock (run_due_calls(as_of)).
 */
static void
check_after(TimestampTz last_due, int seconds)
{
	TimestampTz last = Max(last_due, GetCurrentTimestamp());

	mst_maintenance_check_at(last + seconds * USECS_PER_SEC);
}

/*
 * Looks whether all is quiet, for a call that was due at that time, and leaves
 * the next look.
 */
void
mst_maintenance_check(TimestampTz due)
{
	char	   *status = mst_maintenance_lock();
	bool		is_quiet;

	if (status == NULL || strcmp(status, "RUNNING") == 0)
		return;
	is_quiet = !mst_maintenance_is_pausing() &&
		mst_maintenance_pause_all() == 0 && mst_maintenance_is_quiet();
	if (is_quiet && strcmp(status, "PAUSING") == 0)
		mst_maintenance_set("PAUSED", NULL);
	check_after(due, is_quiet ? PAUSED_CHECK_S : PAUSING_CHECK_S);
}

/*
 * Asks for maintenance, or ends it; nothing changes where that is so already.
 * Returns the state that follows: RUNNING, PAUSING or PAUSED.
 */
char *
mst_engine_set_maintenance(bool pause)
{
	char	   *status = mst_maintenance_lock();

	if (pause && strcmp(status, "RUNNING") == 0)
	{
		mst_maintenance_set("PAUSING", mst_current_project());
		(void) mst_maintenance_pause_all();
		check_after(0, PAUSING_CHECK_S);
	}
	else if (!pause && strcmp(status, "RUNNING") != 0)
	{
		mst_maintenance_set("RUNNING", mst_current_project());
		mst_maintenance_resume_all();
	}
	return mst_maintenance_lock();
}
