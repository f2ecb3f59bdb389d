-- Actions without a task that the database does not end at once: waiting for
-- their results, giving them up, and what is left of them.
SET client_min_messages = warning;
CREATE ROLE standalone_a;
CREATE ROLE standalone_b;
SELECT mistral.create_roles();
GRANT mistral_user TO standalone_a, standalone_b;
RESET client_min_messages;
SELECT mistral.register_executor('alone', 'alone', '{std.http}') AS executor \gset
-- ids differ from run to run
\set VERBOSITY sqlstate

CREATE FUNCTION pg_temp.run(params jsonb DEFAULT '{}', name text DEFAULT 'std.http')
RETURNS uuid
LANGUAGE sql
AS $$
SELECT (mistral.run_action(name, '{"url": "http://h/"}', '{"target": "alone"}' || params) ->> 'id')::uuid
$$;
CREATE FUNCTION pg_temp.answer(executor bigint, action uuid, state text DEFAULT 'SUCCESS')
RETURNS jsonb
LANGUAGE sql
AS $$
SELECT mistral.complete_actions(executor, jsonb_build_array(
    jsonb_build_object('id', action, 'state', state, 'data', jsonb_build_object('status', 200))))
    #- '{0,id}'
$$;
CREATE FUNCTION pg_temp.left_rows()
RETURNS TABLE (actions bigint, queued bigint, calls bigint, claims bigint)
LANGUAGE sql
AS $$
SELECT (SELECT count(*) FROM mistral.action_executions WHERE target = 'alone'),
       (SELECT count(*) FROM mistral.action_queue WHERE lane = 'alone'),
       (SELECT count(*) FROM mistral.delayed_calls WHERE kind = 'forget_action'),
       (SELECT count(*) FROM mistral.action_claims c JOIN mistral.executors x ON x.id = c.executor_id WHERE x.name = 'alone')
$$;

-- by SQL the result is stored in any case, as it comes after the commit
SELECT pg_temp.run() AS id \gset
SELECT w -> 'state' AS state, w -> 'timed_out' AS timed_out FROM mistral.wait_action(:'id', '10 ms') AS w;
SELECT name, attempt FROM mistral.claim_actions(:executor, 1);
SELECT pg_temp.answer(:executor, :'id');
SELECT w -> 'state' AS state, w -> 'output' AS output, w -> 'accepted' AS accepted, w ? 'timed_out' AS timed_out
  FROM mistral.wait_action(:'id') AS w;
SELECT mistral.wait_action('00000000-0000-0000-0000-000000000001');
SELECT mistral.wait_action(NULL) IS NULL AS nothing;
SELECT mistral.abandon_action(:'id');
SELECT mistral.delete_action_execution(:'id');
BEGIN;
SELECT pg_temp.run() AS id \gset
SELECT mistral.wait_action(:'id');
ROLLBACK;
SELECT * FROM pg_temp.left_rows();

-- for whom a caller waits: nothing is accepted, the description is kept
SELECT pg_temp.run('{"run_sync": true, "save_result": true, "description": "why"}') AS id \gset
SELECT count(*) FROM mistral.claim_actions(:executor, 1);
SELECT pg_temp.answer(:executor, :'id');
SELECT state, accepted, updated_at, run, output FROM mistral.action_executions WHERE id = :'id';
SELECT mistral.delete_action_execution(:'id');

-- what is not to be saved is forgotten, whatever has become of it
SELECT pg_temp.run('{"forget_after": 60}') AS queued \gset
SELECT mistral.run_due_calls(as_of => now() + '59 s') AS ran \gset
SELECT * FROM pg_temp.left_rows();
SELECT mistral.run_due_calls(as_of => now() + '61 s') AS ran \gset
SELECT * FROM pg_temp.left_rows();
SELECT pg_temp.run('{"forget_after": 60}') AS id \gset
SELECT count(*) FROM mistral.claim_actions(:executor, 1);
SELECT mistral.run_due_calls(as_of => now() + '61 s') AS ran \gset
SELECT pg_temp.answer(:executor, :'id');
SELECT * FROM pg_temp.left_rows();
SELECT pg_temp.run('{"forget_after": 60, "run_sync": true}') AS id \gset
SELECT count(*) FROM mistral.claim_actions(:executor, 1);
SELECT pg_temp.answer(:executor, :'id', 'ERROR');
SELECT mistral.wait_action(:'id') -> 'output' AS output;
SELECT mistral.run_due_calls(as_of => now() + '61 s') AS ran \gset
SELECT * FROM pg_temp.left_rows();
-- or deleted by whoever has fetched it
SELECT pg_temp.run('{"forget_after": 60}') AS id \gset
SELECT mistral.complete_action(:'id', 'SUCCESS', '1');
SELECT mistral.delete_action_execution(:'id');
SELECT * FROM pg_temp.left_rows();
-- which concerns neither what is saved, nor what somebody else will complete
SELECT pg_temp.run('{"forget_after": 60, "save_result": true}') AS id \gset
SELECT mistral.run_action('std.async_noop', params => '{"forget_after": 60}') ->> 'id' AS async \gset
SELECT name, state, run FROM mistral.action_executions WHERE id IN (:'id', :'async') ORDER BY name;
SELECT pg_temp.run('{"forget_after": 604800}') IS NOT NULL AS longest;
SELECT pg_temp.run('{"forget_after": 604801}');
SELECT pg_temp.run('{"forget_after": -1}');
SELECT mistral.abandon_action(id) FROM mistral.action_executions WHERE target = 'alone' ORDER BY id;
DELETE FROM mistral.action_executions WHERE target = 'alone';
SELECT * FROM pg_temp.left_rows();

-- giving up: what has not begun will not, what runs is ignored or goes on
SELECT pg_temp.run('{"forget_after": 60}') AS id \gset
SELECT mistral.abandon_action(:'id');
SELECT pg_temp.run('{"forget_after": 60}') AS id \gset
SELECT count(*) FROM mistral.claim_actions(:executor, 1);
SELECT mistral.abandon_action(:'id');
SELECT pg_temp.answer(:executor, :'id');
SELECT mistral.abandon_action(:'id');
SELECT * FROM pg_temp.left_rows();
SELECT pg_temp.run('{"save_result": true}') AS id \gset
SELECT mistral.abandon_action(:'id');
SELECT state, output FROM mistral.action_executions WHERE id = :'id';
SELECT count(*) FROM mistral.claim_actions(:executor, 1);
SELECT mistral.abandon_action(:'id');
SELECT mistral.delete_action_execution(:'id');
SELECT pg_temp.run('{"save_result": true}') AS id \gset
SELECT count(*) FROM mistral.claim_actions(:executor, 1);
SELECT mistral.abandon_action(:'id');
SELECT pg_temp.answer(:executor, :'id');
SELECT mistral.delete_action_execution(:'id');
SELECT * FROM pg_temp.left_rows();

-- an action of a task is not given up so
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
standalone_not:
  tasks:
    t: {action: std.async_noop}
$$);
SELECT mistral.start_workflow('standalone_not') AS execution \gset
SELECT id FROM mistral.action_executions WHERE execution_id = :'execution' \gset
SELECT mistral.abandon_action(:'id');
SELECT mistral.wait_action(:'id', '1 ms') -> 'timed_out' AS timed_out;
SELECT mistral.delete_execution(:'execution', true);

-- another project's are not there
SET mistral_api.action_timeout = '5';
SET ROLE standalone_a;
SELECT mistral.run_action('std.http', '{"url": "http://h/"}', '{"forget_after": 60, "target": "alone"}') ->> 'id' AS id \gset
SET ROLE standalone_b;
SELECT mistral.wait_action(:'id');
SELECT mistral.abandon_action(:'id');
SELECT mistral_api.action_execution_result(:'id');
SELECT mistral_api.abandon_action_execution(:'id');
SET ROLE standalone_a;
SELECT mistral_api.action_execution_result(:'id') IS NULL AS goes_on;
SELECT mistral_api.abandon_action_execution(:'id');
RESET ROLE;
SELECT * FROM pg_temp.left_rows();

-- only a server that says it waits is told to
RESET mistral_api.action_timeout;
SELECT mistral_api.create_action_execution('{"name": "std.http", "input": {"url": "http://h/"}, "params": {"target": "alone"}}') ->> 'state' AS state;
SET mistral_api.action_timeout = '5';
SELECT mistral_api.create_action_execution('{"name": "std.http", "input": {"url": "http://h/"}, "params": {"target": "alone"}}') ->> 'awaited' AS id \gset
SELECT mistral_api.action_execution_result(:'id') IS NULL AS goes_on;
SELECT mistral_api.abandon_action_execution(:'id');
SELECT mistral_api.create_action_execution('{"name": "std.http", "input": {"url": "http://h/"}, "params": {"target": "alone", "save_result": true}}') ->> 'state' AS state;
SELECT mistral_api.create_action_execution('{"name": "std.echo", "input": {"output": 1}}') ->> 'output' AS output;
RESET mistral_api.action_timeout;

SELECT mistral.unregister_executor(:executor);
DELETE FROM mistral.action_queue WHERE lane = 'alone';
DELETE FROM mistral.action_executions WHERE target = 'alone' OR id = :'async';
SELECT * FROM pg_temp.left_rows();
SET client_min_messages = warning;
REVOKE mistral_user FROM standalone_a, standalone_b;
DROP ROLE standalone_a, standalone_b;
