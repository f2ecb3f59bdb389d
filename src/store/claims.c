/*-------------------------------------------------------------------------
 *
 * claims.c
 *	  Claiming actions from the queue.
 *
 * A claim changes the action's row first, then deletes the queue's, and waits
 * for neither: where another transaction is at work on one of them, the claim
 * passes on.  The engine, which holds the execution's lock, may delete the
 * queue's row of an action that it ends; it does not wait for claims either
 * (see queue.c), so the two cannot wait for each other.  Whoever loses finds
 * the action changed.
 *
 * The queue has lanes: one for each target, and for each project and target
 * one with the actions that only executors of that project take.  Claims of one
 * lane begin where the last ended (see low_water.h).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "access/stratnum.h"
#include "catalog/pg_collation.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"

#include "signal/low_water.h"
#include "store/claims.h"
#include "store/lookups.h"
#include "store/maintenance.h"
#include "store/queue.h"
#include "store/scan.h"
#include "store/write.h"

/* maximum number of unclaimable queue rows that one claim skips */
#define MAX_PASSED		1000

/* One claim, lane by lane. */
typedef struct Claim
{
	const ExecutorRow *executor;
	const char *lane;
	int			max;			/* in all */
	TimestampTz now;
	List	   *claimed;		/* ActionRow * */
	bool		is_allowed;		/* there is no maintenance, as was looked up */
	bool		has_passed;		/* some row was left in place */
	QueuePosition first_passed; /* the first of these */
	bool		has_seen;
	QueuePosition last_seen;	/* the last row met */
	bool		at_end;			/* there were no more rows */
} Claim;

/* Keys of a scan over one lane from a position on. */
typedef struct QueueKeys
{
	ScanKeyData keys[2];
	ScanKeyData members[2];		/* of the row comparison */
	int			nkeys;
} QueueKeys;

static void
init_keys(QueueKeys *keys, const char *lane, const QueuePosition *from)
{
	memset(keys, 0, sizeof(QueueKeys));
	ScanKeyEntryInitialize(&keys->keys[0], 0, 1, BTEqualStrategyNumber, InvalidOid,
						   DEFAULT_COLLATION_OID, F_TEXTEQ,
						   CStringGetTextDatum(lane));
	keys->nkeys = 1;
	if (from == NULL)
		return;

	/* (priority, id) >= (from->priority, from->id) */
	ScanKeyEntryInitialize(&keys->members[0], SK_ROW_MEMBER, 2,
						   BTGreaterEqualStrategyNumber, InvalidOid, InvalidOid,
						   F_BTINT4CMP, Int32GetDatum(from->priority));
	ScanKeyEntryInitialize(&keys->members[1], SK_ROW_MEMBER | SK_ROW_END, 3,
						   BTGreaterEqualStrategyNumber, InvalidOid, InvalidOid,
						   F_BTINT8CMP, Int64GetDatum(from->id));
	keys->keys[1].sk_flags = SK_ROW_HEADER;
	keys->keys[1].sk_attno = 2;
	keys->keys[1].sk_strategy = BTGreaterEqualStrategyNumber;
	keys->keys[1].sk_argument = PointerGetDatum(keys->members);
	keys->nkeys = 2;
}

/*
 * Try to claim the action of a row of the queue.  False: the row is to be
 * passed over, and stays.  Those of executions that are paused or have ended
 * are not handed out; where the execution is not just being changed, they
 * leave the index, too.
 */
static bool
claim_row(Claim *claim, QueueRow *queued)
{
	ActionRow  *action;

	if (queued->due_at > claim->now)
		return false;

	action = mst_store_action(&queued->action_id);
	if (action == NULL || action->state != MST_STATE_RUNNING)
		return mst_row_delete_nowait(&mst_queue_table, queued);
	/* somebody has claimed it since our snapshot was taken */
	if (action->executor_id != 0)
		return false;
	if (!mst_executor_takes(claim->executor, action))
		return false;
	if (mst_query_is_stopped(&action->execution_id))
		return mst_store_hold_queued(queued);

	/* executions may not have been paused yet; looked up where there is work */
	if (!claim->is_allowed && mst_maintenance_is_on())
		return false;
	claim->is_allowed = true;

	action->executor_id = claim->executor->id;
	action->claimed_at = claim->now;
	if (!mst_row_update_nowait(&mst_actions_table, action))
		return false;
	if (!mst_row_delete_nowait(&mst_queue_table, queued))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not claim an action due to concurrent update")));
	mst_store_note_claim(action);
	claim->claimed = lappend(claim->claimed, action);
	return true;
}

/* Go over the rows of the lane from a position (NULL: the start) on. */
static void
scan_lane(Claim *claim, const QueuePosition *from)
{
	QueueKeys	keys;
	RowScan		scan;
	QueueRow   *queued = NULL;
	int			passed = 0;

	init_keys(&keys, claim->lane, from);
	mst_scan_begin(&scan, &mst_queue_table, QUEUE_BY_LANE, keys.keys, keys.nkeys,
				   ForwardScanDirection);
	while (list_length(claim->claimed) < claim->max && passed < MAX_PASSED &&
		   (queued = mst_scan_next(&scan)) != NULL)
	{
		QueuePosition position = {queued->priority, queued->id};

		claim->has_seen = true;
		claim->last_seen = position;
		if (claim_row(claim, queued))
			continue;
		if (!claim->has_passed)
			claim->first_passed = position;
		claim->has_passed = true;
		passed++;
	}
	claim->at_end = queued == NULL;
	mst_scan_end(&scan);
}

/* No live row is before the first that was passed, or behind the last seen. */
static void
note_mark(Claim *claim, LowWaterView view)
{
	QueuePosition position = claim->last_seen;

	if (!claim->has_seen)
		return;
	position.id++;
	if (claim->has_passed)
		position = claim->first_passed;
	mst_low_water_set_at_commit(claim->lane, view, position);
}

static void
claim_lane(Claim *claim)
{
	LowWaterView view = mst_low_water_get(claim->lane);
	TimestampTz start;

	claim->has_passed = false;
	claim->has_seen = false;
	scan_lane(claim, view.is_set ? &view.from : NULL);
	if (claim->at_end && view.is_set && list_length(claim->claimed) < claim->max &&
		mst_low_water_may_look_back(claim->lane))
	{
		start = GetCurrentTimestamp();
		scan_lane(claim, NULL);
		mst_low_water_looked_back(claim->lane,
								  TimestampDifferenceMilliseconds(start, GetCurrentTimestamp()));
	}
	note_mark(claim, view);
}

/*
 * Claims up to "max" queued actions for the executor: of its target first,
 * then those without a target.  Deletes their rows in the queue and writes
 * executor_id and claimed_at to the actions, which it returns (ActionRow
 * *).  Never waits for another transaction.
 */
List *
mst_store_claim(const ExecutorRow *executor, int max)
{
	Claim		claim = {0};
	ListCell   *lc;

	claim.executor = executor;
	claim.max = max;
	claim.now = GetCurrentTimestamp();
	foreach(lc, mst_executor_lanes(executor))
	{
		if (list_length(claim.claimed) >= max)
			break;
		claim.lane = lfirst(lc);
		claim_lane(&claim);
	}
	return claim.claimed;
}

/*
 * Gives up an action that the executor has claimed: it is queued again or,
 * with "requeue" false, has no executor any more.  Returns false if another
 * executor has it, or another transaction is changing it.
 */
bool
mst_store_release(int64 executor_id, const pg_uuid_t *action_id, bool requeue)
{
	ActionRow  *action = mst_store_action(action_id);
	QueueRow   *queued;

	if (action == NULL || action->state != MST_STATE_RUNNING ||
		action->executor_id != executor_id)
		return false;

	action->executor_id = 0;
	action->claimed_at = 0;
	if (!mst_row_update_nowait(&mst_actions_table, action))
		return false;
	mst_store_forget_claim(executor_id, action_id);
	if (!requeue)
		return true;

	queued = palloc0(sizeof(QueueRow));
	queued->row.is_new = true;
	queued->action_id = action->id;
	queued->execution_id = action->execution_id;
	queued->due_at = GetCurrentTimestamp();
	queued->project_id = action->project_id;
	queued->lane = mst_queue_lane(mst_action_provider(action), action->target);
	mst_store_insert_queue(&queued, 1);
	return true;
}

/*
 * Returns the ids (pg_uuid_t *) of the actions that have been queued since
 * before the limit, among up to "max" rows of the queue after the action
 * *after.  Advances *after, which is none again at the end.  *oldest
 * becomes the least time at which one of the others was queued, unless it
 * is less already.
 */
List *
mst_store_unclaimed_actions(TimestampTz limit, int max, pg_uuid_t *after,
							TimestampTz *oldest)
{
	RowScan		scan;
	ScanKeyData key;
	QueueRow   *queued = NULL;
	List	   *ids = NIL;

	mst_scan_key_uuid(&key, 1, BTGreaterStrategyNumber, after);
	mst_scan_begin(&scan, &mst_queue_table, QUEUE_BY_ACTION, &key, 1,
				   ForwardScanDirection);
	while (max-- > 0 && (queued = mst_scan_next(&scan)) != NULL)
	{
		*after = queued->action_id;
		if (queued->is_held || (queued->due_at <= limit && mst_store_hold_queued(queued)))
			continue;
		if (queued->due_at <= limit)
			ids = lappend(ids, &queued->action_id);
		else
			*oldest = Min(*oldest, queued->due_at);
	}
	mst_scan_end(&scan);
	if (queued == NULL)
		*after = mst_uuid_none;
	return ids;
}

/*
 * Returns how many actions are to be handed out before a queued one, or "max"
 * if there are as many or more.
 */
int
mst_store_queued_before(const pg_uuid_t *action_id, int max)
{
	QueueRow   *own = mst_row_by_id(&mst_queue_table, QUEUE_BY_ACTION, action_id);
	QueueRow   *queued;
	LowWaterView view;
	QueueKeys	keys;
	RowScan		scan;
	int			n = 0;

	if (own == NULL)
		return 0;
	view = mst_low_water_get(own->lane);
	init_keys(&keys, own->lane, view.is_set ? &view.from : NULL);
	mst_scan_begin(&scan, &mst_queue_table, QUEUE_BY_LANE, keys.keys, keys.nkeys,
				   ForwardScanDirection);
	while (n < max && (queued = mst_scan_next(&scan)) != NULL && queued->id != own->id)
		n++;
	mst_scan_end(&scan);
	return n;
}

/* Returns whether the action waits for an executor. */
bool
mst_store_is_queued(const pg_uuid_t *action_id)
{
	return mst_row_by_id(&mst_queue_table, QUEUE_BY_ACTION, action_id) != NULL;
}

/* Returns the lanes (char *) of all that is queued now. */
List *
mst_store_queued_lanes(void)
{
	static const char *const query =
	"SELECT DISTINCT lane FROM mistral.action_queue";
	MemoryContext caller_cxt = CurrentMemoryContext;
	List	   *lanes = NIL;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the queue of actions");
	MemoryContextSwitchTo(caller_cxt);
	for (uint64 i = 0; i < SPI_processed; i++)
		lanes = lappend(lanes, SPI_getvalue(SPI_tuptable->vals[i],
											SPI_tuptable->tupdesc, 1));
	SPI_finish();
	return lanes;
}
