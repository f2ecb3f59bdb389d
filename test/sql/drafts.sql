\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Drafts: stored and simulated, and started only by who asks for them.
SELECT story.define($$
dr_w: {tasks: {t: {action: std.noop}}}
dr_call: {tasks: {call: {workflow: dr_w, on-error: after}, after: {action: std.noop}}}
$$);
SELECT mistral.publish_workflow('dr_w', published => false);
SELECT name, is_draft FROM mistral.workflows WHERE name LIKE 'dr\_%' ORDER BY name;
SELECT mistral.start_workflow('dr_w');
SELECT mistral.start_workflow('dr_w', params => '{"draft": false}');
SELECT mistral.start_workflow(id::text) FROM mistral.workflows WHERE name = 'dr_w';
SELECT count(*) FROM mistral.executions WHERE workflow_name = 'dr_w';
SELECT mistral.start_workflow('dr_w', params => '{"draft": true}') AS id \gset
SELECT task, state FROM story.show(:'id');
-- as a sub-workflow: of a start that asks for drafts, or not at all
SELECT mistral.start_workflow('dr_call') AS id \gset
SELECT task, state, left(info, 80) AS info FROM story.show(:'id');
SELECT mistral.start_workflow('dr_call', params => '{"draft": true}') AS id \gset
SELECT task, state FROM story.show(:'id');
-- simulated as any other
SELECT state FROM mistral.simulate($$
version: '2.0'
main: {tasks: {call: {workflow: dr_w}}}
$$) WHERE task = 'call' ORDER BY step DESC LIMIT 1;
-- a trigger says why it cannot start, and does when the workflow is published
SELECT mistral.create_cron_trigger('dr', 'dr_w', '0 0 1 1 *') AS t \gset
UPDATE mistral.cron_triggers SET next_execution_time = now() - interval '1 s' WHERE id = :'t';
SELECT mistral.fire_cron_trigger(:'t');
SELECT last_error FROM mistral.cron_triggers WHERE name = 'dr';
SELECT mistral.publish_workflow('dr_w');
UPDATE mistral.cron_triggers SET next_execution_time = now() - interval '1 s' WHERE id = :'t';
SELECT mistral.fire_cron_trigger(:'t');
SELECT last_error, last_execution_id IS NOT NULL AS started FROM mistral.cron_triggers WHERE name = 'dr';
SELECT mistral.delete_cron_trigger(:'t');
SELECT mistral.start_workflow('dr_w') AS id \gset
SELECT task, state FROM story.show(:'id');
-- a new version leaves it what it is
SELECT mistral.publish_workflow('dr_w', published => false);
SELECT count(*) FROM mistral.update_workflows(E'version: ''2.0''\ndr_w: {tasks: {t: {action: std.noop}, u: {action: std.noop}}}');
SELECT is_draft FROM mistral.workflows WHERE name = 'dr_w';
-- only its owner may
SET client_min_messages = warning;
SELECT mistral.create_roles();
CREATE ROLE dr_other IN ROLE mistral_user;
RESET client_min_messages;
SELECT count(*) FROM mistral.update_workflows(E'version: ''2.0''\ndr_w: {tasks: {t: {action: std.noop}}}', scope => 'public');
SET ROLE dr_other;
\set VERBOSITY sqlstate
SELECT mistral.publish_workflow('dr_w');
SELECT mistral.publish_workflow('dr_call');
SELECT mistral.publish_workflow(NULL);
SELECT mistral.start_workflow('dr_w');
\set VERBOSITY default
RESET ROLE;
DROP ROLE dr_other;

-- REST
SELECT w ->> 'name' AS name
  FROM jsonb_array_elements(mistral_api.create_workflows(E'version: ''2.0''\ndr_r1: {tasks: {t: {action: std.noop}}}\ndr_r2: {tasks: {t: {action: std.noop}}}',
                                                         '{"draft": "true"}')::jsonb -> 'workflows') AS w;
SELECT mistral_api.get_workflow('dr_r1') -> 'is_draft' AS is_draft;
SELECT mistral_api.create_execution('{"workflow_name": "dr_r1"}');
SELECT mistral_api.create_execution('{"workflow_name": "dr_r1", "params": {"draft": true}}') ->> 'state' AS state;
SELECT count(mistral_api.update_workflows(E'version: ''2.0''\ndr_r1: {tasks: {t: {action: std.noop}}}', '{"draft": "false"}'));
SELECT mistral_api.get_workflow('dr_r1')::jsonb ? 'is_draft' AS shown;
SELECT mistral_api.update_workflow((SELECT id::text FROM mistral.workflows WHERE name = 'dr_r1'),
                                   E'version: ''2.0''\ndr_r1: {tasks: {t: {action: std.noop}}}', '{"draft": "1"}') ->> 'name' AS name;
SELECT name, is_draft FROM mistral.workflows WHERE name LIKE 'dr\_r%' ORDER BY name;
SELECT mistral_api.update_workflows(E'version: ''2.0''\ndr_r1: {tasks: {t: {action: std.noop}}}', '{"draft": "perhaps"}');

SELECT story.clean();
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'dr\_%';
