/*-------------------------------------------------------------------------
 *
 * unicode.h
 *	  UTF-8, and what Unicode says of one character.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_UNICODE_H
#define MISTRAL_VALUE_UNICODE_H

#include "lib/stringinfo.h"

/* ---- UTF-8 ---- */

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

#endif							/* MISTRAL_VALUE_UNICODE_H */
