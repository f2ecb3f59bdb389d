/*-------------------------------------------------------------------------
 *
 * simulation_sql.c
 *	  simulate() for SQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "engine/calls/simulate.h"
#include "util/args.h"
#include "util/errors.h"
#include "util/json.h"

PG_FUNCTION_INFO_V1(mistral_simulation);

/*
 * simulation(definition, input, mocks, params, workflow): runs a workflow
 * in memory with results from "mocks" and returns the course of it; writes
 * nothing.
 */
Datum
mistral_simulation(PG_FUNCTION_ARGS)
{
	SimulationRequest request = {0};

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"definition\" must not be null")));
	request.definition = text_to_cstring(PG_GETARG_TEXT_PP(0));
	request.input = mst_object_arg(fcinfo, 1, "input");
	request.mocks = mst_object_arg(fcinfo, 2, "mocks");
	request.params = mst_object_arg(fcinfo, 3, "params");
	if (!PG_ARGISNULL(4))
		request.workflow = text_to_cstring(PG_GETARG_TEXT_PP(4));
	PG_RETURN_JSONB_P(mst_engine_simulate(&request));
}
