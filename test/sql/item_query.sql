-- with-items over the rows of a query.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o
CREATE TABLE story.customers (id int PRIMARY KEY, mail text, owed numeric, tags text[], since date);
INSERT INTO story.customers SELECT g, 'c' || g, g / 4.0, ARRAY['a', 'b'], date '2026-01-01' + g FROM generate_series(1, 250) g;
SELECT story.define($$
iq_all:
  input: [{from: 0}]
  output: {all: <% task(t).result %>}
  tasks:
    t:
      with-items:
        row: {query: "SELECT id, mail AS address FROM story.customers WHERE id > $1 ORDER BY id", params: [<% $.from %>]}
      action: std.echo output=<% $.row.address %>
iq_types: {tasks: {t: {with-items: {r: {query: "TABLE story.customers LIMIT 1"}}, action: std.echo output=<% $.r %>}}}
iq_async: {tasks: {t: {with-items: {row: {query: "SELECT id FROM story.customers WHERE id <= 5 ORDER BY id"}}, concurrency: 2, action: std.async_noop, on-success: s}, s: {action: std.noop}}}
iq_window: {tasks: {t: {with-items: {row: {query: "SELECT id FROM story.customers"}}, action: std.async_noop}}}
iq_few: {tasks: {t: {with-items: {row: {query: "SELECT id FROM story.customers WHERE id <= 10 ORDER BY id"}}, concurrency: 2, max-failures: 10%, action: std.async_noop}}}
iq_retry: {tasks: {t: {with-items: {row: {query: "SELECT id FROM story.customers WHERE id <= 3 ORDER BY id"}}, action: std.async_noop, retry: {count: 1, delay: 0}}}}
iq_poll: {tasks: {t: {with-items: {row: {query: "SELECT id FROM story.customers WHERE id <= 2"}}, action: std.noop, retry: {count: 2, delay: 0, continue-on: <% true %>}}}}
iq_keep: {tasks: {t: {with-items: {row: {query: "SELECT id FROM story.customers WHERE id <= 2"}}, keep-result: false, action: std.echo output=<% $.row.id %>}}}
iq_child: {input: [id], tasks: {c: {action: std.async_noop}}}
iq_flow: {tasks: {t: {with-items: {row: {query: "SELECT id FROM story.customers WHERE id <= 4 ORDER BY id"}}, concurrency: 2, workflow: iq_child id=<% $.row.id %>}}}
iq_timeout: {tasks: {t: {with-items: {row: {query: "SELECT id FROM story.customers"}}, concurrency: 1, action: std.async_noop, timeout: 100, on-error: noop}}}
$$);
-- how far a task is: rows kept, actions made, and what the task says
CREATE FUNCTION story.items(workflow text) RETURNS TABLE (state text, kept bigint, actions bigint, open int, items jsonb) LANGUAGE sql AS $$
SELECT t.state, (SELECT count(*) FROM mistral.task_items i WHERE i.task_id = t.id),
       (SELECT count(*) FROM mistral.action_executions a WHERE a.task_id = t.id), x.open_children, t.runtime_context -> 'with_items'
  FROM mistral.tasks t JOIN mistral.task_executions x ON x.id = t.id WHERE t.id = story.task($1, 't')
$$;
CREATE FUNCTION story.end_item(workflow text, n int, state text DEFAULT 'SUCCESS') RETURNS void LANGUAGE sql AS $$
SELECT mistral.complete_action(a.id, $3, '1') FROM mistral.action_executions a
 WHERE a.task_id = story.task($1, 't') AND a.item_index = $2 AND a.state = 'R'
$$;

-- an item is a mapping by the names of the columns; the result says how many there were
SELECT mistral.start_workflow('iq_all') AS id \gset
SELECT state, info, result FROM story.show(:'id');
SELECT item_index, output FROM mistral.action_executions WHERE execution_id = :'id' AND item_index IN (0, 249) ORDER BY 1;
SELECT * FROM story.items('iq_all');
SELECT mistral.start_workflow('iq_types') AS id \gset
SELECT input FROM mistral.action_executions WHERE execution_id = :'id';
-- no rows
SELECT mistral.start_workflow('iq_all', '{"from": 250}') AS id \gset
SELECT state, info, result FROM story.show(:'id');
-- keep-result
SELECT mistral.start_workflow('iq_keep') AS id \gset
SELECT state, output FROM mistral.action_executions WHERE execution_id = :'id' ORDER BY id;

-- not more run at a time than concurrency says, or 100; the items are those of the start
SELECT mistral.start_workflow('iq_window') AS id \gset
SELECT * FROM story.items('iq_window');
SELECT mistral.start_workflow('iq_async') AS id \gset
DELETE FROM story.customers WHERE id = 5;
SELECT * FROM story.items('iq_async');
SELECT regexp_replace(waits_for, ' since [-0-9: ]+', '', 'g') AS waits_for FROM mistral.tasks WHERE id = story.task('iq_async', 't');
SELECT w - 'execution_id' - 'task_id' FROM jsonb_array_elements(mistral.task_waits(story.task('iq_async', 't'))) AS w WHERE w ->> 'kind' = 'items';
SELECT story.end_item('iq_async', 1);
SELECT * FROM story.items('iq_async');
SELECT story.end_item('iq_async', 0, 'ERROR');
SELECT story.end_item('iq_async', n) FROM generate_series(2, 4) n \g /dev/null
SELECT * FROM story.items('iq_async');
SELECT task, state, info, result FROM story.show(:'id');
-- what has not succeeded runs again, and then all does
SELECT mistral.rerun_task(story.task('iq_async', 't'), false);
SELECT * FROM story.items('iq_async');
SELECT story.end_item('iq_async', 0, 'ERROR');
SELECT mistral.rerun_task(story.task('iq_async', 't'), true);
SELECT * FROM story.items('iq_async');
SELECT story.end_item('iq_async', n) FROM generate_series(0, 3) n \g /dev/null
SELECT task, state, info, result FROM story.show(:'id');
SELECT * FROM story.items('iq_async');
INSERT INTO story.customers VALUES (5);

-- failures that are borne; with one more no further items begin
SELECT mistral.start_workflow('iq_few') AS id \gset
SELECT story.end_item('iq_few', n, CASE n WHEN 3 THEN 'ERROR' ELSE 'SUCCESS' END) FROM generate_series(0, 9) n \g /dev/null
SELECT * FROM story.items('iq_few');
SELECT mistral.start_workflow('iq_few') AS id \gset
SELECT story.end_item('iq_few', n, 'ERROR') FROM generate_series(0, 1) n \g /dev/null
SELECT story.end_item('iq_few', 2);
SELECT * FROM story.items('iq_few');
SELECT mistral.rerun_task(story.task('iq_few', 't'), false);
SELECT * FROM story.items('iq_few');
-- a skipped task needs its items no more
SELECT story.end_item('iq_few', n, 'ERROR') FROM unnest('{0, 1, 3}'::int[]) n \g /dev/null
SELECT * FROM story.items('iq_few');
SELECT mistral.skip_task(story.task('iq_few', 't'));
SELECT * FROM story.items('iq_few');

-- a retry runs those again that have failed; when none has, the query
SELECT mistral.start_workflow('iq_retry') AS id \gset
SELECT story.end_item('iq_retry', n, CASE n WHEN 1 THEN 'ERROR' ELSE 'SUCCESS' END) FROM generate_series(0, 2) n \g /dev/null
SELECT * FROM story.items('iq_retry');
SELECT story.end_item('iq_retry', 1);
SELECT * FROM story.items('iq_retry');
SELECT mistral.start_workflow('iq_poll') AS id \gset
SELECT * FROM story.items('iq_poll');

-- pause and resume, cancellation, the time-out
SELECT mistral.start_workflow('iq_async') AS id \gset
SELECT mistral.pause_execution(:'id');
SELECT story.end_item('iq_async', 0);
SELECT * FROM story.items('iq_async');
SELECT mistral.resume_execution(:'id');
SELECT * FROM story.items('iq_async');
SELECT mistral.cancel_execution(:'id');
SELECT * FROM story.items('iq_async');
SELECT mistral.start_workflow('iq_async') AS id \gset
SELECT story.end_item('iq_async', 0, 'CANCELLED');
SELECT * FROM story.items('iq_async');
SELECT mistral.start_workflow('iq_timeout') AS id \gset
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'timeout_task';
SELECT story.settle();
SELECT task, state, info, result FROM story.show(:'id');

-- a sub-workflow for each row; one of them is run again
SELECT mistral.start_workflow('iq_flow') AS id \gset
CREATE FUNCTION story.end_child(n int, state text) RETURNS void LANGUAGE sql AS $$
SELECT mistral.complete_action(a.id, $2) FROM mistral.action_executions a JOIN mistral.workflow_executions e ON e.id = a.execution_id
 WHERE e.parent_task_id = story.task('iq_flow', 't') AND e.item_index = $1 AND a.state = 'R'
$$;
SELECT story.end_child(n, CASE n WHEN 1 THEN 'ERROR' ELSE 'SUCCESS' END) FROM generate_series(0, 3) n \g /dev/null
SELECT * FROM story.items('iq_flow');
SELECT mistral.rerun_task(t.id) FROM mistral.task_executions t JOIN mistral.workflow_executions e ON e.id = t.execution_id
 WHERE e.parent_task_id = story.task('iq_flow', 't') AND e.item_index = 1;
SELECT story.end_child(1, 'SUCCESS');
SELECT * FROM story.items('iq_flow');

-- those that have succeeded are rolled back
SELECT story.define($$
iq_undo_child: {input: [id], tasks: {c: {action: std.noop, compensate: std.echo output=<% $.id %>}}}
iq_undo: {tasks: {t: {with-items: {row: {query: "SELECT id FROM story.customers WHERE id <= 2 ORDER BY id"}}, workflow: iq_undo_child id=<% $.row.id %>, on-success: u}, u: {action: std.fail}}}
$$);
SELECT mistral.start_workflow('iq_undo') AS id \gset
SELECT story.settle();
SELECT task, state, result FROM story.show(:'id');
SELECT output FROM mistral.action_executions WHERE root_id = :'id' AND output -> 'result' <> 'null' ORDER BY output;

-- started for later: the query runs when a scheduler comes to it
BEGIN;
SELECT mistral.start_workflow('iq_async', run_async => true) AS id \gset
SELECT * FROM story.items('iq_async');
COMMIT;
SELECT story.settle();
SELECT * FROM story.items('iq_async');
SELECT count(*) FROM mistral.check();
SELECT story.clean();
SELECT count(*) FROM mistral.task_items;

-- What the query cannot do, and what is wrong with it.
CREATE SEQUENCE story.attempts;
CREATE FUNCTION story.flaky(code text, times int) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM story.tries) < times THEN
        RAISE EXCEPTION USING ERRCODE = code, MESSAGE = 'not now';
    END IF;
    RETURN 1;
END
$$;
CREATE TABLE story.tries (n int);
CREATE FUNCTION story.bad(query text, params text DEFAULT '[]') RETURNS TABLE (state text, state_info text) LANGUAGE plpgsql AS $$
DECLARE
    execution uuid;
BEGIN
    PERFORM story.define(format('iq_bad: {tasks: {t: {with-items: {row: {query: %s, params: %s}}, action: std.noop, on-error: noop}}}', to_json($1), $2));
    execution := mistral.start_workflow('iq_bad');
    PERFORM story.settle();
    RETURN QUERY SELECT t.state, t.state_info FROM mistral.tasks t WHERE t.workflow_execution_id = execution;
    PERFORM mistral.delete_execution(execution, true);
    PERFORM mistral.delete_workflow('iq_bad');
END
$$;
SELECT b.* FROM unnest(ARRAY['SELECT * FROM story.nothing', 'SELECT 1; SELECT 2', 'SELEC', 'SELECT 1 / 0 AS n',
                             'INSERT INTO story.tries VALUES (1) RETURNING n', 'SELECT nextval(''story.attempts'')',
                             'WITH d AS (DELETE FROM story.customers RETURNING id) SELECT * FROM d',
                             'SELECT mistral.start_workflow(''iq_all'')', 'SET work_mem = 64', 'CHECKPOINT', 'SELECT $1']) q, story.bad(q) b;
SELECT story.bad('SELECT $1::int', '[x]');
SELECT story.bad('SELECT 1', '"<% $.nothing %>"');
SELECT story.bad('SELECT 1', '"<% dict(a => 1) %>"');
SET mistral.item_query_max_rows = 100;
SELECT story.bad('TABLE story.customers');
RESET mistral.item_query_max_rows;
SET mistral.item_query_max_size = 64;
SELECT story.bad('SELECT repeat(''x'', 10000) FROM generate_series(1, 20)');
RESET mistral.item_query_max_size;
SET mistral.sql_timeout = 100;
SELECT story.bad('SELECT pg_sleep(5)');
RESET mistral.sql_timeout;
SET mistral.sql_actions = functions;
SELECT story.bad('SELECT 1');
RESET mistral.sql_actions;
-- a rule about std.sql is one about queries
SELECT count(*) FROM mistral.create_action_rule('deny', 'std.sql', current_user);
SELECT regexp_replace(story.bad('SELECT 1')::text, ', project=.*', '');
SELECT count(mistral.delete_action_rule(id)) FROM mistral.action_rules;
-- an error of the moment is tried again
SELECT story.define('iq_flaky: {tasks: {t: {with-items: {row: {query: "SELECT story.flaky(''40001'', 2)"}}, action: std.noop}}}');
SELECT mistral.start_workflow('iq_flaky') AS id \gset
SELECT state, state_info FROM mistral.tasks WHERE workflow_execution_id = :'id';
SELECT w ->> 'kind', w ->> 'for' FROM jsonb_array_elements(mistral.task_waits(story.task('iq_flaky', 't'))) AS w;
INSERT INTO story.tries VALUES (1);
UPDATE mistral.delayed_calls SET due_at = now();
SELECT story.settle();
SELECT state, state_info FROM mistral.tasks WHERE workflow_execution_id = :'id';
INSERT INTO story.tries VALUES (2);
UPDATE mistral.delayed_calls SET due_at = now();
SELECT story.settle();
SELECT state, state_info FROM mistral.tasks WHERE workflow_execution_id = :'id';

-- the form
CREATE FUNCTION story.form(items text) RETURNS jsonb LANGUAGE sql AS $$
SELECT mistral.validate_workflow(E'version: "2.0"\nw:\n  tasks:\n    t:\n      action: std.noop\n      with-items: ' || $1)
$$;
SELECT i, f -> 'line' AS line, f -> 'column' AS "column", f ->> 'message' AS message FROM unnest(ARRAY['{row: {query: "SELECT 1"}}', '{}', '{a: {query: x}, b: {query: x}}', '{row: SELECT 1}', '{row: {}}',
     '{row: {query: ""}}', '{row: {query: 1}}', '{row: {query: "SELECT <% $.x %>"}}', '{"a b": {query: x}}', '{row: {sql: x}}',
     '{row: {query: x, params: 1}}', '{row: {query: x, params: ["<% ( %>"]}}', '{row: {query: x, params: "<% ( %>"}}', E'{row: {query: x}}\n      compensate: std.noop']) i, story.form(i) f;

-- a simulation has the rows of a mock
SELECT task, event, state, detail FROM mistral.simulate($$
version: '2.0'
w:
  tasks:
    t: {with-items: {row: {query: "SELECT 1"}}, concurrency: 1, action: std.echo output=<% $.row.id %>, retry: {count: 1, delay: 3}, on-success: u}
    u: {with-items: {row: {query: "SELECT 1"}}, action: std.noop, on-success: v}
    v: {with-items: {row: {query: "SELECT 1"}}, action: std.noop, on-error: noop}
$$, mocks => '{"t.items": [{"id": 1}, {"id": 2}], "t": ["a", {"error": "x"}, "b"], "v.items": {"error": "no rows today"}}');
SELECT mistral.simulate($$
version: '2.0'
w: {tasks: {t: {with-items: {row: {query: "SELECT 1"}}, action: std.noop}}}
$$, mocks => '{"t.items": 5}');
SELECT story.clean();
