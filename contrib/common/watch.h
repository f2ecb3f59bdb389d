/*-------------------------------------------------------------------------
 *
 * watch.h
 *	  Descriptors that the main loop waits for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_WATCH_H
#define COMMON_WATCH_H

#include <poll.h>

/* Part of its owner's structure; all zeroes is one that is not set. */
typedef struct Watch
{
	int			fd;
	short		events;			/* POLLIN or POLLOUT */
	short		happened;
	int			position;		/* in the list, from 1; 0: not set */
	void		(*ready) (void *arg);
	void	   *arg;
} Watch;

extern void watch_set(Watch *watch, int fd, short events, void (*ready) (void *arg),
					  void *arg);
extern void watch_cancel(Watch *watch);
extern int	watches_list(Watch ***list);
extern void watches_run(void);

#endif							/* COMMON_WATCH_H */
