-- What a simulated execution has in place of rows, and every form of a text.

-- The functions that look at executions, as values and in part, in both
-- languages and wherever an expression may stand.
CREATE FUNCTION pg_temp.last(definition text) RETURNS text
LANGUAGE sql AS $f$
SELECT concat_ws(' ', state, detail)
  FROM mistral.simulate(E'version: ''2.0''\n' || $1) ORDER BY step DESC LIMIT 1
$f$;
SELECT e AS expression, pg_temp.last(format('w: {output: {o: %s}, tasks: {t: {action: std.noop}}}',
                                            to_jsonb(e))) AS result
  FROM unnest(ARRAY['<% execution().keys().orderBy($) %>', '<% execution().spec %>', '{{ execution().spec.tasks | list }}',
                    '<% execution().len() %>', '<% executions().len() %>',
                    '<% executions().select([$.workflow_name, $.spec.name, $.state]) %>',
                    '{{ executions() | map(attribute="workflow_name") | list }}', '<% tasks().select($.name) %>',
                    '<% tasks(execution().id, true).select($.state) %>']) AS e;
SELECT e AS expression, pg_temp.last(format($$
w:
  vars: {v: %1$s}
  output: {same: "<%% [$.v, $.b, $.g, $.e].select(json_dump($.spec)).distinct().len() = 1 %%>", names: <%% $.n %%>}
  tasks:
    t:
      action: std.echo
      input: {output: %1$s}
      target: <%% execution().spec.name %%>
      safe-rerun: <%% execution().id = execution().id %%>
      publish: {b: %1$s, e: <%% task(t).result %%>}
      on-success:
        publish: {global: {g: %1$s}}
        next: [{u: "{{ execution() == execution() }}"}]
    u: {workflow: p, input: {i: %1$s}, publish: {n: <%% task(u).result.r %%>}}
p: {input: [i], output: {r: <%% $.r %%>}, tasks: {a: {action: std.noop, publish: {r: "<%% [$.i.spec.name, execution().spec.name] %%>"}}}}
$$, to_jsonb(e))) AS result
  FROM unnest(ARRAY['<% execution() %>', '{{ execution() }}']) AS e;

-- A workbook is known by what it says, not by how it is written.
SELECT pg_temp.last(definition) AS result
  FROM (VALUES
	($$
name: book
workflows:
  w: {tasks: {t: {action: std.noop}}}$$),
	($$
workflows: {w: {tasks: {t: {action: std.noop}}}}
name: book$$)) AS v(definition);
SELECT (SELECT workflow_name FROM mistral.simulate(definition) LIMIT 1) AS workflow
  FROM (VALUES
	($$
    version: '2.0'
    name: book
    workflows:
      w:
        tasks:
          t: {action: std.noop}
$$),
	($$
---
"version": "2.0"
"name": "book"
"workflows":
    w: {tasks: {t: {action: std.noop}}}
$$),
	('{"version": "2.0", "name": "book", "workflows": {"w": {"tasks": {"t": {"action": "std.noop"}}}}}'),
	(E'{version: 2.0, name: book,\n workflows : {w: {tasks: {t: {action: std.noop}}}}}'),
	($$
version: '2.0'
name:
  tasks: {t: {action: "std.echo output='\nworkflows:'"}}
$$)) AS v(definition);

-- Nothing to simulate.
SELECT * FROM mistral.simulate(E'version: ''2.0''\nname: book\nactions:\n  a: {base: std.noop}');
SELECT * FROM mistral.simulate('');
SELECT * FROM mistral.simulate('[1]');
SELECT * FROM mistral.simulate(E'version: ''2.0''\nw: {tasks: {t: {action: std.noop}}}', workflow => 'nosuch');

-- Results of many items, from a list of mocks, are those that were given.
SELECT detail -> 'output' AS output FROM mistral.simulate($$
version: '2.0'
w:
  output: {n: <% $.r.len() %>, sum: <% $.r.sum() %>, words: <% $.w.distinct() %>}
  tasks:
    t: {with-items: i in <% range(2500) %>, action: a, publish: {r: <% task().result %>}, on-success: u}
    u: {with-items: i in <% range(2500) %>, action: b n=<% $.i %>, publish: {w: <% task().result %>}}
$$, mocks => '{"a": [1, 2, 3], "u": [{"result": "first"}, {"result": "others"}]}')
 WHERE event = 'OUTPUT';

-- Memory is bounded, at both ends of the setting.
SET mistral.simulation_max_memory = '1MB';
SELECT count(*) FROM mistral.simulate($$
version: '2.0'
w: {tasks: {t: {with-items: i in <% range(3000) %>, action: std.echo output=<% str($.i) * 100 %>}}}
$$);
SELECT count(*) FROM mistral.simulate(E'version: ''2.0''\nw: {tasks: {t: {action: std.noop}}}');
SET mistral.simulation_max_memory = '4GB';
SELECT count(*) FROM mistral.simulate(E'version: ''2.0''\nw: {tasks: {t: {action: std.noop}}}');
\set VERBOSITY sqlstate
SET mistral.simulation_max_memory = '1023kB';
SET mistral.simulation_max_memory = '4097MB';
\set VERBOSITY default
RESET mistral.simulation_max_memory;
