/*-------------------------------------------------------------------------
 *
 * task_items.h
 *	  Items of with-items that are kept as rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_TASK_ITEMS_H
#define MISTRAL_STORE_TASK_ITEMS_H

#include "store/row.h"

typedef struct TaskItemRow
{
	RowState	row;
	pg_uuid_t	task_id;
	int32		item_index;
	int32		retries;		/* done, of the present attempt of the task */
	TimestampTz due_at;			/* of the next retry; 0: none is awaited */
	char	   *project_id;
	Jsonb	   *item;			/* the variables that its input sees */
} TaskItemRow;

extern void mst_store_write_task_items(TaskItemRow **items, int n);
extern TaskItemRow *mst_store_task_item(const pg_uuid_t *task_id, int index);
extern List *mst_store_task_items(const pg_uuid_t *task_id, int from, int max, Size max_bytes);
extern List *mst_store_due_task_items(const pg_uuid_t *task_id, TimestampTz now, int max);
extern TimestampTz mst_store_next_task_item_due(const pg_uuid_t *task_id);
extern void mst_store_reset_task_items(const pg_uuid_t *task_id);
extern void mst_store_delete_task_item(const pg_uuid_t *task_id, int index);
extern void mst_store_delete_task_items(const pg_uuid_t *task_id);

#endif							/* MISTRAL_STORE_TASK_ITEMS_H */
