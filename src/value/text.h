/*-------------------------------------------------------------------------
 *
 * text.h
 *	  Text forms of values: str() and repr().
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_TEXT_H
#define MISTRAL_VALUE_TEXT_H

#include "value/value.h"

/* mst_value_append_* options */
#define EXPR_TEXT_THAWED	0x01	/* show frozen lists and sets as plain
									 * ones */

extern bool mst_value_append_text(EvalContext *cxt, StringInfo out, const ExprValue *v, int options);
extern bool mst_value_append_repr(EvalContext *cxt, StringInfo out, const ExprValue *v, int options);
extern bool mst_value_to_text(EvalContext *cxt, const ExprValue *v, ExprValue *result);
extern bool mst_value_to_repr(EvalContext *cxt, const ExprValue *v, ExprValue *result);
extern char *mst_value_brief(EvalContext *cxt, const ExprValue *v);

#endif							/* MISTRAL_VALUE_TEXT_H */
