/*-------------------------------------------------------------------------
 *
 * routing.c
 *	  From the outbox to publishers: who is to get which event.
 *
 * Routing is the work of one session at a time, which holds the lock on the
 * router's row in event_consumers.  Publishers of the types "notify" and
 * "log" are served on the way; for the others a delivery is made.  The
 * publishers of an event are those in its own row, which the engine has
 * chosen from the execution's "notify" parameter, and the subscriptions that
 * fit.
 *
 * The router moves through the events in their order, up to the first that a
 * transaction still open may write.  One that stays open must not hold up the
 * events of projects that it has nothing to do with.  When the router has not
 * come on for a while, the projects which open transactions have written events
 * of get a row in event_delays with the router's place, and the router goes on
 * without them.  From then on their events are routed from that row's place, up
 * to what those transactions leave, and never past the router; where it catches
 * up with the router and nobody holds it up, the row goes:
 *
 *		event_delays, project A   ......A>
 *		event_delays, project B   ...B>  |
 *		router (all the others)   ...|...|............>   end of events
 *
 * A project is known by its hash, as in events.c.  A transaction that begins to
 * write events of a project after the router has decided writes them behind the
 * router's place, so a project that is not delayed has nothing before it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/xid8.h"

#include "signal/wake.h"
#include "store/events.h"
#include "store/home.h"
#include "store/routing.h"
#include "store/statement.h"
#include "util/guc.h"

/* deliveries that one portion of events may make, give or take those of one event */
#define MAX_DELIVERIES_PER_PORTION	2000

/* the part of mistral.max_deliveries after which they are counted again */
#define COUNT_SHARE		10

/* so long the router waits for open transactions before it leaves them behind */
#define ROUTER_PATIENCE		"100 ms"

/* A place in the order of events, behind the last that has been dealt with. */
typedef struct Place
{
	unsigned long long xact;
	long long	id;
} Place;

/* The events to read next: the router's part, or a delayed one. */
typedef struct Part
{
	Place		place;
	long long	floor;			/* events up to this id have been routed */
	long long	ceiling;		/* events above this id are not its business */
	Place		end;			/* the last place, inclusive */
	FullTransactionId horizon;	/* the first transaction beyond the end */
	ArrayType  *hashes;			/* of projects */
	bool		is_of_them;		/* events of these projects, or of all others */
} Part;

/* A row of event_delays. */
typedef struct Delay
{
	int32		hash;
	Place		place;
	long long	floor;
	bool		is_restored;	/* ends at the router's floor */
} Delay;

/* The events of a part that have been found. */
typedef struct Portion
{
	int			n_read;			/* events, also of projects that are not meant */
	int			n_meant;
	Place		last;
} Portion;

#define PLACE_MAX	((Place) {PG_UINT64_MAX, PG_INT64_MAX})

/*
 * The events of a part, at most $8 of them with those that are not meant.
 * ORDER BY and LIMIT stand beside the condition, so that the index is entered
 * at the place: before it may be a million events that are kept.
 */
#define EVENTS_OF_PART \
	"  SELECT e.*, (hashtext(e.project_id) = ANY ($6)) = $7 AS is_meant FROM (" \
	"    SELECT * FROM mistral.events e" \
	"     WHERE (e.xact_id, e.id) > ($1, $2) AND e.id > $3 AND e.id <= $9" \
	"       AND (e.xact_id, e.id) <= ($4, $5)" \
	"       AND e.xact_id < $10" \
	"     ORDER BY e.xact_id, e.id LIMIT $8) e"

#define N_PART_ARGS		10
#define PART_ARGTYPES \
	XID8OID, INT8OID, INT8OID, XID8OID, INT8OID, INT4ARRAYOID, BOOLOID, INT4OID, \
	INT8OID, XID8OID

/*
 * The next portion of a part: how many events, how many of them are meant,
 * place of the last.  There are fewer when many publishers want them.
 */
static Statement find_portion = {
	"WITH batch AS ("
	"  SELECT b.xact_id, b.id, b.is_meant,"
	"         CASE WHEN NOT b.is_meant THEN 0 ELSE"
	"           CASE jsonb_typeof(b.publishers) WHEN 'array'"
	"                THEN jsonb_array_length(b.publishers) ELSE 0 END +"
	"           (SELECT count(*) FROM mistral.event_subscriptions s"
	"             WHERE s.project_id IS NULL OR s.project_id = b.project_id) END AS cost"
	"    FROM (" EVENTS_OF_PART ") b),"
	" portion AS ("
	"  SELECT b.xact_id, b.id, b.is_meant,"
	"         sum(b.cost) OVER (ORDER BY b.xact_id, b.id) - b.cost AS cost_before"
	"    FROM batch b)"
	" SELECT count(*) || ' ' || count(*) FILTER (WHERE is_meant) || ' ' ||"
	"        max(xact_id::text::numeric) || ' ' ||"
	"        (array_agg(id ORDER BY xact_id DESC, id DESC))[1]"
	"   FROM portion WHERE cost_before < $11"
	" HAVING count(*) > 0",
	N_PART_ARGS + 1, {PART_ARGTYPES, INT4OID}
};

/*
 * What each publisher is to get of a portion.  Whatever users have put into a
 * publisher must not make the statements fail: the router would never get past
 * it.
 */
#define WANTED_PUBLISHERS \
	"WITH batch AS MATERIALIZED (" \
	"  SELECT * FROM (" EVENTS_OF_PART ") p WHERE p.is_meant)," \
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
	N_PART_ARGS, {PART_ARGTYPES}
};

/* Notifies a channel of each event once; the listener looks up the rest. */
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
	N_PART_ARGS, {PART_ARGTYPES}
};

static Statement collect_log_lines = {
	WANTED_PUBLISHERS
	" SELECT string_agg(format('event %s: %s of execution %s%s', w.id, w.event,"
	"        w.execution_id, ' task ' || w.task_id), E'\\n' ORDER BY w.xact_id, w.id)"
	"   FROM wanted w WHERE w.publisher ->> 'type' IN ('log', 'noop')",
	N_PART_ARGS, {PART_ARGTYPES}
};

/* ---- a portion ---- */

static void
pass_part(StatementArgs *args, const Part *part, Place end, int max)
{
	mst_arg_datum(args, UInt64GetDatum(part->place.xact), false);
	mst_arg_datum(args, Int64GetDatum(part->place.id), false);
	mst_arg_datum(args, Int64GetDatum(part->floor), false);
	mst_arg_datum(args, UInt64GetDatum(end.xact), false);
	mst_arg_datum(args, Int64GetDatum(end.id), false);
	mst_arg_datum(args, PointerGetDatum(part->hashes), false);
	mst_arg_datum(args, BoolGetDatum(part->is_of_them), false);
	mst_arg_datum(args, Int32GetDatum(max), false);
	mst_arg_datum(args, Int64GetDatum(part->ceiling), false);
	mst_arg_datum(args, FullTransactionIdGetDatum(part->horizon), false);
}

/* Finds the next portion of at most "max" events; false: there is none. */
static bool
find_events(const Part *part, int max, Portion *portion)
{
	StatementArgs args = {0};
	char	   *found;

	pass_part(&args, part, part->end, max);
	mst_arg_datum(&args, Int32GetDatum(MAX_DELIVERIES_PER_PORTION), false);
	found = mst_statement_text(&find_portion, &args);
	if (found == NULL)
		return false;
	if (sscanf(found, "%d %d %llu %lld", &portion->n_read, &portion->n_meant,
			   &portion->last.xact, &portion->last.id) != 4)
		elog(ERROR, "unexpected place of events: %s", found);
	return true;
}

/* Writes the lines of publishers of type "log" to the server's log. */
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
 * Removes deliveries of projects that have more than they may.  Counting costs
 * something, so it is done when enough have been made.  Those that somebody
 * has locked are left to the next time: nobody is waited for.
 */
static void
bound_deliveries(uint64 made)
{
	static Statement remove = {
		"WITH crowded AS ("
		"  SELECT d.project_id FROM mistral.event_deliveries d"
		"   GROUP BY d.project_id HAVING count(*) > $1),"
		" surplus AS ("
		"  SELECT l.id FROM crowded c, LATERAL ("
		"    SELECT d.id FROM mistral.event_deliveries d WHERE d.project_id = c.project_id"
		"     ORDER BY d.is_dead, d.id OFFSET $1) o, LATERAL ("
		"    SELECT d.id FROM mistral.event_deliveries d WHERE d.id = o.id"
		"     FOR UPDATE SKIP LOCKED) l),"
		" removed AS ("
		"  DELETE FROM mistral.event_deliveries r USING surplus s"
		"   WHERE r.id = s.id RETURNING r.project_id)"
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

/*
 * Serve the publishers of a portion that has been found.  Its last place is
 * what bounds it: events that are not meant may have appeared since, so their
 * number is another now.
 */
static void
publish_portion(const Part *part, const Portion *portion)
{
	StatementArgs args = {0};
	uint64		made;

	if (portion->n_meant == 0)
		return;
	pass_part(&args, part, portion->last, PG_INT32_MAX);
	made = mst_statement_execute(&make_deliveries, &args);
	if (made > 0)
		mst_wake_deliveries();
	bound_deliveries(made);
	(void) mst_statement_text(&send_notifications, &args);
	write_log_lines(mst_statement_text(&collect_log_lines, &args));
}

/* ---- who is delayed ---- */

static ArrayType *
array_of_hashes(List *hashes)
{
	Datum	   *items = palloc(sizeof(Datum) * (list_length(hashes) + 1));
	ListCell   *lc;
	int			n = 0;

	foreach(lc, hashes)
		items[n++] = Int32GetDatum(lfirst_int(lc));
	return construct_array(items, n, INT4OID, sizeof(int32), true, TYPALIGN_INT);
}

/*
 * Returns the rows of event_delays (Delay *), the hindmost first.  A row that
 * is before the router is as good as restored: the router has been put back,
 * as numbers of transactions that are still to come mean nothing.
 */
static List *
read_delays(void)
{
	static Statement read = {
		"SELECT string_agg(CASE WHEN (d.last_xact, d.last_id) > (c.last_xact, c.last_id)"
		"                            AND NOT d.is_restored"
		"                  THEN concat_ws(' ', d.project_hash, 0, 0, d.last_id, 1)"
		"                  ELSE concat_ws(' ', d.project_hash, d.last_xact, d.last_id,"
		"                                 d.floor_id, d.is_restored::int)"
		"                  END, E'\n' ORDER BY d.last_xact, d.last_id)"
		"  FROM mistral.event_delays d, mistral.event_consumers c WHERE c.name = ''",
		0, {0}
	};
	StatementArgs none = {0};
	char	   *lines = mst_statement_text(&read, &none);
	char	   *line;
	List	   *delays = NIL;

	while (lines != NULL && (line = strsep(&lines, "\n")) != NULL)
	{
		Delay	   *delay = palloc(sizeof(Delay));
		int			restored;

		if (sscanf(line, "%d %llu %lld %lld %d", &delay->hash, &delay->place.xact,
				   &delay->place.id, &delay->floor, &restored) != 5)
			elog(ERROR, "unexpected place of delayed events: %s", line);
		delay->is_restored = restored != 0;
		delays = lappend(delays, delay);
	}
	return delays;
}

static List *
hashes_of(List *delays)
{
	List	   *hashes = NIL;
	ListCell   *lc;

	foreach(lc, delays)
		hashes = lappend_int(hashes, ((Delay *) lfirst(lc))->hash);
	return hashes;
}

/*
 * Writes where a project is.  A row that is inserted comes from a dump, as far
 * as its trigger knows; this says the opposite.
 */
static void
put_delay(const Delay *delay)
{
	static Statement put = {
		"UPDATE mistral.event_delays"
		" SET last_xact = $2, last_id = $3, floor_id = $4, is_restored = $5"
		" WHERE project_hash = $1",
		5, {INT4OID, XID8OID, INT8OID, INT8OID, BOOLOID}
	};
	StatementArgs args = {0};

	mst_arg_datum(&args, Int32GetDatum(delay->hash), false);
	mst_arg_datum(&args, UInt64GetDatum(delay->place.xact), false);
	mst_arg_datum(&args, Int64GetDatum(delay->place.id), false);
	mst_arg_datum(&args, Int64GetDatum(delay->floor), false);
	mst_arg_datum(&args, BoolGetDatum(delay->is_restored), false);
	(void) mst_statement_execute(&put, &args);
}

/* Has the projects of these hashes go on from the router's place by themselves. */
static void
begin_delays(List *hashes, Place place)
{
	static Statement insert = {
		"INSERT INTO mistral.event_delays (project_hash) VALUES ($1)", 1, {INT4OID}
	};
	ListCell   *lc;

	foreach(lc, hashes)
	{
		Delay		delay = {.hash = lfirst_int(lc), .place = place};
		StatementArgs args = {0};

		mst_arg_datum(&args, Int32GetDatum(delay.hash), false);
		(void) mst_statement_execute(&insert, &args);
		put_delay(&delay);
	}
}

static void
end_delay(const Delay *delay)
{
	static Statement end = {
		"DELETE FROM mistral.event_delays WHERE project_hash = $1", 1, {INT4OID}
	};
	StatementArgs args = {0};

	mst_arg_datum(&args, Int32GetDatum(delay->hash), false);
	(void) mst_statement_execute(&end, &args);
}

static void
move_router(Place place)
{
	static Statement move = {
		"UPDATE mistral.event_consumers SET last_xact = $1, last_id = $2,"
		" acknowledged_at = now() WHERE name = ''",
		2, {XID8OID, INT8OID}
	};
	StatementArgs args = {0};

	mst_arg_datum(&args, UInt64GetDatum(place.xact), false);
	mst_arg_datum(&args, Int64GetDatum(place.id), false);
	(void) mst_statement_execute(&move, &args);
}

/* ---- the router ---- */

/*
 * Locks the router's row; false when another session routes.  *is_late: it has
 * not come on for a while.
 */
static bool
lock_router(Part *router, bool *is_late)
{
	static Statement lock = {
		"SELECT concat_ws(' ', c.last_xact, c.last_id, c.floor_id,"
		"        (c.acknowledged_at IS NULL OR"
		"         c.acknowledged_at < clock_timestamp() - interval '" ROUTER_PATIENCE "')::int)"
		"  FROM mistral.event_consumers c WHERE c.name = '' FOR UPDATE SKIP LOCKED",
		0, {0}
	};
	StatementArgs none = {0};
	char	   *found = mst_statement_text(&lock, &none);
	int			late;

	if (found == NULL)
		return false;
	if (sscanf(found, "%llu %lld %lld %d", &router->place.xact, &router->place.id,
			   &router->floor, &late) != 4)
		elog(ERROR, "unexpected place of the router: %s", found);
	router->ceiling = PG_INT64_MAX;
	router->end = PLACE_MAX;
	*is_late = late != 0;
	return true;
}

/* Returns whether there are more events in a part than can be read now. */
static bool
is_waiting(const Part *part)
{
	Part		rest = *part;
	Portion		portion;

	rest.horizon = FullTransactionIdFromU64(PG_UINT64_MAX);
	return find_events(&rest, 1, &portion);
}

/*
 * Returns how far the router can go when those with the hashes go by
 * themselves.
 */
static FullTransactionId
horizon_without(List *delayed, FullTransactionId end)
{
	FullTransactionId horizon = end;
	ListCell   *lc;

	if (delayed == NIL)
		return mst_store_event_stop_at_all(end);
	foreach(lc, mst_store_event_writers())
	{
		if (!list_member_int(delayed, lfirst_int(lc)))
			horizon = mst_store_event_stop_at((uint32) lfirst_int(lc), horizon);
	}
	return horizon;
}

/*
 * Leaves behind whoever holds the router up, if that lets others go on: find
 * their next portion, and have those who are left behind go by themselves.
 */
static bool
leave_behind(Part *router, List *delayed, FullTransactionId end, int max, Portion *portion)
{
	List	   *writers = list_difference_int(mst_store_event_writers(), delayed);

	if (writers == NIL)
		return false;
	router->hashes = array_of_hashes(list_concat_copy(delayed, writers));
	router->horizon = end;
	if (!find_events(router, max, portion) || (portion->n_meant == 0 && portion->n_read < max))
		return false;
	begin_delays(writers, router->place);
	return true;
}

/* Route the next portion of those who are not delayed; returns how many events. */
static int
route_others(Part *router, bool is_late, List *delays, FullTransactionId end, int max,
			 RouteState *state)
{
	List	   *delayed = hashes_of(delays);
	Portion		portion;

	router->hashes = array_of_hashes(delayed);
	router->horizon = horizon_without(delayed, end);
	if (!find_events(router, max, &portion))
	{
		if (!is_waiting(router))
			return 0;
		*state = ROUTE_WAITS;
		if (!is_late || !leave_behind(router, delayed, end, max, &portion))
			return 0;
	}
	publish_portion(router, &portion);
	move_router(portion.last);
	router->place = portion.last;
	*state = ROUTE_HAS_MORE;
	return portion.n_meant;
}

/*
 * Route the next portion of a delayed project; false when there is none now.
 * After a restore its events up to the router's floor are meant, whatever
 * numbers they have.
 */
static bool
follow_delay(const Part *router, Delay *delay, FullTransactionId end, int max, Portion *portion)
{
	Part		part = {
		.place = delay->place,
		.floor = delay->floor,
		.ceiling = delay->is_restored ? router->floor : PG_INT64_MAX,
		.end = delay->is_restored ? PLACE_MAX : router->place,
		.horizon = mst_store_event_stop_at((uint32) delay->hash, end),
		.hashes = array_of_hashes(list_make1_int(delay->hash)),
		.is_of_them = true
	};

	if (find_events(&part, max, portion))
	{
		publish_portion(&part, portion);
		delay->place = portion->last;
		put_delay(delay);
		return true;
	}
	if (U64FromFullTransactionId(part.horizon) > router->place.xact && !is_waiting(&part))
		end_delay(delay);
	return false;
}

/* Route a portion of the hindmost of those who can go on; returns how many events. */
static int
route_delayed(const Part *router, List *delays, FullTransactionId end, int max,
			  RouteState *state)
{
	Portion		portion;
	ListCell   *lc;

	foreach(lc, delays)
	{
		if (follow_delay(router, lfirst(lc), end, max, &portion))
		{
			*state = ROUTE_HAS_MORE;
			return portion.n_meant;
		}
		/* who is held up, or has just ended, is looked at again */
		if (*state == ROUTE_DONE)
			*state = ROUTE_WAITS;
	}
	return 0;
}

/* Returns whether a delay comes from another cluster: see follow_delay(). */
static bool
has_restored(List *delays)
{
	ListCell   *lc;

	foreach(lc, delays)
	{
		if (((Delay *) lfirst(lc))->is_restored)
			return true;
	}
	return false;
}

/*
 * Makes deliveries of up to "max" new events for the publishers that want them,
 * and of as many of a project that was delayed.  Returns whether there are
 * more, or some that must wait for transactions which are still open; the
 * number of events is added to *routed.  Does nothing when another session is
 * at it.
 */
RouteState
mst_events_route(int max, int *routed)
{
	FullTransactionId end;
	RouteState	state = ROUTE_DONE;
	Part		router = {0};
	List	   *delays;
	bool		is_late;

	mst_home_require();
	end = mst_store_event_end();
	if (!lock_router(&router, &is_late))
		return ROUTE_DONE;
	delays = read_delays();
	if (!has_restored(delays))
		*routed += route_others(&router, is_late, delays, end, max, &state);
	*routed += route_delayed(&router, delays, end, max, &state);
	return state;
}
