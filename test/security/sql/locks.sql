-- Nothing waits for a lock that any role of the cluster can take by
-- pg_advisory_lock(): those have 1 or 2 in the fourth field of their tag.
SET client_min_messages = warning;
SELECT mistral.create_roles();
CREATE ROLE locks_a IN ROLE mistral_user;
RESET client_min_messages;
SET ROLE locks_a;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
locks: {tasks: {t: {action: std.async_noop}}}
$$);
BEGIN;
SELECT mistral.start_workflow('locks', execution_id => '11111111-2222-3333-4444-555555555555');
-- the same again, which finds it
SELECT mistral.start_workflow('locks', execution_id => '11111111-2222-3333-4444-555555555555');
SELECT count(mistral.complete_action(id)) FROM mistral.actions WHERE workflow_execution_id = '11111111-2222-3333-4444-555555555555';
SELECT mistral.create_limit('locks', 1);
SELECT mistral.create_environment('locks') IS NOT NULL AS created;
SELECT mistral.create_event_consumer('locks');
SELECT count(*) FROM mistral.read_events('locks');
SELECT mistral.create_cron_trigger('locks', 'locks', '0 0 1 1 *') IS NOT NULL AS created;
SELECT mistral.delete_execution('11111111-2222-3333-4444-555555555555');
SELECT count(*) AS all, count(*) FILTER (WHERE objsubid IN (1, 2)) AS in_reach
  FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() \gset
SELECT :all > 0 AS takes_locks, :in_reach AS in_reach;
ROLLBACK;
SELECT count(mistral.delete_workflow(id::text)) FROM mistral.workflows WHERE name = 'locks';
RESET ROLE;
DROP OWNED BY locks_a;
DROP ROLE locks_a;
