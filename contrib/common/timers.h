/*-------------------------------------------------------------------------
 *
 * timers.h
 *	  Things to do at a time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_TIMERS_H
#define COMMON_TIMERS_H

/* Part of its owner's structure; all zeroes is one that is not set. */
typedef struct Timer
{
	double		due;			/* ms, see clock_ms() */
	int			position;		/* in the heap, 0: not set */
	void		(*fire) (void *arg);
	void	   *arg;
} Timer;

extern void timer_set(Timer *timer, double delay_ms, void (*fire) (void *arg),
					  void *arg);
extern void timer_cancel(Timer *timer);
extern int	timers_wait_ms(void);
extern void timers_run(void);

#endif							/* COMMON_TIMERS_H */
