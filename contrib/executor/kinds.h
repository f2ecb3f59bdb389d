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
#include "options.h"

extern const ActionKind *kind_find(const char *name);
extern void kinds_announce(Buf *names, Buf *programs);
extern const char *kinds_unknown(void);
extern const char *kinds_unknown_in(const OptionMap *map);
extern void kinds_set_limits(void);
extern void kinds_tell_missing(void (*tell) (const char *format,...));
extern void kinds_print(void);

#endif							/* EXECUTOR_KINDS_H */
