/*-------------------------------------------------------------------------
 *
 * executions.c
 *	  Rows of workflow executions, and the lock on an execution.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/xact.h"
#include "utils/snapmgr.h"

#include "store/rows.h"

enum
{
	EXECUTION_PKEY,
	EXECUTION_PARENT
};

static const TableColumn execution_columns[] = {
	COLUMN(ExecutionRow, id, COL_UUID),
	COLUMN(ExecutionRow, version_id, COL_UUID),
	COLUMN(ExecutionRow, workflow_id, COL_UUID),
	COLUMN(ExecutionRow, root_id, COL_UUID),
	COLUMN_NULL(ExecutionRow, parent_task_id, COL_UUID),
	COLUMN(ExecutionRow, created_at, COL_TIMESTAMP),
	COLUMN_NULL(ExecutionRow, updated_at, COL_TIMESTAMP),
	COLUMN_NULL(ExecutionRow, finished_at, COL_TIMESTAMP),
	COLUMN(ExecutionRow, open_tasks, COL_INT32),
	COLUMN(ExecutionRow, item_index, COL_INT32),
	COLUMN(ExecutionRow, parent_attempt, COL_INT32),
	COLUMN(ExecutionRow, depth, COL_INT32),
	COLUMN(ExecutionRow, state, COL_STATE),
	COLUMN(ExecutionRow, has_notify, COL_BOOL),
	COLUMN(ExecutionRow, accepted, COL_BOOL),
	COLUMN(ExecutionRow, paused_by_maintenance, COL_BOOL),
	COLUMN(ExecutionRow, project_id, COL_TEXT),
	COLUMN(ExecutionRow, workflow_name, COL_TEXT),
	COLUMN(ExecutionRow, namespace, COL_TEXT),
	COLUMN_NULL(ExecutionRow, workbook_name, COL_TEXT),
	COLUMN_NULL(ExecutionRow, state_info, COL_TEXT),
	COLUMN_NULL(ExecutionRow, backlog, COL_JSONB),
	COLUMN_NULL(ExecutionRow, output, COL_JSONB)
};

static TableDef executions = {
	.name = "workflow_executions",
	.row_size = sizeof(ExecutionRow),
	.ncolumns = lengthof(execution_columns),
	.columns = execution_columns,
	.nindexes = 2,
	.indexes = {
		[EXECUTION_PKEY] = "workflow_executions_pkey",
		[EXECUTION_PARENT] = "workflow_executions_parent_idx"
	}
};

static const TableColumn data_columns[] = {
	COLUMN(ExecutionDataRow, execution_id, COL_UUID),
	COLUMN(ExecutionDataRow, project_id, COL_TEXT),
	COLUMN(ExecutionDataRow, root_id, COL_UUID),
	COLUMN_NULL(ExecutionDataRow, name, COL_TEXT),
	COLUMN_NULL(ExecutionDataRow, description, COL_TEXT),
	COLUMN_NULL(ExecutionDataRow, tags, COL_JSONB),
	COLUMN(ExecutionDataRow, input, COL_JSONB),
	COLUMN(ExecutionDataRow, params, COL_JSONB),
	COLUMN(ExecutionDataRow, context, COL_JSONB),
	COLUMN_NULL(ExecutionDataRow, vars, COL_JSONB)
};

static TableDef execution_data = {
	.name = "execution_data",
	.row_size = sizeof(ExecutionDataRow),
	.ncolumns = lengthof(data_columns),
	.columns = data_columns,
	.nindexes = 1,
	.indexes = {"execution_data_pkey"}
};

/*
 * Lock what the scan has found; false when it is gone or busy.
 */
static bool
lock_found(RowScan *scan, LockMode mode, bool *is_busy)
{
	ItemPointerData tid = scan->slot->tts_tid;
	RowLockResult result;

	ExecClearTuple(scan->slot);
	result = mst_row_lock(scan->rel, &tid, scan->snapshot, scan->slot,
						  LockTupleNoKeyExclusive,
						  mode == LOCK_TRY ? LockWaitSkip : LockWaitBlock);
	if (is_busy != NULL)
		*is_busy = (result == ROW_BUSY);
	return result == ROW_LOCKED;
}

ExecutionRow *
mst_store_execution(const pg_uuid_t *id, LockMode mode, bool *is_busy)
{
	ExecutionRow *row = NULL;
	RowScan		scan;
	ScanKeyData key;

	if (is_busy != NULL)
		*is_busy = false;
	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, id);
	mst_scan_begin(&scan, &executions, EXECUTION_PKEY, &key, 1,
				   ForwardScanDirection);
	if (mst_scan_next_slot(&scan) &&
		(mode == LOCK_NONE || lock_found(&scan, mode, is_busy)))
		row = mst_row_read(&executions, scan.slot);
	mst_scan_end(&scan);
	return row;
}

ExecutionDataRow *
mst_store_execution_data(const pg_uuid_t *execution_id)
{
	return mst_row_by_id(&execution_data, 0, execution_id);
}

static int
compare_created(const ListCell *a, const ListCell *b)
{
	ExecutionRow *first = lfirst(a);
	ExecutionRow *second = lfirst(b);

	if (first->created_at != second->created_at)
		return first->created_at < second->created_at ? -1 : 1;
	return memcmp(&first->id, &second->id, UUID_LEN);
}

List *
mst_store_child_executions(const pg_uuid_t *task_id)
{
	ScanKeyData key;
	List	   *rows;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, task_id);
	rows = mst_rows_by_keys(&executions, EXECUTION_PARENT, &key, 1);
	list_sort(rows, compare_created);
	return rows;
}

void
mst_store_write_executions(ExecutionRow **items, int n)
{
	mst_rows_write(&executions, (void **) items, n);
}

void
mst_store_write_execution_data(ExecutionDataRow **items, int n)
{
	mst_rows_write(&execution_data, (void **) items, n);
}

void
mst_store_sync(void)
{
	CommandCounterIncrement();
}
