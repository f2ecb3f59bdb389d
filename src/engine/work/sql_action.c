/*-------------------------------------------------------------------------
 *
 * sql_action.c
 *	  std.sql: a query as an action, in the engine's own transaction.
 *
 * The query's effect and the state of the workflow commit together.  A query
 * that fails is rolled back alone, and its error is the action's, unless it is
 * one of the moment: then the caller tries again later.  Parameters
 * are bound, never pasted into the text.  The query runs with the rights of
 * the execution's owner; run_as.c says what that means.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "parser/parse_param.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "engine/data/run_as.h"
#include "engine/work/sql_action.h"
#include "util/errors.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/transient.h"

#define MAX_PARAMS 100
#define DEFAULT_MAX_ROWS 10000

/* Returns NULL, or what is wrong with the values for a query; they may be NULL. */
char *
mst_sql_params_problem(Jsonb *params)
{
	if (params != NULL && !mst_json_is_null(params) && !mst_json_is_array(params))
		return pstrdup("Parameter \"params\" must be a list");
	if (mst_json_count(params) > MAX_PARAMS)
		return psprintf("A query cannot have more than %d parameters", MAX_PARAMS);
	return NULL;
}

/* Returns NULL, or what is wrong with the input's form. */
char *
mst_sql_action_check(Jsonb *input)
{
	Jsonb	   *params = mst_json_get(input, "params");

	if (mst_json_get_text(input, "query") == NULL)
		return pstrdup("Parameter \"query\" must be a string");
	return mst_sql_params_problem(params);
}

/* ---- parameters ---- */

/* The types of the parameters, as parse analysis finds them. */
typedef struct ParamTypes
{
	Oid		   *types;
	int			n;
} ParamTypes;

static void
set_up_parameters(ParseState *pstate, void *arg)
{
	ParamTypes *params = arg;

	setup_parse_variable_parameters(pstate, &params->types, &params->n);
}

static Datum
convert_parameter(Jsonb *value, Oid type)
{
	Oid			input_function;
	Oid			io_param;
	char	   *text;

	if (type == JSONBOID)
		return JsonbPGetDatum(value);
	text = type == JSONOID ? mst_json_print(value) : mst_json_to_text(value);
	getTypeInputInfo(type, &input_function, &io_param);
	return OidInputFunctionCall(input_function, text, io_param, -1);
}

static ParamListInfo
bind_parameters(const ParamTypes *params, Jsonb *values)
{
	ParamListInfo list;

	if (params->n > mst_json_count(values))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_PARAMETER),
				 errmsg("the query has %d parameters, but %d values are given",
						params->n, mst_json_count(values))));
	list = makeParamList(params->n);
	for (int i = 0; i < params->n; i++)
	{
		ParamExternData *param = &list->params[i];
		Jsonb	   *value = mst_json_item(values, i);
		Oid			type = params->types[i];

		/* not used in the query, or of a type that the query leaves open */
		if (type == InvalidOid || type == UNKNOWNOID)
			type = TEXTOID;
		param->ptype = type;
		param->pflags = PARAM_FLAG_CONST;
		param->isnull = mst_json_is_null(value);
		param->value = param->isnull ? (Datum) 0 : convert_parameter(value, type);
	}
	return list;
}

/* ---- the query ---- */

static Jsonb *
collect_rows(MemoryContext result_cxt, uint64 n_rows)
{
	MemoryContext old = MemoryContextSwitchTo(result_cxt);
	JsonBuilder b;
	Jsonb	   *value;

	mst_json_begin_object(&b);
	mst_json_add_int(&b, "row_count", n_rows);
	mst_json_open_array(&b, "rows");
	if (SPI_tuptable != NULL)
	{
		TupleDesc	desc = BlessTupleDesc(SPI_tuptable->tupdesc);

		for (uint64 i = 0; i < SPI_tuptable->numvals; i++)
		{
			Datum		row = heap_copy_tuple_as_datum(SPI_tuptable->vals[i], desc);
			Datum		json = DirectFunctionCall1(row_to_json, row);

			mst_json_add(&b, NULL, mst_json_from_text(TextDatumGetCString(json)));
		}
	}
	mst_json_close_array(&b);
	value = mst_json_end(&b);
	MemoryContextSwitchTo(old);
	return value;
}

/*
 * Prepares a query, which must be one statement, with its values; the caller is
 * connected to SPI.  "what" is how messages call what runs it.
 */
static SPIPlanPtr
prepare_query(const char *what, const char *query, Jsonb *values, ParamListInfo *list)
{
	ParamTypes	params = {NULL, 0};
	SPIPlanPtr	plan;

	/* the parser enlarges it in place; what it allocates itself does not last */
	params.types = palloc0(sizeof(Oid));
	plan = SPI_prepare_params(query, set_up_parameters, &params, 0);
	if (plan == NULL)
		elog(ERROR, "could not prepare the query: %s", SPI_result_code_string(SPI_result));
	if (list_length(SPI_plan_get_plan_sources(plan)) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("%s runs exactly one statement", what)));
	*list = bind_parameters(&params, values);
	return plan;
}

static Jsonb *
execute_query(Jsonb *input, MemoryContext result_cxt)
{
	int64		max_rows = mst_json_get_int(input, "max_rows", DEFAULT_MAX_ROWS);
	ParamListInfo params;
	SPIPlanPtr	plan;
	int			status;
	Jsonb	   *value;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	plan = prepare_query("std.sql", mst_json_get_text(input, "query"),
						 mst_json_get(input, "params"), &params);
	status = SPI_execute_plan_with_paramlist(plan, params, false, Max(max_rows, 1));
	if (status == SPI_ERROR_COPY)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("std.sql cannot run COPY from or to a client"),
				 errhint("Use INSERT with parameters, or SELECT, instead.")));
	if (status < 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("std.sql cannot run this statement: %s", SPI_result_code_string(status)),
				 errhint("Statements that control transactions are not possible in an action.")));
	value = collect_rows(result_cxt, SPI_processed);
	SPI_finish();
	return value;
}

/*
 * Runs a query, with the rights of the current user, and sends its rows to a
 * receiver as they come.  Raises an error when it is none that returns rows.
 */
void
mst_sql_receive_rows(const char *what, const char *query, Jsonb *values, DestReceiver *receiver)
{
	SPIExecuteOptions options = {0};
	SPIPlanPtr	plan;
	int			status;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	plan = prepare_query(what, query, values, &options.params);
	if (!SPI_is_cursor_plan(plan))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("the query returns no rows"),
				 errhint("It is a SELECT, VALUES or TABLE.")));
	options.dest = receiver;
	options.must_return_tuples = true;
	status = SPI_execute_plan_extended(plan, &options);
	if (status < 0)
		elog(ERROR, "could not run a query: %s", SPI_result_code_string(status));
	SPI_finish();
}

/*
 * what the server says where a trigger is to fire at the end of a transaction
 */
#define DEFERRED_MESSAGE "cannot fire deferred trigger within security-restricted operation"

/* ---- one attempt ---- */

typedef struct Attempt
{
	Jsonb	   *input;
	MemoryContext result_cxt;
	Jsonb	   *value;
} Attempt;

static void
run_query(void *arg)
{
	Attempt    *attempt = arg;

	attempt->value = execute_query(attempt->input, attempt->result_cxt);
}

/* Runs something as the role; NULL, or the error that it has failed with. */
static ErrorData *
attempt_run(const char *role_name, const char *what, bool is_immediate, bool is_read_only,
			void (*body) (void *arg), void *arg)
{
	RunAs		run = {
		.role_name = role_name,
		.what = what,
		.limit_setting = "mistral.sql_timeout",
		.limit_ms = mst_sql_timeout,
		.is_immediate = is_immediate,
		.is_read_only = is_read_only
	};

	return mst_run_as(&run, body, arg);
}

/*
 * Returns whether the transaction is the engine's alone, so that how its
 * constraints are checked is nobody else's business.
 */
static bool
owns_transaction(void)
{
	return MyBackendType == B_BG_WORKER || (!IsTransactionBlock() && !IsSubTransaction());
}

static bool
error_says(const ErrorData *error, const char *part)
{
	return error->message_id != NULL && strstr(error->message_id, part) != NULL;
}

/* Says what the server leaves unsaid about what an action cannot do. */
static const char *
hint_of(const ErrorData *error)
{
	if (error->hint != NULL)
		return error->hint;
	if (error_says(error, DEFERRED_MESSAGE))
		return "The table has deferred constraints or triggers. In a transaction block, execute SET CONSTRAINTS ALL IMMEDIATE before, or start the workflow with run_async => true.";
	if (error_says(error, "security-restricted operation"))
		return "SQL in a workflow runs with the rights of its project only: it cannot create temporary objects, keep a cursor, or change the role.";
	return NULL;
}

static Jsonb *
describe_error(const ErrorData *error)
{
	const char *hint = hint_of(error);
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "sqlstate", unpack_sql_state(error->sqlerrcode));
	mst_json_add_text(&b, "message", error->message);
	if (error->detail != NULL)
		mst_json_add_text(&b, "detail", error->detail);
	if (hint != NULL)
		mst_json_add_text(&b, "hint", hint);
	return mst_json_end(&b);
}

/*
 * Makes an outcome that says that what is to be run is switched off.
 */
void
mst_sql_switched_off(const char *what, SqlOutcome *outcome)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "sqlstate", unpack_sql_state(ERRCODE_MISTRAL_NOT_ALLOWED));
	mst_json_add_text(&b, "message", psprintf("%s is switched off", what));
	mst_json_add_text(&b, "hint", "An administrator can set \"mistral.sql_actions\" to \"all\".");
	outcome->is_error = true;
	outcome->is_transient = false;
	outcome->value = mst_json_end(&b);
}

static void
set_outcome(SqlOutcome *outcome, const ErrorData *error)
{
	outcome->is_error = error != NULL;
	outcome->is_transient = error != NULL && mst_error_is_transient(error);
	outcome->value = error != NULL ? describe_error(error) : NULL;
}

/*
 * Calls body(arg) as the role of that name, as actions run SQL: in a
 * subtransaction that is rolled back when it fails, bounded by
 * mistral.sql_timeout, deferred constraints checked where nobody else has a
 * say in that.  "what" is how messages call it.  The outcome has no value when
 * it has succeeded, else {"sqlstate": ..., "message": ...}.  A cancel of the
 * statement is raised on.
 */
void
mst_sql_run(const char *role_name, const char *what, void (*body) (void *arg), void *arg,
			SqlOutcome *outcome)
{
	bool		may_check = owns_transaction();
	ErrorData  *error = attempt_run(role_name, what, false, false, body, arg);

	if (error != NULL && may_check && error_says(error, DEFERRED_MESSAGE))
		error = attempt_run(role_name, what, true, false, body, arg);
	set_outcome(outcome, error);
}

/* As mst_sql_run(), for a body that may not write. */
void
mst_sql_read(const char *role_name, const char *what, void (*body) (void *arg), void *arg,
			 SqlOutcome *outcome)
{
	set_outcome(outcome, attempt_run(role_name, what, false, true, body, arg));
}

/*
 * Runs the query of the input with its parameters as the role of that name,
 * in a subtransaction that is rolled back when it fails.
 *
 * Input: "query" (one statement with $1, $2, ...), "params" (a list; values
 * are given as text to be converted to the types the statement wants, null as
 * null, lists and mappings as JSON), "max_rows".  Value: {"rows": [...],
 * "row_count": n}; on failure {"sqlstate": ..., "message": ...}.  A cancel of
 * the statement is raised on.
 */
void
mst_sql_action(Jsonb *input, const char *role_name, SqlOutcome *outcome)
{
	Attempt		attempt = {input, CurrentMemoryContext};

	if (mst_sql_actions != SQL_ACTIONS_ALL)
	{
		mst_sql_switched_off("std.sql", outcome);
		return;
	}
	mst_sql_run(role_name, "query", run_query, &attempt, outcome);
	if (!outcome->is_error)
		outcome->value = attempt.value;
}
