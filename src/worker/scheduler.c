/*-------------------------------------------------------------------------
 *
 * scheduler.c
 *	  The worker that does what is due.
 *
 * A round processes recorded results and runs the due calls, each in a
 * transaction of its own that also takes it; so a crash at any point puts
 * back what has not been done, and any number of schedulers may run.  Then
 * the worker sleeps until the next call is due or a committed transaction
 * wakes it:
 *
 *		round ---> count of wake-ups unchanged? --yes--> sleep until next due
 *		  ^                 | no                               |
 *		  +-----------------+----------------------------------+
 *
 * The count is read before the round begins, so what is committed during the
 * round is either seen by it or leads to another.  Every few minutes the worker
 * looks by itself, in case a wake-up was lost.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "compat.h"
#include "engine/engine.h"
#include "store/due.h"
#include "util/transient.h"
#include "worker/calls.h"
#include "worker/duties.h"
#include "worker/workers.h"

#define MAX_SLEEP_MS			300000
#define CALLS_PER_ROUND			100
#define RESULTS_PER_ROUND		100
#define RESULTS_RETRY_MS		1000

/* how long an engine call waits for an execution that somebody has locked */
#define LOCK_TIMEOUT			"1000ms"

PGDLLEXPORT void mistral_scheduler_main(Datum main_arg);

/*
 * Take the error being handled, and end the transaction it broke.  The copy
 * lives in the worker's round.
 */
static ErrorData *
catch_error(Worker *worker)
{
	ErrorData  *error;

	HOLD_INTERRUPTS();
	MemoryContextSwitchTo(worker->round_cxt);
	error = CopyErrorData();
	FlushErrorState();
	mst_worker_abort();
	MemoryContextSwitchTo(worker->round_cxt);
	RESUME_INTERRUPTS();
	return error;
}

/* Put off or give up a call that has failed. */
static void
handle_failure(Worker *worker, DelayedCallRow *call, ErrorData *error)
{
	ErrorData  *volatile second = NULL;

	PG_TRY();
	{
		mst_worker_start_transaction(worker, "noting the failure of a call");
		mst_call_failed(call, error);
		mst_worker_commit();
	}
	PG_CATCH();
	{
		second = catch_error(worker);
	}
	PG_END_TRY();

	if (second == NULL)
		return;

	/* with a full disk nothing can be noted: the call stays as it was */
	if (mst_error_is_transient(second))
		ReThrowError(second);
	mst_worker_start_transaction(worker, "noting the failure of a call");
	mst_call_give_up(call, second);
	mst_worker_commit();
}

/*
 * Take the next due call and run it.  False when there is none; *next_due is
 * then when the next will be.
 */
static bool
run_next_call(Worker *worker, TimestampTz *next_due)
{
	DelayedCallRow *volatile call = NULL;
	ErrorData  *volatile error = NULL;

	PG_TRY();
	{
		mst_worker_start_transaction(worker, "looking for due calls");
		MemoryContextSwitchTo(worker->round_cxt);
		call = mst_due_take(mst_worker_clock(), next_due);
		if (call != NULL)
		{
			pgstat_report_activity(STATE_RUNNING, mst_call_describe(call));
			mst_worker_wake_sibling(worker);
			mst_call_run(call);
		}
		mst_worker_commit();
	}
	PG_CATCH();
	{
		if (call == NULL)
			PG_RE_THROW();
		error = catch_error(worker);
	}
	PG_END_TRY();

	if (error != NULL)
		handle_failure(worker, call, error);
	return call != NULL;
}

/*
 * Process what has been recorded for executions that others were advancing,
 * some in each round: the next goes on where this one ended.  Returns when
 * it is to be done again: 0 at once.
 */
static TimestampTz
run_recorded_results(Worker *worker)
{
	static pg_uuid_t after;		/* none at first */
	bool		is_whole = mst_uuid_is_none(&after);
	volatile bool found = true;
	volatile bool all_done = true;

	for (int i = 0; i < RESULTS_PER_ROUND && found; i++)
	{
		MemoryContextReset(worker->round_cxt);
		PG_TRY();
		{
			mst_worker_start_transaction(worker, "processing recorded results");
			MemoryContextSwitchTo(worker->round_cxt);
			found = mst_due_next_results(&after, &after);
			if (found)
				mst_engine_process_results(&after);
			mst_worker_commit();
		}
		PG_CATCH();
		{
			ErrorData  *error = catch_error(worker);

			all_done = false;
			if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
				ereport(LOG,
						(errmsg("could not process recorded results: %s",
								error->message)));
		}
		PG_END_TRY();
		mst_worker_check(worker);
	}
	if (found)
		return 0;

	/* what was recorded in the meantime may be before where we began */
	after = mst_uuid_none;
	if (!is_whole)
		return 0;
	return all_done ? PG_INT64_MAX :
		TimestampTzPlusMilliseconds(mst_worker_clock(), RESULTS_RETRY_MS);
}

/* One round; returns the time to sleep until, or 0 to go on at once. */
static TimestampTz
run_round(Worker *worker)
{
	TimestampTz next_due = run_recorded_results(worker);
	TimestampTz duty_due;
	TimestampTz now;

	for (int i = 0; i < CALLS_PER_ROUND; i++)
	{
		TimestampTz call_due;

		mst_worker_check(worker);
		if (!run_next_call(worker, &call_due))
		{
			next_due = Min(next_due, call_due);
			break;
		}
		if (i == CALLS_PER_ROUND - 1)
			next_due = 0;
	}
	duty_due = mst_duties_run(worker);
	now = mst_worker_clock();
	return Min(Min(next_due, duty_due), TimestampTzPlusMilliseconds(now, MAX_SLEEP_MS));
}

/* Sleep, unless there were wake-ups since the count was read. */
static void
sleep_until(Worker *worker, TimestampTz until, uint32 seen_count)
{
	static uint32 wait_event = 0;
	bool		may_sleep;

	SpinLockAcquire(&worker->slot->mutex);
	may_sleep = worker->slot->wake_count == seen_count;
	worker->self->sleep_until = may_sleep ? until : 0;
	SpinLockRelease(&worker->slot->mutex);
	if (!may_sleep)
		return;

	mst_worker_wait(TimestampDifferenceMilliseconds(mst_worker_clock(), until),
					MST_WAIT_EVENT(wait_event, "MistralSchedulerMain"));

	SpinLockAcquire(&worker->slot->mutex);
	worker->self->sleep_until = 0;
	SpinLockRelease(&worker->slot->mutex);
}

/* Main function of a scheduler. */
void
mistral_scheduler_main(Datum main_arg)
{
	Worker	   *worker = mst_worker_begin(main_arg, WORKER_SCHEDULER);

	SetConfigOption("lock_timeout", LOCK_TIMEOUT, PGC_SUSET, PGC_S_OVERRIDE);
	for (;;)
	{
		uint32		seen_count;
		TimestampTz until;

		mst_worker_check(worker);
		SpinLockAcquire(&worker->slot->mutex);
		seen_count = worker->slot->wake_count;
		SpinLockRelease(&worker->slot->mutex);

		until = run_round(worker);
		MemoryContextReset(worker->round_cxt);
		if (until > 0)
			sleep_until(worker, until, seen_count);
	}
}
