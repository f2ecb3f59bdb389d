/*-------------------------------------------------------------------------
 *
 * html.h
 *	  Text taken out of HTML.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_WEB_HTML_H
#define MISTRAL_WEB_HTML_H

#include "jinja/frames.h"

extern bool mst_jinja_append_unescaped(JinjaEval *ev, StringInfo out, const char *s, int len);
extern bool mst_jinja_striptags(JinjaEval *ev, const ExprValue *text, ExprValue *result);

#endif							/* MISTRAL_WEB_HTML_H */
