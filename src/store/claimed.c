/*-------------------------------------------------------------------------
 *
 * claimed.c
 *	  Which actions each executor has claimed.
 *
 * The truth is the action's row.  The table here only finds these rows when
 * an executor goes; an index on the actions would make every update of one
 * write to all indexes.  It is unlogged, so that it costs the hot path no WAL:
 * a crash empties it, and a dump does not contain it.  So a row without an
 * executor (number 0) says that the table is complete, or, with an action, that
 * it is so up to that one; workers make the rest anew from the actions.
 *
 * There may be rows about actions that the executor has not any more; whoever
 * reads them looks at the action.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"

#include "store/claims.h"
#include "store/lookups.h"
#include "store/scan.h"
#include "store/write.h"
#include "util/uuid.h"

typedef struct ClaimRow
{
	RowState	row;
	int64		executor_id;
	pg_uuid_t	action_id;
} ClaimRow;

static const TableColumn claim_columns[] = {
	COLUMN(ClaimRow, executor_id, COL_INT64),
	COLUMN_NULL(ClaimRow, action_id, COL_UUID)
};

static TableDef claims = {
	.name = "action_claims",
	.row_size = sizeof(ClaimRow),
	.is_whole = true,
	.ncolumns = lengthof(claim_columns),
	.columns = claim_columns,
	.nindexes = 1,
	.indexes = {"action_claims_idx"}
};

LIST_TABLE(claims);

/* The part of an action's row that says who has claimed it. */
typedef struct ClaimedHead
{
	RowState	row;
	pg_uuid_t	id;
	int64		executor_id;
	State		state;
} ClaimedHead;

static const TableColumn head_columns[] = {
	COLUMN(ClaimedHead, id, COL_UUID),
	COLUMN_NULL(ClaimedHead, executor_id, COL_INT64),
	COLUMN(ClaimedHead, state, COL_STATE)
};

static TableDef claimed_heads = {
	.name = "action_executions",
	.row_size = sizeof(ClaimedHead),
	.ncolumns = lengthof(head_columns),
	.columns = head_columns,
	.nindexes = 1,
	.indexes = {"action_executions_pkey"}
};

LIST_TABLE(claimed_heads);

static bool
is_claimed_by(const ActionRow *action, int64 executor_id)
{
	return action != NULL && action->state == MST_STATE_RUNNING &&
		action->executor_id == executor_id;
}

/* Inserts rows for those of the actions that are claimed and run. */
static void
note_claims(ActionRow **actions, int n)
{
	void	  **rows = palloc(sizeof(void *) * n);
	int			count = 0;

	for (int i = 0; i < n; i++)
	{
		ClaimRow   *claim;

		if (actions[i]->executor_id == 0 || actions[i]->state != MST_STATE_RUNNING)
			continue;
		claim = palloc0(sizeof(ClaimRow));
		claim->row.is_new = true;
		claim->executor_id = actions[i]->executor_id;
		claim->action_id = actions[i]->id;
		rows[count++] = claim;
	}
	mst_rows_write(&claims, rows, count);
}

/* Inserts the row of a claim that has been found again, or a mark. */
static void
insert_claim(int64 executor_id, const pg_uuid_t *action_id)
{
	ClaimRow   *claim = palloc0(sizeof(ClaimRow));

	claim->row.is_new = true;
	claim->executor_id = executor_id;
	claim->action_id = *action_id;
	mst_rows_write(&claims, (void **) &claim, 1);
	pfree(claim);
}

/* Notes that the executor in the row has claimed the action. */
void
mst_store_note_claim(ActionRow *action)
{
	note_claims(&action, 1);
}

/*
 * Notes the claims of those of the actions that are new and have an
 * executor.
 */
void
mst_store_note_new_claims(ActionRow **actions, int n)
{
	ActionRow **new_actions = palloc(sizeof(ActionRow *) * Max(n, 1));
	int			count = 0;

	for (int i = 0; i < n; i++)
	{
		if (actions[i]->row.is_new && actions[i]->executor_id != 0)
			new_actions[count++] = actions[i];
	}
	if (count > 0)
		note_claims(new_actions, count);
	pfree(new_actions);
}

/*
 * Forgets that the executor has claimed the action, unless another
 * transaction is at the note.
 */
void
mst_store_forget_claim(int64 executor_id, const pg_uuid_t *action_id)
{
	RowScan		scan;
	ScanKeyData keys[2];
	ClaimRow   *claim;

	mst_scan_begin_of_executor(&scan, &claims, keys, executor_id, action_id);
	while ((claim = mst_scan_next(&scan)) != NULL)
		(void) mst_row_delete_nowait(&claims, claim);
	mst_scan_end(&scan);
}

/* Returns the running actions that the executor has claimed (ActionRow *). */
List *
mst_store_claimed_actions(int64 executor_id)
{
	List	   *claimed = NIL;
	ClaimRow   *claim;
	RowScan		scan;
	ScanKeyData keys[1];

	mst_scan_begin_of_executor(&scan, &claims, keys, executor_id, NULL);
	while ((claim = mst_scan_next(&scan)) != NULL)
	{
		ActionRow  *action = mst_store_action(&claim->action_id);

		if (is_claimed_by(action, executor_id))
			claimed = lappend(claimed, action);
	}
	mst_scan_end(&scan);
	return claimed;
}

/*
 * Returns the running actions that an executor has claimed, and forgets its
 * claims, because the executor goes.  *room is the number of claims for
 * which there is time, and is reduced by those met; at 0 there may be more.
 */
List *
mst_store_take_claims(int64 executor_id, int *room)
{
	List	   *claimed = NIL;
	ClaimRow   *claim;
	RowScan		scan;
	ScanKeyData keys[1];

	mst_scan_begin_of_executor(&scan, &claims, keys, executor_id, NULL);
	while (*room > 0 && (claim = mst_scan_next(&scan)) != NULL)
	{
		ActionRow  *action = mst_store_action(&claim->action_id);

		if (is_claimed_by(action, executor_id))
			claimed = lappend(claimed, action);
		(void) mst_row_delete_nowait(&claims, claim);
		(*room)--;
	}
	mst_scan_end(&scan);
	return claimed;
}

/*
 * Returns whether all claims are known; else *after is the action up to which
 * they are, or none.  They are not after a crash or a restore, until
 * mst_store_restore_claims() has looked at every action.
 */
bool
mst_store_claims_are_complete(pg_uuid_t *after)
{
	RowScan		scan;
	ScanKeyData keys[1];
	ClaimRow   *mark;

	*after = mst_uuid_none;
	mst_scan_begin_of_executor(&scan, &claims, keys, 0, NULL);
	if ((mark = mst_scan_next(&scan)) != NULL)
		*after = mark->action_id;
	mst_scan_end(&scan);
	return mark != NULL && mst_uuid_is_none(after);
}

/*
 * Notes up to which action claims are known; none: all of them are.  The row is
 * updated, so that who deletes it meanwhile finds the new one.
 */
static void
note_known_claims(const pg_uuid_t *after)
{
	RowScan		scan;
	ScanKeyData keys[1];
	ClaimRow   *mark;

	mst_scan_begin_of_executor(&scan, &claims, keys, 0, NULL);
	mark = mst_scan_next(&scan);
	mst_scan_end(&scan);
	if (mark == NULL)
	{
		insert_claim(0, after);
		return;
	}
	mark->action_id = *after;

	/* where somebody else is at it, this part is looked at once more */
	(void) mst_row_update_nowait(&claims, mark);
}

/*
 * Finds claims again that are not known, by looking at up to "max" actions
 * after the action "after".  How far it has come is a row like those of the
 * claims, so it is true whatever becomes of this transaction or the server.
 *
 * Claims that are made meanwhile have rows of their own, and a claim that
 * has two rows does no harm.  Those of executors that are gone are left to
 * delayed calls.
 */
void
mst_store_restore_claims(const pg_uuid_t *after, int max)
{
	RowScan		scan;
	ScanKeyData key;
	ClaimedHead *action = NULL;
	pg_uuid_t	last = mst_uuid_none;

	mst_scan_key_uuid(&key, 1, BTGreaterStrategyNumber, after);
	mst_scan_begin(&scan, &claimed_heads, 0, &key, 1, ForwardScanDirection);
	while (max-- > 0 && (action = mst_scan_next(&scan)) != NULL)
	{
		last = action->id;
		if (action->state == MST_STATE_RUNNING && action->executor_id != 0 &&
			mst_store_executor(action->executor_id) != NULL)
			insert_claim(action->executor_id, &action->id);
		pfree(action);
	}
	mst_scan_end(&scan);
	note_known_claims(action != NULL ? &last : &mst_uuid_none);
}
