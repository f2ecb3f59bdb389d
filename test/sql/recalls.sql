\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- What executors have claimed when nobody waits for it any more: they are told to
-- give it up, until they have reported it, whatever the reason.
SELECT story.define($$
re_one: {tasks: {t: {action: std.http url='http://localhost/1', target: recall}}}
re_items: {tasks: {t: {with-items: i in <% range(6) %>, concurrency: 3, action: std.http url='http://localhost/1', target: recall}}}
re_parent: {tasks: {s: {workflow: re_one}}}
re_timeout: {tasks: {t: {action: std.http url='http://localhost/1', target: recall, timeout: 100, on-error: hold}, hold: {action: std.async_noop}}}
re_fail: {tasks: {t: {action: std.http url='http://localhost/1', target: recall}, other: {action: std.async_noop, on-success: fail}}}
re_succeed: {tasks: {t: {action: std.http url='http://localhost/1', target: recall}, other: {action: std.async_noop, on-success: succeed}}}
re_adhoc: {tasks: {t: {action: re_base, target: recall}}}
re_noted: {tasks: {t: {action: std.mistral_http url='http://localhost/1', target: recall}}}
$$);
SELECT count(*) FROM mistral.create_actions($$
version: '2.0'
re_base: {base: std.http, base-input: {url: 'http://localhost/1'}}
$$);
CREATE TABLE story.executor AS
    SELECT name, mistral.register_executor(name, 'recall') AS id FROM unnest('{mine,other}'::text[]) name;
CREATE FUNCTION story.x(name text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT id FROM story.executor e WHERE e.name = $1
$$;
CREATE FUNCTION story.told(name text) RETURNS SETOF uuid LANGUAGE sql AS $$
    SELECT action_id FROM mistral.exchange_actions(story.x($1), '[]', 0) WHERE refusal = 'cancelled'
$$;
CREATE FUNCTION story.end_item(id uuid) RETURNS void LANGUAGE sql AS $$
    SELECT mistral.complete_action(min(a.id::text)::uuid, 'CANCELLED') FROM mistral.action_executions a WHERE a.execution_id = $1
$$;
CREATE FUNCTION story.end_time(id uuid) RETURNS void LANGUAGE sql AS $$
    UPDATE mistral.delayed_calls SET due_at = now() - interval '1 s' WHERE execution_id = $1 AND kind = 'timeout_task'
$$;
CREATE FUNCTION story.end_other(id uuid) RETURNS void LANGUAGE sql AS $$
    SELECT mistral.complete_action(a.id) FROM mistral.action_executions a JOIN mistral.task_executions t ON t.id = a.task_id
     WHERE t.execution_id = $1 AND t.name = 'other'
$$;
-- start, claim, do; who is told, how, and until when
CREATE FUNCTION story.try(workflow text, deed text, report text DEFAULT 'cancel')
RETURNS TABLE (claimed bigint, told bigint, renewal int, other bigint, again bigint, refused text, states text, after bigint, rows bigint)
LANGUAGE plpgsql AS $$
DECLARE
    id uuid := mistral.start_workflow(workflow);
    ids uuid[] := ARRAY(SELECT action_id FROM mistral.claim_actions(story.x('mine'), 10));
    give_up uuid[];
BEGIN
    EXECUTE format(deed, id);
    PERFORM story.settle();
    give_up := ARRAY(SELECT story.told('mine'));
    claimed := cardinality(ids);
    told := count(*) FROM unnest(give_up) g WHERE g = ANY (ids);
    renewal := cardinality(cancelled) FROM mistral.extend_leases(story.x('mine'));
    other := count(*) FROM story.told('other');
    again := count(*) FROM story.told('mine');
    refused := string_agg(coalesce(refusal, 'run'), ', ') FROM mistral.exchange_actions(story.x('mine'),
        (SELECT jsonb_agg(jsonb_build_object('id', g, report, true)) FROM unnest(give_up) g), 0);
    PERFORM story.settle();
    states := string_agg(mistral.state_name(a.state), ', ' ORDER BY a.id) FROM mistral.action_executions a WHERE a.id = ANY (ids);
    after := count(*) FROM story.told('mine');
    rows := count(*) FROM mistral.action_recalls;
    RETURN NEXT;
END
$$;
SELECT w AS workflow, d AS deed, t.*
  FROM (VALUES ('re_one', 'SELECT mistral.cancel_execution(%L)'), ('re_one', 'SELECT mistral.stop_execution(%L, ''ERROR'')'),
               ('re_one', 'SELECT mistral.stop_execution(%L, ''SUCCESS'')'), ('re_one', 'SELECT mistral.delete_execution(%L, true)'),
               ('re_one', 'SELECT mistral.pause_execution(%L)'),
               ('re_one', 'SELECT mistral.complete_action(id) FROM mistral.action_executions WHERE execution_id = %L'),
               ('re_one', 'SELECT mistral.complete_action(id, ''CANCELLED'') FROM mistral.action_executions WHERE execution_id = %L'),
               ('re_items', 'SELECT mistral.cancel_execution(%L)'), ('re_items', 'SELECT story.end_item(%L)'),
               ('re_items', 'SELECT mistral.delete_execution(%L, true)'),
               ('re_parent', 'SELECT mistral.cancel_execution(%L)'), ('re_parent', 'SELECT mistral.delete_execution(%L, true)'),
               ('re_timeout', 'SELECT story.end_time(%L)'), ('re_fail', 'SELECT story.end_other(%L)'),
               ('re_succeed', 'SELECT story.end_other(%L)'), ('re_adhoc', 'SELECT mistral.cancel_execution(%L)'),
               ('re_noted', 'SELECT mistral.cancel_execution(%L)')) AS c(w, d),
       LATERAL story.try(w, d) t;
-- a result that comes all the same is kept
SELECT * FROM story.try('re_one', 'SELECT mistral.cancel_execution(%L)', 'data');

-- what is given back before it has been begun, and what is wanted again
SELECT mistral.start_workflow('re_one') AS id \gset
SELECT action_id AS action FROM mistral.claim_actions(story.x('mine'), 10) \gset
SELECT mistral.cancel_execution(:'id');
SELECT mistral.release_actions(story.x('mine'), ARRAY[:'action'::uuid]);
SELECT story.settle();
SELECT count(*) FROM story.told('mine');
SELECT count(*) FROM mistral.claim_actions(story.x('other'), 10);
SELECT mistral.start_workflow('re_fail') AS id \gset
SELECT action_id AS action FROM mistral.claim_actions(story.x('mine'), 10) \gset
SELECT mistral.complete_action(story.action('re_fail', 'other'), 'ERROR');
SELECT mistral.stop_execution(:'id', 'ERROR');
SELECT count(*) FROM story.told('mine');
SELECT mistral.rerun_task(story.task('re_fail', 'other'));
SELECT task, state FROM story.show(:'id');
SELECT count(*) FROM story.told('mine');
SELECT count(*) FROM mistral.action_recalls;
SELECT mistral.cancel_execution(:'id');
SELECT count(*) FROM story.told('mine');

-- what runs by itself
SELECT mistral.run_action('std.http', '{"url": "http://localhost/1"}', '{"target": "recall", "forget_after": 100}') ->> 'id' AS alone \gset
SELECT count(*) FROM mistral.claim_actions(story.x('mine'), 10);
SELECT mistral.abandon_action(:'alone');
SELECT count(*) FROM story.told('mine') t WHERE t = :'alone';
SELECT mistral.run_action('std.http', '{"url": "http://localhost/1"}', '{"target": "recall", "save_result": true}') ->> 'id' AS alone \gset
SELECT count(*) FROM mistral.claim_actions(story.x('mine'), 10);
SELECT mistral.complete_action(:'alone', 'CANCELLED');
SELECT count(*) FROM story.told('mine') t WHERE t = :'alone';

-- with the executor goes what it was to be told
SELECT count(mistral.unregister_executor(id)) FROM story.executor;
DO $$
BEGIN
    WHILE EXISTS (SELECT FROM mistral.executors JOIN story.executor USING (id)) LOOP
        PERFORM pg_sleep(0.01);
        COMMIT;
    END LOOP;
END
$$;
SELECT count(*) FROM mistral.action_recalls;

SELECT invariant, detail FROM mistral.check();
SELECT story.clean();
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows
 WHERE name IN ('re_one', 're_items', 're_parent', 're_timeout', 're_fail', 're_succeed', 're_adhoc', 're_noted');
SELECT mistral.delete_action('re_base');
