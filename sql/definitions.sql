-- Functions that create, change, delete and check definitions.

-- What the functions that store definitions return.

CREATE TYPE mistral.stored_workflow AS (
    id uuid, name text, namespace text, project_id text, scope text, tags jsonb,
    workbook_name text, checksum text, definition text, input text,
    interface json, created_at timestamptz, updated_at timestamptz,
    warnings jsonb);
COMMENT ON TYPE mistral.stored_workflow
    IS 'a workflow as it is stored, and warnings about its text';
COMMENT ON COLUMN mistral.stored_workflow.id IS 'identifier';
COMMENT ON COLUMN mistral.stored_workflow.name IS 'name';
COMMENT ON COLUMN mistral.stored_workflow.namespace IS 'namespace; empty is the default one';
COMMENT ON COLUMN mistral.stored_workflow.project_id IS 'role that owns it';
COMMENT ON COLUMN mistral.stored_workflow.scope IS 'private, or public';
COMMENT ON COLUMN mistral.stored_workflow.tags IS 'array of words, or null';
COMMENT ON COLUMN mistral.stored_workflow.workbook_name IS 'workbook that it is part of, or null';
COMMENT ON COLUMN mistral.stored_workflow.checksum IS 'MD5 of the text, or null in a workbook';
COMMENT ON COLUMN mistral.stored_workflow.definition IS 'text';
COMMENT ON COLUMN mistral.stored_workflow.input IS 'its parameters, as a text';
COMMENT ON COLUMN mistral.stored_workflow.interface IS 'parameters and outputs, as JSON';
COMMENT ON COLUMN mistral.stored_workflow.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.stored_workflow.updated_at IS 'time of the last update';
COMMENT ON COLUMN mistral.stored_workflow.warnings IS 'what was noticed in the text, as JSON';

CREATE TYPE mistral.stored_action AS (
    id uuid, name text, namespace text, project_id text, scope text, tags jsonb,
    workbook_name text, kind text, is_system bool, description text, definition text,
    input text, created_at timestamptz, updated_at timestamptz, warnings jsonb);
COMMENT ON TYPE mistral.stored_action
    IS 'an action of a project as it is stored, and warnings about its text';
COMMENT ON COLUMN mistral.stored_action.id IS 'identifier';
COMMENT ON COLUMN mistral.stored_action.name IS 'name';
COMMENT ON COLUMN mistral.stored_action.namespace IS 'namespace; empty is the default one';
COMMENT ON COLUMN mistral.stored_action.project_id IS 'role that owns it';
COMMENT ON COLUMN mistral.stored_action.scope IS 'private, or public';
COMMENT ON COLUMN mistral.stored_action.tags IS 'array of words, or null';
COMMENT ON COLUMN mistral.stored_action.workbook_name IS 'workbook that it is part of, or null';
COMMENT ON COLUMN mistral.stored_action.kind IS 'adhoc, executor or function';
COMMENT ON COLUMN mistral.stored_action.is_system IS 'may not be changed or deleted';
COMMENT ON COLUMN mistral.stored_action.description IS 'what its text says of it';
COMMENT ON COLUMN mistral.stored_action.definition IS 'text';
COMMENT ON COLUMN mistral.stored_action.input IS 'its parameters, as a text';
COMMENT ON COLUMN mistral.stored_action.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.stored_action.updated_at IS 'time of the last update';
COMMENT ON COLUMN mistral.stored_action.warnings IS 'what was noticed in the text, as JSON';

CREATE TYPE mistral.stored_workbook AS (
    id uuid, name text, namespace text, project_id text, scope text, tags jsonb,
    definition text, created_at timestamptz, updated_at timestamptz,
    warnings jsonb);
COMMENT ON TYPE mistral.stored_workbook
    IS 'a workbook as it is stored, and warnings about its text';
COMMENT ON COLUMN mistral.stored_workbook.id IS 'identifier';
COMMENT ON COLUMN mistral.stored_workbook.name IS 'name';
COMMENT ON COLUMN mistral.stored_workbook.namespace IS 'namespace; empty is the default one';
COMMENT ON COLUMN mistral.stored_workbook.project_id IS 'role that owns it';
COMMENT ON COLUMN mistral.stored_workbook.scope IS 'private, or public';
COMMENT ON COLUMN mistral.stored_workbook.tags IS 'array of words, or null';
COMMENT ON COLUMN mistral.stored_workbook.definition IS 'text';
COMMENT ON COLUMN mistral.stored_workbook.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.stored_workbook.updated_at IS 'time of the last update';
COMMENT ON COLUMN mistral.stored_workbook.warnings IS 'what was noticed in the text, as JSON';

CREATE FUNCTION mistral.workflow_input(spec json)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_workflow_input';
COMMENT ON FUNCTION mistral.workflow_input(json)
    IS 'parameters of a workflow as clients show them: a, b="1"';
REVOKE ALL ON FUNCTION mistral.workflow_input(json) FROM PUBLIC;

CREATE FUNCTION mistral.schema_problems(schema jsonb, value jsonb)
RETURNS TABLE (path text, message text)
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'mistral_schema_problems';
COMMENT ON FUNCTION mistral.schema_problems(jsonb, jsonb)
    IS 'what is wrong with a value, as a JSON Schema (draft 2020-12, see docs/language.md) says: place (JSON pointer) and problem, up to 100; no row: it fits';
REVOKE ALL ON FUNCTION mistral.schema_problems(jsonb, jsonb) FROM PUBLIC;

CREATE FUNCTION mistral.workflow_interface(spec json)
RETURNS json
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_workflow_interface';
COMMENT ON FUNCTION mistral.workflow_interface(json)
    IS 'what goes into a workflow and what comes out: {"input": [...], "output": [...]}';
REVOKE ALL ON FUNCTION mistral.workflow_interface(json) FROM PUBLIC;

CREATE FUNCTION mistral.workflow_graph(spec json)
RETURNS json
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_workflow_graph';
COMMENT ON FUNCTION mistral.workflow_graph(json)
    IS 'tasks of a workflow with their kinds and policies, the edges between them with their guards, and commands: {"name": ..., "type": ..., "tasks": [...], "edges": [...], "commands": [...]}';
REVOKE ALL ON FUNCTION mistral.workflow_graph(json) FROM PUBLIC;

CREATE FUNCTION mistral.definition_graphs(definition text)
RETURNS json
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_definition_graphs';
COMMENT ON FUNCTION mistral.definition_graphs(text)
    IS 'graphs of all workflows in a text of workflows or a workbook: {"valid": true, "graphs": [...]}; of a wrong one what the validate functions say';
REVOKE ALL ON FUNCTION mistral.definition_graphs(text) FROM PUBLIC;

CREATE FUNCTION mistral.action_input(spec json)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_action_input';
COMMENT ON FUNCTION mistral.action_input(json)
    IS 'parameters of an ad-hoc action as clients show them: a, b=1';
REVOKE ALL ON FUNCTION mistral.action_input(json) FROM PUBLIC;

-- workflows

CREATE FUNCTION mistral.create_workflows(
    definition text, namespace text DEFAULT '', scope text DEFAULT NULL,
    skip_validation bool DEFAULT false, or_replace bool DEFAULT false)
RETURNS SETOF mistral.stored_workflow
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_workflows';
COMMENT ON FUNCTION mistral.create_workflows(text, text, text, bool, bool)
    IS 'stores the workflows of a YAML text, all or none; private unless the scope is public; with or_replace those of the project that exist get new versions';
REVOKE ALL ON FUNCTION mistral.create_workflows(text, text, text, bool, bool) FROM PUBLIC;

CREATE FUNCTION mistral.update_workflows(
    definition text, namespace text DEFAULT '', scope text DEFAULT NULL,
    skip_validation bool DEFAULT false, identifier text DEFAULT NULL)
RETURNS SETOF mistral.stored_workflow
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_update_workflows';
COMMENT ON FUNCTION mistral.update_workflows(text, text, text, bool, text)
    IS 'gives the workflows of a YAML text new versions; with an identifier, the one it names; without a scope it stays';
REVOKE ALL ON FUNCTION mistral.update_workflows(text, text, text, bool, text) FROM PUBLIC;

CREATE FUNCTION mistral.publish_workflow(identifier text, namespace text DEFAULT '', published bool DEFAULT true)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_publish_workflow';
COMMENT ON FUNCTION mistral.publish_workflow(text, text, bool)
    IS 'makes a workflow one that everybody who sees it may start; with published => false a draft, which is started only with the parameter "draft": true, and simulated';
REVOKE ALL ON FUNCTION mistral.publish_workflow(text, text, bool) FROM PUBLIC;

CREATE FUNCTION mistral.delete_workflow(identifier text, namespace text DEFAULT '')
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_workflow';
COMMENT ON FUNCTION mistral.delete_workflow(text, text)
    IS 'deletes a workflow by name or id; its executions stay';
REVOKE ALL ON FUNCTION mistral.delete_workflow(text, text) FROM PUBLIC;

CREATE FUNCTION mistral.validate_workflow(definition text)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_validate_workflow';
COMMENT ON FUNCTION mistral.validate_workflow(text)
    IS 'checks a text of workflows: {"valid": ..., "error": ..., "warnings": [...]}';
REVOKE ALL ON FUNCTION mistral.validate_workflow(text) FROM PUBLIC;

-- workbooks

CREATE FUNCTION mistral.create_workbook(
    definition text, namespace text DEFAULT '', scope text DEFAULT NULL,
    skip_validation bool DEFAULT false, or_replace bool DEFAULT false)
RETURNS SETOF mistral.stored_workbook
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_workbook';
COMMENT ON FUNCTION mistral.create_workbook(text, text, text, bool, bool)
    IS 'stores a workbook, and its workflows and actions as "workbook.name"; with or_replace changes the one of the project that exists';
REVOKE ALL ON FUNCTION mistral.create_workbook(text, text, text, bool, bool) FROM PUBLIC;

CREATE FUNCTION mistral.update_workbook(
    definition text, namespace text DEFAULT '', scope text DEFAULT NULL,
    skip_validation bool DEFAULT false)
RETURNS SETOF mistral.stored_workbook
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_update_workbook';
COMMENT ON FUNCTION mistral.update_workbook(text, text, text, bool)
    IS 'changes a workbook; creates or updates what it contains, and deletes nothing';
REVOKE ALL ON FUNCTION mistral.update_workbook(text, text, text, bool) FROM PUBLIC;

CREATE FUNCTION mistral.delete_workbook(name text, namespace text DEFAULT '')
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_workbook';
COMMENT ON FUNCTION mistral.delete_workbook(text, text)
    IS 'deletes a workbook; its workflows and actions stay';
REVOKE ALL ON FUNCTION mistral.delete_workbook(text, text) FROM PUBLIC;

CREATE FUNCTION mistral.validate_workbook(definition text)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_validate_workbook';
COMMENT ON FUNCTION mistral.validate_workbook(text)
    IS 'checks the text of a workbook: {"valid": ..., "error": ..., "warnings": [...]}';
REVOKE ALL ON FUNCTION mistral.validate_workbook(text) FROM PUBLIC;

-- ad-hoc actions

CREATE FUNCTION mistral.create_actions(
    definition text, namespace text DEFAULT '', scope text DEFAULT NULL,
    or_replace bool DEFAULT false)
RETURNS SETOF mistral.stored_action
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_actions';
COMMENT ON FUNCTION mistral.create_actions(text, text, text, bool)
    IS 'stores the ad-hoc actions of a YAML text, all or none; with or_replace those of the project that exist get new versions';
REVOKE ALL ON FUNCTION mistral.create_actions(text, text, text, bool) FROM PUBLIC;

CREATE FUNCTION mistral.update_actions(
    definition text, namespace text DEFAULT '', scope text DEFAULT NULL,
    identifier text DEFAULT NULL)
RETURNS SETOF mistral.stored_action
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_update_actions';
COMMENT ON FUNCTION mistral.update_actions(text, text, text, text)
    IS 'gives the ad-hoc actions of a YAML text new versions; with an identifier, the one it names';
REVOKE ALL ON FUNCTION mistral.update_actions(text, text, text, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_action(identifier text, namespace text DEFAULT '')
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_action';
COMMENT ON FUNCTION mistral.delete_action(text, text)
    IS 'deletes an action of a project by name or id';
REVOKE ALL ON FUNCTION mistral.delete_action(text, text) FROM PUBLIC;

-- actions that executors run

CREATE FUNCTION mistral.register_action(
    name text, input text DEFAULT NULL, description text DEFAULT NULL,
    is_sync bool DEFAULT true, tags jsonb DEFAULT NULL, takes_any bool DEFAULT NULL,
    namespace text DEFAULT '', scope text DEFAULT NULL, or_replace bool DEFAULT false)
RETURNS SETOF mistral.stored_action
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_register_action';
COMMENT ON FUNCTION mistral.register_action(text, text, text, bool, jsonb, bool, text, text, bool)
    IS 'makes a name an action that executors of the project run; input is "a, b=1": parameters with defaults as JSON, null: takes any; takes_any: others than those, too; is_sync false: its result comes from elsewhere; with or_replace changes the one that exists';
REVOKE ALL ON FUNCTION mistral.register_action(text, text, text, bool, jsonb, bool, text, text, bool) FROM PUBLIC;

CREATE FUNCTION mistral.update_action(
    identifier text, input text DEFAULT NULL, description text DEFAULT NULL,
    is_sync bool DEFAULT NULL, tags jsonb DEFAULT NULL, takes_any bool DEFAULT NULL,
    namespace text DEFAULT '', scope text DEFAULT NULL)
RETURNS SETOF mistral.stored_action
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_update_action';
COMMENT ON FUNCTION mistral.update_action(text, text, text, bool, jsonb, bool, text, text)
    IS 'changes a registered action, by name or id; a null argument leaves the value as it is; only administrators make it public';
REVOKE ALL ON FUNCTION mistral.update_action(text, text, text, bool, jsonb, bool, text, text) FROM PUBLIC;

CREATE FUNCTION mistral.unregister_action(identifier text, namespace text DEFAULT '')
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_unregister_action';
COMMENT ON FUNCTION mistral.unregister_action(text, text)
    IS 'deletes a registered action by name or id; its queued actions stay queued';
REVOKE ALL ON FUNCTION mistral.unregister_action(text, text) FROM PUBLIC;

-- functions of the database as actions

CREATE FUNCTION mistral.create_function_action(
    name text, function text, description text DEFAULT NULL, tags jsonb DEFAULT NULL,
    namespace text DEFAULT '', scope text DEFAULT NULL, or_replace bool DEFAULT false)
RETURNS SETOF mistral.stored_action
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_function_action';
COMMENT ON FUNCTION mistral.create_function_action(text, text, text, jsonb, text, text, bool)
    IS 'makes a function of the database, given as schema.function(types), an action whose parameters are the function''s; with or_replace the one of the project that exists gets a new version';
REVOKE ALL ON FUNCTION mistral.create_function_action(text, text, text, jsonb, text, text, bool) FROM PUBLIC;

CREATE FUNCTION mistral.validate_actions(definition text)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_validate_actions';
COMMENT ON FUNCTION mistral.validate_actions(text)
    IS 'checks a text of ad-hoc actions: {"valid": ..., "error": ..., "warnings": [...]}';
REVOKE ALL ON FUNCTION mistral.validate_actions(text) FROM PUBLIC;
