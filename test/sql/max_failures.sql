-- with-items that bear some failures.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o
SELECT story.define($$
mf_async: {tasks: {t: {with-items: i in <% range(10) %>, concurrency: 2, max-failures: 10%, action: std.async_noop, on-error: e, on-success: s}, e: {action: std.noop}, s: {action: std.noop}}}
mf_all: {tasks: {t: {with-items: i in <% range(4) %>, max-failures: <% '50%' %>, action: std.async_noop}}}
mf_child: {tasks: {t: {action: std.async_noop}}}
mf_sub: {tasks: {t: {with-items: i in <% range(3) %>, max-failures: 1, workflow: mf_child}}}
mf_retry: {input: [m], tasks: {t: {with-items: i in <% range(2) %>, max-failures: <% $.m %>, action: std.fail, retry: {count: 1, delay: 0}}}}
mf_default: {task-defaults: {max-failures: 100%}, tasks: {t: {with-items: "i in [1, 2]", action: std.fail}, u: {action: std.fail, on-error: noop}}}
$$);
-- gives the items that run their results, one after the other
CREATE FUNCTION story.end_items(id uuid, VARIADIC states text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    action uuid;
    state text;
BEGIN
    FOREACH state IN ARRAY states LOOP
        SELECT a.id INTO action FROM mistral.action_executions a
         WHERE a.execution_id = $1 AND a.state = 'R' ORDER BY a.item_index LIMIT 1;
        EXIT WHEN action IS NULL;
        PERFORM mistral.complete_action(action, state, to_jsonb(state));
    END LOOP;
    PERFORM story.settle();
    RETURN (SELECT string_agg(t.name || ' ' || t.state || coalesce(': ' || t.state_info, ''), '; ' ORDER BY t.created_at, t.id)
              FROM mistral.tasks t WHERE t.workflow_execution_id = $1)
           || ' after ' || (SELECT count(*) FROM mistral.action_executions a WHERE a.execution_id = $1 AND a.item_index >= 0 AND a.name = 'std.async_noop');
END $$;

-- one of ten may fail, and is in the result; with the second no more begin
SELECT mistral.start_workflow('mf_async') AS id \gset
SELECT story.end_items(:'id', 'SUCCESS', 'ERROR', 'SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS');
SELECT state, mistral.task_result(story.task('mf_async', 't')) FROM mistral.executions WHERE id = :'id';
SELECT mistral.start_workflow('mf_async') AS id \gset
SELECT story.end_items(:'id', 'ERROR', 'ERROR');
SELECT story.end_items(:'id', 'SUCCESS');
-- what has not succeeded runs again, with as many failures as before
SELECT mistral.start_workflow('mf_all') AS id \gset
SELECT story.end_items(:'id', 'ERROR', 'ERROR', 'SUCCESS', 'ERROR');
SELECT mistral.rerun_task(story.task('mf_all', 't'), false);
SELECT story.end_items(:'id', 'ERROR', 'ERROR', 'SUCCESS');
SELECT mistral.start_workflow('mf_all') AS id \gset
SELECT story.end_items(:'id', 'ERROR', 'CANCELLED');
-- sub-workflows; one of them run again
SELECT mistral.start_workflow('mf_sub') AS id \gset
SELECT mistral.complete_action(a.id, CASE WHEN e.item_index < 2 THEN 'ERROR' ELSE 'SUCCESS' END) FROM mistral.action_executions a
  JOIN mistral.workflow_executions e ON e.id = a.execution_id WHERE e.root_id = :'id' ORDER BY e.item_index \g /dev/null
SELECT story.settle();
SELECT task, state, info FROM story.show(:'id');
SELECT mistral.rerun_task(t.id) FROM mistral.task_executions t JOIN mistral.workflow_executions e ON e.id = t.execution_id
 WHERE e.root_id = :'id' AND e.item_index = 0 AND e.id <> e.root_id;
SELECT mistral.complete_action(a.id) FROM mistral.action_executions a WHERE a.root_id = :'id' AND a.state = 'R' \g /dev/null
SELECT story.settle();
SELECT task, state, info FROM story.show(:'id');
-- one that the task has borne cannot run again: others have gone on
SELECT mistral.start_workflow('mf_sub') AS id \gset
SELECT mistral.complete_action(a.id, CASE WHEN e.item_index < 1 THEN 'ERROR' ELSE 'SUCCESS' END) FROM mistral.action_executions a
  JOIN mistral.workflow_executions e ON e.id = a.execution_id WHERE e.root_id = :'id' ORDER BY e.item_index \g /dev/null
SELECT story.settle();
SELECT task, state, info FROM story.show(:'id');
SELECT story.define('mf_after: {tasks: {t: {with-items: i in <% range(3) %>, max-failures: 1, workflow: mf_child, on-success: more}, more: {action: std.async_noop}}}');
SELECT mistral.start_workflow('mf_after') AS id \gset
SELECT mistral.complete_action(a.id, CASE WHEN e.item_index < 1 THEN 'ERROR' ELSE 'SUCCESS' END) FROM mistral.action_executions a
  JOIN mistral.workflow_executions e ON e.id = a.execution_id WHERE e.root_id = :'id' ORDER BY e.item_index \g /dev/null
SELECT story.settle();
SELECT task, state, info FROM story.show(:'id');
DO $$
DECLARE
    failed CONSTANT uuid := (SELECT t.id FROM mistral.task_executions t JOIN mistral.workflow_executions e ON e.id = t.execution_id
                              WHERE e.root_id = (SELECT story.exec('mf_after')) AND e.workflow_name = 'mf_child' AND e.state = 'E');
    operation text; detail text;
BEGIN
    FOREACH operation IN ARRAY ARRAY['rerun_task', 'skip_task'] LOOP
        BEGIN
            EXECUTE format('SELECT mistral.%I(%L)', operation, failed);
        EXCEPTION WHEN SQLSTATE 'MS014' THEN
            GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
            RAISE NOTICE '%: % / %', operation, story.hide(SQLERRM), story.hide(detail);
        END;
    END LOOP;
END $$;
SELECT story.complete('mf_after', 'more');
SELECT task, state FROM story.show(:'id');
-- each attempt counts for itself; a share of a list
SELECT m, x.state FROM unnest(ARRAY['0', '1', '2', '"49%"', '"50%"', '"100%"', '"x%"', '"101%"', 'null', '-1']) AS m
 CROSS JOIN LATERAL jsonb_to_record(mistral.get_execution(mistral.start_workflow('mf_retry', jsonb_build_object('m', m::jsonb)))) AS x(state text);
SELECT regexp_replace(story.hide(state_info), '\n.*', '') AS state_info FROM mistral.executions WHERE workflow_name = 'mf_retry' AND state_info ~ 'MaxFailures' ORDER BY created_at LIMIT 1;
SELECT mistral.start_workflow('mf_default') AS id \gset
SELECT task, state FROM story.show(:'id');
-- what is wrong
CREATE FUNCTION story.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE statement;
    RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN SQLSTATE || ': ' || SQLERRM || coalesce(' / ' || nullif(detail, ''), '');
END
$$;
SELECT m, story.try(format('SELECT story.define(%L)', E'mf_bad:\n  tasks:\n    t:\n      action: std.noop\n      max-failures: ' || m))
  FROM unnest(ARRAY['-1', '1.5', '101%', 'some', '10 %', '[1]', '"<% $. %>"', '"%"']) AS m;
SELECT * FROM mistral.check();
SELECT story.clean();
