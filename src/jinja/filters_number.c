/*-------------------------------------------------------------------------
 *
 * filters_number.c
 *	  Filters of Jinja2 that make or change numbers.
 *
 * int and float give their default where Python would raise, as for a list
 * or a text that is no number; but an undefined value raises. round works
 * on floats and gives one, also without digits; up and down go by
 * math.ceil() and math.floor() on the scaled value, with the errors of
 * binary fractions that this has.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "jinja/arguments.h"
#include "jinja/arithmetic.h"
#include "jinja/builtins.h"
#include "value/datetime.h"
#include "value/make.h"
#include "value/range.h"
#include "value/text.h"

static bool
is_numeric(const ExprValue *value)
{
	return mst_value_is_number(value) || value->kind == EXPR_BOOL;
}

/* number | abs, also of a time span. */
static bool
filter_abs(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	if (args[0].kind == EXPR_TIMESPAN)
	{
		*result = args[0];
		return args[0].len >= 0 || mst_timespan_negate(ev->cxt, &args[0], result);
	}
	if (!is_numeric(&args[0]))
		return mst_jinja_fail(ev, "TypeError", "bad operand type for abs(): '%s'",
							  mst_value_type_name(&args[0]));
	return mst_number_abs(ev->cxt, &args[0], result);
}

/* ---- float, int ---- */

/* float(value); *converted is false where Python raises TypeError or ValueError. */
static bool
convert_float(JinjaEval *ev, const ExprValue *value, double *real, bool *converted)
{
	*converted = false;
	if (value->kind == EXPR_UNDEFINED)
		return mst_jinja_fail_undefined(ev, value);
	if (is_numeric(value))
	{
		*converted = true;
		return mst_number_to_float(ev->cxt, value, real);
	}
	*converted = value->kind == EXPR_STRING &&
		mst_number_parse_float(value->u.string, value->len, real);
	return true;
}

/* value | float(default): the default where the value is none. */
static bool
filter_float(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	double		real;
	bool		converted;

	if (!convert_float(ev, &args[0], &real, &converted))
		return false;
	*result = converted ? mst_value_float(real) : args[1];
	return true;
}

/* int(text, base); *converted is false where it is no such number. */
static bool
convert_text(JinjaEval *ev, const ExprValue *text, const ExprValue *base, ExprValue *result, bool *converted)
{
	int64		radix;

	*converted = false;
	if (!mst_value_is_integral(base))
		return true;
	radix = mst_number_clip(base);
	if (radix != 0 && (radix < 2 || radix > 36))
		return true;
	*converted = mst_number_parse_int(ev->cxt, text->u.string, text->len, (int) radix, result);
	return ev->cxt->error == NULL;
}

/*
 * value
 *
 * int(default, base): reads integers in the base, then floats, whose fraction
 * is cut off; the default where neither can be read.
 */
static bool
filter_int(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	double		real;
	bool		converted = false;
	ExprValue	value;

	*result = args[1];
	if (args[0].kind == EXPR_BOOL)
	{
		*result = mst_value_int(args[0].u.boolean);
		return true;
	}
	if (mst_value_is_integral(&args[0]))
	{
		*result = args[0];
		return true;
	}
	if (args[0].kind == EXPR_FLOAT)
		return isnan(args[0].u.real) || mst_number_to_int(ev->cxt, &args[0], result);
	if (args[0].kind == EXPR_STRING)
	{
		if (!convert_text(ev, &args[0], &args[2], &value, &converted))
			return false;
		if (converted)
		{
			*result = value;
			return true;
		}
	}
	/* "42.7" is no integer, but a number */
	if (!convert_float(ev, &args[0], &real, &converted))
		return false;
	if (!converted || isnan(real))
		return true;
	value = mst_value_float(real);
	return mst_number_to_int(ev->cxt, &value, result);
}

/* ---- round ---- */

/*
 * Rounds half to even, as Python's round(); to an integer where the precision
 * is null.
 */
static bool
round_common(JinjaEval *ev, const ExprValue *value, const ExprValue *precision, ExprValue *result)
{
	int64		ndigits;
	ExprValue	rounded;

	if (!is_numeric(value))
		return mst_jinja_fail(ev, "TypeError", "type %s doesn't define __round__ method",
							  mst_value_type_name(value));
	if (precision->kind != EXPR_NULL)
		return mst_jinja_int_argument(ev, precision, &ndigits) &&
			mst_number_round(ev->cxt, value, ndigits, result);
	/* round(x, none) is an integer */
	return mst_number_round(ev->cxt, value, 0, &rounded) &&
		mst_number_to_int(ev->cxt, &rounded, result);
}

/* math.ceil(value * 10 ** precision) / 10 ** precision, or floor */
static bool
round_to(JinjaEval *ev, const ExprValue *value, const ExprValue *precision, bool up, ExprValue *result)
{
	ExprValue	ten = mst_value_int(10);
	ExprValue	factor;
	ExprValue	scaled;
	ExprValue	whole;

	if (!mst_jinja_arith(ev, EXPR_POW, &ten, precision, &factor) ||
		!mst_jinja_arith(ev, EXPR_MUL, value, &factor, &scaled))
		return false;
	if (!is_numeric(&scaled))
		return mst_jinja_fail(ev, "TypeError", "must be real number, not %s", mst_value_type_name(&scaled));
	return (up ? mst_number_ceil(ev->cxt, &scaled, &whole) : mst_number_floor(ev->cxt, &scaled, &whole)) &&
		mst_jinja_arith(ev, EXPR_TRUE_DIV, &whole, &factor, result);
}

static bool
is_text(const ExprValue *value, const char *text)
{
	return value->kind == EXPR_STRING && value->len == strlen(text) &&
		memcmp(value->u.string, text, value->len) == 0;
}

/* number | round(precision, method) */
static bool
filter_round(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	if (is_text(&args[2], "common"))
		return round_common(ev, &args[0], &args[1], result);
	if (is_text(&args[2], "ceil") || is_text(&args[2], "floor"))
		return round_to(ev, &args[0], &args[1], is_text(&args[2], "ceil"), result);
	return mst_jinja_fail(ev, "FilterArgumentError", "method must be common, ceil or floor");
}

/* ---- filesizeformat ---- */

static const char *const binary_units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"};
static const char *const decimal_units[] = {"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};

/*
 * bytes
 *
 * filesizeformat(binary): units of 1000, or of 1024 with other names.
 */
static bool
filter_filesizeformat(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	double		bytes;
	double		base;
	double		unit;
	int			i;
	bool		converted;
	bool		binary = args[1].u.boolean;
	const char *text;

	if (!convert_float(ev, &args[0], &bytes, &converted))
		return false;
	if (!converted && args[0].kind == EXPR_STRING)
		return mst_jinja_fail(ev, "ValueError", "could not convert string to float: %s",
							  mst_value_brief(ev->cxt, &args[0]));
	if (!converted)
		return mst_jinja_fail(ev, "TypeError", "float() argument must be a string or a real number, not '%s'",
							  mst_value_type_name(&args[0]));
	base = binary ? 1024 : 1000;
	if (isnan(bytes))
		return mst_jinja_fail(ev, "ValueError", "cannot convert float NaN to integer");
	if (isinf(bytes) && bytes < 0)
		return mst_jinja_fail(ev, "OverflowError", "cannot convert float infinity to integer");
	if (bytes == 1)
		text = "1 Byte";

	else if (bytes < base)
	{
		ExprValue	value = mst_value_float(bytes);
		ExprValue	whole;
		StringInfoData out;

		mst_text_init(&out);
		if (!mst_number_to_int(ev->cxt, &value, &whole) ||
			!mst_number_append_int(ev->cxt, &out, &whole, 10))
			return false;
		text = psprintf("%s Bytes", out.data);
	}
	else
	{
		unit = base * base;
		for (i = 0; i < lengthof(binary_units) - 1 && bytes >= unit; i++)
			unit *= base;
		text = isinf(bytes) ? psprintf("inf %s", binary ? binary_units[i] : decimal_units[i]) :
			psprintf("%.1f %s", base * bytes / unit, binary ? binary_units[i] : decimal_units[i]);
	}
	*result = mst_value_cstring(text);
	return true;
}

const JinjaBuiltin mst_jinja_number_filters[] = {
	{"abs", filter_abs, JINJA_TAKES("x:any?"), .python_name = "abs"},
	{"filesizeformat", filter_filesizeformat, JINJA_TAKES("value:any? binary:bool=false")},
	{"float", filter_float, JINJA_TAKES("value:any? default:anything=0.0")},
	{"int", filter_int, JINJA_TAKES("value:any? default:anything=0 base:anything=10")},
	{"round", filter_round, JINJA_TAKES("value:any? precision:any?=0 method:any?='common'")},
	{NULL}
};
