/*-------------------------------------------------------------------------
 *
 * operations.h
 *	  What users do to executions and tasks.
 *
 * Each function locks the execution, changes it and writes; illegal requests
 * are raised as errors and change nothing.  The caller has checked that the
 * user may change the execution.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_CALLS_OPERATIONS_H
#define MISTRAL_ENGINE_CALLS_OPERATIONS_H

#include "engine/engine.h"

extern void mst_engine_pause(const pg_uuid_t *id);
extern void mst_engine_resume(const pg_uuid_t *id, Jsonb *env);
extern void mst_engine_stop(const pg_uuid_t *id, State state, char *message);
extern void mst_engine_leave_parent(const pg_uuid_t *id);
extern void mst_engine_update_env(const pg_uuid_t *id, Jsonb *env);
extern void mst_engine_update_description(const pg_uuid_t *id, const char *text);
extern void mst_engine_rerun(const pg_uuid_t *task_id, bool reset, Jsonb *env);
extern void mst_engine_skip(const pg_uuid_t *task_id, Jsonb *env);

#endif							/* MISTRAL_ENGINE_CALLS_OPERATIONS_H */
