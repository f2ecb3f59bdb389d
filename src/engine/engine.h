/*-------------------------------------------------------------------------
 *
 * engine.h
 *	  Advancing executions: what workers and the claim protocol call.
 *
 * Each function here is one engine call: it takes the lock of the execution
 * concerned, decides in memory until nothing is left to do (or the step
 * budget is used up), and writes each touched row once, in the caller's
 * transaction.  The operations of users are in calls/operations.h.
 * Contracts stand above the definitions, in calls/.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_H
#define MISTRAL_ENGINE_H

#include "store/store.h"

/* Why a result was not taken. */
typedef enum ResultRefusal
{
	RESULT_TAKEN,
	RESULT_UNKNOWN_ACTION,
	RESULT_ALREADY_COMPLETED,	/* the action has a final state */
	RESULT_LEASE_LOST,			/* another executor has the action now */
	RESULT_ILLEGAL_STATE,		/* PAUSED or RUNNING for a synchronous action */
	RESULT_CANCELLED			/* nobody waits for the action any more */
} ResultRefusal;

/* One result of an action, as an executor or a client reports it. */
typedef struct ActionResult
{
	pg_uuid_t	action_id;
	State		state;			/* S, E, C; P and R for asynchronous actions */
	Jsonb	   *output;			/* data or error; NULL: null */
	int64		executor_id;	/* whose claim must be valid; 0: not checked */
	TimestampTz claimed_at;		/* which of its claims, and only while
								 * somebody waits for the result; 0: not
								 * checked */
	ResultRefusal refusal;		/* set by the engine */
} ActionResult;

/*
 * Asked for each action that would be queued for executors; when it returns
 * true the action is the caller's at once: it has filled executor_id and
 * claimed_at, and no queue row is written.  The row stays valid until the
 * engine call returns.
 *
 * An action that was taken is withdrawn when its execution ends within the
 * same call: it is shown once more, with a final state; of the row only id and
 * state are set then.
 */
typedef bool (*ActionOffer) (ActionRow *action, void *arg);

/*
 * In a worker: an engine call begins nothing more when it has taken that many
 * milliseconds, and leaves the rest to another; and a query of std.sql may
 * take as long as mistral.sql_timeout.
 */
extern void mst_engine_set_slice(int ms);

extern void mst_engine_report_results(ActionResult *results, int n,
									  ActionOffer offer, void *offer_arg);

extern bool mst_engine_try_report(ActionResult *result);

extern void mst_engine_leave_result(ActionResult *result);

extern bool mst_engine_lease_lost(const pg_uuid_t *action_id, int64 executor_id,
								  const char *reason);

extern void mst_engine_lose_actions(List *actions, int64 executor_id,
									const char *reason);

/* An executor has given the action back; call it in the same transaction. */
extern void mst_engine_note_released(const pg_uuid_t *action_id);

extern void mst_engine_process_results(const pg_uuid_t *execution_id);

extern void mst_engine_leave_results(const pg_uuid_t *execution_id);
extern bool mst_engine_results_are_left(const pg_uuid_t *execution_id);

extern void mst_engine_run_delayed_call(DelayedCallRow *delayed);

extern void mst_engine_fail_delayed_call(DelayedCallRow *delayed,
										 const char *error);

/* What a start does when an execution has its key already. */
typedef enum StartConflict
{
	CONFLICT_RETURN,			/* the id of that one is returned */
	CONFLICT_REFUSE,			/* an error names that one */
	CONFLICT_QUEUE				/* begins when those before it have ended */
} StartConflict;

/* What starts an execution; NULL or none where not given. */
typedef struct StartRequest
{
	const char *workflow;		/* name or id */
	const char *namespace;
	Jsonb	   *input;
	Jsonb	   *params;
	const char *description;
	const char *project_id;		/* NULL: the current user's role */
	pg_uuid_t	execution_id;
	pg_uuid_t	source_id;
	const char *key;			/* NULL: none */
	StartConflict on_conflict;
	TimestampTz start_at;		/* 0: at once */
	int64		timeout_ms;		/* 0: as the definition says */
	bool		run_async;		/* start the first tasks only */
	bool		may_hold;		/* in maintenance, made and paused, not
								 * refused */
} StartRequest;

extern pg_uuid_t mst_engine_start(StartRequest *request);

#endif							/* MISTRAL_ENGINE_H */
