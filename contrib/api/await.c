/*-------------------------------------------------------------------------
 *
 * await.c
 *	  Answers that come after the transaction: results of actions.
 *
 * Whoever runs an action that an executor takes is answered with its result,
 * which can only come when the transaction that stored the action has been
 * committed.  The thread of the client's connection, which would have nothing
 * else to do, asks for it again and again, after pauses that grow with the time
 * it has taken: no connection to the database is held, and a long action costs
 * one look-up by key a second.  Nothing is asked of the database that a
 * connection pooler would not allow.
 *
 * Requests that wait are never displaced, so there is a bound to them, and to
 * those of one role.  A place is taken before the action is run: what has run
 * cannot be refused any more.
 *
 * When the time is over, or the client gone, the action is abandoned.  Should
 * this server die instead, the database does it by itself some time later.
 *
 *-------------------------------------------------------------------------
 */
#include "await.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "body.h"
#include "clock.h"
#include "metrics.h"

#define FIRST_PAUSE_MS		5.0
#define LONGEST_PAUSE_MS	1000.0
#define PAUSE_FRACTION		0.125	/* of the time waited so far */

#define ID_LENGTH			36

static struct
{
	const Config *config;
	pthread_mutex_t lock;
	Waiter	   *first;
	int			count;
}			waiters = {

	.lock = PTHREAD_MUTEX_INITIALIZER
};

/* Remembers the settings; called before threads are started. */
void
await_init(const Config *config)
{
	waiters.config = config;
}

/* Returns how many may wait: connections must be left for other requests. */
static int
limit_of_all(void)
{
	int			half = (waiters.config->max_connections + 1) / 2;

	return waiters.config->max_waiting_actions < half ?
		waiters.config->max_waiting_actions : half;
}

/* Returns how many of the role wait.  With the lock held. */
static int
count_of_role(const char *role)
{
	const Waiter *waiter;
	int			count = 0;

	for (waiter = waiters.first; waiter != NULL; waiter = waiter->next)
		count += waiter->role != NULL && strcmp(waiter->role, role) == 0;
	return count;
}

/*
 * Takes a place for a request that may wait, until await_end().  False: there
 * is none, as the answer says.
 */
bool
await_begin(Waiter *waiter, Request *request)
{
	int			limit = limit_of_all();
	bool		fits;

	waiter->role = request->role;
	pthread_mutex_lock(&waiters.lock);
	fits = waiters.count < limit &&
		(waiter->role == NULL || count_of_role(waiter->role) < (limit + 1) / 2);
	if (fits)
	{
		waiters.count++;
		waiter->prev = NULL;
		waiter->next = waiters.first;
		if (waiter->next != NULL)
			waiter->next->prev = waiter;
		waiters.first = waiter;
	}
	pthread_mutex_unlock(&waiters.lock);
	if (!fits)
		answer_retry(request, 1, "Too many requests are waiting for results of actions");
	return fits;
}

/* Gives up the place. */
void
await_end(Waiter *waiter)
{
	pthread_mutex_lock(&waiters.lock);
	waiters.count--;
	if (waiter->prev != NULL)
		waiter->prev->next = waiter->next;
	else
		waiters.first = waiter->next;
	if (waiter->next != NULL)
		waiter->next->prev = waiter->prev;
	pthread_mutex_unlock(&waiters.lock);
}

/* If the answer says that a result is awaited, returns true and the action's id. */
static bool
read_id(const DbAnswer *db, char *id)
{
	return db->text != NULL &&
		sscanf(db->text, "{\"awaited\" : \"%36[0-9a-f-]\"}", id) == 1 &&
		strlen(id) == ID_LENGTH;
}

/* Returns a call of a function that takes the action's id, as the request's role. */
static DbCall
make_call(const Request *request, int statement, const char *sql, const char *const *params)
{
	return (DbCall)
	{
		.statement = statement, .sql = sql, .params = params, .nparams = 1,
			.role = request->role, .is_admin = request->is_admin
	};
}

/*
 * Pauses for a while.  False when the client has closed the connection, or this
 * server, which is stopping, has.
 */
static bool
pause_for(const Request *request, double ms)
{
	struct pollfd client = {request->fd, POLLRDHUP, 0};

	return poll(&client, 1, (int) ms + 1) <= 0;
}

/* Returns the milliseconds after which it is worth while to ask again. */
static double
next_pause(double waited, double left)
{
	double		pause = waited * PAUSE_FRACTION;

	if (pause < FIRST_PAUSE_MS)
		pause = FIRST_PAUSE_MS;
	if (pause > LONGEST_PAUSE_MS)
		pause = LONGEST_PAUSE_MS;
	return pause < left ? pause : left;
}

/*
 * Asks for the result.  Returns true when there is something to answer: a
 * result, or why there is none.  While the database cannot be asked, that is
 * no reason to give up before the time is over ("is_last").
 */
static bool
ask_state(Request *request, const char *id, bool is_last)
{
	const char *params[] = {id};
	DbCall		call = make_call(request, STATEMENT_RESULT,
								 "SELECT mistral_api.action_execution_result($1::pg_catalog.uuid)", params);
	DbAnswer   *db = &request->answer.db;

	pool_answer_free(db);
	answer_try(request, &call, db);
	if (db->outcome == DB_OK)
		return db->text != NULL;
	if (db->outcome != DB_ERROR && !is_last)
		return false;
	answer_failure(request, &call, db);
	return true;
}

/* Stops waiting, and answers why; or with the result, if it has come just now. */
static void
give_up(Request *request, const char *id, bool is_client_gone)
{
	const char *params[] = {id};
	DbCall		call = make_call(request, STATEMENT_ABANDON,
								 "SELECT mistral_api.abandon_action_execution($1::pg_catalog.uuid)", params);
	DbAnswer	why;

	if (answer_call(request, &call, &why))
	{
		if (why.text == NULL)
			(void) ask_state(request, id, true);
		else if (is_client_gone)
			answer_fault(request, 503, false, "The connection was closed before the action had ended");
		else
			answer_fault(request, 504, false, "%s", why.text);
	}
	pool_answer_free(&why);
}

/*
 * If the database has answered that the result of an action is awaited, waits
 * for it and makes it the database's answer.  False: the answer is a fault.
 */
bool
await_result(Request *request)
{
	double		begin = clock_ms();
	double		end = begin + 1e3 * waiters.config->action_timeout;
	char		id[ID_LENGTH + 1];
	bool		is_client_gone = false;
	bool		is_answered = false;

	if (!read_id(&request->answer.db, id))
		return true;
	body_free(&request->body);
	atomic_fetch_add(&metrics.actions_awaited, 1);
	while (!is_answered && !is_client_gone && clock_ms() < end)
	{
		double		now = clock_ms();

		is_client_gone = !pause_for(request, next_pause(now - begin, end - now));
		if (!is_client_gone)
			is_answered = ask_state(request, id, false);
	}
	if (!is_answered)
		give_up(request, id, is_client_gone);
	request->is_last |= is_client_gone;
	atomic_fetch_sub(&metrics.actions_awaited, 1);
	return request->answer.status == 0;
}
