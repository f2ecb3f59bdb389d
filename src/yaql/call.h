/*-------------------------------------------------------------------------
 *
 * call.h
 *	  Calls of functions and methods.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_YAQL_CALL_H
#define MISTRAL_YAQL_CALL_H

#include "yaql/eval.h"

extern bool mst_yaql_call_builtin(EvalContext *cxt, const YaqlScope *scope, const YaqlCallSite *site, const ExprValue *receiver, ExprValue *result);
extern bool mst_yaql_call_function(EvalContext *cxt, const YaqlScope *scope, const YaqlCallSite *site, ExprValue *result);

#endif							/* MISTRAL_YAQL_CALL_H */
