/*-------------------------------------------------------------------------
 *
 * subworkflow.c
 *	  Executions started by tasks, and what passes between them and their
 *	  parents.
 *
 * A child that this call has made is reached directly.  Of the others there
 * may be many, and somebody may be at work on them, so what goes down to them
 * is left to delayed calls for some of them each.  What goes up takes the
 * parent's lock only when it is free, because a parent is locked before its
 * children (store.h); else a delayed call tells the parent later.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "definition/definitions.h"
#include "engine/calls/start.h"
#include "engine/data/input.h"
#include "engine/memory/world.h"
#include "engine/work/children.h"
#include "store/lookups.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/uuid.h"

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
	*message = mst_exec_no_room(adv, parent);
	if (*message != NULL)
		return false;
	if ((adv->world == NULL || !adv->world->find_workflow(adv, name, &ref)) &&
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

/*
 * Do to one sub-execution what has been done to the one above it, unless it
 * has gone on meanwhile.
 */
static void
change_child(Advance *adv, Exec *child, ExecState state, char *info)
{
	if (mst_state_is_completed(child->row->state))
		return;
	if (state == EXEC_PAUSED && child->row->state == EXEC_RUNNING)
		mst_exec_pause(adv, child, NULL);
	else if (state == EXEC_RUNNING)
		mst_exec_resume(adv, child);
	else if (state == EXEC_CANCELLED)
		mst_exec_cancel(adv, child, info);
}

/* The task's sub-executions: those that this call has locked or made are changed at once. */
static void
change_children(Advance *adv, Task *task, ExecState state, char *info, TimestampTz due)
{
	ListCell   *lc;

	foreach(lc, task->child_execs)
		change_child(adv, lfirst(lc), state, info);
	if (adv->is_simulated || task->row->row.is_new)
		return;
	foreach(lc, mst_store_child_executions(&task->id))
	{
		ExecutionRow *child = lfirst(lc);
		Exec	   *known = hash_search(adv->execs, &child->id, HASH_FIND, NULL);

		if (known != NULL && known->is_locked)
			change_child(adv, known, state, info);
		else if (!mst_state_is_completed(child->state))
			mst_child_change_later(adv, task->exec, &child->id, state, info, due);
	}
}

bool
mst_subworkflow_is_called(const WorkflowSpec *spec)
{
	for (int i = 0; i < spec->n_tasks; i++)
	{
		if (spec->tasks[i].is_workflow)
			return true;
	}
	return false;
}

void
mst_subworkflow_spread(Advance *adv, Exec *exec, ExecState state)
{
	ListCell   *lc;

	if (!mst_subworkflow_is_called(exec->spec))
		return;
	mst_advance_load_tasks(adv, exec);
	foreach(lc, list_copy(exec->tasks))
	{
		Task	   *task = lfirst(lc);

		if (task->row->type == 'W')
			change_children(adv, task, state, NULL, adv->now);
	}
}

void
mst_subworkflow_end(Advance *adv, Task *task, TimestampTz due)
{
	Exec	   *exec = task->exec;
	char	   *info;

	if (exec->row->state == EXEC_CANCELLED)
		info = exec->row->state_info;
	else if (mst_state_is_completed(exec->row->state))
		info = psprintf("The execution above it has ended with %s.", mst_state_name(exec->row->state));
	else
		info = pstrdup("The task that started it waits for it no longer.");
	change_children(adv, task, EXEC_CANCELLED, info, due);
}

/*
 * Is the execution above in that state?  Calls that follow a pause and a
 * resume may run in any order: the state that they find above is the newer.
 */
static bool
parent_has_state(Advance *adv, Exec *child, ExecState state)
{
	TaskRow    *task = mst_store_task(&child->row->parent_task_id);
	Exec	   *parent = task == NULL ? NULL :
		mst_advance_exec(adv, &task->execution_id, LOCK_NONE, NULL);

	return parent != NULL && parent->row->state == state;
}

void
mst_subworkflow_change(Advance *adv, Exec *child, Jsonb *args)
{
	ExecState	state = mst_state_from_name(mst_json_get_text(args, "state"));

	if (state == EXEC_CANCELLED || parent_has_state(adv, child, state))
		change_child(adv, child, state, mst_json_get_text(args, "message"));
}

/*
 * None of them is waited for, because several are locked; those that somebody
 * is at work on get a call of their own.
 */
void
mst_subworkflow_change_several(Advance *adv, Exec *parent, Jsonb *args)
{
	Jsonb	   *children = mst_json_get(args, "children");
	ExecState	state = mst_state_from_name(mst_json_get_text(args, "state"));
	char	   *info = mst_json_get_text(args, "message");

	for (int i = 0; i < mst_json_count(children); i++)
	{
		pg_uuid_t	id;
		bool		is_busy;
		Exec	   *child;

		if (!mst_uuid_parse(mst_json_to_text(mst_json_item(children, i)), &id))
			elog(ERROR, "malformed id of a sub-execution");
		child = mst_advance_exec(adv, &id, LOCK_TRY, &is_busy);
		if (child != NULL)
			mst_subworkflow_change(adv, child, args);
		else if (is_busy)
			mst_advance_delay_child(adv, "change_child", parent, &id, adv->now,
									mst_child_change_args(NIL, state, info));
	}
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

typedef struct PausedArg
{
	Advance    *adv;
	bool		found;
} PausedArg;

/* What this call has in memory is newer than what is stored. */
static bool
note_paused(ExecutionRow *row, void *arg)
{
	PausedArg  *paused = arg;
	Exec	   *known = hash_search(paused->adv->execs, &row->id, HASH_FIND, NULL);

	paused->found = (known != NULL ? known->row : row)->state == EXEC_PAUSED;
	return !paused->found;
}

static bool
has_paused_child(Advance *adv, Task *task)
{
	PausedArg	paused = {adv, false};
	ListCell   *lc;

	foreach(lc, task->child_execs)
	{
		if (!note_paused(((Exec *) lfirst(lc))->row, &paused))
			return true;
	}
	if (!adv->is_simulated && !task->row->row.is_new)
		mst_store_each_child_execution(&task->id, note_paused, &paused);
	return paused.found;
}

void
mst_subworkflow_resumed(Advance *adv, Task *task)
{
	task->resume_queued = false;
	mst_task_child_updated(adv, task, EXEC_RUNNING, has_paused_child(adv, task));
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
	else if (state != EXEC_RUNNING)
		mst_task_child_updated(adv, task, state, false);
	else if (task->row->state != EXEC_RUNNING && !task->resume_queued)
	{
		/* one look at the other children will do for all that are resumed now */
		task->resume_queued = true;
		mst_advance_push(adv, STEP_CHILD_RESUMED, task->exec, task);
	}
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
	if (mst_advance_exec(adv, &parent_id, LOCK_TRY, &is_busy) == NULL)
	{
		if (is_busy)
			mst_advance_delay(adv, "child_finished", exec, NULL, adv->now, NULL, NULL);
		return;
	}
	task = mst_advance_task(adv, &exec->row->parent_task_id);
	if (task != NULL)
		tell_task(adv, task, exec);
}
