-- What an expression finds of other executions is what is true now: also what
-- the running step has changed and not yet written, and what a query has
-- written meanwhile.
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
lookups_child:
  tasks:
    t: {action: std.async_noop}
lookups_parent:
  output: {running: <% $.running %>, success: <% $.success %>, flat: <% $.flat %>, all: <% $.all %>, states: <% $.states %>, times: <% $.times %>}
  tasks:
    sub: {workflow: lookups_child, on-success: look}
    look:
      action: std.noop
      publish:
        running: <% executions(rootExecutionId => execution().id, state => RUNNING).select($.workflow_name) %>
        success: "{{ executions(root_execution_id=execution().id, state='SUCCESS') | map(attribute='workflow_name') | list }}"
        flat: <% tasks(execution().id, flat => true).select($.name) %>
        all: <% tasks(execution().id, true, SUCCESS).select($.name) %>
        states: "{{ executions(id=execution().id) | map(attribute='state') | list + tasks(execution().id) | map(attribute='state') | list }}"
        times: <% executions(id => execution().id, fromTime => execution().created_at.replace(' ', T)).len() %>
$$);
SELECT mistral.start_workflow('lookups_parent') AS id \gset
SELECT mistral.complete_action(a.id, 'SUCCESS', '1')
  FROM mistral.actions a JOIN mistral.executions e ON e.id = a.workflow_execution_id
 WHERE e.root_execution_id = :'id';
SELECT state, output FROM mistral.executions WHERE id = :'id';

-- The same within the call that makes them all.
SELECT count(*) FROM mistral.update_workflows($$
version: '2.0'
lookups_child:
  tasks:
    t: {action: std.noop}
$$);
SELECT mistral.start_workflow('lookups_parent') AS id \gset
SELECT state, output FROM mistral.executions WHERE id = :'id';

-- Queries that make engine calls, after an expression has looked.
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
lookups_waits:
  tasks:
    t: {action: std.async_noop}
lookups_query:
  input: [id]
  output: {before: <% $.before %>, after: <% $.after %>, gone: <% $.gone %>}
  tasks:
    look:
      action: std.noop
      publish: {before: "<% [executions(id => $.id).select($.state), tasks($.id).select($.state)] %>"}
      on-success: cancel
    cancel:
      action: std.sql
      input:
        query: SELECT mistral.cancel_execution($1), mistral.complete_action(id, 'ERROR', '1') FROM mistral.actions WHERE workflow_execution_id = $1
        params: [<% $.id %>]
      publish:
        after: "{{ [executions(id=_.id) | map(attribute='state') | list, executions(id=_.id, state='CANCELLED') | length, executions(id=_.id, state='RUNNING') | length, tasks(_.id) | map(attribute='state') | list] }}"
      on-success: remove
    remove:
      action: std.sql
      input: {query: SELECT mistral.delete_execution($1), params: ["<% $.id %>"]}
      publish: {gone: "<% [executions(id => $.id), tasks($.id)] %>"}
$$);
SELECT mistral.start_workflow('lookups_waits') AS waits \gset
SELECT mistral.start_workflow('lookups_query', jsonb_build_object('id', :'waits'::text)) AS id \gset
SELECT state, output, state_info FROM mistral.executions WHERE id = :'id';

-- What is no id belongs to nobody.
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
lookups_ids:
  output: {yaql: <% $.yaql %>, jinja: "<% $.jinja %>"}
  tasks:
    t:
      action: std.noop
      publish:
        yaql: "<% [nosuch, '', execution().id + 'f', '00000000-0000-0000-0000-000000000000'].select(tasks($).len() + executions(id => $).len() + executions(rootExecutionId => $).len()) %>"
        jinja: "{{ [tasks('nosuch'), executions('nosuch'), executions(root_execution_id='nosuch')] }}"
$$);
SELECT mistral.start_workflow('lookups_ids') AS id \gset
SELECT state, output, state_info FROM mistral.executions WHERE id = :'id';

SELECT count(mistral.delete_execution(id)) FROM mistral.executions
 WHERE workflow_name LIKE 'lookups\_%' AND task_execution_id IS NULL;
SELECT count(mistral.delete_workflow(id::text)) FROM mistral.workflows WHERE name LIKE 'lookups\_%';
