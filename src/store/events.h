/*-------------------------------------------------------------------------
 *
 * events.h
 *	  Events.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_EVENTS_H
#define MISTRAL_STORE_EVENTS_H

#include "access/transam.h"
#include "nodes/pg_list.h"

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

/* how far events can be read */
extern FullTransactionId mst_store_event_horizon(const char *project);
extern FullTransactionId mst_store_event_end(void);
extern FullTransactionId mst_store_event_stop_at_all(FullTransactionId end);
extern FullTransactionId mst_store_event_stop_at(uint32 hash, FullTransactionId end);
extern List *mst_store_event_writers(void);

/* To be called before rows of the project's events are written otherwise. */
extern void mst_store_announce_events(const char *project);

#endif							/* MISTRAL_STORE_EVENTS_H */
