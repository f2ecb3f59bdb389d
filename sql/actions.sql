-- Workers, and the protocol of executors (docs/executor-protocol.md).

CREATE FUNCTION mistral.start_workers()
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_start_workers';
COMMENT ON FUNCTION mistral.start_workers()
    IS 'starts the workers of this database when the transaction commits';
REVOKE ALL ON FUNCTION mistral.start_workers() FROM PUBLIC;

CREATE FUNCTION mistral.run_due_calls(max_calls int DEFAULT NULL, as_of timestamptz DEFAULT NULL)
RETURNS int
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_run_due_calls';
COMMENT ON FUNCTION mistral.run_due_calls(int, timestamptz)
    IS 'does what the scheduler would do, in this transaction: runs delayed calls that are due (at the given time) and returns their number';
REVOKE ALL ON FUNCTION mistral.run_due_calls(int, timestamptz) FROM PUBLIC;

CREATE FUNCTION mistral.retry_delayed_call(call_id bigint)
RETURNS bool
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_retry_delayed_call';
COMMENT ON FUNCTION mistral.retry_delayed_call(bigint)
    IS 'tries a delayed call that was given up again; false when it is not there';
REVOKE ALL ON FUNCTION mistral.retry_delayed_call(bigint) FROM PUBLIC;

CREATE FUNCTION mistral.wake_workers()
RETURNS trigger
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_wake_workers';
COMMENT ON FUNCTION mistral.wake_workers()
    IS 'trigger that wakes the workers when rows of work come in by SQL, as when a dump is restored';
REVOKE ALL ON FUNCTION mistral.wake_workers() FROM PUBLIC;

CREATE TRIGGER wake_workers AFTER INSERT OR UPDATE ON mistral.action_queue
    FOR EACH STATEMENT EXECUTE FUNCTION mistral.wake_workers();
CREATE TRIGGER wake_workers AFTER INSERT OR UPDATE ON mistral.action_results
    FOR EACH STATEMENT EXECUTE FUNCTION mistral.wake_workers();
CREATE TRIGGER wake_workers AFTER INSERT OR UPDATE ON mistral.delayed_calls
    FOR EACH STATEMENT EXECUTE FUNCTION mistral.wake_workers();
CREATE TRIGGER wake_workers AFTER INSERT OR UPDATE ON mistral.executors
    FOR EACH STATEMENT EXECUTE FUNCTION mistral.wake_workers();

-- claims that come in by SQL, as when a dump is restored, have to be found
CREATE FUNCTION mistral.restore_claims()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM mistral.action_claims WHERE executor_id = 0;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral.restore_claims()
    IS 'trigger: has the workers look for claims again';
REVOKE ALL ON FUNCTION mistral.restore_claims() FROM PUBLIC;
CREATE TRIGGER restore_claims AFTER INSERT OR UPDATE ON mistral.action_executions
    FOR EACH STATEMENT EXECUTE FUNCTION mistral.restore_claims();
CREATE TRIGGER restore_claims AFTER INSERT OR UPDATE ON mistral.executors
    FOR EACH STATEMENT EXECUTE FUNCTION mistral.restore_claims();

CREATE TYPE mistral.claimed_action AS (
    action_id         uuid,
    name              text,
    input             jsonb,
    attempt           int,
    timeout_s         int,
    deadline          timestamptz,
    is_sync           bool,
    safe_rerun        bool,
    is_redelivered    bool,
    target            text,
    project_id        text,
    namespace         text,
    execution_id      uuid,
    workflow_name     text,
    task_id           uuid,
    task_name         text,
    root_execution_id uuid,
    token             text,
    refusal           text,
    outbound          jsonb,
    traceparent       text
);
COMMENT ON TYPE mistral.claimed_action
    IS 'what an executor must know of an action it has claimed; with a refusal: why a result of the action was not taken, or that it is to be given up';
COMMENT ON COLUMN mistral.claimed_action.action_id IS 'action execution';
COMMENT ON COLUMN mistral.claimed_action.name IS 'action to run';
COMMENT ON COLUMN mistral.claimed_action.input IS 'its parameters';
COMMENT ON COLUMN mistral.claimed_action.attempt IS 'attempt of the task that it belongs to';
COMMENT ON COLUMN mistral.claimed_action.timeout_s IS 'seconds that the task gives it, or null';
COMMENT ON COLUMN mistral.claimed_action.deadline IS 'end of the lease: until then it is the executor''s';
COMMENT ON COLUMN mistral.claimed_action.is_sync IS 'its end is reported with its result';
COMMENT ON COLUMN mistral.claimed_action.safe_rerun IS 'may be run again when its executor is lost';
COMMENT ON COLUMN mistral.claimed_action.is_redelivered IS 'another executor had it before';
COMMENT ON COLUMN mistral.claimed_action.target IS 'target of the task, or empty';
COMMENT ON COLUMN mistral.claimed_action.project_id IS 'role that started the execution';
COMMENT ON COLUMN mistral.claimed_action.namespace IS 'namespace of the workflow';
COMMENT ON COLUMN mistral.claimed_action.execution_id IS 'workflow execution, or null';
COMMENT ON COLUMN mistral.claimed_action.workflow_name IS 'name of the workflow, or null';
COMMENT ON COLUMN mistral.claimed_action.task_id IS 'task, or null';
COMMENT ON COLUMN mistral.claimed_action.task_name IS 'name of the task, or null';
COMMENT ON COLUMN mistral.claimed_action.root_execution_id IS 'execution at the top, or null';
COMMENT ON COLUMN mistral.claimed_action.token IS 'names this claim of the action, for complete_in_transaction()';
COMMENT ON COLUMN mistral.claimed_action.refusal
    IS 'null: an action to run; else why a reported result was not taken (unknown, completed, lease lost, illegal state), or that the action is to be given up (cancelled)';
COMMENT ON COLUMN mistral.claimed_action.outbound
    IS 'rules on where its requests may go, an array of {id, effect, destination, is_general}; null: there are none';
COMMENT ON COLUMN mistral.claimed_action.traceparent
    IS 'trace context (W3C) of its execution, to be passed on, or null';

CREATE FUNCTION mistral.register_executor(
    name text, target text DEFAULT '', actions text[] DEFAULT NULL,
    info jsonb DEFAULT NULL, lease interval DEFAULT '1 minute',
    announces jsonb DEFAULT NULL, keeps_rules bool DEFAULT false)
RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_register_executor';
COMMENT ON FUNCTION mistral.register_executor(text, text, text[], jsonb, interval, jsonb, bool)
    IS 'registers a process that runs actions (of the names in both lists, or all) and returns its id; announces: array of names and of {name, description, input, takes_any, is_sync, tags, scope}, which become actions of the current role; keeps_rules: it goes by the rules of create_outbound_rule()';
REVOKE ALL ON FUNCTION mistral.register_executor(text, text, text[], jsonb, interval, jsonb, bool) FROM PUBLIC;

CREATE FUNCTION mistral.unregister_executor(executor_id bigint)
RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_unregister_executor';
COMMENT ON FUNCTION mistral.unregister_executor(bigint)
    IS 'ends the lease of an executor; what it still has is failed or handed out again';
REVOKE ALL ON FUNCTION mistral.unregister_executor(bigint) FROM PUBLIC;

CREATE FUNCTION mistral.executor_channels(executor_id bigint)
RETURNS text[]
LANGUAGE c STABLE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_executor_channels';
COMMENT ON FUNCTION mistral.executor_channels(bigint)
    IS 'channels on which the executor is notified of work, and, on the last, of actions to give up';
REVOKE ALL ON FUNCTION mistral.executor_channels(bigint) FROM PUBLIC;

CREATE FUNCTION mistral.extend_leases(
    executor_id bigint, OUT lease_until timestamptz, OUT cancelled uuid[])
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_extend_leases';
COMMENT ON FUNCTION mistral.extend_leases(bigint)
    IS 'extends the lease of all that the executor has claimed; returns until when it is now, and which of its actions are to be given up';
REVOKE ALL ON FUNCTION mistral.extend_leases(bigint) FROM PUBLIC;

CREATE FUNCTION mistral.claim_actions(executor_id bigint, max_actions int DEFAULT 1, limits jsonb DEFAULT '{}')
RETURNS SETOF mistral.claimed_action
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE ROWS 10
AS 'MODULE_PATHNAME', 'mistral_claim_actions';
COMMENT ON FUNCTION mistral.claim_actions(bigint, int, jsonb)
    IS 'claims up to max_actions queued actions for the executor, of each name in limits at most so many';
REVOKE ALL ON FUNCTION mistral.claim_actions(bigint, int, jsonb) FROM PUBLIC;

CREATE FUNCTION mistral.claimed_actions(executor_id bigint)
RETURNS SETOF mistral.claimed_action
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE ROWS 10
AS 'MODULE_PATHNAME', 'mistral_claimed_actions';
COMMENT ON FUNCTION mistral.claimed_actions(bigint)
    IS 'running actions that the executor has claimed and need not give up, for one that was cut off before it learned of them';
REVOKE ALL ON FUNCTION mistral.claimed_actions(bigint) FROM PUBLIC;

CREATE FUNCTION mistral.complete_actions(executor_id bigint, results jsonb)
RETURNS jsonb
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_complete_actions';
COMMENT ON FUNCTION mistral.complete_actions(bigint, jsonb)
    IS 'reports results of claimed actions; returns those that were refused, and why';
REVOKE ALL ON FUNCTION mistral.complete_actions(bigint, jsonb) FROM PUBLIC;

CREATE FUNCTION mistral.exchange_actions(
    executor_id bigint, results jsonb, max_actions int DEFAULT 1, limits jsonb DEFAULT '{}')
RETURNS SETOF mistral.claimed_action
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE ROWS 10
AS 'MODULE_PATHNAME', 'mistral_exchange_actions';
COMMENT ON FUNCTION mistral.exchange_actions(bigint, jsonb, int, jsonb)
    IS 'reports results and claims up to max_actions actions, of each name in limits at most so many, in one transaction; returns these, refused results, and actions to give up';
REVOKE ALL ON FUNCTION mistral.exchange_actions(bigint, jsonb, int, jsonb) FROM PUBLIC;

CREATE FUNCTION mistral.complete_in_transaction(action_id uuid, token text, result jsonb DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_complete_in_transaction';
COMMENT ON FUNCTION mistral.complete_in_transaction(uuid, text, jsonb)
    IS 'gives a claimed action its result as part of the caller''s transaction; raises MS094 when the claim that the token names is not valid any more, so that the transaction is rolled back';
REVOKE ALL ON FUNCTION mistral.complete_in_transaction(uuid, text, jsonb) FROM PUBLIC;

CREATE FUNCTION mistral.fail_in_transaction(action_id uuid, token text, error jsonb DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_fail_in_transaction';
COMMENT ON FUNCTION mistral.fail_in_transaction(uuid, text, jsonb)
    IS 'ends a claimed action with an error as part of the caller''s transaction; raises MS094 as complete_in_transaction() does';
REVOKE ALL ON FUNCTION mistral.fail_in_transaction(uuid, text, jsonb) FROM PUBLIC;

CREATE FUNCTION mistral.release_actions(executor_id bigint, action_ids uuid[])
RETURNS int
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_release_actions';
COMMENT ON FUNCTION mistral.release_actions(bigint, uuid[])
    IS 'gives back claimed actions that have not been started; returns their number';
REVOKE ALL ON FUNCTION mistral.release_actions(bigint, uuid[]) FROM PUBLIC;

SELECT mistral.start_workers();
