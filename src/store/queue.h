/*-------------------------------------------------------------------------
 *
 * queue.h
 *	  The queue of actions that executors claim.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_QUEUE_H
#define MISTRAL_STORE_QUEUE_H

#include "store/action_rows.h"

/*
 * maximum length of a target, and of the name of an action that is not known,
 * in bytes: executors have no longer ones
 */
#define MST_MAX_QUEUED_NAME	255

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
	char	   *action_name;	/* that an executor is to run */
} QueueRow;

extern TimestampTz mst_queue_rank(TimestampTz since, int priority);
extern QueueRow *mst_queue_row(const ActionRow *action, TimestampTz now, int priority);
extern void mst_store_insert_queue(QueueRow **items, int n);
extern void mst_store_delete_queued(const pg_uuid_t *action_id);
extern List *mst_store_take_queued(const pg_uuid_t *task_id, bool *is_busy);
extern bool mst_store_hold_queued(QueueRow *queued);
extern void mst_store_release_held(const pg_uuid_t *task_id);

#endif							/* MISTRAL_STORE_QUEUE_H */
