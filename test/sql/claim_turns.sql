-- Projects take turns at claims, whatever one of them has queued.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o
SET client_min_messages TO warning;
SELECT mistral.create_roles();
CREATE ROLE ct_loud IN ROLE mistral_user;
CREATE ROLE ct_quiet IN ROLE mistral_user;
CREATE ROLE ct_third IN ROLE mistral_user;
CREATE ROLE ct_x IN ROLE mistral_executor, mistral_user;
RESET client_min_messages;

CREATE FUNCTION story.queue(project text, name text, n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', project);
    PERFORM mistral.create_workflows(format(E'version: ''2.0''\n%s:\n  tasks:\n    t:\n      with-items: i in <%% range(%s) %%>\n      action: std.http url="http://localhost/"\n      target: ct\n', name, n));
    PERFORM mistral.start_workflow(name);
    RESET ROLE;
END $$;
-- how many claims of so many actions each it takes until the project has none
-- in the queue
CREATE FUNCTION story.claims_until(executor bigint, project text, n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    claims int := 0;
BEGIN
    WHILE EXISTS (SELECT FROM mistral.action_queue q WHERE q.project_id = $2) LOOP
        PERFORM mistral.claim_actions(executor, n);
        claims := claims + 1;
    END LOOP;
    RETURN claims;
END $$;

SELECT story.queue('ct_loud', 'loud', 3000);
SELECT story.queue('ct_loud', 'louder', 3000);
SELECT story.settle();
SELECT story.queue('ct_quiet', 'quiet', 10);
SELECT mistral.register_executor('ct', 'ct') AS x \gset
-- ten of a project take twice as many claims as if it were alone, and so they
-- say themselves
SELECT max(substring(mistral.action_waits_for(a.id) FROM 'queued behind (\d+)')::int) <= 20 AS behind
  FROM mistral.action_executions a WHERE a.project_id = 'ct_quiet';
SELECT story.claims_until(:x, 'ct_quiet', 1) <= 20 AS one_by_one;
SELECT story.queue('ct_quiet', 'quieter', 10), story.queue('ct_third', 'third', 10);
-- the three take turns within a claim, too
SELECT a.project_id, count(*) FROM mistral.claim_actions(:x, 9) c JOIN mistral.action_executions a ON a.id = c.action_id GROUP BY 1 ORDER BY 1;
SELECT story.claims_until(:x, 'ct_quiet', 4) <= 7 AS in_fours;
-- within a project the oldest go first
SELECT story.claims_until(:x, 'ct_third', 1) <= 3 AS rest;
SELECT bool_and(e.workflow_name = 'loud') AS oldest_first
  FROM mistral.claim_actions(:x, 100) c
  JOIN mistral.action_executions a ON a.id = c.action_id JOIN mistral.workflow_executions e ON e.id = a.execution_id;

-- one who gets what follows from its results comes to what others have queued
SELECT mistral.delete_execution(id, true) FROM mistral.executions WHERE project_id LIKE 'ct\_%' \g /dev/null
SET ROLE ct_loud;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
chain: {tasks: {s: {action: std.noop, on-success: t}, t: {action: std.http url="http://localhost/", target: ct, on-success: t}}}
$$);
SELECT mistral.start_workflow('chain') AS chain \gset
RESET ROLE;
-- how many exchanges of one action until the project has none in the queue
CREATE FUNCTION story.exchanges_until(executor bigint, project text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    exchanges int := 0;
    results jsonb;
BEGIN
    SELECT jsonb_agg(jsonb_build_object('id', c.action_id, 'data', 1)) INTO results FROM mistral.claimed_actions($1) c;
    LOOP
        SELECT coalesce(jsonb_agg(jsonb_build_object('id', x.action_id, 'data', 1)), '[]')
          INTO results FROM mistral.exchange_actions($1, results, 1) x WHERE x.refusal IS NULL;
        EXIT WHEN exchanges > 0 AND NOT EXISTS (SELECT FROM mistral.action_queue q WHERE q.project_id = $2);
        exchanges := exchanges + 1;
        EXIT WHEN exchanges > 500;
    END LOOP;
    RETURN exchanges;
END $$;
SELECT mistral.register_executor('ct2', 'ct') AS y \gset
-- the chain is with its executor
SELECT workflow_name, action_id AS first FROM mistral.exchange_actions(:y, '[]', 1) \gset
SELECT story.queue('ct_quiet', 'quietest', 10);
SELECT :'workflow_name' AS first, story.exchanges_until(:y, 'ct_quiet') BETWEEN 10 AND 32 AS ten_of_another;
SELECT mistral.unregister_executor(:y);

SELECT mistral.unregister_executor(:x);
SELECT count(mistral.delete_execution(id, true)) FROM mistral.executions WHERE project_id LIKE 'ct\_%';
SELECT count(mistral.delete_workflow(id::text)) FROM mistral.workflows WHERE project_id LIKE 'ct\_%';
SELECT * FROM mistral.check();
DROP OWNED BY ct_loud, ct_quiet, ct_third, ct_x;
DROP ROLE ct_loud, ct_quiet, ct_third, ct_x;
