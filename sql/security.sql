-- Row level security, roles and grants.
--
-- Whoever may read a table directly sees the rows of its own projects; views
-- and functions are the usual way and apply the same rule.  There are no
-- policies for writing: tables are changed through functions only.

ALTER TABLE mistral.workflow_executions ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.execution_data ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.start_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.start_queue ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.task_executions ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.task_items ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.action_executions ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.action_results ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.action_queue ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.action_claims ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.action_recalls ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.signals ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.signal_waits ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.human_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.limits ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.limit_slots ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.contexts ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.delayed_calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.events ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.event_subscriptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.executors ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.maintenance ENABLE ROW LEVEL SECURITY;

CREATE POLICY read_own ON mistral.workflow_executions
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.execution_data
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.start_keys
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.start_queue
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.task_executions
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.task_items
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.action_executions
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.action_results
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.action_queue
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.signals
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.signal_waits
    FOR SELECT USING (mistral.can_read_project(project_id));
-- those who may do a task see it in mistral.inbox
CREATE POLICY read_own ON mistral.human_tasks
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.limits
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.limit_slots
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.contexts
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.delayed_calls
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.events
    FOR SELECT USING (mistral.can_read_project(project_id));
-- a subscription to every project's events is the administrator's
CREATE POLICY read_own ON mistral.event_subscriptions
    FOR SELECT USING (mistral.can_read_project(project_id)
                      OR mistral.is_admin());
-- everybody may see who runs everybody's actions, and his own
CREATE POLICY read_serving ON mistral.executors
    FOR SELECT USING (mistral.can_read_project(role_name)
                      OR mistral.role_serves(role_name, current_user));
CREATE POLICY read_all ON mistral.maintenance
    FOR SELECT USING (true);

-- definitions: what is public or was shared is seen, too
ALTER TABLE mistral.workbooks ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.workflow_definitions ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.workflow_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.action_definitions ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.action_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.environments ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.expression_functions ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.code_sources ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.dynamic_actions ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.resource_members ENABLE ROW LEVEL SECURITY;

CREATE POLICY read_visible ON mistral.workbooks
    FOR SELECT USING (scope = 'public' OR mistral.can_read_project(project_id));
CREATE POLICY read_visible ON mistral.workflow_definitions
    FOR SELECT USING (scope = 'public' OR mistral.can_read_project(project_id)
                      OR EXISTS (SELECT 1 FROM mistral.resource_members m
                                  WHERE m.resource_id = workflow_definitions.id
                                    AND m.status = 'accepted'
                                    AND mistral.can_read_project(m.member_id)));
-- an execution's version is seen by the execution's project, too
CREATE POLICY read_visible ON mistral.workflow_versions
    FOR SELECT USING (mistral.can_read_project(project_id)
                      OR EXISTS (SELECT 1 FROM mistral.workflow_definitions d
                                  WHERE d.id = workflow_versions.definition_id));
CREATE POLICY read_visible ON mistral.action_definitions
    FOR SELECT USING (scope = 'public' OR mistral.can_read_project(project_id));
CREATE POLICY read_visible ON mistral.action_versions
    FOR SELECT USING (mistral.can_read_project(project_id)
                      OR EXISTS (SELECT 1 FROM mistral.action_definitions d
                                  WHERE d.id = action_versions.definition_id));
CREATE POLICY read_visible ON mistral.environments
    FOR SELECT USING (scope = 'public' OR mistral.can_read_project(project_id));
CREATE POLICY read_visible ON mistral.expression_functions
    FOR SELECT USING (scope = 'public' OR mistral.can_read_project(project_id));
CREATE POLICY read_visible ON mistral.code_sources
    FOR SELECT USING (scope = 'public' OR mistral.can_read_project(project_id));
CREATE POLICY read_visible ON mistral.dynamic_actions
    FOR SELECT USING (scope = 'public' OR mistral.can_read_project(project_id));
CREATE POLICY read_visible ON mistral.resource_members
    FOR SELECT USING (mistral.can_read_project(project_id)
                      OR mistral.can_read_project(member_id));

-- Roles belong to the cluster, so the extension does not make them by itself.
-- What each of them may call is here in one place; a test lists functions
-- that nobody may.
CREATE FUNCTION mistral.grant_roles()
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
SET client_min_messages TO warning
AS $$
DECLARE
    -- reading, for users and observers; all of it is restricted to what the
    -- role may see
    readers CONSTANT text[] := '{
        can_read_project, readable_projects, role_serves, is_admin, cron_next, state_name, state_code, task_links,
        action_waits_for, task_waits_for, execution_waits_for,
        action_waits, task_waits, execution_waits, why, check,
        first_id, is_late, id_of, workflow_id_of,
        evaluate, builtin_functions, validate_expression,
        get_execution, wait_execution, wait_action, task_result, task_published,
        workflow_input, workflow_interface, workflow_graph, definition_graphs, action_input, schema_problems,
        is_candidate, task_refusal, get_human_task,
        execution_errors, execution_tasks, workflow_durations, task_durations,
        create_event_consumer, delete_event_consumer, read_events,
        acknowledge_events, check_action, check_outbound, trace_context, outbound_host, outbound_port,
        outbound_rules_on, ports_of_rule, inet_or_null, embedded_addresses}';
    users CONSTANT text[] := '{
        start_workflow, start_workflows, pause_execution, resume_execution, cancel_execution,
        stop_execution, rerun_task, skip_task, update_execution_env,
        update_execution_description, delete_execution, complete_action, signal, signal_by_key,
        claim_task, release_task, complete_task, delegate_task,
        run_action, abandon_action, delete_action_execution, simulate, simulation,
        create_workflows, update_workflows, publish_workflow, delete_workflow, validate_workflow,
        create_workbook, update_workbook, delete_workbook, validate_workbook,
        create_actions, update_actions, delete_action, validate_actions,
        register_action, update_action, unregister_action, create_function_action,
        create_environment, update_environment, delete_environment,
        create_limit, update_limit, delete_limit,
        create_expression_function, delete_expression_function,
        create_member, update_member, delete_member,
        create_code_source, update_code_source, delete_code_source,
        create_dynamic_action, update_dynamic_action, delete_dynamic_action,
        create_cron_trigger, delete_cron_trigger, enable_cron_trigger,
        set_cron_policy, backfill_cron_trigger, create_event_trigger,
        update_event_trigger, delete_event_trigger, enable_event_trigger, raise_event, set_maintenance,
        create_event_subscription, delete_event_subscription,
        watch_table, watch_row, unwatch_table}';
    -- running actions: users run those of their own projects
    executors CONSTANT text[] := '{
        register_executor, unregister_executor, executor_channels,
        claim_actions, claimed_actions, complete_actions, exchange_actions,
        release_actions, extend_leases, complete_in_transaction,
        fail_in_transaction, builtin_functions}';
    notifiers CONSTANT text[] := '{claim_deliveries, complete_deliveries, builtin_functions}';
    admins CONSTANT text[] := '{
        run_due_calls, start_workers, fire_cron_trigger, route_events, retry_delivery, drop_delivery,
        retry_delayed_call, delete_retired_versions, begin_restore,
        resume_after_restore, table_columns, create_outbound_rule,
        delete_outbound_rule, create_action_rule, delete_action_rule}';
    -- views, and the tables below them, where row level security applies
    relations CONSTANT text[] := '{
        executions, tasks, actions, workflows, violations, abode,
        workflow_executions, execution_data, task_executions, task_items, action_executions,
        contexts, limits, limit_slots, signals, signal_waits, human_tasks, inbox, executors, workflow_definitions, workflow_versions,
        action_definitions, action_versions, expression_functions, resource_members,
        outbound_rules, action_rules}';
    item record;
BEGIN
    GRANT USAGE ON SCHEMA mistral
        TO mistral_admin, mistral_user, mistral_executor, mistral_observer;

    FOR item IN
        SELECT p.oid::regprocedure AS function, w.role
          FROM pg_proc p
          JOIN (VALUES ('mistral_user', readers || users || executors),
                       ('mistral_observer', readers),
                       ('mistral_executor', executors || notifiers),
                       ('mistral_admin', admins)) AS w(role, names)
            ON p.proname = ANY (w.names)
         WHERE p.pronamespace = 'mistral'::regnamespace
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I',
                       item.function, item.role);
    END LOOP;

    FOR item IN
        SELECT c.oid::regclass AS relation
          FROM pg_class c
         WHERE c.relnamespace = 'mistral'::regnamespace
           AND (c.relkind = 'v' OR c.relrowsecurity)
           AND c.relname = ANY (relations)
    LOOP
        EXECUTE format('GRANT SELECT ON %s TO mistral_user, mistral_observer',
                       item.relation);
    END LOOP;

    -- what happens in all projects, as pg_monitor sees it
    FOR item IN
        SELECT c.oid::regclass AS relation
          FROM pg_class c
         WHERE c.relnamespace = 'mistral'::regnamespace
           AND c.relkind = 'v' AND c.relname LIKE 'stat\_%'
    LOOP
        EXECUTE format('GRANT SELECT ON %s TO mistral_observer', item.relation);
    END LOOP;
    GRANT EXECUTE ON FUNCTION mistral.worker_slots(), mistral.worker_activity() TO mistral_observer;

    -- administrators may look at all tables
    GRANT SELECT ON ALL TABLES IN SCHEMA mistral TO mistral_admin;
    REVOKE ALL ON mistral.secrets FROM mistral_admin;
    GRANT mistral_user, mistral_executor, mistral_observer TO mistral_admin;
    PERFORM mistral_api.grant_roles();
END
$$;
COMMENT ON FUNCTION mistral.grant_roles()
    IS 'grants to the roles of create_roles() what each may do in this database; to be repeated after an update';
REVOKE ALL ON FUNCTION mistral.grant_roles() FROM PUBLIC;

CREATE FUNCTION mistral.create_roles()
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY
        '{mistral_admin, mistral_user, mistral_executor, mistral_observer}'::text[]
    LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles r WHERE r.rolname = role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role);
        END IF;
    END LOOP;
    PERFORM mistral.grant_roles();
END
$$;
COMMENT ON FUNCTION mistral.create_roles()
    IS 'creates the roles mistral_admin, mistral_user, mistral_executor and mistral_observer where they are missing, and grants them their rights';
REVOKE ALL ON FUNCTION mistral.create_roles() FROM PUBLIC;
