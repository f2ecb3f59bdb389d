/*-------------------------------------------------------------------------
 *
 * task_complete.c
 *	  The end of a task: state, publishing, policies, what follows.
 *
 * A task ends in this order: it publishes, keep-result drops its result,
 * its policies may hold it or run it again, and its commands are computed
 * and dispatched (docs/engine.md, "What ends what").  An expression of it
 * that fails ends its execution, too.
 *
 * The end is told to users when it is known what the task publishes, which
 * may be later than the change of its state.  A task that completes while
 * its execution is paused is not processed: its commands are computed at
 * the resume.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/limits.h"
#include "engine/steps/steps.h"
#include "engine/work/kept_items.h"
#include "util/json.h"

/* ---- publishing ---- */

static const PublishSpec *
publish_spec(const Task *task)
{
	switch (task->row->state)
	{
		case MST_STATE_SUCCESS:
			return &task->spec->publish_success;
		case MST_STATE_ERROR:
			return &task->spec->publish_error;
		case MST_STATE_SKIPPED:
			return &task->spec->publish_skip;
		default:
			return NULL;
	}
}

/*
 * Keeps the variables that an earlier run published, over the new inbound
 * context.
 */
static void
keep_published(EngineCall *call, Task *task)
{
	TaskRow    *row = task->row;
	Jsonb	   *published = NULL;

	if (row->attempt > 0 && !mst_uuid_is_none(&row->published_id) &&
		!mst_uuid_equal(&row->published_id, &row->context_id))
		published = mst_context_row(call, &row->published_id)->data;
	row->published_id = row->context_id;
	if (published != NULL)
		row->published_id = mst_context_publish(call, task->exec, &row->context_id,
												published);
}

static bool
evaluate_published(Task *task, const ExprTemplate *template, ExprBindings *bindings,
				   Jsonb **result, char **problem)
{
	ExprError  *error;

	*result = NULL;
	if (template == NULL)
		return true;
	if (!mst_expr_eval_jsonb(template, bindings, result, &error))
	{
		*problem = mst_expr_error_text(error);
		return false;
	}
	*problem = mst_limit_check("TaskExecution", "published", *result);
	return *problem == NULL;
}

static void
publish_global(EngineCall *call, Task *task, Jsonb *published)
{
	ExecutionDataRow *data = mst_execution_data(task->exec);

	task->row->published_global = published;
	if (mst_json_count(published) == 0)
		return;
	data->context = mst_json_merge(data->context, published);
	data->row.is_dirty = true;
}

/* False: an expression failed, and so have task and execution. */
static bool
publish_variables(EngineCall *call, Task *task)
{
	const PublishSpec *spec = publish_spec(task);
	ExprBindings *bindings;
	Jsonb	   *branch;
	Jsonb	   *global;
	char	   *problem;

	if (spec == NULL || !spec->is_given)
	{
		keep_published(call, task);
		return true;
	}
	bindings = mst_bindings_publish(call, task);
	if (!evaluate_published(task, spec->branch, bindings, &branch, &problem) ||
		!evaluate_published(task, spec->global, bindings, &global, &problem))
	{
		/*
		 * what an on-clause was to publish is null then, as with the
		 * reference
		 */
		task->row->published_id = task->row->context_id;
		if (spec->is_in_clause)
			task->row->published_global = mst_json_object();
		mst_task_force_fail(call, task, NULL, problem);
		return false;
	}
	task->row->published_id = mst_context_publish(call, task->exec,
												  &task->row->context_id, branch);
	publish_global(call, task, global);
	return true;
}

/* ---- keep-result ---- */

typedef struct DropArg
{
	EngineCall *call;
	Task	   *task;
} DropArg;

static bool
drop_output(ActionRow *action, void *arg)
{
	DropArg    *drop = arg;
	ActionRow  *kept = action;

	if (mst_json_count(action->output) == 0)
		return true;
	if (drop->task->actions_stored && !list_member_ptr(drop->task->actions, action))
		kept = mst_store_action(&action->id);
	kept->output = mst_json_object();
	mst_call_touch_action(drop->call, drop->task, kept);
	return true;
}

static bool
drop_result(EngineCall *call, Task *task)
{
	DropArg		arg = {call, task};
	ExprError  *error;
	bool		keep = true;

	if (task->spec->keep_result == NULL)
		return true;
	if (!mst_expr_eval_bool(task->spec->keep_result, mst_bindings_outbound(call, task),
							&keep, &error))
	{
		mst_task_force_fail(call, task, NULL, mst_expr_error_text(error));
		return false;
	}
	if (keep || task->row->type != TASK_TYPE_ACTION)
		return true;
	if (task->spec->item_query == NULL || call->is_simulated)
	{
		mst_task_each_action(call, task, drop_output, &arg);
		return true;
	}
	mst_call_drop_outputs(call, task);
	return true;
}

/* ---- what follows ---- */

static void
store_next_tasks(Task *task, List *commands)
{
	TaskRow    *row = task->row;
	JsonBuilder b;
	int			n = 0;
	ListCell   *lc;

	row->error_handled = false;
	mst_json_begin_array(&b);
	foreach(lc, commands)
	{
		Command    *command = lfirst(lc);

		if (row->state == MST_STATE_ERROR && command->event == TASK_EVENT_ERROR)
			row->error_handled = true;
		if (command->kind != COMMAND_RUN_TASK)
			continue;
		mst_json_open_array(&b, NULL);
		mst_json_add_text(&b, NULL, task->exec->spec->tasks[command->task_index].name);
		mst_json_add_text(&b, NULL, mst_spec_event_name(command->event));
		mst_json_close_array(&b);
		n++;
	}
	row->next_tasks = n > 0 ? mst_json_end(&b) : NULL;
	row->has_next_tasks = n > 0;
}

/*
 * Returns the commands that follow a completed task, without dispatching them;
 * NIL after a failure, when the task and its execution have failed.
 */
List *
mst_task_commands(EngineCall *call, Task *task)
{
	List	   *commands = NIL;
	ExprError  *error;

	if (task->row->state == MST_STATE_CANCELLED || task->exec->row->rollback != NULL ||
		mst_state_is_completed(task->exec->row->state))
		commands = NIL;
	else if (!mst_flow_next(call, task, &commands, &error))
	{
		mst_task_force_fail(call, task, NULL, mst_expr_error_text(error));
		return NIL;
	}
	store_next_tasks(task, commands);
	mst_task_touch(call, task);
	return commands;
}

/* Computes and dispatches what follows a completed task. */
static void
follow_task(EngineCall *call, Task *task)
{
	Execution  *exec = task->exec;
	bool		was_completed = mst_state_is_completed(exec->row->state);
	List	   *commands = mst_task_commands(call, task);

	/* a guard has failed */
	if (!was_completed && mst_state_is_completed(exec->row->state))
		return;
	if (exec->row->state == MST_STATE_PAUSED)
		return;
	task->row->processed = true;
	mst_dispatch(call, exec, commands, true);
	mst_join_task_completed(call, task);
	mst_execution_queue_check(call, exec);
}

/* Ends the task.  Its event is written when what it publishes is known. */
static void
end_task(EngineCall *call, Task *task, State state, char *info)
{
	task->unreported_state = mst_task_change_state(call, task, state, info);
	if (!publish_variables(call, task) || !drop_result(call, task))
		return;
	if (task->unreported_state != state)
		mst_event_task(call, task, task->unreported_state, true);
	task->unreported_state = MST_STATE_NONE;
	if (task->row->state != MST_STATE_SKIPPED && !mst_policies_after(call, task))
		return;
	if (task->runtime.keeps_items && task->row->state == MST_STATE_SUCCESS)
		mst_item_rows_drop(call, task);
	follow_task(call, task);
}

/* Completes the task unless it is completed. */
void
mst_task_complete(EngineCall *call, Task *task, State state, char *info)
{
	if (mst_state_is_completed(task->row->state) && state != MST_STATE_SKIPPED)
		return;
	end_task(call, task, state, info);
}

/* STEP_TASK_DONE. */
void
mst_task_done(EngineCall *call, Task *task)
{
	State		state = task->coming_state;

	task->coming_state = MST_STATE_NONE;
	if (task->coming_failure == NULL)
		mst_task_complete(call, task, state, task->coming_info);
	else if (!mst_state_is_completed(task->row->state))
		mst_task_fail_now(call, task, task->coming_failure);
	task->coming_failure = NULL;
}

/* After wait-after has passed. */
void
mst_task_complete_again(EngineCall *call, Task *task)
{
	State		state = task->runtime.end_state;
	char	   *info = task->runtime.end_info;

	if (task->row->state != MST_STATE_DELAYED || state == MST_STATE_NONE)
		return;
	task->runtime.end_state = MST_STATE_NONE;
	task->runtime.end_info = NULL;
	task->runtime_dirty = true;
	task->operation = OPERATION_COMPLETE;
	end_task(call, task, state, info);
}
