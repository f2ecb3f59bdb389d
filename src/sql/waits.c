/*-------------------------------------------------------------------------
 *
 * waits.c
 *	  What unfinished executions, tasks and actions wait for, in words.
 *
 * Nothing may be unfinished without something that will continue it: an
 * action that somebody works on or is to complete, a sub-execution, a delayed
 * call, a recorded result, a task that a join depends on.  These functions
 * name it; where there is none they say so, which is a bug to be reported.
 *
 * They read the tables by key, so that they cost the same in a table of
 * millions, and show what the current user may see only.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "definition/definitions.h"
#include "engine/memory/signal_rows.h"
#include "store/access.h"
#include "store/claims.h"
#include "store/home.h"
#include "store/policy.h"
#include "store/queue.h"
#include "store/reporting.h"
#include "store/scan.h"
#include "store/tasks.h"
#include "util/bits.h"
#include "util/json.h"
#include "util/state.h"
#include "util/uuid.h"

PG_FUNCTION_INFO_V1(mistral_action_waits_for);
PG_FUNCTION_INFO_V1(mistral_task_waits_for);
PG_FUNCTION_INFO_V1(mistral_execution_waits_for);

/* things of a kind that are named, at most */
#define MAX_NAMED	3

/* actions queued before one that are counted, at most */
#define MAX_BEFORE	100

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
	TimestampTz due_at;
	pg_uuid_t	task_id;
	bool		is_dead;
	char	   *kind;
	Jsonb	   *args;
	char	   *error;
} CallHead;

static const TableColumn call_columns[] = {
	COLUMN(CallHead, due_at, COL_TIMESTAMP),
	COLUMN_NULL(CallHead, task_id, COL_UUID),
	COLUMN(CallHead, is_dead, COL_BOOL),
	COLUMN(CallHead, kind, COL_TEXT),
	COLUMN_NULL(CallHead, args, COL_JSONB),
	COLUMN_NULL(CallHead, error, COL_TEXT)
};

enum
{
	BY_EXECUTION,
	BY_TASK
};

static TableDef call_heads = {
	.name = "delayed_calls",
	.row_size = sizeof(CallHead),
	.ncolumns = lengthof(call_columns),
	.columns = call_columns,
	.nindexes = 2,
	.indexes = {
		[BY_EXECUTION] = "delayed_calls_execution_idx",
		[BY_TASK] = "delayed_calls_task_idx"
	}
};

LIST_TABLE(call_heads);

/* The parts of the rows about a queued action and its executor. */
typedef struct QueueHead
{
	RowState	row;
	TimestampTz due_at;
	bool		is_held;
} QueueHead;

static const TableColumn queue_columns[] = {
	COLUMN(QueueHead, due_at, COL_TIMESTAMP),
	COLUMN(QueueHead, is_held, COL_BOOL)
};

static TableDef queue_heads = {
	.name = "action_queue",
	.row_size = sizeof(QueueHead),
	.ncolumns = lengthof(queue_columns),
	.columns = queue_columns,
	.nindexes = 1,
	.indexes = {"action_queue_pkey"}
};

LIST_TABLE(queue_heads);

typedef struct ExecutorHead
{
	RowState	row;
	char	   *name;
	TimestampTz lease_until;
} ExecutorHead;

static const TableColumn executor_columns[] = {
	COLUMN(ExecutorHead, name, COL_TEXT),
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

/* An execution that waits for its turn, and the key that says whose it is. */
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

/*
 * The time, to the second, in the session's time zone.
 */
static const char *
time_text(TimestampTz time)
{
	return timestamptz_to_str(time - time % USECS_PER_SEC);
}

/* Separates a cause from the one before it; a task may wait for several. */
static void
append_separator(StringInfo text)
{
	if (text->len > 0)
		appendStringInfoString(text, "; ");
}

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
 * Names the executor that has claimed the action, and what hints at its
 * being lost: a lease that has run out means that the action will be queued
 * again.
 */
static void
add_executor(StringInfo text, const ActionRow *action)
{
	ExecutorHead *executor = find_executor(action->executor_id);

	if (executor == NULL)
		appendStringInfo(text, "executor " INT64_FORMAT ", which is gone",
						 action->executor_id);
	else
		appendStringInfo(text, "executor \"%s\"", executor->name);
	if (action->claimed_at != 0)
		appendStringInfo(text, " since %s", time_text(action->claimed_at));
	if (executor != NULL && executor->lease_until < GetCurrentTimestamp())
		appendStringInfoString(text, ", whose lease has run out");
}

/*
 * Says that a queued action waits for an executor.  One whose execution
 * does not run is in the queue, but not claimed.
 */
static void
add_queued(StringInfo text, const QueueHead *queued, const ActionRow *action)
{
	int			n;

	if (queued->is_held)
	{
		appendStringInfoString(text, "resume_execution()");
		return;
	}
	appendStringInfoString(text, "an executor");
	if (action->target != NULL && action->target[0] != '\0')
		appendStringInfo(text, " for target \"%s\"", action->target);
	appendStringInfo(text, " since %s", time_text(queued->due_at));
	if (!mst_store_has_executor_for(action))
	{
		appendStringInfo(text, ", but no connected executor takes %s", mst_action_run_name(action));
		if (mst_policy_has_outbound(mst_policy_service(mst_action_run_name(action))))
			appendStringInfoString(text, " and goes by the rules on where requests may go");
		return;
	}
	n = mst_store_queued_before(&action->id, MAX_BEFORE);
	if (n > 0)
		appendStringInfo(text, ", queued behind %d%s", n, n == MAX_BEFORE ? " or more" : "");
}

/*
 * Names a delayed call.  A dead one is named, too: the execution will not
 * go on before an administrator revives it.
 */
static void
add_call(StringInfo text, const CallHead *call)
{
	append_separator(text);
	if (call->is_dead)
		appendStringInfo(text, "call %s, given up: %s", call->kind,
						 call->error ? call->error : "unknown error");
	else
		appendStringInfo(text, "call %s, due at %s", call->kind,
						 time_text(call->due_at));
	if (!call->is_dead && call->error != NULL)
		appendStringInfo(text, " after the error: %s", call->error);
}

/* Returns whether a delayed call with these arguments is about the action. */
static bool
is_about_action(Jsonb *args, const pg_uuid_t *id)
{
	const char *named = mst_json_get_text(args, "action_id");

	return named != NULL && strcmp(named, mst_uuid_text(id)) == 0;
}

/*
 * The call by which the database runs or ends the action, or NULL.  *is_unknown:
 * the task has too many to look at all for each of its actions, or there is no
 * task by which to find it.
 */
static CallHead *
find_call_of_action(const ActionRow *action, bool *is_unknown)
{
	RowScan		scan;
	ScanKeyData key;
	CallHead   *call = NULL;
	int			left = MAX_CALLS;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, &action->task_id);
	mst_scan_begin(&scan, &call_heads, BY_TASK, &key, 1, ForwardScanDirection);
	while (left > 0 && (call = mst_scan_next(&scan)) != NULL &&
		   !is_about_action(call->args, &action->id))
		left--;
	mst_scan_end(&scan);
	*is_unknown = left == 0 || mst_uuid_is_none(&action->task_id);
	return *is_unknown ? NULL : call;
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

/*
 * Names what will run or end an action of the database itself, which is
 * never in the queue.
 */
static void
add_own_action(StringInfo text, const ActionRow *action)
{
	StringInfoData own;
	bool		is_unknown;
	CallHead   *call = find_call_of_action(action, &is_unknown);

	initStringInfo(&own);
	if (call != NULL)
		add_call(&own, call);
	else if (is_unknown)
		appendStringInfoString(&own, "a delayed call");
	else if (is_set_aside(action))
		appendStringInfoString(&own, "resume_execution()");
	else
		appendStringInfoString(&own, "nothing: it is neither queued nor claimed");
	appendBinaryStringInfo(text, own.data, own.len);
}

/* Names the signals that a wait lacks, and how each is sent. */
static void
add_signal_names(StringInfo text, Jsonb *terms, const char *between)
{
	int			n = mst_json_count(terms);

	for (int i = 0; i < Min(n, MAX_NAMED); i++)
	{
		Jsonb	   *term = mst_json_item(terms, i);
		char	   *signal = mst_json_get_text(term, "signal");

		if (i > 0)
			appendStringInfo(text, " %s ", between);
		if (signal != NULL)
			appendStringInfo(text, "signal() \"%s\"", signal);
		else
			appendStringInfo(text, "raise_event() \"%s\"", mst_json_get_text(term, "event"));
	}
	if (n > MAX_NAMED)
		appendStringInfo(text, " %s %d more", between, n - MAX_NAMED);
}

/* Names what a task waits for that takes signals, and until when. */
static void
add_signals(StringInfo text, const ActionRow *action)
{
	Jsonb	   *all = mst_json_get(action->input, "all");
	bool		is_unknown;
	CallHead   *timer = find_call_of_action(action, &is_unknown);

	if (all != NULL)
		add_signal_names(text, all, "and");
	else
		add_signal_names(text, mst_json_get(action->input, "any"), "or");
	appendStringInfo(text, " since %s", time_text(action->created_at));
	if (timer != NULL && !timer->is_dead)
		appendStringInfo(text, ", until %s", time_text(timer->due_at));
}

/*
 * Names what an unfinished action waits for.  The order is that of the
 * engine: a recorded result is applied whatever else there is, and a paused
 * action is nobody's to run.
 */
static void
add_action(StringInfo text, const ActionRow *action)
{
	QueueHead  *queued;

	if (mst_report_is_recorded(&action->id))
		appendStringInfoString(text, "its recorded result to be processed");
	else if (mst_action_is_wait(action))
		add_signals(text, action);
	else if (action->state == MST_STATE_PAUSED)
		appendStringInfoString(text, "complete_action() to resume it");
	else if (action->executor_id != 0)
		add_executor(text, action);
	else if ((queued = mst_row_by_id(&queue_heads, 0, &action->id)) != NULL)
		add_queued(text, queued, action);
	else if (!action->is_sync)
		appendStringInfo(text, "complete_action() since %s",
						 time_text(action->created_at));
	else
		add_own_action(text, action);
}

static bool
is_open_action(const ActionRow *action)
{
	return action->state == MST_STATE_RUNNING || action->state == MST_STATE_PAUSED;
}

/* Unfinished actions of a task, as they are added. */
typedef struct ActionList
{
	StringInfo	text;
	int			attempt;
	int			named;
} ActionList;

/*
 * Names an unfinished action of a task's present attempt; those of earlier
 * attempts have been given up.  Stops at MAX_NAMED, because a task may have
 * a million items.
 */
static bool
add_task_action(ActionRow *action, void *arg)
{
	ActionList *list = arg;

	if (!is_open_action(action) || action->attempt != list->attempt)
		return true;
	append_separator(list->text);
	appendStringInfo(list->text, "action %s: ", action->name);
	add_action(list->text, action);
	return ++list->named < MAX_NAMED;
}

static void
add_more(StringInfo text, int left_out)
{
	if (left_out > 0)
		appendStringInfo(text, "; and %d more", left_out);
}

static void
add_task_actions(StringInfo text, const TaskRow *task)
{
	ActionList	list = {text, task->attempt, 0};

	mst_store_each_action(&task->id, 1, task->children, add_task_action, &list);
	if (list.named == MAX_NAMED)
		add_more(text, task->open_children - list.named);
}

static void
add_child_executions(StringInfo text, const TaskRow *task)
{
	int			named = 0;
	ListCell   *cell;

	foreach(cell, mst_store_child_executions(&task->id))
	{
		ExecutionRow *child = lfirst(cell);

		if (mst_state_is_completed(child->state))
			continue;
		if (named == MAX_NAMED)
		{
			add_more(text, task->open_children - named);
			break;
		}
		append_separator(text);
		appendStringInfo(text, "execution %s of workflow %s",
						 mst_uuid_text(&child->id),
						 child->workflow_name);
		named++;
	}
}

/*
 * The delayed calls of a task that are about none of its actions, or those of
 * an execution that are about no task.
 */
static void
add_calls(StringInfo text, int index, const pg_uuid_t *id)
{
	RowScan		scan;
	ScanKeyData key;
	CallHead   *call;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, id);
	mst_scan_begin(&scan, &call_heads, index, &key, 1, ForwardScanDirection);
	while ((call = mst_scan_next(&scan)) != NULL)
	{
		if (index == BY_EXECUTION ? !mst_uuid_is_none(&call->task_id) :
			mst_json_get_text(call->args, "action_id") != NULL)
			continue;
		add_call(text, call);
	}
	mst_scan_end(&scan);
}

/*
 * Returns the inbound tasks that have led to a waiting join, by their
 * indexes; the engine keeps them in the task's runtime
 * (engine/memory/task_runtime.c).
 */
static Bitmapset *
read_arrived(const TaskRow *join)
{
	return mst_bits_parse(mst_json_get_text(mst_json_get(join->runtime, "__engine"),
											"arrived"));
}

/*
 * Names the inbound tasks of a waiting join that have not led to it, with
 * their states: one that was never started may still be reached by a route.
 */
static void
add_inbound(StringInfo text, const TaskRow *join, const ExecutionRow *execution)
{
	Bitmapset  *arrived = read_arrived(join);
	const WorkflowSpec *spec =
	mst_definition_workflow_spec(&execution->version_id);
	const TaskSpec *task = &spec->tasks[join->task_index];

	for (int i = 0; i < task->n_inbound; i++)
	{
		const TaskSpec *inbound = &spec->tasks[task->inbound[i]];
		TaskRow    *latest;

		if (bms_is_member(inbound->index, arrived))
			continue;
		latest = mst_store_latest_task(&join->execution_id, inbound->index);
		append_separator(text);
		appendStringInfo(text, "task %s (%s)", inbound->name,
						 latest == NULL ? "not started" :
						 mst_state_name(latest->state));
	}
}

/*
 * Names what an unfinished task waits for.  Says that it is nothing only
 * after all has been looked at, because that answer is taken for a bug.
 */
static void
add_task(StringInfo text, const TaskRow *task, const ExecutionRow *execution)
{
	int			start = text->len;
	StringInfoData own;

	initStringInfo(&own);
	if (task->state == MST_STATE_WAITING)
		add_inbound(&own, task, execution);
	if (task->type == TASK_TYPE_ACTION)
		add_task_actions(&own, task);
	else
		add_child_executions(&own, task);
	add_calls(&own, BY_TASK, &task->id);
	appendBinaryStringInfo(text, own.data, own.len);
	if (text->len > start)
		return;

	if (execution->state == MST_STATE_PAUSED)
		appendStringInfoString(text, "resume_execution()");
	else if (mst_state_is_completed(execution->state))
		appendStringInfoString(text, "nothing: its execution has ended");
	else
		appendStringInfoString(text,
							   "nothing: no action, call or task is left that would continue it");
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

/*
 * The unfinished tasks of an execution.
 */
static void
add_tasks(StringInfo text, const ExecutionRow *execution)
{
	RowScan		scan;
	ScanKeyData key;
	TaskHead   *head;
	int			named = 0;

	mst_scan_key_uuid(&key, 1, BTEqualStrategyNumber, &execution->id);
	mst_scan_begin(&scan, &task_heads, 0, &key, 1, ForwardScanDirection);
	while (named < MAX_NAMED && (head = mst_scan_next(&scan)) != NULL)
	{
		TaskRow    *task;

		if (is_open_task(head->state, head->processed) &&
			(task = mst_store_task(&head->id)) != NULL)
		{
			append_separator(text);
			appendStringInfo(text, "task %s: ", task->name);
			add_task(text, task, execution);
			named++;
		}
		pfree(head);
	}
	mst_scan_end(&scan);
	if (named == MAX_NAMED)
		add_more(text, execution->open_tasks - named);
}

/*
 * Names the execution whose end one that is queued under its key waits for;
 * there may be others before it.
 */
static void
add_turn(StringInfo text, const ExecutionRow *execution)
{
	QueuedStart *queued = mst_row_by_id(&queued_starts, 0, &execution->id);
	ScanKeyData keys[2];
	List	   *rows;

	if (queued == NULL)
		return;
	mst_scan_key_text(&keys[0], 1, execution->project_id);
	mst_scan_key_text(&keys[1], 2, queued->key);
	rows = mst_rows_by_keys(&start_keys, 0, keys, 2);
	append_separator(text);
	if (rows == NIL)
		appendStringInfo(text, "its turn under the key \"%s\"", queued->key);
	else
		appendStringInfo(text, "the end of execution %s, whose turn it is under the key \"%s\"",
						 mst_uuid_text(&((StartKey *) linitial(rows))->turn_id), queued->key);
}

/* Names what an unfinished execution waits for. */
static void
add_execution(StringInfo text, const ExecutionRow *execution)
{
	if (!mst_home_is_settled())
		appendStringInfoString(text, "resume_after_restore(): the database stands still");
	if (execution->state == MST_STATE_PAUSED)
	{
		append_separator(text);
		appendStringInfoString(text, execution->paused_by_maintenance ?
							   "the end of the maintenance" :
							   "resume_execution()");
	}
	if (execution->state == MST_STATE_IDLE && execution->key != NULL)
		add_turn(text, execution);
	add_tasks(text, execution);
	add_calls(text, BY_EXECUTION, &execution->id);
	if (mst_store_results(&execution->id, 1) != NIL)
	{
		append_separator(text);
		appendStringInfoString(text, "recorded results to be processed");
	}
	if (text->len == 0)
		appendStringInfoString(text,
							   "nothing: no task, call or result is left that would continue it");
}

/*
 * action_waits_for(action_id): null if it is not unfinished, or not
 * visible.
 */
Datum
mistral_action_waits_for(PG_FUNCTION_ARGS)
{
	ActionRow  *action = mst_store_action(PG_GETARG_UUID_P(0));
	StringInfoData text;

	if (action == NULL || !is_open_action(action) ||
		!mst_can_read_project(action->project_id))
		PG_RETURN_NULL();
	initStringInfo(&text);
	add_action(&text, action);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text.data, text.len));
}

/* task_waits_for(task_id): null if it is not unfinished, or not visible. */
Datum
mistral_task_waits_for(PG_FUNCTION_ARGS)
{
	TaskRow    *task = mst_store_task(PG_GETARG_UUID_P(0));
	ExecutionRow *execution;
	StringInfoData text;

	if (task == NULL || !is_open_task(task->state, task->processed) ||
		!mst_can_read_project(task->project_id))
		PG_RETURN_NULL();
	execution = mst_store_execution(&task->execution_id, LOCK_NONE, NULL);
	if (execution == NULL)
		PG_RETURN_NULL();
	/* nothing follows a task that ended its execution */
	if (mst_state_is_completed(task->state) && mst_state_is_completed(execution->state))
		PG_RETURN_NULL();
	initStringInfo(&text);
	add_task(&text, task, execution);
	mst_definition_cache_trim();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text.data, text.len));
}

/*
 * execution_waits_for(execution_id): null if it is not unfinished, or not
 * visible.
 */
Datum
mistral_execution_waits_for(PG_FUNCTION_ARGS)
{
	ExecutionRow *execution = mst_store_execution(PG_GETARG_UUID_P(0),
												  LOCK_NONE, NULL);
	StringInfoData text;

	if (execution == NULL || mst_state_is_completed(execution->state) ||
		!mst_can_read_project(execution->project_id))
		PG_RETURN_NULL();
	initStringInfo(&text);
	add_execution(&text, execution);
	mst_definition_cache_trim();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text.data, text.len));
}
