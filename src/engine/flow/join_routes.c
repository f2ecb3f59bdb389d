/*-------------------------------------------------------------------------
 *
 * join_routes.c
 *	  The routes that lead to a join: which have arrived, which still may.
 *
 * A route is an inbound task.  It has arrived when its latest run led to the
 * join, it is closed when that run ended otherwise or can never start, and it is
 * open else.  Looking costs a walk over the definition, so it is done only when
 * something may have ruled a route out (join_arrivals.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "engine/flow/join.h"
#include "util/uuid.h"

/* Returns how many routes must arrive. */
int
mst_join_needed(const TaskSpec *spec)
{
	return spec->join == JOIN_ALL ? spec->n_inbound : spec->join;
}

/* Returns whether the join, which may be NULL, waits for arrivals. */
bool
mst_join_is_waiting(Task *join)
{
	return join != NULL && join->row->state == MST_STATE_WAITING;
}

/* Returns the next tasks of a completed task; taken apart once. */
static const Bitmapset *
next_indexes(Task *task)
{
	Jsonb	   *pairs = task->row->next_tasks;
	Bitmapset  *set = NULL;

	if (task->next_source == pairs)
		return task->next_indexes;
	for (int i = 0; i < mst_json_count(pairs); i++)
	{
		char	   *name = mst_json_to_text(mst_json_item(mst_json_item(pairs, i), 0));
		int			index = mst_spec_find_task(task->exec->spec, name);

		if (index >= 0)
			set = bms_add_member(set, index);
	}
	task->next_source = pairs;
	task->next_indexes = set;
	return set;
}

/*
 * Returns whether the last completion of the task led to the task of that
 * index.
 */
bool
mst_task_leads_to(Task *task, int index)
{
	return bms_is_member(index, next_indexes(task));
}

/*
 * Returns whether a task that has never run can still be started.  Walks
 * backwards over the definition, but not through the join that asks, which
 * does not wait for itself.
 */
static bool
is_reachable(EngineCall *call, Execution *exec, int index, int join, Bitmapset **seen)
{
	const TaskSpec *spec = &exec->spec->tasks[index];

	check_stack_depth();
	*seen = bms_add_member(*seen, index);
	if (spec->n_inbound == 0)
		return true;
	for (int i = 0; i < spec->n_inbound; i++)
	{
		int			from = spec->inbound[i];
		Task	   *task;

		if (from == join)
			continue;
		task = mst_call_latest_task(call, exec, from);
		if (task == NULL)
		{
			if (!bms_is_member(from, *seen) &&
				is_reachable(call, exec, from, join, seen))
				return true;
		}
		else if (!mst_state_is_completed(task->row->state) ||
				 mst_task_leads_to(task, index))
			return true;
	}
	return false;
}

/*
 * Returns what has become of the route from one task of the definition to a
 * join, by their indexes.
 */
Route
mst_join_route(EngineCall *call, Execution *exec, int inbound, int join)
{
	Task	   *task = mst_call_latest_task(call, exec, inbound);
	Bitmapset  *seen = bms_make_singleton(join);

	if (inbound == join)
		return task != NULL && bms_is_member(join, task->runtime.arrived) ?
			ROUTE_ARRIVED : ROUTE_CLOSED;
	if (task == NULL)
		return is_reachable(call, exec, inbound, join, &seen) ? ROUTE_OPEN : ROUTE_CLOSED;
	if (!mst_state_is_completed(task->row->state))
		return ROUTE_OPEN;
	return mst_task_leads_to(task, join) ? ROUTE_ARRIVED : ROUTE_CLOSED;
}

/*
 * Returns the inbound tasks (Task *) whose arrival started this pass of the
 * join.
 */
List *
mst_join_arrived(EngineCall *call, Task *join)
{
	List	   *tasks = NIL;

	for (int i = 0; i < join->spec->n_inbound; i++)
	{
		Task	   *task = mst_call_latest_task(call, join->exec,
												join->spec->inbound[i]);
		bool		has_arrived = false;

		/* a join that leads to itself is not completed any more */
		if (task == join)
			has_arrived = bms_is_member(join->row->task_index, join->runtime.arrived);
		else if (task != NULL)
			has_arrived = mst_state_is_completed(task->row->state);
		if (has_arrived && mst_task_leads_to(task, join->row->task_index))
			tasks = lappend(tasks, task);
	}
	return tasks;
}

/* Appends to the list of what has triggered a join. */
void
mst_join_add_trigger(JsonBuilder *b, Task *from, const char *event)
{
	mst_json_open_object(b, NULL);
	mst_json_add_text(b, "task_id", mst_uuid_text(&from->id));
	mst_json_add_text(b, "event", event);
	mst_json_close_object(b);
}
