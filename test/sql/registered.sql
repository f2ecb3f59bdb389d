-- Actions that executors run: registering them, and using them in workflows.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- ---- registering

SELECT name, kind, namespace, scope, is_system, input, description, tags, updated_at IS NULL AS is_new
  FROM mistral.register_action('my.add', 'a, b=1', 'Adds two numbers.', tags => '["math"]');
SELECT name, input FROM mistral.register_action('my.any');
SELECT name, input FROM mistral.register_action('my.none', '');
SELECT name, input FROM mistral.register_action('my.kinds',
    ' a , b = "x, y=\"[" , c=[1, {"d": ","}], e={"f": null}, g=null, h=-1.5e3,i=true ');
SELECT name, kind, scope FROM mistral.action_definitions WHERE name LIKE 'my.%' ORDER BY name;

-- what is not right
SELECT mistral.register_action(NULL);
SELECT mistral.register_action('my.add');
SELECT mistral.register_action('std.http', 'url');
SELECT mistral.register_action('my bad');
SELECT mistral.register_action('');
SELECT mistral.register_action('my.bad', 'a=');
SELECT mistral.register_action('my.bad', 'a=b');
SELECT mistral.register_action('my.bad', 'a=1 2, b');
SELECT mistral.register_action('my.bad', 'a=[1');
SELECT mistral.register_action('my.bad', '=1');
SELECT mistral.register_action('my.bad', 'a,,b');
SELECT mistral.register_action('my.bad', 'a,');
SELECT mistral.register_action('my.bad', 'a, a');
SELECT mistral.register_action('my.bad', tags => '"x"');
SELECT mistral.register_action('my.bad', tags => '["x", 1]');
SELECT mistral.register_action('my.bad', scope => 'all');
SELECT mistral.register_action(repeat('x', 256));
SELECT mistral.unregister_action('my.bad');
\set VERBOSITY sqlstate
SELECT mistral.register_action('std.http', 'url');
SELECT mistral.register_action('my.bad', 'a=');
SELECT mistral.register_action('my.add');
SELECT mistral.unregister_action('my.bad');
\set VERBOSITY default

-- changes: what is null stays; with an input nothing else is taken
SELECT input, description, tags FROM mistral.update_action('my.add', description => 'Sums.');
SELECT input, description, tags FROM mistral.update_action('my.add', input => 'a, b=2', tags => '[]');
SELECT input, description FROM mistral.register_action('my.add', 'a, b=1', 'Adds.', or_replace => true);
SELECT count(*), count(*) FILTER (WHERE v.retired_at IS NULL) AS current
  FROM mistral.action_versions v JOIN mistral.action_definitions d ON d.id = v.definition_id
 WHERE d.name = 'my.add';

-- an action stays of its kind, whoever stores something under the name
SELECT mistral.create_actions('{version: "2.0", my.add: {base: std.noop}}');
SELECT mistral.create_actions('{version: "2.0", my.add: {base: std.noop}}', or_replace => true);
SELECT mistral.update_actions('{version: "2.0", my.add: {base: std.noop}}');
SELECT mistral.create_workbook('{version: "2.0", name: my, actions: {add: {base: std.noop}}}');
SELECT name, kind FROM mistral.create_actions('{version: "2.0", adhoc: {base: my.add, input: [{b: 5}], base-input: {a: <% $.b %>}}}');
SELECT mistral.register_action('adhoc', or_replace => true);
SELECT mistral.update_action('adhoc', 'a');
SELECT mistral.unregister_action('adhoc');

-- ---- in workflows

SELECT story.define($$
calls:
  tasks:
    plain: {action: my.add, input: {a: 1}}
    missing: {action: my.add b=2}
    unexpected: {action: my.add a=1 d=2}
    any: {action: my.any x=1 y=2}
    none: {action: my.none}
    none_but: {action: my.none x=1}
    computed: {action: '<% concat("my", ".add") %>', input: {a: 2, b: 3}}
    items: {with-items: 'i in [1, 2, 3]', action: 'my.add a=<% $.i %>'}
    base: {action: adhoc}
$$);
SELECT mistral.start_workflow('calls') AS calls \gset
SELECT name, state, story.hide(state_info) FROM mistral.tasks WHERE workflow_execution_id = :'calls' AND state = 'ERROR' ORDER BY name;
SELECT mistral.delete_execution(:'calls', true);

SELECT story.define($$
good:
  tasks:
    plain: {action: my.add, input: {a: 1}}
    any: {action: my.any x=1 y=2}
    none: {action: my.none}
    computed: {action: '<% concat("my", ".add") %>', input: {a: 2, b: 3}}
    items: {with-items: 'i in [1, 2, 3]', action: 'my.add a=<% $.i %>'}
    base: {action: adhoc}
$$);
SELECT mistral.start_workflow('good') AS good \gset
SELECT t.name, x.name AS action, x.input, x.run
  FROM mistral.tasks t JOIN mistral.action_executions x ON x.task_id = t.id
 WHERE t.workflow_execution_id = :'good' ORDER BY t.name, x.item_index;
SELECT count(mistral.complete_action(x.id, 'SUCCESS', '{"sum": 7}'))
  FROM mistral.action_executions x WHERE x.execution_id = :'good';
SELECT * FROM story.show(:'good') ORDER BY 1;
SELECT mistral.delete_execution(:'good', true);

-- ---- deletion: a workflow that uses the name finds out when it runs

SELECT mistral.unregister_action('my.any');
SELECT mistral.delete_action('my.add');
SELECT task, state, info FROM story.show(mistral.start_workflow('good')) WHERE task IN ('plain', 'any', 'none');
SELECT mistral.delete_execution(story.exec('good'), true);
SELECT mistral.unregister_action(name) FROM unnest('{my.none, my.kinds}'::text[]) AS name;
SELECT mistral.delete_action('adhoc');
SELECT mistral.delete_workflow(name) FROM unnest('{calls, good}'::text[]) AS name;
SELECT count(*) FROM mistral.action_definitions;
