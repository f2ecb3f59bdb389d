/*-------------------------------------------------------------------------
 *
 * join_arrivals.c
 *	  Branches that arrive at a join, and tasks that end without leading there.
 *
 * A join has one task execution, which goes to WAITING when the first branch
 * arrives.  The arrivals of a pass are bits in its runtime, so that an arrival
 * costs the same however wide the join is.  When enough have arrived, or a task
 * has completed without taking a transition that leads towards the join, a step
 * decides (join_refresh.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "engine/flow/join.h"

/* ---- the graph ---- */

/* The tasks from which a join of a definition can be reached. */
typedef struct JoinInfo
{
	Bitmapset  *upstream;		/* tasks from which transitions lead to it */
} JoinInfo;

static void
add_upstream(const WorkflowSpec *spec, int index, Bitmapset **upstream)
{
	const TaskSpec *task = &spec->tasks[index];

	check_stack_depth();
	for (int i = 0; i < task->n_inbound; i++)
	{
		if (bms_is_member(task->inbound[i], *upstream))
			continue;
		*upstream = bms_add_member(*upstream, task->inbound[i]);
		add_upstream(spec, task->inbound[i], upstream);
	}
}

static void
find_joins(Execution *exec)
{
	int			n = exec->spec->n_tasks;

	if (exec->joins != NULL)
		return;
	exec->joins = palloc0(sizeof(JoinInfo) * n);
	exec->join_indexes = palloc(sizeof(int) * n);
	for (int i = 0; i < n; i++)
	{
		if (exec->spec->tasks[i].join != JOIN_NONE)
			exec->join_indexes[exec->n_joins++] = i;
	}
}

static JoinInfo *
join_info(Execution *exec, int index)
{
	if (exec->joins[index].upstream == NULL)
		add_upstream(exec->spec, index, &exec->joins[index].upstream);
	return &exec->joins[index];
}

/* ---- arrivals ---- */

static void
queue_refresh(EngineCall *call, Task *join)
{
	mst_call_push(call, STEP_REFRESH_JOIN, join->exec, join);
}

static Task *
create_join(EngineCall *call, Execution *exec, int index)
{
	Task	   *join = mst_call_add_task(call, exec, &exec->spec->tasks[index]);

	mst_task_set_state(call, join, MST_STATE_WAITING, pstrdup("Task is waiting."));
	return join;
}

/*
 * A command has reached the join: makes it, arms it again, or notes the
 * arrival.
 */
void
mst_join_arrive(EngineCall *call, Execution *exec, const Command *command)
{
	Task	   *join = mst_call_latest_task(call, exec, command->task_index);
	int			from = command->from == NULL ? -1 : command->from->row->task_index;
	bool		is_armed = !mst_join_is_waiting(join);

	if (join == NULL)
		join = create_join(call, exec, command->task_index);
	else if (is_armed)
	{
		/* a branch the current pass of an N-of-M join did not wait for */
		if (from >= 0 && bms_is_member(from, join->runtime.late))
		{
			join->runtime.late = bms_del_member(join->runtime.late, from);
			join->runtime_dirty = true;
			return;
		}
		mst_task_set_state(call, join, MST_STATE_WAITING, pstrdup("Task is waiting."));
		join->row->processed = false;
		join->runtime.retry_no = 0;
		join->runtime.wait_after_done = false;
		join->runtime.before_done = false;
	}
	if (from >= 0)
	{
		join->runtime.arrived = bms_add_member(join->runtime.arrived, from);
		join->runtime_dirty = true;
	}

	/* routes closed before the join waited were not noticed: look once */
	if (is_armed || bms_num_members(join->runtime.arrived) >= mst_join_needed(join->spec))
		queue_refresh(call, join);
}

/* Returns whether the task left out a transition that leads to the join. */
static bool
rules_out_route(Task *task, const JoinInfo *info, int join)
{
	const ClauseSpec *clauses[] = {&task->spec->on_success, &task->spec->on_error,
	&task->spec->on_complete, &task->spec->on_skip};

	for (int i = 0; i < lengthof(clauses); i++)
	{
		for (int j = 0; j < clauses[i]->n_targets; j++)
		{
			const TransitionSpec *target = &clauses[i]->targets[j];

			if (target->command == COMMAND_RUN_TASK &&
				(target->task == join || bms_is_member(target->task, info->upstream)) &&
				!mst_task_leads_to(task, target->task))
				return true;
		}
	}
	return false;
}

/*
 * A task has completed: looks again at the joins for which it has ruled out a
 * route.
 */
void
mst_join_task_completed(EngineCall *call, Task *task)
{
	Execution  *exec = task->exec;

	if (!exec->spec->has_joins || exec->spec->is_reverse || exec->row->rollback != NULL ||
		mst_state_is_completed(exec->row->state))
		return;
	find_joins(exec);
	for (int i = 0; i < exec->n_joins; i++)
	{
		int			index = exec->join_indexes[i];
		JoinInfo   *info = join_info(exec, index);
		Task	   *join;

		if (index == task->row->task_index ||
			!bms_is_member(task->row->task_index, info->upstream) ||
			!rules_out_route(task, info, index))
			continue;
		join = mst_call_latest_task(call, exec, index);
		if (mst_join_is_waiting(join))
			queue_refresh(call, join);
	}
}

/* ---- the beginning of a pass ---- */

/*
 * Returns the event that led from a completed task to the one of that index;
 * of several transitions the last.
 */
static const char *
event_to(Task *task, int index)
{
	const char *name = task->exec->spec->tasks[index].name;

	for (int i = mst_json_count(task->row->next_tasks) - 1; i >= 0; i--)
	{
		Jsonb	   *pair = mst_json_item(task->row->next_tasks, i);

		if (strcmp(mst_json_to_text(mst_json_item(pair, 0)), name) == 0)
			return mst_json_to_text(mst_json_item(pair, 1));
	}
	return NULL;
}

/*
 * Sets the inbound context and the triggers of a join that starts, from the
 * branches that have arrived.
 */
void
mst_join_collect(EngineCall *call, Task *join)
{
	List	   *tasks = mst_join_arrived(call, join);
	JsonBuilder b;
	ListCell   *lc;

	mst_json_begin_array(&b);
	foreach(lc, tasks)
	{
		Task	   *from = lfirst(lc);

		mst_join_add_trigger(&b, from, event_to(from, join->row->task_index));
	}
	join->row->triggered_by = mst_json_end(&b);
	join->row->context_id = mst_merge_outbound(call, join->exec, tasks);
	if (join->row->attempt == 0)
		join->row->published_id = join->row->context_id;
	mst_task_touch(call, join);
}
