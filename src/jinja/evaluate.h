/*-------------------------------------------------------------------------
 *
 * evaluate.h
 *	  Evaluation of expressions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_EVALUATE_H
#define MISTRAL_JINJA_EVALUATE_H

#include "jinja/frames.h"

extern bool mst_jinja_eval(JinjaEval *ev, const JinjaNode *node, ExprValue *result);
extern bool mst_jinja_context_get(JinjaEval *ev, const JinjaContextName *name, ExprValue *result);

#endif							/* MISTRAL_JINJA_EVALUATE_H */
