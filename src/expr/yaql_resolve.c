/*-------------------------------------------------------------------------
 *
 * yaql_resolve.c
 *	  The functions of YAQL, and which of them a call means.
 *
 * The tables of builtins are turned into one sorted registry when the first
 * expression is parsed.  It stays for the life of the process and lies in
 * static storage, since its size is known.
 *
 * Parameters are written as words separated by blanks:
 *
 *		name:type			must be given, is not null
 *		name:type?			may be null
 *		name:type=value		null, none, true, false or an integer when not given
 *		*name:type			takes all further positional arguments
 *		**name:type			takes all further named arguments
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

#include "expr/value_string.h"
#include "expr/yaql.h"

#define MAX_OVERLOADS	400
#define MAX_PARAMETERS	1000
#define SHARED_TEXT		2048

static const YaqlBuiltin *const tables[] =
{
	mst_yaql_aggregate_functions,
	mst_yaql_branching_functions,
	mst_yaql_collection_functions,
	mst_yaql_conversion_functions,
	mst_yaql_datetime_functions,
	mst_yaql_dict_functions,
	mst_yaql_generator_functions,
	mst_yaql_join_functions,
	mst_yaql_math_functions,
	mst_yaql_order_functions,
	mst_yaql_query_functions,
	mst_yaql_regex_functions,
	mst_yaql_set_functions,
	mst_yaql_slice_functions,
	mst_yaql_string_functions,
	mst_yaql_system_functions
};

static YaqlOverload overloads[MAX_OVERLOADS];
static int	noverloads = 0;
static YaqlParam parameters[MAX_PARAMETERS];
static int	nparameters = 0;

/* parameter names of the functions that both languages have, in camel case */
static char shared_text[SHARED_TEXT];
static int	shared_used = 0;

/* ---- types of parameters ---- */

static bool
is_set(const ExprValue *v)
{
	return mst_yaql_is_set_like(v);
}

static bool
is_no_set(const ExprValue *v)
{
	return !mst_yaql_is_set_like(v);
}

static bool
is_single_pass(const ExprValue *v)
{
	return mst_yaql_is_single_pass(v);
}

#define BIT(kind)	YAQL_KIND_BIT(EXPR_##kind)
#define INTEGERS	(BIT(INT) | BIT(BIGINT))
#define ITERABLES	(BIT(LIST) | BIT(SET) | BIT(ITERATOR) | BIT(VIEW) | BIT(RANGE))

static const struct
{
	const char *name;
	uint32		kinds;
	bool		(*test) (const ExprValue *v);
}			types[] =
{
	{"any", ~(BIT(NULL) | BIT(UNDEFINED)), NULL},
	{"bool", BIT(BOOL), NULL},
	{"datetime", BIT(DATETIME), NULL},
	{"dict", BIT(DICT), NULL},
	{"int", INTEGERS | BIT(BOOL), NULL},
	{"iter", ITERABLES, NULL},
	{"iterator", BIT(ITERATOR), is_single_pass},
	{"lambda", BIT(OBJECT), NULL},
	{"lazymapping", BIT(OBJECT), NULL},
	{"list", BIT(LIST), NULL},
	{"mapping", 0, NULL},
	{"nonset", ITERABLES, is_no_set},
	{"number", INTEGERS | BIT(FLOAT), NULL},
	{"ordering", BIT(ITERATOR), mst_yaql_is_ordering},
	{"regex", BIT(REGEX), NULL},
	{"set", BIT(SET) | BIT(VIEW), is_set},
	{"str", BIT(STRING), NULL},
	{"strictint", INTEGERS, NULL},
	{"timespan", BIT(TIMESPAN), NULL}
};

/* ---- building the registry ---- */

static bool
word_is(const char *s, int len, const char *word)
{
	return mst_yaql_name_is(s, len, word, strlen(word));
}

static ExprValue
default_from_text(const char *s, int len)
{
	int64		n = 0;
	bool		is_negative = *s == '-';

	if (word_is(s, len, "null"))
		return mst_value_null();
	if (word_is(s, len, "none"))
		return mst_value_no_value();
	if (word_is(s, len, "true") || word_is(s, len, "false"))
		return mst_value_bool(*s == 't');
	for (int i = is_negative ? 1 : 0; i < len; i++)
		n = n * 10 + (s[i] - '0');
	return mst_value_int(is_negative ? -n : n);
}

static void
set_type(YaqlParam *param, const char *type, int len)
{
	bool		is_nullable = len > 0 && type[len - 1] == '?';

	if (is_nullable)
		len--;
	for (int i = 0; i < lengthof(types); i++)
	{
		if (!word_is(type, len, types[i].name))
			continue;
		param->kinds = types[i].kinds | (is_nullable ? BIT(NULL) : 0);
		param->test = types[i].test;
		param->is_lazy = word_is(type, len, "lambda") ||
			word_is(type, len, "lazymapping");
		param->is_mapping = word_is(type, len, "mapping") ||
			word_is(type, len, "lazymapping");
		return;
	}
	elog(ERROR, "unrecognized parameter type: %.*s", len, type);
}

/* Reads one word of a row's parameters, at s, into *param. */
static void
parse_parameter(YaqlParam *param, const char *s, int len)
{
	const char *colon = memchr(s, ':', len);
	const char *equals = memchr(s, '=', len);
	const char *end = s + len;

	Assert(colon != NULL);
	param->name = s;
	param->len = colon - s;
	param->has_default = equals != NULL;
	if (equals != NULL)
		param->default_value = default_from_text(equals + 1, end - equals - 1);
	set_type(param, colon + 1, (equals != NULL ? equals : end) - (colon + 1));
}

static YaqlParam *
new_parameter(void)
{
	if (nparameters >= MAX_PARAMETERS)
		elog(ERROR, "too many parameters of functions");
	return &parameters[nparameters++];
}

static YaqlOverload *
new_overload(const char *name, int flags)
{
	YaqlOverload *overload;

	if (noverloads >= MAX_OVERLOADS)
		elog(ERROR, "too many functions");
	overload = &overloads[noverloads++];
	overload->name = name;
	overload->flags = flags;
	overload->params = &parameters[nparameters];
	return overload;
}

static void
register_builtin(const YaqlBuiltin *builtin)
{
	YaqlOverload *overload = new_overload(builtin->name, builtin->flags);
	const char *s = builtin->params;

	overload->function = builtin->function;
	while (*s != '\0')
	{
		int			stars = strspn(s, "*");
		int			len = strcspn(s + stars, " ");
		YaqlParam  *param = new_parameter();

		parse_parameter(param, s + stars, len);
		if (stars == 0)
			overload->nparams++;
		else if (stars == 1)
			overload->rest = param;
		else
			overload->named_rest = param;
		s += stars + len;
		s += strspn(s, " ");
	}
	Assert(overload->nparams <= YAQL_MAX_PARAMS);
}

/* "root_execution_id" as "rootExecutionId", in static memory. */
static const char *
camel_case(const char *name)
{
	char	   *result = shared_text + shared_used;
	char	   *out = result;

	if (shared_used + strlen(name) + 1 > SHARED_TEXT)
		elog(ERROR, "too many parameters of functions");
	for (; *name != '\0'; name++)
	{
		if (*name == '_' && name[1] != '\0')
		{
			name++;
			*out++ = (*name >= 'a' && *name <= 'z') ? *name - 'a' + 'A' : *name;
		}
		else
			*out++ = *name;
	}
	*out++ = '\0';
	shared_used = out - shared_text;
	return result;
}

static bool
call_shared(YaqlCall *call, ExprValue *result)
{
	return call->overload->shared->call(call->cxt, call->args, result);
}

/*
 * A function of both languages.  Its parameters take anything, but what has a
 * boolean as its default takes nothing else.
 */
static void
register_shared(const ExprFunction *shared)
{
	YaqlOverload *overload = new_overload(shared->name, YAQL_FUNCTION);

	overload->function = call_shared;
	overload->shared = shared;
	for (int i = 0; i < shared->max_args; i++)
	{
		YaqlParam  *param = new_parameter();
		bool		is_flag = strcmp(shared->params[i], "recursive") == 0 ||
			strcmp(shared->params[i], "flat") == 0;

		param->name = camel_case(shared->params[i]);
		param->len = strlen(param->name);
		param->has_default = i >= shared->min_args;
		param->default_value = mst_value_no_value();
		set_type(param, is_flag ? "bool" : "any?", 4);
		overload->nparams++;
	}
}

static int
compare_overloads(const void *a, const void *b)
{
	const YaqlOverload *left = a;
	const YaqlOverload *right = b;
	int			order = strcmp(left->name, right->name);

	/* keep the order of the tables among overloads of one name */
	if (order == 0)
		order = left->params < right->params ? -1 : left->params > right->params;
	return order;
}

static void
build_registry(void)
{
	if (noverloads > 0)
		return;
	for (int i = 0; i < lengthof(tables); i++)
	{
		for (const YaqlBuiltin *row = tables[i]; row->name != NULL; row++)
			register_builtin(row);
	}
	for (const ExprFunction *row = mst_expr_functions; row->name != NULL; row++)
		register_shared(row);
	qsort(overloads, noverloads, sizeof(YaqlOverload), compare_overloads);
}

static int
compare_name(const YaqlOverload *overload, const char *name, int len)
{
	int			overload_len = strlen(overload->name);
	int			order = memcmp(overload->name, name, Min(overload_len, len));

	return order != 0 ? order : overload_len - len;
}

/* The first overload of that name; *n tells how many follow it, with it. */
static const YaqlOverload *
find_overloads(const char *name, int len, int *n)
{
	int			low = 0;
	int			high;

	build_registry();
	high = noverloads;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (compare_name(&overloads[middle], name, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*n = 0; low + *n < noverloads; (*n)++)
	{
		if (compare_name(&overloads[low + *n], name, len) != 0)
			break;
	}
	return &overloads[low];
}

/*
 * Answers whether a function or method of that name exists.
 */
bool
mst_yaql_has_function(const char *name, int len)
{
	int			n;

	(void) find_overloads(name, len, &n);
	return n > 0;
}

/* ---- resolving ---- */

/*
 * The named argument with a parameter's name, counted after the others; or
 * -1.  Of several the last one counts; adds their number to *nused.
 */
static int
find_named(const YaqlCallSite *site, const YaqlParam *param, int *nused)
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

/* Whether an argument as written can go to a parameter. */
static bool
fits_parameter(const YaqlNode *arg, const YaqlParam *param)
{
	if (arg->kind == YAQL_NODE_MAPPING || param->is_mapping)
		return arg->kind == YAQL_NODE_MAPPING && param->is_mapping;
	if (param->is_lazy)
		return true;
	if (arg->kind == YAQL_NODE_CONST)
		return mst_yaql_accepts(param, &arg->u.constant);
	if (arg->kind == YAQL_NODE_EMPTY)
		return (param->kinds & BIT(NO_VALUE)) != 0;
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

	for (int i = 0; i < overload->nparams; i++)
	{
		const YaqlParam *param = &overload->params[i];
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
	return candidate->nnamed_rest == 0 || overload->named_rest != NULL;
}

/* Whether the arguments beyond the parameters fit; sets how many they are. */
static bool
map_rest(const YaqlCallSite *site, int npositional, YaqlCandidate *candidate)
{
	const YaqlOverload *overload = candidate->overload;

	candidate->nrest = Max(npositional - overload->nparams, 0);
	if (candidate->nrest > 0 && overload->rest == NULL)
		return false;
	for (int i = overload->nparams; i < npositional; i++)
	{
		if (!fits_parameter(site->args[i], overload->rest))
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

	for (int i = 0; i < overload->nparams; i++)
	{
		if (candidate->source[i] >= 0 && overload->params[i].is_lazy)
			has_any = lazy[candidate->source[i]] = true;
	}
	if (overload->rest != NULL && overload->rest->is_lazy)
	{
		for (int i = overload->nparams; i < npositional; i++)
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
 * Chooses the overloads that a call may mean.
 */
void
mst_yaql_resolve(YaqlCallSite *site)
{
	int			wanted = site->is_method ? YAQL_METHOD : YAQL_FUNCTION;
	int			n;
	const YaqlOverload *found = find_overloads(site->name, site->len, &n);
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

/* "len" when "lenn" was meant, among what could have been written there. */
static const char *
suggest_name(const YaqlCallSite *site)
{
	int			wanted = site->is_method ? YAQL_METHOD : YAQL_FUNCTION;
	const char **names = palloc(noverloads * sizeof(char *));
	int			n = 0;

	for (int i = 0; i < noverloads; i++)
	{
		if ((overloads[i].flags & wanted) != 0 && overloads[i].name[0] != '#')
			names[n++] = overloads[i].name;
	}
	return mst_expr_suggest(site->name, site->len, names, n);
}

/* Why a name was not found where it stands, for the author; or NULL. */
static char *
unknown_hint(const YaqlCallSite *site)
{
	const char *near;

	if (site->len == 0 || site->name[0] == '#')
		return NULL;
	if (mst_yaql_has_function(site->name, site->len))
		return psprintf(site->is_method ?
						"\"%.*s\" is a function: write %.*s(...)." :
						"\"%.*s\" is a method: write value.%.*s(...).",
						site->len, site->name, site->len, site->name);
	near = suggest_name(site);
	return near != NULL ? psprintf("Did you mean \"%s\"?", near) : NULL;
}

static void
append_usage(StringInfo out, const YaqlOverload *overload, bool is_method)
{
	int			nparams = overload->nparams;
	bool		is_first = true;

	if (overload->rest != NULL)
		nparams++;
	if (is_method)
		appendStringInfoString(out, "value.");
	appendStringInfo(out, "%s(", overload->name);
	for (int i = is_method ? 1 : 0; i < nparams; i++)
	{
		const YaqlParam *param = &overload->params[i];

		appendStringInfo(out, "%s%.*s%s", is_first ? "" : ", ",
						 param->len, param->name,
						 param == overload->rest ? " ..." : param->has_default ? "?" : "");
		is_first = false;
	}
	appendStringInfoChar(out, ')');
}

/* How the function can be called. */
static char *
usage_hint(const YaqlCallSite *site)
{
	int			wanted = site->is_method ? YAQL_METHOD : YAQL_FUNCTION;
	StringInfoData out;
	int			n;
	const YaqlOverload *found = find_overloads(site->name, site->len, &n);

	if (site->name[0] == '#')
		return NULL;
	initStringInfo(&out);
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

/* The receiver as messages show it: strings without quotes. */
static char *
receiver_text(ExprContext *cxt, const ExprValue *receiver)
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

/*
 * Raises the error of a call that found nothing to call; receiver is that of
 * a method.  Always returns false.
 */
bool
mst_yaql_fail_call(ExprContext *cxt, const YaqlCallSite *site,
				   YaqlResolution why, const ExprValue *receiver)
{
	const char *kind = site->is_method ? "method" : "function";
	char	   *place = "";
	char	   *hint = NULL;

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
