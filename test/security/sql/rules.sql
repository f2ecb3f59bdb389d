-- Rules of administrators: which actions a project may use, and where its
-- requests may go.  Each project is held by its own and the general ones, sees no
-- others, and changes none.
CREATE ROLE rul_a;
CREATE ROLE rul_b;
CREATE ROLE rul_look;
CREATE ROLE rul_infra;
CREATE ROLE rul_admin;
SET client_min_messages = warning;
SELECT mistral.create_roles();
GRANT mistral_user TO rul_a, rul_b;
GRANT mistral_observer TO rul_look;
GRANT mistral_executor TO rul_infra;
GRANT mistral_admin TO rul_admin;
RESET client_min_messages;
CREATE SCHEMA rul AUTHORIZATION rul_a;
GRANT USAGE ON SCHEMA rul TO PUBLIC;

CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE statement INTO answer;
    RETURN 'done: ' || coalesce(answer, '');
EXCEPTION WHEN OTHERS THEN
    RETURN regexp_replace(SQLSTATE || ' ' || SQLERRM, '[0-9a-f-]{36}', '<id>');
END $$;
-- the state of an execution, and what its task says
CREATE FUNCTION pg_temp.run(name text, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    execution uuid;
BEGIN
    PERFORM mistral.create_workflows(format('{version: "2.0", %s: {tasks: {t: {action: %s}}}}', name, call), or_replace => true);
    execution := mistral.start_workflow(name);
    RETURN (SELECT t.state || coalesce(': ' || split_part(t.state_info, E'\n', 1), '')
              FROM mistral.tasks t WHERE t.workflow_execution_id = execution);
END $$;

-- ---- nobody but administrators makes rules
SET ROLE rul_a;
SELECT pg_temp.try($$SELECT mistral.create_action_rule('deny', 'std.sql')$$);
SELECT pg_temp.try($$SELECT mistral.create_outbound_rule('allow', '*')$$);
SELECT pg_temp.try($$SELECT mistral.delete_action_rule(1)$$);
SELECT pg_temp.try($$SELECT mistral.delete_outbound_rule(1)$$);
SELECT pg_temp.try($$INSERT INTO mistral.outbound_rules (effect, destination, created_by) VALUES ('allow', '*', 'me') RETURNING id$$);
SELECT pg_temp.try($$DELETE FROM mistral.action_rules RETURNING id$$);
SET ROLE rul_look;
SELECT pg_temp.try($$SELECT mistral.create_action_rule('deny', 'std.sql')$$);
SELECT pg_temp.try($$SELECT mistral.create_outbound_rule('allow', '*')$$);
SELECT pg_temp.try($$SELECT mistral.delete_action_rule(1)$$);
SELECT pg_temp.try($$SELECT mistral.delete_outbound_rule(1)$$);
SELECT pg_temp.try($$INSERT INTO mistral.outbound_rules (effect, destination, created_by) VALUES ('allow', '*', 'me') RETURNING id$$);
SELECT pg_temp.try($$DELETE FROM mistral.action_rules RETURNING id$$);
SET ROLE rul_infra;
SELECT pg_temp.try($$SELECT mistral.create_action_rule('deny', 'std.sql')$$);
SELECT pg_temp.try($$SELECT mistral.create_outbound_rule('allow', '*')$$);
SELECT pg_temp.try($$SELECT mistral.delete_action_rule(1)$$);
SELECT pg_temp.try($$SELECT mistral.delete_outbound_rule(1)$$);
SELECT pg_temp.try($$INSERT INTO mistral.outbound_rules (effect, destination, created_by) VALUES ('allow', '*', 'me') RETURNING id$$);
SELECT pg_temp.try($$DELETE FROM mistral.action_rules RETURNING id$$);
SET ROLE rul_admin;
-- what is no rule
SELECT pg_temp.try(format('SELECT mistral.create_action_rule(%s)', args))
  FROM unnest(ARRAY[$$'forbid', 'x'$$, $$NULL, 'x'$$, $$'deny', NULL$$, $$'deny', ''$$, $$'deny', repeat('x', 256)$$,
                    $$'deny', 'x', 'nobody_here'$$, $$'deny', 'x', NULL, repeat('x', 1001)$$]) AS args;
SELECT pg_temp.try(format('SELECT mistral.create_outbound_rule(%s)', args))
  FROM unnest(ARRAY[$$'deny', ''$$, $$'deny', 'a b'$$, $$'deny', 'http://a'$$, $$'deny', 'a.b:80'$$, $$'deny', '*.*.a'$$, $$'deny', 'a.*'$$,
                    $$'deny', '.a'$$, $$'deny', 'a..b'$$, $$'deny', 'bücher.example'$$, $$'deny', '10.0.0.1/8'$$, $$'deny', '10.0.0.0/33'$$,
                    $$'deny', '::ffff:10.0.0.0/104'$$, $$'deny', '300.1.1.1'$$, $$'deny', 'a', NULL, '{}'$$, $$'deny', 'a', NULL, '{ftp}'$$,
                    $$'deny', 'a', NULL, '{NULL}'$$, $$'permit', 'a'$$]) AS args;
SELECT mistral.create_outbound_rule('deny', d) IS NOT NULL AS made FROM unnest('{Files.EXAMPLE.com,*.Corp.example,10.1.0.0/16,192.0.2.1,2001:DB8::/32}'::text[]) AS d;
SELECT project_id, effect, destination, services, created_by FROM mistral.outbound_rules ORDER BY id;
SELECT bool_and(mistral.delete_outbound_rule(id)) FROM mistral.outbound_rules;
SELECT mistral.delete_outbound_rule(-1), mistral.delete_action_rule(-1);
-- bounded, for all and for each project
RESET ROLE;
SET mistral.max_policy_rules = 1;
SELECT pg_temp.try(format('SELECT mistral.create_action_rule(''deny'', ''x'', %L) > 0', p)) FROM (VALUES (1, NULL), (2, NULL), (3, 'rul_a'), (4, 'rul_a'), (5, 'rul_b')) AS v(n, p) ORDER BY n;
RESET mistral.max_policy_rules;
SELECT bool_and(mistral.delete_action_rule(id)) FROM mistral.action_rules;

-- ---- actions: the most specific rule decides, then the project's, then a denial
SELECT setval('mistral.action_rules_id_seq', 100);
SET ROLE rul_admin;
SELECT mistral.create_action_rule('deny', 'std.*');
SELECT mistral.create_action_rule('allow', 'std.noop');
SELECT mistral.create_action_rule('allow', 'std.*', 'rul_b');
SELECT mistral.create_action_rule('deny', 'std.sq*', 'rul_b');
SELECT mistral.create_action_rule('deny', '*.pay', 'rul_a', 'nobody pays');
SELECT mistral.create_action_rule('allow', '*.pay', 'rul_a');
SELECT p, a, c.is_allowed, c.reason
  FROM unnest('{rul_a,rul_b}'::text[]) AS p, unnest('{std.noop,std.http,std.sql,my.pay,pay,my.pays}'::text[]) AS a, mistral.check_action(a, p) AS c;

-- ---- tenants see their own rules and the general ones, and ask for nobody else
SET ROLE rul_a;
SELECT id, project_id, effect, pattern, description FROM mistral.action_rules ORDER BY id;
SELECT * FROM mistral.check_action('std.echo');
SELECT pg_temp.try($$SELECT mistral.check_action('std.echo', 'rul_b')$$);
SELECT pg_temp.try($$SELECT mistral.check_outbound('a.example', project_id => 'rul_b')$$);
SELECT pg_temp.try($$SELECT mistral.check_action(NULL)$$);

-- ---- every kind of action, when a task starts
CREATE FUNCTION rul.pay() RETURNS int LANGUAGE sql AS 'SELECT 1';
SELECT name FROM mistral.create_actions('{version: "2.0", rul.wrap: {base: std.echo output=1}, rul.deep: {base: rul.wrap}, rul.fine: {base: std.noop}}');
SELECT name FROM mistral.create_function_action('fun.pay', 'rul.pay()');
SELECT name FROM mistral.register_action('own.pay');
SELECT name FROM mistral.register_action('own.get');
SELECT pg_temp.run('ra', call) AS outcome
  FROM unnest(ARRAY['std.noop', 'std.echo output=1', 'std.sql query="select 1"', 'std.http url="http://a"', 'rul.wrap', 'rul.deep',
                    'rul.fine', 'fun.pay', 'own.pay', 'own.get', 'no.pay']) AS call;
SELECT name FROM mistral.create_workflows($${version: "2.0",
 rb: {tasks: {t: {action: "<% 'std.' + 'echo' %>", input: {output: 1}, on-error: caught}, caught: {action: std.noop}}},
 rc: {tasks: {t: {with-items: "i in <% [1, 2] %>", action: std.echo output=1}}}}$$);
SELECT mistral.start_workflow('rb') AS rb, mistral.start_workflow('rc') AS rc \gset
SELECT name, state, state_info FROM mistral.tasks WHERE workflow_execution_id IN (:'rb', :'rc') ORDER BY workflow_name, name;
SELECT pg_temp.try($$SELECT mistral.run_action('std.echo', '{"output": 1}')$$);
SELECT pg_temp.try($$SELECT mistral.run_action('rul.deep')$$);
SELECT pg_temp.try($$SELECT mistral.run_action('std.noop')$$) LIKE 'done%' AS ran;
SELECT bool_or(detail::text LIKE '%Action is not allowed%') AS is_simulated FROM mistral.simulate('{version: "2.0", rs: {tasks: {t: {action: std.echo output=1}}}}');

-- ---- a text is told of it, and taken: rules may change before it runs
SELECT w ->> 'message' AS warning
  FROM jsonb_array_elements(mistral.validate_workflow($${version: "2.0", rw: {tasks: {a: {action: std.echo output=1}, b: {action: rul.deep}, c: {action: std.noop}, d: {action: own.pay}}}}$$) -> 'warnings') AS w
 WHERE w ->> 'message' LIKE '%not allowed%';

-- ---- dynamic actions
SET ROLE rul_admin;
SELECT mistral.create_code_source('rul_code', 'class Pay { run() { return 1 } }', scope => 'public') AS code \gset
SELECT mistral.create_dynamic_action('dyn.pay', 'Pay', :'code', scope => 'public') IS NOT NULL AS made,
       mistral.create_dynamic_action('dyn.get', 'Pay', :'code', scope => 'public') IS NOT NULL AS made;
SET ROLE rul_a;
SELECT pg_temp.run('rd', call) AS outcome FROM unnest('{dyn.pay,dyn.get}'::text[]) AS call;

-- ---- a change holds at once, also in a transaction that is rolled back
SET ROLE rul_b;
SELECT pg_temp.run('re', 'std.echo output=1'), pg_temp.run('re', 'std.sql query="select 1"');
RESET ROLE;
BEGIN;
SELECT mistral.create_action_rule('deny', 'std.echo') > 0 AS made;
SET LOCAL ROLE rul_b;
SELECT pg_temp.run('re', 'std.echo output=1');
ROLLBACK;
SET ROLE rul_b;
SELECT pg_temp.run('re', 'std.echo output=1');
RESET ROLE;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) > 0 AS snapshot FROM mistral.action_rules;
DELETE FROM mistral.action_rules WHERE pattern = 'std.sq*';
SET LOCAL ROLE rul_b;
SELECT pg_temp.run('re', 'std.sql query="select 1"');
COMMIT;
SET ROLE rul_b;
SELECT pg_temp.run('re', 'std.sql query="select 1"');
RESET ROLE;
TRUNCATE mistral.action_rules;
SET ROLE rul_a;
SELECT pg_temp.run('re', 'std.echo output=1');

-- ---- requests: rules come with the action, those of its project and the general ones
SET ROLE rul_infra;
SELECT mistral.register_executor('rul_old') AS old \gset
SELECT mistral.register_executor('rul_new', keeps_rules => true) AS new \gset
SET ROLE rul_a;
SELECT pg_temp.run('rf', 'std.http url="http://a"'), pg_temp.run('rg', 'std.email from_addr="a" to_addrs="b" smtp_server="c"');
SET ROLE rul_b;
SELECT pg_temp.run('rf', 'std.http url="http://b"'), pg_temp.run('rg', 'std.js script=1');
SET ROLE rul_infra;
SELECT count(*) FROM mistral.claim_actions(:old, 1) WHERE outbound IS NULL;
SELECT mistral.release_actions(:old, array_agg(action_id)) FROM mistral.claimed_actions(:old);
RESET ROLE;
SELECT setval('mistral.outbound_rules_id_seq', 200);
SET ROLE rul_admin;
SELECT mistral.create_outbound_rule('deny', '*', NULL, '{http,ssh}');
SELECT mistral.create_outbound_rule('allow', '*.example.com', 'rul_a', '{http}');
SELECT mistral.create_outbound_rule('allow', '10.0.0.0/8', 'rul_b');
-- an executor that does not know them gets none of what they hold for, and is told
SET ROLE rul_infra;
SELECT name, project_id, outbound FROM mistral.claim_actions(:old, 10) ORDER BY name, project_id;
SELECT mistral.register_executor('rul_older', actions => '{std.ssh}') > 0 AS registered;
SELECT mistral.register_executor('rul_js', actions => '{std.js}') > 0 AS registered;
SELECT mistral.unregister_executor(:new);
RESET ROLE;
SELECT regexp_replace(waits_for, 'since .*, but', 'since <time>, but') AS waits_for FROM mistral.actions WHERE name = 'std.http' AND state = 'RUNNING' ORDER BY project_id;
SELECT project_id, action, executors FROM mistral.stat_queue WHERE project_id LIKE 'rul\_%' ORDER BY 1, 2;
SELECT name, keeps_rules FROM mistral.stat_executors WHERE name LIKE 'rul\_%' AND is_alive ORDER BY name;
SET ROLE rul_infra;
SELECT mistral.register_executor('rul_new', keeps_rules => true) AS new \gset
SELECT name, project_id, outbound FROM mistral.exchange_actions(:new, '[]', 10) ORDER BY name, project_id;
SELECT name, project_id, outbound IS NOT NULL AS has_rules FROM mistral.claimed_actions(:new) ORDER BY name, project_id;
-- nor does a notifier that does not know them get webhooks
SELECT pg_temp.try('SELECT count(*) FROM mistral.claim_deliveries()');
RESET ROLE;
SELECT mistral.create_outbound_rule('deny', '*', NULL, '{webhook}') AS hook \gset
SET ROLE rul_infra;
SELECT pg_temp.try('SELECT count(*) FROM mistral.claim_deliveries()'), pg_temp.try('SELECT count(*) FROM mistral.claim_deliveries(keeps_rules => true)');
RESET ROLE;
SELECT mistral.delete_outbound_rule(:hook);

-- ---- what is asked is answered as executors decide it
SET ROLE rul_admin;
SELECT mistral.create_outbound_rule('deny', d, NULL) > 0 AS made FROM unnest('{internal.example.com,10.66.0.0/16}'::text[]) AS d;
SELECT p, d, c.is_allowed, c.rule_id
  FROM unnest('{rul_a,rul_b}'::text[]) AS p,
       unnest('{https://api.example.com/x?y=@,http://me:secret@API.Example.COM.:8080/,internal.example.com,a.internal.example.com,example.com,badexample.com,http://10.1.2.3/,10.66.1.1,::ffff:10.66.1.1,[64:ff9b::10.66.1.1]:80,[64:ff9b::10.1.1.1],[2002:0a42:0101::1],[64:ff9b:1:a42:1:100::],[2001:0:a42:101::],[2001::f5bd:fefe],[fe80::5efe:10.66.1.1],127.0.0.1,169.254.169.254,8.8.8.8}'::text[])
       WITH ORDINALITY AS u(d, n), mistral.check_outbound(d, project_id => p) AS c
 ORDER BY p, n;
SELECT (mistral.check_outbound('api.example.com', address => a, project_id => 'rul_a')).*
  FROM unnest('{93.184.216.34,10.66.1.1,::ffff:10.66.1.1,169.254.169.254}'::inet[]) AS a;
SELECT (mistral.check_outbound('mail.example', 'email', project_id => 'rul_a')).*;
SELECT pg_temp.try($$SELECT mistral.check_outbound('')$$), pg_temp.try($$SELECT mistral.check_outbound('a', 'ftp')$$), pg_temp.try($$SELECT mistral.check_outbound(NULL)$$);
SET ROLE rul_a;
SELECT (mistral.check_outbound('10.1.1.1')).*;
SELECT DISTINCT project_id FROM mistral.outbound_rules ORDER BY 1;

-- ---- leave nothing behind
RESET ROLE;
DELETE FROM mistral.outbound_rules;
DELETE FROM mistral.executors WHERE name LIKE 'rul\_%';
SELECT count(mistral.delete_execution(id, true)) > 0 AS deleted FROM mistral.executions WHERE project_id LIKE 'rul\_%' AND task_execution_id IS NULL;
SELECT invariant, object, detail FROM mistral.check();
