-- The REST API in SQL: the data that a task sees, who published it, and what the
-- task itself changes.
--
-- A task sees the variables of its branch, then what was published globally and
-- vars, then the input of the workflow (docs/engine.md, Layers of scope).  Those of
-- the branch stand still once the task has begun; the others are what they are now.
-- A chain of contexts is walked up to the next row that knows where all are.

CREATE FUNCTION mistral_api.context_holders(context_id uuid)
RETURNS TABLE (name text, holder_id uuid)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
        WITH RECURSIVE chain AS (
            SELECT c.id, c.parent_id, c.data, c.locator, 1 AS n FROM mistral.contexts c WHERE c.id = context_id
            UNION ALL
            SELECT c.id, c.parent_id, c.data, c.locator, h.n + 1
              FROM chain h JOIN mistral.contexts c ON c.id = h.parent_id
             WHERE h.locator IS NULL AND h.n < 1000)
        SELECT DISTINCT ON (v.name) v.name, v.holder
          FROM (SELECT d.key AS name, h.id AS holder, 2 * h.n AS rank FROM chain h CROSS JOIN LATERAL jsonb_object_keys(h.data) AS d(key)
                UNION ALL
                SELECT l.key, l.value::uuid, 2 * h.n + 1 FROM chain h CROSS JOIN LATERAL jsonb_each_text(h.locator) AS l
                 WHERE h.locator IS NOT NULL) AS v
         ORDER BY v.name, v.rank;
END
$$;
COMMENT ON FUNCTION mistral_api.context_holders(uuid)
    IS 'the variables that are seen in a context, and the row that holds each';

-- In the order in which they hide one another; "from" is the task that published one.
CREATE FUNCTION mistral_api.task_variables(task mistral.task_executions)
RETURNS TABLE (name text, value jsonb, source text, publisher_id uuid, publisher text)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
        WITH data AS MATERIALIZED (SELECT d.* FROM mistral.execution_data d WHERE d.execution_id = task.execution_id),
        branch AS MATERIALIZED (SELECT h.name, h.holder_id FROM mistral_api.context_holders(task.context_id) AS h),
        publishers AS MATERIALIZED (
            SELECT t.published_id, t.id, t.name FROM mistral.task_executions t
             WHERE t.execution_id = task.execution_id AND t.published_id IS DISTINCT FROM t.context_id
               AND t.published_id IN (SELECT b.holder_id FROM branch b)),
        globals AS MATERIALIZED (
            SELECT DISTINCT ON (g.key) g.key, t.id, t.name FROM mistral.task_executions t CROSS JOIN LATERAL jsonb_object_keys(t.published_global) AS g(key)
             WHERE t.execution_id = task.execution_id AND t.published_global IS NOT NULL
             ORDER BY g.key, t.finished_at DESC, t.id DESC)
        SELECT DISTINCT ON (v.name) v.name, v.value, v.source, v.publisher_id, v.publisher
          FROM (SELECT b.name, c.data -> b.name AS value, 'branch' AS source, p.id AS publisher_id, p.name AS publisher, 1 AS rank
                  FROM branch b JOIN mistral.contexts c ON c.id = b.holder_id
                  LEFT JOIN publishers p ON p.published_id = b.holder_id
                UNION ALL
                SELECT x.key, x.value, CASE WHEN g.id IS NULL AND data.vars ? x.key THEN 'vars' ELSE 'global' END, g.id, g.name, 2
                  FROM data CROSS JOIN LATERAL jsonb_each(data.context) AS x LEFT JOIN globals g ON g.key = x.key
                 WHERE x.key NOT IN ('__execution', 'openstack')
                UNION ALL
                SELECT x.key, x.value, 'input', NULL, NULL, 3 FROM data CROSS JOIN LATERAL jsonb_each(data.input) AS x) AS v
         ORDER BY v.name, v.rank;
END
$$;
COMMENT ON FUNCTION mistral_api.task_variables(mistral.task_executions)
    IS 'the variables that a task sees, where they come from, and who published them; null: several branches, merged, or nobody';

CREATE FUNCTION mistral_api.shown_variable(value jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value IS NULL OR octet_length(value::text) <= 65536
            THEN jsonb_build_object('value', value, 'is_cut', false, 'size', coalesce(octet_length(value::text), 0))
       ELSE jsonb_build_object('value', NULL, 'is_cut', true, 'size', octet_length(value::text)) END;
COMMENT ON FUNCTION mistral_api.shown_variable(jsonb)
    IS 'a value for a list of many: one that is too large is left out, and its size told';

CREATE FUNCTION mistral_api.task_context(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    task mistral.task_executions;
    wanted CONSTANT text := params ->> 'name';
    published jsonb;
    result json;
BEGIN
    PERFORM mistral_api.check_params(params, 'name');
    SELECT t.* INTO task FROM mistral.task_executions t WHERE t.id = mistral_api.id_of(task_context.id);
    IF task.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format('Task execution not found [id=%s]', id);
    END IF;
    published := coalesce(mistral.task_published(task.id), '{}');
    WITH seen AS MATERIALIZED (SELECT * FROM mistral_api.task_variables(task)),
    made AS MATERIALIZED (
        SELECT p.key AS name, p.value, false AS is_global FROM jsonb_each(published) AS p
        UNION ALL
        SELECT p.key, p.value, true FROM jsonb_each(coalesce(task.published_global, '{}')) AS p)
    SELECT json_build_object(
        'task_execution_id', task.id, 'task', task.name,
        'variables', (SELECT coalesce(json_agg(jsonb_build_object('name', s.name, 'source', s.source,
                             'published_by', CASE WHEN s.publisher_id IS NOT NULL
                                 THEN jsonb_build_object('task_execution_id', s.publisher_id, 'task', s.publisher) END)
                             || CASE WHEN wanted IS NULL THEN mistral_api.shown_variable(s.value)
                                ELSE jsonb_build_object('value', s.value, 'is_cut', false, 'size', octet_length(s.value::text)) END
                             ORDER BY s.name), '[]')
                        FROM seen s WHERE wanted IS NULL OR s.name = wanted),
        'published', (SELECT coalesce(json_agg(jsonb_build_object('name', m.name, 'is_global', m.is_global,
                             'change', CASE WHEN m.is_global THEN 'set' WHEN s.name IS NULL THEN 'new' WHEN s.value = m.value THEN 'same' ELSE 'changed' END,
                             -- what was before that which is published globally is not stored
                             'before', CASE WHEN NOT m.is_global THEN mistral_api.shown_variable(s.value) -> 'value' END)
                             || CASE WHEN wanted IS NULL THEN mistral_api.shown_variable(m.value)
                                ELSE jsonb_build_object('value', m.value, 'is_cut', false, 'size', octet_length(m.value::text)) END
                             ORDER BY m.name, m.is_global), '[]')
                        FROM made m LEFT JOIN seen s ON s.name = m.name
                       WHERE wanted IS NULL OR m.name = wanted))
      INTO result;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.task_context(text, jsonb)
    IS 'GET /v2/tasks/ID/context: what the task sees, who published it, and what the task changes; name: one variable, whole';
