-- Whether what unfinished things are said to wait for is true, by the tables
-- alone: waits_true.faults(roots) returns a line for each term that is not, for
-- each unfinished thing without one, and for each statement that was said to
-- make something go on and does not.  roots null: of everything there is.
--
-- Workers may be at work meanwhile, so a fault counts only when it is still
-- there after some looks at the same state.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS waits_true CASCADE;
CREATE SCHEMA waits_true;

-- ---------------------------------------------------------------- subjects

CREATE FUNCTION waits_true.subjects(roots uuid[])
RETURNS TABLE (subject text, id uuid, execution_id uuid, waits jsonb, sentence text)
LANGUAGE sql VOLATILE AS $$
SELECT 'execution', e.id, e.id, mistral.execution_waits(e.id), mistral.execution_waits_for(e.id)
  FROM mistral.workflow_executions e
 WHERE e.state IN ('I', 'R', 'P') AND (roots IS NULL OR e.root_id = ANY (roots))
UNION ALL
SELECT 'task', t.id, t.execution_id, mistral.task_waits(t.id), mistral.task_waits_for(t.id)
  FROM mistral.task_executions t JOIN mistral.workflow_executions e ON e.id = t.execution_id
 WHERE (t.state NOT IN ('S', 'E', 'C', 'K') OR (NOT t.processed AND e.state IN ('I', 'R', 'P') AND e.rollback IS NULL))
   AND (roots IS NULL OR e.root_id = ANY (roots))
UNION ALL
SELECT 'action', a.id, a.execution_id, mistral.action_waits(a.id), mistral.action_waits_for(a.id)
  FROM mistral.action_executions a LEFT JOIN mistral.workflow_executions e ON e.id = a.execution_id
 WHERE a.state IN ('R', 'P') AND (roots IS NULL OR e.root_id = ANY (roots))
$$;

-- ------------------------------------------------------------------- terms

-- Whether a living executor takes an action, as stat_queue counts them.
CREATE FUNCTION waits_true.is_served(action uuid) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT EXISTS (
        SELECT FROM mistral.action_executions a JOIN mistral.executors x ON x.lease_until > now() AND NOT x.is_draining
         WHERE a.id = action AND (coalesce(a.target, '') = '' OR x.target = a.target)
           AND (x.actions IS NULL OR x.actions ? coalesce(a.run ->> 'name', a.name))
           AND CASE WHEN a.run ->> 'provider' IS NULL THEN mistral.role_serves(x.role_name, a.project_id)
               ELSE x.role_name = a.run ->> 'provider' END));
END
$$;

CREATE FUNCTION waits_true.is_action_term(w jsonb) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT EXISTS (
        SELECT FROM mistral.action_executions a
          LEFT JOIN mistral.action_queue q ON q.action_id = a.id
          LEFT JOIN mistral.action_results r ON r.action_id = a.id
          LEFT JOIN mistral.executors x ON x.id = a.executor_id
          LEFT JOIN mistral.workflow_executions e ON e.id = a.execution_id
         WHERE a.id = (w ->> 'action_id')::uuid AND a.name = w ->> 'action'
           AND CASE w ->> 'kind'
               WHEN 'recorded' THEN r.action_id IS NOT NULL
               WHEN 'claimed' THEN a.executor_id IS NOT NULL AND a.claimed_at = (w ->> 'since')::timestamptz
                    AND x.name IS NOT DISTINCT FROM w ->> 'executor'
                    AND (w ->> 'is_lost')::bool = coalesce(x.lease_until < clock_timestamp(), true)
               WHEN 'queued' THEN q.due_at = (w ->> 'since')::timestamptz AND NOT q.is_held AND a.executor_id IS NULL
                    AND e.state IS DISTINCT FROM 'P' AND coalesce((w ->> 'has_executor')::bool = waits_true.is_served(a.id),
                                 (SELECT count(*) > 100 FROM mistral.executors l WHERE l.lease_until > now()))
                    AND a.target IS NOT DISTINCT FROM w ->> 'target'
               WHEN 'asynchronous' THEN a.state = 'R' AND NOT a.is_sync AND a.executor_id IS NULL AND q.action_id IS NULL
                    AND r.action_id IS NULL AND a.created_at = (w ->> 'since')::timestamptz
               WHEN 'person' THEN a.state = 'R' AND EXISTS (
                        SELECT FROM mistral.human_tasks h
                         WHERE h.id = a.id AND h.completed_by IS NULL AND h.candidates = w -> 'candidates' AND h.title = w ->> 'title'
                           AND h.claimed_by IS NOT DISTINCT FROM w ->> 'claimed_by' AND h.due_at IS NOT DISTINCT FROM (w ->> 'due')::timestamptz
                           AND coalesce(h.claimed_at, a.created_at) = (w ->> 'since')::timestamptz)
               WHEN 'signal' THEN a.state = 'R' AND a.input -> 'all' IS NOT DISTINCT FROM w -> 'all'
                    AND a.input -> 'any' IS NOT DISTINCT FROM w -> 'any' AND a.created_at = (w ->> 'since')::timestamptz
                    AND (w ->> 'due')::timestamptz IS NOT DISTINCT FROM (
                        SELECT d.due_at FROM mistral.delayed_calls d
                         WHERE d.kind = 'timeout_wait' AND d.args ->> 'action_id' = a.id::text AND NOT d.is_dead)
               WHEN 'paused' THEN a.state = 'P' OR e.state = 'P' AND NOT e.paused_by_maintenance
               WHEN 'maintenance' THEN e.paused_by_maintenance
                    OR e.id IS NULL AND (SELECT m.status <> 'RUNNING' FROM mistral.maintenance m)
               ELSE true END));
END
$$;

CREATE FUNCTION waits_true.is_call_term(w jsonb) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT w ->> 'call_id' IS NULL OR EXISTS (
        SELECT FROM mistral.delayed_calls d
          LEFT JOIN mistral.task_executions t ON t.id = d.task_id
          LEFT JOIN mistral.workflow_executions e ON e.id = d.execution_id
          LEFT JOIN mistral.workflow_versions v ON v.id = e.version_id
         WHERE d.id = (w ->> 'call_id')::bigint AND d.due_at = (w ->> 'due')::timestamptz
           AND d.created_at = (w ->> 'since')::timestamptz
           AND d.is_dead = coalesce((w ->> 'is_dead')::bool, false) AND d.error IS NOT DISTINCT FROM w ->> 'error'
           AND d.task_id::text IS NOT DISTINCT FROM w ->> 'task_id'
           AND d.args ->> 'action_id' IS NOT DISTINCT FROM w ->> 'action_id'
           AND CASE w ->> 'for'
               WHEN 'wait-before' THEN d.kind = 'continue_task' AND t.state = 'D' AND v.spec::text ~ 'wait-before'
                    AND (d.args ->> 'attempt')::int = t.attempt AND t.runtime #>> '{retry_task_policy,retry_no}' IS NULL
               WHEN 'retry' THEN d.kind = 'continue_task' AND t.state IN ('D', 'W') AND v.spec::text ~ 'retry'
                    AND (d.args ->> 'attempt')::int = t.attempt AND (t.runtime #>> '{retry_task_policy,retry_no}')::int > 0
               WHEN 'wait-after' THEN d.kind = 'complete_task' AND t.state = 'D' AND v.spec::text ~ 'wait-after'
                    AND (d.args ->> 'attempt')::int = t.attempt
               WHEN 'wait-until' THEN d.kind = 'continue_task' AND t.state = 'D' AND v.spec::text ~ 'wait-until'
                    AND (d.args ->> 'attempt')::int = t.attempt
               WHEN 'timeout' THEN d.kind = 'timeout_execution' AND d.task_id IS NULL AND e.state IN ('I', 'R', 'P')
                    OR d.kind = 'timeout_task' AND t.state NOT IN ('S', 'E', 'C', 'K') AND v.spec::text ~ 'timeout'
                    AND (d.args ->> 'attempt')::int = coalesce((t.runtime #>> '{__engine,timeout_from}')::int, 0)
               WHEN 'delay' THEN d.kind = 'finish_action'
               WHEN 'another attempt' THEN d.kind = 'run_action' AND d.error IS NOT NULL
               WHEN 'start' THEN d.kind = 'begin_execution' AND e.state = 'I'
               WHEN 'retry of items' THEN d.kind = 'more_items' AND EXISTS (SELECT FROM mistral.task_items i WHERE i.task_id = t.id AND i.due_at = d.due_at)
               WHEN 'query of with-items' THEN d.kind = 'continue_task' AND t.state = 'D'
               ELSE d.kind = w ->> 'call' END));
END
$$;

-- Of the inbound tasks of a join: what their latest runs say.
CREATE FUNCTION waits_true.is_join_term(w jsonb) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT j.state = 'W' AND jsonb_array_length(w -> 'arrived') < (w ->> 'needed')::int
           AND NOT EXISTS (
               SELECT FROM unnest('{arrived,coming,closed}'::text[]) AS list, jsonb_array_elements(w -> list) AS r
                 LEFT JOIN LATERAL (SELECT t.* FROM mistral.task_executions t
                                     WHERE t.execution_id = j.execution_id AND t.name = r ->> 'task'
                                     ORDER BY t.id DESC LIMIT 1) AS t ON true
                WHERE NOT CASE list
                      WHEN 'arrived' THEN t.id IS NOT NULL
                      WHEN 'coming' THEN t.id IS NULL OR t.state NOT IN ('S', 'E', 'C', 'K') OR NOT t.processed
                      ELSE t.id IS NULL OR t.state IN ('S', 'E', 'C', 'K') AND t.processed
                           AND NOT mistral.task_links(t.next_tasks) @> jsonb_build_array(jsonb_build_array(j.name)) END
                   OR r ->> 'state' IS DISTINCT FROM mistral.state_name(t.state))
      FROM mistral.task_executions j WHERE j.id = (w ->> 'task_id')::uuid);
END
$$;

CREATE FUNCTION waits_true.is_execution_term(w jsonb) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT EXISTS (
        SELECT FROM mistral.workflow_executions e
         WHERE e.id = (w ->> 'execution_id')::uuid
           AND CASE w ->> 'kind'
               WHEN 'sub-workflow' THEN EXISTS (
                   SELECT FROM mistral.workflow_executions c
                    WHERE c.id = (w ->> 'sub_execution_id')::uuid AND c.parent_task_id = (w ->> 'task_id')::uuid
                      AND mistral.state_name(c.state) = w ->> 'state' AND c.workflow_name = w ->> 'workflow')
               WHEN 'items' THEN EXISTS (
                   SELECT FROM mistral.task_executions t
                    WHERE t.id = (w ->> 'task_id')::uuid
                      AND (w ->> 'total')::int - (w ->> 'succeeded')::int = (SELECT count(*) FROM mistral.task_items i WHERE i.task_id = t.id)
                      AND (w ->> 'retrying')::int = (SELECT count(*) FROM mistral.task_items i WHERE i.task_id = t.id AND i.due_at IS NOT NULL))
               WHEN 'paused' THEN e.state = 'P' AND NOT e.paused_by_maintenance AND e.paused_by IS NOT NULL
                    AND coalesce(w ->> 'by', '') LIKE '%' || coalesce(e.paused_by ->> 'role', e.paused_by ->> 'execution_id',
                                                                       e.paused_by ->> 'policy', '') || '%'
               WHEN 'maintenance' THEN e.state = 'P' AND (e.paused_by_maintenance AND e.paused_by IS NULL
                                                          OR (SELECT m.status <> 'RUNNING' FROM mistral.maintenance m))
               WHEN 'recorded' THEN EXISTS (SELECT FROM mistral.action_results r WHERE r.execution_id = e.id)
               WHEN 'limit' THEN EXISTS (
                   SELECT FROM mistral.limit_slots s
                    WHERE s.execution_id = e.id AND s.holder_id = (w ->> 'task_id')::uuid AND s.state = 'W'
                      AND s.since = (w ->> 'since')::timestamptz AND s.name IS NOT DISTINCT FROM w ->> 'limit'
                      AND s.key IS NOT DISTINCT FROM w ->> 'key'
                      AND NOT EXISTS (
                          SELECT FROM jsonb_array_elements(w -> 'holders') AS h
                           WHERE NOT EXISTS (SELECT FROM mistral.limit_slots o
                                              WHERE o.project_id = s.project_id AND o.limit_id = s.limit_id
                                                AND o.state = 'H' AND o.holder_id = (h ->> 'task_id')::uuid))
                      AND (w ? 'due' OR (w ->> 'max')::int <= (
                          SELECT count(*) FROM mistral.limit_slots o
                           WHERE o.project_id = s.project_id AND o.limit_id = s.limit_id AND o.state = 'H')))
               WHEN 'turn' THEN e.state = 'I' AND e.key = w ->> 'key'
                    AND EXISTS (SELECT FROM mistral.start_queue q WHERE q.execution_id = e.id)
               WHEN 'lock' THEN EXISTS (SELECT FROM pg_stat_activity s WHERE s.pid = (w ->> 'pid')::int)
               ELSE true END));
END
$$;

CREATE FUNCTION waits_true.is_true(w jsonb) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT CASE WHEN w ->> 'kind' = 'nothing' THEN
                    EXISTS (SELECT FROM mistral.workflow_executions e
                             WHERE e.id = (w ->> 'execution_id')::uuid AND e.state IN ('S', 'E', 'C'))
                WHEN w ->> 'kind' = 'more' THEN (w ->> 'count')::int > 0
                WHEN w ->> 'kind' IN ('timer', 'step') THEN waits_true.is_call_term(w)
                WHEN w ->> 'kind' = 'join' THEN waits_true.is_join_term(w)
                WHEN w ? 'action_id' THEN waits_true.is_action_term(w)
                ELSE waits_true.is_execution_term(w) END);
END
$$;

-- -------------------------------------------------------------- statements

-- Takes the statement of a term, and everything back; returns null when it has
-- done what the term says, or a fault.
CREATE FUNCTION waits_true.try(subject text, id uuid, w jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    after jsonb;
    took bool;
    same CONSTANT jsonb := w - '{how,who,since,before,has_executor,arrived,coming,closed,waits}'::text[];
BEGIN
    BEGIN
        -- nothing is resumed before its end, which another term says
        IF w ->> 'kind' = 'paused' AND (SELECT m.status <> 'RUNNING' FROM mistral.maintenance m) THEN
            PERFORM mistral.set_maintenance('RUNNING');
        END IF;
        EXECUTE w ->> 'how';
        -- a signal goes to one of the tasks that wait for it
        took := w ->> 'kind' = 'signal' AND EXISTS (
            SELECT FROM mistral.action_executions a
             WHERE a.execution_id = (w ->> 'execution_id')::uuid AND a.name = 'wait-for' AND a.state = 'S'
               AND a.updated_at > statement_timestamp());
        -- what goes down a tree is left to delayed calls
        FOR i IN 1..5 LOOP
            EXIT WHEN took;
            after := CASE subject WHEN 'execution' THEN mistral.execution_waits(id)
                     WHEN 'task' THEN mistral.task_waits(id) ELSE mistral.action_waits(id) END;
            EXIT WHEN after IS NULL OR NOT after @> jsonb_build_array(same);
            PERFORM mistral.run_due_calls();
        END LOOP;
        RAISE EXCEPTION USING ERRCODE = 'ZZ001', MESSAGE = CASE WHEN NOT took AND after @> jsonb_build_array(same)
            THEN format('%s still waits after %s', subject, w ->> 'how') ELSE '' END;
    EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
        RETURN nullif(SQLERRM, '');
    WHEN OTHERS THEN
        RETURN format('%s fails: %s', w ->> 'how', SQLERRM);
    END;
END
$$;

-- What is not for others to see, as it stops or runs what they do.
CREATE FUNCTION waits_true.is_tried(w jsonb) RETURNS bool LANGUAGE sql IMMUTABLE AS $$
SELECT w ? 'how' AND w ->> 'how' !~ 'pg_terminate_backend|resume_after_restore|set_maintenance|run_due_calls|check\('
$$;

-- ------------------------------------------------------------------ faults

CREATE FUNCTION waits_true.look(roots uuid[], with_statements bool) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    s record;
    w jsonb;
    fault text;
    root uuid;
BEGIN
    FOR s IN SELECT * FROM waits_true.subjects(roots) LOOP
        IF s.waits IS NULL OR s.waits = '[]' OR coalesce(s.sentence, '') = '' THEN
            RETURN NEXT format('%s %s waits for %s, %s', s.subject, s.id, coalesce(s.waits::text, 'null'), coalesce(s.sentence, 'null'));
            CONTINUE;
        END IF;
        FOR w IN SELECT * FROM jsonb_array_elements(s.waits) LOOP
            IF NOT coalesce(waits_true.is_true(w), false) THEN
                RETURN NEXT format('%s %s: not true: %s', s.subject, s.id, w);
            -- those of what is below are taken there
            ELSIF with_statements AND waits_true.is_tried(w)
                  AND NOT w ? (CASE s.subject WHEN 'execution' THEN 'task_id' WHEN 'task' THEN 'action_id' ELSE '' END) THEN
                fault := waits_true.try(s.subject, s.id, w);
                IF fault IS NOT NULL THEN
                    RETURN NEXT format('%s %s: %s: %s', s.subject, s.id, fault, w);
                END IF;
            END IF;
        END LOOP;
    END LOOP;
    -- nothing is left out: what is named and what is counted is all there is
    RETURN QUERY
    SELECT format('task %s: %s of %s children are told', t.id, n.told, t.open_children)
      FROM mistral.task_executions t JOIN mistral.workflow_executions e ON e.id = t.execution_id,
           LATERAL (SELECT coalesce(sum(CASE x ->> 'kind' WHEN 'more' THEN (x ->> 'count')::int ELSE 1 END), 0) AS told
                      FROM jsonb_array_elements(mistral.task_waits(t.id)) AS x
                     WHERE x ? 'action_id' OR x ? 'sub_execution_id' OR x ->> 'kind' = 'more') AS n
     WHERE t.state NOT IN ('S', 'E', 'C', 'K') AND (roots IS NULL OR e.root_id = ANY (roots))
       AND n.told <> t.open_children;
    RETURN QUERY
    SELECT format('execution %s: %s of %s tasks are told', e.id, n.told, e.open_tasks)
      FROM mistral.workflow_executions e,
           LATERAL (SELECT coalesce(sum(CASE WHEN x ->> 'kind' = 'more' AND NOT x ? 'task_id' THEN (x ->> 'count')::int ELSE 0 END), 0)
                           + count(DISTINCT x ->> 'task_id') AS told
                      FROM jsonb_array_elements(mistral.execution_waits(e.id)) AS x) AS n
     WHERE e.state IN ('I', 'R', 'P') AND (roots IS NULL OR e.root_id = ANY (roots))
       AND n.told <> e.open_tasks;
    FOR root IN SELECT e.id FROM mistral.workflow_executions e
                 WHERE e.parent_task_id IS NULL AND e.state IN ('I', 'R', 'P')
                   AND (roots IS NULL OR e.id = ANY (roots)) LOOP
        IF NOT (SELECT coalesce((array_agg(is_cause))[1], false) FROM mistral.why(root)) THEN
            RETURN NEXT format('why(%s) begins with no cause', root);
        END IF;
    END LOOP;
END
$$;

CREATE FUNCTION waits_true.faults(roots uuid[] DEFAULT NULL, with_statements bool DEFAULT true)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    found text[];
    before text[];
BEGIN
    FOR i IN 1..20 LOOP
        found := ARRAY(SELECT f FROM waits_true.look(roots, with_statements) AS f ORDER BY f);
        EXIT WHEN found = '{}' OR found = before AND i >= 5;
        before := found;
        PERFORM pg_sleep(0.05);
    END LOOP;
    RETURN QUERY SELECT * FROM unnest(found);
END
$$;
RESET client_min_messages;
