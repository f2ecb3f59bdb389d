-- Warnings: what is legal but hardly meant. They are returned, not raised.

CREATE FUNCTION pg_temp.advice(text text) RETURNS TABLE (place text, message text, hint text) LANGUAGE sql AS $$
	SELECT format('%s:%s %s', w ->> 'line', w ->> 'column', w ->> 'path'), w ->> 'message', w ->> 'hint'
	  FROM mistral.validate_workflow(text) AS v,
		   jsonb_array_elements(CASE WHEN v @> '{"valid": true}' THEN v -> 'warnings'
									 ELSE jsonb_build_array(v) END) WITH ORDINALITY AS x (w, i)
	 ORDER BY i
$$;

SELECT * FROM pg_temp.advice($$version: '2.0'
w:
  colour: red
  outptu: {a: <% $.a %>}
  input: [first, {first: 2}]
  vars: {v: 1}
  output: {x: <% $.first %>, y: "<% $.v %> <% $.nobody %>", z: "{{ _.frst }}"}
  tasks:
    t:
      action: std.echo output=word n=-5 f=12.5 m={"a":1} ok="yes"
      with-items: i in [1, 2] and more
      publish: {a: <% task().result.select($.b) %>}
      on-success: {u: <% $.a %>}
      on-error: {publish: {atomic: {b: 1}}, next: fail}
    u: {action: std.echo output=<% $.i %>}
    fail: {action: std.noop}
    c: {action: std.noop, on-success: d}
    d: {action: std.noop, on-success: c}
$$);

-- joins that can never be met
SELECT * FROM pg_temp.advice($$version: '2.0'
w:
  tasks:
    a: {action: std.noop, on-success: b, on-error: c}
    b: {action: std.noop, on-success: j}
    c: {action: std.noop, on-success: j}
    j: {join: all, on-success: k}
    k: {action: std.noop, on-success: l}
    l: {join: all, on-success: m}
    m: {action: std.noop, on-success: l}
$$);

-- keys that stand twice: all but the last vanish, a whole task among them
SELECT * FROM pg_temp.advice($$version: '2.0'
w:
  tasks:
    t: {action: std.noop, on-success: u}
    u: {action: std.echo, input: {output: 1, output: 2}}
    t: {action: std.fail}
w:
  tasks:
    t: {action: std.noop}
$$);

-- expressions that are text, since a comma or a line end has torn them
SELECT * FROM pg_temp.advice($$version: '2.0'
w:
  vars: {a: <% max(1, 2) %>}
  output: {b: [<% min(1, 2) %>, 3]}
  tasks:
    t:
      action: std.echo
      description: reads <% of
      input:
        output: |
          <% max(1,
          2) %>
      publish:
        c: "{{ 1 +"
        d: "{% raw %} {{ is text {% endraw %}"
        e: "<% 1 %> and <% 2"
        f: 'json: {"a": {"b": {"c": 1}}}'
$$);
SELECT * FROM pg_temp.advice($$version: '2.0'
w:
  tasks:
    t: {action: std.echo output=<% max(1, 2) %>}
$$);
SELECT x ->> 'message' AS message
  FROM jsonb_array_elements(mistral.validate_actions($$version: '2.0'
a: {base: std.echo, base-input: {output: <% max(1, 2) %>}}
$$) -> 'warnings') AS x;

-- numbers that no policy can have
SELECT * FROM pg_temp.advice($$version: '2.0'
w:
  tasks:
    t: {action: std.noop, timeout: 99999999999, wait-before: 2147483647, wait-after: 1.0e+20}
    u: {action: std.noop, retry: {count: 1, delay: 99999999999999999999}}
$$);

-- callees: unknown ones, and parameters that they lack or do not have
SELECT count(*) FROM mistral.create_actions($$version: '2.0'
inventory.read: {base: std.echo output=<% $.address %>, input: [address, {timeout: 10}]}
$$);
SELECT * FROM pg_temp.advice($$version: '2.0'
w:
  tasks:
    a: {action: std.htpp url=x}
    b: {action: nobody.knows}
    c: {workflow: nobody_knows}
    d: {action: std.http method=GET boddy=1}
    e: {action: std.echo}
    f: {action: inventory.read adress=1 timeout=2}
    g: {workflow: other first=1 thrid=3 namespace=x}
    h: {workflow: other, input: {first: 1, second: 2}}
    i: {action: "<% $.dynamic %>", input: {anything: 1}}
    j: {action: std.http, input: <% $.all %>}
    k: {action: std.noop}
other:
  input: [first, second, {third: 3}]
  tasks: {t: {action: std.noop x=1}}
$$);
SELECT x ->> 'line' AS line, x ->> 'path' AS path, x ->> 'message' AS message
  FROM jsonb_array_elements(mistral.validate_workbook($$version: '2.0'
name: wb
actions:
  say: {base: std.echo, input: [text], base-input: {output: <% $.text %>}}
  bad: {base: std.ecoh}
workflows:
  one:
    tasks:
      a: {action: say text=1}
      b: {action: wb.say txt=1}
      c: {workflow: two}
      d: {workflow: wb.two y=1}
      e: {workflow: three}
  two: {input: [x: 1], tasks: {t: {action: std.noop}}}
$$) -> 'warnings') AS x;
SELECT message FROM mistral.create_workflows($$version: '2.0'
late: {tasks: {t: {workflow: later}}}
$$), jsonb_to_recordset(warnings) AS x (message text);
SELECT mistral.delete_workflow('late');

-- REST clients that know of warnings ask for them
SELECT mistral_api.validate_actions(E'version: \'2.0\'\na: {base: std.ecoh}'),
       mistral_api.validate_actions(E'version: \'2.0\'\na: {base: std.ecoh}', '{"warnings": ""}')
           #>> '{warnings,0,hint}' AS hint;

-- nothing to say
SELECT * FROM pg_temp.advice($$version: '2.0'
w:
  input: [hosts, {limit: 3}]
  task-defaults: {on-error: [report]}
  tasks:
    collect:
      with-items: host in <% $.hosts %>
      action: inventory.read timeout=30
      input: {address: <% $.host %>}
      concurrency: <% $.limit %>
      publish: {facts: <% task().result %>}
      on-success:
        - store: <% $.facts.len() > 0 %>
        - succeed msg="nothing to store": <% $.facts.len() = 0 %>
    store:
      workflow: persist rows=<% $.facts %>
      join: all
    report: {action: std.echo output=<% $__execution %>}
persist:
  input: [rows]
  tasks: {t: {action: std.noop}}
$$);
SELECT mistral.delete_action('inventory.read');

-- a warning comes with what was stored, for each workflow its own
SELECT name, warnings FROM mistral.create_workflows($$version: '2.0'
one: {tasks: {t: {action: std.noop}}, a: 1}
two: {tasks: {t: {action: std.noop}}}
three: {b: 1, tasks: {t: {action: std.noop}}}
$$);
SELECT mistral.delete_workflow(name) FROM unnest('{one,two,three}'::text[]) AS name;
