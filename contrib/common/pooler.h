/*-------------------------------------------------------------------------
 *
 * pooler.h
 *	  Is there a connection pooler before the database?
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_POOLER_H
#define COMMON_POOLER_H

#include <stdbool.h>

#include <libpq-fe.h>

#define POOLER_QUERY	"SELECT pg_catalog.pg_backend_pid()"

extern bool pooler_stands_between(const PGconn *conn, const PGresult *result);

#endif							/* COMMON_POOLER_H */
