/*-------------------------------------------------------------------------
 *
 * direct.c
 *	  What follows a completed task of a direct workflow.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/flow/flow.h"
#include "engine/memory/rollback_row.h"
#include "util/json.h"

static Command *
make_command(const TransitionSpec *target, TaskEvent event, Task *from)
{
	Command    *command = palloc0(sizeof(Command));

	command->kind = target->command;
	command->task_index = target->command == COMMAND_RUN_TASK ? target->task : -1;
	command->event = event;
	command->from = from;
	return command;
}

/* Appends a command for each target whose guard is true. */
static bool
add_clause(EngineCall *call, Task *task, const ClauseSpec *clause, TaskEvent event,
		   List **commands, ExprError **error)
{
	ExprBindings *bindings = clause->n_targets > 0 ? mst_bindings_outbound(call, task) : NULL;

	for (int i = 0; i < clause->n_targets; i++)
	{
		const TransitionSpec *target = &clause->targets[i];
		Command    *command;
		bool		chosen = true;

		if (target->guard != NULL &&
			!mst_expr_eval_bool(target->guard, bindings, &chosen, error))
			return false;
		if (!chosen)
			continue;
		command = make_command(target, event, task);
		if (target->message != NULL &&
			!mst_expr_eval_jsonb(target->message, bindings, &command->message, error))
			return false;
		*commands = lappend(*commands, command);
	}
	return true;
}

/* Direct workflows: see mst_flow_start(), _next() and _final_context(). */
List *
mst_direct_start(EngineCall *call, Execution *exec)
{
	List	   *commands = NIL;

	for (int i = 0; i < exec->spec->n_start; i++)
	{
		Command    *command = palloc0(sizeof(Command));

		command->kind = COMMAND_RUN_TASK;
		command->task_index = exec->spec->start_tasks[i];
		commands = lappend(commands, command);
	}
	return commands;
}

/*
 * Sets *commands to what follows the completed task.  False: a guard or
 * message failed.
 */
bool
mst_direct_next(EngineCall *call, Task *task, List **commands, ExprError **error)
{
	const TaskSpec *spec = task->spec;
	State		state = task->row->state;

	*commands = NIL;
	if (state == MST_STATE_ERROR &&
		!add_clause(call, task, &spec->on_error, TASK_EVENT_ERROR, commands, error))
		return false;
	if (state == MST_STATE_SKIPPED &&
		!add_clause(call, task, &spec->on_skip, TASK_EVENT_SKIP, commands, error))
		return false;
	if ((state == MST_STATE_SUCCESS || (state == MST_STATE_SKIPPED && *commands == NIL)) &&
		!add_clause(call, task, &spec->on_success, TASK_EVENT_SUCCESS, commands, error))
		return false;
	if (state == MST_STATE_SUCCESS || state == MST_STATE_ERROR)
		return add_clause(call, task, &spec->on_complete, TASK_EVENT_COMPLETE,
						  commands, error);
	return true;
}

static int
compare_finish(const ListCell *a, const ListCell *b)
{
	const TaskRow *left = ((Task *) lfirst(a))->row;
	const TaskRow *right = ((Task *) lfirst(b))->row;

	if (left->finished_at != right->finished_at)
		return left->finished_at < right->finished_at ? -1 : 1;
	return memcmp(&left->id, &right->id, UUID_LEN);
}

/*
 * Returns the merge of the outbound contexts of these tasks (a list of Task *,
 * which is sorted in place): the one that finished first is the base.
 */
pg_uuid_t
mst_merge_outbound(EngineCall *call, Execution *exec, List *tasks)
{
	pg_uuid_t  *ids = palloc(sizeof(pg_uuid_t) * Max(list_length(tasks), 1));
	ListCell   *lc;

	list_sort(tasks, compare_finish);
	foreach(lc, tasks)
		ids[foreach_current_index(lc)] = ((Task *) lfirst(lc))->row->published_id;
	return mst_context_merge(call, exec, ids, list_length(tasks));
}

/*
 * Returns the merge of what all tasks at the ends of the branches have seen.
 */
pg_uuid_t
mst_direct_final_context(EngineCall *call, Execution *exec)
{
	List	   *ends = NIL;
	ListCell   *lc;

	mst_call_load_tasks(call, exec);
	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);

		if (mst_state_is_completed(task->row->state) && !task->row->has_next_tasks &&
			!mst_task_is_compensation(task))
			ends = lappend(ends, task);
	}
	return mst_merge_outbound(call, exec, ends);
}
