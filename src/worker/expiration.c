/*-------------------------------------------------------------------------
 *
 * expiration.c
 *	  Removing finished executions that are too old or too many.
 *
 * A look goes once over all executions, in the order in which they were made, a
 * portion in each transaction: it counts those that have finished, and keeps the
 * MAX_FOUND in mind that were changed first.  Which of them are too many is known
 * at its end.  So neither a transaction nor the memory grows with the table, and
 * others get their turn in between.
 *
 * Each execution goes in a transaction of its own, whose commit waits for no
 * disk: after a crash it is found again.  A batch is followed by a pause that
 * leaves most of the time to other work.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/binaryheap.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "store/retention.h"
#include "util/guc.h"
#include "util/steady.h"
#include "util/time_limit.h"
#include "worker/housekeeping.h"

/* executions that one look finds at most, and that it reads in a transaction */
#define MAX_FOUND			100000
#define ROOTS_PER_PORTION	1000
/* a batch ends when it has taken so long */
#define SLICE_MS			50
/* what removing one execution may take */
#define LIMIT_MS			250
/* a pause, in times of what the batch took, and its bounds */
#define PAUSE_RATIO			9
#define MIN_PAUSE_MS		10
#define MAX_PAUSE_MS		1000

/* The executions that a look finds, or the last one has found. */
static struct
{
	MemoryContext cxt;
	bool		is_looking;
	CreationPosition position;	/* the look has got there */
	TimestampTz before;			/* what was made later is not looked at */
	TimestampTz not_after;		/* what was changed before is too old */
	int64		nfinished;		/* met so far, and those that are too old */
	int64		nold;
	binaryheap *oldest;			/* FinishedRoot *, the newest on top */
	FinishedRoot **roots;		/* to be removed, the oldest first */
	int			nroots;
	int			next;			/* the first of them still to be removed */
	int			removed;
	bool		is_all;			/* is there nothing beyond them? */
	uint32		reloads;		/* of the settings, before the look */
}			found;

static void
forget_expiration(void)
{
	MemoryContext cxt = found.cxt;

	if (cxt == NULL)
		cxt = AllocSetContextCreate(TopMemoryContext, "mistral expiration",
									ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(cxt);
	memset(&found, 0, sizeof(found));
	found.cxt = cxt;
}

/* What was changed later is greater, so that the heap has it on top. */
static int
compare_roots(Datum a, Datum b, void *arg)
{
	const FinishedRoot *left = (const FinishedRoot *) DatumGetPointer(a);
	const FinishedRoot *right = (const FinishedRoot *) DatumGetPointer(b);

	if (left->changed_at != right->changed_at)
		return left->changed_at > right->changed_at ? 1 : -1;
	return memcmp(&left->id, &right->id, sizeof(pg_uuid_t));
}

static void
begin_look(Worker *worker)
{
	TimestampTz now = mst_worker_clock();
	MemoryContext old_cxt;

	forget_expiration();
	found.is_looking = true;
	found.reloads = worker->reloads;
	found.position.created_at = DT_NOBEGIN;
	found.not_after = DT_NOBEGIN;
	found.before = DT_NOEND;
	if (mst_expiration_older_than > 0)
		found.not_after = now - mst_expiration_older_than * USECS_PER_SEC;
	/* what is too old was made before it was changed the last time */
	if (mst_expiration_max_finished == 0)
		found.before = found.not_after;
	old_cxt = MemoryContextSwitchTo(found.cxt);
	found.oldest = binaryheap_allocate(MAX_FOUND, compare_roots, NULL);
	MemoryContextSwitchTo(old_cxt);
}

/* Keeps the execution in mind, in place of the newest if there are too many. */
static void
note_root(const FinishedRoot *root)
{
	FinishedRoot *kept;

	found.nfinished++;
	if (root->changed_at < found.not_after)
		found.nold++;
	else if (mst_expiration_max_finished == 0)
		return;
	if (found.oldest->bh_size < MAX_FOUND)
	{
		kept = MemoryContextAlloc(found.cxt, sizeof(FinishedRoot));
		*kept = *root;
		binaryheap_add(found.oldest, PointerGetDatum(kept));
		return;
	}
	kept = (FinishedRoot *) DatumGetPointer(binaryheap_first(found.oldest));
	if (compare_roots(PointerGetDatum(root), PointerGetDatum(kept), NULL) >= 0)
		return;
	*kept = *root;
	binaryheap_replace_first(found.oldest, PointerGetDatum(kept));
}

/* All have been looked at: what is to be removed is known. */
static void
end_look(void)
{
	int64		n = found.nold;

	if (mst_expiration_max_finished > 0)
		n = Max(n, found.nfinished - mst_expiration_max_finished);
	found.is_looking = false;
	found.is_all = n <= MAX_FOUND;
	while (found.oldest->bh_size > Min(n, MAX_FOUND))
		(void) binaryheap_remove_first(found.oldest);
	found.nroots = found.oldest->bh_size;
	found.roots = MemoryContextAlloc(found.cxt, sizeof(FinishedRoot *) * Max(found.nroots, 1));
	for (int i = found.nroots - 1; i >= 0; i--)
		found.roots[i] = (FinishedRoot *) DatumGetPointer(binaryheap_remove_first(found.oldest));
}

/* Go on with the look until the time is over. */
static void
look_on(Worker *worker, int64 until)
{
	FinishedRoot roots[ROOTS_PER_PORTION];
	bool		has_more = true;
	int			n;

	while (has_more && mst_steady_us() < until)
	{
		mst_worker_check(worker);
		mst_worker_start_transaction(worker, "looking for expired executions");
		has_more = mst_store_finished_roots(&found.position, found.before,
											ROOTS_PER_PORTION, roots, &n);
		mst_worker_commit();
		MemoryContextReset(worker->round_cxt);
		for (int i = 0; i < n; i++)
			note_root(&roots[i]);
	}
	if (!has_more)
		end_look();
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
 * Removes one execution, unless it is going on again.  One that cannot be
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

/* Removes executions that have been found until the time is over. */
static void
remove_batch(Worker *worker, int64 until)
{
	for (int i = 0; i < mst_expiration_batch_size && found.next < found.nroots &&
		 mst_steady_us() < until; i++)
	{
		mst_worker_check(worker);
		if (remove_execution(worker, &found.roots[found.next++]->id))
			found.removed++;
	}
}

/*
 * Looks for finished executions that are too old or too many
 * (mistral.expiration_*), or removes one batch of those found.  Returns the time
 * of the next call.
 */
TimestampTz
mst_expire_executions(Worker *worker)
{
	int64		begin = mst_steady_us();
	int64		until = begin + SLICE_MS * INT64CONST(1000);

	if (mst_expiration_interval == 0)
	{
		forget_expiration();
		return PG_INT64_MAX;
	}
	if (found.reloads != worker->reloads || (!found.is_looking && found.next >= found.nroots))
		begin_look(worker);
	if (found.is_looking)
		look_on(worker, until);
	else
		remove_batch(worker, until);

	/*
	 * executions that are locked, or finish meanwhile, wait for the next
	 * interval
	 */
	if (!found.is_looking && found.next >= found.nroots && (found.is_all || found.removed == 0))
	{
		forget_expiration();
		return mst_worker_clock() + mst_expiration_interval * USECS_PER_SEC;
	}
	return mst_worker_clock() +
		Min(Max((mst_steady_us() - begin) * PAUSE_RATIO, MIN_PAUSE_MS * INT64CONST(1000)),
			MAX_PAUSE_MS * INT64CONST(1000));
}
