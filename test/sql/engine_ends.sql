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

-- A forced failure names what was being done to the task: starting it, taking
-- a result, or completing it for another reason.
SELECT story.define($$
e_forced:
  tasks:
    run: {action: std.echo output=<% $.nope %>}
e_result:
  tasks:
    result: {action: std.noop, publish: {x: <% $.nope %>}}
e_nothing:
  tasks:
    nothing: {with-items: "i in <% [] %>", action: std.noop, publish: {x: <% $.nope %>}}
e_item:
  tasks:
    item: {with-items: "i in [1, 0]", concurrency: 1, action: std.echo output=<% 1 / $.i %>}
e_late:
  tasks:
    late: {action: std.noop, wait-after: 1000, publish-on-error: {x: 1}, on-success: [{x: <% $.nope %>}]}
    x: {action: std.noop}
e_never:
  tasks:
    a: {action: std.fail, publish-on-error: {seen: 1}, on-success: never, on-error: b}
    b: {action: std.noop, publish: {seen: 2}, on-success: never}
    never: {join: all, action: std.noop, on-error: [{x: <% $.nope %>}]}
    x: {action: std.noop}
$$);
SELECT mistral.start_workflow('e_late') AS id \gset
UPDATE mistral.delayed_calls SET due_at = clock_timestamp() - interval '1 s' WHERE execution_id = :'id' AND kind = 'complete_task';
SELECT story.settle();
SELECT task, substring(info FROM '^[^[]*') AS info FROM story.show(:'id') WHERE task <> '=';
SELECT task, substring(info FROM '^[^[]*') AS info
  FROM unnest(ARRAY['e_forced', 'e_result', 'e_nothing', 'e_item', 'e_never']) AS w,
       LATERAL (SELECT * FROM story.show(mistral.start_workflow(w))) AS e
 WHERE task NOT IN ('=', 'a', 'b');

-- Its execution has in its output what the task has seen.
SELECT story.define($$
e_seen:
  tasks:
    a: {action: std.noop, publish: {seen: 1}, on-success: j}
    b: {action: std.noop, on-success: j}
    j: {join: all, action: std.noop, publish: {x: <% $.nope %>}}
$$);
SELECT result ->> 'seen' AS seen FROM story.show(mistral.start_workflow('e_seen')) WHERE task = '=';

-- Policies see what the task has got, not what it publishes; only break-on and
-- continue-on see that.
SELECT story.define($$
e_policies:
  input: [{i: 1}]
  tasks:
    a:
      action: std.noop
      publish: {i: <% $.i + 1 %>}
      fail-on: <% $.i > 1 %>
      retry: {count: <% $.i %>, delay: 0, continue-on: <% $.i > 1 %>}
$$);
SELECT mistral.start_workflow('e_policies') AS id \gset
SELECT name, state, published, runtime_context FROM mistral.tasks WHERE workflow_execution_id = :'id';

-- Defaults of the environment belong to the name as it is written.
SELECT story.define($$
e_defaults:
  tasks:
    a: {action: std.echo}
    b: {action: "<% 'std.echo' %>", on-error: noop}
$$);
SELECT task, result
  FROM story.show(mistral.start_workflow('e_defaults', '{}', '{"env": {"__actions": {"std.echo": {"output": 1}}}}'))
 WHERE task <> '=';

-- An execution is not stopped with success when its output cannot be.
SELECT story.define($$
e_stop: {output: {o: <% $.o %>}, tasks: {t: {action: std.async_noop, publish: {o: 1}}}}
$$);
SELECT mistral.start_workflow('e_stop') AS id \gset
SELECT mistral.stop_execution(:'id', 'SUCCESS');
SELECT story.complete('e_stop', 't');
SELECT task, state, result FROM story.show(:'id');

-- What the functions give is plain: YAQL compares it with no list of its own.
SELECT story.define($$
e_plain:
  input: [{l: [1, 2]}]
  output:
    env: <% env().l = list(1, 2) %>
    input: <% execution().input.l = list(1, 2) %>
    result: <% task(t).result = list(1, 2) %>
    items: <% task(t).result.where($ > 0) = list(1, 2) %>
    text: <% str(task(t).result) %>
    data: <% $.l = list(1, 2) %>
    same: <% task(t).result = env().l %>
    jinja: "{{ task('t').result == [1, 2] }}"
  tasks: {t: {action: std.echo output=<% $.l %>}}
$$);
SELECT result FROM story.show(mistral.start_workflow('e_plain', '{}', '{"env": {"l": [1, 2]}}')) WHERE task = '=';

-- The base-input of an ad-hoc action belongs to no task.
SELECT name FROM mistral.create_actions($$
version: '2.0'
e_base: {base: std.echo, base-input: {output: {task: <% task() %>, other: <% task(s).result %>}}}
e_broken: {base: std.echo output=<% $.nope %>}
$$);
SELECT story.define($$
e_base_input:
  tasks:
    s: {action: std.echo output=1, on-success: [t, u]}
    t: {action: e_base}
    u: {action: e_broken, on-error: noop}
$$);
SELECT task, state, result, substring(info FROM 'Failed to instantiate an action') AS info
  FROM story.show(mistral.start_workflow('e_base_input')) WHERE task IN ('t', 'u');
SELECT mistral.delete_action('e_base'), mistral.delete_action('e_broken');

-- When the input of an item fails, no other item has started either; with a
-- concurrency those are left that have been started before.
SELECT story.define($$
e_one: {input: [i], tasks: {t: {action: std.noop}}}
e_inputs: {tasks: {t: {with-items: "i in [1, 0, 2]", action: std.echo output=<% 1 / $.i %>}}}
e_children: {tasks: {t: {with-items: "i in [1, 0, 2]", workflow: e_one i=<% 1 / $.i %>}}}
e_portion: {tasks: {t: {with-items: "i in [1, 2, 3, 0]", concurrency: 2, action: std.echo output=<% 6 / $.i %>}}}
$$);
SELECT w, state, result
  FROM unnest(ARRAY['e_inputs', 'e_children', 'e_portion']) AS w,
       LATERAL (SELECT * FROM story.show(mistral.start_workflow(w))) AS e
 WHERE task = 't';
SELECT count(*) FROM mistral.executions WHERE workflow_name = 'e_one';

SET client_min_messages = warning;
SELECT story.clean();
DROP SCHEMA story CASCADE;
