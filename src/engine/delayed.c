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

#include "engine/delayed.h"
#include "engine/maintenance.h"
#include "engine/results.h"
#include "engine/triggers.h"
#include "store/maintenance.h"
#include "store/queries.h"
#include "util/json.h"

/* A kind of call; exec is locked, task is NULL where the call names none. */
typedef struct CallKind
{
	const char *name;
	bool		needs_task;
	void		(*run) (Advance *adv, Exec *exec, Task *task, Jsonb *args);
} CallKind;

/* The timer's attempt is still the task's. */
static bool
is_current(Task *task, Jsonb *args)
{
	return mst_json_get_int(args, "attempt", -1) == task->row->attempt;
}

static void
continue_task(Advance *adv, Exec *exec, Task *task, Jsonb *args)
{
	bool		is_join_retry = task->row->state == EXEC_WAITING;

	if (!is_current(task, args) ||
		(task->row->state != EXEC_DELAYED && !is_join_retry))
		return;
	if (mst_state_is_completed(exec->row->state))
	{
		/* nothing, unless the execution is revived */
		task->rt.timer_passed = true;
		task->rt_dirty = true;
	}
	else if (is_join_retry)
		mst_advance_push(adv, STEP_REFRESH_JOIN, exec, task);
	else if (exec->row->state == EXEC_PAUSED)
	{
		/* the resume will start it */
		mst_task_set_state(adv, task, EXEC_IDLE, task->row->state_info);
		task->rt.paused_before = true;
		task->rt_dirty = true;
	}
	else
		mst_policies_continue(adv, task);
}

static void
complete_task(Advance *adv, Exec *exec, Task *task, Jsonb *args)
{
	if (is_current(task, args))
		mst_task_complete_again(adv, task);
}

static void
timeout_task(Advance *adv, Exec *exec, Task *task, Jsonb *args)
{
	if (mst_state_is_completed(task->row->state) ||
		mst_json_get_int(args, "attempt", -1) != task->rt.timeout_from)
		return;
	task->rt.timed_out = true;
	task->rt.end_state = EXEC_NONE;
	task->rt_dirty = true;
	task->operation = OPERATION_COMPLETE;
	mst_task_complete(adv, task, EXEC_ERROR,
					  psprintf("Task timed out [timeout(s)=" INT64_FORMAT "].",
							   mst_json_get_int(args, "limit", 0)));
}

static void
run_task(Advance *adv, Exec *exec, Task *task, Jsonb *args)
{
	if (is_current(task, args))
		mst_advance_push(adv, STEP_RUN_TASK, exec, task);
}

/* The policies before the start have been applied already. */
static void
restart_task(Advance *adv, Exec *exec, Task *task, Jsonb *args)
{
	if (!is_current(task, args))
		return;
	task->rt.before_done = true;
	mst_advance_push(adv, STEP_RUN_TASK, exec, task);
}

static void
more_items(Advance *adv, Exec *exec, Task *task, Jsonb *args)
{
	if (is_current(task, args))
		mst_advance_push(adv, STEP_MORE_ITEMS, exec, task);
}

static void
child_finished(Advance *adv, Exec *exec, Task *task, Jsonb *args)
{
	adv->may_wait = true;
	mst_advance_push(adv, STEP_CHILD_FINISHED, exec, NULL);
}

/*
 * Is the execution above in that state?  Calls that follow a pause and a
 * resume may run in any order: the state that they find above is the newer.
 */
static bool
parent_has_state(Advance *adv, Exec *exec, ExecState state)
{
	TaskRow    *task = mst_store_task(&exec->row->parent_task_id);
	Exec	   *parent = task == NULL ? NULL :
		mst_advance_exec(adv, &task->execution_id, LOCK_NONE, NULL);

	return parent != NULL && parent->row->state == state;
}

static void
change_child(Advance *adv, Exec *exec, Task *task, Jsonb *args)
{
	char	   *message = mst_json_get_text(args, "message");
	ExecState	state = mst_state_from_name(mst_json_get_text(args, "state"));

	if (mst_state_is_completed(exec->row->state) ||
		(state != EXEC_CANCELLED && !parent_has_state(adv, exec, state)))
		return;
	switch (state)
	{
		case EXEC_PAUSED:
			if (exec->row->state == EXEC_RUNNING)
				mst_exec_pause(adv, exec, message);
			return;
		case EXEC_RUNNING:
			mst_exec_resume(adv, exec);
			return;
		default:
			mst_subworkflow_spread(adv, exec, EXEC_CANCELLED, message);
			mst_exec_cancel(adv, exec, message);
			return;
	}
}

static const CallKind kinds[] = {
	{"change_child", false, change_child},
	{"child_finished", false, child_finished},
	{"complete_task", true, complete_task},
	{"continue_task", true, continue_task},
	{MAINTENANCE_PAUSE, false, mst_maintenance_pause},
	{MAINTENANCE_RESUME, false, mst_maintenance_resume},
	{"more_items", true, more_items},
	{"restart_task", true, restart_task},
	{"run_task", true, run_task},
	{"timeout_task", true, timeout_task}
};

static const CallKind *
find_kind(const char *name)
{
	for (int i = 0; i < lengthof(kinds); i++)
	{
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	elog(ERROR, "unrecognized kind of delayed call: %s", name);
}

/* The result of an action of the database that has waited. */
static void
finish_action(DelayedCallRow *call)
{
	ActionResult result = {{{0}}};

	if (!mst_uuid_parse(mst_json_get_text(call->args, "action_id"), &result.action_id))
		elog(ERROR, "delayed call without action id");
	result.state = mst_json_get_bool(call->args, "is_error", false) ? EXEC_ERROR : EXEC_SUCCESS;
	result.output = mst_json_get(call->args, "result");
	mst_engine_report_results(&result, 1, NULL, NULL);
}

/* Leave the next attempt at an action to another call; this one ends here. */
static void
run_action_again(const DelayedCallRow *call, int attempts, TimestampTz due,
				 Jsonb *error)
{
	DelayedCallRow *next = palloc0(sizeof(DelayedCallRow));
	JsonBuilder b;

	*next = *call;
	next->row = (RowState) {.is_new = true};
	next->id = 0;
	next->attempts = 0;
	next->due_at = due;
	next->error = mst_json_get_text(error, "message");
	mst_json_begin_object(&b);
	mst_json_add_int(&b, "attempts", attempts);
	next->args = mst_json_concat(call->args, mst_json_end(&b));
	mst_store_insert_delayed_calls(&next, 1);
}

/*
 * Run an action of the database, unless nobody waits for it any more; its
 * effect and its result commit together.
 */
static void
run_action(DelayedCallRow *call)
{
	ActionResult result = {{{0}}};
	int			attempts = mst_json_get_int(call->args, "attempts", 0) + 1;
	ActionRow  *action;
	ExecutionRow *exec;
	TimestampTz due;

	if (!mst_uuid_parse(mst_json_get_text(call->args, "action_id"), &result.action_id))
		elog(ERROR, "delayed call without action id");
	action = mst_store_action(&result.action_id);
	exec = mst_store_execution(&call->execution_id, LOCK_NONE, NULL);
	if (action == NULL || mst_state_is_completed(action->state) ||
		exec == NULL || mst_state_is_completed(exec->state))
		return;
	if (mst_action_run_stored(action, attempts, &result.state, &result.output, &due))
		mst_engine_report_results(&result, 1, NULL, NULL);
	else
		run_action_again(call, attempts, due, result.output);
}

void
mst_delayed_apply(Advance *adv, DelayedCallRow *call)
{
	const CallKind *kind = find_kind(call->kind);
	Exec	   *exec = mst_advance_exec(adv, &call->execution_id, LOCK_BLOCK, NULL);
	Task	   *task = NULL;

	if (exec != NULL && kind->needs_task)
		task = mst_advance_task(adv, &call->task_id);
	if (exec != NULL && (task != NULL || !kind->needs_task))
		kind->run(adv, exec, task, call->args);
}

void
mst_engine_run_delayed_call(DelayedCallRow *call)
{
	Advance    *adv;

	if (strcmp(call->kind, "finish_action") == 0)
	{
		finish_action(call);
		return;
	}
	if (strcmp(call->kind, "run_action") == 0)
	{
		run_action(call);
		return;
	}
	if (strcmp(call->kind, FIRE_CRON_TRIGGER) == 0)
	{
		mst_cron_trigger_fire(call);
		return;
	}
	if (strcmp(call->kind, MAINTENANCE_CHECK) == 0)
	{
		mst_maintenance_check();
		return;
	}
	adv = mst_advance_begin();
	mst_delayed_apply(adv, call);
	mst_advance_run(adv);
	mst_results_take_recorded(adv);
	mst_advance_finish(adv);
}

void
mst_engine_fail_delayed_call(DelayedCallRow *call, const char *error)
{
	Advance    *adv = mst_advance_begin();
	Exec	   *exec = mst_uuid_is_none(&call->execution_id) ? NULL :
		mst_advance_exec(adv, &call->execution_id, LOCK_BLOCK, NULL);
	Task	   *task = exec == NULL || mst_uuid_is_none(&call->task_id) ? NULL :
		mst_advance_task(adv, &call->task_id);
	char	   *operation = psprintf("Failed to run delayed call \"%s\"", call->kind);

	if (task != NULL && !mst_state_is_completed(task->row->state))
		mst_task_force_fail(adv, task, operation, error);
	else if (exec != NULL && !mst_state_is_completed(exec->row->state))
		mst_exec_fail(adv, exec, psprintf("%s [error=%s]", operation, error));
	mst_advance_run(adv);
	mst_advance_finish(adv);
}
