/*-------------------------------------------------------------------------
 *
 * run_call.c
 *	  Running one delayed call, and what follows when it fails.
 *
 * A failed call is tried again after a delay that doubles from time to time.
 * An execution that somebody else has locked for long is no failure of the
 * call, and errors of the moment (deadlocks, a full disk) are allowed more
 * often than other errors.  A call that has failed too often is
 * given up: the engine fails what depends on it, and its row stays, marked
 * dead, with the last error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "engine/engine.h"
#include "store/due.h"
#include "util/guc.h"
#include "util/transient.h"
#include "util/uuid.h"
#include "worker/fair.h"
#include "worker/run_call.h"
#include "worker/workers.h"

#define BUSY_DELAY_MS			500
#define MAX_DELAY_MS			300000
#define MAX_TRANSIENT			50
#define MAX_ERROR_LENGTH		2000

/* Runs a call that has been taken, in the caller's transaction. */
void
mst_due_call_run(DelayedCallRow *call)
{
	mst_engine_run_delayed_call(call);
}

/*
 * Returns a description of the call for pg_stat_activity and logs,
 * palloc'd.
 */
char *
mst_due_call_describe(const DelayedCallRow *call)
{
	const pg_uuid_t *id = &call->task_id;
	const char *what = "task";

	if (mst_uuid_is_none(id))
	{
		id = &call->execution_id;
		what = "execution";
	}
	if (mst_uuid_is_none(id))
		return psprintf("delayed call " INT64_FORMAT ": %s", call->id, call->kind);
	return psprintf("delayed call " INT64_FORMAT ": %s of %s %s",
					call->id, call->kind, what,
					mst_uuid_text(id));
}

/* Returns the text that is kept: message, detail and code, within bounds. */
static char *
error_text(const ErrorData *error)
{
	char	   *text = psprintf("%s%s%s (SQLSTATE %s)",
								error->message ? error->message : "unknown error",
								error->detail ? ": " : "",
								error->detail ? error->detail : "",
								unpack_sql_state(error->sqlerrcode));

	if (strlen(text) > MAX_ERROR_LENGTH)
		text[pg_mbcliplen(text, strlen(text), MAX_ERROR_LENGTH)] = '\0';
	return text;
}

/*
 * Notes the failure of a call whose transaction or subtransaction has been
 * rolled back: puts it off or gives it up.  Raises an error if that fails
 * in turn; then the caller uses mst_due_call_give_up() in a new
 * transaction.
 */
void
mst_due_call_failed(DelayedCallRow *call, const ErrorData *error)
{
	TimestampTz now = GetCurrentTimestamp();
	bool		is_busy = error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE;
	int			attempts = call->attempts + (is_busy ? 0 : 1);
	int			limit = mst_delayed_call_max_attempts;
	long		delay_ms = is_busy ? BUSY_DELAY_MS :
	mst_retry_delay_ms(attempts, MAX_DELAY_MS);
	bool		is_dead;

	if (mst_error_is_transient(error))
		limit = Max(limit, MAX_TRANSIENT);
	is_dead = attempts >= limit && !is_busy;

	if (!mst_due_put_back(call, attempts,
						  TimestampTzPlusMilliseconds(now, delay_ms),
						  is_dead, error_text(error)))
		return;

	mst_store_sync();
	if (is_dead)
		mst_engine_fail_delayed_call(call, error_text(error));
	if (!is_busy)
		ereport(LOG,
				(errmsg("%s failed, attempt %d of %d: %s",
						mst_due_call_describe(call), attempts, limit,
						error_text(error))));
}

/*
 * Fails the execution that depends on a call that has taken longer than all
 * its time, without another attempt, which would take as long.  Raises an
 * error as mst_due_call_failed() does.
 */
void
mst_due_call_timed_out(DelayedCallRow *call, int limit_ms)
{
	char	   *text = psprintf("delayed call took longer than %d ms (mistral.delayed_call_timeout)",
								limit_ms);

	if (!mst_due_put_back(call, call->attempts + 1, call->due_at, true, text))
		return;
	mst_store_sync();
	mst_engine_fail_delayed_call(call, text);
	ereport(LOG,
			(errmsg("%s was given up: %s", mst_due_call_describe(call), text)));
}

/*
 * Marks the call as dead and does nothing else: the last resort when its
 * failure cannot be handled.
 */
void
mst_due_call_give_up(DelayedCallRow *call, const ErrorData *error)
{
	(void) mst_due_put_back(call, call->attempts + 1, call->due_at, true,
							error_text(error));
	ereport(LOG,
			(errmsg("%s was given up: %s",
					mst_due_call_describe(call), error_text(error))));
}

/*
 * Runs "fn" in a subtransaction; returns the error that it raised, or NULL.
 * A cancel is raised on.
 */
static ErrorData *
run_protected(void (*fn) (void *arg), void *arg)
{
	MemoryContext caller_cxt = CurrentMemoryContext;
	ResourceOwner caller_owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller_cxt);
	PG_TRY();
	{
		fn(arg);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller_cxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller_cxt);
	CurrentResourceOwner = caller_owner;

	/* not an error of "fn": somebody wants the whole statement to end */
	if (error != NULL && error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	return error;
}

/* A step of run_due_calls(), done in one subtransaction. */
typedef struct DueStep
{
	TimestampTz now;
	FairOrder  *order;
	FairOrder  *slow_order;
	DelayedCallRow *call;		/* taken, or NULL */
	ErrorData  *error;			/* of the call */
	pg_uuid_t	execution_id;
} DueStep;

static void
take_and_run(void *arg)
{
	DueStep    *step = (DueStep *) arg;
	TimestampTz next_due;

	step->call = mst_fair_take(step->order, step->now, &next_due);
	if (step->call == NULL)
		step->call = mst_fair_take(step->slow_order, step->now, &next_due);
	if (step->call != NULL)
		mst_due_call_run(step->call);
}

static void
note_failure(void *arg)
{
	DueStep    *step = (DueStep *) arg;

	mst_due_call_failed(step->call, step->error);
}

static void
process_results(void *arg)
{
	DueStep    *step = (DueStep *) arg;

	mst_engine_process_results(&step->execution_id);
}

/* Process all recorded results; failures are reported as warnings. */
static int
run_recorded_results(int max)
{
	DueStep		step;
	pg_uuid_t	after = mst_uuid_none;
	int			n = 0;

	while (n < max && mst_due_next_results(&after, &step.execution_id))
	{
		ErrorData  *error = run_protected(process_results, &step);

		if (error != NULL)
			ereport(WARNING,
					(errcode(error->sqlerrcode),
					 errmsg("could not process recorded results: %s",
							error->message)));
		else
			n++;
		after = step.execution_id;
	}
	return n;
}

/*
 * Runs up to "max" calls that are due as of a time, as the scheduler does, but
 * in the caller's transaction, each in a subtransaction; returns how many.
 */
int
mst_due_calls_run(int max, TimestampTz as_of)
{
	DueStep		step = {0};
	int			n;

	step.now = as_of;
	step.order = mst_fair_begin(false);
	step.slow_order = mst_fair_begin(true);
	n = run_recorded_results(max);
	while (n < max)
	{
		CHECK_FOR_INTERRUPTS();
		step.call = NULL;
		step.error = run_protected(take_and_run, &step);
		if (step.error != NULL && step.call == NULL)
			ReThrowError(step.error);
		if (step.call == NULL)
			break;
		mst_fair_charge(step.call->is_slow ? step.slow_order : step.order, 0);
		n++;
		if (step.error == NULL)
			continue;

		{
			ErrorData  *error = run_protected(note_failure, &step);

			if (error != NULL)
				mst_due_call_give_up(step.call, error);
		}
	}
	if (n < max)
		n += run_recorded_results(max - n);
	return n;
}
