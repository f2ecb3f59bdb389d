/*-------------------------------------------------------------------------
 *
 * sql_functions.h
 *	  SQL functions that expressions can call.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_DATA_SQL_FUNCTIONS_H
#define MISTRAL_ENGINE_DATA_SQL_FUNCTIONS_H

#include "lang/language.h"

extern const void *mst_sql_functions_find(const char *project, EvalContext *cxt, const char *name, int len);
extern bool mst_sql_functions_call(const char *project, EvalContext *cxt, const void *function, const ExprArguments *args, ExprValue *result);

/* For evaluations outside of workflows; the state is the project's name. */
extern const ExprCallbacks mst_project_functions;

#endif							/* MISTRAL_ENGINE_DATA_SQL_FUNCTIONS_H */
