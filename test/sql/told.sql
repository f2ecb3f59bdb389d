\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- What clients are told: events, texts, and fields of records, as with the reference.
SELECT story.define($$
to_pause: {tasks: {t: {action: std.noop, pause-before: true}}}
to_publish: {tasks: {t: {action: std.noop, publish: {x: <% $.nope %>}}}}
to_publish_error: {tasks: {t: {action: std.fail, publish-on-error: {x: <% $.nope %>}}}}
to_clause: {tasks: {t: {action: std.noop, on-success: {publish: {branch: {x: <% $.nope %>}}}}}}
to_clause_global: {tasks: {t: {action: std.noop, on-complete: {publish: {global: {x: <% $.nope %>}}}}}}
to_keep: {tasks: {t: {action: std.noop, keep-result: <% $.nope %>}}}
to_fail_on: {tasks: {t: {action: std.noop, fail-on: true}}}
to_large: {tasks: {t: {action: std.noop, publish: {x: <% 'x' * 4000 %>}}}}
to_large_output: {tasks: {t: {action: std.async_noop}}}
to_retry: {tasks: {t: {action: std.noop, retry: {count: 3, delay: 1}}}}
to_retried: {tasks: {t: {action: std.fail, retry: {count: 1, delay: 0}}}}
$$);
CREATE FUNCTION story.events(id uuid) RETURNS TABLE (event text, state text) LANGUAGE sql AS $$
SELECT e.event, e.payload ->> 'state' FROM mistral.events e
 WHERE e.execution_id = $1 ORDER BY e.xact_id, e.id
$$;
SELECT mistral.start_workflow('to_pause', params => '{"notify": [{"type": "noop"}]}') AS id \gset
SELECT mistral.resume_execution(:'id');
SELECT * FROM story.events(:'id');
-- the end that a publication prevents is not told of
SELECT w, e.* FROM unnest(ARRAY['to_publish', 'to_publish_error', 'to_clause', 'to_keep', 'to_fail_on']) w,
       LATERAL (SELECT * FROM story.events(mistral.start_workflow(w, params => '{"notify": [{"type": "noop"}]}'))) e;
-- published of a task whose publication failed
SELECT w, t.published FROM unnest(ARRAY['to_publish', 'to_clause', 'to_clause_global']) w,
       LATERAL (SELECT published FROM story.show(mistral.start_workflow(w)) WHERE task = 't') t;
-- sizes
SET mistral.execution_field_size_limit = '2kB';
SELECT task, info FROM story.show(mistral.start_workflow('to_large'));
SELECT mistral.start_workflow('to_large_output') AS id \gset
SELECT story.complete('to_large_output', 't', 'SUCCESS', to_jsonb(repeat('x', 4000)));
SELECT task, state, info FROM story.show(:'id');
RESET mistral.execution_field_size_limit;
-- a policy that never had to try again
SELECT mistral.start_workflow('to_retry') AS id \gset
SELECT mistral.start_workflow('to_retried') AS other \gset
SELECT name, runtime_context -> 'retry_task_policy' AS retry FROM mistral.tasks
 WHERE workflow_execution_id IN (:'id', :'other') ORDER BY id;
-- descriptions of what starts from another execution
SELECT mistral.start_workflow(NULL, source_execution_id => :'id') AS one,
       mistral.start_workflow(NULL, description => '  new', source_execution_id => :'id') AS two \gset
SELECT story.hide(description) AS description FROM mistral.executions WHERE id IN (:'one', :'two') ORDER BY id;
-- the nil UUID is no id
SELECT mistral.start_workflow('to_retry', execution_id => '00000000-0000-0000-0000-000000000000');
SELECT mistral.start_workflow(NULL, source_execution_id => '00000000-0000-0000-0000-000000000000');
SELECT mistral.get_execution('00000000-0000-0000-0000-000000000000');
SELECT mistral.complete_action('00000000-0000-0000-0000-000000000000');
SELECT mistral.rerun_task('00000000-0000-0000-0000-000000000000');
