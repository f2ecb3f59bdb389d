/*-------------------------------------------------------------------------
 *
 * items.c
 *	  with-items: one child for each element of one or more lists, or for each
 *	  row of a query.
 *
 * Lists are evaluated once per attempt.  When not all items start in the
 * call that evaluated them (concurrency, step budget), the lists are kept in
 * a context row that task_executions.items_id points to; a child only holds
 * its index.
 *
 * The rows of a query, and items that are retried one by one, are kept as rows
 * of a table (item_rows.c).  Items that have not succeeded outlive the attempt: a
 * retry of the task, and a rerun without reset, goes on with them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "engine/memory/rollback_row.h"
#include "engine/work/children.h"
#include "engine/work/kept_items.h"
#include "util/json.h"

/* ---- the lists ---- */

static bool
add_key(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	mst_json_add_value(arg, NULL, key);
	return true;
}

static void
add_characters(JsonBuilder *b, const char *text)
{
	while (*text != '\0')
	{
		int			len = pg_mblen(text);

		mst_json_add_text(b, NULL, pnstrdup(text, len));
		text += len;
	}
}

/*
 * Returns a list as it is, the keys of a mapping, the characters of a string.
 */
static Jsonb *
to_list(Jsonb *value)
{
	JsonBuilder b;

	if (mst_json_is_array(value))
		return value;
	if (!mst_json_is_object(value) && mst_json_root(value).type != jbvString)
		return NULL;
	mst_json_begin_array(&b);
	if (mst_json_is_object(value))
		mst_json_each(value, add_key, &b);
	else
		add_characters(&b, mst_json_to_text(value));
	return mst_json_end(&b);
}

/* {variable: list, ...}, or NULL after the task has failed. */
static Jsonb *
evaluate_lists(EngineCall *call, Task *task, int *count)
{
	ExprBindings *bindings = mst_bindings_task(call, task, NULL);
	JsonBuilder b;
	char	   *problem = NULL;

	*count = -1;
	mst_json_begin_object(&b);
	for (int i = 0; i < task->spec->n_items && problem == NULL; i++)
	{
		const ItemSpec *item = &task->spec->items[i];
		Jsonb	   *value;
		Jsonb	   *list;
		ExprError  *error;

		if (!mst_expr_eval_jsonb(item->source, bindings, &value, &error))
			problem = mst_expr_error_text(error);
		else if ((list = to_list(value)) == NULL)
			problem = psprintf("Wrong input format for: with-items of variable \"%s\". A list is expected, not %s",
							   item->variable, mst_json_print(value));
		else if (*count >= 0 && mst_json_count(list) != *count)
			problem = psprintf("Wrong input format for: with-items. All lists must have the same length: \"%s\" has %d items, those before it have %d",
							   item->variable, mst_json_count(list), *count);
		else
		{
			*count = mst_json_count(list);
			mst_json_add(&b, item->variable, list);
		}
	}
	if (problem == NULL)
		return mst_json_end(&b);
	mst_child_fail_input(call, task, problem);
	return NULL;
}

/* Returns the values of all variables for one item. */
static Jsonb *
item_variables(Task *task, JsonbContainer **lists, int index)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	for (int i = 0; i < task->spec->n_items; i++)
		mst_json_add_value(&b, task->spec->items[i].variable,
						   getIthJsonbValueFromContainer(lists[i], index));
	return mst_json_end(&b);
}

static JsonbContainer **
list_containers(Task *task, Jsonb *lists)
{
	JsonbContainer **containers = palloc(sizeof(JsonbContainer *) * task->spec->n_items);

	/* rollbacks have no input */
	if (task->spec->is_rollback)
		return containers;
	for (int i = 0; i < task->spec->n_items; i++)
	{
		JsonbValue	value;

		if (!mst_json_find(lists, task->spec->items[i].variable,
						   strlen(task->spec->items[i].variable), &value))
			elog(ERROR, "list of with-items is missing");
		containers[i] = value.val.binary.data;
	}
	return containers;
}

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
	int			room = ITEM_PORTION;

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
choose_items(EngineCall *call, Task *task, int *indexes)
{
	int			next = task->runtime.next_item;
	int			room = room_for_items(call, task);
	int			n = 0;

	for (; n < room && next < task->runtime.item_count; next++)
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
				 JsonbContainer **containers, const int *indexes, int n,
				 Jsonb **inputs)
{
	Size		bytes = 0;
	int			i;

	for (i = 0; i < n && bytes < ITEM_PORTION_BYTES; i++)
	{
		Jsonb	   *item = task->spec->is_rollback ? NULL :
		item_variables(task, containers, indexes[i]);
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
		if (mst_call_is_spent(call))
			break;
	}
	return true;
}

/*
 * The rest of the items is for later, perhaps for another call, which will
 * need the lists.
 */
static void
leave_items(EngineCall *call, Task *task, Jsonb *lists)
{
	if (mst_uuid_is_none(&task->row->items_id))
		task->row->items_id = mst_context_keep(call, task->exec, lists);
	mst_items_queue_more(call, task);
}

/*
 * Starts items until all have, the concurrency is reached, the budget is used
 * up, or the task has ended.
 */
static void
start_items(EngineCall *call, Task *task, Jsonb *lists)
{
	JsonbContainer **containers = list_containers(task, lists);
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
	while ((chosen = choose_items(call, task, indexes)) > 0)
	{
		int			n;
		bool		go_on;

		/* what the call keeps of sub-executions is not allocated here */
		if (!task->spec->is_workflow)
			MemoryContextSwitchTo(portion_cxt);
		n = evaluate_portion(call, task, name, containers, indexes, chosen, inputs);
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
	if (task->runtime.next_item < task->runtime.item_count && mst_items_have_room(task))
		leave_items(call, task, lists);
	else if (task->runtime.next_item >= task->runtime.item_count &&
			 task->row->open_children == 0)
		mst_items_finish(call, task);
}

/* Returns whether a compensation will need the lists of the task. */
static bool
is_needed_later(const Task *task)
{
	int			compensation = task->spec->compensation;

	return compensation != NO_TASK && !task->exec->spec->tasks[compensation].is_rollback;
}

/* ---- items that are rows ---- */

/* how many items of a query run at a time where the task does not say */
#define QUERY_WINDOW 100

/* Makes items of the lists; false: the task has failed. */
static bool
keep_lists(EngineCall *call, Task *task, int *count)
{
	Jsonb	   *lists = evaluate_lists(call, task, count);
	JsonbContainer **containers;
	MemoryContext old = CurrentMemoryContext;
	MemoryContext portion_cxt;
	TaskItemRow **rows;

	if (lists == NULL)
		return false;
	containers = list_containers(task, lists);
	rows = palloc(sizeof(TaskItemRow *) * ITEM_PORTION);
	portion_cxt = AllocSetContextCreate(old, "mistral items to keep", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(portion_cxt);
	for (int i = 0, n = 0; i < *count; i++)
	{
		rows[n++] = mst_item_row_new(task, i, item_variables(task, containers, i));
		if (n < ITEM_PORTION && i < *count - 1)
			continue;
		CHECK_FOR_INTERRUPTS();
		mst_item_rows_add(call, task, rows, n);
		MemoryContextReset(portion_cxt);
		n = 0;
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(portion_cxt);
	if (is_needed_later(task))
		task->row->items_id = mst_context_keep(call, task->exec, lists);
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
		if (mst_call_is_spent(call))
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
	Jsonb	   *lists;

	/* a retry or rerun leaves out what has been undone already */
	items = bms_difference(mst_task_items_done(call, done, task->spec->is_rollback),
						   mst_task_items_done(call, task, false));
	lists = task->spec->is_rollback ? mst_json_object() :
		mst_context_row(call, &done->row->items_id)->data;
	begin_items(task, done->runtime.item_count);
	task->row->items_id = task->spec->is_rollback ? mst_context_keep(call, task->exec, lists) :
		done->row->items_id;
	if (task->runtime.concurrency == 0)
		task->runtime.concurrency = 1;
	task->runtime.rerun_items = items;
	if (!bms_is_empty(items))
	{
		start_items(call, task, lists);
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
	int			count;
	Jsonb	   *lists = evaluate_lists(call, task, &count);

	if (lists == NULL)
		return;
	begin_items(task, count);
	if (count == 0)
	{
		mst_items_finish(call, task);
		return;
	}
	if ((task->runtime.concurrency > 0 && task->runtime.concurrency < count) ||
		count > call->budget || is_needed_later(task))
		task->row->items_id = mst_context_keep(call, task->exec, lists);
	start_items(call, task, lists);
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
	task->items_queued = false;
	if ((task->row->state != MST_STATE_RUNNING && task->row->state != MST_STATE_PAUSED) ||
		task->coming_state != MST_STATE_NONE ||
		(mst_uuid_is_none(&task->row->items_id) && !task->runtime.keeps_items))
		return;

	/* what pauses the execution, or ends it, holds the items that are left */
	if (task->exec->row->state != MST_STATE_RUNNING || mst_task_is_stopped(task))
		return;
	task->operation = OPERATION_TAKE_RESULT;
	if (task->runtime.keeps_items)
		start_kept_items(call, task);
	else
		start_items(call, task, mst_context_row(call, &task->row->items_id)->data);
}
