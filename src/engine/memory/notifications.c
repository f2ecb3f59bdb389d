/*-------------------------------------------------------------------------
 *
 * notifications.c
 *	  Changes of state as rows of the event outbox.
 *
 * An event is written when the execution's "notify" parameter or a
 * subscription asks for it; most executions have neither, and the check costs
 * them nothing but a look at one flag.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "engine/memory/engine_objects.h"
#include "engine/memory/world.h"
#include "store/lookups.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/time_text.h"
#include "util/uuid.h"

/* Returns whether anybody wants the events of the execution. */
bool
mst_event_wanted(Execution *exec)
{
	return mst_json_count(mst_json_get(exec->data->params, "notify")) > 0 ||
		mst_query_has_subscriptions(exec->row->project_id);
}

/* Returns the parameters with the publishers of the settings added. */
Jsonb *
mst_event_add_publishers(Jsonb *params)
{
	Jsonb	   *own = mst_json_get(params, "notify");
	Jsonb	   *common;
	JsonBuilder b;

	if (mst_notify_publishers == NULL ||
		mst_notify_publishers[strspn(mst_notify_publishers, " \t\r\n")] == '\0')
		return params;
	/* the check of the start reports a value that is no list */
	if (own != NULL && !mst_json_is_null(own) && !mst_json_is_array(own))
		return params;
	common = mst_json_from_text(mst_notify_publishers);
	mst_json_begin_array(&b);
	for (int i = 0; i < mst_json_count(own); i++)
		mst_json_add(&b, NULL, mst_json_item(own, i));
	for (int i = 0; i < mst_json_count(common); i++)
		mst_json_add(&b, NULL, mst_json_item(common, i));
	return mst_json_concat(params, mst_json_object1("notify", mst_json_end(&b)));
}

/* ---- which event it is ---- */

static const char *
execution_event(State from, State to)
{
	switch (to)
	{
		case MST_STATE_RUNNING:
			return from == MST_STATE_PAUSED ? "WORKFLOW_RESUMED" :
				from == MST_STATE_ERROR ? "WORKFLOW_RERUN" : "WORKFLOW_LAUNCHED";
		case MST_STATE_SUCCESS:
			return "WORKFLOW_SUCCEEDED";
		case MST_STATE_ERROR:
			return "WORKFLOW_FAILED";
		case MST_STATE_CANCELLED:
			return "WORKFLOW_CANCELLED";
		case MST_STATE_PAUSED:
			return "WORKFLOW_PAUSED";
		default:
			return NULL;
	}
}

/* One that is IDLE though it has been started before was held by a pause. */
static const char *
task_event(State from, State to, bool was_started)
{
	switch (to)
	{
		case MST_STATE_RUNNING:
			return from == MST_STATE_PAUSED || from == MST_STATE_WAITING ||
				(from == MST_STATE_IDLE && was_started) ? "TASK_RESUMED" :
				from == MST_STATE_ERROR ? "TASK_RERUN" : "TASK_LAUNCHED";
		case MST_STATE_SUCCESS:
			return "TASK_SUCCEEDED";
		case MST_STATE_ERROR:
			return "TASK_FAILED";
		case MST_STATE_CANCELLED:
			return "TASK_CANCELLED";
		case MST_STATE_PAUSED:
			return "TASK_PAUSED";
		case MST_STATE_SKIPPED:
			return "TASK_SKIPPED";
		default:
			return NULL;
	}
}

/* ---- who wants it ---- */

static bool
lists_event(Jsonb *publisher, const char *event)
{
	Jsonb	   *types = mst_json_get(publisher, "event_types");

	if (mst_json_count(types) == 0)
		return true;
	for (int i = 0; i < mst_json_count(types); i++)
	{
		if (strcmp(mst_json_to_text(mst_json_item(types, i)), event) == 0)
			return true;
	}
	return false;
}

/*
 * Returns the publishers of the parameter "notify" that ask for the event, or
 * NULL.
 */
static Jsonb *
publishers_of(Execution *exec, const char *event)
{
	Jsonb	   *all = mst_json_get(mst_execution_data(exec)->params, "notify");
	JsonBuilder b;
	int			n = 0;

	mst_json_begin_array(&b);
	for (int i = 0; i < mst_json_count(all); i++)
	{
		Jsonb	   *publisher = mst_json_item(all, i);

		if (!mst_json_is_object(publisher) || !lists_event(publisher, event))
			continue;
		mst_json_add(&b, NULL, publisher);
		n++;
	}
	return n > 0 ? mst_json_end(&b) : NULL;
}

/* ---- the payload ---- */

static void
add_id(JsonBuilder *b, const char *key, const pg_uuid_t *id)
{
	mst_json_add_text(b, key, mst_uuid_is_none(id) ? NULL :
					  mst_uuid_text(id));
}

static void
add_time(JsonBuilder *b, const char *key, TimestampTz time)
{
	mst_json_add_text(b, key, time == 0 ? NULL : mst_time_text(time));
}

static Jsonb *
execution_payload(Execution *exec, const char *event)
{
	ExecutionRow *row = exec->row;
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "event", event);
	add_id(&b, "id", &row->id);
	mst_json_add_text(&b, "name", row->workflow_name);
	mst_json_add_text(&b, "workflow_name", row->workflow_name);
	mst_json_add_text(&b, "workflow_namespace", row->namespace);
	add_id(&b, "workflow_id", &row->workflow_id);
	mst_json_add_text(&b, "state", mst_state_name(row->state));
	mst_json_add_text(&b, "state_info", row->state_info);
	mst_json_add_text(&b, "project_id", row->project_id);
	add_id(&b, "task_execution_id", &row->parent_task_id);
	add_id(&b, "root_execution_id",
		   mst_uuid_equal(&row->root_id, &row->id) ? &mst_uuid_none : &row->root_id);
	add_time(&b, "created_at", row->created_at);
	add_time(&b, "updated_at", row->updated_at);
	return mst_json_end(&b);
}

static Jsonb *
task_payload(Task *task, const char *event)
{
	ExecutionRow *exec = task->exec->row;
	TaskRow    *row = task->row;
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "event", event);
	add_id(&b, "id", &row->id);
	mst_json_add_text(&b, "name", row->name);
	add_id(&b, "workflow_execution_id", &row->execution_id);
	mst_json_add_text(&b, "workflow_name", exec->workflow_name);
	mst_json_add_text(&b, "workflow_namespace", exec->namespace);
	add_id(&b, "workflow_id", &exec->workflow_id);
	mst_json_add_text(&b, "state", mst_state_name(row->state));
	mst_json_add_text(&b, "state_info", row->state_info);
	mst_json_add_text(&b, "type", row->type == TASK_TYPE_WORKFLOW ? "WORKFLOW" : "ACTION");
	mst_json_add_text(&b, "project_id", row->project_id);
	add_time(&b, "created_at", row->created_at);
	add_time(&b, "updated_at", row->updated_at);
	add_time(&b, "started_at", row->started_at);
	add_time(&b, "finished_at", row->finished_at);
	if (!mst_uuid_is_none(&row->compensates))
		add_id(&b, "compensates", &row->compensates);
	return mst_json_end(&b);
}

static Jsonb *
human_payload(const Execution *exec, const HumanTaskRow *human, const char *event)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "event", event);
	add_id(&b, "id", &human->id);
	mst_json_add_text(&b, "title", human->title);
	mst_json_add_text(&b, "name", human->task_name);
	add_id(&b, "task_execution_id", &human->task_id);
	add_id(&b, "workflow_execution_id", &human->execution_id);
	mst_json_add_text(&b, "workflow_name", exec->row->workflow_name);
	mst_json_add_text(&b, "workflow_namespace", exec->row->namespace);
	mst_json_add_text(&b, "project_id", human->project_id);
	mst_json_add(&b, "candidates", human->candidates);
	mst_json_add_int(&b, "priority", human->priority);
	mst_json_add_text(&b, "delegated_to", human->delegated_to);
	mst_json_add_text(&b, "claimed_by", human->claimed_by);
	mst_json_add_text(&b, "completed_by", human->completed_by);
	mst_json_add_bool(&b, "is_overdue", human->is_overdue);
	add_time(&b, "due_at", human->due_at);
	add_time(&b, "created_at", human->created_at);
	return mst_json_end(&b);
}

static EventRow *
add_event(EngineCall *call, Execution *exec, const char *event)
{
	EventRow   *row;
	Jsonb	   *publishers = publishers_of(exec, event);

	if (publishers == NULL && !mst_query_has_subscriptions(exec->row->project_id))
		return NULL;
	row = palloc0(sizeof(EventRow));
	row->row.is_new = true;
	row->created_at = call->now;
	row->execution_id = exec->id;
	row->root_id = exec->row->root_id;
	row->project_id = exec->row->project_id;
	row->event = pstrdup(event);
	row->publishers = publishers;
	call->events = lappend(call->events, row);
	return row;
}

/*
 * Writes the event of a change of the execution from that state, if anybody
 * wants it.
 */
void
mst_event_execution(EngineCall *call, Execution *exec, State from)
{
	const char *event = execution_event(from, exec->row->state);
	EventRow   *row;
	MemoryContext old;

	if (call->world != NULL && event != NULL)
		call->world->note(call, exec, NULL, event);
	if (call->is_simulated || !exec->row->has_notify || event == NULL)
		return;
	old = MemoryContextSwitchTo(call->mcxt);
	row = add_event(call, exec, event);
	if (row != NULL)
		row->payload = execution_payload(exec, event);
	MemoryContextSwitchTo(old);
}

/*
 * Notes the event of a task's change of state, if somebody subscribes to it;
 * "was_started" tells a resume from a first start.
 */
void
mst_event_task(EngineCall *call, Task *task, State from, bool was_started)
{
	const char *event = task_event(from, task->row->state, was_started);
	EventRow   *row;
	MemoryContext old;

	if (call->world != NULL && event != NULL)
		call->world->note(call, task->exec, task, event);
	if (call->is_simulated || !task->exec->row->has_notify || event == NULL)
		return;
	old = MemoryContextSwitchTo(call->mcxt);
	row = add_event(call, task->exec, event);
	if (row != NULL)
	{
		row->task_id = task->id;
		row->payload = task_payload(task, event);
	}
	MemoryContextSwitchTo(old);
}

/*
 * Notes an event of a task of people, if somebody subscribes to it; the call
 * need not have locked the execution.
 */
void
mst_event_human(EngineCall *call, Execution *exec, const HumanTaskRow *human, const char *event)
{
	EventRow   *row;
	MemoryContext old;

	if (call->is_simulated || !exec->row->has_notify)
		return;
	old = MemoryContextSwitchTo(call->mcxt);
	row = add_event(call, exec, event);
	if (row != NULL)
	{
		row->task_id = human->task_id;
		row->payload = human_payload(exec, human, event);
	}
	MemoryContextSwitchTo(old);
}
