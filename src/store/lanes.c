/*-------------------------------------------------------------------------
 *
 * lanes.c
 *	  Reading the queue of actions: one lane, in the order of claims.
 *
 * The queue has lanes: one for each target, and for each project and target
 * one with the actions that only executors of that project take.  In a lane,
 * rows are of kinds: the actions of one name of one project.  Whether an
 * executor takes an action depends on nothing else, so the index has the kind
 * before the order of rows, and whoever reads a lane
 *
 * - finds the kinds that are there, an entry of the index each, and leaves out
 *   those that the executor does not take, however many rows they have;
 * - takes the projects in turn, where there are several: one row of each, and
 *   begins behind the one that was served last (see claim_turns.h);
 * - merges the rows of a project's kinds by priority and number.
 *
 * So whoever has queued a hundred thousand actions takes every other turn from
 * one who queues ten, and no more.
 *
 * What one project queues that nobody runs, or what its transactions keep
 * locked, is so in the way of its own actions of that name at most.
 *
 * Rows of a kind are read from its low-water mark on (see low_water.h), in
 * batches that double: a kind with few rows of interest costs one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/multixact.h"
#include "access/nbtree.h"
#include "access/stratnum.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "storage/procarray.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "signal/claim_turns.h"
#include "signal/low_water.h"
#include "store/lanes.h"
#include "store/queue_kinds.h"
#include "store/rows.h"
#include "util/steady.h"

/* maximum number of kinds of one project that one scan looks through */
#define MAX_KINDS		1000

/*
 * maximum numbers of rows of one kind that a scan skips: rows that were
 * returned and passed on, and rows that a transaction in progress is claiming
 */
#define MAX_PASSED		1000
#define MAX_BUSY		10000

/* columns of the index */
enum
{
	KEY_LANE = 1,
	KEY_PROJECT,
	KEY_NAME,
	KEY_PRIORITY,
	KEY_ID
};

/* The kinds of one project. */
struct LaneProject
{
	const char *name;
	uint32		hash;			/* where it stands in the ring */
	int			served;			/* rows handed out */
	int			nkinds;
	binaryheap *heads;			/* those with rows, the first row's on top */
};

struct LaneKind
{
	LaneProject *owner;
	char	   *project;
	char	   *name;
	uint64		hash;
	LowWaterView mark;			/* where the scan began */
	QueuePosition next;			/* where the index is read on */
	bool		at_end;			/* there is nothing more to read */
	bool		has_looked_back;	/* from the start, in spite of the mark */
	bool		is_read;		/* some row was handed out or skipped */
	int			batch;			/* rows to read at a time */
	QueueRow  **rows;			/* those read and not handed out: [at, nrows) */
	int			nrows;
	int			at;
	int			npassed;
	int			nbusy;
	QueuePosition first_left;	/* the first row that was left in place */
};

static const QueuePosition start_position = {PG_INT32_MIN, PG_INT64_MIN};
static const QueuePosition end_position = {PG_INT32_MAX, PG_INT64_MAX};

/* ---- positions and keys ---- */

static bool
position_is_before(QueuePosition a, QueuePosition b)
{
	return a.priority < b.priority || (a.priority == b.priority && a.id < b.id);
}

static QueuePosition
position_of(const QueueRow *queued)
{
	QueuePosition position = {queued->priority, queued->id};

	return position;
}

static void
init_text_key(ScanKey key, int flags, int column, int strategy, RegProcedure proc,
			  const char *value)
{
	ScanKeyEntryInitialize(key, flags, column, strategy, InvalidOid, C_COLLATION_OID,
						   proc, CStringGetTextDatum(value));
}

static void
init_number_key(ScanKey key, int flags, int column, RegProcedure proc, Datum value)
{
	ScanKeyEntryInitialize(key, flags, column, BTGreaterEqualStrategyNumber, InvalidOid,
						   InvalidOid, proc, value);
}

/* A comparison of the columns from the project on with the members. */
static void
init_row_key(ScanKey key, int strategy, ScanKey members)
{
	memset(key, 0, sizeof(ScanKeyData));
	key->sk_flags = SK_ROW_HEADER;
	key->sk_attno = KEY_PROJECT;
	key->sk_strategy = strategy;
	key->sk_argument = PointerGetDatum(members);
}

/* Sets the scan's keys to the entries of the lane from (project, name) on. */
static void
set_kind_keys(LaneScan *scan, const char *project, const char *name)
{
	init_text_key(&scan->keys[0], 0, KEY_LANE, BTEqualStrategyNumber, F_TEXTEQ, scan->lane);
	init_text_key(&scan->members[0], SK_ROW_MEMBER, KEY_PROJECT, BTGreaterEqualStrategyNumber,
				  F_BTTEXTCMP, project);
	init_text_key(&scan->members[1], SK_ROW_MEMBER | SK_ROW_END, KEY_NAME,
				  BTGreaterEqualStrategyNumber, F_BTTEXTCMP, name);
	init_row_key(&scan->keys[1], BTGreaterEqualStrategyNumber, scan->members);
	/* there is no end, and each seek has as many keys */
	scan->keys[2] = scan->keys[1];
}

/* Sets the scan's keys to the entries of the kind from kind->next on. */
static void
set_row_keys(LaneScan *scan, const LaneKind *kind)
{
	set_kind_keys(scan, kind->project, kind->name);
	scan->members[1].sk_flags &= ~SK_ROW_END;
	init_number_key(&scan->members[2], SK_ROW_MEMBER, KEY_PRIORITY, F_BTINT4CMP,
					Int32GetDatum(kind->next.priority));
	init_number_key(&scan->members[3], SK_ROW_MEMBER | SK_ROW_END, KEY_ID, F_BTINT8CMP,
					Int64GetDatum(kind->next.id));
	for (int i = 0; i < lengthof(scan->last); i++)
	{
		scan->last[i] = scan->members[i];
		scan->last[i].sk_strategy = BTLessEqualStrategyNumber;
	}
	scan->last[1].sk_flags |= SK_ROW_END;
	init_row_key(&scan->keys[2], BTLessEqualStrategyNumber, scan->last);
}

/* ---- kinds ---- */

/*
 * Returns the text that comes next in the order of bytes: none is between it
 * and the given one, since a text has no byte 0.
 */
static char *
text_after(const char *text)
{
	return psprintf("%s\001", text);
}

/*
 * Returns the name from which on the executor may take actions, from this one
 * on; NULL if there is none.
 */
static const char *
next_wanted(const ExecutorRow *executor, const char *from)
{
	const char *least = NULL;
	uint32		n;

	if (executor == NULL || executor->actions == NULL)
		return from;
	n = JB_ROOT_COUNT(executor->actions);
	for (uint32 i = 0; i < n; i++)
	{
		JsonbValue *name = getIthJsonbValueFromContainer(&executor->actions->root, i);
		char	   *text = pnstrdup(name->val.string.val, name->val.string.len);

		if (strcmp(text, from) >= 0 && (least == NULL || strcmp(text, least) < 0))
			least = text;
	}
	return least;
}

/* The project of a kind that is found; kinds come by project. */
static LaneProject *
owner_of_kind(LaneScan *scan, const char *name)
{
	LaneProject *last = scan->projects != NIL ? llast(scan->projects) : NULL;
	LaneProject *project;

	if (last != NULL && strcmp(last->name, name) == 0)
		return last;
	project = palloc0(sizeof(LaneProject));
	project->name = pstrdup(name);
	project->hash = mst_claim_turn_hash(name);
	scan->projects = lappend(scan->projects, project);
	return project;
}

static void
add_kind(LaneScan *scan, const char *project, const char *name)
{
	LaneKind   *kind = palloc0(sizeof(LaneKind));

	kind->owner = owner_of_kind(scan, project);
	kind->owner->nkinds++;
	kind->project = pstrdup(project);
	kind->name = pstrdup(name);
	kind->hash = mst_queue_kind(scan->lane, project, name);
	kind->mark = mst_low_water_get(kind->hash);
	kind->next = kind->mark.is_set ? kind->mark.from : start_position;
	kind->first_left = end_position;
	scan->kinds = lappend(scan->kinds, kind);
}

/*
 * The first entry of the index in the lane from (project, name) on: both are
 * replaced by the entry's.  It may be of a dead row.
 */
static bool
seek_kind(LaneScan *scan, const char **project, const char **name)
{
	TupleDesc	desc = scan->rows.scan->xs_itupdesc;
	IndexTuple	entry;
	bool		is_null;

	set_kind_keys(scan, *project, *name);
	entry = mst_scan_seek_entry(&scan->rows, scan->keys, LANE_KEYS);
	if (entry == NULL)
		return false;
	*project = TextDatumGetCString(index_getattr(entry, KEY_PROJECT, desc, &is_null));
	*name = TextDatumGetCString(index_getattr(entry, KEY_NAME, desc, &is_null));
	return true;
}

/*
 * Fills scan->kinds with the kinds that have entries in the index and that the
 * executor (NULL: anybody) takes.
 */
static void
find_kinds(LaneScan *scan, const ExecutorRow *executor)
{
	const char *project = "";
	const char *name = "";
	const char *last_project = NULL;
	int			nkinds = 0;

	while (seek_kind(scan, &project, &name))
	{
		const char *wanted = NULL;

		if (last_project == NULL || strcmp(project, last_project) != 0)
			nkinds = 0;
		last_project = project;
		if (nkinds < MAX_KINDS &&
			(executor == NULL || mst_executor_serves(executor, scan->lane, project)))
			wanted = next_wanted(executor, name);
		if (wanted == NULL)
		{
			project = text_after(project);
			name = "";
			continue;
		}
		if (strcmp(wanted, name) != 0)
		{
			name = wanted;
			continue;
		}
		if (executor == NULL ||
			mst_executor_takes_queued(executor, scan->lane, project, name))
		{
			add_kind(scan, project, name);
			nkinds++;
		}
		name = text_after(name);
	}
}

/* ---- rows ---- */

/*
 * Returns whether another transaction is deleting, changing or locking the row
 * that the scan has read.  Not to look at its action makes it cheap to skip.
 */
static bool
row_is_busy(LaneScan *scan)
{
	HeapTupleHeader tuple = ExecFetchSlotHeapTuple(scan->rows.slot, false, NULL)->t_data;
	TransactionId xid = HeapTupleHeaderGetRawXmax(tuple);

	if ((tuple->t_infomask & HEAP_XMAX_INVALID) != 0)
		return false;
	if ((tuple->t_infomask & HEAP_XMAX_IS_MULTI) != 0)
		return MultiXactIdIsRunning(xid, HEAP_XMAX_IS_LOCKED_ONLY(tuple->t_infomask));
	if (TransactionIdEquals(xid, scan->busy_xid))
		return true;
	if (TransactionIdIsCurrentTransactionId(xid) || !TransactionIdIsInProgress(xid))
		return false;
	scan->busy_xid = xid;
	return true;
}

static void
leave_row(LaneKind *kind, QueuePosition position)
{
	if (position_is_before(position, kind->first_left))
		kind->first_left = position;
}

/*
 * Returns the next row of the kind, from where it is read on; NULL at the end.
 */
static QueueRow *
read_row(LaneScan *scan, LaneKind *kind)
{
	QueueRow   *queued;

	if (kind->nbusy >= MAX_BUSY || !mst_scan_next_slot(&scan->rows))
		return NULL;
	queued = mst_row_read(&mst_queue_table, scan->rows.slot);
	kind->next = position_of(queued);
	kind->next.id++;
	return queued;
}

/* Reads the next batch of the kind's rows from where it is read on. */
static void
read_rows(LaneScan *scan, LaneKind *kind)
{
	set_row_keys(scan, kind);
	mst_scan_seek(&scan->rows, scan->keys, LANE_KEYS);
	kind->rows = palloc(sizeof(QueueRow *) * kind->batch);
	kind->nrows = kind->at = 0;
	while (kind->nrows < kind->batch && !kind->at_end)
	{
		QueueRow   *queued = read_row(scan, kind);

		if (queued == NULL)
			kind->at_end = true;
		else if (!row_is_busy(scan))
			kind->rows[kind->nrows++] = queued;
		else
		{
			kind->is_read = true;
			kind->nbusy++;
			leave_row(kind, position_of(queued));
			pfree(queued);
		}
	}
	kind->batch = Min(kind->batch * 2, MAX_PASSED);
}

/*
 * Sees to it that the kind has a row to hand out; false if it has none.  When
 * the rows behind the mark are at an end, it looks once from the start, if
 * that may be.
 */
static bool
fill_kind(LaneScan *scan, LaneKind *kind)
{
	int64		start;

	while (kind->at == kind->nrows && !kind->at_end && kind->npassed < MAX_PASSED)
		read_rows(scan, kind);
	if (kind->at < kind->nrows)
		return true;
	if (kind->npassed >= MAX_PASSED || kind->nbusy >= MAX_BUSY || !kind->mark.is_set ||
		kind->has_looked_back || !mst_low_water_may_look_back(kind->hash))
		return false;

	kind->has_looked_back = true;
	kind->at_end = false;
	kind->next = start_position;
	/* what this claim has kept back or deleted must not be met again */
	mst_scan_renew_snapshot(&scan->rows);
	start = mst_steady_us();
	read_rows(scan, kind);
	mst_low_water_looked_back(kind->hash, mst_steady_us() - start);
	return kind->at < kind->nrows;
}

/* Of two kinds, the one with the earlier row is greater: it comes out first. */
static int
compare_kinds(Datum a, Datum b, void *arg)
{
	LaneKind   *left = (LaneKind *) DatumGetPointer(a);
	LaneKind   *right = (LaneKind *) DatumGetPointer(b);
	QueuePosition left_head = position_of(left->rows[left->at]);
	QueuePosition right_head = position_of(right->rows[right->at]);

	if (position_is_before(left_head, right_head))
		return 1;
	return position_is_before(right_head, left_head) ? -1 : 0;
}

/*
 * Begins to read a lane: the rows that the executor takes (NULL: all), of
 * which about so many are wanted.  "scan" is the caller's, and ends with
 * mst_lane_end().
 */
void
mst_lane_begin(LaneScan *scan, const char *lane, const ExecutorRow *executor, int wanted)
{
	ListCell   *lc;

	memset(scan, 0, sizeof(LaneScan));
	scan->lane = lane;
	mst_scan_begin_entries(&scan->rows, &mst_queue_table, QUEUE_BY_LANE, LANE_KEYS);
	find_kinds(scan, executor);
	if (scan->kinds == NIL)
		return;

	/* the snapshot must be newer than the marks (see mst_low_water_get()) */
	mst_scan_renew_snapshot(&scan->rows);
	if (list_length(scan->projects) > 1)
		scan->last_turn = mst_claim_turn_last(lane);
	foreach(lc, scan->kinds)
	{
		LaneKind   *kind = lfirst(lc);
		LaneProject *owner = kind->owner;

		if (owner->heads == NULL)
			owner->heads = binaryheap_allocate(owner->nkinds, compare_kinds, NULL);
		kind->batch = list_length(scan->kinds) == 1 ? Max(Min(wanted, MAX_PASSED), 1) : 1;
		if (fill_kind(scan, kind))
			binaryheap_add_unordered(owner->heads, PointerGetDatum(kind));
	}
	foreach(lc, scan->projects)
		binaryheap_build(((LaneProject *) lfirst(lc))->heads);
}

/* Notes who was served last, unless the row that was returned stays. */
static void
note_served(LaneScan *scan)
{
	if (scan->current != NULL && !scan->is_left)
		scan->served = scan->current->owner;
}

/* Puts the kind of the last row where its next row belongs, or removes it. */
static void
move_current(LaneScan *scan)
{
	LaneKind   *kind = scan->current;

	note_served(scan);
	scan->current = NULL;
	scan->is_left = false;
	if (kind == NULL)
		return;
	if (fill_kind(scan, kind))
		binaryheap_replace_first(kind->owner->heads, PointerGetDatum(kind));
	else
		(void) binaryheap_remove_first(kind->owner->heads);
}

/* Returns whether the turn of a project comes before another's. */
static bool
comes_before(const LaneScan *scan, const LaneProject *a, const LaneProject *b)
{
	if (a->served != b->served)
		return a->served < b->served;
	return a->hash - scan->last_turn - 1 < b->hash - scan->last_turn - 1;
}

/* Returns the project with rows whose turn it is; NULL if none has rows. */
static LaneProject *
next_project(const LaneScan *scan)
{
	LaneProject *next = NULL;
	ListCell   *lc;

	foreach(lc, scan->projects)
	{
		LaneProject *project = lfirst(lc);

		if (!binaryheap_empty(project->heads) &&
			(next == NULL || comes_before(scan, project, next)))
			next = project;
	}
	return next;
}

/*
 * Returns whether a scan that has just begun has rows of projects other than
 * this one.
 */
bool
mst_lane_has_others(const LaneScan *scan, const char *project)
{
	ListCell   *lc;

	foreach(lc, scan->projects)
	{
		LaneProject *other = lfirst(lc);

		if (!binaryheap_empty(other->heads) && strcmp(other->name, project) != 0)
			return true;
	}
	return false;
}

/*
 * Returns the next row of the lane, of the project whose turn it is the first
 * by priority and number, palloc'd; NULL at the end.  The caller deletes it, or
 * says mst_lane_pass().
 */
QueueRow *
mst_lane_next(LaneScan *scan)
{
	LaneProject *project;
	LaneKind   *kind;

	move_current(scan);
	project = next_project(scan);
	if (project == NULL)
		return NULL;
	kind = (LaneKind *) DatumGetPointer(binaryheap_first(project->heads));
	scan->current = kind;
	project->served++;
	kind->is_read = true;
	return kind->rows[kind->at++];
}

/* Says that the row that was returned last is left in the queue. */
void
mst_lane_pass(LaneScan *scan, const QueueRow *queued)
{
	scan->is_left = true;
	scan->current->npassed++;
	leave_row(scan->current, position_of(queued));
}

/*
 * Says that the row that was returned last is left in the queue, and that no
 * more rows of its kind are wanted.
 */
void
mst_lane_leave_kind(LaneScan *scan, const QueueRow *queued)
{
	LaneKind   *kind = scan->current;

	scan->is_left = true;
	leave_row(kind, position_of(queued));
	kind->at = kind->nrows;
	kind->at_end = true;
	kind->has_looked_back = true;
}

/*
 * Ends the scan.  With "set_marks", claims of the kinds of which rows were
 * read begin where this one has got to, once the transaction commits: no live
 * row is before the first that was left in place, or not handed out.  The turn
 * passes to the project behind the one served last.
 */
void
mst_lane_end(LaneScan *scan, bool set_marks)
{
	ListCell   *lc;

	foreach(lc, scan->kinds)
	{
		LaneKind   *kind = lfirst(lc);
		QueuePosition position = kind->next;

		if (!set_marks || !kind->is_read)
			continue;
		if (kind->at < kind->nrows)
			position = position_of(kind->rows[kind->at]);
		if (position_is_before(kind->first_left, position))
			position = kind->first_left;
		mst_low_water_set_at_commit(kind->hash, kind->mark, position);
	}
	note_served(scan);
	if (set_marks && scan->served != NULL && list_length(scan->projects) > 1)
		mst_claim_turn_set(scan->lane, scan->served->hash);
	foreach(lc, scan->projects)
		binaryheap_free(((LaneProject *) lfirst(lc))->heads);
	mst_scan_end(&scan->rows);
}
