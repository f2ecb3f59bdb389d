/*-------------------------------------------------------------------------
 *
 * evaluation.h
 *	  State of one evaluation: its limits and its error.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_VALUE_EVALUATION_H
#define MISTRAL_VALUE_EVALUATION_H

#include "miscadmin.h"

#include "value/value.h"

/* ---- errors ---- */

typedef enum ExprErrorClass
{
	EXPR_ERROR_YAQL_EVALUATION,
	EXPR_ERROR_JINJA_EVALUATION,
	EXPR_ERROR_YAQL_GRAMMAR,
	EXPR_ERROR_JINJA_GRAMMAR,
	EXPR_ERROR_GRAMMAR,			/* mixed languages, language disabled */
	EXPR_ERROR_LIMIT,			/* a limit of the settings was reached */
	EXPR_ERROR_STORE			/* the result has no JSON form */
} ExprErrorClass;

/*
 * What went wrong.  cause is the name of the class that the reference raises
 * ("KeyError", "NoMatchingFunctionException"); message is its text.  Never
 * holds values of the data context except what message has to name.
 */
typedef struct ExprError
{
	ExprErrorClass class;
	const char *cause;
	const char *message;
	const char *hint;			/* words for the author ("did you mean ..."),
								 * or NULL */
	const char *expected;		/* what the parser waited for, or NULL */
	const char *language;		/* "YAQL", "Jinja", or NULL */
	const char *expression;		/* text of the expression, or NULL */
	int			offset;			/* code points into expression, -1 when
								 * unknown */
} ExprError;

/* ---- evaluation context ---- */

typedef struct ExprLimits
{
	int64		max_steps;		/* nodes evaluated plus items drawn */
	int64		max_bytes;		/* memory held at once by an evaluation */
	int64		max_items;		/* items of one collection or iterator */
	int			max_depth;		/* nesting of evaluation and of values */
	int64		max_bigint_bits;	/* size of an integer */
	int64		max_regex_steps;	/* PCRE2 match limit */
} ExprLimits;

/*
 * State of one evaluation.  A language keeps its own state in a struct of
 * its own and points to this one.
 */
struct EvalContext
{
	MemoryContext mcxt;			/* of all that the evaluation makes */
	ExprLimits	limits;
	int64		steps_left;
	int			depth;
	ExprError  *error;			/* set when a function has returned false */
	ExprErrorClass error_class; /* class of errors raised by this language */
	ExprBindings *bindings;		/* data and callbacks, see language.h */
	void	   *callback_memory;	/* what callbacks keep for this evaluation */
	ExprValue	data;			/* `$` or `_` */
	uint8		data_flags;		/* EXPR_FROZEN: containers from outside are
								 * frozen */
	struct ExprRegexCache *regexes; /* compiled patterns, see regex.c */
	char	   *text_end;		/* end of the text that mst_string_concat()
								 * can continue */
	int			text_room;		/* bytes free behind it */
	ExprValue  *items_end;		/* end of the items that mst_list_extend() can
								 * continue */
	int			items_room;		/* items free behind them */
};

extern bool mst_expr_fail(EvalContext *cxt, const char *cause, const char *fmt,...) pg_attribute_printf(3, 4);
extern bool mst_expr_fail_at(EvalContext *cxt, int offset, const char *cause, const char *fmt,...) pg_attribute_printf(4, 5);
extern bool mst_expr_fail_undefined(EvalContext *cxt, const ExprValue *v);
extern bool mst_expr_fail_limit(EvalContext *cxt, const char *cause, const char *fmt,...) pg_attribute_printf(3, 4);
extern bool mst_expr_take_error(EvalContext *cxt, ExprError *error);
extern ExprError *mst_expr_error(ExprErrorClass class, const char *cause, const char *fmt,...) pg_attribute_printf(3, 4);
extern ExprError *mst_expr_catch(EvalContext *cxt);
extern bool mst_expr_step_slow(EvalContext *cxt);
extern bool mst_expr_charge(EvalContext *cxt, int64 bytes);
extern bool mst_expr_check_items(EvalContext *cxt, int64 nitems);

#define EXPR_STEPS_PER_CHECK 1024

/* Counts one step; call for every node evaluated and every item drawn. */
static inline bool
mst_expr_step(EvalContext *cxt)
{
	if (likely((--cxt->steps_left & (EXPR_STEPS_PER_CHECK - 1)) != 0))
		return true;
	return mst_expr_step_slow(cxt);
}

extern bool mst_expr_fail_depth(EvalContext *cxt);

/* One level of recursion deeper; every success needs a mst_expr_leave(). */
static inline bool
mst_expr_enter(EvalContext *cxt)
{
	if (unlikely(++cxt->depth > cxt->limits.max_depth || stack_is_too_deep()))
		return mst_expr_fail_depth(cxt);
	return true;
}

static inline void
mst_expr_leave(EvalContext *cxt)
{
	cxt->depth--;
}

#endif							/* MISTRAL_VALUE_EVALUATION_H */
