\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Points in time: tasks that begin at one, and workflows that end by one.

CREATE FUNCTION story.refused(task text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text;
BEGIN
    PERFORM mistral.create_workflows(format(E'version: "2.0"\ndl_refused:\n  tasks:\n    t: {action: std.noop, %s}\n', task));
    PERFORM mistral.delete_workflow('dl_refused');
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN message || ' ' || detail;
END
$$;
-- how times are written, whatever the session's settings say
SET timezone = 'America/New_York';
SET datestyle = 'SQL, DMY';
SELECT story.define($$
dl_at:
  input: [at]
  tasks:
    t: {action: std.noop, wait-until: <% $.at %>}
$$);
CREATE FUNCTION story.until(at text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    started CONSTANT uuid := mistral.start_workflow('dl_at', jsonb_build_object('at', at));
BEGIN
    RETURN (SELECT coalesce(to_char(d.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US ') || t.state_info,
                            mistral.state_name(t.state) || coalesce(regexp_replace(t.state_info, '.*RetryPolicy|.*error=', ''), ''))
              FROM mistral.task_executions t LEFT JOIN mistral.delayed_calls d ON d.task_id = t.id
             WHERE t.execution_id = started);
END
$$;
SELECT a AS at, story.until(a) FROM (VALUES
    ('2099-12-24'), ('2099-12-24 18:00'), ('2099-12-24T18:00Z'), ('2099-12-24T18:00:30.5+02:00'), ('2099-12-24 18:00 -0530'), ('2099-12-24 18:00 Europe/Berlin'),
    ('2099-07-24 18:00 Europe/Berlin'), ('2099-12-24 europe/berlin'), ('2099-03-29 02:30 Europe/Berlin'), ('2099-12-31 23:59:59.9999999'),
    ('2001-01-01'), (NULL), (''), ('tomorrow'), ('24.12.2099'), ('2099-02-30'), ('2099-13-01'), ('2099-12-24 24:00'), ('2099-12-24 18'), ('2099-12-24 18:60'),
    ('2099-12-24 18:00:61'), ('2099-12-24 18:00 Europe/Nowhere'), ('2099-12-24 18:00 +25:00'), ('0000-01-01'), ('99999-01-01'), ('2099-12-24 18:00.'), ('infinity')) v(a);
RESET timezone;
RESET datestyle;
SELECT story.clean();
SELECT t, story.refused('wait-until: ' || t) FROM (VALUES
    ('2099-12-24'), ('2099-12-24 18:00:00'), ('2099-12-24T18:00:00.5-05:00'), ('2099-12-24 18:00:00 -5'), ('"2099-12-24 18:00 Asia/Tokyo"'), ('2099-12-24 18:00 Asia/Tokyo'), ('<% now() %>'), ('tomorrow'), ('5'), ('true'), ('[]'), ('"2099-02-29"'), ('<% now( %>'), ('""')) v(t);

-- it waits for what comes last, and for nothing that has passed
SELECT story.define($$
dl_both: {input: [at, s], tasks: {t: {action: std.noop, wait-before: <% $.s %>, wait-until: <% $.at %>}}}
dl_default: {task-defaults: {wait-until: "2099-01-01"}, tasks: {t: {action: std.noop, on-success: u}, u: {action: std.noop, wait-until: "2001-01-01"}}}
dl_later: {tasks: {t: {action: std.async_noop, wait-until: "<% now() + timespan(hours => 1) %>", timeout: 7200}}}
$$);
SELECT w.s, w.at, (SELECT regexp_replace(info, '\d\d:\d\d:\d\d', '<time>') FROM story.show(mistral.start_workflow('dl_both', jsonb_build_object('s', w.s, 'at', w.at))) WHERE task = 't')
  FROM (VALUES (5, '2099-01-01'), (5, '2001-01-01'), (0, '2099-01-01'), (0, '2001-01-01')) w(s, at);
SELECT task, state, info FROM story.show(mistral.start_workflow('dl_default'));
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'continue_task';
SELECT story.settle();
SELECT task, state, info FROM story.show(story.exec('dl_default'));
-- while paused it begins at the resume; what it waits for; its timeout counts from the time at which it was to start
SELECT mistral.start_workflow('dl_later') AS id \gset
SELECT extract(epoch FROM due_at - created_at)::int AS seconds, kind FROM mistral.delayed_calls WHERE execution_id = :'id' ORDER BY 1;
SELECT regexp_replace(waits_for, '\d\d\d\d-[^,;]*', '<time>', 'g') AS waits_for FROM mistral.tasks WHERE workflow_execution_id = :'id';
SELECT mistral.pause_execution(:'id');
UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'continue_task';
SELECT story.settle();
SELECT task, state FROM story.show(:'id');
SELECT mistral.resume_execution(:'id');
SELECT task, state FROM story.show(:'id');
SELECT story.clean();
-- in virtual time
SELECT s.at, s.task, s.event, s.state FROM mistral.simulate($$
version: '2.0'
flow: {tasks: {t: {action: std.noop, wait-until: "<% now() + timespan(minutes => 90) %>"}}}
$$) s WHERE s.task = 't';

-- a limit for a whole workflow
SELECT story.define($$
dl_limit:
  input: [{n: 60}, kind: std.async_noop]
  timeout: <% $.n %>
  output-on-error: {seen: <% task(one).state %>}
  tasks:
    one: {action: <% $.kind %>, on-success: two, on-error: two, publish-on-error: {x: <% $.no.such %>}}
    two: {action: std.noop}
    later: {action: std.noop, wait-before: 1000}
    ask: {wait-for: go}
    join_: {join: all, action: std.noop}
    leads: {action: std.async_noop, on-success: join_}
dl_pauses:
  timeout: {seconds: 600, pauses: false}
  tasks: {t: {action: std.async_noop}}
dl_counts:
  timeout: {seconds: 600, pauses: true}
  tasks: {t: {action: std.async_noop}}
dl_child:
  timeout: 50
  tasks: {t: {action: std.async_noop}}
dl_above:
  timeout: 100
  tasks: {t: {workflow: dl_child, on-error: e}, e: {action: std.async_noop}}
dl_none: {tasks: {t: {action: std.async_noop}}}
dl_short: {timeout: 60, tasks: {t: {action: std.noop}}}
dl_zero: {timeout: 0, tasks: {t: {action: std.async_noop}}}
$$);
CREATE FUNCTION story.clock(id uuid) RETURNS TABLE (state text, left_s numeric, due_s numeric) LANGUAGE sql AS $$
SELECT mistral.state_name(e.state), coalesce(round(e.time_left / 1000.0), round(extract(epoch FROM e.deadline - now()), -1)),
       round(extract(epoch FROM (SELECT d.due_at FROM mistral.delayed_calls d WHERE d.execution_id = e.id AND d.kind = 'timeout_execution') - now()), -1)
  FROM mistral.workflow_executions e WHERE e.id = $1
$$;
-- make the deadline of an execution pass
CREATE FUNCTION story.pass(id uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mistral.workflow_executions e SET deadline = now() - interval '1 s' WHERE e.id = pass.id;
    UPDATE mistral.delayed_calls d SET due_at = now() - interval '1 s',
           args = jsonb_build_object('deadline', (extract(epoch FROM now() - interval '1 s') * 1000000)::bigint - 946684800000000)
     WHERE d.execution_id = pass.id AND d.kind = 'timeout_execution';
    PERFORM story.settle();
END
$$;
SELECT mistral.start_workflow('dl_limit') AS id \gset
SELECT * FROM story.clock(:'id');
SELECT deadline = (SELECT due_at FROM mistral.delayed_calls WHERE execution_id = :'id' AND kind = 'timeout_execution') AS shown FROM mistral.executions WHERE id = :'id';
SELECT mistral.get_execution(:'id') ? 'deadline' AS shown, mistral_api.get_execution(:'id'::text)::jsonb ? 'deadline' AS shown_by_rest;
SELECT regexp_replace(waits_for, '\d\d\d\d-[^,;]*', '<time>', 'g') AS waits_for FROM mistral.executions WHERE id = :'id';
SELECT story.pass(:'id');
SELECT task, state, regexp_replace(info, '=\d{4}-[^]]*', '=<time>') AS info, published FROM story.show(:'id');
SELECT name, state FROM mistral.actions WHERE workflow_execution_id = :'id' ORDER BY id;
SELECT count(*) FROM mistral.delayed_calls WHERE execution_id = :'id' AND kind = 'timeout_execution';
-- a late result is the action's, and not the task's
SELECT story.complete('dl_limit', 'one', 'SUCCESS', '"late"');
SELECT a.state, a.output, a.accepted, t.state AS task, mistral.task_result(t.id) AS result
  FROM mistral.actions a JOIN mistral.tasks t ON t.id = a.task_execution_id WHERE a.workflow_execution_id = :'id' AND t.name = 'one';
-- who reruns wants more time than there was
SELECT mistral.rerun_task(story.task('dl_limit', 'one'));
SELECT * FROM story.clock(:'id');
SELECT story.complete('dl_limit', 'one');
SELECT task, state, result FROM story.show(:'id') WHERE task IN ('one', 'two');
SELECT story.clean();

-- pauses count, or not
SELECT mistral.start_workflow('dl_counts') AS id \gset
SELECT mistral.pause_execution(:'id');
SELECT * FROM story.clock(:'id');
SELECT mistral.resume_execution(:'id');
SELECT * FROM story.clock(:'id');
SELECT mistral.pause_execution(:'id');
SELECT story.pass(:'id');
SELECT task, state FROM story.show(:'id');
SELECT mistral.start_workflow('dl_pauses') AS id \gset
UPDATE mistral.workflow_executions SET deadline = deadline - interval '100 s' WHERE id = :'id';
SELECT mistral.pause_execution(:'id');
SELECT * FROM story.clock(:'id');
SELECT deadline FROM mistral.executions WHERE id = :'id';
SELECT mistral.resume_execution(:'id');
SELECT * FROM story.clock(:'id');
BEGIN;
SELECT mistral.pause_execution(:'id');
SELECT mistral.resume_execution(:'id');
COMMIT;
SELECT * FROM story.clock(:'id');
SELECT count(*) FROM mistral.delayed_calls WHERE execution_id = :'id';
SELECT mistral.pause_execution(:'id');
SELECT mistral.cancel_execution(:'id');
SELECT story.complete('dl_pauses', 't', 'ERROR');
SELECT mistral.rerun_task(story.task('dl_pauses', 't'));
SELECT * FROM story.clock(:'id');
-- a rerun keeps a deadline that is to come
SELECT mistral.start_workflow('dl_counts') AS id \gset
UPDATE mistral.workflow_executions SET deadline = deadline - interval '100 s' WHERE id = :'id';
SELECT story.complete('dl_counts', 't', 'ERROR');
SELECT * FROM story.clock(:'id');
SELECT mistral.rerun_task(story.task('dl_counts', 't'));
SELECT * FROM story.clock(:'id');
SELECT story.complete('dl_counts', 't');
SELECT count(*) FROM mistral.delayed_calls WHERE execution_id = :'id' AND kind = 'timeout_execution';
SELECT story.clean();

-- each execution of a tree has its own
SELECT mistral.start_workflow('dl_above') AS id \gset
SELECT story.pass(story.exec('dl_child'));
SELECT workflow_name, state, task, task_state, regexp_replace(info, '=\d{4}-[^]]*', '=<time>') AS info FROM story.tree('dl_above');
SELECT story.pass(:'id');
SELECT workflow_name, state, task, task_state, regexp_replace(info, '=\d{4}-[^]]*', '=<time>') AS info FROM story.tree('dl_above');
SELECT mistral.start_workflow('dl_above') AS id \gset
SELECT story.pass(:'id');
SELECT workflow_name, state, task_state FROM story.tree('dl_above');
SELECT story.clean();

-- given with the start; before it begins no time passes
SELECT (story.clock(mistral.start_workflow('dl_none', timeout => '2 min'))).*;
SELECT (story.clock(id)).* FROM mistral.executions WHERE workflow_name = 'dl_none';
SELECT mistral.start_workflow('dl_limit', timeout => '3 min') AS beats, mistral.start_workflow('dl_limit', '{"n": 70}', start_at => now() + interval '1 day') AS later,
       mistral.start_workflow('dl_short') AS short, mistral.start_workflow('dl_zero') AS zero \gset
SELECT (story.clock(e)).* FROM unnest(ARRAY[:'beats', :'later', :'short', :'zero']::uuid[]) e;
SELECT mistral_api.create_execution('{"workflow_name": "dl_none", "timeout": 90}')::jsonb ? 'deadline' AS shown;
SELECT (story.clock(story.exec('dl_none'))).*;
SELECT mistral.start_workflow('dl_none', timeout => '0');
SELECT mistral.start_workflow('dl_none', timeout => '-1 day');
SELECT mistral.start_workflow('dl_none', timeout => '1000 years');
\set SHOW_CONTEXT never
SELECT mistral_api.create_execution('{"workflow_name": "dl_none", "timeout": "soon"}');
SELECT mistral_api.create_execution('{"workflow_name": "dl_none", "timeout": true}');
SELECT mistral_api.create_execution('{"workflow_name": "dl_none", "timeout": 1.5}');
SELECT mistral_api.create_execution('{"workflow_name": "dl_none", "timeout": 99999999999}');
SELECT mistral_api.create_execution('{"workflow_name": "dl_none", "timeout": -1}');
\set SHOW_CONTEXT errors
SELECT mistral.start_workflow('dl_limit', '{"n": "soon"}');
SELECT mistral.start_workflow('dl_limit', '{"n": -1}');
SELECT story.clean();

-- definitions that are refused
CREATE FUNCTION story.limit_refused(t text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text;
BEGIN
    PERFORM mistral.create_workflows(format(E'version: "2.0"\ndl_refused:\n  timeout: %s\n  tasks:\n    t: {action: std.noop}\n', t));
    PERFORM mistral.delete_workflow('dl_refused');
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN message || ' ' || detail;
END
$$;
SELECT t, story.limit_refused(t) FROM (VALUES
    ('5'), ('-5'), ('soon'), ('<% 1 + %>'), ('{seconds: 5}'), ('{seconds: 5, pauses: false}'), ('{pauses: false}'), ('{seconds: 5, pauses: sometimes}'),
    ('{seconds: 5, pause: false}'), ('[5]')) v(t);

-- in virtual time
SELECT s.at, s.task, s.event, s.state, regexp_replace(s.detail ->> 'state_info', '=\d{4}-[^]]*', '=<time>') AS info FROM mistral.simulate($$
version: '2.0'
flow:
  timeout: 90
  tasks:
    a: {action: std.noop, on-success: b}
    b: {action: std.echo output=1 delay=1000, on-success: c}
    c: {action: std.noop}
$$) s;
SELECT max(s.at) AS at, (array_agg(s.state ORDER BY s.step DESC))[1] AS state FROM mistral.simulate($$
version: '2.0'
flow:
  timeout: 90
  tasks:
    a: {action: std.noop, wait-before: 60, on-success: b}
    b: {action: std.noop, wait-before: 60}
$$) s;
SELECT * FROM mistral.check();

-- What no timeout can be is refused with the definition, where the attribute is ours.
SELECT l.attributes, (mistral.validate_workflow(E'version: "2.0"\ndl_wrong: {' || l.attributes || '}')) ->> 'error' AS error
  FROM unnest(ARRAY['timeout: 2147483648, tasks: {t: {action: std.noop}}', 'timeout: 2147483647, tasks: {t: {action: std.noop}}',
                    'timeout: {seconds: 99999999999999999999}, tasks: {t: {action: std.noop}}',
                    'timeout: -1, tasks: {t: {action: std.noop}}',
                    'tasks: {t: {wait-for: {signal: s, timeout: 2147483648}}}',
                    'tasks: {t: {action: std.noop, timeout: 2147483648}}']) AS l(attributes);
