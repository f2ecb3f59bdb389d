/*-------------------------------------------------------------------------
 *
 * callables.h
 *	  What can be called, and how arguments meet parameters.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_CALLABLES_H
#define MISTRAL_JINJA_CALLABLES_H

#include "jinja/builtins.h"

extern bool mst_jinja_call(JinjaEval *ev, const ExprValue *callee, const JinjaArguments *args, ExprValue *result);
extern bool mst_jinja_call_builtin(JinjaEval *ev, const JinjaBuiltin *builtin, const ExprValue *self,
								   const JinjaArguments *args, ExprValue *result);
extern bool mst_jinja_call_bound(JinjaEval *ev, const JinjaBuiltin *builtin, ExprValue *bound, int given,
								 ExprValue *result);

/* Applies a filter or test by name, for map() and the like. */
typedef struct JinjaApplication
{
	const JinjaBuiltin *builtin;
	const ExprFunction *function;
	JinjaArguments args;
} JinjaApplication;

extern bool mst_jinja_find_application(JinjaEval *ev, bool is_test, const ExprValue *name, JinjaApplication *application);
extern bool mst_jinja_apply_to(JinjaEval *ev, const JinjaApplication *application, const ExprValue *operand, ExprValue *result);

#endif							/* MISTRAL_JINJA_CALLABLES_H */
