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
#include "lang/plain.h"
#include "lang/signature.h"

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
 * filter, test or method is applied to; that of a method is called self.
 */
struct JinjaBuiltin
{
	const char *name;
	JinjaFunction call;			/* NULL: plain, variadic, or an attribute with
								 * a value */
	const char *params;			/* in the notation of lang/signature.c; see
								 * binding.c */
	ExprSignature *signature;	/* what params says, once it was read */
	ExprPlain	plain;
	JinjaVariadic variadic;		/* takes any arguments */
	bool		needs_context;	/* never computed in advance */
	JinjaFunction property;		/* methods: the attribute's value */
	const char *python_name;	/* as messages have it; NULL: from name */
	const char *class_name;		/* globals that are classes of Python */
};

/* The members params and signature of a row. */
#define JINJA_TAKES(text)	.params = text, .signature = &(ExprSignature) {false}

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
extern const JinjaBuiltin mst_jinja_bytes_methods[];
extern const JinjaBuiltin mst_jinja_cycler_methods[];
extern const JinjaBuiltin mst_jinja_loop_methods[];

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
	const JinjaBuiltin *const *object_methods;	/* those of objects, which
												 * find them themselves */
} JinjaTables;

extern void mst_jinja_use_tables(const JinjaTables *all);
extern const JinjaBuiltin *mst_jinja_find_dict_method(const char *name, int len);
extern const JinjaBuiltin *mst_jinja_find_filter(const char *name, int len);
extern const char *mst_jinja_suggest(bool is_test, const char *name, int len);
extern const JinjaBuiltin *mst_jinja_find_test(const char *name, int len);
extern const JinjaBuiltin *mst_jinja_find_global(const char *name, int len);
extern const JinjaBuiltin *mst_jinja_find_in(const JinjaBuiltin *table, const char *name, int len);
extern const JinjaBuiltin *mst_jinja_find_method(const ExprValue *object, const char *name, int len);
extern void mst_jinja_each_builtin(const JinjaTables *all, ExprBuiltinSink sink, void *arg);
extern bool mst_jinja_is_member_name(const char *name, int len);

static inline bool
mst_jinja_is_given(const ExprValue *value)
{
	return value->kind != EXPR_NO_VALUE;
}

#endif							/* MISTRAL_JINJA_BUILTINS_H */
