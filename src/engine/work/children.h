/*-------------------------------------------------------------------------
 *
 * children.h
 *	  What children.c, items.c and subworkflow.c know of each other.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_CHILDREN_H
#define MISTRAL_ENGINE_WORK_CHILDREN_H

#include "engine/steps/advance.h"

/* Begin with the items of a task: evaluate the lists, start the first ones. */
extern void mst_items_start(Advance *adv, Task *task);
/* A child of a task with items has ended. */
extern void mst_items_child_done(Advance *adv, Task *task, ExecState state);
/* Evaluate the name that all items call; an error fails the task. */
extern bool mst_task_item_callee(Advance *adv, Task *task, char **name);
/* Evaluate the input for an item's variables; an error fails task and execution. */
extern bool mst_task_item_input(Advance *adv, Task *task, const char *name,
								Jsonb *item, Jsonb **input);
/* Create the child for one item; false: the task has ended. */
extern bool mst_task_create_item(Advance *adv, Task *task, const char *name,
								 Jsonb *input, int index);

#endif							/* MISTRAL_ENGINE_WORK_CHILDREN_H */
