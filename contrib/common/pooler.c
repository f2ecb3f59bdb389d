/*-------------------------------------------------------------------------
 *
 * pooler.c
 *	  Is there a connection pooler before the database?
 *
 * Behind a pooler each transaction may have another session of the server:
 * nothing may be left in one, and LISTEN is of no use.
 *
 *-------------------------------------------------------------------------
 */
#include "pooler.h"

#include <stdlib.h>

/*
 * Tells whether a pooler stands between, from the result of POOLER_QUERY: it
 * makes up the number of the process that it tells its clients, since the
 * process behind it changes.  A query that failed tells nothing, so false.
 */
bool
pooler_stands_between(const PGconn *conn, const PGresult *result)
{
	return PQntuples(result) == 1 && atoi(PQgetvalue(result, 0, 0)) != PQbackendPID(conn);
}
