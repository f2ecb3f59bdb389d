/*-------------------------------------------------------------------------
 *
 * check.c
 *	  What --check finds out about a program's way to the database.
 *
 * Settings have been read, and mistakes in them have ended the program, before
 * anything here is called.  Each finding is a line on standard output that begins
 * with "ok", "note" or "FAIL"; one that fails makes the exit status 1.  Queries
 * only read, and what is tried out leaves nothing in the session.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "memory.h"
#include "options.h"
#include "pooler.h"
#include "sqlstate.h"

#define CONNECT_SECONDS		"10"
#define PROBE_MS			2000	/* for a notification to get through */

static bool has_failed = false;
static bool has_extension = false;

static void
print_line(const char *verdict, const char *format, va_list args)
{
	char		text[2048];

	vsnprintf(text, sizeof(text), format, args);
	for (char *c = text; *c != '\0'; c++)
	{
		if (*c == '\n' || *c == '\t')
			*c = c[1] == '\0' ? '\0' : ' ';
	}
	printf("%-4s %s\n", verdict, text);
}

/* Says what is as it should be. */
void
check_good(const char *format,...)
{
	va_list		args;

	va_start(args, format);
	print_line("ok", format, args);
	va_end(args);
}

/* Says what the operator should know, and may be right. */
void
check_note(const char *format,...)
{
	va_list		args;

	va_start(args, format);
	print_line("note", format, args);
	va_end(args);
}

/* Says what keeps the program from working. */
void
check_bad(const char *format,...)
{
	va_list		args;

	va_start(args, format);
	print_line("FAIL", format, args);
	va_end(args);
	has_failed = true;
}

/*
 * Runs a query that returns a row of texts.  Returns the result, which the caller
 * frees, or NULL, and has said why.
 */
static PGresult *
query(PGconn *conn, const char *sql, int nparams, const char *const *params)
{
	PGresult   *result = PQexecParams(conn, sql, nparams, NULL, params, NULL, NULL, 0);

	if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0)
		return result;
	check_bad("a query failed: %s", PQresultErrorMessage(result));
	PQclear(result);
	return NULL;
}

static void
check_server(PGconn *conn)
{
	PGresult   *result = query(conn, "SELECT current_user, pg_catalog.current_database(),"
							   " pg_catalog.current_setting('server_version')", 0, NULL);

	if (result != NULL)
		check_good("connected to database \"%s\" as \"%s\", PostgreSQL %s", PQgetvalue(result, 0, 1),
				   PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 2));
	PQclear(result);
}

static void
check_extension(PGconn *conn)
{
	PGresult   *result = query(conn, "SELECT (SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'mistral')", 0, NULL);

	if (result == NULL)
		return;
	has_extension = !PQgetisnull(result, 0, 0);
	if (!has_extension)
		check_bad("the extension is not in this database. Is it the right one? If so: CREATE EXTENSION mistral");
	else if (strcmp(PQgetvalue(result, 0, 0), PROGRAM_VERSION) != 0)
		check_bad("the extension has version %s, this program has %s: ALTER EXTENSION mistral UPDATE, or install the same",
				  PQgetvalue(result, 0, 0), PROGRAM_VERSION);
	else
		check_good("the extension has this program's version, %s", PROGRAM_VERSION);
	PQclear(result);
}

/*
 * Connects as the program does, to a server of the kind that it needs ("session",
 * as target_session_attrs), and looks at the server and the extension.  Returns the
 * connection, or NULL, and has said why.
 */
PGconn *
check_connect(const char *conninfo, const char *program, const char *session)
{
	const char *keywords[] = {"target_session_attrs", "connect_timeout", "dbname", "fallback_application_name", NULL};
	const char *values[] = {session, CONNECT_SECONDS, conninfo, program, NULL};
	PGconn	   *conn = PQconnectdbParams(keywords, values, 1);

	if (PQstatus(conn) != CONNECTION_OK)
	{
		check_bad("could not connect to the database: %s", PQerrorMessage(conn));
		if (PQconnectionNeedsPassword(conn))
			check_note("%s", "the server asks for a password: give it in a password file (PGPASSFILE), a service file or PGPASSWORD");
		PQfinish(conn);
		return NULL;
	}
	check_server(conn);
	check_extension(conn);
	return conn;
}

/* Returns whether a query returns true. */
bool
check_is_true(PGconn *conn, const char *sql)
{
	PGresult   *result = query(conn, sql, 0, NULL);
	bool		is_true = result != NULL && PQgetvalue(result, 0, 0)[0] == 't';

	PQclear(result);
	return is_true;
}

/*
 * Looks whether the functions (signatures, ends with NULL) are there and may be
 * called; "role" is one that may.  Without the extension nothing more is to be said.
 */
void
check_functions(PGconn *conn, const char *const *signatures, const char *role)
{
	int			count = 0;
	bool		is_good = has_extension;

	if (has_extension &&
		!check_is_true(conn, "SELECT pg_catalog.has_schema_privilege('mistral', 'USAGE')"))
	{
		check_bad("the schema mistral may not be used. Give the user its rights: SELECT mistral.create_roles(); GRANT %s TO ...", role);
		return;
	}
	for (; has_extension && signatures[count] != NULL; count++)
	{
		PGresult   *result = query(conn, "SELECT f, pg_catalog.has_function_privilege(f, 'EXECUTE')"
								   " FROM (SELECT pg_catalog.to_regprocedure($1)::oid AS f) x",
								   1, &signatures[count]);
		bool		is_missing;

		if (result == NULL)
			return;
		is_missing = PQgetisnull(result, 0, 0);
		if (is_missing)
			check_bad("there is no function %s: the extension is of another version", signatures[count]);
		else if (PQgetvalue(result, 0, 1)[0] != 't')
			check_bad("%s may not be called. Give the user its rights: SELECT mistral.create_roles(); GRANT %s TO ...",
					  signatures[count], role);
		is_good &= !is_missing && PQgetvalue(result, 0, 1)[0] == 't';
		PQclear(result);
	}
	if (is_good)
		check_good("the user may call the %d functions that are needed", count);
}

/* Waits until the channel has been notified; false if that takes too long. */
static bool
is_notified(PGconn *conn)
{
	double		end = clock_ms() + PROBE_MS;

	for (;;)
	{
		struct pollfd fd = {.fd = PQsocket(conn), .events = POLLIN};
		double		left = end - clock_ms();
		PGnotify   *notify;

		PQconsumeInput(conn);
		if ((notify = PQnotifies(conn)) != NULL)
		{
			PQfreemem(notify);
			return true;
		}
		if (left <= 0 || PQstatus(conn) != CONNECTION_OK)
			return false;
		poll(&fd, 1, (int) left + 1);
	}
}

/* Tries whether a notification of one connection gets through to another. */
void
check_listen(PGconn *conn, const char *conninfo)
{
	PGconn	   *other = PQconnectdb(conninfo);
	PGresult   *result = query(conn, POOLER_QUERY, 0, NULL);
	bool		is_shared = result != NULL && pooler_stands_between(conn, result);
	char		sql[64];
	bool		gets_through;

	PQclear(result);
	if (PQstatus(other) != CONNECTION_OK)
	{
		check_note("could not try out notifications: %s", PQerrorMessage(other));
		PQfinish(other);
		return;
	}
	snprintf(sql, sizeof(sql), "LISTEN mistral_check_%d", (int) getpid());
	PQclear(PQexec(conn, sql));
	snprintf(sql, sizeof(sql), "NOTIFY mistral_check_%d", (int) getpid());
	PQclear(PQexec(other, sql));
	gets_through = is_notified(conn);
	snprintf(sql, sizeof(sql), "UNLISTEN mistral_check_%d", (int) getpid());
	PQclear(PQexec(conn, sql));
	PQfinish(other);
	if (gets_through)
		check_good("notifications get through%s", is_shared ? ", also through the pooler before the database" : "");
	else
		check_note("notifications do not get through%s: there will be a look for work every second",
				   is_shared ? ": a pooler stands before the database" : "");
}

/* Ends the check and returns the exit status; the connection may be NULL. */
int
check_finish(PGconn *conn)
{
	if (conn != NULL)
		PQfinish(conn);
	fflush(stdout);
	return has_failed ? 1 : 0;
}
