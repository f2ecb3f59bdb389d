/*-------------------------------------------------------------------------
 *
 * delayed_calls.c
 *	  Rows of delayed calls: what is to be done later, or by somebody else.
 *
 * The scheduler holds a row lock on the call that it runs while it waits for
 * the lock on the execution; the engine has that lock when it deletes calls.
 * So that the two do not wait for each other, calls that are locked are left
 * alone: the one that runs finds out by itself that there is nothing to do.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/table.h"
#include "access/xact.h"

#include "store/rows.h"
#include "worker/wake.h"

static const TableColumn call_columns[] = {
	COLUMN(DelayedCallRow, id, COL_IDENTITY),
	COLUMN(DelayedCallRow, due_at, COL_TIMESTAMP),
	COLUMN(DelayedCallRow, created_at, COL_TIMESTAMP),
	COLUMN_NULL(DelayedCallRow, execution_id, COL_UUID),
	COLUMN_NULL(DelayedCallRow, task_id, COL_UUID),
	COLUMN_NULL(DelayedCallRow, root_id, COL_UUID),
	COLUMN(DelayedCallRow, attempts, COL_INT32),
	COLUMN(DelayedCallRow, is_dead, COL_BOOL),
	COLUMN(DelayedCallRow, kind, COL_TEXT),
	COLUMN(DelayedCallRow, project_id, COL_TEXT),
	COLUMN_NULL(DelayedCallRow, key, COL_TEXT),
	COLUMN_NULL(DelayedCallRow, args, COL_JSONB),
	COLUMN_NULL(DelayedCallRow, error, COL_TEXT)
};

static TableDef calls = {
	.name = "delayed_calls",
	.row_size = sizeof(DelayedCallRow),
	.ncolumns = lengthof(call_columns),
	.columns = call_columns,
	.nindexes = 1,
	.indexes = {"delayed_calls_task_idx"}
};

void
mst_store_insert_delayed_calls(DelayedCallRow **items, int n)
{
	void	  **plain = palloc(n * sizeof(void *));
	int			count = 0;
	int			i;

	for (i = 0; i < n; i++)
	{
		if (items[i]->key == NULL)
			plain[count++] = items[i];
		else
			(void) mst_row_insert_unless(&calls, items[i],
										 "delayed_calls_key");
		mst_wake_scheduler(items[i]->due_at);
	}
	mst_rows_write(&calls, plain, count);
	pfree(plain);
}

void
mst_store_delete_delayed_calls(const pg_uuid_t *task_id, const char *kind)
{
	RowScan		scan;
	ScanKeyData key;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, task_id);
	mst_scan_begin(&scan, &calls, 0, &key, 1, ForwardScanDirection);
	while (mst_scan_next_slot(&scan))
	{
		DelayedCallRow *call = mst_row_read(&calls, scan.slot);

		if (!call->is_dead && (kind == NULL || strcmp(call->kind, kind) == 0))
			(void) mst_row_try_delete(&calls, call, scan.snapshot);
	}
	mst_scan_end(&scan);
}
