/*-------------------------------------------------------------------------
 *
 * fair.h
 *	  The order in which the due calls of different projects are run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_FAIR_H
#define MISTRAL_FAIR_H

#include "datatype/timestamp.h"

#include "store/store.h"

typedef struct FairOrder FairOrder;

/*
 * An order over the calls that are slow, or over those that are not; lives in
 * a child of the current memory context.
 */
extern FairOrder *mst_fair_begin(bool is_slow);

/*
 * Take the next call that is due at "now"; NULL when there is none, and then
 * *next_due is when there will be one (PG_INT64_MAX: unknown).  In the
 * caller's transaction, as mst_due_take(); the call is palloc'd.
 */
extern DelayedCallRow *mst_fair_take(FairOrder *order, TimestampTz now,
									 TimestampTz *next_due);

/* The call taken last, or what was tried of it, has taken that long. */
extern void mst_fair_charge(FairOrder *order, int64 microseconds);

#endif							/* MISTRAL_FAIR_H */
