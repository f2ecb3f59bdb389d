\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- What is left below executions that have ended: nothing may be.
CREATE VIEW story.left_over AS
WITH ended AS (
    SELECT id, workflow_name FROM mistral.workflow_executions WHERE state IN ('S', 'E', 'C')
)
SELECT 'call ' || d.kind AS what, e.workflow_name
  FROM ended e JOIN mistral.delayed_calls d ON d.execution_id = e.id
UNION ALL
SELECT 'queued action', e.workflow_name
  FROM ended e JOIN mistral.action_queue q ON q.execution_id = e.id
UNION ALL
SELECT 'execution ' || c.workflow_name, e.workflow_name
  FROM ended e JOIN mistral.task_executions t ON t.execution_id = e.id
  JOIN mistral.workflow_executions c ON c.parent_task_id = t.id AND c.state IN ('I', 'R', 'P')
UNION ALL
SELECT 'task ' || t.name, e.workflow_name
  FROM ended e JOIN mistral.task_executions t ON t.execution_id = e.id
 WHERE t.state IN ('I', 'W', 'D', 'R', 'P')
   AND NOT EXISTS (SELECT FROM mistral.action_executions a
                    WHERE a.task_id = t.id AND a.state IN ('R', 'P'));

-- Run what is due until nothing is, each in a transaction of its own: a
-- scheduler that does the same must not wait for us, and we not for it.
CREATE PROCEDURE story.rest() LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        PERFORM mistral.run_due_calls();
        COMMIT;
        EXIT WHEN NOT EXISTS (SELECT FROM mistral.delayed_calls
                               WHERE due_at <= clock_timestamp() + interval '2 seconds' AND NOT is_dead)
              AND NOT EXISTS (SELECT FROM mistral.action_results);
    END LOOP;
END
$$;
-- run what is due now, and what is due in the next seconds
CREATE FUNCTION story.pass() RETURNS void LANGUAGE sql AS $$
    SELECT mistral.run_due_calls(as_of => clock_timestamp() + interval '10 seconds')
$$;

SELECT story.define($$
ends_leaf: {input: [n], output: {n: <% $.n %>}, tasks: {ask: {action: std.async_noop}}}
ends_items:
  tasks:
    t: {with-items: "i in [1, 2]", workflow: ends_leaf n=<% $.i %>, on-success: never, on-complete: never}
    never: {action: std.noop}
ends_poll: {tasks: {poll: {action: std.fail, retry: {count: 100, delay: 3600}}}}
ends_limit: {tasks: {t: {workflow: ends_poll, timeout: 1}}}
ends_limit_long: {tasks: {t: {workflow: ends_poll, timeout: 1, on-error: go_on}, go_on: {action: std.async_noop}}}
ends_all:
  tasks:
    wait: {action: std.noop, wait-before: 3600}
    after: {action: std.noop, wait-after: 3600}
    again: {action: std.fail, retry: {count: 3, delay: 3600}}
    limit: {action: std.async_noop, timeout: 3600}
    quick: {action: std.noop, timeout: 3600, on-success: join}
    join: {join: all, action: std.noop}
    slow: {action: std.async_noop, on-success: join}
    sleep: {action: std.sleep seconds=3600}
    echo: {with-items: "i in [1, 2]", action: std.echo output=<% $.i %> delay=3600}
    queued: {with-items: "i in [1, 2, 3]", action: std.http url="http://127.0.0.1:1/"}
    below: {workflow: ends_poll}
    key: {action: std.async_noop, on-error: fail}
$$);

-- A child cancelled while its sibling is paused is not forgotten.
SELECT mistral.start_workflow('ends_items') AS id \gset
SELECT id AS b FROM mistral.executions WHERE workflow_name = 'ends_leaf' ORDER BY created_at DESC, id DESC LIMIT 1 \gset
SELECT id AS a FROM mistral.executions WHERE workflow_name = 'ends_leaf' AND id <> :'b' ORDER BY created_at DESC, id DESC LIMIT 1 \gset
SELECT mistral.pause_execution(:'b');
CALL story.rest();
SELECT mistral.cancel_execution(:'a');
CALL story.rest();
SELECT mistral.resume_execution(:'b');
CALL story.rest();
SELECT mistral.complete_action(id) FROM mistral.actions WHERE workflow_execution_id = :'b';
CALL story.rest();
SELECT * FROM story.tree('ends_items');
SELECT * FROM story.left_over;

-- The other way round the sibling is paused when all has been decided.
SELECT mistral.start_workflow('ends_items') AS id \gset
SELECT mistral.pause_execution(:'id');
CALL story.rest();
SELECT mistral.cancel_execution((SELECT id FROM mistral.executions WHERE root_execution_id = :'id' ORDER BY created_at, id LIMIT 1));
CALL story.rest();
SELECT mistral.resume_execution(:'id');
CALL story.rest();
SELECT * FROM story.tree('ends_items');
SELECT * FROM story.left_over;

-- A stop of any kind ends the children, paused ones too.
SELECT mistral.start_workflow('ends_items') AS id \gset
SELECT mistral.pause_execution(:'id');
CALL story.rest();
SELECT mistral.stop_execution(:'id', 'ERROR', 'enough');
CALL story.rest();
SELECT * FROM story.tree('ends_items');
SELECT mistral.start_workflow('ends_items') AS id \gset
SELECT mistral.stop_execution(:'id', 'SUCCESS');
CALL story.rest();
SELECT * FROM story.tree('ends_items');
SELECT * FROM story.left_over;

-- A time-out ends what polls below, whether the execution ends with it or not.
SELECT mistral.start_workflow('ends_limit') AS id \gset
SELECT mistral.start_workflow('ends_limit_long') AS long \gset
SELECT story.pass();
SELECT story.pass();
SELECT * FROM story.tree('ends_limit');
SELECT * FROM story.tree('ends_limit_long');
SELECT * FROM story.left_over;

-- Whatever waits ends with the execution; what is with others is left to them.
SELECT mistral.start_workflow('ends_all') AS id \gset
SELECT task, state FROM story.show(:'id') ORDER BY 1;
SELECT mistral.cancel_execution(:'id', 'enough');
CALL story.rest();
SELECT task, state FROM story.show(:'id') ORDER BY 1;
SELECT name, state, count(*) FROM mistral.actions WHERE workflow_execution_id = :'id' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT * FROM story.left_over;
SELECT story.complete('ends_all', 'slow');
SELECT story.complete('ends_all', 'limit', 'ERROR');
CALL story.rest();
SELECT task, state FROM story.show(:'id') WHERE task IN ('slow', 'limit', 'join');

-- The same by a failure; a rerun makes wait again what waited.
SELECT mistral.start_workflow('ends_all') AS id \gset
SELECT story.complete('ends_all', 'key', 'ERROR');
CALL story.rest();
SELECT * FROM story.left_over;
SELECT mistral.rerun_task(story.task('ends_all', 'key'));
SELECT task, state FROM story.show(:'id') WHERE task IN ('wait', 'after', 'again', 'join', 'limit', 'key') ORDER BY 1;
SELECT t.name, d.kind, d.due_at BETWEEN now() + '59 minutes' AND now() + '61 minutes' AS in_time
  FROM mistral.delayed_calls d JOIN mistral.task_executions t ON t.id = d.task_id
 WHERE d.execution_id = :'id' ORDER BY 1, 2;
SELECT mistral.cancel_execution(:'id');
CALL story.rest();
SELECT * FROM story.left_over;

-- A failure that is reported after the end is not tried again.
SELECT story.define($$
ends_late:
  tasks:
    t: {action: std.async_noop, retry: {count: 3, delay: 10}}
    u: {action: std.async_noop, wait-after: 10}
$$);
SELECT mistral.start_workflow('ends_late') AS id \gset
SELECT mistral.cancel_execution(:'id');
SELECT story.complete('ends_late', 't', 'ERROR');
SELECT story.complete('ends_late', 'u');
SELECT task, state FROM story.show(:'id');
SELECT * FROM story.left_over;

-- An action that waits in the database ends with its task.
SELECT story.define($$
ends_sleep:
  tasks:
    t: {action: std.sleep seconds=3600, timeout: 1, on-error: go_on}
    e: {action: std.echo output=1 delay=3600, timeout: 1, on-error: go_on}
    q: {action: std.http url="http://127.0.0.1:1/", timeout: 1, on-error: go_on}
    go_on: {join: all, action: std.async_noop}
$$);
SELECT mistral.start_workflow('ends_sleep') AS id \gset
SELECT story.pass();
SELECT task, state FROM story.show(:'id') ORDER BY 1;
SELECT name, state, output FROM mistral.actions WHERE workflow_execution_id = :'id' ORDER BY name;
SELECT count(*) FROM mistral.delayed_calls WHERE execution_id = :'id';
SELECT count(*) FROM mistral.action_queue WHERE execution_id = :'id';

-- A join that is armed again while it runs counts the children of its new
-- attempt, and what is left of the old one does not hold it up.
SELECT story.define($$
ends_armed:
  tasks:
    s: {action: std.noop, on-success: a}
    a: {action: std.async_noop, on-success: [again, j]}
    again: {action: std.noop, on-success: a}
    j: {join: one, action: std.async_noop}
ends_armed_queue:
  tasks:
    s: {action: std.noop, on-success: a}
    a: {action: std.async_noop, on-success: [again, j]}
    again: {action: std.noop, on-success: a}
    j: {join: one, action: std.http url="http://127.0.0.1:1/"}
$$);
CREATE FUNCTION story.arm_twice(workflow text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    id uuid := mistral.start_workflow(workflow);
BEGIN
    PERFORM story.complete(workflow, 'a');
    PERFORM set_config('mistral.max_inline_steps', '1', true);
    PERFORM story.complete(workflow, 'a');
    PERFORM mistral.stop_execution(id, 'ERROR', 'enough');
    RETURN id;
END
$$;
SELECT story.arm_twice('ends_armed') AS id \gset
SELECT task, state FROM story.show(:'id');
SELECT attempt, open_children FROM mistral.task_executions WHERE execution_id = :'id' AND name = 'j';
SELECT invariant, detail FROM mistral.check();
SELECT story.complete('ends_armed', 'j');
SELECT invariant, detail FROM mistral.check();

-- Nor does it start its children twice when it had not begun to.
SELECT story.define($$
ends_armed_early:
  tasks:
    s: {action: std.noop, on-success: a}
    a: {action: std.async_noop, on-success: [again, k]}
    again: {action: std.noop, on-success: a}
    k: {action: std.noop, on-success: j}
    j: {join: one, workflow: ends_leaf n=1, publish: {n: <% task().result.n %>}}
$$);
CREATE FUNCTION story.arm_early() RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    id uuid := mistral.start_workflow('ends_armed_early');
BEGIN
    PERFORM set_config('mistral.max_inline_steps', '3', true);
    PERFORM story.complete('ends_armed_early', 'a');
    PERFORM story.complete('ends_armed_early', 'a');
    PERFORM set_config('mistral.max_inline_steps', '1000', true);
    PERFORM story.pass();
    RETURN id;
END
$$;
SELECT story.arm_early() AS id \gset
SELECT t.attempt, t.open_children, count(*)
  FROM mistral.task_executions t JOIN mistral.workflow_executions c ON c.parent_task_id = t.id
 WHERE t.execution_id = :'id' GROUP BY t.id;
SELECT invariant, detail FROM mistral.check();
SELECT story.complete('ends_leaf', 'ask');
SELECT task, state, published FROM story.show(:'id');
SELECT mistral.cancel_execution(:'id');

SELECT story.arm_twice('ends_armed_queue') AS id \gset
SELECT task, state FROM story.show(:'id') WHERE task = 'j';
SELECT state FROM mistral.actions WHERE workflow_execution_id = :'id' AND task_name = 'j';
SELECT * FROM story.left_over;

DROP VIEW story.left_over;
SELECT story.clean();
