/*-------------------------------------------------------------------------
 *
 * lost.c
 *	  Actions whose executor is lost, or that no executor has taken.
 *
 * The workers find them, many at a time, and leave each to a delayed call:
 * what follows from it is the business of the action's project, and takes its
 * turn with that of others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "engine/calls/delayed.h"
#include "engine/engine.h"
#include "store/claims.h"
#include "store/lookups.h"
#include "util/json.h"
#include "util/uuid.h"

static DelayedCallRow *
make_call(const ActionRow *action, CallKind kind)
{
	DelayedCallRow *delayed = palloc0(sizeof(DelayedCallRow));

	delayed->row.is_new = true;
	delayed->due_at = delayed->created_at = GetCurrentTimestamp();
	delayed->execution_id = action->execution_id;
	delayed->root_id = action->root_id;
	delayed->task_id = action->task_id;
	delayed->kind = mst_call_kind_name(kind);
	delayed->project_id = action->project_id;
	return delayed;
}

static DelayedCallRow *
make_loss(const ActionRow *action, int64 executor_id, const char *reason)
{
	DelayedCallRow *delayed = make_call(action, CALL_LOSE_ACTION);
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "action_id", mst_uuid_text(&action->id));
	mst_json_add_int(&b, "executor_id", executor_id);
	mst_json_add_text(&b, "reason", reason);
	delayed->key = psprintf("lost-%s", mst_uuid_text(&action->id));
	delayed->args = mst_json_end(&b);
	return delayed;
}

/*
 * Leaves each of the actions (ActionRow *) to a delayed call: their executor
 * has lost its lease, or none has taken them (0).  "reason" is for the error
 * that an action then has as its result.
 */
void
mst_engine_lose_actions(List *actions, int64 executor_id, const char *reason)
{
	DelayedCallRow **calls = palloc(sizeof(DelayedCallRow *) * Max(list_length(actions), 1));
	ListCell   *lc;

	foreach(lc, actions)
		calls[foreach_current_index(lc)] = make_loss(lfirst(lc), executor_id, reason);
	mst_store_insert_delayed_calls(calls, list_length(actions));
}

/*
 * Leaves it to a delayed call to look whether the task of an action that has
 * come back to the queue is over: who ends it now does not see the action.
 */
void
mst_engine_note_released(const pg_uuid_t *action_id)
{
	ActionRow  *action = mst_store_action(action_id);
	DelayedCallRow *delayed;

	if (action == NULL || mst_uuid_is_none(&action->execution_id))
		return;
	delayed = make_call(action, CALL_TAKE_BACK_ACTIONS);
	mst_store_insert_delayed_calls(&delayed, 1);
}

/*
 * Reports an error as the result of an action that still waits in the queue.
 * False: somebody is at work on it.
 */
static bool
fail_unclaimed(const pg_uuid_t *id, const char *reason)
{
	ActionRow  *action = mst_store_action(id);
	ActionResult result = {0};

	if (action == NULL || action->executor_id != 0 || !mst_store_is_queued(id))
		return true;
	result.action_id = *id;
	result.state = MST_STATE_ERROR;
	result.output = mst_json_text(reason);
	return mst_engine_try_report(&result);
}

/*
 * Ends an action without executor, or queues it again.  Raises an error, so
 * that the call is tried again, while somebody is completing the action.
 */
void
mst_lost_action_run(const DelayedCallRow *delayed)
{
	int64		executor_id = mst_json_get_int(delayed->args, "executor_id", 0);
	char	   *reason = mst_json_get_text(delayed->args, "reason");
	pg_uuid_t	action_id;
	bool		is_done;

	if (!mst_uuid_parse(mst_json_get_text(delayed->args, "action_id"), &action_id))
		elog(ERROR, "delayed call without action id");
	if (executor_id == 0)
		is_done = fail_unclaimed(&action_id, reason);
	else
		is_done = mst_engine_lease_lost(&action_id, executor_id, reason);
	/* the call is put off, as for an execution that somebody has locked */
	if (!is_done)
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("action %s is being completed by another transaction",
						mst_uuid_text(&action_id))));
}
