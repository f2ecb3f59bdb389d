/*-------------------------------------------------------------------------
 *
 * join_refresh.c
 *	  Deciding about a join: it starts, fails, or goes on waiting.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "engine/flow/join.h"
#include "engine/memory/rollback_row.h"
#include "engine/steps/steps.h"

/* ---- failing ---- */

/* "['a', 'b']": names of the inbound tasks that made the join impossible. */
static char *
failure_text(EngineCall *call, Task *join, const Route *routes)
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

/* A failed join:all names the tasks that did not lead to it. */
static void
set_failed_triggers(EngineCall *call, Task *join, const Route *routes)
{
	JsonBuilder b;

	mst_json_begin_array(&b);
	for (int i = 0; i < join->spec->n_inbound && join->spec->join == JOIN_ALL; i++)
	{
		Task	   *task = routes[i] != ROUTE_CLOSED ? NULL :
		mst_call_latest_task(call, join->exec, join->spec->inbound[i]);

		if (task != NULL)
			mst_join_add_trigger(&b, task, "not triggered");
	}
	join->row->triggered_by = mst_json_end(&b);
}

/* The join can never start; it has seen what the others did publish. */
static void
fail_join(EngineCall *call, Task *join, const Route *routes)
{
	set_failed_triggers(call, join, routes);
	join->row->context_id = mst_merge_outbound(call, join->exec, mst_join_arrived(call, join));
	join->operation = OPERATION_COMPLETE;
	mst_task_complete(call, join, MST_STATE_ERROR, failure_text(call, join, routes));
}

/* ---- starting ---- */

/*
 * Routes that could still arrive in this pass when the join starts without
 * them: their arrival is absorbed instead of starting the join again.
 */
static void
note_late_routes(EngineCall *call, Task *join)
{
	const TaskSpec *spec = join->spec;

	bms_free(join->runtime.late);
	join->runtime.late = NULL;
	if (mst_join_needed(spec) < spec->n_inbound)
	{
		for (int i = 0; i < spec->n_inbound; i++)
		{
			if (mst_join_route(call, join->exec, spec->inbound[i], spec->index) == ROUTE_OPEN)
				join->runtime.late = bms_add_member(join->runtime.late, spec->inbound[i]);
		}
	}
	join->runtime.arrived = NULL;
	join->runtime_dirty = true;
}

static void
start_join(EngineCall *call, Task *join)
{
	mst_join_collect(call, join);
	note_late_routes(call, join);

	/*
	 * results of an earlier pass do not count any more, and one that has not
	 * begun yet does not begin: its step may have been put off
	 */
	if (join->row->started_at != 0)
	{
		mst_task_unaccept(call, join, false);
		mst_task_next_attempt(call, join);
		if (join->row->children == 0)
			join->row->published_id = join->row->context_id;
	}
	mst_task_set_state(call, join, MST_STATE_RUNNING, NULL);
	mst_call_push(call, STEP_RUN_TASK, join->exec, join);
}

/*
 * Counts what has led here in an earlier pass, too: the next arrival is to
 * notice that it is the last one.
 */
static void
note_arrived_routes(EngineCall *call, Task *join, const Route *routes)
{
	for (int i = 0; i < join->spec->n_inbound; i++)
	{
		int			from = join->spec->inbound[i];

		if (routes[i] != ROUTE_ARRIVED || bms_is_member(from, join->runtime.arrived))
			continue;
		join->runtime.arrived = bms_add_member(join->runtime.arrived, from);
		join->runtime_dirty = true;
		mst_task_touch(call, join);
	}
}

/* ---- deciding ---- */

/* STEP_REFRESH_JOIN.  A join that is not WAITING any more is left alone. */
void
mst_join_refresh(EngineCall *call, Task *join)
{
	const TaskSpec *spec = join->spec;
	int			needed = mst_join_needed(spec);
	int			arrived = 0;
	int			closed = 0;
	Route	   *routes;

	if (!mst_join_is_waiting(join) || mst_task_is_stopped(join))
		return;
	if (join->exec->row->state == MST_STATE_PAUSED)
	{
		/* the resume will look again */
		join->runtime.held = true;
		join->runtime_dirty = true;
		return;
	}
	routes = palloc(sizeof(Route) * spec->n_inbound);
	for (int i = 0; i < spec->n_inbound; i++)
	{
		routes[i] = mst_join_route(call, join->exec, spec->inbound[i], spec->index);
		arrived += routes[i] == ROUTE_ARRIVED;
		closed += routes[i] == ROUTE_CLOSED;
	}
	if (arrived >= needed)
		start_join(call, join);
	else if (closed > spec->n_inbound - needed)
		fail_join(call, join, routes);
	else
		note_arrived_routes(call, join, routes);
}
