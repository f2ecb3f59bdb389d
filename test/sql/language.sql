-- What definitions mean when they run: the forms of the language that no
-- recorded case has, above all where the recorded engine is mended.

-- what other tests have left is not counted
SELECT count(mistral.delete_workflow(name, namespace)::text) >= 0 AS clean
  FROM mistral.workflow_definitions;

-- runs a workflow with these lines and tells how it ended: state, output
-- (numbers of runs of a task behind its name), what each task published
CREATE FUNCTION pg_temp.run(lines text, input jsonb DEFAULT '{}', params jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	execution uuid;
BEGIN
	PERFORM mistral.create_workflows(E'version: ''2.0''\nw:\n  ' || replace(lines, E'\n', E'\n  '));
	execution := mistral.start_workflow('w', input, params);
	SELECT concat_ws(' ', e ->> 'state', nullif((e -> 'output') - 'result', '{}')::text,
					 (SELECT string_agg(concat_ws(' ', t.name, t.state, nullif(t.type, 'ACTION'),
												  nullif(t.published, '{}')::text, nullif(t.published_global, '{}')::text),
										', ' ORDER BY t.name, t.id)
						FROM mistral.tasks t WHERE t.workflow_execution_id = execution))
	  INTO result
	  FROM mistral.get_execution(execution) AS e;
	PERFORM mistral.delete_workflow('w');
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN sqlstate || ' ' || sqlerrm;
END
$$;

-- what differs from what is wanted
SELECT about, want, pg_temp.run(lines, input) AS got
  FROM (VALUES
	-- workflows
	('WF-05', '{}'::jsonb, 'tasks: {a: {on-success: b}, b: {action: std.noop}}', 'SUCCESS a SUCCESS, b SUCCESS'),
	('WF-11', '{"a": 1}', E'input: [a, {b: null}, {c: 2}]\noutput: {x: "<% [$.a, $.b, $.c] %>"}\ntasks: {t: {action: std.noop}}',
	 'SUCCESS {"x": [1, null, 2]} t SUCCESS'),
	('WF-11', '{}', E'input: [a, {a: 5}]\noutput: {x: <% $.a %>}\ntasks: {t: {action: std.noop}}', 'SUCCESS {"x": 5} t SUCCESS'),
	('WF-14', '{}', E'input: [{a: "<% 1 %>"}]\noutput: {x: <% $.a %>}\ntasks: {t: {action: std.noop}}', 'SUCCESS {"x": "<% 1 %>"} t SUCCESS'),
	('WF-17', '{}', E'tasks: {t: {action: std.echo, input: {output: {a: "<% ( %>"}}}}', 'ERROR t ERROR'),
	('WF-18', '{}', E'output-on-error: {x: "<% ( %>"}\ntasks: {t: {action: std.noop}}', 'SUCCESS t SUCCESS'),
	-- tasks
	('TASK-02', '{}', 'tasks: {t: {description: nothing}}', 'SUCCESS t SUCCESS'),
	('TASK-06', '{}', 'tasks: {a: {on-success: "b-1.c,+$%^"}, "b-1.c,+$%^": {action: std.noop}}', 'SUCCESS a SUCCESS, b-1.c,+$%^ SUCCESS'),
	('TASK-08', '{}', 'tasks: {t: {name: other, type: reverse, version: 7, action: std.noop}}', 'SUCCESS t SUCCESS'),
	('TASK-10', '{"i": {"output": 7}}', E'input: [i]\ntasks: {t: {action: std.echo, input: <% $.i %>, publish: {x: <% task().result %>}}}',
	 'SUCCESS {"x": 7} t SUCCESS {"x": 7}'),
	('TASK-10', '{"i": 5}', E'input: [i]\ntasks: {t: {action: std.echo, input: <% $.i %>}}', 'ERROR t ERROR'),
	('TASK-12', '{}', 'tasks: {t: {action: std.echo output=1, input: {output: 2}, publish: {x: <% task().result %>}}}', 'SUCCESS {"x": 1} t SUCCESS {"x": 1}'),
	('TASK-15', '{"a": "std.echo"}', E'input: [a]\ntasks: {t: {action: "<% $.a %> output=3", publish: {x: <% task().result %>}}}',
	 'SUCCESS {"x": 3} t SUCCESS {"x": 3}'),
	-- one-line parameters
	('INL-06', '{"a": 5}', E'input: [a]\ntasks: {t: {action: "std.echo output=[1, <% $.a %>]", publish: {x: <% task().result %>}}}',
	 'SUCCESS {"x": "[1, 5]"} t SUCCESS {"x": "[1, 5]"}'),
	('INL-09', '{}', E'tasks:\n  t:\n    action: std.echo output=12.5\n    publish: {x: <% task().result %>}', 'SUCCESS {"x": 12} t SUCCESS {"x": 12}'),
	('INL-12', '{}', 'tasks: {t: {action: std.echo(output=1)}}', 'ERROR t ERROR'),
	-- expressions
	('EXP-06', '{}', E'output: {a: <% 1 + 1 %>, b: "{{ 1 + 2 }}"}\ntasks: {t: {action: std.noop}}', 'SUCCESS {"a": 2, "b": 3} t SUCCESS'),
	('EXP-07', '{}', E'output: {"<% 1 %>": 2, c: {"{{ 3 }}": <% 4 %>}}\ntasks: {t: {action: std.noop}}',
	 'SUCCESS {"c": {"{{ 3 }}": 4}, "<% 1 %>": 2} t SUCCESS'),
	('EXP-12', '{}', E'output:\n  x: |-\n    <% 1\n    %> <% 2 %>\ntasks: {t: {action: std.noop}}', E'SUCCESS {"x": "<% 1\\n%> 2"} t SUCCESS'),
	-- on-clauses
	('ONC-01', '{}', 'tasks: {a: {on-success: b}, b: {action: std.noop}, c: {action: std.noop}}', 'SUCCESS a SUCCESS, b SUCCESS, c SUCCESS'),
	('ONC-05', '{}', 'tasks: {a: {on-success: [b, {b: <% true %>}]}, b: {action: std.noop}}', 'SUCCESS a SUCCESS, b SUCCESS, b SUCCESS'),
	('ONC-08', '{}', E'tasks:\n  a: {on-success: {publish: {branch: {x: 1}, global: {y: 2}}}}\n  b: {action: std.noop}',
	 'SUCCESS {"x": 1} a SUCCESS {"x": 1} {"y": 2}, b SUCCESS'),
	('ONC-10', '{}', 'tasks: {a: {on-success: {b: <% true %>}, on-complete: {c: <% false %>}}, b: {action: std.noop}, c: {action: std.noop}}',
	 'SUCCESS a SUCCESS, b SUCCESS'),
	('ONC-11', '{}', 'tasks: {a: {on-success: {next: {b: <% false %>}}}, b: {action: std.noop}}', 'SUCCESS a SUCCESS'),
	('ONC-14', '{}', 'tasks: {a: {on-success: fail msg="x y"}}', 'ERROR a SUCCESS'),
	('ONC-15', '{}', 'tasks: {a: {on-success: fail(msg="x")}}', 'ERROR a SUCCESS'),
	('ONC-15', '{}', E'tasks:\n  a:\n    on-success:\n      - succeed(msg="x"): <% true %>\n      - b\n  b: {action: std.fail}', 'SUCCESS a SUCCESS'),
	-- task-defaults
	('DEF-05', '{}', E'task-defaults: {on-success: [z]}\ntasks: {a: {on-success: b}, b: {action: std.noop}, z: {join: one}}',
	 'SUCCESS a SUCCESS, b SUCCESS, z SUCCESS'),
	('DEF-06', '{}', E'task-defaults: {on-success: z}\ntasks: {a: {on-success: {publish: {branch: {x: 1}}}}, z: {action: std.noop}}',
	 'SUCCESS {"x": 1} a SUCCESS {"x": 1}, z SUCCESS'),
	('DEF-07', '{}', E'task-defaults: {on-success: z}\ntasks: {z: {action: std.noop}}', 'SUCCESS z SUCCESS'),
	('DEF-08', '{}', E'task-defaults: {on-success: {publish: {branch: {x: 1}}, next: z}}\ntasks: {a: {action: std.noop}, z: {action: std.noop}}',
	 'SUCCESS a SUCCESS, z SUCCESS'),
	('DEF-03', '{}', E'task-defaults: {fail-on: <% true %>}\ntasks: {a: {fail-on: false}}', 'ERROR a ERROR'),
	('DEF-02', '{}', E'task-defaults: {fail-on: true}\ntasks: {a: {fail-on: <% false %>}}', 'SUCCESS a SUCCESS'),
	-- joins
	('SEM-05', '{}', 'tasks: {a: {on-success: j}, b: {on-success: j}, j: {join: 0}}', 'SUCCESS a SUCCESS, b SUCCESS, j SUCCESS, j SUCCESS'),
	('SEM-07', '{}', 'tasks: {a: {on-success: j}, b: {on-success: j}, j: {join: 1.0}}', 'SUCCESS a SUCCESS, b SUCCESS, j SUCCESS'),
	-- publishing: on-success, then publish, then on-complete, scope by scope
	('PUB-02', '{}', E'tasks:\n  a:\n    action: std.fail\n    on-error: {publish: {branch: {x: 1}}, next: noop}', 'SUCCESS {"x": 1} a ERROR {"x": 1}'),
	('PUB-04', '{}', E'tasks:\n  a:\n    publish: {x: 1, m: {a: 1, b: 1}}\n    on-success: {publish: {branch: {x: 0, y: 0, m: {b: 0, c: 0}}}}\n'
					 '    on-complete: {publish: {branch: {m: {b: 2}}}}', 
	 'SUCCESS {"m": {"a": 1, "b": 2, "c": 0}, "x": 1, "y": 0} a SUCCESS {"m": {"a": 1, "b": 2, "c": 0}, "x": 1, "y": 0}'),
	('PUB-06', '{}', E'tasks:\n  a:\n    publish: {x: 1}\n    on-success: {publish: {global: {y: 2}}}', 'SUCCESS {"x": 1} a SUCCESS {"x": 1} {"y": 2}'),
	-- reverse workflows
	('DEF-10', '{}', E'type: reverse\ntask-defaults: {requires: [p]}\ntasks: {p: {action: std.noop}, q: {action: std.noop}, r: {requires: q}}',
	 'SUCCESS p SUCCESS, q SUCCESS, r SUCCESS'),
	('DEF-10', '{}', E'type: reverse\ntask-defaults: {requires: [p, q]}\ntasks: {p: {requires: [q]}, q: {action: x}, r: {action: std.noop}}',
	 'MS002 Task ''q'' requires ''p'', which in turn requires it')
	) AS c(about, input, lines, want)
 WHERE pg_temp.run(lines, input, '{"task_name": "r"}') IS DISTINCT FROM want;

-- names in a workbook and in namespaces: the book's own first, then others;
-- the namespace's first, then the default one
SELECT name FROM mistral.create_workbook($$version: '2.0'
name: book
actions:
  say: {base: std.echo output="say of the book"}
workflows:
  main:
    output: {a: <% $.a %>, b: <% $.b %>}
    tasks:
      t: {action: say, publish: {a: <% task().result %>}, on-success: u}
      u: {workflow: sub, publish: {b: <% task().result.x %>}}
  sub: {output: {x: sub of the book}, tasks: {t: {action: std.noop}}}
$$, 'ns');
SELECT name FROM mistral.create_workflows($$version: '2.0'
main:
  output: {a: <% $.a %>, b: <% $.b %>}
  tasks:
    t: {action: say, publish: {a: <% task().result %>}, on-success: u}
    u: {workflow: sub, publish: {b: <% task().result.x %>}}
sub: {output: {x: default sub}, tasks: {t: {action: std.noop}}}
$$);
SELECT name FROM mistral.create_workflows($$version: '2.0'
main:
  output: {a: <% $.a %>, b: <% $.b %>}
  tasks:
    t: {action: say, publish: {a: <% task().result %>}, on-success: u}
    u: {workflow: sub, publish: {b: <% task().result.x %>}}
$$, 'ns');
SELECT name FROM mistral.create_actions(E'version: ''2.0''\nsay: {base: std.echo output="default say"}');
SELECT name, namespace, mistral.get_execution(mistral.start_workflow(name, namespace => namespace)) -> 'output' AS output
  FROM (VALUES ('book.main', 'ns'), ('main', ''), ('main', 'ns')) AS w(name, namespace);
SELECT name FROM mistral.create_actions(E'version: ''2.0''\nsay: {base: std.echo output="say of ns"}', 'ns');
SELECT name FROM mistral.create_workflows(E'version: ''2.0''\nsub: {output: {x: sub of ns}, tasks: {t: {action: std.noop}}}', 'ns');
SELECT name, namespace, mistral.get_execution(mistral.start_workflow(name, namespace => namespace)) -> 'output' AS output
  FROM (VALUES ('book.main', 'ns'), ('main', ''), ('main', 'ns')) AS w(name, namespace);
-- a start does not fall back
SELECT mistral.start_workflow('main', namespace => 'elsewhere');

-- a running execution keeps its version, and a session notices the new one
SELECT name FROM mistral.update_workflows(E'version: ''2.0''\nsub: {output: {x: changed}, tasks: {t: {action: std.noop}}}', 'ns');
SELECT mistral.get_execution(mistral.start_workflow('main', namespace => 'ns')) -> 'output' ->> 'b' AS output;
SET mistral.definition_cache_size = 1;
SELECT mistral.get_execution(mistral.start_workflow('main', namespace => 'ns')) -> 'output' ->> 'b' AS output;
RESET mistral.definition_cache_size;

SELECT count(mistral.delete_workflow(name, namespace)::text) FROM mistral.workflow_definitions;
SELECT count(mistral.delete_action(name, namespace)::text) FROM mistral.action_definitions;
SELECT mistral.delete_workbook('book', 'ns');
