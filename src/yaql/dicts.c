/*-------------------------------------------------------------------------
 *
 * dicts.c
 *	  Functions on dictionaries.
 *
 * None changes its argument: what would is done to a copy.
 *
 * Dictionaries of YAQL are never changed: set(), delete() and their like
 * give a copy.  Keys, values and items are views, which show as Python's
 * do.
 *
 * mergeWith() goes into mappings that both sides have, up to maxLevels;
 * lists are joined without what is there already, and other values are
 * replaced, unless a merger is given.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/dict.h"
#include "value/make.h"
#include "value/range.h"
#include "yaql/builtin_tables.h"
#include "yaql/sequences.h"

/* ---- making ---- */

/* Sets n pairs, key and value in turn. */
static bool
set_pairs(EvalContext *cxt, ExprDict *dict, const ExprValue *pairs, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (!mst_dict_set(cxt, dict, &pairs[2 * i], &pairs[2 * i + 1]))
			return false;
	}
	return true;
}

/* dict(key => value, ...) */
static bool
fn_dict(YaqlCall *call, ExprValue *result)
{
	ExprDict   *dict = mst_dict_new(call->nrest);

	*result = mst_value_dict(dict, true);
	return set_pairs(call->cxt, dict, call->rest, call->nrest);
}

/* The first two items of anything that has items. */
static bool
take_pair(EvalContext *cxt, const ExprValue *item, ExprValue pair[2])
{
	ExprCursor	cursor;

	if (!mst_cursor_open(cxt, &cursor, item))
		return false;
	for (int i = 0; i < 2; i++)
	{
		ExprNext	next = mst_cursor_next(cxt, &cursor, &pair[i]);

		if (next == EXPR_NEXT_END)
			return mst_expr_fail(cxt, "StopIteration", "%s", "");
		if (next == EXPR_NEXT_ERROR)
			return false;
	}
	return true;
}

/* dict([[key, value], ...]) */
static bool
fn_dict_of_pairs(YaqlCall *call, ExprValue *result)
{
	YaqlSource	source = mst_yaql_source(&call->args[0]);
	ExprDict   *dict = mst_dict_new(0);
	ExprValue	item;
	ExprValue	pair[2];
	ExprNext	next;

	while ((next = mst_yaql_draw(call->cxt, &source, &item)) == EXPR_NEXT_ITEM)
	{
		if (!take_pair(call->cxt, &item, pair) ||
			!mst_dict_set(call->cxt, dict, &pair[0], &pair[1]))
			return false;
	}
	*result = mst_value_dict(dict, true);
	return next == EXPR_NEXT_END;
}

/*
 * items.toDict(keySelector, valueSelector): the last of equal keys wins.
 * Unlike most of YAQL this draws at once, because a mapping has no lazy form.
 */
static bool
fn_to_dict(YaqlCall *call, ExprValue *result)
{
	YaqlSource	source = mst_yaql_source(&call->args[0]);
	const YaqlLambda *key_selector = mst_yaql_lambda(&call->args[1]);
	const YaqlLambda *value_selector = mst_yaql_lambda(&call->args[2]);
	ExprDict   *dict = mst_dict_new(0);
	ExprValue	item;
	ExprNext	next;

	while ((next = mst_yaql_draw(call->cxt, &source, &item)) == EXPR_NEXT_ITEM)
	{
		ExprValue	key;
		ExprValue	value = item;

		if (!mst_yaql_apply(call->cxt, key_selector, &item, 1, &key) ||
			(value_selector != NULL &&
			 !mst_yaql_apply(call->cxt, value_selector, &item, 1, &value)) ||
			!mst_dict_set(call->cxt, dict, &key, &value))
			return false;
	}
	*result = mst_value_dict(dict, false);
	return next == EXPR_NEXT_END;
}

/* ---- reading ---- */

/*
 * dict.get(key, default): default is null where it is not given. A key that
 * cannot be hashed fails instead of not being found.
 */
static bool
fn_get(YaqlCall *call, ExprValue *result)
{
	bool		found;

	if (!mst_dict_get(call->cxt, call->args[0].u.dict, &call->args[1], result, &found))
		return false;
	if (!found)
		*result = call->args[2];
	return true;
}

/* A view; one of a frozen dictionary looks different as text. */
static bool
make_view(YaqlCall *call, ExprViewKind which, ExprValue *result)
{
	*result = mst_value_view(call->args[0].u.dict, which);
	result->flags = call->args[0].flags & EXPR_FROZEN;
	return true;
}

/* dict.keys(): a view, which compares as a set. */
static bool
fn_keys(YaqlCall *call, ExprValue *result)
{
	return make_view(call, EXPR_VIEW_KEYS, result);
}

/*
 * dict.values(): a view, which shares the mapping instead of copying from it.
 */
static bool
fn_values(YaqlCall *call, ExprValue *result)
{
	return make_view(call, EXPR_VIEW_VALUES, result);
}

/* dict.items(): a view of pairs. */
static bool
fn_items(YaqlCall *call, ExprValue *result)
{
	return make_view(call, EXPR_VIEW_ITEMS, result);
}

/* dict.containsKey(key) */
static bool
fn_contains_key(YaqlCall *call, ExprValue *result)
{
	bool		found;

	if (!mst_dict_get(call->cxt, call->args[0].u.dict, &call->args[1], NULL, &found))
		return false;
	*result = mst_value_bool(found);
	return true;
}

/* dict.containsValue(value): compares one value after the other. */
static bool
fn_contains_value(YaqlCall *call, ExprValue *result)
{
	ExprValue	values = mst_value_view(call->args[0].u.dict, EXPR_VIEW_VALUES);
	bool		found;

	if (!mst_value_contains(call->cxt, &values, &call->args[1], &found))
		return false;
	*result = mst_value_bool(found);
	return true;
}

/* dict.len() */
static bool
fn_len(YaqlCall *call, ExprValue *result)
{
	*result = mst_value_int(mst_dict_length(call->args[0].u.dict));
	return true;
}

/* ---- changing a copy ---- */

/*
 * Begins the result of a function that changes a mapping: YAQL's data is never
 * changed, so each of them works on a copy. *copy is to be filled before
 * anybody sees *result. What set() returns is frozen and what delete() returns
 * is not, as in the reference.
 */
static bool
copy_of(YaqlCall *call, bool frozen, ExprDict **copy, ExprValue *result)
{
	if (!mst_dict_copy(call->cxt, call->args[0].u.dict, copy))
		return false;
	*result = mst_value_dict(*copy, frozen);
	return true;
}

/* dict.set(key, value): the mapping with that entry. */
static bool
fn_set(YaqlCall *call, ExprValue *result)
{
	ExprDict   *copy;

	return copy_of(call, true, &copy, result) &&
		mst_dict_set(call->cxt, copy, &call->args[1], &call->args[2]);
}

/* dict.set(other): the mapping with the other's entries, which win. */
static bool
fn_set_all(YaqlCall *call, ExprValue *result)
{
	ExprDict   *copy;

	return copy_of(call, true, &copy, result) &&
		mst_dict_update(call->cxt, copy, call->args[1].u.dict);
}

/* dict.set(key => value, ...): arguments written as mappings. */
static bool
fn_set_pairs(YaqlCall *call, ExprValue *result)
{
	ExprDict   *copy;

	return copy_of(call, true, &copy, result) &&
		set_pairs(call->cxt, copy, call->rest, call->nrest);
}

/*
 * dict.delete(key, ...): the mapping without those keys; one that is not there
 * is passed over.
 */
static bool
fn_delete(YaqlCall *call, ExprValue *result)
{
	ExprDict   *copy;
	bool		found;

	if (!copy_of(call, false, &copy, result))
		return false;
	for (int i = 0; i < call->nrest; i++)
	{
		if (!mst_dict_delete(call->cxt, copy, &call->rest[i], NULL, &found))
			return false;
	}
	return true;
}

/*
 * dict.deleteAll(keys): as delete(), with the keys in a collection that is
 * drawn to its end.
 */
static bool
fn_delete_all(YaqlCall *call, ExprValue *result)
{
	YaqlSource	source = mst_yaql_source(&call->args[1]);
	ExprDict   *copy;
	ExprValue	key;
	ExprNext	next;
	bool		found;

	if (!copy_of(call, false, &copy, result))
		return false;
	while ((next = mst_yaql_draw(call->cxt, &source, &key)) == EXPR_NEXT_ITEM)
	{
		if (!mst_dict_delete(call->cxt, copy, &key, NULL, &found))
			return false;
	}
	return next == EXPR_NEXT_END;
}

/* ---- deep merging ---- */

typedef struct Merger
{
	EvalContext *cxt;
	const YaqlLambda *lists;
	const YaqlLambda *items;
} Merger;

static bool merge_dicts(Merger *merger, ExprDict *left, ExprDict *right, int64 levels, ExprDict **result);

/*
 * Fails in the words of the reference, which name Python's classes of the two
 * values.
 */
static bool
fail_merge(Merger *merger, const ExprValue *left, const ExprValue *right)
{
	return mst_expr_fail(merger->cxt, "TypeError",
						 "Cannot merge <class '%s'> with <class '%s'>",
						 mst_value_type_name(left), mst_value_type_name(right));
}

/* Distinct items of both lists, by default. */
static bool
merge_lists(Merger *merger, const ExprValue *left, const ExprValue *right, ExprValue *result)
{
	EvalContext *cxt = merger->cxt;
	ExprValue	pair[2] = {*left, *right};
	ExprDict   *seen = mst_dict_new(0);
	ExprValue	set;

	if (merger->lists != NULL)
		return mst_yaql_apply(cxt, merger->lists, pair, 2, result);
	if (mst_value_is_frozen(left) != mst_value_is_frozen(right))
		return mst_expr_fail(cxt, "TypeError",
							 "can only concatenate %s (not \"%s\") to %s",
							 mst_value_type_name(left), mst_value_type_name(right),
							 mst_value_type_name(left));
	for (int i = 0; i < 2; i++)
	{
		int			n;
		ExprValue  *items = mst_yaql_items(cxt, &pair[i], &n);

		if (items == NULL)
			return false;
		for (int j = 0; j < n; j++)
		{
			if (!mst_set_add(cxt, seen, &items[j]))
				return false;
		}
	}
	set = mst_value_set(seen, true);
	return mst_yaql_to_list(cxt, &set, result);
}

/* Merges the values of a key that both sides have. */
static bool
merge_values(Merger *merger, const ExprValue *left, const ExprValue *right,
			 int64 levels, ExprValue *result)
{
	ExprValue	pair[2] = {*left, *right};
	ExprDict   *merged;

	if (levels != 1 && right->kind == EXPR_DICT)
	{
		if (left->kind != EXPR_DICT)
			return fail_merge(merger, left, right);
		if (!merge_dicts(merger, left->u.dict, right->u.dict,
						 levels == 0 ? 0 : levels - 1, &merged))
			return false;
		*result = mst_value_dict(merged, false);
		return true;
	}
	if (levels != 1 && right->kind == EXPR_LIST)
	{
		if (left->kind != EXPR_LIST)
			return fail_merge(merger, left, right);
		return merge_lists(merger, left, right, result);
	}
	if (merger->items != NULL)
		return mst_yaql_apply(merger->cxt, merger->items, pair, 2, result);
	*result = *right;
	return true;
}

/*
 * Merges the entries of "right" into "merged", which is the caller's own copy.
 * "levels" counts down to where values are no longer merged but replaced.
 */
static bool
merge_entries(Merger *merger, ExprDict *merged, ExprDict *right, int64 levels)
{
	EvalContext *cxt = merger->cxt;
	ExprValue	key;
	ExprValue	value;
	ExprValue	old;
	bool		more;
	bool		found;
	int			pos = 0;

	for (;;)
	{
		if (!mst_dict_next(cxt, right, &pos, &key, &value, &more))
			return false;
		if (!more)
			return true;
		if (!mst_dict_get(cxt, merged, &key, &old, &found) ||
			(found && !merge_values(merger, &old, &value, levels, &value)) ||
			!mst_dict_set(cxt, merged, &key, &value))
			return false;
	}
}

/*
 * Makes a new mapping of two, entry by entry; the depth is bounded by that of
 * evaluations, since the mappings come from users.
 */
static bool
merge_dicts(Merger *merger, ExprDict *left, ExprDict *right, int64 levels, ExprDict **result)
{
	bool		ok;

	if (!mst_expr_enter(merger->cxt))
		return false;
	ok = mst_dict_copy(merger->cxt, left, result) &&
		merge_entries(merger, *result, right, levels);
	mst_expr_leave(merger->cxt);
	return ok;
}

/* d.mergeWith(another, listMerger, itemMerger, maxLevels) */
static bool
fn_merge_with(YaqlCall *call, ExprValue *result)
{
	Merger		merger;
	ExprDict   *merged;

	merger.cxt = call->cxt;
	merger.lists = mst_yaql_lambda(&call->args[2]);
	merger.items = mst_yaql_lambda(&call->args[3]);
	if (!merge_dicts(&merger, call->args[0].u.dict, call->args[1].u.dict,
					 mst_number_clip(&call->args[4]), &merged))
		return false;
	*result = mst_value_dict(merged, false);
	return true;
}

const YaqlBuiltin mst_yaql_dict_functions[] =
{
	{"containsKey", YAQL_METHOD, "d:dict key:any?", fn_contains_key},
	{"containsValue", YAQL_METHOD, "d:dict value:any?", fn_contains_value},
	{"delete", YAQL_METHOD, "d:dict *keys:any?", fn_delete},
	{"deleteAll", YAQL_METHOD, "d:dict keys:iter", fn_delete_all},
	{"dict", YAQL_FUNCTION | YAQL_NO_NAMED, "*args:mapping", fn_dict},
	{"dict", YAQL_FUNCTION | YAQL_NO_NAMED, "items:iter", fn_dict_of_pairs},
	{"get", YAQL_METHOD, "d:dict key:any? default:any?=null", fn_get},
	{"items", YAQL_METHOD, "d:dict", fn_items},
	{"keys", YAQL_METHOD, "d:dict", fn_keys},
	{"len", YAQL_EXTENSION, "d:dict", fn_len},
	{"mergeWith", YAQL_METHOD,
		"d:dict another:dict listMerger:lambda=null itemMerger:lambda=null maxLevels:int=0",
	fn_merge_with},
	{"set", YAQL_METHOD | YAQL_NO_NAMED, "d:dict key:any? value:any?", fn_set},
	{"set", YAQL_METHOD | YAQL_NO_NAMED, "d:dict replacements:dict", fn_set_all},
	{"set", YAQL_METHOD | YAQL_NO_NAMED, "d:dict *args:mapping", fn_set_pairs},
	{"toDict", YAQL_METHOD, "collection:iter keySelector:lambda valueSelector:lambda=null", fn_to_dict},
	{"values", YAQL_METHOD, "d:dict", fn_values},
	{NULL}
};
