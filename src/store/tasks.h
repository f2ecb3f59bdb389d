/*-------------------------------------------------------------------------
 *
 * tasks.h
 *	  Tasks.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_TASKS_H
#define MISTRAL_STORE_TASKS_H

#include "store/row.h"

/* The kind of callee of a task, as stored. */
typedef enum TaskType
{
	TASK_TYPE_ACTION = 'A',
	TASK_TYPE_WORKFLOW = 'W'
} TaskType;

typedef struct TaskRow
{
	RowState	row;
	pg_uuid_t	id;
	pg_uuid_t	execution_id;
	pg_uuid_t	root_id;
	pg_uuid_t	context_id;		/* inbound context */
	pg_uuid_t	published_id;	/* outbound context, once completed */
	pg_uuid_t	items_id;		/* contexts row with the with-items lists */
	pg_uuid_t	compensates;	/* task that it undoes, or none */
	TimestampTz created_at;
	TimestampTz updated_at;
	TimestampTz started_at;
	TimestampTz finished_at;
	int32		task_index;
	int32		children;		/* children created so far: the next number */
	int32		open_children;	/* of the current attempt, not finished */
	int32		attempt;		/* counts restarts: retries and reruns */
	int32		undo_order;		/* place among those that a rollback undoes;
								 * 0: NULL, not one of them */
	State		state;
	char		type;			/* a TaskType */
	bool		is_join;
	bool		processed;
	bool		has_next_tasks;
	bool		error_handled;
	char	   *project_id;
	char	   *name;
	char	   *state_info;
	Jsonb	   *triggered_by;
	Jsonb	   *next_tasks;
	Jsonb	   *runtime;		/* policy state */
	Jsonb	   *published_global;
} TaskRow;

extern int	mst_store_task_priority(const pg_uuid_t *id);
extern TaskRow *mst_store_task(const pg_uuid_t *id);
extern List *mst_store_execution_tasks(const pg_uuid_t *execution_id);
extern TaskRow *mst_store_latest_task(const pg_uuid_t *execution_id,
									  int task_index);
extern TaskRow *mst_store_last_to_undo(const pg_uuid_t *execution_id, int before);
extern void mst_store_write_tasks(TaskRow **items, int n);

#endif							/* MISTRAL_STORE_TASKS_H */
