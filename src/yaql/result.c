/*-------------------------------------------------------------------------
 *
 * result.c
 *	  What leaves a YAQL expression.
 *
 * Lists and dictionaries become plain at every level, lazy sequences and
 * values views become lists, sets stay sets and key and item views become
 * some.  As keys and members are converted too, a list used as one is then no
 * longer hashable; the reference fails there as well.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/dict.h"
#include "value/external.h"
#include "value/list.h"
#include "value/make.h"
#include "yaql/result.h"
#include "yaql/sequences.h"

/* A key or member: what it becomes must be hashable. */
static bool
convert_member(EvalContext *cxt, const ExprValue *v, ExprValue *result)
{
	const char *type;

	switch ((ExprKind) v->kind)
	{
		case EXPR_LIST:
		case EXPR_ITERATOR:
		case EXPR_RANGE:
			type = "list";
			break;
		case EXPR_VIEW:
			type = v->len == EXPR_VIEW_VALUES ? "list" : "set";
			break;
		case EXPR_SET:
			type = "set";
			break;
		case EXPR_DICT:
			type = "dict";
			break;
		default:
			return mst_yaql_convert_result(cxt, v, result);
	}
	return mst_expr_fail(cxt, "TypeError", "unhashable type: '%s'", type);
}

static bool
convert_items(EvalContext *cxt, const ExprValue *v, ExprValue *result)
{
	YaqlSource	source = mst_yaql_source(v);
	ExprList   *list = mst_list_new(v->kind == EXPR_LIST ? mst_list_length(v->u.list) : 0);
	ExprValue	item;
	ExprNext	next;

	while ((next = mst_yaql_draw(cxt, &source, &item)) == EXPR_NEXT_ITEM)
	{
		if (!mst_yaql_convert_result(cxt, &item, &item) ||
			!mst_list_append(cxt, list, &item))
			return false;
	}
	*result = mst_value_list(list, false);
	return next == EXPR_NEXT_END;
}

static bool
convert_set(EvalContext *cxt, const ExprValue *v, ExprValue *result)
{
	YaqlSource	source = mst_yaql_source(v);
	ExprDict   *set = mst_dict_new(0);
	ExprValue	item;
	ExprNext	next;

	while ((next = mst_yaql_draw(cxt, &source, &item)) == EXPR_NEXT_ITEM)
	{
		if (!convert_member(cxt, &item, &item) ||
			!mst_set_add(cxt, set, &item))
			return false;
	}
	*result = mst_value_set(set, false);
	return next == EXPR_NEXT_END;
}

static bool
convert_dict(EvalContext *cxt, const ExprValue *v, ExprValue *result)
{
	ExprDict   *dict = mst_dict_new(mst_dict_length(v->u.dict));
	ExprValue	key;
	ExprValue	value;
	bool		more;
	int			pos = 0;

	if (!mst_expr_check_items(cxt, mst_dict_length(v->u.dict)))
		return false;
	for (;;)
	{
		if (!mst_dict_next(cxt, v->u.dict, &pos, &key, &value, &more))
			return false;
		if (!more)
			break;
		if (!convert_member(cxt, &key, &key) ||
			!mst_yaql_convert_result(cxt, &value, &value) ||
			!mst_dict_set(cxt, dict, &key, &value))
			return false;
	}
	*result = mst_value_dict(dict, false);
	return true;
}

static bool
convert_result(EvalContext *cxt, const ExprValue *v, ExprValue *result)
{
	/* data from outside that nobody has looked into has nothing to convert */
	if (mst_value_is_untouched(v))
		return mst_value_thaw(cxt, v, result);
	switch ((ExprKind) v->kind)
	{
		case EXPR_LIST:
		case EXPR_ITERATOR:
		case EXPR_RANGE:
			return convert_items(cxt, v, result);
		case EXPR_VIEW:
			if (v->len == EXPR_VIEW_VALUES)
				return convert_items(cxt, v, result);
			return convert_set(cxt, v, result);
		case EXPR_SET:
			return convert_set(cxt, v, result);
		case EXPR_DICT:
			return convert_dict(cxt, v, result);
		default:
			*result = *v;
			return true;
	}
}

/*
 * Converts a value as it leaves an expression: lists and dictionaries
 * become plain, iterators run out.
 */
bool
mst_yaql_convert_result(EvalContext *cxt, const ExprValue *v, ExprValue *result)
{
	bool		ok;

	if (v->kind < EXPR_LIST)
	{
		*result = *v;
		return true;
	}
	if (!mst_expr_enter(cxt))
		return false;
	ok = convert_result(cxt, v, result);
	mst_expr_leave(cxt);
	return ok;
}
