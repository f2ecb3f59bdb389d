/*-------------------------------------------------------------------------
 *
 * branching.c
 *	  Functions that evaluate only those of their arguments they need.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/iteration.h"
#include "value/make.h"
#include "value/range.h"
#include "yaql/builtin_tables.h"

/* The truth of an argument that is a lambda without parameters. */
static bool
test_branch(EvalContext *cxt, const YaqlLambda *lambda, bool *result)
{
	ExprValue	value;

	if (!mst_yaql_apply(cxt, lambda, NULL, 0, &value))
		return false;
	*result = mst_value_is_true(&value);
	return true;
}

/* switch(condition => value, ...): both sides of a mapping are in its node */
static bool
fn_switch(YaqlCall *call, ExprValue *result)
{
	for (int i = 0; i < call->nrest; i++)
	{
		const YaqlLambda *branch = mst_yaql_lambda(&call->rest[i]);
		ExprValue	condition;

		if (!mst_yaql_eval(call->cxt, branch->scope, branch->body->u.pair.left, &condition))
			return false;
		if (mst_value_is_true(&condition))
			return mst_yaql_eval(call->cxt, branch->scope,
								 branch->body->u.pair.right, result);
	}
	*result = mst_value_null();
	return true;
}

static bool
fn_select_case(YaqlCall *call, ExprValue *result)
{
	int			i;

	for (i = 0; i < call->nrest; i++)
	{
		bool		holds;

		if (!test_branch(call->cxt, mst_yaql_lambda(&call->rest[i]), &holds))
			return false;
		if (holds)
			break;
	}
	*result = mst_value_int(i);
	return true;
}

/* case.switchCase(a, b, c) */
static bool
fn_switch_case(YaqlCall *call, ExprValue *result)
{
	int64		i = mst_number_clip(&call->args[0]);

	if (call->nrest == 0)
	{
		*result = mst_value_null();
		return true;
	}
	if (i < 0 || i >= call->nrest)
		i = call->nrest - 1;
	return mst_yaql_apply(call->cxt, mst_yaql_lambda(&call->rest[i]), NULL, 0, result);
}

static bool
fn_coalesce(YaqlCall *call, ExprValue *result)
{
	*result = mst_value_null();
	for (int i = 0; i < call->nrest && result->kind == EXPR_NULL; i++)
	{
		if (!mst_yaql_apply(call->cxt, mst_yaql_lambda(&call->rest[i]), NULL, 0, result))
			return false;
	}
	return true;
}

/* ---- lazy sequences over the branches ---- */

typedef struct BranchIterator
{
	ExprIterator iterator;
	const YaqlLambda **branches;
	int			nbranches;
	int			at;
} BranchIterator;

/* Truth of each branch. */
static ExprNext
next_examined(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	BranchIterator *it = (BranchIterator *) iterator;
	bool		holds;

	if (it->at >= it->nbranches)
		return EXPR_NEXT_END;
	if (!test_branch(cxt, it->branches[it->at++], &holds))
		return EXPR_NEXT_ERROR;
	*item = mst_value_bool(holds);
	return EXPR_NEXT_ITEM;
}

/* Numbers of the branches that are true. */
static ExprNext
next_true_case(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	BranchIterator *it = (BranchIterator *) iterator;

	for (;;)
	{
		ExprNext	next = next_examined(cxt, iterator, item);

		if (next != EXPR_NEXT_ITEM)
			return next;
		if (item->u.boolean)
			break;
	}
	*item = mst_value_int(it->at - 1);
	return EXPR_NEXT_ITEM;
}

static const ExprIteratorOps examined_ops = {"generator", next_examined, NULL};
static const ExprIteratorOps true_cases_ops = {"generator", next_true_case, NULL};

static bool
make_branches(YaqlCall *call, const ExprIteratorOps *ops, ExprValue *result)
{
	BranchIterator *it = palloc0(sizeof(BranchIterator));

	it->iterator.ops = ops;
	it->nbranches = call->nrest;
	it->branches = palloc(Max(call->nrest, 1) * sizeof(YaqlLambda *));
	for (int i = 0; i < call->nrest; i++)
		it->branches[i] = mst_yaql_keep_lambda(&call->rest[i]);
	*result = mst_value_iterator(&it->iterator);
	return true;
}

static bool
fn_examine(YaqlCall *call, ExprValue *result)
{
	return make_branches(call, &examined_ops, result);
}

static bool
fn_select_all_cases(YaqlCall *call, ExprValue *result)
{
	return make_branches(call, &true_cases_ops, result);
}

const YaqlBuiltin mst_yaql_branching_functions[] =
{
	{"coalesce", YAQL_FUNCTION, "*args:lambda", fn_coalesce},
	{"examine", YAQL_FUNCTION, "*args:lambda", fn_examine},
	{"selectAllCases", YAQL_FUNCTION, "*args:lambda", fn_select_all_cases},
	{"selectCase", YAQL_FUNCTION, "*args:lambda", fn_select_case},
	{"switch", YAQL_FUNCTION | YAQL_NO_NAMED, "*args:lazymapping", fn_switch},
	{"switchCase", YAQL_METHOD, "case:int *args:lambda", fn_switch_case},
	{NULL}
};
