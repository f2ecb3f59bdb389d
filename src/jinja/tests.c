/*-------------------------------------------------------------------------
 *
 * tests.c
 *	  The tests of Jinja2: what may follow "is".
 *
 * The tests of kinds answer no for an undefined value; the others raise, as
 * any use of it does.  A boolean is a number, but no integer and no float;
 * sequence is whatever has items and a length, text and mappings included.
 * "in" and the comparisons are the operators', also as arguments of select
 * and reject.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/arithmetic.h"
#include "jinja/builtins.h"
#include "value/compare.h"
#include "value/make.h"
#include "value/string.h"

static bool
test_result(bool yes, ExprValue *result)
{
	*result = mst_value_bool(yes);
	return true;
}

/* ---- types, which an undefined value has none of ---- */

static bool
is_false(const ExprValue *v)
{
	return v->kind == EXPR_BOOL && !v->u.boolean;
}

static bool
is_number(const ExprValue *v)
{
	return mst_value_is_number(v) || v->kind == EXPR_BOOL;
}

static bool
is_sequence(const ExprValue *v)
{
	return v->kind == EXPR_STRING || v->kind == EXPR_LIST ||
		v->kind == EXPR_DICT || v->kind == EXPR_RANGE ||
		(v->kind == EXPR_UNDEFINED && v->u.undefined->lenient);
}

static bool
is_true(const ExprValue *v)
{
	return v->kind == EXPR_BOOL && v->u.boolean;
}

/* ---- numbers ---- */

/* value % divisor == rest */
static bool
test_remainder(JinjaEval *ev, const ExprValue *value, const ExprValue *divisor, int rest, ExprValue *result)
{
	ExprValue	expected = mst_value_int(rest);
	ExprValue	remainder;
	bool		is_equal;

	return mst_jinja_arith(ev, EXPR_MOD, value, divisor, &remainder) &&
		mst_jinja_compare(ev, JINJA_OP_EQ, &remainder, &expected, &is_equal) &&
		test_result(is_equal, result);
}

static bool
test_divisibleby(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return test_remainder(ev, &args[0], &args[1], 0, result);
}

static bool
test_even(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprValue	two = mst_value_int(2);

	return test_remainder(ev, &args[0], &two, 0, result);
}

static bool
test_odd(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprValue	two = mst_value_int(2);

	return test_remainder(ev, &args[0], &two, 1, result);
}

/* ---- text and names ---- */

/* A name is looked up in a dictionary of the reference, so it has to be hashable. */
static bool
check_hashable(JinjaEval *ev, const ExprValue *name)
{
	uint32		hash;

	return mst_value_hash(ev->cxt, name, &hash);
}

static bool
test_filter(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	const ExprValue *name = &args[0];

	return check_hashable(ev, name) &&
		test_result(name->kind == EXPR_STRING &&
					(mst_jinja_find_filter(name->u.string, name->len) != NULL ||
					 mst_expr_function_find(name->u.string, name->len) != NULL), result);
}

static bool
test_test(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	const ExprValue *name = &args[0];

	return check_hashable(ev, name) &&
		test_result(name->kind == EXPR_STRING &&
					mst_jinja_find_test(name->u.string, name->len) != NULL, result);
}

/* ---- comparisons ---- */

static bool
test_compare(JinjaEval *ev, const ExprValue *args, JinjaCompareOp op, ExprValue *result)
{
	bool		holds;

	return mst_jinja_compare(ev, op, &args[0], &args[1], &holds) && test_result(holds, result);
}

static bool
test_eq(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return test_compare(ev, args, JINJA_OP_EQ, result);
}

static bool
test_ne(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return test_compare(ev, args, JINJA_OP_NE, result);
}

static bool
test_lt(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return test_compare(ev, args, JINJA_OP_LT, result);
}

static bool
test_le(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return test_compare(ev, args, JINJA_OP_LE, result);
}

static bool
test_gt(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return test_compare(ev, args, JINJA_OP_GT, result);
}

static bool
test_ge(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return test_compare(ev, args, JINJA_OP_GE, result);
}

static bool
test_in(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	return test_compare(ev, args, JINJA_OP_IN, result);
}

const JinjaBuiltin mst_jinja_tests[] = {
	{"!=", test_ne, JINJA_TAKES("self:anything other:anything /"), .python_name = "ne"},
	{"<", test_lt, JINJA_TAKES("self:anything other:anything /"), .python_name = "lt"},
	{"<=", test_le, JINJA_TAKES("self:anything other:anything /"), .python_name = "le"},
	{"==", test_eq, JINJA_TAKES("self:anything other:anything /"), .python_name = "eq"},
	{">", test_gt, JINJA_TAKES("self:anything other:anything /"), .python_name = "gt"},
	{">=", test_ge, JINJA_TAKES("self:anything other:anything /"), .python_name = "ge"},
	{"boolean", .plain = {.kinds = EXPR_KIND_BIT(EXPR_BOOL)}, JINJA_TAKES("value:anything"), .python_name = "test_boolean"},
	{"callable", .plain = {.answers = mst_jinja_is_callable}, JINJA_TAKES("self:anything /")},
	{"defined", .plain = {.kinds = ~EXPR_KIND_BIT(EXPR_UNDEFINED)}, JINJA_TAKES("value:anything"), .python_name = "test_defined"},
	{"divisibleby", test_divisibleby, JINJA_TAKES("value:any? num:any?"), .python_name = "test_divisibleby"},
	{"eq", test_eq, JINJA_TAKES("self:anything other:anything /")},
	{"equalto", test_eq, JINJA_TAKES("self:anything other:anything /"), .python_name = "eq"},
	{"escaped", .plain = {.answers = mst_jinja_is_markup}, JINJA_TAKES("value:anything"), .python_name = "test_escaped"},
	{"even", test_even, JINJA_TAKES("value:any?"), .python_name = "test_even"},
	{"false", .plain = {.answers = is_false}, JINJA_TAKES("value:anything"), .python_name = "test_false"},
	{"filter", test_filter, JINJA_TAKES("value:any?"), .needs_context = true, .python_name = "test_filter"},
	{"float", .plain = {.kinds = EXPR_KIND_BIT(EXPR_FLOAT)}, JINJA_TAKES("value:anything"), .python_name = "test_float"},
	{"ge", test_ge, JINJA_TAKES("self:anything other:anything /")},
	{"greaterthan", test_gt, JINJA_TAKES("self:anything other:anything /"), .python_name = "gt"},
	{"gt", test_gt, JINJA_TAKES("self:anything other:anything /")},
	{"in", test_in, JINJA_TAKES("value:anything seq:anything"), .python_name = "test_in"},
	{"integer", .plain = {.kinds = EXPR_KIND_BIT(EXPR_INT) | EXPR_KIND_BIT(EXPR_BIGINT)}, JINJA_TAKES("value:anything"), .python_name = "test_integer"},
	{"iterable", .plain = {.answers = mst_jinja_is_iterable}, JINJA_TAKES("value:any?"), .python_name = "test_iterable"},
	{"le", test_le, JINJA_TAKES("self:anything other:anything /")},
	{"lessthan", test_lt, JINJA_TAKES("self:anything other:anything /"), .python_name = "lt"},
	{"lower", .plain = {.answers = mst_string_is_lower}, JINJA_TAKES("value:text"), .python_name = "test_lower"},
	{"lt", test_lt, JINJA_TAKES("self:anything other:anything /")},
	{"mapping", .plain = {.kinds = EXPR_KIND_BIT(EXPR_DICT)}, JINJA_TAKES("value:anything"), .python_name = "test_mapping"},
	{"ne", test_ne, JINJA_TAKES("self:anything other:anything /")},
	{"none", .plain = {.kinds = EXPR_KIND_BIT(EXPR_NULL)}, JINJA_TAKES("value:anything"), .python_name = "test_none"},
	{"number", .plain = {.answers = is_number}, JINJA_TAKES("value:anything"), .python_name = "test_number"},
	{"odd", test_odd, JINJA_TAKES("value:any?"), .python_name = "test_odd"},
	{"sameas", .plain = {.answers_two = mst_value_is_same}, JINJA_TAKES("value:anything other:anything"), .python_name = "test_sameas"},
	{"sequence", .plain = {.answers = is_sequence}, JINJA_TAKES("value:anything"), .python_name = "test_sequence"},
	{"string", .plain = {.kinds = EXPR_KIND_BIT(EXPR_STRING)}, JINJA_TAKES("value:anything"), .python_name = "test_string"},
	{"test", test_test, JINJA_TAKES("value:any?"), .needs_context = true, .python_name = "test_test"},
	{"true", .plain = {.answers = is_true}, JINJA_TAKES("value:anything"), .python_name = "test_true"},
	{"undefined", .plain = {.kinds = EXPR_KIND_BIT(EXPR_UNDEFINED)}, JINJA_TAKES("value:anything"), .python_name = "test_undefined"},
	{"upper", .plain = {.answers = mst_string_is_upper}, JINJA_TAKES("value:text"), .python_name = "test_upper"},
	{NULL}
};
