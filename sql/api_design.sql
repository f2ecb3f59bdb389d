-- The REST API in SQL: what an editor asks for.  Versions of workflows, what uses
-- what, what can be written where, trying out a text or an expression.
--
-- Nothing here writes.  Simulations and expressions are bounded by the settings of
-- the extension, as in SQL.

CREATE FUNCTION mistral_api.list_workflow_versions(identifier text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    workflow json;
    page int;
BEGIN
    PERFORM mistral_api.check_params(params, 'namespace', 'limit', 'marker');
    workflow := mistral_api.get_workflow(identifier, params - '{limit,marker}'::text[]);
    page := least(greatest(mistral_api.int_param(params, 'limit', 100), 1), 1000);
    RETURN (
        SELECT json_build_object('versions', coalesce(json_agg(json_build_object(
                       'id', v.id, 'created_at', mistral_api.moment(v.created_at), 'retired_at', mistral_api.moment(v.retired_at),
                       'is_newest', v.retired_at IS NULL, 'size', octet_length(v.definition)) ORDER BY v.id DESC), '[]'),
                   'next', CASE WHEN count(*) = page THEN (array_agg(v.id ORDER BY v.id))[1] END)
          FROM (SELECT * FROM mistral.workflow_versions x
                 WHERE x.definition_id = (workflow ->> 'id')::uuid
                   AND (NOT params ? 'marker' OR x.id < mistral_api.to_uuid('marker', params ->> 'marker'))
                 ORDER BY x.id DESC LIMIT page) AS v);
END
$$;
COMMENT ON FUNCTION mistral_api.list_workflow_versions(text, jsonb)
    IS 'GET /v2/workflows/IDENTIFIER/versions: the newest first; next: marker of the next page';

CREATE FUNCTION mistral_api.get_workflow_version(identifier text, version_id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    workflow json;
    result json;
BEGIN
    PERFORM mistral_api.check_params(params, 'namespace');
    workflow := mistral_api.get_workflow(identifier, params);
    SELECT json_build_object('id', v.id, 'created_at', mistral_api.moment(v.created_at), 'retired_at', mistral_api.moment(v.retired_at),
                             'is_newest', v.retired_at IS NULL, 'definition', v.definition)
      INTO result
      FROM mistral.workflow_versions v
     WHERE v.id = mistral_api.id_of(version_id) AND v.definition_id = (workflow ->> 'id')::uuid;
    IF result IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format('Workflow version not found [id=%s]', version_id);
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.get_workflow_version(text, text, jsonb) IS 'GET /v2/workflows/IDENTIFIER/versions/ID';

-- --------------------------------------------------------------------- uses

-- A text without the name calls nothing of it, so most specifications are not read.
CREATE FUNCTION mistral_api.callers_of(kind text, callee text, workbook text)
RETURNS TABLE (id uuid, name text, namespace text, task text, is_exact bool)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    most CONSTANT int := 5000;
    short CONSTANT text := CASE WHEN workbook IS NOT NULL THEN substr(callee, length(workbook) + 2) ELSE callee END;
BEGIN
    RETURN QUERY
        WITH texts AS MATERIALIZED (
            SELECT d.id, d.name, d.namespace, d.workbook_name, v.spec
              FROM mistral.workflow_definitions d JOIN mistral.workflow_versions v ON v.id = d.version_id
             ORDER BY d.id DESC LIMIT most)
        SELECT c.id, c.name, c.namespace, t.task ->> 'name', (SELECT count(*) < most FROM texts)
          FROM (SELECT x.* FROM texts x WHERE strpos(x.spec::text, short) > 0 OFFSET 0) AS c
         CROSS JOIN LATERAL json_array_elements(mistral.workflow_graph(c.spec) -> 'tasks') AS t(task)
         WHERE t.task ->> 'kind' = kind
           AND (c.workbook_name = workbook AND t.task ->> 'calls' = short
                -- an item of the caller's own workbook goes first
                OR t.task ->> 'calls' = callee AND NOT CASE kind
                   WHEN 'workflow' THEN EXISTS (SELECT FROM mistral.workflow_definitions o WHERE o.name = c.workbook_name || '.' || callee)
                   ELSE EXISTS (SELECT FROM mistral.action_definitions o WHERE o.name = c.workbook_name || '.' || callee) END);
END
$$;
COMMENT ON FUNCTION mistral_api.callers_of(text, text, text)
    IS 'tasks of visible workflows that call a workflow or an action by its name; is_exact false: only the newest workflows were looked at';

CREATE FUNCTION mistral_api.callees_of(workflow_id uuid)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT json_build_object(
                   'workflows', coalesce(json_agg(DISTINCT t.task ->> 'calls') FILTER (WHERE t.task ->> 'kind' = 'workflow'), '[]'),
                   'actions', coalesce(json_agg(DISTINCT t.task ->> 'calls') FILTER (WHERE t.task ->> 'kind' = 'action'), '[]'))
          FROM mistral.workflow_definitions d
          JOIN mistral.workflow_versions v ON v.id = d.version_id
         CROSS JOIN LATERAL json_array_elements(mistral.workflow_graph(v.spec) -> 'tasks') AS t(task)
         WHERE d.id = workflow_id);
END
$$;
COMMENT ON FUNCTION mistral_api.callees_of(uuid) IS 'names of the workflows and actions that a workflow calls, as its text has them';

CREATE FUNCTION mistral_api.used_by(kind text, callee text, workbook text)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT json_build_object('workflows', coalesce(json_agg(json_build_object(
                       'id', c.id, 'name', c.name, 'namespace', c.namespace, 'task', c.task) ORDER BY c.name, c.id, c.task), '[]'),
                       'is_exact', coalesce(bool_and(c.is_exact), true))
              FROM (SELECT * FROM mistral_api.callers_of(kind, callee, workbook) LIMIT 1000) AS c);
END
$$;
COMMENT ON FUNCTION mistral_api.used_by(text, text, text) IS 'who calls a workflow or an action';

CREATE FUNCTION mistral_api.workflow_uses(identifier text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    workflow_id uuid;
    workflow mistral.workflow_definitions;
BEGIN
    PERFORM mistral_api.check_params(params, 'namespace');
    workflow_id := mistral_api.get_workflow(identifier, params) ->> 'id';
    SELECT d.* INTO STRICT workflow FROM mistral.workflow_definitions d WHERE d.id = workflow_id;
    RETURN json_build_object(
        'calls', mistral_api.callees_of(workflow_id),
        'called_by', mistral_api.used_by('workflow', workflow.name, workflow.workbook_name),
        'cron_triggers', (SELECT coalesce(json_agg(json_build_object('id', t.id, 'name', t.name) ORDER BY t.name), '[]')
                            FROM (SELECT * FROM mistral.cron_triggers c WHERE c.workflow_id = workflow.id ORDER BY c.name LIMIT 1000) AS t),
        'event_triggers', (SELECT coalesce(json_agg(json_build_object('id', t.id, 'name', t.name) ORDER BY t.name, t.id), '[]')
                             FROM (SELECT * FROM mistral.event_triggers e WHERE e.workflow_id = workflow.id ORDER BY e.name, e.id LIMIT 1000) AS t));
END
$$;
COMMENT ON FUNCTION mistral_api.workflow_uses(text, jsonb)
    IS 'GET /v2/workflows/IDENTIFIER/uses: what it calls, and what starts it; names that an expression gives are not known before';

CREATE FUNCTION mistral_api.action_uses(params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    action CONSTANT text := params ->> 'action';
BEGIN
    PERFORM mistral_api.check_params(params, 'action');
    IF coalesce(action, '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'Missing argument: "action"';
    END IF;
    RETURN json_build_object('action', action, 'called_by', mistral_api.used_by('action', action,
        (SELECT d.workbook_name FROM mistral.action_definitions d WHERE d.name = action ORDER BY d.project_id = current_user::text DESC LIMIT 1)));
END
$$;
COMMENT ON FUNCTION mistral_api.action_uses(jsonb) IS 'GET /v2/uses?action=NAME: the workflows that call an action';

-- ----------------------------------------------------------------- language

-- Attributes by what has them; make lint compares them with those that the checks know.
CREATE TABLE mistral_api.attributes (
    place           text NOT NULL,
    name            text NOT NULL,
    summary         text NOT NULL,
    PRIMARY KEY (place, name)
);
COMMENT ON TABLE mistral_api.attributes IS 'attributes of definitions, for editors';
COMMENT ON COLUMN mistral_api.attributes.place IS 'what has it: workflow, task, workbook or action';
COMMENT ON COLUMN mistral_api.attributes.name IS 'the attribute';
COMMENT ON COLUMN mistral_api.attributes.summary IS 'what it says, in a line';

INSERT INTO mistral_api.attributes (place, name, summary) VALUES
    ('workflow', 'type', 'direct (tasks lead to tasks), which is the default, or reverse (tasks require tasks)'),
    ('workflow', 'description', 'What the workflow is for'),
    ('workflow', 'tags', 'List of words to find it by'),
    ('workflow', 'input', 'Parameters: names, or names with a default'),
    ('workflow', 'input-schema', 'JSON Schema that the input must fit'),
    ('workflow', 'output', 'Mapping of names to expressions: what comes out'),
    ('workflow', 'output-on-error', 'Mapping of names to expressions: what comes out when it fails'),
    ('workflow', 'vars', 'Mapping of variables that all tasks see'),
    ('workflow', 'timeout', 'Seconds that an execution may take'),
    ('workflow', 'compensate-on', 'Ends at which tasks with compensate are undone'),
    ('workflow', 'limits', 'Limits of which each execution needs a slot'),
    ('workflow', 'concurrency', 'Executions that run at a time'),
    ('workflow', 'task-defaults', 'Attributes of all tasks that do not have them'),
    ('workflow', 'tasks', 'The tasks by their names'),
    ('task', 'description', 'What the task is for'),
    ('task', 'tags', 'List of words to find it by'),
    ('task', 'action', 'Action that it calls, perhaps with parameters behind the name'),
    ('task', 'workflow', 'Workflow that it calls, perhaps with parameters behind the name'),
    ('task', 'input', 'Parameters of what it calls'),
    ('task', 'with-items', 'Runs once for each item of a list: x in <% $.list %>'),
    ('task', 'wait-for', 'Signal or event that it waits for instead of calling something'),
    ('task', 'compensate', 'What undoes the task when the execution fails'),
    ('task', 'publish', 'Mapping of variables to expressions, set when it succeeds'),
    ('task', 'publish-on-error', 'Mapping of variables to expressions, set when it fails'),
    ('task', 'publish-on-skip', 'Mapping of variables to expressions, set when it is skipped'),
    ('task', 'pause-before', 'Pauses the execution before the task'),
    ('task', 'wait-before', 'Seconds to wait before it'),
    ('task', 'wait-until', 'Time to wait for before it'),
    ('task', 'wait-after', 'Seconds to wait after it'),
    ('task', 'fail-on', 'Expression: if it is true the task fails'),
    ('task', 'retry', 'Tries again: count, delay, break-on, continue-on'),
    ('task', 'timeout', 'Seconds after which it fails'),
    ('task', 'concurrency', 'Items that run at a time'),
    ('task', 'max-failures', 'Items that may fail before the task does'),
    ('task', 'priority', 'Its actions go first when executors are short'),
    ('task', 'limits', 'Limits of which the task needs a slot'),
    ('task', 'target', 'Executors that may run its actions'),
    ('task', 'keep-result', 'Whether the result is kept; true by default'),
    ('task', 'safe-input', 'Whether on-error may catch an input that cannot be made'),
    ('task', 'safe-rerun', 'Whether it may run again when its executor is lost'),
    ('task', 'on-success', 'What follows when it succeeds'),
    ('task', 'on-error', 'What follows when it fails'),
    ('task', 'on-complete', 'What follows in any case'),
    ('task', 'on-skip', 'What follows when it is skipped'),
    ('task', 'join', 'Waits for the tasks that lead to it: all, one, or a number'),
    ('task', 'requires', 'Of a reverse workflow: tasks that must succeed before'),
    ('action', 'description', 'What the action is for'),
    ('action', 'tags', 'List of words to find it by'),
    ('action', 'base', 'Action that is really run'),
    ('action', 'base-input', 'Input of that action'),
    ('action', 'input', 'Parameters: names, or names with a default'),
    ('action', 'output', 'Expression that makes the result of that of the base'),
    ('workbook', 'name', 'Name of the workbook; its items are called NAME.ITEM'),
    ('workbook', 'description', 'What the workbook is for'),
    ('workbook', 'tags', 'List of words to find it by'),
    ('workbook', 'actions', 'Ad-hoc actions by their names'),
    ('workbook', 'workflows', 'Workflows by their names');

CREATE FUNCTION mistral_api.describe_language(params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    RETURN json_build_object(
        'attributes', (SELECT json_object_agg(p.place, p.attributes ORDER BY p.place)
                         FROM (SELECT a.place, json_agg(json_build_object('name', a.name, 'summary', a.summary) ORDER BY a.name) AS attributes
                                 FROM mistral_api.attributes a GROUP BY a.place) AS p),
        'commands', '["noop", "fail", "succeed", "pause"]'::json,
        'functions', (SELECT json_agg(json_build_object('language', f.language, 'kind', f.kind, 'name', f.name, 'usage', f.usage,
                             'parameters', f.parameters, 'topic', f.topic, 'description', f.description) ORDER BY f.position)
                        FROM mistral.builtin_functions() AS f),
        'own_functions', (SELECT coalesce(json_agg(json_build_object('name', f.name, 'description', f.description) ORDER BY f.name), '[]')
                            FROM (SELECT DISTINCT ON (x.name) x.name, x.description FROM mistral.expression_functions x
                                   ORDER BY x.name, x.project_id = current_user::text DESC LIMIT 1000) AS f));
END
$$;
COMMENT ON FUNCTION mistral_api.describe_language(jsonb)
    IS 'GET /v2/language: attributes, commands and functions, for the completion of texts';

-- -------------------------------------------------------------- trying out

CREATE FUNCTION mistral_api.simulate(body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    steps jsonb;
    last jsonb;
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'simulation', 'definition', 'workflow', 'input:object', 'mocks:object', 'params:object');
    IF coalesce(body ->> 'definition', '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'Missing argument: "definition"';
    END IF;
    steps := mistral.simulation(body ->> 'definition', coalesce(mistral_api.object_member(body, 'input'), '{}'),
        coalesce(mistral_api.object_member(body, 'mocks'), '{}'), coalesce(mistral_api.object_member(body, 'params'), '{}'),
        body ->> 'workflow');
    last := steps -> -1;
    RETURN json_build_object('state', last -> 'state', 'is_completed', last ->> 'event' = 'OUTPUT',
        'output', last -> 'detail' -> 'output', 'reason', last -> 'detail' -> 'reason', 'seconds', last -> 'at', 'steps', steps);
END
$$;
COMMENT ON FUNCTION mistral_api.simulate(jsonb, jsonb)
    IS 'POST /v2/simulations: runs a text in virtual time with nothing written; see mistral.simulate()';

CREATE FUNCTION mistral_api.evaluate_expression(body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'expression', 'expression:any', 'context:any');
    IF NOT body ? 'expression' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'Missing argument: "expression"';
    END IF;
    RETURN json_build_object('result', mistral.evaluate(body -> 'expression', nullif(body -> 'context', 'null')));
END
$$;
COMMENT ON FUNCTION mistral_api.evaluate_expression(jsonb, jsonb)
    IS 'POST /v2/expressions/evaluate: the expressions in the strings of a value, with a context as $';

CREATE FUNCTION mistral_api.check_expression(body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'expression', 'expression');
    IF body ->> 'expression' IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'Missing argument: "expression"';
    END IF;
    RETURN mistral.validate_expression(body ->> 'expression');
END
$$;
COMMENT ON FUNCTION mistral_api.check_expression(jsonb, jsonb)
    IS 'POST /v2/expressions/validate: whether the expressions of a text are well formed, and if not, where and why';
