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
$$);

-- a warning comes with what was stored, for each workflow its own
SELECT name, warnings FROM mistral.create_workflows($$version: '2.0'
one: {tasks: {t: {action: std.noop}}, a: 1}
two: {tasks: {t: {action: std.noop}}}
three: {b: 1, tasks: {t: {action: std.noop}}}
$$);
SELECT mistral.delete_workflow(name) FROM unnest('{one,two,three}'::text[]) AS name;
