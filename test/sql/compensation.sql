\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- What completed tasks have done is undone when their execution fails.
CREATE FUNCTION story.undone(execution uuid) RETURNS TABLE (task text, of text, state text, input jsonb, result jsonb)
LANGUAGE sql AS $$
    SELECT t.name, (SELECT o.name FROM mistral.task_executions o WHERE o.id = t.compensates), mistral.state_name(t.state),
           (SELECT jsonb_agg(a.input ORDER BY a.id) FROM mistral.action_executions a WHERE a.task_id = t.id),
           mistral.task_result(t.id)
      FROM mistral.task_executions t WHERE t.execution_id = $1 AND t.compensates IS NOT NULL ORDER BY t.id
$$;
-- one execution and those below it
CREATE FUNCTION story.ends(execution uuid) RETURNS TABLE (depth int, workflow text, state text, info text, output jsonb)
LANGUAGE sql AS $$
    SELECT e.depth, e.workflow_name, mistral.state_name(e.state), story.hide(e.state_info), story.hide(e.output::text)::jsonb
      FROM mistral.workflow_executions e WHERE e.root_id = (SELECT root_id FROM mistral.workflow_executions WHERE id = $1) ORDER BY e.id
$$;

CREATE FUNCTION story.refused_text(definition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text;
BEGIN
    PERFORM mistral.create_workflows(definition);
    PERFORM mistral.delete_workflow('co_refused');
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN message || ' ' || detail;
END
$$;
CREATE FUNCTION story.refused_definition(task text) RETURNS text LANGUAGE sql AS $$
    SELECT story.refused_text(format(E'version: "2.0"\nco_refused:\n  tasks:\n    t: {action: std.noop, %s}\n    u: {action: std.noop}\n', $1))
$$;
CREATE FUNCTION story.refused_workflow(ends text) RETURNS text LANGUAGE sql AS $$
    SELECT story.refused_text(format(E'version: "2.0"\nco_refused:\n  compensate-on: %s\n  tasks:\n    t: {action: std.noop}\n', $1))
$$;
-- in reverse order of their ends, with the data that the task left and its result
SELECT story.define($$
co_chain:
  input: [customer]
  output-on-error: {kept: <% $.n %>}
  tasks:
    a: {action: 'std.echo output=<% concat($.customer, "-a") %>', publish: {n: 1}, on-success: b,
        compensate: 'std.echo output="undo <% $.compensated.result %> n=<% $.n %> <% task(a).result %>"'}
    b: {action: std.noop, publish: {n: 2}, on-success: c}
    c: {action: std.echo output="c", publish: {n: 3}, on-success: d,
        compensate: {action: std.echo, input: {output: ['<% $.compensated.name %>', '<% $.n %>', '<% $.compensated.error %>', '<% task().name %>', '<% execution().name %>']}}}
    d: {action: std.fail}
$$);
SELECT mistral.start_workflow('co_chain', '{"customer": "x"}') AS id \gset
SELECT task, state, info FROM story.show(:'id');
SELECT task, of, state, story.hide(input::text) AS input FROM story.undone(:'id');
SELECT depth, workflow, state, regexp_replace(info, '\n.*\n', ' ... ') AS info, output -> 'kept' AS kept FROM story.ends(:'id');
SELECT open_tasks, undo_count, rollback FROM mistral.workflow_executions WHERE id = :'id';
SELECT invariant, detail FROM mistral.check();
-- what was undone is not run again
SELECT story.define($$
co_wait:
  tasks:
    a: {action: std.echo output=1, on-success: [b, c], compensate: std.async_noop}
    b: {action: std.async_noop, on-success: z, compensate: {action: std.echo output="undo b", retry: {count: 1, delay: 0}}}
    c: {action: std.async_noop, wait-after: 100, retry: {count: 3, delay: 100}, compensate: std.async_noop}
    z: {action: std.noop}
$$);
CREATE FUNCTION story.refused(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ' ' || story.hide(sqlerrm);
END
$$;
-- what is under way is awaited; nothing follows it; it is undone first, as it ends last
SELECT mistral.start_workflow('co_wait') AS id \gset
SELECT story.complete('co_wait', 'c', 'SUCCESS');
SELECT task, state, info FROM story.show(:'id');
SELECT mistral.stop_execution(:'id', 'ERROR', 'enough');
SELECT task, state, info FROM story.show(:'id');
SELECT story.complete('co_wait', 'b', 'SUCCESS', '"b"');
SELECT task, state, info FROM story.show(:'id');
-- c had only waited for wait-after
SELECT invariant, detail FROM mistral.check();
-- a pause holds the rest
SELECT mistral.pause_execution(:'id');
SELECT story.complete('co_wait', 'c.compensate');
SELECT task, state, info FROM story.show(:'id');
SELECT mistral.resume_execution(:'id');
SELECT regexp_replace(waits_for, ' since .*', '') AS waits_for FROM mistral.executions WHERE id = :'id';
SELECT w ->> 'kind' AS kind, w ->> 'task' AS task, (w ->> 'compensates')::uuid = story.task('co_wait', 'a') AS of_a
  FROM mistral.executions e, jsonb_array_elements(e.waits) w WHERE e.id = :'id';
SELECT kind, place, regexp_replace(waits_for, ' since .*', '') AS waits_for FROM mistral.why(:'id');
SELECT story.complete('co_wait', 'a.compensate', 'ERROR', '"no"');
SELECT task, state, info FROM story.show(:'id');
SELECT story.refused(format('SELECT mistral.stop_execution(%L, %L)', :'id', 'SUCCESS'));
-- what failed to be undone can be run again
SELECT mistral.rerun_task(story.task('co_wait', 'a.compensate'));
SELECT task, state, info FROM story.show(:'id');
SELECT story.refused(format('SELECT mistral.stop_execution(%L, %L)', :'id', 'SUCCESS'));
SELECT story.complete('co_wait', 'a.compensate');
SELECT * FROM story.ends(:'id');
SELECT invariant, detail FROM mistral.check();
-- somebody stops it; a rerun goes on with the rest
SELECT story.define($$
co_stop:
  tasks:
    a: {action: std.echo output=1, on-success: b, compensate: std.echo output="undo a"}
    b: {action: std.noop, on-success: c, compensate: std.async_noop}
    c: {action: std.fail}
$$);
SELECT mistral.start_workflow('co_stop') AS id \gset
SELECT task, state, info FROM story.show(:'id');
SELECT compensating FROM mistral.executions WHERE id = :'id';
SELECT mistral.cancel_execution(:'id');
SELECT task, state FROM story.show(:'id');
SELECT regexp_replace(state_info, '\n.*\n', ' ... ') AS info, compensating FROM mistral.executions WHERE id = :'id';
SELECT story.refused(format('SELECT mistral.rerun_task(%L)', story.task('co_stop', 'c')));
SELECT story.refused(format('SELECT mistral.skip_task(%L)', story.task('co_stop', 'c')));
SELECT mistral.rerun_task(story.task('co_stop', 'b.compensate'));
SELECT story.complete('co_stop', 'b.compensate');
SELECT task, state FROM story.show(:'id');
SELECT invariant, detail FROM mistral.check();
SELECT story.clean();
-- items: those that have succeeded, each with its result
SELECT story.define($$
co_items:
  tasks:
    a:
      with-items: ['i in <% range(5) %>', 'j in <% list(a, b, c, d, e) %>']
      action: std.echo output=<% $.i * 10 %>
      on-success: b
      compensate: std.echo output="<% $.i %><% $.j %> <% $.compensated.result %>"
    b: {action: std.fail}
co_some:
  tasks:
    a:
      with-items: i in <% range(4) %>
      action: std.async_noop
      compensate: {action: std.echo output="<% $.i %> <% $.compensated.result %>", concurrency: 2}
$$);
SELECT mistral.start_workflow('co_items') AS id \gset
SELECT * FROM story.undone(:'id');
SELECT mistral.start_workflow('co_some') AS id \gset
SELECT story.complete('co_some', 'a', s, to_jsonb('r' || n), n) FROM (VALUES (1, 'SUCCESS'), (3, 'SUCCESS'), (0, 'ERROR'), (2, 'ERROR')) v(n, s);
SELECT task, state FROM story.show(:'id');
SELECT * FROM story.undone(:'id');
-- a compensation that is retried and run again undoes nothing twice
SELECT story.define($$
co_again:
  tasks:
    a:
      with-items: i in <% range(3) %>
      action: std.echo output=<% $.i %>
      on-success: fail
      compensate: {action: std.async_noop, concurrency: 3, retry: {count: 1, delay: 0}}
co_each:
  tasks:
    a:
      with-items: i in <% range(3) %>
      action: std.async_noop
      retry: {count: 2, delay: 0, per-item: true}
      compensate: std.echo output="<% $.i %> <% $.compensated.result %>"
$$);
SELECT mistral.start_workflow('co_again') AS id \gset
SELECT story.complete('co_again', 'a.compensate', CASE n WHEN 1 THEN 'ERROR' ELSE 'SUCCESS' END, to_jsonb(n), n) FROM generate_series(0, 2) n;
SELECT story.complete('co_again', 'a.compensate', 'ERROR', '"again"', 1);
SELECT task, state FROM story.show(:'id');
SELECT mistral.rerun_task(story.task('co_again', 'a.compensate'));
SELECT story.complete('co_again', 'a.compensate', 'SUCCESS', '"done"', 1);
SELECT task, state, result FROM story.show(:'id');
SELECT item_index, attempt, mistral.state_name(state) AS state, accepted FROM mistral.action_executions WHERE task_id = story.task('co_again', 'a.compensate') ORDER BY id;
-- items that were retried alone
SELECT mistral.start_workflow('co_each') AS id \gset
SELECT story.complete('co_each', 'a', 'ERROR', '"no"', n) FROM generate_series(0, 2) n;
SELECT story.complete('co_each', 'a', CASE n WHEN 1 THEN 'ERROR' ELSE 'SUCCESS' END, to_jsonb('s' || n), n) FROM generate_series(0, 2) n;
SELECT story.complete('co_each', 'a', 'ERROR', '"no"', 1);
SELECT * FROM story.undone(:'id');
-- none of them
SELECT mistral.start_workflow('co_some') AS id \gset
SELECT story.complete('co_some', 'a', 'ERROR', '1', n) FROM generate_series(0, 3) n;
SELECT task, state FROM story.show(:'id');
SELECT rollback FROM mistral.workflow_executions WHERE id = :'id';
SELECT mistral.rerun_task(story.task('co_some', 'a'));
SELECT story.complete('co_some', 'a', CASE n WHEN 1 THEN 'ERROR' ELSE 'SUCCESS' END, to_jsonb('s' || n), n) FROM generate_series(0, 3) n;
SELECT * FROM story.undone(:'id');
SELECT story.clean();
-- a loop: each time; and the cancellation where the workflow says so
SELECT story.define($$
co_loop:
  compensate-on: [error, cancel]
  vars: {n: 0}
  tasks:
    s: {on-success: a}
    a: {action: std.echo output=<% $.n %>, publish: {n: <% $.n + 1 %>}, compensate: std.echo output="undo <% $.compensated.result %>", on-success: [{a: <% $.n < 3 %>}, {b: <% $.n = 3 %>}]}
    b: {action: std.async_noop}
co_keep:
  compensate-on: cancel
  tasks:
    a: {action: std.noop, compensate: std.noop, on-success: b}
    b: {action: std.async_noop}
$$);
SELECT mistral.start_workflow('co_loop') AS id \gset
SELECT mistral.cancel_execution(:'id');
SELECT state, story.hide(state_info) FROM mistral.executions WHERE id = :'id';
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'abandon_actions';
SELECT story.settle();
SELECT state, story.hide(state_info) FROM mistral.executions WHERE id = :'id';
SELECT * FROM story.undone(:'id');
SELECT mistral.start_workflow('co_keep') AS id \gset
SELECT story.complete('co_keep', 'b', 'ERROR');
SELECT task, state FROM story.show(:'id');
SELECT mistral.start_workflow('co_loop') AS id \gset
SELECT story.complete('co_loop', 'b', 'CANCELLED');
SELECT state FROM mistral.executions WHERE id = :'id';
SELECT count(*) FROM story.undone(:'id');
SELECT story.clean();
-- sub-workflows: one that has succeeded is rolled back by the one above it
SELECT story.define($$
co_leaf:
  input: [x]
  tasks:
    l: {action: std.echo output=<% $.x %>, compensate: 'std.echo output="undo leaf <% $.x %> <% $.compensated.result %> <% $.compensated.error.substring(0, 7) %>"'}
co_mid:
  input: [x]
  tasks:
    m: {action: std.echo output="m", compensate: std.echo output="undo mid <% $.x %>", on-success: n}
    n: {workflow: co_leaf x=<% $.x %>}
co_top:
  tasks:
    s: {workflow: co_mid x="one", on-success: own}
    own: {workflow: co_mid x="two", compensate: 'std.echo output="own"', on-success: items}
    items: {with-items: i in <% range(2) %>, workflow: co_leaf x=<% $.i %>, on-success: f}
    f: {action: std.fail}
$$);
SELECT mistral.start_workflow('co_top') AS id \gset
SELECT depth, workflow, state, regexp_replace(info, '\n.*\n', ' ... ') AS info FROM story.ends(:'id');
SELECT repeat('  ', x.depth) || e.workflow_name AS execution, e.state, o.workflow_name AS rollback_of
  FROM mistral.executions e JOIN mistral.workflow_executions x ON x.id = e.id LEFT JOIN mistral.executions o ON o.id = e.rollback_of
 WHERE x.root_id = :'id' AND e.rollback_of IS NOT NULL ORDER BY e.id;
SELECT repeat('  ', e.depth) || t.name AS task, mistral.state_name(t.state) AS state, mistral.task_result(t.id) AS result
  FROM mistral.task_executions t JOIN mistral.workflow_executions e ON e.id = t.execution_id
 WHERE e.root_id = :'id' AND t.compensates IS NOT NULL ORDER BY t.id;
SELECT invariant, detail FROM mistral.check();
SELECT story.clean();
-- one that fails has undone its work before the one above it goes on; one that runs does so, too
SELECT story.define($$
co_sub:
  tasks:
    p: {action: std.noop, compensate: std.async_noop, on-success: q}
    q: {action: std.async_noop}
co_over:
  tasks:
    s: {workflow: co_sub, on-error: h}
    h: {action: std.noop}
co_both:
  tasks:
    s: {workflow: co_sub}
    t: {action: std.async_noop, on-error: fail}
$$);
SELECT mistral.start_workflow('co_over') AS id \gset
SELECT story.complete('co_sub', 'q', 'ERROR');
SELECT * FROM story.tree('co_over');
SELECT story.complete('co_sub', 'p.compensate', 'ERROR', '"broken"');
SELECT story.settle();
SELECT * FROM story.tree('co_over');
SELECT mistral.rerun_task(story.task('co_sub', 'p.compensate'));
SELECT story.complete('co_sub', 'p.compensate');
SELECT story.settle();
SELECT * FROM story.tree('co_over');
SELECT mistral.start_workflow('co_both') AS id \gset
SELECT story.complete('co_both', 't', 'ERROR');
SELECT story.settle();
SELECT * FROM story.tree('co_both');
-- nobody seems to end q
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'abandon_actions';
SELECT story.settle();
SELECT workflow_name, state, task, task_state FROM story.tree('co_both');
SELECT invariant, detail FROM mistral.check();
SELECT story.complete('co_sub', 'p.compensate');
SELECT story.settle();
SELECT * FROM story.tree('co_both');
SELECT rollback FROM mistral.workflow_executions WHERE id = :'id';
SELECT invariant, detail FROM mistral.check();
SELECT story.clean();
-- also those further below, of workflows that have none themselves
SELECT story.define($$
co_high: {tasks: {m: {workflow: co_middle}, t: {action: std.async_noop, on-error: fail}}}
co_middle: {tasks: {s: {workflow: co_sub}}}
$$);
SELECT mistral.start_workflow('co_high') AS id \gset
SELECT story.complete('co_high', 't', 'ERROR');
SELECT story.settle();
SELECT workflow_name, state, task, task_state FROM story.tree('co_high');
SELECT story.complete('co_sub', 'q', 'SUCCESS');
SELECT story.complete('co_sub', 'p.compensate');
SELECT story.settle();
SELECT workflow_name, state, task, task_state FROM story.tree('co_high');
SELECT invariant, detail FROM mistral.check();
SELECT story.clean();

-- a rollback within a rollback fails: what failed of it is run again, not the whole
SELECT story.define($$
co_below: {tasks: {k: {action: std.noop, compensate: std.noop, on-success: l}, l: {action: std.noop, compensate: std.async_noop}}}
co_above: {tasks: {s: {workflow: co_below, on-success: f}, f: {action: std.fail}}}
$$);
SELECT mistral.start_workflow('co_above') AS id \gset
SELECT story.complete('co_below', 'l.compensate', 'ERROR', '"stuck"');
SELECT story.settle();
SELECT * FROM story.tree('co_above');
SELECT regexp_replace(state_info, '\n.*\n', ' ... ') AS info FROM mistral.executions WHERE id = :'id';
SELECT story.refused(format('SELECT mistral.rerun_task(%L)', story.task('co_above', 's.compensate')));
SELECT mistral.rerun_task(story.task('co_below', 'l.compensate'));
SELECT story.settle();
SELECT workflow_name, state, task, task_state FROM story.tree('co_above');
SELECT story.complete('co_below', 'l.compensate');
SELECT story.settle();
SELECT workflow_name, state, task, task_state FROM story.tree('co_above');
SELECT regexp_replace(state_info, '\n.*', '') AS info FROM mistral.executions WHERE id = :'id';
-- stopped: so is what rolls back below
SELECT mistral.start_workflow('co_above') AS id \gset
SELECT mistral.stop_execution(:'id', 'ERROR', 'no more');
SELECT story.settle();
SELECT * FROM story.tree('co_above');
SELECT mistral.rerun_task(story.task('co_below', 'l.compensate'));
SELECT story.complete('co_below', 'l.compensate');
SELECT story.settle();
SELECT workflow_name, state, task, task_state FROM story.tree('co_above');
SELECT invariant, detail FROM mistral.check();
SELECT story.clean();

-- every end in ERROR: a command, an expression, the deadline
SELECT story.define($$
co_command: {tasks: {a: {action: std.noop, compensate: std.noop, on-success: [b, fail msg="that is all"]}, b: {action: std.async_noop, compensate: std.noop}}}
co_expression: {tasks: {a: {action: std.noop, compensate: std.noop, on-success: b}, b: {action: std.echo output=<% $.nothing %>}}}
co_bad: {tasks: {a: {action: std.noop, compensate: std.echo output=<% $.nothing %>, on-success: b}, b: {action: std.fail}}}
co_deadline: {timeout: 1000, tasks: {a: {action: std.noop, compensate: std.noop, on-success: b}, b: {action: std.async_noop, compensate: std.noop}}}
co_slow: {timeout: 1000, tasks: {a: {action: std.noop, compensate: std.async_noop, on-success: fail msg="early"}}}
co_output: {output: {x: <% $.nothing %>}, tasks: {a: {action: std.noop, compensate: std.noop}}}
co_reverse: {type: reverse, tasks: {a: {action: std.noop, compensate: std.noop}, b: {action: std.fail, requires: a}, c: {action: std.noop, requires: b}, d: {action: std.noop}}}
co_join: {tasks: {a: {on-success: j, compensate: std.noop}, b: {action: std.async_noop, on-success: j}, j: {join: all, compensate: std.noop, on-success: k}, k: {action: std.fail}}}
co_handled: {tasks: {a: {action: std.noop, compensate: std.noop, on-success: b}, b: {action: std.fail, on-error: c}, c: {action: std.noop}}}
$$);
SELECT mistral.start_workflow('co_command') AS id \gset
SELECT task, state, info FROM story.show(:'id');
SELECT story.complete('co_command', 'b');
SELECT task, state, info FROM story.show(:'id');
SELECT task, state, info FROM story.show(mistral.start_workflow('co_expression'));
SELECT task, state, info FROM story.show(mistral.start_workflow('co_bad'));
SELECT mistral.start_workflow('co_deadline') AS id \gset
SELECT story.complete('co_deadline', 'b');
SELECT state FROM mistral.executions WHERE id = :'id';
-- one that passes while the execution compensates already changes nothing
SELECT mistral.start_workflow('co_slow') AS id \gset
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'timeout_execution';
SELECT story.settle();
SELECT state, state_info FROM mistral.executions WHERE id = :'id';
SELECT invariant, detail FROM mistral.check();
SELECT mistral.start_workflow('co_deadline') AS id \gset
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'timeout_execution';
SELECT story.settle();
SELECT task, state, regexp_replace(info, '=.*', '') AS info FROM story.show(:'id');
SELECT task, state FROM story.show(mistral.start_workflow('co_output'));
SELECT task, state FROM story.show(mistral.start_workflow('co_reverse', params => '{"task_name": "c"}'));
SELECT mistral.start_workflow('co_join') AS id \gset
SELECT story.complete('co_join', 'b');
SELECT task, state FROM story.show(:'id');
SELECT mistral.start_workflow('co_join') AS id \gset
SELECT story.complete('co_join', 'b', 'ERROR');
SELECT task, state FROM story.show(:'id');
SELECT task, state FROM story.show(mistral.start_workflow('co_handled'));
SELECT invariant, detail FROM mistral.check();
SELECT story.clean();

-- a paused execution that is stopped does not keep its compensations waiting
SELECT story.define($$
co_paused: {tasks: {a: {action: std.noop, compensate: std.noop, on-success: b}, b: {action: std.async_noop}}}
$$);
SELECT mistral.start_workflow('co_paused') AS id \gset
SELECT mistral.pause_execution(:'id');
SELECT mistral.stop_execution(:'id', 'ERROR');
SELECT task, state, info FROM story.show(:'id');
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'abandon_actions';
SELECT story.settle();
SELECT task, state, info FROM story.show(:'id');
SELECT story.clean();

-- retries, timeouts, workflows and limits of a compensation
SELECT story.define($$
co_free: {input: [what], tasks: {w: {action: std.echo output=<% $.what %>}}}
co_forms:
  tasks:
    a: {action: std.noop, on-success: b, compensate: {action: std.async_noop, retry: {count: 2, delay: 50}, timeout: 500}}
    b: {action: std.echo output=7, on-success: c, compensate: {workflow: co_free, input: {what: <% $.compensated.result %>}}}
    c: {action: std.noop, on-success: d, compensate: {action: std.noop, wait-before: 30}}
    d: {action: std.fail}
$$);
SELECT mistral.start_workflow('co_forms') AS id \gset
SELECT task, state, info FROM story.show(:'id');
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'continue_task';
SELECT story.settle();
SELECT task, state, info, result FROM story.show(:'id');
SELECT story.complete('co_forms', 'a.compensate', 'ERROR', '"once"');
SELECT task, state, info FROM story.show(:'id') WHERE task = 'a.compensate';
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'continue_task';
SELECT story.settle();
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'timeout_task';
SELECT story.settle();
SELECT task, state, info FROM story.show(:'id') WHERE task IN ('=', 'a.compensate');
SELECT story.clean();

-- in portions, and found in the table
SET mistral.max_inline_steps = 1;
SELECT mistral.start_workflow('co_chain', '{"customer": "x"}') AS id \gset
SELECT story.settle();
SELECT task, state FROM story.show(:'id');
SELECT mistral.start_workflow('co_items') AS id \gset
SELECT story.settle();
SELECT * FROM story.undone(:'id');
SELECT mistral.start_workflow('co_top') AS id \gset
SELECT story.settle();
SELECT depth, workflow, state FROM story.ends(:'id');
SELECT count(*), count(*) FILTER (WHERE state = 'S') FROM mistral.task_executions WHERE compensates IS NOT NULL;
SELECT invariant, detail FROM mistral.check();
RESET mistral.max_inline_steps;
SELECT story.clean();

-- simulated
SELECT s.task, s.event, s.state FROM mistral.simulate($$
version: '2.0'
flow: {tasks: {a: {action: x.reserve, compensate: x.release, on-success: b}, b: {workflow: sub, on-success: c}, c: {action: x.pay}}}
sub: {tasks: {d: {action: x.other, compensate: x.undo}}}
$$, workflow => 'flow', mocks => '{"c": {"error": "no money"}}') s;

-- with all layers merged
SET mistral.merge_strategy = merge;
SELECT mistral.start_workflow('co_chain', '{"customer": "y"}') AS id \gset
SELECT input FROM story.undone(:'id') WHERE of = 'a';
RESET mistral.merge_strategy;
-- the cause of the failure, and that of a compensation that failed; all that can be run again is
SELECT story.define($$
co_causes: {tasks: {a: {action: std.noop, compensate: std.async_noop, on-success: fail msg="no stock"}}}
$$);
SELECT mistral.start_workflow('co_causes') AS id \gset
SELECT story.complete('co_causes', 'a.compensate', 'ERROR', '"unreachable"');
SELECT path, error, is_handled FROM mistral.execution_errors(:'id') ORDER BY 1;
SELECT b ->> 'done' AS done, b -> 'failed' AS failed FROM mistral_api.bulk_executions(jsonb_build_object('operation', 'rerun', 'ids', jsonb_build_array(:'id'))) b;
SELECT task, state FROM story.show(:'id');
SELECT story.complete('co_causes', 'a.compensate');
SELECT r ->> 'task' AS task, r ->> 'compensates' AS compensates, r ->> 'runs' AS runs
  FROM json_array_elements(mistral_api.execution_graph(:'id') -> 'runs') r;
SELECT path, error, is_handled FROM mistral.execution_errors(:'id') ORDER BY 1;
-- over REST
SELECT mistral.start_workflow('co_chain', '{"customer": "z"}') AS id \gset
SELECT mistral_api.get_execution(:'id') ->> 'compensating' AS compensating, t ->> 'name' AS name, t ->> 'state' AS state, t ->> 'compensates' IS NOT NULL AS compensates
  FROM json_array_elements((mistral_api.list_tasks(jsonb_build_object('workflow_execution_id', :'id', 'sort_keys', 'id')) ->> 'tasks')::json) t;
SELECT story.clean();

-- what is refused, and where
SELECT story.refused_definition(t) FROM (VALUES
    ('compensate: 5'), ('compensate: []'), ('compensate: {}'), ('compensate: {action: a, workflow: b}'), ('compensate: {action: a, on-success: b}'),
    ('compensate: {action: a, with-items: i in <% [] %>}'), ('compensate: {action: a, retry: 5}'), ('compensate: "<% $."'), ('compensate: {acton: a}'),
    ('compensate: a x=1, on-success: u'), ('compensate: {workflow: a, input: {x: 1}, target: t, limits: {name: l}}')) v(t);
SELECT story.refused_workflow(t) FROM (VALUES ('5'), ('[]'), ('[error, done]'), ('error'), ('[cancel]'), ('{}')) v(t);
