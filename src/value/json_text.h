/*-------------------------------------------------------------------------
 *
 * json_text.h
 *	  JSON as text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_JSON_TEXT_H
#define MISTRAL_VALUE_JSON_TEXT_H

#include "value/value.h"

typedef struct ExprJsonStyle
{
	int			indent;			/* -1: one line */
	const char *item_separator; /* "," or ", " */
	const char *key_separator;	/* ": " */
	bool		sort_keys;
	bool		html_safe;		/* < > & ' as \u escapes */
	const ExprValue *indent_text;	/* NULL: `indent` blanks for each level */
} ExprJsonStyle;

extern bool mst_value_json_dump(EvalContext *cxt, StringInfo out, const ExprValue *v, const ExprJsonStyle *style);
extern bool mst_value_json_parse(EvalContext *cxt, const ExprValue *text, ExprValue *result);

#endif							/* MISTRAL_VALUE_JSON_TEXT_H */
