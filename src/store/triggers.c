/*-------------------------------------------------------------------------
 *
 * triggers.c
 *	  Rows of cron and event triggers.
 *
 * Triggers are few and fire seldom, so they are read as JSON: one column says
 * everything.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "store/quotas.h"
#include "store/secrets.h"
#include "store/statement.h"
#include "store/triggers.h"
#include "util/json.h"

static void
arg_time(StatementArgs *args, TimestampTz time)
{
	mst_arg_datum(args, TimestampTzGetDatum(time), time == 0);
}

static void
arg_int(StatementArgs *args, int32 value)
{
	mst_arg_datum(args, Int32GetDatum(value), value == 0);
}

static pg_uuid_t
get_uuid(const Jsonb *json, const char *key)
{
	return *DatumGetUUIDP(DirectFunctionCall1(uuid_in,
											  CStringGetDatum(mst_json_get_text(json, key))));
}

static TimestampTz
get_time(const Jsonb *json, const char *key)
{
	char	   *text = mst_json_get_text(json, key);

	if (text == NULL)
		return 0;
	return DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in, CStringGetDatum(text),
												   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/* Days and times only: nothing stores an interval with months. */
static int64
get_span(const Jsonb *json, const char *key)
{
	Interval   *span = DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(mst_json_get_text(json, key)),
															 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));

	return span->time + span->day * USECS_PER_DAY;
}

/*
 * Keeps the workflow of a trigger from being deleted until the transaction
 * ends; false if it is gone.
 */
bool
mst_trigger_hold_workflow(const pg_uuid_t *id)
{
	static Statement hold = {
		"SELECT id FROM mistral.workflow_definitions WHERE id = $1 FOR KEY SHARE",
		1, {UUIDOID}
	};
	StatementArgs args = {0};

	mst_arg_uuid(&args, id);
	return mst_statement_execute(&hold, &args) > 0;
}

static char *
triggers_of(Statement *statement, const pg_uuid_t *workflow, const char *except)
{
	StatementArgs args = {0};

	mst_arg_uuid(&args, workflow);
	mst_arg_text(&args, except);
	return mst_statement_text(statement, &args);
}

/*
 * Returns the ids of the cron triggers that start a workflow, in order and
 * with commas between them; those of the project "except" are left out unless
 * it is NULL.  Returns NULL if there are none.
 */
char *
mst_cron_triggers_of(const pg_uuid_t *workflow, const char *except)
{
	static Statement ids = {
		"SELECT string_agg(id::text, ', ' ORDER BY id) FROM mistral.cron_triggers"
		" WHERE workflow_id = $1 AND project_id IS DISTINCT FROM $2",
		2, {UUIDOID, TEXTOID}
	};

	return triggers_of(&ids, workflow, except);
}

/* Returns the ids of a workflow's event triggers, as mst_cron_triggers_of() does. */
char *
mst_event_triggers_of(const pg_uuid_t *workflow, const char *except)
{
	static Statement ids = {
		"SELECT string_agg(id::text, ', ' ORDER BY id) FROM mistral.event_triggers"
		" WHERE workflow_id = $1 AND project_id IS DISTINCT FROM $2",
		2, {UUIDOID, TEXTOID}
	};

	return triggers_of(&ids, workflow, except);
}

/* ---- cron triggers ---- */

/*
 * What a trigger starts its workflow with, with references in the place of
 * secrets; the set has these, and is NULL when there are none.
 */
static SecretSet *
seal_start(const pg_uuid_t *id, const char *project, Jsonb **input, Jsonb **params)
{
	SecretSet  *set;
	Jsonb	   *notify = mst_json_get(*params, "notify");

	if (!mst_secrets_are_named() && (*input == NULL || !mst_secrets_has_reference(*input)) &&
		(*params == NULL || !mst_secrets_has_reference(*params)))
		return NULL;
	set = mst_secrets_load(id, project);
	mst_secrets_adopt(set, *input);
	mst_secrets_adopt(set, *params);
	*input = mst_secrets_seal(set, *input);
	*params = mst_secrets_seal(set, *params);
	if (notify != NULL)
		*params = mst_json_concat(*params, mst_json_object1("notify", notify));
	return set;
}

/*
 * Inserts a cron trigger.  Returns false if the project has one of that
 * name, or one that would do the same; raises an error if it has as many as
 * it may.
 */
bool
mst_cron_trigger_insert(const CronTrigger *trigger)
{
	static Statement insert = {
		"INSERT INTO mistral.cron_triggers"
		" (id, name, project_id, scope, workflow_id, workflow_input, workflow_params,"
		" pattern, time_zone, first_execution_time, next_execution_time,"
		" remaining_executions, created_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, now())"
		" ON CONFLICT DO NOTHING",
		12, {UUIDOID, TEXTOID, TEXTOID, TEXTOID, UUIDOID, JSONBOID, JSONBOID,
		TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID}
	};
	StatementArgs args = {0};
	Jsonb	   *input = trigger->workflow_input;
	Jsonb	   *params = trigger->workflow_params;
	SecretSet  *secrets;

	secrets = seal_start(&trigger->id, trigger->project_id, &input, &params);
	mst_quota_check(QUOTA_CRON_TRIGGERS, trigger->project_id);
	mst_arg_uuid(&args, &trigger->id);
	mst_arg_text(&args, trigger->name);
	mst_arg_text(&args, trigger->project_id);
	mst_arg_text(&args, trigger->scope);
	mst_arg_uuid(&args, &trigger->workflow_id);
	mst_arg_jsonb(&args, input);
	mst_arg_jsonb(&args, params);
	mst_arg_text(&args, trigger->pattern);
	mst_arg_text(&args, trigger->time_zone);
	arg_time(&args, trigger->first_execution_time);
	arg_time(&args, trigger->next_execution_time);
	arg_int(&args, trigger->remaining_executions);
	if (mst_statement_execute(&insert, &args) == 0)
		return false;
	if (secrets != NULL)
		mst_secrets_store(secrets);
	return true;
}

/*
 * Reads a cron trigger, palloc'd, and locks its row; NULL if there is none.
 */
CronTrigger *
mst_cron_trigger_lock(const pg_uuid_t *id)
{
	static Statement lock = {
		"SELECT to_jsonb(t)::text FROM mistral.cron_triggers t WHERE id = $1 FOR UPDATE",
		1, {UUIDOID}
	};
	StatementArgs args = {0};
	CronTrigger *trigger;
	Jsonb	   *json;
	char	   *text;

	mst_arg_uuid(&args, id);
	text = mst_statement_text(&lock, &args);
	if (text == NULL)
		return NULL;
	json = mst_json_from_text(text);
	trigger = palloc0(sizeof(CronTrigger));
	trigger->id = *id;
	trigger->name = mst_json_get_text(json, "name");
	trigger->project_id = mst_json_get_text(json, "project_id");
	trigger->scope = mst_json_get_text(json, "scope");
	trigger->workflow_id = get_uuid(json, "workflow_id");
	trigger->workflow_input = mst_json_get(json, "workflow_input");
	trigger->workflow_params = mst_json_get(json, "workflow_params");
	trigger->pattern = mst_json_get_text(json, "pattern");
	trigger->time_zone = mst_json_get_text(json, "time_zone");
	trigger->first_execution_time = get_time(json, "first_execution_time");
	trigger->next_execution_time = get_time(json, "next_execution_time");
	trigger->remaining_executions = (int32) mst_json_get_int(json, "remaining_executions", 0);
	trigger->is_enabled = mst_json_get_bool(json, "is_enabled", true);
	trigger->missed = mst_json_get_text(json, "missed");
	trigger->overlap = mst_json_get_text(json, "overlap");
	trigger->jitter = get_span(json, "jitter");
	if (mst_json_get_text(json, "last_execution_id") != NULL)
		trigger->last_execution_id = get_uuid(json, "last_execution_id");
	return trigger;
}

/* Writes the members that change when a cron trigger fires. */
void
mst_cron_trigger_advance(const CronTrigger *trigger)
{
	static Statement advance = {
		"UPDATE mistral.cron_triggers SET next_execution_time = $2,"
		" remaining_executions = $3, updated_at = now() WHERE id = $1",
		3, {UUIDOID, TIMESTAMPTZOID, INT4OID}
	};
	StatementArgs args = {0};

	mst_arg_uuid(&args, &trigger->id);
	arg_time(&args, trigger->next_execution_time);
	arg_int(&args, trigger->remaining_executions);
	(void) mst_statement_execute(&advance, &args);
}

/* Writes the outcome of the start: an execution, or an error. */
void
mst_cron_trigger_note_start(const pg_uuid_t *id, const pg_uuid_t *execution_id,
							const char *error)
{
	static Statement note = {
		"UPDATE mistral.cron_triggers"
		" SET last_execution_id = coalesce($2, last_execution_id), last_error = $3"
		" WHERE id = $1",
		3, {UUIDOID, UUIDOID, TEXTOID}
	};
	StatementArgs args = {0};

	mst_arg_uuid(&args, id);
	mst_arg_uuid(&args, execution_id);
	mst_arg_text(&args, error);
	(void) mst_statement_execute(&note, &args);
}

/* Writes is_enabled, the policies and the next time. */
void
mst_cron_trigger_update(const CronTrigger *trigger)
{
	static Statement update = {
		"UPDATE mistral.cron_triggers SET is_enabled = $2, missed = $3, overlap = $4,"
		" next_execution_time = $5, jitter = make_interval(secs => $6), updated_at = now() WHERE id = $1",
		6, {UUIDOID, BOOLOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, FLOAT8OID}
	};
	StatementArgs args = {0};

	mst_arg_uuid(&args, &trigger->id);
	mst_arg_datum(&args, BoolGetDatum(trigger->is_enabled), false);
	mst_arg_text(&args, trigger->missed);
	mst_arg_text(&args, trigger->overlap);
	arg_time(&args, trigger->next_execution_time);
	mst_arg_datum(&args, Float8GetDatum((double) trigger->jitter / USECS_PER_SEC), false);
	(void) mst_statement_execute(&update, &args);
}

/* Deletes the delayed call that waits for a trigger's next time. */
void
mst_cron_call_remove(const pg_uuid_t *id)
{
	static Statement delete_call = {
		"DELETE FROM mistral.delayed_calls"
		" WHERE key = 'cron-' || $1::text AND NOT is_dead", 1, {UUIDOID}
	};
	StatementArgs args = {0};

	mst_arg_uuid(&args, id);
	(void) mst_statement_execute(&delete_call, &args);
}

/*
 * Deletes a cron trigger with the delayed call and the job of pg_cron that
 * wait for its next time.
 */
void
mst_cron_trigger_delete(const pg_uuid_t *id)
{
	static Statement delete = {
		"DELETE FROM mistral.cron_triggers WHERE id = $1", 1, {UUIDOID}
	};
	StatementArgs args = {0};

	mst_arg_uuid(&args, id);
	(void) mst_statement_execute(&delete, &args);
	mst_cron_call_remove(id);
	mst_cron_job_remove(id);
	mst_secrets_delete(id);
}

/* ---- event triggers ---- */

/*
 * Inserts an event trigger.  Returns false if the project has one of that
 * name, or one that would do the same; raises an error if it has as many as
 * it may.
 */
bool
mst_event_trigger_insert(const EventTrigger *trigger)
{
	static Statement insert = {
		"INSERT INTO mistral.event_triggers"
		" (id, name, project_id, scope, workflow_id, workflow_input, workflow_params,"
		" exchange, topic, event, created_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now())"
		" ON CONFLICT DO NOTHING",
		10, {UUIDOID, TEXTOID, TEXTOID, TEXTOID, UUIDOID, JSONBOID, JSONBOID,
		TEXTOID, TEXTOID, TEXTOID}
	};
	StatementArgs args = {0};
	Jsonb	   *input = trigger->workflow_input;
	Jsonb	   *params = trigger->workflow_params;
	SecretSet  *secrets;

	secrets = seal_start(&trigger->id, trigger->project_id, &input, &params);
	mst_quota_check(QUOTA_EVENT_TRIGGERS, trigger->project_id);
	mst_arg_uuid(&args, &trigger->id);
	mst_arg_text(&args, trigger->name);
	mst_arg_text(&args, trigger->project_id);
	mst_arg_text(&args, trigger->scope);
	mst_arg_uuid(&args, &trigger->workflow_id);
	mst_arg_jsonb(&args, input);
	mst_arg_jsonb(&args, params);
	mst_arg_text(&args, trigger->exchange);
	mst_arg_text(&args, trigger->topic);
	mst_arg_text(&args, trigger->event);
	if (mst_statement_execute(&insert, &args) == 0)
		return false;
	if (secrets != NULL)
		mst_secrets_store(secrets);
	return true;
}

static EventTrigger *
event_trigger_of(const Jsonb *json)
{
	EventTrigger *trigger = palloc0(sizeof(EventTrigger));

	trigger->id = get_uuid(json, "id");
	trigger->name = mst_json_get_text(json, "name");
	trigger->project_id = mst_json_get_text(json, "project_id");
	trigger->scope = mst_json_get_text(json, "scope");
	trigger->workflow_id = get_uuid(json, "workflow_id");
	trigger->workflow_input = mst_json_get(json, "workflow_input");
	trigger->workflow_params = mst_json_get(json, "workflow_params");
	trigger->exchange = mst_json_get_text(json, "exchange");
	trigger->topic = mst_json_get_text(json, "topic");
	trigger->event = mst_json_get_text(json, "event");
	return trigger;
}

/*
 * Reads an event trigger, palloc'd, and locks its row; NULL if there is
 * none.
 */
EventTrigger *
mst_event_trigger_lock(const pg_uuid_t *id)
{
	static Statement lock = {
		"SELECT to_jsonb(t)::text FROM mistral.event_triggers t WHERE id = $1 FOR UPDATE",
		1, {UUIDOID}
	};
	StatementArgs args = {0};
	char	   *text;

	mst_arg_uuid(&args, id);
	text = mst_statement_text(&lock, &args);
	return text != NULL ? event_trigger_of(mst_json_from_text(text)) : NULL;
}

/* Writes the members of an event trigger that can be changed. */
void
mst_event_trigger_update(const EventTrigger *trigger)
{
	static Statement update = {
		"UPDATE mistral.event_triggers SET name = $2, scope = $3, workflow_id = $4,"
		" workflow_input = $5, workflow_params = $6,"
		" updated_at = CASE WHEN (name, scope, workflow_id, workflow_input, workflow_params)"
		" IS DISTINCT FROM ($2, $3, $4, $5, $6) THEN now() ELSE updated_at END"
		" WHERE id = $1",
		6, {UUIDOID, TEXTOID, TEXTOID, UUIDOID, JSONBOID, JSONBOID}
	};
	StatementArgs args = {0};
	Jsonb	   *input = trigger->workflow_input;
	Jsonb	   *params = trigger->workflow_params;
	SecretSet  *secrets;

	secrets = seal_start(&trigger->id, trigger->project_id, &input, &params);
	mst_arg_uuid(&args, &trigger->id);
	mst_arg_text(&args, trigger->name);
	mst_arg_text(&args, trigger->scope);
	mst_arg_uuid(&args, &trigger->workflow_id);
	mst_arg_jsonb(&args, input);
	mst_arg_jsonb(&args, params);
	(void) mst_statement_execute(&update, &args);
	if (secrets != NULL)
		mst_secrets_store(secrets);
}

/* Notes whether an event trigger starts its workflow. */
void
mst_event_trigger_enable(const pg_uuid_t *id, bool enabled)
{
	static Statement enable = {
		"UPDATE mistral.event_triggers SET is_enabled = $2, updated_at = now()"
		" WHERE id = $1 AND is_enabled <> $2",
		2, {UUIDOID, BOOLOID}
	};
	StatementArgs args = {0};

	mst_arg_uuid(&args, id);
	mst_arg_datum(&args, BoolGetDatum(enabled), false);
	(void) mst_statement_execute(&enable, &args);
}

/* Deletes an event trigger. */
void
mst_event_trigger_delete(const pg_uuid_t *id)
{
	static Statement delete = {
		"DELETE FROM mistral.event_triggers WHERE id = $1", 1, {UUIDOID}
	};
	StatementArgs args = {0};

	mst_arg_uuid(&args, id);
	(void) mst_statement_execute(&delete, &args);
	mst_secrets_delete(id);
}

/*
 * Returns the event triggers that an event of a project fires, in the order
 * of their ids.
 */
List *
mst_event_triggers_for(const char *exchange, const char *topic,
					   const char *event, const char *project)
{
	static Statement find = {
		"SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.id), '[]')::text"
		" FROM mistral.event_triggers t"
		" WHERE exchange = $1 AND topic = $2 AND event = $3 AND is_enabled"
		" AND (project_id = $4 OR scope = 'public')",
		4, {TEXTOID, TEXTOID, TEXTOID, TEXTOID}
	};
	StatementArgs args = {0};
	List	   *result = NIL;
	Jsonb	   *rows;

	mst_arg_text(&args, exchange);
	mst_arg_text(&args, topic);
	mst_arg_text(&args, event);
	mst_arg_text(&args, project);
	rows = mst_json_from_text(mst_statement_text(&find, &args));
	for (int i = 0; i < mst_json_count(rows); i++)
		result = lappend(result, event_trigger_of(mst_json_item(rows, i)));
	return result;
}
