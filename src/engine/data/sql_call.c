/*-------------------------------------------------------------------------
 *
 * sql_call.c
 *	  Calling a function of the database with arguments in JSON.
 *
 * A function is called by a statement like
 *
 *		SELECT pg_catalog.to_jsonb(shop.reserve(x.a0, (5)::integer))
 *		  FROM pg_catalog.jsonb_to_record($1) AS x (a0 integer)
 *
 * so the server converts what goes in, as it does for JSON everywhere, and
 * what comes out.  Every parameter is in the list, with its own type, defaults
 * as their expressions: thus no other function of the same name can be meant.
 * Names come from the catalog and are quoted; values are never in the text.
 *
 * Everything here raises errors, and runs with the rights of the current user.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "engine/data/sql_call.h"
#include "util/errors.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/spi.h"

/* ---- what the catalog says ---- */

/* Returns the name of a type: with its schema, but for those of the server. */
static const char *
type_text(Oid type)
{
	const char *name = format_type_be_qualified(type);
	const char *prefix = "pg_catalog.";

	return strncmp(name, prefix, strlen(prefix)) == 0 ? name + strlen(prefix) : name;
}

static char *
format_signature(Form_pg_proc proc)
{
	StringInfoData signature;

	initStringInfo(&signature);
	appendStringInfo(&signature, "%s(",
					 quote_qualified_identifier(get_namespace_name(proc->pronamespace),
												NameStr(proc->proname)));
	for (int i = 0; i < proc->pronargs; i++)
		appendStringInfo(&signature, "%s%s", i > 0 ? ", " : "",
						 type_text(proc->proargtypes.values[i]));
	appendStringInfoChar(&signature, ')');
	return signature.data;
}

static void refuse_function(const SqlFunction *function, const char *why) pg_attribute_noreturn();

static void
refuse_function(const SqlFunction *function, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("function %s cannot be called from a workflow", function->signature),
			 errdetail("%s", why)));
	pg_unreachable();
}

static void
check_kind(const SqlFunction *function, Form_pg_proc proc)
{
	if (proc->prokind == PROKIND_PROCEDURE)
		refuse_function(function, "It is a procedure.");
	if (proc->prokind != PROKIND_FUNCTION)
		refuse_function(function, "It is an aggregate or window function.");
	if (isAnyTempNamespace(proc->pronamespace))
		refuse_function(function, "It is in a schema of temporary objects.");
	if (get_typtype(proc->prorettype) == TYPTYPE_PSEUDO &&
		proc->prorettype != VOIDOID && proc->prorettype != RECORDOID)
		refuse_function(function, psprintf("It returns %s.", format_type_be(proc->prorettype)));
}

static void
read_parameters(SqlFunction *function, HeapTuple tuple)
{
	Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);
	Oid		   *types;
	char	  **names;
	char	   *modes;
	int			n = get_func_arg_info(tuple, &types, &names, &modes);

	function->parameters = palloc0(sizeof(SqlParameter) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		SqlParameter *parameter = &function->parameters[function->n_parameters];

		if (modes != NULL && modes[i] != PROARGMODE_IN && modes[i] != PROARGMODE_INOUT &&
			modes[i] != PROARGMODE_VARIADIC)
			continue;
		if (get_typtype(types[i]) == TYPTYPE_PSEUDO)
			refuse_function(function, psprintf("It has a parameter of type %s.", format_type_be(types[i])));
		parameter->name = names != NULL && names[i][0] != '\0' ? names[i] :
			psprintf("arg%d", function->n_parameters + 1);
		parameter->type = types[i];
		parameter->number = i + 1;
		parameter->has_default = function->n_parameters >= proc->pronargs - proc->pronargdefaults;
		parameter->is_variadic = modes != NULL && modes[i] == PROARGMODE_VARIADIC;
		function->n_parameters++;
	}
}

/*
 * Returns the function of a signature ("shop.reserve(integer, integer)"), in
 * the current memory context.  Raises an error if there is none, or if it
 * cannot be called from a workflow.
 */
SqlFunction *
mst_sql_function_read(const char *signature)
{
	SqlFunction *function = palloc0(sizeof(SqlFunction));
	HeapTuple	tuple;
	Form_pg_proc proc;

	function->oid = DatumGetObjectId(DirectFunctionCall1(regprocedurein, CStringGetDatum(signature)));
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function->oid));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function \"%s\" does not exist", signature)));
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	function->signature = format_signature(proc);
	check_kind(function, proc);
	function->call_name = quote_qualified_identifier(get_namespace_name(proc->pronamespace),
													 NameStr(proc->proname));
	function->owner = GetUserNameFromId(proc->proowner, false);
	function->is_volatile = proc->provolatile == PROVOLATILE_VOLATILE;
	function->returns_set = proc->proretset;
	function->returns_void = proc->prorettype == VOIDOID;
	read_parameters(function, tuple);
	ReleaseSysCache(tuple);
	return function;
}

/*
 * Raises an error unless the current user may execute the function, and it
 * belongs to the role that it has been registered with, or to a superuser:
 * whoever can drop it and make another one is not thereby trusted.
 */
void
mst_sql_function_check(const SqlFunction *function, const char *owner)
{
	if (!DatumGetBool(DirectFunctionCall2(has_function_privilege_id,
										  ObjectIdGetDatum(function->oid),
										  CStringGetTextDatum("EXECUTE"))))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for function %s", function->signature),
				 errdetail("Role \"%s\" has no EXECUTE privilege.",
						   GetUserNameFromId(GetUserId(), false))));
	if (strcmp(function->owner, owner) != 0 &&
		!superuser_arg(get_role_oid(function->owner, false)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("function %s is not the one that was registered", function->signature),
				 errdetail("It belongs to role \"%s\", and did belong to role \"%s\".",
						   function->owner, owner),
				 errhint("Register it again if it is to be trusted.")));
}

/* ---- arguments ---- */

static void
fail_arguments(const SqlFunction *function, char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_PARAMETER),
			 errmsg("%s", what),
			 errhint("It is called as %s(%s).", function->call_name,
					 TextDatumGetCString(DirectFunctionCall1(pg_get_function_arguments,
															 ObjectIdGetDatum(function->oid))))));
}

/* Returns the items of an array from one on, as an array. */
static Jsonb *
rest_of(Jsonb *array, int first)
{
	JsonBuilder b;

	mst_json_begin_array(&b);
	for (int i = first; i < mst_json_count(array); i++)
		mst_json_add(&b, NULL, mst_json_item(array, i));
	return mst_json_end(&b);
}

/*
 * Returns what goes to the last, variadic, parameter: a list as it is, else
 * what is left.
 */
static Jsonb *
variadic_value(Jsonb *positional, int first)
{
	if (mst_json_count(positional) == first + 1 &&
		mst_json_is_array(mst_json_item(positional, first)))
		return mst_json_item(positional, first);
	return rest_of(positional, first);
}

/* Puts the positional arguments to their parameters. */
static void
bind_positional(const SqlFunction *function, Jsonb *positional, Jsonb **values)
{
	int			given = mst_json_count(positional);

	for (int i = 0; i < given; i++)
	{
		if (i < function->n_parameters && function->parameters[i].is_variadic)
		{
			values[i] = variadic_value(positional, i);
			return;
		}
		if (i >= function->n_parameters)
			fail_arguments(function, psprintf("too many arguments for function %s: %d",
											  function->signature, given));
		values[i] = mst_json_item(positional, i);
	}
}

typedef struct NamedBinding
{
	const SqlFunction *function;
	Jsonb	  **values;
} NamedBinding;

static bool
bind_named(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	NamedBinding *binding = arg;
	const SqlFunction *function = binding->function;
	char	   *name = pnstrdup(key->val.string.val, key->val.string.len);
	int			i = 0;

	while (i < function->n_parameters &&
		   strcmp(function->parameters[i].name, name) != 0)
		i++;
	if (i == function->n_parameters)
		fail_arguments(function, psprintf("function %s has no parameter \"%s\"",
										  function->signature, name));
	if (binding->values[i] != NULL)
		fail_arguments(function, psprintf("argument \"%s\" of function %s is given twice", name,
										  function->signature));
	binding->values[i] = mst_json_from_value(value);
	return true;
}

/* Returns the value of each parameter, NULL where its default counts. */
static Jsonb **
bind_arguments(const SqlFunction *function, const SqlArguments *args)
{
	Jsonb	  **values = palloc0(sizeof(Jsonb *) * Max(function->n_parameters, 1));
	NamedBinding binding = {function, values};

	bind_positional(function, args->positional, values);
	if (args->named != NULL)
		mst_json_each(args->named, bind_named, &binding);
	for (int i = 0; i < function->n_parameters; i++)
	{
		const SqlParameter *parameter = &function->parameters[i];

		if (values[i] == NULL && !parameter->has_default && !parameter->is_variadic)
			fail_arguments(function, psprintf("argument \"%s\" of function %s is missing",
											  parameter->name, function->signature));
	}
	return values;
}

/* ---- the statement ---- */

static void
append_argument(StringInfo sql, const SqlFunction *function, int i, bool is_given)
{
	const SqlParameter *parameter = &function->parameters[i];
	char	   *type = format_type_be_qualified(parameter->type);

	appendStringInfo(sql, "%s%s", i > 0 ? ", " : "", parameter->is_variadic ? "VARIADIC " : "");
	if (is_given)
		appendStringInfo(sql, "x.a%d", i);
	else if (parameter->has_default)
	{
		Datum		default_text = DirectFunctionCall2(pg_get_function_arg_default,
													   ObjectIdGetDatum(function->oid),
													   Int32GetDatum(parameter->number));

		appendStringInfo(sql, "(%s)::%s", TextDatumGetCString(default_text), type);
	}
	else
		appendStringInfo(sql, "'{}'::%s", type);
}

static char *
build_statement(const SqlFunction *function, Jsonb *const *values)
{
	StringInfoData sql;
	StringInfoData columns;

	initStringInfo(&sql);
	initStringInfo(&columns);
	appendStringInfo(&sql, "SELECT %s%s(", function->returns_void ? "" : "pg_catalog.to_jsonb(",
					 function->call_name);
	for (int i = 0; i < function->n_parameters; i++)
	{
		append_argument(&sql, function, i, values[i] != NULL);
		if (values[i] != NULL)
			appendStringInfo(&columns, "%sa%d %s", columns.len > 0 ? ", " : "", i,
							 format_type_be_qualified(function->parameters[i].type));
	}
	appendStringInfoString(&sql, function->returns_void ? ")" : "))");
	if (columns.len > 0)
		appendStringInfo(&sql, " FROM pg_catalog.jsonb_to_record($1) AS x(%s)", columns.data);
	return sql.data;
}

static Jsonb *
build_record(const SqlFunction *function, Jsonb *const *values)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	for (int i = 0; i < function->n_parameters; i++)
	{
		if (values[i] != NULL)
			mst_json_add(&b, psprintf("a%d", i), values[i]);
	}
	return mst_json_end(&b);
}

/* ---- rows ---- */

/* Takes the rows as they come, so that too many are not kept. */
typedef struct RowCollector
{
	DestReceiver pub;
	const SqlFunction *function;
	MemoryContext cxt;			/* of the rows */
	List	   *rows;			/* Jsonb */
	int64		bytes;
} RowCollector;

static void
check_room(const RowCollector *collector)
{
	const SqlFunction *function = collector->function;

	if (list_length(collector->rows) >= mst_sql_function_max_rows)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("function %s has returned more than %d rows", function->signature,
						mst_sql_function_max_rows),
				 errhint("Let it return fewer, or an administrator raise \"mistral.sql_function_max_rows\".")));
	if (collector->bytes > (int64) mst_expression_max_memory * 1024)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("function %s has returned more than %d kB", function->signature,
						mst_expression_max_memory),
				 errhint("Let it return less, or an administrator raise \"mistral.expression_max_memory\".")));
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowCollector *collector = (RowCollector *) self;
	MemoryContext old;
	bool		is_null = true;
	Datum		value = collector->function->returns_void ? (Datum) 0 : slot_getattr(slot, 1, &is_null);

	check_room(collector);
	old = MemoryContextSwitchTo(collector->cxt);
	collector->rows = lappend(collector->rows,
							  is_null ? mst_json_null() : DatumGetJsonbPCopy(value));
	collector->bytes += VARSIZE(llast(collector->rows));
	MemoryContextSwitchTo(old);
	return true;
}

static void
ignore_startup(DestReceiver *self, int operation, TupleDesc desc)
{
}

static void
ignore_end(DestReceiver *self)
{
}

/*
 * Plans are kept, one for each role, as the server looks at the rights of the
 * current user when it plans.
 */
#define MAX_PLANS 64

typedef struct KeptPlan
{
	Oid			role;
	char	   *sql;			/* NULL: there is none */
	SPIPlanPtr	plan;
	int			users;			/* calls under way */
} KeptPlan;

static KeptPlan kept_plans[MAX_PLANS];

/* Returns a place for a new plan; NULL when all are in use. */
static KeptPlan *
free_place(void)
{
	static int	next = 0;

	for (int i = 0; i < MAX_PLANS; i++)
	{
		KeptPlan   *kept = &kept_plans[next++ % MAX_PLANS];

		if (kept->users > 0)
			continue;
		if (kept->sql != NULL)
		{
			pfree(kept->sql);
			kept->sql = NULL;
			SPI_freeplan(kept->plan);
		}
		return kept;
	}
	return NULL;
}

static SPIPlanPtr
prepare_call(const char *sql)
{
	Oid			argtype = JSONBOID;
	SPIPlanPtr	plan = SPI_prepare(sql, 1, &argtype);

	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s", sql, SPI_result_code_string(SPI_result));
	return plan;
}

static KeptPlan *
find_plan(const char *sql)
{
	KeptPlan   *kept;
	SPIPlanPtr	plan;

	for (int i = 0; i < MAX_PLANS; i++)
	{
		if (kept_plans[i].sql != NULL && kept_plans[i].role == GetUserId() &&
			strcmp(kept_plans[i].sql, sql) == 0)
			return &kept_plans[i];
	}
	plan = prepare_call(sql);
	kept = free_place();
	if (kept == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many SQL functions call each other")));
	SPI_keepplan(plan);
	kept->plan = plan;
	kept->role = GetUserId();
	kept->sql = MemoryContextStrdup(TopMemoryContext, sql);
	return kept;
}

static void
execute_call(SPIPlanPtr plan, Jsonb *record, RowCollector *collector)
{
	SPIExecuteOptions options = {0};
	int			status;

	options.params = makeParamList(1);
	options.params->params[0].value = JsonbPGetDatum(record);
	options.params->params[0].isnull = false;
	options.params->params[0].pflags = PARAM_FLAG_CONST;
	options.params->params[0].ptype = JSONBOID;
	options.dest = &collector->pub;
	status = SPI_execute_plan_extended(plan, &options);
	if (status < 0)
		elog(ERROR, "could not execute a function: %s", SPI_result_code_string(status));
}

static void
run_statement(const char *sql, Jsonb *record, RowCollector *collector)
{
	KeptPlan   *volatile kept;

	mst_spi_connect();
	kept = find_plan(sql);
	kept->users++;
	PG_TRY();
	{
		execute_call(kept->plan, record, collector);
	}
	PG_FINALLY();
	{
		kept->users--;
	}
	PG_END_TRY();
	SPI_finish();
}

/*
 * Returns the value, or for a function that returns a set the list of its
 * rows.
 */
static Jsonb *
make_result(const SqlFunction *function, List *rows)
{
	JsonBuilder b;
	ListCell   *lc;

	if (!function->returns_set)
		return rows == NIL ? mst_json_null() : linitial(rows);
	mst_json_begin_array(&b);
	foreach(lc, rows)
		mst_json_add(&b, NULL, lfirst(lc));
	return mst_json_end(&b);
}

/*
 * Calls the function; returns its result, in the memory context given: null
 * for void, a list for a set, a mapping for a record.  Raises an error when
 * arguments are missing or do not fit, or when the function does.
 */
Jsonb *
mst_sql_function_call(const SqlFunction *function, const SqlArguments *args,
					  MemoryContext result_cxt)
{
	Jsonb	  **values = bind_arguments(function, args);
	RowCollector collector = {
		.pub = {
			.receiveSlot = receive_row,
			.rStartup = ignore_startup,
			.rShutdown = ignore_end,
			.rDestroy = ignore_end,
			.mydest = DestNone
		},
		.function = function,
		.cxt = result_cxt
	};
	MemoryContext old;
	Jsonb	   *result;

	run_statement(build_statement(function, values), build_record(function, values), &collector);
	old = MemoryContextSwitchTo(result_cxt);
	result = make_result(function, collector.rows);
	MemoryContextSwitchTo(old);
	return result;
}
