\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- CTX-10, CTX-13 to CTX-15, CYC-01, CYC-04: contexts.
SELECT story.define($$
ctx:
  input: [{a: input}, {b: input}]
  vars: {b: vars}
  tasks:
    s: {action: std.noop, publish: {x: 1}, on-success: [l, r]}
    l: {action: std.noop, publish: {x: 2, seen: '<% [$.a, $.b, $.x] %>'}}
    r: {action: std.echo output=<% $.x %>, publish: {r: <% task().result %>, names: "<% $.keys().where(not $.startsWith('__')).orderBy($) %>"}}
loop:
  output: {last: <% task(t).result %>, n: <% $.n %>}
  tasks:
    s: {action: std.noop, publish: {n: 1}, on-success: t}
    t: {action: std.echo output=<% $.n * 10 %>, publish: {n: <% $.n + 1 %>}, on-success: [{t: <% $.n < 4 %>}]}
$$);
SELECT task, result, published FROM story.show(mistral.start_workflow('ctx'));
SELECT task, result, published FROM story.show(mistral.start_workflow('loop'));

-- PUB-08, PUB-09, PUB-12, PUB-13, RES-20: global variables.
SELECT story.define($$
glob:
  vars: {v: {from: vars}}
  output: {seen: <% $.g %>, glob: <% global(g) %>, v: <% $.v %>}
  tasks:
    a:
      action: std.noop
      on-success:
        publish: {branch: {g: branch}, global: {g: {x: 1}, v: {more: 1}}}
        next: b
    b:
      action: std.noop
      on-success: {publish: {global: {g: {y: 2}}}}
$$);
SELECT mistral.start_workflow('glob') AS id \gset
SELECT task, result, published FROM story.show(:'id');
SELECT published_global FROM mistral.executions WHERE id = :'id';

-- PUB-12, MRG-09: strategies.
SELECT story.define($$
strategy:
  output: {d: <% $.d %>}
  tasks:
    s: {action: std.noop, publish: {d: {a: 1}}, on-success: t}
    t: {action: std.noop, publish: {d: {b: 2}}}
versions:
  output: {v: <% $.v %>}
  tasks:
    s: {action: std.noop, publish: {v: 0}, on-success: [a, b]}
    a: {action: std.noop, publish: {v: 1}, on-success: a2}
    a2: {action: std.noop, publish: {v: 2}, on-success: j}
    b: {action: std.noop, on-success: b2}
    b2: {action: std.noop, on-success: b3}
    b3: {action: std.noop, publish: {v: 99}, on-success: j}
    j: {join: all, action: std.noop}
$$);
SELECT result FROM story.show(mistral.start_workflow('strategy')) WHERE task = '=';
SELECT result FROM story.show(mistral.start_workflow('versions')) WHERE task = '=';
SET mistral.merge_strategy = merge;
SELECT result FROM story.show(mistral.start_workflow('strategy')) WHERE task = '=';
RESET mistral.merge_strategy;
SET mistral.context_versioning = off;
SELECT result FROM story.show(mistral.start_workflow('versions')) WHERE task = '=';
RESET mistral.context_versioning;

-- OUT-02, OUT-06, OUT-07, OUT-09, OUT-11: output.
SELECT story.define($$
out_none: {input: [{i: 1}], tasks: {t: {action: std.noop, publish: {v: 1}}}}
out_error: {output-on-error: {result: mine, v: <% $.v %>}, tasks: {t: {action: std.fail, publish-on-error: {v: 1}}}}
out_plain: {tasks: {t: {action: std.fail error_data="bad", publish-on-error: {v: 1}}}}
out_broken: {output-on-error: {v: <% $.nope %>}, tasks: {t: {action: std.noop, on-success: 'fail msg="first cause"'}, x: {action: std.noop}}}
out_fails: {output: {v: <% $.nope %>}, tasks: {t: {action: std.noop}}}
out_all: {input: [{i: 1}], vars: {w: 2}, output: {i: <% $.i %>, w: <% $.w %>, e: <% env().e %>}, tasks: {t: {action: std.noop}}}
$$);
SELECT w, e.* FROM unnest(ARRAY['out_none', 'out_error', 'out_plain', 'out_broken', 'out_fails', 'out_all']) AS w,
       LATERAL (SELECT state, left(info, 100) AS info, result FROM story.show(mistral.start_workflow(w, '{}', '{"env": {"e": 3}}')) WHERE task = '=') AS e;

-- REV-05, REV-06, REV-09: reverse workflows.
SELECT story.define($$
rev:
  type: reverse
  output: {all: <% $.get(d) %>}
  tasks:
    a: {action: std.noop, publish: {a: 1}}
    b: {action: std.async_noop, requires: a, publish: {b: <% $.a + 1 %>}}
    c: {action: std.noop, requires: a, publish: {c: <% $.a + 2 %>}}
    d: {action: std.noop, requires: [b, c], publish: {d: <% $.a + $.b + $.c %>}}
    e: {action: std.noop, requires: d}
$$);
SELECT mistral.start_workflow('rev');
SELECT mistral.start_workflow('rev', '{}', '{"task_name": "z"}');
SELECT mistral.start_workflow('rev', '{}', '{"task_name": "d"}') AS id \gset
SELECT task, state FROM story.show(:'id');
SELECT story.complete('rev', 'b', 'ERROR', '"x"');
SELECT task, state FROM story.show(:'id');
-- REV-10
SELECT mistral.rerun_task(story.task('rev', 'b'));
SELECT story.complete('rev', 'b', 'SUCCESS', '1');
SELECT task, state, published FROM story.show(:'id');

-- JOIN-31: deleting leaves nothing behind.
SELECT story.define($$
waiting: {tasks: {a: {action: std.async_noop, on-success: j}, b: {action: std.noop, on-success: j, timeout: 100},
                  j: {join: all, action: std.noop}}}
$$);
SELECT mistral.start_workflow('waiting') AS id \gset
SELECT task, state, info FROM story.show(:'id');
SELECT mistral.delete_execution(:'id', true);
SELECT (SELECT count(*) FROM mistral.task_executions WHERE execution_id = :'id') AS tasks,
       (SELECT count(*) FROM mistral.action_executions WHERE execution_id = :'id') AS actions,
       (SELECT count(*) FROM mistral.contexts WHERE execution_id = :'id') AS contexts,
       (SELECT count(*) FROM mistral.delayed_calls WHERE execution_id = :'id') AS calls;

SET client_min_messages = warning;
SELECT story.clean();
DROP SCHEMA story CASCADE;
