-- Environments, code sources, dynamic actions, and sharing
-- (RES-07, RES-08, RES-11, RES-12, RES-16).
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT mistral.create_roles();
CREATE ROLE regress_team_a IN ROLE mistral_user;
CREATE ROLE regress_team_b IN ROLE mistral_user;

SET ROLE regress_team_a;
SELECT mistral.create_environment('dev', '{"host": "a"}', 'for developers') IS NOT NULL AS created;
SELECT mistral.create_environment('dev', '{}');
SELECT mistral.create_environment('b c', '{}') IS NOT NULL AS created;
SELECT mistral.delete_environment('b c');
SELECT mistral.create_environment(repeat('b', 256), '{}');
SELECT mistral.create_environment('', '{}');
SELECT mistral.create_environment('list', '[1]');
SELECT mistral.create_environment('open', '{}', scope => 'public');
SELECT mistral.create_environment('odd', '{}', scope => 'odd');
SELECT mistral.update_environment('dev', description => 'changed');
SELECT mistral.update_environment('dev', '{"host": "b"}');
SELECT mistral.update_environment('nowhere', '{}');
SELECT mistral.delete_environment('nowhere');
-- another project does not see it
SET ROLE regress_team_b;
SELECT mistral.update_environment('dev', '{}');
SELECT mistral.create_environment('dev', '{"host": "own"}') IS NOT NULL AS created;
RESET ROLE;
SELECT name, project_id, scope, description, variables FROM mistral.environments ORDER BY project_id;
-- what is public is seen, but not changed
UPDATE mistral.environments SET scope = 'public', name = 'open' WHERE project_id = 'regress_team_a';
SET ROLE regress_team_b;
\set VERBOSITY terse
DO $$
BEGIN
	PERFORM mistral.update_environment('open', '{}');
EXCEPTION WHEN SQLSTATE 'MS031' THEN
	RAISE NOTICE '%', regexp_replace(sqlerrm, '[0-9a-f-]{36}', 'ID');
END
$$;
\set VERBOSITY default
SELECT mistral.delete_environment('dev');

-- workflows: invisible, shared, public
SET ROLE regress_team_a;
SELECT name FROM mistral.create_workflows(E'version: ''2.0''\nsecret: {tasks: {t: {action: std.noop}}}');
SELECT name FROM mistral.create_workflows(E'version: ''2.0''\nopen: {tasks: {t: {action: std.noop}}}', scope => 'public');
RESET ROLE;
CREATE FUNCTION pg_temp.id_of(name text) RETURNS uuid LANGUAGE sql SECURITY DEFINER AS $$
	SELECT id FROM mistral.workflow_definitions d WHERE d.name = $1
$$;
CREATE FUNCTION pg_temp.try(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE 'SELECT ' || call INTO result;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	RETURN sqlstate || ' ' || regexp_replace(replace(sqlerrm, session_user, 'PROJECT'), '[0-9a-f]{8}-[0-9a-f-]{27}', 'ID', 'g');
END
$$;
SET ROLE regress_team_b;
SELECT pg_temp.try($c$mistral.delete_workflow('secret')$c$);
SELECT pg_temp.try($c$mistral.start_workflow('secret')$c$);
SELECT pg_temp.try($c$mistral.create_member(pg_temp.id_of('secret'), 'regress_team_b')$c$);
SET ROLE regress_team_a;
SELECT pg_temp.try($c$mistral.create_member(pg_temp.id_of('secret'), '')$c$);
SELECT pg_temp.try($c$mistral.create_member(pg_temp.id_of('secret'), 'regress_team_b')$c$);
SELECT pg_temp.try($c$mistral.create_member(pg_temp.id_of('secret'), 'regress_team_b')$c$);
SELECT pg_temp.try($c$mistral.update_member(pg_temp.id_of('secret'), 'regress_team_b', 'accepted')$c$);
SET ROLE regress_team_b;
SELECT pg_temp.try($c$mistral.start_workflow('secret')$c$);
SELECT pg_temp.try($c$mistral.update_member(pg_temp.id_of('secret'), 'regress_team_b', 'perhaps')$c$);
SELECT pg_temp.try($c$mistral.update_member(pg_temp.id_of('secret'), 'regress_team_b', 'accepted')$c$);
SELECT pg_temp.try($c$mistral.start_workflow('secret')$c$);
SELECT pg_temp.try($c$mistral.delete_workflow('secret')$c$);
SELECT pg_temp.try($c$mistral.delete_member(pg_temp.id_of('secret'), 'regress_team_b')$c$);
-- the own one of the name comes first
SELECT name, project_id FROM mistral.create_workflows(E'version: ''2.0''\nsecret: {tasks: {t: {action: std.noop}}}');
SELECT pg_temp.try($c$mistral.delete_workflow('secret')$c$);
SELECT pg_temp.try($c$mistral.update_member(pg_temp.id_of('secret'), 'regress_team_b', 'rejected')$c$);
SELECT pg_temp.try($c$mistral.start_workflow('secret')$c$);
SET ROLE regress_team_a;
SELECT pg_temp.try($c$mistral.delete_member(pg_temp.id_of('secret'), 'regress_team_b')$c$);
SELECT pg_temp.try($c$mistral.delete_member(pg_temp.id_of('secret'), 'regress_team_b')$c$);
RESET ROLE;
UPDATE mistral.workflow_definitions SET scope = 'public' WHERE name = 'secret';
SET ROLE regress_team_b;
SELECT pg_temp.try($c$mistral.start_workflow('secret')$c$);
SELECT pg_temp.try($c$mistral.update_workflows(E'version: ''2.0''\nsecret: {tasks: {t: {action: std.noop}}}')$c$);
SET ROLE regress_team_a;
SELECT pg_temp.try($c$mistral.create_member(pg_temp.id_of('secret'), 'regress_team_b')$c$);
RESET ROLE;
-- triggers hold a workflow where it is (RES-09)
INSERT INTO mistral.cron_triggers (id, name, project_id, workflow_id, next_execution_time, created_at)
SELECT '01900000-0000-7000-8000-00000000000b', 'daily', 'regress_team_b', id, now(), now()
  FROM mistral.workflow_definitions WHERE name = 'secret';
SET ROLE regress_team_a;
SELECT pg_temp.try($c$mistral.update_workflows(E'version: ''2.0''\nsecret: {tasks: {t: {action: std.noop}}}', scope => 'private')$c$);
SELECT pg_temp.try($c$mistral.update_workflows(E'version: ''2.0''\nsecret: {tasks: {t: {action: std.noop}}}', scope => NULL)$c$);
SELECT pg_temp.try($c$mistral.delete_workflow('secret')$c$);
RESET ROLE;
DELETE FROM mistral.cron_triggers;
INSERT INTO mistral.event_triggers (id, project_id, workflow_id, exchange, topic, event, created_at)
SELECT '01900000-0000-7000-8000-00000000000b', 'regress_team_a', id, 'x', 't', 'e', now()
  FROM mistral.workflow_definitions WHERE name = 'secret';
SET ROLE regress_team_a;
SELECT pg_temp.try($c$mistral.delete_workflow('secret')$c$);
SELECT pg_temp.try($c$mistral.update_workflows(E'version: ''2.0''\nsecret: {tasks: {t: {action: std.noop}}}')$c$);
RESET ROLE;
DELETE FROM mistral.event_triggers;

-- system definitions are protected (RES-13)
UPDATE mistral.workflow_definitions SET is_system = true WHERE name = 'secret';
SELECT pg_temp.try($c$mistral.delete_workflow(pg_temp.id_of('secret')::text)$c$);
SELECT pg_temp.try($c$mistral.update_workflows(E'version: ''2.0''\nsecret: {tasks: {t: {action: std.noop}}}',
	identifier => pg_temp.id_of('secret')::text)$c$);

-- code sources and dynamic actions are the administrator's (RES-14, RES-15)
SET ROLE regress_team_a;
SELECT pg_temp.try($c$mistral.create_code_source('s', 'class A: pass')$c$);
RESET ROLE;
SELECT pg_temp.try($c$mistral.create_code_source('s', 'class A: pass')$c$);
SELECT pg_temp.try($c$mistral.create_code_source('s', 'class A: pass')$c$);
SELECT pg_temp.try($c$mistral.update_code_source((SELECT id FROM mistral.code_sources), 'class B: pass')$c$);
SELECT pg_temp.try($c$mistral.create_dynamic_action('d', 'B', (SELECT id FROM mistral.code_sources))$c$);
SELECT pg_temp.try($c$mistral.create_dynamic_action('d', 'B', (SELECT id FROM mistral.code_sources))$c$);
SELECT pg_temp.try($c$mistral.create_dynamic_action('d2', 'B', '01900000-0000-7000-8000-00000000000a')$c$);
SELECT pg_temp.try($c$mistral.create_dynamic_action('d2', '', (SELECT id FROM mistral.code_sources))$c$);
SELECT pg_temp.try($c$mistral.update_dynamic_action((SELECT id FROM mistral.dynamic_actions), 'C')$c$);
SELECT pg_temp.try($c$mistral.update_dynamic_action('01900000-0000-7000-8000-00000000000a', 'C')$c$);
SELECT s.name, s.version, s.content, s.language, a.name, a.class_name
  FROM mistral.code_sources s JOIN mistral.dynamic_actions a ON a.code_source_id = s.id;
SELECT pg_temp.try($c$mistral.delete_code_source('01900000-0000-7000-8000-00000000000a')$c$);
SELECT pg_temp.try($c$mistral.delete_code_source((SELECT id FROM mistral.code_sources))$c$);
SELECT count(*) FROM mistral.dynamic_actions;
ROLLBACK;
