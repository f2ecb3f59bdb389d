/*-------------------------------------------------------------------------
 *
 * signals_sql.c
 *	  Sending signals to executions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "dsl/wait.h"
#include "engine/calls/deliver_signal.h"
#include "engine/memory/limits.h"
#include "store/access.h"
#include "util/args.h"
#include "util/errors.h"
#include "util/uuid.h"

PG_FUNCTION_INFO_V1(mistral_signal);
PG_FUNCTION_INFO_V1(mistral_signal_by_key);

/* Refuses a name or key that is empty or too long; NULL passes. */
static void
check_length(const char *what, const char *text)
{
	if (text == NULL || (text[0] != '\0' && pg_mbstrlen(text) <= MAX_SIGNAL_LENGTH))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_INPUT),
			 errmsg("the %s of a signal must have 1 to %d characters, not %d",
					what, MAX_SIGNAL_LENGTH, pg_mbstrlen(text))));
}

/* Raises an error unless the user may change the execution. */
static void
check_execution(const pg_uuid_t *id)
{
	ExecutionRow *row = mst_store_execution(id, LOCK_NONE, NULL);

	if (row == NULL || !mst_can_read_project(row->project_id))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("WorkflowExecution not found [id=%s]", mst_uuid_text(id))));
	if (!mst_can_change_project(row->project_id))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
				 errmsg("Can not access WorkflowExecution of another project [id=%s, project_id=%s]",
						mst_uuid_text(id), row->project_id)));
}

/* Takes name, data and key from three arguments. */
static void
read_signal(FunctionCallInfo fcinfo, int first, SignalRequest *request)
{
	request->name = mst_required_text_arg(fcinfo, first, "name");
	request->data = PG_ARGISNULL(first + 1) ? NULL : PG_GETARG_JSONB_P(first + 1);
	request->key = mst_text_arg(fcinfo, first + 2);
	check_length("name", request->name);
	check_length("key", request->key);
	mst_limit_require("Signal", "data", request->data);
}

/*
 * signal(execution_id, name, data, key): false, with nothing done, when a
 * signal of that name and key was sent before.
 */
Datum
mistral_signal(PG_FUNCTION_ARGS)
{
	SignalRequest request = {{{0}}};

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", "execution_id")));
	request.execution_id = *PG_GETARG_UUID_P(0);
	check_execution(&request.execution_id);
	read_signal(fcinfo, 1, &request);
	PG_RETURN_BOOL(mst_engine_signal(&request));
}

/*
 * signal_by_key(execution_key, name, data, key): the number of executions of
 * the caller's project to which the signal was new.
 */
Datum
mistral_signal_by_key(PG_FUNCTION_ARGS)
{
	SignalRequest request = {{{0}}};
	char	   *execution_key = mst_required_text_arg(fcinfo, 0, "execution_key");

	read_signal(fcinfo, 1, &request);
	PG_RETURN_INT32(mst_engine_signal_key(execution_key, &request));
}
