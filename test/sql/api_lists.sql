-- Lists of the REST API: their links, their markers, their order, whose they
-- are; and members of requests at their bounds.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT mistral.create_roles();
CREATE ROLE api_list_a IN ROLE mistral_user;
CREATE ROLE api_list_b IN ROLE mistral_user;
CREATE ROLE api_list_admin IN ROLE mistral_admin;
RESET client_min_messages;

-- follows the link of a list as the server of the REST API reads it
CREATE FUNCTION pg_temp.decoded(value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    bytes bytea := '';
    part text[];
BEGIN
    FOR part IN SELECT regexp_matches(replace(value, '+', ' '), '%([0-9A-F]{2})|([^%]+)', 'g') LOOP
        bytes := bytes || coalesce(decode(part[1], 'hex'), convert_to(part[2], 'UTF8'));
    END LOOP;
    RETURN convert_from(bytes, 'UTF8');
END $$;
CREATE FUNCTION pg_temp.query_of(link text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_object_agg(split_part(p, '=', 1), pg_temp.decoded(substr(p, strpos(p, '=') + 1)))
      FROM regexp_split_to_table(substr(link, strpos(link, '?') + 1), '[&;]') AS p
$$;

-- all pages of a list
CREATE FUNCTION pg_temp.walk(params jsonb) RETURNS TABLE (page int, names text, link text) LANGUAGE plpgsql AS $$
DECLARE
    answer json;
BEGIN
    page := 0;
    LOOP
        page := page + 1;
        answer := mistral_api.list_environments(params);
        SELECT string_agg(o ->> 'name', ', ') INTO names FROM json_array_elements(answer -> 'environments') AS o;
        link := regexp_replace(answer ->> 'next', 'marker=[^&]*', 'marker=ID');
        RETURN NEXT;
        EXIT WHEN link IS NULL OR page > 5;
        params := pg_temp.query_of(answer ->> 'next');
    END LOOP;
END $$;
-- the row of a marker goes while somebody turns the pages
CREATE FUNCTION pg_temp.page_after_loss(params jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer json := mistral_api.list_environments(params);
    next jsonb := pg_temp.query_of(answer ->> 'next');
    result text;
BEGIN
    PERFORM mistral.delete_environment(o ->> 'name')
       FROM json_array_elements(answer -> 'environments') AS o WHERE o ->> 'id' = next ->> 'marker';
    SELECT string_agg(o ->> 'name', ', ') INTO result
      FROM json_array_elements(mistral_api.list_environments(next) -> 'environments') AS o;
    RETURN result;
END $$;

-- ------------------------------------------------------------------- links

SELECT value, mistral_api.query_text(value)
  FROM unnest(ARRAY['plain', 'eq:a,b', '', 'a&b=c d+e%41 ' || chr(233) || '#x', '2026-11-30T21:00:00+02:00',
                    'a;b?c"<>' || chr(8364), E'a\nb\\']) AS value;

SET ROLE api_list_a;
-- in transactions of their own, but for the last three
SELECT format('SELECT count(mistral.create_environment(%L || i, jsonb_build_object(%L, i), %L || chr(233) || %L))'
              ' FROM generate_series(%s, %s) AS i', 'e ', 'i', 'a&b=c d+e%41 ', '#x;y', i, CASE i WHEN 6 THEN 8 ELSE i END)
  FROM generate_series(1, 6) AS i \gexec
SELECT * FROM pg_temp.walk(jsonb_build_object('limit', '2', 'sort_keys', 'name',
    'description', 'a&b=c d+e%41 ' || chr(233) || '#x;y'));
SELECT page, names FROM pg_temp.walk('{"limit": "2", "created_at": "gt:2020-11-30T21:00:00+02:00"}');
SELECT page, names, link FROM pg_temp.walk('{"limit": "4", "variables": "{\"i\": 9}"}');

-- ----------------------------------------------------------------- markers

SELECT pg_temp.page_after_loss('{"limit": "2"}');
SELECT pg_temp.page_after_loss('{"limit": "1", "sort_dirs": "desc"}');
SELECT pg_temp.page_after_loss('{"limit": "1", "sort_keys": "id"}');
SELECT pg_temp.page_after_loss('{"limit": "1", "sort_keys": "name"}');
SELECT pg_temp.page_after_loss('{"limit": "1", "sort_keys": "name", "sort_dirs": "desc"}');
-- the place of a page is known to whom it was shown only
SELECT pg_temp.query_of(mistral_api.list_environments('{"limit": "1", "sort_keys": "name"}') ->> 'next') AS next \gset
SELECT mistral.delete_environment(name) FROM mistral.environments WHERE id = (:'next'::jsonb ->> 'marker')::uuid;
SET ROLE api_list_b;
SELECT mistral_api.list_environments(:'next'::jsonb || '{"marker": "00000000-0000-4000-8000-000000000001"}');
SELECT count(*) FROM mistral_api.noted_place(:'next'::jsonb ->> 'marker', 'name,id') AS p WHERE p IS NOT NULL;
SET ROLE api_list_a;
SELECT count(*) FROM mistral_api.noted_place(:'next'::jsonb ->> 'marker', 'name,id') AS p WHERE p IS NOT NULL;
-- and so are the last of many: who notes many forgets his own
SELECT bool_and(mistral_api.note_place('a' || i, 'name,id', i::text)) FROM generate_series(1, 3000) AS i;
SELECT mistral_api.noted_place('a3000', 'name,id'), mistral_api.noted_place('a3000', 'id'), mistral_api.noted_place('a1', 'name,id');
SET ROLE api_list_b;
SELECT bool_and(mistral_api.note_place('b' || i, 'name,id', i::text)) FROM generate_series(1, 3000) AS i;
SELECT mistral_api.noted_place('b3000', 'name,id'), mistral_api.noted_place('b2873', 'name,id'), mistral_api.noted_place('b2872', 'name,id');
SET ROLE api_list_a;
SELECT mistral_api.noted_place('a3000', 'name,id'), mistral_api.noted_place('b3000', 'name,id');
-- what is too long to be remembered stands in the link
SELECT mistral_api.note_place('x', 'description,id', repeat('x', 511)), mistral_api.note_place('x', 'description,id', repeat('x', 512));
SELECT mistral.create_environment('e long', '{}', repeat('x', 600)) IS NOT NULL AS created;
SELECT pg_temp.query_of(mistral_api.list_environments('{"limit": "1", "name": "e long", "sort_keys": "description"}') ->> 'next') ? 'place' AS long,
       pg_temp.query_of(mistral_api.list_environments('{"limit": "1", "name": "neq:e long", "sort_keys": "description"}') ->> 'next') ? 'place' AS short;
SELECT mistral.delete_environment('e long');
SELECT mistral_api.list_environments('{"marker": "00000000-0000-4000-8000-000000000000"}');
SELECT mistral_api.list_environments('{"marker": "nonsense"}');
SELECT count(mistral.delete_environment(name)) FROM mistral.environments;

-- In any other order the link says where its page has ended: every row comes once
-- though the row of each marker is gone, in every order of every collection.
RESET ROLE;
SET ROLE api_list_a;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
api_place_1: {description: one, tags: [a], tasks: {t: {action: std.noop, on-success: u}, u: {workflow: api_place_2}, v: {action: std.async_noop}}}
api_place_2: {tasks: {t: {action: std.echo output=1}, f: {action: std.fail}}}
$$);
SELECT count(*) FROM mistral.create_actions(E'version: "2.0"\napi_place_1: {base: std.noop}\napi_place_2: {base: std.noop}\napi_place_3: {base: std.noop}');
SELECT count(*) FROM generate_series(1, 3) AS i, mistral.create_workbook(format(E'version: "2.0"\nname: api_place_%s\nworkflows: {w: {tasks: {t: {action: std.noop}}}}', i));
-- triggers on events are the administrators'
RESET ROLE;
GRANT mistral_admin TO api_list_a;
SET ROLE api_list_a;
SELECT count(mistral.create_event_trigger('t' || i, (SELECT id FROM mistral.workflows WHERE name = 'api_place_1'), 'exchange', 'topic', 'event' || i)) FROM generate_series(1, 3) AS i;
SELECT count(mistral.create_environment('e' || i, '{}', CASE WHEN i <> 2 THEN 'text "' || i % 2 || '" & ' || chr(8364) END)) FROM generate_series(1, 4) AS i;
SELECT count(mistral.create_cron_trigger('c' || i, 'api_place_1', pattern => '0 0 1 ' || i || ' *', remaining_executions => CASE WHEN i > 1 THEN i END)) FROM generate_series(1, 3) AS i;
SELECT count(mistral.start_workflow('api_place_1', description => CASE WHEN i > 1 THEN 'd' || i % 2 END)) FROM generate_series(1, 3) AS i;
SELECT count(mistral.run_action('std.noop', '{}', '{"save_result": true}')) FROM generate_series(1, 2);
RESET ROLE;
CREATE FUNCTION pg_temp.settle() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        PERFORM mistral.run_due_calls();
        EXIT WHEN NOT EXISTS (SELECT FROM mistral.delayed_calls WHERE due_at <= clock_timestamp() AND NOT is_dead);
    END LOOP;
END $$;
SELECT pg_temp.settle();
-- ids of a list, or of all its pages, each after a marker of which nothing is known
CREATE FUNCTION pg_temp.ids(collection text, params jsonb, turn bool) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    answer json;
    result text[] := '{}';
    query jsonb := params;
BEGIN
    LOOP
        EXECUTE format('SELECT mistral_api.list_%I($1)', collection) INTO answer USING query;
        result := result || ARRAY(SELECT o ->> 'id' FROM json_array_elements(answer -> collection) AS o);
        EXIT WHEN answer ->> 'next' IS NULL OR cardinality(result) > 1000;
        query := pg_temp.query_of(answer ->> 'next');
        IF turn AND query ? 'place' THEN
            query := query || jsonb_build_object('marker', gen_random_uuid());
        END IF;
    END LOOP;
    RETURN result;
END $$;
SET ROLE api_list_a;
SELECT m.collection, count(*) AS orders, bool_and(w.listed = w.turned) AS same, min(cardinality(w.listed)) > 1 AS several
  FROM (SELECT f.collection, f.name FROM mistral_api.fields f
         WHERE f.type NOT IN ('json', 'tags', 'shown', 'asked') AND f.name NOT IN ('id', 'created_at') AND f.collection <> 'services'
           AND f.collection IN (SELECT substr(proname, 6) FROM pg_proc WHERE proname LIKE 'list\_%' AND pronamespace = 'mistral_api'::regnamespace)) AS m
 CROSS JOIN (VALUES ('%s'), ('created_at,%s')) AS k(keys)
 JOIN (VALUES ('asc'), ('desc')) AS d(dir) ON d.dir = 'desc' OR k.keys = '%s'
 CROSS JOIN LATERAL (SELECT jsonb_build_object('sort_keys', format(k.keys, m.name), 'sort_dirs', d.dir) AS params) AS p
 CROSS JOIN LATERAL (SELECT pg_temp.ids(m.collection, p.params || '{"limit": 1000}', false) AS listed,
                            pg_temp.ids(m.collection, p.params || '{"limit": 4}', true) AS turned) AS w
 -- a page of actions by name begins with the marker, as in Mistral
 WHERE m.collection <> 'actions' OR mistral_api.links_have_place(string_to_array(p.params ->> 'sort_keys', ','))
 GROUP BY 1 ORDER BY 1;
-- the same where links have no place, and the row of each marker is really gone when the page behind it is read
RESET ROLE;
CREATE FUNCTION pg_temp.page_without(collection text, next jsonb, gone uuid) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    answer json;
BEGIN
    RESET ROLE;
    SET LOCAL session_replication_role = replica;
    EXECUTE format('DELETE FROM mistral.%I WHERE id = %L',
                   CASE collection WHEN 'executions' THEN 'workflow_executions' WHEN 'tasks' THEN 'task_executions'
                                   WHEN 'workflows' THEN 'workflow_definitions' WHEN 'actions' THEN 'action_definitions'
                                   ELSE collection END, gone);
    SET LOCAL ROLE api_list_a;
    EXECUTE format('SELECT mistral_api.list_%I($1)', collection) INTO answer USING next;
    RAISE EXCEPTION 'the row comes back';
EXCEPTION
    WHEN raise_exception THEN
        RETURN answer;
END $$;
CREATE FUNCTION pg_temp.ids_without(collection text, params jsonb) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    answer json;
    result text[] := '{}';
BEGIN
    EXECUTE format('SELECT mistral_api.list_%I($1)', collection) INTO answer USING params;
    LOOP
        result := result || ARRAY(SELECT o ->> 'id' FROM json_array_elements(answer -> collection) AS o);
        EXIT WHEN answer ->> 'next' IS NULL OR cardinality(result) > 1000;
        answer := pg_temp.page_without(collection, pg_temp.query_of(answer ->> 'next'), result[cardinality(result)]::uuid);
    END LOOP;
    RETURN result;
END $$;
SET ROLE api_list_a;
SELECT m.collection, count(*) AS orders, bool_and(w.listed = w.turned) AS same, min(cardinality(w.listed)) > 1 AS several
  FROM (SELECT f.collection, f.name FROM mistral_api.fields f
         WHERE f.name IN ('id', 'created_at', 'name', 'description') AND f.collection NOT IN ('services', 'actions')
           AND f.collection IN (SELECT substr(proname, 6) FROM pg_proc WHERE proname LIKE 'list\_%' AND pronamespace = 'mistral_api'::regnamespace)) AS m
 CROSS JOIN (VALUES ('asc'), ('desc')) AS d(dir)
 CROSS JOIN LATERAL (SELECT jsonb_build_object('sort_keys', m.name, 'sort_dirs', d.dir) AS params) AS p
 CROSS JOIN LATERAL (SELECT pg_temp.ids(m.collection, p.params || '{"limit": 1000}', false) AS listed,
                            pg_temp.ids_without(m.collection, p.params || '{"limit": 2}') AS turned) AS w
 GROUP BY 1 ORDER BY 1;
SELECT regexp_replace(pg_temp.query_of(mistral_api.list_environments('{"limit": 2, "sort_keys": "description,scope"}') ->> 'next') ->> 'place', '[0-9a-f-]{36}', 'ID') AS place;
-- the rows go while somebody turns the pages
SELECT pg_temp.query_of(mistral_api.list_environments('{"limit": 2, "sort_keys": "description,name"}') ->> 'next') AS next \gset
SELECT mistral.delete_environment('e1'), mistral.delete_environment('e3');
SELECT o ->> 'name' AS name FROM json_array_elements(mistral_api.list_environments(:'next') -> 'environments') AS o;
-- a place says where to go on and shows nothing; what is none is refused
SET ROLE api_list_b;
SELECT mistral_api.list_environments(:'next');
SELECT mistral_api.list_environments('{"sort_keys": "scope", "place": "[null, null]"}');
SELECT mistral_api.list_environments(jsonb_build_object('sort_keys', 'scope', 'marker', gen_random_uuid(), 'place', '["a"]'));
SELECT mistral_api.list_environments(jsonb_build_object('sort_keys', 'scope', 'marker', gen_random_uuid(), 'place', '[1, 2]'));
SELECT mistral_api.list_environments(jsonb_build_object('sort_keys', 'scope', 'marker', gen_random_uuid(), 'place', '{}'));
SELECT mistral_api.list_environments(jsonb_build_object('sort_keys', 'scope', 'marker', gen_random_uuid(), 'place', '["a", "b"]'));
SELECT mistral_api.list_environments(jsonb_build_object('sort_keys', 'updated_at', 'marker', gen_random_uuid(), 'place', '["a", null]'));
RESET ROLE;
SELECT count(mistral.delete_execution(id, true)) > 0 AS deleted FROM mistral.executions WHERE project_id = 'api_list_a' AND task_execution_id IS NULL;
DELETE FROM mistral.action_executions WHERE project_id = 'api_list_a' AND execution_id IS NULL;
SET ROLE api_list_a;
SELECT count(mistral.delete_event_trigger(id)) FROM mistral.event_triggers WHERE project_id = 'api_list_a';
RESET ROLE;
REVOKE mistral_admin FROM api_list_a;
SET ROLE api_list_a;
SELECT count(mistral.delete_cron_trigger(name)) FROM mistral.cron_triggers;
SELECT count(mistral.delete_workbook(name)) FROM mistral.workbooks;
SELECT count(mistral.delete_action(name)) FROM mistral.action_definitions WHERE name LIKE 'api\_place%';
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'api\_place%';
SELECT count(mistral.delete_environment(name)) FROM mistral.environments;

-- ------------------------------------------------------- order of executions

SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
api_list_2: {tasks: {t: {action: std.noop}}}
api_list_1: {tasks: {t: {action: std.noop}}}
$$);
SELECT count(mistral.start_workflow(name)) FROM unnest('{api_list_2,api_list_1}'::text[]) AS name;
SELECT o ->> 'workflow_name' AS name, o ->> 'name' AS member
  FROM json_array_elements(mistral_api.list_executions('{"sort_keys": "name"}') -> 'executions') AS o;
SELECT regexp_replace(mistral_api.list_executions('{"sort_keys": "name", "limit": "1", "include_output": "true"}') ->> 'next',
                      'marker=.*', 'marker=ID');
SELECT mistral_api.list_executions('{"fields": "name"}');
RESET ROLE;

-- ---------------------------------------------------------- other projects

SET ROLE api_list_admin;
SELECT o ->> 'name' AS name, o ->> 'project_id' AS project
  FROM json_array_elements(mistral_api.list_workflows('{"project_id": "api_list_a", "sort_keys": "name"}') -> 'workflows') AS o;
SELECT mistral_api.list_code_sources('{"project_id": "api_list_a"}');
RESET ROLE;
SET ROLE api_list_b;
SELECT mistral_api.list_workflows('{"project_id": "api_list_a"}');
SELECT mistral_api.list_executions('{"project_id": "api_list_a"}');
RESET ROLE;

-- an id that another project has is refused like one that nobody may have
SET ROLE api_list_a;
SELECT mistral.start_workflow('api_list_1', execution_id => '01900000-0000-7000-8000-0000000000a1');
SELECT mistral.start_workflow('api_list_1', execution_id => '01900000-0000-7000-8000-0000000000a1');
SET ROLE api_list_b;
SELECT count(*) FROM mistral.create_workflows(E'version: ''2.0''\napi_list_1: {input: [x], tasks: {t: {action: std.noop}}}');
SELECT mistral.start_workflow('api_list_1', '{"x": 1}', execution_id => '01900000-0000-7000-8000-0000000000a1');
SELECT mistral_api.create_execution('{"id": "01900000-0000-7000-8000-0000000000a1", "workflow_name": "api_list_1", "input": {"x": 1}}');
SELECT mistral_api.create_execution('{"id": "00000000-0000-0000-0000-000000000000", "workflow_name": "api_list_1", "input": {"x": 1}}');
SELECT mistral_api.create_execution('{"source_execution_id": "00000000-0000-0000-0000-000000000000", "workflow_name": "api_list_1", "input": {"x": 1}}');
SELECT mistral_api.create_execution('{"workflow_id": "00000000-0000-0000-0000-000000000000"}');
SELECT mistral_api.list_execution_tasks('00000000-0000-0000-0000-000000000000');
SELECT mistral_api.get_task('00000000-0000-0000-0000-000000000000');
SELECT mistral_api.list_executions('{"marker": "00000000-0000-0000-0000-000000000000"}');
SELECT mistral_api.list_executions('{"task_execution_id": "00000000-0000-0000-0000-000000000000"}');
-- what is wrong otherwise is told as with any id
SELECT mistral.start_workflow('api_list_none', execution_id => '01900000-0000-7000-8000-0000000000a1');
SELECT mistral.start_workflow('api_list_1', execution_id => '01900000-0000-7000-8000-0000000000a1');
SELECT count(*) FROM mistral.executions;

-- ------------------------------------------------------------ texts, bounds

SELECT mistral_api.update_action('01900000-0000-7000-8000-0000000000a1',
                                 E'version: ''2.0''\na: {base: std.noop}\nb: {base: std.noop}');
SELECT mistral_api.update_workflow('01900000-0000-7000-8000-0000000000a1',
                                   E'version: ''2.0''\na: {tasks: {t: {action: std.noop}}}\nb: {tasks: {t: {action: std.noop}}}');
SELECT mistral_api.create_event_trigger(
    '{"workflow_id": "01900000-0000-7000-8000-0000000000a1", "exchange": "x", "topic": "t", "event": "e"}');
SELECT mistral_api.execution_report('notuuid');
SELECT mistral_api.list_sub_executions('notuuid');
SELECT mistral_api.get_execution('notuuid');

SELECT mistral_api.create_environment(jsonb_build_object('name', repeat('n', 201), 'variables', '{}'::jsonb));
SELECT length(mistral_api.create_environment(jsonb_build_object('name', repeat('n', 200), 'variables', '{}'::jsonb)) ->> 'name');
SELECT mistral_api.create_cron_trigger(jsonb_build_object(
    'name', repeat('n', 201), 'workflow_name', 'api_list_1', 'pattern', '0 0 1 1 *', 'workflow_input', '{"x": 1}'::jsonb));
SELECT mistral_api.create_cron_trigger(jsonb_build_object(
    'name', 'n', 'workflow_name', 'api_list_1', 'pattern', '0 0 1 1 ' || repeat('1,', 50) || '1', 'workflow_input', '{"x": 1}'::jsonb));
SELECT length(mistral_api.create_cron_trigger(jsonb_build_object(
    'name', repeat('n', 200), 'workflow_name', 'api_list_1', 'pattern', '0 0 1 1 ' || repeat('1,', 45) || '00',
    'workflow_input', '{"x": 1}'::jsonb)) ->> 'pattern');
SELECT mistral_api.create_event_trigger(jsonb_build_object(
    'name', part, 'workflow_id', (SELECT id FROM mistral.workflows WHERE name = 'api_list_1' AND project_id = 'api_list_b'),
    'exchange', repeat('x', 81), 'topic', 't', 'event', 'e')) FROM unnest('{a}'::text[]) AS part;
SELECT value, mistral_api.to_object('input', value::jsonb) FROM unnest('{"\"\"",null,"{}","\"{}\"","\"null\""}'::text[]) AS value;
SELECT mistral_api.to_object('input', '" "');

SET timezone TO 'Asia/Tokyo';
SELECT value, to_char(mistral_api.first_time(value) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
  FROM unnest('{2099-01-02 03:04,2099-1-2 3:4,2099-01-02T03:04,2099-01-02T03:04:05,2099-01-02T03:04:05.5Z,2099-01-02T03:04+02:00,2099-01-02T03:04:05-0130,2099-01-02 03:04Z}'::text[]) AS value;
RESET timezone;
SELECT mistral_api.first_time('2099-01-02');
SELECT mistral_api.first_time('2099-13-02T03:04');
SELECT mistral_api.first_time('2099-01-02T03:04 Europe/Berlin');
SELECT mistral_api.first_time('tomorrow');

SELECT count(mistral.delete_cron_trigger(id)) FROM mistral.cron_triggers;
SELECT count(mistral.delete_environment(name)) FROM mistral.environments;
RESET ROLE;

-- -------------------------------------------------------------------- total
CREATE FUNCTION pg_temp.total(collection text, params jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    page json;
BEGIN
    EXECUTE format('SELECT mistral_api.list_%I($1, ''http://x'')', collection) INTO page USING params;
    RETURN format('%s of %s%s', json_array_length(page -> collection), coalesce(page ->> 'total', 'unknown'),
                  CASE WHEN page -> 'next' IS NOT NULL THEN ', and a next page without: ' || (substring(page ->> 'next' FROM '[?&]total=.*') IS NULL) END);
END
$$;
SET ROLE api_list_a;
SELECT count(mistral.create_environment('total' || n, jsonb_build_object('n', n))) FROM generate_series(1, 5) n;
SELECT p AS params, pg_temp.total('environments', p::jsonb)
  FROM unnest('{"{}","{\"total\": \"true\"}","{\"total\": \"1\", \"limit\": \"2\"}","{\"total\": \"false\", \"limit\": \"2\"}",
                "{\"total\": \"true\", \"name\": \"gt:total3\"}"}'::text[]) AS p;
-- behind a marker the total is that of all pages
SELECT pg_temp.total('environments', jsonb_build_object('total', 'true', 'limit', '10', 'sort_keys', 'name',
           'marker', (SELECT id FROM mistral.environments WHERE name = 'total4')));
-- others' objects do not count
SET ROLE api_list_b;
SELECT pg_temp.total('environments', '{"total": "true"}');
RESET ROLE;
SELECT p, pg_temp.total(p, '{"total": "true", "limit": "1"}') ~ ' of [0-9]+' AS has_total
  FROM unnest('{executions,tasks,action_executions,workflows,actions,workbooks,cron_triggers,event_triggers,code_sources,dynamic_actions}'::text[]) AS p;
-- of what belongs to a task
SELECT c.list, c.answer -> 'total' AS total
  FROM (VALUES ('workflow_executions', mistral_api.list_task_workflow_executions(gen_random_uuid()::text, '{"total": "true"}'))) AS c(list, answer);
SET ROLE api_list_a;
SELECT mistral_api.list_environments('{"total": "maybe"}');
SELECT count(mistral.delete_environment(name)) FROM mistral.environments;
RESET ROLE;

-- -------------------------------------------------------------- maintenance

SET client_min_messages = warning;
SELECT mistral.set_maintenance('PAUSED');
RESET client_min_messages;
SELECT mistral_api.validate_workflow('');
SELECT mistral_api.validate_workbook('');
SELECT mistral_api.validate_actions('');
SELECT mistral.set_maintenance('RUNNING');
SELECT mistral_api.validate_workflow(E'version: ''2.0''\na: {tasks: {t: {action: std.noop}}}')::text;

SELECT count(mistral.delete_execution(id, true)) FROM mistral.executions WHERE project_id LIKE 'api_list_%';
SET ROLE api_list_b;
SELECT mistral.delete_workflow('api_list_1');
SET ROLE api_list_a;
SELECT mistral.delete_workflow(name) FROM unnest('{api_list_1,api_list_2}'::text[]) AS name;
RESET ROLE;
DROP ROLE api_list_a, api_list_b, api_list_admin;
