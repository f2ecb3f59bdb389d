/*-------------------------------------------------------------------------
 *
 * publishing.c
 *	  Deliveries of events: who has them, what became of them, when they go.
 *
 * A delivery is claimed by a notifier with a lease, and goes when it has been
 * made.  Users can lock deliveries of their own by an open transaction, such as
 * one that has deleted a subscription; here nobody waits for them: what is
 * locked is passed over, and taken the next time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/xid8.h"

#include "signal/wake.h"
#include "store/home.h"
#include "store/publishing.h"
#include "store/statement.h"
#include "util/guc.h"

/*
 * Removes the deliveries of a subscription that is deleted.  Those that a
 * notifier has are still made.  Nobody claims others that are left, such as
 * those that the router is about to make; they go with mst_events_expire().
 */
void
mst_deliveries_end(int64 subscription_id)
{
	static Statement end = {
		"DELETE FROM mistral.event_deliveries WHERE id IN ("
		" SELECT d.id FROM mistral.event_deliveries d"
		"  WHERE d.subscription_id = $1"
		"    AND (d.claimed_until IS NULL OR d.claimed_until < now())"
		"    FOR UPDATE SKIP LOCKED)",
		1, {INT8OID}
	};
	StatementArgs args = {0};

	mst_arg_datum(&args, Int64GetDatum(subscription_id), false);
	(void) mst_statement_execute(&end, &args);
}

/* Removes deliveries whose subscription had gone when they were made. */
static int
remove_orphans(int max)
{
	static Statement remove = {
		"DELETE FROM mistral.event_deliveries WHERE id IN ("
		" SELECT d.id FROM mistral.event_deliveries d"
		"  WHERE d.subscription_id IS NOT NULL AND NOT EXISTS ("
		"    SELECT FROM mistral.event_subscriptions s WHERE s.id = d.subscription_id)"
		"    AND (d.claimed_until IS NULL OR d.claimed_until < now())"
		"  LIMIT $1 FOR UPDATE SKIP LOCKED)",
		1, {INT4OID}
	};
	StatementArgs args = {0};

	mst_arg_datum(&args, Int32GetDatum(max), false);
	return (int) mst_statement_execute(&remove, &args);
}

/*
 * Removes up to "max" events that are older than the seconds and have been
 * routed, and as many deliveries of that age, given up or not, or whose
 * subscription has gone; returns the greatest of the numbers.
 */
int
mst_events_expire(int older_than_s, int max)
{
	static Statement expire_deliveries = {
		"DELETE FROM mistral.event_deliveries WHERE id IN ("
		" SELECT d.id FROM mistral.event_deliveries d"
		"  WHERE d.created_at < now() - make_interval(secs => $1)"
		"    AND (d.claimed_until IS NULL OR d.claimed_until < now())"
		"  ORDER BY d.id LIMIT $2 FOR UPDATE SKIP LOCKED)",
		2, {INT4OID, INT4OID}
	};
	static Statement expire = {
		"DELETE FROM mistral.events WHERE id IN ("
		" SELECT e.id FROM mistral.events e"
		"  WHERE e.id < (SELECT c.last_id FROM mistral.event_consumers c WHERE c.name = '')"
		"    AND e.created_at < now() - make_interval(secs => $1)"
		"    AND NOT EXISTS ("
		"     SELECT FROM mistral.event_delays d WHERE d.project_hash = hashtext(e.project_id)"
		"        AND (e.xact_id, e.id) > (d.last_xact, d.last_id) AND e.id > d.floor_id)"
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

/*
 * Claims deliveries and adds them to the rows that the function returns.  The
 * arguments are the number of deliveries, the lease, how many may go to one
 * endpoint, and the endpoints that are busy.
 *
 * Endpoints are found one after the other by their index, and the streams of
 * each in the same way: what comes behind the head of a stream costs nothing.
 * The search begins at a random stream, so that each has its turn.
 */
void
mst_deliveries_claim(FunctionCallInfo fcinfo, StatementArgs *args)
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
		"           d.publisher, d.payload, d.attempts,"
		"           CASE WHEN d.endpoint LIKE 'webhook %' THEN ("
		"            SELECT jsonb_agg(jsonb_build_object('id', r.id, 'effect', r.effect,"
		"             'destination', r.destination, 'ports', r.ports, 'is_general', r.project_id = '')"
		"             ORDER BY r.id)"
		"              FROM mistral.outbound_rules r"
		"             WHERE r.project_id IN ('', d.project_id)"
		"               AND (r.services IS NULL OR 'webhook' = ANY (r.services))) END,"
		"           (SELECT e.traceparent FROM mistral.workflow_executions e"
		"             WHERE e.id = d.execution_id)",
		4, {INT4OID, INTERVALOID, INT4OID, TEXTARRAYOID}
	};

	(void) mst_return_rows(fcinfo, &claim, args);
}

/*
 * Deletes the deliveries that were made, and puts off or gives up those that
 * failed: results is an array (jsonb) of objects with an id and, after a
 * failure, an error.  Returns the number of deliveries found.
 */
uint64
mst_deliveries_complete(Datum results)
{
	static Statement delivered = {
		"DELETE FROM mistral.event_deliveries WHERE id IN ("
		" SELECT d.id FROM mistral.event_deliveries d"
		"   JOIN jsonb_to_recordset($1) AS r(id bigint, error text) ON d.id = r.id"
		"  WHERE r.error IS NULL FOR UPDATE OF d SKIP LOCKED)",
		1, {JSONBOID}
	};
	static Statement failed = {
		"WITH failures AS MATERIALIZED ("
		"  SELECT d.id, left(r.error, 2000) AS error FROM mistral.event_deliveries d"
		"    JOIN jsonb_to_recordset($1) AS r(id bigint, error text) ON d.id = r.id"
		"   WHERE r.error IS NOT NULL AND NOT d.is_dead FOR UPDATE OF d SKIP LOCKED)"
		" UPDATE mistral.event_deliveries d"
		" SET attempts = d.attempts + 1, error = f.error, claimed_until = NULL,"
		"     is_dead = d.attempts + 1 >= $2,"
		"     next_try_at = now() + make_interval(secs =>"
		"         least(3600, power(2, least(d.attempts, 12)) * (0.75 + random() / 2)))"
		" FROM failures f WHERE d.id = f.id",
		2, {JSONBOID, INT4OID}
	};
	StatementArgs successes = {0};
	StatementArgs failures = {0};

	mst_arg_datum(&successes, results, false);
	mst_arg_datum(&failures, results, false);
	mst_arg_datum(&failures, Int32GetDatum(mst_delivery_max_attempts), false);
	return mst_statement_execute(&delivered, &successes) +
		mst_statement_execute(&failed, &failures);
}

/* Has a delivery that was given up tried again; false: there is none. */
bool
mst_delivery_retry(int64 id)
{
	static Statement retry = {
		"UPDATE mistral.event_deliveries"
		" SET is_dead = false, attempts = 0, next_try_at = now(), claimed_until = NULL"
		" WHERE id = $1 AND is_dead",
		1, {INT8OID}
	};
	StatementArgs args = {0};
	bool		found;

	mst_arg_datum(&args, Int64GetDatum(id), false);
	found = mst_statement_execute(&retry, &args) > 0;
	if (found)
		mst_wake_deliveries();
	return found;
}

/*
 * Removes a delivery that nobody makes just now, so that the next one of its stream
 * goes out; false: there is none.
 */
bool
mst_delivery_drop(int64 id)
{
	static Statement drop = {
		"DELETE FROM mistral.event_deliveries WHERE id IN ("
		" SELECT d.id FROM mistral.event_deliveries d"
		"  WHERE d.id = $1 AND (d.is_dead OR d.claimed_until IS NULL OR d.claimed_until < now())"
		"    FOR UPDATE SKIP LOCKED)",
		1, {INT8OID}
	};
	StatementArgs args = {0};
	bool		found;

	mst_arg_datum(&args, Int64GetDatum(id), false);
	found = mst_statement_execute(&drop, &args) > 0;
	if (found)
		mst_wake_deliveries();
	return found;
}
