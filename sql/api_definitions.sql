-- The REST API in SQL: workflows, workbooks, actions, environments, members,
-- code sources and dynamic actions.

-- --------------------------------------------------------- standard actions

-- Descriptions of the actions that need no definition, for clients.
CREATE TABLE mistral_api.builtin_actions (
    name            text PRIMARY KEY,
    input           text NOT NULL,
    description     text NOT NULL
);
COMMENT ON TABLE mistral_api.builtin_actions IS 'the standard actions, described';
COMMENT ON COLUMN mistral_api.builtin_actions.name IS 'name';
COMMENT ON COLUMN mistral_api.builtin_actions.input IS 'parameters on one line';
COMMENT ON COLUMN mistral_api.builtin_actions.description IS 'what it does';
INSERT INTO mistral_api.builtin_actions (name, input, description) VALUES
    ('std.async_noop', '',
     'Does nothing; ends when its result is reported from outside.'),
    ('std.echo', 'output, delay=0',
     'Yields its parameter "output" after "delay" seconds.'),
    ('std.email',
     'from_addr, to_addrs, smtp_server, reply_to=null, cc_addrs=null, bcc_addrs=null, smtp_password=null, subject=null, body=null, html_body=null',
     'Sends an e-mail.'),
    ('std.fail', 'error_data=null',
     'Fails, with "error_data" as the error where it is given.'),
    ('std.http',
     'url, method="GET", params=null, body=null, json=null, headers=null, cookies=null, auth=null, timeout=null, allow_redirects=null, proxies=null, verify=null',
     E'HTTP action.\n'
     '\n'
     ':param url: URL for the new HTTP request.\n'
     ':param method: (optional, ''GET'' by default) method for the new HTTP\n'
     '    request.\n'
     ':param params: (optional) Dictionary or bytes to be sent in the\n'
     '    query string for the HTTP request.\n'
     ':param body: (optional) Dictionary, bytes, or file-like object to send\n'
     '    in the body of the HTTP request.\n'
     ':param json: (optional) A JSON serializable Python object to send\n'
     '    in the body of the HTTP request.\n'
     ':param headers: (optional) Dictionary of HTTP Headers to send with\n'
     '    the HTTP request.\n'
     ':param cookies: (optional) Dict or CookieJar object to send with\n'
     '    the HTTP request.\n'
     ':param auth: (optional) Auth tuple to enable Basic/Digest/Custom\n'
     '    HTTP Auth.\n'
     ':param timeout: (optional) Float describing the timeout of the request\n'
     '    in seconds.\n'
     ':param allow_redirects: (optional) Boolean. Set to True if POST/PUT/DELETE\n'
     '    redirect following is allowed.\n'
     ':param proxies: (optional) Dictionary mapping protocol to the URL of\n'
     '    the proxy.\n'
     ':param verify: (optional) if ``True``, the SSL cert will be verified.\n'
     '    A CA_BUNDLE path can also be provided.'),
    ('std.human',
     'form=null, title=null, description=null, data=null, candidates=null, due=null, escalate=null, distinct-from=null, priority=null',
     'Has people answer a form; ends when one of them does.'),
    ('std.javascript', 'script, context=null',
     'Runs a script with "context" as $ and yields what it returns.'),
    ('std.js', 'script, context=null',
     'Runs a script with "context" as $ and yields what it returns.'),
    ('std.noop', '', 'Does nothing.'),
    ('std.sleep', 'seconds=1', 'Waits for "seconds" seconds.'),
    ('std.sql', 'query, params=null, max_rows=null',
     'Runs a statement in the database as the role of the execution and yields its rows.'),
    ('std.ssh', 'cmd, host, username, password="", private_key_filename=null, private_key=null',
     'Runs a command on one or more hosts.'),
    ('std.ssh_proxied',
     'cmd, host, username, private_key_filename, gateway_host, gateway_username=null, password=null, proxy_command=null, private_key=null',
     'Runs a command on one or more hosts behind a gateway.'),
    ('std.test_dict', 'size=0, key_prefix="", val=""',
     'Yields an object with "size" members, for tests.');
INSERT INTO mistral_api.builtin_actions (name, input, description)
SELECT 'std.mistral_http', b.input, b.description FROM mistral_api.builtin_actions b WHERE b.name = 'std.http';

-- ------------------------------------------------------------- collections

INSERT INTO mistral_api.collections (name, kind, source, id, visible, missing, params) VALUES
    ('workflows', 'WorkflowDefinition',
     'mistral.workflow_definitions w LEFT JOIN mistral.workflow_versions v ON v.id = w.version_id',
     'w.id',
     'w.project_id = $2 OR w.scope = ''public'' OR EXISTS (SELECT 1 FROM mistral.resource_members r'
     ' WHERE r.resource_id = w.id AND r.member_id = $2 AND r.status = ''accepted'')',
     'Workflow not found [workflow_id=%s]', '{all_projects}'),
    ('workbooks', 'WorkbookDefinition', 'mistral.workbooks b', 'b.id',
     'b.project_id = $2 OR b.scope = ''public''', 'Workbook not found [name=%s, namespace=]', '{}'),
    ('environments', 'Environment', 'mistral.environments e', 'e.id',
     'e.project_id = $2 OR e.scope = ''public''', 'Environment not found [name=%s]', '{}'),
    ('code_sources', 'CodeSource', 'mistral.code_sources s', 's.id',
     's.project_id = $2 OR s.scope = ''public''', 'Code Source not found [name=%s,namespace=]',
     '{all_projects}');
INSERT INTO mistral_api.collections (name, kind, source, id, visible, missing, params) VALUES
    ('dynamic_actions', 'DynamicActionDefinition',
     'mistral.dynamic_actions a JOIN mistral.code_sources s ON s.id = a.code_source_id', 'a.id',
     'a.project_id = $2 OR a.scope = ''public''', 'Dynamic Action not found [name=%s,namespace=]',
     '{all_projects}');
INSERT INTO mistral_api.collections
    (name, kind, source, id, visible, missing, default_sort, is_whole) VALUES
    ('actions', 'ActionDefinition',
     '(SELECT d.id::text AS id, d.name, d.namespace, d.is_system, d.project_id, d.scope,'
     ' d.description, d.tags, CASE WHEN d.kind = ''adhoc'' THEN v.definition ELSE '''' END AS definition,'
     ' mistral.action_input(v.spec) AS input,'
     ' d.created_at, d.updated_at, d.kind, false AS is_builtin FROM mistral.action_definitions d'
     ' LEFT JOIN mistral.action_versions v ON v.id = d.version_id UNION ALL'
     ' SELECT b.name, b.name, '''', false, NULL, NULL, b.description, NULL, '''', b.input,'
     ' ''-infinity'', NULL, ''standard'', true FROM mistral_api.builtin_actions b) a', 'a.id',
     'a.is_builtin OR a.project_id = $2 OR a.scope = ''public''',
     'Action not found [name=%s, namespace=]', 'name', true);

-- what the reference does not have is shown where it has nothing to compare with
INSERT INTO mistral_api.fields
    (collection, position, name, type, expr, shown, filter, is_null, is_optional) VALUES
    ('actions', 13, 'kind', 'text', 'a.kind', 'CASE WHEN a.kind NOT IN (''standard'', ''adhoc'') THEN a.kind END', 10, false, true);
INSERT INTO mistral_api.fields
    (collection, position, name, type, expr, shown, filter, is_null) VALUES
    ('workflows', 1, 'id', 'uuid', 'w.id', NULL, NULL, false),
    ('workflows', 2, 'name', 'text', 'w.name', NULL, 2, false),
    ('workflows', 3, 'namespace', 'text', 'w.namespace', NULL, 9, false),
    ('workflows', 4, 'input', 'text', 'mistral.workflow_input(v.spec)', NULL, 6, false),
    ('workflows', 5, 'interface', 'shown', '', 'mistral.workflow_interface(v.spec)::text', NULL, false),
    ('workflows', 6, 'definition', 'text', 'v.definition', NULL, 7, false),
    ('workflows', 7, 'checksum', 'text', 'w.checksum', NULL, NULL, true),
    ('workflows', 8, 'tags', 'tags', 'w.tags', 'coalesce(w.tags, ''[]'')', 4, true),
    ('workflows', 9, 'scope', 'text', 'w.scope', NULL, 3, false),
    ('workflows', 10, 'project_id', 'role', 'w.project_id', NULL, 8, false),
    ('workflows', 11, 'created_at', 'time', 'w.created_at', NULL, 1, false),
    ('workflows', 12, 'updated_at', 'time', 'w.updated_at', NULL, 5, true),

    ('workflows', 13, 'input_schema', 'shown', '', '(v.spec -> ''input-schema'')::text', NULL, true),

    ('workflows', 14, 'is_draft', 'bool', 'CASE WHEN w.is_draft THEN true END', NULL, NULL, true),

    ('workbooks', 1, 'id', 'uuid', 'b.id', NULL, NULL, false),
    ('workbooks', 2, 'name', 'text', 'b.name', NULL, 3, false),
    ('workbooks', 3, 'namespace', 'text', 'b.namespace', NULL, 7, false),
    ('workbooks', 4, 'definition', 'text', 'b.definition', NULL, 2, false),
    ('workbooks', 5, 'tags', 'tags', 'b.tags', 'coalesce(b.tags, ''[]'')', 5, true),
    ('workbooks', 6, 'scope', 'text', 'b.scope', NULL, 4, false),
    ('workbooks', 7, 'project_id', 'role', 'b.project_id', NULL, NULL, false),
    ('workbooks', 8, 'created_at', 'time', 'b.created_at', NULL, 1, false),
    ('workbooks', 9, 'updated_at', 'time', 'b.updated_at', NULL, 6, true),

    ('actions', 1, 'id', 'text', 'a.id', NULL, NULL, false),
    ('actions', 2, 'name', 'text', 'a.name', NULL, 2, false),
    ('actions', 3, 'is_system', 'bool', 'a.is_system', NULL, NULL, false),
    ('actions', 4, 'input', 'text', 'a.input', NULL, 7, false),
    ('actions', 5, 'description', 'text', 'a.description', NULL, 6, true),
    ('actions', 6, 'tags', 'tags', 'a.tags', 'CASE WHEN NOT a.is_builtin THEN coalesce(a.tags, ''[]'') END', 4, true),
    ('actions', 7, 'definition', 'text', 'a.definition', NULL, 8, false),
    ('actions', 8, 'scope', 'text', 'a.scope', NULL, 3, true),
    ('actions', 9, 'project_id', 'shown', '', 'CASE WHEN NOT a.is_builtin THEN mistral_api.project_name(a.project_id) END', NULL, true),
    ('actions', 10, 'created_at', 'time', 'a.created_at', 'CASE WHEN a.is_builtin THEN '''' ELSE mistral_api.time_text(a.created_at) END', 1, false),
    ('actions', 11, 'updated_at', 'time', 'a.updated_at', 'CASE WHEN a.is_builtin THEN '''' ELSE mistral_api.time_text(a.updated_at) END', 5, true),
    ('actions', 12, 'namespace', 'text', 'a.namespace', NULL, 9, false),

    ('environments', 1, 'id', 'uuid', 'e.id', NULL, NULL, false),
    ('environments', 2, 'name', 'text', 'e.name', NULL, 2, false),
    ('environments', 3, 'description', 'text', 'e.description', NULL, 5, true),
    ('environments', 4, 'variables', 'json', 'e.variables', NULL, 6, false),
    ('environments', 5, 'scope', 'text', 'e.scope', NULL, 4, false),
    ('environments', 6, 'project_id', 'role', 'e.project_id', NULL, NULL, false),
    ('environments', 7, 'created_at', 'time', 'e.created_at', NULL, 1, false),
    ('environments', 8, 'updated_at', 'time', 'e.updated_at', NULL, 3, true),

    ('code_sources', 1, 'id', 'uuid', 's.id', NULL, NULL, false),
    ('code_sources', 2, 'name', 'text', 's.name', NULL, 2, false),
    ('code_sources', 3, 'namespace', 'text', 's.namespace', NULL, 8, false),
    ('code_sources', 4, 'content', 'text', 's.content', NULL, NULL, false),
    ('code_sources', 5, 'version', 'int', 's.version', NULL, NULL, false),
    ('code_sources', 6, 'project_id', 'role', 's.project_id', NULL, 9, false),
    ('code_sources', 7, 'scope', 'text', 's.scope', NULL, 3, false),
    ('code_sources', 8, 'created_at', 'time', 's.created_at', NULL, 1, false),
    ('code_sources', 9, 'updated_at', 'time', 's.updated_at', NULL, 5, true),

    ('dynamic_actions', 1, 'id', 'uuid', 'a.id', NULL, NULL, false),
    ('dynamic_actions', 2, 'name', 'text', 'a.name', NULL, 2, false),
    ('dynamic_actions', 3, 'namespace', 'text', 'a.namespace', NULL, 9, false),
    ('dynamic_actions', 4, 'code_source_id', 'uuid', 'a.code_source_id', NULL, 6, false),
    ('dynamic_actions', 5, 'code_source_name', 'text', 's.name', NULL, 7, false),
    ('dynamic_actions', 6, 'class_name', 'text', 'a.class_name', NULL, 5, false),
    ('dynamic_actions', 7, 'project_id', 'role', 'a.project_id', NULL, 8, false),
    ('dynamic_actions', 8, 'scope', 'text', 'a.scope', NULL, 3, false),
    ('dynamic_actions', 9, 'created_at', 'time', 'a.created_at', NULL, 1, false),
    ('dynamic_actions', 10, 'updated_at', 'time', 'a.updated_at', NULL, 4, true);
UPDATE mistral_api.fields SET is_optional = true
 WHERE collection = 'workflows' AND name IN ('input_schema', 'is_draft');

CREATE FUNCTION mistral_api.find_object(collection text, condition text, VARIADIC args text[])
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    c mistral_api.collections;
    result json;
BEGIN
    SELECT * INTO STRICT c FROM mistral_api.collections x WHERE x.name = collection;
    -- a name finds what it finds in a definition: administrators, too, reach
    -- what other projects own by its id only
    EXECUTE format('SELECT %1$s FROM %2$s WHERE %3$s AND (%4$s OR %5$s::text = ($1)[1] AND %6$s)'
                   ' ORDER BY %5$s::text = ($1)[1] DESC, %7$sproject_id = $2 DESC,'
                   ' %7$sscope = ''public'' DESC, %5$s LIMIT 1',
                   mistral_api.object_expression(c, NULL, true, false), c.source, condition,
                   c.visible, c.id, mistral_api.is_admin()::text, left(c.id, strpos(c.id, '.')))
       INTO result
      USING args, current_user::text;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.find_object(text, text, text[])
    IS 'one object of a collection that the caller may see, an own one before others; null: none';

CREATE FUNCTION mistral_api.select_members(object json, params jsonb, collection text)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    c mistral_api.collections;
    wanted text[];
    asked text;
    more json := '{}';
BEGIN
    IF NOT params ? 'fields' THEN
        RETURN object;
    END IF;
    SELECT * INTO STRICT c FROM mistral_api.collections x WHERE x.name = collection;
    wanted := mistral_api.wanted_members(c, params);
    IF wanted IS NULL OR c.is_whole THEN
        RETURN object;
    END IF;
    SELECT string_agg(format('%L, %s', m.name, m.expr), ', ' ORDER BY m.position) INTO asked
      FROM mistral_api.fields m
     WHERE m.collection = c.name AND m.type = 'asked' AND m.name = ANY (wanted);
    IF asked IS NOT NULL THEN
        EXECUTE format('SELECT json_build_object(%s) FROM %s WHERE %s = $1', asked, c.source, c.id)
           INTO STRICT more USING (object ->> 'id')::uuid;
    END IF;
    RETURN (SELECT json_object_agg(m.key, m.value)
              FROM (SELECT * FROM json_each(object) UNION ALL SELECT * FROM json_each(more)) AS m
             WHERE m.key = ANY (wanted) OR (m.key = 'interface' AND 'input' = ANY (wanted)));
END
$$;
COMMENT ON FUNCTION mistral_api.select_members(json, jsonb, text)
    IS 'an object with the members asked for with "fields"';

-- --------------------------------------------------------------- workflows

CREATE FUNCTION mistral_api.list_workflows(params jsonb DEFAULT '{}', base text DEFAULT '')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN mistral_api.list_objects('workflows', params, base, 'workflows');
END
$$;
COMMENT ON FUNCTION mistral_api.list_workflows(jsonb, text) IS 'GET /v2/workflows';

CREATE FUNCTION mistral_api.find_workflow(identifier text, namespace text)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result json;
BEGIN
    IF mistral_api.is_uuid(identifier) THEN
        result := mistral_api.find_object('workflows', 'w.id = ($1)[1]::uuid', identifier);
    END IF;
    IF result IS NULL THEN
        result := mistral_api.find_object('workflows', 'w.name = ($1)[1] AND w.namespace = ($1)[2]',
                                          identifier, namespace);
    END IF;
    IF result IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041',
            MESSAGE = format('Workflow not found [workflow_identifier=%s, namespace=%s]', identifier, namespace);
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.find_workflow(text, text) IS 'one workflow, by id or name';

CREATE FUNCTION mistral_api.get_workflow(identifier text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params, 'namespace', 'fields');
    RETURN mistral_api.select_members(
        mistral_api.find_workflow(identifier, coalesce(params ->> 'namespace', '')), params, 'workflows');
END
$$;
COMMENT ON FUNCTION mistral_api.get_workflow(text, jsonb) IS 'GET /v2/workflows/IDENTIFIER';

CREATE FUNCTION mistral_api.written_workflow(w mistral.stored_workflow)
RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT json_build_object(
        'id', (w).id, 'name', (w).name, 'namespace', (w).namespace, 'input', (w).input,
        'interface', (w).interface, 'definition', (w).definition, 'checksum', (w).checksum,
        'tags', (w).tags, 'scope', (w).scope,
        'project_id', mistral_api.project_name((w).project_id),
        'created_at', mistral_api.time_text((w).created_at),
        'updated_at', mistral_api.time_text((w).updated_at))
$$;
COMMENT ON FUNCTION mistral_api.written_workflow(mistral.stored_workflow)
    IS 'a workflow as answers to POST and PUT show it';

CREATE FUNCTION mistral_api.raise_duplicate(message text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    project CONSTANT text := ', ' || current_user;
BEGIN
    IF NOT mistral_api.has_auth() AND right(message, length(project)) = project THEN
        message := left(message, -length(project)) || ', None';
    ELSIF NOT mistral_api.has_auth() THEN
        message := replace(message, 'project_id=' || current_user || ']', 'project_id=None]');
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'MS091', MESSAGE = message;
END
$$;
COMMENT ON FUNCTION mistral_api.raise_duplicate(text)
    IS 'raises the error of a duplicate, in which clients without authentication have no project';

CREATE FUNCTION mistral_api.set_draft(id uuid, params jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    IF params ? 'draft' THEN
        PERFORM mistral.publish_workflow(id::text, published => NOT mistral_api.bool_param(params, 'draft'));
    END IF;
END
$$;
COMMENT ON FUNCTION mistral_api.set_draft(uuid, jsonb) IS 'makes a workflow what the parameter "draft" says, if it is there';

CREATE FUNCTION mistral_api.create_workflows(definition text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    workflow mistral.stored_workflow;
    result json[] := '{}';
BEGIN
    PERFORM mistral_api.check_params(params, 'scope', 'namespace', 'skip_validation', 'draft');
    PERFORM mistral_api.require_running();
    FOR workflow IN
        SELECT w.* FROM mistral.create_workflows(
                   definition, coalesce(params ->> 'namespace', ''),
                   mistral_api.scope_of(params ->> 'scope'),
                   params ? 'skip_validation') AS w
    LOOP
        PERFORM mistral_api.set_draft(workflow.id, params);
        result := result || mistral_api.written_workflow(workflow);
    END LOOP;
    RETURN json_build_object('workflows', array_to_json(result));
EXCEPTION WHEN SQLSTATE 'MS091' THEN
    PERFORM mistral_api.raise_duplicate(SQLERRM);
END
$$;
COMMENT ON FUNCTION mistral_api.create_workflows(text, jsonb) IS 'POST /v2/workflows';

CREATE FUNCTION mistral_api.update_workflows(definition text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    workflow mistral.stored_workflow;
    result json[] := '{}';
BEGIN
    PERFORM mistral_api.check_params(params, 'scope', 'namespace', 'skip_validation', 'draft');
    PERFORM mistral_api.require_running();
    FOR workflow IN
        SELECT w.* FROM mistral.update_workflows(
                   definition, coalesce(params ->> 'namespace', ''),
                   mistral_api.scope_of(params ->> 'scope'),
                   params ? 'skip_validation') AS w
    LOOP
        PERFORM mistral_api.set_draft(workflow.id, params);
        result := result || mistral_api.written_workflow(workflow);
    END LOOP;
    RETURN json_build_object('workflows', array_to_json(result));
END
$$;
COMMENT ON FUNCTION mistral_api.update_workflows(text, jsonb) IS 'PUT /v2/workflows';

CREATE FUNCTION mistral_api.update_workflow(identifier text, definition text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params, 'scope', 'namespace', 'skip_validation', 'draft');
    PERFORM mistral_api.require_running();
    PERFORM mistral_api.to_uuid('identifier', identifier);
    PERFORM mistral_api.set_draft(identifier::uuid, params);
    RETURN (
        SELECT mistral_api.written_workflow(w)
          FROM mistral.update_workflows(definition, coalesce(params ->> 'namespace', ''),
                                        mistral_api.scope_of(params ->> 'scope'),
                                        params ? 'skip_validation', identifier) AS w);
END
$$;
COMMENT ON FUNCTION mistral_api.update_workflow(text, text, jsonb) IS 'PUT /v2/workflows/IDENTIFIER';

CREATE FUNCTION mistral_api.delete_workflow(identifier text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params, 'namespace');
    PERFORM mistral_api.require_running();
    PERFORM mistral.delete_workflow(identifier, coalesce(params ->> 'namespace', ''));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral_api.delete_workflow(text, jsonb) IS 'DELETE /v2/workflows/IDENTIFIER';

CREATE FUNCTION mistral_api.validity(result jsonb, params jsonb)
RETURNS json
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (jsonb_build_object('valid', result -> 'valid')
        || CASE WHEN (result ->> 'valid')::bool THEN '{}' ELSE jsonb_build_object('error', result -> 'error') END
        || CASE WHEN params ? 'positions' AND NOT (result ->> 'valid')::bool THEN result - '{warnings}'::text[] ELSE '{}' END
        || CASE WHEN params ? 'warnings' THEN jsonb_build_object('warnings', result -> 'warnings') ELSE '{}' END)::json;
COMMENT ON FUNCTION mistral_api.validity(jsonb, jsonb)
    IS 'the verdict on a text, as clients know it, and for those who ask for them the place of the error and warnings';

CREATE FUNCTION mistral_api.validate_workflow(definition text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.require_running();
    RETURN mistral_api.validity(mistral.validate_workflow(definition), params);
END
$$;
COMMENT ON FUNCTION mistral_api.validate_workflow(text, jsonb) IS 'POST /v2/workflows/validate';

-- --------------------------------------------------------------- workbooks

CREATE FUNCTION mistral_api.list_workbooks(params jsonb DEFAULT '{}', base text DEFAULT '')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN mistral_api.list_objects('workbooks', params, base, 'workbooks');
END
$$;
COMMENT ON FUNCTION mistral_api.list_workbooks(jsonb, text) IS 'GET /v2/workbooks';

CREATE FUNCTION mistral_api.get_workbook(name text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    namespace CONSTANT text := coalesce(params ->> 'namespace', '');
    result json;
BEGIN
    PERFORM mistral_api.check_params(params, 'namespace', 'fields');
    result := mistral_api.find_object('workbooks', 'b.name = ($1)[1] AND b.namespace = ($1)[2]',
                                      name, namespace);
    IF result IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041',
            MESSAGE = format('Workbook not found [name=%s, namespace=%s]', name, namespace);
    END IF;
    RETURN mistral_api.select_members(result, params, 'workbooks');
END
$$;
COMMENT ON FUNCTION mistral_api.get_workbook(text, jsonb) IS 'GET /v2/workbooks/NAME';

CREATE FUNCTION mistral_api.create_workbook(definition text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    id uuid;
BEGIN
    PERFORM mistral_api.check_params(params, 'scope', 'namespace', 'skip_validation');
    PERFORM mistral_api.require_running();
    SELECT b.id INTO id
      FROM mistral.create_workbook(definition, coalesce(params ->> 'namespace', ''),
                                   mistral_api.scope_of(params ->> 'scope'),
                                   params ? 'skip_validation') AS b;
    RETURN mistral_api.find_object('workbooks', 'b.id = ($1)[1]::uuid', id::text);
EXCEPTION WHEN SQLSTATE 'MS091' THEN
    PERFORM mistral_api.raise_duplicate(SQLERRM);
END
$$;
COMMENT ON FUNCTION mistral_api.create_workbook(text, jsonb) IS 'POST /v2/workbooks';

CREATE FUNCTION mistral_api.update_workbook(definition text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    id uuid;
BEGIN
    PERFORM mistral_api.check_params(params, 'scope', 'namespace', 'skip_validation');
    PERFORM mistral_api.require_running();
    SELECT b.id INTO id
      FROM mistral.update_workbook(definition, coalesce(params ->> 'namespace', ''),
                                   mistral_api.scope_of(params ->> 'scope'),
                                   params ? 'skip_validation') AS b;
    RETURN mistral_api.find_object('workbooks', 'b.id = ($1)[1]::uuid', id::text);
END
$$;
COMMENT ON FUNCTION mistral_api.update_workbook(text, jsonb) IS 'PUT /v2/workbooks';

CREATE FUNCTION mistral_api.delete_workbook(name text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params, 'namespace');
    PERFORM mistral_api.require_running();
    -- by name only
    IF NOT EXISTS (SELECT 1 FROM mistral.workbooks b
                    WHERE b.name = delete_workbook.name AND b.namespace = coalesce(params ->> 'namespace', '')) THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041',
            MESSAGE = format('Workbook not found [workbook_name=%s, namespace=%s]', name, params ->> 'namespace');
    END IF;
    PERFORM mistral.delete_workbook(name, coalesce(params ->> 'namespace', ''));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral_api.delete_workbook(text, jsonb) IS 'DELETE /v2/workbooks/NAME';

CREATE FUNCTION mistral_api.validate_workbook(definition text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.require_running();
    RETURN mistral_api.validity(mistral.validate_workbook(definition), params);
END
$$;
COMMENT ON FUNCTION mistral_api.validate_workbook(text, jsonb) IS 'POST /v2/workbooks/validate';

-- ----------------------------------------------------------------- actions

CREATE FUNCTION mistral_api.list_actions(params jsonb DEFAULT '{}', base text DEFAULT '')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN mistral_api.list_objects('actions', '{"namespace": ""}' || params, base, 'actions');
END
$$;
COMMENT ON FUNCTION mistral_api.list_actions(jsonb, text) IS 'GET /v2/actions';

CREATE FUNCTION mistral_api.get_action(identifier text, namespace text DEFAULT NULL, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    space CONSTANT text := coalesce(nullif(namespace, ''), params ->> 'namespace', '');
    result json;
BEGIN
    PERFORM mistral_api.check_params(params, 'namespace', 'fields');
    result := mistral_api.find_object('actions', 'a.name = ($1)[1] AND (a.namespace = ($1)[2] OR a.is_builtin)',
                                      identifier, space);
    IF result IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041',
            MESSAGE = format('Action not found [name=%s, namespace=%s]', identifier, space);
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.get_action(text, text, jsonb) IS 'GET /v2/actions/IDENTIFIER[/NAMESPACE]';

CREATE FUNCTION mistral_api.written_actions(ids uuid[])
RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT json_build_object('actions', json_agg((
               SELECT json_object_agg(m.key, CASE WHEN m.key = 'input' AND m.value #>> '{}' = '' THEN NULL
                                                  ELSE m.value END)
                 FROM json_each(mistral_api.find_object('actions', 'a.id = ($1)[1]', u.id::text)) AS m)
               ORDER BY u.place))
      FROM unnest(ids) WITH ORDINALITY AS u(id, place)
$$;
COMMENT ON FUNCTION mistral_api.written_actions(uuid[])
    IS 'actions as answers to POST and PUT show them';

CREATE FUNCTION mistral_api.create_actions(definition text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    ids uuid[];
BEGIN
    PERFORM mistral_api.check_params(params, 'scope', 'namespace', 'skip_validation');
    PERFORM mistral_api.require_running();
    ids := ARRAY(SELECT a.id FROM mistral.create_actions(
                     definition, coalesce(params ->> 'namespace', ''),
                     mistral_api.scope_of(params ->> 'scope')) AS a);
    RETURN mistral_api.written_actions(ids);
EXCEPTION WHEN SQLSTATE 'MS091' THEN
    PERFORM mistral_api.raise_duplicate(SQLERRM);
END
$$;
COMMENT ON FUNCTION mistral_api.create_actions(text, jsonb) IS 'POST /v2/actions';

CREATE FUNCTION mistral_api.update_action(identifier text, definition text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    ids uuid[];
BEGIN
    PERFORM mistral_api.check_params(params, 'scope', 'namespace', 'skip_validation');
    PERFORM mistral_api.require_running();
    ids := ARRAY(SELECT a.id FROM mistral.update_actions(
                     definition, coalesce(params ->> 'namespace', ''),
                     mistral_api.scope_of(params ->> 'scope'), identifier) AS a);
    RETURN mistral_api.written_actions(ids);
END
$$;
COMMENT ON FUNCTION mistral_api.update_action(text, text, jsonb) IS 'PUT /v2/actions/ID';

CREATE FUNCTION mistral_api.update_actions(definition text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN mistral_api.update_action(NULL, definition, params);
END
$$;
COMMENT ON FUNCTION mistral_api.update_actions(text, jsonb) IS 'PUT /v2/actions';

CREATE FUNCTION mistral_api.delete_action(identifier text, namespace text DEFAULT NULL, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params, 'namespace');
    PERFORM mistral_api.require_running();
    PERFORM mistral.delete_action(identifier, coalesce(nullif(namespace, ''), params ->> 'namespace', ''));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral_api.delete_action(text, text, jsonb) IS 'DELETE /v2/actions/IDENTIFIER[/NAMESPACE]';

CREATE FUNCTION mistral_api.validate_actions(definition text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.require_running();
    RETURN mistral_api.validity(mistral.validate_actions(definition), params);
END
$$;
COMMENT ON FUNCTION mistral_api.validate_actions(text, jsonb) IS 'POST /v2/actions/validate';

-- ------------------------------------------------------------ environments

CREATE FUNCTION mistral_api.list_environments(params jsonb DEFAULT '{}', base text DEFAULT '')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN mistral_api.list_objects('environments', params, base, 'environments');
END
$$;
COMMENT ON FUNCTION mistral_api.list_environments(jsonb, text) IS 'GET /v2/environments';

CREATE FUNCTION mistral_api.get_environment(name text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result json;
BEGIN
    PERFORM mistral_api.check_params(params, 'fields');
    result := mistral_api.find_object('environments', 'e.name = ($1)[1]', name);
    IF result IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format('Environment not found [name=%s]', name);
    END IF;
    RETURN mistral_api.select_members(result, params, 'environments');
END
$$;
COMMENT ON FUNCTION mistral_api.get_environment(text, jsonb) IS 'GET /v2/environments/NAME';

CREATE FUNCTION mistral_api.check_environment(body jsonb)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_body(body, 'env', 'id', 'name', 'description', 'variables:object',
                                   'scope:scope', 'created_at', 'updated_at', 'secrets:list');
    IF coalesce(body ->> 'name', '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'Name of the environment is not provided.';
    END IF;
    IF body ?| '{id,created_at,updated_at}' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = 'Please, check your environment definition. Only: [''name'', ''description'', ''variables'', ''scope''] are allowed as definition keys.';
    END IF;
END
$$;
COMMENT ON FUNCTION mistral_api.check_environment(jsonb)
    IS 'refuses bodies that are no environment';

CREATE FUNCTION mistral_api.list_member(body jsonb, name text)
RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT array_agg(e ORDER BY n) FROM jsonb_array_elements_text(nullif(body -> name, 'null')) WITH ORDINALITY AS l(e, n)
    HAVING jsonb_typeof(body -> name) = 'array' AND count(*) > 0
     UNION ALL
    SELECT '{}' WHERE body -> name = '[]'
$$;
COMMENT ON FUNCTION mistral_api.list_member(jsonb, text) IS 'a member of a body that is a list of texts; null: not given';

CREATE FUNCTION mistral_api.create_environment(body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_environment(body);
    PERFORM mistral_api.require_running();
    PERFORM mistral.create_environment(
        body ->> 'name', coalesce(mistral_api.object_member(body, 'variables'), '{}'),
        mistral_api.text_member(body, 'description'), mistral_api.scope_of(body ->> 'scope'),
        secrets => mistral_api.list_member(body, 'secrets'));
    -- what was not given is left out
    RETURN json_strip_nulls(mistral_api.get_environment(body ->> 'name'));
EXCEPTION WHEN SQLSTATE 'MS091' THEN
    PERFORM mistral_api.raise_duplicate(SQLERRM);
END
$$;
COMMENT ON FUNCTION mistral_api.create_environment(jsonb, jsonb) IS 'POST /v2/environments';

CREATE FUNCTION mistral_api.update_environment(body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_environment(body);
    PERFORM mistral_api.require_running();
    PERFORM mistral.update_environment(
        body ->> 'name', mistral_api.object_member(body, 'variables'),
        mistral_api.text_member(body, 'description'),
        CASE WHEN body ->> 'scope' IS NOT NULL THEN mistral_api.scope_of(body ->> 'scope') END,
        mistral_api.list_member(body, 'secrets'));
    RETURN mistral_api.get_environment(body ->> 'name');
END
$$;
COMMENT ON FUNCTION mistral_api.update_environment(jsonb, jsonb) IS 'PUT /v2/environments';

CREATE FUNCTION mistral_api.delete_environment(name text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.require_running();
    PERFORM mistral.delete_environment(name);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral_api.delete_environment(text, jsonb) IS 'DELETE /v2/environments/NAME';
