/*-------------------------------------------------------------------------
 *
 * exec_make.c
 *	  Making the rows of an execution: input, parameters, vars.
 *
 * What a start by a user and one by a task have in common.  A problem is raised
 * to the user, and becomes the state of the task.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/data/input.h"
#include "engine/memory/limits.h"
#include "engine/work/exec_make.h"
#include "engine/work/limit_wants.h"
#include "store/publishers.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/uuid.h"

/* ---- rows ---- */

/* Returns the namespace of the top-level start that led to the execution. */
char *
mst_execution_namespace(EngineCall *call, Execution *exec)
{
	char	   *namespace = mst_json_get_text(mst_execution_data(exec)->params, "namespace");

	return namespace != NULL ? namespace : exec->row->namespace;
}

/*
 * Makes an IDLE execution of the definition for a project (the name of a
 * role); its id is a new one where none is given.
 */
Execution *
mst_execution_make(EngineCall *call, const WorkflowRef *ref, const pg_uuid_t *id,
				   const char *project)
{
	ExecutionRow *row = palloc(sizeof(ExecutionRow));
	ExecutionDataRow *data = palloc0(sizeof(ExecutionDataRow));

	*row = (ExecutionRow)
	{
		.row.is_new = true, .state = MST_STATE_IDLE
	};
	row->id = mst_uuid_is_none(id) ? mst_uuid_new() : *id;
	row->version_id = ref->version_id;
	row->workflow_id = ref->definition_id;
	row->root_id = row->id;
	row->created_at = call->now;
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
	return mst_call_add_execution(call, row, data);
}

/* ---- completing it ---- */

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
add_vars(EngineCall *call, Execution *exec, StartProblem *problem)
{
	ExecutionDataRow *data = exec->data;
	ExprError  *error;
	Jsonb	   *vars;

	if (exec->spec->vars == NULL)
		return;
	if (!mst_expr_eval_jsonb(exec->spec->vars, mst_bindings_vars(call, exec), &vars, &error))
	{
		problem->sqlstate = mst_expr_error_sqlstate(error);
		problem->message = mst_expr_error_text(error);
		return;
	}
	data->vars = names_of(vars);
	data->context = mst_json_concat(data->context, vars);
}

static void
check_schema(Execution *exec, StartProblem *problem)
{
	char	   *message = mst_input_check_schema(exec->spec, exec->row->workflow_name, exec->data->input);

	if (message == NULL)
		return;
	problem->sqlstate = ERRCODE_MISTRAL_INPUT;
	problem->message = message;
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
check_target(Execution *exec, StartProblem *problem)
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

/* The time that the definition gives, unless whoever starts it has given one. */
static void
set_time_left(EngineCall *call, Execution *exec, StartProblem *problem)
{
	ExprError  *error;
	Jsonb	   *value;
	int64		seconds;

	if (exec->spec->timeout == NULL || exec->row->time_left != 0)
		return;
	if (!mst_expr_eval_jsonb(exec->spec->timeout, mst_bindings_vars(call, exec), &value, &error))
	{
		problem->sqlstate = mst_expr_error_sqlstate(error);
		problem->message = mst_expr_error_text(error);
	}
	else if (mst_json_whole_number(value, &seconds) && seconds <= PG_INT32_MAX)
		exec->row->time_left = seconds * 1000;
	else
	{
		problem->sqlstate = ERRCODE_MISTRAL_INPUT;
		problem->message = psprintf("Invalid timeout of workflow %s: %s is not an integer from 0 to %d",
									exec->row->workflow_name, mst_json_print(value), PG_INT32_MAX);
	}
}

/*
 * Completes input and vars of an execution, which stays IDLE.  False: it is
 * refused, *problem says why.
 */
bool
mst_execution_complete_start(EngineCall *call, Execution *exec, StartProblem *problem)
{
	ExecutionDataRow *data = exec->data;

	memset(problem, 0, sizeof(StartProblem));
	data->input = mst_input_add_defaults(exec->spec->inputs, exec->spec->n_inputs,
										 data->input);
	check_size("input", data->input, problem);
	check_size("params", data->params, problem);
	if (problem->message == NULL)
		check_schema(exec, problem);
	if (problem->message == NULL)
		check_notify(data->params, problem);
	if (problem->message == NULL)
		check_target(exec, problem);
	if (problem->message == NULL)
		add_vars(call, exec, problem);
	if (problem->message == NULL)
		set_time_left(call, exec, problem);
	if (problem->message != NULL)
		return false;
	exec->row->has_notify = mst_event_wanted(exec);
	return true;
}

/*
 * Makes an IDLE execution RUNNING, and queues its first commands; it stays IDLE
 * while it waits for slots of its limits.
 */
void
mst_execution_begin(EngineCall *call, Execution *exec)
{
	if (!mst_execution_take_slots(call, exec))
		return;
	mst_execution_set_state(call, exec, MST_STATE_RUNNING, NULL);
	mst_call_push(call, STEP_START_EXECUTION, exec, NULL);
}
