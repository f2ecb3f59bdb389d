/*-------------------------------------------------------------------------
 *
 * due.h
 *	  What schedulers take: due delayed calls and recorded results.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DUE_H
#define MISTRAL_DUE_H

#include "nodes/pg_list.h"

#include "store/delayed_calls.h"

/* A call's place in its queue. */
typedef struct DuePosition
{
	TimestampTz due_at;
	int64		id;
} DuePosition;

/* The calls of one kind of one project. */
typedef struct DueQueue
{
	char	   *project_id;
	char	   *kind;
	DuePosition first;			/* the first that is due */
} DueQueue;

extern List *mst_due_queues(bool is_slow, TimestampTz now, TimestampTz *next_due);
extern DelayedCallRow *mst_due_take(bool is_slow, const DueQueue *queue,
									TimestampTz now, DuePosition *position,
									bool *has_more);
extern bool mst_due_hand_over(const DelayedCallRow *call);
extern bool mst_due_put_back(const DelayedCallRow *call, int attempts,
							 TimestampTz due_at, bool is_dead,
							 const char *error);
extern bool mst_due_revive(int64 id);
extern bool mst_due_next_results(const pg_uuid_t *after,
								 pg_uuid_t *execution_id);

#endif							/* MISTRAL_DUE_H */
