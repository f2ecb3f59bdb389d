/*-------------------------------------------------------------------------
 *
 * maintenance.c
 *	  The state of maintenance, and the calls that bring it about.
 *
 * One row says whether the service runs, is pausing or is paused.
 * Executions are paused and resumed by delayed calls, one each, so that a
 * service with many of them does not do it in one transaction; those that
 * maintenance has paused are marked, and only they are resumed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "store/maintenance.h"
#include "store/row.h"
#include "store/scan.h"
#include "store/statement.h"

typedef struct MaintenanceRow
{
	RowState	row;
	char	   *status;
} MaintenanceRow;

static const TableColumn maintenance_columns[] = {
	COLUMN(MaintenanceRow, status, COL_TEXT)
};

static TableDef maintenance_table = {
	.name = "maintenance",
	.row_size = sizeof(MaintenanceRow),
	.ncolumns = lengthof(maintenance_columns),
	.columns = maintenance_columns,
	.nindexes = 1,
	.indexes = {"maintenance_pkey"}
};

LIST_TABLE(maintenance_table);

/*
 * Returns RUNNING, PAUSING or PAUSED, palloc'd.  Reads the row without a
 * statement and without a lock, because every start asks.
 */
char *
mst_maintenance_status(void)
{
	ScanKeyData key;
	List	   *rows;

	mst_scan_key_int4(&key, 1, 1);
	rows = mst_rows_by_keys(&maintenance_table, 0, &key, 1);
	return rows != NIL ? ((MaintenanceRow *) linitial(rows))->status : "RUNNING";
}

/*
 * Returns whether the service is pausing or paused, so that nothing new may
 * start.
 */
bool
mst_maintenance_is_on(void)
{
	return strcmp(mst_maintenance_status(), "RUNNING") != 0;
}

/*
 * Returns RUNNING, PAUSING or PAUSED, palloc'd, and locks the row until the
 * transaction ends.
 */
char *
mst_maintenance_lock(void)
{
	static Statement lock = {
		"SELECT status FROM mistral.maintenance FOR UPDATE", 0, {0}
	};
	StatementArgs args = {0};

	return mst_statement_text(&lock, &args);
}

/*
 * Returns RUNNING, PAUSING or PAUSED, palloc'd, which nobody changes until the
 * transaction ends; NULL: somebody is changing it.  Waits for nobody.
 */
char *
mst_maintenance_hold_status(void)
{
	static Statement share = {
		"SELECT status FROM mistral.maintenance FOR SHARE SKIP LOCKED", 0, {0}
	};
	StatementArgs args = {0};

	return mst_statement_text(&share, &args);
}

/*
 * Writes RUNNING, PAUSING or PAUSED.  The caller has called
 * mst_maintenance_lock().  asked_by is the role that has asked for it, NULL when
 * the status only follows from what was asked for.
 */
void
mst_maintenance_set(const char *status, const char *asked_by)
{
	static Statement set = {
		"UPDATE mistral.maintenance SET status = $1, asked_by = coalesce($2, asked_by),"
		" asked_at = CASE WHEN $2 IS NULL THEN asked_at ELSE now() END",
		2, {TEXTOID, TEXTOID}
	};
	StatementArgs args = {0};

	mst_arg_text(&args, status);
	mst_arg_text(&args, asked_by);
	(void) mst_statement_execute(&set, &args);
}

/* Returns what is left to be done before all is paused, in words; NULL: nothing. */
char *
mst_maintenance_left(void)
{
	static Statement left = {
		"SELECT format('%s executions to pause, %s tasks running', executions_to_pause, tasks_left)"
		" FROM mistral.stat_maintenance WHERE executions_to_pause > 0 OR tasks_left > 0",
		0, {0}
	};
	StatementArgs args = {0};

	return mst_statement_text(&left, &args);
}

/*
 * Inserts a call for every running execution, to pause it; returns their
 * number.
 */
uint64
mst_maintenance_pause_all(void)
{
	/*
	 * executions below others are paused with these; a rollback may outlive
	 * what is above it
	 */
	static Statement calls = {
		"INSERT INTO mistral.delayed_calls"
		" (due_at, created_at, execution_id, root_id, kind, project_id)"
		" SELECT now(), now(), id, id, '" MAINTENANCE_PAUSE "', project_id"
		" FROM mistral.workflow_executions"
		" WHERE state = 'R' AND (parent_task_id IS NULL OR rollback IS NOT NULL)",
		0, {0}
	};
	StatementArgs args = {0};

	return mst_statement_execute(&calls, &args);
}

/*
 * Inserts a call for every execution that maintenance has paused, and lets
 * the calls go on that wait for its end: those due at infinity.
 */
void
mst_maintenance_resume_all(void)
{
	/* the scheduler may be running one, and then waits for us */
	static Statement forget = {
		"DELETE FROM mistral.delayed_calls WHERE id IN"
		" (SELECT id FROM mistral.delayed_calls"
		" WHERE kind IN ('" MAINTENANCE_PAUSE "', '" MAINTENANCE_CHECK "')"
		" FOR UPDATE SKIP LOCKED)",
		0, {0}
	};
	static Statement release = {
		"UPDATE mistral.delayed_calls SET due_at = now() WHERE due_at = 'infinity'",
		0, {0}
	};
	static Statement calls = {
		"INSERT INTO mistral.delayed_calls"
		" (due_at, created_at, execution_id, root_id, kind, project_id)"
		" SELECT now(), now(), e.id, e.root_id, '" MAINTENANCE_RESUME "', e.project_id"
		" FROM mistral.workflow_executions e WHERE e.state = 'P' AND e.paused_by_maintenance"
		/* the one above takes it along */
		" AND NOT EXISTS (SELECT 1 FROM mistral.task_executions t"
		"   JOIN mistral.workflow_executions a ON a.id = t.execution_id"
		"   WHERE t.id = e.parent_task_id AND a.state = 'P' AND a.paused_by_maintenance)",
		0, {0}
	};
	StatementArgs args = {0};

	(void) mst_statement_execute(&forget, &args);
	(void) mst_statement_execute(&release, &args);
	(void) mst_statement_execute(&calls, &args);
}

/*
 * Inserts a call that looks again, at this time, whether no task is
 * running.
 */
void
mst_maintenance_check_at(TimestampTz due)
{
	static Statement call = {
		"INSERT INTO mistral.delayed_calls (due_at, created_at, kind, project_id)"
		" VALUES ($1, now(), '" MAINTENANCE_CHECK "', current_user)",
		1, {TIMESTAMPTZOID}
	};
	StatementArgs args = {0};

	mst_arg_datum(&args, TimestampTzGetDatum(due), false);
	(void) mst_statement_execute(&call, &args);
}

/* Returns whether there are executions that a call is still to pause. */
bool
mst_maintenance_is_pausing(void)
{
	static Statement calls = {
		"SELECT 'pausing' WHERE EXISTS"
		" (SELECT 1 FROM mistral.delayed_calls"
		"   WHERE kind = '" MAINTENANCE_PAUSE "' AND NOT is_dead)",
		0, {0}
	};
	StatementArgs args = {0};

	return mst_statement_text(&calls, &args) != NULL;
}

/* Returns whether no task is running. */
bool
mst_maintenance_is_quiet(void)
{
	static Statement busy = {
		"SELECT 'busy' WHERE EXISTS (SELECT 1 FROM mistral.stat_maintenance_tasks)",
		0, {0}
	};
	StatementArgs args = {0};

	return mst_statement_text(&busy, &args) == NULL;
}
