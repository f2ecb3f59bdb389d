/*-------------------------------------------------------------------------
 *
 * expr_sql.c
 *	  mistral.evaluate() and mistral.validate_expression().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#include "engine/data/sql_functions.h"
#include "expr/expr.h"
#include "expr/template.h"
#include "store/access.h"
#include "util/errors.h"
#include "value/make.h"

PG_FUNCTION_INFO_V1(mistral_evaluate);
PG_FUNCTION_INFO_V1(mistral_validate_expression);

/* The template of the last call, kept while the expression stays the same. */
typedef struct EvaluateCache
{
	MemoryContext mcxt;
	Jsonb	   *expression;
	ExprTemplate *compiled;
} EvaluateCache;

static ExprTemplate *
cached_template(FunctionCallInfo fcinfo, Jsonb *expression)
{
	EvaluateCache *cache = fcinfo->flinfo->fn_extra;
	MemoryContext caller;

	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(EvaluateCache));
		cache->mcxt = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "mistral.evaluate",
											ALLOCSET_DEFAULT_SIZES);
		fcinfo->flinfo->fn_extra = cache;
	}
	if (cache->expression != NULL &&
		VARSIZE(cache->expression) == VARSIZE(expression) &&
		memcmp(cache->expression, expression, VARSIZE(expression)) == 0)
		return cache->compiled;

	cache->expression = NULL;
	MemoryContextReset(cache->mcxt);
	caller = MemoryContextSwitchTo(cache->mcxt);
	cache->compiled = mst_expr_compile_jsonb(expression);
	cache->expression = palloc(VARSIZE(expression));
	memcpy(cache->expression, expression, VARSIZE(expression));
	MemoryContextSwitchTo(caller);
	return cache->compiled;
}

/*
 * mistral.evaluate(expression jsonb, context jsonb) returns jsonb
 *
 * In a workflow, expressions are left alone where the data context is empty,
 * and an empty object as context asks for just that.  Without a context there
 * is no data, and the expressions are evaluated.
 */
Datum
mistral_evaluate(PG_FUNCTION_ARGS)
{
	Jsonb	   *context = PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1);
	ExprTemplate *t;
	ExprLayer	layer;
	ExprBindings bindings = {0};
	Jsonb	   *result;
	ExprError  *error;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (context != NULL && !JB_ROOT_IS_OBJECT(context))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("the data context must be a JSON object")));
	t = cached_template(fcinfo, PG_GETARG_JSONB_P(0));
	mst_expr_layer_init_jsonb(&layer, context);
	bindings.always_evaluate = (context == NULL);
	bindings.nlayers = 1;
	bindings.layers = &layer;
	bindings.callbacks = &mst_project_functions;
	bindings.callback_state = mst_current_project();
	if (!mst_expr_eval_jsonb(t, &bindings, &result, &error))
		mst_expr_error_raise(error);
	PG_RETURN_JSONB_P(result);
}

static void
push_text(JsonbParseState **state, const char *key, const char *value)
{
	JsonbValue	v;

	v.type = jbvString;
	v.val.string.val = (char *) key;
	v.val.string.len = (int) strlen(key);
	pushJsonbValue(state, WJB_KEY, &v);
	v.type = value != NULL ? jbvString : jbvNull;
	if (value != NULL)
	{
		v.val.string.val = (char *) value;
		v.val.string.len = (int) strlen(value);
	}
	pushJsonbValue(state, WJB_VALUE, &v);
}

static void
push_scalar(JsonbParseState **state, const char *key, const ExprValue *value)
{
	JsonbValue	v;

	v.type = jbvString;
	v.val.string.val = (char *) key;
	v.val.string.len = (int) strlen(key);
	pushJsonbValue(state, WJB_KEY, &v);
	if (value->kind == EXPR_BOOL)
	{
		v.type = jbvBool;
		v.val.boolean = value->u.boolean;
	}
	else
	{
		v.type = jbvNumeric;
		v.val.numeric = int64_to_numeric(value->u.integer);
	}
	pushJsonbValue(state, WJB_VALUE, &v);
}

/*
 * mistral.validate_expression(text) returns jsonb
 *
 * {"valid": true, "language": "yaql" | "jinja" | null}, or with valid false
 * also error, and where known position (characters before the error within
 * "expression"), expected and hint.
 */
Datum
mistral_validate_expression(PG_FUNCTION_ARGS)
{
	text	   *arg = PG_GETARG_TEXT_PP(0);
	const char *text = VARDATA_ANY(arg);
	int			len = VARSIZE_ANY_EXHDR(arg);
	ExprError  *error = mst_expr_validate(text, len);
	const ExprLanguage *language = mst_template_language(text, len);
	JsonbParseState *state = NULL;
	ExprValue	v = mst_value_bool(error == NULL);

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_scalar(&state, "valid", &v);
	push_text(&state, "language", language != NULL ? language->name : NULL);
	if (error != NULL)
	{
		push_text(&state, "error", mst_expr_error_text(error));
		if (error->expression != NULL)
			push_text(&state, "expression", error->expression);
		if (error->offset >= 0)
		{
			v = mst_value_int(error->offset);
			push_scalar(&state, "position", &v);
		}
		if (error->expected != NULL)
			push_text(&state, "expected", error->expected);
		if (error->hint != NULL)
			push_text(&state, "hint", error->hint);
	}
	PG_RETURN_JSONB_P(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}
