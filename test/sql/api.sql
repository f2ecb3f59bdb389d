-- The REST API as functions: lists, pages, filters, errors.
SET timezone TO 'UTC';
-- requests without authentication see one project
SET mistral_api.auth TO 'off';

CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
-- the members of a list's objects, one row an object
CREATE FUNCTION pg_temp.objects(list json, name text) RETURNS SETOF json LANGUAGE sql AS $$
    SELECT o FROM json_array_elements(list -> name) AS o
$$;

SELECT mistral_api.create_workflows($$version: '2.0'
api_a:
  tags: [red, green]
  input: [x, {y: 1}]
  output: {r: <% $.r %>}
  tasks:
    t:
      action: std.echo output=<% $.x %>
      publish: {r: <% task().result %>}
api_b:
  tags: [green]
  tasks:
    t:
      action: std.noop
api_c:
  tasks:
    t:
      action: std.fail
$$) -> 'workflows' -> 0 ->> 'input' AS input;

-- lists: order, pages, links
SELECT o ->> 'name' AS name, o ->> 'project_id' AS project
  FROM pg_temp.objects(mistral_api.list_workflows('{"name": "has:api_", "sort_keys": "name", "sort_dirs": "desc"}'),
                       'workflows') AS o;
SELECT json_array_length(l -> 'workflows') AS objects,
       regexp_replace(l ->> 'next', '[0-9a-f-]{36}', 'ID') AS next
  FROM mistral_api.list_workflows('{"name": "has:api_", "sort_keys": "name", "limit": "2", "fields": "name"}',
                                  'http://server') AS l;
WITH RECURSIVE page AS (
    SELECT mistral_api.list_workflows('{"name": "has:api_", "sort_keys": "name", "limit": "1"}') AS l, 1 AS n
    UNION ALL
    SELECT mistral_api.list_workflows(jsonb_build_object(
               'name', 'has:api_', 'sort_keys', 'name', 'limit', '1',
               'marker', p.l -> 'workflows' -> 0 ->> 'id')), n + 1
      FROM page AS p WHERE p.l -> 'next' IS NOT NULL)
SELECT n, l -> 'workflows' -> 0 ->> 'name' AS name, l -> 'next' IS NOT NULL AS more FROM page ORDER BY n;

-- a page begins behind its marker in any order, also among equals and nulls
SELECT s.keys, s.dirs,
       (SELECT array_agg(o ->> 'name' ORDER BY place)
          FROM json_array_elements(mistral_api.list_workflows(
                   jsonb_build_object('name', 'has:api_', 'sort_keys', s.keys, 'sort_dirs', s.dirs,
                                      'marker', (mistral_api.list_workflows(
                                          jsonb_build_object('name', 'has:api_', 'sort_keys', s.keys,
                                                             'sort_dirs', s.dirs, 'limit', '1'))
                                          -> 'workflows' -> 0 ->> 'id'))) -> 'workflows')
               WITH ORDINALITY AS u(o, place)) AS rest
  FROM (VALUES ('name', 'asc'), ('name', 'desc'), ('scope,name', 'asc,desc'),
               ('updated_at,name', 'asc,asc'), ('updated_at,name', 'desc,asc')) AS s(keys, dirs);

-- filters
SELECT f.filters,
       (SELECT array_agg(o ->> 'name' ORDER BY o ->> 'name')
          FROM pg_temp.objects(mistral_api.list_workflows('{"fields": "name"}' || f.filters), 'workflows') AS o
         WHERE o ->> 'name' LIKE 'api\_%') AS names
  FROM (VALUES ('{"name": "api_a"}'::jsonb), ('{"name": "eq:api_a"}'), ('{"name": "neq:api_a"}'),
               ('{"name": "in:api_a,api_c"}'), ('{"name": "nin:api_a,api_c"}'), ('{"name": "gt:api_a"}'),
               ('{"name": "lte:api_b"}'), ('{"name": "has:pi_b"}'), ('{"tags": "green"}'),
               ('{"tags": "red,green"}'), ('{"created_at": "gt:2001-01-01 00:00:00"}'),
               ('{"created_at": "lt:2001-01-01 00:00:00"}'), ('{"updated_at": "neq:2001-01-01 00:00:00"}'),
               ('{"scope": "odd"}'), ('{"namespace": ""}'), ('{"namespace": "in:,x"}'),
               ('{"namespace": "nin:"}'), ('{"tags": "neq:green"}'), ('{"tags": "eq:red"}'),
               ('{"name": "or:api_a"}'), ('{"name": "api_a''; DROP TABLE x; --"}')) AS f(filters);

-- what is refused
SELECT r.statement, pg_temp.refusal('SELECT mistral_api.' || r.statement) AS refusal
  FROM (VALUES ('list_workflows(''{"bogus": "1"}'')'),
               ('list_workflows(''{"limit": "0"}'')'),
               ('list_workflows(''{"limit": "few"}'')'),
               ('list_workflows(''{"fields": "name,bogus"}'')'),
               ('list_workflows(''{"sort_keys": "bogus"}'')'),
               ('list_workflows(''{"sort_keys": "id,id", "sort_dirs": "asc,asc"}'')'),
               ('list_workflows(''{"sort_dirs": "up"}'')'),
               ('list_workflows(''{"marker": "nonsense"}'')'),
               ('list_workflows(''{"marker": "00000000-0000-4000-8000-000000000000"}'')'),
               ('list_workflows(''{"all_projects": "1"}'')'),
               ('list_workflows(''{"all_projects": "perhaps"}'')'),
               ('list_executions(''{"workflow_id": "x"}'')'),
               ('list_executions(''{"input": "["}'')'),
               ('list_executions(''{"created_at": "gt:soon"}'')'),
               ('list_executions(''{"nulls": "state"}'')'),
               ('list_executions(''{"project_id": "x"}'')'),
               ('list_executions(''{"project_id": "<default-project>"}'')'),
               ('list_executions(''{"project_id": "00000000-0000-4000-8000-000000000000"}'')'),
               ('list_executions(''{"workflow_id": "in:00000000-0000-4000-8000-000000000000"}'')'),
               ('list_executions(''{"input": "eq:{}"}'')'),
               ('list_cron_triggers(''{"remaining_executions": "gt:1"}'')'),
               ('list_cron_triggers(''{"remaining_executions": "99999999999999999999"}'')'),
               ('get_workflow(''api_none'')'),
               ('get_execution(''api_none'')'),
               ('get_execution(''api_none'', ''{"bogus": ""}'')'),
               ('get_task(''00000000-0000-4000-8000-000000000000'')'),
               ('get_action_execution(''x'')'),
               ('create_workflows('''', ''{"scope": "odd"}'')'),
               ('create_workflows('''', ''{"scope": "public"}'')'),
               ('create_execution(''{}'')'),
               ('create_execution(''[]'')'),
               ('create_execution(''{"bogus": 1}'')'),
               ('create_execution(''{"project_id": "x"}'')'),
               ('create_execution(''{"workflow_name": 5}'')'),
               ('create_execution(''{"workflow_name": "api_none"}'')'),
               ('create_execution(''{"workflow_name": "api_a", "input": "[1]"}'')'),
               ('create_execution(''{"workflow_name": "api_a", "input": "{"}'')'),
               ('create_execution(''{"workflow_name": "api_a", "id": "x"}'')'),
               ('create_environment(''{"name": "e", "scope": "public"}'')'),
               ('create_environment(''{"name": "e", "id": "x"}'')'),
               ('create_action_execution(''{}'')'),
               ('create_cron_trigger(''{"name": "c", "workflow_name": "api_b", "remaining_executions": 0}'')'),
               ('create_event_trigger(''{"name": "e"}'')'),
               ('create_code_source(''x'', ''{"name": "s"}'')'),
               ('set_maintenance(''{"status": "PAUSING"}'')')) AS r(statement);
-- the name of the role is the project
SELECT replace(pg_temp.refusal($$SELECT mistral_api.create_workflows(
    e'version: "2.0"\napi_b:\n  tasks:\n    t:\n      action: std.noop\n')$$), current_user, 'ROLE');
SET mistral_api.auth TO 'on';
SELECT replace(pg_temp.refusal($$SELECT mistral_api.create_workflows(
    e'version: "2.0"\napi_b:\n  tasks:\n    t:\n      action: std.noop\n')$$), current_user, 'ROLE');
SET mistral_api.auth TO 'off';

-- executions, without the scheduler
SELECT mistral.start_workflow('api_a', '{"x": 7}', execution_id => 'c0ffee00-0000-4000-8000-0000000000a1');
SELECT mistral.start_workflow('api_b', execution_id => 'c0ffee00-0000-4000-8000-0000000000b1');
SELECT mistral.start_workflow('api_c', execution_id => 'c0ffee00-0000-4000-8000-0000000000c1');
SELECT o ->> 'workflow_name' AS workflow, o ->> 'state' AS state, o ->> 'input' AS input, o ->> 'params' AS params
  FROM pg_temp.objects(mistral_api.list_executions('{"workflow_name": "has:api_", "sort_keys": "workflow_name"}'),
                       'executions') AS o;
SELECT e ->> 'state' AS state, e ->> 'output' AS output, e ->> 'published_global' AS global, e ->> 'tags' AS tags
  FROM mistral_api.get_execution('c0ffee00-0000-4000-8000-0000000000a1') AS e;
SELECT mistral_api.get_execution('c0ffee00-0000-4000-8000-0000000000a1', '{"fields": "state"}');
SELECT o ->> 'name' AS name, o ->> 'state' AS state, o ->> 'published' AS published, o -> 'result' AS result
  FROM pg_temp.objects(mistral_api.list_execution_tasks('c0ffee00-0000-4000-8000-0000000000a1'), 'tasks') AS o;
SELECT o ->> 'task_name' AS task, o ->> 'name' AS name, o ->> 'input' AS input, o ->> 'output' AS output
  FROM pg_temp.objects(mistral_api.list_action_executions(
           '{"workflow_name": "api_a", "include_output": "true"}'), 'action_executions') AS o;
SELECT f.filters,
       (SELECT array_agg(o ->> 'workflow_name' ORDER BY o ->> 'workflow_name')
          FROM pg_temp.objects(mistral_api.list_executions('{"workflow_name": "has:api_"}' || f.filters),
                               'executions') AS o) AS found
  FROM (VALUES ('{"state": "SUCCESS"}'::jsonb), ('{"state": "neq:SUCCESS"}'), ('{"state": "in:ERROR,PAUSED"}'),
               ('{"state": "ODD"}'), ('{"input": "{\"x\": 7, \"y\": 1}"}'), ('{"nulls": "root_execution_id"}'),
               ('{"state_info": "has:fail"}'), ('{"description": ""}')) AS f(filters);
SELECT (r -> 'statistics')::jsonb - 'estimated_time' AS statistics,
       r -> 'root_workflow_execution' -> 'task_executions' -> 0 ->> 'state' AS state
  FROM mistral_api.execution_report('c0ffee00-0000-4000-8000-0000000000c1', '{"errors_only": "true"}') AS r;
SELECT mistral_api.update_execution('c0ffee00-0000-4000-8000-0000000000a1', '{"description": "new"}') ->> 'description';
SELECT u.body, pg_temp.refusal(format('SELECT mistral_api.update_execution(%L, %L)',
                                      'c0ffee00-0000-4000-8000-0000000000c1', u.body)) AS refusal
  FROM (VALUES ('{}'), ('{"state": "IDLE"}'), ('{"state": "PAUSED"}'), ('{"description": "x", "state": "PAUSED"}'),
               ('{"state": "PAUSED", "params": {"env": {"k": 1}}}'), ('{"params": "{\"env\": {\"k\": 1}}"}')) AS u(body);
SELECT mistral_api.create_execution('{"id": "c0ffee00-0000-4000-8000-0000000000b1", "workflow_name": "other"}')
       ->> 'workflow_name' AS existing;
SELECT mistral_api.create_action_execution('{"name": "std.echo", "input": "{\"output\": [1]}"}')::jsonb
       - '{created_at,updated_at}'::text[] AS result;

SELECT mistral_api.delete_execution(x) FROM unnest('{c0ffee00-0000-4000-8000-0000000000a1,
    c0ffee00-0000-4000-8000-0000000000b1, c0ffee00-0000-4000-8000-0000000000c1}'::text[]) AS x;
SELECT mistral_api.delete_workflow(x) FROM unnest('{api_a,api_b,api_c}'::text[]) AS x;

-- RES-10: an update without a scope makes private what was public
SELECT scope FROM mistral.create_workflows($$version: '2.0'
api_scope: {tasks: {t: {action: std.noop}}}$$, scope => 'public');
SELECT mistral_api.update_workflows($$version: '2.0'
api_scope: {tasks: {t: {action: std.echo output=1}}}$$) -> 'workflows' -> 0 ->> 'scope' AS scope;
SELECT mistral_api.delete_workflow('api_scope');
