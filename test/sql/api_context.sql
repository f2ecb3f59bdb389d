-- The data of tasks: what each sees, who published it, what it changes.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o
CREATE FUNCTION pg_temp.seen(workflow text, task text, params jsonb DEFAULT '{}') RETURNS TABLE (kind text, name text, value text, source text, by text, change text, before text) LANGUAGE sql AS $$
    SELECT 'sees', v ->> 'name', left(v ->> 'value', 30), v ->> 'source', v -> 'published_by' ->> 'task', NULL, NULL
      FROM json_array_elements(mistral_api.task_context(story.task(workflow, task)::text, params) -> 'variables') AS v
     UNION ALL
    SELECT 'publishes', v ->> 'name', left(v ->> 'value', 30), CASE v ->> 'is_global' WHEN 'true' THEN 'global' ELSE 'branch' END, NULL, v ->> 'change', v ->> 'before'
      FROM json_array_elements(mistral_api.task_context(story.task(workflow, task)::text, params) -> 'published') AS v
$$;
SELECT story.define($$
context_flow:
  input: [who, {size: 1}]
  vars: {base: 10}
  tasks:
    first:
      action: std.echo output=1
      publish: {a: <% task().result %>, shared: [1, 2], who: somebody}
      on-success: [left, right]
    left: {action: std.echo output=2, publish: {a: 2, shared: [1, 2], l: {deep: [1]}}, on-success: end}
    right:
      action: std.echo output=3
      on-success:
        publish: {global: {everywhere: yes, base: 11}, branch: {r: null}}
        next: end
    end: {join: all, action: std.noop, publish: {sum: <% $.a + 1 %>}}
$$);
SELECT mistral.start_workflow('context_flow', '{"who": "you"}') AS id \gset
SELECT * FROM pg_temp.seen('context_flow', 'first');
SELECT * FROM pg_temp.seen('context_flow', 'left');
SELECT * FROM pg_temp.seen('context_flow', 'right');
SELECT * FROM pg_temp.seen('context_flow', 'end');
SELECT * FROM pg_temp.seen('context_flow', 'end', '{"name": "a"}');
SELECT * FROM pg_temp.seen('context_flow', 'end', '{"name": "none"}');

-- a long chain, of which rows tell where variables are; each is as the engine sees it
SELECT story.define($$
context_chain:
  input: [n]
  tasks:
    begin: {action: std.noop, publish: {i: 0, kept: first}, on-success: turn}
    turn:
      action: std.echo output=<% $.i + 1 %>
      publish: {i: <% task().result %>, last: <% $.i %>}
      on-success:
        - turn: <% $.i < $.n %>
        - end: <% $.i >= $.n %>
    end:
      action: std.echo
      input: {output: {i: <% $.i %>, kept: <% $.kept %>, last: <% $.last %>}}
$$);
SELECT mistral.start_workflow('context_chain', '{"n": 40}') AS chain \gset
SELECT s.name, s.value, s.by, s.value = mistral.task_result(story.task('context_chain', 'end')) ->> s.name AS as_seen
  FROM pg_temp.seen('context_chain', 'end') AS s WHERE s.kind = 'sees';
-- what is large is left out of a list, and had alone
SELECT story.define('context_large: {input: [x], tasks: {t: {action: std.noop}}}');
SELECT mistral.start_workflow('context_large', jsonb_build_object('x', repeat('y', 70000))) AS large \gset
SELECT v ->> 'value' AS value, v ->> 'is_cut' AS is_cut, v ->> 'size' AS size
  FROM json_array_elements(mistral_api.task_context(story.task('context_large', 't')::text) -> 'variables') AS v;
SELECT length(v ->> 'value') AS value, v ->> 'is_cut' AS is_cut
  FROM json_array_elements(mistral_api.task_context(story.task('context_large', 't')::text, '{"name": "x"}') -> 'variables') AS v;
-- secrets stay what they are elsewhere
SELECT mistral.create_environment('context_env', '{"password": "TOPSECRET"}', secrets => '{password}') IS NOT NULL AS made;
SELECT story.define($$
context_secret:
  tasks:
    t: {action: std.echo output=<% env().password %>, publish: {word: <% task().result %>}, on-success: u}
    u: {action: std.noop}
$$);
SELECT mistral.start_workflow('context_secret', '{}', '{"env": "context_env"}') IS NOT NULL AS started;
SELECT mistral_api.task_context(story.task('context_secret', 'u')::text)::text LIKE '%TOPSECRET%' AS shown,
       json_array_length(mistral_api.task_context(story.task('context_secret', 'u')::text) -> 'variables') AS variables;
SELECT mistral_api.task_context('nope');
SELECT mistral_api.task_context(gen_random_uuid()::text, '{"x": "y"}');
SELECT story.clean();
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'context\_%';
SELECT mistral.delete_environment('context_env');
