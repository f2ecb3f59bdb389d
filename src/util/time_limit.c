/*-------------------------------------------------------------------------
 *
 * time_limit.c
 *	  Limits of time on what is run for somebody else.
 *
 * One timeout of the server is set to the end of the limit that ends first.
 * A function that catches the cancel rolls back a subtransaction; so that it
 * cannot go on for ever, each such rollback makes the cancel pending again.
 * (Code that neither returns to the server nor looks for interrupts cannot be
 * stopped by anything.)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "util/time_limit.h"

static TimeLimit *volatile innermost = NULL;
static TimeoutId timeout_id;

/* Returns whether any limit that has begun and not ended is over. */
bool
mst_time_limit_is_over(void)
{
	for (TimeLimit *limit = innermost; limit != NULL; limit = limit->outer)
	{
		if (limit->is_over)
			return true;
	}
	return false;
}

static void
interrupt_query(void)
{
	QueryCancelPending = true;
	InterruptPending = true;
	SetLatch(MyLatch);
}

/* In a signal handler: nothing may be allocated or raised. */
static void
note_time(void)
{
	TimestampTz now = GetCurrentTimestamp();

	for (TimeLimit *limit = innermost; limit != NULL; limit = limit->outer)
	{
		if (limit->end <= now)
			limit->is_over = true;
	}
	if (mst_time_limit_is_over())
		interrupt_query();
}

static void
note_rollback(SubXactEvent event, SubTransactionId subid,
			  SubTransactionId parent_subid, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB && mst_time_limit_is_over())
		interrupt_query();
}

/* Sets the timer to the end of the first limit. */
static void
set_timeout(void)
{
	TimestampTz first = PG_INT64_MAX;

	for (TimeLimit *limit = innermost; limit != NULL; limit = limit->outer)
	{
		if (!limit->is_over)
			first = Min(first, limit->end);
	}
	disable_timeout(timeout_id, false);
	if (first != PG_INT64_MAX)
		enable_timeout_at(timeout_id, first);
}

/*
 * Begins a limit of that many milliseconds from now on; the structure is
 * the caller's and must last until the end.
 */
void
mst_time_limit_begin(TimeLimit *limit, int ms)
{
	static bool is_registered = false;

	if (!is_registered)
	{
		timeout_id = RegisterTimeout(USER_TIMEOUT, note_time);
		RegisterSubXactCallback(note_rollback, NULL);
		is_registered = true;
	}
	limit->end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), ms);
	limit->is_over = false;
	limit->outer = innermost;
	innermost = limit;
	set_timeout();
}

/*
 * Ends a limit and those that began within it.  Withdraws the cancel that
 * the limit has requested, if nothing has acted on it.
 */
void
mst_time_limit_end(TimeLimit *limit)
{
	bool		was_over = mst_time_limit_is_over();

	innermost = limit->outer;
	set_timeout();
	if (was_over && !mst_time_limit_is_over())
		QueryCancelPending = false;
}
