/*-------------------------------------------------------------------------
 *
 * await.h
 *	  Answers that come after the transaction: results of actions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef API_AWAIT_H
#define API_AWAIT_H

#include "request.h"

/* A request that has a place among those that may wait; on its thread's stack. */
typedef struct Waiter
{
	const char *role;			/* NULL: callers are not told apart */
	struct Waiter *next;
	struct Waiter *prev;
} Waiter;

extern void await_init(const Config *config);
extern bool await_begin(Waiter *waiter, Request *request);
extern void await_end(Waiter *waiter);
extern bool await_result(Request *request);

#endif							/* API_AWAIT_H */
