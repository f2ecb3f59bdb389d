-- The YAML of definitions: what a text means, and how a wrong one is refused.
-- (YAML-01, YAML-02, YAML-03, YAML-04, YAML-05, YAML-06, YAML-07, YAML-12)

-- stores a workflow and returns what became of the key "x"
CREATE FUNCTION pg_temp.meaning(yaml text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	result json;
BEGIN
	PERFORM mistral.create_workflows(E'version: ''2.0''\nw:\n  tasks: {t: {action: std.noop}}\n  x:\n    '
									 || replace(yaml, E'\n', E'\n    '));
	SELECT v.spec -> 'x' INTO result
	  FROM mistral.workflow_definitions d JOIN mistral.workflow_versions v ON v.id = d.version_id
	 WHERE d.name = 'w';
	PERFORM mistral.delete_workflow('w');
	RETURN result;
END
$$;

-- what differs from what is wanted
SELECT yaml, want, pg_temp.meaning(yaml) AS got
  FROM (VALUES
	-- the dialect: &, * and @ begin plain text
	('a: &x',					'{"a": "&x"}'),
	('a: *x',					'{"a": "*x"}'),
	('a: @x y',					'{"a": "@x y"}'),
	('*a: & b',					'{"*a": "& b"}'),
	('[&a, *b, @c]',			'["&a", "*b", "@c"]'),
	('{&a: *b, c: @d}',			'{"&a": "*b", "c": "@d"}'),
	(E'a: |\n  &x\n  *y @z',	E'{"a": "&x\\n*y @z"}'),
	('a: "&x *y @z"',			'{"a": "&x *y @z"}'),
	(E'a: "\ue000&\ue001*"',	E'{"a": "\ue000&\ue001*"}'),
	-- duplicates: the last one wins, at the place of the first
	('{a: 1, b: 2, a: 3}',		'{"a": 3, "b": 2}'),
	-- scalars of YAML 1.1
	('[yes, No, ON, off, true, FALSE]', '[true, false, true, false, true, false]'),
	('[y, n, "yes", tRue]',		'["y", "n", "yes", "tRue"]'),
	('[~, null, NULL, Null, ""]', '[null, null, null, null, ""]'),
	('{a: , b: }',				'{"a": null, "b": null}'),
	('[012, 0o12, 0x1F, 0b101, 1_000, 08]', '[10, "0o12", 31, 5, 1000, "08"]'),
	('[1:30, 190:20:30, 01:30, 1:60]', '[90, 685230, "01:30", "1:60"]'),
	('[1., 1.5, -.5, .5, 1e3, 1.5e3, 1.5e+3]', '[1.0, 1.5, "-.5", 0.5, "1e3", "1.5e3", 1500.0]'),
	('[+1, -0x10, 9223372036854775807]', '[1, -16, 9223372036854775807]'),
	('[9223372036854775808, -9223372036854775808, 0xFFFFFFFFFFFFFFFFFF]',
	 '[9223372036854775808, -9223372036854775808, 4722366482869645213695]'),
	('[1.0e+30, 1.0e-7, 0.1]',	'[1000000000000000019884624838656.0, 1e-07, 0.1]'),
	('[1.5.6, 2020-1-1, 1:2:x, -, --]', '["1.5.6", "2020-1-1", "1:2:x", "-", "--"]'),
	('a-b: 2020-01-01',			'{"a-b": "2020-01-01"}'),
	('[!!str 5, !!int "5", !!float 5, !!null x, !!bool "yes", ! 5]', '["5", 5, 5.0, null, true, 5]'),
	('!!omap [a: 1, b: 2]',		'[["a", 1], ["b", 2]]'),
	-- keys
	('{1: a, true: b, null: c, 1.5: d}', '{"1": "a", "true": "b", "null": "c", "1.5": "d"}'),
	(E'? a\n: b',				'{"a": "b"}'),
	('<<: {a: 1, b: 2}',		'{"a": 1, "b": 2}'),
	('{a: 0, <<: [{a: 1, b: 2}, {b: 3, c: 4}]}', '{"b": 2, "c": 4, "a": 0}'),
	('{"<<": {a: 1}}',			'{"<<": {"a": 1}}'),
	-- styles
	(E'a: >\n  x\n  y\n\n  z',	'{"a": "x y\nz"}'),
	(E'a: |-\n  x\n   y',		'{"a": "x\n y"}'),
	(E'a: ''it''''s''',			'{"a": "it''s"}'),
	('a: "x\ty\u00e9"',			E'{"a": "x\\ty\u00e9"}'),
	('a: <% $.x %> # y',		'{"a": "<% $.x %>"}'),
	('[http://a:80/, b#c]',		'["http://a:80/", "b#c"]')
	) AS c(yaml, want)
 WHERE pg_temp.meaning(yaml)::text IS DISTINCT FROM replace(want, E'\n', '\n');

-- a key without a space in front of a bracket
SELECT pg_temp.meaning('{a:[1], b:{c:}, d:1, e: [f:{}, g:,h]}');

-- tabs belong into quotes, comments and block scalars, "?" in brackets into quotes
SELECT pg_temp.meaning(E'a: "b\tc" #\td\ne: ''f\tg''\nh: |  #\ti\n  j\tk\n  \tl\n');
SELECT pg_temp.meaning('{a: "b?c"}'), pg_temp.meaning('a: b?c');

-- no-break spaces, as pasted from a manual, are spaces outside of quotes where the text is wrong otherwise
SELECT pg_temp.meaning(E'a:\u00a0b\n\u00a0\u00a0c\nd: "e\u00a0f" # g\u00a0h\ni:\n\u00a0 - j\n\u00a0 -\u00a0k: |\n    \u00a0\u00a0l\u00a0m');

-- what is no YAML
CREATE FUNCTION pg_temp.problem(text text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', v ->> 'sqlstate', v ->> 'error') FROM mistral.validate_workflow(text) AS v
$$;
SELECT pg_temp.problem(E'version: ''2.0''\nw:\n  tasks: {t: {action: std.noop\n');
SELECT pg_temp.problem(E'version: ''2.0''\nw:\n  tasks:\n    a: &x {action: std.noop}\n');
SELECT pg_temp.problem(E'version: ''2.0''\nw:\n\ttasks: {}\n');
SELECT text, pg_temp.problem(text)
  FROM unnest(ARRAY[E'a: "b"\t# c', E'a: b\tc', E'a:\tb', E'a: b\n\t\nc: d', E'é: {a: b,\tc: d}', E'a: |\t\n  b', '[a, b?c]', '{a:?b}']) AS text;
SELECT pg_temp.problem(E'version: ''2.0''\nw: !!python/object:os.system {}\n');
SELECT pg_temp.problem(E'version: ''2.0''\nw: {x: !!int five}\n');
SELECT pg_temp.problem(E'version: ''2.0''\nw: {x: 2020-13-01}\n');
SELECT pg_temp.problem(E'version: ''2.0''\nw: {[a]: b}\n');
SELECT pg_temp.problem(E'version: ''2.0''\nw: {a: =}\n'), pg_temp.problem(E'version: ''2.0''\nw: {a: [<<]}\n'), pg_temp.meaning('=: b');
SELECT pg_temp.problem(E'version: ''2.0''\nw: {<<: 5}\n');
SELECT pg_temp.problem(E'a: 1\n---\nb: 2\n');
SELECT pg_temp.problem(E'a: "\\q"\n');
SELECT pg_temp.problem(E'a: \x01\n');

-- what is YAML, but no definition
SELECT pg_temp.problem('');
SELECT pg_temp.problem('- a');
SELECT pg_temp.problem('just some words');
SELECT pg_temp.problem(E'w: {tasks: {t: {action: std.noop}}}\n');
SELECT pg_temp.problem(E'version: 2020-01-01\nw: {tasks: {t: {action: std.noop}}}\n');
SELECT pg_temp.problem(E'version: ''2.0''\nw: {tasks: {t: {action: std.noop, input: {a: 2020-01-01}}}}\n');
SELECT pg_temp.problem(E'version: ''2.0''\nw: {tasks: {t: {action: std.noop, input: {a: [.inf]}}}}\n');

-- versions (YAML-07, YAML-08, YAML-09, YAML-10)
SELECT version, pg_temp.problem(format(E'version: %s\nw: {tasks: {t: {action: std.noop}}}\n', version)) AS problem
  FROM unnest(ARRAY['''2.0''', '2.0', '2', '"2"', '3.0', 'abc', 'null', '''''', '-1', 'true', '[2]']) AS version;
SELECT version, v ->> 'sqlstate' AS sqlstate, v ->> 'message' AS message
  FROM unnest(ARRAY['''2.0''', '2.0', '2', '"2"', '3.0', 'abc', 'null', '''''', '-1', 'true', '[2]']) AS version,
	   mistral.validate_workbook(format(E'version: %s\nname: b\n', version)) AS v;

-- anchors, where they are allowed, and their limits
SET mistral.yaml_anchors = on;
SELECT pg_temp.meaning(E'a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2');
SELECT pg_temp.problem(E'a: *x\n');
SELECT pg_temp.problem(E'a: &x [*x]\n');
SET mistral.definition_max_nodes = 1000;
SELECT pg_temp.problem(E'a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n'
					   'c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\n');
RESET mistral.definition_max_nodes;
RESET mistral.yaml_anchors;

-- other limits
SELECT pg_temp.problem('a: ' || repeat('[', 200) || repeat(']', 200));
SELECT pg_temp.problem('a: ' || repeat('[', 20000));
SET mistral.definition_max_size = '1kB';
SELECT pg_temp.problem('a: ' || repeat('x', 2000));
RESET mistral.definition_max_size;
SELECT left(pg_temp.problem('a: "' || (SELECT string_agg(chr(c), '') FROM generate_series(57344, 63743) AS c) || '&"'), 60);
