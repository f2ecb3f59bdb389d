-- What an editor and a page for operators ask for: versions, uses, the language,
-- trying out, executors, queues, calls, deliveries, cron triggers, rates.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || story.hide(SQLERRM);
END
$$;

-- versions: the newest first, each with its text
SELECT story.define('design_w: {tasks: {a: {action: std.noop}}}');
SELECT mistral_api.update_workflows(E'version: "2.0"\ndesign_w: {tasks: {b: {action: std.noop}}}') IS NOT NULL AS updated;
SELECT v ->> 'is_newest' AS is_newest, v ->> 'retired_at' IS NOT NULL AS retired,
       (mistral_api.get_workflow_version('design_w', v ->> 'id') ->> 'definition') ~ 'b:' AS has_b
  FROM json_array_elements(mistral_api.list_workflow_versions('design_w') -> 'versions') AS v;
SELECT json_array_length(mistral_api.list_workflow_versions('design_w', jsonb_build_object('limit', '1', 'marker', l ->> 'next')) -> 'versions') AS second
  FROM mistral_api.list_workflow_versions('design_w', '{"limit": "1"}') AS l;
SELECT pg_temp.refusal('SELECT mistral_api.list_workflow_versions(''design_none'')'),
       pg_temp.refusal('SELECT mistral_api.get_workflow_version(''design_w'', gen_random_uuid()::text)'),
       pg_temp.refusal('SELECT mistral_api.get_workflow_version(''design_w'', ''x'')');

-- uses: by the whole name, and within a workbook by the short one
SELECT count(*) FROM mistral.create_workbook($$
version: '2.0'
name: design_book
actions: {act: {base: std.noop}}
workflows:
  outer: {tasks: {a: {workflow: inner}, b: {action: act}, c: {workflow: <% $.x %>}}}
  inner: {tasks: {a: {action: std.noop}}}
$$);
SELECT story.define($$
design_caller:
  tasks:
    one: {workflow: design_book.inner}
    two: {workflow: design_w, on-success: three}
    three: {action: std.echo output="inner design_w"}
inner: {tasks: {a: {action: std.noop}}}
$$);
SELECT w.name, u -> 'calls' AS calls, (SELECT string_agg(c ->> 'name' || '.' || (c ->> 'task'), ' ') FROM json_array_elements(u -> 'called_by' -> 'workflows') AS c) AS called_by
  FROM unnest('{design_w,design_caller,design_book.inner,design_book.outer,inner}'::text[]) AS w(name) CROSS JOIN LATERAL mistral_api.workflow_uses(w.name) AS u;
SELECT a.name, (SELECT string_agg(c ->> 'name' || '.' || (c ->> 'task'), ' ') FROM json_array_elements(u -> 'called_by' -> 'workflows') AS c WHERE c ->> 'name' LIKE 'design\_%') AS called_by
  FROM unnest('{design_book.act,std.echo,act,none}'::text[]) AS a(name) CROSS JOIN LATERAL mistral_api.action_uses(jsonb_build_object('action', a.name)) AS u;
SELECT pg_temp.refusal('SELECT mistral_api.action_uses()');

-- the language: each attribute that is offered is one
SELECT p.key AS place, json_array_length(p.value) > 4 AS several FROM json_each(mistral_api.describe_language() -> 'attributes') AS p ORDER BY 1;
SELECT a.place, a.name, v ->> 'message' AS message
  FROM mistral_api.attributes a
 CROSS JOIN LATERAL mistral.validate_workflow(format(E'version: "2.0"\nw: {type: %s, tasks: {a: {%s: []}}}',
     CASE a.name WHEN 'requires' THEN 'reverse' ELSE 'direct' END, to_json(a.name))) AS v
 WHERE a.place = 'task' AND v ->> 'message' LIKE '%unknown%';
SELECT bool_and(f ->> 'name' <> '' AND f ->> 'description' <> '') AS told, count(*) > 400 AS many,
       array_agg(DISTINCT f ->> 'language' ORDER BY f ->> 'language') AS languages FROM json_array_elements(mistral_api.describe_language() -> 'functions') AS f;

-- trying out writes nothing
SELECT s ->> 'state' AS state, s ->> 'is_completed' AS is_completed, s ->> 'seconds' AS seconds, s -> 'output' AS output, s ->> 'reason' AS reason,
       (SELECT string_agg(x ->> 'at' || ' ' || coalesce(x ->> 'task', '-') || ' ' || (x ->> 'event'), ', ') FROM json_array_elements(s -> 'steps') AS x) AS steps
  FROM mistral_api.simulate('{"definition": "version: ''2.0''\nw:\n  input: [n]\n  output: {r: <% $.r %>}\n  tasks:\n    a: {action: some.call, wait-before: 5, publish: {r: <% task().result %>}}\n", "input": {"n": 1}, "mocks": {"a": 7}}') AS s;
SELECT s ->> 'state' AS state, s ->> 'is_completed' AS is_completed, s ->> 'reason' AS reason
  FROM mistral_api.simulate('{"definition": "version: ''2.0''\nw: {tasks: {a: {action: std.noop, pause-before: true}}}"}') AS s;
SELECT b.body, pg_temp.refusal(format('SELECT mistral_api.simulate(%L)', b.body))
  FROM unnest('{"{}","{\"definition\": 1}","{\"definition\": \"x\"}","{\"definition\": \"x\", \"more\": 1}"}'::text[]) AS b(body);
SELECT e.body, pg_temp.refusal(format('SELECT mistral_api.evaluate_expression(%L)', e.body)) AS refusal
  FROM unnest('{"{}","{\"expression\": \"<% $. %>\"}","{\"expression\": \"{{ _.a.b }}\"}"}'::text[]) AS e(body);
SELECT mistral_api.evaluate_expression('{"expression": {"x": ["<% $.a %>", "{{ _.a * 2 }}", "plain"]}, "context": {"a": 4}}');
SELECT mistral_api.check_expression('{"expression": "{{ _.a + }}"}') ->> 'valid' AS valid, mistral_api.check_expression('{"expression": "{{ _.a }}"}') ->> 'valid' AS valid;
-- where the error of a text is, for who asks
SELECT mistral_api.validate_workflow(E'version: "2.0"\nw: {tasks: {a: {actio: x}}}', '{"positions": "true"}') ->> 'line' AS line,
       mistral_api.validate_workflow(E'version: "2.0"\nw: {tasks: {a: {actio: x}}}') ->> 'line' AS unasked,
       mistral_api.validate_workflow(E'version: "2.0"\nw: {tasks: {a: {action: x}}}', '{"positions": "true"}') AS of_a_right_one;

-- executors and the queue
SELECT name FROM mistral.register_action('design.act');
SELECT story.define('design_queue: {tasks: {a: {action: design.act}, b: {action: design.act, target: far}}}');
SELECT mistral.start_workflow('design_queue') AS id \gset
SELECT q ->> 'action' AS action, q ->> 'target' AS target, q ->> 'actions' AS actions, q ->> 'executors' AS executors, q ->> 'oldest' IS NOT NULL AS has_oldest
  FROM json_array_elements(mistral_api.list_queue() -> 'queue') AS q ORDER BY 1, 2;
SELECT mistral.register_executor('design_executor', 'far', actions => '{design.act}') AS executor \gset
SELECT q ->> 'target' AS target, q ->> 'executors' AS executors FROM json_array_elements(mistral_api.list_queue() -> 'queue') AS q ORDER BY 1;
SELECT count(*) FROM mistral.claim_actions(:executor, 5);
SELECT x ->> 'name' AS name, x ->> 'target' AS target, x ->> 'actions' AS actions, x ->> 'is_alive' AS is_alive, x ->> 'running' AS running
  FROM json_array_elements(mistral_api.list_executors() -> 'executors') AS x WHERE x ->> 'name' = 'design_executor';
SELECT json_array_length(mistral_api.list_queue() -> 'queue') AS kinds;
SELECT mistral.unregister_executor(:executor);

-- calls that were given up are tried again
SELECT story.define('design_delay: {tasks: {a: {action: std.noop, wait-before: 1000}}}');
SELECT mistral.start_workflow('design_delay') AS delayed \gset
SELECT l -> 'summary' ->> 'dead' AS dead, c ->> 'kind' AS kind, c ->> 'is_dead' AS is_dead
  FROM mistral_api.list_delayed_calls() AS l, json_array_elements(l -> 'delayed_calls') AS c WHERE c ->> 'workflow_execution_id' = :'delayed';
UPDATE mistral.delayed_calls SET is_dead = true, error = 'broken' WHERE execution_id = :'delayed';
SELECT c ->> 'id' AS call, c ->> 'error' AS error FROM json_array_elements(mistral_api.list_delayed_calls('{"is_dead": "true"}') -> 'delayed_calls') AS c \gset
SELECT :'error' AS error, mistral_api.retry_delayed_call(:'call', '{}') ->> 'id' = :'call' AS retried;
SELECT json_array_length(mistral_api.list_delayed_calls('{"is_dead": "true"}') -> 'delayed_calls') AS dead;
SELECT pg_temp.refusal('SELECT mistral_api.retry_delayed_call(''x'', ''{}'')'), pg_temp.refusal('SELECT mistral_api.list_delayed_calls(''{"is_dead": "x"}'')'),
       pg_temp.refusal('SELECT mistral_api.retry_event_delivery(''0'', ''{}'')');
SELECT coalesce(string_agg(d ->> 'id', ' '), '-') = (SELECT coalesce(string_agg(x.id::text, ' ' ORDER BY x.id), '-') FROM mistral.event_deliveries AS x) AS all_told
  FROM json_array_elements(mistral_api.list_event_deliveries('{"limit": "1000"}') -> 'event_deliveries') AS d;
SELECT mistral.create_event_consumer('design_consumer', '{TASK_SUCCEEDED}');
SELECT c ->> 'name' AS name, c ->> 'event_types' AS event_types FROM json_array_elements(mistral_api.list_event_consumers() -> 'event_consumers') AS c WHERE c ->> 'name' LIKE 'design%';
SELECT mistral.delete_event_consumer('design_consumer');

-- cron triggers: their next times, by hand, and not any more
SELECT mistral.create_cron_trigger('design_cron', 'design_w', '0 5 * * *') IS NOT NULL AS made;
SELECT json_array_length(t -> 'times') AS times, (t -> 'times' ->> 2)::timestamptz - (t -> 'times' ->> 0)::timestamptz AS later, t ->> 'is_enabled' AS is_enabled
  FROM mistral_api.cron_trigger_times('design_cron', '{"count": "3"}') AS t;
SELECT mistral_api.run_cron_trigger('design_cron', '{}') ->> 'workflow_execution_id' AS by_hand \gset
SELECT workflow_name, description FROM mistral.executions WHERE id = :'by_hand';
SELECT mistral_api.update_cron_trigger('design_cron', '{"is_enabled": false}') ->> 'times' AS times;
SELECT t ->> 'is_enabled' AS is_enabled FROM json_array_elements(mistral_api.list_cron_triggers() -> 'cron_triggers') AS t WHERE t ->> 'name' = 'design_cron';
SELECT json_array_length(mistral_api.update_cron_trigger('design_cron', '{"is_enabled": true}') -> 'times') AS times;
SELECT t -> 'is_enabled' IS NULL AS left_out FROM json_array_elements(mistral_api.list_cron_triggers() -> 'cron_triggers') AS t WHERE t ->> 'name' = 'design_cron';
SELECT pg_temp.refusal('SELECT mistral_api.update_cron_trigger(''design_cron'', ''{}'')'), pg_temp.refusal('SELECT mistral_api.run_cron_trigger(''none'', ''{}'')'),
       pg_temp.refusal('SELECT mistral_api.update_cron_trigger(''design_cron'', ''{"pattern": "* * * * *"}'')');
SELECT mistral.delete_cron_trigger('design_cron');

-- an event trigger that is switched off lets events pass
SELECT mistral_api.create_event_trigger(jsonb_build_object('name', 'design_event', 'workflow_id', d.id, 'exchange', 'e', 'topic', 't', 'event', 'design')) ->> 'id' AS event
  FROM mistral.workflow_definitions d WHERE d.name = 'design_w' \gset
SELECT cardinality(mistral.raise_event('e', 't', 'design')) AS started;
SELECT mistral_api.update_event_trigger(:'event', '{"is_enabled": false}') ->> 'is_enabled' AS is_enabled, cardinality(mistral.raise_event('e', 't', 'design')) AS started;
SELECT o ->> 'is_enabled' AS is_enabled FROM json_array_elements(mistral_api.list_event_triggers() -> 'event_triggers') AS o WHERE o ->> 'name' = 'design_event';
SELECT mistral_api.update_event_trigger(:'event', '{"name": "design_event"}') ->> 'is_enabled' AS stays;
SELECT mistral_api.update_event_trigger(:'event', '{"is_enabled": true}') -> 'is_enabled' IS NULL AS left_out, cardinality(mistral.raise_event('e', 't', 'design')) AS started;
SELECT pg_temp.refusal(format('SELECT mistral_api.update_event_trigger(%L, %L)', :'event', '{"is_enabled": "perhaps"}'));
SELECT pg_temp.refusal('SELECT mistral.enable_event_trigger(gen_random_uuid())');
SELECT mistral.delete_event_trigger(:'event');
SELECT mistral_api.create_event_trigger(jsonb_build_object('workflow_id', d.id, 'exchange', 'e', 'topic', 't', 'event', 'design', 'is_enabled', false)) ->> 'is_enabled' AS is_enabled
  FROM mistral.workflow_definitions d WHERE d.name = 'design_w';
SELECT cardinality(mistral.raise_event('e', 't', 'design')) AS started, count(mistral.delete_event_trigger(id)) AS deleted FROM mistral.event_triggers WHERE event = 'design';

-- rates
SELECT s.key, json_array_length(s.value) AS parts, (SELECT sum(x::int) FROM json_array_elements_text(s.value) AS x) > 0 AS some
  FROM json_each(mistral_api.execution_rates('{"seconds": "600", "buckets": "4"}') -> 'series') AS s;
SELECT pg_temp.refusal('SELECT mistral_api.execution_rates(''{"seconds": "x"}'')');
SELECT story.clean();
SELECT mistral.unregister_action('design.act');
SELECT mistral.delete_workbook('design_book');
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'design\_%' OR name = 'inner';
SELECT count(mistral.delete_action(name)) FROM mistral.action_definitions WHERE name LIKE 'design\_%';
