/*-------------------------------------------------------------------------
 *
 * resolve.c
 *	  Which function a call means.
 *
 * Resolving a call is split as the language splits it.  What depends on the
 * text alone (number and names of arguments, literals of a wrong type, which
 * arguments are lambdas) is decided once, here.  What depends on the computed
 * arguments is left to the evaluator, which has to look only at the
 * candidates that are left, mostly one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/make.h"
#include "value/string.h"
#include "value/text.h"
#include "value/unicode.h"
#include "yaql/resolve.h"
#include "yaql/sequences.h"

/* ---- resolving ---- */

/*
 * Returns the named argument with a parameter's name, counted after the others; or
 * -1.  Of several the last one counts; adds their number to *nused.
 */
static int
find_named(const YaqlCallSite *site, const ExprParam *param, int *nused)
{
	int			found = -1;

	for (int i = 0; i < site->nnamed; i++)
	{
		const ExprValue *key = &site->args[site->nargs + i]->u.pair.left->u.constant;

		if (!mst_yaql_name_is(key->u.string, key->len, param->name, param->len))
			continue;
		found = site->nargs + i;
		(*nused)++;
	}
	return found;
}

/* Returns whether an argument as written can go to a parameter. */
static bool
fits_parameter(const YaqlNode *arg, const ExprParam *param)
{
	if (arg->kind == YAQL_NODE_MAPPING || param->type->is_mapping)
		return arg->kind == YAQL_NODE_MAPPING && param->type->is_mapping;
	if (param->type->is_lazy)
		return true;
	if (arg->kind == YAQL_NODE_CONST)
		return mst_yaql_accepts(param, &arg->u.constant);
	if (arg->kind == YAQL_NODE_EMPTY)
		return (param->kinds & EXPR_KIND_BIT(EXPR_NO_VALUE)) != 0;
	return true;
}

static const YaqlNode *
named_value(const YaqlCallSite *site, int arg)
{
	return site->args[arg]->u.pair.right;
}

/* Finds the argument of each parameter; false when the overload does not fit. */
static bool
map_parameters(const YaqlCallSite *site, int npositional, YaqlCandidate *candidate)
{
	const YaqlOverload *overload = candidate->overload;
	int			nused = 0;

	for (int i = 0; i < overload->takes.nparams; i++)
	{
		const ExprParam *param = &overload->takes.params[i];
		int			named = site->no_named ? -1 : find_named(site, param, &nused);
		bool		is_given = i < npositional && site->args[i]->kind != YAQL_NODE_EMPTY;

		candidate->source[i] = -1;
		if (is_given)
		{
			if (named >= 0 || !fits_parameter(site->args[i], param))
				return false;
			candidate->source[i] = i;
		}
		else if (named >= 0)
		{
			if (!fits_parameter(named_value(site, named), param))
				return false;
			candidate->source[i] = named;
		}
		else if (!param->has_default)
			return false;
	}
	candidate->nnamed_rest = site->no_named ? 0 : site->nnamed - nused;
	return candidate->nnamed_rest == 0 || overload->takes.named_rest != NULL;
}

/*
 * Returns whether the arguments beyond the parameters fit; sets how many they
 * are.
 */
static bool
map_rest(const YaqlCallSite *site, int npositional, YaqlCandidate *candidate)
{
	const YaqlOverload *overload = candidate->overload;

	candidate->nrest = Max(npositional - overload->takes.nparams, 0);
	if (candidate->nrest > 0 && overload->takes.rest == NULL)
		return false;
	for (int i = overload->takes.nparams; i < npositional; i++)
	{
		if (!fits_parameter(site->args[i], overload->takes.rest))
			return false;
	}
	return true;
}

/* Which arguments an overload takes unevaluated; NULL when none. */
static bool *
lazy_arguments(const YaqlCallSite *site, int npositional, const YaqlCandidate *candidate)
{
	const YaqlOverload *overload = candidate->overload;
	bool	   *lazy = palloc0(site->nargs + site->nnamed + 1);
	bool		has_any = false;

	for (int i = 0; i < overload->takes.nparams; i++)
	{
		if (candidate->source[i] >= 0 && overload->takes.params[i].type->is_lazy)
			has_any = lazy[candidate->source[i]] = true;
	}
	if (overload->takes.rest != NULL && overload->takes.rest->type->is_lazy)
	{
		for (int i = overload->takes.nparams; i < npositional; i++)
			has_any = lazy[i] = true;
	}
	if (!has_any)
	{
		pfree(lazy);
		return NULL;
	}
	return lazy;
}

static bool
same_lazy(const YaqlCallSite *site, const bool *a, const bool *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return memcmp(a, b, site->nargs + site->nnamed) == 0;
}

/* Named arguments must be named by a word. */
static bool
check_named(const YaqlCallSite *site)
{
	for (int i = 0; i < site->nnamed; i++)
	{
		const YaqlNode *key = site->args[site->nargs + i]->u.pair.left;

		if (key->kind != YAQL_NODE_CONST || !key->is_keyword)
			return false;
	}
	return true;
}

/* Adds the overload to the candidates if it fits; false: it makes the call ambiguous. */
static bool
try_overload(YaqlCallSite *site, const YaqlOverload *overload)
{
	int			npositional = site->nargs + (site->no_named ? site->nnamed : 0);
	YaqlCandidate candidate = {overload};
	bool	   *lazy;

	if (!map_parameters(site, npositional, &candidate) ||
		!map_rest(site, npositional, &candidate))
		return true;
	lazy = lazy_arguments(site, npositional, &candidate);
	if (site->ncandidates == 0)
		site->lazy = lazy;
	else if (!same_lazy(site, site->lazy, lazy))
		return false;
	site->candidates[site->ncandidates++] = candidate;
	return true;
}

/*
 * Answers whether "key => value" among the arguments of a function or method
 * names a parameter.  False: it is a pair like any other argument, so that
 * nothing can be passed by name; true also when there is none of the name.
 */
bool
mst_yaql_takes_names(const char *name, int len, bool is_method)
{
	int			wanted = is_method ? YAQL_METHOD : YAQL_FUNCTION;
	int			n;
	const YaqlOverload *found = mst_yaql_find_overloads(name, len, &n);

	for (int i = 0; i < n; i++)
	{
		if ((found[i].flags & wanted) != 0)
			return (found[i].flags & YAQL_NO_NAMED) == 0;
	}
	return true;
}

/* Chooses the overloads that a call may mean; sets what follows `args`. */
void
mst_yaql_resolve(YaqlCallSite *site)
{
	int			wanted = site->is_method ? YAQL_METHOD : YAQL_FUNCTION;
	int			n;
	const YaqlOverload *found = mst_yaql_find_overloads(site->name, site->len, &n);
	bool		is_first = true;

	site->resolution = YAQL_UNKNOWN;
	site->candidates = NULL;
	for (int i = 0; i < n; i++)
	{
		bool		no_named = (found[i].flags & YAQL_NO_NAMED) != 0;

		if ((found[i].flags & wanted) == 0)
			continue;
		if (is_first)
		{
			site->no_named = no_named;
			if (!no_named && !check_named(site))
			{
				site->resolution = YAQL_BAD_NAMED;
				return;
			}
			site->candidates = palloc(n * sizeof(YaqlCandidate));
			is_first = false;
		}
		if (no_named != site->no_named || !try_overload(site, &found[i]))
		{
			site->resolution = YAQL_AMBIGUOUS;
			return;
		}
	}
	if (!is_first)
		site->resolution = site->ncandidates > 0 ? YAQL_RESOLVED : YAQL_NO_MATCH;
}

/* ---- messages ---- */

/*
 * Returns why a name was not found where it stands, for the author; or NULL.
 */
static char *
unknown_hint(const YaqlCallSite *site)
{
	static const char *const operators[] = {"and", "in", "mod", "not", "or"};
	const char *near;

	if (site->len == 0 || site->name[0] == '#')
		return NULL;
	for (int i = 0; i < lengthof(operators); i++)
	{
		if (mst_yaql_name_is(site->name, site->len, operators[i], strlen(operators[i])))
			return psprintf("As an operator, \"%s\" needs a space before the parenthesis.",
							operators[i]);
	}
	if (mst_yaql_has_function(site->name, site->len))
		return psprintf(site->is_method ?
						"\"%.*s\" is a function: write %.*s(...)." :
						"\"%.*s\" is a method: write value.%.*s(...).",
						site->len, site->name, site->len, site->name);
	near = mst_yaql_suggest(site->name, site->len,
							site->is_method ? YAQL_METHOD : YAQL_FUNCTION);
	return near != NULL ? psprintf("Did you mean \"%s\"?", near) : NULL;
}

/* "collection.where(predicate)"; the first parameter of a method is its receiver. */
static void
append_usage(StringInfo out, const YaqlOverload *overload, bool is_method)
{
	int			nparams = overload->takes.nparams + (overload->takes.rest != NULL ? 1 : 0);
	bool		is_first = true;

	if (is_method)
		appendStringInfo(out, "%.*s.", overload->takes.params[0].len, overload->takes.params[0].name);
	appendStringInfo(out, "%s(", overload->name);
	for (int i = is_method && overload->takes.nparams > 0 ? 1 : 0; i < nparams; i++)
	{
		const ExprParam *param = &overload->takes.params[i];

		appendStringInfo(out, "%s%.*s%s", is_first ? "" : ", ",
						 param->len, param->name,
						 param == overload->takes.rest ? " ..." : param->has_default ? "?" : "");
		is_first = false;
	}
	appendStringInfoChar(out, ')');
}

/* Returns how the function can be called. */
static char *
usage_hint(const YaqlCallSite *site)
{
	int			wanted = site->is_method ? YAQL_METHOD : YAQL_FUNCTION;
	StringInfoData out;
	int			n;
	const YaqlOverload *found = mst_yaql_find_overloads(site->name, site->len, &n);

	if (site->name[0] == '#')
		return NULL;
	mst_text_init(&out);
	for (int i = 0; i < n; i++)
	{
		if ((found[i].flags & wanted) == 0)
			continue;
		appendStringInfoString(&out, out.len == 0 ? "It is called as " : " or ");
		append_usage(&out, &found[i], site->is_method);
	}
	appendStringInfoChar(&out, '.');
	return out.data;
}

/* Returns the receiver as messages show it: strings without quotes. */
static char *
receiver_text(EvalContext *cxt, const ExprValue *receiver)
{
	const int	longest = 100;

	if (receiver->kind != EXPR_STRING)
		return mst_value_brief(cxt, receiver);
	if (mst_string_length(receiver) <= longest)
		return pnstrdup(receiver->u.string, receiver->len);
	return psprintf("%.*s...",
					mst_utf8_offset(receiver->u.string, receiver->len, longest),
					receiver->u.string);
}

#define PROPERTY_PREFIX "#property#"

/* A property that its receiver has not got; returns false. */
static bool
fail_property(EvalContext *cxt, const YaqlCallSite *site, YaqlResolution why,
			  const ExprValue *receiver)
{
	const int	prefix = strlen(PROPERTY_PREFIX);

	mst_expr_fail(cxt, why == YAQL_UNKNOWN ? "NoFunctionRegisteredException" :
				  "NoMatchingFunctionException",
				  "%s has no property \"%.*s\"", mst_value_what(receiver), site->len - prefix, site->name + prefix);
	if (cxt->error->hint == NULL && receiver->kind == EXPR_NULL)
		cxt->error->hint = psprintf("Write \"?.%.*s\" to get null then.",
									site->len - prefix, site->name + prefix);
	return false;
}

/*
 * Raises the error of a call that found nothing to call; receiver is that of
 * a method or property.  Always returns false.
 */
bool
mst_yaql_fail_call(EvalContext *cxt, const YaqlCallSite *site,
				   YaqlResolution why, const ExprValue *receiver)
{
	const char *kind = site->is_method ? "method" : "function";
	char	   *place = "";
	char	   *hint = NULL;

	if (receiver != NULL && strncmp(site->name, PROPERTY_PREFIX, strlen(PROPERTY_PREFIX)) == 0)
		return fail_property(cxt, site, why, receiver);
	if (site->is_method && receiver != NULL)
		place = psprintf(" for receiver %s", receiver_text(cxt, receiver));
	switch (why)
	{
		case YAQL_UNKNOWN:
			hint = unknown_hint(site);
			mst_expr_fail(cxt, site->is_method ? "NoMethodRegisteredException" :
						  "NoFunctionRegisteredException",
						  "Unknown %s \"%.*s\"%s", kind, site->len, site->name, place);
			break;
		case YAQL_AMBIGUOUS:
			mst_expr_fail(cxt, site->is_method ? "AmbiguousMethodException" :
						  "AmbiguousFunctionException",
						  "Ambiguous %s \"%.*s\"%s", kind, site->len, site->name, place);
			break;
		case YAQL_BAD_NAMED:
			mst_expr_fail(cxt, "MappingTranslationException",
						  "Cannot convert mapping to keyword argument");
			break;
		case YAQL_NO_MATCH:
		case YAQL_RESOLVED:
			hint = usage_hint(site);
			mst_expr_fail(cxt, site->is_method ? "NoMatchingMethodException" :
						  "NoMatchingFunctionException",
						  "No %s \"%.*s\"%s matches supplied arguments",
						  kind, site->len, site->name, place);
			break;
	}
	if (cxt->error->hint == NULL)
		cxt->error->hint = hint;
	return false;
}
