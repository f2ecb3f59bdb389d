\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- What goes on after a pause of its own does not go on in maintenance, but after it.
SELECT story.define($$
mh_ask: {tasks: {ask: {action: std.async_noop, on-success: next}, next: {action: std.noop}}}
mh_call: {tasks: {call: {workflow: mh_ask}}}
$$);
CREATE FUNCTION story.say(state text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(mistral.complete_action(id, $1)) FROM mistral.action_executions
     WHERE name = 'std.async_noop' AND state IN ('R', 'P')
$$;
CREATE VIEW story.seen AS
    SELECT e.workflow_name, e.state, t.name AS task, t.state AS task_state
      FROM mistral.executions e JOIN mistral.tasks t ON t.workflow_execution_id = e.id
     WHERE e.workflow_name LIKE 'mh\_%';

-- paused before the maintenance, and within
SELECT count(mistral.start_workflow(w)) FROM unnest('{mh_ask,mh_call}'::text[]) w;
SELECT story.say('PAUSED');
SELECT story.settle();
SELECT count(mistral.start_workflow(w)) FROM unnest('{mh_ask,mh_call}'::text[]) w;
SET client_min_messages = warning;
SELECT mistral.set_maintenance('PAUSED') IN ('PAUSING', 'PAUSED') AS begun;
RESET client_min_messages;
SELECT story.settle();
SELECT story.say('PAUSED');
SELECT story.settle();
SELECT story.say('RUNNING');
SELECT story.settle();
SELECT workflow_name, state, task, count(*) FROM story.seen GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT story.say('SUCCESS');
SELECT story.settle();
SELECT workflow_name, state, task, count(*) FROM story.seen GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT mistral.set_maintenance('RUNNING');
SELECT story.settle();
SELECT workflow_name, state, task, task_state, count(*) FROM story.seen GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;

SELECT story.clean();
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'mh\_%';
