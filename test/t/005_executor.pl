# The executor: it calls, retries, drains when told to stop, finds its way back
# after a crash of the server, and what it had when it was killed goes on
# (CRASH-05).

use strict;
use warnings;

use POSIX ();
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $program = program_or_skip('mistral-executor');
my $node = new_node('main');

# a service that answers each request after as many ms as its path says
my $url = 'http://127.0.0.1:' . start_service(
	sub {
		my ($client) = @_;
		local $SIG{CHLD} = 'IGNORE';
		return if fork();
		my $request = <$client> // '';
		while (defined(my $line = <$client>))
		{
			last if $line =~ /^\r?\n$/;
		}
		my ($ms) = $request =~ m{^GET /(\d+)};
		select(undef, undef, undef, ($ms // 0) / 1000);
		print $client "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"slept\": $ms}";
		close $client;
		POSIX::_exit(0);
	});

sub start_executor
{
	my ($name, @options) = @_;
	my $handle = start_program($node, $program, '--name', $name,
		'--http-denied-ranges', 'none', @options);
	wait_for($node,
		"SELECT count(*) > 0 FROM mistral.executors WHERE name = '$name'");
	return $handle;
}

create_workflows($node, <<YAML);
version: '2.0'

exec_call:
  input:
    - ms
  output:
    slept: <% \$.slept %>
  tasks:
    call:
      action: std.http url="$url/<% \$.ms %>"
      publish:
        slept: <% task().result.content.slept %>

exec_safe:
  input:
    - ms
  tasks:
    call:
      action: std.http url="$url/<% \$.ms %>"
      safe-rerun: true
YAML

sub call_of
{
	my ($id) = @_;
	return
	  "SELECT executor FROM mistral.actions WHERE workflow_execution_id = '$id'";
}

# an ordinary call
my $first = start_executor('first', '--lease', '3');
my $id = start_workflow($node, 'exec_call', '{"ms": 10}');
is(wait_final($node, $id), 'SUCCESS', 'an action is done outside');
is( $node->safe_psql('mistral',
		"SELECT mistral.get_execution('$id') -> 'output' ->> 'slept'"),
	'10',
	'and its result comes back');

# told to stop, it ends what it has begun
$id = start_workflow($node, 'exec_call', '{"ms": 1000}');
wait_for($node, "SELECT EXISTS (" . call_of($id) . " AND executor = 'first')");
$first->signal('TERM');
$first->finish;
is(wait_final($node, $id), 'SUCCESS', 'told to stop, it ends what it has begun');

# work waits while there is nobody
$id = start_workflow($node, 'exec_call', '{"ms": 10}');
like(
	$node->safe_psql('mistral',
		"SELECT waits_for FROM mistral.actions WHERE workflow_execution_id = '$id'"
	),
	qr/^an executor/,
	'without an executor the action waits for one, and says so');
my $second = start_executor('second', '--lease', '3');
is(wait_final($node, $id), 'SUCCESS', 'the next executor finds it');

# killed with claims
my $plain = start_workflow($node, 'exec_call', '{"ms": 4000}');
my $safe = start_workflow($node, 'exec_safe', '{"ms": 1500}');
wait_for($node,
	"SELECT count(*) = 2 FROM mistral.actions WHERE state = 'RUNNING' AND executor = 'second'"
);
$second->signal('KILL');
$second->finish;
# its lease outlives a restart of the server, however slow
my $third = start_executor('third', '--lease', '60');
is(wait_final($node, $safe), 'SUCCESS',
	'killed: an action that is safe to be run again is done by another');
is(wait_final($node, $plain), 'ERROR',
	'killed: one that is not fails, and is not run twice');

# the server crashes and comes back
$id = start_workflow($node, 'exec_call', '{"ms": 1500}');
wait_for($node, "SELECT EXISTS (" . call_of($id) . " AND executor = 'third')");
$node->stop('immediate');
$node->start;
is(wait_final($node, $id), 'SUCCESS',
	'it reports its result to the server that came back');
is(wait_final($node, start_workflow($node, 'exec_call', '{"ms": 10}')),
	'SUCCESS', 'and goes on working for it');

# its backend dies in the middle
$node->safe_psql('postgres',
	"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'mistral' AND query LIKE '%mistral.%actions%' AND pid <> pg_backend_pid()"
);
is(wait_final($node, start_workflow($node, 'exec_call', '{"ms": 10}')),
	'SUCCESS', 'it comes back when its connection is cut');

$third->signal('TERM');
$third->finish;
$node->stop;
done_testing();
