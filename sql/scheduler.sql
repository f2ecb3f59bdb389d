-- Workflows that follow the rows of tables.

CREATE TABLE mistral.table_watches (
    id              uuid PRIMARY KEY,
    project_id      text NOT NULL,
    relation        regclass NOT NULL,
    operation       text NOT NULL,
    workflow        text,
    namespace       text NOT NULL DEFAULT '',
    input_name      text,
    id_column       text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT table_watches_operation_check CHECK (operation IN ('start', 'wake', 'cancel')),
    CONSTRAINT table_watches_workflow_check CHECK ((operation = 'start') = (workflow IS NOT NULL)),
    CONSTRAINT table_watches_column_check CHECK ((operation = 'start') = (id_column IS NULL))
);
CREATE INDEX table_watches_project_idx ON mistral.table_watches (project_id);
COMMENT ON TABLE mistral.table_watches
    IS 'what changes of rows do; a trigger of the table does it';
COMMENT ON COLUMN mistral.table_watches.id IS 'identifier, the argument of the trigger';
COMMENT ON COLUMN mistral.table_watches.project_id IS 'role that owns the watch and what it starts';
COMMENT ON COLUMN mistral.table_watches.relation IS 'table';
COMMENT ON COLUMN mistral.table_watches.operation
    IS 'start: a workflow; wake: complete an action; cancel: an execution';
COMMENT ON COLUMN mistral.table_watches.workflow IS 'workflow to start, by name or id';
COMMENT ON COLUMN mistral.table_watches.namespace IS 'its namespace';
COMMENT ON COLUMN mistral.table_watches.input_name
    IS 'input that gets the row; null: each column is an input';
COMMENT ON COLUMN mistral.table_watches.id_column
    IS 'column with the id of the action to complete, or of the execution to cancel';
COMMENT ON COLUMN mistral.table_watches.created_at IS 'time of creation';
SELECT pg_extension_config_dump('mistral.table_watches', '');
ALTER TABLE mistral.table_watches ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_own ON mistral.table_watches
    FOR SELECT USING (mistral.can_read_project(project_id));

CREATE FUNCTION mistral.watch_row()
RETURNS trigger
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_watch_row';
COMMENT ON FUNCTION mistral.watch_row() IS 'trigger that does what a watch of the table is for';
REVOKE ALL ON FUNCTION mistral.watch_row() FROM PUBLIC;

CREATE FUNCTION mistral.watch_table(
    relation regclass, workflow text DEFAULT NULL, events text[] DEFAULT '{INSERT}',
    operation text DEFAULT 'start', id_column text DEFAULT NULL,
    input_name text DEFAULT 'row', namespace text DEFAULT '')
RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_watch_table';
COMMENT ON FUNCTION mistral.watch_table(regclass, text, text[], text, text, text, text)
    IS 'has changes of rows start a workflow, complete an action, or cancel an execution, in the transaction of the change';
REVOKE ALL ON FUNCTION mistral.watch_table(regclass, text, text[], text, text, text, text) FROM PUBLIC;

CREATE FUNCTION mistral.unwatch_table(watch_id uuid)
RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_unwatch_table';
COMMENT ON FUNCTION mistral.unwatch_table(uuid) IS 'ends a watch of a table';
REVOKE ALL ON FUNCTION mistral.unwatch_table(uuid) FROM PUBLIC;
