-- What expressions read of other executions: exactly what the execution's own
-- project may see, whoever evaluates them.  Here that is a session of the
-- project, and an administrator in the place of a worker.
CREATE ROLE functions_a LOGIN;
CREATE ROLE functions_b LOGIN;
SET client_min_messages = warning;
SELECT mistral.create_roles();
GRANT mistral_user TO functions_a, functions_b;
GRANT functions_b TO functions_a; -- what its sessions may see is not what its project owns
RESET client_min_messages;

-- Secrets of a superuser and of b.
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
functions_secret:
  input: [word]
  tasks:
    say: {action: std.echo output=<% $.word %>, publish: {word: <% $.word %>}}
$$);
SELECT mistral.start_workflow('functions_secret', '{"word": "TOPSECRET of postgres"}') AS root \gset
SET SESSION AUTHORIZATION functions_b;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
functions_secret_b:
  input: [word]
  tasks:
    say: {action: std.echo output=<% $.word %>, publish: {word: <% $.word %>}}
    sub: {workflow: functions_part word=<% $.word %>}
functions_part:
  input: [word]
  tasks:
    say: {action: std.echo output=<% $.word %>}
$$);
SELECT mistral.start_workflow('functions_secret_b', '{"word": "TOPSECRET of b"}') AS b \gset

-- Each way to ask, in both languages, as text: what holds a secret, and how
-- many executions and tasks there are.
SET SESSION AUTHORIZATION functions_a;
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
functions_spy:
  input: [ids, wait]
  output:
    leaks: <% $.all.where(concat(TOP, SECRET) in str($)).len() %>
    executions: <% $.executions %>
    tasks: <% $.tasks %>
    own: <% $.own %>
  tasks:
    look:
      wait-before: <% $.wait %>
      with-items: id in <% $.ids %>
      action: std.echo
      input:
        output:
          - <% tasks($.id) %>
          - <% tasks($.id, true) %>
          - <% tasks($.id, true, SUCCESS, true) %>
          - <% tasks(workflowExecutionId => $.id, flat => true) %>
          - <% executions(id => $.id) %>
          - <% executions(rootExecutionId => $.id) %>
          - <% executions().select([$.input, $.output, $.params]) %>
          - <% executions(state => SUCCESS) %>
          - <% tasks().select([$.result, $.published]) %>
          - "{{ tasks(_.id) }}"
          - "{{ tasks(_.id, true) }}"
          - "{{ executions(id=_.id) }}"
          - "{{ executions(root_execution_id=_.id) }}"
          - "{{ executions() | map(attribute='input') | list }}"
          - "{{ tasks() | map(attribute='result') | list }}"
          - "{{ 1 | tasks(_.id) }}"
          - "{{ 1 | executions }}"
      publish:
        all: <% task(look).result.flatten() %>
        executions: <% executions().len() %>
        tasks: "{{ tasks() | length }}"
        own: <% tasks(execution().id).select($.name) %>
$$);
SELECT jsonb_build_object('ids', ARRAY[:'root', :'b'], 'wait', 0) AS now,
       jsonb_build_object('ids', ARRAY[:'root', :'b'], 'wait', 1000) AS later \gset
SELECT mistral.start_workflow('functions_spy', :'now') AS a \gset
SELECT state, output FROM mistral.executions WHERE id = :'a';

-- An administrator runs the timer, as the scheduler does.
SELECT mistral.start_workflow('functions_spy', :'later') AS a \gset
RESET SESSION AUTHORIZATION;
SELECT mistral.run_due_calls(as_of => now() + interval '1 h') > 0 AS done;
SELECT project_id, state, output FROM mistral.executions WHERE id = :'a';

-- Ad-hoc actions outside of workflows: the base's input is evaluated in the
-- call, the output when somebody else reports the result.
SET SESSION AUTHORIZATION functions_a;
SELECT count(*) FROM mistral.create_actions($$
version: '2.0'
functions_now:
  base: std.echo
  base-input: {output: <% executions().select($.project_id).distinct() %>}
functions_later:
  base: std.async_noop
  output: <% executions().select($.project_id).distinct() %>
$$);
SELECT mistral.run_action('functions_now') -> 'output' AS output;
SELECT mistral.run_action('functions_later') ->> 'id' AS action \gset
RESET SESSION AUTHORIZATION;
SELECT mistral.complete_action(:'action', 'SUCCESS', '1');
SELECT output FROM mistral.actions WHERE id = :'action';

-- A superuser's workflow sees what its project owns, as in a session of it.
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
functions_admin:
  input: [id]
  output: {theirs: <% $.theirs %>, projects: <% $.projects %>}
  tasks:
    look:
      action: std.noop
      publish:
        theirs: <% tasks($.id).len() + executions(id => $.id).len() %>
        projects: <% executions().select($.project_id).distinct() %>
$$);
SELECT mistral.start_workflow('functions_admin', jsonb_build_object('id', :'b')) AS root \gset
SELECT output = jsonb_build_object('theirs', 0, 'projects', ARRAY[current_user]) AS own_only
  FROM mistral.executions WHERE id = :'root';

SELECT count(mistral.delete_execution(id)) FROM mistral.executions
 WHERE workflow_name LIKE 'functions\_%' AND task_execution_id IS NULL;
SELECT count(mistral.delete_workflow(id::text)) FROM mistral.workflows WHERE name LIKE 'functions\_%';
SELECT count(mistral.delete_action(id::text)) FROM mistral.action_definitions WHERE name LIKE 'functions\_%';
SELECT mistral.delete_action_execution(:'action');
DROP ROLE functions_a, functions_b;
