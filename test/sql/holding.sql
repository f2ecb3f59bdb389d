\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Whatever pauses or stops an execution: nothing of it starts from then on, and what is
-- queued is not handed out. On resume the rest goes on.
SELECT story.define($$
ho_items: {tasks: {t: {with-items: i in <% range(4) %>, concurrency: 1, action: std.async_noop, on-success: u}, u: {action: std.noop}}}
ho_items2: {tasks: {t: {with-items: i in <% range(5) %>, concurrency: 2, action: std.async_noop}}}
ho_items_sub: {tasks: {t: {with-items: i in <% range(3) %>, concurrency: 1, workflow: ho_ask}}}
ho_ask: {tasks: {ask: {action: std.async_noop}}}
ho_reverse:
  type: reverse
  tasks:
    t: {with-items: i in <% range(3) %>, concurrency: 1, action: std.async_noop}
    u: {action: std.noop, requires: [t]}
ho_timeout: {tasks: {t: {with-items: i in <% range(3) %>, concurrency: 1, action: std.async_noop, timeout: 100, on-error: h}, h: {action: std.async_noop}}}
ho_retry: {tasks: {t: {action: std.async_noop, retry: {count: 2, delay: 0}}}}
ho_queue: {tasks: {t: {action: std.http url='http://localhost/1', target: holding}, ask: {action: std.async_noop, on-success: next}, next: {action: std.noop}}}
ho_sql: {tasks: {t: {action: std.sql query='SELECT 7 AS n'}}}
ho_command: {tasks: {s: {action: std.noop, on-success: [a, pause, b]}, a: {action: std.async_noop}, b: {action: std.noop}}}
ho_fail: {tasks: {bad: {action: std.noop, on-success: fail}, out: {action: std.http url='http://localhost/1', target: holding}, ask: {action: std.async_noop}, db: {action: std.noop, on-success: never}, never: {action: std.noop}}}
ho_publish: {tasks: {bad: {action: std.noop, publish: {x: <% $.nope %>}}, out: {action: std.http url='http://localhost/1', target: holding}, db: {action: std.noop, on-success: never}, never: {action: std.noop}}}
ho_then: {tasks: {first: {action: std.http url='http://localhost/1', target: holding, on-success: [bad, out]}, bad: {action: std.noop, on-success: fail}, out: {action: std.http url='http://localhost/2', target: holding}}}
ho_before: {tasks: {t: {action: std.noop, pause-before: true}, s: {action: std.async_noop, wait-before: 0}}}
$$);
CREATE FUNCTION story.complete_one(execution uuid) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mistral.complete_action(a.id) FROM (
        SELECT id FROM mistral.actions a
         WHERE state = 'RUNNING' AND EXISTS (SELECT FROM mistral.executions e WHERE e.id = a.workflow_execution_id
               AND $1 IN (e.id, e.root_execution_id))
         ORDER BY id LIMIT 1) a;
    PERFORM story.settle();
    RETURN (SELECT count(*) FROM mistral.actions a WHERE EXISTS (SELECT FROM mistral.executions e
             WHERE e.id = a.workflow_execution_id AND $1 IN (e.id, e.root_execution_id)));
END
$$;
CREATE TABLE story.executor AS SELECT mistral.register_executor('holding', 'holding') AS id;
CREATE FUNCTION story.claim() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT coalesce(c.task_name, '-') || coalesce(' ' || c.refusal, '') FROM story.executor e, mistral.claim_actions(e.id, 10) c
$$;

-- items left, after a pause
SELECT mistral.start_workflow('ho_items') AS id \gset
SELECT mistral.pause_execution(:'id');
SELECT story.complete_one(:'id'), story.complete_one(:'id');
SELECT task, state FROM story.show(:'id');
SELECT mistral.resume_execution(:'id');
SELECT story.complete_one(:'id'), story.complete_one(:'id'), story.complete_one(:'id');
SELECT task, state FROM story.show(:'id');
-- with more than one at a time
SELECT mistral.start_workflow('ho_items2') AS id \gset
SELECT mistral.pause_execution(:'id');
SELECT story.complete_one(:'id');
SELECT mistral.resume_execution(:'id');
SELECT story.complete_one(:'id'), story.complete_one(:'id'), story.complete_one(:'id'), story.complete_one(:'id');
SELECT task, state FROM story.show(:'id');
-- after each kind of stop
SELECT state, story.complete_one(id) AS one, story.complete_one(id) AS two
  FROM (SELECT state, mistral.start_workflow('ho_items2') AS id
          FROM unnest(ARRAY['CANCELLED', 'ERROR', 'SUCCESS']) state) e,
       LATERAL (SELECT mistral.stop_execution(id, state, 'enough')) s;
-- sub-workflows, reverse, a task that has timed out
SELECT mistral.start_workflow('ho_items_sub') AS id \gset
SELECT mistral.pause_execution(:'id');
SELECT story.settle();
SELECT story.complete_one(:'id'), story.complete_one(:'id');
SELECT mistral.resume_execution(:'id');
SELECT story.settle();
SELECT story.complete_one(:'id'), story.complete_one(:'id'), story.complete_one(:'id');
SELECT task, state FROM story.show(:'id');
SELECT mistral.start_workflow('ho_reverse', params => '{"task_name": "u"}') AS id \gset
SELECT mistral.pause_execution(:'id');
SELECT story.complete_one(:'id'), story.complete_one(:'id');
SELECT mistral.resume_execution(:'id');
SELECT story.complete_one(:'id'), story.complete_one(:'id'), story.complete_one(:'id');
SELECT task, state FROM story.show(:'id');
SELECT mistral.start_workflow('ho_timeout') AS id \gset
UPDATE mistral.delayed_calls SET due_at = now() - interval '1 s' WHERE execution_id = :'id' AND kind = 'timeout_task';
SELECT story.settle();
SELECT story.complete_one(:'id');
SELECT task, state FROM story.show(:'id');

-- an item that is paused and then ends while the execution is paused by it
SELECT mistral.start_workflow('ho_items') AS id \gset
SELECT mistral.complete_action(id, 'PAUSED') FROM mistral.actions WHERE workflow_execution_id = :'id' AND state = 'RUNNING';
SELECT mistral.complete_action(id) FROM mistral.actions WHERE workflow_execution_id = :'id' AND state = 'PAUSED';
SELECT task, state FROM story.show(:'id');
SELECT mistral.resume_execution(:'id');
SELECT count(*), count(*) FILTER (WHERE state = 'RUNNING') AS running FROM mistral.actions WHERE workflow_execution_id = :'id';

-- a portion that is left to a delayed call
SET mistral.max_inline_steps = 2;
BEGIN;
SELECT mistral.start_workflow('ho_items2') AS id \gset
SELECT mistral.pause_execution(:'id');
COMMIT;
SELECT story.settle();
SELECT story.complete_one(:'id'), story.complete_one(:'id');
SELECT mistral.resume_execution(:'id');
SELECT story.settle();
SELECT story.complete_one(:'id'), story.complete_one(:'id'), story.complete_one(:'id'), story.complete_one(:'id');
SELECT task, state FROM story.show(:'id');
RESET mistral.max_inline_steps;

-- a retry without delay
SELECT mistral.start_workflow('ho_retry') AS id \gset
SELECT mistral.pause_execution(:'id');
SELECT mistral.complete_action(id, 'ERROR', '"no"') FROM mistral.actions WHERE workflow_execution_id = :'id';
SELECT count(*) FROM mistral.actions WHERE workflow_execution_id = :'id';
SELECT mistral.resume_execution(:'id');
SELECT count(*) FROM mistral.actions WHERE workflow_execution_id = :'id';
SELECT story.complete_one(:'id');
SELECT task, state FROM story.show(:'id');

-- what is queued is not handed out before the resume, and never after a stop
SELECT mistral.start_workflow('ho_queue') AS id \gset
SELECT mistral.pause_execution(:'id');
SELECT * FROM story.claim();
SELECT actions, ready FROM mistral.stat_queue WHERE target = 'holding';
SELECT regexp_replace(waits_for, ' since .*', '') AS waits_for FROM mistral.actions WHERE workflow_execution_id = :'id' AND task_name = 't';
SELECT mistral.resume_execution(:'id');
SELECT * FROM story.claim();
SELECT mistral.cancel_execution(:'id');
SELECT s.state, c.claim
  FROM (SELECT state, mistral.start_workflow('ho_queue') AS id FROM unnest(ARRAY['CANCELLED', 'ERROR', 'SUCCESS']) state) s,
       LATERAL (SELECT mistral.stop_execution(s.id, s.state, 'enough')) x,
       LATERAL (SELECT count(*) AS claim FROM story.claim()) c;
-- an action of the database that has been left to another transaction
BEGIN;
SELECT mistral.start_workflow('ho_sql', run_async => true) AS id \gset
SELECT mistral.pause_execution(:'id');
COMMIT;
SELECT story.settle();
SELECT state FROM mistral.actions WHERE workflow_execution_id = :'id';
SELECT mistral.resume_execution(:'id');
SELECT story.settle();
SELECT task, state FROM story.show(:'id');

-- commands: what is listed before them starts, nothing after them
SELECT mistral.start_workflow('ho_command') AS id \gset
SELECT task, state FROM story.show(:'id');
SELECT mistral.resume_execution(:'id');
SELECT story.complete_one(:'id');
SELECT task, state FROM story.show(:'id');
-- tasks that begin together with one that fails have begun before it does; what an executor
-- was to do is taken back
SELECT mistral.start_workflow('ho_fail') AS id \gset
SELECT task, state FROM story.show(:'id');
SELECT * FROM story.claim();
SELECT mistral.start_workflow('ho_publish') AS id \gset
SELECT task, state FROM story.show(:'id');
SELECT * FROM story.claim();
-- so it is where it would be handed out at once
SELECT mistral.start_workflow('ho_then') AS id \gset
SELECT action_id AS action FROM story.executor e, mistral.claim_actions(e.id, 1) \gset
SELECT c.task_name, c.refusal FROM story.executor e, mistral.exchange_actions(e.id, jsonb_build_array(jsonb_build_object('id', :'action', 'data', 1)), 5) c;
SELECT task, state FROM story.show(:'id');
-- a pause in front of one task holds the other, too
SELECT mistral.start_workflow('ho_before') AS id \gset
SELECT task, state FROM story.show(:'id');
SELECT mistral.resume_execution(:'id');
SELECT task, state FROM story.show(:'id');
-- maintenance hands nothing out, from its first moment on, and does not wait for what nobody has
SELECT count(story.settle()) > 0 AS done FROM (SELECT mistral.cancel_execution(id) FROM mistral.executions WHERE state IN ('RUNNING', 'PAUSED') AND root_execution_id IS NULL) x;
SELECT story.define('ho_only: {tasks: {t: {action: std.http url=''http://localhost/1'', target: holding}}}');
SELECT mistral.start_workflow('ho_only') AS id \gset
BEGIN;
SET client_min_messages = warning;
SELECT mistral.set_maintenance('PAUSED');
RESET client_min_messages;
SELECT * FROM story.claim();
COMMIT;
DO $$
BEGIN
    WHILE (SELECT status FROM mistral.maintenance) <> 'PAUSED' LOOP
        PERFORM mistral.run_due_calls(as_of => clock_timestamp() + interval '10 s');
    END LOOP;
END
$$;
SELECT * FROM story.claim();
SELECT mistral.set_maintenance('RUNNING');
SELECT story.settle();
SELECT * FROM story.claim();

SELECT count(mistral.unregister_executor(id)) FROM story.executor;
SELECT story.clean();
