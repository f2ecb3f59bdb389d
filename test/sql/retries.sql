\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Retries whose delays grow, vary, and are given by the error; errors that end them.

-- when the attempts of a task begin in virtual time
CREATE FUNCTION story.attempts(retry text, mock jsonb DEFAULT '{"error": "no"}') RETURNS text LANGUAGE sql AS $$
SELECT string_agg(extract(epoch FROM s.at)::bigint::text, ', ' ORDER BY s.step)
  FROM mistral.simulate(format(E'version: "2.0"\nw:\n  input: [{n: 2}]\n  tasks:\n    t: {action: my.own, retry: %s}\n', $1),
                        mocks => jsonb_build_object('t', $2)) s
 WHERE s.task = 't' AND s.event = 'TASK_LAUNCHED'
$$;
SELECT r, story.attempts(r) FROM (VALUES
    ('{count: 3, delay: 5}'), ('{count: 6, delay: 1, backoff: 2}'), ('{count: 6, delay: 1, backoff: 2, max-delay: 10}'),
    ('{count: 3, delay: 10, backoff: 1.5, jitter: 1}'), ('{count: 3, delay: 10, max-delay: 4}'), ('{count: 3, delay: 0, backoff: 1000, max-delay: 5}'),
    ('{count: 2, delay: 2, backoff: <% $.n %>, max-delay: <% $.n + 1 %>}'), ('count=2 delay=3 backoff=3'),
    ('{count: 2, delay: 2000000000, backoff: 1000}')) v(r);
-- the delay is evaluated for each attempt, and sees the error
SELECT story.attempts('{count: 3, delay: "<% switch(task().state = ERROR => task().result.wait, true => 0) %>"}',
    '[{"error": {"wait": 5}}, {"error": {"wait": 60}}, {"error": {"wait": 1}}]');

-- jitter: within its bounds, and not always the same
SELECT story.define($$
rt_jitter: {tasks: {t: {action: std.fail, retry: {count: 3, delay: 100, backoff: 2, max-delay: 210, jitter: 0.1}}}}
$$);
SELECT count(mistral.start_workflow('rt_jitter')) FROM generate_series(1, 50);
CREATE VIEW story.delays AS
SELECT extract(epoch FROM d.due_at - d.created_at) AS delay, substring(t.state_info FROM 'delay=([0-9.]+)')::numeric AS told
  FROM mistral.delayed_calls d
  JOIN mistral.task_executions t ON t.id = d.task_id AND t.name = 't'
  JOIN mistral.executions e ON e.id = d.execution_id AND e.workflow_name = 'rt_jitter';
SELECT count(*), min(delay) >= 90 AND max(delay) <= 110 AS within, max(delay) - min(delay) > 5 AS vary, bool_and(delay = told) AS told
  FROM story.delays;
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'continue_task';
SELECT story.settle();
SELECT count(*), min(delay) >= 180 AND max(delay) <= 210 AS within FROM story.delays;
SELECT story.clean();

-- classes of errors: how often the action has run
SELECT story.define($$
rt_class:
  input: [error, classes: none]
  tasks:
    text: {action: std.fail error_data=<% $.error %>, retry: {count: 1, delay: 0, break-on: [ValueError, 404, "23*", card_declined]}, on-error: noop}
rt_sql:
  input: [query]
  tasks:
    sql: {action: std.sql query=<% $.query %>, retry: {count: 1, delay: 0, break-on: ["23*"]}, on-error: noop}
rt_items:
  input: [errors]
  tasks:
    items: {with-items: e in <% $.errors %>, action: std.fail error_data=<% $.e %>, retry: {count: 1, delay: 0, break-on: [bad]}, on-error: noop}
rt_below:
  output-on-error: {result: {code: bad}}
  tasks:
    t: {action: std.fail}
rt_above:
  tasks:
    t: {workflow: rt_below, retry: {count: 1, delay: 0, break-on: [bad]}, on-error: noop}
rt_wait:
  tasks:
    t: {wait-for: {signal: go, timeout: 60}, retry: {count: 1, delay: 0, break-on: ["No signal*"]}, on-error: noop}
rt_fail_on:
  tasks:
    t: {action: std.noop, fail-on: true, retry: {count: 1, delay: 0, break-on: ["Failed by 'fail-on' policy"]}, on-error: noop}
rt_success:
  tasks:
    t: {action: std.echo output="ValueError", retry: {count: 1, delay: 0, continue-on: <% true %>, break-on: [ValueError]}}
$$);
CREATE FUNCTION story.runs(workflow text, input jsonb DEFAULT '{}') RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    started CONSTANT uuid := mistral.start_workflow(workflow, input);
BEGIN
    RETURN (SELECT t.attempt + 1 FROM mistral.task_executions t WHERE t.execution_id = started);
END
$$;
SELECT e AS error, story.runs('rt_class', jsonb_build_object('error', e)) AS runs FROM (VALUES
    ('"ValueError"'::jsonb), ('"ValueError: no such thing"'), ('"ValueErrors"'), ('"a ValueError"'), ('404'), ('"404"'), ('40'),
    ('{"status": 404}'), ('{"status": 503}'), ('{"sqlstate": "23505"}'), ('{"sqlstate": "40001"}'), ('{"code": "card_declined", "class": "payment"}'),
    ('{"type": "ValueError"}'), ('{"class": "ValueError"}'), ('{"other": "ValueError"}'), ('["ValueError"]'), ('{"status": [404]}')) v(e);
CREATE TABLE story.uniq (n int PRIMARY KEY);
INSERT INTO story.uniq VALUES (1);
SELECT story.runs('rt_sql', '{"query": "INSERT INTO story.uniq VALUES (1)"}') AS duplicate, story.runs('rt_sql', '{"query": "SELECT 1/0"}') AS division;
SELECT story.runs('rt_items', '{"errors": ["good", "bad"]}') AS one_is, story.runs('rt_items', '{"errors": ["good"]}') AS none_is;
SELECT story.runs('rt_above') AS below, story.runs('rt_fail_on') AS without_error, story.runs('rt_success') AS success;
SELECT mistral.start_workflow('rt_wait') AS id \gset
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'timeout_wait';
SELECT story.settle();
SELECT task, state, info FROM story.show(:'id');

-- what turns out wrong
SELECT story.define($$
rt_bad_backoff: {input: [v], tasks: {t: {action: std.noop, retry: {count: 1, delay: 0, backoff: <% $.v %>}}}}
rt_bad_jitter: {input: [v], tasks: {t: {action: std.noop, retry: {count: 1, delay: 0, jitter: <% $.v %>}}}}
rt_bad_max: {input: [v], tasks: {t: {action: std.noop, retry: {count: 1, delay: 0, max-delay: <% $.v %>}}}}
$$);
SELECT info FROM story.show(mistral.start_workflow('rt_bad_backoff', '{"v": 0.5}')) WHERE task = 't';
SELECT info FROM story.show(mistral.start_workflow('rt_bad_backoff', '{"v": "2"}')) WHERE task = 't';
SELECT info FROM story.show(mistral.start_workflow('rt_bad_jitter', '{"v": 1.1}')) WHERE task = 't';
SELECT info FROM story.show(mistral.start_workflow('rt_bad_max', '{"v": 1.5}')) WHERE task = 't';
CREATE FUNCTION story.refused(retry text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text; hint text;
BEGIN
    PERFORM mistral.create_workflows(format(E'version: "2.0"\nrt_refused:\n  tasks:\n    t: {action: std.noop, retry: %s}\n', retry));
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n  ', message, detail, nullif(hint, ''));
END
$$;
SELECT story.refused('{count: 1, delay: 1, ' || t || '}') FROM (VALUES
    ('backoff: 0.5'), ('backoff: 1001'), ('backoff: fast'), ('backoff: <% 1 + %>'), ('jitter: 2'), ('jitter: -0.1'), ('jitter: []'), ('max-delay: -1'),
    ('max-delay: 1.5'), ('break-on: []'), ('break-on: [""]'), ('break-on: [true]'), ('break-on: [<% 1 %>]'), ('break-on: text'), ('max_delay: 1')) v(t);

SELECT story.clean();
