/*-------------------------------------------------------------------------
 *
 * operations.c
 *	  What users do to executions and tasks.
 *
 * Each function is one engine call: it locks the execution, decides by the
 * state that it finds under the lock, and writes when the call ends.
 * Rights are the caller's business (sql/executions_sql.c).  What is wrong
 * with a request is raised, and then nothing is changed.
 *
 * Rerun and skip are the operations that go upwards: an execution that has
 * failed takes those above it along, so all of them are locked from the
 * root down, in the order of docs/engine.md, "Locks".  An ancestor that has
 * handled the error has gone another way and cannot run again; then the
 * rerun is refused.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "engine/calls/maintenance_mode.h"
#include "engine/calls/operations.h"
#include "engine/calls/results.h"
#include "engine/calls/start.h"
#include "engine/calls/turns.h"
#include "engine/memory/rollback_row.h"
#include "engine/steps/steps.h"
#include "engine/work/exec_make.h"
#include "engine/work/kept_items.h"
#include "engine/work/limit_wants.h"
#include "store/access.h"
#include "store/maintenance.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/uuid.h"

/* ---- start ---- */

/*
 * Refuses an id for a new execution, in the same words whatever the reason:
 * a stranger must not learn that another project has it.
 */
static void
refuse_id(const pg_uuid_t *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_INPUT),
			 errmsg("execution id %s cannot be used", mst_uuid_text(id)),
			 errhint("Choose another id, or let one be made.")));
}

/* tasks and items that an asynchronous start runs before it returns */
#define ASYNC_STEPS 100

/*
 * Starts an execution and returns its id.  An execution that exists under the
 * id asked for is returned unchanged.  Raises what is wrong with the request;
 * then nothing is stored.
 */
pg_uuid_t
mst_engine_start(StartRequest *request)
{
	EngineCall *call = mst_call_begin();
	Execution  *exec = NULL;
	bool		is_foreign = false;
	pg_uuid_t	id;

	if (!mst_uuid_is_none(&request->execution_id))
	{
		/* serialize starts that ask for the same id */
		mst_store_lock_new_id(&request->execution_id);
		exec = mst_call_execution(call, &request->execution_id, LOCK_NONE, NULL);
		is_foreign = exec != NULL && !mst_can_read_project(exec->row->project_id);
	}
	if (exec == NULL && request->key != NULL)
		exec = mst_start_take_key(call, request);
	if (exec == NULL || is_foreign)
	{
		pg_uuid_t	wanted = request->execution_id;
		bool		is_held = request->may_hold && mst_maintenance_is_on();

		if (!request->may_hold)
			mst_maintenance_refuse();

		/*
		 * what is wrong with the request itself is told first, whosever the
		 * id is
		 */
		if (is_foreign)
			memset(&request->execution_id, 0, sizeof(pg_uuid_t));
		exec = mst_execution_create(call, request);
		if (is_foreign)
			refuse_id(&wanted);
		if (!mst_start_put_off(call, exec, request))
		{
			mst_execution_begin(call, exec);
			if (is_held && exec->row->state == MST_STATE_RUNNING)
				mst_maintenance_hold(call, exec);
		}
		if (request->run_async)
		{
			call->is_async = true;
			call->budget = Min(call->budget, ASYNC_STEPS);
		}
		mst_call_run(call);
	}
	id = exec->id;
	mst_call_finish(call);
	return id;
}

/* ---- executions ---- */

static Execution *
lock_execution(EngineCall *call, const pg_uuid_t *id)
{
	Execution  *exec = mst_call_execution(call, id, LOCK_BLOCK, NULL);

	if (exec == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("WorkflowExecution not found [id=%s]", mst_uuid_text(id))));
	return exec;
}

static void
end_call(EngineCall *call)
{
	mst_call_run(call);
	mst_results_take_recorded(call);
	mst_call_finish(call);
}

/* Pauses an execution, with what runs below. */
void
mst_engine_pause(const pg_uuid_t *id)
{
	EngineCall *call = mst_call_begin();

	mst_execution_pause(call, lock_execution(call, id), NULL,
						mst_json_object1("role", mst_json_text(mst_current_project())));
	end_call(call);
}

/*
 * Resumes an execution; one that is not paused is left alone.  env, which may
 * be NULL, is merged into its environment.
 */
void
mst_engine_resume(const pg_uuid_t *id, Jsonb *env)
{
	EngineCall *call = mst_call_begin();
	Execution  *exec = lock_execution(call, id);

	mst_maintenance_refuse();
	if (exec->row->state == MST_STATE_PAUSED || exec->row->state == MST_STATE_IDLE)
	{
		mst_execution_update_env(call, exec, env);
		if (exec->row->state == MST_STATE_PAUSED)
			mst_execution_resume(call, exec);
		else
			mst_start_begin_now(call, exec);
	}
	end_call(call);
}

/*
 * An output that cannot be evaluated now may be later: nothing changes then.
 */
static void
succeed_or_refuse(EngineCall *call, Execution *exec, char *message)
{
	char	   *problem = exec->row->rollback != NULL ? "what it had done is being compensated" :
	mst_execution_try_succeed(call, exec, message);

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_WORKFLOW),
				 errmsg("The execution cannot end with SUCCESS: %s", problem)));
}

/*
 * Ends an execution with ERROR or CANCELLED.  One that is paused does not keep
 * its compensations waiting; one that rolls back already stops that.
 */
static void
end_execution(EngineCall *call, Execution *exec, State state, char *message)
{
	if (mst_state_is_completed(exec->row->state))
		return;
	if (mst_execution_rolls_back(exec))
	{
		mst_rollback_stop(call, exec, state, message);
		return;
	}
	if (state == MST_STATE_ERROR)
		mst_execution_fail(call, exec, message);
	else
		mst_execution_cancel(call, exec, message);
	if (mst_execution_rolls_back(exec) && exec->row->state == MST_STATE_PAUSED &&
		!exec->row->paused_by_maintenance)
		mst_execution_resume(call, exec);
}

/*
 * Ends an execution with SUCCESS, ERROR or CANCELLED; message may be NULL.
 * One that has ended is left alone, but cannot become SUCCESS.
 */
void
mst_engine_stop(const pg_uuid_t *id, State state, char *message)
{
	EngineCall *call = mst_call_begin();
	Execution  *exec = lock_execution(call, id);

	switch (state)
	{
		case MST_STATE_SUCCESS:
			if (!mst_state_can_change(STATES_OF_EXECUTION, exec->row->state, MST_STATE_SUCCESS))
				mst_execution_set_state(call, exec, MST_STATE_SUCCESS, message);	/* raises */
			succeed_or_refuse(call, exec, message);
			break;
		case MST_STATE_ERROR:
		case MST_STATE_CANCELLED:
			end_execution(call, exec, state, message);
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_MISTRAL_INPUT),
					 errmsg("Cannot change state to %s. Allowed states are: SUCCESS, ERROR, CANCELLED",
							mst_state_name(state))));
	}
	end_call(call);
}

/*
 * Lets the task above go on without this execution, which is about to be
 * deleted: one that runs is cancelled; of one that has ended the task is told,
 * if it has not been.  The caller has closed the tree, so nobody keeps the
 * execution above busy.
 */
void
mst_engine_leave_parent(const pg_uuid_t *id)
{
	EngineCall *call = mst_call_begin();
	Execution  *exec = lock_execution(call, id);

	if (mst_state_is_completed(exec->row->state))
		mst_call_push(call, STEP_CHILD_FINISHED, exec, NULL);
	else
		mst_execution_cancel_now(call, exec, "The execution has been deleted");
	end_call(call);
}

/* Merges into the environment of an execution, in the states that allow it. */
void
mst_engine_update_env(const pg_uuid_t *id, Jsonb *env)
{
	EngineCall *call = mst_call_begin();
	Execution  *exec = lock_execution(call, id);

	mst_execution_update_env(call, exec, env);
	mst_call_finish(call);
}

/* Replaces the description of an execution; NULL takes it away. */
void
mst_engine_update_description(const pg_uuid_t *id, const char *text)
{
	EngineCall *call = mst_call_begin();
	Execution  *exec = lock_execution(call, id);
	ExecutionDataRow *data = mst_execution_data(exec);

	data->description = text != NULL ? pstrdup(text) : NULL;
	data->row.is_dirty = true;
	mst_execution_touch(call, exec);
	mst_call_finish(call);
}

/* ---- rerun and skip ---- */

/*
 * Locks the execution and those above it, which may go on with it, from the
 * root.
 */
static void
lock_from_root(EngineCall *call, const pg_uuid_t *id)
{
	ExecutionRow *row = mst_store_execution(id, LOCK_NONE, NULL);
	TaskRow    *parent_task = row == NULL || mst_uuid_is_none(&row->parent_task_id) ? NULL :
	mst_store_task(&row->parent_task_id);

	check_stack_depth();
	if (parent_task != NULL)
		lock_from_root(call, &parent_task->execution_id);
	(void) mst_call_execution(call, id, LOCK_BLOCK, NULL);
}

static Task *
lock_task(EngineCall *call, const pg_uuid_t *task_id)
{
	TaskRow    *row = mst_store_task(task_id);

	if (row != NULL)
		lock_from_root(call, &row->execution_id);
	if (row == NULL || mst_call_task(call, task_id) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("Task execution not found [id=%s]", mst_uuid_text(task_id))));
	return mst_call_task(call, task_id);
}

/*
 * What was undone is not done again by a rerun, and what follows would rely on
 * it.
 */
static void
refuse_undone(const Execution *exec)
{
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_WORKFLOW),
			 errmsg("What the execution had done has been compensated. [workflow=%s, execution_id=%s]",
					exec->row->workflow_name, mst_uuid_text(&exec->id)),
			 errhint("Start a new execution; a failed compensation itself can be run again.")));
}

/* Compensations can be run again, and what they are for cannot. */
static void
check_undone(EngineCall *call, Task *task)
{
	if (task->exec->row->rollback == NULL)
		return;
	if (!mst_task_is_compensation(task))
		refuse_undone(task->exec);
	if (task->spec->is_rollback && mst_subworkflow_rows(call, task) != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_WORKFLOW),
				 errmsg("The sub-workflow has been compensated in part. [task=%s]", task->row->name),
				 errhint("Run the failed compensations of its sub-execution again.")));
}

static void
check_rerun(Task *task, bool reset)
{
	State		state = task->row->state;

	if (state != MST_STATE_ERROR && state != MST_STATE_CANCELLED)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_WORKFLOW),
				 errmsg("The current task execution must be in ERROR for rerun. [task=%s, state=%s]",
						task->row->name, mst_state_name(state))));
	if (!reset && task->spec->n_items == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_WORKFLOW),
				 errmsg("Only with-items task has the option to not reset.")));
}

/* An ancestor that has handled the error cannot run again. */
static void
check_revival(Execution *exec)
{
	if (exec->row->state == MST_STATE_SUCCESS)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_WORKFLOW),
				 errmsg("Can't change workflow execution state from SUCCESS to RUNNING. [workflow=%s, execution_id=%s]",
						exec->row->workflow_name, mst_uuid_text(&exec->id))));
}

static void
revive_execution(EngineCall *call, Execution *exec)
{
	check_revival(exec);
	if (exec->row->state == MST_STATE_PAUSED)
		mst_execution_resume(call, exec);
	else if (exec->row->state != MST_STATE_RUNNING)
	{
		mst_execution_set_state(call, exec, MST_STATE_RUNNING, NULL);
		mst_execution_retake_slots(call, exec);
		mst_execution_revive_tasks(call, exec);
	}
}

typedef struct EndCount
{
	Task	   *task;
	const pg_uuid_t *except;
} EndCount;

/* What the task has not been told yet counts when it is. */
static bool
count_end(ExecutionRow *row, void *arg)
{
	EndCount   *count = arg;

	if (!row->accepted || !row->parent_notified ||
		row->parent_attempt != count->task->row->attempt || mst_uuid_equal(&row->id, count->except))
		return true;
	if (row->state == MST_STATE_ERROR)
		count->task->runtime.failed_items++;
	else if (row->state == MST_STATE_CANCELLED)
		count->task->runtime.cancelled_items++;
	return true;
}

/*
 * Counts anew the items that have failed or were cancelled, but for the one that
 * goes on.  When these are no longer too many, the items that are left start, too.
 */
static void
revive_items(EngineCall *call, Task *task, const pg_uuid_t *except)
{
	EndCount	count = {task, except};
	TaskRuntime *runtime = &task->runtime;
	int			others = runtime->failed_items + runtime->cancelled_items - 1;

	runtime->failed_items = 0;
	runtime->cancelled_items = 0;
	mst_subworkflow_each(call, task, count_end, &count);

	/* those that have been deleted since have not succeeded either */
	runtime->failed_items += Max(others - runtime->failed_items - runtime->cancelled_items, 0);

	/* the call that was to come for those that wait may be gone */
	runtime->items_due = 0;
	task->runtime_dirty = true;
	mst_items_queue_more(call, task);
}

/* The task waits for the sub-execution again. */
static void
revive_parent_task(EngineCall *call, Task *task, Execution *child)
{
	mst_task_touch(call, task);
	if (child->row->parent_notified)
		task->row->open_children++;
	child->row->parent_notified = false;
	if (task->spec->n_items > 0)
		revive_items(call, task, &child->id);
	if (!mst_state_is_completed(task->row->state))
		return;
	task->row->finished_at = 0;
	task->row->processed = false;
	task->row->has_next_tasks = false;
	task->row->next_tasks = NULL;
	task->row->error_handled = false;
	mst_task_set_state(call, task, MST_STATE_RUNNING, NULL);
	mst_task_retake_slots(call, task);
}

static void
revive_ancestors(EngineCall *call, Execution *exec)
{
	TaskRow    *row;
	Task	   *task;
	Execution  *parent;
	bool		was_completed;

	if (mst_uuid_is_none(&exec->row->parent_task_id))
		return;
	row = mst_store_task(&exec->row->parent_task_id);
	if (row == NULL)
		return;
	parent = mst_call_execution(call, &row->execution_id, LOCK_BLOCK, NULL);
	task = mst_call_task(call, &exec->row->parent_task_id);
	if (parent == NULL || task == NULL)
		return;
	was_completed = mst_state_is_completed(parent->row->state);
	if (parent->row->rollback != NULL && !mst_task_is_compensation(task))
		refuse_undone(parent);
	check_revival(parent);

	/* it would go on for nobody, and below an execution that may have ended */
	if (exec->row->parent_attempt != task->row->attempt)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_WORKFLOW),
				 errmsg("The execution has been superseded by another attempt of its task. [task=%s, execution_id=%s]",
						task->row->name, mst_uuid_text(&exec->id)),
				 errhint("Rerun the task that started it, or a task of its newest sub-workflow.")));

	/*
	 * it has borne the failure (max-failures), and others have gone on with
	 * that
	 */
	if (task->row->state == MST_STATE_SUCCESS)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_WORKFLOW),
				 errmsg("Can't change task execution state from SUCCESS to RUNNING. [task=%s, task_execution_id=%s]",
						task->row->name, mst_uuid_text(&task->id)),
				 errdetail("The task has succeeded without execution %s.", mst_uuid_text(&exec->id))));

	/*
	 * the execution goes on before its task does, as those who are told see
	 * it
	 */
	if (mst_state_is_completed(task->row->state))
		task->row->processed = true;
	revive_execution(call, parent);
	revive_parent_task(call, task, exec);
	if (was_completed)
		revive_ancestors(call, parent);
}

/*
 * Lets the execution go on.  Returns false if there is nothing left to do:
 * the execution is paused, or a guard of a suspended transition has failed
 * it again.  A rollback that goes on ends as it did, so those above need not
 * know, unless one of them is what is rolled back.
 */
static bool
prepare_revival(EngineCall *call, Task *task, Jsonb *env)
{
	Execution  *exec = task->exec;
	bool		was_completed = mst_state_is_completed(exec->row->state);

	if (exec->row->state == MST_STATE_PAUSED)
		return false;
	mst_execution_update_env(call, exec, env);

	/* what follows this task is not held back, but decided anew */
	task->row->processed = true;
	revive_execution(call, exec);
	if (was_completed && (exec->row->rollback == NULL || mst_execution_undoes_other(exec)))
		revive_ancestors(call, exec);
	return exec->row->state == MST_STATE_RUNNING;
}

/* Returns the items without an accepted success. */
static Bitmapset *
items_to_rerun(EngineCall *call, Task *task)
{
	Bitmapset  *done = mst_task_items_done(call, task, false);
	Bitmapset  *again = NULL;

	for (int i = 0; i < task->runtime.item_count; i++)
	{
		if (!bms_is_member(i, done))
			again = bms_add_member(again, i);
	}
	return again;
}

/*
 * Empties what the task remembers, for another run of it.  Items that are rows
 * stay, but those that have succeeded are gone; with "reset" all go.
 */
static void
renew_runtime(EngineCall *call, Task *task, bool reset)
{
	Bitmapset  *again = reset || task->runtime.keeps_items ? NULL : items_to_rerun(call, task);
	TaskRuntime old;

	mst_task_unaccept(call, task, !reset);
	if (reset && task->runtime.keeps_items)
	{
		mst_item_rows_drop(call, task);
		task->runtime.keeps_items = false;
	}
	old = task->runtime;
	memset(&task->runtime, 0, sizeof(TaskRuntime));
	task->runtime.first_child = old.first_child;
	task->runtime.keeps_items = old.keeps_items;
	task->runtime.item_count = old.keeps_items ? old.item_count : -1;
	/* nothing but its start, which may come later, begins with them */
	task->runtime.next_item = Max(task->runtime.item_count, 0);
	task->runtime.succeeded_items = old.keeps_items ? old.succeeded_items : 0;
	task->runtime.rerun_items = again;
}

/*
 * Runs a failed or cancelled task again, and the executions above it.  With
 * reset all children run again, else those that did not succeed.
 */
void
mst_engine_rerun(const pg_uuid_t *task_id, bool reset, Jsonb *env)
{
	EngineCall *call = mst_call_begin();
	Task	   *task = lock_task(call, task_id);

	mst_maintenance_refuse();
	check_rerun(task, reset);
	check_undone(call, task);
	/* nothing is undone twice */
	reset &= !mst_task_is_compensation(task) || task->spec->n_items == 0;
	if (prepare_revival(call, task, env))
	{
		bool		has_left_children = mst_task_has_children(task);
		bool		child_undoes = task->runtime.child_undoes;

		renew_runtime(call, task, reset);
		if (task->row->type == TASK_TYPE_WORKFLOW && has_left_children)
			mst_subworkflow_end(call, task, call->now);
		task->runtime.left_children = has_left_children;
		task->runtime.child_undoes = child_undoes;
		mst_task_next_attempt(call, task);
		task->runtime.timeout_from = task->row->attempt;
		task->row->processed = false;
		task->row->has_next_tasks = false;
		task->row->next_tasks = NULL;
		task->row->error_handled = false;
		task->row->started_at = call->now;
		task->row->finished_at = 0;
		mst_task_set_state(call, task, MST_STATE_RUNNING, NULL);
		if (task->spec->join != JOIN_NONE)
			mst_join_collect(call, task);
		task->row->triggered_by = NULL;
		mst_call_push(call, STEP_RUN_TASK, task->exec, task);
	}
	end_call(call);
}

/*
 * Ends a failed task with SKIPPED and goes on with what follows it.  A join
 * that suspended transitions have reached again is skipped for these
 * branches, too.
 */
void
mst_engine_skip(const pg_uuid_t *task_id, Jsonb *env)
{
	EngineCall *call = mst_call_begin();
	Task	   *task = lock_task(call, task_id);

	mst_maintenance_refuse();
	if (task->row->state != MST_STATE_ERROR)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_WORKFLOW),
				 errmsg("The current task execution must be in ERROR for skip. [task=%s, state=%s]",
						task->row->name, mst_state_name(task->row->state))));
	check_undone(call, task);
	if (prepare_revival(call, task, env))
	{
		if (task->runtime.keeps_items)
			mst_item_rows_drop(call, task);
		memset(&task->runtime, 0, sizeof(TaskRuntime));
		task->runtime.item_count = -1;
		task->runtime_dirty = true;
		mst_task_complete(call, task, MST_STATE_SKIPPED, pstrdup("Task was skipped."));
	}
	end_call(call);
}
