/*-------------------------------------------------------------------------
 *
 * string.c
 *	  Operations on text in code points.
 *
 * Text is UTF-8 with a count of code points; positions are code points, as
 * in Python.  Where all are ASCII a position is a byte, and nothing is
 * scanned.  Slices, pieces of split() and stripped texts share the text of
 * the original, which never changes; so they cost no memory, and keep the
 * original alive.
 *
 * Adding to a text that was made last may use the room behind it, so that a
 * text built in a loop takes linear time.  Case and classes of characters
 * are Unicode's (unicode.c), where length may change.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "value/evaluation.h"
#include "value/list.h"
#include "value/make.h"
#include "value/range.h"
#include "value/string.h"
#include "value/unicode.h"

/* ---- positions ---- */

/*
 * Answers whether a string is all ASCII, so that bytes are characters; the
 * flag spares the look.
 */
static inline bool
is_ascii(const ExprValue *s)
{
	return (s->flags & EXPR_ASCII) != 0 || mst_utf8_is_ascii(s->u.string, s->len);
}

/* Returns a part of a string, which shares its text. */
static inline ExprValue
part_of_string(const ExprValue *s, int from, int to)
{
	ExprValue	v = mst_value_string(s->u.string + from, to - from);

	v.flags = s->flags & EXPR_ASCII;
	return v;
}

/* Returns code points of a string value. */
int
mst_string_length(const ExprValue *s)
{
	return is_ascii(s) ? s->len : mst_utf8_length(s->u.string, s->len);
}

/* Character i (0 <= i < length) as a string that shares the text. */
ExprValue
mst_string_char(const ExprValue *s, int i)
{
	const char *p;
	const char *q;

	if (is_ascii(s))
		return part_of_string(s, i, i + 1);
	p = s->u.string + mst_utf8_offset(s->u.string, s->len, i);
	q = p;
	(void) mst_utf8_next(&q, s->u.string + s->len);
	return mst_value_string(p, (int) (q - p));
}

/* s[from:to] with 0 <= from, to in code points; shares the text. */
ExprValue
mst_string_slice(const ExprValue *s, int64 from, int64 to)
{
	int			start;
	int			length;

	if (from >= to)
		return part_of_string(s, 0, 0);
	if (is_ascii(s))
		return part_of_string(s, (int) Min(from, s->len), (int) Min(to, s->len));
	start = mst_utf8_offset(s->u.string, s->len, from);
	length = mst_utf8_offset(s->u.string + start, s->len - start, to - from);
	return part_of_string(s, start, start + length);
}

/* s[start:stop:step] of Python; start and stop integral or null. */
bool
mst_string_slice_step(EvalContext *cxt, const ExprValue *s, const ExprValue *start, const ExprValue *stop, int64 step, ExprValue *result)
{
	int64		from;
	int64		to;
	int64		count;
	int64		i;
	ExprList   *chars;
	StringInfoData buf;

	mst_slice_indices(mst_string_length(s), start, stop, step, &from, &to, &count);
	if (step == 1)
	{
		*result = mst_string_slice(s, from, to);
		return true;
	}
	if (!mst_string_chars(cxt, s, &chars))
		return false;
	mst_text_init(&buf);
	for (i = 0; i < count; i++)
	{
		ExprValue	c;

		if (!mst_list_get(cxt, chars, (int) (from + i * step), &c))
			return false;
		appendBinaryStringInfo(&buf, c.u.string, c.len);
	}
	*result = mst_value_string_from(&buf);
	return true;
}

/* ---- searching ---- */

/* First occurrence of a text in bytes [from, to), or -1. */
static int
find_bytes(const ExprValue *s, const ExprValue *sub, int from, int to)
{
	const char *p;

	if (sub->len > to - from)
		return -1;
	if (sub->len == 0)
		return from;
	p = memmem(s->u.string + from, to - from, sub->u.string, sub->len);
	return p != NULL ? (int) (p - s->u.string) : -1;
}

/* Last occurrence in bytes [from, to), or -1. */
static int
rfind_bytes(const ExprValue *s, const ExprValue *sub, int from, int to)
{
	int			i;

	for (i = to - sub->len; i >= from; i--)
	{
		if (sub->len == 0 || (s->u.string[i] == sub->u.string[0] &&
							  memcmp(s->u.string + i, sub->u.string, sub->len) == 0))
			return i;
	}
	return -1;
}

/* Turns the slice s[start:end] into bytes; false when start is behind the end. */
static bool
slice_bytes(const ExprValue *s, int64 start, int64 end, int *from, int *to)
{
	int64		length;

	if (start == 0 && end == PG_INT64_MAX)
	{
		*from = 0;
		*to = s->len;
		return true;
	}
	length = mst_string_length(s);
	if (start < 0)
		start = Max(start + length, 0);
	if (end < 0)
		end = Max(end + length, 0);
	end = Min(end, length);
	if (start > end)
		return false;
	*from = mst_utf8_offset(s->u.string, s->len, start);
	*to = mst_utf8_offset(s->u.string, s->len, end);
	return true;
}

/*
 * Returns the index of the first occurrence of sub within s[start:end], by
 * the rules of slices (end INT64_MAX: none), or -1.
 */
int64
mst_string_find(const ExprValue *s, const ExprValue *sub, int64 start, int64 end)
{
	int			from;
	int			to;
	int			at;

	if (!slice_bytes(s, start, end, &from, &to))
		return -1;
	at = find_bytes(s, sub, from, to);
	return at < 0 ? -1 : mst_utf8_index(s->u.string, at);
}

/*
 * Returns the index of the last occurrence of sub within s[start:end], by the
 * rules of slices, or -1.
 */
int64
mst_string_rfind(const ExprValue *s, const ExprValue *sub, int64 start, int64 end)
{
	int			from;
	int			to;
	int			at;

	if (!slice_bytes(s, start, end, &from, &to))
		return -1;
	at = rfind_bytes(s, sub, from, to);
	return at < 0 ? -1 : mst_utf8_index(s->u.string, at);
}

/* Returns the number of non-overlapping occurrences in s[start:end]. */
int64
mst_string_count(const ExprValue *s, const ExprValue *sub, int64 start, int64 end)
{
	int			from;
	int			to;
	int64		n = 0;

	if (!slice_bytes(s, start, end, &from, &to))
		return 0;
	if (sub->len == 0)
		return mst_utf8_length(s->u.string + from, to - from) + 1;
	while ((from = find_bytes(s, sub, from, to)) >= 0)
	{
		n++;
		from += sub->len;
	}
	return n;
}

/* Answers whether s[start:end] begins with the prefix. */
bool
mst_string_starts(const ExprValue *s, const ExprValue *prefix, int64 start, int64 end)
{
	int			from;
	int			to;

	return slice_bytes(s, start, end, &from, &to) && prefix->len <= to - from &&
		memcmp(s->u.string + from, prefix->u.string, prefix->len) == 0;
}

/* Answers whether s[start:end] ends with the suffix. */
bool
mst_string_ends(const ExprValue *s, const ExprValue *suffix, int64 start, int64 end)
{
	int			from;
	int			to;

	return slice_bytes(s, start, end, &from, &to) && suffix->len <= to - from &&
		memcmp(s->u.string + to - suffix->len, suffix->u.string, suffix->len) == 0;
}

/* Answers whether sub occurs in s. */
bool
mst_string_has(const ExprValue *s, const ExprValue *sub)
{
	return find_bytes(s, sub, 0, s->len) >= 0;
}

/* ---- making ---- */

/* Room for a text of that many bytes. */
static bool
make_text(EvalContext *cxt, int64 bytes, char **text)
{
	if (bytes > (int64) MaxAllocSize - 1)
		return mst_expr_fail_limit(cxt, "MemoryError", "string is too long");
	if (!mst_expr_charge(cxt, bytes + 1))
		return false;
	*text = palloc(bytes + 1);
	(*text)[bytes] = '\0';
	return true;
}

/* from this length on, a concatenation leaves room for more behind it */
#define GROWING_TEXT	128

/*
 * Makes a + b; it may use the room behind a, when that was the text made
 * last. Fails by limits.
 */
bool
mst_string_concat(EvalContext *cxt, const ExprValue *a, const ExprValue *b, ExprValue *result)
{
	int64		len = (int64) a->len + b->len;
	int64		room = len >= GROWING_TEXT && len < (int64) MaxAllocSize / 2 ? len : 0;
	char	   *text = NULL;

	if (a->u.string + a->len == cxt->text_end && b->len <= cxt->text_room)
	{
		memcpy(cxt->text_end, b->u.string, b->len);
		cxt->text_end += b->len;
		cxt->text_room -= b->len;
		*result = mst_value_string(a->u.string, (int) len);
		return true;
	}
	if (!make_text(cxt, len + room, &text))
		return false;
	memcpy(text, a->u.string, a->len);
	memcpy(text + a->len, b->u.string, b->len);
	if (room > 0)
	{
		cxt->text_end = text + len;
		cxt->text_room = (int) room;
	}
	*result = mst_value_string(text, (int) len);
	return true;
}

/* Makes the text n times over; n <= 0: empty.  Fails by limits. */
bool
mst_string_repeat(EvalContext *cxt, const ExprValue *s, int64 n, ExprValue *result)
{
	char	   *text = NULL;
	int			len = s->len;
	int64		i;

	if (n <= 0 || len == 0)
	{
		*result = mst_value_string("", 0);
		return true;
	}
	if (n > (int64) MaxAllocSize)
		return mst_expr_fail_limit(cxt, "MemoryError", "string is too long");
	if (!make_text(cxt, n * len, &text))
		return false;
	if (len == 1)
		memset(text, s->u.string[0], n);
	else
	{
		for (i = 0; i < n; i++)
			memcpy(text + i * len, s->u.string, len);
	}
	*result = mst_value_string(text, (int) (n * len));
	return true;
}

/* Puts `new` before the first characters and at the end. */
static bool
replace_between(EvalContext *cxt, const ExprValue *s, const ExprValue *new, int64 count, StringInfo buf)
{
	const char *p = s->u.string;
	const char *end = p + s->len;

	if (!mst_expr_charge(cxt, s->len + (int64) new->len * Min(count, (int64) s->len + 1)))
		return false;
	for (; count > 0; count--)
	{
		const char *at = p;

		appendBinaryStringInfo(buf, new->u.string, new->len);
		if (p == end)
			break;
		(void) mst_utf8_next(&p, end);
		appendBinaryStringInfo(buf, at, (int) (p - at));
		if (!mst_expr_step(cxt))
			return false;
	}
	appendBinaryStringInfo(buf, p, (int) (end - p));
	return true;
}

/*
 * Python's replace; count < 0 all; an empty `old` matches between characters.
 */
bool
mst_string_replace(EvalContext *cxt, const ExprValue *s, const ExprValue *old, const ExprValue *new, int64 count, ExprValue *result)
{
	StringInfoData buf;
	int			from = 0;
	int			at;

	if (count < 0)
		count = PG_INT64_MAX;
	if (count == 0 || (old->len > 0 && find_bytes(s, old, 0, s->len) < 0))
	{
		*result = *s;
		return true;
	}
	mst_text_init(&buf);
	if (old->len == 0)
	{
		if (!replace_between(cxt, s, new, count, &buf))
			return false;
		*result = mst_value_string_from(&buf);
		return true;
	}
	while (count-- > 0 && (at = find_bytes(s, old, from, s->len)) >= 0)
	{
		if (!mst_expr_step(cxt) || !mst_expr_charge(cxt, (int64) buf.len + (at - from) + new->len))
			return false;
		appendBinaryStringInfo(&buf, s->u.string + from, at - from);
		appendBinaryStringInfo(&buf, new->u.string, new->len);
		from = at + old->len;
	}
	if (!mst_expr_charge(cxt, (int64) buf.len + s->len - from))
		return false;
	appendBinaryStringInfo(&buf, s->u.string + from, s->len - from);
	*result = mst_value_string_from(&buf);
	return true;
}

/* ---- stripping and splitting ---- */

/*
 * Answers whether strip() removes a character: one of those given, or white
 * space without any.
 */
static bool
is_stripped(uint32 c, const ExprValue *chars)
{
	const char *p;
	const char *end;

	if (chars == NULL)
		return mst_char_is_space(c);
	p = chars->u.string;
	end = p + chars->len;
	while (p < end)
	{
		if (mst_utf8_next(&p, end) == c)
			return true;
	}
	return false;
}

/* Strips any of `chars` (NULL: Unicode whitespace); shares the text. */
ExprValue
mst_string_strip(const ExprValue *s, const ExprValue *chars, int sides)
{
	const char *start = s->u.string;
	const char *end = start + s->len;
	const char *p;

	while ((sides & EXPR_STRIP_LEFT) && start < end)
	{
		p = start;
		if (!is_stripped(mst_utf8_next(&p, end), chars))
			break;
		start = p;
	}
	while ((sides & EXPR_STRIP_RIGHT) && end > start)
	{
		const char *last = mst_utf8_prev(end, start);

		p = last;
		if (!is_stripped(mst_utf8_next(&p, end), chars))
			break;
		end = last;
	}
	return part_of_string(s, (int) (start - s->u.string), (int) (end - s->u.string));
}

/* Appends a part of a string, which shares its memory. */
static bool
append_part(EvalContext *cxt, ExprList *list, const ExprValue *s, int from, int to)
{
	ExprValue	piece = part_of_string(s, from, to);

	return mst_expr_step(cxt) && mst_list_append(cxt, list, &piece);
}

/*
 * Splits at runs of white space, at most max times (negative: at all), none of
 * which makes an empty part. What is left after max splits keeps its inner
 * space.
 */
static bool
split_whitespace(EvalContext *cxt, const ExprValue *s, int64 max, ExprList *list)
{
	const char *base = s->u.string;
	const char *end = base + s->len;
	const char *p = base;

	for (;;)
	{
		const char *start;
		const char *next;

		/* skip whitespace, then take the text up to the next */
		for (next = p; p < end && mst_char_is_space(mst_utf8_next(&next, end)); p = next)
			;
		if (p >= end)
			return true;
		start = p;
		if (max-- == 0)
			return append_part(cxt, list, s, (int) (start - base), s->len);
		for (next = p; p < end && !mst_char_is_space(mst_utf8_next(&next, end)); p = next)
			;
		if (!append_part(cxt, list, s, (int) (start - base), (int) (p - base)))
			return false;
	}
}

/*
 * Splits as Python's split does: sep NULL is runs of whitespace, max < 0 all.
 * ValueError "empty separator"; the pieces share the text.
 */
bool
mst_string_split(EvalContext *cxt, const ExprValue *s, const ExprValue *sep, int64 max, ExprList **result)
{
	int			from = 0;
	int			at;

	*result = mst_list_new(0);
	if (max < 0)
		max = PG_INT64_MAX;
	if (sep == NULL)
		return split_whitespace(cxt, s, max, *result);
	if (sep->len == 0)
		return mst_expr_fail(cxt, "ValueError", "empty separator");
	while (max-- > 0 && (at = find_bytes(s, sep, from, s->len)) >= 0)
	{
		if (!append_part(cxt, *result, s, from, at))
			return false;
		from = at + sep->len;
	}
	return append_part(cxt, *result, s, from, s->len);
}

/* Splits as split_whitespace(), but from the right; the parts come in backward order. */
static bool
rsplit_whitespace(EvalContext *cxt, const ExprValue *s, int64 max, ExprList *list)
{
	const char *base = s->u.string;
	ExprValue	rest = *s;

	for (;;)
	{
		const char *end;
		const char *start;

		rest = mst_string_strip(&rest, NULL, EXPR_STRIP_RIGHT);
		if (rest.len == 0)
			return true;
		end = rest.u.string + rest.len;
		if (max-- == 0)
			return mst_list_append(cxt, list, &rest);
		for (start = end; start > base;)
		{
			const char *last = mst_utf8_prev(start, base);
			const char *p = last;

			if (mst_char_is_space(mst_utf8_next(&p, end)))
				break;
			start = last;
		}
		if (!append_part(cxt, list, s, (int) (start - base), (int) (end - base)))
			return false;
		rest = part_of_string(s, 0, (int) (start - base));
	}
}

/*
 * Splits from the right as Python's rsplit does: sep NULL is runs of
 * whitespace, max < 0 all. ValueError for an empty separator; the pieces
 * share the text.
 */
bool
mst_string_rsplit(EvalContext *cxt, const ExprValue *s, const ExprValue *sep, int64 max, ExprList **result)
{
	int			to = s->len;
	int			at;
	int			n;
	int			i;
	ExprValue  *items;

	*result = mst_list_new(0);
	if (max < 0)
		max = PG_INT64_MAX;
	if (sep == NULL)
	{
		if (!rsplit_whitespace(cxt, s, max, *result))
			return false;
	}
	else
	{
		if (sep->len == 0)
			return mst_expr_fail(cxt, "ValueError", "empty separator");
		while (max-- > 0 && (at = rfind_bytes(s, sep, 0, to)) >= 0)
		{
			if (!append_part(cxt, *result, s, at + sep->len, to))
				return false;
			to = at;
		}
		if (!append_part(cxt, *result, s, 0, to))
			return false;
	}

	/* collected from the right */
	items = mst_list_items(cxt, *result);
	n = mst_list_length(*result);
	for (i = 0; i < n / 2; i++)
	{
		ExprValue	swap = items[i];

		items[i] = items[n - 1 - i];
		items[n - 1 - i] = swap;
	}
	return true;
}

/*
 * Splits at line ends as Python's splitlines does; the pieces share the text.
 */
bool
mst_string_splitlines(EvalContext *cxt, const ExprValue *s, bool keep_ends, ExprList **result)
{
	const char *base = s->u.string;
	const char *end = base + s->len;
	const char *line = base;
	const char *p = base;

	*result = mst_list_new(0);
	while (p < end)
	{
		const char *at = p;
		uint32		c = mst_utf8_next(&p, end);

		if (!mst_char_is_line_end(c))
			continue;
		if (c == '\r' && p < end && *p == '\n')
			p++;
		if (!append_part(cxt, *result, s, (int) (line - base), (int) ((keep_ends ? p : at) - base)))
			return false;
		line = p;
	}
	if (line < end)
		return append_part(cxt, *result, s, (int) (line - base), s->len);
	return true;
}

/* The characters as a list of one-character strings that share the text. */
bool
mst_string_chars(EvalContext *cxt, const ExprValue *s, ExprList **result)
{
	const char *base = s->u.string;
	const char *end = base + s->len;
	const char *p = base;

	*result = mst_list_new(0);
	while (p < end)
	{
		const char *at = p;

		(void) mst_utf8_next(&p, end);
		if (!append_part(cxt, *result, s, (int) (at - base), (int) (p - base)))
			return false;
	}
	return true;
}

/* ---- padding ---- */

/* left fills, the text, right fills. */
static bool
pad_string(EvalContext *cxt, const ExprValue *s, int64 left, int64 right, uint32 fill, ExprValue *result)
{
	StringInfoData buf;
	int64		i;

	if (left <= 0 && right <= 0)
	{
		*result = *s;
		return true;
	}
	left = Max(left, 0);
	right = Max(right, 0);
	if (left > (int64) MaxAllocSize / 8 || right > (int64) MaxAllocSize / 8)
		return mst_expr_fail_limit(cxt, "MemoryError", "string is too long");
	if (!mst_expr_charge(cxt, s->len + (left + right) * 4))
		return false;
	mst_text_init(&buf);
	for (i = 0; i < left; i++)
		mst_utf8_append(&buf, fill);
	appendBinaryStringInfo(&buf, s->u.string, s->len);
	for (i = 0; i < right; i++)
		mst_utf8_append(&buf, fill);
	*result = mst_value_string_from(&buf);
	return true;
}

/* Width still missing; a width beyond any text is left to pad_string() to refuse. */
static int64
missing_width(const ExprValue *s, int64 width)
{
	int64		length = mst_string_length(s);

	return width <= length ? 0 : width - length;
}

/*
 * Pads on both sides with a code point up to `width` code points, as Python's
 * center does. Fails by limits.
 */
bool
mst_string_center(EvalContext *cxt, const ExprValue *s, int64 width, uint32 fill, ExprValue *result)
{
	int64		missing = missing_width(s, width);
	int64		left = missing / 2 + (missing & width & 1);

	return pad_string(cxt, s, left, missing - left, fill, result);
}

/* Pads at the right with a code point up to `width` code points. */
bool
mst_string_ljust(EvalContext *cxt, const ExprValue *s, int64 width, uint32 fill, ExprValue *result)
{
	return pad_string(cxt, s, 0, missing_width(s, width), fill, result);
}

/* Pads at the left with a code point up to `width` code points. */
bool
mst_string_rjust(EvalContext *cxt, const ExprValue *s, int64 width, uint32 fill, ExprValue *result)
{
	return pad_string(cxt, s, missing_width(s, width), 0, fill, result);
}

/* Pads with zeros behind the sign up to `width` code points. */
bool
mst_string_zfill(EvalContext *cxt, const ExprValue *s, int64 width, ExprValue *result)
{
	ExprValue	digits = *s;
	ExprValue	sign;
	bool		has_sign = s->len > 0 && (s->u.string[0] == '-' || s->u.string[0] == '+');

	if (!has_sign)
		return pad_string(cxt, s, missing_width(s, width), 0, '0', result);
	sign = part_of_string(s, 0, 1);
	digits = part_of_string(s, 1, s->len);
	return pad_string(cxt, &digits, missing_width(s, width), 0, '0', result) &&
		mst_string_concat(cxt, &sign, result, result);
}

/*
 * Replaces tabs by spaces up to columns that are multiples of tabsize; a
 * tabsize of 0 or less removes them.
 */
bool
mst_string_expandtabs(EvalContext *cxt, const ExprValue *s, int64 tabsize, ExprValue *result)
{
	const char *p = s->u.string;
	const char *end = p + s->len;
	StringInfoData buf;
	int64		column = 0;

	if (tabsize > PG_INT32_MAX)
		return mst_expr_fail(cxt, "OverflowError", "Python int too large to convert to C int");
	mst_text_init(&buf);
	while (p < end)
	{
		const char *at = p;
		uint32		c = mst_utf8_next(&p, end);

		if (c == '\t')
		{
			int64		blanks = tabsize > 0 ? tabsize - column % tabsize : 0;

			if (!mst_expr_charge(cxt, buf.len + blanks))
				return false;
			appendStringInfoSpaces(&buf, (int) blanks);
			column += blanks;
			continue;
		}
		column = (c == '\n' || c == '\r') ? 0 : column + 1;
		appendBinaryStringInfo(&buf, at, (int) (p - at));
	}
	*result = mst_value_string_from(&buf);
	return true;
}

/* ---- str.isX() ---- */

/* Answers whether all characters pass a test; true for none. */
static bool
all_chars(const ExprValue *s, bool (*test) (uint32 c))
{
	const char *p = s->u.string;
	const char *end = p + s->len;

	while (p < end)
	{
		if (!test(mst_utf8_next(&p, end)))
			return false;
	}
	return true;
}

/* Answers whether all characters are letters, and there is one. */
bool
mst_string_is_alpha(const ExprValue *s)
{
	return s->len > 0 && all_chars(s, mst_char_is_alpha);
}

/* Answers whether all characters are letters or digits, and there is one. */
bool
mst_string_is_alnum(const ExprValue *s)
{
	return s->len > 0 && all_chars(s, mst_char_is_alnum);
}

/* Answers whether all characters are decimal digits, and there is one. */
bool
mst_string_is_decimal(const ExprValue *s)
{
	return s->len > 0 && all_chars(s, mst_char_is_decimal);
}

/*
 * Answers whether all characters are digits, superscripts included, and there
 * is one.
 */
bool
mst_string_is_digit(const ExprValue *s)
{
	return s->len > 0 && all_chars(s, mst_char_is_digit);
}

/* Answers whether all characters have a numeric value, and there is one. */
bool
mst_string_is_numeric(const ExprValue *s)
{
	return s->len > 0 && all_chars(s, mst_char_is_numeric);
}

/* Answers whether all characters are whitespace, and there is one. */
bool
mst_string_is_space(const ExprValue *s)
{
	return s->len > 0 && all_chars(s, mst_char_is_space);
}

/* True when empty. */
bool
mst_string_is_printable(const ExprValue *s)
{
	return all_chars(s, mst_char_is_printable);
}

/* At least one cased character, none of the other case nor of title case. */
static bool
is_one_case(const ExprValue *s, bool (*wanted) (uint32 c), bool (*other) (uint32 c))
{
	const char *p = s->u.string;
	const char *end = p + s->len;
	bool		has_cased = false;

	while (p < end)
	{
		uint32		c = mst_utf8_next(&p, end);

		if (other(c) || mst_char_is_title(c))
			return false;
		has_cased |= wanted(c);
	}
	return has_cased;
}

/*
 * Answers whether no cased character is lower or title case, and there is a
 * cased one.
 */
bool
mst_string_is_upper(const ExprValue *s)
{
	return is_one_case(s, mst_char_is_upper, mst_char_is_lower);
}

/*
 * Answers whether no cased character is upper or title case, and there is a
 * cased one.
 */
bool
mst_string_is_lower(const ExprValue *s)
{
	return is_one_case(s, mst_char_is_lower, mst_char_is_upper);
}

/*
 * Answers whether upper case begins each run of cased characters, and there
 * is one.
 */
bool
mst_string_is_title(const ExprValue *s)
{
	const char *p = s->u.string;
	const char *end = p + s->len;
	bool		has_cased = false;
	bool		after_cased = false;

	while (p < end)
	{
		uint32		c = mst_utf8_next(&p, end);
		bool		is_upper = mst_char_is_upper(c) || mst_char_is_title(c);
		bool		is_lower = mst_char_is_lower(c);

		if ((is_upper && after_cased) || (is_lower && !after_cased))
			return false;
		after_cased = is_upper || is_lower;
		has_cased |= after_cased;
	}
	return has_cased;
}

/* Answers whether the text is an identifier of Python. */
bool
mst_string_is_identifier(const ExprValue *s)
{
	const char *p = s->u.string;
	const char *end = p + s->len;

	if (s->len == 0 || !mst_char_is_id_start(mst_utf8_next(&p, end)))
		return false;
	while (p < end)
	{
		if (!mst_char_is_id_continue(mst_utf8_next(&p, end)))
			return false;
	}
	return true;
}
