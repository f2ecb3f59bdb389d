/*-------------------------------------------------------------------------
 *
 * responses.h
 *	  The memory that long responses may take up together.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_RESPONSES_H
#define EXECUTOR_RESPONSES_H

#include <stdbool.h>
#include <stddef.h>

/* The content of a response; part of its owner's structure, all zeroes at first. */
typedef struct ResponseHold
{
	struct ResponseHold *next;	/* of those that wait */
	size_t		bytes;
	bool		is_granted;
	bool		is_waiting;
	void		(*go_on) (void *owner);
	void	   *owner;
} ResponseHold;

extern bool response_may_grow(ResponseHold *hold, size_t more,
							  void (*go_on) (void *owner), void *owner);
extern void response_end(ResponseHold *hold);

/* All of them. */
extern void responses_go_on(void);
extern size_t responses_bytes(void);
extern int	responses_held(void);

#endif							/* EXECUTOR_RESPONSES_H */
