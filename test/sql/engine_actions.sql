\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- ACT-06, ERR-03: instantiation failures can be caught, where that is wanted.
SELECT story.define($$
http_both: {tasks: {t: {action: "std.http url='http://x' body='a' json=[1]", on-error: h}, h: {action: std.noop}}}
cycle: {tasks: {t: {action: story_a, on-error: h}, h: {action: std.noop}}}
baseless: {tasks: {t: {action: story_baseless, on-error: h}, h: {action: std.noop}}}
$$);
SELECT name FROM mistral.create_actions($$
version: '2.0'
story_a: {base: story_b}
story_b: {base: story_a}
story_baseless: {base: story_nowhere}
story_wrap: {input: [n, {k: 10}], base: std.echo, base-input: {output: '<% $.n * $.k + env().get(e, 0) %>'}, output: {wrapped: '<% $ %>'}}
story_falsy: {base: std.noop, output: {was: <% $ %>}}
story_fail:
  base: std.fail error_data=<% dict(why => $.why) %>
  input: [why]
  output: {never: <% $ %>}
story_async: {base: std.async_noop, output: {got: <% $ %>}}
std_echo_mine: {base: std.echo output="mine"}
$$);
SELECT w, e.* FROM unnest(ARRAY['http_both', 'cycle', 'baseless']) AS w,
       LATERAL (SELECT task, state, info FROM story.show(mistral.start_workflow(w))) AS e;
-- ADH-10
SET mistral.catch_start_failures = on;
SELECT w, e.* FROM unnest(ARRAY['http_both', 'cycle', 'baseless']) AS w,
       LATERAL (SELECT task, state, info FROM story.show(mistral.start_workflow(w))) AS e;
RESET mistral.catch_start_failures;

-- ADH-06 to ADH-08, ADH-12: ad-hoc actions.
SELECT story.define($$
adhoc:
  tasks:
    wrap: {action: story_wrap n=4}
    falsy: {action: story_falsy}
    fails: {action: story_fail why="reason", on-error: noop}
    waits: {action: story_async}
$$);
SELECT mistral.start_workflow('adhoc', '{}', '{"env": {"e": 2}}') AS id \gset
SELECT story.complete('adhoc', 'waits', 'SUCCESS', '{"x": 1}');
SELECT task, state, info, result FROM story.show(:'id');
SELECT name, input, output FROM mistral.action_executions WHERE execution_id = :'id' ORDER BY id;
SELECT mistral.delete_action('std.echo');

-- ACT-15: defaults of the environment fill what is absent, for every item.
SELECT story.define($$
defaults: {tasks: {t: {with-items: "i in [1, 2]", action: std.test_dict, input: {size: <% $.i %>}}}}
$$);
SELECT result FROM story.show(mistral.start_workflow('defaults', '{}',
    '{"env": {"__actions": {"std.test_dict": {"val": "d", "size": 9}}}}')) WHERE task = 't';

-- ACT-18, ACT-19, ACT-21: ends of asynchronous actions.
SELECT story.define($$
wait: {tasks: {t: {action: std.async_noop}}}
$$);
CREATE FUNCTION story.finish(final text, output jsonb) RETURNS TABLE (task text, state text, info text, result jsonb)
LANGUAGE plpgsql AS $$
DECLARE
    id uuid := mistral.start_workflow('wait');
BEGIN
    PERFORM mistral.complete_action(story.action('wait', 't'), finish.final, finish.output);
    RETURN QUERY SELECT s.task, s.state, s.info, s.result FROM story.show(id) AS s WHERE s.task = 't';
END
$$;
SELECT * FROM story.finish('SUCCESS', NULL);
SELECT * FROM story.finish('SUCCESS', 'null');
SELECT * FROM story.finish('ERROR', NULL);
SELECT * FROM story.finish('ERROR', '{"code": 7, "why": "it''s"}');
SELECT * FROM story.finish('CANCELLED', '"stop"');

-- ACT-24: keep-result and safe-rerun are evaluated; ACT-25: target.
SELECT story.define($$
keep:
  input: [keep, rerun]
  tasks:
    t: {action: std.echo output=5, keep-result: <% $.keep %>, publish: {v: <% task().result %>}}
    h: {action: std.http url="http://x", safe-rerun: <% $.rerun %>, target: <% "group" + str(1) %>, timeout: <% 2 * 3 %>}
$$);
SELECT mistral.start_workflow('keep', '{"keep": false, "rerun": true}') AS id \gset
SELECT name, output, safe_rerun, target, timeout_s FROM mistral.action_executions WHERE execution_id = :'id' ORDER BY id;
SELECT lane FROM mistral.action_queue WHERE execution_id = :'id';
SELECT result, published FROM story.show(:'id') WHERE task = 't';
SELECT mistral.start_workflow('keep', '{"keep": true, "rerun": false}') AS id \gset
SELECT name, output, safe_rerun FROM mistral.action_executions WHERE execution_id = :'id' ORDER BY id;

-- ACT-27 to ACT-29: actions without a workflow.
SELECT jsonb_strip_nulls(mistral.run_action('std.echo', '{"output": "<% 1 + 1 %>"}'));
SELECT mistral.run_action('std.echo', '{"output": 1}', '{"save_result": true}') AS run \gset
SELECT state, accepted, output, task_id FROM mistral.action_executions WHERE id = (:'run'::jsonb ->> 'id')::uuid;
SELECT mistral.run_action('std.async_noop') AS run \gset
SELECT state FROM mistral.action_executions WHERE id = (:'run'::jsonb ->> 'id')::uuid;
SELECT mistral.delete_action_execution((:'run'::jsonb ->> 'id')::uuid);
SELECT mistral.complete_action((:'run'::jsonb ->> 'id')::uuid, 'SUCCESS', '3');
SELECT mistral.delete_action_execution((:'run'::jsonb ->> 'id')::uuid);
SELECT mistral.delete_action_execution(story.action('keep', 't'));
SELECT mistral.run_action('std.async_noop', params => '{"run_sync": true}');
SELECT mistral.run_action('no.such');
SELECT mistral.run_action('std.echo', '{"outputt": 1}');

-- ERR-09, RTRY-19, RTRY-22: what is not retried, and stale results.
SELECT story.define($$
again: {tasks: {t: {action: std.async_noop, retry: {count: 2, delay: 0}, on-success: u}, u: {action: std.noop}}}
forced_input: {tasks: {t: {action: std.echo output=<% $.nope %>, retry: {count: 2, delay: 0}}}}
$$);
SELECT mistral.start_workflow('forced_input') AS id \gset
SELECT count(*) AS actions FROM mistral.action_executions WHERE execution_id = :'id';
SELECT mistral.start_workflow('again') AS id \gset
SELECT story.complete('again', 't', 'CANCELLED', 'null');
SELECT task, state FROM story.show(:'id');

-- HB-08 to HB-11: sizes.
SET mistral.execution_field_size_limit = '2kB';
SELECT story.define($$
big: {input: [{n: 1}, {x: ''}], tasks: {t: {action: std.test_dict size=<% $.n %>, on-error: h}, h: {action: std.noop}, s: {action: std.noop}}}
$$);
SELECT mistral.start_workflow('big', jsonb_build_object('x', repeat('x', 4000)));
SELECT task, state, left(info, 60) AS info FROM story.show(mistral.start_workflow('big', '{"n": 1000}'));
SET mistral.execution_field_size_limit = -1;
SELECT task, state FROM story.show(mistral.start_workflow('big', '{"n": 1000}'));
RESET mistral.execution_field_size_limit;

-- FN-02 to FN-04, FN-15: functions.
SELECT story.define($$
funcs:
  output:
    y: <% task(b).result %>
    j: "{{ task('b').result }}"
    none: <% task() %>
    gone: <% task(nope) %>
  tasks:
    a: {action: std.echo output=1, on-success: b}
    b: {action: std.echo output=<% task(a).result + 1 %>, publish: {mine: <% task().name %>, runs: <% tasks(execution().id).len() %>}}
$$);
SELECT task, result, published FROM story.show(mistral.start_workflow('funcs'));

-- ERR-12: messages hold neither context nor input.
SELECT story.define($$
secret: {input: [password], tasks: {t: {action: std.echo output=<% $.password.nope %>}}}
$$);
SELECT mistral.start_workflow('secret', '{"password": "hunter2"}') AS id \gset
SELECT state, state_info LIKE '%hunter2%' AS leaks FROM mistral.executions WHERE id = :'id';

-- ERR-13, OUT-12: long texts are cut.
SELECT story.define($$
long: {input: [x], tasks: {t: {action: std.fail error_data=<% $.x %>}}}
$$);
SELECT mistral.start_workflow('long', jsonb_build_object('x', repeat('y', 100000))) AS id \gset
SELECT length(state_info), right(state_info, 5) FROM mistral.tasks WHERE workflow_execution_id = :'id';
SELECT length(state_info) FROM mistral.executions WHERE id = :'id';
SELECT mistral.delete_action(n) FROM unnest(ARRAY['story_a', 'story_b', 'story_baseless', 'story_wrap', 'story_falsy', 'story_fail', 'story_async', 'std_echo_mine']) AS n;

SET client_min_messages = warning;
SELECT story.clean();
DROP SCHEMA story CASCADE;
