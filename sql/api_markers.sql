-- The REST API in SQL: where a list goes on.
--
-- The marker of a page is the id of the last row of the page before.  That row
-- may have been deleted since: then its id tells when it was made, and for
-- definitions, which are listed by name as well, their names are kept for an
-- hour.  In most other orders the link of the page before says what the row had in
-- the columns sorted by ("place").

CREATE UNLOGGED TABLE mistral_api.removed (
    id              uuid PRIMARY KEY,
    project_id      text NOT NULL,
    scope           text NOT NULL,
    name            text,
    removed_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX removed_at_key ON mistral_api.removed (removed_at);
COMMENT ON TABLE mistral_api.removed
    IS 'names of what was deleted within the last hour, for those who are turning pages; not dumped';
COMMENT ON COLUMN mistral_api.removed.id IS 'identifier that it had';
COMMENT ON COLUMN mistral_api.removed.project_id IS 'role that owned it';
COMMENT ON COLUMN mistral_api.removed.scope IS 'its scope';
COMMENT ON COLUMN mistral_api.removed.name IS 'its name';
COMMENT ON COLUMN mistral_api.removed.removed_at IS 'when it was deleted';
ALTER TABLE mistral_api.removed ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_own ON mistral_api.removed
    FOR SELECT USING (scope = 'public' OR mistral.can_read_project(project_id));

CREATE FUNCTION mistral_api.note_removed()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SECURITY DEFINER
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    -- a few at a time, and without waiting for another session at them
    DELETE FROM mistral_api.removed r
     WHERE r.id IN (SELECT x.id FROM mistral_api.removed x WHERE x.removed_at < now() - interval '1 hour'
                     ORDER BY x.removed_at LIMIT 100 FOR UPDATE SKIP LOCKED);
    INSERT INTO mistral_api.removed (id, project_id, scope, name)
    SELECT o.id, o.project_id, o.scope, o.name FROM gone AS o
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral_api.note_removed()
    IS 'remembers the names of definitions that a statement has deleted';

DO $do$
DECLARE
    listed text;
BEGIN
    FOREACH listed IN ARRAY '{workflow_definitions,workbooks,action_definitions,environments,code_sources,
                              dynamic_actions,cron_triggers,event_triggers}'::text[]
    LOOP
        EXECUTE format('CREATE TRIGGER note_removed AFTER DELETE ON mistral.%I REFERENCING OLD TABLE AS gone'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION mistral_api.note_removed()', listed);
    END LOOP;
END
$do$;

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
    ELSIF keys[1] = 'name' AND NOT pg_is_in_recovery() THEN
        -- a standby has no unlogged tables
        SELECT r.name INTO place FROM mistral_api.removed r WHERE r.id = mistral_api.id_of(marker);
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
