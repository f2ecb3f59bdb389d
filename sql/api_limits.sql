-- The REST API in SQL: limits, which bound how much goes on at a time.
--
-- A limit belongs to the project of its creator, and is found there by its name.
-- There are at most mistral.max_limits of them, so a list has no pages.

CREATE FUNCTION mistral_api.rate_text(rate int, window_s int)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN rate || '/' || CASE WHEN window_s % 86400 = 0 THEN window_s / 86400 || 'd'
                           WHEN window_s % 3600 = 0 THEN window_s / 3600 || 'h'
                           WHEN window_s % 60 = 0 THEN window_s / 60 || 'm'
                           ELSE window_s || 's' END;
COMMENT ON FUNCTION mistral_api.rate_text(int, int) IS 'a rate as create_limit() takes it, such as 100/1m';

CREATE FUNCTION mistral_api.limits_json(only_name text, everything bool)
RETURNS SETOF json
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    WITH seen AS MATERIALIZED (
        SELECT s.project_id, s.name, s.state FROM mistral.limit_slots s
         WHERE (everything OR s.project_id = current_user) AND s.name IS NOT NULL AND s.state IN ('H', 'W')
         LIMIT 50001),
    used AS (
        SELECT s.project_id, s.name, count(*) FILTER (WHERE s.state = 'H') AS held,
               count(*) FILTER (WHERE s.state = 'W') AS waiting
          FROM seen s GROUP BY 1, 2)
    SELECT json_build_object(
               'name', l.name, 'max', l.max, 'rate', mistral_api.rate_text(l.rate, l.window_s), 'action', l.action,
               'description', l.description, 'project_id', mistral_api.project_name(l.project_id),
               'held', coalesce(u.held, 0), 'waiting', coalesce(u.waiting, 0),
               'is_exact', (SELECT count(*) <= 50000 FROM seen),
               'created_at', mistral_api.moment(l.created_at), 'updated_at', mistral_api.moment(l.updated_at))
      FROM mistral.limits l
      LEFT JOIN used u ON u.project_id = l.project_id AND u.name = l.name
     WHERE (everything OR l.project_id = current_user) AND (only_name IS NULL OR l.name = only_name)
     ORDER BY l.name, l.project_id
$$;
COMMENT ON FUNCTION mistral_api.limits_json(text, bool)
    IS 'limits of the project, or of all that the caller may see, with how many slots are held and waited for';

CREATE FUNCTION mistral_api.list_limits(params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    everything CONSTANT bool := mistral_api.bool_param(params, 'all_projects');
BEGIN
    PERFORM mistral_api.check_params(params, 'all_projects');
    IF everything THEN
        PERFORM mistral_api.require_admin();
    END IF;
    RETURN json_build_object('limits', (SELECT coalesce(json_agg(l), '[]') FROM mistral_api.limits_json(NULL, everything) AS l));
END
$$;
COMMENT ON FUNCTION mistral_api.list_limits(jsonb) IS 'GET /v2/limits';

CREATE FUNCTION mistral_api.get_limit(name text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result json;
BEGIN
    PERFORM mistral_api.check_params(params);
    SELECT l INTO result FROM mistral_api.limits_json(name, false) AS l;
    IF result IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format('Limit not found [name=%s]', name);
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.get_limit(text, jsonb) IS 'GET /v2/limits/NAME';

CREATE FUNCTION mistral_api.create_limit(body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'limit', 'name', 'max:int', 'rate', 'description', 'action');
    PERFORM mistral_api.require_running();
    IF body ->> 'name' IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'Missing argument: "name"';
    END IF;
    PERFORM mistral.create_limit(body ->> 'name', (body ->> 'max')::int, body ->> 'rate',
                                 body ->> 'description', body ->> 'action');
    RETURN mistral_api.get_limit(body ->> 'name');
END
$$;
COMMENT ON FUNCTION mistral_api.create_limit(jsonb, jsonb) IS 'POST /v2/limits';

CREATE FUNCTION mistral_api.update_limit(name text, body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'limit', 'max:int', 'rate', 'description');
    PERFORM mistral_api.require_running();
    PERFORM mistral.update_limit(name, (body ->> 'max')::int, body ->> 'rate', body ->> 'description');
    RETURN mistral_api.get_limit(name);
END
$$;
COMMENT ON FUNCTION mistral_api.update_limit(text, jsonb, jsonb) IS 'PUT /v2/limits/NAME: changes the members that are given; an empty rate takes it away';

CREATE FUNCTION mistral_api.delete_limit(name text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.require_running();
    PERFORM mistral.delete_limit(name);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral_api.delete_limit(text, jsonb) IS 'DELETE /v2/limits/NAME';
