/*-------------------------------------------------------------------------
 *
 * standalone.c
 *	  Actions that run by themselves, without a task.
 *
 * What the database can run has ended when the call returns, and is stored
 * only if that is wanted.  Anything else needs a row that its result can find
 * after the commit.  If it was not to be saved the row is temporary: whoever
 * waits for the result deletes it, and a delayed call does when nobody has,
 * because the one who waited has died.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "engine/calls/maintenance_mode.h"
#include "engine/calls/results.h"
#include "engine/calls/standalone.h"
#include "engine/memory/human_rows.h"
#include "engine/memory/limits.h"
#include "engine/memory/secrecy.h"
#include "engine/work/action_mode.h"
#include "signal/wake.h"
#include "store/access.h"
#include "store/bounds.h"
#include "store/claims.h"
#include "store/human_tasks.h"
#include "store/lookups.h"
#include "store/queue.h"
#include "store/recalls.h"
#include "util/errors.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/uuid.h"

#define MAX_FORGET_AFTER_S	(7 * 24 * 60 * 60)

/* ---- running ---- */

static void
check_run_mode(const ActionRun *run, const ActionCall *resolved)
{
	if (run->run_sync && !resolved->is_sync)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("Action does not support synchronous execution.")));
	if (run->forget_after_s < 0 || run->forget_after_s > MAX_FORGET_AFTER_S)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("\"forget_after\" must be between 0 and %d seconds", MAX_FORGET_AFTER_S)));
}

static ActionRow *
make_action(EngineCall *call, const ActionRun *run, const ActionCall *resolved)
{
	ActionRow  *action = palloc(sizeof(ActionRow));

	*action = (ActionRow)
	{
		.row.is_new = true, .state = MST_STATE_RUNNING
	};
	action->created_at = call->now;
	action->id = mst_uuid_new_alone(&action->created_at);
	action->project_id = mst_current_project();
	action->name = pstrdup(resolved->name);
	action->namespace = pstrdup(run->namespace);
	action->input = mst_json_copy(resolved->input);
	action->is_sync = resolved->is_sync;
	action->target = run->target != NULL ? pstrdup(run->target) : NULL;
	action->timeout_s = run->timeout_s;
	action->run = mst_action_run_note(resolved);
	return action;
}

/*
 * The ad-hoc output of what has ended at once is applied.  The result of what
 * is only returned stays that of the base action, as with the reference.
 */
static void
transform_output(EngineCall *call, ActionRow *action)
{
	Jsonb	   *value;
	ExprError  *error;

	if (action->state != MST_STATE_SUCCESS || !mst_action_is_adhoc(action))
		return;
	value = mst_json_get(action->output, "result");
	if (mst_action_transform(call, NULL, action->name, NULL, action->namespace,
							 action->project_id, &value, &error))
		mst_action_end(call, action, MST_STATE_SUCCESS, value);
	else
		mst_action_end(call, action, MST_STATE_ERROR, mst_json_text(mst_expr_error_text(error)));
}

static char *
forget_key(const pg_uuid_t *id)
{
	return psprintf("forget-%s", mst_uuid_text(id));
}

/* Has the row deleted, should whoever waits for the result not do it. */
static void
forget_later(const ActionRow *action, int64 after_s)
{
	DelayedCallRow *delayed = palloc0(sizeof(DelayedCallRow));

	delayed->row.is_new = true;
	delayed->created_at = action->created_at;
	delayed->due_at = action->created_at + after_s * USECS_PER_SEC;
	delayed->kind = mst_call_kind_name(CALL_FORGET_ACTION);
	delayed->project_id = action->project_id;
	delayed->key = forget_key(&action->id);
	delayed->args = mst_json_object1("action_id", mst_json_text(mst_uuid_text(&action->id)));
	mst_store_insert_delayed_calls(&delayed, 1);
}

/* The action goes on after the call, or is stored as it has ended. */
static void
store_run(EngineCall *call, const ActionRun *run)
{
	ActionRow  *action = run->action;
	bool		has_ended = mst_state_is_completed(action->state);
	bool		is_temporary = action->is_sync && !run->save_result && run->forget_after_s > 0;

	if (has_ended)
		transform_output(call, action);
	if (is_temporary || run->run_sync)
		mst_action_set_mode(action, is_temporary, run->run_sync, run->description);
	if (has_ended)
		mst_action_settle(action);
	if (is_temporary)
		forget_later(action, run->forget_after_s);
}

/*
 * Raises an error if a value that is to be stored of a stand-alone action
 * is too large.
 */
static void
check_sizes(const ActionRun *run)
{
	mst_limit_require("ActionExecution", "input", run->action->input);
	mst_limit_require("ActionExecution", "output", run->action->output);
	mst_limit_require_text("ActionExecution", "description", run->description);
	mst_limit_require_text("ActionExecution", "target", run->target);
	if (run->target != NULL && strlen(run->target) > MST_MAX_QUEUED_NAME)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_LIMIT),
				 errmsg("target of an action is longer than %d bytes", MST_MAX_QUEUED_NAME)));
}

/* What stays unfinished has a row, and nothing but its result ends it. */
static void
check_room(const char *project)
{
	if (!mst_bound_actions_are_full(project))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_QUOTA),
			 errmsg("project \"%s\" has too many unfinished actions that are run by themselves", project),
			 errdetail("There are more than %d of them.", mst_max_unfinished_executions),
			 errhint("Complete some of them; the limit is mistral.max_unfinished_executions.")));
}

/* Whose references the caller has given, he gets the secrets used, if they are his. */
static void
adopt_secrets(EngineCall *call, const ActionRow *action, ActionCall *resolved)
{
	SecretSet  *set;

	if (!mst_secrets_has_reference(resolved->run_input))
		return;
	set = mst_secrets_create(&action->id, action->project_id);
	mst_secrets_adopt(set, resolved->run_input);
	mst_secrets_adopt(set, resolved->input);
	mst_call_add_secrets(call, set);
	resolved->run_input = mst_secrets_open(set, resolved->run_input);
}

/*
 * Runs an action: at once where the database can, else by a row that its
 * result finds later.  Sets run->action, in the caller's memory context.  Raises
 * what is wrong with the request; then nothing is stored.
 */
void
mst_engine_run_action(ActionRun *run)
{
	EngineCall *call = mst_call_begin();
	MemoryContext caller = MemoryContextGetParent(call->mcxt);
	MemoryContext old;
	ActionCall	resolved = {0};
	char	   *message = NULL;
	ActionProblem problem;

	mst_maintenance_refuse();
	problem = mst_action_resolve(call, NULL, run->name, NULL, run->namespace,
								 mst_current_project(), run->input, &resolved, &message);
	if (problem != ACTION_OK)
		ereport(ERROR,
				(errcode(problem == ACTION_DENIED ? ERRCODE_MISTRAL_NOT_ALLOWED :
						 strncmp(message, "Failed to find action", 21) == 0 ?
						 ERRCODE_MISTRAL_INVALID_ACTION : ERRCODE_MISTRAL_INPUT),
				 errmsg("%s", message)));
	check_run_mode(run, &resolved);
	old = MemoryContextSwitchTo(caller);
	run->action = make_action(call, run, &resolved);
	MemoryContextSwitchTo(old);
	adopt_secrets(call, run->action, &resolved);

	/* what cannot end here needs a row that its result can find */
	mst_action_run(call, NULL, run->action, &resolved);
	if (run->save_result || !mst_state_is_completed(run->action->state))
	{
		old = MemoryContextSwitchTo(caller);
		store_run(call, run);
		check_sizes(run);
		MemoryContextSwitchTo(old);
		call->pending_actions = lappend(call->pending_actions, run->action);
	}
	else
	{
		run->action->id = mst_uuid_none;
		call->secrets = NIL;
	}
	if (!mst_state_is_completed(run->action->state))
		check_room(run->action->project_id);
	mst_call_finish(call);
}

/* ---- giving up ---- */

/* Deletes a stand-alone action with all that belongs to it. */
void
mst_standalone_delete(ActionRow *action)
{
	mst_store_delete_queued(&action->id);
	if (action->executor_id != 0)
		mst_store_forget_claim(action->executor_id, &action->id);
	if (!mst_state_is_completed(action->state))
		mst_store_recall(action->executor_id, &action->id, true);
	mst_store_delete_action(action);
	if (mst_secrets_has_reference(action->input))
		mst_secrets_delete(&action->id);
	if (mst_action_is_human(action))
		mst_store_delete_human_task(&action->id);
	if (mst_action_is_temporary(action))
		mst_store_delete_delayed_call(forget_key(&action->id));
	mst_wake_waiters_of(&action->id);
}

/* Nobody has begun it: it ends with an error. */
static void
fail_unbegun(const pg_uuid_t *id)
{
	ActionResult result = {0};

	result.action_id = *id;
	result.state = MST_STATE_ERROR;
	result.output = mst_json_text("No executor has taken the action while its caller waited.");
	mst_engine_report_results(&result, 1, NULL, NULL);
}

/*
 * Stops waiting for an action and returns its fate.  Waits for transactions
 * that are changing it; raises an error if there is no such action.
 */
Abandoned
mst_engine_abandon_action(const pg_uuid_t *id)
{
	ActionRow  *action;
	bool		is_begun;
	bool		is_removed;

	(void) mst_reports_take_turn(id, true);
	action = mst_store_action(id);
	if (action == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("ActionExecution not found [id=%s]", mst_uuid_text(id))));
	is_begun = !mst_store_is_queued(id);
	is_removed = !mst_state_is_completed(action->state) && mst_action_is_temporary(action);
	if (is_removed)
		mst_standalone_delete(action);
	mst_reports_end_turn(id);

	if (mst_state_is_completed(action->state))
		return ABANDONED_ENDED;
	if (!is_removed && is_begun)
		return ABANDONED_RUNNING;
	if (!is_removed)
		fail_unbegun(id);
	return is_begun ? ABANDONED_REMOVED : ABANDONED_TAKEN_BACK;
}

/*
 * Runs a call of the kind CALL_FORGET_ACTION.  It is put off, by an error,
 * while another transaction is changing the action.
 */
void
mst_standalone_forget(const DelayedCallRow *delayed)
{
	pg_uuid_t	id;
	ActionRow  *action;

	if (!mst_uuid_parse(mst_json_get_text(delayed->args, "action_id"), &id))
		elog(ERROR, "delayed delayed without action id");
	if (!mst_reports_take_turn(&id, false))
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("action %s is being completed by another transaction",
						mst_uuid_text(&id))));
	action = mst_store_action(&id);
	if (action != NULL)
		mst_standalone_delete(action);
	mst_reports_end_turn(&id);
}
