/*-------------------------------------------------------------------------
 *
 * subworkflow.c
 *	  Executions started by tasks, and what passes between them and their
 *	  parents.
 *
 * A child that this call has made is reached directly.  Any other child is
 * locked before its parent (store.h), so what goes down to stored children is
 * left to a delayed call of each, and what goes up takes the parent's lock
 * only when it is free, else a delayed call tells the parent later.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/children.h"
#include "engine/input.h"
#include "engine/simulate.h"
#include "engine/start.h"
#include "guc.h"
#include "store/definitions.h"
#include "util/json.h"

/* ---- down ---- */

bool
mst_subworkflow_create(Advance *adv, Task *task, const char *name, Jsonb *input,
					   int item_index, char **message)
{
	Exec	   *parent = task->exec;
	WorkflowRef ref;
	const WorkflowSpec *spec;
	Jsonb	   *declared;
	Jsonb	   *others;
	Exec	   *child;

	if (parent->row->depth >= mst_max_subworkflow_depth)
	{
		*message = psprintf("sub-workflows are nested more than %d deep", mst_max_subworkflow_depth);
		return false;
	}
	if (!mst_simulate_find_workflow(adv, name, &ref) &&
		!mst_definition_resolve_subworkflow(name, parent->row->workbook_name,
											mst_exec_namespace(adv, parent),
											parent->row->project_id, &ref))
	{
		*message = psprintf("Failed to find workflow [name=%s, namespace=%s]",
							name, mst_exec_namespace(adv, parent));
		return false;
	}
	spec = mst_exec_spec(adv, &ref.version_id);
	mst_input_split(spec->inputs, spec->n_inputs, input, &declared, &others);
	*message = mst_input_check(ref.name, "WorkflowDefinition", spec->inputs,
							   spec->n_inputs, declared);
	if (*message != NULL)
		return false;
	child = mst_exec_create_child(adv, task, &ref, declared, others, item_index, message);
	if (child == NULL)
		return false;
	task->child_execs = lappend(task->child_execs, child);
	mst_advance_push(adv, STEP_START_EXECUTION, child, NULL);
	return true;
}

static void
spread_to_memory(Advance *adv, Exec *child, ExecState state, char *info)
{
	if (mst_state_is_completed(child->row->state))
		return;
	if (state == EXEC_PAUSED && child->row->state == EXEC_RUNNING)
		mst_exec_pause(adv, child, info);
	else if (state == EXEC_RUNNING)
		mst_exec_resume(adv, child);
	else if (state == EXEC_CANCELLED)
	{
		mst_subworkflow_spread(adv, child, state, info);
		mst_exec_cancel(adv, child, info);
	}
}

static bool
calls_workflows(const WorkflowSpec *spec)
{
	for (int i = 0; i < spec->n_tasks; i++)
	{
		if (spec->tasks[i].is_workflow)
			return true;
	}
	return false;
}

/* One delayed call for each stored child that is not completed. */
static void
spread_to_stored(Advance *adv, Exec *exec, ExecState state, char *info)
{
	ListCell   *lc;

	mst_advance_load_tasks(adv, exec);
	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);
		ListCell   *lc2;

		if (task->row->type != 'W' || task->row->row.is_new)
			continue;
		foreach(lc2, mst_store_child_executions(&task->id))
		{
			ExecutionRow *child = lfirst(lc2);
			JsonBuilder b;

			if (mst_state_is_completed(child->state))
				continue;
			mst_json_begin_object(&b);
			mst_json_add_text(&b, "state", mst_state_name(state));
			if (info != NULL)
				mst_json_add_text(&b, "message", info);
			mst_advance_delay_child(adv, "change_child", child, adv->now, mst_json_end(&b));
		}
	}
}

void
mst_subworkflow_spread(Advance *adv, Exec *exec, ExecState state, char *info)
{
	ListCell   *lc;

	if (!calls_workflows(exec->spec))
		return;
	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);
		ListCell   *lc2;

		foreach(lc2, task->child_execs)
			spread_to_memory(adv, lfirst(lc2), state, info);
	}
	if (!exec->is_ours)
		spread_to_stored(adv, exec, state, info);
}

/* ---- up ---- */

/* What an execution that did not succeed leaves as its task's state_info. */
static char *
child_info(Exec *child)
{
	char	   *info = child->row->state_info;

	if (child->row->state == EXEC_SUCCESS || info == NULL || info[0] == '\0')
		return NULL;
	return info;
}

/* Is some other child of the task paused? */
static bool
sibling_is_paused(Advance *adv, Task *task, const pg_uuid_t *child_id)
{
	ListCell   *lc;

	foreach(lc, mst_subworkflow_rows(adv, task))
	{
		ExecutionRow *row = lfirst(lc);

		if (row->state == EXEC_PAUSED && !mst_uuid_equal(&row->id, child_id))
			return true;
	}
	return false;
}

static void
tell_task(Advance *adv, Task *task, Exec *child)
{
	ExecState	state = child->row->state;

	if (child->row->parent_attempt != task->row->attempt)
	{
		/* a retry or rerun has superseded it */
		child->row->accepted = false;
		mst_exec_touch(adv, child);
	}
	else if (mst_state_is_completed(state))
	{
		/* a call that was delayed may have been overtaken */
		if (child->row->told_parent)
			return;
		child->row->told_parent = true;
		mst_exec_touch(adv, child);
		mst_task_child_done(adv, task, state, child_info(child));
	}
	else
		mst_task_child_updated(adv, task, state,
							   state == EXEC_RUNNING && sibling_is_paused(adv, task, &child->id));
}

/* The execution that the task belongs to; false: the task is gone. */
static bool
execution_of_task(Advance *adv, const pg_uuid_t *task_id, pg_uuid_t *execution_id)
{
	Task	   *task = hash_search(adv->tasks, task_id, HASH_FIND, NULL);
	TaskRow    *row = task != NULL ? task->row : mst_store_task(task_id);

	if (row == NULL)
		return false;
	*execution_id = row->execution_id;
	return true;
}

void
mst_exec_tell_parent(Advance *adv, Exec *exec)
{
	pg_uuid_t	parent_id;
	Task	   *task;
	bool		is_busy;

	/* the parent may have been deleted */
	if (!execution_of_task(adv, &exec->row->parent_task_id, &parent_id))
		return;
	if (mst_advance_exec(adv, &parent_id, adv->may_wait ? LOCK_BLOCK : LOCK_TRY, &is_busy) == NULL)
	{
		if (is_busy)
			mst_advance_delay(adv, "child_finished", exec, NULL, adv->now, NULL, NULL);
		return;
	}
	task = mst_advance_task(adv, &exec->row->parent_task_id);
	if (task != NULL)
		tell_task(adv, task, exec);
}

/* ---- children as rows ---- */

List *
mst_subworkflow_rows(Advance *adv, Task *task)
{
	List	   *rows = NIL;
	ListCell   *lc;

	foreach(lc, task->child_execs)
		rows = lappend(rows, ((Exec *) lfirst(lc))->row);
	if (adv->is_simulated || task->row->row.is_new)
		return rows;
	foreach(lc, mst_store_child_executions(&task->id))
	{
		ExecutionRow *row = lfirst(lc);
		Exec	   *known = hash_search(adv->execs, &row->id, HASH_FIND, NULL);

		rows = lappend(rows, known != NULL ? known->row : row);
	}
	return rows;
}

void
mst_subworkflow_results(Advance *adv, Task *task, ResultList *results)
{
	ListCell   *lc;

	foreach(lc, mst_subworkflow_rows(adv, task))
	{
		ExecutionRow *row = lfirst(lc);

		if (row->accepted)
			mst_results_add(results, row->item_index, row->output);
	}
}

void
mst_subworkflow_unaccept(Advance *adv, Task *task, bool only_failed)
{
	ListCell   *lc;

	foreach(lc, mst_subworkflow_rows(adv, task))
	{
		ExecutionRow *row = lfirst(lc);
		Exec	   *child;

		if (!row->accepted || (only_failed && row->state == EXEC_SUCCESS))
			continue;

		/* one that is locked is not completed, so it is not accepted either */
		child = mst_advance_exec(adv, &row->id, LOCK_TRY, NULL);
		if (child == NULL)
			continue;
		child->row->accepted = false;
		mst_exec_touch(adv, child);
	}
}
