/*-------------------------------------------------------------------------
 *
 * due.h
 *	  What schedulers take: due delayed calls and recorded results.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_DUE_H
#define MISTRAL_DUE_H

#include "store/store.h"

/*
 * Take the first live call that is due at "now" and that no other transaction
 * has taken: its row is deleted, and is back when the transaction aborts.
 * NULL when there is none; then *next_due is when the next will be, or
 * PG_INT64_MAX.
 */
extern DelayedCallRow *mst_due_take(TimestampTz now, TimestampTz *next_due);

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
