/*-------------------------------------------------------------------------
 *
 * due.c
 *	  What schedulers take: due delayed calls and recorded results.
 *
 * A call is taken by deleting its row: while the transaction runs others pass
 * over it, and when it aborts the call is there again.
 *
 * The calls of one kind of one project are a queue, in the order of their
 * times.  An index holds the queues one after the other, so the first call of
 * each is found at once, however many there are in the others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_collation.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"

#include "signal/wake.h"
#include "store/action_rows.h"
#include "store/due.h"
#include "store/rows.h"
#include "store/scan.h"
#include "store/write.h"

/* at most so many due calls are looked at before their queues are */
#define HEAD_CALLS		64

/* The columns that show a call's queue, and when it is due. */
typedef struct HeadRow
{
	RowState	row;
	int64		id;
	TimestampTz due_at;
	char	   *project_id;
	char	   *kind;
} HeadRow;

static const TableColumn head_columns[] = {
	COLUMN(HeadRow, id, COL_INT64),
	COLUMN(HeadRow, due_at, COL_TIMESTAMP),
	COLUMN(HeadRow, kind, COL_TEXT),
	COLUMN(HeadRow, project_id, COL_TEXT)
};

enum
{
	HEADS_BY_DUE_TIME,
	HEADS_BY_QUEUE
};

static TableDef heads_table = {
	.name = "delayed_calls",
	.row_size = sizeof(HeadRow),
	.ncolumns = lengthof(head_columns),
	.columns = head_columns,
	.nindexes = 2,
	.indexes = {
		[HEADS_BY_DUE_TIME] = "delayed_calls_due_idx",
		[HEADS_BY_QUEUE] = "delayed_calls_queue_idx"
	}
};

LIST_TABLE(heads_table);

/* ---- which queues have calls that are due ---- */

static void
key_bool(ScanKey key, int column, bool value)
{
	ScanKeyInit(key, column, BTEqualStrategyNumber, F_BOOLEQ, BoolGetDatum(value));
}

static void
key_text(ScanKey key, int column, const char *value)
{
	ScanKeyEntryInitialize(key, 0, column, BTEqualStrategyNumber, InvalidOid,
						   C_COLLATION_OID, F_TEXTEQ, CStringGetTextDatum(value));
}

/* A comparison of two columns, the first of which is "column", as a row. */
static void
key_row(ScanKey key, int column, int strategy, ScanKey members)
{
	memset(key, 0, sizeof(ScanKeyData));
	members[1].sk_flags |= SK_ROW_END;
	key->sk_flags = SK_ROW_HEADER;
	key->sk_attno = column;
	key->sk_strategy = strategy;
	key->sk_argument = PointerGetDatum(members);
}

static DueQueue *
make_queue(const HeadRow *head)
{
	DueQueue   *queue = palloc(sizeof(DueQueue));

	queue->project_id = head->project_id;
	queue->kind = head->kind;
	queue->first.due_at = head->due_at;
	queue->first.id = head->id;
	return queue;
}

static List *
add_queue(List *queues, const HeadRow *head)
{
	ListCell   *lc;

	foreach(lc, queues)
	{
		DueQueue   *queue = lfirst(lc);

		if (strcmp(queue->project_id, head->project_id) == 0 &&
			strcmp(queue->kind, head->kind) == 0)
			return queues;
	}
	return lappend(queues, make_queue(head));
}

/*
 * Returns the queues of the calls that are due first, in the order of time.
 * When there are too many, *is_all is false.
 */
static List *
queues_of_first(bool is_slow, TimestampTz now, TimestampTz *next_due, bool *is_all)
{
	List	   *queues = NIL;
	RowScan		scan;
	ScanKeyData key;
	HeadRow    *head = NULL;
	int			n = 0;

	key_bool(&key, 1, is_slow);
	mst_scan_begin(&scan, &heads_table, HEADS_BY_DUE_TIME, &key, 1,
				   ForwardScanDirection);
	while (n++ < HEAD_CALLS && (head = mst_scan_next(&scan)) != NULL &&
		   head->due_at <= now)
		queues = add_queue(queues, head);
	mst_scan_end(&scan);
	*is_all = head == NULL || head->due_at > now;
	*next_due = head == NULL ? PG_INT64_MAX : head->due_at;
	return queues;
}

/* When the first call after "now" is due. */
static TimestampTz
first_after(bool is_slow, TimestampTz now)
{
	RowScan		scan;
	ScanKeyData keys[2];
	HeadRow    *head;

	key_bool(&keys[0], 1, is_slow);
	ScanKeyInit(&keys[1], 2, BTGreaterStrategyNumber, F_TIMESTAMPTZ_GT,
				TimestampTzGetDatum(now));
	mst_scan_begin(&scan, &heads_table, HEADS_BY_DUE_TIME, keys, 2,
				   ForwardScanDirection);
	head = mst_scan_next(&scan);
	mst_scan_end(&scan);
	return head == NULL ? PG_INT64_MAX : head->due_at;
}

/* The first call of a queue after this one. */
static void
key_next_queue(ScanKey key, ScanKey members, const char *project_id, const char *kind)
{
	ScanKeyEntryInitialize(&members[0], SK_ROW_MEMBER, 2, BTGreaterStrategyNumber,
						   InvalidOid, C_COLLATION_OID, F_BTTEXTCMP,
						   CStringGetTextDatum(project_id));
	ScanKeyEntryInitialize(&members[1], SK_ROW_MEMBER, 3, BTGreaterStrategyNumber,
						   InvalidOid, C_COLLATION_OID, F_BTTEXTCMP,
						   CStringGetTextDatum(kind));
	key_row(key, 2, BTGreaterStrategyNumber, members);
}

/*
 * Returns all queues of which the first call is due: one descent of the index
 * each.
 */
static List *
queues_with_due(bool is_slow, TimestampTz now)
{
	List	   *queues = NIL;
	RowScan		scan;
	ScanKeyData keys[2];
	ScanKeyData members[2];
	HeadRow    *head;

	key_bool(&keys[0], 1, is_slow);
	key_next_queue(&keys[1], members, "", "");
	mst_scan_begin(&scan, &heads_table, HEADS_BY_QUEUE, keys, 2, ForwardScanDirection);
	while ((head = mst_scan_next(&scan)) != NULL)
	{
		if (head->due_at <= now)
			queues = lappend(queues, make_queue(head));
		key_next_queue(&keys[1], members, head->project_id, head->kind);
		index_rescan(scan.scan, keys, 2, NULL, 0);
	}
	mst_scan_end(&scan);
	return queues;
}

/*
 * Returns the queues (DueQueue *) that have calls due at "now", of those
 * that are slow or of those that are not.  *next_due is when the first of
 * the others will be due, or PG_INT64_MAX.  Looks at a bounded number of
 * calls or, where many are due, at one of each queue.
 */
List *
mst_due_queues(bool is_slow, TimestampTz now, TimestampTz *next_due)
{
	bool		is_all;
	List	   *queues = queues_of_first(is_slow, now, next_due, &is_all);

	if (is_all)
		return queues;
	*next_due = first_after(is_slow, now);
	return queues_with_due(is_slow, now);
}

/* ---- calls ---- */

static DelayedCallRow *
next_due_call(RowScan *scan, TimestampTz now)
{
	DelayedCallRow *call = mst_scan_next(scan);

	return call == NULL || call->due_at > now ? NULL : call;
}

/*
 * Takes the first live call of a queue that is due at "now", is not before
 * the position, and that no other transaction has taken.  Deletes its row,
 * which is back when the transaction aborts.  NULL if there is none.
 * *has_more is whether others that are due follow, the first at *position.
 */
DelayedCallRow *
mst_due_take(bool is_slow, const DueQueue *queue, TimestampTz now,
			 DuePosition *position, bool *has_more)
{
	RowScan		scan;
	ScanKeyData keys[4];
	ScanKeyData members[2];
	DelayedCallRow *call;
	DelayedCallRow *next;

	key_bool(&keys[0], 1, is_slow);
	key_text(&keys[1], 2, queue->project_id);
	key_text(&keys[2], 3, queue->kind);
	ScanKeyEntryInitialize(&members[0], SK_ROW_MEMBER, 4, BTGreaterEqualStrategyNumber,
						   InvalidOid, InvalidOid, F_TIMESTAMPTZ_CMP,
						   TimestampTzGetDatum(position->due_at));
	ScanKeyEntryInitialize(&members[1], SK_ROW_MEMBER, 5, BTGreaterEqualStrategyNumber,
						   InvalidOid, InvalidOid, F_BTINT8CMP, Int64GetDatum(position->id));
	key_row(&keys[3], 4, BTGreaterEqualStrategyNumber, members);

	mst_scan_begin(&scan, &mst_calls_table, CALLS_BY_QUEUE, keys, 4,
				   ForwardScanDirection);
	while ((call = next_due_call(&scan, now)) != NULL)
	{
		if (mst_row_delete_nowait(&mst_calls_table, call))
			break;
	}
	next = call == NULL ? NULL : next_due_call(&scan, now);
	*has_more = next != NULL;
	if (next != NULL)
		*position = (DuePosition)
	{
		next->due_at, next->id
	};
	mst_scan_end(&scan);
	return call;
}

/*
 * Finds the call by its number, and locks it; NULL when it is gone or taken.
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

/*
 * Notes on a call, whose transaction has been rolled back, that it failed
 * and when it is to be tried again.  A dead call stays in the table, for
 * people to see.  Returns false if the call is gone.
 */
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

/*
 * Leaves a call, whose transaction has been rolled back, to the slow
 * schedulers.  Returns false if the call is gone.
 */
bool
mst_due_hand_over(const DelayedCallRow *call)
{
	DelayedCallRow *stored = lock_call(call->id);

	if (stored == NULL)
		return false;
	stored->is_slow = true;
	stored->row.is_dirty = true;
	mst_rows_write(&mst_calls_table, (void **) &stored, 1);
	return true;
}

/* Lets a dead call be tried again at once; false if there is none. */
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

/*
 * The first execution after this id for which results have been recorded.
 */
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
