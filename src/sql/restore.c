/*-------------------------------------------------------------------------
 *
 * restore.c
 *	  Standing still while rows are loaded, and going on (sql/restore.sql).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/rel.h"

#include "signal/wake.h"
#include "store/access.h"
#include "store/home.h"
#include "util/errors.h"

PG_FUNCTION_INFO_V1(mistral_begin_restore);
PG_FUNCTION_INFO_V1(mistral_resume_after_restore);
PG_FUNCTION_INFO_V1(mistral_note_load);

/* begin_restore() */
Datum
mistral_begin_restore(PG_FUNCTION_ARGS)
{
	mst_require_admin("Only administrators say where workflows go on.");
	mst_home_unsettle("begin_restore() was called");
	mst_wake_everybody_at_commit();
	PG_RETURN_VOID();
}

/*
 * resume_after_restore(force bool)
 *
 * What is not whole does not go on by itself: it would be lost, a piece at a
 * time.
 */
Datum
mistral_resume_after_restore(PG_FUNCTION_ARGS)
{
	int64		problems;

	mst_require_admin("Only administrators say where workflows go on.");
	mst_home_settle();
	problems = PG_GETARG_BOOL(0) ? 0 : mst_home_count_problems();
	if (problems > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("what was loaded is not whole"),
				 errdetail("There are " INT64_FORMAT " violated invariants.", problems),
				 errhint("See mistral.check(). If the restore is complete in spite of it, call mistral.resume_after_restore(force => true).")));
	mst_wake_everybody_at_commit();
	PG_RETURN_VOID();
}

/*
 * note_load() returns trigger
 *
 * Fires for rows that replication brings, and for each change of the table of
 * homes.  Not for what our own statements do, also where a session has asked
 * for the triggers of a replica.
 */
Datum
mistral_note_load(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"note_load\" was not called by trigger manager")));
	if (!InNoForceRLSOperation())
		mst_home_note_load(RelationGetRelid(data->tg_relation));
	return TRIGGER_FIRED_FOR_ROW(data->tg_event)
		? PointerGetDatum(data->tg_trigtuple) : PointerGetDatum(NULL);
}
