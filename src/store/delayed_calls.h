/*-------------------------------------------------------------------------
 *
 * delayed_calls.h
 *	  Delayed calls.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_DELAYED_CALLS_H
#define MISTRAL_STORE_DELAYED_CALLS_H

#include "store/row.h"

typedef struct DelayedCallRow
{
	RowState	row;
	int64		id;				/* assigned when written */
	TimestampTz due_at;
	TimestampTz created_at;
	pg_uuid_t	execution_id;
	pg_uuid_t	task_id;
	pg_uuid_t	root_id;
	int32		attempts;
	bool		is_dead;
	bool		is_slow;		/* left to the slow schedulers */
	char	   *kind;
	char	   *project_id;
	char	   *key;
	Jsonb	   *args;
	char	   *error;
} DelayedCallRow;

extern void mst_store_insert_delayed_calls(DelayedCallRow **items, int n);
extern char *mst_store_action_call_key(const pg_uuid_t *action_id);
extern bool mst_store_has_delayed_call(const char *call_key);
extern void mst_store_delete_delayed_call(const char *call_key);
extern List *mst_store_take_delayed_calls(const pg_uuid_t *task_id);

#endif							/* MISTRAL_STORE_DELAYED_CALLS_H */
