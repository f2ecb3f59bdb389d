/*-------------------------------------------------------------------------
 *
 * callables.c
 *	  What can be called: builtins and Mistral's functions.
 *
 * How arguments meet their parameters is in binding.c.  A builtin that
 * becomes a value (a method that is not called at once, a function that is
 * passed on) is wrapped in an object.  Nothing here evaluates the tree, so
 * that builtins can call others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/binding.h"
#include "jinja/callables.h"
#include "jinja/objects.h"
#include "value/dict.h"
#include "value/make.h"
#include "value/text.h"

/* ---- functions as values ---- */

typedef struct FunctionObject
{
	ExprObject	object;
	const JinjaBuiltin *builtin;	/* or */
	const ExprFunction *function;
	bool		has_self;
	ExprValue	self;			/* of a method */
} FunctionObject;

static bool call_function_object(JinjaEval *ev, ExprObject *object, const JinjaArguments *args,
								 ExprValue *result);

static const JinjaClass function_class = {"", call_function_object};

static bool
append_class_repr(EvalContext *cxt, ExprObject *object, StringInfo out)
{
	appendStringInfo(out, "<class '%s'>", ((FunctionObject *) object)->builtin->class_name);
	return true;
}

/* Gives dict.fromkeys(), the one attribute of a class that is of use without an object. */
static bool
get_class_attribute(JinjaEval *ev, ExprObject *object, const char *name, int len,
					ExprValue *result, bool *found)
{
	ExprValue	empty = mst_value_dict(mst_dict_new(0), false);

	*found = strcmp(((FunctionObject *) object)->builtin->class_name, "dict") == 0 &&
		len == 8 && memcmp(name, "fromkeys", 8) == 0;
	if (*found)
		*result = mst_jinja_make_method(mst_jinja_find_dict_method(name, len), &empty);
	return true;
}

static const JinjaClass class_class = {"", call_function_object, get_class_attribute};
static const ExprObjectOps class_ops = {"type", append_class_repr, &class_class};
static const ExprObjectOps function_ops = {"function", NULL, &function_class};
static const ExprObjectOps method_ops = {"builtin_function_or_method", NULL, &function_class};

static FunctionObject *
make_function_object(const ExprObjectOps *ops)
{
	FunctionObject *object = palloc0(sizeof(FunctionObject));

	object->object.ops = ops;
	return object;
}

/*
 * Returns a builtin as a value.
 */
ExprValue
mst_jinja_make_function(const JinjaBuiltin *builtin)
{
	FunctionObject *object = make_function_object(builtin->class_name != NULL ? &class_ops : &function_ops);

	object->builtin = builtin;
	return mst_value_object(&object->object);
}

/*
 * One of Mistral's functions as a value.
 */
ExprValue
mst_jinja_make_mistral_function(const ExprFunction *function)
{
	FunctionObject *object = make_function_object(&function_ops);

	object->function = function;
	return mst_value_object(&object->object);
}

/*
 * Returns a method together with the value it belongs to.
 */
ExprValue
mst_jinja_make_method(const JinjaBuiltin *builtin, const ExprValue *self)
{
	FunctionObject *object = make_function_object(&method_ops);

	object->builtin = builtin;
	object->has_self = true;
	object->self = *self;
	return mst_value_object(&object->object);
}

/* ---- calls of builtins ---- */

/* Calls a builtin with a value for each of its parameters. */
static bool
run_builtin(JinjaEval *ev, const JinjaBuiltin *builtin, ExprValue *bound, ExprValue *result)
{
	if (builtin->call == NULL)
		return mst_plain_apply(ev->cxt, &builtin->plain, bound, result);
	return builtin->call(ev, bound, result);
}

/*
 * Calls a builtin that is not variadic with what stands for its parameters;
 * given is the number of positional arguments, of which bound has as many as
 * a builtin can have parameters.  Raises TypeError when there are too many or
 * too few.
 */
bool
mst_jinja_call_bound(JinjaEval *ev, const JinjaBuiltin *builtin, ExprValue *bound, int given,
					 ExprValue *result)
{
	return mst_jinja_bind(ev, builtin, given, bound) && run_builtin(ev, builtin, bound, result);
}

/* Calls a variadic builtin with self in front of the arguments. */
static bool
call_variadic(JinjaEval *ev, const JinjaBuiltin *builtin, const ExprValue *self,
			  const JinjaArguments *args, ExprValue *result)
{
	JinjaArguments all = *args;

	if (self == NULL)
		return mst_jinja_bind_variadic(ev, builtin, args) && builtin->variadic(ev, args, result);
	all.values = palloc(sizeof(ExprValue) * (args->count + 1));
	all.values[0] = *self;
	for (int i = 0; i < args->count; i++)
		all.values[i + 1] = args->values[i];
	all.count++;
	return mst_jinja_bind_variadic(ev, builtin, &all) && builtin->variadic(ev, &all, result);
}

/*
 * Calls a builtin.  self, when not NULL, is its first argument.
 */
bool
mst_jinja_call_builtin(JinjaEval *ev, const JinjaBuiltin *builtin, const ExprValue *self,
					   const JinjaArguments *args, ExprValue *result)
{
	ExprValue	bound[JINJA_MAX_PARAMS];

	if (builtin->variadic != NULL)
		return call_variadic(ev, builtin, self, args, result);
	return mst_jinja_bind_arguments(ev, builtin, self, args, bound) &&
		run_builtin(ev, builtin, bound, result);
}

/* ---- Mistral's functions ---- */

static bool
call_mistral(JinjaEval *ev, const ExprFunction *function, const JinjaArguments *args,
			 ExprValue *result)
{
	ExprValue	bound[JINJA_MAX_PARAMS];

	return mst_jinja_bind_function(ev, function, args, bound) &&
		function->call(ev->cxt, bound, result);
}

/* env() of an operand, which must be something with the key. */
static bool
filter_env(JinjaEval *ev, const ExprValue *operand, ExprValue *result)
{
	bool		found;

	if (!mst_jinja_check_defined(ev, operand))
		return false;
	if (operand->kind == EXPR_STRING)
		return mst_jinja_fail(ev, "TypeError", "string indices must be integers, not 'str'");
	if (operand->kind != EXPR_DICT)
		return mst_jinja_fail(ev, "TypeError", "'%s' object is not subscriptable",
							  mst_value_type_name(operand));
	if (!mst_dict_get_name(ev->cxt, operand->u.dict, "__env", 5, result, &found))
		return false;
	return found || mst_jinja_fail(ev, "KeyError", "'__env'");
}

/* A function that looks at the data context sees the operand in its place. */
static bool
filter_with_data(JinjaEval *ev, const ExprFunction *function, const ExprValue *operand,
				 const JinjaArguments *args, ExprValue *result)
{
	ExprValue	data = ev->cxt->data;
	bool		ok;

	if (!mst_jinja_check_defined(ev, operand))
		return false;
	ev->cxt->data = *operand;
	ok = call_mistral(ev, function, args, result);
	ev->cxt->data = data;
	return ok;
}

/*
 * One of Mistral's functions as a filter gets the operand as its data context.
 * Only env() and json_pp() look there for something that may differ.
 */
static bool
filter_mistral(JinjaEval *ev, const ExprFunction *function, const ExprValue *operand,
			   const JinjaArguments *args, ExprValue *result)
{
	if (strcmp(function->name, "env") == 0 && args->count + args->nnamed == 0)
		return filter_env(ev, operand, result);
	if (strcmp(function->name, "json_pp") == 0)
		return filter_with_data(ev, function, operand, args, result);
	return call_mistral(ev, function, args, result);
}

/* ---- calls of values ---- */

static bool
call_function_object(JinjaEval *ev, ExprObject *object, const JinjaArguments *args, ExprValue *result)
{
	FunctionObject *function = (FunctionObject *) object;

	if (function->builtin == NULL)
		return call_mistral(ev, function->function, args, result);
	return mst_jinja_call_builtin(ev, function->builtin,
								  function->has_self ? &function->self : NULL, args, result);
}

/* Calls any callable value. */
bool
mst_jinja_call(JinjaEval *ev, const ExprValue *callee, const JinjaArguments *args, ExprValue *result)
{
	const JinjaClass *class;
	bool		done;

	if (callee->kind == EXPR_UNDEFINED)
		return mst_jinja_fail_undefined(ev, callee);
	class = callee->kind == EXPR_OBJECT ? mst_jinja_class_of(callee) : NULL;
	if (class == NULL || class->call == NULL)
		return mst_jinja_fail(ev, "TypeError", "'%s' object is not callable",
							  mst_value_type_name(callee));
	if (!mst_expr_enter(ev->cxt))
		return false;
	done = class->call(ev, callee->u.object, args, result);
	mst_expr_leave(ev->cxt);
	return done;
}

/* ---- filters and tests by name ---- */

/*
 * Finds a filter or test by a name that is known only now.
 */
bool
mst_jinja_find_application(JinjaEval *ev, bool is_test, const ExprValue *name,
						   JinjaApplication *application)
{
	if (!mst_jinja_check_defined(ev, name))
		return false;
	application->builtin = NULL;
	application->function = NULL;
	if (name->kind == EXPR_STRING && is_test)
		application->builtin = mst_jinja_find_test(name->u.string, name->len);
	else if (name->kind == EXPR_STRING)
	{
		application->builtin = mst_jinja_find_filter(name->u.string, name->len);
		if (application->builtin == NULL)
			application->function = mst_expr_function_find(name->u.string, name->len);
	}
	if (application->builtin != NULL || application->function != NULL)
		return true;
	return mst_jinja_fail(ev, "TemplateRuntimeError", "No %s named %s.",
						  is_test ? "test" : "filter", mst_value_brief(ev->cxt, name));
}

/*
 * Applies what was found to an operand.
 */
bool
mst_jinja_apply_to(JinjaEval *ev, const JinjaApplication *application, const ExprValue *operand,
				   ExprValue *result)
{
	if (application->builtin == NULL)
		return filter_mistral(ev, application->function, operand, &application->args, result);
	return mst_jinja_call_builtin(ev, application->builtin, operand, &application->args, result);
}
