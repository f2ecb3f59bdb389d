/*-------------------------------------------------------------------------
 *
 * strings.h
 *	  Text being built.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_YAQL_STRINGS_H
#define MISTRAL_YAQL_STRINGS_H

#include "value/value.h"

extern ExprValue mst_yaql_text_value(StringInfo buf);
extern bool mst_yaql_append_string(EvalContext *cxt, StringInfo out, const ExprValue *piece);
extern bool mst_yaql_append_str(EvalContext *cxt, StringInfo out, const ExprValue *v);

#endif							/* MISTRAL_YAQL_STRINGS_H */
