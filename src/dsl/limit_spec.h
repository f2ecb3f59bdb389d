/*-------------------------------------------------------------------------
 *
 * limit_spec.h
 *	  A limit of a task or workflow, compiled.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DSL_LIMIT_SPEC_H
#define MISTRAL_DSL_LIMIT_SPEC_H

struct ExprTemplate;

/* NULL where not given (docs/language.md, "Limits"). */
typedef struct LimitSpec
{
	struct ExprTemplate *name;
	struct ExprTemplate *key;
	struct ExprTemplate *max;
	struct ExprTemplate *rate;
	bool		zero_is_none;	/* a max of 0 is no bound */
} LimitSpec;

#endif							/* MISTRAL_DSL_LIMIT_SPEC_H */
