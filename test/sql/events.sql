-- Events: consumers, subscriptions, deliveries.  The scheduler may do at the
-- same time what is called here, so everything waits for what it wants to see.
SET client_min_messages = warning;
CREATE SCHEMA events_test;
SET search_path TO events_test, mistral, public;

CREATE PROCEDURE wait_until(condition text) LANGUAGE plpgsql AS $$
DECLARE
    done bool;
BEGIN
    FOR i IN 1..500 LOOP
        PERFORM mistral.route_events();
        COMMIT;
        EXECUTE 'SELECT ' || condition INTO done;
        EXIT WHEN done;
        PERFORM pg_sleep(0.02);
    END LOOP;
    IF NOT done THEN
        RAISE EXCEPTION 'still not: %', condition;
    END IF;
END
$$;
RESET client_min_messages;

SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
ev_one:
  tasks:
    first: {action: std.noop, on-success: second}
    second: {action: std.fail, on-error: noop}
ev_other:
  tasks:
    only: {action: std.noop}
$$);

-- nobody asks: nothing is written
SELECT count(mistral.start_workflow('ev_one'));
SELECT count(*) FROM mistral.events WHERE payload ->> 'workflow_name' LIKE 'ev\_%';

-- consumers: all of it, and what fits a filter
SELECT mistral.create_event_consumer('ev all');
SELECT mistral.create_event_consumer('ev some', '{WORKFLOW_SUCCEEDED}', 'ev_other');
SELECT count(mistral.start_workflow(w)) FROM unnest('{ev_one,ev_other}'::text[]) AS w;
CALL wait_until($$(SELECT count(*) = 10 FROM mistral.read_events('ev all'))$$);
SELECT event, payload ->> 'name' AS name, payload ->> 'state' AS state
  FROM mistral.read_events('ev all');
SELECT event, payload ->> 'name' AS name FROM mistral.read_events('ev some');
SELECT name, pending FROM mistral.stat_events WHERE kind = 'consumer' ORDER BY name;
SELECT event FROM mistral.read_events('ev all', 2);

-- what is acknowledged is not read again
SELECT mistral.acknowledge_events('ev all', max(id)) FROM mistral.read_events('ev all', 8);
SELECT event, payload ->> 'name' AS name FROM mistral.read_events('ev all');
SELECT mistral.acknowledge_events('ev all', min(id)) FROM mistral.events
 WHERE payload ->> 'workflow_name' = 'ev_one';

-- what a payload has
SELECT jsonb_object_keys(payload) AS workflow_key FROM mistral.read_events('ev some') ORDER BY 1;
SELECT DISTINCT jsonb_object_keys(payload) AS task_key FROM mistral.events
 WHERE event LIKE 'TASK%' ORDER BY 1;

SELECT mistral.create_event_consumer('ev all');
SELECT mistral.create_event_consumer('');
SELECT * FROM mistral.read_events('ev none');
SELECT mistral.delete_event_consumer('ev none');
SELECT mistral.delete_event_consumer('ev all');
SELECT mistral.delete_event_consumer('ev some');

-- deliveries: one for each publisher that wants the event; in a stream one
-- after the other
CALL wait_until($$NOT EXISTS (SELECT FROM mistral.events e JOIN mistral.event_consumers c
    ON c.name = '' AND (e.xact_id, e.id) > (c.last_xact, c.last_id))$$);
SELECT mistral.create_event_subscription('ev hook', '{"type": "webhook", "url": "http://hook.test/"}',
    '{TASK_SUCCEEDED,TASK_FAILED,WORKFLOW_SUCCEEDED}', 'ev_one') > 0;
SELECT count(mistral.start_workflow('ev_one', params =>
    '{"notify": [{"type": "webhook", "url": "http://own.test/", "event_types": ["TASK_FAILED"]}, {"type": "noop"}]}'));
CALL wait_until('(SELECT count(*) = 4 FROM mistral.event_deliveries)');
SELECT endpoint, event FROM mistral.event_deliveries ORDER BY endpoint, id;
CREATE TABLE claimed AS SELECT * FROM mistral.claim_deliveries();
SELECT endpoint, event, attempts, payload ->> 'name' AS name FROM claimed ORDER BY endpoint;
SELECT count(*) FROM mistral.claim_deliveries();
SELECT mistral.complete_deliveries(jsonb_agg(jsonb_build_object('id', delivery_id))) FROM claimed;
SELECT endpoint, event FROM mistral.claim_deliveries();

-- a busy endpoint is left alone, a lost claim runs out
UPDATE mistral.event_deliveries SET claimed_until = now() - interval '1 s'
 WHERE claimed_until IS NOT NULL;
SELECT endpoint, event FROM mistral.claim_deliveries(busy_endpoints => '{webhook http://hook.test/}');
SELECT endpoint, event FROM mistral.claim_deliveries();

-- what fails is tried again later, blocks its stream, and is given up in the end
SELECT mistral.complete_deliveries(jsonb_agg(jsonb_build_object('id', id, 'error', 'no answer')))
  FROM mistral.event_deliveries WHERE claimed_until IS NOT NULL;
SELECT event, attempts, is_dead, error, next_try_at > now() AS is_later
  FROM mistral.event_deliveries ORDER BY id;
SELECT count(*) FROM mistral.claim_deliveries();
UPDATE mistral.event_deliveries SET attempts = 9 WHERE attempts > 0;
SELECT mistral.complete_deliveries(jsonb_agg(jsonb_build_object('id', id, 'error', 'no answer')))
  FROM mistral.event_deliveries WHERE attempts > 0;
SELECT event, attempts, is_dead FROM mistral.event_deliveries ORDER BY id;
SELECT event FROM mistral.claim_deliveries();
SELECT mistral.retry_delivery(id) FROM mistral.event_deliveries WHERE is_dead;
SELECT event, attempts, is_dead FROM mistral.event_deliveries ORDER BY id;
-- one that is removed makes room for the next of its stream; one that is being made stays
UPDATE mistral.event_deliveries SET claimed_until = now() + interval '1 hour' WHERE id = (SELECT max(id) FROM mistral.event_deliveries);
SELECT count(*) AS deliveries, count(*) FILTER (WHERE mistral.drop_delivery(d.id)) AS dropped, count(*) FILTER (WHERE d.claimed_until > now()) AS claimed
  FROM mistral.event_deliveries d;
SELECT count(*) FROM mistral.event_deliveries;
UPDATE mistral.event_deliveries SET is_dead = true;
SELECT mistral.drop_delivery(id) FROM mistral.event_deliveries;
SELECT mistral.drop_delivery(0);

-- no publisher stops the router, nor what a restored event may have for one
DELETE FROM mistral.event_deliveries;
INSERT INTO mistral.events (created_at, execution_id, root_id, project_id, event, payload, publishers)
SELECT now(), gen_random_uuid(), gen_random_uuid(), current_user, 'WORKFLOW_SUCCEEDED', '{}', p
  FROM (VALUES (jsonb_build_array(
    jsonb_build_object('type', 'webhook', 'url',
        'http://long.test/' || (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 300) AS i)),
    jsonb_build_object('type', 'webhook', 'url',
        'http://long.test/' || (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 301) AS i)),
    jsonb_build_object('type', 'notify', 'channel', repeat('ä', 60)),
    '{"type": ["odd"]}'::jsonb,
    '{"type": "notify"}'::jsonb, '{"type": null}'::jsonb, '[]'::jsonb, '7'::jsonb)),
    ('"text"'), ('{}'), ('7')) AS v(p);
CALL wait_until('(SELECT count(*) = 3 FROM mistral.event_deliveries)');
SELECT left(endpoint, 30) AS endpoint, length(endpoint) AS length FROM mistral.event_deliveries ORDER BY 1, 2, md5(endpoint);
SELECT count(DISTINCT endpoint) FROM mistral.event_deliveries;

-- subscriptions of one workflow, and of one project
SET client_min_messages = warning;
CREATE ROLE events_else;

-- all events are an administrator's, also by a consumer that one has created
GRANT USAGE ON SCHEMA mistral, events_test TO events_else;
GRANT EXECUTE ON FUNCTION mistral.create_event_consumer, mistral.read_events, mistral.delete_event_consumer TO events_else;
SET mistral.api_admin = on;
SET ROLE events_else;
SELECT mistral.create_event_consumer('ev admin', from_start => true);
SELECT count(*) > 0 AS reads FROM mistral.read_events('ev admin');
RESET ROLE;
RESET mistral.api_admin;
SET ROLE events_else;
SELECT count(*) > 0 AS reads FROM mistral.read_events('ev admin');
SELECT mistral.delete_event_consumer('ev admin');
RESET ROLE;
REVOKE ALL ON FUNCTION mistral.create_event_consumer, mistral.read_events, mistral.delete_event_consumer FROM events_else;
REVOKE ALL ON SCHEMA mistral, events_test FROM events_else;

RESET client_min_messages;
DELETE FROM mistral.event_deliveries;
SELECT mistral.create_event_subscription('ev a', '{"type": "file", "name": "other"}', '{WORKFLOW_SUCCEEDED}', 'ev_other') > 0;
SELECT mistral.create_event_subscription('ev b', '{"type": "file", "name": "mine"}', '{WORKFLOW_SUCCEEDED}', project_id => current_user::text) > 0;
SELECT mistral.create_event_subscription('ev c', '{"type": "file", "name": "else"}', project_id => 'events_else') > 0;
SELECT count(mistral.start_workflow(w)) FROM unnest('{ev_one,ev_other}'::text[]) AS w;
CALL wait_until('(SELECT count(*) = 6 FROM mistral.event_deliveries)');
SELECT endpoint, payload ->> 'name' AS name FROM mistral.event_deliveries WHERE endpoint LIKE 'file%' ORDER BY 1, 2;
SELECT mistral.delete_event_subscription(s) FROM unnest('{ev a,ev b,ev c}'::text[]) AS s;
DROP ROLE events_else;
DELETE FROM mistral.event_deliveries;

SELECT mistral.create_event_subscription('ev hook', '{"type": "log"}');
SELECT mistral.create_event_subscription('ev bad', '{}');
SELECT mistral.create_event_subscription('ev bad', '[]');
SELECT mistral.delete_event_subscription('ev none');
SELECT mistral.delete_event_subscription('ev hook');
DELETE FROM mistral.event_deliveries;

SET client_min_messages = warning;
DROP SCHEMA events_test CASCADE;
SELECT mistral.delete_workflow(w) FROM unnest('{ev_one,ev_other}'::text[]) AS w;

-- what monitors see
SET ROLE pg_monitor;
SELECT kind, name, pending FROM mistral.stat_events;
SELECT count(*) FILTER (WHERE executions < 0 OR tasks < 0 OR actions < 0) FROM mistral.stat_activity;
SELECT count(*) FILTER (WHERE waiting < 0) FROM mistral.stat_delayed_calls;
SELECT count(*) FILTER (WHERE actions < 0) FROM mistral.stat_queue;
SELECT count(*) FILTER (WHERE executions < roots) FROM mistral.stat_executions;
SELECT count(*) FILTER (WHERE name IS NULL) FROM mistral.stat_executors;
SELECT count(*) FILTER (WHERE pid IS NULL) FROM mistral.stat_workers;
RESET ROLE;
