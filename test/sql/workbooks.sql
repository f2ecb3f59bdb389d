-- Workbooks: what they contain becomes definitions of its own (RES-01, RES-02, RES-03).

SELECT name, namespace, scope, tags, updated_at
  FROM mistral.create_workbook($$version: '2.0'
name: ops
description: a workbook
tags: [book]
workflows:
  version: '2.0'
  # checks one host
  check:
    input: [url]
    tasks:
      # just once
      one: {action: ping url=<% $.url %>}

  "quoted": {tasks: {t: {action: std.noop}}}
actions:
    ping:   # four blanks
        input: [url]
        base: std.http url=<% $.url %>
$$, 'ns', 'public');
SELECT d.name, d.namespace, d.scope, d.workbook_name, d.checksum, v.definition
  FROM mistral.workflow_definitions d JOIN mistral.workflow_versions v ON v.id = d.version_id
 ORDER BY d.name;
SELECT d.name, d.namespace, d.scope, d.workbook_name, v.definition, v.spec
  FROM mistral.action_definitions d JOIN mistral.action_versions v ON v.id = d.version_id
 ORDER BY d.name;

-- an update creates or changes items, and deletes none
SELECT name, scope, updated_at IS NOT NULL AS updated
  FROM mistral.update_workbook(E'version: ''2.0''\nname: ops\nworkflows: {check: {tasks: {two: {action: ping}}}, more: {tasks: {t: {action: ping}}}}\n', 'ns');
SELECT d.name, d.scope, v.definition
  FROM mistral.workflow_definitions d JOIN mistral.workflow_versions v ON v.id = d.version_id
 ORDER BY d.name;

-- what is refused
\set VERBOSITY sqlstate
SELECT name FROM mistral.create_workbook(E'version: ''2.0''\nname: ops\n', 'ns');
\set VERBOSITY default
SELECT name FROM mistral.create_workbook(E'version: ''2.0''\nname: a b\n');
SELECT name FROM mistral.update_workbook(E'version: ''2.0''\nname: ops\n');
SELECT mistral.delete_workbook('ops');
SELECT text, v ->> 'valid' AS valid, concat_ws(' ', v ->> 'sqlstate', v ->> 'error') AS error
  FROM unnest(ARRAY[E'name: b', E'version: 3.0\nx: 1', E'version: 2.0\nx: 1', E'version: 2.0\nname: b\nowner: me', E'version: 2.0\nname: b\nworkflow: {}',
					E'version: 2.0\nname: b\nactions: {}', E'version: 2.0\nname: b\ntags: [x, x]',
					E'version: 2.0\nname: b\nactions: {a.b: {base: x}}', E'version: 2.0\nname: b\nactions: {a: null}',
					E'version: 2.0\nname: b\nworkflows: {version: 3.0, w: {tasks: {t: {action: x}}}}', E'version: 2.0\nname: b\nworkflows: {version: 2.0}',
					E'version: 2.0\nname: b\nworkflows: {w-é_1: {tasks: {t: {action: x}}}}', E'version: 2.0\nname: b\nworkflows: {w: {type: direct}}',
					E'version: 2.0\nname: b\nworkflows: {w: {tasks: {t: {action: x, on-success: zz}}}}',
					E'version: 2.0\nname: b\nactions: {a: {base: "x y=<% ( %>"}}', E'version: 2.0\nname: a b']) AS text,
	   mistral.validate_workbook(text) AS v;

-- deleting it leaves what it contained
SELECT mistral.delete_workbook('ops', 'ns');
SELECT name FROM mistral.workflow_definitions ORDER BY name;
SELECT mistral.delete_workflow(name, namespace) FROM mistral.workflow_definitions ORDER BY name;
SELECT mistral.delete_action(name, namespace) FROM mistral.action_definitions ORDER BY name;

-- a section with a version only
SELECT mistral.validate_workbook(E'version: ''2.0''\nname: b\nworkflows: {version: ''2.0''}\nactions: {version: 2.0}');

-- what is cut out: comments and empty lines stay as they are where they stand further left
SELECT name FROM mistral.create_workbook(E'version: "2.0"\nname: cut\nworkflows:\n  a:\n# zero\n    tasks:\n      \n      # deep\n      t: {action: std.noop}\n # one\n\n  # two\n  b:\n    tasks: {t: {action: std.noop}}\n');
SELECT replace(v.definition, ' ', '.') FROM mistral.workflow_definitions d JOIN mistral.workflow_versions v ON v.id = d.version_id WHERE d.name = 'cut.a';
SELECT mistral.delete_workbook('cut'), mistral.delete_workflow('cut.a'), mistral.delete_workflow('cut.b');

-- a version in Python's spellings of a number
SELECT version, (mistral.validate_workbook(format(E'version: ''%s''\nname: b', version)) ->> 'valid')::bool AS valid
  FROM unnest(ARRAY['2', '2.00', ' 2.0 ', '20e-1', '0x2', '2_0', '2.0.0', 'nan']) AS version;
