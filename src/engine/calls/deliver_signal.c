/*-------------------------------------------------------------------------
 *
 * deliver_signal.c
 *	  Signals on their way to the tasks that wait for them.
 *
 * A sender inserts its signal first, and then tries the lock on the execution.
 * With the lock it looks for waits that take the signal, and the execution goes
 * on in the sender's transaction.  Without, it leaves a delayed call, which
 * looks once the sender has committed.  A wait that begins looks at what is
 * committed.  So whichever comes last of signal and wait, under the lock or
 * after it, sees the other, and the sender never waits for an execution.
 *
 * Of a signal, a time-out and a user's complete_action() exactly one ends a
 * wait: the first two hold the lock on the execution, and take the turn at the
 * action as those do who report results (calls/reports.c).  A time-out looks
 * for signals first: what was committed before the time was over counts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/timestamp.h"

#include "engine/calls/deliver_signal.h"
#include "engine/calls/results.h"
#include "engine/memory/secrecy.h"
#include "engine/memory/signal_rows.h"
#include "engine/work/wait_task.h"
#include "store/access.h"
#include "store/lookups.h"
#include "store/reporting.h"
#include "store/signals.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/uuid.h"

/* ---- waits that are there ---- */

/* Returns the unfinished wait of that id, with its task; NULL if it is over. */
static ActionRow *
find_wait(EngineCall *call, const pg_uuid_t *action_id, Task **task)
{
	pg_uuid_t	task_id = mst_uuid_task_of_action(action_id);
	ActionRow  *action = mst_result_find_action(call, action_id);

	*task = action == NULL ? NULL : mst_call_task(call, &task_id);
	if (*task == NULL || mst_state_is_completed(action->state) ||
		action->attempt != (*task)->row->attempt ||
		mst_state_is_completed((*task)->row->state))
		return NULL;
	return action;
}

/*
 * Takes the turn at the wait until the call has written.  False: somebody else
 * is about to end it.
 */
static bool
take_wait(EngineCall *call, const pg_uuid_t *action_id)
{
	MemoryContext old;
	pg_uuid_t  *copy;

	if (!mst_reports_take_turn(action_id, false))
		return false;
	if (mst_report_is_recorded(action_id))
	{
		mst_reports_end_turn(action_id);
		return false;
	}
	old = MemoryContextSwitchTo(call->mcxt);
	copy = palloc(sizeof(pg_uuid_t));
	*copy = *action_id;
	call->turns = lappend(call->turns, copy);
	MemoryContextSwitchTo(old);
	return true;
}

/* Ends one wait if what it waits for has come; false: it could not now. */
static bool
deliver_to_wait(EngineCall *call, const pg_uuid_t *action_id)
{
	Task	   *task;
	ActionRow  *action = find_wait(call, action_id, &task);
	int			n_taken = list_length(call->taken_signals);
	Jsonb	   *result;

	if (action == NULL)
		return true;
	result = mst_wait_take(call, task, action);
	if (result == NULL)
		return true;
	if (!take_wait(call, action_id))
	{
		call->taken_signals = list_truncate(call->taken_signals, n_taken);
		return false;
	}
	mst_action_end_by_engine(call, action_id, MST_STATE_SUCCESS, result);
	mst_call_run(call);
	return true;
}

/*
 * Ends the waits of an execution, which the call has locked, for which signals
 * have come.  *is_busy: there is one that somebody else may be ending, so it
 * has to be looked at again.
 */
void
mst_signals_deliver(EngineCall *call, Execution *exec, bool *is_busy)
{
	const pg_uuid_t *last = NULL;
	ListCell   *lc;

	*is_busy = false;
	foreach(lc, mst_store_signal_waits(&exec->id))
	{
		SignalWaitRow *wait = lfirst(lc);

		if (mst_state_is_completed(exec->row->state))
			return;
		if (last != NULL && mst_uuid_equal(last, &wait->action_id))
			continue;
		last = &wait->action_id;
		*is_busy |= !deliver_to_wait(call, last);
	}
}

/* ---- sending ---- */

/* Leaves the look for waits to a delayed call, to be run after the commit. */
static void
leave_signals(const ExecutionRow *exec)
{
	DelayedCallRow *delayed = palloc0(sizeof(DelayedCallRow));

	delayed->row.is_new = true;
	delayed->due_at = delayed->created_at = GetCurrentTimestamp();
	delayed->execution_id = exec->id;
	delayed->root_id = exec->root_id;
	delayed->kind = mst_call_kind_name(CALL_TAKE_SIGNALS);
	delayed->project_id = exec->project_id;
	mst_store_insert_delayed_calls(&delayed, 1);
}

/*
 * Delivers what has been inserted for the execution, or leaves that to a
 * delayed call.
 */
static void
deliver_or_leave(const ExecutionRow *row)
{
	EngineCall *call = mst_call_begin();
	bool		is_busy;
	Execution  *exec = mst_call_execution(call, &row->id, LOCK_TRY, &is_busy);

	if (exec != NULL)
	{
		mst_signals_deliver(call, exec, &is_busy);
		mst_results_take_recorded(call);
	}
	else if (!is_busy)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("WorkflowExecution not found [id=%s]", mst_uuid_text(&row->id))));
	mst_call_finish(call);
	if (is_busy)
		leave_signals(row);
}

/* Refuses what no task of the execution will ever take. */
static void
check_signal(const ExecutionRow *row)
{
	if (row->state == MST_STATE_SUCCESS)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_STATE_TRANSITION),
				 errmsg("cannot signal an execution that has ended with SUCCESS [id=%s]",
						mst_uuid_text(&row->id))));
}

/*
 * Sends a signal to an execution.  Returns false, with nothing done, when one
 * of its name and key has been sent before; raises an error when there is no
 * such execution, or it has ended for good.  The caller has checked that the
 * user may change the execution, and the sizes of what it says.
 */
bool
mst_engine_signal(const SignalRequest *request)
{
	ExecutionRow *row = mst_store_execution(&request->execution_id, LOCK_NONE, NULL);
	SignalRow	signal = {.execution_id = request->execution_id};

	if (row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("WorkflowExecution not found [id=%s]", mst_uuid_text(&request->execution_id))));
	signal.project_id = row->project_id;
	signal.name = unconstify(char *, request->name);
	signal.key = unconstify(char *, request->key);
	signal.sender = mst_current_project();
	signal.data = mst_execution_seal(row, request->data);
	if (!mst_store_insert_signal(&signal))
		return false;
	check_signal(row);
	deliver_or_leave(row);
	return true;
}

/*
 * Sends a signal to the executions of the current user's project that have a
 * key and can take it.  Returns the number of those to which it was new.
 */
int
mst_engine_signal_key(const char *execution_key, SignalRequest *request)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, mst_store_executions_of_key(mst_current_project(), execution_key))
	{
		request->execution_id = *(pg_uuid_t *) lfirst(lc);
		n += mst_engine_signal(request);
	}
	return n;
}

/*
 * Sends an event of a project, by its name as a signal, to the executions of
 * the project whose tasks wait for it; to those that have ended meanwhile it is
 * nothing.  One that has as many signals as it may raises an error.
 */
void
mst_engine_signal_event(const char *name, const char *project, Jsonb *data)
{
	ListCell   *lc;

	foreach(lc, mst_store_event_waits(name, project))
	{
		SignalRequest request = {*(pg_uuid_t *) lfirst(lc), name, NULL, data};
		ExecutionRow *row = mst_store_execution(&request.execution_id, LOCK_NONE, NULL);

		if (row != NULL && !mst_state_is_completed(row->state))
			(void) mst_engine_signal(&request);
	}
}

/* ---- the end of patience ---- */

/* A worker waits for no user's transaction: the call is tried again. */
static void
try_wait_again(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
			 errmsg("another transaction is ending the wait")));
}

/* The timer of a wait is due: ends it with an error, if no signal has come. */
void
mst_wait_time_out(EngineCall *call, Task *task, Jsonb *args)
{
	pg_uuid_t	action_id;
	bool		is_busy;

	if (!mst_uuid_parse(mst_json_get_text(args, "action_id"), &action_id))
		elog(ERROR, "delayed call without action id");
	if (!call->is_simulated)
		mst_signals_deliver(call, task->exec, &is_busy);
	if (find_wait(call, &action_id, &task) == NULL)
		return;
	if (!call->is_simulated && !take_wait(call, &action_id))
		try_wait_again();
	mst_action_end_by_engine(call, &action_id, MST_STATE_ERROR,
							 mst_json_text(psprintf("No signal came within " INT64_FORMAT " seconds.",
													mst_json_get_int(args, "limit", 0))));
}
