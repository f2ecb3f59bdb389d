\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- What unfinished actions wait for: a call that runs or ends them, an executor
-- that may not be there.
CREATE FUNCTION pg_temp.masked(t text) RETURNS text LANGUAGE sql AS $$
SELECT regexp_replace(t, '\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d', '<time>', 'g')
$$;
SELECT story.define($$
wai_later: {tasks: {t: {with-items: "i in [1, 2]", action: std.sleep, input: {seconds: 1000}}}}
wai_again: {tasks: {t: {action: std.sql query="DO $x$ BEGIN RAISE EXCEPTION SQLSTATE '53100'; END $x$"}}}
wai_any: {tasks: {t: {action: std.http url='http://localhost/'}}}
wai_target: {tasks: {t: {action: std.http url='http://localhost/', target: near}}}
$$);
SELECT mistral.start_workflow('wai_later') AS later \gset
SELECT mistral.start_workflow('wai_again') AS again \gset
SELECT mistral.start_workflow('wai_any') AS any \gset
SELECT mistral.start_workflow('wai_target') AS target \gset
CREATE VIEW pg_temp.waiting AS
SELECT x.workflow_name, pg_temp.masked(a.waits_for) AS action, pg_temp.masked(t.waits_for) AS task,
       pg_temp.masked(x.waits_for) = 'task t: ' || pg_temp.masked(t.waits_for) AS alike
  FROM mistral.actions a
  JOIN mistral.tasks t ON t.id = a.task_execution_id
  JOIN mistral.executions x ON x.id = a.workflow_execution_id
 WHERE x.workflow_name LIKE 'wai\_%' AND a.state = 'RUNNING';
SELECT * FROM pg_temp.waiting ORDER BY 1;
-- alone
SELECT mistral.run_action('std.sleep', '{"seconds": 1000}', '{"save_result": true}') ->> 'id' AS alone \gset
SELECT mistral.action_waits_for(:'alone');

-- executors: one for other names, one that leaves, one for another target
SELECT mistral.register_executor('wai_1', actions => '{other}') AS one \gset
SELECT DISTINCT action FROM pg_temp.waiting WHERE workflow_name = 'wai_any';
SELECT mistral.register_executor('wai_2', target => 'far') AS two \gset
SELECT workflow_name, action FROM pg_temp.waiting WHERE workflow_name IN ('wai_any', 'wai_target') ORDER BY 1;
SELECT mistral.register_executor('wai_3', target => 'near', actions => '{std.http}') AS three \gset
SELECT workflow_name, action FROM pg_temp.waiting WHERE workflow_name IN ('wai_any', 'wai_target') ORDER BY 1;
SELECT mistral.unregister_executor(:three);
SELECT workflow_name, action FROM pg_temp.waiting WHERE workflow_name IN ('wai_any', 'wai_target') ORDER BY 1;

-- a task that has ended its execution waits for nothing, whatever it could not do
SELECT story.define($$
wai_none: {tasks: {t: {workflow: wai_unknown}}}
wai_name: {tasks: {t: {workflow: "<% $.unknown %>", retry: {count: 2, delay: 9}}}}
wai_both: {tasks: {a: {action: std.async_noop}, t: {action: wai.unknown}}}
wai_fail: {tasks: {a: {action: std.async_noop}, t: {action: std.noop, on-success: fail}}}
$$);
SELECT count(mistral.start_workflow(name)) FROM unnest('{wai_none,wai_name,wai_both,wai_fail}'::text[]) AS name;
SELECT t.workflow_name, t.name, t.state, pg_temp.masked(t.waits_for) AS waits_for
  FROM mistral.tasks t JOIN mistral.executions x ON x.id = t.workflow_execution_id
 WHERE x.state = 'ERROR' AND x.workflow_name LIKE 'wai%' ORDER BY 1, 2;

SET client_min_messages = warning;
SELECT mistral.unregister_executor(:one), mistral.unregister_executor(:two);
SELECT mistral.unregister_action('other');
SELECT mistral.complete_action(:'alone');
SELECT story.clean();
DROP SCHEMA story CASCADE;
