/*-------------------------------------------------------------------------
 *
 * lookups.h
 *	  Look-ups of executions by other things than their id.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_LOOKUPS_H
#define MISTRAL_STORE_LOOKUPS_H

#include "nodes/pg_list.h"
#include "utils/uuid.h"

#include "util/state.h"

/*
 * Conditions that must all hold; times as text of the form that records have,
 * NULL: no condition.
 */
typedef struct ExecutionFilter
{
	const char *project;		/* always given */
	bool		has_id;
	pg_uuid_t	id;
	bool		has_root_id;
	pg_uuid_t	root_id;
	bool		has_state;
	State		state;
	char	   *from_time;
	char	   *to_time;
} ExecutionFilter;

extern List *mst_query_executions(const ExecutionFilter *filter);
extern bool mst_query_has_subscriptions(const char *project_id);
extern bool mst_query_is_own_execution(const pg_uuid_t *id);
extern bool mst_query_is_own_action(const pg_uuid_t *id);
extern bool mst_query_is_stopped(const pg_uuid_t *id);
extern bool mst_query_is_paused(const pg_uuid_t *id);
extern bool mst_uuid_parse(const char *text, pg_uuid_t *id);

#endif							/* MISTRAL_STORE_LOOKUPS_H */
