/*-------------------------------------------------------------------------
 *
 * registered_sql.h
 *	  What the SQL functions that store actions have in common.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SQL_REGISTERED_SQL_H
#define MISTRAL_SQL_REGISTERED_SQL_H

#include "fmgr.h"
#include "utils/uuid.h"

extern void mst_refuse_standard_action(const char *name);
extern Datum mst_return_action(FunctionCallInfo fcinfo, const pg_uuid_t *id);

#endif							/* MISTRAL_SQL_REGISTERED_SQL_H */
