-- Triggers: what starts workflows at points in time, or when something
-- happens.

CREATE TABLE mistral.cron_triggers (
    id              uuid PRIMARY KEY,
    name            text NOT NULL,
    project_id      text NOT NULL,
    scope           text NOT NULL DEFAULT 'private',
    workflow_id     uuid NOT NULL,
    workflow_input  jsonb NOT NULL DEFAULT '{}',
    workflow_params jsonb NOT NULL DEFAULT '{}',
    pattern         text,
    time_zone       text NOT NULL DEFAULT 'UTC',
    first_execution_time timestamptz,
    next_execution_time  timestamptz NOT NULL,
    remaining_executions int,
    is_enabled      bool NOT NULL DEFAULT true,
    missed          text NOT NULL DEFAULT 'run_once',
    overlap         text NOT NULL DEFAULT 'allow',
    jitter          interval NOT NULL DEFAULT '0',
    last_execution_id uuid,
    last_error      text,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz,
    CONSTRAINT cron_triggers_missed_check CHECK (missed IN ('run_once', 'skip')),
    CONSTRAINT cron_triggers_overlap_check CHECK (overlap IN ('allow', 'skip', 'queue', 'replace')),
    CONSTRAINT cron_triggers_key UNIQUE (name, project_id),
    CONSTRAINT cron_triggers_name_check CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT cron_triggers_pattern_check CHECK (length(pattern) <= 100),
    CONSTRAINT cron_triggers_remaining_check CHECK (remaining_executions > 0),
    CONSTRAINT cron_triggers_scope_check CHECK (scope IN ('private', 'public'))
);
CREATE UNIQUE INDEX cron_triggers_same_key ON mistral.cron_triggers
    (workflow_id, pattern, first_execution_time, remaining_executions, project_id,
     md5(workflow_input::text), md5(workflow_params::text));
CREATE INDEX cron_triggers_project_idx ON mistral.cron_triggers (project_id);
COMMENT ON TABLE mistral.cron_triggers
    IS 'workflows that are started at points in time; a delayed call of kind fire_cron_trigger does it';
COMMENT ON COLUMN mistral.cron_triggers.id IS 'identifier, ordered by time of creation';
COMMENT ON COLUMN mistral.cron_triggers.name IS 'name';
COMMENT ON COLUMN mistral.cron_triggers.project_id IS 'role that owns the trigger and its executions';
COMMENT ON COLUMN mistral.cron_triggers.scope IS 'private, or public: every project sees it';
COMMENT ON COLUMN mistral.cron_triggers.workflow_id IS 'workflow that is started';
COMMENT ON COLUMN mistral.cron_triggers.workflow_input IS 'its input';
COMMENT ON COLUMN mistral.cron_triggers.workflow_params IS 'its parameters';
COMMENT ON COLUMN mistral.cron_triggers.pattern
    IS 'minute, hour, day of month, month, day of week; null: once';
COMMENT ON COLUMN mistral.cron_triggers.time_zone IS 'time zone of the pattern';
COMMENT ON COLUMN mistral.cron_triggers.first_execution_time IS 'first start, where it was given';
COMMENT ON COLUMN mistral.cron_triggers.next_execution_time IS 'next start';
COMMENT ON COLUMN mistral.cron_triggers.remaining_executions IS 'starts left; null: no end';
COMMENT ON COLUMN mistral.cron_triggers.is_enabled IS 'fires';
COMMENT ON COLUMN mistral.cron_triggers.missed
    IS 'treatment of times at which nothing ran: run_once or skip';
COMMENT ON COLUMN mistral.cron_triggers.overlap
    IS 'while the last execution goes on: allow starts one more, skip none, queue one that waits for it, replace one in its place';
COMMENT ON COLUMN mistral.cron_triggers.jitter
    IS 'a start is up to that much later than its time, by chance';
COMMENT ON COLUMN mistral.cron_triggers.last_execution_id IS 'the last execution that was started';
COMMENT ON COLUMN mistral.cron_triggers.last_error IS 'why the last start failed, or null';
COMMENT ON COLUMN mistral.cron_triggers.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.cron_triggers.updated_at IS 'time of the last start';

CREATE TABLE mistral.event_triggers (
    id              uuid PRIMARY KEY,
    name            text,
    project_id      text NOT NULL,
    scope           text NOT NULL DEFAULT 'private',
    workflow_id     uuid NOT NULL,
    workflow_input  jsonb NOT NULL DEFAULT '{}',
    workflow_params jsonb NOT NULL DEFAULT '{}',
    exchange        text NOT NULL,
    topic           text NOT NULL,
    event           text NOT NULL,
    is_enabled      bool NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz,
    CONSTRAINT event_triggers_key UNIQUE (exchange, topic, event, workflow_id, project_id),
    CONSTRAINT event_triggers_name_check CHECK (length(name) <= 200),
    CONSTRAINT event_triggers_event_check
        CHECK (length(exchange) <= 80 AND length(topic) <= 80 AND length(event) <= 80),
    CONSTRAINT event_triggers_scope_check CHECK (scope IN ('private', 'public'))
);
CREATE INDEX event_triggers_project_idx ON mistral.event_triggers (project_id);
COMMENT ON TABLE mistral.event_triggers
    IS 'workflows that raise_event() starts';
COMMENT ON COLUMN mistral.event_triggers.id IS 'identifier, ordered by time of creation';
COMMENT ON COLUMN mistral.event_triggers.name IS 'name, need not be unique';
COMMENT ON COLUMN mistral.event_triggers.project_id IS 'role that owns the trigger and its executions';
COMMENT ON COLUMN mistral.event_triggers.scope
    IS 'private, or public: the events of every project count';
COMMENT ON COLUMN mistral.event_triggers.workflow_id IS 'workflow that is started';
COMMENT ON COLUMN mistral.event_triggers.workflow_input IS 'its input';
COMMENT ON COLUMN mistral.event_triggers.workflow_params IS 'its parameters';
COMMENT ON COLUMN mistral.event_triggers.exchange IS 'where the event comes from';
COMMENT ON COLUMN mistral.event_triggers.topic IS 'what it is about';
COMMENT ON COLUMN mistral.event_triggers.event IS 'type of the event';
COMMENT ON COLUMN mistral.event_triggers.is_enabled IS 'starts the workflow; else events pass it';
COMMENT ON COLUMN mistral.event_triggers.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.event_triggers.updated_at IS 'time of the last update';

CREATE INDEX cron_triggers_workflow_idx ON mistral.cron_triggers (workflow_id);
CREATE INDEX event_triggers_workflow_idx ON mistral.event_triggers (workflow_id);

SELECT pg_extension_config_dump('mistral.cron_triggers', '');
SELECT pg_extension_config_dump('mistral.event_triggers', '');

ALTER TABLE mistral.cron_triggers ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.event_triggers ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_visible ON mistral.cron_triggers
    FOR SELECT USING (scope = 'public' OR mistral.can_read_project(project_id));
CREATE POLICY read_visible ON mistral.event_triggers
    FOR SELECT USING (scope = 'public' OR mistral.can_read_project(project_id));
