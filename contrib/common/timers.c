/*-------------------------------------------------------------------------
 *
 * timers.c
 *	  Things to do at a time: a binary heap, counted from 1.
 *
 *-------------------------------------------------------------------------
 */
#include "timers.h"

#include <limits.h>
#include <math.h>
#include <time.h>

#include "memory.h"

static Timer **heap = NULL;
static int	count = 0;
static int	size = 0;

double
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000.0 + now.tv_nsec / 1e6;
}

static void
put(int position, Timer *timer)
{
	heap[position] = timer;
	timer->position = position;
}

static void
move_up(Timer *timer, int position)
{
	while (position > 1 && heap[position / 2]->due > timer->due)
	{
		put(position, heap[position / 2]);
		position /= 2;
	}
	put(position, timer);
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
		put(position, heap[child]);
		position = child;
	}
	put(position, timer);
}

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

bool
timer_is_set(const Timer *timer)
{
	return timer->position != 0;
}

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
