/*-------------------------------------------------------------------------
 *
 * binding.c
 *	  How the arguments of a call meet the parameters of a builtin.
 *
 * A builtin's table row says what it takes, in the notation of
 * lang/signature.c.  Here arguments are counted, named ones find their
 * parameters, defaults are filled in, and each value is made one of its
 * parameter's type or refused, with Python's errors.  So the builtin's
 * function finds a value of the declared type for every parameter.
 *
 * Where a parameter of another type than `any` may be null, null stands for
 * its default.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/binding.h"
#include "jinja/objects.h"
#include "value/make.h"
#include "value/range.h"
#include "value/text.h"

/* ---- types of parameters ---- */

/* A type, and how a value of another kind becomes one of its own. */
typedef struct JinjaParamType
{
	ExprParamType base;
	bool		(*fit) (JinjaEval *ev, ExprValue *value);	/* NULL: takes anything */
} JinjaParamType;

static bool
fit_any(JinjaEval *ev, ExprValue *value)
{
	return mst_jinja_check_defined(ev, value);
}

/* The truth of anything. */
static bool
fit_bool(JinjaEval *ev, ExprValue *value)
{
	bool		truth;

	if (!mst_jinja_truth(ev, value, &truth))
		return false;
	*value = mst_value_bool(truth);
	return true;
}

/* Integers beyond 64 bits are clipped. */
static bool
fit_int(JinjaEval *ev, ExprValue *value)
{
	int64		n;

	if (!mst_jinja_int_argument(ev, value, &n))
		return false;
	*value = mst_value_int(n);
	return true;
}

static bool
fit_index(JinjaEval *ev, ExprValue *value)
{
	if (!mst_value_is_integral(value))
		return mst_jinja_fail(ev, "TypeError",
							  "slice indices must be integers or None or have an __index__ method");
	*value = mst_value_int(mst_number_clip(value));
	return true;
}

static bool
fit_str(JinjaEval *ev, ExprValue *value)
{
	if (value->kind == EXPR_UNDEFINED)
		return mst_jinja_fail_undefined(ev, value);
	return mst_jinja_fail(ev, "TypeError", "must be str, not %s", mst_value_type_name(value));
}

/* The text form of anything. */
static bool
fit_text(JinjaEval *ev, ExprValue *value)
{
	ExprValue	text;

	if (!mst_jinja_to_text(ev, value, &text))
		return false;
	*value = text;

	return true;
}

static bool
fit_iter(JinjaEval *ev, ExprValue *value)
{
	if (!mst_jinja_check_defined(ev, value))
		return false;
	return mst_jinja_is_iterable(value) ||
		mst_jinja_fail(ev, "TypeError", "'%s' object is not iterable", mst_value_type_name(value));
}

/* What a function wants the items of. */
static bool
fit_dict(JinjaEval *ev, ExprValue *value)
{
	if (value->kind == EXPR_UNDEFINED)
		return mst_jinja_fail_undefined(ev, value);
	return mst_jinja_fail(ev, "AttributeError", "'%s' object has no attribute 'items'",
						  mst_value_type_name(value));
}

/* What a function looks keys up in. */
static bool
fit_lookup(JinjaEval *ev, ExprValue *value)
{
	if (!mst_jinja_check_defined(ev, value))
		return false;
	return mst_jinja_fail(ev, "TypeError", "'%s' object is not subscriptable",
						  mst_value_type_name(value));
}

#define BIT(kind)	EXPR_KIND_BIT(EXPR_##kind)

/*
 * Those that a method is called on have no way to fit: the value is of that
 * type, or the method would not have been found.
 */
static const JinjaParamType types[] =
{
	{{"any", ~(BIT(UNDEFINED) | BIT(NULL))}, fit_any},
	{{"anything", EXPR_ANY_KIND}},
	{{"bool", BIT(BOOL)}, fit_bool},
	{{"bytes", EXPR_ANY_KIND}},
	{{"cycler", EXPR_ANY_KIND}},
	{{"datetime", EXPR_ANY_KIND}},
	{{"dict", BIT(DICT)}, fit_dict},
	{{"float", EXPR_ANY_KIND}},
	{{"index", BIT(INT)}, fit_index},
	{{"int", BIT(INT)}, fit_int},
	{{"integer", EXPR_ANY_KIND}},
	{{"iter", BIT(LIST) | BIT(DICT) | BIT(SET) | BIT(VIEW) | BIT(RANGE) | BIT(ITERATOR) | BIT(STRING)},
	fit_iter},
	{{"lazyiter", EXPR_ANY_KIND}},
	{{"list", EXPR_ANY_KIND}},
	{{"lookup", BIT(DICT)}, fit_lookup},
	{{"loop", EXPR_ANY_KIND}},
	{{"markup", EXPR_ANY_KIND}},
	{{"range", EXPR_ANY_KIND}},
	{{"set", EXPR_ANY_KIND}},
	{{"str", BIT(STRING)}, fit_str},
	{{"text", BIT(STRING)}, fit_text},
	{{"tuple", EXPR_ANY_KIND}},
	{{"view", EXPR_ANY_KIND}}
};

static const ExprParamType *
find_type(const char *name, int len)
{
	for (int i = 0; i < lengthof(types); i++)
		if (strncmp(types[i].base.name, name, len) == 0 && types[i].base.name[len] == '\0')
			return &types[i].base;
	return NULL;
}

/*
 * A null that stands for a default is no value of the type, so it is not
 * taken as it is.
 */
static void
read_signature(const char *params, ExprSignature *signature)
{
	mst_signature_read(params, find_type, signature);
	Assert(signature->nparams <= JINJA_MAX_PARAMS);
	for (int i = 0; i < signature->nparams; i++)
	{
		ExprParam  *param = &signature->params[i];

		if (param->is_nullable && param->has_default &&
			((const JinjaParamType *) param->type)->fit != fit_any)
			param->kinds &= ~BIT(NULL);
	}
}

/*
 * Returns what a builtin takes.  Its text is read when that is first asked
 * for.  Not to be called for attributes, which take nothing.
 */
static const ExprSignature *
builtin_signature(const JinjaBuiltin *builtin)
{
	if (unlikely(!builtin->signature->is_read))
		read_signature(builtin->params, builtin->signature);
	return builtin->signature;
}

/* Returns what one of Mistral's functions takes. */
static const ExprSignature *
function_signature(const ExprFunction *function)
{
	static ExprSignature signatures[EXPR_MAX_FUNCTIONS];
	ExprSignature *signature = &signatures[function - mst_expr_functions];

	if (unlikely(!signature->is_read))
		read_signature(function->params, signature);
	return signature;
}

/* ---- errors ---- */

/* What is called: a builtin, or one of Mistral's functions. */
typedef struct Callee
{
	const JinjaBuiltin *builtin;
	const ExprFunction *function;
	const ExprSignature *takes;
} Callee;

/* Returns the name of what is called, as messages have it. */
static const char *
python_name(const Callee *callee)
{
	const JinjaBuiltin *builtin = callee->builtin;

	if (builtin == NULL)
		return psprintf("%s_", callee->function->name);
	if (builtin->python_name != NULL)
		return builtin->python_name;
	if (callee->takes->nparams > 0 && callee->takes->nunnamed == 0)
		return psprintf("do_%s", builtin->name);
	return builtin->name;
}

/*
 * Returns how many of the first parameters are what a method or test is
 * applied to.
 */
static int
count_self(const ExprSignature *takes)
{
	return takes->nunnamed > 0 && takes->params[0].len == 4 &&
		memcmp(takes->params[0].name, "self", 4) == 0 ? 1 : 0;
}

static const char *
plural_ending(int n)
{
	return n == 1 ? "" : "s";
}

static bool
fail_too_many(JinjaEval *ev, const Callee *callee, int given)
{
	const ExprSignature *takes = callee->takes;
	const char *name = python_name(callee);
	int			nself = count_self(takes);

	/* the first parameter of Mistral's functions is the data context */
	int			hidden = callee->builtin == NULL ? 1 : 0;
	int			least = takes->nrequired + hidden;
	int			most = takes->npositional + hidden;

	if (takes->npositional == nself && takes->npositional < takes->nparams)
		return mst_jinja_fail(ev, "TypeError", "%s() takes no positional arguments", name);
	if (takes->nunnamed > nself)
		return mst_jinja_fail(ev, "TypeError", "%s expected at most %d argument%s, got %d",
							  name, most - nself, plural_ending(most - nself), given - nself);
	if (least < most)
		return mst_jinja_fail(ev, "TypeError",
							  "%s() takes from %d to %d positional arguments but %d were given",
							  name, least, most, given + hidden);
	return mst_jinja_fail(ev, "TypeError", "%s() takes %d positional argument%s but %d were given",
						  name, most, plural_ending(most), given + hidden);
}

static bool
fail_missing(JinjaEval *ev, const Callee *callee, const ExprValue *bound, int given)
{
	const ExprSignature *takes = callee->takes;
	int			nself = count_self(takes);
	StringInfoData names;
	int			missing = 0;

	mst_text_init(&names);
	for (int i = 0; i < takes->nparams; i++)
	{
		if (takes->params[i].has_default || (i < given && mst_jinja_is_given(&bound[i])))
			continue;
		if (i < takes->nunnamed)
			return mst_jinja_fail(ev, "TypeError", "%s expected at least %d argument%s, got %d",
								  python_name(callee), takes->nrequired - nself,
								  plural_ending(takes->nrequired - nself), i - nself);
		appendStringInfo(&names, "%s'%.*s'", missing++ > 0 ? " and " : "",
						 takes->params[i].len, takes->params[i].name);
	}
	return mst_jinja_fail(ev, "TypeError", "%s() missing %d required positional argument%s: %s",
						  python_name(callee), missing, plural_ending(missing), names.data);
}

/* ---- binding ---- */

/* Makes a value one of the parameter's type. */
static bool
fit_value(JinjaEval *ev, const ExprParam *param, ExprValue *value)
{
	const JinjaParamType *type = (const JinjaParamType *) param->type;

	if (value->kind == EXPR_NULL && param->is_nullable && param->has_default)
	{
		*value = param->default_value;
		return true;
	}
	return type->fit == NULL || type->fit(ev, value);
}

/* Fills in defaults, and makes each value one of its parameter's type. */
static bool
complete_arguments(JinjaEval *ev, const Callee *callee, ExprValue *bound)
{
	const ExprSignature *takes = callee->takes;

	for (int i = 0; i < takes->nparams; i++)
	{
		const ExprParam *param = &takes->params[i];

		if (!mst_jinja_is_given(&bound[i]))
		{
			if (!param->has_default)
				return fail_missing(ev, callee, bound, takes->nparams);
			bound[i] = param->default_value;
		}
		else if ((param->kinds & EXPR_KIND_BIT(bound[i].kind)) == 0 &&
				 !fit_value(ev, param, &bound[i]))
			return false;
	}
	return true;
}

static bool
bind_named(JinjaEval *ev, const Callee *callee, const char *name, const ExprValue *value,
		   ExprValue *bound)
{
	const ExprSignature *takes = callee->takes;
	int			len = (int) strlen(name);

	if (takes->nunnamed == takes->nparams && count_self(takes) == 0)
		return mst_jinja_fail(ev, "TypeError", "%s() takes no keyword arguments", python_name(callee));
	for (int i = takes->nunnamed; i < takes->nparams; i++)
	{
		if (takes->params[i].len != len || memcmp(takes->params[i].name, name, len) != 0)
			continue;
		if (mst_jinja_is_given(&bound[i]))
			return mst_jinja_fail(ev, "TypeError", "%s() got multiple values for argument '%s'",
								  python_name(callee), name);
		bound[i] = *value;
		return true;
	}
	return mst_jinja_fail(ev, "TypeError", "%s() got an unexpected keyword argument '%s'",
						  python_name(callee), name);
}

static bool
bind_all(JinjaEval *ev, const Callee *callee, const ExprValue *self, const JinjaArguments *args,
		 ExprValue *bound)
{
	int			nself = self != NULL ? 1 : 0;

	if (args->count + nself > callee->takes->npositional)
		return fail_too_many(ev, callee, args->count + nself);
	if (self != NULL)
		bound[0] = *self;
	for (int i = 0; i < args->count; i++)
		bound[i + nself] = args->values[i];
	for (int i = args->count + nself; i < callee->takes->nparams; i++)
		bound[i] = mst_value_no_value();
	for (int i = 0; i < args->nnamed; i++)
		if (!bind_named(ev, callee, args->names[i], &args->named[i], bound))
			return false;
	return complete_arguments(ev, callee, bound);
}

/*
 * Binds positional arguments: bound has room for JINJA_MAX_PARAMS values, and
 * begins with those of the given ones that are not too many.  Returns false,
 * with TypeError or what a type's own error is, when they do not fit.
 */
bool
mst_jinja_bind(JinjaEval *ev, const JinjaBuiltin *builtin, int given, ExprValue *bound)
{
	Callee		callee = {builtin, NULL, builtin_signature(builtin)};

	if (given > callee.takes->npositional)
		return fail_too_many(ev, &callee, given);
	for (int i = given; i < callee.takes->nparams; i++)
		bound[i] = mst_value_no_value();
	return complete_arguments(ev, &callee, bound);
}

/*
 * Binds any arguments; self, when not NULL, is the first of them.  bound gets
 * a value for each parameter.  Fails as mst_jinja_bind does.
 */
bool
mst_jinja_bind_arguments(JinjaEval *ev, const JinjaBuiltin *builtin, const ExprValue *self,
						 const JinjaArguments *args, ExprValue *bound)
{
	Callee		callee = {builtin, NULL, builtin_signature(builtin)};

	return bind_all(ev, &callee, self, args, bound);
}

/*
 * Binds the arguments of one of Mistral's functions.
 */
bool
mst_jinja_bind_function(JinjaEval *ev, const ExprFunction *function, const JinjaArguments *args,
						ExprValue *bound)
{
	Callee		callee = {NULL, function, function_signature(function)};

	return bind_all(ev, &callee, NULL, args, bound);
}

/*
 * Checks the arguments of a builtin that takes any number of them, the first
 * of which are made values of their parameters' types.
 */
bool
mst_jinja_bind_variadic(JinjaEval *ev, const JinjaBuiltin *builtin, const JinjaArguments *args)
{
	Callee		callee = {builtin, NULL, builtin_signature(builtin)};
	const ExprSignature *takes = callee.takes;

	if (args->count > takes->npositional && takes->rest == NULL)
		return fail_too_many(ev, &callee, args->count);
	if (args->count < takes->nrequired)
		return fail_missing(ev, &callee, args->values, args->count);
	for (int i = 0; i < Min(args->count, takes->nparams); i++)
		if ((takes->params[i].kinds & EXPR_KIND_BIT(args->values[i].kind)) == 0 &&
			!fit_value(ev, &takes->params[i], &args->values[i]))
			return false;
	return args->nnamed == 0 || takes->named_rest != NULL ||
		mst_jinja_fail(ev, "TypeError", "%s() got an unexpected keyword argument '%s'",
					   python_name(&callee), args->names[0]);
}
