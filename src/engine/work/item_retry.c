/*-------------------------------------------------------------------------
 *
 * item_retry.c
 *	  Retrying the items of a task one by one ("per-item").
 *
 * The retry policy is evaluated for an item when its child ends: its expressions
 * see the item's variables, and task() has the item's state and result.  The
 * item then waits without holding a slot of the task's concurrency.  The child
 * counts no longer; it stays where its attempts can be looked at.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/data/retry_values.h"
#include "engine/memory/engine_objects.h"
#include "engine/memory/rollback_row.h"
#include "engine/work/kept_items.h"
#include "util/json.h"

/* a sub-execution of no attempt of its task */
#define NO_ATTEMPT (-1)

/* Another attempt takes the place of the child. */
static void
supersede_child(EngineCall *call, Task *task, const ChildEnd *end)
{
	if (end->action != NULL)
	{
		end->action->accepted = false;
		mst_call_touch_action(call, task, end->action);
	}
	else
	{
		end->child->row->accepted = false;
		end->child->row->parent_attempt = NO_ATTEMPT;
		mst_execution_touch(call, end->child);
	}
}

/*
 * Returns whether the policy wants another attempt at the item, and sets the
 * delay; pe->problem is set when a value is wrong.
 */
static bool
wants_attempt(PolicyEval *pe, const ChildEnd *end, int retries, int64 *delay_ms)
{
	const RetrySpec *spec = &pe->task->spec->retry;
	RetryValues values = mst_retry_values(pe, spec);
	bool		continue_on = mst_policy_truth(pe, spec->continue_on);
	bool		break_on = mst_policy_truth(pe, spec->break_on);

	if (pe->problem != NULL || retries >= values.count ||
		(spec->continue_on != NULL && !continue_on))
		return false;
	if (end->state == MST_STATE_ERROR &&
		(break_on || (end->error != NULL && mst_error_has_class(spec, end->error))))
		return false;
	*delay_ms = mst_retry_delay_of(pe->call, &values, retries);
	return true;
}

/* Returns whether the state and the task let an item be tried again at all. */
static bool
can_retry(const Task *task, const ChildEnd *end)
{
	if (!task->spec->retry.per_item || (end->action == NULL && end->child == NULL))
		return false;
	if (task->runtime.timed_out || mst_task_is_stopped(task))
		return false;
	return end->state == MST_STATE_ERROR ||
		(end->state == MST_STATE_SUCCESS && task->spec->retry.continue_on != NULL);
}

/* Decides whether the item of a child that has ended is tried again. */
ItemFate
mst_item_retry(EngineCall *call, Task *task, const ChildEnd *end)
{
	TaskItemRow *row;
	PolicyEval	pe = {call, task};
	int64		delay_ms = 0;
	bool		again;

	if (!can_retry(task, end))
		return ITEM_OVER;
	row = mst_item_row_find(call, task, end->item_index);
	if (row == NULL)
		return ITEM_OVER;
	pe.bindings = mst_bindings_task(call, task, row->item);
	task->item_end = end;
	again = wants_attempt(&pe, end, row->retries, &delay_ms);
	task->item_end = NULL;
	if (pe.problem != NULL)
	{
		mst_task_force_fail(call, task, NULL, pe.problem);
		return ITEM_FATAL;
	}
	if (!again)
		return ITEM_OVER;
	supersede_child(call, task, end);
	mst_item_row_retry(call, task, row, call->now + delay_ms * 1000);
	return ITEM_AGAIN;
}
