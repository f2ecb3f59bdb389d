-- What a definition must be like, in the order of the language's description:
-- each wrong one with its class, message, place and hint.

CREATE FUNCTION pg_temp.problem(text text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', v ->> 'sqlstate', v ->> 'error') FROM mistral.validate_workflow(text) AS v
$$;
-- a workflow "w" with these lines
CREATE FUNCTION pg_temp.workflow(lines text) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.problem(E'version: ''2.0''\nw:\n  ' || replace(lines, E'\n', E'\n  '))
$$;
-- a task "t" with these lines, beside a task "u"
CREATE FUNCTION pg_temp.task(lines text) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.workflow(E'tasks:\n  t:\n    ' || replace(lines, E'\n', E'\n    ') || E'\n  u: {action: std.noop}')
$$;

-- workflows (WF-02, WF-03, WF-04, WF-06, WF-08, WF-10,
-- WF-12, WF-13, WF-15, WF-16, WF-17, WF-18; YAML-11)
SELECT pg_temp.problem(E'version: ''2.0''\n');
SELECT pg_temp.problem(E'version: ''2.0''\nw: text\n');
SELECT pg_temp.problem(E'version: ''2.0''\nw: {}\n');
SELECT pg_temp.problem(E'version: ''2.0''\n5: {tasks: {t: {action: std.noop}}}\n');
SELECT pg_temp.problem(E'version: ''2.0''\n{123E4567-e89b12d3-a456-426655440000}: {tasks: {t: {action: std.noop}}}\n');
SELECT pg_temp.problem(E'version: ''2.0''\n"{123E4567-e89b12d3-a456-426655440000}": {tasks: {t: {action: std.noop}}}\n');
SELECT pg_temp.workflow('description: no tasks');
SELECT pg_temp.workflow(E'taks:\n  t: {action: std.noop}');
SELECT pg_temp.workflow('tasks: {}');
SELECT pg_temp.workflow('tasks: [t]');
SELECT pg_temp.workflow('tasks: {t: {}}');
SELECT pg_temp.workflow('tasks: {t-1: {}}');
SELECT pg_temp.workflow('tasks: {t-1: text}');
SELECT pg_temp.workflow('tasks: {yes: {action: std.noop}}');
SELECT pg_temp.workflow('tasks: {version: {action: std.noop}}');
SELECT pg_temp.workflow(E'type: parallel\ntasks: {t: {action: std.noop}}');
SELECT pg_temp.workflow(E'type:\ntasks: {t: {action: std.noop}}');
SELECT attribute, pg_temp.workflow(attribute || E'\ntasks: {t: {action: std.noop}}') AS problem
  FROM unnest(ARRAY['tags: a', 'tags: []', 'tags: [a, a]', 'tags: [1]', 'tags: [""]', 'tags:',
					'input: {a: 1}', 'input: []', 'input: [a, a]', 'input: [{a: 1}, {a: 1}]', 'input: [{}]',
					'input: [{a: 1, b: 2}]', 'input: [1]', 'input: [{a: 2020-01-01}]', 'input: [a, {a: 1}, {b: "<% ( %>"}]',
					'output: {}', 'output: x', 'output:', 'output: {x: "<% $.a + %>"}', 'output: {x: {y: "<% $.a + %>"}}',
					'output-on-error: []', 'output-on-error: {x: "<% $.a + %>"}',
					'vars: {}', 'vars: {1: a}', 'vars: {a: "<% 1 %>{{ 2 }}"}', 'vars: {a: null}',
					'description: 12', 'colour: red']) AS attribute;

-- tasks (TASK-01, TASK-03, TASK-04, TASK-05, TASK-07, TASK-08, TASK-11, TASK-13, TASK-14, WF-09, INL-13,
-- EXP-05, EXP-10, EXP-13, SEM-06)
SELECT attribute, pg_temp.task(attribute) AS problem
  FROM unnest(ARRAY[E'action: std.noop\nworkflow: other', 'description: d', E'action: std.noop\nwith_items: i in [1]',
					E'name: [5]\ntype: 5\nversion: {a: b}', 'action:', 'action: ""', 'action: [a]', 'action: <% $.a( %>',
					'action: "std.echo output=<% $.a( %>"', 'action: "= x"', 'action: "{{ _.a }} x=1"',
					E'action: std.echo output=1\ninput: <% $ %>', 'input:', 'input: {}', 'input: [1]', 'input: "<% ( %>"',
					'requires: u', 'join: true', 'join: "2"', 'join: 1.5', 'join: none', 'join: 0', 'target: ""',
					'keep-result: 1', 'keep-result: <% $.a %>', 'safe-rerun: "yes"', 'pause-before: 0', 'fail-on:',
					'wait-before: -1', 'wait-before: 1.5', 'wait-before: 1.0', 'wait-before: soon', 'wait-before: " <% 1 %>"',
					'wait-before: "<% 1 %> "', 'wait-before: "<% 1 %><% 2 %>"', 'wait-after: true', 'timeout: [1]', 'concurrency: {{ _.a }}',
					'retry: 5', 'retry: {count: 1}', 'retry: {count: 1, delay: 1, brake-on: "<% 1 %>"}', 'retry: count=3',
					'retry: count=3 delay=1 break-on=<% $.x %>', 'retry: {count: 1, delay: 1, break-on: true}', 'retry: often and often',
					'with-items: 5', 'with-items: i of [1]', 'with-items: i in', 'with-items: i in []', 'with-items: i in [1, x]',
					'with-items: [i in [1], i in [1]]', 'with-items: "my-i in <% $.x %>"', 'with-items: "iin[1, [2]]"',
					'with-items: "i in <% ( %>"', 'publish: {}', 'publish: x', 'publish: {a: "{{ }}"}', 'publish: {"a b": 1}']) AS attribute;
SELECT pg_temp.workflow(format('tasks: {%s: {action: std.noop}}', repeat('é', 255)));
SELECT replace(pg_temp.workflow(format('tasks: {%s: {action: std.noop}}', repeat('x', 256))), repeat('x', 256), 'x...');
SELECT replace(pg_temp.workflow(format('tasks: {s: {on-success: %1$s}, %1$s: {join: all}}', repeat('x', 209))), repeat('x', 209), 'x...');

-- on-clauses (ONC-04, ONC-06, ONC-07, ONC-09, ONC-12, ONC-13, ONC-14, ONC-15, ONC-16, ONC-17)
SELECT clause, pg_temp.task('on-success: ' || clause) AS problem
  FROM unnest(ARRAY['u', '[u, fail]', '[u, u]', '[u, {u: <% 1 %>}]', '[{u: <% 1 %>}, {u: <% 1 %>}]', '[]', '""', '', '5', '[5]', '[[u]]',
					'[{u: <% 1 %>, fail: <% 2 %>}]', '[{u: x}]', '[{u: true}]', '[{u: "x <% 1 %>"}]', '[{u: "<% ( %>"}]',
					'{u: <% 1 %>}', '{u: 1}', '{}', '{next: u}', '{next: [u, {fail: <% 1 %>}]}', '{next: {u: <% 1 %>}}', '{next: {}}',
					'{next: u, then: fail}', '{publish: {branch: {a: 1}}}', '{publish: {}}', '{publish: {a: 1}}', '{publish: {global: {}}}',
					'{publish: {branch: {a: "<% ( %>"}}}', 'fail msg="a b"', 'fail(msg="a b")', 'fail(msg="ab")', 'two words', '<% $.x %>',
					'<%$.x%>', 'nowhere', '[{nowhere: <% 1 %>}]', '{next: uu}', 'fial']) AS clause;

-- task-defaults (DEF-11, ONC-18)
SELECT defaults, pg_temp.workflow(format(E'task-defaults: %s\ntasks:\n  t: {action: std.noop}\n  u: {action: std.noop}', defaults)) AS problem
  FROM unnest(ARRAY['{}', '[retry]', '{join: all}', '{publish: {a: 1}}', '{on-error: u}', '{on-error: nowhere}', '{on-skip: [t, u]}', '{requires: [nowhere]}',
					'{retry: {count: 1}}', '{timeout: x}', '{wait-bfore: 1}']) AS defaults;

-- the graph (SEM-01, SEM-02, SEM-03, SEM-04, SEM-07, SEM-08, SEM-09, SEM-10, SEM-11, DEF-12)
SELECT tasks, pg_temp.workflow(format('tasks: {%s}', tasks)) AS problem
  FROM unnest(ARRAY['a: {on-success: b}, b: {on-success: a}', 'a: {on-success: a}', 'a: {join: all}', 'a: {}, b: {join: one}',
					'a: {on-success: j}, j: {join: 2}', 'a: {on-success: [j, k], on-error: j}, b: {on-error: j}, j: {join: 3}, k: {join: 2}',
					's: {action: x}, a: {on-success: b}, b: {on-success: a}', 'a: {action: x, on-success: j}, j: {join: 1.0}']) AS tasks;
SELECT tasks, pg_temp.workflow(format(E'type: reverse\ntasks: {%s}', tasks)) AS problem
  FROM unnest(ARRAY['a: {action: x}, b: {requires: [a]}', 'a: {requires: [nowhere]}', 'a: {requires: noop}', 'a: {requires: a}',
					'a: {requires: b}, b: {requires: c}, c: {requires: a}', 'a: {on-success: b}, b: {action: x}', 'a: {join: all}',
					'a: {requires: []}', 'a: {requires: 5}']) AS tasks;

-- parameters: declared twice, not in the same way
SELECT pg_temp.workflow(E'tasks: {t: {action: a}}\ninput: [a, {a: 1}, {a: true}, {a: 2}]'),
	   pg_temp.workflow(E'tasks: {t: {action: a}}\ninput: [{a: {b: 1, c: 2}}, {a: {c: 2, b: 1.0}}]');

-- expressions in parameters of targets are not looked at, those in names are
SELECT pg_temp.workflow('tasks: {t: {on-success: [''fail msg="{{}}"'']}}'),
	   pg_temp.workflow('tasks: {t: {on-success: [''{{x+}}'']}, ''{{x+}}'': {action: a}}');
-- with a guard, what stands behind a target does not matter
SELECT pg_temp.workflow('tasks: {t: {on-success: [{fail (msg="x"): <% 1 %>}, {t  x: <% 1 %>}]}, u: {action: a}}'),
	   pg_temp.workflow('tasks: {t: {on-success: [{v  x: <% 1 %>}]}}'),
	   pg_temp.workflow('tasks: {t: {on-success: [{'' t'': <% 1 %>}]}}');

-- blocks of templates are no values; digits of any script are text
SELECT pg_temp.workflow('tasks: {t: {retry: "count={% if 1 %} delay=1"}}'),
	   pg_temp.workflow('tasks: {t: {with-items: "i in {% if 1 %}a{% endif %}"}}');

-- names that cannot be stored are warned of
SELECT w ->> 'message' FROM mistral.validate_workflow(E'version: ''2.0''\n5: {tasks: {t: {action: a}}}\na b: {tasks: {t: {action: a}}}\n'
	|| repeat('x', 256) || ': {tasks: {t: {action: a}}}') AS v, jsonb_array_elements(v -> 'warnings') AS w;
SELECT * FROM mistral.create_workflows(E'version: ''2.0''\n5: {tasks: {t: {action: a}}}');
SELECT * FROM mistral.create_workflows(E'version: ''2.0''\n? ' || repeat('x', 256) || E'\n: {tasks: {t: {action: a}}}');
SELECT * FROM mistral.create_workbook(E'version: ''2.0''\nname: b\nactions:\n  ? ' || repeat('x', 254) || E'\n  : {base: a}');
SELECT pg_temp.problem(E'version: ''2.0''\n"urn:{123E4567-e89b12d3-a456-426655440000}uuid:": {tasks: {t: {action: std.noop}}}\n');

-- what cannot be stored, and what has no effect
SELECT pg_temp.workflow('tasks: {t: {input: {a b: !!binary "/w=="}}}'), pg_temp.problem('');
SELECT pg_temp.workflow(E'task-defaults: {name: a, timeout: 1}\ntasks: {t: {on-success: {publish: {global: {a: 1}, description: b}}}}'),
	   pg_temp.workflow('tasks: {t: {on-success: {publish: {name: a}}}}'), pg_temp.workflow(E'task-defaults: {version: null}\ntasks: {t: {action: a}}');
-- a line is looked through once, however much of it looks like a value
SELECT pg_temp.task(format('action: "a %s%s%s"', repeat('a=[', 50000), repeat('b=<% ', 50000), repeat('c={{ ', 50000)));
-- a block of text ends with a line feed
SELECT pg_temp.task(E'on-success: |\n  fail msg="a b"'), pg_temp.task(E'on-success: |\n  u');
