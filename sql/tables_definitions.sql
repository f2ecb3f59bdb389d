-- Definitions: workflows, workbooks, actions, environments, code sources, and
-- who may see them.
--
-- A definition's row is what its name stands for; the text and what was made
-- of it are in versions, which do not change.  Updating a definition adds
-- a version, and executions keep the one they were started with.

CREATE TABLE mistral.workbooks (
    id              uuid PRIMARY KEY,
    name            text NOT NULL,
    namespace       text NOT NULL DEFAULT '',
    project_id      text NOT NULL,
    scope           text NOT NULL DEFAULT 'private',
    tags            jsonb,
    definition      text NOT NULL,
    spec            json NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz,
    CONSTRAINT workbooks_key UNIQUE (name, namespace, project_id),
    CONSTRAINT workbooks_name_check CHECK (length(name) <= 255),
    CONSTRAINT workbooks_scope_check CHECK (scope IN ('private', 'public'))
);
CREATE INDEX workbooks_project_idx ON mistral.workbooks (project_id);
COMMENT ON TABLE mistral.workbooks
    IS 'texts that define workflows and actions together';
COMMENT ON COLUMN mistral.workbooks.id IS 'identifier, ordered by time of creation';
COMMENT ON COLUMN mistral.workbooks.name IS 'name in the text';
COMMENT ON COLUMN mistral.workbooks.namespace IS 'namespace of the workbook and its items';
COMMENT ON COLUMN mistral.workbooks.project_id IS 'role that owns the workbook';
COMMENT ON COLUMN mistral.workbooks.scope IS 'private, or public: every project sees it';
COMMENT ON COLUMN mistral.workbooks.tags IS 'array of words, or null';
COMMENT ON COLUMN mistral.workbooks.definition IS 'the text';
COMMENT ON COLUMN mistral.workbooks.spec IS 'the text, checked and normalised';
COMMENT ON COLUMN mistral.workbooks.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.workbooks.updated_at IS 'time of the last update';

CREATE TABLE mistral.workflow_versions (
    id              uuid PRIMARY KEY,
    definition_id   uuid NOT NULL,
    project_id      text NOT NULL,
    definition      text NOT NULL,
    spec            json NOT NULL,
    created_at      timestamptz NOT NULL,
    retired_at      timestamptz
);
CREATE INDEX workflow_versions_definition_idx
    ON mistral.workflow_versions (definition_id, created_at);
CREATE INDEX workflow_versions_retired_idx
    ON mistral.workflow_versions (retired_at) WHERE retired_at IS NOT NULL;
COMMENT ON TABLE mistral.workflow_versions
    IS 'the texts that workflows have had; delete_retired_versions() removes what nothing uses';
COMMENT ON COLUMN mistral.workflow_versions.retired_at
    IS 'when another version took its place or the workflow was deleted; null: newest';
COMMENT ON COLUMN mistral.workflow_versions.id IS 'identifier, ordered by time of creation';
COMMENT ON COLUMN mistral.workflow_versions.definition_id
    IS 'the workflow; it may have been deleted since';
COMMENT ON COLUMN mistral.workflow_versions.project_id IS 'role that owns the workflow';
COMMENT ON COLUMN mistral.workflow_versions.definition IS 'the text';
COMMENT ON COLUMN mistral.workflow_versions.spec IS 'the text, checked and normalised';
COMMENT ON COLUMN mistral.workflow_versions.created_at IS 'time of creation';

CREATE TABLE mistral.workflow_definitions (
    id              uuid PRIMARY KEY,
    name            text NOT NULL,
    namespace       text NOT NULL DEFAULT '',
    project_id      text NOT NULL,
    scope           text NOT NULL DEFAULT 'private',
    is_system       bool NOT NULL DEFAULT false,
    is_draft        bool NOT NULL DEFAULT false,
    workbook_name   text,
    checksum        text,
    version_id      uuid NOT NULL,
    tags            jsonb,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz,
    CONSTRAINT workflow_definitions_key UNIQUE (name, namespace, project_id),
    CONSTRAINT workflow_definitions_name_check CHECK (length(name) <= 255),
    CONSTRAINT workflow_definitions_scope_check CHECK (scope IN ('private', 'public'))
) WITH (fillfactor = 80);
CREATE INDEX workflow_definitions_version_idx
    ON mistral.workflow_definitions (version_id);
CREATE INDEX workflow_definitions_project_idx ON mistral.workflow_definitions (project_id);
COMMENT ON TABLE mistral.workflow_definitions
    IS 'workflows that can be started; each refers to its newest version';
COMMENT ON COLUMN mistral.workflow_definitions.id IS 'identifier, ordered by time of creation';
COMMENT ON COLUMN mistral.workflow_definitions.name
    IS 'name; "workbook.workflow" for one of a workbook';
COMMENT ON COLUMN mistral.workflow_definitions.namespace IS 'namespace; empty is the default one';
COMMENT ON COLUMN mistral.workflow_definitions.project_id IS 'role that owns the workflow';
COMMENT ON COLUMN mistral.workflow_definitions.scope IS 'private, or public: every project sees it';
COMMENT ON COLUMN mistral.workflow_definitions.is_system IS 'may not be changed or deleted';
COMMENT ON COLUMN mistral.workflow_definitions.is_draft
    IS 'is started only by who asks for drafts; see publish_workflow()';
COMMENT ON COLUMN mistral.workflow_definitions.workbook_name
    IS 'workbook that contains it, or null';
COMMENT ON COLUMN mistral.workflow_definitions.checksum
    IS 'MD5 of the text, null for one of a workbook';
COMMENT ON COLUMN mistral.workflow_definitions.version_id IS 'newest version';
COMMENT ON COLUMN mistral.workflow_definitions.tags IS 'array of words, or null';
COMMENT ON COLUMN mistral.workflow_definitions.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.workflow_definitions.updated_at IS 'time of the last update';

CREATE TABLE mistral.action_versions (
    id              uuid PRIMARY KEY,
    definition_id   uuid NOT NULL,
    project_id      text NOT NULL,
    definition      text NOT NULL,
    spec            json NOT NULL,
    created_at      timestamptz NOT NULL,
    retired_at      timestamptz
);
CREATE INDEX action_versions_definition_idx
    ON mistral.action_versions (definition_id, created_at);
CREATE INDEX action_versions_retired_idx
    ON mistral.action_versions (retired_at) WHERE retired_at IS NOT NULL;
COMMENT ON TABLE mistral.action_versions
    IS 'what actions have stood for: the texts of ad-hoc ones, the descriptions of others';
COMMENT ON COLUMN mistral.action_versions.retired_at
    IS 'when another version took its place or the action was deleted; null: newest';
COMMENT ON COLUMN mistral.action_versions.id IS 'identifier, ordered by time of creation';
COMMENT ON COLUMN mistral.action_versions.definition_id IS 'the action';
COMMENT ON COLUMN mistral.action_versions.project_id IS 'role that owns the action';
COMMENT ON COLUMN mistral.action_versions.definition IS 'the text, or the description as JSON';
COMMENT ON COLUMN mistral.action_versions.spec
    IS 'the text or the description, checked and normalised';
COMMENT ON COLUMN mistral.action_versions.created_at IS 'time of creation';

CREATE TABLE mistral.action_definitions (
    id              uuid PRIMARY KEY,
    name            text NOT NULL,
    namespace       text NOT NULL DEFAULT '',
    project_id      text NOT NULL,
    scope           text NOT NULL DEFAULT 'private',
    kind            text NOT NULL DEFAULT 'adhoc',
    is_system       bool NOT NULL DEFAULT false,
    workbook_name   text,
    description     text,
    version_id      uuid NOT NULL,
    tags            jsonb,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz,
    CONSTRAINT action_definitions_key UNIQUE (name, namespace, project_id),
    CONSTRAINT action_definitions_name_check CHECK (length(name) <= 255),
    CONSTRAINT action_definitions_kind_check CHECK (kind IN ('adhoc', 'executor', 'function')),
    CONSTRAINT action_definitions_scope_check CHECK (scope IN ('private', 'public'))
) WITH (fillfactor = 80);
CREATE INDEX action_definitions_version_idx
    ON mistral.action_definitions (version_id);
CREATE INDEX action_definitions_project_idx ON mistral.action_definitions (project_id);
COMMENT ON TABLE mistral.action_definitions
    IS 'actions of projects: ad-hoc ones, and those that executors or functions of the database run';
COMMENT ON COLUMN mistral.action_definitions.id IS 'identifier, ordered by time of creation';
COMMENT ON COLUMN mistral.action_definitions.name
    IS 'name; "workbook.action" for one of a workbook';
COMMENT ON COLUMN mistral.action_definitions.namespace IS 'namespace; empty is the default one';
COMMENT ON COLUMN mistral.action_definitions.project_id IS 'role that owns the action';
COMMENT ON COLUMN mistral.action_definitions.scope IS 'private, or public: every project sees it';
COMMENT ON COLUMN mistral.action_definitions.kind
    IS 'adhoc: a base action with some of its input and output fixed; executor: executors of the project run it; function: a function of the database runs it';
COMMENT ON COLUMN mistral.action_definitions.is_system IS 'may not be changed or deleted';
COMMENT ON COLUMN mistral.action_definitions.workbook_name
    IS 'workbook that contains it, or null';
COMMENT ON COLUMN mistral.action_definitions.description IS 'what the text says it does';
COMMENT ON COLUMN mistral.action_definitions.version_id IS 'newest version';
COMMENT ON COLUMN mistral.action_definitions.tags IS 'array of words, or null';
COMMENT ON COLUMN mistral.action_definitions.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.action_definitions.updated_at IS 'time of the last update';

CREATE TABLE mistral.environments (
    id              uuid PRIMARY KEY,
    name            text NOT NULL,
    project_id      text NOT NULL,
    scope           text NOT NULL DEFAULT 'private',
    description     text,
    variables       jsonb NOT NULL,
    secrets         text[] NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz,
    CONSTRAINT environments_key UNIQUE (name, project_id),
    CONSTRAINT environments_name_check CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT environments_variables_check CHECK (jsonb_typeof(variables) = 'object'),
    CONSTRAINT environments_scope_check CHECK (scope IN ('private', 'public'))
);
CREATE INDEX environments_project_idx ON mistral.environments (project_id);
COMMENT ON TABLE mistral.environments
    IS 'named sets of variables; an execution copies them when it starts';
COMMENT ON COLUMN mistral.environments.id IS 'identifier, ordered by time of creation';
COMMENT ON COLUMN mistral.environments.name IS 'name';
COMMENT ON COLUMN mistral.environments.project_id IS 'role that owns the environment';
COMMENT ON COLUMN mistral.environments.scope IS 'private, or public: every project sees it';
COMMENT ON COLUMN mistral.environments.description IS 'free text';
COMMENT ON COLUMN mistral.environments.variables IS 'object of variables, in which references stand for secrets';
COMMENT ON COLUMN mistral.environments.secrets IS 'names of variables whose values are secrets';
COMMENT ON COLUMN mistral.environments.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.environments.updated_at IS 'time of the last update';

CREATE TABLE mistral.expression_functions (
    id              uuid PRIMARY KEY,
    name            text NOT NULL,
    project_id      text NOT NULL,
    scope           text NOT NULL DEFAULT 'private',
    function        text NOT NULL,
    function_owner  text NOT NULL,
    description     text,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz,
    CONSTRAINT expression_functions_key UNIQUE (name, project_id),
    CONSTRAINT expression_functions_name_check CHECK (length(name) BETWEEN 1 AND 255),
    CONSTRAINT expression_functions_scope_check CHECK (scope IN ('private', 'public'))
);
CREATE INDEX expression_functions_project_idx ON mistral.expression_functions (project_id);
COMMENT ON TABLE mistral.expression_functions
    IS 'SQL functions that projects let their expressions call by a name, beside those that mistral.builtin_functions() lists';
COMMENT ON COLUMN mistral.expression_functions.id IS 'identifier, ordered by time of creation';
COMMENT ON COLUMN mistral.expression_functions.name IS 'name in YAQL and Jinja';
COMMENT ON COLUMN mistral.expression_functions.project_id IS 'role that registered it';
COMMENT ON COLUMN mistral.expression_functions.scope IS 'private, or public: every project sees it';
COMMENT ON COLUMN mistral.expression_functions.function
    IS 'schema, name and parameter types; a text, so it may come and go';
COMMENT ON COLUMN mistral.expression_functions.function_owner
    IS 'role that the function belonged to; one of another role is not called';
COMMENT ON COLUMN mistral.expression_functions.description IS 'free text';
COMMENT ON COLUMN mistral.expression_functions.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.expression_functions.updated_at IS 'time of the last update';

CREATE TABLE mistral.code_sources (
    id              uuid PRIMARY KEY,
    name            text NOT NULL,
    namespace       text NOT NULL DEFAULT '',
    project_id      text NOT NULL,
    scope           text NOT NULL DEFAULT 'private',
    language        text NOT NULL DEFAULT 'javascript',
    version         int NOT NULL DEFAULT 1,
    tags            jsonb,
    content         text NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz,
    CONSTRAINT code_sources_key UNIQUE (name, namespace, project_id),
    CONSTRAINT code_sources_name_check CHECK (length(name) BETWEEN 1 AND 255),
    CONSTRAINT code_sources_scope_check CHECK (scope IN ('private', 'public'))
);
CREATE INDEX code_sources_project_idx ON mistral.code_sources (project_id);
COMMENT ON TABLE mistral.code_sources
    IS 'program texts that executors load to run dynamic actions';
COMMENT ON COLUMN mistral.code_sources.id IS 'identifier, ordered by time of creation';
COMMENT ON COLUMN mistral.code_sources.name IS 'name';
COMMENT ON COLUMN mistral.code_sources.namespace IS 'namespace; empty is the default one';
COMMENT ON COLUMN mistral.code_sources.project_id IS 'role that owns the source';
COMMENT ON COLUMN mistral.code_sources.scope IS 'private, or public: every project sees it';
COMMENT ON COLUMN mistral.code_sources.language IS 'language of the text; javascript is run, others are only stored';
COMMENT ON COLUMN mistral.code_sources.version IS '1, and one more for every update';
COMMENT ON COLUMN mistral.code_sources.tags IS 'array of words, or null';
COMMENT ON COLUMN mistral.code_sources.content IS 'the program';
COMMENT ON COLUMN mistral.code_sources.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.code_sources.updated_at IS 'time of the last update';

CREATE TABLE mistral.dynamic_actions (
    id              uuid PRIMARY KEY,
    name            text NOT NULL,
    namespace       text NOT NULL DEFAULT '',
    project_id      text NOT NULL,
    scope           text NOT NULL DEFAULT 'private',
    class_name      text NOT NULL,
    code_source_id  uuid NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz,
    CONSTRAINT dynamic_actions_key UNIQUE (name, namespace, project_id),
    CONSTRAINT dynamic_actions_name_check CHECK (length(name) BETWEEN 1 AND 255),
    CONSTRAINT dynamic_actions_class_name_check CHECK (length(class_name) BETWEEN 1 AND 255),
    CONSTRAINT dynamic_actions_scope_check CHECK (scope IN ('private', 'public'))
);
CREATE INDEX dynamic_actions_code_source_idx
    ON mistral.dynamic_actions (code_source_id);
CREATE INDEX dynamic_actions_project_idx ON mistral.dynamic_actions (project_id);
COMMENT ON TABLE mistral.dynamic_actions
    IS 'actions whose program is a class in a code source';
COMMENT ON COLUMN mistral.dynamic_actions.id IS 'identifier, ordered by time of creation';
COMMENT ON COLUMN mistral.dynamic_actions.name IS 'name';
COMMENT ON COLUMN mistral.dynamic_actions.namespace IS 'namespace; empty is the default one';
COMMENT ON COLUMN mistral.dynamic_actions.project_id IS 'role that owns the action';
COMMENT ON COLUMN mistral.dynamic_actions.scope IS 'private, or public: every project sees it';
COMMENT ON COLUMN mistral.dynamic_actions.class_name IS 'class in the source that is the action';
COMMENT ON COLUMN mistral.dynamic_actions.code_source_id IS 'the source';
COMMENT ON COLUMN mistral.dynamic_actions.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.dynamic_actions.updated_at IS 'time of the last update';

CREATE TABLE mistral.resource_members (
    id              uuid PRIMARY KEY,
    resource_id     uuid NOT NULL,
    resource_type   text NOT NULL,
    project_id      text NOT NULL,
    member_id       text NOT NULL,
    status          text NOT NULL DEFAULT 'pending',
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz,
    CONSTRAINT resource_members_key UNIQUE (resource_id, resource_type, member_id),
    CONSTRAINT resource_members_type_check CHECK (resource_type IN ('workflow', 'workbook')),
    CONSTRAINT resource_members_status_check
        CHECK (status IN ('pending', 'accepted', 'rejected'))
);
CREATE INDEX resource_members_member_idx
    ON mistral.resource_members (member_id, resource_id);
CREATE INDEX resource_members_project_idx ON mistral.resource_members (project_id);
COMMENT ON TABLE mistral.resource_members
    IS 'definitions that one project has offered to another one';
COMMENT ON COLUMN mistral.resource_members.id IS 'identifier, ordered by time of creation';
COMMENT ON COLUMN mistral.resource_members.resource_id IS 'the definition';
COMMENT ON COLUMN mistral.resource_members.resource_type IS 'workflow or workbook';
COMMENT ON COLUMN mistral.resource_members.project_id IS 'role that owns the definition';
COMMENT ON COLUMN mistral.resource_members.member_id IS 'role that may use it once it has accepted';
COMMENT ON COLUMN mistral.resource_members.status IS 'pending, accepted or rejected';
COMMENT ON COLUMN mistral.resource_members.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.resource_members.updated_at IS 'time of the last update';

SELECT pg_extension_config_dump('mistral.workbooks', '');
SELECT pg_extension_config_dump('mistral.workflow_versions', '');
SELECT pg_extension_config_dump('mistral.workflow_definitions', '');
SELECT pg_extension_config_dump('mistral.action_versions', '');
SELECT pg_extension_config_dump('mistral.action_definitions', '');
SELECT pg_extension_config_dump('mistral.environments', '');
SELECT pg_extension_config_dump('mistral.expression_functions', '');
SELECT pg_extension_config_dump('mistral.code_sources', '');
SELECT pg_extension_config_dump('mistral.dynamic_actions', '');
SELECT pg_extension_config_dump('mistral.resource_members', '');
