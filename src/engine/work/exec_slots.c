/*-------------------------------------------------------------------------
 *
 * exec_slots.c
 *	  Taking slots of limits before an execution begins.
 *
 * An execution of a workflow with limits stays IDLE until it has a slot of each
 * of them, and has them until it ends.  The rows of slots alone say what it has:
 * they are found by its id, which stands for the holder's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/flow/flow.h"
#include "engine/memory/secrecy.h"
#include "engine/work/limit_wants.h"

static char *
eval_limits(EngineCall *call, Execution *exec, List **wants)
{
	LimitSource source = {exec->spec->limits, exec->spec->n_limits, exec->row->project_id,
		psprintf("workflow\n%s\n%s", exec->row->namespace, exec->row->workflow_name),
	false, mst_execution_secrets(call, exec)};

	*wants = NIL;
	return mst_limits_eval(&source, mst_bindings_vars(call, exec), wants);
}

/*
 * Takes the slots of an execution that is about to begin.  Returns false if it
 * has to wait, or if its limits are wrong, and it has failed.
 */
bool
mst_execution_take_slots(EngineCall *call, Execution *exec)
{
	SlotRequest request = {exec->row->project_id, exec->id, exec->id, call->now};
	SlotWant   *blocked;
	char	   *problem;

	if (exec->spec->n_limits == 0 || call->is_simulated)
		return true;
	if (!exec->row->row.is_new && mst_slots_are_held(&exec->id, &exec->id))
		return true;
	if (!exec->row->row.is_new && mst_slot_waiting(&exec->id, &exec->id) != NULL)
		return false;
	problem = eval_limits(call, exec, &request.wants);
	if (problem == NULL && (request.wants == NIL || mst_slots_take(&request, &blocked)))
		return true;
	if (problem == NULL)
		problem = mst_limit_problem_above(call, exec, false, request.wants);

	/* its end gives back what it has asked for */
	if (problem != NULL)
		mst_execution_fail(call, exec, psprintf("Failed to start workflow [error=%s, wf=%s]", problem,
												exec->row->workflow_name));
	return false;
}

/*
 * An execution that had ended runs again, and has its slots again, even if
 * others have taken them meanwhile.
 */
void
mst_execution_retake_slots(EngineCall *call, Execution *exec)
{
	SlotRequest request = {exec->row->project_id, exec->id, exec->id};

	if (exec->spec->n_limits == 0 || call->is_simulated ||
		eval_limits(call, exec, &request.wants) != NULL || request.wants == NIL)
		return;
	mst_slots_retake(&request);
}
