/*-------------------------------------------------------------------------
 *
 * events.h
 *	  Events.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_EVENTS_H
#define MISTRAL_STORE_EVENTS_H

#include "store/row.h"

typedef struct EventRow
{
	RowState	row;
	int64		id;				/* assigned when written, as is xact_id */
	TimestampTz created_at;
	pg_uuid_t	execution_id;
	pg_uuid_t	task_id;
	pg_uuid_t	root_id;
	char	   *project_id;
	char	   *event;
	Jsonb	   *publishers;
	Jsonb	   *payload;
} EventRow;

extern void mst_store_insert_events(EventRow **items, int n);

#endif							/* MISTRAL_STORE_EVENTS_H */
