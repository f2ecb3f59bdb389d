/*-------------------------------------------------------------------------
 *
 * duties.c
 *	  What the first scheduler of a database does now and then.
 *
 * A duty is a row of the table below.  Each call of a duty does a bounded
 * amount of work in transactions of its own and says when it wants to be
 * called again.  One that fails is logged and called again later; the others
 * and the scheduler go on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "engine/engine.h"
#include "guc.h"
#include "store/claims.h"
#include "store/definitions_write.h"
#include "store/due.h"
#include "store/publishing.h"
#include "util/json.h"
#include "worker/duties.h"

#define RETRY_MS			60000	/* after a failure */
#define IDLE_LOOK_MS		300000	/* where nothing is known to come */
#define ACTIONS_PER_CALL	100
#define UNCLAIMED_PAUSE_MS	1000
#define BUSY_EXECUTOR_MS	1000
#define EVENTS_PER_CALL		1000
#define MIN_PATIENCE_MS		10		/* with transactions that hold up events */
#define MAX_PATIENCE_MS		1000
#define EXPIRE_EVENTS_MS	600000
#define EXPIRE_VERSIONS_MS	3600000
#define BATCH_PAUSE_MS		100

typedef struct Duty
{
	const char *name;
	TimestampTz (*run) (Worker *worker);
	TimestampTz due;
} Duty;

/*
 * An executor whose lease has run out loses what it has claimed.  Its row
 * goes last, so that a crash leaves the rest to be done; false: so does
 * somebody's transaction.
 */
static bool
remove_executor(Worker *worker, int64 id)
{
	List	   *lost;
	ListCell   *lc;
	ExecutorRow *executor;
	char	   *reason = NULL;
	bool		is_done = true;

	mst_worker_start_transaction(worker, "looking for claims of a lost executor");
	MemoryContextSwitchTo(worker->round_cxt);
	executor = mst_store_executor(id);
	if (executor != NULL)
		reason = psprintf("The lease of executor \"%s\" has run out", executor->name);
	lost = mst_store_claimed_actions(id);
	mst_worker_commit();

	foreach(lc, lost)
	{
		mst_worker_check(worker);
		mst_worker_start_transaction(worker, "failing an action of a lost executor");
		is_done &= mst_engine_lease_lost((pg_uuid_t *) lfirst(lc), id, reason);
		mst_worker_commit();
	}

	/* somebody is reporting one of its actions: another look will tell */
	if (!is_done)
		return false;
	mst_worker_start_transaction(worker, "removing a lost executor");
	executor = mst_store_executor(id);
	if (executor != NULL && executor->lease_until <= mst_worker_clock())
	{
		ereport(LOG,
				(errmsg("lease of mistral executor \"%s\" has run out", executor->name),
				 errdetail("It had claimed %d actions.", list_length(lost))));
		(void) mst_store_delete_executor(executor);
	}
	mst_worker_commit();
	return true;
}

static TimestampTz
remove_lost_executors(Worker *worker)
{
	TimestampTz now = mst_worker_clock();
	TimestampTz next = PG_INT64_MAX;
	List	   *executors;
	ListCell   *lc;

	mst_worker_start_transaction(worker, "looking for lost executors");
	MemoryContextSwitchTo(worker->round_cxt);
	executors = mst_store_executors();
	mst_worker_commit();

	foreach(lc, executors)
	{
		ExecutorRow *executor = (ExecutorRow *) lfirst(lc);

		if (executor->lease_until > now)
			next = Min(next, executor->lease_until);
		else if (!remove_executor(worker, executor->id))
			next = Min(next, TimestampTzPlusMilliseconds(now, BUSY_EXECUTOR_MS));
	}
	return next;
}

/*
 * Report an error as the result of an action that nobody has claimed.  One
 * that somebody is at work on is left for the next look.
 */
static void
fail_unclaimed(const pg_uuid_t *id)
{
	ActionResult result = {0};

	result.action_id = *id;
	result.state = EXEC_ERROR;
	result.output = mst_json_text("No executor has taken the action");
	(void) mst_engine_try_report(&result);
}

/* Actions that no executor has claimed for too long fail. */
static TimestampTz
fail_unclaimed_actions(Worker *worker)
{
	TimestampTz now = mst_worker_clock();
	TimestampTz limit;
	TimestampTz oldest;
	List	   *unclaimed;
	ListCell   *lc;

	if (mst_unclaimed_action_timeout == 0)
		return TimestampTzPlusMilliseconds(now, IDLE_LOOK_MS);

	limit = now - mst_unclaimed_action_timeout * USECS_PER_SEC;
	mst_worker_start_transaction(worker, "looking for actions that nobody claims");
	MemoryContextSwitchTo(worker->round_cxt);
	unclaimed = mst_store_unclaimed_actions(limit, ACTIONS_PER_CALL, &oldest);
	mst_worker_commit();

	foreach(lc, unclaimed)
	{
		mst_worker_check(worker);
		mst_worker_start_transaction(worker, "failing an action that nobody claims");
		fail_unclaimed((pg_uuid_t *) lfirst(lc));
		mst_worker_commit();
	}
	if (list_length(unclaimed) == ACTIONS_PER_CALL)
		return now;
	if (oldest == 0)
		return TimestampTzPlusMilliseconds(now, IDLE_LOOK_MS);
	return Max(oldest + mst_unclaimed_action_timeout * USECS_PER_SEC,
			   TimestampTzPlusMilliseconds(now, UNCLAIMED_PAUSE_MS));
}

/*
 * Route events while there are any.  Those of transactions that have ended
 * must wait for older ones that have not; then we look again soon.
 */
static TimestampTz
route_events(Worker *worker)
{
	static int	patience_ms = MIN_PATIENCE_MS;
	bool		waiting = false;
	int			n;

	worker->slot->has_events = false;
	mst_worker_start_transaction(worker, "routing events");
	n = mst_events_route(EVENTS_PER_CALL, &waiting);
	mst_worker_commit();

	if (n > 0)
	{
		patience_ms = MIN_PATIENCE_MS;
		return mst_worker_clock();
	}
	if (!waiting)
	{
		patience_ms = MIN_PATIENCE_MS;
		return PG_INT64_MAX;
	}
	patience_ms = Min(patience_ms * 2, MAX_PATIENCE_MS);
	return TimestampTzPlusMilliseconds(mst_worker_clock(), patience_ms);
}

/* Remove old events, a batch at a time. */
static TimestampTz
expire_events(Worker *worker)
{
	int			n;

	if (mst_event_retention == 0)
		return PG_INT64_MAX;
	mst_worker_start_transaction(worker, "removing old events");
	n = mst_events_expire(mst_event_retention, EVENTS_PER_CALL);
	mst_worker_commit();
	return TimestampTzPlusMilliseconds(mst_worker_clock(),
									   n < EVENTS_PER_CALL ? EXPIRE_EVENTS_MS : BATCH_PAUSE_MS);
}

/* Remove versions of definitions that nothing needs any more. */
static TimestampTz
expire_versions(Worker *worker)
{
	if (mst_version_retention == 0)
		return PG_INT64_MAX;
	mst_worker_start_transaction(worker, "removing old versions of definitions");
	(void) mst_definition_delete_retired(mst_version_retention);
	mst_worker_commit();
	return TimestampTzPlusMilliseconds(mst_worker_clock(), EXPIRE_VERSIONS_MS);
}

/* Calls that were left to the slow schedulers before a restart. */
static TimestampTz
look_for_slow_calls(Worker *worker)
{
	TimestampTz now = mst_worker_clock();
	TimestampTz next_due;
	bool		found;

	mst_worker_start_transaction(worker, "looking for slow calls");
	found = mst_due_queues(true, now, &next_due) != NIL || next_due != PG_INT64_MAX;
	mst_worker_commit();
	if (found)
		mst_worker_want_slow(worker);
	return TimestampTzPlusMilliseconds(now, IDLE_LOOK_MS);
}

static Duty duties[] = {
	{"lost executors", remove_lost_executors},
	{"unclaimed actions", fail_unclaimed_actions},
	{"routing of events", route_events},
	{"retention of events", expire_events},
	{"expiration of executions", mst_expire_executions},
	{"retention of versions", expire_versions},
	{"slow calls", look_for_slow_calls},
};

/* the one that is also due when there are events */
#define DUTY_ROUTE_EVENTS	2

/* Run one duty; an error is logged and puts it off. */
static void
run_duty(Worker *worker, Duty *duty)
{
	PG_TRY();
	{
		duty->due = duty->run(worker);
	}
	PG_CATCH();
	{
		HOLD_INTERRUPTS();
		EmitErrorReport();
		FlushErrorState();
		mst_worker_abort();
		MemoryContextSwitchTo(worker->round_cxt);
		duty->due = TimestampTzPlusMilliseconds(mst_worker_clock(), RETRY_MS);
		RESUME_INTERRUPTS();
	}
	PG_END_TRY();
}

TimestampTz
mst_duties_run(Worker *worker)
{
	static uint32 seen_count = 0;
	static uint32 seen_reloads = 0;
	TimestampTz next = PG_INT64_MAX;
	bool		is_changed = worker->slot->duty_count != seen_count ||
		worker->reloads != seen_reloads;

	if (worker->number != 0)
		return next;
	seen_count = worker->slot->duty_count;
	seen_reloads = worker->reloads;
	for (int i = 0; i < lengthof(duties); i++)
	{
		mst_worker_check(worker);
		if (i == DUTY_ROUTE_EVENTS && worker->slot->has_events)
			duties[i].due = 0;
		if (is_changed || duties[i].due <= mst_worker_clock())
			run_duty(worker, &duties[i]);
		next = Min(next, duties[i].due);
	}
	return next;
}
