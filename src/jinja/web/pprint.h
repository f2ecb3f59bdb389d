/*-------------------------------------------------------------------------
 *
 * pprint.h
 *	  Values as Python's pprint shows them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_WEB_PPRINT_H
#define MISTRAL_WEB_PPRINT_H

#include "jinja/frames.h"

extern bool mst_jinja_pformat(JinjaEval *ev, StringInfo out, const ExprValue *value);

#endif							/* MISTRAL_WEB_PPRINT_H */
