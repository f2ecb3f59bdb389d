/*-------------------------------------------------------------------------
 *
 * responses.c
 *	  The memory that long responses may take up together.
 *
 * A short response is read as it comes.  One that gets longer needs room for the
 * longest that may be, out of the memory that the operator allows, before more of
 * it is read; without that the transfer rests until others have ended and their
 * results have been reported.  Since each that goes on has room for all it may
 * need, those that rest never keep one another waiting.
 *
 *-------------------------------------------------------------------------
 */
#include "responses.h"

#include "config.h"
#include "results.h"

#define SHORT_RESPONSE	65536	/* bytes up to which no room is needed */

/* those that wait, in order */
static ResponseHold *first = NULL;
static ResponseHold *last = NULL;
static int	waiting = 0;
static int	granted = 0;
static size_t bytes = 0;

/* Tells whether there is room for one more; alone, one always has it. */
static bool
has_room(void)
{
	double		max = config.max_memory * 1024 * 1024;

	/* a string that grows has up to twice the memory that it needs */
	double		each = 2 * config.http_max_content;

	if (each <= 0 || each > max)
		each = max;
	if (granted == 0 && results_bytes() == 0)
		return true;
	return results_bytes() + (granted + 1) * each <= max;
}

static void
add_waiting(ResponseHold *hold)
{
	hold->next = NULL;
	if (last != NULL)
		last->next = hold;
	else
		first = hold;
	last = hold;
	hold->is_waiting = true;
	waiting++;
}

static void
remove_waiting(ResponseHold *hold)
{
	ResponseHold *before = NULL;

	for (ResponseHold *h = first; h != hold; h = h->next)
		before = h;
	if (before != NULL)
		before->next = hold->next;
	else
		first = hold->next;
	if (last == hold)
		last = before;
	hold->is_waiting = false;
	waiting--;
}

/*
 * Tells whether a response may take so many bytes more, and counts them.  If not,
 * it has to rest, and go_on(owner) is called when it may go on, from
 * responses_go_on(), unless it ends before.
 */
bool
response_may_grow(ResponseHold *hold, size_t more, void (*go_on) (void *owner), void *owner)
{
	if (!hold->is_granted && hold->bytes + more > SHORT_RESPONSE)
	{
		if (first != NULL || !has_room())
		{
			hold->go_on = go_on;
			hold->owner = owner;
			if (!hold->is_waiting)
				add_waiting(hold);
			return false;
		}
		hold->is_granted = true;
		granted++;
	}
	hold->bytes += more;
	bytes += more;
	return true;
}

/* The response is not kept any more; harmless when it had nothing. */
void
response_end(ResponseHold *hold)
{
	if (hold->is_waiting)
		remove_waiting(hold);
	if (hold->is_granted)
		granted--;
	bytes -= hold->bytes;
	hold->is_granted = false;
	hold->bytes = 0;
}

/* Lets those go on for which there is room now. */
void
responses_go_on(void)
{
	while (first != NULL && has_room())
	{
		ResponseHold *hold = first;

		remove_waiting(hold);
		hold->is_granted = true;
		granted++;
		hold->go_on(hold->owner);
	}
}

/* Returns the bytes of all responses that are being read. */
size_t
responses_bytes(void)
{
	return bytes;
}

/* Returns how many responses are not read on for want of room. */
int
responses_held(void)
{
	return waiting;
}
