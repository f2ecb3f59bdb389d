/*-------------------------------------------------------------------------
 *
 * outbox.c
 *	  What a call leaves to others: delayed calls and actions to run.
 *
 * Delayed calls are work that has a time, or that another transaction has to do.
 * Changes of stored sub-executions (pause, cancel, resume) are collected and left
 * to one call for some of them each, as there may be many.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/engine_objects.h"
#include "store/claims.h"
#include "store/queue.h"
#include "util/json.h"
#include "util/uuid.h"

/* stored children that one transaction changes at most */
#define CHILD_PORTION	100

/* ---- delayed calls ---- */

static DelayedCallRow *
add_delayed_call(EngineCall *call, CallKind kind, TimestampTz due,
				 const char *project, const char *key, const Jsonb *args)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);
	DelayedCallRow *delayed = palloc0(sizeof(DelayedCallRow));

	delayed->row.is_new = true;
	delayed->due_at = due;
	delayed->created_at = call->now;
	delayed->kind = mst_call_kind_name(kind);
	delayed->project_id = pstrdup(project);
	delayed->key = key != NULL ? pstrdup(key) : NULL;
	delayed->args = mst_json_copy(args);
	call->delayed_calls = lappend(call->delayed_calls, delayed);
	MemoryContextSwitchTo(old);
	return delayed;
}

/*
 * Leaves a call about an execution, or one of its tasks (NULL: none).  Of calls
 * with the same key only one is kept; key and args may be NULL.
 */
void
mst_call_delay(EngineCall *call, CallKind kind, Execution *exec, Task *task,
			   TimestampTz due, const char *key, Jsonb *args)
{
	DelayedCallRow *delayed = add_delayed_call(call, kind, due,
											   exec->row->project_id, key, args);

	delayed->execution_id = exec->id;
	delayed->root_id = exec->row->root_id;
	if (task != NULL)
		delayed->task_id = task->id;
}

/*
 * Leaves a call about an action; task is NULL for a stand-alone run, error for
 * what is not another attempt.
 */
void
mst_call_delay_action(EngineCall *call, CallKind kind, Task *task,
					  ActionRow *action, TimestampTz due, Jsonb *args,
					  const char *error)
{
	const char *key = task == NULL ? mst_store_action_call_key(&action->id) : NULL;
	DelayedCallRow *delayed = add_delayed_call(call, kind, due, action->project_id, key, args);

	delayed->execution_id = action->execution_id;
	delayed->root_id = action->root_id;
	delayed->error = error != NULL ? MemoryContextStrdup(call->mcxt, error) : NULL;
	if (task != NULL)
		delayed->task_id = task->id;
}

/*
 * Leaves a call about an execution below that one, which need not be in
 * memory.
 */
void
mst_call_delay_child(EngineCall *call, CallKind kind, Execution *parent,
					 const pg_uuid_t *child_id, TimestampTz due, Jsonb *args)
{
	DelayedCallRow *delayed = add_delayed_call(call, kind, due, parent->row->project_id,
											   NULL, args);

	delayed->execution_id = *child_id;
	delayed->root_id = parent->row->root_id;
}

/*
 * Drops the call of that key, which may be stored, or be one that this call
 * was to leave.
 */
void
mst_call_drop_delayed(EngineCall *call, const char *key, bool is_stored)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);
	ListCell   *lc;

	foreach(lc, call->delayed_calls)
	{
		DelayedCallRow *delayed = lfirst(lc);

		if (delayed->key != NULL && strcmp(delayed->key, key) == 0)
			call->delayed_calls = foreach_delete_current(call->delayed_calls, lc);
	}
	if (is_stored && !call->is_simulated)
		call->dropped_keys = lappend(call->dropped_keys, pstrdup(key));
	MemoryContextSwitchTo(old);
}

/* Returns the key of the delayed call that is a task's timer, palloc'd. */
char *
mst_human_timer_key(const pg_uuid_t *action_id)
{
	return psprintf("human-%s", mst_uuid_text(action_id));
}

/*
 * Lets the timer of a task have something to do at that time; one that is stored
 * must have been dropped.
 */
void
mst_call_set_human_timer(EngineCall *call, const HumanTaskRow *human, TimestampTz due)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);
	DelayedCallRow *delayed = palloc0(sizeof(DelayedCallRow));

	delayed->row.is_new = true;
	delayed->created_at = call->now;
	delayed->due_at = due;
	delayed->execution_id = human->execution_id;
	delayed->root_id = human->root_id;
	delayed->task_id = human->task_id;
	delayed->kind = mst_call_kind_name(CALL_HUMAN_TIMER);
	delayed->project_id = pstrdup(human->project_id);
	delayed->key = mst_human_timer_key(&human->id);
	delayed->args = mst_json_object1("action_id", mst_json_text(mst_uuid_text(&human->id)));
	call->delayed_calls = lappend(call->delayed_calls, delayed);
	MemoryContextSwitchTo(old);
}

/*
 * Arguments that let a timer find out whether its task has moved on meanwhile.
 */
Jsonb *
mst_task_timer_args(Task *task)
{
	return mst_json_object1("attempt", mst_json_int(task->row->attempt));
}

/* ---- changes of sub-executions ---- */

/*
 * Returns the arguments of a call that brings sub-executions into a state;
 * "ids" (pg_uuid_t *) is NIL for a call about its own execution.
 */
Jsonb *
mst_child_change_args(List *ids, State state, const char *info)
{
	JsonBuilder b;
	ListCell   *lc;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "state", mst_state_name(state));
	if (info != NULL)
		mst_json_add_text(&b, "message", info);
	if (ids != NIL)
	{
		mst_json_open_array(&b, "children");
		foreach(lc, ids)
			mst_json_add_text(&b, NULL, mst_uuid_text(lfirst(lc)));
		mst_json_close_array(&b);
	}
	return mst_json_end(&b);
}

/* A change of stored sub-executions that a delayed call will make. */
typedef struct ChildChange
{
	Execution  *parent;			/* of the first of them */
	List	   *ids;			/* pg_uuid_t * */
	State		state;
	char	   *info;
	TimestampTz due;
} ChildChange;

/* Returns the change that others like it go into, or NULL. */
static ChildChange *
find_change(EngineCall *call, State state, const char *info, TimestampTz due)
{
	ChildChange *change = call->child_changes == NIL ? NULL : llast(call->child_changes);

	if (change == NULL || list_length(change->ids) >= CHILD_PORTION ||
		change->state != state || change->due != due ||
		strcmp(change->info != NULL ? change->info : "", info != NULL ? info : "") != 0)
		return NULL;
	return change;
}

/*
 * Leaves the change of a stored sub-execution to a delayed call that does the
 * same to others, whatever is above them: trees can be slender.  It does not
 * wait for what the sub-executions themselves have due, as calls of different
 * kinds take turns.
 */
void
mst_child_change_later(EngineCall *call, Execution *parent, const pg_uuid_t *id, State state,
					   const char *info, TimestampTz due)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);
	ChildChange *change = find_change(call, state, info, due);
	pg_uuid_t  *copy = palloc(sizeof(pg_uuid_t));

	if (change == NULL)
	{
		change = palloc(sizeof(ChildChange));
		*change = (ChildChange)
		{
			.parent = parent,
				.state = state,
				.info = info != NULL ? pstrdup(info) : NULL,
				.due = due
		};
		call->child_changes = lappend(call->child_changes, change);
	}
	*copy = *id;
	change->ids = lappend(change->ids, copy);
	MemoryContextSwitchTo(old);
}

/* Makes delayed calls of the changes that have been left to later. */
void
mst_child_changes_delay(EngineCall *call)
{
	ListCell   *lc;

	foreach(lc, call->child_changes)
	{
		ChildChange *change = lfirst(lc);

		mst_call_delay(call, CALL_CHANGE_CHILDREN, change->parent, NULL, change->due, NULL,
					   mst_child_change_args(change->ids, change->state, change->info));
	}
	call->child_changes = NIL;
}

/* ---- actions for executors ---- */

/*
 * Hands an action to executors: to the caller, or through the queue, with the
 * priority of its task.
 */
void
mst_call_enqueue(EngineCall *call, ActionRow *action, int priority)
{
	QueueRow   *queued;
	MemoryContext old;

	if (call->is_simulated)
		return;
	old = MemoryContextSwitchTo(call->mcxt);
	if (call->offer != NULL && call->offer(action, call->offer_arg))
	{
		pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

		*id = action->id;
		call->offered = lappend(call->offered, id);
		MemoryContextSwitchTo(old);
		return;
	}
	queued = mst_queue_row(action, call->now, priority);
	call->queue = lappend(call->queue, queued);
	MemoryContextSwitchTo(old);
}
