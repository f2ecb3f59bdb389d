-- Create or replace in one call; what is not given stays as it is.
SET client_min_messages = warning;
CREATE FUNCTION pg_temp.seen(pattern text) RETURNS TABLE (kind text, name text, scope text, text text)
LANGUAGE sql AS $$
    SELECT 'workflow', d.name, d.scope, v.spec ->> 'description'
      FROM mistral.workflow_definitions d JOIN mistral.workflow_versions v ON v.id = d.version_id
     WHERE d.name LIKE pattern
    UNION ALL
    SELECT 'action', d.name, d.scope, v.spec ->> 'description'
      FROM mistral.action_definitions d JOIN mistral.action_versions v ON v.id = d.version_id
     WHERE d.name LIKE pattern
    UNION ALL
    SELECT 'workbook', b.name, b.scope, b.spec ->> 'description' FROM mistral.workbooks b WHERE b.name LIKE pattern
    UNION ALL
    SELECT 'environment', e.name, e.scope, e.variables::text FROM mistral.environments e WHERE e.name LIKE pattern
    ORDER BY 1, 2
$$;
RESET client_min_messages;

SELECT count(*) FROM mistral.create_workflows(
    E'version: ''2.0''\nreplace_w: {description: one, tasks: {t: {action: std.noop}}}', scope => 'public');
SELECT count(*) FROM mistral.create_workflows(
    E'version: ''2.0''\nreplace_w: {description: two, tasks: {t: {action: std.noop}}}');
SELECT count(*) FROM mistral.create_workflows(
    E'version: ''2.0''\nreplace_w: {description: two, tasks: {t: {action: std.noop}}}\nreplace_n: {description: new, tasks: {t: {action: std.noop}}}',
    or_replace => true);
SELECT * FROM pg_temp.seen('replace%');
SELECT count(*) FROM mistral.update_workflows(
    E'version: ''2.0''\nreplace_w: {description: three, tasks: {t: {action: std.noop}}}');
SELECT * FROM pg_temp.seen('replace_w');
SELECT count(*) FROM mistral.update_workflows(
    E'version: ''2.0''\nreplace_w: {description: three, tasks: {t: {action: std.noop}}}', scope => 'private');
SELECT * FROM pg_temp.seen('replace_w');

SELECT count(*) FROM mistral.create_actions(E'version: ''2.0''\nreplace_a: {description: one, base: std.noop}', or_replace => true);
SELECT count(*) FROM mistral.create_actions(E'version: ''2.0''\nreplace_a: {description: two, base: std.noop}', or_replace => true);
SELECT count(*) FROM mistral.create_workbook(E'version: ''2.0''\nname: replace_b\ndescription: one\nactions: {a: {base: std.noop}}', or_replace => true);
SELECT count(*) FROM mistral.create_workbook(E'version: ''2.0''\nname: replace_b\ndescription: two\nactions: {a: {base: std.noop}}', or_replace => true);
SELECT mistral.create_environment('replace_e', '{"n": 1}', scope => 'public', or_replace => true) AS e \gset
SELECT mistral.create_environment('replace_e', '{"n": 2}', or_replace => true) = :'e' AS same;
SELECT mistral.create_environment('replace_e', '{"n": 3}');
-- at the bound what is there can still be replaced
SET mistral.max_environments = 0;
SELECT mistral.create_environment('replace_e', '{"n": 4}', or_replace => true) = :'e' AS same;
RESET mistral.max_environments;
SELECT * FROM pg_temp.seen('replace%');
-- an id does for a name
SELECT mistral.update_environment(:'e', '{"n": 5}');
SELECT text FROM pg_temp.seen('replace_e');
SELECT mistral.delete_environment(:'e');

-- A wait that was too short says so.
SELECT count(*) FROM mistral.create_workflows(E'version: ''2.0''\nreplace_wait: {tasks: {t: {action: std.async_noop}}}');
SELECT mistral.start_workflow('replace_wait') AS id \gset
SELECT w ->> 'state' AS state, w -> 'timed_out' AS timed_out FROM mistral.wait_execution(:'id', '10 ms') AS w;
SELECT mistral.complete_action(id) FROM mistral.actions WHERE workflow_execution_id = :'id';
SELECT w ->> 'state' AS state, w -> 'timed_out' AS timed_out FROM mistral.wait_execution(:'id', '1 min') AS w;
SELECT mistral.delete_execution(:'id');

-- A setting that does not exist is not taken silently.
SET mistral.nosuch = 1;

-- Everything that users see is described.
SELECT n.nspname FROM pg_namespace n
 WHERE n.nspname IN ('mistral', 'mistral_api') AND obj_description(n.oid, 'pg_namespace') IS NULL;
SELECT t.typname FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid
 WHERE t.typnamespace = 'mistral'::regnamespace AND c.relkind = 'c' AND obj_description(t.oid, 'pg_type') IS NULL;
SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'mistral'::regnamespace AND c.relkind IN ('c', 'v', 'r') AND a.attnum > 0
   AND NOT a.attisdropped AND col_description(c.oid, a.attnum) IS NULL ORDER BY 1, a.attnum;

-- Observers, and members of pg_monitor, read the statistics.
CREATE ROLE replace_observer;
CREATE ROLE replace_monitor IN ROLE pg_monitor;
SET client_min_messages = warning;
SELECT mistral.create_roles();
GRANT mistral_observer TO replace_observer;
RESET client_min_messages;
CREATE FUNCTION pg_temp.read_all(role text) RETURNS TABLE (name text, problem text) LANGUAGE plpgsql AS $$
BEGIN
    FOR name IN SELECT c.relname FROM pg_class c
                 WHERE c.relnamespace = 'mistral'::regnamespace AND c.relname LIKE 'stat\_%' ORDER BY 1
    LOOP
        BEGIN
            EXECUTE format('SET LOCAL ROLE %I', role);
            EXECUTE format('SELECT count(*) FROM (SELECT * FROM mistral.%I OFFSET 0) x', name);
            problem := 'none';
        EXCEPTION WHEN OTHERS THEN
            problem := SQLERRM;
        END;
        RESET ROLE;
        RETURN NEXT;
    END LOOP;
END
$$;
SELECT role, r.* FROM unnest('{replace_observer,replace_monitor}'::text[]) AS role, pg_temp.read_all(role) AS r
 WHERE problem <> 'none';
SELECT count(*) > 5 AS all FROM pg_temp.read_all('replace_observer');
DROP ROLE replace_observer, replace_monitor;

-- A database whose encoding is unknown is refused.
CREATE DATABASE replace_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\set current :DBNAME
\c replace_ascii
CREATE EXTENSION mistral;
\c :current
DROP DATABASE replace_ascii;

SET client_min_messages = warning;
SELECT mistral.delete_workflow(name) FROM (VALUES ('replace_w'), ('replace_n'), ('replace_wait')) AS w(name);
SELECT mistral.delete_action(name) FROM (VALUES ('replace_a'), ('replace_b.a')) AS a(name);
SELECT mistral.delete_workbook('replace_b');
