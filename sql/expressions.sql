/* expressions.sql: trying expressions out */

CREATE FUNCTION mistral.evaluate(expression jsonb, context jsonb DEFAULT NULL)
RETURNS jsonb
LANGUAGE c VOLATILE PARALLEL RESTRICTED
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

CREATE FUNCTION mistral.expression_functions(
    OUT "position" int, OUT language text, OUT topic text, OUT introduction text, OUT kind text, OUT name text,
    OUT usage text, OUT parameters text, OUT description text, OUT examples text[], OUT results text[])
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_expression_functions';
COMMENT ON FUNCTION mistral.expression_functions()
	IS 'lists the operators, functions, methods, properties, filters and tests of YAQL and Jinja, one row each: language is yaql, jinja or both; topic and introduction are the heading under which docs/functions.md has it and what is said there, position its place; usage is how it is written, parameters are name:type=default, separated by spaces; results holds what each of the examples gives, as JSON or with the text of the error';
REVOKE ALL ON FUNCTION mistral.expression_functions() FROM PUBLIC;
