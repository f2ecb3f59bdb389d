/*-------------------------------------------------------------------------
 *
 * session.h
 *	  The executor's place at the database.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_SESSION_H
#define EXECUTOR_SESSION_H

#include <stdbool.h>

extern void session_open(void);
extern void session_step(void);
extern void session_drain(void);
extern void session_give_up(void);
extern void session_report(void);
extern bool session_is_closed(void);
extern void session_close(void);

#endif							/* EXECUTOR_SESSION_H */
