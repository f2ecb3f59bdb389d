/*-------------------------------------------------------------------------
 *
 * executions.c
 *	  Rows of workflow executions, and the lock on an execution.
 *
 * The lock is a heavyweight one of its own class, named by a hash of the id
 * and held until the transaction ends: unlike a row lock it writes nothing to
 * the table or the log.  It goes before the snapshot that the row is read
 * with, so its holder sees all that earlier holders have committed.
 *
 * Who holds the lock on an execution below another one also shares the lock on
 * the root, in a mode that keeps out only those who remove the whole tree.  It
 * is never waited for with the lock on the execution held: as those who remove
 * a tree need no other lock, they and the engine never wait for each other.
 *
 * There is room for a limited number of such locks.  A transaction that takes
 * very many of them holds further ones only while it locks the row; whoever
 * takes the lock and finds a row that may be locked or changed by somebody
 * locks the row, too, and so waits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/xact.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "storage/sinvaladt.h"
#include "utils/memutils.h"

#include "store/executions.h"
#include "store/rows.h"
#include "store/scan.h"
#include "store/write.h"
#include "util/compat.h"

/* the fourth field of the lock's tag; SQL's advisory locks have 1 or 2 there */
#define EXECUTION_LOCK_CLASS	0x4D53

/* class of the lock on an id chosen for a new execution; 0x4D54, 0x4D55 and 0x4D57 are taken */
#define NEW_ID_LOCK_CLASS		0x4D56

/* above this many advisory locks a transaction falls back to row locks */
#define MAX_EXECUTION_LOCKS		200

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
	COLUMN(ExecutionRow, item_index, COL_INT32),
	COLUMN(ExecutionRow, parent_attempt, COL_INT32),
	COLUMN(ExecutionRow, depth, COL_INT32),
	COLUMN(ExecutionRow, has_notify, COL_BOOL),
	COLUMN(ExecutionRow, has_secrets, COL_BOOL),
	COLUMN(ExecutionRow, project_id, COL_TEXT),
	COLUMN(ExecutionRow, workflow_name, COL_TEXT),
	COLUMN(ExecutionRow, namespace, COL_TEXT),
	COLUMN_NULL(ExecutionRow, workbook_name, COL_TEXT),
	COLUMN_NULL(ExecutionRow, key, COL_TEXT),
	COLUMN_NULL(ExecutionRow, traceparent, COL_TEXT),
	COLUMN(ExecutionRow, open_tasks, COL_INT32),
	COLUMN_NULL(ExecutionRow, updated_at, COL_TIMESTAMP),
	COLUMN_NULL(ExecutionRow, finished_at, COL_TIMESTAMP),
	COLUMN_NULL(ExecutionRow, deadline, COL_TIMESTAMP),
	COLUMN_NULL(ExecutionRow, time_left, COL_INT64),
	COLUMN(ExecutionRow, state, COL_STATE),
	COLUMN(ExecutionRow, accepted, COL_BOOL),
	COLUMN(ExecutionRow, paused_by_maintenance, COL_BOOL),
	COLUMN(ExecutionRow, parent_notified, COL_BOOL),
	COLUMN_NULL(ExecutionRow, state_info, COL_TEXT),
	COLUMN_NULL(ExecutionRow, backlog, COL_JSONB),
	COLUMN_NULL(ExecutionRow, output, COL_JSONB),
	COLUMN_NULL(ExecutionRow, paused_by, COL_JSONB),
	COLUMN_NULL(ExecutionRow, undo_count, COL_INT32),
	COLUMN_NULL(ExecutionRow, rollback, COL_JSONB)
};

static TableDef executions = {
	.name = "workflow_executions",
	.row_size = sizeof(ExecutionRow),
	.is_whole = true,
	.ncolumns = lengthof(execution_columns),
	.columns = execution_columns,
	.nindexes = 2,
	.indexes = {
		[EXECUTION_PKEY] = "workflow_executions_pkey",
		[EXECUTION_PARENT] = "workflow_executions_parent_idx"
	}
};

LIST_TABLE(executions);

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
	COLUMN_NULL(ExecutionDataRow, vars, COL_JSONB),
	COLUMN_NULL(ExecutionDataRow, start_at, COL_TIMESTAMP),
	COLUMN_NULL(ExecutionDataRow, rollback, COL_JSONB)
};

static TableDef execution_data = {
	.name = "execution_data",
	.row_size = sizeof(ExecutionDataRow),
	.is_whole = true,
	.ncolumns = lengthof(data_columns),
	.columns = data_columns,
	.nindexes = 1,
	.indexes = {"execution_data_pkey"}
};

LIST_TABLE(execution_data);

/*
 * Whether this transaction has taken as many heavyweight locks as it should:
 * the server has room for a limited number, max_locks_per_transaction.
 */
static int	locks_taken = 0;

static bool
has_many_locks(void)
{
	static TimestampTz transaction = 0;

	if (transaction != GetCurrentTransactionStartTimestamp())
	{
		transaction = GetCurrentTransactionStartTimestamp();
		locks_taken = 0;
	}
	return ++locks_taken > MAX_EXECUTION_LOCKS;
}

static void
set_id_lock_tag(LOCKTAG *tag, const pg_uuid_t *id, uint16 lock_class)
{
	uint64		hash = hash_bytes_extended(id->data, UUID_LEN, 0);

	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, (uint32) (hash >> 32),
						 (uint32) hash, lock_class);
}

static void
set_lock_tag(LOCKTAG *tag, const pg_uuid_t *id)
{
	set_id_lock_tag(tag, id, EXECUTION_LOCK_CLASS);
}

/*
 * Returns the process number of another session whose transaction holds the
 * lock on the execution, or 0; a prepared transaction is no session.
 */
int
mst_store_execution_holder(const pg_uuid_t *id)
{
	LOCKTAG		tag;
	VirtualTransactionId *holders;
	int			n;

	set_lock_tag(&tag, id);
	/* what shares the lock only keeps the tree, and does not keep us waiting */
	holders = GetLockConflicts(&tag, ExclusiveLock, &n);
	for (int i = 0; i < n; i++)
	{
		PGPROC	   *proc = mst_proc_of_transaction(holders[i]);

		if (proc != NULL && proc->pid != 0)
			return proc->pid;
	}
	return 0;
}

/*
 * Keeps others from starting an execution with this id, which the caller
 * has chosen, until the transaction ends.  A transaction that starts very many
 * takes no more such locks; who starts with the same id at the same time is
 * refused then by the primary key, instead of being given the execution.
 */
void
mst_store_lock_new_id(const pg_uuid_t *id)
{
	LOCKTAG		tag;

	if (has_many_locks())
		return;
	set_id_lock_tag(&tag, id, NEW_ID_LOCK_CLASS);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

/* Share the lock on the tree with others; false: it is being removed. */
static bool
enter_tree(const pg_uuid_t *root_id, bool may_wait)
{
	LOCKTAG		tag;

	set_lock_tag(&tag, root_id);
	return LockAcquire(&tag, AccessShareLock, false, !may_wait) != LOCKACQUIRE_NOT_AVAIL;
}

/*
 * Returns whether the row must be locked as well, because this version may
 * be locked or replaced by another transaction.
 */
static bool
needs_row_lock(TupleTableSlot *slot)
{
	HeapTuple	tuple = ExecFetchSlotHeapTuple(slot, false, NULL);

	return (tuple->t_data->t_infomask & HEAP_XMAX_INVALID) == 0;
}

/*
 * Locks the row that the scan has found; false when it is gone or busy.
 */
static bool
lock_row(RowScan *scan, LockMode mode, bool *is_busy)
{
	ItemPointerData tid = scan->slot->tts_tid;
	RowLockResult result;

	ExecClearTuple(scan->slot);
	result = mst_row_lock(scan->rel, &tid, scan->snapshot, scan->slot,
						  LockTupleNoKeyExclusive,
						  mode == LOCK_TRY ? LockWaitSkip : LockWaitBlock);
	*is_busy = (result == ROW_BUSY);
	return result == ROW_LOCKED;
}

static ExecutionRow *
read_execution(const pg_uuid_t *id)
{
	return mst_row_by_id(&executions, EXECUTION_PKEY, id);
}

/* The outcome of an attempt to lock an execution. */
typedef enum LockOutcome
{
	LOCK_TAKEN,
	LOCK_NO_ROW,
	LOCK_BUSY,
	LOCK_TREE_CLOSED
} LockOutcome;

/*
 * Reads the execution that is being locked and enters its tree; locks the row
 * where needed, or anyway with "lock_it".
 */
static LockOutcome
read_locked(const pg_uuid_t *id, LockMode mode, bool lock_it, ExecutionRow **row)
{
	LockOutcome outcome = LOCK_NO_ROW;
	RowScan		scan;
	ScanKeyData key;
	bool		is_busy = false;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, id);
	mst_scan_begin(&scan, &executions, EXECUTION_PKEY, &key, 1,
				   ForwardScanDirection);
	if (mst_scan_next_slot(&scan))
	{
		*row = mst_row_read(&executions, scan.slot);
		if (!mst_uuid_equal(&(*row)->root_id, id) && !enter_tree(&(*row)->root_id, false))
			outcome = LOCK_TREE_CLOSED;
		else if (!lock_it && !needs_row_lock(scan.slot))
			outcome = LOCK_TAKEN;
		else if (lock_row(&scan, mode, &is_busy))
		{
			*row = mst_row_read(&executions, scan.slot);
			outcome = LOCK_TAKEN;
		}
		else if (is_busy)
			outcome = LOCK_BUSY;
	}
	mst_scan_end(&scan);
	return outcome;
}

/* the innermost link */
static HeldExecutions *held_executions = NULL;

/*
 * Notes that the engine call at work holds these executions, so that a call
 * inside it refuses to touch them.  Calls nest; the structure is the
 * caller's.
 */
void
mst_store_hold_executions(HeldExecutions *held)
{
	held->outer = held_executions;
	held_executions = held;
}

/* Ends one mst_store_hold_executions(), the innermost. */
void
mst_store_release_executions(HeldExecutions *held)
{
	held_executions = held->outer;
}

/*
 * Returns whether an engine call around this one is at work on the
 * execution, which may have no row yet.
 */
bool
mst_store_execution_is_held(const pg_uuid_t *id)
{
	ListCell   *cell;

	for (HeldExecutions *held = held_executions; held != NULL; held = held->outer)
	{
		foreach(cell, held->ids)
		{
			if (mst_uuid_equal(lfirst(cell), id))
				return true;
		}
	}
	return false;
}

static void
refuse_held(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_IN_USE),
			 errmsg("cannot change an execution from a query that it runs itself")));
}

/*
 * Takes the lock, and reads what it protects.
 */
static LockOutcome
lock_execution(const pg_uuid_t *id, LockMode mode, ExecutionRow **row)
{
	bool		is_brief = has_many_locks();
	LockOutcome outcome;
	LOCKTAG		tag;

	set_lock_tag(&tag, id);
	if (LockAcquire(&tag, ExclusiveLock, false,
					mode == LOCK_TRY) == LOCKACQUIRE_NOT_AVAIL)
		return LOCK_BUSY;
	outcome = read_locked(id, mode, is_brief, row);
	if (is_brief || outcome == LOCK_TREE_CLOSED)
		LockRelease(&tag, ExclusiveLock, false);
	return outcome;
}

/*
 * Reads an execution by its key; NULL if there is none.  With a lock it
 * returns the newest version; LOCK_TRY sets *is_busy (may be NULL) when
 * another transaction holds the lock.
 *
 * In a transaction that is not READ COMMITTED the newest version is read as
 * well; to write a row that was changed after the transaction's snapshot is
 * a serialization failure.
 */
ExecutionRow *
mst_store_execution(const pg_uuid_t *id, LockMode mode, bool *is_busy)
{
	ExecutionRow *row = NULL;
	LockOutcome outcome = LOCK_BUSY;

	if (is_busy != NULL)
		*is_busy = false;
	if (mode == LOCK_NONE)
		return read_execution(id);
	if (!mst_store_execution_is_held(id))
	{
		while ((outcome = lock_execution(id, mode, &row)) == LOCK_TREE_CLOSED &&
			   mode == LOCK_BLOCK)
			(void) enter_tree(&row->root_id, true);
	}
	else if (mode == LOCK_BLOCK)
		refuse_held();
	if (is_busy != NULL)
		*is_busy = outcome == LOCK_BUSY || outcome == LOCK_TREE_CLOSED;
	return outcome == LOCK_TAKEN ? row : NULL;
}

/*
 * Keeps everybody from working on any execution of the tree until the
 * transaction ends, as is needed to delete it.  With LOCK_TRY it returns
 * false when somebody does.  The transaction should hold no lock on an
 * execution of the tree, since others may wait for one in the other order.
 */
bool
mst_store_close_tree(const pg_uuid_t *root_id, LockMode mode)
{
	LOCKTAG		tag;

	for (HeldExecutions *held = held_executions; held != NULL; held = held->outer)
	{
		ListCell   *cell;

		foreach(cell, held->ids)
		{
			ExecutionRow *row = read_execution(lfirst(cell));

			if (row != NULL && mst_uuid_equal(&row->root_id, root_id))
				refuse_held();
		}
	}
	(void) has_many_locks();
	set_lock_tag(&tag, root_id);
	return LockAcquire(&tag, AccessExclusiveLock, false,
					   mode == LOCK_TRY) != LOCKACQUIRE_NOT_AVAIL;
}

/*
 * Gives up the lock of mst_store_close_tree() after the tree is deleted:
 * the deleted rows keep others out, and a transaction that deletes very
 * many trees has no room for the locks.
 */
void
mst_store_leave_tree(const pg_uuid_t *root_id)
{
	LOCKTAG		tag;

	if (locks_taken <= MAX_EXECUTION_LOCKS)
		return;
	set_lock_tag(&tag, root_id);
	LockRelease(&tag, AccessExclusiveLock, false);
}

/*
 * Returns the large values of an execution, palloc'd; NULL if there are
 * none.
 */
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

/*
 * Returns the sub-executions of a task (ExecutionRow *), by time of
 * creation.
 */
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

/*
 * Calls "fn" for each sub-execution of a task, in any order, until it
 * returns false.  The row is freed after each call.
 */
void
mst_store_each_child_execution(const pg_uuid_t *task_id,
							   bool (*fn) (ExecutionRow *row, void *arg), void *arg)
{
	MemoryContext caller_cxt = CurrentMemoryContext;
	MemoryContext row_cxt = AllocSetContextCreate(caller_cxt, "mistral child execution",
												  ALLOCSET_SMALL_SIZES);
	RowScan		scan;
	ScanKeyData key;
	bool		go_on = true;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, task_id);
	mst_scan_begin(&scan, &executions, EXECUTION_PARENT, &key, 1, ForwardScanDirection);
	while (go_on && mst_scan_next_slot(&scan))
	{
		ExecutionRow *row;

		MemoryContextSwitchTo(row_cxt);
		row = mst_row_read(&executions, scan.slot);
		MemoryContextSwitchTo(caller_cxt);
		go_on = fn(row, arg);
		MemoryContextReset(row_cxt);
	}
	mst_scan_end(&scan);
	MemoryContextDelete(row_cxt);
}

/* Inserts the new executions and updates the changed ones. */
void
mst_store_write_executions(ExecutionRow **items, int n)
{
	mst_rows_write(&executions, (void **) items, n);
}

/* Inserts or updates the large values of executions. */
void
mst_store_write_execution_data(ExecutionDataRow **items, int n)
{
	mst_rows_write(&execution_data, (void **) items, n);
}

/*
 * Increments the command counter, so that this transaction reads what it
 * wrote.
 */
void
mst_store_sync(void)
{
	CommandCounterIncrement();
}
