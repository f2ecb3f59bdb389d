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

extern bool mst_utf8_is_ascii(const char *s, int len);
extern uint32 mst_utf8_next(const char **s, const char *end);
extern const char *mst_utf8_prev(const char *s, const char *start);
extern void mst_utf8_append(StringInfo out, uint32 c);
extern int	mst_utf8_length(const char *s, int len);
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
extern bool mst_char_is_word(uint32 c);
extern bool mst_char_is_id_start(uint32 c);
extern bool mst_char_is_id_continue(uint32 c);
extern bool mst_char_is_line_end(uint32 c);
extern int	mst_char_decimal_value(uint32 c);
extern uint32 mst_char_by_name(const char *name, int len);
extern int	mst_char_to_upper(uint32 c, uint32 out[3]);

#endif							/* MISTRAL_VALUE_UNICODE_H */
