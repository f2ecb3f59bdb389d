/*-------------------------------------------------------------------------
 *
 * statement.c
 *	  SQL statements against our own tables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "store/statement.h"
#include "util/spi.h"

/*
 * Adds an argument that is a Datum already.
 */
void
mst_arg_datum(StatementArgs *args, Datum value, bool is_null)
{
	Assert(args->n < MAX_STATEMENT_ARGS);
	args->values[args->n] = value;
	args->nulls[args->n] = is_null ? 'n' : ' ';
	args->n++;
}

/* Adds a text as the next argument; NULL for NULL. */
void
mst_arg_text(StatementArgs *args, const char *value)
{
	mst_arg_datum(args, value != NULL ? CStringGetTextDatum(value) : (Datum) 0,
				  value == NULL);
}

/* Adds an id as the next argument; NULL for NULL. */
void
mst_arg_uuid(StatementArgs *args, const pg_uuid_t *value)
{
	mst_arg_datum(args, UUIDPGetDatum(value), value == NULL);
}

/* Adds a JSON value as the next argument; NULL for NULL. */
void
mst_arg_jsonb(StatementArgs *args, Jsonb *value)
{
	mst_arg_datum(args, JsonbPGetDatum(value), value == NULL);
}

/* Connect, run, and leave the connection open. */
static void
run_statement(Statement *statement, const StatementArgs *args)
{
	int			result;

	Assert(args->n == statement->nargs);
	mst_spi_connect();
	mst_spi_plan(&statement->plan, statement->sql, CURSOR_OPT_GENERIC_PLAN, statement->nargs,
				 statement->argtypes);
	result = SPI_execute_plan(statement->plan, (Datum *) args->values,
							  args->nulls, false, 0);
	if (result < 0)
		elog(ERROR, "could not execute \"%s\": %s", statement->sql,
			 SPI_result_code_string(result));
}

/* Executes a statement.  Returns the number of rows changed or returned. */
uint64
mst_statement_execute(Statement *statement, const StatementArgs *args)
{
	OwnerSwitch saved;
	uint64		n;

	mst_as_owner_begin(&saved);
	run_statement(statement, args);
	n = SPI_processed;
	SPI_finish();
	mst_as_owner_end(&saved);
	return n;
}

/*
 * Executes a statement.  Returns the first column of the first row as text,
 * palloc'd; NULL if there is no row, or its value is NULL.
 */
char *
mst_statement_text(Statement *statement, const StatementArgs *args)
{
	MemoryContext caller_cxt = CurrentMemoryContext;
	OwnerSwitch saved;
	char	   *text = NULL;

	mst_as_owner_begin(&saved);
	run_statement(statement, args);
	if (SPI_processed > 0)
	{
		MemoryContext old = MemoryContextSwitchTo(caller_cxt);

		text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	mst_as_owner_end(&saved);
	return text;
}

/* Begins to return rows from a set-returning function. */
void
mst_return_begin(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old;
	TupleDesc	desc;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) ||
		!(rsinfo->allowedModes & SFRM_Materialize))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-returning function called in a context that cannot accept a set")));
	old = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setResult = tuplestore_begin_heap(true, false, work_mem);
	rsinfo->setDesc = desc;
	MemoryContextSwitchTo(old);
}

/*
 * Returns the rows of a statement from a set-returning function after
 * mst_return_begin().  The result is their number.
 */
uint64
mst_return_rows(FunctionCallInfo fcinfo, Statement *statement,
				const StatementArgs *args)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	OwnerSwitch saved;
	uint64		n;

	mst_as_owner_begin(&saved);
	run_statement(statement, args);
	n = SPI_processed;
	for (uint64 i = 0; i < n; i++)
		tuplestore_puttuple(rsinfo->setResult, SPI_tuptable->vals[i]);
	SPI_finish();
	mst_as_owner_end(&saved);
	return n;
}
