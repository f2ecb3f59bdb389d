-- The REST API in SQL: what somebody who watches is told.
--
-- A watched thing has a version, which changes whenever something of it does, and
-- the server looks at it again and again.  It is made of what is stored, so nothing
-- that was committed can be missed, in whatever order, and nothing is written for
-- those who watch: no event, no row.  Long lists count with their newest rows.

CREATE FUNCTION mistral_api.watch_execution(id uuid)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    execution mistral.workflow_executions;
    tasks record;
    below record;
BEGIN
    SELECT e.* INTO execution FROM mistral.workflow_executions e WHERE e.id = watch_execution.id;
    IF execution.id IS NULL THEN
        PERFORM mistral_api.execution_missing(id::text);
    END IF;
    SELECT count(*) AS n, sum(hashtextextended(concat_ws('/', t.id, t.state, t.attempt, t.children, t.open_children, t.processed, t.updated_at), 0)::numeric) AS sum
      INTO tasks
      FROM (SELECT * FROM mistral.task_executions x WHERE x.execution_id = execution.id ORDER BY x.id DESC LIMIT 20000) AS t;
    SELECT count(*) AS n, sum(hashtextextended(concat_ws('/', e.id, e.state, e.open_tasks, e.updated_at), 0)::numeric) AS sum
      INTO below
      FROM (SELECT * FROM mistral.workflow_executions x WHERE x.root_id = execution.id AND x.parent_task_id IS NOT NULL LIMIT 5000) AS e;
    RETURN json_build_object(
        'version', md5(concat_ws('/', execution.state, execution.open_tasks, execution.updated_at, execution.deadline, tasks.n, tasks.sum, below.n, below.sum)),
        'data', json_build_object('workflow_execution_id', execution.id, 'state', mistral.state_name(execution.state),
            'tasks', tasks.n, 'open_tasks', execution.open_tasks, 'sub_executions', below.n));
END
$$;
COMMENT ON FUNCTION mistral_api.watch_execution(uuid)
    IS 'the version of an execution: it changes when the execution, one of its tasks, or an execution below it does';

CREATE FUNCTION mistral_api.watch_list(workflow text, everything bool)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
SET max_parallel_workers_per_gather TO 0
AS $$
BEGIN
    RETURN (
        SELECT json_build_object(
                   'version', md5(concat_ws('/', count(*), sum(hashtextextended(concat_ws('/', e.id, e.state, e.updated_at), 0)::numeric))),
                   'data', json_build_object('newest', (array_agg(e.id ORDER BY e.created_at DESC, e.id DESC))[1], 'looked_at', count(*)))
          FROM (SELECT x.id, x.state, x.updated_at, x.created_at FROM mistral.workflow_executions x
                 WHERE (everything OR x.project_id = current_user::text) AND (workflow IS NULL OR x.workflow_name = workflow)
                 ORDER BY x.created_at DESC, x.id DESC LIMIT 500) AS e);
END
$$;
COMMENT ON FUNCTION mistral_api.watch_list(text, bool)
    IS 'the version of the list of executions: it changes when one of the newest does, or one more is there';

CREATE FUNCTION mistral_api.watch(params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params, 'execution_id', 'workflow_name', 'all_projects');
    IF params ? 'execution_id' THEN
        RETURN mistral_api.watch_execution(mistral_api.to_uuid('execution_id', params ->> 'execution_id'));
    END IF;
    IF mistral_api.bool_param(params, 'all_projects') THEN
        PERFORM mistral_api.require_admin();
    END IF;
    RETURN mistral_api.watch_list(params ->> 'workflow_name', mistral_api.bool_param(params, 'all_projects'));
END
$$;
COMMENT ON FUNCTION mistral_api.watch(jsonb)
    IS 'GET /v2/events/stream: the version of an execution or of a list, which the server asks for again and again';
