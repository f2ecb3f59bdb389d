/*-------------------------------------------------------------------------
 *
 * claims.h
 *	  The queue of actions that wait for executors, and the executors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_CLAIMS_H
#define MISTRAL_CLAIMS_H

#include "nodes/pg_list.h"

#include "store/action_rows.h"
#include "store/queue.h"

/* A registered executor; its lease covers all that it has claimed. */
typedef struct ExecutorRow
{
	RowState	row;
	int64		id;				/* assigned when written */
	char	   *name;
	char	   *target;			/* "": takes only what has no target */
	char	   *role_name;		/* who may use it */
	Jsonb	   *actions;		/* names of the actions it takes; NULL: all */
	Jsonb	   *info;
	TimestampTz registered_at;
	TimestampTz last_heartbeat;
	TimestampTz lease_until;
	int32		lease_ms;
	bool		is_draining;	/* claims nothing more */
	bool		keeps_rules;	/* on where requests may go */
} ExecutorRow;

/* How many actions of one name a call may still claim. */
typedef struct ClaimLimit
{
	char	   *name;
	int			left;
} ClaimLimit;

/* The names whose claims are limited; of others any number may be claimed. */
typedef struct ClaimLimits
{
	int			count;
	ClaimLimit *limits;
} ClaimLimits;

/* ---- executors.c ---- */

extern ExecutorRow *mst_store_executor(int64 id);
extern List *mst_store_lost_executors(TimestampTz now, int max, TimestampTz *next);
extern void mst_store_write_executor(ExecutorRow *executor);
extern bool mst_store_try_write_executor(ExecutorRow *executor);
extern void mst_store_keep_executor(int64 id);
extern bool mst_store_close_executor(int64 id);
extern bool mst_store_delete_executor(ExecutorRow *executor);
extern bool mst_store_has_executor_for(const ActionRow *action, bool *is_certain);
extern bool mst_executor_names(const ExecutorRow *executor, const char *name);
extern bool mst_executor_takes(const ExecutorRow *executor, const ActionRow *action);
extern bool mst_executor_serves(const ExecutorRow *executor, const char *lane,
								const char *project);
extern bool mst_executor_takes_queued(const ExecutorRow *executor, const char *lane,
									  const char *project, const char *name);
extern List *mst_executor_lanes(const ExecutorRow *executor);

/* ---- claimed.c ---- */

extern List *mst_store_claimed_actions(int64 executor_id);
extern List *mst_store_take_claims(int64 executor_id, int *room);
extern void mst_store_note_claim(ActionRow *action);
extern void mst_store_note_new_claims(ActionRow **actions, int n);
extern void mst_store_forget_claim(int64 executor_id, const pg_uuid_t *action_id);
extern bool mst_store_claims_are_complete(pg_uuid_t *after);
extern void mst_store_restore_claims(const pg_uuid_t *after, int max);

/* ---- claims.c ---- */

extern int *mst_claim_left(const ClaimLimits *limits, const char *name);
extern bool mst_store_others_wait(const ExecutorRow *executor, const char *project);
extern List *mst_store_claim(const ExecutorRow *executor, int max, const ClaimLimits *limits);
extern bool mst_store_release(int64 executor_id, const pg_uuid_t *action_id,
							  bool requeue);
extern List *mst_store_unclaimed_actions(TimestampTz limit, int max,
										 pg_uuid_t *after, TimestampTz *oldest);
extern int	mst_store_queued_before(const QueueRow *own, int max);
extern bool mst_store_is_queued(const pg_uuid_t *action_id);
extern List *mst_store_queued_lanes(void);

#endif							/* MISTRAL_CLAIMS_H */
