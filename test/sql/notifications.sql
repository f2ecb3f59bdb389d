\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Events of executions that ask for them.
CREATE FUNCTION story.events(id uuid) RETURNS TABLE (event text, name text, publishers jsonb) LANGUAGE sql AS $$
SELECT e.event, coalesce(e.payload ->> 'name', ''), e.publishers
  FROM mistral.events e
 WHERE e.root_id = $1 OR e.execution_id = $1 ORDER BY e.id
$$;
SELECT story.define($$
inner_wf: {tasks: {i: {action: std.noop}}}
flow:
  tasks:
    a: {action: std.noop, on-success: [b, c]}
    b: {action: std.fail, retry: {count: 1, delay: 0}, on-error: j}
    c: {workflow: inner_wf, on-success: j}
    j: {join: all, action: std.noop}
note_fails: {tasks: {t: {action: std.fail}}}
$$);

-- NOT-01, NOT-02, NOT-05 to NOT-07, NOT-09: sequences.
SELECT mistral.start_workflow('flow', '{}', '{"notify": [{"type": "noop"}]}') AS id \gset
SELECT event, name FROM story.events(:'id');

-- NOT-03: only what is asked for.
SELECT mistral.start_workflow('flow', '{}', '{"notify": [{"type": "noop", "event_types": ["WORKFLOW_SUCCEEDED"]}]}') AS id \gset
SELECT * FROM story.events(:'id');

-- Nobody asked.
SELECT mistral.start_workflow('flow') AS id \gset
SELECT count(*) FROM story.events(:'id');

-- NOT-04: publishers of the settings come behind those of the start.
SET mistral.notify_publishers = '[{"type": "webhook", "url": "http://x", "event_types": ["WORKFLOW_LAUNCHED"]}]';
SELECT mistral.start_workflow('flow', '{}', '{"notify": [{"type": "noop", "event_types": ["WORKFLOW_LAUNCHED"]}]}') AS id \gset
RESET mistral.notify_publishers;
SELECT * FROM story.events(:'id');
SET mistral.notify_publishers = 'nonsense';

-- NOT-08: rerun and skip.
SELECT mistral.start_workflow('note_fails', '{}', '{"notify": [{"type": "noop"}]}') AS id \gset
SELECT mistral.rerun_task(story.task('note_fails', 't'));
SELECT mistral.skip_task(story.task('note_fails', 't'));
SELECT event, name FROM story.events(:'id');

-- Pause, resume, cancel.
SELECT story.define($$
waits: {tasks: {t: {action: std.async_noop}}}
$$);
SELECT mistral.start_workflow('waits', '{}', '{"notify": [{"type": "noop"}]}') AS id \gset
SELECT mistral.pause_execution(:'id'), mistral.resume_execution(:'id');
SELECT story.complete('waits', 't', 'PAUSED');
SELECT story.complete('waits', 't', 'RUNNING');
SELECT mistral.cancel_execution(:'id');
SELECT story.complete('waits', 't');
SELECT event, name FROM story.events(:'id');

-- NOT-10: payloads.
SELECT event, array_agg(k ORDER BY k) AS keys
  FROM mistral.events e, jsonb_object_keys(e.payload) AS k
 WHERE e.execution_id = :'id' AND event IN ('WORKFLOW_PAUSED', 'TASK_PAUSED') GROUP BY event, e.id ORDER BY event;

-- NOT-11: nothing of what is rolled back.
BEGIN;
SELECT mistral.start_workflow('note_fails', '{}', '{"notify": [{"type": "noop"}]}') AS id \gset
ROLLBACK;
SELECT count(*) FROM story.events(:'id');

SET client_min_messages = warning;
SELECT story.clean();
DROP SCHEMA story CASCADE;
