-- Functions take names where they take ids.
\set VERBOSITY default
SET client_min_messages = warning;
SELECT mistral.create_roles();
CREATE ROLE idf_a IN ROLE mistral_user;
CREATE ROLE idf_b IN ROLE mistral_user;
RESET client_min_messages;
CREATE FUNCTION pg_temp.hide(t text) RETURNS text LANGUAGE sql AS
    $$ SELECT regexp_replace(t, '[0-9a-f]{8}-[0-9a-f-]{27}', '<id>', 'g') $$;

SET ROLE idf_a;
SELECT name FROM mistral.create_workflows($$
version: '2.0'
idf_flow: {tasks: {t: {action: std.noop}}}
idf_other: {tasks: {t: {action: std.noop}}}
$$);

-- cron triggers
SELECT mistral.create_cron_trigger('idf_cron', 'idf_flow', '0 0 1 1 *') AS id \gset
SELECT mistral.set_cron_policy('idf_cron', 'skip', 'skip');
SELECT mistral.set_cron_policy(:'id'::uuid, 'run_once');
SELECT mistral.set_cron_policy(id => 'idf_cron', missed => 'never');
SELECT mistral.enable_cron_trigger('idf_cron', false);
SELECT mistral.enable_cron_trigger('idf_cron') = mistral.enable_cron_trigger(:'id') AS by_name_and_id;
SELECT mistral.enable_cron_trigger('nobody');
SET ROLE idf_b;
SELECT mistral.delete_cron_trigger('idf_cron');
SET ROLE idf_a;
SELECT mistral.delete_cron_trigger('idf_cron');
SELECT mistral.delete_cron_trigger('idf_cron');
SELECT pg_temp.hide(mistral.create_cron_trigger('01a22f18-888e-7ac8-9abc-54c76d490d1f', 'idf_flow', '0 0 1 1 *')::text) AS a_name_like_an_id;

-- event triggers
SELECT mistral.create_event_trigger('idf_event', 'idf_flow', 'x', 't', 'e') IS NOT NULL AS made;
SELECT mistral.create_event_trigger('idf_same', id, 'x', 't', 'e2') IS NOT NULL AS made FROM mistral.workflows WHERE name = 'idf_flow';
SELECT mistral.create_event_trigger(name => 'idf_same', workflow_id => 'idf_flow', exchange => 'x', topic => 't', event => 'e3') IS NOT NULL AS made;
SELECT mistral.create_event_trigger('idf_no', 'nobody', 'x', 't', 'e');
SELECT mistral.create_event_trigger('idf_no', '01a22f18-888e-7ac8-9abc-54c76d490d1f', 'x', 't', 'e');
SELECT mistral.create_event_trigger('idf_no', NULL, 'x', 't', 'e');
SELECT mistral.update_event_trigger('idf_event', workflow_id => 'idf_other', workflow_input => '{}');
SELECT mistral.update_event_trigger('idf_same', name => 'idf_new');
SELECT mistral.delete_event_trigger('idf_event');
SELECT mistral.delete_event_trigger('idf_event');

-- shares
SELECT mistral.create_member('idf_flow', 'idf_b') IS NOT NULL AS made;
SELECT mistral.create_member('nobody', 'idf_b');
SET ROLE idf_b;
SELECT mistral.create_member('idf_flow', 'idf_a');
SELECT mistral.update_member('idf_other', 'idf_b', 'accepted');
SELECT mistral.update_member('idf_flow', 'idf_b', 'accepted');
SELECT name FROM mistral.workflows WHERE name LIKE 'idf%';
SET ROLE idf_a;
SELECT mistral.delete_member('idf_flow', 'idf_b');
RESET ROLE;

-- code sources and dynamic actions
SELECT mistral.create_code_source('idf_code', 'x = 1') AS id \gset
SELECT mistral.create_dynamic_action('idf_dyn', 'A', 'idf_code') IS NOT NULL AS made;
SELECT mistral.create_dynamic_action('idf_dyn2', 'B', :'id'::uuid) IS NOT NULL AS made;
SELECT mistral.create_dynamic_action('idf_dyn3', 'A', 'nobody');
SELECT mistral.update_dynamic_action('idf_dyn', 'C');
SELECT mistral.update_dynamic_action('idf_dyn', code_source_id => 'idf_code');
SELECT mistral.update_code_source('idf_code', 'x = 2');
SELECT mistral.create_code_source('idf_code', 'x = 1', 'elsewhere') IS NOT NULL AS made;
SELECT mistral.update_code_source('idf_code', 'x = 3');
SELECT mistral.delete_dynamic_action('idf_dyn');
SELECT mistral.delete_dynamic_action('idf_dyn');
SELECT mistral.delete_code_source(:'id');

SET client_min_messages = warning;
SELECT count(mistral.delete_code_source(id)) FROM mistral.code_sources WHERE name = 'idf_code';
SELECT count(mistral.delete_event_trigger(id)) FROM mistral.event_triggers WHERE name LIKE 'idf%';
SELECT count(mistral.delete_cron_trigger(id)) FROM mistral.cron_triggers WHERE project_id = 'idf_a';
SELECT count(mistral.delete_workflow(id::text)) FROM mistral.workflows WHERE name LIKE 'idf%';
DROP ROLE idf_a, idf_b;
