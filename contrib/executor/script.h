/*-------------------------------------------------------------------------
 *
 * script.h
 *	  The actions std.javascript and std.js.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_SCRIPT_H
#define EXECUTOR_SCRIPT_H

#include "action.h"

extern bool script_is_available(void);
extern void script_start(Action *action);

#endif							/* EXECUTOR_SCRIPT_H */
