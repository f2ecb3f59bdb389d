/*-------------------------------------------------------------------------
 *
 * executions.h
 *	  Executions, their data, and the locks on them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_EXECUTIONS_H
#define MISTRAL_STORE_EXECUTIONS_H

#include "store/row.h"

/* Columns of the same names; text is NULL-able unless NOT NULL there. */
typedef struct ExecutionRow
{
	RowState	row;
	pg_uuid_t	id;
	pg_uuid_t	version_id;
	pg_uuid_t	workflow_id;
	pg_uuid_t	root_id;
	pg_uuid_t	parent_task_id;
	TimestampTz created_at;
	TimestampTz updated_at;		/* 0: NULL, here and below */
	TimestampTz finished_at;
	TimestampTz deadline;		/* see engine/memory/deadline.c, also for the
								 * next */
	int64		time_left;		/* ms; 0: NULL */
	int32		open_tasks;
	int32		item_index;
	int32		parent_attempt; /* attempt of the parent task it belongs to */
	int32		depth;
	int32		undo_count;		/* places given to tasks that a rollback
								 * undoes; 0: NULL */
	State		state;
	bool		has_notify;
	bool		has_secrets;	/* references stand for those of the tree */
	bool		accepted;
	bool		paused_by_maintenance;
	bool		parent_notified;	/* the task above has taken the end */
	char	   *project_id;
	char	   *workflow_name;
	char	   *namespace;
	char	   *workbook_name;
	char	   *key;			/* of roots only */
	char	   *traceparent;	/* of the whole tree, or NULL */
	char	   *state_info;
	Jsonb	   *backlog;
	Jsonb	   *output;
	Jsonb	   *paused_by;		/* see engine/work/exec_pause.c */
	Jsonb	   *rollback;		/* see engine/flow/rollback.c */
} ExecutionRow;

typedef struct ExecutionDataRow
{
	RowState	row;
	pg_uuid_t	execution_id;
	char	   *project_id;
	pg_uuid_t	root_id;
	char	   *name;
	char	   *description;
	Jsonb	   *tags;
	Jsonb	   *input;
	Jsonb	   *params;
	Jsonb	   *context;
	Jsonb	   *vars;
	TimestampTz start_at;		/* 0: NULL, at once */
	Jsonb	   *rollback;		/* see engine/flow/rollback.c */
} ExecutionDataRow;

/* How to take the lock on an execution. */
typedef enum LockMode
{
	LOCK_NONE,					/* only read */
	LOCK_TRY,					/* return NULL at once when somebody has it */
	LOCK_BLOCK
} LockMode;

extern ExecutionRow *mst_store_execution(const pg_uuid_t *id, LockMode mode,
										 bool *is_busy);
extern ExecutionDataRow *mst_store_execution_data(const pg_uuid_t *execution_id);
extern List *mst_store_child_executions(const pg_uuid_t *task_id);
extern void mst_store_each_child_execution(const pg_uuid_t *task_id,
										   bool (*fn) (ExecutionRow *row, void *arg),
										   void *arg);
extern void mst_store_write_executions(ExecutionRow **items, int n);
extern void mst_store_write_execution_data(ExecutionDataRow **items, int n);
extern void mst_store_lock_new_id(const pg_uuid_t *id);
extern int	mst_store_execution_holder(const pg_uuid_t *id);
extern bool mst_store_close_tree(const pg_uuid_t *root_id, LockMode mode);
extern void mst_store_leave_tree(const pg_uuid_t *root_id);

/*
 * Executions (pg_uuid_t *) that an engine call has locked and keeps in memory
 * while a query runs that may make engine calls itself.  To these they are
 * busy; to wait for one is an error.  Links of a chain, on the stack.
 */
typedef struct HeldExecutions
{
	List	   *ids;
	struct HeldExecutions *outer;
} HeldExecutions;

extern void mst_store_hold_executions(HeldExecutions *held);
extern void mst_store_release_executions(HeldExecutions *held);
extern bool mst_store_execution_is_held(const pg_uuid_t *id);

#endif							/* MISTRAL_STORE_EXECUTIONS_H */
