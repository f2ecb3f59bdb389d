/*-------------------------------------------------------------------------
 *
 * format.c
 *	  Python's format mini-language: format(value, spec).
 *
 * The specification is Python's of format() and f-strings:
 * "[[fill]align][sign][#][0][width][,][.precision][type]".  Digits of
 * floats come from the C library, whose printf() is exact and rounds half
 * to even as Python does; the server's replacement is passed by, because it
 * does not know the flag "#".
 *
 * Integers of any size are printed in any base here, since C knows none of
 * them.  Widths and precisions are refused beyond MAX_WIDTH, and what is
 * padded is charged before it is made.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "value/datetime.h"
#include "value/evaluation.h"
#include "value/format.h"
#include "value/format_spec.h"
#include "value/make.h"
#include "value/number.h"
#include "value/range.h"
#include "value/string.h"
#include "value/text.h"
#include "value/unicode.h"

/* C's own: the server's replacement does not know the flag "#" */
#undef snprintf

/* wider or more precise than this is an attack */
#define MAX_WIDTH	100000000

/* ---- reading a specification ---- */

/* Answers whether a character is one of the alignments. */
static bool
is_align(uint32 c)
{
	return c == '<' || c == '>' || c == '=' || c == '^';
}

/* Fails with one of Python's messages about a format. */
static bool
fail_spec(EvalContext *cxt, const char *what)
{
	return mst_expr_fail(cxt, "ValueError", "%s", what);
}

/* Digits at *p; *has tells whether there are some. */
static bool
read_count(EvalContext *cxt, const char **p, const char *end, int *value, bool *has)
{
	*has = false;
	*value = 0;
	for (; *p < end && **p >= '0' && **p <= '9'; (*p)++)
	{
		*has = true;
		*value = *value * 10 + (**p - '0');
		if (*value > MAX_WIDTH)
			return fail_spec(cxt, "Too many decimal digits in format string");
	}
	return true;
}

/*
 * Reads a format as Python defines it:
 * [[fill]align][sign][z][#][0][width][grouping][.precision][type]. The fill is
 * any character in front of an alignment, so that is looked for first.
 */
static bool
parse_spec(EvalContext *cxt, const char *spec, int len, FormatSpec *f)
{
	const char *p = spec;
	const char *end = spec + len;
	const char *q = p;
	uint32		first;
	bool		has;

	memset(f, 0, sizeof(FormatSpec));
	f->fill = ' ';
	f->precision = -1;
	if (p < end)
	{
		first = mst_utf8_next(&q, end);
		if (q < end && is_align((unsigned char) *q))
		{
			f->fill = first;
			f->align = *q;
			f->has_fill = true;
			p = q + 1;
		}
		else if (is_align(first))
		{
			f->align = (char) first;
			p = q;
		}
	}
	if (p < end && (*p == '+' || *p == '-' || *p == ' '))
		f->sign = *p++;
	if (p < end && *p == 'z')
	{
		f->no_negative_zero = true;
		p++;
	}
	if (p < end && *p == '#')
	{
		f->is_alternate = true;
		p++;
	}
	if (!f->has_fill && p < end && *p == '0')
	{
		f->fill = '0';
		f->has_zero = true;
		if (f->align == 0)
			f->align = '=';
		p++;
	}
	if (!read_count(cxt, &p, end, &f->width, &has))
		return false;
	if (p < end && (*p == ',' || *p == '_'))
		f->separator = *p++;
	if (p < end && (*p == ',' || *p == '_'))
		return fail_spec(cxt, *p == f->separator ? (f->separator == ',' ? "Cannot specify ',' with ','." :
													"Cannot specify '_' with '_'.") :
						 "Cannot specify both ',' and '_'.");
	if (p < end && *p == '.')
	{
		p++;
		if (!read_count(cxt, &p, end, &f->precision, &has))
			return false;
		if (!has)
			return fail_spec(cxt, "Format specifier missing precision");
	}
	if (end - p > 1)
		return fail_spec(cxt, "Invalid format specifier");
	if (p < end)
		f->type = *p;
	return true;
}

/* ---- padding ---- */

/* Appends prefix and digits padded to the width; prefix is sign, 0x and the like. */
static bool
append_padded(EvalContext *cxt, StringInfo out, const FormatSpec *f, char default_align,
			  const char *prefix, const char *body, int body_len)
{
	int			prefix_len = (int) strlen(prefix);
	int			length = prefix_len + mst_utf8_length(body, body_len);
	int			missing = Max(f->width - length, 0);
	char		align = f->align != 0 ? f->align : default_align;
	int			left = 0;
	int			i;

	if (!mst_expr_charge(cxt, (int64) out->len + body_len + (int64) missing * 4))
		return false;
	if (align == '>')
		left = missing;
	else if (align == '^')
		left = missing / 2;
	for (i = 0; i < left; i++)
		mst_utf8_append(out, f->fill);
	appendStringInfoString(out, prefix);
	if (align == '=')
	{
		for (i = 0; i < missing; i++)
			mst_utf8_append(out, f->fill);
		left = missing;
	}
	appendBinaryStringInfo(out, body, body_len);
	for (i = left; i < missing; i++)
		mst_utf8_append(out, f->fill);
	return true;
}

/*
 * Puts separators into the digits at the front of a number; when it is
 * padded with zeros, those get separators, too.
 */
static void
group_digits(StringInfo out, const char *digits, int ndigits, const char *rest, char separator,
			 int group, int width)
{
	int			total = ndigits;
	int			i;

	while (total + (total - 1) / group + (int) strlen(rest) < width)
		total++;
	/* a separator never stands first */
	for (i = total; i > 0; i--)
	{
		appendStringInfoChar(out, i > ndigits ? '0' : digits[ndigits - i]);
		if (i > 1 && (i - 1) % group == 0)
			appendStringInfoChar(out, separator);
	}
	appendStringInfoString(out, rest);
}

/* Returns the number of digits at the start. */
static int
leading_digits(const char *s, int base)
{
	return (int) strspn(s, base == 16 ? "0123456789abcdefABCDEF" : "0123456789");
}

/* Appends a number given as text without sign. */
static bool
append_number(EvalContext *cxt, StringInfo out, const FormatSpec *f, bool is_negative,
			  const char *base_prefix, const char *body, int base)
{
	char		prefix[4];
	StringInfoData grouped;
	int			width;

	snprintf(prefix, sizeof(prefix), "%s%s",
			 is_negative ? "-" : (f->sign == '+' ? "+" : (f->sign == ' ' ? " " : "")), base_prefix);
	if (f->separator == 0)
		return append_padded(cxt, out, f, '>', prefix, body, (int) strlen(body));

	if (!mst_expr_charge(cxt, (int64) strlen(body) * 2 + f->width))
		return false;
	mst_text_init(&grouped);
	width = f->fill == '0' && f->align == '=' ? f->width - (int) strlen(prefix) : 0;
	group_digits(&grouped, body, leading_digits(body, base), body + leading_digits(body, base),
				 f->separator, base == 10 ? 3 : 4, width);
	return append_padded(cxt, out, f, '>', prefix, grouped.data, grouped.len);
}

/* ---- integers ---- */

/* Fails for a type that the value does not have. */
static bool
unknown_code(EvalContext *cxt, const FormatSpec *f, const ExprValue *v)
{
	return mst_expr_fail(cxt, "ValueError", "Unknown format code '%c' for object of type '%s'",
						 f->type, mst_value_type_name(v));
}

/*
 * Formats an integer as the character of that number, to the left unless told
 * otherwise; an integer formatted as digits goes to the right.
 */
static bool
format_char(EvalContext *cxt, StringInfo out, const FormatSpec *f, const ExprValue *v)
{
	int64		c = mst_number_clip(v);
	StringInfoData text;

	if (f->sign != 0)
		return fail_spec(cxt, "Sign not allowed with integer format specifier 'c'");
	if (f->is_alternate)
		return fail_spec(cxt, "Alternate form (#) not allowed with integer format specifier 'c'");
	if (f->separator != 0)
		return mst_expr_fail(cxt, "ValueError", "Cannot specify '%c' with 'c'.", f->separator);
	if (c < 0 || c > 0x10FFFF)
		return mst_expr_fail(cxt, "OverflowError", "%%c arg not in range(0x110000)");
	mst_text_init(&text);
	mst_utf8_append(&text, (uint32) c);
	return append_padded(cxt, out, f, '<', "", text.data, text.len);
}

/*
 * Formats an integer of any size. The sign and the prefix stand in front of
 * the digits that are grouped, so the digits are those of the magnitude.
 */
static bool
format_integer(EvalContext *cxt, StringInfo out, const FormatSpec *f, const ExprValue *v)
{
	StringInfoData digits;
	const char *prefix = "";
	ExprValue	magnitude;
	int			base = 10;

	if (f->precision >= 0)
		return fail_spec(cxt, "Precision not allowed in integer format specifier");
	if (f->no_negative_zero)
		return fail_spec(cxt, "Negative zero coercion (z) not allowed in integer format specifier");
	switch (f->type)
	{
		case 'c':
			return format_char(cxt, out, f, v);
		case 'b':
			base = 2;
			prefix = "0b";
			break;
		case 'o':
			base = 8;
			prefix = "0o";
			break;
		case 'x':
		case 'X':
			base = 16;
			prefix = f->type == 'x' ? "0x" : "0X";
			break;
		default:
			break;
	}
	if (f->separator == ',' && base != 10)
		return mst_expr_fail(cxt, "ValueError", "Cannot specify ',' with '%c'.", f->type);
	mst_text_init(&digits);
	if (!mst_number_abs(cxt, v, &magnitude) ||
		!mst_number_append_int(cxt, &digits, &magnitude, base))
		return false;
	if (f->type == 'X')
	{
		int			i;

		for (i = 0; i < digits.len; i++)
			digits.data[i] = pg_toupper((unsigned char) digits.data[i]);
	}
	return append_number(cxt, out, f, mst_number_sign(v) < 0, f->is_alternate ? prefix : "",
						 digits.data, base == 10 ? 10 : 16);
}

/* ---- floats ---- */

/* Removes the zeros at the end of the fraction, and the point if nothing is left. */
static void
strip_zeros(char *text)
{
	char	   *e = strpbrk(text, "eE");
	char	   *end = e != NULL ? e : text + strlen(text);
	char	   *p = end;

	if (memchr(text, '.', end - text) == NULL)
		return;
	while (p > text && p[-1] == '0')
		p--;
	if (p > text && p[-1] == '.')
		p--;
	memmove(p, end, strlen(end) + 1);
}

/* Room for any double in any of C's formats with that precision. */
static char *
print_as(char type, int precision, bool is_alternate, double f)
{
	char		format[8];
	int			size = 350 + precision;
	char	   *buf = palloc(size);

	snprintf(format, sizeof(format), is_alternate ? "%%#.*%c" : "%%.*%c", type);
	snprintf(buf, size, format, precision, f);
	return buf;
}

/*
 * Returns a finite double >= 0 in one of C's formats.  The alternate form of
 * 'g' is composed here, because glibc loses its zeros when rounding adds a
 * digit.
 */
static char *
print_float(char type, int precision, bool is_alternate, double f)
{
	char	   *text;
	int			exponent;

	if (!is_alternate || (type != 'g' && type != 'G'))
		return print_as(type, precision, is_alternate, f);
	precision = Max(precision, 1);
	text = print_as(type == 'g' ? 'e' : 'E', precision - 1, true, f);
	exponent = atoi(strpbrk(text, "eE") + 1);
	if (exponent < -4 || exponent >= precision)
		return text;
	return print_as('f', precision - 1 - exponent, true, f);
}

/* The alternate form has a point even in front of an exponent: "1.e+16". */
static void
keep_point(char **text)
{
	char	   *e = strchr(*text, 'e');

	if (e != NULL && strchr(*text, '.') == NULL)
		*text = psprintf("%.*s.%s", (int) (e - *text), *text, e);
}

/* Text of a finite float >= 0 for a presentation type. */
static bool
float_body(EvalContext *cxt, const FormatSpec *f, double d, char **body)
{
	int			precision = f->precision < 0 ? 6 : f->precision;
	char	   *exponent;
	int			e;
	StringInfoData buf;

	if (!mst_expr_charge(cxt, precision))
		return false;
	switch (f->type)
	{
		case 'e':
		case 'E':
		case 'f':
		case 'F':
			*body = print_float(f->type, precision, f->is_alternate, d);
			return true;
		case 'g':
		case 'G':
		case 'n':
			*body = print_float(f->type == 'n' ? 'g' : f->type, precision, f->is_alternate, d);
			return true;
		case '%':
			*body = psprintf("%s%%", print_float('f', precision, f->is_alternate, d * 100.0));
			return true;
		default:
			break;
	}

	/* no type: like repr, or like 'g' but with a fraction */
	if (f->precision < 0)
	{
		mst_text_init(&buf);
		mst_number_append_float(&buf, d);
		*body = buf.data;
		if (f->is_alternate)
			keep_point(body);
		return true;
	}
	precision = Max(precision, 1);
	exponent = print_float('e', precision - 1, f->is_alternate, d);
	e = atoi(strchr(exponent, 'e') + 1);
	if (e < -4 || e >= precision - 1)
	{
		if (!f->is_alternate)
			strip_zeros(exponent);
		*body = exponent;
		return true;
	}
	*body = print_float('g', precision, true, d);
	if (f->is_alternate)
		return true;
	strip_zeros(*body);
	if (strpbrk(*body, ".e") == NULL)
		*body = psprintf("%s.0", *body);
	return true;
}

/*
 * Formats a float. Infinities and NaN have no zeros of padding and are not
 * grouped. With "z" a result that shows only zeros loses its sign.
 */
static bool
format_float(EvalContext *cxt, StringInfo out, const FormatSpec *f, double d)
{
	bool		is_negative = signbit(d) && !isnan(d);
	char	   *body;

	if (!isfinite(d))
	{
		bool		is_upper = f->type == 'E' || f->type == 'F' || f->type == 'G';

		body = isnan(d) ? (is_upper ? "NAN" : "nan") : (is_upper ? "INF" : "inf");
		if (f->type == '%')
			body = psprintf("%s%%", body);
	}
	else if (!float_body(cxt, f, fabs(d), &body))
		return false;
	if (is_negative && f->no_negative_zero && strspn(body, "0.eE+-%") == strlen(body))
		is_negative = false;
	return append_number(cxt, out, f, is_negative, "", body, 10);
}

/* ---- strings ---- */

/* Formats a string: the precision cuts it, zeros pad it on the right. */
static bool
format_string(EvalContext *cxt, StringInfo out, const FormatSpec *f, const ExprValue *s)
{
	ExprValue	shown = *s;

	if (f->type != 0 && f->type != 's')
		return unknown_code(cxt, f, s);
	if (f->sign != 0)
		return fail_spec(cxt, f->sign == ' ' ? "Space not allowed in string format specifier" :
						 "Sign not allowed in string format specifier");
	if (f->no_negative_zero)
		return fail_spec(cxt, "Negative zero coercion (z) not allowed in string format specifier");
	if (f->is_alternate)
		return fail_spec(cxt, "Alternate form (#) not allowed in string format specifier");
	if (f->separator != 0)
		return mst_expr_fail(cxt, "ValueError", "Cannot specify '%c' with 's'.", f->separator);
	if (f->align == '=' && !f->has_zero)
		return fail_spec(cxt, "'=' alignment not allowed in string format specifier");
	if (f->precision >= 0)
		shown = mst_string_slice(s, 0, f->precision);
	if (f->has_zero && f->align == '=')
	{
		FormatSpec	left = *f;

		left.align = '<';
		return append_padded(cxt, out, &left, '<', "", shown.u.string, shown.len);
	}
	return append_padded(cxt, out, f, '<', "", shown.u.string, shown.len);
}

/* ---- the public face ---- */

/*
 * Formats a number; an integer with a type of floats is made one first, which
 * may fail by its size.
 */
static bool
format_number(EvalContext *cxt, StringInfo out, const FormatSpec *f, const ExprValue *v)
{
	double		d;

	if (f->separator != 0 && f->type == 'n')
		return mst_expr_fail(cxt, "ValueError", "Cannot specify '%c' with 'n'.", f->separator);
	if (v->kind == EXPR_FLOAT)
	{
		if (f->type != 0 && strchr("eEfFgGn%", f->type) == NULL)
			return unknown_code(cxt, f, v);
		return format_float(cxt, out, f, v->u.real);
	}
	if (f->type == 0 || strchr("bcdoxXn", f->type) != NULL)
		return format_integer(cxt, out, f, v);
	if (strchr("eEfFgG%", f->type) == NULL)
		return unknown_code(cxt, f, v);
	return mst_number_to_float(cxt, v, &d) && format_float(cxt, out, f, d);
}

/*
 * format(value, spec):
 * "[[fill]align][sign][#][0][width][,][.precision][type]".
 */
bool
mst_format_value(EvalContext *cxt, StringInfo out, const ExprValue *v, const char *spec, int len)
{
	FormatSpec	f;

	if (v->kind == EXPR_DATETIME && len > 0)
	{
		ExprValue	format = mst_value_string(spec, len);
		ExprValue	text;

		return mst_datetime_format(cxt, v, &format, &text) &&
			mst_value_append_text(cxt, out, &text, 0);
	}
	if (len == 0)
		return mst_value_append_text(cxt, out, v, 0);
	if (v->kind != EXPR_STRING && !mst_value_is_number(v) && v->kind != EXPR_BOOL)
		return mst_expr_fail(cxt, "TypeError", "unsupported format string passed to %s.__format__",
							 mst_value_type_name(v));
	if (!parse_spec(cxt, spec, len, &f))
		return false;
	if (v->kind == EXPR_STRING)
		return format_string(cxt, out, &f, v);
	return format_number(cxt, out, &f, v);
}
