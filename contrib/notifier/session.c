/*-------------------------------------------------------------------------
 *
 * session.c
 *	  The notifier's calls of the database.
 *
 * Results are reported before more is claimed, as the next delivery of a
 * stream can only be claimed when the one before it has ended.  A claim whose
 * answer was lost ends with its lease, and the events are then delivered, with
 * the same ids.
 *
 * Notifications tell of new events.  What failed becomes due again without
 * one, so after a failure the notifier looks for work more often for a while.
 *
 *-------------------------------------------------------------------------
 */
#include "session.h"

#include <stdio.h>

#include "config.h"
#include "database.h"
#include "delivery.h"
#include "log.h"
#include "publishers.h"
#include "results.h"
#include "sqlstate.h"
#include "timers.h"

#define FAILURE_POLL_MS		1000
#define FAILURE_LOOKS		120 /* looks at that pace after a failure */

static struct
{
	Database   *db;
	bool		is_listening;
	bool		is_draining;
	bool		is_closed;
	bool		want_claim;		/* there may be deliveries to make */
	int			failure_looks;	/* left at the faster pace */
	Timer		poll_timer;
}			session;

/* Looks for work now and then in any case. */
static void
poll_due(void *arg)
{
	double		delay = config.poll_interval * 1000;

	(void) arg;
	session.want_claim = true;
	if (delay > DATABASE_BLIND_POLL_MS && database_is_blind(session.db))
		delay = DATABASE_BLIND_POLL_MS;
	if (session.failure_looks > 0)
	{
		session.failure_looks--;
		if (delay > FAILURE_POLL_MS)
			delay = FAILURE_POLL_MS;
	}
	timer_set(&session.poll_timer, delay, poll_due, NULL);
}

/*
 * Tells whether a call succeeded.  After a failure there is a pause; if the
 * connection was lost, the database sees to a new one.
 */
static bool
call_succeeded(const PGresult *result)
{
	if (result == NULL)
		return false;
	if (database_succeeded(result))
		return true;
	log_message(LOG_ERROR, "call of the database failed: %s%s", PQresultErrorMessage(result),
				sqlstate_hint(database_sqlstate(result)));
	database_pause(session.db);
	return false;
}

static void
deliveries_completed(void *arg, PGresult *result)
{
	(void) arg;
	if (call_succeeded(result))
	{
		results_taken();
		session.want_claim = true;
	}
	else
		results_take_back();
}

static void
call_complete(void)
{
	Buf			results = {0};
	const char *params[1];

	results_pick(&results);
	params[0] = results.data;
	database_call(session.db, "SELECT mistral.complete_deliveries($1)", 1, params,
				  deliveries_completed, NULL);
	buf_free(&results);
}

static void
start_claimed(const PGresult *rows, int row)
{
	DeliveryRow delivery = {
		.id = database_column(rows, row, "delivery_id"),
		.event_id = database_column(rows, row, "event_id"),
		.event = database_column(rows, row, "event"),
		.endpoint = database_column(rows, row, "endpoint"),
		.publisher = database_column(rows, row, "publisher"),
		.payload = database_column(rows, row, "payload"),
		.outbound = database_column(rows, row, "outbound"),
		.traceparent = database_column(rows, row, "traceparent")
	};

	publisher_start(delivery_create(&delivery));
}

/* There may be more as long as something is found. */
static void
deliveries_claimed(void *arg, PGresult *result)
{
	int			n;

	(void) arg;
	if (!call_succeeded(result))
	{
		session.want_claim = true;
		return;
	}
	n = PQntuples(result);
	for (int row = 0; row < n; row++)
		start_claimed(result, row);
	if (n > 0)
		session.want_claim = true;
}

static void
call_claim(void)
{
	char		numbers[3][32];
	Buf			busy = {0};
	const char *params[4];

	session.want_claim = false;
	snprintf(numbers[0], sizeof(numbers[0]), "%d", config.max_deliveries - delivery_count());
	snprintf(numbers[1], sizeof(numbers[1]), "%.3f seconds", config.lease);
	snprintf(numbers[2], sizeof(numbers[2]), "%d", config.max_per_endpoint);
	delivery_busy_endpoints(&busy, config.max_per_endpoint);
	params[0] = numbers[0];
	params[1] = numbers[1];
	params[2] = numbers[2];
	params[3] = busy.data;
	database_call(session.db, "SELECT * FROM mistral.claim_deliveries($1, $2, $3, $4, true)",
				  4, params, deliveries_claimed, NULL);
	buf_free(&busy);
}

static void
channel_listening(void *arg, PGresult *result)
{
	(void) arg;
	if (!call_succeeded(result))
		return;
	session.is_listening = true;
	session.want_claim = true;
}

static void
call_listen(void)
{
	static const char *const channels[] = {"mistral_deliveries"};

	database_listen(session.db, channels, 1, channel_listening, NULL);
}

/* Tells whether a session that is to end has nothing left to report. */
static bool
has_nothing_to_report(void)
{
	return delivery_count() == 0 && !results_are_waiting() &&
		!results_are_in_flight() && !database_is_busy(session.db);
}

/* Makes the call that is due next, if the connection is ready for one. */
void
session_step(void)
{
	if (results_have_failures())
	{
		session.failure_looks = FAILURE_LOOKS;
		timer_set(&session.poll_timer, FAILURE_POLL_MS, poll_due, NULL);
	}
	if (session.is_draining && has_nothing_to_report())
		session.is_closed = true;
	if (!database_is_ready(session.db))
		return;

	if (!session.is_listening && !database_is_blind(session.db))
		call_listen();
	else if (results_are_waiting())
		call_complete();
	else if (!session.is_draining && session.want_claim && delivery_count() < config.max_deliveries)
		call_claim();
}

static void
session_connected(void *arg)
{
	(void) arg;
	log_message(LOG_INFO, "connected");
	poll_due(NULL);				/* how often is known only now */
}

static void
session_lost(void *arg)
{
	(void) arg;
	session.is_listening = false;
}

static void
channel_notified(void *arg, const char *channel)
{
	(void) arg;
	(void) channel;
	session.want_claim = true;
}

/* Begins to connect. */
void
session_open(void)
{
	DatabaseOptions options = {
		.conninfo = config.database, .program = "mistral-notifier",
		.no_listen = config.no_listen, .events = {session_connected, session_lost, channel_notified, NULL}
	};

	session.db = database_open(&options);
	poll_due(NULL);
}

/* From now on claims nothing more; closed when all has been reported. */
void
session_drain(void)
{
	session.is_draining = true;
}

/* There is no time to end what is under way: others deliver it when its lease has run out. */
void
session_give_up(void)
{
	session.is_closed = true;
}

/* Tells whether the session has come to its end. */
bool
session_is_closed(void)
{
	return session.is_closed;
}

/* Closes the connection; what was not reported is delivered again by others. */
void
session_close(void)
{
	database_close(session.db);
}
