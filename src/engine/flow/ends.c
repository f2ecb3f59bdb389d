/*-------------------------------------------------------------------------
 *
 * ends.c
 *	  How executions end, and how a task fails with its execution.
 *
 * The output of an execution is evaluated before its state changes.  A task
 * whose own expression fails takes its execution with it, and on-error is not
 * run: it would hide a mistake of the definition.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/flow/flow.h"
#include "engine/memory/limits.h"
#include "util/json.h"
#include "util/uuid.h"

/* ---- executions ---- */

/*
 * Evaluates over the final context; an empty result stands for that context.
 */
static bool
evaluate_output(EngineCall *call, Execution *exec, const ExprTemplate *template,
				Jsonb **output, ExprError **error)
{
	pg_uuid_t	final_context = mst_flow_final_context(call, exec);

	*output = NULL;
	if (template != NULL &&
		!mst_expr_eval_jsonb(template, mst_bindings_output(call, exec, &final_context),
							 output, error))
		return false;
	if (mst_json_count(*output) == 0)
		*output = mst_context_all(call, &final_context);
	return true;
}

/*
 * Ends the execution with SUCCESS.  Returns NULL, or why its output cannot be;
 * then nothing has changed.
 */
char *
mst_execution_try_succeed(EngineCall *call, Execution *exec, char *info)
{
	ExprError  *error;
	Jsonb	   *output;
	char	   *problem;

	if (!evaluate_output(call, exec, exec->spec->output, &output, &error))
		return mst_expr_error_text(error);
	problem = mst_limit_check("WorkflowExecution", "output", output);
	if (problem != NULL)
		return problem;
	mst_execution_set_state(call, exec, MST_STATE_SUCCESS, info);
	exec->row->output = output;
	return NULL;
}

/* Ends the execution with SUCCESS, or with ERROR when its output cannot be. */
void
mst_execution_succeed(EngineCall *call, Execution *exec, char *info)
{
	char	   *problem = mst_execution_try_succeed(call, exec, info);

	if (problem != NULL)
		mst_execution_fail(call, exec, psprintf("Failed to check and complete [wf_ex_id=%s, wf_name=%s, error=%s]",
												mst_uuid_text(&exec->id), exec->row->workflow_name, problem));
}

/*
 * Ends the execution with ERROR and an output of its own, without undoing
 * anything.
 */
void
mst_execution_fail_now(EngineCall *call, Execution *exec, char *info, Jsonb *result)
{
	ExprError  *error;
	Jsonb	   *overlay = NULL;

	if (!evaluate_output(call, exec, exec->spec->output_on_error, &overlay, &error))
	{
		info = psprintf("Failed to evaluate expression in output-on-error! (output-on-error: '%s'). %s",
						mst_expr_error_text(error), info != NULL ? info : "");
		result = mst_json_text(mst_limit_message(info));
	}
	else if (mst_limit_check("WorkflowExecution", "output", overlay) != NULL)
		overlay = NULL;
	mst_execution_set_state(call, exec, MST_STATE_ERROR, info);
	exec->row->output = mst_json_concat(mst_json_object1("result", result), overlay);
}

/*
 * Ends the execution with ERROR and an output of its own, which says something
 * else than the state_info; NULL is null.  What was done is undone first.
 */
void
mst_execution_fail_as(EngineCall *call, Execution *exec, char *info, Jsonb *result)
{
	if (!mst_rollback_begin(call, exec, MST_STATE_ERROR, info, result))
		mst_execution_fail_now(call, exec, info, result);
}

/* Ends the execution with ERROR, as above. */
void
mst_execution_fail(EngineCall *call, Execution *exec, char *info)
{
	mst_execution_fail_as(call, exec, info, mst_json_text(mst_limit_message(info)));
}

/*
 * Ends the execution with CANCELLED, without undoing anything; its output has
 * the state_info as its result.
 */
void
mst_execution_cancel_now(EngineCall *call, Execution *exec, char *info)
{
	mst_execution_set_state(call, exec, MST_STATE_CANCELLED, info);
	exec->row->output = mst_json_object1("result", mst_json_text(mst_limit_message(info)));
}

/*
 * Ends the execution with CANCELLED.  What was done is undone first where the
 * workflow says so.
 */
void
mst_execution_cancel(EngineCall *call, Execution *exec, char *info)
{
	if (!mst_rollback_begin(call, exec, MST_STATE_CANCELLED, info, NULL))
		mst_execution_cancel_now(call, exec, info);
}

/* ---- tasks ---- */

/*
 * Completes the task in a step of its own, where children have ended: what was
 * to begin together with the task has begun before anything follows from its
 * end. Only the first of several ends counts.
 */
void
mst_task_complete_later(EngineCall *call, Task *task, State state, char *info)
{
	if (task->coming_state != MST_STATE_NONE || mst_state_is_completed(task->row->state))
		return;
	task->coming_state = state;
	task->coming_info = info;
	mst_call_push(call, STEP_TASK_DONE, task->exec, task);
}

/*
 * Fails task and execution; on-error is not run.  What the task had ended with
 * in this call is not told.
 */
void
mst_task_fail_now(EngineCall *call, Task *task, char *message)
{
	State		untold = task->unreported_state;

	/* the end that it was about to have is not told of */
	task->unreported_state = MST_STATE_NONE;
	if (untold == MST_STATE_NONE)
		mst_task_set_state(call, task, MST_STATE_ERROR, message);
	else
	{
		(void) mst_task_change_state(call, task, MST_STATE_ERROR, message);
		mst_event_task(call, task, untold, true);
	}
	task->row->processed = false;
	if (!mst_state_is_completed(task->exec->row->state))
		mst_execution_fail(call, task->exec, message);
}

/*
 * Fails task and execution with a message of its own, in a step of its own
 * when the task is just being started.
 */
void
mst_task_force_fail_as(EngineCall *call, Task *task, char *message)
{
	if (!task->is_starting)
	{
		mst_task_fail_now(call, task, message);
		return;
	}

	/* tasks that are to begin with this one begin before the execution fails */
	if (task->coming_failure == NULL)
		task->coming_failure = message;
	mst_task_complete_later(call, task, MST_STATE_ERROR, message);
}

/*
 * Fails task and execution.  "operation" says what was being done; NULL: what
 * the task has noted.
 */
void
mst_task_force_fail(EngineCall *call, Task *task, const char *operation,
					const char *what)
{
	if (operation == NULL)
		operation = task->operation != NULL ? task->operation : OPERATION_TAKE_RESULT;
	mst_task_force_fail_as(call, task,
						   psprintf("%s [error=%s, wf=%s, task=%s]", operation, what,
									task->exec->row->workflow_name, task->row->name));
}
