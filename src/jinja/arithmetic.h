/*-------------------------------------------------------------------------
 *
 * arithmetic.h
 *	  Operators on values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_ARITHMETIC_H
#define MISTRAL_JINJA_ARITHMETIC_H

#include "jinja/frames.h"

extern bool mst_jinja_arith(JinjaEval *ev, ExprArith op, const ExprValue *a, const ExprValue *b, ExprValue *result);
extern bool mst_jinja_compare(JinjaEval *ev, JinjaCompareOp op, const ExprValue *a, const ExprValue *b, bool *result);

#endif							/* MISTRAL_JINJA_ARITHMETIC_H */
