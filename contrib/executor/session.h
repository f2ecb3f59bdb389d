/*-------------------------------------------------------------------------
 *
 * session.h
 *	  The executor's side of the protocol with the database.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_SESSION_H
#define EXECUTOR_SESSION_H

#include <stdbool.h>

#include "memory.h"

extern void session_open(void);

/* Take over a result (JSON text) of an action, to be reported. */
extern void session_report(const char *action_id, Buf *result);

/* Do what is to be done next, if the connection is free. */
extern void session_step(void);

/* What to poll for; -1: nothing.  And what to do when it is ready. */
extern int	session_poll_fd(short *events);
extern void session_process(void);

/* Claim nothing more, report what there is, and sign off. */
extern void session_drain(void);
extern bool session_is_closed(void);
extern void session_close(void);

#endif							/* EXECUTOR_SESSION_H */
