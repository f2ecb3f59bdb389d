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
