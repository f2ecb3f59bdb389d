/*-------------------------------------------------------------------------
 *
 * language.c
 *	  What both languages ask of their surroundings.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lang/language.h"
#include "util/guc.h"
#include "value/dict.h"

/*
 * Returns the deepest nesting that a parser accepts: parentheses, blocks and
 * operators.  It is that of the evaluation, so that what was parsed can also
 * be evaluated.
 */
int
mst_expr_parse_depth(void)
{
	return mst_expression_max_depth;
}

/*
 * Looks a name up in the data context: for `__env`, `__execution` and
 * `__task_execution`.  *found is false when it is not there, or when the data
 * context is no dictionary.  Returns false when reading it has failed.
 */
bool
mst_expr_data_get(EvalContext *cxt, const char *name, ExprValue *value, bool *found)
{
	*found = false;
	if (cxt->data.kind != EXPR_DICT)
		return true;
	return mst_dict_get_name(cxt, cxt->data.u.dict, name, (int) strlen(name), value, found);
}
