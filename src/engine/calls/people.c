/*-------------------------------------------------------------------------
 *
 * people.c
 *	  Tasks of people: who may do them, and doing them.
 *
 * Rights are those of the current user: he may do what he is a candidate for,
 * which has nothing to do with the execution's project.  Whoever may change
 * that project may take a task from somebody and hand it to others, and no more:
 * "distinct-from" and the form bind everybody.
 *
 * All who do something with a task lock its row first, and hold it until their
 * transactions end.  The engine never waits for that lock.  Whether a task is
 * open is read from its action, task and execution, as they are committed.  An
 * answer then goes the way of all results (calls/results.c), of which one is
 * taken.
 *
 * Whoever may not change the project leaves the answer to the scheduler: what
 * follows in the workflow has no business in that session.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/acl.h"
#include "utils/timestamp.h"

#include "dsl/schema.h"
#include "engine/calls/people.h"
#include "engine/memory/human_rows.h"
#include "engine/memory/limits.h"
#include "store/access.h"
#include "store/home.h"
#include "store/lookups.h"
#include "store/reporting.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/time_parse.h"
#include "util/time_text.h"
#include "util/uuid.h"

/* problems of an answer that are listed */
#define MAX_PROBLEMS	100

/* ---- what is open ---- */

static char *
why_execution_is_over(const HumanTaskRow *human)
{
	TaskRow    *task = mst_store_task(&human->task_id);
	ExecutionRow *exec = mst_store_execution(&human->execution_id, LOCK_NONE, NULL);
	ExecutionRow *root = mst_store_execution(&human->root_id, LOCK_NONE, NULL);

	if (task == NULL || exec == NULL)
		return pstrdup("its execution has been deleted");
	/* what is undone is undone after the end */
	if (!mst_uuid_is_none(&task->compensates))
		return mst_state_is_completed(task->state) ? pstrdup("its task has ended") : NULL;
	if (mst_state_is_completed(exec->state))
		return psprintf("its execution has ended with %s", mst_state_name(exec->state));
	if (root != NULL && mst_state_is_completed(root->state))
		return psprintf("its execution has ended with %s", mst_state_name(root->state));
	if (mst_state_is_completed(task->state))
		return psprintf("its task has ended with %s", mst_state_name(task->state));
	return NULL;
}

/* Returns why a task cannot be done any more, palloc'd; NULL: it is open. */
static char *
why_task_is_over(const HumanTaskRow *human)
{
	ActionRow  *action = mst_store_action(&human->id);
	TaskRow    *task;
	char	   *why = NULL;

	if (human->completed_by != NULL)
		return psprintf("role \"%s\" has completed it", human->completed_by);
	if (action == NULL)
		return pstrdup("its execution has been deleted");
	if (!mst_uuid_is_none(&human->execution_id))
		why = why_execution_is_over(human);
	if (why != NULL)
		return why;
	if (mst_state_is_completed(action->state))
		return psprintf("it has ended with %s", mst_state_name(action->state));
	if (mst_report_is_recorded(&human->id))
		return pstrdup("its project has ended it");
	task = mst_uuid_is_none(&human->task_id) ? NULL : mst_store_task(&human->task_id);
	if (task != NULL && task->attempt != action->attempt)
		return pstrdup("another attempt at its task has begun");
	return NULL;
}

/* ---- who may ---- */

/*
 * Returns whether the current user is among those who are to do a task: a
 * member of a candidate role or, while it is delegated, of that role.
 */
bool
mst_human_is_candidate(const Jsonb *candidates, const char *delegated_to)
{
	if (delegated_to != NULL)
		return mst_has_role(delegated_to);
	for (int i = 0; i < mst_json_count(candidates); i++)
	{
		if (mst_has_role(mst_json_to_text(mst_json_item(candidates, i))))
			return true;
	}
	return false;
}

/* Returns whether the current user may know of a task. */
bool
mst_human_is_visible(const HumanTaskRow *human)
{
	return mst_human_is_candidate(human->candidates, human->delegated_to) ||
		mst_can_read_project(human->project_id);
}

/* Returns what keeps the current user, who is that actor, from doing a task, and says it. */
HumanObstacle
mst_human_obstacle(const HumanTaskRow *human, const HumanActor *actor, char **message)
{
	char	   *other;

	*message = why_task_is_over(human);
	if (*message != NULL)
		return OBSTACLE_OVER;
	if (!mst_human_is_candidate(human->candidates, human->delegated_to))
	{
		*message = psprintf("role \"%s\" is not among those who may do it", actor->role);
		return OBSTACLE_NO_CANDIDATE;
	}
	other = mst_human_done_before(human, actor);
	if (other != NULL)
	{
		*message = psprintf("who has done task \"%s\" may not do this one", other);
		return OBSTACLE_DISTINCT;
	}
	if (human->claimed_by == NULL || strcmp(human->claimed_by, actor->role) == 0)
		return OBSTACLE_NONE;
	*message = psprintf("role \"%s\" has claimed it", human->claimed_by);
	return OBSTACLE_CLAIMED;
}

static void
raise_obstacle(const pg_uuid_t *id, const char *what, HumanObstacle obstacle, const char *message)
{
	bool		is_late = obstacle == OBSTACLE_OVER || obstacle == OBSTACLE_CLAIMED;

	if (obstacle != OBSTACLE_NONE)
		ereport(ERROR,
				(errcode(is_late ? ERRCODE_MISTRAL_STATE_TRANSITION : ERRCODE_MISTRAL_NOT_ALLOWED),
				 errmsg("cannot %s task %s: %s", what, mst_uuid_text(id), message),
				 obstacle == OBSTACLE_CLAIMED ?
				 errhint("It can be released by that role, and by whoever may change the execution.") : 0));
}

/* Locks a task that the current user may know of; others get the error of one that is not there. */
static HumanTaskRow *
lock_visible(const pg_uuid_t *id)
{
	HumanTaskRow *human;

	mst_home_require();
	human = mst_store_human_task(id);
	if (human != NULL && mst_human_is_visible(human))
		human = mst_store_lock_human_task(id);
	if (human == NULL || !mst_human_is_visible(human))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("there is no task of people with id %s", mst_uuid_text(id))));
	return human;
}

static void
require_open(const HumanTaskRow *human, const char *what)
{
	char	   *message = why_task_is_over(human);

	if (message != NULL)
		raise_obstacle(&human->id, what, OBSTACLE_OVER, message);
}

/* ---- events ---- */

static void
tell_event(const HumanTaskRow *human, const char *event)
{
	ExecutionRow *row = mst_uuid_is_none(&human->execution_id) ? NULL :
	mst_store_execution(&human->execution_id, LOCK_NONE, NULL);
	EngineCall *call;
	Execution  *exec;

	if (row == NULL || !row->has_notify)
		return;
	call = mst_call_begin();
	exec = mst_call_execution(call, &human->execution_id, LOCK_NONE, NULL);
	if (exec != NULL)
		mst_event_human(call, exec, human, event);
	mst_call_finish(call);
}

/* ---- claims ---- */

static void
note_claim(HumanTaskRow *human, const HumanActor *actor)
{
	human->claimed_by = actor->role;
	human->claimed_login = actor->login;
	human->claimed_at = GetCurrentTimestamp();
}

static void
drop_claim(HumanTaskRow *human)
{
	human->claimed_by = NULL;
	human->claimed_login = NULL;
	human->claimed_at = 0;
}

/*
 * Claims a task for the current user; does nothing if he has claimed it.
 * Raises an error when he may not do it.
 */
void
mst_engine_claim_human_task(const pg_uuid_t *id)
{
	HumanTaskRow *human = lock_visible(id);
	HumanActor	actor = mst_human_actor();
	char	   *message;
	HumanObstacle obstacle = mst_human_obstacle(human, &actor, &message);

	raise_obstacle(id, "claim", obstacle, message);
	if (human->claimed_by != NULL)
		return;
	note_claim(human, &actor);
	mst_store_write_human_task(human);
	tell_event(human, "HUMAN_TASK_CLAIMED");
}

/*
 * Raises an error unless the current user may give a task back, which is with
 * the holder; NULL: with nobody, and then who may do nothing with it must not
 * keep it locked.
 */
static void
check_release(const HumanTaskRow *human, const char *holder)
{
	if (mst_can_change_project(human->project_id))
		return;
	if (holder == NULL && !mst_human_is_candidate(human->candidates, NULL))
		raise_obstacle(&human->id, "release", OBSTACLE_NO_CANDIDATE,
					   psprintf("role \"%s\" is not among those who may do it", mst_current_project()));
	if (holder != NULL &&
		!(human->claimed_by != NULL ? strcmp(holder, mst_current_project()) == 0 : mst_has_role(holder)))
		raise_obstacle(&human->id, "release", OBSTACLE_CLAIMED, psprintf("it is with role \"%s\"", holder));
}

/*
 * Gives a task back to its candidates, whoever it is claimed by or delegated
 * to; does nothing if there is nobody.
 */
void
mst_engine_release_human_task(const pg_uuid_t *id)
{
	HumanTaskRow *human = lock_visible(id);
	const char *holder = human->claimed_by != NULL ? human->claimed_by : human->delegated_to;

	require_open(human, "release");
	check_release(human, holder);
	if (holder == NULL)
		return;
	drop_claim(human);
	human->delegated_to = NULL;
	human->delegated_by = NULL;
	mst_store_write_human_task(human);
	tell_event(human, "HUMAN_TASK_RELEASED");
}

/* Raises an error unless a task may be handed to the role. */
static void
check_delegate(const HumanTaskRow *human, const char *role)
{
	HumanActor	delegate = {pstrdup(role), NULL};
	char	   *other;

	if (!OidIsValid(get_role_oid(role, true)))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("cannot delegate task %s: role \"%s\" does not exist", mst_uuid_text(&human->id), role)));
	other = mst_human_done_before(human, &delegate);
	if (other != NULL)
		raise_obstacle(&human->id, "delegate", OBSTACLE_DISTINCT,
					   psprintf("role \"%s\" has done task \"%s\", and may not do this one", role, other));
}

/*
 * Hands a task to a role: only its members may do it, until somebody releases
 * it.  Whoever may do the task may hand it on, as may who may change the
 * execution.
 */
void
mst_engine_delegate_human_task(const pg_uuid_t *id, const char *role)
{
	HumanTaskRow *human = lock_visible(id);
	HumanActor	actor = mst_human_actor();
	char	   *message;
	HumanObstacle obstacle = mst_human_obstacle(human, &actor, &message);

	if (obstacle == OBSTACLE_OVER || !mst_can_change_project(human->project_id))
		raise_obstacle(id, "delegate", obstacle, message);
	check_delegate(human, role);
	drop_claim(human);
	human->delegated_to = pstrdup(role);
	human->delegated_by = actor.role;
	mst_store_write_human_task(human);
	tell_event(human, "HUMAN_TASK_DELEGATED");
}

/* ---- answers ---- */

static void
check_answer(const HumanTaskRow *human, const Jsonb *answer)
{
	List	   *problems = mst_schema_validate(human->form, answer, MAX_PROBLEMS);

	if (problems != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("the answer does not fit the form of task %s: %s", mst_uuid_text(&human->id),
						mst_schema_problems_text(problems))));
}

static Jsonb *
make_human_result(const HumanTaskRow *human, const Jsonb *answer)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add(&b, "answer", answer);
	mst_json_add_text(&b, "by", human->completed_by);
	mst_json_add_text(&b, "at", mst_time_text(human->completed_at));
	return mst_json_end(&b);
}

static void
report_answer(const HumanTaskRow *human, Jsonb *result)
{
	ActionResult report = {.action_id = human->id, .state = MST_STATE_SUCCESS, .output = result};

	if (mst_can_change_project(human->project_id) || mst_uuid_is_none(&human->execution_id))
		mst_engine_report_results(&report, 1, NULL, NULL);
	else
		mst_engine_leave_result(&report);
	if (report.refusal != RESULT_TAKEN)
		raise_obstacle(&human->id, "complete", OBSTACLE_OVER, "it has ended");
}

/*
 * Completes a task with an answer, in the caller's transaction.  Returns its
 * result {answer, by, at}; raises an error, with nothing done, when the current
 * user may not do it, it is over, or the answer does not fit the form.
 */
Jsonb *
mst_engine_complete_human_task(const pg_uuid_t *id, Jsonb *answer)
{
	HumanTaskRow *human = lock_visible(id);
	HumanActor	actor = mst_human_actor();
	HumanObstacle obstacle;
	char	   *message;
	Jsonb	   *result;

	mst_human_lock_actor(human, &actor);
	obstacle = mst_human_obstacle(human, &actor, &message);
	raise_obstacle(id, "complete", obstacle, message);
	check_answer(human, answer);
	if (human->claimed_by == NULL)
		note_claim(human, &actor);
	human->completed_by = actor.role;
	human->completed_login = actor.login;
	human->completed_at = GetCurrentTimestamp();
	human->is_ended = true;
	result = make_human_result(human, answer);
	mst_limit_require("ActionExecution", "output", result);
	mst_store_write_human_task(human);
	report_answer(human, result);
	tell_event(human, "HUMAN_TASK_COMPLETED");
	return result;
}

/* ---- time ---- */

static bool
lists_name(const Jsonb *names, const char *name)
{
	for (int i = 0; i < mst_json_count(names); i++)
	{
		if (strcmp(mst_json_to_text(mst_json_item(names, i)), name) == 0)
			return true;
	}
	return false;
}

static void
add_candidate(HumanTaskRow *human, const char *role)
{
	JsonBuilder b;

	if (lists_name(human->candidates, role))
		return;
	mst_json_begin_array(&b);
	for (int i = 0; i < mst_json_count(human->candidates); i++)
		mst_json_add(&b, NULL, mst_json_item(human->candidates, i));
	mst_json_add_text(&b, NULL, role);
	human->candidates = mst_json_end(&b);
}

/*
 * Lets more roles do the task.  Who has it, and has not done it in time, has it
 * no longer for himself, but may still do it.
 */
static void
add_escalated(HumanTaskRow *human, const Jsonb *to)
{
	if (human->delegated_to != NULL)
		add_candidate(human, human->delegated_to);
	for (int i = 0; i < mst_json_count(to); i++)
		add_candidate(human, mst_json_to_text(mst_json_item(to, i)));
	human->delegated_to = NULL;
	human->delegated_by = NULL;
	drop_claim(human);
}

/* Does the escalations that are due; returns whether there was one. */
static bool
escalate_due(HumanTaskRow *human, TimestampTz now)
{
	bool		is_any = false;
	JsonBuilder b;

	mst_json_begin_array(&b);
	for (int i = 0; i < mst_json_count(human->escalations); i++)
	{
		Jsonb	   *item = mst_json_item(human->escalations, i);
		TimestampTz at;

		if (!mst_json_get_bool(item, "done", false) &&
			mst_time_parse(mst_json_get_text(item, "at"), &at) && at <= now)
		{
			JsonBuilder done;

			add_escalated(human, mst_json_get(item, "to"));
			mst_json_begin_object(&done);
			mst_json_add_bool(&done, "done", true);
			item = mst_json_concat(item, mst_json_end(&done));
			is_any = true;
		}
		mst_json_add(&b, NULL, item);
	}
	if (is_any)
		human->escalations = mst_json_end(&b);
	return is_any;
}

static void
set_next_timer(const HumanTaskRow *human, const DelayedCallRow *delayed)
{
	DelayedCallRow *next = palloc0(sizeof(DelayedCallRow));

	*next = *delayed;
	next->row = (RowState)
	{
		.is_new = true
	};
	next->id = 0;
	next->attempts = 0;
	next->error = NULL;
	next->key = mst_human_timer_key(&human->id);
	next->due_at = mst_human_next_moment(human);
	if (next->due_at != 0)
		mst_store_insert_delayed_calls(&next, 1);
}

/* Locks the task of a timer; NULL: there is nothing to do for it. */
static HumanTaskRow *
lock_for_timer(const pg_uuid_t *id)
{
	HumanTaskRow *human = mst_store_human_task(id);

	if (human == NULL || human->is_ended)
		return NULL;
	human = mst_store_try_lock_human_task(id);
	if (human == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("task %s is being worked on by another transaction", mst_uuid_text(id))));
	return human->is_ended ? NULL : human;
}

/* Does what is due with an open task. */
static void
pass_time(HumanTaskRow *human, const DelayedCallRow *delayed)
{
	TimestampTz now = Max(GetCurrentTimestamp(), delayed->due_at);
	bool		is_overdue = !human->is_overdue && human->due_at != 0 && human->due_at <= now;
	bool		is_escalated = escalate_due(human, now);

	human->is_overdue |= is_overdue;
	mst_store_write_human_task(human);
	set_next_timer(human, delayed);
	if (is_overdue)
		tell_event(human, "HUMAN_TASK_OVERDUE");
	if (is_escalated)
		tell_event(human, "HUMAN_TASK_ESCALATED");
}

/*
 * Runs the timer of a task: marks it as overdue, escalates it, or marks it as
 * ended.  It is put off, by an error, while somebody has the task locked.
 */
void
mst_human_timer_run(const DelayedCallRow *delayed)
{
	ActionRow  *action;
	HumanTaskRow *human;
	pg_uuid_t	id;

	if (!mst_uuid_parse(mst_json_get_text(delayed->args, "action_id"), &id))
		elog(ERROR, "delayed call without action id");
	human = lock_for_timer(&id);
	if (human == NULL)
		return;
	action = mst_store_action(&id);
	if (action != NULL && !mst_state_is_completed(action->state))
	{
		pass_time(human, delayed);
		return;
	}
	human->is_ended = true;
	mst_store_write_human_task(human);
}
