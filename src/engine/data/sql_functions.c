/*-------------------------------------------------------------------------
 *
 * sql_functions.c
 *	  SQL functions that expressions can call.
 *
 * A name that neither language knows is looked up among the functions that
 * have been registered (create_expression_function) by the project, then among
 * the public ones; nothing of that is kept beyond the evaluation.  The function
 * runs with the rights of the project, whoever evaluates, in a subtransaction
 * that cannot write, and sees what the transaction has done so far.  Its errors
 * are the expression's.
 *
 * Arguments become JSON and are converted by the server to the types of the
 * parameters; the result is JSON as std.sql makes it.  A date-time as argument
 * keeps its offset, and a number with a fraction that no float can hold comes
 * back as text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "nodes/pg_list.h"
#include "portability/instr_time.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "definition/definitions.h"
#include "engine/data/run_as.h"
#include "engine/data/sql_call.h"
#include "engine/data/sql_functions.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/transient.h"
#include "value/datetime.h"
#include "value/dict.h"
#include "value/iteration.h"
#include "value/jsonb.h"
#include "value/list.h"
#include "value/make.h"
#include "value/text.h"

/* a function may evaluate expressions that call functions, but not for ever */
#define MAX_NESTING 8

/* one call costs about as much as so many steps */
#define STEPS_PER_CALL 100

static int	nesting = 0;

/* What an evaluation has found and used so far. */
typedef struct Usage
{
	List	   *functions;		/* FunctionRef */
	instr_time	time;
} Usage;

static Usage *
usage_of(EvalContext *cxt)
{
	if (cxt->callback_memory == NULL)
		cxt->callback_memory = palloc0(sizeof(Usage));
	return cxt->callback_memory;
}

/*
 * Finds the function that the project has under a name; NULL when there is
 * none.  What is found stays for the evaluation.
 */
const void *
mst_sql_functions_find(const char *project, EvalContext *cxt, const char *name, int len)
{
	Usage	   *usage = usage_of(cxt);
	char	   *wanted = pnstrdup(name, len);
	FunctionRef *ref;
	ListCell   *lc;

	foreach(lc, usage->functions)
	{
		ref = lfirst(lc);
		if (strcmp(ref->name, wanted) == 0)
			return ref;
	}
	ref = mst_definition_find_function(wanted, project);
	if (ref != NULL)
		usage->functions = lappend(usage->functions, ref);
	return ref;
}

/* ---- arguments ---- */

static bool prepare_value(EvalContext *cxt, const ExprValue *v, ExprValue *result);

static bool
prepare_list(EvalContext *cxt, const ExprValue *v, ExprValue *result)
{
	ExprList   *list = mst_list_new(0);
	ExprCursor	cursor;
	ExprValue	item;
	ExprNext	next;

	if (!mst_cursor_open(cxt, &cursor, v))
		return false;
	while ((next = mst_cursor_next(cxt, &cursor, &item)) == EXPR_NEXT_ITEM)
	{
		if (!prepare_value(cxt, &item, &item) || !mst_list_append(cxt, list, &item))
			return false;
	}
	*result = mst_value_list(list, false);
	return next == EXPR_NEXT_END;
}

static bool
prepare_dict(EvalContext *cxt, const ExprValue *v, ExprValue *result)
{
	ExprDict   *dict = mst_dict_new(0);
	ExprValue	key;
	ExprValue	value;
	int			pos = 0;
	bool		more;

	for (;;)
	{
		if (!mst_dict_next(cxt, v->u.dict, &pos, &key, &value, &more))
			return false;
		if (!more)
			break;
		if (!prepare_value(cxt, &value, &value) || !mst_dict_set(cxt, dict, &key, &value))
			return false;
	}
	*result = mst_value_dict(dict, false);
	return true;
}

/* Date-times, with their offset, and timespans as texts, at any depth. */
static bool
prepare_value(EvalContext *cxt, const ExprValue *v, ExprValue *result)
{
	bool		ok;

	if (v->kind == EXPR_DATETIME || v->kind == EXPR_TIMESPAN)
		return mst_value_to_text(cxt, v, result);
	if (v->kind != EXPR_DICT && !mst_value_is_collection(v))
	{
		*result = *v;
		return true;
	}
	if (!mst_expr_enter(cxt))
		return false;
	ok = v->kind == EXPR_DICT ? prepare_dict(cxt, v, result) : prepare_list(cxt, v, result);
	mst_expr_leave(cxt);
	return ok;
}

static bool
argument_to_json(EvalContext *cxt, const ExprValue *v, Jsonb **json)
{
	ExprValue	prepared;

	return prepare_value(cxt, v, &prepared) && mst_value_to_jsonb(cxt, &prepared, json);
}

static bool
collect_arguments(EvalContext *cxt, const char *name, const ExprArguments *args,
				  SqlArguments *collected)
{
	JsonBuilder positional;
	JsonBuilder named;
	Jsonb	   *json;

	mst_json_begin_array(&positional);
	for (int i = 0; i < args->nargs; i++)
	{
		if (args->args[i].kind == EXPR_NO_VALUE)
			return mst_expr_fail(cxt, "TypeError", "argument %d of %s() is left out", i + 1, name);
		if (!argument_to_json(cxt, &args->args[i], &json))
			return false;
		mst_json_add(&positional, NULL, json);
	}
	mst_json_begin_object(&named);
	for (int i = 0; i < args->nnamed; i++)
	{
		if (!argument_to_json(cxt, &args->named[i].value, &json))
			return false;
		mst_json_add(&named, pnstrdup(args->named[i].name, args->named[i].len), json);
	}
	collected->positional = mst_json_end(&positional);
	collected->named = mst_json_end(&named);
	return true;
}

/* ---- the result ---- */

/* Returns whether a float of the expression languages is the same number. */
static bool
survives_as_float(Numeric number)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number)));
	char		shortest[DOUBLE_SHORTEST_DECIMAL_LEN];
	double		real;

	if (strchr(text, '.') == NULL)
		return true;
	real = strtod(text, NULL);
	if (isinf(real))
		return false;
	double_to_shortest_decimal_buf(real, shortest);
	return DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(number),
											DirectFunctionCall3(numeric_in, CStringGetDatum(shortest),
																ObjectIdGetDatum(InvalidOid),
																Int32GetDatum(-1))));
}

/* Returns the JSON with numbers as texts where a float would lose digits. */
static Jsonb *
keep_digits(Jsonb *json)
{
	JsonbIterator *it = JsonbIteratorInit(&json->root);
	JsonbParseState *state = NULL;
	JsonbValue *result = NULL;
	JsonbValue	v;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&it, &v, false)) != WJB_DONE)
	{
		if ((token == WJB_ELEM || token == WJB_VALUE) && v.type == jbvNumeric &&
			!survives_as_float(v.val.numeric))
		{
			char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out,
																   NumericGetDatum(v.val.numeric)));

			v.type = jbvString;
			v.val.string.val = text;
			v.val.string.len = strlen(text);
		}
		result = pushJsonbValue(&state, token, token < WJB_BEGIN_ARRAY ||
								(token == WJB_BEGIN_ARRAY && v.val.array.rawScalar) ? &v : NULL);
	}
	return JsonbValueToJsonb(result);
}

/* ---- the call ---- */

typedef struct Call
{
	const FunctionRef *ref;
	SqlArguments args;
	MemoryContext result_cxt;
	Jsonb	   *result;
} Call;

static void
run_call(void *arg)
{
	Call	   *call = arg;
	SqlFunction *function = mst_sql_function_read(call->ref->signature);

	mst_sql_function_check(function, call->ref->function_owner);
	if (function->is_volatile)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("function %s is VOLATILE", function->signature),
				 errhint("An expression calls STABLE and IMMUTABLE functions only.")));
	call->result = mst_sql_function_call(function, &call->args, call->result_cxt);
}

/*
 * Returns what is left of the time that the evaluation has, in milliseconds.
 */
static int
time_left(const Usage *usage)
{
	return mst_expression_sql_timeout - (int) Min(INSTR_TIME_GET_MILLISEC(usage->time), PG_INT32_MAX);
}

static ErrorData *
run_timed(const char *project, Usage *usage, Call *call)
{
	RunAs		run = {
		.role_name = project,
		.what = psprintf("%s()", call->ref->name),
		.limit_setting = "mistral.expression_sql_timeout",
		.limit_ms = Max(time_left(usage), 1),
		.is_read_only = true
	};
	instr_time	start;
	instr_time	end;
	ErrorData  *error;

	INSTR_TIME_SET_CURRENT(start);
	nesting++;
	PG_TRY();
	{
		error = mst_run_as(&run, run_call, call);
	}
	PG_FINALLY();
	{
		nesting--;
	}
	PG_END_TRY();
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_ACCUM_DIFF(usage->time, end, start);
	return error;
}

static bool
fail_call(EvalContext *cxt, const char *name, const ErrorData *error)
{
	mst_expr_fail(cxt, "SqlFunctionError", "%s() has failed: %s (SQLSTATE %s)", name,
				  error->message, unpack_sql_state(error->sqlerrcode));
	if (cxt->error->hint == NULL && error->hint != NULL)
		cxt->error->hint = pstrdup(error->hint);
	return false;
}

/*
 * Calls a function that mst_sql_functions_find() has found.  Errors of the
 * function are the expression's; a cancel, and what would pass if it was tried
 * again, is raised.
 */
bool
mst_sql_functions_call(const char *project, EvalContext *cxt, const void *function,
					   const ExprArguments *args, ExprValue *result)
{
	Usage	   *usage = usage_of(cxt);
	Call		call = {.ref = function, .result_cxt = CurrentMemoryContext};
	const char *name = call.ref->name;
	ErrorData  *error;

	if (nesting >= MAX_NESTING)
		return mst_expr_fail_limit(cxt, "RecursionError", "SQL functions are nested too deeply in %s()", name);
	if (time_left(usage) <= 0)
		return mst_expr_fail_limit(cxt, "TimeoutError",
								   "SQL functions took longer than %d ms (mistral.expression_sql_timeout)",
								   mst_expression_sql_timeout);
	for (int i = 0; i < STEPS_PER_CALL; i++)
		if (!mst_expr_step(cxt))
			return false;
	if (!collect_arguments(cxt, name, args, &call.args))
		return false;
	error = run_timed(project, usage, &call);
	if (error != NULL && mst_error_is_transient(error))
		ReThrowError(error);
	if (error != NULL)
		return fail_call(cxt, name, error);
	*result = mst_value_from_jsonb(keep_digits(call.result));
	return true;
}

/* ---- outside of workflows ---- */

static const void *
find_for_project(void *state, EvalContext *cxt, const char *name, int len)
{
	return mst_sql_functions_find(state, cxt, name, len);
}

static bool
call_for_project(void *state, EvalContext *cxt, const void *function, const ExprArguments *args,
				 ExprValue *result)
{
	return mst_sql_functions_call(state, cxt, function, args, result);
}

const ExprCallbacks mst_project_functions = {
	.find_function = find_for_project,
	.call_function = call_for_project
};
