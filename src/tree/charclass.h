/*-------------------------------------------------------------------------
 *
 * charclass.h
 *	  Classes of characters in definitions, and words of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_TREE_CHARCLASS_H
#define MISTRAL_TREE_CHARCLASS_H

extern int	mst_utf8_skip_word(const char *p, const char *end);
extern int	mst_utf8_skip_space(const char *p, const char *end);
extern int	mst_utf8_skip_digit(const char *p, const char *end);
extern bool mst_text_is_word(const char *text, int len);
extern bool mst_text_is_uuid(const char *text);
extern const char *mst_text_expression_end(const char *p, const char *end);

#endif							/* MISTRAL_TREE_CHARCLASS_H */
