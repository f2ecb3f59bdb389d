/*-------------------------------------------------------------------------
 *
 * timers.h
 *	  Things to do at a time.
 *
 * A timer is part of its owner's structure and is in the heap at most once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_TIMERS_H
#define COMMON_TIMERS_H

#include <stdbool.h>

typedef struct Timer
{
	double		due;			/* ms, see clock_ms() */
	int			position;		/* in the heap, 0: not set */
	void		(*fire) (void *arg);
	void	   *arg;
} Timer;

/* Milliseconds of a clock that never jumps. */
extern double clock_ms(void);

/* Set (again) to fire after the delay. */
extern void timer_set(Timer *timer, double delay_ms, void (*fire) (void *arg),
					  void *arg);
extern void timer_cancel(Timer *timer);
extern bool timer_is_set(const Timer *timer);

/* Milliseconds until the next is due; -1: none is set. */
extern int	timers_wait_ms(void);

/* Fire those that are due. */
extern void timers_run(void);

#endif							/* COMMON_TIMERS_H */
