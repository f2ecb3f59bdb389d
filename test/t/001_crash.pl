# What runs when the server or a backend dies goes on after the restart.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', 'restart_after_crash = on');

create_workflows($node, <<'YAML');
version: '2.0'

crash_later:
  tasks:
    first:
      action: std.noop
      wait-before: 2
      on-success: second
    second:
      action: std.echo output='done'

crash_outside:
  output:
    said: <% $.said %>
  tasks:
    ask:
      action: std.async_noop
      publish:
        said: <% task().result %>
      on-success: finish
    finish:
      action: std.noop

crash_chain:
  tasks:
    one:
      action: std.noop
      on-success: two
    two:
      action: std.noop
      on-success: three
    three:
      action: std.noop

crash_many:
  tasks:
    each:
      with-items: i in <% range(0, 20000) %>
      action: std.noop
YAML

# CRASH-04: the server dies while a delayed call is due and an answer is awaited
my $later = start_workflow($node, 'crash_later');
my $outside = start_workflow($node, 'crash_outside');
is(state_of($node, $later), 'RUNNING', 'a delayed call is waited for');
is(state_of($node, $outside), 'RUNNING', 'an answer is waited for');

$node->stop('immediate');
$node->start;
is(wait_final($node, $later), 'SUCCESS',
	'the delayed call is made after a crash of the server');

my $action = action_of($node, $outside, 'ask');
$node->safe_psql('mistral',
	"SELECT mistral.complete_action('$action', 'SUCCESS', '\"here\"')");
is(wait_final($node, $outside),
	'SUCCESS', 'the answer is taken after a crash of the server');
is( $node->safe_psql('mistral',
		"SELECT mistral.get_execution('$outside') -> 'output' ->> 'said'"),
	'here',
	'the variables are still there');

# CRASH-01, CRASH-02: what a committed start, and the creation of tasks, have
# left to the scheduler is done after the crash, once
my @left = map {
	$node->safe_psql('mistral', $_)
} ("SELECT mistral.start_workflow('crash_chain', run_async => true)",
	"SET mistral.max_inline_steps = 1; SELECT mistral.start_workflow('crash_chain')");
$node->stop('immediate');
$node->start;
foreach my $id (@left)
{
	is(wait_final($node, $id), 'SUCCESS', 'what was left to do is done');
	is( $node->safe_psql('mistral',
			"SELECT string_agg(name, ' ' ORDER BY created_at, id) FROM mistral.tasks WHERE workflow_execution_id = '$id'"
		),
		'one two three',
		'each task has run once');
}

# CRASH-03: a backend dies in the middle of a call: nothing of that call stays
my $before = $node->safe_psql('mistral',
	'SELECT count(*) FROM mistral.workflow_executions');
$later = start_workflow($node, 'crash_later');

my $session = $node->background_psql('mistral', on_error_stop => 0);
my $pid = $session->query('SELECT pg_backend_pid()');
$session->query_until(qr/begun/, <<'SQL');
\echo begun
BEGIN;
SELECT mistral.start_workflow('crash_many');
SELECT pg_sleep(600);
SQL
ok( wait_for(
		$node,
		"SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid = $pid AND query LIKE '%crash_many%' OR pid = $pid AND query LIKE '%pg_sleep%')"
	),
	'a backend is in a call');
kill 'KILL', $pid;
$session->{run}->kill_kill if defined $session->{run};

# the postmaster restarts everything; wait until it answers again
ok($node->poll_query_until('postgres', 'SELECT true'),
	'the server is back');
is(wait_final($node, $later), 'SUCCESS',
	'others go on after the crash of a backend');
is( $node->safe_psql('mistral',
		"SELECT count(*) - $before FROM mistral.workflow_executions"),
	'1',
	'nothing is left of the call that died');

is_sound($node, 'what is stored is sound after crashes');
$node->stop;
done_testing();
