/*-------------------------------------------------------------------------
 *
 * why.c
 *	  why(execution_id): what a whole tree of executions waits for.
 *
 * The tree is walked from the top, level by level; where it waits for another
 * execution with its key, that one is looked at, too.  Terms that say the same of
 * the same task become one row that says how many they are; causes come first,
 * and among them those that do not go away by themselves; then what only follows
 * from them: the sub-workflows and joins that wait for the causes below.
 *
 * A tree may have a million executions, and each of them a million items, so
 * the walk is bounded, as is what is returned; the last row says how much has
 * been left out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "definition/definitions.h"
#include "sql/wait_terms.h"
#include "store/access.h"
#include "store/statement.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/uuid.h"

PG_FUNCTION_INFO_V1(mistral_why);

/* executions that are looked at, at most */
#define MAX_EXECUTIONS	1000

/* terms that are looked at, at most; a list of them takes less than 10 MB */
#define MAX_TERMS		10000

/* unfinished tasks of an execution, and children of a task, that are looked at */
#define MAX_CHILDREN	200

/* length of a place in the tree, in bytes; of a longer one the end is shown */
#define MAX_PLACE		200

/* Where an execution stands in the tree. */
typedef struct TreeNode
{
	pg_uuid_t	id;
	char	   *place;			/* names of workflow and tasks, from the top */
} TreeNode;

/* A term, with those like it. */
typedef struct WhyRow
{
	WaitReason *term;
	char	   *place;
	int64		count;
	int			rank;
	char	   *key;			/* the same for terms that say the same */
} WhyRow;

typedef struct TreeWalk
{
	List	   *nodes;			/* TreeNode *: also those still to be looked
								 * at */
	int			looked_at;		/* nodes */
	WhyRow	   *rows;
	int			n_rows;
	int64		left_out;		/* things that wait, and have no row */
} TreeWalk;

/* ---- ranks ---- */

/* Causes come first; what is worst comes before what goes on by itself. */
enum
{
	RANK_BROKEN,				/* nothing would ever continue it */
	RANK_ADMINISTRATOR,
	RANK_PAUSED,
	RANK_NOBODY,				/* nobody is there to do it */
	RANK_SOMEBODY,				/* outside of the database */
	RANK_EXECUTOR,
	RANK_TIME,
	RANK_WORKER,
	RANK_LAST_CAUSE = RANK_WORKER,
	RANK_BOUND,					/* ends a wait at the latest */
	RANK_ELSEWHERE				/* follows from another cause */
};

static int
rank_of(const WaitReason *term)
{
	switch (term->kind)
	{
		case WAIT_NOTHING:
			return RANK_BROKEN;
		case WAIT_RESTORE:
		case WAIT_MAINTENANCE:
			return RANK_ADMINISTRATOR;
		case WAIT_PAUSED:
			return term->is_elsewhere ? RANK_ELSEWHERE : RANK_PAUSED;
		case WAIT_LOCK:
		case WAIT_SIGNAL:
		case WAIT_PERSON:
		case WAIT_ASYNCHRONOUS:
			return RANK_SOMEBODY;
		case WAIT_CLAIMED:
			return mst_wait_is_lost(term) ? RANK_NOBODY : RANK_EXECUTOR;
		case WAIT_QUEUED:
			return term->is_unserved ? RANK_NOBODY : RANK_EXECUTOR;
		case WAIT_TIMER:
			if (term->is_dead)
				return RANK_BROKEN;
			return strcmp(term->call, "timeout") == 0 ? RANK_BOUND : RANK_TIME;
		case WAIT_STEP:
			return term->is_dead ? RANK_BROKEN : RANK_WORKER;
		case WAIT_RECORDED:
			return RANK_WORKER;
		case WAIT_JOIN:
			return term->coming == NIL ? RANK_BROKEN : RANK_ELSEWHERE;
		case WAIT_TURN:
			return mst_uuid_is_none(&term->turn_id) ? RANK_WORKER : RANK_ELSEWHERE;
		case WAIT_LIMIT:
			return term->due != 0 ? RANK_TIME : term->holders != NIL ? RANK_SOMEBODY : RANK_WORKER;
		case WAIT_SUB_WORKFLOW:
		case WAIT_ITEMS:
		case WAIT_MORE:
			return RANK_ELSEWHERE;
			/* no default: the compiler reports a kind left out */
	}
	elog(ERROR, "unrecognized kind of wait: %d", (int) term->kind);
	return 0;
}

/*
 * Terms with the same key become one row.  What holds for the whole database, and
 * what a pause has held up, is said once; an action's id, times and what a call
 * has failed with do not count.
 */
static char *
key_of(const WaitReason *term)
{
	if (term->kind == WAIT_RESTORE || term->kind == WAIT_MAINTENANCE)
		return pstrdup(mst_wait_kind_name(term->kind));
	if (term->is_elsewhere)
		return psprintf("%d %s", (int) term->kind, mst_uuid_text(&term->resume_id));
	return psprintf("%d %s %s %s " INT64_FORMAT " %d %s %s",
					(int) term->kind, mst_uuid_text(&term->execution_id), mst_uuid_text(&term->task_id),
					term->call != NULL ? term->call : "", term->executor_id,
					term->is_unserved + 2 * term->is_dead + 4 * term->is_action,
					term->target != NULL ? term->target : "",
					term->action != NULL ? term->action : "");
}

/* ---- the walk ---- */

/* Returns the place with another name at its end, shortened at its beginning. */
static char *
place_below(const char *place, const char *name)
{
	char	   *longer = psprintf("%s / %s", place, name);
	int			excess = strlen(longer) - MAX_PLACE;
	char	   *start = longer;

	if (excess <= 0)
		return longer;
	while (start - longer < excess)
		start += pg_mblen(start);
	return psprintf("... %s", start);
}

static void
add_node(TreeWalk *walk, const pg_uuid_t *id, char *place)
{
	TreeNode   *node = palloc(sizeof(TreeNode));

	node->id = *id;
	node->place = place;
	walk->nodes = lappend(walk->nodes, node);
}

static void
add_row(TreeWalk *walk, WaitReason *term, char *place)
{
	WhyRow	   *row;

	if (term->kind == WAIT_MORE)
	{
		walk->left_out += term->count;
		return;
	}
	if (walk->n_rows == MAX_TERMS)
	{
		walk->left_out++;
		return;
	}
	row = &walk->rows[walk->n_rows++];
	*row = (WhyRow)
	{
		term, place, 1, rank_of(term), key_of(term)
	};
}

/* Adds what one execution waits for, and notes the executions below it. */
static void
look_at_node(TreeWalk *walk, const TreeNode *node)
{
	WaitSearch	search = {MAX_CHILDREN, 0, NIL};
	ListCell   *cell;

	(void) mst_waits_of_execution(&search, &node->id);
	foreach(cell, search.terms)
	{
		WaitReason *term = lfirst(cell);
		char	   *place = term->task == NULL ? node->place : place_below(node->place, term->task);

		add_row(walk, term, place);
		if (term->kind == WAIT_SUB_WORKFLOW)
			add_node(walk, &term->child_id, place);
		else if (term->kind == WAIT_TURN)
			add_node(walk, &term->turn_id, psprintf("key \"%s\"", term->key));
	}
}

static void
walk_tree(TreeWalk *walk)
{
	while (walk->looked_at < list_length(walk->nodes) &&
		   walk->looked_at < MAX_EXECUTIONS && walk->n_rows < MAX_TERMS)
	{
		CHECK_FOR_INTERRUPTS();
		look_at_node(walk, list_nth(walk->nodes, walk->looked_at));
		walk->looked_at++;
	}
	walk->left_out += list_length(walk->nodes) - walk->looked_at;
}

/* ---- rows ---- */

static int
compare_keys(const void *a, const void *b)
{
	const WhyRow *left = a;
	const WhyRow *right = b;
	int			order = strcmp(left->key, right->key);

	if (order != 0)
		return order;
	if (left->term->since != right->term->since)
		return left->term->since < right->term->since ? -1 : 1;
	return memcmp(&left->term->action_id, &right->term->action_id, UUID_LEN);
}

/* Worst first, then what has waited longest. */
static int
compare_ranks(const void *a, const void *b)
{
	const WhyRow *left = a;
	const WhyRow *right = b;

	if (left->rank != right->rank)
		return left->rank - right->rank;
	if (left->term->since != right->term->since)
		return left->term->since < right->term->since ? -1 : 1;
	return strcmp(left->key, right->key);
}

/* Leaves one row of those with the same key: the first of them stands for all. */
static void
merge_rows(TreeWalk *walk)
{
	int			n = 0;

	qsort(walk->rows, walk->n_rows, sizeof(WhyRow), compare_keys);
	for (int i = 0; i < walk->n_rows; i++)
	{
		if (n > 0 && strcmp(walk->rows[n - 1].key, walk->rows[i].key) == 0)
			walk->rows[n - 1].count++;
		else
			walk->rows[n++] = walk->rows[i];
	}
	walk->n_rows = n;
	qsort(walk->rows, n, sizeof(WhyRow), compare_ranks);
}

static Datum
text_or_null(const char *text, bool *is_null)
{
	*is_null = text == NULL;
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

static void
return_row(ReturnSetInfo *result, const WhyRow *row)
{
	StringInfoData sentence;
	Datum		values[8];
	bool		nulls[8] = {false};

	initStringInfo(&sentence);
	if (row->term->action != NULL)
		appendStringInfo(&sentence, "action %s: ", row->term->action);
	mst_wait_append(&sentence, row->term);
	if (row->term->by != NULL && !row->term->is_elsewhere)
		appendStringInfo(&sentence, ", paused by %s", row->term->by);
	values[0] = BoolGetDatum(row->rank <= RANK_LAST_CAUSE);
	values[1] = Int64GetDatum(row->count);
	values[2] = text_or_null(row->place, &nulls[2]);
	values[3] = CStringGetTextDatum(mst_wait_kind_name(row->term->kind));
	values[4] = CStringGetTextDatum(sentence.data);
	values[5] = TimestampTzGetDatum(row->term->since);
	nulls[5] = row->term->since == 0;
	values[6] = text_or_null(mst_wait_who(row->term), &nulls[6]);
	values[7] = text_or_null(mst_wait_how(row->term), &nulls[7]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
return_rows(ReturnSetInfo *result, TreeWalk *walk, int max_rows)
{
	for (int i = 0; i < walk->n_rows; i++)
	{
		if (i < max_rows)
			return_row(result, &walk->rows[i]);
		else
			walk->left_out += walk->rows[i].count;
	}
	if (walk->left_out > 0)
	{
		WaitReason	more = {.kind = WAIT_MORE, .count = walk->left_out};
		WhyRow		row = {&more, NULL, walk->left_out, RANK_ELSEWHERE, NULL};

		return_row(result, &row);
	}
}

/*
 * why(execution_id, max_rows): no rows when the execution has ended.  One that
 * the caller may not see does not exist.
 */
Datum
mistral_why(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id = PG_GETARG_UUID_P(0);
	int			max_rows = PG_GETARG_INT32(1);
	ExecutionRow *execution = mst_store_execution(id, LOCK_NONE, NULL);
	TreeWalk	walk = {0};

	if (execution == NULL || !mst_can_read_project(execution->project_id))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("WorkflowExecution not found [id=%s]", mst_uuid_text(id))));
	if (max_rows < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_rows must be positive, not %d", max_rows)));
	mst_return_begin(fcinfo);
	walk.rows = palloc(sizeof(WhyRow) * MAX_TERMS);
	add_node(&walk, id, execution->workflow_name);
	walk_tree(&walk);
	merge_rows(&walk);
	return_rows((ReturnSetInfo *) fcinfo->resultinfo, &walk, max_rows);
	return (Datum) 0;
}
