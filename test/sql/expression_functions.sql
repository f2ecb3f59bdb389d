-- SQL functions that expressions call.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

CREATE FUNCTION story.locate(place text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'at ' || place $$;
CREATE FUNCTION story.add(a int, b int DEFAULT 5, VARIADIC rest int[] DEFAULT '{}')
RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT a + b + coalesce(sum(r), 0)::int FROM unnest(rest) AS r $$;
-- what a call with a default must not be taken for
CREATE FUNCTION story.add(a int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT -1 $$;
CREATE TYPE story.point AS (x numeric, label text, ways int[]);
CREATE FUNCTION story.same(p story.point) RETURNS story.point LANGUAGE sql IMMUTABLE AS $$ SELECT p $$;
CREATE FUNCTION story.numbers() RETURNS numeric[] LANGUAGE sql IMMUTABLE
AS $$ SELECT ARRAY[1.5, 1.50, 12345678901234567890.12345, 12345678901234567890123, 'NaN'] $$;
CREATE FUNCTION story.moment(t timestamptz, d date DEFAULT NULL, i interval DEFAULT NULL) RETURNS text
LANGUAGE sql STABLE
AS $$ SELECT concat_ws(' ', to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), to_char(d, 'DD.MM.YYYY'), extract(epoch FROM i)::int) $$;
CREATE FUNCTION story.pairs(n int, OUT k int, OUT v text) RETURNS SETOF record LANGUAGE sql IMMUTABLE
AS $$ SELECT g, 'v' || g FROM generate_series(1, n) AS g $$;
CREATE FUNCTION story.keep(j jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$ SELECT j $$;
CREATE FUNCTION story.nothing() RETURNS void LANGUAGE sql STABLE AS $$ SELECT $$;
CREATE FUNCTION story.raise() RETURNS int LANGUAGE plpgsql STABLE
AS $$ BEGIN RAISE EXCEPTION 'no such luck' USING ERRCODE = 'P0042', HINT = 'Try again.'; END $$;
CREATE FUNCTION story.writes() RETURNS int LANGUAGE plpgsql STABLE
AS $$ BEGIN PERFORM story.write(); RETURN 1; END $$;
CREATE TABLE story.written (n int);
CREATE FUNCTION story.write() RETURNS void LANGUAGE sql AS $$ INSERT INTO story.written VALUES (1) $$;
CREATE FUNCTION story.again() RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT mistral.evaluate('"<% again() %>"') $$;
CREATE PROCEDURE story.proc() LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION story.any_of(a anyelement) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'x' $$;

CREATE FUNCTION story.register(VARIADIC names text[]) RETURNS void LANGUAGE sql AS $$
    SELECT mistral.create_expression_function(split_part(n, '(', 1), 'story.' || n) FROM unnest(names) AS n
$$;
SELECT story.register('locate(text)', 'add(int, int, int[])', 'same(story.point)', 'numbers()',
                      'moment(timestamptz, date, interval)', 'pairs(int)', 'keep(jsonb)', 'nothing()', 'raise()',
                      'writes()', 'again()');
SELECT name, function, scope FROM mistral.expression_functions ORDER BY name;

-- Types at the border, both languages.
SELECT c.expr, c.want, mistral.evaluate(to_jsonb(c.expr), c.data) AS got
  FROM (VALUES
    ('<% locate($.x) %>', '"at home"', '{"x": "home"}'::jsonb),
    ('{{ locate(_.x) }}', '"at home"', '{"x": "home"}'),
    ('{{ locate(place=_.x) | upper }}!', '"AT HOME!"', '{"x": "home"}'),
    ('<% locate(place => $.x) %>', '"at home"', '{"x": "home"}'),
    ('<% $.l.select(locate($)) %>', '["at 1", "at b"]', '{"l": [1, "b"]}'),
    ('<% locate(null) %>', 'null', NULL),
    ('<% locate({a => [1, true, null]}) %>', '"at {\"a\": [1, true, null]}"', NULL),
    ('<% add(1) %>', '6', NULL),
    ('<% add(1, 2) %>', '3', NULL),
    ('<% add(1, 2, 3, 4) %>', '10', NULL),
    ('{{ add(1, 2, [3, 4, 5]) }}', '15', NULL),
    ('<% add(b => 1, a => 2) %>', '3', NULL),
    ('<% same({x => 1.25, label => a, ways => [1, 2]}) %>', '{"x": 1.25, "label": "a", "ways": [1, 2]}', NULL),
    ('{{ same({"label": none}) }}', '{"x": null, "label": null, "ways": null}', NULL),
    ('<% same(null) %>', 'null', NULL),
    ('<% numbers() %>', '[1.5, 1.5, "12345678901234567890.12345", 12345678901234567890123, "NaN"]', NULL),
    ('<% numbers()[3] + 1 %>', '12345678901234567890124', NULL),
    ('<% moment(datetime(2020, 1, 2, 3, 4, 5, offset => timespan(hours => 2)), ''2020-02-29'') %>',
     '"2020-01-02 01:04 29.02.2020"', NULL),
    ('<% moment(''2020-01-02T00:00:00Z'', i => timespan(days => 1, hours => -2)) %>', '"2020-01-02 00:00 79200"', NULL),
    ('<% pairs(2) %>', '[{"k": 1, "v": "v1"}, {"k": 2, "v": "v2"}]', NULL),
    ('<% pairs(0) %>', '[]', NULL),
    ('<% pairs(3).select($.v).join(" ") %>', '"v1 v2 v3"', NULL),
    ('{{ keep({"a": [1, "b", none, true, 1.5]}) }}', '{"a": [1, "b", null, true, 1.5]}', NULL),
    ('<% keep(range(3).select($ * 2)) %>', '[0, 2, 4]', NULL),
    ('<% nothing() %>', 'null', NULL),
    ('<% def(locate, mine) -> locate(1) %>', '"mine"', NULL)) AS c(expr, want, data)
 WHERE mistral.evaluate(to_jsonb(c.expr), c.data) IS DISTINCT FROM c.want::jsonb;

-- Errors are the expression's.
CREATE FUNCTION story.error(expr text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    RETURN mistral.evaluate(to_jsonb(expr));
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', sqlstate, sqlerrm, nullif(hint, ''));
END
$$;
SELECT story.error(e) FROM unnest(ARRAY[
    '<% locate() %>', '{{ locate(1, 2) }}', '<% locate(where => 1) %>', '{{ locate(1, place=2) }}', '<% add(x) %>',
    '<% add(1.5) %>', '<% raise() %>', '{{ raise() }}', '<% writes() %>', '<% nowhere() %>', '{{ nowhere() }}',
    '{{ locate(nowhere) }}', '<% locate(1, 1 => 2) %>']) AS e;
SELECT story.error('<% again() %>') LIKE '%nested too deeply%' AS bounded;
SET mistral.sql_function_max_rows = 5;
SELECT story.error('<% pairs(6) %>');
RESET mistral.sql_function_max_rows;
SELECT count(*) FROM story.written;

-- In time.
CREATE FUNCTION story.spin() RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
    LOOP
        BEGIN
            PERFORM pg_sleep(10);
        EXCEPTION WHEN query_canceled THEN NULL;
        END;
    END LOOP;
END
$$;
SELECT story.register('spin()');
SET mistral.expression_sql_timeout = 20;
SELECT story.error('<% spin() %>');
RESET mistral.expression_sql_timeout;

-- What cannot be registered.
\set VERBOSITY terse
SELECT mistral.create_expression_function('f', 'story.write()');
SELECT mistral.create_expression_function('f', 'story.proc()');
SELECT mistral.create_expression_function('f', 'pg_catalog.sum(int)');
SELECT mistral.create_expression_function('f', 'story.any_of(anyelement)');
SELECT mistral.create_expression_function('f', 'story.locate(int)');
-- which of the two is said depends on the release
DO $$
BEGIN
    PERFORM mistral.create_expression_function('f', 'nowhere.locate(text)');
EXCEPTION WHEN invalid_schema_name OR undefined_function THEN
    RAISE NOTICE 'there is no such function';
END $$;
SELECT mistral.create_expression_function('locate', 'story.locate(text)');
SELECT mistral.create_expression_function(n, 'story.locate(text)') FROM unnest(ARRAY['a b']) AS n;
SELECT mistral.create_expression_function('', 'story.locate(text)');
SELECT mistral.create_expression_function('1f', 'story.locate(text)');
SELECT mistral.create_expression_function('len', 'story.locate(text)');
SELECT mistral.create_expression_function('range', 'story.locate(text)');
SELECT mistral.create_expression_function('task', 'story.locate(text)');
SELECT mistral.create_expression_function('and', 'story.locate(text)');
SELECT mistral.create_expression_function('loop', 'story.locate(text)');
CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 1 $$;
DO $$
BEGIN
    PERFORM mistral.create_expression_function('f', 'pg_temp.mine()');
EXCEPTION WHEN wrong_object_type THEN RAISE NOTICE 'not from a schema of temporary objects';
END
$$;
SELECT mistral.delete_expression_function('nowhere');
\set VERBOSITY default

-- A function may go, come back, and change; compiled expressions notice.
SELECT story.define($$
where:
  input: [x]
  output: {place: <% locate($.x) %>}
  tasks:
    one:
      action: std.echo output=<% locate($.x) %>
      publish: {seen: "<% locate(task().result) %>"}
      on-success:
        - two: <% locate($.x) = "at home" %>
    two: {action: std.noop}
$$);
SELECT task, state, published FROM story.show(mistral.start_workflow('where', '{"x": "home"}'));
SELECT output FROM mistral.executions WHERE workflow_name = 'where';
DROP FUNCTION story.locate(text);
SELECT story.error('<% locate(1) %>');
SELECT mistral.start_workflow('where', '{"x": "home"}') AS id \gset
SELECT state, state_info LIKE '%function "story.locate(text)" does not exist%' AS says_why FROM mistral.executions WHERE id = :'id';
CREATE FUNCTION story.locate(place text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'now at ' || place $$;
SELECT mistral.evaluate('"<% locate(1) %>"');
ALTER FUNCTION story.locate(text) VOLATILE;
SELECT story.error('<% locate(1) %>');
ALTER FUNCTION story.locate(text) STABLE;
SELECT mistral.create_expression_function('locate', 'story.raise()', or_replace => true) IS NOT NULL AS replaced;
SELECT story.error('<% locate() %>');
SELECT mistral.delete_expression_function('locate');
SELECT story.error('<% locate(1) %>');

-- It sees what the transaction has done, and what the engine has done in it.
CREATE FUNCTION story.count_written() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM story.written $$;
SELECT story.register('count_written()');
SELECT story.define($$
sees:
  output: {n: <% count_written() %>}
  tasks:
    one: {action: std.sql query="INSERT INTO story.written VALUES (1)"}
$$);
SELECT mistral.start_workflow('sees') AS id \gset
SELECT output FROM mistral.executions WHERE id = :'id';

-- In a simulation, too.
SELECT state, detail FROM mistral.simulate($$
version: '2.0'
simulated:
  output: {n: <% count_written() %>}
  tasks:
    one: {action: std.sql query="INSERT INTO story.written VALUES (1)"}
$$, mocks => '{"one": {"result": 1}}') WHERE task IS NULL ORDER BY step;

SET client_min_messages = warning;
SELECT count(mistral.delete_expression_function(name)) FROM mistral.expression_functions;
SELECT story.clean();
DROP SCHEMA story CASCADE;
