\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Timers: their time comes when the test says so.
CREATE FUNCTION story.fire(workflow text, kind text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mistral.delayed_calls c SET due_at = clock_timestamp() - interval '1 s'
     WHERE c.execution_id = story.exec($1) AND c.kind = $2;
    PERFORM story.settle();
END
$$;
SELECT story.define($$
tm_before: {tasks: {t: {action: std.noop, wait-before: 1000, on-success: u}, u: {action: std.noop}}}
tm_after: {tasks: {t: {action: std.noop, wait-after: 1000, on-success: u}, u: {action: std.noop}}}
tm_retry: {tasks: {t: {action: std.async_noop, retry: {count: 1, delay: 1000}, on-success: u}, u: {action: std.noop}}}
tm_limit: {tasks: {t: {action: std.async_noop, timeout: 1000, on-error: h}, h: {action: std.noop}}}
tm_limit_late: {tasks: {t: {action: std.noop, wait-before: 2000, timeout: 1000, on-error: h}, h: {action: std.noop}}}
tm_env: {tasks: {t: {action: std.async_noop, timeout: <% env().limit %>}}}
tm_pause: {tasks: {t: {action: std.noop, pause-before: true, wait-before: 1000}}}
$$);

-- POL-04, POL-07: the states meanwhile.
SELECT mistral.start_workflow('tm_before') AS id \gset
SELECT task, state, info FROM story.show(:'id');
SELECT story.fire('tm_before', 'continue_task');
SELECT task, state, info FROM story.show(:'id');
SELECT mistral.start_workflow('tm_after') AS id \gset
SELECT task, state, info FROM story.show(:'id');
SELECT story.fire('tm_after', 'complete_task');
SELECT task, state, info FROM story.show(:'id');

-- PAUS-12: a timer that fires during a pause starts nothing before the resume.
SELECT mistral.start_workflow('tm_before') AS id \gset
SELECT mistral.pause_execution(:'id');
SELECT story.fire('tm_before', 'continue_task');
SELECT task, state, info FROM story.show(:'id');
SELECT mistral.resume_execution(:'id');
SELECT task, state, info FROM story.show(:'id');

-- STOP-09: nor after a stop.
SELECT mistral.start_workflow('tm_before') AS id \gset
SELECT mistral.stop_execution(:'id', 'ERROR', 'enough');
SELECT story.fire('tm_before', 'continue_task');
SELECT task, state, info FROM story.show(:'id');
SELECT count(*) FROM mistral.action_executions WHERE execution_id = :'id';

-- RTRY-12, RTRY-18, RTRY-22, RTRY-23: attempts of an asynchronous action.
SELECT mistral.start_workflow('tm_retry') AS id \gset
SELECT id AS first FROM mistral.action_executions WHERE execution_id = :'id' \gset
SELECT started_at AS began FROM mistral.tasks WHERE workflow_execution_id = :'id' \gset
SELECT mistral.complete_action(:'first', 'ERROR', '"no"');
SELECT task, state, info FROM story.show(:'id');
SELECT story.fire('tm_retry', 'continue_task');
SELECT t.state, t.started_at = :'began' AS same_start, t.runtime_context FROM mistral.tasks t WHERE t.workflow_execution_id = :'id';
SELECT state, accepted FROM mistral.action_executions WHERE execution_id = :'id' ORDER BY id;
SELECT story.complete('tm_retry', 't', 'SUCCESS', '2');
SELECT task, state, result FROM story.show(:'id');

-- POL-15, POL-17, POL-19, POL-22: the limit, and a result that comes later.
SELECT mistral.start_workflow('tm_limit') AS id \gset
SELECT story.fire('tm_limit', 'timeout_task');
SELECT task, state, info FROM story.show(:'id');
SELECT story.complete('tm_limit', 't', 'SUCCESS', '"late"');
SELECT task, state, info FROM story.show(:'id');
SELECT state, output FROM mistral.action_executions WHERE execution_id = :'id' ORDER BY id LIMIT 1;
SELECT mistral.start_workflow('tm_limit') AS id \gset
SELECT story.complete('tm_limit', 't');
SELECT story.fire('tm_limit', 'timeout_task');
SELECT task, state, info FROM story.show(:'id');

-- POL-16: it also counts while the task is delayed or the execution paused.
SELECT mistral.start_workflow('tm_limit_late') AS id \gset
SELECT story.fire('tm_limit_late', 'timeout_task');
SELECT task, state, info FROM story.show(:'id');
SELECT mistral.start_workflow('tm_limit') AS id \gset
SELECT mistral.pause_execution(:'id');
SELECT story.fire('tm_limit', 'timeout_task');
SELECT task, state, info FROM story.show(:'id');
SELECT mistral.resume_execution(:'id');
SELECT task, state, info FROM story.show(:'id');

-- POL-05, POL-18, POL-21: expressions, and zero.
SELECT mistral.start_workflow('tm_env', '{}', '{"env": {"limit": 77}}') AS id \gset
SELECT (due_at - created_at) AS after FROM mistral.delayed_calls WHERE execution_id = :'id' AND kind = 'timeout_task';
SELECT timeout_s FROM mistral.action_executions WHERE execution_id = :'id';
SELECT mistral.start_workflow('tm_env', '{}', '{"env": {"limit": 0}}') AS id \gset
SELECT count(*) FROM mistral.delayed_calls WHERE execution_id = :'id' AND kind = 'timeout_task';

-- POL-02, POL-03: wait-before is lost behind pause-before.
SELECT mistral.start_workflow('tm_pause') AS id \gset
SELECT task, state, info FROM story.show(:'id');
SELECT mistral.resume_execution(:'id');
SELECT task, state, info FROM story.show(:'id');
SELECT count(*) FROM mistral.action_executions WHERE execution_id = :'id';

-- ACT-02: an action that ends after a while; no executor is needed for it.
SELECT story.define($$
tm_echo: {tasks: {t: {action: std.echo output=5 delay=1000}, s: {action: std.sleep seconds=1000}}}
$$);
SELECT mistral.start_workflow('tm_echo') AS id \gset
SELECT task, state FROM story.show(:'id');
SELECT story.fire('tm_echo', 'finish_action');
SELECT task, state, result FROM story.show(:'id');

-- SCH-02: a call that cannot be made is given up in the end, and the task fails.
SELECT mistral.start_workflow('tm_before') AS id \gset
UPDATE mistral.delayed_calls SET kind = 'no_such_kind', attempts = 9 WHERE execution_id = :'id';
SELECT story.fire('tm_before', 'no_such_kind');
SELECT task, state, info FROM story.show(:'id');
SELECT kind, is_dead, error FROM mistral.delayed_calls WHERE execution_id = :'id';

SET client_min_messages = warning;
SELECT story.clean();
DROP SCHEMA story CASCADE;
