/*-------------------------------------------------------------------------
 *
 * collections.c
 *	  Going through collections, and functions that make lists of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "yaql/yaql.h"

/*
 * An integer argument that counts items or times.
 */
bool
mst_yaql_count(EvalContext *cxt, const ExprValue *arg, int64 *count)
{
	if (arg->kind == EXPR_BIGINT)
		return mst_expr_fail(cxt, "OverflowError", "cannot fit an integer of that size into an index");
	*count = mst_number_clip(arg);
	return true;
}

/* ---- sources ---- */

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
 * All items of a collection as an array; the number in *n.  NULL on error.
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

/* ---- lists ---- */

static bool
fn_list(YaqlCall *call, ExprValue *result)
{
	ExprList   *list = mst_list_new(call->nrest);

	if (!mst_yaql_splice(call->cxt, call->rest, call->nrest, NULL, list))
		return false;
	*result = mst_value_list(list, true);
	return true;
}

static bool
fn_to_list(YaqlCall *call, ExprValue *result)
{
	return mst_yaql_to_list(call->cxt, &call->args[0], result);
}

static bool
fn_len(YaqlCall *call, ExprValue *result)
{
	int64		length;

	if (!mst_value_length(call->cxt, &call->args[0], &length))
		return false;
	*result = mst_value_int(length);
	return true;
}

/* by going through it; also the len() of a sequence, which it uses up */
static bool
fn_count(YaqlCall *call, ExprValue *result)
{
	YaqlSource	source = mst_yaql_source(&call->args[0]);
	ExprValue	item;
	ExprNext	next;
	int64		n = 0;

	if (call->args[0].kind != EXPR_ITERATOR)
		return fn_len(call, result);
	while ((next = mst_yaql_draw(call->cxt, &source, &item)) == EXPR_NEXT_ITEM)
		n++;
	*result = mst_value_int(n);
	return next == EXPR_NEXT_END;
}

/* What is looked for among items has to be a pair. */
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
 * "item in collection"
 */
bool
mst_yaql_contains(EvalContext *cxt, const ExprValue *collection, const ExprValue *item, bool *answer)
{
	if (collection->kind == EXPR_VIEW && collection->len == EXPR_VIEW_ITEMS &&
		mst_value_is_frozen(collection) && !check_pair(cxt, item))
		return false;
	return mst_value_contains(cxt, collection, item, answer);
}

static bool
fn_contains(YaqlCall *call, ExprValue *result)
{
	bool		found;

	if (!mst_yaql_contains(call->cxt, &call->args[0], &call->args[1], &found))
		return false;
	*result = mst_value_bool(found);
	return true;
}

/* ---- flatten ---- */

/* The collections that are being gone through, the innermost last. */
typedef struct FlattenIterator
{
	ExprIterator iterator;
	YaqlSource *stack;
	int			depth;
	int			room;
} FlattenIterator;

static bool
push_collection(EvalContext *cxt, FlattenIterator *it, const ExprValue *collection)
{
	if (it->depth >= it->room)
	{
		if (!mst_expr_charge(cxt, it->room * (int64) (2 * sizeof(YaqlSource))))
			return false;
		it->room *= 2;
		it->stack = repalloc(it->stack, it->room * sizeof(YaqlSource));
	}
	it->stack[it->depth++] = mst_yaql_source(collection);
	return true;
}

static ExprNext
next_flat(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	FlattenIterator *it = (FlattenIterator *) iterator;

	while (it->depth > 0)
	{
		switch (mst_yaql_draw(cxt, &it->stack[it->depth - 1], item))
		{
			case EXPR_NEXT_ERROR:
				return EXPR_NEXT_ERROR;
			case EXPR_NEXT_END:
				it->depth--;
				break;
			case EXPR_NEXT_ITEM:
				if (!mst_value_is_collection(item))
					return EXPR_NEXT_ITEM;
				if (!push_collection(cxt, it, item))
					return EXPR_NEXT_ERROR;
				break;
		}
	}
	return EXPR_NEXT_END;
}

static const ExprIteratorOps flatten_ops = {"generator", next_flat, NULL};

static bool
fn_flatten(YaqlCall *call, ExprValue *result)
{
	FlattenIterator *it = palloc0(sizeof(FlattenIterator));

	it->iterator.ops = &flatten_ops;
	it->room = 4;
	it->stack = palloc(it->room * sizeof(YaqlSource));
	*result = mst_value_iterator(&it->iterator);
	return push_collection(call->cxt, it, &call->args[0]);
}

/* ---- positions of items ---- */

/*
 * Position of the first or last item that equals args[1], or that satisfies
 * it when it is a lambda; -1 when there is none.
 */
static bool
find_position(YaqlCall *call, bool want_last, ExprValue *result)
{
	YaqlSource	source = mst_yaql_source(&call->args[0]);
	const YaqlLambda *predicate = mst_yaql_lambda(&call->args[1]);
	bool		is_lambda = call->overload->params[1].is_lazy;
	int64		found = -1;
	ExprValue	item;
	ExprNext	next;

	for (int64 i = 0;; i++)
	{
		bool		matches;

		next = mst_yaql_draw(call->cxt, &source, &item);
		if (next != EXPR_NEXT_ITEM)
			break;
		if (is_lambda ? !mst_yaql_test(call->cxt, predicate, &item, &matches) :
			!mst_value_equal(call->cxt, &item, &call->args[1], &matches))
			return false;
		if (matches)
			found = i;
		if (matches && !want_last)
			break;
	}
	*result = mst_value_int(found);
	return next != EXPR_NEXT_ERROR;
}

static bool
fn_index(YaqlCall *call, ExprValue *result)
{
	return find_position(call, false, result);
}

static bool
fn_last_index(YaqlCall *call, ExprValue *result)
{
	return find_position(call, true, result);
}

const YaqlBuiltin mst_yaql_collection_functions[] =
{
	{"contains", YAQL_METHOD, "collection:iter value:any?", fn_contains},
	{"count", YAQL_METHOD, "collection:iter", fn_count},
	{"flatten", YAQL_METHOD, "collection:iter", fn_flatten},
	{"indexOf", YAQL_METHOD, "collection:iter item:any?", fn_index},
	{"indexWhere", YAQL_METHOD, "collection:iter predicate:lambda", fn_index},
	{"lastIndexOf", YAQL_METHOD, "collection:iter item:any?", fn_last_index},
	{"lastIndexWhere", YAQL_METHOD, "collection:iter predicate:lambda", fn_last_index},
	{"len", YAQL_EXTENSION, "sequence:list", fn_len},
	{"len", YAQL_EXTENSION, "iterator:iterator", fn_count},
	{"list", YAQL_FUNCTION, "*args:any?", fn_list},
	{"toList", YAQL_METHOD, "collection:iter", fn_to_list},
	{NULL}
};
