/*-------------------------------------------------------------------------
 *
 * results.c
 *	  Results of actions: taken at once, or recorded for whoever holds the
 *	  execution's lock.
 *
 * A reporter that finds the execution locked adds its result to
 * action_results and wakes the scheduler.  The lock's holder looks for
 * recorded results before it ends, so most are taken by the next reporter;
 * what is recorded after that look is found by the scheduler, because the
 * row is committed before the scheduler is woken.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "engine/calls/results.h"
#include "engine/memory/limits.h"
#include "engine/memory/secrecy.h"
#include "engine/steps/steps.h"
#include "signal/wake.h"
#include "store/claims.h"
#include "store/lookups.h"
#include "store/recalls.h"
#include "store/reporting.h"
#include "util/json.h"
#include "util/uuid.h"

/* recorded results are taken in portions of this many */
#define RESULT_PORTION 500

/* ---- recorded results ---- */

/* False: there was none. */
static bool
take_recorded(EngineCall *call, const pg_uuid_t *execution_id)
{
	List	   *results = mst_store_results(execution_id, RESULT_PORTION);
	ListCell   *lc;

	/* actions that this call has ended are looked at as it has left them */
	if (results != NIL)
		mst_call_write_actions(call);
	foreach(lc, results)
	{
		ResultRow  *row = lfirst(lc);
		ActionResult result = {.action_id = row->action_id, .state = row->state,
		.output = row->output};

		(void) mst_result_apply(call, &result);
		mst_store_delete_result(row);
	}
	if (results == NIL)
		return false;
	mst_store_sync();
	mst_call_run(call);
	return true;
}

/*
 * Returns the output with references in the place of secrets of the action's
 * tree, as far as it may have some: its input had, or names make them.
 */
static Jsonb *
seal_output(const ActionRow *action, Jsonb *output)
{
	ExecutionRow *exec;

	if (output == NULL || (!mst_secrets_are_named() && !mst_secrets_has_reference(action->input)))
		return output;
	exec = mst_store_execution(&action->execution_id, LOCK_NONE, NULL);
	return exec == NULL ? output : mst_execution_seal(exec, output);
}

/*
 * Records a result; whoever holds the lock, or the scheduler, takes it.  It
 * replaces a pause that nobody has taken; a second end is refused.
 */
static ResultRefusal
record_result(EngineCall *call, const ActionResult *result)
{
	ActionRow  *action = mst_store_action(&result->action_id);
	ResultRow  *recorded = mst_report_recorded(&result->action_id);
	ResultRefusal refusal;
	ResultRow  *row;

	if (action == NULL)
		return RESULT_UNKNOWN_ACTION;
	refusal = mst_result_check(action, result);
	if (refusal != RESULT_TAKEN)
		return refusal;
	if (recorded != NULL && mst_state_is_completed(recorded->state))
		return RESULT_ALREADY_COMPLETED;
	if (result->claimed_at != 0 && !mst_store_is_wanted(action))
		return RESULT_CANCELLED;
	if (recorded != NULL)
		mst_store_delete_result(recorded);
	row = palloc(sizeof(ResultRow));
	*row = (ResultRow)
	{
		.row.is_new = true, .state = result->state
	};
	row->action_id = action->id;
	row->execution_id = action->execution_id;
	row->recorded_at = call->now;
	row->project_id = action->project_id;
	row->output = seal_output(action, result->output);
	mst_store_insert_results(&row, 1);
	mst_wake_scheduler(call->now);
	return RESULT_TAKEN;
}

/* ---- entries ---- */

/*
 * Records a result of an action that is part of a workflow, whoever has the
 * lock; sets its refusal.  The caller has the turn at the action.
 */
void
mst_results_record(EngineCall *call, ActionResult *result)
{
	result->refusal = record_result(call, result);
}

/*
 * An asynchronous action that its executor has started is nobody's from now
 * on; its result will come from elsewhere.
 */
static ResultRefusal
note_started(const ActionRow *action, int64 executor_id)
{
	if (action->state != MST_STATE_RUNNING)
		return RESULT_ALREADY_COMPLETED;
	if (action->is_sync)
		return RESULT_ILLEGAL_STATE;
	return mst_store_release(executor_id, &action->id, false) ? RESULT_TAKEN :
		RESULT_LEASE_LOST;
}

/* Applies or records a result of an action that is there; returns its refusal. */
static ResultRefusal
take_result(EngineCall *call, ActionRow *action, const ActionResult *result)
{
	Execution  *exec;
	bool		is_busy;

	if (result->state == MST_STATE_RUNNING && result->executor_id != 0)
		return note_started(action, result->executor_id);
	if (mst_uuid_is_none(&action->execution_id))
		return mst_result_apply_alone(call, action, result);
	exec = mst_call_execution(call, &action->execution_id, LOCK_TRY, &is_busy);
	if (exec == NULL)
		return is_busy ? record_result(call, result) : RESULT_UNKNOWN_ACTION;

	/* what was recorded before has been said to be taken */
	if (mst_report_is_recorded(&result->action_id))
	{
		while (take_recorded(call, &exec->id))
			;
	}
	return mst_result_apply(call, result);
}

/*
 * Applies a result, or records it where the execution is locked by somebody
 * else; sets its refusal.  The caller has the turn at the action, and nobody
 * else's change of it is under way (reporting.h).
 *
 * An executor that has the action is told when somebody else ends it; one that
 * is refused has been told.
 */
void
mst_results_report(EngineCall *call, ActionResult *result)
{
	ActionRow  *action = mst_result_find_action(call, &result->action_id);
	int64		claimant = action != NULL && !mst_state_is_completed(action->state) ?
	action->executor_id : 0;

	result->refusal = action == NULL ? RESULT_UNKNOWN_ACTION :
		take_result(call, action, result);
	if (result->executor_id == 0)
	{
		if (result->refusal == RESULT_TAKEN && mst_state_is_completed(result->state))
			mst_store_recall(claimant, &result->action_id, true);
	}
	else if (result->claimed_at == 0 && result->refusal != RESULT_TAKEN &&
			 result->refusal != RESULT_ILLEGAL_STATE)
		mst_store_forget_recall(result->executor_id, &result->action_id);
}

/*
 * Takes what is recorded for any execution that the call has locked, and
 * advance, until nothing is left.
 */
void
mst_results_take_recorded(EngineCall *call)
{
	bool		again = true;

	while (again)
	{
		/* what is left when the time is up is found by the scheduler */
		if (mst_call_is_spent(call))
		{
			mst_wake_scheduler(call->now);
			return;
		}
		again = false;
		for (int i = 0; i < list_length(call->exec_list); i++)
		{
			Execution  *exec = list_nth(call->exec_list, i);

			if (exec->is_locked)
				again |= take_recorded(call, &exec->id);
		}
	}
}

/* Process the results recorded for an execution; waits for its lock. */
void
mst_engine_process_results(const pg_uuid_t *execution_id)
{
	EngineCall *call = mst_call_begin();

	if (mst_call_execution(call, execution_id, LOCK_BLOCK, NULL) != NULL)
		mst_results_take_recorded(call);
	else
	{
		ListCell   *lc;

		/* the execution has been deleted */
		foreach(lc, mst_store_results(execution_id, RESULT_PORTION))
			mst_store_delete_result(lfirst(lc));
	}
	mst_call_finish(call);
}

static char *
left_results_key(const pg_uuid_t *execution_id)
{
	return psprintf("results-%s", mst_uuid_text(execution_id));
}

/*
 * Returns whether the results recorded for an execution have been left to a
 * delayed call.
 */
bool
mst_engine_results_are_left(const pg_uuid_t *execution_id)
{
	return mst_store_has_delayed_call(left_results_key(execution_id));
}

/*
 * Leaves the results recorded for an execution to a delayed call for the slow
 * schedulers.
 */
void
mst_engine_leave_results(const pg_uuid_t *execution_id)
{
	ExecutionRow *exec = mst_store_execution(execution_id, LOCK_NONE, NULL);
	DelayedCallRow *delayed = palloc0(sizeof(DelayedCallRow));

	if (exec == NULL)
		return;
	delayed->row.is_new = true;
	delayed->due_at = delayed->created_at = GetCurrentTimestamp();
	delayed->execution_id = exec->id;
	delayed->root_id = exec->root_id;
	delayed->is_slow = true;
	delayed->kind = mst_call_kind_name(CALL_TAKE_RESULTS);
	delayed->project_id = exec->project_id;
	delayed->key = left_results_key(execution_id);
	mst_store_insert_delayed_calls(&delayed, 1);
}
