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

#include "database.h"

extern Database *session_open(void);
extern void session_step(void);
extern void session_drain(void);
extern bool session_is_closed(void);
extern void session_close(void);

#endif							/* EXECUTOR_SESSION_H */
