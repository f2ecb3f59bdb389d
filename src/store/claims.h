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
} ExecutorRow;

/* ---- executors.c ---- */

/* The executor, or NULL. */
extern ExecutorRow *mst_store_executor(int64 id);

/*
 * Up to "max" executors whose leases have run out at "now", the first first.
 * *next is when the next lease runs out, "now" if there may be more that has,
 * or PG_INT64_MAX.
 */
extern List *mst_store_lost_executors(TimestampTz now, int max, TimestampTz *next);

/* Insert or update one. */
extern void mst_store_write_executor(ExecutorRow *executor);

/* As before, but only if nobody else is changing it; whether it was done. */
extern bool mst_store_try_write_executor(ExecutorRow *executor);

/*
 * Keep the executor from being removed until the transaction ends; for those
 * that claim for it.  Whether it is still there is known only then.
 */
extern void mst_store_keep_executor(int64 id);

/* Keep others from claiming for it; false: somebody may be about to. */
extern bool mst_store_close_executor(int64 id);

/* Delete it; false when somebody else is changing it. */
extern bool mst_store_delete_executor(ExecutorRow *executor);

/*
 * Is there a living executor that takes actions of this name and target, as
 * far as some of the living ones tell?  Where there are too many to look at,
 * there is.
 */
extern bool mst_store_has_executor_for(const char *name, const char *target);

/* Does the executor take actions of this name and target? */
extern bool mst_executor_takes(const ExecutorRow *executor, const char *name,
							   const char *target);

/* ---- claimed.c ---- */

/* The running actions that the executor has claimed (ActionRow *). */
extern List *mst_store_claimed_actions(int64 executor_id);

/*
 * The same, for an executor that goes: its claims are forgotten.  *room is for
 * how many there is time, and is reduced by those met; 0: there may be more.
 */
extern List *mst_store_take_claims(int64 executor_id, int *room);

/*
 * Note a claim, or those of the actions that are new and have been claimed;
 * forget one.
 */
extern void mst_store_note_claim(ActionRow *action);
extern void mst_store_note_new_claims(ActionRow **actions, int n);
extern void mst_store_forget_claim(int64 executor_id, const pg_uuid_t *action_id);

/*
 * Are all claims known?  They are not after a crash or a restore: then they
 * are to be found again, by looking at up to "max" actions from the one after
 * *after on, which advances, and is none when it is done.
 */
extern bool mst_store_claims_are_complete(void);
extern void mst_store_restore_claims(pg_uuid_t *after, int max);

/* ---- claims.c ---- */

/*
 * Name and input of what an executor shall really run: ad-hoc actions stand
 * for another.
 */
extern char *mst_action_run_name(const ActionRow *action);
extern Jsonb *mst_action_run_input(const ActionRow *action);

/*
 * Claim up to "max" queued actions for the executor: of its target first,
 * then those without a target.  Their rows in the queue are deleted, and
 * executor_id and claimed_at are written to the actions, which are returned
 * (ActionRow *).  Never waits for another transaction.
 */
extern List *mst_store_claim(const ExecutorRow *executor, int max);

/*
 * Give the action up that the executor has claimed: it is queued again, or,
 * with "requeue" false, merely no longer its.  False when it is not its, or
 * somebody else is changing it.
 */
extern bool mst_store_release(int64 executor_id, const pg_uuid_t *action_id,
							  bool requeue);

/*
 * Look at up to "max" rows of the queue, from the action after *after on, and
 * advance that; it is none again at the end.  Returns the ids (pg_uuid_t *) of
 * actions that have been queued since before the limit.  *oldest becomes the
 * least time at which one of the others was queued, unless it is less.
 */
extern List *mst_store_unclaimed_actions(TimestampTz limit, int max,
										 pg_uuid_t *after, TimestampTz *oldest);

/* Does the action wait for an executor? */
extern bool mst_store_is_queued(const pg_uuid_t *action_id);

/* The targets (char *) of all that is queued now. */
extern List *mst_store_queued_targets(void);

#endif							/* MISTRAL_CLAIMS_H */
