/*-------------------------------------------------------------------------
 *
 * pool.c
 *	  Connections to the database, and calls over them.
 *
 * Idle connections form a stack, so that few are used when little is to be
 * done.  Who finds none opens one while there are fewer than pool_size, else
 * waits in line.  After a failed attempt to connect nobody tries again for a
 * growing time: until then requests are refused at once.
 *
 *-------------------------------------------------------------------------
 */
#include "pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "conn.h"
#include "log.h"
#include "memory.h"
#include "metrics.h"
#include "sqlstate.h"

#define MAX_TRIES				4	/* of one call */
#define MAX_RETRY_DELAY_MS		5000.0	/* between attempts to connect */

static struct
{
	const Config *config;
	pthread_mutex_t lock;
	pthread_cond_t freed;
	DbConn	   *idle;
	int			open;			/* connections, idle or not, and attempts */
	int			waiting;
	double		down_until;		/* do not connect before */
	double		retry_delay;
}			pool = {

	.lock = PTHREAD_MUTEX_INITIALIZER
};

/* Prepares the pool; connections are made when they are needed. */
void
pool_init(const Config *config)
{
	pthread_condattr_t attr;

	pool.config = config;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&pool.freed, &attr);
	pthread_condattr_destroy(&attr);
}

/* Closes the idle connections; the others must have been given back. */
void
pool_close(void)
{
	pthread_mutex_lock(&pool.lock);
	while (pool.idle != NULL)
	{
		DbConn	   *conn = pool.idle;

		pool.idle = conn->next;
		pool.open--;
		conn_close(conn);
	}
	pthread_mutex_unlock(&pool.lock);
}

/*
 * Waits for an idle connection, or for the right to open one.  With the
 * lock held, which is released while waiting.
 */
static DbOutcome
wait_in_line(DbConn **conn)
{
	struct timespec until;

	if (pool.waiting >= pool.config->queue_size)
		return DB_BUSY;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += pool.config->queue_timeout;
	pool.waiting++;
	atomic_fetch_add(&metrics.queue_length, 1);
	while (pool.idle == NULL && pool.open >= pool.config->pool_size)
		if (pthread_cond_timedwait(&pool.freed, &pool.lock, &until) == ETIMEDOUT)
			break;
	pool.waiting--;
	atomic_fetch_sub(&metrics.queue_length, 1);
	if (pool.idle == NULL && pool.open >= pool.config->pool_size)
		return DB_BUSY;
	*conn = pool.idle;
	return DB_OK;
}

/* Gives up a place in the pool: who waits may use it. */
static void
release_place(void)
{
	pthread_mutex_lock(&pool.lock);
	pool.open--;
	atomic_store(&metrics.pool_open, pool.open);
	pthread_cond_signal(&pool.freed);
	pthread_mutex_unlock(&pool.lock);
}

/* Puts off the next attempt to connect, longer after each failure. */
static void
note_failure(void)
{
	pthread_mutex_lock(&pool.lock);
	pool.retry_delay = pool.retry_delay > 0 ? pool.retry_delay * 2 : 100;
	if (pool.retry_delay > MAX_RETRY_DELAY_MS)
		pool.retry_delay = MAX_RETRY_DELAY_MS;
	pool.down_until = clock_ms() + pool.retry_delay;
	pthread_mutex_unlock(&pool.lock);
}

/* Opens a connection in a place that was reserved for it; without the lock. */
static DbOutcome
open_reserved(DbConn **conn)
{
	*conn = conn_open(pool.config);
	if (*conn == NULL)
	{
		note_failure();
		release_place();
		return DB_AWAY;
	}
	pthread_mutex_lock(&pool.lock);
	pool.retry_delay = 0;
	pool.down_until = 0;
	pthread_mutex_unlock(&pool.lock);
	return DB_OK;
}

/*
 * Takes a connection that works out of the pool, or opens one.  A connection
 * that the server has closed meanwhile is replaced before anything is sent over
 * it, because a call that was sent might have been carried out.
 */
static DbOutcome
conn_take(DbConn **conn)
{
	DbOutcome	outcome = DB_OK;

	*conn = NULL;
	pthread_mutex_lock(&pool.lock);
	if (pool.idle == NULL && pool.open >= pool.config->pool_size)
		outcome = wait_in_line(conn);
	if (outcome == DB_OK && pool.idle != NULL)
	{
		*conn = pool.idle;
		pool.idle = (*conn)->next;
	}
	else if (outcome == DB_OK)
	{
		if (clock_ms() < pool.down_until)
			outcome = DB_AWAY;
		else
			pool.open++;
	}
	atomic_store(&metrics.pool_open, pool.open);
	pthread_mutex_unlock(&pool.lock);
	if (outcome != DB_OK)
	{
		if (outcome == DB_BUSY)
			atomic_fetch_add(&metrics.queue_refused, 1);
		return outcome;
	}
	if (*conn != NULL && conn_is_stale(*conn))
	{
		conn_close(*conn);
		*conn = NULL;
	}
	if (*conn == NULL)
		outcome = open_reserved(conn);
	if (outcome == DB_OK)
		atomic_fetch_add(&metrics.pool_busy, 1);
	return outcome;
}

/* Gives a connection back, or its place if it is of no use any more. */
static void
conn_give(DbConn *conn)
{
	atomic_fetch_sub(&metrics.pool_busy, 1);
	if (conn->is_broken)
	{
		atomic_fetch_add(&metrics.db_failures, 1);
		conn_close(conn);
		release_place();
		return;
	}
	pthread_mutex_lock(&pool.lock);
	conn->next = pool.idle;
	pool.idle = conn;
	pthread_cond_signal(&pool.freed);
	pthread_mutex_unlock(&pool.lock);
}

/*
 * Tells whether it is right to run the call again: always when the transaction was rolled
 * back for reasons of concurrency; after a lost connection only when doing it
 * twice is harmless.
 */
static bool
may_try_again(const DbCall *call, const DbAnswer *answer)
{
	if (answer->outcome == DB_LOST)
		return call->is_repeatable;
	if (answer->outcome != DB_ERROR)
		return false;
	return sqlstate_is_concurrency(answer->sqlstate);
}

/* Empties an answer but for its times, which add up over the attempts. */
static void
forget_answer(DbAnswer *answer)
{
	PQclear(answer->result);
	answer->result = NULL;
	answer->text = NULL;
	answer->len = 0;
	free(answer->message);
	answer->message = NULL;
	answer->sqlstate[0] = '\0';
}

/* Runs a call, if need be several times, and fills "answer", which the caller frees. */
void
pool_call(const DbCall *call, DbAnswer *answer)
{
	int			tries;

	memset(answer, 0, sizeof(*answer));
	for (tries = 1;; tries++)
	{
		double		start = clock_ms();
		DbConn	   *conn;

		answer->outcome = conn_take(&conn);
		answer->wait_ms += clock_ms() - start;
		if (answer->outcome != DB_OK)
			return;
		conn_run(conn, call, answer);
		conn_give(conn);
		if (tries >= MAX_TRIES || !may_try_again(call, answer))
			return;
		forget_answer(answer);
	}
}

/* Frees what an answer holds. */
void
pool_answer_free(DbAnswer *answer)
{
	forget_answer(answer);
}

/*
 * Asks the database whether a role's password is right, by connecting as it.
 * A connection that needed no password proves nothing and counts as wrong.
 */
PasswordOutcome
pool_check_password(const char *user, const char *password)
{
	PGconn	   *pg = conn_connect(pool.config, user, password);
	PasswordOutcome outcome = PASSWORD_WRONG;

	if (PQstatus(pg) == CONNECTION_OK)
	{
		if (PQconnectionUsedPassword(pg))
			outcome = PASSWORD_RIGHT;
		else
			log_message(LOG_WARNING, "the database lets role \"%s\" in without a password: "
						"pg_hba.conf must ask for one where auth=password is used", user);
	}
	else
	{
		const char *names[] = {"dbname", "connect_timeout", NULL};
		const char *values[] = {pool.config->database, CONNECT_TIMEOUT, NULL};

		if (PQpingParams(names, values, 1) != PQPING_OK)
			outcome = PASSWORD_UNKNOWN;
	}
	PQfinish(pg);
	return outcome;
}
