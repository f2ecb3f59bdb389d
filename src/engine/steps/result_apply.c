/*-------------------------------------------------------------------------
 *
 * result_apply.c
 *	  One result of an action, put where it belongs.
 *
 * A final state ends the action and, for the current attempt, may end its task.
 * PAUSED and RUNNING pass up to task and execution.  An action that the engine
 * has cancelled because nobody seemed to end it takes a late result all the same.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/engine.h"
#include "engine/memory/limits.h"
#include "engine/steps/steps.h"
#include "engine/work/action_mode.h"
#include "signal/wake.h"
#include "store/claims.h"
#include "util/json.h"

/* Puts the result on the action's row. */
static void
end_action(EngineCall *call, Task *task, ActionRow *action, State state,
		   Jsonb *value)
{
	char	   *problem = mst_limit_check("ActionExecution", "output", value);

	if (state == MST_STATE_ERROR && mst_json_is_falsy(value))
		value = mst_json_text("Unknown error");
	if (action->executor_id != 0)
		mst_store_forget_claim(action->executor_id, &action->id);
	mst_call_touch_action(call, task, action);
	if (problem == NULL)
	{
		mst_action_end(call, action, state, value);
		return;
	}
	mst_action_end(call, action, MST_STATE_ERROR, mst_json_text(problem));
	if (state == MST_STATE_SUCCESS && task != NULL &&
		!mst_state_is_completed(task->row->state))
		mst_task_force_fail_as(call, task, psprintf("Failed to complete action [error=%s, action=%s, task=%s]",
													problem, action->name, task->row->name));
}

typedef struct PausedArg
{
	const pg_uuid_t *except;
	bool		found;
} PausedArg;

static bool
note_paused(ActionRow *action, void *arg)
{
	PausedArg  *paused = arg;

	paused->found |= action->state == MST_STATE_PAUSED &&
		!mst_uuid_equal(&action->id, paused->except);
	return !paused->found;
}

/* PAUSED, or RUNNING again. */
static void
update_action(EngineCall *call, Task *task, ActionRow *action, State state)
{
	PausedArg	paused = {&action->id, false};

	mst_action_set_state(action, state);
	mst_call_touch_action(call, task, action);
	if (action->attempt != task->row->attempt)
		return;
	if (state == MST_STATE_RUNNING)
		mst_task_each_action(call, task, note_paused, &paused);
	mst_task_child_updated(call, task, state, paused.found, mst_pause_by_task(task, "paused action"));
}

/*
 * Returns whether an action takes the result, as far as its row says, or why
 * not.
 */
ResultRefusal
mst_result_check(const ActionRow *action, const ActionResult *result)
{
	if (mst_state_is_completed(action->state) &&
		!(action->is_abandoned && mst_state_is_completed(result->state)))
		return RESULT_ALREADY_COMPLETED;
	if (result->executor_id != 0 && action->executor_id != result->executor_id)
		return RESULT_LEASE_LOST;
	if (result->claimed_at != 0 && action->claimed_at != result->claimed_at)
		return RESULT_LEASE_LOST;
	if (!mst_state_is_completed(result->state) && action->is_sync)
		return RESULT_ILLEGAL_STATE;
	return RESULT_TAKEN;
}

/*
 * Returns the action, or NULL: what this call has in memory is newer than what
 * is stored.
 */
ActionRow *
mst_result_find_action(EngineCall *call, const pg_uuid_t *id)
{
	pg_uuid_t	task_id = mst_uuid_task_of_action(id);
	Task	   *task = hash_search(call->tasks, &task_id, HASH_FIND, NULL);
	ListCell   *lc;

	if (task != NULL)
	{
		foreach(lc, task->actions)
		{
			if (mst_uuid_equal(&((ActionRow *) lfirst(lc))->id, id))
				return lfirst(lc);
		}
	}
	return mst_store_action(id);
}

/* Returns whether somebody still waits for the action's result. */
static bool
is_wanted(const Task *task, const ActionRow *action)
{
	return !mst_state_is_completed(task->exec->row->state) &&
		!mst_state_is_completed(task->row->state) &&
		task->coming_state == MST_STATE_NONE && task->row->attempt == action->attempt;
}

/* Applies a result to an action of an execution that this call has locked. */
ResultRefusal
mst_result_apply(EngineCall *call, const ActionResult *result)
{
	pg_uuid_t	task_id = mst_uuid_task_of_action(&result->action_id);
	Task	   *task;
	ActionRow  *action = mst_result_find_action(call, &result->action_id);
	ResultRefusal refusal;
	bool		was_abandoned;

	if (action == NULL)
		return RESULT_UNKNOWN_ACTION;
	refusal = mst_result_check(action, result);
	if (refusal != RESULT_TAKEN)
		return refusal;
	task = mst_call_task(call, &task_id);
	if (task == NULL)
		return RESULT_UNKNOWN_ACTION;
	if (result->claimed_at != 0 && !is_wanted(task, action))
		return RESULT_CANCELLED;
	task->actions = list_append_unique_ptr(task->actions, action);
	if (!mst_state_is_completed(result->state))
	{
		update_action(call, task, action, result->state);
		return RESULT_TAKEN;
	}
	was_abandoned = action->is_abandoned;
	action->is_abandoned = false;
	end_action(call, task, action, result->state, result->output);

	/* a retry has superseded the attempt: only the action ends */
	if (action->attempt != task->row->attempt)
		return RESULT_TAKEN;
	if (was_abandoned)
		(void) mst_task_transform_result(call, task, action);
	else
		mst_task_action_ended(call, task, action);
	return RESULT_TAKEN;
}

/*
 * Ends an action of an execution that this call has locked, when it has not
 * ended.
 */
void
mst_action_end_by_engine(EngineCall *call, const pg_uuid_t *action_id, State state,
						 Jsonb *value)
{
	ActionResult result = {.action_id = *action_id, .state = state, .output = value};

	(void) mst_result_apply(call, &result);
}

/* The end of an action without a task; wakes those who wait for it. */
static void
end_alone(EngineCall *call, ActionRow *action, State state, Jsonb *value)
{
	ExprError  *error;

	if (state == MST_STATE_SUCCESS && mst_action_is_adhoc(action) && !mst_action_is_temporary(action) &&
		!mst_action_transform(call, NULL, action->name, NULL, action->namespace,
							  action->project_id, &value, &error))
	{
		state = MST_STATE_ERROR;
		value = mst_json_text(mst_expr_error_text(error));
	}
	/* it may have been waiting for an executor that never comes */
	if (action->executor_id == 0)
		mst_call_delete_queued(call, action);
	end_action(call, NULL, action, state, value);
	mst_action_settle(action);
	mst_wake_waiters_of(&action->id);
}

/*
 * Applies a result to a stand-alone action, which has no execution to advance.
 */
ResultRefusal
mst_result_apply_alone(EngineCall *call, ActionRow *action, const ActionResult *result)
{
	ResultRefusal refusal = mst_result_check(action, result);

	if (refusal != RESULT_TAKEN)
		return refusal;
	if (mst_state_is_completed(result->state))
	{
		end_alone(call, action, result->state, result->output);
		return RESULT_TAKEN;
	}
	mst_action_set_state(action, result->state);
	mst_call_touch_action(call, NULL, action);
	return RESULT_TAKEN;
}
