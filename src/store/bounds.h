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

/*
 * Has the tree as many executions as mistral.max_tree_executions allows?
 * "unstored" are those that the caller has made and not yet written.  Most
 * calls do not look and say no: see bounds.c.
 */
extern bool mst_bound_tree_is_full(const pg_uuid_t *root_id, int unstored);

/*
 * Has the project as many unfinished executions as mistral.max_unfinished_executions
 * allows?  Most calls do not look, but once it was found full all backends
 * take it for full until the next look, some seconds later.
 */
extern bool mst_bound_project_is_full(const char *project);

/* The same for unfinished actions that are run by themselves, not by a task. */
extern bool mst_bound_actions_are_full(const char *project);

#endif							/* MISTRAL_BOUNDS_H */
