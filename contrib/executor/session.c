/*-------------------------------------------------------------------------
 *
 * session.c
 *	  The executor's place at the database.
 *
 *		offline --> register --> channels --> listen --> ready --> closed
 *		   |                                     ^
 *		   +--> renew (registered before) -------+
 *
 *		ready: renew the lease, give actions back, sign off; exchange work
 *			   (exchange.c); recover what has been claimed and is not known here
 *
 * The first connection does all of that, one call at a time, and exchanges work
 * like the others (links.c).
 * docs/executor-protocol.md tells what the calls promise.
 *
 * Whether notifications get through is tried out, not guessed: when the first
 * connection listens, another one notifies it.  What does not come in time does
 * not come, as behind a pooler that gives a session to each transaction; from
 * then on there is a look for work every second.  The first connection rests
 * meanwhile, since a notification that comes with an answer of a call proves nothing.
 *
 * When a claim was cut off, the executor asks what it has, and again a little
 * later: the server may have finished the call after the first answer.
 *
 * With an exchange, or a renewal of the lease, the database also tells which
 * actions nobody waits for any more.  They are given up and reported as
 * cancelled; until then the database tells of them again.  A notification on a
 * channel of the executor's own says that there are such, so it asks also when
 * it has no room for work.
 *
 *-------------------------------------------------------------------------
 */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action.h"
#include "config.h"
#include "database.h"
#include "exchange.h"
#include "kinds.h"
#include "links.h"
#include "log.h"
#include "responses.h"
#include "results.h"
#include "sqlstate.h"
#include "status.h"
#include "timers.h"

#define POLL_MS				15000	/* between looks for work without a
									 * notification */
#define PROBE_CONNECT_MS	10000	/* for the connection that notifies */
#define PROBE_MS			2000	/* for a notification to get through */
#define RECHECK_MS			10000	/* until what a lost call may have claimed
									 * is asked for once more */

/* The steps before work can be exchanged, in this order. */
typedef enum Stage
{
	STAGE_OFFLINE,
	STAGE_REGISTER,
	STAGE_RENEW,				/* registered before: asks whether the lease
								 * still holds */
	STAGE_CHANNELS,
	STAGE_LISTEN,
	STAGE_READY,
	STAGE_CLOSED
} Stage;

static struct
{
	Stage		stage;
	char		executor_id[32];	/* "" before the first registration */
	char	  **channels;		/* to listen on; the last is the probe's, the
								 * one before it the executor's own */
	int			channel_count;	/* 0: not known yet */
	bool		want_renewal;
	bool		want_probe;		/* the notification is still to be sent */
	bool		is_probing;		/* its arrival is awaited */
	bool		told_blind;		/* that it does not arrive was logged */
	bool		is_rechecking;	/* the second time after a lost call */
	bool		is_draining;
	Buf			releases;		/* ids of actions to give back */
	Buf			releasing;		/* those of the call that has no answer yet */
	Timer		poll_timer;
	Timer		lease_timer;
	Timer		probe_timer;
	Timer		recheck_timer;
	Timer		status_timer;
}			session;

/* ---- timers ---- */

static void
poll_due(void *arg)
{
	double		delay = config.poll_interval * 1000;

	(void) arg;
	exchange_want(true, true);
	if (delay < 0)				/* not given */
		delay = database_is_blind(links_first()) ? DATABASE_BLIND_POLL_MS : POLL_MS;
	timer_set(&session.poll_timer, delay, poll_due, NULL);
}

/* Two attempts to extend the lease may fail before it runs out. */
static void
lease_due(void *arg)
{
	(void) arg;
	session.want_renewal = true;
	timer_set(&session.lease_timer, config.lease * 1000 / 3, lease_due, NULL);
}

static void
recheck_due(void *arg)
{
	(void) arg;
	session.is_rechecking = true;
	exchange_doubt_claims();
}

static void
status_due(void *arg)
{
	(void) arg;
	session_report();
	timer_set(&session.status_timer, config.status_interval * 1000, status_due, NULL);
}

/* ---- what came back ---- */

/*
 * Begins anew, because the lease is lost: what was claimed under it belongs to
 * others now, who will report its results.
 */
static void
begin_anew(void)
{
	log_message(LOG_WARNING, "the lease was lost, registering again");
	exchange_abandon();
	buf_clear(&session.releases);
	buf_clear(&session.releasing);
	session.executor_id[0] = '\0';
	session.channel_count = 0;
	if (session.stage != STAGE_OFFLINE)
		session.stage = STAGE_REGISTER;
}

/*
 * Tells whether a call of the first connection succeeded.  If it failed, the same
 * call is made again later; if the connection was lost, lost() sees to it.
 */
static bool
call_succeeded(const PGresult *result)
{
	if (result == NULL)
		return false;
	if (database_succeeded(result))
		return true;
	if (strcmp(database_sqlstate(result), SQLSTATE_LEASE_LOST) == 0)
		exchange_lose_lease();
	else
	{
		log_message(LOG_ERROR, "could not %s: %s%s",
					session.stage < STAGE_READY ? "register" : "call the database",
					PQresultErrorMessage(result), sqlstate_hint(database_sqlstate(result)));
		database_pause(links_first());
	}
	return false;
}

/* ---- does LISTEN get through? ---- */

/* Notes whether notifications get through, and says so when they do not. */
static void
judge_listen(bool is_blind)
{
	session.want_probe = session.is_probing = false;
	timer_cancel(&session.probe_timer);
	database_set_blind(links_first(), is_blind);
	if (is_blind && !session.told_blind)
		log_message(LOG_WARNING, "notifications do not get through, as behind a connection pooler: "
					"there is a look for work every second");
	else if (!is_blind)
		log_message(LOG_DEBUG, "notifications get through");
	session.told_blind = is_blind;
	poll_due(NULL);
}

/* Nothing has come; or there was no second connection, and the pooler is believed. */
static void
probe_timed_out(void *arg)
{
	(void) arg;
	judge_listen(session.is_probing || database_is_shared(links_first()));
}

static void
probe_sent(void *arg, PGresult *result)
{
	(void) arg;
	if (result == NULL || !database_succeeded(result))
		judge_listen(database_is_shared(links_first()));
	else if (session.is_probing)
		timer_set(&session.probe_timer, PROBE_MS, probe_timed_out, NULL);
}

/* Notifies the first connection, which has nothing else to do, by another one. */
static void
call_probe(Database *other)
{
	const char *params[] = {session.channels[session.channel_count - 1]};

	session.want_probe = false;
	session.is_probing = true;
	database_call(other, "SELECT pg_catalog.pg_notify($1, '')", 1, params, probe_sent, NULL);
}

/*
 * Begins to try whether notifications get through, if there may be a second
 * connection for it; else what a pooler lets see of itself has to do.
 */
static void
begin_probe(void)
{
	if (config.connections < 2)
		judge_listen(database_is_shared(links_first()));
	else
	{
		session.want_probe = true;
		timer_set(&session.probe_timer, PROBE_CONNECT_MS, probe_timed_out, NULL);
	}
}

/* ---- calls of the first connection, each with what its answer does ---- */

/* Everything is set up: goes on with work, after what may have been missed. */
static void
become_ready(void)
{
	exchange_want(true, true);
	session.stage = STAGE_READY;
}

/* The executor is known to the server: next it listens, if it may. */
static void
begin_listening(void)
{
	if (config.no_listen)
		become_ready();
	else
		session.stage = session.channel_count == 0 ? STAGE_CHANNELS : STAGE_LISTEN;
}

static void
registered(void *arg, PGresult *result)
{
	(void) arg;
	if (!call_succeeded(result))
		return;
	snprintf(session.executor_id, sizeof(session.executor_id), "%s",
			 PQgetvalue(result, 0, 0));
	exchange_register(session.executor_id);
	log_message(LOG_INFO, "registered as executor %s", session.executor_id);
	begin_listening();
}

static void
call_register(void)
{
	Buf			actions = {0};
	Buf			programs = {0};
	Buf			info = {0};
	char		lease[32];
	const char *params[6];

	kinds_announce(&actions, &programs);
	buf_printf(&info, "{\"program\": \"mistral-executor\", \"pid\": %d, \"max_actions\": %d}",
			   (int) getpid(), config.max_actions);
	snprintf(lease, sizeof(lease), "%.3f seconds", config.lease);
	params[0] = config.name;
	params[1] = config.target;
	params[2] = actions.data;
	params[3] = info.data;
	params[4] = lease;
	params[5] = programs.data;
	database_call(links_first(), "SELECT mistral.register_executor($1, $2, $3, $4, $5, $6, true)",
				  6, params, registered, NULL);
	buf_free(&actions);
	buf_free(&programs);
	buf_free(&info);
}

static void
renewed(void *arg, PGresult *result)
{
	(void) arg;
	if (!call_succeeded(result))
		return;
	for (int row = 0; row < PQntuples(result); row++)
		exchange_give_up(PQgetvalue(result, row, 0));
	session.want_renewal = false;
	if (session.stage == STAGE_RENEW)
		begin_listening();
}

static void
call_renew(void)
{
	const char *params[] = {session.executor_id};

	database_call(links_first(),
				  "SELECT id FROM mistral.extend_leases($1) x, unnest(x.cancelled) AS id",
				  1, params, renewed, NULL);
}

/* The channels depend on what was registered, which does not change. */
static void
channels_known(void *arg, PGresult *result)
{
	int			count;
	Buf			probe = {0};

	(void) arg;
	if (!call_succeeded(result) || session.executor_id[0] == '\0')
		return;
	count = PQntuples(result);
	session.channels = mem_resize(session.channels, (count + 1) * sizeof(char *));
	for (int row = 0; row < count; row++)
		session.channels[row] = mem_copy(PQgetvalue(result, row, 0));
	buf_printf(&probe, "mistral_probe_%s", session.executor_id);
	session.channels[count] = probe.data;
	session.channel_count = count + 1;
	session.stage = STAGE_LISTEN;
}

static void
call_channels(void)
{
	const char *params[] = {session.executor_id};

	database_call(links_first(),
				  "SELECT channel FROM unnest(mistral.executor_channels($1)) AS channel",
				  1, params, channels_known, NULL);
}

static void
listening(void *arg, PGresult *result)
{
	(void) arg;
	if (!call_succeeded(result) || session.executor_id[0] == '\0')
		return;
	become_ready();
	begin_probe();
}

static void
call_listen(void)
{
	database_listen(links_first(), (const char *const *) session.channels,
					session.channel_count, listening, NULL);
}

static void
recovered(void *arg, PGresult *result)
{
	int			count;

	(void) arg;
	if (!call_succeeded(result) || session.executor_id[0] == '\0')
		return;
	count = exchange_recovered(result);
	if (count > 0)
		log_message(LOG_INFO, "recovered %d actions claimed before the connection was lost", count);
	if (session.is_rechecking)
		session.is_rechecking = false;
	else
		timer_set(&session.recheck_timer, RECHECK_MS, recheck_due, NULL);
}

/* Asks for what was claimed; actions whose results wait here are not started again. */
static void
call_recover(void)
{
	Buf			known = {0};
	const char *params[2];

	results_write_ids(&known);
	params[0] = session.executor_id;
	params[1] = known.data;
	database_call(links_first(),
				  "SELECT * FROM mistral.claimed_actions($1) WHERE action_id <> ALL ($2::uuid[])",
				  2, params, recovered, NULL);
	buf_free(&known);
}

/* What could not be given back is when the executor signs off. */
static void
released(void *arg, PGresult *result)
{
	(void) arg;
	if (call_succeeded(result))
		counters.released += atol(PQgetvalue(result, 0, 0));
	else if (session.releasing.len > 0)
		buf_printf(&session.releases, "%s%s", session.releases.len > 0 ? "," : "", session.releasing.data);
	buf_clear(&session.releasing);
}

static void
call_release(void)
{
	Buf			ids = {0};
	const char *params[2];

	buf_printf(&ids, "{%s}", session.releases.data);
	buf_clear(&session.releasing);
	buf_puts(&session.releasing, session.releases.data);
	buf_clear(&session.releases);
	params[0] = session.executor_id;
	params[1] = ids.data;
	database_call(links_first(), "SELECT mistral.release_actions($1, $2)", 2, params, released, NULL);
	buf_free(&ids);
}

/* Whether that succeeded does not matter: without us the lease runs out. */
static void
signed_off(void *arg, PGresult *result)
{
	(void) arg;
	(void) result;
	session.stage = STAGE_CLOSED;
}

static void
call_sign_off(void)
{
	const char *params[] = {session.executor_id};

	database_call(links_first(), "SELECT mistral.unregister_executor($1)", 1, params,
				  signed_off, NULL);
}

/* ---- steps ---- */

/* Tells whether all that was begun has ended and been reported. */
static bool
has_finished(void)
{
	return action_count() == 0 && !results_are_waiting() && !exchange_is_under_way() &&
		session.releases.len == 0 && session.releasing.len == 0;
}

/*
 * Tells whether a session that is to end has nothing to say to the server.
 * It has if it is registered, as long as it is connected; without a
 * connection, if there are results, or actions that may have been handed out
 * to it.
 */
static bool
has_nothing_to_tell(void)
{
	if (!has_finished() || database_is_busy(links_first()))
		return false;
	return session.executor_id[0] == '\0' ||
		(session.stage == STAGE_OFFLINE && !exchange_claim_is_unknown());
}

/* Does what only the first connection does when everything is set up. */
static void
step_ready(void)
{
	if (session.want_renewal)
		call_renew();
	else if (exchange_claim_is_unknown() && !exchange_is_under_way())
	{
		call_recover();
	}
	else if (session.releases.len > 0)
		call_release();
	else if (session.is_draining && has_finished())
		call_sign_off();
}

/* Makes the call of the first connection that is due, if it is ready for one. */
static void
step_first(void)
{
	if (!database_is_ready(links_first()))
		return;
	switch (session.stage)
	{
		case STAGE_OFFLINE:
		case STAGE_CLOSED:
			break;
		case STAGE_REGISTER:
			if (session.is_draining)
				session.stage = STAGE_CLOSED;
			else
				call_register();
			break;
		case STAGE_RENEW:
			call_renew();
			break;
		case STAGE_CHANNELS:
			call_channels();
			break;
		case STAGE_LISTEN:
			call_listen();
			break;
		case STAGE_READY:
			step_ready();
			break;
	}
}

/* Makes the calls that are due next. */
void
session_step(void)
{
	Database   *other;

	if (exchange_has_lost_lease() && session.executor_id[0] != '\0')
		begin_anew();
	if (session.is_draining && has_nothing_to_tell())
		session.stage = STAGE_CLOSED;
	responses_go_on();
	step_first();
	if (session.stage != STAGE_READY)
		return;
	if (session.want_probe && (other = links_second()) != NULL && database_is_ready(links_first()))
		call_probe(other);
	links_exchange(!session.is_draining, session.is_probing);
}

/* ---- events of the first connection ---- */

static void
connected(void *arg)
{
	(void) arg;
	session.stage = session.executor_id[0] == '\0' ? STAGE_REGISTER : STAGE_RENEW;
	poll_due(NULL);				/* how often is known only now */
}

static void
lost(void *arg)
{
	(void) arg;
	session.stage = STAGE_OFFLINE;
	session.is_probing = session.want_probe = false;
	timer_cancel(&session.probe_timer);
}

static void
notified(void *arg, const char *channel)
{
	(void) arg;
	if (session.channel_count < 2)
		return;
	if (strcmp(channel, session.channels[session.channel_count - 1]) == 0)
	{
		if (session.is_probing)
			judge_listen(false);
	}
	else if (strcmp(channel, session.channels[session.channel_count - 2]) == 0)
		exchange_want(false, true);
	else
		exchange_want(true, false);
}

/* ---- the session ---- */

/* Begins to connect. */
void
session_open(void)
{
	DatabaseEvents events = {connected, lost, notified, NULL};

	links_open(&events);
	poll_due(NULL);
	timer_set(&session.lease_timer, config.lease * 1000 / 3, lease_due, NULL);
	if (config.status_interval > 0)
		timer_set(&session.status_timer, config.status_interval * 1000, status_due, NULL);
}

/*
 * From now on claims nothing more, gives back what has not been begun, reports
 * what there is, and signs off.
 */
void
session_drain(void)
{
	session.is_draining = true;
	exchange_stop_beginning(&session.releases);
	action_release_waiting(&session.releases);
}

/* Breaks off what still runs, so that all that is left is to tell the database. */
void
session_give_up(void)
{
	action_give_up_all(&session.releases);
}

/* Writes to the log how the executor stands. */
void
session_report(void)
{
	const char *state = "ready";

	if (session.stage == STAGE_OFFLINE)
		state = "disconnected";
	else if (session.stage < STAGE_READY)
		state = "registering";
	else if (session.is_draining)
		state = "draining";
	else if (database_is_blind(links_first()))
		state = "polling";
	status_log(links_count(), state);
}

/* Tells whether the session has come to its end. */
bool
session_is_closed(void)
{
	return session.stage == STAGE_CLOSED;
}

/* Gives up what is left and closes the connections. */
void
session_close(void)
{
	action_abandon_all();
	links_close();
}
