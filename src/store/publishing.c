/*-------------------------------------------------------------------------
 *
 * publishing.c
 *	  From the outbox to publishers: routing, deliveries, retention.
 *
 * Routing is the work of one session at a time, which holds the lock on the
 * router's row in event_consumers.  Publishers of the types "notify" and
 * "log" are served on the way; for the others a delivery is made.  The
 * publishers of an event are those in its own row, which the engine has
 * chosen from the execution's "notify" parameter, and the subscriptions that
 * fit.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "signal/wake.h"
#include "store/home.h"
#include "store/publishing.h"
#include "store/statement.h"
#include "util/errors.h"
#include "util/guc.h"
#include "util/json.h"

PG_FUNCTION_INFO_V1(mistral_route_events);
PG_FUNCTION_INFO_V1(mistral_claim_deliveries);
PG_FUNCTION_INFO_V1(mistral_complete_deliveries);
PG_FUNCTION_INFO_V1(mistral_retry_delivery);

/* deliveries that one call hands out, or takes results of, and for how long */
#define MAX_PER_CALL			10000
#define MAX_LEASE_MS			86400000.0

/* deliveries that one portion of events may make, give or take those of one event */
#define MAX_DELIVERIES_PER_PORTION	2000

/* the part of mistral.max_deliveries after which they are counted again */
#define COUNT_SHARE		10

/*
 * Events for the router, oldest first, up to the horizon: number, place of
 * the last.  There are fewer when many publishers want them.  Here and below ORDER BY and LIMIT stand beside the condition, so
 * that the index is entered at the router's place: before it may be a million
 * events that are kept.
 */
static Statement find_new = {
	"WITH router AS MATERIALIZED ("
	"  SELECT c.last_xact, c.last_id, c.floor_id FROM mistral.event_consumers c"
	"   WHERE c.name = '' FOR UPDATE SKIP LOCKED),"
	" batch AS ("
	"  SELECT e.xact_id, e.id,"
	"         CASE jsonb_typeof(e.publishers) WHEN 'array'"
	"              THEN jsonb_array_length(e.publishers) ELSE 0 END +"
	"         (SELECT count(*) FROM mistral.event_subscriptions s"
	"           WHERE s.project_id IS NULL OR s.project_id = e.project_id) AS cost"
	"    FROM router r CROSS JOIN LATERAL ("
	"    SELECT * FROM mistral.events e"
	"     WHERE (e.xact_id, e.id) > (r.last_xact, r.last_id) AND e.id > r.floor_id"
	"       AND e.xact_id < $2"
	"     ORDER BY e.xact_id, e.id LIMIT $1) e),"
	" portion AS ("
	"  SELECT b.xact_id, b.id,"
	"         sum(b.cost) OVER (ORDER BY b.xact_id, b.id) - b.cost AS cost_before"
	"    FROM batch b)"
	" SELECT count(*) || ' ' || max(xact_id::text::numeric) || ' ' ||"
	"        (array_agg(id ORDER BY xact_id DESC, id DESC))[1]"
	"   FROM portion WHERE cost_before < $3"
	" HAVING count(*) > 0",
	3, {INT4OID, XID8OID, INT4OID}
};

/*
 * What each publisher is to get of so many events up to a place.  Whatever users
 * have put into a publisher must not make the statements fail: the router
 * would never get past it.
 */
#define WANTED_PUBLISHERS \
	"WITH router AS MATERIALIZED (" \
	"  SELECT c.last_xact, c.last_id, c.floor_id FROM mistral.event_consumers c" \
	"   WHERE c.name = '')," \
	" batch AS MATERIALIZED (" \
	"  SELECT e.* FROM router r CROSS JOIN LATERAL (" \
	"    SELECT * FROM mistral.events e" \
	"     WHERE (e.xact_id, e.id) > (r.last_xact, r.last_id) AND e.id > r.floor_id" \
	"       AND (e.xact_id, e.id) <= ($1::xid8, $2)" \
	"     ORDER BY e.xact_id, e.id LIMIT $3) e)," \
	" wanted AS (" \
	"  SELECT b.*, p.publisher, NULL::bigint AS subscription_id FROM batch b" \
	"   CROSS JOIN LATERAL jsonb_array_elements(b.publishers) AS p(publisher)" \
	"   WHERE jsonb_typeof(b.publishers) = 'array'" \
	"     AND jsonb_typeof(p.publisher) = 'object'" \
	"  UNION ALL" \
	"  SELECT b.*, s.publisher, s.id FROM batch b" \
	"   JOIN mistral.event_subscriptions s ON s.is_enabled AND s.consumer_of IS NULL" \
	"    AND (s.event_types IS NULL OR b.event = ANY (s.event_types))" \
	"    AND (s.workflow_name IS NULL OR b.payload ->> 'workflow_name' = s.workflow_name)" \
	"    AND (s.project_id IS NULL OR b.project_id = s.project_id))"

static Statement make_deliveries = {
	WANTED_PUBLISHERS
	" INSERT INTO mistral.event_deliveries (event_id, execution_id, project_id,"
	"     subscription_id, stream, endpoint, publisher, event, payload)"
	" SELECT w.id, w.execution_id, w.project_id, w.subscription_id,"
	"     hashtextextended(w.publisher::text || w.execution_id::text, 0),"
	"     CASE WHEN length(p.name) <= 400 THEN p.name"
	"          ELSE left(p.name, 400) || '... ' || md5(p.name) END,"
	"     w.publisher, w.event, w.payload"
	"  FROM wanted w, LATERAL concat_ws(' ', w.publisher ->> 'type',"
	"               coalesce(w.publisher ->> 'url', w.publisher ->> 'name')) AS p(name)"
	" WHERE coalesce(w.publisher ->> 'type', '') NOT IN ('', 'noop', 'notify', 'log')"
	" ORDER BY w.xact_id, w.id",
	3, {XID8OID, INT8OID, INT4OID}
};

/* A channel is told of each event once; what for, the listener looks up. */
static Statement send_notifications = {
	WANTED_PUBLISHERS
	" SELECT count(pg_notify(x.channel, x.content)) FROM ("
	"  SELECT DISTINCT ON (w.publisher ->> 'channel', w.xact_id, w.id)"
	"     w.publisher ->> 'channel' AS channel,"
	"     json_build_object('id', w.id, 'event', w.event, 'execution_id', w.execution_id,"
	"                       'task_id', w.task_id)::text AS content"
	"   FROM wanted w"
	"  WHERE w.publisher ->> 'type' = 'notify'"
	"    AND octet_length(w.publisher ->> 'channel') BETWEEN 1 AND 63"
	"  ORDER BY w.publisher ->> 'channel', w.xact_id, w.id) x",
	3, {XID8OID, INT8OID, INT4OID}
};

static Statement collect_log_lines = {
	WANTED_PUBLISHERS
	" SELECT string_agg(format('event %s: %s of execution %s%s', w.id, w.event,"
	"        w.execution_id, ' task ' || w.task_id), E'\\n' ORDER BY w.xact_id, w.id)"
	"   FROM wanted w WHERE w.publisher ->> 'type' IN ('log', 'noop')",
	3, {XID8OID, INT8OID, INT4OID}
};

static Statement move_router = {
	"UPDATE mistral.event_consumers SET last_xact = $1, last_id = $2,"
	" acknowledged_at = now() WHERE name = ''",
	2, {XID8OID, INT8OID}
};

static Statement find_waiting = {
	"SELECT 'yes' FROM mistral.event_consumers c CROSS JOIN LATERAL ("
	"  SELECT FROM mistral.events e"
	"   WHERE (e.xact_id, e.id) > (c.last_xact, c.last_id) AND e.id > c.floor_id"
	"   ORDER BY e.xact_id, e.id LIMIT 1) e"
	" WHERE c.name = ''",
	0, {0}
};

/* Write the lines of publishers of type "log" to the server's log. */
static void
write_log_lines(char *lines)
{
	char	   *line;

	while (lines != NULL && (line = strsep(&lines, "\n")) != NULL)
		ereport(LOG,
				(errmsg("mistral %s", line), errhidestmt(true),
				 errhidecontext(true)));
}

/*
 * Remove deliveries of projects that have more than they may.  Counting costs
 * something, so it is done when enough have been made.
 */
static void
bound_deliveries(uint64 made)
{
	static Statement remove = {
		"WITH crowded AS ("
		"  SELECT d.project_id FROM mistral.event_deliveries d"
		"   GROUP BY d.project_id HAVING count(*) > $1),"
		" removed AS ("
		"  DELETE FROM mistral.event_deliveries r USING crowded c, LATERAL ("
		"    SELECT d.id FROM mistral.event_deliveries d WHERE d.project_id = c.project_id"
		"     ORDER BY d.is_dead, d.id OFFSET $1) o"
		"   WHERE r.id = o.id RETURNING r.project_id)"
		" SELECT string_agg(format('%s of project %I', n, project_id), ', ')"
		"   FROM (SELECT project_id, count(*) AS n FROM removed GROUP BY project_id) x",
		1, {INT4OID}
	};
	static uint64 not_counted = 0;
	StatementArgs args = {0};
	char	   *removed;

	not_counted += made;
	if (made == 0 || not_counted < mst_max_deliveries / COUNT_SHARE)
		return;
	not_counted = 0;
	mst_arg_datum(&args, Int32GetDatum(mst_max_deliveries), false);
	removed = mst_statement_text(&remove, &args);
	if (removed != NULL)
		ereport(LOG,
				(errmsg("deliveries of events were removed: %s", removed),
				 errdetail("More than %d were waiting or given up (mistral.max_deliveries).",
						   mst_max_deliveries)));
}

int
mst_events_route(int max, bool *waiting)
{
	StatementArgs find_args = {0};
	StatementArgs none = {0};
	StatementArgs place = {0};
	StatementArgs batch;
	char	   *found;
	unsigned long long xact;
	long long	id;
	uint64		made;
	int			n;

	mst_home_require();
	*waiting = false;
	mst_arg_datum(&find_args, Int32GetDatum(max), false);
	mst_arg_datum(&find_args, FullTransactionIdGetDatum(mst_store_event_horizon(NULL)),
				  false);
	mst_arg_datum(&find_args, Int32GetDatum(MAX_DELIVERIES_PER_PORTION), false);
	found = mst_statement_text(&find_new, &find_args);
	if (found == NULL)
	{
		*waiting = mst_statement_text(&find_waiting, &none) != NULL;
		return 0;
	}
	if (sscanf(found, "%d %llu %lld", &n, &xact, &id) != 3)
		elog(ERROR, "unexpected place of events: %s", found);

	mst_arg_datum(&place, UInt64GetDatum(xact), false);
	mst_arg_datum(&place, Int64GetDatum(id), false);
	batch = place;
	mst_arg_datum(&batch, Int32GetDatum(n), false);
	made = mst_statement_execute(&make_deliveries, &batch);
	if (made > 0)
		mst_wake_deliveries();
	bound_deliveries(made);
	(void) mst_statement_text(&send_notifications, &batch);
	write_log_lines(mst_statement_text(&collect_log_lines, &batch));
	(void) mst_statement_execute(&move_router, &place);
	return n;
}

void
mst_deliveries_end(int64 subscription_id)
{
	static Statement end = {
		"DELETE FROM mistral.event_deliveries WHERE subscription_id = $1", 1, {INT8OID}
	};
	StatementArgs args = {0};

	mst_arg_datum(&args, Int64GetDatum(subscription_id), false);
	(void) mst_statement_execute(&end, &args);
}

/* Remove deliveries whose subscription had gone when they were made. */
static int
remove_orphans(int max)
{
	static Statement remove = {
		"DELETE FROM mistral.event_deliveries WHERE id IN ("
		" SELECT d.id FROM mistral.event_deliveries d"
		"  WHERE d.subscription_id IS NOT NULL AND NOT EXISTS ("
		"    SELECT FROM mistral.event_subscriptions s WHERE s.id = d.subscription_id)"
		"  LIMIT $1)",
		1, {INT4OID}
	};
	StatementArgs args = {0};

	mst_arg_datum(&args, Int32GetDatum(max), false);
	return (int) mst_statement_execute(&remove, &args);
}

int
mst_events_expire(int older_than_s, int max)
{
	static Statement expire_deliveries = {
		"DELETE FROM mistral.event_deliveries WHERE id IN ("
		" SELECT d.id FROM mistral.event_deliveries d"
		"  WHERE d.created_at < now() - make_interval(secs => $1)"
		"    AND (d.claimed_until IS NULL OR d.claimed_until < now())"
		"  ORDER BY d.id LIMIT $2)",
		2, {INT4OID, INT4OID}
	};
	static Statement expire = {
		"DELETE FROM mistral.events WHERE id IN ("
		" SELECT e.id FROM mistral.events e"
		"  WHERE e.id < (SELECT c.last_id FROM mistral.event_consumers c WHERE c.name = '')"
		"    AND e.created_at < now() - make_interval(secs => $1)"
		"  ORDER BY e.id LIMIT $2)",
		2, {INT4OID, INT4OID}
	};
	StatementArgs args = {0};
	int			n_events;
	int			n_deliveries;

	mst_arg_datum(&args, Int32GetDatum(older_than_s), false);
	mst_arg_datum(&args, Int32GetDatum(max), false);
	n_events = (int) mst_statement_execute(&expire, &args);
	n_deliveries = (int) mst_statement_execute(&expire_deliveries, &args);
	return Max(Max(n_events, n_deliveries), remove_orphans(max));
}

/* route_events(max_events int) returns int */
Datum
mistral_route_events(PG_FUNCTION_ARGS)
{
	bool		waiting;

	PG_RETURN_INT32(mst_events_route(PG_GETARG_INT32(0), &waiting));
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
 *					busy_endpoints text[]) returns setof claimed_delivery
 *
 * Endpoints are found one after the other by their index, and the streams of
 * each in the same way: what comes behind the head of a stream costs nothing.
 * The search begins at a random stream, so that each has its turn.
 */
Datum
mistral_claim_deliveries(PG_FUNCTION_ARGS)
{
	static Statement claim = {
		"WITH RECURSIVE endpoints AS ("
		"  (SELECT d.endpoint FROM mistral.event_deliveries d WHERE NOT d.is_dead"
		"    ORDER BY d.endpoint LIMIT 1)"
		"  UNION ALL"
		"  SELECT (SELECT d.endpoint FROM mistral.event_deliveries d"
		"           WHERE NOT d.is_dead AND d.endpoint > p.endpoint"
		"           ORDER BY d.endpoint LIMIT 1)"
		"    FROM endpoints p WHERE p.endpoint IS NOT NULL),"
		" parts AS MATERIALIZED ("
		"  SELECT v.* FROM (SELECT (random() * 1.8e19 - 9e18)::bigint) AS s(middle),"
		"   LATERAL (VALUES (s.middle, 9223372036854775807),"
		"                   (-9223372036854775808, s.middle - 1)) AS v(first, last)),"
		" heads AS ("
		"  SELECT h.id FROM endpoints p CROSS JOIN LATERAL ("
		"    SELECT s.id FROM parts r CROSS JOIN LATERAL ("
		"      WITH RECURSIVE streams AS ("
		"        (SELECT d.stream, d.id, d.next_try_at, d.claimed_until"
		"           FROM mistral.event_deliveries d"
		"          WHERE NOT d.is_dead AND d.endpoint = p.endpoint"
		"            AND d.stream BETWEEN r.first AND r.last"
		"          ORDER BY d.stream, d.id LIMIT 1)"
		"        UNION ALL"
		"        SELECT n.* FROM streams s CROSS JOIN LATERAL ("
		"          SELECT d.stream, d.id, d.next_try_at, d.claimed_until"
		"            FROM mistral.event_deliveries d"
		"           WHERE NOT d.is_dead AND d.endpoint = p.endpoint"
		"             AND d.stream > s.stream AND d.stream <= r.last"
		"           ORDER BY d.stream, d.id LIMIT 1) n)"
		"      SELECT s.id FROM streams s"
		"       WHERE s.next_try_at <= now()"
		"         AND (s.claimed_until IS NULL OR s.claimed_until < now())) s"
		"     LIMIT $3) h"
		"   WHERE p.endpoint <> ALL ($4)"
		"   LIMIT $1),"
		" locked AS ("
		"  SELECT d.id FROM mistral.event_deliveries d"
		"   WHERE d.id IN (SELECT h.id FROM heads h)"
		"     AND (d.claimed_until IS NULL OR d.claimed_until < now())"
		"     AND (d.subscription_id IS NULL OR EXISTS ("
		"      SELECT FROM mistral.event_subscriptions s WHERE s.id = d.subscription_id))"
		"   ORDER BY d.id FOR UPDATE OF d SKIP LOCKED)"
		" UPDATE mistral.event_deliveries d SET claimed_until = now() + $2"
		"  FROM locked l WHERE d.id = l.id"
		" RETURNING d.id, d.event_id, d.event, d.execution_id, d.endpoint,"
		"           d.publisher, d.payload, d.attempts",
		4, {INT4OID, INTERVALOID, INT4OID, TEXTARRAYOID}
	};
	StatementArgs args = {0};

	mst_home_require();
	check_number("number of deliveries", PG_GETARG_INT32(0));
	check_lease(PG_GETARG_INTERVAL_P(1));
	check_number("number of deliveries to one endpoint", PG_GETARG_INT32(2));
	check_number("number of busy endpoints",
				 ArrayGetNItems(ARR_NDIM(PG_GETARG_ARRAYTYPE_P(3)),
								ARR_DIMS(PG_GETARG_ARRAYTYPE_P(3))));
	for (int i = 0; i < 4; i++)
		mst_arg_datum(&args, PG_GETARG_DATUM(i), false);
	mst_return_begin(fcinfo);
	(void) mst_return_rows(fcinfo, &claim, &args);
	return (Datum) 0;
}

/* complete_deliveries(results jsonb) returns int */
Datum
mistral_complete_deliveries(PG_FUNCTION_ARGS)
{
	static Statement delivered = {
		"DELETE FROM mistral.event_deliveries d"
		" USING jsonb_to_recordset($1) AS r(id bigint, error text)"
		" WHERE d.id = r.id AND r.error IS NULL",
		1, {JSONBOID}
	};
	static Statement failed = {
		"UPDATE mistral.event_deliveries d"
		" SET attempts = d.attempts + 1, error = left(r.error, 2000), claimed_until = NULL,"
		"     is_dead = d.attempts + 1 >= $2,"
		"     next_try_at = now() + make_interval(secs =>"
		"         least(3600, power(2, least(d.attempts, 12)) * (0.75 + random() / 2)))"
		" FROM jsonb_to_recordset($1) AS r(id bigint, error text)"
		" WHERE d.id = r.id AND r.error IS NOT NULL AND NOT d.is_dead",
		2, {JSONBOID, INT4OID}
	};
	StatementArgs results = {0};
	StatementArgs failures = {0};
	Jsonb	   *list = PG_GETARG_JSONB_P(0);
	uint64		n;

	mst_home_require();
	if (!mst_json_is_array(list))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("results must be a JSON array")));
	check_number("number of results", mst_json_count(list));
	mst_arg_datum(&results, PG_GETARG_DATUM(0), false);
	n = mst_statement_execute(&delivered, &results);
	mst_arg_datum(&failures, PG_GETARG_DATUM(0), false);
	mst_arg_datum(&failures, Int32GetDatum(mst_delivery_max_attempts), false);
	n += mst_statement_execute(&failed, &failures);
	PG_RETURN_INT32((int32) n);
}

/* retry_delivery(delivery_id bigint) returns bool */
Datum
mistral_retry_delivery(PG_FUNCTION_ARGS)
{
	static Statement retry = {
		"UPDATE mistral.event_deliveries"
		" SET is_dead = false, attempts = 0, next_try_at = now(), claimed_until = NULL"
		" WHERE id = $1 AND is_dead",
		1, {INT8OID}
	};
	StatementArgs args = {0};
	bool		found;

	mst_arg_datum(&args, PG_GETARG_DATUM(0), false);
	found = mst_statement_execute(&retry, &args) > 0;
	if (found)
		mst_wake_deliveries();
	PG_RETURN_BOOL(found);
}
