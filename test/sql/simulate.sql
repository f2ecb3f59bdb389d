-- Policies in virtual time: mistral.simulate() decides as the engine does.
CREATE FUNCTION pg_temp.sim(tasks text, mocks jsonb DEFAULT '{}')
RETURNS TABLE (at interval, task text, event text, state text, detail jsonb)
LANGUAGE sql AS $f$
SELECT s.at, s.task, s.event, s.state,
       regexp_replace(s.detail::text, '[0-9a-f]{8}-[0-9a-f-]{27}', '<id>', 'g')::jsonb
  FROM mistral.simulate(E'version: ''2.0''\nw:\n  tasks:\n' || $1, mocks => $2) AS s
$f$;

-- RTRY-01, RTRY-03, RTRY-11: attempts and delays.
SELECT * FROM pg_temp.sim($$
    t: {action: a, retry: {count: 3, delay: 10}}
$$, '{"a": [{"error": "no"}, {"error": "no"}, {"result": 7}]}');

-- RTRY-04 to RTRY-08: break-on and continue-on.
SELECT * FROM pg_temp.sim($$
    t: {action: a, publish: {v: <% task().result %>}, retry: {count: 2, delay: 1, continue-on: <% $.v < 5 %>}}
$$, '{"a": [1, 2, 3]}');
SELECT * FROM pg_temp.sim($$
    t: {action: a, publish-on-error: {v: <% task().result %>}, retry: {count: 5, delay: 1, break-on: <% $.v = stop %>}}
$$, '{"a": [{"error": "go"}, {"error": "stop"}]}');

-- POL-04, POL-06, POL-07, POL-09, POL-25: waits.
SELECT * FROM pg_temp.sim($$
    t: {action: a, wait-before: 5, wait-after: 7, retry: {count: 1, delay: 2}, on-error: h}
    h: {action: b}
$$, '{"a": {"error": "no"}}');

-- POL-10, POL-13, POL-14: fail-on.
SELECT * FROM pg_temp.sim($$
    t: {action: a, publish: {v: 1}, fail-on: <% task().result > 3 %>, on-error: h, on-success: s}
    h: {action: std.echo output=<% $.v %>}
    s: {action: std.noop}
$$, '{"a": 4}');

-- POL-20: one time limit over all attempts, after which none follows.
SELECT * FROM pg_temp.sim($$
    t: {action: a, timeout: 15, retry: {count: 9, delay: 10}, on-error: h}
    h: {action: b}
$$, '{"a": {"error": "no"}}');

-- JOIN-26: policies before a join count from the moment it is ready.
SELECT * FROM pg_temp.sim($$
    a: {action: x, wait-before: 3, on-success: j}
    b: {action: x, on-success: j}
    j: {join: all, action: x, wait-before: 4}
$$);

-- POL-01: pause-before.
SELECT * FROM pg_temp.sim($$
    a: {action: x, on-success: b}
    b: {action: x, pause-before: true}
$$);

-- POL-24: a wrong type fails task and workflow.
SELECT * FROM pg_temp.sim($$
    t: {action: x, wait-before: <% abc %>, on-error: h}
    h: {action: x}
    s: {action: x}
$$);

-- Sub-workflows and ad-hoc actions of the text; cancelled actions; input.
SELECT * FROM mistral.simulate($$
version: '2.0'
name: book
actions:
  twice: {input: [n], base: std.echo output=<% $.n * 2 %>}
workflows:
  main: {input: [n], output: {r: <% $.r %>}, tasks: {t: {workflow: part n=<% $.n %>, publish: {r: <% task().result.r %>}}}}
  part: {input: [n], output: {r: <% $.r %>}, tasks: {t: {action: twice n=<% $.n %>, publish: {r: <% task().result %>}}}}
$$, input => '{"n": 4}');
SELECT event, state, detail FROM mistral.simulate($$
version: '2.0'
w: {tasks: {t: {action: x}}}
$$, mocks => '{"t": {"cancel": true}}');

-- What never ends is stopped; what is wrong is said.
SET mistral.max_inline_steps = 50;
SELECT event, state, detail FROM mistral.simulate($$
version: '2.0'
w: {tasks: {s: {action: x, on-success: a}, a: {action: x, on-success: b}, b: {action: x, on-success: a}}}
$$) WHERE event = 'STOPPED';
RESET mistral.max_inline_steps;
SELECT mistral.simulate('version: "2.0"');
SELECT mistral.simulate(E'version: "2.0"\nw: {input: [a], tasks: {t: {action: x}}}');

-- Nothing is written.
SELECT (SELECT count(*) FROM mistral.workflow_executions WHERE workflow_name IN ('w', 'book.main')) AS executions;
