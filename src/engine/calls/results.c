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
#include "engine/steps/advance.h"
#include "signal/wake.h"
#include "store/claims.h"
#include "store/lookups.h"
#include "store/reporting.h"
#include "util/json.h"
#include "util/uuid.h"

/* recorded results are taken in portions of this many */
#define RESULT_PORTION 500

/* ---- one result ---- */

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

static ResultRefusal
check_result(const ActionRow *action, ExecState state, int64 executor_id)
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

/* What this call has in memory is newer than what is stored. */
static ActionRow *
find_action(Advance *adv, const pg_uuid_t *id)
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

/* The execution is locked by this call. */
static ResultRefusal
apply_result(Advance *adv, const pg_uuid_t *action_id, ExecState state,
			 Jsonb *value, int64 executor_id)
{
	pg_uuid_t	task_id = mst_uuid_task_of_action(action_id);
	Task	   *task;
	ActionRow  *action = find_action(adv, action_id);
	ResultRefusal refusal;
	bool		was_abandoned;

	if (action == NULL)
		return RESULT_UNKNOWN_ACTION;
	refusal = check_result(action, state, executor_id);
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

void
mst_results_apply(Advance *adv, const pg_uuid_t *action_id, ExecState state,
				  Jsonb *value)
{
	(void) apply_result(adv, action_id, state, value, 0);
}

/* Stand-alone actions have no execution to advance. */
static ResultRefusal
apply_alone(Advance *adv, ActionRow *action, const ActionResult *result)
{
	ResultRefusal refusal = check_result(action, result->state, result->executor_id);
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

/* ---- recorded results ---- */

/* False: there was none. */
static bool
take_recorded(Advance *adv, const pg_uuid_t *execution_id)
{
	List	   *results = mst_store_results(execution_id, RESULT_PORTION);
	ListCell   *lc;

	foreach(lc, results)
	{
		ResultRow  *result = lfirst(lc);

		(void) apply_result(adv, &result->action_id, result->state,
							result->output, 0);
		mst_store_delete_result(result);
	}
	if (results == NIL)
		return false;
	mst_store_sync();
	mst_advance_run(adv);
	return true;
}

/*
 * Record a result; whoever holds the lock, or the scheduler, takes it.  It
 * replaces a pause that nobody has taken; a second end is refused.
 */
static ResultRefusal
record_result(Advance *adv, const ActionResult *result)
{
	ActionRow  *action = mst_store_action(&result->action_id);
	ResultRow  *recorded = mst_report_recorded(&result->action_id);
	ResultRefusal refusal;
	ResultRow  *row;

	if (action == NULL)
		return RESULT_UNKNOWN_ACTION;
	refusal = check_result(action, result->state, result->executor_id);
	if (refusal != RESULT_TAKEN)
		return refusal;
	if (recorded != NULL && mst_state_is_completed(recorded->state))
		return RESULT_ALREADY_COMPLETED;
	if (recorded != NULL)
		mst_store_delete_result(recorded);
	row = palloc(sizeof(ResultRow));
	*row = (ResultRow) {.row.is_new = true, .state = result->state};
	row->action_id = action->id;
	row->execution_id = action->execution_id;
	row->recorded_at = adv->now;
	row->project_id = action->project_id;
	row->output = result->output;
	mst_store_insert_results(&row, 1);
	mst_wake_scheduler(adv->now);
	return RESULT_TAKEN;
}

/* ---- entries ---- */

/*
 * An asynchronous action that its executor has started is nobody's from now
 * on; its result will come from elsewhere.
 */
static ResultRefusal
note_started(const ActionRow *action, int64 executor_id)
{
	if (action->state != EXEC_RUNNING)
		return RESULT_ALREADY_COMPLETED;
	if (action->is_sync)
		return RESULT_ILLEGAL_STATE;
	return mst_store_release(executor_id, &action->id, false) ? RESULT_TAKEN :
		RESULT_LEASE_LOST;
}

void
mst_results_report(Advance *adv, ActionResult *result)
{
	ActionRow  *action = find_action(adv, &result->action_id);
	Exec	   *exec;
	bool		is_busy;

	if (action == NULL)
	{
		result->refusal = RESULT_UNKNOWN_ACTION;
		return;
	}
	if (result->state == EXEC_RUNNING && result->executor_id != 0)
	{
		result->refusal = note_started(action, result->executor_id);
		return;
	}
	if (mst_uuid_is_none(&action->execution_id))
	{
		result->refusal = apply_alone(adv, action, result);
		return;
	}
	exec = mst_advance_exec(adv, &action->execution_id, LOCK_TRY, &is_busy);
	if (exec == NULL)
	{
		result->refusal = is_busy ? record_result(adv, result) :
			RESULT_UNKNOWN_ACTION;
		return;
	}

	/* what was recorded before has been said to be taken */
	if (mst_report_is_recorded(&result->action_id))
	{
		while (take_recorded(adv, &exec->id))
			;
	}
	result->refusal = apply_result(adv, &result->action_id, result->state,
								   result->output, result->executor_id);
}

void
mst_results_take_recorded(Advance *adv)
{
	bool		again = true;

	while (again)
	{
		/* what is left when the time is up is found by the scheduler */
		if (mst_advance_is_spent(adv))
		{
			mst_wake_scheduler(adv->now);
			return;
		}
		again = false;
		for (int i = 0; i < list_length(adv->exec_list); i++)
		{
			Exec	   *exec = list_nth(adv->exec_list, i);

			if (exec->is_locked)
				again |= take_recorded(adv, &exec->id);
		}
	}
}

void
mst_engine_process_results(const pg_uuid_t *execution_id)
{
	Advance    *adv = mst_advance_begin();

	if (mst_advance_exec(adv, execution_id, LOCK_BLOCK, NULL) != NULL)
		mst_results_take_recorded(adv);
	else
	{
		ListCell   *lc;

		/* the execution has been deleted */
		foreach(lc, mst_store_results(execution_id, RESULT_PORTION))
			mst_store_delete_result(lfirst(lc));
	}
	mst_advance_finish(adv);
}

static char *
left_results_key(const pg_uuid_t *execution_id)
{
	return psprintf("results-%s", mst_uuid_text(execution_id));
}

bool
mst_engine_results_are_left(const pg_uuid_t *execution_id)
{
	return mst_store_has_delayed_call(left_results_key(execution_id));
}

void
mst_engine_leave_results(const pg_uuid_t *execution_id)
{
	ExecutionRow *exec = mst_store_execution(execution_id, LOCK_NONE, NULL);
	DelayedCallRow *call = palloc0(sizeof(DelayedCallRow));

	if (exec == NULL)
		return;
	call->row.is_new = true;
	call->due_at = call->created_at = GetCurrentTimestamp();
	call->execution_id = exec->id;
	call->root_id = exec->root_id;
	call->is_slow = true;
	call->kind = "take_results";
	call->project_id = exec->project_id;
	call->key = left_results_key(execution_id);
	mst_store_insert_delayed_calls(&call, 1);
}
