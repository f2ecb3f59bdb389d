/*-------------------------------------------------------------------------
 *
 * call.c
 *	  Calls of functions and methods.
 *
 * A call computes those of its arguments that are no lambdas, left to right
 * and each once, lets the first candidate whose parameters accept them have
 * the call, and hands it the arguments in the order of its parameters.
 *
 * The arguments, lambdas and scopes of a call are on the C stack.  So a
 * builtin may use them until it returns, and must copy what it keeps for
 * later: mst_yaql_keep_lambda(), mst_yaql_keep_scope().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "yaql/call.h"
#include "yaql/resolve.h"
#include "yaql/sequences.h"

/* calls with at most that many arguments need no memory from the heap */
#define FRAME_ARGS 8

/* The arguments of one call, by their place in the text. */
typedef struct YaqlFrame
{
	EvalContext *cxt;
	const YaqlScope *scope;
	const YaqlCallSite *site;
	ExprValue  *values;			/* of MAPPING arguments the value */
	ExprValue  *keys;			/* of MAPPING arguments that are positional */
	YaqlLambda *lambdas;
	ExprValue	value_room[FRAME_ARGS];
	YaqlLambda	lambda_room[FRAME_ARGS];
} YaqlFrame;

/* Sets up a frame; the receiver, if any, has been evaluated. */
static bool
open_frame(YaqlFrame *frame, const ExprValue *receiver)
{
	const YaqlCallSite *site = frame->site;
	int			n = site->nargs + site->nnamed;

	frame->values = frame->value_room;
	frame->lambdas = frame->lambda_room;
	frame->keys = NULL;
	if (n > FRAME_ARGS)
	{
		if (!mst_expr_charge(frame->cxt, n * (int64) (sizeof(ExprValue) + sizeof(YaqlLambda))))
			return false;
		frame->values = palloc(n * sizeof(ExprValue));
		frame->lambdas = palloc(n * sizeof(YaqlLambda));
	}
	if (site->no_named && site->nnamed > 0)
		frame->keys = palloc(n * sizeof(ExprValue));
	if (receiver != NULL)
		frame->values[0] = *receiver;
	return true;
}

/*
 * Frees what did not fit into the frame itself, since a call in a loop would
 * pile it up until the evaluation ends.
 */
static void
close_frame(YaqlFrame *frame)
{
	if (frame->values != frame->value_room)
	{
		pfree(frame->values);
		pfree(frame->lambdas);
	}
}

/*
 * Makes argument i a function of its text that is not evaluated yet. It refers
 * to the scope of the call, so whoever keeps it longer than the call copies it
 * (mst_yaql_keep_lambda()).
 */
static void
set_lambda(YaqlFrame *frame, int i, const YaqlNode *body)
{
	YaqlLambda *lambda = &frame->lambdas[i];

	lambda->object.ops = &mst_yaql_lambda_ops;
	lambda->body = body;
	lambda->scope = frame->scope;
	frame->values[i] = mst_value_object(&lambda->object);
}

/*
 * Evaluates argument i into the frame, or leaves it unevaluated where the
 * overloads want it so. A mapping "key => value" is a named argument, of which
 * the value counts, unless the function takes mappings.
 */
static bool
eval_argument(YaqlFrame *frame, int i, const YaqlNode *node)
{
	const YaqlCallSite *site = frame->site;
	bool		is_lazy = site->lazy != NULL && site->lazy[i];

	if (node->kind == YAQL_NODE_MAPPING)
	{
		if (!site->no_named)
			return eval_argument(frame, i, node->u.pair.right);

		/* a lazy mapping is evaluated by the builtin, both sides */
		if (is_lazy)
			set_lambda(frame, i, node);
		else if (!mst_yaql_eval(frame->cxt, frame->scope, node->u.pair.left, &frame->keys[i]) ||
				 !mst_yaql_eval(frame->cxt, frame->scope, node->u.pair.right, &frame->values[i]))
			return false;
		return true;
	}
	if (is_lazy)
	{
		set_lambda(frame, i, node);
		return true;
	}
	return mst_yaql_eval(frame->cxt, frame->scope, node, &frame->values[i]);
}

/*
 * Evaluates the arguments from "first" on, in the order of the text; the
 * receiver is evaluated before.
 */
static bool
eval_arguments(YaqlFrame *frame, int first)
{
	const YaqlCallSite *site = frame->site;

	for (int i = first; i < site->nargs + site->nnamed; i++)
	{
		if (!eval_argument(frame, i, site->args[i]))
			return false;
	}
	return true;
}

/*
 * Returns how many arguments have no name, those written as mappings included
 * where they are arguments like others.
 */
static int
positional_count(const YaqlCallSite *site)
{
	return site->nargs + (site->no_named ? site->nnamed : 0);
}

/*
 * Returns the parameter that an argument goes to, or NULL (a further named
 * one).
 */
static const ExprParam *
parameter_of(const YaqlFrame *frame, const YaqlCandidate *candidate, int arg)
{
	const YaqlOverload *overload = candidate->overload;

	if (arg < positional_count(frame->site))
		return arg < overload->takes.nparams ? &overload->takes.params[arg] : overload->takes.rest;
	for (int i = 0; i < overload->takes.nparams; i++)
	{
		if (candidate->source[i] == arg)
			return &overload->takes.params[i];
	}
	return overload->takes.named_rest;
}

/*
 * Answers whether the values are of the kinds that an overload's parameters
 * admit. Lambdas were sorted out before, by what the overloads have in common;
 * parameters without an argument have defaults, which fit.
 */
static bool
candidate_accepts(const YaqlFrame *frame, const YaqlCandidate *candidate)
{
	const YaqlOverload *overload = candidate->overload;
	int			npositional = positional_count(frame->site);

	for (int i = 0; i < overload->takes.nparams; i++)
	{
		int			arg = candidate->source[i];

		if (arg >= 0 && !mst_yaql_accepts(&overload->takes.params[i], &frame->values[arg]))
			return false;
	}
	if (candidate->nrest > 0 && !overload->takes.rest->type->is_mapping)
	{
		for (int i = overload->takes.nparams; i < npositional; i++)
		{
			if (!mst_yaql_accepts(overload->takes.rest, &frame->values[i]))
				return false;
		}
	}
	return true;
}

/*
 * Returns whether every value that `a` takes is taken by `b` too, but not
 * conversely.
 */
static bool
is_narrower(const ExprParam *a, const ExprParam *b)
{
	const uint32 ignored = EXPR_KIND_BIT(EXPR_NULL) | EXPR_KIND_BIT(EXPR_NO_VALUE);
	uint32		akinds = a->kinds & ~ignored;
	uint32		bkinds = b->kinds & ~ignored;

	return akinds != bkinds && (akinds & ~bkinds) == 0;
}

/*
 * Returns whether `a` is the more specific of two candidates that both accept.
 */
static bool
is_more_specific(const YaqlFrame *frame, const YaqlCandidate *a, const YaqlCandidate *b)
{
	bool		result = false;

	for (int i = 0; i < frame->site->nargs + frame->site->nnamed; i++)
	{
		const ExprParam *ap = parameter_of(frame, a, i);
		const ExprParam *bp = parameter_of(frame, b, i);

		if (ap == NULL || bp == NULL)
			continue;
		if (is_narrower(bp, ap))
			return false;
		if (is_narrower(ap, bp))
			result = true;
	}
	return result;
}

/* Returns the candidate that gets the call. */
static const YaqlCandidate *
choose_candidate(const YaqlFrame *frame, YaqlResolution *resolution)
{
	const YaqlCandidate *winner = NULL;

	*resolution = YAQL_NO_MATCH;
	for (int i = 0; i < frame->site->ncandidates; i++)
	{
		const YaqlCandidate *candidate = &frame->site->candidates[i];

		if (!candidate_accepts(frame, candidate))
			continue;
		if (winner != NULL && is_more_specific(frame, winner, candidate))
			continue;
		if (winner != NULL && !is_more_specific(frame, candidate, winner))
		{
			*resolution = YAQL_AMBIGUOUS;
			return NULL;
		}
		winner = candidate;
	}
	return winner;
}

/* Collections given as such may not have more items than the limit. */
static bool
check_size(EvalContext *cxt, const ExprParam *param, const ExprValue *v)
{
	if ((param->kinds & EXPR_KIND_BIT(EXPR_INT)) != 0)
		return true;
	if (v->kind == EXPR_LIST)
		return mst_expr_check_items(cxt, mst_list_length(v->u.list));
	if (v->kind == EXPR_SET)
		return mst_expr_check_items(cxt, mst_dict_length(v->u.dict));
	return true;
}

/* Mappings as pairs, key and value in turn. */
static bool
collect_pairs(YaqlFrame *frame, const YaqlCandidate *candidate, const ExprValue **rest)
{
	int			first = candidate->overload->takes.nparams;
	ExprValue  *pairs;

	if (!mst_expr_charge(frame->cxt, candidate->nrest * (int64) (2 * sizeof(ExprValue))))
		return false;
	pairs = palloc(Max(candidate->nrest, 1) * 2 * sizeof(ExprValue));
	for (int i = 0; i < candidate->nrest; i++)
	{
		pairs[2 * i] = frame->keys[first + i];
		pairs[2 * i + 1] = frame->values[first + i];
	}
	*rest = pairs;
	return true;
}

/* Named arguments that are no parameter's, or not the last of that name. */
static void
collect_named(const YaqlFrame *frame, const YaqlCandidate *candidate, YaqlCall *call)
{
	const YaqlCallSite *site = frame->site;
	YaqlBinding *named;

	if (candidate->nnamed_rest == 0)
		return;
	named = palloc(site->nnamed * sizeof(YaqlBinding));
	for (int i = site->nargs; i < site->nargs + site->nnamed; i++)
	{
		const ExprValue *key = &site->args[i]->u.pair.left->u.constant;

		if (parameter_of(frame, candidate, i) != candidate->overload->takes.named_rest)
			continue;
		named[call->nnamed].name = key->u.string;
		named[call->nnamed].len = key->len;
		named[call->nnamed].value = frame->values[i];
		call->nnamed++;
	}
	call->named = named;
}

/* Calls the chosen builtin. */
static bool
invoke_candidate(YaqlFrame *frame, const YaqlCandidate *candidate, ExprValue *result)
{
	const YaqlOverload *overload = candidate->overload;
	ExprValue	args[YAQL_MAX_PARAMS];
	YaqlCall	call = {frame->cxt, frame->scope, overload, args};

	for (int i = 0; i < overload->takes.nparams; i++)
	{
		int			source = candidate->source[i];

		args[i] = source >= 0 ? frame->values[source] : overload->takes.params[i].default_value;
		if (!check_size(frame->cxt, &overload->takes.params[i], &args[i]))
			return false;
	}
	if (overload->function == NULL)
		return mst_plain_apply(frame->cxt, overload->plain, args, result);
	call.nrest = candidate->nrest;
	call.rest = frame->values + overload->takes.nparams;
	if (call.nrest > 0 && frame->keys != NULL && !overload->takes.rest->type->is_lazy &&
		!collect_pairs(frame, candidate, &call.rest))
		return false;
	collect_named(frame, candidate, &call);
	return overload->function(&call, result);
}

/*
 * Returns the function that def() made under this name, nearest first; or
 * NULL.
 */
static const YaqlScope *
find_user_function(const YaqlScope *scope, const YaqlCallSite *site)
{
	for (; scope != NULL && scope->has_functions; scope = scope->parent)
	{
		if (scope->function != NULL &&
			mst_yaql_name_is(scope->function->name, scope->function->len,
							 site->name, site->len))
			return scope;
	}
	return NULL;
}

/* Calls a function made by def(): $1 ... and $name are its arguments. */
static bool
call_user_function(EvalContext *cxt, const YaqlScope *scope, const YaqlCallSite *site,
				   const YaqlScope *where, ExprValue *result)
{
	YaqlFrame	frame = {cxt, scope, site};
	YaqlScope	inner = {where};
	YaqlBinding *names = NULL;

	if (site->no_named || site->lazy != NULL)
		return mst_yaql_fail_call(cxt, site, YAQL_AMBIGUOUS, NULL);
	if (!open_frame(&frame, NULL) || !eval_arguments(&frame, 0))
		return false;
	if (site->nnamed > 0)
		names = palloc(site->nnamed * sizeof(YaqlBinding));
	for (int i = 0; i < site->nnamed; i++)
	{
		const ExprValue *key = &site->args[site->nargs + i]->u.pair.left->u.constant;

		names[i].name = key->u.string;
		names[i].len = key->len;
		names[i].value = frame.values[site->nargs + i];
	}
	inner.values = frame.values;
	inner.nvalues = site->nargs;
	inner.names = names;
	inner.nnames = site->nnamed;
	inner.has_functions = true;
	if (!mst_yaql_eval(cxt, &inner, where->function->body, result))
		return false;
	close_frame(&frame);
	return true;
}

/* Names and values of the named arguments; false when one is not named by a word. */
static bool
name_arguments(const YaqlFrame *frame, ExprNamedArgument *named)
{
	const YaqlCallSite *site = frame->site;

	for (int i = 0; i < site->nnamed; i++)
	{
		const YaqlNode *key = site->args[site->nargs + i]->u.pair.left;

		if (key->kind != YAQL_NODE_CONST || !key->is_keyword)
			return mst_yaql_fail_call(frame->cxt, site, YAQL_BAD_NAMED, NULL);
		named[i].name = key->u.constant.u.string;
		named[i].len = key->u.constant.len;
		named[i].value = frame->values[site->nargs + i];
	}
	return true;
}

/* Calls a function that the caller of the evaluation has. */
static bool
call_outside(EvalContext *cxt, const YaqlScope *scope, const YaqlCallSite *site,
			 const void *function, ExprValue *result)
{
	YaqlFrame	frame = {cxt, scope, site};
	ExprArguments args = {site->nargs, NULL, site->nnamed, NULL};
	ExprNamedArgument *named = palloc(Max(site->nnamed, 1) * sizeof(ExprNamedArgument));

	if (!open_frame(&frame, NULL) || !eval_arguments(&frame, 0) ||
		!name_arguments(&frame, named))
		return false;
	args.args = frame.values;
	args.named = named;
	if (!mst_expr_call_outside(cxt, function, &args, result))
		return false;
	close_frame(&frame);
	return true;
}

/*
 * Calls a builtin.  The receiver, which is the first argument, has been
 * evaluated, unless it is NULL.
 */
bool
mst_yaql_call_builtin(EvalContext *cxt, const YaqlScope *scope, const YaqlCallSite *site,
					  const ExprValue *receiver, ExprValue *result)
{
	YaqlFrame	frame;
	YaqlResolution resolution;
	const YaqlCandidate *candidate;

	frame.cxt = cxt;
	frame.scope = scope;
	frame.site = site;
	if (site->resolution != YAQL_RESOLVED)
		return mst_yaql_fail_call(cxt, site, site->resolution, receiver);
	if (!open_frame(&frame, receiver) ||
		!eval_arguments(&frame, receiver != NULL ? 1 : 0))
		return false;
	candidate = choose_candidate(&frame, &resolution);
	if (candidate == NULL)
		return mst_yaql_fail_call(cxt, site, resolution, receiver);
	if (!invoke_candidate(&frame, candidate, result))
		return false;
	close_frame(&frame);
	return true;
}

/*
 * Calls a function, one made by def() if there is one of that name; one of the
 * surroundings where the language has none.
 */
bool
mst_yaql_call_function(EvalContext *cxt, const YaqlScope *scope,
					   const YaqlCallSite *site, ExprValue *result)
{
	if (scope->has_functions)
	{
		const YaqlScope *where = find_user_function(scope, site);

		if (where != NULL)
			return call_user_function(cxt, scope, site, where, result);
	}
	if (site->resolution == YAQL_UNKNOWN)
	{
		const void *function = mst_expr_find_outside(cxt, site->name, site->len);

		if (function != NULL)
			return call_outside(cxt, scope, site, function, result);
	}
	return mst_yaql_call_builtin(cxt, scope, site, NULL, result);
}
