/*-------------------------------------------------------------------------
 *
 * plain.h
 *	  Builtins that are one call of a function on values.
 *
 * Such a builtin needs no function of its own: its row says what is called.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_LANG_PLAIN_H
#define MISTRAL_LANG_PLAIN_H

#include "value/value.h"

/* Exactly one member is set; none where the builtin is not of this kind. */
typedef struct ExprPlain
{
	uint32		kinds;			/* answers: is the value of one of these
								 * kinds, as EXPR_KIND_BITs? */
	bool		(*answers) (const ExprValue *v);
	bool		(*answers_two) (const ExprValue *a, const ExprValue *b);
	bool		(*makes) (EvalContext *cxt, const ExprValue *v, ExprValue *result);
	bool		(*makes_two) (EvalContext *cxt, const ExprValue *a, const ExprValue *b, ExprValue *result);
	int			arith;			/* an ExprArith of integers, for two */
} ExprPlain;

extern bool mst_plain_apply(EvalContext *cxt, const ExprPlain *plain, const ExprValue *args, ExprValue *result);

#endif							/* MISTRAL_LANG_PLAIN_H */
