/*-------------------------------------------------------------------------
 *
 * workers_sql.c
 *	  SQL functions that start and wake workers, and do their work.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/timestamp.h"

#include "signal/shared.h"
#include "signal/wake.h"
#include "store/due.h"
#include "store/home.h"
#include "util/errors.h"
#include "worker/run_call.h"
#include "worker/workers.h"

PG_FUNCTION_INFO_V1(mistral_start_workers);
PG_FUNCTION_INFO_V1(mistral_worker_slots);
PG_FUNCTION_INFO_V1(mistral_wake_workers);
PG_FUNCTION_INFO_V1(mistral_retry_delayed_call);
PG_FUNCTION_INFO_V1(mistral_run_due_calls);

/* start_workers(), called at the end of the install script */
Datum
mistral_start_workers(PG_FUNCTION_ARGS)
{
	mst_workers_start_at_commit();
	PG_RETURN_VOID();
}

/*
 * wake_workers() returns trigger
 *
 * Fires where rows of work come in by SQL, as when a dump is restored; the
 * store's own writes fire no triggers, and wake whom they must.
 */
Datum
mistral_wake_workers(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"wake_workers\" was not called by trigger manager")));
	mst_wake_everybody_at_commit();
	return PointerGetDatum(NULL);
}

/*
 * worker_slots(OUT databases int, OUT waiting int, OUT waits_since timestamptz)
 *
 * Whether the server has worker slots for the schedulers of all databases, and
 * since when that of this database waits for one (null: it does not).
 */
Datum
mistral_worker_slots(PG_FUNCTION_ARGS)
{
	DatabaseSlot *slot = mst_shared_database();
	TimestampTz since = slot == NULL ? 0 : slot->waits_since;
	TupleDesc	desc;
	Datum		values[3];
	bool		nulls[3] = {false, false, since == 0};
	int			databases;
	int			waiting;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	mst_shared_count(&databases, &waiting);
	values[0] = Int32GetDatum(databases);
	values[1] = Int32GetDatum(waiting);
	values[2] = TimestampTzGetDatum(since);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/*
 * run_due_calls(max_calls int, as_of timestamptz) returns int
 */
Datum
mistral_run_due_calls(PG_FUNCTION_ARGS)
{
	int			max = PG_ARGISNULL(0) ? PG_INT32_MAX : PG_GETARG_INT32(0);
	TimestampTz as_of = PG_ARGISNULL(1) ? GetCurrentTimestamp() : PG_GETARG_TIMESTAMPTZ(1);

	mst_home_require();
	if (TIMESTAMP_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of must be a finite time"),
				 errdetail("Calls that come again, as those of cron triggers, would be due for ever.")));
	PG_RETURN_INT32(mst_due_calls_run(max, as_of));
}

/* retry_delayed_call(call_id bigint) returns bool */
Datum
mistral_retry_delayed_call(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(mst_due_revive(PG_GETARG_INT64(0)));
}
