/*-------------------------------------------------------------------------
 *
 * statement.h
 *	  SQL statements against our own tables, for calls that are rare enough.
 *
 * Each is a static structure whose plan is kept; it runs as the owner of the
 * extension, so that the caller needs no rights on the tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STATEMENT_H
#define MISTRAL_STATEMENT_H

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/jsonb.h"
#include "utils/uuid.h"

#define MAX_STATEMENT_ARGS 12

typedef struct Statement
{
	const char *sql;
	int			nargs;
	Oid			argtypes[MAX_STATEMENT_ARGS];
	SPIPlanPtr	plan;			/* NULL at first */
} Statement;

typedef struct StatementArgs
{
	int			n;
	Datum		values[MAX_STATEMENT_ARGS];
	char		nulls[MAX_STATEMENT_ARGS];
} StatementArgs;

extern void mst_arg_text(StatementArgs *args, const char *value);
extern void mst_arg_uuid(StatementArgs *args, const pg_uuid_t *value);
extern void mst_arg_jsonb(StatementArgs *args, Jsonb *value);
extern void mst_arg_datum(StatementArgs *args, Datum value, bool is_null);
extern uint64 mst_statement_execute(Statement *statement, const StatementArgs *args);
extern char *mst_statement_text(Statement *statement, const StatementArgs *args);
extern void mst_return_begin(FunctionCallInfo fcinfo);
extern uint64 mst_return_rows(FunctionCallInfo fcinfo, Statement *statement,
							  const StatementArgs *args);

#endif							/* MISTRAL_STATEMENT_H */
