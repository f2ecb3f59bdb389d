/*-------------------------------------------------------------------------
 *
 * human_rows.c
 *	  What a call is to write about tasks of people.
 *
 * A row begins with its action.  When that ends, the row is marked, unless
 * somebody has it locked: an engine call, which may be a worker's, waits for no
 * user.  Then the mark is left to the timer of the task.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dsl/human.h"
#include "engine/memory/human_rows.h"
#include "store/queue_kinds.h"
#include "util/json.h"
#include "util/time_parse.h"
#include "util/uuid.h"

/* Returns whether an action is a task of people; every end of one asks. */
bool
mst_action_is_human(const ActionRow *action)
{
	return strcmp(mst_action_run_name(action), HUMAN_ACTION) == 0;
}

/* Returns when the timer of a task has something to do next; 0: never. */
TimestampTz
mst_human_next_moment(const HumanTaskRow *human)
{
	TimestampTz next = human->is_overdue ? 0 : human->due_at;
	TimestampTz at;

	for (int i = 0; i < mst_json_count(human->escalations); i++)
	{
		Jsonb	   *escalation = mst_json_item(human->escalations, i);

		if (mst_json_get_bool(escalation, "done", false) ||
			!mst_time_parse(mst_json_get_text(escalation, "at"), &at))
			continue;
		next = next == 0 ? at : Min(next, at);
	}
	return next;
}

static HumanTaskRow *
find_new(EngineCall *call, const pg_uuid_t *id)
{
	ListCell   *lc;

	foreach(lc, call->new_humans)
	{
		HumanTaskRow *human = lfirst(lc);

		if (mst_uuid_equal(&human->id, id))
			return human;
	}
	return NULL;
}

/* Tells that nobody has completed the task. */
static void
tell_human_end(EngineCall *call, const HumanTaskRow *human)
{
	Execution  *exec = mst_uuid_is_none(&human->execution_id) ? NULL :
	mst_call_execution(call, &human->execution_id, LOCK_NONE, NULL);

	if (exec != NULL)
		mst_event_human(call, exec, human, "HUMAN_TASK_CANCELLED");
}

/* The action of a task that is stored has ended. */
static void
note_stored_end(EngineCall *call, const ActionRow *action)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);
	HumanTaskRow *human = mst_store_human_task(&action->id);

	if (human != NULL && !human->is_ended)
	{
		call->ended_humans = lappend(call->ended_humans, human);
		if (action->state != MST_STATE_SUCCESS)
			tell_human_end(call, human);
	}
	MemoryContextSwitchTo(old);
}

/* Notes that the action of a task of people has ended. */
void
mst_call_note_human_end(EngineCall *call, const ActionRow *action)
{
	HumanTaskRow *human = find_new(call, &action->id);

	if (call->is_simulated || (human == NULL && action->row.is_new))
		return;
	mst_call_drop_delayed(call, mst_human_timer_key(&action->id), human == NULL);
	if (human != NULL)
		human->is_ended = true;
	else
		note_stored_end(call, action);
}
