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

typedef struct Result Result;

typedef struct ResultList
{
	Result	   *first;
	Result	   *last;
	int			count;
} ResultList;

/* The results that are in flight with one call; all zeroes is an empty one. */
typedef struct ResultBatch
{
	struct ResultBatch *next;
	ResultList	results;
} ResultBatch;

/* Results that wait. */
extern void results_add(const char *action_id, Buf *json);
extern bool results_are_waiting(void);
extern int	results_waiting_count(void);
extern bool results_have(const char *action_id);
extern size_t results_bytes(void);
extern void results_write_ids(Buf *array);
extern void results_forget(void);

/* Results in flight: sent with a call that has no answer yet. */
extern bool results_go_singly(void);
extern void results_pick(ResultBatch *batch, int max, Buf *array);
extern int	results_taken(ResultBatch *batch);
extern void results_take_back(ResultBatch *batch);
extern void results_refused(ResultBatch *batch, const char *message);

#endif							/* EXECUTOR_RESULTS_H */
