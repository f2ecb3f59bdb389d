/*-------------------------------------------------------------------------
 *
 * executors.c
 *	  Rows of executor processes, and what each has claimed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"
#include "utils/uuid.h"

#include "store/claims.h"
#include "store/rows.h"
#include "util/spi.h"

static const TableColumn executor_columns[] = {
	COLUMN(ExecutorRow, id, COL_IDENTITY),
	COLUMN(ExecutorRow, name, COL_TEXT),
	COLUMN(ExecutorRow, target, COL_TEXT),
	COLUMN(ExecutorRow, role_name, COL_TEXT),
	COLUMN_NULL(ExecutorRow, actions, COL_JSONB),
	COLUMN_NULL(ExecutorRow, info, COL_JSONB),
	COLUMN(ExecutorRow, registered_at, COL_TIMESTAMP),
	COLUMN(ExecutorRow, last_heartbeat, COL_TIMESTAMP),
	COLUMN(ExecutorRow, lease_until, COL_TIMESTAMP),
	COLUMN(ExecutorRow, lease_ms, COL_INT32),
	COLUMN(ExecutorRow, is_draining, COL_BOOL)
};

static TableDef executors = {
	.name = "executors",
	.row_size = sizeof(ExecutorRow),
	.ncolumns = lengthof(executor_columns),
	.columns = executor_columns,
	.nindexes = 1,
	.indexes = {"executors_pkey"}
};

ExecutorRow *
mst_store_executor(int64 id)
{
	RowScan		scan;
	ScanKeyData key;
	ExecutorRow *executor;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(id));
	mst_scan_begin(&scan, &executors, 0, &key, 1, ForwardScanDirection);
	executor = mst_scan_next(&scan);
	mst_scan_end(&scan);
	return executor;
}

List *
mst_store_executors(void)
{
	return mst_rows_by_keys(&executors, 0, NULL, 0);
}

void
mst_store_write_executor(ExecutorRow *executor)
{
	mst_rows_write(&executors, (void **) &executor, 1);
}

bool
mst_store_try_write_executor(ExecutorRow *executor)
{
	return mst_row_update_nowait(&executors, executor);
}

bool
mst_store_delete_executor(ExecutorRow *executor)
{
	return mst_row_delete_nowait(&executors, executor);
}

static bool
array_contains(Jsonb *array, const char *text)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = strlen(text);
	return findJsonbValueFromContainer(&array->root, JB_FARRAY, &value) != NULL;
}

bool
mst_executor_takes(const ExecutorRow *executor, const char *name,
				   const char *target)
{
	if (target != NULL && target[0] != '\0' &&
		strcmp(target, executor->target) != 0)
		return false;
	return executor->actions == NULL || array_contains(executor->actions, name);
}

/*
 * Reads the whole table: an index would cost every claim, and executors
 * seldom die.
 */
List *
mst_store_claimed_actions(int64 executor_id)
{
	static SPIPlanPtr plan = NULL;
	static const Oid argtypes[] = {INT8OID};
	Datum		args[] = {Int64GetDatum(executor_id)};
	MemoryContext caller_cxt = CurrentMemoryContext;
	OwnerSwitch owner;
	List	   *ids;

	mst_spi_connect();
	mst_as_owner_begin(&owner);
	mst_spi_plan(&plan,
				 "SELECT id FROM mistral.action_executions"
				 " WHERE executor_id = $1 AND state = 'R'",
				 0, lengthof(argtypes), argtypes);
	if (SPI_execute_plan(plan, args, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read action executions");
	ids = mst_spi_take_uuids(caller_cxt);
	mst_as_owner_end(&owner);
	SPI_finish();
	return ids;
}
