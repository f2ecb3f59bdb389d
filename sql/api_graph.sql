-- The REST API in SQL: graphs of workflows, and how far executions are in theirs.
--
-- A graph is that of the version which an execution was started with.  What has
-- become of its tasks comes apart from it, so that somebody who watches asks for
-- that alone.  Tasks of an execution are read by its index, their actions by ranges
-- of the primary key.

CREATE FUNCTION mistral_api.get_workflow_graph(identifier text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    workflow json;
BEGIN
    PERFORM mistral_api.check_params(params, 'namespace');
    workflow := mistral_api.get_workflow(identifier, params);
    RETURN (SELECT mistral.workflow_graph(v.spec)
              FROM mistral.workflow_definitions d
              JOIN mistral.workflow_versions v ON v.id = d.version_id
             WHERE d.id = (workflow ->> 'id')::uuid);
END
$$;
COMMENT ON FUNCTION mistral_api.get_workflow_graph(text, jsonb) IS 'GET /v2/workflows/IDENTIFIER/graph';

CREATE FUNCTION mistral_api.graphs_of_text(definition text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    RETURN mistral.definition_graphs(definition);
END
$$;
COMMENT ON FUNCTION mistral_api.graphs_of_text(text, jsonb) IS 'POST /v2/graphs: of a text that is not stored';

-- Of an item that ran several times the last run counts.
CREATE FUNCTION mistral_api.item_counts(task mistral.task_executions)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    most CONSTANT int := 10000;
    total CONSTANT int := task.runtime -> 'with_items' ->> 'count';
    result json;
BEGIN
    IF NOT coalesce(task.runtime ? 'with_items', false) THEN
        RETURN NULL;
    END IF;
    SELECT json_build_object(
               'total', total, 'done', count(*) FILTER (WHERE x.state = 'S'),
               'failed', count(*) FILTER (WHERE x.state = 'E'), 'cancelled', count(*) FILTER (WHERE x.state = 'C'),
               'running', count(*) FILTER (WHERE x.state IN ('I', 'R', 'P')), 'is_exact', task.children <= most)
      INTO result
      FROM (SELECT DISTINCT ON (c.item_index) c.state
              FROM (SELECT a.item_index, a.state, a.attempt, a.id FROM mistral.action_executions a
                     WHERE task.type = 'A' AND a.id > task.id AND a.id <= mistral_api.last_child(task.id)
                    UNION ALL
                    SELECT e.item_index, e.state, e.parent_attempt, e.id FROM mistral.workflow_executions e
                     WHERE task.type = 'W' AND e.parent_task_id = task.id
                    LIMIT most) AS c
             ORDER BY c.item_index, c.attempt DESC, c.id DESC) AS x;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.item_counts(mistral.task_executions)
    IS 'how many items of a task with with-items are done, have failed, run; null: it has none';

CREATE FUNCTION mistral_api.sub_executions_of(task mistral.task_executions)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT coalesce(json_agg(json_build_object('id', x.id, 'workflow_name', x.workflow_name,
                       'state', mistral.state_name(x.state), 'index', x.item_index) ORDER BY x.item_index, x.id), '[]')
              FROM (SELECT * FROM mistral.workflow_executions e
                     WHERE e.parent_task_id = task.id AND e.parent_attempt = task.attempt LIMIT 20) AS x);
END
$$;
COMMENT ON FUNCTION mistral_api.sub_executions_of(mistral.task_executions)
    IS 'some of the sub-workflows of a task''s last attempt';

CREATE FUNCTION mistral_api.task_runs(execution_id uuid)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        WITH counted AS (
            SELECT s.task_index, sum(s.n) AS runs, json_object_agg(mistral.state_name(s.state), s.n ORDER BY s.state) AS counts, max(s.last::text)::uuid AS last
              FROM (SELECT t.task_index, t.state, count(*) AS n, max(t.id::text) AS last
                      FROM mistral.task_executions t WHERE t.execution_id = task_runs.execution_id
                     GROUP BY t.task_index, t.state) AS s
             GROUP BY s.task_index)
        SELECT coalesce(json_agg(json_build_object(
                   'task', t.name,
                   'compensates', (SELECT o.name FROM mistral.task_executions o WHERE o.id = t.compensates),
                   'state', mistral.state_name(t.state), 'state_info', left(t.state_info, 2000),
                   'runs', c.runs, 'counts', c.counts,
                   'task_execution_id', t.id, 'attempt', t.attempt, 'error_handled', t.error_handled,
                   'created_at', mistral_api.moment(t.created_at), 'started_at', mistral_api.moment(t.started_at),
                   'finished_at', mistral_api.moment(t.finished_at),
                   'items', mistral_api.item_counts(t),
                   'sub_executions', CASE t.type WHEN 'W' THEN mistral_api.sub_executions_of(t) ELSE '[]' END)
                   ORDER BY c.task_index), '[]')
          FROM counted c JOIN mistral.task_executions t ON t.id = c.last);
END
$$;
COMMENT ON FUNCTION mistral_api.task_runs(uuid)
    IS 'for each task of an execution that has begun: its last run, and how many runs are in each state';

CREATE FUNCTION mistral_api.edges_taken(execution_id uuid)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT coalesce(json_agg(json_build_object('from', x.name, 'to', x.target, 'kind', x.event, 'times', x.times)
                                 ORDER BY x.name, x.target, x.event), '[]')
          FROM (SELECT t.name, l.link ->> 0 AS target, l.link ->> 1 AS event, count(*) AS times
                  FROM mistral.task_executions t
                 CROSS JOIN LATERAL jsonb_array_elements(mistral.task_links(t.next_tasks)) AS l(link)
                 WHERE t.execution_id = edges_taken.execution_id AND t.next_tasks IS NOT NULL
                 GROUP BY 1, 2, 3) AS x);
END
$$;
COMMENT ON FUNCTION mistral_api.edges_taken(uuid)
    IS 'how often each edge of an execution''s graph was taken';

CREATE FUNCTION mistral_api.execution_graph(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    execution mistral.workflow_executions;
    with_graph CONSTANT bool := coalesce(params ->> 'graph', '') = '' OR mistral_api.bool_param(params, 'graph');
BEGIN
    PERFORM mistral_api.check_params(params, 'graph');
    SELECT e.* INTO execution FROM mistral.workflow_executions e WHERE e.id = mistral_api.id_of(execution_graph.id);
    IF execution.id IS NULL THEN
        PERFORM mistral_api.execution_missing(id);
    END IF;
    RETURN json_build_object(
        'execution', json_build_object('id', execution.id, 'state', mistral.state_name(execution.state),
            'workflow_id', execution.workflow_id, 'version_id', execution.version_id),
        'graph', CASE WHEN with_graph THEN
            (SELECT mistral.workflow_graph(v.spec) FROM mistral.workflow_versions v WHERE v.id = execution.version_id) END,
        'runs', mistral_api.task_runs(execution.id),
        'taken', mistral_api.edges_taken(execution.id));
END
$$;
COMMENT ON FUNCTION mistral_api.execution_graph(text, jsonb)
    IS 'GET /v2/executions/ID/graph: the graph of its definition, and how far it is; graph=false leaves the former out';
