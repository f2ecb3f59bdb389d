/*-------------------------------------------------------------------------
 *
 * kinds.h
 *	  The kinds of actions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_KINDS_H
#define EXECUTOR_KINDS_H

#include "action.h"

extern const ActionKind *kind_find(const char *name);
extern void kinds_announce(Buf *names, Buf *programs);
extern const char *kinds_unknown(void);
extern void kinds_print(void);

#endif							/* EXECUTOR_KINDS_H */
