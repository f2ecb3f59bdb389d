/*-------------------------------------------------------------------------
 *
 * scope.c
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
#include "util/guc.h"
#include "util/json.h"
#include "util/uuid.h"
#include "value/jsonb.h"

#define SCOPE_MAX_LAYERS 8

typedef struct EngineScope
{
	ExprScope	scope;			/* first: callers get a pointer to it */
	FunctionState functions;
	ExprLayer	layers[SCOPE_MAX_LAYERS];
	pg_uuid_t	branch;			/* context of the branch layer */
	ExprValue	data;
} EngineScope;

/* ---- the layers ---- */

static bool
name_is(const char *name, int len, const char *wanted)
{
	return len == (int) strlen(wanted) && memcmp(name, wanted, len) == 0;
}

static bool
get_task_layer(void *state, const char *name, int len, ExprValue *result)
{
	EngineScope *es = state;
	JsonBuilder b;

	if (!name_is(name, len, "__task_execution"))
		return false;
	mst_json_begin_object(&b);
	mst_json_add_text(&b, "id", mst_uuid_text(&es->functions.task->id));
	mst_json_add_text(&b, "name", es->functions.task->row->name);
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
get_env_layer(void *state, const char *name, int len, ExprValue *result)
{
	EngineScope *es = state;

	if (!name_is(name, len, "__env"))
		return false;
	*result = mst_env_value(es->functions.call, es->functions.exec);
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
	EngineScope *es = state;
	JsonbValue	value;

	if (!mst_context_find(es->functions.call, &es->branch, name, len, &value))
		return false;
	*result = mst_value_from_jsonb_value(&value);
	return true;
}

static void
each_branch_layer(void *state, void (*fn) (void *arg, const char *name, int len),
				  void *arg)
{
	EngineScope *es = state;

	mst_context_each(es->functions.call, &es->branch, fn, arg);
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
	EngineScope *es = state;

	return get_member(mst_execution_data(es->functions.exec)->context, name, len, result);
}

static void
each_global_layer(void *state, void (*fn) (void *arg, const char *name, int len),
				  void *arg)
{
	EngineScope *es = state;
	EachArg		each = {fn, arg};

	mst_json_each(mst_execution_data(es->functions.exec)->context, call_with_name, &each);
}

static bool
get_input_layer(void *state, const char *name, int len, ExprValue *result)
{
	EngineScope *es = state;

	return get_member(mst_execution_data(es->functions.exec)->input, name, len, result);
}

static void
each_input_layer(void *state, void (*fn) (void *arg, const char *name, int len),
				 void *arg)
{
	EngineScope *es = state;
	EachArg		each = {fn, arg};

	mst_json_each(mst_execution_data(es->functions.exec)->input, call_with_name, &each);
}

/* ---- putting them together ---- */

static void
add_layer(EngineScope *es,
		  bool (*get) (void *state, const char *name, int len, ExprValue *result),
		  void (*each) (void *state, void (*fn) (void *arg, const char *name, int len), void *arg))
{
	ExprLayer  *layer = &es->layers[es->scope.nlayers++];

	Assert(es->scope.nlayers <= SCOPE_MAX_LAYERS);
	*layer = (ExprLayer)
	{
		.get = get, .each = each, .state = es
	};
}

static void
add_json_layer(EngineScope *es, const Jsonb *json)
{
	if (json != NULL)
		mst_expr_layer_init_jsonb(&es->layers[es->scope.nlayers++], json);
}

static void
add_task_layer(EngineScope *es)
{
	if (es->functions.task != NULL)
		add_layer(es, get_task_layer, each_task_layer);
}

static void
add_env_layer(EngineScope *es)
{
	if (es->functions.exec != NULL)
		add_layer(es, get_env_layer, each_env_layer);
}

static void
add_branch_layer(EngineScope *es, const pg_uuid_t *context_id)
{
	es->branch = *context_id;
	if (!mst_uuid_is_none(context_id))
		add_layer(es, get_branch_layer, each_branch_layer);
}

static void
add_global_layer(EngineScope *es)
{
	if (es->functions.exec != NULL)
		add_layer(es, get_global_layer, each_global_layer);
}

static void
add_input_layer(EngineScope *es)
{
	add_layer(es, get_input_layer, each_input_layer);
}

static EngineScope *
make_scope_for(EngineCall *call, const char *project, Execution *exec, Task *task)
{
	EngineScope *es = palloc0(sizeof(EngineScope));

	es->functions.call = call;
	es->functions.project = project;
	es->functions.exec = exec;
	es->functions.task = task;
	es->scope.layers = es->layers;
	es->scope.callbacks = &mst_engine_functions;
	es->scope.callback_state = &es->functions;
	return es;
}

static EngineScope *
make_scope(EngineCall *call, Execution *exec, Task *task)
{
	return make_scope_for(call, exec->row->project_id, exec, task);
}

/* With the strategy "merge" all layers are merged into one mapping. */
static ExprScope *
finish_scope(EngineScope *es)
{
	Jsonb	   *view;
	EngineScope *rest;

	if (mst_merge_strategy == MERGE_STRATEGY_REPLACE)
		return &es->scope;
	view = mst_json_object();
	for (int i = es->scope.nlayers - 1; i >= 0; i--)
		view = mst_json_merge(view, mst_layer_to_json(&es->layers[i]));
	rest = make_scope_for(es->functions.call, es->functions.project,
						  es->functions.exec, es->functions.task);
	add_json_layer(rest, view);
	return &rest->scope;
}

/* For task input, names, policies, with-items; extra may be NULL. */
ExprScope *
mst_scope_task(EngineCall *call, Task *task, Jsonb *extra)
{
	EngineScope *es = make_scope(call, task->exec, task);

	add_task_layer(es);
	add_env_layer(es);
	add_json_layer(es, extra);
	add_branch_layer(es, &task->row->context_id);
	add_global_layer(es);
	add_input_layer(es);
	return finish_scope(es);
}

static ExprScope *
scope_with_branch(EngineCall *call, Task *task, const pg_uuid_t *context_id)
{
	EngineScope *es = make_scope(call, task->exec, task);

	add_task_layer(es);
	add_branch_layer(es, context_id);
	add_env_layer(es);
	add_global_layer(es);
	add_input_layer(es);
	return finish_scope(es);
}

/* For publish. */
ExprScope *
mst_scope_publish(EngineCall *call, Task *task)
{
	return scope_with_branch(call, task, &task->row->context_id);
}

/* For guards, messages and break-on: sees what the task has published. */
ExprScope *
mst_scope_outbound(EngineCall *call, Task *task)
{
	return scope_with_branch(call, task, &task->row->published_id);
}

/* For the target: the action's input first. */
ExprScope *
mst_scope_target(EngineCall *call, Task *task, Jsonb *input)
{
	EngineScope *es = make_scope(call, task->exec, task);

	add_json_layer(es, input);
	add_task_layer(es);
	add_branch_layer(es, &task->row->context_id);
	add_env_layer(es);
	add_global_layer(es);
	add_input_layer(es);
	return finish_scope(es);
}

/* For output: the final context. */
ExprScope *
mst_scope_output(EngineCall *call, Execution *exec, const pg_uuid_t *final_context)
{
	EngineScope *es = make_scope(call, exec, NULL);

	add_branch_layer(es, final_context);
	add_env_layer(es);
	add_global_layer(es);
	add_input_layer(es);
	return finish_scope(es);
}

/* For vars. */
ExprScope *
mst_scope_vars(EngineCall *call, Execution *exec)
{
	EngineScope *es = make_scope(call, exec, NULL);

	add_env_layer(es);
	add_global_layer(es);
	add_input_layer(es);
	return finish_scope(es);
}

/* For an environment's own expressions. */
ExprScope *
mst_scope_env(EngineCall *call, Jsonb *env)
{
	EngineScope *es = make_scope_for(call, NULL, NULL, NULL);

	/* without callbacks env() reads __env, which is all there is */
	es->scope.callbacks = NULL;
	add_json_layer(es, mst_json_object1("__env", env));
	return &es->scope;
}

/* For base-input of ad-hoc actions of the project; task may be NULL. */
ExprScope *
mst_scope_base_input(EngineCall *call, Task *task, const char *project, Jsonb *input)
{
	EngineScope *es = make_scope_for(call, project, task == NULL ? NULL : task->exec, NULL);

	add_json_layer(es, input);
	if (task != NULL)
		add_branch_layer(es, &task->row->context_id);
	add_env_layer(es);
	add_global_layer(es);
	es->scope.always_evaluate = true;
	return finish_scope(es);
}

/* For output of ad-hoc actions: the data is the value itself. */
ExprScope *
mst_scope_result(EngineCall *call, Task *task, const char *project, Jsonb *value)
{
	EngineScope *es = make_scope_for(call, project, task == NULL ? NULL : task->exec, task);

	es->data = mst_value_from_jsonb(value);
	es->scope.data = &es->data;
	es->scope.always_evaluate = true;
	return &es->scope;
}
