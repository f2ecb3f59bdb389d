-- Executions: starting, steering, looking at them.

CREATE FUNCTION mistral.start_workflow(workflow text, input jsonb DEFAULT '{}',
    params jsonb DEFAULT '{}', namespace text DEFAULT '',
    description text DEFAULT NULL, execution_id uuid DEFAULT NULL,
    source_execution_id uuid DEFAULT NULL, run_async boolean DEFAULT false,
    key text DEFAULT NULL, on_conflict text DEFAULT NULL, start_at timestamptz DEFAULT NULL,
    timeout interval DEFAULT NULL)
RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_start_workflow';
COMMENT ON FUNCTION mistral.start_workflow(text, jsonb, jsonb, text, text, uuid, uuid, boolean, text, text, timestamptz, interval)
    IS 'start a workflow (name or id) and return the id of its execution; with the id of an execution that exists, that one is returned; source_execution_id inherits what is not given; with run_async the call returns when the first tasks have started, and the scheduler does what can be done in the database; if an execution of the project has the key, that one is returned (on_conflict return, the default), or an error raised (refuse), or the new one begins when those before it have ended (queue); it does not begin before start_at, and is in ERROR when it has not ended after timeout, which beats that of the definition';
REVOKE ALL ON FUNCTION mistral.start_workflow(text, jsonb, jsonb, text, text, uuid, uuid, boolean, text, text, timestamptz, interval) FROM PUBLIC;

-- Many starts in one statement: start_workflow() in a SELECT does that.  This is
-- for lists, and for those of which some may be refused.
CREATE FUNCTION mistral.start_workflows(workflow text, inputs jsonb[], keys text[] DEFAULT NULL,
    on_conflict text DEFAULT NULL, on_error text DEFAULT 'raise', params jsonb DEFAULT '{}',
    namespace text DEFAULT '', start_at timestamptz DEFAULT NULL)
RETURNS TABLE (input_number int, execution_id uuid, error text, error_code text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    n CONSTANT int := coalesce(cardinality(inputs), 0);
    key text;
    detail text;
    hint text;
BEGIN
    IF on_error IS NULL OR on_error NOT IN ('raise', 'report') THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('on_error must be raise or report, not %L', on_error);
    ELSIF cardinality(keys) <> n THEN
        RAISE EXCEPTION USING ERRCODE = 'MS013',
            MESSAGE = format('there are %s inputs and %s keys', n, cardinality(keys)),
            HINT = 'Give a key for each input; null is none.';
    END IF;
    input_number := 1;
    WHILE input_number <= n LOOP
        key := keys[input_number];
        BEGIN
            execution_id := mistral.start_workflow(workflow, inputs[input_number], params, namespace, run_async => true,
                key => key, on_conflict => CASE WHEN key IS NOT NULL THEN on_conflict END, start_at => start_at);
            error := NULL;
            error_code := NULL;
        EXCEPTION WHEN OTHERS THEN
            -- what is wrong with the start itself may be reported, and nothing else
            IF on_error = 'raise' OR SQLSTATE NOT LIKE 'MS0%' THEN
                GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
                RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = SQLERRM,
                    DETAIL = concat_ws(' ', nullif(detail, ''), format('It is input %s of %s.', input_number, n), nullif(hint, ''));
            END IF;
            execution_id := NULL;
            error := SQLERRM;
            error_code := SQLSTATE;
        END;
        RETURN NEXT;
        input_number := input_number + 1;
    END LOOP;
END
$$;
COMMENT ON FUNCTION mistral.start_workflows(text, jsonb[], text[], text, text, jsonb, text, timestamptz)
    IS 'start a workflow once for each input of a list, in one transaction; on_error: raise lets the first start that is refused undo all, report returns why beside the others; keys and on_conflict as for start_workflow()';
REVOKE ALL ON FUNCTION mistral.start_workflows(text, jsonb[], text[], text, text, jsonb, text, timestamptz) FROM PUBLIC;

CREATE FUNCTION mistral.pause_execution(id uuid)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_pause_execution';
COMMENT ON FUNCTION mistral.pause_execution(uuid)
    IS 'pause an execution and its sub-executions: running actions end, nothing new starts';
REVOKE ALL ON FUNCTION mistral.pause_execution(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.resume_execution(id uuid, env jsonb DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_resume_execution';
COMMENT ON FUNCTION mistral.resume_execution(uuid, jsonb)
    IS 'go on with a paused execution, after merging env into its environment; any other state is left as it is';
REVOKE ALL ON FUNCTION mistral.resume_execution(uuid, jsonb) FROM PUBLIC;

CREATE FUNCTION mistral.cancel_execution(id uuid, message text DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_cancel_execution';
COMMENT ON FUNCTION mistral.cancel_execution(uuid, text)
    IS 'end an execution and its sub-executions with state CANCELLED and the message as state_info';
REVOKE ALL ON FUNCTION mistral.cancel_execution(uuid, text) FROM PUBLIC;

CREATE FUNCTION mistral.stop_execution(id uuid, state text, message text DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_stop_execution';
COMMENT ON FUNCTION mistral.stop_execution(uuid, text, text)
    IS 'end an execution with state SUCCESS, ERROR or CANCELLED and the message as state_info';
REVOKE ALL ON FUNCTION mistral.stop_execution(uuid, text, text) FROM PUBLIC;

CREATE FUNCTION mistral.update_execution_env(id uuid, env jsonb)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_update_execution_env';
COMMENT ON FUNCTION mistral.update_execution_env(uuid, jsonb)
    IS 'merge variables into the environment of an execution that is IDLE, PAUSED or in ERROR';
REVOKE ALL ON FUNCTION mistral.update_execution_env(uuid, jsonb) FROM PUBLIC;

CREATE FUNCTION mistral.update_execution_description(id uuid, description text)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_update_execution_description';
COMMENT ON FUNCTION mistral.update_execution_description(uuid, text)
    IS 'change the description of an execution';
REVOKE ALL ON FUNCTION mistral.update_execution_description(uuid, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_execution(id uuid, force boolean DEFAULT false)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_execution';
COMMENT ON FUNCTION mistral.delete_execution(uuid, boolean)
    IS 'delete an execution with its tasks, actions and sub-executions; one that is not completed only by force; the task above it goes on as if it had been cancelled';
REVOKE ALL ON FUNCTION mistral.delete_execution(uuid, boolean) FROM PUBLIC;

CREATE FUNCTION mistral.get_execution(id uuid)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_get_execution';
COMMENT ON FUNCTION mistral.get_execution(uuid)
    IS 'an execution with state, input and output, members named as in the Mistral API';
REVOKE ALL ON FUNCTION mistral.get_execution(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.wait_execution(id uuid, timeout interval DEFAULT '1 min')
RETURNS jsonb
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_wait_execution';
COMMENT ON FUNCTION mistral.wait_execution(uuid, interval)
    IS 'wait until an execution has ended or the time is over, and return it as get_execution does, with a member "timed_out" if the time is over';
REVOKE ALL ON FUNCTION mistral.wait_execution(uuid, interval) FROM PUBLIC;

CREATE FUNCTION mistral.rerun_task(task_id uuid, reset boolean DEFAULT true,
    env jsonb DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_rerun_task';
COMMENT ON FUNCTION mistral.rerun_task(uuid, boolean, jsonb)
    IS 'run a failed task again and go on from there; without reset only the items of with-items that did not succeed; env is merged into the environment before';
REVOKE ALL ON FUNCTION mistral.rerun_task(uuid, boolean, jsonb) FROM PUBLIC;

CREATE FUNCTION mistral.skip_task(task_id uuid, env jsonb DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_skip_task';
COMMENT ON FUNCTION mistral.skip_task(uuid, jsonb)
    IS 'give a failed task the state SKIPPED and go on with what follows it';
REVOKE ALL ON FUNCTION mistral.skip_task(uuid, jsonb) FROM PUBLIC;

CREATE FUNCTION mistral.task_result(task_id uuid)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_task_result';
COMMENT ON FUNCTION mistral.task_result(uuid)
    IS 'the result of a task: of its action or sub-workflow, or the list of results of its items';
REVOKE ALL ON FUNCTION mistral.task_result(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.task_published(task_id uuid)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_task_published';
COMMENT ON FUNCTION mistral.task_published(uuid)
    IS 'the branch variables that a task has published';
REVOKE ALL ON FUNCTION mistral.task_published(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.complete_action(id uuid, state text DEFAULT 'SUCCESS',
    output jsonb DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_complete_action';
COMMENT ON FUNCTION mistral.complete_action(uuid, text, jsonb)
    IS 'give an action execution its result: SUCCESS with data, ERROR with an error, CANCELLED; an asynchronous action can also be PAUSED or RUNNING';
REVOKE ALL ON FUNCTION mistral.complete_action(uuid, text, jsonb) FROM PUBLIC;

CREATE FUNCTION mistral.signal(execution_id uuid, name text, data jsonb DEFAULT NULL,
    key text DEFAULT NULL)
RETURNS boolean
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_signal';
COMMENT ON FUNCTION mistral.signal(uuid, text, jsonb, text)
    IS 'send an execution a signal, which is kept until a task with wait-for takes it; false, and nothing is done, when a signal of that name and key has been sent before';
REVOKE ALL ON FUNCTION mistral.signal(uuid, text, jsonb, text) FROM PUBLIC;

CREATE FUNCTION mistral.signal_by_key(execution_key text, name text, data jsonb DEFAULT NULL,
    key text DEFAULT NULL)
RETURNS integer
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_signal_by_key';
COMMENT ON FUNCTION mistral.signal_by_key(text, text, jsonb, text)
    IS 'send a signal to the executions of the own project that were started with a key and have begun, or else to the first of them that is to begin; returns the number of those that had not got it before';
REVOKE ALL ON FUNCTION mistral.signal_by_key(text, text, jsonb, text) FROM PUBLIC;

CREATE FUNCTION mistral.run_action(name text, input jsonb DEFAULT '{}',
    params jsonb DEFAULT '{}', namespace text DEFAULT '')
RETURNS jsonb
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_run_action';
COMMENT ON FUNCTION mistral.run_action(text, jsonb, jsonb, text)
    IS 'run an action without a workflow (params: run_sync, save_result, target, timeout, forget_after) and return its action execution; what the database does not end at once ends after the commit, see wait_action(); without save_result its row is deleted after forget_after seconds, if that is given';
REVOKE ALL ON FUNCTION mistral.run_action(text, jsonb, jsonb, text) FROM PUBLIC;

CREATE FUNCTION mistral.wait_action(id uuid, timeout interval DEFAULT '1 min')
RETURNS jsonb
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_wait_action';
COMMENT ON FUNCTION mistral.wait_action(uuid, interval)
    IS 'wait until an action has ended or the time is over, and return it as run_action does, with a member "timed_out" if the time is over';
REVOKE ALL ON FUNCTION mistral.wait_action(uuid, interval) FROM PUBLIC;

CREATE FUNCTION mistral.abandon_action(id uuid)
RETURNS text
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_abandon_action';
COMMENT ON FUNCTION mistral.abandon_action(uuid)
    IS 'wait no longer for an action without a task, and say what became of it: "ended" before; "taken back" as no executor had begun it; "removed", as its result was not to be saved; "running" on';
REVOKE ALL ON FUNCTION mistral.abandon_action(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.delete_action_execution(id uuid)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_action_execution';
COMMENT ON FUNCTION mistral.delete_action_execution(uuid)
    IS 'delete a completed action execution that belongs to no task';
REVOKE ALL ON FUNCTION mistral.delete_action_execution(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.simulation(definition text, input jsonb DEFAULT '{}',
    mocks jsonb DEFAULT '{}', params jsonb DEFAULT '{}', workflow text DEFAULT NULL)
RETURNS jsonb
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_simulation';
COMMENT ON FUNCTION mistral.simulation(text, jsonb, jsonb, jsonb, text)
    IS 'run a definition in virtual time with nothing written, and return the steps as a JSON list; see simulate()';
REVOKE ALL ON FUNCTION mistral.simulation(text, jsonb, jsonb, jsonb, text) FROM PUBLIC;

CREATE FUNCTION mistral.trace_context(traceparent text)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_trace_context';
COMMENT ON FUNCTION mistral.trace_context(text)
    IS 'the trace context in the form of version 00 of the W3C recommendation; null when the text is none';
REVOKE ALL ON FUNCTION mistral.trace_context(text) FROM PUBLIC;

CREATE FUNCTION mistral.simulate(definition text, input jsonb DEFAULT '{}',
    mocks jsonb DEFAULT '{}', params jsonb DEFAULT '{}', workflow text DEFAULT NULL)
RETURNS TABLE (step bigint, at interval, workflow_name text, task text, event text,
               state text, detail jsonb)
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
SELECT s.ordinality, pg_catalog.make_interval(secs => (s.value ->> 'at')::double precision),
       s.value ->> 'workflow', s.value ->> 'task', s.value ->> 'event',
       s.value ->> 'state', s.value -> 'detail'
  FROM pg_catalog.jsonb_array_elements(mistral.simulation($1, $2, $3, $4, $5))
       WITH ORDINALITY AS s
 ORDER BY s.ordinality
$$;
COMMENT ON FUNCTION mistral.simulate(text, jsonb, jsonb, jsonb, text)
    IS 'run a definition (the workflow of that name, or the first) in virtual time with nothing written; mocks gives by task or action name {"result": ...}, {"error": ...}, {"cancel": true}, a plain result, or a list of these for one call after the other; other actions that the database does not run succeed with null';
REVOKE ALL ON FUNCTION mistral.simulate(text, jsonb, jsonb, jsonb, text) FROM PUBLIC;
