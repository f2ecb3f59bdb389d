/*-------------------------------------------------------------------------
 *
 * ssh.h
 *	  The actions std.ssh and std.ssh_proxied.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_SSH_H
#define EXECUTOR_SSH_H

#include "action.h"

extern bool ssh_is_available(void);
extern void ssh_start(Action *action);

#endif							/* EXECUTOR_SSH_H */
