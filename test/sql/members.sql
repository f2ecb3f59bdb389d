\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o
-- Executions, tasks and actions are shown in several forms: by the REST API
-- (mistral_api.fields), as rows of views, as payloads of events, to
-- expressions, and by functions of SQL.  What each of them leaves out is
-- listed below.  Whoever adds a member adds it to each, or to this list.
SELECT story.define($$
seen:
  output:
    execution: <% execution().keys() %>
    executions: <% executions(id => execution().id).first().keys() %>
    task: <% task(t).keys() %>
  tasks:
    t:
      action: std.echo output=1
      publish: {x: 1}
$$);
SELECT mistral.start_workflow('seen', '{}', '{"notify": [{"type": "noop"}]}', key => 'seen', start_at => '2000-01-01') AS id \gset
SELECT id AS task FROM mistral.tasks WHERE workflow_execution_id = :'id' \gset
SELECT id AS action FROM mistral.actions WHERE task_execution_id = :'task' \gset

CREATE TEMP TABLE shown (object text, form text, member text);
INSERT INTO shown
SELECT m.collection, 'members', m.name FROM mistral_api.fields m
 WHERE m.collection IN ('executions', 'tasks', 'action_executions') AND m.type <> 'sorted';
INSERT INTO shown
SELECT CASE c.table_name WHEN 'actions' THEN 'action_executions' ELSE c.table_name END, 'view', c.column_name
  FROM information_schema.columns c
 WHERE c.table_schema = 'mistral' AND c.table_name IN ('executions', 'tasks', 'actions');
INSERT INTO shown
SELECT 'executions', 'REST', json_object_keys(mistral_api.get_execution(:'id'))
 UNION ALL SELECT 'executions', 'REST, POST', json_object_keys(mistral_api.execution_json(:'id'))
 UNION ALL SELECT 'executions', 'get_execution()', jsonb_object_keys(mistral.get_execution(:'id'))
 UNION ALL SELECT 'executions', 'execution()', jsonb_array_elements_text(output -> 'execution') FROM mistral.executions WHERE id = :'id'
 UNION ALL SELECT 'executions', 'executions()', jsonb_array_elements_text(output -> 'executions') FROM mistral.executions WHERE id = :'id'
 UNION ALL SELECT 'tasks', 'REST', json_object_keys(mistral_api.get_task(:'task'))
 UNION ALL SELECT 'tasks', 'task()', jsonb_array_elements_text(output -> 'task') FROM mistral.executions WHERE id = :'id'
 UNION ALL SELECT 'action_executions', 'REST', json_object_keys(mistral_api.get_action_execution(:'action'))
 UNION ALL SELECT 'action_executions', 'REST, not stored', json_object_keys(mistral_api.unsaved_action_json('{}'))
 UNION ALL SELECT 'action_executions', 'run_action()', jsonb_object_keys(mistral.run_action('std.noop', '{}'));
INSERT INTO shown
SELECT DISTINCT CASE WHEN e.task_id IS NULL THEN 'executions' ELSE 'tasks' END, 'event', k
  FROM mistral.events e, jsonb_object_keys(e.payload) AS k WHERE e.execution_id = :'id';
-- members that bodies of requests may have
INSERT INTO shown
SELECT f.object, 'request', m[1]
  FROM (VALUES ('executions', 'mistral_api.check_execution'), ('tasks', 'mistral_api.update_task'),
               ('action_executions', 'mistral_api.check_action_execution')) AS f(object, function),
       regexp_matches(substring((SELECT p.prosrc FROM pg_proc p WHERE p.oid = f.function::regproc)
                                FROM 'check_body\(([^;]*)\);'), '''([a-z_]+)(?::[a-z]+)?''(?=[,)]|$)', 'g') AS m
 WHERE m[1] NOT IN ('wf_ex', 'task', 'action_ex');

-- not counted: what a request or an event has beside the members
SELECT f.object, f.form, string_agg(m.member, ' ' ORDER BY m.member) AS leaves_out
  FROM (SELECT DISTINCT object, form FROM shown) AS f
  JOIN (SELECT DISTINCT object, member FROM shown
         WHERE member NOT IN ('event', 'env', 'reset')) AS m USING (object)
 WHERE NOT EXISTS (SELECT 1 FROM shown s WHERE s.object = f.object AND s.form = f.form AND s.member = m.member)
 GROUP BY f.object, f.form
 ORDER BY f.object COLLATE "C", f.form COLLATE "C";
SET client_min_messages = warning;
SELECT story.clean();
SELECT mistral.delete_workflow('seen');
DROP SCHEMA story CASCADE;
