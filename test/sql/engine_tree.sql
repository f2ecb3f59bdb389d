\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Sub-workflows.  SUB-01 to SUB-04: ids, input, params.
SELECT story.define($$
leaf:
  input: [{x: 1}]
  output: {v: <% $.get(v) %>}
  output-on-error: {why: leaf failed}
  tasks:
    w: {action: std.async_noop, publish: {v: <% task().result %>}}
mid:
  tasks:
    m: {workflow: leaf x=5 extra=<% 6 %>}
top:
  output: {r: <% $.get(r) %>}
  tasks:
    t: {workflow: mid, publish: {r: <% task().result %>}, on-success: fin}
    fin: {action: std.noop}
$$);
SELECT mistral.start_workflow('top') AS id \gset
SELECT workflow_name, root_execution_id = :'id' AS has_root, input,
       params - 'root_execution_id' - 'task_execution_id' AS params
  FROM mistral.executions
 WHERE coalesce(root_execution_id, id) = :'id' ORDER BY created_at, id;

-- PAUS-05 to PAUS-07: pause and resume go down, and up.
SELECT mistral.pause_execution(:'id');
SELECT story.settle();
SELECT * FROM story.tree('top');
SELECT mistral.resume_execution(:'id');
SELECT story.settle();
SELECT * FROM story.tree('top');
SELECT mistral.pause_execution(story.exec('leaf'));
SELECT story.settle();
SELECT * FROM story.tree('top');
SELECT mistral.resume_execution(story.exec('leaf'));
SELECT story.settle();
SELECT * FROM story.tree('top');

-- SUB-09, RER-08: an error goes up; a rerun in the child revives the ancestors.
SELECT story.complete('leaf', 'w', 'ERROR', '"oops"');
SELECT story.settle();
SELECT * FROM story.tree('top');
SELECT mistral.rerun_task(story.task('leaf', 'w'));
SELECT * FROM story.tree('top');
SELECT story.complete('leaf', 'w', 'SUCCESS', '5');
SELECT story.settle();
SELECT * FROM story.tree('top');

-- SUB-11, SUB-12, STOP-03: cancelling goes down; a cancelled child goes up.
SELECT mistral.start_workflow('top') AS id \gset
SELECT mistral.cancel_execution(:'id', 'enough');
SELECT story.settle();
SELECT * FROM story.tree('top');
SELECT mistral.start_workflow('top') AS id \gset
SELECT mistral.cancel_execution(story.exec('leaf'), 'enough');
SELECT story.settle();
SELECT * FROM story.tree('top');

-- Another stop ends the children, too; what they had begun changes nothing.
SELECT mistral.start_workflow('top') AS id \gset
SELECT mistral.stop_execution(:'id', 'ERROR', 'stopped');
SELECT story.settle();
SELECT story.complete('leaf', 'w', 'SUCCESS', '5');
SELECT story.settle();
SELECT * FROM story.tree('top');

-- SUB-10: what the parent can catch.
SELECT story.define($$
needs: {input: [a], tasks: {t: {action: std.noop}}}
forced: {tasks: {t: {action: no.such}}}
catch_unknown: {tasks: {t: {workflow: no_such_workflow, on-error: h}, h: {action: std.noop}}}
catch_missing: {tasks: {t: {workflow: needs, on-error: h}, h: {action: std.noop}}}
catch_forced: {tasks: {t: {workflow: forced, on-error: h}, h: {action: std.noop}}}
$$);
SELECT w, e.*
  FROM unnest(ARRAY['catch_unknown', 'catch_missing', 'catch_forced']) AS w,
       LATERAL (SELECT task, state, info FROM story.show(mistral.start_workflow(w))) AS e;
-- ERR-01, ERR-02: and where starting may be caught
SET mistral.catch_start_failures = on;
SELECT w, e.*
  FROM unnest(ARRAY['catch_unknown', 'catch_missing']) AS w,
       LATERAL (SELECT task, state, info FROM story.show(mistral.start_workflow(w))) AS e;
RESET mistral.catch_start_failures;

-- SUB-14: deleting the root deletes all below it.
SELECT count(*) FROM mistral.executions WHERE coalesce(root_execution_id, id) = :'id';
SELECT mistral.delete_execution(:'id', true);
SELECT count(*) FROM mistral.executions WHERE coalesce(root_execution_id, id) = :'id';

-- SUB-15, ACT-14: defaults of the environment reach sub-workflows.
SELECT story.define($$
inner_echo: {output: {o: <% $.o %>}, tasks: {t: {action: std.echo, publish: {o: <% task().result %>}}}}
outer_echo: {output: {o: <% $.o %>}, tasks: {t: {workflow: inner_echo, publish: {o: <% task().result.o %>}}}}
$$);
SELECT result FROM story.show(mistral.start_workflow('outer_echo', '{}',
    '{"env": {"__actions": {"std.echo": {"output": "from env"}}}}')) WHERE task = '=';

-- A sub-workflow that is deleted does not keep the task above waiting.
SELECT story.define($$
gone_leaf: {input: [{n: 1}], tasks: {w: {action: std.async_noop}}}
gone_top: {tasks: {t: {workflow: gone_leaf, on-complete: after}, after: {action: std.noop}}}
gone_items: {tasks: {t: {with-items: "n in [1, 2]", workflow: "gone_leaf n=<% $.n %>", on-complete: after}, after: {action: std.noop}}}
$$);
SELECT mistral.start_workflow('gone_top') AS id \gset
SELECT mistral.delete_execution(story.exec('gone_leaf'), true);
SELECT story.settle();
SELECT * FROM story.tree('gone_top');
SELECT mistral.start_workflow('gone_items') AS id \gset
SELECT mistral.pause_execution(:'id');
SET mistral.max_inline_steps = 1;
SELECT mistral.delete_execution(e.id, true) FROM mistral.executions AS e
 WHERE e.root_execution_id = :'id' AND e.input = '{"n": 1}';
SELECT mistral.resume_execution(:'id');
SELECT story.settle();
SELECT mistral.complete_action(a.id, 'SUCCESS') FROM mistral.actions AS a WHERE a.workflow_name = 'gone_leaf';
SELECT story.settle();
RESET mistral.max_inline_steps;
SELECT * FROM story.tree('gone_items');
SELECT * FROM mistral.check();

SET client_min_messages = warning;
SELECT story.clean();
DROP SCHEMA story CASCADE;
