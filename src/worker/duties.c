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
#include "store/claims.h"
#include "worker/duties.h"

#define RETRY_MS			60000	/* after a failure */

typedef struct Duty
{
	const char *name;
	TimestampTz (*run) (Worker *worker);
	TimestampTz due;
} Duty;

/*
 * An executor whose lease has run out loses what it has claimed.  Its row
 * goes last, so that a crash leaves the rest to be done.
 */
static void
remove_executor(Worker *worker, int64 id)
{
	List	   *lost;
	ListCell   *lc;
	ExecutorRow *executor;
	char	   *reason = NULL;

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
		mst_engine_lease_lost((pg_uuid_t *) lfirst(lc), id, reason);
		mst_worker_commit();
	}

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

		if (executor->lease_until <= now)
			remove_executor(worker, executor->id);
		else
			next = Min(next, executor->lease_until);
	}
	return next;
}

static Duty duties[] = {
	{"lost executors", remove_lost_executors},
};

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
	TimestampTz next = PG_INT64_MAX;
	bool		is_changed = worker->slot->duty_count != seen_count;

	if (worker->number != 0)
		return next;
	seen_count = worker->slot->duty_count;
	for (int i = 0; i < lengthof(duties); i++)
	{
		mst_worker_check(worker);
		if (is_changed || duties[i].due <= mst_worker_clock())
			run_duty(worker, &duties[i]);
		next = Min(next, duties[i].due);
	}
	return next;
}
