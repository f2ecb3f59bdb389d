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
 * as it is until its result arrives; executors are told to give up what they
 * have claimed.  Tasks of people end: nobody may do them any more.
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

#include "engine/memory/rollback_row.h"
#include "engine/steps/steps.h"
#include "engine/work/human_end.h"
#include "engine/work/wait_task.h"
#include "store/claims.h"
#include "store/lookups.h"
#include "store/recalls.h"
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

/*
 * until it is looked whether a claim that was under way has been rolled back
 */
#define CLAIM_GRACE		USECS_PER_SEC

#define NOT_FINISHED "The action was not finished when its task or execution ended."

/* ---- calls ---- */

static void
cancel_action(EngineCall *call, const pg_uuid_t *action_id)
{
	mst_action_end_by_engine(call, action_id, MST_STATE_CANCELLED,
							 mst_json_text(NOT_FINISHED));
}

/* The executor that the call says is lost has the action still. */
static bool
is_with_lost(const DelayedCallRow *delayed, const pg_uuid_t *action_id)
{
	ActionRow  *action = mst_store_action(action_id);
	int64		executor_id = mst_json_get_int(delayed->args, "executor_id", 0);

	return action != NULL && executor_id != 0 && action->executor_id == executor_id;
}

/*
 * Cancels the action that only this call would bring to an end: the database
 * was to run or end it, or its executor is lost.  False: the call is about
 * the task.
 */
static bool
cancel_action_of_call(EngineCall *call, const DelayedCallRow *delayed)
{
	CallKind	kind = mst_call_kind_from_name(delayed->kind);
	bool		is_lost = kind == CALL_LOSE_ACTION;
	pg_uuid_t	action_id;

	if (!is_lost && kind != CALL_FINISH_ACTION && kind != CALL_RUN_ACTION)
		return false;
	if (!mst_uuid_parse(mst_json_get_text(delayed->args, "action_id"), &action_id))
		elog(ERROR, "delayed call without action id");
	if (!is_lost || is_with_lost(delayed, &action_id))
		cancel_action(call, &action_id);
	return true;
}

/*
 * Running actions of an attempt and those before it that nobody has to end,
 * and no executor may be claiming.
 */
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

	if (!mst_state_is_completed(action->state) && action->attempt <= left->attempt &&
		action->executor_id == 0 && !mst_store_is_queued(&action->id) &&
		!mst_report_is_recorded(&action->id))
	{
		pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

		*id = action->id;
		left->ids = lappend(left->ids, id);
	}
	MemoryContextSwitchTo(old);
	return true;
}

/* The task has ended and its actions have had some time to end, too. */
void
mst_task_abandon_actions(EngineCall *call, Task *task, int attempt)
{
	ChildEnd	cancelled = {.state = MST_STATE_CANCELLED};
	LeftActions left = {attempt, NIL, call->mcxt};
	ListCell   *lc;

	/*
	 * a rerun may have begun meanwhile, but not the attempt that is meant; a
	 * rollback does not wait any longer
	 */
	if (attempt == task->row->attempt && !mst_state_is_completed(task->row->state) &&
		!(mst_task_is_stopped(task) && mst_execution_rolls_back(task->exec)))
		return;
	mst_store_each_action(&task->id, 1, task->row->children, note_left, &left);
	foreach(lc, left.ids)
	{
		ActionRow  *action = mst_store_action(lfirst(lc));

		mst_action_end(call, action, MST_STATE_CANCELLED, mst_json_text(NOT_FINISHED));
		action->is_abandoned = true;
		mst_call_touch_action(call, task, action);
		if (action->attempt == task->row->attempt)
			mst_task_child_done(call, task, &cancelled);
	}
}

/* ---- ends ---- */

static bool
is_action_of(const pg_uuid_t *action_id, const Task *task)
{
	pg_uuid_t	task_id = mst_uuid_task_of_action(action_id);

	return mst_uuid_equal(&task_id, &task->id);
}

/* Takes back the actions of the task that this call was about to hand out. */
static List *
take_back_offered(EngineCall *call, Task *task)
{
	List	   *ids = NIL;
	ListCell   *lc;

	foreach(lc, call->offered)
	{
		pg_uuid_t  *id = lfirst(lc);
		ActionRow	withdrawn = {.id = *id, .state = MST_STATE_CANCELLED};

		if (!is_action_of(id, task))
			continue;
		(void) call->offer(&withdrawn, call->offer_arg);
		ids = lappend(ids, id);
		call->offered = foreach_delete_current(call->offered, lc);
	}
	return ids;
}

static bool
recall_action(ActionRow *action, void *arg)
{
	if (!mst_state_is_completed(action->state) && !mst_report_is_recorded(&action->id))
		mst_store_recall(action->executor_id, &action->id, false);
	return true;
}

/*
 * Has the executors told to give up what they have claimed of the task, as
 * far as that is unfinished after all that this call has changed.
 */
static void
recall_claimed(EngineCall *call, Task *task)
{
	int			first = task->runtime.left_children ? 1 : task->runtime.first_child + 1;

	if (call->is_simulated || !mst_task_has_children(task))
		return;
	mst_call_write_actions(call);
	mst_store_each_action(&task->id, first, task->row->children, recall_action, NULL);
}

/*
 * Returns whether it has to be known how the actions of the task end, although
 * nothing follows: what succeeds has to be undone.
 */
static bool
is_awaited(const Task *task)
{
	return mst_execution_rolls_back(task->exec) && task->spec->compensation != NO_TASK;
}

/*
 * Takes back the actions of the task: those that no executor has claimed end
 * here, the others when their executors have been told.  One that is being
 * claimed is looked at again, as the claim may be rolled back or not.
 */
static void
take_back_actions(EngineCall *call, Task *task)
{
	List	   *ids;
	bool		is_busy;
	ListCell   *lc;

	if (task->row->type != TASK_TYPE_ACTION || !mst_task_has_children(task))
		return;
	ids = take_back_offered(call, task);
	ids = list_concat(ids, mst_call_take_queued(call, task, &is_busy));
	foreach(lc, ids)
		cancel_action(call, lfirst(lc));
	if (!is_awaited(task))
		recall_claimed(call, task);
	if (is_busy)
		mst_call_delay(call, CALL_TAKE_BACK_ACTIONS, task->exec, task,
					   call->now + CLAIM_GRACE, NULL, NULL);
}

/* Some action of the task may have come back to the queue. */
void
mst_task_take_back_actions(EngineCall *call, Task *task)
{
	if (mst_task_is_stopped(task) || mst_state_is_completed(task->row->state))
		take_back_actions(call, task);
}

/* Actions that nobody seems to end are cancelled some time later. */
static void
abandon_later(EngineCall *call, Task *task)
{
	if (mst_task_has_children(task))
		mst_call_delay(call, CALL_ABANDON_ACTIONS, task->exec, task,
					   call->now + ABANDON_GRACE, NULL,
					   mst_task_timer_args(task));
}

static void
settle_task(EngineCall *call, Task *task)
{
	bool		has_children = mst_task_has_children(task);
	ListCell   *lc;

	if (has_children && task->row->type == TASK_TYPE_WORKFLOW)
	{
		task->runtime.left_children = true;
		task->runtime_dirty = true;
		if (task->runtime.timed_out && !mst_state_is_completed(task->exec->row->state))
			mst_subworkflow_end(call, task, call->now + ORPHAN_GRACE);
	}
	if (task->spec->wait != NULL)
	{
		mst_wait_cancel(call, task);
		has_children = false;
	}
	if (task->spec->timeout == NULL && !(has_children && task->row->type == TASK_TYPE_ACTION))
		return;
	foreach(lc, mst_call_take_delayed_calls(call, task))
		(void) cancel_action_of_call(call, lfirst(lc));
	take_back_actions(call, task);
	mst_human_end_all(call, task);
	if (task->row->type == TASK_TYPE_ACTION)
		abandon_later(call, task);
}

/*
 * A wait, or a task of people, that was suspended begins anew, with a timer of
 * its own.
 */
static bool
is_timer_of_own(const DelayedCallRow *delayed)
{
	CallKind	kind = mst_call_kind_from_name(delayed->kind);

	return kind == CALL_TIMEOUT_WAIT || kind == CALL_HUMAN_TIMER;
}

/* A task that is not completed when its execution has ended. */
static void
end_task(EngineCall *call, Task *task)
{
	ListCell   *lc;

	foreach(lc, mst_call_take_delayed_calls(call, task))
	{
		if (!cancel_action_of_call(call, lfirst(lc)) && !is_timer_of_own(lfirst(lc)))
			mst_task_set_aside(call, task, lfirst(lc));
	}
	if (task->spec->wait != NULL && mst_wait_suspend(call, task))
		return;
	/* nothing but wait-after has kept it from its end, which counts */
	if (mst_execution_rolls_back(task->exec) && task->runtime.end_state != MST_STATE_NONE)
	{
		mst_task_complete_again(call, task);
		return;
	}
	if (!mst_execution_rolls_back(task->exec) && mst_human_suspend(call, task))
		return;
	take_back_actions(call, task);
	mst_human_end_all(call, task);
	if (mst_execution_rolls_back(task->exec) && task->row->type == TASK_TYPE_ACTION)
		abandon_later(call, task);

	/* one whose last action has just been cancelled ends by itself */
	if (!mst_state_is_completed(task->row->state) && task->row->open_children == 0 &&
		task->coming_state == MST_STATE_NONE)
		mst_task_suspend(call, task);
}

/* Settles an execution that has ended, or rolls back: then not what does that. */
static void
settle_execution(EngineCall *call, Execution *exec)
{
	ListCell   *lc;

	if (exec->row->open_tasks == 0 && !mst_subworkflow_is_called(exec->spec))
		return;
	mst_call_load_tasks(call, exec);
	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);

		if (!mst_task_is_stopped(task))
			continue;
		if (task->row->type == TASK_TYPE_WORKFLOW && mst_task_has_children(task))
			mst_subworkflow_end(call, task, task->runtime.timed_out ?
								call->now + ORPHAN_GRACE : call->now);
		if (!mst_state_is_completed(task->row->state))
			end_task(call, task);
		/* whatever becomes of its actions */
		task->slots_over |= task->runtime.slots != SLOTS_NONE;
	}
}

/* Settle what has become final; true: there are steps to take again. */
bool
mst_call_settle(EngineCall *call)
{
	while (call->ended_tasks != NIL || call->ended_execs != NIL)
	{
		if (call->ended_tasks != NIL)
		{
			Task	   *task = llast(call->ended_tasks);

			call->ended_tasks = list_delete_last(call->ended_tasks);
			if (mst_state_is_completed(task->row->state))
				settle_task(call, task);
		}
		else
		{
			Execution  *exec = llast(call->ended_execs);

			call->ended_execs = list_delete_last(call->ended_execs);
			if (mst_state_is_completed(exec->row->state) || mst_execution_rolls_back(exec))
				settle_execution(call, exec);
		}
	}
	return call->steps_count > 0;
}
