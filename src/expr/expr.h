/*-------------------------------------------------------------------------
 *
 * expr.h
 *	  Expressions, as the rest of the extension uses them.
 *
 * A JSON value whose strings may hold YAQL or Jinja expressions is compiled
 * once into an ExprTemplate and evaluated any number of times, each time
 * against ExprBindings (see language.h: data context, callbacks, limits).
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

extern ExprTemplate *mst_expr_compile_jsonb(const Jsonb *data);
extern ExprTemplate *mst_expr_compile_string(const char *text, int len);
extern bool mst_expr_is_constant(const ExprTemplate *t);
extern ExprError *mst_expr_validate(const char *text, int len);
extern bool mst_expr_name_is_taken(const char *name);
extern void mst_expr_layer_init_jsonb(ExprLayer *layer, const Jsonb *object);
extern bool mst_expr_eval_jsonb(const ExprTemplate *t, ExprBindings *bindings, Jsonb **result, ExprError **error);
extern bool mst_expr_eval_bool(const ExprTemplate *t, ExprBindings *bindings, bool *result, ExprError **error);
extern char *mst_expr_error_text(const ExprError *error);
extern int	mst_expr_error_sqlstate(const ExprError *error);
extern void mst_expr_error_raise(const ExprError *error) pg_attribute_noreturn();
extern void mst_expr_limits_from_settings(ExprLimits *limits);

#endif							/* MISTRAL_EXPR_EXPR_H */
