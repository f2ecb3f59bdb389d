/*-------------------------------------------------------------------------
 *
 * sequences.c
 *	  Going through collections: what the functions and operators of YAQL
 *	  have in common.
 *
 * Most functions on collections give a lazy sequence, which does no work
 * before its first item is asked for.  It draws from a YaqlSource, a pass
 * over any collection that is begun by the first draw.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "value/range.h"
#include "yaql/sequences.h"

/* what orderBy() gives is told apart by the address of this name */
const char	mst_yaql_ordering_name[] = "OrderingIterable";

/* Answers whether a value is what orderBy() and thenBy() give. */
bool
mst_yaql_is_ordering(const ExprValue *v)
{
	return v->kind == EXPR_ITERATOR && v->u.iterator->ops->type_name == mst_yaql_ordering_name;
}

/*
 * An integer argument that counts items or times; OverflowError when it has
 * more than 64 bits.
 */
bool
mst_yaql_count(EvalContext *cxt, const ExprValue *arg, int64 *count)
{
	if (arg->kind == EXPR_BIGINT)
		return mst_expr_fail(cxt, "OverflowError", "cannot fit an integer of that size into an index");
	*count = mst_number_clip(arg);
	return true;
}

/*
 * Draws the next item of a source.  Lazy sequences draw from each other as
 * deep as expressions stack them, so this counts as recursion.
 */
ExprNext
mst_yaql_draw(EvalContext *cxt, YaqlSource *source, ExprValue *item)
{
	ExprNext	next;

	if (!mst_expr_enter(cxt))
		return EXPR_NEXT_ERROR;
	if (!source->is_open)
		source->is_open = mst_cursor_open(cxt, &source->cursor, &source->collection);
	next = source->is_open ? mst_cursor_next(cxt, &source->cursor, item) : EXPR_NEXT_ERROR;
	mst_expr_leave(cxt);
	return next;
}

/*
 * Makes a lazy sequence over the first argument of a call, in *result.
 */
YaqlIterator *
mst_yaql_new_iterator(YaqlCall *call, const ExprIteratorOps *ops, ExprValue *result)
{
	YaqlIterator *it = palloc0(sizeof(YaqlIterator));

	it->iterator.ops = ops;
	it->source = mst_yaql_source(&call->args[0]);
	*result = mst_value_iterator(&it->iterator);
	return it;
}

/*
 * Returns all items of a collection as an array; the number in *n.  NULL on
 * error.
 */
ExprValue *
mst_yaql_items(EvalContext *cxt, const ExprValue *collection, int *n)
{
	ExprList   *list;

	if (collection->kind == EXPR_LIST)
		list = collection->u.list;
	else if (!mst_value_to_list(cxt, collection, &list))
		return NULL;
	*n = mst_list_length(list);
	return mst_list_items(cxt, list);
}

/*
 * n items as a list.
 */
ExprValue
mst_yaql_list_of(const ExprValue *items, int n, bool frozen)
{
	return mst_value_list(mst_list_of(items, n), frozen);
}

/*
 * All items of a collection as a frozen list.
 */
bool
mst_yaql_to_list(EvalContext *cxt, const ExprValue *collection, ExprValue *result)
{
	ExprList   *list;

	if (collection->kind == EXPR_LIST && mst_value_is_frozen(collection))
	{
		*result = *collection;
		return true;
	}
	if (!mst_value_to_list(cxt, collection, &list))
		return false;
	*result = mst_value_list(list, true);
	return true;
}

/* Adds what a single-pass sequence holds, at every level. */
static bool
splice_sequence(EvalContext *cxt, const ExprValue *sequence, ExprDict *set, ExprList *list)
{
	YaqlSource	source = mst_yaql_source(sequence);
	ExprNext	next;
	ExprValue	item;
	bool		ok = true;

	if (!mst_expr_enter(cxt))
		return false;
	while (ok)
	{
		next = mst_yaql_draw(cxt, &source, &item);
		if (next == EXPR_NEXT_END)
			break;
		ok = next == EXPR_NEXT_ITEM && mst_yaql_splice(cxt, &item, 1, set, list);
	}
	mst_expr_leave(cxt);
	return ok;
}

/*
 * Adds n values to the set, if there is one, else to the list; single-pass
 * sequences are replaced by what they hold.
 */
bool
mst_yaql_splice(EvalContext *cxt, const ExprValue *values, int n, ExprDict *set, ExprList *list)
{
	for (int i = 0; i < n; i++)
	{
		bool		ok;

		if (mst_yaql_is_single_pass(&values[i]))
			ok = splice_sequence(cxt, &values[i], set, list);
		else if (set != NULL)
			ok = mst_set_add(cxt, set, &values[i]);
		else
			ok = mst_list_append(cxt, list, &values[i]);
		if (!ok)
			return false;
	}
	return true;
}

/* Checks that what is looked for among items is a pair. */
static bool
check_pair(EvalContext *cxt, const ExprValue *v)
{
	ExprCursor	cursor;
	ExprValue	item;
	int			n = 0;

	if (!mst_cursor_open(cxt, &cursor, v))
		return false;
	while (n < 3)
	{
		ExprNext	next = mst_cursor_next(cxt, &cursor, &item);

		if (next == EXPR_NEXT_ERROR)
			return false;
		if (next == EXPR_NEXT_END)
			break;
		n++;
	}
	return n == 2 || mst_expr_fail(cxt, "ValueError", "the items of a mapping are pairs");
}

/*
 * "item in collection" (collections.c); among the items of a frozen
 * dictionary only for a pair.
 */
bool
mst_yaql_contains(EvalContext *cxt, const ExprValue *collection, const ExprValue *item, bool *answer)
{
	if (collection->kind == EXPR_VIEW && collection->len == EXPR_VIEW_ITEMS &&
		mst_value_is_frozen(collection) && !check_pair(cxt, item))
		return false;
	return mst_value_contains(cxt, collection, item, answer);
}

/* ---- sets ---- */

/*
 * The members of a set, a keys view or an items view as a table.
 */
bool
mst_yaql_set_table(EvalContext *cxt, const ExprValue *v, ExprDict **table)
{
	YaqlSource	source = mst_yaql_source(v);
	ExprValue	item;
	ExprNext	next;

	if (v->kind == EXPR_SET || v->len == EXPR_VIEW_KEYS)
	{
		*table = v->u.dict;
		return true;
	}
	*table = mst_dict_new(0);
	while ((next = mst_yaql_draw(cxt, &source, &item)) == EXPR_NEXT_ITEM)
	{
		if (!mst_set_add(cxt, *table, &item))
			return false;
	}
	return next == EXPR_NEXT_END;
}

/* ---- one collection after the other ---- */

typedef struct ChainIterator
{
	ExprIterator iterator;
	YaqlSource *sources;
	int			nsources;
	int			at;
} ChainIterator;

static ExprNext
next_chained(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	ChainIterator *it = (ChainIterator *) iterator;

	while (it->at < it->nsources)
	{
		ExprNext	next = mst_yaql_draw(cxt, &it->sources[it->at], item);

		if (next != EXPR_NEXT_END)
			return next;
		it->at++;
	}
	return EXPR_NEXT_END;
}

static const ExprIteratorOps chain_ops = {"itertools.chain", next_chained, NULL};

/* Items of the parts, one part after the other, as a lazy sequence. */
bool
mst_yaql_chain(EvalContext *cxt, const ExprValue *parts, int nparts, ExprValue *result)
{
	ChainIterator *it = palloc0(sizeof(ChainIterator));

	it->iterator.ops = &chain_ops;
	it->nsources = nparts;
	it->sources = palloc(Max(nparts, 1) * sizeof(YaqlSource));
	for (int i = 0; i < nparts; i++)
		it->sources[i] = mst_yaql_source(&parts[i]);
	*result = mst_value_iterator(&it->iterator);
	return true;
}
