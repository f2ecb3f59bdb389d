/*-------------------------------------------------------------------------
 *
 * children.h
 *	  Children of tasks: what the files that make, end and change them share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_CHILDREN_H
#define MISTRAL_ENGINE_WORK_CHILDREN_H

#include "engine/steps/advance.h"

/* ---- child_create.c ---- */

extern bool mst_child_callee(EngineCall *call, Task *task, bool is_catchable, char **name);
extern bool mst_child_input(EngineCall *call, Task *task, const char *name, Jsonb *item,
							Jsonb **input);
extern bool mst_child_create(EngineCall *call, Task *task, const char *name, Jsonb *input,
							 int index);

/* ---- items.c ---- */

/* Begin with the items of a task: evaluate the lists, start the first ones. */
extern void mst_items_start(EngineCall *call, Task *task);
extern void mst_items_go_on(EngineCall *call, Task *task);

/* ---- child_done.c ---- */

extern void mst_items_finish(EngineCall *call, Task *task);
extern bool mst_items_have_room(Task *task);
extern void mst_items_queue_more(EngineCall *call, Task *task);

/* ---- exec_pause.c ---- */

/* Brings a sub-execution into a state; does nothing where that is too late. */
typedef void (*ChildChangeFn) (EngineCall *call, Execution *child, char *info);

extern void mst_subworkflow_spread(EngineCall *call, Execution *exec, State state,
								   ChildChangeFn change);
extern void mst_child_pause(EngineCall *call, Execution *child, char *info);
extern void mst_child_cancel(EngineCall *call, Execution *child, char *info);

#endif							/* MISTRAL_ENGINE_WORK_CHILDREN_H */
