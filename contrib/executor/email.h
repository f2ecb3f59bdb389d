/*-------------------------------------------------------------------------
 *
 * email.h
 *	  The action std.email.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_EMAIL_H
#define EXECUTOR_EMAIL_H

#include "action.h"

extern void email_start(Action *action);
extern void email_stop(Action *action);

#endif							/* EXECUTOR_EMAIL_H */
