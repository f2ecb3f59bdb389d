/*-------------------------------------------------------------------------
 *
 * eval.c
 *	  Evaluates the tree of a YAQL expression.
 *
 * Every node is evaluated in a scope, a chain of variables that ends at the
 * data context.  Operators, properties, indices and literals are done here;
 * calls are left to call.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"
#include "value/range.h"
#include "value/text.h"
#include "yaql/call.h"
#include "yaql/operators.h"
#include "yaql/resolve.h"
#include "yaql/sequences.h"

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

/* A variable that no scope has: the entries of the data context. */
static bool
eval_data_variable(EvalContext *cxt, const YaqlNode *node, ExprValue *result)
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

/*
 * Evaluates "$name" and "$1": the nearest scope that has it, then the data
 * context. Positions are those of the arguments of a lambda, so "$1" of an
 * outer lambda is hidden by an inner one that has an argument.
 */
static bool
eval_variable(EvalContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
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

/* ---- lambdas ---- */

/*
 * Evaluates a lambda with $1, $2 ... set to args; with no args it sees the
 * variables of the place where it was written.
 */
bool
mst_yaql_apply(EvalContext *cxt, const YaqlLambda *lambda,
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
mst_yaql_test(EvalContext *cxt, const YaqlLambda *lambda, const ExprValue *item, bool *result)
{
	ExprValue	value;

	if (!mst_yaql_apply(cxt, lambda, item, 1, &value))
		return false;
	*result = mst_value_is_true(&value);
	return true;
}

/*
 * Returns the lambda given for an argument, where it outlives the call; NULL
 * when none was given.
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

/* Remembers where an error came from, unless something deeper knew better. */
static bool
fail_at(EvalContext *cxt, const YaqlNode *node)
{
	if (cxt->error != NULL && cxt->error->offset < 0)
		cxt->error->offset = node->offset;
	return false;
}

/*
 * Evaluates the call of a function or a method. "?." gives null for a receiver
 * that is null, without looking at the method or its arguments.
 */
static bool
eval_call(EvalContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	const YaqlCallSite *site = node->u.call;
	ExprValue	receiver;

	if (!site->is_method)
		return mst_yaql_call_function(cxt, scope, site, result);
	if (!mst_yaql_eval(cxt, scope, site->args[0], &receiver))
		return false;
	if (node->is_elvis && receiver.kind == EXPR_NULL)
	{
		*result = receiver;
		return true;
	}
	return mst_yaql_call_builtin(cxt, scope, site, &receiver, result);
}

/* ---- properties, indices, literals ---- */

/* Raises KeyError, whose message is the key as Python writes it. */
static bool
fail_key(EvalContext *cxt, const ExprValue *key)
{
	mst_expr_fail(cxt, "KeyError", "%s", mst_value_brief(cxt, key));
	if (cxt->error->hint == NULL)
		cxt->error->hint = "The key does not exist; get() gives null or a default instead.";
	return false;
}

static bool map_property(EvalContext *cxt, const YaqlNode *node, const ExprValue *collection, ExprValue *result);

/*
 * receiver.name for one receiver; node is the PROPERTY.
 */
static bool
get_property(EvalContext *cxt, const YaqlNode *node, const ExprValue *receiver, ExprValue *result)
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
		return map_property(cxt, node, receiver, result);
	return mst_yaql_call_builtin(cxt, &scope, node->u.property.call, receiver, result);
}

/* The property of each item. */
typedef struct PropertyIterator
{
	ExprIterator iterator;
	YaqlSource	source;
	const YaqlNode *node;
} PropertyIterator;

/*
 * Draws an item and takes the property of it: "items.name" is the list of the
 * items' entries, computed as they are drawn.
 */
static ExprNext
next_property(EvalContext *cxt, ExprIterator *iterator, ExprValue *item)
{
	PropertyIterator *it = (PropertyIterator *) iterator;
	ExprValue	source;
	ExprNext	next = mst_yaql_draw(cxt, &it->source, &source);

	if (next == EXPR_NEXT_ITEM && !get_property(cxt, it->node, &source, item))
		return EXPR_NEXT_ERROR;
	return next;
}

static const ExprIteratorOps property_ops = {"generator", next_property, NULL};

/*
 * The property of each item of a collection; node is the PROPERTY.
 */
static bool
map_property(EvalContext *cxt, const YaqlNode *node,
			 const ExprValue *collection, ExprValue *result)
{
	PropertyIterator *it = palloc0(sizeof(PropertyIterator));

	it->iterator.ops = &property_ops;
	it->source = mst_yaql_source(collection);
	it->node = node;
	*result = mst_value_iterator(&it->iterator);
	return true;
}

/* Evaluates "receiver.name"; with "?." null is passed on. */
static bool
eval_property(EvalContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	ExprValue	receiver;

	if (!mst_yaql_eval(cxt, scope, node->u.property.receiver, &receiver))
		return false;
	if (node->is_elvis && receiver.kind == EXPR_NULL)
	{
		*result = receiver;
		return true;
	}
	return get_property(cxt, node, &receiver, result);
}

/*
 * Evaluates what cannot stand behind a dot. That is an error only now and not
 * when the text is parsed, because the reference has it so, and a branch that
 * is not taken may contain one.
 */
static bool
eval_bad_dot(EvalContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	if (!mst_yaql_eval(cxt, scope, node->u.pair.left, result))
		return false;
	if (node->is_elvis && result->kind == EXPR_NULL)
		return true;
	return mst_expr_fail(cxt, "NoMatchingFunctionException",
						 "No function \"#operator_.\" matches supplied arguments");
}

/* Fails as YAQL does where no overload of the index takes the operands. */
static bool
fail_index(EvalContext *cxt)
{
	return mst_expr_fail(cxt, "NoMatchingFunctionException",
						 "No function \"#indexer\" matches supplied arguments");
}

/*
 * list[i]; negative counts from the end. An index that does not fit 64 bits is
 * clipped, and so out of range as well.
 */
static bool
index_list(EvalContext *cxt, const ExprValue *list, const ExprValue *index, ExprValue *result)
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

/*
 * Returns the parameter that a named argument between brackets is for, or -1.
 */
static int
index_parameter(const YaqlNode *key, bool is_list)
{
	const ExprValue *name = &key->u.constant;

	if (key->kind != YAQL_NODE_CONST || !key->is_keyword)
		return -1;
	if (is_list)
		return mst_yaql_name_is(name->u.string, name->len, "index", 5) ? 1 : -1;
	if (mst_yaql_name_is(name->u.string, name->len, "key", 3))
		return 1;
	return mst_yaql_name_is(name->u.string, name->len, "default", 7) ? 2 : -1;
}

/*
 * Evaluates the receiver, index and default of an index, in this order;
 * values that are not given stay unset.
 */
static bool
index_arguments(EvalContext *cxt, const YaqlScope *scope, const YaqlCallSite *site,
				ExprValue values[3])
{
	if (site->nargs > 3)
		return fail_index(cxt);
	for (int i = 0; i < 3; i++)
		values[i] = mst_value_no_value();
	for (int i = 0; i < site->nargs; i++)
	{
		if (!mst_yaql_eval(cxt, scope, site->args[i], &values[i]))
			return false;
	}
	for (int i = 0; i < site->nnamed; i++)
	{
		const YaqlNode *named = site->args[site->nargs + i];
		int			param = index_parameter(named->u.pair.left,
											values[0].kind == EXPR_LIST);

		if (param < site->nargs)
			return fail_index(cxt);
		if (!mst_yaql_eval(cxt, scope, named->u.pair.right, &values[param]))
			return false;
	}
	return true;
}

/*
 * value[i], and dict[key, default]. A key that is not there is an error unless
 * there is a default; get() is for those who want null.
 */
static bool
eval_index(EvalContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	ExprValue	values[3];
	bool		found;

	if (!index_arguments(cxt, scope, node->u.call, values))
		return false;
	if (values[0].kind == EXPR_LIST && mst_value_is_integral(&values[1]) &&
		!mst_yaql_arg_given(&values[2]))
		return index_list(cxt, &values[0], &values[1], result);
	if (values[0].kind != EXPR_DICT || !mst_yaql_arg_given(&values[1]))
		return fail_index(cxt);
	if (!mst_dict_get(cxt, values[0].u.dict, &values[1], result, &found))
		return false;
	if (found)
		return true;
	if (!mst_yaql_arg_given(&values[2]))
		return fail_key(cxt, &values[1]);
	*result = values[2];
	return true;
}

/*
 * Makes a list of what is in brackets; it is frozen, as all data of YAQL. An
 * entry "key => value" fails as an argument that nobody takes.
 */
static bool
eval_list(EvalContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
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

/*
 * Makes a mapping of what is in braces; the last of equal keys wins. What is
 * no "key => value" fails as an argument that nobody takes.
 */
static bool
eval_dict(EvalContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
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
eval_arrow(EvalContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
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
eval_logic(EvalContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	bool		stops_at = node->op == YAQL_TOK_OR;

	if (!mst_yaql_eval(cxt, scope, node->u.pair.left, result))
		return false;
	if (mst_value_is_true(result) == stops_at)
		return true;
	return mst_yaql_eval(cxt, scope, node->u.pair.right, result);
}

/*
 * Evaluates an operator with two operands. Those that may leave their right
 * operand alone ("and", "or", "->") evaluate it themselves.
 */
static bool
eval_binary(EvalContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
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

/* Evaluates an operator with one operand. */
static bool
eval_unary(EvalContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
{
	ExprValue	operand;

	if (!mst_yaql_eval(cxt, scope, node->u.pair.right, &operand))
		return false;
	return mst_yaql_unary(cxt, node->op, &operand, result);
}

/* ---- nodes ---- */

/*
 * Evaluates nodes that have nodes below them. mst_yaql_eval() has handled the
 * others, so that the commonest nodes cost no depth.
 */
static bool
eval_compound(EvalContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
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
mst_yaql_eval(EvalContext *cxt, const YaqlScope *scope, const YaqlNode *node, ExprValue *result)
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
