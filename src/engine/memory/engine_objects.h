/*-------------------------------------------------------------------------
 *
 * engine_objects.h
 *	  The objects of a call, and the changes of their states.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_MEMORY_ENGINE_OBJECTS_H
#define MISTRAL_ENGINE_MEMORY_ENGINE_OBJECTS_H

#include "engine/memory/engine_call.h"

/* ---- engine_objects.c ---- */

extern const WorkflowSpec *mst_execution_spec(EngineCall *call, const pg_uuid_t *version_id);
extern const char *mst_execution_spec_json(EngineCall *call, Execution *exec);
extern Execution *mst_call_execution(EngineCall *call, const pg_uuid_t *id, LockMode mode,
									 bool *is_busy);
extern void mst_call_expire_reads(EngineCall *call);
extern Execution *mst_call_add_execution(EngineCall *call, ExecutionRow *row,
										 ExecutionDataRow *data);
extern void mst_call_forget_execution(EngineCall *call, Execution *exec);
extern ExecutionDataRow *mst_execution_data(Execution *exec);
extern Execution *mst_execution_root(EngineCall *call, Execution *exec);
extern Jsonb *mst_execution_env(EngineCall *call, Execution *exec);
extern Task *mst_call_task(EngineCall *call, const pg_uuid_t *id);
extern Task *mst_call_add_task(EngineCall *call, Execution *exec, const TaskSpec *spec);
extern Task *mst_call_latest_task(EngineCall *call, Execution *exec, int task_index);
extern void mst_call_load_tasks(EngineCall *call, Execution *exec);
extern ActionRow *mst_call_add_action(EngineCall *call, Task *task);
extern void mst_task_each_action(EngineCall *call, Task *task,
								 bool (*fn) (ActionRow *action, void *arg),
								 void *arg);

/* ---- transitions.c ---- */

extern void mst_execution_set_state(EngineCall *call, Execution *exec, State state,
									char *info);
extern State mst_task_change_state(EngineCall *call, Task *task, State state,
								   char *info);
extern void mst_task_set_state(EngineCall *call, Task *task, State state,
							   char *info);
extern void mst_action_set_state(ActionRow *action, State state);

/* ---- deadline.c ---- */

extern void mst_deadline_follow(EngineCall *call, Execution *exec, State from);

/* ---- task_runtime.c ---- */

extern void mst_runtime_read(TaskRuntime *runtime, Jsonb *json);
extern Jsonb *mst_runtime_write(const TaskRuntime *runtime);
extern bool mst_runtime_failed_too_often(const TaskRuntime *runtime);
extern bool mst_runtime_holds_items(const TaskRuntime *runtime);

/* ---- notifications.c ---- */

extern bool mst_event_wanted(Execution *exec);
extern Jsonb *mst_event_add_publishers(Jsonb *params);
extern void mst_event_execution(EngineCall *call, Execution *exec, State from);
extern void mst_event_task(EngineCall *call, Task *task, State from, bool was_started);
extern void mst_event_human(EngineCall *call, Execution *exec, const HumanTaskRow *human,
							const char *event);

#endif							/* MISTRAL_ENGINE_MEMORY_ENGINE_OBJECTS_H */
