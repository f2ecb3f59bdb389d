-- Publishers, event names, states and workflows of watches are checked when
-- they are given.
SET client_min_messages = warning;
CREATE SCHEMA publishers_test;
SET search_path TO publishers_test, mistral, public;
-- what is refused: the SQLSTATE and the message, or what was taken
CREATE FUNCTION refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
RESET client_min_messages;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
pub_one:
  tasks:
    only: {action: std.noop}
pub_parent:
  tasks:
    child: {workflow: pub_one}
$$);

-- the parameter "notify"
SELECT notify, refusal(format('SELECT mistral.start_workflow(''pub_one'', params => %L)',
                              jsonb_build_object('notify', notify::jsonb)))
  FROM (VALUES (1, '[]'), (2, 'null'), (3, '[{"type": "noop"}]'), (4, '[{"type": "log", "event_types": []}]'),
               (5, '[{"type": "webhook", "url": "https://h.test:8443/p?q=1", "headers": {"a": "b"}, "secret": "s"}]'),
               (6, '[{"type": "notify", "channel": "c", "event_types": ["TASK_SKIPPED", "WORKFLOW_RERUN"]}]'),
               (7, '"x"'), (8, '{}'), (9, '7'), (10, '["x"]'), (11, '[[]]'), (12, '[{}]'), (13, '[{"type": null}]'),
               (14, '[{"type": ["webhook"]}]'), (15, '[{"type": "nope"}]'), (16, '[{"type": "Webhook"}]'),
               (17, '[{"type": "consumer", "name": "x"}]'),
               (18, '[{"type": "noop"}, {"type": "webhook"}]'), (19, '[{"type": "webhook", "url": ""}]'),
               (20, '[{"type": "webhook", "url": 7}]'), (21, '[{"type": "webhook", "url": "h.test"}]'),
               (22, '[{"type": "webhook", "url": "ftp://h.test"}]'), (23, '[{"type": "webhook", "url": "http://"}]'),
               (24, '[{"type": "webhook", "url": "http:///p"}]'), (25, '[{"type": "webhook", "url": "http://h.test/ x"}]'),
               (26, '[{"type": "webhook", "url": "http://h.test", "headers": ["a"]}]'),
               (27, '[{"type": "webhook", "url": "http://h.test", "secret": {"a": 1}}]'),
               (28, '[{"type": "notify"}]'), (29, '[{"type": "notify", "channel": ""}]'),
               (30, '[{"type": "file"}]'), (31, '[{"type": "program", "name": null}]'),
               (32, '[{"type": "noop", "event_types": "WORKFLOW_FAILED"}]'),
               (33, '[{"type": "noop", "event_types": ["WORKFLOW_DONE"]}]'),
               (34, '[{"type": "noop", "event_types": ["workflow_failed"]}]'),
               (35, '[{"type": "noop", "event_types": [null]}]')) AS v(n, notify)
 ORDER BY n;

-- lengths and numbers
SELECT n, left(refusal(format('SELECT mistral.start_workflow(''pub_one'', params => %L)',
         jsonb_build_object('notify', jsonb_build_array(jsonb_build_object('type', 'notify', 'channel', repeat('x', n)))))), 70)
  FROM unnest('{63,64}'::int[]) AS n;
SELECT n, left(refusal(format('SELECT mistral.start_workflow(''pub_one'', params => %L)',
         jsonb_build_object('notify', jsonb_build_array(jsonb_build_object('type', 'notify', 'channel', repeat('ä', n)))))), 70)
  FROM unnest('{31,32}'::int[]) AS n;
SELECT w, n, refusal(format('SELECT mistral.start_workflow(%L, params => %L)', w,
         jsonb_build_object('notify', (SELECT jsonb_agg('{"type": "noop"}'::jsonb) FROM generate_series(1, n)))))
  FROM unnest('{pub_one,pub_parent}'::text[]) AS w, unnest('{20,21,12000}'::int[]) AS n ORDER BY 1, 2;
SET mistral.max_publishers = 1;
SELECT n, refusal(format('SELECT mistral.start_workflow(''pub_one'', params => %L)',
         jsonb_build_object('notify', (SELECT jsonb_agg('{"type": "noop"}'::jsonb) FROM generate_series(1, n)))))
  FROM unnest('{1,2}'::int[]) AS n;
RESET mistral.max_publishers;
SET mistral.max_publishers = 0;
SET mistral.max_publishers = 1001;
SET mistral.max_deliveries = 99;

-- triggers are refused as their starts would be
SELECT refusal($$SELECT mistral.create_cron_trigger('pub', 'pub_one', '0 0 1 1 *', workflow_params => '{"notify": [{"type": "x"}]}')$$);
SELECT refusal($$SELECT mistral.create_event_trigger('pub', id, 'e', 't', 'v', workflow_params => '{"notify": {}}')
    FROM mistral.workflows WHERE name = 'pub_one'$$);

-- subscriptions and consumers
SELECT types, refusal(format('SELECT mistral.create_event_subscription(''pub'', ''{"type": "noop"}'', %L)', types)),
       refusal(format('SELECT mistral.create_event_consumer(''pub'', %L)', types))
  FROM (VALUES (1, '{WORKFLOW_DONE}'), (2, '{workflow_failed}'), (3, '{WORKFLOW_FAILED,NULL}'),
               (4, '{""}'), (5, '{{TASK_FAILED},{TASK_DONE}}')) AS v(n, types) ORDER BY n;
SELECT refusal(format('SELECT mistral.create_event_subscription(''pub'', ''{"type": "noop"}'', %L)',
                      array_fill('TASK_FAILED'::text, ARRAY[101])));
SELECT publisher, refusal(format('SELECT mistral.create_event_subscription(''pub'', %L)', publisher))
  FROM (VALUES ('{"type": "nope"}'), ('{"type": "webhook"}'), ('{"type": "consumer", "name": "pub"}'),
               ('{"type": "notify"}'), ('{"type": "noop", "event_types": ["TASK_FAILED"]}'), (NULL)) AS v(publisher)
 ORDER BY 1;
SELECT refusal(format('SELECT mistral.create_event_subscription(%L, ''{"type": "noop"}'')', repeat('x', 256)));
SELECT count(*) FROM mistral.event_subscriptions WHERE name LIKE 'pub%';
-- no names at all are all
SELECT mistral.create_event_subscription('pub none', '{"type": "noop"}', '{}') > 0;
SELECT event_types FROM mistral.event_subscriptions WHERE name = 'pub none';
SELECT mistral.delete_event_subscription('pub none');

-- a consumer's row is no subscription, and the other way round
SELECT mistral.create_event_subscription('pub x', '{"type": "noop"}') > 0;
SELECT mistral.create_event_consumer('pub x');
SELECT mistral.create_event_consumer('pub x');
SELECT mistral.create_event_consumer('pub y');
SELECT mistral.delete_event_subscription('pub y');
SELECT mistral.delete_event_subscription('consumer pub y');
SELECT mistral.delete_event_subscription('pub x');
SELECT name, consumer_of IS NOT NULL AS is_consumer FROM mistral.event_subscriptions WHERE name LIKE 'pub%' ORDER BY 1;
SELECT mistral.delete_event_consumer('pub x'), mistral.delete_event_consumer('pub y');
SELECT count(*) FROM mistral.event_subscriptions WHERE name LIKE 'pub%';

-- settings
SET mistral.notify_publishers = '[{"type": "nope"}]';
SET mistral.notify_publishers = '[{"type": "webhook"}]';
SET mistral.notify_publishers = '{"type": "noop"}';
SET mistral.notify_publishers = '[';
SET mistral.notify_publishers = ' ';
SET mistral.notify_publishers = ' [{"type": "noop"}] ';
SELECT refusal($$SELECT mistral.start_workflow('pub_one', params => '{"notify": "x"}')$$);
RESET mistral.notify_publishers;
ALTER SYSTEM SET mistral.expiration_ignored_states = 'BOGUS';
ALTER SYSTEM SET mistral.expiration_ignored_states = 'success';
ALTER SYSTEM SET mistral.expiration_ignored_states = 'SUCCESS,RUNNING';
ALTER SYSTEM SET mistral.expiration_ignored_states = 'SUCCESSERROR';
ALTER SYSTEM SET mistral.expiration_ignored_states = 'SUCCESS, ERROR CANCELLED';
ALTER SYSTEM RESET mistral.expiration_ignored_states;

-- deliveries end with their subscription, and no other
SELECT mistral.create_event_subscription(s, '{"type": "file", "name": "pub"}', '{WORKFLOW_SUCCEEDED}', 'pub_one') > 0
  FROM unnest('{pub a,pub b}'::text[]) AS s;
SELECT count(mistral.start_workflow('pub_one', params => '{"notify": [{"type": "file", "name": "pub", "event_types": ["WORKFLOW_SUCCEEDED"]}]}'));
DO $$
BEGIN
    FOR i IN 1..500 LOOP
        PERFORM mistral.route_events();
        COMMIT;
        EXIT WHEN (SELECT count(*) FROM mistral.event_deliveries WHERE endpoint = 'file pub') = 3;
        PERFORM pg_sleep(0.02);
    END LOOP;
END
$$;
SELECT mistral.delete_event_subscription('pub a');
SELECT count(*), count(subscription_id) FROM mistral.event_deliveries WHERE endpoint = 'file pub';
-- one that the router made meanwhile is not handed out
UPDATE mistral.event_deliveries SET subscription_id = 0 WHERE subscription_id IS NOT NULL;
SELECT count(*) FROM mistral.claim_deliveries() WHERE endpoint = 'file pub';
-- nor is it damage: it goes by itself
SELECT * FROM mistral.check();
DELETE FROM mistral.event_deliveries WHERE endpoint = 'file pub';
SELECT mistral.delete_event_subscription('pub b');

-- a watch starts a workflow that there is, and that takes what rows give
CREATE TABLE watched (a int, b int);
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
pub_input:
  input: [a, b, c: 1]
  tasks:
    only: {action: std.noop}
pub_row:
  input: [row]
  tasks:
    only: {action: std.noop}
$$);
SELECT workflow, name, refusal(format('SELECT mistral.watch_table(''watched'', %L, input_name => %L)', workflow, name))
  FROM (VALUES (1, 'pub_none', 'row'), (2, '', 'row'), (3, 'pub_input', 'row'), (4, 'pub_row', NULL), (5, 'pub_one', 'row'),
               (6, 'pub_row', 'line'), (7, 'pub_row', 'row'), (8, 'pub_input', NULL)) AS v(n, workflow, name) ORDER BY n;
SELECT refusal($$SELECT mistral.watch_table('watched', 'pub_row', namespace => 'elsewhere')$$);
INSERT INTO watched VALUES (1, 2);
SELECT workflow_name, input FROM mistral.executions WHERE workflow_name IN ('pub_row', 'pub_input') ORDER BY 1;

SET client_min_messages = warning;
SELECT mistral.unwatch_table(id) FROM mistral.table_watches WHERE relation = 'watched'::regclass;
DROP SCHEMA publishers_test CASCADE;
SELECT count(mistral.delete_execution(id, true)) > 0 FROM mistral.executions WHERE workflow_name LIKE 'pub%' AND task_execution_id IS NULL;
SELECT mistral.delete_workflow(w) FROM unnest('{pub_one,pub_parent,pub_input,pub_row}'::text[]) AS w;
