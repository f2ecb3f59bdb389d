/*-------------------------------------------------------------------------
 *
 * outcome.c
 *	  What the children of a task have left: results, and whether they count.
 *
 * A child is accepted when its task had not ended before it did, and no retry or
 * rerun has superseded it.  The result of a task is made of the accepted ones
 * when an expression or a user asks for it; it is stored nowhere.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/data/data.h"
#include "util/json.h"

/* ---- sub-executions as rows ---- */

/*
 * Returns the sub-executions of the task (ExecutionRow *), from memory and
 * storage.
 */
List *
mst_subworkflow_rows(EngineCall *call, Task *task)
{
	List	   *rows = NIL;
	ListCell   *lc;

	foreach(lc, task->child_execs)
		rows = lappend(rows, ((Execution *) lfirst(lc))->row);
	if (call->is_simulated || task->row->row.is_new)
		return rows;
	foreach(lc, mst_store_child_executions(&task->id))
	{
		ExecutionRow *row = lfirst(lc);
		Execution  *known = hash_search(call->execs, &row->id, HASH_FIND, NULL);

		rows = lappend(rows, known != NULL && !known->is_stale ? known->row : row);
	}
	return rows;
}

typedef struct EachChild
{
	EngineCall *call;
	bool		(*fn) (ExecutionRow *row, void *arg);
	void	   *arg;
} EachChild;

/* What the call has in memory is newer than what is stored. */
static bool
look_at_child(ExecutionRow *row, void *arg)
{
	EachChild  *each = arg;
	Execution  *known = hash_search(each->call->execs, &row->id, HASH_FIND, NULL);

	return each->fn(known != NULL && !known->is_stale ? known->row : row, each->arg);
}

/*
 * Calls "fn" for each sub-execution of the task until it returns false, with one
 * stored row in memory at a time.
 */
void
mst_subworkflow_each(EngineCall *call, Task *task,
					 bool (*fn) (ExecutionRow *row, void *arg), void *arg)
{
	EachChild	each = {call, fn, arg};
	ListCell   *lc;

	foreach(lc, task->child_execs)
	{
		if (!fn(((Execution *) lfirst(lc))->row, arg))
			return;
	}
	if (!call->is_simulated && !task->row->row.is_new)
		mst_store_each_child_execution(&task->id, look_at_child, &each);
}

/* ---- results ---- */

/* Results of children, with their place among the items. */
typedef struct ResultItem
{
	int			index;
	int			order;
	Jsonb	   *value;			/* NULL: null */
} ResultItem;

typedef struct ResultList
{
	MemoryContext mcxt;
	ResultItem *items;
	int			n;
	int			size;
} ResultList;

/* Adds a copy of the value. */
static void
add_result(ResultList *results, int index, Jsonb *value)
{
	MemoryContext old = MemoryContextSwitchTo(results->mcxt);

	if (results->n == results->size)
	{
		results->size = Max(8, results->size * 2);
		results->items = results->items == NULL ?
			palloc(sizeof(ResultItem) * results->size) :
			repalloc_huge(results->items, sizeof(ResultItem) * results->size);
	}
	results->items[results->n].index = index;
	results->items[results->n].order = results->n;
	results->items[results->n].value = mst_json_copy(value);
	results->n++;
	MemoryContextSwitchTo(old);
}

static bool
collect_action(ActionRow *action, void *arg)
{
	ResultList *results = arg;

	if (action->accepted)
		add_result(results, action->item_index,
				   mst_json_get(action->output, "result"));
	return true;
}

static void
collect_executions(EngineCall *call, Task *task, ResultList *results)
{
	ListCell   *lc;

	foreach(lc, mst_subworkflow_rows(call, task))
	{
		ExecutionRow *row = lfirst(lc);

		if (row->accepted)
			add_result(results, row->item_index, row->output);
	}
}

static int
compare_results(const void *a, const void *b)
{
	const ResultItem *left = a;
	const ResultItem *right = b;

	if (left->index != right->index)
		return left->index < right->index ? -1 : 1;
	return left->order - right->order;
}

static Jsonb *
collect_result(EngineCall *call, Task *task)
{
	ResultList	results = {CurrentMemoryContext};
	JsonBuilder b;

	if (task->row->type == TASK_TYPE_WORKFLOW)
		collect_executions(call, task, &results);
	else
		mst_task_each_action(call, task, collect_action, &results);
	if (task->spec->n_items == 0 && results.n == 1)
		return results.items[0].value != NULL ? results.items[0].value : mst_json_null();
	if (results.n > 1)
		qsort(results.items, results.n, sizeof(ResultItem), compare_results);
	mst_json_begin_array(&b);
	for (int i = 0; i < results.n; i++)
		mst_json_add(&b, NULL, results.items[i].value);
	return mst_json_end(&b);
}

/* The items of a query may be too many for a list. */
static Jsonb *
summarize_items(const Task *task)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_int(&b, "total", Max(task->runtime.item_count, 0));
	mst_json_add_int(&b, "succeeded", task->runtime.succeeded_items);
	mst_json_add_int(&b, "failed", task->runtime.failed_items);
	return mst_json_end(&b);
}

/*
 * Returns the task's result in the caller's memory context; while the retry
 * policy looks at an item, that of the item.  The results of
 * its children, of which it is made, are gone by then: an expression pays for
 * what it gets.
 */
Jsonb *
mst_task_result(EngineCall *call, Task *task)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext work;
	Jsonb	   *result;

	if (task->item_end != NULL)
		return task->item_end->result != NULL ? mst_json_copy(task->item_end->result) : mst_json_null();
	if (task->spec->item_query != NULL)
		return summarize_items(task);
	work = AllocSetContextCreate(caller, "mistral task result", ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(work);
	result = collect_result(call, task);
	MemoryContextSwitchTo(caller);
	result = mst_json_copy(result);
	MemoryContextDelete(work);
	return result;
}

/* ---- results of items ---- */

/* A search for the actions of items that have succeeded. */
typedef struct ItemSearch
{
	MemoryContext mcxt;
	int			index;			/* of the item looked for; -1: all */
	Bitmapset  *done;			/* result: indexes found */
	Jsonb	   *value;			/* and the result of the one looked for */
} ItemSearch;

static bool
note_done_item(ActionRow *action, void *arg)
{
	ItemSearch *search = arg;
	MemoryContext old;

	if (!action->accepted || action->state != MST_STATE_SUCCESS ||
		(search->index >= 0 && action->item_index != search->index))
		return true;
	old = MemoryContextSwitchTo(search->mcxt);
	search->done = bms_add_member(search->done, action->item_index);
	if (search->index >= 0)
		search->value = mst_json_copy(mst_json_get(action->output, "result"));
	MemoryContextSwitchTo(old);
	return search->index < 0;
}

/*
 * Returns the items of the task whose children have succeeded and count; of
 * sub-executions, on demand, only those that have something to undo.  A task
 * without items has one child, with the index 0.
 */
Bitmapset *
mst_task_items_done(EngineCall *call, Task *task, bool only_undoable)
{
	ItemSearch	search = {CurrentMemoryContext, -1, NULL, NULL};
	ListCell   *lc;

	if (task->row->type == TASK_TYPE_ACTION)
	{
		mst_task_each_action(call, task, note_done_item, &search);
		return search.done;
	}
	foreach(lc, mst_subworkflow_rows(call, task))
	{
		ExecutionRow *child = lfirst(lc);

		if (child->accepted && child->state == MST_STATE_SUCCESS &&
			(child->undo_count > 0 || !only_undoable))
			search.done = bms_add_member(search.done, child->item_index);
	}
	return search.done;
}

/*
 * Returns the result of the item that has succeeded, or NULL.  Its action is
 * mostly the one of its number; what retries and reruns have made is looked for.
 */
Jsonb *
mst_task_item_result(EngineCall *call, Task *task, int index)
{
	ItemSearch	search = {CurrentMemoryContext, index, NULL, NULL};
	ListCell   *lc;

	if (task->row->type == TASK_TYPE_ACTION)
	{
		pg_uuid_t	id = mst_uuid_action(&task->id, task->runtime.first_child + index + 1);
		ActionRow  *action;

		mst_call_write_actions(call);
		action = call->is_simulated ? NULL : mst_store_action(&id);
		if (action == NULL || note_done_item(action, &search))
			mst_task_each_action(call, task, note_done_item, &search);
		return search.value;
	}
	foreach(lc, mst_subworkflow_rows(call, task))
	{
		ExecutionRow *child = lfirst(lc);

		if (child->accepted && child->item_index == index && child->state == MST_STATE_SUCCESS)
			return child->output;
	}
	return NULL;
}

/*
 * Returns the branch variables that the last completion of the task has
 * published.
 */
Jsonb *
mst_task_published(EngineCall *call, Task *task)
{
	TaskRow    *row = task->row;

	if (mst_uuid_is_none(&row->published_id) ||
		mst_uuid_equal(&row->published_id, &row->context_id))
		return row->published_global != NULL ? mst_json_null() : mst_json_object();
	return mst_context_row(call, &row->published_id)->data;
}

/* ---- accepted children ---- */

typedef struct UnacceptArg
{
	EngineCall *call;
	Task	   *task;
	bool		only_failed;
	List	   *ids;			/* pg_uuid_t *: rows to change, read from the
								 * table */
} UnacceptArg;

static void
note_id(UnacceptArg *ua, const pg_uuid_t *id)
{
	MemoryContext old = MemoryContextSwitchTo(ua->call->mcxt);
	pg_uuid_t  *copy = palloc(sizeof(pg_uuid_t));

	*copy = *id;
	ua->ids = lappend(ua->ids, copy);
	MemoryContextSwitchTo(old);
}

static bool
note_accepted(ActionRow *action, void *arg)
{
	UnacceptArg *ua = arg;

	if (!action->accepted ||
		(ua->only_failed && action->state == MST_STATE_SUCCESS))
		return true;
	if (list_member_ptr(ua->task->actions, action))
	{
		action->accepted = false;
		mst_call_touch_action(ua->call, ua->task, action);
	}
	else
		note_id(ua, &action->id);
	return true;
}

static bool
note_accepted_execution(ExecutionRow *row, void *arg)
{
	UnacceptArg *ua = arg;

	if (row->accepted && !(ua->only_failed && row->state == MST_STATE_SUCCESS))
		note_id(ua, &row->id);
	return true;
}

static void
unaccept_executions(EngineCall *call, Task *task, bool only_failed)
{
	UnacceptArg arg = {call, task, only_failed, NIL};
	ListCell   *lc;

	mst_subworkflow_each(call, task, note_accepted_execution, &arg);
	foreach(lc, arg.ids)
	{
		/* a child locked by another call still runs: it is not accepted */
		Execution  *child = mst_call_execution(call, lfirst(lc), LOCK_TRY, NULL);

		if (child == NULL)
			continue;
		child->row->accepted = false;
		mst_execution_touch(call, child);
	}
}

/*
 * The children of the task count no longer: all, or those that did not
 * succeed.
 */
void
mst_task_unaccept(EngineCall *call, Task *task, bool only_failed)
{
	UnacceptArg arg = {call, task, only_failed, NIL};
	ListCell   *lc;

	if (task->row->type == TASK_TYPE_WORKFLOW)
	{
		unaccept_executions(call, task, only_failed);
		return;
	}
	if (task->runtime.keeps_items && !call->is_simulated)
	{
		mst_call_unaccept_actions(call, task, only_failed);
		return;
	}
	mst_task_each_action(call, task, note_accepted, &arg);
	foreach(lc, arg.ids)
	{
		ActionRow  *action = mst_store_action(lfirst(lc));

		action->accepted = false;
		mst_call_touch_action(call, task, action);
	}
	if (only_failed)
		return;
	task->runtime.first_child = task->row->children;
	task->runtime_dirty = true;
}
