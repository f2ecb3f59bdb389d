/*-------------------------------------------------------------------------
 *
 * builtins.h
 *	  The kinds of actions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_BUILTINS_H
#define EXECUTOR_BUILTINS_H

#include "action.h"

extern const ActionKind *builtin_find(const char *name);
extern void builtin_write_names(Buf *names);

#endif							/* EXECUTOR_BUILTINS_H */
