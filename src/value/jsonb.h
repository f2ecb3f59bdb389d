/*-------------------------------------------------------------------------
 *
 * jsonb.h
 *	  Between values and jsonb.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_JSONB_H
#define MISTRAL_VALUE_JSONB_H

#include "utils/jsonb.h"

#include "value/value.h"

extern ExprValue mst_value_from_jsonb(const Jsonb *jb);
extern ExprValue mst_value_from_jsonb_value(const JsonbValue *v);
extern bool mst_value_to_jsonb(EvalContext *cxt, const ExprValue *v, Jsonb **result);

#endif							/* MISTRAL_VALUE_JSONB_H */
