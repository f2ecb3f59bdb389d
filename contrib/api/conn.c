/*-------------------------------------------------------------------------
 *
 * conn.c
 *	  One connection to the database, and calls over it.
 *
 * A connection stays in pipeline mode.  A call sends the settings of the
 * request (transaction-local), the function call and the synchronization
 * point together; all between two such points is one transaction.
 *
 * Behind a pooler that gives a session of the server to each transaction,
 * nothing may be left in a session: settings that are elsewhere made once are
 * sent with each call, and statements have no names.
 *
 *-------------------------------------------------------------------------
 */
#include "conn.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "memory.h"
#include "metrics.h"
#include "pooler.h"
#include "sqlstate.h"

/* Connects as the role given, or with NULL as the server's own; never NULL. */
PGconn *
conn_connect(const Config *config, const char *user, const char *password)
{
	const char *names[] = {
		"dbname", "fallback_application_name", "connect_timeout",
		"client_encoding", "keepalives_idle", "tcp_user_timeout",
		user != NULL ? "user" : NULL, "password", NULL
	};
	const char *values[] = {
		config->database, "mistral-api", CONNECT_TIMEOUT,
		"UTF8", "30", "30000", user, password, NULL
	};

	return PQconnectdbParams(names, values, 1);
}

/* Notices are for people at a prompt; the log has them for the curious. */
static void
ignore_notice(void *arg, const PGresult *result)
{
	(void) arg;
	log_message(LOG_DEBUG, "notice of the database: %s",
				PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
}

/* The settings that do not depend on the request, as parameters. */
typedef struct Settings
{
	char		timeout[32];
	char		action_timeout[32];
	const char *params[6];
} Settings;

#define SETTINGS_SQL \
	"SELECT pg_catalog.set_config('statement_timeout', $1, $5::pg_catalog.bool)," \
	" pg_catalog.set_config('mistral_api.auth', $2, $5::pg_catalog.bool)," \
	" pg_catalog.set_config('mistral_api.delete_action_executions', $3, $5::pg_catalog.bool)," \
	" pg_catalog.set_config('mistral_api.action_timeout', $6, $5::pg_catalog.bool)," \
	" pg_catalog.set_config('timezone', 'UTC', $5::pg_catalog.bool)," \
	" pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', $5::pg_catalog.bool)," \
	" pg_catalog.set_config('role', $4, $5::pg_catalog.bool)"

/* Fills in the settings, for one transaction or for the whole session. */
static void
fill_settings(const Config *config, Settings *settings, bool of_transaction)
{
	snprintf(settings->timeout, sizeof(settings->timeout), "%ds", config->statement_timeout);
	settings->params[0] = settings->timeout;
	settings->params[1] = config->auth_kinds == AUTH_NONE ? "off" : "on";
	settings->params[2] = config->delete_action_executions ? "on" : "off";
	settings->params[3] = *config->role != '\0' ? config->role : "none";
	settings->params[4] = of_transaction ? "true" : "false";
	snprintf(settings->action_timeout, sizeof(settings->action_timeout), "%d", config->action_timeout);
	settings->params[5] = settings->action_timeout;
}

/* Finds out whether a pooler stands between; false when that failed. */
static bool
find_pooler(DbConn *conn)
{
	PGresult   *result = PQexec(conn->pg, POOLER_QUERY);
	bool		ok = PQresultStatus(result) == PGRES_TUPLES_OK;

	if (ok)
		conn->is_shared = pooler_stands_between(conn->pg, result);
	PQclear(result);
	return ok;
}

static void
tell_pooler(void)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;

	if (!atomic_flag_test_and_set(&told))
		log_message(LOG_INFO, "a connection pooler stands before the database: "
					"settings go with each request, and statements are not prepared");
}

/* Makes the settings of a new session, unless a pooler would hand it to others. */
static bool
configure_session(DbConn *conn)
{
	Settings	settings;
	PGresult   *result;
	bool		ok;

	if (!find_pooler(conn))
		return false;
	if (conn->is_shared)
	{
		tell_pooler();
		return true;
	}
	fill_settings(conn->config, &settings, false);
	result = PQexecParams(conn->pg, SETTINGS_SQL, 6, NULL, settings.params, NULL, NULL, 0);
	ok = PQresultStatus(result) == PGRES_TUPLES_OK;
	PQclear(result);
	return ok;
}

/* Opens a connection; NULL when that failed, which was logged. */
DbConn *
conn_open(const Config *config)
{
	DbConn	   *conn = mem_alloc(sizeof(DbConn));

	conn->config = config;
	conn->pg = conn_connect(config, NULL, NULL);
	if (PQstatus(conn->pg) == CONNECTION_OK)
	{
		PQsetNoticeReceiver(conn->pg, ignore_notice, NULL);
		if (configure_session(conn) && PQenterPipelineMode(conn->pg) == 1)
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

/* Tells whether the server has closed the connection while it was idle. */
bool
conn_is_stale(DbConn *conn)
{
	struct pollfd event = {PQsocket(conn->pg), POLLIN, 0};

	/* the server's last words come before the end of the connection */
	while (poll(&event, 1, 0) != 0)
		if (PQconsumeInput(conn->pg) == 0 || PQstatus(conn->pg) != CONNECTION_OK)
			return true;
	return false;
}

/* Closes a connection and frees it. */
void
conn_close(DbConn *conn)
{
	PQfinish(conn->pg);
	free(conn);
}

/* The statements sent since the last synchronization point, in order. */
typedef struct Sent
{
	int			count;
	int			prepares[6];	/* number of the statement prepared, or -1 */
} Sent;

/* Sends a statement, preparing it on its first use where that lasts. */
static bool
send_statement(DbConn *conn, int number, const char *sql, int nparams,
			   const char *const *params, Sent *sent)
{
	char		name[16];

	if (conn->is_shared)
	{
		sent->prepares[sent->count++] = -1;
		return PQsendQueryParams(conn->pg, sql, nparams, NULL, params, NULL, NULL, 0) == 1;
	}
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

/* Behind a pooler, sends the settings with the call; else the session has them. */
static bool
send_settings(DbConn *conn, Sent *sent)
{
	Settings	settings;

	if (!conn->is_shared)
		return true;
	fill_settings(conn->config, &settings, true);
	return send_statement(conn, -1, SETTINGS_SQL, 6, settings.params, sent);
}

/* Sends all that a call needs, in one go, so that it costs one round trip. */
static bool
send_call(DbConn *conn, const DbCall *call, Sent *sent)
{
	const char *role[] = {call->role};

	sent->count = 0;
	if (!send_settings(conn, sent))
		return false;
	if (call->is_admin &&
		!send_statement(conn, STATEMENT_ADMIN,
						"SELECT pg_catalog.set_config('mistral_api.admin', 'on', true),"
						" pg_catalog.set_config('mistral.api_admin', 'on', true)",
						0, NULL, sent))
		return false;
	if (call->role != NULL &&
		!send_statement(conn, STATEMENT_ROLE,
						"SELECT pg_catalog.set_config('role', $1, true)",
						1, role, sent))
		return false;
	return send_statement(conn, call->statement, call->sql, call->nparams,
						  call->params, sent) &&
		PQpipelineSync(conn->pg) == 1;
}

/* Keeps the first error: those after it only tell that the transaction is aborted. */
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

/* Keeps the value of the last statement; it points into the result. */
static void
keep_value(DbAnswer *answer, PGresult *result)
{
	PQclear(answer->result);
	answer->result = result;
	answer->text = PQgetisnull(result, 0, 0) ? NULL : PQgetvalue(result, 0, 0);
	answer->len = answer->text != NULL ? (size_t) PQgetlength(result, 0, 0) : 0;
}

/*
 * Reads results up to the synchronization point.  False when the connection
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

/*
 * Runs a call once and puts what came of it into "answer", which is empty but
 * for its times.
 */
void
conn_run(DbConn *conn, const DbCall *call, DbAnswer *answer)
{
	double		start = clock_ms();
	Sent		sent;

	answer->outcome = DB_OK;
	if (!send_call(conn, call, &sent) || !read_results(conn, &sent, answer))
		conn->is_broken = true;
	if (answer->outcome == DB_ERROR && sqlstate_is_connection(answer->sqlstate))
		conn->is_broken = true;
	/* an error of the call itself stands, whatever happened afterwards */
	if (conn->is_broken &&
		(answer->outcome != DB_ERROR || sqlstate_is_connection(answer->sqlstate)))
		answer->outcome = DB_LOST;
	if (conn->is_broken)
		log_message(LOG_WARNING, "connection to the database lost: %s",
					answer->message != NULL ? answer->message : PQerrorMessage(conn->pg));
	answer->db_ms += clock_ms() - start;
}
