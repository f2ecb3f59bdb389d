/*-------------------------------------------------------------------------
 *
 * command.h
 *	  Running a command on a host.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SSH_COMMAND_H
#define SSH_COMMAND_H

#include <libssh/libssh.h>

#include "request.h"

typedef struct Outcome
{
	Buf			out;
	Buf			err;
	int			code;			/* -1: ended by a signal */
} Outcome;

extern void command_run(const Request *request, ssh_session session, Outcome *outcome);

#endif							/* SSH_COMMAND_H */
