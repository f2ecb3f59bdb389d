/*-------------------------------------------------------------------------
 *
 * operators.h
 *	  Operators of YAQL on values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_YAQL_OPERATORS_H
#define MISTRAL_YAQL_OPERATORS_H

#include "yaql/lex.h"

extern bool mst_yaql_binary(EvalContext *cxt, YaqlTokenKind op, const ExprValue *left, const ExprValue *right, ExprValue *result);
extern bool mst_yaql_unary(EvalContext *cxt, YaqlTokenKind op, const ExprValue *operand, ExprValue *result);
extern bool mst_yaql_compare(EvalContext *cxt, YaqlTokenKind op, const ExprValue *left, const ExprValue *right, bool *result);

#endif							/* MISTRAL_YAQL_OPERATORS_H */
