-- Who may signal an execution, and see what it was told: its project, and
-- observers the latter.
CREATE ROLE security_a LOGIN;
CREATE ROLE security_b LOGIN;
CREATE ROLE security_o LOGIN;
SET client_min_messages = warning;
SELECT mistral.create_roles();
GRANT mistral_user TO security_a, security_b;
GRANT mistral_user, mistral_observer TO security_o;
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


SET SESSION AUTHORIZATION security_b;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
waits_of_b:
  tasks:
    ask: {wait-for: {any: [go, {event: {exchange: x, topic: y, event: z}}]}}
$$);
SELECT mistral.start_workflow('waits_of_b', key => 'order 1') AS b \gset
SELECT mistral.signal(:'b', 'early', '"TOPSECRET"', 'k');

-- another project: there is no such execution, key or wait
SET SESSION AUTHORIZATION security_a;
SELECT security_try(format('SELECT mistral.signal(%L, ''go'')', :'b'));
SELECT security_try(format('SELECT mistral.signal(%L, ''early'', NULL, ''k'')', :'b')) AS a_known_key_is_no_answer;
SELECT security_try('SELECT mistral.signal_by_key(''order 1'', ''go'')');
SELECT security_try('SELECT mistral.raise_event(''x'', ''y'', ''z'')');
SELECT count(*) FROM mistral.signals;
SELECT count(*) FROM mistral.signal_waits;
SELECT security_try(format('SELECT mistral_api.list_execution_signals(%L)', :'b'));
SELECT security_try(format('SELECT mistral_api.send_signal(%L, ''{"name": "go"}'')', :'b'));
SELECT security_try(format('INSERT INTO mistral.signals (execution_id, sent_at, project_id, name, sender) VALUES (%L, now(), ''security_b'', ''go'', ''x'')', :'b'));
SELECT security_try('DELETE FROM mistral.signal_waits');

-- an observer sees, and tells nothing
SET SESSION AUTHORIZATION security_o;
SELECT name, data FROM mistral.signals;
SELECT security_try(format('SELECT mistral.signal(%L, ''go'')', :'b'));

-- its own project
SET SESSION AUTHORIZATION security_b;
SELECT state FROM mistral.executions WHERE id = :'b';
SELECT mistral.signal_by_key('order 1', 'go');
SELECT mistral.task_result(id) ->> 'sender' AS sender FROM mistral.tasks;
-- and a role that has its rights, under its own name
RESET SESSION AUTHORIZATION;
GRANT security_b TO security_a;
SET SESSION AUTHORIZATION security_b;
SELECT mistral.start_workflow('waits_of_b') AS b \gset
SET SESSION AUTHORIZATION security_a;
SELECT mistral.signal(:'b', 'go');
SELECT mistral.task_result(id) ->> 'sender' AS sender FROM mistral.tasks WHERE workflow_execution_id = :'b';

RESET SESSION AUTHORIZATION;
SELECT count(mistral.delete_execution(id)) FROM mistral.executions WHERE workflow_name = 'waits_of_b';
SET ROLE security_b;
SELECT mistral.delete_workflow('waits_of_b');
RESET ROLE;
DROP FUNCTION security_try;
DROP ROLE security_a, security_b, security_o;
