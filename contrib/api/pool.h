/*-------------------------------------------------------------------------
 *
 * pool.h
 *	  Connections to the database, and calls over them.
 *
 * A call is one function call in one transaction and one round trip.  It
 * takes a connection when everything the database needs is there, and gives
 * it back before the first byte of the answer is sent: a slow client never
 * holds one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_POOL_H
#define API_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include <libpq-fe.h>

#include "config.h"

/* Statements are prepared per connection, under numbers below this. */
#define POOL_STATEMENTS		256
#define STATEMENT_ROLE		255
#define STATEMENT_ADMIN		251
#define STATEMENT_RESULT	250
#define STATEMENT_ABANDON	249
#define STATEMENT_TOKEN		254
#define STATEMENT_PROJECT	253
#define STATEMENT_WATCH	248
#define STATEMENT_HEALTH	252

typedef struct DbCall
{
	int			statement;		/* its number */
	const char *sql;			/* yields one row with one column */
	const char *const *params;
	int			nparams;
	const char *role;			/* run as it; NULL: as the connection's own */
	bool		is_admin;		/* trusted source says: an administrator */
	bool		is_repeatable;	/* harmless when done twice */
} DbCall;

typedef enum DbOutcome
{
	DB_OK,
	DB_ERROR,					/* sqlstate and message say what */
	DB_BUSY,					/* no connection became free in time */
	DB_AWAY,					/* there is no connection; nothing was done */
	DB_LOST						/* the connection was lost: it may have been
								 * done or not */
} DbOutcome;

typedef struct DbAnswer
{
	DbOutcome	outcome;
	PGresult   *result;			/* owns "text" */
	const char *text;			/* NULL for SQL NULL */
	size_t		len;
	char		sqlstate[6];
	char	   *message;		/* malloc'd */
	double		wait_ms;
	double		db_ms;
} DbAnswer;

typedef enum PasswordOutcome
{
	PASSWORD_RIGHT,
	PASSWORD_WRONG,
	PASSWORD_UNKNOWN			/* the database could not be asked */
} PasswordOutcome;

extern void pool_init(const Config *config);
extern void pool_close(void);
extern void pool_call(const DbCall *call, DbAnswer *answer);
extern void pool_answer_free(DbAnswer *answer);
extern PasswordOutcome pool_check_password(const char *user, const char *password);

#endif							/* API_POOL_H */
