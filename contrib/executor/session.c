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
 * One call is in flight at a time.  Results that come meanwhile collect and
 * go with the next call, so the busier the executor the larger its batches.
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
#include "log.h"
#include "timers.h"

#define MAX_BATCH			1000
#define MAX_BATCH_BYTES		(8 * 1024 * 1024)
#define FIRST_RETRY_MS		100
#define MAX_RETRY_MS		10000
#define POLL_MS				15000
#define BLIND_POLL_MS		1000	/* without LISTEN */
#define LEASE_LOST			"MS093"

/* What has to be done before work can be exchanged, in this order. */
typedef enum Stage
{
	STAGE_OFFLINE,
	STAGE_REGISTER,
	STAGE_RENEW,				/* known before: is the lease still ours? */
	STAGE_CHANNELS,
	STAGE_LISTEN,
	STAGE_RECOVER,				/* what has been claimed that we never got? */
	STAGE_READY,
	STAGE_CLOSED
} Stage;

typedef struct Result
{
	struct Result *next;
	char	   *action_id;
	Buf			json;
	bool		is_replacement;
} Result;

static struct
{
	Database   *db;
	Stage		stage;
	char		executor_id[32];
	char	   *listen;			/* the LISTEN statements */
	Result	   *first;			/* results to report */
	Result	  **last;
	Result	   *in_flight;
	int			in_flight_count;
	int			asked;			/* actions asked for by the call in flight */
	bool		claim_unknown;	/* a call with a claim was cut off */
	bool		want_claim;		/* there may be work in the queue */
	bool		want_renewal;
	bool		is_draining;
	bool		is_waiting;		/* for the retry timer */
	int			singly;			/* results to be reported one by one */
	double		retry_ms;
	Timer		poll_timer;
	Timer		lease_timer;
	Timer		retry_timer;
} session;

/* Nobody tells us of work: by wish, or because a pooler stands between. */
static bool
is_blind(void)
{
	return config.no_listen || (session.db != NULL && database_is_shared(session.db));
}

/* ---- timers ---- */

static void
poll_due(void *arg)
{
	double		delay = config.poll_interval * 1000;

	(void) arg;
	session.want_claim = true;
	if (delay < 0)				/* not given */
		delay = is_blind() ? BLIND_POLL_MS : POLL_MS;
	timer_set(&session.poll_timer, delay, poll_due, NULL);
}

static void
lease_due(void *arg)
{
	(void) arg;
	session.want_renewal = true;
	timer_set(&session.lease_timer, config.lease * 1000 / 3, lease_due, NULL);
}

static void
retry_due(void *arg)
{
	(void) arg;
	session.is_waiting = false;
}

static void
wait_and_retry(void)
{
	session.is_waiting = true;
	timer_set(&session.retry_timer, session.retry_ms, retry_due, NULL);
	session.retry_ms *= 2;
	if (session.retry_ms > MAX_RETRY_MS)
		session.retry_ms = MAX_RETRY_MS;
}

/* ---- results ---- */

static void
free_result(Result *result)
{
	buf_free(&result->json);
	free(result->action_id);
	free(result);
}

static void
free_results(Result *result)
{
	while (result != NULL)
	{
		Result	   *next = result->next;

		free_result(result);
		result = next;
	}
}

static void
add_result(Result *result)
{
	result->next = NULL;
	*session.last = result;
	session.last = &result->next;
}

void
session_report(const char *action_id, Buf *json)
{
	Result	   *result = mem_alloc(sizeof(Result));

	result->action_id = mem_copy(action_id);
	result->json = *json;
	add_result(result);
}

/* What was in flight was not taken: report it again, first. */
static void
take_back_results(void)
{
	Result	  **end = &session.in_flight;

	while (*end != NULL)
		end = &(*end)->next;
	*end = session.first;
	if (session.first == NULL && session.in_flight != NULL)
		session.last = end;
	session.first = session.in_flight;
	if (session.first == NULL)
		session.last = &session.first;
	session.in_flight = NULL;
}

/* Forget what was claimed under a lease that is lost. */
static void
abandon_everything(void)
{
	log_message(LOG_WARNING, "the lease was lost, registering again");
	action_abandon_all();
	take_back_results();
	free_results(session.first);
	session.first = NULL;
	session.last = &session.first;
	session.singly = 0;
	session.claim_unknown = false;
}

/*
 * A single result was refused by an error: report a failure in its place, or
 * if that was one already, give up.
 */
static void
replace_result(const char *message)
{
	Result	   *result = session.in_flight;

	session.in_flight = NULL;
	if (result->is_replacement)
	{
		log_message(LOG_ERROR, "could not report a result of action %s: %s",
					result->action_id, message);
		free_result(result);
		return;
	}
	log_message(LOG_WARNING, "result of action %s was not accepted: %s",
				result->action_id, message);
	buf_clear(&result->json);
	buf_printf(&result->json, "{\"id\": \"%s\", \"state\": \"ERROR\", \"error\": ",
			   result->action_id);
	{
		Buf			text = {0};

		buf_printf(&text, "The result of the action could not be stored: %s", message);
		json_write_string(&result->json, text.data, text.len);
		buf_free(&text);
	}
	buf_putc(&result->json, '}');
	result->is_replacement = true;
	result->next = session.first;
	session.first = result;
	if (result->next == NULL)
		session.last = &result->next;
	session.singly++;
}

/* ---- what came back ---- */

static const char *
column(const PGresult *rows, int row, const char *name)
{
	int			number = PQfnumber(rows, name);

	return number < 0 || PQgetisnull(rows, row, number)
		? "" : PQgetvalue(rows, row, number);
}

static char *
keep(Action *action, const PGresult *rows, int row, const char *name)
{
	const char *text = column(rows, row, name);

	return arena_copy(action->arena, text);
}

static bool
is_set(const PGresult *rows, int row, const char *name)
{
	return column(rows, row, name)[0] == 't';
}

static void
start_claimed(const PGresult *rows, int row)
{
	Action	   *action = action_create(column(rows, row, "action_id"),
									   column(rows, row, "name"));

	action->timeout_s = atoi(column(rows, row, "timeout_s"));
	action->safe_rerun = is_set(rows, row, "safe_rerun");
	action->is_redelivered = is_set(rows, row, "is_redelivered");
	action->execution_id = keep(action, rows, row, "execution_id");
	action->workflow_name = keep(action, rows, row, "workflow_name");
	action->task_id = keep(action, rows, row, "task_id");
	log_message(LOG_DEBUG, "action %s (%s) was claimed", action->id, action->name);
	action_start(action, column(rows, row, "input"));
}

static void
note_refusal(const char *action_id, const char *reason)
{
	log_message(strcmp(reason, "completed") == 0 ? LOG_DEBUG : LOG_WARNING,
				"result of action %s was refused: %s", action_id, reason);
}

/* Start what has been claimed; returns the number. */
static int
take_claimed(const PGresult *rows)
{
	int			n = 0;

	for (int row = 0; row < PQntuples(rows); row++)
	{
		const char *refusal = column(rows, row, "refusal");

		if (refusal[0] != '\0')
			note_refusal(column(rows, row, "action_id"), refusal);
		else if (!action_is_running(column(rows, row, "action_id")))
		{
			start_claimed(rows, row);
			n++;
		}
	}
	return n;
}

/* Errors after which the same call may succeed. */
static bool
is_transient(const char *sqlstate)
{
	static const char *const classes[] = {"08", "25", "40", "53", "55", "57", "58"};

	for (int i = 0; i < (int) (sizeof(classes) / sizeof(classes[0])); i++)
	{
		if (strncmp(sqlstate, classes[i], 2) == 0)
			return true;
	}
	return sqlstate[0] == '\0';
}

/* A call of the set-up failed; true: what to do has been arranged. */
static void
setup_failed(const PGresult *result)
{
	if (strcmp(database_sqlstate(result), LEASE_LOST) == 0)
	{
		abandon_everything();
		session.stage = STAGE_REGISTER;
		return;
	}
	log_message(LOG_ERROR, "could not register: %s%s", PQresultErrorMessage(result),
				database_hint(database_sqlstate(result)));
	wait_and_retry();
}

static void
exchange_failed(const PGresult *result)
{
	const char *sqlstate = database_sqlstate(result);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	session.want_claim = true;
	if (strcmp(sqlstate, LEASE_LOST) == 0)
	{
		abandon_everything();
		session.stage = STAGE_REGISTER;
		return;
	}
	if (is_transient(sqlstate) || session.in_flight == NULL)
	{
		log_message(LOG_WARNING, "could not exchange work: %s%s", message,
					database_hint(sqlstate));
		take_back_results();
		wait_and_retry();
	}
	else if (session.in_flight_count > 1)
	{
		session.singly = session.in_flight_count;
		take_back_results();
	}
	else
		replace_result(message ? message : "unknown error");
}

/* ---- calls ---- */

/* The executor is known to the server: next it listens, if it may. */
static void
begin_listening(void)
{
	if (!is_blind())
	{
		session.stage = session.listen == NULL ? STAGE_CHANNELS : STAGE_LISTEN;
		return;
	}
	session.want_claim = true;
	session.stage = session.claim_unknown ? STAGE_RECOVER : STAGE_READY;
}

static void
exchange_done(void *arg, PGresult *result)
{
	int			claimed;

	(void) arg;
	if (result == NULL)
	{
		session.claim_unknown = session.claim_unknown || session.asked > 0;
		take_back_results();
		return;
	}
	if (!database_succeeded(result))
	{
		exchange_failed(result);
		return;
	}

	session.retry_ms = FIRST_RETRY_MS;
	free_results(session.in_flight);
	session.in_flight = NULL;
	claimed = take_claimed(result);
	if (session.asked > 0 && claimed >= session.asked)
		session.want_claim = true;
}

/* Move the results for one call from the list to what is in flight. */
static void
pick_results(Buf *json)
{
	int			max = session.singly > 0 ? 1 : MAX_BATCH;
	Result	  **end = &session.in_flight;

	session.in_flight_count = 0;
	buf_putc(json, '[');
	while (session.first != NULL && session.in_flight_count < max &&
		   (session.in_flight_count == 0 ||
			json->len + session.first->json.len < MAX_BATCH_BYTES))
	{
		Result	   *result = session.first;

		session.first = result->next;
		if (session.first == NULL)
			session.last = &session.first;
		result->next = NULL;
		*end = result;
		end = &result->next;
		buf_puts(json, session.in_flight_count++ > 0 ? ", " : "");
		buf_add(json, result->json.data, result->json.len);
	}
	buf_putc(json, ']');
	if (session.singly > 0)
		session.singly--;
}

/* Report results and claim work. */
static void
call_exchange(void)
{
	Buf			json = {0};
	char		number[16];
	const char *params[3];
	bool		is_single = session.singly > 0;
	int			room = config.max_actions - action_count();

	session.asked = session.is_draining || is_single || room < 0 ? 0 : room;
	snprintf(number, sizeof(number), "%d", session.asked);
	pick_results(&json);
	params[0] = session.executor_id;
	params[1] = json.data;
	params[2] = number;
	if (session.asked > 0)
		session.want_claim = false;
	if (session.in_flight == NULL)
	{
		params[1] = number;
		database_call(session.db, "SELECT * FROM mistral.claim_actions($1, $2)",
					  2, params, exchange_done, NULL);
	}
	else
		database_call(session.db, "SELECT * FROM mistral.exchange_actions($1, $2, $3)",
					  3, params, exchange_done, NULL);
	buf_free(&json);
}

static void
registered(void *arg, PGresult *result)
{
	(void) arg;
	if (result == NULL)
		return;
	if (!database_succeeded(result))
	{
		setup_failed(result);
		return;
	}
	session.retry_ms = FIRST_RETRY_MS;
	snprintf(session.executor_id, sizeof(session.executor_id), "%s",
			 PQgetvalue(result, 0, 0));
	log_message(LOG_INFO, "registered as executor %s", session.executor_id);
	begin_listening();
}

/* The names of actions we know (and are to take) as an array of SQL. */
static void
write_action_names(Buf *names)
{
	buf_putc(names, '{');
	if (config.actions[0] != '\0')
		buf_puts(names, config.actions);
	else
	{
		for (int i = 0; i < action_kind_count; i++)
			buf_printf(names, "%s%s", i > 0 ? "," : "", action_kinds[i].name);
	}
	buf_putc(names, '}');
}

static void
call_register(void)
{
	Buf			actions = {0};
	Buf			info = {0};
	char		lease[32];
	const char *params[5];

	write_action_names(&actions);
	buf_printf(&info, "{\"program\": \"mistral-executor\", \"pid\": %d, \"max_actions\": %d}",
			   (int) getpid(), config.max_actions);
	snprintf(lease, sizeof(lease), "%.3f seconds", config.lease);
	params[0] = config.name;
	params[1] = config.target;
	params[2] = actions.data;
	params[3] = info.data;
	params[4] = lease;
	database_call(session.db, "SELECT mistral.register_executor($1, $2, $3, $4, $5)",
				  5, params, registered, NULL);
	buf_free(&actions);
	buf_free(&info);
}

static void
renewed(void *arg, PGresult *result)
{
	(void) arg;
	if (result == NULL)
		return;
	if (!database_succeeded(result))
	{
		setup_failed(result);
		return;
	}
	session.want_renewal = false;
	if (session.stage == STAGE_RENEW)
		begin_listening();
}

static void
call_renew(void)
{
	const char *params[] = {session.executor_id};

	database_call(session.db, "SELECT mistral.extend_leases($1)", 1, params,
				  renewed, NULL);
}

static void
channels_known(void *arg, PGresult *result)
{
	Buf			listen = {0};

	(void) arg;
	if (result == NULL)
		return;
	if (!database_succeeded(result))
	{
		setup_failed(result);
		return;
	}
	for (int row = 0; row < PQntuples(result); row++)
	{
		char	   *name = database_quote(session.db, PQgetvalue(result, row, 0));

		buf_printf(&listen, "%sLISTEN %s", row > 0 ? "; " : "", name);
		PQfreemem(name);
	}
	free(session.listen);
	session.listen = listen.data;
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
	if (result == NULL)
		return;
	if (!database_succeeded(result))
	{
		setup_failed(result);
		return;
	}
	session.want_claim = true;
	session.stage = session.claim_unknown ? STAGE_RECOVER : STAGE_READY;
}

/* One statement: the extended protocol takes no more. */
static void
call_listen(void)
{
	Buf			block = {0};

	buf_puts(&block, "DO $mistral$ BEGIN ");
	buf_puts(&block, session.listen);
	buf_puts(&block, "; END $mistral$");
	database_call(session.db, block.data, 0, NULL, listening, NULL);
	buf_free(&block);
}

static void
recovered(void *arg, PGresult *result)
{
	(void) arg;
	if (result == NULL)
		return;
	if (!database_succeeded(result))
	{
		setup_failed(result);
		return;
	}
	log_message(LOG_INFO, "recovered %d actions claimed before the connection was lost",
				take_claimed(result));
	session.claim_unknown = false;
	session.stage = STAGE_READY;
}

/*
 * Actions may have been handed out in an answer that never came.  Those that
 * wait here with a result are not among what is started.
 */
static void
call_recover(void)
{
	const char *params[2];
	Buf			known = {0};

	buf_putc(&known, '{');
	for (Result *result = session.first; result != NULL; result = result->next)
		buf_printf(&known, "%s%s", result == session.first ? "" : ",",
				   result->action_id);
	buf_putc(&known, '}');
	params[0] = session.executor_id;
	params[1] = known.data;
	database_call(session.db,
				  "SELECT * FROM mistral.claimed_actions($1) WHERE action_id <> ALL ($2::uuid[])",
				  2, params, recovered, NULL);
	buf_free(&known);
}

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

/* What there is to do when everything is set up. */
static void
step_ready(void)
{
	if (session.first != NULL)
		call_exchange();
	else if (session.is_draining && action_count() == 0)
		call_sign_off();
	else if (session.want_renewal)
		call_renew();
	else if (session.want_claim && !session.is_draining &&
			 action_count() < config.max_actions)
		call_exchange();
}

/*
 * Has a session that is to end nothing to tell the server?  It has if it is
 * registered, as long as it is connected; without a connection, if there are
 * results, or actions that may have been handed out to it.
 */
static bool
has_nothing_to_tell(void)
{
	if (action_count() > 0 || session.first != NULL || session.in_flight != NULL ||
		database_is_busy(session.db))
		return false;
	return session.executor_id[0] == '\0' ||
		(session.stage == STAGE_OFFLINE && !session.claim_unknown);
}

void
session_step(void)
{
	if (session.is_draining && has_nothing_to_tell())
		session.stage = STAGE_CLOSED;
	if (!database_is_idle(session.db) || session.is_waiting)
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

	session.last = &session.first;
	session.retry_ms = FIRST_RETRY_MS;
	poll_due(NULL);
	timer_set(&session.lease_timer, config.lease * 1000 / 3, lease_due, NULL);
	session.db = database_open(config.database, "mistral-executor", &events);
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
	return session.stage == STAGE_CLOSED;
}

void
session_close(void)
{
	database_close(session.db);
}
