-- Dynamic actions: a name with a program in a code source, run as a script.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

SELECT mistral.create_code_source('geometry', $$const area = ({w, h}) => w * h;
class Circle { constructor(input) { this.r = input.r } run() { return this.r } } // no end of line$$) AS source \gset
SELECT mistral.create_code_source('snake', 'class Area: pass', language => 'python') AS snake \gset
SELECT count(mistral.create_dynamic_action(name, class, source::uuid, namespace))
  FROM (VALUES ('geo.area', 'area', :'source', ''), ('geo.circle', 'shapes.Circle', :'source', ''), ('geo.area', 'Circle', :'source', 'other'),
               ('geo.bad', 'a;b', :'source', ''), ('geo.snake', 'Area', :'snake', ''), ('std.noop', 'area', :'source', ''))
       AS a(name, class, source, namespace);

-- what an executor gets: a script with the input as its context
SELECT story.define($$
shapes:
  input: [w]
  tasks:
    plain: {action: geo.area, input: {w: <% $.w %>, h: 3}}
    class: {action: geo.circle r=1}
    items: {with-items: 'i in [1, 2]', action: 'geo.area w=<% $.i %>'}
    standard: {action: std.noop}
$$);
SELECT mistral.start_workflow('shapes', '{"w": 2}') AS shapes \gset
SELECT t.name, x.name AS action, x.input, x.run ->> 'name' AS runs, x.run #> '{input,context}' AS context
  FROM mistral.tasks t JOIN mistral.action_executions x ON x.task_id = t.id
 WHERE t.workflow_execution_id = :'shapes' ORDER BY t.name, x.item_index;
SELECT x.run #>> '{input,script}' AS script FROM mistral.action_executions x
 WHERE x.execution_id = :'shapes' AND x.name = 'geo.circle';
SELECT count(mistral.complete_action(x.id, 'SUCCESS', '6'))
  FROM mistral.action_executions x WHERE x.execution_id = :'shapes' AND x.state = 'R';
SELECT * FROM story.show(:'shapes') ORDER BY 1;

-- what cannot be run is an error that a task can catch
SELECT story.define($$
wrong:
  tasks:
    language: {action: geo.snake}
    class: {action: geo.bad}
    unknown: {action: geo.unknown}
$$);
SET mistral.catch_start_failures = on;
SELECT mistral.start_workflow('wrong') AS wrong \gset
SELECT name, state, story.hide(state_info) FROM mistral.tasks WHERE workflow_execution_id = :'wrong' ORDER BY name;
RESET mistral.catch_start_failures;

-- the newest version of the source, the base of an ad-hoc action, the namespace, and a run without a workflow
SELECT mistral.update_code_source(:'source'::uuid, 'const area = () => 1;');
SELECT count(*) FROM mistral.create_actions('{version: "2.0", square: {base: geo.area, input: [a], base-input: {w: <% $.a %>, h: <% $.a %>}, output: {area: <% $ %>}}}');
SELECT mistral.run_action('square', '{"a": 5}', '{"save_result": true}') ->> 'id' AS square \gset
SELECT name, input, run #> '{input,context}' AS context, split_part(run #>> '{input,script}', E'\n', 1) AS line FROM mistral.action_executions WHERE id = :'square';
SELECT mistral.complete_action(:'square', 'SUCCESS', '25');
SELECT mistral.wait_action(:'square') -> 'output' AS output;
SELECT mistral.run_action('geo.area', '{}', '{"save_result": true}', 'other') ->> 'id' AS area \gset
SELECT run #>> '{input,script}' LIKE '%new Circle($).run()%' AS of_namespace FROM mistral.action_executions WHERE id = :'area';
SELECT mistral.abandon_action(:'area');

-- validation knows the name, and asks for no parameter
SELECT mistral.validate_workflow('{version: "2.0", w: {tasks: {a: {action: geo.area x=1}, b: {action: geo.nothing}}}}') -> 'warnings' AS warnings;

-- another project may use what is public with a public source
CREATE ROLE regress_dynamic_user;
SELECT mistral.create_roles();
GRANT mistral_user TO regress_dynamic_user;
CREATE FUNCTION pg_temp.outcome() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN mistral.run_action('geo.area', '{}', '{"save_result": true}') ->> 'name';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;
GRANT EXECUTE ON FUNCTION pg_temp.outcome() TO regress_dynamic_user;
SET ROLE regress_dynamic_user;
SELECT pg_temp.outcome() AS private;
RESET ROLE;
SELECT mistral.update_dynamic_action(id, scope => 'public') FROM mistral.dynamic_actions WHERE name = 'geo.area' AND namespace = '';
SET ROLE regress_dynamic_user;
SELECT pg_temp.outcome() AS private_source;
RESET ROLE;
SELECT mistral.update_code_source(:'source'::uuid, 'const area = () => 2;', 'public');
SET ROLE regress_dynamic_user;
SELECT pg_temp.outcome() AS public;
SELECT count(*) FROM mistral.code_sources;
RESET ROLE;

SELECT mistral.delete_execution(id, true) FROM mistral.executions WHERE workflow_name IN ('shapes', 'wrong');
SELECT count(mistral.abandon_action(id)) FROM mistral.action_executions WHERE execution_id IS NULL AND state = 'R';
DELETE FROM mistral.action_executions WHERE execution_id IS NULL;
SELECT mistral.delete_workflow(name) FROM unnest('{shapes, wrong}'::text[]) AS name;
SELECT mistral.delete_action('square');
SELECT mistral.delete_code_source(id) FROM mistral.code_sources;
DROP FUNCTION pg_temp.outcome();
DROP OWNED BY regress_dynamic_user;
DROP ROLE regress_dynamic_user;
