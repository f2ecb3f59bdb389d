/*-------------------------------------------------------------------------
 *
 * jinja_wrap.h
 *	  Wrapping of text into lines, as Python's textwrap does it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_EXPR_JINJA_WRAP_H
#define MISTRAL_EXPR_JINJA_WRAP_H

#include "expr/jinja_eval.h"

typedef struct JinjaWrapStyle
{
	int64		width;
	bool		break_long_words;
	bool		break_on_hyphens;
} JinjaWrapStyle;

/* Appends one line of text, broken into several with newline between them. */
extern bool mst_jinja_wrap_line(JinjaEval *ev, StringInfo out, const ExprValue *line,
								const ExprValue *newline, const JinjaWrapStyle *style);

#endif							/* MISTRAL_EXPR_JINJA_WRAP_H */
