/*-------------------------------------------------------------------------
 *
 * retention.h
 *	  Removing executions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_RETENTION_H
#define MISTRAL_RETENTION_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "utils/uuid.h"

extern int	mst_store_delete_execution_tree(const pg_uuid_t *id);
extern bool mst_store_expire_tree(const pg_uuid_t *id);
extern void mst_store_expire_tree_later(const pg_uuid_t *id);
extern char *mst_store_expiring_states(void);

/* Finished root executions to remove. */
typedef struct ExpirationRule
{
	TimestampTz not_after;		/* last update before this; 0: no condition */
	int			keep;			/* but the newest so many of them */
	const char *states;			/* codes of the states, "SEC" or fewer */
} ExpirationRule;

extern List *mst_store_expired_executions(const ExpirationRule *rule,
										  int limit);

#endif							/* MISTRAL_RETENTION_H */
