/*-------------------------------------------------------------------------
 *
 * aggregates.c
 *	  Functions that make one value of a collection.
 *
 * max(), min() and aggregate() start from the initial value, if one is
 * given, and else from the first item; an empty collection without one is
 * an error. any() without a predicate asks whether there is an item at all,
 * whatever it is, and all() without one asks for the truth of each.
 *
 * sum() is repeated "+", so it works for texts, lists and dictionaries,
 * too.  Those are collected in a buffer, or each addition would copy all
 * that was added before.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "yaql/builtin_tables.h"
#include "yaql/operators.h"
#include "yaql/sequences.h"
#include "yaql/strings.h"

/* ---- single items ---- */

/*
 * Fails for a collection without items; the reference lets Python's
 * StopIteration out, which has no text.
 */
static bool
fail_empty(EvalContext *cxt)
{
	return mst_expr_fail(cxt, "StopIteration", "%s", "");
}

/* Gives the default for an empty collection, or fails if there is none. */
static bool
or_default(YaqlCall *call, ExprValue *result)
{
	*result = call->args[1];
	return mst_yaql_arg_given(result) || fail_empty(call->cxt);
}

/* items.first(default): draws one item and no more. */
static bool
fn_first(YaqlCall *call, ExprValue *result)
{
	YaqlSource	source = mst_yaql_source(&call->args[0]);
	ExprNext	next = mst_yaql_draw(call->cxt, &source, result);

	if (next == EXPR_NEXT_END)
		return or_default(call, result);
	return next == EXPR_NEXT_ITEM;
}

/*
 * items.last(default): a list gives its last item without being gone through.
 */
static bool
fn_last(YaqlCall *call, ExprValue *result)
{
	YaqlSource	source = mst_yaql_source(&call->args[0]);
	ExprValue	item;
	ExprNext	next;
	bool		is_empty = true;

	if (call->args[0].kind == EXPR_LIST)
	{
		int			n = mst_list_length(call->args[0].u.list);

		if (n > 0)
			return mst_list_get(call->cxt, call->args[0].u.list, n - 1, result);
	}
	while ((next = mst_yaql_draw(call->cxt, &source, &item)) == EXPR_NEXT_ITEM)
	{
		*result = item;
		is_empty = false;
	}
	if (next == EXPR_NEXT_ERROR)
		return false;
	return !is_empty || or_default(call, result);
}

/*
 * items.single(): the only item. Draws a second one to know that there is
 * none.
 */
static bool
fn_single(YaqlCall *call, ExprValue *result)
{
	YaqlSource	source = mst_yaql_source(&call->args[0]);
	ExprValue	item;

	switch (mst_yaql_draw(call->cxt, &source, result))
	{
		case EXPR_NEXT_ERROR:
			return false;
		case EXPR_NEXT_END:
			return fail_empty(call->cxt);
		case EXPR_NEXT_ITEM:
			break;
	}
	switch (mst_yaql_draw(call->cxt, &source, &item))
	{
		case EXPR_NEXT_ERROR:
			return false;
		case EXPR_NEXT_ITEM:
			return mst_expr_fail(call->cxt, "StopIteration",
								 "Collection contains more than one item");
		case EXPR_NEXT_END:
			break;
	}
	return true;
}

/* ---- any and all ---- */

/* Looks for an item whose truth, or that of the predicate on it, is `wanted`. */
static bool
search_truth(YaqlCall *call, bool wanted, bool *found)
{
	const YaqlLambda *predicate = mst_yaql_lambda(&call->args[1]);
	YaqlSource	source = mst_yaql_source(&call->args[0]);
	ExprValue	item;
	ExprNext	next;

	*found = false;
	while ((next = mst_yaql_draw(call->cxt, &source, &item)) == EXPR_NEXT_ITEM)
	{
		bool		is_true = mst_value_is_true(&item);

		if (predicate != NULL && !mst_yaql_test(call->cxt, predicate, &item, &is_true))
			return false;

		/* any() without predicate asks for items, whatever they are */
		if (is_true == wanted || (wanted && predicate == NULL))
		{
			*found = true;
			return true;
		}
	}
	return next == EXPR_NEXT_END;
}

/* items.any(predicate): whether an item passes; stops at the first. */
static bool
fn_any(YaqlCall *call, ExprValue *result)
{
	bool		found;

	if (!search_truth(call, true, &found))
		return false;
	*result = mst_value_bool(found);
	return true;
}

/*
 * items.all(predicate): whether all items pass; stops at the first that does
 * not.
 */
static bool
fn_all(YaqlCall *call, ExprValue *result)
{
	bool		found;

	if (!search_truth(call, false, &found))
		return false;
	*result = mst_value_bool(!found);
	return true;
}

/* ---- reductions ---- */

/* Makes the next accumulated value, in place. */
typedef bool (*Reducer) (YaqlCall *call, ExprValue *total, const ExprValue *item);

/*
 * Reduces the items, from *result on if there is a value in it, else from the
 * first item on.
 */
static bool
reduce_items(YaqlCall *call, YaqlSource *source, Reducer reducer, ExprValue *result)
{
	ExprValue	item;
	ExprNext	next;

	if (!mst_yaql_arg_given(result))
	{
		next = mst_yaql_draw(call->cxt, source, result);
		if (next == EXPR_NEXT_END)
			return mst_expr_fail(call->cxt, "TypeError",
								 "reduce() of empty iterable with no initial value");
		if (next == EXPR_NEXT_ERROR)
			return false;
	}
	while ((next = mst_yaql_draw(call->cxt, source, &item)) == EXPR_NEXT_ITEM)
	{
		if (!reducer(call, result, &item))
			return false;
	}
	return next == EXPR_NEXT_END;
}

/* Keeps the larger one; the first of equal ones stays. */
static bool
reduce_max(YaqlCall *call, ExprValue *total, const ExprValue *item)
{
	bool		is_larger;

	if (!mst_yaql_compare(call->cxt, YAQL_TOK_GT, item, total, &is_larger))
		return false;
	if (is_larger)
		*total = *item;
	return true;
}

/*
 * Keeps the smaller one; the last of equal ones stays, as in the reference,
 * which asks whether the new one is larger.
 */
static bool
reduce_min(YaqlCall *call, ExprValue *total, const ExprValue *item)
{
	bool		is_larger;

	if (!mst_yaql_compare(call->cxt, YAQL_TOK_GT, item, total, &is_larger))
		return false;
	if (!is_larger)
		*total = *item;
	return true;
}

/* Calls the lambda with the total so far as $1 and the item as $2. */
static bool
reduce_by_lambda(YaqlCall *call, ExprValue *total, const ExprValue *item)
{
	ExprValue	pair[2] = {*total, *item};

	return mst_yaql_apply(call->cxt, mst_yaql_lambda(&call->args[1]), pair, 2, total);
}

/* Adds by YAQL's operator, so strings, lists and mappings have sums, too. */
static bool
reduce_sum(YaqlCall *call, ExprValue *total, const ExprValue *item)
{
	ExprValue	left = *total;

	return mst_yaql_binary(call->cxt, YAQL_TOK_PLUS, &left, item, total);
}

/*
 * items.max(initial); fails if there is neither an item nor an initial value.
 */
static bool
fn_max(YaqlCall *call, ExprValue *result)
{
	YaqlSource	source = mst_yaql_source(&call->args[0]);

	*result = call->args[1];
	return reduce_items(call, &source, reduce_max, result);
}

/*
 * items.min(initial); fails if there is neither an item nor an initial value.
 */
static bool
fn_min(YaqlCall *call, ExprValue *result)
{
	YaqlSource	source = mst_yaql_source(&call->args[0]);

	*result = call->args[1];
	return reduce_items(call, &source, reduce_min, result);
}

/* items.aggregate(lambda, seed) */
static bool
fn_aggregate(YaqlCall *call, ExprValue *result)
{
	YaqlSource	source = mst_yaql_source(&call->args[0]);

	*result = call->args[2];
	return reduce_items(call, &source, reduce_by_lambda, result);
}

/* ---- sum ---- */

/*
 * Sums of texts, frozen lists and dictionaries are collected in a buffer, so
 * that adding many does not copy what has been added before.
 */
typedef struct SumBuffer
{
	ExprValue	total;
	bool		is_own;			/* total is a copy that may be changed */
	StringInfoData text;		/* of a string that is our own */
} SumBuffer;

/*
 * Makes the total one that may be written into. It was one of the user's
 * values until then, which others may see; a copy at each addition would make
 * a sum of n strings cost n squared.
 */
static bool
own_total(EvalContext *cxt, SumBuffer *sum)
{
	ExprValue  *total = &sum->total;

	if (sum->is_own)
		return true;
	sum->is_own = true;
	if (total->kind == EXPR_STRING)
	{
		mst_text_init(&sum->text);
		appendBinaryStringInfo(&sum->text, total->u.string, total->len);
		return true;
	}
	if (total->kind == EXPR_DICT)
	{
		total->flags |= EXPR_FROZEN;
		return mst_dict_copy(cxt, total->u.dict, &total->u.dict);
	}
	return mst_list_slice(cxt, total->u.list, 0, mst_list_length(total->u.list),
						  &total->u.list);
}

/* Returns whether item can be added to the buffer. */
static bool
is_buffered(const ExprValue *total, const ExprValue *item)
{
	if (total->kind != item->kind)
		return false;
	return total->kind == EXPR_STRING || total->kind == EXPR_DICT ||
		(total->kind == EXPR_LIST &&
		 mst_value_is_frozen(total) && mst_value_is_frozen(item));
}

/*
 * Adds an item of the total's kind to the buffer; see own_total(). Limits are
 * checked as the buffer grows.
 */
static bool
add_to_buffer(EvalContext *cxt, SumBuffer *sum, const ExprValue *item)
{
	if (!own_total(cxt, sum))
		return false;
	if (item->kind == EXPR_STRING)
		return mst_yaql_append_string(cxt, &sum->text, item);
	if (item->kind == EXPR_DICT)
		return mst_dict_update(cxt, sum->total.u.dict, item->u.dict);
	for (int i = 0; i < mst_list_length(item->u.list); i++)
	{
		ExprValue	one;

		if (!mst_list_get(cxt, item->u.list, i, &one) ||
			!mst_list_append(cxt, sum->total.u.list, &one))
			return false;
	}
	return true;
}

/* The sum so far as a value of its own. */
static void
close_buffer(SumBuffer *sum)
{
	if (sum->is_own && sum->total.kind == EXPR_STRING)
		sum->total = mst_yaql_text_value(&sum->text);
	sum->is_own = false;
}

/*
 * Adds one item: into the buffer where that gives what the operator would
 * give, else by the operator.
 */
static bool
add_item(YaqlCall *call, SumBuffer *sum, const ExprValue *item)
{
	if (is_buffered(&sum->total, item))
		return add_to_buffer(call->cxt, sum, item);
	close_buffer(sum);
	return reduce_sum(call, &sum->total, item);
}

/*
 * items.sum(initial). Not reduce_items() with reduce_sum(), because long sums
 * of strings, lists and mappings are collected in a buffer.
 */
static bool
fn_sum(YaqlCall *call, ExprValue *result)
{
	YaqlSource	source = mst_yaql_source(&call->args[0]);
	SumBuffer	sum = {call->args[1]};
	ExprValue	item;
	ExprNext	next = EXPR_NEXT_ITEM;

	if (!mst_yaql_arg_given(&sum.total))
		next = mst_yaql_draw(call->cxt, &source, &sum.total);
	if (next == EXPR_NEXT_END)
		return mst_expr_fail(call->cxt, "TypeError",
							 "reduce() of empty iterable with no initial value");
	while (next == EXPR_NEXT_ITEM &&
		   (next = mst_yaql_draw(call->cxt, &source, &item)) == EXPR_NEXT_ITEM)
	{
		if (!add_item(call, &sum, &item))
			return false;
	}
	close_buffer(&sum);
	*result = sum.total;
	return next == EXPR_NEXT_END;
}

/* ---- accumulate ---- */

/* value: the total so far; flag: it has been given */
static ExprNext
next_accumulated(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	YaqlIterator *it = (YaqlIterator *) iterator;
	ExprValue	pair[2];
	ExprNext	next;

	if (!it->flag)
	{
		it->flag = true;
		if (!mst_yaql_arg_given(&it->value))
		{
			next = mst_yaql_draw(cxt, &it->source, &it->value);
			if (next == EXPR_NEXT_END)
				mst_expr_fail(cxt, "TypeError",
							  "accumulate() of empty sequence with no initial value");
			if (next != EXPR_NEXT_ITEM)
				return EXPR_NEXT_ERROR;
		}
		*item = it->value;
		return EXPR_NEXT_ITEM;
	}
	next = mst_yaql_draw(cxt, &it->source, &pair[1]);
	if (next != EXPR_NEXT_ITEM)
		return next;
	pair[0] = it->value;
	if (!mst_yaql_apply(cxt, it->lambda, pair, 2, &it->value))
		return EXPR_NEXT_ERROR;
	*item = it->value;
	return EXPR_NEXT_ITEM;
}

static const ExprIteratorOps accumulate_ops = {"generator", next_accumulated, NULL};

/*
 * items.accumulate(lambda, seed): an iterator of what aggregate() has after
 * each item.
 */
static bool
fn_accumulate(YaqlCall *call, ExprValue *result)
{
	YaqlIterator *it = mst_yaql_new_iterator(call, &accumulate_ops, result);

	it->lambda = mst_yaql_keep_lambda(&call->args[1]);
	it->value = call->args[2];
	return true;
}

const YaqlBuiltin mst_yaql_aggregate_functions[] =
{
	{"accumulate", YAQL_METHOD, "collection:iter selector:lambda seed:any?=none", fn_accumulate},
	{"aggregate", YAQL_METHOD, "collection:iter selector:lambda seed:any?=none", fn_aggregate},
	{"all", YAQL_EXTENSION, "collection:iter predicate:lambda=null", fn_all},
	{"any", YAQL_EXTENSION, "collection:iter predicate:lambda=null", fn_any},
	{"first", YAQL_METHOD, "collection:iter default:any?=none", fn_first},
	{"last", YAQL_METHOD, "collection:iter default:any?=none", fn_last},
	{"max", YAQL_METHOD, "collection:iter initial:any?=none", fn_max},
	{"min", YAQL_METHOD, "collection:iter initial:any?=none", fn_min},
	{"reduce", YAQL_METHOD, "collection:iter selector:lambda seed:any?=none", fn_aggregate},
	{"single", YAQL_METHOD, "collection:iter", fn_single},
	{"sum", YAQL_METHOD, "collection:iter initial:any?=none", fn_sum},
	{NULL}
};
