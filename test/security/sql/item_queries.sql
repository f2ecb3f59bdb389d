-- Whose rights the query of with-items has, what it can do to the session that runs it,
-- and who sees the items.
CREATE ROLE security_a LOGIN;
CREATE ROLE security_b LOGIN;
SET client_min_messages = warning;
SELECT mistral.create_roles();
GRANT mistral_user TO security_a, security_b;
RESET client_min_messages;
CREATE FUNCTION security_try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE statement INTO answer;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ' ' || regexp_replace(sqlerrm, '[0-9a-f-]{36}', '<id>');
END
$$;
CREATE SCHEMA security_data;
GRANT USAGE, CREATE ON SCHEMA security_data TO security_a, security_b;
CREATE TABLE security_data.open AS SELECT g AS id FROM generate_series(1, 3) g;
GRANT SELECT ON security_data.open TO PUBLIC;
SET SESSION AUTHORIZATION security_b;
CREATE TABLE security_data.of_b AS SELECT 'TOPSECRET' AS word;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
items_of_b:
  tasks:
    t: {with-items: {row: {query: TABLE security_data.of_b}}, action: std.async_noop}
$$);
SELECT mistral.start_workflow('items_of_b') AS b \gset
SELECT item FROM mistral.task_items;

-- another project sees and changes nothing of it
SET SESSION AUTHORIZATION security_a;
SELECT count(*) FROM mistral.task_items;
SELECT security_try('UPDATE mistral.task_items SET item = ''{}''');
SELECT security_try('DELETE FROM mistral.task_items');
SELECT security_try('INSERT INTO mistral.task_items (task_id, item_index, project_id, item) SELECT gen_random_uuid(), 0, ''security_b'', ''{}''');
SELECT security_try(format('SELECT mistral.rerun_task(id)', :'b')) FROM mistral.tasks;

-- the query has the rights of the project, whoever lets the workflow go on
CREATE FUNCTION security_data.become() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    SET ROLE security_b;
    RETURN current_user;
END
$$;
CREATE FUNCTION security_data.temporary() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE left_behind (n int);
    RETURN 1;
END
$$;
CREATE FUNCTION security_data.writes() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    SET transaction_read_only = off;
    CREATE TABLE security_data.written (n int);
    RETURN 1;
END
$$;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
items_of_a:
  input: [which]
  tasks:
    begin: {action: std.async_noop, on-success: [{who: "<% $.which = who %>"}, {table: "<% $.which = table %>"}, {become: "<% $.which = become %>"}, {temporary: "<% $.which = temporary %>"}, {writes: "<% $.which = writes %>"}, {open: "<% $.which = open %>"}, {engine: "<% $.which = engine %>"}, {settings: "<% $.which = settings %>"}]}
    who: {with-items: {row: {query: "SELECT current_user::text, session_user = current_user AS same, current_setting('search_path')"}}, action: std.echo output=<% $.row.current_user %>}
    table: {with-items: {row: {query: TABLE security_data.of_b}}, action: std.echo output=<% $.row %>}
    become: {with-items: {row: {query: SELECT security_data.become()}}, action: std.echo output=<% $.row %>}
    temporary: {with-items: {row: {query: SELECT security_data.temporary()}}, action: std.echo output=<% $.row %>}
    writes: {with-items: {row: {query: SELECT security_data.writes()}}, action: std.echo output=<% $.row %>}
    open: {with-items: {row: {query: TABLE open}}, action: std.echo output=<% $.row %>}
    engine: {with-items: {row: {query: "SELECT mistral.complete_action(id) FROM mistral.action_executions"}}, action: std.echo output=<% $.row %>}
    settings: {with-items: {row: {query: "SELECT set_config('mistral.sql_actions', 'all', false), set_config('search_path', 'x', false)"}}, action: std.echo output=<% $.row %>}
$$);
RESET SESSION AUTHORIZATION;
ALTER ROLE security_a SET search_path = security_data, public;
CREATE TEMP TABLE open AS SELECT 'HIJACKED' AS id;
CREATE FUNCTION security_run(which text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    execution uuid;
BEGIN
    SET LOCAL ROLE security_a;
    execution := mistral.start_workflow('items_of_a', jsonb_build_object('which', $1));
    RESET ROLE;
    PERFORM mistral.complete_action(id) FROM mistral.action_executions WHERE execution_id = execution;
    RETURN (SELECT t.state || coalesce(' ' || regexp_replace(t.state_info, '[0-9a-f-]{36}', '<id>'), '') || coalesce(' ' || (SELECT string_agg(a.output ->> 'result', ', ' ORDER BY a.id)
                                                                                   FROM mistral.action_executions a WHERE a.task_id = t.id), '')
              FROM mistral.tasks t WHERE t.workflow_execution_id = execution AND t.name = $1);
END
$$;
SELECT w, security_run(w) FROM unnest('{who, table, become, temporary, writes, open, engine, settings}'::text[]) w;
SELECT current_setting('search_path'), current_user = session_user AS own;
SELECT to_regclass('security_data.written') IS NULL AND to_regclass('pg_temp.left_behind') IS NULL AS nothing_left;
-- and the rights of the time when it runs
REVOKE SELECT ON security_data.open FROM PUBLIC;
SELECT security_run('open');

SELECT count(mistral.delete_execution(id, true)) FROM mistral.executions;
SELECT count(*) FROM mistral.task_items;
SET ROLE security_a;
SELECT mistral.delete_workflow('items_of_a');
SET ROLE security_b;
SELECT mistral.delete_workflow('items_of_b');
RESET ROLE;
DROP FUNCTION security_try(text), security_run(text);
SET client_min_messages = warning;
DROP SCHEMA security_data CASCADE;
RESET client_min_messages;
DROP TABLE pg_temp.open;
DROP ROLE security_a, security_b;
