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
CALL wait_until('true');
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
