/*-------------------------------------------------------------------------
 *
 * executor_access.h
 *	  Whose executor it is, and which actions are no concern of it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SQL_EXECUTOR_ACCESS_H
#define MISTRAL_SQL_EXECUTOR_ACCESS_H

#include "store/claims.h"

extern void mst_executor_check_role(const ExecutorRow *executor);
extern bool mst_executor_is_foreign(const ExecutorRow *executor, const char *role,
									const pg_uuid_t *id);
extern bool mst_executor_is_stranger(const ExecutorRow *executor, const pg_uuid_t *action_id);

#endif							/* MISTRAL_SQL_EXECUTOR_ACCESS_H */
