/*-------------------------------------------------------------------------
 *
 * html.c
 *	  Taking HTML apart: tags stripped, entities decoded.
 *
 * Entities are decoded by HTML's rules for broken pages, as Python's
 * html.unescape() does: names that HTML has always had may lack the
 * semicolon, the longest beginning that is a name counts, and numbers from
 * 0x80 to 0x9F mean characters of Windows-1252.  Tags are removed by their
 * brackets and not by parsing; comments first, each search beginning behind
 * the last, so that the cost is linear.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/objects.h"
#include "jinja/web/entities.h"
#include "jinja/web/html.h"
#include "value/list.h"
#include "value/make.h"
#include "value/string.h"
#include "value/unicode.h"

/* Longest name that is looked up. */
#define MAX_ENTITY	32

/* ---- entities ---- */

/* Code points 0x80 to 0x9F are taken for those of Windows-1252. */
static const uint16 windows_1252[32] = {
	0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
	0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178
};

static bool
is_invalid_code(uint32 c)
{
	return (c >= 0x1 && c <= 0x8) || c == 0xB || (c >= 0xE && c <= 0x1F) ||
		(c >= 0x7F && c <= 0x9F) || (c >= 0xFDD0 && c <= 0xFDEF) ||
		(c & 0xFFFE) == 0xFFFE;
}

/* Appends what "&#...;" stands for. */
static void
append_code(StringInfo out, uint32 c)
{
	if (c == 0 || (c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF)
		mst_utf8_append(out, 0xFFFD);
	else if (c >= 0x80 && c <= 0x9F)
		mst_utf8_append(out, windows_1252[c - 0x80]);
	else if (c == 0xD || !is_invalid_code(c))
		mst_utf8_append(out, c);
}

static int
digit_value(char c, int base)
{
	int			digit = -1;

	if (c >= '0' && c <= '9')
		digit = c - '0';
	else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		digit = (c | 0x20) - 'a' + 10;
	return digit < base ? digit : -1;
}

/* A numeric reference behind "&#"; returns the bytes it takes, 0 for none. */
static int
decode_number(StringInfo out, const char *s, const char *end)
{
	const char *start = s;
	int			base = 10;
	uint32		code = 0;
	const char *digits;

	if (s < end && (*s == 'x' || *s == 'X'))
	{
		base = 16;
		s++;
	}
	for (digits = s; s < end && digit_value(*s, base) >= 0; s++)
		code = Min(code * base + digit_value(*s, base), 0x110000);
	if (s == digits)
		return 0;
	append_code(out, code);
	if (s < end && *s == ';')
		s++;
	return s - start;
}

/* Finds a name; those that HTML has always had may lack the semicolon. */
static const JinjaEntity *
find_entity(const char *name, int len, bool has_semicolon)
{
	int			low = 0;
	int			high = mst_jinja_nentities - 1;

	while (low <= high)
	{
		int			mid = (low + high) / 2;
		const JinjaEntity *entity = &mst_jinja_entities[mid];
		int			order = strncmp(entity->name, name, len);

		if (order == 0 && entity->name[len] != '\0')
			order = 1;
		if (order == 0)
			return has_semicolon || entity->is_legacy ? entity : NULL;
		if (order < 0)
			low = mid + 1;
		else
			high = mid - 1;
	}
	return NULL;
}

/* A named reference behind "&"; returns the bytes it takes, 0 for none. */
static int
decode_name(StringInfo out, const char *s, const char *end)
{
	const JinjaEntity *entity;
	int			len = 0;

	while (s + len < end && len < MAX_ENTITY && strchr("\t\n\f <&#;", s[len]) == NULL && s[len] != '\0')
		len++;
	if (len > 0 && s + len < end && s[len] == ';' && (entity = find_entity(s, len, true)) != NULL)
	{
		appendStringInfoString(out, entity->text);
		return len + 1;
	}
	/* else the longest beginning that is a name */
	for (; len > 1; len--)
	{
		entity = find_entity(s, len, false);
		if (entity == NULL)
			continue;
		appendStringInfoString(out, entity->text);
		return len;
	}
	return 0;
}

/*
 * Appends text with entities decoded.
 */
bool
mst_jinja_append_unescaped(JinjaEval *ev, StringInfo out, const char *s, int len)
{
	const char *end = s + len;

	if (!mst_expr_charge(ev->cxt, (int64) out->len + (int64) len * 2))
		return false;
	while (s < end)
	{
		int			taken = 0;

		if (*s == '&' && s + 1 < end)
			taken = s[1] == '#' ? decode_number(out, s + 2, end) : decode_name(out, s + 1, end);
		if (taken == 0)
			appendStringInfoCharMacro(out, *s++);
		else
			s += taken + (s[1] == '#' ? 2 : 1);
	}
	return true;
}

/* ---- tags ---- */

/* Returns the position of "-->" in [s, end), or NULL. */
static const char *
find_comment_end(const char *s, const char *end)
{
	for (; end - s >= 3; s++)
	{
		s = memchr(s, '-', end - s);
		if (s == NULL || end - s < 3)
			return NULL;
		if (s[1] == '-' && s[2] == '>')
			return s;
	}
	return NULL;
}

/*
 * Copies text without comments.  What is left of a comment that was taken out
 * may form the beginning of another with what follows.
 */
static void
strip_comments(StringInfo out, const char *s, const char *end)
{
	while (s < end)
	{
		const char *close;

		appendStringInfoCharMacro(out, *s++);
		if (out->len < 4 || memcmp(out->data + out->len - 4, "<!--", 4) != 0)
			continue;
		/* the two dashes of the beginning may belong to the end as well */
		if (s < end && *s == '>')
			s++;
		else if (end - s >= 2 && s[0] == '-' && s[1] == '>')
			s += 2;
		else
		{
			close = find_comment_end(s, end);
			if (close == NULL)
				break;
			s = close + 3;
		}
		out->len -= 4;
	}
	appendBinaryStringInfo(out, s, end - s);
}

static void
strip_tags(StringInfo out, const char *s, const char *end)
{
	while (s < end)
	{
		const char *open = memchr(s, '<', end - s);
		const char *close = open != NULL ? memchr(open, '>', end - open) : NULL;

		if (close == NULL)
			break;
		appendBinaryStringInfo(out, s, open - s);
		s = close + 1;
	}
	appendBinaryStringInfo(out, s, end - s);
}

/*
 * Gives the text without comments and tags, with runs of whitespace as one
 * space, and entities decoded.
 */
bool
mst_jinja_striptags(JinjaEval *ev, const ExprValue *text, ExprValue *result)
{
	ExprValue	plain;
	ExprValue	word;
	ExprList   *words;
	StringInfoData buf;
	StringInfoData joined;

	if (!mst_expr_charge(ev->cxt, (int64) text->len * 3))
		return false;
	mst_text_init(&buf);
	mst_text_init(&joined);
	strip_comments(&buf, text->u.string, text->u.string + text->len);
	strip_tags(&joined, buf.data, buf.data + buf.len);
	plain = mst_value_string_from(&joined);
	if (!mst_string_split(ev->cxt, &plain, NULL, -1, &words))
		return false;
	resetStringInfo(&buf);
	for (int i = 0; i < mst_list_length(words); i++)
	{
		if (!mst_list_get(ev->cxt, words, i, &word))
			return false;
		if (i > 0)
			appendStringInfoChar(&buf, ' ');
		appendBinaryStringInfo(&buf, word.u.string, word.len);
	}
	mst_text_init(&joined);
	if (!mst_jinja_append_unescaped(ev, &joined, buf.data, buf.len))
		return false;
	*result = mst_value_string_from(&joined);
	return true;
}

/*
 * Answers whether bytes are valid UTF-8.
 */
bool
mst_jinja_is_utf8(const char *bytes, int len)
{
	for (int i = 0; i < len;)
	{
		unsigned char c = bytes[i];
		int			n = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 :
		c >= 0xF0 && c < 0xF5 ? 4 : 0;
		uint32		code = n == 1 ? c : c & (0x7F >> n);

		if (n == 0 || i + n > len)
			return false;
		for (int j = 1; j < n; j++)
		{
			if ((bytes[i + j] & 0xC0) != 0x80)
				return false;
			code = (code << 6) | (bytes[i + j] & 0x3F);
		}
		if ((n == 3 && (code < 0x800 || (code >= 0xD800 && code <= 0xDFFF))) ||
			(n == 4 && (code < 0x10000 || code > 0x10FFFF)))
			return false;
		i += n;
	}
	return true;
}
