/*-------------------------------------------------------------------------
 *
 * sql_action.h
 *	  std.sql: a query as an action, in the engine's own transaction.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_SQL_ACTION_H
#define MISTRAL_ENGINE_WORK_SQL_ACTION_H

#include "utils/jsonb.h"

/* How a query has ended. */
typedef struct SqlOutcome
{
	bool		is_error;
	bool		is_transient;	/* the error may pass: try again */
	Jsonb	   *value;			/* rows, or what went wrong */
} SqlOutcome;

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
extern void mst_sql_action(Jsonb *input, const char *role_name, SqlOutcome *outcome);

/* NULL, or what is wrong with the input's form. */
extern char *mst_sql_action_check(Jsonb *input);

#endif							/* MISTRAL_ENGINE_WORK_SQL_ACTION_H */
