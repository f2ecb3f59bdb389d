\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Errors of the moment are not the query's: std.sql tries again, with a bound.
CREATE SEQUENCE story.attempts;
-- fails with a code until it has been called so many times; a sequence does
-- not roll back
CREATE FUNCTION story.flaky(code text, times int) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    n bigint := pg_catalog.nextval('story.attempts');
BEGIN
    IF n < times THEN
        RAISE EXCEPTION USING ERRCODE = code, MESSAGE = 'attempt ' || n;
    END IF;
    RETURN n;
END
$$;
SELECT story.define($$
retry_flaky:
  input: [code, times]
  output: {result: <% $.result %>}
  output-on-error: {result: <% $.result %>}
  tasks:
    t:
      action: std.sql query="SELECT story.flaky($1, $2) AS attempt"
      input: {params: ['<% $.code %>', '<% $.times %>']}
      publish: {result: '<% task().result.rows[0] %>'}
      publish-on-error: {result: <% task().result %>}
retry_late:
  input: [code, times]
  output: {result: <% $.result %>}
  output-on-error: {result: <% $.result %>}
  tasks:
    t:
      wait-before: 1
      action: std.sql query="SELECT story.flaky($1, $2) AS attempt"
      input: {params: ['<% $.code %>', '<% $.times %>']}
      publish: {result: '<% task().result.rows[0] %>'}
      publish-on-error: {result: <% task().result %>}
$$);
-- start, say whether that was all, and run what comes later
CREATE FUNCTION story.try(code text, times int, workflow text DEFAULT 'retry_flaky', async bool DEFAULT false)
RETURNS TABLE (at_once text, state text, output jsonb)
LANGUAGE plpgsql AS $$
DECLARE
    id uuid;
BEGIN
    PERFORM pg_catalog.setval('story.attempts', 1, false);
    id := mistral.start_workflow(workflow, jsonb_build_object('code', code, 'times', times), run_async => async);
    at_once := mistral.get_execution(id) ->> 'state';
    LOOP
        PERFORM mistral.run_due_calls(as_of => now() + interval '1 day');
        state := mistral.get_execution(id) ->> 'state';
        EXIT WHEN state <> 'RUNNING';
    END LOOP;
    output := mistral.get_execution(id) -> 'output' -> 'result';
    RETURN NEXT;
END
$$;
SELECT code, t.* FROM (VALUES
    ('40001'), ('40P01'), ('53100'), ('53200'), ('53300'), ('57P01'), ('57P03'), ('08006'), ('58030')) AS c(code),
    story.try(code, 4) AS t;
-- what would fail again is the query's own: at once
SELECT code, t.at_once, t.output ->> 'message' AS message FROM (VALUES
    ('22012'), ('23505'), ('53400'), ('40002'), ('55P03'), ('57014'), ('P0001'), ('MS013')) AS c(code),
    story.try(code, 4) AS t;
-- the same where the scheduler runs the query
SELECT * FROM story.try('40001', 4, 'retry_late');
SELECT * FROM story.try('40001', 4, async => true);
-- after the last attempt the error is the action's
SELECT * FROM story.try('40001', 1000);
SELECT * FROM story.try('53100', 1000, 'retry_late');
SHOW mistral.sql_action_max_attempts;

-- While it waits one sees why; who stops it is obeyed.
SELECT pg_catalog.setval('story.attempts', 1, false);
SELECT mistral.start_workflow('retry_flaky', '{"code": "53100", "times": 1000}') AS id \gset
SELECT state, regexp_replace(waits_for, '20\d\d-\S+ \S+', '<time>') AS waits_for FROM mistral.executions WHERE id = :'id';
SELECT kind, error FROM mistral.delayed_calls WHERE execution_id = :'id';
SELECT mistral.cancel_execution(:'id');
SELECT mistral.run_due_calls(as_of => now() + interval '1 day') > 0 AS ran;
SELECT state FROM mistral.executions WHERE id = :'id';
SELECT currval('story.attempts') AS attempts;
SELECT count(*) FROM mistral.delayed_calls WHERE execution_id = :'id';
-- alone, an action tells its caller at once
SELECT mistral.run_action('std.sql', '{"query": "SELECT story.flaky(''40001'', 1000)"}') ->> 'state' AS state;

-- Deferred constraints are checked with the query.
CREATE TABLE story.parent (id int PRIMARY KEY);
CREATE TABLE story.child (parent int REFERENCES story.parent DEFERRABLE INITIALLY DEFERRED);
SELECT story.define($$
retry_deferred:
  input: [n]
  output: {error: <% task(t).result.get(sqlstate) %>}
  output-on-error: {error: '<% task(t).result.sqlstate %>', hint: '<% task(t).result.get(hint) %>'}
  tasks:
    t: {action: std.sql query="INSERT INTO story.child VALUES ($1)", input: {params: [<% $.n %>]}}
$$);
INSERT INTO story.parent VALUES (1);
SELECT mistral.start_workflow('retry_deferred', '{"n": 1}') AS id \gset
SELECT state, output - 'result' AS output FROM mistral.executions WHERE id = :'id';
SELECT mistral.start_workflow('retry_deferred', '{"n": 2}') AS id \gset
SELECT state, output - 'result' AS output FROM mistral.executions WHERE id = :'id';
-- in a transaction block the constraints are the caller's business
BEGIN;
SELECT mistral.start_workflow('retry_deferred', '{"n": 1}') AS id \gset
SELECT state, output - 'result' AS output FROM mistral.executions WHERE id = :'id';
SET CONSTRAINTS ALL IMMEDIATE;
SELECT mistral.start_workflow('retry_deferred', '{"n": 1}') AS id \gset
SELECT state, output - 'result' AS output FROM mistral.executions WHERE id = :'id';
COMMIT;
SELECT count(*) FROM story.child;

-- What is refused says why.
SELECT story.define($$
retry_refused:
  input: [query]
  output-on-error: {why: <% task(t).result %>}
  tasks:
    t: {action: std.sql query=<% $.query %>}
$$);
CREATE FUNCTION story.refused(query text) RETURNS jsonb LANGUAGE sql AS $$
SELECT mistral.get_execution(mistral.start_workflow('retry_refused', jsonb_build_object('query', query))) -> 'output' -> 'why'
$$;
SELECT jsonb_pretty(story.refused('CREATE TEMP TABLE t (n int)'));
SELECT jsonb_pretty(story.refused('COPY story.parent TO STDOUT'));
SELECT jsonb_pretty(story.refused('ROLLBACK'));

SET client_min_messages = warning;
SELECT story.clean();
DROP SCHEMA story CASCADE;
