/*-------------------------------------------------------------------------
 *
 * maintenance.c
 *	  Pausing everything, and going on.
 *
 * When PAUSED is asked for, the state becomes PAUSING, and each running
 * execution is paused by a delayed call of its own.  Actions that have begun
 * go on; when the last of them has ended, the state becomes PAUSED.  Only
 * what maintenance has paused is resumed by its end.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "engine/maintenance.h"
#include "errors.h"
#include "store/access.h"
#include "store/maintenance.h"

PG_FUNCTION_INFO_V1(mistral_set_maintenance);

void
mst_maintenance_pause(Advance *adv, Exec *exec, Task *task, Jsonb *args)
{
	if (exec->row->state != EXEC_RUNNING)
		return;
	mst_exec_pause(adv, exec, NULL);
	exec->row->paused_by_maintenance = true;
}

void
mst_maintenance_resume(Advance *adv, Exec *exec, Task *task, Jsonb *args)
{
	if (exec->row->state == EXEC_PAUSED && exec->row->paused_by_maintenance)
		mst_exec_resume(adv, exec);
}

void
mst_maintenance_check(void)
{
	if (strcmp(mst_maintenance_lock(), "PAUSING") != 0)
		return;
	if (mst_maintenance_is_quiet())
		mst_maintenance_set("PAUSED");
	else
		mst_maintenance_check_later();
}

Datum
mistral_set_maintenance(PG_FUNCTION_ARGS)
{
	char	   *wanted = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *status;

	if (!mst_is_admin())
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
				 errmsg("Operation forbidden (insufficient permissions)"),
				 errdetail("Only administrators begin and end maintenance.")));
	if (strcmp(wanted, "PAUSED") != 0 && strcmp(wanted, "RUNNING") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_MAINTENANCE),
				 errmsg("Maintenance status can be changed only to RUNNING or PAUSED, not to %s", wanted)));
	status = mst_maintenance_lock();
	if (strcmp(wanted, "PAUSED") == 0 && strcmp(status, "RUNNING") == 0)
	{
		mst_maintenance_set("PAUSING");
		mst_maintenance_pause_all();
		mst_maintenance_check_later();
	}
	else if (strcmp(wanted, "RUNNING") == 0 && strcmp(status, "RUNNING") != 0)
	{
		mst_maintenance_set("RUNNING");
		mst_maintenance_resume_all();
	}
	PG_RETURN_TEXT_P(cstring_to_text(mst_maintenance_lock()));
}
