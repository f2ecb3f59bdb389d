-- Items of with-items that are retried one by one.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o
CREATE TABLE story.rows AS SELECT g AS id FROM generate_series(0, 3) g;
SELECT story.define($$
ir_list: {output: {r: <% task(t).result %>}, tasks: {t: {with-items: i in <% range(3) %>, action: std.async_noop, retry: {count: 2, delay: 10, per-item: true}, on-error: noop}}}
ir_one: {output: {r: <% task(t).result %>}, tasks: {t: {with-items: i in <% range(3) %>, concurrency: 1, action: std.async_noop, retry: {count: 1, delay: 10, per-item: true}}}}
ir_now: {tasks: {t: {with-items: i in <% range(3) %>, concurrency: 1, action: std.async_noop, retry: {count: 1, delay: 0, per-item: true}}}}
ir_query: {tasks: {t: {with-items: {row: {query: "SELECT id FROM story.rows ORDER BY id"}}, concurrency: 2, action: std.async_noop, retry: {count: 1, delay: 10, per-item: true}}}}
ir_break:
  tasks:
    t:
      with-items: i in <% range(4) %>
      action: std.async_noop
      retry: {count: <% $.i %>, delay: <% $.i * 10 %>, backoff: 2, max-delay: 25, per-item: true, break-on: <% task().result = fatal and task().state = ERROR %>}
ir_class: {tasks: {t: {with-items: i in <% range(3) %>, action: std.async_noop, retry: {count: 1, delay: 0, per-item: true, break-on: ["4*", gone]}}}}
ir_poll:
  output: {r: <% task(t).result %>}
  tasks:
    t: {with-items: i in <% range(2) %>, action: std.async_noop, retry: {count: 3, delay: 0, per-item: true, continue-on: <% task().result != ready %>}}
ir_most: {tasks: {t: {with-items: i in <% range(4) %>, max-failures: 1, action: std.async_noop, retry: {count: 1, delay: 10, per-item: true}}}}
ir_wrong: {tasks: {t: {with-items: i in <% range(2) %>, action: std.async_noop, retry: {count: 1, delay: "<% task().result %>", per-item: true}, on-error: noop}}}
ir_child: {output: {v: <% task(c).result %>}, output-on-error: {v: <% task(c).result %>}, tasks: {c: {action: std.async_noop}}}
ir_flow: {output: {r: <% task(t).result %>}, tasks: {t: {with-items: i in <% range(2) %>, workflow: ir_child, retry: {count: 1, delay: 10, per-item: true, break-on: <% task().result.v = fatal %>}}}}
ir_default: {task-defaults: {retry: {count: 1, delay: 0, per-item: true}}, tasks: {t: {with-items: i in <% range(2) %>, action: std.async_noop, on-complete: u}, u: {action: std.fail, on-error: noop}}}
ir_time: {tasks: {t: {with-items: i in <% range(2) %>, action: std.async_noop, timeout: 100, retry: {count: 1, delay: 1000, per-item: true}, on-error: noop}}}
ir_sql: {tasks: {t: {with-items: i in <% range(3) %>, action: std.fail error_data=<% $.i %>, retry: {count: 2, delay: 0, per-item: true}}}}
$$);
CREATE FUNCTION story.ends(workflow text, VARIADIC ends text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    e text;
BEGIN
    -- "1 ERROR fatal": the item, its state, its result
    FOREACH e IN ARRAY ends LOOP
        PERFORM mistral.complete_action(a.id, split_part(e, ' ', 2), to_jsonb(split_part(e, ' ', 3)))
           FROM mistral.action_executions a JOIN mistral.workflow_executions x ON x.id = a.execution_id
          WHERE (a.task_id = story.task($1, 't') AND a.item_index = split_part(e, ' ', 1)::int
                 OR x.parent_task_id = story.task($1, 't') AND x.item_index = split_part(e, ' ', 1)::int) AND a.state = 'R';
    END LOOP;
    PERFORM story.settle();
END
$$;
-- the attempts at each item, and what the task says; "*" is accepted
CREATE FUNCTION story.attempts(workflow text) RETURNS TABLE (state text, attempts text, kept bigint, retrying jsonb) LANGUAGE sql AS $$
SELECT t.state, (SELECT string_agg(a.n, ', ' ORDER BY a.i)
                   FROM (SELECT c.item_index AS i, c.item_index || ': ' || string_agg(c.state::text || CASE WHEN c.accepted THEN '*' ELSE '' END, ' ' ORDER BY c.created_at, c.id) AS n
                           FROM (SELECT a.id, a.created_at, a.item_index, a.state, a.accepted FROM mistral.action_executions a WHERE a.task_id = t.id
                                 UNION ALL SELECT e.id, e.created_at, e.item_index, e.state, e.accepted FROM mistral.workflow_executions e WHERE e.parent_task_id = t.id) c
                          GROUP BY c.item_index) a),
       (SELECT count(*) FROM mistral.task_items i WHERE i.task_id = t.id), t.runtime_context #> '{with_items,retrying}'
  FROM mistral.tasks t WHERE t.id = story.task($1, 't')
$$;
-- lets the time of the next retries come
CREATE FUNCTION story.due() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mistral.task_items SET due_at = now() WHERE due_at IS NOT NULL;
    UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'more_items';
    PERFORM story.settle();
END
$$;

-- an item waits for itself only; its attempts stay, and the last one counts
SELECT mistral.start_workflow('ir_list') AS id \gset
SELECT story.ends('ir_list', '0 SUCCESS a', '1 ERROR x', '2 SUCCESS c');
SELECT * FROM story.attempts('ir_list');
SELECT w ->> 'kind' AS kind, w ->> 'for' AS for, w ->> 'retrying' AS retrying FROM jsonb_array_elements(mistral.task_waits(story.task('ir_list', 't'))) AS w;
SELECT story.due();
SELECT story.ends('ir_list', '1 ERROR y');
SELECT retries, due_at - now() BETWEEN interval '5 s' AND interval '10 s' AS delay FROM mistral.task_items;
SELECT story.due();
SELECT * FROM story.attempts('ir_list');
SELECT story.ends('ir_list', '1 SUCCESS b');
SELECT task, state, result FROM story.show(:'id');
-- all attempts used up; a rerun tries the item as if for the first time
SELECT mistral.start_workflow('ir_one') AS id \gset
SELECT story.ends('ir_one', '0 ERROR a');
SELECT * FROM story.attempts('ir_one');
SELECT story.due();
-- the slot is another's
SELECT * FROM story.attempts('ir_one');
SELECT story.ends('ir_one', '1 SUCCESS b');
-- before those that have not begun
SELECT * FROM story.attempts('ir_one');
SELECT story.ends('ir_one', '0 ERROR a', '2 SUCCESS c');
SELECT task, state, info, result FROM story.show(:'id');
SELECT mistral.rerun_task(story.task('ir_one', 't'), false);
SELECT story.ends('ir_one', '0 ERROR a');
SELECT * FROM story.attempts('ir_one');
SELECT story.due();
SELECT story.ends('ir_one', '0 SUCCESS again');
SELECT task, state, info, result FROM story.show(:'id');
-- at once; many at once
SELECT mistral.start_workflow('ir_now') AS id \gset
SELECT story.ends('ir_now', '0 ERROR a');
SELECT * FROM story.attempts('ir_now');
SELECT story.ends('ir_now', '0 SUCCESS a', '1 ERROR b', '1 SUCCESS b', '2 SUCCESS c');
SELECT * FROM story.attempts('ir_now');
SELECT mistral.start_workflow('ir_sql') AS id \gset
SELECT * FROM story.attempts('ir_sql');

-- of a query; paused, cancelled, and with another task's rerun
SELECT mistral.start_workflow('ir_query') AS id \gset
SELECT story.ends('ir_query', '0 ERROR a', '1 ERROR b');
SELECT * FROM story.attempts('ir_query');
SELECT mistral.pause_execution(:'id');
SELECT story.due();
SELECT * FROM story.attempts('ir_query');
SELECT mistral.resume_execution(:'id');
SELECT story.ends('ir_query', '2 SUCCESS c', '3 SUCCESS d');
SELECT * FROM story.attempts('ir_query');
SELECT story.ends('ir_query', '0 ERROR a', '1 CANCELLED b');
SELECT * FROM story.attempts('ir_query');
SELECT mistral.rerun_task(story.task('ir_query', 't'), false);
SELECT story.ends('ir_query', '0 SUCCESS a', '1 SUCCESS b');
SELECT task, state, info, result FROM story.show(:'id');
SELECT mistral.start_workflow('ir_query') AS id \gset
SELECT story.ends('ir_query', '0 ERROR a', '1 ERROR b');
SELECT mistral.cancel_execution(:'id');
SELECT story.due();
SELECT * FROM story.attempts('ir_query');
SELECT story.ends('ir_query', '2 SUCCESS a', '3 SUCCESS b');
SELECT * FROM story.attempts('ir_query');

-- values and conditions of each item
SELECT story.clean();
SELECT mistral.start_workflow('ir_break') AS id \gset
SELECT story.ends('ir_break', '0 ERROR a', '1 ERROR fatal', '2 ERROR b', '3 ERROR c');
SELECT item_index, retries, round(extract(epoch FROM due_at - now())) AS delay FROM mistral.task_items ORDER BY 1;
SELECT story.due();
SELECT story.ends('ir_break', '2 ERROR b', '3 ERROR c');
SELECT item_index, retries, round(extract(epoch FROM due_at - now())) AS delay FROM mistral.task_items ORDER BY 1;
SELECT story.due();
SELECT story.ends('ir_break', '2 SUCCESS b', '3 SUCCESS c');
SELECT * FROM story.attempts('ir_break');
SELECT mistral.start_workflow('ir_class') AS id \gset
SELECT story.ends('ir_class', '0 ERROR 404', '1 ERROR gone:away', '2 ERROR 500');
SELECT * FROM story.attempts('ir_class');
SELECT mistral.start_workflow('ir_poll') AS id \gset
SELECT story.ends('ir_poll', '0 SUCCESS ready', '1 SUCCESS wait', '1 ERROR wait', '1 SUCCESS ready');
SELECT * FROM story.attempts('ir_poll');
SELECT task, state, result FROM story.show(:'id');
SELECT mistral.start_workflow('ir_wrong') AS id \gset
SELECT task, state, info FROM story.show(:'id');
SELECT story.ends('ir_wrong', '0 ERROR soon');
SELECT task, state, info FROM story.show(:'id');

-- failures that are borne are those whose attempts are used up; then nothing waits any more
SELECT mistral.start_workflow('ir_most') AS id \gset
SELECT story.ends('ir_most', '0 ERROR a', '1 ERROR b', '2 ERROR c');
SELECT story.due();
SELECT story.ends('ir_most', '0 ERROR a', '3 ERROR d');
SELECT * FROM story.attempts('ir_most');
SELECT story.ends('ir_most', '1 ERROR b', '2 ERROR c');
SELECT * FROM story.attempts('ir_most');

-- sub-workflows; one that was superseded cannot go on
SELECT mistral.start_workflow('ir_flow') AS id \gset
SELECT story.ends('ir_flow', '0 ERROR a', '1 SUCCESS b');
SELECT * FROM story.attempts('ir_flow');
SELECT mistral.rerun_task(t.id) FROM mistral.task_executions t JOIN mistral.workflow_executions e ON e.id = t.execution_id
 WHERE e.parent_task_id = story.task('ir_flow', 't') AND e.item_index = 0 \set VERBOSITY sqlstate
\g
\set VERBOSITY default
SELECT story.due();
SELECT * FROM story.attempts('ir_flow');
SELECT story.ends('ir_flow', '0 SUCCESS c');
SELECT task, state, result FROM story.show(:'id');
SELECT mistral.start_workflow('ir_flow') AS id \gset
SELECT story.ends('ir_flow', '0 ERROR fatal', '1 SUCCESS b');
SELECT * FROM story.attempts('ir_flow');

-- the defaults are for the tasks that have items; others are retried as ever
SELECT mistral.start_workflow('ir_default') AS id \gset
SELECT story.ends('ir_default', '0 ERROR a', '1 SUCCESS b', '0 SUCCESS c');
SELECT t.name, t.state, t.runtime_context -> 'retry_task_policy' AS retry FROM mistral.tasks t WHERE t.workflow_execution_id = :'id' ORDER BY 1;
-- the time-out is for all
SELECT mistral.start_workflow('ir_time') AS id \gset
SELECT story.ends('ir_time', '0 ERROR a');
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'timeout_task';
SELECT story.settle();
SELECT task, state, info FROM story.show(:'id');
SELECT invariant, detail FROM mistral.check();
-- items that were retried are undone with the others
SELECT story.define($$
ir_undo:
  tasks:
    t: {with-items: i in <% range(2) %>, action: std.async_noop, retry: {count: 1, delay: 0, per-item: true}, compensate: std.echo output=<% $.i %>, on-success: u}
    u: {action: std.fail}
$$);
SELECT mistral.start_workflow('ir_undo') AS id \gset
SELECT story.ends('ir_undo', '0 ERROR a', '1 SUCCESS b', '0 SUCCESS c');
SELECT task, state, result FROM story.show(:'id');
-- a task that was suspended with its execution begins once when it is run again, however many things let it go on
SELECT story.define($$
ir_left:
  tasks:
    rows: {with-items: {row: {query: "SELECT i FROM generate_series(0, 2) i"}}, action: std.async_noop, concurrency: 1, retry: {count: 1, delay: 1000, per-item: true}}
    list: {with-items: i in <% range(3) %>, action: std.async_noop, concurrency: 1}
$$);
CREATE FUNCTION story.children(id uuid) RETURNS TABLE (task text, attempt int, item int, state text, open int) LANGUAGE sql AS $$
SELECT t.name, a.attempt, a.item_index, mistral.state_name(a.state), t.open_children
  FROM mistral.action_executions a JOIN mistral.task_executions t ON t.id = a.task_id WHERE a.execution_id = $1 ORDER BY 1, a.id
$$;
SELECT mistral.start_workflow('ir_left') AS id \gset
SELECT story.complete('ir_left', 'rows', 'ERROR', n => 0);
SELECT story.complete('ir_left', 'rows', n => 1);
SELECT story.complete('ir_left', 'list', n => 0);
SELECT mistral.stop_execution(:'id', 'ERROR', 'enough');
SELECT story.complete('ir_left', 'rows', n => 2);
SELECT story.complete('ir_left', 'list', n => 1);
SELECT task, state, info FROM story.show(:'id');
SELECT mistral.rerun_task(story.task('ir_left', 'rows'), false);
SELECT * FROM story.children(:'id');
SELECT count(*) AS waiting FROM mistral.task_items i JOIN mistral.task_executions t ON t.id = i.task_id WHERE t.execution_id = :'id' AND i.due_at IS NOT NULL;
-- one whose call comes before its time begins then, as others' do
SELECT story.complete('ir_left', 'rows', 'ERROR', n => 0);
SELECT FROM mistral.run_due_calls(10, now() + interval '1 hour');
SELECT task, item, state FROM story.children(:'id') WHERE task = 'rows' AND attempt = 1;
SELECT mistral.cancel_execution(:'id');
-- so does one with a list
SELECT mistral.start_workflow('ir_left') AS id \gset
SELECT story.complete('ir_left', 'list', n => 0);
SELECT mistral.stop_execution(:'id', 'ERROR', 'enough');
SELECT story.complete('ir_left', 'list', n => 1);
SELECT mistral.rerun_task(story.task('ir_left', 'list'), false);
SELECT * FROM story.children(:'id') WHERE task = 'list';
SELECT mistral.cancel_execution(:'id');
SELECT invariant, detail FROM mistral.check();

-- items that were left because too many had failed go on when a rerun below changes that
SELECT story.define($$
ir_held: {tasks: {a: {action: std.async_noop}}}
ir_held_list: {tasks: {c: {with-items: i in <% range(4) %>, workflow: ir_held, concurrency: 1, max-failures: 1}}}
ir_held_rows: {tasks: {c: {with-items: i in <% range(4) %>, workflow: ir_held, concurrency: 2, max-failures: 1, retry: {count: 1, delay: 1000, per-item: true, break-on: <% $.i > 0 %>}}}}
ir_held_cancel: {tasks: {c: {with-items: i in <% range(2) %>, workflow: ir_held}}}
$$);
CREATE FUNCTION story.below(id uuid, n int, state text) RETURNS void LANGUAGE sql AS $$
SELECT mistral.complete_action(a.id, $3, '1') FROM mistral.action_executions a JOIN mistral.workflow_executions e ON e.id = a.execution_id
 WHERE e.root_id = $1 AND e.depth > 0 AND e.item_index = $2 ORDER BY a.id DESC LIMIT 1;
SELECT story.settle()
$$;
CREATE FUNCTION story.again(id uuid, n int) RETURNS void LANGUAGE sql AS $$
SELECT mistral.rerun_task(t.id) FROM mistral.task_executions t JOIN mistral.workflow_executions e ON e.id = t.execution_id
 WHERE e.root_id = $1 AND e.depth > 0 AND e.item_index = $2 ORDER BY t.id DESC LIMIT 1
$$;
CREATE FUNCTION story.items(id uuid) RETURNS TABLE (task text, retrying text, items text) LANGUAGE sql AS $$
SELECT mistral.state_name(t.state), t.runtime -> 'with_items' ->> 'retrying',
       (SELECT string_agg(e.item_index || ' ' || mistral.state_name(e.state), ', ' ORDER BY e.item_index, e.id)
          FROM mistral.workflow_executions e WHERE e.parent_task_id = t.id)
  FROM mistral.task_executions t WHERE t.execution_id = $1 AND t.name = 'c'
$$;
SELECT mistral.start_workflow('ir_held_list') AS id \gset
SELECT story.below(:'id', 0, 'ERROR');
SELECT story.below(:'id', 1, 'ERROR');
SELECT * FROM story.items(:'id');
SELECT story.again(:'id', 0);
SELECT * FROM story.items(:'id');
SELECT story.below(:'id', 0, 'SUCCESS');
SELECT story.below(:'id', 2, 'SUCCESS');
SELECT story.below(:'id', 3, 'SUCCESS');
SELECT * FROM story.items(:'id');
-- one that waits for its retry is among them, and the call for it comes
SELECT mistral.start_workflow('ir_held_rows') AS id \gset
SELECT story.below(:'id', 0, 'ERROR');
SELECT story.below(:'id', 1, 'ERROR');
SELECT * FROM story.items(:'id');
SELECT story.below(:'id', 2, 'ERROR');
SELECT story.below(:'id', 3, 'SUCCESS');
SELECT * FROM story.items(:'id');
SELECT story.again(:'id', 1);
SELECT story.below(:'id', 1, 'SUCCESS');
SELECT * FROM story.items(:'id');
SELECT FROM mistral.run_due_calls(10, now() + interval '1 hour');
SELECT story.below(:'id', 0, 'SUCCESS');
SELECT * FROM story.items(:'id');
-- one that was cancelled still counts when another goes on, until it goes on itself
SELECT mistral.start_workflow('ir_held_cancel') AS id \gset
SELECT story.below(:'id', 0, 'ERROR');
SELECT story.below(:'id', 1, 'CANCELLED');
SELECT * FROM story.items(:'id');
SELECT story.again(:'id', 0);
SELECT story.below(:'id', 0, 'SUCCESS');
SELECT * FROM story.items(:'id');
SELECT story.again(:'id', 1);
SELECT story.below(:'id', 1, 'SUCCESS');
SELECT * FROM story.items(:'id');
-- one that has been deleted has not succeeded either
CREATE FUNCTION story.forget(id uuid, n int) RETURNS void LANGUAGE sql AS $$
SELECT mistral.delete_execution(e.id, true) FROM mistral.workflow_executions e WHERE e.root_id = $1 AND e.depth > 0 AND e.item_index = $2;
SELECT story.settle()
$$;
SELECT mistral.start_workflow('ir_held_list') AS id \gset
SELECT story.below(:'id', 0, 'ERROR');
SELECT story.below(:'id', 1, 'ERROR');
SELECT story.forget(:'id', 1);
SELECT story.again(:'id', 0);
SELECT story.below(:'id', 0, 'ERROR');
SELECT * FROM story.items(:'id');
SELECT mistral.start_workflow('ir_held_cancel') AS id \gset
SELECT story.below(:'id', 0, 'ERROR');
SELECT story.forget(:'id', 1);
SELECT * FROM story.items(:'id');
SELECT story.again(:'id', 0);
SELECT story.below(:'id', 0, 'SUCCESS');
SELECT * FROM story.items(:'id');
SELECT invariant, detail FROM mistral.check();

-- the form, and a simulation
SELECT r, f -> 'line' AS line, f -> 'column' AS "column", f ->> 'message' AS message
  FROM unnest(ARRAY['retry: {count: 1, delay: 1, per-item: true}', 'retry: {count: 1, delay: 1, per-item: 5}', 'retry: count=1 delay=1 per-item=true',
                    'retry: {count: 1, delay: 1, per-item: false}', 'compensate: {action: x, retry: {count: 1, delay: 1, per-item: true}}']) r,
       mistral.validate_workflow(E'version: "2.0"\nw:\n  tasks:\n    t:\n      action: std.noop\n      ' || r) f;
SELECT extract(epoch FROM at) AS at, event, state, detail -> 'result' AS result FROM mistral.simulate($$
version: '2.0'
w: {tasks: {t: {with-items: i in <% range(3) %>, concurrency: 2, action: x, retry: {count: 2, delay: 10, backoff: 3, per-item: true}}}}
$$, mocks => '{"t": ["a", {"error": "x"}, "c", {"error": "y"}, "b"]}') WHERE task = 't';
SELECT story.clean();
SELECT count(*) FROM mistral.task_items;
