/*-------------------------------------------------------------------------
 *
 * links.c
 *	  The connections to the database.
 *
 * The first is the session's, for whatever it has to say; all of them exchange
 * work.  Others are opened one by one, when there is something to exchange and
 * none is free, and stay.  Where the server lets no more of them in, those that
 * there are do all the work.
 *
 * Each prepares its statement once, unless a pooler stands between, which may give
 * the next call another session of the server.
 *
 *-------------------------------------------------------------------------
 */
#include "links.h"

#include "config.h"
#include "exchange.h"

#define MAX_CONNECTIONS		64	/* of the setting "connections" */

typedef struct Link
{
	Exchange	exchange;
	bool		is_online;
	bool		want_prepare;
} Link;

static Link links[MAX_CONNECTIONS];
static int	count = 0;
static DatabaseEvents first_events;

/* ---- events ---- */

static void
connected(void *arg)
{
	Link	   *link = arg;

	link->is_online = true;
	link->want_prepare = !database_is_shared(link->exchange.db);
	if (link == &links[0])
		first_events.connected(first_events.arg);
}

static void
lost(void *arg)
{
	Link	   *link = arg;

	link->is_online = false;
	link->exchange.is_prepared = false;
	if (link == &links[0])
		first_events.lost(first_events.arg);
}

/* Only the first connection listens; what a pooler gives to others is no matter. */
static void
notified(void *arg, const char *channel)
{
	if (arg == &links[0])
		first_events.notified(first_events.arg, channel);
}

/* ---- opening ---- */

static void
open_link(void)
{
	Link	   *link = &links[count++];
	DatabaseOptions options = {
		.conninfo = config.database, .program = "mistral-executor",
		.no_listen = config.no_listen, .judges_listen = true, .is_spare = link != &links[0],
		.events = {connected, lost, notified, link}
	};

	link->exchange.db = database_open(&options);
}

/* Begins to open the first connection, whose events are told to the caller. */
void
links_open(const DatabaseEvents *events)
{
	first_events = *events;
	open_link();
}

/* Tells whether another one may be opened: those that there are have got in. */
static bool
may_open(void)
{
	const Link *last = &links[count - 1];

	return count < config.connections && last->is_online && !database_is_pausing(last->exchange.db);
}

/* Returns the first connection. */
Database *
links_first(void)
{
	return links[0].exchange.db;
}

/*
 * Returns a second connection that a call can be made on; or NULL, and begins to open it
 * if there is none.
 */
Database *
links_second(void)
{
	if (count > 1 && links[1].is_online && database_is_ready(links[1].exchange.db))
		return links[1].exchange.db;
	if (count == 1 && may_open())
		open_link();
	return NULL;
}

/* ---- exchanging ---- */

/* Whether that succeeded does not matter: the statement is then sent with each call. */
static void
prepared(void *arg, PGresult *result)
{
	Link	   *link = arg;

	link->exchange.is_prepared = result != NULL && database_succeeded(result);
}

/* Tells whether a connection can be used for an exchange now. */
static bool
is_free(const Link *link, bool first_rests)
{
	return link->is_online && database_is_ready(link->exchange.db) &&
		!(first_rests && link == &links[0]);
}

static int
count_free(bool first_rests)
{
	int			n = 0;

	for (int i = 0; i < count; i++)
	{
		if (is_free(&links[i], first_rests))
			n++;
	}
	return n;
}

/*
 * Exchanges work as long as there is some and a connection is free, and begins to
 * open another one if none is.  The first one may have to rest.
 */
void
links_exchange(bool may_claim, bool first_rests)
{
	for (int i = 0; i < count; i++)
	{
		Link	   *link = &links[i];

		if (!is_free(link, first_rests))
			continue;
		if (link->want_prepare)
		{
			link->want_prepare = false;
			exchange_prepare(&link->exchange, prepared, link);
		}
		else if (exchange_is_due(may_claim))
			exchange_call(&link->exchange, may_claim, count_free(first_rests), count);
	}
	if (may_open() && exchange_is_due(may_claim) && count_free(first_rests) == 0)
		open_link();
}

/* Returns how many connections there are, in whatever state. */
int
links_count(void)
{
	return count;
}

/* Closes all of them. */
void
links_close(void)
{
	for (int i = 0; i < count; i++)
		database_close(links[i].exchange.db);
	count = 0;
}
