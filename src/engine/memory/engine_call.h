/*-------------------------------------------------------------------------
 *
 * engine_call.h
 *	  An engine call: beginning, steps, writing, what it leaves to others.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_MEMORY_ENGINE_CALL_H
#define MISTRAL_ENGINE_MEMORY_ENGINE_CALL_H

#include "engine/memory/model.h"
#include "store/call_kinds.h"
#include "store/human_tasks.h"
#include "store/task_items.h"

/* ---- engine_call.c ---- */

extern EngineCall *mst_call_begin(void);
extern void mst_call_push(EngineCall *call, StepKind kind, Execution *exec, Task *task);
extern Step mst_call_pop(EngineCall *call);
extern void mst_execution_queue_check(EngineCall *call, Execution *exec);
extern bool mst_call_is_spent(EngineCall *call);
extern void mst_call_check_memory(EngineCall *call);

/* ---- write_back.c ---- */

extern void mst_execution_touch(EngineCall *call, Execution *exec);
extern void mst_task_touch(EngineCall *call, Task *task);
extern void mst_call_touch_action(EngineCall *call, Task *task, ActionRow *action);
extern void mst_call_write_items(EngineCall *call, TaskItemRow **items, int n);
extern bool mst_call_reset_items(EngineCall *call, Task *task);
extern void mst_call_drop_items(EngineCall *call, Task *task);
extern void mst_call_unaccept_actions(EngineCall *call, Task *task, bool only_failed);
extern void mst_call_drop_outputs(EngineCall *call, Task *task);
extern void mst_call_write_actions(EngineCall *call);
extern void mst_call_flush_actions(EngineCall *call);
extern void mst_call_finish(EngineCall *call);
extern void mst_call_drop(EngineCall *call);
extern List *mst_call_take_delayed_calls(EngineCall *call, Task *task);
extern List *mst_call_take_queued(EngineCall *call, Task *task, bool *is_busy);
extern void mst_call_delete_queued(EngineCall *call, const ActionRow *action);
extern void mst_call_release_held(EngineCall *call, Task *task);

/* ---- outbox.c ---- */

extern void mst_call_delay(EngineCall *call, CallKind kind, Execution *exec,
						   Task *task, TimestampTz due, const char *key,
						   Jsonb *args);
extern void mst_call_delay_action(EngineCall *call, CallKind kind, Task *task,
								  ActionRow *action, TimestampTz due, Jsonb *args,
								  const char *error);
extern void mst_call_delay_child(EngineCall *call, CallKind kind, Execution *parent,
								 const pg_uuid_t *child_id, TimestampTz due,
								 Jsonb *args);
extern void mst_call_drop_delayed(EngineCall *call, const char *key, bool is_stored);
extern char *mst_human_timer_key(const pg_uuid_t *action_id);
extern void mst_call_set_human_timer(EngineCall *call, const HumanTaskRow *human,
									 TimestampTz due);
extern Jsonb *mst_task_timer_args(Task *task);
extern Jsonb *mst_child_change_args(List *ids, State state, const char *info);
extern void mst_child_change_later(EngineCall *call, Execution *parent, const pg_uuid_t *id,
								   State state, const char *info, TimestampTz due);
extern void mst_child_changes_delay(EngineCall *call);
extern void mst_call_enqueue(EngineCall *call, ActionRow *action, int priority);

#endif							/* MISTRAL_ENGINE_MEMORY_ENGINE_CALL_H */
