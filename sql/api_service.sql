-- The REST API in SQL: members, code sources and dynamic actions, maintenance,
-- processes, tokens; and who may call all of it.

-- ----------------------------------------------------------------- members

CREATE FUNCTION mistral_api.member_json(member mistral.resource_members)
RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT json_build_object(
        'id', (member).id, 'resource_id', (member).resource_id,
        'resource_type', (member).resource_type, 'project_id', (member).project_id,
        'member_id', (member).member_id, 'status', (member).status,
        'created_at', mistral_api.time_text((member).created_at),
        'updated_at', mistral_api.time_text((member).updated_at))
$$;
COMMENT ON FUNCTION mistral_api.member_json(mistral.resource_members) IS 'a member as clients see it';

CREATE FUNCTION mistral_api.list_members(identifier text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    workflow_id CONSTANT uuid := mistral_api.to_uuid('resource_id', identifier);
BEGIN
    PERFORM mistral_api.check_params(params);
    RETURN json_build_object('members', coalesce(
        (SELECT json_agg(mistral_api.member_json(m) ORDER BY m.created_at, m.id)
           FROM mistral.resource_members m
          WHERE m.resource_id = workflow_id AND m.resource_type = 'workflow'
            AND current_user::text IN (m.project_id, m.member_id)), '[]'));
END
$$;
COMMENT ON FUNCTION mistral_api.list_members(text, jsonb) IS 'GET /v2/workflows/ID/members';

CREATE FUNCTION mistral_api.get_member(identifier text, member_id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    workflow_id CONSTANT uuid := mistral_api.to_uuid('resource_id', identifier);
    result json;
BEGIN
    PERFORM mistral_api.check_params(params);
    SELECT mistral_api.member_json(m) INTO result
      FROM mistral.resource_members m
     WHERE m.resource_id = workflow_id AND m.resource_type = 'workflow'
       AND m.member_id = get_member.member_id
       AND current_user::text IN (m.project_id, m.member_id);
    IF result IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041',
            MESSAGE = format('Resource member not found [resource_id=%s, member_id=%s]', identifier, member_id);
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.get_member(text, text, jsonb) IS 'GET /v2/workflows/ID/members/PROJECT';

CREATE FUNCTION mistral_api.create_member(identifier text, body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    workflow_id CONSTANT uuid := mistral_api.to_uuid('resource_id', identifier);
    member_id CONSTANT text := mistral_api.text_member(body, 'member_id');
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'member_info', 'id', 'resource_id', 'resource_type',
                                   'member_id', 'status', 'created_at', 'updated_at');
    PERFORM mistral_api.require_running();
    IF coalesce(member_id, '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS014', MESSAGE = 'Member id must be provided.';
    END IF;
    PERFORM mistral.create_member(workflow_id, member_id);
    RETURN mistral_api.get_member(identifier, member_id);
END
$$;
COMMENT ON FUNCTION mistral_api.create_member(text, jsonb, jsonb) IS 'POST /v2/workflows/ID/members';

CREATE FUNCTION mistral_api.update_member(identifier text, member_id text, body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    workflow_id CONSTANT uuid := mistral_api.to_uuid('resource_id', identifier);
    status CONSTANT text := mistral_api.text_member(body, 'status');
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'member_info', 'id', 'resource_id', 'resource_type',
                                   'member_id', 'status', 'created_at', 'updated_at');
    PERFORM mistral_api.require_running();
    IF coalesce(status, '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS014', MESSAGE = 'Status must be provided.';
    END IF;
    PERFORM mistral.update_member(workflow_id, member_id, status);
    RETURN mistral_api.get_member(identifier, member_id);
END
$$;
COMMENT ON FUNCTION mistral_api.update_member(text, text, jsonb, jsonb)
    IS 'PUT /v2/workflows/ID/members/PROJECT';

CREATE FUNCTION mistral_api.delete_member(identifier text, member_id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.require_running();
    PERFORM mistral.delete_member(mistral_api.to_uuid('resource_id', identifier), member_id);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral_api.delete_member(text, text, jsonb)
    IS 'DELETE /v2/workflows/ID/members/PROJECT';

-- ------------------------------------------------------------ code sources

CREATE FUNCTION mistral_api.list_code_sources(params jsonb DEFAULT '{}', base text DEFAULT '')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.require_admin();
    RETURN mistral_api.list_objects('code_sources', params, base, 'code_sources');
END
$$;
COMMENT ON FUNCTION mistral_api.list_code_sources(jsonb, text) IS 'GET /v2/code_sources';

CREATE FUNCTION mistral_api.get_code_source(identifier text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    namespace CONSTANT text := coalesce(params ->> 'namespace', '');
    result json;
BEGIN
    PERFORM mistral_api.require_admin();
    PERFORM mistral_api.check_params(params, 'namespace', 'fields');
    result := mistral_api.find_object(
        'code_sources', '(s.id = ($1)[2]::uuid OR s.name = ($1)[1]) AND (s.namespace = ($1)[3] OR s.id = ($1)[2]::uuid)',
        identifier, mistral_api.id_of(identifier)::text, namespace);
    IF result IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041',
            MESSAGE = format('Code Source not found [name=%s,namespace=%s]', identifier, namespace);
    END IF;
    RETURN mistral_api.select_members(result, params, 'code_sources');
END
$$;
COMMENT ON FUNCTION mistral_api.get_code_source(text, jsonb) IS 'GET /v2/code_sources/IDENTIFIER';

CREATE FUNCTION mistral_api.create_code_source(content text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    id uuid;
BEGIN
    PERFORM mistral_api.require_admin();
    PERFORM mistral_api.check_params(params, 'name', 'scope', 'namespace', 'language');
    PERFORM mistral_api.require_running();
    IF coalesce(params ->> 'name', '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'Missing argument: "name"';
    END IF;
    id := mistral.create_code_source(params ->> 'name', content, coalesce(params ->> 'namespace', ''),
                                     mistral_api.scope_of(params ->> 'scope'),
                                     coalesce(params ->> 'language', 'javascript'));
    RETURN mistral_api.get_code_source(id::text);
EXCEPTION WHEN SQLSTATE 'MS091' THEN
    PERFORM mistral_api.raise_duplicate(SQLERRM);
END
$$;
COMMENT ON FUNCTION mistral_api.create_code_source(text, jsonb) IS 'POST /v2/code_sources';

CREATE FUNCTION mistral_api.update_code_source(content text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    source json;
BEGIN
    PERFORM mistral_api.require_admin();
    PERFORM mistral_api.check_params(params, 'identifier', 'scope', 'namespace');
    PERFORM mistral_api.require_running();
    IF coalesce(params ->> 'identifier', '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'Missing argument: "identifier"';
    END IF;
    source := mistral_api.get_code_source(params ->> 'identifier', params - '{identifier,scope}'::text[]);
    PERFORM mistral.update_code_source((source ->> 'id')::uuid, content,
                                       mistral_api.scope_of(params ->> 'scope'));
    RETURN mistral_api.get_code_source(source ->> 'id');
END
$$;
COMMENT ON FUNCTION mistral_api.update_code_source(text, jsonb) IS 'PUT /v2/code_sources';

CREATE FUNCTION mistral_api.delete_code_source(identifier text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.require_running();
    PERFORM mistral.delete_code_source((mistral_api.get_code_source(identifier, params) ->> 'id')::uuid);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral_api.delete_code_source(text, jsonb) IS 'DELETE /v2/code_sources/IDENTIFIER';

-- --------------------------------------------------------- dynamic actions

CREATE FUNCTION mistral_api.list_dynamic_actions(params jsonb DEFAULT '{}', base text DEFAULT '')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.require_admin();
    RETURN mistral_api.list_objects('dynamic_actions', params, base, 'dynamic_actions');
END
$$;
COMMENT ON FUNCTION mistral_api.list_dynamic_actions(jsonb, text) IS 'GET /v2/dynamic_actions';

CREATE FUNCTION mistral_api.get_dynamic_action(identifier text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    namespace CONSTANT text := coalesce(params ->> 'namespace', '');
    result json;
BEGIN
    PERFORM mistral_api.require_admin();
    PERFORM mistral_api.check_params(params, 'namespace', 'fields');
    result := mistral_api.find_object(
        'dynamic_actions', '(a.id = ($1)[2]::uuid OR a.name = ($1)[1]) AND (a.namespace = ($1)[3] OR a.id = ($1)[2]::uuid)',
        identifier, mistral_api.id_of(identifier)::text, namespace);
    IF result IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041',
            MESSAGE = format('Dynamic Action not found [name=%s,namespace=%s]', identifier, namespace);
    END IF;
    RETURN mistral_api.select_members(result, params, 'dynamic_actions');
END
$$;
COMMENT ON FUNCTION mistral_api.get_dynamic_action(text, jsonb) IS 'GET /v2/dynamic_actions/IDENTIFIER';

CREATE FUNCTION mistral_api.source_of_action(body jsonb)
RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    identifier CONSTANT text := coalesce(body ->> 'code_source_id', body ->> 'code_source_name');
BEGIN
    RETURN CASE WHEN identifier IS NOT NULL THEN (mistral_api.get_code_source(
        identifier, jsonb_build_object('namespace', coalesce(body ->> 'namespace', ''))) ->> 'id')::uuid END;
END
$$;
COMMENT ON FUNCTION mistral_api.source_of_action(jsonb)
    IS 'the code source that a body names; null when it names none';

CREATE FUNCTION mistral_api.check_dynamic_action(body jsonb)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.require_admin();
    PERFORM mistral_api.check_body(body, 'dyn_action', 'id', 'name', 'namespace', 'code_source_id',
        'code_source_name', 'class_name', 'scope:scope', 'created_at', 'updated_at');
    PERFORM mistral_api.require_running();
END
$$;
COMMENT ON FUNCTION mistral_api.check_dynamic_action(jsonb)
    IS 'refuses bodies that are no dynamic action';

CREATE FUNCTION mistral_api.create_dynamic_action(body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    missing text;
    id uuid;
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_dynamic_action(body);
    IF coalesce(body ->> 'code_source_id', body ->> 'code_source_name') IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = 'Either ''code_source_id'' or ''code_source_name'' must be provided.';
    END IF;
    SELECT x INTO missing FROM unnest('{name,class_name}'::text[]) AS x
     WHERE coalesce(body ->> x, '') = '';
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('Invalid input for field/attribute %s. Value: ''None''. Mandatory field missing.', missing);
    END IF;
    id := mistral.create_dynamic_action(
        body ->> 'name', body ->> 'class_name', mistral_api.source_of_action(body),
        coalesce(mistral_api.text_member(body, 'namespace'), ''),
        mistral_api.scope_of(body ->> 'scope'));
    RETURN mistral_api.get_dynamic_action(id::text);
EXCEPTION WHEN SQLSTATE 'MS091' THEN
    PERFORM mistral_api.raise_duplicate(SQLERRM);
END
$$;
COMMENT ON FUNCTION mistral_api.create_dynamic_action(jsonb, jsonb) IS 'POST /v2/dynamic_actions';

CREATE FUNCTION mistral_api.update_dynamic_action(body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    identifier CONSTANT text := coalesce(body ->> 'id', body ->> 'name');
    id uuid;
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_dynamic_action(body);
    IF identifier IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'Either ''name'' or ''id'' must be provided.';
    END IF;
    id := (mistral_api.get_dynamic_action(
        identifier, jsonb_build_object('namespace', coalesce(body ->> 'namespace', ''))) ->> 'id')::uuid;
    PERFORM mistral.update_dynamic_action(
        id, mistral_api.text_member(body, 'class_name'), mistral_api.source_of_action(body),
        CASE WHEN body ->> 'scope' IS NOT NULL THEN mistral_api.scope_of(body ->> 'scope') END);
    RETURN mistral_api.get_dynamic_action(id::text);
END
$$;
COMMENT ON FUNCTION mistral_api.update_dynamic_action(jsonb, jsonb) IS 'PUT /v2/dynamic_actions';

CREATE FUNCTION mistral_api.delete_dynamic_action(identifier text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.require_running();
    PERFORM mistral.delete_dynamic_action(
        (mistral_api.get_dynamic_action(identifier, params) ->> 'id')::uuid);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral_api.delete_dynamic_action(text, jsonb) IS 'DELETE /v2/dynamic_actions/IDENTIFIER';

-- -------------------------------------------------------------- the caller

CREATE FUNCTION mistral_api.may_call(name text)
RETURNS bool
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT coalesce(bool_and(has_function_privilege(p.oid, 'EXECUTE')), false)
      FROM pg_proc p WHERE p.pronamespace = 'mistral'::regnamespace AND p.proname = name
$$;
COMMENT ON FUNCTION mistral_api.may_call(text)
    IS 'whether the caller may call the functions of the schema mistral with the name; false: or there is none';

CREATE FUNCTION mistral_api.whoami(params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    roles CONSTANT json := (
        SELECT coalesce(json_agg(r.rolname ORDER BY r.rolname), '[]') FROM pg_roles r
         WHERE r.rolname IN ('mistral_admin', 'mistral_user', 'mistral_executor', 'mistral_observer')
           AND pg_has_role(r.oid, 'USAGE'));
    -- what a page can offer where the function of its route is there
    features CONSTANT json := (
        SELECT json_agg(f.name ORDER BY f.name)
          FROM (VALUES ('bulk', 'bulk_executions'), ('graph', 'execution_graph'), ('inbox', 'list_inbox'),
                       ('limits', 'list_limits'), ('live', 'watch'), ('signals', 'send_signal'),
                       ('simulation', 'simulate'), ('system', 'list_executors')) AS f(name, function)
         WHERE EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = 'mistral_api'::regnamespace
                          AND p.proname = f.function));
BEGIN
    PERFORM mistral_api.check_params(params);
    RETURN json_build_object(
        'user', current_user, 'project_id', mistral_api.project_name(current_user::text),
        'is_admin', mistral_api.is_admin(), 'is_read_only', NOT mistral_api.may_call('cancel_execution'),
        'has_auth', mistral_api.has_auth(), 'roles', roles,
        'may', json_build_object(
            'start', mistral_api.may_call('start_workflow'), 'change', mistral_api.may_call('cancel_execution'),
            'define', mistral_api.may_call('create_workflows'), 'simulate', mistral_api.may_call('simulation'),
            'see_all_projects', mistral_api.is_admin(),
            'see_system', has_table_privilege('mistral.stat_executors', 'SELECT'),
            'repair', mistral_api.may_call('retry_delayed_call'),
            'maintain', mistral_api.may_call('set_maintenance') AND (mistral_api.is_admin() OR NOT mistral_api.has_auth()),
            'delete_action_executions',
            coalesce(current_setting('mistral_api.delete_action_executions', true) = 'on', false)),
        'features', features,
        'maintenance', (SELECT m.status FROM mistral.maintenance m),
        'version', (SELECT x.extversion FROM pg_extension x WHERE x.extname = 'mistral'),
        'now', mistral_api.moment(clock_timestamp()));
END
$$;
COMMENT ON FUNCTION mistral_api.whoami(jsonb) IS 'GET /v2/whoami: the caller, and what he may do';

-- ------------------------------------------------- maintenance, processes

CREATE FUNCTION mistral_api.get_maintenance(params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    wanted CONSTANT text[] := mistral_api.list_words(params ->> 'fields', true);
    known text[] := '{status}';
    result jsonb;
BEGIN
    IF wanted = '{}' THEN
        RETURN (SELECT json_build_object('status', m.status) FROM mistral.maintenance m);
    END IF;
    -- how much there is of all projects is for those who may see them
    IF NOT has_table_privilege('mistral.stat_maintenance', 'SELECT') THEN
        SELECT jsonb_build_object('status', m.status) INTO result FROM mistral.maintenance m;
    ELSE
        SELECT to_jsonb(s) INTO result FROM mistral.stat_maintenance s;
    END IF;
    SELECT array_agg(k ORDER BY k) INTO known FROM jsonb_object_keys(result) AS k;
    IF NOT wanted <@ known THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('Some fields do not exist  [%s], please choose from [%s]',
                             array_to_string(ARRAY(SELECT unnest(wanted) EXCEPT SELECT unnest(known) ORDER BY 1), ', '),
                             array_to_string(known, ', '));
    END IF;
    RETURN (SELECT json_object_agg(w, result -> w) FROM unnest(wanted) AS w);
END
$$;
COMMENT ON FUNCTION mistral_api.get_maintenance(jsonb) IS 'GET /maintenance';

CREATE FUNCTION mistral_api.set_maintenance(body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'body', 'status');
    IF mistral_api.has_auth() THEN
        PERFORM mistral_api.require_admin();
    END IF;
    PERFORM mistral.set_maintenance(coalesce(mistral_api.text_member(body, 'status'), ''));
    RETURN mistral_api.get_maintenance();
END
$$;
COMMENT ON FUNCTION mistral_api.set_maintenance(jsonb, jsonb) IS 'PUT /maintenance';

CREATE FUNCTION mistral_api.list_services(params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT json_build_object('services', coalesce(json_agg(
               json_build_object('name', s.name, 'type', s.type) ORDER BY s.type, s.name), '[]'))
      FROM (SELECT format('%s_%s', coalesce(host(inet_server_addr()), 'localhost'), a.pid) AS name,
                   'engine_group' AS type
              FROM pg_stat_activity a
             WHERE a.datname = current_database() AND a.backend_type LIKE 'mistral%'
            UNION ALL
            SELECT x.name, 'executor_group' FROM mistral.executors x
             WHERE x.lease_until > clock_timestamp()) AS s
$$;
COMMENT ON FUNCTION mistral_api.list_services(jsonb) IS 'GET /v2/services';

-- ------------------------------------------------------------------ tokens

CREATE TABLE mistral_api.tokens (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest          text NOT NULL UNIQUE,
    role_name       text NOT NULL,
    description     text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz
);
COMMENT ON TABLE mistral_api.tokens
    IS 'bearer tokens that the REST server accepts; only their digests are kept';
COMMENT ON COLUMN mistral_api.tokens.id IS 'identifier';
COMMENT ON COLUMN mistral_api.tokens.digest IS 'SHA-256 of the token, in hexadecimal digits';
COMMENT ON COLUMN mistral_api.tokens.role_name IS 'role that requests with the token run as';
COMMENT ON COLUMN mistral_api.tokens.description IS 'free text';
COMMENT ON COLUMN mistral_api.tokens.created_at IS 'time of creation';
COMMENT ON COLUMN mistral_api.tokens.expires_at IS 'end of validity; null: none';
SELECT pg_extension_config_dump('mistral_api.tokens', '');

CREATE FUNCTION mistral_api.create_token(role_name text, lifetime interval DEFAULT '30 days',
                                         description text DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    -- 244 random bits from the server's strong generator
    token CONSTANT text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles r WHERE r.rolname = create_token.role_name) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('role "%s" does not exist', role_name);
    END IF;
    INSERT INTO mistral_api.tokens (digest, role_name, description, expires_at)
    VALUES (encode(sha256(convert_to(token, 'UTF8')), 'hex'), role_name, description, now() + lifetime);
    RETURN token;
END
$$;
COMMENT ON FUNCTION mistral_api.create_token(text, interval, text)
    IS 'makes a bearer token for a role and returns it, this once';

CREATE FUNCTION mistral_api.token_role(digest text)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT t.role_name FROM mistral_api.tokens t
     WHERE t.digest = token_role.digest AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())
       AND EXISTS (SELECT 1 FROM pg_roles r WHERE r.rolname = t.role_name)
$$;
COMMENT ON FUNCTION mistral_api.token_role(text)
    IS 'the role of a valid token, given its digest; null: none';

CREATE FUNCTION mistral_api.ensure_project(project text)
RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    role record;
BEGIN
    -- one at a time; another database's server may still be quicker
    PERFORM pg_advisory_xact_lock('mistral_api.tokens'::regclass::oid::bigint);
    IF to_regrole('mistral_user') IS NULL
       OR NOT has_schema_privilege('mistral_user', 'mistral_api', 'USAGE') THEN
        PERFORM mistral.create_roles();
    END IF;
    SELECT r.rolsuper, pg_has_role(r.oid, 'mistral_user', 'MEMBER') AS is_user INTO role
      FROM pg_roles r WHERE r.rolname = project;
    IF role IS NULL THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN ROLE %I', project, current_user);
        EXECUTE format('GRANT mistral_user TO %I', project);
    ELSIF role.rolsuper OR NOT role.is_user OR project = current_user THEN
        -- a role that serves other ends is no project
        RAISE EXCEPTION USING ERRCODE = 'MS031',
            MESSAGE = format('role "%s" is not the role of a project', project);
    END IF;
    RETURN project;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        RETURN project;
    WHEN reserved_name THEN
        RAISE EXCEPTION USING ERRCODE = 'MS031',
            MESSAGE = format('role "%s" is not the role of a project', project);
END
$$;
COMMENT ON FUNCTION mistral_api.ensure_project(text)
    IS 'makes the role of a project, with the rights of mistral_user, unless it exists; the caller needs what grant_server() gives';

-- ------------------------------------------------------------------ rights

CREATE FUNCTION mistral_api.grant_roles()
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    GRANT USAGE ON SCHEMA mistral_api TO mistral_user, mistral_observer;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mistral_api TO mistral_user, mistral_observer;
    GRANT SELECT ON mistral_api.collections, mistral_api.fields, mistral_api.builtin_actions, mistral_api.attributes
        TO mistral_user, mistral_observer;
    -- row level security shows everybody what is his
    GRANT SELECT ON mistral.workflow_executions, mistral.execution_data, mistral.task_executions,
        mistral.action_executions, mistral.contexts, mistral.workflow_definitions, mistral.workflow_versions,
        mistral.workbooks, mistral.action_definitions, mistral.action_versions,
        mistral.environments, mistral.code_sources, mistral.dynamic_actions,
        mistral.resource_members, mistral.cron_triggers, mistral.event_triggers,
        mistral.executors, mistral.maintenance, mistral.action_queue
        TO mistral_user, mistral_observer;
    -- not the arguments of calls, and not what publishers are told
    GRANT SELECT (id, kind, due_at, created_at, attempts, is_dead, error, execution_id, task_id, project_id)
        ON mistral.delayed_calls TO mistral_user, mistral_observer;
    GRANT SELECT (id, event, endpoint, execution_id, project_id, created_at, next_try_at, attempts, is_dead, error)
        ON mistral.event_deliveries TO mistral_user, mistral_observer;
    GRANT SELECT (name, project_id, event_types, workflow_name, created_at, acknowledged_at)
        ON mistral.event_consumers TO mistral_user, mistral_observer;
    -- for the server itself
    REVOKE EXECUTE ON FUNCTION mistral_api.create_token(text, interval, text),
        mistral_api.token_role(text), mistral_api.ensure_project(text), mistral_api.grant_roles(),
        mistral_api.grant_server(text, bool)
        FROM mistral_user, mistral_observer;
    GRANT SELECT, INSERT, UPDATE, DELETE ON mistral_api.tokens TO mistral_admin;
    GRANT EXECUTE ON FUNCTION mistral_api.create_token(text, interval, text),
        mistral_api.token_role(text), mistral_api.ensure_project(text) TO mistral_admin;
END
$$;
COMMENT ON FUNCTION mistral_api.grant_roles()
    IS 'grants to the roles of mistral.create_roles() what each may do here';

CREATE FUNCTION mistral_api.grant_server(server text, create_projects bool DEFAULT false)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    IF to_regrole(quote_ident(server)) IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('role "%s" does not exist', server);
    END IF;
    PERFORM mistral.create_roles();
    EXECUTE format('GRANT USAGE ON SCHEMA mistral_api TO %I', server);
    EXECUTE format('GRANT SELECT ON mistral_api.tokens TO %I', server);
    EXECUTE format('GRANT EXECUTE ON FUNCTION mistral_api.token_role(text) TO %I', server);
    IF create_projects THEN
        EXECUTE format('GRANT EXECUTE ON FUNCTION mistral_api.ensure_project(text) TO %I', server);
        EXECUTE format('ALTER ROLE %I CREATEROLE', server);
        -- since version 16 CREATEROLE alone does not let a role give others away
        EXECUTE format('GRANT mistral_user TO %I WITH ADMIN OPTION', server);
    END IF;
END
$$;
COMMENT ON FUNCTION mistral_api.grant_server(text, bool)
    IS 'grants what the role of the REST server needs: to find tokens, and to make roles of projects if it shall; not the membership in projects that exist';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA mistral_api FROM PUBLIC;
