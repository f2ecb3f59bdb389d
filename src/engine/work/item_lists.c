/*-------------------------------------------------------------------------
 *
 * item_lists.c
 *	  The lists of with-items: evaluating them, and keeping them for later calls.
 *
 * Lists that are not used up in the call that evaluated them are kept in context
 * rows: in parts of some items each, of which each names the next, so that a
 * call that starts an item reads no more than one, however many items there are.
 * task_executions.items_id is the part that has the next item.  For a
 * compensation, which begins anew with the first, they are kept as a whole.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "engine/work/children.h"
#include "engine/work/item_lists.h"
#include "store/lookups.h"
#include "util/json.h"
#include "util/uuid.h"

/* items of a part */
#define PART 100

/* ---- evaluation ---- */

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

/* Returns {variable: list, ...}, or NULL after the task has failed. */
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

static void
find_containers(Task *task, ItemLists *lists)
{
	lists->containers = palloc(sizeof(JsonbContainer *) * task->spec->n_items);

	/* rollbacks have no input */
	if (task->spec->is_rollback)
		return;
	for (int i = 0; i < task->spec->n_items; i++)
	{
		JsonbValue	value;

		if (!mst_json_find(lists->lists, task->spec->items[i].variable,
						   strlen(task->spec->items[i].variable), &value))
			elog(ERROR, "list of with-items is missing");
		lists->containers[i] = value.val.binary.data;
	}
}

static void
set_whole(Task *task, Jsonb *json, int count, ItemLists *lists)
{
	lists->lists = json;
	lists->first = 0;
	lists->end = count;
	lists->next = mst_uuid_none;
	find_containers(task, lists);
}

/* Evaluates all lists of the task; false: it has failed. */
bool
mst_item_lists_evaluate(EngineCall *call, Task *task, ItemLists *lists)
{
	int			count;
	Jsonb	   *json = evaluate_lists(call, task, &count);

	if (json == NULL)
		return false;
	set_whole(task, json, count, lists);
	return true;
}

/* Returns the values of all variables for one of the items. */
Jsonb *
mst_item_variables(Task *task, const ItemLists *lists, int index)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	for (int i = 0; i < task->spec->n_items; i++)
		mst_json_add_value(&b, task->spec->items[i].variable,
						   getIthJsonbValueFromContainer(lists->containers[i], index - lists->first));
	return mst_json_end(&b);
}

/* ---- keeping ---- */

/* Returns whether a compensation will need the lists of the task. */
bool
mst_item_lists_are_needed(const Task *task)
{
	int			compensation = task->spec->compensation;

	return compensation != NO_TASK && !task->exec->spec->tasks[compensation].is_rollback;
}

/* Returns some of the items, as {"first": ..., "end": ..., "next": ..., "lists": ...}. */
static Jsonb *
make_part(Task *task, const ItemLists *lists, int first, int end, const pg_uuid_t *next)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_int(&b, "first", first);
	mst_json_add_int(&b, "end", end);
	if (!mst_uuid_is_none(next))
		mst_json_add_text(&b, "next", mst_uuid_text(next));
	mst_json_open_object(&b, "lists");
	for (int i = 0; i < task->spec->n_items; i++)
	{
		mst_json_open_array(&b, task->spec->items[i].variable);
		for (int index = first; index < end; index++)
			mst_json_add_value(&b, NULL,
							   getIthJsonbValueFromContainer(lists->containers[i], index - lists->first));
		mst_json_close_array(&b);
	}
	mst_json_close_object(&b);
	return mst_json_end(&b);
}

/*
 * Keeps the lists for later calls, from the next item on; what a compensation
 * needs as a whole.
 */
void
mst_item_lists_keep(EngineCall *call, Task *task, const ItemLists *lists)
{
	int			from = task->runtime.next_item;
	pg_uuid_t	next = mst_uuid_none;

	if (task->spec->is_rollback || mst_item_lists_are_needed(task) || lists->end - from <= 2 * PART)
	{
		task->row->items_id = mst_context_keep(call, task->exec, lists->lists);
		return;
	}
	for (int first = from + (lists->end - from - 1) / PART * PART; first >= from; first -= PART)
		next = mst_context_keep(call, task->exec,
								make_part(task, lists, first, Min(first + PART, lists->end), &next));
	task->row->items_id = next;
}

/* Reads the part that task->row->items_id names, or the whole. */
static void
read_part(EngineCall *call, Task *task, ItemLists *lists)
{
	Jsonb	   *json = mst_context_row(call, &task->row->items_id)->data;
	char	   *next;

	/* a variable of that name has a list */
	if (mst_json_get_int(json, "first", -1) < 0)
	{
		set_whole(task, json, task->runtime.item_count, lists);
		return;
	}
	lists->first = mst_json_get_int(json, "first", 0);
	lists->end = mst_json_get_int(json, "end", 0);
	lists->lists = mst_json_get(json, "lists");
	lists->next = mst_uuid_none;
	next = mst_json_get_text(json, "next");
	if (next != NULL && !mst_uuid_parse(next, &lists->next))
		elog(ERROR, "part of with-items has no valid next one");
	find_containers(task, lists);
}

/*
 * Goes on to the part behind this one when all of its items have begun; false:
 * they have not, or there is none.
 */
bool
mst_item_lists_advance(EngineCall *call, Task *task, ItemLists *lists)
{
	if (task->runtime.next_item < lists->end || mst_uuid_is_none(&lists->next))
		return false;
	task->row->items_id = lists->next;
	mst_task_touch(call, task);
	read_part(call, task, lists);
	return true;
}

/* Reads what has been kept, from the next item on. */
void
mst_item_lists_read(EngineCall *call, Task *task, ItemLists *lists)
{
	read_part(call, task, lists);
	while (mst_item_lists_advance(call, task, lists))
		;
}
