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
