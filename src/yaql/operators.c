/*-------------------------------------------------------------------------
 *
 * operators.c
 *	  What YAQL's operators do with operands of each type.
 *
 * Each operator is a function that looks at the kinds of its operands and
 * fails with "No function ... matches" where no meaning is defined.  Booleans
 * are no numbers here, though they equal 0 and 1.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "value/compare.h"
#include "value/datetime.h"
#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "value/number.h"
#include "value/regex.h"
#include "value/string.h"
#include "yaql/operators.h"
#include "yaql/sequences.h"

static const char *const binary_names[YAQL_NTOKENS] =
{
	[YAQL_TOK_LIKE] = "#operator_=~",
	[YAQL_TOK_UNLIKE] = "#operator_!~",
	[YAQL_TOK_STAR] = "#operator_*",
	[YAQL_TOK_SLASH] = "#operator_/",
	[YAQL_TOK_MOD] = "#operator_mod",
	[YAQL_TOK_PLUS] = "#operator_+",
	[YAQL_TOK_MINUS] = "#operator_-",
	[YAQL_TOK_GT] = "#operator_>",
	[YAQL_TOK_LT] = "#operator_<",
	[YAQL_TOK_GE] = "#operator_>=",
	[YAQL_TOK_LE] = "#operator_<=",
	[YAQL_TOK_NE] = "#operator_!=",
	[YAQL_TOK_EQ] = "#operator_=",
	[YAQL_TOK_IN] = "#operator_in"
};

/*
 * Fails as YAQL does where no overload takes the operands. A hint tells their
 * kinds, because the reference's message names only its internal name of the
 * operator. "left" is NULL for an operator with one operand.
 */
static bool
fail_operator(EvalContext *cxt, const char *name,
			  const ExprValue *left, const ExprValue *right)
{
	mst_expr_fail(cxt, "NoMatchingFunctionException",
				  "No function \"%s\" matches supplied arguments", name);
	if (cxt->error->hint == NULL)
		cxt->error->hint = left != NULL ?
			psprintf("The operands are %s and %s.", mst_value_what(left), mst_value_what(right)) :
			psprintf("The operand is %s.", mst_value_what(right));
	return false;
}

/*
 * Answers whether both are numbers. A boolean is none here: to YAQL it is a
 * kind of its own, although Python adds it.
 */
static bool
both_numbers(const ExprValue *a, const ExprValue *b)
{
	return mst_value_is_number(a) && mst_value_is_number(b);
}

/* Answers whether both values are of one kind. */
static bool
both_are(const ExprValue *a, const ExprValue *b, ExprKind kind)
{
	return a->kind == kind && b->kind == kind;
}

/* ---- arithmetic ---- */

/*
 * Adds collections. Two frozen lists make a tuple and two sets their union;
 * every other pair makes an iterator that draws from one after the other,
 * since it may contain an iterator, which can be drawn from once only.
 */
static bool
add_collections(EvalContext *cxt, const ExprValue *left, const ExprValue *right, ExprValue *result)
{
	ExprValue	parts[2] = {*left, *right};
	ExprDict   *set;
	ExprList   *list;

	if (both_are(left, right, EXPR_LIST) &&
		mst_value_is_frozen(left) && mst_value_is_frozen(right))
	{
		if (!mst_list_extend(cxt, left->u.list, right->u.list, &list))
			return false;
		*result = mst_value_list(list, true);
		return true;
	}
	if (both_are(left, right, EXPR_SET))
	{
		if (!mst_set_combine(cxt, EXPR_SET_UNION, left->u.dict, right->u.dict, &set))
			return false;
		*result = mst_value_set(set, true);
		return true;
	}
	return mst_yaql_chain(cxt, parts, 2, result);
}

/* Adds mappings: the right one's values win. The result is new and frozen. */
static bool
add_dicts(EvalContext *cxt, const ExprValue *left, const ExprValue *right, ExprValue *result)
{
	ExprDict   *dict;

	if (!mst_dict_copy(cxt, left->u.dict, &dict) ||
		!mst_dict_update(cxt, dict, right->u.dict))
		return false;
	*result = mst_value_dict(dict, true);
	return true;
}

/*
 * The operator "+". The tests are in the order of the overloads of the
 * reference, with the commonest pair, two small integers, in front of all; a
 * sum that does not fit 64 bits goes to the arithmetic of large integers.
 */
static bool
add_operands(EvalContext *cxt, const ExprValue *left, const ExprValue *right, ExprValue *result)
{
	int64		sum;

	if (both_are(left, right, EXPR_INT) &&
		!pg_add_s64_overflow(left->u.integer, right->u.integer, &sum))
	{
		*result = mst_value_int(sum);
		return true;
	}
	if (both_numbers(left, right))
		return mst_number_arith(cxt, EXPR_ADD, left, right, result);
	if (both_are(left, right, EXPR_STRING))
		return mst_string_concat(cxt, left, right, result);
	if (mst_value_is_collection(left) && mst_value_is_collection(right))
		return add_collections(cxt, left, right, result);
	if (both_are(left, right, EXPR_DICT))
		return add_dicts(cxt, left, right, result);
	if (left->kind == EXPR_DATETIME && right->kind == EXPR_TIMESPAN)
		return mst_datetime_add(cxt, left, right, 1, result);
	if (left->kind == EXPR_TIMESPAN && right->kind == EXPR_DATETIME)
		return mst_datetime_add(cxt, right, left, 1, result);
	if (both_are(left, right, EXPR_TIMESPAN))
		return mst_timespan_add(cxt, left, right, result);
	return fail_operator(cxt, "#operator_+", left, right);
}

/*
 * The difference of two sets. The right one may be a view of keys; a view on
 * the left has no such method in Python, and fails with Python's message, as
 * the reference does.
 */
static bool
subtract_sets(EvalContext *cxt, const ExprValue *left, const ExprValue *right, ExprValue *result)
{
	ExprDict   *table;
	ExprDict   *set;

	if (left->kind == EXPR_VIEW)
		return mst_expr_fail(cxt, "AttributeError",
							 "'%s' object has no attribute 'difference'",
							 mst_value_type_name(left));
	if (!mst_yaql_set_table(cxt, right, &table) ||
		!mst_set_combine(cxt, EXPR_SET_DIFFERENCE, left->u.dict, table, &set))
		return false;
	*result = mst_value_set(set, true);
	return true;
}

/*
 * The operator "-" with two operands: numbers, sets, a time and a time span.
 * Strings, lists and mappings have none.
 */
static bool
subtract_operands(EvalContext *cxt, const ExprValue *left, const ExprValue *right, ExprValue *result)
{
	int64		difference;

	if (both_are(left, right, EXPR_INT) &&
		!pg_sub_s64_overflow(left->u.integer, right->u.integer, &difference))
	{
		*result = mst_value_int(difference);
		return true;
	}
	if (both_numbers(left, right))
		return mst_number_arith(cxt, EXPR_SUB, left, right, result);
	if (mst_yaql_is_set_like(left) && mst_yaql_is_set_like(right))
		return subtract_sets(cxt, left, right, result);
	if (left->kind == EXPR_DATETIME && right->kind == EXPR_TIMESPAN)
		return mst_datetime_add(cxt, left, right, -1, result);
	if (both_are(left, right, EXPR_DATETIME))
		return mst_datetime_subtract(cxt, left, right, result);
	if (both_are(left, right, EXPR_TIMESPAN))
		return mst_timespan_subtract(cxt, left, right, result);
	return fail_operator(cxt, "#operator_-", left, right);
}

/* Repeats a string or a list. */
static bool
repeat_sequence(EvalContext *cxt, const ExprValue *list, const ExprValue *times, ExprValue *result)
{
	ExprList   *repeated;
	int64		n;

	if (!mst_yaql_count(cxt, times, &n))
		return false;
	if (list->kind == EXPR_STRING)
		return mst_string_repeat(cxt, list, n, result);
	if (!mst_list_repeat(cxt, list->u.list, n, &repeated))
		return false;
	*result = mst_value_list(repeated, mst_value_is_frozen(list));
	return true;
}

/*
 * The operator "*". A string or a list is repeated by an integer on either
 * side, and a time span scaled by a number; what is repeated is checked
 * against the limits before memory is taken.
 */
static bool
multiply_operands(EvalContext *cxt, const ExprValue *left, const ExprValue *right, ExprValue *result)
{
	int64		product;

	if (both_are(left, right, EXPR_INT) &&
		!pg_mul_s64_overflow(left->u.integer, right->u.integer, &product))
	{
		*result = mst_value_int(product);
		return true;
	}
	if (both_numbers(left, right))
		return mst_number_arith(cxt, EXPR_MUL, left, right, result);
	if ((left->kind == EXPR_STRING || left->kind == EXPR_LIST) && mst_value_is_integral(right))
		return repeat_sequence(cxt, left, right, result);
	if ((right->kind == EXPR_STRING || right->kind == EXPR_LIST) && mst_value_is_integral(left))
		return repeat_sequence(cxt, right, left, result);
	if (left->kind == EXPR_TIMESPAN && mst_value_is_number(right))
		return mst_timespan_multiply(cxt, left, right, result);
	if (right->kind == EXPR_TIMESPAN && mst_value_is_number(left))
		return mst_timespan_multiply(cxt, right, left, result);
	return fail_operator(cxt, "#operator_*", left, right);
}

/*
 * The operator "/". Unlike Python's, it divides integers to an integer,
 * rounded down; a ratio of time spans is a float.
 */
static bool
divide_operands(EvalContext *cxt, const ExprValue *left, const ExprValue *right, ExprValue *result)
{
	double		ratio;

	if (both_numbers(left, right))
	{
		bool		is_real = left->kind == EXPR_FLOAT || right->kind == EXPR_FLOAT;

		return mst_number_arith(cxt, is_real ? EXPR_TRUE_DIV : EXPR_FLOOR_DIV,
								left, right, result);
	}
	if (both_are(left, right, EXPR_TIMESPAN))
	{
		if (!mst_timespan_ratio(cxt, left, right, &ratio))
			return false;
		*result = mst_value_float(ratio);
		return true;
	}
	if (left->kind == EXPR_TIMESPAN && mst_value_is_number(right))
		return mst_timespan_divide(cxt, left, right, result);
	return fail_operator(cxt, "#operator_/", left, right);
}

/*
 * The operator "mod": the result has the sign of the divisor, as in Python.
 */
static bool
modulo_operands(EvalContext *cxt, const ExprValue *left, const ExprValue *right, ExprValue *result)
{
	if (both_numbers(left, right))
		return mst_number_arith(cxt, EXPR_MOD, left, right, result);
	return fail_operator(cxt, "#operator_mod", left, right);
}

/* ---- comparison ---- */

/* Returns the comparison of the room value that an operator stands for. */
static ExprOrder
order_of(YaqlTokenKind op)
{
	switch (op)
	{
		case YAQL_TOK_LT:
			return EXPR_LT;
		case YAQL_TOK_LE:
			return EXPR_LE;
		case YAQL_TOK_GT:
			return EXPR_GT;
		default:
			return EXPR_GE;
	}
}

/* Result of a comparison whose operands are ordered as a < b, a = b, a > b. */
static bool
order_holds(YaqlTokenKind op, int order)
{
	switch (op)
	{
		case YAQL_TOK_LT:
			return order < 0;
		case YAQL_TOK_LE:
			return order <= 0;
		case YAQL_TOK_GT:
			return order > 0;
		default:
			return order >= 0;
	}
}

/*
 * Compares sets by inclusion: "<" is "is a part of". Views of keys are taken
 * for sets.
 */
static bool
compare_sets(EvalContext *cxt, YaqlTokenKind op, const ExprValue *left,
			 const ExprValue *right, bool *result)
{
	ExprDict   *left_table;
	ExprDict   *right_table;
	ExprValue	left_set;
	ExprValue	right_set;

	if (!mst_yaql_set_table(cxt, left, &left_table) ||
		!mst_yaql_set_table(cxt, right, &right_table))
		return false;
	left_set = mst_value_set(left_table, true);
	right_set = mst_value_set(right_table, true);
	return mst_value_order(cxt, order_of(op), &left_set, &right_set, result);
}

/*
 * Answers left < right, <=, > or >=.  Null is smaller than all else.
 */
bool
mst_yaql_compare(EvalContext *cxt, YaqlTokenKind op, const ExprValue *left,
				 const ExprValue *right, bool *result)
{
	if (both_are(left, right, EXPR_INT))
		*result = order_holds(op, (left->u.integer > right->u.integer) -
							  (left->u.integer < right->u.integer));
	else if (both_numbers(left, right))
	{
		int			order = mst_value_compare_numbers(left, right);

		*result = order != 2 && order_holds(op, order);
	}
	else if (both_are(left, right, EXPR_STRING))
		*result = order_holds(op, mst_value_compare_strings(left, right));
	else if (left->kind == EXPR_NULL || right->kind == EXPR_NULL)
		*result = order_holds(op, (left->kind != EXPR_NULL) - (right->kind != EXPR_NULL));
	else if (both_are(left, right, EXPR_DATETIME))
		*result = order_holds(op, mst_datetime_compare(left, right));
	else if (both_are(left, right, EXPR_TIMESPAN))
		*result = order_holds(op, mst_timespan_compare(left, right));
	else if (mst_yaql_is_set_like(left) && mst_yaql_is_set_like(right))
		return compare_sets(cxt, op, left, right, result);
	else
		return fail_operator(cxt, binary_names[op], left, right);
	return true;
}

/*
 * One of the operators "<", "<=", ">" and ">=". Fails where the operands have
 * no order.
 */
static bool
compare_operands(EvalContext *cxt, YaqlTokenKind op, const ExprValue *left,
				 const ExprValue *right, ExprValue *result)
{
	bool		answer;

	if (!mst_yaql_compare(cxt, op, left, right, &answer))
		return false;
	*result = mst_value_bool(answer);
	return true;
}

/*
 * "=" and "!=". Never fail for the kinds of the operands: what is of different
 * kinds is unequal, but 1, 1.0 and true are equal.
 */
static bool
equal_operands(EvalContext *cxt, YaqlTokenKind op, const ExprValue *left,
			   const ExprValue *right, ExprValue *result)
{
	bool		answer;

	if (!mst_value_equal(cxt, left, right, &answer))
		return false;
	*result = mst_value_bool(answer == (op == YAQL_TOK_EQ));
	return true;
}

/*
 * "in". On the right stands a string, of which the left one may be a part, or
 * a collection. A mapping is none of them, unlike in Python: its keys() are
 * asked.
 */
static bool
is_in(EvalContext *cxt, const ExprValue *left, const ExprValue *right, ExprValue *result)
{
	bool		answer;

	if (!both_are(left, right, EXPR_STRING) && !mst_value_is_collection(right))
		return fail_operator(cxt, "#operator_in", left, right);
	if (!mst_yaql_contains(cxt, right, left, &answer))
		return false;
	*result = mst_value_bool(answer);
	return true;
}

/* =~ and !~ with a regular expression or its source */
static bool
match_operands(EvalContext *cxt, YaqlTokenKind op, const ExprValue *left,
			   const ExprValue *right, ExprValue *result)
{
	ExprValue	regex = *right;
	bool		found;

	if (left->kind != EXPR_STRING ||
		(right->kind != EXPR_STRING && right->kind != EXPR_REGEX))
		return fail_operator(cxt, binary_names[op], left, right);
	if (right->kind == EXPR_STRING &&
		!mst_regex_compile(cxt, right, 0, &regex))
		return false;
	if (!mst_regex_search(cxt, regex.u.regex, left, 0, false, NULL, &found))
		return false;
	*result = mst_value_bool(found == (op == YAQL_TOK_LIKE));
	return true;
}

/* ---- entry points ---- */

/*
 * left op right, for every operator whose operands are both evaluated.
 */
bool
mst_yaql_binary(EvalContext *cxt, YaqlTokenKind op, const ExprValue *left,
				const ExprValue *right, ExprValue *result)
{
	switch (op)
	{
		case YAQL_TOK_PLUS:
			return add_operands(cxt, left, right, result);
		case YAQL_TOK_MINUS:
			return subtract_operands(cxt, left, right, result);
		case YAQL_TOK_STAR:
			return multiply_operands(cxt, left, right, result);
		case YAQL_TOK_SLASH:
			return divide_operands(cxt, left, right, result);
		case YAQL_TOK_MOD:
			return modulo_operands(cxt, left, right, result);
		case YAQL_TOK_LT:
		case YAQL_TOK_LE:
		case YAQL_TOK_GT:
		case YAQL_TOK_GE:
			return compare_operands(cxt, op, left, right, result);
		case YAQL_TOK_EQ:
		case YAQL_TOK_NE:
			return equal_operands(cxt, op, left, right, result);
		case YAQL_TOK_IN:
			return is_in(cxt, left, right, result);
		case YAQL_TOK_LIKE:
		case YAQL_TOK_UNLIKE:
			return match_operands(cxt, op, left, right, result);
		default:
			elog(ERROR, "unrecognized YAQL operator: %d", (int) op);
			return false;
	}
}

/*
 * op operand, for the prefix operators + - not.
 */
bool
mst_yaql_unary(EvalContext *cxt, YaqlTokenKind op, const ExprValue *operand, ExprValue *result)
{
	bool		is_minus = op == YAQL_TOK_MINUS;

	if (op == YAQL_TOK_NOT)
	{
		*result = mst_value_bool(!mst_value_is_true(operand));
		return true;
	}
	if (!mst_value_is_number(operand) && operand->kind != EXPR_TIMESPAN)
		return fail_operator(cxt, is_minus ? "#unary_operator_-" : "#unary_operator_+",
							 NULL, operand);
	*result = *operand;
	if (!is_minus)
		return true;
	if (operand->kind == EXPR_TIMESPAN)
		return mst_timespan_negate(cxt, operand, result);
	return mst_number_negate(cxt, operand, result);
}
