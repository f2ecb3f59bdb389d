-- Functions on objects for callers who know a name.  An untyped literal is text,
-- so these take ids as well.

CREATE FUNCTION mistral.id_of(kind text, identifier text)
RETURNS uuid
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_id_of';
COMMENT ON FUNCTION mistral.id_of(text, text)
    IS 'id of what the current project has under a name; an id stands for itself';
REVOKE ALL ON FUNCTION mistral.id_of(text, text) FROM PUBLIC;

CREATE FUNCTION mistral.workflow_id_of(identifier text)
RETURNS uuid
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_workflow_id_of';
COMMENT ON FUNCTION mistral.workflow_id_of(text)
    IS 'id of the workflow that the current project would start under a name; an id stands for itself';
REVOKE ALL ON FUNCTION mistral.workflow_id_of(text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_cron_trigger(
    id text)
RETURNS void
LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.delete_cron_trigger(mistral.id_of('cron_trigger', id))
$$;
COMMENT ON FUNCTION mistral.delete_cron_trigger(text)
    IS 'deletes the cron trigger of a name or id';
REVOKE ALL ON FUNCTION mistral.delete_cron_trigger(text) FROM PUBLIC;

CREATE FUNCTION mistral.enable_cron_trigger(
    id text, enabled bool DEFAULT true)
RETURNS timestamptz
LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.enable_cron_trigger(mistral.id_of('cron_trigger', id), enabled)
$$;
COMMENT ON FUNCTION mistral.enable_cron_trigger(text, bool)
    IS 'lets the cron trigger of a name or id fire, or not any more';
REVOKE ALL ON FUNCTION mistral.enable_cron_trigger(text, bool) FROM PUBLIC;

CREATE FUNCTION mistral.set_cron_policy(
    id text, missed text DEFAULT 'run_once', overlap text DEFAULT 'allow', jitter interval DEFAULT '0')
RETURNS void
LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.set_cron_policy(mistral.id_of('cron_trigger', id), missed, overlap, jitter)
$$;
COMMENT ON FUNCTION mistral.set_cron_policy(text, text, text, interval)
    IS 'what the cron trigger of a name or id does about missed times and overlaps, and how exact it is';
REVOKE ALL ON FUNCTION mistral.set_cron_policy(text, text, text, interval) FROM PUBLIC;

CREATE FUNCTION mistral.backfill_cron_trigger(
    id text, since timestamptz, until timestamptz, overlap text DEFAULT NULL)
RETURNS TABLE (scheduled_at timestamptz, execution_id uuid)
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT * FROM mistral.backfill_cron_trigger(mistral.id_of('cron_trigger', id), since, until, overlap)
$$;
COMMENT ON FUNCTION mistral.backfill_cron_trigger(text, timestamptz, timestamptz, text)
    IS 'starts the workflow of the cron trigger of a name or id for each time of its pattern in a period';
REVOKE ALL ON FUNCTION mistral.backfill_cron_trigger(text, timestamptz, timestamptz, text) FROM PUBLIC;

CREATE FUNCTION mistral.fire_cron_trigger(
    id text)
RETURNS void
LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.fire_cron_trigger(mistral.id_of('cron_trigger', id))
$$;
COMMENT ON FUNCTION mistral.fire_cron_trigger(text)
    IS 'starts the workflow of the cron trigger of a name or id if its time has come';
REVOKE ALL ON FUNCTION mistral.fire_cron_trigger(text) FROM PUBLIC;

CREATE FUNCTION mistral.update_event_trigger(
    id text, name text DEFAULT NULL, workflow_id text DEFAULT NULL, workflow_input jsonb DEFAULT NULL, workflow_params jsonb DEFAULT NULL, scope text DEFAULT NULL)
RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.update_event_trigger(mistral.id_of('event_trigger', id), name,
           mistral.workflow_id_of(workflow_id), workflow_input, workflow_params, scope)
$$;
COMMENT ON FUNCTION mistral.update_event_trigger(text, text, text, jsonb, jsonb, text)
    IS 'changes the event trigger of a name or id; a null argument leaves the value as it is';
REVOKE ALL ON FUNCTION mistral.update_event_trigger(text, text, text, jsonb, jsonb, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_event_trigger(
    id text)
RETURNS void
LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.delete_event_trigger(mistral.id_of('event_trigger', id))
$$;
COMMENT ON FUNCTION mistral.delete_event_trigger(text)
    IS 'deletes the event trigger of a name or id';
REVOKE ALL ON FUNCTION mistral.delete_event_trigger(text) FROM PUBLIC;

CREATE FUNCTION mistral.create_event_trigger(
    name text, workflow_id text, exchange text, topic text, event text, workflow_input jsonb DEFAULT '{}', workflow_params jsonb DEFAULT '{}', scope text DEFAULT 'private')
RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.create_event_trigger(name, mistral.workflow_id_of(workflow_id), exchange, topic, event,
           workflow_input, workflow_params, scope)
$$;
COMMENT ON FUNCTION mistral.create_event_trigger(text, text, text, text, text, jsonb, jsonb, text)
    IS 'starts the workflow of a name or id whenever an event is raised';
REVOKE ALL ON FUNCTION mistral.create_event_trigger(text, text, text, text, text, jsonb, jsonb, text) FROM PUBLIC;

CREATE FUNCTION mistral.update_code_source(
    id text, content text, scope text DEFAULT NULL)
RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.update_code_source(mistral.id_of('code_source', id), content, scope)
$$;
COMMENT ON FUNCTION mistral.update_code_source(text, text, text)
    IS 'replaces the text of the code source of a name or id';
REVOKE ALL ON FUNCTION mistral.update_code_source(text, text, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_code_source(
    id text)
RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.delete_code_source(mistral.id_of('code_source', id))
$$;
COMMENT ON FUNCTION mistral.delete_code_source(text)
    IS 'deletes the code source of a name or id, and its dynamic actions';
REVOKE ALL ON FUNCTION mistral.delete_code_source(text) FROM PUBLIC;

CREATE FUNCTION mistral.create_dynamic_action(
    name text, class_name text, code_source_id text, namespace text DEFAULT '', scope text DEFAULT 'private')
RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.create_dynamic_action(name, class_name, mistral.id_of('code_source', code_source_id), namespace, scope)
$$;
COMMENT ON FUNCTION mistral.create_dynamic_action(text, text, text, text, text)
    IS 'makes a class of the code source of a name or id an action';
REVOKE ALL ON FUNCTION mistral.create_dynamic_action(text, text, text, text, text) FROM PUBLIC;

CREATE FUNCTION mistral.update_dynamic_action(
    id text, class_name text DEFAULT NULL, code_source_id text DEFAULT NULL, scope text DEFAULT NULL)
RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.update_dynamic_action(mistral.id_of('dynamic_action', id), class_name, mistral.id_of('code_source', code_source_id), scope)
$$;
COMMENT ON FUNCTION mistral.update_dynamic_action(text, text, text, text)
    IS 'changes the dynamic action of a name or id; a null argument leaves the value as it is';
REVOKE ALL ON FUNCTION mistral.update_dynamic_action(text, text, text, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_dynamic_action(
    id text)
RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.delete_dynamic_action(mistral.id_of('dynamic_action', id))
$$;
COMMENT ON FUNCTION mistral.delete_dynamic_action(text)
    IS 'deletes the dynamic action of a name or id';
REVOKE ALL ON FUNCTION mistral.delete_dynamic_action(text) FROM PUBLIC;

CREATE FUNCTION mistral.create_member(
    workflow_id text, member_id text)
RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.create_member(mistral.id_of('own_workflow', workflow_id), member_id)
$$;
COMMENT ON FUNCTION mistral.create_member(text, text)
    IS 'offers the private workflow of a name or id to another project';
REVOKE ALL ON FUNCTION mistral.create_member(text, text) FROM PUBLIC;

CREATE FUNCTION mistral.update_member(
    workflow_id text, member_id text, status text)
RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.update_member(mistral.id_of('offered_workflow', workflow_id), member_id, status)
$$;
COMMENT ON FUNCTION mistral.update_member(text, text, text)
    IS 'accepts or rejects the workflow of a name or id that was offered to the caller';
REVOKE ALL ON FUNCTION mistral.update_member(text, text, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_member(
    workflow_id text, member_id text)
RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.delete_member(mistral.id_of('own_workflow', workflow_id), member_id)
$$;
COMMENT ON FUNCTION mistral.delete_member(text, text)
    IS 'takes the workflow of a name or id back from another project';
REVOKE ALL ON FUNCTION mistral.delete_member(text, text) FROM PUBLIC;
