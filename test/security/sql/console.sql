-- What pages ask for of an execution: another project learns nothing of it, not
-- that it exists, and who only looks changes nothing.
CREATE ROLE security_a LOGIN;
CREATE ROLE security_b LOGIN;
CREATE ROLE security_c LOGIN;
SET client_min_messages = warning;
SELECT mistral.create_roles();
GRANT mistral_user TO security_a, security_b;
GRANT mistral_observer TO security_c;
RESET client_min_messages;
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer json;
BEGIN
    EXECUTE statement INTO answer;
    RETURN 'accepted: ' || answer;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, '[0-9a-f]{8}-[0-9a-f-]{27}', 'ID', 'g');
END
$$;

SET SESSION AUTHORIZATION security_b;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
secret_of_b:
  input: [word]
  tasks:
    say: {action: std.async_noop, on-success: more}
    more: {workflow: below_b}
below_b: {tasks: {t: {action: std.noop}}}
later_of_b: {tasks: {t: {action: std.noop, wait-before: 1000}}}
$$);
SELECT mistral.start_workflow('secret_of_b', '{"word": "TOPSECRET"}', key => 'TOPSECRET') AS b \gset
SELECT id AS task FROM mistral.tasks \gset
SELECT version_id AS version FROM mistral.workflow_definitions WHERE name = 'secret_of_b' \gset
SELECT mistral.start_workflow('later_of_b') IS NOT NULL AS started;
SELECT mistral.create_cron_trigger('cron_of_b', 'secret_of_b', '0 5 * * *', '{"word": "TOPSECRET"}') IS NOT NULL AS made;
SELECT mistral.create_event_consumer('security_b');
SELECT mistral.create_event_trigger('event_of_b', d.id, 'e', 't', 'of_b') AS event FROM mistral.workflow_definitions d WHERE d.name = 'below_b' \gset
RESET SESSION AUTHORIZATION;
UPDATE mistral.delayed_calls SET is_dead = true, error = 'broken by b' WHERE project_id = 'security_b' AND execution_id IS NOT NULL;
SELECT id AS call FROM mistral.delayed_calls WHERE error = 'broken by b' \gset

SET SESSION AUTHORIZATION security_a;
SELECT f.function, pg_temp.refusal(format('SELECT mistral_api.%I(%L)', f.function, :'b')) AS of_another,
       pg_temp.refusal(format('SELECT mistral_api.%I(%L)', f.function, gen_random_uuid())) AS of_none
  FROM unnest('{execution_graph,execution_timeline,execution_tree,execution_path}'::text[]) AS f(function);
SELECT pg_temp.refusal('SELECT mistral_api.get_workflow_graph(''secret_of_b'')');
SELECT pg_temp.refusal(format('SELECT mistral_api.task_context(%L)', :'task'));
SELECT pg_temp.refusal(format('SELECT mistral_api.watch(%L)', jsonb_build_object('execution_id', :'b')));
SELECT mistral_api.watch() -> 'data' ->> 'looked_at' AS executions, pg_temp.refusal('SELECT mistral_api.watch(''{"all_projects": "true"}'')');
SELECT mistral_api.count_executions() ->> 'total' AS counted, mistral_api.count_executions('{"q": "TOPSECRET"}') ->> 'total' AS sought,
       json_array_length(mistral_api.list_executions('{"q": "TOPSECRET"}') -> 'executions') AS listed;
SELECT o.operation, pg_temp.refusal(format('SELECT mistral_api.bulk_executions(%L)', jsonb_build_object('operation', o.operation, 'ids', jsonb_build_array(:'b'))))
  FROM unnest('{cancel,pause,delete}'::text[]) AS o(operation);
SELECT pg_temp.refusal(format('SELECT mistral_api.bulk_executions(%L)', jsonb_build_object('operation', 'cancel', 'preview', true, 'ids', jsonb_build_array(:'b'))));
-- values are no SQL
SELECT pg_temp.refusal(format('SELECT mistral_api.count_executions(%L)', jsonb_build_object('q', q.q))) LIKE 'accepted: %"total" : 0%' AS harmless
  FROM unnest(ARRAY['%', ''' OR true --', '\'' OR true --', '$1', '($1)[1]', '%s%L%I', E'\x01', repeat('x', 100000)]) AS q(q);

-- definitions, and what keeps executions going, are those of the own project
SELECT d.function, pg_temp.refusal(format('SELECT mistral_api.%I(%L)', d.function, 'secret_of_b')) AS of_another
  FROM unnest('{list_workflow_versions,workflow_uses}'::text[]) AS d(function);
SELECT pg_temp.refusal(format('SELECT mistral_api.get_workflow_version(''secret_of_b'', %L)', :'version'));
SELECT pg_temp.refusal('SELECT mistral_api.action_uses(''{"action": "std.async_noop"}'')');
SELECT f.function, a.answer::text ~ 'secret_of_b|TOPSECRET|security_b|broken by b' AS tells
  FROM (VALUES ('queue', mistral_api.list_queue()), ('calls', mistral_api.list_delayed_calls()), ('deliveries', mistral_api.list_event_deliveries()),
               ('consumers', mistral_api.list_event_consumers()), ('executors', mistral_api.list_executors())) AS f(function, answer)
 CROSS JOIN LATERAL (SELECT f.answer) AS a;
SELECT sum(n::int) AS started FROM json_array_elements_text(mistral_api.execution_rates() -> 'series' -> 'started') AS n;
SELECT pg_temp.refusal('SELECT mistral_api.execution_rates(''{"all_projects": "true"}'')');
SELECT pg_temp.refusal(format('SELECT mistral_api.retry_delayed_call(%L, ''{}'')', :'call')),
       pg_temp.refusal('SELECT mistral_api.retry_event_delivery(''1'', ''{}'')'), pg_temp.refusal('SELECT mistral_api.delete_event_delivery(''1'')');
SELECT pg_temp.refusal('SELECT mistral_api.' || f.function) FROM unnest(ARRAY['run_cron_trigger(''cron_of_b'', ''{}'')', 'cron_trigger_times(''cron_of_b'')',
    'update_cron_trigger(''cron_of_b'', ''{"is_enabled": false}'')']) AS f(function);
SELECT pg_temp.refusal(format('SELECT to_json(mistral.enable_event_trigger(%L, false)::text)', :'event'));
-- neither arguments of calls nor what publishers are told can be read
SELECT pg_temp.refusal(s.statement) FROM unnest(ARRAY['SELECT to_json(args) FROM mistral.delayed_calls', 'SELECT to_json(publisher) FROM mistral.event_deliveries',
    'SELECT to_json(d) FROM mistral.event_deliveries d', 'SELECT to_json(last_id) FROM mistral.event_consumers']) AS s(statement);

-- who only looks
SET SESSION AUTHORIZATION security_c;
SELECT pg_temp.refusal(format('SELECT mistral_api.bulk_executions(%L)', jsonb_build_object('operation', 'cancel', 'ids', jsonb_build_array(:'b'))));
SELECT w ->> 'is_read_only' AS is_read_only, w -> 'may' ->> 'start' AS may_start FROM mistral_api.whoami() AS w;
RESET SESSION AUTHORIZATION;
SELECT state FROM mistral.executions WHERE id = :'b';
SELECT count(mistral.delete_execution(id, true)) FROM mistral.executions WHERE project_id = 'security_b' AND task_execution_id IS NULL;
SET ROLE security_b;
SELECT mistral.delete_event_consumer('security_b');
SELECT mistral.delete_cron_trigger('cron_of_b');
SELECT is_enabled, mistral.delete_event_trigger(id) FROM mistral.event_triggers WHERE id = :'event';
SELECT count(mistral.delete_workflow(name)) FROM unnest('{secret_of_b,below_b,later_of_b}'::text[]) AS name;
RESET ROLE;
DROP ROLE security_a, security_b, security_c;
