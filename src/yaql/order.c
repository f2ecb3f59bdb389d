/*-------------------------------------------------------------------------
 *
 * order.c
 *	  Sorting and grouping collections.
 *
 * orderBy() gives an ordering that thenBy() can extend: nothing is sorted
 * before items are drawn, and further fields are looked at only where those
 * before them are equal.  The sort is stable, merges runs, and costs n log
 * n calls of the fields' comparisons, each a step.
 *
 * groupBy() takes aggregators of two kinds.  Today's get the values of a
 * group; old ones got the pair of key and values, and gave one back.  As
 * YAQL does, the first group is tried the new way, and the old way when the
 * error shows that the aggregator expects a pair.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/compare.h"
#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "yaql/builtin_tables.h"
#include "yaql/operators.h"
#include "yaql/sequences.h"

/* ---- orderBy ---- */

typedef struct SortField
{
	const YaqlLambda *selector;
	bool		is_descending;
} SortField;

/* A collection and how to sort it; sorted when first gone through. */
typedef struct Ordering
{
	ExprValue	collection;
	int			nfields;
	SortField  *fields;
	ExprList   *sorted;			/* NULL: not yet */
} Ordering;

typedef struct OrderingIterator
{
	ExprIterator iterator;
	Ordering   *ordering;
	int			at;
} OrderingIterator;

static ExprNext next_ordered(EvalContext *cxt, ExprIterator *iterator, ExprValue *item);
static bool restart_ordered(EvalContext *cxt, ExprIterator *iterator, ExprIterator **fresh);

static const ExprIteratorOps ordering_ops = {mst_yaql_ordering_name, next_ordered, restart_ordered};

static OrderingIterator *
make_pass(Ordering *ordering)
{
	OrderingIterator *it = palloc0(sizeof(OrderingIterator));

	it->iterator.ops = &ordering_ops;
	it->ordering = ordering;
	return it;
}

static bool
restart_ordered(EvalContext *cxt, ExprIterator *iterator, ExprIterator **fresh)
{
	*fresh = &make_pass(((OrderingIterator *) iterator)->ordering)->iterator;
	return true;
}

/*
 * Returns whether the key a sorts before the key b by one field; *is_equal
 * when neither does.
 */
static bool
field_less(EvalContext *cxt, const SortField *field, const ExprValue *a,
		   const ExprValue *b, bool *is_less, bool *is_equal)
{
	bool		is_greater = false;

	if (!mst_yaql_compare(cxt, YAQL_TOK_LT, a, b, is_less) ||
		(!*is_less && !mst_yaql_compare(cxt, YAQL_TOK_GT, a, b, &is_greater)))
		return false;
	*is_equal = !*is_less && !is_greater;
	if (field->is_descending)
		*is_less = is_greater;
	return true;
}

/*
 * One field of a key made of several: a list of them, with the item at the
 * end.  A field is worked out when those before it have not decided.
 */
static bool
get_field(EvalContext *cxt, const Ordering *ordering, const ExprValue *key, int i, ExprValue *field)
{
	ExprValue	item;

	if (!mst_list_get(cxt, key->u.list, i, field))
		return false;
	if (field->kind != EXPR_NO_VALUE)
		return true;
	return mst_list_get(cxt, key->u.list, ordering->nfields, &item) &&
		mst_yaql_apply(cxt, ordering->fields[i].selector, &item, 1, field) &&
		mst_list_set(cxt, key->u.list, i, field);
}

/* ExprLess */
static bool
key_less(EvalContext *cxt, const ExprValue *a, const ExprValue *b, void *arg, bool *result)
{
	const Ordering *ordering = arg;
	bool		is_equal;

	if (ordering->nfields == 1)
		return field_less(cxt, &ordering->fields[0], a, b, result, &is_equal);
	for (int i = 0; i < ordering->nfields; i++)
	{
		ExprValue	left;
		ExprValue	right;

		if (!get_field(cxt, ordering, a, i, &left) ||
			!get_field(cxt, ordering, b, i, &right) ||
			!field_less(cxt, &ordering->fields[i], &left, &right, result, &is_equal))
			return false;
		if (!is_equal)
			return true;
	}
	*result = false;
	return true;
}

static bool
make_key(EvalContext *cxt, const Ordering *ordering, const ExprValue *item, ExprValue *key)
{
	ExprList   *list;

	if (ordering->nfields == 1)
		return mst_yaql_apply(cxt, ordering->fields[0].selector, item, 1, key);
	list = mst_list_new(ordering->nfields + 1);
	for (int i = 0; i < ordering->nfields; i++)
	{
		ExprValue	field = mst_value_no_value();

		if (!mst_list_append(cxt, list, &field))
			return false;
	}
	*key = mst_value_list(list, true);
	return mst_list_append(cxt, list, item);
}

static bool
sort_items(EvalContext *cxt, Ordering *ordering)
{
	ExprList   *sorted;
	ExprValue  *items;
	ExprValue  *keys;
	int			n;

	if (!mst_value_to_list(cxt, &ordering->collection, &sorted))
		return false;
	n = mst_list_length(sorted);
	items = mst_list_items(cxt, sorted);
	if (items == NULL || !mst_expr_charge(cxt, n * (int64) sizeof(ExprValue)))
		return false;

	/* one item is never compared, so its key is not needed */
	if (n > 1)
	{
		keys = palloc_extended(n * sizeof(ExprValue), MCXT_ALLOC_HUGE);
		for (int i = 0; i < n; i++)
		{
			if (!make_key(cxt, ordering, &items[i], &keys[i]))
				return false;
		}
		if (!mst_value_sort(cxt, keys, items, n, key_less, ordering))
			return false;
		pfree(keys);
	}
	ordering->sorted = sorted;
	return true;
}

static ExprNext
next_ordered(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	OrderingIterator *it = (OrderingIterator *) iterator;
	Ordering   *ordering = it->ordering;

	if (ordering->sorted == NULL && !sort_items(cxt, ordering))
		return EXPR_NEXT_ERROR;
	if (it->at >= mst_list_length(ordering->sorted))
		return EXPR_NEXT_END;
	return mst_list_get(cxt, ordering->sorted, it->at++, item) ?
		EXPR_NEXT_ITEM : EXPR_NEXT_ERROR;
}

/* Orders a collection by the fields and then by the lambda args[1]. */
static bool
make_ordering(YaqlCall *call, const ExprValue *collection, const SortField *fields,
			  int nfields, bool is_descending, ExprValue *result)
{
	Ordering   *ordering = palloc0(sizeof(Ordering));

	ordering->collection = *collection;
	ordering->nfields = nfields + 1;
	ordering->fields = palloc((nfields + 1) * sizeof(SortField));
	if (nfields > 0)
		memcpy(ordering->fields, fields, nfields * sizeof(SortField));
	ordering->fields[nfields].selector = mst_yaql_keep_lambda(&call->args[1]);
	ordering->fields[nfields].is_descending = is_descending;
	*result = mst_value_iterator(&make_pass(ordering)->iterator);
	return true;
}

static bool
fn_order_by(YaqlCall *call, ExprValue *result)
{
	return make_ordering(call, &call->args[0], NULL, 0, false, result);
}

static bool
fn_order_by_descending(YaqlCall *call, ExprValue *result)
{
	return make_ordering(call, &call->args[0], NULL, 0, true, result);
}

/* An ordering with one more field; what is sorted already stays so. */
static bool
then_by(YaqlCall *call, bool is_descending, ExprValue *result)
{
	const Ordering *ordering = ((OrderingIterator *) call->args[0].u.iterator)->ordering;
	ExprValue	collection = ordering->collection;

	if (ordering->sorted != NULL)
		collection = mst_value_list(ordering->sorted, true);
	return make_ordering(call, &collection, ordering->fields, ordering->nfields,
						 is_descending, result);
}

static bool
fn_then_by(YaqlCall *call, ExprValue *result)
{
	return then_by(call, false, result);
}

static bool
fn_then_by_descending(YaqlCall *call, ExprValue *result)
{
	return then_by(call, true, result);
}

/* ---- groupBy ---- */

/*
 * Pairs of a key and what the aggregator makes of its values.  Old workbooks
 * have aggregators that take the pair and return one.  Such a one fails on the
 * values alone; then it gets the pair, unless an earlier group has shown that
 * it is a new one.
 */
typedef struct GroupIterator
{
	ExprIterator iterator;
	ExprDict   *groups;			/* lists of values by key */
	int			pos;
	const YaqlLambda *aggregator;
	bool		is_new_style;	/* known to take the values */
	const ExprError *failure;	/* known to take the pair: how it failed
								 * before */
} GroupIterator;

/* Errors by which an aggregator shows that it expects the pair. */
static bool
is_mismatch(const ExprError *error)
{
	return error != NULL &&
		(strcmp(error->cause, "NoMatchingFunctionException") == 0 ||
		 strcmp(error->cause, "NoMatchingMethodException") == 0 ||
		 strcmp(error->cause, "IndexError") == 0);
}

/*
 * Returns whether the result could be the pair that an old aggregator returns.
 */
static bool
looks_like_pair(EvalContext *cxt, const ExprValue *result, const ExprValue *values, bool *answer)
{
	ExprValue	first;
	ExprValue	first_value;

	*answer = false;
	if (result->kind != EXPR_LIST || mst_list_length(result->u.list) != 2 ||
		mst_list_length(values->u.list) != 2)
		return true;
	return mst_list_get(cxt, result->u.list, 0, &first) &&
		mst_list_get(cxt, values->u.list, 0, &first_value) &&
		mst_value_equal(cxt, &first, &first_value, answer);
}

/* The aggregator as old workbooks have it, on the whole pair. */
static bool
aggregate_pair(EvalContext *cxt, GroupIterator *it, const ExprValue *pair, ExprValue *item)
{
	if (mst_yaql_apply(cxt, it->aggregator, pair, 1, item))
	{
		if (item->kind == EXPR_LIST && mst_list_length(item->u.list) == 2)
			return true;
	}
	else if (mst_expr_catch(cxt) == NULL)
		return false;

	/* it was no old one either: tell how it failed on the values */
	return mst_expr_fail(cxt, it->failure->cause, "%s", it->failure->message);
}

static bool
aggregate_group(EvalContext *cxt, GroupIterator *it, const ExprValue pair[2], ExprValue *item)
{
	ExprValue	group = mst_yaql_list_of(pair, 2, true);
	ExprValue	aggregated[2] = {pair[0]};
	bool		is_pair;

	*item = group;
	if (it->aggregator == NULL)
		return true;
	if (it->failure == NULL)
	{
		if (mst_yaql_apply(cxt, it->aggregator, &pair[1], 1, &aggregated[1]))
		{
			if (!looks_like_pair(cxt, &aggregated[1], &pair[1], &is_pair))
				return false;
			it->is_new_style = it->is_new_style || !is_pair;
			*item = mst_yaql_list_of(aggregated, 2, true);
			return true;
		}
		if (it->is_new_style || !is_mismatch(cxt->error))
			return false;
		it->failure = mst_expr_catch(cxt);
		if (it->failure == NULL)
			return false;
	}
	return aggregate_pair(cxt, it, &group, item);
}

static ExprNext
next_group(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	GroupIterator *it = (GroupIterator *) iterator;
	ExprValue	pair[2];
	bool		more;

	if (!mst_dict_next(cxt, it->groups, &it->pos, &pair[0], &pair[1], &more))
		return EXPR_NEXT_ERROR;
	if (!more)
		return EXPR_NEXT_END;
	return aggregate_group(cxt, it, pair, item) ? EXPR_NEXT_ITEM : EXPR_NEXT_ERROR;
}

static const ExprIteratorOps group_ops = {"generator", next_group, NULL};

/* Adds a value to the list of its key. */
static bool
add_to_group(EvalContext *cxt, ExprDict *groups, const ExprValue *key, const ExprValue *value)
{
	ExprValue	list;
	bool		found;

	if (!mst_dict_get(cxt, groups, key, &list, &found))
		return false;
	if (!found)
	{
		list = mst_value_list(mst_list_new(1), false);
		if (!mst_dict_set(cxt, groups, key, &list))
			return false;
	}
	return mst_list_append(cxt, list.u.list, value);
}

static bool
fn_group_by(YaqlCall *call, ExprValue *result)
{
	const YaqlLambda *key_selector = mst_yaql_lambda(&call->args[1]);
	const YaqlLambda *value_selector = mst_yaql_lambda(&call->args[2]);
	YaqlSource	source = mst_yaql_source(&call->args[0]);
	GroupIterator *it = palloc0(sizeof(GroupIterator));
	ExprValue	item;
	ExprNext	next;

	it->iterator.ops = &group_ops;
	it->groups = mst_dict_new(0);
	it->aggregator = mst_yaql_keep_lambda(&call->args[3]);
	while ((next = mst_yaql_draw(call->cxt, &source, &item)) == EXPR_NEXT_ITEM)
	{
		ExprValue	key;
		ExprValue	value = item;

		if ((value_selector != NULL &&
			 !mst_yaql_apply(call->cxt, value_selector, &item, 1, &value)) ||
			!mst_yaql_apply(call->cxt, key_selector, &item, 1, &key) ||
			!add_to_group(call->cxt, it->groups, &key, &value))
			return false;
	}
	*result = mst_value_iterator(&it->iterator);
	return next == EXPR_NEXT_END;
}

const YaqlBuiltin mst_yaql_order_functions[] =
{
	{"groupBy", YAQL_METHOD,
		"collection:iter keySelector:lambda valueSelector:lambda=null aggregator:lambda=null",
	fn_group_by},
	{"orderBy", YAQL_METHOD, "collection:iter selector:lambda", fn_order_by},
	{"orderByDescending", YAQL_METHOD, "collection:iter selector:lambda", fn_order_by_descending},
	{"thenBy", YAQL_METHOD, "collection:ordering selector:lambda", fn_then_by},
	{"thenByDescending", YAQL_METHOD, "collection:ordering selector:lambda", fn_then_by_descending},
	{NULL}
};
