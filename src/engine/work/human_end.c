/*-------------------------------------------------------------------------
 *
 * human_end.c
 *	  Ends of tasks of people that nobody brings.
 *
 * When a task or its execution has ended, nobody may do any more what people
 * were to do for it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/human_rows.h"
#include "engine/work/actions.h"
#include "engine/work/children.h"
#include "engine/work/human_end.h"
#include "store/reporting.h"
#include "util/json.h"
#include "util/uuid.h"

#define NOT_AWAITED "Its task or execution has ended."
#define SUSPENDED "The execution had ended before the task did."

/* The unfinished actions of a task that are tasks of people. */
typedef struct OpenHumans
{
	List	   *ids;			/* pg_uuid_t * */
	MemoryContext mcxt;
} OpenHumans;

static bool
note_open_human(ActionRow *action, void *arg)
{
	OpenHumans *open = arg;
	pg_uuid_t  *id;

	if (mst_state_is_completed(action->state) || !mst_action_is_human(action) ||
		mst_report_is_recorded(&action->id))
		return true;
	id = MemoryContextAlloc(open->mcxt, sizeof(pg_uuid_t));
	*id = action->id;
	open->ids = lappend(open->ids, id);
	return true;
}

/* An answer that is under way is kept with the action, as a late one. */
static ActionRow *
end_human_action(EngineCall *call, Task *task, const pg_uuid_t *id)
{
	MemoryContext old = MemoryContextSwitchTo(call->action_cxt);
	ActionRow  *action = NULL;
	ListCell   *lc;

	foreach(lc, task->actions)
	{
		if (mst_uuid_equal(&((ActionRow *) lfirst(lc))->id, id))
			action = lfirst(lc);
	}
	if (action == NULL)
		action = mst_store_action(id);
	mst_action_end(call, action, MST_STATE_CANCELLED, mst_json_text(NOT_AWAITED));
	action->is_abandoned = true;
	MemoryContextSwitchTo(old);
	mst_call_touch_action(call, task, action);
	return action;
}

static List *
find_open_humans(EngineCall *call, Task *task)
{
	OpenHumans	open = {NIL, call->mcxt};

	if (!call->is_simulated && task->row->type == TASK_TYPE_ACTION && task->row->open_children > 0)
		mst_task_each_action(call, task, note_open_human, &open);
	return open.ids;
}

/* The task or its execution has ended: ends what people were to do for it. */
void
mst_human_end_all(EngineCall *call, Task *task)
{
	ChildEnd	cancelled = {.state = MST_STATE_CANCELLED};
	ListCell   *lc;

	foreach(lc, find_open_humans(call, task))
	{
		ActionRow  *action = end_human_action(call, task, lfirst(lc));

		if (action->attempt == task->row->attempt)
			mst_task_child_done(call, task, &cancelled);
	}
}

/*
 * The execution has ended while a task waited for a person: suspends the task,
 * so that somebody is asked anew when the execution goes on.  Returns false,
 * with nothing done, when it waits for nobody or has items.
 */
bool
mst_human_suspend(EngineCall *call, Task *task)
{
	List	   *ids = NIL;

	if (task->spec->n_items == 0 && task->coming_state == MST_STATE_NONE &&
		(task->row->state == MST_STATE_RUNNING || task->row->state == MST_STATE_PAUSED))
		ids = find_open_humans(call, task);
	if (ids == NIL)
		return false;
	(void) end_human_action(call, task, linitial(ids));
	task->row->open_children = 0;
	task->runtime.suspended_state = MST_STATE_IDLE;
	task->runtime.suspended_info = NULL;
	task->runtime.paused_before = true;
	task->runtime_dirty = true;
	mst_task_set_state(call, task, MST_STATE_CANCELLED, pstrdup(SUSPENDED));
	return true;
}
