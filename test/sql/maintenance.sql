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
        PERFORM mistral.run_due_calls(as_of => now() + interval '10 minutes');
        COMMIT;
        EXECUTE 'SELECT ' || condition INTO done;
        EXIT WHEN done;
        PERFORM pg_sleep(0.02);
    END LOOP;
END
$$;
CREATE VIEW seen AS
    SELECT workflow_name, CASE WHEN description LIKE '{%' THEN description::jsonb ->> 'description' ELSE description END
           AS description, state, paused_by_maintenance
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
mt_row: {input: [row], tasks: {t: {action: std.noop}}}
mt_event: {tasks: {t: {action: std.noop}}}
mt_cron: {tasks: {t: {action: std.noop}}}
mt_parent:
  tasks:
    child: {workflow: mt_ask}
$$);
SELECT count(mistral.start_workflow('mt_ask', description => 'runs'));
SELECT count(mistral.pause_execution(mistral.start_workflow('mt_ask', description => 'was paused before')));
SELECT count(mistral.start_workflow('mt_parent', description => 'has a child'));

SELECT mistral.set_maintenance('PAUSING');
SELECT mistral.set_maintenance('ASLEEP');
SELECT status, executions_to_pause, tasks_left, executions_to_resume FROM mistral.stat_maintenance;
SELECT mistral.set_maintenance('PAUSED');
SELECT status, asked_at BETWEEN now() - interval '1 min' AND now() AS just_now, asked_by = current_user AS by_me,
       executions_to_pause + executions_to_resume AS executions, tasks_left
  FROM mistral.stat_maintenance;
SET client_min_messages = warning;
SELECT mistral.set_maintenance('PAUSED');
RESET client_min_messages;
CALL settle('NOT EXISTS (SELECT 1 FROM running)');
SELECT status, executions_to_pause, tasks_left, executions_to_resume FROM mistral.stat_maintenance;
SELECT workflow_name, name, actions, regexp_replace(waits_for, ' since .*', '') AS waits_for, started_at <= now() AS started
  FROM mistral.stat_maintenance_tasks ORDER BY task_id;
SELECT * FROM seen;
-- over REST, for those who may see all projects
SELECT mistral_api.get_maintenance(), mistral_api.get_maintenance('{"fields": "status,tasks_left,executions_to_resume"}') AS left;
SELECT mistral_api.get_maintenance('{"fields": "mood"}');
SET client_min_messages = warning;
SELECT mistral.create_roles();
CREATE ROLE maintenance_user IN ROLE mistral_user;
CREATE ROLE maintenance_observer IN ROLE mistral_observer;
RESET client_min_messages;
SET ROLE maintenance_user;
SELECT mistral_api.get_maintenance('{"fields": "status"}');
SELECT mistral_api.get_maintenance('{"fields": "tasks_left"}');
SELECT * FROM mistral.stat_maintenance;
SELECT mistral.set_maintenance('RUNNING');
SET ROLE maintenance_observer;
SELECT mistral_api.get_maintenance('{"fields": "tasks_left"}');
SELECT count(*) FROM mistral.stat_maintenance_tasks;
SELECT mistral.set_maintenance('RUNNING');
RESET ROLE;
DROP ROLE maintenance_user, maintenance_observer;

-- Nothing new starts: users are refused, ...
CREATE FUNCTION refused(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT ' || call;
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT split_part(call, '(', 1) AS call, refused(call) FROM unnest(ARRAY[
    'mistral.start_workflow(''mt_ask'')',
    'mistral.start_workflow(''mt_ask'', run_async => true)',
    'mistral.start_workflow(''mt_ask'', key => ''k'', on_conflict => ''queue'')',
    'mistral.start_workflow(''mt_ask'', start_at => now() + ''1 hour'')',
    'mistral.start_workflows(''mt_ask'', ARRAY[''{}''::jsonb])',
    'mistral.run_action(''std.noop'')',
    format('mistral.start_workflow(NULL, source_execution_id => %L)', (SELECT min(id::text) FROM mistral.executions)),
    format('mistral.resume_execution(%L)', (SELECT min(id::text) FROM mistral.executions)),
    format('mistral.rerun_task(%L)', (SELECT min(id::text) FROM mistral.tasks)),
    format('mistral.skip_task(%L)', (SELECT min(id::text) FROM mistral.tasks))]) AS call;
-- ... watched rows and events start what begins after the end, and cron
-- triggers wait, however often their time goes by
CREATE TABLE watched (n int);
SELECT mistral.watch_table('watched', 'mt_row', '{INSERT}') IS NOT NULL AS watched;
INSERT INTO watched VALUES (1);
SELECT mistral.create_event_trigger('e', id, 'x', 't', 'v') IS NOT NULL AS created FROM mistral.workflows WHERE name = 'mt_event';
SELECT cardinality(mistral.raise_event('x', 't', 'v')) AS started;
SELECT mistral.create_cron_trigger('mt', 'mt_cron', '* * * * *') IS NOT NULL AS created;
SELECT mistral.run_due_calls(as_of => now() + interval '2 minutes') > 0 AS ran;
SELECT mistral.run_due_calls(as_of => now() + interval '4 minutes') >= 0 AS ran;
SELECT kind, due_at FROM mistral.delayed_calls WHERE kind = 'fire_cron_trigger';
SELECT * FROM seen WHERE workflow_name IN ('mt_row', 'mt_event', 'mt_cron');
SELECT count(*) FROM mistral.tasks WHERE workflow_name IN ('mt_row', 'mt_event', 'mt_cron');
-- a transaction that began to start one before is found by the next look
BEGIN;
UPDATE mistral.maintenance SET status = 'RUNNING';
SELECT count(mistral.start_workflow('mt_ask', description => 'came late'));
UPDATE mistral.maintenance SET status = 'PAUSING';
COMMIT;
CALL settle('NOT EXISTS (SELECT 1 FROM running)');
SELECT * FROM seen WHERE description = 'came late';

-- what still ran has ended: now all is at rest
SELECT count(mistral.complete_action(a.id)) FROM mistral.action_executions a
  JOIN mistral.workflow_executions e ON e.id = a.execution_id
 WHERE e.workflow_name LIKE 'mt\_%' AND a.state = 'R';
CALL settle($$(SELECT status = 'PAUSED' FROM mistral.maintenance)$$);
SELECT status, executions_to_pause, tasks_left, executions_to_resume FROM mistral.stat_maintenance;

SELECT mistral.set_maintenance('RUNNING');
CALL settle($$(SELECT last_execution_id IS NOT NULL FROM mistral.cron_triggers WHERE name = 'mt')$$);
SELECT mistral.enable_cron_trigger(id, false) AS next FROM mistral.cron_triggers;
CALL settle($$NOT EXISTS (SELECT 1 FROM mistral.delayed_calls) AND NOT EXISTS (SELECT 1 FROM running)$$);
SELECT status FROM mistral.maintenance;
SELECT DISTINCT * FROM seen ORDER BY workflow_name, description;

SET client_min_messages = warning;
SELECT mistral.delete_cron_trigger(id) FROM mistral.cron_triggers;
SELECT mistral.delete_event_trigger(id) FROM mistral.event_triggers;
SELECT mistral.unwatch_table(id) FROM mistral.table_watches;
DROP SCHEMA maintenance_test CASCADE;
