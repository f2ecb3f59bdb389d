/* expressions.sql: trying expressions out */

CREATE FUNCTION mistral.evaluate(expression jsonb, context jsonb DEFAULT NULL)
RETURNS jsonb
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_evaluate';
COMMENT ON FUNCTION mistral.evaluate(jsonb, jsonb)
	IS 'evaluates the YAQL and Jinja expressions in the strings of a JSON value';
REVOKE ALL ON FUNCTION mistral.evaluate(jsonb, jsonb) FROM PUBLIC;

CREATE FUNCTION mistral.validate_expression(expression text)
RETURNS jsonb
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_validate_expression';
COMMENT ON FUNCTION mistral.validate_expression(text)
	IS 'tells whether the expressions in a string are well formed, and if not, where and why';
REVOKE ALL ON FUNCTION mistral.validate_expression(text) FROM PUBLIC;

CREATE FUNCTION mistral.builtin_functions(
    OUT "position" int, OUT language text, OUT topic text, OUT introduction text, OUT kind text, OUT name text,
    OUT usage text, OUT parameters text, OUT description text, OUT examples text[], OUT results text[])
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_builtin_functions';
COMMENT ON FUNCTION mistral.builtin_functions()
	IS 'lists the operators, functions, methods, properties, filters and tests of YAQL and Jinja, one row each: language is yaql, jinja or both; topic and introduction are the heading under which docs/functions.md has it and what is said there, position its place; usage is how it is written, parameters are name:type=default, separated by spaces; results holds what each of the examples gives, as JSON or with the text of the error';
REVOKE ALL ON FUNCTION mistral.builtin_functions() FROM PUBLIC;

CREATE FUNCTION mistral.create_expression_function(
    name text, function text, description text DEFAULT NULL,
    scope text DEFAULT NULL, or_replace bool DEFAULT false)
RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_expression_function';
COMMENT ON FUNCTION mistral.create_expression_function(text, text, text, text, bool)
    IS 'lets expressions call a STABLE or IMMUTABLE SQL function, given as schema.function(types), by a name; with or_replace changes the one of the project that exists';
REVOKE ALL ON FUNCTION mistral.create_expression_function(text, text, text, text, bool) FROM PUBLIC;

CREATE FUNCTION mistral.delete_expression_function(name text)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_expression_function';
COMMENT ON FUNCTION mistral.delete_expression_function(text)
    IS 'takes a SQL function away from the expressions of the project; the function stays';
REVOKE ALL ON FUNCTION mistral.delete_expression_function(text) FROM PUBLIC;
