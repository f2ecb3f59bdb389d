/*-------------------------------------------------------------------------
 *
 * string.h
 *	  Operations on text, in code points, that both languages offer.
 *
 * Strings are valid UTF-8.  Positions and lengths that users see count code
 * points; every function has a fast path for ASCII.  Whitespace, letters and
 * case are Unicode's, as Python sees them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_STRING_H
#define MISTRAL_VALUE_STRING_H

#include "value/value.h"

/* Answers whether all bytes are ASCII. */
extern bool mst_utf8_is_ascii(const char *s, int len);

/* Decodes the code point at s, advances *s; never reads beyond end. */
extern uint32 mst_utf8_next(const char **s, const char *end);

/* Steps one code point back from s, not before start. */
extern const char *mst_utf8_prev(const char *s, const char *start);

/* Appends one code point (surrogates and beyond U+10FFFF as U+FFFD). */
extern void mst_utf8_append(StringInfo out, uint32 c);

/* Number of code points. */
extern int	mst_utf8_length(const char *s, int len);

/* Byte offset of code point `index` (clipped to len), and back. */
extern int	mst_utf8_offset(const char *s, int len, int64 index);
extern int	mst_utf8_index(const char *s, int offset);

/* Code points of a string value. */
extern int	mst_string_length(const ExprValue *s);

/* Character i (0 <= i < length) as a string that shares the text. */
extern ExprValue mst_string_char(const ExprValue *s, int i);

/* s[from:to] with 0 <= from, to in code points; shares the text. */
extern ExprValue mst_string_slice(const ExprValue *s, int64 from, int64 to);

/* s[start:stop:step] of Python; start and stop integral or null. */
extern bool mst_string_slice_step(EvalContext *cxt, const ExprValue *s, const ExprValue *start, const ExprValue *stop, int64 step, ExprValue *result);

/*
 * find / rfind of Python: index of sub within s[start:end] (slice rules, end
 * INT64_MAX for none), -1 when absent.
 */
extern int64 mst_string_find(const ExprValue *s, const ExprValue *sub, int64 start, int64 end);
extern int64 mst_string_rfind(const ExprValue *s, const ExprValue *sub, int64 start, int64 end);

/* Number of non-overlapping occurrences in s[start:end]. */
extern int64 mst_string_count(const ExprValue *s, const ExprValue *sub, int64 start, int64 end);

/* Answers whether s[start:end] starts (ends) with prefix (suffix). */
extern bool mst_string_starts(const ExprValue *s, const ExprValue *prefix, int64 start, int64 end);
extern bool mst_string_ends(const ExprValue *s, const ExprValue *suffix, int64 start, int64 end);

/* Answers whether sub occurs in s. */
extern bool mst_string_has(const ExprValue *s, const ExprValue *sub);

/* a + b; s repeated n times (n <= 0: empty). */
extern bool mst_string_concat(EvalContext *cxt, const ExprValue *a, const ExprValue *b, ExprValue *result);
extern bool mst_string_repeat(EvalContext *cxt, const ExprValue *s, int64 n, ExprValue *result);

/* Python's replace; count < 0 all; an empty `old` matches between characters. */
extern bool mst_string_replace(EvalContext *cxt, const ExprValue *s, const ExprValue *old, const ExprValue *new, int64 count, ExprValue *result);

#define EXPR_STRIP_LEFT		1
#define EXPR_STRIP_RIGHT	2
#define EXPR_STRIP_BOTH		3

/* Strips any of `chars` (NULL: Unicode whitespace); shares the text. */
extern ExprValue mst_string_strip(const ExprValue *s, const ExprValue *chars, int sides);

/*
 * Python's split and rsplit: sep NULL is runs of whitespace; max < 0 all.
 * ValueError "empty separator".  The pieces share the text.
 */
extern bool mst_string_split(EvalContext *cxt, const ExprValue *s, const ExprValue *sep, int64 max, ExprList **result);
extern bool mst_string_rsplit(EvalContext *cxt, const ExprValue *s, const ExprValue *sep, int64 max, ExprList **result);
extern bool mst_string_splitlines(EvalContext *cxt, const ExprValue *s, bool keep_ends, ExprList **result);

/* The characters as a list of one-character strings that share the text. */
extern bool mst_string_chars(EvalContext *cxt, const ExprValue *s, ExprList **result);

/* Full Unicode case mapping. */
extern bool mst_string_upper(EvalContext *cxt, const ExprValue *s, ExprValue *result);
extern bool mst_string_lower(EvalContext *cxt, const ExprValue *s, ExprValue *result);
extern bool mst_string_casefold(EvalContext *cxt, const ExprValue *s, ExprValue *result);
extern bool mst_string_capitalize(EvalContext *cxt, const ExprValue *s, ExprValue *result);
extern bool mst_string_title(EvalContext *cxt, const ExprValue *s, ExprValue *result);	/* str.title(), not Jinja's filter */
extern bool mst_string_swapcase(EvalContext *cxt, const ExprValue *s, ExprValue *result);

/* Padding to `width` code points: str.center / ljust / rjust / zfill / expandtabs; fill is one code point. */
extern bool mst_string_center(EvalContext *cxt, const ExprValue *s, int64 width, uint32 fill, ExprValue *result);
extern bool mst_string_ljust(EvalContext *cxt, const ExprValue *s, int64 width, uint32 fill, ExprValue *result);
extern bool mst_string_rjust(EvalContext *cxt, const ExprValue *s, int64 width, uint32 fill, ExprValue *result);
extern bool mst_string_zfill(EvalContext *cxt, const ExprValue *s, int64 width, ExprValue *result);
extern bool mst_string_expandtabs(EvalContext *cxt, const ExprValue *s, int64 tabsize, ExprValue *result);

/* ---- properties of one code point, as Python's str methods see it ---- */

extern bool mst_char_is_space(uint32 c);
extern bool mst_char_is_alpha(uint32 c);
extern bool mst_char_is_alnum(uint32 c);
extern bool mst_char_is_decimal(uint32 c);
extern bool mst_char_is_digit(uint32 c);
extern bool mst_char_is_numeric(uint32 c);
extern bool mst_char_is_upper(uint32 c);
extern bool mst_char_is_lower(uint32 c);
extern bool mst_char_is_title(uint32 c);
extern bool mst_char_is_printable(uint32 c);
extern bool mst_char_is_word(uint32 c); /* \w of Python's re */
extern bool mst_char_is_id_start(uint32 c); /* Python identifiers; also '_' */
extern bool mst_char_is_id_continue(uint32 c);
extern bool mst_char_is_line_end(uint32 c); /* str.splitlines() */
extern int	mst_char_decimal_value(uint32 c);	/* 0..9, or -1 */

/* Code point of a Unicode character name (\N{...}), or 0xFFFFFFFF. */
extern uint32 mst_char_by_name(const char *name, int len);

/* Code points that c becomes in upper, lower, title or folded case; returns how many (1..3). */
extern int	mst_char_to_upper(uint32 c, uint32 out[3]);
extern int	mst_char_to_title(uint32 c, uint32 out[3]);

/*
 * str.isX() of a whole string: every character passes and there is at least
 * one; isupper / islower / istitle need a cased character.
 */
extern bool mst_string_is_alpha(const ExprValue *s);
extern bool mst_string_is_alnum(const ExprValue *s);
extern bool mst_string_is_decimal(const ExprValue *s);
extern bool mst_string_is_digit(const ExprValue *s);
extern bool mst_string_is_numeric(const ExprValue *s);
extern bool mst_string_is_space(const ExprValue *s);
extern bool mst_string_is_upper(const ExprValue *s);
extern bool mst_string_is_lower(const ExprValue *s);
extern bool mst_string_is_title(const ExprValue *s);
extern bool mst_string_is_printable(const ExprValue *s);	/* true when empty */
extern bool mst_string_is_identifier(const ExprValue *s);

#endif							/* MISTRAL_VALUE_STRING_H */
