/*-------------------------------------------------------------------------
 *
 * bounds.h
 *	  How many executions a tree and a project may have, and how many actions
 *	  that are run by themselves.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_BOUNDS_H
#define MISTRAL_BOUNDS_H

#include "utils/uuid.h"

extern bool mst_bound_tree_is_full(const pg_uuid_t *root_id, int unstored);
extern bool mst_bound_project_is_full(const char *project);
extern bool mst_bound_actions_are_full(const char *project);

#endif							/* MISTRAL_BOUNDS_H */
