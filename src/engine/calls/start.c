/*-------------------------------------------------------------------------
 *
 * start.c
 *	  Starting executions for users: definition, input, parameters, environment.
 *
 * A start checks the request first and writes nothing until all of it is
 * right.  Values that the request leaves out come from the source
 * execution, if one is named; the workflow is found in the project and
 * namespace of the start (docs/language.md, "Texts").
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "engine/calls/start.h"
#include "engine/data/input.h"
#include "engine/memory/limits.h"
#include "engine/memory/secrecy.h"
#include "engine/memory/world.h"
#include "engine/work/exec_make.h"
#include "store/access.h"
#include "store/bounds.h"
#include "store/publishers.h"
#include "util/errors.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/traceparent.h"
#include "util/uuid.h"

/* ---- environment ---- */

/*
 * Returns the variables that "env" stands for; raises what is wrong with it.
 */
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

/* Raises an error of an expression; secrets in its text are sealed. */
static void
raise_sealed(SecretSet *secrets, const ExprError *error)
{
	if (mst_secrets_count(secrets) == 0)
		mst_expr_error_raise(error);
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_YAQL_EVALUATION),
			 errmsg("%s", mst_secrets_seal_text(secrets, mst_expr_error_text(error)))));
}

static Jsonb *
evaluate_env(EngineCall *call, Jsonb *params, Jsonb *env, SecretSet *secrets)
{
	ExprError  *error;
	Jsonb	   *result;

	if (!mst_json_get_bool(params, "evaluate_env", true) || mst_json_count(env) == 0)
		return env;
	if (!mst_expr_eval_jsonb(mst_expr_compile_jsonb(env), mst_bindings_env(call, env, secrets), &result, &error))
		raise_sealed(secrets, error);
	return result;
}

/*
 * Merges into the environment of an execution; raises an error when its state
 * does not allow that.
 */
void
mst_execution_update_env(EngineCall *call, Execution *exec, Jsonb *env)
{
	ExecutionDataRow *data = mst_execution_data(exec);
	State		state = exec->row->state;

	if (mst_json_count(env) == 0)
		return;
	if (state != MST_STATE_IDLE && state != MST_STATE_PAUSED && state != MST_STATE_ERROR)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
				 errmsg("Updating env to workflow execution is only permitted if it is in IDLE, PAUSED, or ERROR state.")));
	if (mst_execution_secrets(call, exec) != NULL)
		mst_secrets_adopt(mst_execution_secrets(call, exec), env);
	data->params = mst_json_merge(data->params, mst_json_object1("env", env));
	mst_limit_require("WorkflowExecution", "params", data->params);
	data->row.is_dirty = true;
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

/*
 * Returns the text without the whitespace at its beginning; there is none
 * at its end.
 */
static char *
skip_whitespace(char *text)
{
	return text + strspn(text, " \t\n\v\f\r");
}

/* Values of the source execution where the request gives none. */
static void
inherit_source(EngineCall *call, StartRequest *request)
{
	Execution  *source = mst_call_execution(call, &request->source_id, LOCK_NONE, NULL);
	char	   *id = mst_uuid_text(&request->source_id);
	ExecutionDataRow *data;

	if (source == NULL || !mst_can_read_project(source->row->project_id))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("WorkflowExecution not found [id=%s]", id)));
	data = mst_execution_data(source);
	if (request->workflow == NULL)
	{
		request->workflow = mst_uuid_text(&source->row->workflow_id);
		request->namespace = source->row->namespace;
	}
	request->input = mst_json_merge(data->input, request->input);
	request->params = mst_json_merge(data->params, request->params);
	request->description = skip_whitespace(psprintf("%s Based on the execution '%s'",
													request->description != NULL ? request->description :
													data->description != NULL ? data->description : "", id));
}

static void
find_definition(EngineCall *call, const StartRequest *request, const char *project,
				WorkflowRef *ref)
{
	if (request->workflow == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_WORKFLOW),
				 errmsg("Workflow ID or workflow name must be provided. Workflow ID is recommended.")));
	if ((call->world == NULL || !call->world->find_workflow(call, request->workflow, ref)) &&
		!mst_definition_find_workflow(request->workflow, request->namespace, project, ref))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("Workflow not found [workflow_identifier=%s, namespace=%s]",
						request->workflow, request->namespace)));
}

/*
 * Refuses to start a draft, unless the caller says that he means it.  What is
 * simulated does nothing that a draft could do wrong.
 */
static void
check_published(EngineCall *call, const StartRequest *request, const WorkflowRef *ref)
{
	if (!ref->is_draft || call->is_simulated ||
		(request->params != NULL && mst_json_get_bool(request->params, "draft", false)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
			 errmsg("workflow \"%s\" is a draft", ref->name),
			 errhint("Publish it with publish_workflow(), or start it with the parameter \"draft\": true.")));
}

static Jsonb *
start_params(EngineCall *call, const StartRequest *request, const WorkflowRef *ref,
			 const char *project, SecretSet *secrets)
{
	Jsonb	   *params = request->params;
	Jsonb	   *env = resolve_env(params, project);
	JsonBuilder b;

	mst_secrets_adopt(secrets, request->input);
	mst_secrets_adopt(secrets, params);
	mst_secrets_adopt(secrets, env);

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "namespace", ref->namespace);
	params = mst_json_concat(mst_json_end(&b), params);
	env = evaluate_env(call, params, env, secrets);
	params = mst_json_concat(params, mst_json_object1("env", env));
	return mst_event_add_publishers(params);
}

/*
 * Returns the trace context of the parameters, palloc'd, or NULL; raises an
 * error if it is none.
 */
static char *
start_traceparent(Jsonb *params)
{
	Jsonb	   *given = mst_json_get(params, "traceparent");
	char	   *context = NULL;

	if (given == NULL || mst_json_is_null(given))
		return NULL;
	if (mst_json_root(given).type == jbvString)
		context = mst_traceparent(mst_json_to_text(given));
	if (context == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("Parameter \"traceparent\" is not a trace context: %s", mst_json_print(given)),
				 errhint("It is a text such as \"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\", in small letters.")));
	return context;
}

/*
 * Makes an execution that has not begun; raises what is wrong with the
 * request.
 */
Execution *
mst_execution_create(EngineCall *call, StartRequest *request)
{
	const char *project = request->project_id != NULL ? request->project_id :
	mst_current_project();
	WorkflowRef ref = {{{0}}};
	const WorkflowSpec *spec;
	Execution  *exec;
	SecretSet  *secrets;
	StartProblem problem;
	char	   *message;

	if (!call->is_simulated)
		check_project(project);
	if (!mst_uuid_is_none(&request->source_id))
		inherit_source(call, request);
	if (request->namespace == NULL)
		request->namespace = "";
	find_definition(call, request, project, &ref);
	check_published(call, request, &ref);
	spec = mst_execution_spec(call, &ref.version_id);
	message = mst_input_check(ref.name, "WorkflowDefinition", spec->inputs,
							  spec->n_inputs, request->input);
	if (message != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("%s", message)));
	exec = mst_execution_make(call, &ref, &request->execution_id, project);
	exec->data->description = request->description != NULL ? pstrdup(request->description) : NULL;
	exec->data->input = request->input != NULL ? request->input : mst_json_object();
	secrets = mst_secrets_create(&exec->id, project);
	exec->data->params = start_params(call, request, &ref, project, secrets);
	exec->row->has_secrets = mst_secrets_count(secrets) > 0 || mst_secrets_are_named();
	if (exec->row->has_secrets)
		mst_call_add_secrets(call, secrets);
	mst_execution_note_secrets(call, exec);
	exec->row->traceparent = start_traceparent(exec->data->params);
	exec->row->key = request->key != NULL ? pstrdup(request->key) : NULL;
	exec->row->time_left = request->timeout_ms;
	if (!mst_execution_complete_start(call, exec, &problem))
		ereport(ERROR,
				(errcode(problem.sqlstate),
				 errmsg("%s", mst_secrets_seal_text(secrets, problem.message)),
				 problem.hint != NULL ? errhint("%s", problem.hint) : 0));
	return exec;
}
