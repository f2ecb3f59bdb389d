-- What is said to the author of a definition or an expression that is wrong.
CREATE FUNCTION pg_temp.says(tasks text) RETURNS text
LANGUAGE sql AS $f$
SELECT concat_ws(' / ', v ->> 'message', v ->> 'hint')
  FROM mistral.validate_workflow(E'version: ''2.0''\nw:\n  tasks:\n' || $1) AS v
$f$;

-- Expressions without quotes, where YAML reads them otherwise.
SELECT says FROM (VALUES
	(E'    t:\n      action: std.echo\n      input:\n        output: {{ _.y }}'),
	(E'    t:\n      publish: {a: {{ _.y }}}'),
	(E'    t:\n      publish:\n        a: {{ _.y }} and more'),
	(E'    t:\n      publish:\n        a: {% if _.y %}{{ _.x }}{% endif %}'),
	(E'    t:\n      on-success:\n        - {{ _.next }}'),
	(E'    t:\n      on-success: [u: <% $.a in [1] %>]'),
	(E'    t:\n      publish: {a: <% {b => 1} %>}'),
	(E'    t:\n      publish:\n        a: <% $.a %>: b')) AS v(definition), pg_temp.says(definition) AS says;

-- Anchors, while they are plain text.
SELECT says FROM (VALUES
	(E'    t: &a {action: std.noop}\n    u: *a'),
	(E'    t: &a\n      action: std.noop\n    u:\n      <<: *a'),
	(E'    t: {action: std.noop, retry: &r }\n    u: {action: std.noop, retry: *r}'),
	(E'    t: {action: std.echo output="a & b * c", nosuch: 1}'),
	(E'    t: {action: std.echo, input: *nosuch}\n    u: &b {action: std.noop')) AS v(definition), pg_temp.says(definition) AS says;
SET mistral.yaml_anchors = on;
SELECT pg_temp.says(E'    t: &a {action: std.noop}\n    u: *a') AS says;
SELECT pg_temp.says(E'    t: &a {action: std.noop}\n    u: *b') AS says;
RESET mistral.yaml_anchors;

-- Other text that must be quoted, and tabs.
SELECT says FROM (VALUES
	(E'    t:\n      description: so: it is\n      action: std.noop'),
	(E'    t:\n      action: %x'), (E'    t:\n      action: `x`'), (E'    t:\n\taction: std.noop'),
	(E'    t:\n      description: "{{ it''s }}" and <% no\n      action: x: y')) AS v(definition), pg_temp.says(definition) AS says;

-- An expression's hint is in the state of the task, too.
SELECT regexp_replace(detail ->> 'state_info', '^.*error=Can not evaluate', '') AS says
  FROM unnest(ARRAY['<% $.n.member %>', '<% $.v.member %>', '<% $.nosuch %>', '<% task(nosuch).result %>', '<% $.v.toLower() %>',
                    '<% lenn($.l) %>', '<% int(x) %>', '<% int([]) %>', '<% float([]) %>', '{{ _.n.member }}', '{{ _.v.member.deeper }}',
                    '{{ _.nosuch }}', '{{ nosuch }}', '{{ task("nosuch").result }}', '{{ _.__class__ }}']) AS e,
       mistral.simulate(format($$
version: '2.0'
w: {input: [{n: null}, {v: 1}, {l: [1]}], tasks: {t: {action: std.echo, input: {output: %s}}}}
$$, to_jsonb(e)))
 WHERE event = 'TASK_FAILED';

-- Standard actions are not named by classes.
SELECT mistral.run_action('std.echo', '{"outputt": 1}');
