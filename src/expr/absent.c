/*-------------------------------------------------------------------------
 *
 * absent.c
 *	  What the library answers where it is built without the languages.
 *
 * The definitions are weak: those of the languages take their place.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "errors.h"
#include "expr/expr.h"

__attribute__((weak)) ExprTemplate *
mst_expr_compile_jsonb(const Jsonb *data)
{
	return NULL;
}

__attribute__((weak)) ExprTemplate *
mst_expr_compile_string(const char *text, int len)
{
	return NULL;
}

__attribute__((weak)) ExprError *
mst_expr_validate(const char *text, int len)
{
	return NULL;
}

__attribute__((weak)) char *
mst_expr_error_text(const ExprError *error)
{
	return pstrdup(error->message);
}

__attribute__((weak)) int
mst_expr_error_sqlstate(const ExprError *error)
{
	return ERRCODE_MISTRAL_EXPRESSION_GRAMMAR;
}
