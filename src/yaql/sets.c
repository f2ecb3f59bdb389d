/*-------------------------------------------------------------------------
 *
 * sets.c
 *	  Functions on sets.
 *
 * Views of keys and of items count as sets where one is asked for, but have
 * none of a set's methods; so they fail as the receiver.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/dict.h"
#include "value/make.h"
#include "yaql/builtin_tables.h"
#include "yaql/sequences.h"

/* set(1, 2, ...) */
static bool
fn_set(YaqlCall *call, ExprValue *result)
{
	ExprDict   *set = mst_dict_new(call->nrest);

	*result = mst_value_set(set, true);
	return mst_yaql_splice(call->cxt, call->rest, call->nrest, set, NULL);
}

static bool
fn_to_set(YaqlCall *call, ExprValue *result)
{
	YaqlSource	source = mst_yaql_source(&call->args[0]);
	ExprDict   *set = mst_dict_new(0);
	ExprValue	item;
	ExprNext	next;

	*result = mst_value_set(set, true);
	while ((next = mst_yaql_draw(call->cxt, &source, &item)) == EXPR_NEXT_ITEM)
	{
		if (!mst_set_add(call->cxt, set, &item))
			return false;
	}
	return next == EXPR_NEXT_END;
}

static bool
fn_len(YaqlCall *call, ExprValue *result)
{
	*result = mst_value_int(mst_dict_length(call->args[0].u.dict));
	return true;
}

/* Combines the first argument with a table; method is Python's name for it. */
static bool
combine_sets(YaqlCall *call, ExprSetOp op, const char *method, ExprDict *right, ExprValue *result)
{
	const ExprValue *left = &call->args[0];
	ExprDict   *set;

	if (left->kind == EXPR_VIEW)
		return mst_expr_fail(call->cxt, "AttributeError",
							 "'%s' object has no attribute '%s'",
							 mst_value_type_name(left), method);
	if (!mst_set_combine(call->cxt, op, left->u.dict, right, &set))
		return false;
	*result = mst_value_set(set, true);
	return true;
}

static bool
combine_two(YaqlCall *call, ExprSetOp op, const char *method, ExprValue *result)
{
	ExprDict   *right;

	return mst_yaql_set_table(call->cxt, &call->args[1], &right) &&
		combine_sets(call, op, method, right, result);
}

static bool
fn_union(YaqlCall *call, ExprValue *result)
{
	return combine_two(call, EXPR_SET_UNION, "union", result);
}

static bool
fn_intersect(YaqlCall *call, ExprValue *result)
{
	return combine_two(call, EXPR_SET_INTERSECTION, "intersection", result);
}

static bool
fn_difference(YaqlCall *call, ExprValue *result)
{
	return combine_two(call, EXPR_SET_DIFFERENCE, "difference", result);
}

static bool
fn_symmetric_difference(YaqlCall *call, ExprValue *result)
{
	return combine_two(call, EXPR_SET_SYMMETRIC_DIFFERENCE, "symmetric_difference", result);
}

static bool
combine_values(YaqlCall *call, ExprSetOp op, const char *method, ExprValue *result)
{
	ExprDict   *right = mst_dict_new(call->nrest);

	for (int i = 0; i < call->nrest; i++)
	{
		if (!mst_set_add(call->cxt, right, &call->rest[i]))
			return false;
	}
	return combine_sets(call, op, method, right, result);
}

static bool
fn_add(YaqlCall *call, ExprValue *result)
{
	return combine_values(call, EXPR_SET_UNION, "union", result);
}

static bool
fn_remove(YaqlCall *call, ExprValue *result)
{
	return combine_values(call, EXPR_SET_DIFFERENCE, "difference", result);
}

const YaqlBuiltin mst_yaql_set_functions[] =
{
	{"add", YAQL_METHOD, "s:set *values:any?", fn_add},
	{"difference", YAQL_METHOD, "left:set right:set", fn_difference},
	{"intersect", YAQL_METHOD, "left:set right:set", fn_intersect},
	{"len", YAQL_EXTENSION, "s:set", fn_len},
	{"remove", YAQL_METHOD, "s:set *values:any?", fn_remove},
	{"set", YAQL_FUNCTION, "*args:any?", fn_set},
	{"symmetricDifference", YAQL_METHOD, "left:set right:set", fn_symmetric_difference},
	{"toSet", YAQL_METHOD, "collection:iter", fn_to_set},
	{"union", YAQL_METHOD, "left:set right:set", fn_union},
	{NULL}
};
