\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Tasks that wait for signals.
SELECT story.define($$
sig_any:
  input: [order]
  tasks:
    ask:
      wait-for:
        any: [{signal: approved, filter: <% $.signal.data.order = $.order %>}, "rejected_<% $.order %>"]
      publish: {how: <% task().result.signal %>, what: <% task().result.data %>}
sig_all:
  tasks:
    ask: {wait-for: {all: [a, b, {signal: a, filter: "{{ _.signal.data > 1 }}"}]}, publish: {data: <% task().result.signals.data %>}}
sig_one:
  tasks:
    ask: {wait-for: go, on-success: more}
    more: {wait-for: {signal: go, filter: <% $.signal.key != again %>}}
sig_timeout:
  tasks:
    ask: {wait-for: {signal: go, timeout: 3600}, on-error: late, retry: {count: 1, delay: 0}}
    late: {action: std.noop}
sig_policies:
  tasks:
    ask: {wait-for: go, timeout: 3600, fail-on: <% task().result.data = bad %>, retry: {count: 1, delay: 0}}
sig_tree:
  tasks:
    call: {workflow: sig_one}
sig_event:
  tasks:
    ask:
      wait-for: {event: {exchange: shop, topic: orders, event: paid}, filter: <% $.signal.data.order = 7 %>}
      publish: {by: <% task().result.signal %>, order: <% task().result.data.order %>}
sig_branches:
  tasks:
    one: {wait-for: go}
    two: {wait-for: go}
    other: {action: std.async_noop}
sig_reverse:
  type: reverse
  tasks:
    ask: {wait-for: go}
    end: {action: std.noop, requires: ask}
$$);

-- what an error says, without ids
CREATE FUNCTION story.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ': ' || story.hide(sqlerrm);
END
$$;
-- how a wait reads, without ids and times
CREATE FUNCTION story.waits(id uuid) RETURNS TABLE (task text, state text, waits_for text) LANGUAGE sql AS $$
SELECT t.name, t.state, regexp_replace(t.waits_for, '\d\d\d\d-[^,;]*', '<time>', 'g')
  FROM mistral.tasks t WHERE t.workflow_execution_id = $1 ORDER BY t.id
$$;
-- what is left of signals
CREATE FUNCTION story.signals(id uuid) RETURNS TABLE (name text, key text, is_taken bool, task text, data jsonb) LANGUAGE sql AS $$
SELECT s.name, s.key, s.is_taken, t.name, s.data FROM mistral.signals s
  LEFT JOIN mistral.task_executions t ON t.id = s.task_id WHERE s.execution_id = $1 ORDER BY s.id
$$;

-- one of two: the filter, and data of another form
SELECT mistral.start_workflow('sig_any', '{"order": 7}') AS id \gset
SELECT * FROM story.waits(:'id');
SELECT name, is_event FROM mistral.signal_waits WHERE execution_id = :'id' ORDER BY name;
SELECT mistral.signal(:'id', 'approved', '{"order": 8}'), mistral.signal(:'id', 'approved', '"of another form"'),
       mistral.signal(:'id', 'approved'), mistral.signal(:'id', 'unheard of');
SELECT state FROM mistral.executions WHERE id = :'id';
SELECT mistral.signal(:'id', 'approved', '{"order": 7, "by": "Ada"}', 'mail 1');
SELECT task, state, published FROM story.show(:'id');
SELECT * FROM story.signals(:'id');
SELECT jsonb_object_keys(mistral.task_result(story.task('sig_any', 'ask'))) AS member ORDER BY 1;
-- a key counts once, whatever it says, and also after the end
SELECT mistral.signal(:'id', 'approved', '{"order": 9}', 'mail 1') AS again;
SELECT story.try(format('SELECT mistral.signal(%L, ''approved'', NULL, ''mail 2'')', :'id'));
SELECT mistral.start_workflow('sig_any', '{"order": 7}') AS id \gset
SELECT mistral.signal(:'id', 'other', NULL, 'k') AS other_name, mistral.signal(:'id', 'rejected_7', NULL, 'k'),
       mistral.signal(:'id', 'rejected_7', NULL, 'k') AS again;
SELECT task, state, published FROM story.show(:'id');

-- before anybody waits, and the order in which signals came
SELECT mistral.start_workflow('sig_one') AS id \gset
SELECT mistral.signal(:'id', 'go', '1', 'again'), mistral.signal(:'id', 'go', '2', 'x');
SELECT task, state, result -> 'data' AS data FROM story.show(:'id');

-- all of them; nothing is taken before the last has come
SELECT mistral.start_workflow('sig_all') AS id \gset
SELECT * FROM story.waits(:'id');
SELECT mistral.signal(:'id', 'b', '1'), mistral.signal(:'id', 'a', '2');
SELECT * FROM story.signals(:'id');
SELECT mistral.signal(:'id', 'a', '3');
SELECT task, state, published FROM story.show(:'id');
SELECT * FROM story.signals(:'id');

-- a time-out is an error: retried, and then handled; a late signal is nobody's
SELECT mistral.start_workflow('sig_timeout') AS id \gset
SELECT * FROM story.waits(:'id');
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'timeout_wait';
SELECT story.settle();
SELECT task, state, info FROM story.show(:'id');
SELECT count(*) FROM mistral.signal_waits WHERE execution_id = :'id';
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'timeout_wait';
SELECT story.settle();
SELECT task, state, info, result FROM story.show(:'id');
SELECT count(*) FROM mistral.signal_waits WHERE execution_id = :'id';
SELECT story.try(format('SELECT mistral.signal(%L, ''go'')', :'id'));
-- a signal before the time ends the timer
SELECT mistral.start_workflow('sig_timeout') AS id \gset
SELECT mistral.signal(:'id', 'go');
SELECT kind FROM mistral.delayed_calls WHERE execution_id = :'id';
-- one that was sent before the time was over, and not looked for, counts
SELECT mistral.start_workflow('sig_timeout') AS id \gset
INSERT INTO mistral.signals (execution_id, sent_at, project_id, name, sender) SELECT :'id', now(), current_user, 'go', current_user;
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'timeout_wait';
SELECT story.settle();
SELECT task, state FROM story.show(:'id');

-- policies: the limit of the task, fail-on with retry
SELECT mistral.start_workflow('sig_policies') AS id \gset
SELECT mistral.signal(:'id', 'go', '"bad"');
SELECT * FROM story.waits(:'id');
SELECT mistral.signal(:'id', 'go', '"good"');
SELECT task, state, info, result - 'sent_at' - 'sender' AS result FROM story.show(:'id');
SELECT mistral.start_workflow('sig_policies') AS id \gset
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'timeout_task';
SELECT story.settle();
SELECT task, state, info FROM story.show(:'id');
SELECT state, output FROM mistral.actions WHERE workflow_execution_id = :'id';
SELECT count(*) FROM mistral.signal_waits WHERE execution_id = :'id';

-- a pause holds what follows, not the signal
SELECT mistral.start_workflow('sig_one') AS id \gset
SELECT mistral.pause_execution(:'id');
SELECT mistral.signal(:'id', 'go');
SELECT task, state FROM story.show(:'id');
SELECT mistral.resume_execution(:'id');
SELECT * FROM story.waits(:'id');
-- the end of an execution ends its waits; a rerun begins them anew, and finds what has come
SELECT mistral.cancel_execution(:'id');
SELECT task, state, info FROM story.show(:'id');
SELECT count(*) FROM mistral.signal_waits WHERE execution_id = :'id';
SELECT mistral.signal(:'id', 'go', '"late"', 'k');
SELECT mistral.rerun_task(story.task('sig_one', 'more'));
SELECT task, state, result -> 'data' AS data FROM story.show(:'id');
-- a rerun of another task
SELECT mistral.start_workflow('sig_branches') AS id \gset
SELECT story.complete('sig_branches', 'other', 'ERROR', '"no"');
SELECT mistral.stop_execution(:'id', 'ERROR', 'stopped');
SELECT task, state, info FROM story.show(:'id');
SELECT mistral.rerun_task(story.task('sig_branches', 'other'));
SELECT task, state, waits_for FROM story.waits(:'id');
-- of two that wait for the same, the one that waits longer takes it
SELECT mistral.signal(:'id', 'go', '1');
SELECT task, state FROM story.show(:'id');
SELECT mistral.signal(:'id', 'go', '2');
SELECT story.complete('sig_branches', 'other');
SELECT task, state, result -> 'data' AS data FROM story.show(:'id');
-- skip of a wait that has failed; and somebody may end one by hand
SELECT mistral.start_workflow('sig_one') AS id \gset
SELECT story.try('SELECT story.complete(''sig_one'', ''ask'', ''PAUSED'')');
SELECT story.complete('sig_one', 'ask', 'ERROR', '"given up"');
SELECT mistral.skip_task(story.task('sig_one', 'ask'));
SELECT story.complete('sig_one', 'more', 'SUCCESS', '{"signal": "by hand"}');
SELECT task, state, info, result FROM story.show(:'id');

-- sub-workflows have signals of their own
SELECT mistral.start_workflow('sig_tree') AS id \gset
SELECT mistral.signal(:'id', 'go');
SELECT state FROM mistral.executions WHERE id = :'id';
SELECT mistral.signal(story.exec('sig_one'), 'go'), mistral.signal(story.exec('sig_one'), 'go');
SELECT state FROM mistral.executions WHERE id = :'id';

-- events
SELECT mistral.start_workflow('sig_event') AS id \gset
SELECT * FROM story.waits(:'id');
SELECT cardinality(mistral.raise_event('shop', 'orders', 'paid', '{"order": 6}')) AS started;
SELECT state FROM mistral.executions WHERE id = :'id';
SELECT cardinality(mistral.raise_event('shop', 'orders', 'paid', '{"order": 7}')) AS started;
SELECT task, state, published FROM story.show(:'id');
SELECT cardinality(mistral.raise_event('shop', 'orders', 'paid', '{"order": 7}')) AS started;

-- by the key of the executions
SELECT mistral.signal_by_key('order 17', 'go') AS nobody_yet;
SELECT mistral.start_workflow('sig_one', key => 'order 17', start_at => now() + interval '1 day') AS id \gset
SELECT mistral.signal_by_key('order 17', 'go', '1', 'a') AS to_begin, mistral.signal_by_key('order 17', 'go', '1', 'a') AS again;
SELECT state FROM mistral.executions WHERE id = :'id';
UPDATE mistral.delayed_calls SET due_at = now() WHERE execution_id = :'id';
SELECT story.settle();
SELECT task, state, result -> 'data' AS data FROM story.show(:'id');
SELECT mistral.start_workflow('sig_one', key => 'order 17', on_conflict => 'queue') AS queued \gset
SELECT mistral.signal_by_key('order 17', 'go', '2') AS begun, mistral.signal_by_key('order 18', 'go') AS other;
SELECT story.settle();
SELECT e.state, (SELECT count(*) FROM mistral.signals s WHERE s.execution_id = e.id AND NOT is_taken) AS buffered
  FROM mistral.executions e WHERE id IN (:'id', :'queued') ORDER BY created_at;
SELECT mistral.signal_by_key('order 17', 'go', '3') + mistral.signal_by_key('order 17', 'go', '4') AS begun;
SELECT mistral.signal_by_key('order 17', 'go') AS nobody_any_more;
SELECT task, state, result -> 'data' AS data FROM story.show(:'queued');
SELECT mistral.signal_by_key(NULL, 'go');
SELECT mistral.signal_by_key('order 17', '');

-- reverse workflows
SELECT mistral.start_workflow('sig_reverse', params => '{"task_name": "end"}') AS id \gset
SELECT mistral.signal(:'id', 'go');
SELECT task, state FROM story.show(:'id');

-- in one transaction with whatever else, or not at all
SELECT mistral.start_workflow('sig_one') AS id \gset
BEGIN;
SELECT mistral.signal(:'id', 'go', NULL, 'k');
ROLLBACK;
SELECT task, state FROM story.show(:'id');
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT mistral.signal(:'id', 'go', NULL, 'k'), mistral.signal(:'id', 'go', NULL, 'k'), mistral.signal(:'id', 'go');
COMMIT;
SELECT task, state FROM story.show(:'id');

-- bounds, and what is refused
SELECT mistral.start_workflow('sig_one') AS id \gset
SET mistral.max_signals = 2;
SELECT mistral.signal(:'id', 'x', NULL, '1'), mistral.signal(:'id', 'x', NULL, '2');
SELECT mistral.signal(:'id', 'x', NULL, '2') AS again;
SELECT story.try(format('SELECT mistral.signal(%L, ''x'', NULL, ''3'')', :'id'));
-- so are their bytes, however well they are compressed
SELECT mistral.start_workflow('sig_one') AS large \gset
SELECT mistral.signal(:'large', 'x', to_jsonb(repeat('x', 200000))) AS first;
SELECT story.try(format('SELECT mistral.signal(%L, ''x'')', :'large'));
SELECT mistral.delete_execution(:'large', true);
RESET mistral.max_signals;
SET mistral.execution_field_size_limit = '1kB';
SELECT mistral.signal(:'id', 'x', to_jsonb(repeat('x', 4000)));
RESET mistral.execution_field_size_limit;
SELECT mistral.signal(:'id', '');
SELECT mistral.signal(:'id', NULL);
SELECT mistral.signal(:'id', repeat('x', 256));
SELECT mistral.signal(:'id', 'x', NULL, '');
SELECT mistral.signal(:'id', 'x', NULL, repeat('x', 256));
SELECT mistral.signal(:'id', repeat('ä', 255), NULL, repeat('ä', 255));
SELECT mistral.signal(NULL, 'x');
SELECT mistral.signal('00000000-0000-0000-0000-000000000000', 'x');
SELECT mistral.delete_execution(:'id', true);
SELECT story.try(format('SELECT mistral.signal(%L, ''x'')', :'id'));
SELECT count(*) FROM mistral.signals WHERE execution_id = :'id';

-- names and times that turn out wrong
SELECT story.define($$
sig_bad_name: {input: [n], tasks: {ask: {wait-for: <% $.n %>}}}
sig_bad_time: {input: [n], tasks: {ask: {wait-for: {signal: go, timeout: <% $.n %>}}}}
$$);
SELECT task, state, info FROM story.show(mistral.start_workflow('sig_bad_name', '{"n": 5}'));
SELECT task, state, info FROM story.show(mistral.start_workflow('sig_bad_name', '{"n": ""}'));
SELECT task, state, info FROM story.show(mistral.start_workflow('sig_bad_time', '{"n": "soon"}'));
SELECT task, state, info FROM story.show(mistral.start_workflow('sig_bad_time', '{"n": -1}'));

-- definitions that are refused
CREATE FUNCTION story.refused(task text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text; hint text;
BEGIN
    PERFORM mistral.create_workflows(format(E'version: "2.0"\nsig_refused:\n  tasks:\n    t: %s\n', task));
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n  ', message, detail, nullif(hint, ''));
END
$$;
SELECT story.refused(t) FROM (VALUES
    ('{wait-for: 5}'), ('{wait-for: ""}'), ('{wait-for: {}}'), ('{wait-for: {signal: a, any: [b]}}'),
    ('{wait-for: {signals: a}}'), ('{wait-for: {any: []}}'), ('{wait-for: {any: a}}'), ('{wait-for: {any: [{filter: <% 1 %>}]}}'),
    ('{wait-for: {any: [{signal: a, event: {exchange: a, topic: b, event: c}}]}}'),
    ('{wait-for: {any: [a], filter: <% 1 %>}}'), ('{wait-for: {signal: a, filter: 1}}'), ('{wait-for: {signal: a, filter: <% 1 + %>}}'),
    ('{wait-for: {event: {exchange: a, topic: b}}}'), ('{wait-for: {event: a}}'), ('{wait-for: {signal: a, timeout: -1}}'),
    ('{wait-for: {signal: "<% $. %>"}}'), ('{wait-for: a, action: std.noop}'), ('{wait-for: a, workflow: x}'),
    ('{wait-for: a, with-items: "i in [1]"}'), ('{wait-for: a, target: x}'), ('{wait-for: [a]}')) AS v(t);
SELECT story.refused(format('{wait-for: {all: [%s]}}', string_agg('a', ','))) FROM generate_series(1, 101);
SELECT story.refused(format('{wait-for: %s}', repeat('x', 256)));

-- in virtual time
SELECT s.at, s.event, s.state, s.detail FROM mistral.simulate($$
version: '2.0'
flow:
  tasks:
    ask: {wait-for: {any: [yes_, no_], timeout: 60}, on-error: all, on-success: all}
    all: {wait-for: {all: [a, b]}}
$$) AS s WHERE s.task IS NOT NULL;
SELECT s.at, s.task, s.event, s.state, s.detail FROM mistral.simulate($$
version: '2.0'
flow:
  tasks:
    ask: {wait-for: {any: [yes_, no_], timeout: 60}, on-error: again}
    again: {wait-for: {signal: x}, on-success: never}
    never: {wait-for: {signal: x}}
$$, mocks => '{"ask": {"timeout": true}, "again": {"result": {"signal": "x", "data": 5}}, "never": {"timeout": true}}') AS s;

SELECT * FROM mistral.check();
SELECT story.clean();
SELECT (SELECT count(*) FROM mistral.signals) AS signals, (SELECT count(*) FROM mistral.signal_waits) AS waits;
