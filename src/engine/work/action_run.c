/*-------------------------------------------------------------------------
 *
 * action_run.c
 *	  What an action's name stands for, and running it.
 *
 * A name is a standard action's, or one that a project has defined: an ad-hoc
 * definition leads through its base, perhaps another ad-hoc action, to one that
 * is none.  That is run in the database (standard actions and functions), by
 * any executor that serves the project, or, when it was registered, by executors
 * of the project that owns it.
 * A name that is neither may be that of a dynamic action, which is run as a script.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "definition/definitions.h"
#include "definition/dynamic.h"
#include "engine/data/input.h"
#include "engine/memory/human_rows.h"
#include "engine/memory/limits.h"
#include "engine/memory/secrecy.h"
#include "engine/memory/signal_rows.h"
#include "engine/memory/world.h"
#include "engine/work/actions.h"
#include "engine/work/builtin.h"
#include "engine/work/function_action.h"
#include "store/policy.h"
#include "store/queue.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/transient.h"
#include "util/uuid.h"

/* the longest pause between two attempts at an action */
#define MAX_RETRY_MS 60000

/* a longer chain of ad-hoc actions is taken for a cycle */
#define MAX_ADHOC_CHAIN 64

/* the standard action that runs dynamic ones */
#define SCRIPT_ACTION "std.javascript"

#define ADHOC_CLASS "mistral.actions.adhoc.AdHocAction"

/* The ad-hoc actions from a name to the action it ends in. */
typedef struct Chain
{
	const ActionSpec *specs[MAX_ADHOC_CHAIN];
	int			n;
	const char *project;		/* which looks up the names, and evaluates */
	/* what it ends in: one of the two, or neither when it leads nowhere */
	const BuiltinAction *builtin;
	const ActionSpec *own;
	const DynamicAction *dynamic;	/* that the standard one runs, or NULL */
	const char *missing;		/* the name that does not exist */
	bool		is_awaited;		/* an executor may come that takes that name */
	const char *namespace;		/* where it was looked for */
} Chain;

/* The last that a name can be. */
static void
find_dynamic(Chain *chain, const char *name)
{
	chain->dynamic = mst_dynamic_find(name, chain->namespace, chain->project);
	if (chain->dynamic != NULL)
		chain->builtin = mst_builtin_find(SCRIPT_ACTION);
	else
		chain->missing = name;
}

static void
find_chain(EngineCall *call, const char *name, const char *workbook,
		   const char *namespace, const char *project, Chain *chain)
{
	chain->n = 0;
	chain->project = project;
	chain->builtin = NULL;
	chain->own = NULL;
	chain->dynamic = NULL;
	chain->missing = NULL;
	chain->is_awaited = false;
	chain->namespace = namespace != NULL ? namespace : "";
	while (chain->n < MAX_ADHOC_CHAIN)
	{
		const ActionSpec *spec = NULL;

		chain->builtin = mst_builtin_find(name);
		if (chain->builtin != NULL)
			return;
		if (call->world != NULL)
			spec = call->world->find_action(call, name);
		if (spec == NULL)
			spec = mst_definition_find_action(name, workbook, namespace, project);
		if (spec == NULL)
			find_dynamic(chain, name);
		else if (spec->kind != ACTION_ADHOC)
			chain->own = spec;
		if (spec == NULL || spec->kind != ACTION_ADHOC)
			break;
		chain->specs[chain->n++] = spec;
		name = spec->base;
	}
	if (chain->missing != NULL)
		chain->is_awaited = (mst_unknown_action == UNKNOWN_ACTION_QUEUE &&
							 strlen(chain->missing) <= MST_MAX_QUEUED_NAME) ||
			(call->is_simulated && chain->n == 0);
}

/* Returns whether the chain ends in an action that can be run. */
static bool
has_end(const Chain *chain)
{
	return chain->builtin != NULL || chain->own != NULL || chain->is_awaited;
}

static const char *
end_name(const Chain *chain)
{
	if (chain->dynamic != NULL)
		return chain->dynamic->name;
	if (chain->builtin != NULL)
		return chain->builtin->name;
	return chain->own != NULL ? chain->own->name : chain->missing;
}

static char *
instance_problem(const Chain *chain, const char *problem)
{
	return psprintf("Failed to instantiate an action [action=%s, error=%s]",
					chain->n > 0 ? chain->specs[0]->name : end_name(chain), problem);
}

/* The input of each base in turn, down to the standard action's. */
static ActionProblem
follow_chain(EngineCall *call, Task *task, const Chain *chain, Jsonb *input,
			 Jsonb **run_input, char **message)
{
	for (int i = 0; i < chain->n; i++)
	{
		const ActionSpec *spec = chain->specs[i];
		ExprError  *error;

		if (i > 0)
		{
			*message = mst_input_check(spec->name, ADHOC_CLASS, spec->inputs,
									   spec->n_inputs, input);
			if (*message != NULL)
				return ACTION_NOT_RUNNABLE;
			input = mst_input_add_defaults(spec->inputs, spec->n_inputs, input);
		}
		if (spec->base_input == NULL)
			input = mst_json_object();
		else if (!mst_expr_eval_jsonb(spec->base_input,
									  mst_bindings_base_input(call, task, chain->project, input),
									  &input, &error))
		{
			*message = instance_problem(chain, mst_expr_error_text(error));
			return ACTION_BAD_INPUT;
		}
	}
	*run_input = input;
	return ACTION_OK;
}

/* Checks the parameters of what the chain ends in; NULL, or what is wrong. */
static char *
check_end_input(const Chain *chain, Jsonb *input)
{
	const ActionSpec *own = chain->own;
	Jsonb	   *others;

	if (chain->dynamic != NULL)
		return NULL;
	if (chain->builtin != NULL)
		return mst_builtin_check_input(chain->builtin, input);
	if (own == NULL)
		return NULL;
	if (own->takes_any)
		mst_input_split(own->inputs, own->n_inputs, input, &input, &others);
	return mst_input_check(own->name, NULL, own->inputs, own->n_inputs, input);
}

static ActionProblem
check_instance(const Chain *chain, Jsonb *run_input, char **message)
{
	const BuiltinAction *builtin = chain->builtin;
	char	   *problem = NULL;

	if (chain->n > 0)
		problem = check_end_input(chain, run_input);
	if (problem == NULL && chain->dynamic != NULL)
		problem = mst_dynamic_problem(chain->dynamic);
	else if (problem == NULL && builtin != NULL && builtin->check != NULL)
		problem = builtin->check(run_input);
	if (problem == NULL)
		return ACTION_OK;
	*message = instance_problem(chain, problem);
	return ACTION_NOT_RUNNABLE;
}

static ActionProblem
chain_problem(const Chain *chain, const char *name, char **message)
{
	if (chain->missing != NULL && chain->n == 0)
	{
		*message = psprintf("Failed to find action [action_name=%s, namespace=%s]", name,
							chain->namespace);
		return ACTION_UNKNOWN;
	}
	if (chain->missing != NULL)
		*message = instance_problem(chain, psprintf("Failed to find base action [action_name=%s, base=%s]",
													name, chain->missing));
	else
		*message = instance_problem(chain, "its base actions form a cycle");
	return ACTION_NOT_RUNNABLE;
}

/*
 * Every name on the way must be allowed to the project: an ad-hoc action gives
 * nobody what its base is denied, nor a dynamic one what scripts are.
 */
static ActionProblem
check_rules(const Chain *chain, char **message)
{
	*message = NULL;
	for (int i = 0; i < chain->n && *message == NULL; i++)
		*message = mst_policy_denial(chain->specs[i]->name, chain->project);
	if (*message == NULL && has_end(chain))
		*message = mst_policy_denial(end_name(chain), chain->project);
	if (*message == NULL && chain->dynamic != NULL)
		*message = mst_policy_denial(SCRIPT_ACTION, chain->project);
	return *message == NULL ? ACTION_OK : ACTION_DENIED;
}

/* A dynamic action is run as a script that gets the input. */
static void
settle_dynamic(const DynamicAction *dynamic, ActionCall *resolved)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "script", mst_dynamic_script(dynamic));
	mst_json_add(&b, "context", resolved->run_input);
	resolved->run_input = mst_json_end(&b);
}

/* Sets who runs the call, and with which input, from the end of the chain. */
static void
settle_end(const Chain *chain, ActionCall *resolved)
{
	const BuiltinAction *builtin = chain->builtin;
	const ActionSpec *own = chain->own;

	resolved->run_name = unconstify(char *, chain->dynamic != NULL ? SCRIPT_ACTION : end_name(chain));
	resolved->is_sync = true;
	if (builtin != NULL)
		resolved->is_sync = builtin->is_sync;
	if (own != NULL && own->kind == ACTION_FUNCTION)
	{
		/* the function has its defaults itself */
		resolved->function = own->function;
		resolved->function_owner = own->function_owner;
	}
	else if (own != NULL)
	{
		resolved->is_sync = own->is_sync;
		resolved->provider = own->project;
		resolved->run_input = mst_input_add_defaults(own->inputs, own->n_inputs,
													 resolved->run_input);
	}
	else if (builtin != NULL && builtin->normalize != NULL)
		resolved->run_input = builtin->normalize(resolved->run_input);
	if (chain->n == 0)
		resolved->input = resolved->run_input;
	if (chain->dynamic != NULL)
		settle_dynamic(chain->dynamic, resolved);
}

/*
 * Finds the action, checks its parameters, works through ad-hoc definitions.
 * On failure *message says why.  "task" may be NULL (stand-alone run).
 */
ActionProblem
mst_action_resolve(EngineCall *call, Task *task, const char *name,
				   const char *workbook, const char *namespace,
				   const char *project, Jsonb *input, ActionCall *resolved,
				   char **message)
{
	Chain		chain;
	ActionProblem problem;

	find_chain(call, name, workbook, namespace, project, &chain);
	if (chain.n == 0 && !has_end(&chain))
		return chain_problem(&chain, name, message);
	problem = check_rules(&chain, message);
	if (problem != ACTION_OK)
		return problem;
	if (chain.n == 0)
		*message = check_end_input(&chain, input);
	else
		*message = mst_input_check(chain.specs[0]->name, ADHOC_CLASS,
								   chain.specs[0]->inputs, chain.specs[0]->n_inputs, input);
	if (*message != NULL)
		return ACTION_BAD_INPUT;
	if (!has_end(&chain))
		return chain_problem(&chain, name, message);

	*resolved = (ActionCall)
	{
		.input = input
	};
	resolved->name = unconstify(char *, chain.n > 0 ? chain.specs[0]->name : end_name(&chain));
	if (chain.n > 0)
		resolved->input = mst_input_add_defaults(chain.specs[0]->inputs,
												 chain.specs[0]->n_inputs, input);
	problem = follow_chain(call, task, &chain, resolved->input, &resolved->run_input, message);
	if (problem != ACTION_OK)
		return problem;
	problem = check_instance(&chain, resolved->run_input, message);
	if (problem == ACTION_OK)
		settle_end(&chain, resolved);
	return problem;
}

/*
 * Applies the output templates of ad-hoc actions to a successful result.
 * False: an expression failed, *error says which.
 */
bool
mst_action_transform(EngineCall *call, Task *task, const char *name,
					 const char *workbook, const char *namespace,
					 const char *project, Jsonb **value, ExprError **error)
{
	Chain		chain;

	find_chain(call, name, workbook, namespace, project, &chain);
	for (int i = chain.n - 1; i >= 0; i--)
	{
		const ExprTemplate *output = chain.specs[i]->output;
		Jsonb	   *data = *value != NULL ? *value : mst_json_null();

		if (output != NULL &&
			!mst_expr_eval_jsonb(output, mst_bindings_result(call, task, project, data),
								 value, error))
			return false;
	}
	return true;
}

/* ---- running ---- */

/*
 * Returns what a row notes of an action that is not simply the standard one of
 * its name (ActionRow.run), or NULL.
 */
Jsonb *
mst_action_run_note(const ActionCall *resolved)
{
	JsonBuilder b;

	if (resolved->run_name == resolved->name && resolved->provider == NULL &&
		resolved->function == NULL)
		return NULL;
	mst_json_begin_object(&b);
	if (resolved->run_name != resolved->name)
	{
		mst_json_add_text(&b, "name", resolved->run_name);
		mst_json_add(&b, "input", resolved->run_input);
	}
	if (resolved->provider != NULL)
		mst_json_add_text(&b, "provider", resolved->provider);
	if (resolved->function != NULL)
	{
		mst_json_add_text(&b, "function", resolved->function);
		mst_json_add_text(&b, "function_owner", resolved->function_owner);
	}
	return mst_json_end(&b);
}

/* Sets the final state, and the output to {"result": result}. */
void
mst_action_end(EngineCall *call, ActionRow *action, State state, Jsonb *result)
{
	mst_action_set_state(action, state);
	action->output = mst_json_object1("result", result);
	if (!action->row.is_new)
		action->updated_at = call->now;
	if (mst_action_is_wait(action))
		mst_call_note_wait_end(call, action);
	else if (mst_action_is_human(action))
		mst_call_note_human_end(call, action);
}

static void
begin_action_args(JsonBuilder *b, ActionRow *action)
{
	mst_json_begin_object(b);
	mst_json_add_text(b, "action_id", mst_uuid_text(&action->id));
}

/* The end of an action that waits in the database comes by a delayed call. */
static void
end_later(EngineCall *call, Task *task, ActionRow *action, const BuiltinResult *result)
{
	JsonBuilder b;

	begin_action_args(&b, action);
	mst_json_add_bool(&b, "is_error", result->is_error);
	mst_json_add(&b, "result", result->value);
	mst_call_delay_action(call, CALL_FINISH_ACTION, task, action,
						  call->now + (int64) (result->delay * USECS_PER_SEC),
						  mst_json_end(&b), NULL);
}

/* Leaves an action with an effect to another transaction altogether. */
static void
run_later(EngineCall *call, Task *task, ActionRow *action)
{
	JsonBuilder b;

	begin_action_args(&b, action);
	mst_call_delay_action(call, CALL_RUN_ACTION, task, action, call->now,
						  mst_json_end(&b), NULL);
}

/* The first attempt has failed with an error of the moment. */
static void
run_again(EngineCall *call, Task *task, ActionRow *action, TimestampTz due, Jsonb *error)
{
	JsonBuilder b;

	begin_action_args(&b, action);
	mst_json_add_int(&b, "attempts", 1);
	mst_call_delay_action(call, CALL_RUN_ACTION, task, action, due,
						  mst_json_end(&b), mst_json_get_text(error, "message"));
}

/*
 * Returns whether a failed action of a task is to be tried again after that
 * many attempts, and when.
 */
static bool
is_tried_again(const BuiltinResult *result, int attempts, TimestampTz *due)
{
	if (!result->is_transient || attempts >= mst_sql_action_max_attempts)
		return false;
	*due = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
									   mst_retry_delay_ms(attempts, MAX_RETRY_MS));
	return true;
}

/*
 * Runs a builtin action.  A query may make engine calls, which must not change
 * the executions that this call has in memory.
 */
static void
run_builtin(EngineCall *call, const BuiltinAction *builtin, ActionRow *action,
			Jsonb *input, BuiltinResult *result)
{
	HeldExecutions held = {NIL};
	ListCell   *lc;

	if (!builtin->has_effect)
	{
		builtin->run(input, action, result);
		return;
	}
	foreach(lc, call->exec_list)
	{
		Execution  *exec = lfirst(lc);

		if (exec->is_locked || exec->row->row.is_new)
			held.ids = lappend(held.ids, &exec->id);
	}
	mst_store_hold_executions(&held);
	PG_TRY();
	{
		builtin->run(input, action, result);
	}
	PG_FINALLY();
	{
		mst_store_release_executions(&held);
	}
	PG_END_TRY();
	list_free(held.ids);
	mst_call_expire_reads(call);
}

/* Returns what runs the action in the database; NULL: an executor does. */
static const BuiltinAction *
find_runner(const ActionRow *action, const char *run_name)
{
	return mst_action_is_function(action->run) ? &mst_function_action : mst_builtin_find(run_name);
}

/* Begins an action that somebody else ends. */
static void
begin_async(EngineCall *call, const BuiltinAction *builtin, Task *task, ActionRow *action, Jsonb *input)
{
	char	   *problem = builtin->begin == NULL ? NULL : builtin->begin(call, task, action, input);
	MemoryContext old;

	if (problem == NULL)
		return;
	old = MemoryContextSwitchTo(GetMemoryChunkContext(action));
	mst_action_end(call, action, MST_STATE_ERROR, mst_json_text(problem));
	MemoryContextSwitchTo(old);
}

/*
 * Runs a built-in action here, or arranges for it: the action's state and
 * output are set when it has ended at once.
 */
void
mst_action_run(EngineCall *call, Task *task, ActionRow *action, const ActionCall *resolved)
{
	const BuiltinAction *builtin = find_runner(action, resolved->run_name);
	BuiltinResult result = {0};
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(action));
	bool		has_ended = call->world != NULL && call->world->run_action(call, task, action, resolved);
	TimestampTz due;

	MemoryContextSwitchTo(old);
	if (has_ended)
		return;
	if (builtin == NULL || builtin->run == NULL)
	{
		mst_call_enqueue(call, action, task != NULL ? task->runtime.priority : 0);
		return;
	}
	if (!builtin->is_sync)
	{
		begin_async(call, builtin, task, action, resolved->run_input);
		return;
	}
	if (call->is_async && builtin->has_effect)
	{
		run_later(call, task, action);
		return;
	}
	old = MemoryContextSwitchTo(GetMemoryChunkContext(action));
	run_builtin(call, builtin, action, mst_call_open(call, task, resolved->run_input), &result);
	if (task != NULL && is_tried_again(&result, 1, &due))
		run_again(call, task, action, due, result.value);
	else if ((result.delay > 0 && !call->is_simulated) || call->is_async)
		end_later(call, task, action, &result);
	else
		mst_action_end(call, action, result.is_error ? MST_STATE_ERROR : MST_STATE_SUCCESS,
					   result.value);
	MemoryContextSwitchTo(old);
}

/* The secrets of a stored action, if there are references in its input; else NULL. */
static SecretSet *
stored_secrets(const ActionRow *action, const Jsonb *input)
{
	const pg_uuid_t *owner = mst_uuid_is_none(&action->execution_id) ? &action->id : &action->root_id;

	if (input == NULL || !mst_secrets_has_reference(input))
		return NULL;
	return mst_secrets_load(owner, action->project_id);
}

/*
 * Runs an action that is left to a delayed call, for the time "attempts".
 *
 * Returns true and sets *state and *output when it has ended; they live in the
 * current memory context.  Returns false when the error is one of the moment
 * and attempts are left: *due is when to try again, *output the error so far.
 */
bool
mst_action_run_stored(ActionRow *action, int attempts, State *state,
					  Jsonb **output, TimestampTz *due)
{
	char	   *run_name = mst_json_get_text(action->run, "name");
	const BuiltinAction *builtin = find_runner(action, run_name != NULL ? run_name : action->name);
	BuiltinResult result = {0};
	Jsonb	   *input;
	SecretSet  *secrets;
	char	   *denial;

	if (builtin == NULL || builtin->run == NULL)
		elog(ERROR, "action \"%s\" is not run in the database", action->name);
	denial = mst_policy_denial_of_row(action);
	if (denial != NULL)
	{
		*state = MST_STATE_ERROR;
		*output = mst_json_text(denial);
		return true;
	}
	input = run_name != NULL ? mst_json_get(action->run, "input") : action->input;
	secrets = stored_secrets(action, input);
	builtin->run(secrets != NULL ? mst_secrets_open(secrets, input) : input, action, &result);
	if (secrets != NULL)
		result.value = mst_secrets_seal(secrets, result.value);
	*state = result.is_error ? MST_STATE_ERROR : MST_STATE_SUCCESS;
	*output = result.value;
	return !is_tried_again(&result, attempts, due);
}
