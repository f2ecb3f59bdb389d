-- The REST API in SQL: what keeps executions going, and how fast they do.
--
-- Executors, the queue, delayed calls and deliveries are shown of the projects that
-- the caller may see.  Tables that can be long are read up to a bound, and the answer
-- says so.

-- --------------------------------------------------------------- executors

CREATE FUNCTION mistral_api.claims_of(executor_id bigint)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT has_table_privilege('mistral.action_claims', 'SELECT') THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT count(*) FROM (SELECT FROM mistral.action_claims c WHERE c.executor_id = claims_of.executor_id LIMIT 10000) AS x);
END
$$;
COMMENT ON FUNCTION mistral_api.claims_of(bigint)
    IS 'number of actions that an executor has claimed; null: the caller may not know';

CREATE FUNCTION mistral_api.list_executors(params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params, 'limit');
    RETURN (
        SELECT json_build_object('executors', coalesce(json_agg(json_build_object(
                   'id', x.id, 'name', x.name, 'target', x.target, 'project_id', mistral_api.project_name(x.role_name),
                   'actions', x.actions, 'is_alive', x.lease_until > clock_timestamp(), 'is_draining', x.is_draining,
                   'keeps_rules', x.keeps_rules, 'registered_at', mistral_api.moment(x.registered_at),
                   'last_heartbeat', mistral_api.moment(x.last_heartbeat), 'lease_until', mistral_api.moment(x.lease_until),
                   'running', mistral_api.claims_of(x.id), 'info', x.info) ORDER BY x.lease_until > clock_timestamp() DESC, x.name, x.id), '[]'))
          FROM (SELECT * FROM mistral.executors e ORDER BY e.lease_until DESC
                 LIMIT least(greatest(mistral_api.int_param(params, 'limit', 1000), 1), 10000)) AS x);
END
$$;
COMMENT ON FUNCTION mistral_api.list_executors(jsonb) IS 'GET /v2/executors: processes that run actions, and what they take';

-- -------------------------------------------------------------------- queue

CREATE FUNCTION mistral_api.list_queue(params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    most CONSTANT int := 50000;
BEGIN
    PERFORM mistral_api.check_params(params);
    RETURN (
        WITH seen AS MATERIALIZED (SELECT * FROM mistral.action_queue q LIMIT most + 1),
        kinds AS (
            -- the lane of a registered action has its owner in front
            SELECT s.project_id, s.action_name, regexp_replace(s.lane, '^.*\n', '') AS target,
                   CASE WHEN s.lane LIKE E'%\n%' THEN split_part(s.lane, E'\n', 1) END AS provider,
                   count(*) AS actions, count(*) FILTER (WHERE s.is_held) AS held, min(s.due_at) FILTER (WHERE NOT s.is_held) AS oldest
              FROM seen s GROUP BY 1, 2, 3, 4)
        SELECT json_build_object('queue', coalesce(json_agg(json_build_object(
                   'project_id', mistral_api.project_name(k.project_id), 'action', k.action_name, 'target', k.target,
                   'actions', k.actions, 'held', k.held, 'oldest', mistral_api.moment(k.oldest),
                   'executors', (SELECT count(*) FROM mistral.executors x
                                  WHERE x.lease_until > clock_timestamp() AND NOT x.is_draining
                                    AND (k.target = '' OR x.target = k.target) AND (x.actions IS NULL OR x.actions ? k.action_name)
                                    AND CASE WHEN k.provider IS NULL THEN mistral.role_serves(x.role_name, k.project_id)
                                        ELSE x.role_name = k.provider END))
                   ORDER BY k.oldest, k.action_name, k.target), '[]'),
               'is_exact', (SELECT count(*) <= most FROM seen))
          FROM kinds k);
END
$$;
COMMENT ON FUNCTION mistral_api.list_queue(jsonb)
    IS 'GET /v2/queue: actions that wait for executors, by what they need, and how many executors take them';

-- ------------------------------------------------------------ delayed calls

CREATE FUNCTION mistral_api.list_delayed_calls(params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    most CONSTANT int := 50000;
    page int;
    wants_dead CONSTANT bool := CASE WHEN params ? 'is_dead' THEN mistral_api.bool_param(params, 'is_dead') END;
    after CONSTANT bigint := CASE WHEN params ? 'marker' THEN mistral_api.to_int('marker', params ->> 'marker') ELSE 0 END;
BEGIN
    PERFORM mistral_api.check_params(params, 'limit', 'marker', 'is_dead');
    page := least(greatest(mistral_api.int_param(params, 'limit', 100), 1), 1000);
    RETURN (
        WITH seen AS MATERIALIZED (
            SELECT c.id, c.kind, c.due_at, c.created_at, c.attempts, c.is_dead, c.error, c.execution_id, c.task_id, c.project_id
              FROM mistral.delayed_calls c ORDER BY c.id DESC LIMIT most + 1),
        shown AS (
            SELECT * FROM seen s WHERE s.id > after AND (wants_dead IS NULL OR s.is_dead = wants_dead) ORDER BY s.id LIMIT page)
        SELECT json_build_object(
            'delayed_calls', (SELECT coalesce(json_agg(json_build_object(
                   'id', s.id, 'kind', s.kind, 'due_at', mistral_api.moment(s.due_at), 'created_at', mistral_api.moment(s.created_at),
                   'attempts', s.attempts, 'is_dead', s.is_dead, 'error', left(s.error, 2000), 'workflow_execution_id', s.execution_id,
                   'task_execution_id', s.task_id, 'project_id', mistral_api.project_name(s.project_id)) ORDER BY s.id), '[]') FROM shown s),
            'summary', (SELECT json_build_object(
                   'waiting', count(*) FILTER (WHERE NOT s.is_dead), 'due', count(*) FILTER (WHERE NOT s.is_dead AND s.due_at <= clock_timestamp()),
                   'failing', count(*) FILTER (WHERE NOT s.is_dead AND s.attempts > 0), 'dead', count(*) FILTER (WHERE s.is_dead),
                   'oldest_due', mistral_api.moment(min(s.due_at) FILTER (WHERE NOT s.is_dead AND s.due_at <= clock_timestamp())),
                   'is_exact', count(*) <= most) FROM seen s),
            'next', (SELECT CASE WHEN count(*) = page THEN max(s.id) END FROM shown s)));
END
$$;
COMMENT ON FUNCTION mistral_api.list_delayed_calls(jsonb)
    IS 'GET /v2/delayed_calls: what the scheduler will do, and what it has given up (is_dead=true)';

CREATE FUNCTION mistral_api.retry_delayed_call(id text, body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'delayed_call');
    PERFORM mistral_api.require_running();
    IF NOT mistral.retry_delayed_call(mistral_api.to_int('id', id)) THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format('Delayed call that was given up not found [id=%s]', id);
    END IF;
    RETURN json_build_object('id', mistral_api.to_int('id', id));
END
$$;
COMMENT ON FUNCTION mistral_api.retry_delayed_call(text, jsonb, jsonb)
    IS 'POST /v2/delayed_calls/ID/retry: tries a call again that was given up; for administrators';

-- ------------------------------------------------------------------- events

CREATE FUNCTION mistral_api.list_event_consumers(params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    RETURN (SELECT json_build_object('event_consumers', coalesce(json_agg(json_build_object(
                       'name', c.name, 'project_id', mistral_api.project_name(c.project_id), 'event_types', c.event_types,
                       'workflow_name', c.workflow_name, 'created_at', mistral_api.moment(c.created_at),
                       'acknowledged_at', mistral_api.moment(c.acknowledged_at)) ORDER BY c.name, c.project_id), '[]'))
              FROM (SELECT x.name, x.project_id, x.event_types, x.workflow_name, x.created_at, x.acknowledged_at
                      FROM mistral.event_consumers x WHERE x.name <> '' ORDER BY x.name LIMIT 1000) AS c);
END
$$;
COMMENT ON FUNCTION mistral_api.list_event_consumers(jsonb) IS 'GET /v2/event_consumers: readers of events, and when each was last there';

CREATE FUNCTION mistral_api.list_event_deliveries(params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    page int;
    wants_dead CONSTANT bool := CASE WHEN params ? 'is_dead' THEN mistral_api.bool_param(params, 'is_dead') END;
    after CONSTANT bigint := CASE WHEN params ? 'marker' THEN mistral_api.to_int('marker', params ->> 'marker') ELSE 0 END;
BEGIN
    PERFORM mistral_api.check_params(params, 'limit', 'marker', 'is_dead');
    page := least(greatest(mistral_api.int_param(params, 'limit', 100), 1), 1000);
    RETURN (SELECT json_build_object('event_deliveries', coalesce(json_agg(json_build_object(
                       'id', d.id, 'event', d.event, 'endpoint', d.endpoint, 'workflow_execution_id', d.execution_id,
                       'project_id', mistral_api.project_name(d.project_id), 'created_at', mistral_api.moment(d.created_at),
                       'next_try_at', mistral_api.moment(d.next_try_at), 'attempts', d.attempts, 'is_dead', d.is_dead,
                       'error', left(d.error, 2000)) ORDER BY d.id), '[]'),
                   'next', CASE WHEN count(*) = page THEN max(d.id) END)
              FROM (SELECT x.id, x.event, x.endpoint, x.execution_id, x.project_id, x.created_at, x.next_try_at, x.attempts, x.is_dead, x.error
                      FROM mistral.event_deliveries x
                     WHERE x.id > after AND (wants_dead IS NULL OR x.is_dead = wants_dead)
                     ORDER BY x.id LIMIT page) AS d);
END
$$;
COMMENT ON FUNCTION mistral_api.list_event_deliveries(jsonb)
    IS 'GET /v2/event_deliveries: events on their way to publishers, and those given up (is_dead=true)';

CREATE FUNCTION mistral_api.retry_event_delivery(id text, body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'event_delivery');
    PERFORM mistral_api.require_running();
    IF NOT mistral.retry_delivery(mistral_api.to_int('id', id)) THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format('Event delivery that was given up not found [id=%s]', id);
    END IF;
    RETURN json_build_object('id', mistral_api.to_int('id', id));
END
$$;
COMMENT ON FUNCTION mistral_api.retry_event_delivery(text, jsonb, jsonb)
    IS 'POST /v2/event_deliveries/ID/retry: tries a delivery again that was given up; for administrators';

CREATE FUNCTION mistral_api.delete_event_delivery(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.require_running();
    IF NOT mistral.drop_delivery(mistral_api.to_int('id', id)) THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format('Event delivery that nobody makes now not found [id=%s]', id);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral_api.delete_event_delivery(text, jsonb)
    IS 'DELETE /v2/event_deliveries/ID: removes a delivery, so that those behind it go out; for administrators';

-- ----------------------------------------------------------- cron triggers

CREATE FUNCTION mistral_api.update_cron_trigger(identifier text, body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    trigger_id CONSTANT uuid := mistral_api.get_cron_trigger(identifier) ->> 'id';
    enabled CONSTANT bool := mistral_api.bool_member(body, 'is_enabled');
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'cron_trigger', 'is_enabled:bool');
    PERFORM mistral_api.require_running();
    IF enabled IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'Missing argument: "is_enabled"';
    END IF;
    PERFORM mistral.enable_cron_trigger(trigger_id, enabled);
    RETURN mistral_api.cron_trigger_times(identifier, '{"count": "1"}');
END
$$;
COMMENT ON FUNCTION mistral_api.update_cron_trigger(text, jsonb, jsonb)
    IS 'PUT /v2/cron_triggers/IDENTIFIER: lets a cron trigger fire, or not any more';

CREATE FUNCTION mistral_api.cron_trigger_times(identifier text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    trigger_id CONSTANT uuid := mistral_api.get_cron_trigger(identifier) ->> 'id';
    trigger mistral.cron_triggers;
    n int;
    at timestamptz;
    times text[] := '{}';
BEGIN
    PERFORM mistral_api.check_params(params, 'count');
    n := least(greatest(mistral_api.int_param(params, 'count', 5), 1), 100);
    SELECT c.* INTO STRICT trigger FROM mistral.cron_triggers c WHERE c.id = trigger_id;
    at := trigger.next_execution_time;
    n := least(n, coalesce(trigger.remaining_executions, n));
    WHILE trigger.is_enabled AND at IS NOT NULL AND cardinality(times) < n LOOP
        times := times || mistral_api.moment(at);
        at := CASE WHEN trigger.pattern IS NOT NULL THEN mistral.cron_next(trigger.pattern, at, trigger.time_zone) END;
    END LOOP;
    RETURN json_build_object('id', trigger.id, 'name', trigger.name, 'is_enabled', trigger.is_enabled,
        'last_workflow_execution_id', trigger.last_execution_id, 'last_error', trigger.last_error, 'times', to_json(times));
END
$$;
COMMENT ON FUNCTION mistral_api.cron_trigger_times(text, jsonb)
    IS 'GET /v2/cron_triggers/IDENTIFIER/times: when a cron trigger fires next';

CREATE FUNCTION mistral_api.run_cron_trigger(identifier text, body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    trigger_id CONSTANT uuid := mistral_api.get_cron_trigger(identifier) ->> 'id';
    trigger mistral.cron_triggers;
    execution_id uuid;
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'cron_trigger');
    PERFORM mistral_api.require_running();
    SELECT c.* INTO STRICT trigger FROM mistral.cron_triggers c WHERE c.id = trigger_id;
    -- it runs as who asks, with what the trigger's owner has given it
    IF trigger.project_id <> current_user::text THEN
        RAISE EXCEPTION USING ERRCODE = 'MS031',
            MESSAGE = format('Can not access CronTrigger resource of other projects, ID: %s', trigger.id);
    END IF;
    execution_id := mistral.start_workflow(trigger.workflow_id::text, trigger.workflow_input, trigger.workflow_params,
        description => format('Cron trigger %s, run by hand', trigger.name), run_async => true);
    RETURN json_build_object('workflow_execution_id', execution_id);
END
$$;
COMMENT ON FUNCTION mistral_api.run_cron_trigger(text, jsonb, jsonb)
    IS 'POST /v2/cron_triggers/IDENTIFIER/run: starts the workflow of an own cron trigger now, whatever its times';

-- -------------------------------------------------------------------- rates

-- Executions are read by their time of creation.  One that was created before the
-- newest of these and has ended since is missed, as the answer says.
CREATE FUNCTION mistral_api.execution_rates(params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
SET max_parallel_workers_per_gather TO 0
AS $$
DECLARE
    most CONSTANT int := 100000;
    seconds int;
    buckets int;
    step float8;
    until CONSTANT timestamptz := clock_timestamp();
    since timestamptz;
    everything bool;
    result json;
BEGIN
    PERFORM mistral_api.check_params(params, 'seconds', 'buckets', 'all_projects');
    seconds := least(greatest(mistral_api.int_param(params, 'seconds', 3600), 60), 31536000);
    buckets := least(greatest(mistral_api.int_param(params, 'buckets', 60), 1), 1000);
    everything := mistral_api.bool_param(params, 'all_projects');
    IF everything THEN
        PERFORM mistral_api.require_admin();
    END IF;
    step := seconds / buckets::float8;
    since := until - make_interval(secs => seconds);
    WITH seen AS MATERIALIZED (
        SELECT e.created_at, e.finished_at, e.state FROM mistral.workflow_executions e
         WHERE everything OR e.project_id = current_user::text
         ORDER BY e.created_at DESC, e.id DESC LIMIT most),
    points AS (
        SELECT least(floor(extract(epoch FROM s.created_at - since) / step), buckets - 1)::int AS bucket, 'started' AS series
          FROM seen s WHERE s.created_at >= since
        UNION ALL
        SELECT least(floor(extract(epoch FROM s.finished_at - since) / step), buckets - 1)::int,
               CASE s.state WHEN 'S' THEN 'succeeded' WHEN 'E' THEN 'failed' ELSE 'cancelled' END
          FROM seen s WHERE s.finished_at >= since AND s.state IN ('S', 'E', 'C')),
    counted AS (SELECT p.series, p.bucket, count(*) AS n FROM points p GROUP BY 1, 2)
    SELECT json_build_object('from', mistral_api.moment(since), 'to', mistral_api.moment(until), 'step', step,
               'series', json_object_agg(x.series, x.counts ORDER BY x.place),
               'is_exact', (SELECT count(*) < most FROM seen))
      INTO result
      FROM (SELECT w.series, w.place, json_agg(coalesce(c.n, 0) ORDER BY b.bucket) AS counts
              FROM unnest('{started,succeeded,failed,cancelled}'::text[]) WITH ORDINALITY AS w(series, place)
             CROSS JOIN generate_series(0, buckets - 1) AS b(bucket)
              LEFT JOIN counted c ON c.series = w.series AND c.bucket = b.bucket
             GROUP BY w.series, w.place) AS x;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.execution_rates(jsonb)
    IS 'GET /v2/rates: how many executions have started and ended in each part of the last seconds';
