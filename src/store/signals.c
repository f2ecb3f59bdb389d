/*-------------------------------------------------------------------------
 *
 * signals.c
 *	  Signals that executions have got, and what their tasks wait for.
 *
 * A signal is inserted in the sender's transaction, without a lock on the
 * execution, and taken by whoever holds that lock.  One without a key is
 * deleted when it is taken; one with a key stays without its data, because
 * the unique index over keys is what makes a second sending of it count for
 * nothing.  Both are read with a snapshot of their own in any isolation
 * level: a task must see what was committed before it began to wait.
 *
 * An execution has at most mistral.max_signals that nobody has taken.  Those
 * that are not committed count, so the bound holds however many sessions send
 * at once, but for one each; nobody waits for anybody to be counted.  Whoever
 * looks for a signal reads all of them, so their bytes are bounded as well.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/stratnum.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

#include "store/home.h"
#include "store/relation.h"
#include "store/rows.h"
#include "store/scan.h"
#include "store/signals.h"
#include "store/statement.h"
#include "store/write.h"
#include "util/errors.h"
#include "util/guc.h"
#include "util/spi.h"
#include "util/uuid.h"

/* Bytes of data that signals which nobody has taken may have on average. */
#define SIGNAL_BYTES	65536

static const TableColumn signal_columns[] = {
	COLUMN(SignalRow, id, COL_IDENTITY),
	COLUMN(SignalRow, execution_id, COL_UUID),
	COLUMN(SignalRow, sent_at, COL_TIMESTAMP),
	COLUMN(SignalRow, is_taken, COL_BOOL),
	COLUMN_NULL(SignalRow, task_id, COL_UUID),
	COLUMN(SignalRow, project_id, COL_TEXT),
	COLUMN(SignalRow, name, COL_TEXT),
	COLUMN_NULL(SignalRow, key, COL_TEXT),
	COLUMN(SignalRow, sender, COL_TEXT),
	COLUMN_NULL(SignalRow, data, COL_JSONB)
};

static TableDef signals = {
	.name = "signals",
	.row_size = sizeof(SignalRow),
	.is_whole = true,
	.ncolumns = lengthof(signal_columns),
	.columns = signal_columns,
	.nindexes = 1,
	.indexes = {"signals_execution_idx"}
};

static const TableColumn wait_columns[] = {
	COLUMN(SignalWaitRow, execution_id, COL_UUID),
	COLUMN(SignalWaitRow, action_id, COL_UUID),
	COLUMN(SignalWaitRow, is_event, COL_BOOL),
	COLUMN(SignalWaitRow, project_id, COL_TEXT),
	COLUMN(SignalWaitRow, name, COL_TEXT)
};

static TableDef waits = {
	.name = "signal_waits",
	.row_size = sizeof(SignalWaitRow),
	.is_whole = true,
	.ncolumns = lengthof(wait_columns),
	.columns = wait_columns,
	.nindexes = 1,
	.indexes = {"signal_waits_execution_idx"}
};

LIST_TABLE(signals);
LIST_TABLE(waits);

/* Returns the name under which an event is a signal, palloc'd. */
char *
mst_signal_event_name(const char *exchange, const char *topic, const char *event)
{
	return psprintf("%s/%s/%s", exchange, topic, event);
}

/* The last column. */
#define DATA_COLUMN		(lengthof(signal_columns) - 1)

/* ---- signals ---- */

static void
set_buffered_keys(ScanKey keys, const pg_uuid_t *execution_id)
{
	mst_scan_key_uuid(&keys[0], 1, BTEqualStrategyNumber, execution_id);
	ScanKeyInit(&keys[1], 2, BTEqualStrategyNumber, F_BOOLEQ, BoolGetDatum(false));
}

/* Returns the bytes of a signal's data, which are not read for that. */
static int64
data_size(const RowScan *scan)
{
	bool		is_null;
	Datum		data = slot_getattr(scan->slot, signals.cache->attnums[DATA_COLUMN], &is_null);

	return is_null ? 0 : toast_raw_datum_size(data);
}

/* Raises an error when the execution has as many signals as it may. */
static void
check_signal_count(const pg_uuid_t *execution_id)
{
	SnapshotData dirty;
	ScanKeyData keys[2];
	RowScan		scan;
	int64		max_bytes = (int64) mst_max_signals * SIGNAL_BYTES;
	int64		bytes = 0;
	int			n = 0;

	InitDirtySnapshot(dirty);
	set_buffered_keys(keys, execution_id);
	mst_scan_begin_with(&scan, &signals, 0, keys, 2, ForwardScanDirection, &dirty);
	while (n < mst_max_signals && bytes < max_bytes && mst_scan_next_slot(&scan))
	{
		bytes += data_size(&scan);
		n++;
	}
	mst_scan_end(&scan);
	if (n >= mst_max_signals || bytes >= max_bytes)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_QUOTA),
				 errmsg("execution %s has too many signals that no task has taken",
						mst_uuid_text(execution_id)),
				 errdetail("There may be %d, with %d kB of data on average.", mst_max_signals, SIGNAL_BYTES / 1024),
				 errhint("Send them when its tasks wait for them, or let an administrator raise \"mistral.max_signals\".")));
}

/*
 * Inserts a signal.  Returns false, with nothing done, when one of its name
 * and key is there; waits for a transaction that is inserting such a one.
 * Raises an error when the execution has too many; a repetition is none.
 */
bool
mst_store_insert_signal(const SignalRow *signal)
{
	static Statement insert = {
		"INSERT INTO mistral.signals (execution_id, sent_at, project_id, name, key, sender, data)"
		" VALUES ($1, clock_timestamp(), $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
		6, {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID}
	};
	static Statement known = {
		"SELECT 1 FROM mistral.signals WHERE execution_id = $1 AND name = $2 AND key = $3",
		3, {UUIDOID, TEXTOID, TEXTOID}
	};
	StatementArgs args = {0};

	mst_home_require();
	mst_arg_uuid(&args, &signal->execution_id);
	mst_arg_text(&args, signal->name);
	mst_arg_text(&args, signal->key);
	if (signal->key != NULL && mst_statement_execute(&known, &args) > 0)
		return false;
	check_signal_count(&signal->execution_id);
	args.n = 0;
	mst_arg_uuid(&args, &signal->execution_id);
	mst_arg_text(&args, signal->project_id);
	mst_arg_text(&args, signal->name);
	mst_arg_text(&args, signal->key);
	mst_arg_text(&args, signal->sender);
	mst_arg_jsonb(&args, signal->data);
	return mst_statement_execute(&insert, &args) > 0;
}

/*
 * Returns the signals (SignalRow *) of an execution that no task has taken,
 * in the order in which they came.
 */
List *
mst_store_buffered_signals(const pg_uuid_t *execution_id)
{
	ScanKeyData keys[2];

	set_buffered_keys(keys, execution_id);
	return mst_rows_by_keys(&signals, 0, keys, 2);
}

/*
 * Writes that signals have been taken by the tasks that they name; the caller
 * holds the lock on the execution.
 */
void
mst_store_take_signals(List *taken)
{
	ListCell   *lc;

	foreach(lc, taken)
	{
		SignalRow  *signal = lfirst(lc);
		void	   *row = signal;

		if (signal->key == NULL)
		{
			mst_row_delete(&signals, signal);
			continue;
		}
		signal->is_taken = true;
		signal->data = NULL;
		signal->row.is_dirty = true;
		mst_rows_write(&signals, &row, 1);
	}
}

/* ---- what waits for them ---- */

/* Returns what tasks of an execution wait for (SignalWaitRow *), by action. */
List *
mst_store_signal_waits(const pg_uuid_t *execution_id)
{
	ScanKeyData key;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, execution_id);
	return mst_rows_by_keys(&waits, 0, &key, 1);
}

/* Inserts what tasks wait for. */
void
mst_store_insert_signal_waits(SignalWaitRow **items, int n)
{
	mst_rows_write(&waits, (void **) items, n);
}

/* Deletes what an action has waited for. */
void
mst_store_delete_signal_waits(const pg_uuid_t *execution_id, const pg_uuid_t *action_id)
{
	ScanKeyData keys[2];
	ListCell   *lc;

	mst_scan_key_uuid(&keys[0], 1, BTEqualStrategyNumber, execution_id);
	mst_scan_key_uuid(&keys[1], 2, BTEqualStrategyNumber, action_id);
	foreach(lc, mst_rows_by_keys(&waits, 0, keys, 2))
		mst_row_delete(&waits, lfirst(lc));
}

/* Runs a query with two texts that returns ids; they are palloc'd. */
static List *
query_ids(SPIPlanPtr *plan, const char *sql, const char *first, const char *second)
{
	static const Oid argtypes[] = {TEXTOID, TEXTOID};
	Datum		args[] = {CStringGetTextDatum(first), CStringGetTextDatum(second)};
	MemoryContext caller_cxt = CurrentMemoryContext;
	OwnerSwitch owner;
	List	   *ids;

	mst_spi_connect();
	mst_as_owner_begin(&owner);
	mst_spi_plan(plan, sql, 0, lengthof(argtypes), argtypes);
	if (SPI_execute_plan(*plan, args, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the executions of a signal");
	ids = mst_spi_take_uuids(caller_cxt);
	mst_as_owner_end(&owner);
	SPI_finish();
	return ids;
}

/*
 * Returns the executions (pg_uuid_t *) of a project whose tasks wait for an
 * event, by its name as a signal.
 */
List *
mst_store_event_waits(const char *name, const char *project)
{
	static SPIPlanPtr plan = NULL;

	return query_ids(&plan,
					 "SELECT DISTINCT execution_id FROM mistral.signal_waits"
					 " WHERE is_event AND name = $1 AND project_id = $2"
					 " ORDER BY execution_id",
					 name, project);
}

/*
 * Returns the executions (pg_uuid_t *) of a project with a key that have begun
 * and not ended, or else the first of those that are to begin.
 */
List *
mst_store_executions_of_key(const char *project, const char *key)
{
	static SPIPlanPtr begun = NULL;
	static SPIPlanPtr first = NULL;
	List	   *ids = query_ids(&begun,
								"SELECT id FROM mistral.workflow_executions"
								" WHERE project_id = $1 AND key = $2 AND state IN ('R', 'P')"
								" ORDER BY created_at, id",
								project, key);

	if (ids != NIL)
		return ids;
	return query_ids(&first,
					 "SELECT id FROM mistral.workflow_executions"
					 " WHERE project_id = $1 AND key = $2 AND state = 'I'"
					 " ORDER BY created_at, id LIMIT 1",
					 project, key);
}

/* ---- the end of an execution's rows ---- */

static void
delete_rows_of(TableDef *def, const pg_uuid_t *execution_id)
{
	ScanKeyData key;
	ListCell   *lc;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, execution_id);
	foreach(lc, mst_rows_by_keys(def, 0, &key, 1))
		(void) mst_row_delete_nowait(def, lfirst(lc));
}

/*
 * Deletes the signals of an execution that is being deleted, or is gone, and
 * what has waited for them.
 */
void
mst_store_delete_signals(const pg_uuid_t *execution_id)
{
	delete_rows_of(&signals, execution_id);
	delete_rows_of(&waits, execution_id);
}
