-- Storing, changing and deleting workflows and ad-hoc actions.

-- what other tests have left is not counted
SELECT mistral.delete_retired_versions('0') >= 0 AS clean;

-- several workflows in a text: each gets its own part (WF-01)
SELECT name, namespace, scope, tags, workbook_name, checksum = md5(definition) AS has_checksum, definition, updated_at
  FROM mistral.create_workflows($$version: '2.0'

first:  # the first
  tags: [red, green]
  input: [x]
  tasks:
    a: {action: std.echo output=<% $.x %>}

second:
  input:
    - plain
    - number: 2
    - text: "some text"
    - nothing: null
    - flag: true
    - map: {k: 1, l: "it's"}
    - list: [1, 2.5]
  output: {one: 1, two: <% $.plain %>}
  type: reverse
  tasks:
    b: {action: std.noop}
    c: {action: std.noop, requires: [b]}
$$);

SELECT d.name, mistral.workflow_input(v.spec), mistral.workflow_interface(v.spec)
  FROM mistral.workflow_definitions d JOIN mistral.workflow_versions v ON v.id = d.version_id
 ORDER BY d.name;

-- a single one keeps the text
SELECT definition FROM mistral.create_workflows(E'---\n# comment\nversion: 2\nthird:\n  tasks: {t: {action: std.noop}} # more\n');

-- what is stored: normalised, in the order of the text (INL-01, INL-02, INL-03, INL-04, INL-05, INL-07, INL-08,
-- INL-09, INL-10, INL-11, INL-12, INL-14, INL-15, TASK-08, YAML-11)
SELECT name FROM mistral.create_workflows($$version: '2.0'
normal:
  vars: {b: 1, a: 1.0}
  tasks:
    t:
      action: std.echo output="<% $.a %>" e=<% $.b %> j={{ _.c }} n=12 t=true z=null l=[1,{"a":"b"}] s='x y' a-b=1 out.put=2 f=12.5 b=word m={"a":1} n2=007
      input: {output: 1, keep: {x: 1}}
      version: 1
      retry: count=3 delay=<% $.d %>
      join: 0.0
    version: {action: none}
    u: {workflow: 'sub x=[1] y=[2]', input: {k: 0}}
    v: {action: "<% $.name %> p=1"}
    x-1: {}
    y: {action: 'std.echo output="a","b"', input: {k: 0}}
    z: {action: 'std.echo output="<% $.a["k"] %>"', input: {k: 0}}
$$);
SELECT s.key, s.value
  FROM mistral.workflow_definitions d JOIN mistral.workflow_versions v ON v.id = d.version_id, json_each(v.spec) AS s
 WHERE d.name = 'normal' AND s.key <> 'tasks';
SELECT t.key, t.value
  FROM mistral.workflow_definitions d JOIN mistral.workflow_versions v ON v.id = d.version_id, json_each(v.spec -> 'tasks') AS t
 WHERE d.name = 'normal';

-- all or none
\set VERBOSITY sqlstate
SELECT name FROM mistral.create_workflows(E'version: ''2.0''\nfourth: {tasks: {t: {action: std.noop}}}\nfirst: {tasks: {t: {action: std.noop}}}\n');
\set VERBOSITY default
SELECT count(*) FROM mistral.workflow_definitions WHERE name = 'fourth';
-- errors with their codes (WF-07, RES-06, RES-13)
DO $$
DECLARE
	call text;
	state text;
	message text;
BEGIN
	FOREACH call IN ARRAY ARRAY[
		$c$mistral.create_workflows(E'version: ''2.0''\nfirst: {tasks: {t: {action: std.noop}}}')$c$,
		$c$mistral.create_workflows(E'version: ''2.0''\n"a b": {tasks: {t: {action: std.noop}}}')$c$,
		$c$mistral.create_workflows(E'version: ''2.0''\na: {tasks: {t: {action: std.noop}}}', scope => 'wrong')$c$,
		$c$mistral.create_workflows('a: [')$c$,
		$c$mistral.create_workflows(NULL)$c$,
		$c$mistral.create_workflows(E'version: ''2.0''\na: {tasks: {t: {action: "<% $. %>"}}}')$c$,
		$c$mistral.create_workflows(E'version: ''2.0''\na: {tasks: {t: {action: "x a=<% $. %>"}}}')$c$,
		$c$mistral.create_workflows(E'version: ''2.0''\na: {tasks: {t: {action: "x a=<% 1 %> b=\'{{ 2 }}<% 3 %>\'"}}}')$c$,
		$c$mistral.create_workflows(E'version: ''2.0''\na: {tasks: {t: {action: std.noop, on-success: s}}}')$c$,
		$c$mistral.create_workflows(E'version: ''2.0''\na: {tasks: {t: {action: std.noop, on-success: t}}}')$c$,
		$c$mistral.update_workflows(E'version: ''2.0''\nnowhere: {tasks: {t: {action: std.noop}}}')$c$,
		$c$mistral.update_workflows(E'version: ''2.0''\nfirst: {tasks: {t: {action: std.noop}}}', 'elsewhere')$c$,
		$c$mistral.update_workflows(E'version: ''2.0''\na: {tasks: {t: {action: x}}}\nb: {tasks: {t: {action: x}}}', identifier => 'first')$c$,
		$c$mistral.update_workflows(E'version: ''2.0''\nsecond: {tasks: {t: {action: x}}}', identifier => 'first')$c$,
		$c$mistral.delete_workflow('nowhere')$c$,
		$c$mistral.delete_workflow('first', 'elsewhere')$c$,
		$c$mistral.delete_workflow('01900000-0000-7000-8000-00000000000a')$c$,
		$c$mistral.delete_action('std.echo')$c$,
		$c$mistral.delete_workbook('nowhere')$c$,
		$c$mistral.create_actions(E'version: ''2.0''\na: {input: [x]}')$c$,
		$c$mistral.create_actions(E'version: ''2.0''\na: {base: x, bogus: 1}')$c$,
		$c$mistral.create_actions(E'version: ''2.0''\na: {base: x}\nb: {}')$c$,
		$c$mistral.create_actions(E'version: ''2.0''\na b: {base: x}')$c$,
		$c$mistral.update_actions(E'version: ''2.0''\nnowhere: {base: x}')$c$]
	LOOP
		BEGIN
			EXECUTE 'SELECT ' || call;
			RAISE NOTICE '% is accepted', call;
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
			RAISE WARNING '% %', state, replace(message, current_user, 'PROJECT');
		END;
	END LOOP;
END
$$;

-- namespaces (RES-04, RES-05)
SELECT name, namespace FROM mistral.create_workflows(E'version: ''2.0''\nfirst: {tasks: {t: {action: std.noop}}}', 'ns');
SELECT name, namespace FROM mistral.workflow_definitions WHERE name = 'first' ORDER BY namespace;

-- an update adds a version, by name or by id, perhaps with a new name (RES-06)
SELECT name, updated_at IS NOT NULL AS updated, tags
  FROM mistral.update_workflows(E'version: ''2.0''\nfirst: {tasks: {t2: {action: std.noop}}}');
SELECT name, scope
  FROM mistral.update_workflows(E'version: ''2.0''\nrenamed: {tasks: {t3: {action: std.noop}}}', NULL, 'public', false,
								(SELECT id::text FROM mistral.workflow_definitions WHERE name = 'first' AND namespace = ''));
SELECT d.name, d.scope, v.retired_at IS NOT NULL AS retired, v.id = d.version_id AS newest, v.spec -> 'tasks' AS tasks
  FROM mistral.workflow_definitions d JOIN mistral.workflow_versions v ON v.definition_id = d.id
 WHERE d.name = 'renamed' ORDER BY v.id;
-- without a scope, or with null, it stays
SELECT scope FROM mistral.update_workflows(E'version: ''2.0''\nrenamed: {tasks: {t3: {action: std.noop}}}', scope => NULL);
SELECT scope FROM mistral.update_workflows(E'version: ''2.0''\nrenamed: {tasks: {t3: {action: std.noop}}}');

-- deleting keeps versions; those that nothing uses can be deleted
SELECT mistral.delete_workflow('renamed');
SELECT mistral.delete_retired_versions('1 day');
SELECT mistral.delete_retired_versions('0');

-- ad-hoc actions: several in a text, each keeps the whole of it
SELECT name, tags, is_system, description, definition = E'version: ''2.0''\n' AS is_part, input
  FROM mistral.create_actions($$version: '2.0'
twice:
  description: says it twice
  tags: [kind, short]
  input: [s, {sep: ", "}, {n: 2}, {opts: {a: null}}]
  base: std.echo output="<% $.s %><% $.sep %><% $.s %>"
  base-input: {output: x, delay: 0}
  output: <% $ %>
deep: {base: twice s=1, output: [1, "<% ( %>"]}
$$);
SELECT v.spec FROM mistral.action_definitions d JOIN mistral.action_versions v ON v.id = d.version_id ORDER BY d.name DESC;
SELECT name, description FROM mistral.update_actions(E'version: ''2.0''\ndeep: {base: twice, description: deeper}');
SELECT name FROM mistral.update_actions(E'version: ''2.0''\ndeepest: {base: twice}', identifier => 'deep');
SELECT mistral.delete_action('deepest');
SELECT mistral.delete_action((SELECT id::text FROM mistral.action_definitions WHERE name = 'twice'));

-- validation can be skipped only when the operator allows it (YAML-14)
SELECT name FROM mistral.create_workflows(E'version: ''2.0''\nbad: {tasks: {t: {action: std.noop, on-success: nowhere, x: 1}}}', skip_validation => true);
SET mistral.validation_mode = enabled;
SELECT name FROM mistral.create_workflows(E'version: ''2.0''\nbad: {tasks: {t: {action: std.noop, on-success: nowhere}}}');
SELECT name FROM mistral.create_workflows(E'version: ''2.0''\nbad: {tasks: {t: {action: std.noop, on-success: nowhere, x: 1}}}', skip_validation => true);
SET mistral.validation_mode = disabled;
SELECT name FROM mistral.create_workflows(E'version: ''2.0''\nworse: {tasks: {t: {action: "std.echo output=<% ( %>", on-success: t}}}');
SELECT name FROM mistral.create_workflows(E'version: ''2.0''\nlax: {tags: [a, a], tasks: {t: {action: std.noop, wait-before: soon, description: "", publish: {}}}}');
SELECT name FROM mistral.create_workflows(E'version: ''2.0''\nworst: {tasks: []}');
RESET mistral.validation_mode;
SELECT mistral.start_workflow('bad');

SELECT mistral.delete_workflow(name, namespace) FROM mistral.workflow_definitions ORDER BY name, namespace;

-- the time of the last change stays when an update changes nothing
CREATE FUNCTION pg_temp.same(text) RETURNS text LANGUAGE sql AS $$ SELECT E'version: "2.0"\nsame:\n' || $1 $$;
SELECT count(*) FROM mistral.create_workflows(pg_temp.same(E'  tasks: {t: {action: std.noop}}\n'));
SELECT count(*) FROM mistral.create_actions(pg_temp.same(E'  base: std.noop\n'));
SELECT mistral.create_environment('same', '{"a": 1}') IS NOT NULL AS created;
SELECT w.updated_at FROM mistral.update_workflows(pg_temp.same(E'  tasks: {t: {action: std.noop}}\n')) AS w;
SELECT a.updated_at FROM mistral.update_actions(pg_temp.same(E'  base: std.noop\n')) AS a;
SELECT mistral.update_environment('same', '{"a": 1}', NULL, 'private');
SELECT updated_at FROM mistral.environments WHERE name = 'same';
SELECT w.updated_at IS NOT NULL AS updated
  FROM mistral.update_workflows(pg_temp.same(E'  tasks: {t: {action: std.fail}}\n')) AS w;
SELECT mistral.delete_workflow('same'), mistral.delete_action('same'), mistral.delete_environment('same');

-- parameters as clients see them
BEGIN;
SELECT name, input FROM mistral.create_actions($$version: '2.0'
none: {base: std.noop}
some: {base: std.noop, input: [a, {b: 1.5}, {c: "x\"y"}, {d: {k: [1, null, 1.0e+20, true]}}, {e: "\u00e9\U0001F600\n\x01"}]}
$$);
SELECT input FROM mistral.create_workflows($$version: '2.0'
some:
  input: [a, {b: 1.5}, {c: "x\"y"}, {d: {k: [1, null, 1.0e+20, true, "\u2028\u00e9'\\"]}}, {e: [1.0, "a'\"", "\x7F\U000E0001"]}]
  tasks: {t: {action: std.noop}}
$$);
ROLLBACK;
