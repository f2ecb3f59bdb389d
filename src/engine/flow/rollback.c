/*-------------------------------------------------------------------------
 *
 * rollback.c
 *	  Undoing what the tasks of an execution have done, before it ends.
 *
 * An execution that is to end in ERROR (or CANCELLED, where its workflow says
 * so) and has something to undo goes on RUNNING with the member "rollback" in its
 * row, and the end to come is kept with its data.  From then on nothing of it begins but
 * compensations.  What is under way is settled first, as at any end: what has
 * succeeded by then is undone, too.  When no task is unfinished, the
 * compensations run, one after the other, and then the execution ends.
 *
 * A task that is to be undone gets a place (undo_order) when it ends, of which
 * the execution counts the last: see memory/transitions.c.  They are taken from
 * the last to the first, found by an index, and "next" says how far that is.
 * Each compensation is a task execution, so it is made in the transaction that
 * moves "next", and exactly once.
 *
 * A sub-workflow that has succeeded is undone by a sub-execution of the
 * compensation, of the same definition, that only rolls back: its row names the
 * one whose tasks it undoes.  That one remains as it is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"

#include "engine/flow/flow.h"
#include "engine/memory/limits.h"
#include "engine/memory/rollback_row.h"
#include "util/json.h"
#include "util/uuid.h"

/* names of failed compensations that the state_info has */
#define MAX_NAMED 10

/* ---- its beginning ---- */

static bool some_may_undo(EngineCall *call, List *executions);

/* Returns the sub-executions (ExecutionRow *) of tasks that are not completed. */
static List *
running_children(EngineCall *call, const ExecutionRow *row)
{
	Execution  *known = hash_search(call->execs, &row->id, HASH_FIND, NULL);
	List	   *children = NIL;
	ListCell   *lc;

	if (known != NULL)
	{
		mst_call_load_tasks(call, known);
		foreach(lc, known->tasks)
		{
			Task	   *task = lfirst(lc);

			if (task->row->type == TASK_TYPE_WORKFLOW && !mst_state_is_completed(task->row->state))
				children = list_concat(children, mst_subworkflow_rows(call, task));
		}
		return children;
	}
	foreach(lc, mst_store_execution_tasks(&row->id))
	{
		TaskRow    *task = lfirst(lc);

		if (task->type == TASK_TYPE_WORKFLOW && !mst_state_is_completed(task->state))
			children = list_concat(children, mst_store_child_executions(&task->id));
	}
	return children;
}

/*
 * Returns whether something is under way in the execution, or below it, that is
 * undone when it is ended now.
 */
static bool
may_undo(EngineCall *call, const ExecutionRow *row)
{
	const WorkflowSpec *spec;

	if (mst_state_is_completed(row->state) || row->open_tasks == 0)
		return false;
	if (row->undo_count > 0 || row->rollback != NULL)
		return true;
	spec = mst_execution_spec(call, &row->version_id);
	if (spec->has_compensations)
		return true;
	/* every task that calls a workflow has a compensation behind the tasks */
	return spec->n_specs > spec->n_tasks && some_may_undo(call, running_children(call, row));
}

static bool
some_may_undo(EngineCall *call, List *executions)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, executions)
	{
		CHECK_FOR_INTERRUPTS();
		if (may_undo(call, lfirst(lc)))
			return true;
	}
	return false;
}

static bool
wants_rollback(EngineCall *call, Execution *exec, State state)
{
	if (state == MST_STATE_ERROR ? exec->spec->keeps_on_error : !exec->spec->undoes_on_cancel)
		return false;
	return exec->row->undo_count > 0 || may_undo(call, exec->row);
}

static void
begin_rollback(EngineCall *call, Execution *exec, State state, char *info, Jsonb *result)
{
	Rollback	rollback = {.state = state, .next = PG_INT32_MAX};
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);

	mst_rollback_keep_end(exec, info, result);
	mst_rollback_write(call, exec, &rollback);
	exec->row->state_info = mst_limit_state_info(mst_rollback_info(exec));
	exec->row->backlog = NULL;
	call->ended_execs = lappend(call->ended_execs, exec);
	MemoryContextSwitchTo(old);
	mst_execution_queue_check(call, exec);
}

/*
 * Has the execution roll back before it ends so, if there is something to undo.
 * False: it is to end now.  One that rolls back already has its end.
 */
bool
mst_rollback_begin(EngineCall *call, Execution *exec, State state, char *info, Jsonb *result)
{
	if (mst_execution_rolls_back(exec))
		return true;
	if (exec->row->state == MST_STATE_IDLE || !wants_rollback(call, exec, state))
		return false;
	begin_rollback(call, exec, state, info, result);
	return true;
}

/*
 * Cancels a sub-execution because what is above it has failed, or its task does
 * not wait for it any more: it undoes what it has done, as after an error.
 */
void
mst_execution_abort(EngineCall *call, Execution *exec, char *info)
{
	if (mst_execution_rolls_back(exec))
		return;
	if (exec->row->state != MST_STATE_IDLE && wants_rollback(call, exec, MST_STATE_ERROR))
		begin_rollback(call, exec, MST_STATE_CANCELLED, info, NULL);
	else
		mst_execution_cancel(call, exec, info);
}

/* ---- its steps ---- */

/*
 * Returns the task that ended last of those before *next, and moves *next there;
 * NULL: there are no more.  What is in memory is newer than what is stored.
 */
static Task *
last_to_undo(EngineCall *call, const pg_uuid_t *execution_id, int *next)
{
	Execution  *exec = hash_search(call->execs, execution_id, HASH_FIND, NULL);
	Task	   *last = NULL;
	TaskRow    *stored = call->is_simulated ? NULL :
	mst_store_last_to_undo(execution_id, *next);
	ListCell   *lc;

	foreach(lc, exec != NULL ? exec->tasks : NIL)
	{
		Task	   *task = lfirst(lc);
		int			place = task->row->undo_order;

		if (place > 0 && place < *next && (last == NULL || place > last->row->undo_order))
			last = task;
	}
	while (stored != NULL && (last == NULL || stored->undo_order > last->row->undo_order))
	{
		Task	   *task = mst_call_task(call, &stored->id);

		if (task != NULL && task->row->undo_order == stored->undo_order)
		{
			last = task;
			break;
		}
		/* it has left its place in this call */
		stored = mst_store_last_to_undo(execution_id, stored->undo_order);
	}
	if (last != NULL)
		*next = last->row->undo_order;
	return last;
}

/* Makes the compensation of a task; false: none of its items has succeeded. */
static bool
make_compensation(EngineCall *call, Execution *exec, Task *done)
{
	const TaskSpec *spec = &exec->spec->tasks[done->spec->compensation];
	Task	   *task;

	if (spec->n_items > 0 && bms_is_empty(mst_task_items_done(call, done, spec->is_rollback)))
		return false;
	task = mst_call_add_task(call, exec, spec);
	task->row->compensates = done->id;
	task->row->context_id = done->row->published_id;
	task->row->published_id = task->row->context_id;
	mst_call_push(call, STEP_RUN_TASK, exec, task);
	return true;
}

/* Returns the names of compensations that did not succeed; NULL: none. */
static char *
names_of_failed(EngineCall *call, Execution *exec)
{
	StringInfoData text;
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&text);
	mst_call_load_tasks(call, exec);
	foreach(lc, exec->tasks)
	{
		Task	   *task = lfirst(lc);
		State		state = task->row->state;

		if (!mst_task_is_compensation(task) || state == MST_STATE_SUCCESS || state == MST_STATE_SKIPPED)
			continue;
		if (++n <= MAX_NAMED)
			appendStringInfo(&text, "%s%s", n > 1 ? ", " : "", task->row->name);
	}
	if (n > MAX_NAMED)
		appendStringInfo(&text, " and %d more", n - MAX_NAMED);
	return n > 0 ? text.data : NULL;
}

static char *
add_line(char *info, char *line)
{
	return info == NULL || info[0] == '\0' ? line : psprintf("%s\n%s", info, line);
}

static void
end_as(EngineCall *call, Execution *exec, const Rollback *rollback, State state, char *info, Jsonb *result)
{
	/* nothing was undone: what failed can be run again */
	if (rollback->made == 0)
		exec->row->rollback = NULL;
	if (state == MST_STATE_ERROR)
		mst_execution_fail_now(call, exec, info, result);
	else if (state == MST_STATE_CANCELLED)
		mst_execution_cancel_now(call, exec, info);
	else
	{
		mst_execution_set_state(call, exec, state, info);
		exec->row->output = mst_json_object();
	}
}

static void
end_rollback(EngineCall *call, Execution *exec, const Rollback *rollback)
{
	char	   *failed = names_of_failed(call, exec);
	char	   *info = rollback->is_of_other ? NULL : mst_rollback_end_info(exec);
	Jsonb	   *result = rollback->is_of_other ? NULL : mst_rollback_end_result(exec);
	State		state = rollback->state;

	if (failed != NULL)
	{
		info = add_line(info, psprintf("Failed to compensate: %s", failed));
		if (rollback->is_of_other)
		{
			state = MST_STATE_ERROR;
			result = mst_json_text(info);
		}
	}
	end_as(call, exec, rollback, state, info, result);
}

/*
 * No task is unfinished: begins the next compensation, or ends the execution.
 */
void
mst_rollback_go_on(EngineCall *call, Execution *exec)
{
	Rollback	rollback;
	Task	   *done;

	mst_rollback_read(exec, &rollback);
	while ((done = last_to_undo(call, &rollback.of, &rollback.next)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (!make_compensation(call, exec, done))
			continue;
		rollback.made++;
		mst_rollback_write(call, exec, &rollback);
		return;
	}
	rollback.next = 0;
	mst_rollback_write(call, exec, &rollback);
	end_rollback(call, exec, &rollback);
}

/* What is under way may end by itself; what it compensates may be run again. */
static void
stop_compensations(EngineCall *call, Execution *exec)
{
	ListCell   *lc;

	mst_call_load_tasks(call, exec);
	foreach(lc, list_copy(exec->tasks))
	{
		Task	   *task = lfirst(lc);

		if (mst_task_is_compensation(task) && !mst_state_is_completed(task->row->state))
			mst_task_set_state(call, task, MST_STATE_CANCELLED,
							   pstrdup("The compensation has been stopped."));
	}
}

/*
 * Ends an execution that rolls back at once, because somebody has asked for
 * that.  A rerun of the compensation that is cancelled goes on with the rest.
 */
void
mst_rollback_stop(EngineCall *call, Execution *exec, State state, char *message)
{
	Rollback	rollback;

	mst_rollback_read(exec, &rollback);
	if (message == NULL)
		message = mst_rollback_end_info(exec);
	message = add_line(message, "The compensation has been stopped.");
	end_as(call, exec, &rollback, state, message, mst_json_text(mst_limit_message(message)));
	stop_compensations(call, exec);
}

/* ---- a sub-execution that only rolls back ---- */

/*
 * Begins the rollback of an execution that has succeeded, by the one given, which
 * was made for that; info says what for.
 */
void
mst_rollback_begin_of(EngineCall *call, Execution *exec, const ExecutionRow *done, char *info)
{
	Rollback	rollback = {
		.state = MST_STATE_SUCCESS, .next = PG_INT32_MAX,
		.of = done->id, .is_of_other = true
	};

	mst_rollback_keep_end(exec, info, NULL);
	mst_rollback_write(call, exec, &rollback);
	mst_execution_set_state(call, exec, MST_STATE_RUNNING, NULL);
	mst_execution_queue_check(call, exec);
}
