/*-------------------------------------------------------------------------
 *
 * triggers_sql.c
 *	  Cron and event triggers for SQL: making, changing and raising them.
 *
 * What a trigger does when its time or its event comes is in
 * engine/calls/trigger_fire.c.
 *
 * A trigger starts its workflow for the project that owns it, so whoever
 * makes one needs to see the workflow, and the input is checked when the
 * trigger is made: a start that must fail is refused now rather than at
 * night.  Scope is as of any object: others may see a public trigger, and
 * only its project may change it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "definition/definitions.h"
#include "definition/definitions_write.h"
#include "engine/calls/deliver_signal.h"
#include "engine/calls/trigger_fire.h"
#include "engine/data/input.h"
#include "engine/memory/limits.h"
#include "store/access.h"
#include "store/publishers.h"
#include "store/signals.h"
#include "store/statement.h"
#include "util/args.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/uuid.h"

PG_FUNCTION_INFO_V1(mistral_backfill_cron_trigger);
PG_FUNCTION_INFO_V1(mistral_create_cron_trigger);
PG_FUNCTION_INFO_V1(mistral_delete_cron_trigger);
PG_FUNCTION_INFO_V1(mistral_create_event_trigger);
PG_FUNCTION_INFO_V1(mistral_update_event_trigger);
PG_FUNCTION_INFO_V1(mistral_delete_event_trigger);
PG_FUNCTION_INFO_V1(mistral_raise_event);
PG_FUNCTION_INFO_V1(mistral_cron_next);
PG_FUNCTION_INFO_V1(mistral_enable_cron_trigger);
PG_FUNCTION_INFO_V1(mistral_enable_event_trigger);
PG_FUNCTION_INFO_V1(mistral_set_cron_policy);
PG_FUNCTION_INFO_V1(mistral_fire_cron_trigger);

/* in characters, as in the tables' constraints */
#define MAX_NAME		200
#define MAX_PATTERN		100
#define MAX_EVENT_PART	80

#define MIN_NOTICE_US	(60 * USECS_PER_SEC)

#define MAX_JITTER_US	USECS_PER_DAY

/* executions that one call starts for times of a trigger */
#define MAX_BACKFILL	10000

/* ---- the workflow of a trigger ---- */

/* Checks the input of the workflow to be started; returns its id. */
static pg_uuid_t
check_workflow(const WorkflowRef *ref, Jsonb *input)
{
	const WorkflowSpec *spec = mst_definition_workflow_spec(&ref->version_id);
	char	   *problem = mst_input_check(ref->name, "WorkflowDefinition", spec->inputs,
										  spec->n_inputs, input);

	if (problem == NULL)
		problem = mst_input_check_schema(spec, ref->name,
										 mst_input_add_defaults(spec->inputs, spec->n_inputs, input));
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT), errmsg("%s", problem)));
	return ref->definition_id;
}

/*
 * Returns the workflow of a cron trigger, by name or id; its input is checked.
 */
static pg_uuid_t
find_workflow(const char *identifier, Jsonb *input)
{
	WorkflowRef ref;

	if (identifier == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("Workflow ID or workflow name must be provided. Workflow ID is recommended.")));
	if (!mst_definition_find_workflow(identifier, "", mst_current_project(), &ref) ||
		!mst_trigger_hold_workflow(&ref.definition_id))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("Workflow not found [workflow_identifier=%s, namespace=]", identifier)));
	return check_workflow(&ref, input);
}

/*
 * Returns the workflow of an event trigger, by id only; its input is checked.
 */
static pg_uuid_t
find_event_workflow(const pg_uuid_t *id, Jsonb *input)
{
	char	   *text = mst_uuid_text(id);
	WorkflowRef ref;

	if (!mst_definition_find_workflow(text, "", mst_current_project(), &ref))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("Workflow not found [workflow_id=%s]", text)));
	return check_workflow(&ref, input);
}

/* ---- cron triggers ---- */

/*
 * Sets the first time and the number of starts, as the reference does: a
 * trigger without a pattern starts once.
 */
static void
set_times(CronTrigger *trigger)
{
	TimestampTz now = GetCurrentTimestamp();

	if (trigger->pattern == NULL && trigger->first_execution_time == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("Pattern or first_execution_time must be specified.")));
	if (trigger->first_execution_time != 0 &&
		trigger->first_execution_time < now + MIN_NOTICE_US)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("first_execution_time must be at least 1 minute in the future.")));
	if (trigger->pattern == NULL && trigger->remaining_executions > 1)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("Pattern must be provided if count is superior to 1.")));
	if (trigger->pattern == NULL)
		trigger->remaining_executions = 1;
	else
		trigger->next_execution_time = mst_cron_trigger_next_time(trigger->pattern, trigger->time_zone, now);
	if (trigger->first_execution_time != 0)
		trigger->next_execution_time = trigger->first_execution_time;
}

/*
 * create_cron_trigger(name, workflow, pattern, workflow_input,
 * workflow_params, first_execution_time, remaining_executions, scope,
 * time_zone): stores a trigger with the delayed call of its first time, and
 * returns its id.
 */
Datum
mistral_create_cron_trigger(PG_FUNCTION_ARGS)
{
	CronTrigger trigger = {0};
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

	trigger.name = mst_text_arg(fcinfo, 0);
	trigger.pattern = mst_text_arg(fcinfo, 2);
	trigger.workflow_input = mst_object_arg(fcinfo, 3, "workflow_input");
	trigger.workflow_params = mst_object_arg(fcinfo, 4, "workflow_params");
	mst_publisher_check_params(trigger.workflow_params);
	if (!PG_ARGISNULL(5))
		trigger.first_execution_time = PG_GETARG_TIMESTAMPTZ(5);
	if (!PG_ARGISNULL(6))
		trigger.remaining_executions = PG_GETARG_INT32(6);
	trigger.scope = PG_ARGISNULL(7) ? "private" : mst_text_arg(fcinfo, 7);
	trigger.time_zone = PG_ARGISNULL(8) ? "UTC" : mst_text_arg(fcinfo, 8);
	trigger.project_id = mst_current_project();
	if (trigger.workflow_input == NULL)
		trigger.workflow_input = mst_json_object();
	if (trigger.workflow_params == NULL)
		trigger.workflow_params = mst_json_object();

	if (trigger.name == NULL || *trigger.name == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("a cron trigger needs a name")));
	if (!PG_ARGISNULL(6) && trigger.remaining_executions < 1)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("the number of remaining executions must be at least 1")));
	mst_definition_check_scope(trigger.scope);
	mst_definition_check_length("a name", trigger.name, MAX_NAME);
	mst_definition_check_length("a pattern", trigger.pattern, MAX_PATTERN);
	mst_limit_require("CronTrigger", "workflow_input", trigger.workflow_input);
	mst_limit_require("CronTrigger", "workflow_params", trigger.workflow_params);
	set_times(&trigger);
	trigger.workflow_id = find_workflow(mst_text_arg(fcinfo, 1), trigger.workflow_input);
	trigger.id = mst_uuid_new();
	if (!mst_cron_trigger_insert(&trigger))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_DUPLICATE),
				 errmsg("Duplicate entry for cron trigger ['name', 'project_id']: %s, %s",
						trigger.name, trigger.project_id)));
	mst_cron_trigger_wait(&trigger);
	*id = trigger.id;
	PG_RETURN_UUID_P(id);
}

/* fire_cron_trigger(id uuid) */
Datum
mistral_fire_cron_trigger(PG_FUNCTION_ARGS)
{
	mst_cron_trigger_fire_now(PG_GETARG_UUID_P(0));
	PG_RETURN_VOID();
}

/*
 * Returns a trigger, locked, for a change by its owner.  One that the user
 * cannot read is not found; one that he can only read is refused.
 */
static CronTrigger *
lock_cron_trigger(const pg_uuid_t *id)
{
	CronTrigger *trigger = mst_cron_trigger_lock(id);

	if (trigger == NULL ||
		(!mst_can_read_project(trigger->project_id) && strcmp(trigger->scope, "public") != 0))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("Cron trigger not found [identifier=%s]", mst_uuid_text(id))));
	mst_definition_check_owner("CronTrigger", id, trigger->project_id, false);
	return trigger;
}

/*
 * delete_cron_trigger(id): its delayed call and its job of pg_cron go with
 * it.
 */
Datum
mistral_delete_cron_trigger(PG_FUNCTION_ARGS)
{
	CronTrigger *trigger = lock_cron_trigger(PG_GETARG_UUID_P(0));

	mst_cron_trigger_delete(&trigger->id);
	PG_RETURN_VOID();
}

/*
 * enable_cron_trigger(id, enabled): returns the next time; null when it is
 * disabled.  Times of a pattern that passed meanwhile are not made up for.
 */
Datum
mistral_enable_cron_trigger(PG_FUNCTION_ARGS)
{
	CronTrigger *trigger = lock_cron_trigger(PG_GETARG_UUID_P(0));
	TimestampTz now = GetCurrentTimestamp();

	trigger->is_enabled = PG_GETARG_BOOL(1);
	mst_cron_call_remove(&trigger->id);
	if (trigger->is_enabled)
	{
		if (trigger->pattern != NULL && trigger->next_execution_time <= now)
			trigger->next_execution_time = mst_cron_trigger_next_time(trigger->pattern, trigger->time_zone, now);
		mst_store_sync();
		mst_cron_trigger_wait(trigger);
	}
	else
		mst_cron_job_remove(&trigger->id);
	mst_cron_trigger_update(trigger);
	if (!trigger->is_enabled)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(trigger->next_execution_time);
}

/*
 * Waits for the next time of a trigger anew, as its clock may be another or
 * its jitter.
 */
static void
wait_anew(const CronTrigger *trigger)
{
	if (!trigger->is_enabled)
		return;
	mst_cron_call_remove(&trigger->id);
	if (trigger->jitter > 0)
		mst_cron_job_remove(&trigger->id);
	mst_store_sync();
	mst_cron_trigger_wait(trigger);
}

/* Reads how much later than its time a trigger may start, in microseconds. */
static int64
jitter_arg(FunctionCallInfo fcinfo, int n)
{
	Interval   *jitter = PG_GETARG_INTERVAL_P(n);
	int64		us = -1;

	/* more days could overflow */
	if (jitter->month == 0 && jitter->day >= -1 && jitter->day <= 1)
		us = jitter->time + jitter->day * USECS_PER_DAY;
	if (us < 0 || us > MAX_JITTER_US)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("the jitter of a cron trigger must be between 0 and 24 hours, not \"%s\"",
						DatumGetCString(DirectFunctionCall1(interval_out,
															PG_GETARG_DATUM(n))))));
	return us;
}

static bool
is_overlap(const char *text)
{
	static const char *const policies[] = {"allow", "skip", "queue", "replace"};

	for (int i = 0; i < lengthof(policies); i++)
	{
		if (strcmp(text, policies[i]) == 0)
			return true;
	}
	return false;
}

/* set_cron_policy(id uuid, missed text, overlap text, jitter interval) */
Datum
mistral_set_cron_policy(PG_FUNCTION_ARGS)
{
	CronTrigger *trigger = lock_cron_trigger(PG_GETARG_UUID_P(0));
	int64		jitter = jitter_arg(fcinfo, 3);

	trigger->missed = mst_text_arg(fcinfo, 1);
	trigger->overlap = mst_text_arg(fcinfo, 2);
	if (strcmp(trigger->missed, "run_once") != 0 && strcmp(trigger->missed, "skip") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("policy for missed times must be run_once or skip, not \"%s\"",
						trigger->missed)));
	if (!is_overlap(trigger->overlap))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("policy for overlapping executions must be allow, skip, queue or replace, not \"%s\"",
						trigger->overlap)));
	if (trigger->jitter != jitter)
	{
		trigger->jitter = jitter;
		wait_anew(trigger);
	}
	mst_cron_trigger_update(trigger);
	PG_RETURN_VOID();
}

/*
 * Returns whether executions of a backfill wait for each other; without an
 * argument, whether those of the trigger do.
 */
static bool
queue_arg(FunctionCallInfo fcinfo, int n, const CronTrigger *trigger)
{
	const char *overlap = PG_ARGISNULL(n) ? trigger->overlap : mst_text_arg(fcinfo, n);

	if (!PG_ARGISNULL(n) && strcmp(overlap, "allow") != 0 && strcmp(overlap, "queue") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("a backfill can allow or queue overlapping executions, not \"%s\"", overlap)));
	return strcmp(overlap, "queue") == 0 || strcmp(overlap, "replace") == 0;
}

/* Checks the period of a backfill, of which both ends are to be finite. */
static void
check_period(FunctionCallInfo fcinfo, const CronTrigger *trigger)
{
	if (trigger->pattern == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("cron trigger \"%s\" has no pattern, and so no times in a period", trigger->name)));
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(1)) ||
		TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(2)))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("the period of a backfill needs a beginning and an end")));
}

/*
 * Returns the next of the times of a backfill; raises an error after too
 * many, before anything of them is kept.
 */
static TimestampTz
next_backfill_time(const CronTrigger *trigger, TimestampTz after, int n)
{
	CHECK_FOR_INTERRUPTS();
	if (n > MAX_BACKFILL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_LIMIT),
				 errmsg("cron trigger \"%s\" has more than %d times in the period", trigger->name, MAX_BACKFILL),
				 errhint("Fill a long period in parts.")));
	return mst_cron_trigger_next_time(trigger->pattern, trigger->time_zone, after);
}

/*
 * backfill_cron_trigger(id, since, until, overlap): starts the workflow for
 * each time of the pattern in [since, until), and returns the times and the
 * executions.  An error undoes all of them.
 */
Datum
mistral_backfill_cron_trigger(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id = PG_ARGISNULL(0) ? NULL : PG_GETARG_UUID_P(0);
	CronTrigger *trigger = lock_cron_trigger(id != NULL ? id : &mst_uuid_none);
	bool		is_queued = queue_arg(fcinfo, 3, trigger);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TimestampTz time;
	int			n = 0;

	check_period(fcinfo, trigger);
	mst_return_begin(fcinfo);
	/* a pattern's times are whole seconds: the first may be "since" itself */
	time = next_backfill_time(trigger, PG_GETARG_TIMESTAMPTZ(1) - 1, n);
	while (time < PG_GETARG_TIMESTAMPTZ(2))
	{
		pg_uuid_t	execution_id = mst_cron_trigger_start_for(trigger, time, is_queued);
		Datum		values[] = {TimestampTzGetDatum(time), UUIDPGetDatum(&execution_id)};
		bool		nulls[] = {false, false};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		time = next_backfill_time(trigger, time, ++n);
	}
	PG_RETURN_NULL();
}

/* Returns the next time of a pattern, for a look at what it means. */
Datum
mistral_cron_next(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(mst_cron_trigger_next_time(text_to_cstring(PG_GETARG_TEXT_PP(0)),
													 text_to_cstring(PG_GETARG_TEXT_PP(2)),
													 PG_GETARG_TIMESTAMPTZ(1)));
}

/* ---- event triggers ---- */

static void
raise_no_event_trigger(const pg_uuid_t *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_NOT_FOUND),
			 errmsg("Event trigger not found [id=%s].", mst_uuid_text(id))));
}

/*
 * Reads an event trigger that the caller is to change, and locks its row.
 * Raises an error if there is none that he can see, or if it is another
 * project's.
 */
static EventTrigger *
lock_event_trigger(const pg_uuid_t *id)
{
	EventTrigger *trigger = mst_event_trigger_lock(id);

	if (trigger == NULL ||
		(!mst_can_read_project(trigger->project_id) && strcmp(trigger->scope, "public") != 0))
		raise_no_event_trigger(id);
	mst_definition_check_owner("EventTrigger", id, trigger->project_id, false);
	return trigger;
}

/*
 * Raises an error if a value would be too large for the executions that the
 * trigger starts.
 */
static void
check_event_sizes(const EventTrigger *trigger)
{
	mst_limit_require("EventTrigger", "workflow_input", trigger->workflow_input);
	mst_limit_require("EventTrigger", "workflow_params", trigger->workflow_params);
}

/*
 * create_event_trigger(name, workflow_id, exchange, topic, event,
 * workflow_input, workflow_params, scope): stores a trigger and returns its
 * id.
 */
Datum
mistral_create_event_trigger(PG_FUNCTION_ARGS)
{
	EventTrigger trigger = {0};
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3) || PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_EVENT_TRIGGER),
				 errmsg("workflow, exchange, topic and event must be given for an event trigger")));
	trigger.name = mst_text_arg(fcinfo, 0);
	trigger.exchange = mst_text_arg(fcinfo, 2);
	trigger.topic = mst_text_arg(fcinfo, 3);
	trigger.event = mst_text_arg(fcinfo, 4);
	trigger.workflow_input = mst_object_arg(fcinfo, 5, "workflow_input");
	trigger.workflow_params = mst_object_arg(fcinfo, 6, "workflow_params");
	mst_publisher_check_params(trigger.workflow_params);
	trigger.scope = PG_ARGISNULL(7) ? "private" : mst_text_arg(fcinfo, 7);
	trigger.project_id = mst_current_project();
	if (trigger.workflow_input == NULL)
		trigger.workflow_input = mst_json_object();
	if (trigger.workflow_params == NULL)
		trigger.workflow_params = mst_json_object();
	mst_definition_check_scope(trigger.scope);
	mst_definition_check_length("a name", trigger.name, MAX_NAME);
	mst_definition_check_length("an exchange", trigger.exchange, MAX_EVENT_PART);
	mst_definition_check_length("a topic", trigger.topic, MAX_EVENT_PART);
	mst_definition_check_length("an event", trigger.event, MAX_EVENT_PART);
	check_event_sizes(&trigger);
	trigger.workflow_id = find_event_workflow(PG_GETARG_UUID_P(1), trigger.workflow_input);
	trigger.id = mst_uuid_new();
	if (!mst_event_trigger_insert(&trigger))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_DUPLICATE),
				 errmsg("Duplicate entry for EventTrigger ['exchange', 'topic', 'event', 'workflow_id', 'project_id']: %s, %s, %s, %s, %s",
						trigger.exchange, trigger.topic, trigger.event,
						mst_uuid_text(&trigger.workflow_id), trigger.project_id)));
	*id = trigger.id;
	PG_RETURN_UUID_P(id);
}

/* update_event_trigger(): a value whose argument is null stays as it is. */
Datum
mistral_update_event_trigger(PG_FUNCTION_ARGS)
{
	EventTrigger *trigger;

	if (PG_ARGISNULL(0))
		PG_RETURN_VOID();
	trigger = lock_event_trigger(PG_GETARG_UUID_P(0));
	if (!PG_ARGISNULL(1))
		trigger->name = mst_text_arg(fcinfo, 1);
	if (!PG_ARGISNULL(2))
		trigger->workflow_id = *PG_GETARG_UUID_P(2);
	if (!PG_ARGISNULL(3))
		trigger->workflow_input = mst_object_arg(fcinfo, 3, "workflow_input");
	if (!PG_ARGISNULL(4))
		trigger->workflow_params = mst_object_arg(fcinfo, 4, "workflow_params");
	mst_publisher_check_params(trigger->workflow_params);
	if (!PG_ARGISNULL(5))
		trigger->scope = mst_text_arg(fcinfo, 5);
	mst_definition_check_scope(PG_ARGISNULL(5) ? NULL : trigger->scope);
	mst_definition_check_length("a name", trigger->name, MAX_NAME);
	check_event_sizes(trigger);
	(void) find_event_workflow(&trigger->workflow_id, trigger->workflow_input);
	mst_event_trigger_update(trigger);
	PG_RETURN_VOID();
}

/* enable_event_trigger(id, enabled): for its project only, whatever its scope. */
Datum
mistral_enable_event_trigger(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id = PG_GETARG_UUID_P(0);

	(void) lock_event_trigger(id);
	mst_event_trigger_enable(id, PG_GETARG_BOOL(1));
	PG_RETURN_VOID();
}

/* delete_event_trigger(id): for its project only, whatever its scope. */
Datum
mistral_delete_event_trigger(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id = PG_GETARG_UUID_P(0);

	(void) lock_event_trigger(id);
	mst_event_trigger_delete(id);
	PG_RETURN_VOID();
}

/*
 * Returns the payload, with who raised the event and when, unless it says so.
 */
static Jsonb *
event_params(Jsonb *payload)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "service", NULL);
	mst_json_add_text(&b, "project_id", mst_current_project());
	mst_json_add_text(&b, "user_id", GetUserNameFromId(GetSessionUserId(), false));
	mst_json_add_text(&b, "timestamp", timestamptz_to_str(GetCurrentTransactionStartTimestamp()));
	return mst_json_object1("event_params", mst_json_concat(mst_json_end(&b), payload));
}

/* Tells tasks that wait for an event what its triggers' workflows would get. */
static void
signal_event(const char *exchange, const char *topic, const char *event, Jsonb *params)
{
	mst_engine_signal_event(mst_signal_event_name(exchange, topic, event),
							mst_current_project(), mst_json_get(params, "event_params"));
}

/*
 * Starts what is to start with an event, and returns the executions; tasks that
 * wait for the event go on.
 */
Datum
mistral_raise_event(PG_FUNCTION_ARGS)
{
	char	   *exchange = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *topic = text_to_cstring(PG_GETARG_TEXT_PP(1));
	char	   *event = text_to_cstring(PG_GETARG_TEXT_PP(2));
	List	   *triggers = mst_event_triggers_for(exchange, topic, event, mst_current_project());
	Jsonb	   *params = event_params(mst_object_arg(fcinfo, 3, "payload"));
	Datum	   *ids = palloc(sizeof(Datum) * (list_length(triggers) + 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, triggers)
	{
		EventTrigger *trigger = lfirst(lc);
		pg_uuid_t  *execution_id = palloc(sizeof(pg_uuid_t));

		if (mst_event_trigger_start(trigger, params, execution_id))
			ids[n++] = UUIDPGetDatum(execution_id);
	}
	signal_event(exchange, topic, event, params);
	PG_RETURN_ARRAYTYPE_P(construct_array(ids, n, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}
