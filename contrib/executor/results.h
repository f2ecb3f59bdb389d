/*-------------------------------------------------------------------------
 *
 * results.h
 *	  Results of actions, until the database has taken them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_RESULTS_H
#define EXECUTOR_RESULTS_H

#include <stdbool.h>

#include "memory.h"

/* Results that wait. */
extern void results_add(const char *action_id, Buf *json);
extern bool results_are_waiting(void);
extern bool results_have(const char *action_id);
extern void results_write_ids(Buf *array);
extern void results_forget(void);

/* Results in flight: sent with the call that has no answer yet. */
extern bool results_go_singly(void);
extern void results_pick(Buf *array);
extern bool results_are_in_flight(void);
extern void results_taken(void);
extern void results_take_back(void);
extern void results_refused(const char *message);

#endif							/* EXECUTOR_RESULTS_H */
