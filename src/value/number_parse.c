/*-------------------------------------------------------------------------
 *
 * number_parse.c
 *	  Numbers from text, as Python's int() and float() read them.
 *
 * int() and float() take whitespace around a number, digits of every
 * script, and underscores between two digits, as Python does.  All of that
 * is first turned into ASCII, so that one grammar serves.  A text that is
 * no number is no error here: the callers have messages of their own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "value/number.h"
#include "value/unicode.h"

/*
 * Copies a text with surrounding whitespace removed and every decimal digit
 * of any script turned into ASCII.  False when another character is not ASCII.
 */
static bool
to_ascii(const char *s, int len, char **text, int *textlen)
{
	const char *end = s + len;
	const char *p;
	char	   *out;
	int			n = 0;

	while (s < end && (p = s, mst_char_is_space(mst_utf8_next(&p, end))))
		s = p;
	while (end > s && (p = mst_utf8_prev(end, s), mst_char_is_space(mst_utf8_next(&p, end))))
		end = mst_utf8_prev(end, s);

	out = palloc(end - s + 1);
	while (s < end)
	{
		uint32		c = mst_utf8_next(&s, end);

		if (c >= 0x80)
		{
			int			digit = mst_char_decimal_value(c);

			if (digit < 0)
				return false;
			c = '0' + digit;
		}
		out[n++] = (char) c;
	}
	out[n] = '\0';
	*text = out;
	*textlen = n;
	return true;
}

/* Removes underscores, each of which must stand between two digits. */
static bool
drop_underscores(char *text, int *len, bool (*is_digit) (char c, int base), int base)
{
	int			from;
	int			to = 0;

	for (from = 0; from < *len; from++)
	{
		if (text[from] != '_')
		{
			text[to++] = text[from];
			continue;
		}
		if (from == 0 || from + 1 >= *len ||
			!is_digit(text[from - 1], base) || !is_digit(text[from + 1], base))
			return false;
	}
	text[to] = '\0';
	*len = to;
	return true;
}

/* Answers whether a character is a digit in a base up to 36. */
static bool
is_base_digit(char c, int base)
{
	int			value = 99;

	if (c >= '0' && c <= '9')
		value = c - '0';
	else if (c >= 'a' && c <= 'z')
		value = c - 'a' + 10;
	else if (c >= 'A' && c <= 'Z')
		value = c - 'A' + 10;
	return value < base;
}

/* Returns the base that a prefix like 0x stands for, or 0. */
static int
prefix_base(const char *p, int len)
{
	if (len < 2 || p[0] != '0')
		return 0;
	switch (p[1])
	{
		case 'x':
		case 'X':
			return 16;
		case 'o':
		case 'O':
			return 8;
		case 'b':
		case 'B':
			return 2;
		default:
			return 0;
	}
}

/*
 * Python's int(text, base) and float(text): surrounding whitespace, sign, any
 * decimal digits, "_" between digits; base 0 or 2..36 with prefixes for that
 * base.  Answer false when the text is no number, without setting an error.
 */
bool
mst_number_parse_int(EvalContext *cxt, const char *s, int len, int base, ExprValue *result)
{
	char	   *p;
	bool		is_negative = false;
	int			prefix;
	int			i;

	if (!to_ascii(s, len, &p, &len))
		return false;
	if (len > 0 && (*p == '-' || *p == '+'))
	{
		is_negative = *p == '-';
		p++;
		len--;
	}
	prefix = prefix_base(p, len);
	if (prefix != 0 && (base == 0 || base == prefix))
	{
		base = prefix;
		p += 2;
		len -= 2;
		if (len > 1 && *p == '_')
		{
			p++;
			len--;
		}
	}
	else if (base == 0)
	{
		/* a leading zero is allowed for zero only */
		base = 10;
		for (i = 0; len > 0 && *p == '0' && i < len; i++)
		{
			if (p[i] != '0' && p[i] != '_')
				return false;
		}
	}

	if (len == 0 || !drop_underscores(p, &len, is_base_digit, base))
		return false;
	for (i = 0; i < len; i++)
	{
		if (!is_base_digit(p[i], base))
			return false;
	}
	if (!mst_number_from_digits(cxt, p, len, base, result))
		return false;
	return is_negative ? mst_number_negate(cxt, result, result) : true;
}

/* Returns the length of digits [. digits] [e [sign] digits] at p, or 0. */
static int
float_length(const char *p)
{
	const char *start = p;
	int			ndigits = 0;

	for (; *p >= '0' && *p <= '9'; p++)
		ndigits++;
	if (*p == '.')
	{
		for (p++; *p >= '0' && *p <= '9'; p++)
			ndigits++;
	}
	if (ndigits == 0)
		return 0;
	if (*p == 'e' || *p == 'E')
	{
		p++;
		if (*p == '+' || *p == '-')
			p++;
		if (*p < '0' || *p > '9')
			return 0;
		while (*p >= '0' && *p <= '9')
			p++;
	}
	return (int) (p - start);
}

/*
 * Reads a float as Python's float(text) does. Returns false, without an
 * error, when the text is no number.
 */
bool
mst_number_parse_float(const char *s, int len, double *result)
{
	char	   *p;
	bool		is_negative = false;

	if (!to_ascii(s, len, &p, &len) || !drop_underscores(p, &len, is_base_digit, 10))
		return false;
	if (len > 0 && (*p == '-' || *p == '+'))
	{
		is_negative = *p == '-';
		p++;
		len--;
	}
	if (memchr(p, '\0', len) != NULL)
		return false;
	if (pg_strcasecmp(p, "inf") == 0 || pg_strcasecmp(p, "infinity") == 0)
		*result = INFINITY;
	else if (pg_strcasecmp(p, "nan") == 0)
		*result = NAN;
	else if (len > 0 && float_length(p) == len)
		*result = strtod(p, NULL);
	else
		return false;
	if (is_negative)
		*result = -*result;
	return true;
}
