-- What an executor does not take, or what nobody takes, is in nobody's way:
-- neither a project's, nor an action's, nor what waits.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o
SET client_min_messages TO warning;
SELECT mistral.create_roles();
CREATE ROLE ck_a IN ROLE mistral_user;
CREATE ROLE ck_b IN ROLE mistral_user;
CREATE ROLE ck_x IN ROLE mistral_executor, mistral_user;
RESET client_min_messages;
\set ssh 'std.ssh cmd="x" host="h" username="u"'
\set http 'std.http url="http://localhost/"'
\set email 'std.email from_addr="a" to_addrs=["b"] smtp_server="s"'

-- so many actions of a project, by a workflow of that name
CREATE FUNCTION story.queue(project text, name text, action text, n int, target text DEFAULT '') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', project);
    PERFORM mistral.create_workflows(format(E'version: ''2.0''\n%s:\n  tasks:\n    t:\n      with-items: i in <%% range(%s) %%>\n      action: %s\n%s',
                                            name, n, action, '      target: ' || nullif(target, '')));
    PERFORM mistral.start_workflow(name);
    RESET ROLE;
END $$;
CREATE FUNCTION story.executor(role text, target text, VARIADIC actions text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    id bigint;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    id := mistral.register_executor('ck', target, actions);
    RESET ROLE;
    RETURN id;
END $$;
-- the actions that one exchange hands out, in its order
CREATE FUNCTION story.claims(executor bigint, n int DEFAULT 1) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(workflow_name, ', ' ORDER BY ordinality), 'nothing')
      FROM mistral.exchange_actions(executor, '[]', n) WITH ORDINALITY
$$;
CREATE FUNCTION story.clear() RETURNS void LANGUAGE sql AS $$
    SELECT mistral.delete_execution(id, true) FROM mistral.executions WHERE project_id LIKE 'ck\__'
$$;

-- ---- actions that no executor takes, of another project or the same
SELECT story.queue('ck_a', 'ssh', :'ssh', 5000), story.queue('ck_b', 'http', :'http', 1), story.queue('ck_a', 'own_http', :'http', 1);
SELECT story.settle();
SELECT count(*) FROM mistral.action_queue WHERE project_id LIKE 'ck\__';
SELECT story.executor('ck_x', '', 'std.http', 'std.email') AS web \gset
SELECT string_agg(workflow_name, ', ' ORDER BY workflow_name) AS claims FROM mistral.exchange_actions(:web, '[]', 5);
SELECT story.claims(:web, 5);

-- ---- several actions, before and after in the order of names, and a target
SELECT story.queue('ck_a', 'email', :'email', 1500), story.queue('ck_a', 'ssh_to', :'ssh', 1500, 'ck_to'),
       story.queue('ck_b', 'b_email', :'email', 2), story.queue('ck_b', 'http_to', :'http', 1, 'ck_to');
SELECT story.settle();
SELECT story.claims(story.executor('ck_x', 'ck_to', 'std.http'), 5);
SELECT story.claims(mistral.register_executor('ck', actions => '{std.ssh}'), 1);
SELECT story.claims(mistral.register_executor('ck', actions => '{}'), 5);

-- ---- a project's own executor is not behind what others have queued
SELECT story.executor('ck_b', '', 'std.email') AS own \gset
SELECT story.claims(:own, 5);
SELECT story.claims(:own, 5);

-- ---- an executor whose role serves nobody any more
REVOKE mistral_executor FROM ck_x;
SELECT story.claims(:web, 1);
GRANT mistral_executor TO ck_x;
SELECT story.claims(:web, 1);

SELECT story.clear();
-- ---- over all kinds of a project the order is that of the queue
SELECT story.queue('ck_a', 'o1', :'http', 2);
SELECT story.queue('ck_a', 'o2', :'ssh', 1);
SELECT story.queue('ck_a', 'o3', :'ssh', 1);
SELECT story.queue('ck_a', 'o4', :'http', 3);
SELECT story.queue('ck_a', 'o5', :'http', 2);
UPDATE mistral.action_queue SET priority = priority - 1000000 WHERE id = (SELECT max(id) FROM mistral.action_queue);
SELECT story.executor('ck_x', '', 'std.http', 'std.ssh') AS both \gset
SELECT waits_for ~ ', queued behind 8$' AS is_behind FROM mistral.actions
 WHERE id = (SELECT action_id FROM mistral.action_queue ORDER BY priority DESC, id DESC LIMIT 1);
SELECT story.claims(:both, 3);
SELECT story.claims(:both, 4);
-- what was given back is behind, and what comes is behind that
SELECT mistral.release_actions(:both, array_agg(action_id ORDER BY action_id)) FROM mistral.claimed_actions(:both) WHERE workflow_name IN ('o2', 'o3');
SELECT story.queue('ck_a', 'o6', :'ssh', 1);
SELECT story.claims(:both, 10);

-- ---- executions that do not run
SELECT story.queue('ck_a', 'stopped', :'http', 1500);
SELECT story.settle();
SELECT mistral.pause_execution(story.exec('stopped'));
SELECT story.queue('ck_a', 'runs', :'http', 1);
SELECT story.queue('ck_a', 'runs_too', :'http', 1);
SELECT story.claims(:both, 1), story.claims(:both, 10), story.claims(:both, 10);
SELECT mistral.resume_execution(story.exec('stopped'));
SELECT story.settle();
SELECT count(*) FROM mistral.exchange_actions(:both, '[]', 2000);

-- ---- the clock was set back: what was queued in the future does not wait for it
SELECT story.queue('ck_b', 'future', :'http', 1);
UPDATE mistral.action_queue SET due_at = now() + interval '1 hour' WHERE project_id = 'ck_b';
SELECT actions, ready, longest_wait FROM mistral.stat_queue WHERE project_id = 'ck_b';
SELECT story.claims(:both, 10);

-- a lease from before is not longer than others
UPDATE mistral.executors SET lease_until = now() + interval '1 hour' WHERE id = :both;
SELECT story.claims(:both, 10);
SELECT lease_until BETWEEN now() + interval '30 s' AND now() + interval '1 min' AS is_usual FROM mistral.executors WHERE id = :both;

-- ---- many kinds, and names of any length
SELECT story.clear();
SET mistral.unknown_action = queue;
SELECT count(story.queue('ck_a', 'kind' || i, 'own.' || i, 3)) FROM generate_series(1, 70) i;
SELECT story.queue('ck_a', 'long', 'own.' || repeat('x', 251), 1);
-- names that no executor can have are not queued
SELECT string_agg(md5(i::text), '') AS long FROM generate_series(1, 100) i \gset
SELECT story.define($$
ck_names: {input: [name, target], tasks: {t: {action: <% $.name %>, target: <% $.target %>}}}
$$);
SELECT mistral.start_workflow('ck_names', jsonb_build_object('name', left(:'long', 256), 'target', NULL)) AS id \gset
SELECT state, left(state_info, 100) AS info FROM mistral.executions WHERE id = :'id';
SELECT mistral.start_workflow('ck_names', jsonb_build_object('name', 'std.noop', 'target', left(:'long', 256))) AS id \gset
SELECT state, state_info FROM mistral.executions WHERE id = :'id';
SELECT mistral.start_workflow('ck_names', jsonb_build_object('name', left(:'long', 255), 'target', left(:'long', 255))) AS id \gset
SELECT state, state_info FROM mistral.executions WHERE id = :'id';
SELECT mistral.run_action('std.http', '{"url": "x"}', jsonb_build_object('save_result', true, 'target', left(:'long', 256)));
SELECT story.claims(mistral.register_executor('ck', left(:'long', 255)), 5);
SELECT mistral.delete_execution(id, true) FROM mistral.executions WHERE workflow_name = 'ck_names' \g /dev/null
RESET mistral.unknown_action;
SELECT story.claims(story.executor('ck_x', '', 'own.69', 'own.7', 'own.none'), 10);
SELECT count(*), count(DISTINCT name) FROM mistral.exchange_actions(mistral.register_executor('ck'), '[]', 1000)
 WHERE name LIKE 'own.%';

-- ---- a row that a claim keeps back is not met again when it looks from the start
SELECT story.executor('ck_x', 'ck_back', 'std.http') AS back \gset
SELECT story.queue('ck_a', 'back_1', :'http', 1, 'ck_back');
SELECT story.claims(:back, 5);
SELECT story.queue('ck_a', 'back_2', :'http', 2, 'ck_back'), story.queue('ck_a', 'back_3', :'http', 1, 'ck_back');
SELECT mistral.pause_execution(id) FROM mistral.executions WHERE workflow_name = 'back_2';
SELECT story.claims(:back, 5);
SELECT mistral.resume_execution(id) FROM mistral.executions WHERE workflow_name = 'back_2';
SELECT story.claims(:back, 5);

SELECT story.clear();
SELECT count(*) FROM mistral.action_queue WHERE project_id LIKE 'ck\__';
SELECT mistral.unregister_executor(id) FROM mistral.executors WHERE name = 'ck' \g /dev/null
SELECT mistral.unregister_action(id::text) FROM mistral.action_definitions WHERE name LIKE 'own.%' \g /dev/null
SET client_min_messages TO warning;
SELECT mistral.delete_workflow(id::text) FROM mistral.workflows WHERE project_id LIKE 'ck\__' OR name = 'ck_names' \g /dev/null
DROP ROLE ck_a, ck_b, ck_x;
DROP SCHEMA story CASCADE;
