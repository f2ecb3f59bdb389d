/*-------------------------------------------------------------------------
 *
 * reverse.c
 *	  Reverse workflows: the tasks that a target needs, needed ones first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "engine/flow/flow.h"
#include "util/json.h"

/* Returns the target of the execution: checked when it was started. */
static int
target_task(Execution *exec)
{
	char	   *name = mst_json_get_text(mst_execution_data(exec)->params, "task_name");

	return name == NULL ? -1 : mst_spec_find_task(exec->spec, name);
}

/* Marks the task and all it needs; "order" lists needed ones first. */
static void
visit_task(const WorkflowSpec *spec, int index, Bitmapset **seen, List **order)
{
	const TaskSpec *task = &spec->tasks[index];

	check_stack_depth();
	if (bms_is_member(index, *seen))
		return;
	*seen = bms_add_member(*seen, index);
	for (int i = 0; i < task->n_requires; i++)
		visit_task(spec, task->requires[i], seen, order);
	*order = lappend_int(*order, index);
}

static bool
requirements_met(EngineCall *call, Execution *exec, const TaskSpec *spec)
{
	for (int i = 0; i < spec->n_requires; i++)
	{
		Task	   *needed = mst_call_latest_task(call, exec, spec->requires[i]);

		if (needed == NULL || needed->row->state != MST_STATE_SUCCESS)
			return false;
	}
	return true;
}

static List *
find_ready(EngineCall *call, Execution *exec)
{
	Bitmapset  *seen = NULL;
	List	   *order = NIL;
	List	   *commands = NIL;
	int			target = target_task(exec);
	ListCell   *lc;

	if (target < 0)
		return NIL;
	visit_task(exec->spec, target, &seen, &order);
	foreach(lc, order)
	{
		int			index = lfirst_int(lc);
		Command    *command;

		if (mst_call_latest_task(call, exec, index) != NULL ||
			!requirements_met(call, exec, &exec->spec->tasks[index]))
			continue;
		command = palloc0(sizeof(Command));
		command->kind = COMMAND_RUN_TASK;
		command->task_index = index;
		commands = lappend(commands, command);
	}
	return commands;
}

/*
 * Reverse: the merge of what the required tasks of one that is ready have
 * published.
 */
pg_uuid_t
mst_reverse_context(EngineCall *call, Execution *exec, const TaskSpec *spec)
{
	List	   *needed = NIL;

	for (int i = 0; i < spec->n_requires; i++)
	{
		Task	   *task = mst_call_latest_task(call, exec, spec->requires[i]);

		if (task != NULL && task->row->state == MST_STATE_SUCCESS)
			needed = lappend(needed, task);
	}
	return mst_merge_outbound(call, exec, needed);
}

static pg_uuid_t
reverse_final_context(EngineCall *call, Execution *exec)
{
	int			target = target_task(exec);
	Task	   *task = target < 0 ? NULL : mst_call_latest_task(call, exec, target);

	if (task == NULL || !mst_state_is_completed(task->row->state))
		return mst_uuid_none;
	return task->row->published_id;
}

/* ---- either kind ---- */

/* Returns the first commands of an execution. */
List *
mst_flow_start(EngineCall *call, Execution *exec)
{
	return exec->spec->is_reverse ? find_ready(call, exec) :
		mst_direct_start(call, exec);
}

/*
 * The commands that follow a completed task.  Returns false with an error
 * when a guard or message fails.
 */
bool
mst_flow_next(EngineCall *call, Task *task, List **commands, ExprError **error)
{
	if (!task->exec->spec->is_reverse)
		return mst_direct_next(call, task, commands, error);
	*commands = find_ready(call, task->exec);
	return true;
}

/* Final context of the execution, for its output. */
pg_uuid_t
mst_flow_final_context(EngineCall *call, Execution *exec)
{
	return exec->spec->is_reverse ? reverse_final_context(call, exec) :
		mst_direct_final_context(call, exec);
}
