/*-------------------------------------------------------------------------
 *
 * yaql.c
 *	  YAQL as a language of expressions.
 *
 * The entry of this room.  It also is the one file that knows all tables of
 * builtins: it hands them down to the registry, so that the parser and what
 * it needs stand below the functions, which need the evaluator.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "yaql/builtin_tables.h"
#include "yaql/resolve.h"
#include "yaql/result.h"

struct ExprProgram
{
	YaqlNode   *root;
};

static const YaqlBuiltin *const tables[] =
{
	mst_yaql_aggregate_functions,
	mst_yaql_branching_functions,
	mst_yaql_collection_functions,
	mst_yaql_conversion_functions,
	mst_yaql_datetime_functions,
	mst_yaql_dict_functions,
	mst_yaql_generator_functions,
	mst_yaql_join_functions,
	mst_yaql_math_functions,
	mst_yaql_order_functions,
	mst_yaql_query_functions,
	mst_yaql_regex_functions,
	mst_yaql_set_functions,
	mst_yaql_slice_functions,
	mst_yaql_string_functions,
	mst_yaql_system_functions
};

/*
 * Parses under the limits that hold for parsing: only nesting is bounded, the
 * rest follows from the length of the text.
 */
static ExprProgram *
yaql_parse(const char *text, int len, ExprParseMode mode, ExprError **error)
{
	EvalContext cxt = {CurrentMemoryContext};
	ExprProgram *program = palloc0(sizeof(ExprProgram));

	cxt.limits.max_steps = PG_INT64_MAX;
	cxt.limits.max_bytes = PG_INT64_MAX;
	cxt.limits.max_items = PG_INT64_MAX;
	cxt.limits.max_depth = mst_expr_parse_depth();
	cxt.limits.max_bigint_bits = PG_INT64_MAX;
	cxt.steps_left = PG_INT64_MAX;
	cxt.error_class = EXPR_ERROR_YAQL_GRAMMAR;
	mst_yaql_register(tables, lengthof(tables));
	program->root = mst_yaql_parse(&cxt, text, len);
	if (program->root == NULL)
	{
		*error = cxt.error;
		return NULL;
	}
	return program;
}

static bool
yaql_eval(EvalContext *cxt, const ExprProgram *program, ExprValue *result)
{
	YaqlScope	scope = {0};
	ExprValue	value;

	scope.values = &cxt->data;
	scope.nvalues = 1;
	if (!mst_yaql_eval(cxt, &scope, program->root, &value))
		return false;
	if (value.kind == EXPR_NO_VALUE)
		return mst_expr_fail(cxt, "NoMatchingFunctionException", "the expression has no value");
	return mst_yaql_convert_result(cxt, &value, result);
}

static void
yaql_each_builtin(ExprBuiltinSink sink, void *arg)
{
	mst_yaql_each_builtin(tables, lengthof(tables), sink, arg);
}

/* A name is taken by a function, or if it cannot be called at all. */
static bool
yaql_has_name(const char *name, int len)
{
	char	   *call = psprintf("%.*s()", len, name);
	ExprError  *error = NULL;
	ExprProgram *program = yaql_parse(call, (int) strlen(call), EXPR_PARSE_EXPRESSION, &error);

	return program == NULL || program->root->kind != YAQL_NODE_CALL ||
		program->root->u.call->resolution != YAQL_UNKNOWN;
}

const ExprLanguage mst_yaql_language =
{
	.name = "yaql",
	.title = "YAQL",
	.evaluation_class = EXPR_ERROR_YAQL_EVALUATION,
	.grammar_class = EXPR_ERROR_YAQL_GRAMMAR,
	.freezes_data = true,
	.parse = yaql_parse,
	.eval = yaql_eval,
	.each_builtin = yaql_each_builtin,
	.has_name = yaql_has_name
};
