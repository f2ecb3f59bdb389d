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

extern FairOrder *mst_fair_begin(bool is_slow);
extern DelayedCallRow *mst_fair_take(FairOrder *order, TimestampTz now,
									 TimestampTz *next_due);
extern void mst_fair_charge(FairOrder *order, int64 microseconds);

#endif							/* MISTRAL_FAIR_H */
