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

/* Makes the text in a buffer a value, without the room the buffer had left. */
extern ExprValue mst_yaql_text_value(StringInfo buf);

/* Appends a string to a text being built, within the limits. */
extern bool mst_yaql_append_string(EvalContext *cxt, StringInfo out, const ExprValue *piece);

/* Appends str() of YAQL: null, true and false in its own spelling. */
extern bool mst_yaql_append_str(EvalContext *cxt, StringInfo out, const ExprValue *v);

#endif							/* MISTRAL_YAQL_STRINGS_H */
