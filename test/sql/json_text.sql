-- JSON text is read by one reader: for expressions as Python reads it, with its
-- messages, and strictly for values written in definitions.

CREATE TEMP TABLE texts (n int GENERATED ALWAYS AS IDENTITY, text text);
INSERT INTO texts (text) VALUES
	('null'), (' [true, false ]  '), ('-0'), ('-12.50e+1'), ('1E400'), ('123456789012345678901234567890'),
	('"é\n\u00e9\ud83d\ude00\/"'), ('{"b": 1, "a": {"b": []}, "b": 2}'), ('{}'), ('[[], [[]]]'),
	('[{"b": [1e1, -0.5, "\u00e9\b"], "a": {}, "b": 2}]'),
	-- only Python takes these
	('NaN'), ('[Infinity, -Infinity]'), ('"\ud83d"'), ('"\udc00x"'), ('"\ud83d\u0041"'),
	-- nobody takes these
	(''), ('nul'), ('01'), ('1.'), ('.5'), ('-'), ('1e'), ('+1'), ('[1, ]'), ('[1 2]'), ('['), ('[1,'), ('[}'),
	('{"a"}'), ('{"a": }'), ('{"a": 1, }'), ('{"a": 1 "b": 2}'), ('{a: 1}'), ('{1: 2}'), ('{'), ('{"a": 1'),
	('"abc'), ('"a\'), ('"\x"'), ('"\u12"'), ('"\u12g4"'), (E'"\t"'), ('[] x'), (E'[1,\n "é", x]');

-- in expressions
CREATE FUNCTION pg_temp.parse(text text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN mistral.evaluate('"<% json_dump(json_parse($.t)) %>"', jsonb_build_object('t', text)) #>> '{}';
EXCEPTION WHEN OTHERS THEN
	RETURN substring(SQLERRM FROM 'error=(.*)\]$');
END $$;
SELECT text, pg_temp.parse(text) FROM texts ORDER BY n;

-- in a line of a definition: what is not JSON there is a string
SELECT count(*) FROM mistral.create_workflows(
	E'version: "2.0"\njson_text:\n  tasks:\n' ||
	(SELECT string_agg(format(E'    t%s:\n      action: %s\n', n, to_json('std.echo output=' || text)), '' ORDER BY n)
	   FROM texts WHERE text ~ '^\[.*\]$' AND text !~ '\n'));
SELECT mistral.start_workflow('json_text') AS id \gset
SELECT t.text, a.input -> 'output' AS value
  FROM texts t
  LEFT JOIN mistral.task_executions e ON e.execution_id = :'id' AND e.name = 't' || t.n
  LEFT JOIN mistral.action_executions a ON a.task_id = e.id
 WHERE text ~ '^\[.*\]$' AND text !~ '\n'
 ORDER BY t.n;
SELECT mistral.delete_execution(:'id', force => true);
SELECT mistral.delete_workflow('json_text');
