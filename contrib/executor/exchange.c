/*-------------------------------------------------------------------------
 *
 * exchange.c
 *	  The calls that report results and claim actions.
 *
 * Several connections exchange at the same time, each with one call under way:
 * while the server flushes the commit of one, the results that come in go with
 * the next.  A result never waits for others where a connection is free.
 *
 * A claim whose answer was lost with the connection may have been granted.  No
 * call is made then until those under way have their answers and the session has
 * asked what the executor has: a list that is older than an answer would start
 * again what has ended meanwhile.
 *
 * What was claimed and reported under a registration that is lost belongs to
 * others.  Each call knows the registration that it was made under, and an answer
 * that comes after the end of that is dropped.
 *
 * The room for actions whose number is limited is offered to one call at a
 * time, so that two of them never get more than there is.
 *
 *-------------------------------------------------------------------------
 */
#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action.h"
#include "config.h"
#include "kinds.h"
#include "limits.h"
#include "log.h"
#include "sqlstate.h"
#include "status.h"

#define STATEMENT	"exchange"
#define SQL			"SELECT * FROM mistral.exchange_actions($1, $2, $3, $4)"

/*
 * Actions that a call asks for when it has no results to report: few enough that
 * several executors share what is in the queue.
 */
#define CLAIM_SHARE		16

/* Results from which on they are spread over the free connections. */
#define MIN_SPREAD		8

static struct
{
	const char *executor_id;
	unsigned int epoch;			/* number of the registration */
	bool		has_lost_lease;
	bool		claim_unknown;	/* a call with a claim was cut off */
	bool		want_claim;		/* there may be work in the queue */
	bool		want_word;		/* there may be actions to give up */
	int			under_way;		/* calls */
	int			asked;			/* actions, by all calls under way */
	bool		limits_offered; /* to a call under way */
	Buf		   *releases;		/* where ids of what is claimed go instead of
								 * being begun; NULL: it is begun */
}			work;

/* ---- the registration ---- */

/* From now on works under this registration; the id must stay. */
void
exchange_register(const char *executor_id)
{
	work.executor_id = executor_id;
	work.has_lost_lease = false;
}

/* Gives up all that was claimed under the registration, which is lost. */
void
exchange_abandon(void)
{
	action_abandon_all();
	results_forget();
	work.epoch++;
	work.claim_unknown = false;
}

/* Tells whether a call was refused because the lease is lost. */
bool
exchange_has_lost_lease(void)
{
	return work.has_lost_lease;
}

/* Notes that the lease is lost. */
void
exchange_lose_lease(void)
{
	work.has_lost_lease = true;
}

/* ---- what came back ---- */

/* The columns that are used, found once for all rows. */
typedef enum Column
{
	COL_ACTION_ID, COL_NAME, COL_INPUT, COL_ATTEMPT, COL_TIMEOUT, COL_SAFE_RERUN,
	COL_IS_REDELIVERED, COL_EXECUTION_ID, COL_WORKFLOW_NAME, COL_TASK_ID, COL_TASK_NAME,
	COL_PROJECT_ID, COL_TRACEPARENT, COL_OUTBOUND, COL_REFUSAL,
	COLUMN_COUNT
} Column;

typedef struct Rows
{
	const PGresult *result;
	int			columns[COLUMN_COUNT];
} Rows;

static void
find_columns(Rows *rows, const PGresult *result)
{
	static const char *const names[COLUMN_COUNT] = {
		[COL_ACTION_ID] = "action_id",[COL_NAME] = "name",[COL_INPUT] = "input",
		[COL_ATTEMPT] = "attempt",[COL_TIMEOUT] = "timeout_s",[COL_SAFE_RERUN] = "safe_rerun",
		[COL_IS_REDELIVERED] = "is_redelivered",[COL_EXECUTION_ID] = "execution_id",
		[COL_WORKFLOW_NAME] = "workflow_name",[COL_TASK_ID] = "task_id",[COL_TASK_NAME] = "task_name",
		[COL_PROJECT_ID] = "project_id",[COL_TRACEPARENT] = "traceparent",[COL_OUTBOUND] = "outbound",[COL_REFUSAL] = "refusal",
	};

	rows->result = result;
	for (int i = 0; i < COLUMN_COUNT; i++)
		rows->columns[i] = PQfnumber(result, names[i]);
}

/* Returns a value; "" for NULL, or where the database does not have the column. */
static const char *
value_of(const Rows *rows, int row, Column column)
{
	int			number = rows->columns[column];

	return number < 0 ? "" : PQgetvalue(rows->result, row, number);
}

static void
start_claimed(const Rows *rows, int row)
{
	const char *name = value_of(rows, row, COL_NAME);
	Action	   *action = action_create(kind_find(name), value_of(rows, row, COL_ACTION_ID), name);
	Arena	   *arena = action->arena;

	action->attempt = atoi(value_of(rows, row, COL_ATTEMPT));
	action->timeout_s = atoi(value_of(rows, row, COL_TIMEOUT));
	action->safe_rerun = value_of(rows, row, COL_SAFE_RERUN)[0] == 't';
	action->is_redelivered = value_of(rows, row, COL_IS_REDELIVERED)[0] == 't';
	action->execution_id = arena_copy(arena, value_of(rows, row, COL_EXECUTION_ID));
	action->workflow_name = arena_copy(arena, value_of(rows, row, COL_WORKFLOW_NAME));
	action->task_id = arena_copy(arena, value_of(rows, row, COL_TASK_ID));
	action->task_name = arena_copy(arena, value_of(rows, row, COL_TASK_NAME));
	action->project_id = arena_copy(arena, value_of(rows, row, COL_PROJECT_ID));
	action->traceparent = arena_copy(arena, value_of(rows, row, COL_TRACEPARENT));
	action->outbound_text = arena_copy(arena, value_of(rows, row, COL_OUTBOUND));
	action->outbound = outbound_read(arena, action->outbound_text);
	counters.claimed++;
	action_start(action, value_of(rows, row, COL_INPUT));
}

/*
 * Nobody waits for the action any more.  One that is not here is reported all
 * the same, as its claim may have been lost on the way.
 */
void
exchange_give_up(const char *action_id)
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

	counters.refused++;
	log_message(is_usual ? LOG_DEBUG : LOG_WARNING,
				"result of action %s was refused: %s", action_id, reason);
}

/* Starts what has been claimed and is not running yet; returns the number. */
static int
take_claimed(const PGresult *result)
{
	Rows		rows;
	int			n = 0;

	find_columns(&rows, result);
	for (int row = 0; row < PQntuples(result); row++)
	{
		const char *action_id = value_of(&rows, row, COL_ACTION_ID);
		const char *refusal = value_of(&rows, row, COL_REFUSAL);

		if (strcmp(refusal, "cancelled") == 0)
			exchange_give_up(action_id);
		else if (refusal[0] != '\0')
			note_refusal(action_id, refusal);
		else if (action_is_running(action_id))
			continue;
		else if (work.releases != NULL)
			buf_printf(work.releases, "%s%s", work.releases->len > 0 ? "," : "", action_id);
		else
		{
			start_claimed(&rows, row);
			n++;
		}
	}
	return n;
}

/*
 * Takes the list of what the executor has claimed; no call may be under way.
 * Returns how many actions were unknown here.
 */
int
exchange_recovered(const PGresult *rows)
{
	work.claim_unknown = false;
	return take_claimed(rows);
}

/* Tells whether there may be actions that were claimed and are not known here. */
bool
exchange_claim_is_unknown(void)
{
	return work.claim_unknown;
}

/* Notes that there may be such actions. */
void
exchange_doubt_claims(void)
{
	work.claim_unknown = true;
}

static void
exchange_failed(Exchange *exchange, const PGresult *result)
{
	const char *sqlstate = database_sqlstate(result);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	exchange_want(true, true);
	if (strcmp(sqlstate, SQLSTATE_LEASE_LOST) == 0)
		work.has_lost_lease = true;
	if (message == NULL)
		message = "unknown error";
	if (work.has_lost_lease)
		results_take_back(&exchange->batch);
	else if (exchange->is_prepared &&
			 (strcmp(sqlstate, "26000") == 0 || strcmp(sqlstate, "0A000") == 0))
	{
		/* something between us and the server has lost it, or it has aged */
		exchange->is_prepared = false;
		results_take_back(&exchange->batch);
	}
	else if (sqlstate_is_transient(sqlstate) || exchange->batch.results.count == 0)
	{
		log_message(LOG_WARNING, "could not exchange work: %s%s", message,
					sqlstate_hint(sqlstate));
		results_take_back(&exchange->batch);
		database_pause(exchange->db);
	}
	else
		results_refused(&exchange->batch, message);
}

static void
exchange_done(void *arg, PGresult *result)
{
	Exchange   *exchange = arg;
	int			claimed;

	work.under_way--;
	work.asked -= exchange->asked;
	if (exchange->has_limits)
		work.limits_offered = false;
	if (result == NULL)
		exchange->is_prepared = false;
	if (exchange->epoch != work.epoch)
	{
		results_taken(&exchange->batch);
		return;
	}
	if (result == NULL)
	{
		work.claim_unknown = work.claim_unknown || exchange->asked > 0;
		results_take_back(&exchange->batch);
		return;
	}
	if (!database_succeeded(result))
	{
		exchange_failed(exchange, result);
		return;
	}

	counters.exchanges++;
	counters.reported += results_taken(&exchange->batch);
	claimed = take_claimed(result);
	if (exchange->asked > 0 && claimed >= exchange->asked)
		work.want_claim = true;
}

/* ---- calls ---- */

/*
 * From now on begins nothing more: what the database still hands out, to a call
 * that is under way, is to be given back, and its ids go to an array of SQL without
 * its braces.
 */
void
exchange_stop_beginning(Buf *releases)
{
	work.releases = releases;
}

/* Notes that there may be work in the queue, or actions to give up. */
void
exchange_want(bool claim, bool word)
{
	work.want_claim |= claim;
	work.want_word |= word;
}

/* Returns how many more actions may be asked for. */
static int
room(void)
{
	int			n = config.max_actions - action_count() - work.asked;

	if (results_bytes() >= config.max_memory * 1024 * 1024)
		return 0;
	return n < 0 ? 0 : n;
}

/* Tells whether there is something to say to the database, and it may be said now. */
bool
exchange_is_due(bool may_claim)
{
	if (work.has_lost_lease || work.claim_unknown)
		return false;
	if (results_are_waiting() || work.want_word)
		return true;
	if (!may_claim || (!work.want_claim && (work.limits_offered || !limits_have_room())))
		return false;
	return room() > 0;
}

/* Tells whether a call has no answer yet. */
bool
exchange_is_under_way(void)
{
	return work.under_way > 0;
}

/* Prepares the statement on the connection; without that it is sent with each call. */
void
exchange_prepare(Exchange *exchange, DatabaseAnswer answer, void *arg)
{
	database_prepare(exchange->db, STATEMENT, SQL, 4, answer, arg);
}

/*
 * Returns how many actions to ask for.  What follows from results comes back with
 * their call, so it asks for at least as many.
 */
static int
count_wanted(const Exchange *exchange, int connections)
{
	int			wanted = CLAIM_SHARE;
	int			share = config.max_actions / connections;
	int			most = room();

	if (share > 0 && wanted > share)
		wanted = share;
	if (wanted < exchange->batch.results.count)
		wanted = exchange->batch.results.count;
	return wanted < most ? wanted : most;
}

/*
 * Reports results, claims work, and asks what is to be given up.  "free" of the
 * connections, this one among them, have no call under way.
 */
void
exchange_call(Exchange *exchange, bool may_claim, int free, int connections)
{
	Buf			results = {0};
	Buf			limits = {0};
	char		number[16];
	const char *params[4];
	bool		is_single = results_go_singly();
	int			count = results_waiting_count();

	if (count > MIN_SPREAD)
		count = count / free > MIN_SPREAD ? (count + free - 1) / free : MIN_SPREAD;
	results_pick(&exchange->batch, count, &results);
	exchange->asked = !may_claim || is_single ? 0 : count_wanted(exchange, connections);
	exchange->epoch = work.epoch;
	exchange->has_limits = exchange->asked > 0 && !work.limits_offered;
	if (exchange->asked > 0)
		work.want_claim = false;
	work.want_word = false;
	if (exchange->asked > 0)
		limits_offer(&limits, !exchange->has_limits);
	else
		buf_puts(&limits, "{}");
	work.limits_offered |= exchange->has_limits;
	work.asked += exchange->asked;
	work.under_way++;

	snprintf(number, sizeof(number), "%d", exchange->asked);
	params[0] = work.executor_id;
	params[1] = results.data;
	params[2] = number;
	params[3] = limits.data;
	if (exchange->is_prepared)
		database_call_prepared(exchange->db, STATEMENT, 4, params, exchange_done, exchange);
	else
		database_call(exchange->db, SQL, 4, params, exchange_done, exchange);
	buf_free(&results);
	buf_free(&limits);
}
