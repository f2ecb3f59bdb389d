/*-------------------------------------------------------------------------
 *
 * policy_values.c
 *	  Evaluating the values of policies.
 *
 * Values are literals or expressions, and both are checked here.  The first that
 * is wrong is noted as the problem, and then nothing further is evaluated; the
 * caller fails the task with it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "engine/data/policy_values.h"
#include "util/json.h"

/* Evaluates a value as it is; false: none is given, or there is a problem. */
bool
mst_policy_field(PolicyEval *pe, const ExprTemplate *template, Jsonb **value)
{
	ExprError  *error;

	if (pe->problem != NULL || template == NULL)
		return false;
	if (mst_expr_eval_jsonb(template, pe->bindings, value, &error))
		return true;
	pe->problem = mst_expr_error_text(error);
	return false;
}

/* Notes that a value is of another type than the policy takes. */
void
mst_policy_wrong_type(PolicyEval *pe, const char *policy, const Jsonb *value, const char *type)
{
	pe->problem = psprintf("Invalid data type in %s: %s is not %s",
						   policy, mst_json_print(value), type);
}

/* Returns a whole number that is not negative; 0 where not set. */
int64
mst_policy_number(PolicyEval *pe, const char *policy, const ExprTemplate *template)
{
	Jsonb	   *value;
	int64		number = 0;

	if (!mst_policy_field(pe, template, &value))
		return 0;
	if (!mst_json_whole_number(value, &number) || number > MAX_SECONDS)
		mst_policy_wrong_type(pe, policy, value, "an integer from 0 to 2147483647");
	return number;
}

/* Returns a number from one to another; "min" where not set. */
double
mst_policy_real(PolicyEval *pe, const char *policy, const ExprTemplate *template, double min, double max)
{
	Jsonb	   *value;
	JsonbValue	root;
	double		number = min;

	if (!mst_policy_field(pe, template, &value))
		return min;
	root = mst_json_root(value);
	if (root.type == jbvNumeric)
		number = DatumGetFloat8(DirectFunctionCall1(numeric_float8,
													NumericGetDatum(root.val.numeric)));
	if (root.type != jbvNumeric || number < min || number > max)
		mst_policy_wrong_type(pe, policy, value, psprintf("a number from %g to %g", min, max));
	return number;
}

/* Returns whether a condition holds; one that is not set does not. */
bool
mst_policy_truth(PolicyEval *pe, const ExprTemplate *template)
{
	ExprError  *error;
	bool		truth = false;

	if (pe->problem != NULL || template == NULL)
		return false;
	if (!mst_expr_eval_bool(template, pe->bindings, &truth, &error))
		pe->problem = mst_expr_error_text(error);
	return truth;
}
