\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- A result that comes when its task has ended is stored on the action and is no part of
-- the task's; an action that nobody ends does not run for ever.
SELECT story.define($$
la_one: {tasks: {t: {action: std.async_noop, timeout: 100, on-error: hold}, hold: {action: std.async_noop}}}
la_items: {tasks: {t: {with-items: i in <% range(3) %>, action: std.async_noop, timeout: 100, on-error: hold}, hold: {action: std.async_noop, on-success: see}, see: {action: std.echo output=<% task(t).result %>}}}
la_ends: {tasks: {t: {action: std.async_noop, timeout: 100}}}
la_cancel: {tasks: {t: {with-items: i in <% range(2) %>, action: std.async_noop}, hold: {action: std.async_noop}}}
la_sleep: {tasks: {t: {action: std.sleep seconds=1000, timeout: 100, on-error: hold}, hold: {action: std.async_noop}}}
la_retry: {tasks: {t: {action: std.async_noop, timeout: 100, retry: {count: 3, delay: 0}, on-error: hold}, hold: {action: std.async_noop}}}
la_held: {tasks: {t: {action: std.async_noop, timeout: 100, on-error: h}, h: {action: std.noop}}}
$$);
-- the time comes when the test says so
CREATE FUNCTION story.fire(execution uuid, kind text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mistral.delayed_calls c SET due_at = clock_timestamp() - interval '1 s'
     WHERE c.execution_id = $1 AND c.kind = $2;
    PERFORM story.settle();
END
$$;
CREATE FUNCTION story.actions(execution uuid) RETURNS TABLE (task text, state text, accepted bool, output jsonb) LANGUAGE sql AS $$
    SELECT task_name, state, accepted, output -> 'result' FROM mistral.actions WHERE workflow_execution_id = $1 ORDER BY id
$$;
CREATE FUNCTION story.again(workflow text, state text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM story.complete(workflow, 't', state, '"again"');
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    RETURN story.hide(sqlerrm);
END
$$;

SELECT mistral.start_workflow('la_one') AS id \gset
SELECT story.fire(:'id', 'timeout_task');
SELECT * FROM story.actions(:'id');
SELECT story.complete('la_one', 't', 'SUCCESS', '"late"');
SELECT * FROM story.actions(:'id');
SELECT task, state, result FROM story.show(:'id');
SELECT story.again('la_one', 'SUCCESS');
-- nobody ends it: it is cancelled; a result that comes then is kept, once
SELECT mistral.start_workflow('la_one') AS id \gset
SELECT story.fire(:'id', 'timeout_task');
SELECT story.fire(:'id', 'abandon_actions');
SELECT * FROM story.actions(:'id');
SELECT story.again('la_one', 'PAUSED');
SELECT story.complete('la_one', 't', 'ERROR', '"later"');
SELECT story.again('la_one', 'SUCCESS');
SELECT * FROM story.actions(:'id');
SELECT task, state, result FROM story.show(:'id');
SELECT count(*) FROM mistral.delayed_calls WHERE execution_id = :'id';
-- items: those before the limit count, in their places
SELECT mistral.start_workflow('la_items') AS id \gset
SELECT story.complete('la_items', 't', 'SUCCESS', '"two"', 1);
SELECT story.fire(:'id', 'timeout_task');
SELECT story.complete('la_items', 't', 'SUCCESS', '"late"', 0);
SELECT * FROM story.actions(:'id');
SELECT task, state, result FROM story.show(:'id');
SELECT story.fire(:'id', 'abandon_actions');
SELECT story.complete('la_items', 'hold');
SELECT task, state, result FROM story.show(:'id');
-- the execution has ended with the task
SELECT mistral.start_workflow('la_ends') AS id \gset
SELECT story.fire(:'id', 'timeout_task');
SELECT story.fire(:'id', 'abandon_actions');
SELECT * FROM story.actions(:'id');
SELECT task, state, result FROM story.show(:'id');
-- a rerun has begun before the action was given up
SELECT mistral.start_workflow('la_ends') AS id \gset
SELECT story.fire(:'id', 'timeout_task');
SELECT mistral.rerun_task(story.task('la_ends', 't'));
SELECT story.fire(:'id', 'abandon_actions');
SELECT * FROM story.actions(:'id');
SELECT story.complete('la_ends', 't', 'SUCCESS', '"new"');
SELECT task, state, result FROM story.show(:'id');
-- an item that was cancelled ends its task
SELECT mistral.start_workflow('la_cancel') AS id \gset
SELECT story.complete('la_cancel', 't', 'CANCELLED', '"no"', 0);
SELECT story.complete('la_cancel', 't', 'SUCCESS', '"late"', 1);
SELECT * FROM story.actions(:'id');
SELECT task, state, result FROM story.show(:'id');
-- what the database runs ends at once; retries end with the limit
SELECT mistral.start_workflow('la_sleep') AS id \gset
SELECT story.fire(:'id', 'timeout_task');
SELECT * FROM story.actions(:'id');
SELECT mistral.start_workflow('la_retry') AS id \gset
SELECT story.complete('la_retry', 't', 'ERROR', '"first"');
SELECT story.fire(:'id', 'timeout_task');
SELECT story.complete('la_retry', 't', 'SUCCESS', '"late"');
SELECT * FROM story.actions(:'id');
SELECT task, state, result FROM story.show(:'id');
-- the limit passes in a paused execution: what follows waits for the resume
SELECT mistral.start_workflow('la_held') AS id \gset
SELECT mistral.pause_execution(:'id');
SELECT story.fire(:'id', 'timeout_task');
SELECT task, state FROM story.show(:'id');
SELECT story.complete('la_held', 't', 'SUCCESS', '"late"');
SELECT mistral.resume_execution(:'id');
SELECT task, state, result FROM story.show(:'id');
