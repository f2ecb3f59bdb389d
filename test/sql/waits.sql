\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- What unfinished actions wait for: a call that runs or ends them, an executor
-- that may not be there.
CREATE FUNCTION pg_temp.masked(t text) RETURNS text LANGUAGE sql AS $$
SELECT regexp_replace(t, '\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d', '<time>', 'g')
$$;
SELECT story.define($$
wai_later: {tasks: {t: {with-items: "i in [1, 2]", action: std.sleep, input: {seconds: 1000}}}}
wai_again: {tasks: {t: {action: std.sql query="DO $x$ BEGIN RAISE EXCEPTION SQLSTATE '53100'; END $x$"}}}
wai_any: {tasks: {t: {action: std.http url='http://localhost/'}}}
wai_target: {tasks: {t: {action: std.http url='http://localhost/', target: near}}}
$$);
SELECT mistral.start_workflow('wai_later') AS later \gset
SELECT mistral.start_workflow('wai_again') AS again \gset
SELECT mistral.start_workflow('wai_any') AS any \gset
SELECT mistral.start_workflow('wai_target') AS target \gset
CREATE VIEW pg_temp.waiting AS
SELECT x.workflow_name, pg_temp.masked(a.waits_for) AS action, pg_temp.masked(t.waits_for) AS task,
       pg_temp.masked(x.waits_for) = 'task t: ' || pg_temp.masked(t.waits_for) AS alike
  FROM mistral.actions a
  JOIN mistral.tasks t ON t.id = a.task_execution_id
  JOIN mistral.executions x ON x.id = a.workflow_execution_id
 WHERE x.workflow_name LIKE 'wai\_%' AND a.state = 'RUNNING';
SELECT * FROM pg_temp.waiting ORDER BY 1;
-- alone
SELECT mistral.run_action('std.sleep', '{"seconds": 1000}', '{"save_result": true}') ->> 'id' AS alone \gset
SELECT pg_temp.masked(mistral.action_waits_for(:'alone')) AS waits_for;

-- executors: one for other names, one that leaves, one for another target
SELECT mistral.register_executor('wai_1', actions => '{other}') AS one \gset
SELECT DISTINCT action FROM pg_temp.waiting WHERE workflow_name = 'wai_any';
SELECT mistral.register_executor('wai_2', target => 'far') AS two \gset
SELECT workflow_name, action FROM pg_temp.waiting WHERE workflow_name IN ('wai_any', 'wai_target') ORDER BY 1;
SELECT mistral.register_executor('wai_3', target => 'near', actions => '{std.http}') AS three \gset
SELECT workflow_name, action FROM pg_temp.waiting WHERE workflow_name IN ('wai_any', 'wai_target') ORDER BY 1;
SELECT mistral.unregister_executor(:three);
SELECT workflow_name, action FROM pg_temp.waiting WHERE workflow_name IN ('wai_any', 'wai_target') ORDER BY 1;

-- a task that has ended its execution waits for nothing, whatever it could not do
SELECT story.define($$
wai_none: {tasks: {t: {workflow: wai_unknown}}}
wai_name: {tasks: {t: {workflow: "<% $.unknown %>", retry: {count: 2, delay: 9}}}}
wai_both: {tasks: {a: {action: std.async_noop}, t: {action: wai.unknown}}}
wai_fail: {tasks: {a: {action: std.async_noop}, t: {action: std.noop, on-success: fail}}}
$$);
SELECT count(mistral.start_workflow(name)) FROM unnest('{wai_none,wai_name,wai_both,wai_fail}'::text[]) AS name;
SELECT t.workflow_name, t.name, t.state, pg_temp.masked(t.waits_for) AS waits_for
  FROM mistral.tasks t JOIN mistral.executions x ON x.id = t.workflow_execution_id
 WHERE x.state = 'ERROR' AND x.workflow_name LIKE 'wai%' ORDER BY 1, 2;

-- The same as data: what a term of each kind has, ids and times masked.
CREATE FUNCTION pg_temp.terms(w jsonb) RETURNS SETOF text LANGUAGE sql AS $$
SELECT story.hide(regexp_replace(t::text, '"(since|due|lease_until)": "[^"]*"|"(call_id|pid)": \d+', '"\1\2": …', 'g'))
  FROM jsonb_array_elements(w) AS t
$$;
SELECT story.define($$
wai_kinds:
  tasks:
    ask: {action: std.async_noop, timeout: 500, on-success: join}
    http: {action: std.http url='http://localhost/', target: mars, on-success: all}
    sleep: {action: std.sleep seconds=1000, on-success: all}
    before: {action: std.noop, wait-before: 1000, on-success: all}
    after: {action: std.noop, wait-after: 1000}
    again: {action: std.fail, retry: {count: 2, delay: 1000}}
    echo: {action: std.echo output=1 delay=1000}
    done: {action: std.noop, on-success: join, on-error: none}
    other: {action: std.noop, on-error: join}
    none: {action: std.noop}
    join: {join: 2}
    all: {join: all}
    many: {with-items: "i in <% range(9) %>", action: std.async_noop}
    below: {workflow: wai_below}
wai_below: {tasks: {deep: {workflow: wai_deep}}}
wai_deep: {tasks: {t: {action: std.async_noop}}}
wai_before: {tasks: {t: {action: std.noop, pause-before: true}}}
wai_command: {tasks: {a: {action: std.async_noop}, t: {action: std.noop, on-success: pause}}}
wai_parent: {tasks: {t: {workflow: wai_before}}}
$$);
SELECT mistral.start_workflow('wai_kinds') AS kinds \gset
SELECT t.name, w FROM mistral.tasks t, pg_temp.terms(t.waits) AS w WHERE t.workflow_execution_id = :'kinds' ORDER BY t.id, w;
SELECT count(*), jsonb_array_length(mistral.execution_waits(:'kinds')) AS terms FROM mistral.tasks
 WHERE workflow_execution_id = :'kinds' AND waits IS NOT NULL;
-- sub-workflows in turn, as deep as is asked
SELECT depth, jsonb_path_query_array(mistral.task_waits(story.task('wai_kinds', 'below'), depth), 'strict $.**.kind') AS kinds
  FROM generate_series(0, 3) AS depth;
SELECT mistral.execution_waits(:'kinds', 4);
SELECT mistral.execution_waits(:'kinds', -1);
-- why: causes first; what is alike is counted
SELECT is_cause, n, place, kind, pg_temp.masked(story.hide(waits_for)) AS waits_for, since <= now() AS since,
       who = format('project "%s"', current_user) AS by_project, story.hide(how) AS how
  FROM mistral.why(:'kinds', 30) ORDER BY is_cause DESC, kind, place;
SELECT bool_and(is_cause) FROM mistral.why(:'kinds', 3) WHERE kind <> 'more';
SELECT is_cause, n, kind, waits_for, who, how FROM mistral.why(:'kinds', 3) WHERE kind = 'more';
SELECT * FROM mistral.why(:'kinds', 0);
SELECT * FROM mistral.why('00000000-0000-0000-0000-000000000000');
SELECT mistral.cancel_execution(:'kinds');
SELECT * FROM mistral.why(:'kinds');

-- REST shows them where they are asked for, alone and in lists, and a tree's
SELECT mistral.start_workflow('wai_below') AS below \gset
SELECT (b.e ->> 'id')::uuid = :'below' AS same, story.hide(b.e ->> 'waits_for') AS waits_for, b.e #>> '{waits,0,kind}' AS kind
  FROM (SELECT mistral_api.get_execution(:'below', '{"fields": "waits_for,waits"}')) AS b(e);
SELECT b.t ->> 'name' AS name, story.hide(b.t ->> 'waits_for') AS waits_for, b.t #>> '{waits,0,workflow}' AS workflow
  FROM (SELECT mistral_api.get_task(story.task('wai_below', 'deep')::text, '{"fields": "name,waits_for,waits"}')) AS b(t);
SELECT pg_temp.masked(b.a ->> 'waits_for') AS waits_for, b.a #>> '{waits,0,kind}' AS kind
  FROM (SELECT mistral_api.get_action_execution(story.action('wai_deep', 't')::text, '{"fields": "waits_for,waits"}')) AS b(a);
SELECT count(*) FILTER (WHERE k IN ('waits', 'waits_for')) AS unasked
  FROM (SELECT json_object_keys(mistral_api.get_execution(:'below')) UNION ALL
        SELECT json_object_keys(mistral_api.list_executions('{"limit": "1"}') #> '{executions,0}') UNION ALL
        SELECT json_object_keys(mistral_api.get_task(story.task('wai_below', 'deep')::text))) AS x(k);
SELECT l #>> '{waits,0,kind}' AS kind FROM json_array_elements(
    mistral_api.list_executions(jsonb_build_object('fields', 'waits', 'root_execution_id', :'below')) -> 'executions') AS l;
SELECT l #>> '{waits,0,kind}' AS kind FROM json_array_elements(
    mistral_api.list_tasks(jsonb_build_object('fields', 'waits', 'workflow_execution_id', :'below')) -> 'tasks') AS l;
SELECT l #>> '{waits,0,kind}' AS kind FROM json_array_elements(
    mistral_api.list_action_executions(jsonb_build_object('fields', 'waits', 'task_name', 't', 'state', 'RUNNING', 'workflow_name', 'wai_deep')) -> 'action_executions') AS l;
\set SHOW_CONTEXT never
SELECT mistral_api.list_tasks('{"sort_keys": "waits"}');
SELECT mistral_api.list_tasks('{"waits": "x"}');
SELECT mistral_api.list_tasks('{"fields": "nothing"}');
SELECT w ->> 'kind' AS kind, w ->> 'place' AS place, w -> 'is_cause' AS is_cause
  FROM json_array_elements(mistral_api.execution_why(:'below', '{"max_rows": "2"}') -> 'waits') AS w;
SELECT mistral_api.execution_why('x');
SELECT mistral_api.execution_why('00000000-0000-0000-0000-000000000000');
SELECT mistral_api.execution_why(:'below', '{"max_rows": "0"}');
SELECT mistral.cancel_execution(:'below');

-- pauses: by whom, and which execution is to be resumed
SELECT mistral.pause_execution(mistral.start_workflow('wai_later'));
SELECT count(mistral.start_workflow(w)) FROM unnest('{wai_before,wai_command,wai_parent}'::text[]) AS w;
SELECT e.workflow_name, e.root_execution_id IS NOT NULL AS is_below, w ->> 'kind' AS kind,
       replace(story.hide(w ->> 'by'), current_user, '<role>') AS by,
       w ->> 'how' = format('SELECT mistral.resume_execution(''%s'')', coalesce(e.root_execution_id, e.id)) AS resumes_top
  FROM mistral.executions e, jsonb_array_elements(e.waits) AS w
 WHERE e.state = 'PAUSED' AND NOT w ? 'task' ORDER BY 1, 2;
SELECT is_cause, n, place, kind, story.hide(waits_for) AS waits_for FROM mistral.why(story.exec('wai_parent'));

-- more executors than are looked at, none of which takes it: nothing is said of them
SELECT mistral.start_workflow('wai_target') AS crowd \gset
SELECT w ? 'has_executor' AS says, w -> 'has_executor' AS has_executor FROM jsonb_array_elements(mistral.execution_waits(:'crowd')) AS w;
SELECT count(mistral.register_executor('wai_crowd', target => 'crowd', actions => '{other}')) FROM generate_series(1, 101);
SELECT w ? 'has_executor' AS says, regexp_replace(mistral.execution_waits_for(:'crowd'), ' since .*[0-9]', '') AS waits_for
  FROM jsonb_array_elements(mistral.execution_waits(:'crowd')) AS w;
SELECT count(mistral.unregister_executor(id)) FROM mistral.executors WHERE name = 'wai_crowd';
SELECT mistral.cancel_execution(:'crowd');

-- a claimed action; and of a tree with more in it than is looked at
SELECT mistral.register_executor('wai_4', target => 'near', actions => '{std.http}') AS four \gset
SELECT count(*) FROM mistral.claim_actions(:four, 10);
SELECT w - 'lease_until' - 'how' - 'since' - '{task_id,action_id,execution_id}'::text[] AS term
  FROM mistral.actions a, jsonb_array_elements(a.waits) AS w WHERE a.workflow_name = 'wai_target';
BEGIN;			-- or the scheduler takes the lost action back first
UPDATE mistral.executors SET lease_until = now() - interval '1 hour' WHERE id = :four;
SELECT pg_temp.masked(a.waits_for) AS waits_for, w -> 'is_lost' AS is_lost
  FROM mistral.actions a, jsonb_array_elements(a.waits) AS w WHERE a.workflow_name = 'wai_target';
COMMIT;
SELECT story.define($$
wai_wide: {tasks: {t: {with-items: "i in <% range(1200) %>", workflow: wai_deep}}}
wai_loop: {input: [n], tasks: {t: {workflow: "<% switch($.n > 0 => wai_loop, true => wai_leaf) %>", input: {n: <% $.n - 1 %>}}}}
wai_leaf: {input: [n], tasks: {t: {action: std.async_noop}}}
$$);
SELECT mistral.start_workflow('wai_wide') AS wide \gset
SELECT story.settle();
SELECT is_cause, kind, n FROM mistral.why(:'wide') WHERE kind = 'more';
SELECT sum(n) BETWEEN 1200 AND 2400 AS all_there FROM mistral.why(:'wide');
SELECT mistral.start_workflow('wai_loop', '{"n": 40}') AS deep \gset
SELECT story.settle();
SELECT is_cause, n, kind, place FROM mistral.why(:'deep') WHERE is_cause;

-- Rights: others see nothing, observers all; nobody the executor of a role that is not his to see.
SET client_min_messages = warning;
SELECT mistral.create_roles();
CREATE ROLE wai_user IN ROLE mistral_user;
CREATE ROLE wai_other IN ROLE mistral_user;
CREATE ROLE wai_seer IN ROLE mistral_observer;
CREATE ROLE wai_both IN ROLE mistral_user, wai_user;
CREATE ROLE wai_runs;
GRANT mistral_executor TO wai_runs;
RESET client_min_messages;
SET ROLE wai_user;
SELECT mistral.start_workflow('wai_mine') AS mine FROM mistral.create_workflows($$
version: '2.0'
wai_mine: {tasks: {t: {action: std.http url='http://localhost/', target: mine}}}
$$) \gset
SET ROLE wai_runs;
SELECT mistral.register_executor('secret name', target => 'mine') AS five \gset
SELECT count(*) FROM mistral.claim_actions(:five, 1);
RESET ROLE;
CREATE FUNCTION pg_temp.look(role text, execution uuid) RETURNS TABLE (sees text, names bool, shown bool, why text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    sees := mistral.execution_waits(execution) #>> '{0,kind}';
    names := mistral.execution_waits(execution)::text || mistral.execution_waits_for(execution) LIKE '%secret name%';
    SELECT a.executor IS NOT NULL INTO shown FROM mistral.actions a WHERE a.workflow_execution_id = execution;
    BEGIN
        SELECT y.who INTO why FROM mistral.why(execution) AS y LIMIT 1;
    EXCEPTION WHEN SQLSTATE 'MS041' THEN
        why := 'not found';
    END;
    RESET ROLE;
    RETURN NEXT;
END
$$;
SELECT r AS role, l.* FROM unnest('{wai_user,wai_both,wai_other,wai_seer}'::text[]) AS r, pg_temp.look(r, :'mine') AS l ORDER BY 1;
-- it has claimed, and serves nobody now
REVOKE mistral_executor FROM wai_runs;
SELECT r AS role, l.* FROM unnest('{wai_user,wai_both,wai_other,wai_seer}'::text[]) AS r, pg_temp.look(r, :'mine') AS l ORDER BY 1;
SET ROLE wai_user;
SELECT pg_temp.masked(waits_for) AS waits_for FROM mistral.actions WHERE workflow_execution_id = :'mine';
RESET ROLE;

SET client_min_messages = warning;
SELECT mistral.unregister_executor(:one), mistral.unregister_executor(:two), mistral.unregister_executor(:four), mistral.unregister_executor(:five);
SELECT mistral.unregister_action('other');
SELECT mistral.complete_action(:'alone');
SELECT story.clean();
SELECT count(mistral.delete_workflow(id::text)) FROM mistral.workflows WHERE name LIKE 'wai\_%';
DROP SCHEMA story CASCADE;
DROP ROLE wai_user, wai_other, wai_seer, wai_both, wai_runs;
