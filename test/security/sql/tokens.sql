-- The token of a claim is of use to its executor's role alone, and tells others
-- nothing; executors are told of nothing but what they have claimed.
CREATE ROLE tok_a;
CREATE ROLE tok_b;
CREATE ROLE tok_observer;
SET client_min_messages = warning;
SELECT mistral.create_roles();
GRANT mistral_user TO tok_a, tok_b;
GRANT mistral_observer TO tok_observer;
RESET client_min_messages;
CREATE FUNCTION pg_temp.try(statement text, VARIADIC args text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE format(statement, VARIADIC args);
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN regexp_replace(concat_ws(' ', SQLSTATE, SQLERRM, detail), '[0-9a-f]{8}-[0-9a-f-]{27}', '<id>', 'g');
END $$;

SET ROLE tok_a;
SELECT mistral.register_executor('of_a', announces => '["tok.pay"]') AS a \gset
SELECT count(*) FROM mistral.create_workflows('{version: "2.0", tok: {tasks: {t: {action: tok.pay}}}}');
SELECT mistral.start_workflow('tok') AS e \gset
SELECT action_id AS action, token FROM mistral.claim_actions(:a, 1) \gset

-- B with A's token, with a token of B's own making, and as an observer
SET ROLE tok_b;
SELECT mistral.register_executor('of_b') AS b \gset
SELECT pg_temp.try('SELECT mistral.complete_in_transaction(%L, %L, ''1'')', :'action', :'token');
SELECT pg_temp.try('SELECT mistral.fail_in_transaction(%L, %L, ''1'')', :'action', :'token');
SELECT pg_temp.try('SELECT mistral.complete_in_transaction(%L, to_hex(%s) || ''-'' || split_part(%L, ''-'', 2), ''1'')', :'action', :'b', :'token');
SELECT pg_temp.try('SELECT mistral.complete_in_transaction(gen_random_uuid(), to_hex(%s) || ''-1'', ''1'')', :'b');
SET ROLE tok_observer;
SELECT pg_temp.try('SELECT mistral.complete_in_transaction(%L, %L, ''1'')', :'action', :'token');
SELECT pg_temp.try('SELECT count(*) FROM mistral.action_recalls');
SET ROLE tok_a;
SELECT t, pg_temp.try('SELECT mistral.complete_in_transaction(%L, %L, ''1'')', :'action', t)
  FROM unnest('{"", -, 1, 1-, -1, 1-0, 0-1, 1-x, "1-1 ", 1-1-1, +1-1, 0x1-1, ffffffffffffffffff-1, 8000000000000000-1}'::text[]) AS t;
SELECT pg_temp.try('SELECT mistral.complete_in_transaction(NULL, ''1-1'')'), pg_temp.try('SELECT mistral.complete_in_transaction(%L, NULL)', :'action');

-- when it is cancelled, A alone is told, and B cannot ask for A
SELECT mistral.cancel_execution(:'e');
SELECT pg_temp.try('SELECT count(*) FROM mistral.action_recalls');
SET ROLE tok_b;
SELECT count(*) FROM mistral.exchange_actions(:b, '[]', 10);
SELECT cardinality(cancelled) FROM mistral.extend_leases(:b);
SELECT pg_temp.try('SELECT * FROM mistral.exchange_actions(%s, ''[]'', 0)', :'a');
SELECT pg_temp.try('SELECT * FROM mistral.extend_leases(%s)', :'a');
SET ROLE tok_a;
SELECT pg_temp.try('SELECT mistral.complete_in_transaction(%L, %L, ''1'')', :'action', :'token');
SELECT action_id = :'action' AS same, refusal FROM mistral.exchange_actions(:a, '[]', 0);

-- ---- the end
RESET ROLE;
SET client_min_messages = warning;
SELECT count(mistral.delete_execution(id, true)) > 0 FROM mistral.executions WHERE project_id LIKE 'tok\_%';
DELETE FROM mistral.executors WHERE role_name LIKE 'tok\_%';
DELETE FROM mistral.workflow_definitions WHERE project_id LIKE 'tok\_%';
DELETE FROM mistral.workflow_versions WHERE project_id LIKE 'tok\_%';
DELETE FROM mistral.action_definitions WHERE project_id LIKE 'tok\_%';
DELETE FROM mistral.action_versions WHERE project_id LIKE 'tok\_%';
DROP ROLE tok_a, tok_b, tok_observer;
