/*-------------------------------------------------------------------------
 *
 * template.h
 *	  Compiled JSON values with expressions in them; only for template*.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_EXPR_TEMPLATE_H
#define MISTRAL_EXPR_TEMPLATE_H

#include "lang/language.h"

typedef struct TemplateNode TemplateNode;

typedef enum TemplateNodeKind
{
	TEMPLATE_CONSTANT,
	TEMPLATE_EXPRESSION,		/* the whole string is one expression, or a
								 * Jinja template */
	TEMPLATE_INTERPOLATION,		/* YAQL expressions within text */
	TEMPLATE_ERROR,				/* the string does not parse */
	TEMPLATE_LIST,
	TEMPLATE_DICT
} TemplateNodeKind;

/* One <% %> of a string. */
typedef struct TemplatePart
{
	const char *match;			/* the text to be replaced */
	int			match_len;
	const char *source;			/* the expression in it */
	int			source_len;
	const char *shown;			/* what messages show as the expression */
	int			shown_len;
	int			shift;			/* characters of it before the source */
	ExprProgram *program;		/* NULL: error */
	ExprError  *error;
} TemplatePart;

struct TemplateNode
{
	TemplateNodeKind kind;
	ExprValue	value;			/* constant; else the string's text */
	const ExprLanguage *language;
	TemplatePart *parts;
	int			nparts;
	TemplateNode **children;
	ExprValue  *keys;			/* dictionary: their names */
	int			nchildren;
};

extern TemplateNode *mst_template_compile_value(EvalContext *cxt, const ExprValue *v);
extern bool mst_template_is_constant(const TemplateNode *node);
extern void mst_expr_context_init(EvalContext *cxt, ExprBindings *bindings, const ExprLimits *limits);
extern bool mst_template_eval(EvalContext *cxt, const TemplateNode *node, ExprValue *result);
extern bool mst_bindings_are_empty(const ExprBindings *bindings);
extern ExprError *mst_template_validate(const char *text, int len);
extern const ExprLanguage *mst_template_language(const char *text, int len);
extern ExprError *mst_template_complete_error(ExprError *error, const ExprLanguage *language, const TemplatePart *part);

#endif							/* MISTRAL_EXPR_TEMPLATE_H */
