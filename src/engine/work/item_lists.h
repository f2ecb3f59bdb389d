/*-------------------------------------------------------------------------
 *
 * item_lists.h
 *	  The lists of with-items.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_ITEM_LISTS_H
#define MISTRAL_ENGINE_WORK_ITEM_LISTS_H

#include "engine/flow/flow.h"

/* The lists of a task, or a part of them. */
typedef struct ItemLists
{
	Jsonb	   *lists;			/* {variable: list, ...} */
	int			first;			/* index of the first item in them */
	int			end;			/* and of the one behind the last */
	pg_uuid_t	next;			/* context with the items that follow, or none */
	JsonbContainer **containers;	/* of the lists, by variable */
} ItemLists;

extern bool mst_item_lists_evaluate(EngineCall *call, Task *task, ItemLists *lists);
extern Jsonb *mst_item_variables(Task *task, const ItemLists *lists, int index);
extern bool mst_item_lists_are_needed(const Task *task);
extern void mst_item_lists_keep(EngineCall *call, Task *task, const ItemLists *lists);
extern void mst_item_lists_read(EngineCall *call, Task *task, ItemLists *lists);
extern bool mst_item_lists_advance(EngineCall *call, Task *task, ItemLists *lists);

#endif							/* MISTRAL_ENGINE_WORK_ITEM_LISTS_H */
