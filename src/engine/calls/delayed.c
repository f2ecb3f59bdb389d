/*-------------------------------------------------------------------------
 *
 * delayed.c
 *	  What a delayed call of the engine does when it is due.
 *
 * A call holds no decision: it looks at the state that it finds, and does
 * nothing when the task or execution has moved on since it was made.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/calls/delayed.h"
#include "engine/calls/deliver_signal.h"
#include "engine/calls/people.h"
#include "engine/calls/maintenance_mode.h"
#include "engine/calls/results.h"
#include "engine/calls/standalone.h"
#include "engine/calls/trigger_fire.h"
#include "engine/calls/turns.h"
#include "engine/memory/rollback_row.h"
#include "store/lookups.h"
#include "store/maintenance.h"
#include "store/retention.h"
#include "store/signals.h"
#include "store/slots.h"
#include "util/json.h"

/* before a child that somebody is at work on is looked at again */
#define BUSY_DELAY	(100 * INT64CONST(1000))

/* The function of a kind of call: one of the two is set. */
typedef struct CallRule
{
	int			flags;			/* CALL_..., see call_kinds.h */
	/* task is NULL where the call names none */
	void		(*run) (EngineCall *call, Execution *exec, Task *task, Jsonb *args);
	void		(*run_alone) (DelayedCallRow *delayed);
} CallRule;

/*
 * Returns whether a call with these arguments has still something to do that
 * lets the task go on or ends it: the attempt that it was made for is the
 * task's, and the task has not moved on.
 */
bool
mst_delayed_continues_task(CallKind kind, const TaskRow *row, const TaskRuntime *runtime, Jsonb *args)
{
	int64		attempt = mst_json_get_int(args, "attempt", -1);

	switch (kind)
	{
		case CALL_CONTINUE_TASK:
			return attempt == row->attempt &&
				(row->state == MST_STATE_DELAYED || row->state == MST_STATE_WAITING);
		case CALL_TIMEOUT_TASK:
			return attempt == runtime->timeout_from && !mst_state_is_completed(row->state);
		case CALL_COMPLETE_TASK:
		case CALL_MORE_ITEMS:
		case CALL_RESTART_TASK:
		case CALL_RUN_TASK:
			return attempt == row->attempt;
		case CALL_TAKE_SLOTS:
			return runtime->slots == SLOTS_AWAITED && row->state == MST_STATE_DELAYED;
		default:
			return false;
	}
}

static bool
is_current(CallKind kind, Task *task, Jsonb *args)
{
	return mst_delayed_continues_task(kind, task->row, &task->runtime, args);
}

static void
continue_task(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	if (!is_current(CALL_CONTINUE_TASK, task, args))
		return;
	if (task->row->state == MST_STATE_WAITING)
		mst_call_push(call, STEP_REFRESH_JOIN, exec, task);
	else if (exec->row->state == MST_STATE_PAUSED)
	{
		/* the resume will start it */
		mst_task_set_state(call, task, MST_STATE_IDLE, task->row->state_info);
		task->runtime.paused_before = true;
		task->runtime_dirty = true;
	}
	else
		mst_policies_continue(call, task);
}

static void
complete_task(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	if (is_current(CALL_COMPLETE_TASK, task, args))
		mst_task_complete_again(call, task);
}

static void
timeout_task(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	if (!is_current(CALL_TIMEOUT_TASK, task, args))
		return;
	task->runtime.timed_out = true;
	task->runtime.end_state = MST_STATE_NONE;
	task->runtime_dirty = true;
	task->operation = OPERATION_COMPLETE;
	mst_task_complete(call, task, MST_STATE_ERROR,
					  psprintf("Task timed out [timeout(s)=" INT64_FORMAT "].",
							   mst_json_get_int(args, "limit", 0)));
}

static void
abandon_actions(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	mst_task_abandon_actions(call, task, mst_json_get_int(args, "attempt", -1));
}

static void
take_back_actions(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	mst_task_take_back_actions(call, task);
}

static void
run_task(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	if (is_current(CALL_RUN_TASK, task, args))
		mst_call_push(call, STEP_RUN_TASK, exec, task);
}

/* The policies before the start have been applied already. */
static void
restart_task(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	if (!is_current(CALL_RESTART_TASK, task, args))
		return;
	task->runtime.before_done = true;
	mst_call_push(call, STEP_RUN_TASK, exec, task);
}

static void
more_items(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	if (!is_current(CALL_MORE_ITEMS, task, args))
		return;
	/* the call that was to come for items that wait, whatever the time is */
	if (mst_json_has(args, "for"))
	{
		task->items_time = task->runtime.items_due;
		task->runtime.items_due = 0;
		task->runtime_dirty = true;
	}
	mst_call_push(call, STEP_MORE_ITEMS, exec, task);
}

static void
child_finished(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	mst_call_push(call, STEP_CHILD_FINISHED, exec, NULL);
}

/*
 * Every delayed call takes the recorded results of its execution at its end.
 */
static void
take_results(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
}

/* Signals that came while the execution was locked look for waits. */
static void
take_signals(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	bool		is_busy;

	mst_signals_deliver(call, exec, &is_busy);
	if (is_busy)
		mst_call_delay(call, CALL_TAKE_SIGNALS, exec, NULL, call->now + BUSY_DELAY, NULL, NULL);
}

static void
timeout_execution(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	mst_execution_time_out(call, exec, args);
}

static void
timeout_wait(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	mst_wait_time_out(call, task, args);
}

static void
take_slots(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	mst_task_slots_taken(call, task);
}

static void
change_child(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	mst_subworkflow_change(call, exec, args);
}

static void
change_children(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	mst_subworkflow_change_several(call, exec, args);
}

static void
end_tree(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	mst_execution_end_tree(call, exec, args);
}

static void
maintenance_pause(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	mst_maintenance_pause(call, exec, task, args);
}

static void
maintenance_resume(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	mst_maintenance_resume(call, exec, task, args);
}

/*
 * Returns whether the action's task or its execution has ended, so that
 * nobody waits for the action.
 */
static bool
is_over(const DelayedCallRow *delayed)
{
	TaskRow    *task = mst_uuid_is_none(&delayed->task_id) ? NULL : mst_store_task(&delayed->task_id);
	ExecutionRow *exec = task == NULL ? NULL :
	mst_store_execution(&delayed->execution_id, LOCK_NONE, NULL);

	return exec != NULL && (mst_state_is_completed(exec->state) ||
							mst_state_is_completed(task->state));
}

static void
cancel_action(ActionResult *result)
{
	*result = (ActionResult)
	{
		.action_id = result->action_id,
			.state = MST_STATE_CANCELLED,
			.output = mst_json_text("The action was not finished when its task or execution ended.")
	};
}

/* A worker waits for no user's transaction: the call is tried again. */
static void
report_or_retry(ActionResult *result)
{
	if (!mst_engine_try_report(result))
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("another transaction is reporting a result of the action")));
}

/* The result of an action of the database that has waited. */
static void
finish_action(DelayedCallRow *delayed)
{
	ActionResult result = {{{0}}};

	if (!mst_uuid_parse(mst_json_get_text(delayed->args, "action_id"), &result.action_id))
		elog(ERROR, "delayed call without action id");
	result.state = mst_json_get_bool(delayed->args, "is_error", false) ? MST_STATE_ERROR : MST_STATE_SUCCESS;
	result.output = mst_json_get(delayed->args, "result");
	if (is_over(delayed))
		cancel_action(&result);
	report_or_retry(&result);
}

/* Leaves the next attempt at an action to another call; this one ends here. */
static void
run_action_again(const DelayedCallRow *delayed, int attempts, TimestampTz due,
				 Jsonb *error)
{
	DelayedCallRow *next = palloc0(sizeof(DelayedCallRow));
	JsonBuilder b;

	*next = *delayed;
	next->row = (RowState)
	{
		.is_new = true
	};
	next->id = 0;
	next->attempts = 0;
	next->due_at = due;
	next->error = mst_json_get_text(error, "message");
	mst_json_begin_object(&b);
	mst_json_add_int(&b, "attempts", attempts);
	next->args = mst_json_concat(delayed->args, mst_json_end(&b));
	mst_store_insert_delayed_calls(&next, 1);
}

/* In a paused execution an action that has not begun waits for the resume. */
static bool
set_action_aside(DelayedCallRow *delayed)
{
	ExecutionRow *row = mst_store_execution(&delayed->execution_id, LOCK_NONE, NULL);
	EngineCall *call;
	Execution  *exec;
	Task	   *task;
	bool		is_paused;

	if (row == NULL || row->state != MST_STATE_PAUSED)
		return false;
	call = mst_call_begin();
	exec = mst_call_execution(call, &delayed->execution_id, LOCK_BLOCK, NULL);
	task = exec == NULL ? NULL : mst_call_task(call, &delayed->task_id);
	is_paused = task != NULL && exec->row->state == MST_STATE_PAUSED;
	if (is_paused)
		mst_task_set_aside(call, task, delayed);
	mst_call_finish(call);
	return is_paused;
}

/*
 * Runs an action of the database, unless nobody waits for it any more; its
 * effect and its result commit together.
 */
static void
run_action(DelayedCallRow *delayed)
{
	ActionResult result = {{{0}}};
	int			attempts = mst_json_get_int(delayed->args, "attempts", 0) + 1;
	ActionRow  *action;
	TimestampTz due;

	if (!mst_uuid_parse(mst_json_get_text(delayed->args, "action_id"), &result.action_id))
		elog(ERROR, "delayed call without action id");
	action = mst_store_action(&result.action_id);
	if (action == NULL || mst_state_is_completed(action->state) ||
		set_action_aside(delayed))
		return;
	if (is_over(delayed))
		cancel_action(&result);
	else if (!mst_action_run_stored(action, attempts, &result.state, &result.output, &due))
	{
		run_action_again(delayed, attempts, due, result.output);
		return;
	}
	report_or_retry(&result);
}

static void
lose_action(DelayedCallRow *delayed)
{
	mst_lost_action_run(delayed);
}

static void
forget_action(DelayedCallRow *delayed)
{
	mst_standalone_forget(delayed);
}

static void
human_timer(DelayedCallRow *delayed)
{
	mst_human_timer_run(delayed);
}

/* Those that took a scheduler too long: it has left them to a slow one. */
static void
expire_tree(DelayedCallRow *delayed)
{
	pg_uuid_t	id;

	if (!mst_uuid_parse(mst_json_get_text(delayed->args, "execution_id"), &id))
		elog(ERROR, "delayed call without the id of an execution");
	(void) mst_store_expire_tree(&id);
}

static void
fire_cron_trigger(DelayedCallRow *delayed)
{
	mst_cron_trigger_fire(delayed);
}

static void
pass_slots(DelayedCallRow *delayed)
{
	char	   *name = mst_json_get_text(delayed->args, "name");
	pg_uuid_t	limit_id;

	if (name != NULL)
	{
		mst_slots_pass_all(delayed->project_id, name);
		return;
	}
	if (!mst_uuid_parse(mst_json_get_text(delayed->args, "limit_id"), &limit_id))
		elog(ERROR, "delayed call without the id of a limit");
	mst_slots_pass(delayed->project_id, &limit_id, mst_json_get_int(delayed->args, "look_ms", 0),
				   delayed->due_at);
}

static void
maintenance_check(DelayedCallRow *delayed)
{
	mst_maintenance_check(delayed->due_at);
}

static void
begin_execution(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	mst_start_begin_due(call, exec);
}

static void
replace_execution(EngineCall *call, Execution *exec, Task *task, Jsonb *args)
{
	if (!mst_state_is_completed(exec->row->state))
		mst_execution_cancel(call, exec, "The next execution of its cron trigger has taken its place.");
}

static void
pass_start_key(DelayedCallRow *delayed)
{
	mst_start_pass_turn(delayed->project_id, mst_json_get_text(delayed->args, "key"));
}

/* ---- the rules ---- */

#define RULE_OF_EXECUTION(constant, name, flags) [CALL_##constant] = {flags, name, NULL},
#define RULE_ALONE(constant, name, flags) [CALL_##constant] = {flags, NULL, name},

static const CallRule rules[N_CALL_KINDS] = {
	CALLS_OF_EXECUTIONS(RULE_OF_EXECUTION)
	CALLS_ALONE(RULE_ALONE)
};

/*
 * What has happened to the root may have to pass many executions before it
 * gets here, while these go on: a call that is due follows it at once.
 */
static void
follow_root(EngineCall *call, Execution *exec)
{
	Execution  *root;

	if (exec->row->depth == 0 || mst_state_is_completed(exec->row->state))
		return;
	root = mst_execution_root(call, exec);
	if (root->row->state == MST_STATE_CANCELLED)
		mst_execution_cancel(call, exec, root->row->state_info);
	else if (root->row->state == MST_STATE_ERROR)
		mst_execution_abort(call, exec, pstrdup("The root execution has ended with ERROR."));
	else if (mst_state_is_completed(root->row->state))
		mst_execution_cancel(call, exec, psprintf("The root execution has ended with %s.",
												  mst_state_name(root->row->state)));
	else if (root->row->state == MST_STATE_PAUSED && root->row->paused_by_maintenance)
		mst_maintenance_pause(call, exec, NULL, NULL);
}

static void
apply_to_task(EngineCall *call, const CallRule *rule, Execution *exec, DelayedCallRow *delayed)
{
	Task	   *task = mst_call_task(call, &delayed->task_id);

	if (task == NULL)
		return;
	follow_root(call, exec);
	if (mst_task_is_stopped(task) && !(rule->flags & CALL_FOR_ENDED))
		mst_task_set_aside(call, task, delayed);
	else
		rule->run(call, exec, task, delayed->args);
}

/*
 * Locks the execution above and then, without waiting, the one whose end is
 * to be reported to it; NULL when there is nothing to report now.
 */
static Execution *
lock_with_parent(EngineCall *call, DelayedCallRow *delayed)
{
	ExecutionRow *row = mst_store_execution(&delayed->execution_id, LOCK_NONE, NULL);
	TaskRow    *task = row == NULL ? NULL : mst_store_task(&row->parent_task_id);
	Execution  *parent = task == NULL ? NULL :
	mst_call_execution(call, &task->execution_id, LOCK_BLOCK, NULL);
	Execution  *exec;
	bool		is_busy;

	if (parent == NULL)
		return NULL;
	exec = mst_call_execution(call, &delayed->execution_id, LOCK_TRY, &is_busy);
	if (is_busy)
		mst_call_delay_child(call, CALL_CHILD_FINISHED, parent, &delayed->execution_id,
							 call->now + BUSY_DELAY, delayed->args);
	return exec;
}

/* Queues the steps of a call that is due; the execution's lock is taken. */
void
mst_delayed_apply(EngineCall *call, DelayedCallRow *delayed)
{
	const CallRule *rule = &rules[mst_call_kind_from_name(delayed->kind)];
	Execution  *exec = (rule->flags & CALL_FOR_PARENT) ? lock_with_parent(call, delayed) :
	mst_call_execution(call, &delayed->execution_id, LOCK_BLOCK, NULL);

	if (rule->run == NULL)
		elog(ERROR, "delayed call \"%s\" is no step of an execution", delayed->kind);
	if (exec == NULL)
	{
		/* they were sent while the execution was being deleted */
		if (rule == &rules[CALL_TAKE_SIGNALS])
			mst_store_delete_signals(&delayed->execution_id);
		return;
	}
	if (rule->flags & CALL_NEEDS_TASK)
		apply_to_task(call, rule, exec, delayed);
	else
		rule->run(call, exec, NULL, delayed->args);
}

/*
 * Runs a delayed call of one of the engine's kinds.  What a definition or
 * data is to blame for becomes the state of the task; any other error is
 * raised, and the call should be tried again later.
 */
void
mst_engine_run_delayed_call(DelayedCallRow *delayed)
{
	const CallRule *rule = &rules[mst_call_kind_from_name(delayed->kind)];
	EngineCall *call;

	if (rule->run_alone != NULL)
	{
		rule->run_alone(delayed);
		return;
	}
	call = mst_call_begin();
	mst_delayed_apply(call, delayed);
	mst_call_run(call);
	mst_results_take_recorded(call);
	mst_call_finish(call);
}

/* Fails the task or execution of a call that has been given up. */
void
mst_engine_fail_delayed_call(DelayedCallRow *delayed, const char *error)
{
	EngineCall *call = mst_call_begin();
	Execution  *exec = mst_uuid_is_none(&delayed->execution_id) ? NULL :
	mst_call_execution(call, &delayed->execution_id, LOCK_BLOCK, NULL);
	Task	   *task = exec == NULL || mst_uuid_is_none(&delayed->task_id) ? NULL :
	mst_call_task(call, &delayed->task_id);
	char	   *operation = psprintf("Failed to run delayed call \"%s\"", delayed->kind);

	if (task != NULL && !mst_state_is_completed(task->row->state))
		mst_task_force_fail(call, task, operation, error);
	else if (exec != NULL && mst_execution_rolls_back(exec))
		mst_rollback_stop(call, exec, MST_STATE_ERROR, psprintf("%s [error=%s]", operation, error));
	else if (exec != NULL && !mst_state_is_completed(exec->row->state))
		mst_execution_fail(call, exec, psprintf("%s [error=%s]", operation, error));
	mst_call_run(call);
	mst_call_finish(call);
}
