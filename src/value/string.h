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
