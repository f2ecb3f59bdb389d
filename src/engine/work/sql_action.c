/*-------------------------------------------------------------------------
 *
 * sql_action.c
 *	  std.sql: a query as an action, in the engine's own transaction.
 *
 * The query's effect and the state of the workflow commit together.  A query
 * that fails is rolled back alone, and its error is the action's, unless it is
 * one of the moment: then the caller tries again later.  Parameters
 * are bound, never pasted into the text.  The query runs with the rights of
 * the execution's owner, in a security-restricted context: it cannot change
 * role or leave session state behind, and it cannot end the transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "parser/parse_param.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "engine/work/children.h"
#include "engine/work/sql_action.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/time_limit.h"
#include "util/transient.h"

#define MAX_PARAMS 100
#define DEFAULT_MAX_ROWS 10000

/* Returns NULL, or what is wrong with the input's form. */
char *
mst_sql_action_check(Jsonb *input)
{
	Jsonb	   *params = mst_json_get(input, "params");

	if (mst_json_get_text(input, "query") == NULL)
		return pstrdup("Parameter \"query\" must be a string");
	if (params != NULL && !mst_json_is_null(params) && !mst_json_is_array(params))
		return pstrdup("Parameter \"params\" must be a list");
	if (mst_json_count(params) > MAX_PARAMS)
		return psprintf("A query cannot have more than %d parameters", MAX_PARAMS);
	return NULL;
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

static Jsonb *
execute_query(Jsonb *input, MemoryContext result_cxt)
{
	ParamTypes	params = {NULL, 0};
	int64		max_rows = mst_json_get_int(input, "max_rows", DEFAULT_MAX_ROWS);
	SPIPlanPtr	plan;
	int			status;
	Jsonb	   *value;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");

	/* the parser enlarges it in place; what it allocates itself does not last */
	params.types = palloc0(sizeof(Oid));
	plan = SPI_prepare_params(mst_json_get_text(input, "query"),
							  set_up_parameters, &params, 0);
	if (plan == NULL)
		elog(ERROR, "could not prepare the query: %s", SPI_result_code_string(SPI_result));
	if (list_length(SPI_plan_get_plan_sources(plan)) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("std.sql runs exactly one statement")));
	status = SPI_execute_plan_with_paramlist(plan,
											 bind_parameters(&params, mst_json_get(input, "params")),
											 false, Max(max_rows, 1));
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

static void
become_role(const char *role_name)
{
	Oid			role = get_role_oid(role_name, false);

	SetUserIdAndSecContext(role, SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * what the server says where a trigger is to fire at the end of a transaction
 */
#define DEFERRED_MESSAGE "cannot fire deferred trigger within security-restricted operation"

/* ---- one attempt ---- */

/*
 * Make the checks of deferred constraints, and deferred triggers, part of the
 * query: at the end of the transaction they would run with the rights of
 * whoever ends it, which the server refuses.
 */
static void
check_constraints_now(void)
{
	ConstraintsSetStmt *stmt = makeNode(ConstraintsSetStmt);

	stmt->constraints = NIL;
	stmt->deferred = false;
	AfterTriggerSetState(stmt);
}

/* In a worker a query is bounded; in a session it is its own affair. */
static void
begin_limit(TimeLimit *limit)
{
	limit->is_over = false;
	if (mst_call_is_bounded())
		mst_time_limit_begin(limit, mst_sql_timeout);
}

static void
end_limit(TimeLimit *limit)
{
	if (mst_call_is_bounded())
		mst_time_limit_end(limit);
}

/* Whatever the query said in the end: it has taken too long. */
static void
say_timeout(ErrorData *error)
{
	error->sqlerrcode = ERRCODE_QUERY_CANCELED;
	error->message = psprintf("query took longer than %d ms (mistral.sql_timeout)",
							  mst_sql_timeout);
	error->message_id = error->message;
	error->detail = NULL;
	error->hint = NULL;
}

/*
 * Run the query in a subtransaction; NULL, or the error that it has failed
 * with.  A cancel is raised on.
 */
static ErrorData *
attempt_query(Jsonb *input, const char *role_name, bool is_immediate, Jsonb **value)
{
	MemoryContext caller_cxt = CurrentMemoryContext;
	ResourceOwner caller_owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;
	Oid			user;
	int			sec_context;
	TimeLimit	limit;

	GetUserIdAndSecContext(&user, &sec_context);
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller_cxt);
	begin_limit(&limit);
	PG_TRY();
	{
		int			guc_level = NewGUCNestLevel();

		if (is_immediate)
			check_constraints_now();
		become_role(role_name);
		*value = execute_query(input, caller_cxt);
		end_limit(&limit);
		AtEOXact_GUC(false, guc_level);
		SetUserIdAndSecContext(user, sec_context);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller_cxt);
		error = CopyErrorData();
		FlushErrorState();
		end_limit(&limit);
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller_cxt);
	CurrentResourceOwner = caller_owner;

	if (error != NULL && limit.is_over)
		say_timeout(error);
	/* whoever catches it next ends a subtransaction of its own */
	if (error != NULL && (mst_time_limit_is_over() || mst_error_is_cancel(error)))
		ReThrowError(error);
	return error;
}

/*
 * Whether the transaction is the engine's alone, so that how its constraints
 * are checked is nobody else's business.
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

/* Say what the server leaves unsaid about what an action cannot do. */
static const char *
hint_of(const ErrorData *error)
{
	if (error->hint != NULL)
		return error->hint;
	if (error_says(error, DEFERRED_MESSAGE))
		return "The table has deferred constraints or triggers. In a transaction block, execute SET CONSTRAINTS ALL IMMEDIATE before, or start the workflow with run_async => true.";
	if (error_says(error, "security-restricted operation"))
		return "A query of std.sql runs with the rights of its project only: it cannot create temporary objects, keep a cursor, or change the role.";
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
 * Run the query of the input with its parameters as the role of that name,
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
	bool		may_check = owns_transaction();
	ErrorData  *error = attempt_query(input, role_name, false, &outcome->value);

	if (error != NULL && may_check && error_says(error, DEFERRED_MESSAGE))
		error = attempt_query(input, role_name, true, &outcome->value);
	outcome->is_error = error != NULL;
	outcome->is_transient = error != NULL && mst_error_is_transient(error);
	if (error != NULL)
		outcome->value = describe_error(error);
}
