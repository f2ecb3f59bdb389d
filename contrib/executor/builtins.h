/*-------------------------------------------------------------------------
 *
 * builtins.h
 *	  The actions that need nothing but time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_BUILTINS_H
#define EXECUTOR_BUILTINS_H

#include "action.h"

extern void builtin_echo(Action *action);
extern void builtin_fail(Action *action);
extern void builtin_noop(Action *action);
extern void builtin_sleep(Action *action);
extern void builtin_test_dict(Action *action);
extern void builtin_stop(Action *action);

#endif							/* EXECUTOR_BUILTINS_H */
