/*-------------------------------------------------------------------------
 *
 * checks.c
 *	  Questions to the tables whose answer is yes or no.
 *
 * They are asked in every engine call, so they read by index and take no row
 * apart that they need not.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/sysattr.h"
#include "access/xact.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/snapmgr.h"

#include "store/queries.h"
#include "store/rows.h"

/* the fourth field of the lock's tag; executions have one less */
#define RESULT_LOCK_CLASS	0x4D54

typedef struct SubscriptionHead
{
	RowState	row;
	bool		is_enabled;
} SubscriptionHead;

static const TableColumn subscription_columns[] = {
	COLUMN(SubscriptionHead, is_enabled, COL_BOOL)
};

static TableDef subscriptions = {
	.name = "event_subscriptions",
	.row_size = sizeof(SubscriptionHead),
	.ncolumns = lengthof(subscription_columns),
	.columns = subscription_columns,
	.nindexes = 1,
	.indexes = {"event_subscriptions_project_idx"}
};

typedef struct ExecutionHead
{
	RowState	row;
	pg_uuid_t	id;
} ExecutionHead;

static const TableColumn execution_columns[] = {
	COLUMN(ExecutionHead, id, COL_UUID)
};

static TableDef executions = {
	.name = "workflow_executions",
	.row_size = sizeof(ExecutionHead),
	.ncolumns = lengthof(execution_columns),
	.columns = execution_columns,
	.nindexes = 1,
	.indexes = {"workflow_executions_pkey"}
};

/* Whether there are subscriptions in force with this key of the index. */
static bool
has_subscriptions(ScanKey key)
{
	RowScan		scan;
	SubscriptionHead *head;
	bool		found = false;

	mst_scan_begin(&scan, &subscriptions, 0, key, 1, ForwardScanDirection);
	while (!found && (head = mst_scan_next(&scan)) != NULL)
	{
		found = head->is_enabled;
		pfree(head);
	}
	mst_scan_end(&scan);
	return found;
}

/*
 * Whether a subscription or a consumer, of the project or of all projects,
 * may want events of the project's executions.
 */
bool
mst_query_has_subscriptions(const char *project_id)
{
	ScanKeyData key;

	mst_scan_key_null(&key, 1);
	if (has_subscriptions(&key))
		return true;
	mst_scan_key_text(&key, 1, project_id);
	return has_subscriptions(&key);
}

bool
mst_query_is_own_execution(const pg_uuid_t *id)
{
	RowScan		scan;
	ScanKeyData key;
	bool		is_own = false;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, id);
	mst_scan_begin(&scan, &executions, 0, &key, 1, ForwardScanDirection);
	if (mst_scan_next_slot(&scan))
	{
		bool		is_null;
		Datum		xmin = slot_getsysattr(scan.slot,
										   MinTransactionIdAttributeNumber,
										   &is_null);

		is_own = TransactionIdIsCurrentTransactionId(DatumGetTransactionId(xmin));
	}
	mst_scan_end(&scan);
	return is_own;
}

bool
mst_store_has_result(const pg_uuid_t *action_id)
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

static LOCKTAG
recorded_result_tag(const pg_uuid_t *action_id)
{
	uint64		hash = hash_bytes_extended(action_id->data, UUID_LEN, 0);
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (hash >> 32),
						 (uint32) hash, RESULT_LOCK_CLASS);
	return tag;
}

void
mst_store_lock_recorded_result(const pg_uuid_t *action_id)
{
	LOCKTAG		tag = recorded_result_tag(action_id);

	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

void
mst_store_unlock_recorded_result(const pg_uuid_t *action_id)
{
	LOCKTAG		tag = recorded_result_tag(action_id);

	LockRelease(&tag, ExclusiveLock, false);
}

ResultRow *
mst_store_recorded_result(const pg_uuid_t *action_id)
{
	for (;;)
	{
		SnapshotData dirty;
		RowScan		scan;
		ScanKeyData key;
		ResultRow  *result;

		InitDirtySnapshot(dirty);
		mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, action_id);
		mst_scan_begin_with(&scan, &mst_results_table, RESULTS_BY_ACTION, &key,
							1, ForwardScanDirection, &dirty);
		result = mst_scan_next(&scan);
		mst_scan_end(&scan);
		if (result == NULL || !TransactionIdIsValid(dirty.xmin))
			return result;
		XactLockTableWait(dirty.xmin, NULL, NULL, XLTW_None);
	}
}
