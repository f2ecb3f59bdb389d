/*-------------------------------------------------------------------------
 *
 * engine_objects.c
 *	  Executions, tasks and actions in the memory of one engine call.
 *
 * Each row is read at most once a call and found by its id after that, so
 * that all steps of a call see the same structures.  Whatever context is
 * current, also within the evaluation of an expression, what is kept is
 * allocated in that of the call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "definition/definitions.h"
#include "engine/memory/engine_objects.h"
#include "engine/memory/world.h"
#include "util/json.h"

/* ---- executions ---- */

/* Returns the compiled definition of that version, stored or simulated. */
const WorkflowSpec *
mst_execution_spec(EngineCall *call, const pg_uuid_t *version_id)
{
	const WorkflowSpec *spec = call->world == NULL ? NULL :
	call->world->spec(call, version_id);

	return spec != NULL ? spec : mst_definition_workflow_spec(version_id);
}

/*
 * Returns the normalised JSON of the execution's workflow, wherever its
 * definition is; NULL when the stored version has been deleted.
 */
const char *
mst_execution_spec_json(EngineCall *call, Execution *exec)
{
	const char *json = call->world == NULL ? NULL :
	call->world->spec_json(call, &exec->row->version_id);

	return json != NULL ? json :
		mst_definition_workflow_spec_json(&exec->row->version_id);
}

static Execution *
remember_exec(EngineCall *call, ExecutionRow *row)
{
	bool		found;
	Execution  *exec = hash_search(call->execs, &row->id, HASH_ENTER, &found);

	Assert(!found);
	memset(exec, 0, sizeof(Execution));
	exec->id = row->id;
	exec->row = row;
	exec->stored_open = row->open_tasks;
	exec->spec = mst_execution_spec(call, &row->version_id);
	exec->latest = palloc0(sizeof(Task *) * Max(exec->spec->n_specs, 1));
	exec->latest_known = palloc0(sizeof(bool) * Max(exec->spec->n_specs, 1));
	call->exec_list = lappend(call->exec_list, exec);
	return exec;
}

/* Replaces a row that was read before the lock was held. */
static void
refresh_exec(Execution *exec, ExecutionRow *row)
{
	ListCell   *lc;

	exec->row = row;
	exec->stored_open = row->open_tasks;
	exec->data = NULL;
	exec->all_loaded = false;
	exec->is_stale = false;
	memset(exec->latest_known, false, sizeof(bool) * exec->spec->n_specs);
	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);
		TaskRow    *fresh = mst_store_task(&task->id);

		if (fresh == NULL)
			continue;
		task->row = fresh;
		mst_runtime_read(&task->runtime, fresh->runtime);
	}
}

/*
 * Returns the execution, from memory or storage; NULL if there is none.  A
 * lock that was asked for is held on return, or else NULL is returned with
 * *is_busy.
 */
Execution *
mst_call_execution(EngineCall *call, const pg_uuid_t *id, LockMode mode, bool *is_busy)
{
	Execution  *exec = hash_search(call->execs, id, HASH_FIND, NULL);
	ExecutionRow *row;
	MemoryContext old;

	if (is_busy != NULL)
		*is_busy = false;
	if (exec != NULL &&
		((mode == LOCK_NONE && !exec->is_stale) || exec->is_locked || exec->is_ours))
		return exec;
	if (call->is_simulated)
		return NULL;

	old = MemoryContextSwitchTo(call->mcxt);
	row = mst_store_execution(id, mode, is_busy);
	if (row != NULL && exec == NULL)
		exec = remember_exec(call, row);
	else if (row != NULL)
		refresh_exec(exec, row);
	MemoryContextSwitchTo(old);
	if (row == NULL)
		return NULL;
	exec->is_locked = (mode != LOCK_NONE);
	return exec;
}

/*
 * Marks the executions that this call neither made nor locked, because a query
 * that ran in its transaction may have changed them.
 */
void
mst_call_expire_reads(EngineCall *call)
{
	ListCell   *lc;

	foreach(lc, call->exec_list)
	{
		Execution  *exec = lfirst(lc);

		exec->is_stale = !exec->is_ours && !exec->is_locked;
	}
}

/* Adds an execution that this call has made. */
Execution *
mst_call_add_execution(EngineCall *call, ExecutionRow *row, ExecutionDataRow *data)
{
	Execution  *exec = remember_exec(call, row);

	exec->data = data;
	exec->is_ours = true;
	return exec;
}

/* Takes back an execution that has just been added and got no tasks yet. */
void
mst_call_forget_execution(EngineCall *call, Execution *exec)
{
	call->exec_list = list_delete_ptr(call->exec_list, exec);
	(void) hash_search(call->execs, &exec->id, HASH_REMOVE, NULL);
}

/*
 * Returns the input, parameters and variables of the execution, read once a
 * call.
 */
ExecutionDataRow *
mst_execution_data(Execution *exec)
{
	if (exec->data == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(exec->latest));

		exec->data = mst_store_execution_data(&exec->id);
		MemoryContextSwitchTo(old);
		if (exec->data == NULL)
			elog(ERROR, "execution without data");
	}
	return exec->data;
}

/*
 * Returns the root of the tree, or the execution itself when the root is gone.
 */
Execution *
mst_execution_root(EngineCall *call, Execution *exec)
{
	if (exec->root == NULL || exec->root->is_stale)
	{
		if (mst_uuid_equal(&exec->row->root_id, &exec->id))
			exec->root = exec;
		else
			exec->root = mst_call_execution(call, &exec->row->root_id, LOCK_NONE, NULL);

		/* the root may have been deleted alone */
		if (exec->root == NULL)
			exec->root = exec;
	}
	return exec->root;
}

/* Returns the environment, which is the root's, as a mapping. */
Jsonb *
mst_execution_env(EngineCall *call, Execution *exec)
{
	Execution  *root = mst_execution_root(call, exec);
	Jsonb	   *env = mst_json_get(mst_execution_data(root)->params, "env");

	return mst_json_is_object(env) ? env : mst_json_object();
}

/* ---- tasks ---- */

static void
note_latest(Execution *exec, Task *task)
{
	Task	   *other = exec->latest[task->row->task_index];

	if (other == NULL || memcmp(&task->id, &other->id, UUID_LEN) > 0)
		exec->latest[task->row->task_index] = task;
}

static Task *
remember_task(EngineCall *call, Execution *exec, TaskRow *row)
{
	bool		found;
	Task	   *task = hash_search(call->tasks, &row->id, HASH_ENTER, &found);

	if (found)
		return task;
	memset(task, 0, sizeof(Task));
	task->id = row->id;
	task->row = row;
	task->exec = exec;
	task->spec = &exec->spec->tasks[row->task_index];
	task->actions_stored = !row->row.is_new;
	mst_runtime_read(&task->runtime, row->runtime);
	call->task_list = lappend(call->task_list, task);
	exec->tasks = lappend(exec->tasks, task);
	note_latest(exec, task);
	return task;
}

/*
 * Returns the task, from memory or storage, with its execution (not locked);
 * NULL when there is none.
 */
Task *
mst_call_task(EngineCall *call, const pg_uuid_t *id)
{
	Task	   *task = hash_search(call->tasks, id, HASH_FIND, NULL);
	MemoryContext old;
	TaskRow    *row;
	Execution  *exec = NULL;

	if (task != NULL || call->is_simulated)
		return task;
	old = MemoryContextSwitchTo(call->mcxt);
	row = mst_store_task(id);
	if (row != NULL)
		exec = mst_call_execution(call, &row->execution_id, LOCK_NONE, NULL);
	if (exec != NULL)
		task = remember_task(call, exec, row);
	MemoryContextSwitchTo(old);
	return task;
}

/* Makes an IDLE task execution; the execution has one more unfinished task. */
Task *
mst_call_add_task(EngineCall *call, Execution *exec, const TaskSpec *spec)
{
	TaskRow    *row = palloc(sizeof(TaskRow));
	Task	   *task;

	*row = (TaskRow)
	{
		.row.is_new = true, .state = MST_STATE_IDLE
	};
	row->created_at = call->now;
	row->id = call->is_simulated ? mst_uuid_new_simulated_task() :
		mst_uuid_new_task(&row->created_at);
	row->execution_id = exec->id;
	row->root_id = exec->row->root_id;
	row->task_index = spec->index;
	row->type = spec->is_workflow ? TASK_TYPE_WORKFLOW : TASK_TYPE_ACTION;
	row->is_join = spec->join != JOIN_NONE;
	row->project_id = exec->row->project_id;
	row->name = spec->name;
	task = remember_task(call, exec, row);
	exec->latest_known[spec->index] = true;
	exec->row->open_tasks++;
	return task;
}

/* Returns the latest run of a task, or NULL. */
Task *
mst_call_latest_task(EngineCall *call, Execution *exec, int task_index)
{
	if (!exec->latest_known[task_index] && !exec->is_ours)
	{
		MemoryContext old = MemoryContextSwitchTo(call->mcxt);
		TaskRow    *row = mst_store_latest_task(&exec->id, task_index);

		if (row != NULL)
			(void) remember_task(call, exec, row);
		MemoryContextSwitchTo(old);
	}
	exec->latest_known[task_index] = true;
	return exec->latest[task_index];
}

/* Loads every task of the execution into memory. */
void
mst_call_load_tasks(EngineCall *call, Execution *exec)
{
	MemoryContext old;
	ListCell   *lc;

	if (exec->is_ours || exec->all_loaded)
		return;
	old = MemoryContextSwitchTo(call->mcxt);
	foreach(lc, mst_store_execution_tasks(&exec->id))
		(void) remember_task(call, exec, lfirst(lc));
	MemoryContextSwitchTo(old);
	exec->all_loaded = true;
	memset(exec->latest_known, true, sizeof(bool) * exec->spec->n_specs);
}

/* ---- actions ---- */

/* Makes a row for a new child action of the task. */
ActionRow *
mst_call_add_action(EngineCall *call, Task *task)
{
	ActionRow  *action = MemoryContextAlloc(call->action_cxt, sizeof(ActionRow));
	MemoryContext old;

	*action = (ActionRow)
	{
		.row.is_new = true, .state = MST_STATE_RUNNING
	};
	action->id = mst_uuid_action(&task->id, ++task->row->children);
	action->task_id = task->id;
	action->execution_id = task->exec->id;
	action->root_id = task->exec->row->root_id;
	action->created_at = call->now;
	action->attempt = task->row->attempt;
	action->project_id = task->row->project_id;
	action->namespace = task->exec->row->namespace;
	mst_task_touch(call, task);

	old = MemoryContextSwitchTo(call->action_cxt);
	task->actions = lappend(task->actions, action);
	call->pending_actions = lappend(call->pending_actions, action);
	MemoryContextSwitchTo(old);
	return action;
}

/*
 * Each action of the task, pending changes included, in order of number; those
 * of earlier attempts are left out where none of them is accepted.
 */
void
mst_task_each_action(EngineCall *call, Task *task,
					 bool (*fn) (ActionRow *action, void *arg), void *arg)
{
	ListCell   *lc;

	if (!task->actions_stored ||
		list_length(task->actions) == task->row->children)
	{
		foreach(lc, task->actions)
		{
			if (!fn(lfirst(lc), arg))
				break;
		}
		return;
	}
	mst_call_write_actions(call);
	mst_store_each_action(&task->id, task->runtime.first_child + 1,
						  task->row->children, fn, arg);
}
