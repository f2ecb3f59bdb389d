/*-------------------------------------------------------------------------
 *
 * expr.h
 *	  Expressions, as the rest of the extension uses them.
 *
 * A JSON value whose strings may hold YAQL or Jinja expressions is compiled
 * once into an ExprTemplate and evaluated any number of times, each time
 * against an ExprScope (see language.h: data context, callbacks, limits).
 *
 * Evaluation happens in a memory context of its own that is gone when the
 * function returns; results are copied into CurrentMemoryContext.  User
 * errors are returned, never raised; only cancellation, out of memory and the
 * errors of callbacks leave by ereport.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_EXPR_EXPR_H
#define MISTRAL_EXPR_EXPR_H

#include "utils/jsonb.h"

#include "lang/language.h"
#include "util/compat.h"

/*
 * A compiled JSON value with expressions in its strings.  Immutable; lives in
 * the memory context that was current when it was compiled and does not refer
 * to the source; may be evaluated by several callers in turn.
 */
typedef struct ExprTemplate ExprTemplate;

/*
 * Compiling never fails: a string that does not parse becomes a node whose
 * evaluation fails with the parser's error.
 */
extern ExprTemplate *mst_expr_compile_jsonb(const Jsonb *data);
extern ExprTemplate *mst_expr_compile_string(const char *text, int len);

/* Answers whether the template contains no expression. */
extern bool mst_expr_is_constant(const ExprTemplate *t);

/*
 * Checks one string of a definition (1.6): NULL when good, else the first
 * error, of a grammar class.
 */
extern ExprError *mst_expr_validate(const char *text, int len);

/* A layer over a JSON object, which must outlive it; NULL: empty. */
extern void mst_expr_layer_init_jsonb(ExprLayer *layer, const Jsonb *object);

/*
 * Evaluate in every string of the template.  The result is in its stored form
 * (2.3), or its truth (2.5).  False: *error tells why.
 */
extern bool mst_expr_eval_jsonb(const ExprTemplate *t, ExprScope *scope, Jsonb **result, ExprError **error);
extern bool mst_expr_eval_bool(const ExprTemplate *t, ExprScope *scope, bool *result, ExprError **error);

/* "Can not evaluate YAQL expression [expression=..., error=..., hint=...]", never with data. */
extern char *mst_expr_error_text(const ExprError *error);

/* SQLSTATE of an error (errors.h), and a short-cut that raises it. */
extern int	mst_expr_error_sqlstate(const ExprError *error);
extern void mst_expr_error_raise(const ExprError *error) pg_attribute_noreturn();

/* Limits of the settings. */
extern void mst_expr_limits_from_settings(ExprLimits *limits);

#endif							/* MISTRAL_EXPR_EXPR_H */
