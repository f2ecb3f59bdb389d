/*-------------------------------------------------------------------------
 *
 * walk.c
 *	  Questions about everything below a node of a Jinja2 program.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/scopes.h"

static bool any_below(JinjaNode *node, JinjaVisitor visit, void *arg);

/*
 * Answers whether visit() says yes to any of the nodes or anything below.
 */
bool
mst_jinja_any_of(const JinjaNodes *nodes, JinjaVisitor visit, void *arg)
{
	for (int i = 0; i < nodes->count; i++)
		if (any_below(nodes->items[i], visit, arg))
			return true;
	return false;
}

static bool
any_in_args(const JinjaArgs *args, JinjaVisitor visit, void *arg)
{
	return mst_jinja_any_of(&args->positional, visit, arg) || mst_jinja_any_of(&args->named, visit, arg) ||
		any_below(args->star, visit, arg) || any_below(args->star_star, visit, arg);
}

static bool
any_in_if(const JinjaIf *node, JinjaVisitor visit, void *arg)
{
	for (int i = 0; i < node->conditions.count; i++)
		if (any_below(node->conditions.items[i], visit, arg) ||
			mst_jinja_any_of(&node->bodies[i], visit, arg))
			return true;
	return mst_jinja_any_of(&node->otherwise, visit, arg);
}

/*
 * Answers whether visit() says yes to the node or anything below it.
 */
static bool
any_below(JinjaNode *node, JinjaVisitor visit, void *arg)
{
	if (node == NULL)
		return false;
	if (visit(node, arg))
		return true;
	switch ((JinjaNodeKind) node->kind)
	{
		case JINJA_CONST:
		case JINJA_NAME:
		case JINJA_TEXT:
			return false;
		case JINJA_NAMESPACE_TARGET:
			return any_below(&((JinjaNamespaceTarget *) node)->object->node, visit, arg);
		case JINJA_TUPLE:
		case JINJA_LIST:
		case JINJA_AND:
		case JINJA_OR:
		case JINJA_CONCAT:
			return mst_jinja_any_of(&((JinjaItems *) node)->items, visit, arg);
		case JINJA_DICT:
			return mst_jinja_any_of(&((JinjaDict *) node)->keys, visit, arg) ||
				mst_jinja_any_of(&((JinjaDict *) node)->values, visit, arg);
		case JINJA_COND:
			return any_below(((JinjaCond *) node)->condition, visit, arg) ||
				any_below(((JinjaCond *) node)->then, visit, arg) ||
				any_below(((JinjaCond *) node)->otherwise, visit, arg);
		case JINJA_NOT:
		case JINJA_NEGATE:
		case JINJA_PLUS:
		case JINJA_OUTPUT:
			return any_below(((JinjaUnary *) node)->operand, visit, arg);
		case JINJA_COMPARE:
			return mst_jinja_any_of(&((JinjaCompare *) node)->operands, visit, arg);
		case JINJA_ARITH:
			return any_below(((JinjaArith *) node)->left, visit, arg) ||
				any_below(((JinjaArith *) node)->right, visit, arg);
		case JINJA_ATTRIBUTE:
			return any_below(((JinjaAttribute *) node)->object, visit, arg);
		case JINJA_ITEM:
			return any_below(((JinjaItem *) node)->object, visit, arg) ||
				any_below(((JinjaItem *) node)->key, visit, arg);
		case JINJA_SLICE:
			return any_below(((JinjaSlice *) node)->start, visit, arg) ||
				any_below(((JinjaSlice *) node)->stop, visit, arg) ||
				any_below(((JinjaSlice *) node)->step, visit, arg);
		case JINJA_CALL:
			return any_below(((JinjaCall *) node)->callee, visit, arg) ||
				any_in_args(&((JinjaCall *) node)->args, visit, arg);
		case JINJA_FILTER:
		case JINJA_TEST:
			return any_below(((JinjaApply *) node)->operand, visit, arg) ||
				any_in_args(&((JinjaApply *) node)->args, visit, arg);
		case JINJA_FOR:
			return any_below(((JinjaFor *) node)->target, visit, arg) ||
				any_below(((JinjaFor *) node)->iterable, visit, arg) ||
				any_below(((JinjaFor *) node)->filter, visit, arg) ||
				mst_jinja_any_of(&((JinjaFor *) node)->body, visit, arg) ||
				mst_jinja_any_of(&((JinjaFor *) node)->otherwise, visit, arg);
		case JINJA_IF:
			return any_in_if((JinjaIf *) node, visit, arg);
		case JINJA_SET:
			return any_below(((JinjaSet *) node)->value, visit, arg) ||
				any_below(((JinjaSet *) node)->target, visit, arg);
		case JINJA_SET_BLOCK:
		case JINJA_FILTER_BLOCK:
		case JINJA_AUTOESCAPE:
			return any_below(((JinjaScoped *) node)->target, visit, arg) ||
				any_below(((JinjaScoped *) node)->filter, visit, arg) ||
				mst_jinja_any_of(&((JinjaScoped *) node)->body, visit, arg);
		case JINJA_WITH:
			return mst_jinja_any_of(&((JinjaWith *) node)->values, visit, arg) ||
				mst_jinja_any_of(&((JinjaWith *) node)->body, visit, arg);
		case JINJA_MACRO:
		case JINJA_CALL_BLOCK:
			return any_below((JinjaNode *) ((JinjaMacro *) node)->call, visit, arg) ||
				mst_jinja_any_of(&((JinjaMacro *) node)->defaults, visit, arg) ||
				mst_jinja_any_of(&((JinjaMacro *) node)->body, visit, arg);
		case JINJA_BLOCK:
			return mst_jinja_any_of(&((JinjaBlock *) node)->body, visit, arg);
		case JINJA_LOAD:
			return any_below(((JinjaLoad *) node)->template, visit, arg);
	}
	return false;
}
