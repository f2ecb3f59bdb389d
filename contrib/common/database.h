/*-------------------------------------------------------------------------
 *
 * database.h
 *	  One connection to the database, in a loop that must not block.
 *
 * The connection is made in the background, and made again with a growing
 * delay when it is lost.  One call is in flight at a time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_DATABASE_H
#define COMMON_DATABASE_H

#include <stdbool.h>

#include <libpq-fe.h>

typedef struct Database Database;

typedef struct DatabaseEvents
{
	void		(*connected) (void *arg);
	void		(*lost) (void *arg);	/* after the call's answer, see below */
	void		(*notified) (void *arg, const char *channel);
	void	   *arg;
} DatabaseEvents;

/*
 * Takes the answer of a call.  The result is freed by the caller; it is NULL
 * when the connection was lost and nobody knows what became of the call.
 */
typedef void (*DatabaseAnswer) (void *arg, PGresult *result);

/* Begin to connect.  The connection string is as for psql. */
extern Database *database_open(const char *conninfo, const char *program,
							   const DatabaseEvents *events);

/* Connected, and no call in flight? */
extern bool database_is_idle(const Database *db);
extern bool database_is_connected(const Database *db);

/* Does a pooler stand between, so that LISTEN may be of no use? */
extern bool database_is_shared(const Database *db);

/*
 * What may help against an error that will not go away by itself, as a
 * sentence with a blank before it, or an empty string.
 */
extern const char *database_hint(const char *sqlstate);

/* Is a call in flight? */
extern bool database_is_busy(const Database *db);

/* Send a statement with text parameters; the database must be idle. */
extern void database_call(Database *db, const char *sql, int nparams,
						  const char *const *params, DatabaseAnswer answer,
						  void *arg);

/* An identifier, quoted for a statement; to be freed with PQfreemem(). */
extern char *database_quote(Database *db, const char *identifier);

/* What to poll for; -1: nothing. */
extern int	database_poll_fd(const Database *db, short *events);

/* To be called when the descriptor is ready. */
extern void database_process(Database *db);

extern void database_close(Database *db);

/* Did the statement succeed?  And its SQLSTATE, "" if unknown. */
extern bool database_succeeded(const PGresult *result);
extern const char *database_sqlstate(const PGresult *result);

#endif							/* COMMON_DATABASE_H */
