/*-------------------------------------------------------------------------
 *
 * kept_items.h
 *	  Items of with-items that are rows: of a query, or retried one by one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_KEPT_ITEMS_H
#define MISTRAL_ENGINE_WORK_KEPT_ITEMS_H

#include "engine/flow/flow.h"
#include "store/task_items.h"

/* items are started, and rows and actions written, in portions of this many */
#define ITEM_PORTION 1000
#define ITEM_PORTION_BYTES (8 * 1024 * 1024)

/* What has become of the item of a child that has ended. */
typedef enum ItemFate
{
	ITEM_OVER,
	ITEM_AGAIN,					/* it waits for its next attempt */
	ITEM_FATAL					/* a value of the retry policy is wrong, and
								 * the task has failed */
} ItemFate;

/* How the query of a task has ended. */
typedef enum QueryFate
{
	QUERY_DONE,
	QUERY_PUT_OFF,				/* a delayed call runs it */
	QUERY_FAILED				/* task->start_failure says why, or the task
								 * has failed */
} QueryFate;

/* ---- item_rows.c ---- */

extern bool mst_items_are_kept(const Task *task);
extern TaskItemRow *mst_item_row_new(const Task *task, int index, Jsonb *variables);
extern void mst_item_rows_add(EngineCall *call, Task *task, TaskItemRow **rows, int n);
extern bool mst_item_rows_reset(EngineCall *call, Task *task);
extern List *mst_item_rows_take(EngineCall *call, Task *task, int max);
extern TaskItemRow *mst_item_row_find(EngineCall *call, Task *task, int index);
extern void mst_item_row_begin(EngineCall *call, Task *task, TaskItemRow *row);
extern void mst_item_row_retry(EngineCall *call, Task *task, TaskItemRow *row, TimestampTz due);
extern void mst_item_row_done(EngineCall *call, Task *task, int index);
extern void mst_item_rows_wake(EngineCall *call, Task *task);
extern void mst_item_rows_drop(EngineCall *call, Task *task);

/* ---- item_query.c ---- */

extern QueryFate mst_item_query_run(EngineCall *call, Task *task, int *count);

/* ---- item_retry.c ---- */

extern ItemFate mst_item_retry(EngineCall *call, Task *task, const ChildEnd *end);

#endif							/* MISTRAL_ENGINE_WORK_KEPT_ITEMS_H */
