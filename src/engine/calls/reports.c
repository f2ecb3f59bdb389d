/*-------------------------------------------------------------------------
 *
 * reports.c
 *	  Reporting results: the calls, and whose turn it is.
 *
 * Of several results for one action exactly one is said to be taken.  A call
 * takes its turn at all its actions, in the order of their ids so that no two
 * calls wait for each other, and looks whether another transaction has
 * reported one of them and is still under way.  Then it gives up its turns,
 * waits for that transaction, and begins again; it has done nothing yet.
 * Once it has the turns and nobody is under way, what it finds stays true
 * until its own rows are written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "storage/lmgr.h"

#include "engine/calls/results.h"
#include "store/reporting.h"
#include "util/json.h"

/* turns that a call has at most, as the server has room for few locks */
#define MAX_TURNS	200

/* The actions that a call has the turn at, without repetitions. */
typedef struct Turns
{
	pg_uuid_t	ids[MAX_TURNS];
	int			n;
} Turns;

static int
compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, UUID_LEN);
}

static void
collect_ids(Turns *turns, const ActionResult *results, int n)
{
	int			kept = 0;

	for (int i = 0; i < n; i++)
		turns->ids[i] = results[i].action_id;
	qsort(turns->ids, n, sizeof(pg_uuid_t), compare_ids);
	for (int i = 0; i < n; i++)
	{
		if (kept == 0 || !mst_uuid_equal(&turns->ids[i], &turns->ids[kept - 1]))
			turns->ids[kept++] = turns->ids[i];
	}
	turns->n = kept;
}

static void
end_turns(const Turns *turns, int n)
{
	for (int i = 0; i < n; i++)
		mst_report_end(&turns->ids[i]);
}

/* False: somebody has the turn at one of them, and we must not wait. */
static bool
begin_turns(const Turns *turns, bool wait)
{
	for (int i = 0; i < turns->n; i++)
	{
		if (!mst_report_begin(&turns->ids[i], wait))
		{
			end_turns(turns, i);
			return false;
		}
	}
	return true;
}

static TransactionId
find_pending(const Turns *turns)
{
	for (int i = 0; i < turns->n; i++)
	{
		TransactionId xid = mst_report_pending(&turns->ids[i]);

		if (TransactionIdIsValid(xid))
			return xid;
	}
	return InvalidTransactionId;
}

/* False: somebody else is at one of them, and we must not wait. */
static bool
take_turns(Turns *turns, const ActionResult *results, int n, bool wait)
{
	collect_ids(turns, results, n);
	while (begin_turns(turns, wait))
	{
		TransactionId xid = find_pending(turns);

		if (!TransactionIdIsValid(xid))
			return true;
		end_turns(turns, turns->n);
		if (!wait)
			return false;
		XactLockTableWait(xid, NULL, NULL, XLTW_None);
	}
	return false;
}

/*
 * Takes the turn at an action as one who reports its result does, so that
 * nobody else changes it.  With "wait" transactions that are changing it are
 * waited for; otherwise false is returned when there are any.
 */
bool
mst_reports_take_turn(const pg_uuid_t *action_id, bool wait)
{
	ActionResult result = {*action_id};
	Turns		turns;

	return take_turns(&turns, &result, 1, wait);
}

/* Gives the turn up; what was written under it stays the transaction's. */
void
mst_reports_end_turn(const pg_uuid_t *action_id)
{
	mst_report_end(action_id);
}

/* Up to MAX_TURNS results; false: nothing was done, somebody is at one. */
static bool
report_portion(ActionResult *results, int n, bool wait, ActionOffer offer,
			   void *offer_arg)
{
	Turns		turns;
	EngineCall *call;

	if (!take_turns(&turns, results, n, wait))
		return false;
	call = mst_call_begin();
	call->offer = offer;
	call->offer_arg = offer_arg;
	for (int i = 0; i < n; i++)
	{
		mst_results_report(call, &results[i]);
		mst_call_run(call);
	}
	mst_results_take_recorded(call);
	mst_call_finish(call);
	end_turns(&turns, turns.n);
	return true;
}

/*
 * Takes results, and advances the executions they belong to.  What belongs to
 * an execution that somebody else is advancing is recorded, to be processed
 * by that backend or by the scheduler.  Each result's refusal is set: of
 * several results for one action exactly one is taken.  Waits for the end of
 * a transaction that has reported one of the actions.  "offer" may be NULL.
 */
void
mst_engine_report_results(ActionResult *results, int n, ActionOffer offer,
						  void *offer_arg)
{
	for (int i = 0; i < n; i += MAX_TURNS)
		(void) report_portion(results + i, Min(n - i, MAX_TURNS), true, offer,
							  offer_arg);
}

/*
 * Reports one result without waiting.  Returns false, with nothing done, when
 * another transaction, still under way, has reported a result of the action or
 * is changing it.
 */
bool
mst_engine_try_report(ActionResult *result)
{
	return report_portion(result, 1, false, NULL, NULL);
}

/*
 * Records one result, of which the scheduler makes use after the commit: for a
 * reporter in whose session the execution must not go on.  Otherwise like
 * mst_engine_report_results().
 */
void
mst_engine_leave_result(ActionResult *result)
{
	Turns		turns;
	EngineCall *call;

	(void) take_turns(&turns, result, 1, true);
	call = mst_call_begin();
	mst_results_record(call, result);
	mst_call_finish(call);
	end_turns(&turns, turns.n);
}

/* Queues the action of a lost executor again. */
static void
redeliver_action(ActionRow *action)
{
	EngineCall *call = mst_call_begin();

	action->executor_id = 0;
	action->claimed_at = 0;
	action->is_redelivered = true;
	mst_call_touch_action(call, NULL, action);
	mst_call_enqueue(call, action, mst_store_task_priority(&action->task_id));
	mst_call_finish(call);
}

/*
 * Returns whether the task of the action or its execution has ended.
 * *is_busy is set if another call may be about to end it; else the
 * execution is locked.
 */
static bool
is_over(const ActionRow *action, bool *is_busy)
{
	TaskRow    *task;
	ExecutionRow *exec;

	*is_busy = false;
	if (mst_uuid_is_none(&action->execution_id))
		return false;
	exec = mst_store_execution(&action->execution_id, LOCK_TRY, is_busy);
	task = mst_store_task(&action->task_id);
	return exec == NULL || mst_state_is_completed(exec->state) ||
		task == NULL || mst_state_is_completed(task->state);
}

/*
 * Whether the action, as it is now, may be given to an executor once more; the
 * turn is the caller's.  A result that is recorded was reported while the
 * executor had its lease.  Nobody waits for what is of a
 * task that is over; *is_busy says that this is not known yet.
 */
static bool
can_redeliver(const ActionRow *action, int64 executor_id, bool *is_busy)
{
	*is_busy = false;
	return action != NULL && action->state == MST_STATE_RUNNING &&
		action->executor_id == executor_id && action->safe_rerun &&
		!mst_report_is_recorded(&action->id) && !is_over(action, is_busy);
}

/*
 * Completes with an error, or queues again when it is safe to run it twice, an
 * action whose executor has lost its lease.  Does nothing when the action is
 * not claimed by that executor any more.  False: nothing was done, because
 * another transaction is completing the action; to be done later.
 */
bool
mst_engine_lease_lost(const pg_uuid_t *action_id, int64 executor_id,
					  const char *reason)
{
	ActionResult result = {.action_id = *action_id, .state = MST_STATE_ERROR,
	.executor_id = executor_id};
	Turns		turns;
	ActionRow  *action;
	bool		is_redelivered;
	bool		is_busy;

	if (!take_turns(&turns, &result, 1, false))
		return false;
	action = mst_store_action(action_id);
	is_redelivered = can_redeliver(action, executor_id, &is_busy);
	if (is_redelivered)
		redeliver_action(action);
	end_turns(&turns, turns.n);
	if (is_redelivered || is_busy)
		return is_redelivered;
	result.output = mst_json_text(reason);
	return mst_engine_try_report(&result);
}
