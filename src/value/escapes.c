/*-------------------------------------------------------------------------
 *
 * escapes.c
 *	  Escapes in string literals, as Python reads them.
 *
 * Both languages write strings like Python, but get there by different ways:
 * Jinja decodes the literal as a whole, and refuses what is no escape in full;
 * YAQL looks for escapes by a pattern, and leaves what does not match it as it
 * is written.  So this file only says what it has found, and up to where; what
 * follows from that, surrogates included, is the languages' to decide.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/escapes.h"
#include "value/unicode.h"

#define MAX_CODE	0x10FFFF
#define NO_CHAR		0xFFFFFFFF	/* no character has the name */

/* Returns the value of a digit of a base up to 16, or -1. */
static int
digit_value(char c, int base)
{
	int			value = -1;

	if (c >= '0' && c <= '9')
		value = c - '0';
	else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		value = (c | 0x20) - 'a' + 10;
	return value < base ? value : -1;
}

/* Reads up to "max" digits; returns how many there are. */
static int
read_digits(const char *s, const char *end, int max, int base, uint64 *code)
{
	int			n = 0;

	*code = 0;
	while (n < max && s + n < end && digit_value(s[n], base) >= 0)
		*code = *code * base + digit_value(s[n++], base);
	return n;
}

/* \xHH, \uHHHH and \UHHHHHHHH; s is behind the letter. */
static void
read_hex(const char *s, const char *end, int digits, const char *truncated, Escape *escape)
{
	uint64		code;
	int			n = read_digits(s, end, digits, 16, &code);

	escape->max_digits = digits;
	escape->len += n;
	if (n < digits)
	{
		escape->kind = ESCAPE_TRUNCATED;
		escape->error = truncated;
	}
	else if (code > MAX_CODE)
	{
		escape->kind = ESCAPE_ILLEGAL;
		escape->error = "illegal Unicode character";
	}
	else
		escape->code = (uint32) code;
}

/* \N{NAME}; s is behind the letter. */
static void
read_name(const char *s, const char *end, Escape *escape)
{
	const char *close = s < end && *s == '{' ? memchr(s, '}', end - s) : NULL;

	if (close == NULL || close == s + 1)
	{
		escape->kind = ESCAPE_MALFORMED;
		escape->error = "malformed \\N character escape";
		return;
	}
	escape->len += close + 1 - s;
	escape->code = mst_char_by_name(s + 1, close - s - 1);
	if (escape->code == NO_CHAR)
	{
		escape->kind = ESCAPE_UNKNOWN_NAME;
		escape->error = "unknown Unicode character name";
	}
}

/*
 * Reads the escape whose backslash stands before s.  Nothing is raised: an
 * escape that is wrong has an error, which is constant.
 */
void
mst_escape_read(const char *s, const char *end, Escape *escape)
{
	static const char from[] = "\\'\"abfnrtv";
	static const char to[] = "\\'\"\a\b\f\n\r\t\v";
	char		letter = s < end ? *s : '\0';
	const char *simple = letter != '\0' ? strchr(from, letter) : NULL;
	uint64		code;

	*escape = (Escape)
	{
		ESCAPE_CODE, 1
	};
	if (simple != NULL)
		escape->code = (unsigned char) to[simple - from];
	else if (letter >= '0' && letter <= '7')
	{
		escape->len = read_digits(s, end, 3, 8, &code);
		escape->code = (uint32) code;
	}
	else if (letter == 'x')
		read_hex(s + 1, end, 2, "truncated \\xXX escape", escape);
	else if (letter == 'u')
		read_hex(s + 1, end, 4, "truncated \\uXXXX escape", escape);
	else if (letter == 'U')
		read_hex(s + 1, end, 8, "truncated \\UXXXXXXXX escape", escape);
	else if (letter == 'N')
		read_name(s + 1, end, escape);
	else
		escape->kind = letter == '\n' ? ESCAPE_NEWLINE : ESCAPE_NONE;
}
