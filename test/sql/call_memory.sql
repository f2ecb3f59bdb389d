-- A call of the engine that has much in memory leaves the rest to others: what
-- a workflow computes does not add up in one process.
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
memory_loop:
  input: [n]
  output: {n: <% $.c %>, length: <% $.p.len() %>}
  tasks:
    begin: {action: std.noop, on-success: t}
    t:
      action: std.echo
      input: {output: <% x * 900000 %>}
      publish: {c: "<% coalesce($.get(c), 0) + 1 %>", p: <% task().result %>}
      on-success: [{t: <% $.c < $.n %>}]
memory_items:
  input: [n]
  output: {r: <% $.r %>}
  tasks:
    t:
      with-items: i in <% range($.n) %>
      action: memory_large
      publish: {r: <% task().result.select($.len()).sum() %>}
$$);
SELECT count(*) FROM mistral.create_actions($$
version: '2.0'
memory_large: {base: std.noop, output: <% x * 900000 %>}
$$);
CREATE FUNCTION pg_temp.go_on() RETURNS void
LANGUAGE plpgsql AS $f$
BEGIN
	LOOP
		PERFORM mistral.run_due_calls();
		EXIT WHEN NOT EXISTS (SELECT FROM mistral.delayed_calls WHERE due_at <= clock_timestamp() AND NOT is_dead);
	END LOOP;
END
$f$;

-- A session is given back a workflow that is still running, with what is left.
BEGIN;
SELECT mistral.start_workflow('memory_loop', '{"n": 100}') AS loop, mistral.start_workflow('memory_items', '{"n": 100}') AS items \gset
SELECT e.workflow_name, e.state, count(*) AS calls,
       CASE e.workflow_name WHEN 'memory_loop' THEN (SELECT count(*) BETWEEN 2 AND 80 FROM mistral.tasks t WHERE t.workflow_execution_id = e.id)
       ELSE (SELECT count(*) BETWEEN 2 AND 80 FROM mistral.actions a WHERE a.workflow_execution_id = e.id) END AS some_done
  FROM mistral.executions e JOIN mistral.delayed_calls c ON c.execution_id = e.id
 WHERE e.id IN (:'loop', :'items') GROUP BY e.id, e.workflow_name, e.state ORDER BY 1;
COMMIT;
SELECT pg_temp.go_on();
SELECT workflow_name, state, output FROM mistral.executions WHERE id IN (:'loop', :'items') ORDER BY 1;
SELECT count(*) FROM mistral.actions WHERE workflow_execution_id = :'items' AND state = 'SUCCESS';

-- To delete a tree takes memory for each execution in it, and none for each action.
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
memory_leaf: {tasks: {t: {action: std.noop}}}
memory_wide: {tasks: {t: {with-items: "i in <% range(20000) %>", action: std.noop}, u: {with-items: "i in <% range(1000) %>", workflow: memory_leaf}}}
$$);
SELECT mistral.start_workflow('memory_wide') AS wide \gset
SELECT count(mistral.wait_execution(:'wide', '5 min'));
SELECT state FROM mistral.executions WHERE id = :'wide';
CREATE FUNCTION pg_temp.growth(statement text) RETURNS bigint LANGUAGE plpgsql AS $f$
DECLARE
	before bigint;
BEGIN
	SELECT sum(total_bytes) INTO before FROM pg_backend_memory_contexts;
	EXECUTE statement;
	RETURN (SELECT sum(total_bytes) FROM pg_backend_memory_contexts) - before;
END
$f$;
SELECT pg_temp.growth(format('SELECT mistral.delete_execution(%L)', :'wide')) < 2000000 AS is_small;
SELECT (SELECT count(*) FROM mistral.executions WHERE workflow_name IN ('memory_wide', 'memory_leaf')) AS executions,
	   (SELECT count(*) FROM mistral.action_executions a WHERE a.execution_id = :'wide') AS actions;

SELECT count(mistral.delete_execution(id)) FROM mistral.executions WHERE workflow_name LIKE 'memory\_%';
SELECT count(mistral.delete_workflow(id::text)) FROM mistral.workflows WHERE name LIKE 'memory\_%';
SELECT mistral.delete_action('memory_large');
