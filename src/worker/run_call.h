/*-------------------------------------------------------------------------
 *
 * run_call.h
 *	  Running one delayed call, and what follows when it fails.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_WORKER_RUN_CALL_H
#define MISTRAL_WORKER_RUN_CALL_H

#include "store/store.h"

/* Run a call that has been taken, in the caller's transaction. */
extern void mst_due_call_run(DelayedCallRow *call);

/*
 * Note the failure of a call whose transaction (or subtransaction) has been
 * rolled back: it is put off, or given up.  When that fails in turn an error
 * is raised and the caller should use mst_due_call_give_up() in a new one.
 */
extern void mst_due_call_failed(DelayedCallRow *call, const ErrorData *error);

/*
 * Fail what depends on a call that has taken too long altogether, at once:
 * it would do so again.  As above.
 */
extern void mst_due_call_timed_out(DelayedCallRow *call, int limit_ms);

/* Only mark the call as dead. */
extern void mst_due_call_give_up(DelayedCallRow *call, const ErrorData *error);

/* What the call does, for pg_stat_activity and logs; palloc'd. */
extern char *mst_due_call_describe(const DelayedCallRow *call);

#endif							/* MISTRAL_WORKER_RUN_CALL_H */
