/*-------------------------------------------------------------------------
 *
 * methods_container.c
 *	  Methods of lists, tuples, dictionaries, sets, views and ranges, as
 *	  Jinja2 expressions can call them.
 *
 * Those that change a list or dictionary change it for everybody who has it
 * during the evaluation.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/arithmetic.h"
#include "jinja/callables.h"
#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "value/text.h"

/* The result of methods that change their value. */
static bool
give_null(ExprValue *result)
{
	*result = mst_value_null();
	return true;
}

/* ---- lists ---- */

/* list.append(item) */
static bool
list_append(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return mst_list_append(ev->cxt, args[0].u.list, &args[1]) && give_null(result);
}

/* list.clear() */
static bool
list_clear(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return mst_list_remove(ev->cxt, args[0].u.list, 0, mst_list_length(args[0].u.list)) &&
		give_null(result);
}

/* list.copy(): the items are shared. */
static bool
list_copy(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprList   *copy;

	if (!mst_list_slice(ev->cxt, args[0].u.list, 0, mst_list_length(args[0].u.list), &copy))
		return false;
	*result = mst_value_list(copy, false);
	return true;
}

/* list.count(item) */
static bool
list_count(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	int64		count = 0;

	for (int i = 0; i < mst_list_length(args[0].u.list); i++)
	{
		ExprValue	item;
		bool		is_equal;

		if (!mst_expr_step(ev->cxt) || !mst_list_get(ev->cxt, args[0].u.list, i, &item) ||
			!mst_jinja_compare(ev, JINJA_OP_EQ, &item, &args[1], &is_equal))
			return false;
		count += is_equal ? 1 : 0;
	}
	*result = mst_value_int(count);
	return true;
}

/* list.extend(items) */
static bool
list_extend(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprList   *items;

	/* the list may be extended by itself, so its items are copied first */
	if (!mst_jinja_to_list(ev, &args[1], &items))
		return false;
	for (int i = 0; i < mst_list_length(items); i++)
	{
		ExprValue	item;

		if (!mst_list_get(ev->cxt, items, i, &item) ||
			!mst_list_append(ev->cxt, args[0].u.list, &item))
			return false;
	}
	return give_null(result);
}

/*
 * Returns an index that counts from the end when negative, clipped to the
 * list.
 */
static int
clip_index(int64 index, int length)
{
	if (index < 0)
		index += length;
	return (int) Max(Min(index, length), 0);
}

/* Finds the first item that is equal, from index `from` to before `to`; -1 when there is none. */
static bool
find_item(JinjaEval *ev, ExprList *list, const ExprValue *wanted, int from, int to, int *at)
{
	*at = -1;
	for (int i = from; i < Min(to, mst_list_length(list)); i++)
	{
		ExprValue	item;
		bool		is_equal;

		if (!mst_expr_step(ev->cxt) || !mst_list_get(ev->cxt, list, i, &item) ||
			!mst_jinja_compare(ev, JINJA_OP_EQ, &item, wanted, &is_equal))
			return false;
		if (is_equal)
		{
			*at = i;
			return true;
		}
	}
	return true;
}

/*
 * list.index(item, start, stop); the message of a tuple is another one, as in
 * Python.
 */
static bool
list_index(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	int			length = mst_list_length(args[0].u.list);
	int			from = clip_index(args[2].u.integer, length);
	int			to = mst_jinja_is_given(&args[3]) ? clip_index(args[3].u.integer, length) : length;
	int			at;

	if (!find_item(ev, args[0].u.list, &args[1], from, to, &at))
		return false;
	*result = mst_value_int(at);
	if (at >= 0)
		return true;
	if (mst_value_is_frozen(&args[0]))
		return mst_jinja_fail(ev, "ValueError", "tuple.index(x): x not in tuple");
	return mst_jinja_fail(ev, "ValueError", "%s is not in list", mst_value_brief(ev->cxt, &args[1]));
}

/* list.insert(index, item): an index beyond an end means that end. */
static bool
list_insert(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	int			at = clip_index(args[1].u.integer, mst_list_length(args[0].u.list));

	return mst_list_insert(ev->cxt, args[0].u.list, at, &args[2]) &&
		give_null(result);
}

/* list.pop(index): the last item, where no index is given. */
static bool
list_pop(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	int			length = mst_list_length(args[0].u.list);
	int64		at = args[1].u.integer;

	if (length == 0)
		return mst_jinja_fail(ev, "IndexError", "pop from empty list");
	if (at < 0)
		at += length;
	if (at < 0 || at >= length)
		return mst_jinja_fail(ev, "IndexError", "pop index out of range");
	return mst_list_get(ev->cxt, args[0].u.list, (int) at, result) &&
		mst_list_remove(ev->cxt, args[0].u.list, (int) at, 1);
}

/* list.remove(item): the first that is equal. */
static bool
list_remove(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	int			at;

	if (!find_item(ev, args[0].u.list, &args[1], 0, PG_INT32_MAX, &at))
		return false;
	if (at < 0)
		return mst_jinja_fail(ev, "ValueError", "list.remove(x): x not in list");
	return mst_list_remove(ev->cxt, args[0].u.list, at, 1) && give_null(result);
}

/* list.reverse(): in place. */
static bool
list_reverse(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	int			n = mst_list_length(args[0].u.list);

	for (int i = 0; i < n / 2; i++)
	{
		ExprValue	a;
		ExprValue	b;

		if (!mst_list_get(ev->cxt, args[0].u.list, i, &a) ||
			!mst_list_get(ev->cxt, args[0].u.list, n - 1 - i, &b) ||
			!mst_list_set(ev->cxt, args[0].u.list, i, &b) ||
			!mst_list_set(ev->cxt, args[0].u.list, n - 1 - i, &a))
			return false;
	}
	return give_null(result);
}

/* list.sort(key=none, reverse=false) is the filter, done in place. */
static bool
list_sort(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	const JinjaBuiltin *sort = mst_jinja_find_filter("sort", 4);
	const char *names[] = {"case_sensitive", "reverse"};
	ExprValue	values[2] = {mst_value_bool(true), args[2]};
	JinjaArguments options = {NULL, 0, names, values, 2};
	ExprValue	item;

	if (args[1].kind != EXPR_NULL && mst_list_length(args[0].u.list) > 0)
		return mst_jinja_fail(ev, "TypeError", "sort() cannot call a key function here");
	if (!mst_jinja_call_builtin(ev, sort, &args[0], &options, result))
		return false;
	for (int i = 0; i < mst_list_length(result->u.list); i++)
		if (!mst_list_get(ev->cxt, result->u.list, i, &item) ||
			!mst_list_set(ev->cxt, args[0].u.list, i, &item))
			return false;
	return give_null(result);
}

const JinjaBuiltin mst_jinja_list_methods[] = {
	{"append", list_append, JINJA_TAKES("self:list item:anything /")},
	{"clear", list_clear, JINJA_TAKES("self:list /")},
	{"copy", list_copy, JINJA_TAKES("self:list /")},
	{"count", list_count, JINJA_TAKES("self:list item:anything /")},
	{"extend", list_extend, JINJA_TAKES("self:list items:iter /")},
	{"index", list_index, JINJA_TAKES("self:list item:anything start:int=0 stop:int=none /")},
	{"insert", list_insert, JINJA_TAKES("self:list index:int item:anything /")},
	{"pop", list_pop, JINJA_TAKES("self:list index:int=-1 /")},
	{"remove", list_remove, JINJA_TAKES("self:list item:anything /")},
	{"reverse", list_reverse, JINJA_TAKES("self:list /")},
	{"sort", list_sort, JINJA_TAKES("self:list / * key:any?=null reverse:bool=false")},
	{NULL}
};

const JinjaBuiltin mst_jinja_tuple_methods[] = {
	{"count", list_count, JINJA_TAKES("self:tuple item:anything /")},
	{"index", list_index, JINJA_TAKES("self:tuple item:anything start:int=0 stop:int=none /")},
	{NULL}
};

/* ---- dictionaries ---- */

/* dict.clear() */
static bool
dict_clear(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return mst_dict_clear(ev->cxt, args[0].u.dict) && give_null(result);
}

/* dict.copy(): the values are shared. */
static bool
dict_copy(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprDict   *copy;

	if (!mst_dict_copy(ev->cxt, args[0].u.dict, &copy))
		return false;
	*result = mst_value_dict(copy, false);
	return true;
}

/* dict.fromkeys(keys, value): all keys share the one value. */
static bool
dict_fromkeys(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprDict   *dict = mst_dict_new(0);
	ExprValue	key;
	ExprCursor	cursor;
	ExprNext	next;

	if (!mst_jinja_open(ev, &cursor, &args[1]))
		return false;
	while ((next = mst_cursor_next(ev->cxt, &cursor, &key)) == EXPR_NEXT_ITEM)
		if (!mst_dict_set(ev->cxt, dict, &key, &args[2]))
			return false;
	*result = mst_value_dict(dict, false);
	return next == EXPR_NEXT_END;
}

/* dict.get(key, default) */
static bool
dict_get(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	bool		found;

	if (!mst_dict_get(ev->cxt, args[0].u.dict, &args[1], result, &found))
		return false;
	if (!found)
		*result = args[2];
	return true;
}

/* dict.items(): a view, which shows later changes. */
static bool
dict_items(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = mst_value_view(args[0].u.dict, EXPR_VIEW_ITEMS);
	return true;
}

/* dict.keys(): a view, which shows later changes. */
static bool
dict_keys(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = mst_value_view(args[0].u.dict, EXPR_VIEW_KEYS);
	return true;
}

/* dict.values(): a view, which shows later changes. */
static bool
dict_values(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = mst_value_view(args[0].u.dict, EXPR_VIEW_VALUES);
	return true;
}

/*
 * dict.pop(key, default): fails for a key that is not there, unless there is a
 * default.
 */
static bool
dict_pop(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	bool		found;

	if (!mst_dict_delete(ev->cxt, args[0].u.dict, &args[1], result, &found))
		return false;
	if (found)
		return true;
	*result = args[2];
	return mst_jinja_is_given(&args[2]) ||
		mst_jinja_fail(ev, "KeyError", "%s", mst_value_brief(ev->cxt, &args[1]));
}

/*
 * dict.popitem(): removes the entry that was added last, and gives it as a
 * pair.
 */
static bool
dict_popitem(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprValue	view = mst_value_view(args[0].u.dict, EXPR_VIEW_KEYS);
	ExprValue	pair[2];
	ExprList   *keys;
	int			n = mst_dict_length(args[0].u.dict);
	bool		found;

	if (n == 0)
		return mst_jinja_fail(ev, "KeyError", "'popitem(): dictionary is empty'");
	if (!mst_jinja_to_list(ev, &view, &keys) || !mst_list_get(ev->cxt, keys, n - 1, &pair[0]) ||
		!mst_dict_delete(ev->cxt, args[0].u.dict, &pair[0], &pair[1], &found))
		return false;
	*result = mst_value_list(mst_list_of(pair, 2), true);
	return true;
}

/*
 * dict.setdefault(key, default): the value, which is entered if it was not
 * there.
 */
static bool
dict_setdefault(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	bool		found;

	if (!mst_dict_get(ev->cxt, args[0].u.dict, &args[1], result, &found))
		return false;
	if (found)
		return true;
	*result = args[2];
	return mst_dict_set(ev->cxt, args[0].u.dict, &args[1], result);
}

/* dict.update(other, name=value, ...): a mapping or pairs, then the names. */
static bool
dict_update(JinjaEval *ev, const JinjaArguments *args, ExprValue *result)
{
	ExprDict   *dict = args->values[0].u.dict;

	if (args->count == 2 && !mst_jinja_update_dict(ev, dict, &args->values[1]))
		return false;
	for (int i = 0; i < args->nnamed; i++)
		if (!mst_dict_set_name(ev->cxt, dict, args->names[i], &args->named[i]))
			return false;
	return give_null(result);
}

const JinjaBuiltin mst_jinja_dict_methods[] = {
	{"clear", dict_clear, JINJA_TAKES("self:dict /")},
	{"copy", dict_copy, JINJA_TAKES("self:dict /")},
	{"fromkeys", dict_fromkeys, JINJA_TAKES("self:dict keys:iter value:anything=null /")},
	{"get", dict_get, JINJA_TAKES("self:dict key:any? default:anything=null /")},
	{"items", dict_items, JINJA_TAKES("self:dict /")},
	{"keys", dict_keys, JINJA_TAKES("self:dict /")},
	{"pop", dict_pop, JINJA_TAKES("self:dict key:any? default:anything=none /")},
	{"popitem", dict_popitem, JINJA_TAKES("self:dict /")},
	{"setdefault", dict_setdefault, JINJA_TAKES("self:dict key:any? default:anything=null /")},
	{"update", .variadic = dict_update, JINJA_TAKES("self:dict items:anything=none / **entries:anything")},
	{"values", dict_values, JINJA_TAKES("self:dict /")},
	{NULL}
};

/* ---- sets and views ---- */

/* A set of the items of anything iterable. */
static bool
make_set(JinjaEval *ev, const ExprValue *source, ExprDict **set)
{
	ExprCursor	cursor;
	ExprValue	item;
	ExprNext	next;

	*set = mst_dict_new(0);
	if (!mst_jinja_open(ev, &cursor, source))
		return false;
	while ((next = mst_cursor_next(ev->cxt, &cursor, &item)) == EXPR_NEXT_ITEM)
		if (!mst_set_add(ev->cxt, *set, &item))
			return false;
	return next == EXPR_NEXT_END;
}

/* self combined with one other */
static bool
combine_sets(JinjaEval *ev, ExprValue *args, ExprSetOp op, ExprDict **result)
{
	ExprDict   *left;
	ExprDict   *right;

	return make_set(ev, &args[0], &left) && make_set(ev, &args[1], &right) &&
		mst_set_combine(ev->cxt, op, left, right, result);
}

/*
 * Combines a set with what its argument iterates over, which need not be a
 * set; unlike the operators.
 */
static bool
set_combine(JinjaEval *ev, ExprValue *args, ExprSetOp op, ExprValue *result)
{
	ExprDict   *set;

	if (!combine_sets(ev, args, op, &set))
		return false;
	*result = mst_value_set(set, false);
	return true;
}

/* set.difference(items) */
static bool
set_difference(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return set_combine(ev, args, EXPR_SET_DIFFERENCE, result);
}

/* set.intersection(items) */
static bool
set_intersection(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return set_combine(ev, args, EXPR_SET_INTERSECTION, result);
}

/* set.symmetric_difference(items) */
static bool
set_symmetric_difference(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return set_combine(ev, args, EXPR_SET_SYMMETRIC_DIFFERENCE, result);
}

/* set.union(items) */
static bool
set_union(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return set_combine(ev, args, EXPR_SET_UNION, result);
}

/* set.isdisjoint(items): whether nothing is in both. */
static bool
set_isdisjoint(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprDict   *common;

	if (!combine_sets(ev, args, EXPR_SET_INTERSECTION, &common))
		return false;
	*result = mst_value_bool(mst_dict_length(common) == 0);
	return true;
}

/* set.issubset(items): whether nothing is left without the items. */
static bool
set_issubset(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprDict   *rest;

	if (!combine_sets(ev, args, EXPR_SET_DIFFERENCE, &rest))
		return false;
	*result = mst_value_bool(mst_dict_length(rest) == 0);
	return true;
}

/* set.issuperset(items) */
static bool
set_issuperset(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprValue	swapped[2] = {args[1], args[0]};

	return set_issubset(ev, swapped, result);
}

const JinjaBuiltin mst_jinja_set_methods[] = {
	{"difference", set_difference, JINJA_TAKES("self:set other:iter /")},
	{"intersection", set_intersection, JINJA_TAKES("self:set other:iter /")},
	{"isdisjoint", set_isdisjoint, JINJA_TAKES("self:set other:iter /")},
	{"issubset", set_issubset, JINJA_TAKES("self:set other:iter /")},
	{"issuperset", set_issuperset, JINJA_TAKES("self:set other:iter /")},
	{"symmetric_difference", set_symmetric_difference, JINJA_TAKES("self:set other:iter /")},
	{"union", set_union, JINJA_TAKES("self:set other:iter /")},
	{NULL}
};

const JinjaBuiltin mst_jinja_view_methods[] = {
	{"isdisjoint", set_isdisjoint, JINJA_TAKES("self:view other:iter /")},
	{NULL}
};

/* ---- ranges ---- */

/* range.start */
static bool
range_start(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = mst_value_int(args[0].u.range->start);
	return true;
}

/* range.stop */
static bool
range_stop(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = mst_value_int(args[0].u.range->stop);
	return true;
}

/* range.step */
static bool
range_step(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = mst_value_int(args[0].u.range->step);
	return true;
}

/*
 * Finds the place of a number in a range by its list, which is bounded as any:
 * these methods are hardly used.
 */
static bool
find_in_range(JinjaEval *ev, ExprValue *args, int *at)
{
	ExprList   *items;

	return mst_jinja_to_list(ev, &args[0], &items) &&
		find_item(ev, items, &args[1], 0, PG_INT32_MAX, at);
}

/* range.count(number): 0 or 1. */
static bool
range_count(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	int			at;

	if (!find_in_range(ev, args, &at))
		return false;
	*result = mst_value_int(at >= 0 ? 1 : 0);
	return true;
}

/* range.index(number) */
static bool
range_index(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	int			at;

	if (!find_in_range(ev, args, &at))
		return false;
	*result = mst_value_int(at);
	return at >= 0 ||
		mst_jinja_fail(ev, "ValueError", "%s is not in range", mst_value_brief(ev->cxt, &args[1]));
}

const JinjaBuiltin mst_jinja_range_methods[] = {
	{"count", range_count, JINJA_TAKES("self:range item:anything /")},
	{"index", range_index, JINJA_TAKES("self:range item:anything /")},
	{"start", .property = range_start, JINJA_TAKES("self:range /")},
	{"step", .property = range_step, JINJA_TAKES("self:range /")},
	{"stop", .property = range_stop, JINJA_TAKES("self:range /")},
	{NULL}
};
