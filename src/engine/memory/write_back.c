/*-------------------------------------------------------------------------
 *
 * write_back.c
 *	  Writing what an engine call has changed.
 *
 * Decisions change structures and mark them; here alone they become rows, each
 * of them once, at the end of the call.  What has to leave a table at once, so
 * that nobody else takes it meanwhile, is deleted here, too.  New actions are
 * written earlier where there are many, or where an expression looks at those
 * of a task.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "definition/definitions.h"
#include "engine/memory/engine_objects.h"
#include "engine/memory/secrecy.h"
#include "engine/memory/signal_rows.h"
#include "store/reporting.h"
#include "store/signals.h"
#include "store/slots.h"
#include "store/start_keys.h"
#include "store/task_items.h"

/* before a task of people that somebody has locked is looked at again */
#define HUMAN_BUSY_DELAY	USECS_PER_SEC

/* ---- marking ---- */

/* Marks the execution as changed; the call has made it or holds its lock. */
void
mst_execution_touch(EngineCall *call, Execution *exec)
{
	Assert(exec->is_ours || exec->is_locked);
	exec->row->row.is_dirty = true;
	if (!exec->row->row.is_new)
		exec->row->updated_at = call->now;
}

/* Marks the task as changed. */
void
mst_task_touch(EngineCall *call, Task *task)
{
	task->row->row.is_dirty = true;
	if (!task->row->row.is_new)
		task->row->updated_at = call->now;
}

/* Marks the action as changed; task is NULL for a stand-alone one. */
void
mst_call_touch_action(EngineCall *call, Task *task, ActionRow *action)
{
	MemoryContext old;

	if (!action->row.is_new)
		action->updated_at = call->now;
	if (action->row.is_new || action->row.is_dirty)
		return;
	action->row.is_dirty = true;
	old = MemoryContextSwitchTo(call->action_cxt);
	call->pending_actions = lappend(call->pending_actions, action);
	MemoryContextSwitchTo(old);
}

/* ---- actions ---- */

/*
 * Writes the pending actions.  They are found in the table from then on, also
 * those that this call has only loaded; their structures stay, for whoever is
 * at work on one.
 */
void
mst_call_write_actions(EngineCall *call)
{
	int			n = list_length(call->pending_actions);
	ActionRow **rows;
	ListCell   *lc;

	if (n == 0 || call->is_simulated)
		return;
	rows = palloc(sizeof(ActionRow *) * n);
	mst_call_seal_actions(call);
	foreach(lc, call->pending_actions)
		rows[foreach_current_index(lc)] = lfirst(lc);
	mst_store_write_actions(rows, n);
	mst_store_sync();
	pfree(rows);

	foreach(lc, call->task_list)
	{
		Task	   *task = lfirst(lc);

		if (task->actions != NIL)
		{
			task->actions = NIL;
			task->actions_stored = true;
		}
	}
	call->pending_actions = NIL;
}

/*
 * Writes the actions that are new or changed, and forgets the new ones: none
 * may be in use.
 */
void
mst_call_flush_actions(EngineCall *call)
{
	if (call->is_simulated)
		return;
	mst_call_write_actions(call);
	MemoryContextReset(call->action_cxt);
}

/* ---- the end of the call ---- */

static int
collect_executions(EngineCall *call, ExecutionRow **rows, ExecutionDataRow **data,
				   int *n_data)
{
	int			n = 0;
	ListCell   *lc;

	*n_data = 0;
	foreach(lc, call->exec_list)
	{
		Execution  *exec = lfirst(lc);

		if (exec->slots_over)
			mst_slots_release(&exec->id, &exec->id);
		exec->slots_over = false;
		if (exec->row->open_tasks != exec->stored_open)
			mst_execution_touch(call, exec);
		if (exec->row->row.is_new || exec->row->row.is_dirty)
			rows[n++] = exec->row;
		if (exec->data != NULL &&
			(exec->data->row.is_new || exec->data->row.is_dirty))
			data[(*n_data)++] = exec->data;
	}
	return n;
}

/* The task runs no more, or waits for slots no longer. */
static void
give_slots_back(Task *task)
{
	mst_slots_release(&task->exec->id, &task->id);
	task->slots_over = false;
	task->runtime.slots = SLOTS_NONE;
	task->runtime_dirty = true;
}

/* Items that have succeeded are not kept any longer. */
static void
forget_done_items(Task *task)
{
	ListCell   *lc;

	foreach(lc, task->done_items)
		mst_store_delete_task_item(&task->id, lfirst_int(lc));
	task->done_items = NIL;
}

static int
collect_tasks(EngineCall *call, TaskRow **rows)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, call->task_list)
	{
		Task	   *task = lfirst(lc);

		if (task->slots_over)
			give_slots_back(task);
		if (task->done_items != NIL)
			forget_done_items(task);
		if (task->runtime_dirty)
		{
			task->row->runtime = mst_runtime_write(&task->runtime);
			task->runtime_dirty = false;
			mst_task_touch(call, task);
		}
		if (task->row->row.is_new || task->row->row.is_dirty)
			rows[n++] = task->row;
	}
	return n;
}

static void **
list_array(List *list)
{
	void	  **array = palloc(sizeof(void *) * Max(list_length(list), 1));
	ListCell   *lc;

	foreach(lc, list)
		array[foreach_current_index(lc)] = lfirst(lc);
	return array;
}

/*
 * Executions have ended: those with the same key may have waited for that, and
 * what would have begun one is not needed any more.
 */
static void
end_starts(EngineCall *call)
{
	ListCell   *lc;

	foreach(lc, call->exec_list)
	{
		Execution  *exec = lfirst(lc);

		if (!exec->start_ended)
			continue;
		if (exec->never_begun)
			mst_store_delete_delayed_call(mst_start_call_key(&exec->id));
		if (exec->row->key == NULL)
			continue;
		if (exec->never_begun)
			mst_start_queue_remove(&exec->id);
		mst_start_key_pass_later(exec->row->project_id, exec->row->key);
	}
}

/* Before new ones are inserted: one may have the key of another. */
static void
drop_delayed_calls(EngineCall *call)
{
	ListCell   *lc;

	foreach(lc, call->dropped_keys)
		mst_store_delete_delayed_call(lfirst(lc));
}

/* Writes waits that have begun and ended, and signals that were taken. */
static void
write_signals(EngineCall *call)
{
	ListCell   *lc;

	mst_store_take_signals(call->taken_signals);
	foreach(lc, call->ended_waits)
	{
		SignalWaitRow *ended = lfirst(lc);

		mst_store_delete_signal_waits(&ended->execution_id, &ended->action_id);
	}
	mst_store_insert_signal_waits((SignalWaitRow **) list_array(call->new_waits),
								  list_length(call->new_waits));
}

/*
 * Writes tasks of people that have begun and ended.  The call waits for nobody
 * who has one locked: the mark is left to the timer.
 */
static void
write_humans(EngineCall *call)
{
	ListCell   *lc;

	if (call->new_humans == NIL && call->ended_humans == NIL)
		return;
	mst_call_seal_humans(call);
	mst_store_insert_human_tasks((HumanTaskRow **) list_array(call->new_humans),
								 list_length(call->new_humans));
	foreach(lc, call->ended_humans)
	{
		const HumanTaskRow *ended = lfirst(lc);
		HumanTaskRow *human = mst_store_try_lock_human_task(&ended->id);

		if (human == NULL)
		{
			mst_call_set_human_timer(call, ended, call->now + HUMAN_BUSY_DELAY);
			continue;
		}
		human->is_ended = true;
		mst_store_write_human_task(human);
	}
}

static void
write_all(EngineCall *call)
{
	int			n_execs = Max(list_length(call->exec_list), 1);
	SealedRows	rows;

	rows.execs = palloc(sizeof(ExecutionRow *) * n_execs);
	rows.data = palloc(sizeof(ExecutionDataRow *) * n_execs);
	rows.tasks = palloc(sizeof(TaskRow *) * Max(list_length(call->task_list), 1));
	rows.n_execs = collect_executions(call, rows.execs, rows.data, &rows.n_data);
	rows.n_tasks = collect_tasks(call, rows.tasks);
	mst_child_changes_delay(call);
	mst_call_seal(call, &rows);

	mst_store_write_executions(rows.execs, rows.n_execs);
	mst_store_write_execution_data(rows.data, rows.n_data);
	end_starts(call);
	mst_store_write_contexts((ContextRow **) list_array(call->new_contexts),
							 list_length(call->new_contexts));
	mst_store_write_tasks(rows.tasks, rows.n_tasks);
	mst_call_flush_actions(call);
	mst_store_insert_queue((QueueRow **) list_array(call->queue),
						   list_length(call->queue));
	drop_delayed_calls(call);
	write_humans(call);
	mst_store_insert_delayed_calls((DelayedCallRow **) list_array(call->delayed_calls),
								   list_length(call->delayed_calls));
	mst_store_insert_events((EventRow **) list_array(call->events),
							list_length(call->events));
	write_signals(call);
	mst_store_sync();
	mst_call_store_secrets(call);
}

/* Writes everything and frees the call. */
void
mst_call_finish(EngineCall *call)
{
	ListCell   *lc;

	if (!call->is_simulated)
		write_all(call);
	foreach(lc, call->turns)
		mst_report_end(lfirst(lc));
	mst_call_drop(call);
}

/* Ends a call that has only looked: nothing is written. */
void
mst_call_drop(EngineCall *call)
{
	MemoryContextSwitchTo(MemoryContextGetParent(call->mcxt));
	MemoryContextDelete(call->mcxt);
	mst_definition_cache_trim();
}

/* ---- what cannot wait for the end ---- */

static bool
is_call_of(const DelayedCallRow *delayed, const Task *task)
{
	return mst_uuid_equal(&delayed->task_id, &task->id);
}

/*
 * Deletes the delayed calls of the task, those of this call included, and
 * returns them.
 */
List *
mst_call_take_delayed_calls(EngineCall *call, Task *task)
{
	List	   *calls = NIL;
	ListCell   *lc;

	foreach(lc, call->delayed_calls)
	{
		DelayedCallRow *delayed = lfirst(lc);

		if (!is_call_of(delayed, task))
			continue;
		calls = lappend(calls, delayed);
		call->delayed_calls = foreach_delete_current(call->delayed_calls, lc);
	}
	if (!call->is_simulated && !task->row->row.is_new)
		calls = list_concat(calls, mst_store_take_delayed_calls(&task->id));
	return calls;
}

/*
 * Takes the actions of the task that no executor has claimed off the queue and
 * returns their ids (pg_uuid_t *).  Sets *is_busy when somebody is claiming
 * one.
 */
List *
mst_call_take_queued(EngineCall *call, Task *task, bool *is_busy)
{
	List	   *ids = NIL;
	ListCell   *lc;

	*is_busy = false;
	foreach(lc, call->queue)
	{
		QueueRow   *queued = lfirst(lc);
		pg_uuid_t	task_id = mst_uuid_task_of_action(&queued->action_id);

		if (!mst_uuid_equal(&task_id, &task->id))
			continue;
		ids = lappend(ids, &queued->action_id);
		call->queue = foreach_delete_current(call->queue, lc);
	}
	if (!call->is_simulated && !task->row->row.is_new)
		ids = list_concat(ids, mst_store_take_queued(&task->id, is_busy));
	return ids;
}

/* Deletes the queue's row of an action that nobody is to claim any more. */
void
mst_call_delete_queued(EngineCall *call, const ActionRow *action)
{
	if (!call->is_simulated)
		mst_store_delete_queued(&action->id);
}

/*
 * Lets executors claim the actions of the task that a pause had held in the
 * queue.
 */
void
mst_call_release_held(EngineCall *call, Task *task)
{
	if (!call->is_simulated && !task->row->row.is_new)
		mst_store_release_held(&task->id);
}

/* ---- items that are rows, and the children of such tasks ---- */

/*
 * Inserts new items, or updates those that have changed: the same call reads them
 * again.
 */
void
mst_call_write_items(EngineCall *call, TaskItemRow **items, int n)
{
	if (!call->is_simulated)
		mst_store_write_task_items(items, n);
}

/*
 * Makes what is left of the items of the task as if it had not been tried; false:
 * nothing is.
 */
bool
mst_call_reset_items(EngineCall *call, Task *task)
{
	forget_done_items(task);
	mst_store_sync();
	mst_store_reset_task_items(&task->id);
	return mst_store_task_items(&task->id, 0, 1, 1) != NIL;
}

/* Deletes the items of the task. */
void
mst_call_drop_items(EngineCall *call, Task *task)
{
	task->done_items = NIL;
	if (!call->is_simulated)
		mst_store_delete_task_items(&task->id);
}

/*
 * The actions of the task count no longer: all, or those that did not succeed.
 * There may be too many to have them in memory.
 */
void
mst_call_unaccept_actions(EngineCall *call, Task *task, bool only_failed)
{
	mst_call_write_actions(call);
	mst_store_unaccept_actions(&task->id, only_failed);
	mst_store_sync();
}

/* Forgets the outputs of the task's actions, however many they are. */
void
mst_call_drop_outputs(EngineCall *call, Task *task)
{
	mst_call_write_actions(call);
	mst_store_drop_outputs(&task->id);
	mst_store_sync();
}
