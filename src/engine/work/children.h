/*-------------------------------------------------------------------------
 *
 * children.h
 *	  Children of tasks: making them, their ends, what passes down to them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_CHILDREN_H
#define MISTRAL_ENGINE_WORK_CHILDREN_H

#include "engine/flow/flow.h"

/* Brings a sub-execution into a state; does nothing where that is too late. */
typedef void (*ChildChangeFn) (EngineCall *call, Execution *child, char *info);

/* ---- child_create.c ---- */

extern bool mst_child_callee(EngineCall *call, Task *task, bool is_catchable, char **name);
extern void mst_child_fail_input(EngineCall *call, Task *task, char *problem);
extern bool mst_child_input(EngineCall *call, Task *task, const char *name, Jsonb *item,
							Jsonb **input);
extern bool mst_child_create(EngineCall *call, Task *task, const char *name, Jsonb *input,
							 int index);

/* ---- items.c ---- */

extern void mst_items_start(EngineCall *call, Task *task);
extern void mst_items_go_on(EngineCall *call, Task *task);

/* ---- child_done.c ---- */

extern void mst_items_finish(EngineCall *call, Task *task);
extern bool mst_items_have_room(Task *task);
extern bool mst_items_are_left(EngineCall *call, const Task *task);
extern void mst_items_check_end(EngineCall *call, Task *task);
extern void mst_items_queue_more(EngineCall *call, Task *task);
extern void mst_task_child_done(EngineCall *call, Task *task, const ChildEnd *end);
extern bool mst_task_transform_result(EngineCall *call, Task *task, ActionRow *action);
extern void mst_task_action_ended(EngineCall *call, Task *task, ActionRow *action);
extern void mst_task_action_ended_at_once(EngineCall *call, Task *task, ActionRow *action);

/* ---- suspend.c ---- */

extern void mst_task_set_aside(EngineCall *call, Task *task, const DelayedCallRow *delayed);
extern void mst_task_suspend(EngineCall *call, Task *task);
extern void mst_task_unsuspend(EngineCall *call, Task *task);

/* ---- subworkflow.c ---- */

extern void mst_execution_end_tree(EngineCall *call, Execution *root, Jsonb *args);
extern bool mst_subworkflow_create(EngineCall *call, Task *task, const char *name,
								   Jsonb *input, int item_index, char **message);
extern bool mst_subworkflow_roll_back(EngineCall *call, Task *task, int item_index, char **message);

/* ---- exec_pause.c ---- */

extern bool mst_subworkflow_is_called(const WorkflowSpec *spec);
extern void mst_subworkflow_spread(EngineCall *call, Execution *exec, State state,
								   ChildChangeFn change);
extern void mst_child_pause(EngineCall *call, Execution *child, char *info);
extern void mst_child_cancel(EngineCall *call, Execution *child, char *info);
extern Jsonb *mst_pause_by_execution(const pg_uuid_t *id);
extern Jsonb *mst_pause_by_task(const Task *task, const char *policy);
extern Execution *mst_execution_above(EngineCall *call, Execution *child);
extern bool mst_child_has_own_pause(const ExecutionRow *child, const Execution *above);
extern void mst_execution_note_pause(EngineCall *call, Execution *exec, Jsonb *by);
extern void mst_execution_look_after_pause(EngineCall *call, Execution *exec);
extern void mst_execution_pause(EngineCall *call, Execution *exec, char *info, Jsonb *by);
extern void mst_subworkflow_end(EngineCall *call, Task *task, TimestampTz due);

#endif							/* MISTRAL_ENGINE_WORK_CHILDREN_H */
