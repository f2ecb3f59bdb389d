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

extern void mst_due_call_run(DelayedCallRow *call);
extern void mst_due_call_failed(DelayedCallRow *call, const ErrorData *error);
extern void mst_due_call_timed_out(DelayedCallRow *call, int limit_ms);
extern void mst_due_call_give_up(DelayedCallRow *call, const ErrorData *error);
extern char *mst_due_call_describe(const DelayedCallRow *call);

/* Runs up to "max" calls that are due as of a time; returns how many. */
extern int	mst_due_calls_run(int max, TimestampTz as_of);

#endif							/* MISTRAL_WORKER_RUN_CALL_H */
