/*-------------------------------------------------------------------------
 *
 * calls_absent.c
 *	  What the library answers where it is built without the engine.
 *
 * The definitions are weak: those of the engine take their place.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/engine.h"

static void
refuse(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("mistral was built without its engine")));
}

__attribute__((weak)) void
mst_engine_report_results(ActionResult *results, int n,
						  ActionOffer offer, void *offer_arg)
{
	refuse();
}

__attribute__((weak)) void
mst_engine_lease_lost(const pg_uuid_t *action_id, int64 executor_id,
					  const char *reason)
{
	refuse();
}

__attribute__((weak)) void
mst_engine_process_results(const pg_uuid_t *execution_id)
{
	refuse();
}

__attribute__((weak)) void
mst_engine_run_delayed_call(DelayedCallRow *call)
{
	refuse();
}

__attribute__((weak)) void
mst_engine_fail_delayed_call(DelayedCallRow *call, const char *error)
{
	refuse();
}
