/*-------------------------------------------------------------------------
 *
 * human_tasks_sql.c
 *	  Tasks of people, for those who do them.
 *
 * None of these functions asks for rights on the execution: being a candidate
 * is the right.  A task that the user may not know of is one that is not there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "engine/calls/people.h"
#include "store/access.h"
#include "util/args.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/time_text.h"
#include "util/uuid.h"

PG_FUNCTION_INFO_V1(mistral_claim_task);
PG_FUNCTION_INFO_V1(mistral_complete_task);
PG_FUNCTION_INFO_V1(mistral_delegate_task);
PG_FUNCTION_INFO_V1(mistral_get_human_task);
PG_FUNCTION_INFO_V1(mistral_is_candidate);
PG_FUNCTION_INFO_V1(mistral_release_task);
PG_FUNCTION_INFO_V1(mistral_task_refusal);

static pg_uuid_t *
task_id_arg(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", "id")));
	return PG_GETARG_UUID_P(0);
}

/* claim_task(id): nobody else may do it. */
Datum
mistral_claim_task(PG_FUNCTION_ARGS)
{
	mst_engine_claim_human_task(task_id_arg(fcinfo));
	PG_RETURN_VOID();
}

/* release_task(id): its candidates may do it again. */
Datum
mistral_release_task(PG_FUNCTION_ARGS)
{
	mst_engine_release_human_task(task_id_arg(fcinfo));
	PG_RETURN_VOID();
}

/* delegate_task(id, role): members of that role are to do it. */
Datum
mistral_delegate_task(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id = task_id_arg(fcinfo);

	mst_engine_delegate_human_task(id, mst_required_text_arg(fcinfo, 1, "role"));
	PG_RETURN_VOID();
}

/* complete_task(id, answer): the result that the workflow gets. */
Datum
mistral_complete_task(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id = task_id_arg(fcinfo);
	Jsonb	   *answer = PG_ARGISNULL(1) ? mst_json_null() : PG_GETARG_JSONB_P(1);

	PG_RETURN_JSONB_P(mst_engine_complete_human_task(id, answer));
}

/*
 * is_candidate(candidates, delegated_to): whether the current user is among
 * those who are to do a task.
 */
Datum
mistral_is_candidate(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!PG_ARGISNULL(0) &&
				   mst_human_is_candidate(PG_GETARG_JSONB_P(0), mst_text_arg(fcinfo, 1)));
}

/* Returns the task if the current user may know of it; else NULL. */
static HumanTaskRow *
find_visible(const pg_uuid_t *id)
{
	HumanTaskRow *human = mst_store_human_task(id);

	return human != NULL && mst_human_is_visible(human) ? human : NULL;
}

/*
 * task_refusal(id): why the current user may not do a task; null: he may.
 */
Datum
mistral_task_refusal(PG_FUNCTION_ARGS)
{
	HumanTaskRow *human = find_visible(PG_GETARG_UUID_P(0));
	HumanActor	actor;
	char	   *message;

	if (human == NULL)
		PG_RETURN_TEXT_P(cstring_to_text("it is not there"));
	actor = mst_human_actor();
	if (mst_human_obstacle(human, &actor, &message) == OBSTACLE_NONE)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(message));
}

/* ---- as JSON ---- */

static void
add_task_time(JsonBuilder *b, const char *name, TimestampTz time)
{
	mst_json_add_text(b, name, time == 0 ? NULL : mst_time_text(time));
}

static void
add_task_id(JsonBuilder *b, const char *name, const pg_uuid_t *id)
{
	mst_json_add_text(b, name, mst_uuid_is_none(id) ? NULL : mst_uuid_text(id));
}

static const char *
task_state(const HumanTaskRow *human, HumanObstacle obstacle)
{
	if (human->completed_by != NULL)
		return "COMPLETED";
	if (obstacle == OBSTACLE_OVER)
		return "ENDED";
	return human->claimed_by != NULL ? "CLAIMED" : "OPEN";
}

static void
add_permissions(JsonBuilder *b, const HumanTaskRow *human, HumanObstacle obstacle, const char *why_not)
{
	bool		is_over = obstacle == OBSTACLE_OVER;
	bool		may_do = obstacle == OBSTACLE_NONE;
	bool		may_change = mst_can_change_project(human->project_id);
	const char *holder = human->claimed_by != NULL ? human->claimed_by : human->delegated_to;

	mst_json_open_object(b, "permissions");
	mst_json_add_bool(b, "claim", may_do && human->claimed_by == NULL);
	mst_json_add_bool(b, "complete", may_do);
	mst_json_add_bool(b, "release", !is_over && holder != NULL && (may_change || may_do));
	mst_json_add_bool(b, "delegate", !is_over && (may_change || may_do));
	mst_json_add_text(b, "why_not", may_do ? NULL : why_not);
	mst_json_close_object(b);
}

/* What those see besides who may see the execution. */
static void
add_origin(JsonBuilder *b, const HumanTaskRow *human)
{
	mst_json_add_text(b, "project_id", human->project_id);
	add_task_id(b, "workflow_execution_id", &human->execution_id);
	add_task_id(b, "task_execution_id", &human->task_id);
	mst_json_add_text(b, "workflow_name", human->workflow_name);
	mst_json_add_text(b, "task_name", human->task_name);
	mst_json_add_int(b, "item_index", human->item_index);
	mst_json_add(b, "candidates", human->candidates);
	mst_json_add(b, "distinct_from", human->distinct_from);
	mst_json_add(b, "escalations", human->escalations);
	mst_json_add_text(b, "delegated_by", human->delegated_by);
	mst_json_add_text(b, "completed_by", human->completed_by);
	add_task_time(b, "completed_at", human->completed_at);
}

static Jsonb *
human_task_json(const HumanTaskRow *human)
{
	HumanActor	actor = mst_human_actor();
	char	   *why_not;
	HumanObstacle obstacle = mst_human_obstacle(human, &actor, &why_not);
	JsonBuilder b;

	mst_json_begin_object(&b);
	add_task_id(&b, "id", &human->id);
	mst_json_add_text(&b, "state", task_state(human, obstacle));
	mst_json_add_text(&b, "title", human->title);
	mst_json_add_text(&b, "description", human->description);
	mst_json_add(&b, "form", human->form);
	mst_json_add(&b, "data", human->data);
	mst_json_add_int(&b, "priority", human->priority);
	add_task_time(&b, "created_at", human->created_at);
	add_task_time(&b, "due_at", human->due_at);
	mst_json_add_bool(&b, "is_overdue", human->is_overdue);
	mst_json_add_text(&b, "claimed_by", human->claimed_by);
	add_task_time(&b, "claimed_at", human->claimed_at);
	mst_json_add_text(&b, "delegated_to", human->delegated_to);
	add_permissions(&b, human, obstacle, why_not);
	if (mst_can_read_project(human->project_id))
		add_origin(&b, human);
	return mst_json_end(&b);
}

/*
 * get_human_task(id): a task, and what the current user may do with it; null
 * if he may not know of it.
 */
Datum
mistral_get_human_task(PG_FUNCTION_ARGS)
{
	HumanTaskRow *human = find_visible(PG_GETARG_UUID_P(0));

	if (human == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(human_task_json(human));
}
