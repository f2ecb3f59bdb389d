-- Functions of the database as actions.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

CREATE TABLE story.stock (item text PRIMARY KEY, n int CHECK (n >= 0));
INSERT INTO story.stock VALUES ('bolt', 20), ('nut', 3);
CREATE FUNCTION story.reserve(item text, n int DEFAULT 1) RETURNS int LANGUAGE sql
AS $$ UPDATE story.stock s SET n = s.n - reserve.n WHERE s.item = reserve.item RETURNING s.n $$;
CREATE FUNCTION story.double(INOUT a int, OUT twice int, b jsonb DEFAULT '{"x": 1}') LANGUAGE sql AS $$ SELECT a, 2 * a $$;
CREATE FUNCTION story.list(low int, high int) RETURNS TABLE (i int, t text) LANGUAGE sql AS $$ SELECT g, 'n' || g FROM generate_series(low, high) g $$;
CREATE FUNCTION story.sum(VARIADIC ns numeric[]) RETURNS numeric LANGUAGE sql AS $$ SELECT sum(n) FROM unnest(ns) AS n $$;
CREATE FUNCTION story.unnamed(text, int DEFAULT 7) RETURNS text LANGUAGE sql AS $$ SELECT $1 || $2 $$;
CREATE FUNCTION story.note() RETURNS void LANGUAGE sql AS $$ INSERT INTO story.stock VALUES ('noted', 0) $$;
CREATE FUNCTION story.ends() RETURNS int LANGUAGE plpgsql AS $$ BEGIN COMMIT; RETURN 1; END $$;
CREATE FUNCTION story.spins() RETURNS int LANGUAGE plpgsql AS $$ BEGIN LOOP PERFORM pg_sleep(1); END LOOP; END $$;

SELECT name, kind, input, description, tags, scope
  FROM mistral.create_function_action('stock.reserve', 'story.reserve(text, int)', 'takes from the stock', '["stock"]');
SELECT name, kind, input FROM (VALUES
    ('double', 'double(int, jsonb)'), ('list', 'list(int, int)'), ('sum', 'sum(numeric[])'), ('unnamed', 'unnamed(text, int)'),
    ('note', 'note()'), ('ends', 'ends()'), ('spins', 'spins()')) AS v(n, f),
    mistral.create_function_action('t.' || n, 'story.' || f);

-- What cannot be one.
\set VERBOSITY terse
SELECT mistral.create_function_action('std.echo', 'story.note()');
SELECT mistral.create_function_action('stock.reserve', 'story.note()');
SELECT mistral.create_function_action('t.x', 'story.nothing()');
SELECT mistral.create_function_action('t.x', 'pg_catalog.sum(int)');
SELECT mistral.create_function_action('a b', 'story.note()');
SELECT mistral.create_function_action('t.x', NULL);
\set VERBOSITY default

-- Arguments and results.
SELECT story.define($$
run:
  input: [action, args]
  output: {result: <% task(t).result %>}
  tasks:
    t:
      action: <% $.action %>
      input: <% $.args %>
$$);
CREATE FUNCTION story.run(action text, args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mistral.start_workflow('run', jsonb_build_object('action', action, 'args', args));
    RETURN coalesce((SELECT to_jsonb(split_part(state_info, E'\n', 1)) FROM mistral.tasks
                      WHERE id = story.task('run', 't') AND state_info LIKE 'Failed to run%'),
                    mistral.task_result(story.task('run', 't')));
END
$$;
SELECT a, args, story.run(a, args::jsonb) FROM (VALUES
    ('stock.reserve', '{"item": "bolt", "n": 4}'), ('stock.reserve', '{"item": "bolt"}'), ('stock.reserve', '{"n": null, "item": "none"}'),
    ('stock.reserve', '{"item": "nut", "n": 4}'), ('stock.reserve', '{"item": "nut", "n": "x"}'),
    ('stock.reserve', '{"n": 1, "m": 2}'), ('t.double', '{"a": 2}'), ('t.list', '{"low": 1, "high": 2}'), ('t.list', '{"low": 2, "high": 1}'),
    ('t.sum', '{"ns": [1, 2.5, 1e20]}'), ('t.sum', '{}'), ('t.unnamed', '{"arg1": "a"}'), ('t.unnamed', '{"arg1": "a", "arg2": 1}'),
    ('t.note', '{}'), ('t.note', '{}'), ('t.ends', '{}')) AS v(a, args);
SELECT * FROM story.stock ORDER BY item;
SET mistral.sql_timeout = 100;
SELECT story.run('t.spins') ->> 'message';
RESET mistral.sql_timeout;
SET mistral.sql_actions = 'functions';
SELECT story.run('t.double', '{"a": 2}');
SET mistral.sql_actions = 'none';
SELECT story.run('t.double', '{"a": 2}');
RESET mistral.sql_actions;

-- The effect is committed with the workflow, or not at all.
BEGIN;
SELECT story.run('stock.reserve', '{"item": "bolt"}');
ROLLBACK;
SELECT n FROM story.stock WHERE item = 'bolt';

-- As the base of an ad-hoc action, with items, in the background, alone.
SELECT count(*) FROM mistral.create_actions($$
version: '2.0'
take_two:
  input: [what]
  base: stock.reserve item=<% $.what %> n=2
  output: {left: <% $ %>}
$$);
SELECT story.define($$
all:
  output: {left: <% task(items).result %>, adhoc: <% task(two).result %>}
  tasks:
    items:
      with-items: w in <% [bolt, nut] %>
      action: stock.reserve item=<% $.w %>
      on-success: two
    two: {action: take_two what="bolt"}
$$);
SELECT task, state, result FROM story.show(mistral.start_workflow('all'));
SELECT mistral.start_workflow('all', run_async => true) AS id \gset
SELECT story.settle();
SELECT state, output FROM mistral.executions WHERE id = :'id';
SELECT a -> 'state' AS state, a -> 'output' AS output
  FROM mistral.run_action('stock.reserve', '{"item": "bolt"}', '{"run_sync": true}') AS a;
SELECT task, event, state, detail FROM mistral.simulate($$
version: '2.0'
simulated:
  output: {mocked: <% task(a).result %>, not: <% task(b).result %>}
  tasks:
    a: {action: stock.reserve item="bolt"}
    b: {action: t.note}
$$, mocks => '{"stock.reserve": {"result": 42}}') WHERE task IS NULL ORDER BY step;
SELECT * FROM story.stock ORDER BY item;

-- Definitions know its parameters.
SELECT w ->> 'message' AS warning FROM mistral.validate_workflow($$
version: '2.0'
warned:
  tasks:
    a: {action: stock.reserve itme="bolt"}
    b: {action: stock.reserve item="bolt"}
$$) AS v, jsonb_array_elements(v -> 'warnings') AS w;

-- Names are looked up when they are used: what has begun goes on as it began, and what begins
-- afterwards, in executions that run already too, is the newest version.
CREATE FUNCTION story.first() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'first' $$;
CREATE FUNCTION story.second() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'second' $$;
SELECT count(*) FROM mistral.create_function_action('which', 'story.first()');
SELECT mistral.create_expression_function('which_one', 'story.first()') IS NOT NULL AS made;
SELECT count(*) FROM mistral.create_actions($$
version: '2.0'
adhoc: {base: std.echo output="first"}
$$);
SELECT story.define($$
turn:
  output:
    begun: <% task(begun).result %>
    later: <% task(later).result %>
    adhoc: <% task(adhoc).result %>
    before: <% task(begun).published.before %>
    after: <% which_one() %>
  tasks:
    begun: {action: which, publish: {before: <% which_one() %>}}
    ask: {action: std.async_noop, on-success: later}
    later: {action: which, on-success: adhoc}
    adhoc: {action: adhoc}
$$);
SELECT mistral.start_workflow('turn', run_async => true) AS id \gset
SELECT run -> 'function' AS begun_with FROM mistral.action_executions WHERE task_id = story.task('turn', 'begun');
SELECT input FROM mistral.create_function_action('which', 'story.second()', or_replace => true);
SELECT story.settle();
SELECT mistral.task_result(story.task('turn', 'begun')) AS begun, mistral.get_execution(:'id') ->> 'state' AS state;
SELECT mistral.create_expression_function('which_one', 'story.second()', or_replace => true) IS NOT NULL AS made;
SELECT count(*) FROM mistral.update_actions($$
version: '2.0'
adhoc: {base: std.echo output="second"}
$$);
SELECT count(*) FROM mistral.action_executions a, mistral.complete_action(a.id) WHERE a.task_id = story.task('turn', 'ask');
SELECT state, output FROM mistral.executions WHERE id = :'id';
SELECT mistral.delete_expression_function('which_one');

-- The function may go, change, and come back; other kinds stay what they are.
DROP FUNCTION story.reserve(text, int);
SELECT story.run('stock.reserve', '{"item": "bolt"}');
CREATE FUNCTION story.reserve(item text, n int, really bool) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
SELECT story.run('stock.reserve', '{"item": "bolt"}') ->> 'message';
CREATE FUNCTION story.reserve(thing text, n int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
SELECT story.run('stock.reserve', '{"item": "bolt"}');
SELECT kind, input FROM mistral.create_function_action('stock.reserve', 'story.reserve(text, int, bool)', or_replace => true);
SELECT story.run('stock.reserve', '{"item": "bolt", "n": 1, "really": true}');
SELECT count(*) FROM mistral.action_versions v JOIN mistral.action_definitions d ON d.id = v.definition_id WHERE d.name = 'stock.reserve';
\set VERBOSITY terse
SELECT mistral.create_function_action('take_two', 'story.note()', or_replace => true);
SELECT mistral.create_actions(E'version: ''2.0''\nstock.reserve: {base: std.noop}', or_replace => true);
SELECT mistral.delete_action('stock.reserve');
SELECT story.run('stock.reserve', '{"item": "bolt"}');

SET client_min_messages = warning;
SELECT count(mistral.delete_action(name)) FROM mistral.action_definitions;
SELECT story.clean();
DROP SCHEMA story CASCADE;
