/*-------------------------------------------------------------------------
 *
 * signals.h
 *	  Signals that executions have got, and what their tasks wait for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_SIGNALS_H
#define MISTRAL_STORE_SIGNALS_H

#include "store/row.h"

typedef struct SignalRow
{
	RowState	row;
	int64		id;
	pg_uuid_t	execution_id;
	TimestampTz sent_at;
	bool		is_taken;
	pg_uuid_t	task_id;		/* that has taken it */
	char	   *project_id;
	char	   *name;
	char	   *key;			/* NULL: none */
	char	   *sender;
	Jsonb	   *data;			/* NULL: null */
} SignalRow;

/* One name that a task waits for. */
typedef struct SignalWaitRow
{
	RowState	row;
	pg_uuid_t	execution_id;
	pg_uuid_t	action_id;
	bool		is_event;
	char	   *project_id;
	char	   *name;
} SignalWaitRow;

extern char *mst_signal_event_name(const char *exchange, const char *topic, const char *event);
extern bool mst_store_insert_signal(const SignalRow *signal);
extern List *mst_store_buffered_signals(const pg_uuid_t *execution_id);
extern void mst_store_take_signals(List *signals);
extern List *mst_store_signal_waits(const pg_uuid_t *execution_id);
extern void mst_store_insert_signal_waits(SignalWaitRow **items, int n);
extern void mst_store_delete_signal_waits(const pg_uuid_t *execution_id, const pg_uuid_t *action_id);
extern List *mst_store_event_waits(const char *name, const char *project);
extern List *mst_store_executions_of_key(const char *project, const char *key);
extern void mst_store_delete_signals(const pg_uuid_t *execution_id);

#endif							/* MISTRAL_STORE_SIGNALS_H */
