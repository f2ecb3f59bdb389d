-- Names of event consumers and subscriptions belong to projects: nobody can
-- take one away from another, or learn from one what another has.
CREATE ROLE names_a LOGIN;
CREATE ROLE names_b LOGIN;
CREATE ROLE names_admin LOGIN;
SET client_min_messages = warning;
SELECT mistral.create_roles();
GRANT mistral_user TO names_a, names_b;
GRANT mistral_admin TO names_admin;
RESET client_min_messages;

SET SESSION AUTHORIZATION names_a;
SELECT mistral.create_event_consumer('same');
SELECT mistral.create_event_subscription('same', '{"type": "noop"}') > 0;
SELECT mistral.create_event_consumer('of a');
SELECT mistral.create_event_subscription('of a', '{"type": "noop"}') > 0;

SET SESSION AUTHORIZATION names_b;
-- the same answers as for names that nobody has
SELECT mistral.read_events('of a');
SELECT mistral.read_events('of nobody');
SELECT mistral.acknowledge_events('of a', 1);
SELECT mistral.delete_event_consumer('of a');
SELECT mistral.delete_event_subscription('of a');
SELECT mistral.delete_event_subscription('of nobody');
SELECT mistral.create_event_consumer('same');
SELECT mistral.create_event_subscription('same', '{"type": "noop"}') > 0;
SELECT mistral.create_event_subscription('x', '{"type": "noop"}', project_id => 'names_a');
SELECT mistral.create_event_subscription('x', '{"type": "noop"}', project_id => '');
-- its executions are not written down because another has subscribed
SELECT mistral.delete_event_consumer('same');
SELECT mistral.delete_event_subscription('same');
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
names_b:
  tasks:
    only: {action: std.noop}
$$);
SELECT count(mistral.start_workflow('names_b'));
RESET SESSION AUTHORIZATION;
SELECT count(*) FROM mistral.events WHERE project_id = 'names_b';
SET SESSION AUTHORIZATION names_b;
SELECT mistral.create_event_consumer('same');
SELECT mistral.create_event_subscription('same', '{"type": "noop"}') > 0;
SELECT count(mistral.start_workflow('names_b'));
SELECT count(*) FROM mistral.read_events('same');

-- events of another project are no place to go on from
RESET SESSION AUTHORIZATION;
SELECT min(id) AS event_of_b FROM mistral.events WHERE project_id = 'names_b' \gset
SET SESSION AUTHORIZATION names_a;
SELECT mistral.acknowledge_events('same', :event_of_b);
SELECT count(*) FROM mistral.read_events('same');

-- an administrator means its own, or the only one, or says whose
SET SESSION AUTHORIZATION names_admin;
SELECT count(*) FROM mistral.read_events('of a');
SELECT count(*) FROM mistral.read_events('same');
SELECT mistral.delete_event_subscription('same');
SELECT mistral.create_event_subscription('same', '{"type": "noop"}') > 0;
SELECT mistral.create_event_subscription('same', '{"type": "noop"}') > 0;
SELECT mistral.delete_event_subscription('same');
SELECT mistral.create_event_consumer('same');
SELECT mistral.delete_event_consumer('same');
SELECT mistral.delete_event_consumer('of a'), mistral.delete_event_subscription('of a');
SET SESSION AUTHORIZATION names_a;
SELECT mistral.delete_event_consumer('same'), mistral.delete_event_subscription('same');
SET SESSION AUTHORIZATION names_b;
SELECT mistral.delete_event_consumer('same'), mistral.delete_event_subscription('same');

RESET SESSION AUTHORIZATION;
SELECT count(*) FROM mistral.event_subscriptions;
SELECT count(mistral.delete_execution(id)) FROM mistral.executions WHERE workflow_name = 'names_b';
SET ROLE names_b;
SELECT mistral.delete_workflow('names_b');
RESET ROLE;
DELETE FROM mistral.events;
DROP ROLE names_a, names_b, names_admin;
