-- What an administrator attaches to the tables of the extension works, or is
-- refused with the reason; never is it passed over.
SET client_min_messages = warning;
CREATE SCHEMA altered;
SELECT count(*) FROM mistral.create_workflows(E'version: ''2.0''\naltered: {tasks: {altered_task: {action: std.async_noop, publish: {x: 1}}}}');
CREATE FUNCTION altered.tr() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
-- runs a workflow with a change in place, and undoes all
CREATE FUNCTION altered.attempt(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    execution uuid;
    answer text;
    hint text;
BEGIN
    BEGIN
        EXECUTE change;
        PERFORM mistral.start_workflow('altered');
        execution := mistral.start_workflow('altered');
        PERFORM mistral.complete_action(a.id) FROM mistral.actions a WHERE a.workflow_execution_id = execution;
        answer := mistral.get_execution(execution) ->> 'state';
        PERFORM mistral.delete_execution(execution);
        RAISE EXCEPTION USING ERRCODE = 'P0009', MESSAGE = 'works: ' || answer;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
        RETURN CASE WHEN SQLSTATE = 'P0009' THEN '' ELSE SQLSTATE || ' ' END || SQLERRM
               || CASE WHEN SQLSTATE = 'MS502' AND hint = '' THEN ' (no hint)' ELSE '' END;
    END;
END
$$;
-- publications warn of wal_level
SET client_min_messages = error;
SELECT change, altered.attempt(change) FROM unnest(ARRAY[
    -- refused
    'CREATE TRIGGER x AFTER INSERT ON mistral.workflow_executions FOR EACH ROW EXECUTE FUNCTION altered.tr()',
    'CREATE TRIGGER x AFTER UPDATE ON mistral.task_executions FOR EACH STATEMENT EXECUTE FUNCTION altered.tr()',
    'CREATE TABLE altered.r (e uuid REFERENCES mistral.workflow_executions)',
    'CREATE TABLE altered.r (a uuid REFERENCES mistral.action_executions ON DELETE CASCADE)',
    'CREATE TABLE altered.p (name text PRIMARY KEY); ALTER TABLE mistral.workflow_executions ADD FOREIGN KEY (project_id) REFERENCES altered.p NOT VALID',
    'CREATE RULE x AS ON INSERT TO mistral.task_executions DO ALSO NOTHING',
    'ALTER TABLE mistral.workflow_executions ADD CHECK (length(workflow_name) < 3) NOT VALID',
    'ALTER TABLE mistral.action_executions ADD note text',
    'ALTER TABLE mistral.task_executions ADD kind text NOT NULL DEFAULT ''x''',
    'ALTER TABLE mistral.workflow_executions ADD upper_name text GENERATED ALWAYS AS (upper(workflow_name)) STORED',
    'DELETE FROM mistral.action_executions; ALTER TABLE mistral.action_executions ALTER target SET NOT NULL',
    'ALTER TABLE mistral.contexts ALTER locator TYPE text',
    'CREATE TABLE altered.p (LIKE mistral.contexts) PARTITION BY LIST (id); ALTER TABLE altered.p ATTACH PARTITION mistral.contexts DEFAULT',
    'CREATE TABLE altered.c () INHERITS (mistral.contexts)',
    'ALTER TABLE mistral.action_executions ADD CONSTRAINT u UNIQUE (id, project_id) DEFERRABLE',
    'ALTER TABLE mistral.workflow_executions REPLICA IDENTITY NOTHING; CREATE PUBLICATION altered FOR TABLE mistral.workflow_executions',
    'ALTER TABLE mistral.task_executions RENAME COLUMN name TO title',
    'DROP INDEX mistral.task_executions_execution_idx',
    -- enforced
    'CREATE UNIQUE INDEX x ON mistral.workflow_executions (workflow_name) WHERE workflow_name = ''altered''',
    'CREATE UNIQUE INDEX x ON mistral.task_executions (project_id, (name || name)) WHERE name = ''altered_task''',
    'CREATE INDEX x ON mistral.workflow_executions ((1 / (length(workflow_name) - 7))) WHERE workflow_name = ''altered''',
    -- works
    'CREATE INDEX x ON mistral.workflow_executions (upper(workflow_name)) WHERE depth = 0',
    'CREATE INDEX x ON mistral.execution_data USING gin (input)',
    'ALTER TABLE mistral.workflow_executions ADD CONSTRAINT u EXCLUDE USING btree (id WITH =)',
    'CREATE TRIGGER x AFTER INSERT ON mistral.task_executions FOR EACH ROW EXECUTE FUNCTION altered.tr(); ALTER TABLE mistral.task_executions DISABLE TRIGGER x',
    'ALTER TABLE mistral.workflow_executions FORCE ROW LEVEL SECURITY',
    'ALTER TABLE mistral.workflow_executions DISABLE ROW LEVEL SECURITY',
    'CREATE PUBLICATION altered FOR TABLE mistral.workflow_executions',
    'ALTER TABLE mistral.task_executions REPLICA IDENTITY FULL; CREATE PUBLICATION altered FOR TABLE mistral.task_executions',
    'REINDEX TABLE mistral.task_executions',
    'CLUSTER mistral.task_executions USING task_executions_pkey',
    'ALTER TABLE mistral.task_executions SET (fillfactor = 50)',
    'ALTER TABLE mistral.task_executions ADD n int; ALTER TABLE mistral.task_executions DROP n',
    'CREATE STATISTICS altered.s ON state, type FROM mistral.task_executions',
    'TRUNCATE mistral.events']) AS change;
RESET client_min_messages;

-- the extension's own tables have events instead of watches
SELECT mistral.watch_table('mistral.task_executions', 'altered');
-- and when it is gone all goes on
SELECT altered.attempt('SELECT 1');
SET client_min_messages = error;
SELECT mistral.delete_workflow('altered');
DROP SCHEMA altered CASCADE;
