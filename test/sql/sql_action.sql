\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- std.sql: effect and state commit together.
CREATE TABLE story.ledger (account text, amount numeric);
SELECT story.define($$
transfer:
  input: [from, to, amount]
  output: {sum: <% $.sum %>}
  tasks:
    take:
      action: std.sql
      input:
        query: INSERT INTO story.ledger VALUES ($1, -$2::numeric)
        params:
          - <% $.from %>
          - <% $.amount %>
      on-success: give
    give:
      action: std.sql
      input:
        query: INSERT INTO story.ledger VALUES ($1, $2) RETURNING account, amount
        params:
          - <% $.to %>
          - <% $.amount %>
      on-success: check
    check:
      action: std.sql query="SELECT sum(amount) AS total, count(*) AS n FROM story.ledger"
      publish:
        sum: <% task().result.rows[0].total %>
$$);
SELECT * FROM story.show(mistral.start_workflow('transfer', '{"from": "a", "to": "b", "amount": 5}'));
SELECT * FROM story.ledger ORDER BY amount;
BEGIN;
SELECT state FROM story.show(mistral.start_workflow('transfer', '{"from": "a", "to": "b", "amount": 7}')) WHERE task = '=';
ROLLBACK;
SELECT count(*) FROM story.ledger;

-- An error is the action's, and undoes the action only.
SELECT story.define($$
fails:
  output: {why: <% $.why %>}
  tasks:
    one:
      action: std.sql query="INSERT INTO story.ledger VALUES ('c', 1)"
      on-success: two
    two:
      action: std.sql query="INSERT INTO story.ledger VALUES ('d', 1 / 0)"
      publish-on-error: {why: <% task().result %>}
      on-error: three
    three: {action: std.noop}
$$);
SELECT task, state, result FROM story.show(mistral.start_workflow('fails'));
SELECT account FROM story.ledger WHERE account IN ('c', 'd');

-- Types, nulls, JSON, limits, and what is not possible.
SELECT story.define($$
q:
  input: [query, {params: []}, {max_rows: 100}]
  tasks:
    t: {action: std.sql query=<% $.query %> params=<% $.params %> max_rows=<% $.max_rows %>}
$$);
CREATE FUNCTION story.q(query text, params jsonb DEFAULT '[]', max_rows int DEFAULT 100) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mistral.start_workflow('q', jsonb_build_object('query', $1, 'params', $2, 'max_rows', $3));
    RETURN mistral.task_result(story.task('q', 't'));
END
$$;
SELECT story.q('SELECT $1::int + 1 AS i, $2::text AS t, $3::jsonb -> ''a'' AS j, $4::date AS d',
               '[41, null, {"a": [1]}, "2024-02-29"]');
SELECT story.q('SELECT g FROM pg_catalog.generate_series(1, 10) AS g', max_rows => 2);
SELECT story.q('SELECT $2', '[1]') ->> 'message';
SELECT story.q('COMMIT') ->> 'sqlstate';
SELECT story.q('SELECT 1; SELECT 2') ->> 'sqlstate';
SELECT story.q('SET ROLE postgres') ->> 'sqlstate';
SELECT story.q('SELECT pg_catalog.current_setting(''search_path'') AS path');

-- It can be switched off, and ends in time in sessions as well.
SET mistral.sql_actions = 'functions';
SELECT story.q('SELECT 1');
RESET mistral.sql_actions;
SET mistral.sql_timeout = 100;
SELECT story.q('SELECT pg_sleep(60)') ->> 'message';
RESET mistral.sql_timeout;

-- Engine calls nest, and each may use more definitions than are kept.
SET mistral.definition_cache_size = 1;
SELECT story.define($$
inner_a: {tasks: {t: {action: std.noop}}}
inner_b: {tasks: {t: {action: std.noop}}}
$$);
SELECT story.define($$
outer:
  output: {n: <% $.n %>}
  tasks:
    one:
      action: std.sql query="SELECT mistral.start_workflow('inner_a'), mistral.start_workflow('inner_b')"
      publish: {n: <% task().result.row_count %>}
      on-success: two
    two:
      action: std.sql query="SELECT mistral.start_workflow('inner_b'), mistral.start_workflow('inner_a')"
      on-success: three
    three: {action: std.echo output=<% $.n %>}
$$);
SELECT task, state, result FROM story.show(mistral.start_workflow('outer'));
SELECT workflow_name, state, count(*) FROM mistral.executions WHERE workflow_name LIKE 'inner%' GROUP BY 1, 2 ORDER BY 1;
RESET mistral.definition_cache_size;

-- A query cannot change the execution that runs it.
SELECT story.define($$
itself:
  output: {why: <% $.why %>}
  tasks:
    ask: {action: std.async_noop, on-success: change}
    change:
      action: std.sql query="SELECT mistral.cancel_execution($1)"
      input: {params: [<% execution().id %>]}
      publish-on-error: {why: <% task().result.message %>}
      on-error: delete
    delete:
      action: std.sql query="SELECT mistral.delete_execution($1, true)"
      input: {params: [<% execution().id %>]}
      on-error: end
    end: {action: std.noop}
$$);
SELECT mistral.start_workflow('itself') AS id \gset
SELECT mistral.complete_action(story.action('itself', 'ask'));
SELECT task, state, result FROM story.show(:'id');

-- What it reports for one is processed afterwards.
SELECT story.define($$
reports:
  tasks:
    ask: {action: std.async_noop}
    first: {action: std.async_noop, on-success: report}
    report:
      action: std.sql query="SELECT mistral.complete_action(id) FROM mistral.actions WHERE task_name = 'ask' AND workflow_execution_id = $1"
      input: {params: [<% execution().id %>]}
$$);
SELECT mistral.start_workflow('reports') AS id \gset
SELECT mistral.complete_action(story.action('reports', 'first'));
SELECT mistral.run_due_calls() >= 0 AS ran;
SELECT task, state FROM story.show(:'id');

SET client_min_messages = warning;
SELECT story.clean();
DROP SCHEMA story CASCADE;
