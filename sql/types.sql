-- States, projects, links between tasks: what tables, policies and views are
-- made with.

CREATE FUNCTION mistral.state_name(code "char")
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_state_name';
COMMENT ON FUNCTION mistral.state_name("char")
    IS 'name of the state that a byte stands for';
REVOKE ALL ON FUNCTION mistral.state_name("char") FROM PUBLIC;

CREATE FUNCTION mistral.state_code(name text)
RETURNS "char"
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_state_code';
COMMENT ON FUNCTION mistral.state_code(text)
    IS 'byte that stands for the state of a name';
REVOKE ALL ON FUNCTION mistral.state_code(text) FROM PUBLIC;

CREATE FUNCTION mistral.is_admin()
RETURNS bool
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_is_admin';
COMMENT ON FUNCTION mistral.is_admin()
    IS 'whether the current user is a superuser or has the privileges of mistral_admin';
REVOKE ALL ON FUNCTION mistral.is_admin() FROM PUBLIC;

CREATE FUNCTION mistral.readable_projects()
RETURNS text[]
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_readable_projects';
COMMENT ON FUNCTION mistral.readable_projects()
    IS 'projects of which the current user may read rows, also those that have none';
REVOKE ALL ON FUNCTION mistral.readable_projects() FROM PUBLIC;

CREATE FUNCTION mistral.can_read_project_support(internal)
RETURNS internal
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_can_read_project_support';
COMMENT ON FUNCTION mistral.can_read_project_support(internal)
    IS 'tells the planner that an index by project finds the rows of can_read_project()';
REVOKE ALL ON FUNCTION mistral.can_read_project_support(internal) FROM PUBLIC;

-- Leakproof, as it says nothing about its argument beyond the result: so it
-- may be tried before other conditions of a policy or view.
CREATE FUNCTION mistral.can_read_project(project_id text)
RETURNS bool
LANGUAGE c STABLE STRICT LEAKPROOF PARALLEL SAFE
SUPPORT mistral.can_read_project_support
AS 'MODULE_PATHNAME', 'mistral_can_read_project';
COMMENT ON FUNCTION mistral.can_read_project(text)
    IS 'whether the current user has the privileges of the project''s role, or sees all projects';
REVOKE ALL ON FUNCTION mistral.can_read_project(text) FROM PUBLIC;

CREATE FUNCTION mistral.role_serves(role text, project text)
RETURNS bool
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_role_serves';
COMMENT ON FUNCTION mistral.role_serves(text, text)
    IS 'whether executors of a role run standard actions of a project: members of mistral_executor do, and who has the role of the project';
REVOKE ALL ON FUNCTION mistral.role_serves(text, text) FROM PUBLIC;

CREATE FUNCTION mistral.task_links(packed bytea)
RETURNS jsonb
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_task_links';
COMMENT ON FUNCTION mistral.task_links(bytea)
    IS 'what led to a task ([{task_id, event}]) or followed it ([[task, event]]), as task_executions has it';
REVOKE ALL ON FUNCTION mistral.task_links(bytea) FROM PUBLIC;

-- Tasks, and actions without one, carry their time of creation in their ids.
CREATE FUNCTION mistral.first_id(moment timestamptz)
RETURNS uuid
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_first_id';
COMMENT ON FUNCTION mistral.first_id(timestamptz)
    IS 'the smallest id that can be made at a time or later';
REVOKE ALL ON FUNCTION mistral.first_id(timestamptz) FROM PUBLIC;

-- Of an action of a task: whether it was not made together with the task.
CREATE FUNCTION mistral.is_late(id uuid, created_at timestamptz)
RETURNS bool
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_is_late';
COMMENT ON FUNCTION mistral.is_late(uuid, timestamptz)
    IS 'whether an id carries another time than that of the creation of its row';
REVOKE ALL ON FUNCTION mistral.is_late(uuid, timestamptz) FROM PUBLIC;
