-- Where the rows are at home.
--
-- Rows of executions come into a database also by a restore, by replication,
-- and as a copy of the whole database.  Until somebody says that they are all
-- there and that the work in them is to be done here, nothing of it is: workers
-- stand still, and calls that would change something are refused.
--
-- pg_dump goes by names, and this name comes before the others': a dump that
-- is restored by one session begins with it.  Where it does not, the rows that
-- are loaded say so themselves (src/store/home.h).

CREATE TABLE mistral.abode (
    system_id       bigint NOT NULL,
    database_id     oid NOT NULL,
    extension_id    oid NOT NULL,
    marker_id       oid NOT NULL,
    noted_at        timestamptz NOT NULL DEFAULT now(),
    source          text NOT NULL
);
COMMENT ON TABLE mistral.abode
    IS 'where the rows are at home: one row with the identity of this database, unless rows were loaded from elsewhere';
COMMENT ON COLUMN mistral.abode.system_id
    IS 'system identifier of the cluster; 0: a mark of rows that were loaded, as are the next three';
COMMENT ON COLUMN mistral.abode.database_id IS 'oid of the database';
COMMENT ON COLUMN mistral.abode.extension_id IS 'oid of the extension';
COMMENT ON COLUMN mistral.abode.marker_id
    IS 'oid of resume_after_restore(): pg_upgrade changes it';
COMMENT ON COLUMN mistral.abode.noted_at IS 'time of the entry';
COMMENT ON COLUMN mistral.abode.source
    IS 'name of the database, or what was loaded';
SELECT pg_extension_config_dump('mistral.abode', '');
ALTER TABLE mistral.abode ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_all ON mistral.abode FOR SELECT USING (true);

CREATE FUNCTION mistral.begin_restore()
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_begin_restore';
COMMENT ON FUNCTION mistral.begin_restore()
    IS 'has the workflows of this database stand still until resume_after_restore() is called; COPY and replication into its tables do so by themselves';
REVOKE ALL ON FUNCTION mistral.begin_restore() FROM PUBLIC;

CREATE FUNCTION mistral.resume_after_restore(force bool DEFAULT false)
RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_resume_after_restore';
COMMENT ON FUNCTION mistral.resume_after_restore(bool)
    IS 'says that all rows have been loaded and that their work is to be done here; refused while check() finds anything, unless forced';
REVOKE ALL ON FUNCTION mistral.resume_after_restore(bool) FROM PUBLIC;

-- What does not come along with rows. Replication leaves the sequences where
-- they were; transactions are numbered anew in another cluster; and pg_restore
-- --disable-triggers neither fires the triggers that see to that nor switches
-- them on again as they were.
CREATE FUNCTION mistral.settle_rows()
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    statement text;
BEGIN
    -- all first: a table that is being read cannot be altered
    FOREACH statement IN ARRAY ARRAY(
        SELECT v.mend_sql FROM mistral.violations v
         WHERE v.invariant = 'triggers of our tables are as installed'
        UNION ALL
        SELECT v.mend_sql FROM mistral.violations v
         WHERE v.invariant = 'numbers are not given twice')
    LOOP
        EXECUTE statement;
    END LOOP;
    UPDATE mistral.events SET xact_id = pg_current_xact_id()
     WHERE xact_id >= pg_snapshot_xmax(pg_current_snapshot());
    UPDATE mistral.event_delays
       SET floor_id = greatest(floor_id, last_id), last_xact = '0', last_id = 0, is_restored = true
     WHERE EXISTS (SELECT FROM mistral.event_consumers c
                    WHERE c.name = '' AND c.last_xact >= pg_snapshot_xmax(pg_current_snapshot()));
    UPDATE mistral.event_consumers
       SET floor_id = greatest(floor_id, last_id), last_xact = '0'
     WHERE last_xact >= pg_snapshot_xmax(pg_current_snapshot());
    -- workers find the claims anew
    DELETE FROM mistral.action_claims WHERE executor_id = 0;
END
$$;
COMMENT ON FUNCTION mistral.settle_rows()
    IS 'puts right what does not come along with rows that are loaded; part of resume_after_restore()';
REVOKE ALL ON FUNCTION mistral.settle_rows() FROM PUBLIC;

CREATE FUNCTION mistral.note_load()
RETURNS trigger
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_note_load';
COMMENT ON FUNCTION mistral.note_load()
    IS 'trigger: rows are coming in from elsewhere';
REVOKE ALL ON FUNCTION mistral.note_load() FROM PUBLIC;

INSERT INTO mistral.abode (system_id, database_id, extension_id, marker_id, source)
SELECT c.system_identifier, d.oid, e.oid,
       'mistral.resume_after_restore(bool)'::regprocedure, d.datname
  FROM pg_control_system() c, pg_database d, pg_extension e
 WHERE d.datname = current_database() AND e.extname = 'mistral';

CREATE TRIGGER note_load AFTER INSERT OR UPDATE OR DELETE ON mistral.abode
    FOR EACH STATEMENT EXECUTE FUNCTION mistral.note_load();
ALTER TABLE mistral.abode ENABLE ALWAYS TRIGGER note_load;

-- Replication fires only triggers that say so, and when it applies changes
-- only those for rows.
DO $$
DECLARE
    relation regclass;
BEGIN
    FOREACH relation IN ARRAY '{
        mistral.workflow_executions, mistral.execution_data,
        mistral.task_executions, mistral.task_items, mistral.action_executions, mistral.contexts,
        mistral.action_results, mistral.action_queue, mistral.executors,
        mistral.action_recalls, mistral.signals, mistral.signal_waits, mistral.human_tasks,
        mistral.limits, mistral.limit_slots,
        mistral.delayed_calls, mistral.events, mistral.event_consumers,
        mistral.event_delays, mistral.event_deliveries, mistral.table_watches}'::regclass[]
    LOOP
        EXECUTE format('CREATE TRIGGER note_load BEFORE INSERT ON %s'
                       ' FOR EACH ROW EXECUTE FUNCTION mistral.note_load()', relation);
        EXECUTE format('ALTER TABLE %s ENABLE REPLICA TRIGGER note_load', relation);
    END LOOP;
END
$$;

-- What CREATE EXTENSION has filled on both sides need not be replicated.
CREATE FUNCTION mistral.keep_installed_rows()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral.keep_installed_rows()
    IS 'trigger: leaves out replicated rows of tables that the install script fills';
REVOKE ALL ON FUNCTION mistral.keep_installed_rows() FROM PUBLIC;

DO $$
DECLARE
    relation regclass;
BEGIN
    FOREACH relation IN ARRAY '{
        mistral_api.attributes, mistral_api.builtin_actions,
        mistral_api.collections, mistral_api.fields}'::regclass[]
    LOOP
        EXECUTE format('CREATE TRIGGER keep_installed_rows BEFORE INSERT ON %s'
                       ' FOR EACH ROW EXECUTE FUNCTION mistral.keep_installed_rows()', relation);
        EXECUTE format('ALTER TABLE %s ENABLE REPLICA TRIGGER keep_installed_rows', relation);
    END LOOP;
END
$$;
