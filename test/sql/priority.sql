-- Priorities: who goes first when executors, or slots of a limit, are scarce.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o
SELECT story.define($$
pr_low: {tasks: {t: {action: std.http url="http://localhost/", target: pr, priority: -1}}}
pr_none: {tasks: {t: {action: std.http url="http://localhost/", target: pr}}}
pr_five: {tasks: {t: {action: std.http url="http://localhost/", target: pr, priority: 5}}}
pr_data: {input: [p], task-defaults: {priority: <% $.p %>}, tasks: {t: {action: std.ssh cmd="x" host="h" username="u", target: pr}}}
pr_slot: {input: [p, n], tasks: {t: {action: std.async_noop, limits: {max: 1}, priority: <% $.p %>}}}
$$);
CREATE FUNCTION story.claims(executor bigint, n int) RETURNS text LANGUAGE sql AS $$
SELECT string_agg(workflow_name, ', ' ORDER BY ordinality) FROM mistral.exchange_actions(executor, '[]', n) WITH ORDINALITY
$$;
SELECT mistral.register_executor('pr', 'pr') AS x \gset
SELECT mistral.start_workflow('pr_low') AS low \gset
SELECT mistral.start_workflow('pr_none') AS none \gset
SELECT mistral.start_workflow('pr_data', '{"p": 7}') AS data \gset
SELECT mistral.start_workflow('pr_five') AS five \gset
SELECT mistral.start_workflow('pr_none') AS none2 \gset
SELECT substring(story.hide(waits_for) FROM 'queued behind .*') AS waits_for FROM mistral.actions WHERE workflow_name = 'pr_low';
SELECT story.claims(:x, 3);
-- what is given back has its priority still
SELECT mistral.release_actions(:x, array_agg(action_id)) FROM mistral.claimed_actions(:x) WHERE workflow_name = 'pr_five';
SELECT mistral.start_workflow('pr_none') AS none3 \gset
SELECT story.claims(:x, 1);
SELECT story.claims(:x, 10);
-- who has waited long enough goes first: seven minutes are more than the six points between
SELECT mistral.start_workflow('pr_low') AS low \gset
UPDATE mistral.action_queue SET priority = priority - 7 * 60, due_at = due_at - interval '7 min' WHERE execution_id = :'low';
SELECT mistral.start_workflow('pr_five') AS five \gset
SELECT story.claims(:x, 10);
SELECT mistral.start_workflow('pr_low') AS low \gset
UPDATE mistral.action_queue SET priority = priority - 5 * 60, due_at = due_at - interval '5 min' WHERE execution_id = :'low';
SELECT mistral.start_workflow('pr_five') AS five \gset
SELECT story.claims(:x, 10);

-- slots of a limit go by priority and age as well
SELECT mistral.start_workflow('pr_slot', '{"p": 0, "n": 1}') AS s1 \gset
SELECT mistral.start_workflow('pr_slot', '{"p": -5, "n": 2}') AS s2 \gset
SELECT mistral.start_workflow('pr_slot', '{"p": 0, "n": 3}') AS s3 \gset
SELECT mistral.start_workflow('pr_slot', '{"p": 9, "n": 4}') AS s4 \gset
SELECT string_agg(d.input ->> 'n', ', ' ORDER BY s.rank) FROM mistral.limit_slots s JOIN mistral.execution_data d USING (execution_id) WHERE s.state = 'W';
SELECT mistral.complete_action(id) FROM mistral.action_executions WHERE execution_id = :'s1';
SELECT count(*) FROM (SELECT mistral.cancel_execution(e) FROM unnest(ARRAY[:'s1', :'s2', :'s3', :'s4']::uuid[]) e) x;

-- what is wrong
CREATE FUNCTION story.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE statement;
    RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN SQLSTATE || ': ' || SQLERRM || coalesce(' / ' || nullif(detail, ''), '');
END
$$;
SELECT p, story.try(format('SELECT story.define(%L)', E'pr_bad:\n  tasks:\n    t:\n      action: std.noop\n      priority: ' || p))
  FROM unnest(ARRAY['high', '101', '-101', '1.5', '[1]', '"<% $. %>"']) AS p;
SELECT p, x.state, x.state_info FROM unnest(ARRAY['"high"', '101', '-100', '1.5', 'null', 'true']) AS p
 CROSS JOIN LATERAL jsonb_to_record(mistral.get_execution(mistral.start_workflow('pr_data', jsonb_build_object('p', p::jsonb)))) AS x(state text, state_info text);

SELECT mistral.unregister_executor(:x);
SELECT count(mistral.delete_execution(id, true)) > 0 AS deleted FROM mistral.executions WHERE workflow_name LIKE 'pr\_%';
SELECT * FROM mistral.check();
