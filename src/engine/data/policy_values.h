/*-------------------------------------------------------------------------
 *
 * policy_values.h
 *	  Evaluating the values of policies.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_DATA_POLICY_VALUES_H
#define MISTRAL_ENGINE_DATA_POLICY_VALUES_H

#include "engine/data/data.h"

/* Where the evaluation of policies stands. */
typedef struct PolicyEval
{
	EngineCall *call;
	Task	   *task;
	ExprBindings *bindings;
	bool		is_before;		/* the start, else a completion */
	char	   *problem;		/* set by the first that fails */
} PolicyEval;

/* longest delay, in seconds: about 68 years */
#define MAX_SECONDS PG_INT32_MAX

extern bool mst_policy_field(PolicyEval *pe, const ExprTemplate *template, Jsonb **value);
extern void mst_policy_wrong_type(PolicyEval *pe, const char *policy, const Jsonb *value, const char *type);
extern int64 mst_policy_number(PolicyEval *pe, const char *policy, const ExprTemplate *template);
extern double mst_policy_real(PolicyEval *pe, const char *policy, const ExprTemplate *template,
							  double min, double max);
extern bool mst_policy_truth(PolicyEval *pe, const ExprTemplate *template);

#endif							/* MISTRAL_ENGINE_DATA_POLICY_VALUES_H */
