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
 * An executor looks through a few lanes of the queue, one after the other, and
 * in each only at the kinds of actions that it takes (see lanes.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "executor/spi.h"
#include "utils/timestamp.h"

#include "store/call_kinds.h"
#include "store/claims.h"
#include "store/delayed_calls.h"
#include "store/lanes.h"
#include "store/lookups.h"
#include "store/maintenance.h"
#include "store/policy.h"
#include "store/queue.h"
#include "store/scan.h"
#include "store/tasks.h"
#include "store/write.h"
#include "util/json.h"
#include "util/uuid.h"

/* maximum number of actions that one claim refuses because of rules */
#define MAX_REFUSED		1000

/* One claim, lane by lane. */
typedef struct Claim
{
	const ExecutorRow *executor;
	int			max;			/* in all */
	const ClaimLimits *limits;	/* of some names */
	TimestampTz now;
	List	   *claimed;		/* ActionRow * */
	bool		is_allowed;		/* there is no maintenance, as was looked up */
	int			refused;		/* actions that rules deny by now */
} Claim;

/*
 * Leaves an action that a rule has come to deny since it was queued to the
 * scheduler, which fails it: a claim waits for no execution.  False: the row
 * stays.
 */
static bool
refuse_row(Claim *claim, QueueRow *queued, const ActionRow *action, const char *why)
{
	DelayedCallRow *finish = palloc0(sizeof(DelayedCallRow));
	JsonBuilder b;

	if (claim->refused >= MAX_REFUSED || !mst_row_delete_nowait(&mst_queue_table, queued))
		return false;
	claim->refused++;
	mst_json_begin_object(&b);
	mst_json_add_text(&b, "action_id", mst_uuid_text(&action->id));
	mst_json_add_bool(&b, "is_error", true);
	mst_json_add_text(&b, "result", why);
	finish->row.is_new = true;
	finish->kind = mst_call_kind_name(CALL_FINISH_ACTION);
	finish->due_at = finish->created_at = claim->now;
	finish->execution_id = action->execution_id;
	finish->task_id = action->task_id;
	finish->root_id = action->root_id;
	finish->project_id = action->project_id;
	finish->key = mst_uuid_is_none(&action->task_id) ? mst_store_action_call_key(&action->id) : NULL;
	finish->args = mst_json_end(&b);
	mst_store_insert_delayed_calls(&finish, 1);
	return true;
}

/*
 * Tries to claim the action of a row of the queue.  False: the row is to be
 * passed over, and stays.  Those of executions that are paused or have ended
 * are not handed out; where the execution is not just being changed, they
 * leave the index, too.  What rules deny by now fails instead.
 */
static bool
claim_row(Claim *claim, QueueRow *queued)
{
	ActionRow  *action;
	char	   *denial;

	if (mst_query_is_stopped(&queued->execution_id))
		return mst_store_hold_queued(queued);
	action = mst_store_action(&queued->action_id);
	if (action == NULL || action->state != MST_STATE_RUNNING)
		return mst_row_delete_nowait(&mst_queue_table, queued);
	/* somebody has claimed it since our snapshot was taken */
	if (action->executor_id != 0)
		return false;
	if (!mst_executor_takes(claim->executor, action))
		return false;
	/* executions may not have been paused yet; looked up where there is work */
	if (!claim->is_allowed && mst_maintenance_is_on())
		return false;
	claim->is_allowed = true;
	denial = mst_policy_denial_of_row(action);
	if (denial != NULL)
		return refuse_row(claim, queued, action, denial);

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

/*
 * Returns where it stands how many actions of that name may still be claimed;
 * NULL if their number is not limited.
 */
int *
mst_claim_left(const ClaimLimits *limits, const char *name)
{
	for (int i = 0; i < limits->count; i++)
	{
		if (strcmp(limits->limits[i].name, name) == 0)
			return &limits->limits[i].left;
	}
	return NULL;
}

static void
claim_lane(Claim *claim, const char *lane)
{
	LaneScan	scan;
	QueueRow   *queued;

	mst_lane_begin(&scan, lane, claim->executor, claim->max - list_length(claim->claimed));
	while (list_length(claim->claimed) < claim->max &&
		   (queued = mst_lane_next(&scan)) != NULL)
	{
		int		   *left = mst_claim_left(claim->limits, queued->action_name);
		int			before = list_length(claim->claimed);

		if (left != NULL && *left <= 0)
			mst_lane_leave_kind(&scan, queued);
		else if (!claim_row(claim, queued))
			mst_lane_pass(&scan, queued);
		else if (left != NULL && list_length(claim->claimed) > before)
			(*left)--;
	}
	mst_lane_end(&scan, true);
}

/*
 * Returns whether actions of other projects than this one wait for the executor.
 */
bool
mst_store_others_wait(const ExecutorRow *executor, const char *project)
{
	bool		found = false;
	ListCell   *lc;

	foreach(lc, mst_executor_lanes(executor))
	{
		LaneScan	scan;

		if (found)
			break;
		mst_lane_begin(&scan, lfirst(lc), executor, 1);
		found = mst_lane_has_others(&scan, project);
		mst_lane_end(&scan, false);
	}
	return found;
}

/*
 * Claims up to "max" queued actions for the executor: of its target first,
 * then those without a target.  Of names that are limited it claims as many as
 * are left, and counts them there.  Deletes their rows in the queue and writes
 * executor_id and claimed_at to the actions, which it returns (ActionRow
 * *).  Never waits for another transaction.
 */
List *
mst_store_claim(const ExecutorRow *executor, int max, const ClaimLimits *limits)
{
	Claim		claim = {0};
	ListCell   *lc;

	claim.executor = executor;
	claim.max = max;
	claim.limits = limits;
	claim.now = GetCurrentTimestamp();
	foreach(lc, mst_executor_lanes(executor))
	{
		if (list_length(claim.claimed) >= max)
			break;
		claim_lane(&claim, lfirst(lc));
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

	queued = mst_queue_row(action, GetCurrentTimestamp(), mst_store_task_priority(&action->task_id));
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
 * Returns how many actions are to be handed out before the one of this row of
 * the queue, or "max" if there are as many or more.
 */
int
mst_store_queued_before(const QueueRow *own, int max)
{
	QueueRow   *queued;
	LaneScan	scan;
	int			n = 0;

	mst_lane_begin(&scan, own->lane, NULL, max);
	while (n < max && (queued = mst_lane_next(&scan)) != NULL && queued->id != own->id)
		n++;
	mst_lane_end(&scan, false);
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
