/*-------------------------------------------------------------------------
 *
 * timers.c
 *	  Things to do at a time.
 *
 * Timers that are set form a binary heap with the next one at its root, so
 * setting and cancelling cost the logarithm of their number: an executor may
 * have one for each of ten thousand actions.  Positions count from 1, which
 * leaves 0 for timers that are not set.  One thread uses them.
 *
 *-------------------------------------------------------------------------
 */
#include "timers.h"

#include <limits.h>
#include <math.h>

#include "clock.h"
#include "memory.h"

static Timer **heap = NULL;
static int	count = 0;
static int	size = 0;

static void
put_timer(int position, Timer *timer)
{
	heap[position] = timer;
	timer->position = position;
}

static void
move_up(Timer *timer, int position)
{
	while (position > 1 && heap[position / 2]->due > timer->due)
	{
		put_timer(position, heap[position / 2]);
		position /= 2;
	}
	put_timer(position, timer);
}

static void
move_down(Timer *timer, int position)
{
	for (;;)
	{
		int			child = position * 2;

		if (child > count)
			break;
		if (child < count && heap[child + 1]->due < heap[child]->due)
			child++;
		if (heap[child]->due >= timer->due)
			break;
		put_timer(position, heap[child]);
		position = child;
	}
	put_timer(position, timer);
}

/*
 * Makes the timer call fire(arg) once, after the delay.  A timer that is set
 * already is set anew.  The timer must stay where it is until then, so its
 * owner cancels it before freeing its memory.
 */
void
timer_set(Timer *timer, double delay_ms, void (*fire) (void *arg), void *arg)
{
	timer_cancel(timer);
	if (count + 2 > size)
	{
		size = size ? size * 2 : 64;
		heap = mem_resize(heap, size * sizeof(Timer *));
	}
	timer->due = clock_ms() + (delay_ms > 0 ? delay_ms : 0);
	timer->fire = fire;
	timer->arg = arg;
	move_up(timer, ++count);
}

/* Makes the timer not fire; harmless when it is not set. */
void
timer_cancel(Timer *timer)
{
	int			position = timer->position;
	Timer	   *last;

	if (position == 0)
		return;
	timer->position = 0;
	last = heap[count--];
	if (last == timer)
		return;
	if (position > 1 && heap[position / 2]->due > last->due)
		move_up(last, position);
	else
		move_down(last, position);
}

/* Returns the milliseconds until the next timer is due; -1: none is set. */
int
timers_wait_ms(void)
{
	double		wait;

	if (count == 0)
		return -1;
	wait = ceil(heap[1]->due - clock_ms());
	if (wait <= 0)
		return 0;
	return wait > INT_MAX ? INT_MAX : (int) wait;
}

/* Fires the timers that are due.  Those set meanwhile wait for the next call. */
void
timers_run(void)
{
	double		now = clock_ms();

	while (count > 0 && heap[1]->due <= now)
	{
		Timer	   *timer = heap[1];

		timer_cancel(timer);
		timer->fire(timer->arg);
	}
}
