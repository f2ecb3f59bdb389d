/*-------------------------------------------------------------------------
 *
 * write.c
 *	  Inserts, updates, deletes and locks rows.
 *
 * New rows of one call go in as one multi-insert for every WRITE_BATCH of
 * them.  An update is heap-only as long as no column changes that an index
 * covers or mentions in its predicate; only otherwise the indexes are opened.
 *
 * Every call ends with CommandCounterIncrement(): a structure that was written
 * can at once be read, or changed and written again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "store/relation.h"
#include "store/row.h"
#include "store/rows.h"
#include "store/scan.h"
#include "store/write.h"
#include "util/compat.h"

/* for what a write allocates; reset by each */
static MemoryContext scratch_cxt = NULL;

/*
 * Begins a write: returns the caller's memory context.
 */
static MemoryContext
begin_write(void)
{
	if (scratch_cxt == NULL)
		scratch_cxt = AllocSetContextCreate(TopMemoryContext,
											"mistral row writes",
											ALLOCSET_DEFAULT_SIZES);
	/* an error may have left something */
	MemoryContextReset(scratch_cxt);
	return MemoryContextSwitchTo(scratch_cxt);
}

static void
end_write(MemoryContext caller_cxt)
{
	MemoryContextSwitchTo(caller_cxt);
	MemoryContextReset(scratch_cxt);
	CommandCounterIncrement();
}

/*
 * One of the slots that are kept for writing to the table.
 */
static TupleTableSlot *
write_slot(TableDef *def, int i)
{
	TableCache *cache = def->cache;

	if (cache->slots[i] == NULL)
	{
		MemoryContext old_cxt = MemoryContextSwitchTo(cache->cxt);

		cache->slots[i] = MakeTupleTableSlot(cache->desc, &TTSOpsHeapTuple);
		MemoryContextSwitchTo(old_cxt);
	}
	cache->slots[i]->tts_tableOid = cache->relid;
	return cache->slots[i];
}

/*
 * Gives the row its number, if it is to have one and has none.
 */
static void
assign_identity(TableDef *def, void *row)
{
	int			i;

	if (!OidIsValid(def->cache->sequence))
		return;
	for (i = 0; i < def->ncolumns; i++)
	{
		int64	   *field = (int64 *) ((char *) row + def->columns[i].offset);

		if (def->columns[i].type == COL_IDENTITY && *field == 0)
			*field = nextval_internal(def->cache->sequence, false);
	}
}

/*
 * The row is in the table as the slot says.
 */
static void
mark_written(void *row, TupleTableSlot *slot)
{
	RowState   *state = row;

	state->tid = slot->tts_tid;
	state->is_new = false;
	state->is_dirty = false;
	ExecClearTuple(slot);
}

static void
insert_index_entries(TableDef *def, ResultRelInfo *result,
					 TupleTableSlot *slot, bool is_update, MstIndexUpdate what)
{
	List	   *recheck;

	recheck = mst_exec_insert_indexes(result, slot, def->cache->estate,
									  is_update, what);
	Assert(recheck == NIL);
	(void) recheck;
	ResetPerTupleExprContext(def->cache->estate);
}

/*
 * Inserts up to WRITE_BATCH rows.
 */
static void
insert_batch(TableDef *def, Relation rel, ResultRelInfo *result, void **rows,
			 int n)
{
	TupleTableSlot **slots = def->cache->slots;
	CommandId	cid = GetCurrentCommandId(true);
	int			i;

	for (i = 0; i < n; i++)
	{
		assign_identity(def, rows[i]);
		mst_row_store(def, rows[i], write_slot(def, i));
	}
	if (n == 1)
		table_tuple_insert(rel, slots[0], cid, 0, NULL);
	else
		table_multi_insert(rel, slots, n, cid, 0, NULL);
	for (i = 0; i < n; i++)
	{
		insert_index_entries(def, result, slots[i], false,
							 (MstIndexUpdate) 0);
		mark_written(rows[i], slots[i]);
	}
}

/*
 * Inserts the rows that are new.
 */
static void
insert_new(TableDef *def, Relation rel, void **rows, int n)
{
	ResultRelInfo result;
	void	   *batch[WRITE_BATCH];
	int			filled = 0;
	bool		is_open = false;
	int			i;

	for (i = 0; i < n; i++)
	{
		if (((RowState *) rows[i])->is_new)
			batch[filled++] = rows[i];
		if (filled == 0 || (filled < WRITE_BATCH && i < n - 1))
			continue;
		if (!is_open)
			mst_table_open_indexes(def, rel, &result, RowExclusiveLock);
		is_open = true;
		insert_batch(def, rel, &result, batch, filled);
		filled = 0;
	}
	if (is_open)
		mst_table_close_indexes(&result);
}

/*
 * Returns the snapshot in which a row that is changed must be visible, or
 * none.
 */
static Snapshot
crosscheck_snapshot(void)
{
	return IsolationUsesXactSnapshot() ? GetTransactionSnapshot() :
		InvalidSnapshot;
}

static void
report_concurrent_change(TableDef *def, TM_Result result)
{
	if (IsolationUsesXactSnapshot() &&
		(result == TM_Updated || result == TM_Deleted))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to concurrent update")));
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("row of \"%s\" was changed while it was worked on",
					def->name),
			 errdetail_internal("The result of the change is %d.",
								(int) result)));
}

static bool
has_shared_columns(TableDef *def)
{
	int			i;

	for (i = 0; i < def->ncolumns; i++)
	{
		if (def->columns[i].is_shared)
			return true;
	}
	return false;
}

/*
 * Somebody changed the shared columns of the row meanwhile: lock its newest
 * version, and take them over.
 */
static void
follow_update(TableDef *def, Relation rel, RowState *state)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	Snapshot	snapshot = RegisterSnapshot(mst_store_snapshot());
	RowLockResult result;

	result = mst_row_lock(rel, &state->tid, snapshot, slot,
						  LockTupleNoKeyExclusive, LockWaitBlock);
	if (result != ROW_LOCKED)
		report_concurrent_change(def, TM_Deleted);
	mst_row_read_shared(def, slot, state);
	state->tid = slot->tts_tid;
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
}

/*
 * A new version of the row is in the table: see to its indexes.
 */
static void
finish_update(TableDef *def, Relation rel, void *row, TupleTableSlot *slot,
			  MstIndexUpdate what)
{
	if (MST_NEEDS_INDEXES(what))
	{
		ResultRelInfo indexes;

		mst_table_open_indexes(def, rel, &indexes, RowExclusiveLock);
		insert_index_entries(def, &indexes, slot, true, what);
		mst_table_close_indexes(&indexes);
	}
	mark_written(row, slot);
}

/*
 * Updates one row in place of the version it was read from.
 */
static void
update_row(TableDef *def, Relation rel, void *row)
{
	RowState   *state = row;
	TupleTableSlot *slot = write_slot(def, 0);
	TM_FailureData failure;
	LockTupleMode lock_mode;
	MstIndexUpdate what;
	TM_Result	result;

	for (;;)
	{
		mst_row_store(def, row, slot);
		result = table_tuple_update(rel, &state->tid, slot,
									GetCurrentCommandId(true),
									InvalidSnapshot, crosscheck_snapshot(), true,
									&failure, &lock_mode, &what);
		if (result != TM_Updated || IsolationUsesXactSnapshot() ||
			!has_shared_columns(def))
			break;
		follow_update(def, rel, state);
	}
	if (result != TM_Ok)
		report_concurrent_change(def, result);

	finish_update(def, rel, row, slot, what);
}

/* Opens a table for rows that are made from structures. */
static Relation
open_to_store(TableDef *def)
{
	Relation	rel = mst_table_open(def, RowExclusiveLock);

	if (!def->cache->may_store)
	{
		if (!def->is_whole)
			elog(ERROR, "rows of a part of table \"%s\" cannot be written", def->name);
		mst_table_check_columns(def, rel);
		def->cache->may_store = true;
	}
	return rel;
}

/* Inserts the new structures of an array and updates the changed ones. */
void
mst_rows_write(TableDef *def, void **rows, int n)
{
	MemoryContext caller_cxt;
	Relation	rel;
	int			i;

	if (n == 0)
		return;
	caller_cxt = begin_write();
	rel = open_to_store(def);
	insert_new(def, rel, rows, n);
	for (i = 0; i < n; i++)
	{
		if (((RowState *) rows[i])->is_dirty)
			update_row(def, rel, rows[i]);
	}
	table_close(rel, NoLock);
	end_write(caller_cxt);
}

/* Deletes the version of the row that was read. */
void
mst_row_delete(TableDef *def, void *row)
{
	RowState   *state = row;
	Relation	rel = mst_table_open(def, RowExclusiveLock);
	TM_FailureData failure;
	TM_Result	result;

	result = table_tuple_delete(rel, &state->tid, GetCurrentCommandId(true),
								InvalidSnapshot, crosscheck_snapshot(), true,
								&failure, false);
	if (result != TM_Ok)
		report_concurrent_change(def, result);
	table_close(rel, NoLock);
	CommandCounterIncrement();
}

/*
 * Deletes the tuple that a scan has found, in its newest version; waits for
 * a transaction that is changing it.  Does nothing if it is gone by then.
 */
void
mst_tuple_delete(TableDef *def, Relation rel, TupleTableSlot *slot,
				 Snapshot snapshot)
{
	CommandId	cid = GetCurrentCommandId(true);
	ItemPointerData tid = slot->tts_tid;
	TM_FailureData failure;
	TM_Result	result;
	TupleTableSlot *newest;

	result = table_tuple_delete(rel, &tid, cid, InvalidSnapshot,
								crosscheck_snapshot(), true, &failure, false);
	if (result == TM_Ok || (result == TM_Deleted && !IsolationUsesXactSnapshot()))
		return;
	if (result != TM_Updated || IsolationUsesXactSnapshot())
		report_concurrent_change(def, result);

	newest = table_slot_create(rel, NULL);
	if (mst_row_lock(rel, &tid, snapshot, newest, LockTupleExclusive,
					 LockWaitBlock) == ROW_LOCKED)
	{
		tid = newest->tts_tid;
		result = table_tuple_delete(rel, &tid, cid, InvalidSnapshot,
									crosscheck_snapshot(), true, &failure, false);
		if (result != TM_Ok)
			report_concurrent_change(def, result);
	}
	ExecDropSingleTupleTableSlot(newest);
}

/*
 * heap_update() returns when the row is somebody else's and it must not wait,
 * but asserts that this does not happen.
 */
#ifdef USE_ASSERT_CHECKING
#define LOCKS_FIRST true
#else
#define LOCKS_FIRST false
#endif

/*
 * Locks this version of the row, unless that would have to wait.
 */
static bool
try_lock_version(Relation rel, RowState *state)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	Snapshot	snapshot = RegisterSnapshot(mst_store_snapshot());
	bool		is_locked;

	is_locked = mst_row_lock(rel, &state->tid, snapshot, slot,
							 LockTupleNoKeyExclusive,
							 LockWaitSkip) == ROW_LOCKED &&
		ItemPointerEquals(&slot->tts_tid, &state->tid);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	return is_locked;
}

/*
 * Updates the version of the row that was read, unless another transaction
 * has changed it or is about to; returns whether it was done.  Cheaper than
 * to lock the row first, where two transactions seldom meet.
 */
bool
mst_row_update_nowait(TableDef *def, void *row)
{
	RowState   *state = row;
	MemoryContext caller_cxt = begin_write();
	Relation	rel = open_to_store(def);
	TupleTableSlot *slot = write_slot(def, 0);
	TM_FailureData failure;
	LockTupleMode lock_mode;
	MstIndexUpdate what;
	bool		is_updated;

	mst_row_store(def, row, slot);
	is_updated = (!LOCKS_FIRST || try_lock_version(rel, state)) &&
		table_tuple_update(rel, &state->tid, slot, GetCurrentCommandId(true),
						   InvalidSnapshot, crosscheck_snapshot(), LOCKS_FIRST,
						   &failure, &lock_mode, &what) == TM_Ok;
	if (is_updated)
		finish_update(def, rel, row, slot, what);
	else
		ExecClearTuple(slot);
	table_close(rel, NoLock);
	end_write(caller_cxt);
	return is_updated;
}

/*
 * Deletes the version of the row that was read, unless another transaction
 * has changed it or is about to; returns whether it was done.
 */
bool
mst_row_delete_nowait(TableDef *def, void *row)
{
	RowState   *state = row;
	Relation	rel = mst_table_open(def, RowExclusiveLock);
	TM_FailureData failure;
	bool		is_deleted;

	is_deleted = table_tuple_delete(rel, &state->tid, GetCurrentCommandId(true),
									InvalidSnapshot, crosscheck_snapshot(), false,
									&failure, false) == TM_Ok;
	table_close(rel, NoLock);
	CommandCounterIncrement();
	return is_deleted;
}

/*
 * Deletes the row unless another transaction holds a lock on it or it is
 * gone; returns whether it was deleted.
 */
bool
mst_row_try_delete(TableDef *def, void *row, Snapshot snapshot)
{
	RowState   *state = row;
	Relation	rel = mst_table_open(def, RowExclusiveLock);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	bool		is_locked;

	is_locked = mst_row_lock(rel, &state->tid, snapshot, slot,
							 LockTupleExclusive, LockWaitSkip) == ROW_LOCKED;
	if (is_locked)
		state->tid = slot->tts_tid;
	ExecDropSingleTupleTableSlot(slot);
	if (is_locked)
		mst_row_delete(def, row);
	table_close(rel, NoLock);
	return is_locked;
}

/*
 * Locks the newest version of a tuple and reads it into the slot.
 * ROW_BUSY: another transaction holds it, and the policy is not to wait.
 * ROW_GONE: it is deleted.
 */
RowLockResult
mst_row_lock(Relation rel, ItemPointer tid, Snapshot snapshot,
			 TupleTableSlot *slot, LockTupleMode mode, LockWaitPolicy wait)
{
	uint8		flags = TUPLE_LOCK_FLAG_LOCK_UPDATE_IN_PROGRESS |
	TUPLE_LOCK_FLAG_FIND_LAST_VERSION;
	TM_FailureData failure;
	TM_Result	result;

	result = table_tuple_lock(rel, tid, snapshot, slot,
							  GetCurrentCommandId(false), mode, wait, flags,
							  &failure);
	switch (result)
	{
		case TM_Ok:
			return ROW_LOCKED;
		case TM_WouldBlock:
			return ROW_BUSY;
		case TM_Deleted:
		case TM_SelfModified:
			/* deleted by this transaction, or by the command that runs it */
			return ROW_GONE;
		default:
			elog(ERROR, "unexpected result of locking a row: %d", result);
	}
	return ROW_GONE;
}
