-- Each kind of row that users make has a bound per project.
CREATE ROLE quotas_a;
CREATE ROLE quotas_b;
SET client_min_messages = warning;
SELECT mistral.create_roles();
GRANT mistral_user, mistral_executor TO quotas_a, quotas_b;
GRANT CREATE ON SCHEMA public TO quotas_a;
RESET client_min_messages;

SET mistral.max_code_sources = 2;
SET mistral.max_definitions = 2;
SET mistral.max_environments = 2;
SET mistral.max_limits = 2;
SET mistral.max_executors = 2;
SET mistral.max_members = 2;
SET mistral.max_subscriptions = 2;
SET mistral.max_triggers = 2;
SET mistral.max_versions = 3;
SET ROLE quotas_a;
CREATE TABLE quotas_rows (n int);

-- makes things until it is refused
CREATE FUNCTION pg_temp.fill(call text) RETURNS TABLE (made int, problem text)
LANGUAGE plpgsql AS $$
BEGIN
    made := 0;
    LOOP
        EXECUTE 'SELECT ' || replace(call, '#', made::text);
        made := made + 1;
        EXIT WHEN made = 10;
    END LOOP;
    RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
    problem := SQLSTATE || ' ' || SQLERRM;
    RETURN NEXT;
END
$$;
-- a failure undoes the calls before it, so leave one of each kind first
SELECT count(*) FROM mistral.create_workflows(E'version: ''2.0''\none: {input: [{row: null}], tasks: {t: {action: std.noop}}}\n');
SELECT id AS one FROM mistral.workflows WHERE name = 'one' \gset
SELECT f.*, split_part(call, '(', 1) AS call FROM unnest(ARRAY[
    'mistral.create_workflows(E''version: ''''2.0''''\nw#: {tasks: {t: {action: std.noop}}}'')',
    'mistral.create_actions(E''version: ''''2.0''''\na#: {base: std.noop}'')',
    'mistral.create_workbook(E''version: ''''2.0''''\nname: b#\nactions: {a: {base: std.noop}}'')',
    'mistral.update_workflows(E''version: ''''2.0''''\none: {tasks: {t#: {action: std.noop}}}'')',
    'mistral.create_environment(''e#'')',
    'mistral.create_limit(''l#'', 1)',
    format('mistral.create_member(%L, ''m#'')', :'one'),
    'mistral.create_cron_trigger(''c#'', ''one'', ''# * * * *'')',
    format('mistral.create_event_trigger(''e'', %L, ''x'', ''t'', ''v#'')', :'one'),
    'mistral.watch_table(''quotas_rows'', ''one'')',
    'mistral.create_event_consumer(''c#'')',
    'mistral.create_event_subscription(''s#'', ''{"type": "notify", "channel": "c"}'')',
    'mistral.register_executor(''x#'')']) AS call, pg_temp.fill(call) AS f;
-- one text with many counts as many
SELECT pg_temp.fill($c$mistral.create_workflows(E'version: ''2.0''
x1: {tasks: {t: {action: std.noop}}}
x2: {tasks: {t: {action: std.noop}}}
x3: {tasks: {t: {action: std.noop}}}')$c$);

-- actions that are run by themselves count while they are unfinished, each for
-- its project
RESET ROLE;
SET mistral.max_unfinished_executions = 3;
SET ROLE quotas_a;
SELECT count(mistral.run_action('std.async_noop')) AS waiting FROM generate_series(1, 3);
SELECT f.* FROM pg_temp.fill($c$mistral.run_action('std.async_noop')$c$) AS f;
SELECT f.* FROM pg_temp.fill($c$mistral.run_action('std.http', '{"url": "http://localhost"}', '{"save_result": true}')$c$) AS f;
-- what ends at once, and those of tasks, are not among them
SELECT mistral.run_action('std.noop', '{}', '{"save_result": true}') ->> 'state' AS state;
SELECT count(mistral.start_workflow('one')) AS started;
SET ROLE quotas_b;
SELECT f.* FROM pg_temp.fill($c$mistral.run_action('std.async_noop')$c$) AS f;
SET ROLE quotas_a;
SELECT count(mistral.complete_action(id)) AS completed
  FROM (SELECT id FROM mistral.actions WHERE state = 'RUNNING' AND task_execution_id IS NULL LIMIT 1) AS waiting;
SELECT count(mistral.run_action('std.async_noop')) AS waiting;
\set VERBOSITY terse
SELECT mistral.run_action('std.async_noop');
\set VERBOSITY default
-- nor do those of tasks, and such as have ended, hide them
RESET ROLE;
SET mistral.max_unfinished_executions = 20;
SET ROLE quotas_a;
DO $$
BEGIN
    FOR i IN 1..1000 LOOP
        PERFORM mistral.run_action('std.async_noop');
        PERFORM mistral.run_action('std.noop', '{}', '{"save_result": true}');
        PERFORM mistral.start_workflow('one') FROM generate_series(1, 3);
    END LOOP;
    RAISE EXCEPTION 'the project is not full';
EXCEPTION WHEN SQLSTATE 'MS032' THEN
    NULL;
END
$$;
RESET ROLE;
RESET mistral.max_unfinished_executions;

-- programs are the administrator's, and bounded all the same
RESET ROLE;
SELECT * FROM pg_temp.fill($c$mistral.create_code_source('s#', 'pass')$c$);
SELECT mistral.create_code_source('quotas', 'pass') AS source \gset
SELECT * FROM pg_temp.fill(format('mistral.create_dynamic_action(''d#'', ''C'', %L)', :'source'));

-- another project has its own count, and what is deleted makes room
SET ROLE quotas_a;
SELECT count(mistral.create_environment(n)) FROM unnest('{e1,e2}'::text[]) AS n;
SELECT mistral.create_environment('e3');
SET ROLE quotas_b;
SELECT count(mistral.create_environment(n)) FROM unnest('{e1,e2}'::text[]) AS n;
SET ROLE quotas_a;
SELECT mistral.delete_environment('e1');
SELECT mistral.create_environment('e3') IS NOT NULL AS created;
-- users cannot raise it
SET mistral.max_environments = 1000;

RESET ROLE;
RESET mistral.max_environments;
SELECT mistral.delete_code_source(:'source');
SELECT mistral.delete_workflow(:'one');
SELECT count(mistral.delete_environment(id::text)) FROM mistral.environments WHERE project_id LIKE 'quotas%';
DROP OWNED BY quotas_a, quotas_b;
DROP ROLE quotas_a, quotas_b;
