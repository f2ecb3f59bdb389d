/*-------------------------------------------------------------------------
 *
 * child_done.c
 *	  Ends of children: what they mean for their task.
 *
 * A task without items ends with its child.  One with items ends with the last of
 * them, or at once when one was cancelled; until then each end makes room for
 * another item.  A task that has ended before keeps the result of a late child,
 * but does not accept it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/limits.h"
#include "engine/memory/rollback_row.h"
#include "engine/work/action_mode.h"
#include "engine/work/actions.h"
#include "engine/work/children.h"
#include "engine/work/kept_items.h"
#include "util/json.h"

/* ---- items ---- */

/* All items have ended: the task ends in a step to come. */
void
mst_items_finish(EngineCall *call, Task *task)
{
	if (task->runtime.cancelled_items > 0)
		mst_task_complete_later(call, task, MST_STATE_CANCELLED, "One or more actions was cancelled.");
	else if (mst_runtime_failed_too_often(&task->runtime))
		mst_task_complete_later(call, task, MST_STATE_ERROR, "One or more actions had failed.");
	else
		mst_task_complete_later(call, task, MST_STATE_SUCCESS, NULL);
}

/* Returns whether a further item may start now, as far as others let it. */
bool
mst_items_have_room(Task *task)
{
	if (mst_runtime_holds_items(&task->runtime))
		return false;
	return task->runtime.concurrency == 0 ||
		task->row->open_children < task->runtime.concurrency;
}

/* Queues the start of further items, once. */
void
mst_items_queue_more(EngineCall *call, Task *task)
{
	if (!task->items_queued)
		mst_call_push(call, STEP_MORE_ITEMS, task->exec, task);
	task->items_queued = true;
}

/* Returns whether an item could start now if there were room for it. */
bool
mst_items_are_left(EngineCall *call, const Task *task)
{
	if (mst_runtime_holds_items(&task->runtime))
		return false;
	return task->runtime.next_item < task->runtime.item_count ||
		(task->runtime.waiting_items > 0 && task->runtime.items_due <= call->now);
}

/*
 * The task ends when nothing of it runs, waits or is to start.  Items that are
 * held do not keep it.
 */
void
mst_items_check_end(EngineCall *call, Task *task)
{
	const TaskRuntime *runtime = &task->runtime;

	if (task->row->open_children == 0 &&
		(mst_runtime_holds_items(runtime) ||
		 (runtime->waiting_items == 0 && runtime->next_item >= runtime->item_count)))
		mst_items_finish(call, task);
}

/* What the end of a child that is not tried again means for the count. */
static void
count_item(EngineCall *call, Task *task, const ChildEnd *end)
{
	if (end->state == MST_STATE_SUCCESS && task->runtime.keeps_items)
		mst_item_row_done(call, task, end->item_index);
	if (end->state == MST_STATE_ERROR)
		task->runtime.failed_items++;
	else if (end->state == MST_STATE_CANCELLED)
		task->runtime.cancelled_items++;
	else
		return;
	task->runtime_dirty = true;
}

static void
item_done(EngineCall *call, Task *task, const ChildEnd *end)
{
	ItemFate	fate = ITEM_OVER;

	if (task->spec->retry.per_item && !mst_runtime_holds_items(&task->runtime))
		fate = mst_item_retry(call, task, end);
	if (fate == ITEM_FATAL)
		return;
	if (fate == ITEM_OVER)
		count_item(call, task, end);
	if (end->state == MST_STATE_CANCELLED)
		mst_task_complete_later(call, task, MST_STATE_CANCELLED, "One or more actions was cancelled.");
	else if (mst_items_are_left(call, task))
	{
		if (mst_items_have_room(task) &&
			(task->runtime.keeps_items || !mst_uuid_is_none(&task->row->items_id)))
			mst_items_queue_more(call, task);
	}
	else
		mst_items_check_end(call, task);
}

/* ---- any child ---- */

/* A child of the current attempt has ended. */
void
mst_task_child_done(EngineCall *call, Task *task, const ChildEnd *end)
{
	task->operation = OPERATION_TAKE_RESULT;
	mst_task_touch(call, task);
	if (task->row->open_children > 0)
		task->row->open_children--;
	if (mst_state_is_completed(task->row->state))
		return;
	if (task->spec->n_items > 0)
		item_done(call, task, end);
	else
		mst_task_complete_later(call, task, end->state,
								end->state == MST_STATE_SUCCESS ? NULL : end->info);

	/* no further items start when the execution has ended */
	if (task->row->open_children == 0 && task->coming_state == MST_STATE_NONE &&
		!mst_state_is_completed(task->row->state) && mst_task_is_stopped(task))
		mst_task_suspend(call, task);
}

/* ---- actions ---- */

/*
 * Returns the state_info that a child that did not succeed gives to the
 * task.
 */
static char *
info_of_output(Jsonb *output)
{
	Jsonb	   *result = mst_json_get(output, "result");

	return mst_json_is_falsy(result) ? NULL : mst_python_text(result);
}

/* The action has succeeded, but its output cannot be kept. */
static void
fail_action(EngineCall *call, Task *task, ActionRow *action, const char *problem)
{
	char	   *message = psprintf("Failed to complete action [error=%s, action=%s, task=%s]",
								   problem, action->name, task->row->name);

	mst_action_set_state(action, MST_STATE_ERROR);
	action->accepted = false;
	action->output = mst_json_object1("result", mst_json_text(message));
	if (!mst_state_is_completed(task->row->state))
		mst_task_force_fail_as(call, task, message);
}

/*
 * True when the output does not fit, and action, task and execution have
 * failed.
 */
static bool
fail_too_large(EngineCall *call, Task *task, ActionRow *action)
{
	char	   *problem = mst_limit_check("ActionExecution", "output", action->output);

	if (problem == NULL || action->state != MST_STATE_SUCCESS)
		return false;
	fail_action(call, task, action, problem);
	return true;
}

/*
 * Applies the output of an ad-hoc action to its result.  False: it failed, and
 * with it the action, and task and execution where they have not ended.
 */
bool
mst_task_transform_result(EngineCall *call, Task *task, ActionRow *action)
{
	ExecutionRow *exec = task->exec->row;
	Jsonb	   *result;
	ExprError  *error;
	MemoryContext old;
	bool		is_good;

	if (action->state != MST_STATE_SUCCESS || !mst_action_is_adhoc(action))
		return true;
	result = mst_json_get(action->output, "result");
	is_good = mst_action_transform(call, task, action->name, exec->workbook_name,
								   action->namespace, exec->project_id, &result,
								   &error);

	/* mark dirty before evaluating: task() reads actions and flushes first */
	mst_call_touch_action(call, task, action);
	if (!is_good)
	{
		fail_action(call, task, action, mst_expr_error_text(error));
		return false;
	}
	old = MemoryContextSwitchTo(GetMemoryChunkContext(action));
	action->output = mst_json_object1("result", result);
	MemoryContextSwitchTo(old);
	return true;
}

/*
 * An action of the current attempt has its final state and output.  What comes
 * when the task has ended is kept, but is no part of its result.
 */
void
mst_task_action_ended(EngineCall *call, Task *task, ActionRow *action)
{
	ChildEnd	end = {.item_index = action->item_index, .action = action};

	mst_call_touch_action(call, task, action);
	action->accepted = !mst_state_is_completed(task->row->state);
	if (!mst_task_transform_result(call, task, action))
		return;
	end.state = action->state;
	if (end.state != MST_STATE_SUCCESS)
		end.info = info_of_output(action->output);
	if (task->spec->n_items > 0)
		end.result = end.error = mst_json_get(action->output, "result");
	mst_task_child_done(call, task, &end);
}

/*
 * Notes the end of an action that has ended as soon as it was made.  Its
 * output, of any size, is checked against the limit first.
 */
void
mst_task_action_ended_at_once(EngineCall *call, Task *task, ActionRow *action)
{
	if (!fail_too_large(call, task, action))
		mst_task_action_ended(call, task, action);
}
