-- The views, and what everything unfinished waits for. Times and ids are
-- masked.
\set VERBOSITY terse
SET client_min_messages TO warning;

CREATE FUNCTION pg_temp.masked(text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace($1,
		'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', '<id>', 'g'),
		'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-][0-9:]+', '<time>', 'g')
$$;
CREATE FUNCTION pg_temp.action_of(task text) RETURNS uuid LANGUAGE sql AS $$
	SELECT id FROM mistral.actions WHERE task_name = task ORDER BY id DESC LIMIT 1
$$;

SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
views_all:
  tags: [views]
  output: {answer: 1}
  tasks:
    ask: {action: std.async_noop, publish: {asked: true}, on-success: both}
    later: {action: std.noop, wait-before: 1000, on-success: both}
    call: {action: std.http url="http://localhost", on-success: both}
    aimed: {action: std.http url="http://localhost", target: views_dmz, on-success: both}
    sub: {workflow: views_inner, on-success: both}
    items: {with-items: "i in [1, 2, 3, 4, 5]", action: std.async_noop, on-success: both}
    quick: {action: std.noop, on-success: both}
    both: {join: all, action: std.noop}
views_inner:
  tasks:
    inside: {action: std.async_noop}
views_paused:
  tasks:
    first: {action: std.noop, on-success: [pause, second]}
    second: {action: std.noop}
views_asked:
  tasks:
    asked: {action: std.async_noop}
views_done:
  tasks:
    only: {action: std.noop}
$$);

SELECT mistral.start_workflow('views_all') AS id \gset
SELECT mistral.start_workflow('views_paused') AS paused \gset
SELECT mistral.start_workflow('views_asked') AS asked \gset
SELECT mistral.start_workflow('views_done') AS done \gset

-- executions
SELECT workflow_name, state, pg_temp.masked(waits_for) AS waits_for
  FROM mistral.executions WHERE workflow_name LIKE 'views_%' ORDER BY workflow_name;

-- tasks
SELECT name, type, state, pg_temp.masked(waits_for) AS waits_for
  FROM mistral.tasks WHERE workflow_execution_id = :'id' ORDER BY name;

-- actions
SELECT task_name, name, state, runtime_context->>'index' AS i, pg_temp.masked(waits_for) AS waits_for
  FROM mistral.actions WHERE workflow_execution_id = :'id'
 ORDER BY task_name, runtime_context->'index';

-- an executor takes one, and one that is asked for by hand is paused
SELECT mistral.register_executor('views_1', 'views_dmz') AS executor \gset
SELECT count(*) FROM mistral.claim_actions(:executor, 1);
SELECT mistral.complete_action(pg_temp.action_of('asked'), 'PAUSED');
SELECT task_name, state, executor, pg_temp.masked(waits_for) AS waits_for
  FROM mistral.actions
 WHERE task_name IN ('aimed', 'asked') AND state <> 'SUCCESS' ORDER BY task_name;
SELECT workflow_name, state, pg_temp.masked(waits_for) AS waits_for
  FROM mistral.executions WHERE workflow_name = 'views_asked' ORDER BY workflow_name;

-- a join that has heard from some
SELECT mistral.complete_action(pg_temp.action_of('ask'), 'SUCCESS', '1');
SELECT mistral.complete_action(pg_temp.action_of('inside'));
SELECT name, state, pg_temp.masked(waits_for) AS waits_for, published
  FROM mistral.tasks WHERE workflow_execution_id = :'id' AND name IN ('ask', 'both') ORDER BY name;

-- finished things wait for nothing
SELECT x.state, x.waits_for, x.output, t.state AS task, t.waits_for, a.state AS action, a.waits_for
  FROM mistral.executions x
  JOIN mistral.tasks t ON t.workflow_execution_id = x.id
  JOIN mistral.actions a ON a.task_execution_id = t.id
 WHERE x.id = :'done';
SELECT mistral.execution_waits_for(:'done') IS NULL AS finished,
	   mistral.execution_waits_for('00000000-0000-0000-0000-000000000000') IS NULL AS unknown;

-- nothing is unfinished without a reason
SELECT workflow_name, waits_for FROM mistral.executions
 WHERE state IN ('IDLE', 'RUNNING', 'PAUSED') AND waits_for LIKE '%nothing%';

-- workflows
SELECT name, scope, tags, split_part(definition, E'\n', 3) AS line
  FROM mistral.workflows WHERE name LIKE 'views_%' ORDER BY name;

SELECT mistral.delete_execution(:'id', true);
SELECT count(*) FROM mistral.tasks WHERE name IN ('ask', 'inside', 'both');
SELECT mistral.delete_execution(:'paused', true);
SELECT mistral.delete_execution(:'asked', true);
SELECT mistral.unregister_executor(:executor);
SELECT mistral.delete_execution(:'done');
SELECT count(*) FROM mistral.executions WHERE workflow_name LIKE 'views_%';

-- leave nothing to other tests
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'views_%';
SELECT mistral.delete_retired_versions('0') > 0 AS deleted;
