/*-------------------------------------------------------------------------
 *
 * tables.c
 *	  Filters, tests, globals and methods by name.
 *
 * The tables are handed down by the file of the language (jinja.c), so that
 * the parser, which looks names up, stands below the builtins, which need the
 * evaluator.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "jinja/arguments.h"
#include "jinja/builtins.h"

static const JinjaTables *tables;

/* Sets the tables in which all others here look; they are never released. */
void
mst_jinja_use_tables(const JinjaTables *all)
{
	tables = all;
}

/*
 * Finds a row of a table by name; NULL when there is none.
 */
const JinjaBuiltin *
mst_jinja_find_in(const JinjaBuiltin *table, const char *name, int len)
{
	for (; table->name != NULL; table++)
		if (strncmp(table->name, name, len) == 0 && table->name[len] == '\0')
			return table;
	return NULL;
}

/*
 * Finds a filter by name; NULL when there is none.
 */
const JinjaBuiltin *
mst_jinja_find_filter(const char *name, int len)
{
	for (int i = 0; tables->filters[i] != NULL; i++)
	{
		const JinjaBuiltin *found = mst_jinja_find_in(tables->filters[i], name, len);

		if (found != NULL)
			return found;
	}
	return NULL;
}

/*
 * Finds a test by name; NULL when there is none.
 */
const JinjaBuiltin *
mst_jinja_find_test(const char *name, int len)
{
	return mst_jinja_find_in(tables->tests[0], name, len);
}

/*
 * Finds a global function by name; NULL when there is none.
 */
const JinjaBuiltin *
mst_jinja_find_global(const char *name, int len)
{
	return mst_jinja_find_in(tables->globals, name, len);
}

/*
 * Returns the filter or test that a name was perhaps meant to be; NULL when
 * none is like it.
 */
const char *
mst_jinja_suggest(bool is_test, const char *name, int len)
{
	const JinjaBuiltin *const *from = is_test ? tables->tests : tables->filters;
	const char *names[200] = {NULL};
	int			n = 0;

	for (; *from != NULL; from++)
	{
		for (const JinjaBuiltin *b = *from; b->name != NULL && n < lengthof(names); b++)
			names[n++] = b->name;
	}
	return mst_expr_suggest(name, len, names, n);
}

/* ---- methods ---- */

/*
 * Returns a method or attribute of the type of a value, most special table
 * first.
 */
static const JinjaBuiltin *const *
method_tables(const ExprValue *object)
{
	if (mst_jinja_is_markup(object))
		return tables->markup_methods;
	if (object->kind == EXPR_LIST && mst_value_is_frozen(object))
		return tables->tuple_methods;
	return tables->methods[object->kind];
}

/*
 * Returns the method or attribute that object.name is, or NULL.
 */
const JinjaBuiltin *
mst_jinja_find_method(const ExprValue *object, const char *name, int len)
{
	const JinjaBuiltin *const *from = method_tables(object);

	for (int i = 0; i < JINJA_METHOD_TABLES && from[i] != NULL; i++)
	{
		const JinjaBuiltin *found = mst_jinja_find_in(from[i], name, len);

		if (found != NULL)
			return found;
	}
	return NULL;
}

/* Returns the method of dictionaries of that name, or NULL. */
const JinjaBuiltin *
mst_jinja_find_dict_method(const char *name, int len)
{
	return mst_jinja_find_in(tables->methods[EXPR_DICT][0], name, len);
}

/*
 * Answers whether a value of some type has, or may have, an attribute of the
 * name; if not, a.name of a dictionary is its item without more ado.
 */
bool
mst_jinja_is_member_name(const char *name, int len)
{
	return name[0] == '_' || mst_jinja_find_dict_method(name, len) != NULL;
}

/* ---- for the reference ---- */

/*
 * Returns how a filter is written, or with the word "is", a test: "value |
 * trim(chars)".
 */
static const char *
usage_behind(const JinjaBuiltin *row, const char *operand, const char *word)
{
	const char *rest = mst_signature_names(row->params, true);

	return psprintf(*rest != '\0' ? "%s %s %s(%s)" : "%s %s %s", operand, word, row->name, rest);
}

/*
 * Returns how a method or an attribute is written: behind the type that has
 * it.
 */
static const char *
usage_of_member(const JinjaBuiltin *row)
{
	const char *type = mst_signature_first_type(row->params);

	if (row->property != NULL)
		return psprintf("%s.%s", type, row->name);
	return psprintf("%s.%s(%s)", type, row->name, mst_signature_names(row->params, true));
}

static void
each_of_table(const JinjaBuiltin *row, const char *kind, ExprBuiltinSink sink, void *arg)
{
	for (; row->name != NULL; row++)
	{
		ExprBuiltin builtin = {row->name, kind, row->params};

		if (strcmp(kind, "filter") == 0)
			builtin.usage = usage_behind(row, mst_signature_first_name(row->params), "|");
		else if (strcmp(kind, "test") == 0)
			builtin.usage = usage_behind(row, "value", "is");
		else if (strcmp(kind, "function") == 0)
			builtin.usage = psprintf("%s(%s)", row->name, mst_signature_names(row->params, false));
		else
		{
			builtin.usage = usage_of_member(row);
			if (row->property != NULL)
				builtin.kind = "attribute";
		}
		sink(arg, &builtin);
	}
}

static void
each_method(const JinjaTables *all, ExprBuiltinSink sink, void *arg)
{
	for (int kind = 0; kind <= EXPR_NO_VALUE; kind++)
	{
		const JinjaBuiltin *table = all->methods[kind][0];
		bool		is_seen = table == NULL;

		/* integers of all kinds have one */
		for (int i = 0; !is_seen && i < kind; i++)
			is_seen = all->methods[i][0] == table;
		if (!is_seen)
			each_of_table(table, "method", sink, arg);
	}
	each_of_table(all->markup_methods[0], "method", sink, arg);
	each_of_table(all->tuple_methods[0], "method", sink, arg);
	for (int i = 0; all->object_methods[i] != NULL; i++)
		each_of_table(all->object_methods[i], "method", sink, arg);
}

/*
 * Calls sink for each row of the tables.
 */
void
mst_jinja_each_builtin(const JinjaTables *all, ExprBuiltinSink sink, void *arg)
{
	for (int i = 0; all->filters[i] != NULL; i++)
		each_of_table(all->filters[i], "filter", sink, arg);
	for (int i = 0; all->tests[i] != NULL; i++)
		each_of_table(all->tests[i], "test", sink, arg);
	each_of_table(all->globals, "function", sink, arg);
	each_method(all, sink, arg);
}
