-- The REST API in SQL: where a list goes on.
--
-- The marker of a page is the id of the last row of the page before.  That row
-- may have been deleted since.  So the link of the page before says what the row
-- had in the columns sorted by ("place").  Lists by time of creation, id, name or
-- description alone have links without it, as in Mistral: for them the server
-- remembers the places of the last pages.  Where it has forgotten, an id tells
-- when its row was made.

CREATE FUNCTION mistral_api.note_place(marker text, keys text, place text)
RETURNS bool
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'mistral_api_note_place';
COMMENT ON FUNCTION mistral_api.note_place(text, text, text)
    IS 'has the server remember what the last row of a page has in the columns sorted by, for this user; false: it cannot';

CREATE FUNCTION mistral_api.noted_place(marker text, keys text)
RETURNS text
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'mistral_api_noted_place';
COMMENT ON FUNCTION mistral_api.noted_place(text, text)
    IS 'what note_place() has remembered for this user; null: nothing is known';

CREATE FUNCTION mistral_api.marker_values(c mistral_api.collections, exprs text[], marker text)
RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result text[];
BEGIN
    IF NOT c.is_whole THEN
        PERFORM mistral_api.to_uuid('marker', marker);
    END IF;
    EXECUTE format('SELECT ARRAY[(%s)::text] FROM %s WHERE %s = %L AND (%s)',
                   array_to_string(exprs, ')::text, ('), c.source, c.id, marker,
                   CASE WHEN mistral_api.is_admin() THEN 'true' ELSE c.visible END)
       INTO result
      USING NULL::text[], current_user::text;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.marker_values(mistral_api.collections, text[], text)
    IS 'what the row of a marker has in the columns sorted by; null when it is gone';

CREATE FUNCTION mistral_api.time_of_id(id text)
RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN id ~* '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
       THEN to_timestamp((('x' || left(replace(id, '-', ''), 12))::bit(48)::bigint + 1) / 1000.0) END;
COMMENT ON FUNCTION mistral_api.time_of_id(text)
    IS 'the end of the millisecond in which an id was made; null for one that was not made here';

CREATE FUNCTION mistral_api.field(c mistral_api.collections, name text)
RETURNS mistral_api.fields
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    result mistral_api.fields;
BEGIN
    SELECT * INTO STRICT result FROM mistral_api.fields m
     WHERE m.collection = c.name AND m.name = field.name;
    RETURN result;
END
$$;
COMMENT ON FUNCTION mistral_api.field(mistral_api.collections, text) IS 'a field of the objects of a collection';

CREATE FUNCTION mistral_api.time_of_lost(c mistral_api.collections, marker text)
RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    id CONSTANT mistral_api.fields := mistral_api.field(c, 'id');
    created CONSTANT mistral_api.fields := mistral_api.field(c, 'created_at');
    made CONSTANT timestamptz := mistral_api.time_of_id(marker);
    next timestamptz;
BEGIN
    -- what was made next tells more than the id, if it was begun before:
    -- all that a transaction makes has one time
    EXECUTE format('SELECT %1$s FROM %2$s WHERE %3$s > %4$L::%5$s AND %1$s > ''-infinity'' AND (%6$s)'
                   ' ORDER BY %3$s LIMIT 1',
                   created.expr, c.source, id.expr, marker, id.type, c.visible)
       INTO next
      USING NULL::text[], current_user::text;
    RETURN CASE WHEN next <= made THEN next ELSE made END;
END
$$;
COMMENT ON FUNCTION mistral_api.time_of_lost(mistral_api.collections, text)
    IS 'when a row that is gone was made, as nearly as can be found; null: unknown';

CREATE FUNCTION mistral_api.after_lost_marker(c mistral_api.collections, keys text[], descending bool[], marker text)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    id CONSTANT mistral_api.fields := mistral_api.field(c, 'id');
    key CONSTANT mistral_api.fields := mistral_api.field(c, keys[1]);
    place text;
BEGIN
    IF keys[1] = 'id' AND mistral_api.time_of_id(marker) IS NOT NULL THEN
        place := marker;
    ELSIF keys[1] = 'created_at' THEN
        place := mistral_api.time_of_lost(c, marker);
    END IF;
    IF place IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MS041', MESSAGE = format(c.missing, marker);
    END IF;
    RETURN format('(%1$s %2$s %3$L OR %1$s = %3$L AND %4$s %5$s %6$L::%7$s)',
                  key.expr, CASE WHEN descending[1] THEN '<' ELSE '>' END, place,
                  id.expr, CASE WHEN descending[array_position(keys, 'id')] THEN '<' ELSE '>' END, marker, id.type);
END
$$;
COMMENT ON FUNCTION mistral_api.after_lost_marker(mistral_api.collections, text[], bool[], text)
    IS 'SQL condition: behind the place of a marker whose row is gone';
