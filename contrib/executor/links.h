/*-------------------------------------------------------------------------
 *
 * links.h
 *	  The connections to the database.
 *
 *-------------------------------------------------------------------------
 */
#ifndef EXECUTOR_LINKS_H
#define EXECUTOR_LINKS_H

#include <stdbool.h>

#include "database.h"

extern void links_open(const DatabaseEvents *events);
extern Database *links_first(void);
extern Database *links_second(void);
extern void links_exchange(bool may_claim, bool first_rests);
extern int	links_count(void);
extern void links_close(void);

#endif							/* EXECUTOR_LINKS_H */
