/*-------------------------------------------------------------------------
 *
 * policies.c
 *	  What is applied before a task starts and after it has ended.
 *
 * Before: pause-before, wait-before with wait-until, timeout, concurrency, in
 * this order, once.  After: wait-after, fail-on, retry, each time the task completes.
 * Both times all fields are evaluated and checked first (docs/engine.md, Order
 * of policies).
 *
 * A timeout is one limit over all attempts of a task, counted from its start;
 * when it has passed, the task is not retried any more.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "dsl/limit_rules.h"
#include "engine/data/policy_values.h"
#include "engine/data/retry_values.h"
#include "engine/memory/rollback_row.h"
#include "engine/steps/steps.h"
#include "util/json.h"
#include "util/time_parse.h"
#include "util/time_text.h"

/* Values of a task's policies; 0 and false where not set. */
#define POLICY_VALUE(member, attribute, check, type, evaluate, label) type member;

typedef struct Policies
{
	TASK_POLICIES(POLICY_VALUE,);
	RetryValues retry;			/* none if it is per item */
} Policies;

/* Returns a point in time; 0 where not set, or null. */
static TimestampTz
time_of(PolicyEval *pe, const char *policy, const ExprTemplate *template)
{
	Jsonb	   *value;
	TimestampTz time = 0;

	if (!mst_policy_field(pe, template, &value) || mst_json_is_null(value))
		return 0;
	if (mst_json_root(value).type != jbvString || !mst_time_parse(mst_json_to_text(value), &time))
		mst_policy_wrong_type(pe, policy, value, "a time");
	return time;
}

/* A number of items or, as -1 less the number, their share in per cent. */
static int64
failures_of(PolicyEval *pe, const char *policy, const ExprTemplate *template)
{
	Jsonb	   *value;
	int64		number = 0;
	int			share = -1;

	if (!mst_policy_field(pe, template, &value))
		return 0;
	if (mst_json_root(value).type == jbvString)
		share = mst_percentage(mst_json_to_text(value));
	if (share >= 0)
		return -1 - share;
	if (!mst_json_whole_number(value, &number) || number > PG_INT32_MAX)
		mst_policy_wrong_type(pe, policy, value, "a number of items, or a share such as 10%");
	return number;
}

static int64
priority_of(PolicyEval *pe, const char *policy, const ExprTemplate *template)
{
	Jsonb	   *value;
	char	   *text;
	int64		number;

	if (!mst_policy_field(pe, template, &value))
		return 0;
	text = mst_json_root(value).type == jbvNumeric ? mst_json_print(value) : "x";
	number = strtol(text, NULL, 10);
	if (text[strspn(text, "-0123456789")] != '\0' || number < MIN_PRIORITY || number > MAX_PRIORITY)
	{
		mst_policy_wrong_type(pe, policy, value, psprintf("an integer from %d to %d", MIN_PRIORITY, MAX_PRIORITY));
		return 0;
	}
	return number;
}

static bool
boolean_of(PolicyEval *pe, const char *policy, const ExprTemplate *template)
{
	Jsonb	   *value;
	JsonbValue	root;

	if (!mst_policy_field(pe, template, &value))
		return false;
	root = mst_json_root(value);
	if (root.type == jbvBool)
		return root.val.boolean;
	mst_policy_wrong_type(pe, policy, value, "a boolean");
	return false;
}

/* A condition about what has ended: looked at after a completion only. */
static bool
truth_after(PolicyEval *pe, const char *policy, const ExprTemplate *template)
{
	return !pe->is_before && mst_policy_truth(pe, template);
}

#define EVALUATE_POLICY(member, attribute, check, type, evaluate, label) \
	p->member = evaluate(&pe, label, spec->member);
/* Those of items are evaluated for each, when it has ended. */
#define EVALUATE_RETRY \
	if (!spec->retry.per_item) \
		p->retry = mst_retry_values(&pe, &spec->retry);

/* False: a value is wrong, and the task and its execution have failed. */
static bool
evaluate_policies(EngineCall *call, Task *task, bool is_before, Policies *p)
{
	const TaskSpec *spec = task->spec;
	PolicyEval	pe = {call, task, mst_bindings_task(call, task, NULL), is_before, NULL};

	memset(p, 0, sizeof(Policies));
	TASK_POLICIES(EVALUATE_POLICY, EVALUATE_RETRY);

	if (pe.problem == NULL)
		return true;
	mst_task_force_fail(call, task, NULL, pe.problem);
	return false;
}

static TimestampTz
seconds_from_now(EngineCall *call, int64 seconds)
{
	return call->now + seconds * USECS_PER_SEC;
}

static void
start_timeout(EngineCall *call, Task *task, int64 limit)
{
	JsonBuilder b;

	task->runtime.timeout_from = task->row->attempt;
	task->runtime_dirty = true;
	mst_json_begin_object(&b);
	mst_json_add_int(&b, "limit", limit);
	mst_json_add_int(&b, "attempt", task->runtime.timeout_from);
	mst_call_delay(call, CALL_TIMEOUT_TASK, task->exec, task,
				   seconds_from_now(call, limit), NULL, mst_json_end(&b));
}

/*
 * Returns the timer's arguments, with the policy that set it for those who
 * ask.
 */
static Jsonb *
start_timer_args(Task *task, const char *policy)
{
	return mst_json_concat(mst_task_timer_args(task),
						   mst_json_object1("for", mst_json_text(policy)));
}

/* The start waits for wait-before and wait-until, whichever comes last. */
static void
delay_start(EngineCall *call, Task *task, const Policies *p)
{
	TimestampTz due = seconds_from_now(call, p->wait_before);
	bool		is_until = p->wait_until > due;

	if (p->wait_before > 0)
	{
		task->runtime.waited_before = true;
		task->runtime_dirty = true;
	}
	if (is_until)
		due = p->wait_until;
	mst_task_set_state(call, task, MST_STATE_DELAYED, is_until ?
					   psprintf("Delayed by 'wait-until' policy [until=%s]", mst_time_text(due)) :
					   psprintf("Delayed by 'wait-before' policy [delay=" INT64_FORMAT "]", p->wait_before));
	mst_call_delay(call, CALL_CONTINUE_TASK, task->exec, task, due, NULL,
				   is_until ? start_timer_args(task, "wait-until") : mst_task_timer_args(task));
}

/*
 * Applies the policies before a start or after a completion.  False: the task
 * does not go on now, because a policy holds it or an error has failed it.
 */
bool
mst_policies_before(EngineCall *call, Task *task)
{
	Policies	p;

	if (!task->spec->has_policies)
		return true;
	if (!evaluate_policies(call, task, true, &p))
		return false;
	if (p.pause_before)
	{
		mst_task_set_state(call, task, MST_STATE_IDLE,
						   pstrdup("Set by 'pause-before' policy"));
		task->runtime.paused_before = true;
		task->runtime_dirty = true;
		if (!mst_state_is_completed(task->exec->row->state))
			mst_execution_pause(call, task->exec, NULL, mst_pause_by_task(task, "pause-before"));
	}
	else if (p.wait_before > 0 || p.wait_until > call->now)
		delay_start(call, task, &p);
	if (p.timeout > 0)
		start_timeout(call, task, p.timeout);
	if (task->spec->max_failures != NULL)
	{
		task->runtime.has_max_failures = true;
		task->runtime.max_failures = p.max_failures;
		task->runtime_dirty = true;
	}
	if (p.priority != 0)
	{
		task->runtime.priority = p.priority;
		task->runtime_dirty = true;
	}
	if (p.concurrency > 0)
	{
		task->runtime.concurrency = p.concurrency;
		task->runtime_dirty = true;
	}
	return task->row->state == MST_STATE_RUNNING;
}

/* Wait-before or retry has passed. */
void
mst_policies_continue(EngineCall *call, Task *task)
{
	if (task->row->state == MST_STATE_DELAYED || task->row->state == MST_STATE_WAITING)
		mst_task_restart(call, task);
}

/* ---- after ---- */

static void
apply_wait_after(EngineCall *call, Task *task, int64 seconds)
{
	TaskRow    *row = task->row;

	task->runtime.end_state = row->state;
	task->runtime.end_info = row->state_info;
	task->runtime.wait_after_done = true;
	task->runtime_dirty = true;
	mst_task_set_state(call, task, MST_STATE_DELAYED,
					   psprintf("Delayed by 'wait-after' policy [delay=" INT64_FORMAT "]", seconds));
	mst_call_delay(call, CALL_COMPLETE_TASK, task->exec, task,
				   seconds_from_now(call, seconds), NULL, mst_task_timer_args(task));
}

/* Seconds with as many digits as needed. */
static char *
seconds_text(int64 ms)
{
	char	   *text;

	if (ms % 1000 == 0)
		return psprintf(INT64_FORMAT, ms / 1000);
	text = psprintf(INT64_FORMAT ".%03d", ms / 1000, (int) (ms % 1000));
	while (text[strlen(text) - 1] == '0')
		text[strlen(text) - 1] = '\0';
	return text;
}

static void
retry_task(EngineCall *call, Task *task, int64 delay_ms)
{
	bool		is_join = task->spec->join != JOIN_NONE;

	mst_task_unaccept(call, task, task->runtime.keeps_items || mst_task_is_compensation(task));
	task->runtime.retry_no++;
	task->runtime.rerun_items = NULL;
	mst_task_next_attempt(call, task);
	mst_task_set_state(call, task, is_join ? MST_STATE_WAITING : MST_STATE_DELAYED,
					   psprintf("Delayed by 'retry' policy [delay=%s]", seconds_text(delay_ms)));
	if (delay_ms == 0 && !is_join)
		mst_task_restart(call, task);
	else
		mst_call_delay(call, CALL_CONTINUE_TASK, task->exec, task,
					   call->now + delay_ms * 1000, NULL, mst_task_timer_args(task));
}

/* False: an expression has failed. */
static bool
wants_retry(EngineCall *call, Task *task, const Policies *p, bool *again)
{
	const TaskSpec *spec = task->spec;
	State		state = task->row->state;
	PolicyEval	pe = {call, task, mst_bindings_outbound(call, task), false, NULL};
	bool		continue_on = mst_policy_truth(&pe, spec->retry.continue_on);
	bool		break_on = mst_policy_truth(&pe, spec->retry.break_on);

	*again = false;
	task->runtime_dirty |= !task->runtime.has_retry;
	task->runtime.has_retry = true;
	if (pe.problem != NULL)
	{
		mst_task_force_fail(call, task, NULL, pe.problem);
		return false;
	}
	if (task->runtime.retry_no >= p->retry.count || task->runtime.timed_out ||
		(state == MST_STATE_SUCCESS && spec->retry.continue_on == NULL) ||
		(spec->retry.continue_on != NULL && !continue_on) ||
		(state == MST_STATE_ERROR && (break_on || mst_task_error_breaks(call, task))))
		return true;
	*again = true;
	return true;
}

/*
 * Applies the policies that count after a task, each time it completes; false
 * when the caller has nothing left to do: one of them keeps the task from being
 * over (wait-after, a retry), or could not be evaluated and has failed it.
 */
bool
mst_policies_after(EngineCall *call, Task *task)
{
	State		state = task->row->state;
	Policies	p;
	bool		is_over;		/* nothing starts any more */
	bool		again;

	if (!task->spec->has_policies)
		return true;
	if (!evaluate_policies(call, task, false, &p))
		return false;
	is_over = mst_task_is_stopped(task);
	if (p.wait_after > 0 && !task->runtime.wait_after_done && !task->runtime.timed_out && !is_over)
	{
		apply_wait_after(call, task, p.wait_after);
		return false;
	}
	if (p.fail_on && state == MST_STATE_SUCCESS)
	{
		mst_task_set_state(call, task, MST_STATE_ERROR, pstrdup("Failed by 'fail-on' policy"));
		state = MST_STATE_ERROR;
	}
	if (p.retry.count > 0 && !is_over && (state == MST_STATE_SUCCESS || state == MST_STATE_ERROR))
	{
		if (!wants_retry(call, task, &p, &again))
			return false;
		if (again)
		{
			retry_task(call, task, mst_retry_delay_of(call, &p.retry, task->runtime.retry_no));
			return false;
		}
	}
	return true;
}
