/*-------------------------------------------------------------------------
 *
 * executions_sql.c
 *	  The engine's functions as SQL sees them.
 *
 * They check that the user may see or change the execution concerned: what
 * is not visible does not exist.
 *
 * Each takes its arguments, looks at the rights and calls the engine
 * (engine/calls/); none decides what an operation does.  A row of a project
 * that the user cannot read gives the same error as one that does not
 * exist, so that ids tell nothing.  A row that the user can read but not
 * change gives an error of its own.
 *
 * Rights are looked at before the engine locks anything, from an unlocked
 * row: the project of an execution, task or action never changes.  Texts of
 * errors are those of the reference (docs/conformance.md), which clients
 * compare.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "engine/calls/operations.h"
#include "engine/calls/standalone.h"
#include "engine/memory/human_rows.h"
#include "engine/memory/limits.h"
#include "engine/memory/engine_objects.h"
#include "signal/wake.h"
#include "sql/execution_json.h"
#include "store/access.h"
#include "store/lookups.h"
#include "store/retention.h"
#include "util/args.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/uuid.h"

PG_FUNCTION_INFO_V1(mistral_abandon_action);
PG_FUNCTION_INFO_V1(mistral_cancel_execution);
PG_FUNCTION_INFO_V1(mistral_complete_action);
PG_FUNCTION_INFO_V1(mistral_delete_action_execution);
PG_FUNCTION_INFO_V1(mistral_delete_execution);
PG_FUNCTION_INFO_V1(mistral_get_execution);
PG_FUNCTION_INFO_V1(mistral_pause_execution);
PG_FUNCTION_INFO_V1(mistral_rerun_task);
PG_FUNCTION_INFO_V1(mistral_resume_execution);
PG_FUNCTION_INFO_V1(mistral_run_action);
PG_FUNCTION_INFO_V1(mistral_skip_task);
PG_FUNCTION_INFO_V1(mistral_start_workflow);
PG_FUNCTION_INFO_V1(mistral_stop_execution);
PG_FUNCTION_INFO_V1(mistral_task_published);
PG_FUNCTION_INFO_V1(mistral_task_result);
PG_FUNCTION_INFO_V1(mistral_update_execution_description);
PG_FUNCTION_INFO_V1(mistral_update_execution_env);
PG_FUNCTION_INFO_V1(mistral_wait_action);
PG_FUNCTION_INFO_V1(mistral_wait_execution);

/* ---- arguments ---- */

static Jsonb *
json_arg(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : PG_GETARG_JSONB_P(n);
}

/*
 * Returns an argument that is an id.  The functions are not STRICT, because
 * other arguments may be null, so each looks at its id itself.
 */
static pg_uuid_t
id_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
	return *PG_GETARG_UUID_P(n);
}

/* ---- rights ---- */

static void
not_found(const char *kind, const pg_uuid_t *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_NOT_FOUND),
			 errmsg("%s not found [id=%s]", kind, mst_uuid_text(id))));
}

/*
 * Raises an error unless the user may change what belongs to the project;
 * one that he may not even read is not found.
 */
static void
check_change(const char *kind, const pg_uuid_t *id, const char *project)
{
	if (!mst_can_read_project(project))
		not_found(kind, id);
	if (!mst_can_change_project(project))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
				 errmsg("Can not access %s of another project [id=%s, project_id=%s]",
						kind, mst_uuid_text(id), project)));
}

static ExecutionRow *
readable_execution(const pg_uuid_t *id)
{
	ExecutionRow *row = mst_store_execution(id, LOCK_NONE, NULL);

	if (row == NULL || !mst_can_read_project(row->project_id))
		not_found("WorkflowExecution", id);
	return row;
}

static pg_uuid_t
changeable_execution_arg(FunctionCallInfo fcinfo, int n)
{
	pg_uuid_t	id = id_arg(fcinfo, n, "id");
	ExecutionRow *row = readable_execution(&id);

	check_change("WorkflowExecution", &id, row->project_id);
	return id;
}

/*
 * Returns the id of a task that the user may read or, with "to_change",
 * change.
 */
static pg_uuid_t
task_arg(FunctionCallInfo fcinfo, int n, bool to_change)
{
	pg_uuid_t	id = id_arg(fcinfo, n, "task_id");
	TaskRow    *row = mst_store_task(&id);

	if (row == NULL || !mst_can_read_project(row->project_id))
		not_found("Task execution", &id);
	if (to_change)
		check_change("Task execution", &id, row->project_id);
	return id;
}

/*
 * Returns the state of that name; the engine says which states an operation
 * takes.
 */
static State
state_arg(FunctionCallInfo fcinfo, int n)
{
	char	   *name = mst_text_arg(fcinfo, n);
	State		state = name != NULL ? mst_state_from_name(name) : MST_STATE_NONE;

	if (state == MST_STATE_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_RESULT),
				 errmsg("unknown state \"%s\"", name != NULL ? name : "")));
	return state;
}

/* ---- executions ---- */

/* in characters */
#define MAX_KEY		255

/* Reads key and on_conflict, the arguments n and n + 1. */
static void
read_key(FunctionCallInfo fcinfo, int n, StartRequest *request)
{
	const char *conflict = mst_text_arg(fcinfo, n + 1);
	const char *key = mst_text_arg(fcinfo, n);

	if (conflict != NULL && key == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("on_conflict is given without a key"),
				 errhint("Only executions with a key can be in conflict.")));
	if (key != NULL && (*key == '\0' || pg_mbstrlen(key) > MAX_KEY))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("the key of an execution must have 1 to %d characters", MAX_KEY)));
	request->key = key;
	if (conflict == NULL || strcmp(conflict, "return") == 0)
		request->on_conflict = CONFLICT_RETURN;
	else if (strcmp(conflict, "refuse") == 0)
		request->on_conflict = CONFLICT_REFUSE;
	else if (strcmp(conflict, "queue") == 0)
		request->on_conflict = CONFLICT_QUEUE;
	else
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("on_conflict must be return, refuse or queue, not \"%s\"", conflict)));
}

/* Reads start_at; a time without end would put the start off for ever. */
static TimestampTz
start_at_arg(FunctionCallInfo fcinfo, int n)
{
	TimestampTz start_at = PG_ARGISNULL(n) ? 0 : PG_GETARG_TIMESTAMPTZ(n);

	if (TIMESTAMP_NOT_FINITE(start_at))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("start_at must be a finite time")));
	return start_at;
}

/* Reads a timeout, in milliseconds; 0 for NULL. */
static int64
timeout_arg(FunctionCallInfo fcinfo, int n)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz end;

	if (PG_ARGISNULL(n))
		return 0;
	end = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now),
												  PG_GETARG_DATUM(n)));
	if (TIMESTAMP_NOT_FINITE(end) || end <= now || (end - now) / USECS_PER_SEC > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("timeout must be an interval of more than 0 and at most %d seconds", PG_INT32_MAX)));
	return Max((end - now) / 1000, 1);
}

/*
 * start_workflow(workflow, input, params, namespace, description,
 * execution_id, source_execution_id, run_async, key, on_conflict, start_at,
 * timeout): starts an execution and returns its id.  The nil UUID is refused where an
 * id is given, because in rows it stands for none.
 */
Datum
mistral_start_workflow(PG_FUNCTION_ARGS)
{
	StartRequest request = {0};
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

	request.workflow = mst_text_arg(fcinfo, 0);
	request.input = mst_object_arg(fcinfo, 1, "input");
	request.params = mst_object_arg(fcinfo, 2, "params");
	request.namespace = mst_text_arg(fcinfo, 3);
	request.description = mst_text_arg(fcinfo, 4);
	mst_limit_require_text("WorkflowExecution", "description", request.description);
	if (!PG_ARGISNULL(5))
		request.execution_id = *PG_GETARG_UUID_P(5);
	if (!PG_ARGISNULL(6))
		request.source_id = *PG_GETARG_UUID_P(6);
	if (!PG_ARGISNULL(5) && mst_uuid_is_none(&request.execution_id))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("the nil UUID cannot be the id of an execution")));
	if (!PG_ARGISNULL(6) && mst_uuid_is_none(&request.source_id))
		not_found("WorkflowExecution", &request.source_id);
	request.run_async = !PG_ARGISNULL(7) && PG_GETARG_BOOL(7);
	read_key(fcinfo, 8, &request);
	request.start_at = start_at_arg(fcinfo, 10);
	request.timeout_ms = timeout_arg(fcinfo, 11);
	*id = mst_engine_start(&request);
	PG_RETURN_UUID_P(id);
}

/* pause_execution(id): what runs goes on, and nothing new starts. */
Datum
mistral_pause_execution(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = changeable_execution_arg(fcinfo, 0);

	mst_engine_pause(&id);
	PG_RETURN_VOID();
}

/* resume_execution(id, env): env is merged into the environment first. */
Datum
mistral_resume_execution(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = changeable_execution_arg(fcinfo, 0);

	mst_engine_resume(&id, mst_object_arg(fcinfo, 1, "env"));
	PG_RETURN_VOID();
}

/*
 * cancel_execution(id, message): stop_execution() with the state CANCELLED.
 */
Datum
mistral_cancel_execution(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = changeable_execution_arg(fcinfo, 0);

	mst_engine_stop(&id, MST_STATE_CANCELLED, mst_text_arg(fcinfo, 1));
	PG_RETURN_VOID();
}

/*
 * stop_execution(id, state, message): ends an execution with its
 * sub-executions.
 */
Datum
mistral_stop_execution(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = changeable_execution_arg(fcinfo, 0);

	mst_engine_stop(&id, state_arg(fcinfo, 1), mst_text_arg(fcinfo, 2));
	PG_RETURN_VOID();
}

/*
 * update_execution_env(id, env): merges env into the environment of an
 * execution, in the states in which the engine allows it.
 */
Datum
mistral_update_execution_env(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = changeable_execution_arg(fcinfo, 0);

	mst_engine_update_env(&id, mst_object_arg(fcinfo, 1, "env"));
	PG_RETURN_VOID();
}

/* update_execution_description(id, description). */
Datum
mistral_update_execution_description(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = changeable_execution_arg(fcinfo, 0);

	mst_limit_require_text("WorkflowExecution", "description", mst_text_arg(fcinfo, 1));
	mst_engine_update_description(&id, mst_text_arg(fcinfo, 1));
	PG_RETURN_VOID();
}

/*
 * delete_execution(id, force): deletes an execution with all below it.  The
 * row is read again under the lock of the tree, since the execution may
 * have gone on, or been deleted, while this waited for it.  A task above it
 * goes on as if it had been cancelled, unless it had ended.
 */
Datum
mistral_delete_execution(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = changeable_execution_arg(fcinfo, 0);
	bool		force = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);
	ExecutionRow *row = mst_store_execution(&id, LOCK_NONE, NULL);
	pg_uuid_t	root_id;

	if (row == NULL)
		not_found("WorkflowExecution", &id);
	root_id = row->root_id;
	(void) mst_store_close_tree(&root_id, LOCK_BLOCK);
	row = mst_store_execution(&id, LOCK_NONE, NULL);
	if (row == NULL)
		not_found("WorkflowExecution", &id);
	if (!force && !mst_state_is_completed(row->state))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
				 errmsg("Only completed executions can be deleted. Use --force to override this. Execution %s is in %s state",
						mst_uuid_text(&id), mst_state_name(row->state))));
	if (!mst_uuid_is_none(&row->parent_task_id))
		mst_engine_leave_parent(&id);
	(void) mst_store_delete_execution_tree(&id);
	/* what is left of a tree may have gone on, and is not committed */
	if (mst_uuid_equal(&id, &root_id))
		mst_store_leave_tree(&root_id);
	PG_RETURN_VOID();
}

/* get_execution(id): the execution as JSON. */
Datum
mistral_get_execution(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = id_arg(fcinfo, 0, "id");

	PG_RETURN_JSONB_P(mst_show_execution(readable_execution(&id)));
}

/* Returns the time at which a timeout, given as an interval, is over. */
static TimestampTz
deadline_arg(FunctionCallInfo fcinfo, int n)
{
	return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval,
												   TimestampTzGetDatum(GetCurrentTimestamp()),
												   PG_GETARG_DATUM(n)));
}

/*
 * Refuses to wait for what this transaction itself has changed: no other
 * session sees the change before the commit, so the wait would last until
 * its timeout.
 */
static void
refuse_own(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("cannot wait for an %s that this transaction has changed", what),
			 errdetail("Nobody else sees the %s before the transaction is committed.", what),
			 errhint("Commit first.")));
}

/*
 * Adds "timed_out", by which a caller tells the end of its patience from
 * the end of the work.
 */
static Jsonb *
add_timed_out(Jsonb *shown)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_bool(&b, "timed_out", true);
	return mst_json_concat(shown, mst_json_end(&b));
}

/*
 * wait_execution(id, timeout): the execution as JSON as soon as it is
 * completed, or with "timed_out" when the time is over.  Rights are looked
 * at in each round, because the row may be deleted, or a role revoked,
 * meanwhile.
 */
Datum
mistral_wait_execution(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = id_arg(fcinfo, 0, "id");
	TimestampTz deadline = deadline_arg(fcinfo, 1);
	ExecutionRow *row = readable_execution(&id);
	Jsonb	   *shown;

	if (!mst_state_is_completed(row->state) && mst_query_is_own_execution(&id))
		refuse_own("execution");
	while (!mst_state_is_completed(row->state) &&
		   mst_wait_for_change(&id, deadline))
	{
		pfree(row);
		row = readable_execution(&id);
	}
	mst_wait_end();
	shown = mst_show_execution(row);
	if (!mst_state_is_completed(row->state))
		shown = add_timed_out(shown);
	PG_RETURN_JSONB_P(shown);
}

/* ---- tasks ---- */

/*
 * rerun_task(task_id, reset, env): without reset only failed items run
 * again.
 */
Datum
mistral_rerun_task(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = task_arg(fcinfo, 0, true);
	bool		reset = PG_ARGISNULL(1) || PG_GETARG_BOOL(1);

	mst_engine_rerun(&id, reset, mst_object_arg(fcinfo, 2, "env"));
	PG_RETURN_VOID();
}

/*
 * skip_task(task_id, env): goes on as if the failed task had been left out.
 */
Datum
mistral_skip_task(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = task_arg(fcinfo, 0, true);

	mst_engine_skip(&id, mst_object_arg(fcinfo, 1, "env"));
	PG_RETURN_VOID();
}

/* task_result(task_id): the result of a task, made of its children's. */
Datum
mistral_task_result(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = task_arg(fcinfo, 0, false);

	PG_RETURN_JSONB_P(mst_show_task_result(&id));
}

/* task_published(task_id): the branch variables that a task has published. */
Datum
mistral_task_published(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = task_arg(fcinfo, 0, false);

	PG_RETURN_JSONB_P(mst_show_task_published(&id));
}

/* ---- actions ---- */

/*
 * Raises the error of a result that was not taken.  A second result and one
 * of an executor that has lost its lease are the same to the caller: the
 * action is completed, or will be, by another result.
 */
static void
raise_refusal(const pg_uuid_t *id, State state, ResultRefusal refusal)
{
	switch (refusal)
	{
		case RESULT_TAKEN:
			return;
		case RESULT_UNKNOWN_ACTION:
			not_found("ActionExecution", id);
			return;
		case RESULT_ILLEGAL_STATE:
			ereport(ERROR,
					(errcode(ERRCODE_MISTRAL_STATE_TRANSITION),
					 errmsg("cannot set a synchronous action to %s [action_ex_id=%s]",
							mst_state_name(state), mst_uuid_text(id))));
			return;
		case RESULT_ALREADY_COMPLETED:
		case RESULT_LEASE_LOST:
		case RESULT_CANCELLED:
			ereport(ERROR,
					(errcode(ERRCODE_MISTRAL_STATE_TRANSITION),
					 errmsg("action execution is already completed [action_ex_id=%s]", mst_uuid_text(id))));
	}
}

/* Refuses actions of tasks, whose ends are their tasks' business. */
static void
check_alone(const ActionRow *action, const char *message)
{
	if (!mst_uuid_is_none(&action->task_id))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
				 errmsg("%s", message)));
}

/* Who does a task of people is for the database to say. */
static void
refuse_success(const pg_uuid_t *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_INVALID_RESULT),
			 errmsg("action %s is a task of people, which only complete_task() brings to SUCCESS",
					mst_uuid_text(id)),
			 errhint("Its project may end it with ERROR or CANCELLED.")));
}

/*
 * complete_action(id, state, output): the result of an action that runs
 * outside.  PAUSED and RUNNING are no ends; they let the action, and so its
 * task, rest and go on.
 */
Datum
mistral_complete_action(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = id_arg(fcinfo, 0, "id");
	ActionRow  *action = mst_store_action(&id);
	ActionResult result = {{{0}}};

	result.action_id = id;
	result.state = state_arg(fcinfo, 1);
	result.output = json_arg(fcinfo, 2);
	if (result.output == NULL && result.state == MST_STATE_SUCCESS)
		result.output = mst_json_object();
	if (result.state != MST_STATE_SUCCESS && result.state != MST_STATE_ERROR &&
		result.state != MST_STATE_CANCELLED && result.state != MST_STATE_PAUSED &&
		result.state != MST_STATE_RUNNING)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_RESULT),
				 errmsg("Error. Expected one of SUCCESS, ERROR, CANCELLED, PAUSED, RUNNING, actual: %s",
						mst_state_name(result.state))));
	if (action == NULL)
		not_found("ActionExecution", &id);
	check_change("ActionExecution", &id, action->project_id);
	if (result.state == MST_STATE_SUCCESS && mst_action_is_human(action))
		refuse_success(&id);
	mst_engine_report_results(&result, 1, NULL, NULL);
	raise_refusal(&id, result.state, result.refusal);
	PG_RETURN_VOID();
}

static ActionRow *
readable_action(const pg_uuid_t *id)
{
	ActionRow  *row = mst_store_action(id);

	if (row == NULL || !mst_can_read_project(row->project_id))
		not_found("ActionExecution", id);
	return row;
}

/* wait_action(id, timeout): what wait_execution() is for executions. */
Datum
mistral_wait_action(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = id_arg(fcinfo, 0, "id");
	TimestampTz deadline = deadline_arg(fcinfo, 1);
	ActionRow  *row = readable_action(&id);
	Jsonb	   *shown;

	if (!mst_state_is_completed(row->state) && mst_query_is_own_action(&id))
		refuse_own("action");
	while (!mst_state_is_completed(row->state) &&
		   mst_wait_for_change(&id, deadline))
	{
		pfree(row);
		row = readable_action(&id);
	}
	mst_wait_end();
	shown = mst_show_action(row);
	if (!mst_state_is_completed(row->state))
		shown = add_timed_out(shown);
	PG_RETURN_JSONB_P(shown);
}

/*
 * abandon_action(id): the caller waits for an action without a task no
 * longer.  Returns what became of it, since it may end at the same moment.
 */
Datum
mistral_abandon_action(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {
		[ABANDONED_ENDED] = "ended",
		[ABANDONED_RUNNING] = "running",
		[ABANDONED_REMOVED] = "removed",
		[ABANDONED_TAKEN_BACK] = "taken back"
	};
	pg_uuid_t	id = id_arg(fcinfo, 0, "id");
	ActionRow  *row = readable_action(&id);

	check_change("ActionExecution", &id, row->project_id);
	check_alone(row, "Only an action execution without a task can be abandoned.");
	PG_RETURN_TEXT_P(cstring_to_text(names[mst_engine_abandon_action(&id)]));
}

/*
 * run_action(name, input, params, namespace): runs an action without a
 * workflow.  Returns it as JSON; with run_sync and no executor it has its
 * output already, and has no id if it was not stored.
 */
Datum
mistral_run_action(PG_FUNCTION_ARGS)
{
	ActionRun	run = {0};
	Jsonb	   *params = mst_object_arg(fcinfo, 2, "params");

	run.name = mst_text_arg(fcinfo, 0);
	run.input = mst_object_arg(fcinfo, 1, "input");
	run.namespace = mst_text_arg(fcinfo, 3);
	if (run.name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("Please provide at least action name to run action.")));
	if (run.input == NULL)
		run.input = mst_json_object();
	if (run.namespace == NULL)
		run.namespace = "";
	run.run_sync = mst_json_get_bool(params, "run_sync", false);
	run.save_result = mst_json_get_bool(params, "save_result", false);
	run.target = mst_json_get_text(params, "target");
	run.timeout_s = mst_json_get_int(params, "timeout", 0);
	run.forget_after_s = mst_json_get_int(params, "forget_after", 0);
	run.description = mst_json_get_text(params, "description");
	mst_engine_run_action(&run);
	PG_RETURN_JSONB_P(mst_show_action(run.action));
}

/* delete_action_execution(id): only completed actions without a task. */
Datum
mistral_delete_action_execution(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id = id_arg(fcinfo, 0, "id");
	ActionRow  *action = mst_store_action(&id);

	if (action == NULL)
		not_found("ActionExecution", &id);
	check_change("ActionExecution", &id, action->project_id);
	check_alone(action, "Only ad-hoc action execution can be deleted.");
	if (!mst_state_is_completed(action->state))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
				 errmsg("Only completed action execution can be deleted.")));
	mst_standalone_delete(action);
	PG_RETURN_VOID();
}
