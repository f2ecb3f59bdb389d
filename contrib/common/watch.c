/*-------------------------------------------------------------------------
 *
 * watch.c
 *	  Descriptors that the main loop waits for.
 *
 * The loop lists them, waits, notes in each what has happened, and has the
 * owners told.  One thread uses them.
 *
 *-------------------------------------------------------------------------
 */
#include "watch.h"

#include "memory.h"

static Watch **watches = NULL;	/* positions count from 1 */
static int	count = 0;
static int	size = 0;

/*
 * Has ready(arg) called whenever the descriptor can be read or written without
 * waiting, or is at its end, until the watch is cancelled.  It must stay where
 * it is until then.
 */
void
watch_set(Watch *watch, int fd, short events, void (*ready) (void *arg), void *arg)
{
	watch_cancel(watch);
	if (count + 1 > size)
	{
		size = size ? size * 2 : 16;
		watches = mem_resize(watches, size * sizeof(Watch *));
	}
	*watch = (Watch)
	{
		.fd = fd, .events = events, .position = count + 1, .ready = ready, .arg = arg
	};
	watches[count++] = watch;
}

/* Ends the watch; harmless when it is not set. */
void
watch_cancel(Watch *watch)
{
	Watch	   *last;

	if (watch->position == 0)
		return;
	last = watches[--count];
	watches[watch->position - 1] = last;
	last->position = watch->position;
	watch->position = 0;
}

/* Returns how many are set, and them, until the next change. */
int
watches_list(Watch ***list)
{
	*list = watches;
	return count;
}

/*
 * Tells the owners of those to which something has happened.  From the end: a
 * watch that takes the place of one that is cancelled meanwhile has had its turn.
 */
void
watches_run(void)
{
	for (int i = count - 1; i >= 0; i--)
	{
		Watch	   *watch;

		if (i >= count)
			continue;
		watch = watches[i];
		if (watch->happened == 0)
			continue;
		watch->happened = 0;
		watch->ready(watch->arg);
	}
}
