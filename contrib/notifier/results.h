/*-------------------------------------------------------------------------
 *
 * results.h
 *	  Results of deliveries, until the database has taken them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NOTIFIER_RESULTS_H
#define NOTIFIER_RESULTS_H

#include <stdbool.h>

#include "memory.h"

/* Results that wait. */
extern void results_add(const char *delivery_id, const char *error);
extern bool results_are_waiting(void);
extern bool results_have_failures(void);

/* Results in flight: sent with the call that has no answer yet. */
extern void results_pick(Buf *array);
extern bool results_are_in_flight(void);
extern void results_taken(void);
extern void results_take_back(void);

#endif							/* NOTIFIER_RESULTS_H */
