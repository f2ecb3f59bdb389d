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
 * A connection stays in pipeline mode.  A call sends the settings of the
 * request (transaction-local), the function call and the synchronization
 * point together; all between two such points is one transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "pool.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "buf.h"
#include "log.h"
#include "metrics.h"

#define CONNECT_TIMEOUT			"5"
#define MAX_TRIES				4
#define MAX_RETRY_DELAY_MS		5000.0

typedef struct DbConn
{
	PGconn	   *pg;
	bool		prepared[POOL_STATEMENTS];
	bool		is_broken;
	struct DbConn *next;
} DbConn;

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

/* Milliseconds of a clock that never jumps. */
double
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

/* Prepare the pool; connections are made when they are needed. */
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

static void
conn_close(DbConn *conn)
{
	PQfinish(conn->pg);
	free(conn);
}

/* Close the idle connections; the others must have been given back. */
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

static PGconn *
connect_as(const char *user, const char *password)
{
	const char *names[] = {
		"dbname", "fallback_application_name", "connect_timeout",
		"client_encoding", "keepalives_idle", "tcp_user_timeout",
		user != NULL ? "user" : NULL, "password", NULL
	};
	const char *values[] = {
		pool.config->database, "mistral-api", CONNECT_TIMEOUT,
		"UTF8", "30", "30000", user, password, NULL
	};

	return PQconnectdbParams(names, values, 1);
}

static void
ignore_notice(void *arg, const PGresult *result)
{
	(void) arg;
	log_message(LOG_DEBUG, "notice of the database: %s",
				PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
}

/* Settings of the session that do not depend on the request. */
static bool
configure_session(PGconn *pg)
{
	const Config *config = pool.config;
	char		timeout[32];
	const char *params[] = {
		timeout,
		config->auth_kinds == AUTH_NONE ? "off" : "on",
		config->delete_action_executions ? "on" : "off",
		*config->role != '\0' ? config->role : "none"
	};
	PGresult   *result;
	bool		ok;

	snprintf(timeout, sizeof(timeout), "%ds", config->statement_timeout);
	result = PQexecParams(pg,
						  "SELECT pg_catalog.set_config('statement_timeout', $1, false),"
						  " pg_catalog.set_config('mistral_api.auth', $2, false),"
						  " pg_catalog.set_config('mistral_api.delete_action_executions', $3, false),"
						  " pg_catalog.set_config('timezone', 'UTC', false),"
						  " pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false),"
						  " pg_catalog.set_config('role', $4, false)",
						  4, NULL, params, NULL, NULL, 0);
	ok = PQresultStatus(result) == PGRES_TUPLES_OK;
	PQclear(result);
	return ok;
}

static DbConn *
conn_open(void)
{
	DbConn	   *conn = mem_alloc(sizeof(DbConn));

	conn->pg = connect_as(NULL, NULL);
	if (PQstatus(conn->pg) == CONNECTION_OK)
	{
		PQsetNoticeReceiver(conn->pg, ignore_notice, NULL);
		if (configure_session(conn->pg) && PQenterPipelineMode(conn->pg) == 1)
		{
			atomic_fetch_add(&metrics.db_connects, 1);
			return conn;
		}
	}
	log_message(LOG_ERROR, "could not connect to the database: %s",
				PQerrorMessage(conn->pg));
	atomic_fetch_add(&metrics.db_failures, 1);
	conn_close(conn);
	return NULL;
}

/* Has the server closed the connection while it was idle? */
static bool
conn_is_stale(DbConn *conn)
{
	struct pollfd event = {PQsocket(conn->pg), POLLIN, 0};

	/* the server's last words come before the end of the connection */
	while (poll(&event, 1, 0) != 0)
		if (PQconsumeInput(conn->pg) == 0 || PQstatus(conn->pg) != CONNECTION_OK)
			return true;
	return false;
}

/*
 * Wait for an idle connection, or for the right to open one.  With the
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

/* A place in the pool was given up: who waits may use it. */
static void
release_place(void)
{
	pthread_mutex_lock(&pool.lock);
	pool.open--;
	atomic_store(&metrics.pool_open, pool.open);
	pthread_cond_signal(&pool.freed);
	pthread_mutex_unlock(&pool.lock);
}

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

static DbOutcome
open_reserved(DbConn **conn)
{
	*conn = conn_open();
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

/* What was sent since the last synchronization point, in order. */
typedef struct Sent
{
	int			count;
	int			prepares[6];	/* number of the statement prepared, or -1 */
} Sent;

static bool
send_statement(DbConn *conn, int number, const char *sql, int nparams,
			   const char *const *params, Sent *sent)
{
	char		name[16];

	snprintf(name, sizeof(name), "api_%d", number);
	if (!conn->prepared[number])
	{
		if (PQsendPrepare(conn->pg, name, sql, 0, NULL) == 0)
			return false;
		sent->prepares[sent->count++] = number;
	}
	if (PQsendQueryPrepared(conn->pg, name, nparams, params, NULL, NULL, 0) == 0)
		return false;
	sent->prepares[sent->count++] = -1;
	return true;
}

/* Send everything a call needs. */
static bool
send_call(DbConn *conn, const DbCall *call, Sent *sent)
{
	const char *settings[] = {call->role};

	sent->count = 0;
	if (call->is_admin &&
		!send_statement(conn, STATEMENT_ADMIN,
						"SELECT pg_catalog.set_config('mistral_api.admin', 'on', true),"
						" pg_catalog.set_config('mistral.api_admin', 'on', true)",
						0, NULL, sent))
		return false;
	if (call->role != NULL &&
		!send_statement(conn, STATEMENT_ROLE,
						"SELECT pg_catalog.set_config('role', $1, true)",
						1, settings, sent))
		return false;
	return send_statement(conn, call->statement, call->sql, call->nparams,
						  call->params, sent) &&
		PQpipelineSync(conn->pg) == 1;
}

static void
keep_error(DbAnswer *answer, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (answer->outcome == DB_ERROR)
		return;					/* the first one is the reason */
	answer->outcome = DB_ERROR;
	snprintf(answer->sqlstate, sizeof(answer->sqlstate), "%s",
			 sqlstate != NULL ? sqlstate : "");
	answer->message = mem_copy(message != NULL ? message : "");
}

static void
keep_value(DbAnswer *answer, PGresult *result)
{
	PQclear(answer->result);
	answer->result = result;
	answer->text = PQgetisnull(result, 0, 0) ? NULL : PQgetvalue(result, 0, 0);
	answer->len = answer->text != NULL ? (size_t) PQgetlength(result, 0, 0) : 0;
}

/*
 * Read results up to the synchronization point.  False when the connection
 * was lost before it: whether the transaction was committed is not known.
 */
static bool
read_results(DbConn *conn, const Sent *sent, DbAnswer *answer)
{
	int			at = 0;

	for (;;)
	{
		PGresult   *result = PQgetResult(conn->pg);

		if (result == NULL)
		{
			if (PQstatus(conn->pg) != CONNECTION_OK)
				return false;
			at++;				/* the end of one statement */
			continue;
		}
		switch (PQresultStatus(result))
		{
			case PGRES_PIPELINE_SYNC:
				PQclear(result);
				return true;
			case PGRES_COMMAND_OK:
				if (at < sent->count && sent->prepares[at] >= 0)
					conn->prepared[sent->prepares[at]] = true;
				break;
			case PGRES_TUPLES_OK:
				if (PQntuples(result) == 1 && PQnfields(result) == 1)
				{
					keep_value(answer, result);
					continue;
				}
				break;
			case PGRES_FATAL_ERROR:
				keep_error(answer, result);
				break;
			default:
				break;
		}
		PQclear(result);
	}
}

/* An error says that the connection, or the server behind it, is no use. */
static bool
is_connection_error(const char *sqlstate)
{
	return strncmp(sqlstate, "08", 2) == 0 ||
		strncmp(sqlstate, "57P", 3) == 0 ||
		strcmp(sqlstate, "25006") == 0;
}

static void
run_call(DbConn *conn, const DbCall *call, DbAnswer *answer)
{
	double		start = clock_ms();
	Sent		sent;

	answer->outcome = DB_OK;
	if (!send_call(conn, call, &sent) || !read_results(conn, &sent, answer))
	{
		conn->is_broken = true;
		if (answer->outcome != DB_ERROR ||
			is_connection_error(answer->sqlstate))
			answer->outcome = DB_AWAY;
	}
	else if (answer->outcome == DB_ERROR &&
			 is_connection_error(answer->sqlstate))
	{
		conn->is_broken = true;
		answer->outcome = DB_AWAY;
	}
	if (conn->is_broken)
		log_message(LOG_WARNING, "connection to the database lost: %s",
					answer->message != NULL ? answer->message : PQerrorMessage(conn->pg));
	answer->db_ms += clock_ms() - start;
}

/*
 * Is it right to run the call again?  Always when the transaction was rolled
 * back for reasons of concurrency; after a lost connection only when doing it
 * twice is harmless.
 */
static bool
may_try_again(const DbCall *call, const DbAnswer *answer)
{
	if (answer->outcome == DB_AWAY)
		return call->is_repeatable;
	if (answer->outcome != DB_ERROR)
		return false;
	return strcmp(answer->sqlstate, "40001") == 0 ||
		strcmp(answer->sqlstate, "40P01") == 0;
}

static void
forget(DbAnswer *answer)
{
	PQclear(answer->result);
	answer->result = NULL;
	answer->text = NULL;
	answer->len = 0;
	free(answer->message);
	answer->message = NULL;
	answer->sqlstate[0] = '\0';
}

/* Run a call and fill "answer", which the caller frees. */
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
		run_call(conn, call, answer);
		conn_give(conn);
		if (tries >= MAX_TRIES || !may_try_again(call, answer))
			return;
		forget(answer);
	}
}

/* Free what an answer holds. */
void
pool_answer_free(DbAnswer *answer)
{
	forget(answer);
}

/*
 * Ask the database whether a role's password is right, by connecting as it.
 * A connection that needed no password proves nothing and counts as wrong.
 */
PasswordOutcome
pool_check_password(const char *user, const char *password)
{
	PGconn	   *pg = connect_as(user, password);
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
