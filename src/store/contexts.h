/*-------------------------------------------------------------------------
 *
 * contexts.h
 *	  Contexts: what tasks pass on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_CONTEXTS_H
#define MISTRAL_STORE_CONTEXTS_H

#include "store/row.h"

typedef struct ContextRow
{
	RowState	row;
	pg_uuid_t	id;
	pg_uuid_t	parent_id;
	pg_uuid_t	execution_id;
	pg_uuid_t	root_id;
	int32		depth;
	char	   *project_id;
	Jsonb	   *data;
	Jsonb	   *versions;
	Jsonb	   *locator;
} ContextRow;

extern ContextRow *mst_store_context(const pg_uuid_t *id);
extern void mst_store_write_contexts(ContextRow **items, int n);

#endif							/* MISTRAL_STORE_CONTEXTS_H */
