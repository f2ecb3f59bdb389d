/*-------------------------------------------------------------------------
 *
 * action_mode.c
 *	  What becomes of the result of an action without a task.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/work/action_mode.h"
#include "util/json.h"

/*
 * Notes on a new row how its result is to be treated.  The description, which
 * may be NULL, is copied.
 */
void
mst_action_set_mode(ActionRow *action, bool is_temporary, bool run_sync,
					const char *description)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	if (is_temporary)
		mst_json_add_bool(&b, "is_temporary", true);
	if (run_sync)
		mst_json_add_bool(&b, "run_sync", true);
	if (description != NULL)
		mst_json_add_text(&b, "description", description);
	action->run = mst_json_concat(action->run != NULL ? action->run : mst_json_object(),
								  mst_json_end(&b));
}

/* Returns whether the action stands for another one, whose result it changes. */
bool
mst_action_is_adhoc(const ActionRow *action)
{
	return action->run != NULL && mst_json_has(action->run, "name");
}

/* Returns whether the row goes when its result has been fetched. */
bool
mst_action_is_temporary(const ActionRow *action)
{
	return mst_json_get_bool(action->run, "is_temporary", false);
}

/*
 * Sets whether the result of an action that has just ended is accepted, unless
 * the action is temporary.
 *
 * A result that counts is accepted.  Nobody has accepted what was run
 * synchronously: its caller has the result.  Only this has a description, and
 * no time of a change, as with the reference.  What the action stood for has no
 * use any more.
 */
void
mst_action_settle(ActionRow *action)
{
	char	   *description;

	if (mst_action_is_temporary(action))
		return;
	action->accepted = !mst_json_get_bool(action->run, "run_sync", false);
	if (action->accepted)
		return;
	description = mst_json_get_text(action->run, "description");
	action->updated_at = 0;
	action->run = description == NULL ? NULL :
		mst_json_object1("description", mst_json_text(description));
}
