-- Functions for environments, code sources, dynamic actions, and sharing.

CREATE FUNCTION mistral.create_environment(
    name text, variables jsonb DEFAULT '{}', description text DEFAULT NULL,
    scope text DEFAULT NULL, or_replace bool DEFAULT false,
    secrets text[] DEFAULT NULL)
RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_environment';
COMMENT ON FUNCTION mistral.create_environment(text, jsonb, text, text, bool, text[])
    IS 'stores a named set of variables, of which those named in secrets are shown to nobody; with or_replace changes the one of the project that exists';
REVOKE ALL ON FUNCTION mistral.create_environment(text, jsonb, text, text, bool, text[]) FROM PUBLIC;

CREATE FUNCTION mistral.update_environment(
    name text, variables jsonb DEFAULT NULL, description text DEFAULT NULL,
    scope text DEFAULT NULL, secrets text[] DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_update_environment';
COMMENT ON FUNCTION mistral.update_environment(text, jsonb, text, text, text[])
    IS 'changes the values that are given; null leaves one as it is, and variables are replaced as a whole, where a reference stands for the secret that it is of';
REVOKE ALL ON FUNCTION mistral.update_environment(text, jsonb, text, text, text[]) FROM PUBLIC;

CREATE FUNCTION mistral.delete_environment(name text)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_environment';
COMMENT ON FUNCTION mistral.delete_environment(text)
    IS 'deletes an environment; executions have a copy of theirs';
REVOKE ALL ON FUNCTION mistral.delete_environment(text) FROM PUBLIC;

CREATE FUNCTION mistral.create_code_source(
    name text, content text, namespace text DEFAULT '',
    scope text DEFAULT 'private', language text DEFAULT 'javascript')
RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_code_source';
COMMENT ON FUNCTION mistral.create_code_source(text, text, text, text, text)
    IS 'stores the program of dynamic actions; executors run those in the language javascript';
REVOKE ALL ON FUNCTION mistral.create_code_source(text, text, text, text, text) FROM PUBLIC;

CREATE FUNCTION mistral.update_code_source(
    id uuid, content text, scope text DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_update_code_source';
COMMENT ON FUNCTION mistral.update_code_source(uuid, text, text)
    IS 'changes a program and counts its version up';
REVOKE ALL ON FUNCTION mistral.update_code_source(uuid, text, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_code_source(id uuid)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_code_source';
COMMENT ON FUNCTION mistral.delete_code_source(uuid)
    IS 'deletes a program and its dynamic actions';
REVOKE ALL ON FUNCTION mistral.delete_code_source(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.create_dynamic_action(
    name text, class_name text, code_source_id uuid,
    namespace text DEFAULT '', scope text DEFAULT 'private')
RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_dynamic_action';
COMMENT ON FUNCTION mistral.create_dynamic_action(text, text, uuid, text, text)
    IS 'stores an action that is a class of a code source';
REVOKE ALL ON FUNCTION mistral.create_dynamic_action(text, text, uuid, text, text) FROM PUBLIC;

CREATE FUNCTION mistral.update_dynamic_action(
    id uuid, class_name text DEFAULT NULL, code_source_id uuid DEFAULT NULL,
    scope text DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_update_dynamic_action';
COMMENT ON FUNCTION mistral.update_dynamic_action(uuid, text, uuid, text)
    IS 'changes the values that are given; null leaves one as it is';
REVOKE ALL ON FUNCTION mistral.update_dynamic_action(uuid, text, uuid, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_dynamic_action(id uuid)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_dynamic_action';
COMMENT ON FUNCTION mistral.delete_dynamic_action(uuid)
    IS 'deletes a dynamic action';
REVOKE ALL ON FUNCTION mistral.delete_dynamic_action(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.create_member(workflow_id uuid, member_id text)
RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_member';
COMMENT ON FUNCTION mistral.create_member(uuid, text)
    IS 'offers a private workflow to another project';
REVOKE ALL ON FUNCTION mistral.create_member(uuid, text) FROM PUBLIC;

CREATE FUNCTION mistral.update_member(workflow_id uuid, member_id text, status text)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_update_member';
COMMENT ON FUNCTION mistral.update_member(uuid, text, text)
    IS 'accepts or rejects a workflow that was offered to the caller';
REVOKE ALL ON FUNCTION mistral.update_member(uuid, text, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_member(workflow_id uuid, member_id text)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_member';
COMMENT ON FUNCTION mistral.delete_member(uuid, text)
    IS 'takes a workflow back from another project';
REVOKE ALL ON FUNCTION mistral.delete_member(uuid, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_retired_versions(older_than interval DEFAULT '1 day')
RETURNS bigint
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_retired_versions';
COMMENT ON FUNCTION mistral.delete_retired_versions(interval)
    IS 'deletes versions of definitions that were replaced that long ago and that no execution uses';
REVOKE ALL ON FUNCTION mistral.delete_retired_versions(interval) FROM PUBLIC;
