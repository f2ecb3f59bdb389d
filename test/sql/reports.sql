\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Why executions failed, and how long things take.
SELECT story.define($$
rp_leaf:
  input: [i]
  tasks:
    ok: {action: std.noop, on-success: [bad]}
    bad: {action: std.fail, input: {error_data: "no <% $.i %>"}}
rp_mid:
  tasks:
    each: {with-items: "i in <% range(0, 3) %>", workflow: rp_leaf, input: {i: <% $.i %>}}
    slow: {action: std.async_noop, timeout: 1}
rp_top:
  tasks:
    call: {workflow: rp_mid}
    handled: {action: std.fail, input: {error_data: was expected}, on-error: [after]}
    after: {action: std.noop}
    items: {with-items: "i in <% range(0, 4) %>", action: std.async_noop}
rp_fail: {tasks: {t: {action: std.noop, on-success: "fail(msg='on purpose')"}}}
rp_mute: {tasks: {t: {action: std.noop, on-success: fail}}}
rp_wrong: {tasks: {t: {action: std.echo, input: {output: <% $.none.such %>}}}}
rp_retry: {tasks: {t: {action: std.fail, input: {error_data: again}, retry: {count: 2, delay: 0}}}}
rp_swallow:
  tasks:
    call: {workflow: rp_leaf, input: {i: 7}, on-error: [noop]}
rp_wait: {tasks: {a: {action: std.async_noop}, b: {action: std.async_noop}, c: {action: std.noop}}}
$$);
CREATE FUNCTION story.errors(workflow text, max_rows int DEFAULT 100)
RETURNS TABLE (path text, error text, is_handled bool, item int, has_ids text) LANGUAGE sql AS $$
    SELECT path, story.hide(error), is_handled, item_index,
           concat_ws(' ', CASE WHEN occurred_at IS NOT NULL THEN 'time' END,
                     (SELECT e.workflow_name FROM mistral.executions e WHERE e.id = workflow_execution_id),
                     (SELECT t.name FROM mistral.tasks t WHERE t.id = task_execution_id),
                     (SELECT a.name FROM mistral.actions a WHERE a.id = action_execution_id))
      FROM mistral.execution_errors(story.exec(workflow), max_rows)
     ORDER BY path, item_index, error
$$;
SELECT count(mistral.start_workflow(w)) FROM unnest('{rp_top,rp_fail,rp_mute,rp_wrong,rp_retry,rp_swallow}'::text[]) AS w;
SELECT story.complete('rp_top', 'items', CASE n WHEN 1 THEN 'ERROR' ELSE 'SUCCESS' END, to_jsonb('item ' || n), n)
  FROM generate_series(0, 3) AS n;
SELECT story.settle();
SELECT FROM mistral.run_due_calls(as_of => now() + '10 s');
SELECT story.settle();
SELECT * FROM story.errors('rp_top');
SELECT count(*) FROM story.errors('rp_top', 3);
SELECT count(*) FROM story.errors('rp_top', -1);
SELECT * FROM story.errors('rp_fail');
SELECT * FROM story.errors('rp_mute');
SELECT * FROM story.errors('rp_wrong');
SELECT * FROM story.errors('rp_retry');
SELECT * FROM story.errors('rp_swallow');
SELECT count(*) FROM mistral.execution_errors('00000000-0000-0000-0000-000000000001');
SELECT e ->> 'path' AS path, e ->> 'error' AS error, e ->> 'is_handled' AS handled, e ->> 'index' AS index
  FROM jsonb_array_elements(mistral_api.list_execution_errors(story.exec('rp_fail')::text)::jsonb -> 'errors') AS e;
SELECT jsonb_array_length(mistral_api.list_execution_errors(story.exec('rp_top')::text, '{"limit": "2"}')::jsonb -> 'errors') AS limited;
SELECT mistral_api.list_execution_errors('00000000-0000-0000-0000-000000000001');
SELECT mistral_api.list_execution_errors(story.exec('rp_fail')::text, '{"depth": "1"}');

-- others see nothing
SET client_min_messages = warning;
SELECT mistral.create_roles();
CREATE ROLE rp_other IN ROLE mistral_user;
RESET client_min_messages;
SELECT story.exec('rp_fail') AS id \gset
SET ROLE rp_other;
SELECT count(*) FROM mistral.execution_errors(:'id');
SELECT count(*) FROM mistral.execution_tasks(:'id');
SELECT count(*) FROM mistral.workflow_durations();
SELECT count(*) FROM mistral.task_durations('rp_leaf');
RESET ROLE;

-- ------------------------------------------------------------- statistics
SELECT mistral.start_workflow('rp_wait') AS id \gset
SELECT * FROM mistral.execution_tasks(:'id');
SELECT workflow_name, state, executions, longest >= percentile_95 AND percentile_95 >= median AND average >= '0' AS in_order
  FROM mistral.workflow_durations() WHERE workflow_name LIKE 'rp\_%';
SELECT workflow_name, state, executions FROM mistral.workflow_durations(workflow => 'rp_leaf');
SELECT count(*) FROM mistral.workflow_durations(now() + '1 day');
SELECT task_name, state, tasks, retries, longest >= percentile_95 AND percentile_95 >= median AND average >= '0' AS in_order
  FROM mistral.task_durations('rp_leaf')
 UNION ALL SELECT task_name, state, tasks, retries, true FROM mistral.task_durations('rp_retry')
 UNION ALL SELECT task_name, state, tasks, retries, true FROM mistral.task_durations('rp_wait');
SELECT count(*) FROM mistral.task_durations('rp_leaf', namespace => 'other');

DROP ROLE rp_other;
SELECT story.clean();
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'rp\_%';
