-- Limits: how much of something may go on at a time, and how often it may begin.
--
-- A limit holds because of rows that exist: one for each task, or execution of a
-- workflow with limits, that has a slot, inserted in the transaction that lets it
-- begin and deleted in the one that ends it (src/store/slots.c). There is no
-- counter that could be wrong.

CREATE TABLE mistral.limits (
    project_id      text NOT NULL,
    name            text NOT NULL
                    CONSTRAINT limits_name_check CHECK (length(name) BETWEEN 1 AND 255),
    max             int CONSTRAINT limits_max_check CHECK (max BETWEEN 1 AND 10000),
    rate            int CONSTRAINT limits_rate_check CHECK (rate BETWEEN 1 AND 10000),
    window_s        int CONSTRAINT limits_window_check CHECK (window_s BETWEEN 1 AND 2678400),
    action          text CONSTRAINT limits_action_check CHECK (length(action) BETWEEN 1 AND 255),
    description     text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz,
    PRIMARY KEY (project_id, name),
    CONSTRAINT limits_rate_has_window CHECK ((rate IS NULL) = (window_s IS NULL))
);
-- those that a task finds by the name of its action
CREATE UNIQUE INDEX limits_action_idx ON mistral.limits (project_id, action) WHERE action IS NOT NULL;
COMMENT ON TABLE mistral.limits
    IS 'limits that tasks and workflows name, or that are for an action; changed while work goes on';
COMMENT ON COLUMN mistral.limits.project_id IS 'project that the limit belongs to';
COMMENT ON COLUMN mistral.limits.name IS 'name, by which tasks and workflows refer to it';
COMMENT ON COLUMN mistral.limits.max
    IS 'tasks, or executions of workflows, that run at a time, for each key; null: as many as there are';
COMMENT ON COLUMN mistral.limits.rate IS 'tasks, or executions of workflows, that begin within the window, for each key; null: as many as there are';
COMMENT ON COLUMN mistral.limits.window_s IS 'length of the window, in seconds';
COMMENT ON COLUMN mistral.limits.action IS 'action whose tasks it is for, without their naming it; null: for those that do';
COMMENT ON COLUMN mistral.limits.description IS 'free text';
COMMENT ON COLUMN mistral.limits.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.limits.updated_at IS 'time of the last change';

CREATE TABLE mistral.limit_slots (
    project_id      text NOT NULL,
    limit_id        uuid NOT NULL,
    state           "char" NOT NULL,
    rank            bigint NOT NULL,
    holder_id       uuid NOT NULL,
    execution_id    uuid,
    since           timestamptz NOT NULL,
    until           timestamptz,
    name            text,
    key             text,
    wants           jsonb,
    CONSTRAINT limit_slots_state_check CHECK (state IN ('W', 'H', 'S'))
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);
CREATE INDEX limit_slots_limit_idx
    ON mistral.limit_slots (project_id, limit_id, state, rank, holder_id);
CREATE INDEX limit_slots_execution_idx
    ON mistral.limit_slots (execution_id, holder_id) WHERE execution_id IS NOT NULL;
COMMENT ON TABLE mistral.limit_slots
    IS 'who has a slot of a limit, who waits for one, and what has begun within the windows of rates';
COMMENT ON COLUMN mistral.limit_slots.project_id IS 'project of the limit and of the execution';
COMMENT ON COLUMN mistral.limit_slots.limit_id
    IS 'which limit, and for which key: made of the name and the key, or of the workflow, the task if it is one''s, and the key';
COMMENT ON COLUMN mistral.limit_slots.state
    IS 'W waits for a slot, H holds one, S has begun, and counts for a rate';
COMMENT ON COLUMN mistral.limit_slots.rank
    IS 'order of those that wait: time in microseconds, less for what has priority; of others the time';
COMMENT ON COLUMN mistral.limit_slots.holder_id IS 'task, or the execution itself where its workflow has the limit';
COMMENT ON COLUMN mistral.limit_slots.execution_id
    IS 'workflow execution; null for what counts for a rate, which outlives it';
COMMENT ON COLUMN mistral.limit_slots.since IS 'time since which it waits, or holds, or when it began';
COMMENT ON COLUMN mistral.limit_slots.until IS 'of what has begun: time until which it counts';
COMMENT ON COLUMN mistral.limit_slots.name IS 'name of the limit; null: it belongs to the definition of a task or workflow';
COMMENT ON COLUMN mistral.limit_slots.key IS 'key for which it counts, or null';
COMMENT ON COLUMN mistral.limit_slots.wants
    IS 'of what waits: all limits of which it needs a slot, as its definition has them';

SELECT pg_extension_config_dump('mistral.limits', '');
SELECT pg_extension_config_dump('mistral.limit_slots', '');

CREATE FUNCTION mistral.create_limit(
    name text, max int DEFAULT NULL, rate text DEFAULT NULL, description text DEFAULT NULL,
    action text DEFAULT NULL, or_replace bool DEFAULT false)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_limit';
COMMENT ON FUNCTION mistral.create_limit(text, int, text, text, text, bool)
    IS 'stores a limit for tasks of the project that name it, or that call an action: how many of them run at a time, and how many begin within a window, such as 100/1m';
REVOKE ALL ON FUNCTION mistral.create_limit(text, int, text, text, text, bool) FROM PUBLIC;

CREATE FUNCTION mistral.update_limit(
    name text, max int DEFAULT NULL, rate text DEFAULT NULL, description text DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_update_limit';
COMMENT ON FUNCTION mistral.update_limit(text, int, text, text)
    IS 'changes the values that are given, for what begins from now on; null leaves one as it is, and an empty rate takes it away';
REVOKE ALL ON FUNCTION mistral.update_limit(text, int, text, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_limit(name text)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_limit';
COMMENT ON FUNCTION mistral.delete_limit(text)
    IS 'deletes a limit; tasks that name it have the bounds that their definitions give it, and fail where they give none';
REVOKE ALL ON FUNCTION mistral.delete_limit(text) FROM PUBLIC;
