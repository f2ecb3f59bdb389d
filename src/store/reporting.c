/*-------------------------------------------------------------------------
 *
 * reporting.c
 *	  Taking turns at reporting the results of an action.
 *
 * A result is either applied by whoever has the lock on the execution, or
 * recorded for that holder.  So that of several results for one action
 * exactly one is said to be taken, a reporter has its turn at the action
 * until its row is in the table, and begins by looking whether a transaction
 * that had the turn before has yet to end: what that one has reported may
 * still be rolled back.
 *
 * The turn is a heavyweight lock of its own class.  It lasts as long as a
 * call, not as long as a transaction, so there are never many, and nobody
 * who has one waits for a transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/transam.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/snapmgr.h"

#include "store/reporting.h"
#include "store/scan.h"

/* the fourth field of the lock's tag; executions have one less */
#define RESULT_LOCK_CLASS	0x4D54

static LOCKTAG
turn_tag(const pg_uuid_t *action_id)
{
	uint64		hash = hash_bytes_extended(action_id->data, UUID_LEN, 0);
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (hash >> 32),
						 (uint32) hash, RESULT_LOCK_CLASS);
	return tag;
}

/*
 * Takes the turn at an action: nobody else looks at its results or adds one
 * until mst_report_end(), which comes after the write, or until the
 * (sub)transaction ends.  The holder of a turn must not wait for another
 * transaction.  Without "wait" it returns false when another has the turn.
 * Raises an error if an engine call around this one has it.
 */
bool
mst_report_begin(const pg_uuid_t *action_id, bool wait)
{
	LOCKTAG		tag = turn_tag(action_id);

	switch (LockAcquire(&tag, ExclusiveLock, false, !wait))
	{
		case LOCKACQUIRE_NOT_AVAIL:
			return false;
		case LOCKACQUIRE_ALREADY_HELD:
		case LOCKACQUIRE_ALREADY_CLEAR:
			LockRelease(&tag, ExclusiveLock, false);
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_IN_USE),
					 errmsg("cannot complete an action from a query that its own result runs")));
		case LOCKACQUIRE_OK:
			break;
	}
	return true;
}

/* Gives the turn at an action back. */
void
mst_report_end(const pg_uuid_t *action_id)
{
	LOCKTAG		tag = turn_tag(action_id);

	LockRelease(&tag, ExclusiveLock, false);
}

/*
 * Returns the other transaction under way that has made, changed or deleted
 * the row. A version that is only being replaced while we look is not found,
 * or found as what it has become: in both cases its transaction has ended.
 */
static TransactionId
pending_on(TableDef *def, int index, const pg_uuid_t *id)
{
	SnapshotData dirty;
	RowScan		scan;
	ScanKeyData key;
	TransactionId xid = InvalidTransactionId;

	InitDirtySnapshot(dirty);
	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, id);
	mst_scan_begin_with(&scan, def, index, &key, 1, ForwardScanDirection, &dirty);
	if (mst_scan_next_slot(&scan))
		xid = TransactionIdIsValid(dirty.xmin) ? dirty.xmin : dirty.xmax;
	mst_scan_end(&scan);
	return xid;
}

/*
 * Returns another transaction, still in progress, that has changed the
 * action or the result recorded for it; InvalidTransactionId if there is
 * none.
 */
TransactionId
mst_report_pending(const pg_uuid_t *action_id)
{
	TransactionId xid = pending_on(&mst_actions_table, 0, action_id);

	if (TransactionIdIsValid(xid))
		return xid;
	return pending_on(&mst_results_table, RESULTS_BY_ACTION, action_id);
}

/* Returns whether a result of the action is recorded and not yet taken. */
bool
mst_report_is_recorded(const pg_uuid_t *action_id)
{
	RowScan		scan;
	ScanKeyData key;
	bool		found;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, action_id);
	mst_scan_begin(&scan, &mst_results_table, RESULTS_BY_ACTION, &key, 1,
				   ForwardScanDirection);
	found = mst_scan_next_slot(&scan);
	mst_scan_end(&scan);
	return found;
}

/*
 * Returns the recorded result of the action, palloc'd; NULL if there is
 * none.
 */
ResultRow *
mst_report_recorded(const pg_uuid_t *action_id)
{
	return mst_row_by_id(&mst_results_table, RESULTS_BY_ACTION, action_id);
}
