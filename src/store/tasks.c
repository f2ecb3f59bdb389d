/*-------------------------------------------------------------------------
 *
 * tasks.c
 *	  Rows of task executions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/skey.h"
#include "access/stratnum.h"
#include "utils/fmgroids.h"

#include "store/scan.h"
#include "store/tasks.h"
#include "store/write.h"
#include "util/json.h"

enum
{
	TASK_PKEY,
	TASK_EXECUTION,				/* execution_id, task_index, id */
	TASK_UNDO					/* execution_id, undo_order */
};

static const TableColumn task_columns[] = {
	COLUMN(TaskRow, id, COL_UUID),
	COLUMN(TaskRow, execution_id, COL_UUID),
	COLUMN_NULL(TaskRow, root_id, COL_ROOT_UUID),
	COLUMN(TaskRow, created_at, COL_TIMESTAMP),
	COLUMN(TaskRow, task_index, COL_INT32),
	COLUMN(TaskRow, type, COL_CHAR),
	COLUMN(TaskRow, is_join, COL_BOOL),
	COLUMN(TaskRow, project_id, COL_TEXT),
	COLUMN(TaskRow, name, COL_TEXT),
	COLUMN_NULL(TaskRow, context_id, COL_UUID),
	COLUMN_NULL(TaskRow, triggered_by, COL_LINKS),
	COLUMN_NULL(TaskRow, items_id, COL_UUID),
	COLUMN_NULL(TaskRow, started_at, COL_TIMESTAMP),
	COLUMN(TaskRow, attempt, COL_INT32),
	COLUMN(TaskRow, children, COL_INT32),
	COLUMN(TaskRow, open_children, COL_INT32),
	COLUMN_NULL(TaskRow, updated_at, COL_TIMESTAMP),
	COLUMN_NULL(TaskRow, finished_at, COL_TIMESTAMP),
	COLUMN_NULL(TaskRow, published_id, COL_UUID),
	COLUMN(TaskRow, state, COL_STATE),
	COLUMN(TaskRow, processed, COL_BOOL),
	COLUMN(TaskRow, has_next_tasks, COL_BOOL),
	COLUMN(TaskRow, error_handled, COL_BOOL),
	COLUMN_NULL(TaskRow, state_info, COL_TEXT),
	COLUMN_NULL(TaskRow, next_tasks, COL_LINKS),
	COLUMN_NULL(TaskRow, runtime, COL_JSONB),
	COLUMN_NULL(TaskRow, published_global, COL_JSONB),
	COLUMN_NULL(TaskRow, compensates, COL_UUID),
	COLUMN_NULL(TaskRow, undo_order, COL_INT32)
};

static TableDef tasks = {
	.name = "task_executions",
	.row_size = sizeof(TaskRow),
	.is_whole = true,
	.ncolumns = lengthof(task_columns),
	.columns = task_columns,
	.nindexes = 3,
	.indexes = {
		[TASK_PKEY] = "task_executions_pkey",
		[TASK_EXECUTION] = "task_executions_execution_idx",
		[TASK_UNDO] = "task_executions_undo_idx"
	}
};

LIST_TABLE(tasks);

/* Returns the task of that id, palloc'd; NULL if there is none. */
TaskRow *
mst_store_task(const pg_uuid_t *id)
{
	return mst_row_by_id(&tasks, TASK_PKEY, id);
}

static int
compare_id(const ListCell *a, const ListCell *b)
{
	return memcmp(&((TaskRow *) lfirst(a))->id, &((TaskRow *) lfirst(b))->id,
				  UUID_LEN);
}

/* Returns the tasks of an execution, in the order of their keys. */
List *
mst_store_execution_tasks(const pg_uuid_t *execution_id)
{
	ScanKeyData key;
	List	   *rows;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, execution_id);
	rows = mst_rows_by_keys(&tasks, TASK_EXECUTION, &key, 1);
	list_sort(rows, compare_id);
	return rows;
}

/*
 * Returns the latest run of the task with that index in the definition,
 * palloc'd; NULL if it has not been run.
 */
TaskRow *
mst_store_latest_task(const pg_uuid_t *execution_id, int task_index)
{
	RowScan		scan;
	ScanKeyData keys[2];
	TaskRow    *row;

	mst_scan_key_uuid(&keys[0], 1, BTEqualStrategyNumber, execution_id);
	mst_scan_key_int4(&keys[1], 2, task_index);
	mst_scan_begin(&scan, &tasks, TASK_EXECUTION, keys, 2,
				   BackwardScanDirection);
	row = mst_scan_next(&scan);
	mst_scan_end(&scan);
	return row;
}

/*
 * Returns the task of the execution that ended last of those to undo whose place
 * is before the one given, palloc'd; NULL if there is none.
 */
TaskRow *
mst_store_last_to_undo(const pg_uuid_t *execution_id, int before)
{
	RowScan		scan;
	ScanKeyData keys[2];
	TaskRow    *row;

	mst_scan_key_uuid(&keys[0], 1, BTEqualStrategyNumber, execution_id);
	ScanKeyInit(&keys[1], 2, BTLessStrategyNumber, F_INT4LT, Int32GetDatum(before));
	mst_scan_begin(&scan, &tasks, TASK_UNDO, keys, 2, BackwardScanDirection);
	row = mst_scan_next(&scan);
	mst_scan_end(&scan);
	return row;
}

/* Inserts the new tasks and updates the changed ones. */
void
mst_store_write_tasks(TaskRow **items, int n)
{
	mst_rows_write(&tasks, (void **) items, n);
}

/*
 * Returns the priority that the engine has noted for a task when it began; 0
 * if it has none, or there is no such task.
 */
int
mst_store_task_priority(const pg_uuid_t *id)
{
	TaskRow    *task = mst_uuid_is_none(id) ? NULL : mst_store_task(id);

	return task == NULL ? 0 :
		mst_json_get_int(mst_json_get(task->runtime, "__engine"), "priority", 0);
}
