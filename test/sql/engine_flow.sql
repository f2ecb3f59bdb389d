\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Direct flow.  DIR-01, DIR-11, DIR-12: siblings start in the order of the text,
-- and a plain task runs once for each arrival.
SELECT story.define($$
dir_order:
  tasks:
    c: {action: std.noop, on-success: [z, y, x]}
    a: {action: std.noop, on-success: x}
    x: {action: std.noop}
    y: {action: std.noop}
    z: {action: std.noop}
$$);
SELECT * FROM story.show(mistral.start_workflow('dir_order'));

-- DIR-06 to DIR-10: what handles an error.
SELECT story.define($$
err_command: {tasks: {t: {action: std.fail, on-error: noop}}}
err_guard: {tasks: {t: {action: std.fail, on-error: [{h: <% false %>}]}, h: {join: 0, action: std.noop}, s: {action: std.noop}}}
err_complete: {tasks: {t: {action: std.fail, on-complete: h}, h: {action: std.noop}}}
err_publish: {tasks: {t: {action: std.fail, on-error: {publish: {branch: {v: 1}}}}}}
$$);
SELECT w, e.*
  FROM unnest(ARRAY['err_command', 'err_guard', 'err_complete', 'err_publish']) AS w,
       LATERAL (SELECT task, state, published FROM story.show(mistral.start_workflow(w))) AS e;

-- DIR-14, ERR-06, PUB-14: errors in expressions are nobody's to handle.
SELECT story.define($$
bad_guard: {tasks: {t: {action: std.noop, on-success: [{h: <% $.nope %>}], on-error: h}, h: {action: std.noop}, s: {action: std.noop}}}
bad_publish: {tasks: {t: {action: std.noop, publish: {v: <% $.nope %>}, on-error: h}, h: {action: std.noop}, s: {action: std.noop}}}
bad_input: {tasks: {t: {action: std.echo output=<% $.nope %>, on-error: h}, h: {action: std.noop}, s: {action: std.noop}}}
bad_action: {tasks: {t: {action: no.such, on-error: h}, h: {action: std.noop}, s: {action: std.noop}}}
$$);
SELECT w, e.*
  FROM unnest(ARRAY['bad_guard', 'bad_publish', 'bad_input', 'bad_action']) AS w,
       LATERAL (SELECT task, state, info FROM story.show(mistral.start_workflow(w))) AS e;

-- CMD-01, CMD-04 to CMD-11: commands among the targets.
SELECT story.define($$
cmd_pause:
  tasks:
    a: {action: std.noop, on-success: [b, pause, c, j]}
    b: {action: std.noop, on-success: j}
    c: {action: std.noop}
    j: {join: all, action: std.noop}
cmd_fail:
  tasks:
    a: {action: std.noop, on-success: [b, fail msg="no <% 1 + 1 %>", c]}
    b: {action: std.noop, on-success: d}
    c: {action: std.noop}
    d: {action: std.noop}
cmd_lead:
  tasks:
    a: {action: std.noop, on-success: [succeed, b]}
    b: {action: std.noop}
$$);
SELECT mistral.start_workflow('cmd_pause') AS id \gset
SELECT * FROM story.show(:'id');
SELECT mistral.resume_execution(:'id');
SELECT * FROM story.show(:'id');
SELECT * FROM story.show(mistral.start_workflow('cmd_fail'));
SELECT * FROM story.show(mistral.start_workflow('cmd_lead'));

-- JOIN-21, JOIN-22: an arrival that a partial join did not wait for is absorbed.
SELECT story.define($$
join_late:
  tasks:
    a: {action: std.noop, on-success: j}
    b: {action: std.async_noop, on-success: j}
    j: {join: 1, action: std.noop, on-success: k}
    k: {action: std.async_noop}
$$);
SELECT mistral.start_workflow('join_late') AS id \gset
SELECT story.complete('join_late', 'b');
SELECT * FROM story.show(:'id');
SELECT story.complete('join_late', 'k');
SELECT * FROM story.show(:'id');

-- JOIN-23, JOIN-24, CYC-02: a join in a loop runs once a pass, and its result
-- is that of the last one.
SELECT story.define($$
join_loop:
  output: {n: <% $.n %>, r: <% $.r %>}
  tasks:
    s: {action: std.noop, publish: {n: 0}, on-success: fork}
    fork: {action: std.noop, on-success: [a, b]}
    a: {action: std.noop, on-success: j}
    b: {action: std.noop, on-success: b2}
    b2: {action: std.noop, on-success: j}
    j:
      join: all
      action: std.echo output=<% $.n %>
      publish: {n: <% $.n + 1 %>, r: <% task().result %>}
      on-success: [{fork: <% $.n < 3 %>}]
$$);
SELECT task, state, result, published
  FROM story.show(mistral.start_workflow('join_loop')) WHERE task IN ('=', 'j');

-- JOIN-25: a cycle upstream that never starts does not keep a join waiting.
SELECT story.define($$
join_cycle:
  tasks:
    a: {action: std.noop, on-success: j}
    c1: {action: std.noop, on-success: [c2, j]}
    c2: {action: std.noop, on-success: c1}
    j: {join: all, action: std.noop}
$$);
SELECT task, state, info FROM story.show(mistral.start_workflow('join_cycle'));

-- JOIN-06, JOIN-09, JOIN-14: what a join names.
SELECT story.define($$
join_two:
  tasks:
    a: {action: std.noop, on-success: j}
    b: {action: std.fail, on-success: j, on-error: noop}
    c: {action: std.fail, on-success: j, on-error: noop}
    j: {join: 2, action: std.noop}
$$);
SELECT task, state, info FROM story.show(mistral.start_workflow('join_two'));

-- MRG-01 to MRG-07: merging branches.
SELECT story.define($$
merge:
  output: {v: <% $.v %>, w: <% $.w %>, m: <% $.m %>, l: <% $.l %>, k: <% $.k %>}
  tasks:
    s: {action: std.noop, publish: {v: 0, w: 0, m: {x: 1, y: 1}, l: [1, 2], k: 0}, on-success: [a, b]}
    a: {action: std.noop, publish: {v: 1, m: {x: 2, y: 1}, l: [3], k: a}, on-success: a2}
    a2: {action: std.noop, publish: {v: 2}, on-success: j}
    b: {action: std.noop, publish: {v: 99, m: {x: 1, y: 2, z: 3}, k: b}, on-success: j}
    j: {join: all, action: std.noop}
$$);
SELECT result FROM story.show(mistral.start_workflow('merge')) WHERE task = '=';

-- DIR-15, DIR-16: flags of tasks.
SELECT name, processed, has_next_tasks, error_handled, next_tasks
  FROM mistral.tasks WHERE workflow_execution_id = story.exec('join_two') ORDER BY created_at, id;

SET client_min_messages = warning;
SELECT story.clean();
DROP SCHEMA story CASCADE;
