/*-------------------------------------------------------------------------
 *
 * announcements.h
 *	  What executors announce when they register.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SQL_ANNOUNCEMENTS_H
#define MISTRAL_SQL_ANNOUNCEMENTS_H

#include "utils/jsonb.h"

/* an executor cannot name more actions than that */
#define MAX_ACTION_NAMES		1000

extern Jsonb *mst_announce_actions(const Jsonb *names, const Jsonb *announces,
								   const char *project);

#endif							/* MISTRAL_SQL_ANNOUNCEMENTS_H */
