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

/*
 * The queues (DueQueue *) that have calls due at "now", of those that are
 * slow or of those that are not.  *next_due is when the first of the others
 * will be due, or PG_INT64_MAX.  Costs a look at a bounded number of calls,
 * or where many are due one at each queue.
 */
extern List *mst_due_queues(bool is_slow, TimestampTz now, TimestampTz *next_due);

/*
 * Take the first live call of a queue that is due at "now", is not before the
 * position, and that no other transaction has taken: its row is deleted, and
 * is back when the transaction aborts.  NULL when there is none.  *has_more
 * tells whether others that are due follow, the first at *position.
 */
extern DelayedCallRow *mst_due_take(bool is_slow, const DueQueue *queue,
									TimestampTz now, DuePosition *position,
									bool *has_more);

/*
 * Leave a call (whose transaction has been rolled back) to the slow
 * schedulers.  False when the call is not there any more.
 */
extern bool mst_due_hand_over(const DelayedCallRow *call);

/*
 * Note on a call (whose transaction has been rolled back) that it failed, and
 * when it is to be tried again.  A dead call stays for people to see.  False
 * when the call is not there any more.
 */
extern bool mst_due_put_back(const DelayedCallRow *call, int attempts,
							 TimestampTz due_at, bool is_dead,
							 const char *error);

/* Let a dead call be tried again, at once; false when there is none. */
extern bool mst_due_revive(int64 id);

/*
 * The first execution after this id for which results have been recorded.
 */
extern bool mst_due_next_results(const pg_uuid_t *after,
								 pg_uuid_t *execution_id);

#endif							/* MISTRAL_DUE_H */
