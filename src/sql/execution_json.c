/*-------------------------------------------------------------------------
 *
 * execution_json.c
 *	  Executions, actions and results as JSON for users.
 *
 * The names, order and nulls of members are the reference's: a root
 * execution has null as its root, a member without value is null and not
 * left out, and times are UTC with seconds (util/time_text.c).  The views
 * and the REST API make the same of rows in SQL (sql/views.sql); this is
 * for functions that return one object, some of which was never stored.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "engine/data/data.h"
#include "sql/execution_json.h"
#include "util/json.h"
#include "util/time_text.h"
#include "util/uuid.h"

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

typedef struct GlobalArg
{
	JsonBuilder b;
	const Jsonb *vars;
} GlobalArg;

static bool
lists_name(const Jsonb *names, const JsonbValue *name)
{
	return names != NULL &&
		findJsonbValueFromContainer(unconstify(JsonbContainer *, &names->root), JB_FARRAY,
									unconstify(JsonbValue *, name)) != NULL;
}

/*
 * Adds a global variable unless it is internal or among the workflow's
 * vars, which were not published.
 */
static bool
add_global(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	GlobalArg  *global = arg;
	char	   *name = pnstrdup(key->val.string.val, key->val.string.len);

	if (strcmp(name, "__execution") != 0 && !lists_name(global->vars, key))
		mst_json_add_value(&global->b, name, value);
	return true;
}

/* Global variables that were published: neither internal ones nor vars. */
static Jsonb *
published_global(const ExecutionDataRow *data)
{
	GlobalArg	arg;

	arg.vars = data->vars;
	mst_json_begin_object(&arg.b);
	mst_json_each(data->context, add_global, &arg);
	return mst_json_end(&arg.b);
}

/* Returns an execution as JSON, palloc'd. */
Jsonb *
mst_show_execution(ExecutionRow *row)
{
	ExecutionDataRow *data = mst_store_execution_data(&row->id);
	JsonBuilder b;

	mst_json_begin_object(&b);
	add_id(&b, "id", &row->id);
	add_id(&b, "workflow_id", &row->workflow_id);
	mst_json_add_text(&b, "workflow_name", row->workflow_name);
	mst_json_add_text(&b, "workflow_namespace", row->namespace);
	mst_json_add_text(&b, "description", data->description);
	mst_json_add(&b, "tags", data->tags != NULL ? data->tags : mst_json_array());
	mst_json_add(&b, "params", data->params);
	add_id(&b, "task_execution_id", &row->parent_task_id);
	add_id(&b, "root_execution_id",
		   mst_uuid_equal(&row->root_id, &row->id) ? &mst_uuid_none : &row->root_id);
	mst_json_add_text(&b, "state", mst_state_name(row->state));
	mst_json_add_text(&b, "state_info", row->state_info);
	mst_json_add(&b, "input", data->input);
	mst_json_add(&b, "output", row->output != NULL ? row->output : mst_json_object());
	mst_json_add(&b, "published_global", published_global(data));
	mst_json_add_text(&b, "project_id", row->project_id);
	add_time(&b, "created_at", row->created_at);
	add_time(&b, "updated_at", row->updated_at);
	if (row->key != NULL)
		mst_json_add_text(&b, "key", row->key);
	if (data->start_at != 0)
		add_time(&b, "start_at", data->start_at);
	if (row->deadline != 0)
		add_time(&b, "deadline", row->deadline);
	if (row->rollback != NULL)
		mst_json_add_bool(&b, "compensating", !mst_state_is_completed(row->state));
	return mst_json_end(&b);
}

/*
 * Returns an action as JSON, palloc'd.  One that ran without being stored
 * has no id, project and time, which are null.
 */
Jsonb *
mst_show_action(ActionRow *row)
{
	bool		is_stored = !mst_uuid_is_none(&row->id);
	JsonBuilder b;

	mst_json_begin_object(&b);
	add_id(&b, "id", &row->id);
	mst_json_add_text(&b, "name", row->name);
	mst_json_add_text(&b, "workflow_namespace", row->namespace);
	add_id(&b, "task_execution_id", &row->task_id);
	mst_json_add_text(&b, "state", mst_state_name(row->state));
	mst_json_add(&b, "input", row->input);
	mst_json_add(&b, "output", row->output);
	if (is_stored)
		mst_json_add_bool(&b, "accepted", row->accepted);
	else
		mst_json_add_text(&b, "accepted", NULL);
	mst_json_add_text(&b, "project_id", is_stored ? row->project_id : NULL);
	add_time(&b, "created_at", is_stored ? row->created_at : 0);
	add_time(&b, "updated_at", row->updated_at);
	return mst_json_end(&b);
}

/* The JSON is copied out of the call's memory. */
static Jsonb *
end_show(EngineCall *call, Jsonb *json)
{
	MemoryContext old = MemoryContextSwitchTo(MemoryContextGetParent(call->mcxt));
	Jsonb	   *copy = mst_json_copy(json);

	MemoryContextSwitchTo(old);
	mst_call_finish(call);
	return copy;
}

/*
 * Returns the result of a task, palloc'd; JSON's null if there is no such
 * task.
 */
Jsonb *
mst_show_task_result(const pg_uuid_t *task_id)
{
	EngineCall *call = mst_call_begin();
	Task	   *task = mst_call_task(call, task_id);

	return end_show(call, task == NULL ? mst_json_null() : mst_task_result(call, task));
}

/*
 * Returns the branch variables that a task has published, palloc'd; JSON's
 * null if there is no such task.
 */
Jsonb *
mst_show_task_published(const pg_uuid_t *task_id)
{
	EngineCall *call = mst_call_begin();
	Task	   *task = mst_call_task(call, task_id);

	return end_show(call, task == NULL ? mst_json_object() : mst_task_published(call, task));
}
