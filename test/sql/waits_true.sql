\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\set waits_true :srcdir '/sql/include/waits_true.sql'
\set ECHO none
\o /dev/null
\i :story
\i :waits_true
\o
\set ECHO all
-- What things are said to wait for is true, at each moment of many stories: the
-- tables say so, and each statement that is told makes its thing go on.  No rows
-- below a look: all is true.  First whatever other tests have left behind:
SELECT left(f, 400) AS untrue FROM waits_true.faults() AS f;
CREATE FUNCTION story.truth(with_statements bool DEFAULT false) RETURNS TABLE (untrue text) LANGUAGE sql AS $$
    SELECT left(f, 400) FROM waits_true.faults(NULL, with_statements) AS f
$$;

SELECT story.define($$
wt_kinds:
  tasks:
    ask: {action: std.async_noop, timeout: 500, wait-after: 600, on-success: [two, all]}
    http: {action: std.http url='http://localhost/', target: wt, on-success: all}
    sleep: {action: std.sleep seconds=1000, on-success: all}
    before: {action: std.noop, wait-before: 1000, on-success: all}
    after: {action: std.noop, wait-after: 1000}
    again: {action: std.fail, retry: {count: 2, delay: 1000}, timeout: 9000}
    echo: {action: std.echo output=1 delay=1000}
    moment: {action: std.sql query="DO $x$ BEGIN RAISE EXCEPTION SQLSTATE '53100'; END $x$"}
    done: {action: std.noop, on-success: two, on-error: never}
    other: {action: std.noop, on-error: two}
    never: {action: std.noop, on-success: two}
    two: {join: 2, retry: {count: 2, delay: 1000}, action: std.fail}
    all: {join: all}
    many: {with-items: "i in <% range(9) %>", action: std.async_noop, concurrency: 4}
    subs: {with-items: "i in <% range(5) %>", workflow: wt_below}
wt_below: {tasks: {a: {action: std.async_noop, on-success: b}, b: {workflow: wt_deep}}}
wt_deep: {tasks: {t: {action: std.async_noop, on-success: u}, u: {action: std.noop, pause-before: true}}}
wt_reverse:
  type: reverse
  tasks:
    a: {action: std.async_noop}
    b: {action: std.async_noop}
    c: {action: std.noop, requires: [a, b]}
wt_loop: {tasks: {s: {action: std.noop, on-success: a}, a: {action: std.async_noop, on-success: [b, c]}, b: {action: std.noop, on-success: j}, c: {action: std.noop, on-success: [pause, j]}, j: {join: all, on-success: a}}}
wt_left: {tasks: {a: {action: std.async_noop}, s: {action: std.sleep seconds=1000}, h: {action: std.http url='http://localhost/', target: wt}, w: {workflow: wt_below}, t: {action: std.async_noop, on-success: fail}}}
wt_limit: {tasks: {t: {action: std.async_noop, limits: {key: wt, max: 1}, on-success: u}, u: {action: std.async_noop, limits: wt_psp}}}
wt_timed: {timeout: 50000, tasks: {t: {action: std.noop, wait-until: "2099-12-24 18:00 Europe/Berlin"}}}
wt_signal:
  tasks:
    any: {wait-for: {any: [{signal: go}, {event: {exchange: x, topic: y, event: "it's"}}], timeout: 5000}, on-success: none}
    all: {wait-for: {all: [{signal: a}, {signal: b}]}}
    some: {wait-for: {signal: go, filter: <% $.signal.data.ok %>}}
    none: {wait-for: {signal: never}}
wt_people:
  tasks:
    ask: {action: std.human, input: {due: 2d, escalate: {after: 1d, to: pg_monitor}}, on-success: more}
    more: {with-items: "i in [1, 2]", action: std.human, input: {candidates: [pg_monitor, pg_read_all_data]}}
wt_adhoc: {tasks: {t: {action: std.async_noop, on-error: u}, u: {action: std.async_noop}}}
wt_given: {tasks: {c: {with-items: "i in <% range(2) %>", workflow: wt_leaf, timeout: 50000, on-error: e}, e: {action: std.async_noop}}}
wt_leaf: {tasks: {t: {action: std.async_noop}}}
$$);
SELECT mistral.start_workflow('wt_kinds') AS kinds \gset
SELECT mistral.start_workflow('wt_reverse', params => '{"task_name": "c"}') AS reverse \gset
SELECT mistral.start_workflow('wt_loop') AS loop \gset
SELECT mistral.start_workflow('wt_adhoc') AS adhoc \gset
SELECT count(mistral.run_action(name, input, '{"save_result": true}'))
  FROM (VALUES ('std.sleep', '{"seconds": 1000}'::jsonb), ('std.async_noop', '{}'), ('std.http', '{"url": "http://localhost/"}')) AS a(name, input);
SELECT * FROM story.truth();
SELECT story.settle();
SELECT * FROM story.truth();
-- which kinds there are now
SELECT DISTINCT w ->> 'kind' AS kind, w ->> 'for' AS timer FROM waits_true.subjects(NULL) AS s, jsonb_array_elements(s.waits) AS w ORDER BY 1, 2;

-- claims; of an executor that is lost
SELECT mistral.register_executor('wt', target => 'wt') AS executor \gset
SELECT * FROM story.truth();
SELECT count(*) FROM mistral.claim_actions(:executor, 1);
SELECT * FROM story.truth(true);

-- results, one by one
SELECT story.complete('wt_kinds', 'ask');
SELECT * FROM story.truth();
SELECT story.complete('wt_kinds', 'many', n => 2);
SELECT story.complete('wt_kinds', 'many', 'PAUSED', n => 3);
SELECT * FROM story.truth();
SELECT story.settle();
SELECT * FROM story.truth();
SELECT story.complete('wt_kinds', 'many', 'RUNNING', n => 3);
SELECT mistral.resume_execution(:'kinds');
SELECT story.settle();
SELECT * FROM story.truth();
-- people, of whom one claims, and another is handed something
SELECT mistral.start_workflow('wt_people') AS people \gset
SELECT * FROM story.truth(true);
SELECT mistral.claim_task(id) FROM mistral.human_tasks WHERE execution_id = :'people';
SELECT * FROM story.truth(true);
SELECT w - '{since,due,task_id,action_id,execution_id}'::text[] || jsonb_build_object('how', story.hide(w ->> 'how')) AS wait,
       regexp_replace(waits_for, '\d{4}-[^,]*', '<time>', 'g') AS waits_for
  FROM mistral.tasks t, jsonb_array_elements(t.waits) AS w WHERE t.workflow_execution_id = :'people';
SELECT mistral.complete_task(id) ->> 'by' = current_user AS done FROM mistral.human_tasks WHERE execution_id = :'people';
SELECT mistral.delegate_task(id, 'pg_monitor') FROM mistral.human_tasks WHERE execution_id = :'people' AND item_index = 1 AND completed_by IS NULL;
SELECT * FROM story.truth(true);
SELECT w ->> 'who' AS who, w -> 'candidates' AS candidates, w ->> 'delegated_to' AS delegated_to, w ->> 'title' AS title
  FROM mistral.tasks t, jsonb_array_elements(t.waits) AS w WHERE t.workflow_execution_id = :'people' ORDER BY 3;
-- signals, which a pause keeps for later
SELECT mistral.start_workflow('wt_signal') AS signal \gset
SELECT * FROM story.truth();
SELECT t.name, w - '{who,kind,task,due,since,action,task_id,action_id,execution_id}'::text[]
           || jsonb_build_object('how', story.hide(w ->> 'how')) AS wait
  FROM mistral.tasks t, jsonb_array_elements(t.waits) AS w WHERE t.workflow_execution_id = :'signal' ORDER BY 1;
SELECT mistral.signal(:'signal', 'b');
SELECT * FROM story.truth(true);
SELECT mistral.pause_execution(:'signal');
SELECT mistral.signal(:'signal', 'go');
SELECT * FROM story.truth(true);
SELECT mistral.resume_execution(:'signal');
SELECT * FROM story.truth();
SELECT mistral.signal(:'signal', 'a');
SELECT * FROM story.truth();
-- limits, and time limits
SELECT mistral.create_limit('wt_psp', 1);
SELECT count(mistral.start_workflow(w)) FROM unnest('{wt_limit,wt_limit,wt_limit,wt_timed}'::text[]) AS w;
SELECT * FROM story.truth(true);
SELECT count(*) FROM mistral.tasks, jsonb_array_elements(waits) AS w WHERE workflow_name = 'wt_limit' AND w ->> 'kind' = 'limit';
SELECT mistral.complete_action(id) FROM mistral.actions WHERE workflow_name = 'wt_limit' AND task_name = 't' AND state = 'RUNNING';
SELECT story.settle();
SELECT mistral.complete_action(id) FROM mistral.actions WHERE workflow_name = 'wt_limit' AND task_name = 't' AND state = 'RUNNING';
SELECT story.settle();
SELECT * FROM story.truth(true);
SELECT t.name, w ->> 'limit' AS limit, w ->> 'key' AS key, w ->> 'how' AS how
  FROM mistral.tasks t, jsonb_array_elements(t.waits) AS w WHERE t.workflow_name = 'wt_limit' AND w ->> 'kind' = 'limit';
-- a call that has been given up
UPDATE mistral.delayed_calls SET is_dead = true, error = 'no luck' WHERE execution_id = :'kinds' AND kind = 'continue_task';
SELECT * FROM story.truth(true);
SELECT is_cause, place, kind, waits_for, who FROM mistral.why(:'kinds') WHERE waits_for LIKE '%given up%' ORDER BY place;
SELECT count(mistral.retry_delayed_call(id)) FROM mistral.delayed_calls WHERE is_dead;
SELECT FROM mistral.run_due_calls();
SELECT * FROM story.truth();
-- what stops all from below
SELECT mistral.complete_action(id) FROM mistral.actions WHERE workflow_name = 'wt_below' AND state = 'RUNNING' AND task_name = 'a' ORDER BY id LIMIT 1;
SELECT story.settle();
SELECT * FROM story.truth();
SELECT count(mistral.complete_action(id)) FROM mistral.actions WHERE workflow_name = 'wt_deep' AND state = 'RUNNING';
SELECT * FROM story.truth();
SELECT story.settle();
SELECT * FROM story.truth(true);
SELECT mistral.resume_execution(:'kinds');
SELECT * FROM story.truth();
SELECT story.settle();
SELECT * FROM story.truth();

-- pauses, with results in them
SELECT mistral.pause_execution(id) FROM unnest(ARRAY[:'kinds', :'reverse', :'adhoc']::uuid[]) AS id;
SELECT * FROM story.truth();
SELECT story.settle();
SELECT * FROM story.truth(true);
SELECT story.complete('wt_kinds', 'many', n => 0);
SELECT story.complete('wt_reverse', 'a');
SELECT story.complete('wt_adhoc', 't', 'ERROR');
SELECT FROM mistral.run_due_calls(as_of => now() + '15 min');
SELECT * FROM story.truth();
SELECT mistral.resume_execution(id) FROM unnest(ARRAY[:'kinds', :'reverse', :'adhoc']::uuid[]) AS id;
SELECT * FROM story.truth();
SELECT story.settle();
SELECT * FROM story.truth();
SELECT story.complete('wt_loop', 'a');
SELECT * FROM story.truth();
SELECT mistral.resume_execution(:'loop');
SELECT * FROM story.truth();
-- time goes by
SELECT FROM mistral.run_due_calls(as_of => now() + '40 min');
SELECT * FROM story.truth();

-- maintenance
SET client_min_messages = warning;
SELECT mistral.set_maintenance('PAUSED') IN ('PAUSING', 'PAUSED') AS begun;
RESET client_min_messages;
SELECT * FROM story.truth();
SELECT story.settle();
SELECT * FROM story.truth();
SELECT mistral.pause_execution(:'loop');
SELECT * FROM story.truth(true);
SELECT mistral.set_maintenance('RUNNING');
SELECT * FROM story.truth();
SELECT story.settle();
SELECT * FROM story.truth();

-- reruns and skips; starts that wait
SELECT mistral.cancel_execution(id) FROM unnest(ARRAY[:'kinds', :'reverse', :'loop']::uuid[]) AS id;
SELECT * FROM story.truth();
SELECT mistral.start_workflow('wt_left') AS left \gset
SELECT story.complete('wt_left', 't');
SELECT * FROM story.truth();
SELECT mistral.rerun_task(id) FROM mistral.tasks WHERE workflow_execution_id = :'left' AND name = 's';
SELECT story.settle();
SELECT * FROM story.truth();
SELECT count(mistral.start_workflow('wt_adhoc', key => 'wt', on_conflict => 'queue')) FROM generate_series(1, 3);
SELECT count(mistral.start_workflow('wt_adhoc', start_at => now() + '1 hour'));
SELECT count(mistral.start_workflow('wt_kinds', run_async => true));
SELECT * FROM story.truth(true);
SELECT story.settle();
SELECT * FROM story.truth();
SELECT is_cause, kind, place FROM mistral.why((SELECT execution_id FROM mistral.start_queue ORDER BY queued_at DESC LIMIT 1)) ORDER BY 1 DESC, 2;
SELECT count(*) FROM mistral.violations;

-- sub-workflows that their task has given up while they are paused: a resume
-- above does not take them along, and what paused them no longer holds that one
SELECT mistral.start_workflow('wt_given') AS given \gset
SELECT mistral.start_workflow('wt_given') AS cancelled \gset
SELECT mistral.complete_action(min(a.id::text)::uuid, 'PAUSED')
  FROM mistral.action_executions a WHERE coalesce(a.root_id, a.execution_id) = ANY (ARRAY[:'given', :'cancelled']::uuid[]) GROUP BY a.root_id;
SELECT story.settle();
SELECT * FROM story.truth(true);
UPDATE mistral.delayed_calls SET due_at = now() WHERE root_id = :'given' AND kind = 'timeout_task';
SELECT mistral.cancel_execution(min(id::text)::uuid) FROM mistral.workflow_executions WHERE root_id = :'cancelled' AND state = 'P' AND depth > 0;
SELECT story.settle();
SELECT * FROM story.truth(true);
SELECT is_cause, kind, place FROM mistral.why(:'cancelled');
-- what starts later cannot be started earlier in maintenance
SET client_min_messages = warning;
SELECT mistral.set_maintenance('PAUSED') IN ('PAUSING', 'PAUSED') AS begun;
RESET client_min_messages;
SELECT * FROM story.truth(true);
SELECT DISTINCT w ->> 'for' AS timer, w ->> 'how' AS how FROM mistral.executions e, jsonb_array_elements(e.waits) AS w WHERE w ->> 'for' = 'start';
SELECT mistral.set_maintenance('RUNNING');
SELECT story.settle();

-- The look finds what is not true.
DELETE FROM mistral.delayed_calls WHERE execution_id = :'left' OR kind = 'continue_task';
UPDATE mistral.action_executions SET is_sync = true WHERE execution_id = :'adhoc' AND state = 'R';
SELECT count(*) > 1 AS found, bool_or(untrue LIKE '%nothing%') AS nothing FROM story.truth();

SET client_min_messages = warning;
SELECT mistral.unregister_executor(:executor);
SELECT count(mistral.complete_action(id)) FROM mistral.actions WHERE workflow_execution_id IS NULL AND state = 'RUNNING';
SELECT story.clean();
SELECT mistral.delete_limit('wt_psp');
SELECT count(mistral.delete_workflow(id::text)) FROM mistral.workflows WHERE name LIKE 'wt\_%';
DROP SCHEMA story, waits_true CASCADE;
