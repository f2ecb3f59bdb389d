-- The REST API in SQL: cron triggers and event triggers.

INSERT INTO mistral_api.collections (name, kind, source, id, visible, missing, params, is_private) VALUES
    ('cron_triggers', 'CronTrigger',
     'mistral.cron_triggers c LEFT JOIN mistral.workflow_definitions w ON w.id = c.workflow_id', 'c.id',
     'c.project_id = $2 OR c.scope = ''public''', 'Cron trigger not found [identifier=%s]',
     '{all_projects}', true),
    ('event_triggers', 'EventTrigger', 'mistral.event_triggers e', 'e.id',
     'e.project_id = $2 OR e.scope = ''public''', 'Event trigger not found [id=%s].',
     '{all_projects}', true);

INSERT INTO mistral_api.fields (collection, position, name, type, expr, filter, is_null) VALUES
    ('cron_triggers', 1, 'id', 'uuid', 'c.id', NULL, false),
    ('cron_triggers', 2, 'name', 'text', 'c.name', 2, false),
    ('cron_triggers', 3, 'workflow_name', 'text', 'w.name', 3, true),
    ('cron_triggers', 4, 'workflow_id', 'uuid', 'c.workflow_id', 4, false),
    ('cron_triggers', 5, 'workflow_input', 'json', 'c.workflow_input', 5, false),
    ('cron_triggers', 6, 'workflow_params', 'json', 'c.workflow_params', 6, false),
    ('cron_triggers', 7, 'project_id', 'role', 'c.project_id', 13, false),
    ('cron_triggers', 8, 'scope', 'text', 'c.scope', 7, false),
    ('cron_triggers', 9, 'pattern', 'text', 'c.pattern', 8, true),
    ('cron_triggers', 10, 'remaining_executions', 'int', 'c.remaining_executions', 9, true),
    ('cron_triggers', 11, 'first_execution_time', 'time', 'c.first_execution_time', 10, true),
    ('cron_triggers', 12, 'next_execution_time', 'time', 'c.next_execution_time', 11, false),
    ('cron_triggers', 13, 'created_at', 'time', 'c.created_at', 1, false),
    ('cron_triggers', 14, 'updated_at', 'time', 'c.updated_at', 12, true),

    ('cron_triggers', 15, 'missed', 'text', 'nullif(c.missed, ''run_once'')', NULL, true),
    ('cron_triggers', 16, 'overlap', 'text', 'nullif(c.overlap, ''allow'')', NULL, true),
    ('cron_triggers', 17, 'jitter', 'int', 'nullif(extract(epoch FROM c.jitter)::int, 0)', NULL, true),
    ('cron_triggers', 18, 'is_enabled', 'bool', 'nullif(c.is_enabled, true)', NULL, true),

    ('event_triggers', 1, 'id', 'uuid', 'e.id', NULL, false),
    ('event_triggers', 2, 'created_at', 'time', 'e.created_at', 1, false),
    ('event_triggers', 3, 'updated_at', 'time', 'e.updated_at', 2, true),
    ('event_triggers', 4, 'project_id', 'role', 'e.project_id', 11, false),
    ('event_triggers', 5, 'name', 'text', 'e.name', 3, true),
    ('event_triggers', 6, 'workflow_id', 'uuid', 'e.workflow_id', 4, false),
    ('event_triggers', 7, 'workflow_input', 'json', 'e.workflow_input', 9, false),
    ('event_triggers', 8, 'workflow_params', 'json', 'e.workflow_params', 10, false),
    ('event_triggers', 9, 'exchange', 'text', 'e.exchange', 5, false),
    ('event_triggers', 10, 'topic', 'text', 'e.topic', 6, false),
    ('event_triggers', 11, 'event', 'text', 'e.event', 7, false),
    ('event_triggers', 12, 'scope', 'text', 'e.scope', 8, false),
    ('event_triggers', 13, 'is_enabled', 'bool', 'nullif(e.is_enabled, true)', NULL, true);

UPDATE mistral_api.fields SET is_optional = true
 WHERE collection = 'cron_triggers' AND name IN ('missed', 'overlap', 'jitter', 'is_enabled')
    OR collection = 'event_triggers' AND name = 'is_enabled';

CREATE FUNCTION mistral_api.list_cron_triggers(params jsonb DEFAULT '{}', base text DEFAULT '')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN mistral_api.list_objects('cron_triggers', params, base, 'cron_triggers');
END
$$;
COMMENT ON FUNCTION mistral_api.list_cron_triggers(jsonb, text) IS 'GET /v2/cron_triggers';

CREATE FUNCTION mistral_api.get_cron_trigger(identifier text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result json;
BEGIN
    PERFORM mistral_api.check_params(params, 'fields');
    result := mistral_api.find_object('cron_triggers', '(c.id = ($1)[2]::uuid OR c.name = ($1)[1])',
                                      identifier, mistral_api.id_of(identifier)::text);
    IF result IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041',
            MESSAGE = format('Cron trigger not found [identifier=%s]', identifier);
    END IF;
    RETURN mistral_api.select_members(result, params, 'cron_triggers');
END
$$;
COMMENT ON FUNCTION mistral_api.get_cron_trigger(text, jsonb) IS 'GET /v2/cron_triggers/IDENTIFIER';

CREATE FUNCTION mistral_api.first_time(value text)
RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
SET timezone TO 'UTC'
AS $$
BEGIN
    IF value IS NULL THEN
        RETURN NULL;
    END IF;
    -- the format that clients send, or a time as ISO 8601 writes it
    IF value !~ '^\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{1,2}$'
       AND value !~ '^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:?\d{2})?)?$' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS002',
            MESSAGE = format('time data ''%s'' does not match format ''%%Y-%%m-%%d %%H:%%M''', value);
    END IF;
    RETURN value::timestamptz;
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
    RAISE EXCEPTION USING ERRCODE = 'MS002',
        MESSAGE = format('time data ''%s'' does not match format ''%%Y-%%m-%%d %%H:%%M''', value);
END
$$;
COMMENT ON FUNCTION mistral_api.first_time(text) IS 'the first time of a cron trigger; in UTC, unless it names another zone';

CREATE FUNCTION mistral_api.create_cron_trigger(body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    remaining CONSTANT text := body ->> 'remaining_executions';
    workflow text;
    id uuid;
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'cron_trigger', 'id', 'name', 'workflow_name', 'workflow_id',
        'workflow_input:object', 'workflow_params:object', 'scope:scope', 'pattern', 'remaining_executions:int',
        'first_execution_time', 'next_execution_time', 'created_at', 'updated_at',
        'missed', 'overlap', 'jitter:int');
    PERFORM mistral_api.require_running();
    IF coalesce(mistral_api.text_member(body, 'name'), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = 'Invalid input for field/attribute name. Value: ''None''. Mandatory field missing.';
    END IF;
    IF remaining !~ '^[0-9]{1,9}$' OR remaining::int < 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('Invalid input for field/attribute remaining_executions. Value: ''%s''. Value should be greater or equal to 1',
                             remaining);
    END IF;
    workflow := coalesce(nullif(body ->> 'workflow_id', ''), body ->> 'workflow_name');
    IF workflow IS NULL AND coalesce(body ->> 'pattern', body ->> 'first_execution_time') IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041',
            MESSAGE = 'Workflow not found [workflow_identifier=None, namespace=]';
    END IF;
    id := mistral.create_cron_trigger(
        body ->> 'name',
        workflow,
        mistral_api.text_member(body, 'pattern'),
        coalesce(mistral_api.object_member(body, 'workflow_input'), '{}'),
        coalesce(mistral_api.object_member(body, 'workflow_params'), '{}'),
        first_execution_time => mistral_api.first_time(mistral_api.text_member(body, 'first_execution_time')),
        remaining_executions => remaining::int,
        scope => mistral_api.scope_of(body ->> 'scope'));
    IF coalesce(body ->> 'missed', body ->> 'overlap', body ->> 'jitter') IS NOT NULL THEN
        PERFORM mistral.set_cron_policy(id,
            coalesce(mistral_api.text_member(body, 'missed'), 'run_once'),
            coalesce(mistral_api.text_member(body, 'overlap'), 'allow'),
            make_interval(secs => coalesce((body ->> 'jitter')::double precision, 0)));
    END IF;
    RETURN mistral_api.get_cron_trigger(id::text);
EXCEPTION WHEN SQLSTATE 'MS091' THEN
    PERFORM mistral_api.raise_duplicate(SQLERRM);
END
$$;
COMMENT ON FUNCTION mistral_api.create_cron_trigger(jsonb, jsonb) IS 'POST /v2/cron_triggers';

CREATE FUNCTION mistral_api.delete_cron_trigger(identifier text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.require_running();
    PERFORM mistral.delete_cron_trigger((mistral_api.get_cron_trigger(identifier) ->> 'id')::uuid);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral_api.delete_cron_trigger(text, jsonb) IS 'DELETE /v2/cron_triggers/IDENTIFIER';

CREATE FUNCTION mistral_api.list_event_triggers(params jsonb DEFAULT '{}', base text DEFAULT '')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN mistral_api.list_objects('event_triggers', params, base, 'event_triggers');
END
$$;
COMMENT ON FUNCTION mistral_api.list_event_triggers(jsonb, text) IS 'GET /v2/event_triggers';

CREATE FUNCTION mistral_api.get_event_trigger(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result json;
BEGIN
    PERFORM mistral_api.check_params(params, 'fields');
    result := mistral_api.find_object('event_triggers', 'e.id = ($1)[1]::uuid', mistral_api.to_uuid('id', id)::text);
    IF result IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format('Event trigger not found [id=%s].', id);
    END IF;
    RETURN mistral_api.select_members(result, params, 'event_triggers');
END
$$;
COMMENT ON FUNCTION mistral_api.get_event_trigger(text, jsonb) IS 'GET /v2/event_triggers/ID';

CREATE FUNCTION mistral_api.check_event_trigger(body jsonb)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_body(body, 'event_trigger', 'id:fixed', 'created_at:fixed', 'updated_at:fixed',
        'name', 'workflow_id', 'workflow_input:object', 'workflow_params:object', 'exchange', 'topic', 'event',
        'scope:scope', 'is_enabled:bool');
    PERFORM mistral_api.require_running();
END
$$;
COMMENT ON FUNCTION mistral_api.check_event_trigger(jsonb)
    IS 'refuses bodies that are no event trigger';

CREATE FUNCTION mistral_api.create_event_trigger(body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    missing text[];
    id uuid;
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_event_trigger(body);
    missing := ARRAY(SELECT x FROM unnest('{workflow_id,exchange,topic,event}'::text[]) AS x
                      WHERE coalesce(mistral_api.text_member(body, x), '') = '');
    IF missing <> '{}' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS018',
            MESSAGE = format('Params %s must be provided for creating event trigger.', missing);
    END IF;
    id := mistral.create_event_trigger(
        CASE WHEN body ? 'name' THEN body ->> 'name' ELSE '' END, mistral_api.uuid_member(body, 'workflow_id'),
        body ->> 'exchange', body ->> 'topic', body ->> 'event',
        coalesce(mistral_api.object_member(body, 'workflow_input'), '{}'),
        coalesce(mistral_api.object_member(body, 'workflow_params'), '{}'),
        mistral_api.scope_of(body ->> 'scope'));
    IF NOT mistral_api.bool_member(body, 'is_enabled') THEN
        PERFORM mistral.enable_event_trigger(id, false);
    END IF;
    RETURN mistral_api.get_event_trigger(id::text);
EXCEPTION WHEN SQLSTATE 'MS091' THEN
    PERFORM mistral_api.raise_duplicate(SQLERRM);
END
$$;
COMMENT ON FUNCTION mistral_api.create_event_trigger(jsonb, jsonb) IS 'POST /v2/event_triggers';

CREATE FUNCTION mistral_api.update_event_trigger(id text, body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    trigger_id CONSTANT uuid := mistral_api.to_uuid('id', id);
    workflow_id uuid;
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_event_trigger(body);
    IF EXISTS (SELECT 1 FROM jsonb_each_text(body) AS x
                WHERE x.key IN ('exchange', 'topic', 'event') AND x.value <> '') THEN
        RAISE EXCEPTION USING ERRCODE = 'MS018',
            MESSAGE = 'Can not update fields [''exchange'', ''topic'', ''event''] of event trigger.';
    END IF;
    workflow_id := mistral_api.uuid_member(body, 'workflow_id');
    PERFORM mistral_api.get_event_trigger(id);
    PERFORM mistral.update_event_trigger(
        trigger_id, body ->> 'name', workflow_id,
        mistral_api.object_member(body, 'workflow_input'),
        mistral_api.object_member(body, 'workflow_params'),
        CASE WHEN body ->> 'scope' IS NOT NULL THEN mistral_api.scope_of(body ->> 'scope') END);
    IF mistral_api.bool_member(body, 'is_enabled') IS NOT NULL THEN
        PERFORM mistral.enable_event_trigger(trigger_id, mistral_api.bool_member(body, 'is_enabled'));
    END IF;
    RETURN mistral_api.get_event_trigger(id);
END
$$;
COMMENT ON FUNCTION mistral_api.update_event_trigger(text, jsonb, jsonb) IS 'PUT /v2/event_triggers/ID';

CREATE FUNCTION mistral_api.delete_event_trigger(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.require_running();
    PERFORM mistral.delete_event_trigger((mistral_api.get_event_trigger(id) ->> 'id')::uuid);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral_api.delete_event_trigger(text, jsonb) IS 'DELETE /v2/event_triggers/ID';
