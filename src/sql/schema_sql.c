/*-------------------------------------------------------------------------
 *
 * schema_sql.c
 *	  Checking values against a JSON Schema, for SQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "dsl/schema.h"
#include "store/statement.h"
#include "util/errors.h"

PG_FUNCTION_INFO_V1(mistral_schema_problems);

/* problems that are returned for one value */
#define MAX_PROBLEMS	100

/*
 * schema_problems(schema jsonb, value jsonb): a row for each problem; none if
 * the value fits.  Raises what is wrong with the schema itself.
 */
Datum
mistral_schema_problems(PG_FUNCTION_ARGS)
{
	Jsonb	   *schema = PG_GETARG_JSONB_P(0);
	SchemaProblem *wrong = mst_schema_check(schema);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *lc;

	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("schema cannot be used: %s %s", *wrong->path != '\0' ? wrong->path : "it", wrong->message)));
	mst_return_begin(fcinfo);
	foreach(lc, mst_schema_validate(schema, PG_GETARG_JSONB_P(1), MAX_PROBLEMS))
	{
		SchemaProblem *problem = lfirst(lc);
		Datum		values[] = {CStringGetTextDatum(problem->path), CStringGetTextDatum(problem->message)};
		bool		nulls[] = {false, false};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	PG_RETURN_NULL();
}
