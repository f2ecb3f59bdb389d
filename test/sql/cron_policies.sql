-- Cron triggers: switched off and on, missed times, overlapping executions.
-- Time is moved by run_due_calls(as_of), and by changing the next time.
SET client_min_messages = warning;
CREATE SCHEMA cron_test;
SET search_path TO cron_test, mistral, public;

-- let the trigger's time come, that long ago
CREATE FUNCTION come_late(ago interval) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t uuid := (SELECT id FROM mistral.cron_triggers WHERE name = 'cp');
BEGIN
    PERFORM mistral.enable_cron_trigger(t, false);
    UPDATE mistral.cron_triggers
       SET next_execution_time = now() - ago, is_enabled = true
     WHERE id = t;
    PERFORM mistral.fire_cron_trigger(t);
END
$$;
CREATE FUNCTION come(hours_ago int) RETURNS void LANGUAGE sql
    AS $$ SELECT come_late(make_interval(hours => hours_ago, secs => 1)) $$;
CREATE VIEW seen AS
    SELECT is_enabled, remaining_executions AS left, next_execution_time > now() AS is_ahead,
           (SELECT count(*) FROM mistral.executions e WHERE e.workflow_name = 'cron_pol') AS started,
           last_error,
           (SELECT count(*) FROM mistral.delayed_calls c WHERE c.key = 'cron-' || t.id) AS calls
      FROM mistral.cron_triggers t WHERE t.name = 'cp';
RESET client_min_messages;

SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
cron_pol:
  tasks:
    ask: {action: std.async_noop}
$$);
SELECT mistral.create_cron_trigger('cp', 'cron_pol', '0 3 1 1 *', remaining_executions => 5) AS t \gset
SELECT * FROM seen;

-- off and on
SELECT mistral.enable_cron_trigger(:'t', false);
SELECT mistral.fire_cron_trigger(:'t');
SELECT * FROM seen;
SELECT mistral.enable_cron_trigger(:'t') > now() AS is_ahead;
SELECT * FROM seen;

-- the time has not come, it comes, and it was missed
SELECT mistral.fire_cron_trigger(:'t');
SELECT * FROM seen;
SELECT come(0);
SELECT * FROM seen;
SELECT come(5);
SELECT * FROM seen;
SELECT mistral.set_cron_policy(:'t', missed => 'skip');
SELECT come(5);
SELECT * FROM seen;
-- also when it was missed by little; how little can be set
SELECT come_late('6 s');
SELECT * FROM seen;
SET mistral.cron_grace_time = 0;
SELECT come_late('1 s');
SELECT * FROM seen;
RESET mistral.cron_grace_time;

-- while the last execution goes on
SELECT mistral.set_cron_policy(:'t', overlap => 'skip');
SELECT come(0);
SELECT * FROM seen;
SELECT count(mistral.cancel_execution(last_execution_id)) FROM mistral.cron_triggers WHERE name = 'cp';
SELECT come(0);
SELECT * FROM seen;

-- a start that fails is noted
SELECT count(*) FROM mistral.update_workflows($$
version: '2.0'
cron_pol:
  input: [wanted]
  tasks:
    ask: {action: std.async_noop}
$$);
SELECT mistral.set_cron_policy(:'t');
SELECT come(0);
SELECT * FROM seen;
SELECT come(0);
SELECT count(*) FROM mistral.cron_triggers WHERE name = 'cp';
SELECT count(*) FROM mistral.delayed_calls WHERE key = 'cron-' || :'t';

\set VERBOSITY sqlstate
SELECT mistral.set_cron_policy(:'t');
SELECT mistral.enable_cron_trigger(:'t');
\set VERBOSITY default
SELECT mistral.create_cron_trigger('cp', 'cron_pol', '0 3 1 1 *', '{"wanted": 1}') AS t \gset
SELECT mistral.set_cron_policy(:'t', missed => 'never');
SELECT mistral.set_cron_policy(:'t', overlap => 'never');
SELECT mistral.delete_cron_trigger(:'t');

SET client_min_messages = warning;
DROP SCHEMA cron_test CASCADE;
SELECT count(mistral.delete_execution(id, true)) > 0 AS deleted FROM mistral.executions WHERE workflow_name = 'cron_pol';
SELECT mistral.delete_workflow('cron_pol');
