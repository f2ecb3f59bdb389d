/*-------------------------------------------------------------------------
 *
 * sql_action.h
 *	  std.sql: a query as an action, in the engine's own transaction.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_SQL_ACTION_H
#define MISTRAL_ENGINE_WORK_SQL_ACTION_H

#include "tcop/dest.h"
#include "utils/jsonb.h"

/* How a query has ended. */
typedef struct SqlOutcome
{
	bool		is_error;
	bool		is_transient;	/* the error may pass: try again */
	Jsonb	   *value;			/* rows, or what went wrong */
} SqlOutcome;

extern void mst_sql_run(const char *role_name, const char *what, void (*body) (void *arg), void *arg, SqlOutcome *outcome);
extern void mst_sql_read(const char *role_name, const char *what, void (*body) (void *arg), void *arg, SqlOutcome *outcome);
extern void mst_sql_switched_off(const char *what, SqlOutcome *outcome);
extern void mst_sql_action(Jsonb *input, const char *role_name, SqlOutcome *outcome);

extern void mst_sql_receive_rows(const char *what, const char *query, Jsonb *values,
								 DestReceiver *receiver);
extern char *mst_sql_params_problem(Jsonb *params);
extern char *mst_sql_action_check(Jsonb *input);

#endif							/* MISTRAL_ENGINE_WORK_SQL_ACTION_H */
