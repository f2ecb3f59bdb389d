\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Pages of tasks and actions: all rows, each once, in the order of their times
-- and ids, and as few rows read as the page needs.

SELECT story.define($$
pag_mix:
  tasks:
    first: {action: std.noop, on-success: [wide, again]}
    wide: {with-items: "i in <% range(7) %>", concurrency: 2, action: std.async_noop}
    again: {action: std.fail, retry: {count: 3, delay: 0}, on-error: last}
    last: {action: std.noop}
pag_many: {input: [n], tasks: {t: {with-items: "i in <% range($.n) %>", action: std.noop}}}
$$);
SELECT count(mistral.start_workflow('pag_mix')) FROM generate_series(1, 3);
-- results one by one, executions in turn, so that what is made mingles
DO $$
DECLARE
    action uuid;
BEGIN
    LOOP
        PERFORM story.settle();
        SELECT a.id INTO action FROM mistral.actions a
         WHERE a.name = 'std.async_noop' AND a.state = 'RUNNING'
         ORDER BY (a.runtime_context ->> 'index')::int, a.id LIMIT 1;
        EXIT WHEN NOT FOUND;
        PERFORM mistral.complete_action(action);
    END LOOP;
END
$$;
SELECT count(mistral.run_action('std.noop', '{}', '{"save_result": true}')) FROM generate_series(1, 3);
SELECT count(mistral.start_workflow('pag_many', '{"n": 30}')) FROM generate_series(1, 2);
SELECT count(*) FILTER (WHERE mistral.is_late(id, created_at)) > 10 AS many_late,
       count(*) FILTER (WHERE NOT mistral.is_late(id, created_at)) > 60 AS many_early
  FROM mistral.action_executions;

-- Follow the links of a list from page to page.
CREATE FUNCTION pg_temp.walk(collection text, how jsonb)
RETURNS TABLE (place int, id uuid)
LANGUAGE plpgsql AS $$
DECLARE
    params jsonb := how;
    page json;
    row json;
BEGIN
    place := 0;
    LOOP
        page := CASE collection WHEN 'tasks' THEN mistral_api.list_tasks(params)
                                ELSE mistral_api.list_action_executions(params) END;
        FOR row IN SELECT json_array_elements(page -> collection) LOOP
            place := place + 1;
            id := row ->> 'id';
            RETURN NEXT;
        END LOOP;
        EXIT WHEN page ->> 'next' IS NULL;
        params := how || jsonb_build_object('marker', substring(page ->> 'next' FROM 'marker=([0-9a-f-]*)'));
    END LOOP;
END
$$;

-- wrong: rows that are not where they belong
SELECT o.sort_dirs, n.size, k.kind, k.filter,
       (SELECT count(*) FROM (
           SELECT * FROM pg_temp.walk(k.kind, k.filter || jsonb_build_object(
               'limit', n.size, 'sort_keys', 'created_at,id', 'sort_dirs', o.sort_dirs))
           EXCEPT
           SELECT row_number() OVER (ORDER BY
                      CASE WHEN o.sort_dirs LIKE 'asc,%' THEN r.created_at END,
                      CASE WHEN o.sort_dirs LIKE 'desc,%' THEN r.created_at END DESC,
                      CASE WHEN o.sort_dirs LIKE '%,asc' THEN r.id END,
                      CASE WHEN o.sort_dirs LIKE '%,desc' THEN r.id END DESC)::int, r.id
             FROM (SELECT t.id, t.created_at, t.state, t.name FROM mistral.task_executions t WHERE k.kind = 'tasks'
                    UNION ALL
                   SELECT a.id, a.created_at, a.state, a.name FROM mistral.action_executions a WHERE k.kind <> 'tasks') AS r
            WHERE mistral.state_name(r.state) = coalesce(k.filter ->> 'state', mistral.state_name(r.state))
              AND r.name = coalesce(k.filter ->> 'name', r.name)) AS x) AS wrong
  FROM unnest('{"asc,asc","desc,desc","desc,asc","asc,desc"}'::text[]) AS o(sort_dirs)
 CROSS JOIN (VALUES (1), (7), (1000)) AS n(size)
 CROSS JOIN (VALUES ('tasks', '{}'), ('action_executions', '{}'::jsonb), ('action_executions', '{"state": "ERROR"}'),
                    ('tasks', '{"name": "wide"}')) AS k(kind, filter)
 ORDER BY 1, 2, 3, 4;

-- Few rows are read for a page, whatever is in the tables.
SELECT count(mistral.start_workflow('pag_many', '{"n": 5000}')) FROM generate_series(1, 3);
VACUUM ANALYZE mistral.action_executions, mistral.task_executions, mistral.workflow_executions, mistral.execution_data;
CREATE FUNCTION pg_temp.reads(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before bigint;
    rows bigint;
BEGIN
    SELECT sum(seq_tup_read + idx_tup_fetch) INTO before FROM pg_stat_xact_all_tables WHERE schemaname = 'mistral';
    EXECUTE 'SELECT ' || call;
    SELECT sum(seq_tup_read + idx_tup_fetch) - before INTO rows FROM pg_stat_xact_all_tables WHERE schemaname = 'mistral';
    RETURN CASE WHEN rows < 500 THEN 'few' WHEN rows < 5500 THEN 'those of one time' ELSE rows::text END;
END
$$;
SELECT p.params, pg_temp.reads(format('mistral_api.list_action_executions(%L)', p.params)) AS of_actions,
       pg_temp.reads(format('mistral_api.list_tasks(%L)', p.params)) AS of_tasks
  FROM (VALUES ('{"limit": 5}'), ('{"limit": 5, "sort_dirs": "desc", "sort_keys": "created_at"}'),
               ('{"limit": 5, "sort_dirs": "desc,desc", "sort_keys": "created_at,id"}'),
               ('{"limit": 5, "name": "std.fail"}')) AS p(params);

-- Nor for a project that has little among much of others.
SET client_min_messages = warning;
SELECT mistral.create_roles();
CREATE ROLE pag_small IN ROLE mistral_user;
CREATE ROLE pag_none IN ROLE mistral_user;
RESET client_min_messages;
SELECT count(mistral.start_workflow('pag_many', '{"n": 1}')) FROM generate_series(1, 1000);
SET ROLE pag_small;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
pag_own:
  tasks:
    wide: {with-items: "i in <% range(3) %>", action: std.noop, on-success: ask}
    ask: {action: std.async_noop}
$$);
SELECT count(mistral.start_workflow('pag_own')) FROM generate_series(1, 3);
SELECT count(mistral.run_action('std.noop', '{}', '{"save_result": true}')) FROM generate_series(1, 2);
RESET ROLE;
SELECT count(mistral.start_workflow('pag_many', '{"n": 1}')) FROM generate_series(1, 1000);
-- an index that other tests have left mostly empty costs more than so small a table
REINDEX TABLE mistral.workflow_executions;
VACUUM ANALYZE mistral.workflow_executions, mistral.task_executions, mistral.action_executions, mistral.execution_data;
SET ROLE pag_small;
SELECT p.params, pg_temp.reads(format('mistral_api.list_executions(%L)', p.params)) AS of_executions,
       pg_temp.reads(format('mistral_api.list_tasks(%L)', p.params)) AS of_tasks,
       pg_temp.reads(format('mistral_api.list_action_executions(%L)', p.params)) AS of_actions
  FROM (VALUES ('{}'), ('{"limit": 5, "sort_dirs": "desc", "sort_keys": "created_at"}'),
               ('{"limit": 5, "sort_dirs": "desc,asc", "sort_keys": "created_at,id"}'),
               ('{"state": "RUNNING", "sort_dirs": "desc", "sort_keys": "created_at"}'),
               ('{"state": "PAUSED"}'), ('{"sort_keys": "updated_at"}')) AS p(params);
SELECT count(*) AS placed, count(DISTINCT w.id) AS all, bool_and(w.id = o.id) AS in_order
  FROM pg_temp.walk('action_executions', '{"limit": 2, "sort_keys": "created_at,id", "sort_dirs": "desc,asc"}') AS w
  JOIN (SELECT a.id, row_number() OVER (ORDER BY a.created_at DESC, a.id) AS place FROM mistral.actions a) AS o USING (place);
SELECT count(*) AS placed, count(DISTINCT w.id) AS all, bool_and(w.id = o.id) AS in_order
  FROM pg_temp.walk('tasks', '{"limit": 2}') AS w
  JOIN (SELECT t.id, row_number() OVER (ORDER BY t.created_at, t.id) AS place FROM mistral.tasks t) AS o USING (place);
SELECT o ->> 'task_name' AS task, o ->> 'state' AS state, o ->> 'workflow_name' AS workflow
  FROM json_array_elements(mistral_api.list_action_executions('{"sort_dirs": "desc"}') -> 'action_executions') AS o ORDER BY 1, 2;
-- so do the views and tables, whose rows are found by project; not to read
-- all of so few for other reasons
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT q.query, pg_temp.reads(q.query) AS rows
  FROM (VALUES ('count(*) FROM mistral.executions'),
               ('count(*) FROM (SELECT FROM mistral.executions ORDER BY created_at DESC LIMIT 5) AS x'),
               ('count(*) FROM mistral.workflow_executions'),
               ('count(*) FROM mistral.actions WHERE task_execution_id IS NULL'),
               ('count(*) FROM mistral.tasks WHERE workflow_execution_id IN (SELECT id FROM mistral.workflow_executions)')) AS q(query);
RESET enable_seqscan;
RESET enable_bitmapscan;
SELECT count(*) FROM mistral.executions;
-- a plan that outlives a change of roles shows what may be seen then
SET plan_cache_mode = force_generic_plan;
PREPARE own AS SELECT count(*) > 2000 AS many, count(*) FILTER (WHERE project_id = 'pag_small') AS small FROM mistral.workflow_executions;
EXECUTE own;
RESET ROLE;
SELECT count(*) > 2000 AS all FROM mistral.workflow_executions;
SET client_min_messages = warning;
CREATE ROLE pag_other IN ROLE mistral_user;
RESET client_min_messages;
SET ROLE pag_other;
EXECUTE own;
RESET ROLE;
GRANT pag_small TO pag_other;
SET ROLE pag_other;
EXECUTE own;
RESET ROLE;
REVOKE pag_small FROM pag_other;
SET ROLE pag_other;
EXECUTE own;
SELECT mistral.readable_projects();
RESET ROLE;
GRANT mistral_observer TO pag_other;
SET ROLE pag_other;
EXECUTE own;
SELECT 'pag_small' = ANY (mistral.readable_projects()) AS reads_all;
RESET ROLE;
DEALLOCATE own;
RESET plan_cache_mode;
DROP ROLE pag_other;
SET ROLE pag_none;
SELECT pg_temp.reads('mistral_api.list_executions()') AS of_executions, pg_temp.reads('mistral_api.list_tasks()') AS of_tasks,
       pg_temp.reads('mistral_api.list_action_executions()') AS of_actions;
RESET ROLE;

SET client_min_messages = warning;
SET ROLE pag_small;
SELECT count(mistral.delete_execution(id, true)) FROM mistral.executions;
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE project_id = current_user;
RESET ROLE;
DELETE FROM mistral.action_executions WHERE project_id = 'pag_small';
DROP ROLE pag_small, pag_none;
SELECT story.clean();
DROP SCHEMA story CASCADE;
