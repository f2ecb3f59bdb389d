\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- Tasks of people.
SET client_min_messages = warning;
SELECT mistral.create_roles();
CREATE ROLE people_ann;
CREATE ROLE people_ben;
CREATE ROLE people_boss;
CREATE ROLE people_team;
GRANT mistral_user TO people_ann, people_ben, people_boss;
GRANT people_team TO people_ann, people_ben;
GRANT USAGE ON SCHEMA story TO mistral_user;
RESET client_min_messages;

SELECT story.define($$
order:
  input: [n]
  tasks:
    request:
      action: std.human
      input: {candidates: people_team, title: "Request <% $.n %>"}
      on-success: sign_off
    sign_off:
      action: std.human
      input:
        title: "Approve order {{ _.n }}"
        description: Look at the lines
        form: {type: object, required: [ok], properties: {ok: {type: boolean}}, additionalProperties: false}
        data: {order: <% $.n %>}
        candidates: [people_team]
        due: 2d
        escalate: {after: 1d, to: people_boss}
        distinct-from: request
        priority: 3
      publish: {by: <% task().result.by %>, ok: <% task().result.answer.ok %>}
several:
  tasks:
    vote:
      with-items: i in [1, 2]
      action: std.human
      input: {title: "Vote <% $.i %>", candidates: people_team, distinct-from: vote}
      publish: {votes: <% task().result.answer %>}
own:
  tasks:
    ask: {action: std.human, timeout: 3600}
tree:
  tasks:
    prepare: {workflow: below, on-success: check}
    check: {action: std.human, input: {candidates: people_team, distinct-from: prepare}}
below:
  tasks:
    collect: {action: std.human, input: {candidates: people_team}}
failing:
  input: [what]
  tasks:
    ask:
      action: std.human
      input: <% $.what %>
      on-error: caught
    caught: {action: std.noop}
$$);

-- what an error says, without ids
CREATE FUNCTION story.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE statement INTO answer;
    RETURN coalesce(nullif(answer, ''), 'done');
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ': ' || story.hide(sqlerrm);
END
$$;
-- the newest task of people with a title, and what it does with it
CREATE FUNCTION story.human(title text) RETURNS uuid LANGUAGE sql SECURITY DEFINER AS $$
SELECT h.id FROM mistral.human_tasks h WHERE h.title = $1 ORDER BY h.created_at DESC, h.id DESC LIMIT 1
$$;
CREATE FUNCTION story.do(verb text, title text, argument text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
SELECT regexp_replace(story.try(format('SELECT mistral.%s_task(%L%s)', verb, story.human(title), ', ' || quote_literal(argument))),
                      '"at": "[^"]*"', '"at": "<time>"')
$$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA story TO mistral_user;

-- one who has asked must not approve
SELECT mistral.start_workflow('order', '{"n": 7}') AS id \gset
SET ROLE people_ann;
SELECT title, form, data, priority, due_at IS NULL AS no_due, is_overdue, claimed_by FROM mistral.inbox;
SELECT count(*) FROM mistral.executions;
SELECT story.do('complete', 'Request 7', '"please"');
SELECT story.do('complete', 'Request 7', '"again"');
RESET ROLE;
SELECT story.settle();
SET ROLE people_ann;
SELECT title FROM mistral.inbox;
SELECT story.do('claim', 'Approve order 7');
SELECT story.do('complete', 'Approve order 7', '{"ok": true}');
SELECT mistral.get_human_task(story.human('Approve order 7')) - '{id,created_at,due_at}'::text[] AS task;
SET ROLE people_boss;
SELECT story.do('complete', 'Approve order 7', '{"ok": true}');
SELECT mistral.get_human_task(story.human('Approve order 7'));
SET ROLE people_ben;
SELECT title, description, data, priority, due_at - created_at AS due, claimed_by FROM mistral.inbox;
SELECT story.do('complete', 'Approve order 7', '{"x": 1, "ok": "yes"}');
SELECT story.do('delegate', 'Approve order 7', 'people_ann');
SELECT story.do('delegate', 'Approve order 7', 'people_nobody');
SELECT story.do('claim', 'Approve order 7');
SELECT story.do('claim', 'Approve order 7') AS again;
RESET ROLE;
-- even a superuser keeps to the claim, the form and the people
SELECT story.do('complete', 'Approve order 7', '{"ok": true}');
SELECT story.try(format('SELECT mistral.complete_action(%L)', story.human('Approve order 7')));
SET ROLE people_ben;
SELECT story.do('complete', 'Approve order 7', '{"ok": true}');
RESET ROLE;
SELECT story.settle();
SELECT task, state, published FROM story.show(:'id');

-- approval and a row of one's own, in one transaction
SELECT mistral.start_workflow('own') AS id \gset
CREATE TABLE story.approvals (by text);
BEGIN;
INSERT INTO story.approvals VALUES (current_user);
SELECT story.do('complete', 'ask', '"yes"') LIKE '%"answer": "yes"%' AS done;
SELECT state FROM mistral.executions WHERE id = :'id';
ROLLBACK;
SELECT e.state, t.state AS task, (SELECT count(*) FROM story.approvals) AS approvals, h.completed_by, h.is_ended
  FROM mistral.executions e JOIN mistral.tasks t ON t.workflow_execution_id = e.id JOIN mistral.human_tasks h ON h.task_id = t.id
 WHERE e.id = :'id';
SELECT story.do('complete', 'ask', '"yes"') LIKE '%"answer": "yes"%' AS done;
SELECT state FROM mistral.executions WHERE id = :'id';

-- several, each by another
SELECT mistral.start_workflow('several') AS id \gset
SET ROLE people_ann;
SELECT title FROM mistral.inbox ORDER BY 1;
SELECT story.do('complete', 'Vote 2', '1');
SELECT title FROM mistral.inbox;
SELECT story.do('complete', 'Vote 1', '1');
SET ROLE people_ben;
SELECT story.do('complete', 'Vote 1', '2');
RESET ROLE;
SELECT story.settle();
SELECT task, state, published FROM story.show(:'id');

-- who did something in a sub-workflow did its task
SELECT mistral.start_workflow('tree') AS id \gset
SELECT story.settle();
SET ROLE people_ann;
SELECT story.do('complete', 'collect');
RESET ROLE;
SELECT story.settle();
SET ROLE people_ann;
SELECT story.do('claim', 'check');
SET ROLE people_ben;
SELECT story.do('complete', 'check');
RESET ROLE;
SELECT story.settle();
SELECT state FROM mistral.executions WHERE id = :'id';

-- delegation, release
SELECT mistral.start_workflow('order', '{"n": 8}') AS id \gset
SET ROLE people_ann;
SELECT story.do('claim', 'Request 8');
SET ROLE people_ben;
SELECT count(*) FROM mistral.inbox;
SELECT story.do('claim', 'Request 8');
SELECT story.do('release', 'Request 8');
SELECT story.do('delegate', 'Request 8', 'people_ben');
SELECT mistral.get_human_task(story.human('Request 8')) -> 'permissions' AS permissions;
SET ROLE people_ann;
SELECT story.do('delegate', 'Request 8', 'people_boss');
SELECT story.do('claim', 'Request 8') AS not_his_any_more;
SET ROLE people_boss;
SELECT title, delegated_to FROM mistral.inbox;
SELECT story.do('release', 'Request 8');
SELECT story.do('complete', 'Request 8') AS given_back;
SET ROLE people_ann;
SELECT story.do('claim', 'Request 8');
RESET ROLE;
SELECT story.do('release', 'Request 8') AS by_project;
SET ROLE people_ben;
SELECT title FROM mistral.inbox;
SELECT story.do('complete', 'Request 8');
RESET ROLE;
SELECT story.settle();

-- time: first others may, too, and who has it loses it; then it is overdue
SET ROLE people_ann;
SELECT story.do('claim', 'Approve order 8');
SET ROLE people_boss;
SELECT title FROM mistral.inbox;
RESET ROLE;
SELECT mistral.run_due_calls(as_of => now() + interval '25 h') > 0 AS ran;
SELECT candidates, escalations -> 0 -> 'done' AS escalated, claimed_by, is_overdue FROM mistral.human_tasks WHERE title = 'Approve order 8';
SELECT mistral.run_due_calls(as_of => now() + interval '49 h') > 0 AS ran;
SET ROLE people_boss;
SELECT title, is_overdue FROM mistral.inbox;
SET ROLE people_ann;
SELECT title, is_overdue FROM mistral.inbox;
RESET ROLE;
SELECT mistral.cancel_execution(:'id', 'no more');
SET ROLE people_boss;
SELECT title FROM mistral.inbox;
SELECT story.do('complete', 'Approve order 8', '{"ok": true}');
SELECT story.do('claim', 'Approve order 8');
RESET ROLE;
SELECT story.do('release', 'Approve order 8');

-- a task that has timed out; a paused execution
SELECT mistral.start_workflow('own') AS id \gset
SELECT mistral.pause_execution(:'id');
SELECT title FROM mistral.inbox;
SELECT mistral.resume_execution(:'id');
SELECT mistral.run_due_calls(as_of => now() + interval '2 h') > 0 AS timed_out;
SELECT story.do('complete', 'ask');
SELECT is_ended, completed_by FROM mistral.human_tasks WHERE id = story.human('ask');
SELECT mistral.rerun_task(story.task('own', 'ask'));
SELECT title FROM mistral.inbox;
SELECT story.do('complete', 'ask') LIKE '{%' AS done;
SELECT state FROM mistral.executions WHERE id = :'id';

-- an execution that another branch has failed asks anew when it goes on
SELECT story.define($$
branches:
  tasks:
    ask: {action: std.human, input: {due: 1d}}
    work: {action: std.async_noop}
$$);
SELECT mistral.start_workflow('branches') AS id \gset
SELECT mistral.claim_task(story.human('ask'));
SELECT story.complete('branches', 'work', 'ERROR');
SELECT mistral.stop_execution(:'id', 'ERROR', 'stopped');
SELECT task, state FROM story.show(:'id');
SELECT story.do('complete', 'ask');
SELECT mistral.rerun_task(story.task('branches', 'work'));
SELECT title, claimed_by FROM mistral.inbox WHERE id = story.human('ask');
SELECT story.do('complete', 'ask') LIKE '{%' AS done;
SELECT story.complete('branches', 'work');
SELECT task, state FROM story.show(:'id');
SELECT count(*), count(completed_by) AS completed, bool_and(is_ended) AS all_ended FROM mistral.human_tasks WHERE execution_id = :'id';

-- what is told
SELECT mistral.create_event_consumer('people', event_types => '{HUMAN_TASK_OPENED,HUMAN_TASK_CLAIMED,HUMAN_TASK_RELEASED,HUMAN_TASK_DELEGATED,HUMAN_TASK_ESCALATED,HUMAN_TASK_OVERDUE,HUMAN_TASK_COMPLETED,HUMAN_TASK_CANCELLED}');
SELECT mistral.start_workflow('order', '{"n": 10}') AS id \gset
SELECT mistral.start_workflow('own') AS own \gset
SET ROLE people_ann;
SELECT story.do('claim', 'Request 10');
SELECT story.do('release', 'Request 10');
SELECT story.do('delegate', 'Request 10', 'people_team');
SELECT story.do('complete', 'Request 10');
RESET ROLE;
SELECT story.settle();
SELECT mistral.run_due_calls(as_of => now() + interval '49 h') > 0 AS ran;
SELECT mistral.cancel_execution(:'id');
SELECT payload ->> 'event' AS event, payload ->> 'title' AS title, payload -> 'candidates' AS candidates, payload ->> 'claimed_by' AS claimed_by,
       payload ->> 'completed_by' AS completed_by, payload ->> 'delegated_to' AS delegated_to, payload -> 'is_overdue' AS overdue
  FROM mistral.events WHERE execution_id = :'id' AND event LIKE 'HUMAN%' ORDER BY id;
SELECT mistral.delete_event_consumer('people');

-- what cannot begin
SELECT s.input, (SELECT string_agg(t.task || ' ' || t.state || coalesce(': ' || t.info, ''), '; ') FROM story.show(
    mistral.start_workflow('failing', jsonb_build_object('what', s.input::jsonb))) t WHERE t.task = 'ask') AS result
  FROM unnest(ARRAY['{"candidates": "people_nobody"}', '{"candidates": []}', '{"candidates": [1]}', '{"form": {"type": "text"}}', '{"due": "soon"}',
       '{"due": -1}', '{"due": "2026-13-01"}', '{"escalate": {"after": "1d"}}', '{"escalate": [{"after": 1, "to": "people_nobody"}]}',
       '{"escalate": {"after": "1h30m", "to": []}}', '{"distinct-from": "other"}', '{"distinct-from": [""]}', '{"title": ""}', '{"title": "a\nb"}',
       '{"priority": 1.5}', '{"priority": 1001}', '{"description": 1}', '{"who": "me"}']) AS s(input);
SELECT mistral.start_workflow('failing', '{"what": {"form": null, "due": "2037-01-02 03:04 UTC", "priority": -3, "title": null, "escalate": null}}') AS id \gset
SELECT title, form, priority, due_at = '2037-01-02 03:04+00' AS is_due, candidates FROM mistral.human_tasks WHERE execution_id = :'id';

-- by itself, and below an ad-hoc action
SELECT name FROM mistral.create_actions($$
version: '2.0'
approve:
  input: [what]
  base: std.human
  base-input: {title: "Approve <% $.what %>", form: {type: boolean}, candidates: people_team}
  output: <% $.answer %>
$$);
SELECT mistral.run_action('approve', '{"what": "it"}') ->> 'state' AS state;
SET ROLE people_ben;
SELECT title FROM mistral.inbox WHERE title LIKE 'Approve%';
SELECT story.do('complete', 'Approve it', '1');
SELECT story.do('complete', 'Approve it', 'false');
RESET ROLE;
SELECT state, output FROM mistral.actions WHERE name = 'approve';
SELECT mistral.run_action('std.human', '{"title": "Alone", "distinct-from": "x"}') -> 'output' AS output;
SELECT mistral.run_action('std.human', '{"title": "Alone", "due": 60}') ->> 'state' AS state;
SELECT mistral.run_due_calls(as_of => now() + interval '2 min') > 0 AS ran;
SELECT title, is_overdue FROM mistral.inbox WHERE title = 'Alone';
SELECT mistral.complete_action(story.human('Alone'), 'CANCELLED');
SELECT story.do('complete', 'Alone');
SELECT mistral.delete_action_execution(story.human('Alone'));
SELECT count(*) FROM mistral.human_tasks WHERE title = 'Alone';

-- over REST
SELECT mistral.start_workflow('several') AS id \gset
SELECT mistral.start_workflow('order', '{"n": 9}') AS id \gset
SET ROLE people_ann;
CREATE FUNCTION pg_temp.rest(answer json) RETURNS text LANGUAGE sql AS $$
SELECT regexp_replace(regexp_replace(story.hide(answer::text), '\d{4}-\d\d-\d\d(%20| )\d\d:\d\d:\d\d[.\d]*', '<time>', 'g'), '%2B00', '', 'g')
$$;
SELECT o ->> 'title' AS title, o -> 'permissions' ->> 'complete' AS may FROM json_array_elements(mistral_api.list_inbox('{}') -> 'inbox') AS o;
SELECT pg_temp.rest(mistral_api.list_inbox('{"limit": "1"}', 'http://x')) AS page;
SELECT pg_temp.rest(to_json(o ->> 'title')) AS title
  FROM json_array_elements(mistral_api.list_inbox(jsonb_build_object('limit', '1', 'place',
       replace(replace(substring(mistral_api.list_inbox('{"limit": "1"}') ->> 'next' FROM 'place=(.*)'), '%20', ' '), '%2B', '+'))) -> 'inbox') AS o;
SELECT story.try(format('SELECT mistral_api.list_inbox(%L)', p)) AS refused
  FROM unnest(ARRAY['{"limit": "0"}', '{"limit": "x"}', '{"place": "1,2"}', '{"place": "1,x,y,z"}', '{"place": "-2147483648,infinity,infinity,00000000-0000-4000-8000-000000000000"}', '{"state": "OPEN"}']) AS p;
SELECT mistral_api.claim_inbox_task(story.human('Vote 1')::text) ->> 'state' AS state;
SELECT pg_temp.rest(mistral_api.get_inbox_task(story.human('Vote 1')::text)) AS task;
SELECT mistral_api.release_inbox_task(story.human('Vote 1')::text) ->> 'state' AS state;
SELECT pg_temp.rest(mistral_api.delegate_inbox_task(story.human('Vote 1')::text, '{"role": "people_boss"}')) AS gone;
SELECT mistral_api.complete_inbox_task(story.human('Vote 2')::text, '{"answer": {"x": [1]}}') ->> 'state' AS state;
SELECT story.try(format('SELECT mistral_api.%s', c)) AS refused
  FROM unnest(ARRAY[format('get_inbox_task(%L)', story.human('Vote 1')), 'get_inbox_task(''x'')', 'claim_inbox_task(''x'')',
       format('complete_inbox_task(%L, ''{"answer": 1}'')', story.human('Vote 2')), format('complete_inbox_task(%L, ''{"answers": 1}'')', story.human('Vote 2')),
       format('delegate_inbox_task(%L, ''{}'')', story.human('Request 9')), format('delegate_inbox_task(%L, ''{"role": 1}'')', story.human('Request 9'))]) AS c;
RESET ROLE;
SELECT count(mistral.cancel_execution(id)::text) > 0 AS cancelled FROM mistral.executions WHERE state = 'RUNNING';

-- bounds
SET mistral.max_human_tasks = 0;
SELECT task, state, info FROM story.show(mistral.start_workflow('own'));
RESET mistral.max_human_tasks;

-- simulated
SELECT task, state, detail FROM mistral.simulate($$
version: '2.0'
w:
  tasks:
    ask: {action: std.human, input: {form: {type: boolean}}, publish: {by: <% task().result.by %>}}
$$, mocks => '{"ask": {"result": {"answer": true, "by": "ann", "at": null}}}');

-- what a definition must not say
SELECT d.input, mistral.validate_workflow(format(E'version: ''2.0''\nw:\n  tasks:\n    a:\n      action: std.human\n      input: %s\n    b: {action: std.noop}\n', d.input)) ->> 'error' AS error
  FROM unnest(ARRAY['{form: {type: text}}', '{form: {properties: {a: {minimum: x}}}}', '{distinct-from: c}', '{distinct-from: [b, aa]}', '{candidates: [ok, 1]}',
       '{due: 2x}', '{escalate: [{after: 1d, to: x}, {after: 1d, to: [y, 2]}]}', '{titel: x}', '{priority: high}', '{title: <% $.t %>, due: "{{ _.d }}", form: <% $.f %>}']) AS d(input);

SELECT * FROM mistral.check();
SELECT mistral.delete_action_execution(id) FROM mistral.human_tasks WHERE task_id IS NULL;
SELECT story.clean();
SELECT count(*) FROM mistral.human_tasks;
SET client_min_messages = warning;
DROP SCHEMA story CASCADE;
DROP OWNED BY people_ann, people_ben, people_boss, people_team;
DROP ROLE people_ann, people_ben, people_boss, people_team;
