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
