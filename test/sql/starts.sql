\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Starts that happen once, later, or one after the other.
SELECT story.define($$
st_ask: {input: [{n: 0}], tasks: {ask: {action: std.async_noop}}}
st_other: {tasks: {t: {action: std.noop}}}
st_vars: {input: [must], tasks: {t: {action: std.noop}}}
$$);
CREATE VIEW story.seen AS
    SELECT e.input ->> 'n' AS n, e.state, e.key,
           (SELECT count(*) FROM mistral.tasks t WHERE t.workflow_execution_id = e.id) AS tasks
      FROM mistral.executions e WHERE e.workflow_name = 'st_ask' ORDER BY e.created_at, e.id;
CREATE FUNCTION story.nth(n int) RETURNS uuid LANGUAGE sql AS $$
    SELECT id FROM mistral.executions WHERE workflow_name = 'st_ask' AND input ->> 'n' = n::text
$$;
CREATE FUNCTION story.finish(n int) RETURNS void LANGUAGE sql AS $$
    SELECT mistral.complete_action(a.id) FROM mistral.actions a
      JOIN mistral.tasks t ON t.id = a.task_execution_id
     WHERE t.workflow_execution_id = story.nth(n)
$$;

-- ------------------------------------------------------------------- once
SELECT mistral.start_workflow('st_ask', '{"n": 1}', key => 'order 1') AS first \gset
SELECT mistral.start_workflow('st_ask', '{"n": 2}', key => 'order 1') = :'first' AS same;
SELECT mistral.start_workflow('st_ask', '{"n": 2}', key => 'order 1', on_conflict => 'return') = :'first' AS same;
-- also when it has ended
SELECT story.finish(1);
SELECT mistral.start_workflow('st_ask', '{"n": 2}', key => 'order 1') = :'first' AS same;
SELECT * FROM story.seen;
SELECT mistral.get_execution(:'first') ->> 'key' AS key;
-- what the caller would take for its own is not returned
DO $$ BEGIN PERFORM mistral.start_workflow('st_other', key => 'order 1');
EXCEPTION WHEN SQLSTATE 'MS091' THEN RAISE NOTICE '%', story.hide(SQLERRM); END $$;
DO $$ DECLARE detail text; hint text;
BEGIN PERFORM mistral.start_workflow('st_ask', key => 'order 1', on_conflict => 'refuse');
EXCEPTION WHEN SQLSTATE 'MS091' THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RAISE NOTICE '% | % | %', story.hide(SQLERRM), detail, hint;
END $$;
-- another key, and what is deleted, are free
SELECT count(mistral.start_workflow('st_ask', '{"n": 3}', key => 'order 3', on_conflict => 'refuse'));
SELECT mistral.delete_execution(:'first');
SELECT mistral.start_workflow('st_ask', '{"n": 4}', key => 'order 1', on_conflict => 'refuse') <> :'first' AS another;
SELECT story.settle();
SELECT * FROM story.seen;
-- a start that fails leaves the key free
SELECT mistral.start_workflow('st_vars', key => 'order 5');
SELECT count(*) FROM mistral.start_keys WHERE key = 'order 5';
-- one that the caller names keeps its id; the id counts before the key
SELECT mistral.start_workflow('st_ask', '{"n": 6}', key => 'order 6',
                              execution_id => '11111111-0000-0000-0000-000000000000');
SELECT mistral.start_workflow('st_ask', '{"n": 6}', key => 'order 3',
                              execution_id => '11111111-0000-0000-0000-000000000000');
-- a key is gone with the last execution that has it
SELECT story.clean();
SELECT story.settle();
SELECT count(*) FROM mistral.start_keys;

-- the second of one statement finds the first
SELECT count(DISTINCT mistral.start_workflow('st_ask', key => 'twice')) FROM generate_series(1, 3);
-- each project has its own keys, and learns nothing of others'
SET client_min_messages = warning;
SELECT mistral.create_roles();
CREATE ROLE st_a IN ROLE mistral_user;
CREATE ROLE st_b IN ROLE mistral_user;
GRANT USAGE ON SCHEMA story TO st_a, st_b;
RESET client_min_messages;
SET ROLE st_a;
SELECT count(*) FROM mistral.create_workflows(E'version: ''2.0''\nst_own: {tasks: {t: {action: std.async_noop}}}');
SELECT mistral.start_workflow('st_own', key => 'same') AS a \gset
SELECT mistral.start_workflow('st_own', key => 'same', on_conflict => 'queue') AS a2 \gset
SET ROLE st_b;
SELECT count(*) FROM mistral.create_workflows(E'version: ''2.0''\nst_own: {tasks: {t: {action: std.async_noop}}}');
SELECT mistral.start_workflow('st_own', key => 'same', on_conflict => 'refuse') AS b \gset
SELECT state, key FROM mistral.executions;
SELECT count(*) FROM mistral.executions WHERE id IN (:'a', :'a2');
\set VERBOSITY sqlstate
SELECT mistral.resume_execution(:'a2');
SELECT count(*) FROM mistral.start_queue;
SELECT count(*) FROM mistral.start_keys;
\set VERBOSITY default
RESET ROLE;
SELECT story.clean();
SELECT story.settle();
SELECT count(*) FROM mistral.start_keys;
SELECT count(mistral.delete_workflow(id::text)) FROM mistral.workflows WHERE name = 'st_own';
REVOKE USAGE ON SCHEMA story FROM st_a, st_b;
DROP ROLE st_a, st_b;

SELECT mistral.start_workflow('st_ask', on_conflict => 'queue');
SELECT mistral.start_workflow('st_ask', key => '');
SELECT mistral.start_workflow('st_ask', key => repeat('é', 256));
SELECT count(mistral.start_workflow('st_ask', key => repeat('é', 255)));
SELECT mistral.start_workflow('st_ask', key => 'k', on_conflict => 'wait');
SELECT story.clean();

-- -------------------------------------------------- one after the other
SELECT count(mistral.start_workflow('st_ask', jsonb_build_object('n', n), key => 'q', on_conflict => 'queue'))
  FROM generate_series(1, 5) AS n;
SELECT story.settle();
SELECT * FROM story.seen;
SELECT story.hide(waits_for) FROM mistral.executions WHERE id = story.nth(3);
SELECT count(*) FROM mistral.violations;
-- one that is cancelled while it waits lets nobody begin
SELECT mistral.cancel_execution(story.nth(2));
SELECT story.settle();
SELECT * FROM story.seen;
-- its turn cannot be taken before others, and it cannot be paused
DO $$ BEGIN PERFORM mistral.resume_execution(story.nth(3));
EXCEPTION WHEN SQLSTATE 'MS031' THEN RAISE NOTICE '%', story.hide(SQLERRM); END $$;
DO $$ BEGIN PERFORM mistral.pause_execution(story.nth(3));
EXCEPTION WHEN SQLSTATE 'MS014' THEN RAISE NOTICE '%', story.hide(SQLERRM); END $$;
-- the end of one lets the next begin, and only that; so does its deletion
SELECT story.finish(1);
SELECT story.settle();
SELECT * FROM story.seen;
SELECT mistral.delete_execution(story.nth(3), force => true);
SELECT story.settle();
SELECT * FROM story.seen;
-- one that comes when the last has just ended does not overtake those that wait
SELECT story.finish(4);
SELECT count(mistral.start_workflow('st_ask', '{"n": 6}', key => 'q', on_conflict => 'queue'));
SELECT story.settle();
SELECT * FROM story.seen;
SELECT mistral.stop_execution(story.nth(5), 'ERROR');
SELECT story.settle();
SELECT story.finish(6);
SELECT story.settle();
SELECT * FROM story.seen;
SELECT count(*) FROM mistral.start_queue;
-- nobody waits: it begins at once
SELECT count(mistral.start_workflow('st_ask', '{"n": 7}', key => 'q', on_conflict => 'queue'));
SELECT * FROM story.seen WHERE n = '7';
-- return finds the newest
SELECT mistral.start_workflow('st_ask', key => 'q') = story.nth(7) AS newest;
SELECT story.clean();
SELECT story.settle();
SELECT count(*) FROM mistral.start_keys;

-- ------------------------------------------------------------------ later
SELECT mistral.start_workflow('st_ask', '{"n": 1}', start_at => now() + '1 hour') AS later \gset
SELECT mistral.start_workflow('st_ask', '{"n": 2}', start_at => now() - interval '1 hour') IS NOT NULL AS at_once;
SELECT mistral.start_workflow('st_vars', start_at => now() + '1 hour');
SELECT story.settle();
SELECT * FROM story.seen;
SELECT e.start_at - e.created_at BETWEEN '59 min' AND '1 hour' AS in_an_hour,
       e.waits_for ~ '^start, due at ' AS waits
  FROM mistral.executions e WHERE id = :'later';
SELECT mistral.get_execution(:'later') ? 'start_at' AS shown;
SELECT count(*) FROM mistral.violations;
SELECT FROM mistral.run_due_calls(as_of => now() + '61 min');
SELECT * FROM story.seen;
-- before its time, if somebody wants it
SELECT count(mistral.start_workflow('st_ask', '{"n": 3}', start_at => now() + '1 hour'));
SELECT mistral.resume_execution(story.nth(3), '{"e": 1}');
SELECT * FROM story.seen WHERE n = '3';
-- cancelled, and deleted: nothing is left
SELECT count(mistral.start_workflow('st_ask', jsonb_build_object('n', n), start_at => now() + '1 hour'))
  FROM generate_series(4, 5) AS n;
SELECT mistral.cancel_execution(story.nth(4), 'not wanted any more');
DO $$ BEGIN PERFORM mistral.delete_execution(story.nth(5));
EXCEPTION WHEN SQLSTATE 'MS031' THEN RAISE NOTICE '%', story.hide(SQLERRM); END $$;
SELECT mistral.delete_execution(story.nth(5), force => true);
SELECT * FROM story.seen WHERE n >= '4';
SELECT kind, count(*) FROM mistral.delayed_calls GROUP BY kind;
SELECT mistral.start_workflow('st_ask', start_at => 'infinity');
SELECT story.clean();

-- the time comes during maintenance: it begins when that has ended
SELECT count(mistral.start_workflow('st_ask', jsonb_build_object('n', n), key => 'm', on_conflict => 'queue',
                                    start_at => now() + '1 hour')) FROM generate_series(1, 2) AS n;
SET client_min_messages = warning;
SELECT mistral.set_maintenance('PAUSED') IN ('PAUSING', 'PAUSED') AS begun;
RESET client_min_messages;
SELECT mistral.start_workflow('st_ask', start_at => now() + '1 hour');
SELECT mistral.start_workflow('st_ask', key => 'm') = story.nth(2) AS known;
SELECT FROM mistral.run_due_calls(as_of => now() + '61 min');
SELECT * FROM story.seen;
SELECT mistral.set_maintenance('RUNNING');
SELECT story.settle();
SELECT * FROM story.seen;
-- the second has its turn, and its time
SELECT story.finish(1);
SELECT story.settle();
SELECT * FROM story.seen;
SELECT FROM mistral.run_due_calls(as_of => now() + '61 min');
SELECT * FROM story.seen;
SELECT story.clean();
SELECT story.settle();

-- ------------------------------------------------------- many at once
SELECT story.define($$
st_many: {input: [row], input-schema: {properties: {row: {type: object}}}, tasks: {t: {action: std.async_noop}}}
$$);
-- locks do not grow with their number
BEGIN;
SELECT count(mistral.start_workflow('st_many', jsonb_build_object('row', jsonb_build_object('n', n)))) FROM generate_series(1, 1000) AS r(n);
SELECT count(mistral.start_workflow('st_many', jsonb_build_object('row', jsonb_build_object('n', n)), key => 'many ' || n)) FROM generate_series(1, 1000) AS r(n);
SELECT count(mistral.start_workflow('st_many', jsonb_build_object('row', jsonb_build_object('n', n)), key => 'many', on_conflict => 'queue')) FROM generate_series(1, 1000) AS r(n);
SELECT count(mistral.start_workflow('st_many', jsonb_build_object('row', jsonb_build_object('n', n)), execution_id => gen_random_uuid())) FROM generate_series(1, 1000) AS r(n);
SELECT count(*) < 500 AS few_locks FROM pg_locks WHERE pid = pg_backend_pid();
ROLLBACK;
SELECT count(*) FROM mistral.executions WHERE workflow_name = 'st_many';
-- lists; the inputs that are refused are named
SELECT input_number, execution_id IS NOT NULL AS started, error, error_code
  FROM mistral.start_workflows('st_many', ARRAY['{"row": {}}', '{"row": 1}', '{}', '{"row": {"a": 1}}']::jsonb[], on_error => 'report');
SELECT count(*) FROM mistral.executions WHERE workflow_name = 'st_many';
SELECT * FROM mistral.start_workflows('st_many', ARRAY['{"row": {}}', '{"row": 1}']::jsonb[]);
SELECT count(*) FROM mistral.executions WHERE workflow_name = 'st_many';
CREATE TEMP TABLE listed AS SELECT * FROM mistral.start_workflows('st_many',
    ARRAY['{"row": {}}', '{"row": {}}', '{"row": {}}']::jsonb[], '{l1,l1,NULL}', 'queue', start_at => now() + '1 h');
SELECT s.input_number, e.key, e.state FROM listed s JOIN mistral.executions e ON e.id = s.execution_id ORDER BY 1;
SELECT count(*), count(error) FROM mistral.start_workflows('st_many', ARRAY['{"row": {}}', '{"row": {}}']::jsonb[], '{l1,l2}', 'refuse', 'report');
SELECT count(*) FROM mistral.start_workflows('st_many', '{}');
SELECT count(*) FROM mistral.start_workflows('st_many', NULL);
SELECT * FROM mistral.start_workflows('st_many', '{"{}"}', '{a,b}');
SELECT * FROM mistral.start_workflows('st_many', '{"{}"}', on_error => 'ignore');
SELECT error, error_code FROM mistral.start_workflows('st_none', '{"{}"}', on_error => 'report');
SELECT story.clean();
SELECT story.settle();

-- ------------------------------------------------------------------- REST
SELECT mistral_api.create_execution('{"workflow_name": "st_ask", "input": {"n": 1}, "key": "r"}') ->> 'key' AS key;
SELECT mistral_api.create_execution('{"workflow_name": "st_ask", "input": {"n": 2}, "key": "r"}') ->> 'input' AS input;
SELECT mistral_api.create_execution('{"workflow_name": "st_ask", "input": {"n": 2}, "key": "r", "on_conflict": "queue",
                                      "start_at": "2099-01-02T03:04:05+01:00"}')::jsonb - '{id,workflow_id,created_at,updated_at,project_id}'::text[] AS queued;
SELECT e ->> 'state' AS state, e ->> 'key' AS key, e ->> 'start_at' AS start_at
  FROM jsonb_array_elements(mistral_api.list_executions('{"key": "r", "sort_keys": "created_at"}')::jsonb -> 'executions') AS e;
SELECT mistral_api.get_execution(story.nth(2)::text) ->> 'start_at' AS start_at;
SELECT mistral_api.get_execution(story.nth(2)::text, '{"fields": "key"}')::jsonb - 'id' AS fields;
SELECT mistral_api.create_execution('{"workflow_name": "st_other"}')::jsonb ?| '{key,start_at}'::text[] AS shown_without;
DO $$ BEGIN PERFORM mistral_api.create_execution('{"workflow_name": "st_ask", "key": "r", "on_conflict": "refuse"}');
EXCEPTION WHEN SQLSTATE 'MS091' THEN RAISE NOTICE '%', story.hide(SQLERRM); END $$;
SELECT mistral_api.create_execution('{"workflow_name": "st_ask", "start_at": "tomorrow"}');
SELECT mistral_api.create_execution('{"workflow_name": "st_ask", "start_at": "2099-02-30T00:00Z"}');
SELECT mistral_api.create_execution('{"workflow_name": "st_ask", "key": 17}');
SELECT mistral_api.update_execution(story.nth(2)::text, '{"state": "CANCELLED"}') ->> 'state' AS state;

-- an execution that has no row yet has its key, and its turn, for the queries that it runs
SELECT story.define($$
st_own:
  input: [how]
  tasks:
    t:
      action: std.sql
      input: {query: "SELECT mistral.start_workflow('st_other', key => 'own', on_conflict => $1) IS NOT NULL AS started", params: [<% $.how %>]}
$$);
SELECT mistral.start_workflow('st_own', '{"how": "return"}', key => 'own') IS NOT NULL AS started;
SELECT e.workflow_name, e.state, story.hide(t.state_info) AS info FROM mistral.executions e
  LEFT JOIN mistral.tasks t ON t.workflow_execution_id = e.id WHERE e.key = 'own' ORDER BY e.created_at, e.id;
SELECT story.clean();
SELECT story.settle();
SELECT mistral.start_workflow('st_own', '{"how": "queue"}', key => 'own') IS NOT NULL AS started;
SELECT story.settle();
SELECT e.workflow_name, e.state, t.state_info, mistral.task_result(t.id) AS result FROM mistral.executions e
  LEFT JOIN mistral.tasks t ON t.workflow_execution_id = e.id WHERE e.key = 'own' ORDER BY e.workflow_name DESC;

SELECT story.clean();
SELECT story.settle();
SELECT count(*) FROM mistral.start_keys;
SELECT count(*) FROM mistral.start_queue;
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'st\_%';
