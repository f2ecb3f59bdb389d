/*-------------------------------------------------------------------------
 *
 * simulate.c
 *	  What a simulated engine call finds in place of the outside world.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/simulate.h"
#include "util/json.h"

bool
mst_simulate_find_workflow(Advance *adv, const char *name, WorkflowRef *ref)
{
	return false;
}

bool
mst_simulate_action(Advance *adv, Task *task, ActionRow *action, const ActionCall *call)
{
	return false;
}
