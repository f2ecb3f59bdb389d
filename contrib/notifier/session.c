/*-------------------------------------------------------------------------
 *
 * session.c
 *	  The notifier's calls of the database.
 *
 * Results are reported before more is claimed, as the next delivery of a
 * stream can only be claimed when the one before it has ended.  A result that
 * may have been lost with the connection is reported again: the second report
 * finds nothing to change.  A claim that was lost ends with its lease, and
 * the events are then delivered, with the same ids.
 *
 *-------------------------------------------------------------------------
 */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "database.h"
#include "delivery.h"
#include "json.h"
#include "log.h"
#include "timers.h"

#define RETRY_MS			1000
#define FAILURE_POLL_MS		1000
#define BLIND_POLL_MS		1000
#define FAILURE_LOOKS		120		/* polls at that pace after a failure */

static struct
{
	Database   *db;
	bool		is_listening;
	bool		is_draining;
	bool		is_closed;
	bool		is_waiting;		/* for the retry timer */
	bool		want_claim;
	int			asked;
	int			failure_looks;	/* left at the faster pace */
	Buf			results;		/* elements of a JSON array */
	Buf			in_flight;
	Timer		poll_timer;
	Timer		retry_timer;
} session;

/* Nobody tells us of events: by wish, or because a pooler stands between. */
static bool
is_blind(void)
{
	return config.no_listen || (session.db != NULL && database_is_shared(session.db));
}

/*
 * Look now and then in any case; after a failure more often, as what failed
 * becomes due again without anybody being notified.
 */
static void
poll_due(void *arg)
{
	double		delay = config.poll_interval * 1000;

	(void) arg;
	session.want_claim = true;
	if (delay > BLIND_POLL_MS && is_blind())
		delay = BLIND_POLL_MS;
	if (session.failure_looks > 0)
	{
		session.failure_looks--;
		if (delay > FAILURE_POLL_MS)
			delay = FAILURE_POLL_MS;
	}
	timer_set(&session.poll_timer, delay, poll_due, NULL);
}

static void
retry_due(void *arg)
{
	(void) arg;
	session.is_waiting = false;
}

static void
wait_and_retry(const PGresult *result)
{
	log_message(LOG_ERROR, "call of the database failed: %s%s", PQresultErrorMessage(result),
				database_hint(database_sqlstate(result)));
	session.is_waiting = true;
	timer_set(&session.retry_timer, RETRY_MS, retry_due, NULL);
}

void
session_report(const char *delivery_id, const char *error)
{
	if (session.results.len > 0)
		buf_puts(&session.results, ", ");
	buf_printf(&session.results, "{\"id\": %s", delivery_id);
	if (error != NULL)
	{
		buf_puts(&session.results, ", \"error\": ");
		json_write_string(&session.results, error, strlen(error));
		session.failure_looks = FAILURE_LOOKS;
		timer_set(&session.poll_timer, FAILURE_POLL_MS, poll_due, NULL);
	}
	buf_putc(&session.results, '}');
}

/* What was in flight has not been taken, or nobody knows: report it again. */
static void
take_back_results(void)
{
	if (session.in_flight.len > 0 && session.results.len > 0)
		buf_puts(&session.in_flight, ", ");
	buf_add(&session.in_flight, session.results.data ? session.results.data : "",
			session.results.len);
	buf_free(&session.results);
	session.results = session.in_flight;
	memset(&session.in_flight, 0, sizeof(Buf));
}

static void
completed(void *arg, PGresult *result)
{
	(void) arg;
	if (result != NULL && database_succeeded(result))
	{
		buf_free(&session.in_flight);
		session.want_claim = true;
		return;
	}
	take_back_results();
	if (result != NULL)
		wait_and_retry(result);
}

static void
call_complete(void)
{
	Buf			array = {0};
	const char *params[1];

	session.in_flight = session.results;
	memset(&session.results, 0, sizeof(Buf));
	buf_putc(&array, '[');
	buf_add(&array, session.in_flight.data, session.in_flight.len);
	buf_putc(&array, ']');
	params[0] = array.data;
	database_call(session.db, "SELECT mistral.complete_deliveries($1)", 1, params,
				  completed, NULL);
	buf_free(&array);
}

static const char *
column(const PGresult *rows, int row, const char *name)
{
	int			number = PQfnumber(rows, name);

	return number < 0 || PQgetisnull(rows, row, number)
		? "" : PQgetvalue(rows, row, number);
}

static void
claimed(void *arg, PGresult *result)
{
	int			n;

	(void) arg;
	if (result == NULL || !database_succeeded(result))
	{
		session.want_claim = true;
		if (result != NULL)
			wait_and_retry(result);
		return;
	}
	n = PQntuples(result);
	for (int row = 0; row < n; row++)
	{
		DeliveryRow delivery;

		delivery.id = column(result, row, "delivery_id");
		delivery.event_id = column(result, row, "event_id");
		delivery.event = column(result, row, "event");
		delivery.endpoint = column(result, row, "endpoint");
		delivery.publisher = column(result, row, "publisher");
		delivery.payload = column(result, row, "payload");
		delivery_start(&delivery);
	}
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
	session.asked = config.max_deliveries - delivery_count();
	snprintf(numbers[0], sizeof(numbers[0]), "%d", session.asked);
	snprintf(numbers[1], sizeof(numbers[1]), "%.3f seconds", config.lease);
	snprintf(numbers[2], sizeof(numbers[2]), "%d", config.max_per_endpoint);
	delivery_busy_endpoints(&busy, config.max_per_endpoint);
	params[0] = numbers[0];
	params[1] = numbers[1];
	params[2] = numbers[2];
	params[3] = busy.data;
	database_call(session.db, "SELECT * FROM mistral.claim_deliveries($1, $2, $3, $4)",
				  4, params, claimed, NULL);
	buf_free(&busy);
}

static void
listening(void *arg, PGresult *result)
{
	(void) arg;
	if (result == NULL)
		return;
	if (!database_succeeded(result))
	{
		wait_and_retry(result);
		return;
	}
	session.is_listening = true;
	session.want_claim = true;
}

/* Has a session that is to end nothing left to report? */
static bool
has_nothing_to_report(void)
{
	return delivery_count() == 0 && session.results.len == 0 &&
		session.in_flight.len == 0 && !database_is_busy(session.db);
}

void
session_step(void)
{
	if (session.is_draining && has_nothing_to_report())
		session.is_closed = true;
	if (!database_is_idle(session.db) || session.is_waiting)
		return;

	if (!session.is_listening && !is_blind())
		database_call(session.db, "LISTEN mistral_deliveries", 0, NULL, listening, NULL);
	else if (session.results.len > 0)
		call_complete();
	else if (!session.is_draining && session.want_claim && delivery_count() < config.max_deliveries)
		call_claim();
}

static void
connected(void *arg)
{
	(void) arg;
	log_message(LOG_INFO, "connected");
	poll_due(NULL);				/* how often is known only now */
}

static void
lost(void *arg)
{
	(void) arg;
	session.is_listening = false;
}

static void
notified(void *arg, const char *channel)
{
	(void) arg;
	(void) channel;
	session.want_claim = true;
}

void
session_open(void)
{
	DatabaseEvents events = {connected, lost, notified, NULL};

	poll_due(NULL);
	session.db = database_open(config.database, "mistral-notifier", &events);
}

int
session_poll_fd(short *events)
{
	return database_poll_fd(session.db, events);
}

void
session_process(void)
{
	database_process(session.db);
}

void
session_drain(void)
{
	session.is_draining = true;
}

bool
session_is_closed(void)
{
	return session.is_closed;
}

void
session_close(void)
{
	database_close(session.db);
	buf_free(&session.results);
	buf_free(&session.in_flight);
}
