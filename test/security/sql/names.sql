-- Names are looked up for the project of the execution: whoever starts it, and
-- whatever he may see besides, runs nothing that another project wrote.
CREATE ROLE names_a;
CREATE ROLE names_b;
CREATE ROLE names_both IN ROLE names_a, names_b;
CREATE ROLE names_admin;
SET client_min_messages = warning;
SELECT mistral.create_roles();
GRANT mistral_user TO names_a, names_b, names_both;
GRANT mistral_admin TO names_admin;
RESET client_min_messages;

-- what A keeps to itself, waiting for somebody to name it
SET ROLE names_a;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
cleanup:
  output: {who: <% $.who %>}
  tasks:
    t:
      action: std.sql query="SELECT current_user AS who"
      publish: {who: '<% task().result.rows[0].who %>'}
$$);
SELECT count(*) FROM mistral.create_workbook($$
version: '2.0'
name: tools
actions:
  purge: {base: std.sql, base-input: {query: SELECT current_user AS who}}
workflows:
  sweep:
    tasks:
      t: {action: purge}
$$);
SELECT count(*) FROM mistral.create_actions($$
version: '2.0'
mytool:
  base: std.sql
  base-input: {query: SELECT current_user AS who}
$$);
SELECT mistral.create_environment('settings', '{"secret": "of A"}') IS NOT NULL AS created;
SELECT id AS cleanup_of_a FROM mistral.workflows WHERE name = 'cleanup' AND project_id = 'names_a' \gset
RESET ROLE;

-- everybody who sees it, and does not have it himself
CREATE FUNCTION pg_temp.try_names() RETURNS TABLE (what text, problem text)
LANGUAGE plpgsql AS $$
DECLARE
    call text;
BEGIN
    FOR what, call IN VALUES
        ('workflow', $q$mistral.start_workflow('cleanup')$q$),
        ('workflow of a workbook', $q$mistral.start_workflow('tools.sweep')$q$),
        ('action', $q$mistral.run_action('mytool')$q$),
        ('cron trigger', $q$mistral.create_cron_trigger('c', 'cleanup', '* * * * *')$q$),
        ('environment', $q$mistral.update_environment('settings', '{}')$q$),
        ('deletion', $q$mistral.delete_workflow('cleanup')$q$),
        ('update', $q$mistral.update_workflows(E'version: ''2.0''\ncleanup:\n  tasks:\n    t: {action: std.noop}')$q$),
        ('deletion of an action', $q$mistral.delete_action('mytool')$q$),
        ('deletion of a workbook', $q$mistral.delete_workbook('tools')$q$),
        ('deletion of an environment', $q$mistral.delete_environment('settings')$q$),
        ('GET of a workflow', $q$mistral_api.get_workflow('cleanup')$q$),
        ('GET of an action', $q$mistral_api.get_action('mytool')$q$),
        ('GET of an environment', $q$mistral_api.get_environment('settings')$q$),
        ('GET of a workbook', $q$mistral_api.get_workbook('tools')$q$)
    LOOP
        BEGIN
            EXECUTE 'SELECT ' || call;
            problem := 'FOUND';
        EXCEPTION WHEN OTHERS THEN
            problem := SQLSTATE || ' ' || SQLERRM;
        END;
        RETURN NEXT;
    END LOOP;
END
$$;
GRANT CREATE ON SCHEMA public TO names_both, names_admin;
SELECT * FROM pg_temp.try_names();
SET ROLE names_admin;
SELECT * FROM pg_temp.try_names() WHERE problem = 'FOUND';
SET ROLE names_both;
SELECT * FROM pg_temp.try_names() WHERE problem = 'FOUND';
RESET ROLE;

-- the same names within a workflow of theirs
CREATE FUNCTION pg_temp.nightly() RETURNS TABLE (task text, state text, state_info text)
LANGUAGE plpgsql AS $$
DECLARE
    execution uuid;
BEGIN
    PERFORM mistral.create_workflows($w$
version: '2.0'
nightly:
  tasks:
    sub: {workflow: cleanup}
    of_workbook: {workflow: tools.sweep}
    items: {with-items: 'i in <% [1] %>', workflow: cleanup}
    computed: {workflow: "<% concat('clean', 'up') %>"}
    tool: {action: mytool}
    tool_of_workbook: {action: tools.purge}
    computed_tool: {action: "<% concat('my', 'tool') %>"}
$w$);
    execution := mistral.start_workflow('nightly');
    RETURN QUERY SELECT t.name, t.state, substr(t.state_info, 1, 60)
                   FROM mistral.tasks t WHERE t.workflow_execution_id = execution ORDER BY t.name;
END
$$;
SELECT * FROM pg_temp.nightly();
SET ROLE names_admin;
SELECT task, state FROM pg_temp.nightly() WHERE state <> 'ERROR';
SET ROLE names_both;
SELECT task, state FROM pg_temp.nightly() WHERE state <> 'ERROR';
SELECT mistral.start_workflow('nightly', params => '{"env": "settings"}');
RESET ROLE;

-- a watch of theirs starts what their project has, whoever changes the row
CREATE TABLE names_rows (n int);
GRANT ALL ON names_rows TO PUBLIC;
SET ROLE names_b;
SELECT count(*) FROM mistral.create_workflows(E'version: ''2.0''\nof_b:\n  input: [row]\n  tasks:\n    t: {action: std.sql query="SELECT current_user AS who"}\n');
SELECT mistral.watch_table('names_rows', 'of_b', '{INSERT}', input_name => 'row') IS NOT NULL AS watched;
RESET ROLE;
INSERT INTO names_rows VALUES (1);
SELECT e.project_id, e.state, mistral.task_result(t.id) -> 'rows' AS who
  FROM mistral.tasks t JOIN mistral.executions e ON e.id = t.workflow_execution_id
 WHERE e.workflow_name = 'of_b';

-- an id is chosen on purpose: then the caller's own rights count, as documented
SELECT mistral.start_workflow(:'cleanup_of_a') AS e \gset
SELECT project_id = current_user AS own_project, output ->> 'who' = current_user AS own_rights
  FROM mistral.executions WHERE id = :'e';
SET ROLE names_b;
\set VERBOSITY sqlstate
SELECT mistral.start_workflow(:'cleanup_of_a');
\set VERBOSITY default

-- public and shared definitions are found, and run with the rights of the project
RESET ROLE;
SELECT count(*) FROM mistral.create_workflows(
    E'version: ''2.0''\npublic_one:\n  tasks:\n    t: {action: std.sql query="SELECT current_user AS who"}\n', scope => 'public');
SET ROLE names_a;
SELECT mistral.create_member(:'cleanup_of_a', 'names_b') IS NOT NULL AS offered;
SET ROLE names_b;
SELECT mistral.start_workflow('cleanup');
SELECT mistral.update_member(:'cleanup_of_a', 'names_b', 'accepted');
SELECT mistral.start_workflow('cleanup') AS e \gset
SELECT output FROM mistral.executions WHERE id = :'e';
SELECT mistral.start_workflow('public_one') AS e \gset
SELECT mistral.task_result(id) -> 'rows' AS who FROM mistral.tasks WHERE workflow_execution_id = :'e';

-- of two public definitions of one name, the older one stays what the name means
RESET ROLE;
SET ROLE names_admin;
SELECT count(*) FROM mistral.create_workflows(
    E'version: ''2.0''\npublic_one:\n  tasks:\n    captured: {action: std.noop}\n', scope => 'public');
SET ROLE names_b;
SELECT mistral.start_workflow('public_one') AS e \gset
SELECT name FROM mistral.tasks WHERE workflow_execution_id = :'e';

RESET ROLE;
DROP TABLE names_rows;
DELETE FROM mistral.table_watches;
SELECT count(mistral.delete_execution(id, true)) > 0 AS deleted FROM mistral.executions
 WHERE task_execution_id IS NULL;
SELECT mistral.delete_workflow(id::text) FROM mistral.workflows
 WHERE name IN ('nightly', 'of_b', 'public_one') OR project_id = 'names_a' AND workbook_name IS NULL;
SET ROLE names_a;
SELECT mistral.delete_workflow('tools.sweep');
SELECT mistral.delete_action('tools.purge');
SELECT mistral.delete_action('mytool');
SELECT mistral.delete_workbook('tools');
SELECT mistral.delete_environment('settings');
RESET ROLE;
REVOKE CREATE ON SCHEMA public FROM names_both, names_admin;
DROP ROLE names_both, names_admin, names_a, names_b;
