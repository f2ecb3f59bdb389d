/*-------------------------------------------------------------------------
 *
 * database.c
 *	  Connections to the database, in a loop that must not block.
 *
 * The connection is made in the background, and made again when it is lost,
 * after a delay that grows up to a limit and varies by a quarter, so that many
 * programs do not come back to a server at the same moment.
 *
 * One call is in flight on each at a time, and every call gets exactly one answer,
 * unless the connection is closed by its owner.  After a call that failed the
 * owner may ask for a pause, in which the connection is not ready; pauses grow
 * from failure to failure and are short again after a success.
 *
 * A connection pooler between may give each transaction another session.
 * LISTEN is of no use then, and the owner has to look for work by itself.
 *
 *-------------------------------------------------------------------------
 */
#include "database.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "memory.h"
#include "pooler.h"
#include "sqlstate.h"
#include "timers.h"
#include "watch.h"

#define FIRST_DELAY_MS		100 /* before another attempt to connect */
#define MAX_DELAY_MS		30000
#define CONNECT_LIMIT_MS	30000	/* for one attempt */
#define FIRST_PAUSE_MS		100 /* after a call that failed */
#define MAX_PAUSE_MS		10000

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
	Database   *next;
	char	   *conninfo;
	char	   *program;
	DatabaseEvents events;
	DatabasePhase phase;
	PGconn	   *conn;
	bool		no_listen;
	bool		judges_listen;
	bool		is_spare;
	bool		is_shared;		/* a pooler stands between */
	bool		is_blind;		/* notifications do not get here */
	bool		told_shared;	/* that was logged */
	bool		is_pausing;
	short		wanted;			/* poll events while connecting */
	Watch		watch;
	Timer		timer;			/* next attempt, or limit of this one */
	double		delay_ms;		/* of the next attempt */
	Timer		pause_timer;
	double		pause_ms;		/* of the next pause */
	PGresult   *result;			/* of the call, so far */
	DatabaseAnswer answer;
	void	   *answer_arg;
};

/* those that are open */
static Database *databases = NULL;

static void begin_connect(void *arg);

/* Puts a notice of the server into our log. */
static void
note_notice(void *arg, const PGresult *result)
{
	(void) arg;
	log_message(LOG_DEBUG, "server says: %s",
				PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
}

/* Closes what there is and tries again after a delay, which grows. */
static void
retry_later(Database *db)
{
	double		jitter = 0.75 + 0.5 * (random() % 1000) / 1000.0;

	watch_cancel(&db->watch);
	if (db->conn != NULL)
		PQfinish(db->conn);
	db->conn = NULL;
	db->phase = PHASE_WAITING;
	timer_set(&db->timer, db->delay_ms * jitter, begin_connect, db);
	db->delay_ms = db->delay_ms * 2 > MAX_DELAY_MS ? MAX_DELAY_MS : db->delay_ms * 2;
}

/* Returns a copy of the message without the lines about the server's source. */
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

static LogLevel
failure_level(const Database *db)
{
	return db->is_spare && db->delay_ms > FIRST_DELAY_MS ? LOG_DEBUG : LOG_WARNING;
}

static void
connect_failed(Database *db)
{
	char	   *message = without_location(db->conn ? PQerrorMessage(db->conn) : "out of memory");
	char		sqlstate[6];

	sqlstate_find(message, sqlstate);
	log_message(failure_level(db), "could not connect to the database: %s%s", message,
				sqlstate_hint(sqlstate));
	free(message);
	retry_later(db);
}

static void
connect_timed_out(void *arg)
{
	log_message(failure_level(arg), "could not connect to the database: timeout");
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

/* The connection is there, and we know what stands between. */
static void
process_known(void *arg, PGresult *result)
{
	Database   *db = arg;

	if (result == NULL)
		return;
	db->is_shared = pooler_stands_between(db->conn, result);
	db->is_blind = db->is_shared && !db->judges_listen;
	if (db->is_blind && !db->told_shared)
		log_message(LOG_WARNING, "a connection pooler stands before the database: " DATABASE_BLIND_NOTE);
	db->told_shared |= db->is_blind;
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
			database_call(db, POOLER_QUERY, 0, NULL, process_known, db);
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

/*
 * Begins to connect and returns the connection, which the caller closes.  The
 * options are copied.  Events are told from the main loop and from timers,
 * never from here.
 */
Database *
database_open(const DatabaseOptions *options)
{
	Database   *db = mem_alloc(sizeof(Database));

	db->conninfo = mem_copy(options->conninfo);
	db->program = mem_copy(options->program);
	db->no_listen = options->no_listen;
	db->judges_listen = options->judges_listen;
	db->is_spare = options->is_spare;
	db->events = options->events;
	db->delay_ms = FIRST_DELAY_MS;
	db->pause_ms = FIRST_PAUSE_MS;
	db->next = databases;
	databases = db;
	begin_connect(db);
	return db;
}

/* Tells whether a call can be made: connected, none in flight, no pause. */
bool
database_is_ready(const Database *db)
{
	return db->phase == PHASE_IDLE && !db->is_pausing;
}

/* Tells whether it rests after a call that failed. */
bool
database_is_pausing(const Database *db)
{
	return db->is_pausing;
}

/* Tells whether a call is in flight. */
bool
database_is_busy(const Database *db)
{
	return db->phase == PHASE_BUSY;
}

/* Tells whether a pooler stands between, as far as it lets that be seen. */
bool
database_is_shared(const Database *db)
{
	return db->is_shared;
}

/*
 * Tells whether nobody notifies us of work: by the operator's wish, or
 * because a pooler stands between.  It is known only once connected.
 */
bool
database_is_blind(const Database *db)
{
	return db->no_listen || db->is_blind;
}

/* Notes what an owner that judges by itself has found out, until the connection ends. */
void
database_set_blind(Database *db, bool is_blind)
{
	db->is_blind = is_blind;
}

/* Begins a call, which sent is whether libpq has taken. */
static void
begin_call(Database *db, int sent, DatabaseAnswer answer, void *arg)
{
	db->phase = PHASE_BUSY;
	db->answer = answer;
	db->answer_arg = arg;
	if (!sent || PQflush(db->conn) < 0)
		connection_lost(db);
}

/*
 * Sends a statement with text parameters; the database must be ready.  The
 * answer comes from the main loop, or at once with NULL when the
 * connection is found broken.
 */
void
database_call(Database *db, const char *sql, int nparams,
			  const char *const *params, DatabaseAnswer answer, void *arg)
{
	begin_call(db, PQsendQueryParams(db->conn, sql, nparams, NULL, params, NULL, NULL, 0),
			   answer, arg);
}

/* Prepares a statement under a name until the connection ends, as database_call() does. */
void
database_prepare(Database *db, const char *name, const char *sql, int nparams,
				 DatabaseAnswer answer, void *arg)
{
	begin_call(db, PQsendPrepare(db->conn, name, sql, nparams, NULL), answer, arg);
}

/* Sends a statement that was prepared, as database_call() does. */
void
database_call_prepared(Database *db, const char *name, int nparams,
					   const char *const *params, DatabaseAnswer answer, void *arg)
{
	begin_call(db, PQsendQueryPrepared(db->conn, name, nparams, params, NULL, NULL, 0),
			   answer, arg);
}

/* Sends a LISTEN for each channel, as database_call() does. */
void
database_listen(Database *db, const char *const *channels, int count,
				DatabaseAnswer answer, void *arg)
{
	Buf			block = {0};

	/* the extended protocol takes one statement only */
	buf_puts(&block, "DO $mistral$ BEGIN ");
	for (int i = 0; i < count; i++)
	{
		char	   *name = PQescapeIdentifier(db->conn, channels[i], strlen(channels[i]));

		buf_printf(&block, "LISTEN %s; ", name);
		PQfreemem(name);
	}
	buf_puts(&block, "END $mistral$");
	database_call(db, block.data, 0, NULL, answer, arg);
	buf_free(&block);
}

static void
pause_ended(void *arg)
{
	Database   *db = arg;

	db->is_pausing = false;
}

/* Makes the database not ready for a time, which grows until a call succeeds. */
void
database_pause(Database *db)
{
	db->is_pausing = true;
	timer_set(&db->pause_timer, db->pause_ms, pause_ended, db);
	db->pause_ms = db->pause_ms * 2 > MAX_PAUSE_MS ? MAX_PAUSE_MS : db->pause_ms * 2;
}

/* Tells of each notification that has come in. */
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

/* Takes results until the call has ended; then gives its answer. */
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
		if (database_succeeded(result))
			db->pause_ms = FIRST_PAUSE_MS;
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

/* Goes on with what is under way: the descriptor is ready. */
static void
process(void *arg)
{
	Database   *db = arg;

	if (db->phase == PHASE_CONNECTING)
		go_on_connecting(db);
	else if (db->phase != PHASE_WAITING)
		process_input(db);
}

/* Has the main loop wait for what the connection waits for, if anything. */
static void
watch(Database *db)
{
	short		events = db->phase == PHASE_CONNECTING ? db->wanted : POLLIN;

	if (db->phase == PHASE_WAITING)
	{
		watch_cancel(&db->watch);
		return;
	}
	if (db->phase != PHASE_CONNECTING && PQflush(db->conn) == 1)
		events |= POLLOUT;
	if (db->watch.position == 0 || db->watch.fd != PQsocket(db->conn) || db->watch.events != events)
		watch_set(&db->watch, PQsocket(db->conn), events, process, db);
}

/* Prepares all connections for the main loop's next wait. */
void
databases_watch(void)
{
	for (Database *db = databases; db != NULL; db = db->next)
		watch(db);
}

/* Closes the connection and frees it.  A call in flight gets no answer. */
void
database_close(Database *db)
{
	Database  **link = &databases;

	while (*link != db)
		link = &(*link)->next;
	*link = db->next;
	timer_cancel(&db->timer);
	timer_cancel(&db->pause_timer);
	watch_cancel(&db->watch);
	PQclear(db->result);
	if (db->conn != NULL)
		PQfinish(db->conn);
	free(db->conninfo);
	free(db->program);
	free(db);
}

/* Tells whether the statement succeeded. */
bool
database_succeeded(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

/* Returns the SQLSTATE of a failure, "" when it is not known. */
const char *
database_sqlstate(const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return state ? state : "";
}

/* Returns a value of a row by its column's name; "" for NULL, or no such column. */
const char *
database_column(const PGresult *rows, int row, const char *name)
{
	int			number = PQfnumber(rows, name);

	return number < 0 || PQgetisnull(rows, row, number)
		? "" : PQgetvalue(rows, row, number);
}
