/*-------------------------------------------------------------------------
 *
 * recalls.c
 *	  Claimed actions that their executors are to give up.
 *
 * Whoever ends a task or an execution, or an action that somebody else has
 * claimed, leaves a row for the executor.  It only inserts, so it waits for
 * nobody, and costs those nothing who cancel nothing: an executor's calls look
 * into an index that is empty.
 *
 * A row stays until the executor has reported the action, so the executor is
 * told again and again, however often an answer is lost.  Where the action is
 * still running the row is a hint: it holds while nobody waits for the action,
 * and is dropped by the next look otherwise.  Where the action has been ended
 * by somebody else, or deleted (has_ended), the executor's report is refused,
 * and the refusal drops the row.
 *
 * There are never more rows than the executor has claimed, twice over; they
 * go with the executor.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"

#include "signal/wake.h"
#include "store/claims.h"
#include "store/recalls.h"
#include "store/reporting.h"
#include "store/scan.h"
#include "store/statement.h"
#include "store/tasks.h"
#include "store/write.h"

/* rows that hold no longer and are dropped by one look */
#define MAX_DROPPED		10000

typedef struct RecallRow
{
	RowState	row;
	int64		executor_id;
	pg_uuid_t	action_id;
	bool		has_ended;
} RecallRow;

static const TableColumn recall_columns[] = {
	COLUMN(RecallRow, executor_id, COL_INT64),
	COLUMN(RecallRow, action_id, COL_UUID),
	COLUMN(RecallRow, has_ended, COL_BOOL)
};

static TableDef recalls = {
	.name = "action_recalls",
	.row_size = sizeof(RecallRow),
	.is_whole = true,
	.ncolumns = lengthof(recall_columns),
	.columns = recall_columns,
	.nindexes = 1,
	.indexes = {"action_recalls_idx"}
};

LIST_TABLE(recalls);

/* Returns whether there is a row that says as much. */
static bool
is_recalled(int64 executor_id, const pg_uuid_t *action_id, bool has_ended)
{
	RowScan		scan;
	ScanKeyData keys[2];
	RecallRow  *recall;
	bool		found = false;

	mst_scan_begin_of_executor(&scan, &recalls, keys, executor_id, action_id);
	while (!found && (recall = mst_scan_next(&scan)) != NULL)
		found = recall->has_ended || !has_ended;
	mst_scan_end(&scan);
	return found;
}

/*
 * Has the executor told to give the action up, and wakes it at the commit;
 * has_ended: the action has its end already, or is gone.  Does nothing when
 * there is no executor (0, or one that is lost).
 */
void
mst_store_recall(int64 executor_id, const pg_uuid_t *action_id, bool has_ended)
{
	RecallRow	recall = {.row.is_new = true};
	void	   *row = &recall;

	if (executor_id == 0 || mst_store_executor(executor_id) == NULL ||
		is_recalled(executor_id, action_id, has_ended))
		return;
	recall.executor_id = executor_id;
	recall.action_id = *action_id;
	recall.has_ended = has_ended;
	mst_rows_write(&recalls, &row, 1);
	mst_wake_executor(executor_id);
}

/* Forgets what the executor was to be told: it has reported the action. */
void
mst_store_forget_recall(int64 executor_id, const pg_uuid_t *action_id)
{
	RowScan		scan;
	ScanKeyData keys[2];
	RecallRow  *recall;

	mst_scan_begin_of_executor(&scan, &recalls, keys, executor_id, action_id);
	while ((recall = mst_scan_next(&scan)) != NULL)
		(void) mst_row_delete_nowait(&recalls, recall);
	mst_scan_end(&scan);
}

/*
 * Returns whether somebody still waits for the result of an unfinished action,
 * as far as what is committed says.
 */
bool
mst_store_is_wanted(const ActionRow *action)
{
	ExecutionRow *exec;
	TaskRow    *task;

	if (mst_uuid_is_none(&action->execution_id))
		return true;
	exec = mst_store_execution(&action->execution_id, LOCK_NONE, NULL);
	if (exec == NULL || mst_state_is_completed(exec->state))
		return false;
	task = mst_store_task(&action->task_id);
	return task != NULL && !mst_state_is_completed(task->state) &&
		task->attempt == action->attempt;
}

/*
 * Returns whether the executor is to be told of the row: not when the action
 * has its end, is not the executor's any more, or is wanted again.
 */
static bool
still_holds(const RecallRow *recall)
{
	ActionRow  *action;

	if (recall->has_ended)
		return true;
	action = mst_store_action(&recall->action_id);
	return action != NULL && !mst_state_is_completed(action->state) &&
		action->executor_id == recall->executor_id &&
		!mst_report_is_recorded(&action->id) && !mst_store_is_wanted(action);
}

/*
 * Returns the ids (pg_uuid_t *) of up to "max" actions that the executor is to
 * give up, each once.  Drops the rows that hold no longer.
 */
List *
mst_store_recalled(int64 executor_id, int max)
{
	List	   *ids = NIL;
	int			dropped = 0;
	RecallRow  *recall;
	RowScan		scan;
	ScanKeyData keys[1];

	mst_scan_begin_of_executor(&scan, &recalls, keys, executor_id, NULL);
	while (list_length(ids) < max && dropped < MAX_DROPPED &&
		   (recall = mst_scan_next(&scan)) != NULL)
	{
		if (!still_holds(recall))
		{
			(void) mst_row_delete_nowait(&recalls, recall);
			dropped++;
		}
		else if (ids == NIL || !mst_uuid_equal(llast(ids), &recall->action_id))
			ids = lappend(ids, &recall->action_id);
	}
	mst_scan_end(&scan);
	return ids;
}

/*
 * Drops the rows of executors that are gone, but for those that somebody is at
 * work on: the next sweep finds them.
 */
void
mst_store_sweep_recalls(void)
{
	static Statement sweep = {
		"DELETE FROM mistral.action_recalls"
		" WHERE ctid = ANY (ARRAY("
		"  SELECT r.ctid FROM mistral.action_recalls r"
		"   WHERE NOT EXISTS (SELECT 1 FROM mistral.executors x WHERE x.id = r.executor_id)"
		"     FOR UPDATE SKIP LOCKED))"
	};
	StatementArgs args = {0};

	(void) mst_statement_execute(&sweep, &args);
}

/* Returns the numbers (int64 *) of the executors that have to be told something. */
List *
mst_store_recalled_executors(void)
{
	static const char *const query =
	"SELECT DISTINCT executor_id FROM mistral.action_recalls";
	MemoryContext caller_cxt = CurrentMemoryContext;
	List	   *numbers = NIL;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the recalled actions");
	MemoryContextSwitchTo(caller_cxt);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		int64	   *number = palloc(sizeof(int64));
		bool		is_null;

		*number = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[i],
											  SPI_tuptable->tupdesc, 1, &is_null));
		numbers = lappend(numbers, number);
	}
	SPI_finish();
	return numbers;
}
