/*-------------------------------------------------------------------------
 *
 * builtins.h
 *	  Filters, tests, globals and methods: rows of tables, by theme.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_BUILTINS_H
#define MISTRAL_JINJA_BUILTINS_H

#include "jinja/frames.h"

/* Arguments of a call, evaluated. */
typedef struct JinjaArguments
{
	ExprValue  *values;
	int			count;
	const char **names;
	ExprValue  *named;
	int			nnamed;
} JinjaArguments;

#define JINJA_MAX_PARAMS 8

typedef bool (*JinjaFunction) (JinjaEval *ev, ExprValue *args, ExprValue *result);
typedef bool (*JinjaVariadic) (JinjaEval *ev, const JinjaArguments *args, ExprValue *result);

/*
 * A filter, test, global or method.  The first parameter is the value that a
 * filter, test or method is applied to.  Parameters called "" cannot be given
 * by name; those that were not given are EXPR_NO_VALUE.
 */
struct JinjaBuiltin
{
	const char *name;
	JinjaFunction call;			/* NULL: variadic, or an attribute with a
								 * value */
	const char *params[JINJA_MAX_PARAMS];
	int			required;		/* parameters that must be given */
	JinjaVariadic variadic;		/* takes any arguments */
	bool		needs_context;	/* never computed in advance */
	JinjaFunction property;		/* methods: the attribute's value */
	const char *python_name;	/* as messages have it; NULL: from name */
	const char *class_name;		/* globals that are classes of Python */
};

/* ---- tables ---- */

extern const JinjaBuiltin mst_jinja_string_filters[];
extern const JinjaBuiltin mst_jinja_html_filters[];
extern const JinjaBuiltin mst_jinja_number_filters[];
extern const JinjaBuiltin mst_jinja_sequence_filters[];
extern const JinjaBuiltin mst_jinja_map_filters[];
extern const JinjaBuiltin mst_jinja_tests[];
extern const JinjaBuiltin mst_jinja_globals[];
extern const JinjaBuiltin mst_jinja_string_methods[];
extern const JinjaBuiltin mst_jinja_markup_methods[];
extern const JinjaBuiltin mst_jinja_list_methods[];
extern const JinjaBuiltin mst_jinja_tuple_methods[];
extern const JinjaBuiltin mst_jinja_dict_methods[];
extern const JinjaBuiltin mst_jinja_set_methods[];
extern const JinjaBuiltin mst_jinja_view_methods[];
extern const JinjaBuiltin mst_jinja_int_methods[];
extern const JinjaBuiltin mst_jinja_float_methods[];
extern const JinjaBuiltin mst_jinja_range_methods[];
extern const JinjaBuiltin mst_jinja_datetime_methods[];

#define JINJA_METHOD_TABLES 2

/* All tables, as jinja.c hands them down; lists of tables end with NULL. */
typedef struct JinjaTables
{
	const JinjaBuiltin *const *filters;
	const JinjaBuiltin *const *tests;
	const JinjaBuiltin *globals;

	/*
	 * by kind of value, most special first; those of safe strings and tuples
	 * apart
	 */
	const JinjaBuiltin *methods[EXPR_NO_VALUE + 1][JINJA_METHOD_TABLES];
	const JinjaBuiltin *markup_methods[JINJA_METHOD_TABLES];
	const JinjaBuiltin *tuple_methods[JINJA_METHOD_TABLES];
} JinjaTables;

extern void mst_jinja_use_tables(const JinjaTables *all);
extern const JinjaBuiltin *mst_jinja_find_dict_method(const char *name, int len);
extern const JinjaBuiltin *mst_jinja_find_filter(const char *name, int len);
extern const char *mst_jinja_suggest(bool is_test, const char *name, int len);
extern const JinjaBuiltin *mst_jinja_find_test(const char *name, int len);
extern const JinjaBuiltin *mst_jinja_find_global(const char *name, int len);
extern const JinjaBuiltin *mst_jinja_find_in(const JinjaBuiltin *table, const char *name, int len);
extern const JinjaBuiltin *mst_jinja_find_method(const ExprValue *object, const char *name, int len);
extern bool mst_jinja_is_member_name(const char *name, int len);

static inline bool
mst_jinja_is_given(const ExprValue *value)
{
	return value->kind != EXPR_NO_VALUE;
}

#endif							/* MISTRAL_JINJA_BUILTINS_H */
