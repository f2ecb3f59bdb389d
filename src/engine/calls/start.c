/*-------------------------------------------------------------------------
 *
 * start.c
 *	  Making executions: definition, input, parameters, environment, vars.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "engine/calls/start.h"
#include "engine/data/input.h"
#include "engine/memory/limits.h"
#include "engine/memory/world.h"
#include "store/access.h"
#include "store/bounds.h"
#include "store/publishers.h"
#include "util/errors.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/uuid.h"

char *
mst_exec_namespace(Advance *adv, Exec *exec)
{
	char	   *namespace = mst_json_get_text(mst_exec_data(exec)->params, "namespace");

	return namespace != NULL ? namespace : exec->row->namespace;
}

/* ---- environment ---- */

/* The variables that "env" stands for; raises what is wrong with it. */
static Jsonb *
resolve_env(Jsonb *params, const char *project)
{
	Jsonb	   *env = mst_json_get(params, "env");
	Jsonb	   *variables;

	if (env == NULL)
		return mst_json_object();
	if (mst_json_is_object(env))
		return env;
	if (mst_json_root(env).type != jbvString)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("Unexpected value type for environment [environment=%s]", mst_json_print(env)),
				 errhint("Give a mapping of variables, or the name of a stored environment.")));
	if (!mst_definition_environment(mst_json_to_text(env), project, &variables))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("Environment is not found: %s", mst_json_to_text(env))));
	return variables;
}

static Jsonb *
evaluate_env(Advance *adv, Jsonb *params, Jsonb *env)
{
	ExprError  *error;
	Jsonb	   *result;

	if (!mst_json_get_bool(params, "evaluate_env", true) || mst_json_count(env) == 0)
		return env;
	if (!mst_expr_eval_jsonb(mst_expr_compile_jsonb(env), mst_scope_env(adv, env), &result, &error))
		mst_expr_error_raise(error);
	return result;
}

void
mst_exec_update_env(Advance *adv, Exec *exec, Jsonb *env)
{
	ExecutionDataRow *data = mst_exec_data(exec);
	ExecState	state = exec->row->state;

	if (mst_json_count(env) == 0)
		return;
	if (state != EXEC_IDLE && state != EXEC_PAUSED && state != EXEC_ERROR)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
				 errmsg("Updating env to workflow execution is only permitted if it is in IDLE, PAUSED, or ERROR state.")));
	data->params = mst_json_merge(data->params, mst_json_object1("env", env));
	data->row.is_dirty = true;
}

/* ---- rows ---- */

/* Why a start is refused: raised to a caller, or the state of a parent task. */
typedef struct StartProblem
{
	int			sqlstate;
	char	   *message;		/* NULL: none */
	char	   *hint;
} StartProblem;

static bool
add_name(void *arg, const JsonbValue *key, const JsonbValue *value)
{
	mst_json_add_value(arg, NULL, key);
	return true;
}

static Jsonb *
names_of(const Jsonb *object)
{
	JsonBuilder b;

	mst_json_begin_array(&b);
	mst_json_each(object, add_name, &b);
	return mst_json_end(&b);
}

static void
add_vars(Advance *adv, Exec *exec, StartProblem *problem)
{
	ExecutionDataRow *data = exec->data;
	ExprError  *error;
	Jsonb	   *vars;

	if (exec->spec->vars == NULL)
		return;
	if (!mst_expr_eval_jsonb(exec->spec->vars, mst_scope_vars(adv, exec), &vars, &error))
	{
		problem->sqlstate = mst_expr_error_sqlstate(error);
		problem->message = mst_expr_error_text(error);
		return;
	}
	data->vars = names_of(vars);
	data->context = mst_json_concat(data->context, vars);
}

static Exec *
make_execution(Advance *adv, const WorkflowRef *ref, const pg_uuid_t *id,
			   const char *project)
{
	ExecutionRow *row = palloc(sizeof(ExecutionRow));
	ExecutionDataRow *data = palloc0(sizeof(ExecutionDataRow));

	*row = (ExecutionRow) {.row.is_new = true, .state = EXEC_IDLE};
	row->id = mst_uuid_is_none(id) ? mst_uuid_new() : *id;
	row->version_id = ref->version_id;
	row->workflow_id = ref->definition_id;
	row->root_id = row->id;
	row->created_at = adv->now;
	row->project_id = pstrdup(project);
	row->workflow_name = pstrdup(ref->name);
	row->namespace = pstrdup(ref->namespace);
	row->workbook_name = ref->workbook_name != NULL ? pstrdup(ref->workbook_name) : NULL;
	data->row.is_new = true;
	data->execution_id = row->id;
	data->root_id = row->id;
	data->project_id = row->project_id;
	data->name = row->workflow_name;
	data->tags = mst_json_copy(ref->tags);
	data->context = mst_json_object1("__execution",
									 mst_json_object1("id", mst_json_text(mst_uuid_text(&row->id))));
	return mst_advance_add_exec(adv, row, data);
}

static void
check_size(const char *field, const Jsonb *value, StartProblem *problem)
{
	char	   *message = mst_limit_check("WorkflowExecution", field, value);

	if (message == NULL || problem->message != NULL)
		return;
	problem->sqlstate = ERRCODE_MISTRAL_SIZE_LIMIT;
	problem->message = message;
}

static void
check_notify(Jsonb *params, StartProblem *problem)
{
	char	   *message = mst_publisher_params_problem(params);

	if (message == NULL)
		return;
	problem->sqlstate = ERRCODE_MISTRAL_INPUT;
	problem->message = message;
}

static void
check_target(Exec *exec, StartProblem *problem)
{
	char	   *target;

	if (!exec->spec->is_reverse)
		return;
	target = mst_json_get_text(exec->data->params, "task_name");
	if (target != NULL && mst_spec_find_task(exec->spec, target) >= 0)
		return;
	problem->sqlstate = ERRCODE_MISTRAL_WORKFLOW;
	problem->message = psprintf("Invalid task name [wf=%s, task_name=%s]",
								exec->row->workflow_name, target != NULL ? target : "None");
	problem->hint = "Name the target of a reverse workflow in the parameter \"task_name\".";
}

/* What all starts have in common; false when it is refused. */
static bool
complete_start(Advance *adv, Exec *exec, StartProblem *problem)
{
	ExecutionDataRow *data = exec->data;

	memset(problem, 0, sizeof(StartProblem));
	data->input = mst_input_add_defaults(exec->spec->inputs, exec->spec->n_inputs,
										 data->input);
	check_size("input", data->input, problem);
	check_size("params", data->params, problem);
	if (problem->message == NULL)
		check_notify(data->params, problem);
	if (problem->message == NULL)
		check_target(exec, problem);
	if (problem->message == NULL)
		add_vars(adv, exec, problem);
	if (problem->message != NULL)
		return false;
	exec->row->has_notify = mst_event_wanted(exec);
	mst_exec_set_state(adv, exec, EXEC_RUNNING, NULL);
	return true;
}

/* ---- bounds ---- */

static char *
tree_problem(int64 limit)
{
	return psprintf("The execution and those below it are more than " INT64_FORMAT " (mistral.max_tree_executions)",
					limit);
}

/*
 * The call that finds the tree full has no lock on the root, so another one
 * ends it; until then this one starts nothing more.
 */
char *
mst_exec_no_room(Advance *adv, Exec *parent)
{
	if (adv->is_simulated)
		return NULL;
	if (!adv->tree_is_full &&
		mst_bound_tree_is_full(&parent->row->root_id, adv->children_made + 1))
	{
		adv->tree_is_full = true;
		mst_advance_delay_child(adv, "end_tree", parent, &parent->row->root_id, adv->now,
								mst_json_object1("limit", mst_json_int(mst_max_tree_executions)));
	}
	if (adv->tree_is_full)
		return tree_problem(mst_max_tree_executions);
	if (mst_bound_project_is_full(parent->row->project_id))
		return psprintf("The project has more than %d unfinished executions (mistral.max_unfinished_executions)",
						mst_max_unfinished_executions);
	return NULL;
}

void
mst_exec_end_tree(Advance *adv, Exec *root, Jsonb *args)
{
	if (!mst_state_is_completed(root->row->state))
		mst_exec_fail(adv, root, tree_problem(mst_json_get_int(args, "limit", 0)));
}

static void
check_project(const char *project)
{
	if (!mst_bound_project_is_full(project))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_QUOTA),
			 errmsg("project \"%s\" has too many unfinished executions", project),
			 errdetail("There are more than %d of them.", mst_max_unfinished_executions),
			 errhint("Let some of them end, or cancel them; the limit is mistral.max_unfinished_executions.")));
}

/* ---- top-level starts ---- */

/* Without the blanks at its beginning; there are none at its end. */
static char *
trim(char *text)
{
	return text + strspn(text, " \t\n\v\f\r");
}

/* Values of the source execution where the request gives none. */
static void
inherit_source(Advance *adv, StartRequest *request)
{
	Exec	   *source = mst_advance_exec(adv, &request->source_id, LOCK_NONE, NULL);
	char	   *id = mst_uuid_text(&request->source_id);
	ExecutionDataRow *data;

	if (source == NULL || !mst_can_read_project(source->row->project_id))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("WorkflowExecution not found [id=%s]", id)));
	data = mst_exec_data(source);
	if (request->workflow == NULL)
	{
		request->workflow = mst_uuid_text(&source->row->workflow_id);
		request->namespace = source->row->namespace;
	}
	request->input = mst_json_merge(data->input, request->input);
	request->params = mst_json_merge(data->params, request->params);
	request->description = trim(psprintf("%s Based on the execution '%s'",
										 request->description != NULL ? request->description :
										 data->description != NULL ? data->description : "", id));
}

static void
find_definition(Advance *adv, const StartRequest *request, const char *project,
				WorkflowRef *ref)
{
	if (request->workflow == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_WORKFLOW),
				 errmsg("Workflow ID or workflow name must be provided. Workflow ID is recommended.")));
	if ((adv->world == NULL || !adv->world->find_workflow(adv, request->workflow, ref)) &&
		!mst_definition_find_workflow(request->workflow, request->namespace, project, ref))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("Workflow not found [workflow_identifier=%s, namespace=%s]",
						request->workflow, request->namespace)));
}

static Jsonb *
start_params(Advance *adv, const StartRequest *request, const WorkflowRef *ref,
			 const char *project)
{
	Jsonb	   *params = request->params;
	Jsonb	   *env = resolve_env(params, project);
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "namespace", ref->namespace);
	params = mst_json_concat(mst_json_end(&b), params);
	env = evaluate_env(adv, params, env);
	params = mst_json_concat(params, mst_json_object1("env", env));
	return mst_event_add_publishers(params);
}

Exec *
mst_exec_create(Advance *adv, StartRequest *request)
{
	const char *project = request->project_id != NULL ? request->project_id :
		mst_current_project();
	WorkflowRef ref;
	const WorkflowSpec *spec;
	Exec	   *exec;
	StartProblem problem;
	char	   *message;

	if (!adv->is_simulated)
		check_project(project);
	if (!mst_uuid_is_none(&request->source_id))
		inherit_source(adv, request);
	if (request->namespace == NULL)
		request->namespace = "";
	find_definition(adv, request, project, &ref);
	spec = mst_exec_spec(adv, &ref.version_id);
	message = mst_input_check(ref.name, "WorkflowDefinition", spec->inputs,
							  spec->n_inputs, request->input);
	if (message != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("%s", message)));
	exec = make_execution(adv, &ref, &request->execution_id, project);
	exec->data->description = request->description != NULL ? pstrdup(request->description) : NULL;
	exec->data->input = request->input != NULL ? request->input : mst_json_object();
	exec->data->params = start_params(adv, request, &ref, project);
	if (!complete_start(adv, exec, &problem))
		ereport(ERROR,
				(errcode(problem.sqlstate),
				 errmsg("%s", problem.message),
				 problem.hint != NULL ? errhint("%s", problem.hint) : 0));
	return exec;
}

/* ---- sub-executions ---- */

static Jsonb *
child_params(Advance *adv, Task *task, Jsonb *given, int item_index)
{
	Exec	   *parent = task->exec;
	Jsonb	   *notify = mst_json_get(mst_exec_data(parent)->params, "notify");
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add(&b, "env", mst_json_object());
	mst_json_add_text(&b, "root_execution_id", mst_uuid_text(&parent->row->root_id));
	mst_json_add_text(&b, "task_execution_id", mst_uuid_text(&task->id));
	mst_json_add_int(&b, "index", item_index);
	mst_json_add_text(&b, "namespace", mst_exec_namespace(adv, parent));
	if (notify != NULL)
		mst_json_add(&b, "notify", notify);
	return mst_json_concat(mst_json_end(&b), given);
}

Exec *
mst_exec_create_child(Advance *adv, Task *task, const WorkflowRef *ref,
					  Jsonb *input, Jsonb *params, int item_index, char **message)
{
	Exec	   *parent = task->exec;
	Exec	   *exec = make_execution(adv, ref, &mst_uuid_none, parent->row->project_id);
	ExecutionRow *row = exec->row;
	StartProblem problem;

	row->root_id = parent->row->root_id;
	row->parent_task_id = task->id;
	row->parent_attempt = task->row->attempt;
	row->item_index = item_index;
	row->depth = parent->row->depth + 1;
	exec->parent_task = task;
	exec->data->root_id = row->root_id;
	exec->data->description = pstrdup("sub-workflow execution");
	exec->data->input = input;
	exec->data->params = child_params(adv, task, params, item_index);

	/* what a root start would raise is the state of the parent's task here */
	if (complete_start(adv, exec, &problem))
	{
		adv->children_made++;
		return exec;
	}
	*message = problem.message;
	mst_advance_forget_exec(adv, exec);
	return NULL;
}
