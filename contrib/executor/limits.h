/*-------------------------------------------------------------------------
 *
 * limits.h
 *	  How many actions of a name may run here at the same time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_LIMITS_H
#define EXECUTOR_LIMITS_H

#include <stdbool.h>

#include "memory.h"

typedef struct Limit Limit;

extern void limit_set(const char *name, int max);
extern Limit *limit_find(const char *name);
extern void limit_enter(Limit *limit);
extern void limit_leave(Limit *limit);

/* All of them, for a claim and when it has been answered. */
extern void limits_offer(Buf *json, bool none);
extern bool limits_have_room(void);
extern void limits_write(Buf *text);

#endif							/* EXECUTOR_LIMITS_H */
