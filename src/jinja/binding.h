/*-------------------------------------------------------------------------
 *
 * binding.h
 *	  How the arguments of a call meet the parameters of a builtin.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_BINDING_H
#define MISTRAL_JINJA_BINDING_H

#include "jinja/builtins.h"
#include "lang/signature.h"

extern bool mst_jinja_bind(JinjaEval *ev, const JinjaBuiltin *builtin, int given, ExprValue *bound);
extern bool mst_jinja_bind_arguments(JinjaEval *ev, const JinjaBuiltin *builtin, const ExprValue *self,
									 const JinjaArguments *args, ExprValue *bound);
extern bool mst_jinja_bind_function(JinjaEval *ev, const ExprFunction *function,
									const JinjaArguments *args, ExprValue *bound);
extern bool mst_jinja_bind_variadic(JinjaEval *ev, const JinjaBuiltin *builtin, const JinjaArguments *args);

#endif							/* MISTRAL_JINJA_BINDING_H */
