/*-------------------------------------------------------------------------
 *
 * expiration.c
 *	  Removing finished executions that are too old or too many.
 *
 * One look at the table finds enough for many batches.  Each execution goes
 * in a transaction of its own, whose commit waits for no disk: after a crash
 * it is found again.  A batch is followed by a pause that leaves most of the
 * time to other work.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "store/retention.h"
#include "util/guc.h"
#include "util/time_limit.h"
#include "worker/housekeeping.h"

#define BATCHES_PER_LOOK	100
/* a batch ends when it has taken so long */
#define SLICE_MS			50
/* what removing one execution may take */
#define LIMIT_MS			250
/* a pause, in times of what the batch took, and its bounds */
#define PAUSE_RATIO			9
#define MIN_PAUSE_MS		10
#define MAX_PAUSE_MS		1000

/* The executions that the last look has found. */
static struct
{
	MemoryContext cxt;
	List	   *ids;			/* pg_uuid_t *, the oldest first */
	int			next;			/* the first of them still to be removed */
	int			removed;
	bool		is_all;			/* is there nothing beyond them? */
	uint32		reloads;		/* of the settings, before the look */
}			found;

/* Add the executions that a rule lets expire. */
static void
look_for(Worker *worker, ExpirationRule *rule)
{
	int			limit = mst_expiration_batch_size * BATCHES_PER_LOOK;
	List	   *ids;

	mst_worker_start_transaction(worker, "looking for expired executions");
	MemoryContextSwitchTo(found.cxt);
	rule->states = mst_store_expiring_states();
	ids = mst_store_expired_executions(rule, limit);
	mst_worker_commit();
	if (list_length(ids) >= limit)
		found.is_all = false;
	MemoryContextSwitchTo(found.cxt);
	found.ids = list_concat(found.ids, ids);
	MemoryContextSwitchTo(worker->round_cxt);
}

static void
forget_expiration(void)
{
	if (found.cxt == NULL)
		found.cxt = AllocSetContextCreate(TopMemoryContext, "mistral expiration",
										  ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(found.cxt);
	found.ids = NIL;
	found.next = found.removed = 0;
	found.is_all = true;
}

static void
look_for_expired(Worker *worker)
{
	ExpirationRule too_old = {0};
	ExpirationRule too_many = {0};

	forget_expiration();
	found.reloads = worker->reloads;
	too_old.not_after = mst_worker_clock() - mst_expiration_older_than * USECS_PER_SEC;
	too_many.keep = mst_expiration_max_finished;
	if (mst_expiration_older_than > 0)
		look_for(worker, &too_old);
	if (mst_expiration_max_finished > 0)
		look_for(worker, &too_many);
}

/* In a transaction of its own, as what was begun has been rolled back. */
static void
leave_execution(Worker *worker, const pg_uuid_t *id)
{
	mst_worker_start_transaction(worker, "leaving an expired execution to a slow scheduler");
	mst_store_expire_tree_later(id);
	mst_worker_commit();
	mst_worker_want_slow(worker);
}

/*
 * Remove one execution, unless it is going on again.  One that cannot be
 * removed does not stop the rest, and one that takes long, with very much below
 * it, is left to a slow scheduler.
 */
static bool
remove_execution(Worker *worker, const pg_uuid_t *id)
{
	volatile bool is_removed = false;
	TimeLimit	limit = {0};

	PG_TRY();
	{
		mst_time_limit_begin(&limit, LIMIT_MS);
		mst_worker_start_transaction(worker, "removing an expired execution");
		(void) set_config_option("synchronous_commit", "off", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_LOCAL, true, 0, false);
		is_removed = mst_store_expire_tree(id);
		mst_worker_commit();
		mst_time_limit_end(&limit);
	}
	PG_CATCH();
	{
		HOLD_INTERRUPTS();
		MemoryContextSwitchTo(worker->round_cxt);
		if (!limit.is_over)
			EmitErrorReport();
		FlushErrorState();
		mst_worker_abort();
		mst_time_limit_end(&limit);
		is_removed = false;
		RESUME_INTERRUPTS();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(worker->round_cxt);
	if (limit.is_over && !is_removed)
		leave_execution(worker, id);
	return is_removed;
}

/*
 * Removes one batch of the finished executions that are too old or too many
 * (mistral.expiration_*).  Returns the time of the next call.
 */
TimestampTz
mst_expire_executions(Worker *worker)
{
	TimestampTz begin = mst_worker_clock();
	TimestampTz end;

	if (mst_expiration_interval == 0)
	{
		forget_expiration();
		return PG_INT64_MAX;
	}
	if (found.next >= list_length(found.ids) || found.reloads != worker->reloads)
		look_for_expired(worker);

	for (int i = 0; i < mst_expiration_batch_size && found.next < list_length(found.ids) &&
		 mst_worker_clock() < begin + SLICE_MS * INT64CONST(1000); i++)
	{
		mst_worker_check(worker);
		if (remove_execution(worker, (pg_uuid_t *) list_nth(found.ids, found.next++)))
			found.removed++;
	}
	end = mst_worker_clock();

	/*
	 * executions that are locked, or finish meanwhile, wait for the next
	 * interval
	 */
	if (found.next >= list_length(found.ids) && (found.is_all || found.removed == 0))
	{
		forget_expiration();
		return end + mst_expiration_interval * USECS_PER_SEC;
	}
	return end + Min(Max((end - begin) * PAUSE_RATIO, MIN_PAUSE_MS * INT64CONST(1000)),
					 MAX_PAUSE_MS * INT64CONST(1000));
}
