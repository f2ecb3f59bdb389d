/*-------------------------------------------------------------------------
 *
 * events_sql.c
 *	  SQL functions that restore events, and that hand them to publishers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "store/events.h"
#include "store/home.h"
#include "store/policy.h"
#include "store/publishing.h"
#include "store/statement.h"
#include "util/errors.h"
#include "util/json.h"

PG_FUNCTION_INFO_V1(mistral_restore_event);
PG_FUNCTION_INFO_V1(mistral_claim_deliveries);
PG_FUNCTION_INFO_V1(mistral_complete_deliveries);
PG_FUNCTION_INFO_V1(mistral_retry_delivery);
PG_FUNCTION_INFO_V1(mistral_drop_delivery);

/* deliveries that one call hands out, or takes results of, and for how long */
#define MAX_PER_CALL			10000
#define MAX_LEASE_MS			86400000.0

/*
 * restore_event() returns trigger
 *
 * Transactions are numbered anew in another cluster, so a restored event gets
 * the number of the restoring transaction.
 */
Datum
mistral_restore_event(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Datum		number;
	bool		is_null = false;
	int			column;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"restore_event\" was not fired before INSERT")));
	mst_store_announce_events(SPI_getvalue(trigger->tg_trigtuple, RelationGetDescr(trigger->tg_relation),
										   SPI_fnumber(RelationGetDescr(trigger->tg_relation), "project_id")));
	number = FullTransactionIdGetDatum(GetTopFullTransactionId());
	column = SPI_fnumber(RelationGetDescr(trigger->tg_relation), "xact_id");
	return PointerGetDatum(heap_modify_tuple_by_cols(trigger->tg_trigtuple,
													 RelationGetDescr(trigger->tg_relation),
													 1, &column, &number, &is_null));
}

static void
check_number(const char *what, int n)
{
	if (n < 0 || n > MAX_PER_CALL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_LIMIT),
				 errmsg("%s must be between 0 and %d", what, MAX_PER_CALL)));
}

static void
check_lease(const Interval *lease)
{
	double		ms = lease->time / 1000.0 + lease->day * 86400000.0 +
	lease->month * (30 * 86400000.0);

	if (ms < 1 || ms > MAX_LEASE_MS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lease must be between 1 millisecond and 1 day")));
}

/*
 * claim_deliveries(max_deliveries int, lease interval, max_per_endpoint int,
 *					busy_endpoints text[], keeps_rules bool)
 *		returns setof claimed_delivery
 *
 * A notifier that does not know of rules on where webhooks may go would send
 * them anywhere, so it gets nothing while there are any, and an error says why.
 */
Datum
mistral_claim_deliveries(PG_FUNCTION_ARGS)
{
	StatementArgs args = {0};

	mst_home_require();
	check_number("number of deliveries", PG_GETARG_INT32(0));
	check_lease(PG_GETARG_INTERVAL_P(1));
	check_number("number of deliveries to one endpoint", PG_GETARG_INT32(2));
	check_number("number of busy endpoints",
				 ArrayGetNItems(ARR_NDIM(PG_GETARG_ARRAYTYPE_P(3)),
								ARR_DIMS(PG_GETARG_ARRAYTYPE_P(3))));
	if (!PG_GETARG_BOOL(4) && mst_policy_has_outbound("webhook"))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the notifier does not know of rules on where webhooks may go"),
				 errdetail("There are such rules (mistral.outbound_rules)."),
				 errhint("Update the notifier; one that goes by the rules of each delivery claims with keeps_rules => true.")));
	for (int i = 0; i < 4; i++)
		mst_arg_datum(&args, PG_GETARG_DATUM(i), false);
	mst_return_begin(fcinfo);
	mst_deliveries_claim(fcinfo, &args);
	return (Datum) 0;
}

/* complete_deliveries(results jsonb) returns int */
Datum
mistral_complete_deliveries(PG_FUNCTION_ARGS)
{
	Jsonb	   *list = PG_GETARG_JSONB_P(0);

	mst_home_require();
	if (!mst_json_is_array(list))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("results must be a JSON array")));
	check_number("number of results", mst_json_count(list));
	PG_RETURN_INT32((int32) mst_deliveries_complete(PG_GETARG_DATUM(0)));
}

/* retry_delivery(delivery_id bigint) returns bool */
Datum
mistral_retry_delivery(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(mst_delivery_retry(PG_GETARG_INT64(0)));
}

/* drop_delivery(delivery_id bigint) returns bool */
Datum
mistral_drop_delivery(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(mst_delivery_drop(PG_GETARG_INT64(0)));
}
