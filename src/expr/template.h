/*-------------------------------------------------------------------------
 *
 * template.h
 *	  Compiled JSON values with expressions in them; only for template*.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_EXPR_TEMPLATE_H
#define MISTRAL_EXPR_TEMPLATE_H

#include "expr/expr_lang.h"

typedef struct TemplateNode TemplateNode;

/* Compiles one string, or a whole value; what it points to must live on. */
extern TemplateNode *mst_template_compile_text(const char *text, int len);
extern TemplateNode *mst_template_compile_value(ExprContext *cxt, const ExprValue *v);

/* Answers whether there is no expression in it; then its value. */
extern bool mst_template_is_constant(const TemplateNode *node);
extern const ExprValue *mst_template_constant(const TemplateNode *node);

/* Starts the context of one evaluation; cxt->mcxt is CurrentMemoryContext. */
extern void mst_expr_context_init(ExprContext *cxt, ExprScope *scope, const ExprLimits *limits);

/* Evaluates; cxt was started for this evaluation alone. */
extern bool mst_template_eval(ExprContext *cxt, const TemplateNode *node, ExprValue *result);

/* The merged view of a scope's layers as a plain dictionary. */
extern ExprValue mst_scope_data(ExprScope *scope);

/* Answers whether the data context has no entry (1.4). */
extern bool mst_scope_is_empty(const ExprScope *scope);

/* Checks one string (1.6): NULL or the error. */
extern ExprError *mst_template_validate(const char *text, int len);

/* The language that takes a string as its own (1.1), or NULL. */
extern const ExprLanguage *mst_template_language(const char *text, int len);

/* Answers whether the operator lets the language be used (mistral.expression_languages). */
extern bool mst_expr_language_allowed(const ExprLanguage *language);

#endif							/* MISTRAL_EXPR_TEMPLATE_H */
