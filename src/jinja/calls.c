/*-------------------------------------------------------------------------
 *
 * calls.c
 *	  Calls, filters and tests of the tree: evaluation of their arguments.
 *
 * Most calls have plain positional arguments, which go straight into the
 * array that a builtin gets; whatever else was written is collected in
 * JinjaArguments first.  What is called is in callables.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/attributes.h"
#include "jinja/callables.h"
#include "jinja/calls.h"
#include "jinja/evaluate.h"
#include "jinja/objects.h"
#include "value/dict.h"
#include "value/make.h"

/* ---- arguments ---- */

static void
add_value(JinjaArguments *args, int *room, const ExprValue *value)
{
	if (args->count == *room)
	{
		*room = Max(8, *room * 2);
		if (args->values == NULL)
			args->values = palloc(sizeof(ExprValue) * *room);
		else
			args->values = repalloc(args->values, sizeof(ExprValue) * *room);
	}
	args->values[args->count++] = *value;
}

/* Adds the items of *args. */
static bool
spread_positional(JinjaEval *ev, const JinjaNode *node, JinjaArguments *args, int *room)
{
	ExprValue	source;
	ExprValue	item;
	ExprCursor	cursor;
	ExprNext	next;

	if (!mst_jinja_eval(ev, node, &source))
		return false;
	if (source.kind != EXPR_UNDEFINED && !mst_jinja_is_iterable(&source))
		return mst_jinja_fail(ev, "TypeError", "Value after * must be an iterable, not %s",
							  mst_value_type_name(&source));
	if (!mst_jinja_open(ev, &cursor, &source))
		return false;
	while ((next = mst_cursor_next(ev->cxt, &cursor, &item)) == EXPR_NEXT_ITEM)
	{
		if (!mst_expr_check_items(ev->cxt, args->count + 1))
			return false;
		add_value(args, room, &item);
	}
	return next == EXPR_NEXT_END;
}

/* Answers whether the first n named arguments have the name. */
static bool
has_name(const JinjaArguments *args, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(args->names[i], name) == 0)
			return true;
	return false;
}

/* Adds the entries of **kwargs; there is room for them. */
static bool
spread_named(JinjaEval *ev, const ExprValue *source, JinjaArguments *args)
{
	int			nwritten = args->nnamed;
	int			pos = 0;
	bool		more;
	ExprValue	key;
	ExprValue	value;

	for (;;)
	{
		char	   *name;

		if (!mst_dict_next(ev->cxt, source->u.dict, &pos, &key, &value, &more))
			return false;
		if (!more)
			return true;
		if (key.kind != EXPR_STRING)
			return mst_jinja_fail(ev, "TypeError", "keywords must be strings");
		name = pnstrdup(key.u.string, key.len);
		if (has_name(args, nwritten, name))
			return mst_jinja_fail(ev, "TypeError", "got multiple values for keyword argument '%s'", name);
		args->names[args->nnamed] = name;
		args->named[args->nnamed++] = value;
	}
}

static bool
eval_named(JinjaEval *ev, const JinjaArgs *nodes, const ExprValue *caller, JinjaArguments *args)
{
	int			room = nodes->named.count + 1;
	ExprValue	rest = mst_value_null();

	if (nodes->named.count == 0 && nodes->star_star == NULL && caller == NULL)
		return true;
	if (nodes->star_star != NULL)
	{
		if (!mst_jinja_eval(ev, nodes->star_star, &rest) || !mst_jinja_check_defined(ev, &rest))
			return false;
		if (rest.kind != EXPR_DICT)
			return mst_jinja_fail(ev, "TypeError", "argument after ** must be a mapping, not %s",
								  mst_value_type_name(&rest));
		room += mst_dict_length(rest.u.dict);
	}
	args->names = palloc(sizeof(char *) * room);
	args->named = palloc(sizeof(ExprValue) * room);
	for (int i = 0; i < nodes->named.count; i++)
	{
		args->names[args->nnamed] = nodes->names[i];
		if (!mst_jinja_eval(ev, nodes->named.items[i], &args->named[args->nnamed++]))
			return false;
	}
	if (caller != NULL)
	{
		args->names[args->nnamed] = "caller";
		args->named[args->nnamed++] = *caller;
	}
	return rest.kind != EXPR_DICT || spread_named(ev, &rest, args);
}

/* Evaluates the arguments of a call. */
static bool
eval_args(JinjaEval *ev, const JinjaArgs *nodes, const ExprValue *caller, JinjaArguments *args)
{
	int			room = nodes->positional.count;

	memset(args, 0, sizeof(*args));
	if (room > 0)
		args->values = palloc(sizeof(ExprValue) * room);
	for (int i = 0; i < nodes->positional.count; i++)
		if (!mst_jinja_eval(ev, nodes->positional.items[i], &args->values[args->count++]))
			return false;
	if (nodes->star != NULL && !spread_positional(ev, nodes->star, args, &room))
		return false;
	return eval_named(ev, nodes, caller, args);
}

/* ---- calls ---- */

/* A method call needs no object for the method. */
static bool
call_method(JinjaEval *ev, const JinjaCall *call, const ExprValue *caller, ExprValue *result)
{
	const JinjaAttribute *attribute = (const JinjaAttribute *) call->callee;
	const JinjaBuiltin *method;
	JinjaArguments args;
	ExprValue	object;
	ExprValue	callee;

	if (!mst_jinja_eval(ev, attribute->object, &object))
		return false;
	method = mst_jinja_find_method(&object, attribute->name, attribute->len);
	if (method != NULL && method->property == NULL && (object.flags & JINJA_GROUP_FLAG) == 0)
		return eval_args(ev, &call->args, caller, &args) &&
			mst_jinja_call_builtin(ev, method, &object, &args, result);
	return mst_jinja_get_attribute(ev, &object, attribute->name, attribute->len, &callee) &&
		eval_args(ev, &call->args, caller, &args) &&
		mst_jinja_call(ev, &callee, &args, result);
}

/* Calls a function that the caller of the evaluation has. */
static bool
call_outside(JinjaEval *ev, const void *function, const JinjaArguments *args, ExprValue *result)
{
	ExprNamedArgument *named = palloc(sizeof(ExprNamedArgument) * Max(args->nnamed, 1));
	ExprArguments outside = {args->count, args->values, args->nnamed, named};

	for (int i = 0; i < args->count; i++)
		if (!mst_jinja_check_defined(ev, &args->values[i]))
			return false;
	for (int i = 0; i < args->nnamed; i++)
	{
		if (!mst_jinja_check_defined(ev, &args->named[i]))
			return false;
		named[i].name = args->names[i];
		named[i].len = (int) strlen(args->names[i]);
		named[i].value = args->named[i];
	}
	return mst_expr_call_outside(ev->cxt, function, &outside, result);
}

/*
 * Returns what the surroundings have under the name of a callee that nothing
 * here defines.
 */
static const void *
find_outside(JinjaEval *ev, const JinjaNode *callee)
{
	const JinjaName *name = (const JinjaName *) callee;

	if (callee->kind != JINJA_NAME)
		return NULL;
	return mst_expr_find_outside(ev->cxt, name->name, name->len);
}

/*
 * Evaluates a call; caller, when not NULL, is passed as keyword "caller".
 */
bool
mst_jinja_eval_call(JinjaEval *ev, const JinjaCall *call, const ExprValue *caller, ExprValue *result)
{
	JinjaArguments args;
	ExprValue	callee;
	const void *outside;

	if (call->callee->kind == JINJA_ATTRIBUTE)
		return call_method(ev, call, caller, result);
	if (!mst_jinja_eval(ev, call->callee, &callee))
		return false;
	if (callee.kind == EXPR_UNDEFINED && (outside = find_outside(ev, call->callee)) != NULL)
		return eval_args(ev, &call->args, caller, &args) &&
			call_outside(ev, outside, &args, result);
	return eval_args(ev, &call->args, caller, &args) &&
		mst_jinja_call(ev, &callee, &args, result);
}

/* ---- filters and tests ---- */

/* Applies a builtin to an operand and positional arguments only. */
static bool
apply_plain(JinjaEval *ev, const JinjaApply *apply, const ExprValue *operand, ExprValue *result)
{
	const JinjaBuiltin *builtin = apply->builtin;
	const JinjaNodes *nodes = &apply->args.positional;
	ExprValue	bound[JINJA_MAX_PARAMS];

	bound[0] = *operand;
	for (int i = 0; i < nodes->count; i++)
	{
		ExprValue	value;

		if (!mst_jinja_eval(ev, nodes->items[i], &value))
			return false;
		if (i + 1 < JINJA_MAX_PARAMS)
			bound[i + 1] = value;
	}
	return mst_jinja_call_bound(ev, builtin, bound, nodes->count + 1, result);
}

/*
 * Applies a filter or test of the tree to an operand.
 */
bool
mst_jinja_apply(JinjaEval *ev, const JinjaApply *apply, const ExprValue *operand, ExprValue *result)
{
	const JinjaArgs *nodes = &apply->args;
	JinjaApplication application = {apply->builtin, apply->function};

	if (apply->builtin == NULL && apply->function == NULL)
		return mst_jinja_fail(ev, "TemplateRuntimeError", "No %s named '%s' found.",
							  apply->node.kind == JINJA_FILTER ? "filter" : "test", apply->name);
	if (apply->builtin != NULL && apply->builtin->variadic == NULL &&
		nodes->named.count == 0 && nodes->star == NULL && nodes->star_star == NULL)
		return apply_plain(ev, apply, operand, result);
	return eval_args(ev, nodes, NULL, &application.args) &&
		mst_jinja_apply_to(ev, &application, operand, result);
}
