-- Corners of Jinja2 where types, safe strings and formats meet: only what differs from what is wanted is printed.

CREATE FUNCTION pg_temp.evaluate(expr text, data jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
	RETURN mistral.evaluate(to_jsonb(expr), data);
EXCEPTION WHEN OTHERS THEN
	-- the text between "error=" and the end is the cause
	RETURN jsonb_build_object('error', regexp_replace(sqlerrm, '^.*, error=(.*)\]$', '\1'));
END $$;

SELECT expr, want, pg_temp.evaluate(expr, '{"v": 1}') AS got
  FROM (VALUES
	('{{ ''abc'' | batch(0) | list }}', '[[], ["a", "b", "c"]]'),
	('{{ ''abc'' | batch(''a'') | list }}', '[["a", "b", "c"]]'),
	('{{ [1, 2, 3] | batch(2.0) | list }}', '[[1, 2], [3]]'),
	('{{ [1, 2, 3] | batch(2.0, 0) | list }}', '{"error": "can''t multiply sequence by non-int of type ''float''"}'),
	('{{ [1] | batch(none, 0) | list }}', '{"error": "''<'' not supported between instances of ''int'' and ''NoneType''"}'),
	('{{ '' a b  c '' .split(none, 1) }}', '["a", "b  c "]'),
	('{{ ''  a b  c ''.rsplit(none, 1) }}', '["  a b", "c"]'),
	('{{ ''  a ''.split(maxsplit=0) }}', '["a "]'),
	('{{ ''a　　b'' | wordwrap(1) }}', E'"a\\nb"'),
	('{{ ''　'' | wordwrap(3) }}', '""'),
	('x {{ dict }} {{ namespace }} {{ cycler }} {{ joiner }} {{ self }}', '"x <class ''dict''> <class ''jinja2.utils.Namespace''> <class ''jinja2.utils.Cycler''> <class ''jinja2.utils.Joiner''> <TemplateReference None>"'),
	('{{ {''a'': [1]} | tojson(indent=''--'') }}', E'"{\\n--\\"a\\": [\\n----1\\n--]\\n}"'),
	('{{ ''ab'' - {''a'': 1}.keys() }}', '["b"]'),
	('{{ [(''a'', 1), 2] - {''a'': 1}.items() }}', '[2]'),
	('{{ {''a'': 1}.values() == {''a'': 1}.values() }}', 'false'),
	('{{ {''a'': 1}.values() in {} }}', 'false'),
	('{{ _.nope in {''a'': 1}.items() }}', 'false'),
	('{{ _.nope in {}.values() }}', 'false'),
	('{{ _.nope in {''a'': 1}.values() }}', '{"error": "''dict object'' has no attribute ''nope''"}'),
	('{{ _.nope in range(0) }}', 'false'),
	('{{ [(''<B>'' | safe).casefold(), (''<b>'' | safe).removeprefix(''<''), (''<b>'' | safe).removesuffix(''>'')] | string }}', '"[''<b>'', ''b>'', ''<b'']"'),
	('{{ [(''&lt;x&gt;'' | safe).partition(''<''), (''<b>'' | safe).rpartition(1)] | string }}', '"[(Markup(''''), Markup(''&lt;''), Markup(''x&gt;'')), (Markup(''''), Markup(''''), Markup(''<b>''))]"'),
	('{{ (''<b>'' | safe).strip(''<'') }}', '"<b>"'),
	('{{ (''a'' | safe).center(5, ''<'') }}', '{"error": "The fill character must be exactly one character long"}'),
	('{{ (''{:>3}|{!r}|{}|{}'' | safe).format(''<'', ''<'', [1, ''<''], ''<'' | e) }}', '"  &lt;|&#39;&lt;&#39;|[1, &#39;&lt;&#39;]|&lt;"'),
	('{{ (''{:>3}'' | safe).format(''<'' | e) }}', '{"error": "Unsupported format specification for Markup."}'),
	('{{ ''a\nb''.splitlines(''x'') }}', '{"error": "''str'' object cannot be interpreted as an integer"}'),
	('{{ [].sort(key=1) }}', 'null'),
	('{{ ''é<ž''.encode(''ascii'', ''xmlcharrefreplace'').decode() }}', '"&#233;<&#382;"'),
	('{{ ''aéb''.encode(''ascii'', ''ignore'').decode() }}', '"ab"'),
	('{{ ''é''.encode(''ascii'') }}', '{"error": "''ascii'' codec can''t encode character U+00E9"}'),
	('{{ ''a''.encode(''nope'').decode() }}', '{"error": "unknown encoding: nope"}'),
	('{% filter length %}abc{% endfilter %}{{ 1 }}', '{"error": "expected str instance, int found"}'),
	('{% filter upper %}abc{% endfilter %}{{ 1 }}', '"ABC1"'),
	('{{ ''{:z}''.format(1) }}', '{"error": "Negative zero coercion (z) not allowed in integer format specifier"}'),
	('{{ ''{:,c}''.format(65) }}', '{"error": "Cannot specify '','' with ''c''."}'),
	('{{ ''{:.0}''.format(0.0) }}', '"0e+00"'),
	('{{ ''{:#g}''.format(999999.5) }}', '"1.00000e+06"'),
	('{{ ''%#.3g'' % 99.95 }}', '"100."'),
	('{{ ''{.a}''.format({''a'': 1}) }}', '{"error": "''''"}'),
	('{{ ''{} {0.real}''.format(1) }}', '"1 1"'),
	('{{ ''{} {0}''.format(1) }}', '{"error": "cannot switch from automatic field numbering to manual field specification"}'),
	('{{ ''一''.isnumeric() }}', 'true'),
	('{{ ''inf'' | int }}', '{"error": "cannot convert float infinity to integer"}'),
	('{{ ''-1e400'' | int(7) }}', '{"error": "cannot convert float infinity to integer"}'),
	('{{ ''nan'' | int(7) }}', '7'),
	('{% for a, in [[1]] %}{{ a }}{% endfor %}', '{"error": "expected token ''in'', got ''[''"}'),
	('{% for a in [1], recursive %}{{ a }}{% endfor %}', '{"error": "''recursive'' is undefined"}'),
	('{% set ns = namespace() %}{% set ns.a, b = 1, 2 %}{{ b }}', '{"error": "expected token ''end of statement block'', got '',''"}'),
	('{% set b, ns.a = 1, 2 %}{{ b }}', '{"error": "expected token ''end of statement block'', got ''.''"}'),
	('{{ self.a is defined }}', 'false'),
	('{{ dict.fromkeys(''ab'', 1) }}', '{"a": 1, "b": 1}'),
	('{{ global(''v'') }}', '{"error": "global() can be used only in a workflow"}')
  ) AS c(expr, want)
 WHERE pg_temp.evaluate(expr, '{"v": 1}')::text IS DISTINCT FROM want::jsonb::text;
