-- Run-time records: executions, tasks, actions, data contexts, delayed calls,
-- the dispatch queue, and the event outbox.
--
-- States are one byte: I idle, W waiting, R running, D delayed, P paused,
-- S success, E error, C cancelled, K skipped; mistral.state_name() spells them.
--
-- Hot tables have a fill factor that leaves room for heap-only updates, and no
-- index on (or index predicate about) a column that changes on the hot path.
-- Columns that stay as they are come first: an update logs only the part of the
-- row from the first byte that changes to the last.

CREATE TABLE mistral.workflow_executions (
    id              uuid PRIMARY KEY,
    version_id      uuid NOT NULL,
    workflow_id     uuid NOT NULL,
    root_id         uuid NOT NULL,
    parent_task_id  uuid,
    created_at      timestamptz NOT NULL,
    item_index      int NOT NULL DEFAULT 0,
    parent_attempt  int NOT NULL DEFAULT 0,
    depth           int NOT NULL DEFAULT 0,
    has_notify      bool NOT NULL DEFAULT false,
    has_secrets     bool NOT NULL DEFAULT false,
    project_id      text NOT NULL,
    workflow_name   text NOT NULL,
    namespace       text NOT NULL DEFAULT '',
    workbook_name   text,
    key             text,
    traceparent     text,
    open_tasks      int NOT NULL DEFAULT 0,
    updated_at      timestamptz,
    finished_at     timestamptz,
    deadline        timestamptz,
    time_left       bigint,
    state           "char" NOT NULL,
    accepted        bool NOT NULL DEFAULT false,
    paused_by_maintenance bool NOT NULL DEFAULT false,
    parent_notified bool NOT NULL DEFAULT false,
    state_info      text,
    backlog         jsonb,
    output          jsonb,
    paused_by       jsonb,
    undo_count      int,
    rollback        jsonb,
    CONSTRAINT workflow_executions_state_check
        CHECK (state IN ('I', 'R', 'P', 'S', 'E', 'C'))
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02,
        autovacuum_vacuum_threshold = 1000);
CREATE INDEX workflow_executions_created_idx
    ON mistral.workflow_executions (created_at, id);
-- not only of the unfinished ones: see docs/decisions/index-by-project.md
CREATE INDEX workflow_executions_project_idx
    ON mistral.workflow_executions (project_id, created_at, id);
CREATE INDEX workflow_executions_name_idx
    ON mistral.workflow_executions (workflow_name, created_at, id);
CREATE INDEX workflow_executions_parent_idx
    ON mistral.workflow_executions (parent_task_id)
    WHERE parent_task_id IS NOT NULL;
CREATE INDEX workflow_executions_root_idx
    ON mistral.workflow_executions (root_id)
    WHERE parent_task_id IS NOT NULL;
CREATE INDEX workflow_executions_key_idx
    ON mistral.workflow_executions (project_id, key, created_at, id)
    WHERE key IS NOT NULL;
COMMENT ON TABLE mistral.workflow_executions
    IS 'workflow executions: the part that is read and changed while they advance';
COMMENT ON COLUMN mistral.workflow_executions.id
    IS 'identifier, ordered by time of creation, or given by the caller';
COMMENT ON COLUMN mistral.workflow_executions.version_id
    IS 'version of the definition that the execution was started with';
COMMENT ON COLUMN mistral.workflow_executions.workflow_id
    IS 'workflow that was started; it may have been deleted since';
COMMENT ON COLUMN mistral.workflow_executions.root_id
    IS 'topmost execution of the tree; its own id if it is the root';
COMMENT ON COLUMN mistral.workflow_executions.parent_task_id
    IS 'task that started it as a sub-workflow, or null';
COMMENT ON COLUMN mistral.workflow_executions.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.workflow_executions.item_index
    IS 'position in the list of the parent task''s with-items';
COMMENT ON COLUMN mistral.workflow_executions.parent_attempt
    IS 'attempt of the parent''s task that the execution belongs to';
COMMENT ON COLUMN mistral.workflow_executions.depth IS 'levels above it';
COMMENT ON COLUMN mistral.workflow_executions.has_notify
    IS 'somebody asked for events of this execution';
COMMENT ON COLUMN mistral.workflow_executions.has_secrets
    IS 'references stand for secrets of its tree; else it has none';
COMMENT ON COLUMN mistral.workflow_executions.project_id IS 'role that started it';
COMMENT ON COLUMN mistral.workflow_executions.workflow_name IS 'name of the workflow';
COMMENT ON COLUMN mistral.workflow_executions.namespace IS 'namespace of the workflow';
COMMENT ON COLUMN mistral.workflow_executions.workbook_name
    IS 'workbook that contains the workflow, or null';
COMMENT ON COLUMN mistral.workflow_executions.key
    IS 'what the project calls the thing that the execution is about; see start_keys';
COMMENT ON COLUMN mistral.workflow_executions.traceparent
    IS 'trace context (W3C) that its actions and events go out with, or null';
COMMENT ON COLUMN mistral.workflow_executions.open_tasks
    IS 'tasks that are not completed and processed';
COMMENT ON COLUMN mistral.workflow_executions.updated_at IS 'time of the last change of state';
COMMENT ON COLUMN mistral.workflow_executions.finished_at
    IS 'time when it was completed; null while it is not';
COMMENT ON COLUMN mistral.workflow_executions.deadline
    IS 'time by which it must have ended, or null; a rerun after it takes it away';
COMMENT ON COLUMN mistral.workflow_executions.time_left
    IS 'milliseconds until its deadline while that clock stands still: before it begins, and in pauses that do not count; else null';
COMMENT ON COLUMN mistral.workflow_executions.state
    IS 'state: I idle, R running, P paused, S success, E error, C cancelled';
COMMENT ON COLUMN mistral.workflow_executions.accepted
    IS 'a final state counts as the result of the parent''s task';
COMMENT ON COLUMN mistral.workflow_executions.parent_notified
    IS 'the task that started it has taken its end';
COMMENT ON COLUMN mistral.workflow_executions.paused_by_maintenance
    IS 'paused when the service was; goes on when the service does';
COMMENT ON COLUMN mistral.workflow_executions.state_info
    IS 'why it has its state, if there is something to say';
COMMENT ON COLUMN mistral.workflow_executions.backlog
    IS 'commands put off while the execution is paused';
COMMENT ON COLUMN mistral.workflow_executions.output IS 'output, once completed';
COMMENT ON COLUMN mistral.workflow_executions.paused_by
    IS 'while PAUSED, by whom: {role}, {task, policy}, or {execution_id} of the one above or below it; null: maintenance, or not known';
COMMENT ON COLUMN mistral.workflow_executions.undo_count
    IS 'places given so far to tasks that a rollback undoes; null: none';
COMMENT ON COLUMN mistral.workflow_executions.rollback
    IS 'while what was done is undone, and afterwards: the state that it ends with; next: what is undone next has a place before it; made: number of compensations; of: execution that it rolls back, if not itself; null: nothing is undone';

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
    vars            jsonb,
    start_at        timestamptz,
    rollback        jsonb
) WITH (fillfactor = 90);
COMMENT ON TABLE mistral.execution_data
    IS 'workflow executions: values that are written once and seldom read';
COMMENT ON COLUMN mistral.execution_data.execution_id IS 'execution';
COMMENT ON COLUMN mistral.execution_data.project_id IS 'role that started it';
COMMENT ON COLUMN mistral.execution_data.root_id IS 'topmost execution of the tree';
COMMENT ON COLUMN mistral.execution_data.name IS 'name of the execution';
COMMENT ON COLUMN mistral.execution_data.description IS 'free text';
COMMENT ON COLUMN mistral.execution_data.tags IS 'tags of the definition, or null';
COMMENT ON COLUMN mistral.execution_data.input IS 'input with defaults filled in';
COMMENT ON COLUMN mistral.execution_data.params
    IS 'start parameters, with the evaluated environment';
COMMENT ON COLUMN mistral.execution_data.context
    IS 'global variables: those of vars and what was published globally';
COMMENT ON COLUMN mistral.execution_data.vars IS 'names that the definition''s vars set';
COMMENT ON COLUMN mistral.execution_data.start_at
    IS 'time before which it does not begin; null: it may at once';
COMMENT ON COLUMN mistral.execution_data.rollback
    IS 'what it ends with when what was done is undone: {info, result}; null: it rolls nothing back';

CREATE TABLE mistral.start_keys (
    project_id      text NOT NULL,
    key             text NOT NULL,
    turn_id         uuid NOT NULL,
    CONSTRAINT start_keys_pkey PRIMARY KEY (project_id, key)
);
COMMENT ON TABLE mistral.start_keys
    IS 'keys of executions; who starts with a key, or passes its turn on, locks the row';
COMMENT ON COLUMN mistral.start_keys.project_id IS 'role whose executions have the key';
COMMENT ON COLUMN mistral.start_keys.key IS 'the key';
COMMENT ON COLUMN mistral.start_keys.turn_id
    IS 'the last execution with the key that was allowed to begin';

CREATE TABLE mistral.start_queue (
    execution_id    uuid PRIMARY KEY,
    project_id      text NOT NULL,
    key             text NOT NULL,
    queued_at       timestamptz NOT NULL
);
CREATE INDEX start_queue_key_idx ON mistral.start_queue (project_id, key, queued_at);
COMMENT ON TABLE mistral.start_queue
    IS 'executions that begin when those before them with the same key have ended';
COMMENT ON COLUMN mistral.start_queue.execution_id IS 'the execution, which is IDLE';
COMMENT ON COLUMN mistral.start_queue.project_id IS 'role that started it';
COMMENT ON COLUMN mistral.start_queue.key IS 'its key';
COMMENT ON COLUMN mistral.start_queue.queued_at IS 'place among those with the key';

CREATE TABLE mistral.task_executions (
    id              uuid PRIMARY KEY,
    execution_id    uuid NOT NULL,
    root_id         uuid,
    created_at      timestamptz NOT NULL,
    task_index      int NOT NULL,
    type            "char" NOT NULL,
    is_join         bool NOT NULL DEFAULT false,
    project_id      text NOT NULL,
    name            text NOT NULL,
    context_id      uuid,
    triggered_by    bytea,
    items_id        uuid,
    started_at      timestamptz,
    attempt         int NOT NULL DEFAULT 0,
    children        int NOT NULL DEFAULT 0,
    open_children   int NOT NULL DEFAULT 0,
    updated_at      timestamptz,
    finished_at     timestamptz,
    published_id    uuid,
    state           "char" NOT NULL,
    processed       bool NOT NULL DEFAULT false,
    has_next_tasks  bool NOT NULL DEFAULT false,
    error_handled   bool NOT NULL DEFAULT false,
    state_info      text,
    next_tasks      bytea,
    runtime         jsonb,
    published_global jsonb,
    compensates     uuid,
    undo_order      int,
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
-- tasks that a rollback undoes, from the last to the first
CREATE INDEX task_executions_undo_idx
    ON mistral.task_executions (execution_id, undo_order) WHERE undo_order IS NOT NULL;
COMMENT ON TABLE mistral.task_executions
    IS 'task executions';
COMMENT ON COLUMN mistral.task_executions.id
    IS 'identifier, which carries the time of creation; its last four bytes are zero';
COMMENT ON COLUMN mistral.task_executions.execution_id IS 'workflow execution';
COMMENT ON COLUMN mistral.task_executions.root_id
    IS 'topmost execution of the tree; null if that is the execution itself';
COMMENT ON COLUMN mistral.task_executions.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.task_executions.task_index
    IS 'position of the task in the definition';
COMMENT ON COLUMN mistral.task_executions.type IS 'A calls an action, W a workflow';
COMMENT ON COLUMN mistral.task_executions.is_join
    IS 'waits for other tasks; one per execution and task';
COMMENT ON COLUMN mistral.task_executions.project_id IS 'role that started the execution';
COMMENT ON COLUMN mistral.task_executions.name IS 'name of the task';
COMMENT ON COLUMN mistral.task_executions.context_id
    IS 'variables that the task sees; null: none were published before';
COMMENT ON COLUMN mistral.task_executions.triggered_by
    IS 'what led to it: see task_links()';
COMMENT ON COLUMN mistral.task_executions.items_id
    IS 'lists of with-items, stored as a context, or the part of them that has the next item';
COMMENT ON COLUMN mistral.task_executions.started_at IS 'time when it began to run';
COMMENT ON COLUMN mistral.task_executions.attempt IS 'number of restarts by retry and rerun';
COMMENT ON COLUMN mistral.task_executions.children IS 'actions or sub-workflows created so far';
COMMENT ON COLUMN mistral.task_executions.open_children
    IS 'those of the present attempt that are not completed';
COMMENT ON COLUMN mistral.task_executions.updated_at IS 'time of the last change of state';
COMMENT ON COLUMN mistral.task_executions.finished_at IS 'time when it was completed';
COMMENT ON COLUMN mistral.task_executions.published_id
    IS 'variables that tasks after it see; null until completed';
COMMENT ON COLUMN mistral.task_executions.state
    IS 'state: I idle, W waiting, R running, D delayed, P paused, S success, E error, C cancelled, K skipped';
COMMENT ON COLUMN mistral.task_executions.processed
    IS 'completed, and what follows from it was determined';
COMMENT ON COLUMN mistral.task_executions.has_next_tasks IS 'something followed';
COMMENT ON COLUMN mistral.task_executions.error_handled
    IS 'in ERROR, and an on-error clause dealt with it';
COMMENT ON COLUMN mistral.task_executions.state_info
    IS 'why it has its state, if there is something to say';
COMMENT ON COLUMN mistral.task_executions.next_tasks IS 'what followed: see task_links()';
COMMENT ON COLUMN mistral.task_executions.runtime IS 'state of its policies';
COMMENT ON COLUMN mistral.task_executions.published_global
    IS 'variables published for the whole execution';
COMMENT ON COLUMN mistral.task_executions.compensates
    IS 'task that it undoes, as its compensation; null: it is no compensation';
COMMENT ON COLUMN mistral.task_executions.undo_order
    IS 'place among the tasks that a rollback undoes, in the order in which they ended; null: it is not one of them';

-- The id of a task's action is the task's id with the number of the child in
-- its last four bytes, so the children of a task are a range of the primary
-- key and need no index of their own.
CREATE TABLE mistral.action_executions (
    id              uuid PRIMARY KEY,
    task_id         uuid,
    execution_id    uuid,
    root_id         uuid,
    created_at      timestamptz NOT NULL,
    item_index      int NOT NULL DEFAULT 0,
    attempt         int NOT NULL DEFAULT 0,
    timeout_s       int,
    is_sync         bool NOT NULL DEFAULT true,
    safe_rerun      bool NOT NULL DEFAULT false,
    project_id      text NOT NULL,
    name            text NOT NULL,
    namespace       text NOT NULL DEFAULT '',
    target          text,
    input           jsonb NOT NULL,
    run             jsonb,
    executor_id     bigint,
    claimed_at      timestamptz,
    updated_at      timestamptz,
    state           "char" NOT NULL,
    accepted        bool NOT NULL DEFAULT false,
    is_redelivered  bool NOT NULL DEFAULT false,
    is_abandoned    bool NOT NULL DEFAULT false,
    output          jsonb,
    CONSTRAINT action_executions_state_check
        CHECK (state IN ('R', 'P', 'S', 'E', 'C'))
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02,
        autovacuum_vacuum_threshold = 1000);
-- those that run by themselves, of each project
CREATE INDEX action_executions_project_idx
    ON mistral.action_executions (project_id, id) WHERE task_id IS NULL;
-- the order by time is that of the ids but for these
CREATE INDEX action_executions_late_idx
    ON mistral.action_executions (created_at, id) WHERE mistral.is_late(id, created_at);
COMMENT ON TABLE mistral.action_executions
    IS 'action executions';
COMMENT ON COLUMN mistral.action_executions.id
    IS 'identifier; that of the task with the number of the child in the last four bytes';
COMMENT ON COLUMN mistral.action_executions.task_id
    IS 'task, or null: stand-alone, as are the next two';
COMMENT ON COLUMN mistral.action_executions.execution_id IS 'workflow execution';
COMMENT ON COLUMN mistral.action_executions.root_id
    IS 'topmost execution of the tree; null if that is the execution itself';
COMMENT ON COLUMN mistral.action_executions.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.action_executions.item_index IS 'position in the list of with-items';
COMMENT ON COLUMN mistral.action_executions.attempt
    IS 'attempt of the task that it belongs to; results for others do not count';
COMMENT ON COLUMN mistral.action_executions.timeout_s
    IS 'seconds that the executor may take, or null';
COMMENT ON COLUMN mistral.action_executions.is_sync
    IS 'the executor reports the result; otherwise somebody else will';
COMMENT ON COLUMN mistral.action_executions.safe_rerun
    IS 'may be run again when its executor is lost';
COMMENT ON COLUMN mistral.action_executions.project_id IS 'role that started the execution';
COMMENT ON COLUMN mistral.action_executions.name IS 'name of the action';
COMMENT ON COLUMN mistral.action_executions.namespace IS 'namespace of the workflow';
COMMENT ON COLUMN mistral.action_executions.target IS 'executors that may run it, or null: any';
COMMENT ON COLUMN mistral.action_executions.input IS 'input';
COMMENT ON COLUMN mistral.action_executions.run
    IS 'for an ad-hoc action: the action and input that are really run; of an action without a task: who waits for its result';
COMMENT ON COLUMN mistral.action_executions.executor_id IS 'executor that has claimed it';
COMMENT ON COLUMN mistral.action_executions.claimed_at IS 'time when it was claimed';
COMMENT ON COLUMN mistral.action_executions.updated_at IS 'time of the last change of state';
COMMENT ON COLUMN mistral.action_executions.state
    IS 'state: R running, P paused, S success, E error, C cancelled';
COMMENT ON COLUMN mistral.action_executions.accepted IS 'its result counts';
COMMENT ON COLUMN mistral.action_executions.is_redelivered
    IS 'was given to another executor before';
COMMENT ON COLUMN mistral.action_executions.is_abandoned
    IS 'cancelled because its task had ended; a result that comes late is still kept';
COMMENT ON COLUMN mistral.action_executions.output IS '{result: …}, once completed';

-- Values that nobody is shown; references stand for them in all other tables.
-- Nobody has rights on this one.
CREATE TABLE mistral.secrets (
    owner_id        uuid NOT NULL,
    id              text NOT NULL,
    project_id      text NOT NULL,
    value           jsonb NOT NULL,
    PRIMARY KEY (owner_id, id)
);
CREATE INDEX secrets_id_idx ON mistral.secrets (id);
COMMENT ON TABLE mistral.secrets
    IS 'secret values, which references stand for in all other tables; nobody but the owner of the extension may read it';
COMMENT ON COLUMN mistral.secrets.owner_id
    IS 'environment, root execution, trigger or action that it goes with';
COMMENT ON COLUMN mistral.secrets.id IS 'digits of the reference';
COMMENT ON COLUMN mistral.secrets.project_id IS 'project that may use it';
COMMENT ON COLUMN mistral.secrets.value IS 'the value, a scalar';

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
COMMENT ON TABLE mistral.action_results
    IS 'results that came in while somebody else was advancing the execution; deleted once processed';
COMMENT ON COLUMN mistral.action_results.action_id IS 'action';
COMMENT ON COLUMN mistral.action_results.execution_id IS 'workflow execution';
COMMENT ON COLUMN mistral.action_results.recorded_at IS 'time when the result came in';
COMMENT ON COLUMN mistral.action_results.state IS 'state that the action shall have';
COMMENT ON COLUMN mistral.action_results.project_id IS 'role that started the execution';
COMMENT ON COLUMN mistral.action_results.output IS 'result or error';

-- Work that waits for an executor; a row is deleted when it is claimed.
CREATE TABLE mistral.action_queue (
    id              bigint GENERATED ALWAYS AS IDENTITY,
    action_id       uuid PRIMARY KEY,
    execution_id    uuid,
    due_at          timestamptz NOT NULL,
    priority        int NOT NULL DEFAULT 0,
    is_held         bool NOT NULL DEFAULT false,
    project_id      text NOT NULL,
    lane            text NOT NULL DEFAULT '',
    action_name     text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);
CREATE INDEX action_queue_ready_idx
    ON mistral.action_queue (lane COLLATE "C", project_id COLLATE "C", action_name COLLATE "C", priority, id)
    WHERE NOT is_held;
COMMENT ON TABLE mistral.action_queue
    IS 'actions that wait for an executor; a row is deleted when it is claimed';
COMMENT ON COLUMN mistral.action_queue.id IS 'order within a lane and priority';
COMMENT ON COLUMN mistral.action_queue.action_id IS 'action';
COMMENT ON COLUMN mistral.action_queue.execution_id IS 'workflow execution, or null';
COMMENT ON COLUMN mistral.action_queue.due_at IS 'time since which it waits';
COMMENT ON COLUMN mistral.action_queue.priority
    IS 'lower ones are claimed first: seconds since 2000 at which it was queued, less for what has priority';
COMMENT ON COLUMN mistral.action_queue.is_held
    IS 'its execution was paused when an executor came; waits for the resume';
COMMENT ON COLUMN mistral.action_queue.project_id IS 'role that started the execution';
COMMENT ON COLUMN mistral.action_queue.action_name
    IS 'name of the action that an executor is to run: of an ad-hoc action, that below it';
COMMENT ON COLUMN mistral.action_queue.lane
    IS 'where claims look for it: its target; of a registered action its owner, a line end and its target';

-- Executor processes.  One renewal extends the leases of all that the
-- executor has claimed.
CREATE TABLE mistral.executors (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL,
    target          text NOT NULL DEFAULT '',
    role_name       text NOT NULL,
    actions         jsonb,
    info            jsonb,
    registered_at   timestamptz NOT NULL,
    last_heartbeat  timestamptz NOT NULL,
    lease_until     timestamptz NOT NULL,
    lease_ms        int NOT NULL CHECK (lease_ms > 0),
    is_draining     bool NOT NULL DEFAULT false,
    keeps_rules     bool NOT NULL DEFAULT false
) WITH (fillfactor = 50);
CREATE INDEX executors_role_idx ON mistral.executors (role_name);
CREATE INDEX executors_lease_idx ON mistral.executors (lease_until);
COMMENT ON TABLE mistral.executors
    IS 'executor processes; one renewal extends the leases of all that an executor has claimed';
COMMENT ON COLUMN mistral.executors.id IS 'identifier';
COMMENT ON COLUMN mistral.executors.name IS 'name that the process gave itself';
COMMENT ON COLUMN mistral.executors.target IS 'target that it serves besides the common one';
COMMENT ON COLUMN mistral.executors.role_name IS 'role that registered it; its project';
COMMENT ON COLUMN mistral.executors.actions IS 'names of the actions it can run, or null: all';
COMMENT ON COLUMN mistral.executors.info IS 'further information that the executor gave about itself';
COMMENT ON COLUMN mistral.executors.registered_at IS 'time of registration';
COMMENT ON COLUMN mistral.executors.last_heartbeat IS 'time of its last call';
COMMENT ON COLUMN mistral.executors.lease_until
    IS 'time until which it holds what it has claimed';
COMMENT ON COLUMN mistral.executors.lease_ms
    IS 'by how many milliseconds a sign of life extends the lease';
COMMENT ON COLUMN mistral.executors.is_draining IS 'claims nothing more';
COMMENT ON COLUMN mistral.executors.keeps_rules IS 'goes by the rules on where requests may go; else it gets no action that they hold for';

-- Finds what an executor has claimed when it goes; the actions' rows say what
-- is true.  Unlogged: workers make it anew where the row with executor 0, which
-- says that it is complete, is missing.
CREATE UNLOGGED TABLE mistral.action_claims (
    executor_id     bigint NOT NULL,
    action_id       uuid
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);
CREATE INDEX action_claims_idx ON mistral.action_claims (executor_id, action_id);
INSERT INTO mistral.action_claims (executor_id) VALUES (0);
COMMENT ON TABLE mistral.action_claims
    IS 'actions by the executors that have claimed them; made anew after a crash';
COMMENT ON COLUMN mistral.action_claims.executor_id IS 'executor; 0: the table is complete, or is so up to the action';
COMMENT ON COLUMN mistral.action_claims.action_id IS 'action';

-- Claimed actions that their executors are to give up.  Rows are few: they go
-- when the executor has reported the action, or is lost.
CREATE TABLE mistral.action_recalls (
    executor_id     bigint NOT NULL,
    action_id       uuid NOT NULL,
    has_ended       bool NOT NULL
);
CREATE INDEX action_recalls_idx ON mistral.action_recalls (executor_id, action_id);
COMMENT ON TABLE mistral.action_recalls
    IS 'claimed actions that nobody waits for any more, until their executors have reported them';
COMMENT ON COLUMN mistral.action_recalls.executor_id IS 'executor that is to give it up';
COMMENT ON COLUMN mistral.action_recalls.action_id IS 'action';
COMMENT ON COLUMN mistral.action_recalls.has_ended
    IS 'somebody else has completed or deleted it; else the row holds only while its task or execution has ended';

-- Immutable links of the chains of published variables.  "data" is what one
-- task published (or a join merged); every so often "locator" says for each
-- visible variable which row holds it, so that a look-up need not walk on.
CREATE TABLE mistral.contexts (
    id              uuid PRIMARY KEY,
    parent_id       uuid,
    execution_id    uuid NOT NULL,
    root_id         uuid,
    depth           int NOT NULL,
    project_id      text NOT NULL,
    data            jsonb NOT NULL,
    versions        jsonb,
    locator         jsonb
) WITH (fillfactor = 100);
CREATE INDEX contexts_execution_idx ON mistral.contexts (execution_id);
COMMENT ON TABLE mistral.contexts
    IS 'immutable links of the chains of published variables';
COMMENT ON COLUMN mistral.contexts.id IS 'identifier';
COMMENT ON COLUMN mistral.contexts.parent_id IS 'link before, or null';
COMMENT ON COLUMN mistral.contexts.execution_id IS 'workflow execution';
COMMENT ON COLUMN mistral.contexts.root_id
    IS 'topmost execution of the tree; null if that is the execution itself';
COMMENT ON COLUMN mistral.contexts.depth IS 'links before it';
COMMENT ON COLUMN mistral.contexts.project_id IS 'role that started the execution';
COMMENT ON COLUMN mistral.contexts.data IS 'variables that this link adds or replaces';
COMMENT ON COLUMN mistral.contexts.versions
    IS 'for a join: how often each variable was published';
COMMENT ON COLUMN mistral.contexts.locator
    IS 'where each visible variable is found, kept at intervals of links';

-- Signals: what somebody has told an execution, until a task of it takes it.
-- One with a key stays when it is taken, without its data, so that the key is
-- known as long as the execution is there.
CREATE TABLE mistral.signals (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    execution_id    uuid NOT NULL,
    sent_at         timestamptz NOT NULL,
    is_taken        bool NOT NULL DEFAULT false,
    task_id         uuid,
    project_id      text NOT NULL,
    name            text NOT NULL,
    key             text,
    sender          text NOT NULL,
    data            jsonb
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
-- those that nobody has taken come first, in the order in which they came
CREATE INDEX signals_execution_idx ON mistral.signals (execution_id, is_taken, id);
CREATE UNIQUE INDEX signals_key_idx
    ON mistral.signals (execution_id, name, key) WHERE key IS NOT NULL;
COMMENT ON TABLE mistral.signals
    IS 'what executions have been told by signal() and raise_event(), and their tasks wait for';
COMMENT ON COLUMN mistral.signals.id IS 'identifier, in the order of arrival';
COMMENT ON COLUMN mistral.signals.execution_id IS 'workflow execution';
COMMENT ON COLUMN mistral.signals.sent_at IS 'time when it was sent';
COMMENT ON COLUMN mistral.signals.is_taken
    IS 'a task has taken it; such a row stays for its key, and has no data any more';
COMMENT ON COLUMN mistral.signals.task_id IS 'task that has taken it, or null';
COMMENT ON COLUMN mistral.signals.project_id IS 'role that started the execution';
COMMENT ON COLUMN mistral.signals.name IS 'name; of an event: exchange/topic/event';
COMMENT ON COLUMN mistral.signals.key
    IS 'what tells it from others of its name, so that it counts once; null: nothing does';
COMMENT ON COLUMN mistral.signals.sender IS 'role that sent it';
COMMENT ON COLUMN mistral.signals.data IS 'what it says';

-- Tasks of people: one row for each action std.human.  Whether a task is open
-- is told by the action, its task and its execution; is_ended only keeps those
-- that are certainly over out of the index of open ones.
CREATE TABLE mistral.human_tasks (
    id              uuid PRIMARY KEY,
    execution_id    uuid,
    task_id         uuid,
    root_id         uuid,
    created_at      timestamptz NOT NULL,
    item_index      int NOT NULL DEFAULT 0,
    priority        int NOT NULL DEFAULT 0,
    due_at          timestamptz,
    project_id      text NOT NULL,
    workflow_name   text,
    task_name       text,
    title           text NOT NULL,
    description     text,
    form            jsonb NOT NULL,
    data            jsonb,
    path            jsonb NOT NULL,
    distinct_from   jsonb,
    candidates      jsonb NOT NULL,
    escalations     jsonb,
    is_overdue      bool NOT NULL DEFAULT false,
    is_ended        bool NOT NULL DEFAULT false,
    delegated_to    text,
    delegated_by    text,
    claimed_at      timestamptz,
    claimed_by      text,
    claimed_login   text,
    completed_at    timestamptz,
    completed_by    text,
    completed_login text
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX human_tasks_execution_idx ON mistral.human_tasks (execution_id);
-- who has done what in a tree: those that ask for another doer, and all
CREATE INDEX human_tasks_distinct_idx ON mistral.human_tasks (root_id)
    WHERE completed_by IS NOT NULL AND distinct_from IS NOT NULL;
CREATE INDEX human_tasks_done_idx ON mistral.human_tasks (root_id) WHERE completed_by IS NOT NULL;
CREATE INDEX human_tasks_open_idx ON mistral.human_tasks (project_id, id) WHERE NOT is_ended;
COMMENT ON TABLE mistral.human_tasks
    IS 'tasks of people: what std.human asks, of whom, and who has done it';
COMMENT ON COLUMN mistral.human_tasks.id IS 'identifier; that of the action';
COMMENT ON COLUMN mistral.human_tasks.execution_id
    IS 'workflow execution, or null: run by itself, as are the next two';
COMMENT ON COLUMN mistral.human_tasks.task_id IS 'task';
COMMENT ON COLUMN mistral.human_tasks.root_id IS 'topmost execution of the tree';
COMMENT ON COLUMN mistral.human_tasks.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.human_tasks.item_index IS 'position in the list of with-items';
COMMENT ON COLUMN mistral.human_tasks.priority IS 'higher ones come first in lists';
COMMENT ON COLUMN mistral.human_tasks.due_at IS 'time by which it should be done, or null';
COMMENT ON COLUMN mistral.human_tasks.project_id IS 'role that started the execution';
COMMENT ON COLUMN mistral.human_tasks.workflow_name IS 'name of the workflow, or null';
COMMENT ON COLUMN mistral.human_tasks.task_name IS 'name of the task, or null';
COMMENT ON COLUMN mistral.human_tasks.title IS 'what is to be done, in one line';
COMMENT ON COLUMN mistral.human_tasks.description IS 'more about it, or null';
COMMENT ON COLUMN mistral.human_tasks.form IS 'JSON Schema of the answer';
COMMENT ON COLUMN mistral.human_tasks.data IS 'what the workflow shows to those who may do it';
COMMENT ON COLUMN mistral.human_tasks.path
    IS 'list of EXECUTION/NAME: its task, the task whose sub-workflow that is in, and so on';
COMMENT ON COLUMN mistral.human_tasks.distinct_from
    IS 'names of tasks; who has done one of them may not do this one; null: none';
COMMENT ON COLUMN mistral.human_tasks.candidates IS 'roles whose members may do it';
COMMENT ON COLUMN mistral.human_tasks.escalations
    IS 'list of {at, to, done}: from then on members of these roles may do it, too; null: none';
COMMENT ON COLUMN mistral.human_tasks.is_overdue IS 'due_at has passed while it was open';
COMMENT ON COLUMN mistral.human_tasks.is_ended
    IS 'certainly over; else its action, task and execution tell';
COMMENT ON COLUMN mistral.human_tasks.delegated_to
    IS 'role that is to do it in the place of the candidates, or null';
COMMENT ON COLUMN mistral.human_tasks.delegated_by IS 'who has handed it over';
COMMENT ON COLUMN mistral.human_tasks.claimed_at IS 'time when it was claimed';
COMMENT ON COLUMN mistral.human_tasks.claimed_by IS 'role that has claimed it; nobody else may do it';
COMMENT ON COLUMN mistral.human_tasks.claimed_login
    IS 'login of the session that claimed it; null: one that serves many';
COMMENT ON COLUMN mistral.human_tasks.completed_at IS 'time when it was completed';
COMMENT ON COLUMN mistral.human_tasks.completed_by IS 'role that has completed it';
COMMENT ON COLUMN mistral.human_tasks.completed_login
    IS 'login of the session that completed it; null: one that serves many';

-- What unfinished tasks wait for: a row for each name.
CREATE TABLE mistral.signal_waits (
    execution_id    uuid NOT NULL,
    action_id       uuid NOT NULL,
    is_event        bool NOT NULL,
    project_id      text NOT NULL,
    name            text NOT NULL
);
CREATE INDEX signal_waits_execution_idx ON mistral.signal_waits (execution_id, action_id);
CREATE INDEX signal_waits_event_idx ON mistral.signal_waits (name, project_id) WHERE is_event;
COMMENT ON TABLE mistral.signal_waits
    IS 'signals and events that unfinished tasks wait for';
COMMENT ON COLUMN mistral.signal_waits.execution_id IS 'workflow execution';
COMMENT ON COLUMN mistral.signal_waits.action_id
    IS 'the action "wait-for" that ends when a signal is taken';
COMMENT ON COLUMN mistral.signal_waits.is_event IS 'raise_event() sends it';
COMMENT ON COLUMN mistral.signal_waits.project_id IS 'role that started the execution';
COMMENT ON COLUMN mistral.signal_waits.name IS 'name of the signal; of an event: exchange/topic/event';

-- The items of tasks that keep them: rows of queries, and what is retried one
-- by one.
CREATE TABLE mistral.task_items (
    task_id         uuid NOT NULL,
    item_index      int NOT NULL,
    retries         int NOT NULL DEFAULT 0,
    due_at          timestamptz,
    project_id      text NOT NULL,
    item            jsonb NOT NULL,
    CONSTRAINT task_items_pkey PRIMARY KEY (task_id, item_index)
);
CREATE INDEX task_items_due_idx ON mistral.task_items (task_id, due_at) WHERE due_at IS NOT NULL;
COMMENT ON TABLE mistral.task_items
    IS 'items of with-items that have not succeeded yet: rows of queries, and those of tasks that retry each item';
COMMENT ON COLUMN mistral.task_items.task_id IS 'task execution';
COMMENT ON COLUMN mistral.task_items.item_index IS 'position among the items of the task';
COMMENT ON COLUMN mistral.task_items.retries IS 'retries of the item in the present attempt of the task';
COMMENT ON COLUMN mistral.task_items.due_at IS 'time of its next retry, if it waits for one';
COMMENT ON COLUMN mistral.task_items.project_id IS 'role that started the execution';
COMMENT ON COLUMN mistral.task_items.item IS 'variables that the input of its action sees';

CREATE TABLE mistral.delayed_calls (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    due_at          timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    execution_id    uuid,
    task_id         uuid,
    root_id         uuid,
    attempts        int NOT NULL DEFAULT 0,
    is_dead         bool NOT NULL DEFAULT false,
    is_slow         bool NOT NULL DEFAULT false,
    kind            text NOT NULL,
    project_id      text NOT NULL,
    key             text,
    args            jsonb,
    error           text
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01,
        autovacuum_vacuum_threshold = 500);
CREATE INDEX delayed_calls_due_idx
    ON mistral.delayed_calls (is_slow, due_at, id) WHERE NOT is_dead;
-- so that the first call of each project and kind is found past any backlog
CREATE INDEX delayed_calls_queue_idx
    ON mistral.delayed_calls (is_slow, project_id COLLATE "C", kind COLLATE "C", due_at, id)
    WHERE NOT is_dead;
CREATE INDEX delayed_calls_execution_idx
    ON mistral.delayed_calls (execution_id);
CREATE INDEX delayed_calls_task_idx
    ON mistral.delayed_calls (task_id) WHERE task_id IS NOT NULL;
-- not unique: nobody may have to wait for a transaction that runs such a call
CREATE INDEX delayed_calls_key_idx
    ON mistral.delayed_calls (key) WHERE key IS NOT NULL AND NOT is_dead;
COMMENT ON TABLE mistral.delayed_calls
    IS 'what has to happen later, or in a transaction of its own';
COMMENT ON COLUMN mistral.delayed_calls.id IS 'identifier';
COMMENT ON COLUMN mistral.delayed_calls.due_at IS 'time from which it may be run';
COMMENT ON COLUMN mistral.delayed_calls.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.delayed_calls.execution_id IS 'workflow execution concerned, or null';
COMMENT ON COLUMN mistral.delayed_calls.task_id IS 'task concerned, or null';
COMMENT ON COLUMN mistral.delayed_calls.root_id IS 'topmost execution of the tree, or null';
COMMENT ON COLUMN mistral.delayed_calls.attempts IS 'runs that have failed';
COMMENT ON COLUMN mistral.delayed_calls.is_dead
    IS 'failed too often, and is kept to be looked at';
COMMENT ON COLUMN mistral.delayed_calls.is_slow
    IS 'has taken too long once, and is left to the slow schedulers';
COMMENT ON COLUMN mistral.delayed_calls.kind IS 'what to do';
COMMENT ON COLUMN mistral.delayed_calls.project_id IS 'role that it is done for';
COMMENT ON COLUMN mistral.delayed_calls.key
    IS 'at most one live call has this key; null: no matter';
COMMENT ON COLUMN mistral.delayed_calls.args IS 'arguments';
COMMENT ON COLUMN mistral.delayed_calls.error IS 'message of the last failure';

-- Outbox.  A row has the number of the last transaction that had begun when
-- it was written, so rows of one execution, written under its lock, are in the
-- order of (number, id).  A transaction still running writes only rows with its
-- own number or a greater one: consumers read those with numbers before every
-- transaction still running that writes events, and miss none (see events.c).
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
COMMENT ON TABLE mistral.events
    IS 'outbox of events; consumers read it in the order of (xact_id, id)';
COMMENT ON COLUMN mistral.events.id IS 'order of events with the same number';
COMMENT ON COLUMN mistral.events.xact_id IS 'number of the last transaction that had begun when it was written';
COMMENT ON COLUMN mistral.events.created_at IS 'time of the event';
COMMENT ON COLUMN mistral.events.execution_id IS 'workflow execution';
COMMENT ON COLUMN mistral.events.task_id IS 'task, or null';
COMMENT ON COLUMN mistral.events.root_id IS 'topmost execution of the tree';
COMMENT ON COLUMN mistral.events.project_id IS 'role that started the execution';
COMMENT ON COLUMN mistral.events.event IS 'name of the event';
COMMENT ON COLUMN mistral.events.publishers
    IS 'who asked for it in the execution''s notify parameter';
COMMENT ON COLUMN mistral.events.payload IS 'the event';

CREATE TABLE mistral.event_subscriptions (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    event_types     text[],
    workflow_name   text,
    project_id      text,
    consumer_of     text,
    publisher       jsonb NOT NULL,
    is_enabled      bool NOT NULL DEFAULT true
);
-- names belong to projects, and consumers' are apart
CREATE UNIQUE INDEX event_subscriptions_name_idx
    ON mistral.event_subscriptions (coalesce(project_id, ''), coalesce(consumer_of, ''), name);
CREATE INDEX event_subscriptions_project_idx ON mistral.event_subscriptions (project_id);
COMMENT ON TABLE mistral.event_subscriptions
    IS 'who gets which events, besides executions'' own notify parameters';
COMMENT ON COLUMN mistral.event_subscriptions.id IS 'identifier';
COMMENT ON COLUMN mistral.event_subscriptions.name IS 'name, or that of the consumer';
COMMENT ON COLUMN mistral.event_subscriptions.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.event_subscriptions.event_types IS 'names of events, or null: all';
COMMENT ON COLUMN mistral.event_subscriptions.workflow_name IS 'workflow, or null: all';
COMMENT ON COLUMN mistral.event_subscriptions.project_id IS 'project, or null: all';
COMMENT ON COLUMN mistral.event_subscriptions.consumer_of
    IS 'project of the consumer that the row is for: it has events written, and sends none; or null';
COMMENT ON COLUMN mistral.event_subscriptions.publisher IS 'where to and how';
COMMENT ON COLUMN mistral.event_subscriptions.is_enabled IS 'is in force';

CREATE TABLE mistral.maintenance (
    id              int PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    status          text NOT NULL DEFAULT 'RUNNING'
                    CHECK (status IN ('RUNNING', 'PAUSING', 'PAUSED')),
    asked_at        timestamptz,
    asked_by        text
);
INSERT INTO mistral.maintenance DEFAULT VALUES;
COMMENT ON TABLE mistral.maintenance
    IS 'whether the service is in maintenance; one row';
COMMENT ON COLUMN mistral.maintenance.id IS 'always 1';
COMMENT ON COLUMN mistral.maintenance.status IS 'RUNNING, PAUSING or PAUSED';
COMMENT ON COLUMN mistral.maintenance.asked_at IS 'time when maintenance was last asked for, or its end';
COMMENT ON COLUMN mistral.maintenance.asked_by IS 'role that did';

-- Dump and restore.  CREATE EXTENSION makes these tables, and pg_dump adds the
-- rows, in any order and by several sessions at once: so there are no foreign
-- keys between tables that are dumped (check() looks at what they would), and
-- nothing runs until all is there (restore.sql).  Some tables need help besides;
-- the engine's own writes fire no triggers.

-- the row that CREATE EXTENSION has made gives way to the one that was dumped
CREATE FUNCTION mistral.restore_maintenance()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM mistral.maintenance WHERE id = NEW.id;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION mistral.restore_maintenance()
    IS 'trigger: lets a restored row replace the present one';
REVOKE ALL ON FUNCTION mistral.restore_maintenance() FROM PUBLIC;
CREATE TRIGGER restore_maintenance
    BEFORE INSERT ON mistral.maintenance
    FOR EACH ROW EXECUTE FUNCTION mistral.restore_maintenance();

-- transactions are numbered anew in another cluster
CREATE FUNCTION mistral.restore_event()
RETURNS trigger
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_restore_event';
COMMENT ON FUNCTION mistral.restore_event()
    IS 'trigger: gives a restored event the number of the restoring transaction';
REVOKE ALL ON FUNCTION mistral.restore_event() FROM PUBLIC;
CREATE TRIGGER restore_event
    BEFORE INSERT ON mistral.events
    FOR EACH ROW EXECUTE FUNCTION mistral.restore_event();

-- an executor that has registered before the restore registers again
CREATE FUNCTION mistral.restore_executor()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
-- the plan is made while the table is small, and kept
SET enable_seqscan TO off
AS $$
BEGIN
    DELETE FROM mistral.executors WHERE id = NEW.id;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION mistral.restore_executor()
    IS 'trigger: lets a restored row replace the present one';
REVOKE ALL ON FUNCTION mistral.restore_executor() FROM PUBLIC;
CREATE TRIGGER restore_executor
    BEFORE INSERT ON mistral.executors
    FOR EACH ROW EXECUTE FUNCTION mistral.restore_executor();

-- replication fires no other triggers
ALTER TABLE mistral.maintenance ENABLE ALWAYS TRIGGER restore_maintenance;
ALTER TABLE mistral.events ENABLE ALWAYS TRIGGER restore_event;
ALTER TABLE mistral.executors ENABLE ALWAYS TRIGGER restore_executor;

SELECT pg_extension_config_dump('mistral.workflow_executions', '');
SELECT pg_extension_config_dump('mistral.execution_data', '');
SELECT pg_extension_config_dump('mistral.secrets', '');
SELECT pg_extension_config_dump('mistral.start_keys', '');
SELECT pg_extension_config_dump('mistral.start_queue', '');
SELECT pg_extension_config_dump('mistral.task_executions', '');
SELECT pg_extension_config_dump('mistral.task_items', '');
SELECT pg_extension_config_dump('mistral.action_executions', '');
SELECT pg_extension_config_dump('mistral.action_results', '');
SELECT pg_extension_config_dump('mistral.action_queue', '');
SELECT pg_extension_config_dump('mistral.action_queue_id_seq', '');
SELECT pg_extension_config_dump('mistral.action_recalls', '');
SELECT pg_extension_config_dump('mistral.executors', '');
SELECT pg_extension_config_dump('mistral.executors_id_seq', '');
SELECT pg_extension_config_dump('mistral.contexts', '');
SELECT pg_extension_config_dump('mistral.signals', '');
SELECT pg_extension_config_dump('mistral.signals_id_seq', '');
SELECT pg_extension_config_dump('mistral.signal_waits', '');
SELECT pg_extension_config_dump('mistral.human_tasks', '');
SELECT pg_extension_config_dump('mistral.delayed_calls', '');
SELECT pg_extension_config_dump('mistral.delayed_calls_id_seq', '');
SELECT pg_extension_config_dump('mistral.events', '');
SELECT pg_extension_config_dump('mistral.events_id_seq', '');
SELECT pg_extension_config_dump('mistral.event_subscriptions', '');
SELECT pg_extension_config_dump('mistral.event_subscriptions_id_seq', '');
SELECT pg_extension_config_dump('mistral.maintenance', '');
