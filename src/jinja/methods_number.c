/*-------------------------------------------------------------------------
 *
 * methods_number.c
 *	  Methods and attributes of numbers, bytes and date-times, as Jinja2
 *	  expressions can use them.
 *
 * Templates may call methods of Python's types, and these do: of integers,
 * booleans (which are integers), floats and date-times.  Bytes are no kind
 * of value; they come from encode() and to_bytes() only, as objects with
 * the few methods that turn them into something else.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "jinja/arguments.h"
#include "jinja/objects.h"
#include "value/compare.h"
#include "value/datetime.h"
#include "value/list.h"
#include "value/make.h"
#include "value/range.h"

/* ---- integers ---- */

/* The integer itself; a boolean is one. */
static bool
int_self(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = args[0].kind == EXPR_BOOL ? mst_value_int(args[0].u.boolean) : args[0];
	return true;
}

/* An attribute that is 0 for every integer: its imaginary part. */
static bool
int_zero(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = mst_value_int(0);
	return true;
}

/* An attribute that is 1 for every integer: its denominator. */
static bool
int_one(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = mst_value_int(1);
	return true;
}

/* int.as_integer_ratio() */
static bool
int_as_integer_ratio(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	ExprValue	pair[2];

	if (!int_self(ev, args, &pair[0]))
		return false;
	pair[1] = mst_value_int(1);
	*result = mst_value_list(mst_list_of(pair, 2), true);
	return true;
}

/* Binary digits of the absolute value. */
static bool
binary_digits(JinjaEval *ev, const ExprValue *value, StringInfo out)
{
	ExprValue	absolute;

	mst_text_init(out);
	return mst_number_abs(ev->cxt, value, &absolute) &&
		mst_number_append_int(ev->cxt, out, &absolute, 2);
}

/* int.bit_length(): without the sign. */
static bool
int_bit_length(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	StringInfoData digits;

	if (!binary_digits(ev, &args[0], &digits))
		return false;
	*result = mst_value_int(digits.data[0] == '0' ? 0 : digits.len);
	return true;
}

/* int.bit_count(): of the magnitude. */
static bool
int_bit_count(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	StringInfoData digits;
	int			n = 0;

	if (!binary_digits(ev, &args[0], &digits))
		return false;
	for (int i = 0; i < digits.len; i++)
		n += digits.data[i] == '1' ? 1 : 0;
	*result = mst_value_int(n);
	return true;
}

/* Reads the order of bytes, which has a name; fails for others. */
static bool
is_big_endian(JinjaEval *ev, const ExprValue *order, bool *big)
{
	*big = true;
	if (order->kind == EXPR_STRING && order->len == 6 && memcmp(order->u.string, "little", 6) == 0)
	{
		*big = false;
		return true;
	}
	if (order->kind == EXPR_STRING && order->len == 3 && memcmp(order->u.string, "big", 3) == 0)
		return true;
	return mst_jinja_fail(ev, "ValueError", "byteorder must be either 'little' or 'big'");
}

/*
 * int.to_bytes(length, byteorder, signed): digits in base 256, by the
 * arithmetic of integers of any size, because such calls are rare. The length
 * is charged before the limit is computed from it.
 */
static bool
int_to_bytes(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	int64		length = args[1].u.integer;
	ExprValue	value = args[0];
	ExprValue	limit;
	ExprValue	one = mst_value_int(1);
	ExprValue	base = mst_value_int(256);
	ExprValue	count;
	bool		is_signed = args[3].u.boolean;
	bool		big;
	bool		fits;
	char	   *bytes;

	if (!is_big_endian(ev, &args[2], &big))
		return false;
	if (length < 0)
		return mst_jinja_fail(ev, "ValueError", "length argument must be non-negative");
	if (!is_signed && mst_number_sign(&value) < 0)
		return mst_jinja_fail(ev, "OverflowError", "can't convert negative int to unsigned");
	if (!mst_expr_charge(ev->cxt, length))
		return false;
	/* how many values there are, of which a signed number may use half */
	count = mst_value_int(length * 8 - (is_signed && length > 0 ? 1 : 0));
	if (!mst_number_arith(ev->cxt, EXPR_LSHIFT, &one, &count, &limit))
		return false;
	fits = mst_value_compare_numbers(&value, &limit) < 0;
	if (mst_number_sign(&value) < 0)
	{
		if (!mst_number_negate(ev->cxt, &limit, &limit))
			return false;
		fits = mst_value_compare_numbers(&value, &limit) >= 0;
	}
	if (!fits)
		return mst_jinja_fail(ev, "OverflowError", "int too big to convert");
	bytes = palloc(Max(length, 1));
	for (int64 i = 0; i < length; i++)
	{
		ExprValue	digit;

		if (!mst_expr_step(ev->cxt) || !mst_number_arith(ev->cxt, EXPR_MOD, &value, &base, &digit) ||
			!mst_number_arith(ev->cxt, EXPR_FLOOR_DIV, &value, &base, &value))
			return false;
		bytes[big ? length - 1 - i : i] = (char) digit.u.integer;
	}
	*result = mst_jinja_make_bytes(bytes, (int) length);
	return true;
}

const JinjaBuiltin mst_jinja_int_methods[] = {
	{"as_integer_ratio", int_as_integer_ratio, JINJA_TAKES("self:integer /")},
	{"bit_count", int_bit_count, JINJA_TAKES("self:integer /")},
	{"bit_length", int_bit_length, JINJA_TAKES("self:integer /")},
	{"conjugate", int_self, JINJA_TAKES("self:integer /")},
	{"denominator", .property = int_one, JINJA_TAKES("self:integer /")},
	{"imag", .property = int_zero, JINJA_TAKES("self:integer /")},
	{"numerator", .property = int_self, JINJA_TAKES("self:integer /")},
	{"real", .property = int_self, JINJA_TAKES("self:integer /")},
	{"to_bytes", int_to_bytes, JINJA_TAKES("self:integer / length:int=1 byteorder:any?='big' signed:bool=false")},
	{NULL}
};

/* ---- floats ---- */

/* An attribute that is the float itself. */
static bool
float_self(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = args[0];
	return true;
}

/* An attribute that is 0 for every float. */
static bool
float_zero(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	*result = mst_value_float(0.0);
	return true;
}

/* float.is_integer(): false for infinities. */
static bool
float_is_integer(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	double		f = args[0].u.real;

	*result = mst_value_bool(isfinite(f) && floor(f) == f);
	return true;
}

/*
 * float.as_integer_ratio(): a float is an integer times a power of two, so the
 * fraction is doubled until it is whole.
 */
static bool
float_as_integer_ratio(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	double		fraction;
	int			exponent;
	ExprValue	pair[2];
	ExprValue	shift;

	if (isnan(args[0].u.real))
		return mst_jinja_fail(ev, "ValueError", "cannot convert NaN to integer ratio");
	if (isinf(args[0].u.real))
		return mst_jinja_fail(ev, "OverflowError", "cannot convert Infinity to integer ratio");
	fraction = frexp(args[0].u.real, &exponent);
	while (fraction != floor(fraction))
	{
		fraction *= 2;
		exponent--;
	}
	pair[0] = mst_value_int((int64) fraction);
	pair[1] = mst_value_int(1);
	shift = mst_value_int(abs(exponent));
	if (!mst_number_arith(ev->cxt, EXPR_LSHIFT, &pair[exponent > 0 ? 0 : 1], &shift,
						  &pair[exponent > 0 ? 0 : 1]))
		return false;
	*result = mst_value_list(mst_list_of(pair, 2), true);
	return true;
}

/*
 * float.hex(), in Python's form, which always has 13 digits; printf's %a
 * leaves zeros out.
 */
static bool
float_hex(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	double		f = args[0].u.real;
	double		fraction;
	int			exponent;
	uint64		mantissa;

	if (!isfinite(f))
		*result = mst_value_cstring(isnan(f) ? "nan" : f < 0 ? "-inf" : "inf");
	else if (f == 0)
		*result = mst_value_cstring(signbit(f) ? "-0x0.0p+0" : "0x0.0p+0");
	else
	{
		fraction = frexp(fabs(f), &exponent) * 2;
		exponent--;
		if (exponent < -1022)
		{
			fraction = ldexp(fraction, exponent + 1022);
			exponent = -1022;
		}
		mantissa = (uint64) ldexp(fraction - floor(fraction), 52);
		*result = mst_value_cstring(psprintf("%s0x%d.%013llxp%+d", f < 0 ? "-" : "", (int) floor(fraction),
											 (unsigned long long) mantissa, exponent));
	}
	return true;
}

const JinjaBuiltin mst_jinja_float_methods[] = {
	{"as_integer_ratio", float_as_integer_ratio, JINJA_TAKES("self:float /")},
	{"conjugate", float_self, JINJA_TAKES("self:float /")},
	{"hex", float_hex, JINJA_TAKES("self:float /")},
	{"imag", .property = float_zero, JINJA_TAKES("self:float /")},
	{"is_integer", float_is_integer, JINJA_TAKES("self:float /")},
	{"real", .property = float_self, JINJA_TAKES("self:float /")},
	{NULL}
};

/* ---- bytes, which only methods make ---- */

typedef struct BytesObject
{
	ExprObject	object;
	const char *bytes;
	int			len;
} BytesObject;

/* Appends bytes as Python's repr() does. */
static bool
append_bytes_repr(EvalContext *cxt, ExprObject *object, StringInfo out)
{
	BytesObject *b = (BytesObject *) object;
	char		quote = '\'';

	if (memchr(b->bytes, '\'', b->len) != NULL && memchr(b->bytes, '"', b->len) == NULL)
		quote = '"';
	if (!mst_expr_charge(cxt, (int64) out->len + (int64) b->len * 4))
		return false;
	appendStringInfo(out, "b%c", quote);
	for (int i = 0; i < b->len; i++)
	{
		unsigned char c = b->bytes[i];

		if (c == quote || c == '\\')
			appendStringInfo(out, "\\%c", c);
		else if (c == '\n' || c == '\r' || c == '\t')
			appendStringInfo(out, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
		else if (c < 0x20 || c >= 0x7F)
			appendStringInfo(out, "\\x%02x", c);
		else
			appendStringInfoChar(out, c);
	}
	appendStringInfoChar(out, quote);
	return true;
}

/*
 * bytes.decode(), from UTF-8. Bytes come from encode(), which makes valid
 * text, or from to_bytes(), which may not.
 */
static bool
bytes_decode(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	BytesObject *b = (BytesObject *) args[0].u.object;

	for (int i = 0; i < b->len; i++)
		if ((unsigned char) b->bytes[i] >= 0x80)
		{
			/* only encode() makes such bytes that are text */
			if (!mst_jinja_is_utf8(b->bytes, b->len))
				return mst_jinja_fail(ev, "UnicodeDecodeError",
									  "'utf-8' codec can't decode byte 0x%02x in position %d: invalid start byte",
									  (unsigned char) b->bytes[i], i);
			break;
		}
	*result = mst_value_string(b->bytes, b->len);
	return true;
}

/* bytes.hex() */
static bool
bytes_hex(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	BytesObject *b = (BytesObject *) args[0].u.object;
	StringInfoData out;

	if (!mst_expr_charge(ev->cxt, (int64) b->len * 2))
		return false;
	mst_text_init(&out);
	for (int i = 0; i < b->len; i++)
		appendStringInfo(&out, "%02x", (unsigned char) b->bytes[i]);
	*result = mst_value_string_from(&out);
	return true;
}

const JinjaBuiltin mst_jinja_bytes_methods[] = {
	{"decode", bytes_decode, JINJA_TAKES("self:bytes / encoding:anything='utf-8' errors:anything='strict'")},
	{"hex", bytes_hex, JINJA_TAKES("self:bytes /")},
	{NULL}
};

/* Finds a method of bytes. */
static bool
get_bytes_attribute(JinjaEval *ev, ExprObject *object, const char *name, int len,
					ExprValue *result, bool *found)
{
	ExprValue	self = mst_value_object(object);
	const JinjaBuiltin *method = mst_jinja_find_in(mst_jinja_bytes_methods, name, len);

	*found = method != NULL;
	if (*found)
		*result = mst_jinja_make_method(method, &self);
	return true;
}

/* The bytes as integers. */
static bool
iterate_bytes(JinjaEval *ev, ExprObject *object, ExprValue *result)
{
	BytesObject *b = (BytesObject *) object;
	ExprList   *list = mst_list_new(0);

	for (int i = 0; i < b->len; i++)
	{
		ExprValue	value = mst_value_int((unsigned char) b->bytes[i]);

		if (!mst_list_append(ev->cxt, list, &value))
			return false;
	}
	*result = mst_value_list(list, false);
	return true;
}

/* Counts bytes, and not characters. */
static bool
bytes_length(JinjaEval *ev, ExprObject *object, int64 *length)
{
	*length = ((BytesObject *) object)->len;
	return true;
}

static const JinjaClass bytes_class = {"", NULL, get_bytes_attribute, iterate_bytes, bytes_length};
static const ExprObjectOps bytes_ops = {"bytes", append_bytes_repr, &bytes_class};

/*
 * Bytes as a value; they are not copied.
 */
ExprValue
mst_jinja_make_bytes(const char *bytes, int len)
{
	BytesObject *object = palloc0(sizeof(BytesObject));

	object->object.ops = &bytes_ops;
	object->bytes = bytes;
	object->len = len;
	return mst_value_object(&object->object);
}

/* ---- date-times ---- */

#define DATETIME_PART(part) \
static bool \
datetime_##part(JinjaEval *ev, ExprValue *args, ExprValue *result) \
{ \
	ExprDateParts parts; \
	\
	mst_datetime_parts(args[0].u.datetime, &parts); \
	*result = mst_value_int(parts.part); \
	return true; \
}

DATETIME_PART(year)
DATETIME_PART(month)
DATETIME_PART(day)
DATETIME_PART(hour)
DATETIME_PART(minute)
DATETIME_PART(second)
DATETIME_PART(microsecond)
DATETIME_PART(weekday)

/* datetime.isoformat(): with the letter T between date and time. */
static bool
datetime_isoformat(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	StringInfoData out;

	mst_text_init(&out);
	mst_datetime_append(&out, args[0].u.datetime);
	if (out.len > 10)
		out.data[10] = 'T';
	*result = mst_value_string_from(&out);
	return true;
}

/* datetime.strftime(format) */
static bool
datetime_strftime(JinjaEval *ev, ExprValue *args, ExprValue *result)
{
	if (args[1].kind != EXPR_STRING)
		return mst_jinja_fail(ev, "TypeError", "strftime() argument 1 must be str, not %s",
							  mst_value_type_name(&args[1]));
	return mst_datetime_format(ev->cxt, &args[0], &args[1], result);
}

const JinjaBuiltin mst_jinja_datetime_methods[] = {
	{"day", .property = datetime_day, JINJA_TAKES("self:datetime /")},
	{"hour", .property = datetime_hour, JINJA_TAKES("self:datetime /")},
	{"isoformat", datetime_isoformat, JINJA_TAKES("self:datetime /")},
	{"microsecond", .property = datetime_microsecond, JINJA_TAKES("self:datetime /")},
	{"minute", .property = datetime_minute, JINJA_TAKES("self:datetime /")},
	{"month", .property = datetime_month, JINJA_TAKES("self:datetime /")},
	{"second", .property = datetime_second, JINJA_TAKES("self:datetime /")},
	{"strftime", datetime_strftime, JINJA_TAKES("self:datetime format:any? /")},
	{"weekday", datetime_weekday, JINJA_TAKES("self:datetime /")},
	{"year", .property = datetime_year, JINJA_TAKES("self:datetime /")},
	{NULL}
};
