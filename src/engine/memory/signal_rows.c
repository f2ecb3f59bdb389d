/*-------------------------------------------------------------------------
 *
 * signal_rows.c
 *	  What a call is to write about signals.
 *
 * Rows of signal_waits begin and end with the actions by which tasks wait, and
 * so do the timers of waits: nothing else inserts or deletes them, but for the
 * deletion of an execution.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/signal_rows.h"
#include "store/signals.h"
#include "util/uuid.h"

/* Returns whether an action waits for signals; every end of one asks. */
bool
mst_action_is_wait(const ActionRow *action)
{
	return action->name[0] == 'w' && strcmp(action->name, WAIT_ACTION) == 0;
}

/* Returns the key of the delayed call that ends a wait, palloc'd. */
char *
mst_wait_timer_key(const pg_uuid_t *action_id)
{
	return psprintf("wait-%s", mst_uuid_text(action_id));
}

/* Notes that a wait has ended: what it waited for, and its timer, go. */
void
mst_call_note_wait_end(EngineCall *call, const ActionRow *action)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);
	bool		was_new = false;
	ListCell   *lc;

	foreach(lc, call->new_waits)
	{
		SignalWaitRow *wait = lfirst(lc);

		if (!mst_uuid_equal(&wait->action_id, &action->id))
			continue;
		call->new_waits = foreach_delete_current(call->new_waits, lc);
		was_new = true;
	}
	mst_call_drop_delayed(call, mst_wait_timer_key(&action->id), !was_new && !action->row.is_new);
	if (!was_new && !action->row.is_new)
	{
		SignalWaitRow *ended = palloc0(sizeof(SignalWaitRow));

		ended->execution_id = action->execution_id;
		ended->action_id = action->id;
		call->ended_waits = lappend(call->ended_waits, ended);
	}
	MemoryContextSwitchTo(old);
}
