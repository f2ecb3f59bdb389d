\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Cron triggers: executions that wait for the last or take its place, times
-- of a period made up for, and starts that are a little late by chance.
-- Time is moved by changing the next time.
SELECT story.define($$
co_ask: {input: [{n: 0}], output: {at: <% execution().params.scheduled_at %>}, tasks: {ask: {action: std.async_noop}}}
$$);
-- let the trigger's time come, that long ago
CREATE FUNCTION story.come(ago interval DEFAULT '1 s') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t uuid := (SELECT id FROM mistral.cron_triggers WHERE name = 'co');
BEGIN
    PERFORM mistral.enable_cron_trigger(t, false);
    UPDATE mistral.cron_triggers SET next_execution_time = date_trunc('second', now()) - ago, is_enabled = true WHERE id = t;
    PERFORM mistral.fire_cron_trigger(t);
    PERFORM story.settle();
END
$$;
CREATE FUNCTION story.finish() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mistral.complete_action(id) FROM mistral.actions WHERE name = 'std.async_noop' AND state = 'RUNNING';
    PERFORM story.settle();
END
$$;
CREATE VIEW story.seen AS
    SELECT string_agg(e.state, ' ' ORDER BY e.created_at, e.id) AS states,
           count(DISTINCT e.key) AS keys, (SELECT last_error FROM mistral.cron_triggers WHERE name = 'co')
      FROM mistral.executions e WHERE e.workflow_name = 'co_ask';
SELECT mistral.create_cron_trigger('co', 'co_ask', '0 3 1 1 *') AS t \gset

-- each execution finds its time
SELECT story.come('1 h');
SELECT story.finish();
SELECT story.come('2 h');
SELECT story.finish();
SELECT round(extract(epoch FROM e.created_at - (e.params ->> 'scheduled_at')::timestamp AT TIME ZONE 'UTC') / 3600) AS hours,
       output ->> 'at' = params ->> 'scheduled_at' AS seen
  FROM mistral.executions e WHERE workflow_name = 'co_ask' ORDER BY created_at;
SELECT story.clean();

-- queue: each begins when the one before has ended
SELECT mistral.set_cron_policy(:'t', overlap => 'queue');
SELECT story.come();
SELECT story.come();
SELECT story.come();
SELECT * FROM story.seen;
SELECT story.finish();
SELECT * FROM story.seen;
SELECT mistral.cancel_execution(id) FROM mistral.executions WHERE state = 'RUNNING';
SELECT story.settle();
SELECT * FROM story.seen;
SELECT story.finish();
SELECT * FROM story.seen;
SELECT story.clean();
SELECT story.settle();

-- replace: the last one is cancelled, and then the next begins
SELECT mistral.set_cron_policy(:'t', overlap => 'replace');
SELECT story.come();
SELECT * FROM story.seen;
SELECT story.come();
SELECT * FROM story.seen;
SELECT story.come();
SELECT * FROM story.seen;
SELECT DISTINCT state_info FROM mistral.executions WHERE workflow_name = 'co_ask' AND state = 'CANCELLED';
-- one that has ended is left as it is
SELECT story.finish();
SELECT story.come();
SELECT * FROM story.seen;
-- a start that fails replaces nothing
SELECT count(*) FROM mistral.update_workflows($$
version: '2.0'
co_ask: {input: [wanted], tasks: {ask: {action: std.async_noop}}}
$$);
SELECT story.come();
SELECT * FROM story.seen;
SELECT count(*) FROM mistral.update_workflows($$
version: '2.0'
co_ask: {input: [{n: 0}], output: {at: <% execution().params.scheduled_at %>}, tasks: {ask: {action: std.async_noop}}}
$$);
SELECT story.clean();
SELECT story.settle();

-- ------------------------------------------------------------- backfill
SELECT mistral.create_cron_trigger('co daily', 'co_ask', '30 2 * * *', '{"n": 7}', time_zone => 'Europe/Berlin') AS d \gset
SET timezone = 'UTC';
CREATE TEMP TABLE filled AS
SELECT * FROM mistral.backfill_cron_trigger('co daily', '2027-03-26 01:30Z', '2027-03-30 00:30Z');
SELECT b.scheduled_at, e.state, e.params ->> 'scheduled_at' AS found, e.input, e.key, e.description::jsonb #>> '{triggered_by,type}' AS by
  FROM filled AS b
  JOIN mistral.executions e ON e.id = b.execution_id ORDER BY 1;
SELECT count(*) FROM mistral.backfill_cron_trigger(:'d'::uuid, '2027-03-26', '2027-03-26');
SELECT story.clean();
-- one after the other, in order
SELECT count(*) FROM mistral.backfill_cron_trigger('co daily', '2027-06-01', '2027-06-04', overlap => 'queue');
SELECT state, params ->> 'scheduled_at' AS at FROM mistral.executions WHERE workflow_name = 'co_ask' ORDER BY 2;
SELECT story.finish();
SELECT state, params ->> 'scheduled_at' AS at FROM mistral.executions WHERE workflow_name = 'co_ask' ORDER BY 2;
SELECT story.clean();
SELECT story.settle();
-- as the trigger does
SELECT mistral.set_cron_policy('co daily', overlap => 'replace');
SELECT count(*) FROM mistral.backfill_cron_trigger('co daily', '2027-06-01', '2027-06-04');
SELECT states FROM story.seen;
SELECT story.clean();
SELECT story.settle();
-- the trigger itself goes on as before
SELECT next_execution_time > now() AS is_ahead, remaining_executions, last_execution_id FROM mistral.cron_triggers WHERE name = 'co daily';
-- what is asked for is wrong, or too much: nothing is started
SELECT mistral.backfill_cron_trigger('co daily', '2027-06-01', '2027-06-04', overlap => 'skip');
SELECT mistral.backfill_cron_trigger('co daily', '2027-06-01', 'infinity');
SELECT mistral.backfill_cron_trigger('co daily', NULL, '2027-06-04');
SELECT mistral.enable_cron_trigger(mistral.create_cron_trigger('co second', 'co_ask', '* * * * * *'), false);
SELECT mistral.backfill_cron_trigger('co second', '2027-06-01', '2027-06-04');
SELECT mistral.create_cron_trigger('co once', 'co_ask', NULL, first_execution_time => now() + '1 day') IS NOT NULL AS made;
SELECT mistral.backfill_cron_trigger('co once', '2027-06-01', '2027-06-04');
SET client_min_messages = warning;
SELECT mistral.set_maintenance('PAUSED') IN ('PAUSING', 'PAUSED') AS begun;
RESET client_min_messages;
SELECT mistral.backfill_cron_trigger('co daily', '2027-06-01', '2027-06-04');
SELECT mistral.set_maintenance('RUNNING');
SELECT count(*) FROM mistral.executions WHERE workflow_name = 'co_ask';
RESET timezone;

-- --------------------------------------------------------------- jitter
CREATE VIEW story.due AS
    SELECT d.due_at - t.next_execution_time AS late FROM mistral.cron_triggers t
      JOIN mistral.delayed_calls d ON d.key = 'cron-' || t.id WHERE t.name = 'co';
SELECT late FROM story.due;
SELECT mistral.set_cron_policy('co', jitter => '12 hours');
SELECT late BETWEEN '0' AND '12 hours' AS within FROM story.due;
-- every time by another chance: ten alike would be one in some sextillions
CREATE TEMP TABLE lates (late interval);
DO $$
BEGIN
    FOR i IN 1 .. 10 LOOP
        PERFORM mistral.enable_cron_trigger('co', false), mistral.enable_cron_trigger('co');
        INSERT INTO lates SELECT late FROM story.due;
    END LOOP;
END $$;
SELECT count(DISTINCT late) > 1 AS differ, bool_and(late BETWEEN '0' AND '12 hours') AS within FROM lates;
-- late by chance is not missed
SELECT mistral.set_cron_policy('co', missed => 'skip', jitter => '12 hours');
SELECT story.come('11 hours');
SELECT count(*) FROM mistral.executions WHERE workflow_name = 'co_ask';
SELECT story.come('13 hours');
SELECT count(*) FROM mistral.executions WHERE workflow_name = 'co_ask';
SELECT mistral.set_cron_policy('co');
SELECT late FROM story.due;
SELECT mistral.set_cron_policy('co', jitter => '-1 s');
SELECT mistral.set_cron_policy('co', jitter => '25 h');
SELECT mistral.set_cron_policy('co', jitter => '1 month');
-- so many days that their microseconds do not fit into 64 bits
SELECT mistral.set_cron_policy('co', jitter => '213503983 days');
SELECT count(*) FROM mistral.violations;

-- ----------------------------------------------------------------- REST
SELECT mistral_api.create_cron_trigger('{"name": "co rest", "workflow_name": "co_ask", "pattern": "1 1 1 1 *",
    "overlap": "queue", "missed": "skip", "jitter": 90}')::jsonb - '{id,workflow_id,created_at,updated_at,next_execution_time,project_id}'::text[] AS made;
SELECT t ->> 'name' AS name, t ->> 'overlap' AS overlap, t ->> 'jitter' AS jitter
  FROM jsonb_array_elements(mistral_api.list_cron_triggers('{"sort_keys": "name"}')::jsonb -> 'cron_triggers') AS t;
SELECT mistral_api.create_cron_trigger('{"name": "co wrong", "workflow_name": "co_ask", "pattern": "1 1 1 2 *", "overlap": "sometimes"}');
SELECT mistral_api.create_cron_trigger('{"name": "co wrong", "workflow_name": "co_ask", "pattern": "1 1 1 2 *", "jitter": "soon"}');
SELECT mistral_api.create_cron_trigger('{"name": "co wrong", "workflow_name": "co_ask", "pattern": "1 1 1 2 *", "jitter": -1}');
SELECT count(*) FROM mistral.cron_triggers WHERE name = 'co wrong';

SELECT count(mistral.delete_cron_trigger(id)) FROM mistral.cron_triggers WHERE name LIKE 'co%';
SELECT story.clean();
SELECT story.settle();
SELECT mistral.delete_workflow('co_ask');
