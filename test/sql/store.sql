-- What a call writes: every row once, updates without touching an index, and
-- bytes of the log that follow the change, not the size of the execution.
SET client_min_messages TO warning;

-- rows written to each table while a statement runs
CREATE FUNCTION pg_temp.writes(statement text)
RETURNS TABLE (relation name, inserted bigint, updated bigint, in_place bigint, deleted bigint)
LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE before ON COMMIT DROP AS
		SELECT relname, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del
		  FROM pg_stat_xact_user_tables WHERE schemaname = 'mistral';
	EXECUTE statement;
	RETURN QUERY
		SELECT a.relname, a.n_tup_ins - b.n_tup_ins, a.n_tup_upd - b.n_tup_upd,
			   a.n_tup_hot_upd - b.n_tup_hot_upd, a.n_tup_del - b.n_tup_del
		  FROM pg_stat_xact_user_tables a
		  JOIN before b USING (relname)
		 WHERE a.schemaname = 'mistral'
		   AND a.n_tup_ins + a.n_tup_upd + a.n_tup_del > b.n_tup_ins + b.n_tup_upd + b.n_tup_del
		 ORDER BY a.relname;
	DROP TABLE before;
END
$$;

-- bytes that a statement logs; the least of some runs, as the first change of
-- a page after a checkpoint logs all of it
CREATE FUNCTION pg_temp.logged(statement text, runs int DEFAULT 5) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
	least numeric;
	start pg_lsn;
BEGIN
	FOR i IN 1 .. runs LOOP
		start := pg_current_wal_insert_lsn();
		EXECUTE statement;
		least := least(least, pg_current_wal_insert_lsn() - start);
	END LOOP;
	RETURN least;
END
$$;

CREATE FUNCTION pg_temp.chain(name text, n int) RETURNS text LANGUAGE sql AS $$
	SELECT format(E'version: ''2.0''\n%s:\n  tasks:\n', name)
		   || string_agg(format(E'    t%s: {action: std.noop%s}\n', i,
								CASE WHEN i < n THEN format(', on-success: t%s', i + 1) END),
						 '' ORDER BY i)
	  FROM generate_series(1, n) i
$$;

SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
store_steps:
  tasks:
    ask: {action: std.async_noop, publish: {a: 1}, on-success: [again, other]}
    again: {action: std.async_noop, on-success: both}
    other: {action: std.async_noop, on-success: both}
    both: {join: all, action: std.async_noop}
store_items:
  input: [list]
  tasks:
    each: {with-items: i in <% $.list %>, action: std.async_noop}
$$);
SELECT count(*) FROM mistral.create_workflows(pg_temp.chain('store_chain_10', 10));
SELECT count(*) FROM mistral.create_workflows(pg_temp.chain('store_chain_100', 100));

-- a chain of in-database actions: finished rows are inserted, nothing updated
SELECT * FROM pg_temp.writes($$ SELECT mistral.start_workflow('store_chain_10') $$);

-- results of external actions: one in-place update per row concerned
SELECT mistral.start_workflow('store_steps') AS id \gset
CREATE FUNCTION pg_temp.complete(task text) RETURNS void LANGUAGE sql AS $$
	SELECT mistral.complete_action(
		(SELECT id FROM mistral.actions WHERE task_name = task ORDER BY id DESC LIMIT 1))
$$;
SELECT * FROM pg_temp.writes($$ SELECT pg_temp.complete('ask') $$);
SELECT * FROM pg_temp.writes($$ SELECT pg_temp.complete('again') $$);
SELECT * FROM pg_temp.writes($$ SELECT pg_temp.complete('other') $$);
SELECT * FROM pg_temp.writes($$ SELECT pg_temp.complete('both') $$);
SELECT state FROM mistral.executions WHERE id = :'id';

-- one item of many: the action and the task, however many there are
SELECT mistral.start_workflow('store_items',
	jsonb_build_object('list', (SELECT jsonb_agg(i) FROM generate_series(1, 1000) i))) AS id \gset
SELECT * FROM pg_temp.writes($$ SELECT pg_temp.complete('each') $$);

-- bytes a task, and that they do not grow
SELECT short / 10 < 1000 AS is_small, long / 100 < short / 10 * 1.1 AS does_not_grow
  FROM pg_temp.logged($$ SELECT mistral.start_workflow('store_chain_10') $$) short,
	   pg_temp.logged($$ SELECT mistral.start_workflow('store_chain_100') $$) long;
SELECT long / 1000 < short / 100 * 1.1 AS does_not_grow
  FROM pg_temp.logged($$ SELECT mistral.start_workflow('store_items',
		jsonb_build_object('list', (SELECT jsonb_agg(i) FROM generate_series(1, 100) i))) $$) short,
	   pg_temp.logged($$ SELECT mistral.start_workflow('store_items',
		jsonb_build_object('list', (SELECT jsonb_agg(i) FROM generate_series(1, 1000) i))) $$, 3) long;

-- a large input is not stored again when its action changes
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
store_large:
  input: [text]
  tasks:
    one: {action: std.http url=<% $.text %>, target: store_large}
$$);
SELECT count(mistral.start_workflow('store_large', jsonb_build_object('text', text)))
  FROM (SELECT string_agg(md5(i::text), '') AS text FROM generate_series(1, 10000) i) t,
	   generate_series(1, 3);
SELECT mistral.register_executor('store', 'store_large') AS executor \gset
SELECT pg_temp.logged(format($$ SELECT length(input::text) FROM mistral.claim_actions(%s) $$,
							 :executor), 3) < 10000 AS is_small;
SELECT count(*) FROM mistral.actions WHERE executor = 'store' AND length(input::text) > 300000;
SELECT pg_temp.logged($$ SELECT mistral.cancel_execution(
		(SELECT id FROM mistral.executions
		  WHERE workflow_name = 'store_large' AND state = 'RUNNING' LIMIT 1)) $$, 3) < 10000 AS is_small;

-- what a claim has taken is handed out again when a part of it is rolled back
SELECT count(mistral.start_workflow('store_large', jsonb_build_object('text', i))) FROM generate_series(1, 3) i;
BEGIN;
SAVEPOINT s;
SELECT input ->> 'url' AS url FROM mistral.claim_actions(:executor);
ROLLBACK TO s;
COMMIT;
SELECT input ->> 'url' AS url FROM mistral.claim_actions(:executor);
SELECT input ->> 'url' AS url FROM mistral.claim_actions(:executor);
SELECT mistral.unregister_executor(:executor);

-- indexes of others are maintained, whatever their kind
CREATE INDEX store_expression ON mistral.task_executions ((name || state::text)) WHERE state <> 'E';
CREATE INDEX store_brin ON mistral.task_executions USING brin (created_at);
CREATE INDEX store_gin ON mistral.action_executions USING gin (input);
SELECT mistral.start_workflow('store_steps') AS id \gset
SELECT pg_temp.complete('ask');
SELECT pg_temp.complete('again');
SELECT count(mistral.start_workflow('store_large', '{"text": "for gin"}'));
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT count(*) FROM mistral.task_executions
 WHERE name || state::text = 'askS' AND state <> 'E' AND execution_id = :'id';
RESET enable_bitmapscan;
SELECT count(*) FROM mistral.task_executions
 WHERE created_at >= (SELECT created_at FROM mistral.workflow_executions WHERE id = :'id') AND execution_id || '' = :'id';
SELECT count(*) AS found FROM mistral.action_executions WHERE input @> '{"url": "for gin"}';
RESET enable_seqscan;
DROP INDEX mistral.store_expression, mistral.store_brin, mistral.store_gin;

-- a read-only transaction writes nothing
BEGIN READ ONLY;
SAVEPOINT s;
SELECT mistral.start_workflow('store_large', '{"text": "a"}');
ROLLBACK TO s;
SELECT mistral.complete_action(id) FROM mistral.actions WHERE workflow_name LIKE 'store_%' AND state = 'RUNNING' ORDER BY id LIMIT 1;
ROLLBACK TO s;
SELECT mistral.delete_execution(id, true) FROM mistral.executions WHERE workflow_name LIKE 'store_%' ORDER BY id LIMIT 1;
ROLLBACK TO s;
COMMIT;

-- all of it goes with the execution
SELECT count(mistral.delete_execution(id, true)) > 0 AS deleted
  FROM mistral.executions WHERE workflow_name LIKE 'store_%';
SELECT (SELECT count(*) FROM mistral.task_executions t
		 WHERE NOT EXISTS (SELECT 1 FROM mistral.workflow_executions e WHERE e.id = t.execution_id)) AS tasks,
	   (SELECT count(*) FROM mistral.action_executions a
		 WHERE a.execution_id IS NOT NULL
		   AND NOT EXISTS (SELECT 1 FROM mistral.workflow_executions e WHERE e.id = a.execution_id)) AS actions,
	   (SELECT count(*) FROM mistral.contexts c
		 WHERE NOT EXISTS (SELECT 1 FROM mistral.workflow_executions e WHERE e.id = c.execution_id)) AS contexts,
	   (SELECT count(*) FROM mistral.delayed_calls c
		 WHERE c.execution_id IS NOT NULL
		   AND NOT EXISTS (SELECT 1 FROM mistral.workflow_executions e WHERE e.id = c.execution_id)) AS calls,
	   (SELECT count(*) FROM mistral.execution_data d
		 WHERE NOT EXISTS (SELECT 1 FROM mistral.workflow_executions e WHERE e.id = d.execution_id)) AS data;

-- leave nothing to other tests
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'store_%';
SELECT mistral.delete_retired_versions('0') > 0 AS deleted;
