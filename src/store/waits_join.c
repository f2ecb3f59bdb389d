/*-------------------------------------------------------------------------
 *
 * waits_join.c
 *	  What a waiting join waits for, in words.
 *
 * Apart from waits.c because it reads definitions, whose headers and the
 * executor's do not go together.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"


#include "engine/state.h"
#include "store/definitions.h"
#include "store/waits.h"

void
mst_waits_add_inbound(StringInfo text, const TaskRow *join,
					  const ExecutionRow *execution, const Bitmapset *arrived)
{
	const WorkflowSpec *spec =
		mst_definition_workflow_spec(&execution->version_id);
	const TaskSpec *task = &spec->tasks[join->task_index];
	int			i;

	for (i = 0; i < task->n_inbound; i++)
	{
		const TaskSpec *inbound = &spec->tasks[task->inbound[i]];
		TaskRow    *latest;

		if (bms_is_member(inbound->index, arrived))
			continue;
		latest = mst_store_latest_task(&join->execution_id, inbound->index);
		if (text->len > 0)
			appendStringInfoString(text, "; ");
		appendStringInfo(text, "task %s (%s)", inbound->name,
						 latest == NULL ? "not started" :
						 mst_state_name(latest->state));
	}
}
