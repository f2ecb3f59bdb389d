/*-------------------------------------------------------------------------
 *
 * trigger_fire.c
 *	  Starting workflows at points in time and on events.
 *
 * A cron trigger has one delayed call, due at its next time.  When that is
 * run, the trigger is advanced and the workflow started in one transaction:
 * no time is lost, and none counts twice.  Times that went by while nothing
 * ran are made good for by one start, or not, as the trigger says.  A call
 * whose trigger is gone, or has another time by now, does nothing.
 *
 * Where pg_cron is installed and can tell the time, it is the clock: a job of
 * its calls fire_cron_trigger().  The delayed call then is due a little later
 * and makes good for a job that was not run.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

#include "engine/calls/trigger_fire.h"
#include "engine/engine.h"
#include "store/call_kinds.h"
#include "store/maintenance.h"
#include "store/triggers.h"
#include "util/cron.h"
#include "util/errors.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/time_text.h"
#include "util/transient.h"
#include "util/uuid.h"

/* How long after its time a trigger is looked at in spite of pg_cron. */
#define JOB_GRACE_US	(120 * USECS_PER_SEC)

#define NO_ROLE "its role does not exist any more"

/* ---- the workflow of a trigger ---- */

/* Returns the description of executions that a trigger starts. */
static char *
describe_trigger(const char *type, const pg_uuid_t *id, const char *name)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "description",
					  psprintf("Workflow execution created by %s.", type));
	mst_json_open_object(&b, "triggered_by");
	mst_json_add_text(&b, "type", type);
	mst_json_add_text(&b, "id", mst_uuid_text(id));
	if (name != NULL)
		mst_json_add_text(&b, "name", name);
	mst_json_close_object(&b);
	return mst_json_print(mst_json_end(&b));
}

/*
 * Starts an execution in a subtransaction; an error is logged, its text put
 * into *problem (if not NULL), and false returned.  An error of the moment is
 * raised again, since whoever asked can ask again: noted as the outcome, it
 * would cost the trigger this start.
 */
static bool
try_start(StartRequest *request, const char *what, pg_uuid_t *execution_id,
		  char **problem)
{
	MemoryContext caller_cxt = CurrentMemoryContext;
	ResourceOwner caller_owner = CurrentResourceOwner;
	volatile bool started = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller_cxt);
	PG_TRY();
	{
		*execution_id = mst_engine_start(request);
		ReleaseCurrentSubTransaction();
		started = true;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(caller_cxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED || mst_error_is_transient(error))
			ReThrowError(error);
		ereport(LOG,
				(errmsg("%s could not start its workflow: %s", what, error->message)));
		if (problem != NULL)
			*problem = pstrdup(error->message);
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller_cxt);
	CurrentResourceOwner = caller_owner;
	return started;
}

/* ---- cron triggers ---- */

static pg_tz *
find_zone(const char *name)
{
	pg_tz	   *zone = mst_cron_zone(name);

	if (zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", name)));
	return zone;
}

static void
raise_invalid_pattern(const char *pattern, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
			 errmsg("The specified pattern is not valid: %s (%s)", pattern, problem)));
}

/*
 * Returns the next time of a pattern; raises an error if the pattern is
 * malformed or has no further time.
 */
TimestampTz
mst_cron_trigger_next_time(const char *text, const char *zone, TimestampTz after)
{
	CronPattern pattern;
	TimestampTz next;
	char	   *problem = mst_cron_parse(text, &pattern);

	if (problem != NULL)
		raise_invalid_pattern(text, problem);
	if (TIMESTAMP_NOT_FINITE(after))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
				 errmsg("timestamp out of range")));
	next = mst_cron_next(&pattern, after, find_zone(zone));
	if (next == DT_NOEND)
		raise_invalid_pattern(text, "its day of month is in none of its months");
	return next;
}

/* Leaves the delayed call that fires a trigger. */
static void
fire_at(const CronTrigger *trigger, TimestampTz due)
{
	DelayedCallRow *delayed = palloc0(sizeof(DelayedCallRow));

	delayed->row.is_new = true;
	delayed->due_at = due;
	delayed->created_at = GetCurrentTimestamp();
	delayed->kind = mst_call_kind_name(CALL_FIRE_CRON_TRIGGER);
	delayed->key = psprintf("cron-%s", mst_uuid_text(&trigger->id));
	delayed->project_id = trigger->project_id;
	delayed->args = mst_json_object1("id", mst_json_text(mst_uuid_text(&trigger->id)));
	mst_store_insert_delayed_calls(&delayed, 1);
}

/* Returns a number from 0 to the limit, by chance. */
static int64
draw_up_to(int64 limit)
{
	uint64		number;

	if (limit <= 0 || !pg_strong_random(&number, sizeof(number)))
		return 0;
	return (int64) (number % ((uint64) limit + 1));
}

/*
 * Leaves the delayed call, or the job of pg_cron, for a trigger's next time.
 * A job runs at that time exactly, so a trigger with jitter has none.
 */
void
mst_cron_trigger_wait(const CronTrigger *trigger)
{
	TimestampTz due = trigger->next_execution_time;

	if (trigger->jitter > 0)
		due += draw_up_to(trigger->jitter);
	else if (mst_cron_job_schedule(trigger))
		due += JOB_GRACE_US;
	fire_at(trigger, due);
}

/*
 * In maintenance, hold the trigger until its end, however many times go by:
 * they are made good for like those that are missed.  The lock keeps the end
 * from coming between the look and the call that waits for it.
 */
static bool
is_held(const CronTrigger *trigger)
{
	if (!mst_maintenance_is_on() || strcmp(mst_maintenance_lock(), "RUNNING") == 0)
		return false;
	fire_at(trigger, DT_NOEND);
	return true;
}

/*
 * Moves a trigger on behind "now", or deletes it after its last time.  A time
 * that is passed over does not count.
 */
static void
advance_trigger(CronTrigger *trigger, TimestampTz now, bool counts)
{
	if (trigger->pattern == NULL || (counts && trigger->remaining_executions == 1))
	{
		mst_cron_trigger_delete(&trigger->id);
		return;
	}
	if (counts && trigger->remaining_executions > 0)
		trigger->remaining_executions--;
	trigger->next_execution_time = mst_cron_trigger_next_time(trigger->pattern, trigger->time_zone,
															  Max(now, trigger->next_execution_time));
	mst_cron_trigger_advance(trigger);
	mst_cron_trigger_wait(trigger);
}

/*
 * Returns whether nobody was there to fire the trigger when its time came.
 * So it was if the server was down at that time; otherwise the delay
 * decides.  Of a trigger with jitter the latest time at which it may have been
 * due counts, because the time that was drawn is not known any more.
 */
static bool
is_missed(const CronTrigger *trigger, TimestampTz now)
{
	TimestampTz latest = trigger->next_execution_time + trigger->jitter;

	return latest < PgStartTime || now - latest > mst_cron_grace_time * INT64CONST(1000);
}

/* Returns whether the trigger's policies allow a start now. */
static bool
policies_allow(const CronTrigger *trigger, TimestampTz now)
{
	ExecutionRow *last;

	if (strcmp(trigger->missed, "skip") == 0 && is_missed(trigger, now))
		return false;
	if (strcmp(trigger->overlap, "skip") != 0 ||
		mst_uuid_is_none(&trigger->last_execution_id))
		return true;
	last = mst_store_execution(&trigger->last_execution_id, LOCK_NONE, NULL);
	return last == NULL || last->finished_at != 0;
}

/*
 * Returns the start of a trigger's workflow for one of its times, which the
 * workflow finds among its parameters.  Those that are not to overlap have a
 * key of the trigger.
 */
static StartRequest
request_of_trigger(const CronTrigger *trigger, TimestampTz scheduled_at, bool is_queued)
{
	StartRequest request = {0};

	request.workflow = mst_uuid_text(&trigger->workflow_id);
	request.input = trigger->workflow_input;
	request.params = mst_json_concat(trigger->workflow_params,
									 mst_json_object1("scheduled_at", mst_json_text(mst_time_text(scheduled_at))));
	request.description = describe_trigger("cron_trigger", &trigger->id, NULL);
	request.project_id = trigger->project_id;
	request.run_async = true;
	if (is_queued)
	{
		request.key = psprintf("cron trigger %s", mst_uuid_text(&trigger->id));
		request.on_conflict = CONFLICT_QUEUE;
	}
	return request;
}

/* Returns whether executions of the trigger wait for each other. */
static bool
is_queuing(const CronTrigger *trigger)
{
	return strcmp(trigger->overlap, "queue") == 0 || strcmp(trigger->overlap, "replace") == 0;
}

static bool
role_exists(const CronTrigger *trigger)
{
	return OidIsValid(get_role_oid(trigger->project_id, true));
}

/*
 * Has the last execution of the trigger cancelled.  A call does it, since the
 * execution may be locked; the one that takes its place is queued behind it.
 */
static void
replace_last(const CronTrigger *trigger)
{
	DelayedCallRow *delayed = palloc0(sizeof(DelayedCallRow));

	if (mst_uuid_is_none(&trigger->last_execution_id))
		return;
	delayed->row.is_new = true;
	delayed->created_at = GetCurrentTimestamp();
	delayed->due_at = delayed->created_at;
	delayed->execution_id = trigger->last_execution_id;
	delayed->root_id = trigger->last_execution_id;
	delayed->kind = mst_call_kind_name(CALL_REPLACE_EXECUTION);
	delayed->project_id = trigger->project_id;
	mst_store_insert_delayed_calls(&delayed, 1);
}

static void
start_of_trigger(CronTrigger *trigger, TimestampTz scheduled_at)
{
	StartRequest request = request_of_trigger(trigger, scheduled_at, is_queuing(trigger));
	pg_uuid_t	execution_id;
	char	   *problem = NULL;

	request.may_hold = true;
	if (!role_exists(trigger))
		problem = NO_ROLE;
	else if (try_start(&request, psprintf("cron trigger \"%s\"", trigger->name),
					   &execution_id, &problem))
	{
		if (strcmp(trigger->overlap, "replace") == 0)
			replace_last(trigger);
		mst_cron_trigger_note_start(&trigger->id, &execution_id, NULL);
		return;
	}
	mst_cron_trigger_note_start(&trigger->id, NULL, problem);
}

/*
 * Starts the workflow of a trigger for one time of its pattern, which may have
 * passed, and returns the execution.  Neither the trigger's next time nor the
 * number of its starts changes.  Raises what the start fails with.
 */
pg_uuid_t
mst_cron_trigger_start_for(const CronTrigger *trigger, TimestampTz scheduled_at, bool is_queued)
{
	StartRequest request = request_of_trigger(trigger, scheduled_at, is_queued);

	if (!role_exists(trigger))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("cron trigger \"%s\" cannot start: %s", trigger->name, NO_ROLE)));
	return mst_engine_start(&request);
}

/*
 * Fire the trigger if its time has come.  "call" has been run and is gone;
 * when the time has not come another is left in its place.
 */
static void
fire_trigger(CronTrigger *trigger, TimestampTz now)
{
	TimestampTz scheduled_at;
	bool		allowed;

	if (trigger == NULL || !trigger->is_enabled)
		return;
	mst_store_sync();
	if (trigger->next_execution_time > now)
	{
		mst_cron_trigger_wait(trigger);
		return;
	}
	if (is_held(trigger))
		return;
	allowed = policies_allow(trigger, now);
	scheduled_at = trigger->next_execution_time;
	advance_trigger(trigger, now, allowed);
	mst_store_sync();
	if (allowed)
		start_of_trigger(trigger, scheduled_at);
}

/*
 * Runs the call that waits for a cron trigger's time: starts the workflow, and
 * waits for the next time.  What the start fails with is only logged: the
 * trigger goes on.
 */
void
mst_cron_trigger_fire(DelayedCallRow *delayed)
{
	pg_uuid_t  *id = DatumGetUUIDP(DirectFunctionCall1(uuid_in,
													   CStringGetDatum(mst_json_get_text(delayed->args, "id"))));
	TimestampTz due = delayed->due_at;
	CronTrigger *trigger = mst_cron_trigger_lock(id);

	/* a call that came early, by a clock put forward, still is for this time */
	if (trigger != NULL && due > trigger->next_execution_time)
		due = trigger->next_execution_time;
	fire_trigger(trigger, Max(GetCurrentTimestamp(), due));
}

/* Fires the trigger of that id now, if its time has come and it is enabled. */
void
mst_cron_trigger_fire_now(const pg_uuid_t *id)
{
	fire_trigger(mst_cron_trigger_lock(id), GetCurrentTimestamp());
}

/* ---- event triggers ---- */

/*
 * Starts the workflow of an event trigger with the parameters of the event.
 * False: it could not be started, and the log says why.
 */
bool
mst_event_trigger_start(const EventTrigger *trigger, Jsonb *params,
						pg_uuid_t *execution_id)
{
	const char *name = trigger->name != NULL ? trigger->name : mst_uuid_text(&trigger->id);
	StartRequest request = {0};

	request.workflow = mst_uuid_text(&trigger->workflow_id);
	request.input = trigger->workflow_input;
	request.params = mst_json_concat(trigger->workflow_params, params);
	request.description = describe_trigger("event_trigger", &trigger->id, trigger->name);
	request.project_id = trigger->project_id;
	request.run_async = true;
	request.may_hold = true;
	return try_start(&request, psprintf("event trigger \"%s\"", name), execution_id, NULL);
}
