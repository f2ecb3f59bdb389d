/*-------------------------------------------------------------------------
 *
 * wait_terms.c
 *	  Finding what unfinished executions, tasks and actions wait for.
 *
 * Nothing may be unfinished without something that will continue it: an
 * action that somebody works on or is to complete, a sub-execution, a delayed
 * call, a recorded result, a task that a join depends on.  These functions
 * find it; where there is none they say so, which is a bug to be reported.
 *
 * They read the tables by key, so that they cost the same in a table of
 * millions.  A caller checks that the user may see what he asks about; all
 * that is found belongs to the same project, but for the executor that has
 * claimed an action, whose name is shown as far as row level security shows it.
 *
 * Whether a delayed call has still something to do is for the engine to say,
 * as is whether a route to a join can still arrive.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"

#include "definition/definitions.h"
#include "engine/calls/delayed.h"
#include "engine/flow/join.h"
#include "engine/memory/human_rows.h"
#include "engine/memory/signal_rows.h"
#include "sql/wait_person.h"
#include "store/access.h"
#include "store/claims.h"
#include "store/delayed_calls.h"
#include "store/home.h"
#include "store/lookups.h"
#include "store/maintenance.h"
#include "store/policy.h"
#include "store/queue.h"
#include "store/queue_kinds.h"
#include "store/reporting.h"
#include "store/scan.h"
#include "store/slots.h"
#include "util/json.h"
#include "util/uuid.h"

/* calls of a task that are searched for the one of an action, at most */
#define MAX_CALLS	200

/* The part of a task's row by which unfinished ones are found. */
typedef struct TaskHead
{
	RowState	row;
	pg_uuid_t	id;
	State		state;
	bool		processed;
} TaskHead;

static const TableColumn task_columns[] = {
	COLUMN(TaskHead, id, COL_UUID),
	COLUMN(TaskHead, state, COL_STATE),
	COLUMN(TaskHead, processed, COL_BOOL)
};

static TableDef task_heads = {
	.name = "task_executions",
	.row_size = sizeof(TaskHead),
	.ncolumns = lengthof(task_columns),
	.columns = task_columns,
	.nindexes = 1,
	.indexes = {"task_executions_execution_idx"}
};

LIST_TABLE(task_heads);

/* The part of a delayed call's row that is shown. */
typedef struct CallHead
{
	RowState	row;
	int64		id;
	TimestampTz due_at;
	TimestampTz created_at;
	pg_uuid_t	task_id;
	bool		is_dead;
	char	   *kind;
	Jsonb	   *args;
	char	   *error;
} CallHead;

static const TableColumn call_columns[] = {
	COLUMN(CallHead, id, COL_IDENTITY),
	COLUMN(CallHead, due_at, COL_TIMESTAMP),
	COLUMN(CallHead, created_at, COL_TIMESTAMP),
	COLUMN_NULL(CallHead, task_id, COL_UUID),
	COLUMN(CallHead, is_dead, COL_BOOL),
	COLUMN(CallHead, kind, COL_TEXT),
	COLUMN_NULL(CallHead, args, COL_JSONB),
	COLUMN_NULL(CallHead, error, COL_TEXT)
};

enum
{
	BY_EXECUTION,
	BY_TASK,
	BY_KEY
};

static TableDef call_heads = {
	.name = "delayed_calls",
	.row_size = sizeof(CallHead),
	.ncolumns = lengthof(call_columns),
	.columns = call_columns,
	.nindexes = 3,
	.indexes = {
		[BY_EXECUTION] = "delayed_calls_execution_idx",
		[BY_TASK] = "delayed_calls_task_idx",
		[BY_KEY] = "delayed_calls_key_idx"
	}
};

LIST_TABLE(call_heads);

/* The part of an executor's row that is shown. */
typedef struct ExecutorHead
{
	RowState	row;
	char	   *name;
	char	   *role_name;
	TimestampTz lease_until;
} ExecutorHead;

static const TableColumn executor_columns[] = {
	COLUMN(ExecutorHead, name, COL_TEXT),
	COLUMN(ExecutorHead, role_name, COL_TEXT),
	COLUMN(ExecutorHead, lease_until, COL_TIMESTAMP)
};

static TableDef executor_heads = {
	.name = "executors",
	.row_size = sizeof(ExecutorHead),
	.ncolumns = lengthof(executor_columns),
	.columns = executor_columns,
	.nindexes = 1,
	.indexes = {"executors_pkey"}
};

LIST_TABLE(executor_heads);

/* The part of the row of an execution that waits for its turn. */
typedef struct QueuedStart
{
	RowState	row;
	char	   *key;
} QueuedStart;

static const TableColumn queued_start_columns[] = {
	COLUMN(QueuedStart, key, COL_TEXT)
};

static TableDef queued_starts = {
	.name = "start_queue",
	.row_size = sizeof(QueuedStart),
	.ncolumns = lengthof(queued_start_columns),
	.columns = queued_start_columns,
	.nindexes = 1,
	.indexes = {"start_queue_pkey"}
};

LIST_TABLE(queued_starts);

/* The part of a key's row that says whose turn it is. */
typedef struct StartKey
{
	RowState	row;
	pg_uuid_t	turn_id;
} StartKey;

static const TableColumn start_key_columns[] = {
	COLUMN(StartKey, turn_id, COL_UUID)
};

static TableDef start_keys = {
	.name = "start_keys",
	.row_size = sizeof(StartKey),
	.ncolumns = lengthof(start_key_columns),
	.columns = start_key_columns,
	.nindexes = 1,
	.indexes = {"start_keys_pkey"}
};

LIST_TABLE(start_keys);

/* ---- terms ---- */

static WaitReason *
add_term(WaitSearch *search, WaitKind kind, const char *project)
{
	WaitReason *term = palloc0(sizeof(WaitReason));

	term->kind = kind;
	term->project = project;
	search->terms = lappend(search->terms, term);
	return term;
}

static WaitReason *
add_execution_term(WaitSearch *search, WaitKind kind, const ExecutionRow *execution)
{
	WaitReason *term = add_term(search, kind, execution->project_id);

	term->execution_id = execution->id;
	return term;
}

static WaitReason *
add_task_term(WaitSearch *search, WaitKind kind, const TaskRow *task)
{
	WaitReason *term = add_term(search, kind, task->project_id);

	term->execution_id = task->execution_id;
	term->task_id = task->id;
	term->task = task->name;
	term->compensates = task->compensates;
	return term;
}

/* Adds a reason that an action gives; "task" is NULL for an action by itself. */
static WaitReason *
add_action_term(WaitSearch *search, WaitKind kind, const ActionRow *action, const TaskRow *task)
{
	WaitReason *term = add_term(search, kind, pstrdup(action->project_id));

	term->execution_id = action->execution_id;
	term->task_id = action->task_id;
	term->action_id = action->id;
	term->action = pstrdup(action->name);
	if (task != NULL)
	{
		term->task = task->name;
		term->compensates = task->compensates;
	}
	return term;
}

/* ---- pauses ---- */

/*
 * Returns the execution whose resume takes this one along: the topmost of those
 * above it that are paused, or itself.  What a task has given up is not taken
 * along.
 */
static pg_uuid_t
topmost_paused(const ExecutionRow *execution)
{
	pg_uuid_t	id = execution->id;
	pg_uuid_t	task_id = execution->parent_task_id;

	while (!mst_uuid_is_none(&task_id))
	{
		TaskRow    *task = mst_store_task(&task_id);
		ExecutionRow *above = task == NULL || mst_state_is_completed(task->state) ? NULL :
		mst_store_execution(&task->execution_id, LOCK_NONE, NULL);

		if (above == NULL || above->state != MST_STATE_PAUSED)
			break;
		id = above->id;
		task_id = above->parent_task_id;
	}
	return id;
}

/*
 * Returns whether the pause that came from the other execution, above or below,
 * is that one's to end: it is paused itself, and no task between has ended.
 */
static bool
follows_pause(const ExecutionRow *execution, const char *other_id)
{
	pg_uuid_t	id;
	ExecutionRow *other = mst_uuid_parse(other_id, &id) ?
	mst_store_execution(&id, LOCK_NONE, NULL) : NULL;
	TaskRow    *task;

	if (other == NULL || other->state != MST_STATE_PAUSED)
		return false;
	task = mst_store_task(other->depth > execution->depth ?
						  &other->parent_task_id : &execution->parent_task_id);
	return task != NULL && !mst_state_is_completed(task->state);
}

/* Notes who has paused the execution, and what has to be resumed. */
static void
note_pause(WaitReason *term, const ExecutionRow *execution)
{
	Jsonb	   *by = execution->paused_by;
	const char *role = mst_json_get_text(by, "role");
	const char *task = mst_json_get_text(by, "task");
	const char *other = mst_json_get_text(by, "execution_id");

	term->resume_id = topmost_paused(execution);
	term->since = execution->updated_at != 0 ? execution->updated_at : execution->created_at;
	term->is_elsewhere = (other != NULL && follows_pause(execution, other)) ||
		term->task != NULL || term->action != NULL;
	if (role != NULL)
		term->by = psprintf("role \"%s\"", role);
	else if (other != NULL)
		term->by = psprintf("execution %s", other);
	else if (task != NULL)
		term->by = psprintf("%s of task \"%s\"", mst_json_get_text(by, "policy"), task);
}

/*
 * Adds that the execution is paused, for itself or for a task that goes on when
 * it does.  What others have paused cannot be resumed in maintenance.
 */
static void
add_pause(WaitSearch *search, const ExecutionRow *execution, const TaskRow *task)
{
	WaitReason *term;

	if (task == NULL && !execution->paused_by_maintenance && mst_maintenance_is_on())
		(void) add_execution_term(search, WAIT_MAINTENANCE, execution);
	term = add_execution_term(search, execution->paused_by_maintenance ? WAIT_MAINTENANCE : WAIT_PAUSED,
							  execution);
	if (task != NULL)
	{
		term->task_id = task->id;
		term->task = task->name;
	}
	note_pause(term, execution);
}

/* ---- delayed calls ---- */

/*
 * Returns what a call about a task is for, where a definition says so; NULL:
 * it is the engine's own business.
 */
static const char *
timer_name(CallKind kind, const TaskRuntime *runtime)
{
	switch (kind)
	{
		case CALL_CONTINUE_TASK:
			return runtime != NULL && runtime->retry_no > 0 ? "retry" : "wait-before";
		case CALL_COMPLETE_TASK:
			return "wait-after";
		case CALL_TIMEOUT_TASK:
		case CALL_TIMEOUT_EXECUTION:
			return "timeout";
		case CALL_FINISH_ACTION:
			return "delay";
		case CALL_BEGIN_EXECUTION:
			return "start";
		default:
			return NULL;
	}
}

static void
note_call(WaitReason *term, const CallHead *call, const TaskRuntime *runtime)
{
	CallKind	kind = mst_call_kind_from_name(call->kind);
	const char *timer = mst_json_get_text(call->args, "for");

	if (timer == NULL)
		timer = timer_name(kind, runtime);
	if (kind == CALL_RUN_ACTION && call->error != NULL)
		timer = "another attempt";
	if (timer != NULL)
		term->kind = WAIT_TIMER;
	term->call = timer != NULL ? timer : call->kind;
	term->call_id = call->id;
	term->since = call->created_at;
	term->due = call->due_at;
	term->error = call->error;
	term->is_dead = call->is_dead;
	term->is_refused = kind == CALL_BEGIN_EXECUTION && mst_maintenance_is_on();
}

/*
 * Adds the delayed calls of a task that are about none of its actions and have
 * still something to do; its timeout, which only bounds the wait, comes last.
 */
static void
add_task_calls(WaitSearch *search, const TaskRow *task, const TaskRuntime *runtime)
{
	RowScan		scan;
	ScanKeyData key;
	CallHead   *call;
	CallHead   *timeout = NULL;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, &task->id);
	mst_scan_begin(&scan, &call_heads, BY_TASK, &key, 1, ForwardScanDirection);
	while ((call = mst_scan_next(&scan)) != NULL)
	{
		CallKind	kind = mst_call_kind_from_name(call->kind);

		if (!mst_delayed_continues_task(kind, task, runtime, call->args))
			continue;
		if (kind == CALL_TIMEOUT_TASK)
			timeout = call;
		else
			note_call(add_task_term(search, WAIT_STEP, task), call, runtime);
	}
	mst_scan_end(&scan);
	if (timeout != NULL)
		note_call(add_task_term(search, WAIT_STEP, task), timeout, runtime);
}

/*
 * Adds the delayed calls of an execution that are about none of its tasks; its
 * timeout, which only bounds the wait, comes last.
 */
static void
add_execution_calls(WaitSearch *search, const ExecutionRow *execution)
{
	RowScan		scan;
	ScanKeyData key;
	CallHead   *call;
	CallHead   *timeout = NULL;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, &execution->id);
	mst_scan_begin(&scan, &call_heads, BY_EXECUTION, &key, 1, ForwardScanDirection);
	while ((call = mst_scan_next(&scan)) != NULL)
	{
		if (mst_call_kind_from_name(call->kind) == CALL_TIMEOUT_EXECUTION)
			timeout = call;
		else if (mst_uuid_is_none(&call->task_id))
			note_call(add_execution_term(search, WAIT_STEP, execution), call, NULL);
	}
	mst_scan_end(&scan);
	if (timeout != NULL)
		note_call(add_execution_term(search, WAIT_STEP, execution), timeout, NULL);
}

/* Returns whether a delayed call with these arguments is about the action. */
static bool
is_about_action(Jsonb *args, const pg_uuid_t *id)
{
	const char *named = mst_json_get_text(args, "action_id");

	return named != NULL && strcmp(named, mst_uuid_text(id)) == 0;
}

/*
 * Returns the call by which the database runs or ends the action, or NULL.
 * *is_unknown: the task has too many to look at all for each of its actions.
 */
static CallHead *
find_call_of_action(const ActionRow *action, bool *is_unknown)
{
	bool		is_alone = mst_uuid_is_none(&action->task_id);
	RowScan		scan;
	ScanKeyData key;
	CallHead   *call = NULL;
	int			left = MAX_CALLS;

	if (is_alone)
		mst_scan_key_text(&key, 1, mst_store_action_call_key(&action->id));
	else
		mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, &action->task_id);
	mst_scan_begin(&scan, &call_heads, is_alone ? BY_KEY : BY_TASK, &key, 1, ForwardScanDirection);
	while (left > 0 && (call = mst_scan_next(&scan)) != NULL &&
		   !is_about_action(call->args, &action->id))
		left--;
	mst_scan_end(&scan);
	*is_unknown = left == 0;
	return *is_unknown ? NULL : call;
}

/* ---- actions ---- */

/* Returns the executor of that number; NULL if it has been removed. */
static ExecutorHead *
find_executor(int64 id)
{
	RowScan		scan;
	ScanKeyData key;
	ExecutorHead *executor;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(id));
	mst_scan_begin(&scan, &executor_heads, 0, &key, 1, ForwardScanDirection);
	executor = mst_scan_next(&scan);
	mst_scan_end(&scan);
	return executor;
}

/*
 * Notes the executor that has claimed the action, and what hints at its being lost: a
 * lease that has run out means that the action will be queued again.
 */
static void
note_claim(WaitReason *term, const ActionRow *action)
{
	ExecutorHead *executor = find_executor(action->executor_id);

	term->since = action->claimed_at;
	term->executor_id = action->executor_id;
	if (executor == NULL)
		return;
	term->lease_until = executor->lease_until;

	/* as the policy read_serving on the table of executors says */
	if (mst_can_read_project(executor->role_name) ||
		mst_role_serves(executor->role_name, mst_current_project()))
		term->executor = executor->name;
	else
		term->is_hidden = true;
}

/* Adds that the action goes on when its execution does. */
static void
add_pause_of_action(WaitSearch *search, const ActionRow *action, const TaskRow *task)
{
	ExecutionRow *execution = mst_store_execution(&action->execution_id, LOCK_NONE, NULL);
	WaitReason *term = add_action_term(search, WAIT_PAUSED, action, task);

	term->resume_id = action->execution_id;
	if (execution == NULL || execution->state != MST_STATE_PAUSED)
		return;
	if (execution->paused_by_maintenance)
		term->kind = WAIT_MAINTENANCE;
	note_pause(term, execution);
}

/*
 * Adds that a queued action waits for an executor, unless its execution or everything is
 * paused: then it is not handed out.
 */
static void
add_queued(WaitSearch *search, const QueueRow *queued, const ActionRow *action,
		   const TaskRow *task)
{
	WaitReason *term;

	if (queued->is_held || mst_query_is_paused(&action->execution_id))
	{
		add_pause_of_action(search, action, task);
		return;
	}
	term = add_action_term(search, WAIT_QUEUED, action, task);
	term->since = queued->due_at;
	term->run_name = pstrdup(mst_action_run_name(action));
	if (action->target != NULL && action->target[0] != '\0')
		term->target = pstrdup(action->target);
	if (mst_uuid_is_none(&action->execution_id) && mst_maintenance_is_on())
		term->kind = WAIT_MAINTENANCE;
	else if (!mst_store_has_executor_for(action, &term->knows_executors))
	{
		term->is_unserved = true;
		term->has_rules = mst_policy_has_outbound(mst_policy_service(term->run_name));
	}
	else
		term->before = mst_store_queued_before(queued, WAITS_MAX_BEFORE);
}

/*
 * Returns whether the call that runs the action has been put off until the
 * execution is resumed.
 */
static bool
is_set_aside(const ActionRow *action)
{
	TaskRow    *task = mst_store_task(&action->task_id);
	Jsonb	   *calls = task == NULL ? NULL : mst_json_get(mst_json_get(task->runtime, "__engine"), "set_aside");

	for (int i = 0; i < mst_json_count(calls); i++)
	{
		if (is_about_action(mst_json_get(mst_json_item(calls, i), "args"), &action->id))
			return true;
	}
	return false;
}

/* What will run or end an action of the database itself, which is never queued. */
static void
add_own_action(WaitSearch *search, const ActionRow *action, const TaskRow *task)
{
	bool		is_unknown;
	CallHead   *call = find_call_of_action(action, &is_unknown);

	if (call != NULL)
		note_call(add_action_term(search, WAIT_STEP, action, task), call, NULL);
	else if (is_unknown)
		add_action_term(search, WAIT_STEP, action, task)->since = action->created_at;
	else if (is_set_aside(action))
		add_pause_of_action(search, action, task);
	else
		add_action_term(search, WAIT_NOTHING, action, task)->reason = "it is neither queued nor claimed";
}

/* Returns whether the task takes a signal only with data that pass a filter. */
static bool
has_filter(const ActionRow *action)
{
	TaskRow    *task = mst_store_task(&action->task_id);
	ExecutionRow *execution = mst_store_execution(&action->execution_id, LOCK_NONE, NULL);
	const WaitSpec *wait = task == NULL || execution == NULL ? NULL :
	mst_definition_workflow_spec(&execution->version_id)->tasks[task->task_index].wait;

	for (int i = 0; wait != NULL && i < wait->n_terms; i++)
	{
		if (wait->terms[i].filter != NULL)
			return true;
	}
	return false;
}

/* Adds the signals that a wait lacks, and until when it lasts. */
static void
add_signals(WaitSearch *search, const ActionRow *action, const TaskRow *task)
{
	WaitReason *term = add_action_term(search, WAIT_SIGNAL, action, task);
	bool		is_unknown;
	CallHead   *timer = find_call_of_action(action, &is_unknown);

	term->since = action->created_at;
	term->signals = mst_json_get(action->input, "all");
	term->needs_all = term->signals != NULL;
	if (!term->needs_all)
		term->signals = mst_json_get(action->input, "any");
	term->has_filter = has_filter(action);
	if (timer != NULL && !timer->is_dead)
		term->due = timer->due_at;
}

/*
 * Adds what an unfinished action waits for.  The order is that of the engine: a
 * recorded result is applied whatever else there is, and a paused action is
 * nobody's to run.
 */
static void
add_action(WaitSearch *search, const ActionRow *action, const TaskRow *task)
{
	QueueRow   *queued;
	WaitReason *term;

	if (mst_report_is_recorded(&action->id))
		add_action_term(search, WAIT_RECORDED, action, task);
	else if (mst_action_is_wait(action))
		add_signals(search, action, task);
	else if (action->state == MST_STATE_PAUSED)
	{
		term = add_action_term(search, WAIT_PAUSED, action, task);
		term->is_action = true;
		term->since = action->updated_at;
	}
	else if (action->executor_id != 0)
		note_claim(add_action_term(search, WAIT_CLAIMED, action, task), action);
	else if ((queued = mst_row_by_id(&mst_queue_table, QUEUE_BY_ACTION, &action->id)) != NULL)
		add_queued(search, queued, action, task);
	else if (mst_action_is_human(action))
		mst_wait_note_person(add_action_term(search, WAIT_PERSON, action, task), action);
	else if (!action->is_sync)
		add_action_term(search, WAIT_ASYNCHRONOUS, action, task)->since = action->created_at;
	else
		add_own_action(search, action, task);
}

static bool
is_open_action(const ActionRow *action)
{
	return action->state == MST_STATE_RUNNING || action->state == MST_STATE_PAUSED;
}

/* ---- tasks ---- */

/* Adds how many there are besides those that are named. */
static void
add_more(WaitSearch *search, int64 left_out, const ExecutionRow *execution, const TaskRow *task)
{
	WaitReason *term;

	if (left_out <= 0)
		return;
	term = task != NULL ? add_task_term(search, WAIT_MORE, task) :
		add_execution_term(search, WAIT_MORE, execution);
	term->count = left_out;
}

/* Unfinished children of a task, as they are added. */
typedef struct ChildSearch
{
	WaitSearch *search;
	const TaskRow *task;
	int			named;
} ChildSearch;

/* Returns whether further children are to be looked at. */
static bool
has_unnamed(const ChildSearch *children)
{
	return children->named < children->search->max_named &&
		children->named < children->task->open_children;
}

/*
 * Adds an unfinished action of a task's present attempt; those of earlier
 * attempts have been given up.
 */
static bool
add_task_action(ActionRow *action, void *arg)
{
	ChildSearch *children = arg;

	CHECK_FOR_INTERRUPTS();
	if (!is_open_action(action) || action->attempt != children->task->attempt)
		return true;
	add_action(children->search, action, children->task);
	children->named++;
	return has_unnamed(children);
}

/* Adds a sub-execution, and what that waits for as far as it is to be looked at. */
static bool
add_child_execution(ExecutionRow *child, void *arg)
{
	ChildSearch *children = arg;
	WaitReason *term;

	CHECK_FOR_INTERRUPTS();
	if (mst_state_is_completed(child->state))
		return true;
	term = add_task_term(children->search, WAIT_SUB_WORKFLOW, children->task);
	term->child_id = child->id;
	term->workflow = pstrdup(child->workflow_name);
	term->state = child->state;
	term->since = child->created_at;
	if (children->search->depth > 0)
	{
		WaitSearch	below = {children->search->max_named, children->search->depth - 1, NIL};

		if (mst_waits_of_execution(&below, &child->id))
			term->terms = below.terms;
	}
	children->named++;
	return has_unnamed(children);
}

static void
add_children(WaitSearch *search, const TaskRow *task)
{
	ChildSearch children = {search, task, 0};

	if (task->open_children == 0)
		return;
	if (task->type == TASK_TYPE_ACTION)
		mst_store_each_action(&task->id, 1, task->children, add_task_action, &children);
	else
		mst_store_each_child_execution(&task->id, add_child_execution, &children);
	add_more(search, task->open_children - children.named, NULL, task);
}

/* Says how far a task is that has its items as rows. */
static void
add_items(WaitSearch *search, const TaskRow *task, const TaskRuntime *runtime)
{
	WaitReason *term = add_task_term(search, WAIT_ITEMS, task);

	term->n_items = runtime->item_count;
	term->n_started = Min(runtime->next_item, runtime->item_count);
	term->n_succeeded = runtime->succeeded_items;
	term->n_failed = runtime->failed_items;
	term->n_waiting = mst_runtime_holds_items(runtime) ? 0 : runtime->waiting_items;
}

/* ---- joins ---- */

/*
 * Returns whether the route to a join can still arrive from a task that has
 * not started.  One that needs all its routes would have failed otherwise.
 */
static bool
can_still_start(const TaskRow *join, const TaskSpec *spec, int inbound)
{
	EngineCall *call;
	Execution  *execution;
	bool		can_arrive;

	if (mst_join_needed(spec) == spec->n_inbound)
		return true;
	call = mst_call_begin();
	execution = mst_call_execution(call, &join->execution_id, LOCK_NONE, NULL);
	can_arrive = execution != NULL &&
		mst_join_route(call, execution, inbound, join->task_index) == ROUTE_OPEN;
	mst_call_drop(call);
	return can_arrive;
}

/*
 * Returns whether the latest run of an inbound task may still lead to the
 * join.
 */
static bool
can_still_arrive(const TaskRow *join, const TaskSpec *spec, int inbound, const TaskRow *latest)
{
	if (latest == NULL)
		return can_still_start(join, spec, inbound);
	return !mst_state_is_completed(latest->state) || !latest->processed;
}

/*
 * Adds a join that waits for inbound tasks, with what has become of the route
 * from each: it has arrived, can still come, or cannot any more.
 */
static void
add_join(WaitSearch *search, const TaskRow *join, const ExecutionRow *execution)
{
	const WorkflowSpec *workflow = mst_definition_workflow_spec(&execution->version_id);
	const TaskSpec *spec = &workflow->tasks[join->task_index];
	WaitReason *term = add_task_term(search, WAIT_JOIN, join);
	TaskRuntime runtime;

	mst_runtime_read(&runtime, join->runtime);
	term->since = join->created_at;
	term->needed = mst_join_needed(spec);
	for (int i = 0; i < spec->n_inbound; i++)
	{
		const TaskSpec *inbound = &workflow->tasks[spec->inbound[i]];
		TaskRow    *latest = mst_store_latest_task(&join->execution_id, inbound->index);
		WaitRoute  *route = palloc(sizeof(WaitRoute));

		route->task = pstrdup(inbound->name);
		route->state = latest == NULL ? MST_STATE_NONE : latest->state;
		if (bms_is_member(inbound->index, runtime.arrived))
			term->arrived = lappend(term->arrived, route);
		else if (can_still_arrive(join, spec, inbound->index, latest))
			term->coming = lappend(term->coming, route);
		else
			term->closed = lappend(term->closed, route);
	}
}

/* Adds who has the slots of the limit that a task or execution waits for. */
static void
add_holders(WaitSearch *search, WaitReason *term, const SlotRow *waiting)
{
	ListCell   *lc;

	foreach(lc, mst_slot_holders(waiting, search->max_named + 1))
	{
		SlotRow    *slot = lfirst(lc);
		TaskRow    *task = mst_store_task(&slot->holder_id);
		WaitHolder *holder = palloc0(sizeof(WaitHolder));

		term->has_more = list_length(term->holders) == search->max_named;
		if (term->has_more)
			break;
		holder->execution_id = slot->execution_id;
		holder->since = slot->since;
		if (task != NULL)
		{
			holder->task_id = task->id;
			holder->task = task->name;
		}
		term->holders = lappend(term->holders, holder);
	}
}

/* The limit of which a task, or an execution that is to begin, waits for a slot. */
static void
add_limit(WaitSearch *search, const ExecutionRow *execution, const TaskRow *task)
{
	SlotRow    *waiting = mst_slot_waiting(&execution->id, task != NULL ? &task->id : &execution->id);
	WaitReason *term;
	SlotWant	bounds;

	if (waiting == NULL)
		return;
	term = task != NULL ? add_task_term(search, WAIT_LIMIT, task) :
		add_execution_term(search, WAIT_LIMIT, execution);
	term->limit = waiting->name;
	term->key = waiting->key;
	term->since = waiting->since;
	bounds = mst_slot_bounds(waiting, &term->due);
	term->is_stored = waiting->name != NULL &&
		mst_limit_read(waiting->project_id, waiting->name, &bounds);
	term->max = bounds.max;
	term->rate = bounds.rate;
	term->window_s = bounds.window_s;
	add_holders(search, term, waiting);
}

/*
 * Adds what an unfinished task waits for.  That it is nothing is said only after
 * all has been looked at, because that answer is taken for a bug.
 */
static void
add_task(WaitSearch *search, const TaskRow *task, const ExecutionRow *execution)
{
	int			found = list_length(search->terms);
	TaskRuntime runtime;

	mst_runtime_read(&runtime, task->runtime);
	/* a join that is tried again, or held by a pause, has got what it needs */
	if (task->state == MST_STATE_WAITING && runtime.retry_no == 0 && !runtime.held)
		add_join(search, task, execution);
	if (runtime.slots == SLOTS_AWAITED)
		add_limit(search, execution, task);
	add_children(search, task);
	add_task_calls(search, task, &runtime);
	if (runtime.keeps_items && list_length(search->terms) > found)
		add_items(search, task, &runtime);
	if (list_length(search->terms) > found)
		return;

	if (execution->state == MST_STATE_PAUSED)
		add_pause(search, execution, task);
	else
		add_task_term(search, WAIT_NOTHING, task)->reason =
			mst_state_is_completed(execution->state) ? "its execution has ended" :
			"no action, call or task is left that would continue it";
}

/*
 * Returns whether a task is not completed, or is completed and what follows
 * it has not been decided.
 */
static bool
is_open_task(State state, bool processed)
{
	return !mst_state_is_completed(state) || !processed;
}

/* ---- executions ---- */

static void
add_tasks(WaitSearch *search, const ExecutionRow *execution)
{
	RowScan		scan;
	ScanKeyData key;
	TaskHead   *head;
	int			named = 0;

	if (execution->open_tasks == 0)
		return;
	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, &execution->id);
	mst_scan_begin(&scan, &task_heads, 0, &key, 1, ForwardScanDirection);
	while (named < search->max_named && named < execution->open_tasks &&
		   (head = mst_scan_next(&scan)) != NULL)
	{
		TaskRow    *task;

		CHECK_FOR_INTERRUPTS();
		/* what ended while it rolls back is followed by nothing */
		if (is_open_task(head->state, head->processed || execution->rollback != NULL) &&
			(task = mst_store_task(&head->id)) != NULL)
		{
			add_task(search, task, execution);
			named++;
		}
		pfree(head);
	}
	mst_scan_end(&scan);
	add_more(search, execution->open_tasks - named, execution, NULL);
}

/*
 * Adds the execution whose end one that is queued under its key waits for; there
 * may be others before it.
 */
static void
add_turn(WaitSearch *search, const ExecutionRow *execution)
{
	QueuedStart *queued = mst_row_by_id(&queued_starts, 0, &execution->id);
	ScanKeyData keys[2];
	List	   *rows;
	WaitReason *term;

	if (queued == NULL)
		return;
	term = add_execution_term(search, WAIT_TURN, execution);
	term->key = queued->key;
	term->since = execution->created_at;
	mst_scan_key_text(&keys[0], 1, execution->project_id);
	mst_scan_key_text(&keys[1], 2, queued->key);
	rows = mst_rows_by_keys(&start_keys, 0, keys, 2);
	if (rows != NIL)
		term->turn_id = ((StartKey *) linitial(rows))->turn_id;
}

/* Returns whether a worker has something to do for the execution by now. */
static bool
has_due_work(List *terms)
{
	ListCell   *cell;

	foreach(cell, terms)
	{
		WaitReason *term = lfirst(cell);

		if (term->kind == WAIT_RECORDED ||
			((term->kind == WAIT_STEP || term->kind == WAIT_TIMER) && !term->is_dead &&
			 term->due < GetCurrentTimestamp()))
			return true;
	}
	return false;
}

/* Adds the session whose transaction what is due and not done may wait for. */
static void
add_lock(WaitSearch *search, const ExecutionRow *execution)
{
	int			pid = has_due_work(search->terms) ? mst_store_execution_holder(&execution->id) : 0;

	if (pid != 0)
		add_execution_term(search, WAIT_LOCK, execution)->pid = pid;
}

/* Adds what an unfinished execution waits for. */
static void
add_execution(WaitSearch *search, const ExecutionRow *execution)
{
	int			found = list_length(search->terms);
	List	   *results;

	if (!mst_home_is_settled())
		add_execution_term(search, WAIT_RESTORE, execution);
	if (execution->state == MST_STATE_PAUSED)
		add_pause(search, execution, NULL);
	if (execution->state == MST_STATE_IDLE && execution->key != NULL)
		add_turn(search, execution);
	if (execution->state == MST_STATE_IDLE)
		add_limit(search, execution, NULL);
	add_tasks(search, execution);
	add_execution_calls(search, execution);
	results = mst_store_results(&execution->id, 1);
	if (results != NIL)
		add_execution_term(search, WAIT_RECORDED, execution)->since =
			((ResultRow *) linitial(results))->recorded_at;
	add_lock(search, execution);
	if (list_length(search->terms) == found)
		add_execution_term(search, WAIT_NOTHING, execution)->reason =
			"no task, call or result is left that would continue it";
}

/* ---- by id ---- */

/*
 * Adds what an action waits for.  Returns false, with nothing added, if it waits
 * for nothing: it has ended, does not exist, or is not the user's to see.
 */
bool
mst_waits_of_action(WaitSearch *search, const pg_uuid_t *id)
{
	ActionRow  *action = mst_store_action(id);

	if (action == NULL || !is_open_action(action) ||
		!mst_can_read_project(action->project_id))
		return false;
	add_action(search, action, NULL);
	return true;
}

/* Adds what a task waits for, as mst_waits_of_action() does. */
bool
mst_waits_of_task(WaitSearch *search, const pg_uuid_t *id)
{
	TaskRow    *task = mst_store_task(id);
	ExecutionRow *execution;

	if (task == NULL || !is_open_task(task->state, task->processed) ||
		!mst_can_read_project(task->project_id))
		return false;
	execution = mst_store_execution(&task->execution_id, LOCK_NONE, NULL);
	if (execution == NULL)
		return false;
	/* nothing follows a task that ended its execution */
	if (mst_state_is_completed(task->state) &&
		(mst_state_is_completed(execution->state) || execution->rollback != NULL))
		return false;
	add_task(search, task, execution);
	mst_definition_cache_trim();
	return true;
}

/* Adds what an execution waits for, as mst_waits_of_action() does. */
bool
mst_waits_of_execution(WaitSearch *search, const pg_uuid_t *id)
{
	ExecutionRow *execution = mst_store_execution(id, LOCK_NONE, NULL);

	if (execution == NULL || mst_state_is_completed(execution->state) ||
		!mst_can_read_project(execution->project_id))
		return false;
	add_execution(search, execution);
	mst_definition_cache_trim();
	return true;
}
