-- Maintenance pauses everything, and resumes what it has paused.
SET client_min_messages = warning;
CREATE SCHEMA maintenance_test;
SET search_path TO maintenance_test, mistral, public;

-- what other tests have left running would never come to rest
SELECT count(mistral.delete_execution(id, true)) >= 0 AS clean
  FROM mistral.executions WHERE root_execution_id IS NULL;

-- the scheduler may be quicker than we are
CREATE PROCEDURE settle(condition text) LANGUAGE plpgsql AS $$
DECLARE
    done bool;
BEGIN
    FOR i IN 1..500 LOOP
        PERFORM mistral.run_due_calls(as_of => now() + interval '2 s');
        COMMIT;
        EXECUTE 'SELECT ' || condition INTO done;
        EXIT WHEN done;
        PERFORM pg_sleep(0.02);
    END LOOP;
END
$$;
CREATE VIEW seen AS
    SELECT workflow_name, description, state, paused_by_maintenance
      FROM mistral.workflow_executions JOIN mistral.execution_data ON execution_id = id
     WHERE workflow_name LIKE 'mt\_%' ORDER BY id;
CREATE VIEW running AS SELECT * FROM seen WHERE state = 'R';
RESET client_min_messages;

SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
mt_ask:
  tasks:
    ask: {action: std.async_noop, on-success: done}
    done: {action: std.noop}
mt_parent:
  tasks:
    child: {workflow: mt_ask}
$$);
SELECT count(mistral.start_workflow('mt_ask', description => 'runs'));
SELECT count(mistral.pause_execution(mistral.start_workflow('mt_ask', description => 'was paused before')));
SELECT count(mistral.start_workflow('mt_parent', description => 'has a child'));

SELECT mistral.set_maintenance('PAUSING');
SELECT mistral.set_maintenance('ASLEEP');
SELECT mistral.set_maintenance('PAUSED');
SELECT status FROM mistral.maintenance;
SELECT mistral.set_maintenance('PAUSED');
CALL settle('NOT EXISTS (SELECT 1 FROM running)');
SELECT status FROM mistral.maintenance;
SELECT * FROM seen;

-- what still ran has ended: now all is at rest
SELECT count(mistral.complete_action(a.id)) FROM mistral.action_executions a
  JOIN mistral.workflow_executions e ON e.id = a.execution_id
 WHERE e.workflow_name LIKE 'mt\_%' AND a.state = 'R';
CALL settle($$(SELECT status = 'PAUSED' FROM mistral.maintenance)$$);
SELECT status FROM mistral.maintenance;

SELECT mistral.set_maintenance('RUNNING');
CALL settle($$NOT EXISTS (SELECT 1 FROM mistral.delayed_calls) AND NOT EXISTS (SELECT 1 FROM running)$$);
SELECT status FROM mistral.maintenance;
SELECT * FROM seen;

SET client_min_messages = warning;
DROP SCHEMA maintenance_test CASCADE;
