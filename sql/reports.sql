-- Reports for people: why an execution failed, and how workflows usually run.
--
-- They read the tables with the rights of the caller, whom row level security
-- shows what is his.  Rows of a task are read by ranges of keys; OFFSET 0 keeps
-- the planner from reading whole tables for them.

CREATE FUNCTION mistral.execution_errors(execution_id uuid, max_rows int DEFAULT 100)
RETURNS TABLE (path text, error text, is_handled bool, occurred_at timestamptz,
               workflow_execution_id uuid, task_execution_id uuid, action_execution_id uuid, item_index int)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    WITH RECURSIVE tree AS (
        SELECT e.id, e.workflow_name AS path, e.state, e.state_info, coalesce(e.updated_at, e.created_at) AS updated_at, false AS is_handled
          FROM mistral.workflow_executions e WHERE e.id = $1
        UNION ALL
        SELECT c.id, tree.path || '.' || t.name || ' > ' || c.workflow_name, c.state, c.state_info, coalesce(c.updated_at, c.created_at),
               tree.is_handled OR t.error_handled
          FROM tree
         CROSS JOIN LATERAL (SELECT * FROM mistral.task_executions x
                              WHERE x.execution_id = tree.id AND x.type = 'W' AND x.state = 'E' OFFSET 0) AS t
         CROSS JOIN LATERAL (SELECT * FROM mistral.workflow_executions x
                              WHERE x.parent_task_id = t.id AND x.parent_attempt = t.attempt AND x.state = 'E' OFFSET 0) AS c
    ), tasks AS (
        SELECT t.*, tree.path || '.' || t.name AS path, tree.is_handled OR t.error_handled AS is_handled
          FROM tree
         CROSS JOIN LATERAL (SELECT * FROM mistral.task_executions x
                              WHERE x.execution_id = tree.id AND x.state = 'E' OFFSET 0) AS t
    ), causes AS (
        -- an action that failed
        SELECT t.path || ' > ' || a.name AS path, coalesce(a.output ->> 'result', a.output::text) AS error, t.is_handled,
               coalesce(a.updated_at, a.created_at) AS occurred_at, t.execution_id, t.id AS task_id, a.id AS action_id, a.item_index
          FROM tasks t
         CROSS JOIN LATERAL (SELECT * FROM mistral.action_executions x
                              WHERE x.task_id = t.id AND x.id >= t.id
                                AND x.id <= (left(t.id::text, 28) || 'ffffffff')::uuid
                                AND x.state = 'E' AND x.attempt = t.attempt OFFSET 0) AS a
         WHERE t.type = 'A'
        UNION ALL
        -- a task that failed although none of its actions and sub-workflows did
        SELECT t.path, t.state_info, t.is_handled, coalesce(t.finished_at, t.updated_at, t.created_at), t.execution_id, t.id, NULL, NULL
          FROM tasks t
         WHERE NOT EXISTS (SELECT FROM mistral.action_executions x
                            WHERE t.type = 'A' AND x.task_id = t.id AND x.id >= t.id
                              AND x.id <= (left(t.id::text, 28) || 'ffffffff')::uuid
                              AND x.state = 'E' AND x.attempt = t.attempt)
           AND NOT EXISTS (SELECT FROM mistral.workflow_executions x
                            WHERE t.type = 'W' AND x.parent_task_id = t.id AND x.parent_attempt = t.attempt AND x.state = 'E')
        UNION ALL
        -- an execution that failed although all errors of its tasks were handled
        SELECT tree.path, coalesce(tree.state_info, 'It was ended by the command fail, or by a call, without a message.'),
               tree.is_handled, tree.updated_at, tree.id, NULL, NULL, NULL
          FROM tree
         WHERE tree.state = 'E'
           AND NOT EXISTS (SELECT FROM mistral.task_executions x
                            WHERE x.execution_id = tree.id AND x.state = 'E' AND NOT x.error_handled
                              AND x.compensates IS NULL))
    SELECT c.path, left(c.error, 2000), c.is_handled, c.occurred_at, c.execution_id, c.task_id, c.action_id, c.item_index
      FROM causes c
     LIMIT greatest($2, 0)
$$;
COMMENT ON FUNCTION mistral.execution_errors(uuid, int)
    IS 'root causes of the errors of an execution and of those below it, as a flat list: what failed without anything below it having failed; is_handled: an on-error clause dealt with it, or with what followed from it';
REVOKE ALL ON FUNCTION mistral.execution_errors(uuid, int) FROM PUBLIC;

CREATE FUNCTION mistral.execution_tasks(execution_id uuid)
RETURNS TABLE (state text, tasks bigint)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT mistral.state_name(t.state), count(*)
      FROM mistral.task_executions t WHERE t.execution_id = $1
     GROUP BY t.state ORDER BY count(*) DESC, 1
$$;
COMMENT ON FUNCTION mistral.execution_tasks(uuid) IS 'number of tasks of an execution by state';
REVOKE ALL ON FUNCTION mistral.execution_tasks(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.workflow_durations(since timestamptz DEFAULT now() - interval '7 days', workflow text DEFAULT NULL)
RETURNS TABLE (workflow_name text, namespace text, state text, executions bigint,
               average interval, median interval, percentile_95 interval, longest interval)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT e.workflow_name, e.namespace, mistral.state_name(e.state), count(*), avg(e.finished_at - e.created_at),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY e.finished_at - e.created_at),
           percentile_cont(0.95) WITHIN GROUP (ORDER BY e.finished_at - e.created_at),
           max(e.finished_at - e.created_at)
      FROM mistral.workflow_executions e
     WHERE e.created_at >= $1 AND ($2 IS NULL OR e.workflow_name = $2) AND e.finished_at IS NOT NULL
     GROUP BY e.workflow_name, e.namespace, e.state
     ORDER BY e.workflow_name, e.namespace, e.state
$$;
COMMENT ON FUNCTION mistral.workflow_durations(timestamptz, text)
    IS 'how long executions of each workflow (or of one) took that were created since a time and have ended, by their state';
REVOKE ALL ON FUNCTION mistral.workflow_durations(timestamptz, text) FROM PUBLIC;

CREATE FUNCTION mistral.task_durations(workflow text, since timestamptz DEFAULT now() - interval '7 days', namespace text DEFAULT '')
RETURNS TABLE (task_name text, state text, tasks bigint, retries bigint,
               average interval, median interval, percentile_95 interval, longest interval)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT t.name, mistral.state_name(t.state), count(*), sum(t.attempt), avg(t.finished_at - t.started_at),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY t.finished_at - t.started_at),
           percentile_cont(0.95) WITHIN GROUP (ORDER BY t.finished_at - t.started_at),
           max(t.finished_at - t.started_at)
      FROM mistral.workflow_executions e
     CROSS JOIN LATERAL (SELECT * FROM mistral.task_executions x WHERE x.execution_id = e.id OFFSET 0) AS t
     WHERE e.workflow_name = $1 AND e.created_at >= $2 AND e.namespace = $3 AND t.finished_at IS NOT NULL
     GROUP BY t.name, t.state
     ORDER BY t.name, t.state
$$;
COMMENT ON FUNCTION mistral.task_durations(text, timestamptz, text)
    IS 'how long the tasks of a workflow took, from their first start to their end, in executions created since a time, by state';
REVOKE ALL ON FUNCTION mistral.task_durations(text, timestamptz, text) FROM PUBLIC;
