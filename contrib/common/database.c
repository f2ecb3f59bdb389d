/*-------------------------------------------------------------------------
 *
 * database.c
 *	  One connection to the database, in a loop that must not block.
 *
 *-------------------------------------------------------------------------
 */
#include "database.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "memory.h"
#include "timers.h"

#define FIRST_DELAY_MS		100
#define MAX_DELAY_MS		30000
#define CONNECT_LIMIT_MS	30000

/*
 * A server that does not answer on the network is given up after this time:
 * before the attempt to connect ends, so that others in the connection string
 * have their turn.
 */
#define TCP_LIMIT_MS		"10000"

typedef enum DatabasePhase
{
	PHASE_WAITING,				/* until the next attempt to connect */
	PHASE_CONNECTING,
	PHASE_IDLE,
	PHASE_BUSY					/* a call is in flight */
} DatabasePhase;

struct Database
{
	char	   *conninfo;
	char	   *program;
	DatabaseEvents events;
	DatabasePhase phase;
	PGconn	   *conn;
	bool		is_shared;		/* a pooler stands between */
	bool		told_shared;
	short		wanted;			/* poll events while connecting */
	Timer		timer;			/* next attempt, or limit of this one */
	double		delay_ms;
	PGresult   *result;			/* of the call, so far */
	DatabaseAnswer answer;
	void	   *answer_arg;
};

static void begin_connect(void *arg);
static void process_input(Database *db);

/* The messages of the server as a line of our log. */
static void
note_notice(void *arg, const PGresult *result)
{
	(void) arg;
	log_message(LOG_DEBUG, "server says: %s",
				PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
}

/* Close what there is and try again after a delay, which grows. */
static void
retry_later(Database *db)
{
	double		jitter = 0.75 + 0.5 * (random() % 1000) / 1000.0;

	if (db->conn != NULL)
		PQfinish(db->conn);
	db->conn = NULL;
	db->phase = PHASE_WAITING;
	timer_set(&db->timer, db->delay_ms * jitter, begin_connect, db);
	db->delay_ms = db->delay_ms * 2 > MAX_DELAY_MS ? MAX_DELAY_MS : db->delay_ms * 2;
}

/*
 * The SQLSTATE in a message of the most talkative form, or an empty string:
 * libpq has no other way to it as long as there is no connection.
 */
static void
find_sqlstate(const char *message, char sqlstate[6])
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *c = message;

	sqlstate[0] = '\0';
	while ((c = strstr(c, ":  ")) != NULL)
	{
		c += 3;
		if (strspn(c, letters) == 5 && c[5] == ':')
		{
			memcpy(sqlstate, c, 5);
			sqlstate[5] = '\0';
		}
	}
}

/* A copy of the message without the lines that tell of the server's source. */
static char *
without_location(const char *message)
{
	char	   *copy = mem_copy(message);
	char	   *line;
	size_t		len;

	while ((line = strstr(copy, "\nLOCATION:")) != NULL)
	{
		char	   *end = line + 1 + strcspn(line + 1, "\n");

		memmove(line, end, strlen(end) + 1);
	}
	len = strlen(copy);
	while (len > 0 && copy[len - 1] == '\n')
		copy[--len] = '\0';
	return copy;
}

const char *
database_hint(const char *sqlstate)
{
	static const struct
	{
		const char *sqlstate;
		const char *hint;
	}			hints[] = {
		{"28P01", " (Check the password: in the connection string, in PGPASSWORD, or in a password file.)"},
		{"28000", " (Check the name of the user, and the lines for it in pg_hba.conf.)"},
		{"3D000", " (Check the name of the database, or create it.)"},
		{"3F000", " (Is this the right database? If so, install the extension there: CREATE EXTENSION mistral.)"},
		{"42883", " (The extension is of another version than this program: ALTER EXTENSION mistral UPDATE.)"},
		{"42501", " (Give the user its rights: SELECT mistral.create_roles(); GRANT mistral_executor TO ...)"},
	};

	for (int i = 0; i < (int) (sizeof(hints) / sizeof(hints[0])); i++)
	{
		if (strcmp(hints[i].sqlstate, sqlstate) == 0)
			return hints[i].hint;
	}
	return "";
}

static void
connect_failed(Database *db)
{
	char	   *message = without_location(db->conn ? PQerrorMessage(db->conn) : "out of memory");
	char		sqlstate[6];

	find_sqlstate(message, sqlstate);
	log_message(LOG_WARNING, "could not connect to the database: %s%s", message,
				database_hint(sqlstate));
	free(message);
	retry_later(db);
}

static void
connect_timed_out(void *arg)
{
	log_message(LOG_WARNING, "could not connect to the database: timeout");
	retry_later(arg);
}

static void
connection_lost(Database *db)
{
	DatabaseAnswer answer = db->phase == PHASE_BUSY ? db->answer : NULL;

	log_message(LOG_WARNING, "connection to the database was lost: %s",
				PQerrorMessage(db->conn));
	PQclear(db->result);
	db->result = NULL;
	db->answer = NULL;
	retry_later(db);
	if (answer != NULL)
		answer(db->answer_arg, NULL);
	db->events.lost(db->events.arg);
}

/*
 * Connected.  A pooler makes up the number of the process that it tells its
 * clients, since the process behind it changes.
 */
static void
process_known(void *arg, PGresult *result)
{
	Database   *db = arg;

	if (result == NULL)
		return;
	db->is_shared = PQntuples(result) == 1 &&
		atoi(PQgetvalue(result, 0, 0)) != PQbackendPID(db->conn);
	if (db->is_shared && !db->told_shared)
		log_message(LOG_WARNING, "a connection pooler stands before the database: "
					"it may keep notifications back, so there is a look for work every second");
	db->told_shared |= db->is_shared;
	db->events.connected(db->events.arg);
}

static void
go_on_connecting(Database *db)
{
	switch (PQconnectPoll(db->conn))
	{
		case PGRES_POLLING_READING:
			db->wanted = POLLIN;
			break;
		case PGRES_POLLING_WRITING:
			db->wanted = POLLOUT;
			break;
		case PGRES_POLLING_OK:
			timer_cancel(&db->timer);
			PQsetnonblocking(db->conn, 1);
			PQsetErrorVerbosity(db->conn, PQERRORS_DEFAULT);
			PQsetNoticeReceiver(db->conn, note_notice, NULL);
			db->delay_ms = FIRST_DELAY_MS;
			log_message(LOG_DEBUG, "connected to the database");
			database_call(db, "SELECT pg_catalog.pg_backend_pid()", 0, NULL, process_known, db);
			break;
		default:
			connect_failed(db);
			break;
	}
}

static void
begin_connect(void *arg)
{
	Database   *db = arg;
	/* what the connection string says overrides what is before it */
	const char *keywords[] = {"target_session_attrs", "tcp_user_timeout", "keepalives_idle",
	"keepalives_interval", "dbname", "fallback_application_name", NULL};
	const char *values[] = {"read-write", TCP_LIMIT_MS, "30", "10", db->conninfo, db->program, NULL};

	db->conn = PQconnectStartParams(keywords, values, 1);
	if (db->conn == NULL || PQstatus(db->conn) == CONNECTION_BAD)
	{
		connect_failed(db);
		return;
	}
	/* for the SQLSTATE of a refusal */
	PQsetErrorVerbosity(db->conn, PQERRORS_VERBOSE);
	db->phase = PHASE_CONNECTING;
	db->wanted = POLLOUT;
	timer_set(&db->timer, CONNECT_LIMIT_MS, connect_timed_out, db);
}

Database *
database_open(const char *conninfo, const char *program,
			  const DatabaseEvents *events)
{
	Database   *db = mem_alloc(sizeof(Database));

	db->conninfo = mem_copy(conninfo);
	db->program = mem_copy(program);
	db->events = *events;
	db->delay_ms = FIRST_DELAY_MS;
	begin_connect(db);
	return db;
}

bool
database_is_idle(const Database *db)
{
	return db->phase == PHASE_IDLE;
}

bool
database_is_busy(const Database *db)
{
	return db->phase == PHASE_BUSY;
}

bool
database_is_connected(const Database *db)
{
	return db->phase == PHASE_IDLE || db->phase == PHASE_BUSY;
}

bool
database_is_shared(const Database *db)
{
	return db->is_shared;
}

void
database_call(Database *db, const char *sql, int nparams,
			  const char *const *params, DatabaseAnswer answer, void *arg)
{
	db->phase = PHASE_BUSY;
	db->answer = answer;
	db->answer_arg = arg;
	if (!PQsendQueryParams(db->conn, sql, nparams, NULL, params, NULL, NULL, 0) ||
		PQflush(db->conn) < 0)
		connection_lost(db);
}

char *
database_quote(Database *db, const char *identifier)
{
	return PQescapeIdentifier(db->conn, identifier, strlen(identifier));
}

int
database_poll_fd(const Database *db, short *events)
{
	switch (db->phase)
	{
		case PHASE_WAITING:
			return -1;
		case PHASE_CONNECTING:
			*events = db->wanted;
			return PQsocket(db->conn);
		default:
			*events = POLLIN;
			if (PQflush(db->conn) == 1)
				*events |= POLLOUT;
			return PQsocket(db->conn);
	}
}

/* Hand out the notifications that have come in. */
static void
take_notifications(Database *db)
{
	PGnotify   *notify;

	while ((notify = PQnotifies(db->conn)) != NULL)
	{
		db->events.notified(db->events.arg, notify->relname);
		PQfreemem(notify);
	}
}

/* Take results until the call has ended; then give its answer. */
static void
take_results(Database *db)
{
	while (!PQisBusy(db->conn))
	{
		PGresult   *result = PQgetResult(db->conn);

		if (result != NULL)
		{
			PQclear(db->result);
			db->result = result;
			continue;
		}

		result = db->result;
		db->result = NULL;
		if (PQstatus(db->conn) == CONNECTION_BAD)
		{
			PQclear(result);
			connection_lost(db);
			return;
		}
		db->phase = PHASE_IDLE;
		db->answer(db->answer_arg, result);
		PQclear(result);
		return;
	}
}

static void
process_input(Database *db)
{
	if (!PQconsumeInput(db->conn) || PQflush(db->conn) < 0 ||
		PQstatus(db->conn) == CONNECTION_BAD)
	{
		connection_lost(db);
		return;
	}
	take_notifications(db);
	if (db->phase == PHASE_BUSY)
		take_results(db);
}

void
database_process(Database *db)
{
	if (db->phase == PHASE_CONNECTING)
		go_on_connecting(db);
	else if (db->phase != PHASE_WAITING)
		process_input(db);
}

void
database_close(Database *db)
{
	timer_cancel(&db->timer);
	PQclear(db->result);
	if (db->conn != NULL)
		PQfinish(db->conn);
	free(db->conninfo);
	free(db->program);
	free(db);
}

bool
database_succeeded(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

const char *
database_sqlstate(const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return state ? state : "";
}
