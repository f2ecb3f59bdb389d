/*-------------------------------------------------------------------------
 *
 * session.c
 *	  The executor's side of the protocol with the database.
 *
 *		connect --> register --> listen --> ready: exchange results for work
 *		   ^            ^                     |
 *		   |            +--- lease lost ------+  (what was claimed is abandoned)
 *		   +---- connection lost: extend the lease, listen, and go on;
 *				 when claims were under way, ask what has been claimed
 *
 * One call is in flight at a time.  Each step makes the call that is due, and
 * its answer says what is due next; docs/executor-protocol.md tells what the
 * calls promise.
 *
 * A claim whose answer was lost with the connection may have been granted.
 * The actions would then be ours without our knowing, until their lease ran
 * out; so the executor asks for them before it claims anything else.
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
#include "kinds.h"
#include "log.h"
#include "results.h"
#include "sqlstate.h"
#include "timers.h"

#define POLL_MS				15000	/* between looks for work without a
									 * notification */

/* The steps before work can be exchanged, in this order. */
typedef enum Stage
{
	STAGE_OFFLINE,
	STAGE_REGISTER,
	STAGE_RENEW,				/* registered before: asks whether the lease
								 * still holds */
	STAGE_CHANNELS,
	STAGE_LISTEN,
	STAGE_RECOVER,				/* asks for actions claimed by a call whose
								 * answer was lost */
	STAGE_READY,
	STAGE_CLOSED
} Stage;

static struct
{
	Database   *db;
	Stage		stage;
	char		executor_id[32];	/* "" before the first registration */
	char	  **channels;		/* to listen on */
	int			channel_count;	/* 0: not known yet */
	int			asked;			/* actions asked for by the call in flight */
	bool		claim_unknown;	/* a call with a claim was cut off */
	bool		want_claim;		/* there may be work in the queue */
	bool		want_word;		/* there may be actions to give up */
	bool		want_renewal;
	bool		is_draining;
	Timer		poll_timer;
	Timer		lease_timer;
}			session;

/* ---- timers ---- */

static void
poll_due(void *arg)
{
	double		delay = config.poll_interval * 1000;

	(void) arg;
	session.want_claim = true;
	session.want_word = true;
	if (delay < 0)				/* not given */
		delay = database_is_blind(session.db) ? DATABASE_BLIND_POLL_MS : POLL_MS;
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

/* ---- what came back ---- */

static char *
keep(Action *action, const PGresult *rows, int row, const char *name)
{
	return arena_copy(action->arena, database_column(rows, row, name));
}

static bool
is_set(const PGresult *rows, int row, const char *name)
{
	return database_column(rows, row, name)[0] == 't';
}

static void
start_claimed(const PGresult *rows, int row)
{
	const char *name = database_column(rows, row, "name");
	Action	   *action = action_create(kind_find(name),
									   database_column(rows, row, "action_id"), name);

	action->timeout_s = atoi(database_column(rows, row, "timeout_s"));
	action->safe_rerun = is_set(rows, row, "safe_rerun");
	action->is_redelivered = is_set(rows, row, "is_redelivered");
	action->execution_id = keep(action, rows, row, "execution_id");
	action->workflow_name = keep(action, rows, row, "workflow_name");
	action->task_id = keep(action, rows, row, "task_id");
	action->project_id = keep(action, rows, row, "project_id");
	action->traceparent = keep(action, rows, row, "traceparent");
	action->outbound_text = keep(action, rows, row, "outbound");
	action->outbound = outbound_read(action->arena, action->outbound_text);
	log_message(LOG_DEBUG, "action %s (%s) was claimed", action->id, action->name);
	action_start(action, database_column(rows, row, "input"));
}

/*
 * Nobody waits for the action any more.  One that is not here is reported all
 * the same, as its claim may have been lost on the way.
 */
static void
give_up(const char *action_id)
{
	if (!action_cancel(action_id) && !results_have(action_id))
		action_report_cancelled(action_id);
}

/*
 * Notes that a report was not taken.  Another end of the action was taken, or
 * its execution has been deleted, both of which are usual.
 */
static void
note_refusal(const char *action_id, const char *reason)
{
	bool		is_usual = strcmp(reason, "completed") == 0 || strcmp(reason, "unknown") == 0;

	log_message(is_usual ? LOG_DEBUG : LOG_WARNING,
				"result of action %s was refused: %s", action_id, reason);
}

/* Starts what has been claimed and is not running yet; returns the number. */
static int
take_claimed(const PGresult *rows)
{
	int			n = 0;

	for (int row = 0; row < PQntuples(rows); row++)
	{
		const char *action_id = database_column(rows, row, "action_id");
		const char *refusal = database_column(rows, row, "refusal");

		if (strcmp(refusal, "cancelled") == 0)
			give_up(action_id);
		else if (refusal[0] != '\0')
			note_refusal(action_id, refusal);
		else if (!action_is_running(action_id))
		{
			start_claimed(rows, row);
			n++;
		}
	}
	return n;
}

/*
 * If the lease is lost, begins anew: what was claimed under it belongs to
 * others now, who will report its results.
 */
static bool
heed_lost_lease(const char *sqlstate)
{
	if (strcmp(sqlstate, SQLSTATE_LEASE_LOST) != 0)
		return false;
	log_message(LOG_WARNING, "the lease was lost, registering again");
	action_abandon_all();
	results_forget();
	session.claim_unknown = false;
	session.stage = STAGE_REGISTER;
	return true;
}

/*
 * Tells whether a call of the set-up succeeded.  If it failed, the same call
 * is made again later; if the connection was lost, connected() sees to it.
 */
static bool
setup_succeeded(const PGresult *result)
{
	if (result == NULL)
		return false;
	if (database_succeeded(result))
		return true;
	if (!heed_lost_lease(database_sqlstate(result)))
	{
		log_message(LOG_ERROR, "could not register: %s%s", PQresultErrorMessage(result),
					sqlstate_hint(database_sqlstate(result)));
		database_pause(session.db);
	}
	return false;
}

static void
exchange_failed(const PGresult *result)
{
	const char *sqlstate = database_sqlstate(result);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	session.want_claim = true;
	session.want_word = true;
	if (heed_lost_lease(sqlstate))
		return;
	if (message == NULL)
		message = "unknown error";
	if (sqlstate_is_transient(sqlstate) || !results_are_in_flight())
	{
		log_message(LOG_WARNING, "could not exchange work: %s%s", message,
					sqlstate_hint(sqlstate));
		results_take_back();
		database_pause(session.db);
	}
	else
		results_refused(message);
}

/* ---- calls, each with what its answer does ---- */

/* Everything is set up: goes on with work, after what may have been missed. */
static void
become_ready(void)
{
	session.want_claim = true;
	session.want_word = true;
	session.stage = session.claim_unknown ? STAGE_RECOVER : STAGE_READY;
}

/* The executor is known to the server: next it listens, if it may. */
static void
begin_listening(void)
{
	if (database_is_blind(session.db))
		become_ready();
	else
		session.stage = session.channel_count == 0 ? STAGE_CHANNELS : STAGE_LISTEN;
}

static void
exchange_done(void *arg, PGresult *result)
{
	int			claimed;

	(void) arg;
	if (result == NULL)
	{
		session.claim_unknown = session.claim_unknown || session.asked > 0;
		results_take_back();
		return;
	}
	if (!database_succeeded(result))
	{
		exchange_failed(result);
		return;
	}

	results_taken();
	claimed = take_claimed(result);
	if (session.asked > 0 && claimed >= session.asked)
		session.want_claim = true;
}

/* Reports results, claims work, and asks what is to be given up. */
static void
call_exchange(void)
{
	Buf			results = {0};
	char		number[16];
	const char *params[3];
	bool		is_single = results_go_singly();
	int			room = config.max_actions - action_count();

	session.asked = session.is_draining || is_single || room < 0 ? 0 : room;
	snprintf(number, sizeof(number), "%d", session.asked);
	if (session.asked > 0)
		session.want_claim = false;
	session.want_word = false;
	results_pick(&results);
	params[0] = session.executor_id;
	params[1] = results.data;
	params[2] = number;
	database_call(session.db, "SELECT * FROM mistral.exchange_actions($1, $2, $3)",
				  3, params, exchange_done, NULL);
	buf_free(&results);
}

static void
registered(void *arg, PGresult *result)
{
	(void) arg;
	if (!setup_succeeded(result))
		return;
	snprintf(session.executor_id, sizeof(session.executor_id), "%s",
			 PQgetvalue(result, 0, 0));
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
	database_call(session.db, "SELECT mistral.register_executor($1, $2, $3, $4, $5, $6, true)",
				  6, params, registered, NULL);
	buf_free(&actions);
	buf_free(&programs);
	buf_free(&info);
}

static void
renewed(void *arg, PGresult *result)
{
	(void) arg;
	if (!setup_succeeded(result))
		return;
	for (int row = 0; row < PQntuples(result); row++)
		give_up(PQgetvalue(result, row, 0));
	session.want_renewal = false;
	if (session.stage == STAGE_RENEW)
		begin_listening();
}

static void
call_renew(void)
{
	const char *params[] = {session.executor_id};

	database_call(session.db,
				  "SELECT id FROM mistral.extend_leases($1) x, unnest(x.cancelled) AS id",
				  1, params, renewed, NULL);
}

/* The channels depend on what was registered, which does not change. */
static void
channels_known(void *arg, PGresult *result)
{
	int			count;

	(void) arg;
	if (!setup_succeeded(result))
		return;
	count = PQntuples(result);
	session.channels = mem_alloc(count * sizeof(char *));
	session.channel_count = count;
	for (int row = 0; row < count; row++)
		session.channels[row] = mem_copy(PQgetvalue(result, row, 0));
	session.stage = STAGE_LISTEN;
}

static void
call_channels(void)
{
	const char *params[] = {session.executor_id};

	database_call(session.db,
				  "SELECT channel FROM unnest(mistral.executor_channels($1)) AS channel",
				  1, params, channels_known, NULL);
}

static void
listening(void *arg, PGresult *result)
{
	(void) arg;
	if (setup_succeeded(result))
		become_ready();
}

static void
call_listen(void)
{
	database_listen(session.db, (const char *const *) session.channels,
					session.channel_count, listening, NULL);
}

static void
recovered(void *arg, PGresult *result)
{
	(void) arg;
	if (!setup_succeeded(result))
		return;
	log_message(LOG_INFO, "recovered %d actions claimed before the connection was lost",
				take_claimed(result));
	session.claim_unknown = false;
	session.stage = STAGE_READY;
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
	database_call(session.db,
				  "SELECT * FROM mistral.claimed_actions($1) WHERE action_id <> ALL ($2::uuid[])",
				  2, params, recovered, NULL);
	buf_free(&known);
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

	database_call(session.db, "SELECT mistral.unregister_executor($1)", 1, params,
				  signed_off, NULL);
}

/* ---- steps ---- */

/* Does what is due when everything is set up; results come first. */
static void
step_ready(void)
{
	if (results_are_waiting())
		call_exchange();
	else if (session.is_draining && action_count() == 0)
		call_sign_off();
	else if (session.want_renewal)
		call_renew();
	else if (session.want_word)
		call_exchange();
	else if (session.want_claim && !session.is_draining &&
			 action_count() < config.max_actions)
		call_exchange();
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
	if (action_count() > 0 || results_are_waiting() || results_are_in_flight() ||
		database_is_busy(session.db))
		return false;
	return session.executor_id[0] == '\0' ||
		(session.stage == STAGE_OFFLINE && !session.claim_unknown);
}

/* Makes the call that is due next, if the connection is ready for one. */
void
session_step(void)
{
	if (session.is_draining && has_nothing_to_tell())
		session.stage = STAGE_CLOSED;
	if (!database_is_ready(session.db))
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
		case STAGE_RECOVER:
			call_recover();
			break;
		case STAGE_READY:
			step_ready();
			break;
	}
}

/* ---- events of the connection ---- */

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
}

/* The last of the channels is the executor's own. */
static void
notified(void *arg, const char *channel)
{
	(void) arg;
	if (strcmp(channel, session.channels[session.channel_count - 1]) == 0)
		session.want_word = true;
	else
		session.want_claim = true;
}

/* Begins to connect, and returns the connection for the main loop to wait for. */
Database *
session_open(void)
{
	DatabaseOptions options = {
		.conninfo = config.database, .program = "mistral-executor",
		.no_listen = config.no_listen, .events = {connected, lost, notified, NULL}
	};

	session.db = database_open(&options);
	poll_due(NULL);
	timer_set(&session.lease_timer, config.lease * 1000 / 3, lease_due, NULL);
	return session.db;
}

/* From now on claims nothing more, reports what there is, and signs off. */
void
session_drain(void)
{
	session.is_draining = true;
}

/* Tells whether the session has come to its end. */
bool
session_is_closed(void)
{
	return session.stage == STAGE_CLOSED;
}

/* Gives up what is left and closes the connection. */
void
session_close(void)
{
	action_abandon_all();
	database_close(session.db);
}
