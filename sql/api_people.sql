-- Tasks of people over REST (docs/people.md, docs/rest-api.md).
--
-- Unlike other resources they are not the caller's project's: he sees what he
-- may do, whoever asks for it.  JSON values stand as JSON, not as strings.

CREATE FUNCTION mistral_api.inbox_place(place text)
RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    parts CONSTANT text[] := string_to_array(place, ',');
BEGIN
    IF cardinality(parts) <> 4 THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'place is no place of a link "next".';
    END IF;
    -- the list negates the priority
    PERFORM -parts[1]::int, parts[2]::timestamptz, parts[3]::timestamptz, parts[4]::uuid;
    RETURN parts;
EXCEPTION WHEN data_exception THEN
    RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'place is no place of a link "next".';
END
$$;
COMMENT ON FUNCTION mistral_api.inbox_place(text)
    IS 'where a page of the inbox ends: priority, due, created, id';

CREATE FUNCTION mistral_api.list_inbox(params jsonb DEFAULT '{}', base text DEFAULT '')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
SET "TimeZone" TO 'UTC'
SET "DateStyle" TO 'ISO'
AS $$
DECLARE
    page int := 1000;
    after CONSTANT text[] := CASE WHEN params ->> 'place' <> '' THEN mistral_api.inbox_place(params ->> 'place') END;
    objects json;
    found int;
    place text;
BEGIN
    PERFORM mistral_api.check_params(params, 'limit', 'place');
    IF params ? 'limit' THEN
        page := least(greatest(mistral_api.to_int('limit', params ->> 'limit'), 0), page);
    END IF;
    IF page <= 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'Limit must be positive.';
    END IF;
    SELECT coalesce(json_agg(mistral.get_human_task(i.id) ORDER BY i.n), '[]'), count(*),
           (array_agg(concat_ws(',', i.priority, i.due, i.created_at, i.id) ORDER BY i.n DESC))[1]
      INTO objects, found, place
      FROM (SELECT o.*, row_number() OVER (ORDER BY o.priority DESC, o.due, o.created_at, o.id) AS n
              FROM (SELECT h.id, h.priority, coalesce(h.due_at, 'infinity') AS due, h.created_at
                      FROM mistral.inbox h) AS o
             WHERE after IS NULL
                OR (-o.priority, o.due, o.created_at, o.id)
                   > (-after[1]::int, after[2]::timestamptz, after[3]::timestamptz, after[4]::uuid)
             ORDER BY o.priority DESC, o.due, o.created_at, o.id
             LIMIT page) AS i;
    RETURN CASE WHEN found < page THEN json_build_object('inbox', objects)
                ELSE json_build_object('inbox', objects, 'next',
                     format('%s/v2/inbox?limit=%s&place=%s', base, page, mistral_api.query_text(place))) END;
END
$$;
COMMENT ON FUNCTION mistral_api.list_inbox(jsonb, text)
    IS 'GET /v2/inbox: what the caller may do, by priority and time';

CREATE FUNCTION mistral_api.inbox_task(id text)
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    task CONSTANT jsonb := mistral.get_human_task(mistral_api.id_of(id));
BEGIN
    IF task IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format('there is no task of people with id %s', id);
    END IF;
    RETURN task;
END
$$;
COMMENT ON FUNCTION mistral_api.inbox_task(text)
    IS 'a task of people that the caller may see; else the error for what is not there';

CREATE FUNCTION mistral_api.get_inbox_task(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    RETURN mistral_api.inbox_task(id);
END
$$;
COMMENT ON FUNCTION mistral_api.get_inbox_task(text, jsonb) IS 'GET /v2/inbox/ID';

CREATE FUNCTION mistral_api.claim_inbox_task(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.require_running();
    PERFORM mistral_api.inbox_task(id);
    PERFORM mistral.claim_task(id::uuid);
    RETURN mistral_api.inbox_task(id);
END
$$;
COMMENT ON FUNCTION mistral_api.claim_inbox_task(text, jsonb) IS 'POST /v2/inbox/ID/claim';

CREATE FUNCTION mistral_api.release_inbox_task(id text, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.require_running();
    PERFORM mistral_api.inbox_task(id);
    PERFORM mistral.release_task(id::uuid);
    RETURN coalesce(mistral.get_human_task(id::uuid)::json, json_build_object('id', id));
END
$$;
COMMENT ON FUNCTION mistral_api.release_inbox_task(text, jsonb)
    IS 'POST /v2/inbox/ID/release; the id alone where the caller may not see it any more';

CREATE FUNCTION mistral_api.delegate_inbox_task(id text, body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'task', 'role');
    PERFORM mistral_api.require_running();
    PERFORM mistral_api.inbox_task(id);
    IF body ->> 'role' IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'Mandatory attribute missing: role';
    END IF;
    PERFORM mistral.delegate_task(id::uuid, body ->> 'role');
    RETURN coalesce(mistral.get_human_task(id::uuid)::json, json_build_object('id', id));
END
$$;
COMMENT ON FUNCTION mistral_api.delegate_inbox_task(text, jsonb, jsonb)
    IS 'POST /v2/inbox/ID/delegate; the id alone where the caller may not see it any more';

CREATE FUNCTION mistral_api.complete_inbox_task(id text, body jsonb, params jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    maintenance text;
BEGIN
    PERFORM mistral_api.check_params(params);
    PERFORM mistral_api.check_body(body, 'task', 'answer:any');
    SELECT m.status INTO maintenance FROM mistral.maintenance m;
    IF maintenance <> 'PAUSING' THEN
        PERFORM mistral_api.require_running();
    END IF;
    PERFORM mistral_api.inbox_task(id);
    PERFORM mistral.complete_task(id::uuid, body -> 'answer');
    RETURN mistral_api.inbox_task(id);
END
$$;
COMMENT ON FUNCTION mistral_api.complete_inbox_task(text, jsonb, jsonb) IS 'POST /v2/inbox/ID/complete';
