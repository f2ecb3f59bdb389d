/*-------------------------------------------------------------------------
 *
 * arithmetic.c
 *	  Operators of Jinja2: arithmetic, comparison, membership, truth.
 *
 * Operators have the meaning that Python gives them for the types of their
 * operands.  A safe string (Markup) that is combined with other text escapes
 * it, and the result is safe.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/arithmetic.h"
#include "value/compare.h"
#include "value/datetime.h"
#include "value/dict.h"
#include "value/format.h"
#include "value/list.h"
#include "value/make.h"
#include "value/range.h"
#include "value/string.h"

/* As messages of Python name the operators, in the order of ExprArith. */
static const char *const arith_symbols[] = {"+", "-", "*", "/", "//", "%", "** or pow()"};

/* Fails as Python does for operands that an operator does not take. */
static bool
fail_operands(JinjaEval *ev, ExprArith op, const ExprValue *a, const ExprValue *b)
{
	return mst_jinja_fail(ev, "TypeError", "unsupported operand type(s) for %s: '%s' and '%s'",
						  arith_symbols[op], mst_value_type_name(a), mst_value_type_name(b));
}

/* ---- arithmetic ---- */

/* Answers whether a value counts as a number, which booleans do. */
static bool
is_numeric(const ExprValue *v)
{
	return mst_value_is_number(v) || v->kind == EXPR_BOOL;
}

/* Answers whether a value can be concatenated and repeated. */
static bool
is_sequence(const ExprValue *v)
{
	return v->kind == EXPR_STRING || v->kind == EXPR_LIST;
}

/*
 * Concatenates. If either is safe the other one is escaped, and the result is
 * safe.
 */
static bool
add_strings(JinjaEval *ev, const ExprValue *a, const ExprValue *b, ExprValue *result)
{
	ExprValue	left = *a;
	ExprValue	right = *b;

	if (!mst_jinja_is_markup(a) && !mst_jinja_is_markup(b))
		return mst_string_concat(ev->cxt, a, b, result);
	if (!mst_jinja_escape(ev, a, &left) || !mst_jinja_escape(ev, b, &right) ||
		!mst_string_concat(ev->cxt, &left, &right, result))
		return false;
	*result = mst_jinja_markup(*result);
	return true;
}

/*
 * The operator "+" for all but numbers: strings, lists, tuples, times and
 * spans. A list and a tuple do not add, as in Python.
 */
static bool
add_operands(JinjaEval *ev, const ExprValue *a, const ExprValue *b, ExprValue *result)
{
	ExprList   *list;

	if (a->kind == EXPR_STRING && b->kind == EXPR_STRING)
		return add_strings(ev, a, b, result);
	if (a->kind == EXPR_LIST && b->kind == EXPR_LIST &&
		mst_value_is_frozen(a) == mst_value_is_frozen(b))
	{
		if (!mst_list_concat(ev->cxt, a->u.list, b->u.list, &list))
			return false;
		*result = mst_value_list(list, mst_value_is_frozen(a));
		return true;
	}
	if (a->kind == EXPR_DATETIME && b->kind == EXPR_TIMESPAN)
		return mst_datetime_add(ev->cxt, a, b, 1, result);
	if (a->kind == EXPR_TIMESPAN && b->kind == EXPR_DATETIME)
		return mst_datetime_add(ev->cxt, b, a, 1, result);
	if (a->kind == EXPR_TIMESPAN && b->kind == EXPR_TIMESPAN)
		return mst_timespan_add(ev->cxt, a, b, result);
	if (is_sequence(a))
		return mst_jinja_fail(ev, "TypeError", "can only concatenate %s (not \"%s\") to %s",
							  mst_value_type_name(a), mst_value_type_name(b), mst_value_type_name(a));
	return fail_operands(ev, EXPR_ADD, a, b);
}

/* Views of keys and items behave like sets, also next to anything iterable. */
static bool
is_set_view(const ExprValue *v)
{
	return v->kind == EXPR_VIEW && v->len != EXPR_VIEW_VALUES;
}

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

/*
 * The operator "-" for all but numbers: times, spans and sets. Views of keys
 * count as sets, as in Python.
 */
static bool
subtract_operands(JinjaEval *ev, const ExprValue *a, const ExprValue *b, ExprValue *result)
{
	ExprDict   *left;
	ExprDict   *right;
	ExprDict   *difference;

	if (a->kind == EXPR_DATETIME && b->kind == EXPR_TIMESPAN)
		return mst_datetime_add(ev->cxt, a, b, -1, result);
	if (a->kind == EXPR_DATETIME && b->kind == EXPR_DATETIME)
		return mst_datetime_subtract(ev->cxt, a, b, result);
	if (a->kind == EXPR_TIMESPAN && b->kind == EXPR_TIMESPAN)
		return mst_timespan_subtract(ev->cxt, a, b, result);
	if (!is_set_view(a) && !is_set_view(b) && (a->kind != EXPR_SET || b->kind != EXPR_SET))
		return fail_operands(ev, EXPR_SUB, a, b);
	if (!make_set(ev, a, &left) || !make_set(ev, b, &right) ||
		!mst_set_combine(ev->cxt, EXPR_SET_DIFFERENCE, left, right, &difference))
		return false;
	*result = mst_value_set(difference, false);
	return true;
}

/*
 * Repeats a string, list or tuple. A negative number repeats it zero times;
 * the length of the result is checked before it is made.
 */
static bool
repeat_sequence(JinjaEval *ev, const ExprValue *sequence, const ExprValue *times, ExprValue *result)
{
	int64		n;
	ExprList   *list;

	if (!mst_value_is_integral(times))
		return mst_jinja_fail(ev, "TypeError", "can't multiply sequence by non-int of type '%s'",
							  mst_value_type_name(times));
	if (times->kind == EXPR_BIGINT && mst_number_sign(times) > 0)
		return mst_jinja_fail(ev, "OverflowError", "cannot fit 'int' into an index-sized integer");
	n = mst_number_clip(times);
	if (sequence->kind == EXPR_STRING)
	{
		if (!mst_string_repeat(ev->cxt, sequence, n, result))
			return false;
		result->flags |= sequence->flags & EXPR_MARKUP;
		return true;
	}
	if (!mst_list_repeat(ev->cxt, sequence->u.list, n, &list))
		return false;
	*result = mst_value_list(list, mst_value_is_frozen(sequence));
	return true;
}

/* The operator "*" for all but numbers: sequences and spans. */
static bool
multiply_operands(JinjaEval *ev, const ExprValue *a, const ExprValue *b, ExprValue *result)
{
	if (is_sequence(a))
		return repeat_sequence(ev, a, b, result);
	if (is_sequence(b))
		return repeat_sequence(ev, b, a, result);
	if (a->kind == EXPR_TIMESPAN && is_numeric(b))
		return mst_timespan_multiply(ev->cxt, a, b, result);
	if (b->kind == EXPR_TIMESPAN && is_numeric(a))
		return mst_timespan_multiply(ev->cxt, b, a, result);
	return fail_operands(ev, EXPR_MUL, a, b);
}

/*
 * Returns a value as "%" of a safe string inserts it: a number as it is,
 * anything else escaped.
 */
static bool
escape_operand(JinjaEval *ev, const ExprValue *value, ExprValue *result)
{
	*result = *value;
	if (is_numeric(value))
		return true;
	return mst_jinja_escape(ev, value, result);
}

/*
 * Escapes the operands of "%" on a safe string: each one of a tuple or
 * mapping, or a single one.
 */
static bool
escape_operands(JinjaEval *ev, const ExprValue *args, ExprValue *result)
{
	ExprValue	item;

	if (args->kind == EXPR_LIST && mst_value_is_frozen(args))
	{
		ExprList   *list = mst_list_new(mst_list_length(args->u.list));

		for (int i = 0; i < mst_list_length(args->u.list); i++)
			if (!mst_list_get(ev->cxt, args->u.list, i, &item) ||
				!escape_operand(ev, &item, &item) ||
				!mst_list_append(ev->cxt, list, &item))
				return false;
		*result = mst_value_list(list, true);
		return true;
	}
	if (args->kind == EXPR_DICT)
	{
		ExprDict   *dict = mst_dict_new(mst_dict_length(args->u.dict));
		ExprValue	key;
		int			pos = 0;
		bool		more;

		for (;;)
		{
			if (!mst_dict_next(ev->cxt, args->u.dict, &pos, &key, &item, &more))
				return false;
			if (!more)
				break;
			if (!escape_operand(ev, &item, &item) ||
				!mst_dict_set(ev->cxt, dict, &key, &item))
				return false;
		}
		*result = mst_value_dict(dict, false);
		return true;
	}
	return escape_operand(ev, args, result);
}

/* text % arguments */
static bool
format_text(JinjaEval *ev, const ExprValue *format, const ExprValue *args, ExprValue *result)
{
	StringInfoData out;
	ExprValue	escaped = *args;

	if (mst_jinja_is_markup(format) && memchr(format->u.string, '%', format->len) != NULL &&
		!escape_operands(ev, args, &escaped))
		return false;
	mst_text_init(&out);
	if (!mst_format_printf(ev->cxt, &out, format, &escaped))
		return false;
	*result = mst_value_string_from(&out);
	result->flags |= format->flags & EXPR_MARKUP;
	return true;
}

/*
 * The operators "/" and "//" for all but numbers: spans by numbers and by
 * spans.
 */
static bool
divide_operands(JinjaEval *ev, ExprArith op, const ExprValue *a, const ExprValue *b, ExprValue *result)
{
	double		ratio;

	if (op == EXPR_TRUE_DIV && a->kind == EXPR_TIMESPAN && is_numeric(b))
		return mst_timespan_divide(ev->cxt, a, b, result);
	if (op != EXPR_TRUE_DIV || a->kind != EXPR_TIMESPAN || b->kind != EXPR_TIMESPAN)
		return fail_operands(ev, op, a, b);
	if (!mst_timespan_ratio(ev->cxt, a, b, &ratio))
		return false;
	*result = mst_value_float(ratio);
	return true;
}

/* Binary operator on values, with Python's rules for all types. */
bool
mst_jinja_arith(JinjaEval *ev, ExprArith op, const ExprValue *a, const ExprValue *b,
				ExprValue *result)
{
	if (likely(is_numeric(a) && is_numeric(b)))
		return mst_number_arith(ev->cxt, op, a, b, result);
	if (op == EXPR_MOD && a->kind == EXPR_STRING)
		return format_text(ev, a, b, result);
	if (a->kind == EXPR_UNDEFINED)
		return mst_jinja_fail_undefined(ev, a);
	if (b->kind == EXPR_UNDEFINED)
		return mst_jinja_fail_undefined(ev, b);
	switch (op)
	{
		case EXPR_ADD:
			return add_operands(ev, a, b, result);
		case EXPR_SUB:
			return subtract_operands(ev, a, b, result);
		case EXPR_MUL:
			return multiply_operands(ev, a, b, result);
		default:
			return divide_operands(ev, op, a, b, result);
	}
}

/* ---- comparison ---- */

/*
 * Answers whether two values are equal. Undefined values equal each other if
 * they may be looked at at all.
 */
static bool
equal_operands(JinjaEval *ev, const ExprValue *a, const ExprValue *b, bool *result)
{
	if (a->kind == EXPR_UNDEFINED || b->kind == EXPR_UNDEFINED)
	{
		if (!mst_jinja_check_defined(ev, a) || !mst_jinja_check_defined(ev, b))
			return false;
		*result = a->kind == b->kind;
		return true;
	}
	return mst_value_equal(ev->cxt, a, b, result);
}

/*
 * Answers whether an item that is searched for is not compared to anything:
 * because there is nothing, or because only pairs can be among pairs.
 */
static bool
is_left_alone(const ExprValue *container)
{
	switch ((ExprKind) container->kind)
	{
		case EXPR_LIST:
			return mst_list_length(container->u.list) == 0;
		case EXPR_RANGE:
			return mst_range_length(container->u.range) == 0;
		case EXPR_VIEW:
			return container->len == EXPR_VIEW_ITEMS ||
				(container->len == EXPR_VIEW_VALUES && mst_dict_length(container->u.dict) == 0);
		default:
			return false;
	}
}

/*
 * Answers whether a container has an item. An undefined container is empty,
 * where it is lenient; an undefined item is in nothing that Python would not
 * compare it with.
 */
static bool
contains_item(JinjaEval *ev, const ExprValue *container, const ExprValue *item, bool *result)
{
	if (!mst_jinja_check_defined(ev, container))
		return false;
	*result = false;
	if (container->kind == EXPR_UNDEFINED)
		return true;
	if (item->kind == EXPR_UNDEFINED)
	{
		if (is_left_alone(container))
			return true;
		if (!mst_jinja_check_defined(ev, item))
			return false;
	}
	if (container->kind == EXPR_OBJECT)
	{
		ExprCursor	cursor;

		if (!mst_jinja_is_iterable(container))
			return mst_jinja_fail(ev, "TypeError", "argument of type '%s' is not iterable",
								  mst_value_type_name(container));
		return mst_jinja_open(ev, &cursor, container) &&
			mst_value_contains(ev->cxt, &cursor.source, item, result);
	}
	return mst_value_contains(ev->cxt, container, item, result);
}

/*
 * One comparison of two values.
 */
bool
mst_jinja_compare(JinjaEval *ev, JinjaCompareOp op, const ExprValue *a, const ExprValue *b,
				  bool *result)
{
	switch (op)
	{
		case JINJA_OP_EQ:
			return equal_operands(ev, a, b, result);
		case JINJA_OP_NE:
			if (!equal_operands(ev, a, b, result))
				return false;
			*result = !*result;
			return true;
		case JINJA_OP_IN:
			return contains_item(ev, b, a, result);
		case JINJA_OP_NOT_IN:
			if (!contains_item(ev, b, a, result))
				return false;
			*result = !*result;
			return true;
		default:
			break;
	}
	if (a->kind == EXPR_UNDEFINED)
		return mst_jinja_fail_undefined(ev, a);
	if (b->kind == EXPR_UNDEFINED)
		return mst_jinja_fail_undefined(ev, b);
	return mst_value_order(ev->cxt,
						   op == JINJA_OP_LT ? EXPR_LT : op == JINJA_OP_LE ? EXPR_LE :
						   op == JINJA_OP_GT ? EXPR_GT : EXPR_GE,
						   a, b, result);
}
