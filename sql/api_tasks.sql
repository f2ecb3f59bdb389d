-- The REST API in SQL: tasks and action executions.

-- ------------------------------------------------------------------- tasks

CREATE FUNCTION mistral_api.list_tasks(params jsonb DEFAULT '{}', base text DEFAULT '')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN mistral_api.list_objects('tasks', params, base, 'tasks');
END
$$;
COMMENT ON FUNCTION mistral_api.list_tasks(jsonb, text) IS 'GET /v2/tasks';

CREATE FUNCTION mistral_api.get_task(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result json;
    global json;
BEGIN
    PERFORM mistral_api.check_params(params, 'fields');
    SELECT mistral_api.task_json(t.id), to_json(t.published_global::text)
      INTO result, global
      FROM mistral.task_executions t
     WHERE t.id = mistral_api.id_of(get_task.id);
    IF result IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format('Task execution not found [id=%s]', id);
    END IF;
    IF global #>> '{}' <> '{}' THEN
        -- shown only where there is something
        result := rtrim(result::text, '}') || ', "published_global": ' || global::text || '}';
    END IF;
    RETURN mistral_api.select_members(result, params, 'tasks');
END
$$;
COMMENT ON FUNCTION mistral_api.get_task(text, jsonb) IS 'GET /v2/tasks/ID';

CREATE FUNCTION mistral_api.check_task_update(task json, body jsonb, with_items bool)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    problem text;
    state CONSTANT text := body ->> 'state';
    reset CONSTANT bool := coalesce(mistral_api.bool_member(body, 'reset'), false);
BEGIN
    problem := CASE
        WHEN body ->> 'name' <> task ->> 'name' THEN 'Task name does not match.'
        WHEN body ->> 'workflow_name' <> task ->> 'workflow_name' THEN 'Workflow name does not match.'
        WHEN coalesce(state, '') NOT IN ('RUNNING', 'SKIPPED') THEN
            format('Invalid task state. Only updating task to rerun or skip is supported: %s', coalesce(state, 'None'))
        WHEN task ->> 'state' <> 'ERROR' THEN
            format('The current task execution must be in ERROR for %s. Only updating task to %s is supported.',
                   CASE state WHEN 'RUNNING' THEN 'rerun' ELSE 'skip' END,
                   CASE state WHEN 'RUNNING' THEN 'rerun' ELSE 'skip' END)
        WHEN state = 'RUNNING' AND NOT reset AND NOT with_items THEN
            'Only with-items task has the option to not reset.'
    END;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS014', MESSAGE = problem;
    END IF;
END
$$;
COMMENT ON FUNCTION mistral_api.check_task_update(json, jsonb, bool)
    IS 'refuses changes of a task that are neither a rerun nor a skip';

CREATE FUNCTION mistral_api.update_task(id text, body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    task json;
    task_id uuid;
    env CONSTANT jsonb := mistral_api.object_member(body, 'env');
    with_items bool;
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'task',
        'id', 'name', 'type', 'workflow_name', 'workflow_namespace', 'workflow_id',
        'workflow_execution_id', 'tags:list', 'state', 'state_info', 'runtime_context:object', 'result',
        'published:object', 'published_global:object', 'processed:bool', 'created_at', 'updated_at',
        'started_at', 'finished_at', 'compensates', 'reset:bool', 'env:object');
    IF NOT body ? 'reset' AND body ->> 'state' IS DISTINCT FROM 'SKIPPED' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = 'Invalid input for field/attribute reset. Value: ''None''. Mandatory field missing.';
    END IF;
    PERFORM mistral_api.require_running();
    task := mistral_api.get_task(id);
    task_id := task ->> 'id';
    SELECT (v.spec -> 'tasks' -> coalesce((SELECT o.name FROM mistral.task_executions o WHERE o.id = t.compensates), t.name)) ->> 'with-items' IS NOT NULL INTO with_items
      FROM mistral.task_executions t
      JOIN mistral.workflow_executions e ON e.id = t.execution_id
      JOIN mistral.workflow_versions v ON v.id = e.version_id
     WHERE t.id = task_id;
    PERFORM mistral_api.check_task_update(task, body, coalesce(with_items, false));
    IF body ->> 'state' = 'SKIPPED' THEN
        PERFORM mistral.skip_task(task_id, env);
    ELSE
        PERFORM mistral.rerun_task(task_id, coalesce(mistral_api.bool_member(body, 'reset'), false), env);
    END IF;
    RETURN mistral_api.get_task(id);
END
$$;
COMMENT ON FUNCTION mistral_api.update_task(text, jsonb, jsonb) IS 'PUT /v2/tasks/ID';

CREATE FUNCTION mistral_api.list_task_workflow_executions(id text, params jsonb DEFAULT '{}', base text DEFAULT '')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result json;
BEGIN
    IF params ? 'include_output' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'Unknown argument: "include_output"';
    END IF;
    result := mistral_api.list_objects('executions', params, base, 'executions',
        jsonb_build_object('task_execution_id', mistral_api.to_uuid('task_execution_id', id)));
    IF NOT params ? 'fields' THEN
        -- here they are shown without what they began with
        SELECT json_object_agg(r.key, CASE r.key WHEN 'executions' THEN (
                   SELECT coalesce(json_agg((SELECT json_object_agg(m.key, m.value) FROM json_each(o.value) AS m
                                              WHERE m.key NOT IN ('params', 'input')) ORDER BY o.place), '[]')
                     FROM json_array_elements(r.value) WITH ORDINALITY AS o(value, place)) ELSE r.value END)
          INTO result
          FROM json_each(result) AS r;
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.list_task_workflow_executions(text, jsonb, text)
    IS 'GET /v2/tasks/ID/workflow_executions';

CREATE FUNCTION mistral_api.list_task_sub_executions(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    task CONSTANT uuid := mistral_api.to_uuid('id', id);
    errors_only CONSTANT bool := mistral_api.bool_param(params, 'errors_only');
    state "char";
BEGIN
    PERFORM mistral_api.check_params(params, 'errors_only', 'max_depth', 'include_output');
    SELECT t.state INTO state FROM mistral.task_executions t WHERE t.id = task;
    IF state IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format('Task execution not found [id=%s]', id);
    END IF;
    RETURN mistral_api.executions_json(
        CASE WHEN errors_only AND state <> 'E' THEN '{}'::uuid[]
             ELSE ARRAY(SELECT mistral_api.executions_below(
                            task, errors_only, mistral_api.int_param(params, 'max_depth', -1), 0)) END,
        mistral_api.bool_param(params, 'include_output'));
END
$$;
COMMENT ON FUNCTION mistral_api.list_task_sub_executions(text, jsonb) IS 'GET /v2/tasks/ID/executions';

-- ------------------------------------------------------- action executions

CREATE FUNCTION mistral_api.list_action_executions(params jsonb DEFAULT '{}', base text DEFAULT '')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN mistral_api.list_objects('action_executions', params, base, 'action_executions');
END
$$;
COMMENT ON FUNCTION mistral_api.list_action_executions(jsonb, text) IS 'GET /v2/action_executions';

CREATE FUNCTION mistral_api.list_task_action_executions(id text, params jsonb DEFAULT '{}', base text DEFAULT '')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN mistral_api.list_objects('action_executions', params, base, 'action_executions',
        jsonb_build_object('task_execution_id', mistral_api.to_uuid('task_execution_id', id)));
END
$$;
COMMENT ON FUNCTION mistral_api.list_task_action_executions(text, jsonb, text)
    IS 'GET /v2/tasks/ID/action_executions';

CREATE FUNCTION mistral_api.get_action_execution(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result CONSTANT json := mistral_api.action_execution_json(mistral_api.id_of(id));
BEGIN
    PERFORM mistral_api.check_params(params, 'fields');
    IF result IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format('ActionExecution not found [id=%s]', id);
    END IF;
    RETURN mistral_api.select_members(result, params, 'action_executions');
END
$$;
COMMENT ON FUNCTION mistral_api.get_action_execution(text, jsonb) IS 'GET /v2/action_executions/ID';

CREATE FUNCTION mistral_api.get_task_action_execution(task_id text, id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result CONSTANT json := mistral_api.get_action_execution(id, params);
BEGIN
    IF NOT EXISTS (SELECT 1 FROM mistral.action_executions a
                    WHERE a.id = mistral_api.id_of(get_task_action_execution.id)
                      AND a.task_id = mistral_api.id_of(get_task_action_execution.task_id)) THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format('ActionExecution not found [id=%s]', id);
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.get_task_action_execution(text, text, jsonb)
    IS 'GET /v2/tasks/ID/action_executions/ID';

CREATE FUNCTION mistral_api.check_action_execution(body jsonb)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_body(body, 'action_ex',
        'id', 'workflow_name', 'workflow_namespace', 'task_name', 'task_execution_id', 'state',
        'state_info', 'tags:list', 'name', 'description', 'accepted:bool', 'input:object', 'output:object',
        'created_at', 'updated_at', 'params:object');
END
$$;
COMMENT ON FUNCTION mistral_api.check_action_execution(jsonb)
    IS 'refuses bodies that are no action execution';

CREATE FUNCTION mistral_api.action_timeout()
RETURNS int
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('mistral_api.action_timeout', true), '')::int;
COMMENT ON FUNCTION mistral_api.action_timeout()
    IS 'seconds that the server waits for the result of an action; null: the caller is no server and does not wait';

CREATE FUNCTION mistral_api.has_waiter(action_id uuid)
RETURNS bool
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT coalesce(a.state = 'R' AND (a.run ? 'run_sync' OR a.run ? 'is_temporary'), false)
      FROM mistral.action_executions a
     WHERE a.id = action_id
$$;
COMMENT ON FUNCTION mistral_api.has_waiter(uuid)
    IS 'whether an action by itself goes on, and its result is the answer to the request that began it';

CREATE FUNCTION mistral_api.unsaved_action_json(action jsonb)
RETURNS json
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN json_build_object(
    'id', NULL, 'workflow_name', NULL, 'workflow_namespace', action ->> 'workflow_namespace',
    'task_execution_id', NULL, 'state', action ->> 'state', 'state_info', NULL, 'tags', NULL,
    'name', action ->> 'name', 'description', action -> 'description', 'project_id', NULL,
    'accepted', NULL, 'input', action ->> 'input',
    'output', regexp_replace(action ->> 'output', 'action_ex_id=[0-9a-f-]{36}', 'action_ex_id=None'),
    'created_at', NULL, 'updated_at', NULL);
COMMENT ON FUNCTION mistral_api.unsaved_action_json(jsonb)
    IS 'an action execution of which nothing is stored';

CREATE FUNCTION mistral_api.create_action_execution(body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    name CONSTANT text := body ->> 'name';
    how jsonb;
    result jsonb;
    stored json;
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_action_execution(body);
    PERFORM mistral_api.require_running();
    IF coalesce(name, '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = 'Please provide at least action name to run action.';
    END IF;
    how := coalesce(mistral_api.object_member(body, 'params'), '{}');
    result := mistral.run_action(
        name,
        coalesce(mistral_api.object_member(body, 'input'), '{}'),
        how || jsonb_build_object('description', body -> 'description',
            'forget_after', mistral_api.action_timeout() + 30),
        coalesce(body ->> 'workflow_namespace', ''));
    IF result ->> 'id' IS NULL THEN
        RETURN mistral_api.unsaved_action_json(result || jsonb_build_object('description', body -> 'description'));
    END IF;
    IF mistral_api.action_timeout() IS NOT NULL AND mistral_api.has_waiter((result ->> 'id')::uuid) THEN
        RETURN json_build_object('awaited', result ->> 'id');
    END IF;
    -- what is stored before it runs is shown as it was then
    stored := mistral_api.action_execution_json((result ->> 'id')::uuid);
    RETURN (
        SELECT json_object_agg(m.key, coalesce(b.before -> m.key, m.value))
          FROM json_each(stored) AS m,
               (SELECT CASE WHEN how -> 'run_sync' = 'true' THEN '{"updated_at": null}'::json
                       ELSE '{"state": "RUNNING", "output": null, "accepted": false, "updated_at": null}'
                       END) AS b(before));
END
$$;
COMMENT ON FUNCTION mistral_api.create_action_execution(jsonb, jsonb)
    IS 'POST /v2/action_executions; with the setting mistral_api.action_timeout the answer may be {"awaited": ID}: see action_execution_result()';

-- The server asks again and again, each time in a transaction of its own.
CREATE FUNCTION mistral_api.action_execution_result(id uuid)
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    action mistral.action_executions;
BEGIN
    SELECT a.* INTO action FROM mistral.action_executions a WHERE a.id = action_execution_result.id;
    IF action.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041',
            MESSAGE = 'The action execution has been deleted; its result is not known.';
    END IF;
    IF action.state IN ('R', 'P') THEN
        RETURN NULL;
    END IF;
    IF NOT coalesce(action.run ? 'is_temporary', false) THEN
        RETURN mistral_api.action_execution_json(id);
    END IF;
    PERFORM mistral.delete_action_execution(id);
    RETURN mistral_api.unsaved_action_json(jsonb_build_object(
        'name', action.name, 'workflow_namespace', action.namespace, 'input', action.input, 'output', action.output,
        'state', mistral.state_name(action.state), 'description', action.run -> 'description'));
END
$$;
COMMENT ON FUNCTION mistral_api.action_execution_result(uuid)
    IS 'the answer to a request that has run an action; null: it goes on; what was not to be saved is deleted';

CREATE FUNCTION mistral_api.abandon_action_execution(id uuid)
RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    action mistral.action_executions;
    fate text;
BEGIN
    SELECT a.* INTO action FROM mistral.action_executions a WHERE a.id = abandon_action_execution.id;
    fate := mistral.abandon_action(id);
    RETURN CASE fate
        WHEN 'taken back' THEN
            format('No executor has taken action %s within %s seconds. Is one running that serves it%s?', action.name,
                   mistral_api.action_timeout(), CASE WHEN action.target <> '' THEN format(' and target "%s"', action.target) END)
        WHEN 'removed' THEN
            format('Action %s has not ended within %s seconds. Its result will be ignored.', action.name,
                   mistral_api.action_timeout())
        WHEN 'running' THEN
            format('Action %s has not ended within %s seconds. It goes on as action execution %s.', action.name,
                   mistral_api.action_timeout(), id)
        END;
END
$$;
COMMENT ON FUNCTION mistral_api.abandon_action_execution(uuid)
    IS 'wait no longer for an action, and say why; null: it has ended just now';

CREATE FUNCTION mistral_api.update_action_execution(id text, body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    action_id CONSTANT uuid := mistral_api.id_of(id);
    state CONSTANT text := body ->> 'state';
    maintenance text;
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_action_execution(body);
    SELECT m.status INTO maintenance FROM mistral.maintenance m;
    IF maintenance <> 'PAUSING' THEN
        PERFORM mistral_api.require_running();
    END IF;
    IF coalesce(state, '') NOT IN ('SUCCESS', 'ERROR', 'CANCELLED', 'PAUSED', 'RUNNING') THEN
        RAISE EXCEPTION USING ERRCODE = 'MS016',
            MESSAGE = format('Error. Expected one of [''SUCCESS'', ''ERROR'', ''CANCELLED'', ''PAUSED'', ''RUNNING''], actual: %s',
                             coalesce(state, 'Unset'));
    END IF;
    PERFORM mistral_api.get_action_execution(id);
    PERFORM mistral.complete_action(action_id, state, CASE
        WHEN body ->> 'output' IS NULL THEN
            CASE state WHEN 'ERROR' THEN '"Unknown error"'::jsonb
                       WHEN 'SUCCESS' THEN CASE WHEN body ? 'output' THEN 'null'::jsonb ELSE '{}' END END
        WHEN state <> 'CANCELLED' THEN mistral_api.object_member(body, 'output') END);
    RETURN mistral_api.action_execution_json(action_id);
END
$$;
COMMENT ON FUNCTION mistral_api.update_action_execution(text, jsonb, jsonb) IS 'PUT /v2/action_executions/ID';

CREATE FUNCTION mistral_api.delete_action_execution(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    action mistral.action_executions;
    problem text;
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.require_running();
    IF current_setting('mistral_api.delete_action_executions', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS031', MESSAGE = 'Action execution deletion is not allowed.';
    END IF;
    SELECT a.* INTO action FROM mistral.action_executions a
     WHERE a.id = mistral_api.id_of(delete_action_execution.id);
    IF action.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format('ActionExecution not found [id=%s]', id);
    END IF;
    problem := CASE
        WHEN action.task_id IS NOT NULL THEN 'Only ad-hoc action execution can be deleted.'
        WHEN action.state IN ('R', 'P') THEN 'Only completed action execution can be deleted.' END;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS031', MESSAGE = problem;
    END IF;
    PERFORM mistral.delete_action_execution(action.id);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral_api.delete_action_execution(text, jsonb) IS 'DELETE /v2/action_executions/ID';
