\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- The end of maintenance resumes what maintenance has paused, and nothing that
-- anybody else has paused, before or meanwhile.
SELECT story.define($$
mp_ask: {input: [who: x], tasks: {ask: {action: std.async_noop, on-success: next}, next: {action: std.noop}}}
mp_stop: {input: [who: x], tasks: {ask: {action: std.async_noop, on-success: [pause, next]}, next: {action: std.noop}}}
mp_before: {input: [who: x], tasks: {ask: {action: std.async_noop, on-success: next}, next: {action: std.noop, pause-before: true}}}
mp_call: {input: [who: x], tasks: {call: {workflow: mp_ask who=<% $.who %>}}}
mp_calls: {input: [who: x], tasks: {a: {workflow: mp_ask, input: {who: a}}, b: {workflow: mp_ask, input: {who: b}}}}
$$);
CREATE VIEW story.seen AS
    SELECT r.input ->> 'who' AS tree, e.workflow_name, e.state, x.paused_by_maintenance AS by_maintenance,
           CASE WHEN x.paused_by ? 'role' THEN 'role' ELSE coalesce(x.paused_by ->> 'policy',
               (SELECT 'execution of ' || o.workflow_name FROM mistral.executions o WHERE o.id::text = x.paused_by ->> 'execution_id')) END AS paused_by
      FROM mistral.executions e
      JOIN mistral.workflow_executions x ON x.id = e.id
      JOIN mistral.executions r ON r.id = coalesce(e.root_execution_id, e.id)
     WHERE r.workflow_name LIKE 'mp\_%' ORDER BY 1, 2, e.input ->> 'who';
CREATE FUNCTION story.begin(workflow text, who text) RETURNS uuid LANGUAGE sql AS $$
    SELECT mistral.start_workflow(workflow, jsonb_build_object('who', who))
$$;
CREATE FUNCTION story.below(root uuid, who text DEFAULT NULL) RETURNS uuid LANGUAGE sql AS $$
    SELECT id FROM mistral.executions WHERE root_execution_id = root AND ($2 IS NULL OR input ->> 'who' = $2)
$$;
-- gives the actions of a tree their results
CREATE FUNCTION story.say(root uuid, state text DEFAULT 'SUCCESS') RETURNS bigint LANGUAGE sql AS $$
    SELECT count(mistral.complete_action(a.id, $2))
      FROM mistral.action_executions a JOIN mistral.workflow_executions e ON e.id = a.execution_id
     WHERE e.root_id = root AND a.name = 'std.async_noop' AND a.state IN ('R', 'P')
$$;
SELECT count(mistral.pause_execution(story.begin('mp_ask', '1 paused before')));
SELECT story.begin('mp_ask', '2 nobody') AS nobody \gset
SELECT story.begin('mp_ask', '3 meanwhile') AS meanwhile \gset
SELECT story.begin('mp_call', '4 its child') AS child \gset
SELECT story.begin('mp_call', '5 root of a child') AS root \gset
SELECT story.begin('mp_stop', '6 command') AS stop \gset
SELECT story.begin('mp_before', '7 policy') AS before \gset
SELECT story.begin('mp_calls', '8 actions of both') AS both \gset
SELECT story.settle();
SET client_min_messages = warning;
SELECT mistral.set_maintenance('PAUSED') IN ('PAUSING', 'PAUSED') AS begun;
RESET client_min_messages;
SELECT story.settle();
SELECT * FROM story.seen;

-- meanwhile
SELECT mistral.pause_execution(:'meanwhile');
SELECT mistral.pause_execution(story.below(:'child'));
SELECT mistral.pause_execution(:'root');
SELECT story.say(:'nobody'), story.say(:'meanwhile'), story.say(:'stop'), story.say(:'before');
-- both children of one tree are paused by their actions; one goes on
SELECT story.say(:'both', 'PAUSED');
SELECT story.settle();
SELECT count(mistral.complete_action(id, 'RUNNING')) FROM mistral.action_executions
 WHERE execution_id = story.below(:'both', 'a') AND state = 'P';
SELECT story.settle();
SELECT * FROM story.seen;

SELECT mistral.set_maintenance('RUNNING');
SELECT story.settle();
SELECT * FROM story.seen;
SELECT count(*) FROM mistral.violations;

-- the other one, too; and those who have paused resume, as it is for a tree of which a part was paused
SELECT count(mistral.complete_action(id, 'RUNNING')) FROM mistral.action_executions
 WHERE execution_id = story.below(:'both', 'b') AND state = 'P';
SELECT mistral.resume_execution(id) FROM unnest(ARRAY[:'meanwhile', :'child', :'root', :'stop', :'before', :'both']::uuid[]) AS id;
SELECT story.settle();
SELECT story.say(id) FROM unnest(ARRAY[:'child', :'root', :'both']::uuid[]) AS id;
SELECT story.settle();
SELECT * FROM story.seen;

-- In another tree the same happens, and both go on before the end.
SELECT story.begin('mp_calls', '9 both go on') AS again \gset
SELECT story.settle();
SET client_min_messages = warning;
SELECT mistral.set_maintenance('PAUSED') IN ('PAUSING', 'PAUSED') AS begun;
RESET client_min_messages;
SELECT story.settle();
SELECT story.say(:'again', 'PAUSED');
SELECT story.settle();
SELECT story.say(:'again', 'RUNNING');
SELECT story.settle();
SELECT * FROM story.seen WHERE tree LIKE '9%';
SELECT mistral.set_maintenance('RUNNING');
SELECT story.settle();
SELECT * FROM story.seen WHERE tree LIKE '9%';

SELECT story.clean();
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'mp\_%';
SET client_min_messages = warning;
DROP SCHEMA story CASCADE;
