/*-------------------------------------------------------------------------
 *
 * execution_json.h
 *	  Executions, actions and results as JSON for users.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SQL_EXECUTION_JSON_H
#define MISTRAL_SQL_EXECUTION_JSON_H

#include "store/store.h"

extern Jsonb *mst_show_execution(ExecutionRow *row);
extern Jsonb *mst_show_action(ActionRow *row);
extern Jsonb *mst_show_task_result(const pg_uuid_t *task_id);
extern Jsonb *mst_show_task_published(const pg_uuid_t *task_id);

#endif							/* MISTRAL_SQL_EXECUTION_JSON_H */
