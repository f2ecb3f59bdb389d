-- Patterns of points in time, and the triggers made with them.
SET timezone TO 'UTC';

SELECT c.pattern, c.want, mistral.cron_next(c.pattern, c.after, c.zone) AS got
  FROM (VALUES
        ('* * * * *',        '2026-11-23 06:30:15+00'::timestamptz, 'UTC', '2026-11-23 06:31:00+00'::timestamptz),
        ('*/5 * * * *',      '2026-11-23 06:30:00+00', 'UTC', '2026-11-23 06:35:00+00'),
        ('7-10/2,50 * * * *', '2026-11-23 06:07:00+00', 'UTC', '2026-11-23 06:09:00+00'),
        ('@hourly',          '2026-11-23 06:30:15+00', 'UTC', '2026-11-23 07:00:00+00'),
        ('@yearly',          '2026-11-23 06:30:15+00', 'UTC', '2027-01-01 00:00:00+00'),
        ('0 12 * * mon-fri', '2026-11-27 12:00:00+00', 'UTC', '2026-11-30 12:00:00+00'),
        ('0 12 * JAN,jun *', '2026-11-27 12:00:00+00', 'UTC', '2027-01-01 12:00:00+00'),
        ('0 0 29 2 *',       '2026-11-23 06:30:15+00', 'UTC', '2028-02-29 00:00:00+00'),
        -- both days restricted: either fits
        ('0 0 13 * 5',       '2026-11-23 06:30:15+00', 'UTC', '2026-11-27 00:00:00+00'),
        ('0 0 13 * 5',       '2026-12-12 00:00:00+00', 'UTC', '2026-12-13 00:00:00+00'),
        ('0 0 * * 7',        '2026-11-23 06:30:15+00', 'UTC', '2026-11-29 00:00:00+00'),
        ('0 0 31 * *',       '2026-11-23 06:30:15+00', 'UTC', '2026-12-31 00:00:00+00'),
        -- the sixth field: seconds
        ('* * * * * */10',   '2026-11-23 06:30:15+00', 'UTC', '2026-11-23 06:30:20+00'),
        -- a step beyond the range leaves the first value
        ('0 */24 * * *',     '2026-11-23 06:30:00+00', 'UTC', '2026-11-24 00:00:00+00'),
        ('*/60 * * * *',     '2026-11-23 06:30:00+00', 'UTC', '2026-11-23 07:00:00+00'),
        ('0 0 1 */13 *',     '2026-11-23 06:30:00+00', 'UTC', '2027-01-01 00:00:00+00'),
        ('0 0-23/24 * * *',  '2026-11-23 06:30:00+00', 'UTC', '2026-11-24 00:00:00+00'),
        ('5/99999999999999 * * * *', '2026-11-23 06:30:00+00', 'UTC', '2026-11-23 07:05:00+00'),
        -- the last day, certain weeks, and ranges that end with Sunday
        ('0 0 L * *',        '2027-02-03 00:00:00+00', 'UTC', '2027-02-28 00:00:00+00'),
        ('0 0 l,15 * *',     '2028-02-15 00:00:00+00', 'UTC', '2028-02-29 00:00:00+00'),
        ('0 0 30-L 2,4 *',   '2026-11-23 06:30:00+00', 'UTC', '2027-04-30 00:00:00+00'),
        ('0 0 * * 5#3',      '2026-11-23 06:30:00+00', 'UTC', '2026-12-18 00:00:00+00'),
        ('0 0 * * mon#5',    '2026-11-23 06:30:00+00', 'UTC', '2026-11-30 00:00:00+00'),
        ('0 0 * * mon#5',    '2026-11-30 00:00:00+00', 'UTC', '2027-03-29 00:00:00+00'),
        ('0 0 * * mon-wed#1', '2026-12-01 00:00:00+00', 'UTC', '2026-12-02 00:00:00+00'),
        ('0 0 * * L5',       '2026-11-23 06:30:00+00', 'UTC', '2026-11-27 00:00:00+00'),
        ('0 0 * * l7,L6',    '2026-11-23 06:30:00+00', 'UTC', '2026-11-28 00:00:00+00'),
        ('0 0 13 * 5#3',     '2026-11-23 06:30:00+00', 'UTC', '2026-12-13 00:00:00+00'),
        ('0 0 * * fri-sun',  '2026-11-28 00:00:00+00', 'UTC', '2026-11-29 00:00:00+00'),
        ('0 0 * * 5-0',      '2026-11-29 00:00:00+00', 'UTC', '2026-12-04 00:00:00+00'),
        ('0 0 * * 6/1',      '2026-11-28 00:00:00+00', 'UTC', '2026-11-29 00:00:00+00'),
        -- white space around the fields
        (E'  30\t2 * * * \n', '2026-11-23 06:30:00+00', 'UTC', '2026-11-24 02:30:00+00'),
        (E' @daily\n',       '2026-11-23 06:30:00+00', 'UTC', '2026-11-24 00:00:00+00'),
        -- a day is restricted by what it leaves out, not by how it is written
        ('0 0 */2 * 1',      '2026-11-23 06:30:00+00', 'UTC', '2026-11-25 00:00:00+00'),
        ('0 0 */2 * 1',      '2026-11-29 00:00:00+00', 'UTC', '2026-11-30 00:00:00+00'),
        ('0 0 1 * */2',      '2026-11-29 00:00:00+00', 'UTC', '2026-12-01 00:00:00+00'),
        ('0 0 1-31 * 1',     '2026-11-23 06:30:00+00', 'UTC', '2026-11-30 00:00:00+00'),
        ('0 0 1-L * 1',      '2026-11-23 06:30:00+00', 'UTC', '2026-11-30 00:00:00+00'),
        ('0 0 5 * 0-7',      '2026-11-23 06:30:00+00', 'UTC', '2026-12-05 00:00:00+00'),
        ('0 0 5 * mon-sun',  '2026-11-23 06:30:00+00', 'UTC', '2026-12-05 00:00:00+00'),
        ('0 0 */1 * 1',      '2026-11-23 06:30:00+00', 'UTC', '2026-11-30 00:00:00+00'),
        -- distances from UTC are counted eastward
        ('0 12 * * *',       '2026-11-23 00:00:00+00', '+02:00', '2026-11-23 10:00:00+00'),
        ('0 12 * * *',       '2026-11-23 00:00:00+00', '-0330', '2026-11-23 15:30:00+00'),
        ('0 12 * * *',       '2026-11-23 00:00:00+00', 'UTC+2', '2026-11-23 10:00:00+00'),
        ('0 12 * * *',       '2026-11-23 00:00:00+00', 'GMT-05:30', '2026-11-23 17:30:00+00'),
        ('0 12 * * *',       '2026-11-23 00:00:00+00', 'Z', '2026-11-23 12:00:00+00'),
        ('0 12 * * *',       '2026-11-23 00:00:00+00', 'Etc/GMT+2', '2026-11-23 14:00:00+00'),
        -- clocks go forward: the time does not exist, and is taken after the change
        ('30 2 * * *',       '2026-03-28 12:00:00+00', 'Europe/Berlin', '2026-03-29 01:30:00+00'),
        ('30 2 * * *',       '2026-03-29 01:30:00+00', 'Europe/Berlin', '2026-03-30 00:30:00+00'),
        -- each of the times that are left out, also when asked among them
        ('0,30 2 * * *',     '2026-03-29 00:59:00+00', 'Europe/Berlin', '2026-03-29 01:00:00+00'),
        ('0,30 2 * * *',     '2026-03-29 01:00:00+00', 'Europe/Berlin', '2026-03-29 01:30:00+00'),
        ('0,30 2 * * *',     '2026-03-29 01:30:00+00', 'Europe/Berlin', '2026-03-30 00:00:00+00'),
        ('30 2 * * *',       '2026-03-29 01:05:00+00', 'Europe/Berlin', '2026-03-29 01:30:00+00'),
        ('*/15 2 * * *',     '2026-03-29 01:30:00+00', 'Europe/Berlin', '2026-03-29 01:45:00+00'),
        ('5,10 2 * * *',     '2026-03-29 01:05:00+00', 'Europe/Berlin', '2026-03-29 01:10:00+00'),
        ('15 2,3 * * *',     '2026-03-29 00:30:00+00', 'Europe/Berlin', '2026-03-29 01:15:00+00'),
        ('15 2,3 * * *',     '2026-03-29 01:15:00+00', 'Europe/Berlin', '2026-03-30 00:15:00+00'),
        ('15,45 2 * * *',    '2026-10-03 15:30:00+00', 'Australia/Lord_Howe', '2026-10-03 15:45:00+00'),
        ('15,45 2 * * *',    '2026-10-03 15:45:00+00', 'Australia/Lord_Howe', '2026-10-04 15:15:00+00'),
        -- clocks go back: the time occurs twice, and counts the first time
        ('30 2 * * *',       '2026-10-24 12:00:00+00', 'Europe/Berlin', '2026-10-25 00:30:00+00'),
        ('30 2 * * *',       '2026-10-25 00:30:00+00', 'Europe/Berlin', '2026-10-26 01:30:00+00'),
        ('0,30 2 * * *',     '2026-10-25 00:30:00+00', 'Europe/Berlin', '2026-10-26 01:00:00+00'),
        ('0 3 * * *',        '2026-10-24 12:00:00+00', 'Europe/Berlin', '2026-10-25 02:00:00+00'),
        ('30 1 * * *',       '2026-10-31 12:00:00+00', 'America/New_York', '2026-11-01 05:30:00+00'),
        ('30 1 * * *',       '2026-11-01 05:30:00+00', 'America/New_York', '2026-11-02 06:30:00+00'),
        -- several times of hours in a row: no pause where an hour comes twice
        ('*/20 0-3 * * *',   '2026-10-25 00:40:00+00', 'Europe/Berlin', '2026-10-25 01:00:00+00'),
        ('*/20 0-3 * * *',   '2026-10-25 01:40:00+00', 'Europe/Berlin', '2026-10-25 02:00:00+00'),
        ('0,30 2-5 * * *',   '2026-10-25 00:30:00+00', 'Europe/Berlin', '2026-10-25 01:00:00+00'),
        ('10,40 1-2 * * *',  '2026-11-01 05:40:00+00', 'America/New_York', '2026-11-01 06:10:00+00'),
        ('*/20 0-3 * * *',   '2026-03-29 00:40:00+00', 'Europe/Berlin', '2026-03-29 01:00:00+00'),
        ('*/20 0-3 * * *',   '2026-03-29 01:40:00+00', 'Europe/Berlin', '2026-03-29 22:00:00+00'),
        ('30 2 * * *',       '2027-03-13 12:00:00+00', 'America/New_York', '2027-03-14 07:30:00+00'),
        -- at midnight, by half an hour, and by a whole day
        ('0 0 * * *',        '2022-09-10 12:00:00+00', 'America/Santiago', '2022-09-11 04:00:00+00'),
        ('15 2 * * *',       '2026-10-03 00:00:00+00', 'Australia/Lord_Howe', '2026-10-03 15:45:00+00'),
        ('0 12 30 12 *',     '2011-12-29 00:00:00+00', 'Pacific/Apia', '2011-12-30 22:00:00+00'),
        ('0 12 * * *',       '2026-11-23 00:00:00+00', 'Asia/Kathmandu', '2026-11-23 06:15:00+00'),
        -- every hour goes on where the clock shows an hour twice, or leaves it out
        ('*/30 * * * *',     '2026-10-24 23:30:00+00', 'Europe/Berlin', '2026-10-25 00:00:00+00'),
        ('*/30 * * * *',     '2026-10-25 00:30:00+00', 'Europe/Berlin', '2026-10-25 01:00:00+00'),
        ('*/30 * * * *',     '2026-10-25 01:30:00+00', 'Europe/Berlin', '2026-10-25 02:00:00+00'),
        ('0 * * * *',        '2026-03-29 00:00:00+00', 'Europe/Berlin', '2026-03-29 01:00:00+00'),
        ('0 * 25 10 *',      '2026-10-25 00:00:00+00', 'Europe/Berlin', '2026-10-25 01:00:00+00'),
        ('0 * * * *',        '2026-11-01 05:00:00+00', 'America/New_York', '2026-11-01 06:00:00+00'),
        ('*/10 * * * *',     '2027-04-03 14:50:00+00', 'Australia/Lord_Howe', '2027-04-03 15:00:00+00')
       ) AS c(pattern, after, zone, want)
 WHERE mistral.cron_next(c.pattern, c.after, c.zone) IS DISTINCT FROM c.want;

-- what is no pattern
CREATE FUNCTION pg_temp.refusal(pattern text, zone text DEFAULT 'UTC') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN mistral.cron_next(pattern, now(), zone)::text;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT pg_temp.refusal(p)
  FROM unnest('{"", often, "* * * *", "* * * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *",
                "* * * 13 *", "* * * * 8", "5-3 * * * *", "*/0 * * * *", "1,, * * * *", "-1 * * * *",
                "* * 30 2 *", "@never", "1.5 * * * *", "* * * * 5L", "* * ? * *", "L * * * *",
                "* * * * 5#6", "* * 5#1 * *", "* * * * L", "* * * * Lfri", "* * * * L8", "* * * * 1,5#3",
                "* * 0-5 * *", "5-60 * * * *", "* * * * sat-mon", "* 1-2-3 * * *", "*/5/2 * * * *",
                "*/x * * * *", "@daily *", "* * * foo *", "* * * january *"}'::text[]) AS p;
SELECT mistral.cron_next('* * * * *', now(), 'Nowhere/Nothing');
SELECT pg_temp.refusal('* * * * *', z) FROM unnest('{+25:00, +1:5, UTC+, +02:60, +123, +12345678901, GMT-1x, +0260}'::text[]) AS z;
SELECT mistral.cron_next('* * * * *', 'infinity');

-- triggers
SELECT name FROM mistral.create_workflows($$
version: '2.0'
cron_wf:
  input:
    - who: nobody
  tasks:
    t:
      action: std.echo output=<% $.who %>
$$);
SELECT mistral.create_cron_trigger('t1', 'cron_none', '* * * * *');
SELECT mistral.create_cron_trigger('t1', 'cron_wf', 'often');
SELECT mistral.create_cron_trigger('t1', 'cron_wf', NULL);
SELECT mistral.create_cron_trigger('t1', 'cron_wf', NULL, first_execution_time => now());
SELECT mistral.create_cron_trigger('t1', 'cron_wf', NULL,
                                   first_execution_time => now() + '1 hour', remaining_executions => 2);
SELECT mistral.create_cron_trigger('t1', 'cron_wf', '* * * * *', '{"whom": 1}');
SELECT mistral.create_cron_trigger('t1', 'cron_wf', '0 0 1 1 *', '{"who": "you"}') IS NOT NULL AS created;
\set VERBOSITY sqlstate
SELECT mistral.create_cron_trigger('t1', 'cron_wf', '0 1 1 1 *');
\set VERBOSITY terse
SELECT name, pattern, time_zone, workflow_input, next_execution_time > now() AS later
  FROM mistral.cron_triggers;

-- a workflow with triggers stays
DO $$
BEGIN
    PERFORM mistral.delete_workflow('cron_wf');
EXCEPTION WHEN SQLSTATE 'MS01A' THEN
    RAISE NOTICE '%', regexp_replace(SQLERRM, '[0-9a-f-]{36}', 'ID');
END
$$;
SELECT kind, key = 'cron-' || (SELECT id FROM mistral.cron_triggers) AS has_key
  FROM mistral.delayed_calls WHERE kind = 'fire_cron_trigger';
SELECT mistral.delete_cron_trigger(id) FROM mistral.cron_triggers;
SELECT count(*) FROM mistral.delayed_calls WHERE kind = 'fire_cron_trigger';

-- events
SELECT cardinality(mistral.raise_event('store', 'orders', 'created'));
SELECT mistral.create_event_trigger('e', w.id, 'store', 'orders', 'created', '{"who": "event"}') IS NOT NULL AS created
  FROM mistral.workflow_definitions w WHERE w.name = 'cron_wf';
SELECT cardinality(mistral.raise_event('store', 'orders', 'deleted'));
SELECT cardinality(mistral.raise_event('store', 'orders', 'created', '{"order": 7}'));
SELECT input, params -> 'event_params' -> 'order' AS payload,
       description::jsonb -> 'triggered_by' ->> 'type' AS type
  FROM mistral.executions WHERE workflow_name = 'cron_wf';
SELECT mistral.delete_execution(id, true) FROM mistral.executions WHERE workflow_name = 'cron_wf';
SELECT mistral.update_event_trigger(id, name => 'renamed') FROM mistral.event_triggers;
SELECT name, workflow_input FROM mistral.event_triggers;
SELECT mistral.delete_event_trigger(id) FROM mistral.event_triggers;
SELECT mistral.delete_workflow('cron_wf');
