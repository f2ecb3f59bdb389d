/*-------------------------------------------------------------------------
 *
 * task_runtime.c
 *	  Policy state of a task as JSON.
 *
 * The keys that clients know (retry_task_policy, with_items, concurrency)
 * have the shape that the Mistral API shows as the task's runtime context;
 * what only the engine needs is below "__engine".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/engine_objects.h"
#include "util/bits.h"
#include "util/json.h"

/* Returns whether more items have failed than the task bears. */
bool
mst_runtime_failed_too_often(const TaskRuntime *runtime)
{
	int64		max = runtime->max_failures;

	if (max < 0)
		max = Max(runtime->item_count, 0) * (-1 - max) / 100;
	return runtime->failed_items > max;
}

/*
 * Returns whether nothing can make the task succeed any more, so that no further
 * item starts.  Those that are left are not forgotten: a rerun below the task may
 * change that.
 */
bool
mst_runtime_holds_items(const TaskRuntime *runtime)
{
	return runtime->cancelled_items > 0 ||
		(runtime->has_max_failures && mst_runtime_failed_too_often(runtime));
}

/* Items that are rows are counted for those who look. */
static void
read_items(TaskRuntime *runtime, Jsonb *json)
{
	runtime->item_count = mst_json_get_int(json, "count", -1);
	runtime->keeps_items = mst_json_has(json, "succeeded");
	runtime->succeeded_items = mst_json_get_int(json, "succeeded", 0);
}

static void
read_private(TaskRuntime *runtime, Jsonb *json)
{
	char	   *end_state = mst_json_get_text(json, "end_state");
	char	   *suspended = mst_json_get_text(json, "suspended_state");
	char	   *slots;

	runtime->paused_before = mst_json_get_bool(json, "paused_before", false);
	runtime->held = mst_json_get_bool(json, "held", false);
	runtime->timed_out = mst_json_get_bool(json, "timed_out", false);
	runtime->child_undoes = mst_json_get_bool(json, "child_undoes", false);
	runtime->left_children = mst_json_get_bool(json, "left_children", false);
	runtime->timeout_from = mst_json_get_int(json, "timeout_from", 0);
	if (end_state != NULL)
		runtime->end_state = mst_state_from_name(end_state);
	runtime->end_info = mst_json_get_text(json, "end_info");
	runtime->next_item = mst_json_get_int(json, "next_item", 0);
	runtime->first_child = mst_json_get_int(json, "first_child", 0);
	runtime->failed_items = mst_json_get_int(json, "failed_items", 0);
	runtime->cancelled_items = mst_json_get_int(json, "cancelled_items", 0);
	runtime->has_max_failures = mst_json_has(json, "max_failures");
	runtime->max_failures = mst_json_get_int(json, "max_failures", 0);
	runtime->waiting_items = mst_json_get_int(json, "waiting_items", 0);
	runtime->items_due = mst_json_get_int(json, "items_due", 0);
	runtime->query_attempts = mst_json_get_int(json, "query_attempts", 0);
	runtime->rerun_items = mst_bits_parse(mst_json_get_text(json, "rerun_items"));
	runtime->arrived = mst_bits_parse(mst_json_get_text(json, "arrived"));
	runtime->late = mst_bits_parse(mst_json_get_text(json, "late"));
	if (suspended != NULL)
		runtime->suspended_state = mst_state_from_name(suspended);
	runtime->suspended_info = mst_json_get_text(json, "suspended_info");
	runtime->set_aside = mst_json_get(json, "set_aside");
	runtime->priority = mst_json_get_int(json, "priority", 0);
	slots = mst_json_get_text(json, "slots");
	if (slots != NULL)
		runtime->slots = strcmp(slots, "taken") == 0 ? SLOTS_TAKEN : SLOTS_AWAITED;
}

/* Reads the policy state from task_executions.runtime; json may be NULL. */
void
mst_runtime_read(TaskRuntime *runtime, Jsonb *json)
{
	memset(runtime, 0, sizeof(TaskRuntime));
	runtime->item_count = -1;
	if (json == NULL)
		return;
	runtime->retry_no = mst_json_get_int(mst_json_get(json, "retry_task_policy"), "retry_no", 0);
	runtime->has_retry = mst_json_has(json, "retry_task_policy");
	runtime->waited_before = mst_json_has(json, "wait_before_policy");
	runtime->wait_after_done = mst_json_has(json, "wait_after_policy");
	runtime->concurrency = mst_json_get_int(json, "concurrency", 0);
	if (mst_json_has(json, "with_items"))
		read_items(runtime, mst_json_get(json, "with_items"));
	read_private(runtime, mst_json_get(json, "__engine"));
}

static void
write_private(JsonBuilder *b, const TaskRuntime *runtime)
{
	if (runtime->paused_before)
		mst_json_add_bool(b, "paused_before", true);
	if (runtime->held)
		mst_json_add_bool(b, "held", true);
	if (runtime->timed_out)
		mst_json_add_bool(b, "timed_out", true);
	if (runtime->child_undoes)
		mst_json_add_bool(b, "child_undoes", true);
	if (runtime->left_children)
		mst_json_add_bool(b, "left_children", true);
	if (runtime->timeout_from > 0)
		mst_json_add_int(b, "timeout_from", runtime->timeout_from);
	if (runtime->end_state != MST_STATE_NONE)
		mst_json_add_text(b, "end_state", mst_state_name(runtime->end_state));
	if (runtime->end_info != NULL)
		mst_json_add_text(b, "end_info", runtime->end_info);
	if (runtime->next_item > 0)
		mst_json_add_int(b, "next_item", runtime->next_item);
	if (runtime->first_child > 0)
		mst_json_add_int(b, "first_child", runtime->first_child);
	if (runtime->failed_items > 0)
		mst_json_add_int(b, "failed_items", runtime->failed_items);
	if (runtime->cancelled_items > 0)
		mst_json_add_int(b, "cancelled_items", runtime->cancelled_items);
	if (runtime->has_max_failures)
		mst_json_add_int(b, "max_failures", runtime->max_failures);
	if (runtime->waiting_items > 0)
		mst_json_add_int(b, "waiting_items", runtime->waiting_items);
	if (runtime->items_due != 0)
		mst_json_add_int(b, "items_due", runtime->items_due);
	if (runtime->query_attempts > 0)
		mst_json_add_int(b, "query_attempts", runtime->query_attempts);
	if (!bms_is_empty(runtime->rerun_items))
		mst_json_add_text(b, "rerun_items", mst_bits_print(runtime->rerun_items));
	if (!bms_is_empty(runtime->arrived))
		mst_json_add_text(b, "arrived", mst_bits_print(runtime->arrived));
	if (!bms_is_empty(runtime->late))
		mst_json_add_text(b, "late", mst_bits_print(runtime->late));
	if (runtime->suspended_state != MST_STATE_NONE)
		mst_json_add_text(b, "suspended_state", mst_state_name(runtime->suspended_state));
	if (runtime->suspended_info != NULL)
		mst_json_add_text(b, "suspended_info", runtime->suspended_info);
	if (runtime->set_aside != NULL)
		mst_json_add(b, "set_aside", runtime->set_aside);
	if (runtime->priority != 0)
		mst_json_add_int(b, "priority", runtime->priority);
	if (runtime->slots != SLOTS_NONE)
		mst_json_add_text(b, "slots", runtime->slots == SLOTS_TAKEN ? "taken" : "awaited");
}

static void
write_flag(JsonBuilder *b, const char *policy, const char *flag)
{
	mst_json_open_object(b, policy);
	mst_json_add_bool(b, flag, true);
	mst_json_close_object(b);
}

static void
write_items(JsonBuilder *b, const TaskRuntime *runtime)
{
	mst_json_open_object(b, "with_items");
	mst_json_add_int(b, "count", runtime->item_count);
	if (runtime->concurrency > 0)
		mst_json_add_int(b, "capacity", runtime->concurrency);
	else
		mst_json_add_text(b, "capacity", NULL);
	if (runtime->keeps_items)
	{
		mst_json_add_int(b, "started", runtime->next_item);
		mst_json_add_int(b, "succeeded", runtime->succeeded_items);
		mst_json_add_int(b, "failed", runtime->failed_items);
		mst_json_add_int(b, "retrying", mst_runtime_holds_items(runtime) ? 0 : runtime->waiting_items);
	}
	mst_json_close_object(b);
}

static void
write_public(JsonBuilder *b, const TaskRuntime *runtime)
{
	if (runtime->has_retry || runtime->retry_no > 0)
	{
		mst_json_open_object(b, "retry_task_policy");
		if (runtime->retry_no > 0)
			mst_json_add_int(b, "retry_no", runtime->retry_no);
		mst_json_close_object(b);
	}
	if (runtime->waited_before)
		write_flag(b, "wait_before_policy", "skip");
	if (runtime->wait_after_done)
		write_flag(b, "wait_after_policy", "skip");
	if (runtime->concurrency > 0)
		mst_json_add_int(b, "concurrency", runtime->concurrency);
	if (runtime->item_count >= 0)
		write_items(b, runtime);
}

/* Returns the policy state as JSON, or NULL when there is nothing to keep. */
Jsonb *
mst_runtime_write(const TaskRuntime *runtime)
{
	JsonBuilder private;
	JsonBuilder public;
	Jsonb	   *json;

	mst_json_begin_object(&private);
	write_private(&private, runtime);
	json = mst_json_end(&private);
	mst_json_begin_object(&public);
	write_public(&public, runtime);
	if (mst_json_count(json) > 0)
		mst_json_add(&public, "__engine", json);
	json = mst_json_end(&public);
	return mst_json_count(json) > 0 ? json : NULL;
}
