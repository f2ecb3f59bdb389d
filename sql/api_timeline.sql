-- The REST API in SQL: when the tasks of an execution did what, and the tree of
-- executions below one.
--
-- A timeline tells what is stored and guesses nothing: an action knows when it was
-- created, claimed and last changed, a task when it was created, first started and
-- finished.  When something was paused that runs again, or which executor had it
-- before another one, is not stored: such segments are not exact.

-- The children of a task, of one attempt: from the first that began to the last that ended.
CREATE FUNCTION mistral_api.attempt_segments(task mistral.task_executions, most int)
RETURNS TABLE (attempt int, n bigint, queued_from timestamptz, begun_at timestamptz, ended_at timestamptz,
               is_open bool, is_paused bool, was_queued bool, is_exact bool, waits bool)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
        SELECT c.attempt, count(*), min(c.created_at), min(c.begun_at), max(c.ended_at),
               bool_or(c.is_open), bool_and(c.state = 'P'), bool_or(c.was_queued), bool_and(c.is_exact),
               bool_and(c.waits)
          FROM (SELECT a.attempt, a.created_at, a.state, a.state IN ('R', 'P') AS is_open,
                       -- one that waits for an executor has not begun
                       CASE WHEN a.claimed_at IS NOT NULL THEN a.claimed_at
                            WHEN q.action_id IS NULL THEN a.created_at END AS begun_at,
                       CASE WHEN a.state NOT IN ('R', 'P') THEN coalesce(a.updated_at, a.created_at) END AS ended_at,
                       a.claimed_at IS NOT NULL OR q.action_id IS NOT NULL AS was_queued,
                       NOT a.is_redelivered AS is_exact,
                       -- nobody works on what waits for signals
                       a.name = 'wait-for' AS waits
                  FROM (SELECT * FROM mistral.action_executions x
                         WHERE task.type = 'A' AND x.id > task.id AND x.id <= mistral_api.last_child(task.id)
                         ORDER BY x.id LIMIT most) AS a
                  LEFT JOIN mistral.action_queue q ON q.action_id = a.id
                UNION ALL
                SELECT e.parent_attempt, e.created_at, e.state, e.state IN ('I', 'R', 'P'), e.created_at, e.finished_at, false, true, false
                  FROM (SELECT * FROM mistral.workflow_executions x
                         WHERE task.type = 'W' AND x.parent_task_id = task.id LIMIT most) AS e) AS c
         GROUP BY c.attempt ORDER BY c.attempt;
END
$$;
COMMENT ON FUNCTION mistral_api.attempt_segments(mistral.task_executions, int)
    IS 'when the actions or sub-workflows of a task waited and ran, by attempt';

CREATE FUNCTION mistral_api.segment(kind text, since timestamptz, until timestamptz, is_exact bool, attempt int, n bigint)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
RETURN jsonb_build_object('kind', kind, 'from', mistral_api.moment(since), 'to', mistral_api.moment(until),
                          'is_exact', is_exact, 'attempt', attempt, 'n', n);
COMMENT ON FUNCTION mistral_api.segment(text, timestamptz, timestamptz, bool, int, bigint)
    IS 'a segment of a timeline; to null: it goes on';

CREATE FUNCTION mistral_api.task_segments(task mistral.task_executions, most int)
RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result jsonb := '[]';
    a record;
    ended timestamptz;
    has_children bool := false;
    is_final CONSTANT bool := task.state IN ('S', 'E', 'C', 'K');
BEGIN
    IF coalesce(task.started_at, task.finished_at, 'infinity') > task.created_at THEN
        result := result || mistral_api.segment('waiting', task.created_at, coalesce(task.started_at, task.finished_at), true, 0, NULL);
    END IF;
    FOR a IN SELECT * FROM mistral_api.attempt_segments(task, most) LOOP
        has_children := true;
        IF ended < a.queued_from THEN
            result := result || mistral_api.segment('retry', ended, a.queued_from, true, a.attempt, NULL);
        END IF;
        IF a.was_queued THEN
            result := result || mistral_api.segment('queued', a.queued_from, a.begun_at, a.is_exact, a.attempt, a.n);
        END IF;
        ended := CASE WHEN NOT a.is_open THEN a.ended_at END;
        IF a.begun_at IS NOT NULL THEN
            result := result || mistral_api.segment(CASE WHEN a.is_paused THEN 'paused' WHEN a.waits THEN 'waiting' ELSE 'running' END,
                a.begun_at, ended, a.is_exact AND NOT a.is_paused, a.attempt, a.n);
        END IF;
    END LOOP;
    IF NOT has_children AND task.started_at IS NOT NULL THEN
        -- a task that only waits, or has done nothing yet
        result := result || mistral_api.segment(CASE WHEN task.state = 'D' THEN 'waiting' ELSE 'running' END,
            task.started_at, task.finished_at, task.attempt = 0, task.attempt, NULL);
    ELSIF has_children AND NOT is_final AND ended IS NOT NULL THEN
        result := result || mistral_api.segment('retry', ended, NULL, true, task.attempt, NULL);
    ELSIF task.finished_at > ended THEN
        -- policies such as wait-after
        result := result || mistral_api.segment('waiting', ended, task.finished_at, true, task.attempt, NULL);
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.task_segments(mistral.task_executions, int)
    IS 'what a task did when: waiting, queued, running, retry, paused';

-- From the task that ended last back to the one that ended last of those that led to it.
CREATE FUNCTION mistral_api.critical_path(execution_id uuid)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    most CONSTANT int := 1000;
    result json;
BEGIN
    WITH RECURSIVE path AS (
        (SELECT t.id, t.triggered_by, 1 AS n FROM mistral.task_executions t
          WHERE t.execution_id = critical_path.execution_id AND t.started_at IS NOT NULL
          ORDER BY t.finished_at DESC NULLS FIRST, t.id DESC LIMIT 1)
        UNION ALL
        SELECT b.id, b.triggered_by, p.n + 1
          FROM path p
         CROSS JOIN LATERAL (SELECT t.id, t.triggered_by FROM mistral.task_executions t
                              WHERE t.id IN (SELECT (l.link ->> 'task_id')::uuid
                                               FROM jsonb_array_elements(mistral.task_links(p.triggered_by)) AS l(link))
                              ORDER BY t.finished_at DESC NULLS FIRST, t.id DESC LIMIT 1) AS b
         WHERE p.n < most AND p.triggered_by IS NOT NULL)
    SELECT coalesce(json_agg(p.id ORDER BY p.n DESC), '[]') INTO result FROM path p;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.critical_path(uuid)
    IS 'the tasks, each led to by the one before it, that the end of an execution had to wait for; of very long ones the end';

CREATE FUNCTION mistral_api.execution_timeline(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    max_children CONSTANT int := 1000;
    page int;
    execution mistral.workflow_executions;
    tasks json;
    found int;
    last_id uuid;
BEGIN
    PERFORM mistral_api.check_params(params, 'limit', 'marker');
    page := least(greatest(mistral_api.int_param(params, 'limit', 200), 1), 1000);
    SELECT e.* INTO execution FROM mistral.workflow_executions e WHERE e.id = mistral_api.id_of(execution_timeline.id);
    IF execution.id IS NULL THEN
        PERFORM mistral_api.execution_missing(id);
    END IF;
    SELECT coalesce(json_agg(json_build_object(
               'task_execution_id', t.id, 'task', t.name, 'type', CASE t.type WHEN 'A' THEN 'ACTION' ELSE 'WORKFLOW' END,
               'state', mistral.state_name(t.state), 'attempts', t.attempt + 1,
               'is_exact', t.children <= max_children,
               'segments', mistral_api.task_segments(t, max_children)) ORDER BY t.id), '[]'),
           count(*)::int, (array_agg(t.id ORDER BY t.id DESC))[1]
      INTO tasks, found, last_id
      FROM (SELECT * FROM mistral.task_executions x
             WHERE x.execution_id = execution.id
               AND (NOT params ? 'marker' OR x.id > mistral_api.to_uuid('marker', params ->> 'marker'))
             ORDER BY x.id LIMIT page) AS t;
    RETURN json_build_object(
        'execution', json_build_object('id', execution.id, 'state', mistral.state_name(execution.state),
            'created_at', mistral_api.moment(execution.created_at),
            'started_at', (SELECT mistral_api.moment(min(t.created_at)) FROM mistral.task_executions t WHERE t.execution_id = execution.id),
            'finished_at', mistral_api.moment(execution.finished_at)),
        'now', mistral_api.moment(clock_timestamp()),
        'tasks', tasks, 'critical_path', mistral_api.critical_path(execution.id),
        'next', CASE WHEN found = page THEN last_id END);
END
$$;
COMMENT ON FUNCTION mistral_api.execution_timeline(text, jsonb)
    IS 'GET /v2/executions/ID/timeline; next: marker of the next page';

-- ------------------------------------------------------------------- trees

CREATE FUNCTION mistral_api.execution_tree(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    most int;
    max_depth int;
    execution mistral.workflow_executions;
    result json;
BEGIN
    PERFORM mistral_api.check_params(params, 'limit', 'max_depth');
    most := least(greatest(mistral_api.int_param(params, 'limit', 200), 1), 1000);
    max_depth := least(greatest(mistral_api.int_param(params, 'max_depth', 3), 0), 100);
    SELECT e.* INTO execution FROM mistral.workflow_executions e WHERE e.id = mistral_api.id_of(execution_tree.id);
    IF execution.id IS NULL THEN
        PERFORM mistral_api.execution_missing(id);
    END IF;
    WITH RECURSIVE tree AS (
        SELECT execution.id AS id, NULL::uuid AS above, NULL::text AS task, 0 AS level
        UNION ALL
        SELECT c.id, tree.id, t.name, tree.level + 1
          FROM tree
         CROSS JOIN LATERAL (SELECT x.id, x.name FROM mistral.task_executions x
                              WHERE x.execution_id = tree.id AND x.type = 'W' ORDER BY x.id OFFSET 0) AS t
         CROSS JOIN LATERAL (SELECT x.id FROM mistral.workflow_executions x
                              WHERE x.parent_task_id = t.id ORDER BY x.item_index, x.id OFFSET 0) AS c
         WHERE tree.level < max_depth
    ), seen AS MATERIALIZED (SELECT * FROM tree LIMIT most + 1)
    SELECT json_build_object(
               'executions', coalesce(json_agg(json_build_object(
                   'id', e.id, 'parent_execution_id', s.above, 'task_execution_id', e.parent_task_id, 'task', s.task,
                   'index', e.item_index, 'attempt', e.parent_attempt, 'depth', s.level,
                   'workflow_name', e.workflow_name, 'state', mistral.state_name(e.state), 'state_info', left(e.state_info, 2000),
                   'created_at', mistral_api.moment(e.created_at), 'finished_at', mistral_api.moment(e.finished_at))
                   ORDER BY s.level, s.n) FILTER (WHERE s.n <= most), '[]'),
               'has_more', count(*) > most)
      INTO result
      FROM (SELECT x.*, row_number() OVER () AS n FROM seen x) AS s
      JOIN mistral.workflow_executions e ON e.id = s.id;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.execution_tree(text, jsonb)
    IS 'GET /v2/executions/ID/tree: an execution and those below it as a flat list, the upper ones first';

CREATE FUNCTION mistral_api.execution_path(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result json;
BEGIN
    PERFORM mistral_api.check_params(params);
    WITH RECURSIVE path AS (
        SELECT e.id, e.workflow_name, e.state, e.parent_task_id, e.item_index, 1 AS n
          FROM mistral.workflow_executions e WHERE e.id = mistral_api.id_of(execution_path.id)
        UNION ALL
        SELECT e.id, e.workflow_name, e.state, e.parent_task_id, e.item_index, p.n + 1
          FROM path p
          JOIN mistral.task_executions t ON t.id = p.parent_task_id
          JOIN mistral.workflow_executions e ON e.id = t.execution_id
         WHERE p.n < 1000)
    SELECT json_agg(json_build_object('id', p.id, 'workflow_name', p.workflow_name, 'state', mistral.state_name(p.state),
                                      'task_execution_id', p.parent_task_id, 'index', p.item_index) ORDER BY p.n DESC)
      INTO result FROM path p;
    IF result IS NULL THEN
        PERFORM mistral_api.execution_missing(id);
    END IF;
    RETURN json_build_object('path', result);
END
$$;
COMMENT ON FUNCTION mistral_api.execution_path(text, jsonb)
    IS 'GET /v2/executions/ID/path: the executions above one, from the topmost to itself';
