-- Executions that run again: what happened in between, what is counted, and
-- timers of the time before.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

SELECT story.define($$
rv_retry_items:
  tasks:
    each:
      with-items: i in <% [1, 2, 3] %>
      action: std.fail
      retry: {count: 2, delay: 0}
rv_child:
  tasks:
    ask:
      action: std.async_noop
rv_items:
  tasks:
    each:
      with-items: i in <% [1, 2] %>
      workflow: rv_child
rv_retry_child:
  tasks:
    call:
      workflow: rv_child
      retry: {count: 1, delay: 0}
rv_timer:
  tasks:
    wait:
      action: std.noop
      wait-before: 3600
      on-success: after
    after:
      action: std.noop
    other:
      action: std.async_noop
      on-error: fail
rv_join:
  tasks:
    one:
      action: std.async_noop
      on-success: both
    two:
      action: std.async_noop
      on-success: both
    other:
      action: std.async_noop
      on-error: fail
    both:
      join: all
rv_timeout:
  tasks:
    ask:
      action: std.async_noop
      timeout: 3600
rv_adhoc:
  tasks:
    each:
      with-items: i in <% [1, 2] %>
      action: std.async_noop
      on-success: shout
    shout:
      action: rv_loud text="x"
$$);
SELECT name FROM mistral.create_actions($$
version: '2.0'
rv_loud:
  base: std.echo
  base-input: {output: <% $.text %>}
  input: [text]
  output: <% [$, task(each).result.len()] %>
$$);

-- the unfinished actions below an execution, in the order of their making
CREATE FUNCTION story.open_actions(workflow text) RETURNS SETOF uuid LANGUAGE sql AS $$
SELECT a.id FROM mistral.action_executions a
 WHERE coalesce(a.root_id, a.execution_id) = story.exec($1) AND a.state = 'R' ORDER BY a.created_at, a.id
$$;
CREATE FUNCTION story.fail_first(workflow text) RETURNS void LANGUAGE sql AS $$
SELECT mistral.complete_action((SELECT * FROM story.open_actions($1) LIMIT 1), 'ERROR', '"no"')
$$;
CREATE FUNCTION story.succeed_first(workflow text) RETURNS void LANGUAGE sql AS $$
SELECT mistral.complete_action((SELECT * FROM story.open_actions($1) LIMIT 1), 'SUCCESS', '"yes"')
$$;
-- rerun the first failed task of the sub-executions
CREATE FUNCTION story.rerun_below(workflow text) RETURNS void LANGUAGE sql AS $$
SELECT mistral.rerun_task((SELECT t.id FROM mistral.tasks t
  JOIN mistral.executions e ON e.id = t.workflow_execution_id
 WHERE e.root_execution_id = story.exec($1) AND t.state = 'ERROR' ORDER BY t.created_at, t.id LIMIT 1))
$$;

-- a retry without delay of a with-items task runs all items again
SELECT count(mistral.start_workflow('rv_retry_items'));
SELECT task, state, info FROM story.show(story.exec('rv_retry_items'));
SELECT attempt, count(*), bool_or(accepted) FROM mistral.action_executions
 WHERE task_id = story.task('rv_retry_items', 'each') GROUP BY 1 ORDER BY 1;

-- of two failed sub-executions one is revived: the other has failed still
SELECT count(mistral.start_workflow('rv_items'));
SELECT story.fail_first('rv_items'), story.fail_first('rv_items');
SELECT story.rerun_below('rv_items');
SELECT story.succeed_first('rv_items');
SELECT task, state, info FROM story.show(story.exec('rv_items'));

-- a failed one is revived while the other runs: both are waited for
SELECT count(mistral.start_workflow('rv_items'));
SELECT story.fail_first('rv_items');
SELECT story.rerun_below('rv_items');
SELECT story.succeed_first('rv_items');
SELECT task, state, info FROM story.show(story.exec('rv_items'));
SELECT story.succeed_first('rv_items');
SELECT task, state, info FROM story.show(story.exec('rv_items'));

-- one that a retry has superseded would go on for nobody
SELECT count(mistral.start_workflow('rv_retry_child'));
SELECT story.fail_first('rv_retry_child'), story.fail_first('rv_retry_child');
\set VERBOSITY sqlstate
SELECT story.rerun_below('rv_retry_child');
\set VERBOSITY default
SELECT workflow_name, state, task, task_state FROM story.tree('rv_retry_child');

-- a pause below that comes after the resume is too late
SELECT count(mistral.start_workflow('rv_items'));
BEGIN;
SELECT mistral.pause_execution(story.exec('rv_items'));
SELECT mistral.resume_execution(story.exec('rv_items'));
UPDATE mistral.delayed_calls SET due_at = due_at - interval '1 min'
 WHERE kind = 'change_child' AND args ->> 'state' = 'RUNNING';
COMMIT;
SELECT story.settle();
SELECT workflow_name, state, task, task_state FROM story.tree('rv_items');

-- a delay goes on with the execution, and waits for no longer than it had to
SELECT count(mistral.start_workflow('rv_timer'));
SELECT story.complete('rv_timer', 'other', 'ERROR');
SELECT mistral.run_due_calls(as_of => now() + interval '2 hours') >= 0 AS ran;
SELECT task, state FROM story.show(story.exec('rv_timer')) ORDER BY 1;
SELECT mistral.rerun_task(story.task('rv_timer', 'other'));
SELECT story.complete('rv_timer', 'other');
SELECT task, state FROM story.show(story.exec('rv_timer')) ORDER BY 1;
SELECT mistral.run_due_calls(as_of => now() + interval '2 hours') >= 0 AS ran;
SELECT task, state FROM story.show(story.exec('rv_timer')) ORDER BY 1;

-- and a join finds out what has been ruled out meanwhile
SELECT count(mistral.start_workflow('rv_join'));
SELECT story.complete('rv_join', 'one');
SELECT story.complete('rv_join', 'other', 'ERROR');
SELECT story.complete('rv_join', 'two');
SELECT mistral.rerun_task(story.task('rv_join', 'other'));
SELECT story.complete('rv_join', 'other');
SELECT task, state, info FROM story.show(story.exec('rv_join')) ORDER BY 1;

-- the limit of a run that is over does not end the next
SELECT count(mistral.start_workflow('rv_timeout'));
SELECT story.complete('rv_timeout', 'ask', 'ERROR');
CREATE TEMP TABLE rv_first AS SELECT max(id) AS id FROM mistral.delayed_calls WHERE kind = 'timeout_task';
SELECT mistral.rerun_task(story.task('rv_timeout', 'ask'));
UPDATE mistral.delayed_calls SET due_at = now() WHERE id = (SELECT id FROM rv_first);
SELECT story.settle();
SELECT task, state FROM story.show(story.exec('rv_timeout'));
SELECT mistral.run_due_calls(as_of => now() + interval '2 hours') >= 0 AS ran;
SELECT task, state, info FROM story.show(story.exec('rv_timeout'));

-- the output of an ad-hoc action that looks at other actions is kept
SELECT count(mistral.start_workflow('rv_adhoc'));
SELECT story.succeed_first('rv_adhoc'), story.succeed_first('rv_adhoc');
SELECT task, state, result FROM story.show(story.exec('rv_adhoc')) WHERE task = 'shout';

-- nothing is open below what has ended
SELECT e.workflow_name, e.open_tasks FROM mistral.workflow_executions e
 WHERE e.workflow_name LIKE 'rv\_%' AND e.open_tasks <>
       (SELECT count(*) FROM mistral.task_executions t WHERE t.execution_id = e.id
           AND t.state NOT IN ('S', 'E', 'C', 'K'));

SELECT count(mistral.delete_execution(id, true)) > 0 AS deleted FROM mistral.executions
 WHERE workflow_name LIKE 'rv\_%' AND root_execution_id IS NULL;
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'rv\_%';
SELECT mistral.delete_action('rv_loud');

-- a join does not wait for what only it can lead to
SELECT story.define($$
rv_loop_one:
  vars: {n: 0}
  tasks:
    begin:
      action: std.noop
      on-success: gate
    gate:
      join: one
      publish: {n: <% $.n + 1 %>}
      on-success: back
    back:
      action: std.noop
      on-success:
        - gate: <% $.n < 3 %>
rv_loop_all:
  tasks:
    begin:
      action: std.noop
      on-success: gate
    gate:
      join: all
      on-success: gate
rv_loop_self:
  vars: {n: 0}
  tasks:
    begin:
      action: std.noop
      on-success: gate
    gate:
      join: one
      publish: {n: <% $.n + 1 %>}
      on-success:
        - gate: <% $.n < 300 %>
$$);
SELECT count(mistral.start_workflow('rv_loop_one')), count(mistral.start_workflow('rv_loop_all')),
       count(mistral.start_workflow('rv_loop_self'));
SELECT task, state, info FROM story.show(story.exec('rv_loop_one'));
SELECT task, state, info FROM story.show(story.exec('rv_loop_all'));
SELECT story.settle();
SELECT e.state, t.name, t.attempt, t.children, (SELECT count(*) FROM mistral.action_executions a WHERE a.task_id = t.id AND a.accepted) AS accepted
  FROM mistral.task_executions t, mistral.executions e
 WHERE e.id = story.exec('rv_loop_self') AND t.execution_id = e.id ORDER BY t.created_at, t.id;
SELECT count(mistral.delete_execution(id, true)) AS deleted FROM mistral.executions
 WHERE workflow_name LIKE 'rv\_loop%';
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'rv\_%';

-- A failed join that is reached again by what a pause had held back can be
-- skipped and rerun.
SELECT story.define($$
rv_reached:
  tasks:
    begin: {action: std.noop, on-success: a}
    a: {action: std.async_noop, on-success: [again, j]}
    again: {action: std.noop, on-success: a}
    j: {join: one, action: std.async_noop, on-success: after}
    after: {action: std.noop}
$$);
CREATE FUNCTION story.reach_again() RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    id uuid := mistral.start_workflow('rv_reached');
BEGIN
    PERFORM story.complete('rv_reached', 'a');
    PERFORM mistral.pause_execution(id);
    PERFORM story.complete('rv_reached', 'j', 'ERROR');
    PERFORM story.complete('rv_reached', 'a');
    PERFORM mistral.stop_execution(id, 'ERROR', 'stopped');
    RETURN id;
END
$$;
SELECT story.reach_again() AS id \gset
SELECT mistral.skip_task(story.task('rv_reached', 'j'));
SELECT task, state, info FROM story.show(:'id');
SELECT story.reach_again() AS id \gset
SELECT mistral.rerun_task(story.task('rv_reached', 'j'));
SELECT story.complete('rv_reached', 'j');
SELECT task, state, info FROM story.show(:'id');
SELECT invariant, detail FROM mistral.check();
SELECT count(mistral.delete_execution(id, true)) FROM mistral.executions WHERE workflow_name = 'rv_reached';
SELECT mistral.delete_workflow('rv_reached');

-- A task that pauses the execution before it starts holds back what ends the
-- execution behind it.
SELECT story.define($$
rv_pause_first:
  tasks:
    a: {action: std.noop, on-success: [b, succeed]}
    b: {action: std.async_noop, pause-before: true}
$$);
SELECT mistral.start_workflow('rv_pause_first') AS id \gset
SELECT task, state FROM story.show(:'id');
SELECT mistral.resume_execution(:'id');
SELECT state FROM mistral.executions WHERE id = :'id';
SELECT invariant, detail FROM mistral.check();
SELECT mistral.delete_execution(:'id', true);
SELECT mistral.delete_workflow('rv_pause_first');
