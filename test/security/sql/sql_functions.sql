-- What users have written runs with the rights of the execution's project, and
-- finds what the role of that project would find: std.sql and functions of
-- expressions.
SET client_min_messages = warning;
SELECT mistral.create_roles();
CREATE ROLE attack_alice;
CREATE ROLE attack_bob;
GRANT mistral_user TO attack_alice, attack_bob;
CREATE SCHEMA alice AUTHORIZATION attack_alice;
CREATE SCHEMA bob AUTHORIZATION attack_bob;
CREATE SCHEMA common;
GRANT USAGE, CREATE ON SCHEMA common TO attack_alice, attack_bob;
ALTER ROLE attack_alice SET search_path = pg_temp, alice;
ALTER ROLE attack_bob SET search_path = bob;
RESET client_min_messages;
\set VERBOSITY terse

-- The path is the owner's, whoever advances the execution, and a temporary
-- schema is last even where the role has it first.
SET ROLE attack_alice;
CREATE TABLE alice.things AS SELECT 'of alice' AS whose;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
whose:
  output: {whose: <% task(look).result.rows %>}
  tasks:
    wait: {action: std.async_noop, on-success: look}
    look:
      action: std.sql
      input: {query: "SELECT whose, current_user AS me FROM things"}
$$);
SELECT mistral.start_workflow('whose') AS id \gset
CREATE TEMP TABLE things AS SELECT 'of a session' AS whose;
RESET ROLE;
CREATE SCHEMA attack_evil;
CREATE TABLE attack_evil.things AS SELECT 'of somebody' AS whose;
SET search_path = attack_evil, public;
SET mistral.api_admin = on;
SELECT mistral.complete_action(id) FROM mistral.actions WHERE workflow_execution_id = :'id' AND state = 'RUNNING';
SELECT state, output FROM mistral.executions WHERE id = :'id';
RESET search_path;
DROP SCHEMA attack_evil CASCADE;

-- Nor does the administrator of a request lend his rights.
SET ROLE attack_alice;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
lend:
  output: {is_admin: <% task(look).result.rows.first().is_admin %>, here: <% task(look).result.rows.first().here %>}
  tasks:
    wait: {action: std.async_noop, on-success: look}
    look:
      action: std.sql
      input: {query: "SELECT mistral.is_admin(), pg_catalog.current_setting('mistral.api_admin') AS here"}
$$);
SELECT mistral.start_workflow('lend') AS id \gset
RESET ROLE;
SELECT mistral.complete_action(id) FROM mistral.actions WHERE workflow_execution_id = :'id' AND state = 'RUNNING';
SHOW mistral.api_admin;
SELECT output FROM mistral.executions WHERE id = :'id';
RESET mistral.api_admin;

-- A function runs as the project of the execution, not as whoever evaluates.
SET ROLE attack_alice;
CREATE FUNCTION alice.who() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_user || ' ' || current_setting('search_path') $$;
CREATE FUNCTION alice.secret() RETURNS text LANGUAGE sql STABLE AS $$ SELECT whose FROM alice.things $$;
CREATE FUNCTION alice.definer() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path TO alice, pg_temp
    AS $$ SELECT current_user || ' ' || (SELECT whose FROM things) $$;
CREATE FUNCTION alice.breaks_out(how text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    CASE how
        WHEN 'role' THEN PERFORM set_config('role', 'none', false);
        WHEN 'session' THEN SET SESSION AUTHORIZATION DEFAULT;
        WHEN 'commit' THEN COMMIT;
        WHEN 'temp' THEN CREATE TEMP TABLE left_behind (n int);
        WHEN 'writable' THEN SET TRANSACTION READ WRITE;
        WHEN 'engine' THEN PERFORM mistral.start_workflow('whose');
        WHEN 'setting' THEN PERFORM set_config('search_path', 'bob', false);
    END CASE;
    RETURN 'did';
END
$$;
SELECT count(mistral.create_expression_function(n, 'alice.' || f)) FROM (VALUES
    ('who', 'who()'), ('secret', 'secret()'), ('definer', 'definer()'), ('breaks_out', 'breaks_out(text)')) AS v(n, f);
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
who:
  output: {yaql: <% who() %>, jinja: '{{ who() }}'}
  tasks:
    wait: {action: std.async_noop}
$$);
SELECT mistral.start_workflow('who') AS id \gset
RESET ROLE;
SELECT mistral.complete_action(id) FROM mistral.actions WHERE workflow_execution_id = :'id' AND state = 'RUNNING';
SELECT output FROM mistral.executions WHERE id = :'id';

-- A name is the project's own or a public one, never another project's.
SELECT mistral.evaluate('"<% who() %>"');
SET ROLE attack_bob;
SELECT mistral.evaluate('"<% who() %>"');
SELECT count(*) FROM mistral.expression_functions;
SELECT mistral.create_expression_function('who', 'alice.who()');
SELECT mistral.create_expression_function('mine', 'pg_catalog.now()', scope => 'public');
SELECT mistral.delete_expression_function('who');
RESET ROLE;

-- Ways out.
SET ROLE attack_alice;
CREATE FUNCTION pg_temp.try(expr text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN mistral.evaluate(to_jsonb(expr));
EXCEPTION WHEN OTHERS THEN
    RETURN regexp_replace(sqlerrm, '^.*has failed: ', '');
END
$$;
SELECT how, pg_temp.try(format('<%% breaks_out(%s) %%>', how))
  FROM unnest('{role, session, commit, temp, writable, engine, setting}'::text[]) AS how;
SELECT current_user, current_setting('search_path') AS path, pg_temp.try('<% definer() %>') AS definer;
RESET ROLE;

-- EXECUTE is looked at in each call, also of what has been planned before.
SET ROLE attack_alice;
GRANT USAGE ON SCHEMA alice TO attack_bob;
SET ROLE attack_bob;
SELECT count(mistral.create_expression_function(n, 'alice.' || n || '()')) FROM unnest('{who, secret, definer}'::text[]) AS n;
SELECT mistral.evaluate('"<% who() %>"');
SELECT pg_temp.try('<% secret() %>') AS secret, pg_temp.try('<% definer() %>') AS definer;
SET ROLE attack_alice;
SELECT pg_temp.try('<% who() %>');
REVOKE EXECUTE ON FUNCTION alice.who() FROM PUBLIC;
SET ROLE attack_bob;
SELECT pg_temp.try('<% who() %>');
SELECT mistral.create_expression_function('who2', 'alice.who()');
RESET ROLE;

-- Another role's function in the place of the one that was registered is not called.
SET ROLE attack_bob;
CREATE FUNCTION common.rate() RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
SET ROLE attack_alice;
SELECT mistral.create_expression_function('rate', 'common.rate()') IS NOT NULL AS made;
SELECT pg_temp.try('<% rate() %>');
SET ROLE attack_bob;
DROP FUNCTION common.rate();
RESET ROLE;
CREATE ROLE attack_carol;
GRANT USAGE, CREATE ON SCHEMA common TO attack_carol;
SET ROLE attack_carol;
CREATE FUNCTION common.rate() RETURNS int LANGUAGE sql STABLE AS $$ SELECT 2 $$;
SET ROLE attack_alice;
SELECT pg_temp.try('<% rate() %>');
RESET ROLE;

-- What administrators publish runs with the rights of whoever uses it.
CREATE FUNCTION common.me() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_user::text $$;
SELECT mistral.create_expression_function('me', 'common.me()', scope => 'public') IS NOT NULL AS made;
SET ROLE attack_bob;
SELECT pg_temp.try('<% me() %>');
SELECT mistral.delete_expression_function('me');
RESET ROLE;

-- A function as an action is bound in the same way, though it may write.
SET ROLE attack_alice;
CREATE FUNCTION alice.act(how text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    CASE how
        WHEN 'who' THEN RETURN current_user || ' ' || current_setting('search_path');
        WHEN 'role' THEN PERFORM set_config('role', 'none', false);
        WHEN 'session' THEN SET SESSION AUTHORIZATION DEFAULT;
        WHEN 'commit' THEN COMMIT;
        WHEN 'temp' THEN CREATE TEMP TABLE left_behind (n int);
        WHEN 'admin' THEN RETURN mistral.is_admin();
        WHEN 'bob' THEN PERFORM mistral.delete_action('bob.act');
        WHEN 'itself' THEN PERFORM mistral.cancel_execution(id) FROM mistral.executions WHERE workflow_name = 'act' AND state = 'RUNNING';
    END CASE;
    RETURN 'did';
END
$$;
SELECT name, kind FROM mistral.create_function_action('act', 'alice.act(text)');
SELECT name FROM mistral.create_function_action('public.act', 'alice.act(text)', scope => 'public');
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
act:
  input: [{how: [who, role, session, commit, temp, admin, bob, itself]}]
  output: {results: <% task(do).result %>}
  tasks:
    wait: {action: std.async_noop, on-success: do}
    do: {with-items: h in <% $.how %>, action: act how=<% $.h %>, on-error: noop}
$$);
SELECT mistral.start_workflow('act') AS id \gset
SET ROLE attack_bob;
SELECT name FROM mistral.create_function_action('bob.act', 'bob.act()');
CREATE FUNCTION bob.act() RETURNS text LANGUAGE sql AS $$ SELECT current_user::text $$;
SELECT name FROM mistral.create_function_action('bob.act', 'bob.act()');
RESET ROLE;
SET mistral.api_admin = on;
SELECT mistral.complete_action(id) FROM mistral.actions WHERE workflow_execution_id = :'id' AND state = 'RUNNING';
RESET mistral.api_admin;
SELECT input ->> 'how' AS how, a.state, coalesce(output #>> '{result,message}', output ->> 'result') AS result
  FROM mistral.actions a WHERE workflow_execution_id = :'id' AND name = 'act' ORDER BY id;
SELECT current_user, to_regclass('pg_temp.left_behind') AS left_behind;

-- Rights are looked at when it runs, and the function must still be its owner's.
SET ROLE attack_bob;
GRANT USAGE ON SCHEMA bob TO attack_alice;
SET ROLE attack_alice;
SELECT name FROM mistral.create_function_action('borrowed', 'bob.act()');
SELECT mistral.run_action('borrowed', '{}', '{"run_sync": true}') #>> '{output,result}' AS result;
SET ROLE attack_bob;
REVOKE EXECUTE ON FUNCTION bob.act() FROM PUBLIC;
SET ROLE attack_alice;
SELECT mistral.run_action('borrowed', '{}', '{"run_sync": true}') #>> '{output,result,message}' AS result;
RESET ROLE;
GRANT CREATE ON SCHEMA bob TO attack_carol;
DROP FUNCTION bob.act();
SET ROLE attack_carol;
SET search_path = pg_catalog;
CREATE FUNCTION bob.act() RETURNS text LANGUAGE sql AS $$ SELECT 'caught ' || current_user $$;
RESET ROLE;
RESET search_path;
SET ROLE attack_alice;
SELECT mistral.run_action('borrowed', '{}', '{"run_sync": true}') #>> '{output,result,message}' AS result;
RESET ROLE;

SET client_min_messages = warning;
SELECT count(mistral.delete_action(id::text)) FROM mistral.action_definitions WHERE project_id LIKE 'attack%';
SELECT mistral.delete_execution(id, true) FROM mistral.executions WHERE project_id LIKE 'attack%' AND task_execution_id IS NULL;
SELECT mistral.delete_expression_function('me');
SET ROLE attack_alice;
SELECT count(mistral.delete_expression_function(name)) FROM mistral.expression_functions WHERE project_id = 'attack_alice';
SET ROLE attack_bob;
SELECT count(mistral.delete_expression_function(name)) FROM mistral.expression_functions WHERE project_id = 'attack_bob';
RESET ROLE;
SELECT count(mistral.delete_workflow(id::text)) FROM mistral.workflows WHERE project_id LIKE 'attack%';
DROP SCHEMA alice, bob, common CASCADE;
DROP OWNED BY attack_alice, attack_bob, attack_carol;
DROP ROLE attack_alice, attack_bob, attack_carol;
