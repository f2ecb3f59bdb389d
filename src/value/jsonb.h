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

/* Gives strings of jsonb that stand for other values these; see store/sealing.c. */
typedef struct StringFilter
{
	bool		(*open) (void *state, const char *text, int len, JsonbValue *value);
	void	   *state;
} StringFilter;

/* The filter of the evaluation at work, or NULL. */
extern const StringFilter *mst_string_filter;

extern ExprValue mst_value_from_jsonb(const Jsonb *jb);
extern ExprValue mst_value_from_jsonb_value(const JsonbValue *v);
extern bool mst_value_to_jsonb(EvalContext *cxt, const ExprValue *v, Jsonb **result);

#endif							/* MISTRAL_VALUE_JSONB_H */
