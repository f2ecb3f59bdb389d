-- Many executions at once: counts, what is found by any text, operations on all
-- that a filter names, and who the caller is.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o
CREATE ROLE api_bulk_user;
CREATE ROLE api_bulk_observer;
SET client_min_messages = warning;
SELECT mistral.create_roles();
GRANT mistral_user TO api_bulk_user;
GRANT mistral_observer TO api_bulk_observer;
RESET client_min_messages;
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
GRANT USAGE ON SCHEMA story TO api_bulk_user;

SET ROLE api_bulk_user;
SELECT story.define($$
bulk_good: {tags: [Violet], tasks: {t: {action: std.noop}}}
bulk_waits: {tasks: {t: {action: std.async_noop}}}
bulk_bad: {tasks: {t: {action: std.fail}, u: {action: std.fail}}}
bulk_handled: {output: {x: <% $.nope %>}, tasks: {t: {action: std.fail, on-error: [noop]}}}
bulk_outer: {tasks: {t: {workflow: bulk_waits}}}
$$);
SELECT count(mistral.start_workflow(w.name, description => w.about, key => w.key))
  FROM (VALUES ('bulk_good', 'All of it', 'order-1'), ('bulk_good', NULL, NULL), ('bulk_waits', '100% _done_', NULL),
               ('bulk_waits', NULL, NULL), ('bulk_bad', NULL, NULL), ('bulk_bad', NULL, NULL), ('bulk_handled', NULL, NULL),
               ('bulk_outer', NULL, NULL)) AS w(name, about, key);
RESET ROLE;
SELECT story.settle();
SET ROLE api_bulk_user;

-- how many there are
SELECT mistral_api.count_executions();
SELECT p.params, c.counts -> 'counts' ->> 'RUNNING' AS running, c.counts ->> 'total' AS total
  FROM (VALUES ('{"workflow_name": "bulk_waits"}'), ('{"workflow_name": "in:bulk_waits,bulk_good"}'),
               ('{"nulls": "root_execution_id"}'), ('{"state": "RUNNING"}'), ('{"tags": "Violet"}'),
               ('{"created_at": "gte:2999-01-01 00:00:00"}'), ('{"key": "order-1", "state": "SUCCESS"}')) AS p(params)
 CROSS JOIN LATERAL mistral_api.count_executions(p.params::jsonb) AS c(counts);
-- any text: names, keys, reasons, descriptions, tags, whatever the case; no wildcards
SELECT q.q, (SELECT string_agg(DISTINCT o ->> 'workflow_name', ' ' ORDER BY o ->> 'workflow_name')
               FROM json_array_elements(mistral_api.list_executions(jsonb_build_object('q', q.q)) -> 'executions') AS o) AS found
  FROM unnest('{BULK_GOOD,order-,violet,100%,_done_,%,all of it,"t [task_ex_id=",nothing," ",''; SELECT}'::text[]) AS q(q);
SELECT mistral_api.list_executions(jsonb_build_object('q', e.id)) -> 'executions' -> 0 ->> 'id' = e.id::text AS by_id,
       json_array_length(mistral_api.list_executions(jsonb_build_object('q', left(e.id::text, 8))) -> 'executions') > 0 AS by_its_begin,
       json_array_length(mistral_api.list_executions(jsonb_build_object('q', overlay(e.id::text PLACING 'f' FROM 1))) -> 'executions') AS by_another
  FROM mistral.executions e WHERE e.key = 'order-1';
-- what has not moved for a time
SELECT p.seconds, (SELECT string_agg(o ->> 'workflow_name', ' ' ORDER BY o ->> 'workflow_name')
                     FROM json_array_elements(mistral_api.list_executions(jsonb_build_object('waits_longer', p.seconds)) -> 'executions') AS o)
  FROM unnest('{0,3600}'::text[]) AS p(seconds);
SELECT pg_temp.refusal($$SELECT mistral_api.list_executions('{"waits_longer": "long"}')$$);
SELECT pg_temp.refusal($$SELECT mistral_api.count_executions('{"limit": "5"}')$$);
SELECT pg_temp.refusal($$SELECT mistral_api.list_tasks('{"q": "x"}')$$);
-- links keep what is sought
SELECT regexp_replace(mistral_api.list_executions('{"q": "a b&c=bulk", "waits_longer": "0", "limit": "1"}') ->> 'next', 'marker=.*', '') AS none,
       regexp_replace(mistral_api.list_executions('{"q": "bulk_", "waits_longer": "0", "limit": "1"}') ->> 'next', 'marker=.*', '') AS next;

-- operations: a preview, then portions, each of which says where the next begins
SELECT p ->> 'matching' AS matching, p ->> 'is_exact' AS is_exact, p -> 'sample' -> 0 ->> 'workflow_name' AS first
  FROM mistral_api.bulk_executions('{"operation": "rerun", "filters": {"q": "bulk"}, "preview": true}') AS p;
CREATE FUNCTION pg_temp.bulk(body jsonb) RETURNS TABLE (n int, done int, failed text, more bool) LANGUAGE plpgsql AS $$
DECLARE
    answer json;
BEGIN
    n := 0;
    LOOP
        answer := mistral_api.bulk_executions(body);
        n := n + 1;
        done := answer ->> 'done';
        failed := (SELECT string_agg(DISTINCT regexp_replace(f ->> 'error', '[0-9a-f-]{36}', 'ID', 'g'), '; ') FROM json_array_elements(answer -> 'failed') AS f);
        more := answer ->> 'after' IS NOT NULL;
        RETURN NEXT;
        EXIT WHEN NOT more OR n > 10;
        body := body || jsonb_build_object('after', answer ->> 'after');
    END LOOP;
END
$$;
-- one that has nothing to run again fails alone
SELECT * FROM pg_temp.bulk('{"operation": "rerun", "filters": {"q": "bulk"}, "limit": 2}');
RESET ROLE;
SELECT story.settle();
SET ROLE api_bulk_user;
SELECT t.name, min(x.attempt), max(x.attempt) FROM mistral.tasks t JOIN mistral.task_executions x USING (id)
 WHERE t.workflow_name = 'bulk_bad' GROUP BY 1 ORDER BY 1;
SELECT * FROM pg_temp.bulk('{"operation": "pause", "filters": {"workflow_name": "bulk_waits"}}');
SELECT * FROM pg_temp.bulk('{"operation": "resume", "filters": {"state": "PAUSED"}}');
-- what belongs to another execution is not named by filters
SELECT * FROM pg_temp.bulk('{"operation": "cancel", "filters": {"workflow_name": "bulk_waits"}, "message": "enough"}');
RESET ROLE;
SELECT story.settle();
SET ROLE api_bulk_user;
SELECT workflow_name, state, state_info, task_execution_id IS NULL AS is_root FROM mistral.executions
 WHERE workflow_name IN ('bulk_waits', 'bulk_outer') ORDER BY 1, 2, 3, 4;
-- by ids: only those in a state for it
SELECT * FROM pg_temp.bulk(jsonb_build_object('operation', 'delete', 'ids', (SELECT jsonb_agg(id) FROM mistral.executions)));
SELECT workflow_name, state FROM mistral.executions ORDER BY 1;
SELECT * FROM pg_temp.bulk('{"operation": "delete", "ids": []}');
-- what makes no sense
SELECT b.body, pg_temp.refusal(format('SELECT mistral_api.bulk_executions(%L)', b.body))
  FROM (VALUES ('{}'), ('{"operation": "delete"}'), ('{"operation": "drop", "filters": {}}'), ('{"filters": {}}'),
               ('{"operation": "delete", "filters": {}, "ids": []}'), ('{"operation": "delete", "filters": {"x": "y"}}'),
               ('{"operation": "delete", "filters": {"state": ["x"]}}'), ('{"operation": "delete", "filters": {"q": null}}'), ('{"operation": "delete", "ids": ["x"]}'),
               ('{"operation": "delete", "ids": "x"}'), ('{"operation": "delete", "filters": {}, "limit": "x"}'),
               ('{"operation": "delete", "filters": {}, "limit": true}'), ('{"operation": "delete", "filters": {}, "limit": 1.5}'),
               ('{"operation": "delete", "filters": {}, "limit": 99999999999}'),
               ('{"operation": "delete", "filters": {}, "after": "x"}'), ('{"operation": "delete", "filters": {}, "more": 1}')) AS b(body);
SELECT pg_temp.refusal(format('SELECT mistral_api.bulk_executions(%L)',
    (SELECT jsonb_build_object('operation', 'delete', 'ids', jsonb_agg(gen_random_uuid())) FROM generate_series(1, 10001))));

-- who may what
SELECT json_object_keys(mistral_api.whoami()) AS member;
SELECT w ->> 'user' AS who, w ->> 'is_read_only' AS is_read_only, w ->> 'roles' AS roles, w -> 'may' AS may FROM mistral_api.whoami() AS w;
RESET ROLE;
SET ROLE api_bulk_observer;
SELECT w ->> 'user' AS who, w ->> 'is_read_only' AS is_read_only, w ->> 'roles' AS roles, w -> 'may' AS may FROM mistral_api.whoami() AS w;
SELECT mistral_api.count_executions() ->> 'total' AS of_others;
SELECT pg_temp.refusal($$SELECT mistral_api.count_executions('{"all_projects": "true"}')$$);
SELECT pg_temp.refusal($$SELECT mistral_api.bulk_executions('{"operation": "cancel", "filters": {"all_projects": "true"}}')$$);
SELECT pg_temp.refusal($$SELECT mistral_api.bulk_executions('{"operation": "cancel", "filters": {}}')$$);
RESET ROLE;
SELECT mistral.cancel_execution(id), mistral.delete_execution(id, true) FROM mistral.executions WHERE project_id = 'api_bulk_user' AND task_execution_id IS NULL;
SET ROLE api_bulk_user;
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'bulk\_%';
RESET ROLE;
DROP FUNCTION pg_temp.bulk(jsonb);
REVOKE ALL ON SCHEMA story FROM api_bulk_user;
DROP ROLE api_bulk_user, api_bulk_observer;
