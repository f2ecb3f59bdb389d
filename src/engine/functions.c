/*-------------------------------------------------------------------------
 *
 * functions.c
 *	  task(), tasks(), execution(), executions(), global() and env().
 *
 * Tasks and executions appear as mappings whose members are fetched when an
 * expression asks for them: the result of a task with 100,000 items is only
 * collected by an expression that reads it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "engine/functions.h"
#include "engine/times.h"
#include "store/access.h"
#include "store/definitions.h"
#include "store/queries.h"
#include "util/json.h"
#include "util/uuid.h"

static ExprValue
text_value(const char *text)
{
	return text == NULL ? mst_value_null() : mst_value_cstring(text);
}

static ExprValue
json_value(const Jsonb *json)
{
	return json == NULL ? mst_value_null() : mst_value_from_jsonb(json);
}

static ExprValue
time_value(TimestampTz time)
{
	return time == 0 ? mst_value_null() : mst_value_cstring(mst_time_text(time));
}

/* ---- mappings with members fetched on demand ---- */

/* A member of a mapping over an object of the engine. */
typedef struct Member
{
	const char *name;
	ExprValue	(*get) (Advance *adv, void *object);
} Member;

typedef struct Mapping
{
	Advance    *adv;
	void	   *object;
	const Member *members;
	int			n;
} Mapping;

static int
mapping_length(void *state)
{
	return ((Mapping *) state)->n;
}

static bool
mapping_get(void *state, const char *name, int len, ExprValue *value,
			bool *found, ExprError **error)
{
	Mapping    *mapping = state;

	for (int i = 0; i < mapping->n; i++)
	{
		const Member *member = &mapping->members[i];

		*found = (int) strlen(member->name) == len &&
			memcmp(member->name, name, len) == 0;
		if (*found)
		{
			MemoryContext old = MemoryContextSwitchTo(mapping->adv->mcxt);

			*value = member->get(mapping->adv, mapping->object);
			MemoryContextSwitchTo(old);
			return true;
		}
	}
	return true;
}

static bool
mapping_each(void *state,
			 bool (*fn) (void *arg, const char *name, int len, const ExprValue *value),
			 void *arg, ExprError **error)
{
	Mapping    *mapping = state;

	for (int i = 0; i < mapping->n; i++)
	{
		const char *name = mapping->members[i].name;

		if (!fn(arg, name, strlen(name), NULL))
			break;
	}
	return true;
}

static const ExprExternalOps mapping_ops = {
	.is_list = false,
	.length = mapping_length,
	.get = mapping_get,
	.each = mapping_each
};

static ExprValue
make_mapping(Advance *adv, void *object, const Member *members, int n)
{
	Mapping    *mapping = MemoryContextAlloc(adv->mcxt, sizeof(Mapping));

	mapping->adv = adv;
	mapping->object = object;
	mapping->members = members;
	mapping->n = n;
	return mst_value_external(&mapping_ops, mapping);
}

/* ---- a task ---- */

static ExprValue
task_id(Advance *adv, void *object)
{
	return text_value(mst_uuid_text(&((Task *) object)->id));
}

static ExprValue
task_name(Advance *adv, void *object)
{
	return text_value(((Task *) object)->row->name);
}

static ExprValue
task_spec(Advance *adv, void *object)
{
	return json_value(((Task *) object)->spec->spec);
}

static ExprValue
task_state(Advance *adv, void *object)
{
	return text_value(mst_state_name(((Task *) object)->row->state));
}

static ExprValue
task_state_info(Advance *adv, void *object)
{
	return text_value(((Task *) object)->row->state_info);
}

static ExprValue
task_result(Advance *adv, void *object)
{
	return json_value(mst_task_result(adv, object));
}

static ExprValue
task_published(Advance *adv, void *object)
{
	return json_value(mst_task_published(adv, object));
}

static ExprValue
task_type(Advance *adv, void *object)
{
	return text_value(((Task *) object)->row->type == 'W' ? "WORKFLOW" : "ACTION");
}

static ExprValue
task_execution_id(Advance *adv, void *object)
{
	return text_value(mst_uuid_text(&((Task *) object)->row->execution_id));
}

static ExprValue
task_created_at(Advance *adv, void *object)
{
	return time_value(((Task *) object)->row->created_at);
}

static ExprValue
task_updated_at(Advance *adv, void *object)
{
	return time_value(((Task *) object)->row->updated_at);
}

static const Member task_members[] = {
	{"id", task_id},
	{"name", task_name},
	{"spec", task_spec},
	{"state", task_state},
	{"state_info", task_state_info},
	{"result", task_result},
	{"published", task_published},
	{"type", task_type},
	{"workflow_execution_id", task_execution_id},
	{"created_at", task_created_at},
	{"updated_at", task_updated_at}
};

static ExprValue
task_mapping(Advance *adv, Task *task)
{
	return make_mapping(adv, task, task_members, lengthof(task_members));
}

static bool
call_task(void *state, const char *name, int len, ExprValue *result,
		  ExprError **error)
{
	FunctionState *fs = state;
	Task	   *task = fs->task;

	*result = mst_value_null();
	if (name != NULL &&
		(task == NULL || (int) strlen(task->row->name) != len ||
		 memcmp(task->row->name, name, len) != 0))
	{
		MemoryContext old;
		int			index;

		task = NULL;
		if (fs->exec == NULL)
			return true;
		index = mst_spec_find_task(fs->exec->spec, pnstrdup(name, len));
		old = MemoryContextSwitchTo(fs->adv->mcxt);
		if (index >= 0)
			task = mst_advance_latest_task(fs->adv, fs->exec, index);
		MemoryContextSwitchTo(old);
	}
	if (task != NULL)
		*result = task_mapping(fs->adv, task);
	return true;
}

/* ---- an execution ---- */

static ExprValue
exec_id(Advance *adv, void *object)
{
	return text_value(mst_uuid_text(&((Exec *) object)->id));
}

static ExprValue
exec_name(Advance *adv, void *object)
{
	return text_value(((Exec *) object)->row->workflow_name);
}

static ExprValue
exec_spec(Advance *adv, void *object)
{
	const char *spec = mst_exec_spec_json(adv, object);

	return spec == NULL ? mst_value_null() : json_value(mst_json_from_text(spec));
}

static ExprValue
exec_input(Advance *adv, void *object)
{
	return json_value(mst_exec_data(object)->input);
}

static ExprValue
exec_params(Advance *adv, void *object)
{
	return json_value(mst_exec_data(object)->params);
}

static ExprValue
exec_created_at(Advance *adv, void *object)
{
	return time_value(((Exec *) object)->row->created_at);
}

static ExprValue
exec_updated_at(Advance *adv, void *object)
{
	return time_value(((Exec *) object)->row->updated_at);
}

static ExprValue
exec_root_id(Advance *adv, void *object)
{
	Exec	   *exec = object;

	if (mst_uuid_equal(&exec->row->root_id, &exec->id))
		return mst_value_null();
	return text_value(mst_uuid_text(&exec->row->root_id));
}

static ExprValue
exec_state(Advance *adv, void *object)
{
	return text_value(mst_state_name(((Exec *) object)->row->state));
}

static ExprValue
exec_state_info(Advance *adv, void *object)
{
	return text_value(((Exec *) object)->row->state_info);
}

static ExprValue
exec_output(Advance *adv, void *object)
{
	return json_value(((Exec *) object)->row->output);
}

static ExprValue
exec_namespace(Advance *adv, void *object)
{
	return text_value(((Exec *) object)->row->namespace);
}

static ExprValue
exec_workflow_id(Advance *adv, void *object)
{
	return text_value(mst_uuid_text(&((Exec *) object)->row->workflow_id));
}

static ExprValue
exec_parent_task_id(Advance *adv, void *object)
{
	Exec	   *exec = object;

	if (mst_uuid_is_none(&exec->row->parent_task_id))
		return mst_value_null();
	return text_value(mst_uuid_text(&exec->row->parent_task_id));
}

static ExprValue
exec_description(Advance *adv, void *object)
{
	return text_value(mst_exec_data(object)->description);
}

static ExprValue
exec_project(Advance *adv, void *object)
{
	return text_value(((Exec *) object)->row->project_id);
}

static ExprValue
exec_tags(Advance *adv, void *object)
{
	return json_value(mst_exec_data(object)->tags);
}

static const Member execution_members[] = {
	{"id", exec_id},
	{"name", exec_name},
	{"spec", exec_spec},
	{"input", exec_input},
	{"params", exec_params},
	{"created_at", exec_created_at},
	{"updated_at", exec_updated_at},
	{"root_execution_id", exec_root_id},

	/* only in executions() */
	{"workflow_name", exec_name},
	{"workflow_namespace", exec_namespace},
	{"workflow_id", exec_workflow_id},
	{"task_execution_id", exec_parent_task_id},
	{"description", exec_description},
	{"state", exec_state},
	{"state_info", exec_state_info},
	{"output", exec_output},
	{"project_id", exec_project},
	{"tags", exec_tags}
};

#define N_EXECUTION_MEMBERS 8

static bool
call_execution(void *state, ExprValue *result, ExprError **error)
{
	FunctionState *fs = state;

	if (fs->exec == NULL)
		*result = mst_value_null();
	else
		*result = make_mapping(fs->adv, fs->exec, execution_members,
							   N_EXECUTION_MEMBERS);
	return true;
}

static bool
call_global(void *state, const char *name, int len, ExprValue *result,
			ExprError **error)
{
	FunctionState *fs = state;
	JsonbValue	value;

	*result = mst_value_null();
	if (fs->exec != NULL &&
		mst_json_find(mst_exec_data(fs->exec)->context, name, len, &value))
		*result = mst_value_from_jsonb_value(&value);
	return true;
}

static bool
call_env(void *state, ExprValue *result, ExprError **error)
{
	FunctionState *fs = state;

	if (fs->exec == NULL)
		*result = mst_value_null();
	else
	{
		MemoryContext old = MemoryContextSwitchTo(fs->adv->mcxt);

		*result = mst_value_from_jsonb(mst_exec_env(fs->adv, fs->exec));
		MemoryContextSwitchTo(old);
	}
	return true;
}

/* ---- tasks() and executions() ---- */

typedef struct ObjectList
{
	Advance    *adv;
	List	   *objects;
	const Member *members;
	int			n_members;
} ObjectList;

static int
object_list_length(void *state)
{
	return list_length(((ObjectList *) state)->objects);
}

static bool
object_list_get(void *state, int i, ExprValue *value, ExprError **error)
{
	ObjectList *list = state;

	*value = make_mapping(list->adv, list_nth(list->objects, i), list->members,
						  list->n_members);
	return true;
}

static const ExprExternalOps object_list_ops = {
	.is_list = true,
	.length = object_list_length,
	.get_item = object_list_get
};

static ExprValue
make_list(Advance *adv, List *objects, const Member *members, int n)
{
	ObjectList *list = MemoryContextAlloc(adv->mcxt, sizeof(ObjectList));

	list->adv = adv;
	list->objects = objects;
	list->members = members;
	list->n_members = n;
	return mst_value_external(&object_list_ops, list);
}

/* A text argument; NULL for null.  False: it is of another type. */
static bool
text_argument(const ExprValue *value, const char *what, char **text,
			  ExprError **error)
{
	*text = NULL;
	if (value->kind == EXPR_NULL || value->kind == EXPR_NO_VALUE)
		return true;
	if (value->kind != EXPR_STRING)
	{
		*error = mst_expr_error(EXPR_ERROR_YAQL_EVALUATION, "TypeError",
								"%s must be a string", what);
		return false;
	}
	*text = pnstrdup(value->u.string, value->len);
	return true;
}

static bool
id_argument(const ExprValue *value, const char *what, pg_uuid_t *id,
			bool *given, ExprError **error)
{
	char	   *text;

	if (!text_argument(value, what, &text, error))
		return false;
	*given = text != NULL;
	*id = mst_uuid_none;
	if (text != NULL)
		(void) mst_uuid_parse(text, id);
	return true;
}

static bool
state_argument(const ExprValue *value, ExecState *state, bool *given,
			   ExprError **error)
{
	char	   *text;

	if (!text_argument(value, "state", &text, error))
		return false;
	*given = text != NULL;
	*state = text != NULL ? mst_state_from_name(text) : EXEC_NONE;
	return true;
}

static void collect_tasks(Advance *adv, const pg_uuid_t *execution_id,
						  bool recursive, List **tasks);

static void
collect_child_tasks(Advance *adv, Task *task, List **tasks)
{
	List	   *children;
	ListCell   *lc;

	if (task->row->type != 'W')
		return;
	foreach(lc, task->child_execs)
		collect_tasks(adv, &((Exec *) lfirst(lc))->id, true, tasks);
	if (adv->is_simulated || task->row->row.is_new)
		return;
	children = mst_store_child_executions(&task->id);
	foreach(lc, children)
		collect_tasks(adv, &((ExecutionRow *) lfirst(lc))->id, true, tasks);
}

static void
collect_tasks(Advance *adv, const pg_uuid_t *execution_id, bool recursive,
			  List **tasks)
{
	Exec	   *exec = mst_advance_exec(adv, execution_id, LOCK_NONE, NULL);
	ListCell   *lc;

	if (exec == NULL)
		return;
	mst_advance_load_tasks(adv, exec);
	foreach(lc, exec->tasks)
		*tasks = lappend(*tasks, lfirst(lc));
	if (!recursive)
		return;
	foreach(lc, exec->tasks)
		collect_child_tasks(adv, lfirst(lc), tasks);
}

/* Has some sub-execution of the task the task's own state? */
static bool
child_has_state(Advance *adv, Task *task)
{
	ListCell   *lc;

	foreach(lc, task->child_execs)
	{
		if (((Exec *) lfirst(lc))->row->state == task->row->state)
			return true;
	}
	if (adv->is_simulated || task->row->row.is_new)
		return false;
	foreach(lc, mst_store_child_executions(&task->id))
	{
		if (((ExecutionRow *) lfirst(lc))->state == task->row->state)
			return true;
	}
	return false;
}

static bool
text_between(const char *text, const char *from, const char *to)
{
	return (from == NULL || strcmp(text, from) >= 0) &&
		(to == NULL || strcmp(text, to) < 0);
}

/* The query does not see what this call has made and not yet written. */
static bool
is_new_match(Exec *exec, const ExecutionFilter *filter, const char *project)
{
	ExecutionRow *row = exec->row;

	return row->row.is_new && strcmp(row->project_id, project) == 0 &&
		(!filter->has_id || mst_uuid_equal(&row->id, &filter->id)) &&
		(!filter->has_root_id ||
		 (mst_uuid_equal(&row->root_id, &filter->root_id) &&
		  !mst_uuid_equal(&row->id, &filter->root_id))) &&
		(!filter->has_state || row->state == filter->state) &&
		text_between(mst_time_text(row->created_at), filter->from_time, filter->to_time);
}

static bool
call_tasks(void *state, const ExprTasksFilter *filter, ExprValue *result,
		   ExprError **error)
{
	FunctionState *fs = state;
	MemoryContext old;
	pg_uuid_t	id;
	ExecState	wanted;
	bool		has_id;
	bool		has_state;
	List	   *all = NIL;
	List	   *tasks = NIL;
	ListCell   *lc;

	if (!id_argument(&filter->workflow_execution_id, "workflow_execution_id",
					 &id, &has_id, error) ||
		!state_argument(&filter->state, &wanted, &has_state, error))
		return false;
	old = MemoryContextSwitchTo(fs->adv->mcxt);
	if (has_id)
		collect_tasks(fs->adv, &id, filter->is_recursive, &all);
	else
	{
		ExecutionFilter everything = {0};

		foreach(lc, mst_query_executions(&everything))
			collect_tasks(fs->adv, lfirst(lc), false, &all);
		foreach(lc, list_copy(fs->adv->exec_list))
		{
			Exec	   *exec = lfirst(lc);

			if (is_new_match(exec, &everything, mst_current_project()))
				collect_tasks(fs->adv, &exec->id, false, &all);
		}
	}
	foreach(lc, all)
	{
		Task	   *task = lfirst(lc);

		if (has_state && task->row->state != wanted)
			continue;
		if (filter->is_flat && task->row->type == 'W' &&
			child_has_state(fs->adv, task))
			continue;
		tasks = lappend(tasks, task);
	}
	*result = make_list(fs->adv, tasks, task_members, lengthof(task_members));
	MemoryContextSwitchTo(old);
	return true;
}

static bool
call_executions(void *state, const ExprExecutionsFilter *filter,
				ExprValue *result, ExprError **error)
{
	FunctionState *fs = state;
	ExecutionFilter wanted = {0};
	char	   *project = mst_current_project();
	MemoryContext old;
	List	   *execs = NIL;
	ListCell   *lc;

	if (!id_argument(&filter->id, "id", &wanted.id, &wanted.has_id, error) ||
		!id_argument(&filter->root_execution_id, "root_execution_id",
					 &wanted.root_id, &wanted.has_root_id, error) ||
		!state_argument(&filter->state, &wanted.state, &wanted.has_state, error) ||
		!text_argument(&filter->from_time, "from_time", &wanted.from_time, error) ||
		!text_argument(&filter->to_time, "to_time", &wanted.to_time, error))
		return false;
	old = MemoryContextSwitchTo(fs->adv->mcxt);
	foreach(lc, mst_query_executions(&wanted))
	{
		Exec	   *exec = mst_advance_exec(fs->adv, lfirst(lc), LOCK_NONE, NULL);

		if (exec != NULL)
			execs = lappend(execs, exec);
	}
	foreach(lc, fs->adv->exec_list)
	{
		if (is_new_match(lfirst(lc), &wanted, project))
			execs = lappend(execs, lfirst(lc));
	}
	*result = make_list(fs->adv, execs, execution_members,
						lengthof(execution_members));
	MemoryContextSwitchTo(old);
	return true;
}

const ExprCallbacks mst_engine_functions = {
	.task = call_task,
	.tasks = call_tasks,
	.execution = call_execution,
	.executions = call_executions,
	.global = call_global,
	.env = call_env
};

/* ---- a layer as a whole ---- */

typedef struct LayerArg
{
	const ExprLayer *layer;
	JsonBuilder *b;
} LayerArg;

static void
add_layer_name(void *arg, const char *name, int len)
{
	LayerArg   *la = arg;
	ExprValue	value;
	Jsonb	   *json;
	EvalContext cxt = {0};

	cxt.mcxt = CurrentMemoryContext;
	mst_expr_limits_from_settings(&cxt.limits);
	cxt.steps_left = cxt.limits.max_steps;
	if (la->layer->get(la->layer->state, name, len, &value) &&
		mst_value_to_jsonb(&cxt, &value, &json))
		mst_json_add(la->b, pnstrdup(name, len), json);
}

Jsonb *
mst_layer_to_json(const ExprLayer *layer)
{
	JsonBuilder b;
	LayerArg	arg = {layer, &b};

	mst_json_begin_object(&b);
	layer->each(layer->state, add_layer_name, &arg);
	return mst_json_end(&b);
}
