-- Run-time records: executions, tasks, actions, data contexts, delayed calls,
-- the dispatch queue, and the event outbox.
--
-- States are one byte: I idle, W waiting, R running, D delayed, P paused,
-- S success, E error, C cancelled, K skipped; mistral.state_name() spells them.
--
-- Hot tables have a fill factor that leaves room for heap-only updates, and no
-- index on (or index predicate about) a column that changes on the hot path.

CREATE TABLE mistral.workflow_executions (
    id              uuid PRIMARY KEY,
    version_id      uuid NOT NULL,
    workflow_id     uuid NOT NULL,
    root_id         uuid NOT NULL,
    parent_task_id  uuid,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz,
    finished_at     timestamptz,
    open_tasks      int NOT NULL DEFAULT 0,
    item_index      int NOT NULL DEFAULT 0,
    depth           int NOT NULL DEFAULT 0,
    state           "char" NOT NULL,
    has_notify      bool NOT NULL DEFAULT false,
    has_pending     bool NOT NULL DEFAULT false,
    paused_by_maintenance bool NOT NULL DEFAULT false,
    project_id      text NOT NULL,
    workflow_name   text NOT NULL,
    namespace       text NOT NULL DEFAULT '',
    workbook_name   text,
    state_info      text,
    backlog         jsonb,
    output          jsonb,
    CONSTRAINT workflow_executions_state_check
        CHECK (state IN ('I', 'R', 'P', 'S', 'E', 'C'))
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02,
        autovacuum_vacuum_threshold = 1000);
CREATE INDEX workflow_executions_created_idx
    ON mistral.workflow_executions (created_at, id);
CREATE INDEX workflow_executions_parent_idx
    ON mistral.workflow_executions (parent_task_id)
    WHERE parent_task_id IS NOT NULL;
CREATE INDEX workflow_executions_root_idx
    ON mistral.workflow_executions (root_id)
    WHERE parent_task_id IS NOT NULL;
CREATE INDEX workflow_executions_unfinished_idx
    ON mistral.workflow_executions (id)
    WHERE state IN ('I', 'R', 'P');

CREATE TABLE mistral.execution_data (
    execution_id    uuid PRIMARY KEY,
    project_id      text NOT NULL,
    root_id         uuid NOT NULL,
    name            text,
    description     text,
    tags            jsonb,
    input           jsonb NOT NULL,
    params          jsonb NOT NULL,
    context         jsonb NOT NULL,
    vars            jsonb
) WITH (fillfactor = 90);

CREATE TABLE mistral.task_executions (
    id              uuid PRIMARY KEY,
    execution_id    uuid NOT NULL,
    root_id         uuid NOT NULL,
    context_id      uuid,
    published_id    uuid,
    items_id        uuid,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz,
    started_at      timestamptz,
    finished_at     timestamptz,
    task_index      int NOT NULL,
    children        int NOT NULL DEFAULT 0,
    open_children   int NOT NULL DEFAULT 0,
    attempt         int NOT NULL DEFAULT 0,
    state           "char" NOT NULL,
    type            "char" NOT NULL,
    is_join         bool NOT NULL DEFAULT false,
    processed       bool NOT NULL DEFAULT false,
    has_next_tasks  bool NOT NULL DEFAULT false,
    error_handled   bool NOT NULL DEFAULT false,
    project_id      text NOT NULL,
    name            text NOT NULL,
    state_info      text,
    triggered_by    jsonb,
    next_tasks      jsonb,
    runtime         jsonb,
    published       jsonb,
    published_global jsonb,
    CONSTRAINT task_executions_state_check
        CHECK (state IN ('I', 'W', 'R', 'D', 'P', 'S', 'E', 'C', 'K')),
    CONSTRAINT task_executions_type_check CHECK (type IN ('A', 'W'))
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02,
        autovacuum_vacuum_threshold = 1000);
-- with the id, so that the latest of a task that runs again and again is found
-- at once
CREATE INDEX task_executions_execution_idx
    ON mistral.task_executions (execution_id, task_index, id);
CREATE UNIQUE INDEX task_executions_join_key
    ON mistral.task_executions (execution_id, task_index) WHERE is_join;

-- The id of a task's action is the task's id with the number of the child in
-- its last four bytes, so the children of a task are a range of the primary
-- key and need no index of their own.
CREATE TABLE mistral.action_executions (
    id              uuid PRIMARY KEY,
    task_id         uuid,
    execution_id    uuid,
    root_id         uuid,
    executor_id     bigint,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz,
    claimed_at      timestamptz,
    item_index      int NOT NULL DEFAULT 0,
    attempt         int NOT NULL DEFAULT 0,
    timeout_s       int,
    state           "char" NOT NULL,
    accepted        bool NOT NULL DEFAULT false,
    is_sync         bool NOT NULL DEFAULT true,
    safe_rerun      bool NOT NULL DEFAULT false,
    is_redelivered  bool NOT NULL DEFAULT false,
    project_id      text NOT NULL,
    name            text NOT NULL,
    namespace       text NOT NULL DEFAULT '',
    target          text,
    input           jsonb NOT NULL,
    run             jsonb,
    output          jsonb,
    CONSTRAINT action_executions_state_check
        CHECK (state IN ('R', 'P', 'S', 'E', 'C'))
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02,
        autovacuum_vacuum_threshold = 1000);

-- Results that arrived while somebody else was advancing the execution.
CREATE TABLE mistral.action_results (
    action_id       uuid PRIMARY KEY,
    execution_id    uuid NOT NULL,
    recorded_at     timestamptz NOT NULL,
    state           "char" NOT NULL,
    project_id      text NOT NULL,
    output          jsonb,
    CONSTRAINT action_results_state_check
        CHECK (state IN ('R', 'P', 'S', 'E', 'C'))
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE INDEX action_results_execution_idx
    ON mistral.action_results (execution_id, recorded_at);

-- Work that waits for an executor; a row is deleted when it is claimed.
CREATE TABLE mistral.action_queue (
    id              bigint GENERATED ALWAYS AS IDENTITY,
    action_id       uuid PRIMARY KEY,
    execution_id    uuid,
    due_at          timestamptz NOT NULL,
    priority        int NOT NULL DEFAULT 0,
    project_id      text NOT NULL,
    target          text NOT NULL DEFAULT ''
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);
CREATE INDEX action_queue_ready_idx
    ON mistral.action_queue (target, priority, id);

-- Executor processes.  One renewal extends the leases of all that the
-- executor has claimed.
CREATE TABLE mistral.executors (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL,
    target          text NOT NULL DEFAULT '',
    role_name       text NOT NULL,
    actions         text[],
    info            jsonb,
    registered_at   timestamptz NOT NULL,
    last_heartbeat  timestamptz NOT NULL,
    lease_until     timestamptz NOT NULL,
    is_draining     bool NOT NULL DEFAULT false
) WITH (fillfactor = 50);

-- Immutable links of the chains of published variables.  "data" is what one
-- task published (or a join merged); every so often "locator" says for each
-- visible variable which row holds it, so that a look-up need not walk on.
CREATE TABLE mistral.contexts (
    id              uuid PRIMARY KEY,
    parent_id       uuid,
    execution_id    uuid NOT NULL,
    root_id         uuid NOT NULL,
    depth           int NOT NULL,
    project_id      text NOT NULL,
    data            jsonb NOT NULL,
    versions        jsonb,
    locator         jsonb
) WITH (fillfactor = 100);
CREATE INDEX contexts_execution_idx ON mistral.contexts (execution_id);

CREATE TABLE mistral.delayed_calls (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    due_at          timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    execution_id    uuid,
    task_id         uuid,
    root_id         uuid,
    attempts        int NOT NULL DEFAULT 0,
    is_dead         bool NOT NULL DEFAULT false,
    kind            text NOT NULL,
    project_id      text NOT NULL,
    key             text,
    args            jsonb,
    error           text
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01,
        autovacuum_vacuum_threshold = 500);
CREATE INDEX delayed_calls_due_idx
    ON mistral.delayed_calls (due_at, id) WHERE NOT is_dead;
CREATE INDEX delayed_calls_execution_idx
    ON mistral.delayed_calls (execution_id);
CREATE INDEX delayed_calls_task_idx
    ON mistral.delayed_calls (task_id) WHERE task_id IS NOT NULL;
CREATE UNIQUE INDEX delayed_calls_key
    ON mistral.delayed_calls (key) WHERE key IS NOT NULL AND NOT is_dead;

-- Outbox.  Consumers read rows whose transaction precedes every transaction
-- still running, in the order of (transaction, id), so none is missed.
CREATE TABLE mistral.events (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xact_id         xid8 NOT NULL,
    created_at      timestamptz NOT NULL,
    execution_id    uuid NOT NULL,
    task_id         uuid,
    root_id         uuid NOT NULL,
    project_id      text NOT NULL,
    event           text NOT NULL,
    publishers      jsonb,
    payload         jsonb NOT NULL
) WITH (fillfactor = 100);
CREATE INDEX events_position_idx ON mistral.events (xact_id, id);

CREATE TABLE mistral.event_subscriptions (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL UNIQUE,
    created_at      timestamptz NOT NULL DEFAULT now(),
    event_types     text[],
    workflow_name   text,
    project_id      text,
    publisher       jsonb NOT NULL,
    is_enabled      bool NOT NULL DEFAULT true
);

CREATE TABLE mistral.maintenance (
    id              int PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    status          text NOT NULL DEFAULT 'RUNNING'
                    CHECK (status IN ('RUNNING', 'PAUSING', 'PAUSED'))
);
INSERT INTO mistral.maintenance DEFAULT VALUES;
