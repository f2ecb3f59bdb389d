-- The REST API in SQL: what mistral-api (contrib/api) answers.
--
-- Every route is a function of the schema mistral_api, which can also be
-- called by hand:
--
--     SELECT mistral_api.list_executions('{"state": "ERROR", "limit": "10"}');
--     SELECT mistral_api.create_execution('{"workflow_name": "hello"}');
--
-- Arguments are the variables of the path, the request's body (jsonb, or text
-- for definitions) and the parameters of the query (jsonb, every value
-- a string).  Results have the form that clients of the Mistral v2 API know.
-- Everything runs with the rights of the caller, under row level security.
--
-- The server tells about a request by settings of the session or transaction:
--   mistral_api.auth        off: no authentication, there is one project only
--   mistral_api.admin       on: a trusted proxy calls the caller an
--                           administrator (mistral.api_admin makes it true)
--   mistral_api.delete_action_executions  on: DELETE of them is allowed
--   mistral_api.action_timeout  seconds that it waits for an action's result

CREATE SCHEMA mistral_api;
COMMENT ON SCHEMA mistral_api IS 'the Mistral v2 REST API as functions';

-- ------------------------------------------------------------------ caller

CREATE FUNCTION mistral_api.has_auth()
RETURNS bool
LANGUAGE sql STABLE PARALLEL SAFE
RETURN current_setting('mistral_api.auth', true) IS DISTINCT FROM 'off';
COMMENT ON FUNCTION mistral_api.has_auth()
    IS 'whether callers are told apart';

CREATE FUNCTION mistral_api.is_admin()
RETURNS bool
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN mistral_api.has_auth() THEN mistral.is_admin()
       ELSE coalesce(current_setting('mistral_api.admin', true), '') = 'on'
       END;
COMMENT ON FUNCTION mistral_api.is_admin()
    IS 'whether the caller is an administrator of the service';

CREATE FUNCTION mistral_api.project_name(project_id text)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN mistral_api.has_auth() THEN project_id
       ELSE '<default-project>' END;
COMMENT ON FUNCTION mistral_api.project_name(text)
    IS 'a project as clients see it: without authentication there is only one';

CREATE FUNCTION mistral_api.require_admin()
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT mistral_api.is_admin() THEN
        RAISE EXCEPTION USING ERRCODE = 'MS031',
            MESSAGE = 'Operation forbidden (insufficient permissions)';
    END IF;
END
$$;
COMMENT ON FUNCTION mistral_api.require_admin()
    IS 'refuses callers who are not administrators';

CREATE FUNCTION mistral_api.require_owner(kind text, id uuid, project_id text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    IF project_id <> current_user::text AND NOT mistral_api.is_admin() THEN
        RAISE EXCEPTION USING ERRCODE = 'MS031',
            MESSAGE = format('Can not access %s resource of other projects, ID: %s', kind, id);
    END IF;
END
$$;
COMMENT ON FUNCTION mistral_api.require_owner(text, uuid, text)
    IS 'refuses changes of what the caller only sees';

CREATE FUNCTION mistral_api.require_running()
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    state text;
BEGIN
    SELECT m.status INTO state FROM mistral.maintenance m;
    IF state <> 'RUNNING' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS231',
            MESSAGE = format('Current Mistral state is %s. Method is not allowed', state);
    END IF;
END
$$;
COMMENT ON FUNCTION mistral_api.require_running()
    IS 'refuses changes during maintenance';

-- ------------------------------------------------------------------ values

CREATE FUNCTION mistral_api.time_text(moment timestamptz)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS');
COMMENT ON FUNCTION mistral_api.time_text(timestamptz)
    IS 'a time as clients read it: UTC, whole seconds';

CREATE FUNCTION mistral_api.moment(moment timestamptz)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
COMMENT ON FUNCTION mistral_api.moment(timestamptz)
    IS 'a time as programs read it: ISO 8601, UTC, microseconds';

CREATE FUNCTION mistral_api.query_text(value text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    plain CONSTANT text := '[A-Za-z0-9._~:,/*-]';
BEGIN
    IF value COLLATE "C" ~ ('^' || plain || '*$') THEN
        RETURN value;
    END IF;
    RETURN (
        SELECT string_agg(CASE WHEN c.one COLLATE "C" ~ plain THEN c.one
                               ELSE upper(regexp_replace(encode(convert_to(c.one, 'UTF8'), 'hex'), '..', '%\&', 'g'))
                          END, '' ORDER BY c.place)
          FROM regexp_split_to_table(value, '') WITH ORDINALITY AS c(one, place));
END
$$;
COMMENT ON FUNCTION mistral_api.query_text(text)
    IS 'a value as it stands in the query of an address: what could be read otherwise is percent-encoded';

CREATE FUNCTION mistral_api.to_bool(value text)
RETURNS bool
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN lower(value) IN ('true', 't', 'yes', 'y', 'on', '1') THEN true
        WHEN coalesce(lower(value), '') IN ('', 'false', 'f', 'no', 'n', 'off', '0') THEN false
        ELSE NULL END;
END
$$;
COMMENT ON FUNCTION mistral_api.to_bool(text)
    IS 'a word for a truth value, null when it is none; absent and empty are false';

CREATE FUNCTION mistral_api.bool_param(params jsonb, name text)
RETURNS bool
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result bool := mistral_api.to_bool(params ->> name);
BEGIN
    IF result IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('Invalid input for field/attribute %s. Value: ''%s''. unable to convert to bool',
                             name, params ->> name);
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.bool_param(jsonb, text)
    IS 'a parameter of the query that is a truth value';

CREATE FUNCTION mistral_api.to_int(name text, value text, type text DEFAULT 'int')
RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    IF value !~ '^\s*[-+]?[0-9]+\s*$' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('Invalid input for field/attribute %s. Value: ''%s''. unable to convert to %s. Error: invalid literal for int() with base 10: ''%s''',
                             name, value, type, value);
    END IF;
    RETURN least(greatest(value::numeric, -9223372036854775808), 9223372036854775807);
END
$$;
COMMENT ON FUNCTION mistral_api.to_int(text, text, text)
    IS 'the number in a parameter of the query; one that is too large becomes the largest';

CREATE FUNCTION mistral_api.int_param(params jsonb, name text, fallback int)
RETURNS int
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    value CONSTANT text := params ->> name;
BEGIN
    IF coalesce(value, '') = '' THEN
        RETURN fallback;
    END IF;
    RETURN least(greatest(mistral_api.to_int(name, value), -2147483648), 2147483647);
END
$$;
COMMENT ON FUNCTION mistral_api.int_param(jsonb, text, int)
    IS 'a parameter of the query that is a number';

CREATE FUNCTION mistral_api.is_uuid(value text)
RETURNS bool
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN value ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
COMMENT ON FUNCTION mistral_api.is_uuid(text) IS 'whether a text is a UUID';

CREATE FUNCTION mistral_api.to_uuid(name text, value text)
RETURNS uuid
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    IF mistral_api.is_uuid(value) THEN
        RETURN value::uuid;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'MS013',
        MESSAGE = format('Invalid input for field/attribute %s. Value: ''%s''. unable to convert to uuid. Error: Expected a uuid but received %s.',
                         name, value, value);
END
$$;
COMMENT ON FUNCTION mistral_api.to_uuid(text, text)
    IS 'the UUID in a parameter of the query or member of a body';

CREATE FUNCTION mistral_api.id_of(value text)
RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN mistral_api.is_uuid(value) THEN value::uuid END;
COMMENT ON FUNCTION mistral_api.id_of(text)
    IS 'the UUID in a path; null when it is none';

CREATE FUNCTION mistral_api.check_params(params jsonb, VARIADIC allowed text[] DEFAULT '{}')
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    name text;
BEGIN
    IF params = '{}' THEN
        RETURN;
    END IF;
    FOR name IN SELECT k FROM jsonb_object_keys(params) AS k WHERE k <> ALL (allowed)
    LOOP
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('Unknown argument: "%s"', name);
    END LOOP;
END
$$;
COMMENT ON FUNCTION mistral_api.check_params(jsonb, text[])
    IS 'refuses parameters of the query that mean nothing here';

-- ------------------------------------------------------------------ bodies

CREATE FUNCTION mistral_api.check_member(argument text, name text, type text, value jsonb)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    kind CONSTANT text := jsonb_typeof(value);
    problem text;
BEGIN
    IF type = 'fixed' THEN
        problem := 'Cannot set read only field.';
    ELSIF kind = 'null' OR type = 'any' THEN
        RETURN;
    ELSIF type = 'object' THEN
        PERFORM mistral_api.to_object(name, value);
    ELSIF type = 'list' THEN
        problem := CASE
            WHEN kind <> 'array' THEN 'Value not a valid list.'
            WHEN jsonb_path_exists(value, '$[*] ? (@.type() != "string")') THEN 'Wrong type. Expected texts.' END;
    ELSIF type = 'bool' THEN
        problem := CASE
            WHEN kind IN ('object', 'array') OR value #>> '{}' = ''
                 OR mistral_api.to_bool(value #>> '{}') IS NULL THEN 'Value should be a truth value.' END;
    ELSIF type = 'int' THEN
        -- so that a cast to int cannot fail
        problem := CASE
            WHEN kind IN ('object', 'array', 'boolean') OR value #>> '{}' !~ '^\s*[-+]?[0-9.]+\s*$'
                THEN 'Value should be a number.'
            WHEN value #>> '{}' ~ '[.]' THEN 'Value should be a whole number.'
            WHEN length(value #>> '{}') > 100 OR abs((value #>> '{}')::numeric) > 2147483647
                THEN 'Value should be from -2147483647 to 2147483647.' END;
    ELSIF kind <> 'string' THEN
        problem := 'Wrong type. Expected a text.';
    ELSIF type = 'scope' AND value NOT IN ('"private"', '"public"') THEN
        problem := 'Value should be one of: private, public';
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('Invalid input for field/attribute %s. Value: ''%s''. %s', name,
                             coalesce(value #>> '{}', 'None'), problem);
    END IF;
END
$$;
COMMENT ON FUNCTION mistral_api.check_member(text, text, text, jsonb)
    IS 'refuses the value of a member of a body that is not of its type';

CREATE FUNCTION mistral_api.check_body(body jsonb, argument text, VARIADIC allowed text[] DEFAULT '{}')
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    unknown text;
    names text[];
BEGIN
    IF jsonb_typeof(body) <> 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = 'The request''s body must be a JSON object';
    END IF;
    allowed := 'project_id:fixed'::text || allowed;
    names := ARRAY(SELECT split_part(a, ':', 1) FROM unnest(allowed) AS a);
    SELECT format('Unknown attribute%s for argument %s: %s', CASE WHEN count(*) > 1 THEN 's' ELSE '' END,
                  argument, string_agg(k, ', ' ORDER BY k COLLATE "C"))
      INTO unknown
      FROM jsonb_object_keys(body) AS k
     WHERE k <> ALL (names)
    HAVING count(*) > 0;
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = unknown;
    END IF;
    PERFORM mistral_api.check_member(argument, m.key,
                                     split_part(allowed[array_position(names, m.key)], ':', 2), m.value)
       FROM jsonb_each(body) AS m;
END
$$;
COMMENT ON FUNCTION mistral_api.check_body(jsonb, text, text[])
    IS 'refuses bodies with members that mean nothing here, or of a wrong type; "allowed" has their names, with :TYPE where it is no text';

CREATE FUNCTION mistral_api.text_member(body jsonb, name text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    IF jsonb_typeof(body -> name) NOT IN ('string', 'null') THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('Invalid input for field/attribute %s. Value: ''%s''. Wrong type. Expected a text.',
                             name, body ->> name);
    END IF;
    RETURN body ->> name;
END
$$;
COMMENT ON FUNCTION mistral_api.text_member(jsonb, text)
    IS 'a member of a body that is a string; null when it is absent or null';

CREATE FUNCTION mistral_api.uuid_member(body jsonb, name text)
RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN body ->> name IS NOT NULL
       THEN mistral_api.to_uuid(name, body ->> name) END;
COMMENT ON FUNCTION mistral_api.uuid_member(jsonb, text)
    IS 'a member of a body that is a UUID; null when it is absent or null';

CREATE FUNCTION mistral_api.time_member(body jsonb, name text)
RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
SET timezone TO 'UTC'
AS $$
DECLARE
    value CONSTANT text := mistral_api.text_member(body, name);
BEGIN
    IF value IS NOT NULL
       AND value !~ '^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:?\d{2})?)?$' THEN
        RAISE invalid_datetime_format;
    END IF;
    RETURN value::timestamptz;
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
    RAISE EXCEPTION USING ERRCODE = 'MS013',
        MESSAGE = format('Invalid input for field/attribute %s. Value: ''%s''. Expected a time, as 2030-01-02T03:04:05Z.',
                         name, value);
END
$$;
COMMENT ON FUNCTION mistral_api.time_member(jsonb, text)
    IS 'a member of a body that is a time as ISO 8601 writes it, in UTC unless it names another zone; null when it is absent or null';

CREATE FUNCTION mistral_api.bool_member(body jsonb, name text)
RETURNS bool
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    value CONSTANT text := body ->> name;
    result bool := mistral_api.to_bool(value);
BEGIN
    IF value IS NULL THEN
        RETURN NULL;
    END IF;
    IF result IS NULL OR value = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('Invalid input for field/attribute %s. Value: ''%s''. Value should be a truth value.',
                             name, value);
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.bool_member(jsonb, text)
    IS 'a member of a body that is a truth value; null when it is absent or null';

CREATE FUNCTION mistral_api.parse_json(name text, value text)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN value::jsonb;
EXCEPTION
    WHEN invalid_text_representation OR untranslatable_character OR numeric_value_out_of_range THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('Invalid input for field/attribute %s. Value: ''%s''. Value is not in valid JSON format',
                             name, value);
END
$$;
COMMENT ON FUNCTION mistral_api.parse_json(text, text)
    IS 'the document in a string that holds JSON';

CREATE FUNCTION mistral_api.to_object(name text, value jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    IF value = '""' THEN
        value := '{}';
    ELSIF jsonb_typeof(value) = 'string' THEN
        value := mistral_api.parse_json(name, value #>> '{}');
        -- a text may also hold another empty value
        IF value IN ('""', '[]', 'false', '0') THEN
            value := '{}';
        END IF;
    END IF;
    IF jsonb_typeof(value) = 'null' THEN
        value := '{}';
    END IF;
    IF jsonb_typeof(value) <> 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('JsonType field value must be a dictionary [actual=%s]', value);
    END IF;
    RETURN value;
END
$$;
COMMENT ON FUNCTION mistral_api.to_object(text, jsonb)
    IS 'an object that may be given as such or as a string that holds it';

CREATE FUNCTION mistral_api.object_member(body jsonb, name text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN mistral_api.to_object(name, body -> name);
COMMENT ON FUNCTION mistral_api.object_member(jsonb, text)
    IS 'a member of a body that is an object; null when it is absent';

CREATE FUNCTION mistral_api.scope_of(value text)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    IF coalesce(value, 'private') = 'private' THEN
        RETURN 'private';
    END IF;
    IF value <> 'public' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS002',
            MESSAGE = format('Scope must be one of the following: {''private'', ''public''}; actual: %s', value);
    END IF;
    PERFORM mistral_api.require_admin();
    RETURN value;
END
$$;
COMMENT ON FUNCTION mistral_api.scope_of(text)
    IS 'a scope; only administrators may make something public';

-- ------------------------------------------------------------- collections

-- What can be listed, and how a list is read.  "source" is what stands behind
-- FROM; "visible" is the condition under which a project, $2, is shown a row.
CREATE TABLE mistral_api.collections (
    name            text PRIMARY KEY,
    kind            text NOT NULL,
    source          text NOT NULL,
    id              text NOT NULL,
    visible         text NOT NULL,
    missing         text NOT NULL,
    default_sort    text NOT NULL DEFAULT 'created_at',
    params          text[] NOT NULL DEFAULT '{}',
    is_private      bool NOT NULL DEFAULT false,
    is_whole        bool NOT NULL DEFAULT false,
    late            text,
    main            text,
    source_of_few   text[]
);
COMMENT ON TABLE mistral_api.collections IS 'collections of the REST API';
COMMENT ON COLUMN mistral_api.collections.name IS 'name in paths and answers';
COMMENT ON COLUMN mistral_api.collections.kind IS 'kind of object, for messages';
COMMENT ON COLUMN mistral_api.collections.source IS 'FROM clause';
COMMENT ON COLUMN mistral_api.collections.id IS 'expression of the identifier';
COMMENT ON COLUMN mistral_api.collections.visible IS 'condition: shown to the project $2';
COMMENT ON COLUMN mistral_api.collections.missing
    IS 'message when a marker does not exist, with %s for it';
COMMENT ON COLUMN mistral_api.collections.default_sort IS 'sort_keys when none are given';
COMMENT ON COLUMN mistral_api.collections.params
    IS 'parameters besides those of every collection and its filters';
COMMENT ON COLUMN mistral_api.collections.is_private
    IS 'only administrators may ask for the rows of other projects';
COMMENT ON COLUMN mistral_api.collections.is_whole
    IS 'objects are always shown with all members, and a marker may be a name';
COMMENT ON COLUMN mistral_api.collections.late
    IS 'condition: the id does not carry the time of creation; null: it never does';
COMMENT ON COLUMN mistral_api.collections.source_of_few
    IS 'FROM clause for a project, $2, that has few of all rows, beginning with its executions: the rows, and what is joined to them; null: none';
COMMENT ON COLUMN mistral_api.collections.main
    IS 'table of which the project has few rows';

-- Fields of the objects, in the order of answers.  "type" says how a field
-- is shown, compared and sorted: text, uuid, int, bool; time; state (one
-- byte); json (a string that holds JSON); tags; role; shown (expr is shown
-- as it is and serves for nothing else); sorted (expr is sorted by and is
-- never shown).
CREATE TABLE mistral_api.fields (
    collection      text NOT NULL REFERENCES mistral_api.collections,
    position        int NOT NULL,
    name            text NOT NULL,
    type            text NOT NULL,
    expr            text NOT NULL,
    shown           text,
    filter          int,
    condition       text,
    is_listed       bool NOT NULL DEFAULT true,
    is_null         bool NOT NULL DEFAULT false,
    is_optional     bool NOT NULL DEFAULT false,
    PRIMARY KEY (collection, name)
);
COMMENT ON TABLE mistral_api.fields IS 'fields of the objects in collections, from which lists and single objects are made';
COMMENT ON COLUMN mistral_api.fields.collection IS 'the collection';
COMMENT ON COLUMN mistral_api.fields.position IS 'place in an object';
COMMENT ON COLUMN mistral_api.fields.name IS 'name';
COMMENT ON COLUMN mistral_api.fields.type
    IS 'how it is shown, compared and sorted; asked: it is shown only where "fields" asks for it';
COMMENT ON COLUMN mistral_api.fields.expr IS 'SQL expression of its value';
COMMENT ON COLUMN mistral_api.fields.shown
    IS 'SQL expression of what is shown, when the type does not say it';
COMMENT ON COLUMN mistral_api.fields.filter
    IS 'place among the filters of a link; null: cannot be filtered by';
COMMENT ON COLUMN mistral_api.fields.condition
    IS 'condition of equality with %1$s, when it is not simply expr = %1$s';
COMMENT ON COLUMN mistral_api.fields.is_listed IS 'whether lists show it unasked';
COMMENT ON COLUMN mistral_api.fields.is_null IS 'whether the value may be null';
COMMENT ON COLUMN mistral_api.fields.is_optional IS 'left out where it is null, and shown behind all others';

CREATE FUNCTION mistral_api.filter_condition(field mistral_api.fields, op text,
                                             operand text, place text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    comparison CONSTANT text := CASE op
        WHEN 'eq' THEN '=' WHEN 'neq' THEN '<>' WHEN 'gt' THEN '>'
        WHEN 'gte' THEN '>=' WHEN 'lt' THEN '<' WHEN 'lte' THEN '<=' END;
    expr text := field.expr;
    codes text;
    cast_to text;
BEGIN
    IF field.type = 'uuid' OR field.type = 'role' THEN
        -- operators are not applied to references
        IF op IN ('in', 'nin') THEN
            operand := op || ':' || operand;
        END IF;
        IF field.type = 'uuid' OR NOT mistral_api.has_auth() THEN
            PERFORM mistral_api.to_uuid(field.name, operand);
        END IF;
        IF field.type = 'uuid' THEN
            place := place || '::uuid';
        END IF;
        RETURN format(coalesce(field.condition, expr || ' = %1$s'), place);
    ELSIF field.type = 'tags' THEN
        RETURN CASE WHEN op = 'eq'
            THEN format('coalesce(%s, ''[]'') @> to_jsonb(string_to_array(%s, '',''))', expr, place)
            ELSE 'true' END;
    ELSIF field.type = 'state' THEN
        IF op IN ('eq', 'in') THEN
            SELECT string_agg(quote_literal(s.code), ', ') INTO codes
              FROM unnest('{I,R,P,S,E,C,W,D,K}'::text[]) AS s(code)
             WHERE mistral.state_name(s.code::"char") =
                   ANY (CASE op WHEN 'in' THEN string_to_array(operand, ',') ELSE ARRAY[operand] END);
            RETURN CASE WHEN codes IS NULL THEN 'false' ELSE format('%s IN (%s)', expr, codes) END;
        END IF;
        expr := format('mistral.state_name(%s)', expr);
    ELSIF field.type = 'time' THEN
        -- what is compared is what is shown: whole seconds
        expr := format('date_trunc(''second'', %s)', expr);
        cast_to := '::timestamp AT TIME ZONE ''UTC''';
        IF op IN ('gte', 'lt') THEN
            expr := field.expr;
        END IF;
    ELSIF field.type IN ('int', 'bool', 'json') THEN
        cast_to := CASE field.type WHEN 'int' THEN '::bigint' WHEN 'bool' THEN '::bool' ELSE '::jsonb' END;
    END IF;
    IF field.collection = 'actions' AND op IN ('neq', 'nin') THEN
        -- here an absent value is one of its own
        expr := format('coalesce((%s)::text, '''')', expr);
    END IF;
    IF comparison IS NOT NULL THEN
        RETURN format('%s %s (%s%s)', expr, comparison, place, cast_to);
    ELSIF op = 'has' THEN
        RETURN format('(%s)::text LIKE ''%%'' || %s || ''%%''', expr, place);
    END IF;
    -- not "<> ALL", which would compare each row with each of them
    RETURN format('%s %s = ANY (SELECT x%s FROM regexp_split_to_table(%s, '','') AS x)',
                  CASE op WHEN 'nin' THEN 'NOT' END, expr, cast_to, place);
END
$$;
COMMENT ON FUNCTION mistral_api.filter_condition(mistral_api.fields, text, text, text)
    IS 'SQL condition of one filter; the operand itself is read from "place"';

CREATE FUNCTION mistral_api.shown_value(field mistral_api.fields)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce((field).shown,
    CASE (field).type
        WHEN 'time' THEN format('mistral_api.time_text(%s)', (field).expr)
        WHEN 'state' THEN format('mistral.state_name(%s)', (field).expr)
        WHEN 'json' THEN format('(%s)::text', (field).expr)
        WHEN 'role' THEN format('mistral_api.project_name(%s)', (field).expr)
        ELSE (field).expr
    END);
COMMENT ON FUNCTION mistral_api.shown_value(mistral_api.fields)
    IS 'SQL expression of a field as answers show it';

CREATE FUNCTION mistral_api.after_marker(exprs text[], types text[], nullable bool[],
                                         descending bool[], marker text[], first_place int,
                                         inclusive bool)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    n CONSTANT int := cardinality(exprs);
    condition text := inclusive::text;
    place text;
    beyond text;
BEGIN
    FOR i IN REVERSE n .. 1 LOOP
        place := format('($1)[%s]::%s', first_place + i - 1, types[i]);
        IF marker[i] IS NULL THEN
            -- nulls come last in ascending order, first in descending order
            beyond := CASE WHEN descending[i] THEN exprs[i] || ' IS NOT NULL' ELSE 'false' END;
            condition := format('(%s OR (%s IS NULL AND %s))', beyond, exprs[i], condition);
        ELSE
            beyond := format('%s %s %s', exprs[i], CASE WHEN descending[i] THEN '<' ELSE '>' END, place);
            IF nullable[i] AND NOT descending[i] THEN
                beyond := format('(%s OR %s IS NULL)', beyond, exprs[i]);
            END IF;
            condition := format('(%s OR (%s = %s AND %s))', beyond, exprs[i], place, condition);
        END IF;
    END LOOP;
    IF marker[1] IS NOT NULL AND NOT (nullable[1] AND NOT descending[1]) THEN
        -- implied, but an index can begin here
        condition := format('%s %s ($1)[%s]::%s AND %s', exprs[1],
                            CASE WHEN descending[1] THEN '<=' ELSE '>=' END,
                            first_place, types[1], condition);
    END IF;
    RETURN condition;
END
$$;
COMMENT ON FUNCTION mistral_api.after_marker(text[], text[], bool[], bool[], text[], int, bool)
    IS 'SQL condition: behind the marker''s row, or from it on, in the order asked for';

-- Where a marker's row would stand is found without its values for these orders
-- (see api_markers.sql); links of others carry the values.
CREATE FUNCTION mistral_api.links_have_place(keys text[])
RETURNS bool
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_remove(keys, 'id') NOT IN ('{}', '{created_at}', '{name}', '{description}');
COMMENT ON FUNCTION mistral_api.links_have_place(text[])
    IS 'whether the link to the next page of a list in this order carries what its last row has in the columns sorted by';

CREATE FUNCTION mistral_api.place_values(place text, n int)
RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    document jsonb;
BEGIN
    document := mistral_api.parse_json('place', place);
    IF jsonb_typeof(document) <> 'array' OR jsonb_array_length(document) <> n
       OR EXISTS (SELECT FROM jsonb_array_elements(document) AS x WHERE jsonb_typeof(x) NOT IN ('string', 'null')) THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('place must be a list of texts and nulls, one for each of the %s sort keys.', n);
    END IF;
    RETURN ARRAY(SELECT x.value FROM jsonb_array_elements_text(document) WITH ORDINALITY AS x(value, i) ORDER BY x.i);
END
$$;
COMMENT ON FUNCTION mistral_api.place_values(text, int)
    IS 'what the last row of the page before had in the columns sorted by, as a link says';

CREATE FUNCTION mistral_api.list_words(value text, lower_case bool)
RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT coalesce(array_agg(w.word ORDER BY w.place), '{}')
          FROM (SELECT CASE WHEN lower_case THEN lower(trim(x)) ELSE trim(x) END AS word,
                       min(i) AS place
                  FROM unnest(string_to_array(value, ',')) WITH ORDINALITY AS u(x, i)
                 GROUP BY 1) AS w
         WHERE w.word <> '');
END
$$;
COMMENT ON FUNCTION mistral_api.list_words(text, bool)
    IS 'comma-separated words: trimmed, without empty and repeated ones';

CREATE FUNCTION mistral_api.sort_order(c mistral_api.collections, params jsonb,
                                       OUT keys text[], OUT descending bool[])
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    dirs text[];
    word text;
BEGIN
    keys := mistral_api.list_words(coalesce(params ->> 'sort_keys', c.default_sort), true);
    SELECT coalesce(array_agg(lower(trim(x))), '{}') INTO dirs
      FROM unnest(string_to_array(coalesce(params ->> 'sort_dirs', 'asc'), ',')) AS x WHERE trim(x) <> '';
    IF cardinality(dirs) > cardinality(keys) THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = 'Length of sort_keys must be equal or greater than sort_dirs.';
    END IF;
    IF NOT dirs <@ '{asc,desc}' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = 'Unknown sort direction, must be ''desc'' or ''asc''.';
    END IF;
    FOREACH word IN ARRAY keys LOOP
        IF NOT EXISTS (SELECT 1 FROM mistral_api.fields m
                        WHERE m.collection = c.name AND m.name = word
                          AND m.type NOT IN ('json', 'tags', 'shown', 'asked')) THEN
            RAISE EXCEPTION USING ERRCODE = 'MS013',
                MESSAGE = format('Unknown sort key: "%s"', word);
        END IF;
    END LOOP;
    IF 'id' <> ALL (keys) THEN
        keys := keys || 'id'::text;
    END IF;
    SELECT array_agg(coalesce(dirs[i] = 'desc', false) ORDER BY i) INTO descending
      FROM generate_subscripts(keys, 1) AS i;
END
$$;
COMMENT ON FUNCTION mistral_api.sort_order(mistral_api.collections, jsonb)
    IS 'the order asked for, made total by the id';

CREATE FUNCTION mistral_api.wanted_members(c mistral_api.collections, params jsonb)
RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result text[] := mistral_api.list_words(params ->> 'fields', true);
    usual text[];
    known text[];
    unknown text[];
BEGIN
    IF result = '{}' THEN
        RETURN NULL;
    END IF;
    SELECT array_agg(m.name ORDER BY m.position) FILTER (WHERE m.type <> 'asked'), array_agg(m.name)
      INTO usual, known
      FROM mistral_api.fields m WHERE m.collection = c.name AND m.type <> 'sorted';
    SELECT array_agg(x) INTO unknown FROM unnest(result) AS x WHERE x <> ALL (known);
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('Some fields do not exist  [%s], please choose from [%s]',
                             array_to_string(unknown, ', '), array_to_string(usual, ', '));
    END IF;
    RETURN CASE WHEN 'id' = ANY (result) THEN result ELSE 'id'::text || result END;
END
$$;
COMMENT ON FUNCTION mistral_api.wanted_members(mistral_api.collections, jsonb)
    IS 'the fields asked for with "fields", null: those usually shown';

CREATE FUNCTION mistral_api.with_optional(object json, optional json)
RETURNS json
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN json_strip_nulls(optional)::text = '{}' THEN object
       ELSE (left(object::text, -1) || ', ' || substr(json_strip_nulls(optional)::text, 2))::json END;
COMMENT ON FUNCTION mistral_api.with_optional(json, json)
    IS 'an object, which has members, with those of another one that are not null behind them';

CREATE FUNCTION mistral_api.object_expression(c mistral_api.collections, wanted text[],
                                              with_output bool, is_list bool)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT format(CASE WHEN bool_or(m.is_optional) THEN 'mistral_api.with_optional(json_build_object(%s), json_build_object(%s))'
                      ELSE 'json_build_object(%s)' END,
                      string_agg(format('%L, %s', m.name, mistral_api.shown_value(m)), ', '
                                 ORDER BY m.position) FILTER (WHERE NOT m.is_optional),
                      string_agg(format('%L, %s', m.name, mistral_api.shown_value(m)), ', '
                                 ORDER BY m.position) FILTER (WHERE m.is_optional))
          FROM mistral_api.fields m
         WHERE m.collection = (c).name AND m.type <> 'sorted'
           AND CASE WHEN (c).is_whole THEN true
                    WHEN wanted IS NULL THEN m.is_listed OR (NOT is_list AND m.type <> 'asked')
                                             OR (with_output AND m.name = 'output')
                    ELSE m.name = ANY (wanted) AND (m.is_listed OR m.type <> 'shown')
                         OR (m.name = 'interface' AND 'input' = ANY (wanted))
                         -- dynamic actions always say where they are
                         OR (m.name = 'namespace' AND m.collection = 'dynamic_actions') END);
END
$$;
COMMENT ON FUNCTION mistral_api.object_expression(mistral_api.collections, text[], bool, bool)
    IS 'SQL expression of an object with the fields wanted';

CREATE FUNCTION mistral_api.next_link(c mistral_api.collections, params jsonb, base text, path text,
                                      keys text[], descending bool[], wanted text[],
                                      page int, last_id text, place text)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT base || '/v2/' || path
               || '?sort_keys=' || array_to_string(keys, ',')
               || '&sort_dirs=' || (SELECT string_agg(CASE WHEN d THEN 'desc' ELSE 'asc' END, ',' ORDER BY i)
                                      FROM unnest(descending) WITH ORDINALITY AS u(d, i))
               || coalesce((SELECT string_agg(
                                '&' || m.name || '=' ||
                                CASE WHEN m.type = 'tags'
                                       OR params ->> m.name ~ '^(eq|neq|gt|gte|lt|lte|in|nin|has):'
                                     THEN '' ELSE 'eq:' END || mistral_api.query_text(params ->> m.name), ''
                                ORDER BY m.filter)
                              FROM mistral_api.fields m
                             WHERE m.collection = (c).name AND m.filter IS NOT NULL AND params ? m.name), '')
               || coalesce((SELECT string_agg('&' || p.name || '=' || mistral_api.query_text(params ->> p.name), ''
                                              ORDER BY p.place)
                              FROM unnest('{nulls,all_projects,include_output,q,waits_longer}'::text[]) WITH ORDINALITY AS p(name, place)
                             WHERE params ? p.name), '')
               || '&limit=' || page || '&marker=' || mistral_api.query_text(last_id)
               || coalesce('&place=' || mistral_api.query_text(place), '')
               || CASE WHEN (c).is_whole THEN ''
                  ELSE coalesce('&fields=' || array_to_string(wanted, ','), '') END);
END
$$;
COMMENT ON FUNCTION mistral_api.next_link(mistral_api.collections, jsonb, text, text, text[], bool[], text[], int, text, text)
    IS 'address of the next page of a list';

CREATE FUNCTION mistral_api.list_filters(c mistral_api.collections, params jsonb,
                                         INOUT args text[], OUT conditions text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    field mistral_api.fields;
    parts text[];
BEGIN
    conditions := '{}';
    FOR field IN
        SELECT m.* FROM mistral_api.fields m
         WHERE m.collection = c.name AND m.filter IS NOT NULL AND params ? m.name
         ORDER BY m.filter
    LOOP
        parts := NULL;
        -- documents and numbers are compared as a whole
        IF field.type NOT IN ('json', 'int') THEN
            parts := regexp_match(params ->> field.name, '^(eq|neq|gt|gte|lt|lte|in|nin|has):(.*)$', 's');
        END IF;
        IF parts IS NULL THEN
            parts := ARRAY['eq', params ->> field.name];
        END IF;
        IF field.type = 'json' AND mistral_api.parse_json(field.name, parts[2]) = 'null' THEN
            CONTINUE;
        ELSIF field.type = 'bool' AND parts[1] NOT IN ('in', 'nin') THEN
            parts[2] := mistral_api.bool_param(jsonb_build_object(field.name, parts[2]), field.name);
        ELSIF field.type = 'int' THEN
            parts[2] := mistral_api.to_int(field.name, parts[2], 'integer');
        END IF;
        args := args || parts[2];
        conditions := conditions || mistral_api.filter_condition(
            field, parts[1], parts[2], format('($1)[%s]', cardinality(args)));
    END LOOP;
END
$$;
COMMENT ON FUNCTION mistral_api.list_filters(mistral_api.collections, jsonb, text[])
    IS 'SQL conditions of the filters among the parameters; operands are added to args';

CREATE FUNCTION mistral_api.null_conditions(c mistral_api.collections, names text)
RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    words CONSTANT text[] := mistral_api.list_words(names, true);
BEGIN
    IF NOT words <@ '{root_execution_id}' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('Invalid value(s) for "nulls": [%s]. Allowed values: [root_execution_id]', names);
    END IF;
    RETURN ARRAY(SELECT format('(%s) IS NULL', m.expr)
                   FROM mistral_api.fields m
                  WHERE m.collection = c.name AND m.name = ANY (words));
END
$$;
COMMENT ON FUNCTION mistral_api.null_conditions(mistral_api.collections, text)
    IS 'SQL conditions: the fields named are null';

CREATE FUNCTION mistral_api.list_visibility(c mistral_api.collections, params jsonb)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    everything CONSTANT bool := mistral_api.bool_param(params, 'all_projects');
BEGIN
    IF everything OR c.is_private AND params ? 'project_id' THEN
        PERFORM mistral_api.require_admin();
        RETURN 'true';
    END IF;
    -- of what may be public, others see that much of another project
    RETURN CASE WHEN params ? 'project_id' AND mistral_api.is_admin() THEN 'true' ELSE c.visible END;
END
$$;
COMMENT ON FUNCTION mistral_api.list_visibility(mistral_api.collections, jsonb)
    IS 'SQL condition: rows that a list shows to the caller';

CREATE FUNCTION mistral_api.has_few_rows(c mistral_api.collections)
RETURNS bool
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
-- which reads all children of a task before it gives one
SET enable_bitmapscan TO off
AS $$
DECLARE
    -- with more, whoever reads the newest rows of all meets enough of the project's
    most CONSTANT bigint := least(5000, (SELECT r.reltuples / 50 FROM pg_class r WHERE r.oid = c.main::regclass));
    found bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM (SELECT FROM mistral.workflow_executions e WHERE e.project_id = $2 LIMIT %s) AS x',
                   most + 1)
       INTO found USING NULL::text[], current_user::text;
    IF found <= most THEN
        EXECUTE format('SELECT count(*) FROM (SELECT FROM %s WHERE %s LIMIT %s) AS x',
                       c.source_of_few[1], c.visible, most + 1)
           INTO found USING NULL::text[], current_user::text;
    END IF;
    RETURN found <= most;
END
$$;
COMMENT ON FUNCTION mistral_api.has_few_rows(mistral_api.collections)
    IS 'whether the caller''s project has so few of all rows that they are found by its executions';

CREATE FUNCTION mistral_api.early_start(c mistral_api.collections, descending bool[], marker text,
                                        marker_time timestamptz, is_lost bool)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    IF marker_time IS NULL THEN
        RETURN 'true';
    ELSIF descending[1] = descending[2] AND NOT is_lost THEN
        -- the id of a late row is before all that were made at its time
        RETURN format('%s %s %L::uuid', c.id, CASE WHEN descending[1] THEN '<' ELSE '>' END,
                      greatest(mistral.first_id(marker_time), marker::uuid));
    ELSIF descending[1] THEN
        RETURN format('%s < %L::uuid', c.id, mistral.first_id(marker_time + interval '1 us'));
    END IF;
    RETURN format('%s >= %L::uuid', c.id, mistral.first_id(marker_time));
END
$$;
COMMENT ON FUNCTION mistral_api.early_start(mistral_api.collections, bool[], text, timestamptz, bool)
    IS 'SQL condition of ids: where those that carry their time go on behind a marker';

-- Rows whose ids carry their time of creation are read by the primary key, the
-- others by an index of their own; from each as many as a page has.  Ids say
-- how far to read: what is behind the last of the others is not on the page.
CREATE FUNCTION mistral_api.page_by_id(c mistral_api.collections, conditions text, created text,
                                       descending bool[], start text, page int, object text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    time_dir CONSTANT text := CASE WHEN descending[1] THEN 'DESC' ELSE 'ASC' END;
    id_dir CONSTANT text := CASE WHEN descending[2] THEN 'DESC' ELSE 'ASC' END;
    -- ids of rows made not beyond a time
    not_beyond CONSTANT text := c.id || CASE WHEN descending[1]
        THEN ' >= coalesce((SELECT mistral.first_id(x.t) FROM %s), ''00000000-0000-0000-0000-000000000000'')'
        ELSE ' < coalesce((SELECT mistral.first_id(x.t + interval ''1 us'') FROM %s),'
             ' ''ffffffff-ffff-ffff-ffff-ffffffffffff'')' END;
    early text := format('%s AND NOT (%s) AND %s AND ', conditions, c.late, start)
                  || format(not_beyond, format('late AS x OFFSET %s', page - 1));
BEGIN
    IF descending[1] <> descending[2] THEN
        -- all of the time of the last one, of which the ids are sorted the other way
        early := early || ' AND ' || format(not_beyond, format(
            '(SELECT %s AS t FROM %s WHERE %s ORDER BY %s %s OFFSET %s LIMIT 1) AS x',
            created, c.source, early, c.id, time_dir, page - 1));
    END IF;
    RETURN format(
        'WITH late AS MATERIALIZED ('
        'SELECT %1$s AS o, %2$s AS i, %3$s AS t FROM %4$s WHERE %5$s AND (%6$s) ORDER BY t %7$s, i %8$s LIMIT %9$s)'
        ' SELECT o, i::text, to_json(ARRAY[t::text, i::text])::text AS k FROM (SELECT o, i, t FROM late UNION ALL'
        ' (SELECT %1$s, %2$s, %3$s FROM %4$s WHERE %10$s ORDER BY %11$s LIMIT %9$s)) AS both_kinds'
        ' ORDER BY both_kinds.t %7$s, both_kinds.i %8$s LIMIT %9$s',
        object, c.id, created, c.source, conditions, c.late, time_dir, id_dir, page, early,
        CASE WHEN descending[1] = descending[2] THEN c.id || ' ' || id_dir
             ELSE format('%s %s, %s %s', created, time_dir, c.id, id_dir) END);
END
$$;
COMMENT ON FUNCTION mistral_api.page_by_id(mistral_api.collections, text, text, bool[], text, int, text)
    IS 'query of a page in the order of time and id, of a collection whose ids carry the time';

-- All rows that a list has on its pages are counted only if somebody asks, as
-- that reads all of them.
CREATE FUNCTION mistral_api.count_objects(c mistral_api.collections, conditions text[], args text[])
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM %s WHERE (%s)', (c).source, array_to_string(conditions, ') AND ('))
       INTO result USING args, current_user::text;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.count_objects(mistral_api.collections, text[], text[])
    IS 'number of objects on all pages of a list';

-- The planner cannot know how early a page by id ends, and may take a scan of
-- the whole table for as cheap.
CREATE FUNCTION mistral_api.read_page_by_id(query text, args text[],
                                            OUT objects json, OUT nrows int, OUT last_id text, OUT place text)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
SET enable_seqscan TO off
SET enable_bitmapscan TO off
AS $$
BEGIN
    EXECUTE 'SELECT coalesce(json_agg(o), ''[]''), count(*)::int, (array_agg(i))[count(*)],'
            ' (array_agg(k))[count(*)] FROM (' || query || ') AS page'
       INTO objects, nrows, last_id, place
      USING args, current_user::text;
END
$$;
COMMENT ON FUNCTION mistral_api.read_page_by_id(text, text[]) IS 'the rows of a query of page_by_id()';

CREATE FUNCTION mistral_api.list_objects(collection text, params jsonb, base text, path text,
                                         fixed jsonb DEFAULT '{}')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
-- a page is not worth starting processes, of which the schedulers need some
SET max_parallel_workers_per_gather TO 0
AS $$
DECLARE
    max_page CONSTANT int := 10000;
    c mistral_api.collections;
    args text[] := '{}';
    conditions text[];
    page int;
    keys text[];
    descending bool[];
    wanted text[];
    exprs text[];
    types text[];
    nullable bool[];
    after text[];
    known_place text := params ->> 'place';
    marker CONSTANT text := params ->> 'marker';
    condition text;
    object text;
    query text;
    objects json;
    found int;
    last_id text;
    place text;
    next text;
    total bigint;
BEGIN
    SELECT * INTO STRICT c FROM mistral_api.collections x WHERE x.name = collection;
    PERFORM mistral_api.check_params(params, VARIADIC
        '{limit,marker,place,sort_keys,sort_dirs,fields,total}'::text[] || c.params ||
        ARRAY(SELECT m.name FROM mistral_api.fields m
               WHERE m.collection = c.name AND m.filter IS NOT NULL));
    page := CASE WHEN params ? 'limit' THEN
                least(greatest(mistral_api.to_int('limit', params ->> 'limit'), 0), max_page)
            ELSE max_page END;
    IF page <= 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'Limit must be positive.';
    END IF;
    SELECT s.keys, s.descending INTO keys, descending
      FROM mistral_api.sort_order(c, params) AS s;
    wanted := mistral_api.wanted_members(c, params);
    SELECT f.args, f.conditions INTO args, conditions
      FROM mistral_api.list_filters(c, fixed || params, args) AS f;
    conditions := mistral_api.list_visibility(c, params) || conditions;
    conditions := conditions || mistral_api.null_conditions(c, params ->> 'nulls');
    IF params ?| '{q,waits_longer}' THEN
        conditions := conditions || mistral_api.search_conditions(params, conditions[1]);
    END IF;

    SELECT array_agg(CASE m.type WHEN 'state' THEN format('mistral.state_name(%s)', m.expr)
                                 ELSE m.expr END ORDER BY k.place),
           array_agg(CASE m.type WHEN 'time' THEN 'timestamptz' WHEN 'int' THEN 'bigint'
                                 WHEN 'bool' THEN 'bool'
                                 WHEN 'uuid' THEN 'uuid' ELSE 'text' END ORDER BY k.place),
           array_agg(m.is_null ORDER BY k.place)
      INTO exprs, types, nullable
      FROM unnest(keys) WITH ORDINALITY AS k(name, place)
      JOIN mistral_api.fields m ON m.collection = c.name AND m.name = k.name;
    IF mistral_api.bool_param(params, 'total') THEN
        total := mistral_api.count_objects(c, conditions, args);
    END IF;
    IF params ? 'place' AND NOT params ? 'marker' THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013', MESSAGE = 'place goes with the marker of the same link.';
    END IF;
    IF params ? 'marker' THEN
        IF known_place IS NULL THEN
            after := mistral_api.marker_values(c, exprs, marker);
            IF after IS NULL THEN
                known_place := mistral_api.noted_place(marker, array_to_string(keys, ','));
            END IF;
        END IF;
        IF known_place IS NOT NULL THEN
            after := mistral_api.place_values(known_place, cardinality(keys));
        END IF;
        IF after IS NULL THEN
            conditions := conditions || mistral_api.after_lost_marker(c, keys, descending, marker);
        ELSE
            conditions := conditions || mistral_api.after_marker(
                exprs, types, nullable, descending, after, cardinality(args) + 1,
                c.is_whole AND NOT mistral_api.is_uuid(marker) AND known_place IS NULL);
            args := args || after;
        END IF;
    END IF;

    IF c.source_of_few IS NOT NULL AND conditions[1] = c.visible
       AND NOT (fixed || params) ?| '{workflow_execution_id,task_execution_id}'
       AND mistral_api.has_few_rows(c) THEN
        c.source := array_to_string(c.source_of_few, ' ');
        c.late := NULL;
    END IF;
    condition := '(' || array_to_string(conditions, ') AND (') || ')';
    object := mistral_api.object_expression(c, wanted, mistral_api.bool_param(params, 'include_output'), true);
    IF c.late IS NOT NULL AND keys = '{created_at,id}' THEN
        query := mistral_api.page_by_id(c, condition, exprs[1], descending,
            mistral_api.early_start(c, descending, marker,
                CASE WHEN after IS NOT NULL THEN after[1]::timestamptz
                     WHEN params ? 'marker' THEN mistral_api.time_of_lost(c, marker) END,
                after IS NULL),
            page, object);
        SELECT p.objects, p.nrows, p.last_id, p.place INTO objects, found, last_id, place
          FROM mistral_api.read_page_by_id(query, args) AS p;
    ELSE
        query := format(
            'SELECT %s AS o, %s::text AS i, to_json(ARRAY[(%s)::text])::text AS k FROM %s WHERE %s ORDER BY %s LIMIT %s',
            object, c.id, array_to_string(exprs, ')::text, ('), c.source, condition,
            (SELECT string_agg(e || CASE WHEN d THEN ' DESC' ELSE '' END, ', ' ORDER BY i)
               FROM unnest(exprs, descending) WITH ORDINALITY AS u(e, d, i)),
            page);
        EXECUTE 'SELECT coalesce(json_agg(o), ''[]''), count(*)::int, (array_agg(i))[count(*)],'
                ' (array_agg(k))[count(*)] FROM (' || query || ') AS page'
           INTO objects, found, last_id, place
          USING args, current_user::text;
    END IF;
    IF found = page THEN
        -- the server remembers the place, or the id tells it, or else the link has to
        IF NOT mistral_api.links_have_place(keys)
           AND (mistral_api.note_place(last_id, array_to_string(keys, ','), place)
                OR keys[1] IN ('id', 'created_at') AND mistral_api.time_of_id(last_id) IS NOT NULL) THEN
            place := NULL;
        END IF;
        next := mistral_api.next_link(
            c, fixed || params, base, path, keys, descending, wanted, page, last_id, place);
    END IF;
    -- not put together from parts: a page may be large
    RETURN CASE WHEN total IS NULL AND next IS NULL THEN json_build_object(c.name, objects)
                WHEN total IS NULL THEN json_build_object(c.name, objects, 'next', next)
                WHEN next IS NULL THEN json_build_object(c.name, objects, 'total', total)
                ELSE json_build_object(c.name, objects, 'next', next, 'total', total) END;
END
$$;
COMMENT ON FUNCTION mistral_api.list_objects(text, jsonb, text, text, jsonb)
    IS 'a list; "path" is its address behind the base, "fixed" holds filters that the path implies';
