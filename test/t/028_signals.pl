# Signals, deadlines and those who wait for them outlive a crash, a restart and a dump.

use strict;
use warnings;

use File::Temp;
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
my $dir = File::Temp::tempdir(CLEANUP => 1);

create_workflows($node, <<'YAML');
version: '2.0'

sig_timed:
  tasks:
    ask:
      wait-for: {signal: never, timeout: 2}
      on-error: late
    late:
      wait-for: go
      publish: {data: <% task().result.data %>}
  output: {data: <% $.data %>}

sig_limited:
  timeout: 2
  tasks:
    ask:
      wait-for: go

sig_both:
  tasks:
    ask:
      wait-for: {all: [one, two]}
      publish: {data: <% task().result.signals.data %>}
  output: {data: <% $.data %>}
YAML

sub value { return $node->safe_psql('mistral', shift); }

# a crash while there are waits, timers, and signals that nobody has taken
my $timed = start_workflow($node, 'sig_timed');
my $both = start_workflow($node, 'sig_both');
my $limited = start_workflow($node, 'sig_limited');
is(value("SELECT mistral.signal('$timed', 'go', '5', 'k')"), 't', 'a signal comes before anybody waits for it');
is(value("SELECT mistral.signal('$both', 'two', '2', 'k')"), 't', 'one of two signals comes');

# one of a transaction that the crash ends, and one that finds the execution locked
my $holder = $node->background_psql('mistral');
$holder->query_safe("BEGIN; SELECT mistral.update_execution_description('$both', 'held')");
is(value("SELECT mistral.signal('$both', 'other', '0', 'k')"), 't', 'a sender does not wait for whoever is at work on the execution');
$holder->query_safe("SELECT mistral.signal('$both', 'one', '1', 'lost')");
$node->stop('immediate');
eval { $holder->quit };
$node->start;

is(value("SELECT mistral.signal('$timed', 'go', '6', 'k')"), 'f', 'the key is known after a crash');
is(value("SELECT string_agg(name, ' ' ORDER BY id) FROM mistral.signals WHERE execution_id = '$both'"),
	'two other', 'what was committed is there, and nothing else');
is(wait_final($node, $timed), 'SUCCESS', 'the time is over after a crash, too');
is(value("SELECT output ->> 'data' FROM mistral.executions WHERE id = '$timed'"), '5', 'and the early signal is found');
is(wait_final($node, $limited), 'ERROR', 'the time of a whole workflow is over, too');
is(state_of($node, $both), 'RUNNING', 'the other still waits');
is_sound($node, 'after a crash');

# a dump, and a restore elsewhere
value("SELECT mistral.begin_restore()");
my ($status, $out, $error) = $node->psql('mistral', "SELECT mistral.signal('$both', 'one')");
like($error, qr/stand still/, 'where the rows are not at home nobody sends signals');
command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump", '-d', $node->connstr('mistral') ], 'dumped');
$node->safe_psql('postgres', 'DROP DATABASE mistral');
$node->safe_psql('postgres', 'CREATE DATABASE mistral TEMPLATE template0');
command_ok([ 'pg_restore', '-d', $node->connstr('mistral'), "$dir/dump" ], 'restored');
value('SELECT mistral.resume_after_restore()');
is(value("SELECT mistral.signal('$both', 'two', NULL, 'k')"), 'f', 'the key is known after a restore');
is(value("SELECT mistral.signal('$both', 'one', '1', 'k')"), 't', 'the last signal comes after a restore');
is(wait_final($node, $both), 'SUCCESS', 'the wait is over');
is(value("SELECT output ->> 'data' FROM mistral.executions WHERE id = '$both'"), '[1, 2]', 'with both signals');
is_sound($node, 'after a restore');

# a restart in good order, with workers that find what senders have left
my $third = start_workflow($node, 'sig_both');
$holder = $node->background_psql('mistral');
$holder->query_safe("BEGIN; SELECT mistral.update_execution_description('$third', 'held')");
value("SELECT mistral.signal('$third', 'one', '1'), mistral.signal('$third', 'two', '2')");
is(state_of($node, $third), 'RUNNING', 'while the execution is locked, nothing is delivered');
$node->stop('fast');
eval { $holder->quit };
$node->start;
is(wait_final($node, $third), 'SUCCESS', 'after the restart it is');
is_sound($node, 'after a restart');

done_testing();
