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

/* A finished root execution. */
typedef struct FinishedRoot
{
	pg_uuid_t	id;
	TimestampTz changed_at;		/* its last change */
} FinishedRoot;

/* Behind which execution to read on, in the order in which they were made. */
typedef struct CreationPosition
{
	TimestampTz created_at;
	pg_uuid_t	id;
} CreationPosition;

extern bool mst_store_finished_roots(CreationPosition *after, TimestampTz before,
									 int max, FinishedRoot *roots, int *nroots);

#endif							/* MISTRAL_RETENTION_H */
