/*-------------------------------------------------------------------------
 *
 * urlize.h
 *	  Turning addresses in a text into links.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_WEB_URLIZE_H
#define MISTRAL_JINJA_WEB_URLIZE_H

#include "jinja/frames.h"

typedef struct JinjaUrlizeStyle
{
	int64		trim_limit;		/* longest text of a link in characters, or -1 */
	const char *rel;			/* attribute "rel" of links */
	const ExprValue *target;	/* attribute "target", or NULL */
	int			nschemes;		/* further schemes, like "ftp://" */
	const ExprValue *schemes;
} JinjaUrlizeStyle;

extern bool mst_jinja_is_scheme(const ExprValue *text);
extern const char *mst_jinja_make_rel(JinjaEval *ev, const ExprValue *rel, bool nofollow);
extern bool mst_jinja_urlize(JinjaEval *ev, StringInfo out, const ExprValue *text,
							 const JinjaUrlizeStyle *style);

#endif							/* MISTRAL_JINJA_WEB_URLIZE_H */
