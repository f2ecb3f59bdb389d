\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- A rerun within a sub-workflow revives those above: of each, first the
-- execution and then its task is told.
SELECT story.define($$
re_leaf: {tasks: {ask: {action: std.async_noop}}}
re_mid: {tasks: {call: {workflow: re_leaf}}}
re_top: {tasks: {nest: {workflow: re_mid}}}
$$);
SELECT mistral.start_workflow('re_top', params => '{"notify": [{"type": "noop"}]}') AS id \gset
SELECT story.complete('re_leaf', 'ask', 'ERROR');
SELECT story.settle();
SELECT max(id) AS last FROM mistral.events \gset
SELECT mistral.rerun_task(story.task('re_leaf', 'ask'));
SELECT payload ->> 'name' AS name, event FROM mistral.events
 WHERE root_id = :'id' AND id > :last ORDER BY id;
SELECT story.complete('re_leaf', 'ask');
SELECT story.settle();
SELECT workflow_name, state, task_state FROM story.tree('re_top');

SET client_min_messages = warning;
SELECT story.clean();
DROP SCHEMA story CASCADE;
