/*-------------------------------------------------------------------------
 *
 * collections.c
 *	  Going through collections, and functions that make lists of them.
 *
 * A collection is a list, a set, a dictionary, a view or a sequence that
 * can be gone through once. len() of a sequence uses it up. flatten() keeps
 * a stack of the collections that it is in, and not recursion, so depth is
 * bounded by memory and steps.  Positions are -1 where nothing is found, as
 * in YAQL, and not an error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/compare.h"
#include "value/list.h"
#include "value/make.h"
#include "yaql/builtin_tables.h"
#include "yaql/sequences.h"

/* ---- sources ---- */

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
	bool		is_lambda = call->overload->takes.params[1].type->is_lazy;
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
