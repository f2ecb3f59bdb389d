/*-------------------------------------------------------------------------
 *
 * callables.c
 *	  What can be called: builtins and Mistral's functions, and how arguments
 *	  meet their parameters.
 *
 * Builtins declare their parameters in their table row.  A builtin that
 * becomes a value (a method that is not called at once, a function that is
 * passed on) is wrapped in an object.  Nothing here evaluates the tree, so
 * that builtins can call others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
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

/* Of what a class has as attributes, dict.fromkeys() is of use without an object. */
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
 * A builtin as a value.
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
 * A method together with the value it belongs to.
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

/* ---- binding ---- */

static int
count_params(const JinjaBuiltin *builtin)
{
	int			n = 0;

	while (n < JINJA_MAX_PARAMS && builtin->params[n] != NULL)
		n++;
	return n;
}

/* Returns the name of a builtin as messages call it. */
static const char *
python_name(const JinjaBuiltin *builtin)
{
	if (builtin->python_name != NULL)
		return builtin->python_name;
	if (builtin->params[0] != NULL && builtin->params[0][0] != '\0')
		return psprintf("do_%s", builtin->name);
	return builtin->name;
}

static bool
fail_too_many(JinjaEval *ev, const JinjaBuiltin *builtin, int nparams, int given)
{
	const char *name = python_name(builtin);

	if (nparams > 1 && builtin->params[0][0] == '\0' && builtin->params[1][0] == '\0')
		return mst_jinja_fail(ev, "TypeError", "%s expected at most %d argument%s, got %d",
							  name, nparams - 1, nparams == 2 ? "" : "s", given - 1);
	if (builtin->required < nparams)
		return mst_jinja_fail(ev, "TypeError",
							  "%s() takes from %d to %d positional arguments but %d were given",
							  name, builtin->required, nparams, given);
	return mst_jinja_fail(ev, "TypeError", "%s() takes %d positional argument%s but %d were given",
						  name, nparams, nparams == 1 ? "" : "s", given);
}

static bool
fail_missing(JinjaEval *ev, const JinjaBuiltin *builtin, const ExprValue *bound)
{
	StringInfoData names;
	int			missing = 0;

	mst_text_init(&names);
	for (int i = 0; i < builtin->required; i++)
	{
		if (mst_jinja_is_given(&bound[i]))
			continue;
		if (builtin->params[i][0] == '\0')
			return mst_jinja_fail(ev, "TypeError", "%s expected at least %d argument%s, got %d",
								  python_name(builtin), builtin->required - 1,
								  builtin->required == 2 ? "" : "s", i - 1);
		appendStringInfo(&names, "%s'%s'", missing++ > 0 ? " and " : "", builtin->params[i]);
	}
	return mst_jinja_fail(ev, "TypeError", "%s() missing %d required positional argument%s: %s",
						  python_name(builtin), missing, missing == 1 ? "" : "s", names.data);
}

static bool
bind_named(JinjaEval *ev, const JinjaBuiltin *builtin, int nparams, const char *name,
		   const ExprValue *value, ExprValue *bound)
{
	for (int i = 0; i < nparams; i++)
	{
		if (strcmp(builtin->params[i], name) != 0)
			continue;
		if (mst_jinja_is_given(&bound[i]))
			return mst_jinja_fail(ev, "TypeError", "%s() got multiple values for argument '%s'",
								  python_name(builtin), name);
		bound[i] = *value;
		return true;
	}
	return mst_jinja_fail(ev, "TypeError", "%s() got an unexpected keyword argument '%s'",
						  python_name(builtin), name);
}

static bool
check_required(JinjaEval *ev, const JinjaBuiltin *builtin, const ExprValue *bound)
{
	for (int i = 0; i < builtin->required; i++)
		if (!mst_jinja_is_given(&bound[i]))
			return fail_missing(ev, builtin, bound);
	return true;
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
	int			nparams = count_params(builtin);

	if (given > nparams)
		return fail_too_many(ev, builtin, nparams, given);
	return check_required(ev, builtin, bound) && builtin->call(ev, bound, result);
}

/* Calls a variadic builtin with self in front of the arguments. */
static bool
call_variadic(JinjaEval *ev, const JinjaBuiltin *builtin, const ExprValue *self,
			  const JinjaArguments *args, ExprValue *result)
{
	JinjaArguments all = *args;

	if (self == NULL)
		return builtin->variadic(ev, args, result);
	all.values = palloc(sizeof(ExprValue) * (args->count + 1));
	all.values[0] = *self;
	for (int i = 0; i < args->count; i++)
		all.values[i + 1] = args->values[i];
	all.count++;
	return builtin->variadic(ev, &all, result);
}

/*
 * Calls a builtin.  self, when not NULL, is its first argument.
 */
bool
mst_jinja_call_builtin(JinjaEval *ev, const JinjaBuiltin *builtin, const ExprValue *self,
					   const JinjaArguments *args, ExprValue *result)
{
	ExprValue	bound[JINJA_MAX_PARAMS];
	int			nparams;
	int			nself = self != NULL ? 1 : 0;

	if (builtin->variadic != NULL)
		return call_variadic(ev, builtin, self, args, result);
	nparams = count_params(builtin);
	if (args->count + nself > nparams)
		return fail_too_many(ev, builtin, nparams, args->count + nself);
	for (int i = 0; i < JINJA_MAX_PARAMS; i++)
		bound[i] = mst_value_no_value();
	if (self != NULL)
		bound[0] = *self;
	for (int i = 0; i < args->count; i++)
		bound[i + nself] = args->values[i];
	for (int i = 0; i < args->nnamed; i++)
		if (!bind_named(ev, builtin, nparams, args->names[i], &args->named[i], bound))
			return false;
	return check_required(ev, builtin, bound) && builtin->call(ev, bound, result);
}

/* ---- Mistral's functions ---- */

static bool
fail_function_arguments(JinjaEval *ev, const ExprFunction *function, int given)
{
	if (function->min_args == function->max_args)
		return mst_jinja_fail(ev, "TypeError", "%s_() takes %d positional argument%s but %d were given",
							  function->name, function->max_args + 1,
							  function->max_args == 0 ? "" : "s", given + 1);
	return mst_jinja_fail(ev, "TypeError",
						  "%s_() takes from %d to %d positional arguments but %d were given",
						  function->name, function->min_args + 1, function->max_args + 1, given + 1);
}

static bool
bind_function_named(JinjaEval *ev, const ExprFunction *function, const char *name,
					const ExprValue *value, ExprValue *bound)
{
	for (int i = 0; i < function->max_args; i++)
	{
		if (strcmp(function->params[i], name) != 0)
			continue;
		if (mst_jinja_is_given(&bound[i]))
			return mst_jinja_fail(ev, "TypeError", "%s_() got multiple values for argument '%s'",
								  function->name, name);
		bound[i] = *value;
		return true;
	}
	return mst_jinja_fail(ev, "TypeError", "%s_() got an unexpected keyword argument '%s'",
						  function->name, name);
}

static bool
call_mistral(JinjaEval *ev, const ExprFunction *function, const JinjaArguments *args,
			 ExprValue *result)
{
	ExprValue	bound[EXPR_FUNCTION_MAX_ARGS];

	if (args->count > function->max_args)
		return fail_function_arguments(ev, function, args->count);
	for (int i = 0; i < EXPR_FUNCTION_MAX_ARGS; i++)
		bound[i] = i < args->count ? args->values[i] : mst_value_no_value();
	for (int i = 0; i < args->nnamed; i++)
		if (!bind_function_named(ev, function, args->names[i], &args->named[i], bound))
			return false;
	for (int i = 0; i < function->max_args; i++)
	{
		if (!mst_jinja_check_defined(ev, &bound[i]))
			return false;
		if (i < function->min_args && !mst_jinja_is_given(&bound[i]))
			return mst_jinja_fail(ev, "TypeError", "%s_() missing 1 required positional argument: '%s'",
								  function->name, function->params[i]);
	}
	return function->call(ev->cxt, bound, result);
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
