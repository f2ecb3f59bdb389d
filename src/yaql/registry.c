/*-------------------------------------------------------------------------
 *
 * registry.c
 *	  The functions of YAQL and their parameters.
 *
 * The tables of builtins, which are handed down, are turned into one sorted
 * registry when the first expression is parsed.  It stays for the life of the process and lies in
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
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/make.h"
#include "yaql/sequences.h"

#define MAX_OVERLOADS	400
#define MAX_PARAMETERS	1000
#define SHARED_TEXT		2048

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

/*
 * Builds the registry of the tables of builtins, each ended by a row without
 * name, and of the functions that both languages have.  Does nothing when it
 * has been built; to be called before anything is looked up.
 */
void
mst_yaql_register(const YaqlBuiltin *const *tables, int ntables)
{
	if (noverloads > 0)
		return;
	for (int i = 0; i < ntables; i++)
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

/*
 * The overloads of a name; *n tells how many there are.
 */
const YaqlOverload *
mst_yaql_find_overloads(const char *name, int len, int *n)
{
	int			low = 0;
	int			high = noverloads;

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

	(void) mst_yaql_find_overloads(name, len, &n);
	return n > 0;
}

/*
 * The name closest to one that does not exist, among functions or methods
 * (flag); NULL when none is near.
 */
const char *
mst_yaql_suggest(const char *name, int len, int flag)
{
	const char **names = palloc(noverloads * sizeof(char *));
	int			n = 0;

	for (int i = 0; i < noverloads; i++)
	{
		if ((overloads[i].flags & flag) != 0 && overloads[i].name[0] != '#')
			names[n++] = overloads[i].name;
	}
	return mst_expr_suggest(name, len, names, n);
}
