-- Executors of tenants: each runs what its own project has, and gets nothing of
-- another one, whatever names it announces and whatever others queue.
CREATE ROLE exe_a;
CREATE ROLE exe_b;
CREATE ROLE exe_infra;
CREATE ROLE exe_admin;
SET client_min_messages = warning;
SELECT mistral.create_roles();
GRANT mistral_user TO exe_a, exe_b;
GRANT mistral_executor TO exe_infra;
GRANT mistral_admin TO exe_admin;
RESET client_min_messages;

CREATE FUNCTION pg_temp.run(name text, call text) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mistral.create_workflows(format('{version: "2.0", %s: {tasks: {t: {action: %s}}}}', name, call), or_replace => true);
    RETURN mistral.start_workflow(name);
END $$;
-- what an executor is handed, and gives back at once
CREATE FUNCTION pg_temp.claims(executor bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    claimed text;
    ids uuid[];
BEGIN
    SELECT coalesce(string_agg(c.project_id || ' ' || c.name || ' ' || c.input::text, '; ' ORDER BY c.project_id, c.name, c.input::text), '-'),
           array_agg(c.action_id)
      INTO claimed, ids FROM mistral.claim_actions(executor, 100) AS c;
    PERFORM mistral.release_actions(executor, coalesce(ids, '{}'));
    RETURN claimed;
END $$;
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE statement INTO answer;
    RETURN 'done: ' || coalesce(answer, '');
EXCEPTION WHEN OTHERS THEN
    RETURN regexp_replace(SQLSTATE || ' ' || SQLERRM, '[0-9a-f-]{36}', '<id>');
END $$;

-- ---- A has an action of its own, and waits for it and for a standard one
SET ROLE exe_a;
SELECT mistral.register_executor('of_a', announces => '[{"name": "own.pay", "input": "amount"}, "std.http"]') AS a \gset
SELECT pg_temp.run('wa', 'own.pay amount=1') IS NOT NULL AND pg_temp.run('wa_http', 'std.http url="http://a"') IS NOT NULL AS started;
SELECT pg_temp.claims(:a);

-- ---- B does not see it, cannot use it, and gets none of it
SET ROLE exe_b;
SELECT count(*) FROM mistral.action_definitions WHERE name = 'own.pay';
SELECT count(*) FROM mistral.action_versions WHERE spec ->> 'name' = 'own.pay';
SELECT mistral_api.list_actions('{"name": "own.pay"}');
SELECT pg_temp.try($$SELECT mistral_api.get_action('own.pay')$$);
SELECT pg_temp.run('wb', 'own.pay amount=2') AS wb \gset
SELECT state, state_info FROM mistral.executions WHERE id = :'wb';
SELECT mistral.register_executor('all_of_b') AS b_all \gset
SELECT mistral.register_executor('of_b', announces => '[{"name": "own.pay", "input": "a, b"}, "std.http"]') AS b \gset
SELECT pg_temp.claims(:b_all), pg_temp.claims(:b);
SELECT name, actions FROM mistral.executors WHERE name LIKE '%of\__' ORDER BY name;
SELECT pg_temp.try(format('SELECT mistral.claim_actions(%s, 10)', :a));
SELECT pg_temp.try(format('SELECT mistral.exchange_actions(%s, ''[]'', 10)', :a));
SELECT pg_temp.try(format('SELECT mistral.executor_channels(%s)', :a));
SELECT pg_temp.try(format('SELECT mistral.unregister_executor(%s)', :a));

-- nor does it change it, or make its own everybody's
RESET ROLE;
SELECT id AS pay FROM mistral.action_definitions WHERE name = 'own.pay' AND project_id = 'exe_a' \gset
SELECT x.id AS running FROM mistral.action_executions x WHERE x.name = 'own.pay' AND x.project_id = 'exe_a' \gset
SET ROLE exe_b;
SELECT pg_temp.try(format('SELECT mistral.update_action(%L, scope => ''private'')', :'pay'));
SELECT pg_temp.try(format('SELECT mistral.unregister_action(%L)', :'pay'));
SELECT pg_temp.try($$SELECT mistral.update_action('own.pay', scope => 'public')$$);
SELECT pg_temp.try($$SELECT mistral.register_action('own.other', scope => 'public')$$);
SELECT pg_temp.try($$SELECT mistral.register_executor('of_b', announces => '[{"name": "own.other", "scope": "public"}]')$$);
SELECT pg_temp.try($$SELECT mistral.register_action('std.http')$$);
SELECT mistral.complete_actions(:b, jsonb_build_array(jsonb_build_object('id', :'running', 'data', 'forged'))) #- '{0,id}' AS refused;
SELECT mistral.complete_actions(9223372036854775807, jsonb_build_array(jsonb_build_object('id', :'running', 'data', 'forged'))) #- '{0,id}' AS refused;
SELECT refusal, action_id = :'running' AS is_asked FROM mistral.exchange_actions(:b, jsonb_build_array(jsonb_build_object('id', :'running', 'data', 'forged')));
SELECT pg_temp.try(format('SELECT mistral.complete_action(%L, ''SUCCESS'', ''"forged"'')', :'running'));

-- ---- B's own of that name is another action
SELECT pg_temp.run('wb', 'own.pay a=1 b=2') IS NOT NULL AND pg_temp.run('wb_http', 'std.http url="http://b"') IS NOT NULL AS started;
SELECT pg_temp.claims(:b_all), pg_temp.claims(:b);
SET ROLE exe_a;
SELECT pg_temp.claims(:a);

-- ---- everybody's executors run standard actions, and no project's own
SET ROLE exe_infra;
SELECT mistral.register_executor('infra', actions => '{std.http, own.pay}') AS infra \gset
SELECT pg_temp.claims(:infra);
SET ROLE exe_a;
SELECT name FROM mistral.executors ORDER BY name;

-- ---- B cannot stand in A's way: a target of its choice is never A's lane
SET ROLE exe_b;
SELECT count(pg_temp.run('wt', format('"std.http url=1", target: "%s"', t)))
  FROM unnest('{exe_a\\n,\\nexe_a,exe_a\\nx}'::text[]) AS t;
RESET ROLE;
SELECT count(*) FILTER (WHERE q.lane LIKE E'exe_a\n%') AS in_lane_of_a, count(*) AS queued
  FROM mistral.action_queue q JOIN mistral.action_executions x ON x.id = q.action_id WHERE x.target LIKE '%exe\_a%';
SET ROLE exe_b;
SELECT mistral.register_executor('of_b', E'exe_a\n', '{std.http, own.pay}') AS b_lane \gset
SELECT pg_temp.claims(:b_lane);
-- and more than a claim looks at is in nobody's way
SELECT pg_temp.run('flood', 'own.pay a=1 b=1, with-items: "i in <% range(1200) %>"') IS NOT NULL AS started;
SET ROLE exe_a;
SELECT pg_temp.claims(:a);
SET ROLE exe_b;
SELECT mistral.cancel_execution(id) FROM mistral.executions WHERE workflow_name = 'flood';

-- ---- a name that nobody knows waits for executors of its project, or everybody's
RESET ROLE;
SET mistral.unknown_action = queue;
SET ROLE exe_b;
SELECT pg_temp.run('wu', 'own.unknown x=1') IS NOT NULL AS started;
SET ROLE exe_a;
SELECT mistral.register_executor('of_a', actions => '{own.unknown}') AS a_unknown \gset
SELECT pg_temp.claims(:a_unknown);
SET ROLE exe_b;
SELECT pg_temp.claims(mistral.register_executor('of_b', actions => '{own.unknown}'));
RESET ROLE;
RESET mistral.unknown_action;

-- ---- what an administrator makes public is for everybody to use, and A's to run
SET ROLE exe_admin;
SELECT name, scope, project_id FROM mistral.update_action(:'pay', scope => 'public');
SET ROLE exe_b;
SELECT mistral.unregister_action('own.pay');
SELECT pg_temp.run('wp', 'own.pay amount=3') IS NOT NULL AS started;
SELECT pg_temp.claims(:b), pg_temp.claims(:b_all);
SET ROLE exe_infra;
SELECT pg_temp.claims(:infra);
SET ROLE exe_a;
SELECT pg_temp.claims(:a);
-- A announces it again: it stays public
SELECT mistral.register_executor('of_a', announces => '[{"name": "own.pay", "input": "amount, currency=null"}]') > 0 AS registered;
SET ROLE exe_b;
SELECT name, scope FROM mistral.action_definitions WHERE name = 'own.pay';
SELECT pg_temp.try(format('SELECT mistral.update_action(%L, ''a'')', :'pay'));
SELECT pg_temp.try($$SELECT mistral.unregister_action('own.pay')$$);

-- ---- the end
RESET ROLE;
SET client_min_messages = warning;
DELETE FROM mistral.action_claims;
SELECT count(mistral.delete_execution(id, true)) > 0 FROM mistral.executions WHERE project_id LIKE 'exe\_%' AND task_execution_id IS NULL;
DELETE FROM mistral.executors WHERE role_name LIKE 'exe\_%';
DELETE FROM mistral.workflow_definitions WHERE project_id LIKE 'exe\_%';
DELETE FROM mistral.workflow_versions WHERE project_id LIKE 'exe\_%';
DELETE FROM mistral.action_definitions WHERE project_id LIKE 'exe\_%';
DELETE FROM mistral.action_versions WHERE project_id LIKE 'exe\_%';
DROP ROLE exe_a, exe_b, exe_infra, exe_admin;
