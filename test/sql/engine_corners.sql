\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- CMD-12: of two state commands the first decides.  CMD-14: a command's name is
-- the command, also where a task has it.
SELECT story.define($$
m_two: {tasks: {a: {action: std.noop, on-success: [succeed, fail]}, b: {action: std.noop}}}
m_named: {tasks: {a: {action: std.noop, on-success: fail}, fail: {action: std.noop}}}
$$);
SELECT task, state FROM story.show(mistral.start_workflow('m_two'));
SELECT task, state FROM story.show(mistral.start_workflow('m_named'));

-- DIR-03: on-error comes before on-complete.  TASK-09: types.
SELECT story.define($$
m_order: {tasks: {a: {action: std.fail, on-complete: c, on-error: e}, c: {action: std.noop}, e: {workflow: m_two}}}
$$);
SELECT mistral.start_workflow('m_order') AS id \gset
SELECT name, type, state FROM mistral.tasks
 WHERE workflow_execution_id = story.exec('m_order') ORDER BY created_at, id;

-- CYC-03: loops beside each other.
SELECT story.define($$
m_loops:
  output: {x: <% $.x %>, y: <% $.y %>}
  tasks:
    s: {action: std.noop, publish: {x: 0, y: 0}, on-success: [a, b]}
    a: {action: std.noop, publish: {x: <% $.x + 1 %>}, on-success: [{a: <% $.x < 3 %>}, {j: <% $.x >= 3 %>}]}
    b: {action: std.noop, publish: {y: <% $.y + 1 %>}, on-success: [{b: <% $.y < 5 %>}, {j: <% $.y >= 5 %>}]}
    j: {join: all, action: std.noop}
$$);
SELECT state, result FROM story.show(mistral.start_workflow('m_loops')) WHERE task = '=';

-- ITEM-19, ITEM-22, ITEM-27: concurrency 0, retry with concurrency, env().
SELECT story.define($$
m_items:
  tasks:
    z: {with-items: "i in [1, 2, 3]", concurrency: 0, action: std.async_noop}
    e: {with-items: "i in <% env().list %>", action: std.echo output=<% $.i + env().add %>}
    r: {with-items: "i in [1, 2]", concurrency: 1, action: std.async_noop, retry: {count: 1, delay: 0}}
$$);
SELECT mistral.start_workflow('m_items', '{}', '{"env": {"list": [1, 2], "add": 10}}') AS id \gset
SELECT t.name, count(*) FROM mistral.tasks t JOIN mistral.action_executions a ON a.task_id = t.id
 WHERE t.workflow_execution_id = :'id' GROUP BY t.name ORDER BY t.name;
SELECT result FROM story.show(:'id') WHERE task = 'e';
SELECT story.complete('m_items', 'r', 'ERROR', '"x"', 0);
SELECT story.complete('m_items', 'r', 'SUCCESS', '1', 1);
SELECT item_index, state, accepted FROM mistral.action_executions WHERE task_id = story.task('m_items', 'r') ORDER BY id;
SELECT story.complete('m_items', 'r', 'SUCCESS', '10', 0);
SELECT story.complete('m_items', 'r', 'SUCCESS', '20', 1);
SELECT state, result FROM story.show(:'id') WHERE task = 'r';

-- JOIN-18: an end that closes a route from afar.  JOIN-29: long names.
-- JOIN-30: nothing is evaluated once the execution has ended.
SELECT story.define($$
m_afar:
  tasks:
    a: {action: std.noop, on-success: j}
    b: {action: std.async_noop, on-success: c}
    c: {action: std.noop, on-success: j}
    j: {join: all, action: std.noop}
$$);
SELECT story.define(format('m_long: {tasks: {a: {action: std.noop, on-success: %1$s}, %1$s: {join: all, action: std.noop}}}', repeat('j', 208)));
SELECT mistral.start_workflow('m_afar') AS id \gset
SELECT story.complete('m_afar', 'b', 'ERROR', '"x"');
SELECT task, state, info FROM story.show(:'id') WHERE task = 'j';
SELECT length(task), state FROM story.show(mistral.start_workflow('m_long'));
SELECT mistral.start_workflow('m_afar') AS id \gset
SELECT mistral.stop_execution(:'id', 'SUCCESS');
SELECT story.complete('m_afar', 'b');
SELECT task, state FROM story.show(:'id');

-- MRG-08: the order in which branches end does not matter.
SELECT story.define($$
m_merge:
  output: {v: <% $.v %>, w: <% $.w %>}
  tasks:
    s: {action: std.noop, publish: {v: 0, w: 0}, on-success: [a, b, c]}
    a: {action: std.async_noop, publish: {v: 1}, on-success: j}
    b: {action: std.async_noop, publish: {w: 1}, on-success: j}
    c: {action: std.async_noop, on-success: j}
    j: {join: all, action: std.noop}
$$);
CREATE FUNCTION story.merged(VARIADIC tasks text[]) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    id uuid := mistral.start_workflow('m_merge');
    t text;
BEGIN
    FOREACH t IN ARRAY tasks LOOP
        PERFORM story.complete('m_merge', t);
    END LOOP;
    RETURN mistral.get_execution(id) -> 'output';
END
$$;
SELECT story.merged('a', 'b', 'c'), story.merged('c', 'b', 'a'), story.merged('b', 'c', 'a');

-- POL-11, PUB-15, RTRY-09, RTRY-13, RTRY-17: attempts publish, and input is
-- evaluated for each.
SELECT story.define($$
m_tries:
  vars: {n: 1}
  output: {seen: <% $.seen %>, r: <% task(t).result %>}
  tasks:
    t:
      action: std.echo output=<% global(n) %>
      fail-on: <% task().result < 3 %>
      retry: {count: 5, delay: 0, break-on: <% $.seen > 10 %>}
      on-success:
        publish: {branch: {seen: <% task().result %>}, global: {n: <% global(n) + 1 %>}}
    f: {action: std.fail error_data="own", fail-on: true, on-error: noop}
$$);
SELECT mistral.start_workflow('m_tries') AS id \gset
SELECT task, state, info, result FROM story.show(:'id');
SELECT output, accepted FROM mistral.action_executions WHERE task_id = story.task('m_tries', 't') ORDER BY id;

-- RTRY-21: each attempt of a sub-workflow task is a sub-workflow of its own.
-- ERR-08, ERR-10, ERR-11: texts of failures.
SELECT story.define($$
m_child: {tasks: {t: {action: std.fail error_data=<% dict(code => 7) %>}}}
m_parent: {tasks: {b: {workflow: m_child, retry: {count: 2, delay: 0}}, a: {action: std.fail error_data="plain"}}}
$$);
SELECT mistral.start_workflow('m_parent') AS id \gset
SELECT count(*) FROM mistral.executions WHERE root_execution_id = :'id';
SELECT story.hide(state_info) FROM mistral.executions WHERE id = :'id';

-- FN-07: tasks() without those whose children tell the same.
SELECT story.define($$
m_flat:
  output: {all: "<% tasks(execution().id, true, 'ERROR').select($.name) %>", flat: "<% tasks(execution().id, true, 'ERROR', true).select($.name) %>"}
  tasks: {s: {workflow: m_child, on-error: noop}}
$$);
SELECT result FROM story.show(mistral.start_workflow('m_flat')) WHERE task = '=';

-- EXP-15: a language that is switched off.
SELECT story.define($$
m_jinja: {tasks: {t: {action: std.echo, input: {output: "{{ 1 + 1 }}"}}}}
$$);
SET mistral.expression_languages = yaql;
SELECT story.define($$
m_jinja2: {tasks: {t: {action: std.echo, input: {output: "{{ 1 + 1 }}"}}}}
$$);
SELECT task, state, info FROM story.show(mistral.start_workflow('m_jinja'));
RESET mistral.expression_languages;

-- CTX-12: what a task has inherited holds neither input nor globals.
SELECT story.define($$
m_ctx: {input: [{i: 1}], vars: {g: 2}, tasks: {a: {action: std.noop, publish: {b: 3}, on-success: c}, c: {action: std.noop}}}
$$);
SELECT mistral.start_workflow('m_ctx') AS id \gset
SELECT data FROM mistral.contexts WHERE execution_id = :'id';

SET client_min_messages = warning;
SELECT story.clean();
DROP SCHEMA story CASCADE;
