-- mistral.evaluate() and mistral.validate_expression(). What the languages do
-- is tested by the recorded cases, see test/run_expression_cases.py.

-- recognition, recursion, types: only what differs is printed
SELECT c.expr, c.want, mistral.evaluate(c.expr, c.context) AS got
  FROM (VALUES
	('"plain"'::jsonb,                  '{"a": 1}'::jsonb,           '"plain"'::jsonb),
	('"<% $.a %>"',                     '{"a": 1}',                  '1'),
	('"<% $.a %>"',                     '{"a": 1.0}',                '1.0'),
	('"{{ _.a }}"',                     '{"a": [1, null]}',          '[1, null]'),
	('" <% $.a %>"',                    '{"a": 1}',                  '" 1"'),
	('"<% $.a %>-<% $.a %>"',           '{"a": true}',               '"True-True"'),
	('"<% $.a\n %>"',                   '{"a": 1}',                  '"<% $.a\n %>"'),
	('"{{ _.a }} <% $.a %>"',           '{"a": 1}',                  '"1 <% $.a %>"'),
	('{"<% $.a %>": ["<% $.a %>", 2]}', '{"a": 1}',                  '{"<% $.a %>": [1, 2]}'),
	('"<% $.a %>"',                     '{"a": "<% $.b %>"}',        '"<% $.b %>"'),
	('"<% 1 + 1 %>"',                   '{}',                        '"<% 1 + 1 %>"'),
	('[null, 1, 1.5, false]',           '{"a": 1}',                  '[null, 1, 1.5, false]'),
	('"<% $.a + 1 %>"',                 '{"a": 9223372036854775807}', '9223372036854775808'),
	('"<% $.a * $.a %>"',               '{"a": 123456789012345678901234567890}', '15241578753238836750495351562536198787501905199875019052100'),
	('"<% 2.0 * $.a %>"',              '{"a": 1e22}',               '20000000000000000000000.0'),
	('"<% set(1, 2).len() %>"',         '{"a": 1}',                  '2'),
	('"<% {1 => a, null => b} %>"',     '{"a": 1}',                  '{"1": "a", "null": "b"}'),
	('"<% datetime(2020, 1, 2) %>"',    '{"a": 1}',                  '"2020-01-02T00:00:00.000000"'),
	('"{% if _.a %}x{% endif %}"',      '{"a": 1}',                  '"x"'),
	('"{{ {''a'': (1, 2)} }}"',         '{"a": 1}',                  '{"a": [1, 2]}')
  ) AS c(expr, context, want)
 WHERE mistral.evaluate(c.expr, c.context) IS DISTINCT FROM c.want
	OR mistral.evaluate(c.expr, c.context)::text <> c.want::text;

-- errors say where and why, and name what may have been meant
CREATE FUNCTION pg_temp.failure(expr jsonb, context jsonb)
RETURNS TABLE (state text, message text, detail text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM mistral.evaluate(expr, context);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT;
END $$;
\x on
SELECT f.*
  FROM (VALUES
	('<% $.a + %>'),
	('<% $.nope %>'),
	('<% lenn($.a) %>'),
	('{{ _.nope.x }}'),
	('{{ _.a | uper }}'),
	('{{ 1 / 0 }}'),
	('<% float(nan) %>'),
	('<% timespan(days => 1) %>'),
	('<% task(x) %>')
  ) AS e(expr), pg_temp.failure(to_jsonb(e.expr), '{"a": 1, "secret": "hush"}') AS f;
SELECT * FROM pg_temp.failure('"<% 1 %>"', '[1]');

-- definition-time checks
SELECT e.expr, mistral.validate_expression(e.expr)
  FROM (VALUES
	('plain'),
	('<% $.a %>'),
	('{{ _.a | nofilter }}'),
	('<% $.a + %>'),
	('<% $.a ! %> <% 1 %>'),
	('<% 1 %> <% ( %>'),
	('{{ _.a + }}'),
	('{% if x %}{{ 1 }}'),
	('<% 1 %>{{ 2 }}')
  ) AS e(expr);
\x off

-- a language that the operator has switched off
SET mistral.expression_languages = 'yaql';
SELECT mistral.evaluate('"<% $.a %>"', '{"a": 1}');
SELECT mistral.evaluate('"{{ _.a }}"', '{"a": 1}');
SELECT mistral.validate_expression('{{ _.a }}');
RESET mistral.expression_languages;

-- the reference: every function has its text and examples, and every text its
-- function; operators have none
SELECT language, kind, usage, parameters, topic
  FROM mistral.builtin_functions()
 WHERE kind IS NULL OR usage IS NULL OR topic IS NULL OR description IS NULL
	OR description !~ '^[A-Z].*\.$' OR cardinality(examples) = 0
	OR cardinality(examples) <> cardinality(results)
	OR (name IS NULL) <> (kind = 'operator');
SELECT language, kind, count(*) FROM mistral.builtin_functions()
 GROUP BY language, kind ORDER BY language, kind;
SELECT usage, kind, parameters, examples[1], results[1]
  FROM mistral.builtin_functions() WHERE name = 'first' ORDER BY position;

-- precedence, as the introductions of the operators tell it: each expression
-- means the first way to put parentheses, and not the second
CREATE FUNCTION pg_temp.outcome(expr text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN mistral.evaluate(to_jsonb(expr), '{"a": {"b": [2]}, "l": [1, 2]}');
EXCEPTION WHEN OTHERS THEN
	RETURN substring(SQLERRM FROM 'error=.*');
END $$;
SELECT expr, pg_temp.outcome(expr), pg_temp.outcome(means), pg_temp.outcome(other) FROM (VALUES
	('<% let(x => 5) -> false or $x = 5 %>', '<% let(x => 5) -> (false or $x = 5) %>', '<% (let(x => 5) -> false) or $x = 5 %>'),
	('<% true or true and false %>', '<% true or (true and false) %>', '<% (true or true) and false %>'),
	('<% not false and false %>', '<% (not false) and false %>', '<% not (false and false) %>'),
	('<% not 1 = 2 %>', '<% not (1 = 2) %>', '<% (not 1) = 2 %>'),
	('<% not 1 in [2] %>', '<% not (1 in [2]) %>', '<% (not 1) in [2] %>'),
	('<% 1 = 1 + 1 %>', '<% 1 = (1 + 1) %>', '<% (1 = 1) + 1 %>'),
	('<% 5 - 2 - 1 %>', '<% (5 - 2) - 1 %>', '<% 5 - (2 - 1) %>'),
	('<% 1 + 2 * 3 %>', '<% 1 + (2 * 3) %>', '<% (1 + 2) * 3 %>'),
	('<% 9 - 7 mod 3 %>', '<% 9 - (7 mod 3) %>', '<% (9 - 7) mod 3 %>'),
	('<% ab * 2 =~ b %>', '<% ab * (2 =~ b) %>', '<% (ab * 2) =~ b %>'),
	('<% -7 mod 3 %>', '<% (-7) mod 3 %>', '<% -(7 mod 3) %>'),
	('<% -$.l[0] %>', '<% -($.l[0]) %>', '<% (-$.l)[0] %>'),
	('<% -$.a.b.len() %>', '<% -($.a.b.len()) %>', '<% (-$.a).b.len() %>'),
	('{{ 1 or 0 if false else 2 }}', '{{ (1 or 0) if false else 2 }}', '{{ 1 or (0 if false else 2) }}'),
	('{{ true or true and false }}', '{{ true or (true and false) }}', '{{ (true or true) and false }}'),
	('{{ not false and false }}', '{{ (not false) and false }}', '{{ not (false and false) }}'),
	('{{ not 1 == 2 }}', '{{ not (1 == 2) }}', '{{ (not 1) == 2 }}'),
	('{{ not 1 in [2] }}', '{{ not (1 in [2]) }}', '{{ (not 1) in [2] }}'),
	('{{ 1 == 1 + 1 }}', '{{ 1 == (1 + 1) }}', '{{ (1 == 1) + 1 }}'),
	('{{ 1 + 2 ~ 3 }}', '{{ 1 + (2 ~ 3) }}', '{{ (1 + 2) ~ 3 }}'),
	('{{ 2 ~ 3 * 4 }}', '{{ 2 ~ (3 * 4) }}', '{{ (2 ~ 3) * 4 }}'),
	('{{ 7 // 2 * 2 }}', '{{ (7 // 2) * 2 }}', '{{ 7 // (2 * 2) }}'),
	('{{ 2 * 3 ** 2 }}', '{{ 2 * (3 ** 2) }}', '{{ (2 * 3) ** 2 }}'),
	('{{ 2 ** 1 | string }}', '{{ 2 ** (1 | string) }}', '{{ (2 ** 1) | string }}'),
	('{{ 1 + 1 is even }}', '{{ 1 + (1 is even) }}', '{{ (1 + 1) is even }}'),
	('{{ -2 ** 2 }}', '{{ (-2) ** 2 }}', '{{ -(2 ** 2) }}'),
	('{{ -1 | abs }}', '{{ (-1) | abs }}', '{{ -(1 | abs) }}'),
	('{{ -1 is lt(0) }}', '{{ (-1) is lt(0) }}', '{{ -(1 is lt(0)) }}')
  ) AS e(expr, means, other)
 WHERE pg_temp.outcome(expr) IS DISTINCT FROM pg_temp.outcome(means)
	OR pg_temp.outcome(expr) IS NOT DISTINCT FROM pg_temp.outcome(other);
