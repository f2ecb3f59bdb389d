-- A cancel ends run_due_calls(); it is not taken for an error of a call.
SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
cancel_me:
  tasks:
    long:
      action: std.sql query="SELECT pg_sleep(60)"
      wait-before: 1000
$$);
SELECT count(mistral.start_workflow('cancel_me', execution_id => '00000000-0000-4000-8000-00000000ca11'));
SET statement_timeout = '300ms';
SELECT mistral.run_due_calls(as_of => now() + interval '1001 s');
RESET statement_timeout;
SELECT kind, attempts, is_dead, error FROM mistral.delayed_calls
 WHERE execution_id = '00000000-0000-4000-8000-00000000ca11' ORDER BY kind;
SELECT state FROM mistral.executions WHERE id = '00000000-0000-4000-8000-00000000ca11';
SELECT count(mistral.delete_execution('00000000-0000-4000-8000-00000000ca11', true));
SELECT count(mistral.delete_workflow('cancel_me'));
