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
extern void session_step(void);
extern void session_drain(void);
extern void session_give_up(void);
extern bool session_is_closed(void);
extern void session_close(void);

#endif							/* NOTIFIER_SESSION_H */
