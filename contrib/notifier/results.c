/*-------------------------------------------------------------------------
 *
 * results.c
 *	  Results of deliveries, until the database has taken them.
 *
 *		waiting -- pick --> in flight -- taken --> gone
 *		   ^                    |
 *		   +---- take back -----+  (the call failed, or nobody knows)
 *
 * Both are texts: the elements of a JSON array without its brackets.  A result
 * that may have arrived is reported again, because the second report of a
 * delivery finds nothing to change.
 *
 *-------------------------------------------------------------------------
 */
#include "results.h"

#include <string.h>

#include "json.h"

static Buf	waiting;
static Buf	in_flight;
static bool has_failures;		/* one was added since somebody asked */

/* Notes the result of a delivery, to be reported; "error" NULL: delivered. */
void
results_add(const char *delivery_id, const char *error)
{
	if (waiting.len > 0)
		buf_puts(&waiting, ", ");
	buf_printf(&waiting, "{\"id\": %s", delivery_id);
	if (error != NULL)
	{
		buf_puts(&waiting, ", \"error\": ");
		json_write_string(&waiting, error, strlen(error));
		has_failures = true;
	}
	buf_putc(&waiting, '}');
}

/* Tells whether there are results to report. */
bool
results_are_waiting(void)
{
	return waiting.len > 0;
}

/* Tells whether deliveries have failed since the last time this was asked. */
bool
results_have_failures(void)
{
	bool		had_failures = has_failures;

	has_failures = false;
	return had_failures;
}

/* Moves all results into flight and appends them as an array. */
void
results_pick(Buf *array)
{
	in_flight = waiting;
	memset(&waiting, 0, sizeof(Buf));
	buf_putc(array, '[');
	buf_add(array, in_flight.data, in_flight.len);
	buf_putc(array, ']');
}

/* Tells whether results were sent and no answer has come. */
bool
results_are_in_flight(void)
{
	return in_flight.len > 0;
}

/* The database has what was in flight. */
void
results_taken(void)
{
	buf_free(&in_flight);
}

/* Puts what is in flight before what waits: it was not taken, or may not be. */
void
results_take_back(void)
{
	if (in_flight.len > 0 && waiting.len > 0)
		buf_puts(&in_flight, ", ");
	buf_add(&in_flight, waiting.data, waiting.len);
	buf_free(&waiting);
	waiting = in_flight;
	memset(&in_flight, 0, sizeof(Buf));
}
