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

static void
read_private(TaskRuntime *rt, Jsonb *json)
{
	char	   *end_state = mst_json_get_text(json, "end_state");
	char	   *suspended = mst_json_get_text(json, "suspended_state");

	rt->paused_before = mst_json_get_bool(json, "paused_before", false);
	rt->held = mst_json_get_bool(json, "held", false);
	rt->timed_out = mst_json_get_bool(json, "timed_out", false);
	rt->left_children = mst_json_get_bool(json, "left_children", false);
	rt->timeout_from = mst_json_get_int(json, "timeout_from", 0);
	if (end_state != NULL)
		rt->end_state = mst_state_from_name(end_state);
	rt->end_info = mst_json_get_text(json, "end_info");
	rt->next_item = mst_json_get_int(json, "next_item", 0);
	rt->first_child = mst_json_get_int(json, "first_child", 0);
	rt->item_failed = mst_json_get_bool(json, "item_failed", false);
	rt->rerun_items = mst_bits_parse(mst_json_get_text(json, "rerun_items"));
	rt->arrived = mst_bits_parse(mst_json_get_text(json, "arrived"));
	rt->late = mst_bits_parse(mst_json_get_text(json, "late"));
	if (suspended != NULL)
		rt->suspended_state = mst_state_from_name(suspended);
	rt->suspended_info = mst_json_get_text(json, "suspended_info");
	rt->set_aside = mst_json_get(json, "set_aside");
}

/* Reads the policy state from task_executions.runtime; json may be NULL. */
void
mst_runtime_read(TaskRuntime *rt, Jsonb *json)
{
	memset(rt, 0, sizeof(TaskRuntime));
	rt->item_count = -1;
	if (json == NULL)
		return;
	rt->retry_no = mst_json_get_int(mst_json_get(json, "retry_task_policy"), "retry_no", 0);
	rt->has_retry = mst_json_has(json, "retry_task_policy");
	rt->waited_before = mst_json_has(json, "wait_before_policy");
	rt->wait_after_done = mst_json_has(json, "wait_after_policy");
	rt->concurrency = mst_json_get_int(json, "concurrency", 0);
	rt->item_count = mst_json_get_int(mst_json_get(json, "with_items"), "count", -1);
	read_private(rt, mst_json_get(json, "__engine"));
}

static void
write_private(JsonBuilder *b, const TaskRuntime *rt)
{
	if (rt->paused_before)
		mst_json_add_bool(b, "paused_before", true);
	if (rt->held)
		mst_json_add_bool(b, "held", true);
	if (rt->timed_out)
		mst_json_add_bool(b, "timed_out", true);
	if (rt->left_children)
		mst_json_add_bool(b, "left_children", true);
	if (rt->timeout_from > 0)
		mst_json_add_int(b, "timeout_from", rt->timeout_from);
	if (rt->end_state != MST_STATE_NONE)
		mst_json_add_text(b, "end_state", mst_state_name(rt->end_state));
	if (rt->end_info != NULL)
		mst_json_add_text(b, "end_info", rt->end_info);
	if (rt->next_item > 0)
		mst_json_add_int(b, "next_item", rt->next_item);
	if (rt->first_child > 0)
		mst_json_add_int(b, "first_child", rt->first_child);
	if (rt->item_failed)
		mst_json_add_bool(b, "item_failed", true);
	if (!bms_is_empty(rt->rerun_items))
		mst_json_add_text(b, "rerun_items", mst_bits_print(rt->rerun_items));
	if (!bms_is_empty(rt->arrived))
		mst_json_add_text(b, "arrived", mst_bits_print(rt->arrived));
	if (!bms_is_empty(rt->late))
		mst_json_add_text(b, "late", mst_bits_print(rt->late));
	if (rt->suspended_state != MST_STATE_NONE)
		mst_json_add_text(b, "suspended_state", mst_state_name(rt->suspended_state));
	if (rt->suspended_info != NULL)
		mst_json_add_text(b, "suspended_info", rt->suspended_info);
	if (rt->set_aside != NULL)
		mst_json_add(b, "set_aside", rt->set_aside);
}

static void
write_flag(JsonBuilder *b, const char *policy, const char *flag)
{
	mst_json_open_object(b, policy);
	mst_json_add_bool(b, flag, true);
	mst_json_close_object(b);
}

static void
write_items(JsonBuilder *b, const TaskRuntime *rt)
{
	mst_json_open_object(b, "with_items");
	mst_json_add_int(b, "count", rt->item_count);
	if (rt->concurrency > 0)
		mst_json_add_int(b, "capacity", rt->concurrency);
	else
		mst_json_add_text(b, "capacity", NULL);
	mst_json_close_object(b);
}

static void
write_public(JsonBuilder *b, const TaskRuntime *rt)
{
	if (rt->has_retry || rt->retry_no > 0)
	{
		mst_json_open_object(b, "retry_task_policy");
		if (rt->retry_no > 0)
			mst_json_add_int(b, "retry_no", rt->retry_no);
		mst_json_close_object(b);
	}
	if (rt->waited_before)
		write_flag(b, "wait_before_policy", "skip");
	if (rt->wait_after_done)
		write_flag(b, "wait_after_policy", "skip");
	if (rt->concurrency > 0)
		mst_json_add_int(b, "concurrency", rt->concurrency);
	if (rt->item_count >= 0)
		write_items(b, rt);
}

/* Returns the policy state as JSON, or NULL when there is nothing to keep. */
Jsonb *
mst_runtime_write(const TaskRuntime *rt)
{
	JsonBuilder private;
	JsonBuilder public;
	Jsonb	   *json;

	mst_json_begin_object(&private);
	write_private(&private, rt);
	json = mst_json_end(&private);
	mst_json_begin_object(&public);
	write_public(&public, rt);
	if (mst_json_count(json) > 0)
		mst_json_add(&public, "__engine", json);
	json = mst_json_end(&public);
	return mst_json_count(json) > 0 ? json : NULL;
}
