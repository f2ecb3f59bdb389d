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
#include "engine/steps/advance.h"
#include "engine/work/children.h"
#include "signal/wake.h"
#include "store/claims.h"
#include "util/json.h"

/* Puts the result on the action's row. */
static void
end_action(Advance *adv, Task *task, ActionRow *action, ExecState state,
		   Jsonb *value)
{
	char	   *problem = mst_limit_check("ActionExecution", "output", value);

	if (state == EXEC_ERROR && mst_json_is_falsy(value))
		value = mst_json_text("Unknown error");
	if (action->executor_id != 0)
		mst_store_forget_claim(action->executor_id, &action->id);
	mst_advance_touch_action(adv, task, action);
	if (problem == NULL)
	{
		mst_action_end(adv, action, state, value);
		return;
	}
	mst_action_end(adv, action, EXEC_ERROR, mst_json_text(problem));
	if (state == EXEC_SUCCESS && task != NULL &&
		!mst_state_is_completed(task->row->state))
		mst_task_force_fail_as(adv, task, psprintf("Failed to complete action [error=%s, action=%s, task=%s]",
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

	paused->found |= action->state == EXEC_PAUSED &&
		!mst_uuid_equal(&action->id, paused->except);
	return !paused->found;
}

/* PAUSED, or RUNNING again. */
static void
update_action(Advance *adv, Task *task, ActionRow *action, ExecState state)
{
	PausedArg	paused = {&action->id, false};

	mst_action_set_state(action, state);
	mst_advance_touch_action(adv, task, action);
	if (action->attempt != task->row->attempt)
		return;
	if (state == EXEC_RUNNING)
		mst_task_each_action(adv, task, note_paused, &paused);
	mst_task_child_updated(adv, task, state, paused.found);
}

/*
 * Returns whether an action takes a result of that state from an executor (0: from
 * somebody who needs no claim), or why not.
 */
ResultRefusal
mst_result_check(const ActionRow *action, ExecState state, int64 executor_id)
{
	if (mst_state_is_completed(action->state) &&
		!(action->is_abandoned && mst_state_is_completed(state)))
		return RESULT_ALREADY_COMPLETED;
	if (executor_id != 0 && action->executor_id != executor_id)
		return RESULT_LEASE_LOST;
	if (!mst_state_is_completed(state) && action->is_sync)
		return RESULT_ILLEGAL_STATE;
	return RESULT_TAKEN;
}

/* Returns the action, or NULL: what this call has in memory is newer than what is stored. */
ActionRow *
mst_result_find_action(Advance *adv, const pg_uuid_t *id)
{
	pg_uuid_t	task_id = mst_uuid_task_of_action(id);
	Task	   *task = hash_search(adv->tasks, &task_id, HASH_FIND, NULL);
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

/* Applies a result to an action of an execution that this call has locked. */
ResultRefusal
mst_result_apply(Advance *adv, const pg_uuid_t *action_id, ExecState state,
			 Jsonb *value, int64 executor_id)
{
	pg_uuid_t	task_id = mst_uuid_task_of_action(action_id);
	Task	   *task;
	ActionRow  *action = mst_result_find_action(adv, action_id);
	ResultRefusal refusal;
	bool		was_abandoned;

	if (action == NULL)
		return RESULT_UNKNOWN_ACTION;
	refusal = mst_result_check(action, state, executor_id);
	if (refusal != RESULT_TAKEN)
		return refusal;
	task = mst_advance_task(adv, &task_id);
	if (task == NULL)
		return RESULT_UNKNOWN_ACTION;
	task->actions = list_append_unique_ptr(task->actions, action);
	if (!mst_state_is_completed(state))
	{
		update_action(adv, task, action, state);
		return RESULT_TAKEN;
	}
	was_abandoned = action->is_abandoned;
	action->is_abandoned = false;
	end_action(adv, task, action, state, value);

	/* of an attempt that a retry has superseded: only the action is told */
	if (action->attempt != task->row->attempt)
		return RESULT_TAKEN;
	if (was_abandoned)
		(void) mst_task_transform_result(adv, task, action);
	else
		mst_task_action_ended(adv, task, action);
	return RESULT_TAKEN;
}

/* Ends an action of an execution that this call has locked, when it has not ended. */
void
mst_action_end_by_engine(Advance *adv, const pg_uuid_t *action_id, ExecState state,
				  Jsonb *value)
{
	(void) mst_result_apply(adv, action_id, state, value, 0);
}

/* Applies a result to a stand-alone action, which has no execution to advance. */
ResultRefusal
mst_result_apply_alone(Advance *adv, ActionRow *action, const ActionResult *result)
{
	ResultRefusal refusal = mst_result_check(action, result->state, result->executor_id);
	Jsonb	   *value = result->output;
	ExprError  *error;

	if (refusal != RESULT_TAKEN)
		return refusal;
	if (!mst_state_is_completed(result->state))
	{
		mst_action_set_state(action, result->state);
		mst_advance_touch_action(adv, NULL, action);
		return RESULT_TAKEN;
	}
	if (result->state == EXEC_SUCCESS && action->run != NULL &&
		!mst_action_transform(adv, NULL, action->name, NULL, action->namespace,
							  action->project_id, &value, &error))
	{
		end_action(adv, NULL, action, EXEC_ERROR, mst_json_text(mst_expr_error_text(error)));
		return RESULT_TAKEN;
	}
	end_action(adv, NULL, action, result->state, value);
	action->accepted = true;
	if (mst_state_is_completed(action->state))
		mst_wake_waiters_of(&action->id);
	return RESULT_TAKEN;
}
