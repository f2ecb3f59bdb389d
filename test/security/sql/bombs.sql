-- Workflows that start others without end are stopped, and others go on.
CREATE ROLE bombs_a;
CREATE ROLE bombs_b;
SET client_min_messages = warning;
SELECT mistral.create_roles();
GRANT mistral_user TO bombs_a, bombs_b;
RESET client_min_messages;

SET ROLE bombs_b;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
timer: {tasks: {t: {action: std.noop, wait-before: 3}}}
$$);
SET ROLE bombs_a;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
bomb0: {tasks: {t: {workflow: bomb1}, u: {workflow: bomb1}}}
bomb1: {tasks: {t: {workflow: bomb2}, u: {workflow: bomb2}}}
bomb2: {tasks: {t: {workflow: bomb3}, u: {workflow: bomb3}}}
bomb3: {tasks: {t: {workflow: bomb4}, u: {workflow: bomb4}}}
bomb4: {tasks: {t: {workflow: leaf}, u: {workflow: leaf}}}
leaf: {tasks: {t: {action: std.noop}}}
held: {tasks: {ask: {action: std.async_noop}, t: {workflow: bomb0, on-error: noop}}}
ask: {tasks: {ask: {action: std.async_noop}}}
$$);
CREATE FUNCTION pg_temp.below(id uuid) RETURNS bigint LANGUAGE sql AS $$
SELECT count(*) FROM mistral.executions e WHERE coalesce(e.root_execution_id, e.id) = $1
$$;

-- a tree, within its bound and beyond
SELECT mistral.start_workflow('bomb0') AS id \gset
SELECT mistral.wait_execution(:'id', '60 s') ->> 'state' AS state, pg_temp.below(:'id');
RESET ROLE;
SET mistral.max_tree_executions = 0;
SET mistral.max_tree_executions = 1;
SET ROLE bombs_a;
SELECT mistral.start_workflow('bomb0') AS id \gset
SELECT mistral.wait_execution(:'id', '60 s') ->> 'state' AS state, pg_temp.below(:'id');
RESET ROLE;
SET mistral.max_tree_executions = 10;
SET ROLE bombs_a;
SELECT mistral.start_workflow('bomb0') AS id \gset
SELECT mistral.wait_execution(:'id', '60 s') ->> 'state' AS state, pg_temp.below(:'id');

-- what would go on ends with the tree, on-error or not
SELECT mistral.start_workflow('held') AS id \gset
SELECT state, state_info FROM jsonb_to_record(mistral.wait_execution(:'id', '60 s')) AS e (state text, state_info text);
RESET ROLE;
RESET mistral.max_tree_executions;

-- a project
SET mistral.max_unfinished_executions = 3;
SET ROLE bombs_a;
SELECT mistral.start_workflow('ask') AS first \gset
SELECT mistral.start_workflow('ask') AS id \gset
SELECT mistral.start_workflow('ask') AS id \gset
SELECT mistral.start_workflow('ask') AS id \gset
\echo :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE
SELECT count(*) FROM mistral.executions WHERE workflow_name = 'ask';

-- another project is none the worse; when some have ended, this one goes on
SET ROLE bombs_b;
SELECT mistral.start_workflow('timer') AS id \gset
SET ROLE bombs_a;
SELECT mistral.cancel_execution(:'first');
SET ROLE bombs_b;
SELECT mistral.wait_execution(:'id', '60 s') ->> 'state' AS state;
SET ROLE bombs_a;
SELECT mistral.start_workflow('ask') IS NOT NULL AS started;
SELECT mistral.start_workflow('ask') IS NOT NULL AS started;

-- at once where the bound is small, and where it has been raised
SELECT mistral.cancel_execution(id) FROM mistral.executions WHERE workflow_name = 'ask' AND state = 'RUNNING' ORDER BY id LIMIT 1;
SELECT mistral.start_workflow('ask') IS NOT NULL AS started;
RESET ROLE;
SET mistral.max_unfinished_executions = 20;
SET ROLE bombs_a;
DO $$
BEGIN
    FOR i IN 1..1000 LOOP
        PERFORM mistral.start_workflow('ask');
    END LOOP;
    RAISE EXCEPTION 'the project is not full';
EXCEPTION WHEN SQLSTATE 'MS032' THEN
    NULL;
END
$$;
-- finished ones among them hide nothing
SELECT count(mistral.cancel_execution(id)) > 0 AS cancelled FROM mistral.executions WHERE workflow_name = 'ask' AND state = 'RUNNING';
DO $$
BEGIN
    FOR i IN 1..1000 LOOP
        PERFORM mistral.start_workflow('ask');
        FOR k IN 1..5 LOOP
            PERFORM mistral.start_workflow('leaf');
        END LOOP;
    END LOOP;
    RAISE EXCEPTION 'the project is not full';
EXCEPTION WHEN SQLSTATE 'MS032' THEN
    NULL;
END
$$;
RESET ROLE;
SET mistral.max_unfinished_executions = 2000;
SET ROLE bombs_a;
SELECT mistral.start_workflow('ask') IS NOT NULL AS started;

RESET ROLE;
RESET mistral.max_unfinished_executions;
SELECT count(mistral.delete_execution(id, true)) > 0 AS deleted FROM mistral.executions WHERE project_id LIKE 'bombs\__' AND root_execution_id IS NULL;
SELECT count(mistral.delete_workflow(id::text)) FROM mistral.workflows WHERE project_id LIKE 'bombs\__';
DROP FUNCTION pg_temp.below;
DROP ROLE bombs_a, bombs_b;
