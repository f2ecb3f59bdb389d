-- What one project must not see of another: its rows, and that they exist.
CREATE ROLE security_a LOGIN;
CREATE ROLE security_b LOGIN;
SET client_min_messages = warning;
SELECT mistral.create_roles();
GRANT mistral_user TO security_a, security_b;
RESET client_min_messages;

SET SESSION AUTHORIZATION security_b;
SELECT state, output FROM mistral.executions; -- none yet
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
secret_of_b:
  input: [word]
  output: {word: <% $.word %>}
  tasks:
    say: {action: std.echo output=<% $.word %>}
$$);
SELECT mistral.start_workflow('secret_of_b', '{"word": "TOPSECRET"}') AS b \gset
SELECT state, output FROM mistral.executions;

SET SESSION AUTHORIZATION security_a;
SELECT count(*) FROM mistral.executions;
SELECT count(*) FROM mistral.tasks;
SELECT count(*) FROM mistral.actions;
SELECT count(*) FROM mistral.workflows WHERE name = 'secret_of_b';
\set VERBOSITY sqlstate
SELECT mistral.get_execution(:'b');
\set VERBOSITY default

RESET SESSION AUTHORIZATION;
SELECT mistral.delete_execution(:'b');
SET ROLE security_b;
SELECT mistral.delete_workflow('secret_of_b');
RESET ROLE;
DROP ROLE security_a, security_b;
