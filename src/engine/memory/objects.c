/*-------------------------------------------------------------------------
 *
 * objects.c
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
#include "engine/memory/world.h"
#include "engine/steps/advance.h"
#include "util/json.h"

/* ---- executions ---- */

const WorkflowSpec *
mst_exec_spec(Advance *adv, const pg_uuid_t *version_id)
{
	const WorkflowSpec *spec = adv->world == NULL ? NULL :
		adv->world->spec(adv, version_id);

	return spec != NULL ? spec : mst_definition_workflow_spec(version_id);
}

/*
 * Returns the normalised JSON of the execution's workflow, wherever its
 * definition is; NULL when the stored version has been deleted.
 */
const char *
mst_exec_spec_json(Advance *adv, Exec *exec)
{
	const char *json = adv->world == NULL ? NULL :
		adv->world->spec_json(adv, &exec->row->version_id);

	return json != NULL ? json :
		mst_definition_workflow_spec_json(&exec->row->version_id);
}

static Exec *
remember_exec(Advance *adv, ExecutionRow *row)
{
	bool		found;
	Exec	   *exec = hash_search(adv->execs, &row->id, HASH_ENTER, &found);

	Assert(!found);
	memset(exec, 0, sizeof(Exec));
	exec->id = row->id;
	exec->row = row;
	exec->stored_open = row->open_tasks;
	exec->spec = mst_exec_spec(adv, &row->version_id);
	exec->latest = palloc0(sizeof(Task *) * Max(exec->spec->n_tasks, 1));
	exec->latest_known = palloc0(sizeof(bool) * Max(exec->spec->n_tasks, 1));
	adv->exec_list = lappend(adv->exec_list, exec);
	return exec;
}

/* What was read before the lock was held may have changed since. */
static void
refresh_exec(Exec *exec, ExecutionRow *row)
{
	ListCell   *lc;

	exec->row = row;
	exec->stored_open = row->open_tasks;
	exec->data = NULL;
	exec->all_loaded = false;
	exec->is_stale = false;
	memset(exec->latest_known, false, sizeof(bool) * exec->spec->n_tasks);
	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);
		TaskRow    *fresh = mst_store_task(&task->id);

		if (fresh == NULL)
			continue;
		task->row = fresh;
		mst_runtime_read(&task->rt, fresh->runtime);
	}
}

Exec *
mst_advance_exec(Advance *adv, const pg_uuid_t *id, LockMode mode, bool *is_busy)
{
	Exec	   *exec = hash_search(adv->execs, id, HASH_FIND, NULL);
	ExecutionRow *row;
	MemoryContext old;

	if (is_busy != NULL)
		*is_busy = false;
	if (exec != NULL &&
		((mode == LOCK_NONE && !exec->is_stale) || exec->is_locked || exec->is_ours))
		return exec;
	if (adv->is_simulated)
		return NULL;

	old = MemoryContextSwitchTo(adv->mcxt);
	row = mst_store_execution(id, mode, is_busy);
	if (row != NULL && exec == NULL)
		exec = remember_exec(adv, row);
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
mst_advance_expire_reads(Advance *adv)
{
	ListCell   *lc;

	foreach(lc, adv->exec_list)
	{
		Exec	   *exec = lfirst(lc);

		exec->is_stale = !exec->is_ours && !exec->is_locked;
	}
}

Exec *
mst_advance_add_exec(Advance *adv, ExecutionRow *row, ExecutionDataRow *data)
{
	Exec	   *exec = remember_exec(adv, row);

	exec->data = data;
	exec->is_ours = true;
	return exec;
}

void
mst_advance_forget_exec(Advance *adv, Exec *exec)
{
	adv->exec_list = list_delete_ptr(adv->exec_list, exec);
	(void) hash_search(adv->execs, &exec->id, HASH_REMOVE, NULL);
}

ExecutionDataRow *
mst_exec_data(Exec *exec)
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

Exec *
mst_exec_root(Advance *adv, Exec *exec)
{
	if (exec->root == NULL || exec->root->is_stale)
	{
		if (mst_uuid_equal(&exec->row->root_id, &exec->id))
			exec->root = exec;
		else
			exec->root = mst_advance_exec(adv, &exec->row->root_id, LOCK_NONE, NULL);

		/* the root may have been deleted alone */
		if (exec->root == NULL)
			exec->root = exec;
	}
	return exec->root;
}

Jsonb *
mst_exec_env(Advance *adv, Exec *exec)
{
	Exec	   *root = mst_exec_root(adv, exec);
	Jsonb	   *env = mst_json_get(mst_exec_data(root)->params, "env");

	return mst_json_is_object(env) ? env : mst_json_object();
}

/* ---- tasks ---- */

static void
note_latest(Exec *exec, Task *task)
{
	Task	   *other = exec->latest[task->row->task_index];

	if (other == NULL || memcmp(&task->id, &other->id, UUID_LEN) > 0)
		exec->latest[task->row->task_index] = task;
}

static Task *
remember_task(Advance *adv, Exec *exec, TaskRow *row)
{
	bool		found;
	Task	   *task = hash_search(adv->tasks, &row->id, HASH_ENTER, &found);

	if (found)
		return task;
	memset(task, 0, sizeof(Task));
	task->id = row->id;
	task->row = row;
	task->exec = exec;
	task->spec = &exec->spec->tasks[row->task_index];
	task->actions_stored = !row->row.is_new;
	mst_runtime_read(&task->rt, row->runtime);
	adv->task_list = lappend(adv->task_list, task);
	exec->tasks = lappend(exec->tasks, task);
	note_latest(exec, task);
	return task;
}

Task *
mst_advance_task(Advance *adv, const pg_uuid_t *id)
{
	Task	   *task = hash_search(adv->tasks, id, HASH_FIND, NULL);
	MemoryContext old;
	TaskRow    *row;
	Exec	   *exec = NULL;

	if (task != NULL || adv->is_simulated)
		return task;
	old = MemoryContextSwitchTo(adv->mcxt);
	row = mst_store_task(id);
	if (row != NULL)
		exec = mst_advance_exec(adv, &row->execution_id, LOCK_NONE, NULL);
	if (exec != NULL)
		task = remember_task(adv, exec, row);
	MemoryContextSwitchTo(old);
	return task;
}

Task *
mst_advance_add_task(Advance *adv, Exec *exec, const TaskSpec *spec)
{
	TaskRow    *row = palloc(sizeof(TaskRow));
	Task	   *task;

	*row = (TaskRow) {.row.is_new = true, .state = EXEC_IDLE};
	row->created_at = adv->now;
	row->id = adv->is_simulated ? mst_uuid_new_simulated_task() :
		mst_uuid_new_task(&row->created_at);
	row->execution_id = exec->id;
	row->root_id = exec->row->root_id;
	row->task_index = spec->index;
	row->type = spec->is_workflow ? 'W' : 'A';
	row->is_join = spec->join != JOIN_NONE;
	row->project_id = exec->row->project_id;
	row->name = spec->name;
	task = remember_task(adv, exec, row);
	exec->latest_known[spec->index] = true;
	exec->row->open_tasks++;
	return task;
}

Task *
mst_advance_latest_task(Advance *adv, Exec *exec, int task_index)
{
	if (!exec->latest_known[task_index] && !exec->is_ours)
	{
		MemoryContext old = MemoryContextSwitchTo(adv->mcxt);
		TaskRow    *row = mst_store_latest_task(&exec->id, task_index);

		if (row != NULL)
			(void) remember_task(adv, exec, row);
		MemoryContextSwitchTo(old);
	}
	exec->latest_known[task_index] = true;
	return exec->latest[task_index];
}

void
mst_advance_load_tasks(Advance *adv, Exec *exec)
{
	MemoryContext old;
	ListCell   *lc;

	if (exec->is_ours || exec->all_loaded)
		return;
	old = MemoryContextSwitchTo(adv->mcxt);
	foreach(lc, mst_store_execution_tasks(&exec->id))
		(void) remember_task(adv, exec, lfirst(lc));
	MemoryContextSwitchTo(old);
	exec->all_loaded = true;
	memset(exec->latest_known, true, sizeof(bool) * exec->spec->n_tasks);
}

/* ---- actions ---- */

ActionRow *
mst_advance_add_action(Advance *adv, Task *task)
{
	ActionRow  *action = MemoryContextAlloc(adv->action_cxt, sizeof(ActionRow));
	MemoryContext old;

	*action = (ActionRow) {.row.is_new = true, .state = EXEC_RUNNING};
	action->id = mst_uuid_action(&task->id, ++task->row->children);
	action->task_id = task->id;
	action->execution_id = task->exec->id;
	action->root_id = task->exec->row->root_id;
	action->created_at = adv->now;
	action->attempt = task->row->attempt;
	action->project_id = task->row->project_id;
	action->namespace = task->exec->row->namespace;
	mst_task_touch(adv, task);

	old = MemoryContextSwitchTo(adv->action_cxt);
	task->actions = lappend(task->actions, action);
	adv->pending_actions = lappend(adv->pending_actions, action);
	MemoryContextSwitchTo(old);
	return action;
}

void
mst_task_each_action(Advance *adv, Task *task,
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
	mst_advance_write_actions(adv);
	mst_store_each_action(&task->id, task->rt.first_child + 1,
						  task->row->children, fn, arg);
}
