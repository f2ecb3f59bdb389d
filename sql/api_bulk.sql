-- The REST API in SQL: many executions at once. How many there are in each state,
-- what is found by any text, and operations on all that a filter names.

-- By text, and by how long nothing has happened, rows are found by reading them:
-- so only the newest are looked at.

CREATE FUNCTION mistral_api.newest_bound(visible text, most int)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN format('e.created_at >= coalesce((SELECT e.created_at FROM mistral.workflow_executions e WHERE %s'
              ' ORDER BY e.created_at DESC, e.id DESC OFFSET %s LIMIT 1), ''-infinity'')', visible, most);
COMMENT ON FUNCTION mistral_api.newest_bound(text, int)
    IS 'SQL condition: the execution is one of the newest that are visible';

CREATE FUNCTION mistral_api.text_condition(sought text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    digits CONSTANT text := replace(lower(sought), '-', '');
    result text;
BEGIN
    IF mistral_api.is_uuid(sought) THEN
        RETURN format('e.id = %L::uuid', sought);
    END IF;
    SELECT string_agg(format('strpos(lower(coalesce(%s, '''')), %L) > 0', x, lower(sought)), ' OR ') INTO result
      FROM unnest('{e.workflow_name,e.key,e.state_info,d.description,d.tags::text}'::text[]) AS x;
    IF digits ~ '^[0-9a-f]{4,31}$' THEN
        result := result || format(' OR e.id BETWEEN %L::uuid AND %L::uuid', rpad(digits, 32, '0'), rpad(digits, 32, 'f'));
    END IF;
    RETURN '(' || result || ')';
END
$$;
COMMENT ON FUNCTION mistral_api.text_condition(text)
    IS 'SQL condition: an execution has the id, or one that begins so, or the text in its workflow''s name, key, state_info, description or tags';

CREATE FUNCTION mistral_api.search_conditions(params jsonb, visible text)
RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    most CONSTANT int := 100000;
    sought CONSTANT text := trim(params ->> 'q');
    result text[] := '{}';
    since text;
BEGIN
    IF coalesce(sought, '') <> '' THEN
        result := result || mistral_api.text_condition(sought);
        IF NOT mistral_api.is_uuid(sought) THEN
            result := result || mistral_api.newest_bound(visible, most);
        END IF;
    END IF;
    IF params ? 'waits_longer' THEN
        since := format('now() - make_interval(secs => %s)',
                        least(greatest(mistral_api.to_int('waits_longer', params ->> 'waits_longer'), 0), 10000000000));
        result := result || format(
            'e.state IN (''I'', ''R'', ''P'') AND coalesce(e.updated_at, e.created_at) < %1$s AND NOT EXISTS ('
            'SELECT FROM mistral.task_executions x WHERE x.execution_id = e.id AND coalesce(x.updated_at, x.created_at) >= %1$s)',
            since);
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.search_conditions(jsonb, text)
    IS 'SQL conditions of executions with the text "q", or in which nothing has happened for "waits_longer" seconds';

CREATE FUNCTION mistral_api.filtered_by(params jsonb)
RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT array_agg(m.name) || '{all_projects,nulls,q,waits_longer}'::text[]
      FROM mistral_api.fields m WHERE m.collection = 'executions' AND m.filter IS NOT NULL
$$;
COMMENT ON FUNCTION mistral_api.filtered_by(jsonb)
    IS 'names of the parameters that choose executions';

CREATE FUNCTION mistral_api.count_executions(params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
SET max_parallel_workers_per_gather TO 0
AS $$
DECLARE
    most CONSTANT int := 50000;
    -- what an index finds bounds which rows are looked at; the rest is looked for among them
    indexed CONSTANT text[] := '{workflow_name,key,task_execution_id,root_execution_id,created_at}';
    c mistral_api.collections;
    args text[] := '{}';
    first text[];
    more text[];
    visible text;
    result json;
BEGIN
    PERFORM mistral_api.check_params(params, VARIADIC mistral_api.filtered_by(params));
    SELECT * INTO STRICT c FROM mistral_api.collections x WHERE x.name = 'executions';
    visible := mistral_api.list_visibility(c, params);
    SELECT f.args, f.conditions INTO args, first
      FROM mistral_api.list_filters(c, (SELECT coalesce(jsonb_object_agg(p.key, p.value), '{}') FROM jsonb_each(params) AS p
                                         WHERE p.key = ANY (indexed)), args) AS f;
    SELECT f.args, f.conditions INTO args, more FROM mistral_api.list_filters(c, params - indexed, args) AS f;
    more := more || mistral_api.null_conditions(c, params ->> 'nulls') || mistral_api.search_conditions(params, visible);
    EXECUTE format(
        'WITH seen AS MATERIALIZED (SELECT e.state, e.created_at, %s AS fits FROM %s WHERE %s'
        ' ORDER BY e.created_at DESC, e.id DESC LIMIT %s),'
        ' counted AS (SELECT s.state, count(*) AS n FROM seen s WHERE s.fits GROUP BY s.state)'
        ' SELECT json_build_object('
        '''counts'', (SELECT json_object_agg(mistral.state_name(w.state), coalesce(n.n, 0) ORDER BY w.place)'
        ' FROM unnest(''{I,R,P,S,E,C}''::"char"[]) WITH ORDINALITY AS w(state, place) LEFT JOIN counted n USING (state)),'
        ' ''total'', (SELECT coalesce(sum(n.n), 0) FROM counted n),'
        ' ''is_exact'', (SELECT count(*) < %4$s FROM seen),'
        ' ''oldest'', (SELECT CASE WHEN count(*) = %4$s THEN mistral_api.moment(min(s.created_at)) END FROM seen s))',
        '(' || array_to_string('true'::text || more, ') AND (') || ')', c.source,
        '(' || array_to_string(visible || first, ') AND (') || ')', most)
       INTO result USING args, current_user::text;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.count_executions(jsonb)
    IS 'GET /v2/executions/counts; is_exact false: only the newest were looked at, back to the oldest';

-- -------------------------------------------------------------------- bulk

CREATE FUNCTION mistral_api.bulk_states(operation text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    states CONSTANT text := CASE operation
        WHEN 'cancel' THEN '''I'', ''R'', ''P''' WHEN 'pause' THEN '''R'''
        WHEN 'resume' THEN '''I'', ''P''' WHEN 'rerun' THEN '''E''' WHEN 'delete' THEN '''S'', ''E'', ''C''' END;
BEGIN
    IF states IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('Invalid input for field/attribute operation. Value: ''%s''. Value should be one of: cancel, pause, resume, rerun, delete',
                             coalesce(operation, 'None'));
    END IF;
    RETURN states;
END
$$;
COMMENT ON FUNCTION mistral_api.bulk_states(text)
    IS 'states, as SQL literals, of the executions to which an operation can be applied';

CREATE FUNCTION mistral_api.bulk_conditions(body jsonb, INOUT args text[], OUT conditions text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    c mistral_api.collections;
    filters CONSTANT jsonb := coalesce(mistral_api.object_member(body, 'filters'), '{}');
    ids CONSTANT jsonb := body -> 'ids';
    visible text;
BEGIN
    SELECT * INTO STRICT c FROM mistral_api.collections x WHERE x.name = 'executions';
    IF (coalesce(ids, 'null') = 'null') = (coalesce(body -> 'filters', 'null') = 'null') THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'Either "filters" or "ids" must say which executions.';
    END IF;
    -- a null, which a program has left empty, is no "q" and no "waits_longer": it would name all executions
    IF EXISTS (SELECT FROM jsonb_each(filters) AS f WHERE jsonb_typeof(f.value) IN ('object', 'array', 'null')) THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'The values of "filters" must be texts, as in a query.';
    END IF;
    PERFORM mistral_api.check_params(filters, VARIADIC mistral_api.filtered_by(filters));
    visible := mistral_api.list_visibility(c, filters);
    conditions := ARRAY[visible, format('e.state IN (%s)', mistral_api.bulk_states(body ->> 'operation'))];
    IF ids IS NOT NULL AND ids <> 'null' THEN
        IF jsonb_array_length(ids) > 10000 THEN
            RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'There may be 10,000 ids at most; use "filters" for more.';
        END IF;
        PERFORM mistral_api.to_uuid('ids', x) FROM jsonb_array_elements_text(ids) AS x;
        -- by what the caller sees; each is then his to change or not
        conditions := format('e.id = ANY (%L::uuid[])', ARRAY(SELECT jsonb_array_elements_text(ids)))
                   || conditions[2:];
        RETURN;
    END IF;
    SELECT f.args, bulk_conditions.conditions || f.conditions INTO args, conditions
      FROM mistral_api.list_filters(c, filters, bulk_conditions.args) AS f;
    conditions := conditions || mistral_api.null_conditions(c, filters ->> 'nulls')
               || mistral_api.search_conditions(filters, visible) || 'e.parent_task_id IS NULL'::text;
END
$$;
COMMENT ON FUNCTION mistral_api.bulk_conditions(jsonb, text[])
    IS 'SQL conditions of the executions that the body of a bulk operation names, and that are in a state for it';

CREATE FUNCTION mistral_api.bulk_one(execution_id uuid, body jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    message CONSTANT text := body ->> 'message';
    env CONSTANT jsonb := nullif(mistral_api.object_member(body, 'env'), '{}');
    task uuid;
    n int := 0;
BEGIN
    CASE body ->> 'operation'
        WHEN 'cancel' THEN PERFORM mistral.cancel_execution(execution_id, message);
        WHEN 'pause' THEN PERFORM mistral.pause_execution(execution_id);
        WHEN 'resume' THEN PERFORM mistral.resume_execution(execution_id, env);
        WHEN 'delete' THEN PERFORM mistral.delete_execution(execution_id, false);
        WHEN 'rerun' THEN
            FOR task IN
                SELECT t.id FROM mistral.task_executions t
                  JOIN mistral.workflow_executions e ON e.id = t.execution_id
                 WHERE t.execution_id = bulk_one.execution_id AND t.state = 'E' AND NOT t.error_handled
                   -- what has been compensated is not run again
                   AND (e.rollback IS NULL OR t.compensates IS NOT NULL)
                 ORDER BY t.id LIMIT 1000
            LOOP
                PERFORM mistral.rerun_task(task, coalesce(mistral_api.bool_member(body, 'reset'), true), env);
                n := n + 1;
            END LOOP;
            IF n = 0 THEN
                RAISE EXCEPTION USING ERRCODE = 'MS014',
                    MESSAGE = 'The execution has no failed task that could run again.';
            END IF;
    END CASE;
END
$$;
COMMENT ON FUNCTION mistral_api.bulk_one(uuid, jsonb)
    IS 'applies a bulk operation to one execution; a rerun is one of all its failed tasks whose error nothing has handled';

CREATE FUNCTION mistral_api.bulk_preview(source text, condition text, args text[])
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    most CONSTANT int := 10000;
    result json;
BEGIN
    EXECUTE format('SELECT json_build_object(''matching'', least(count(*), %1$s), ''is_exact'', count(*) <= %1$s,'
                   ' ''sample'', coalesce(json_agg(json_build_object(''id'', x.id, ''workflow_name'', x.workflow_name,'
                   ' ''state'', mistral.state_name(x.state)) ORDER BY x.id) FILTER (WHERE x.n <= 20), ''[]''))'
                   ' FROM (SELECT e.id, e.workflow_name, e.state, row_number() OVER (ORDER BY e.id) AS n'
                   ' FROM %2$s WHERE %3$s ORDER BY e.id LIMIT %1$s + 1) AS x',
                   most, source, condition)
       INTO result USING args, current_user::text;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.bulk_preview(text, text, text[])
    IS 'how many executions a bulk operation would be applied to, and some of them';

-- Each execution is changed in a transaction of its own within the request's: what
-- fails is told and undone alone, and so is one that somebody else works on for long: a
-- transaction that is forgotten must not keep all others from their turn.
CREATE FUNCTION mistral_api.bulk_executions(body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
SET lock_timeout TO '1s'
AS $$
DECLARE
    max_seconds CONSTANT int := 10;
    source CONSTANT text := (SELECT c.source FROM mistral_api.collections c WHERE c.name = 'executions');
    started CONSTANT timestamptz := clock_timestamp();
    portion int;
    args text[] := '{}';
    condition text;
    id uuid;
    last_id uuid;
    seen int := 0;
    done int := 0;
    failed jsonb := '[]';
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'bulk', 'operation', 'filters:object', 'ids:list', 'preview:bool', 'limit:int',
                                   'after', 'message', 'reset:bool', 'env:object');
    portion := least(greatest(coalesce((body ->> 'limit')::int, 100), 1), 1000);
    SELECT b.args, '(' || array_to_string(b.conditions, ') AND (') || ')' INTO args, condition
      FROM mistral_api.bulk_conditions(body, args) AS b;
    IF mistral_api.bool_member(body, 'preview') THEN
        RETURN mistral_api.bulk_preview(source, condition, args);
    END IF;
    IF NOT mistral_api.may_call('cancel_execution') THEN
        RAISE EXCEPTION USING ERRCODE = 'MS031', MESSAGE = 'Operation forbidden (insufficient permissions)';
    ELSIF body ->> 'operation' <> 'cancel' THEN
        PERFORM mistral_api.require_running();
    END IF;
    IF body ->> 'after' IS NOT NULL THEN
        condition := condition || format(' AND e.id > %L', mistral_api.uuid_member(body, 'after'));
    END IF;
    FOR id IN EXECUTE format('SELECT e.id FROM %s WHERE %s ORDER BY e.id LIMIT %s', source, condition, portion)
              USING args, current_user::text
    LOOP
        BEGIN
            PERFORM mistral_api.bulk_one(id, body);
            done := done + 1;
        EXCEPTION
            -- what concerns all of them, or passes when the request is sent again
            WHEN insufficient_privilege OR transaction_rollback OR insufficient_resources OR operator_intervention THEN
                RAISE;
            WHEN lock_not_available THEN
                failed := failed || jsonb_build_object('id', id,
                    'error', format('Another transaction is at work on execution %s; try it again', id));
            WHEN OTHERS THEN
                failed := failed || jsonb_build_object('id', id, 'error', SQLERRM);
        END;
        last_id := id;
        seen := seen + 1;
        EXIT WHEN clock_timestamp() > started + make_interval(secs => max_seconds);
    END LOOP;
    RETURN json_build_object('done', done, 'failed', failed,
        'after', CASE WHEN seen = portion OR clock_timestamp() > started + make_interval(secs => max_seconds) THEN last_id END);
END
$$;
COMMENT ON FUNCTION mistral_api.bulk_executions(jsonb, jsonb)
    IS 'POST /v2/executions/bulk: cancel, pause, resume, rerun or delete the executions that "filters" or "ids" name, one portion a request; after: where the next portion begins, null: all were tried';
