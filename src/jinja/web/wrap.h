/*-------------------------------------------------------------------------
 *
 * wrap.h
 *	  Wrapping of text into lines, as Python's textwrap does it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_WEB_WRAP_H
#define MISTRAL_JINJA_WEB_WRAP_H

#include "jinja/frames.h"

typedef struct JinjaWrapStyle
{
	int64		width;
	bool		break_long_words;
	bool		break_on_hyphens;
} JinjaWrapStyle;

extern bool mst_jinja_wrap_line(JinjaEval *ev, StringInfo out, const ExprValue *line,
								const ExprValue *newline, const JinjaWrapStyle *style);

#endif							/* MISTRAL_JINJA_WEB_WRAP_H */
