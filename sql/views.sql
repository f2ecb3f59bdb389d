-- Views for people and programs: executions, tasks, actions, workflows.
--
-- The columns have the names of the Mistral API's fields, with "waits_for"
-- added: what anything unfinished waits for, since when or until when; and
-- "waits", which is the same for programs.
--
-- Since PostgreSQL 15 the views read with the caller's rights, so that row level
-- security shows everybody what is his (see the end of this file).  Before,
-- they read with their owner's; then their own condition, which is that of the
-- policies, decides, and as they are security barriers no function in a user's
-- query sees a row before it.  That also keeps the planner from using indexes
-- for what the query asks, ordered lists above all.

CREATE FUNCTION mistral.action_waits_for(action_id uuid)
RETURNS text
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 1000
AS 'MODULE_PATHNAME', 'mistral_action_waits_for';
COMMENT ON FUNCTION mistral.action_waits_for(uuid)
    IS 'what an unfinished action waits for, null when it is finished';
REVOKE ALL ON FUNCTION mistral.action_waits_for(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.task_waits_for(task_id uuid)
RETURNS text
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 1000
AS 'MODULE_PATHNAME', 'mistral_task_waits_for';
COMMENT ON FUNCTION mistral.task_waits_for(uuid)
    IS 'what an unfinished task waits for: actions, sub-workflows, delayed calls or other tasks; null when it is finished';
REVOKE ALL ON FUNCTION mistral.task_waits_for(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.execution_waits_for(execution_id uuid)
RETURNS text
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 1000
AS 'MODULE_PATHNAME', 'mistral_execution_waits_for';
COMMENT ON FUNCTION mistral.execution_waits_for(uuid)
    IS 'what an unfinished execution waits for: its unfinished tasks, and what these wait for; null when it is finished';
REVOKE ALL ON FUNCTION mistral.execution_waits_for(uuid) FROM PUBLIC;

-- The same as data: a list of terms, of which the sentences above are made.
CREATE FUNCTION mistral.action_waits(action_id uuid)
RETURNS jsonb
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 1000
AS 'MODULE_PATHNAME', 'mistral_action_waits';
COMMENT ON FUNCTION mistral.action_waits(uuid)
    IS 'what an unfinished action waits for, as a list of terms: kind, since when, who can make it go on and how; null when it is finished';
REVOKE ALL ON FUNCTION mistral.action_waits(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.task_waits(task_id uuid, depth int DEFAULT 0)
RETURNS jsonb
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 1000
AS 'MODULE_PATHNAME', 'mistral_task_waits';
COMMENT ON FUNCTION mistral.task_waits(uuid, int)
    IS 'what an unfinished task waits for, as a list of terms; those of sub-workflows have terms of their own down to a depth';
REVOKE ALL ON FUNCTION mistral.task_waits(uuid, int) FROM PUBLIC;

CREATE FUNCTION mistral.execution_waits(execution_id uuid, depth int DEFAULT 0)
RETURNS jsonb
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 1000
AS 'MODULE_PATHNAME', 'mistral_execution_waits';
COMMENT ON FUNCTION mistral.execution_waits(uuid, int)
    IS 'what an unfinished execution waits for, as a list of terms; those of sub-workflows have terms of their own down to a depth';
REVOKE ALL ON FUNCTION mistral.execution_waits(uuid, int) FROM PUBLIC;

CREATE FUNCTION mistral.why(execution_id uuid, max_rows int DEFAULT 20,
    OUT is_cause bool, OUT n bigint, OUT place text, OUT kind text, OUT waits_for text,
    OUT since timestamptz, OUT who text, OUT how text)
RETURNS SETOF record
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 10000 ROWS 20
AS 'MODULE_PATHNAME', 'mistral_why';
COMMENT ON FUNCTION mistral.why(uuid, int)
    IS 'what a tree of executions waits for, causes first: how many things, where, since when, who can make them go on, and by which statement';
REVOKE ALL ON FUNCTION mistral.why(uuid, int) FROM PUBLIC;

CREATE VIEW mistral.executions WITH (security_barrier) AS
SELECT x.id,
       x.workflow_name,
       mistral.state_name(x.state) AS state,
       CASE WHEN x.state IN ('I', 'R', 'P')
            THEN mistral.execution_waits_for(x.id)
       END AS waits_for,
       CASE WHEN x.state IN ('I', 'R', 'P')
            THEN mistral.execution_waits(x.id)
       END AS waits,
       x.state_info,
       x.created_at,
       x.updated_at,
       x.finished_at,
       x.namespace AS workflow_namespace,
       x.workflow_id,
       nullif(x.root_id, x.id) AS root_execution_id,
       x.parent_task_id AS task_execution_id,
       x.project_id,
       d.description,
       d.tags,
       d.input,
       x.output,
       d.params,
       x.key,
       x.traceparent,
       d.start_at,
       x.deadline,
       x.rollback IS NOT NULL AND x.state IN ('I', 'R', 'P') AS compensating,
       (x.rollback ->> 'of')::uuid AS rollback_of,
       d.context - '{__execution,openstack}'::text[]
           - ARRAY(SELECT jsonb_array_elements_text(d.vars)
                    WHERE jsonb_typeof(d.vars) = 'array') AS published_global
  FROM mistral.workflow_executions x
  JOIN mistral.execution_data d ON d.execution_id = x.id
 WHERE mistral.can_read_project(x.project_id);
COMMENT ON VIEW mistral.executions
    IS 'workflow executions of the projects that the current user may see';
COMMENT ON COLUMN mistral.executions.id IS 'identifier, ordered by time of creation';
COMMENT ON COLUMN mistral.executions.workflow_name IS 'name of the workflow';
COMMENT ON COLUMN mistral.executions.state
    IS 'IDLE, RUNNING, PAUSED, SUCCESS, ERROR or CANCELLED';
COMMENT ON COLUMN mistral.executions.waits_for
    IS 'what an unfinished execution waits for';
COMMENT ON COLUMN mistral.executions.waits
    IS 'the same as a list of terms: see execution_waits()';
COMMENT ON COLUMN mistral.executions.state_info
    IS 'why it has its state, if there is something to say';
COMMENT ON COLUMN mistral.executions.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.executions.updated_at IS 'time of the last change of state';
COMMENT ON COLUMN mistral.executions.finished_at IS 'time when it was completed';
COMMENT ON COLUMN mistral.executions.workflow_namespace IS 'namespace of the workflow';
COMMENT ON COLUMN mistral.executions.workflow_id
    IS 'workflow that was started; it may have been deleted since';
COMMENT ON COLUMN mistral.executions.root_execution_id
    IS 'topmost execution of the tree; null if it is this one';
COMMENT ON COLUMN mistral.executions.task_execution_id
    IS 'task that started it as a sub-workflow, or null';
COMMENT ON COLUMN mistral.executions.project_id IS 'role that started it';
COMMENT ON COLUMN mistral.executions.description IS 'free text';
COMMENT ON COLUMN mistral.executions.tags IS 'tags of the definition, or null';
COMMENT ON COLUMN mistral.executions.input IS 'input with defaults filled in';
COMMENT ON COLUMN mistral.executions.output IS 'output, once completed';
COMMENT ON COLUMN mistral.executions.params IS 'start parameters';
COMMENT ON COLUMN mistral.executions.key
    IS 'what the project calls the thing that the execution is about, or null';
COMMENT ON COLUMN mistral.executions.traceparent
    IS 'trace context (W3C) that its actions and events go out with, or null';
COMMENT ON COLUMN mistral.executions.start_at
    IS 'time before which it does not begin, if one was given';
COMMENT ON COLUMN mistral.executions.deadline
    IS 'time by which it must have ended, if there is one and its clock runs';
COMMENT ON COLUMN mistral.executions.compensating
    IS 'it undoes what it has done, and then ends';
COMMENT ON COLUMN mistral.executions.rollback_of
    IS 'execution, which had succeeded, whose tasks this one undoes; null: it is no rollback of another';
COMMENT ON COLUMN mistral.executions.published_global
    IS 'variables published for the whole execution';

CREATE VIEW mistral.tasks WITH (security_barrier) AS
SELECT t.id,
       t.name,
       mistral.state_name(t.state) AS state,
       CASE WHEN t.state NOT IN ('S', 'E', 'C', 'K') OR NOT t.processed
            THEN mistral.task_waits_for(t.id)
       END AS waits_for,
       CASE WHEN t.state NOT IN ('S', 'E', 'C', 'K') OR NOT t.processed
            THEN mistral.task_waits(t.id)
       END AS waits,
       t.state_info,
       t.created_at,
       t.updated_at,
       t.started_at,
       t.finished_at,
       CASE t.type WHEN 'W' THEN 'WORKFLOW' ELSE 'ACTION' END AS type,
       t.execution_id AS workflow_execution_id,
       x.workflow_name,
       x.namespace AS workflow_namespace,
       x.workflow_id,
       t.project_id,
       t.processed,
       t.has_next_tasks,
       t.error_handled,
       mistral.task_links(t.next_tasks) AS next_tasks,
       coalesce(jsonb_strip_nulls(jsonb_build_object('triggered_by', mistral.task_links(t.triggered_by))), '{}')
           || coalesce(t.runtime - '__engine', '{}') AS runtime_context,
       coalesce((SELECT c.data FROM mistral.contexts c
                  WHERE c.id = t.published_id
                    AND c.id IS DISTINCT FROM t.context_id),
                CASE WHEN t.published_global IS NULL THEN '{}'::jsonb END) AS published,
       t.published_global,
       t.compensates
  FROM mistral.task_executions t
  JOIN mistral.workflow_executions x ON x.id = t.execution_id
 WHERE mistral.can_read_project(t.project_id);
COMMENT ON VIEW mistral.tasks
    IS 'task executions of the projects that the current user may see';
COMMENT ON COLUMN mistral.tasks.id IS 'identifier, ordered by time of creation';
COMMENT ON COLUMN mistral.tasks.name IS 'name of the task';
COMMENT ON COLUMN mistral.tasks.state
    IS 'IDLE, WAITING, RUNNING, DELAYED, PAUSED, SUCCESS, ERROR, CANCELLED or SKIPPED';
COMMENT ON COLUMN mistral.tasks.waits_for IS 'what an unfinished task waits for';
COMMENT ON COLUMN mistral.tasks.waits
    IS 'the same as a list of terms: see task_waits()';
COMMENT ON COLUMN mistral.tasks.state_info
    IS 'why it has its state, if there is something to say';
COMMENT ON COLUMN mistral.tasks.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.tasks.updated_at IS 'time of the last change of state';
COMMENT ON COLUMN mistral.tasks.started_at IS 'time when it began to run';
COMMENT ON COLUMN mistral.tasks.finished_at IS 'time when it was completed';
COMMENT ON COLUMN mistral.tasks.type IS 'ACTION or WORKFLOW';
COMMENT ON COLUMN mistral.tasks.workflow_execution_id IS 'workflow execution';
COMMENT ON COLUMN mistral.tasks.workflow_name IS 'name of the workflow';
COMMENT ON COLUMN mistral.tasks.workflow_namespace IS 'namespace of the workflow';
COMMENT ON COLUMN mistral.tasks.workflow_id IS 'workflow; it may have been deleted since';
COMMENT ON COLUMN mistral.tasks.project_id IS 'role that started the execution';
COMMENT ON COLUMN mistral.tasks.processed
    IS 'completed, and what follows from it was determined';
COMMENT ON COLUMN mistral.tasks.has_next_tasks IS 'something followed';
COMMENT ON COLUMN mistral.tasks.error_handled
    IS 'in ERROR, and an on-error clause dealt with it';
COMMENT ON COLUMN mistral.tasks.next_tasks IS 'array of [task, event]: what followed';
COMMENT ON COLUMN mistral.tasks.runtime_context
    IS 'what led to it, and the state of its policies';
COMMENT ON COLUMN mistral.tasks.published IS 'variables published for the branch';
COMMENT ON COLUMN mistral.tasks.published_global
    IS 'variables published for the whole execution';
COMMENT ON COLUMN mistral.tasks.compensates
    IS 'task that this one undoes, or null';

CREATE VIEW mistral.actions WITH (security_barrier) AS
SELECT a.id,
       a.name,
       mistral.state_name(a.state) AS state,
       CASE WHEN a.state IN ('R', 'P')
            THEN mistral.action_waits_for(a.id)
       END AS waits_for,
       CASE WHEN a.state IN ('R', 'P')
            THEN mistral.action_waits(a.id)
       END AS waits,
       a.created_at,
       a.updated_at,
       a.claimed_at,
       t.name AS task_name,
       a.task_id AS task_execution_id,
       a.execution_id AS workflow_execution_id,
       x.workflow_name,
       a.namespace AS workflow_namespace,
       a.project_id,
       e.name AS executor,
       a.target,
       a.accepted,
       a.is_sync,
       jsonb_build_object('index', a.item_index, 'safe_rerun', a.safe_rerun)
           AS runtime_context,
       e.last_heartbeat,
       a.input,
       a.output
  FROM mistral.action_executions a
  LEFT JOIN mistral.task_executions t ON t.id = a.task_id
  LEFT JOIN mistral.workflow_executions x ON x.id = a.execution_id
  LEFT JOIN mistral.executors e ON e.id = a.executor_id
 WHERE mistral.can_read_project(a.project_id);
COMMENT ON VIEW mistral.actions
    IS 'action executions of the projects that the current user may see';
COMMENT ON COLUMN mistral.actions.id IS 'identifier';
COMMENT ON COLUMN mistral.actions.name IS 'name of the action';
COMMENT ON COLUMN mistral.actions.state
    IS 'RUNNING, PAUSED, SUCCESS, ERROR or CANCELLED';
COMMENT ON COLUMN mistral.actions.waits_for IS 'what an unfinished action waits for';
COMMENT ON COLUMN mistral.actions.waits
    IS 'the same as a list of terms: see action_waits()';
COMMENT ON COLUMN mistral.actions.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.actions.updated_at IS 'time of the last change of state';
COMMENT ON COLUMN mistral.actions.claimed_at IS 'time when an executor claimed it';
COMMENT ON COLUMN mistral.actions.task_name IS 'name of the task, null if stand-alone';
COMMENT ON COLUMN mistral.actions.task_execution_id IS 'task, null if stand-alone';
COMMENT ON COLUMN mistral.actions.workflow_execution_id
    IS 'workflow execution, null if stand-alone';
COMMENT ON COLUMN mistral.actions.workflow_name IS 'name of the workflow';
COMMENT ON COLUMN mistral.actions.workflow_namespace IS 'namespace of the workflow';
COMMENT ON COLUMN mistral.actions.project_id IS 'role that started it';
COMMENT ON COLUMN mistral.actions.executor IS 'executor that has claimed it';
COMMENT ON COLUMN mistral.actions.target IS 'executors that may run it, null: any';
COMMENT ON COLUMN mistral.actions.accepted IS 'its result counts';
COMMENT ON COLUMN mistral.actions.is_sync
    IS 'the executor reports the result; otherwise somebody else will';
COMMENT ON COLUMN mistral.actions.runtime_context
    IS 'position in the list of with-items, and whether it may be run again';
COMMENT ON COLUMN mistral.actions.last_heartbeat IS 'last sign of life of the executor';
COMMENT ON COLUMN mistral.actions.input IS 'input';
COMMENT ON COLUMN mistral.actions.output IS '{result: …}, once completed';

CREATE VIEW mistral.workflows WITH (security_barrier) AS
SELECT w.id,
       w.name,
       w.namespace,
       w.workbook_name,
       w.scope,
       w.tags,
       w.created_at,
       w.updated_at,
       w.project_id,
       w.checksum,
       w.is_draft,
       v.definition
  FROM mistral.workflow_definitions w
  JOIN mistral.workflow_versions v ON v.id = w.version_id
 WHERE w.scope = 'public'
    OR mistral.can_read_project(w.project_id)
    OR EXISTS (SELECT 1 FROM mistral.resource_members m
                WHERE m.resource_id = w.id
                  AND m.status = 'accepted'
                  AND mistral.can_read_project(m.member_id));
COMMENT ON VIEW mistral.workflows
    IS 'workflows that the current user may start';
COMMENT ON COLUMN mistral.workflows.id IS 'identifier, ordered by time of creation';
COMMENT ON COLUMN mistral.workflows.name
    IS 'name; "workbook.workflow" for one of a workbook';
COMMENT ON COLUMN mistral.workflows.namespace IS 'namespace; empty is the default one';
COMMENT ON COLUMN mistral.workflows.workbook_name IS 'workbook that contains it, or null';
COMMENT ON COLUMN mistral.workflows.scope IS 'private, or public: every project sees it';
COMMENT ON COLUMN mistral.workflows.tags IS 'array of words, or null';
COMMENT ON COLUMN mistral.workflows.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.workflows.updated_at IS 'time of the last update';
COMMENT ON COLUMN mistral.workflows.project_id IS 'role that owns the workflow';
COMMENT ON COLUMN mistral.workflows.is_draft IS 'is started only by who asks for drafts';
COMMENT ON COLUMN mistral.workflows.checksum
    IS 'MD5 of the text, null for one of a workbook';
COMMENT ON COLUMN mistral.workflows.definition IS 'text of the newest version';

DO $$
DECLARE
    view text;
BEGIN
    IF current_setting('server_version_num')::int >= 150000 THEN
        FOREACH view IN ARRAY '{executions, tasks, actions, workflows}'::text[]
        LOOP
            EXECUTE format('ALTER VIEW mistral.%I SET (security_invoker = true)', view);
            EXECUTE format('ALTER VIEW mistral.%I RESET (security_barrier)', view);
        END LOOP;
    END IF;
END
$$;
