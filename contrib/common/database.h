/*-------------------------------------------------------------------------
 *
 * database.h
 *	  Connections to the database, in a loop that must not block.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_DATABASE_H
#define COMMON_DATABASE_H

#include <stdbool.h>

#include <libpq-fe.h>

/* Pace of looks for work where nobody tells of it; see database_is_blind(). */
#define DATABASE_BLIND_POLL_MS	1000

/* Said when that is found. */
#define DATABASE_BLIND_NOTE \
	"it may keep notifications back, so there is a look for work every second"

typedef struct Database Database;

typedef struct DatabaseEvents
{
	void		(*connected) (void *arg);
	void		(*lost) (void *arg);	/* after the answer of the call in
										 * flight */
	void		(*notified) (void *arg, const char *channel);
	void	   *arg;
} DatabaseEvents;

typedef struct DatabaseOptions
{
	const char *conninfo;		/* as for psql */
	const char *program;		/* the name shown in pg_stat_activity */
	bool		no_listen;		/* the operator does not want LISTEN */
	bool		judges_listen;	/* the owner finds out whether it works */
	bool		is_spare;		/* there are others: only the first of several
								 * failures to connect is worth a warning */
	DatabaseEvents events;
} DatabaseOptions;

/*
 * Takes the answer of a call.  The result is freed by the caller; it is NULL
 * when the connection was lost and nobody knows what became of the call.
 */
typedef void (*DatabaseAnswer) (void *arg, PGresult *result);

/* Returns the connection. */
extern Database *database_open(const DatabaseOptions *options);
extern bool database_is_ready(const Database *db);
extern bool database_is_pausing(const Database *db);
extern bool database_is_busy(const Database *db);
extern bool database_is_shared(const Database *db);
extern bool database_is_blind(const Database *db);
extern void database_set_blind(Database *db, bool is_blind);
extern void database_close(Database *db);

/* Of all connections at once. */
extern void databases_watch(void);

/* Calls. */
extern void database_call(Database *db, const char *sql, int nparams,
						  const char *const *params, DatabaseAnswer answer,
						  void *arg);
extern void database_prepare(Database *db, const char *name, const char *sql, int nparams,
							 DatabaseAnswer answer, void *arg);
extern void database_call_prepared(Database *db, const char *name, int nparams,
								   const char *const *params, DatabaseAnswer answer,
								   void *arg);
extern void database_listen(Database *db, const char *const *channels, int count,
							DatabaseAnswer answer, void *arg);
extern void database_pause(Database *db);

/* Results. */
extern bool database_succeeded(const PGresult *result);
extern const char *database_sqlstate(const PGresult *result);
extern const char *database_column(const PGresult *rows, int row, const char *name);

#endif							/* COMMON_DATABASE_H */
