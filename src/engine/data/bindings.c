/*-------------------------------------------------------------------------
 *
 * bindings.c
 *	  What expressions see: layers of the data context.
 *
 * docs/engine.md, Layers of scope, says for each place which layers there are
 * and in what order.  A layer is read when a name is looked up in it, so an
 * expression that only needs a branch variable loads neither input nor globals.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "engine/data/data.h"
#include "engine/data/function_callbacks.h"
#include "engine/memory/rollback_row.h"
#include "engine/memory/secrecy.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/uuid.h"
#include "value/jsonb.h"

#define BINDINGS_MAX_LAYERS 8

typedef struct EngineBindings
{
	ExprBindings bindings;		/* first: callers get a pointer to it */
	FunctionState functions;
	ExprLayer	layers[BINDINGS_MAX_LAYERS];
	pg_uuid_t	branch;			/* context of the branch layer */
	StringFilter secrets;
	ExprValue	data;
} EngineBindings;

/* ---- the layers ---- */

static bool
name_is(const char *name, int len, const char *wanted)
{
	return len == (int) strlen(wanted) && memcmp(name, wanted, len) == 0;
}

static bool
get_task_layer(void *state, const char *name, int len, ExprValue *result)
{
	EngineBindings *eb = state;
	JsonBuilder b;

	if (!name_is(name, len, "__task_execution"))
		return false;
	mst_json_begin_object(&b);
	mst_json_add_text(&b, "id", mst_uuid_text(&eb->functions.task->id));
	mst_json_add_text(&b, "name", eb->functions.task->row->name);
	*result = mst_value_from_jsonb(mst_json_end(&b));
	return true;
}

static void
each_task_layer(void *state, void (*fn) (void *arg, const char *name, int len),
				void *arg)
{
	fn(arg, "__task_execution", strlen("__task_execution"));
}

static bool
get_compensated_layer(void *state, const char *name, int len, ExprValue *result)
{
	EngineBindings *eb = state;

	if (!name_is(name, len, "compensated"))
		return false;
	*result = mst_compensated_value(eb->functions.call, eb->functions.task);
	return true;
}

static void
each_compensated_layer(void *state, void (*fn) (void *arg, const char *name, int len), void *arg)
{
	fn(arg, "compensated", strlen("compensated"));
}

static bool
get_env_layer(void *state, const char *name, int len, ExprValue *result)
{
	EngineBindings *eb = state;

	if (!name_is(name, len, "__env"))
		return false;
	*result = mst_env_value(eb->functions.call, eb->functions.exec);
	return true;
}

static void
each_env_layer(void *state, void (*fn) (void *arg, const char *name, int len),
			   void *arg)
{
	fn(arg, "__env", strlen("__env"));
}

static bool
get_branch_layer(void *state, const char *name, int len, ExprValue *result)
{
	EngineBindings *eb = state;
	JsonbValue	value;

	if (!mst_context_find(eb->functions.call, &eb->branch, name, len, &value))
		return false;
	*result = mst_value_from_jsonb_value(&value);
	return true;
}

static void
each_branch_layer(void *state, void (*fn) (void *arg, const char *name, int len),
				  void *arg)
{
	EngineBindings *eb = state;

	mst_context_each(eb->functions.call, &eb->branch, fn, arg);
}

static bool
get_member(Jsonb *json, const char *name, int len, ExprValue *result)
{
	JsonbValue	value;

	if (!mst_json_find(json, name, len, &value))
		return false;
	*result = mst_value_from_jsonb_value(&value);
	return true;
}

typedef struct EachArg
{
	void		(*fn) (void *arg, const char *name, int len);
	void	   *arg;
} EachArg;

static bool
call_with_name(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	EachArg    *each = arg;

	each->fn(each->arg, key->val.string.val, key->val.string.len);
	return true;
}

static bool
get_global_layer(void *state, const char *name, int len, ExprValue *result)
{
	EngineBindings *eb = state;

	return get_member(mst_execution_data(eb->functions.exec)->context, name, len, result);
}

static void
each_global_layer(void *state, void (*fn) (void *arg, const char *name, int len),
				  void *arg)
{
	EngineBindings *eb = state;
	EachArg		each = {fn, arg};

	mst_json_each(mst_execution_data(eb->functions.exec)->context, call_with_name, &each);
}

static bool
get_input_layer(void *state, const char *name, int len, ExprValue *result)
{
	EngineBindings *eb = state;

	return get_member(mst_execution_data(eb->functions.exec)->input, name, len, result);
}

static void
each_input_layer(void *state, void (*fn) (void *arg, const char *name, int len),
				 void *arg)
{
	EngineBindings *eb = state;
	EachArg		each = {fn, arg};

	mst_json_each(mst_execution_data(eb->functions.exec)->input, call_with_name, &each);
}

/* ---- putting them together ---- */

static void
add_layer(EngineBindings *eb,
		  bool (*get) (void *state, const char *name, int len, ExprValue *result),
		  void (*each) (void *state, void (*fn) (void *arg, const char *name, int len), void *arg))
{
	ExprLayer  *layer = &eb->layers[eb->bindings.nlayers++];

	Assert(eb->bindings.nlayers <= BINDINGS_MAX_LAYERS);
	*layer = (ExprLayer)
	{
		.get = get, .each = each, .state = eb
	};
}

static void
add_json_layer(EngineBindings *eb, const Jsonb *json)
{
	if (json != NULL)
		mst_expr_layer_init_jsonb(&eb->layers[eb->bindings.nlayers++], json);
}

static void
add_task_layer(EngineBindings *eb)
{
	if (eb->functions.task != NULL)
		add_layer(eb, get_task_layer, each_task_layer);
	if (eb->functions.compensated != NULL)
		add_layer(eb, get_compensated_layer, each_compensated_layer);
}

static void
add_env_layer(EngineBindings *eb)
{
	if (eb->functions.exec != NULL)
		add_layer(eb, get_env_layer, each_env_layer);
}

static void
add_branch_layer(EngineBindings *eb, const pg_uuid_t *context_id)
{
	eb->branch = *context_id;
	if (!mst_uuid_is_none(context_id))
		add_layer(eb, get_branch_layer, each_branch_layer);
}

static void
add_global_layer(EngineBindings *eb)
{
	if (eb->functions.exec != NULL)
		add_layer(eb, get_global_layer, each_global_layer);
}

static void
add_input_layer(EngineBindings *eb)
{
	add_layer(eb, get_input_layer, each_input_layer);
}

/* Has references to secrets read as these; the set may be NULL. */
static void
set_secrets(EngineBindings *eb, SecretSet *set)
{
	if (set == NULL)
		return;
	eb->secrets.open = mst_secrets_open_string;
	eb->secrets.state = set;
	eb->bindings.filter = &eb->secrets;
}

static EngineBindings *
make_bindings_for(EngineCall *call, const char *project, Execution *exec, Task *task)
{
	EngineBindings *eb = palloc0(sizeof(EngineBindings));

	eb->functions.call = call;
	eb->functions.project = project;
	eb->functions.exec = exec;
	eb->functions.task = task;
	eb->bindings.layers = eb->layers;
	eb->bindings.callbacks = &mst_engine_functions;
	eb->bindings.callback_state = &eb->functions;
	if (exec != NULL)
		set_secrets(eb, mst_execution_secrets(call, exec));
	return eb;
}

/*
 * A compensation sees the execution of the task that it undoes, which is another
 * one where a sub-workflow is rolled back.
 */
static EngineBindings *
make_bindings(EngineCall *call, Execution *exec, Task *task)
{
	Task	   *done = task == NULL ? NULL : mst_task_compensated(call, task);
	EngineBindings *eb = make_bindings_for(call, exec->row->project_id,
										   done == NULL ? exec : done->exec, task);

	eb->functions.compensated = done;
	return eb;
}

/* With the strategy "merge" all layers are merged into one mapping. */
static ExprBindings *
finish_bindings(EngineBindings *eb)
{
	Jsonb	   *view;
	EngineBindings *rest;

	if (mst_merge_strategy == MERGE_STRATEGY_REPLACE)
		return &eb->bindings;
	view = mst_json_object();
	for (int i = eb->bindings.nlayers - 1; i >= 0; i--)
		view = mst_json_merge(view, mst_layer_to_json(&eb->layers[i]));
	rest = make_bindings_for(eb->functions.call, eb->functions.project,
							 eb->functions.exec, eb->functions.task);
	rest->functions.compensated = eb->functions.compensated;
	add_json_layer(rest, view);
	return &rest->bindings;
}

/* For task input, names, policies, with-items; extra may be NULL. */
ExprBindings *
mst_bindings_task(EngineCall *call, Task *task, Jsonb *extra)
{
	EngineBindings *eb = make_bindings(call, task->exec, task);

	add_task_layer(eb);
	add_env_layer(eb);
	add_json_layer(eb, extra);
	add_branch_layer(eb, &task->row->context_id);
	add_global_layer(eb);
	add_input_layer(eb);
	return finish_bindings(eb);
}

static ExprBindings *
bindings_with_branch(EngineCall *call, Task *task, const pg_uuid_t *context_id)
{
	EngineBindings *eb = make_bindings(call, task->exec, task);

	add_task_layer(eb);
	add_branch_layer(eb, context_id);
	add_env_layer(eb);
	add_global_layer(eb);
	add_input_layer(eb);
	return finish_bindings(eb);
}

/* For publish. */
ExprBindings *
mst_bindings_publish(EngineCall *call, Task *task)
{
	return bindings_with_branch(call, task, &task->row->context_id);
}

/* For guards, messages and break-on: sees what the task has published. */
ExprBindings *
mst_bindings_outbound(EngineCall *call, Task *task)
{
	return bindings_with_branch(call, task, &task->row->published_id);
}

/* For the target: the action's input first. */
ExprBindings *
mst_bindings_target(EngineCall *call, Task *task, Jsonb *input)
{
	EngineBindings *eb = make_bindings(call, task->exec, task);

	add_json_layer(eb, input);
	add_task_layer(eb);
	add_branch_layer(eb, &task->row->context_id);
	add_env_layer(eb);
	add_global_layer(eb);
	add_input_layer(eb);
	return finish_bindings(eb);
}

/* For output: the final context. */
ExprBindings *
mst_bindings_output(EngineCall *call, Execution *exec, const pg_uuid_t *final_context)
{
	EngineBindings *eb = make_bindings(call, exec, NULL);

	add_branch_layer(eb, final_context);
	add_env_layer(eb);
	add_global_layer(eb);
	add_input_layer(eb);
	return finish_bindings(eb);
}

/* For vars. */
ExprBindings *
mst_bindings_vars(EngineCall *call, Execution *exec)
{
	EngineBindings *eb = make_bindings(call, exec, NULL);

	add_env_layer(eb);
	add_global_layer(eb);
	add_input_layer(eb);
	return finish_bindings(eb);
}

/* For an environment's own expressions; its secrets may be NULL. */
ExprBindings *
mst_bindings_env(EngineCall *call, Jsonb *env, SecretSet *secrets)
{
	EngineBindings *eb = make_bindings_for(call, NULL, NULL, NULL);

	/* without callbacks env() reads __env, which is all there is */
	eb->bindings.callbacks = NULL;
	add_json_layer(eb, mst_json_object1("__env", env));
	set_secrets(eb, secrets);
	return &eb->bindings;
}

/* For base-input of ad-hoc actions of the project; task may be NULL. */
ExprBindings *
mst_bindings_base_input(EngineCall *call, Task *task, const char *project, Jsonb *input)
{
	EngineBindings *eb = make_bindings_for(call, project, task == NULL ? NULL : task->exec, NULL);

	add_json_layer(eb, input);
	if (task != NULL)
		add_branch_layer(eb, &task->row->context_id);
	add_env_layer(eb);
	add_global_layer(eb);
	eb->bindings.always_evaluate = true;
	return finish_bindings(eb);
}

/* For output of ad-hoc actions: the data is the value itself. */
ExprBindings *
mst_bindings_result(EngineCall *call, Task *task, const char *project, Jsonb *value)
{
	EngineBindings *eb = make_bindings_for(call, project, task == NULL ? NULL : task->exec, task);

	eb->data = mst_value_from_jsonb(mst_call_open(call, task, value));
	eb->bindings.data = &eb->data;
	eb->bindings.always_evaluate = true;
	return &eb->bindings;
}
