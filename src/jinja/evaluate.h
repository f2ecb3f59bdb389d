/*-------------------------------------------------------------------------
 *
 * evaluate.h
 *	  Evaluation of Jinja2 programs: what its files share.
 *
 * evaluate.c evaluates expressions, render.c statements, run_call.c
 * calls with their arguments, attributes.c attributes and items.  Filters,
 * tests, globals and methods are rows of tables (JinjaBuiltin), by theme, in
 * jinja_filters_*.c, tests.c, globals.c and jinja_methods_*.c.
 *
 * Functions returning bool have false = failed with the error in the context,
 * as everywhere in this room.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_JINJA_EVALUATE_H
#define MISTRAL_JINJA_EVALUATE_H

#include "jinja/jinja.h"
#include "value/iteration.h"

/* The variables of one scope while it is alive. */
typedef struct JinjaFrame
{
	const JinjaFrameInfo *info;
	struct JinjaFrame *parent;
	ExprValue	slots[FLEXIBLE_ARRAY_MEMBER];	/* EXPR_NO_VALUE: missing */
} JinjaFrame;

/* What a scoped block takes over from around it; innermost first. */
typedef struct JinjaVars
{
	JinjaFrame *frame;
	struct JinjaVars *outer;
} JinjaVars;

/*
 * State of one evaluation.  Lives in the evaluation's memory context, because
 * lazy results refer to it.
 */
typedef struct JinjaEval
{
	EvalContext *cxt;
	const ExprProgram *program;
	JinjaFrame *root;			/* the template's own frame */
	JinjaFrame *frame;			/* the innermost one */
	JinjaVars  *vars;			/* NULL outside of scoped blocks */
	StringInfo	out;
	bool		autoescape;
} JinjaEval;

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
	JinjaFunction call;			/* NULL: variadic, or an attribute with a value */
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
	/* by kind of value, most special first; those of safe strings and tuples apart */
	const JinjaBuiltin *methods[EXPR_NO_VALUE + 1][JINJA_METHOD_TABLES];
	const JinjaBuiltin *markup_methods[JINJA_METHOD_TABLES];
	const JinjaBuiltin *tuple_methods[JINJA_METHOD_TABLES];
} JinjaTables;

extern void mst_jinja_use_tables(const JinjaTables *all);

/* Find a row by name; NULL when there is none. */
extern const JinjaBuiltin *mst_jinja_find_dict_method(const char *name, int len);
extern const JinjaBuiltin *mst_jinja_find_filter(const char *name, int len);
extern const char *mst_jinja_suggest(bool is_test, const char *name, int len);
extern const JinjaBuiltin *mst_jinja_find_test(const char *name, int len);
extern const JinjaBuiltin *mst_jinja_find_global(const char *name, int len);
extern const JinjaBuiltin *mst_jinja_find_in(const JinjaBuiltin *table, const char *name, int len);

/* Answers whether any type has an attribute of the name, or may have. */
extern bool mst_jinja_is_member_name(const char *name, int len);

/* ---- objects of this language ---- */

/* What a kind of object can do; ExprObjectOps.language points to it. */
typedef struct JinjaClass
{
	const char *module;			/* of Python, "" for builtins */
	bool		(*call) (JinjaEval *ev, ExprObject *object, const JinjaArguments *args, ExprValue *result);
	/* *found tells whether there is such an attribute */
	bool		(*get_attribute) (JinjaEval *ev, ExprObject *object, const char *name, int len,
								  ExprValue *result, bool *found);
	/* an iterator over the object */
	bool		(*iterate) (JinjaEval *ev, ExprObject *object, ExprValue *result);
	bool		(*length) (JinjaEval *ev, ExprObject *object, int64 *length);
} JinjaClass;

/* The class of an object of this language. */
static inline const JinjaClass *
mst_jinja_class_of(const ExprValue *value)
{
	return value->u.object->ops->language;
}

/* A namespace() object: its attributes are the entries of a dictionary. */
extern bool mst_jinja_namespace_set(JinjaEval *ev, const ExprValue *object, const char *name, const ExprValue *value);

/* A builtin, one of Mistral's functions or a method of a value as a value. */
extern ExprValue mst_jinja_make_function(const JinjaBuiltin *builtin);
extern ExprValue mst_jinja_make_mistral_function(const ExprFunction *function);
extern ExprValue mst_jinja_make_method(const JinjaBuiltin *builtin, const ExprValue *self);

/* Bytes as a value: what "text".encode() gives. */
extern ExprValue mst_jinja_make_bytes(const char *bytes, int len);
extern bool mst_jinja_is_utf8(const char *bytes, int len);

/* A macro, or the caller of a call block, over the current frames. */
extern ExprValue mst_jinja_make_macro(JinjaEval *ev, const JinjaMacro *macro);

/* `self`: gives access to the blocks. */
extern ExprValue mst_jinja_make_self(JinjaEval *ev);

/* (grouper, list) of the filter groupby. */
#define JINJA_GROUP_FLAG	0x40

/* ---- expressions (evaluate.c) ---- */

/* Evaluates an expression. */
extern bool mst_jinja_eval(JinjaEval *ev, const JinjaNode *node, ExprValue *result);

/* Truth of a value; UndefinedError. */
extern bool mst_jinja_truth(JinjaEval *ev, const ExprValue *value, bool *result);

/* The value that the context has under a name, or EXPR_NO_VALUE. */
extern bool mst_jinja_context_get(JinjaEval *ev, const JinjaContextName *name, ExprValue *result);

/* Fails with UndefinedError when a value is strictly undefined. */
extern bool mst_jinja_check_defined(JinjaEval *ev, const ExprValue *value);

/* Raises the error that using the undefined value means. */
extern bool mst_jinja_fail_undefined(JinjaEval *ev, const ExprValue *value);

/* Binary operator on values, with Python's rules for all types. */
extern bool mst_jinja_arith(JinjaEval *ev, ExprArith op, const ExprValue *a, const ExprValue *b, ExprValue *result);

/* One comparison. */
extern bool mst_jinja_compare(JinjaEval *ev, JinjaCompareOp op, const ExprValue *a, const ExprValue *b, bool *result);

/* ---- attributes and items (attributes.c) ---- */

/* object.name: attribute, else item. */
extern bool mst_jinja_get_attribute(JinjaEval *ev, const ExprValue *object, const char *name, int len, ExprValue *result);

/* object[key]: item, else attribute. */
extern bool mst_jinja_get_item(JinjaEval *ev, const ExprValue *object, const ExprValue *key, ExprValue *result);

/* Attribute only, for the filter attr. */
extern bool mst_jinja_get_only_attribute(JinjaEval *ev, const ExprValue *object, const char *name, int len, ExprValue *result);

/* object[start:stop:step]; bounds that are missing are null. */
extern bool mst_jinja_get_slice(JinjaEval *ev, const ExprValue *object, const ExprValue *start,
								const ExprValue *stop, const ExprValue *step, ExprValue *result);

/* The method that object.name is, or NULL. */
extern const JinjaBuiltin *mst_jinja_find_method(const ExprValue *object, const char *name, int len);

/* "dict object", "None", "jinja2.utils.Namespace object" */
extern const char *mst_jinja_object_type(const ExprValue *value);

/* Undefined values: of a variable, of an attribute or item, with any message. */
extern ExprValue mst_jinja_undefined_name(const char *name, int len);
extern ExprValue mst_jinja_undefined_member(JinjaEval *ev, const ExprValue *object, const ExprValue *key);
extern ExprValue mst_jinja_undefined(const char *name, const char *fmt,...) pg_attribute_printf(2, 3);

/*
 * A path as filters take it ("a.b.0", an integer, or null for the item
 * itself), and its application; default_value (may be NULL) stands in for
 * what is undefined.
 */
typedef struct JinjaPath
{
	int			nparts;
	ExprValue  *parts;
	const ExprValue *default_value;
} JinjaPath;

extern bool mst_jinja_make_path(JinjaEval *ev, const ExprValue *attribute, JinjaPath *path);
extern bool mst_jinja_follow_path(JinjaEval *ev, const JinjaPath *path, const ExprValue *item, ExprValue *result);

/* ---- calls (run_call.c) ---- */

/* Calls any callable value. */
extern bool mst_jinja_call(JinjaEval *ev, const ExprValue *callee, const JinjaArguments *args, ExprValue *result);

/* Calls a builtin; self (may be NULL) goes before the arguments. */
extern bool mst_jinja_call_builtin(JinjaEval *ev, const JinjaBuiltin *builtin, const ExprValue *self,
								   const JinjaArguments *args, ExprValue *result);

extern bool mst_jinja_call_bound(JinjaEval *ev, const JinjaBuiltin *builtin, ExprValue *bound, int given,
								 ExprValue *result);

/* Evaluates a call expression; caller (may be NULL) is passed as keyword "caller". */
extern bool mst_jinja_eval_call(JinjaEval *ev, const JinjaCall *call, const ExprValue *caller, ExprValue *result);

/* Applies a filter or test node to an operand. */
extern bool mst_jinja_apply(JinjaEval *ev, const JinjaApply *apply, const ExprValue *operand, ExprValue *result);

/* Applies a filter or test by name, for map() and the like. */
typedef struct JinjaApplication
{
	const JinjaBuiltin *builtin;
	const ExprFunction *function;
	JinjaArguments args;
} JinjaApplication;

extern bool mst_jinja_find_application(JinjaEval *ev, bool is_test, const ExprValue *name, JinjaApplication *application);
extern bool mst_jinja_apply_to(JinjaEval *ev, const JinjaApplication *application, const ExprValue *operand, ExprValue *result);

/* ---- statements (render.c) ---- */

/* Renders nodes into ev->out. */
extern bool mst_jinja_render(JinjaEval *ev, const JinjaNodes *nodes);

/* Makes a frame and makes it the innermost; its slots start as they should. */
extern bool mst_jinja_push_frame(JinjaEval *ev, const JinjaFrameInfo *info, JinjaFrame *parent);

/* Renders a block as a text value. */
extern bool mst_jinja_render_block(JinjaEval *ev, const JinjaBlock *block, JinjaVars *vars, ExprValue *result);

/* Assigns to a name or a tuple of targets. */
extern bool mst_jinja_assign(JinjaEval *ev, const JinjaNode *target, const ExprValue *value);

/* What a StringInfo has collected, as a value that is safe under autoescape. */
extern ExprValue mst_jinja_rendered(JinjaEval *ev, StringInfo buf);

/* ---- helpers for builtins (arguments.c) ---- */

/* str(value) that keeps a safe string safe; UndefinedError. */
extern bool mst_jinja_to_text(JinjaEval *ev, const ExprValue *value, ExprValue *result);
extern bool mst_jinja_append_text(JinjaEval *ev, StringInfo out, const ExprValue *value);

/* Appends text with & < > ' " escaped; escape() of a value is a safe string. */
extern bool mst_jinja_append_escaped(JinjaEval *ev, StringInfo out, const char *s, int len);
extern bool mst_jinja_escape(JinjaEval *ev, const ExprValue *value, ExprValue *result);

/* A string value marked as safe. */
extern ExprValue mst_jinja_markup(ExprValue value);

static inline bool
mst_jinja_is_markup(const ExprValue *value)
{
	return value->kind == EXPR_STRING && (value->flags & EXPR_MARKUP) != 0;
}

/* A pass over anything iterable, objects of this language and undefined values included. */
extern bool mst_jinja_open(JinjaEval *ev, ExprCursor *cursor, const ExprValue *source);
extern bool mst_jinja_to_list(JinjaEval *ev, const ExprValue *source, ExprList **list);
extern bool mst_jinja_length(JinjaEval *ev, const ExprValue *value, int64 *length);
extern bool mst_jinja_is_iterable(const ExprValue *value);
extern bool mst_jinja_is_callable(const ExprValue *value);

/*
 * Arguments that have to be of a kind; TypeErrors in Python's words.  The
 * optional ones leave *result alone when the argument was not given.
 */
extern bool mst_jinja_int_argument(JinjaEval *ev, const ExprValue *value, int64 *result);
extern bool mst_jinja_optional_int(JinjaEval *ev, const ExprValue *value, int64 *result);
extern bool mst_jinja_bool_argument(JinjaEval *ev, const ExprValue *value, bool missing, bool *result);

/* Sets the entries of a mapping, or the pairs of an iterable, as dict.update() does. */
extern bool mst_jinja_update_dict(JinjaEval *ev, ExprDict *dict, const ExprValue *source);

/* An iterator from the last item to the first; *found is false when there can be none. */
extern bool mst_jinja_reversed(JinjaEval *ev, const ExprValue *source, ExprValue *result, bool *found);

/*
 * A generator over a list that is computed when the first item is asked for.
 * The arguments are copied.
 */
typedef bool (*JinjaBuilder) (JinjaEval *ev, const ExprValue *args, ExprList **result);
extern ExprValue mst_jinja_lazy_list(JinjaEval *ev, JinjaBuilder build, const ExprValue *args, int nargs);

/* Python's pformat() at the width of 80. */
extern bool mst_jinja_pformat(JinjaEval *ev, StringInfo out, const ExprValue *value);

/* Appends text with HTML entities decoded. */
extern bool mst_jinja_append_unescaped(JinjaEval *ev, StringInfo out, const char *s, int len);

/* Text without tags and comments, blanks collapsed, entities decoded. */
extern bool mst_jinja_striptags(JinjaEval *ev, const ExprValue *text, ExprValue *result);

/* A random number from 0 to n - 1. */
extern int	mst_jinja_random(int n);

/* Fails with a message of Python. */
#define mst_jinja_fail(ev, ...) mst_expr_fail((ev)->cxt, __VA_ARGS__)

static inline bool
mst_jinja_is_given(const ExprValue *value)
{
	return value->kind != EXPR_NO_VALUE;
}

#endif							/* MISTRAL_JINJA_EVALUATE_H */
