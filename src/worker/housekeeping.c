/*-------------------------------------------------------------------------
 *
 * housekeeping.c
 *	  What the first scheduler of a database does now and then.
 *
 * A job is a row of the table below.  Each call of a job does a bounded
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

#include "definition/definitions_write.h"
#include "engine/engine.h"
#include "store/claims.h"
#include "store/due.h"
#include "store/publishing.h"
#include "store/recalls.h"
#include "store/routing.h"
#include "util/guc.h"
#include "util/json.h"
#include "worker/housekeeping.h"

#define RETRY_MS			60000	/* after a failure */
#define IDLE_LOOK_MS		300000	/* where nothing is known to come */
#define ACTIONS_PER_CALL	500
#define ACTIONS_PER_LOOK	10000
#define EXECUTORS_PER_CALL	100
#define UNCLAIMED_PAUSE_MS	1000
#define EVENTS_PER_CALL		1000
#define MIN_PATIENCE_MS		10	/* with transactions that hold up events */
#define MAX_PATIENCE_MS		1000
#define EXPIRE_EVENTS_MS	600000
#define EXPIRE_VERSIONS_MS	3600000
#define BATCH_PAUSE_MS		100

typedef struct HousekeepingJob
{
	const char *name;
	TimestampTz (*run) (Worker *worker);
	bool		is_woken;		/* looks when mst_wake_housekeeping() says so */
	TimestampTz due;
} HousekeepingJob;

/*
 * An executor whose lease has run out loses what it has claimed, and then its
 * row goes.  *room is for how many claims there is time.  False when it is not
 * done yet; one whose claim is under way has to wait, so that it is not missed.
 */
static bool
remove_executor(ExecutorRow *executor, int *room)
{
	char	   *reason = psprintf("The lease of executor \"%s\" has run out", executor->name);

	if (!mst_store_close_executor(executor->id))
		return false;
	mst_engine_lose_actions(mst_store_take_claims(executor->id, room), executor->id, reason);
	return *room > 0 && mst_store_delete_executor(executor);
}

/* After a crash: find out what executors have claimed, a part at a time. */
static bool
know_claims(void)
{
	pg_uuid_t	after;

	if (mst_store_claims_are_complete(&after))
		return true;
	mst_store_restore_claims(&after, ACTIONS_PER_LOOK);
	return false;
}

static TimestampTz
remove_lost_executors(Worker *worker)
{
	TimestampTz now = mst_worker_clock();
	TimestampTz next;
	List	   *executors;
	ListCell   *lc;
	ExecutorRow *first = NULL;
	int			room = ACTIONS_PER_CALL;
	int			removed = 0;

	mst_worker_start_transaction(worker, "removing lost executors");
	MemoryContextSwitchTo(worker->round_cxt);
	if (!know_claims())
	{
		mst_worker_commit();
		return now;
	}
	executors = mst_store_lost_executors(now, EXECUTORS_PER_CALL, &next);
	foreach(lc, executors)
	{
		ExecutorRow *executor = lfirst(lc);

		if (room == 0)
			break;
		if (!remove_executor(executor, &room))
			continue;
		if (removed++ == 0)
			first = executor;
	}
	if (removed > 0)
		mst_store_sweep_recalls();
	mst_worker_commit();

	if (removed > 0)
		ereport(LOG,
				(errmsg_plural("lease of %d mistral executor has run out",
							   "leases of %d mistral executors have run out",
							   removed, removed),
				 errdetail("The first is \"%s\"; %d actions had been claimed.",
						   first->name, ACTIONS_PER_CALL - room)));
	/* what could not be done now: soon */
	if (removed < list_length(executors))
		return TimestampTzPlusMilliseconds(now, removed > 0 || room == 0 ? 0 : BATCH_PAUSE_MS);
	return next;
}

/* Returns the rows (ActionRow *) of those ids that are there. */
static List *
actions_of_ids(List *ids)
{
	List	   *actions = NIL;
	ListCell   *lc;

	foreach(lc, ids)
	{
		ActionRow  *action = mst_store_action(lfirst(lc));

		if (action != NULL)
			actions = lappend(actions, action);
	}
	return actions;
}

/*
 * Actions that no executor has claimed for too long fail.  The queue is read
 * a part in each call, and again when the oldest that was met becomes too old.
 */
static TimestampTz
fail_unclaimed_actions(Worker *worker)
{
	static pg_uuid_t after;		/* none at first */
	static TimestampTz oldest = PG_INT64_MAX;
	TimestampTz now = mst_worker_clock();
	int64		patience = mst_unclaimed_action_timeout * USECS_PER_SEC;
	TimestampTz next;

	if (mst_unclaimed_action_timeout == 0)
		return TimestampTzPlusMilliseconds(now, IDLE_LOOK_MS);
	mst_worker_start_transaction(worker, "looking for actions that nobody claims");
	MemoryContextSwitchTo(worker->round_cxt);
	mst_engine_lose_actions(actions_of_ids(mst_store_unclaimed_actions(now - patience,
																	   ACTIONS_PER_CALL,
																	   &after, &oldest)),
							0, "No executor has taken the action");
	mst_worker_commit();
	if (!mst_uuid_is_none(&after))
		return now;

	/* what is queued from now on has as much time */
	next = Min(oldest, now) + patience;
	oldest = PG_INT64_MAX;
	return Max(next, TimestampTzPlusMilliseconds(now, UNCLAIMED_PAUSE_MS));
}

/*
 * Route events while there are any.  Those of transactions that have ended
 * must wait for older ones that have not; then we look again soon.
 */
static TimestampTz
route_events(Worker *worker)
{
	static int	patience_ms = MIN_PATIENCE_MS;
	RouteState	state;
	int			routed = 0;

	worker->slot->has_events = false;
	mst_worker_start_transaction(worker, "routing events");
	state = mst_events_route(EVENTS_PER_CALL, &routed);
	mst_worker_commit();

	if (state == ROUTE_WAITS)
		patience_ms = Min(patience_ms * 2, MAX_PATIENCE_MS);
	else
		patience_ms = MIN_PATIENCE_MS;
	if (state == ROUTE_DONE)
		return PG_INT64_MAX;
	return state == ROUTE_HAS_MORE ? mst_worker_clock() :
		TimestampTzPlusMilliseconds(mst_worker_clock(), patience_ms);
}

/* Removes old events, a batch at a time. */
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

/* Removes versions of definitions that nothing needs any more. */
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

static HousekeepingJob jobs[] = {
	{"lost executors", remove_lost_executors, true},
	{"unclaimed actions", fail_unclaimed_actions, false},
	{"routing of events", route_events, true},
	{"retention of events", expire_events, false},
	{"expiration of executions", mst_expire_executions, false},
	{"retention of versions", expire_versions, false},
	{"slow calls", look_for_slow_calls, true},
};

/* the one that is also due when there are events */
#define DUTY_ROUTE_EVENTS	2

/* Runs one job; an error is logged and puts it off. */
static void
run_job(Worker *worker, HousekeepingJob *job)
{
	PG_TRY();
	{
		job->due = job->run(worker);
	}
	PG_CATCH();
	{
		HOLD_INTERRUPTS();
		EmitErrorReport();
		FlushErrorState();
		mst_worker_abort();
		MemoryContextSwitchTo(worker->round_cxt);
		job->due = TimestampTzPlusMilliseconds(mst_worker_clock(), RETRY_MS);
		RESUME_INTERRUPTS();
	}
	PG_END_TRY();
}

/*
 * Does a bounded amount of the housekeeping that is due, in transactions of
 * its own.  Returns the time of the next (PG_INT64_MAX: unknown).
 */
TimestampTz
mst_housekeeping_run(Worker *worker)
{
	static uint32 seen_count = 0;
	static uint32 seen_reloads = 0;
	static TimestampTz last_clock = 0;
	TimestampTz next = PG_INT64_MAX;
	TimestampTz clock = mst_worker_clock();
	bool		is_woken = worker->slot->housekeeping_count != seen_count;
	bool		is_reloaded = worker->reloads != seen_reloads;

	if (worker->number != 0)
		return next;
	seen_count = worker->slot->housekeeping_count;
	seen_reloads = worker->reloads;
	/* the clock was set back: what is due in an hour may be due now */
	for (int i = 0; i < lengthof(jobs) && clock < last_clock; i++)
		jobs[i].due = 0;
	last_clock = clock;
	for (int i = 0; i < lengthof(jobs); i++)
	{
		mst_worker_check(worker);
		if (i == DUTY_ROUTE_EVENTS && worker->slot->has_events)
			jobs[i].due = 0;
		if (is_reloaded || (is_woken && jobs[i].is_woken) ||
			jobs[i].due <= mst_worker_clock())
			run_job(worker, &jobs[i]);
		next = Min(next, jobs[i].due);
	}
	return next;
}
