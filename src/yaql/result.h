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

/*
 * What leaves an expression (result.c): lists and dictionaries plain,
 * iterators run out.
 */
extern bool mst_yaql_convert_result(EvalContext *cxt, const ExprValue *v, ExprValue *result);

#endif							/* MISTRAL_YAQL_RESULT_H */
