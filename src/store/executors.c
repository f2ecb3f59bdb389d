/*-------------------------------------------------------------------------
 *
 * executors.c
 *	  Rows of executor processes, and what each has claimed.
 *
 * An executor is a row with a lease, found by its number or by when the
 * lease runs out.  Rows are few and change often, so they are read by key
 * and never locked for long; what an executor has claimed stands in rows of
 * its own (claimed.c).  Those who claim for an executor share an advisory
 * lock with each other, which its removal takes alone: no claim can be made
 * for one that is going.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "store/access.h"
#include "store/claims.h"
#include "store/policy.h"
#include "store/queue_kinds.h"
#include "store/scan.h"
#include "store/write.h"

/* living executors that are asked what they take, at most */
#define MAX_LOOKED_AT	100

static const TableColumn executor_columns[] = {
	COLUMN(ExecutorRow, id, COL_IDENTITY),
	COLUMN(ExecutorRow, name, COL_TEXT),
	COLUMN(ExecutorRow, target, COL_TEXT),
	COLUMN(ExecutorRow, role_name, COL_TEXT),
	COLUMN_NULL(ExecutorRow, actions, COL_JSONB),
	COLUMN_NULL(ExecutorRow, info, COL_JSONB),
	COLUMN(ExecutorRow, registered_at, COL_TIMESTAMP),
	COLUMN(ExecutorRow, last_heartbeat, COL_TIMESTAMP),
	COLUMN(ExecutorRow, lease_until, COL_TIMESTAMP),
	COLUMN(ExecutorRow, lease_ms, COL_INT32),
	COLUMN(ExecutorRow, is_draining, COL_BOOL),
	COLUMN(ExecutorRow, keeps_rules, COL_BOOL)
};

enum
{
	EXECUTORS_BY_ID,
	EXECUTORS_BY_LEASE
};

static TableDef executors = {
	.name = "executors",
	.row_size = sizeof(ExecutorRow),
	.is_whole = true,
	.ncolumns = lengthof(executor_columns),
	.columns = executor_columns,
	.nindexes = 2,
	.indexes = {
		[EXECUTORS_BY_ID] = "executors_pkey",
		[EXECUTORS_BY_LEASE] = "executors_lease_idx"
	}
};

LIST_TABLE(executors);

/* Returns the executor of that number, palloc'd; NULL if there is none. */
ExecutorRow *
mst_store_executor(int64 id)
{
	RowScan		scan;
	ScanKeyData key;
	ExecutorRow *executor;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(id));
	mst_scan_begin(&scan, &executors, EXECUTORS_BY_ID, &key, 1, ForwardScanDirection);
	executor = mst_scan_next(&scan);
	mst_scan_end(&scan);
	return executor;
}

/*
 * Returns up to "max" executors whose leases have run out at "now", in the
 * order in which they did.  *next is when the next lease runs out, "now" if
 * there may be more that has, or PG_INT64_MAX.
 */
List *
mst_store_lost_executors(TimestampTz now, int max, TimestampTz *next)
{
	List	   *lost = NIL;
	ExecutorRow *executor = NULL;
	RowScan		scan;

	mst_scan_begin(&scan, &executors, EXECUTORS_BY_LEASE, NULL, 0, ForwardScanDirection);
	while (list_length(lost) < max && (executor = mst_scan_next(&scan)) != NULL &&
		   executor->lease_until <= now)
		lost = lappend(lost, executor);
	mst_scan_end(&scan);
	*next = executor == NULL && list_length(lost) < max ? PG_INT64_MAX : Max(executor->lease_until, now);
	return lost;
}

/*
 * Returns whether a living executor takes the action.  Looks at a bounded number
 * of executors; when none of these takes it, and there are more, the answer is
 * yes, and *is_certain is false.
 */
bool
mst_store_has_executor_for(const ActionRow *action, bool *is_certain)
{
	bool		found = false;
	int			left = MAX_LOOKED_AT;
	RowScan		scan;
	ScanKeyData key;
	ExecutorRow *executor;

	ScanKeyInit(&key, 1, BTGreaterStrategyNumber, F_TIMESTAMPTZ_GT,
				TimestampTzGetDatum(GetCurrentTimestamp()));
	mst_scan_begin(&scan, &executors, EXECUTORS_BY_LEASE, &key, 1, ForwardScanDirection);
	while (!found && left-- > 0 && (executor = mst_scan_next(&scan)) != NULL)
		found = !executor->is_draining && mst_executor_takes(executor, action);
	mst_scan_end(&scan);
	*is_certain = found || left >= 0;
	return found || left < 0;
}

/* Inserts an executor or updates it. */
void
mst_store_write_executor(ExecutorRow *executor)
{
	mst_rows_write(&executors, (void **) &executor, 1);
}

/*
 * Updates an executor unless another transaction is changing it; returns
 * whether it was done.
 */
bool
mst_store_try_write_executor(ExecutorRow *executor)
{
	return mst_row_update_nowait(&executors, executor);
}

/* the fourth field of the lock's tag; see executions.c for the others */
#define EXECUTOR_LOCK_CLASS		0x4D57

static LOCKTAG
executor_tag(int64 id)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (id >> 32), (uint32) id,
						 EXECUTOR_LOCK_CLASS);
	return tag;
}

/*
 * Keeps the executor from being removed until the transaction ends, for
 * those that claim for it.  Look whether it is still there after this call,
 * not before.
 */
void
mst_store_keep_executor(int64 id)
{
	LOCKTAG		tag = executor_tag(id);

	(void) LockAcquire(&tag, ShareLock, false, false);
}

/*
 * Keeps others from claiming for the executor; false if somebody may be
 * about to.
 */
bool
mst_store_close_executor(int64 id)
{
	LOCKTAG		tag = executor_tag(id);

	return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

/* Deletes an executor; false if another transaction is changing it. */
bool
mst_store_delete_executor(ExecutorRow *executor)
{
	return mst_row_delete_nowait(&executors, executor);
}

static bool
array_contains(Jsonb *array, const char *text)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = strlen(text);
	return findJsonbValueFromContainer(&array->root, JB_FARRAY, &value) != NULL;
}

/* Returns whether the executor takes actions of that name, as far as it has said. */
bool
mst_executor_names(const ExecutorRow *executor, const char *name)
{
	return executor->actions == NULL || array_contains(executor->actions, name);
}

/*
 * Returns whether the executor takes actions of that name of the project, of
 * its targets.  Its role must serve the project; a registered action, which has
 * a provider, goes to executors of the role that owns it, and to no others.
 * While there are rules on where requests may go, an executor that does not know
 * them is handed no action that they hold for.
 */
static bool
takes_kind(const ExecutorRow *executor, const char *provider, const char *project,
		   const char *name)
{
	if (!mst_executor_names(executor, name))
		return false;
	if (provider != NULL)
		return strcmp(provider, executor->role_name) == 0;
	if (!executor->keeps_rules && mst_policy_has_outbound(mst_policy_service(name)))
		return false;
	return mst_role_serves(executor->role_name, project);
}

/* Returns whether the executor takes the action. */
bool
mst_executor_takes(const ExecutorRow *executor, const ActionRow *action)
{
	if (action->target != NULL && action->target[0] != '\0' &&
		strcmp(action->target, executor->target) != 0)
		return false;
	return takes_kind(executor, mst_action_provider(action), action->project_id,
					  mst_action_run_name(action));
}

/* Returns whether the lane is one of those of the executor's role. */
static bool
lane_is_own(const ExecutorRow *executor, const char *lane)
{
	size_t		len = strlen(executor->role_name);

	return strncmp(lane, executor->role_name, len) == 0 && lane[len] == '\n';
}

/*
 * Returns whether the executor takes what is queued in one of its lanes under
 * that name, of the project.
 */
bool
mst_executor_takes_queued(const ExecutorRow *executor, const char *lane,
						  const char *project, const char *name)
{
	return takes_kind(executor, lane_is_own(executor, lane) ? executor->role_name : NULL,
					  project, name);
}

/*
 * Returns whether the executor takes anything of the project that is queued in
 * one of its lanes, whatever its name.
 */
bool
mst_executor_serves(const ExecutorRow *executor, const char *lane, const char *project)
{
	return lane_is_own(executor, lane) || mst_role_serves(executor->role_name, project);
}

/* Returns whether the executor takes actions other than the standard ones. */
static bool
takes_registered(const ExecutorRow *executor)
{
	uint32		n = executor->actions == NULL ? 0 : JB_ROOT_COUNT(executor->actions);

	for (uint32 i = 0; i < n; i++)
	{
		JsonbValue *name = getIthJsonbValueFromContainer(&executor->actions->root, i);

		if (name->val.string.len < 4 || strncmp(name->val.string.val, "std.", 4) != 0)
			return true;
	}
	return executor->actions == NULL;
}

/*
 * Returns the lanes of the queue (char *) that the executor looks through, in
 * order: its own target comes before no target, and its role's registered
 * actions come before what others may take as well.
 */
List *
mst_executor_lanes(const ExecutorRow *executor)
{
	const char *owner = takes_registered(executor) ? executor->role_name : NULL;
	List	   *lanes = NIL;

	if (executor->target[0] != '\0')
	{
		if (owner != NULL)
			lanes = lappend(lanes, mst_queue_lane(owner, executor->target));
		lanes = lappend(lanes, mst_queue_lane(NULL, executor->target));
	}
	if (owner != NULL)
		lanes = lappend(lanes, mst_queue_lane(owner, ""));
	return lappend(lanes, mst_queue_lane(NULL, ""));
}
