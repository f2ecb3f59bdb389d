/*-------------------------------------------------------------------------
 *
 * action_mode.h
 *	  What becomes of the result of an action without a task.
 *
 * How such an action was run stands in its row's member "run", besides what an
 * ad-hoc action stands for:
 *
 *		is_temporary	the row goes when the result has been fetched; the
 *						result stays that of the base action
 *		run_sync		the caller waits: nobody accepts the result
 *		description		kept with what is run synchronously
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_ACTION_MODE_H
#define MISTRAL_ENGINE_WORK_ACTION_MODE_H

#include "store/store.h"

extern void mst_action_set_mode(ActionRow *action, bool is_temporary,
								bool run_sync, const char *description);
extern bool mst_action_is_adhoc(const ActionRow *action);
extern bool mst_action_is_temporary(const ActionRow *action);
extern void mst_action_settle(ActionRow *action);

#endif							/* MISTRAL_ENGINE_WORK_ACTION_MODE_H */
