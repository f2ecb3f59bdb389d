/*-------------------------------------------------------------------------
 *
 * sqlstate.h
 *	  What the SQLSTATE of a failed call means to a program.
 *
 *-------------------------------------------------------------------------
 */
#ifndef COMMON_SQLSTATE_H
#define COMMON_SQLSTATE_H

#include <stdbool.h>

#define SQLSTATE_FORBIDDEN		"42501"
#define SQLSTATE_LEASE_LOST		"MS093"
#define SQLSTATE_CLAIM_LOST		"MS094"

extern void sqlstate_find(const char *message, char sqlstate[6]);
extern bool sqlstate_is_transient(const char *sqlstate);
extern bool sqlstate_is_connection(const char *sqlstate);
extern bool sqlstate_is_concurrency(const char *sqlstate);
extern const char *sqlstate_hint(const char *sqlstate);

#endif							/* COMMON_SQLSTATE_H */
