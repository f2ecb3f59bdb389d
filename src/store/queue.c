/*-------------------------------------------------------------------------
 *
 * queue.c
 *	  Rows of actions that wait for an executor.
 *
 * A row says all that decides who may claim it: the lane, which stands for its
 * target and for the project whose executors alone take it, the project, and the
 * name of what is really run.  So claims need not read the actions that they do
 * not take (see lanes.c).  A row is inserted with the action, or when an executor
 * gives the action back; it is deleted by the claim, or by the engine when the
 * action ends.  Both delete without waiting for each other.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "utils/timestamp.h"

#include "signal/wake.h"
#include "store/executions.h"
#include "store/lookups.h"
#include "store/queue.h"
#include "store/queue_kinds.h"
#include "store/rows.h"
#include "store/scan.h"
#include "store/write.h"
#include "util/guc.h"

static const TableColumn queue_columns[] = {
	COLUMN(QueueRow, id, COL_IDENTITY),
	COLUMN(QueueRow, action_id, COL_UUID),
	COLUMN_NULL(QueueRow, execution_id, COL_UUID),
	COLUMN(QueueRow, due_at, COL_TIMESTAMP),
	COLUMN(QueueRow, priority, COL_INT32),
	COLUMN(QueueRow, is_held, COL_BOOL),
	COLUMN(QueueRow, project_id, COL_TEXT),
	COLUMN(QueueRow, lane, COL_TEXT),
	COLUMN(QueueRow, action_name, COL_TEXT)
};

TableDef	mst_queue_table = {
	.name = "action_queue",
	.row_size = sizeof(QueueRow),
	.is_whole = true,
	.ncolumns = lengthof(queue_columns),
	.columns = queue_columns,
	.nindexes = 2,
	.indexes = {
		[QUEUE_BY_ACTION] = "action_queue_pkey",
		[QUEUE_BY_LANE] = "action_queue_ready_idx"
	}
};

LIST_TABLE(mst_queue_table);

/*
 * Returns the time by which what waits since then is ordered: each point of
 * priority counts as so much more time that it has waited.  So whatever has
 * little priority comes before all that is queued late enough, and nothing
 * has to be ordered anew while it waits.
 */
TimestampTz
mst_queue_rank(TimestampTz since, int priority)
{
	return since - priority * (int64) mst_priority_ageing * USECS_PER_SEC;
}

/*
 * Returns a row, to be inserted, with which the action waits from then on,
 * palloc'd.
 */
QueueRow *
mst_queue_row(const ActionRow *action, TimestampTz now, int priority)
{
	QueueRow   *queued = palloc0(sizeof(QueueRow));

	queued->row.is_new = true;
	queued->action_id = action->id;
	queued->execution_id = action->execution_id;
	queued->due_at = now;
	queued->priority = (int32) (mst_queue_rank(now, priority) / USECS_PER_SEC);
	queued->project_id = pstrdup(action->project_id);
	queued->lane = mst_queue_lane(mst_action_provider(action), action->target);
	queued->action_name = pstrdup(mst_action_run_name(action));
	return queued;
}

/*
 * Queues actions for executors, and has dispatchers notify these at the
 * commit.
 */
void
mst_store_insert_queue(QueueRow **items, int n)
{
	int			i;

	mst_rows_write(&mst_queue_table, (void **) items, n);
	for (i = 0; i < n; i++)
		mst_wake_dispatcher_row(items[i]->lane, mst_queue_kind(items[i]->lane, items[i]->project_id,
															   items[i]->action_name),
								items[i]->priority, items[i]->id);
}

/*
 * Deletes the queue's row of an action, if it is still there.  Leaves a
 * locked row alone, because an executor is claiming it.
 */
void
mst_store_delete_queued(const pg_uuid_t *action_id)
{
	RowScan		scan;
	ScanKeyData key;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, action_id);
	mst_scan_begin(&scan, &mst_queue_table, QUEUE_BY_ACTION, &key, 1, ForwardScanDirection);
	while (mst_scan_next_slot(&scan))
		(void) mst_row_try_delete(&mst_queue_table, mst_row_read(&mst_queue_table, scan.slot),
								  scan.snapshot);
	mst_scan_end(&scan);
}

/*
 * Deletes the queue's rows of a task's actions and returns the actions' ids
 * (pg_uuid_t *).  Leaves alone those that are being claimed, and sets
 * *is_busy.
 */
List *
mst_store_take_queued(const pg_uuid_t *task_id, bool *is_busy)
{
	pg_uuid_t	first = mst_uuid_action(task_id, 1);
	pg_uuid_t	last = mst_uuid_action(task_id, PG_INT32_MAX);
	List	   *ids = NIL;
	RowScan		scan;
	ScanKeyData keys[2];

	*is_busy = false;
	mst_scan_key_uuid(&keys[0], 1, BTGreaterEqualStrategyNumber, &first);
	mst_scan_key_uuid(&keys[1], 1, BTLessEqualStrategyNumber, &last);
	mst_scan_begin(&scan, &mst_queue_table, QUEUE_BY_ACTION, keys, 2, ForwardScanDirection);
	while (mst_scan_next_slot(&scan))
	{
		QueueRow   *queued = mst_row_read(&mst_queue_table, scan.slot);

		if (mst_row_try_delete(&mst_queue_table, queued, scan.snapshot))
			ids = lappend(ids, &queued->action_id);
		else
			*is_busy = true;
	}
	mst_scan_end(&scan);
	return ids;
}

/*
 * Keeps a row from being claimed while its execution does not run; returns
 * whether that was done.  Takes the execution's lock if it is free.
 */
bool
mst_store_hold_queued(QueueRow *queued)
{
	ExecutionRow *execution;

	/* only who has the lock knows that no resume is under way */
	if (!mst_query_is_stopped(&queued->execution_id))
		return false;
	execution = mst_store_execution(&queued->execution_id, LOCK_TRY, NULL);
	if (execution == NULL || execution->state == MST_STATE_RUNNING)
		return false;
	queued->is_held = true;
	return mst_row_update_nowait(&mst_queue_table, queued);
}

/*
 * Lets the rows that were kept back for a task be claimed, because its
 * execution goes on.
 */
void
mst_store_release_held(const pg_uuid_t *task_id)
{
	pg_uuid_t	first = mst_uuid_action(task_id, 1);
	pg_uuid_t	last = mst_uuid_action(task_id, PG_INT32_MAX);
	ScanKeyData keys[2];
	ListCell   *lc;

	mst_scan_key_uuid(&keys[0], 1, BTGreaterEqualStrategyNumber, &first);
	mst_scan_key_uuid(&keys[1], 1, BTLessEqualStrategyNumber, &last);
	foreach(lc, mst_rows_by_keys(&mst_queue_table, QUEUE_BY_ACTION, keys, 2))
	{
		QueueRow   *queued = lfirst(lc);

		if (!queued->is_held)
			continue;
		queued->is_held = false;
		queued->due_at = GetCurrentTimestamp();
		queued->row.is_dirty = true;
		mst_store_insert_queue(&queued, 1);
	}
}
