/*-------------------------------------------------------------------------
 *
 * function_callbacks.c
 *	  task(), tasks(), execution(), executions(), global() and env().
 *
 * Tasks and executions appear as mappings whose members are fetched when an
 * expression asks for them: the result of a task with 100,000 items is only
 * collected by an expression that reads it.  What is fetched is allocated in
 * the context of the evaluation, which ends with it and bounds it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "definition/definitions.h"
#include "engine/data/function_callbacks.h"
#include "engine/data/sql_functions.h"
#include "engine/memory/rollback_row.h"
#include "store/lookups.h"
#include "util/json.h"
#include "util/time_text.h"
#include "util/uuid.h"
#include "value/external.h"
#include "value/jsonb.h"
#include "value/make.h"

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
	ExprValue	(*get) (EngineCall *call, void *object);
} Member;

typedef struct Mapping
{
	EngineCall *call;
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
			*value = member->get(mapping->call, mapping->object);
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
	.each = mapping_each,
	.freeze = mst_value_freeze
};

static ExprValue
make_mapping(EngineCall *call, void *object, const Member *members, int n)
{
	Mapping    *mapping = palloc(sizeof(Mapping));

	mapping->call = call;
	mapping->object = object;
	mapping->members = members;
	mapping->n = n;
	return mst_value_external(&mapping_ops, mapping);
}

/* ---- a task ---- */

static ExprValue
task_id(EngineCall *call, void *object)
{
	return text_value(mst_uuid_text(&((Task *) object)->id));
}

static ExprValue
task_name(EngineCall *call, void *object)
{
	return text_value(((Task *) object)->row->name);
}

static ExprValue
task_spec(EngineCall *call, void *object)
{
	return json_value(((Task *) object)->spec->spec);
}

static ExprValue
task_state(EngineCall *call, void *object)
{
	Task	   *task = object;

	return text_value(mst_state_name(task->item_end != NULL ? task->item_end->state : task->row->state));
}

static ExprValue
task_state_info(EngineCall *call, void *object)
{
	Task	   *task = object;

	return text_value(task->item_end != NULL ? task->item_end->info : task->row->state_info);
}

static ExprValue
task_result(EngineCall *call, void *object)
{
	return json_value(mst_task_result(call, object));
}

static ExprValue
task_published(EngineCall *call, void *object)
{
	return json_value(mst_task_published(call, object));
}

static ExprValue
task_type(EngineCall *call, void *object)
{
	return text_value(((Task *) object)->row->type == TASK_TYPE_WORKFLOW ? "WORKFLOW" : "ACTION");
}

static ExprValue
task_execution_id(EngineCall *call, void *object)
{
	return text_value(mst_uuid_text(&((Task *) object)->row->execution_id));
}

static ExprValue
task_created_at(EngineCall *call, void *object)
{
	return time_value(((Task *) object)->row->created_at);
}

static ExprValue
task_updated_at(EngineCall *call, void *object)
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
task_mapping(EngineCall *call, Task *task)
{
	return make_mapping(call, task, task_members, lengthof(task_members));
}

static bool
call_task(void *state, const char *name, int len, ExprValue *result,
		  ExprError **error)
{
	FunctionState *fs = state;
	Task	   *task = fs->task;

	*result = mst_value_null();
	/* the run that is undone, which may not be the latest */
	if (name != NULL && fs->compensated != NULL &&
		(int) strlen(fs->compensated->row->name) == len &&
		memcmp(fs->compensated->row->name, name, len) == 0)
		task = fs->compensated;
	else if (name != NULL &&
			 (task == NULL || (int) strlen(task->row->name) != len ||
			  memcmp(task->row->name, name, len) != 0))
	{
		int			index;

		task = NULL;
		if (fs->exec == NULL)
			return true;
		index = mst_spec_find_task(fs->exec->spec, pnstrdup(name, len));
		if (index >= 0)
			task = mst_call_latest_task(fs->call, fs->exec, index);
	}
	if (task != NULL)
		*result = task_mapping(fs->call, task);
	return true;
}

/* ---- the task that a compensation undoes ---- */

static ExprValue
compensated_id(EngineCall *call, void *object)
{
	return text_value(mst_uuid_text(&((Task *) object)->row->compensates));
}

static ExprValue
compensated_name(EngineCall *call, void *object)
{
	Task	   *done = mst_task_compensated(call, object);

	return done == NULL ? mst_value_null() : task_name(call, done);
}

/* Of the whole task, or of the item whose compensation is about to begin. */
static ExprValue
compensated_result(EngineCall *call, void *object)
{
	int			item = ((Task *) object)->item_at_work;
	Task	   *done = mst_task_compensated(call, object);

	if (done == NULL)
		return mst_value_null();
	return item == 0 ? task_result(call, done) :
		json_value(mst_task_item_result(call, done, item - 1));
}

static ExprValue
compensated_error(EngineCall *call, void *object)
{
	return text_value(mst_rollback_end_info(((Task *) object)->exec));
}

static const Member compensated_members[] = {
	{"id", compensated_id},
	{"name", compensated_name},
	{"result", compensated_result},
	{"error", compensated_error}
};

/*
 * Returns the task that the compensation undoes, its result, and why: the
 * members are fetched when they are asked for.
 */
ExprValue
mst_compensated_value(EngineCall *call, Task *compensation)
{
	return make_mapping(call, compensation, compensated_members, lengthof(compensated_members));
}

/* ---- an execution ---- */

static ExprValue
exec_id(EngineCall *call, void *object)
{
	return text_value(mst_uuid_text(&((Execution *) object)->id));
}

static ExprValue
exec_name(EngineCall *call, void *object)
{
	return text_value(((Execution *) object)->row->workflow_name);
}

static ExprValue
exec_spec(EngineCall *call, void *object)
{
	const char *spec = mst_execution_spec_json(call, object);

	return spec == NULL ? mst_value_null() : json_value(mst_json_from_text(spec));
}

static ExprValue
exec_input(EngineCall *call, void *object)
{
	return json_value(mst_execution_data(object)->input);
}

static ExprValue
exec_params(EngineCall *call, void *object)
{
	return json_value(mst_execution_data(object)->params);
}

static ExprValue
exec_created_at(EngineCall *call, void *object)
{
	return time_value(((Execution *) object)->row->created_at);
}

static ExprValue
exec_updated_at(EngineCall *call, void *object)
{
	return time_value(((Execution *) object)->row->updated_at);
}

static ExprValue
exec_root_id(EngineCall *call, void *object)
{
	Execution  *exec = object;

	if (mst_uuid_equal(&exec->row->root_id, &exec->id))
		return mst_value_null();
	return text_value(mst_uuid_text(&exec->row->root_id));
}

static ExprValue
exec_state(EngineCall *call, void *object)
{
	return text_value(mst_state_name(((Execution *) object)->row->state));
}

static ExprValue
exec_state_info(EngineCall *call, void *object)
{
	return text_value(((Execution *) object)->row->state_info);
}

static ExprValue
exec_output(EngineCall *call, void *object)
{
	return json_value(((Execution *) object)->row->output);
}

static ExprValue
exec_namespace(EngineCall *call, void *object)
{
	return text_value(((Execution *) object)->row->namespace);
}

static ExprValue
exec_workflow_id(EngineCall *call, void *object)
{
	return text_value(mst_uuid_text(&((Execution *) object)->row->workflow_id));
}

static ExprValue
exec_parent_task_id(EngineCall *call, void *object)
{
	Execution  *exec = object;

	if (mst_uuid_is_none(&exec->row->parent_task_id))
		return mst_value_null();
	return text_value(mst_uuid_text(&exec->row->parent_task_id));
}

static ExprValue
exec_description(EngineCall *call, void *object)
{
	return text_value(mst_execution_data(object)->description);
}

static ExprValue
exec_project(EngineCall *call, void *object)
{
	return text_value(((Execution *) object)->row->project_id);
}

static ExprValue
exec_tags(EngineCall *call, void *object)
{
	return json_value(mst_execution_data(object)->tags);
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
		*result = make_mapping(fs->call, fs->exec, execution_members,
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
		mst_json_find(mst_execution_data(fs->exec)->context, name, len, &value))
		*result = mst_value_from_jsonb_value(&value);
	return true;
}

/*
 * Returns the environment of an execution as a value over the root's
 * parameters, which are in memory until the call ends.
 */
ExprValue
mst_env_value(EngineCall *call, Execution *exec)
{
	Jsonb	   *params = mst_execution_data(mst_execution_root(call, exec))->params;
	JsonbValue	env;

	if (mst_json_find(params, "env", strlen("env"), &env) &&
		env.type == jbvBinary && JsonContainerIsObject(env.val.binary.data))
		return mst_value_from_jsonb_value(&env);
	return mst_value_from_jsonb(mst_json_object());
}

static bool
call_env(void *state, ExprValue *result, ExprError **error)
{
	FunctionState *fs = state;

	*result = fs->exec == NULL ? mst_value_null() : mst_env_value(fs->call, fs->exec);
	return true;
}

/* ---- tasks() and executions() ---- */

typedef struct ObjectList
{
	EngineCall *call;
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

	*value = make_mapping(list->call, list_nth(list->objects, i), list->members,
						  list->n_members);
	return true;
}

static const ExprExternalOps object_list_ops = {
	.is_list = true,
	.length = object_list_length,
	.get_item = object_list_get,
	.freeze = mst_value_freeze
};

static ExprValue
make_list(EngineCall *call, List *objects, const Member *members, int n)
{
	ObjectList *list = palloc(sizeof(ObjectList));

	list->call = call;
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

/* An id as an argument: what is no id at all is nobody's. */
typedef struct IdArgument
{
	bool		is_given;
	bool		is_valid;
	pg_uuid_t	id;
} IdArgument;

static bool
id_argument(const ExprValue *value, const char *what, IdArgument *argument,
			ExprError **error)
{
	char	   *text;

	if (!text_argument(value, what, &text, error))
		return false;
	argument->is_given = text != NULL;
	argument->is_valid = text != NULL && mst_uuid_parse(text, &argument->id);
	return true;
}

/* A time as it is compared: "2024-05-06T07:08" is "2024-05-06 07:08". */
static bool
time_argument(const ExprValue *value, const char *what, char **time,
			  ExprError **error)
{
	char	   *separator;

	if (!text_argument(value, what, time, error))
		return false;
	separator = *time == NULL ? NULL : strchr(*time, 'T');
	if (separator != NULL)
		*separator = ' ';
	return true;
}

static bool
state_argument(const ExprValue *value, State *state, bool *given,
			   ExprError **error)
{
	char	   *text;

	if (!text_argument(value, "state", &text, error))
		return false;
	*given = text != NULL;
	*state = text != NULL ? mst_state_from_name(text) : MST_STATE_NONE;
	return true;
}

/*
 * The tasks of an execution that the project may see, and with "recursive"
 * those below it.
 */
static void
collect_tasks(FunctionState *fs, const pg_uuid_t *execution_id, bool recursive,
			  List **tasks)
{
	Execution  *exec = mst_call_execution(fs->call, execution_id, LOCK_NONE, NULL);
	ListCell   *lc;

	if (exec == NULL || strcmp(exec->row->project_id, fs->project) != 0)
		return;
	mst_call_load_tasks(fs->call, exec);
	*tasks = list_concat(*tasks, exec->tasks);
	if (!recursive)
		return;
	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);
		ListCell   *lc2;

		if (task->row->type != TASK_TYPE_WORKFLOW)
			continue;
		foreach(lc2, mst_subworkflow_rows(fs->call, task))
			collect_tasks(fs, &((ExecutionRow *) lfirst(lc2))->id, true, tasks);
	}
}

/* Returns whether a sub-execution of the task has the task's own state. */
static bool
child_has_state(EngineCall *call, Task *task)
{
	ListCell   *lc;

	foreach(lc, mst_subworkflow_rows(call, task))
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

/* The conditions of mst_query_executions() for a row in memory. */
static bool
matches_filter(const ExecutionRow *row, const ExecutionFilter *filter)
{
	return strcmp(row->project_id, filter->project) == 0 &&
		(!filter->has_id || mst_uuid_equal(&row->id, &filter->id)) &&
		(!filter->has_root_id ||
		 (mst_uuid_equal(&row->root_id, &filter->root_id) &&
		  !mst_uuid_is_none(&row->parent_task_id))) &&
		(!filter->has_state || row->state == filter->state) &&
		text_between(mst_time_text(row->created_at), filter->from_time, filter->to_time);
}

/*
 * Returns whether this call knows something of the execution that the table
 * has not yet.
 */
static bool
is_unwritten(const Execution *exec)
{
	return exec->row->row.is_new || exec->row->row.is_dirty;
}

static int
compare_ages(const ListCell *a, const ListCell *b)
{
	const Execution *left = lfirst(a);
	const Execution *right = lfirst(b);

	if (left->row->created_at != right->row->created_at)
		return left->row->created_at < right->row->created_at ? -1 : 1;
	return memcmp(&left->id, &right->id, UUID_LEN);
}

/*
 * Returns the executions (Execution *) that match now, oldest first: what this
 * call has changed and not yet written is judged in memory, everything else in
 * the table.
 */
static List *
find_executions(EngineCall *call, const ExecutionFilter *filter)
{
	List	   *execs = NIL;
	ListCell   *lc;

	if (!call->is_simulated)
	{
		foreach(lc, mst_query_executions(filter))
		{
			Execution  *exec = mst_call_execution(call, lfirst(lc), LOCK_NONE, NULL);

			if (exec != NULL && !is_unwritten(exec))
				execs = lappend(execs, exec);
		}
	}
	foreach(lc, call->exec_list)
	{
		Execution  *exec = lfirst(lc);

		if (is_unwritten(exec) && matches_filter(exec->row, filter))
			execs = lappend(execs, exec);
	}
	list_sort(execs, compare_ages);
	return execs;
}

/* Returns the tasks that the filter keeps, apart from its execution. */
static List *
filter_tasks(EngineCall *call, List *all, bool has_state, State state, bool is_flat)
{
	List	   *tasks = NIL;
	ListCell   *lc;

	foreach(lc, all)
	{
		Task	   *task = lfirst(lc);

		if (has_state && task->row->state != state)
			continue;
		if (is_flat && task->row->type == TASK_TYPE_WORKFLOW && child_has_state(call, task))
			continue;
		tasks = lappend(tasks, task);
	}
	return tasks;
}

static bool
call_tasks(void *state, const ExprTasksFilter *filter, ExprValue *result,
		   ExprError **error)
{
	FunctionState *fs = state;
	IdArgument	id = {0};
	State		wanted;
	bool		has_state;
	List	   *tasks = NIL;
	ListCell   *lc;

	if (!id_argument(&filter->workflow_execution_id, "workflow_execution_id",
					 &id, error) ||
		!state_argument(&filter->state, &wanted, &has_state, error))
		return false;
	if (id.is_valid)
		collect_tasks(fs, &id.id, filter->is_recursive, &tasks);
	else if (!id.is_given)
	{
		ExecutionFilter everything = {fs->project};

		foreach(lc, find_executions(fs->call, &everything))
			collect_tasks(fs, &((Execution *) lfirst(lc))->id, false, &tasks);
	}
	tasks = filter_tasks(fs->call, tasks, has_state, wanted, filter->is_flat);
	*result = make_list(fs->call, tasks, task_members, lengthof(task_members));
	return true;
}

static bool
call_executions(void *state, const ExprExecutionsFilter *filter,
				ExprValue *result, ExprError **error)
{
	FunctionState *fs = state;
	ExecutionFilter wanted = {fs->project};
	IdArgument	id = {0};
	IdArgument	root_id = {0};
	List	   *execs = NIL;

	if (!id_argument(&filter->id, "id", &id, error) ||
		!id_argument(&filter->root_execution_id, "root_execution_id", &root_id, error) ||
		!state_argument(&filter->state, &wanted.state, &wanted.has_state, error) ||
		!time_argument(&filter->from_time, "from_time", &wanted.from_time, error) ||
		!time_argument(&filter->to_time, "to_time", &wanted.to_time, error))
		return false;
	wanted.has_id = id.is_given;
	wanted.id = id.id;
	wanted.has_root_id = root_id.is_given;
	wanted.root_id = root_id.id;
	if (id.is_given == id.is_valid && root_id.is_given == root_id.is_valid)
		execs = find_executions(fs->call, &wanted);
	*result = make_list(fs->call, execs, execution_members,
						lengthof(execution_members));
	return true;
}

static const void *
find_function(void *state, EvalContext *cxt, const char *name, int len)
{
	return mst_sql_functions_find(((FunctionState *) state)->project, cxt, name, len);
}

static bool
call_function(void *state, EvalContext *cxt, const void *function, const ExprArguments *args,
			  ExprValue *result)
{
	return mst_sql_functions_call(((FunctionState *) state)->project, cxt, function, args, result);
}

const ExprCallbacks mst_engine_functions = {
	.task = call_task,
	.tasks = call_tasks,
	.execution = call_execution,
	.executions = call_executions,
	.global = call_global,
	.env = call_env,
	.find_function = find_function,
	.call_function = call_function
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

/* Returns all names of a layer with their values, as stored. */
Jsonb *
mst_layer_to_json(const ExprLayer *layer)
{
	JsonBuilder b;
	LayerArg	arg = {layer, &b};

	mst_json_begin_object(&b);
	layer->each(layer->state, add_layer_name, &arg);
	return mst_json_end(&b);
}
