/*-------------------------------------------------------------------------
 *
 * conn.h
 *	  One connection to the database, and calls over it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_CONN_H
#define API_CONN_H

#include "pool.h"

#define CONNECT_TIMEOUT		"5" /* seconds */

typedef struct DbConn
{
	PGconn	   *pg;
	const Config *config;
	bool		prepared[POOL_STATEMENTS];
	bool		is_shared;		/* a pooler stands between */
	bool		is_broken;
	struct DbConn *next;		/* for the pool */
} DbConn;

extern PGconn *conn_connect(const Config *config, const char *user, const char *password);
extern DbConn *conn_open(const Config *config);
extern void conn_close(DbConn *conn);
extern bool conn_is_stale(DbConn *conn);
extern void conn_run(DbConn *conn, const DbCall *call, DbAnswer *answer);

#endif							/* API_CONN_H */
