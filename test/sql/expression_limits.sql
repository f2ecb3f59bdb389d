-- Expressions that want too much: each ends with an error, soon, and the
-- session goes on.

CREATE FUNCTION pg_temp.outcome(expr text, context jsonb DEFAULT '{"a": 1}')
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN left(mistral.evaluate(to_jsonb(expr), context)::text, 60);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, '^.*error=', '');
END $$;

SET mistral.expression_max_steps = 200000;
SET mistral.expression_max_memory = '16MB';
SET mistral.expression_max_items = 50000;
SET mistral.expression_max_regex_steps = 100000;

-- endless sequences
SELECT e.expr, pg_temp.outcome(e.expr)
  FROM (VALUES
	('<% sequence().toList() %>'),
	('<% [1, 2].cycle().len() %>'),
	('<% 1.repeat().sum() %>'),
	('<% generate(0, true, $ + 1).last() %>'),
	('<% sequence().where($ < 0).first() %>'),
	('<% sequence().all($ >= 0) %>'),
	('<% def(f, f($ + 1)) -> f(1) %>'),
	('<% range(1000000000) %>'),
	('<% range(300000).sum() %>')
  ) AS e(expr);

-- sizes
SELECT e.expr, pg_temp.outcome(e.expr)
  FROM (VALUES
	('<% ''x'' * 1000000000 %>'),
	('<% (''x'' * 1000000).split('''') %>'),
	('<% [1] * 1000000000 %>'),
	('<% pow(10, pow(10, 10)) %>'),
	('<% pow(10, pow(10, 100)) %>'),
	('<% shiftBitsLeft(1, 1000000000000) %>'),
	('<% let(x => ''xxxxxxxxxxxxxxxx'') -> range(30).aggregate($1 + $1, $x).len() %>'),
	('<% range(100).aggregate($1 + $1, [1]).len() %>'),
	('<% (''a'' * 100000).replace('''', ''b'' * 1000) %>')
  ) AS e(expr);

-- depth
SELECT name, pg_temp.outcome(expr)
  FROM (VALUES
	('parentheses', '<% ' || repeat('(', 100000) || '1' || repeat(')', 100000) || ' %>'),
	('brackets', '<% ' || repeat('[', 100000) || repeat(']', 100000) || ' %>'),
	('signs', '<% ' || repeat('- ', 100000) || '1 %>'),
	('right side', '<% ' || repeat('let(1) -> ', 100000) || '1 %>'),
	('built', '<% range(100000).aggregate([$1], 1) %>'),
	('json', '<% json_parse(''['' * 100000) %>'),
	('open', '<% ' || repeat('[', 100000) || ' %>')
  ) AS e(name, expr);

-- regular expressions
SELECT e.expr, pg_temp.outcome(e.expr)
  FROM (VALUES
	('<% (''a'' * 40 + ''b'').matches(''^(a+)+$'') %>'),
	('<% (''a'' * 40).matches(''^(a|aa)+$'') %>'),
	('<% (''x'' * 200).matches(''(x+x+)+y'') %>'),
	('<% regex(''(('' * 1000) %>'),
	('<% regex(''a{99999}'') %>'),
	('<% ''a'' =~ (''('' * 90 + ''a'' + '')'' * 90) %>')
  ) AS e(expr);

-- Jinja
SELECT name, pg_temp.outcome(expr)
  FROM (VALUES
	('range', '{{ range(100001) | list }}'),
	('product', '{{ ''x'' * 1000000000 }}'),
	('list product', '{{ [0] * 1000000000 }}'),
	('power', '{{ 10 ** 10 ** 10 ** 10 }}'),
	('loops', '{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}{% endfor %}{% endfor %}{% endfor %}{{ 1 }}'),
	('output', '{% for a in range(40000) %}{{ ''x'' * 1000 }}{% endfor %}'),
	('doubling', '{% set ns = namespace(s=''x'' * 100) %}{% for a in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}'),
	('macro', '{% macro m(x) %}{{ m(x + 1) }}{% endmacro %}{{ m(1) }}'),
	('recursive loop', '{% set l = [1] %}{{ l.append(l) }}{% for x in l recursive %}{{ loop(l) }}{% endfor %}'),
	('itself', '{% set l = [1] %}{{ l.append(l) or l | length }}'),
	('generators', '{% set ns = namespace(s=[1]) %}{% for i in range(20000) %}{% set ns.s = ns.s | map(''abs'') %}{% endfor %}{{ ns.s | list }}'),
	('growing', '{% set l = [1] %}{% for x in l %}{% set _ = l.append(x) %}{% endfor %}{{ 1 }}'),
	('width', '{{ ''%1000000000d'' % 1 }}'),
	('format', '{{ ''{:1000000000}''.format(1) }}'),
	('center', '{{ ''x'' | center(100000000) }}'),
	('indent', '{{ (''a\n'' * 10000) | indent(100000) | length }}'),
	('parentheses', '{{ ' || repeat('(', 100000) || '1' || repeat(')', 100000) || ' }}'),
	('nots', '{{ ' || repeat('not ', 100000) || '1 }}'),
	('filters', '{{ 1' || repeat('|string', 100000) || ' }}'),
	('attributes', '{{ _' || repeat('.a', 100000) || ' }}'),
	('blocks', repeat('{% if 1 %}', 100000) || repeat('{% endif %}', 100000) || '{{ 1 }}')
  ) AS e(name, expr);

RESET ALL;

-- literals of 10 MB are no problem
SELECT length(mistral.evaluate(to_jsonb('<% ''' || repeat('x', 10000000) || ''' %>'::text), '{"a": 1}')::text);
SELECT length(mistral.evaluate(to_jsonb('<% $.s %>-'::text), jsonb_build_object('s', repeat('y', 10000000)))::text);
SELECT length(mistral.evaluate(to_jsonb(repeat('abc <% 1 + 1 %> def ', 20000)), '{"a": 1}')::text);
SELECT length(mistral.evaluate(to_jsonb(repeat(E'abc <% def {{ \n', 100000) || '%> }}'), '{"a": 1}')::text);

-- what is endless can be cancelled
SET statement_timeout = '200ms';
SELECT mistral.evaluate('"<% sequence().where($ < 0).first() %>"', '{"a": 1}');
SELECT mistral.evaluate('"<% range(100000).select(range(100000).sum()).sum() %>"', '{"a": 1}');
SELECT mistral.evaluate('"{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}{{ 1 }}"', '{"a": 1}');
RESET statement_timeout;

-- the data context shows up in no error
SELECT pg_temp.outcome('<% $.secrets %>', '{"secret": "hush"}') AS missing,
	   position('hush' IN pg_temp.outcome('<% $.secret + 1 %>', '{"secret": "hush"}')) AS position;
