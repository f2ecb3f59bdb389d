-- Trace contexts (W3C): taken at the start, and handed to all that an execution does.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- what is one, and what is none
SELECT v AS given, mistral.trace_context(v)
  FROM unnest(ARRAY['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe',
                    'cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03', 'cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02-what-else',
                    'cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more',
                    'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
                    '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01', '00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01',
                    '00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-010', '0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
                    ' 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7', '']) AS v;

SELECT define($$
tr_leaf: {tasks: {t: {action: std.http url="http://leaf"}}}
tr_root:
  tasks:
    own: {action: std.http url="http://root"}
    below: {workflow: tr_leaf}
$$);
SELECT mistral.register_executor('tr', keeps_rules => true) AS me \gset

-- the whole tree has it, retries and reruns too; an execution without one has none
SELECT mistral.create_event_subscription('tr_hook', '{"type": "webhook", "url": "http://hook.test/"}', '{WORKFLOW_LAUNCHED}') > 0 AS subscribed;
SELECT mistral.start_workflow('tr_root', params => '{"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}') AS root \gset
SELECT mistral.start_workflow('tr_leaf') AS alone \gset
SELECT story.settle();
SELECT workflow_name, traceparent FROM mistral.executions WHERE workflow_name LIKE 'tr\_%' ORDER BY created_at, id;
SELECT input ->> 'url' AS url, workflow_name, traceparent FROM mistral.exchange_actions(:me, '[]', 10) ORDER BY 1, 2, 3;
SELECT count(*) FILTER (WHERE traceparent LIKE '00-4bf9%') AS traced, count(*) FROM mistral.claimed_actions(:me);
DO $$
BEGIN
    FOR i IN 1..500 LOOP
        PERFORM mistral.route_events();
        COMMIT;
        EXIT WHEN (SELECT count(*) FROM mistral.event_deliveries WHERE endpoint = 'webhook http://hook.test/') = 3;
        PERFORM pg_sleep(0.02);
    END LOOP;
END
$$;
SELECT payload ->> 'name' AS workflow, traceparent FROM mistral.claim_deliveries() WHERE endpoint = 'webhook http://hook.test/' ORDER BY 1, 2;
SELECT mistral.delete_event_subscription('tr_hook');

-- a parameter is refused when it is none
SELECT mistral.start_workflow('tr_leaf', params => '{"traceparent": "00-nothing"}');
SELECT mistral.start_workflow('tr_leaf', params => '{"traceparent": 5}');
\set VERBOSITY sqlstate
SELECT mistral.start_workflow('tr_leaf', params => '{"traceparent": {}}');
\set VERBOSITY default
SELECT mistral.start_workflow('tr_leaf', params => '{"traceparent": null}') AS none \gset
SELECT traceparent IS NULL AS has_none FROM mistral.executions WHERE id = :'none';
-- one that is based on another goes on with its trace, unless it has its own
SELECT mistral.start_workflow(NULL, source_execution_id => :'root') AS again \gset
SELECT mistral.start_workflow(NULL, params => '{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}', source_execution_id => :'root') AS own \gset
SELECT traceparent FROM mistral.executions WHERE id IN (:'again', :'own') ORDER BY id;

SELECT mistral.unregister_executor(:me);
SELECT story.clean();
