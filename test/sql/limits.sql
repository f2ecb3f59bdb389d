\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Limits: how many tasks run at a time, over all executions.
SELECT story.define($$
li_key:
  input: [customer]
  tasks:
    t: {action: std.async_noop, limits: {key: <% $.customer %>, max: 1}}
li_name: {tasks: {t: {action: std.async_noop, limits: psp}}}
li_both:
  input: [customer]
  tasks:
    t: {action: std.async_noop, limits: [psp, {key: <% $.customer %>, max: 1}]}
li_own: {tasks: {t: {action: std.async_noop, concurrency: {max: 2}}, u: {action: std.async_noop, concurrency: {max: 2}}}}
li_items: {tasks: {t: {action: std.async_noop, with-items: i in <% range(3) %>, limits: psp}}}
li_sub: {tasks: {t: {workflow: li_child, limits: psp}}}
li_child: {tasks: {t: {action: std.async_noop}}}
li_retry: {tasks: {t: {action: std.async_noop, limits: psp, retry: {count: 1, delay: 1000}}}}
li_now: {tasks: {t: {action: std.async_noop, limits: psp, retry: {count: 1, delay: 0}}}}
li_after: {tasks: {t: {action: std.async_noop, limits: psp, wait-after: 1000}}}
li_timeout: {tasks: {t: {action: std.async_noop, limits: psp, timeout: 1000}}}
li_rate: {tasks: {t: {action: std.noop, limits: {rate: 2/1h}}}}
$$);

-- Run what is due, each in a transaction of its own: what is not committed has
-- workers look at it again and again.
CREATE PROCEDURE story.rest() LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        PERFORM mistral.run_due_calls();
        COMMIT;
        EXIT WHEN NOT EXISTS (SELECT FROM mistral.delayed_calls d
                               WHERE NOT d.is_dead
                                 AND (d.due_at <= clock_timestamp() OR d.kind = 'take_slots'
                                      OR (d.kind = 'pass_slots' AND d.due_at < clock_timestamp() + interval '1 min')));
        PERFORM pg_sleep(0.01);
    END LOOP;
END
$$;
-- Who has which slots, and who waits.
CREATE FUNCTION story.slots()
RETURNS TABLE (execution text, state "char", name text, key text, place bigint) LANGUAGE sql AS $$
SELECT e.workflow_name || coalesce('(' || (d.input ->> 'customer') || ')', '') AS execution,
       s.state, s.name, s.key,
       row_number() OVER (PARTITION BY s.name, s.key, s.limit_id, s.state ORDER BY s.rank, s.holder_id) AS place
  FROM mistral.limit_slots s
  JOIN mistral.workflow_executions e ON e.id = s.execution_id
  JOIN mistral.execution_data d ON d.execution_id = e.id
 ORDER BY s.name, s.key, s.state, s.rank, s.holder_id;
$$;
CREATE FUNCTION story.waits(id uuid) RETURNS text LANGUAGE sql AS $$
SELECT regexp_replace(story.hide(mistral.execution_waits_for(id)), '\d{4}-\d\d-\d\d [0-9:]+[+-]\d\d', '<time>', 'g')
$$;
CREATE FUNCTION story.due(kind text) RETURNS void LANGUAGE sql AS $$
UPDATE mistral.delayed_calls c SET due_at = now() WHERE c.kind = $1
   AND (c.execution_id IS NULL OR c.execution_id IN (SELECT e.id FROM mistral.executions e WHERE e.workflow_name LIKE 'li\_%'))
$$;
CREATE PROCEDURE story.clear() LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mistral.cancel_execution(e.id) FROM mistral.executions e
      WHERE e.workflow_name LIKE 'li\_%' AND e.state IN ('IDLE', 'RUNNING', 'PAUSED');
    COMMIT;
    CALL story.rest();
    ASSERT NOT EXISTS (SELECT FROM mistral.limit_slots WHERE execution_id IS NOT NULL), 'slots are left';
END
$$;

-- One at a time for a key; others are not concerned.
SELECT mistral.start_workflow('li_key', '{"customer": "a"}') AS a1 \gset
SELECT mistral.start_workflow('li_key', '{"customer": "a"}') AS a2 \gset
SELECT mistral.start_workflow('li_key', '{"customer": "a"}') AS a3 \gset
SELECT mistral.start_workflow('li_key', '{"customer": "b"}') AS b1 \gset
CALL story.rest();
SELECT * FROM story.slots();
SELECT task, state, info FROM story.show(:'a1');
SELECT task, state, info FROM story.show(:'a2');
SELECT story.waits(:'a2');
SELECT mistral.complete_action((SELECT id FROM mistral.action_executions WHERE execution_id = :'a1'), 'SUCCESS', '1');
CALL story.rest();
SELECT * FROM story.slots();
CALL story.rest();
SELECT * FROM story.slots();
SELECT task, state, info FROM story.show(:'a2');
SELECT task, state, info FROM story.show(:'a3');

-- What waits, or has a slot, and is cancelled, lets the next go on.
SELECT mistral.start_workflow('li_key', '{"customer": "a"}') AS a4 \gset
SELECT mistral.cancel_execution(:'a3');
SELECT mistral.cancel_execution(:'a2');
CALL story.rest();
SELECT * FROM story.slots();
CALL story.rest();
SELECT * FROM story.slots();
CALL story.clear();

-- A limit of the database, changed while work goes on; it goes before what
-- definitions say.
SELECT mistral.start_workflow('li_name') AS id \gset
SELECT task, state, info FROM story.show(:'id');
SELECT mistral.create_limit('psp', 1, description => 'payments');
SELECT mistral.start_workflow('li_name') FROM generate_series(1, 4) \g /dev/null
CALL story.rest();
SELECT * FROM story.slots();
SELECT regexp_replace(story.hide(jsonb_pretty(w)), '\d{4}-\d\d-\d\dT[^"]*', '<time>', 'g')
  FROM jsonb_array_elements(mistral.execution_waits(story.exec('li_name'))) AS w;
SELECT is_cause, kind, story.hide(who) AS who, how FROM mistral.why(story.exec('li_name'));
SELECT mistral.update_limit('psp', 3);
CALL story.rest();
SELECT * FROM story.slots();
SELECT mistral.update_limit('psp', 1);
CALL story.rest();
SELECT mistral.complete_action(a.id) FROM mistral.action_executions a
  JOIN mistral.limit_slots s ON s.holder_id = a.task_id WHERE s.state = 'H' ORDER BY a.id LIMIT 1 \g /dev/null
CALL story.rest();
SELECT * FROM story.slots();
SELECT mistral.update_limit('psp', rate => '100/1m');
SELECT name, max, rate, window_s, description FROM mistral.limits;
SELECT mistral.update_limit('psp', rate => '');
SELECT mistral.delete_limit('psp');
CALL story.rest();
SELECT * FROM story.slots();
CALL story.clear();

-- A task takes a slot of all its limits, or of none; who waits for one of them
-- is in nobody's way at the others.
SELECT mistral.create_limit('psp', 2);
SELECT mistral.start_workflow('li_both', '{"customer": "a"}') AS a1 \gset
SELECT mistral.start_workflow('li_both', '{"customer": "a"}') AS a2 \gset
SELECT mistral.start_workflow('li_both', '{"customer": "b"}') AS b1 \gset
SELECT mistral.start_workflow('li_both', '{"customer": "a"}') AS a3 \gset
SELECT mistral.start_workflow('li_both', '{"customer": "c"}') AS c1 \gset
CALL story.rest();
SELECT * FROM story.slots();
SELECT mistral.complete_action((SELECT id FROM mistral.action_executions WHERE execution_id = :'b1'), 'SUCCESS', '1');
CALL story.rest();
SELECT * FROM story.slots();
CREATE FUNCTION story.next() RETURNS void LANGUAGE sql AS $$
SELECT mistral.complete_action(id) FROM mistral.actions WHERE workflow_name = 'li_both' AND state = 'RUNNING' ORDER BY id LIMIT 1
$$;
CREATE FUNCTION story.both() RETURNS TABLE (name text, held bigint, with_one_key bigint) LANGUAGE sql AS $$
SELECT s.name, count(*), count(s.key) - count(DISTINCT s.key) FROM mistral.limit_slots s WHERE s.state = 'H' GROUP BY 1 ORDER BY 1
$$;
SELECT story.next();
CALL story.rest();
SELECT * FROM story.both();
SELECT story.next();
CALL story.rest();
SELECT story.next();
CALL story.rest();
SELECT story.next();
CALL story.rest();
SELECT * FROM story.slots();
SELECT DISTINCT state FROM mistral.executions WHERE workflow_name = 'li_both';

-- Each task has a limit of its own, over all executions.
SELECT mistral.start_workflow('li_own') FROM generate_series(1, 3) \g /dev/null
SELECT s.state, t.name, count(*) FROM mistral.limit_slots s JOIN mistral.task_executions t ON t.id = s.holder_id GROUP BY 1, 2 ORDER BY 2, 1;
CALL story.clear();

-- Items, and the tasks of a sub-workflow, are on the slot of their task.
SELECT mistral.start_workflow('li_items') AS id \gset
SELECT mistral.start_workflow('li_sub') AS sub \gset
SELECT mistral.start_workflow('li_name') AS id2 \gset
CALL story.rest();
SELECT * FROM story.slots();
SELECT count(*) FROM mistral.action_executions WHERE execution_id = :'id';
SELECT story.complete('li_child', 't');
CALL story.rest();
SELECT * FROM story.slots();
CALL story.clear();

-- Between attempts, and after the action, it has none; an attempt that begins at
-- once keeps it.
SELECT mistral.update_limit('psp', 1);
SELECT mistral.start_workflow('li_retry') AS id \gset
SELECT mistral.start_workflow('li_name') AS id2 \gset
SELECT mistral.start_workflow('li_after') AS id3 \gset
SELECT story.complete('li_retry', 't', 'ERROR');
CALL story.rest();
SELECT * FROM story.slots();
SELECT task, state, info FROM story.show(:'id');
SELECT story.due('continue_task');
CALL story.rest();
SELECT * FROM story.slots();
SELECT story.complete('li_name', 't');
CALL story.rest();
SELECT story.complete('li_after', 't');
CALL story.rest();
SELECT * FROM story.slots();
SELECT task, state, info FROM story.show(:'id3');
CALL story.clear();
SELECT mistral.start_workflow('li_now') AS id \gset
SELECT mistral.start_workflow('li_name') AS id2 \gset
SELECT story.complete('li_now', 't', 'ERROR');
CALL story.rest();
SELECT * FROM story.slots();
SELECT count(*) FROM mistral.action_executions WHERE execution_id = :'id';
CALL story.clear();

-- A wait can time out, be paused, stopped and deleted.
SELECT mistral.start_workflow('li_name') AS id \gset
SELECT mistral.start_workflow('li_timeout') AS id2 \gset
SELECT story.due('timeout_task');
CALL story.rest();
SELECT task, state, info FROM story.show(:'id2');
CALL story.rest();
SELECT * FROM story.slots();
SELECT mistral.start_workflow('li_name') AS id3 \gset
SELECT mistral.start_workflow('li_name') AS id4 \gset
SELECT mistral.start_workflow('li_name') AS id5 \gset
SELECT mistral.pause_execution(:'id3');
SELECT mistral.delete_execution(:'id', true);
CALL story.rest();
SELECT e.id = :'id4' AS is_next, s.state FROM mistral.limit_slots s JOIN mistral.workflow_executions e ON e.id = s.execution_id ORDER BY s.state, s.rank;
SELECT task, state, info FROM story.show(:'id3');
SELECT mistral.resume_execution(:'id3');
SELECT task, state, info FROM story.show(:'id3');
SELECT mistral.delete_execution(:'id4', true);
SELECT mistral.delete_execution(:'id5', true);
CALL story.rest();
SELECT task, state, info FROM story.show(:'id3');
CALL story.clear();

-- A task that is run again asks again; of an execution that runs again what
-- still runs has its slot at once.
SELECT mistral.start_workflow('li_name') AS id \gset
SELECT mistral.start_workflow('li_name') AS id2 \gset
SELECT mistral.complete_action((SELECT id FROM mistral.action_executions WHERE execution_id = :'id'), 'ERROR', '1');
CALL story.rest();
SELECT mistral.rerun_task((SELECT id FROM mistral.task_executions WHERE execution_id = :'id'));
SELECT task, state, info FROM story.show(:'id');
CALL story.rest();
SELECT * FROM story.slots();
CALL story.clear();
SELECT story.define($$
li_two: {tasks: {t: {action: std.async_noop, limits: psp}, u: {action: std.fail}}}
$$);
SELECT mistral.start_workflow('li_two') AS id \gset
SELECT mistral.stop_execution(:'id', 'ERROR');
CALL story.rest();
SELECT * FROM story.slots();
SELECT mistral.start_workflow('li_name') AS id2 \gset
SELECT mistral.rerun_task((SELECT id FROM mistral.task_executions WHERE execution_id = :'id' AND name = 'u'));
SELECT task, state FROM story.show(:'id');
CALL story.rest();
SELECT * FROM story.slots();
SELECT story.complete('li_two', 't');
CALL story.clear();

-- An execution that ends while a task waits, and is run again, asks again.
SELECT mistral.start_workflow('li_name') AS id \gset
SELECT mistral.start_workflow('li_two') AS id2 \gset
SELECT mistral.stop_execution(:'id2', 'ERROR');
SELECT task, state, info FROM story.show(:'id2');
SELECT mistral.rerun_task((SELECT id FROM mistral.task_executions WHERE execution_id = :'id2' AND name = 'u'));
SELECT task, state, info FROM story.show(:'id2');
CALL story.rest();
SELECT * FROM story.slots();
SELECT story.complete('li_name', 't');
CALL story.rest();
SELECT * FROM story.slots();
CALL story.clear();

-- A limit of an action is for all tasks that call it, whether they name it or
-- not; a task that names it as well takes one slot.
SELECT story.define($$
li_act: {tasks: {t: {action: std.async_noop}}}
li_named: {tasks: {t: {action: std.async_noop, limits: calls}}}
li_other: {tasks: {t: {action: std.noop}}}
li_name_of: {input: [name], tasks: {t: {action: <% $.name %>}}}
li_wait: {tasks: {t: {wait-for: something}}}
$$);
SELECT mistral.create_limit('calls', 2, action => 'std.async_noop');
SELECT mistral.create_limit('calls2', 2, action => 'std.async_noop');
SELECT mistral.create_limit('calls', 2, action => '');
SELECT mistral.start_workflow('li_act') AS a1 \gset
SELECT mistral.start_workflow('li_named') AS a2 \gset
SELECT mistral.start_workflow('li_act') AS a3 \gset
SELECT mistral.start_workflow('li_name_of', '{"name": "std.async_noop"}') AS a4 \gset
SELECT mistral.start_workflow('li_name_of', '{"name": 5}') AS a5 \gset
SELECT mistral.start_workflow('li_other') AS a6 \gset
SELECT mistral.start_workflow('li_wait') AS a7 \gset
SELECT task, state FROM story.show(:'a5');
SELECT task, state FROM story.show(:'a6');
CALL story.rest();
SELECT * FROM story.slots();
SELECT mistral.complete_action((SELECT id FROM mistral.action_executions WHERE execution_id = :'a1'));
CALL story.rest();
SELECT * FROM story.slots();
SELECT mistral.delete_limit('calls');
CALL story.rest();
SELECT * FROM story.slots();
SELECT mistral.start_workflow('li_act') AS a8 \gset
SELECT task, state FROM story.show(:'a8');
CALL story.clear();

-- Limits of a workflow: its executions are IDLE until they have a slot, and have
-- it until they end.
SELECT story.define($$
li_wf: {concurrency: 1, tasks: {t: {action: std.async_noop}}}
li_wf_key: {input: [customer], concurrency: {key: <% $.customer %>, max: 1}, limits: [flows], tasks: {t: {action: std.async_noop}}}
li_wf_bad: {limits: {max: <% 'x' %>}, tasks: {t: {action: std.noop}}}
li_above: {tasks: {s: {with-items: "i in [1, 2]", workflow: li_wf}}}
$$);
SELECT mistral.start_workflow('li_wf') AS w1 \gset
SELECT mistral.start_workflow('li_wf') AS w2 \gset
SELECT mistral.start_workflow('li_wf') AS w3 \gset
SELECT mistral.start_workflow('li_wf') AS w4 \gset
SELECT state, story.waits(id) FROM mistral.executions WHERE workflow_name = 'li_wf' ORDER BY created_at;
SELECT invariant, object, detail FROM mistral.check();
-- one that waits is not begun by hand, and can be ended
SELECT mistral.resume_execution(:'w2');
SELECT mistral.cancel_execution(:'w3');
SELECT mistral.complete_action((SELECT id FROM mistral.action_executions WHERE execution_id = :'w1'));
CALL story.rest();
SELECT state FROM mistral.executions WHERE workflow_name = 'li_wf' ORDER BY created_at;
SELECT mistral.stop_execution(:'w2', 'ERROR');
CALL story.rest();
SELECT mistral.rerun_task((SELECT id FROM mistral.task_executions WHERE execution_id = :'w2')) FROM (SELECT mistral.complete_action(id, 'ERROR') FROM mistral.action_executions WHERE execution_id = :'w2') x;
CALL story.rest();
SELECT state FROM mistral.executions WHERE workflow_name = 'li_wf' ORDER BY created_at;
SELECT * FROM story.slots();
SELECT mistral.delete_execution(:'w2', true);
SELECT mistral.delete_execution(:'w4', true);
CALL story.rest();
SELECT * FROM story.slots();
-- below a task, through a pause and an end of what is above
SELECT mistral.start_workflow('li_above') AS above \gset
SELECT workflow_name, state, task, task_state FROM story.tree('li_above');
SELECT mistral.pause_execution(:'above');
CALL story.rest();
SELECT mistral.complete_action(a.id) FROM mistral.action_executions a WHERE a.root_id = :'above' AND a.state = 'R';
CALL story.rest();
SELECT workflow_name, state, task, task_state FROM story.tree('li_above');
SELECT mistral.resume_execution(:'above');
CALL story.rest();
SELECT workflow_name, state, task, task_state FROM story.tree('li_above');
SELECT mistral.complete_action(a.id) FROM mistral.action_executions a WHERE a.root_id = :'above' AND a.state = 'R';
CALL story.rest();
SELECT workflow_name, state, task, task_state FROM story.tree('li_above');
SELECT mistral.start_workflow('li_above') AS above \gset
SELECT mistral.cancel_execution(e.id) FROM mistral.workflow_executions e WHERE e.root_id = :'above' AND e.state = 'I';
CALL story.rest();
SELECT workflow_name, state, task, task_state FROM story.tree('li_above');
CALL story.clear();
-- what gets its slot below a pause is paused; what cannot begin fails its task
SELECT story.define($$
li_one: {tasks: {s: {workflow: li_wf}}}
li_above_bad: {tasks: {s: {workflow: li_wf_bad}}}
$$);
SELECT mistral.start_workflow('li_wf') AS w1 \gset
SELECT mistral.start_workflow('li_one') AS one \gset
SELECT mistral.pause_execution(:'one');
SELECT mistral.complete_action((SELECT id FROM mistral.action_executions WHERE execution_id = :'w1'));
CALL story.rest();
SELECT workflow_name, state, task, task_state FROM story.tree('li_one');
SELECT mistral.resume_execution(:'one');
CALL story.rest();
SELECT workflow_name, state, task, task_state FROM story.tree('li_one');
SELECT mistral.start_workflow('li_above_bad') \g /dev/null
CALL story.rest();
SELECT workflow_name, state, task, task_state FROM story.tree('li_above_bad');
CALL story.clear();
-- a key, and a limit that the project keeps
SELECT mistral.create_limit('flows', 2);
SELECT mistral.start_workflow('li_wf_key', '{"customer": "a"}') AS k1 \gset
SELECT mistral.start_workflow('li_wf_key', '{"customer": "a"}') AS k2 \gset
SELECT mistral.start_workflow('li_wf_key', '{"customer": "b"}') AS k3 \gset
SELECT mistral.start_workflow('li_wf_key', '{"customer": "c"}') AS k4 \gset
CALL story.rest();
SELECT * FROM story.slots();
SELECT e.state, e.state_info FROM (SELECT mistral.start_workflow('li_wf_bad') AS id) s, LATERAL jsonb_to_record(mistral.get_execution(s.id)) AS e(state text, state_info text);
SELECT mistral.delete_limit('flows');
CALL story.clear();

-- What would wait for its own end fails.
SELECT story.define($$
li_deep: {tasks: {s: {workflow: li_deep_child, limits: psp}}}
li_deep_child: {tasks: {t: {action: std.noop, limits: psp}}}
li_self: {input: [n], concurrency: 2, tasks: {s: {workflow: li_self n=<% $.n - 1 %>}, t: {action: std.noop}}}
li_own_flow: {limits: psp, tasks: {t: {action: std.noop, limits: psp}}}
li_busy: {tasks: {t: {action: std.async_noop, limits: busy}}}
li_later: {tasks: {s: {workflow: li_later_child, limits: psp}}}
li_later_child: {tasks: {t: {action: std.noop, limits: [busy, psp]}}}
li_later_flow: {tasks: {s: {workflow: li_later_flow_child, limits: psp}}}
li_later_flow_child: {limits: [busy, psp], tasks: {t: {action: std.noop}}}
$$);
SELECT mistral.start_workflow('li_deep') \g /dev/null
CALL story.rest();
SELECT workflow_name, state, task, task_state, info FROM story.tree('li_deep');
SELECT mistral.start_workflow('li_self', '{"n": 9}') \g /dev/null
CALL story.rest();
SELECT depth, state, regexp_replace(story.hide(state_info), '\n.*', '') AS info FROM mistral.workflow_executions WHERE workflow_name = 'li_self' ORDER BY depth;
SELECT mistral.start_workflow('li_own_flow') \g /dev/null
CALL story.rest();
SELECT workflow_name, state, task, task_state, info FROM story.tree('li_own_flow');
-- even if something else is what it would wait for first
SELECT mistral.create_limit('busy', 1);
SELECT mistral.start_workflow('li_busy') \g /dev/null
SELECT mistral.start_workflow('li_later') \g /dev/null
CALL story.rest();
SELECT workflow_name, state, task, task_state, info FROM story.tree('li_later');
SELECT mistral.start_workflow('li_later_flow') \g /dev/null
CALL story.rest();
SELECT workflow_name, state, task, task_state, info FROM story.tree('li_later_flow');
CALL story.clear();
-- and if others have a slot besides, because there were more
SELECT mistral.update_limit('busy', 2);
SELECT story.define($$
li_fewer: {tasks: {s: {workflow: li_fewer_child, limits: busy}}}
li_fewer_child: {tasks: {w: {action: std.async_noop, on-success: t}, t: {action: std.noop, limits: busy}}}
$$);
SELECT mistral.start_workflow('li_busy') \g /dev/null
SELECT mistral.start_workflow('li_fewer') \g /dev/null
SELECT mistral.update_limit('busy', 1);
SELECT story.complete('li_fewer_child', 'w');
CALL story.rest();
SELECT workflow_name, state, task, task_state, info FROM story.tree('li_fewer');
CALL story.clear();
SELECT mistral.delete_limit('busy');

-- Rates: what has begun counts until its window is over.
SELECT mistral.start_workflow('li_rate') FROM generate_series(1, 4) \g /dev/null
SELECT state, count(*), count(DISTINCT limit_id) FROM mistral.limit_slots GROUP BY 1 ORDER BY 1;
SELECT story.waits(story.exec('li_rate'));
-- others, which look at once, may not have been run yet
SELECT kind, count(*), bool_and(due_at > now() + interval '59 min') FROM mistral.delayed_calls WHERE kind ~ 'slots' AND due_at > now() + interval '1 min' GROUP BY 1;
UPDATE mistral.limit_slots SET rank = rank - 3600000000, until = until - interval '1 h' WHERE state = 'S';
SELECT story.due('pass_slots');
CALL story.rest();
SELECT state, count(*) FROM mistral.limit_slots GROUP BY 1 ORDER BY 1;
SELECT DISTINCT state FROM mistral.executions WHERE workflow_name = 'li_rate';
UPDATE mistral.limit_slots SET rank = rank - 3600000000, until = until - interval '1 h' WHERE state = 'S';
SELECT story.due('pass_slots');
CALL story.rest();
SELECT count(*) FROM mistral.limit_slots;
SELECT count(*) FROM mistral.delayed_calls WHERE kind ~ 'slots';

-- a window is over some time, whoever has begun in it
SELECT story.define('li_own_rate: {limits: {name: hourly, rate: 1/1h}, tasks: {t: {action: std.noop, limits: {name: hourly, rate: 1/1h}}}}');
SELECT mistral.start_workflow('li_own_rate') \g /dev/null
SELECT workflow_name, state, task, task_state, info FROM story.tree('li_own_rate');
CALL story.clear();

-- whoever runs calls before their time does not run them again and again
SELECT mistral.run_due_calls(as_of => now() + interval '61 min') > 0 AS ran;
SELECT count(*) FROM mistral.limit_slots;

-- What is wrong with a definition, a value, an argument.
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
SELECT l, story.try(format('SELECT story.define(%L)', E'li_bad:\n  tasks:\n    t:\n      action: std.noop\n      ' || l))
  FROM unnest(ARRAY['limits: []', 'limits: 5', 'limits: {key: 1}', 'limits: {max: 0}', 'limits: {max: 10001}', 'limits: {max: many}',
                    'limits: {rate: 5}', 'limits: {rate: 0/1s}', 'limits: {rate: 5/32d}', 'limits: {rate: 5/1w}', 'limits: {name: ""}',
                    'limits: [psp, {nam: psp}]', 'limits: {max: "<% $. %>"}', 'limits: {key: "<% $. %>", max: 1}',
                    'limits: [a, b, c, d, e, f, g, h, i, j, k]',
                    'concurrency: {key: 1}', 'concurrency: {max: 1, rate: 1/s}', 'concurrency: {max: x}']) AS l;
SELECT story.define($$
li_null: {input: [k], tasks: {t: {action: std.noop, limits: {key: <% $.k %>, max: 1}}}}
li_max: {input: [m], tasks: {t: {action: std.noop, limits: {max: <% $.m %>}}}}
li_rates: {input: [r], tasks: {t: {action: std.noop, limits: {rate: <% $.r %>}}}}
li_names: {input: [n], tasks: {t: {action: std.noop, limits: [<% $.n %>]}}}
li_fails: {tasks: {t: {action: std.noop, limits: {key: <% 1 / 0 %>, max: 1}}}}
$$);
SELECT w, left(i, 40) AS i, e.state, story.hide(e.state_info)
  FROM (VALUES (1, 'li_null', '{"k": null}'), (2, 'li_null', '{"k": {"a": [1]}}'), (3, 'li_null', jsonb_build_object('k', repeat('x', 256))::text),
               (4, 'li_max', '{"m": 0}'), (5, 'li_max', '{"m": 1.5}'), (6, 'li_max', '{"m": "2"}'), (7, 'li_max', '{"m": 10000}'),
               (8, 'li_rates', '{"r": "1/s"}'), (9, 'li_rates', '{"r": "x"}'), (10, 'li_rates', '{"r": 1}'),
               (11, 'li_names', '{"n": "psp"}'), (12, 'li_names', '{"n": "none"}'), (13, 'li_names', '{"n": 1}'),
               (14, 'li_fails', '{}')) v(n, w, i)
 CROSS JOIN LATERAL (SELECT mistral.start_workflow(w, i::jsonb) AS id) s
 CROSS JOIN LATERAL (SELECT x.state, x.state_info FROM jsonb_to_record(mistral.get_execution(s.id)) AS x(state text, state_info text)) e
 ORDER BY n;
SELECT s, story.try('SELECT mistral.' || s)
  FROM unnest(ARRAY['create_limit(NULL)', 'create_limit('''')', 'create_limit(''x'')', 'create_limit(''x'', 0)', 'create_limit(''x'', 10001)',
                    'create_limit(''x'', rate => '''')', 'create_limit(''x'', rate => ''1/2y'')', 'create_limit(''psp'', 1)',
                    'create_limit(''psp'', 1, or_replace => true)', 'update_limit(''x'', 1)', 'update_limit(''psp'', 0)',
                    'delete_limit(''x'')', 'create_limit(''r'', rate => ''1/s'')', 'update_limit(''r'', rate => '''')']) AS s;
SELECT name, max, rate, window_s FROM mistral.limits ORDER BY name;
SET mistral.max_limits = 2;
SELECT mistral.create_limit('third', 1);
RESET mistral.max_limits;

-- Limits of one name in two projects are two; nobody sees or changes the
-- other's, or learns who waits there.
SET client_min_messages = warning;
SELECT mistral.create_roles();
CREATE ROLE limits_a IN ROLE mistral_user;
CREATE ROLE limits_b IN ROLE mistral_user;
GRANT USAGE ON SCHEMA story TO PUBLIC;
RESET client_min_messages;
SELECT count(*) FROM mistral.create_workflows(E'version: \'2.0\'\nli_shared: {tasks: {t: {action: std.async_noop, limits: shared}}}', scope => 'public');
SET ROLE limits_a;
SELECT mistral.create_limit('shared', 1);
SELECT count(mistral.start_workflow('li_shared')) FROM generate_series(1, 2);
SET ROLE limits_b;
SELECT mistral.update_limit('shared', 5);
SELECT mistral.delete_limit('shared');
SELECT mistral.create_limit('shared', 1);
SELECT count(mistral.start_workflow('li_shared')) FROM generate_series(1, 2);
SELECT project_id, name FROM mistral.limits;
SELECT project_id, state, count(*) FROM mistral.limit_slots GROUP BY 1, 2 ORDER BY 1, 2;
SELECT mistral.delete_limit('shared');
SELECT mistral.run_due_calls();
INSERT INTO mistral.limit_slots SELECT * FROM mistral.limit_slots;
RESET ROLE;
CALL story.rest();
SELECT project_id, state, count(*) FROM mistral.limit_slots WHERE project_id LIKE 'limits\__' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(mistral.delete_execution(id, true)) FROM mistral.executions WHERE workflow_name = 'li_shared';
SELECT count(*) FROM mistral.limit_slots WHERE project_id LIKE 'limits\__';
SELECT count(mistral.delete_workflow('li_shared'));
DROP OWNED BY limits_a, limits_b;
DROP ROLE limits_a, limits_b;

-- A simulation finds its limits free.
SELECT at, task, event, state, detail FROM mistral.simulate($$
version: '2.0'
si:
  tasks:
    t: {action: std.noop, limits: [{name: none, max: 1}, {key: a, max: 1, rate: 1/1d}]}
    u: {action: std.noop, limits: {max: <% 'x' %>}}
$$);
CALL story.clear();
SELECT * FROM mistral.check();

-- A limit of an action that is for another action from now on is none for those
-- that wait for it, unless their definitions name it.
SELECT count(mistral.delete_limit(name)) >= 0 AS deleted FROM mistral.limits WHERE project_id = current_user;
SELECT story.define($$
li_moved: {tasks: {t: {action: std.async_noop}}}
li_stays: {tasks: {t: {action: std.async_noop, limits: moves}}}
$$);
SELECT mistral.create_limit('moves', 1, action => 'std.async_noop');
SELECT mistral.start_workflow('li_moved') AS m1 \gset
SELECT mistral.start_workflow('li_moved') AS m2 \gset
SELECT mistral.start_workflow('li_stays') AS m3 \gset
SELECT count(*) FROM mistral.tasks WHERE workflow_execution_id IN (:'m2', :'m3') AND state = 'DELAYED';
SELECT mistral.create_limit('moves', 1, action => 'std.http', or_replace => true);
CALL story.rest();
SELECT workflow_name, state FROM mistral.tasks WHERE workflow_execution_id IN (:'m2', :'m3') ORDER BY 1;
CALL story.clear();

-- 0 executions at a time are no bound, also when an expression says so
SELECT story.define($$
li_none: {input: [n], concurrency: <% $.n %>, tasks: {t: {action: std.async_noop}}}
li_zero: {concurrency: 0, tasks: {t: {action: std.async_noop}}}
$$);
SELECT mistral.start_workflow('li_none', '{"n": 0}') AS n1 \gset
SELECT mistral.start_workflow('li_none', '{"n": 0}') AS n2 \gset
SELECT mistral.start_workflow('li_zero') AS n3 \gset
SELECT mistral.start_workflow('li_none', '{"n": -1}') AS n4 \gset
SELECT mistral.start_workflow('li_none', '{"n": "many"}') AS n5 \gset
SELECT state, state_info FROM mistral.executions WHERE id IN (:'n1', :'n2', :'n3', :'n4', :'n5') ORDER BY created_at, id;
CALL story.clear();

-- none of these limits is for the tests that come after
SELECT mistral.delete_limit('moves');
