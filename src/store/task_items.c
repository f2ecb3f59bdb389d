/*-------------------------------------------------------------------------
 *
 * task_items.c
 *	  Items of with-items that are kept as rows.
 *
 * A task keeps its items so when they are the rows of a query, or are retried
 * one by one.  The rows are inserted when the task starts, read in portions in
 * the order of their index, and deleted as items succeed; so what is left of a
 * task that has failed is what a rerun has to do, however many items there
 * were.  Only an item that is retried is updated.
 *
 * They are written while the lock on the task's execution is held.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/table.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "store/relation.h"
#include "store/rows.h"
#include "store/scan.h"
#include "store/task_items.h"
#include "store/write.h"

static const TableColumn item_columns[] = {
	COLUMN(TaskItemRow, task_id, COL_UUID),
	COLUMN(TaskItemRow, item_index, COL_INT32),
	COLUMN(TaskItemRow, retries, COL_INT32),
	COLUMN_NULL(TaskItemRow, due_at, COL_TIMESTAMP),
	COLUMN(TaskItemRow, project_id, COL_TEXT),
	COLUMN(TaskItemRow, item, COL_JSONB)
};

enum
{
	ITEMS_BY_INDEX,
	ITEMS_BY_DUE
};

static TableDef task_items = {
	.name = "task_items",
	.row_size = sizeof(TaskItemRow),
	.is_whole = true,
	.ncolumns = lengthof(item_columns),
	.columns = item_columns,
	.nindexes = 2,
	.indexes = {
		[ITEMS_BY_INDEX] = "task_items_pkey",
		[ITEMS_BY_DUE] = "task_items_due_idx"
	}
};

LIST_TABLE(task_items);

/* rows that are changed in one go */
#define PORTION 1000

/* Inserts new rows, and updates those that have changed. */
void
mst_store_write_task_items(TaskItemRow **items, int n)
{
	mst_rows_write(&task_items, (void **) items, n);
}

static void
set_index_keys(ScanKey keys, const pg_uuid_t *task_id, int strategy, int index)
{
	mst_scan_key_uuid(&keys[0], 1, BTEqualStrategyNumber, task_id);
	ScanKeyInit(&keys[1], 2, strategy, strategy == BTEqualStrategyNumber ? F_INT4EQ : F_INT4GE,
				Int32GetDatum(index));
}

/* Returns the item of that index, palloc'd; NULL when there is none. */
TaskItemRow *
mst_store_task_item(const pg_uuid_t *task_id, int index)
{
	ScanKeyData keys[2];
	List	   *rows;

	set_index_keys(keys, task_id, BTEqualStrategyNumber, index);
	rows = mst_rows_by_keys(&task_items, ITEMS_BY_INDEX, keys, 2);
	return rows == NIL ? NULL : linitial(rows);
}

/*
 * Returns up to "max" items (TaskItemRow *), or about "max_bytes" of them, from
 * that index on, which is one at least if there is any.
 */
List *
mst_store_task_items(const pg_uuid_t *task_id, int from, int max, Size max_bytes)
{
	ScanKeyData keys[2];
	RowScan		scan;
	TaskItemRow *row;
	List	   *rows = NIL;
	Size		bytes = 0;

	set_index_keys(keys, task_id, BTGreaterEqualStrategyNumber, from);
	mst_scan_begin(&scan, &task_items, ITEMS_BY_INDEX, keys, 2, ForwardScanDirection);
	while (list_length(rows) < max && bytes < max_bytes && (row = mst_scan_next(&scan)) != NULL)
	{
		rows = lappend(rows, row);
		bytes += VARSIZE(row->item);
	}
	mst_scan_end(&scan);
	return rows;
}

/* ---- retries ---- */

/* Returns up to "max" items whose retry is due, the first ones first. */
List *
mst_store_due_task_items(const pg_uuid_t *task_id, TimestampTz now, int max)
{
	ScanKeyData keys[2];
	RowScan		scan;
	TaskItemRow *row;
	List	   *rows = NIL;

	mst_scan_key_uuid(&keys[0], 1, BTEqualStrategyNumber, task_id);
	ScanKeyInit(&keys[1], 2, BTLessEqualStrategyNumber, F_TIMESTAMPTZ_LE, TimestampTzGetDatum(now));
	mst_scan_begin(&scan, &task_items, ITEMS_BY_DUE, keys, 2, ForwardScanDirection);
	while (list_length(rows) < max && (row = mst_scan_next(&scan)) != NULL)
		rows = lappend(rows, row);
	mst_scan_end(&scan);
	return rows;
}

/* Returns when the next retry of an item is due; 0: none is awaited. */
TimestampTz
mst_store_next_task_item_due(const pg_uuid_t *task_id)
{
	ScanKeyData key;
	RowScan		scan;
	TaskItemRow *row;
	TimestampTz due = 0;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, task_id);
	mst_scan_begin(&scan, &task_items, ITEMS_BY_DUE, &key, 1, ForwardScanDirection);
	row = mst_scan_next(&scan);
	if (row != NULL)
		due = row->due_at;
	mst_scan_end(&scan);
	return due;
}

/*
 * Forgets what has been retried: the items that are left are tried as if for
 * the first time.
 */
void
mst_store_reset_task_items(const pg_uuid_t *task_id)
{
	int			from = 0;
	List	   *rows;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext portion_cxt = AllocSetContextCreate(caller, "mistral items to reset",
													  ALLOCSET_DEFAULT_SIZES);

	MemoryContextSwitchTo(portion_cxt);
	while ((rows = mst_store_task_items(task_id, from, PORTION, SIZE_MAX)) != NIL)
	{
		void	  **changed = palloc(sizeof(void *) * list_length(rows));
		int			n = 0;
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		foreach(lc, rows)
		{
			TaskItemRow *item = lfirst(lc);

			from = item->item_index + 1;
			if (item->retries == 0 && item->due_at == 0)
				continue;
			item->retries = 0;
			item->due_at = 0;
			item->row.is_dirty = true;
			changed[n++] = item;
		}
		mst_rows_write(&task_items, changed, n);
		MemoryContextReset(portion_cxt);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(portion_cxt);
}

/* ---- deletion ---- */

static void
delete_by_keys(ScanKey keys, int nkeys)
{
	Relation	rel = mst_table_open(&task_items, RowExclusiveLock);
	RowScan		scan;

	mst_scan_begin(&scan, &task_items, ITEMS_BY_INDEX, keys, nkeys, ForwardScanDirection);
	while (mst_scan_next_slot(&scan))
		mst_tuple_delete(&task_items, rel, scan.slot, scan.snapshot);
	mst_scan_end(&scan);
	table_close(rel, NoLock);
}

/* Deletes an item that has succeeded. */
void
mst_store_delete_task_item(const pg_uuid_t *task_id, int index)
{
	ScanKeyData keys[2];

	set_index_keys(keys, task_id, BTEqualStrategyNumber, index);
	delete_by_keys(keys, 2);
}

/* Deletes what is left of the items of a task. */
void
mst_store_delete_task_items(const pg_uuid_t *task_id)
{
	ScanKeyData key;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, task_id);
	delete_by_keys(&key, 1);
	CommandCounterIncrement();
}
