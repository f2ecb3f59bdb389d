-- An executor says with each claim how many actions of a name it has room for.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

SELECT story.define($$
lim_items: {tasks: {t: {with-items: i in <% range(5) %>, action: lim.some i=<% $.i %>}, u: {with-items: i in <% range(2) %>, action: lim.many i=<% $.i %>}}}
$$);
SELECT mistral.register_executor('lim', announces => '["lim.some", "lim.many"]') AS executor \gset
SELECT mistral.start_workflow('lim_items') AS lim_items \gset
CREATE TEMP TABLE claimed (name text, action_id uuid);

-- ---- the queue: what is passed over stays, and does not keep others back
INSERT INTO claimed SELECT name, action_id FROM mistral.claim_actions(:executor, 10, '{"lim.some": 2}');
SELECT name, count(*) FROM claimed GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM mistral.claim_actions(:executor, 10, '{"lim.some": 0, "lim.many": 5}');
SELECT count(*) FROM mistral.exchange_actions(:executor, '[]', 10, '{"lim.some": 0}');
-- in all there are no more than were asked for
INSERT INTO claimed SELECT name, action_id FROM mistral.exchange_actions(:executor, '[]', 1, '{"lim.some": 2}');
SELECT name, count(*) FROM claimed GROUP BY 1 ORDER BY 1;
-- a name that is not limited, or of which there is nothing, is no matter
INSERT INTO claimed SELECT name, action_id FROM mistral.claim_actions(:executor, 10, '{"lim.many": 0, "lim.nothing": 3}');
SELECT name, count(*) FROM claimed GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM mistral.claim_actions(:executor, 10);

-- ---- what follows from results: handed out as far as there is room, queued beyond
SELECT story.define($$
lim_join:
  tasks:
    first: {action: lim.many, on-success: [a, b, c, d]}
    a: {action: lim.some}
    b: {action: lim.some}
    c: {action: lim.some}
    d: {action: lim.many}
$$);
SELECT mistral.complete_actions(:executor, jsonb_agg(jsonb_build_object('id', action_id))) FROM claimed;
SELECT state FROM mistral.executions WHERE id = :'lim_items';
SELECT mistral.start_workflow('lim_join') AS lim_join \gset
SELECT action_id AS first FROM mistral.claim_actions(:executor, 10, '{"lim.some": 0}') \gset
SELECT name, count(*) FROM mistral.exchange_actions(:executor,
    jsonb_build_array(jsonb_build_object('id', :'first')), 10, '{"lim.some": 2}') GROUP BY 1 ORDER BY 1;
SELECT name, count(*) FROM mistral.claim_actions(:executor, 10, '{"lim.some": 2}') GROUP BY 1 ORDER BY 1;
-- an ad-hoc action counts as what it stands for
SELECT name FROM mistral.create_actions('{version: "2.0", lim.adhoc: {base: lim.some}}');
SELECT mistral.run_action('lim.adhoc', '{}', '{"save_result": true}') ->> 'id' AS alone \gset
SELECT count(*) FROM mistral.claim_actions(:executor, 10, '{"lim.some": 0, "lim.adhoc": 1}');
SELECT name FROM mistral.claim_actions(:executor, 10, '{"lim.some": 1, "lim.adhoc": 0}');

-- ---- one kind alone: what is left is found again, in order
SELECT story.define($$
lim_alone: {tasks: {t: {with-items: i in <% range(5) %>, action: lim.some i=<% $.i %>}}}
$$);
SELECT mistral.start_workflow('lim_alone') AS lim_alone \gset
SELECT input ->> 'i' AS i FROM mistral.claim_actions(:executor, 10, '{"lim.some": 2}');
SELECT count(*) FROM mistral.claim_actions(:executor, 10, '{"lim.some": 0}');
SELECT input ->> 'i' AS i FROM mistral.exchange_actions(:executor, '[]', 10, '{"lim.some": 2}');
SELECT count(*) FROM mistral.claim_actions(:executor, 10, '{"lim.some": 0}');
SELECT input ->> 'i' AS i FROM mistral.claim_actions(:executor, 10, '{"lim.some": 9}');

-- ---- what is not right
SELECT count(*) FROM mistral.claim_actions(:executor, 10, '[]');
SELECT count(*) FROM mistral.claim_actions(:executor, 10, '{"a": -1}');
SELECT count(*) FROM mistral.claim_actions(:executor, 10, '{"a": 1.5}');
SELECT count(*) FROM mistral.claim_actions(:executor, 10, '{"a": "1"}');
SELECT count(*) FROM mistral.exchange_actions(:executor, '[]', 10, '{"a": {"b": 1}}');
SELECT count(*) FROM mistral.exchange_actions(:executor, '[]', 10,
    (SELECT jsonb_object_agg('a' || i, 1) FROM generate_series(1, 1001) i));
SELECT count(*) FROM mistral.claim_actions(:executor, 10, '{"a": 1e40, "b": 0.0}');
\set VERBOSITY sqlstate
SELECT count(*) FROM mistral.claim_actions(:executor, 10, '{"a": null}');
\set VERBOSITY default
SELECT count(mistral.unregister_executor(id)) FROM mistral.executors WHERE name = 'lim';
