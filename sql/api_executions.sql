-- The REST API in SQL: executions, tasks, action executions.

INSERT INTO mistral_api.collections (name, kind, source, id, visible, missing, params, is_private) VALUES
    ('executions', 'WorkflowExecution',
     'mistral.workflow_executions e LEFT JOIN mistral.execution_data d ON d.execution_id = e.id',
     'e.id', 'e.project_id = $2', 'WorkflowExecution not found [id=%s]',
     '{all_projects,include_output,nulls,q,waits_longer}', true),
    ('tasks', 'TaskExecution',
     'mistral.task_executions t JOIN mistral.workflow_executions e ON e.id = t.execution_id',
     't.id', 't.project_id = $2 AND e.project_id = $2', 'Task execution not found [id=%s]', '{}', true),
    ('action_executions', 'ActionExecution',
     'mistral.action_executions a LEFT JOIN mistral.task_executions t ON t.id = a.task_id'
     ' LEFT JOIN mistral.workflow_executions e ON e.id = a.execution_id',
     'a.id', 'a.project_id = $2', 'ActionExecution not found [id=%s]',
     '{include_output}', true);

UPDATE mistral_api.collections SET late = 'false', main = 'mistral.task_executions', source_of_few = ARRAY[
    'mistral.workflow_executions e CROSS JOIN LATERAL'
    ' (SELECT * FROM mistral.task_executions x WHERE x.execution_id = e.id OFFSET 0) AS t']
 WHERE name = 'tasks';
UPDATE mistral_api.collections SET late = 'mistral.is_late(a.id, a.created_at)',
       main = 'mistral.action_executions', source_of_few = ARRAY[
    '(SELECT y.* FROM mistral.workflow_executions w CROSS JOIN LATERAL'
    ' (SELECT x.id, mistral_api.last_child(x.id) AS last_child'
    ' FROM mistral.task_executions x WHERE x.execution_id = w.id OFFSET 0) AS x CROSS JOIN LATERAL'
    ' (SELECT * FROM mistral.action_executions y WHERE y.task_id = x.id'
    ' AND y.id >= x.id AND y.id <= x.last_child OFFSET 0) AS y WHERE w.project_id = $2'
    ' UNION ALL SELECT y.* FROM mistral.action_executions y WHERE y.project_id = $2 AND y.task_id IS NULL) AS a',
    'LEFT JOIN LATERAL (SELECT * FROM mistral.task_executions x WHERE x.id = a.task_id OFFSET 0) AS t ON true'
    ' LEFT JOIN LATERAL (SELECT * FROM mistral.workflow_executions x WHERE x.id = a.execution_id OFFSET 0) AS e ON true']
 WHERE name = 'action_executions';

INSERT INTO mistral_api.fields
    (collection, position, name, type, expr, shown, filter, condition, is_listed, is_null) VALUES
    ('executions', 1, 'id', 'uuid', 'e.id', NULL, NULL, NULL, true, false),
    ('executions', 2, 'workflow_id', 'uuid', 'e.workflow_id', NULL, 3, NULL, true, false),
    ('executions', 3, 'workflow_name', 'text', 'e.workflow_name', NULL, 2, NULL, true, false),
    ('executions', 4, 'workflow_namespace', 'text', 'e.namespace', NULL, NULL, NULL, true, false),
    ('executions', 5, 'description', 'text', 'coalesce(d.description, '''')', NULL, 12, NULL, true, false),
    ('executions', 6, 'tags', 'tags', 'd.tags', 'coalesce(d.tags, ''[]'')', 4, NULL, true, true),
    ('executions', 7, 'params', 'json', 'd.params', NULL, 5, NULL, true, false),
    ('executions', 8, 'task_execution_id', 'uuid', 'e.parent_task_id', NULL, 6, NULL, true, true),
    ('executions', 9, 'root_execution_id', 'uuid',
     'CASE WHEN e.parent_task_id IS NOT NULL THEN e.root_id END', NULL, 14,
     'e.root_id = %1$s AND e.parent_task_id IS NOT NULL', true, true),
    ('executions', 10, 'source_execution_id', 'shown', '', 'NULL::text', NULL, NULL, false, true),
    ('executions', 11, 'state', 'state', 'e.state', NULL, 7, NULL, true, false),
    ('executions', 12, 'state_info', 'text', 'e.state_info', NULL, 8, NULL, true, true),
    ('executions', 13, 'input', 'json', 'd.input', NULL, 9, NULL, true, false),
    ('executions', 14, 'output', 'json', 'coalesce(e.output, ''{}'')', NULL, 10, NULL, false, false),
    ('executions', 15, 'created_at', 'time', 'e.created_at', NULL, 1, NULL, true, false),
    ('executions', 16, 'updated_at', 'time', 'coalesce(e.updated_at, e.created_at)', NULL, 11, NULL, true, false),
    ('executions', 17, 'project_id', 'role', 'e.project_id', NULL, 13, NULL, true, false),
    ('executions', 0, 'name', 'sorted', 'e.workflow_name', NULL, NULL, NULL, false, false),
    ('executions', 18, 'published_global', 'shown', '', 'mistral_api.published_global(d.context, d.vars)::text',
     NULL, NULL, false, false),

    ('executions', 19, 'key', 'text', 'e.key', NULL, 15, NULL, true, true),
    ('executions', 20, 'start_at', 'time', 'd.start_at', NULL, 16, NULL, true, true),
    ('executions', 21, 'deadline', 'time', 'e.deadline', NULL, 17, NULL, true, true),
    ('executions', 22, 'compensating', 'bool', 'nullif(e.rollback IS NOT NULL AND e.state IN (''I'', ''R'', ''P''), false)', NULL, NULL, NULL, true, true),
    ('executions', 23, 'rollback_of', 'uuid', '(e.rollback ->> ''of'')::uuid', NULL, NULL, NULL, true, true),

    ('tasks', 1, 'id', 'uuid', 't.id', NULL, NULL, NULL, true, false),
    ('tasks', 2, 'name', 'text', 't.name', NULL, 8, NULL, true, false),
    ('tasks', 3, 'type', 'text', 'CASE t.type WHEN ''A'' THEN ''ACTION'' ELSE ''WORKFLOW'' END',
     NULL, NULL, NULL, true, false),
    ('tasks', 4, 'workflow_name', 'text', 'e.workflow_name', NULL, 2, NULL, true, false),
    ('tasks', 5, 'workflow_namespace', 'text', 'e.namespace', NULL, NULL, NULL, true, false),
    ('tasks', 6, 'workflow_id', 'uuid', 'e.workflow_id', NULL, 3, NULL, true, false),
    ('tasks', 7, 'workflow_execution_id', 'uuid', 't.execution_id', NULL, 9, NULL, true, false),
    ('tasks', 8, 'tags', 'tags', 'mistral_api.task_tags(e.version_id, t.name)', NULL, 4, NULL, true, false),
    ('tasks', 9, 'state', 'state', 't.state', NULL, 5, NULL, true, false),
    ('tasks', 10, 'state_info', 'text', 't.state_info', NULL, 6, NULL, true, true),
    ('tasks', 11, 'project_id', 'role', 't.project_id', NULL, NULL, NULL, true, false),
    ('tasks', 12, 'runtime_context', 'shown', '', 'mistral_api.runtime_context(t.runtime, mistral.task_links(t.triggered_by))::text',
     NULL, NULL, true, false),
    ('tasks', 13, 'result', 'shown', '', 'mistral.task_result(t.id)::text', NULL, NULL, false, true),
    ('tasks', 14, 'published', 'json', 'mistral.task_published(t.id)', NULL, 10, NULL, true, false),
    ('tasks', 15, 'published_global', 'shown', '', 't.published_global::text', NULL, NULL, false, true),
    ('tasks', 16, 'processed', 'bool', 't.processed', NULL, 11, NULL, true, false),
    ('tasks', 17, 'created_at', 'time', 't.created_at', NULL, 1, NULL, true, false),
    ('tasks', 18, 'updated_at', 'time', 'coalesce(t.updated_at, t.created_at)', NULL, 7, NULL, true, false),
    ('tasks', 19, 'started_at', 'time', 't.started_at', NULL, NULL, NULL, true, true),
    ('tasks', 20, 'finished_at', 'time', 't.finished_at', NULL, NULL, NULL, true, true),
    ('tasks', 21, 'compensates', 'uuid', 't.compensates', NULL, NULL, NULL, true, true),

    ('action_executions', 1, 'id', 'uuid', 'a.id', NULL, NULL, NULL, true, false),
    ('action_executions', 2, 'workflow_name', 'text', 'e.workflow_name', NULL, 2, NULL, true, true),
    ('action_executions', 3, 'workflow_namespace', 'text', 'coalesce(e.namespace, a.namespace)',
     NULL, NULL, NULL, true, false),
    ('action_executions', 4, 'task_name', 'text', 't.name', NULL, 13, NULL, true, true),
    ('action_executions', 5, 'task_execution_id', 'uuid', 'a.task_id', NULL, 3,
     'a.task_id = %1$s AND a.id >= %1$s AND a.id <= mistral_api.last_child(%1$s)', true, true),
    ('action_executions', 6, 'state', 'state', 'a.state', NULL, 4, NULL, true, false),
    ('action_executions', 7, 'state_info', 'text', 'NULL::text', NULL, 12, NULL, true, true),
    ('action_executions', 8, 'tags', 'tags', 'NULL::jsonb', NULL, 11, NULL, true, true),
    ('action_executions', 9, 'name', 'text', 'a.name', NULL, 6, NULL, true, false),
    ('action_executions', 10, 'description', 'text',
     'mistral_api.action_description(a.task_id, a.state, a.accepted, a.run)', NULL, 10, NULL, true, true),
    ('action_executions', 11, 'project_id', 'role', 'a.project_id', NULL, NULL, NULL, true, false),
    ('action_executions', 12, 'accepted', 'bool', 'a.accepted', NULL, 7, NULL, true, false),
    ('action_executions', 13, 'input', 'json', 'a.input', NULL, 8, NULL, true, false),
    ('action_executions', 14, 'output', 'json', 'a.output', NULL, 9, NULL, false, true),
    ('action_executions', 15, 'created_at', 'time', 'a.created_at', NULL, 1, NULL, true, false),
    ('action_executions', 16, 'updated_at', 'time',
     'coalesce(a.updated_at, CASE WHEN a.accepted OR a.state IN (''R'', ''P'') THEN a.created_at END)', NULL, 5, NULL, true, true);

UPDATE mistral_api.fields SET is_optional = true
 WHERE collection = 'executions' AND name IN ('key', 'start_at', 'deadline', 'compensating', 'rollback_of')
    OR collection = 'tasks' AND name = 'compensates';

-- what nobody is shown who does not ask for it
INSERT INTO mistral_api.fields (collection, position, name, type, expr, is_listed, is_null) VALUES
    ('executions', 101, 'waits_for', 'asked', 'mistral.execution_waits_for(e.id)', false, true),
    ('executions', 102, 'waits', 'asked', 'mistral.execution_waits(e.id)', false, true),
    ('executions', 103, 'finished_at', 'asked', 'mistral_api.moment(e.finished_at)', false, true),
    ('executions', 104, 'index', 'asked', 'e.item_index', false, false),
    ('executions', 105, 'attempt', 'asked', 'e.parent_attempt', false, false),
    ('tasks', 101, 'waits_for', 'asked', 'mistral.task_waits_for(t.id)', false, true),
    ('tasks', 102, 'waits', 'asked', 'mistral.task_waits(t.id)', false, true),
    ('action_executions', 101, 'waits_for', 'asked', 'mistral.action_waits_for(a.id)', false, true),
    ('action_executions', 102, 'waits', 'asked', 'mistral.action_waits(a.id)', false, true),
    ('action_executions', 103, 'index', 'asked', 'a.item_index', false, false),
    ('action_executions', 104, 'attempt', 'asked', 'a.attempt', false, false),
    ('action_executions', 105, 'executor', 'asked', '(SELECT x.name FROM mistral.executors x WHERE x.id = a.executor_id)', false, true),
    ('action_executions', 106, 'target', 'asked', 'a.target', false, true),
    ('action_executions', 107, 'is_sync', 'asked', 'a.is_sync', false, false),
    ('action_executions', 108, 'claimed_at', 'asked', 'mistral_api.moment(a.claimed_at)', false, true);

CREATE FUNCTION mistral_api.published_global(context jsonb, vars jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_object_agg(g.key, g.value), '{}')
      FROM jsonb_each(context) AS g
     WHERE g.key NOT IN ('__execution', 'openstack') AND NOT coalesce(vars ? g.key, false)
$$;
COMMENT ON FUNCTION mistral_api.published_global(jsonb, jsonb)
    IS 'what the tasks of an execution have published globally';

CREATE FUNCTION mistral_api.runtime_context(runtime jsonb, triggered_by jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(runtime - '__engine', '{}')
       || CASE WHEN coalesce(triggered_by, '[]') = '[]' THEN '{}'
          ELSE jsonb_build_object('triggered_by', triggered_by) END;
COMMENT ON FUNCTION mistral_api.runtime_context(jsonb, jsonb)
    IS 'details of a task that clients print';

CREATE FUNCTION mistral_api.task_tags(version_id uuid, task_name text)
RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce((SELECT (v.spec -> 'tasks' -> task_name -> 'tags')::jsonb
                       FROM mistral.workflow_versions v WHERE v.id = version_id), '[]');
END
$$;
COMMENT ON FUNCTION mistral_api.task_tags(uuid, text)
    IS 'tags of a task, as its definition gives them';

CREATE FUNCTION mistral_api.last_child(task_id uuid)
RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (left(task_id::text, 28) || 'ffffffff')::uuid;
COMMENT ON FUNCTION mistral_api.last_child(uuid)
    IS 'upper bound of the ids of a task''s actions';

CREATE FUNCTION mistral_api.action_description(task_id uuid, state "char", accepted bool, run jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN task_id IS NOT NULL OR accepted OR state IN ('R', 'P') THEN ''
       ELSE run ->> 'description' END;
COMMENT ON FUNCTION mistral_api.action_description(uuid, "char", bool, jsonb)
    IS 'empty, but for what was stored only after it had run';

-- An object alone has the members of the list above.  Their expressions become
-- the body of a function for each, so that its plan is kept.
DO $do$
DECLARE
    object record;
BEGIN
    FOR object IN
        SELECT o.function, o.comment, c.source, c.id,
               (SELECT format(CASE WHEN bool_or(m.is_optional)
                                   THEN 'mistral_api.with_optional(json_build_object(%s), json_build_object(%s))'
                              ELSE 'json_build_object(%s)' END,
                              string_agg(format('%L, %s', m.name, mistral_api.shown_value(m)), ', '
                                         ORDER BY m.position) FILTER (WHERE NOT m.is_optional),
                              string_agg(format('%L, %s', m.name, mistral_api.shown_value(m)), ', '
                                         ORDER BY m.position) FILTER (WHERE m.is_optional))
                  FROM mistral_api.fields m
                 WHERE m.collection = c.name AND m.type NOT IN ('sorted', 'asked') AND m.name <> ALL (o.omitted)) AS object_expression
          FROM (VALUES
                   ('execution_json', 'executions', '{source_execution_id,published_global}'::text[],
                    'an execution as answers to POST and PUT show it; null: none'),
                   ('whole_execution_json', 'executions', '{source_execution_id}',
                    'an execution with what it has published globally; null: none'),
                   ('task_json', 'tasks', '{published_global}',
                    'a task without what it has published globally; null: none'),
                   ('action_execution_json', 'action_executions', '{}', 'an action execution; null: none')
               ) AS o(function, collection, omitted, comment)
          JOIN mistral_api.collections c ON c.name = o.collection
    LOOP
        EXECUTE format($format$
            CREATE FUNCTION mistral_api.%1$I(id uuid)
            RETURNS json
            LANGUAGE plpgsql STABLE PARALLEL SAFE
            SET search_path TO pg_catalog, pg_temp
            AS $body$
            BEGIN
                RETURN (SELECT %2$s FROM %3$s WHERE %4$s = %1$I.id);
            END
            $body$
        $format$, object.function, object.object_expression, object.source, object.id);
        EXECUTE format('COMMENT ON FUNCTION mistral_api.%I(uuid) IS %L', object.function, object.comment);
    END LOOP;
END
$do$;

-- -------------------------------------------------------------- executions

CREATE FUNCTION mistral_api.list_executions(params jsonb DEFAULT '{}', base text DEFAULT '')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN mistral_api.list_objects('executions', params, base, 'executions');
END
$$;
COMMENT ON FUNCTION mistral_api.list_executions(jsonb, text) IS 'GET /v2/executions';

CREATE FUNCTION mistral_api.execution_missing(id text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format('WorkflowExecution not found [id=%s]', id);
END
$$;
COMMENT ON FUNCTION mistral_api.execution_missing(text)
    IS 'says that an execution does not exist';

CREATE FUNCTION mistral_api.get_execution(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result CONSTANT json := mistral_api.whole_execution_json(mistral_api.id_of(id));
BEGIN
    IF result IS NULL THEN
        PERFORM mistral_api.execution_missing(id);
    END IF;
    IF params = '{}' THEN
        RETURN result;
    END IF;
    PERFORM mistral_api.check_params(params, 'fields');
    RETURN mistral_api.select_members(result, params, 'executions');
END
$$;
COMMENT ON FUNCTION mistral_api.get_execution(text, jsonb) IS 'GET /v2/executions/ID';

CREATE FUNCTION mistral_api.check_execution(body jsonb)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_body(body, 'wf_ex',
        'id', 'workflow_id', 'workflow_name', 'workflow_namespace', 'description', 'tags:list',
        'params:object', 'task_execution_id', 'root_execution_id', 'source_execution_id', 'state',
        'state_info', 'input:object', 'output:object', 'created_at', 'updated_at',
        'published_global:object', 'key', 'on_conflict', 'start_at', 'timeout:int');
END
$$;
COMMENT ON FUNCTION mistral_api.check_execution(jsonb) IS 'refuses bodies that are no execution';

CREATE FUNCTION mistral_api.create_execution(body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    execution_id uuid;
    workflow text;
    source text;
    -- the header; one that is not valid counts for nothing
    trace CONSTANT text := mistral.trace_context(params ->> 'traceparent');
    result json;
BEGIN
    PERFORM mistral_api.check_params(params, 'traceparent');
    PERFORM mistral_api.check_execution(body);
    PERFORM mistral_api.require_running();
    params := coalesce(mistral_api.object_member(body, 'params'), '{}');
    IF trace IS NOT NULL AND NOT params ? 'traceparent' THEN
        params := params || jsonb_build_object('traceparent', trace);
    END IF;
    execution_id := mistral_api.uuid_member(body, 'id');
    IF execution_id = '00000000-0000-0000-0000-000000000000' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('execution id %s cannot be used', execution_id);
    ELSIF execution_id IS NOT NULL THEN
        result := mistral_api.execution_json(execution_id);
        IF result IS NOT NULL THEN
            RETURN result;
        END IF;
    END IF;
    workflow := coalesce(nullif(body ->> 'workflow_id', ''), nullif(body ->> 'workflow_name', ''));
    source := nullif(body ->> 'source_execution_id', '');
    IF coalesce(workflow, source) IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS014',
            MESSAGE = 'Workflow ID or workflow name must be provided. Workflow ID is recommended.';
    END IF;
    IF source IS NOT NULL AND coalesce(mistral_api.id_of(source), '00000000-0000-0000-0000-000000000000')
                              = '00000000-0000-0000-0000-000000000000' THEN
        PERFORM mistral_api.execution_missing(source);
    END IF;
    execution_id := mistral.start_workflow(
        workflow,
        coalesce(mistral_api.object_member(body, 'input'), '{}'),
        CASE WHEN params -> 'env' = 'null' THEN params - 'env' ELSE params END,
        coalesce(body ->> 'workflow_namespace', ''),
        mistral_api.text_member(body, 'description'),
        execution_id,
        mistral_api.id_of(source),
        run_async => true,
        key => mistral_api.text_member(body, 'key'),
        on_conflict => mistral_api.text_member(body, 'on_conflict'),
        start_at => mistral_api.time_member(body, 'start_at'),
        timeout => make_interval(secs => (body ->> 'timeout')::int));
    RETURN mistral_api.execution_json(execution_id);
END
$$;
COMMENT ON FUNCTION mistral_api.create_execution(jsonb, jsonb) IS 'POST /v2/executions';

CREATE FUNCTION mistral_api.change_execution(id uuid, state text, state_info text, env jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    old_state text;
BEGIN
    IF state <> 'CANCELLED' THEN
        PERFORM mistral_api.require_running();
    END IF;
    SELECT mistral.state_name(e.state) INTO old_state
      FROM mistral.workflow_executions e WHERE e.id = change_execution.id;
    CASE state
        WHEN 'PAUSED' THEN
            PERFORM mistral.pause_execution(id);
        WHEN 'RUNNING' THEN
            IF old_state IN ('PAUSED', 'IDLE') THEN
                PERFORM mistral.resume_execution(id, env);
            END IF;
        WHEN 'SUCCESS', 'ERROR', 'CANCELLED' THEN
            IF old_state NOT IN ('SUCCESS', 'CANCELLED')
               OR old_state = 'CANCELLED' AND state = 'SUCCESS' THEN
                PERFORM mistral.stop_execution(id, state, state_info);
            END IF;
        ELSE
            RAISE EXCEPTION USING ERRCODE = 'MS013',
                MESSAGE = format('Cannot change state to %s. Allowed states are: ''RUNNING, PAUSED, SUCCESS, ERROR, CANCELLED', state);
    END CASE;
END
$$;
COMMENT ON FUNCTION mistral_api.change_execution(uuid, text, text, jsonb)
    IS 'pauses, resumes or stops an execution';

CREATE FUNCTION mistral_api.update_execution(id text, body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    execution_id uuid;
    state CONSTANT text := body ->> 'state';
    description CONSTANT text := nullif(body ->> 'description', '');
    env jsonb;
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_execution(body);
    execution_id := mistral_api.id_of(id);
    SELECT e.id INTO execution_id FROM mistral.workflow_executions e WHERE e.id = execution_id;
    IF execution_id IS NULL THEN
        PERFORM mistral_api.execution_missing(id);
    END IF;
    env := mistral_api.object_member(body, 'params') -> 'env';
    env := CASE WHEN env IS NOT NULL THEN nullif(mistral_api.to_object('env', env), '{}') END;
    IF coalesce(state, description, env::text) IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = 'The property state, description, or env is not provided for update.';
    ELSIF description IS NOT NULL AND state IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = 'The property description must be updated separately from state.';
    ELSIF env IS NOT NULL AND state IS NOT NULL AND state <> 'RUNNING' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = 'The property env can only be updated when workflow execution is not running or on resume from pause.';
    END IF;
    IF state IS NOT NULL THEN
        PERFORM mistral_api.change_execution(execution_id, state, mistral_api.text_member(body, 'state_info'), env);
    ELSE
        PERFORM mistral_api.require_running();
        IF description IS NOT NULL THEN
            PERFORM mistral.update_execution_description(execution_id, description);
        END IF;
        IF env IS NOT NULL THEN
            PERFORM mistral.update_execution_env(execution_id, env);
        END IF;
    END IF;
    -- an answer tells what a change may have touched
    RETURN (
        SELECT json_object_agg(m.key, m.value)
          FROM json_each(mistral_api.execution_json(execution_id)) AS m
         WHERE state IS NOT NULL OR m.key NOT IN ('input', 'output')
               AND (m.key <> 'params' OR env IS NOT NULL));
END
$$;
COMMENT ON FUNCTION mistral_api.update_execution(text, jsonb, jsonb) IS 'PUT /v2/executions/ID';

CREATE FUNCTION mistral_api.delete_execution(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params, 'force');
    PERFORM mistral_api.require_running();
    IF NOT mistral_api.is_uuid(id) THEN
        PERFORM mistral_api.execution_missing(id);
    END IF;
    PERFORM mistral.delete_execution(id::uuid, mistral_api.bool_param(params, 'force'));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral_api.delete_execution(text, jsonb) IS 'DELETE /v2/executions/ID';

CREATE FUNCTION mistral_api.list_execution_signals(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    found CONSTANT uuid := (SELECT e.id FROM mistral.workflow_executions e
                             WHERE e.id = mistral_api.id_of(list_execution_signals.id));
BEGIN
    PERFORM mistral_api.check_params(params);
    IF found IS NULL THEN
        PERFORM mistral_api.execution_missing(id);
    END IF;
    RETURN (SELECT json_build_object('signals', coalesce(json_agg(json_build_object(
                       'name', s.name, 'key', s.key, 'data', s.data, 'sender', s.sender,
                       'sent_at', to_char(s.sent_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')) ORDER BY s.id), '[]'))
              FROM mistral.signals s
             WHERE s.execution_id = found AND NOT s.is_taken);
END
$$;
COMMENT ON FUNCTION mistral_api.list_execution_signals(text, jsonb) IS 'GET /v2/executions/ID/signals';

CREATE FUNCTION mistral_api.send_signal(id text, body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    is_new bool;
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'signal', 'name', 'key', 'data:any');
    IF NOT mistral_api.is_uuid(id) THEN
        PERFORM mistral_api.execution_missing(id);
    END IF;
    is_new := mistral.signal(id::uuid, body ->> 'name', body -> 'data', body ->> 'key');
    RETURN json_build_object('name', body -> 'name', 'key', body -> 'key', 'is_new', is_new);
END
$$;
COMMENT ON FUNCTION mistral_api.send_signal(text, jsonb, jsonb)
    IS 'POST /v2/executions/ID/signals; is_new false: one of that name and key was sent before';

CREATE FUNCTION mistral_api.send_signal_by_key(body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'signal', 'execution_key', 'name', 'key', 'data:any');
    RETURN json_build_object('name', body -> 'name', 'key', body -> 'key',
        'executions', mistral.signal_by_key(body ->> 'execution_key', body ->> 'name', body -> 'data', body ->> 'key'));
END
$$;
COMMENT ON FUNCTION mistral_api.send_signal_by_key(jsonb, jsonb)
    IS 'POST /v2/signals; executions: to how many it was new';

CREATE FUNCTION mistral_api.list_execution_tasks(id text, params jsonb DEFAULT '{}', base text DEFAULT '')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN mistral_api.list_objects('tasks', params, base, 'tasks',
        jsonb_build_object('workflow_execution_id', mistral_api.to_uuid('workflow_execution_id', id)));
END
$$;
COMMENT ON FUNCTION mistral_api.list_execution_tasks(text, jsonb, text) IS 'GET /v2/executions/ID/tasks';

CREATE FUNCTION mistral_api.executions_below(task_id uuid, errors_only bool, max_depth int, level int)
RETURNS SETOF uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    execution record;
BEGIN
    FOR execution IN
        SELECT e.id FROM mistral.workflow_executions e
         WHERE e.parent_task_id = task_id ORDER BY e.created_at, e.item_index, e.id
    LOOP
        RETURN NEXT execution.id;
        RETURN QUERY SELECT mistral_api.executions_under(execution.id, errors_only, max_depth, level);
    END LOOP;
END
$$;
COMMENT ON FUNCTION mistral_api.executions_below(uuid, bool, int, int)
    IS 'the sub-workflows of a task, and those below them, depth first';

CREATE FUNCTION mistral_api.executions_under(execution_id uuid, errors_only bool, max_depth int, level int)
RETURNS SETOF uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    task record;
BEGIN
    IF max_depth >= 0 AND level >= max_depth THEN
        RETURN;
    END IF;
    FOR task IN
        SELECT t.id FROM mistral.task_executions t
         WHERE t.execution_id = executions_under.execution_id AND t.type = 'W'
           AND (t.state = 'E' OR NOT errors_only)
         ORDER BY t.created_at, t.id
    LOOP
        RETURN QUERY SELECT mistral_api.executions_below(task.id, errors_only, max_depth, level + 1);
    END LOOP;
END
$$;
COMMENT ON FUNCTION mistral_api.executions_under(uuid, bool, int, int)
    IS 'the sub-workflows of an execution, depth first';

CREATE FUNCTION mistral_api.executions_json(ids uuid[], with_output bool)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    c mistral_api.collections;
    result json;
BEGIN
    SELECT * INTO STRICT c FROM mistral_api.collections x WHERE x.name = 'executions';
    EXECUTE format('SELECT coalesce(json_agg(%s ORDER BY u.place), ''[]'') FROM %s'
                   ' JOIN unnest($1) WITH ORDINALITY AS u(id, place) ON u.id = e.id',
                   mistral_api.object_expression(c, NULL, with_output, true), c.source)
       INTO result
      USING ids;
    RETURN json_build_object('executions', result);
END
$$;
COMMENT ON FUNCTION mistral_api.executions_json(uuid[], bool)
    IS 'a list of executions in a given order';

CREATE FUNCTION mistral_api.list_sub_executions(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    root CONSTANT uuid := mistral_api.get_execution(mistral_api.to_uuid('id', id)::text) ->> 'id';
BEGIN
    PERFORM mistral_api.check_params(params, 'errors_only', 'max_depth', 'include_output');
    RETURN mistral_api.executions_json(
        root || ARRAY(SELECT mistral_api.executions_under(
                          root, mistral_api.bool_param(params, 'errors_only'),
                          mistral_api.int_param(params, 'max_depth', -1), 0)),
        mistral_api.bool_param(params, 'include_output'));
END
$$;
COMMENT ON FUNCTION mistral_api.list_sub_executions(text, jsonb) IS 'GET /v2/executions/ID/executions';

-- ------------------------------------------------------------------ report

CREATE FUNCTION mistral_api.report_actions(task_id uuid)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT coalesce(json_agg(json_build_object(
                   'accepted', a.accepted,
                   'last_heartbeat', mistral_api.time_text(coalesce(x.last_heartbeat, a.claimed_at, a.updated_at, a.created_at)),
                   'id', a.id, 'name', a.name,
                   'created_at', mistral_api.time_text(a.created_at),
                   'updated_at', mistral_api.time_text(coalesce(a.updated_at, a.created_at)),
                   'state', mistral.state_name(a.state), 'state_info', NULL) ORDER BY a.id), '[]')
          FROM mistral.action_executions a
          LEFT JOIN mistral.executors x ON x.id = a.executor_id AND a.state = 'R'
         WHERE a.id >= report_actions.task_id
           AND a.id <= mistral_api.last_child(report_actions.task_id)
           AND a.task_id = report_actions.task_id);
END
$$;
COMMENT ON FUNCTION mistral_api.report_actions(uuid) IS 'the actions of a task in a report';

CREATE FUNCTION mistral_api.report_task(task mistral.task_executions, errors_only bool, max_depth int, level int)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    retry_no CONSTANT jsonb := task.runtime -> 'retry_task_policy' -> 'retry_no';
    result jsonb;
BEGIN
    result := jsonb_build_object(
        'id', task.id, 'name', task.name,
        'created_at', mistral_api.time_text(task.created_at),
        'updated_at', mistral_api.time_text(coalesce(task.updated_at, task.created_at)),
        'state', mistral.state_name(task.state), 'state_info', task.state_info,
        'action_executions', mistral_api.report_actions(task.id),
        'workflow_executions', coalesce(
            (SELECT jsonb_agg(mistral_api.report_execution(e, errors_only, max_depth, level + 1)
                              ORDER BY e.created_at, e.item_index, e.id)
               FROM mistral.workflow_executions e WHERE e.parent_task_id = task.id), '[]'));
    IF retry_no IS NOT NULL THEN
        result := result || jsonb_build_object('retry_count', retry_no);
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.report_task(mistral.task_executions, bool, int, int)
    IS 'a task in a report';

CREATE FUNCTION mistral_api.report_execution(execution mistral.workflow_executions, errors_only bool, max_depth int, level int)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result jsonb := jsonb_build_object(
        'id', execution.id, 'name', execution.workflow_name,
        'created_at', mistral_api.time_text(execution.created_at),
        'updated_at', mistral_api.time_text(coalesce(execution.updated_at, execution.created_at)),
        'state', mistral.state_name(execution.state), 'state_info', execution.state_info);
BEGIN
    IF max_depth >= 0 AND level > max_depth THEN
        RETURN result;
    END IF;
    RETURN result || jsonb_build_object('task_executions', coalesce(
        (SELECT jsonb_agg(mistral_api.report_task(t, errors_only, max_depth, level) ORDER BY t.created_at, t.id)
           FROM mistral.task_executions t
          WHERE t.execution_id = execution.id AND (t.state = 'E' OR NOT errors_only)), '[]'));
END
$$;
COMMENT ON FUNCTION mistral_api.report_execution(mistral.workflow_executions, bool, int, int)
    IS 'an execution in a report';

CREATE FUNCTION mistral_api.estimated_time(execution mistral.workflow_executions)
RETURNS int
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    usual float8;
BEGIN
    IF execution.state NOT IN ('I', 'R', 'P') THEN
        RETURN 0;
    END IF;
    SELECT avg(extract(epoch FROM x.updated_at - x.created_at)) INTO usual
      FROM (SELECT e.updated_at, e.created_at
              FROM mistral.workflow_executions e
             WHERE e.workflow_id = execution.workflow_id AND e.state = 'S'
             ORDER BY e.created_at DESC LIMIT 20) AS x;
    IF usual IS NULL THEN
        RETURN -1;
    END IF;
    RETURN greatest(1, usual - extract(epoch FROM clock_timestamp() - execution.created_at))::int;
END
$$;
COMMENT ON FUNCTION mistral_api.estimated_time(mistral.workflow_executions)
    IS 'seconds an execution will probably go on; -1: unknown';

CREATE FUNCTION mistral_api.report_states(execution_id uuid, errors_only bool, max_depth int, level int)
RETURNS SETOF "char"
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    child record;
BEGIN
    IF max_depth >= 0 AND level > max_depth THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT t.state FROM mistral.task_executions t
         WHERE t.execution_id = report_states.execution_id AND (t.state = 'E' OR NOT errors_only);
    FOR child IN
        SELECT e.id FROM mistral.task_executions t
          JOIN mistral.workflow_executions e ON e.parent_task_id = t.id
         WHERE t.execution_id = report_states.execution_id AND t.type = 'W'
           AND (t.state = 'E' OR NOT errors_only)
    LOOP
        RETURN QUERY SELECT mistral_api.report_states(child.id, errors_only, max_depth, level + 1);
    END LOOP;
END
$$;
COMMENT ON FUNCTION mistral_api.report_states(uuid, bool, int, int)
    IS 'the states of the tasks that a report counts';

CREATE FUNCTION mistral_api.execution_report(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    errors_only CONSTANT bool := mistral_api.bool_param(params, 'errors_only');
    max_depth CONSTANT int := mistral_api.int_param(params, 'max_depth', -1);
    execution mistral.workflow_executions;
    statistics json;
BEGIN
    PERFORM mistral_api.check_params(params, 'errors_only', 'max_depth', 'statistics_only');
    SELECT e.* INTO execution FROM mistral.workflow_executions e
     WHERE e.id = mistral_api.to_uuid('workflow_execution_id', execution_report.id);
    IF execution.id IS NULL THEN
        PERFORM mistral_api.execution_missing(id);
    END IF;
    SELECT json_build_object(
               'total_tasks_count', count(*),
               'running_tasks_count', count(*) FILTER (WHERE s = 'R'),
               'success_tasks_count', count(*) FILTER (WHERE s = 'S'),
               'error_tasks_count', count(*) FILTER (WHERE s = 'E'),
               'idle_tasks_count', count(*) FILTER (WHERE s = 'I'),
               'paused_tasks_count', count(*) FILTER (WHERE s = 'P'),
               'estimated_time', mistral_api.estimated_time(execution))
      INTO statistics
      FROM mistral_api.report_states(execution.id, errors_only, max_depth, 0) AS s;
    IF mistral_api.bool_param(params, 'statistics_only') THEN
        RETURN json_build_object('statistics', statistics);
    END IF;
    RETURN json_build_object('statistics', statistics, 'root_workflow_execution',
        mistral_api.report_execution(execution, errors_only, max_depth, 0));
END
$$;
COMMENT ON FUNCTION mistral_api.execution_report(text, jsonb) IS 'GET /v2/executions/ID/report';

CREATE FUNCTION mistral_api.operation_of(statement text)
RETURNS json
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT json_build_object('function', c.parts[1], 'arguments', (
               SELECT coalesce(json_agg(replace(a.parts[1], '''''', '''') ORDER BY a.place), '[]')
                 FROM regexp_matches(c.parts[2], '''((?:[^'']|'''')*)''', 'g') WITH ORDINALITY AS a(parts, place)))
      FROM regexp_match(statement, '^SELECT mistral\.(\w+)\((.*)\)$') AS c(parts)
     WHERE c.parts IS NOT NULL
$$;
COMMENT ON FUNCTION mistral_api.operation_of(text)
    IS 'the function of a statement that why() names, and its arguments that are texts; null: there is none';

CREATE FUNCTION mistral_api.execution_why(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    execution CONSTANT uuid := mistral_api.to_uuid('workflow_execution_id', id);
BEGIN
    PERFORM mistral_api.check_params(params, 'max_rows');
    RETURN json_build_object('waits', (
        SELECT coalesce(json_agg(json_build_object(
                   'is_cause', w.is_cause, 'n', w.n, 'place', w.place, 'kind', w.kind, 'waits_for', w.waits_for,
                   'since', w.since, 'who', w.who, 'how', w.how, 'operation', mistral_api.operation_of(w.how))), '[]')
          FROM mistral.why(execution, mistral_api.int_param(params, 'max_rows', 20)) AS w));
END
$$;
COMMENT ON FUNCTION mistral_api.execution_why(text, jsonb) IS 'GET /v2/executions/ID/why';

CREATE FUNCTION mistral_api.list_execution_errors(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    execution_id CONSTANT uuid := mistral_api.id_of(id);
BEGIN
    PERFORM mistral_api.check_params(params, 'limit');
    IF NOT EXISTS (SELECT FROM mistral.workflow_executions e WHERE e.id = execution_id) THEN
        PERFORM mistral_api.execution_missing(id);
    END IF;
    RETURN json_build_object('errors', (
        SELECT coalesce(json_agg(json_build_object(
                   'path', e.path, 'error', e.error, 'is_handled', e.is_handled,
                   'occurred_at', mistral_api.time_text(e.occurred_at),
                   'workflow_execution_id', e.workflow_execution_id, 'task_execution_id', e.task_execution_id,
                   'action_execution_id', e.action_execution_id, 'index', e.item_index)), '[]')
          FROM mistral.execution_errors(execution_id,
                   least(greatest(mistral_api.int_param(params, 'limit', 100), 0), 10000)) AS e));
END
$$;
COMMENT ON FUNCTION mistral_api.list_execution_errors(text, jsonb) IS 'GET /v2/executions/ID/errors';
