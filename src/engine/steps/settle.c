/*-------------------------------------------------------------------------
 *
 * settle.c
 *	  What the end of a task or of an execution means for all below it.
 *
 * A task's timers end with the task, and so do those of its actions that the
 * database runs.  When an execution has ended, nothing of it is scheduled or
 * queued and nothing below it goes on: sub-executions are cancelled, actions
 * that nobody has begun are taken back, and tasks that wait are suspended.
 * What is with somebody outside (a claimed action, an asynchronous one) stays
 * as it is until its result arrives.
 *
 * Suspended tasks are CANCELLED to everybody else.  They remember what they
 * waited for, because a rerun of another task makes them wait again.
 *
 * This is done after all other steps of a call, because a task may leave a
 * final state again (retry, wait-after), and because a task that is listed
 * before "fail" starts although the execution has ended.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/steps/advance.h"
#include "store/lookups.h"
#include "store/reporting.h"
#include "util/json.h"
#include "util/uuid.h"

/*
 * A sub-workflow whose task has timed out may be about to end by itself, as
 * in Mistral, where it always does: it is given this long.
 */
#define ORPHAN_GRACE	(2 * USECS_PER_SEC)

/*
 * An asynchronous action of a task that has ended runs for so long; then it
 * is cancelled, as nobody may be there to report a result.  One that comes
 * all the same is kept.
 */
#define ABANDON_GRACE	(5 * USECS_PER_SEC)

#define NOT_FINISHED "The action was not finished when its task or execution ended."

/* ---- calls ---- */

static bool
is_call_of(const DelayedCallRow *call, const Task *task)
{
	return mst_uuid_equal(&call->task_id, &task->id);
}

/* Take back the task's delayed calls, those of this call included. */
static List *
take_calls(Advance *adv, Task *task)
{
	List	   *calls = NIL;
	ListCell   *lc;

	foreach(lc, adv->delayed_calls)
	{
		DelayedCallRow *call = lfirst(lc);

		if (!is_call_of(call, task))
			continue;
		calls = lappend(calls, call);
		adv->delayed_calls = foreach_delete_current(adv->delayed_calls, lc);
	}
	if (!adv->is_simulated && !task->row->row.is_new)
		calls = list_concat(calls, mst_store_take_delayed_calls(&task->id));
	return calls;
}

/* The action that the database would run or end by this call, if it is one. */
static bool
action_of_call(const DelayedCallRow *call, pg_uuid_t *action_id)
{
	if (strcmp(call->kind, "finish_action") != 0 && strcmp(call->kind, "run_action") != 0)
		return false;
	return mst_uuid_parse(mst_json_get_text(call->args, "action_id"), action_id);
}

static void
cancel_action(Advance *adv, const pg_uuid_t *action_id)
{
	mst_action_end_by_engine(adv, action_id, EXEC_CANCELLED,
							 mst_json_text(NOT_FINISHED));
}

/* Running actions of one attempt that nobody has to end. */
typedef struct LeftActions
{
	int			attempt;
	List	   *ids;			/* pg_uuid_t * */
	MemoryContext mcxt;
} LeftActions;

static bool
note_left(ActionRow *action, void *arg)
{
	LeftActions *left = arg;
	MemoryContext old = MemoryContextSwitchTo(left->mcxt);

	if (!mst_state_is_completed(action->state) && action->attempt == left->attempt &&
		action->executor_id == 0 && !mst_report_is_recorded(&action->id))
	{
		pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

		*id = action->id;
		left->ids = lappend(left->ids, id);
	}
	MemoryContextSwitchTo(old);
	return true;
}

void
mst_task_abandon_actions(Advance *adv, Task *task, int attempt)
{
	LeftActions left = {attempt, NIL, adv->mcxt};
	ListCell   *lc;

	/* a rerun may have begun meanwhile, but not the attempt that is meant */
	if (attempt == task->row->attempt && !mst_state_is_completed(task->row->state))
		return;
	mst_store_each_action(&task->id, 1, task->row->children, note_left, &left);
	foreach(lc, left.ids)
	{
		ActionRow  *action = mst_store_action(lfirst(lc));

		mst_action_end(adv, action, EXEC_CANCELLED, mst_json_text(NOT_FINISHED));
		action->is_abandoned = true;
		mst_advance_touch_action(adv, task, action);
		if (attempt == task->row->attempt)
			mst_task_child_done(adv, task, EXEC_CANCELLED, NULL);
	}
}

/* ---- ends ---- */

static bool
is_action_of(const pg_uuid_t *action_id, const Task *task)
{
	pg_uuid_t	task_id = mst_uuid_task_of_action(action_id);

	return mst_uuid_equal(&task_id, &task->id);
}

/* Take back the actions of the task that this call was about to hand out. */
static List *
take_back_offered(Advance *adv, Task *task)
{
	List	   *ids = NIL;
	ListCell   *lc;

	foreach(lc, adv->offered)
	{
		pg_uuid_t  *id = lfirst(lc);
		ActionRow	withdrawn = {.id = *id, .state = EXEC_CANCELLED};

		if (!is_action_of(id, task))
			continue;
		(void) adv->offer(&withdrawn, adv->offer_arg);
		ids = lappend(ids, id);
		adv->offered = foreach_delete_current(adv->offered, lc);
	}
	return ids;
}

/* Take back the actions of the task that no executor has claimed. */
static void
take_back_queued(Advance *adv, Task *task)
{
	List	   *ids;
	ListCell   *lc;

	if (task->row->type != 'A' || task->row->open_children == 0)
		return;
	ids = take_back_offered(adv, task);
	foreach(lc, adv->queue)
	{
		QueueRow   *queued = lfirst(lc);

		if (!is_action_of(&queued->action_id, task))
			continue;
		ids = lappend(ids, &queued->action_id);
		adv->queue = foreach_delete_current(adv->queue, lc);
	}
	if (!adv->is_simulated && !task->row->row.is_new)
		ids = list_concat(ids, mst_store_take_queued(&task->id));
	foreach(lc, ids)
		cancel_action(adv, lfirst(lc));
}

static void
settle_task(Advance *adv, Task *task)
{
	bool		has_children = task->row->open_children > 0;
	ListCell   *lc;

	if (has_children && task->row->type == 'W')
	{
		task->rt.left_children = true;
		task->rt_dirty = true;
		if (task->rt.timed_out && !mst_state_is_completed(task->exec->row->state))
			mst_subworkflow_end(adv, task, adv->now + ORPHAN_GRACE);
	}
	if (task->spec->timeout == NULL && !(has_children && task->row->type == 'A'))
		return;
	foreach(lc, take_calls(adv, task))
	{
		pg_uuid_t	action_id;

		if (action_of_call(lfirst(lc), &action_id))
			cancel_action(adv, &action_id);
	}
	take_back_queued(adv, task);
	if (task->row->type == 'A' && task->row->open_children > 0)
		mst_advance_delay(adv, "abandon_actions", task->exec, task,
						  adv->now + ABANDON_GRACE, NULL,
						  mst_task_timer_args(task));
}

/* A task that is not completed when its execution has ended. */
static void
end_task(Advance *adv, Task *task)
{
	ListCell   *lc;

	foreach(lc, take_calls(adv, task))
	{
		pg_uuid_t	action_id;

		if (action_of_call(lfirst(lc), &action_id))
			cancel_action(adv, &action_id);
		else
			mst_task_set_aside(adv, task, lfirst(lc));
	}
	take_back_queued(adv, task);

	/* one whose last action has just been cancelled ends by itself */
	if (!mst_state_is_completed(task->row->state) && task->row->open_children == 0 &&
		task->coming_state == EXEC_NONE)
		mst_task_suspend(adv, task);
}

static void
settle_execution(Advance *adv, Exec *exec)
{
	ListCell   *lc;

	if (exec->row->open_tasks == 0 && !mst_subworkflow_is_called(exec->spec))
		return;
	mst_advance_load_tasks(adv, exec);
	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);
		bool		has_children = task->rt.left_children || task->row->open_children > 0;

		if (task->row->type == 'W' && has_children)
			mst_subworkflow_end(adv, task, task->rt.timed_out ?
								adv->now + ORPHAN_GRACE : adv->now);
		if (!mst_state_is_completed(task->row->state))
			end_task(adv, task);
	}
}

bool
mst_advance_settle(Advance *adv)
{
	while (adv->ended_tasks != NIL || adv->ended_execs != NIL)
	{
		if (adv->ended_tasks != NIL)
		{
			Task	   *task = llast(adv->ended_tasks);

			adv->ended_tasks = list_delete_last(adv->ended_tasks);
			if (mst_state_is_completed(task->row->state))
				settle_task(adv, task);
		}
		else
		{
			Exec	   *exec = llast(adv->ended_execs);

			adv->ended_execs = list_delete_last(adv->ended_execs);
			if (mst_state_is_completed(exec->row->state))
				settle_execution(adv, exec);
		}
	}
	return adv->steps_count > 0;
}
