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

-- until the scheduler has done what the query asks for
CREATE PROCEDURE pg_temp.wait_for(query text) LANGUAGE plpgsql AS $$
DECLARE
    is_so bool;
BEGIN
    FOR i IN 1 .. 3000 LOOP
        EXECUTE query INTO is_so;
        EXIT WHEN is_so;
        COMMIT;
        PERFORM pg_sleep(0.02);
    END LOOP;
    IF NOT is_so THEN
        RAISE EXCEPTION 'this has not become true: %', query;
    END IF;
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
-- they are scripts, which std.* denies
SET ROLE rul_a;
SELECT pg_temp.run('rd', call) AS outcome FROM unnest('{dyn.pay,dyn.get}'::text[]) AS call;
SET ROLE rul_admin;
SELECT mistral.create_action_rule('allow', 'std.javascript', 'rul_a') > 0 AS made;
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

-- ---- ports: of rules on the same destination the one on fewer of them decides
SET ROLE rul_admin;
SELECT pg_temp.try(format('SELECT mistral.create_outbound_rule(''deny'', ''a'', ports => %L)', p))
  FROM unnest(ARRAY['', ' ', '0', '65536', '-1', '1-', '9-8', '1,,2', '1,', 'a', '1;2', '99999999999', '1-2-3', '١', repeat('1,', 100) || '1']) AS p;
RESET ROLE;
DELETE FROM mistral.outbound_rules;
SELECT setval('mistral.outbound_rules_id_seq', 300), setval('mistral.action_rules_id_seq', 400);
SET ROLE rul_admin;
SELECT mistral.create_outbound_rule('deny', 'db.example', ports => ' 22, 8001-8999 ,8000-8500,80 ');
SELECT mistral.create_outbound_rule('allow', 'db.example');
SELECT mistral.create_outbound_rule('allow', 'db.example', ports => '8080');
SELECT mistral.create_outbound_rule('allow', 'db.example', 'rul_b', ports => '22-23');
SELECT mistral.create_outbound_rule('deny', '10.0.0.0/8', 'rul_a', ports => '1-1023');
SELECT mistral.create_outbound_rule('allow', '10.0.0.0/8', ports => '443');
SELECT mistral.create_outbound_rule('deny', '*', ports => '25');
SELECT mistral.create_outbound_rule('allow', '*', 'rul_b', '{email}');
SELECT id, destination, ports FROM mistral.outbound_rules ORDER BY id;
SELECT d, s, p, c.is_allowed, c.rule_id
  FROM (VALUES ('db.example', 'http'), ('db.example', 'ssh'), ('db.example:8080', 'http'), ('https://DB.example/', 'http'), ('http://u:22@db.example./', 'http'),
               ('db.example:8999', 'http'), ('http://db.example:9000/:22', 'http'), ('10.1.1.1:443', 'http'), ('10.1.1.1:1023', 'http'),
               ('10.1.1.1:1024', 'http'), ('[::ffff:10.1.1.1]:22', 'http'), ('64:ff9b::10.1.1.1', 'ssh'), ('smtp://mail.example', 'email'), ('smtps://mail.example', 'email'),
               ('mail.example', 'email'), ('mail.example:25', 'webhook')) AS v(d, s),
       unnest('{rul_a,rul_b}'::text[]) AS p, mistral.check_outbound(d, s, project_id => p) AS c;
SELECT reason FROM mistral.check_outbound('db.example', 'ssh', project_id => 'rul_a');
-- they come with the action
SET ROLE rul_a;
SELECT pg_temp.run('rh', 'std.http url="http://a"');
SET ROLE rul_infra;
SELECT outbound FROM mistral.claim_actions(:new, 10) WHERE project_id = 'rul_a' AND workflow_name = 'rh';

-- ---- what is queued when a rule comes to deny it fails when it is claimed; what has begun goes on
SET ROLE rul_a;
SELECT count(*) FROM mistral.create_actions('{version: "2.0", rul.get: {base: std.http url="http://a"}}');
SELECT count(*) FROM mistral.create_workflows($${version: "2.0",
 queued: {tasks: {begun: {action: std.http url="http://a", target: rul_t}, direct: {action: std.http url="http://a", on-error: [caught]}, adhoc: {action: rul.get},
          other: {action: std.email from_addr="a@a" to_addrs="b@b" smtp_server="c"}, caught: {action: std.noop}}},
 turned: {tasks: {items: {with-items: "i in <% range(2) %>", action: rul.get}}}}$$);
SELECT mistral.start_workflow('queued') AS queued, mistral.start_workflow('turned') AS turned \gset
SELECT mistral.run_action('std.http', '{"url": "http://a"}', '{"save_result": true}') ->> 'id' AS alone \gset
SELECT mistral.start_workflow('turned') AS paused \gset
SELECT mistral.pause_execution(:'paused');
SET ROLE rul_infra;
SELECT mistral.register_executor('rul_t', 'rul_t', '{std.http}', keeps_rules => true) AS t \gset
SELECT name FROM mistral.claim_actions(:t, 1);
SET ROLE rul_admin;
SELECT mistral.create_action_rule('deny', 'std.http', 'rul_a') AS denied \gset
SELECT mistral.create_action_rule('deny', 'rul.get', 'rul_a');
SET ROLE rul_infra;
SELECT name FROM mistral.claim_actions(:t, 1);
SELECT name FROM mistral.claim_actions(:new, 10) WHERE project_id = 'rul_a';
SET ROLE rul_admin;
SELECT mistral.wait_action(:'alone', interval '1 minute') IS NOT NULL AS waited;
SELECT mistral.wait_execution(:'turned', interval '1 minute') IS NOT NULL AS waited;
CALL pg_temp.wait_for($$SELECT count(*) = 1 FROM mistral.tasks WHERE name = 'caught'$$);
CALL pg_temp.wait_for($$SELECT count(*) = 1 FROM mistral.tasks WHERE name = 'adhoc' AND state = 'ERROR'$$);
SELECT name, state, split_part(state_info, E'\n', 1) AS state_info FROM mistral.tasks WHERE workflow_execution_id IN (:'queued', :'turned') ORDER BY workflow_name, name;
SELECT state, output FROM mistral.actions WHERE id = :'alone';
-- what was paused is looked at when it goes on
SET ROLE rul_a;
SELECT state FROM mistral.executions WHERE id = :'paused';
SELECT mistral.resume_execution(:'paused');
SET ROLE rul_infra;
SELECT count(*) FROM mistral.claim_actions(:new, 10) WHERE project_id = 'rul_a';
SET ROLE rul_admin;
SELECT mistral.wait_execution(:'paused', interval '1 minute') IS NOT NULL AS waited;
SELECT workflow_name, state FROM mistral.executions WHERE workflow_name = 'turned';
-- what the database is to run itself is looked at, too
SET ROLE rul_a;
SELECT count(*) FROM mistral.create_workflows('{version: "2.0", later: {tasks: {t: {action: std.sql query="SELECT 1"}}}}');
BEGIN;
SELECT mistral.start_workflow('later', run_async => true) AS later \gset
SELECT mistral.pause_execution(:'later');
COMMIT;
SELECT state FROM mistral.tasks WHERE workflow_execution_id = :'later';
SET ROLE rul_admin;
SELECT mistral.create_action_rule('deny', 'std.sql', 'rul_a');
SET ROLE rul_a;
SELECT mistral.resume_execution(:'later');
SET ROLE rul_admin;
SELECT mistral.wait_execution(:'later', interval '1 minute') IS NOT NULL AS waited;
SELECT state, split_part(state_info, E'\n', 1) AS state_info FROM mistral.tasks WHERE workflow_execution_id = :'later';
-- one claim refuses so many, and looks through what others have queued all the same
SELECT mistral.delete_action_rule(id) FROM mistral.action_rules;
SET ROLE rul_a;
SELECT count(*) FROM mistral.create_workflows($${version: "2.0",
 crowd: {tasks: {items: {with-items: "i in <% range(1100) %>", action: rul.get}}}}$$);
SELECT mistral.start_workflow('crowd') AS crowd \gset
SET ROLE rul_b;
SELECT pg_temp.run('ri', 'std.http url="http://b"');
SET ROLE rul_admin;
SELECT mistral.create_action_rule('deny', 'rul.*', 'rul_a') > 0 AS made;
SET ROLE rul_infra;
SELECT workflow_name FROM mistral.claim_actions(:new, 10) WHERE workflow_name IN ('crowd', 'ri');
SELECT count(*) FROM mistral.claim_actions(:new, 10) WHERE workflow_name = 'crowd';
RESET ROLE;
SELECT count(*) FROM mistral.action_queue WHERE project_id = 'rul_a' AND action_name = 'std.http';
SELECT mistral.delete_execution(:'crowd', true);
CALL pg_temp.wait_for($$SELECT count(*) = 0 FROM mistral.delayed_calls WHERE kind = 'finish_action'$$);

-- ---- leave nothing behind
RESET ROLE;
TRUNCATE mistral.action_rules;
DELETE FROM mistral.outbound_rules;
DELETE FROM mistral.executors WHERE name LIKE 'rul\_%';
SELECT count(mistral.delete_execution(id, true)) > 0 AS deleted FROM mistral.executions WHERE project_id LIKE 'rul\_%' AND task_execution_id IS NULL;
SELECT invariant, object, detail FROM mistral.check();
