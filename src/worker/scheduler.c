/*-------------------------------------------------------------------------
 *
 * scheduler.c
 *	  The workers that do what is due.
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
 * What belongs to different projects takes turns (fair.c), and nothing may
 * take long: the engine leaves to another call what does not fit into a slice
 * of time, and a call that has not ended when its limit is over is rolled back
 * and handed over to a slow scheduler, another process, which takes only such
 * calls and bounds them by mistral.delayed_call_timeout.  It is started when
 * there are calls for it, and ends when there have been none for a while.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "engine/engine.h"
#include "store/due.h"
#include "util/compat.h"
#include "util/guc.h"
#include "util/steady.h"
#include "util/time_limit.h"
#include "util/transient.h"
#include "worker/fair.h"
#include "worker/housekeeping.h"
#include "worker/run_call.h"
#include "worker/workers.h"

#define MAX_SLEEP_MS			300000

/* in one round */
#define RESULTS_SLICE_MS		50
#define CALLS_SLICE_MS			100
#define RESULTS_RETRY_MS		1000

/* what one call may take of everybody's time before it is left to others */
#define CALL_LIMIT_MS			250
/* when an engine call leaves the rest to another */
#define ENGINE_SLICE_MS			50
#define SLOW_ENGINE_SLICE_MS	1000
/* how long it waits for an execution that somebody has locked */
#define LOCK_TIMEOUT			"50ms"
#define SLOW_LOCK_TIMEOUT		"1000ms"
/* a slow scheduler that has had nothing to do for so long ends */
#define SLOW_IDLE_MS			60000

PGDLLEXPORT void mistral_scheduler_main(Datum main_arg);
PGDLLEXPORT void mistral_slow_scheduler_main(Datum main_arg);

/* whose turn it is */
static FairOrder *order;

static bool
is_slow(const Worker *worker)
{
	return worker->kind == WORKER_SLOW_SCHEDULER;
}

/*
 * Takes the error being handled, and ends the transaction it broke and the
 * limit that it ran under.  The copy lives in the worker's round.
 */
static ErrorData *
catch_error(Worker *worker, TimeLimit *limit)
{
	ErrorData  *error;

	HOLD_INTERRUPTS();
	MemoryContextSwitchTo(worker->round_cxt);
	error = CopyErrorData();
	FlushErrorState();
	mst_worker_abort();
	if (limit != NULL)
		mst_time_limit_end(limit);
	MemoryContextSwitchTo(worker->round_cxt);
	RESUME_INTERRUPTS();
	return error;
}

/* Runs "note" about a call in a transaction; returns its error, or NULL. */
static ErrorData *
note_about_call(Worker *worker, void (*note) (DelayedCallRow *call, void *arg),
				DelayedCallRow *call, void *arg)
{
	ErrorData  *volatile error = NULL;

	PG_TRY();
	{
		mst_worker_start_transaction(worker, "noting the failure of a call");
		note(call, arg);
		mst_worker_commit();
	}
	PG_CATCH();
	{
		error = catch_error(worker, NULL);
	}
	PG_END_TRY();
	return error;
}

static void
note_failure(DelayedCallRow *call, void *arg)
{
	mst_due_call_failed(call, arg);
}

static void
note_timeout(DelayedCallRow *call, void *arg)
{
	mst_due_call_timed_out(call, *(int *) arg);
}

static void
note_handover(DelayedCallRow *call, void *arg)
{
	(void) mst_due_hand_over(call);
}

/*
 * Puts off, gives up or hands over a call that has failed, or that has taken as
 * long as it may.
 */
static void
handle_failure(Worker *worker, DelayedCallRow *call, ErrorData *error, bool is_over)
{
	ErrorData  *second;

	if (!is_over)
		second = note_about_call(worker, note_failure, call, error);
	else if (is_slow(worker))
		second = note_about_call(worker, note_timeout, call, &mst_delayed_call_timeout);
	else
	{
		second = note_about_call(worker, note_handover, call, NULL);
		mst_worker_want_slow(worker);
	}
	if (second == NULL)
		return;

	/* with a full disk nothing can be noted: the call stays as it was */
	if (mst_error_is_transient(second))
		ReThrowError(second);
	mst_worker_start_transaction(worker, "noting the failure of a call");
	mst_due_call_give_up(call, second);
	mst_worker_commit();
}

/*
 * Takes the next due call and runs it.  Returns false if there is none;
 * *next_due is then the time of the next.  The limit lasts until after the
 * commit, which may run triggers of the user's.
 */
static bool
run_next_call(Worker *worker, TimestampTz *next_due)
{
	DelayedCallRow *volatile call = NULL;
	ErrorData  *volatile error = NULL;
	volatile int64 begin = 0;
	TimeLimit	limit = {0};

	PG_TRY();
	{
		mst_worker_start_transaction(worker, "looking for due calls");
		MemoryContextSwitchTo(worker->round_cxt);
		call = mst_fair_take(order, mst_worker_clock(), next_due);
		if (call != NULL)
		{
			begin = mst_steady_us();
			mst_time_limit_begin(&limit, is_slow(worker) ? mst_delayed_call_timeout :
								 Min(CALL_LIMIT_MS, mst_delayed_call_timeout));
			pgstat_report_activity(STATE_RUNNING, mst_due_call_describe(call));
			mst_worker_wake_sibling(worker);
			mst_due_call_run(call);
		}
		mst_worker_commit();
		if (call != NULL)
			mst_time_limit_end(&limit);
	}
	PG_CATCH();
	{
		if (call == NULL)
			PG_RE_THROW();
		error = catch_error(worker, &limit);
	}
	PG_END_TRY();

	if (error != NULL)
		handle_failure(worker, call, error, limit.is_over);
	if (call != NULL)
		mst_fair_charge(order, mst_steady_us() - begin);
	return call != NULL;
}

/* In a transaction of its own: see mst_engine_leave_results(). */
static void
leave_results(Worker *worker, const pg_uuid_t *execution_id)
{
	mst_worker_start_transaction(worker, "leaving recorded results to a slow scheduler");
	mst_engine_leave_results(execution_id);
	mst_worker_commit();
	mst_worker_want_slow(worker);
}

/*
 * Processes the results recorded for the next execution after *after.
 * Returns false if there is none; *is_busy is set when they could not be
 * processed.
 */
static bool
run_next_results(Worker *worker, pg_uuid_t *after, bool *is_busy)
{
	volatile bool found = true;
	volatile bool is_limited = false;
	ErrorData  *volatile error = NULL;
	TimeLimit	limit = {0};

	MemoryContextReset(worker->round_cxt);
	PG_TRY();
	{
		mst_worker_start_transaction(worker, "processing recorded results");
		MemoryContextSwitchTo(worker->round_cxt);
		found = mst_due_next_results(after, after);
		is_limited = found && !mst_engine_results_are_left(after);
		if (is_limited)
		{
			mst_time_limit_begin(&limit, CALL_LIMIT_MS);
			mst_engine_process_results(after);
		}
		mst_worker_commit();
		if (is_limited)
			mst_time_limit_end(&limit);
	}
	PG_CATCH();
	{
		error = catch_error(worker, is_limited ? &limit : NULL);
	}
	PG_END_TRY();

	if (error == NULL)
		return found;
	if (limit.is_over)
	{
		leave_results(worker, after);
		return true;
	}
	*is_busy = true;
	if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
		ereport(LOG,
				(errmsg("could not process recorded results: %s",
						error->message)));
	return true;
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
	static bool is_busy = false;
	int64		end = mst_steady_us() + RESULTS_SLICE_MS * INT64CONST(1000);
	bool		is_whole = mst_uuid_is_none(&after);

	if (is_whole)
		is_busy = false;
	while (run_next_results(worker, &after, &is_busy))
	{
		mst_worker_check(worker);
		if (mst_steady_us() >= end)
			return 0;
	}

	/* what was recorded in the meantime may be before where we began */
	after = mst_uuid_none;
	if (!is_whole)
		return 0;
	return is_busy ?
		TimestampTzPlusMilliseconds(mst_worker_clock(), RESULTS_RETRY_MS) :
		PG_INT64_MAX;
}

/* Runs calls for a while; returns when the next is due, or 0: at once. */
static TimestampTz
run_calls(Worker *worker)
{
	int64		end = mst_steady_us() + CALLS_SLICE_MS * INT64CONST(1000);
	TimestampTz next_due;

	do
	{
		mst_worker_check(worker);
		MemoryContextReset(worker->round_cxt);
		if (!run_next_call(worker, &next_due))
			return next_due;
	} while (mst_steady_us() < end);
	return 0;
}

/* One round; returns the time to sleep until, or 0 to go on at once. */
static TimestampTz
run_round(Worker *worker)
{
	TimestampTz results_due = run_recorded_results(worker);
	TimestampTz calls_due = run_calls(worker);
	TimestampTz housekeeping_due = mst_housekeeping_run(worker);
	TimestampTz last = TimestampTzPlusMilliseconds(mst_worker_clock(), MAX_SLEEP_MS);

	return Min(Min(results_due, calls_due), Min(housekeeping_due, last));
}

/* Returns the count that changes with each wake-up of the worker's kind. */
static uint32
wake_count(Worker *worker)
{
	return is_slow(worker) ? worker->slot->slow_wake_count : worker->slot->wake_count;
}

static uint32
read_wake_count(Worker *worker)
{
	uint32		count;

	SpinLockAcquire(&worker->slot->mutex);
	count = wake_count(worker);
	SpinLockRelease(&worker->slot->mutex);
	return count;
}

/* Says until when we sleep; false when there were wake-ups since the count. */
static bool
begin_sleep(Worker *worker, TimestampTz until, uint32 seen_count)
{
	bool		may_sleep;

	SpinLockAcquire(&worker->slot->mutex);
	may_sleep = wake_count(worker) == seen_count;
	worker->self->sleep_until = may_sleep ? until : 0;
	SpinLockRelease(&worker->slot->mutex);
	return may_sleep;
}

/*
 * Sleep, unless there were wake-ups since the count was read.  The latch is
 * also set by others than those who count, as by a timeout that was not needed.
 * When the clock has been set back, it looks again what there is to wait for.
 */
static void
sleep_until(Worker *worker, TimestampTz until, uint32 seen_count)
{
	static uint32 wait_event = 0;
	uint32		seen_reloads = worker->reloads;
	TimestampTz now = mst_worker_clock();
	TimestampTz last = now;

	while (now < until && now >= last && worker->reloads == seen_reloads &&
		   begin_sleep(worker, until, seen_count))
	{
		mst_worker_wait(TimestampDifferenceMilliseconds(now, until),
						MST_WAIT_EVENT(wait_event, "MistralSchedulerMain"));
		mst_worker_check(worker);
		last = now;
		now = mst_worker_clock();
	}
	SpinLockAcquire(&worker->slot->mutex);
	worker->self->sleep_until = 0;
	SpinLockRelease(&worker->slot->mutex);
}

static Worker *
begin_scheduler(Datum main_arg, WorkerKind kind)
{
	Worker	   *worker = mst_worker_begin(main_arg, kind);

	SetConfigOption("lock_timeout", is_slow(worker) ? SLOW_LOCK_TIMEOUT : LOCK_TIMEOUT,
					PGC_SUSET, PGC_S_OVERRIDE);
	mst_engine_set_slice(is_slow(worker) ? SLOW_ENGINE_SLICE_MS : ENGINE_SLICE_MS);
	MemoryContextSwitchTo(TopMemoryContext);
	order = mst_fair_begin(is_slow(worker));
	MemoryContextSwitchTo(worker->round_cxt);
	return worker;
}

/* Main function of a scheduler. */
void
mistral_scheduler_main(Datum main_arg)
{
	Worker	   *worker = begin_scheduler(main_arg, WORKER_SCHEDULER);

	for (;;)
	{
		uint32		seen_count;
		TimestampTz until;

		mst_worker_check(worker);
		seen_count = read_wake_count(worker);
		until = run_round(worker);
		MemoryContextReset(worker->round_cxt);
		if (until > 0)
			sleep_until(worker, until, seen_count);
	}
}

/*
 * Nothing is left: say that no slow scheduler is wanted.  Whoever has a call
 * for one says the opposite afterwards, or has committed it before: then the
 * next round finds it.
 */
static void
cease_to_want_slow(Worker *worker)
{
	SpinLockAcquire(&worker->slot->mutex);
	worker->slot->wants_slow = false;
	SpinLockRelease(&worker->slot->mutex);
}

/* Main function of a slow scheduler. */
void
mistral_slow_scheduler_main(Datum main_arg)
{
	Worker	   *worker = begin_scheduler(main_arg, WORKER_SLOW_SCHEDULER);
	TimestampTz idle_since = 0;
	bool		is_last_round = false;

	for (;;)
	{
		uint32		seen_count;
		TimestampTz until;
		TimestampTz now;

		mst_worker_check(worker);
		seen_count = read_wake_count(worker);
		until = run_calls(worker);
		now = mst_worker_clock();
		MemoryContextReset(worker->round_cxt);
		if (until != PG_INT64_MAX)
		{
			if (is_last_round)
				mst_worker_want_slow(worker);
			is_last_round = false;
			idle_since = 0;
		}
		else if (is_last_round)
			proc_exit(0);
		else if (idle_since == 0)
			idle_since = now;
		else if (TimestampDifferenceExceeds(idle_since, now, SLOW_IDLE_MS))
		{
			is_last_round = true;
			cease_to_want_slow(worker);
			continue;
		}
		if (until > 0)
			sleep_until(worker, Min(until, TimestampTzPlusMilliseconds(now, SLOW_IDLE_MS + 1)),
						seen_count);
	}
}
