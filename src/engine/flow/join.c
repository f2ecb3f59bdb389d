/*-------------------------------------------------------------------------
 *
 * join.c
 *	  Tasks that wait for several others.
 *
 * A join has one task execution, which goes to WAITING when the first branch
 * arrives.  The arrivals of a pass are bits in its runtime, so that an
 * arrival costs the same however wide the join is.  The routes that are left
 * are only analysed when something may have ruled one out: when a task
 * completes without taking a transition that leads towards the join.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "engine/flow/flow.h"
#include "util/json.h"
#include "util/uuid.h"

/* What one join of a definition can be reached from. */
typedef struct JoinInfo
{
	Bitmapset  *upstream;		/* tasks from which transitions lead to it */
} JoinInfo;

/* Induced state of an inbound task (engine.md 7.2). */
typedef enum Route
{
	ROUTE_OPEN,					/* may still arrive */
	ROUTE_ARRIVED,
	ROUTE_CLOSED				/* cannot arrive any more */
} Route;

/* ---- the graph ---- */

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
find_joins(Exec *exec)
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
join_info(Exec *exec, int index)
{
	if (exec->joins[index].upstream == NULL)
		add_upstream(exec->spec, index, &exec->joins[index].upstream);
	return &exec->joins[index];
}

/* The next tasks of a completed task; taken apart once. */
static const Bitmapset *
next_set(Task *task)
{
	Jsonb	   *pairs = task->row->next_tasks;
	Bitmapset  *set = NULL;

	if (task->next_from == pairs)
		return task->next_set;
	for (int i = 0; i < mst_json_count(pairs); i++)
	{
		char	   *name = mst_json_to_text(mst_json_item(mst_json_item(pairs, i), 0));
		int			index = mst_spec_find_task(task->exec->spec, name);

		if (index >= 0)
			set = bms_add_member(set, index);
	}
	task->next_from = pairs;
	task->next_set = set;
	return set;
}

static bool
has_next(Task *task, int index)
{
	return bms_is_member(index, next_set(task));
}

/*
 * The event that led from a completed task to the one of that index; of
 * several transitions the last.
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
 * Can a task that has never run still be started?  Walks backwards over the
 * definition, but not through the join that asks: it does not wait for itself.
 */
static bool
is_reachable(Advance *adv, Exec *exec, int index, int join, Bitmapset **seen)
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
		task = mst_advance_latest_task(adv, exec, from);
		if (task == NULL)
		{
			if (!bms_is_member(from, *seen) &&
				is_reachable(adv, exec, from, join, seen))
				return true;
		}
		else if (!mst_state_is_completed(task->row->state) ||
				 has_next(task, index))
			return true;
	}
	return false;
}

static Route
route_of(Advance *adv, Exec *exec, int inbound, int join)
{
	Task	   *task = mst_advance_latest_task(adv, exec, inbound);
	Bitmapset  *seen = bms_make_singleton(join);

	if (inbound == join)
		return task != NULL && bms_is_member(join, task->rt.arrived) ?
			ROUTE_ARRIVED : ROUTE_CLOSED;
	if (task == NULL)
		return is_reachable(adv, exec, inbound, join, &seen) ? ROUTE_OPEN : ROUTE_CLOSED;
	if (!mst_state_is_completed(task->row->state))
		return ROUTE_OPEN;
	return has_next(task, join) ? ROUTE_ARRIVED : ROUTE_CLOSED;
}

/* ---- deciding ---- */

static int
needed_arrivals(const TaskSpec *spec)
{
	return spec->join == JOIN_ALL ? spec->n_inbound : spec->join;
}

static bool
is_waiting(Task *join)
{
	return join != NULL && join->row->state == EXEC_WAITING;
}

static void
queue_refresh(Advance *adv, Task *join)
{
	mst_advance_push(adv, STEP_REFRESH_JOIN, join->exec, join);
}

/* "['a', 'b']": names of the inbound tasks that made the join impossible. */
static char *
failure_text(Advance *adv, Task *join, const Route *routes)
{
	StringInfoData text;
	bool		first = true;

	initStringInfo(&text);
	appendStringInfoString(&text, "Failed by tasks: [");
	for (int i = 0; i < join->spec->n_inbound; i++)
	{
		if (routes[i] != ROUTE_CLOSED)
			continue;
		appendStringInfo(&text, "%s'%s'", first ? "" : ", ",
						 join->exec->spec->tasks[join->spec->inbound[i]].name);
		first = false;
	}
	appendStringInfoChar(&text, ']');
	return text.data;
}

static void
add_trigger(JsonBuilder *b, Task *from, const char *event)
{
	mst_json_open_object(b, NULL);
	mst_json_add_text(b, "task_id", mst_uuid_text(&from->id));
	mst_json_add_text(b, "event", event);
	mst_json_close_object(b);
}

/* A failed join:all names the tasks that did not lead to it. */
static void
set_failed_triggers(Advance *adv, Task *join, const Route *routes)
{
	JsonBuilder b;

	mst_json_begin_array(&b);
	for (int i = 0; i < join->spec->n_inbound && join->spec->join == JOIN_ALL; i++)
	{
		Task	   *task = routes[i] != ROUTE_CLOSED ? NULL :
			mst_advance_latest_task(adv, join->exec, join->spec->inbound[i]);

		if (task != NULL)
			add_trigger(&b, task, "not triggered");
	}
	join->row->triggered_by = mst_json_end(&b);
}

/* The inbound tasks whose arrival started this pass. */
static List *
arrived_tasks(Advance *adv, Task *join)
{
	List	   *tasks = NIL;

	for (int i = 0; i < join->spec->n_inbound; i++)
	{
		Task	   *task = mst_advance_latest_task(adv, join->exec,
												   join->spec->inbound[i]);
		bool		has_arrived = false;

		/* a join that leads to itself is not completed any more */
		if (task == join)
			has_arrived = bms_is_member(join->row->task_index, join->rt.arrived);
		else if (task != NULL)
			has_arrived = mst_state_is_completed(task->row->state);
		if (has_arrived && has_next(task, join->row->task_index))
			tasks = lappend(tasks, task);
	}
	return tasks;
}

/* The join can never start; it has seen what the others did publish. */
static void
fail_join(Advance *adv, Task *join, const Route *routes)
{
	set_failed_triggers(adv, join, routes);
	join->row->context_id = mst_merge_outbound(adv, join->exec, arrived_tasks(adv, join));
	join->operation = OPERATION_COMPLETE;
	mst_task_complete(adv, join, EXEC_ERROR, failure_text(adv, join, routes));
}

void
mst_join_collect(Advance *adv, Task *join)
{
	List	   *tasks = arrived_tasks(adv, join);
	JsonBuilder b;
	ListCell   *lc;

	mst_json_begin_array(&b);
	foreach(lc, tasks)
	{
		Task	   *from = lfirst(lc);

		add_trigger(&b, from, event_to(from, join->row->task_index));
	}
	join->row->triggered_by = mst_json_end(&b);
	join->row->context_id = mst_merge_outbound(adv, join->exec, tasks);
	if (join->row->attempt == 0)
		join->row->published_id = join->row->context_id;
	mst_task_touch(adv, join);
}

/*
 * Routes that could still arrive in this pass when the join starts without
 * them: their arrival is absorbed instead of starting the join again.
 */
static void
note_late_routes(Advance *adv, Task *join)
{
	const TaskSpec *spec = join->spec;

	bms_free(join->rt.late);
	join->rt.late = NULL;
	if (needed_arrivals(spec) < spec->n_inbound)
	{
		for (int i = 0; i < spec->n_inbound; i++)
		{
			if (route_of(adv, join->exec, spec->inbound[i], spec->index) == ROUTE_OPEN)
				join->rt.late = bms_add_member(join->rt.late, spec->inbound[i]);
		}
	}
	join->rt.arrived = NULL;
	join->rt_dirty = true;
}

static void
start_join(Advance *adv, Task *join)
{
	mst_join_collect(adv, join);
	note_late_routes(adv, join);

	/* results of an earlier pass do not count any more */
	if (join->row->children > 0)
	{
		join->row->attempt++;
		mst_task_unaccept(adv, join, false);
	}
	mst_task_set_state(adv, join, EXEC_RUNNING, NULL);
	mst_advance_push(adv, STEP_RUN_TASK, join->exec, join);
}

/*
 * Count what has led here in an earlier pass, too: the next arrival is to
 * notice that it is the last one.
 */
static void
note_arrived_routes(Advance *adv, Task *join, const Route *routes)
{
	for (int i = 0; i < join->spec->n_inbound; i++)
	{
		int			from = join->spec->inbound[i];

		if (routes[i] != ROUTE_ARRIVED || bms_is_member(from, join->rt.arrived))
			continue;
		join->rt.arrived = bms_add_member(join->rt.arrived, from);
		join->rt_dirty = true;
		mst_task_touch(adv, join);
	}
}

void
mst_join_refresh(Advance *adv, Task *join)
{
	const TaskSpec *spec = join->spec;
	int			needed = needed_arrivals(spec);
	int			arrived = 0;
	int			closed = 0;
	Route	   *routes;

	if (!is_waiting(join) || mst_state_is_completed(join->exec->row->state))
		return;
	if (join->exec->row->state == EXEC_PAUSED)
	{
		/* the resume will look again */
		join->rt.held = true;
		join->rt_dirty = true;
		return;
	}
	routes = palloc(sizeof(Route) * spec->n_inbound);
	for (int i = 0; i < spec->n_inbound; i++)
	{
		routes[i] = route_of(adv, join->exec, spec->inbound[i], spec->index);
		arrived += routes[i] == ROUTE_ARRIVED;
		closed += routes[i] == ROUTE_CLOSED;
	}
	if (arrived >= needed)
		start_join(adv, join);
	else if (closed > spec->n_inbound - needed)
		fail_join(adv, join, routes);
	else
		note_arrived_routes(adv, join, routes);
}

/* ---- arrivals ---- */

static Task *
create_join(Advance *adv, Exec *exec, int index)
{
	Task	   *join = mst_advance_add_task(adv, exec, &exec->spec->tasks[index]);

	mst_task_set_state(adv, join, EXEC_WAITING, pstrdup("Task is waiting."));
	return join;
}

void
mst_join_arrive(Advance *adv, Exec *exec, const Command *command)
{
	Task	   *join = mst_advance_latest_task(adv, exec, command->task_index);
	int			from = command->from == NULL ? -1 : command->from->row->task_index;
	bool		is_armed = !is_waiting(join);

	if (join == NULL)
		join = create_join(adv, exec, command->task_index);
	else if (is_armed)
	{
		/* a branch that the pass now running or done did not wait for */
		if (from >= 0 && bms_is_member(from, join->rt.late))
		{
			join->rt.late = bms_del_member(join->rt.late, from);
			join->rt_dirty = true;
			return;
		}
		mst_task_set_state(adv, join, EXEC_WAITING, pstrdup("Task is waiting."));
		join->row->processed = false;
		join->rt.retry_no = 0;
		join->rt.wait_after_done = false;
		join->rt.before_done = false;
	}
	if (from >= 0)
	{
		join->rt.arrived = bms_add_member(join->rt.arrived, from);
		join->rt_dirty = true;
	}

	/* routes closed before the join waited were not noticed: look once */
	if (is_armed || bms_num_members(join->rt.arrived) >= needed_arrivals(join->spec))
		queue_refresh(adv, join);
}

/* Did the task leave out a transition that leads to the join? */
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
				!has_next(task, target->task))
				return true;
		}
	}
	return false;
}

void
mst_join_task_completed(Advance *adv, Task *task)
{
	Exec	   *exec = task->exec;

	if (!exec->spec->has_joins || exec->spec->is_reverse ||
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
		join = mst_advance_latest_task(adv, exec, index);
		if (is_waiting(join))
			queue_refresh(adv, join);
	}
}
