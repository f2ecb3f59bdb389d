/*-------------------------------------------------------------------------
 *
 * calls.h
 *	  Calls, filters and tests of the tree.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_CALLS_H
#define MISTRAL_JINJA_CALLS_H

#include "jinja/frames.h"

extern bool mst_jinja_eval_call(JinjaEval *ev, const JinjaCall *call, const ExprValue *caller, ExprValue *result);
extern bool mst_jinja_apply(JinjaEval *ev, const JinjaApply *apply, const ExprValue *operand, ExprValue *result);

#endif							/* MISTRAL_JINJA_CALLS_H */
