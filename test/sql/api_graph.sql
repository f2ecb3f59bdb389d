-- What somebody who draws executions asks for: graphs, how far an execution is in
-- its own, when tasks did what, and the trees of executions.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o
SET timezone TO 'UTC';
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || story.hide(SQLERRM);
END
$$;

-- graphs of texts: what tasks call, what leads where, what is no task
CREATE FUNCTION pg_temp.edges(graph json) RETURNS TABLE (edge text, kind text, guard text, more text) LANGUAGE sql AS $$
    SELECT e ->> 'from' || ' > ' || coalesce(e ->> 'to', '(' || (e ->> 'command') || ')'), e ->> 'kind', e ->> 'guard',
           concat_ws(' ', e ->> 'params', CASE e ->> 'is_default' WHEN 'true' THEN 'default' END)
      FROM (SELECT * FROM json_array_elements(graph -> 'edges') UNION ALL
            SELECT * FROM json_array_elements(graph -> 'commands')) AS x(e)
$$;
CREATE FUNCTION pg_temp.tasks(graph json) RETURNS TABLE (task text, line text, kind text, calls text, dynamic text, "join" text,
    items text, policies text, start text) LANGUAGE sql AS $$
    SELECT t ->> 'name', t ->> 'line', t ->> 'kind', t ->> 'calls', t ->> 'is_dynamic', t ->> 'join', t ->> 'with_items',
           t ->> 'policies', t ->> 'is_start'
      FROM json_array_elements(graph -> 'tasks') AS t
$$;
CREATE TEMP VIEW definition AS SELECT $$
version: '2.0'
graph_direct:
  description: All of it
  input: [a, {b: 2}]
  task-defaults:
    on-error:
      - repair
      - fail msg='no <% $.a %>'
    retry: {count: 2, delay: 1}
  tasks:
    begin:
      action: std.echo output=<% $.a %>
      on-success:
        - each: <% $.a = 1 %>
        - end
    each:
      with-items: i in <% range(3) %>
      concurrency: 2
      workflow: <% $.which %>
      on-complete: end
    repair: {on-success: [noop, pause], on-error: [succeed]}
    end:
      join: all
      wait-for: {signal: go}
      on-skip: begin
    start: {action: std.noop, on-success: begin}
graph_reverse:
  type: reverse
  tasks:
    one: {action: std.noop}
    two: {action: std.noop, requires: [one]}
$$ AS source;
SELECT g ->> 'name' AS name, g ->> 'type' AS type, g ->> 'description' AS description, g ->> 'input' AS input
  FROM json_array_elements(mistral_api.graphs_of_text((SELECT source FROM definition)) -> 'graphs') AS g;
SELECT t.* FROM json_array_elements(mistral_api.graphs_of_text((SELECT source FROM definition)) -> 'graphs') AS g, pg_temp.tasks(g) AS t;
SELECT e.* FROM json_array_elements(mistral_api.graphs_of_text((SELECT source FROM definition)) -> 'graphs') AS g, pg_temp.edges(g) AS e;
-- a workbook, and what is none
SELECT g ->> 'name' AS name, pg_temp.edges(g) FROM json_array_elements(mistral_api.graphs_of_text(
    E'version: "2.0"\nname: book\nworkflows:\n  w:\n    tasks: {a: {on-success: b}, b: {join: 1}}\n') -> 'graphs') AS g;
SELECT w.name, g ->> 'valid' AS valid, g ->> 'line' AS line, g ->> 'column' AS "column", g ->> 'message' AS message
  FROM (VALUES ('empty', ''), ('other', 'x: y'), ('unknown target', E'version: "2.0"\nw: {tasks: {a: {on-success: nope}}}'),
               ('unknown attribute', E'version: "2.0"\nw: {tasks: {a: {b: 1}}}'), ('circle', E'version: "2.0"\nw: {tasks: {a: {on-success: a}}}'),
               ('torn', '{'), ('deep', repeat('[', 1000))) AS w(name, text)
 CROSS JOIN LATERAL mistral_api.graphs_of_text(w.text) AS g;
-- a specification may be anything
SELECT s.spec, pg_temp.refusal(format('SELECT mistral.workflow_graph(%L)', s.spec))
  FROM unnest(ARRAY['{}', '[]', '1', '"x"', '{"tasks": 1}', '{"tasks": {}}', '{"tasks": {"a": 1}}', '{"tasks": {"a": {"on-success": 1}}}',
                    '{"tasks": {"a": {"on-success": {"publish": 1}}}}', '{"tasks": {"a": {"on-success": ["nope"]}}}', '{"name": 5, "tasks": {"a": {"action": "x"}}}',
                    '{"type": "x", "tasks": {"a": {"action": "x"}}}', '{"type": "reverse", "tasks": {"a": {"requires": 1}}}',
                    '{"type": "reverse", "tasks": {"a": {"requires": [1]}}}', '{"tasks": {"a": {"action": 1}}}',
                    '{"task-defaults": 1, "tasks": {"a": {"action": "x"}}}', '{"tasks": {"a": {"with-items": 1}}}']) AS s(spec);

-- an execution: the version that it was started with, and how far it is
SELECT story.define($$
graph_sub: {tasks: {s: {action: std.async_noop}}}
graph_run:
  tasks:
    first: {action: std.noop, on-success: [many, loop]}
    many: {with-items: 'i in <% [1, 2, 3, 4] %>', action: std.async_noop, concurrency: 3, on-complete: end}
    loop: {with-items: 'i in <% [1, 2] %>', workflow: graph_sub, on-complete: end}
    end: {join: all}
    never: {join: 1, action: std.noop}
    before: {action: std.fail, on-success: never, on-error: noop}
$$);
SELECT mistral.start_workflow('graph_run') AS id \gset
SELECT story.define('graph_other: {tasks: {x: {action: std.noop}}}');
SELECT mistral_api.update_workflows(E'version: "2.0"\ngraph_run: {tasks: {changed: {action: std.noop}}}') IS NOT NULL AS updated;
SELECT story.complete('graph_run', 'many', n => 0), story.complete('graph_run', 'many', 'ERROR', n => 1);
CREATE FUNCTION pg_temp.runs(id text) RETURNS TABLE (task text, state text, runs text, counts text, items text, subs text, taken text) LANGUAGE sql AS $$
    SELECT r ->> 'task', r ->> 'state', r ->> 'runs', r ->> 'counts', r ->> 'items',
           (SELECT string_agg(s ->> 'index' || ' ' || (s ->> 'state'), ', ') FROM json_array_elements(r -> 'sub_executions') AS s),
           (SELECT string_agg(t ->> 'from' || ' ' || (t ->> 'kind') || ' ' || (t ->> 'times'), ', ') FROM json_array_elements(g -> 'taken') AS t
             WHERE t ->> 'to' = r ->> 'task')
      FROM mistral_api.execution_graph(id) AS g, json_array_elements(g -> 'runs') AS r
$$;
SELECT * FROM pg_temp.runs(:'id');
SELECT g -> 'graph' -> 'tasks' -> 0 ->> 'name' AS first, g -> 'execution' ->> 'state' AS state FROM mistral_api.execution_graph(:'id') AS g;
SELECT mistral_api.get_workflow_graph('graph_run') -> 'tasks' -> 0 ->> 'name' AS newest;
SELECT g -> 'graph' IS NULL OR g ->> 'graph' IS NULL AS without FROM mistral_api.execution_graph(:'id', '{"graph": "false"}') AS g;
SELECT pg_temp.refusal('SELECT mistral_api.execution_graph(''nope'')'), pg_temp.refusal('SELECT mistral_api.get_workflow_graph(''nope'')'),
       pg_temp.refusal('SELECT mistral_api.execution_graph(gen_random_uuid()::text)');

-- who watches: the version stays while nothing changes, and is another one after each change
CREATE TEMP TABLE versions (n serial, what text, execution text, list text);
CREATE FUNCTION pg_temp.look(what text, id text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO versions (what, execution, list)
    SELECT what, mistral_api.watch(jsonb_build_object('execution_id', id)) ->> 'version', mistral_api.watch() ->> 'version'
$$;
SELECT pg_temp.look('first', :'id'), pg_temp.look('nothing', :'id');
SELECT story.complete('graph_run', 'many', n => 2);
SELECT pg_temp.look('an item', :'id');
SELECT mistral.complete_action(a.id) FROM mistral.actions a WHERE a.workflow_name = 'graph_sub' ORDER BY a.id LIMIT 1;
SELECT pg_temp.look('a sub-workflow', :'id');
SELECT mistral.pause_execution(:'id');
SELECT story.settle();
SELECT pg_temp.look('paused', :'id');
SELECT mistral.resume_execution(:'id');
SELECT mistral.start_workflow('graph_other') IS NOT NULL AS started;
SELECT story.settle();
SELECT pg_temp.look('another one, and resumed', :'id');
SELECT n, what, execution <> lag(execution) OVER (ORDER BY n) AS of_execution, list <> lag(list) OVER (ORDER BY n) AS of_list FROM versions ORDER BY n;
SELECT w -> 'data' ->> 'state' AS state, w -> 'data' ->> 'tasks' AS tasks, w -> 'data' ->> 'sub_executions' AS below
  FROM mistral_api.watch(jsonb_build_object('execution_id', :'id')) AS w;

-- trees: below, and above
SELECT x ->> 'depth' AS depth, x ->> 'workflow_name' AS workflow, x ->> 'task' AS task, x ->> 'index' AS index, x ->> 'state' AS state
  FROM json_array_elements(mistral_api.execution_tree(:'id') -> 'executions') AS x;
SELECT json_array_length(t -> 'executions') AS n, t ->> 'has_more' AS has_more
  FROM unnest(ARRAY['{"limit": "2"}', '{"limit": "3"}', '{"max_depth": "0"}']::jsonb[]) AS p CROSS JOIN LATERAL mistral_api.execution_tree(:'id', p) AS t;
SELECT p ->> 'workflow_name' AS workflow, p ->> 'index' AS index
  FROM mistral.executions e, json_array_elements(mistral_api.execution_path(e.id::text) -> 'path') AS p
 WHERE e.root_execution_id = :'id' AND e.id = (SELECT max(id::text)::uuid FROM mistral.executions WHERE root_execution_id = :'id');
SELECT pg_temp.refusal('SELECT mistral_api.execution_tree(''nope'')'), pg_temp.refusal('SELECT mistral_api.execution_path(''nope'')');
SELECT story.clean();

-- a timeline: what is stored, in order, and what goes on has no end
CREATE FUNCTION pg_temp.timeline(id text, params jsonb DEFAULT '{}') RETURNS TABLE (task text, state text, attempts text, segments text, in_order bool) LANGUAGE sql AS $$
    SELECT t ->> 'task', t ->> 'state', t ->> 'attempts',
           (SELECT string_agg(concat(s ->> 'kind', ' ' || (s ->> 'attempt'), ' x' || (s ->> 'n'), CASE WHEN s ->> 'to' IS NULL THEN ' ...' END,
                                     CASE s ->> 'is_exact' WHEN 'false' THEN ' ?' END), ', ' ORDER BY place)
              FROM json_array_elements(t -> 'segments') WITH ORDINALITY AS x(s, place)),
           (SELECT coalesce(bool_and(b.f <= coalesce(b.u, 'infinity') AND coalesce(b.u, 'infinity') <= coalesce(b.n, 'infinity')), true)
              FROM (SELECT (s ->> 'from')::timestamptz AS f, (s ->> 'to')::timestamptz AS u,
                           lead((s ->> 'from')::timestamptz) OVER (ORDER BY place) AS n
                      FROM json_array_elements(t -> 'segments') WITH ORDINALITY AS x(s, place)) AS b)
      FROM json_array_elements(mistral_api.execution_timeline(id, params) -> 'tasks') AS t
$$;
SELECT name FROM mistral.register_action('graph.act');
SELECT story.define($$
time_line:
  tasks:
    first: {action: std.async_noop, retry: {count: 2, delay: 1}, on-success: [held, ran]}
    held: {wait-before: 1000, action: std.noop, on-success: end}
    ran: {action: graph.act, on-success: end}
    end: {join: all}
$$);
SELECT mistral.start_workflow('time_line') AS id \gset
SELECT * FROM pg_temp.timeline(:'id');
SELECT story.complete('time_line', 'first', 'ERROR');
SELECT * FROM pg_temp.timeline(:'id');
UPDATE mistral.delayed_calls SET due_at = now() WHERE execution_id = :'id';
SELECT story.settle();
SELECT story.complete('time_line', 'first');
SELECT * FROM pg_temp.timeline(:'id');
SELECT mistral.register_executor('graph_executor') AS executor \gset
SELECT count(*) FROM mistral.claim_actions(:executor, 5);
SELECT * FROM pg_temp.timeline(:'id') WHERE task = 'ran';
SELECT story.complete('time_line', 'ran');
SELECT mistral.pause_execution(:'id');
UPDATE mistral.delayed_calls SET due_at = now() WHERE execution_id = :'id';
SELECT story.settle();
SELECT mistral.resume_execution(:'id');
SELECT story.settle();
SELECT task, state, attempts, in_order FROM pg_temp.timeline(:'id');
SELECT t.name FROM json_array_elements_text(mistral_api.execution_timeline(:'id') -> 'critical_path') WITH ORDINALITY AS p(id, place)
  JOIN mistral.tasks t ON t.id = p.id::uuid ORDER BY p.place;
SELECT t -> 'execution' ->> 'state' AS state, t -> 'execution' ->> 'finished_at' IS NOT NULL AS has_ended FROM mistral_api.execution_timeline(:'id') AS t;
-- pages
SELECT json_array_length(t -> 'tasks') AS n, t ->> 'next' IS NOT NULL AS more,
       json_array_length(mistral_api.execution_timeline(:'id', jsonb_build_object('limit', '3', 'marker', t ->> 'next')) -> 'tasks') AS rest
  FROM mistral_api.execution_timeline(:'id', '{"limit": "3"}') AS t;
SELECT pg_temp.refusal(format('SELECT mistral_api.execution_timeline(%L, %L)', :'id', '{"marker": "x"}')),
       pg_temp.refusal('SELECT mistral_api.execution_timeline(''nope'')');
SELECT mistral.unregister_executor(:executor);
SELECT mistral.unregister_action('graph.act');
SELECT story.clean();

-- what waits for a signal does not run
SELECT story.define($$
time_signal:
  tasks:
    approve: {wait-for: go}
$$);
SELECT mistral.start_workflow('time_signal') AS id \gset
SELECT * FROM pg_temp.timeline(:'id');
SELECT mistral.signal(:'id', 'go');
SELECT * FROM pg_temp.timeline(:'id');
SELECT story.clean();
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name ~ '^(graph|time)_';
