/*-------------------------------------------------------------------------
 *
 * slots.c
 *	  Slots of limits: who has one, who waits for one.
 *
 * A slot that is held is a row, inserted in the transaction that lets its holder
 * begin and deleted in the one that ends it, so a slot comes back however
 * its holder ends, and no counter can be wrong.  A holder is a task, or an
 * execution whose workflow has limits.  It needs a slot of each of its limits,
 * and takes all of them or none; while it waits it has one row, with the limit
 * that was the first to be full.
 *
 * Rows of transactions that are still running count: those inserted as held,
 * those deleted as held as well.  So a limit is never exceeded, and nobody
 * waits for anybody's transaction.  To count and to insert is one step, for
 * which the project's limits are locked; that lock is taken last, and kept for
 * as long as that takes, not until the transaction ends.
 *
 * Slots are passed on by a delayed call (mst_slots_pass()), in the order of
 * those that wait.  Nobody waits in vain, because for each row that waits there
 * is
 *	- a row that holds, whose deletion leaves that call: to delete first and
 *	  then to look for those that wait, under the lock, misses none that has
 *	  counted the row; or
 *	- a transaction that was running when the row was counted, for which the
 *	  call is left at once, and again until no such transaction is seen; or
 *	- a time at which a window is over, for which the call is left.
 *
 * What counts for a rate is a row of its own until its window is over.
 * docs/decisions/slots-as-rows.md has the reasons.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/table.h"
#include "access/transam.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "store/call_kinds.h"
#include "store/delayed_calls.h"
#include "store/executions.h"
#include "store/lookups.h"
#include "store/relation.h"
#include "store/rows.h"
#include "store/scan.h"
#include "store/slots.h"
#include "store/write.h"
#include "util/json.h"
#include "util/uuid.h"

/* the fourth field of the lock's tag; see executions.c */
#define LIMITS_LOCK_CLASS	0x4D59

/* slots that one call passes on */
#define MAX_PASSED_ON	100

/* rows whose windows are over that one look deletes */
#define MAX_SWEPT		50

/* before a transaction that was running is looked for again, and at most */
#define FIRST_LOOK_MS	20
#define LAST_LOOK_MS	1000

enum
{
	SLOTS_BY_LIMIT,
	SLOTS_BY_EXECUTION
};

static const TableColumn slot_columns[] = {
	COLUMN(SlotRow, project_id, COL_TEXT),
	COLUMN(SlotRow, limit_id, COL_UUID),
	COLUMN(SlotRow, state, COL_CHAR),
	COLUMN(SlotRow, rank, COL_INT64),
	COLUMN(SlotRow, holder_id, COL_UUID),
	COLUMN_NULL(SlotRow, execution_id, COL_UUID),
	COLUMN(SlotRow, since, COL_TIMESTAMP),
	COLUMN_NULL(SlotRow, until, COL_TIMESTAMP),
	COLUMN_NULL(SlotRow, name, COL_TEXT),
	COLUMN_NULL(SlotRow, key, COL_TEXT),
	COLUMN_NULL(SlotRow, wants, COL_JSONB)
};

static TableDef slots = {
	.name = "limit_slots",
	.row_size = sizeof(SlotRow),
	.is_whole = true,
	.ncolumns = lengthof(slot_columns),
	.columns = slot_columns,
	.nindexes = 2,
	.indexes = {
		[SLOTS_BY_LIMIT] = "limit_slots_limit_idx",
		[SLOTS_BY_EXECUTION] = "limit_slots_execution_idx"
	}
};

LIST_TABLE(slots);

/* A row of mistral.limits; 0 is NULL, no bound. */
typedef struct NamedLimitRow
{
	RowState	row;
	char	   *name;
	int32		max;
	int32		rate;
	int32		window_s;
	char	   *action;
} NamedLimitRow;

static const TableColumn limit_columns[] = {
	COLUMN(NamedLimitRow, name, COL_TEXT),
	COLUMN_NULL(NamedLimitRow, max, COL_INT32),
	COLUMN_NULL(NamedLimitRow, rate, COL_INT32),
	COLUMN_NULL(NamedLimitRow, window_s, COL_INT32),
	COLUMN_NULL(NamedLimitRow, action, COL_TEXT)
};

enum
{
	LIMITS_BY_NAME,
	LIMITS_BY_ACTION
};

static TableDef named_limits = {
	.name = "limits",
	.row_size = sizeof(NamedLimitRow),
	.ncolumns = lengthof(limit_columns),
	.columns = limit_columns,
	.nindexes = 2,
	.indexes = {
		[LIMITS_BY_NAME] = "limits_pkey",
		[LIMITS_BY_ACTION] = "limits_action_idx"
	}
};

LIST_TABLE(named_limits);

/* ---- limits ---- */

/*
 * Returns what rows of a limit have in common: of the text that says whose it
 * is, and of the key (NULL: none).  Limits of different projects may have the
 * same, as rows are found by project first.
 */
pg_uuid_t
mst_slot_limit_id(const char *owner, const char *key)
{
	char	   *text = psprintf("%s\n%s%s", owner, key != NULL ? "=" : "", key != NULL ? key : "");
	size_t		len = strlen(text);
	uint64		halves[2];
	pg_uuid_t	id = {{0}};

	halves[0] = hash_bytes_extended((const unsigned char *) text, len, 1);
	halves[1] = hash_bytes_extended((const unsigned char *) text, len, 2);
	memcpy(id.data, halves, UUID_LEN);
	pfree(text);
	return id;
}

/*
 * Puts the bounds of a named limit of the project into "want", in the place of
 * those that the definition gives.  Returns false, with nothing done, if there
 * is no such limit, or it is for the tasks of another action than "want" has.
 *
 * What is committed counts, however old the snapshot of the transaction is:
 * who waits by old bounds after those that wait have been looked at for a change
 * would not be looked at again.
 */
bool
mst_limit_read(const char *project, const char *name, SlotWant *want)
{
	ScanKeyData keys[2];
	RowScan		scan;
	NamedLimitRow *row;
	Snapshot	latest = RegisterSnapshot(GetLatestSnapshot());

	mst_scan_key_text(&keys[0], 1, project);
	mst_scan_key_text(&keys[1], 2, name);
	mst_scan_begin_with(&scan, &named_limits, LIMITS_BY_NAME, keys, 2, ForwardScanDirection, latest);
	row = mst_scan_next(&scan);
	mst_scan_end(&scan);
	UnregisterSnapshot(latest);
	if (row == NULL || (want->action != NULL &&
						(row->action == NULL || strcmp(row->action, want->action) != 0)))
		return false;
	want->max = row->max;
	want->rate = row->rate;
	want->window_s = row->window_s;
	return true;
}

/* What this backend knows of limits of actions, until the table changes. */
static bool action_limits_known = false;
static bool has_action_limits;

static void
forget_action_limits(Datum arg, Oid relid)
{
	action_limits_known = false;
}

/*
 * Returns whether any project has a limit for tasks that call an action.  Asked
 * for each task: it costs nothing until somebody changes a limit.
 */
bool
mst_limits_on_actions(void)
{
	static bool is_registered = false;
	RowScan		scan;

	if (action_limits_known)
		return has_action_limits;
	if (!is_registered)
		CacheRegisterRelcacheCallback(forget_action_limits, (Datum) 0);
	is_registered = true;

	/* what changes after this look is told after it */
	action_limits_known = true;
	mst_scan_begin(&scan, &named_limits, LIMITS_BY_ACTION, NULL, 0, ForwardScanDirection);
	has_action_limits = mst_scan_next_slot(&scan);
	mst_scan_end(&scan);
	return has_action_limits;
}

/*
 * Returns the name of the project's limit for tasks that call the action,
 * palloc'd; NULL if there is none.
 */
char *
mst_limit_of_action(const char *project, const char *action)
{
	ScanKeyData keys[2];
	RowScan		scan;
	NamedLimitRow *row;

	mst_scan_key_text(&keys[0], 1, project);
	mst_scan_key_text(&keys[1], 2, action);
	mst_scan_begin(&scan, &named_limits, LIMITS_BY_ACTION, keys, 2, ForwardScanDirection);
	row = mst_scan_next(&scan);
	mst_scan_end(&scan);
	return row != NULL ? row->name : NULL;
}

static void
set_lock_tag(LOCKTAG *tag, const char *project)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) project, strlen(project), 0);

	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, (uint32) (hash >> 32),
						 (uint32) hash, LIMITS_LOCK_CLASS);
}

/*
 * Keeps others from counting slots of the project.  Whoever has the lock waits
 * for nothing before he gives it up.
 */
static void
lock_limits(const char *project)
{
	LOCKTAG		tag;

	set_lock_tag(&tag, project);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

static void
unlock_limits(const char *project)
{
	LOCKTAG		tag;

	set_lock_tag(&tag, project);
	(void) LockRelease(&tag, ExclusiveLock, false);
}

/* ---- calls that pass slots on ---- */

static Jsonb *
pass_args(const pg_uuid_t *limit_id, int look_ms)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "limit_id", mst_uuid_text(limit_id));
	if (look_ms > 0)
		mst_json_add_int(&b, "look_ms", look_ms);
	return mst_json_end(&b);
}

/*
 * Leaves a call that passes on slots of a limit.  Of calls of one sort only one
 * is kept; "sort" tells those at once from those that are due later, which
 * must not stand for the others.
 */
static void
leave_pass(const char *project, const pg_uuid_t *limit_id, TimestampTz due,
		   const char *sort, int look_ms)
{
	DelayedCallRow *delayed = palloc0(sizeof(DelayedCallRow));

	delayed->row.is_new = true;
	delayed->due_at = due;
	delayed->created_at = GetCurrentTimestamp();
	delayed->kind = mst_call_kind_name(CALL_PASS_SLOTS);
	delayed->project_id = pstrdup(project);
	delayed->key = psprintf("slots-%s-%s-%s", sort, project, mst_uuid_text(limit_id));
	delayed->args = pass_args(limit_id, look_ms);
	mst_store_insert_delayed_calls(&delayed, 1);
}

static void
leave_pass_now(const char *project, const pg_uuid_t *limit_id)
{
	leave_pass(project, limit_id, GetCurrentTimestamp(), "now", 0);
}

/* ---- counting ---- */

/* What a look at a limit has found. */
typedef struct LimitLook
{
	bool		is_unsettled;	/* a transaction is running that may make room */
	TimestampTz due;			/* when the window lets the next begin; 0: it
								 * does not matter */
} LimitLook;

static void
set_limit_keys(ScanKey keys, const char *project, const pg_uuid_t *limit_id, char state)
{
	mst_scan_key_text(&keys[0], 1, project);
	mst_scan_key_uuid(&keys[1], 2, BTEqualStrategyNumber, limit_id);
	ScanKeyInit(&keys[2], 3, BTEqualStrategyNumber, F_CHAREQ, CharGetDatum(state));
}

/* The row that a scan has found is of a transaction that is running. */
static bool
is_in_flight(const SnapshotData *dirty)
{
	return TransactionIdIsValid(dirty->xmin) || TransactionIdIsValid(dirty->xmax);
}

/*
 * Returns whether somebody waits for the limit whose turn comes before the
 * request's.  One who has committed that is woken by others; another may
 * vanish.
 */
static bool
has_earlier(const SlotRequest *request, const pg_uuid_t *limit_id, LimitLook *look)
{
	SnapshotData dirty;
	ScanKeyData keys[3];
	RowScan		scan;
	bool		found = false;

	InitDirtySnapshot(dirty);
	set_limit_keys(keys, request->project_id, limit_id, SLOT_WAITS);
	mst_scan_begin_with(&scan, &slots, SLOTS_BY_LIMIT, keys, 3, ForwardScanDirection, &dirty);
	if (mst_scan_next_slot(&scan))
	{
		bool		in_flight = is_in_flight(&dirty);
		SlotRow    *first = mst_row_read(&slots, scan.slot);

		found = first->rank < request->rank &&
			!mst_uuid_equal(&first->holder_id, &request->holder_id);
		look->is_unsettled |= found && in_flight;
		pfree(first);
	}
	mst_scan_end(&scan);
	return found;
}

/* Returns whether as many hold a slot as may. */
static bool
is_full(const char *project, const SlotWant *want, LimitLook *look)
{
	SnapshotData dirty;
	ScanKeyData keys[3];
	RowScan		scan;
	bool		in_flight = false;
	int			n = 0;

	if (want->max == 0)
		return false;
	InitDirtySnapshot(dirty);
	set_limit_keys(keys, project, &want->limit_id, SLOT_HELD);
	mst_scan_begin_with(&scan, &slots, SLOTS_BY_LIMIT, keys, 3, ForwardScanDirection, &dirty);
	while (n < want->max && mst_scan_next_slot(&scan))
	{
		in_flight |= is_in_flight(&dirty);
		n++;
	}
	mst_scan_end(&scan);
	if (n < want->max)
		return false;
	look->is_unsettled |= in_flight;
	return true;
}

/* Returns whether as many have begun within the window as may. */
static bool
is_too_often(const char *project, const SlotWant *want, TimestampTz now, LimitLook *look)
{
	int64		window = want->window_s * USECS_PER_SEC;
	SnapshotData dirty;
	ScanKeyData keys[4];
	RowScan		scan;
	SlotRow    *row = NULL;
	int			n = 0;

	if (want->rate == 0)
		return false;
	InitDirtySnapshot(dirty);
	set_limit_keys(keys, project, &want->limit_id, SLOT_BEGUN);
	ScanKeyInit(&keys[3], 4, BTGreaterStrategyNumber, F_INT8GT, Int64GetDatum(now - window));
	mst_scan_begin_with(&scan, &slots, SLOTS_BY_LIMIT, keys, 4, BackwardScanDirection, &dirty);
	while (n < want->rate && mst_scan_next_slot(&scan))
		n++;
	if (n == want->rate)
		row = mst_row_read(&slots, scan.slot);
	mst_scan_end(&scan);
	if (row == NULL)
		return false;
	look->due = row->rank + window;
	return true;
}

/* Returns a limit with the bounds that are in force now. */
static SlotWant
in_force(const char *project, const SlotWant *want)
{
	SlotWant	bounds = *want;

	if (want->name != NULL)
		(void) mst_limit_read(project, want->name, &bounds);
	return bounds;
}

/*
 * Returns the first limit of which the request cannot get a slot now; NULL: it
 * can get all.  The limit "own" (or NULL) is one for which it is the request's
 * turn.
 */
static SlotWant *
find_blocked(const SlotRequest *request, const pg_uuid_t *own, TimestampTz now, LimitLook *look)
{
	ListCell   *lc;

	*look = (LimitLook)
	{
		false
	};
	foreach(lc, request->wants)
	{
		SlotWant	want = in_force(request->project_id, lfirst(lc));
		bool		is_own = own != NULL && mst_uuid_equal(own, &want.limit_id);

		if (want.max == 0 && want.rate == 0)
			continue;
		if ((!is_own && has_earlier(request, &want.limit_id, look)) ||
			is_full(request->project_id, &want, look) ||
			is_too_often(request->project_id, &want, now, look))
			return lfirst(lc);
	}
	return NULL;
}

/* ---- rows ---- */

static Jsonb *
wants_json(List *wants)
{
	JsonBuilder b;
	ListCell   *lc;

	mst_json_begin_array(&b);
	foreach(lc, wants)
	{
		SlotWant   *want = lfirst(lc);

		mst_json_open_object(&b, NULL);
		mst_json_add_text(&b, "limit_id", mst_uuid_text(&want->limit_id));
		mst_json_add_text(&b, "name", want->name);
		mst_json_add_text(&b, "key", want->key);
		if (want->action != NULL)
			mst_json_add_text(&b, "action", want->action);
		mst_json_add_int(&b, "max", want->max);
		mst_json_add_int(&b, "rate", want->rate);
		mst_json_add_int(&b, "window_s", want->window_s);
		mst_json_close_object(&b);
	}
	return mst_json_end(&b);
}

static List *
wants_of(const Jsonb *json)
{
	List	   *wants = NIL;

	for (int i = 0; i < mst_json_count(json); i++)
	{
		Jsonb	   *item = mst_json_item(json, i);
		SlotWant   *want = palloc0(sizeof(SlotWant));

		if (!mst_uuid_parse(mst_json_get_text(item, "limit_id"), &want->limit_id))
			elog(ERROR, "malformed id of a limit");
		want->name = mst_json_get_text(item, "name");
		want->key = mst_json_get_text(item, "key");
		want->action = mst_json_get_text(item, "action");
		want->max = mst_json_get_int(item, "max", 0);
		want->rate = mst_json_get_int(item, "rate", 0);
		want->window_s = mst_json_get_int(item, "window_s", 0);
		wants = lappend(wants, want);
	}
	return wants;
}

static void
insert_slot(const SlotRequest *request, const SlotWant *want, char state, int64 rank,
			TimestampTz since, TimestampTz until)
{
	SlotRow		row = {.row.is_new = true};
	void	   *item = &row;

	row.project_id = request->project_id;
	row.limit_id = want->limit_id;
	row.state = state;
	row.rank = rank;
	row.holder_id = request->holder_id;
	if (state != SLOT_BEGUN)
		row.execution_id = request->execution_id;
	row.since = since;
	row.until = until;
	row.name = want->name;
	row.key = want->key;
	if (state == SLOT_WAITS)
		row.wants = wants_json(request->wants);
	mst_rows_write(&slots, &item, 1);
}

/* Inserts the rows of a request that gets all its slots. */
static void
insert_held(const SlotRequest *request, TimestampTz now)
{
	ListCell   *lc;

	foreach(lc, request->wants)
	{
		SlotWant	want = in_force(request->project_id, lfirst(lc));
		TimestampTz until = now + want.window_s * USECS_PER_SEC;

		insert_slot(request, &want, SLOT_HELD, now, now, 0);
		if (want.rate == 0)
			continue;
		insert_slot(request, &want, SLOT_BEGUN, now, now, until);

		/* the row goes when its window is over */
		leave_pass(request->project_id, &want.limit_id, until, "sweep", 0);
	}
}

/*
 * Inserts the row of a request that waits for a limit, and leaves the call
 * that passes a slot on where no holder's end will.
 */
static void
insert_waiting(const SlotRequest *request, const SlotWant *blocked, TimestampTz since,
			   const LimitLook *look)
{
	insert_slot(request, blocked, SLOT_WAITS, request->rank, since, 0);
	if (look->is_unsettled)
		leave_pass(request->project_id, &blocked->limit_id,
				   GetCurrentTimestamp() + FIRST_LOOK_MS * INT64CONST(1000), "look", FIRST_LOOK_MS);
	if (look->due != 0)
		leave_pass(request->project_id, &blocked->limit_id, look->due,
				   psprintf("window" INT64_FORMAT, look->due), 0);
}

static void
set_holder_keys(ScanKey keys, const pg_uuid_t *execution_id, const pg_uuid_t *holder_id)
{
	mst_scan_key_uuid(&keys[0], 1, BTEqualStrategyNumber, execution_id);
	mst_scan_key_uuid(&keys[1], 2, BTEqualStrategyNumber, holder_id);
}

/* Returns whether the holder has got its slots. */
bool
mst_slots_are_held(const pg_uuid_t *execution_id, const pg_uuid_t *holder_id)
{
	ScanKeyData keys[2];
	List	   *rows;

	set_holder_keys(keys, execution_id, holder_id);
	rows = mst_rows_by_keys(&slots, SLOTS_BY_EXECUTION, keys, 2);
	return rows != NIL && ((SlotRow *) linitial(rows))->state == SLOT_HELD;
}

/* ---- taking ---- */

/*
 * Takes a slot of each limit for a holder that has none and does not wait; each
 * limit is there once.  Returns false if it has to wait, and the limit that was
 * full in *blocked.  The call TAKE_SLOTS comes when it has got them.
 */
bool
mst_slots_take(const SlotRequest *request, SlotWant **blocked)
{
	TimestampTz now;
	LimitLook	look;

	lock_limits(request->project_id);
	now = GetCurrentTimestamp();
	*blocked = find_blocked(request, NULL, now, &look);
	if (*blocked == NULL)
		insert_held(request, now);
	else
		insert_waiting(request, *blocked, now, &look);
	unlock_limits(request->project_id);
	mst_store_sync();
	return *blocked == NULL;
}

/*
 * Takes slots for a holder that runs already, whether they are free or not:
 * others wait until fewer have one than may.
 */
void
mst_slots_retake(const SlotRequest *request)
{
	lock_limits(request->project_id);
	insert_held(request, GetCurrentTimestamp());
	unlock_limits(request->project_id);
	mst_store_sync();
}

/* ---- giving back ---- */

/* Returns whether anybody waits for the limit, committed or not. */
static bool
has_waiting(const char *project, const pg_uuid_t *limit_id)
{
	SnapshotData dirty;
	ScanKeyData keys[3];
	RowScan		scan;
	bool		found;

	InitDirtySnapshot(dirty);
	set_limit_keys(keys, project, limit_id, SLOT_WAITS);
	mst_scan_begin_with(&scan, &slots, SLOTS_BY_LIMIT, keys, 3, ForwardScanDirection, &dirty);
	found = mst_scan_next_slot(&scan);
	mst_scan_end(&scan);
	return found;
}

/*
 * Deletes the rows that the keys find by execution, in their newest versions,
 * and returns the ids (pg_uuid_t *) of the limits that they were of, and their
 * project.
 *
 * It waits only for a call that is passing the slots on, which waits for
 * nobody; the rows that this has made are found the next time round.
 */
static List *
delete_slots(ScanKey keys, int nkeys, char **project)
{
	Relation	rel = mst_table_open(&slots, RowExclusiveLock);
	List	   *limits = NIL;
	bool		found = true;

	while (found)
	{
		RowScan		scan;

		found = false;
		mst_scan_begin(&scan, &slots, SLOTS_BY_EXECUTION, keys, nkeys, ForwardScanDirection);
		while (mst_scan_next_slot(&scan))
		{
			SlotRow    *row = mst_row_read(&slots, scan.slot);

			*project = row->project_id;
			limits = lappend(limits, &row->limit_id);
			mst_tuple_delete(&slots, rel, scan.slot, scan.snapshot);
			found = true;
		}
		mst_scan_end(&scan);
		mst_store_sync();
	}
	table_close(rel, NoLock);
	return limits;
}

/* Leaves calls that pass on the slots of these limits where somebody waits. */
static void
wake_waiting(const char *project, List *limits)
{
	ListCell   *lc;

	if (limits == NIL)
		return;
	lock_limits(project);
	foreach(lc, limits)
	{
		if (has_waiting(project, lfirst(lc)))
			leave_pass_now(project, lfirst(lc));
	}
	unlock_limits(project);
}

/*
 * Gives back what a holder has of slots, and ends its wait for others.  The
 * caller has the lock on its execution.
 */
void
mst_slots_release(const pg_uuid_t *execution_id, const pg_uuid_t *holder_id)
{
	ScanKeyData keys[2];
	char	   *project = NULL;
	List	   *limits;

	set_holder_keys(keys, execution_id, holder_id);
	limits = delete_slots(keys, 2, &project);
	wake_waiting(project, limits);
}

/* Gives back all slots of an execution that is being deleted. */
void
mst_slots_delete_execution(const pg_uuid_t *execution_id)
{
	ScanKeyData key;
	char	   *project = NULL;
	List	   *limits;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, execution_id);
	limits = delete_slots(&key, 1, &project);
	wake_waiting(project, limits);
}

/* ---- passing on ---- */

/*
 * Deletes rows of the limit whose windows are over, and leaves the call that
 * deletes the next.
 */
static void
sweep_begun(const char *project, const pg_uuid_t *limit_id, TimestampTz now)
{
	ScanKeyData keys[3];
	RowScan		scan;
	SlotRow    *row;
	int			left = MAX_SWEPT;

	set_limit_keys(keys, project, limit_id, SLOT_BEGUN);
	mst_scan_begin(&scan, &slots, SLOTS_BY_LIMIT, keys, 3, ForwardScanDirection);
	while ((row = mst_scan_next(&scan)) != NULL && row->until <= now && left-- > 0)
		(void) mst_row_delete_nowait(&slots, row);
	mst_scan_end(&scan);
	if (row != NULL)
		leave_pass(project, limit_id, Max(row->until, now), "sweep", 0);
}

/* Tells a task, or an execution that is to begin, that it has got its slots. */
static void
leave_taken(const SlotRow *waiting, const ExecutionRow *exec)
{
	DelayedCallRow *delayed = palloc0(sizeof(DelayedCallRow));
	bool		is_execution = mst_uuid_equal(&waiting->holder_id, &exec->id);

	delayed->row.is_new = true;
	delayed->due_at = delayed->created_at = GetCurrentTimestamp();
	delayed->execution_id = exec->id;
	delayed->root_id = exec->root_id;
	if (!is_execution)
		delayed->task_id = waiting->holder_id;
	delayed->kind = mst_call_kind_name(is_execution ? CALL_BEGIN_EXECUTION : CALL_TAKE_SLOTS);
	delayed->project_id = waiting->project_id;
	mst_store_insert_delayed_calls(&delayed, 1);
}

/* One pass over those that wait for a limit. */
typedef struct SlotPass
{
	const char *project;
	const pg_uuid_t *limit_id;
	TimestampTz now;
	LimitLook	look;			/* at the limit, for the one whose turn it is */
	bool		is_waited_for;	/* somebody waits still */
} SlotPass;

/*
 * Gives the holder whose turn it is its slots, or has it wait for another limit
 * that is full.  Returns false when the limit itself is full.
 */
static bool
pass_to(SlotPass *pass, SlotRow *waiting)
{
	ExecutionRow *exec = mst_store_execution(&waiting->execution_id, LOCK_NONE, NULL);
	SlotRequest request = {waiting->project_id, waiting->execution_id, waiting->holder_id,
	waiting->rank, wants_of(waiting->wants)};
	LimitLook	look;
	SlotWant   *blocked = exec == NULL ? NULL :
	find_blocked(&request, pass->limit_id, pass->now, &look);

	if (blocked != NULL && mst_uuid_equal(&blocked->limit_id, pass->limit_id))
	{
		pass->look = look;
		return false;
	}

	/* somebody else is ending its wait */
	if (!mst_row_delete_nowait(&slots, waiting))
	{
		pass->look.is_unsettled = true;
		return true;
	}
	if (exec == NULL)
		return true;
	if (blocked != NULL)
		insert_waiting(&request, blocked, waiting->since, &look);
	else
	{
		insert_held(&request, pass->now);
		leave_taken(waiting, exec);
	}
	mst_store_sync();
	return true;
}

/* Passes on what there is, in the order of ranks. */
static void
pass_in_order(SlotPass *pass)
{
	SnapshotData dirty;
	ScanKeyData keys[3];
	RowScan		scan;
	int			left = MAX_PASSED_ON;

	InitDirtySnapshot(dirty);
	set_limit_keys(keys, pass->project, pass->limit_id, SLOT_WAITS);
	mst_scan_begin_with(&scan, &slots, SLOTS_BY_LIMIT, keys, 3, ForwardScanDirection, &dirty);
	while (mst_scan_next_slot(&scan))
	{
		if (is_in_flight(&dirty))
		{
			pass->look.is_unsettled = pass->is_waited_for = true;
			continue;
		}
		if (left-- == 0)
		{
			leave_pass_now(pass->project, pass->limit_id);
			break;
		}
		if (!pass_to(pass, mst_row_read(&slots, scan.slot)))
		{
			pass->is_waited_for = true;
			break;
		}
	}
	mst_scan_end(&scan);
}

/*
 * Gives free slots of a limit to those that wait for it, in their order.
 * "look_ms" is how long this call has waited for running transactions, or 0, and
 * "due" when it was due.
 */
void
mst_slots_pass(const char *project, const pg_uuid_t *limit_id, int look_ms, TimestampTz due)
{
	SlotPass	pass = {project, limit_id};
	int			again_ms = Min(Max(look_ms * 2, FIRST_LOOK_MS), LAST_LOOK_MS);

	lock_limits(project);
	/* whoever runs calls before their time has it be that time */
	pass.now = Max(GetCurrentTimestamp(), due);
	sweep_begun(project, limit_id, pass.now);
	pass_in_order(&pass);
	if (pass.is_waited_for && pass.look.is_unsettled)
		leave_pass(project, limit_id, pass.now + again_ms * INT64CONST(1000), "look", again_ms);
	if (pass.is_waited_for && pass.look.due != 0)
		leave_pass(project, limit_id, pass.look.due,
				   psprintf("window" INT64_FORMAT, pass.look.due), 0);
	unlock_limits(project);
	mst_store_sync();
}

/*
 * Leaves the call that passes on slots of a named limit whose bounds this
 * transaction has changed: whoever counts before it commits has the old ones.
 */
void
mst_slots_limit_changed(const char *project, const char *name)
{
	DelayedCallRow *delayed = palloc0(sizeof(DelayedCallRow));
	Relation	rel = mst_table_open(&named_limits, AccessShareLock);

	/* other backends learn whether actions have limits */
	CacheInvalidateRelcache(rel);
	table_close(rel, NoLock);
	delayed->row.is_new = true;
	delayed->due_at = delayed->created_at = GetCurrentTimestamp();
	delayed->kind = mst_call_kind_name(CALL_PASS_SLOTS);
	delayed->project_id = pstrdup(project);
	delayed->args = mst_json_object1("name", mst_json_text(name));
	mst_store_insert_delayed_calls(&delayed, 1);
}

/*
 * Leaves calls that pass on slots of a named limit, for each key for which
 * somebody waits.
 */
void
mst_slots_pass_all(const char *project, const char *name)
{
	SnapshotData dirty;
	ScanKeyData key;
	RowScan		scan;
	pg_uuid_t	last = mst_uuid_none;

	lock_limits(project);
	InitDirtySnapshot(dirty);
	mst_scan_key_text(&key, 1, project);
	mst_scan_begin_with(&scan, &slots, SLOTS_BY_LIMIT, &key, 1, ForwardScanDirection, &dirty);
	while (mst_scan_next_slot(&scan))
	{
		bool		in_flight = is_in_flight(&dirty);
		SlotRow    *row = mst_row_read(&slots, scan.slot);

		if (row->state == SLOT_WAITS && row->name != NULL && strcmp(row->name, name) == 0 &&
			(in_flight || !mst_uuid_equal(&row->limit_id, &last)))
		{
			leave_pass_now(project, &row->limit_id);
			last = row->limit_id;
		}
		pfree(row);
	}
	mst_scan_end(&scan);
	unlock_limits(project);
}

/* ---- what is shown ---- */

/* Returns the row with which a holder waits for a limit, palloc'd, or NULL. */
SlotRow *
mst_slot_waiting(const pg_uuid_t *execution_id, const pg_uuid_t *holder_id)
{
	ScanKeyData keys[2];
	ListCell   *lc;

	set_holder_keys(keys, execution_id, holder_id);
	foreach(lc, mst_rows_by_keys(&slots, SLOTS_BY_EXECUTION, keys, 2))
	{
		SlotRow    *row = lfirst(lc);

		if (row->state == SLOT_WAITS)
			return row;
	}
	return NULL;
}

/*
 * Returns the bounds in force of the limit that is waited for, and in *due when
 * its rate lets the next begin; 0: it has none, or does now.
 */
SlotWant
mst_slot_bounds(const SlotRow *waiting, TimestampTz *due)
{
	LimitLook	look = {false};
	SlotWant	bounds = {{{0}}};
	ListCell   *lc;

	foreach(lc, wants_of(waiting->wants))
	{
		SlotWant   *want = lfirst(lc);

		if (!mst_uuid_equal(&want->limit_id, &waiting->limit_id))
			continue;
		bounds = in_force(waiting->project_id, want);
		(void) is_too_often(waiting->project_id, &bounds, GetCurrentTimestamp(), &look);
	}
	*due = look.due;
	return bounds;
}

/*
 * Returns those that hold a slot of the limit that is waited for (SlotRow *), up
 * to "max" of them, who has held it longest first.  They are of one project.
 */
List *
mst_slot_holders(const SlotRow *waiting, int max)
{
	ScanKeyData keys[3];
	RowScan		scan;
	SlotRow    *row;
	List	   *rows = NIL;

	set_limit_keys(keys, waiting->project_id, &waiting->limit_id, SLOT_HELD);
	mst_scan_begin(&scan, &slots, SLOTS_BY_LIMIT, keys, 3, ForwardScanDirection);
	while (list_length(rows) < max && (row = mst_scan_next(&scan)) != NULL)
		rows = lappend(rows, row);
	mst_scan_end(&scan);
	return rows;
}

/* Returns how many slots of the limit are held by these (pg_uuid_t *). */
int
mst_slots_held_by(const char *project, const pg_uuid_t *limit_id, List *holders)
{
	SlotRow		limit = {.project_id = unconstify(char *, project), .limit_id = *limit_id};
	int			n = 0;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, mst_slot_holders(&limit, PG_INT32_MAX))
	{
		foreach(lc2, holders)
			n += mst_uuid_equal(lfirst(lc2), &((SlotRow *) lfirst(lc))->holder_id);
	}
	return n;
}
