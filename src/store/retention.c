/*-------------------------------------------------------------------------
 *
 * retention.c
 *	  Removing executions.
 *
 * A tree is taken apart execution by execution, each from the leaves: actions
 * (a range of the primary key for each task), tasks, what hangs on the
 * execution, the execution itself.  Sub-executions are found on the way and
 * put on a list, so the depth of the tree does not matter.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/table.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"

#include "store/call_kinds.h"
#include "store/delayed_calls.h"
#include "store/executions.h"
#include "store/human_tasks.h"
#include "store/recalls.h"
#include "store/relation.h"
#include "store/retention.h"
#include "store/row.h"
#include "store/rows.h"
#include "store/scan.h"
#include "store/signals.h"
#include "store/slots.h"
#include "store/start_keys.h"
#include "store/tasks.h"
#include "store/write.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/uuid.h"

/* Only what is needed to find and delete a row. */
typedef struct IdRow
{
	RowState	row;
	pg_uuid_t	id;
	char		type;			/* of tasks */
	int64		executor_id;	/* of actions, as is the next */
	State		state;
} IdRow;

static const TableColumn id_columns[] = {
	COLUMN(IdRow, id, COL_UUID)
};

static const TableColumn task_columns[] = {
	COLUMN(IdRow, id, COL_UUID),
	COLUMN(IdRow, type, COL_CHAR)
};

static const TableColumn claimed_columns[] = {
	COLUMN(IdRow, id, COL_UUID),
	COLUMN_NULL(IdRow, executor_id, COL_INT64),
	COLUMN(IdRow, state, COL_STATE)
};

static const TableColumn data_columns[] = {
	COLUMN_AS(IdRow, id, "execution_id", COL_UUID, false)
};

static const TableColumn call_columns[] = {
	COLUMN_AS(IdRow, id, "execution_id", COL_UUID, true)
};

static const TableColumn action_columns[] = {
	COLUMN_AS(IdRow, id, "action_id", COL_UUID, false)
};

#define ID_TABLE(table, cols, ...) \
	{.name = table, .row_size = sizeof(IdRow), .ncolumns = lengthof(cols), \
	 .columns = cols, .nindexes = lengthof(((const char *[]) {__VA_ARGS__})), \
	 .indexes = {__VA_ARGS__}}

static TableDef executions = ID_TABLE("workflow_executions", id_columns,
									  "workflow_executions_pkey",
									  "workflow_executions_parent_idx");
static TableDef data = ID_TABLE("execution_data", data_columns,
								"execution_data_pkey");
static TableDef tasks = ID_TABLE("task_executions", task_columns,
								 "task_executions_execution_idx");
static TableDef actions = ID_TABLE("action_executions", claimed_columns,
								   "action_executions_pkey");
static TableDef queue = ID_TABLE("action_queue", action_columns,
								 "action_queue_pkey");
static TableDef results = ID_TABLE("action_results", data_columns,
								   "action_results_execution_idx");
static TableDef contexts = ID_TABLE("contexts", data_columns,
									"contexts_execution_idx");
static const TableColumn owner_columns[] = {
	COLUMN_AS(IdRow, id, "owner_id", COL_UUID, false)
};

static const TableColumn item_columns[] = {
	COLUMN_AS(IdRow, id, "task_id", COL_UUID, false)
};

static TableDef items = ID_TABLE("task_items", item_columns, "task_items_pkey");
static TableDef secrets = ID_TABLE("secrets", owner_columns, "secrets_pkey");
static TableDef calls = ID_TABLE("delayed_calls", call_columns,
								 "delayed_calls_execution_idx");

/* What decides whether a root execution may go. */
typedef struct RootRow
{
	RowState	row;
	pg_uuid_t	id;
	pg_uuid_t	parent_task_id;
	TimestampTz created_at;
	TimestampTz updated_at;
	State		state;
} RootRow;

static const TableColumn root_columns[] = {
	COLUMN(RootRow, id, COL_UUID),
	COLUMN_NULL(RootRow, parent_task_id, COL_UUID),
	COLUMN(RootRow, created_at, COL_TIMESTAMP),
	COLUMN_NULL(RootRow, updated_at, COL_TIMESTAMP),
	COLUMN(RootRow, state, COL_STATE)
};

static TableDef roots_by_time = {
	.name = "workflow_executions",
	.row_size = sizeof(RootRow),
	.ncolumns = lengthof(root_columns),
	.columns = root_columns,
	.nindexes = 1,
	.indexes = {"workflow_executions_created_idx"}
};

LIST_TABLE(roots_by_time);
LIST_TABLE(executions);
LIST_TABLE(data);
LIST_TABLE(tasks);
LIST_TABLE(items);
LIST_TABLE(actions);
LIST_TABLE(queue);
LIST_TABLE(results);
LIST_TABLE(contexts);
LIST_TABLE(calls);
LIST_TABLE(secrets);

/* the index of executions by parent task */
#define BY_PARENT	1

/*
 * Deletes the rows that the keys find.
 */
static void
delete_by_keys(TableDef *def, int index, ScanKey keys, int nkeys)
{
	Relation	rel = mst_table_open(def, RowExclusiveLock);
	RowScan		scan;

	mst_scan_begin(&scan, def, index, keys, nkeys, ForwardScanDirection);
	while (mst_scan_next_slot(&scan))
		mst_tuple_delete(def, rel, scan.slot, scan.snapshot);
	mst_scan_end(&scan);
	table_close(rel, NoLock);
}

static void
delete_by_id(TableDef *def, const pg_uuid_t *id)
{
	ScanKeyData key;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, id);
	delete_by_keys(def, 0, &key, 1);
}

/*
 * Deletes the rows that the keys find, unless somebody is at work on them, who
 * may wait for us: he finds that there is nothing to do.
 */
static void
try_delete_by_keys(TableDef *def, ScanKey keys, int nkeys)
{
	RowScan		scan;
	void	   *row;

	mst_scan_begin(&scan, def, 0, keys, nkeys, ForwardScanDirection);
	while ((row = mst_scan_next(&scan)) != NULL)
	{
		(void) mst_row_delete_nowait(def, row);
		pfree(row);
	}
	mst_scan_end(&scan);
}

static void
try_delete_by_id(TableDef *def, const pg_uuid_t *id)
{
	ScanKeyData key;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, id);
	try_delete_by_keys(def, &key, 1);
}

/*
 * Has the executor of an unfinished action told to give it up.  It may have
 * been claimed since it was read, so its newest version counts.
 */
static void
recall_action(Relation rel, RowScan *scan, const IdRow *action)
{
	TupleTableSlot *newest = table_slot_create(rel, NULL);
	ItemPointerData tid = action->row.tid;

	if (mst_row_lock(rel, &tid, scan->snapshot, newest, LockTupleExclusive,
					 LockWaitBlock) == ROW_LOCKED)
	{
		IdRow	   *locked = mst_row_read(&actions, newest);

		mst_store_recall(locked->executor_id, &locked->id, true);
		pfree(locked);
	}
	ExecDropSingleTupleTableSlot(newest);
}

/*
 * Deletes the actions of a task, and what has them wait for executors.
 */
static void
delete_actions(const pg_uuid_t *task_id)
{
	Relation	rel;
	RowScan		scan;
	IdRow	   *action;
	ScanKeyData keys[2];
	pg_uuid_t	first = mst_uuid_action(task_id, 1);
	pg_uuid_t	last = mst_uuid_action(task_id, PG_INT32_MAX);

	mst_scan_key_uuid(&keys[0], 1, BTGreaterEqualStrategyNumber, &first);
	mst_scan_key_uuid(&keys[1], 1, BTLessEqualStrategyNumber, &last);
	try_delete_by_keys(&queue, keys, 2);

	rel = mst_table_open(&actions, RowExclusiveLock);
	mst_scan_begin(&scan, &actions, 0, keys, 2, ForwardScanDirection);
	while ((action = mst_scan_next(&scan)) != NULL)
	{
		if (!mst_state_is_completed(action->state))
			recall_action(rel, &scan, action);
		mst_tuple_delete(&actions, rel, scan.slot, scan.snapshot);
		pfree(action);
	}
	mst_scan_end(&scan);
	table_close(rel, NoLock);
}

/*
 * Adds the sub-executions of a task to the list of ids.
 */
static List *
add_children(List *ids, const pg_uuid_t *task_id)
{
	ScanKeyData key;
	List	   *rows;
	ListCell   *cell;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, task_id);
	rows = mst_rows_by_keys(&executions, BY_PARENT, &key, 1);
	foreach(cell, rows)
		ids = lappend(ids, &((IdRow *) lfirst(cell))->id);
	return ids;
}

/*
 * Deletes what belongs to one execution; returns the list with those below it
 * added.
 */
static List *
delete_execution(const pg_uuid_t *id, List *ids)
{
	Relation	rel = mst_table_open(&tasks, RowExclusiveLock);
	RowScan		scan;
	ScanKeyData key;
	IdRow	   *task;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, id);
	mst_scan_begin(&scan, &tasks, 0, &key, 1, ForwardScanDirection);
	while ((task = mst_scan_next(&scan)) != NULL)
	{
		if (task->type == TASK_TYPE_WORKFLOW)
			ids = add_children(ids, &task->id);
		else
			delete_actions(&task->id);
		delete_by_id(&items, &task->id);
		mst_tuple_delete(&tasks, rel, scan.slot, scan.snapshot);
		pfree(task);
	}
	mst_scan_end(&scan);
	table_close(rel, NoLock);

	mst_slots_delete_execution(id);
	try_delete_by_id(&results, id);
	try_delete_by_id(&calls, id);

	/*
	 * behind the calls: a sender that comes between leaves one, which cleans
	 * up
	 */
	mst_store_delete_signals(id);
	mst_store_delete_human_tasks(id);
	delete_by_id(&contexts, id);
	delete_by_id(&secrets, id);
	delete_by_id(&data, id);
	delete_by_id(&executions, id);
	return ids;
}

/*
 * Deletes an execution with its tasks, actions, contexts, results, delayed
 * calls and queue rows, and its sub-executions at all depths; returns the
 * number of executions.  The caller has closed the tree.
 * Events stay until their own time.
 *
 * Waits for transactions that claim actions of it.  Work that goes on
 * elsewhere finds nothing any more: results for deleted actions are refused.
 */
int
mst_store_delete_execution_tree(const pg_uuid_t *id)
{
	ExecutionRow *row = mst_store_execution(id, LOCK_NONE, NULL);
	List	   *ids = list_make1(unconstify(pg_uuid_t *, id));
	int			done = 0;

	/* only roots have keys */
	if (row != NULL && row->key != NULL)
	{
		mst_start_queue_remove(id);
		mst_start_key_pass_later(row->project_id, row->key);
	}
	while (done < list_length(ids))
		ids = delete_execution(list_nth(ids, done++), ids);
	list_free(ids);
	CommandCounterIncrement();
	return done;
}

/* The codes of the final states that may expire, palloc'd. */
static char *
expiring_states(void)
{
	static const struct
	{
		const char *name;
		char		code;
	}			states[] = {{"SUCCESS", 'S'}, {"ERROR", 'E'}, {"CANCELLED", 'C'}};
	char	   *codes = palloc0(lengthof(states) + 1);
	int			n = 0;

	for (int i = 0; i < lengthof(states); i++)
	{
		if (strstr(mst_expiration_ignored_states, states[i].name) == NULL)
			codes[n++] = states[i].code;
	}
	return codes;
}

/*
 * Deletes a root execution that has been found expired, with all below it;
 * false when it goes on again, or somebody is at work on it.
 */
bool
mst_store_expire_tree(const pg_uuid_t *id)
{
	ExecutionRow *row = mst_store_close_tree(id, LOCK_TRY) ?
	mst_store_execution(id, LOCK_NONE, NULL) : NULL;

	return row != NULL && strchr(expiring_states(), row->state) != NULL &&
		mst_store_delete_execution_tree(id) > 0;
}

/*
 * Leaves the deletion of an expired tree to a slow scheduler, unless it has
 * been left to one already.
 * The call is not about the execution, which has ended, but has its id.
 */
void
mst_store_expire_tree_later(const pg_uuid_t *id)
{
	char	   *key = psprintf("expire-%s", mst_uuid_text(id));
	ExecutionRow *row = mst_store_execution(id, LOCK_NONE, NULL);
	DelayedCallRow *call = palloc0(sizeof(DelayedCallRow));

	if (row == NULL || mst_store_has_delayed_call(key))
		return;
	call->row.is_new = true;
	call->created_at = GetCurrentTimestamp();
	call->due_at = call->created_at;
	call->is_slow = true;
	call->kind = mst_call_kind_name(CALL_EXPIRE_TREE);
	call->project_id = row->project_id;
	call->key = key;
	call->args = mst_json_object1("execution_id", mst_json_text(mst_uuid_text(id)));
	mst_store_insert_delayed_calls(&call, 1);
}

/*
 * Reads up to "max" executions, in the order in which they were made, after the
 * position, which is advanced, and made before a time.  Puts those of them that
 * are roots in a final state that may expire into roots, which has room for
 * "max"; *nroots is their number.  Returns false at the end.
 */
bool
mst_store_finished_roots(CreationPosition *after, TimestampTz before, int max,
						 FinishedRoot *roots, int *nroots)
{
	const char *states = expiring_states();
	ScanKeyData keys[2];
	ScanKeyData members[2];
	RowScan		scan;
	RootRow    *row = NULL;

	*nroots = 0;
	memset(&keys[0], 0, sizeof(ScanKeyData));
	keys[0].sk_flags = SK_ROW_HEADER;
	keys[0].sk_attno = 1;
	keys[0].sk_strategy = BTGreaterStrategyNumber;
	keys[0].sk_argument = PointerGetDatum(members);
	ScanKeyEntryInitialize(&members[0], SK_ROW_MEMBER, 1, BTGreaterStrategyNumber, InvalidOid,
						   InvalidOid, F_TIMESTAMPTZ_CMP, TimestampTzGetDatum(after->created_at));
	ScanKeyEntryInitialize(&members[1], SK_ROW_MEMBER | SK_ROW_END, 2, BTGreaterStrategyNumber,
						   InvalidOid, InvalidOid, F_UUID_CMP, UUIDPGetDatum(&after->id));
	ScanKeyInit(&keys[1], 1, BTLessStrategyNumber, F_TIMESTAMPTZ_LT, TimestampTzGetDatum(before));

	mst_scan_begin(&scan, &roots_by_time, 0, keys, lengthof(keys), ForwardScanDirection);
	while (max-- > 0 && (row = mst_scan_next(&scan)) != NULL)
	{
		after->created_at = row->created_at;
		after->id = row->id;
		if (mst_uuid_is_none(&row->parent_task_id) && strchr(states, row->state) != NULL)
		{
			FinishedRoot *root = &roots[(*nroots)++];

			root->id = row->id;
			root->changed_at = row->updated_at != 0 ? row->updated_at : row->created_at;
		}
		pfree(row);
	}
	mst_scan_end(&scan);
	return row != NULL;
}
