-- Functions for triggers: workflows that start at points in time, or when
-- somebody raises an event; and for maintenance.

CREATE FUNCTION mistral.create_cron_trigger(
    name text, workflow text, pattern text, workflow_input jsonb DEFAULT '{}',
    workflow_params jsonb DEFAULT '{}', first_execution_time timestamptz DEFAULT NULL,
    remaining_executions int DEFAULT NULL, scope text DEFAULT 'private',
    time_zone text DEFAULT 'UTC')
RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_cron_trigger';
COMMENT ON FUNCTION mistral.create_cron_trigger(text, text, text, jsonb, jsonb, timestamptz, int, text, text)
    IS 'starts a workflow at the times of a pattern (minute, hour, day of month, month, day of week), or once';
REVOKE ALL ON FUNCTION mistral.create_cron_trigger(text, text, text, jsonb, jsonb, timestamptz, int, text, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_cron_trigger(id uuid)
RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_cron_trigger';
COMMENT ON FUNCTION mistral.delete_cron_trigger(uuid) IS 'deletes a cron trigger';
REVOKE ALL ON FUNCTION mistral.delete_cron_trigger(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.enable_cron_trigger(id uuid, enabled bool DEFAULT true)
RETURNS timestamptz
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_enable_cron_trigger';
COMMENT ON FUNCTION mistral.enable_cron_trigger(uuid, bool)
    IS 'lets a cron trigger fire, from the next time on, or not any more; returns that time';
REVOKE ALL ON FUNCTION mistral.enable_cron_trigger(uuid, bool) FROM PUBLIC;

CREATE FUNCTION mistral.set_cron_policy(id uuid, missed text DEFAULT 'run_once', overlap text DEFAULT 'allow',
    jitter interval DEFAULT '0')
RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_set_cron_policy';
COMMENT ON FUNCTION mistral.set_cron_policy(uuid, text, text, interval)
    IS 'what a cron trigger does about times that it missed (run_once, skip), and while its last execution goes on (allow, skip, queue, replace); how much later than its time it starts at most, by chance';
REVOKE ALL ON FUNCTION mistral.set_cron_policy(uuid, text, text, interval) FROM PUBLIC;

CREATE FUNCTION mistral.backfill_cron_trigger(id uuid, since timestamptz, until timestamptz,
    overlap text DEFAULT NULL)
RETURNS TABLE (scheduled_at timestamptz, execution_id uuid)
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_backfill_cron_trigger';
COMMENT ON FUNCTION mistral.backfill_cron_trigger(uuid, timestamptz, timestamptz, text)
    IS 'starts the workflow of a cron trigger for each time of its pattern from since to before until: all at once (overlap allow), or one after the other (queue); without overlap as the trigger does';
REVOKE ALL ON FUNCTION mistral.backfill_cron_trigger(uuid, timestamptz, timestamptz, text) FROM PUBLIC;

CREATE FUNCTION mistral.fire_cron_trigger(id uuid)
RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_fire_cron_trigger';
COMMENT ON FUNCTION mistral.fire_cron_trigger(uuid)
    IS 'starts the workflow of a cron trigger if its time has come: what jobs of pg_cron call';
REVOKE ALL ON FUNCTION mistral.fire_cron_trigger(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.cron_next(
    pattern text, after timestamptz DEFAULT now(), time_zone text DEFAULT 'UTC')
RETURNS timestamptz
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_cron_next';
COMMENT ON FUNCTION mistral.cron_next(text, timestamptz, text)
    IS 'the first time of a cron pattern after another time';
REVOKE ALL ON FUNCTION mistral.cron_next(text, timestamptz, text) FROM PUBLIC;

CREATE FUNCTION mistral.create_event_trigger(
    name text, workflow_id uuid, exchange text, topic text, event text,
    workflow_input jsonb DEFAULT '{}', workflow_params jsonb DEFAULT '{}',
    scope text DEFAULT 'private')
RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_event_trigger';
COMMENT ON FUNCTION mistral.create_event_trigger(text, uuid, text, text, text, jsonb, jsonb, text)
    IS 'starts a workflow whenever an event is raised';
REVOKE ALL ON FUNCTION mistral.create_event_trigger(text, uuid, text, text, text, jsonb, jsonb, text) FROM PUBLIC;

CREATE FUNCTION mistral.update_event_trigger(
    id uuid, name text DEFAULT NULL, workflow_id uuid DEFAULT NULL,
    workflow_input jsonb DEFAULT NULL, workflow_params jsonb DEFAULT NULL,
    scope text DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_update_event_trigger';
COMMENT ON FUNCTION mistral.update_event_trigger(uuid, text, uuid, jsonb, jsonb, text)
    IS 'changes an event trigger; a null argument leaves the value as it is';
REVOKE ALL ON FUNCTION mistral.update_event_trigger(uuid, text, uuid, jsonb, jsonb, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_event_trigger(id uuid)
RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_event_trigger';
COMMENT ON FUNCTION mistral.delete_event_trigger(uuid) IS 'deletes an event trigger';
REVOKE ALL ON FUNCTION mistral.delete_event_trigger(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.enable_event_trigger(id uuid, enabled bool DEFAULT true)
RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_enable_event_trigger';
COMMENT ON FUNCTION mistral.enable_event_trigger(uuid, bool)
    IS 'lets an event trigger start its workflow, or not any more; events that pass meanwhile are not made up for';
REVOKE ALL ON FUNCTION mistral.enable_event_trigger(uuid, bool) FROM PUBLIC;

CREATE FUNCTION mistral.raise_event(
    exchange text, topic text, event text, payload jsonb DEFAULT '{}')
RETURNS uuid[]
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_raise_event';
COMMENT ON FUNCTION mistral.raise_event(text, text, text, jsonb)
    IS 'starts the workflows of the event triggers that wait for the event, and returns the executions';
REVOKE ALL ON FUNCTION mistral.raise_event(text, text, text, jsonb) FROM PUBLIC;

CREATE FUNCTION mistral.set_maintenance(status text)
RETURNS text
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_set_maintenance';
COMMENT ON FUNCTION mistral.set_maintenance(text)
    IS 'PAUSED pauses all executions, RUNNING resumes those; returns the status: RUNNING, PAUSING or PAUSED';
REVOKE ALL ON FUNCTION mistral.set_maintenance(text) FROM PUBLIC;
