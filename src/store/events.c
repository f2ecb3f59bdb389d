/*-------------------------------------------------------------------------
 *
 * events.c
 *	  Rows of the event outbox, and how far they can be read without a gap.
 *
 * A row has the number of the last transaction that had begun when it was
 * written, and is read in the order of (number, id).  Before it writes its
 * first row a transaction takes its own number and then announces itself by
 * heavyweight locks, which it holds until it is over, prepared or not: one for
 * all who write events, and one for the project that it writes events of.  So a
 * reader need not wait for every transaction of the cluster, only for those
 * that hold the lock, and whoever reads the events of one project only for
 * those of that project: see mst_store_event_horizon().  Projects are told
 * apart by a hash; two with the same one wait for each other.
 *
 * A transaction that has written nothing to the log loses its number in a
 * crash, and another gets it again.  So events in the table may have numbers
 * that are still to come: they would not be read until then, and what happens
 * next in their executions would be read before them.  Whoever writes or
 * reads first in a process uses such numbers up.  (A reader's place is safe:
 * the transaction that notes it has a greater number.)
 *
 * Nobody ever waits for the lock, and no SQL function can take it: it only
 * shows who writes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/twophase.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/procarray.h"
#include "storage/sinvaladt.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/xid8.h"

#include "signal/wake.h"
#include "store/events.h"
#include "store/statement.h"
#include "store/write.h"
#include "util/compat.h"

/* the fourth field of the lock's tag, beside those of executions and results */
#define EVENT_LOCK_CLASS		0x4D55

/* more numbers than that are not lost in a crash */
#define MAX_LOST_NUMBERS		1000000

/* our last transaction that has announced itself */
static FullTransactionId announced = {0};

static const TableColumn event_columns[] = {
	COLUMN(EventRow, id, COL_IDENTITY),
	{"xact_id", COL_XACT_ID, 0, false, false},
	COLUMN(EventRow, created_at, COL_TIMESTAMP),
	COLUMN(EventRow, execution_id, COL_UUID),
	COLUMN_NULL(EventRow, task_id, COL_UUID),
	COLUMN(EventRow, root_id, COL_UUID),
	COLUMN(EventRow, project_id, COL_TEXT),
	COLUMN(EventRow, event, COL_TEXT),
	COLUMN_NULL(EventRow, publishers, COL_JSONB),
	COLUMN(EventRow, payload, COL_JSONB)
};

static TableDef events = {
	.name = "events",
	.row_size = sizeof(EventRow),
	.is_whole = true,
	.ncolumns = lengthof(event_columns),
	.columns = event_columns
};

LIST_TABLE(events);

/* Returns the lock of all who write events. */
static LOCKTAG
lock_of_all(void)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, 0, 0, EVENT_LOCK_CLASS);
	return tag;
}

/*
 * Returns the lock of those who write events of the projects with this hash.
 */
static LOCKTAG
lock_of_hash(uint32 hash)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, hash, 1, EVENT_LOCK_CLASS);
	return tag;
}

/* Returns the hash of a project: what hashtext() makes of it in statements. */
static uint32
project_hash(const char *project)
{
	return DatumGetUInt32(hash_any((const unsigned char *) project, (int) strlen(project)));
}

/* Returns the greatest number of a stored event; 0 if there is none. */
static uint64
greatest_stored_number(void)
{
	static Statement find = {
		"SELECT e.xact_id::text FROM mistral.events e ORDER BY e.xact_id DESC LIMIT 1",
		0, {0}
	};
	StatementArgs none = {0};
	char	   *text = mst_statement_text(&find, &none);

	return text == NULL ? 0 : strtou64(text, NULL, 10);
}

/* Uses up the number of a transaction. */
static void
use_up_number(void)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	BeginInternalSubTransaction(NULL);
	(void) GetCurrentFullTransactionId();
	ReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(cxt);
	CurrentResourceOwner = owner;
}

/*
 * Makes sure, once in a process, that no number is to come which has been
 * given before a crash.
 */
static void
pass_stored_numbers(void)
{
	static bool is_done = false;
	uint64		next = U64FromFullTransactionId(ReadNextFullTransactionId());
	uint64		stored;

	if (is_done)
		return;
	stored = greatest_stored_number();
	if (stored >= next + MAX_LOST_NUMBERS)
		ereport(WARNING,
				(errmsg("events of mistral have numbers of transactions of another server"),
				 errdetail("The greatest is " UINT64_FORMAT ", and the next transaction is "
						   UINT64_FORMAT ".", stored, next),
				 errhint("Restore them with pg_dump and pg_restore, which give them new numbers.")));
	else
	{
		while (U64FromFullTransactionId(ReadNextFullTransactionId()) <= stored)
			use_up_number();
	}
	is_done = true;
}

/*
 * Announces that this transaction writes events of a project.  A subtransaction
 * that is rolled back takes its rows and its announcement along, so every write
 * of rows announces again; the lock manager counts what is held already.
 */
void
mst_store_announce_events(const char *project)
{
	LOCKTAG		of_all = lock_of_all();
	LOCKTAG		of_project = lock_of_hash(project_hash(project));

	pass_stored_numbers();
	announced = GetTopFullTransactionId();
	(void) LockAcquire(&of_all, ShareLock, false, false);
	(void) LockAcquire(&of_project, ShareLock, false, false);
}

/*
 * Inserts rows into the outbox and wakes the router and the listeners at commit.
 * Assigns the rows' ids; the rows stay the caller's.
 */
void
mst_store_insert_events(EventRow **items, int n)
{
	if (n == 0)
		return;
	for (int i = 0; i < n; i++)
	{
		if (i == 0 || strcmp(items[i]->project_id, items[i - 1]->project_id) != 0)
			mst_store_announce_events(items[i]->project_id);
	}
	mst_rows_write(&events, (void **) items, n);
	mst_wake_events();
}

/* Widen the number of a transaction that has begun. */
static FullTransactionId
widen_xid(TransactionId xid)
{
	FullTransactionId next = ReadNextFullTransactionId();
	uint32		age = XidFromFullTransactionId(next) - xid;

	return FullTransactionIdFromU64(U64FromFullTransactionId(next) - age);
}

static FullTransactionId
lesser_xid(FullTransactionId a, FullTransactionId b)
{
	return FullTransactionIdPrecedes(a, b) ? a : b;
}

/*
 * Lowers the horizon to the number of an announced transaction.  A transaction
 * that has just been prepared is found by its virtual number like one that
 * runs; one that was prepared before the server started has its own number
 * there.  Nothing is found of one that has ended meanwhile.
 */
static FullTransactionId
stop_at_writer(VirtualTransactionId vxid, FullTransactionId horizon)
{
	TransactionId running;
	TransactionId xmin;
	TransactionId prepared;
	bool		is_ambiguous = false;

	if (VirtualTransactionIdIsRecoveredPreparedXact(vxid))
		return lesser_xid(horizon, widen_xid(vxid.localTransactionId));

	/* in this order: it is prepared before it ceases to run */
	mst_get_transaction_ids(vxid, &running, &xmin);
	prepared = TwoPhaseGetXidByVirtualXID(vxid, &is_ambiguous);
	if (is_ambiguous)
		return InvalidFullTransactionId;
	if (TransactionIdIsValid(running))
		horizon = lesser_xid(horizon, widen_xid(running));
	if (TransactionIdIsValid(prepared))
		horizon = lesser_xid(horizon, widen_xid(prepared));
	return horizon;
}

/* Lowers the horizon to the numbers of the transactions that hold this lock. */
static FullTransactionId
stop_at_writers(LOCKTAG tag, FullTransactionId horizon)
{
	VirtualTransactionId *writers;
	int			n;

	/* our own lock is no conflict */
	if (FullTransactionIdIsValid(announced) &&
		FullTransactionIdEquals(announced, GetTopFullTransactionIdIfAny()))
		horizon = lesser_xid(horizon, announced);
	writers = GetLockConflicts(&tag, ExclusiveLock, &n);
	for (int i = 0; i < n; i++)
		horizon = stop_at_writer(writers[i], horizon);
	pfree(writers);
	return horizon;
}

/*
 * Returns whether there are visible events with this number or a greater one.
 */
static bool
has_events_from(FullTransactionId number)
{
	static Statement find = {
		"SELECT 'yes' FROM mistral.events e WHERE e.xact_id >= $1 LIMIT 1",
		1, {XID8OID}
	};
	StatementArgs args = {0};

	mst_arg_datum(&args, FullTransactionIdGetDatum(number), false);
	return mst_statement_text(&find, &args) != NULL;
}

/*
 * Returns the number up to which (exclusive) events can be read if nobody is
 * writing any: whoever announces itself after this call writes none with a
 * lesser number.
 *
 * A transaction that announces itself after our look at the lock gives its
 * rows the number of the last transaction that has begun by then, or a greater
 * one.  That is what is returned, so events with just that number would have
 * to wait until some transaction begins; if there are any, we begin one by
 * taking a number ourselves.
 *
 * What is read with an older snapshot, as in REPEATABLE READ, or on a standby,
 * where nothing is known of locks, must wait for all transactions.
 */
FullTransactionId
mst_store_event_end(void)
{
	FullTransactionId next;
	FullTransactionId last;

	if (RecoveryInProgress())
		return widen_xid(GetTransactionSnapshot()->xmin);
	pass_stored_numbers();
	next = ReadNextFullTransactionId();
	last = FullTransactionIdFromU64(U64FromFullTransactionId(next) - 1);
	if (IsolationUsesXactSnapshot())
		last = lesser_xid(last, widen_xid(GetTransactionSnapshot()->xmin));
	else if (!TransactionIdIsValid(GetTopTransactionIdIfAny()) && has_events_from(last))
		last = GetTopFullTransactionId();
	return last;
}

/*
 * Lowers an end of events to what can be read without a gap: no transaction,
 * running or to come, adds any events with a lesser number to those that a
 * snapshot taken after this call shows.  The end is from before this call.
 */
FullTransactionId
mst_store_event_stop_at_all(FullTransactionId end)
{
	return RecoveryInProgress() ? end : stop_at_writers(lock_of_all(), end);
}

/*
 * Returns the end up to which the events of the projects with this hash can be
 * read.
 */
FullTransactionId
mst_store_event_stop_at(uint32 hash, FullTransactionId end)
{
	return RecoveryInProgress() ? end : stop_at_writers(lock_of_hash(hash), end);
}

/*
 * Returns the number up to which (exclusive) the events of a project, or of all
 * (NULL), can be read without a gap, by a snapshot that is taken after this
 * call.
 */
FullTransactionId
mst_store_event_horizon(const char *project)
{
	FullTransactionId end = mst_store_event_end();

	return project == NULL ? mst_store_event_stop_at_all(end) :
		mst_store_event_stop_at(project_hash(project), end);
}

/*
 * Returns the hashes of the projects that transactions now running, or
 * prepared, have written events of: a list of integers in the caller's memory.
 * It looks at all locks of the server, so it is for rare use.
 */
List *
mst_store_event_writers(void)
{
	LockData   *locks = GetLockStatusData();
	List	   *hashes = NIL;

	for (int i = 0; i < locks->nelements; i++)
	{
		const LockInstanceData *lock = &locks->locks[i];
		LOCKTAG		of_hash = lock_of_hash(lock->locktag.locktag_field2);

		if (lock->holdMask != 0 && memcmp(&lock->locktag, &of_hash, sizeof(LOCKTAG)) == 0)
			hashes = list_append_unique_int(hashes, (int) lock->locktag.locktag_field2);
	}
	return hashes;
}
