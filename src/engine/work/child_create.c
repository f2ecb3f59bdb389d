/*-------------------------------------------------------------------------
 *
 * child_create.c
 *	  Making the actions and sub-executions of a task.
 *
 * A child is made in three steps: the name that is called, its input, the child.
 * Each returns false when there is no child to come: then task and execution have
 * failed, or task->start_failure says what on-error may catch, and the step that
 * starts the children ends the task with it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/limits.h"
#include "engine/work/actions.h"
#include "engine/work/children.h"
#include "store/queue.h"
#include "util/guc.h"
#include "util/json.h"

/* ---- evaluating what a child is made of ---- */

/*
 * No child can be made of the task.  The specification lets on-error catch
 * some of these failures; Mistral 15 does not.
 */
static void
fail_to_start(EngineCall *call, Task *task, bool is_catchable, char *problem)
{
	if (is_catchable && mst_catch_start_failures)
		task->start_failure = problem;
	else
		mst_task_force_fail(call, task, NULL, problem);
}

/*
 * The input of the task is wrong, or the lists of its items are: task and
 * execution fail, unless the task says that on-error may catch it.
 */
void
mst_child_fail_input(EngineCall *call, Task *task, char *problem)
{
	if (task->spec->safe_input)
		task->start_failure = problem;
	else
		mst_task_force_fail(call, task, NULL, problem);
}

/*
 * Evaluates the name of the action or workflow that the task calls.  False:
 * see above.
 */
bool
mst_child_callee(EngineCall *call, Task *task, bool is_catchable, char **name)
{
	ExprBindings *bindings = mst_bindings_task(call, task, NULL);
	ExprError  *error;
	Jsonb	   *value;
	char	   *problem;

	/* what a sub-execution rolls back has its own name */
	*name = "";
	if (task->spec->is_rollback)
		return true;
	if (!mst_expr_eval_jsonb(task->spec->callee, bindings, &value, &error))
		problem = mst_expr_error_text(error);
	else if (mst_json_root(value).type != jbvString)
		problem = psprintf("The name of the %s must be a string, not %s",
						   task->spec->is_workflow ? "workflow" : "action",
						   mst_json_print(value));
	else
	{
		*name = mst_json_to_text(value);
		return true;
	}
	fail_to_start(call, task, is_catchable, problem);
	return false;
}

/*
 * Returns the environment's defaults for the action, under the input given.
 * They belong to the name as the task has it, so an expression has none.
 */
static Jsonb *
add_defaults(EngineCall *call, Task *task, const char *name, Jsonb *input)
{
	Jsonb	   *env;
	Jsonb	   *defaults;

	if (!mst_expr_is_constant(task->spec->callee))
		return input;
	env = mst_execution_env(call, task->exec);
	defaults = mst_json_get(mst_json_get(env, "__actions"), name);
	if (!mst_json_is_object(defaults))
		return input;
	return mst_json_merge(defaults, input);
}

/*
 * Evaluates the input of a child, with the variables of an item (NULL: none).
 * Returns false if that fails: the task then has its error already.
 */
bool
mst_child_input(EngineCall *call, Task *task, const char *name, Jsonb *item, Jsonb **input)
{
	char	   *problem = NULL;
	ExprError  *error;

	*input = mst_json_object();
	if (task->spec->input != NULL &&
		!mst_expr_eval_jsonb(task->spec->input, mst_bindings_task(call, task, item), input, &error))
		problem = mst_expr_error_text(error);
	else if (!mst_json_is_object(*input))
		problem = psprintf("Wrong dynamic input for task: %s. It must evaluate to a mapping, not %s",
						   task->row->name, mst_json_print(*input));
	if (problem != NULL)
	{
		mst_child_fail_input(call, task, problem);
		return false;
	}
	if (!task->spec->is_workflow)
		*input = add_defaults(call, task, name, *input);
	problem = mst_limit_check(task->spec->is_workflow ? "WorkflowExecution" : "ActionExecution",
							  "input", *input);
	if (problem != NULL)
		mst_child_fail_input(call, task, problem);
	return problem == NULL;
}

/* How an action is handed over; failing expressions can be caught. */
typedef struct Delivery
{
	char	   *target;
	int32		timeout_s;
	bool		safe_rerun;
} Delivery;

/* Target and the like: false with *problem when one is wrong. */
static bool
eval_delivery(EngineCall *call, Task *task, Jsonb *input, Delivery *delivery,
			  char **problem, bool *is_catchable)
{
	const TaskSpec *spec = task->spec;
	ExprError  *error;
	Jsonb	   *value;

	memset(delivery, 0, sizeof(Delivery));
	*is_catchable = spec->n_items > 0;
	*problem = NULL;
	if (spec->target != NULL)
	{
		if (!mst_expr_eval_jsonb(spec->target, mst_bindings_target(call, task, input), &value, &error))
			*problem = mst_expr_error_text(error);
		else
			delivery->target = mst_json_is_null(value) ? NULL : mst_json_to_text(value);
		if (delivery->target != NULL && strlen(delivery->target) > MST_MAX_QUEUED_NAME)
			*problem = psprintf("The target of an action is longer than %d bytes",
								MST_MAX_QUEUED_NAME);
	}
	if (*problem == NULL && spec->safe_rerun != NULL &&
		!mst_expr_eval_bool(spec->safe_rerun, mst_bindings_task(call, task, NULL),
							&delivery->safe_rerun, &error))
		*problem = mst_expr_error_text(error);
	if (*problem == NULL && spec->own_timeout != NULL)
	{
		if (!mst_expr_eval_jsonb(spec->own_timeout, mst_bindings_task(call, task, NULL), &value, &error))
		{
			*problem = mst_expr_error_text(error);
			*is_catchable = true;
		}
		else if (mst_json_root(value).type == jbvNumeric)
			delivery->timeout_s = mst_json_get_int(mst_json_object1("t", value), "t", 0);
	}
	return *problem == NULL;
}

/* ---- making one ---- */

/*
 * Returns false when no further child is to start: the task has ended, or
 * will.
 */
static bool
create_action(EngineCall *call, Task *task, const char *name, Jsonb *input, int index)
{
	ExecutionRow *exec = task->exec->row;
	ActionCall	resolved;
	ActionProblem problem;
	Delivery	delivery;
	ActionRow  *action;
	MemoryContext old;
	char	   *message;
	bool		is_catchable;

	if (!eval_delivery(call, task, input, &delivery, &message, &is_catchable))
		problem = is_catchable ? ACTION_NOT_RUNNABLE : ACTION_BAD_INPUT;
	else
		problem = mst_action_resolve(call, task, name, exec->workbook_name,
									 exec->namespace, exec->project_id, input,
									 &resolved, &message);
	if (problem != ACTION_OK)
	{
		fail_to_start(call, task, problem == ACTION_NOT_RUNNABLE ||
					  (problem == ACTION_UNKNOWN && task->spec->n_items > 0), message);
		return false;
	}

	action = mst_call_add_action(call, task);
	old = MemoryContextSwitchTo(call->action_cxt);
	action->name = pstrdup(resolved.name);
	action->input = mst_json_copy(resolved.input);
	action->run = mst_action_run_note(&resolved);
	action->target = delivery.target != NULL ? pstrdup(delivery.target) : NULL;
	MemoryContextSwitchTo(old);
	action->timeout_s = delivery.timeout_s;
	action->safe_rerun = delivery.safe_rerun;
	action->is_sync = resolved.is_sync;
	action->item_index = index;
	task->row->open_children++;
	mst_action_run(call, task, action, &resolved);
	if (mst_state_is_completed(action->state))
		mst_task_action_ended_at_once(call, task, action);
	return task->coming_state == MST_STATE_NONE && !mst_state_is_completed(task->row->state);
}

/*
 * Makes the child of that index.  Returns false when no further child is to
 * start: the task has ended, or will, or the child could not be made.
 */
bool
mst_child_create(EngineCall *call, Task *task, const char *name, Jsonb *input, int index)
{
	char	   *message;

	if (!task->spec->is_workflow)
		return create_action(call, task, name, input, index);
	task->row->open_children++;
	if (task->spec->is_rollback ? mst_subworkflow_roll_back(call, task, index, &message) :
		mst_subworkflow_create(call, task, name, input, index, &message))
		return true;
	fail_to_start(call, task, true, message);
	return false;
}
