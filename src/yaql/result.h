/*-------------------------------------------------------------------------
 *
 * result.h
 *	  What leaves a YAQL expression.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_YAQL_RESULT_H
#define MISTRAL_YAQL_RESULT_H

#include "value/value.h"

extern bool mst_yaql_convert_result(EvalContext *cxt, const ExprValue *v, ExprValue *result);

#endif							/* MISTRAL_YAQL_RESULT_H */
