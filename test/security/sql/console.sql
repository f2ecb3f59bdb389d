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
$$);
SELECT mistral.start_workflow('secret_of_b', '{"word": "TOPSECRET"}', key => 'TOPSECRET') AS b \gset
SELECT id AS task FROM mistral.tasks \gset

SET SESSION AUTHORIZATION security_a;
SELECT f.function, pg_temp.refusal(format('SELECT mistral_api.%I(%L)', f.function, :'b')) AS of_another,
       pg_temp.refusal(format('SELECT mistral_api.%I(%L)', f.function, gen_random_uuid())) AS of_none
  FROM unnest('{execution_graph,execution_timeline,execution_tree,execution_path}'::text[]) AS f(function);
SELECT pg_temp.refusal('SELECT mistral_api.get_workflow_graph(''secret_of_b'')');
SELECT mistral_api.count_executions() ->> 'total' AS counted, mistral_api.count_executions('{"q": "TOPSECRET"}') ->> 'total' AS sought,
       json_array_length(mistral_api.list_executions('{"q": "TOPSECRET"}') -> 'executions') AS listed;
SELECT o.operation, pg_temp.refusal(format('SELECT mistral_api.bulk_executions(%L)', jsonb_build_object('operation', o.operation, 'ids', jsonb_build_array(:'b'))))
  FROM unnest('{cancel,pause,delete}'::text[]) AS o(operation);
SELECT pg_temp.refusal(format('SELECT mistral_api.bulk_executions(%L)', jsonb_build_object('operation', 'cancel', 'preview', true, 'ids', jsonb_build_array(:'b'))));
-- values are no SQL
SELECT pg_temp.refusal(format('SELECT mistral_api.count_executions(%L)', jsonb_build_object('q', q.q))) LIKE 'accepted: %"total" : 0%' AS harmless
  FROM unnest(ARRAY['%', ''' OR true --', '\'' OR true --', '$1', '($1)[1]', '%s%L%I', E'\x01', repeat('x', 100000)]) AS q(q);

-- who only looks
SET SESSION AUTHORIZATION security_c;
SELECT pg_temp.refusal(format('SELECT mistral_api.bulk_executions(%L)', jsonb_build_object('operation', 'cancel', 'ids', jsonb_build_array(:'b'))));
SELECT w ->> 'is_read_only' AS is_read_only, w -> 'may' ->> 'start' AS may_start FROM mistral_api.whoami() AS w;
RESET SESSION AUTHORIZATION;
SELECT state FROM mistral.executions WHERE id = :'b';
SELECT mistral.delete_execution(:'b', true);
SET ROLE security_b;
SELECT mistral.delete_workflow('secret_of_b'), mistral.delete_workflow('below_b');
RESET ROLE;
DROP ROLE security_a, security_b, security_c;
