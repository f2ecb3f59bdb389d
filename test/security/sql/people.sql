-- Who may do a task of people, and who may see and change it: the candidates,
-- wherever the task is from, and nobody who has done what another must do.
CREATE ROLE security_owner LOGIN;
CREATE ROLE security_ann LOGIN;
CREATE ROLE security_ben LOGIN;
CREATE ROLE security_eve LOGIN;
CREATE ROLE security_team;
CREATE ROLE security_watch LOGIN;
SET client_min_messages = warning;
SELECT mistral.create_roles();
GRANT mistral_user TO security_owner, security_ann, security_ben, security_eve, security_watch;
GRANT mistral_observer TO security_watch;
GRANT security_team TO security_ann, security_ben;
RESET client_min_messages;
CREATE FUNCTION security_try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE statement INTO answer;
    RETURN regexp_replace(answer, '"at": "[^"]*"', '"at": "<time>"');
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ' ' || regexp_replace(sqlerrm, '[0-9a-f-]{36}', '<id>');
END
$$;
-- the id of a task is known to everybody
CREATE FUNCTION security_task(name text) RETURNS uuid LANGUAGE sql SECURITY DEFINER AS $$
SELECT id FROM mistral.human_tasks WHERE task_name = name ORDER BY created_at DESC, id DESC LIMIT 1
$$;
CREATE FUNCTION security_do(verb text, task text, argument text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
SELECT security_try(format('SELECT mistral.%s_task(%L%s)', verb, security_task(task), ', ' || quote_literal(argument)))
$$;
CREATE FUNCTION security_settle() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        PERFORM mistral.run_due_calls();
        EXIT WHEN NOT EXISTS (SELECT FROM mistral.delayed_calls WHERE due_at <= clock_timestamp() AND NOT is_dead)
              AND NOT EXISTS (SELECT FROM mistral.action_results);
    END LOOP;
END
$$;

SET SESSION AUTHORIZATION security_owner;
SELECT mistral.create_environment('bank', '{"pin": "TOPSECRET-4711"}', secrets => '{pin}') IS NOT NULL AS created;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
pay:
  tasks:
    request:
      action: std.human
      input: {candidates: security_team}
      on-success: approve
    approve:
      action: std.human
      input:
        title: "Pay with <% env().pin %>"
        description: "The pin is <% env().pin %>"
        form: {type: object, properties: {ok: {type: boolean}}}
        data: {pin: <% env().pin %>, sum: 12}
        candidates: security_team
        distinct-from: request
        due: 2d
$$);
SELECT mistral.start_workflow('pay', params => '{"env": "bank"}') AS id \gset

-- no candidate: there is no such task, whatever he asks for
SET SESSION AUTHORIZATION security_eve;
SELECT count(*) FROM mistral.inbox;
SELECT count(*) FROM mistral.human_tasks;
SELECT verb, security_do(verb, 'request', argument) AS known, security_try(format('SELECT mistral.%s_task(%L%s)', verb, gen_random_uuid(), ', ' || quote_literal(argument))) AS unknown
  FROM (VALUES ('claim', NULL), ('release', NULL), ('complete', '1'), ('delegate', 'security_eve')) AS v(verb, argument);
SELECT mistral.get_human_task(security_task('request')) AS task, mistral.task_refusal(security_task('request')) AS known, mistral.task_refusal(gen_random_uuid()) AS unknown;
SELECT c.call, security_try('SELECT mistral_api.' || format(c.call, security_task('request'))) AS answer
  FROM unnest(ARRAY['list_inbox()', 'get_inbox_task(%L)', 'claim_inbox_task(%L)', 'release_inbox_task(%L)', 'complete_inbox_task(%L, ''{"answer": 1}'')',
       'delegate_inbox_task(%L, ''{"role": "security_eve"}'')']) AS c(call);
SELECT security_try(s) AS refused
  FROM unnest(ARRAY['UPDATE mistral.human_tasks SET candidates = ''["security_eve"]''', 'DELETE FROM mistral.human_tasks',
       'INSERT INTO mistral.delayed_calls (due_at, created_at, kind, project_id) VALUES (now(), now(), ''human_timer'', ''security_eve'')',
       'UPDATE mistral.inbox SET title = ''x''', 'SELECT count(*) FROM mistral.secrets']) AS s;

-- a candidate sees the task, with references in the place of secrets, and nothing besides
SET SESSION AUTHORIZATION security_ann;
SELECT security_do('complete', 'request', '"go"');
SELECT count(*) FROM mistral.inbox;
SELECT (SELECT count(*) FROM mistral.executions) AS executions, (SELECT count(*) FROM mistral.tasks) AS tasks, (SELECT count(*) FROM mistral.actions) AS actions,
       (SELECT count(*) FROM mistral.human_tasks) AS human_tasks, security_try(format('SELECT mistral.get_execution(%L)', :'id')) AS execution;
RESET SESSION AUTHORIZATION;
SELECT security_settle();
SET SESSION AUTHORIZATION security_ben;
SELECT count(*), bool_or(i::text LIKE '%4711%') AS shows_secret FROM mistral.inbox i;
SELECT mistral.get_human_task(security_task('approve'))::text LIKE '%4711%' AS shows_secret,
       mistral.get_human_task(security_task('approve')) ?| '{project_id,workflow_execution_id,task_name,candidates,completed_by}' AS shows_origin;

-- who may only look at the project keeps nobody from the task, not even by giving back what nobody has
SET SESSION AUTHORIZATION security_watch;
SELECT mistral.get_human_task(security_task('approve')) ->> 'task_name' AS seen;
SELECT verb, security_do(verb, 'approve', argument) FROM (VALUES ('claim', NULL), ('release', NULL), ('delegate', 'security_watch')) AS v(verb, argument);

-- four eyes: under her own name, as somebody whose role she has, by a group that she is in, by whoever hands it to her
SET SESSION AUTHORIZATION security_ann;
SELECT security_do('complete', 'approve', '{"ok": true}');
SELECT security_do('claim', 'approve');
SELECT security_do('delegate', 'approve', 'security_eve');
RESET SESSION AUTHORIZATION;
GRANT security_ben TO security_ann;
SET SESSION AUTHORIZATION security_ann;
SET ROLE security_ben;
SELECT security_do('complete', 'approve', '{"ok": true}') AS as_ben;
SELECT count(*) FROM mistral.inbox;
SET SESSION AUTHORIZATION security_ben;
RESET ROLE;
SELECT security_do('delegate', 'approve', 'security_ann');
SELECT security_do('delegate', 'approve', 'security_team');
SET SESSION AUTHORIZATION security_ann;
SELECT security_do('complete', 'approve', '{"ok": true}') AS by_group;
-- and the project: it may take and hand over, and decides only what it has handed to itself
SET SESSION AUTHORIZATION security_owner;
SELECT security_do('complete', 'approve', '{"ok": true}') AS no_candidate;
SELECT security_try(format('SELECT mistral.complete_action(%L, ''SUCCESS'', ''{"ok": true}'')', security_task('approve'))) AS by_action;
SELECT security_try(format('SELECT mistral_api.update_action_execution(%L, ''{"state": "SUCCESS", "output": {"ok": true}}'')', security_task('approve'))) AS by_rest;
SELECT mistral.register_executor('x') AS executor \gset
SELECT count(*) FROM mistral.claim_actions(:executor, 10);
SELECT mistral.complete_actions(:executor, jsonb_build_array(jsonb_build_object('id', security_task('approve'), 'state', 'SUCCESS'))) -> 0 ->> 'reason' AS by_executor;
SELECT mistral.unregister_executor(:executor);
SELECT security_do('delegate', 'approve', 'security_ann');
SELECT security_do('delegate', 'approve', 'security_owner');
SELECT security_do('complete', 'approve', '{"ok": true}') AS handed_to_himself;

-- who is a candidate no longer may not complete what he has claimed
RESET SESSION AUTHORIZATION;
SELECT security_settle();
SET SESSION AUTHORIZATION security_owner;
SELECT mistral.start_workflow('pay', params => '{"env": "bank"}') AS id \gset
SET SESSION AUTHORIZATION security_ben;
SELECT security_do('claim', 'request');
RESET SESSION AUTHORIZATION;
REVOKE security_team FROM security_ben;
SET SESSION AUTHORIZATION security_ben;
SELECT security_do('complete', 'request');
RESET SESSION AUTHORIZATION;
GRANT security_team TO security_ben;

-- what follows the answer of a stranger does not run in his session
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
trusting:
  output: {who: <% $.who %>}
  tasks:
    ask:
      action: std.human
      input: {candidates: security_eve}
      on-success: act
    act:
      action: std.sql query="SELECT current_user AS who, session_user = current_user AS own"
      publish:
        who: <% task().result.rows[0] %>
$$);
SELECT mistral.start_workflow('trusting') AS id \gset
BEGIN;
SET LOCAL SESSION AUTHORIZATION security_eve;
SET LOCAL search_path TO pg_temp, public;
SELECT security_do('complete', 'ask');
RESET SESSION AUTHORIZATION;
SELECT name, state FROM mistral.tasks WHERE workflow_execution_id = :'id';
COMMIT;
SELECT security_settle();
SELECT state, output -> 'who' ->> 'who' = current_user AS as_owner FROM mistral.executions WHERE id = :'id';

-- an inbox costs what is in it: a tree of many open tasks is not read for each of them
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
flood:
  tasks:
    ask:
      with-items: i in <% range(0, 300) %>
      action: std.human
      input: {candidates: security_eve}
$$);
SELECT mistral.start_workflow('flood') AS id \gset
SET SESSION AUTHORIZATION security_eve;
BEGIN;
SELECT count(*) FROM mistral.inbox;
SELECT sum(pg_stat_get_xact_tuples_returned(i.indexrelid)) < 10 * 300 AS is_linear
  FROM pg_index i WHERE i.indrelid = 'mistral.human_tasks'::regclass;
COMMIT;
RESET SESSION AUTHORIZATION;

-- a task for a role that is gone is nobody's but its project's to end
SET client_min_messages = warning;
CREATE ROLE security_gone;
SELECT mistral.run_action('std.human', '{"title": "Alone", "candidates": "security_gone"}') ->> 'id' AS id \gset
DROP ROLE security_gone;
SET SESSION AUTHORIZATION security_eve;
SELECT security_try(format('SELECT mistral.complete_task(%L)', :'id'));
RESET SESSION AUTHORIZATION;
SELECT mistral.complete_action(:'id', 'CANCELLED');
SELECT mistral.delete_action_execution(:'id');

SELECT * FROM mistral.check();
SELECT count(mistral.delete_execution(id, true)) FROM mistral.executions WHERE workflow_name IN ('pay', 'trusting', 'flood') AND task_execution_id IS NULL;
SELECT mistral.delete_workflow('trusting');
SELECT mistral.delete_workflow('flood');
SET ROLE security_owner;
SELECT mistral.delete_workflow('pay');
SELECT mistral.delete_environment('bank');
RESET ROLE;
DROP FUNCTION security_try, security_task, security_do, security_settle;
DROP ROLE security_owner, security_ann, security_ben, security_eve, security_team, security_watch;
