/*-------------------------------------------------------------------------
 *
 * generators.h
 *	  Sequences that make their items.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_YAQL_GENERATORS_H
#define MISTRAL_YAQL_GENERATORS_H

#include "value/value.h"

extern bool mst_yaql_memorize(EvalContext *cxt, const ExprValue *collection, ExprValue *result);

#endif							/* MISTRAL_YAQL_GENERATORS_H */
