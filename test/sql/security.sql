-- Who sees what: a role is a project, and sees the rows of the projects whose
-- privileges it has. Everything is rolled back, as roles belong to the cluster.
\set ON_ERROR_ROLLBACK on
BEGIN;

SELECT mistral.create_roles();
-- once more does no harm
SELECT mistral.create_roles();

-- nobody but the extension's owner may call these
SELECT p.oid::regprocedure AS function
  FROM pg_proc p
 WHERE p.pronamespace = 'mistral'::regnamespace
   AND NOT EXISTS (SELECT 1 FROM aclexplode(p.proacl) a WHERE a.grantee <> p.proowner)
 ORDER BY p.oid::regprocedure::text;
-- views that neither read with the caller's rights nor have a condition
SELECT c.oid::regclass AS view
  FROM pg_class c
 WHERE c.relnamespace = 'mistral'::regnamespace AND c.relkind = 'v'
   AND NOT 'security_invoker=true' = ANY (coalesce(c.reloptions, '{}'))
   AND (NOT 'security_barrier=true' = ANY (coalesce(c.reloptions, '{}'))
		OR pg_get_viewdef(c.oid) !~ 'can_read_project|is_admin|is_candidate')
   AND c.relname NOT LIKE 'stat\_%'	-- for pg_monitor
 ORDER BY c.oid::regclass::text;

CREATE ROLE regress_team_a IN ROLE mistral_user;
CREATE ROLE regress_team_b IN ROLE mistral_user;
CREATE ROLE regress_member IN ROLE regress_team_a;
CREATE ROLE regress_admin IN ROLE mistral_admin;
CREATE ROLE regress_observer IN ROLE mistral_observer;
CREATE ROLE regress_nobody;

-- an execution with a task and an action for each team, and one of a role
-- that is gone
INSERT INTO mistral.workflow_executions
	(id, version_id, workflow_id, root_id, created_at, state, project_id, workflow_name)
SELECT id, id, id, id, now(), 'S', project, 'of_' || project
  FROM (VALUES ('01900000-0000-7000-8000-00000000000a'::uuid, 'regress_team_a'),
			   ('01900000-0000-7000-8000-00000000000b', 'regress_team_b'),
			   ('01900000-0000-7000-8000-00000000000c', 'regress_gone')) AS e(id, project);
INSERT INTO mistral.execution_data (execution_id, project_id, root_id, input, params, context)
SELECT id, project_id, id, '{}', '{}', '{}' FROM mistral.workflow_executions
 WHERE project_id LIKE 'regress%';
INSERT INTO mistral.task_executions
	(id, execution_id, root_id, created_at, task_index, state, type, processed, project_id, name)
SELECT (left(id::text, -8) || '00000000')::uuid, id, id, now(), 0, 'S', 'A', true, project_id, 'task'
  FROM mistral.workflow_executions WHERE project_id = 'regress_team_a';
INSERT INTO mistral.action_executions
	(id, task_id, execution_id, root_id, created_at, state, project_id, name, input)
SELECT (left(id::text, -8) || '00000001')::uuid, id, execution_id, root_id, now(), 'S',
	   project_id, 'std.noop', '{}'
  FROM mistral.task_executions WHERE project_id = 'regress_team_a';

-- definitions: private, public, and one offered to team b
CREATE FUNCTION pg_temp.add_workflow(id uuid, name text, project text, scope text)
RETURNS void LANGUAGE sql AS $$
	INSERT INTO mistral.workflow_versions (id, definition_id, project_id, definition, spec, created_at)
		VALUES (id, id, project, 'text of ' || name, '{}', now());
	INSERT INTO mistral.workflow_definitions (id, name, project_id, scope, version_id, created_at)
		VALUES (id, name, project, scope, id, now());
$$;
SELECT count(pg_temp.add_workflow(('01900000-0000-7000-8000-0000000000' || n)::uuid,
								  name, 'regress_team_a', scope))
  FROM (VALUES ('d1', 'private_a', 'private'), ('d2', 'public_a', 'public'),
			   ('d3', 'offered_a', 'private'), ('d4', 'shared_a', 'private')) AS w(n, name, scope);
INSERT INTO mistral.resource_members
	(id, resource_id, resource_type, project_id, member_id, status, created_at)
SELECT id, id, 'workflow', project_id, 'regress_team_b',
	   CASE name WHEN 'shared_a' THEN 'accepted' ELSE 'pending' END, now()
  FROM mistral.workflow_definitions WHERE name IN ('offered_a', 'shared_a');

-- what each role sees
CREATE TEMP TABLE roles (n int, role text);
INSERT INTO roles VALUES
	(1, 'regress_team_a'), (2, 'regress_team_b'), (3, 'regress_member'),
	(4, 'regress_admin'), (5, 'regress_observer'), (6, 'regress_nobody');
GRANT SELECT ON roles TO PUBLIC;

CREATE FUNCTION pg_temp.seen_by(role text, query text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	seen text;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	BEGIN
		EXECUTE query INTO seen;
	EXCEPTION WHEN insufficient_privilege THEN
		seen := 'refused';
	END;
	RESET ROLE;
	RETURN coalesce(seen, '-');
END
$$;

SELECT role, pg_temp.seen_by(role, $$
	SELECT string_agg(workflow_name, ' ' ORDER BY id) FROM mistral.executions
	 WHERE workflow_name LIKE 'of_regress%' $$) AS executions
  FROM roles ORDER BY n;
SELECT role,
	   pg_temp.seen_by(role, $$ SELECT count(*) FROM mistral.tasks WHERE project_id LIKE 'regress%' $$) AS tasks,
	   pg_temp.seen_by(role, $$ SELECT count(*) FROM mistral.actions WHERE project_id LIKE 'regress%' $$) AS actions
  FROM roles ORDER BY n;
SELECT role, pg_temp.seen_by(role, $$
	SELECT string_agg(name, ' ' ORDER BY id) FROM mistral.workflows
	 WHERE project_id LIKE 'regress%' $$) AS workflows
  FROM roles ORDER BY n;

-- the tables that the API reads show the same
SELECT role, pg_temp.seen_by(role, $$
	SELECT count(*) FROM mistral.workflow_executions
	 WHERE project_id LIKE 'regress%' $$) AS rows
  FROM roles ORDER BY n;

-- and if more is granted, the policies hold
GRANT SELECT ON ALL TABLES IN SCHEMA mistral TO regress_team_b;
SELECT relation, pg_temp.seen_by('regress_team_b', format(
	'SELECT count(*) FROM mistral.%I WHERE project_id LIKE %L', relation, 'regress%')) AS rows
  FROM unnest(ARRAY['workflow_executions', 'execution_data', 'task_executions',
					'action_executions', 'workflow_versions', 'workflow_definitions',
					'resource_members']) WITH ORDINALITY AS t(relation, n)
 ORDER BY n;

-- nobody writes
SELECT role, pg_temp.seen_by(role, $$
	UPDATE mistral.workflow_executions SET state = 'E'
	 WHERE project_id LIKE 'regress%' RETURNING id $$) AS updated
  FROM roles ORDER BY n;

-- a condition with side effects sees no row of others
CREATE FUNCTION pg_temp.tell(value text) RETURNS bool
LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN
	RAISE NOTICE 'saw %', value;
	RETURN true;
END
$$;
GRANT USAGE ON SCHEMA mistral TO regress_team_b;
SET LOCAL ROLE regress_team_b;
SELECT count(*) FROM mistral.executions WHERE pg_temp.tell(workflow_name);
SELECT count(*) FROM mistral.workflow_executions WHERE pg_temp.tell(workflow_name);
RESET ROLE;

-- what each role does: a user runs a workflow, an executor its actions, others
-- keep out
CREATE ROLE regress_executor IN ROLE mistral_executor;
CREATE ROLE regress_other IN ROLE mistral_executor;
CREATE FUNCTION pg_temp.attempt(role text, statement text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	BEGIN
		EXECUTE statement INTO answer;
		answer := 'done';
	EXCEPTION WHEN OTHERS THEN
		answer := SQLSTATE || ' ' || regexp_replace(SQLERRM, '[0-9a-f-]{36}', '<id>', 'g');
	END;
	RESET ROLE;
	RETURN answer;
END
$$;

SET LOCAL ROLE regress_team_a;
SELECT name FROM mistral.create_workflows($$
version: '2.0'
security_steps:
  tasks:
    ask: {action: std.http url="http://localhost", target: regress_security, on-success: wait}
    wait: {action: std.async_noop}
$$);
SELECT mistral.start_workflow('security_steps') AS id \gset
RESET ROLE;

SELECT role, pg_temp.attempt(role, format('SELECT mistral.get_execution(%L)', :'id')) AS get
  FROM roles ORDER BY n;
SELECT role, pg_temp.attempt(role, format('SELECT mistral.pause_execution(%L)', :'id')) AS pause
  FROM roles WHERE role <> 'regress_admin' ORDER BY n;
-- a name is the project's own; an id is what the role may read
SELECT id AS steps FROM mistral.workflows WHERE name = 'security_steps' \gset
SELECT role, pg_temp.attempt(role, $$ SELECT mistral.start_workflow('security_steps') $$) AS start,
	   pg_temp.attempt(role, format($$ SELECT mistral.start_workflow(%L) $$, :'steps'))
	   LIKE 'done%' AS start_by_id
  FROM roles WHERE role <> 'regress_team_a' ORDER BY n;

-- projects take turns at claims, and which is first is left to chance
SELECT count(mistral.delete_execution(id, true)) FROM mistral.executions
 WHERE workflow_name = 'security_steps' AND id <> :'id';

SET LOCAL ROLE regress_executor;
SELECT mistral.register_executor('security', 'regress_security') AS executor \gset
RESET ROLE;
SELECT mistral.resume_execution(:'id');
SET LOCAL ROLE regress_executor;
SELECT action_id AS action, name FROM mistral.claim_actions(:executor, 1) \gset
RESET ROLE;
SELECT pg_temp.attempt('regress_executor', format('SELECT mistral.get_execution(%L)', :'id')) AS get,
	   pg_temp.attempt('regress_executor', $$ SELECT mistral.start_workflow('security_steps') $$) AS start,
	   pg_temp.attempt('regress_executor', $$ SELECT count(*) FROM mistral.actions $$) AS look;
-- a claim is its executor's own
SELECT pg_temp.attempt('regress_team_a', format('SELECT mistral.extend_leases(%s)', :executor)) AS user,
	   pg_temp.attempt('regress_other', format('SELECT mistral.extend_leases(%s)', :executor)) AS other,
	   pg_temp.attempt('regress_executor', format('SELECT mistral.extend_leases(%s)', :executor)) AS executor;
SELECT pg_temp.attempt('regress_other', format(
	'SELECT mistral.complete_actions(%s, jsonb_build_array(jsonb_build_object(''id'', %L, ''data'', 1)))',
	:executor, :'action')) AS other;
SET LOCAL ROLE regress_executor;
SELECT count(*) FROM mistral.claimed_actions(:executor);
SELECT count(*) FROM mistral.complete_actions(:executor,
	jsonb_build_array(jsonb_build_object('id', :'action', 'data', 1)));
SELECT mistral.unregister_executor(:executor);
RESET ROLE;

SELECT id AS action FROM mistral.actions
 WHERE task_name = 'wait' AND workflow_execution_id = :'id' \gset
SELECT role, pg_temp.attempt(role, format('SELECT mistral.complete_action(%L)', :'action')) AS complete
  FROM roles ORDER BY n DESC;
SELECT state FROM mistral.executions WHERE id = :'id';

-- an answer that was given to an administrator's request is not the next one's
SET LOCAL mistral.api_admin = on;
SET LOCAL ROLE regress_team_b;
SELECT mistral.can_read_project('regress_team_a');
RESET ROLE;
SET LOCAL mistral.api_admin = off;
SET LOCAL ROLE regress_team_b;
SELECT mistral.can_read_project('regress_team_a');
RESET ROLE;

ROLLBACK;
