/*-------------------------------------------------------------------------
 *
 * registry.c
 *	  The functions of YAQL and the types of their parameters.
 *
 * The tables of builtins, which are handed down, are turned into one sorted
 * registry when the first expression is parsed.  It stays for the life of the
 * process and lies in static storage, since its size is known.  Parameters
 * are written in the notation of lang/signature.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "value/make.h"
#include "yaql/sequences.h"

#define MAX_OVERLOADS	400
#define SHARED_TEXT		2048

static YaqlOverload overloads[MAX_OVERLOADS];
static int	noverloads = 0;

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

#define BIT(kind)	EXPR_KIND_BIT(EXPR_##kind)
#define INTEGERS	(BIT(INT) | BIT(BIGINT))
#define ITERABLES	(BIT(LIST) | BIT(SET) | BIT(ITERATOR) | BIT(VIEW) | BIT(RANGE))

static const ExprParamType types[] =
{
	{"any", ~(BIT(NULL) | BIT(UNDEFINED)), NULL},
	{"bool", BIT(BOOL), NULL},
	{"datetime", BIT(DATETIME), NULL},
	{"dict", BIT(DICT), NULL},
	{"int", INTEGERS | BIT(BOOL), NULL},
	{"iter", ITERABLES, NULL},
	{"iterator", BIT(ITERATOR), is_single_pass},
	{"lambda", BIT(OBJECT), NULL, .is_lazy = true},
	{"lazymapping", BIT(OBJECT), NULL, .is_lazy = true, .is_mapping = true},
	{"list", BIT(LIST), NULL},
	{"mapping", 0, NULL, .is_mapping = true},
	{"nonset", ITERABLES, is_no_set},
	{"number", INTEGERS | BIT(FLOAT), NULL},
	{"ordering", BIT(ITERATOR), mst_yaql_is_ordering},
	{"regex", BIT(REGEX), NULL},
	{"set", BIT(SET) | BIT(VIEW), is_set},
	{"str", BIT(STRING), NULL},
	{"strictint", INTEGERS, NULL},
	{"timespan", BIT(TIMESPAN), NULL}
};

static const ExprParamType *
find_type(const char *name, int len)
{
	for (int i = 0; i < lengthof(types); i++)
	{
		if (mst_yaql_name_is(name, len, types[i].name, strlen(types[i].name)))
			return &types[i];
	}
	return NULL;
}

/* ---- building the registry ---- */

static YaqlOverload *
new_overload(const char *name, int flags)
{
	YaqlOverload *overload;

	if (noverloads >= MAX_OVERLOADS)
		elog(ERROR, "too many functions");
	overload = &overloads[noverloads++];
	overload->name = name;
	overload->flags = flags;
	return overload;
}

static void
register_builtin(const YaqlBuiltin *builtin)
{
	YaqlOverload *overload = new_overload(builtin->name, builtin->flags);

	overload->function = builtin->function;
	overload->plain = &builtin->plain;
	mst_signature_read(builtin->params, find_type, &overload->takes);
	Assert(overload->takes.nparams <= YAQL_MAX_PARAMS);
}

/* "root_execution_id" as "rootExecutionId", in static memory. */
static const char *
camel_case(const char *name, int *len)
{
	const char *end = name + *len;
	char	   *result = shared_text + shared_used;
	char	   *out = result;

	if (shared_used + *len > SHARED_TEXT)
		elog(ERROR, "too many parameters of functions");
	for (; name < end; name++)
	{
		if (*name == '_' && name + 1 < end)
		{
			name++;
			*out++ = (*name >= 'a' && *name <= 'z') ? *name - 'a' + 'A' : *name;
		}
		else
			*out++ = *name;
	}
	shared_used = out - shared_text;
	*len = out - result;
	return result;
}

static bool
call_shared(YaqlCall *call, ExprValue *result)
{
	return call->overload->shared->call(call->cxt, call->args, result);
}

/* A function of both languages, whose parameters are named as here. */
static void
register_shared(const ExprFunction *shared)
{
	YaqlOverload *overload = new_overload(shared->name, YAQL_FUNCTION);

	overload->function = call_shared;
	overload->shared = shared;
	mst_signature_read(shared->params, find_type, &overload->takes);
	for (int i = 0; i < overload->takes.nparams; i++)
	{
		ExprParam  *param = &overload->takes.params[i];

		param->name = camel_case(param->name, &param->len);
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
		order = left->takes.params < right->takes.params ? -1 :
			left->takes.params > right->takes.params;
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
 * Returns the overloads of a name; *n tells how many there are.
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
 * Returns the name closest to one that does not exist, among functions or
 * methods (flag); NULL when none is near.
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

/* ---- for the reference ---- */

#define PROPERTY_PREFIX	"#property#"

/*
 * Returns how a function is written; one that also is a method, as a function.
 */
static const char *
usage_of(const YaqlBuiltin *row)
{
	const char *first = mst_signature_first_name(row->params);

	if (strncmp(row->name, PROPERTY_PREFIX, strlen(PROPERTY_PREFIX)) == 0)
		return psprintf("%s.%s", first, row->name + strlen(PROPERTY_PREFIX));
	if ((row->flags & YAQL_FUNCTION) != 0)
		return psprintf("%s(%s)", row->name, mst_signature_names(row->params, false));
	if (*first == '*')
		return psprintf("value.%s(%s)", row->name, mst_signature_names(row->params, false));
	return psprintf("%s.%s(%s)", first, row->name, mst_signature_names(row->params, true));
}

/*
 * Calls sink for each row of the tables that mst_yaql_register() is given.
 */
void
mst_yaql_each_builtin(const YaqlBuiltin *const *tables, int ntables, ExprBuiltinSink sink, void *arg)
{
	for (int i = 0; i < ntables; i++)
	{
		for (const YaqlBuiltin *row = tables[i]; row->name != NULL; row++)
		{
			ExprBuiltin builtin = {row->name, NULL, row->params, usage_of(row)};

			if (row->name[0] == '#')
			{
				builtin.name += strlen(PROPERTY_PREFIX);
				builtin.kind = "property";
			}
			else if ((row->flags & YAQL_FUNCTION) == 0)
				builtin.kind = "method";
			else
				builtin.kind = (row->flags & YAQL_METHOD) != 0 ? "function or method" : "function";
			sink(arg, &builtin);
		}
	}
}
