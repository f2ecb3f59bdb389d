\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- CMD-05: the message of a command is any value.  The output of an execution
-- that failed by it has false values as they are, others as text.
SELECT story.define($$
e_message:
  input: [m, {command: fail}]
  tasks:
    t:
      action: std.noop
      on-success:
      - fail msg=<% $.m %>: <% $.command = fail %>
      - succeed msg=<% $.m %>: <% $.command = succeed %>
      - pause msg=<% $.m %>: <% $.command = pause %>
$$);
SELECT m, e.info, e.result
  FROM unnest(ARRAY['null', 'true', 'false', '0', '1.5', '""', '"x"', '[]', '[null, "a"]', '{}', '{"a": [true]}']) AS m,
       LATERAL (SELECT * FROM story.show(mistral.start_workflow('e_message', jsonb_build_object('m', m::jsonb)))) AS e
 WHERE task = '=';
SELECT c, m, e.state, e.info
  FROM unnest(ARRAY['true', '[null, "a"]', '{"a": [true]}']) AS m, unnest(ARRAY['succeed', 'pause']) AS c,
       LATERAL (SELECT * FROM story.show(mistral.start_workflow('e_message',
           jsonb_build_object('m', m::jsonb, 'command', c)))) AS e
 WHERE task = '=';

-- The message of a command that a pause has held back.
SELECT story.define($$
e_held: {tasks: {t: {action: std.noop, on-success: [pause, fail msg=<% false %>]}}}
$$);
SELECT mistral.start_workflow('e_held') AS id \gset
SELECT mistral.resume_execution(:'id');
SELECT state, info, result FROM story.show(:'id') WHERE task = '=';

-- An output that fails is a failure of the task whose command asked for it.
SELECT story.define($$
e_output: {output: {o: <% $.nope %>}, tasks: {t: {action: std.noop, on-success: succeed, publish: {v: 1}}}}
$$);
SELECT task, state, info ~ 'Failed to handle action completion' AS forced, published
  FROM story.show(mistral.start_workflow('e_output'));

-- fail-on takes any value for its truth.
SELECT story.define($$
e_fail_on: {input: [v], tasks: {t: {action: std.noop, fail-on: <% $.v %>}}}
$$);
SELECT v, e.state
  FROM unnest(ARRAY['1', '0', '"no"', '""', '[0]', '[]', 'null', '{}']) AS v,
       LATERAL (SELECT * FROM story.show(mistral.start_workflow('e_fail_on', jsonb_build_object('v', v::jsonb)))) AS e
 WHERE task = 't';

-- A sub-workflow that failed without a message leaves none.
SELECT story.define($$
e_child: {input: [m], tasks: {t: {action: std.noop, on-success: fail msg=<% $.m %>}}}
e_parent: {input: [m], tasks: {t: {workflow: e_child m=<% $.m %>, on-error: fail msg=<% task().state_info %>}}}
$$);
SELECT m, e.task, e.info, e.result
  FROM unnest(ARRAY['null', '""', '"why"']) AS m,
       LATERAL (SELECT * FROM story.show(mistral.start_workflow('e_parent', jsonb_build_object('m', m::jsonb)))) AS e;

-- A join that can never start has seen what led to it; of two transitions of
-- a task to it the last counts.
SELECT story.define($$
e_join:
  output: {seen: <% $.get(seen) %>, there: <% $.get(there) %>}
  tasks:
    a: {action: std.noop, publish: {seen: 1}, on-success: [j, k], on-complete: k}
    b: {action: std.fail, on-success: j, on-error: k}
    j: {join: all, action: std.noop, publish-on-error: {there: <% $.seen + 1 %>}, on-error: noop}
    k: {join: all, action: std.noop}
$$);
SELECT mistral.start_workflow('e_join') AS id \gset
SELECT task, state, result, published FROM story.show(:'id');
SELECT t.name, f.name, r ->> 'event' AS event
  FROM mistral.tasks t, jsonb_array_elements(t.runtime_context -> 'triggered_by') AS r
  JOIN mistral.tasks f ON f.id = (r ->> 'task_id')::uuid
 WHERE t.workflow_execution_id = :'id' ORDER BY 1, 2;

-- A join that is rerun by itself was triggered by nothing.
SELECT story.define($$
e_rerun:
  tasks:
    a: {action: std.noop, on-success: j}
    b: {action: std.fail, on-success: j}
    j: {join: all, action: std.noop}
$$);
SELECT mistral.start_workflow('e_rerun') AS id \gset
SELECT mistral.rerun_task(story.task('e_rerun', 'j'), true);
SELECT name, state, runtime_context -> 'triggered_by' AS triggered_by
  FROM mistral.tasks WHERE id = story.task('e_rerun', 'j');

SET client_min_messages = warning;
SELECT story.clean();
DROP SCHEMA story CASCADE;
