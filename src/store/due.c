/*-------------------------------------------------------------------------
 *
 * due.c
 *	  What schedulers take: due delayed calls and recorded results.
 *
 * A call is taken by deleting its row: while the transaction runs others pass
 * over it, and when it aborts the call is there again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"

#include "store/due.h"
#include "store/rows.h"
#include "worker/wake.h"

DelayedCallRow *
mst_due_take(TimestampTz now, TimestampTz *next_due)
{
	RowScan		scan;
	DelayedCallRow *call;

	*next_due = PG_INT64_MAX;
	mst_scan_begin(&scan, &mst_calls_table, CALLS_BY_DUE_TIME, NULL, 0,
				   ForwardScanDirection);
	while ((call = mst_scan_next(&scan)) != NULL)
	{
		if (call->due_at > now)
		{
			*next_due = call->due_at;
			call = NULL;
			break;
		}
		if (mst_row_delete_nowait(&mst_calls_table, call))
			break;
	}
	mst_scan_end(&scan);
	return call;
}

/*
 * Find the call by its number, and lock it; NULL when it is gone or taken.
 * The transaction that has read its place has ended: another row may have
 * that now.
 */
static DelayedCallRow *
lock_call(int64 id)
{
	DelayedCallRow *call = NULL;
	RowScan		scan;
	ScanKeyData key;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(id));
	mst_scan_begin(&scan, &mst_calls_table, CALLS_BY_ID, &key, 1,
				   ForwardScanDirection);
	if (mst_scan_next_slot(&scan))
	{
		ItemPointerData tid = scan.slot->tts_tid;

		ExecClearTuple(scan.slot);
		if (mst_row_lock(scan.rel, &tid, scan.snapshot, scan.slot,
						 LockTupleExclusive, LockWaitSkip) == ROW_LOCKED)
			call = mst_row_read(&mst_calls_table, scan.slot);
	}
	mst_scan_end(&scan);
	return call;
}

bool
mst_due_put_back(const DelayedCallRow *call, int attempts, TimestampTz due_at,
				 bool is_dead, const char *error)
{
	DelayedCallRow *stored = lock_call(call->id);

	if (stored == NULL)
		return false;
	stored->attempts = attempts;
	stored->due_at = due_at;
	stored->is_dead = is_dead;
	stored->error = error == NULL ? NULL : pstrdup(error);
	stored->row.is_dirty = true;
	mst_rows_write(&mst_calls_table, (void **) &stored, 1);
	return true;
}

bool
mst_due_revive(int64 id)
{
	DelayedCallRow *call = lock_call(id);

	if (call == NULL || !call->is_dead)
		return false;
	call->attempts = 0;
	call->due_at = GetCurrentTimestamp();
	call->is_dead = false;
	call->row.is_dirty = true;
	mst_rows_write(&mst_calls_table, (void **) &call, 1);
	mst_wake_scheduler(call->due_at);
	return true;
}

bool
mst_due_next_results(const pg_uuid_t *after, pg_uuid_t *execution_id)
{
	RowScan		scan;
	ScanKeyData key;
	ResultRow  *result;

	mst_scan_key_uuid(&key, 1, BTGreaterStrategyNumber, after);
	mst_scan_begin(&scan, &mst_results_table, RESULTS_BY_EXECUTION, &key, 1, ForwardScanDirection);
	result = mst_scan_next(&scan);
	if (result != NULL)
		*execution_id = result->execution_id;
	mst_scan_end(&scan);
	return result != NULL;
}
