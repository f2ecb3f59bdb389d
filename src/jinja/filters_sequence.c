/*-------------------------------------------------------------------------
 *
 * filters_sequence.c
 *	  Filters of Jinja2 that work on lists and mappings.
 *
 * Items are compared by a key: the item, or what an attribute path leads
 * to, in lower case if it is text and case does not count.  Sorting is
 * stable, also in reverse, where equal items keep their order. unique and
 * batch are generators, as in Jinja2: nothing is drawn before somebody
 * asks, and a second pass finds nothing.
 *
 * first and last of nothing give an undefined value, max and min too, and
 * not an error. join escapes plain text that stands next to safe text.
 * batch with a size that is no number, and slice with fewer items than
 * pieces, do what Jinja2's loops do with them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "jinja/arguments.h"
#include "jinja/arithmetic.h"
#include "jinja/attributes.h"
#include "jinja/objects.h"
#include "value/compare.h"
#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "value/range.h"
#include "value/string.h"

/* ---- keys for sorting and comparing ---- */

/* How to get from an item to what it is compared by. */
typedef struct KeyGetter
{
	JinjaPath	path;
	bool		case_sensitive;
} KeyGetter;

/*
 * Prepares reading the key of items: the value at the end of a path, or the
 * item itself.
 */
static bool
make_key_getter(JinjaEval *ev, const ExprValue *attribute, const ExprValue *case_sensitive,
				KeyGetter *getter)
{
	getter->case_sensitive = case_sensitive->u.boolean;
	return mst_jinja_make_path(ev, attribute, &getter->path);
}

/*
 * Reads the key of one item. Strings are compared in lower case unless case
 * counts; anything else is its own key.
 */
static bool
get_key(JinjaEval *ev, const KeyGetter *getter, const ExprValue *item, ExprValue *key)
{
	ExprValue	value;

	if (!mst_jinja_follow_path(ev, &getter->path, item, &value))
		return false;
	*key = value;
	if (getter->case_sensitive || value.kind != EXPR_STRING)
		return true;
	return mst_string_lower(ev->cxt, &value, key);
}

/* arg: the JinjaEval */
static bool
key_less(EvalContext *cxt, const ExprValue *a, const ExprValue *b, void *arg, bool *result)
{
	return mst_jinja_compare(arg, JINJA_OP_LT, a, b, result);
}

/* Sorts items by their keys, stably, also in reverse. */
static bool
sort_by_keys(JinjaEval *ev, ExprValue *keys, ExprValue *items, int n, bool reverse, ExprList **result)
{
	if (reverse)
		for (int i = 0; i < n / 2; i++)
		{
			ExprValue	item = items[i];
			ExprValue	key = keys[i];

			items[i] = items[n - 1 - i];
			items[n - 1 - i] = item;
			keys[i] = keys[n - 1 - i];
			keys[n - 1 - i] = key;
		}
	if (!mst_value_sort(ev->cxt, keys, items, n, key_less, ev))
		return false;
	*result = mst_list_new(n);
	for (int i = 0; i < n; i++)
		if (!mst_list_append(ev->cxt, *result, &items[reverse ? n - 1 - i : i]))
			return false;
	return true;
}

/* Copies of a list's items. */
static bool
copy_items(JinjaEval *ev, ExprList *list, ExprValue **items, int *n)
{
	*n = mst_list_length(list);
	if (!mst_expr_charge(ev->cxt, (int64) *n * sizeof(ExprValue)))
		return false;
	*items = palloc(sizeof(ExprValue) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
		if (!mst_list_get(ev->cxt, list, i, &(*items)[i]))
			return false;
	return true;
}

/* ---- sort, dictsort, groupby, unique ---- */

/* "a,b.d": the key is a list of what the paths lead to. */
static bool
make_key_getters(JinjaEval *ev, const ExprValue *attribute, const ExprValue *case_sensitive,
				 KeyGetter **getters, int *n)
{
	ExprValue	comma = mst_value_cstring(",");
	ExprList   *parts;

	*n = 1;
	*getters = palloc(sizeof(KeyGetter));
	if (attribute->kind != EXPR_STRING)
		return make_key_getter(ev, attribute, case_sensitive, *getters);
	if (!mst_string_split(ev->cxt, attribute, &comma, -1, &parts))
		return false;
	*n = mst_list_length(parts);
	*getters = palloc(sizeof(KeyGetter) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
	{
		ExprValue	part;

		if (!mst_list_get(ev->cxt, parts, i, &part) ||
			!make_key_getter(ev, &part, case_sensitive, &(*getters)[i]))
			return false;
	}
	return true;
}

/*
 * Reads the keys of an item by several paths, as a list that is compared from
 * its first item on.
 */
static bool
get_keys(JinjaEval *ev, const KeyGetter *getters, int n, const ExprValue *item, ExprValue *key)
{
	ExprList   *list;

	if (n == 1)
		return get_key(ev, &getters[0], item, key);
	list = mst_list_new(n);
	for (int i = 0; i < n; i++)
	{
		ExprValue	part;

		if (!get_key(ev, &getters[i], item, &part) || !mst_list_append(ev->cxt, list, &part))
			return false;
	}
	*key = mst_value_list(list, false);
	return true;
}

/*
 * items
 *
 * sort(reverse, case_sensitive, attribute). Keys are read once for each item,
 * before the first comparison, because a path may be long. The sort is stable,
 * also in reverse, as Python's.
 */
static bool
filter_sort(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	KeyGetter  *getters;
	ExprList   *list;
	ExprValue  *items;
	ExprValue  *keys;
	int			ngetters;
	int			n;

	if (!make_key_getters(ev, &args[3], &args[2], &getters, &ngetters) ||
		!mst_jinja_to_list(ev, &args[0], &list) || !copy_items(ev, list, &items, &n))
		return false;
	keys = palloc(sizeof(ExprValue) * Max(n, 1));
	for (int i = 0; i < n; i++)
		if (!mst_expr_step(ev->cxt) || !get_keys(ev, getters, ngetters, &items[i], &keys[i]))
			return false;
	if (!sort_by_keys(ev, keys, items, n, args[1].u.boolean, &list))
		return false;
	*result = mst_value_list(list, false);
	return true;
}

/* Answers whether a value is this string. */
static bool
is_text(const ExprValue *value, const char *text)
{
	return value->kind == EXPR_STRING && value->len == strlen(text) &&
		memcmp(value->u.string, text, value->len) == 0;
}

/*
 * dict
 *
 * dictsort(case_sensitive, by, reverse): a list of pairs in the order of keys
 * or values.
 */
static bool
filter_dictsort(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	KeyGetter	getter = {{0}, args[1].u.boolean};
	ExprValue	view = mst_value_view(args[0].u.dict, EXPR_VIEW_ITEMS);
	ExprValue	pair;
	ExprList   *list;
	ExprValue  *items;
	ExprValue  *keys;
	int			n;
	int			by = 0;

	if (is_text(&args[2], "value"))
		by = 1;
	else if (!is_text(&args[2], "key"))
		return mst_jinja_fail(ev, "FilterArgumentError",
							  "You can only sort by either \"key\" or \"value\"");
	if (!mst_jinja_to_list(ev, &view, &list) || !copy_items(ev, list, &items, &n))
		return false;
	keys = palloc(sizeof(ExprValue) * Max(n, 1));
	for (int i = 0; i < n; i++)
		if (!mst_expr_step(ev->cxt) || !mst_list_get(ev->cxt, items[i].u.list, by, &pair) ||
			!get_key(ev, &getter, &pair, &keys[i]))
			return false;
	if (!sort_by_keys(ev, keys, items, n, args[3].u.boolean, &list))
		return false;
	*result = mst_value_list(list, false);
	return true;
}

/* Makes the pair (grouper, list) of one group. */
static bool
add_group(JinjaEval *ev, ExprList *groups, const ExprValue *grouper, ExprList *members)
{
	ExprValue	pair[2] = {*grouper, mst_value_list(members, false)};
	ExprValue	group = mst_value_list(mst_list_of(pair, 2), true);

	group.flags |= JINJA_GROUP_FLAG;
	return mst_list_append(ev->cxt, groups, &group);
}

/*
 * Gathers sorted items that have equal keys. The name of a group is the key as
 * the first of its items has it, although keys were compared in lower case.
 */
static bool
collect_groups(JinjaEval *ev, const KeyGetter *getter, const ExprValue *keys, ExprList *sorted,
			   ExprList *groups)
{
	KeyGetter	exact = *getter;
	int			n = mst_list_length(sorted);

	exact.case_sensitive = true;
	for (int i = 0; i < n;)
	{
		ExprList   *members = mst_list_new(0);
		ExprValue	first;
		ExprValue	grouper;
		int			start = i;

		if (!mst_list_get(ev->cxt, sorted, start, &first) ||
			!get_key(ev, &exact, &first, &grouper))
			return false;
		for (; i < n; i++)
		{
			ExprValue	item;
			bool		is_same = i == start;

			if (!is_same && !mst_jinja_compare(ev, JINJA_OP_EQ, &keys[start], &keys[i], &is_same))
				return false;
			if (!is_same)
				break;
			if (!mst_list_get(ev->cxt, sorted, i, &item) || !mst_list_append(ev->cxt, members, &item))
				return false;
		}
		if (!add_group(ev, groups, &grouper, members))
			return false;
	}
	return true;
}

/*
 * items
 *
 * groupby(attribute, default, case_sensitive): sorts by the attribute, and so
 * groups come in the order of their keys, and not in that of the items.
 */
static bool
filter_groupby(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	KeyGetter	getter;
	ExprList   *list;
	ExprList   *groups = mst_list_new(0);
	ExprValue  *items;
	ExprValue  *keys;
	int			n;

	if (!make_key_getter(ev, &args[1], &args[3], &getter) ||
		!mst_jinja_to_list(ev, &args[0], &list) || !copy_items(ev, list, &items, &n))
		return false;
	if (args[2].kind != EXPR_NULL)
		getter.path.default_value = &args[2];
	keys = palloc(sizeof(ExprValue) * Max(n, 1));
	for (int i = 0; i < n; i++)
		if (!mst_expr_step(ev->cxt) || !get_key(ev, &getter, &items[i], &keys[i]))
			return false;
	if (!sort_by_keys(ev, keys, items, n, false, &list) ||
		!collect_groups(ev, &getter, keys, list, groups))
		return false;
	*result = mst_value_list(groups, false);
	return true;
}

typedef struct UniqueIterator
{
	ExprIterator iterator;
	JinjaEval  *ev;
	ExprValue	source;
	ExprCursor	cursor;
	KeyGetter	getter;
	ExprDict   *seen;			/* NULL before the first item */
} UniqueIterator;

/*
 * Hands on the next item whose key was not met before. The source is opened
 * when the first item is asked for, as a generator of Python would.
 */
static ExprNext
next_unique(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	UniqueIterator *it = (UniqueIterator *) iterator;
	ExprNext	next;

	if (it->seen == NULL)
	{
		if (!mst_jinja_open(it->ev, &it->cursor, &it->source))
			return EXPR_NEXT_ERROR;
		it->seen = mst_dict_new(0);
	}
	while ((next = mst_cursor_next(cxt, &it->cursor, item)) == EXPR_NEXT_ITEM)
	{
		ExprValue	key;
		bool		found;

		if (!get_key(it->ev, &it->getter, item, &key) || !mst_jinja_check_defined(it->ev, &key) ||
			!mst_set_has(cxt, it->seen, &key, &found))
			return EXPR_NEXT_ERROR;
		if (found)
			continue;
		return mst_set_add(cxt, it->seen, &key) ? EXPR_NEXT_ITEM : EXPR_NEXT_ERROR;
	}
	return next;
}

static const ExprIteratorOps unique_ops = {"generator", next_unique};

/*
 * items
 *
 * unique(case_sensitive, attribute): an iterator. Keys have to be hashable.
 */
static bool
filter_unique(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	UniqueIterator *it = palloc0(sizeof(UniqueIterator));

	it->iterator.ops = &unique_ops;
	it->ev = ev;
	it->source = args[0];
	*result = mst_value_iterator(&it->iterator);
	return make_key_getter(ev, &args[2], &args[1], &it->getter);
}

/* ---- max, min, sum ---- */

/*
 * Finds the first item whose key no other one beats. Without items the result
 * is an undefined value and not an error, which the template may test.
 */
static bool
find_extreme(JinjaEval *ev, ExprValue *args, JinjaCompareOp op, ExprValue *result)
{
	KeyGetter	getter;
	ExprCursor	cursor;
	ExprValue	item;
	ExprValue	key;
	ExprValue	best_key;
	ExprNext	next;
	bool		is_first = true;

	if (!make_key_getter(ev, &args[2], &args[1], &getter) || !mst_jinja_open(ev, &cursor, &args[0]))
		return false;
	while ((next = mst_cursor_next(ev->cxt, &cursor, &item)) == EXPR_NEXT_ITEM)
	{
		bool		is_better = is_first;

		if (!get_key(ev, &getter, &item, &key) ||
			(!is_first && !mst_jinja_compare(ev, op, &key, &best_key, &is_better)))
			return false;
		is_first = false;
		if (!is_better)
			continue;
		*result = item;
		best_key = key;
	}
	if (next == EXPR_NEXT_END && is_first)
		*result = mst_jinja_undefined(NULL, "No aggregated item, sequence was empty.");
	return next == EXPR_NEXT_END;
}

/* items | max(case_sensitive, attribute) */
static bool
filter_max(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return find_extreme(ev, args, JINJA_OP_GT, result);
}

/* items | min(case_sensitive, attribute) */
static bool
filter_min(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return find_extreme(ev, args, JINJA_OP_LT, result);
}

/* Adds to the sum; lists are extended in place once the sum is a new one. */
static bool
add_to_sum(JinjaEval *ev, ExprValue *sum, const ExprValue *item, bool *is_own)
{
	ExprValue	next;

	if (*is_own && item->kind == EXPR_LIST && mst_value_is_frozen(item) == mst_value_is_frozen(sum))
	{
		int			n = mst_list_length(item->u.list);

		for (int i = 0; i < n; i++)
			if (!mst_list_get(ev->cxt, item->u.list, i, &next) ||
				!mst_list_append(ev->cxt, sum->u.list, &next))
				return false;
		return true;
	}
	if (!mst_jinja_arith(ev, EXPR_ADD, sum, item, &next))
		return false;
	*sum = next;
	*is_own = next.kind == EXPR_LIST;
	return true;
}

/*
 * items
 *
 * sum(attribute, start). Starts with 0, so strings cannot be added; Python
 * refuses a string as the start as well, and names what to use instead.
 */
static bool
filter_sum(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	JinjaPath	path;
	ExprCursor	cursor;
	ExprValue	item;
	ExprNext	next;
	bool		is_own = false;

	*result = args[2];
	if (!mst_jinja_make_path(ev, &args[1], &path) || !mst_jinja_open(ev, &cursor, &args[0]))
		return false;
	if (result->kind == EXPR_STRING)
		return mst_jinja_fail(ev, "TypeError", "sum() can't sum strings [use ''.join(seq) instead]");
	while ((next = mst_cursor_next(ev->cxt, &cursor, &item)) == EXPR_NEXT_ITEM)
		if (!mst_jinja_follow_path(ev, &path, &item, &item) ||
			!add_to_sum(ev, result, &item, &is_own))
			return false;
	return next == EXPR_NEXT_END;
}

/* ---- first, last, random, length, list, reverse ---- */

/* items | first: an iterator loses its first item by this. */
static bool
filter_first(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprCursor	cursor;
	ExprNext	next;

	if (!mst_jinja_open(ev, &cursor, &args[0]))
		return false;
	next = mst_cursor_next(ev->cxt, &cursor, result);
	if (next == EXPR_NEXT_END)
		*result = mst_jinja_undefined(NULL, "No first item, sequence was empty.");
	return next != EXPR_NEXT_ERROR;
}

/* Fails as Python's reversed() does. */
static bool
fail_not_reversible(JinjaEval *ev, const ExprValue *value)
{
	return mst_jinja_fail(ev, "TypeError", "'%s' object is not reversible", mst_value_type_name(value));
}

/*
 * items
 *
 * last: a list gives its last item at once; others are reversed, which those
 * without order or length cannot be.
 */
static bool
filter_last(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprValue	reversed;
	bool		found;
	ExprNext	next;

	if (args[0].kind == EXPR_LIST)
	{
		int			n = mst_list_length(args[0].u.list);

		if (n > 0)
			return mst_list_get(ev->cxt, args[0].u.list, n - 1, result);
	}
	if (!mst_jinja_reversed(ev, &args[0], &reversed, &found))
		return false;
	if (!found)
		return fail_not_reversible(ev, &args[0]);
	next = mst_iterator_next(ev->cxt, reversed.u.iterator, result);
	if (next == EXPR_NEXT_END)
		*result = mst_jinja_undefined(NULL, "No last item, sequence was empty.");
	return next != EXPR_NEXT_ERROR;
}

/* items | random: a set has no place to draw from, and fails as in Python. */
static bool
filter_random(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprValue	index;
	int64		length;

	if (!mst_jinja_length(ev, &args[0], &length))
		return false;
	if (length == 0)
	{
		*result = mst_jinja_undefined(NULL, "No random item, sequence was empty.");
		return true;
	}
	if (args[0].kind == EXPR_SET || args[0].kind == EXPR_VIEW)
		return mst_jinja_fail(ev, "TypeError", "'%s' object is not subscriptable",
							  mst_value_type_name(&args[0]));
	index = mst_value_int(mst_jinja_random((int) Min(length, PG_INT32_MAX)));
	return mst_jinja_get_item(ev, &args[0], &index, result);
}

/* items | length, or count */
static bool
filter_length(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	int64		length;

	if (!mst_jinja_length(ev, &args[0], &length))
		return false;
	*result = mst_value_int(length);
	return true;
}

/* items | list: a new list, also of a list; of a string its characters. */
static bool
filter_list(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprList   *list;

	if (!mst_jinja_to_list(ev, &args[0], &list))
		return false;
	*result = mst_value_list(list, false);
	return true;
}

/*
 * items
 *
 * reverse: a string backwards; of a sequence an iterator; of an iterator a
 * list, since it has to be read to its end.
 */
static bool
filter_reverse(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprValue	null = mst_value_null();
	ExprValue	items;
	ExprList   *list;
	bool		found;

	if (args[0].kind == EXPR_STRING)
	{
		if (!mst_string_slice_step(ev->cxt, &args[0], &null, &null, -1, result))
			return false;
		result->flags |= args[0].flags & EXPR_MARKUP;
		return true;
	}
	if (!mst_jinja_reversed(ev, &args[0], result, &found))
		return false;
	if (found)
		return true;
	if (!mst_jinja_is_iterable(&args[0]))
		return mst_jinja_fail(ev, "FilterArgumentError", "argument must be iterable");
	if (!mst_jinja_to_list(ev, &args[0], &list))
		return false;
	items = mst_value_list(list, false);
	if (!mst_jinja_reversed(ev, &items, result, &found) || !mst_value_to_list(ev->cxt, result, &list))
		return false;
	*result = mst_value_list(list, false);
	return true;
}

/* ---- join ---- */

/* The items' text with a separator; under autoescape next to safe text it is escaped. */
static bool
join_list(JinjaEval *ev, StringInfo out, ExprList *list, const ExprValue *separator, bool escape)
{
	ExprValue	item;

	for (int i = 0; i < mst_list_length(list); i++)
	{
		if (i > 0 && !mst_jinja_append_text(ev, out, separator))
			return false;
		if (!mst_list_get(ev->cxt, list, i, &item) ||
			(escape && !mst_jinja_escape(ev, &item, &item)) ||
			!mst_jinja_append_text(ev, out, &item))
			return false;
	}
	return true;
}

/*
 * items
 *
 * join(separator, attribute). Where one of the items or the separator is safe,
 * and escaping is on, all others are escaped first and the result is safe; so
 * all items are read before the first one is written.
 */
static bool
filter_join(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprValue	separator = args[1];
	ExprValue	item;
	ExprList   *list = mst_list_new(0);
	JinjaPath	path;
	ExprCursor	cursor;
	ExprNext	next;
	StringInfoData out;
	bool		has_safe;

	if (!mst_jinja_make_path(ev, &args[2], &path) || !mst_jinja_open(ev, &cursor, &args[0]))
		return false;
	has_safe = mst_jinja_is_markup(&separator);
	while ((next = mst_cursor_next(ev->cxt, &cursor, &item)) == EXPR_NEXT_ITEM)
	{
		if (!mst_jinja_follow_path(ev, &path, &item, &item) || !mst_list_append(ev->cxt, list, &item))
			return false;
		has_safe |= mst_jinja_is_markup(&item);
	}
	if (next == EXPR_NEXT_ERROR)
		return false;
	has_safe &= ev->autoescape;
	if (has_safe && !mst_jinja_escape(ev, &separator, &separator))
		return false;
	mst_text_init(&out);
	if (!join_list(ev, &out, list, &separator, has_safe))
		return false;
	*result = mst_value_string_from(&out);
	if (has_safe)
		*result = mst_jinja_markup(*result);
	return true;
}

/* ---- batch, slice, items ---- */

typedef struct BatchIterator
{
	ExprIterator iterator;
	JinjaEval  *ev;
	ExprValue	args[3];
	ExprCursor	cursor;
	int64		size;			/* -1: no number of items, so there is one
								 * batch */
	bool		is_open;
	bool		is_done;
	bool		has_first;		/* drawn behind the empty batch of size 0 */
	ExprValue	first;
} BatchIterator;

/* Returns the size of batches, to which the number of items is compared. */
static int64
batch_size(const ExprValue *value)
{
	double		whole;

	if (mst_value_is_integral(value))
		return Max(mst_number_clip(value), -1);
	if (value->kind == EXPR_FLOAT && modf(value->u.real, &whole) == 0.0 && whole >= 0.0 && whole < 1e15)
		return (int64) whole;
	return -1;
}

/* Appends the filler until the batch has its size. */
static bool
fill_batch(BatchIterator *it, ExprList *batch)
{
	if (it->args[2].kind == EXPR_NULL)
		return true;
	if (!mst_value_is_number(&it->args[1]) && it->args[1].kind != EXPR_BOOL)
		return mst_jinja_fail(it->ev, "TypeError", "'<' not supported between instances of 'int' and '%s'",
							  mst_value_type_name(&it->args[1]));
	if (it->args[1].kind == EXPR_FLOAT && mst_list_length(batch) < it->args[1].u.real)
		return mst_jinja_fail(it->ev, "TypeError", "can't multiply sequence by non-int of type 'float'");
	while (mst_list_length(batch) < it->size)
		if (!mst_expr_step(it->ev->cxt) || !mst_list_append(it->ev->cxt, batch, &it->args[2]))
			return false;
	return true;
}

/* Batches of nothing begin with one, if there is an item at all. */
static ExprNext
next_empty_batch(BatchIterator *it, ExprValue *item)
{
	ExprNext	next = mst_cursor_next(it->ev->cxt, &it->cursor, &it->first);

	it->has_first = next == EXPR_NEXT_ITEM;
	it->is_done = next == EXPR_NEXT_END;
	*item = mst_value_list(mst_list_new(0), false);
	return next;
}

/*
 * Hands on the next batch; the last one is filled up where the filter says
 * with what. A size of 0 gives one empty batch first, as the reference does,
 * whose comparison comes after the first item.
 */
static ExprNext
next_batch(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	BatchIterator *it = (BatchIterator *) iterator;
	ExprList   *batch = mst_list_new(0);
	ExprNext	next = EXPR_NEXT_ITEM;
	ExprValue	value;

	if (it->is_done)
		return EXPR_NEXT_END;
	if (!it->is_open)
	{
		it->is_open = true;
		if (!mst_jinja_open(it->ev, &it->cursor, &it->args[0]))
			return EXPR_NEXT_ERROR;
		if (it->size == 0)
			return next_empty_batch(it, item);
	}
	if (it->has_first && !mst_list_append(cxt, batch, &it->first))
		return EXPR_NEXT_ERROR;
	it->has_first = false;
	/* an empty batch is full only once: then there is only one more */
	while ((it->size <= 0 || mst_list_length(batch) < it->size) &&
		   (next = mst_cursor_next(cxt, &it->cursor, &value)) == EXPR_NEXT_ITEM)
		if (!mst_list_append(cxt, batch, &value))
			return EXPR_NEXT_ERROR;
	if (next == EXPR_NEXT_ERROR)
		return EXPR_NEXT_ERROR;
	if (next == EXPR_NEXT_END)
	{
		it->is_done = true;
		if (mst_list_length(batch) == 0)
			return EXPR_NEXT_END;
		if (!fill_batch(it, batch))
			return EXPR_NEXT_ERROR;
	}
	*item = mst_value_list(batch, false);
	return EXPR_NEXT_ITEM;
}

static const ExprIteratorOps batch_ops = {"generator", next_batch};

/* items | batch(linecount, fill_with): an iterator. */
static bool
filter_batch(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	BatchIterator *it = palloc0(sizeof(BatchIterator));

	it->iterator.ops = &batch_ops;
	it->ev = ev;
	memcpy(it->args, args, sizeof(it->args));
	it->size = batch_size(&args[1]);
	*result = mst_value_iterator(&it->iterator);
	return true;
}

/*
 * Cuts the items into a number of slices, the first of which are longer by one
 * where that does not come out even; the others are filled up where the filter
 * says with what.
 */
static bool
build_slices(JinjaEval *ev, const ExprValue *args, ExprList **result)
{
	ExprList   *items;
	int64		slices;
	int64		size;
	int64		extra;
	int64		from = 0;

	if (!mst_jinja_to_list(ev, &args[0], &items) || !mst_jinja_int_argument(ev, &args[1], &slices))
		return false;
	if (slices == 0)
		return mst_jinja_fail(ev, "ZeroDivisionError", "integer division or modulo by zero");
	*result = mst_list_new(0);
	size = mst_list_length(items) / slices;
	extra = mst_list_length(items) % slices;
	for (int64 i = 0; i < slices; i++)
	{
		int64		to = from + size + (i < extra ? 1 : 0);
		ExprList   *slice;
		ExprValue	value;

		if (!mst_expr_step(ev->cxt) || !mst_list_slice(ev->cxt, items, (int) from, (int) to, &slice))
			return false;
		if (i >= extra && args[2].kind != EXPR_NULL &&
			!mst_list_append(ev->cxt, slice, &args[2]))
			return false;
		value = mst_value_list(slice, false);
		if (!mst_list_append(ev->cxt, *result, &value))
			return false;
		from = to;
	}
	return true;
}

/*
 * items
 *
 * slice(slices, fill_with): reads all items, but only when the result is used.
 */
static bool
filter_slice(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = mst_jinja_lazy_list(ev, build_slices, args, 3);
	return true;
}

/* Makes the pairs of a mapping; none of an undefined value. */
static bool
build_items(JinjaEval *ev, const ExprValue *args, ExprList **result)
{
	ExprValue	view;

	if (args[0].kind == EXPR_UNDEFINED)
	{
		*result = mst_list_new(0);
		return true;
	}
	if (args[0].kind != EXPR_DICT)
		return mst_jinja_fail(ev, "TypeError", "Can only get item pairs from a mapping.");
	view = mst_value_view(args[0].u.dict, EXPR_VIEW_ITEMS);
	return mst_jinja_to_list(ev, &view, result);
}

/*
 * value
 *
 * items: fails for what is no mapping only when the result is used, as a
 * generator of Python does.
 */
static bool
filter_items(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = mst_jinja_lazy_list(ev, build_items, args, 1);
	return true;
}

/* ---- default, attr ---- */

/*
 * value
 *
 * default(default_value, boolean): replaces an undefined value; with boolean
 * whatever counts as false.
 */
static bool
filter_default(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	bool		boolean;
	bool		replace = args[0].kind == EXPR_UNDEFINED;

	if (!replace)
	{
		if (!mst_jinja_truth(ev, &args[2], &boolean))
			return false;
		replace = boolean && !mst_value_is_true(&args[0]);
	}
	*result = replace ? args[1] : args[0];
	return true;
}

/* value | attr(name): the attribute, and never an item of that name. */
static bool
filter_attr(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return mst_jinja_get_only_attribute(ev, &args[0], args[1].u.string, args[1].len, result);
}

const JinjaBuiltin mst_jinja_sequence_filters[] = {
	{"attr", filter_attr, JINJA_TAKES("obj:anything name:text")},
	{"batch", filter_batch, JINJA_TAKES("value:lazyiter linecount:any? fill_with:anything=null")},
	{"count", filter_length, JINJA_TAKES("obj:any?"), .python_name = "len"},
	{"d", filter_default, JINJA_TAKES("value:anything default_value:anything='' boolean:anything=false"), .python_name = "do_default"},
	{"default", filter_default, JINJA_TAKES("value:anything default_value:anything='' boolean:anything=false")},
	{"dictsort", filter_dictsort, JINJA_TAKES("value:dict case_sensitive:bool=false by:any?='key' reverse:bool=false")},
	{"first", filter_first, JINJA_TAKES("seq:iter")},
	{"groupby", filter_groupby, JINJA_TAKES("value:iter attribute:anything default:anything=null case_sensitive:bool=false")},
	{"items", filter_items, JINJA_TAKES("value:lazyiter")},
	{"join", filter_join, JINJA_TAKES("value:iter d:text='' attribute:anything=null")},
	{"last", filter_last, JINJA_TAKES("seq:any?")},
	{"length", filter_length, JINJA_TAKES("obj:any?"), .python_name = "len"},
	{"list", filter_list, JINJA_TAKES("value:iter")},
	{"max", filter_max, JINJA_TAKES("value:iter case_sensitive:bool=false attribute:anything=null")},
	{"min", filter_min, JINJA_TAKES("value:iter case_sensitive:bool=false attribute:anything=null")},
	{"random", filter_random, JINJA_TAKES("seq:any?"), .needs_context = true},
	{"reverse", filter_reverse, JINJA_TAKES("value:any?")},
	{"slice", filter_slice, JINJA_TAKES("value:lazyiter slices:anything fill_with:anything=null")},
	{"sort", filter_sort, JINJA_TAKES("value:iter reverse:bool=false case_sensitive:bool=false attribute:anything=null")},
	{"sum", filter_sum, JINJA_TAKES("iterable:iter attribute:anything=null start:anything=0")},
	{"unique", filter_unique, JINJA_TAKES("value:lazyiter case_sensitive:bool=false attribute:anything=null")},
	{NULL}
};
