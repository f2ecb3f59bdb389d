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
 * Whose a limit is, is a text: of the project if it has a name, else of the
 * task in its workflow, in all versions of that.  docs/language.md, "Limits".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "dsl/limit_rules.h"
#include "engine/steps/steps.h"
#include "store/queue.h"
#include "store/slots.h"
#include "util/json.h"
#include "util/rate.h"
#include "util/uuid.h"

/* ---- evaluating ---- */

/* Where the evaluation of a task's limits stands. */
typedef struct LimitEval
{
	Task	   *task;
	ExprBindings *bindings;
	char	   *problem;		/* set by the first that fails */
} LimitEval;

/* Returns the value of a member, or NULL: it is not given, or has failed. */
static Jsonb *
limit_value(LimitEval *eval, const ExprTemplate *template)
{
	ExprError  *error;
	Jsonb	   *value;

	if (template == NULL || eval->problem != NULL)
		return NULL;
	if (mst_expr_eval_jsonb(template, eval->bindings, &value, &error))
		return value;
	eval->problem = mst_expr_error_text(error);
	return NULL;
}

static void
set_problem(LimitEval *eval, const char *member, const char *expected, const Jsonb *value)
{
	if (eval->problem == NULL)
		eval->problem = psprintf("\"%s\" of a limit must be %s, not %s",
								 member, expected, mst_json_print(value));
}

/* Returns a string of the allowed length; NULL where not given, or wrong. */
static char *
limit_name(LimitEval *eval, const ExprTemplate *template)
{
	Jsonb	   *value = limit_value(eval, template);
	char	   *name;

	if (value == NULL)
		return NULL;
	name = mst_json_root(value).type == jbvString ? mst_json_to_text(value) : NULL;
	if (name != NULL && name[0] != '\0' && pg_mbstrlen(name) <= MAX_LIMIT_NAME)
		return name;
	set_problem(eval, "name", psprintf("a string of 1 to %d characters", MAX_LIMIT_NAME), value);
	return NULL;
}

static int32
limit_max(LimitEval *eval, const ExprTemplate *template)
{
	Jsonb	   *value = limit_value(eval, template);
	JsonbValue	root;
	int64		max = 0;

	if (value == NULL)
		return 0;
	root = mst_json_root(value);
	if (root.type == jbvNumeric && mst_json_print(value)[strspn(mst_json_print(value), "0123456789")] == '\0')
		max = mst_json_value_int(&root);
	if (max < 1 || max > MAX_LIMIT_COUNT)
		set_problem(eval, "max", psprintf("an integer from 1 to %d", MAX_LIMIT_COUNT), value);
	return (int32) max;
}

static void
eval_rate(LimitEval *eval, const ExprTemplate *template, SlotWant *want)
{
	Jsonb	   *value = limit_value(eval, template);

	if (value != NULL &&
		(mst_json_root(value).type != jbvString ||
		 !mst_rate_parse(mst_json_to_text(value), &want->rate, &want->window_s)))
		set_problem(eval, "rate", RATE_FORM, value);
}

/* Returns false if the key is null: then the limit does not apply. */
static bool
eval_key(LimitEval *eval, const ExprTemplate *template, SlotWant *want)
{
	Jsonb	   *value = limit_value(eval, template);

	if (value == NULL)
		return true;
	if (mst_json_is_null(value))
		return false;
	want->key = mst_json_to_text(value);
	if (pg_mbstrlen(want->key) > MAX_LIMIT_NAME)
		set_problem(eval, "key", psprintf("at most %d characters long", MAX_LIMIT_NAME),
					mst_json_text(psprintf("%.20s...", want->key)));
	return true;
}

/* Returns the text that says whose the limit is. */
static char *
owner_of_limit(const Task *task, int index, const char *name)
{
	const ExecutionRow *exec = task->exec->row;

	if (name != NULL)
		return psprintf("name\n%s", name);
	return psprintf("task\n%s\n%s\n%s\n%d", exec->namespace, exec->workflow_name,
					task->spec->name, index);
}

/* Returns what one limit wants; NULL: it does not apply, or is wrong. */
static SlotWant *
eval_limit(LimitEval *eval, int index)
{
	const LimitSpec *limit = &eval->task->spec->limits[index];
	SlotWant   *want = palloc0(sizeof(SlotWant));

	if (!eval_key(eval, limit->key, want))
		return NULL;
	want->name = limit_name(eval, limit->name);
	want->max = limit_max(eval, limit->max);
	eval_rate(eval, limit->rate, want);
	if (eval->problem != NULL)
		return NULL;
	want->limit_id = mst_slot_limit_id(owner_of_limit(eval->task, index, want->name), want->key);
	return want;
}

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
	char	   *name;

	if (!calls_action(task) || !mst_limits_on_actions() ||
		!mst_expr_eval_jsonb(task->spec->callee, bindings, &value, &error) ||
		mst_json_root(value).type != jbvString)
		return NULL;
	name = mst_limit_of_action(task->row->project_id, mst_json_to_text(value));
	if (name == NULL)
		return NULL;
	want = palloc0(sizeof(SlotWant));
	want->name = name;
	want->limit_id = mst_slot_limit_id(owner_of_limit(task, 0, name), NULL);
	return want;
}

static bool
has_limit(List *wants, const SlotWant *want)
{
	ListCell   *lc;

	foreach(lc, wants)
	{
		if (mst_uuid_equal(&((SlotWant *) lfirst(lc))->limit_id, &want->limit_id))
			return true;
	}
	return false;
}

/*
 * Returns what the task wants slots of (SlotWant *), each limit once.  *problem
 * is set when one is wrong.
 */
static List *
eval_limits(EngineCall *call, Task *task, char **problem)
{
	LimitEval	eval = {task, mst_bindings_task(call, task, NULL), NULL};
	List	   *wants = NIL;
	SlotWant   *of_action = call->is_simulated ? NULL : limit_of_action(task, eval.bindings);

	if (of_action != NULL)
		wants = list_make1(of_action);
	for (int i = 0; i < task->spec->n_limits && eval.problem == NULL; i++)
	{
		SlotWant   *want = eval_limit(&eval, i);
		SlotWant	stored;

		if (want == NULL || has_limit(wants, want))
			continue;
		if (want->name != NULL && want->max == 0 && want->rate == 0 && !call->is_simulated &&
			!mst_limit_read(task->row->project_id, want->name, &stored))
			eval.problem = psprintf("limit \"%s\" does not exist: create it with mistral.create_limit(), or give it max or rate",
									want->name);
		wants = lappend(wants, want);
	}
	*problem = eval.problem;
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
	set_slots(task, SLOTS_NONE);
	mst_task_set_state(call, task, MST_STATE_DELAYED, waiting_info(blocked));
	set_slots(task, SLOTS_AWAITED);
	return false;
}

/*
 * A task that runs is one of an execution again that had ended, so it has its
 * slots again, even if others have taken them meanwhile.
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
