\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- ITEM-09 to ITEM-12, ITEM-17: concurrency, errors, order of results.
SELECT story.define($$
items:
  tasks:
    t:
      with-items: i in [1, 2, 3, 4]
      action: std.async_noop
      concurrency: 2
$$);
SELECT mistral.start_workflow('items') AS id \gset
SELECT item_index, state, accepted FROM mistral.action_executions WHERE execution_id = :'id' ORDER BY id;
SELECT story.complete('items', 't', 'ERROR', '"bad"', 1);
SELECT story.complete('items', 't', 'SUCCESS', '10', 0);
SELECT item_index, state, accepted FROM mistral.action_executions WHERE execution_id = :'id' ORDER BY id;
SELECT story.complete('items', 't', 'SUCCESS', '30', 2);
SELECT story.complete('items', 't', 'ERROR', '"bad4"', 3);
SELECT task, state, info, result FROM story.show(:'id') WHERE task = 't';

-- ACT-16: a second result is refused.
\set VERBOSITY sqlstate
SELECT story.complete('items', 't', 'SUCCESS', '1', 3);
\set VERBOSITY default

-- RER-11: a rerun without reset runs the failed items only.
SELECT mistral.rerun_task(story.task('items', 't'), false);
SELECT item_index, state, accepted FROM mistral.action_executions WHERE execution_id = :'id' ORDER BY id;
SELECT story.complete('items', 't', 'SUCCESS', '20', 1);
SELECT story.complete('items', 't', 'SUCCESS', '40', 3);
SELECT * FROM story.show(:'id');

-- RER-13: what succeeded cannot be rerun.
\set VERBOSITY sqlstate
SELECT mistral.rerun_task(story.task('items', 't'));
\set VERBOSITY default

-- ITEM-13: a cancelled item ends the task; later results change nothing.
SELECT mistral.start_workflow('items') AS id \gset
SELECT story.complete('items', 't', 'CANCELLED', 'null', 0);
SELECT task, state, info FROM story.show(:'id');
SELECT story.complete('items', 't', 'SUCCESS', '1', 1);
SELECT task, state, info FROM story.show(:'id');

-- ITEM-04 to ITEM-08, ITEM-14 to ITEM-16: sources and variables.
SELECT story.define($$
src_unequal: {tasks: {t: {with-items: ["a in [1, 2]", "b in [1]"], action: std.noop}}}
src_null: {tasks: {t: {with-items: "a in <% null %>", action: std.noop}}}
src_text: {tasks: {t: {with-items: "a in <% 'äb' %>", action: std.echo output=<% $.a %>}}}
src_map: {tasks: {t: {with-items: "a in <% dict(x => 1, yy => 2) %>", action: std.echo output=<% $.a %>}}}
src_empty: {tasks: {t: {with-items: "a in <% list() %>", action: std.noop}}}
src_one: {tasks: {t: {with-items: "a in [7]", action: std.echo output=<% $.a %>}}}
src_shadow:
  tasks:
    s: {action: std.noop, publish: {a: branch}, on-success: t}
    t: {with-items: 'a in [null, {"k": 1}, [2]]', action: std.echo, input: {output: <% $.a %>}}
$$);
SELECT w, e.*
  FROM unnest(ARRAY['src_unequal', 'src_null', 'src_text', 'src_map', 'src_empty', 'src_one', 'src_shadow']) AS w,
       LATERAL (SELECT state, info, result FROM story.show(mistral.start_workflow(w)) WHERE task = 't') AS e;

-- ITEM-25: more items than one call may start go on in calls of the scheduler.
SET mistral.max_inline_steps = 100;
SELECT story.define($$
many: {tasks: {t: {with-items: "i in <% range(250) %>", action: std.echo output=<% $.i %>}}}
$$);
BEGIN;
SELECT mistral.start_workflow('many') AS id \gset
SELECT state FROM mistral.executions WHERE id = :'id';
COMMIT;
SELECT story.settle();
SELECT state, mistral.task_result(story.task('many', 't')) = to_jsonb(ARRAY(SELECT generate_series(0, 249))) AS in_order
  FROM mistral.executions WHERE id = :'id';
RESET mistral.max_inline_steps;

SET client_min_messages = warning;
SELECT story.clean();
DROP SCHEMA story CASCADE;
