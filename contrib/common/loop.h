/*-------------------------------------------------------------------------
 *
 * loop.h
 *	  The main loop of a program with one thread.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_LOOP_H
#define COMMON_LOOP_H

#include <stdbool.h>

/* The functions of a program that the loop calls. */
typedef struct LoopProgram
{
	double		drain_timeout;	/* seconds to end what is under way at a stop */
	const char *work;			/* what count() counts, for the log */
	int			(*count) (void);	/* of the work under way */
	void		(*open) (void); /* begin */
	void		(*step) (void); /* do what is to be done next */
	void		(*reap) (void); /* a child process may have ended; NULL: has
								 * none */
	void		(*drain) (void);	/* a stop: take no more work */
	void		(*give_up) (void);	/* end what is under way: there is no time */
	void		(*report) (void);	/* SIGUSR1: say how it stands; NULL:
									 * nothing to say */
	bool		(*is_closed) (void);	/* nothing is left to do */
	void		(*close) (void);
} LoopProgram;

extern void loop_run(const LoopProgram *program);

#endif							/* COMMON_LOOP_H */
