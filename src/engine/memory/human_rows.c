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
#include "engine/memory/secrecy.h"
#include "store/queue_kinds.h"
#include "util/json.h"
#include "util/time_parse.h"
#include "util/uuid.h"

/* before a row that somebody has locked is looked at again */
#define BUSY_DELAY	(USECS_PER_SEC)

/* Returns whether an action is a task of people; every end of one asks. */
bool
mst_action_is_human(const ActionRow *action)
{
	return strcmp(mst_action_run_name(action), HUMAN_ACTION) == 0;
}

/* Returns the key of the delayed call that is a task's timer, palloc'd. */
char *
mst_human_timer_key(const pg_uuid_t *action_id)
{
	return psprintf("human-%s", mst_uuid_text(action_id));
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

/* Notes that the action of a task of people has ended. */
void
mst_call_note_human_end(EngineCall *call, const ActionRow *action)
{
	MemoryContext old;
	HumanTaskRow *human = find_new(call, &action->id);
	HumanEnd   *end;

	if (call->is_simulated || (human == NULL && action->row.is_new))
		return;
	mst_call_drop_delayed(call, mst_human_timer_key(&action->id), human == NULL);
	if (human != NULL)
	{
		human->is_ended = true;
		return;
	}
	old = MemoryContextSwitchTo(call->mcxt);
	end = palloc0(sizeof(HumanEnd));
	end->id = action->id;
	end->is_success = action->state == MST_STATE_SUCCESS;
	call->ended_humans = lappend(call->ended_humans, end);
	MemoryContextSwitchTo(old);
}

/*
 * Reads the rows of tasks that have ended, and notes events of those that
 * nobody has completed.
 */
void
mst_call_tell_human_ends(EngineCall *call)
{
	ListCell   *lc;

	foreach(lc, call->ended_humans)
	{
		HumanEnd   *end = lfirst(lc);
		HumanTaskRow *human = mst_store_human_task(&end->id);
		Execution  *exec;

		if (human == NULL || human->is_ended)
			continue;
		end->human = human;
		exec = mst_uuid_is_none(&human->execution_id) ? NULL :
			mst_call_execution(call, &human->execution_id, LOCK_NONE, NULL);
		if (exec != NULL && !end->is_success)
			mst_event_human(call, exec, human, "HUMAN_TASK_CANCELLED");
	}
}

/* Leaves the mark of a row that somebody has locked to the timer. */
static void
mark_later(EngineCall *call, const HumanTaskRow *human)
{
	DelayedCallRow *delayed = palloc0(sizeof(DelayedCallRow));

	delayed->row.is_new = true;
	delayed->created_at = call->now;
	delayed->due_at = call->now + BUSY_DELAY;
	delayed->execution_id = human->execution_id;
	delayed->root_id = human->root_id;
	delayed->kind = mst_call_kind_name(CALL_HUMAN_TIMER);
	delayed->project_id = human->project_id;
	delayed->key = mst_human_timer_key(&human->id);
	delayed->args = mst_json_object1("action_id", mst_json_text(mst_uuid_text(&human->id)));
	mst_store_insert_delayed_calls(&delayed, 1);
}

/* Writes tasks of people that have begun and ended. */
void
mst_call_write_humans(EngineCall *call)
{
	int			n = list_length(call->new_humans);
	HumanTaskRow **rows = palloc(sizeof(HumanTaskRow *) * Max(n, 1));
	ListCell   *lc;

	mst_call_seal_humans(call);
	foreach(lc, call->new_humans)
		rows[foreach_current_index(lc)] = lfirst(lc);
	mst_store_insert_human_tasks(rows, n);
	foreach(lc, call->ended_humans)
	{
		HumanTaskRow *human = ((HumanEnd *) lfirst(lc))->human;

		if (human == NULL)
			continue;
		human->is_ended = true;
		if (!mst_store_try_write_human_task(human))
			mark_later(call, human);
	}
}
