/*-------------------------------------------------------------------------
 *
 * session.h
 *	  The notifier's calls of the database.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NOTIFIER_SESSION_H
#define NOTIFIER_SESSION_H

#include <stdbool.h>

extern void session_open(void);

/* Note the result of a delivery, to be reported; error NULL: delivered. */
extern void session_report(const char *delivery_id, const char *error);

/* Do what is to be done next, if the connection is free. */
extern void session_step(void);

/* What to poll for; -1: nothing.  And what to do when it is ready. */
extern int	session_poll_fd(short *events);
extern void session_process(void);

/* Claim nothing more; closed when all has been reported. */
extern void session_drain(void);
extern bool session_is_closed(void);
extern void session_close(void);

#endif							/* NOTIFIER_SESSION_H */
