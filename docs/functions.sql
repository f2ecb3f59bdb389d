-- Writes docs/functions.md from mistral.builtin_functions(): make docs.
\pset format unaligned
\pset tuples_only on
\pset recordsep '\n'

CREATE TEMP VIEW entry AS
SELECT min(position) AS position, language, topic, introduction, usage, description, examples, results,
	   string_agg(DISTINCT kind, ', ') AS kind,
	   string_agg(DISTINCT '`' || nullif(parameters, '') || '`', ' or ') AS parameters
  FROM mistral.builtin_functions()
 GROUP BY language, topic, introduction, usage, description, examples, results;

-- the anchor that GitHub makes of a heading
CREATE FUNCTION pg_temp.anchor(heading text) RETURNS text
RETURN replace(lower(regexp_replace(heading, '[^[:alnum:] -]', '', 'g')), ' ', '-');

-- the examples, which the suite "documents" runs, in a block for each language
CREATE FUNCTION pg_temp.blocks(language text, examples text[], results text[]) RETURNS text
BEGIN ATOMIC
	SELECT string_agg(block, E'\n' ORDER BY i)
	  FROM (SELECT min(i) AS i,
				   format(E'```%s\n%s```\n', fence, string_agg(format(E'%s\n→ %s\n', example, result), '' ORDER BY i)) AS block
			  FROM (SELECT i, example, result,
						   CASE WHEN blocks.language <> 'both' THEN blocks.language
								WHEN example LIKE '<\%%' THEN 'yaql workflow' ELSE 'jinja workflow' END AS fence
					  FROM unnest(examples, results) WITH ORDINALITY AS e(example, result, i)) AS e
			 GROUP BY fence) AS b;
END;

SELECT $head$# Functions of the expression languages

Every function, method, filter and test of YAQL (`<% ... %>`) and Jinja2 (`{{ ... }}`), with what it takes and what it returns. [expressions.md](expressions.md) says where
expressions stand and what bounds them. Written by `make docs` from the texts in `src/expr/reference/`; change those, not this file. In psql,
`SELECT usage, description FROM mistral.builtin_functions() WHERE name = 'split'` shows the same.

## How to read this

An entry is headed by the way in which the function is written. Below it stands what it takes: `name:type` for each parameter.

* `name:type=value` can be left out, and has the value then. Where the value is `none`, the description says what happens. In YAQL, parameters of type `lambda` default to nothing.
* `name:type?` may be null. In Jinja, a null stands for the default then, unless the type is `any?`.
* `*name` takes all further arguments, `**name` all further named ones.
* Arguments can be given by position, or by name: `name => value` in YAQL, `name=value` in Jinja. Parameters in front of a `/` can be given by position only, those behind a `*` by name only.
* What a method is called on, or a filter or test is applied to, is the first parameter.

| type | YAQL takes | Jinja takes |
|---|---|---|
| `any` | anything; null only as `any?` | anything that is defined, with `any?` also null |
| `anything` | | also what is undefined |
| `bool` | true and false | the truth of anything |
| `int`, `strictint` | integers, `int` also true and false | integers, true and false; beyond 64 bits they are clipped |
| `number` | integers and floats | |
| `str` | text | text |
| `text` | | anything, as its text |
| `index` | | an integer |
| `dict`, `lookup` | dictionaries | dictionaries |
| `list`, `set`, `datetime`, `timespan`, `regex` | values of that type | |
| `iter`, `nonset` | lists, sets and iterators; `nonset` no sets | lists, text (its characters), dictionaries (their keys), iterators |
| `lazyiter` | | the same, but looked at only when the first item is asked for |
| `iterator`, `ordering` | what queries return; what `orderBy` returns | |
| `lambda` | an expression that the function evaluates, with `$` as its argument | |
| `mapping`, `lazymapping` | `key => value` | |

The other types are those of the objects that have the method. Wrong types are errors: in YAQL no function "matches supplied arguments", in Jinja it is a `TypeError`. So is an undefined value in Jinja.
An error makes the task fail whose expression it is. In the examples it is shown as `error: ` and its class.
Below each example stands its result, as JSON.

## Contents
$head$;

SELECT string_agg(format('* [%s](#%s)', topic, pg_temp.anchor(topic)), E'\n' ORDER BY position) || E'\n'
  FROM (SELECT topic, min(position) AS position FROM entry GROUP BY topic) AS t;

SELECT CASE WHEN lag(topic) OVER (ORDER BY position) IS DISTINCT FROM topic
			THEN format(E'## %s\n\n', topic) || coalesce(introduction || E'\n\n', '') ||
				 CASE WHEN language = 'both' THEN $workflow$The examples stand in the place of `EXAMPLE` in this workflow, which is started with `{"who": "Ada"}` as input and `{"region": "eu"}` as environment:

```yaml
version: '2.0'
greeting:
  input: [who]
  output: {example: <% $.example %>}
  tasks:
    hello:
      action: std.echo output="Hello, <% $.who %>!"
      on-success:
        publish: {global: {greeted: <% $.who %>}}
        next: answer
    answer:
      action: std.noop
      publish: {example: EXAMPLE}
```

$workflow$ ELSE '' END
			ELSE '' END ||
	   format(E'### `%s`\n\n%s\n\n%s%s.\n\n%s', usage, description,
			  upper(left(kind, 1)) || substr(kind, 2), coalesce('; takes ' || parameters, ''),
			  pg_temp.blocks(language, examples, results))
  FROM entry
 ORDER BY position;
