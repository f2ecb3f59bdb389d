-- Executors announce what they can do, and run it.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

CREATE VIEW pg_temp.known AS
SELECT d.name, d.kind, mistral.action_input(v.spec) AS input, v.spec ->> 'takes_any' AS takes_any,
       v.spec ->> 'is_sync' AS is_sync, d.description, d.tags,
       (SELECT count(*) FROM mistral.action_versions o WHERE o.definition_id = d.id) AS versions
  FROM mistral.action_definitions d JOIN mistral.action_versions v ON v.id = d.version_id
 ORDER BY d.name COLLATE "C";

-- ---- what is announced, what is merely named, and what is standard
SELECT mistral.register_executor('ann_1', actions => '{ann.bare, std.http, ann.add}', announces => '[
    {"name": "ann.add", "description": "Adds.", "input": "a, b=1", "tags": ["math"]},
    {"name": "ann.list", "input": ["a", {"b": [1, 2]}], "takes_any": true, "is_sync": false, "description": null},
    {"name": "std.echo", "description": "mine", "input": "x"},
    "ann.named", "std.noop"]') AS one \gset
SELECT * FROM pg_temp.known;
SELECT name, actions FROM mistral.stat_executors WHERE name = 'ann_1';

-- the same again writes nothing; a name alone changes nothing; what differs is a new version
SELECT mistral.register_executor('ann_2', announces => '[
    {"name": "ann.add", "description": "Adds.", "input": [ "a", {"b": 1} ], "tags": ["math"], "is_sync": true}, "ann.list"]') AS two \gset
SELECT name, versions FROM pg_temp.known;
SELECT mistral.register_executor('ann_3', announces => '[{"name": "ann.add", "input": "a, b=1, c=2"}]') AS three \gset
SELECT name, input, description, tags, versions FROM pg_temp.known WHERE name = 'ann.add';

-- without any names it takes all there is, and announces nothing
SELECT mistral.register_executor('ann_4', 'ann_nowhere') AS four \gset
SELECT actions IS NULL AS takes_all FROM mistral.stat_executors WHERE name = 'ann_4';

-- what is not right: nothing is stored
SELECT name FROM mistral.create_actions('{version: "2.0", ann.adhoc: {base: std.noop}}');
SELECT mistral.register_executor('ann_5', announces => '{}');
SELECT mistral.register_executor('ann_5', announces => '"ann.new"');
SELECT mistral.register_executor('ann_5', announces => '[1]');
SELECT mistral.register_executor('ann_5', announces => '[{"input": "a"}]');
SELECT mistral.register_executor('ann_5', announces => '[{"name": "ann.new", "is_sync": "yes"}]');
SELECT mistral.register_executor('ann_5', announces => '[{"name": "ann.new", "inputs": "a"}]');
SELECT mistral.register_executor('ann_5', announces => '[{"name": "ann.new", "input": [{"a": 1, "b": 2}]}]');
SELECT mistral.register_executor('ann_5', announces => '[{"name": "ann.new", "input": 1}]');
SELECT mistral.register_executor('ann_5', announces => '["ann.new", {"name": "ann.new"}]');
SELECT mistral.register_executor('ann_5', announces => '[{"name": "ann.new"}, {"name": "ann.adhoc"}]');
SELECT mistral.register_executor('ann_5', announces => jsonb_build_array(jsonb_build_object('name', 'ann.new', 'description', repeat('x', 1048577))));
SELECT mistral.register_executor('ann_5', announces => (SELECT jsonb_agg('ann.' || i) FROM generate_series(1, 1001) i));
SELECT mistral.register_executor('ann_5', announces => '["ann new"]');
\set VERBOSITY sqlstate
SELECT mistral.register_executor('ann_5', announces => '[{"name": "ann.adhoc"}]');
SELECT mistral.register_executor('ann_5', announces => '[1]');
SELECT mistral.register_executor('ann_5', announces => (SELECT jsonb_agg('ann.' || i) FROM generate_series(1, 1001) i));
\set VERBOSITY default
SELECT count(*) FROM pg_temp.known WHERE name = 'ann.new';
SELECT count(*) FROM mistral.executors WHERE name = 'ann_5';

-- a name alone leaves an ad-hoc action what it is
SELECT mistral.unregister_executor(mistral.register_executor('ann_5', actions => '{ann.adhoc}'));
SELECT kind, versions FROM pg_temp.known WHERE name = 'ann.adhoc';

-- ---- running them
SELECT story.define($$
ann:
  tasks:
    first: {action: ann.add a=1, on-success: second}
    second: {action: ann.list a=2 z=3}
$$);
SELECT mistral.start_workflow('ann') AS ann \gset
-- who does not take it gets nothing; who does, gets what follows in the same exchange
SELECT mistral.register_executor('ann_0', actions => '{std.http, ann.bare}') AS zero \gset
SELECT count(*) FROM mistral.claim_actions(:zero, 10);
SELECT action_id AS first, name, input, is_sync, project_id = current_user AS is_own FROM mistral.claim_actions(:one, 10) \gset
SELECT :'name' AS name, :'input' AS input, :'is_sync' AS is_sync, :'is_own' AS is_own;
SELECT action_id AS second, name, input, is_sync FROM mistral.exchange_actions(:one,
    jsonb_build_array(jsonb_build_object('id', :'first', 'data', 2)), 10) \gset
SELECT :'name' AS name, :'input' AS input, :'is_sync' AS is_sync;
-- given back, it waits in the same lane
SELECT mistral.release_actions(:one, ARRAY[:'second'::uuid]);
SELECT count(*) FROM mistral.claim_actions(:three, 10);
SELECT name FROM mistral.claim_actions(:two, 10);
SELECT mistral.complete_actions(:two, jsonb_build_array(jsonb_build_object('id', :'second', 'state', 'RUNNING')));
SELECT mistral.complete_action(:'second', 'SUCCESS', '"done"');
SELECT story.settle();
SELECT * FROM story.show(:'ann');

-- actions with a target have lanes of their own
SELECT story.define($$
ann_target: {tasks: {t: {action: ann.add a=1, target: ann_there}}}
$$);
SELECT mistral.start_workflow('ann_target') AS ann_target \gset
SELECT count(*) FROM mistral.claim_actions(:one, 10);
SELECT mistral.register_executor('ann_6', 'ann_there', '{ann.add}') AS six \gset
SELECT cardinality(mistral.executor_channels(:six)) AS channels, cardinality(mistral.executor_channels(:one)) AS without_target,
       cardinality(mistral.executor_channels(mistral.register_executor('ann_7', actions => '{std.http}'))) AS standard_only;
SELECT name, target FROM mistral.claim_actions(:six, 10);

-- ---- what waits for whom
SELECT story.define($$
ann_wait: {tasks: {t: {action: ann.add a=1}, u: {action: ann.add a=2}, v: {action: ann.bare}}}
$$);
CREATE VIEW pg_temp.waiting AS
SELECT task_name, regexp_replace(waits_for, 'since [^,]*', 'since <time>') AS waits_for
  FROM mistral.actions WHERE workflow_name = 'ann_wait' AND waits_for IS NOT NULL ORDER BY 1;
SELECT mistral.start_workflow('ann_wait') AS ann_wait \gset
SELECT * FROM pg_temp.waiting;
SELECT project_id = current_user AS is_own, action, target, provider = current_user AS is_provider, actions, ready, executors
  FROM mistral.stat_queue WHERE action LIKE 'ann.%' ORDER BY action;
-- they outlive the executors
SELECT count(mistral.unregister_executor(id)) FROM mistral.executors WHERE name LIKE 'ann\_%';
SELECT * FROM pg_temp.waiting;
SELECT action, actions, executors FROM mistral.stat_queue WHERE action LIKE 'ann.%' ORDER BY action;
SELECT mistral.register_executor('ann_8', actions => '{ann.bare}') AS eight \gset
SELECT * FROM pg_temp.waiting;
SELECT name FROM mistral.claim_actions(:eight, 10);
SELECT mistral.cancel_execution(:'ann_wait');

-- ---- by itself, simulated, and as the base of another one
SELECT name FROM mistral.create_actions('{version: "2.0", ann.more: {base: ann.add, input: [n], base-input: {a: <% $.n %>}, output: {sum: <% $ %>}}}');
SELECT mistral.run_action('ann.more', '{"n": 4}', '{"save_result": true}') ->> 'id' AS alone \gset
SELECT name, input, run - 'provider' AS run FROM mistral.action_executions WHERE id = :'alone';
SELECT mistral.complete_action(:'alone', 'SUCCESS', '5');
SELECT output FROM mistral.actions WHERE id = :'alone';
SELECT mistral.run_action('ann.add', '{"b": 4}');
SELECT detail FROM mistral.simulate($$
version: '2.0'
ann_simulated: {output: {x: <% task(t).result %>}, tasks: {t: {action: ann.add a=1}}}
$$, mocks => '{"ann.add": 7}') WHERE task = 't' AND state = 'SUCCESS';
SELECT w ->> 'message' AS warning FROM mistral.validate_workflow($$
version: '2.0'
w: {tasks: {t: {action: ann.add d=1}, u: {action: ann.list a=1 z=2}, v: {action: ann.bare x=1}, w: {action: ann.nothing}}}
$$) AS v, jsonb_array_elements(v -> 'warnings') AS w ORDER BY 1;

-- ---- names that nobody knows
SELECT story.define($$
ann_unknown: {tasks: {t: {action: ann.nothing x=1}, u: {action: ann.baseless}}}
$$);
SELECT name FROM mistral.create_actions('{version: "2.0", ann.baseless: {base: ann.nowhere y=1}}');
SELECT task, state, info FROM story.show(mistral.start_workflow('ann_unknown'));
SET mistral.unknown_action = queue;
SELECT mistral.start_workflow('ann_unknown') AS ann_unknown \gset
SELECT name, input, run FROM mistral.action_executions WHERE execution_id = :'ann_unknown' ORDER BY name COLLATE "C";
SELECT mistral.register_executor('ann_9', actions => '{ann.nothing, ann.nowhere}') AS nine \gset
SELECT name, input FROM mistral.claim_actions(:nine, 10) ORDER BY name COLLATE "C";
SELECT mistral.run_action('ann.later', '{}') ->> 'id' AS later \gset
SELECT mistral.complete_action(:'later', 'SUCCESS', '1');
RESET mistral.unknown_action;

-- ---- the end
SELECT count(mistral.unregister_executor(id)) FROM mistral.executors WHERE name LIKE 'ann\_%';
SET client_min_messages = warning;
SELECT story.clean();
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflow_definitions WHERE name LIKE 'ann%';
SELECT count(mistral.delete_action(name)) FROM mistral.action_definitions WHERE name LIKE 'ann.%';
DROP SCHEMA story CASCADE;
