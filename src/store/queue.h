/*-------------------------------------------------------------------------
 *
 * queue.h
 *	  The queue of actions that executors claim.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_QUEUE_H
#define MISTRAL_STORE_QUEUE_H

#include "store/row.h"

typedef struct QueueRow
{
	RowState	row;
	int64		id;				/* assigned when written */
	pg_uuid_t	action_id;
	pg_uuid_t	execution_id;
	TimestampTz due_at;
	int32		priority;
	bool		is_held;		/* not to be claimed: its execution is paused */
	char	   *project_id;
	char	   *lane;			/* see mst_queue_lane() */
} QueueRow;

extern void mst_store_insert_queue(QueueRow **items, int n);
extern void mst_store_delete_queued(const pg_uuid_t *action_id);
extern List *mst_store_take_queued(const pg_uuid_t *task_id, bool *is_busy);
extern bool mst_store_hold_queued(QueueRow *queued);
extern void mst_store_release_held(const pg_uuid_t *task_id);

#endif							/* MISTRAL_STORE_QUEUE_H */
