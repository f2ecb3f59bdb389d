/*-------------------------------------------------------------------------
 *
 * items.c
 *	  with-items: one child for each element of one or more lists, or for each
 *	  row of a query.
 *
 * Lists are evaluated once per attempt.  When not all items start in the
 * call that evaluated them (concurrency, step budget), the lists are kept
 * (item_lists.c); a child only holds its index.
 *
 * The rows of a query, and items that are retried one by one, are kept as rows
 * of a table (item_rows.c).  Items that have not succeeded outlive the attempt: a
 * retry of the task, and a rerun without reset, goes on with them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "engine/memory/rollback_row.h"
#include "engine/work/children.h"
#include "engine/work/item_lists.h"
#include "engine/work/kept_items.h"
#include "util/json.h"

/* ---- starting and ending ---- */

static bool
skips_item(Task *task, int index)
{
	return task->runtime.rerun_items != NULL &&
		!bms_is_member(index, task->runtime.rerun_items);
}

/* Returns how many items may start now: what concurrency and budget allow. */
static int
room_for_items(EngineCall *call, Task *task)
{
	int			room = mst_runtime_holds_items(&task->runtime) ? 0 : ITEM_PORTION;

	if (task->runtime.concurrency > 0)
		room = Min(room, task->runtime.concurrency - task->row->open_children);
	if (!call->is_simulated)
		room = Min(room, call->budget);
	return room;
}

/*
 * The indexes of the items to start next: as many as concurrency and budget
 * allow, but at most a portion.
 */
static int
choose_items(EngineCall *call, Task *task, const ItemLists *lists, int *indexes)
{
	int			next = task->runtime.next_item;
	int			room = room_for_items(call, task);
	int			n = 0;

	for (; n < room && next < lists->end; next++)
	{
		if (!skips_item(task, next))
			indexes[n++] = next;
	}
	if (n == 0)
		task->runtime.next_item = next;
	return n;
}

/*
 * Evaluates the inputs of a portion, or of its beginning when they are large.
 * Returns how many; -1 when one has failed: then no child is left behind.
 */
static int
evaluate_portion(EngineCall *call, Task *task, const char *name,
				 const ItemLists *lists, const int *indexes, int n,
				 Jsonb **inputs)
{
	Size		bytes = 0;
	int			i;

	for (i = 0; i < n && bytes < ITEM_PORTION_BYTES; i++)
	{
		Jsonb	   *item = task->spec->is_rollback ? NULL :
		mst_item_variables(task, lists, indexes[i]);
		bool		is_good;

		CHECK_FOR_INTERRUPTS();
		task->item_at_work = indexes[i] + 1;
		is_good = mst_child_input(call, task, name, item, &inputs[i]);
		task->item_at_work = 0;
		if (!is_good)
			return -1;
		bytes += VARSIZE(inputs[i]);
	}
	return i;
}

/*
 * Starts these items, or those for which there is time; false: the task has
 * ended, or its attempt.
 */
static bool
start_portion(EngineCall *call, Task *task, const char *name, Jsonb **inputs,
			  const int *indexes, int n)
{
	State		state = task->row->state;
	int			attempt = task->row->attempt;

	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		task->runtime.next_item = indexes[i] + 1;
		call->budget--;

		/* the last item may end the attempt: a policy has the task then */
		if (!mst_child_create(call, task, name, inputs[i], indexes[i]) ||
			task->row->state != state || task->row->attempt != attempt)
			return false;
		if (mst_call_is_spent(call) || mst_runtime_holds_items(&task->runtime))
			break;
	}
	return true;
}

/*
 * The rest of the items is for later, perhaps for another call, which will
 * need the lists; for items that are held, that is a rerun below the task.
 */
static void
leave_items(EngineCall *call, Task *task, const ItemLists *lists)
{
	if (mst_uuid_is_none(&task->row->items_id))
		mst_item_lists_keep(call, task, lists);
	if (mst_items_have_room(task))
		mst_items_queue_more(call, task);
}

/*
 * Starts items until all have, the concurrency is reached, the budget is used
 * up, or the task has ended.
 */
static void
start_items(EngineCall *call, Task *task, ItemLists *lists)
{
	MemoryContext old = CurrentMemoryContext;
	MemoryContext portion_cxt = AllocSetContextCreate(call->mcxt, "mistral items",
													  ALLOCSET_DEFAULT_SIZES);
	int		   *indexes = palloc(sizeof(int) * ITEM_PORTION);
	Jsonb	  **inputs = palloc(sizeof(Jsonb *) * ITEM_PORTION);
	char	   *name;
	int			chosen;

	if (!mst_child_callee(call, task, true, &name))
		return;
	task->runtime_dirty = true;
	task->items_queued = true;
	while ((chosen = choose_items(call, task, lists, indexes)) > 0 ||
		   mst_item_lists_advance(call, task, lists))
	{
		int			n;
		bool		go_on;

		if (chosen == 0)
			continue;
		/* what the call keeps of sub-executions is not allocated here */
		if (!task->spec->is_workflow)
			MemoryContextSwitchTo(portion_cxt);
		n = evaluate_portion(call, task, name, lists, indexes, chosen, inputs);
		go_on = n > 0 && start_portion(call, task, name, inputs, indexes, n);
		MemoryContextSwitchTo(old);
		if (!go_on)
			return;
		if (!call->is_simulated &&
			(n < chosen || list_length(call->pending_actions) >= ITEM_PORTION))
			mst_call_flush_actions(call);
		MemoryContextReset(portion_cxt);
	}
	task->items_queued = false;
	if (task->runtime.next_item < task->runtime.item_count &&
		(mst_items_have_room(task) || task->spec->is_workflow))
		leave_items(call, task, lists);
	mst_items_check_end(call, task);
}

/* ---- items that are rows ---- */

/* how many items of a query run at a time where the task does not say */
#define QUERY_WINDOW 100

/* Makes items of the lists; false: the task has failed. */
static bool
keep_lists(EngineCall *call, Task *task, int *count)
{
	ItemLists	lists;
	MemoryContext old = CurrentMemoryContext;
	MemoryContext portion_cxt;
	TaskItemRow **rows;

	if (!mst_item_lists_evaluate(call, task, &lists))
		return false;
	*count = lists.end;
	rows = palloc(sizeof(TaskItemRow *) * ITEM_PORTION);
	portion_cxt = AllocSetContextCreate(old, "mistral items to keep", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(portion_cxt);
	for (int i = 0, n = 0; i < *count; i++)
	{
		rows[n++] = mst_item_row_new(task, i, mst_item_variables(task, &lists, i));
		if (n < ITEM_PORTION && i < *count - 1)
			continue;
		CHECK_FOR_INTERRUPTS();
		mst_item_rows_add(call, task, rows, n);
		MemoryContextReset(portion_cxt);
		n = 0;
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(portion_cxt);
	if (mst_item_lists_are_needed(task))
		mst_item_lists_keep(call, task, &lists);
	return true;
}

/* Makes the items of a task that keeps them; false: it does not start now. */
static bool
make_kept_items(EngineCall *call, Task *task)
{
	int			count;

	if (task->spec->item_query == NULL)
	{
		if (!keep_lists(call, task, &count))
			return false;
	}
	else if (mst_item_query_run(call, task, &count) != QUERY_DONE)
		return false;
	task->runtime.item_count = count;
	task->runtime.succeeded_items = 0;
	task->runtime.keeps_items = true;
	return true;
}

/*
 * Starts the items of a portion that are rows, or those for which there is
 * time; false: the task has ended, or its attempt.
 */
static bool
start_rows(EngineCall *call, Task *task, const char *name, List *rows)
{
	State		state = task->row->state;
	int			attempt = task->row->attempt;
	ListCell   *lc;

	foreach(lc, rows)
	{
		TaskItemRow *row = lfirst(lc);
		Jsonb	   *input;
		bool		is_good;

		CHECK_FOR_INTERRUPTS();
		task->item_at_work = row->item_index + 1;
		is_good = mst_child_input(call, task, name, row->item, &input);
		task->item_at_work = 0;
		if (!is_good)
			return false;
		mst_item_row_begin(call, task, row);
		call->budget--;
		if (!mst_child_create(call, task, name, input, row->item_index) ||
			task->row->state != state || task->row->attempt != attempt)
			return false;
		if (mst_call_is_spent(call) || mst_runtime_holds_items(&task->runtime))
			break;
	}
	return true;
}

/*
 * Starts items until there is no room, or the task has ended: false.  Those of
 * actions are written portion by portion.
 */
static bool
start_portions(EngineCall *call, Task *task, const char *name)
{
	MemoryContext old = CurrentMemoryContext;
	MemoryContext portion_cxt = AllocSetContextCreate(call->mcxt, "mistral items",
													  ALLOCSET_DEFAULT_SIZES);
	bool		go_on = true;
	int			room;

	while (go_on && (room = room_for_items(call, task)) > 0)
	{
		List	   *rows;

		/* what the call keeps of sub-executions is not allocated here */
		if (!task->spec->is_workflow)
			MemoryContextSwitchTo(portion_cxt);
		rows = mst_item_rows_take(call, task, room);
		go_on = start_rows(call, task, name, rows);
		MemoryContextSwitchTo(old);
		if (rows == NIL)
			break;
		if (go_on && !call->is_simulated && list_length(call->pending_actions) >= ITEM_PORTION)
			mst_call_flush_actions(call);
		MemoryContextReset(portion_cxt);
	}
	return go_on;
}

/* Starts items that are rows, and settles when others follow. */
static void
start_kept_items(EngineCall *call, Task *task)
{
	char	   *name;

	if (!mst_child_callee(call, task, true, &name))
		return;
	task->runtime_dirty = true;
	task->items_queued = true;
	if (!start_portions(call, task, name))
		return;
	task->items_queued = false;
	if (call->budget <= 0 && mst_items_have_room(task) && mst_items_are_left(call, task))
		mst_items_queue_more(call, task);
	else
		mst_item_rows_wake(call, task);
	mst_items_check_end(call, task);
}

/*
 * Begins with the items that an earlier attempt has left, or else with those
 * that the task has now.
 */
static void
start_kept(EngineCall *call, Task *task)
{
	task->runtime_dirty = true;
	task->row->open_children = 0;
	if (!mst_item_rows_reset(call, task) && !make_kept_items(call, task))
		return;
	task->runtime.next_item = 0;
	task->runtime.failed_items = 0;
	task->runtime.cancelled_items = 0;
	if (task->spec->item_query != NULL && task->runtime.concurrency == 0)
		task->runtime.concurrency = QUERY_WINDOW;
	start_kept_items(call, task);
}

/* ---- beginning and going on ---- */

static void
begin_items(Task *task, int count)
{
	task->runtime.item_count = count;
	task->runtime.next_item = 0;
	task->runtime.failed_items = 0;
	task->runtime.cancelled_items = 0;
	task->runtime_dirty = true;
	task->row->open_children = 0;
	task->row->items_id = mst_uuid_none;
}

/*
 * A compensation undoes the items that have succeeded, in their order: one by
 * one, unless it says how many at a time.
 */
static void
start_undoing_items(EngineCall *call, Task *task)
{
	Task	   *done = mst_task_compensated(call, task);
	Bitmapset  *items;
	ItemLists	lists;

	/* a retry or rerun leaves out what has been undone already */
	items = bms_difference(mst_task_items_done(call, done, task->spec->is_rollback),
						   mst_task_items_done(call, task, false));
	begin_items(task, done->runtime.item_count);
	task->row->items_id = task->spec->is_rollback ?
		mst_context_keep(call, task->exec, mst_json_object()) : done->row->items_id;
	if (task->runtime.concurrency == 0)
		task->runtime.concurrency = 1;
	task->runtime.rerun_items = items;
	if (!bms_is_empty(items))
	{
		mst_item_lists_read(call, task, &lists);
		start_items(call, task, &lists);
		return;
	}
	/* no set at all would stand for all items */
	task->runtime.next_item = task->runtime.item_count;
	mst_items_finish(call, task);
}

/* Begins with the items of a task: evaluate the lists, start the first ones. */
static void
start_lists(EngineCall *call, Task *task)
{
	ItemLists	lists;
	int			count;

	if (!mst_item_lists_evaluate(call, task, &lists))
		return;
	count = lists.end;
	begin_items(task, count);
	if (count == 0)
	{
		mst_items_finish(call, task);
		return;
	}
	if ((task->runtime.concurrency > 0 && task->runtime.concurrency < count) ||
		count > call->budget || mst_item_lists_are_needed(task))
		mst_item_lists_keep(call, task, &lists);
	start_items(call, task, &lists);
}

/* Makes the items of a task, and starts as many of them as may start now. */
void
mst_items_start(EngineCall *call, Task *task)
{
	if (mst_task_is_compensation(task))
		start_undoing_items(call, task);
	else if (mst_items_are_kept(task))
		start_kept(call, task);
	else
		start_lists(call, task);
}

/*
 * Starts further items of a task that is under way and whose execution is
 * running.
 */
void
mst_items_go_on(EngineCall *call, Task *task)
{
	ItemLists	lists;

	task->items_queued = false;
	if ((task->row->state != MST_STATE_RUNNING && task->row->state != MST_STATE_PAUSED) ||
		task->coming_state != MST_STATE_NONE ||
		(mst_uuid_is_none(&task->row->items_id) && !task->runtime.keeps_items))
		return;

	/* what pauses the execution, or ends it, holds the items that are left */
	if (task->exec->row->state != MST_STATE_RUNNING || mst_task_is_stopped(task) ||
		mst_runtime_holds_items(&task->runtime))
		return;
	task->operation = OPERATION_TAKE_RESULT;
	if (task->runtime.keeps_items)
	{
		start_kept_items(call, task);
		return;
	}
	mst_item_lists_read(call, task, &lists);
	start_items(call, task, &lists);
}
