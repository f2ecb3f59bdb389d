-- Events for consumers and publishers.
--
-- A consumer has a place in the outbox and moves it by acknowledging.  It
-- reads events with numbers of transactions before every transaction still
-- running that writes events of its project, in the order of (number, id), so
-- nothing can appear behind its back.
-- One consumer is ours: the router, which makes a delivery of each event for
-- each publisher that wants it.  It leaves projects behind which transactions
-- that stay open hold up (see routing.c).  Notifiers claim deliveries.

CREATE TABLE mistral.event_consumers (
    name            text NOT NULL,
    project_id      text NOT NULL,
    sees_all        bool NOT NULL DEFAULT false,
    event_types     text[],
    workflow_name   text,
    last_xact       xid8 NOT NULL DEFAULT '0',
    last_id         bigint NOT NULL DEFAULT 0,
    floor_id        bigint NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL DEFAULT now(),
    acknowledged_at timestamptz,
    PRIMARY KEY (name, project_id)
);
CREATE INDEX event_consumers_project_idx ON mistral.event_consumers (project_id);
COMMENT ON TABLE mistral.event_consumers
    IS 'readers of the outbox and how far they are; the one named "" makes deliveries';
COMMENT ON COLUMN mistral.event_consumers.name IS 'name';
COMMENT ON COLUMN mistral.event_consumers.project_id IS 'role that created it';
COMMENT ON COLUMN mistral.event_consumers.sees_all IS 'reads the events of every project';
COMMENT ON COLUMN mistral.event_consumers.event_types IS 'names of events, or null: all';
COMMENT ON COLUMN mistral.event_consumers.workflow_name IS 'workflow, or null: all';
COMMENT ON COLUMN mistral.event_consumers.last_xact IS 'number of the transaction in the last event acknowledged';
COMMENT ON COLUMN mistral.event_consumers.last_id IS 'the last event acknowledged';
COMMENT ON COLUMN mistral.event_consumers.floor_id
    IS 'events up to here were acknowledged before the database was restored from a dump';
COMMENT ON COLUMN mistral.event_consumers.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.event_consumers.acknowledged_at IS 'time of the last acknowledgement';

INSERT INTO mistral.event_consumers (name, project_id, sees_all)
VALUES ('', current_user, true);

-- Restored events have new transaction numbers, so a place means nothing.
CREATE FUNCTION mistral.restore_event_consumer()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.last_id > 0 THEN
        NEW.floor_id := NEW.last_id;
        NEW.last_xact := '0';
    END IF;
    DELETE FROM mistral.event_consumers WHERE name = '' AND NEW.name = '';
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION mistral.restore_event_consumer()
    IS 'trigger: gives a restored consumer its place; the router''s row gives way to the one that was dumped';
REVOKE ALL ON FUNCTION mistral.restore_event_consumer() FROM PUBLIC;
CREATE TRIGGER restore_event_consumer
    BEFORE INSERT ON mistral.event_consumers
    FOR EACH ROW EXECUTE FUNCTION mistral.restore_event_consumer();
ALTER TABLE mistral.event_consumers ENABLE ALWAYS TRIGGER restore_event_consumer;

CREATE TABLE mistral.event_delays (
    project_hash    int PRIMARY KEY,
    last_xact       xid8 NOT NULL DEFAULT '0',
    last_id         bigint NOT NULL DEFAULT 0,
    floor_id        bigint NOT NULL DEFAULT 0,
    is_restored     bool NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE mistral.event_delays
    IS 'projects that the router has left behind: a transaction that has written events of theirs stays open';
COMMENT ON COLUMN mistral.event_delays.project_hash IS 'hashtext() of the name of the project';
COMMENT ON COLUMN mistral.event_delays.last_xact IS 'number of the transaction in the last event routed';
COMMENT ON COLUMN mistral.event_delays.last_id IS 'the last event routed';
COMMENT ON COLUMN mistral.event_delays.floor_id
    IS 'events up to here were routed before the database was restored from a dump';
COMMENT ON COLUMN mistral.event_delays.is_restored IS 'comes from another database, and ends where the router was in that';
COMMENT ON COLUMN mistral.event_delays.created_at IS 'since when';

-- As for consumers.  The router inserts a row first, and then says where it is.
CREATE FUNCTION mistral.restore_event_delay()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    NEW.floor_id := greatest(NEW.floor_id, NEW.last_id);
    NEW.last_xact := '0';
    NEW.last_id := 0;
    NEW.is_restored := true;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION mistral.restore_event_delay()
    IS 'trigger: gives a restored delay of events its place';
REVOKE ALL ON FUNCTION mistral.restore_event_delay() FROM PUBLIC;
CREATE TRIGGER restore_event_delay
    BEFORE INSERT ON mistral.event_delays
    FOR EACH ROW EXECUTE FUNCTION mistral.restore_event_delay();
ALTER TABLE mistral.event_delays ENABLE ALWAYS TRIGGER restore_event_delay;

CREATE TABLE mistral.event_deliveries (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id        bigint NOT NULL,
    execution_id    uuid NOT NULL,
    project_id      text NOT NULL,
    subscription_id bigint,
    stream          bigint NOT NULL,
    endpoint        text NOT NULL,
    publisher       jsonb NOT NULL,
    event           text NOT NULL,
    payload         jsonb NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    next_try_at     timestamptz NOT NULL DEFAULT now(),
    claimed_until   timestamptz,
    attempts        int NOT NULL DEFAULT 0,
    is_dead         bool NOT NULL DEFAULT false,
    error           text
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01,
        autovacuum_vacuum_threshold = 500);
CREATE INDEX event_deliveries_stream_idx
    ON mistral.event_deliveries (endpoint, stream, id) WHERE NOT is_dead;
COMMENT ON TABLE mistral.event_deliveries
    IS 'events on their way to publishers; gone when delivered, kept when given up';
COMMENT ON COLUMN mistral.event_deliveries.id IS 'identifier, the same at every attempt';
COMMENT ON COLUMN mistral.event_deliveries.event_id IS 'event';
COMMENT ON COLUMN mistral.event_deliveries.execution_id IS 'workflow execution of the event';
COMMENT ON COLUMN mistral.event_deliveries.project_id IS 'its project';
COMMENT ON COLUMN mistral.event_deliveries.subscription_id
    IS 'subscription that asked for it, with which it ends; null: the execution''s parameter "notify"';
COMMENT ON COLUMN mistral.event_deliveries.stream
    IS 'publisher and execution: deliveries of one stream go out one after the other';
COMMENT ON COLUMN mistral.event_deliveries.endpoint IS 'what may be slow or down: type and address of the publisher';
COMMENT ON COLUMN mistral.event_deliveries.publisher IS 'where to and how';
COMMENT ON COLUMN mistral.event_deliveries.event IS 'name of the event';
COMMENT ON COLUMN mistral.event_deliveries.payload IS 'the event';
COMMENT ON COLUMN mistral.event_deliveries.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.event_deliveries.next_try_at IS 'not to be tried before';
COMMENT ON COLUMN mistral.event_deliveries.claimed_until IS 'until when a notifier has it, or null';
COMMENT ON COLUMN mistral.event_deliveries.attempts IS 'attempts that failed';
COMMENT ON COLUMN mistral.event_deliveries.is_dead IS 'given up; retry_delivery() tries again';
COMMENT ON COLUMN mistral.event_deliveries.error IS 'why the last attempt failed';

SELECT pg_extension_config_dump('mistral.event_consumers', '');
SELECT pg_extension_config_dump('mistral.event_delays', '');
SELECT pg_extension_config_dump('mistral.event_deliveries', '');
SELECT pg_extension_config_dump('mistral.event_deliveries_id_seq', '');

ALTER TABLE mistral.event_consumers ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.event_delays ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.event_deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_own ON mistral.event_consumers
    FOR SELECT USING (mistral.can_read_project(project_id));
CREATE POLICY read_all ON mistral.event_delays
    FOR SELECT USING (mistral.is_admin());
CREATE POLICY read_own ON mistral.event_deliveries
    FOR SELECT USING (mistral.can_read_project(project_id));

-- Consumers.

CREATE TYPE mistral.consumed_event AS (
    id              bigint,
    xact_id         xid8,
    created_at      timestamptz,
    event           text,
    execution_id    uuid,
    task_id         uuid,
    root_id         uuid,
    project_id      text,
    payload         jsonb
);
COMMENT ON TYPE mistral.consumed_event IS 'an event as consumers read it';
COMMENT ON COLUMN mistral.consumed_event.id IS 'event';
COMMENT ON COLUMN mistral.consumed_event.xact_id IS 'number of the transaction that wrote it';
COMMENT ON COLUMN mistral.consumed_event.created_at IS 'time of the event';
COMMENT ON COLUMN mistral.consumed_event.event IS 'type';
COMMENT ON COLUMN mistral.consumed_event.execution_id IS 'workflow execution';
COMMENT ON COLUMN mistral.consumed_event.task_id IS 'task, or null';
COMMENT ON COLUMN mistral.consumed_event.root_id IS 'execution at the top';
COMMENT ON COLUMN mistral.consumed_event.project_id IS 'role that started the execution';
COMMENT ON COLUMN mistral.consumed_event.payload IS 'the event';

CREATE FUNCTION mistral.create_event_consumer(
    name text, event_types text[] DEFAULT NULL, workflow_name text DEFAULT NULL,
    from_start bool DEFAULT false)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_event_consumer';
COMMENT ON FUNCTION mistral.create_event_consumer(text, text[], text, bool)
    IS 'creates a reader of events of the caller''s project (an administrator''s: of all), from now on or from the oldest event kept';
REVOKE ALL ON FUNCTION mistral.create_event_consumer(text, text[], text, bool) FROM PUBLIC;

CREATE FUNCTION mistral.delete_event_consumer(name text)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_event_consumer';
COMMENT ON FUNCTION mistral.delete_event_consumer(text) IS 'deletes a reader of events';
REVOKE ALL ON FUNCTION mistral.delete_event_consumer(text) FROM PUBLIC;

CREATE FUNCTION mistral.read_events(consumer text, max_events int DEFAULT 100)
RETURNS SETOF mistral.consumed_event
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE ROWS 100
AS 'MODULE_PATHNAME', 'mistral_read_events';
COMMENT ON FUNCTION mistral.read_events(text, int)
    IS 'the next events of a consumer; they are read again until they are acknowledged';
REVOKE ALL ON FUNCTION mistral.read_events(text, int) FROM PUBLIC;

CREATE FUNCTION mistral.acknowledge_events(consumer text, event_id bigint)
RETURNS bool
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_acknowledge_events';
COMMENT ON FUNCTION mistral.acknowledge_events(text, bigint)
    IS 'notes that the consumer has read up to this event; false: it had before';
REVOKE ALL ON FUNCTION mistral.acknowledge_events(text, bigint) FROM PUBLIC;

-- Subscriptions of the database, beside the executions' "notify" parameter.

CREATE FUNCTION mistral.create_event_subscription(
    name text, publisher jsonb, event_types text[] DEFAULT NULL,
    workflow_name text DEFAULT NULL, project_id text DEFAULT NULL)
RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_event_subscription';
COMMENT ON FUNCTION mistral.create_event_subscription(text, jsonb, text[], text, text)
    IS 'has events sent to a publisher; other users than administrators get those of their own project, which is also where the name is known';
REVOKE ALL ON FUNCTION mistral.create_event_subscription(text, jsonb, text[], text, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_event_subscription(name text)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_event_subscription';
COMMENT ON FUNCTION mistral.delete_event_subscription(text)
    IS 'ends a subscription and its deliveries';
REVOKE ALL ON FUNCTION mistral.delete_event_subscription(text) FROM PUBLIC;

-- Deliveries, for notifiers.

CREATE FUNCTION mistral.route_events(max_events int DEFAULT 1000)
RETURNS int
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_route_events';
COMMENT ON FUNCTION mistral.route_events(int)
    IS 'makes deliveries of new events for the publishers that want them (the scheduler does it all the time); returns the number of events';
REVOKE ALL ON FUNCTION mistral.route_events(int) FROM PUBLIC;

CREATE TYPE mistral.claimed_delivery AS (
    delivery_id     bigint,
    event_id        bigint,
    event           text,
    execution_id    uuid,
    endpoint        text,
    publisher       jsonb,
    payload         jsonb,
    attempts        int,
    outbound        jsonb,
    traceparent     text
);
COMMENT ON TYPE mistral.claimed_delivery IS 'what a notifier must know of a delivery';
COMMENT ON COLUMN mistral.claimed_delivery.delivery_id IS 'delivery';
COMMENT ON COLUMN mistral.claimed_delivery.event_id IS 'event';
COMMENT ON COLUMN mistral.claimed_delivery.event IS 'type of the event';
COMMENT ON COLUMN mistral.claimed_delivery.execution_id IS 'workflow execution';
COMMENT ON COLUMN mistral.claimed_delivery.endpoint IS 'type and address of the publisher';
COMMENT ON COLUMN mistral.claimed_delivery.publisher IS 'where to and how';
COMMENT ON COLUMN mistral.claimed_delivery.payload IS 'the event';
COMMENT ON COLUMN mistral.claimed_delivery.attempts IS 'deliveries tried before';
COMMENT ON COLUMN mistral.claimed_delivery.outbound
    IS 'of a webhook: rules on where it may go, an array of {id, effect, destination, is_general}; null: there are none';
COMMENT ON COLUMN mistral.claimed_delivery.traceparent
    IS 'trace context (W3C) of the execution, to be passed on, or null';

CREATE FUNCTION mistral.claim_deliveries(
    max_deliveries int DEFAULT 100, lease interval DEFAULT '1 minute',
    max_per_endpoint int DEFAULT 8, busy_endpoints text[] DEFAULT '{}',
    keeps_rules bool DEFAULT false)
RETURNS SETOF mistral.claimed_delivery
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE ROWS 100
AS 'MODULE_PATHNAME', 'mistral_claim_deliveries';
COMMENT ON FUNCTION mistral.claim_deliveries(int, interval, int, text[], bool)
    IS 'claims deliveries that are due: the first of each stream, not too many of one endpoint; keeps_rules: the caller goes by the rules that come with a webhook, without which it gets none while there are any';
REVOKE ALL ON FUNCTION mistral.claim_deliveries(int, interval, int, text[], bool) FROM PUBLIC;

CREATE FUNCTION mistral.complete_deliveries(results jsonb)
RETURNS int
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_complete_deliveries';
COMMENT ON FUNCTION mistral.complete_deliveries(jsonb)
    IS 'takes results of deliveries, [{"id": 1}, {"id": 2, "error": "..."}]; what failed is tried again later, and given up in the end';
REVOKE ALL ON FUNCTION mistral.complete_deliveries(jsonb) FROM PUBLIC;

CREATE FUNCTION mistral.retry_delivery(delivery_id bigint)
RETURNS bool
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_retry_delivery';
COMMENT ON FUNCTION mistral.retry_delivery(bigint)
    IS 'tries a delivery that was given up again';
REVOKE ALL ON FUNCTION mistral.retry_delivery(bigint) FROM PUBLIC;

CREATE FUNCTION mistral.drop_delivery(delivery_id bigint)
RETURNS bool
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_drop_delivery';
COMMENT ON FUNCTION mistral.drop_delivery(bigint)
    IS 'removes a delivery that was given up, or that nobody makes just now; false when it is not there';
REVOKE ALL ON FUNCTION mistral.drop_delivery(bigint) FROM PUBLIC;
