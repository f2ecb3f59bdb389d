/*-------------------------------------------------------------------------
 *
 * task_links.h
 *	  Links between tasks as they are stored.
 *
 * What led to a task and what followed it are JSON for the engine and for
 * clients.  In the table they are packed into a few bytes: they are part of
 * every row, and most of what a short task would have to log.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_TASK_LINKS_H
#define MISTRAL_STORE_TASK_LINKS_H

#include "utils/jsonb.h"

extern bytea *mst_links_pack(Jsonb *links);
extern Jsonb *mst_links_unpack(const bytea *packed);

#endif							/* MISTRAL_STORE_TASK_LINKS_H */
