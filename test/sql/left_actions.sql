\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Actions that come back when nobody waits for them any more, and those that are
-- put off: each ends, or is said to wait for what it waits for.
SELECT story.define($$
left_out: {tasks: {t: {action: std.http url='http://localhost/1', target: left, safe-rerun: true}}}
left_unsafe: {tasks: {t: {action: std.http url='http://localhost/1', target: left}}}
left_timeout: {tasks: {t: {action: std.http url='http://localhost/1', target: left, timeout: 100, on-error: hold}, hold: {action: std.async_noop}}}
left_sql: {tasks: {t: {action: std.sql query='SELECT 7 AS n', on-success: u}, u: {action: std.noop}}}
left_sleep: {tasks: {t: {action: std.sleep seconds=100}}}
$$);
CREATE TABLE story.executor AS SELECT mistral.register_executor('left', 'left') AS id;
CREATE FUNCTION story.claim() RETURNS uuid LANGUAGE sql AS $$
    SELECT c.action_id FROM story.executor e, mistral.claim_actions(e.id, 1) c
$$;
CREATE FUNCTION story.left_of(execution uuid)
RETURNS TABLE (task text, task_state text, action_state text, queued bool, calls bigint) LANGUAGE sql AS $$
    SELECT t.name, mistral.state_name(t.state), mistral.state_name(a.state),
           EXISTS (SELECT FROM mistral.action_queue q WHERE q.action_id = a.id),
           (SELECT count(*) FROM mistral.delayed_calls d WHERE d.task_id = t.id)
      FROM mistral.task_executions t LEFT JOIN mistral.action_executions a ON a.task_id = t.id
     WHERE t.execution_id = $1 ORDER BY t.id
$$;
-- as housekeeping leaves it
CREATE FUNCTION story.lose(action uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO mistral.delayed_calls (due_at, created_at, execution_id, root_id, task_id, kind, project_id, key, args)
    SELECT now(), now(), execution_id, root_id, task_id, 'lose_action', project_id, 'lost-' || id,
           jsonb_build_object('action_id', id, 'executor_id', executor_id, 'reason', 'lost')
      FROM mistral.action_executions WHERE id = $1
$$;

-- given back by an executor, after the end and before it
SELECT mistral.start_workflow('left_out') AS id \gset
SELECT story.claim() AS action \gset
SELECT mistral.cancel_execution(:'id');
SELECT mistral.release_actions(id, ARRAY[:'action'::uuid]) FROM story.executor;
SELECT story.settle();
SELECT * FROM story.left_of(:'id');
SELECT mistral.start_workflow('left_out') AS id \gset
SELECT story.claim() AS action \gset
SELECT mistral.release_actions(id, ARRAY[:'action'::uuid]) FROM story.executor;
SELECT story.settle();
SELECT * FROM story.left_of(:'id');
SELECT story.claim() = :'action' AS again;
SELECT mistral.cancel_execution(:'id');
SELECT mistral.complete_action(:'action');
SELECT mistral.start_workflow('left_timeout') AS id \gset
SELECT story.claim() AS action \gset
UPDATE mistral.delayed_calls SET due_at = now() - interval '1 s' WHERE execution_id = :'id' AND kind = 'timeout_task';
SELECT story.settle();
SELECT mistral.release_actions(id, ARRAY[:'action'::uuid]) FROM story.executor;
SELECT story.settle();
SELECT task, task_state, action_state, queued FROM story.left_of(:'id');
SELECT mistral.cancel_execution(:'id');

-- the executor is lost, after the end and just before it
SELECT w AS workflow, mistral.start_workflow(w) AS id, story.claim() AS action
  INTO TEMP left_after FROM unnest('{left_out,left_unsafe}'::text[]) w;
SELECT mistral.cancel_execution(id) FROM left_after;
SELECT story.lose(action) FROM left_after;
SELECT story.settle();
SELECT workflow, l.* FROM left_after, story.left_of(id) l;
BEGIN;
SELECT w AS workflow, mistral.start_workflow(w) AS id, story.claim() AS action
  INTO TEMP left_before FROM unnest('{left_out,left_unsafe,left_timeout}'::text[]) w;
SELECT story.lose(action) FROM left_before;
SELECT mistral.cancel_execution(id) FROM left_before WHERE workflow <> 'left_timeout';
UPDATE mistral.delayed_calls SET due_at = now() - interval '1 h' WHERE kind = 'timeout_task'
   AND execution_id = (SELECT id FROM left_before WHERE workflow = 'left_timeout');
SELECT mistral.run_due_calls(as_of => now() - interval '30 min');
SELECT workflow, l.task, l.task_state, l.action_state, l.queued FROM left_before, story.left_of(id) l;
COMMIT;
SELECT story.settle();

-- put off in a paused execution, and waiting for the database
BEGIN;
SELECT mistral.start_workflow('left_sql', run_async => true) AS id \gset
SELECT mistral.pause_execution(:'id');
COMMIT;
SELECT story.settle();
SELECT waits_for FROM mistral.actions WHERE workflow_execution_id = :'id';
SELECT waits_for FROM mistral.executions WHERE id = :'id';
SELECT invariant, detail FROM mistral.check(:'id');
SELECT mistral.resume_execution(:'id');
SELECT story.settle();
SELECT state FROM mistral.executions WHERE id = :'id';
SELECT mistral.start_workflow('left_sleep') AS id \gset
SELECT regexp_replace(waits_for, ' at .*', '') AS waits_for FROM mistral.actions WHERE workflow_execution_id = :'id';
SELECT regexp_replace(waits_for, ' at .*', '') AS waits_for FROM mistral.tasks WHERE workflow_execution_id = :'id';

SELECT invariant, detail FROM mistral.check();
SELECT mistral.unregister_executor(id) FROM story.executor;
SELECT story.clean();
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'left\_%';
