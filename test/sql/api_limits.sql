-- Limits over the REST API.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT mistral.create_roles();
CREATE ROLE api_limit_a IN ROLE mistral_user;
CREATE ROLE api_limit_b IN ROLE mistral_user;
CREATE ROLE api_limit_reader IN ROLE mistral_observer;
CREATE ROLE api_limit_admin IN ROLE mistral_admin;
RESET client_min_messages;

-- without what differs from run to run
CREATE FUNCTION pg_temp.shown(answer json) RETURNS jsonb LANGUAGE sql AS $$
    SELECT answer::jsonb - '{created_at,updated_at}'::text[] || jsonb_build_object(
        'created', answer ->> 'created_at' IS NOT NULL, 'updated', answer ->> 'updated_at' IS NOT NULL)
$$;
CREATE FUNCTION pg_temp.names(params jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(l ->> 'project_id' || ' ' || (l ->> 'name'), ', ' ORDER BY i)
      FROM json_array_elements(mistral_api.list_limits(params) -> 'limits') WITH ORDINALITY AS x(l, i)
     WHERE l ->> 'project_id' LIKE 'api_limit%'
$$;

SET ROLE api_limit_a;
SELECT mistral_api.list_limits();
SELECT pg_temp.shown(mistral_api.create_limit('{"name": "psp", "max": 1, "rate": "100/60s", "description": "payments"}'));
SELECT pg_temp.shown(mistral_api.create_limit('{"name": "calls", "rate": "5/2d", "action": "std.http"}'));
SELECT pg_temp.names('{}');

-- what is wrong is refused as in SQL
SELECT mistral_api.create_limit('{"name": "psp", "max": 1}');
SELECT mistral_api.create_limit('{"name": "other", "max": 1, "action": "std.http"}');
SELECT mistral_api.create_limit('{"name": "other"}');
SELECT mistral_api.create_limit('{"max": 1}');
SELECT mistral_api.create_limit('{"name": "other", "max": "many"}');
SELECT mistral_api.create_limit('{"name": "other", "max": 99999999999}');
SELECT mistral_api.create_limit('{"name": "other", "max": 0}');
SELECT mistral_api.create_limit('{"name": "other", "max": true}');
SELECT mistral_api.create_limit('{"name": "other", "max": 1.5}');
SELECT mistral_api.create_limit('{"name": "other", "rate": "fast"}');
SELECT mistral_api.create_limit('{"name": "other", "max": 1, "project_id": "api_limit_b"}');
SELECT mistral_api.create_limit('{"name": "other", "max": 1, "scope": "public"}');
SELECT mistral_api.update_limit('none', '{"max": 1}');
SELECT mistral_api.update_limit('calls', '{"rate": ""}');
SELECT mistral_api.update_limit('calls', '{"name": "new"}');
SELECT mistral_api.get_limit('none');
SELECT mistral_api.delete_limit('none');
SELECT mistral_api.list_limits('{"all_projects": "true"}');
SELECT mistral_api.list_limits('{"limit": "1"}');

-- who holds and who waits, and a change while work goes on
SELECT count(*) FROM mistral.create_workflows(E'version: "2.0"\napi_limited: {tasks: {t: {action: std.async_noop, limits: psp}}}');
SELECT count(mistral.start_workflow('api_limited')) FROM generate_series(1, 3);
SELECT pg_temp.shown(mistral_api.get_limit('psp'));
SELECT pg_temp.shown(mistral_api.update_limit('psp', '{"max": 3, "rate": ""}'));
RESET ROLE;
DO $$
BEGIN
    FOR i IN 1 .. 1000 LOOP
        PERFORM mistral.run_due_calls();
        COMMIT;
        EXIT WHEN (SELECT count(*) = 3 FROM mistral.tasks WHERE workflow_name = 'api_limited' AND state = 'RUNNING');
        PERFORM pg_sleep(0.01);
    END LOOP;
END
$$;
SET ROLE api_limit_a;
SELECT l -> 'held' AS held, l -> 'waiting' AS waiting, l -> 'rate' AS rate FROM mistral_api.get_limit('psp') AS l;

-- whose they are
SET ROLE api_limit_b;
SELECT mistral_api.list_limits();
SELECT mistral_api.get_limit('psp');
SELECT mistral_api.update_limit('psp', '{"max": 1}');
SELECT mistral_api.delete_limit('psp');
SELECT pg_temp.shown(mistral_api.create_limit('{"name": "psp", "max": 7}'));
SET ROLE api_limit_admin;
SELECT pg_temp.names('{}');
SELECT pg_temp.names('{"all_projects": "true"}');
SET ROLE api_limit_reader;
SELECT mistral_api.create_limit('{"name": "psp", "max": 7}');
SELECT mistral_api.update_limit('psp', '{"max": 7}');
SELECT mistral_api.delete_limit('psp');

SET ROLE api_limit_a;
SELECT mistral_api.delete_limit('psp');
SELECT mistral_api.delete_limit('calls');
SELECT pg_temp.names('{}');
SELECT count(mistral.delete_execution(id, true)) FROM mistral.executions WHERE workflow_name = 'api_limited';
SELECT mistral.delete_workflow('api_limited');
SET ROLE api_limit_b;
SELECT mistral_api.delete_limit('psp');
RESET ROLE;
DROP ROLE api_limit_a, api_limit_b, api_limit_reader, api_limit_admin;
