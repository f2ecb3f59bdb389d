/*-------------------------------------------------------------------------
 *
 * exists.c
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
#include "utils/snapmgr.h"

#include "store/lookups.h"
#include "store/row.h"
#include "store/scan.h"

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

LIST_TABLE(subscriptions);

typedef struct ExecutionHead
{
	RowState	row;
	State		state;
} ExecutionHead;

static const TableColumn execution_columns[] = {
	COLUMN(ExecutionHead, state, COL_STATE)
};

static TableDef executions = {
	.name = "workflow_executions",
	.row_size = sizeof(ExecutionHead),
	.ncolumns = lengthof(execution_columns),
	.columns = execution_columns,
	.nindexes = 1,
	.indexes = {"workflow_executions_pkey"}
};

LIST_TABLE(executions);

/*
 * Returns whether there are subscriptions in force with this key of the index.
 */
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
 * Returns whether a subscription or a consumer, of the project or of all
 * projects, may want events of the project's executions.
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

/*
 * Returns whether the current transaction has written the row of the id,
 * found by the first index.
 */
static bool
is_own_row(TableDef *def, const pg_uuid_t *id)
{
	RowScan		scan;
	ScanKeyData key;
	bool		is_own = false;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, id);
	mst_scan_begin(&scan, def, 0, &key, 1, ForwardScanDirection);
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

/*
 * Returns whether the current transaction itself has made or changed the
 * execution.
 */
bool
mst_query_is_own_execution(const pg_uuid_t *id)
{
	return is_own_row(&executions, id);
}

/*
 * Returns whether the current transaction itself has made or changed the
 * action.
 */
bool
mst_query_is_own_action(const pg_uuid_t *id)
{
	return is_own_row(&mst_actions_table, id);
}

/* Returns the state of an execution, MST_STATE_NONE if there is none. */
static State
execution_state(const pg_uuid_t *id)
{
	ExecutionHead *head = mst_uuid_is_none(id) ? NULL : mst_row_by_id(&executions, 0, id);

	return head != NULL ? head->state : MST_STATE_NONE;
}

/* Returns whether there is such an execution and it is not running. */
bool
mst_query_is_stopped(const pg_uuid_t *id)
{
	State		state = execution_state(id);

	return state != MST_STATE_NONE && state != MST_STATE_RUNNING;
}

/* Returns whether there is such an execution and it is paused. */
bool
mst_query_is_paused(const pg_uuid_t *id)
{
	return execution_state(id) == MST_STATE_PAUSED;
}
