/*-------------------------------------------------------------------------
 *
 * lang_missing.c
 *	  Stands in for a language that is not built in.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "expr/expr_lang.h"

static ExprProgram *
parse_nothing(const char *text, int len, ExprParseMode mode, ExprError **error)
{
	*error = mst_expr_error(EXPR_ERROR_GRAMMAR, "ExpressionGrammarException",
							"the expression language is not built in");
	return NULL;
}

const ExprLanguage mst_yaql_language __attribute__((weak)) =
{
	"yaql", "YAQL", EXPR_ERROR_YAQL_EVALUATION, EXPR_ERROR_YAQL_GRAMMAR, true, parse_nothing
};

const ExprLanguage mst_jinja_language __attribute__((weak)) =
{
	"jinja", "Jinja", EXPR_ERROR_JINJA_EVALUATION, EXPR_ERROR_JINJA_GRAMMAR, false, parse_nothing
};
