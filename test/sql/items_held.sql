\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Items that wait for their turn are not begun when their execution or task has ended
-- or is paused.
SELECT story.define($$
it_action: {tasks: {t: {with-items: i in <% range(9) %>, concurrency: 2, action: std.async_noop}, other: {action: std.async_noop}}}
it_later: {tasks: {t: {with-items: i in <% range(9) %>, concurrency: 2, action: std.async_noop, timeout: 100}, other: {action: std.async_noop}}}
it_fail: {tasks: {t: {with-items: i in <% range(9) %>, concurrency: 2, action: std.async_noop}, other: {action: std.async_noop, on-success: fail}}}
it_succeed: {tasks: {t: {with-items: i in <% range(9) %>, concurrency: 2, action: std.async_noop}, other: {action: std.async_noop, on-success: succeed}}}
it_pause: {tasks: {t: {with-items: i in <% range(9) %>, concurrency: 2, action: std.async_noop}, other: {action: std.async_noop, on-success: pause}}}
it_before: {tasks: {t: {with-items: i in <% range(9) %>, concurrency: 2, action: std.async_noop}, other: {action: std.async_noop, on-success: last}, last: {action: std.noop, pause-before: true}}}
it_child: {tasks: {c: {action: std.async_noop}}}
it_flow: {tasks: {t: {with-items: i in <% range(9) %>, concurrency: 2, workflow: it_child}, other: {action: std.async_noop}}}
it_parent: {tasks: {p: {workflow: it_action}}}
$$);
CREATE FUNCTION story.end_time(id uuid) RETURNS void LANGUAGE sql AS $$
    UPDATE mistral.delayed_calls SET due_at = now() - interval '1 s' WHERE execution_id = $1 AND kind = 'timeout_task'
$$;
CREATE FUNCTION story.end_other(id uuid) RETURNS void LANGUAGE sql AS $$
    SELECT mistral.complete_action(a.id) FROM mistral.action_executions a JOIN mistral.task_executions t ON t.id = a.task_id
     WHERE t.execution_id = $1 AND t.name = 'other'
$$;
CREATE FUNCTION story.pause_item(id uuid) RETURNS void LANGUAGE sql AS $$
    SELECT mistral.complete_action(min(a.id::text)::uuid, 'PAUSED') FROM mistral.action_executions a
      JOIN mistral.task_executions t ON t.id = a.task_id WHERE t.execution_id = $1 AND t.name = 't'
$$;
CREATE FUNCTION story.pause_child(id uuid) RETURNS void LANGUAGE sql AS $$
    SELECT mistral.pause_execution(min(e.id::text)::uuid) FROM mistral.workflow_executions e
      JOIN mistral.task_executions t ON t.id = e.parent_task_id WHERE t.execution_id = $1
$$;
CREATE FUNCTION story.end_item_of_t(id uuid) RETURNS void LANGUAGE sql AS $$
    SELECT mistral.complete_action(max(a.id::text)::uuid, 'CANCELLED') FROM mistral.action_executions a
      JOIN mistral.task_executions t ON t.id = a.task_id WHERE t.execution_id = $1 AND t.name = 't'
$$;
-- how many children there are before, when two of them have ended, and after a resume
CREATE FUNCTION story.begun(id uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT (SELECT count(*) FROM mistral.action_executions a JOIN mistral.task_executions t ON t.id = a.task_id AND t.name = 't'
             WHERE coalesce(t.root_id, t.execution_id) = $1)
         + (SELECT count(*) FROM mistral.workflow_executions e JOIN mistral.task_executions t ON t.id = e.parent_task_id AND t.name = 't'
             WHERE t.execution_id = $1)
$$;
CREATE FUNCTION story.items(workflow text, deed text) RETURNS TABLE (before bigint, held bigint, resumed bigint, state text) LANGUAGE plpgsql AS $$
DECLARE
    flow uuid := mistral.start_workflow(workflow);
    action uuid;
BEGIN
    before := story.begun(flow);
    EXECUTE format(deed, flow);
    PERFORM story.settle();
    FOR action IN SELECT a.id FROM mistral.action_executions a JOIN mistral.task_executions t ON t.id = a.task_id
                   WHERE coalesce(a.root_id, a.execution_id) = flow AND a.state = 'R' AND t.name IN ('t', 'c') LOOP
        PERFORM mistral.complete_action(action);
    END LOOP;
    PERFORM story.settle();
    held := story.begun(flow);
    IF mistral.get_execution(flow) ->> 'state' = 'PAUSED' THEN
        PERFORM mistral.resume_execution(flow);
        PERFORM story.settle();
        resumed := story.begun(flow);
    END IF;
    state := mistral.get_execution(flow) ->> 'state';
    PERFORM mistral.delete_execution(flow, true);
    RETURN NEXT;
END
$$;
SELECT w AS workflow, d AS deed, i.*
  FROM (VALUES ('it_action', 'SELECT 1'), ('it_action', 'SELECT mistral.cancel_execution(%L)'),
               ('it_action', 'SELECT mistral.stop_execution(%L, ''ERROR'')'), ('it_action', 'SELECT mistral.stop_execution(%L, ''SUCCESS'')'),
               ('it_action', 'SELECT mistral.pause_execution(%L)'), ('it_action', 'SELECT story.end_item_of_t(%L)'),
               ('it_action', 'SELECT story.pause_item(%L)'), ('it_later', 'SELECT story.end_time(%L)'),
               ('it_fail', 'SELECT story.end_other(%L)'), ('it_succeed', 'SELECT story.end_other(%L)'),
               ('it_pause', 'SELECT story.end_other(%L)'), ('it_before', 'SELECT story.end_other(%L)'),
               ('it_flow', 'SELECT 1'), ('it_flow', 'SELECT mistral.cancel_execution(%L)'),
               ('it_flow', 'SELECT mistral.pause_execution(%L)'), ('it_flow', 'SELECT story.pause_child(%L)'),
               ('it_flow', 'SELECT mistral.stop_execution(%L, ''ERROR'')'),
               ('it_parent', 'SELECT mistral.cancel_execution(%L)'), ('it_parent', 'SELECT mistral.pause_execution(%L)')) AS c(w, d),
       LATERAL story.items(w, d) i;

SELECT invariant, detail FROM mistral.check();
SELECT story.clean();
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'it\_%';

-- Lists are kept in parts, so that a call reads no more than the items that it may
-- start: each item begins once, in order, also with a rerun that leaves some out.
SELECT story.define($$
it_parts: {input: [n], output: {n: <% task(t).result.len() %>, last: <% task(t).result.last() %>}, tasks: {t: {with-items: ["i in <% range($.n) %>", "first in <% range($.n).select($ * 2) %>"], concurrency: 3, action: std.async_noop, retry: {count: 1, delay: 0}}}}
it_undo: {tasks: {t: {with-items: i in <% range(250) %>, concurrency: 50, action: std.noop, compensate: std.echo output=<% $.i %>, on-success: u}, u: {action: std.fail}}}
$$);
-- ends the items that run, each with its index, until none does; those of a list fail
CREATE FUNCTION story.end_all(id uuid, VARIADIC failing int[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    a record;
    out_of_order int := 0;
    last int := -1;
BEGIN
    LOOP
        SELECT x.id, x.item_index INTO a FROM mistral.action_executions x WHERE x.execution_id = $1 AND x.state = 'R' ORDER BY x.id LIMIT 1;
        EXIT WHEN NOT FOUND;
        out_of_order := out_of_order + (a.item_index <= last)::int;
        last := a.item_index;
        PERFORM mistral.complete_action(a.id, CASE WHEN a.item_index = ANY (failing) THEN 'ERROR' ELSE 'SUCCESS' END, to_jsonb(a.item_index));
    END LOOP;
    RETURN (SELECT format('%s, %s actions, %s twice in an attempt, %s times from the start', e.state, count(*),
                          count(*) - count(DISTINCT (x.attempt, x.item_index)), out_of_order)
              FROM mistral.executions e JOIN mistral.action_executions x ON x.execution_id = e.id WHERE e.id = $1 GROUP BY e.state);
END
$$;
SELECT mistral.start_workflow('it_parts', '{"n": 250}') AS id \gset
SELECT count(*), max(octet_length(data::text)) < 3000 AS small FROM mistral.contexts WHERE execution_id = :'id';
SELECT story.end_all(:'id', -1);
SELECT output FROM mistral.executions WHERE id = :'id';
SELECT mistral.start_workflow('it_parts', '{"n": 200}') AS id \gset
SELECT count(*) FROM mistral.contexts WHERE execution_id = :'id';
SELECT story.end_all(:'id', -1);
SELECT mistral.start_workflow('it_parts', '{"n": 1001}') AS id \gset
SELECT mistral.pause_execution(:'id');
SELECT story.end_all(:'id', -1);
SELECT mistral.resume_execution(:'id');
SELECT story.end_all(:'id', 5, 500, 1000);
SELECT mistral.rerun_task(story.task('it_parts', 't'), false);
SELECT count(*) FROM mistral.action_executions WHERE execution_id = :'id' AND state = 'R';
SELECT story.end_all(:'id', -1);
SELECT output FROM mistral.executions WHERE id = :'id';
SELECT mistral.start_workflow('it_undo') AS id \gset
SELECT story.settle();
SELECT task, state, jsonb_array_length(result) AS items FROM story.show(:'id') WHERE task <> '=' AND task <> 'u';
-- the budget of a call used up, and what the next call finds
SET mistral.max_inline_steps = 120;
SELECT story.define('it_budget: {output: {n: <% task(t).result.len() %>}, tasks: {t: {with-items: i in <% range(500) %>, action: std.noop}}}');
SELECT mistral.start_workflow('it_budget') AS id \gset
RESET mistral.max_inline_steps;
SELECT story.settle();
SELECT state, output FROM mistral.executions WHERE id = :'id';
SELECT invariant, detail FROM mistral.check();
SELECT story.clean();
