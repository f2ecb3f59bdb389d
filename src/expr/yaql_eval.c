/*-------------------------------------------------------------------------
 *
 * yaql_eval.c
 *	  Evaluates the tree of a YAQL expression.
 *
 * Every node is evaluated in a scope, a chain of variables.  A call computes
 * those of its arguments that are no lambdas, left to right and each once,
 * lets the first candidate whose parameters accept them have the call, and
 * hands it the arguments in the order of its parameters.
 *
 * The arguments, lambdas and scopes of a call are on the C stack.  So a
 * builtin may use them until it returns, and must copy what it keeps for
 * later: mst_yaql_keep_lambda(), mst_yaql_keep_scope().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "expr/value_string.h"
#include "expr/yaql.h"

/* calls with at most so many arguments need no memory from the heap */
#define FRAME_ARGS 8

struct ExprProgram
{
	YaqlNode   *root;
};

/* The arguments of one call, by their place in the text. */
typedef struct YaqlFrame
{
	ExprContext *cxt;
	const YaqlScope *scope;
	const YaqlCallSite *site;
	ExprValue  *values;			/* of MAPPING arguments the value */
	ExprValue  *keys;			/* of MAPPING arguments that are positional */
	YaqlLambda *lambdas;
	ExprValue	value_room[FRAME_ARGS];
	YaqlLambda	lambda_room[FRAME_ARGS];
} YaqlFrame;

const ExprObjectOps mst_yaql_lambda_ops = {"function", NULL, NULL};
const ExprObjectOps mst_yaql_context_ops = {"Context", NULL, NULL};

/* ---- scopes ---- */

/*
 * Returns the scope with all above it where they outlive the running call.
 * A scope on the stack remembers its copy, so that it is made only once.
 */
const YaqlScope *
mst_yaql_keep_scope(const YaqlScope *scope)
{
	YaqlScope  *copy;
	ExprValue  *values;

	if (scope == NULL || scope->kept == scope)
		return scope;
	if (scope->kept != NULL)
		return scope->kept;

	copy = palloc(sizeof(YaqlScope));
	*copy = *scope;
	copy->parent = mst_yaql_keep_scope(scope->parent);
	if (scope->nvalues > 0)
	{
		values = palloc(scope->nvalues * sizeof(ExprValue));
		memcpy(values, scope->values, scope->nvalues * sizeof(ExprValue));
		copy->values = values;
	}
	copy->kept = copy;
	((YaqlScope *) scope)->kept = copy;
	return copy;
}

/* A variable that no scope has: the entries of the data context (1.5). */
static bool
eval_data_variable(ExprContext *cxt, const YaqlNode *node, ExprValue *result)
{
	static const char *const names[] = {"__env", "__execution", "__task_execution"};
	bool		found = false;

	for (int i = 0; i < lengthof(names); i++)
	{
		if (!mst_yaql_name_is(node->u.variable.name, node->u.variable.len,
							  names[i], strlen(names[i])))
			continue;
		if (!mst_expr_data_get(cxt, names[i], result, &found))
			return false;
	}
	if (!found)
		*result = mst_value_null();
	return true;
}

static bool
eval_variable(ExprContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	int			position = node->u.variable.position;

	for (; scope != NULL; scope = scope->parent)
	{
		if (position > 0 && position <= scope->nvalues)
		{
			*result = scope->values[position - 1];
			if (result->kind == EXPR_NO_VALUE)
				*result = mst_value_null();
			return true;
		}
		for (int i = scope->nnames - 1; i >= 0; i--)
		{
			const YaqlBinding *binding = &scope->names[i];

			if (!mst_yaql_name_is(binding->name, binding->len,
								  node->u.variable.name, node->u.variable.len))
				continue;
			*result = binding->value;
			return true;
		}
	}
	return eval_data_variable(cxt, node, result);
}

/* The function that def() made under this name, nearest first; or NULL. */
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

/* ---- lambdas ---- */

/*
 * Evaluates a lambda with $1, $2 ... set to args; with no args it sees the
 * variables of the place where it was written.
 */
bool
mst_yaql_apply(ExprContext *cxt, const YaqlLambda *lambda,
			   const ExprValue *args, int nargs, ExprValue *result)
{
	YaqlScope	scope = {0};

	if (nargs == 0)
		return mst_yaql_eval(cxt, lambda->scope, lambda->body, result);

	scope.parent = lambda->scope;
	scope.values = args;
	scope.nvalues = nargs;
	scope.has_functions = lambda->scope->has_functions;
	return mst_yaql_eval(cxt, &scope, lambda->body, result);
}

/*
 * Evaluates a lambda on one item and answers its truth.
 */
bool
mst_yaql_test(ExprContext *cxt, const YaqlLambda *lambda, const ExprValue *item, bool *result)
{
	ExprValue	value;

	if (!mst_yaql_apply(cxt, lambda, item, 1, &value))
		return false;
	*result = mst_value_is_true(&value);
	return true;
}

/*
 * The lambda given for an argument, where it outlives the call; NULL when
 * none was given.
 */
const YaqlLambda *
mst_yaql_keep_lambda(const ExprValue *arg)
{
	const YaqlLambda *lambda = mst_yaql_lambda(arg);
	YaqlLambda *copy;

	if (lambda == NULL)
		return NULL;
	copy = palloc(sizeof(YaqlLambda));
	copy->object.ops = &mst_yaql_lambda_ops;
	copy->body = lambda->body;
	copy->scope = mst_yaql_keep_scope(lambda->scope);
	return copy;
}

/* ---- calls ---- */

/* Remembers where an error came from, unless something deeper knew better. */
static bool
fail_at(ExprContext *cxt, const YaqlNode *node)
{
	if (cxt->error != NULL && cxt->error->offset < 0)
		cxt->error->offset = node->offset;
	return false;
}

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

static void
close_frame(YaqlFrame *frame)
{
	if (frame->values != frame->value_room)
	{
		pfree(frame->values);
		pfree(frame->lambdas);
	}
}

static void
set_lambda(YaqlFrame *frame, int i, const YaqlNode *body)
{
	YaqlLambda *lambda = &frame->lambdas[i];

	lambda->object.ops = &mst_yaql_lambda_ops;
	lambda->body = body;
	lambda->scope = frame->scope;
	frame->values[i] = mst_value_object(&lambda->object);
}

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

static int
positional_count(const YaqlCallSite *site)
{
	return site->nargs + (site->no_named ? site->nnamed : 0);
}

/* The parameter that an argument goes to, or NULL (a further named one). */
static const YaqlParam *
parameter_of(const YaqlFrame *frame, const YaqlCandidate *candidate, int arg)
{
	const YaqlOverload *overload = candidate->overload;

	if (arg < positional_count(frame->site))
		return arg < overload->nparams ? &overload->params[arg] : overload->rest;
	for (int i = 0; i < overload->nparams; i++)
	{
		if (candidate->source[i] == arg)
			return &overload->params[i];
	}
	return overload->named_rest;
}

static bool
candidate_accepts(const YaqlFrame *frame, const YaqlCandidate *candidate)
{
	const YaqlOverload *overload = candidate->overload;
	int			npositional = positional_count(frame->site);

	for (int i = 0; i < overload->nparams; i++)
	{
		int			arg = candidate->source[i];

		if (arg >= 0 && !mst_yaql_accepts(&overload->params[i], &frame->values[arg]))
			return false;
	}
	if (candidate->nrest > 0 && !overload->rest->is_mapping)
	{
		for (int i = overload->nparams; i < npositional; i++)
		{
			if (!mst_yaql_accepts(overload->rest, &frame->values[i]))
				return false;
		}
	}
	return true;
}

/* Whether every value that `a` takes is taken by `b` too, but not conversely. */
static bool
is_narrower(const YaqlParam *a, const YaqlParam *b)
{
	const uint32 ignored = YAQL_KIND_BIT(EXPR_NULL) | YAQL_KIND_BIT(EXPR_NO_VALUE);
	uint32		akinds = a->kinds & ~ignored;
	uint32		bkinds = b->kinds & ~ignored;

	return akinds != bkinds && (akinds & ~bkinds) == 0;
}

/* Whether `a` is the more specific of two candidates that both accept. */
static bool
is_more_specific(const YaqlFrame *frame, const YaqlCandidate *a, const YaqlCandidate *b)
{
	bool		result = false;

	for (int i = 0; i < frame->site->nargs + frame->site->nnamed; i++)
	{
		const YaqlParam *ap = parameter_of(frame, a, i);
		const YaqlParam *bp = parameter_of(frame, b, i);

		if (ap == NULL || bp == NULL)
			continue;
		if (is_narrower(bp, ap))
			return false;
		if (is_narrower(ap, bp))
			result = true;
	}
	return result;
}

/* The candidate that gets the call. */
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

/* Collections given to a builtin may not have more items than the limit. */
static bool
check_size(ExprContext *cxt, const ExprValue *v)
{
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
	int			first = candidate->overload->nparams;
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

/* Named arguments that are no parameter's. */
static void
collect_named(const YaqlFrame *frame, const YaqlCandidate *candidate, YaqlCall *call)
{
	const YaqlCallSite *site = frame->site;
	YaqlBinding *named;

	if (candidate->nnamed_rest == 0)
		return;
	named = palloc(candidate->nnamed_rest * sizeof(YaqlBinding));
	for (int i = site->nargs; i < site->nargs + site->nnamed; i++)
	{
		const ExprValue *key = &site->args[i]->u.pair.left->u.constant;

		if (parameter_of(frame, candidate, i) != candidate->overload->named_rest)
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
invoke(YaqlFrame *frame, const YaqlCandidate *candidate, ExprValue *result)
{
	const YaqlOverload *overload = candidate->overload;
	ExprValue	args[YAQL_MAX_PARAMS];
	YaqlCall	call = {frame->cxt, frame->scope, overload, args};

	for (int i = 0; i < overload->nparams; i++)
	{
		int			source = candidate->source[i];

		args[i] = source >= 0 ? frame->values[source] : overload->params[i].default_value;
		if (!check_size(frame->cxt, &args[i]))
			return false;
	}
	call.nrest = candidate->nrest;
	call.rest = frame->values + overload->nparams;
	if (call.nrest > 0 && frame->keys != NULL && !overload->rest->is_lazy &&
		!collect_pairs(frame, candidate, &call.rest))
		return false;
	collect_named(frame, candidate, &call);
	return overload->function(&call, result);
}

/* Calls a function made by def(): $1 ... and $name are its arguments. */
static bool
call_user_function(ExprContext *cxt, const YaqlScope *scope, const YaqlCallSite *site,
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

/* Calls a builtin; the receiver of a method has been evaluated. */
static bool
call_builtin(ExprContext *cxt, const YaqlScope *scope, const YaqlCallSite *site,
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
	if (!invoke(&frame, candidate, result))
		return false;
	close_frame(&frame);
	return true;
}

static bool
eval_call(ExprContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	const YaqlCallSite *site = node->u.call;
	ExprValue	receiver;

	if (!site->is_method)
	{
		if (scope->has_functions)
		{
			const YaqlScope *where = find_user_function(scope, site);

			if (where != NULL)
				return call_user_function(cxt, scope, site, where, result);
		}
		return call_builtin(cxt, scope, site, NULL, result);
	}
	if (!mst_yaql_eval(cxt, scope, site->args[0], &receiver))
		return false;
	if (node->is_elvis && receiver.kind == EXPR_NULL)
	{
		*result = receiver;
		return true;
	}
	return call_builtin(cxt, scope, site, &receiver, result);
}

/* ---- properties, indices, literals ---- */

/* Raises KeyError, whose message is the key as Python writes it. */
static bool
fail_key(ExprContext *cxt, const ExprValue *key)
{
	return mst_expr_fail(cxt, "KeyError", "%s", mst_value_brief(cxt, key));
}

/*
 * receiver.name for one receiver; node is the PROPERTY.
 */
bool
mst_yaql_property(ExprContext *cxt, const YaqlNode *node, const ExprValue *receiver, ExprValue *result)
{
	const char *name = node->u.property.name;
	int			len = node->u.property.len;
	YaqlScope	scope = {0};
	bool		found;

	if (receiver->kind == EXPR_DICT)
	{
		ExprValue	key;

		if (!mst_dict_get_name(cxt, receiver->u.dict, name, len, result, &found))
			return false;
		if (found)
			return true;
		key = mst_value_string(name, len);
		return fail_key(cxt, &key);
	}
	if (mst_value_is_collection(receiver))
		return mst_yaql_map_property(cxt, node, receiver, result);
	return call_builtin(cxt, &scope, node->u.property.call, receiver, result);
}

static bool
eval_property(ExprContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	ExprValue	receiver;

	if (!mst_yaql_eval(cxt, scope, node->u.property.receiver, &receiver))
		return false;
	if (node->is_elvis && receiver.kind == EXPR_NULL)
	{
		*result = receiver;
		return true;
	}
	return mst_yaql_property(cxt, node, &receiver, result);
}

static bool
eval_bad_dot(ExprContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	if (!mst_yaql_eval(cxt, scope, node->u.pair.left, result))
		return false;
	if (node->is_elvis && result->kind == EXPR_NULL)
		return true;
	return mst_expr_fail(cxt, "NoMatchingFunctionException",
						 "No function \"#operator_.\" matches supplied arguments");
}

static bool
fail_index(ExprContext *cxt)
{
	return mst_expr_fail(cxt, "NoMatchingFunctionException",
						 "No function \"#indexer\" matches supplied arguments");
}

static bool
index_list(ExprContext *cxt, const ExprValue *list, const ExprValue *index, ExprValue *result)
{
	int64		length = mst_list_length(list->u.list);
	int64		i = mst_number_clip(index);

	if (i < 0)
		i += length;
	if (i < 0 || i >= length)
		return mst_expr_fail(cxt, "IndexError", "%s index out of range",
							 mst_value_is_frozen(list) ? "tuple" : "list");
	return mst_list_get(cxt, list->u.list, (int) i, result);
}

static bool
eval_index(ExprContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	const YaqlCallSite *site = node->u.call;
	ExprValue	values[3];
	bool		found;

	if (site->nnamed > 0 || site->nargs < 2 || site->nargs > 3)
		return fail_index(cxt);
	for (int i = 0; i < site->nargs; i++)
	{
		if (!mst_yaql_eval(cxt, scope, site->args[i], &values[i]))
			return false;
	}
	if (values[0].kind == EXPR_LIST && site->nargs == 2 && mst_value_is_integral(&values[1]))
		return index_list(cxt, &values[0], &values[1], result);
	if (values[0].kind != EXPR_DICT || values[1].kind == EXPR_NO_VALUE)
		return fail_index(cxt);
	if (!mst_dict_get(cxt, values[0].u.dict, &values[1], result, &found))
		return false;
	if (found)
		return true;
	if (site->nargs == 2)
		return fail_key(cxt, &values[1]);
	*result = values[2];
	return true;
}

static bool
eval_list(ExprContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	const YaqlCallSite *site = node->u.call;
	ExprList   *list;
	ExprValue	item;

	if (site->nnamed > 0)
		return mst_yaql_fail_call(cxt, site, YAQL_NO_MATCH, NULL);
	list = mst_list_new(site->nargs);
	for (int i = 0; i < site->nargs; i++)
	{
		if (!mst_yaql_eval(cxt, scope, site->args[i], &item) ||
			!mst_list_append(cxt, list, &item))
			return false;
	}
	*result = mst_value_list(list, true);
	return true;
}

static bool
eval_dict(ExprContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	const YaqlCallSite *site = node->u.call;
	ExprDict   *dict;
	ExprValue	key;
	ExprValue	value;

	if (site->nargs > 0)
		return mst_yaql_fail_call(cxt, site, YAQL_NO_MATCH, NULL);
	dict = mst_dict_new(site->nnamed);
	for (int i = 0; i < site->nnamed; i++)
	{
		const YaqlNode *pair = site->args[i];

		if (!mst_yaql_eval(cxt, scope, pair->u.pair.left, &key) ||
			!mst_yaql_eval(cxt, scope, pair->u.pair.right, &value) ||
			!mst_dict_set(cxt, dict, &key, &value))
			return false;
	}
	*result = mst_value_dict(dict, true);
	return true;
}

/* ---- operators ---- */

/* context -> expression */
static bool
eval_arrow(ExprContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	ExprValue	left;

	if (!mst_yaql_eval(cxt, scope, node->u.pair.left, &left))
		return false;
	if (left.kind != EXPR_OBJECT || left.u.object->ops != &mst_yaql_context_ops)
		return mst_expr_fail(cxt, "NoMatchingFunctionException",
							 "No function \"#operator_->\" matches supplied arguments");
	return mst_yaql_eval(cxt, ((YaqlContextObject *) left.u.object)->scope,
						 node->u.pair.right, result);
}

/* and, or: the result is one of the operands */
static bool
eval_logic(ExprContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	bool		stops_at = node->op == YAQL_TOK_OR;

	if (!mst_yaql_eval(cxt, scope, node->u.pair.left, result))
		return false;
	if (mst_value_is_true(result) == stops_at)
		return true;
	return mst_yaql_eval(cxt, scope, node->u.pair.right, result);
}

static bool
eval_binary(ExprContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	ExprValue	left;
	ExprValue	right;

	if (node->op == YAQL_TOK_ARROW)
		return eval_arrow(cxt, scope, node, result);
	if (node->op == YAQL_TOK_AND || node->op == YAQL_TOK_OR)
		return eval_logic(cxt, scope, node, result);
	if (!mst_yaql_eval(cxt, scope, node->u.pair.left, &left) ||
		!mst_yaql_eval(cxt, scope, node->u.pair.right, &right))
		return false;
	return mst_yaql_binary(cxt, node->op, &left, &right, result);
}

static bool
eval_unary(ExprContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	ExprValue	operand;

	if (!mst_yaql_eval(cxt, scope, node->u.pair.right, &operand))
		return false;
	return mst_yaql_unary(cxt, node->op, &operand, result);
}

/* ---- nodes ---- */

static bool
eval_compound(ExprContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	switch (node->kind)
	{
		case YAQL_NODE_CALL:
			return eval_call(cxt, scope, node, result);
		case YAQL_NODE_PROPERTY:
			return eval_property(cxt, scope, node, result);
		case YAQL_NODE_BAD_DOT:
			return eval_bad_dot(cxt, scope, node, result);
		case YAQL_NODE_INDEX:
			return eval_index(cxt, scope, node, result);
		case YAQL_NODE_LIST:
			return eval_list(cxt, scope, node, result);
		case YAQL_NODE_DICT:
			return eval_dict(cxt, scope, node, result);
		case YAQL_NODE_UNARY:
			return eval_unary(cxt, scope, node, result);
		case YAQL_NODE_BINARY:
			return eval_binary(cxt, scope, node, result);
		case YAQL_NODE_EMPTY:
		case YAQL_NODE_CONST:
		case YAQL_NODE_VARIABLE:
		case YAQL_NODE_MAPPING:
			break;
			/* no default: the compiler reports a kind left out */
	}
	elog(ERROR, "unrecognized YAQL node kind: %d", (int) node->kind);
	return false;
}

/*
 * Evaluates a node in a scope.
 */
bool
mst_yaql_eval(ExprContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	bool		ok;

	if (node->kind == YAQL_NODE_CONST)
	{
		*result = node->u.constant;
		return true;
	}
	if (!mst_expr_step(cxt))
		return fail_at(cxt, node);
	if (node->kind == YAQL_NODE_VARIABLE)
		return eval_variable(cxt, scope, node, result);
	if (node->kind == YAQL_NODE_EMPTY)
	{
		*result = mst_value_no_value();
		return true;
	}
	if (!mst_expr_enter(cxt))
		return fail_at(cxt, node);
	ok = eval_compound(cxt, scope, node, result);
	mst_expr_leave(cxt);
	return ok || fail_at(cxt, node);
}

/* ---- the language ---- */

/*
 * Parses under the limits that hold for parsing: only nesting is bounded, the
 * rest follows from the length of the text.
 */
static ExprProgram *
yaql_parse(const char *text, int len, ExprParseMode mode, ExprError **error)
{
	ExprContext cxt = {CurrentMemoryContext};
	ExprProgram *program = palloc0(sizeof(ExprProgram));

	cxt.limits.max_steps = PG_INT64_MAX;
	cxt.limits.max_bytes = PG_INT64_MAX;
	cxt.limits.max_items = PG_INT64_MAX;
	cxt.limits.max_depth = mst_expr_parse_depth();
	cxt.limits.max_bigint_bits = PG_INT64_MAX;
	cxt.steps_left = PG_INT64_MAX;
	cxt.error_class = EXPR_ERROR_YAQL_GRAMMAR;
	program->root = mst_yaql_parse(&cxt, text, len);
	if (program->root == NULL)
	{
		*error = cxt.error;
		return NULL;
	}
	return program;
}

static bool
yaql_eval(ExprContext *cxt, const ExprProgram *program, ExprValue *result)
{
	YaqlScope	scope = {0};
	ExprValue	value;

	scope.values = &cxt->data;
	scope.nvalues = 1;
	return mst_yaql_eval(cxt, &scope, program->root, &value) &&
		mst_yaql_convert_result(cxt, &value, result);
}

const ExprLanguage mst_yaql_language =
{
	.name = "yaql",
	.title = "YAQL",
	.evaluation_class = EXPR_ERROR_YAQL_EVALUATION,
	.grammar_class = EXPR_ERROR_YAQL_GRAMMAR,
	.freezes_data = true,
	.parse = yaql_parse,
	.eval = yaql_eval
};
