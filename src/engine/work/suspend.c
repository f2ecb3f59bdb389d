/*-------------------------------------------------------------------------
 *
 * suspend.c
 *	  Tasks whose execution has ended before they did.
 *
 * A suspended task is CANCELLED to everybody else.  It remembers what it waited
 * for, because a rerun of another task makes it wait again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/work/children.h"
#include "util/json.h"

/* Keeps a delayed call of the task, whose execution has ended, for a rerun. */
void
mst_task_set_aside(EngineCall *call, Task *task, const DelayedCallRow *delayed)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);
	Jsonb	   *before = task->runtime.set_aside;
	JsonBuilder b;

	mst_json_begin_array(&b);
	for (int i = 0; i < mst_json_count(before); i++)
		mst_json_add(&b, NULL, mst_json_item(before, i));
	mst_json_open_object(&b, NULL);
	mst_json_add_text(&b, "kind", delayed->kind);
	mst_json_add_int(&b, "due", delayed->due_at);
	mst_json_add(&b, "args", delayed->args);
	mst_json_close_object(&b);
	task->runtime.set_aside = mst_json_end(&b);
	task->runtime_dirty = true;
	MemoryContextSwitchTo(old);
}

/*
 * Suspends a task that has nothing left to wait for in an execution that has
 * ended.
 */
void
mst_task_suspend(EngineCall *call, Task *task)
{
	/* it asks for its slots again */
	if (task->runtime.slots == SLOTS_AWAITED)
		task->runtime.paused_before = true;
	task->runtime.suspended_state = task->runtime.slots == SLOTS_AWAITED ? MST_STATE_IDLE :
		task->row->state;
	task->runtime.suspended_info = task->row->state_info;
	task->runtime_dirty = true;
	mst_task_set_state(call, task, MST_STATE_CANCELLED,
					   pstrdup("The execution had ended before the task did."));
}

/*
 * The execution goes on: the task waits again for what it had waited for, if
 * it was suspended.
 */
void
mst_task_unsuspend(EngineCall *call, Task *task)
{
	Jsonb	   *calls = task->runtime.set_aside;
	State		state = task->runtime.suspended_state;
	char	   *info = task->runtime.suspended_info;

	if (calls == NULL && state == MST_STATE_NONE)
		return;
	task->runtime.set_aside = NULL;
	task->runtime.suspended_state = MST_STATE_NONE;
	task->runtime.suspended_info = NULL;
	task->runtime_dirty = true;
	for (int i = 0; i < mst_json_count(calls); i++)
	{
		Jsonb	   *delayed = mst_json_item(calls, i);

		mst_call_delay(call, mst_call_kind_from_name(mst_json_get_text(delayed, "kind")),
					   task->exec, task, Max(mst_json_get_int(delayed, "due", 0), call->now), NULL,
					   mst_json_get(delayed, "args"));
	}
	if (state == MST_STATE_NONE || task->row->state != MST_STATE_CANCELLED)
		return;
	task->row->finished_at = 0;
	mst_task_set_state(call, task, state, info);
	if (task->spec->n_items > 0 && (state == MST_STATE_RUNNING || state == MST_STATE_PAUSED))
		mst_call_push(call, STEP_MORE_ITEMS, task->exec, task);
}
