/*-------------------------------------------------------------------------
 *
 * item_rows.c
 *	  The items of a task as rows (store/task_items.c).
 *
 * Tasks keep their items where these are the rows of a query, or are retried one
 * by one.  A row is there until its item has succeeded.  Items begin in the order
 * of their index, those whose retry is due before the others; the task has no
 * more of them in memory than it starts at a time.
 *
 * New and retried items are written at once, because the same call reads them
 * again; the end of one is noted, and written when the call ends.  A simulation
 * has its items in a list.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/engine_objects.h"
#include "engine/memory/secrecy.h"
#include "engine/work/kept_items.h"
#include "util/json.h"
#include "util/uuid.h"

/* Returns whether the task's definition has its items kept. */
bool
mst_items_are_kept(const Task *task)
{
	return task->spec->item_query != NULL || task->spec->retry.per_item;
}

/* Makes the row of an item with these variables. */
TaskItemRow *
mst_item_row_new(const Task *task, int index, Jsonb *variables)
{
	TaskItemRow *row = palloc0(sizeof(TaskItemRow));

	row->row.is_new = true;
	row->task_id = task->id;
	row->item_index = index;
	row->project_id = task->row->project_id;
	row->item = variables;
	return row;
}

/* ---- simulations ---- */

static void
add_simulated(EngineCall *call, Task *task, TaskItemRow **rows, int n)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);

	for (int i = 0; i < n; i++)
	{
		TaskItemRow *row = mst_item_row_new(task, rows[i]->item_index, mst_json_copy(rows[i]->item));

		task->simulated_items = lappend(task->simulated_items, row);
	}
	MemoryContextSwitchTo(old);
}

static void
drop_simulated(Task *task, int index)
{
	ListCell   *lc;

	foreach(lc, task->simulated_items)
	{
		if (((TaskItemRow *) lfirst(lc))->item_index == index)
			task->simulated_items = foreach_delete_current(task->simulated_items, lc);
	}
}

/* The simulated items that are due, or those from an index on. */
static List *
take_simulated(Task *task, bool is_due, TimestampTz now, int max)
{
	List	   *rows = NIL;
	ListCell   *lc;

	foreach(lc, task->simulated_items)
	{
		TaskItemRow *row = lfirst(lc);
		bool		is_next = is_due ? row->due_at != 0 && row->due_at <= now :
		row->item_index >= task->runtime.next_item;

		if (is_next && list_length(rows) < max)
			rows = lappend(rows, row);
	}
	return rows;
}

static TimestampTz
next_simulated_due(const Task *task)
{
	TimestampTz due = 0;
	ListCell   *lc;

	foreach(lc, task->simulated_items)
	{
		TaskItemRow *row = lfirst(lc);

		if (row->due_at != 0 && (due == 0 || row->due_at < due))
			due = row->due_at;
	}
	return due;
}

static bool
reset_simulated(Task *task)
{
	ListCell   *lc;

	foreach(lc, task->simulated_items)
	{
		((TaskItemRow *) lfirst(lc))->retries = 0;
		((TaskItemRow *) lfirst(lc))->due_at = 0;
	}
	return task->simulated_items != NIL;
}

/* ---- all items of a task ---- */

/* Keeps new items. */
void
mst_item_rows_add(EngineCall *call, Task *task, TaskItemRow **rows, int n)
{
	if (call->is_simulated)
	{
		add_simulated(call, task, rows, n);
		return;
	}
	mst_call_seal_items(call, task, rows, n);
	mst_call_write_items(call, rows, n);
}

/*
 * Makes the items that an earlier attempt has left ready to be tried as if for
 * the first time; false: there are none.
 */
bool
mst_item_rows_reset(EngineCall *call, Task *task)
{
	task->runtime.waiting_items = 0;
	task->runtime.items_due = 0;
	task->runtime_dirty = true;
	if (call->is_simulated)
		return reset_simulated(task);
	if (task->row->row.is_new && !task->runtime.keeps_items)
		return false;
	return mst_call_reset_items(call, task);
}

/* Forgets the items: nothing can run them again, or all begin anew. */
void
mst_item_rows_drop(EngineCall *call, Task *task)
{
	task->runtime.waiting_items = 0;
	task->runtime_dirty = true;
	task->simulated_items = NIL;
	mst_call_drop_items(call, task);
}

/* ---- taking them ---- */

/* Returns the time by which items that wait are taken for due. */
static TimestampTz
items_time(const EngineCall *call, const Task *task)
{
	return Max(call->now, task->items_time);
}

static List *
take_due(EngineCall *call, Task *task, int max)
{
	if (task->runtime.waiting_items == 0)
		return NIL;
	return call->is_simulated ? take_simulated(task, true, items_time(call, task), max) :
		mst_store_due_task_items(&task->id, items_time(call, task), max);
}

/*
 * Returns up to "max" items (TaskItemRow *) to start next, those first that are
 * due again.  When there are no others, the task has begun all.
 */
List *
mst_item_rows_take(EngineCall *call, Task *task, int max)
{
	List	   *rows = take_due(call, task, max);
	List	   *others;

	max -= list_length(rows);
	if (max == 0 || task->runtime.next_item >= task->runtime.item_count)
		return rows;
	others = call->is_simulated ? take_simulated(task, false, 0, max) :
		mst_store_task_items(&task->id, task->runtime.next_item, max, ITEM_PORTION_BYTES);
	if (others == NIL)
	{
		task->runtime.next_item = task->runtime.item_count;
		task->runtime_dirty = true;
	}
	return list_concat(rows, others);
}

/* Returns the row of an item that has not succeeded, or NULL. */
TaskItemRow *
mst_item_row_find(EngineCall *call, Task *task, int index)
{
	ListCell   *lc;

	if (!call->is_simulated)
		return mst_store_task_item(&task->id, index);
	foreach(lc, task->simulated_items)
	{
		if (((TaskItemRow *) lfirst(lc))->item_index == index)
			return lfirst(lc);
	}
	return NULL;
}

static void
write_row(EngineCall *call, TaskItemRow *row)
{
	row->row.is_dirty = true;
	mst_call_write_items(call, &row, 1);
}

/* Notes that an item that was taken starts, for the first time or again. */
void
mst_item_row_begin(EngineCall *call, Task *task, TaskItemRow *row)
{
	task->runtime_dirty = true;
	if (row->due_at == 0)
	{
		task->runtime.next_item = row->item_index + 1;
		return;
	}
	row->due_at = 0;
	write_row(call, row);
	task->runtime.waiting_items--;
}

/* ---- their ends ---- */

/* The item has succeeded. */
void
mst_item_row_done(EngineCall *call, Task *task, int index)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);

	task->runtime.succeeded_items++;
	task->runtime_dirty = true;
	if (call->is_simulated)
		drop_simulated(task, index);
	else
		task->done_items = lappend_int(task->done_items, index);
	MemoryContextSwitchTo(old);
}

static char *
wake_key(const Task *task)
{
	return psprintf("items-%s", mst_uuid_text(&task->id));
}

/* One call comes for all items that wait, when the first of them is due. */
static void
wake_at(EngineCall *call, Task *task, TimestampTz due)
{
	char	   *key = wake_key(task);

	mst_call_drop_delayed(call, key, true);
	mst_call_delay(call, CALL_MORE_ITEMS, task->exec, task, due, key,
				   mst_json_concat(mst_task_timer_args(task),
								   mst_json_object1("for", mst_json_text("retry of items"))));
	task->runtime.items_due = due;
	task->runtime_dirty = true;
}

/* The item waits until then. */
void
mst_item_row_retry(EngineCall *call, Task *task, TaskItemRow *row, TimestampTz due)
{
	row->retries++;
	row->due_at = due;
	write_row(call, row);
	task->runtime.waiting_items++;
	task->runtime_dirty = true;
	if (due <= call->now)
		task->runtime.items_due = 0;
	else if (task->runtime.items_due <= call->now || due < task->runtime.items_due)
		wake_at(call, task, due);
}

/*
 * Sees to it that a call comes when the next item is due, unless that is now:
 * then it is held up by others, which let it go on when they end.
 */
void
mst_item_rows_wake(EngineCall *call, Task *task)
{
	TimestampTz due;

	if (task->runtime.waiting_items == 0 || task->runtime.items_due > call->now ||
		mst_runtime_holds_items(&task->runtime))
		return;
	due = call->is_simulated ? next_simulated_due(task) : mst_store_next_task_item_due(&task->id);
	if (due > items_time(call, task))
		wake_at(call, task, due);
	else if (task->runtime.items_due != 0)
	{
		task->runtime.items_due = 0;
		task->runtime_dirty = true;
	}
}
