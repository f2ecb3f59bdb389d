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

/* Results of children, with their place among the items. */
typedef struct ResultItem
{
	int			index;
	int			order;
	Jsonb	   *value;			/* NULL: null */
} ResultItem;

typedef struct ResultList
{
	MemoryContext mcxt;
	ResultItem *items;
	int			n;
	int			size;
} ResultList;

/* Add a copy of the value. */
extern void mst_results_add(ResultList *results, int index, Jsonb *value);

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

/* Outputs of the accepted sub-executions of the task. */
extern void mst_subworkflow_results(Advance *adv, Task *task, ResultList *results);
extern void mst_subworkflow_unaccept(Advance *adv, Task *task, bool only_failed);

#endif							/* MISTRAL_ENGINE_WORK_CHILDREN_H */
