/*-------------------------------------------------------------------------
 *
 * language.h
 *	  What the driver (template.c) and the languages know of each other.
 *
 * A language parses a text once into a program, an immutable tree in the
 * memory context that is current, and evaluates programs any number of times.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_LANG_LANGUAGE_H
#define MISTRAL_LANG_LANGUAGE_H

#include "value/evaluation.h"

typedef enum ExprParseMode
{
	EXPR_PARSE_EXPRESSION,		/* one expression; the result keeps its type */
	EXPR_PARSE_TEMPLATE			/* text with expressions in it (Jinja only) */
} ExprParseMode;

typedef struct ExprProgram ExprProgram; /* each language has its own */

/* A builtin, as a reference shows it. */
typedef struct ExprBuiltin
{
	const char *name;
	const char *kind;			/* "function", "method", "filter", ... */
	const char *params;			/* in the notation of signature.c */
	const char *usage;			/* how it is written: "text.trim(chars)" */
} ExprBuiltin;

typedef void (*ExprBuiltinSink) (void *arg, const ExprBuiltin *builtin);

typedef struct ExprLanguage
{
	const char *name;			/* "yaql", "jinja" */
	const char *title;			/* as messages say it: "YAQL", "Jinja" */
	ExprErrorClass evaluation_class;
	ExprErrorClass grammar_class;
	bool		freezes_data;	/* containers of the data context are frozen */

	/*
	 * Parses a text into a program allocated in CurrentMemoryContext, which
	 * may point into the text (the caller keeps it).  NULL: *error has cause,
	 * message, offset (code points into the text) and perhaps expected.  Must
	 * bound its recursion (mst_expr_parse_depth) and never raise.
	 */
	ExprProgram *(*parse) (const char *text, int len, ExprParseMode mode, ExprError **error);

	/*
	 * Evaluates.  cxt->data is `$` or `_`; cxt->mcxt is current.  The result
	 * is converted as the language does on leaving an expression (YAQL 2.3:
	 * lists and dictionaries plain, iterators run out), so it can be shown
	 * with mst_value_append_text() and stored.
	 */
	bool		(*eval) (EvalContext *cxt, const ExprProgram *program, ExprValue *result);

	/* Calls sink for each builtin but those that both languages have. */
	void		(*each_builtin) (ExprBuiltinSink sink, void *arg);

	/*
	 * Answers whether a name is taken: it means something to the language
	 * where a function is called.
	 */
	bool		(*has_name) (const char *name, int len);
} ExprLanguage;

extern const ExprLanguage mst_yaql_language;
extern const ExprLanguage mst_jinja_language;

/* ---- data context and callbacks, given by the caller of an evaluation ---- */

/* One dictionary of the data context. */
typedef struct ExprLayer
{
	/* answers whether the name is there; its value goes to *result */
	bool		(*get) (void *state, const char *name, int len, ExprValue *result);
	/* calls fn for every name */
	void		(*each) (void *state, void (*fn) (void *arg, const char *name, int len), void *arg);
	void	   *state;
	/* optional, faster than each: answers whether there is no name */
	bool		(*is_empty) (void *state);
} ExprLayer;

/* Filters of tasks() and executions(); null values are EXPR_NULL. */
typedef struct ExprTasksFilter
{
	ExprValue	workflow_execution_id;
	bool		is_recursive;
	ExprValue	state;
	bool		is_flat;
} ExprTasksFilter;

typedef struct ExprExecutionsFilter
{
	ExprValue	id;
	ExprValue	root_execution_id;
	ExprValue	state;
	ExprValue	from_time;
	ExprValue	to_time;
} ExprExecutionsFilter;

/* Arguments of a function that is none of the language's. */
typedef struct ExprNamedArgument
{
	const char *name;
	int			len;
	ExprValue	value;
} ExprNamedArgument;

typedef struct ExprArguments
{
	int			nargs;
	const ExprValue *args;		/* EXPR_NO_VALUE where one was left out */
	int			nnamed;
	const ExprNamedArgument *named;
} ExprArguments;

/*
 * How expressions reach what the database holds.  A function returns false
 * after setting *error (mst_expr_error).  Any may be NULL: env() and global()
 * then read the data context, the others fail.
 */
typedef struct ExprCallbacks
{
	bool		(*task) (void *state, const char *name /* NULL: the current one */ , int len, ExprValue *result, ExprError **error);
	bool		(*tasks) (void *state, const ExprTasksFilter *filter, ExprValue *result, ExprError **error);
	bool		(*execution) (void *state, ExprValue *result, ExprError **error);
	bool		(*executions) (void *state, const ExprExecutionsFilter *filter, ExprValue *result, ExprError **error);
	bool		(*global) (void *state, const char *name, int len, ExprValue *result, ExprError **error);
	bool		(*env) (void *state, ExprValue *result, ExprError **error);

	/*
	 * Functions that the language does not have.  The first answers what is
	 * to be called under a name, or NULL; the second calls that, and sets
	 * cxt->error when it fails.
	 */
	const void *(*find_function) (void *state, EvalContext *cxt, const char *name, int len);
	bool		(*call_function) (void *state, EvalContext *cxt, const void *function, const ExprArguments *args, ExprValue *result);
} ExprCallbacks;

/*
 * What one evaluation may see.  Zero it, then set what is known.  `$` and `_`
 * are the merged view of the layers (the first that has a name wins), or
 * `data` when that is set.
 */
struct ExprBindings
{
	int			nlayers;
	const ExprLayer *layers;
	const ExprValue *data;
	bool		always_evaluate;	/* also when the data context is empty */
	const ExprCallbacks *callbacks;
	void	   *callback_state;
	const ExprLimits *limits;	/* NULL: the settings */
	const struct StringFilter *filter;	/* of strings that are read, or NULL */
};

/* ---- language.c ---- */

extern int	mst_expr_parse_depth(void);
extern bool mst_expr_data_get(EvalContext *cxt, const char *name, ExprValue *value, bool *found);

/* ---- Mistral's own functions (functions.c), the same in both languages ---- */

typedef struct ExprFunction
{
	const char *name;			/* "json_dump" */
	const char *params;			/* in the notation of signature.c; YAQL
								 * camelCases the names */

	/*
	 * args has a value for each parameter.
	 */
	bool		(*call) (EvalContext *cxt, const ExprValue *args, ExprValue *result);
} ExprFunction;

#define EXPR_MAX_FUNCTIONS 20

/* All of them, ended by one without name; fewer than EXPR_MAX_FUNCTIONS. */
extern const ExprFunction mst_expr_functions[];

extern const ExprFunction *mst_expr_function_find(const char *name, int len);
extern const void *mst_expr_find_outside(EvalContext *cxt, const char *name, int len);
extern bool mst_expr_call_outside(EvalContext *cxt, const void *function, const ExprArguments *args, ExprValue *result);
extern const char *mst_expr_suggest(const char *name, int len, const char *const *candidates, int ncandidates);

#endif							/* MISTRAL_LANG_LANGUAGE_H */
