/*-------------------------------------------------------------------------
 *
 * take_slots.c
 *	  Taking slots of limits before a task begins.
 *
 * A task asks for a slot of each of its limits when its policies let it begin,
 * and before it makes actions or sub-workflows, whatever their number.  It gets
 * all of them, or waits, DELAYED, for the call that says it has got them.  It
 * has them while it runs, or is paused by a child: what it does then (a retry
 * with a delay, wait-after, an end) gives them back when the call ends
 * (memory/write_back.c), and another attempt asks again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/memory/secrecy.h"
#include "engine/steps/steps.h"
#include "engine/work/limit_wants.h"
#include "store/queue.h"
#include "store/slots.h"
#include "util/json.h"

/* ---- what it wants ---- */

static bool
calls_action(const Task *task)
{
	return task->row->type == TASK_TYPE_ACTION && task->spec->wait == NULL;
}

/*
 * Returns whether the task may need slots: it has limits, or some action has
 * one.
 */
bool
mst_task_has_limits(const Task *task)
{
	return task->spec->n_limits > 0 ||
		(calls_action(task) && mst_limits_on_actions());
}

/*
 * Returns what the limit of the task's action wants; NULL: it has none, or the
 * name cannot be told, which fails the task when it begins.
 */
static SlotWant *
limit_of_action(Task *task, ExprBindings *bindings)
{
	SlotWant   *want;
	ExprError  *error;
	Jsonb	   *value;
	char	   *action;
	char	   *name;

	if (!calls_action(task) || !mst_limits_on_actions() ||
		!mst_expr_eval_jsonb(task->spec->callee, bindings, &value, &error) ||
		mst_json_root(value).type != jbvString)
		return NULL;
	action = mst_json_to_text(value);
	name = mst_limit_of_action(task->row->project_id, action);
	if (name == NULL)
		return NULL;
	want = palloc0(sizeof(SlotWant));
	want->name = name;
	want->action = action;
	want->limit_id = mst_limit_identity(NULL, 0, name, NULL);
	return want;
}

/*
 * Returns what the task wants slots of (SlotWant *), each limit once.  *problem
 * is set when one is wrong.
 */
static List *
eval_limits(EngineCall *call, Task *task, char **problem)
{
	const ExecutionRow *exec = task->exec->row;
	LimitSource source = {task->spec->limits, task->spec->n_limits, exec->project_id,
		psprintf("task\n%s\n%s\n%s", exec->namespace, exec->workflow_name, task->spec->name),
	call->is_simulated, mst_execution_secrets(call, task->exec)};
	ExprBindings *bindings = mst_bindings_task(call, task, NULL);
	SlotWant   *of_action = call->is_simulated ? NULL : limit_of_action(task, bindings);
	List	   *wants = of_action != NULL ? list_make1(of_action) : NIL;

	*problem = mst_limits_eval(&source, bindings, &wants);
	return wants;
}

/* ---- asking ---- */

static char *
waiting_info(const SlotWant *blocked)
{
	char	   *of_key = blocked->key != NULL ? psprintf(" for key \"%s\"", blocked->key) : "";

	if (blocked->name == NULL)
		return psprintf("Waits for a limit of the task%s", of_key);
	return psprintf("Waits for limit \"%s\"%s", blocked->name, of_key);
}

static void
set_slots(Task *task, SlotState slots)
{
	task->slots_over = false;
	task->runtime_dirty |= task->runtime.slots != slots;
	task->runtime.slots = slots;
}

/*
 * Takes the slots of a task that is about to begin.  Returns false if it has to
 * wait, or if its limits are wrong, and it has failed.  A simulated task finds
 * them free.
 */
bool
mst_task_take_slots(EngineCall *call, Task *task)
{
	SlotRequest request = {task->row->project_id, task->exec->id, task->id};
	SlotWant   *blocked;
	char	   *problem;

	if (task->runtime.slots == SLOTS_TAKEN)
	{
		set_slots(task, SLOTS_TAKEN);
		return true;
	}
	request.wants = eval_limits(call, task, &problem);
	if (problem != NULL)
	{
		mst_task_force_fail(call, task, NULL, problem);
		return false;
	}
	if (request.wants == NIL || call->is_simulated)
		return true;
	if (task->runtime.slots == SLOTS_AWAITED)
		mst_slots_release(&request.execution_id, &request.holder_id);
	request.rank = mst_queue_rank(call->now, task->runtime.priority);
	if (mst_slots_take(&request, &blocked))
	{
		set_slots(task, SLOTS_TAKEN);
		return true;
	}
	problem = mst_limit_problem_above(call, task->exec, true, request.wants);
	if (problem != NULL)
	{
		mst_slots_release(&request.execution_id, &request.holder_id);
		set_slots(task, SLOTS_NONE);
		mst_task_force_fail(call, task, NULL, problem);
		return false;
	}
	set_slots(task, SLOTS_NONE);
	mst_task_set_state(call, task, MST_STATE_DELAYED, waiting_info(blocked));
	set_slots(task, SLOTS_AWAITED);
	return false;
}

/*
 * Takes the slots of a running task again whose execution had ended and goes on,
 * even if others have taken them meanwhile.
 */
void
mst_task_retake_slots(EngineCall *call, Task *task)
{
	SlotRequest request = {task->row->project_id, task->exec->id, task->id};
	State		state = task->row->state;
	char	   *problem;

	if (!mst_task_has_limits(task) || task->runtime.slots != SLOTS_NONE || call->is_simulated ||
		(state != MST_STATE_RUNNING && state != MST_STATE_PAUSED))
		return;
	request.wants = eval_limits(call, task, &problem);
	if (problem != NULL || request.wants == NIL)
		return;
	mst_slots_retake(&request);
	set_slots(task, SLOTS_TAKEN);
}

/*
 * The task has got its slots, and begins; in a paused execution it gives them
 * back, and asks again at the resume.  If it does not wait any more, its slots
 * are free.
 */
void
mst_task_slots_taken(EngineCall *call, Task *task)
{
	if (task->runtime.slots != SLOTS_AWAITED || task->row->state != MST_STATE_DELAYED)
	{
		if (task->runtime.slots == SLOTS_NONE)
			mst_slots_release(&task->exec->id, &task->id);
		return;
	}
	if (!mst_slots_are_held(&task->exec->id, &task->id))
		return;
	set_slots(task, SLOTS_TAKEN);
	if (task->exec->row->state == MST_STATE_PAUSED)
	{
		mst_task_set_state(call, task, MST_STATE_IDLE, task->row->state_info);
		task->runtime.paused_before = true;
		task->runtime_dirty = true;
	}
	else
		mst_policies_continue(call, task);
}
