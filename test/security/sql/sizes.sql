-- What a user stores is no larger than mistral.execution_field_size_limit,
-- whichever way it comes.
SET client_min_messages = warning;
SELECT mistral.create_roles();
CREATE ROLE sizes_a IN ROLE mistral_user;
RESET client_min_messages;
SET mistral.execution_field_size_limit = 10;
SET ROLE sizes_a;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
sizes: {input: [{x: null}], tasks: {t: {action: std.async_noop}}}
$$);
SELECT id AS workflow FROM mistral.workflows WHERE name = 'sizes' \gset
SELECT mistral.create_environment('sizes') IS NOT NULL AS created;
SELECT mistral.create_event_trigger('sizes', :'workflow', 'x', 't', 'e') AS trigger \gset
SELECT mistral.start_workflow('sizes') AS execution \gset
SELECT mistral.pause_execution(:'execution');

CREATE FUNCTION pg_temp.answer(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT ' || call;
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
-- #O stands for an object, #T for a text, once too large and once not
SELECT pg_temp.answer(replace(replace(c.call, '#O', quote_literal(jsonb_build_object('x', repeat('x', 20000)))),
                              '#T', quote_literal(repeat('x', 20000)))) AS large,
       pg_temp.answer(replace(replace(c.call, '#O', quote_literal(jsonb_build_object('x', repeat('x', 9000)))),
                              '#T', quote_literal(repeat('x', 1000)))) AS small,
       split_part(c.call, '(', 1) || CASE WHEN c.call LIKE '%#O%' THEN ' object' ELSE ' text' END AS call
  FROM unnest(ARRAY[
    'mistral.create_environment(''new'', #O)',
    'mistral.create_environment(''more'', ''{}'', #T)',
    'mistral.create_environment(''sizes'', #O, or_replace => true)',
    'mistral.update_environment(''sizes'', #O)',
    'mistral.update_environment(''sizes'', NULL, #T)',
    'mistral.create_limit(''sizes'', 1, description => #T)',
    'mistral.update_limit(''sizes'', description => #T)',
    'mistral.create_cron_trigger(''c1'', ''sizes'', ''* * * * *'', workflow_input => #O)',
    'mistral.create_cron_trigger(''c2'', ''sizes'', ''* * * * *'', workflow_params => #O)',
    format('mistral.create_event_trigger(''e'', %L, ''x'', ''t'', ''i'', workflow_input => #O)', :'workflow'),
    format('mistral.create_event_trigger(''e'', %L, ''x'', ''t'', ''p'', workflow_params => #O)', :'workflow'),
    format('mistral.update_event_trigger(%L, workflow_input => #O)', :'trigger'),
    format('mistral.update_event_trigger(%L, workflow_params => #O)', :'trigger'),
    'mistral.start_workflow(''sizes'', #O)',
    'mistral.start_workflow(''sizes'', ''{}'', #O)',
    'mistral.start_workflow(''sizes'', description => #T)',
    format('mistral.update_execution_description(%L, #T)', :'execution'),
    format('mistral.update_execution_env(%L, #O)', :'execution'),
    'mistral.run_action(''std.echo'', jsonb_build_object(''output'', #T), ''{"save_result": true}'')',
    'mistral.run_action(''std.async_noop'', ''{}'', jsonb_build_object(''target'', #T))']) AS c(call);
-- nor does it grow
SELECT pg_temp.answer(format('mistral.update_execution_env(%L, %L)', :'execution', jsonb_build_object('y', repeat('y', 9000))));
-- what is only returned may be larger
SELECT length(mistral.run_action('std.echo', jsonb_build_object('output', repeat('x', 20000)), '{"run_sync": true}') #>> '{output,result}');

SELECT count(mistral.delete_cron_trigger(id)) FROM mistral.cron_triggers WHERE name LIKE 'c_';
SELECT count(mistral.delete_event_trigger(id)) FROM mistral.event_triggers;
SELECT count(mistral.delete_environment(name)) FROM mistral.environments WHERE project_id = 'sizes_a';
SELECT count(mistral.delete_execution(id, true)) FROM mistral.executions;
SELECT mistral.delete_workflow(:'workflow');
RESET ROLE;
RESET mistral.execution_field_size_limit;
DROP OWNED BY sizes_a;
DROP ROLE sizes_a;
