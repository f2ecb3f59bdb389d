/*-------------------------------------------------------------------------
 *
 * bounds.c
 *	  How many executions a tree and a project may have, and how many actions
 *	  that are run by themselves.
 *
 * A count that each start kept up to date would be a row that all starts of a
 * tree or project wait for.  So there is none: a few starts, chosen at random,
 * count what is there, and no further than the bound.  What they cost is a
 * few rows for each start, whatever the bound; what they miss is a fraction of
 * the bound.  Where the bound is small every start counts, and it is exact but
 * for what is under way in other transactions.
 *
 * Of a project its own rows are looked at, the newest first, and finished ones
 * are among them.  Most looks end after as many rows as the bound is; a third of
 * them goes twice as far, a ninth four times, and so on.  So a look costs twice
 * the bound in the mean, however many rows there are.  Whoever mixes f finished
 * executions with each unfinished one is found out by one of 3^log2(1 + f)
 * looks: in the mean the bound is exceeded by less than a tenth where f is 1, and
 * by less than itself where f is 60.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "signal/full.h"
#include "store/bounds.h"
#include "store/row.h"
#include "store/scan.h"
#include "util/guc.h"
#include "util/steady.h"

/* while a bound is approached it is counted up to this many times */
#define LOOKS_PER_BOUND		16

/* one of so many looks goes twice as far, one of their square four times, ... */
#define FAR_LOOK_SHARE		3

/*
 * How long a project is taken for full without another look, in seconds; not
 * where the bound is small, as a look costs little there.
 */
#define FULL_SECONDS		2

typedef struct BoundRow
{
	RowState	row;
	State		state;
} BoundRow;

static const TableColumn bound_columns[] = {
	COLUMN(BoundRow, state, COL_STATE)
};

enum
{
	BOUND_BY_PROJECT,
	BOUND_BY_ROOT
};

static TableDef executions = {
	.name = "workflow_executions",
	.row_size = sizeof(BoundRow),
	.ncolumns = lengthof(bound_columns),
	.columns = bound_columns,
	.nindexes = 2,
	.indexes = {
		[BOUND_BY_PROJECT] = "workflow_executions_project_idx",
		[BOUND_BY_ROOT] = "workflow_executions_root_idx"
	}
};

LIST_TABLE(executions);

static TableDef actions = {
	.name = "action_executions",
	.row_size = sizeof(BoundRow),
	.ncolumns = lengthof(bound_columns),
	.columns = bound_columns,
	.nindexes = 1,
	.indexes = {
		[BOUND_BY_PROJECT] = "action_executions_project_idx"	/* without a task */
	}
};

LIST_TABLE(actions);

/*
 * Returns a number that nobody can foresee (xorshift64); 0 when there is no
 * chance.
 */
static uint64
draw_chance(void)
{
	static uint64 state = 0;

	if (state == 0 && !pg_strong_random(&state, sizeof(state)))
		return 0;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Returns whether this start is one of those that count. */
static bool
is_chosen(int bound)
{
	return bound <= LOOKS_PER_BOUND || draw_chance() % bound < LOOKS_PER_BOUND;
}

/*
 * Returns how many rows this look may go through; all where the bound is
 * small.
 */
static int64
far_to_look(int bound)
{
	int64		rows = bound;

	if (bound <= LOOKS_PER_BOUND)
		return PG_INT64_MAX;
	for (uint64 lot = draw_chance(); lot % FAR_LOOK_SHARE == 0 && rows < PG_INT64_MAX / 2;
		 lot /= FAR_LOOK_SHARE)
		rows *= 2;
	return rows;
}

/* Returns the executions below the root, counted up to the limit. */
static int
count_below(const pg_uuid_t *root_id, int limit)
{
	RowScan		scan;
	ScanKeyData key;
	int			n = 0;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, root_id);
	mst_scan_begin(&scan, &executions, BOUND_BY_ROOT, &key, 1, ForwardScanDirection);
	while (n < limit && mst_scan_next_slot(&scan))
	{
		CHECK_FOR_INTERRUPTS();
		n++;
	}
	mst_scan_end(&scan);
	return n;
}

/*
 * Returns whether the tree has as many executions as
 * mistral.max_tree_executions allows.  "unstored" are those that the caller
 * has made and not yet written.  Most calls do not look and answer no: see
 * the head of this file.
 */
bool
mst_bound_tree_is_full(const pg_uuid_t *root_id, int unstored)
{
	int			room = mst_max_tree_executions - unstored;

	if (!is_chosen(mst_max_tree_executions))
		return false;
	return room <= 0 || count_below(root_id, room) >= room;
}

static bool
is_unfinished(State state)
{
	return state == MST_STATE_IDLE || state == MST_STATE_RUNNING || state == MST_STATE_PAUSED;
}

/*
 * Returns whether the project has as many unfinished rows as it may have,
 * among those that are looked at.
 */
static bool
is_flooding(TableDef *table, const char *project)
{
	int64		left = far_to_look(mst_max_unfinished_executions);
	int			found = 0;
	RowScan		scan;
	ScanKeyData key;
	BoundRow   *row;

	mst_scan_key_text(&key, 1, project);
	mst_scan_begin(&scan, table, BOUND_BY_PROJECT, &key, 1, BackwardScanDirection);
	while (left-- > 0 && found < mst_max_unfinished_executions &&
		   (row = mst_scan_next(&scan)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_unfinished(row->state))
			found++;
		pfree(row);
	}
	mst_scan_end(&scan);
	return found >= mst_max_unfinished_executions;
}

/*
 * Returns the hash of a note: of the table, the project and the bound that
 * was exceeded.
 */
static uint32
note_hash(const TableDef *table, const char *project)
{
	uint32		hash = string_hash(project, strlen(project) + 1) ^ (uint32) MyDatabaseId;

	hash = hash_combine(hash, string_hash(table->name, strlen(table->name) + 1));
	return hash_combine(hash, (uint32) mst_max_unfinished_executions);
}

static bool
is_full_of(TableDef *table, const char *project)
{
	uint32		hash = note_hash(table, project);
	uint32		now = (uint32) (mst_steady_us() / USECS_PER_SEC);
	uint32		until;
	bool		was_full;
	bool		is_full;

	if (mst_max_unfinished_executions <= LOOKS_PER_BOUND)
		return is_flooding(table, project);
	was_full = mst_full_find(hash, &until);
	if (was_full && until > now)
		return true;
	if (!was_full && !is_chosen(mst_max_unfinished_executions))
		return false;
	is_full = is_flooding(table, project);
	if (is_full)
		mst_full_note(hash, now + FULL_SECONDS);
	else if (was_full)
		mst_full_forget(hash);
	return is_full;
}

/*
 * Returns whether the project has as many unfinished executions as
 * mistral.max_unfinished_executions allows.  Most calls do not look; but
 * once a project was found full, all backends take it for full until the
 * next look, some seconds later.
 */
bool
mst_bound_project_is_full(const char *project)
{
	return is_full_of(&executions, project);
}

/*
 * Returns whether the project has as many unfinished actions that run by
 * themselves, not by a task, as it may.  Looks as rarely as
 * mst_bound_project_is_full().
 */
bool
mst_bound_actions_are_full(const char *project)
{
	return is_full_of(&actions, project);
}
