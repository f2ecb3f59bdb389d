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

extern int	mst_string_length(const ExprValue *s);
extern ExprValue mst_string_char(const ExprValue *s, int i);
extern ExprValue mst_string_slice(const ExprValue *s, int64 from, int64 to);
extern bool mst_string_slice_step(EvalContext *cxt, const ExprValue *s, const ExprValue *start, const ExprValue *stop, int64 step, ExprValue *result);
extern int64 mst_string_find(const ExprValue *s, const ExprValue *sub, int64 start, int64 end);
extern int64 mst_string_rfind(const ExprValue *s, const ExprValue *sub, int64 start, int64 end);
extern int64 mst_string_count(const ExprValue *s, const ExprValue *sub, int64 start, int64 end);
extern bool mst_string_starts(const ExprValue *s, const ExprValue *prefix, int64 start, int64 end);
extern bool mst_string_ends(const ExprValue *s, const ExprValue *suffix, int64 start, int64 end);
extern bool mst_string_has(const ExprValue *s, const ExprValue *sub);
extern bool mst_string_concat(EvalContext *cxt, const ExprValue *a, const ExprValue *b, ExprValue *result);
extern bool mst_string_repeat(EvalContext *cxt, const ExprValue *s, int64 n, ExprValue *result);
extern bool mst_string_replace(EvalContext *cxt, const ExprValue *s, const ExprValue *old, const ExprValue *new, int64 count, ExprValue *result);

#define EXPR_STRIP_LEFT		1
#define EXPR_STRIP_RIGHT	2
#define EXPR_STRIP_BOTH		3

extern ExprValue mst_string_strip(const ExprValue *s, const ExprValue *chars, int sides);
extern bool mst_string_split(EvalContext *cxt, const ExprValue *s, const ExprValue *sep, int64 max, ExprList **result);
extern bool mst_string_rsplit(EvalContext *cxt, const ExprValue *s, const ExprValue *sep, int64 max, ExprList **result);
extern bool mst_string_splitlines(EvalContext *cxt, const ExprValue *s, bool keep_ends, ExprList **result);
extern bool mst_string_chars(EvalContext *cxt, const ExprValue *s, ExprList **result);
extern bool mst_string_upper(EvalContext *cxt, const ExprValue *s, ExprValue *result);
extern bool mst_string_lower(EvalContext *cxt, const ExprValue *s, ExprValue *result);
extern bool mst_string_casefold(EvalContext *cxt, const ExprValue *s, ExprValue *result);
extern bool mst_string_capitalize(EvalContext *cxt, const ExprValue *s, ExprValue *result);
extern bool mst_string_title(EvalContext *cxt, const ExprValue *s, ExprValue *result);
extern bool mst_string_swapcase(EvalContext *cxt, const ExprValue *s, ExprValue *result);
extern bool mst_string_center(EvalContext *cxt, const ExprValue *s, int64 width, uint32 fill, ExprValue *result);
extern bool mst_string_ljust(EvalContext *cxt, const ExprValue *s, int64 width, uint32 fill, ExprValue *result);
extern bool mst_string_rjust(EvalContext *cxt, const ExprValue *s, int64 width, uint32 fill, ExprValue *result);
extern bool mst_string_zfill(EvalContext *cxt, const ExprValue *s, int64 width, ExprValue *result);
extern bool mst_string_expandtabs(EvalContext *cxt, const ExprValue *s, int64 tabsize, ExprValue *result);
extern bool mst_string_is_alpha(const ExprValue *s);
extern bool mst_string_is_alnum(const ExprValue *s);
extern bool mst_string_is_decimal(const ExprValue *s);
extern bool mst_string_is_digit(const ExprValue *s);
extern bool mst_string_is_numeric(const ExprValue *s);
extern bool mst_string_is_space(const ExprValue *s);
extern bool mst_string_is_upper(const ExprValue *s);
extern bool mst_string_is_lower(const ExprValue *s);
extern bool mst_string_is_title(const ExprValue *s);
extern bool mst_string_is_printable(const ExprValue *s);
extern bool mst_string_is_identifier(const ExprValue *s);

#endif							/* MISTRAL_VALUE_STRING_H */
