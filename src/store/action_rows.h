/*-------------------------------------------------------------------------
 *
 * action_rows.h
 *	  Actions and what was reported of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_ACTION_ROWS_H
#define MISTRAL_STORE_ACTION_ROWS_H

#include "store/executions.h"

typedef struct ActionRow
{
	RowState	row;
	pg_uuid_t	id;
	pg_uuid_t	task_id;		/* none: stand-alone, as are the next two */
	pg_uuid_t	execution_id;
	pg_uuid_t	root_id;
	int64		executor_id;	/* 0: not claimed */
	TimestampTz created_at;
	TimestampTz updated_at;
	TimestampTz claimed_at;
	int32		item_index;
	int32		attempt;		/* the task's when it was created */
	int32		timeout_s;		/* 0: none */
	State		state;
	bool		accepted;
	bool		is_sync;
	bool		safe_rerun;
	bool		is_redelivered;
	bool		is_abandoned;	/* ended without result, which may still come */
	char	   *project_id;
	char	   *name;
	char	   *namespace;
	char	   *target;
	Jsonb	   *input;
	Jsonb	   *run;			/* for ad-hoc actions: {name, input} really
								 * run; of a registered one: {provider}, too;
								 * of one run synchronously: {description} */
	Jsonb	   *output;
} ActionRow;

typedef struct ResultRow
{
	RowState	row;
	pg_uuid_t	action_id;
	pg_uuid_t	execution_id;
	TimestampTz recorded_at;
	State		state;
	char	   *project_id;
	Jsonb	   *output;
} ResultRow;

extern ActionRow *mst_store_action(const pg_uuid_t *id);
extern void mst_store_unaccept_actions(const pg_uuid_t *task_id, bool only_failed);
extern void mst_store_drop_outputs(const pg_uuid_t *task_id);
extern void mst_store_each_action(const pg_uuid_t *task_id,
								  int first_no, int last_no,
								  bool (*fn) (ActionRow *action, void *arg),
								  void *arg);
extern void mst_store_write_actions(ActionRow **items, int n);
extern void mst_store_delete_action(ActionRow *action);
extern List *mst_store_results(const pg_uuid_t *execution_id, int limit);
extern void mst_store_insert_results(ResultRow **items, int n);
extern void mst_store_delete_result(ResultRow *result);

#endif							/* MISTRAL_STORE_ACTION_ROWS_H */
