/*-------------------------------------------------------------------------
 *
 * actions.c
 *	  Rows of action executions, and results that wait to be processed.
 *
 * A claim sets the executor of an action without the lock on its execution;
 * these columns are shared, and what the claim wrote is kept when the engine
 * writes the row at the same time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "utils/memutils.h"

#include "store/claims.h"
#include "store/rows.h"
#include "store/scan.h"
#include "store/statement.h"
#include "store/write.h"

static const TableColumn action_columns[] = {
	COLUMN(ActionRow, id, COL_UUID),
	COLUMN_NULL(ActionRow, task_id, COL_UUID),
	COLUMN_NULL(ActionRow, execution_id, COL_UUID),
	COLUMN_NULL(ActionRow, root_id, COL_ROOT_UUID),
	COLUMN(ActionRow, created_at, COL_TIMESTAMP),
	COLUMN(ActionRow, item_index, COL_INT32),
	COLUMN(ActionRow, attempt, COL_INT32),
	COLUMN_NULL(ActionRow, timeout_s, COL_INT32),
	COLUMN(ActionRow, is_sync, COL_BOOL),
	COLUMN(ActionRow, safe_rerun, COL_BOOL),
	COLUMN(ActionRow, project_id, COL_TEXT),
	COLUMN(ActionRow, name, COL_TEXT),
	COLUMN(ActionRow, namespace, COL_TEXT),
	COLUMN_NULL(ActionRow, target, COL_TEXT),
	COLUMN_LARGE(ActionRow, input, COL_JSONB, false),
	COLUMN_LARGE(ActionRow, run, COL_JSONB, true),
	COLUMN_SHARED(ActionRow, executor_id, COL_INT64),
	COLUMN_SHARED(ActionRow, claimed_at, COL_TIMESTAMP),
	COLUMN_NULL(ActionRow, updated_at, COL_TIMESTAMP),
	COLUMN(ActionRow, state, COL_STATE),
	COLUMN(ActionRow, accepted, COL_BOOL),
	COLUMN(ActionRow, is_redelivered, COL_BOOL),
	COLUMN(ActionRow, is_abandoned, COL_BOOL),
	COLUMN_NULL(ActionRow, output, COL_JSONB)
};

TableDef	mst_actions_table = {
	.name = "action_executions",
	.row_size = sizeof(ActionRow),
	.is_whole = true,
	.ncolumns = lengthof(action_columns),
	.columns = action_columns,
	.nindexes = 1,
	.indexes = {"action_executions_pkey"}
};

LIST_TABLE(mst_actions_table);

static const TableColumn result_columns[] = {
	COLUMN(ResultRow, action_id, COL_UUID),
	COLUMN(ResultRow, execution_id, COL_UUID),
	COLUMN(ResultRow, recorded_at, COL_TIMESTAMP),
	COLUMN(ResultRow, state, COL_STATE),
	COLUMN(ResultRow, project_id, COL_TEXT),
	COLUMN_NULL(ResultRow, output, COL_JSONB)
};

TableDef	mst_results_table = {
	.name = "action_results",
	.row_size = sizeof(ResultRow),
	.is_whole = true,
	.ncolumns = lengthof(result_columns),
	.columns = result_columns,
	.nindexes = 2,
	.indexes = {
		[RESULTS_BY_EXECUTION] = "action_results_execution_idx",
		[RESULTS_BY_ACTION] = "action_results_pkey"
	}
};

LIST_TABLE(mst_results_table);

/* Returns the action of that id, palloc'd; NULL if there is none. */
ActionRow *
mst_store_action(const pg_uuid_t *id)
{
	return mst_row_by_id(&mst_actions_table, 0, id);
}

/*
 * Calls "fn" for each action of the task with first_no <= number <=
 * last_no, in the order of their numbers, until it returns false.  The row
 * is freed after each call.  Its input and run may be toasted: write them
 * back as they are, or read them with mst_store_action().
 */
void
mst_store_each_action(const pg_uuid_t *task_id, int first_no, int last_no,
					  bool (*fn) (ActionRow *action, void *arg), void *arg)
{
	MemoryContext caller_cxt = CurrentMemoryContext;
	MemoryContext row_cxt;
	RowScan		scan;
	ScanKeyData keys[2];
	pg_uuid_t	first = mst_uuid_action(task_id, Max(first_no, 1));
	pg_uuid_t	last = mst_uuid_action(task_id, Max(last_no, 0));
	bool		goes_on = true;

	row_cxt = AllocSetContextCreate(caller_cxt, "mistral action row",
									ALLOCSET_DEFAULT_SIZES);
	mst_scan_key_uuid(&keys[0], 1, BTGreaterEqualStrategyNumber, &first);
	mst_scan_key_uuid(&keys[1], 1, BTLessEqualStrategyNumber, &last);
	mst_scan_begin(&scan, &mst_actions_table, 0, keys, 2, ForwardScanDirection);
	while (goes_on && mst_scan_next_slot(&scan))
	{
		ActionRow  *action;

		MemoryContextSwitchTo(row_cxt);
		action = mst_row_read_lazily(&mst_actions_table, scan.slot);
		MemoryContextSwitchTo(caller_cxt);
		goes_on = fn(action, arg);
		MemoryContextReset(row_cxt);
	}
	mst_scan_end(&scan);
	MemoryContextDelete(row_cxt);
}

/* ---- all actions of a task at once ---- */

static void
execute_for_actions(Statement *statement, const pg_uuid_t *task_id)
{
	pg_uuid_t	first = mst_uuid_action(task_id, 1);
	pg_uuid_t	last = mst_uuid_action(task_id, PG_INT32_MAX);
	StatementArgs args = {0};

	mst_arg_uuid(&args, &first);
	mst_arg_uuid(&args, &last);
	(void) mst_statement_execute(statement, &args);
}

/*
 * The actions of a task count no longer: all that have been written, or those
 * that did not succeed.  None may be held in memory to be written.
 */
void
mst_store_unaccept_actions(const pg_uuid_t *task_id, bool only_failed)
{
	static Statement all = {
		"UPDATE mistral.action_executions SET accepted = false"
		" WHERE id BETWEEN $1 AND $2 AND accepted",
		2, {UUIDOID, UUIDOID}
	};
	static Statement failed = {
		"UPDATE mistral.action_executions SET accepted = false"
		" WHERE id BETWEEN $1 AND $2 AND accepted AND state <> 'S'",
		2, {UUIDOID, UUIDOID}
	};

	execute_for_actions(only_failed ? &failed : &all, task_id);
}

/* Forgets the outputs of a task's actions; the same holds as above. */
void
mst_store_drop_outputs(const pg_uuid_t *task_id)
{
	static Statement drop = {
		"UPDATE mistral.action_executions SET output = '{}'"
		" WHERE id BETWEEN $1 AND $2 AND output <> '{}'",
		2, {UUIDOID, UUIDOID}
	};

	execute_for_actions(&drop, task_id);
}

/* ---- writing ---- */

/*
 * Inserts the new actions and updates the changed ones, and notes who has
 * claimed the new ones.
 */
void
mst_store_write_actions(ActionRow **items, int n)
{
	mst_store_note_new_claims(items, n);
	mst_rows_write(&mst_actions_table, (void **) items, n);
}

/* Returns up to "limit" recorded results of the execution, oldest first. */
List *
mst_store_results(const pg_uuid_t *execution_id, int limit)
{
	RowScan		scan;
	ScanKeyData key;
	List	   *rows = NIL;
	void	   *row;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, execution_id);
	mst_scan_begin(&scan, &mst_results_table, RESULTS_BY_EXECUTION, &key, 1, ForwardScanDirection);
	while (list_length(rows) < limit && (row = mst_scan_next(&scan)) != NULL)
		rows = lappend(rows, row);
	mst_scan_end(&scan);
	return rows;
}

/* Records results, for an engine call that cannot be made now to apply. */
void
mst_store_insert_results(ResultRow **items, int n)
{
	mst_rows_write(&mst_results_table, (void **) items, n);
}

/*
 * Deletes a recorded result in the version that was read; a serialization
 * failure if it has changed since.
 */
void
mst_store_delete_result(ResultRow *result)
{
	mst_row_delete(&mst_results_table, result);
}

/*
 * Deletes a stand-alone action.
 */
void
mst_store_delete_action(ActionRow *action)
{
	mst_row_delete(&mst_actions_table, action);
}
