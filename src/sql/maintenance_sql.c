/*-------------------------------------------------------------------------
 *
 * maintenance_sql.c
 *	  set_maintenance() for SQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "engine/calls/maintenance_mode.h"
#include "store/access.h"
#include "store/home.h"
#include "store/maintenance.h"
#include "util/errors.h"

PG_FUNCTION_INFO_V1(mistral_set_maintenance);

/*
 * set_maintenance(status): returns what it is then, PAUSING where PAUSED
 * was asked for and something still runs; a notice says how much.
 */
Datum
mistral_set_maintenance(PG_FUNCTION_ARGS)
{
	char	   *wanted = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *status;
	char	   *left;

	mst_require_admin("Only administrators begin and end maintenance.");
	if (strcmp(wanted, "PAUSED") != 0 && strcmp(wanted, "RUNNING") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_MAINTENANCE),
				 errmsg("Maintenance status can be changed only to RUNNING or PAUSED, not to %s", wanted)));
	mst_home_require();
	status = mst_engine_set_maintenance(strcmp(wanted, "PAUSED") == 0);
	left = strcmp(status, "PAUSING") == 0 ? mst_maintenance_left() : NULL;
	if (left != NULL)
		ereport(NOTICE,
				(errmsg("left before all is paused: %s", left),
				 errhint("See mistral.stat_maintenance and mistral.stat_maintenance_tasks.")));
	PG_RETURN_TEXT_P(cstring_to_text(status));
}
