/*-------------------------------------------------------------------------
 *
 * evaluate.c
 *	  Evaluation of Jinja2 expressions over the tree.
 *
 * One function per kind of node.  An undefined value is a value like any
 * other until something is done to it; so every operation checks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "jinja/arguments.h"
#include "jinja/arithmetic.h"
#include "jinja/attributes.h"
#include "jinja/calls.h"
#include "jinja/evaluate.h"
#include "jinja/objects.h"
#include "jinja/program.h"
#include "value/dict.h"
#include "value/list.h"
#include "value/make.h"

/* ---- names and constants ---- */

/*
 * Gets what a name means that no template and no layer of the data has: the
 * data itself, one of its entries, or a function. EXPR_NO_VALUE where it means
 * nothing.
 */
static bool
global_value(JinjaEval *ev, const JinjaContextName *name, ExprValue *result)
{
	bool		found;

	switch (name->global)
	{
		case JINJA_GLOBAL_DATA:
			*result = ev->cxt->data;
			return true;
		case JINJA_GLOBAL_ENTRY:
			if (!mst_expr_data_get(ev->cxt, name->name, result, &found))
				return false;
			if (!found)
				*result = mst_value_null();
			return true;
		case JINJA_GLOBAL_FUNCTION:
			*result = mst_jinja_make_mistral_function(name->function);
			return true;
		case JINJA_GLOBAL_BUILTIN:
			*result = mst_jinja_make_function(name->builtin);
			return true;
		case JINJA_GLOBAL_NONE:
			break;
	}
	*result = mst_value_no_value();
	return true;
}

/* Looks the name up in the frames that a scoped block takes over. */
static bool
find_in_vars(const JinjaVars *vars, const JinjaContextName *name, ExprValue *result)
{
	for (; vars != NULL; vars = vars->outer)
		for (const JinjaFrame *frame = vars->frame; frame != NULL; frame = frame->parent)
			for (int i = 0; i < frame->info->nslots; i++)
			{
				*result = frame->slots[i];
				if (result->kind != EXPR_NO_VALUE &&
					strcmp(frame->info->slots[i].name, name->name) == 0)
					return true;
			}
	return false;
}

/*
 * The value that the context has under a name, or EXPR_NO_VALUE: what a scoped
 * block took over, what the template's top level has set, globals.
 */
bool
mst_jinja_context_get(JinjaEval *ev, const JinjaContextName *name, ExprValue *result)
{
	if (unlikely(ev->vars != NULL) && find_in_vars(ev->vars, name, result))
		return true;
	if (name->root_slot >= 0 && ev->root != NULL)
	{
		*result = ev->root->slots[name->root_slot];
		if (result->kind != EXPR_NO_VALUE)
			return true;
	}
	return global_value(ev, name, result);
}

/*
 * Evaluates a name. A slot may hold no value yet, where its variable is
 * assigned further down; that is an undefined value and not the one outside.
 */
static bool
eval_name(JinjaEval *ev, const JinjaName *name, ExprValue *result)
{
	if (name->place == JINJA_PLACE_SLOT)
	{
		const JinjaFrame *frame = ev->frame;

		for (int hops = name->hops; hops > 0; hops--)
			frame = frame->parent;
		*result = frame->slots[name->slot];
	}
	else if (!mst_jinja_context_get(ev, name->context, result))
		return false;
	if (unlikely(result->kind == EXPR_NO_VALUE))
		*result = mst_jinja_undefined_name(name->name, name->len);
	return true;
}

/* ---- containers ---- */

/* Makes a list, or a tuple, which is a frozen list. */
static bool
eval_list(JinjaEval *ev, const JinjaItems *node, ExprValue *result)
{
	ExprList   *list = mst_list_new(node->items.count);
	ExprValue	item;

	for (int i = 0; i < node->items.count; i++)
		if (!mst_jinja_eval(ev, node->items.items[i], &item) ||
			!mst_list_append(ev->cxt, list, &item))
			return false;
	*result = mst_value_list(list, node->node.kind == JINJA_TUPLE);
	return true;
}

/* Makes a mapping; the last of equal keys wins. */
static bool
eval_dict(JinjaEval *ev, const JinjaDict *node, ExprValue *result)
{
	ExprDict   *dict = mst_dict_new(node->keys.count);
	ExprValue	key;
	ExprValue	value;

	for (int i = 0; i < node->keys.count; i++)
		if (!mst_jinja_eval(ev, node->keys.items[i], &key) ||
			!mst_jinja_check_defined(ev, &key) ||
			!mst_jinja_eval(ev, node->values.items[i], &value) ||
			!mst_dict_set(ev->cxt, dict, &key, &value))
			return false;
	*result = mst_value_dict(dict, false);
	return true;
}

/* ---- operators ---- */

/* Line of a byte offset of the source. */
static int
line_of(const ExprProgram *program, int offset)
{
	int			line = 1;

	for (int i = 0; i < offset && i < program->source_len; i++)
		if (program->source[i] == '\n')
			line++;
	return line;
}

/*
 * Evaluates "then if condition else otherwise". Without "else" the result is
 * undefined, and renders as nothing, unlike other undefined values.
 */
static bool
eval_cond(JinjaEval *ev, const JinjaCond *node, ExprValue *result)
{
	bool		is_true;

	if (!mst_jinja_eval(ev, node->condition, result) || !mst_jinja_truth(ev, result, &is_true))
		return false;
	if (is_true)
		return mst_jinja_eval(ev, node->then, result);
	if (node->otherwise != NULL)
		return mst_jinja_eval(ev, node->otherwise, result);
	*result = mst_jinja_undefined(NULL,
								  "the inline if-expression on line %d evaluated to false and no else"
								  " section was defined.", line_of(ev->program, node->node.offset));
	result->u.undefined->lenient = true;
	return true;
}

/* and, or: the first operand that decides. */
static bool
eval_logic(JinjaEval *ev, const JinjaItems *node, ExprValue *result)
{
	bool		deciding = node->node.kind == JINJA_OR;
	bool		is_true;

	for (int i = 0;; i++)
	{
		if (!mst_jinja_eval(ev, node->items.items[i], result))
			return false;
		if (i == node->items.count - 1)
			return true;
		if (!mst_jinja_truth(ev, result, &is_true))
			return false;
		if (is_true == deciding)
			return true;
	}
}

/* Negates the truth of a value. */
static bool
eval_not(JinjaEval *ev, const JinjaUnary *node, ExprValue *result)
{
	bool		is_true;

	if (!mst_jinja_eval(ev, node->operand, result) || !mst_jinja_truth(ev, result, &is_true))
		return false;
	*result = mst_value_bool(!is_true);
	return true;
}

/* A sign in front of a number; a boolean becomes an integer by either. */
static bool
eval_sign(JinjaEval *ev, const JinjaUnary *node, ExprValue *result)
{
	bool		is_minus = node->node.kind == JINJA_NEGATE;
	ExprValue	value;

	if (!mst_jinja_eval(ev, node->operand, &value))
		return false;
	if (value.kind == EXPR_UNDEFINED)
		return mst_jinja_fail_undefined(ev, &value);
	if (!mst_value_is_number(&value) && value.kind != EXPR_BOOL)
		return mst_jinja_fail(ev, "TypeError", "bad operand type for unary %c: '%s'",
							  is_minus ? '-' : '+', mst_value_type_name(&value));
	if (is_minus)
		return mst_number_negate(ev->cxt, &value, result);
	*result = value.kind == EXPR_BOOL ? mst_value_int(value.u.boolean) : value;
	return true;
}

/*
 * Compares a chain: "a < b < c" holds if each pair does, and each operand is
 * evaluated once at most.
 */
static bool
eval_compare(JinjaEval *ev, const JinjaCompare *node, ExprValue *result)
{
	ExprValue	left;
	ExprValue	right;
	bool		holds = true;

	if (!mst_jinja_eval(ev, node->operands.items[0], &left))
		return false;
	for (int i = 1; i < node->operands.count && holds; i++)
	{
		if (!mst_jinja_eval(ev, node->operands.items[i], &right) ||
			!mst_jinja_compare(ev, node->ops[i - 1], &left, &right, &holds))
			return false;
		left = right;
	}
	*result = mst_value_bool(holds);
	return true;
}

/* An operator of arithmetic. */
static bool
eval_arith(JinjaEval *ev, const JinjaArith *node, ExprValue *result)
{
	ExprValue	left;
	ExprValue	right;

	return mst_jinja_eval(ev, node->left, &left) &&
		mst_jinja_eval(ev, node->right, &right) &&
		mst_jinja_arith(ev, node->op, &left, &right, result);
}

/* a ~ b ~ c; under autoescape, text next to safe text is escaped. */
static bool
eval_concat(JinjaEval *ev, const JinjaItems *node, ExprValue *result)
{
	StringInfoData out;
	ExprValue	value;
	bool		is_safe = false;
	ExprList   *parts = ev->autoescape ? mst_list_new(node->items.count) : NULL;

	mst_text_init(&out);
	for (int i = 0; i < node->items.count; i++)
	{
		if (!mst_jinja_eval(ev, node->items.items[i], &value))
			return false;
		if (parts == NULL ? !mst_jinja_append_text(ev, &out, &value)
			: !mst_list_append(ev->cxt, parts, &value))
			return false;
		is_safe |= mst_jinja_is_markup(&value);
	}
	for (int i = 0; parts != NULL && i < node->items.count; i++)
	{
		if (!mst_list_get(ev->cxt, parts, i, &value) ||
			(is_safe && !mst_jinja_escape(ev, &value, &value)) ||
			!mst_jinja_append_text(ev, &out, &value))
			return false;
	}
	*result = mst_value_string_from(&out);
	if (is_safe && parts != NULL)
		*result = mst_jinja_markup(*result);
	return true;
}

/* ---- members ---- */

/*
 * Evaluates "object.name". A mapping's entry is by far the commonest, so it is
 * looked for at once, unless the name is one that mappings or others have a
 * method for.
 */
static bool
eval_attribute(JinjaEval *ev, const JinjaAttribute *node, ExprValue *result)
{
	ExprValue	object;
	bool		found;

	if (!mst_jinja_eval(ev, node->object, &object))
		return false;
	if (likely(object.kind == EXPR_DICT && !node->is_member))
	{
		if (!mst_dict_get_name(ev->cxt, object.u.dict, node->name, node->len, result, &found))
			return false;
		if (found)
			return true;
	}
	return mst_jinja_get_attribute(ev, &object, node->name, node->len, result);
}

/* Evaluates "object[start:stop:step]"; what is not given is null. */
static bool
eval_slice(JinjaEval *ev, const ExprValue *object, const JinjaSlice *slice, ExprValue *result)
{
	const JinjaNode *nodes[] = {slice->start, slice->stop, slice->step};
	ExprValue	bounds[3];

	for (int i = 0; i < 3; i++)
	{
		bounds[i] = mst_value_null();
		if (nodes[i] != NULL && !mst_jinja_eval(ev, nodes[i], &bounds[i]))
			return false;
	}
	return mst_jinja_get_slice(ev, object, &bounds[0], &bounds[1], &bounds[2], result);
}

/* Evaluates "object[key]". */
static bool
eval_item(JinjaEval *ev, const JinjaItem *node, ExprValue *result)
{
	ExprValue	object;
	ExprValue	key;

	if (!mst_jinja_eval(ev, node->object, &object))
		return false;
	if (node->key->kind == JINJA_SLICE)
		return eval_slice(ev, &object, (const JinjaSlice *) node->key, result);
	return mst_jinja_eval(ev, node->key, &key) &&
		mst_jinja_get_item(ev, &object, &key, result);
}

/* Evaluates a filter or a test on its operand. */
static bool
eval_apply(JinjaEval *ev, const JinjaApply *node, ExprValue *result)
{
	ExprValue	operand;

	return mst_jinja_eval(ev, node->operand, &operand) &&
		mst_jinja_apply(ev, node, &operand, result);
}

/* ---- any node ---- */

/*
 * Evaluates any expression by its kind. A slice outside of brackets can be
 * parsed, and is the error of syntax that it is in Python.
 */
static bool
eval_kind(JinjaEval *ev, const JinjaNode *node, ExprValue *result)
{
	switch ((JinjaNodeKind) node->kind)
	{
		case JINJA_CONST:
			*result = ((const JinjaConst *) node)->value;
			return true;
		case JINJA_NAME:
			return eval_name(ev, (const JinjaName *) node, result);
		case JINJA_TUPLE:
		case JINJA_LIST:
			return eval_list(ev, (const JinjaItems *) node, result);
		case JINJA_DICT:
			return eval_dict(ev, (const JinjaDict *) node, result);
		case JINJA_COND:
			return eval_cond(ev, (const JinjaCond *) node, result);
		case JINJA_AND:
		case JINJA_OR:
			return eval_logic(ev, (const JinjaItems *) node, result);
		case JINJA_NOT:
			return eval_not(ev, (const JinjaUnary *) node, result);
		case JINJA_COMPARE:
			return eval_compare(ev, (const JinjaCompare *) node, result);
		case JINJA_ARITH:
			return eval_arith(ev, (const JinjaArith *) node, result);
		case JINJA_NEGATE:
		case JINJA_PLUS:
			return eval_sign(ev, (const JinjaUnary *) node, result);
		case JINJA_CONCAT:
			return eval_concat(ev, (const JinjaItems *) node, result);
		case JINJA_ATTRIBUTE:
			return eval_attribute(ev, (const JinjaAttribute *) node, result);
		case JINJA_ITEM:
			return eval_item(ev, (const JinjaItem *) node, result);
		case JINJA_CALL:
			return mst_jinja_eval_call(ev, (const JinjaCall *) node, NULL, result);
		case JINJA_FILTER:
		case JINJA_TEST:
			return eval_apply(ev, (const JinjaApply *) node, result);
		case JINJA_SLICE:
			return mst_jinja_fail(ev, "SyntaxError", "invalid syntax");
		default:
			elog(ERROR, "unexpected Jinja node kind: %d", (int) node->kind);
	}
}

/* Finds an infinity or NaN in a constant. */
static const char *
find_infinite(EvalContext *cxt, const ExprValue *value)
{
	if (value->kind == EXPR_FLOAT && !isfinite(value->u.real))
		return isnan(value->u.real) ? "nan" : "inf";
	if (value->kind == EXPR_LIST)
	{
		for (int i = 0; i < mst_list_length(value->u.list); i++)
		{
			ExprValue	item;
			const char *name;

			if (mst_list_get(cxt, value->u.list, i, &item) &&
				(name = find_infinite(cxt, &item)) != NULL)
				return name;
		}
	}
	return NULL;
}

/*
 * Fails for constants with an infinite float: the reference compiles them to
 * Python text, where "inf" is a name that nobody defined.
 */
static bool
check_finite(JinjaEval *ev, const ExprValue *value)
{
	const char *name = find_infinite(ev->cxt, value);

	if (name == NULL)
		return true;
	return mst_jinja_fail(ev, "NameError", "name '%s' is not defined", name);
}

/*
 * Evaluates an expression.  An error without a place gets that of the
 * innermost node.
 */
bool
mst_jinja_eval(JinjaEval *ev, const JinjaNode *node, ExprValue *result)
{
	EvalContext *cxt = ev->cxt;
	bool		done;

	if (node->kind == JINJA_CONST && (node->flags & JINJA_CHECK_FINITE) == 0)
	{
		*result = ((const JinjaConst *) node)->value;
		return true;
	}
	if (node->kind == JINJA_NAME)
		return mst_expr_step(cxt) && eval_name(ev, (const JinjaName *) node, result);
	if (unlikely(!mst_expr_step(cxt) || !mst_expr_enter(cxt)))
		return false;
	done = eval_kind(ev, node, result);
	if (done && unlikely(node->flags & JINJA_CHECK_FINITE))
		done = check_finite(ev, result);
	mst_expr_leave(cxt);
	if (unlikely(!done) && cxt->error != NULL && cxt->error->offset < 0)
		cxt->error->offset = mst_jinja_offset(ev->program, node->offset);
	return done;
}
