/*-------------------------------------------------------------------------
 *
 * yaml_value.h
 *	  YAML as text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_YAML_VALUE_H
#define MISTRAL_VALUE_YAML_VALUE_H

#include "value/value.h"

extern bool mst_value_yaml_dump(EvalContext *cxt, StringInfo out, const ExprValue *v);
extern bool mst_value_yaml_parse(EvalContext *cxt, const ExprValue *text, ExprValue *result);

#endif							/* MISTRAL_VALUE_YAML_VALUE_H */
