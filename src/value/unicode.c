/*-------------------------------------------------------------------------
 *
 * unicode.c
 *	  Code points: UTF-8, categories, case.
 *
 * Letters, digits and case come from libunistring; where Python's definition
 * of a property differs from the obvious Unicode one, the function says so.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unicase.h>
#include <unictype.h>
#include <uniname.h>
#include <unistr.h>

#include "value/evaluation.h"
#include "value/make.h"
#include "value/string.h"
#include "value/unicode.h"

/* ---- UTF-8 ---- */

/* Answers whether all bytes are ASCII. */
bool
mst_utf8_is_ascii(const char *s, int len)
{
	const char *end = s + len;
	uint64		word;

	for (; end - s >= 8; s += 8)
	{
		memcpy(&word, s, 8);
		if (word & UINT64CONST(0x8080808080808080))
			return false;
	}
	for (; s < end; s++)
	{
		if (*s & 0x80)
			return false;
	}
	return true;
}

/* Decodes the code point at s, advances *s; never reads beyond end. */
uint32
mst_utf8_next(const char **s, const char *end)
{
	const unsigned char *p = (const unsigned char *) *s;
	ptrdiff_t	left = end - *s;
	uint32		c = *p;

	if (c < 0x80 || left < 2)
	{
		*s += 1;
		return c;
	}
	if (c < 0xE0)
	{
		*s += 2;
		return ((c & 0x1F) << 6) | (p[1] & 0x3F);
	}
	if (c < 0xF0 && left >= 3)
	{
		*s += 3;
		return ((c & 0x0F) << 12) | ((p[1] & 0x3F) << 6) | (p[2] & 0x3F);
	}
	if (left >= 4)
	{
		*s += 4;
		return ((c & 0x07) << 18) | ((p[1] & 0x3F) << 12) | ((p[2] & 0x3F) << 6) | (p[3] & 0x3F);
	}
	*s = end;
	return 0xFFFD;
}

/* Steps one code point back from s, not before start. */
const char *
mst_utf8_prev(const char *s, const char *start)
{
	if (s > start)
		s--;
	while (s > start && ((unsigned char) *s & 0xC0) == 0x80)
		s--;
	return s;
}

/* Appends one code point (surrogates and beyond U+10FFFF as U+FFFD). */
void
mst_utf8_append(StringInfo out, uint32 c)
{
	uint8_t		buf[6];
	int			n;

	if (c < 0x80)
	{
		appendStringInfoCharMacro(out, (char) c);
		return;
	}
	n = u8_uctomb(buf, (ucs4_t) c, sizeof(buf));
	if (n <= 0)
		n = u8_uctomb(buf, 0xFFFD, sizeof(buf));
	appendBinaryStringInfo(out, (const char *) buf, n);
}

/* Returns the number of code points. */
int
mst_utf8_length(const char *s, int len)
{
	const char *end = s + len;
	uint64		word;
	int			n = 0;

	/* every byte that does not continue a character starts one */
	for (; end - s >= 8; s += 8)
	{
		memcpy(&word, s, 8);
		if ((word & UINT64CONST(0x8080808080808080)) == 0)
			n += 8;
		else
		{
			uint64		continues = (word >> 7) & (~word >> 6) & UINT64CONST(0x0101010101010101);

			n += 8 - __builtin_popcountll(continues);
		}
	}
	for (; s < end; s++)
		n += ((unsigned char) *s & 0xC0) != 0x80;
	return n;
}

/* Returns the byte offset of code point `index`, clipped to len. */
int
mst_utf8_offset(const char *s, int len, int64 index)
{
	const char *p = s;
	const char *end = s + len;

	if (index >= len)
		return len;
	while (index > 0 && p < end)
	{
		p++;
		while (p < end && ((unsigned char) *p & 0xC0) == 0x80)
			p++;
		index--;
	}
	return (int) (p - s);
}

/* Returns how many code points stand before a byte offset. */
int
mst_utf8_index(const char *s, int offset)
{
	return mst_utf8_length(s, offset);
}

/* ---- properties ---- */

/* Answers whether a character is of one of the general categories. */
static inline bool
is_category(uint32 c, uint32_t mask)
{
	return uc_is_general_category_withtable((ucs4_t) c, mask);
}

/* Answers whether a code point is whitespace to Python's str methods. */
bool
mst_char_is_space(uint32 c)
{
	if (c < 0x80)
		return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20);
	return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
		c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Str.splitlines(). */
bool
mst_char_is_line_end(uint32 c)
{
	return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 ||
		c == 0x2028 || c == 0x2029;
}

/* Answers whether a code point is a letter. */
bool
mst_char_is_alpha(uint32 c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	return is_category(c, UC_CATEGORY_MASK_L);
}

/* Answers whether a code point is a decimal digit of any script. */
bool
mst_char_is_decimal(uint32 c)
{
	if (c < 0x80)
		return c >= '0' && c <= '9';
	return is_category(c, UC_CATEGORY_MASK_Nd);
}

/* 0..9, or -1. */
int
mst_char_decimal_value(uint32 c)
{
	if (c < 0x80)
		return c >= '0' && c <= '9' ? (int) (c - '0') : -1;
	return uc_decimal_value((ucs4_t) c);
}

/* Answers whether a code point is a digit, superscripts included. */
bool
mst_char_is_digit(uint32 c)
{
	if (c < 0x80)
		return c >= '0' && c <= '9';
	return uc_digit_value((ucs4_t) c) >= 0;
}

/* Ideographs that stand for numbers (Unihan), which libunistring does not tell. */
static const uint32 numeric_ideographs[] = {
	0x3405, 0x3483, 0x382A, 0x3B4D, 0x4E00, 0x4E03, 0x4E07, 0x4E09, 0x4E5D, 0x4E8C,
	0x4E94, 0x4E96, 0x4EBF, 0x4EC0, 0x4EDF, 0x4EE8, 0x4F0D, 0x4F70, 0x5104, 0x5146,
	0x5169, 0x516B, 0x516D, 0x5341, 0x5343, 0x5344, 0x5345, 0x534C, 0x53C1, 0x53C2,
	0x53C3, 0x53C4, 0x56DB, 0x58F1, 0x58F9, 0x5E7A, 0x5EFE, 0x5EFF, 0x5F0C, 0x5F0D,
	0x5F0E, 0x5F10, 0x62FE, 0x634C, 0x67D2, 0x6F06, 0x7396, 0x767E, 0x8086, 0x842C,
	0x8CAE, 0x8CB3, 0x8D30, 0x9621, 0x9646, 0x964C, 0x9678, 0x96F6, 0xF96B, 0xF973,
	0xF978, 0xF9B2, 0xF9D1, 0xF9D3, 0xF9FD, 0x20001, 0x20064, 0x200E2, 0x20121, 0x2092A,
	0x20983, 0x2098C, 0x2099C, 0x20AEA, 0x20AFD, 0x20B19, 0x22390, 0x22998, 0x23B1B, 0x2626D,
	0x2F890
};

/* For bsearch() in tables of code points. */
static int
compare_code_points(const void *a, const void *b)
{
	uint32		x = *(const uint32 *) a;
	uint32		y = *(const uint32 *) b;

	return x < y ? -1 : x > y;
}

/* Answers whether a code point has a numeric value, fractions included. */
bool
mst_char_is_numeric(uint32 c)
{
	if (c < 0x80)
		return c >= '0' && c <= '9';
	return uc_numeric_value((ucs4_t) c).denominator != 0 ||
		bsearch(&c, numeric_ideographs, lengthof(numeric_ideographs), sizeof(uint32),
				compare_code_points) != NULL;
}

/* Answers whether a code point is a letter or has a numeric value. */
bool
mst_char_is_alnum(uint32 c)
{
	return mst_char_is_alpha(c) || mst_char_is_decimal(c) ||
		(c >= 0x80 && (mst_char_is_digit(c) || mst_char_is_numeric(c)));
}

/* Answers whether a code point is upper case. */
bool
mst_char_is_upper(uint32 c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z';
	return uc_is_property_uppercase((ucs4_t) c);
}

/* Answers whether a code point is lower case. */
bool
mst_char_is_lower(uint32 c)
{
	if (c < 0x80)
		return c >= 'a' && c <= 'z';
	return uc_is_property_lowercase((ucs4_t) c);
}

/* Answers whether a code point is title case. */
bool
mst_char_is_title(uint32 c)
{
	return c >= 0x80 && is_category(c, UC_CATEGORY_MASK_Lt);
}

/* Answers whether repr() shows a code point as it is. */
bool
mst_char_is_printable(uint32 c)
{
	if (c < 0x7F)
		return c >= 0x20;
	return !is_category(c, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Z);
}

/* \w of Python's re. */
bool
mst_char_is_word(uint32 c)
{
	return c == '_' || mst_char_is_alnum(c);
}

/* Python identifiers; also '_'. */
bool
mst_char_is_id_start(uint32 c)
{
	if (c < 0x80)
		return c == '_' || mst_char_is_alpha(c);
	return uc_is_property_xid_start((ucs4_t) c);
}

/*
 * Answers whether a code point may stand in an identifier of Python behind
 * the first.
 */
bool
mst_char_is_id_continue(uint32 c)
{
	if (c < 0x80)
		return mst_char_is_word(c);
	return uc_is_property_xid_continue((ucs4_t) c);
}

/* Returns the code point of a Unicode character name (\N{...}), or 0xFFFFFFFF. */
uint32
mst_char_by_name(const char *name, int len)
{
	char		buf[UNINAME_MAX];
	ucs4_t		c;

	if (len >= (int) sizeof(buf))
		return 0xFFFFFFFF;
	memcpy(buf, name, len);
	buf[len] = '\0';
	c = unicode_name_character(buf);
	return c == UNINAME_INVALID ? 0xFFFFFFFF : (uint32) c;
}

/* ---- case ---- */

typedef uint32_t *(*CharMapping) (const uint32_t *s, size_t n, const char *language,
								  uninorm_t nf, uint32_t *buf, size_t *length);

/* One code point in full case mapping, without context and language. */
static int
map_char(uint32 c, CharMapping mapping, uint32 out[3])
{
	uint32_t	buf[8];
	size_t		length = lengthof(buf);
	uint32_t	in = c;
	uint32_t   *mapped = mapping(&in, 1, "", NULL, buf, &length);

	if (mapped != buf || length < 1 || length > 3)
	{
		if (mapped != NULL && mapped != buf)
			free(mapped);
		out[0] = c;
		return 1;
	}
	memcpy(out, buf, length * sizeof(uint32));
	return (int) length;
}

/*
 * Code points that c becomes in upper, lower, title or folded case; returns
 * how many (1..3).
 */
int
mst_char_to_upper(uint32 c, uint32 out[3])
{
	return map_char(c, u32_toupper, out);
}

/*
 * Maps a character to title case, which for some is neither of the others and
 * may be up to three; returns how many.
 */
static int
char_to_title(uint32 c, uint32 out[3])
{
	return map_char(c, u32_totitle, out);
}

/*
 * Maps a character to lower case, without regard to its neighbours; returns
 * how many characters that are.
 */
static int
char_to_lower(uint32 c, uint32 out[3])
{
	return map_char(c, u32_tolower, out);
}

/* Appends what a mapping has given. */
static void
append_mapped(StringInfo out, const uint32 *chars, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		mst_utf8_append(out, chars[i]);
}

/*
 * A capital sigma is final when a cased letter precedes it and none follows,
 * case-ignorable characters between not counted.
 */
static bool
is_final_sigma(const char *start, const char *at, const char *after, const char *end)
{
	const char *p = at;
	const char *q;
	uint32		c = 0;

	for (;;)
	{
		if (p == start)
			return false;
		p = mst_utf8_prev(p, start);
		q = p;
		c = mst_utf8_next(&q, end);
		if (!uc_is_property_case_ignorable((ucs4_t) c))
			break;
	}
	if (!uc_is_property_cased((ucs4_t) c))
		return false;
	while (after < end)
	{
		c = mst_utf8_next(&after, end);
		if (!uc_is_property_case_ignorable((ucs4_t) c))
			return !uc_is_property_cased((ucs4_t) c);
	}
	return true;
}

/* Appends one character of a string in lower case. */
static void
append_lower(StringInfo out, const char *start, const char *at, const char *after,
			 const char *end, uint32 c)
{
	uint32		mapped[3];

	if (c == 0x3A3)
		mst_utf8_append(out, is_final_sigma(start, at, after, end) ? 0x3C2 : 0x3C3);
	else
	{
		int			n = char_to_lower(c, mapped);

		append_mapped(out, mapped, n);
	}
}

/* ASCII needs no tables; first_upper and swap tell which case is wanted. */
typedef enum CaseForm
{
	CASE_UPPER,
	CASE_LOWER,
	CASE_CAPITALIZE,
	CASE_TITLE,
	CASE_SWAP
} CaseForm;

/* Changes the case of ASCII: each letter is one byte and stays one. */
static void
map_ascii(StringInfo out, const ExprValue *s, CaseForm form)
{
	bool		after_letter = false;
	int			i;

	for (i = 0; i < s->len; i++)
	{
		char		c = s->u.string[i];
		bool		is_upper = c >= 'A' && c <= 'Z';
		bool		is_letter = is_upper || (c >= 'a' && c <= 'z');
		bool		want_upper = form == CASE_UPPER ||
		(form == CASE_CAPITALIZE && i == 0) ||
		(form == CASE_TITLE && !after_letter) ||
		(form == CASE_SWAP && !is_upper);

		if (is_letter && is_upper != want_upper)
			c ^= 0x20;
		after_letter = is_letter;
		appendStringInfoCharMacro(out, c);
	}
}

/*
 * Changes the case by Unicode's full mappings: one character may become
 * several, and the small sigma depends on what is around it.
 */
static void
map_unicode(StringInfo out, const ExprValue *s, CaseForm form)
{
	const char *start = s->u.string;
	const char *end = start + s->len;
	const char *p = start;
	bool		after_cased = false;
	uint32		mapped[3];

	while (p < end)
	{
		const char *at = p;
		uint32		c = mst_utf8_next(&p, end);

		if (form == CASE_UPPER || (form == CASE_SWAP && mst_char_is_lower(c)))
			append_mapped(out, mapped, mst_char_to_upper(c, mapped));
		else if ((form == CASE_CAPITALIZE && at == start) || (form == CASE_TITLE && !after_cased))
			append_mapped(out, mapped, char_to_title(c, mapped));
		else if (form == CASE_SWAP && !mst_char_is_upper(c))
			appendBinaryStringInfo(out, at, (int) (p - at));
		else
			append_lower(out, start, at, p, end, c);
		after_cased = uc_is_property_cased((ucs4_t) c);
	}
}

/*
 * Makes a string in another case. The threefold length is charged, which is as
 * long as any character can become.
 */
static bool
map_case(EvalContext *cxt, const ExprValue *s, CaseForm form, ExprValue *result)
{
	StringInfoData buf;

	if (!mst_expr_charge(cxt, (int64) s->len * 3))
		return false;
	mst_text_init(&buf);
	if (mst_utf8_is_ascii(s->u.string, s->len))
		map_ascii(&buf, s, form);
	else
		map_unicode(&buf, s, form);
	*result = mst_value_string_from(&buf);
	return true;
}

/* Maps to upper case by Unicode's full rules.  Fails by limits. */
bool
mst_string_upper(EvalContext *cxt, const ExprValue *s, ExprValue *result)
{
	return map_case(cxt, s, CASE_UPPER, result);
}

/* Maps to lower case by Unicode's full rules.  Fails by limits. */
bool
mst_string_lower(EvalContext *cxt, const ExprValue *s, ExprValue *result)
{
	return map_case(cxt, s, CASE_LOWER, result);
}

/*
 * Maps the first character to title case and the others to lower case. Fails
 * by limits.
 */
bool
mst_string_capitalize(EvalContext *cxt, const ExprValue *s, ExprValue *result)
{
	return map_case(cxt, s, CASE_CAPITALIZE, result);
}

/* Str.title(), not Jinja's filter. */
bool
mst_string_title(EvalContext *cxt, const ExprValue *s, ExprValue *result)
{
	return map_case(cxt, s, CASE_TITLE, result);
}

/* Maps upper to lower case and the reverse.  Fails by limits. */
bool
mst_string_swapcase(EvalContext *cxt, const ExprValue *s, ExprValue *result)
{
	return map_case(cxt, s, CASE_SWAP, result);
}

/* Folds case by Unicode's full rules.  Fails by limits. */
bool
mst_string_casefold(EvalContext *cxt, const ExprValue *s, ExprValue *result)
{
	const char *p = s->u.string;
	const char *end = p + s->len;
	StringInfoData buf;

	if (mst_utf8_is_ascii(s->u.string, s->len))
		return map_case(cxt, s, CASE_LOWER, result);
	if (!mst_expr_charge(cxt, (int64) s->len * 3))
		return false;
	mst_text_init(&buf);
	while (p < end)
	{
		uint32_t	in = mst_utf8_next(&p, end);
		uint32_t	folded[8];
		size_t		length = lengthof(folded);

		if (u32_casefold(&in, 1, "", NULL, folded, &length) == folded)
			append_mapped(&buf, folded, (int) length);
		else
			mst_utf8_append(&buf, in);
	}
	*result = mst_value_string_from(&buf);
	return true;
}
