/*-------------------------------------------------------------------------
 *
 * delayed_calls.c
 *	  Rows of delayed calls: what is to be done later, or by somebody else.
 *
 * The scheduler has deleted or locked the row of the call that it runs while
 * it waits for the lock on the execution; the engine has that lock when it
 * deletes calls.  So that the two do not wait for each other, calls that are
 * being run are left alone: they find out by themselves that there is nothing
 * to do.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/transam.h"
#include "utils/snapmgr.h"

#include "signal/wake.h"
#include "store/delayed_calls.h"
#include "store/rows.h"
#include "store/scan.h"
#include "store/write.h"
#include "util/uuid.h"

static const TableColumn call_columns[] = {
	COLUMN(DelayedCallRow, id, COL_IDENTITY),
	COLUMN(DelayedCallRow, due_at, COL_TIMESTAMP),
	COLUMN(DelayedCallRow, created_at, COL_TIMESTAMP),
	COLUMN_NULL(DelayedCallRow, execution_id, COL_UUID),
	COLUMN_NULL(DelayedCallRow, task_id, COL_UUID),
	COLUMN_NULL(DelayedCallRow, root_id, COL_UUID),
	COLUMN(DelayedCallRow, attempts, COL_INT32),
	COLUMN(DelayedCallRow, is_dead, COL_BOOL),
	COLUMN(DelayedCallRow, is_slow, COL_BOOL),
	COLUMN(DelayedCallRow, kind, COL_TEXT),
	COLUMN(DelayedCallRow, project_id, COL_TEXT),
	COLUMN_NULL(DelayedCallRow, key, COL_TEXT),
	COLUMN_NULL(DelayedCallRow, args, COL_JSONB),
	COLUMN_NULL(DelayedCallRow, error, COL_TEXT)
};

TableDef	mst_calls_table = {
	.name = "delayed_calls",
	.row_size = sizeof(DelayedCallRow),
	.is_whole = true,
	.ncolumns = lengthof(call_columns),
	.columns = call_columns,
	.nindexes = 4,
	.indexes = {
		[CALLS_BY_TASK] = "delayed_calls_task_idx",
		[CALLS_BY_KEY] = "delayed_calls_key_idx",
		[CALLS_BY_QUEUE] = "delayed_calls_queue_idx",
		[CALLS_BY_ID] = "delayed_calls_pkey"
	}
};

LIST_TABLE(mst_calls_table);

/*
 * Returns whether there is a live call with this key that will surely run
 * after this transaction.
 *
 * A call that another transaction has taken may be past the point at which
 * it would see our changes; one that another has inserted may be rolled
 * back.  Neither counts, and neither is waited for, because the other
 * transaction may wait for the lock that we hold.  So calls with one key
 * can run twice, which does no harm and only costs.
 */
static bool
is_pending(const char *call_key)
{
	SnapshotData dirty;
	RowScan		scan;
	ScanKeyData key;
	bool		found = false;

	InitDirtySnapshot(dirty);
	mst_scan_key_text(&key, 1, call_key);
	mst_scan_begin_with(&scan, &mst_calls_table, CALLS_BY_KEY, &key, 1,
						ForwardScanDirection, &dirty);
	while (!found && mst_scan_next_slot(&scan))
		found = !TransactionIdIsValid(dirty.xmin) &&
			!TransactionIdIsValid(dirty.xmax);
	mst_scan_end(&scan);
	return found;
}

/*
 * Returns the key, palloc'd, of the call by which the database runs or ends an
 * action that has no task; those of tasks are found by the task.
 */
char *
mst_store_action_call_key(const pg_uuid_t *action_id)
{
	return psprintf("action-%s", mst_uuid_text(action_id));
}

/* Returns whether a live call with this key is stored, or being run. */
bool
mst_store_has_delayed_call(const char *call_key)
{
	RowScan		scan;
	ScanKeyData key;
	bool		found;

	mst_scan_key_text(&key, 1, call_key);
	mst_scan_begin(&scan, &mst_calls_table, CALLS_BY_KEY, &key, 1,
				   ForwardScanDirection);
	found = mst_scan_next_slot(&scan);
	mst_scan_end(&scan);
	return found;
}

static bool
has_key(DelayedCallRow **items, int n, const char *call_key)
{
	for (int i = 0; i < n; i++)
	{
		if (items[i]->key != NULL && strcmp(items[i]->key, call_key) == 0)
			return true;
	}
	return false;
}

/*
 * Inserts delayed calls, except those with a key of which a live call is
 * stored already and not being run.  Two transactions may store the same
 * key at the same time, so it must do no harm to run such a call twice.
 */
void
mst_store_insert_delayed_calls(DelayedCallRow **items, int n)
{
	DelayedCallRow **new_calls = palloc(n * sizeof(DelayedCallRow *));
	int			count = 0;
	int			i;

	for (i = 0; i < n; i++)
	{
		if (items[i]->key != NULL &&
			(has_key(new_calls, count, items[i]->key) ||
			 is_pending(items[i]->key)))
			continue;
		new_calls[count++] = items[i];
		mst_wake_scheduler(items[i]->due_at);
	}
	mst_rows_write(&mst_calls_table, (void **) new_calls, count);
	pfree(new_calls);
}

/*
 * Deletes the live delayed calls of a task and returns them; leaves alone
 * those that are being run.
 */
List *
mst_store_take_delayed_calls(const pg_uuid_t *task_id)
{
	List	   *calls = NIL;
	RowScan		scan;
	ScanKeyData key;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, task_id);
	mst_scan_begin(&scan, &mst_calls_table, CALLS_BY_TASK, &key, 1,
				   ForwardScanDirection);
	while (mst_scan_next_slot(&scan))
	{
		DelayedCallRow *call = mst_row_read(&mst_calls_table, scan.slot);

		if (!call->is_dead && mst_row_try_delete(&mst_calls_table, call, scan.snapshot))
			calls = lappend(calls, call);
	}
	mst_scan_end(&scan);
	return calls;
}

/*
 * Deletes the live delayed calls with this key; leaves alone those that are
 * being run.
 */
void
mst_store_delete_delayed_call(const char *call_key)
{
	RowScan		scan;
	ScanKeyData key;

	mst_scan_key_text(&key, 1, call_key);
	mst_scan_begin(&scan, &mst_calls_table, CALLS_BY_KEY, &key, 1,
				   ForwardScanDirection);
	while (mst_scan_next_slot(&scan))
		(void) mst_row_try_delete(&mst_calls_table, mst_row_read(&mst_calls_table, scan.slot),
								  scan.snapshot);
	mst_scan_end(&scan);
}
