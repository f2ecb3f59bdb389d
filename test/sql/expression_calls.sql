-- Forms of calls that differ in what they pass: functions, filters, call().
CREATE FUNCTION pg_temp.try(expression text, context jsonb DEFAULT '{"v": 1, "secret": "of the context"}')
RETURNS text LANGUAGE plpgsql AS $f$
BEGIN
	RETURN mistral.evaluate(to_jsonb($1), context);
EXCEPTION WHEN OTHERS THEN
	RETURN regexp_replace(sqlerrm, '.*, error=(.*)\]$', '\1');
END
$f$;

-- As a filter, a function of the extension sees the operand as its context.
SELECT e AS expression, pg_temp.try(e) AS result
  FROM unnest(ARRAY[
	'{{ {"a": 1} | json_pp }}', '{{ [] | json_pp }}', '{{ 0 | json_pp(none) }}', '{{ 1 | json_pp(2) }}', '{{ 1 | json_pp(data=3) }}',
	'{{ ["a", "b"] | map("json_pp") | join }}', '{% filter json_pp %}{{ 1 }}{% endfilter %}', '{{ nope | json_pp }}',
	'{{ json_pp({"a": 1}) }}', '{{ json_pp() }}', '{{ _ | json_pp }}', '{{ json_pp() }}{{ 1 | json_pp }}{{ _.v }}',
	'{{ "x" | json_pp(nope) }}{{ _.v }}', '{{ 1 | json_dump }}', '{{ 1 | json_dump(2) }}', '{{ "[1]" | json_parse }}', '{{ 1 | json_parse("[2]") }}',
	'{{ 1 | yaml_dump }}', '{{ 1 | yaml_dump({"a": 2}) }}', '{{ "a" | yaml_parse }}', '{{ 1 | yaml_parse("a: 2") }}',
	'{{ {"__env": 3} | env }}', '{{ {} | env }}', '{{ 1 | env }}', '{{ 1 | uuid | length }}', '{{ 1 | global }}',
	'{{ 1 | global("v") }}', '{{ 1 | task }}', '{{ 1 | tasks }}', '{{ 1 | execution }}', '{{ 1 | executions }}',
	'<% json_pp({a => 1}) %>', '<% json_pp() %>', '<% $.json_pp() %>']) AS e;

-- Names of call() are names, also for what takes "=>" as pairs.
SELECT e AS expression, pg_temp.try(e) AS result
  FROM unnest(ARRAY[
	'<% dict(a => 1) %>', '<% call(dict, [], {a => 1}) %>', '<% call(dict, [[[a, 1]]], {}) %>', '<% call(dict, [], {}) %>',
	'<% call(dict, [[[a, 1]]], {items => 1}) %>', '<% call(switch, [], {true => 1}) %>', '<% call(switch, [], dict(a => 1)) %>',
	'<% call(set, [], {a => 1}, {b => 2}) %>', '<% call(set, [a, 1], {}, {b => 2}) %>', '<% call(let, [1], {a => 2}) -> $1 + $a %>',
	'<% call(range, [], {stop => 3}) %>', '<% call(get, [v], {default => 2}, $) %>', '<% call(get, [w], {default => 2}, $) %>',
	'<% call(nosuch, [], {a => 1}) %>']) AS e;

-- Without a context there is nothing to leave expressions alone for.
SELECT mistral.evaluate('"<% 1 + 1 %>"') AS without, mistral.evaluate('["{{ 1 + 1 }}", "{{ _ }} and {{ 2 }}"]', NULL) AS none,
       mistral.evaluate('"<% 1 + 1 %>"', '{}') AS empty, mistral.evaluate('"<% 1 + 1 %>"', context => '{"a": 1}') AS given,
       mistral.evaluate('"<% $ %>"') AS data, mistral.evaluate(NULL) IS NULL AS nothing;
SELECT pg_temp.try('<% $.a %>', NULL) AS yaql, pg_temp.try('{{ _.a }}', NULL) AS jinja, pg_temp.try('<% task() %>', NULL) AS task;
SELECT mistral.evaluate('"<% 1 %>"', '[]');
