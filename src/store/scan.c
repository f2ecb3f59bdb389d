/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  Reads rows by index.
 *
 * Each scan takes a new snapshot, so that whoever has waited for a lock sees
 * what was committed meanwhile, and its own transaction's changes.  So it is
 * at every isolation level, as for the checks of foreign keys: an engine call
 * must not decide on what is no longer true.  Where the level fixes the
 * snapshot, changing a row that was changed after it is an error (write.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

#include "store/relation.h"
#include "store/rows.h"
#include "store/scan.h"
#include "util/compat.h"

/* Returns a new snapshot to read with; the caller registers it. */
Snapshot
mst_store_snapshot(void)
{
	/* a parallel query has one snapshot for all its processes */
	if (IsInParallelMode())
		return GetActiveSnapshot();
	return GetLatestSnapshot();
}

/*
 * Makes a key: the column of the index, counted from 1, compared with an
 * id.
 */
void
mst_scan_key_uuid(ScanKey key, int column, int strategy, const pg_uuid_t *id)
{
	static const RegProcedure procs[] = {
		[BTLessStrategyNumber] = F_UUID_LT,
		[BTLessEqualStrategyNumber] = F_UUID_LE,
		[BTEqualStrategyNumber] = F_UUID_EQ,
		[BTGreaterEqualStrategyNumber] = F_UUID_GE,
		[BTGreaterStrategyNumber] = F_UUID_GT
	};

	ScanKeyInit(key, column, strategy, procs[strategy], UUIDPGetDatum(id));
}

/* Makes a key: the column of the index equals a number. */
void
mst_scan_key_int4(ScanKey key, int column, int32 value)
{
	ScanKeyInit(key, column, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(value));
}

/* Makes a key: the column of the index is NULL. */
void
mst_scan_key_null(ScanKey key, int column)
{
	ScanKeyEntryInitialize(key, SK_ISNULL | SK_SEARCHNULL, column, InvalidStrategy,
						   InvalidOid, InvalidOid, InvalidOid, (Datum) 0);
}

/* Makes a key: the column of the index equals a text, which is copied. */
void
mst_scan_key_text(ScanKey key, int column, const char *value)
{
	ScanKeyEntryInitialize(key, 0, column, BTEqualStrategyNumber, InvalidOid,
						   DEFAULT_COLLATION_OID, F_TEXTEQ,
						   CStringGetTextDatum(value));
}

/* Opens table and index for a forward scan, which reads nothing yet. */
static void
open_scan(RowScan *scan, TableDef *def, int index, int nkeys, Snapshot snapshot)
{
	scan->def = def;
	scan->direction = ForwardScanDirection;
	scan->rel = mst_table_open(def, AccessShareLock);
	scan->index = index_open(def->cache->scan_indexes[index], AccessShareLock);
	scan->slot = table_slot_create(scan->rel, NULL);
	scan->snapshot = snapshot;
	scan->is_registered = false;
	scan->scan = mst_index_beginscan(scan->rel, scan->index, snapshot, nkeys);
}

/*
 * Begins a scan of an index with a new snapshot.  "scan" is the caller's;
 * ends with mst_scan_end().
 */
void
mst_scan_begin(RowScan *scan, TableDef *def, int index, ScanKey keys,
			   int nkeys, ScanDirection direction)
{
	Snapshot	snapshot = RegisterSnapshot(mst_store_snapshot());

	mst_scan_begin_with(scan, def, index, keys, nkeys, direction, snapshot);
	scan->is_registered = true;
}

/*
 * Begins a scan with a snapshot of the caller's, such as a dirty one, which
 * must last until mst_scan_end().
 */
void
mst_scan_begin_with(RowScan *scan, TableDef *def, int index, ScanKey keys,
					int nkeys, ScanDirection direction, Snapshot snapshot)
{
	open_scan(scan, def, index, nkeys, snapshot);
	scan->direction = direction;
	index_rescan(scan->scan, keys, nkeys, NULL, 0);
}

/*
 * Begins a scan with a new snapshot and so many keys, which each seek gives
 * anew: nothing is read before the first.
 */
void
mst_scan_begin_entries(RowScan *scan, TableDef *def, int index, int nkeys)
{
	open_scan(scan, def, index, nkeys, RegisterSnapshot(mst_store_snapshot()));
	scan->is_registered = true;
}

/*
 * Reads rows on from where the keys begin to hold; what they point to lasts
 * until the next seek.
 */
void
mst_scan_seek(RowScan *scan, ScanKey keys, int nkeys)
{
	scan->scan->ignore_killed_tuples = true;
	index_rescan(scan->scan, keys, nkeys, NULL, 0);
}

/* Gives the scan a new snapshot. */
void
mst_scan_renew_snapshot(RowScan *scan)
{
	UnregisterSnapshot(scan->snapshot);
	scan->snapshot = RegisterSnapshot(mst_store_snapshot());
	scan->scan->xs_snapshot = scan->snapshot;
}

/*
 * Returns the first entry of the index for which the keys hold, good until
 * the next call; NULL if there is none.  Does not look whether its row is
 * visible, or dead.
 */
IndexTuple
mst_scan_seek_entry(RowScan *scan, ScanKey keys, int nkeys)
{
	CHECK_FOR_INTERRUPTS();
	scan->scan->xs_want_itup = true;

	/*
	 * Otherwise the scan would walk over all pages of entries that are known
	 * to be dead, to find one that is not.
	 */
	scan->scan->ignore_killed_tuples = false;
	index_rescan(scan->scan, keys, nkeys, NULL, 0);
	if (index_getnext_tid(scan->scan, scan->direction) == NULL)
		return NULL;
	return scan->scan->xs_itup;
}

/*
 * Reads the next tuple into scan->slot without making a structure of it;
 * false at the end.
 */
bool
mst_scan_next_slot(RowScan *scan)
{
	CHECK_FOR_INTERRUPTS();
	return index_getnext_slot(scan->scan, scan->direction, scan->slot);
}

/*
 * Begins a scan of a table whose only index is by executor and action: of the
 * executor's rows in the order of their actions, or of those of one.  keys has
 * room for one key, or with an action for two, and lives as long as the scan.
 */
void
mst_scan_begin_of_executor(RowScan *scan, TableDef *def, ScanKey keys,
						   int64 executor_id, const pg_uuid_t *action_id)
{
	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(executor_id));
	if (action_id != NULL)
		mst_scan_key_uuid(&keys[1], 2, BTEqualStrategyNumber, action_id);
	mst_scan_begin(scan, def, 0, keys, action_id != NULL ? 2 : 1, ForwardScanDirection);
}

/*
 * Returns the next row as a structure in CurrentMemoryContext; NULL at the
 * end.
 */
void *
mst_scan_next(RowScan *scan)
{
	if (!mst_scan_next_slot(scan))
		return NULL;
	return mst_row_read(scan->def, scan->slot);
}

/* Ends a scan and closes index and table; their locks stay. */
void
mst_scan_end(RowScan *scan)
{
	index_endscan(scan->scan);
	if (scan->is_registered)
		UnregisterSnapshot(scan->snapshot);
	ExecDropSingleTupleTableSlot(scan->slot);
	index_close(scan->index, NoLock);
	table_close(scan->rel, NoLock);
}

/*
 * Returns the row with this uuid in the first column of the index,
 * palloc'd; NULL if there is none.
 */
void *
mst_row_by_id(TableDef *def, int index, const pg_uuid_t *id)
{
	RowScan		scan;
	ScanKeyData key;
	void	   *row;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, id);
	mst_scan_begin(&scan, def, index, &key, 1, ForwardScanDirection);
	row = mst_scan_next(&scan);
	mst_scan_end(&scan);
	return row;
}

/* Returns the rows for which the keys hold, in the order of the index. */
List *
mst_rows_by_keys(TableDef *def, int index, ScanKey keys, int nkeys)
{
	RowScan		scan;
	List	   *rows = NIL;
	void	   *row;

	mst_scan_begin(&scan, def, index, keys, nkeys, ForwardScanDirection);
	while ((row = mst_scan_next(&scan)) != NULL)
		rows = lappend(rows, row);
	mst_scan_end(&scan);
	return rows;
}
