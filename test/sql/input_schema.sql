\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- JSON Schema: what fits and what does not, keyword by keyword.  Only what
-- differs from what is wanted is printed.
CREATE FUNCTION story.fits(schema text, value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT count(*) = 0 FROM mistral.schema_problems(schema::jsonb, value::jsonb));
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;
SELECT c.schema, v.value, v.want, story.fits(c.schema, v.value::text) AS got
  FROM (VALUES
    ('{}',                                '[1, "a", null, {}]', '[]'),
    ('true',                              '[1]', '[]'),
    ('false',                             '[]', '[1, null]'),
    ('{"type": "integer"}',               '[1, 1.0, -0, 1e3, 10000000000000000000000]', '[1.5, "1", null, []]'),
    ('{"type": ["string", "null"]}',      '["a", null]', '[1, true, {}]'),
    ('{"type": "boolean"}',               '[true, false]', '[0, "true", null]'),
    ('{"enum": [1, "a", [2], {"b": 3}]}', '[1, 1.0, "a", [2], {"b": 3}]', '[2, [], [2, 2], null]'),
    ('{"const": {"a": [1]}}',             '[{"a": [1]}, {"a": [1.0]}]', '[{"a": 1}, null]'),
    ('{"minimum": 2, "exclusiveMaximum": 3}', '[2, 2.9, "x"]', '[1.99, 3]'),
    ('{"exclusiveMinimum": 2, "maximum": 3}', '[3, 2.1]', '[2, 3.01]'),
    ('{"multipleOf": 0.01}',              '[0, 4.02, -7]', '[0.001, 4.025]'),
    ('{"minLength": 2, "maxLength": 3}',  '["ab", "äöü", 1]', '["a", "abcd"]'),
    ('{"pattern": "^a+$"}',               '["aa", 1]', '["ab", ""]'),
    ('{"pattern": "b"}',                  '["abc"]', '["ac"]'),
    ('{"items": {"type": "integer"}}',    '[[], [1, 2], 1]', '[[1, "a"]]'),
    ('{"prefixItems": [{"type": "integer"}, {"type": "string"}], "items": false}',
                                          '[[], [1], [1, "a"]]', '[["a"], [1, "a", 2]]'),
    ('{"minItems": 1, "maxItems": 2}',    '[[1], [1, 2]]', '[[], [1, 2, 3]]'),
    ('{"uniqueItems": true}',             '[[], [1, "1", [1], {"a": 1}]]', '[[1, 2, 1.0], [{"a": 1, "b": 2}, {"b": 2, "a": 1}]]'),
    ('{"contains": {"const": 1}}',        '[[2, 1], {}]', '[[], [2]]'),
    ('{"contains": {"const": 1}, "minContains": 2, "maxContains": 3}', '[[1, 1]]', '[[1], [1, 1, 1, 1]]'),
    ('{"contains": {"const": 1}, "minContains": 0}', '[[]]', '[]'),
    ('{"required": ["a"]}',               '[{"a": null}, []]', '[{}, {"b": 1}]'),
    ('{"properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "integer"}}',
                                          '[{"a": "x", "b": 1}, {}]', '[{"a": 1}, {"b": "x"}]'),
    ('{"properties": {"a": true}, "patternProperties": {"^x_": {"type": "integer"}}, "additionalProperties": false}',
                                          '[{"a": 1, "x_b": 2}]', '[{"x_b": "a"}, {"c": 1}]'),
    ('{"propertyNames": {"maxLength": 1}}', '[{"a": 1}]', '[{"ab": 1}]'),
    ('{"minProperties": 1, "maxProperties": 2}', '[{"a": 1}]', '[{}, {"a": 1, "b": 2, "c": 3}]'),
    ('{"dependentRequired": {"a": ["b"]}}', '[{}, {"a": 1, "b": 2}, {"b": 1}]', '[{"a": 1}]'),
    ('{"dependentSchemas": {"a": {"required": ["c"]}}}', '[{"b": 1}, {"a": 1, "c": 2}]', '[{"a": 1}]'),
    ('{"allOf": [{"minimum": 1}, {"maximum": 3}]}', '[2]', '[0, 4]'),
    ('{"anyOf": [{"type": "string"}, {"minimum": 5}]}', '["a", 5]', '[4]'),
    ('{"oneOf": [{"multipleOf": 2}, {"multipleOf": 3}]}', '[2, 3]', '[1, 6]'),
    ('{"not": {"type": "null"}}',         '[1]', '[null]'),
    ('{"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}',
                                          '[{"a": 1, "b": 1}, {"c": 1}]', '[{"a": 1}, {}]'),
    ('{"$defs": {"a/b~c": {"type": "integer"}}, "items": {"$ref": "#/$defs/a~1b~0c"}}', '[[1]]', '[["a"]]'),
    ('{"properties": {"child": {"$ref": "#"}}, "additionalProperties": false}',
                                          '[{"child": {"child": {}}}]', '[{"child": {"x": 1}}]'),
    ('{"title": "t", "description": "d", "default": 1, "examples": [1], "format": "date", "x-mine": {"typ": 1}, "$comment": "c",
       "$schema": "https://json-schema.org/draft/2020-12/schema", "readOnly": true, "deprecated": false}', '[1, "no date"]', '[]')
  ) AS c(schema, good, bad),
  LATERAL (SELECT g AS value, 'true' AS want FROM jsonb_array_elements(c.good::jsonb) g
           UNION ALL SELECT b, 'false' FROM jsonb_array_elements(c.bad::jsonb) b) AS v
 WHERE story.fits(c.schema, v.value::text) IS DISTINCT FROM v.want;

-- what is told
SELECT p.* FROM mistral.schema_problems('{"type": "object", "required": ["a", "b"], "additionalProperties": false,
    "properties": {"a": {"type": ["integer", "null", "boolean"]}, "b/c": {"enum": [1, 2]}, "d": {"items": {"minimum": 3}},
                   "e": {"anyOf": [{"type": "null"}]}, "f": {"oneOf": [true, true]}, "g": {"not": {}}, "h": {"uniqueItems": true},
                   "i": {"pattern": "^[0-9]+$"}, "j": {"const": "x"}, "k": false, "l": {"multipleOf": 3}}}',
    '{"a": "x", "b/c": 3, "d": [1, 4, 2], "e": 1, "f": 1, "g": 1, "h": [1, 2, 1], "i": "x", "j": 1, "k": 1, "l": 4, "m": 1}') AS p;
SELECT count(*) FROM mistral.schema_problems('{"items": false}', (SELECT jsonb_agg(n) FROM generate_series(1, 1000) n));

-- what is no schema
SELECT s AS schema, story.fits(s, '1') AS why
  FROM unnest(ARRAY['1', '[]', '{"typ": "string"}', '{"type": "text"}', '{"type": []}', '{"type": ["string", 1]}', '{"required": "a"}',
       '{"required": [1]}', '{"properties": []}', '{"properties": {"a": 1}}', '{"items": [{}]}', '{"allOf": []}', '{"minLength": -1}',
       '{"minLength": 1.5}', '{"maxItems": 3000000000}', '{"multipleOf": 0}', '{"minimum": "1"}', '{"pattern": "("}', '{"pattern": 1}',
       '{"patternProperties": {"[": {}}}', '{"uniqueItems": 1}', '{"enum": 1}', '{"$ref": "other.json"}', '{"$ref": "#/$defs/a"}',
       '{"$ref": "#/const", "const": {"typ": 1}}', '{"$ref": 1}', '{"$id": "a"}', '{"$defs": {"a": {"unevaluatedProperties": false}}}',
       '{"dependentRequired": {"a": "b"}}', '{"title": 1}', '{"properties": {"a": {"items": {"maximun": 1}}}}', '{"mine": 1}']) AS s;
SELECT right(story.fits(repeat('{"not": ', 300) || 'true' || repeat('}', 300), '1'), 24) AS too_deep;

-- bombs: each ends, and says so
SELECT message FROM mistral.schema_problems('{"$ref": "#"}', '1');
SELECT message FROM mistral.schema_problems('{"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}, {"$ref": "#/$defs/b"}]},
    "b": {"allOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}', '1');
SELECT message FROM mistral.schema_problems(
    (SELECT jsonb_build_object('$ref', '#/$defs/d0', '$defs', jsonb_object_agg('d' || n, CASE WHEN n = 40 THEN '{"type": "null"}'::jsonb
            ELSE format('{"anyOf": [{"$ref": "#/$defs/d%1$s"}, {"$ref": "#/$defs/d%1$s"}]}', n + 1)::jsonb END)) FROM generate_series(0, 40) n), '1');
SELECT regexp_replace(message, ': .*', '') AS message FROM mistral.schema_problems('{"pattern": "^(a+)+$"}', to_jsonb(repeat('a', 5000) || 'b'));
SELECT message FROM mistral.schema_problems('{"items": {"enum": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}}', (SELECT jsonb_agg(0) FROM generate_series(1, 100000)))
 WHERE message ~ 'work';
-- not a square: a hundred thousand different items
SELECT count(*) FROM mistral.schema_problems('{"uniqueItems": true}', (SELECT jsonb_agg(n) FROM generate_series(1, 100000) n));
SELECT count(*) FROM mistral.schema_problems('{"uniqueItems": true}', (SELECT jsonb_agg(n % 99999) FROM generate_series(1, 100000) n));

-- --------------------------------------------------- input of workflows
SELECT story.define($$
is_order:
  input: [customer, {lines: []}]
  input-schema:
    type: object
    required: [customer]
    properties:
      customer: {type: string, minLength: 2, title: Who}
      lines: {type: array, maxItems: 2, items: {$ref: '#/$defs/line'}}
    $defs:
      line: {type: object, required: [item], properties: {item: {type: string}}}
  tasks: {t: {action: std.noop}}
is_call:
  input: [c]
  tasks:
    call: {workflow: is_order customer=<% $.c %>, on-error: after}
    after: {action: std.noop}
$$);
SELECT count(mistral.start_workflow('is_order', '{"customer": "me", "lines": [{"item": "a"}]}'));
SELECT mistral.start_workflow('is_order', '{"customer": "m", "lines": [{"item": 1}, {}, 3]}');
SELECT mistral.start_workflow('is_order', '{"customer": "me", "lines": null}');
-- as before
SELECT mistral.start_workflow('is_order', '{"lines": []}');
-- a task that calls it fails
SELECT mistral.start_workflow('is_call', '{"c": 7}') AS id \gset
SELECT task, state, left(info, 110) AS info FROM story.show(:'id');
SELECT mistral.create_cron_trigger('is', 'is_order', '0 0 1 1 *', '{"customer": 1}');
SELECT mistral.create_event_trigger('is', mistral.workflow_id_of('is_order'), 'e', 't', 'v', '{"customer": 1}');
SELECT mistral.simulation($$
version: '2.0'
w: {input: [a], input-schema: {properties: {a: {type: integer}}}, tasks: {t: {action: std.noop}}}
$$, '{"a": "x"}');
-- shown for forms, in the order of the text
SELECT mistral_api.get_workflow('is_order') ->> 'input_schema' AS input_schema;
SELECT mistral_api.get_workflow('is_call')::jsonb ? 'input_schema' AS shown;
SELECT w -> 'input_schema' IS NOT NULL AS listed FROM jsonb_array_elements(mistral_api.list_workflows('{"name": "is_order"}')::jsonb -> 'workflows') AS w;

-- what is large counts as much work: nothing is copied, compared or searched for each of many
SELECT what, message FROM (VALUES
    ('const', jsonb_build_object('not', jsonb_build_object('const', repeat('x', 1000000))), '0'::jsonb, 3000),
    ('enum', jsonb_build_object('not', jsonb_build_object('enum', jsonb_build_array(repeat('x', 1000000)))), '0', 3000),
    ('shown', jsonb_build_object('enum', jsonb_build_array(repeat('x', 1000000))), '0', 3000),
    ('pattern', jsonb_build_object('allOf', array_fill('{"pattern": "^x"}'::jsonb, ARRAY[300])), to_jsonb(repeat('x', 100000)), 10),
    ('length', jsonb_build_object('allOf', array_fill('{"minLength": 1}'::jsonb, ARRAY[300])), to_jsonb(repeat('x', 100000)), 10),
    ('equal', jsonb_build_object('allOf', array_fill('{"uniqueItems": true}'::jsonb, ARRAY[300])), jsonb_build_array(repeat('x', 100000)), 10),
    ('type', jsonb_build_object('type', array_fill('string'::text, ARRAY[10000])), '0', 3000),
    ('large', '{"multipleOf": 7}', '1e131000', 3000),
    ('long', jsonb_build_object('multipleOf', repeat('7', 10000)::numeric), '1e100000', 3000)
    ) AS c (what, schema, item, n)
  CROSS JOIN LATERAL mistral.schema_problems(jsonb_build_object('items', schema), to_jsonb(array_fill(item, ARRAY[n])));
-- what fits is not in the way, however many patterns there are
SELECT count(*) AS problems FROM mistral.schema_problems(
    (SELECT jsonb_build_object('items', jsonb_build_object('allOf', jsonb_agg(jsonb_build_object('pattern', format('^(a{250}b{250}){20}|x|%s', n))))) FROM generate_series(1, 100) AS n),
    to_jsonb(array_fill('x'::text, ARRAY[20])));

-- a schema that cannot be used is told with its place
SELECT mistral.validate_workflow(E'version: "2.0"\nw:\n  input-schema:\n    properties:\n      a:\n        type: string\n        minLenght: 1\n  tasks: {t: {action: std.noop}}')
       - '{warnings,path,valid}'::text[] AS verdict;
SELECT mistral.validate_workflow(E'version: "2.0"\nw:\n  input-schema: [1]\n  tasks: {t: {action: std.noop}}') ->> 'error' AS error;
SELECT mistral.validate_workflow(E'version: "2.0"\nw:\n  input-schema: {anyOf: [{}, {type: strin}]}\n  tasks: {t: {action: std.noop}}') ->> 'error' AS error;

SELECT story.clean();
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'is\_%';
