# The notifier: what dies under load is delivered all the same, in order.

use strict;
use warnings;

use IO::Handle;
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $program = program_or_skip('mistral-notifier');
my $node = new_node('main');
my $count = 40;

# a receiver that notes "execution event id" of each request, answers every
# seventh with an error, and keeps the thirtieth waiting until the gate opens
my $seen = PostgreSQL::Test::Utils::tempdir() . '/seen';
open(my $log, '>', $seen) or die "could not write $seen: $!";
$log->autoflush(1);
pipe(my $closed_gate, my $gate) or die "could not make a pipe: $!";
my $requests = 0;
my $port = start_service(
	sub {
		my ($client) = @_;
		my ($length, $id, $released) = (0, '', 0);
		while (defined(my $line = <$client>))
		{
			$length = $1 if $line =~ /^content-length: (\d+)/i;
			$id = $1 if $line =~ /^x-mistral-event-id: (\d+)/i;
			last if $line =~ /^\r?\n$/;
		}
		# the half of a request of a notifier that was killed is none
		return close $client if read($client, my $body, $length) != $length || $length == 0;
		my ($execution) = $body =~ /"(?:workflow_execution_)?id": "([^"]+)"/;
		$execution = $1 if $body =~ /"workflow_execution_id": "([^"]+)"/;
		my ($event) = $body =~ /"event": "([^"]+)"/;
		my $good = ++$requests % 7 != 0;
		if ($requests == 30)
		{
			close $gate;
			sysread $closed_gate, $released, 1;
		}
		print $log "$execution $id $event\n" if $good;
		print $client 'HTTP/1.1 ' . ($good ? '200 OK' : '503 Busy')
		  . "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
		close $client;
	});

create_workflows($node, <<'YAML');
version: '2.0'

notify_me:
  tasks:
    first: {action: std.noop, on-success: second}
    second: {action: std.noop}
YAML
$node->safe_psql('mistral',
	qq{SELECT mistral.create_event_subscription('hook', '{"type": "webhook", "url": "http://127.0.0.1:$port/"}')});

my @notifier = ($program, '--denied-ranges=none', '--lease=5', '--timeout=3', '--poll-interval=0.2');
my @running = map { start_program($node, @notifier) } 1 .. 2;
$node->safe_psql('mistral',
	"SELECT count(mistral.start_workflow('notify_me')) FROM generate_series(1, $count)");
ok( wait_for($node,
		'SELECT count(*) > 0 FROM mistral.event_deliveries WHERE claimed_until IS NOT NULL'),
	'deliveries are under way');
$_->signal('KILL') foreach @running;
$_->finish foreach @running;
close $gate;

# others take over when the lease has run out
my $next = start_program($node, @notifier);
ok( $node->poll_query_until('mistral',
		"SELECT (SELECT count(*) FROM mistral.events) = $count * 6
			AND NOT EXISTS (SELECT 1 FROM mistral.event_deliveries)"),
	'everything is delivered in the end');
$next->signal('TERM');
ok($next->finish, 'the notifier stops when told to');

my %events;
foreach my $line (split /\n/, slurp_file($seen))
{
	my ($execution, $id, $event) = split / /, $line;
	my $list = $events{$execution} //= [];

	# a duplicate has the id of what came before it
	next if grep { $_->[0] == $id } @$list;
	push @$list, [ $id, $event ];
}
is(scalar(keys %events), $count, 'events of every execution have come');
my $wanted = join ' ', qw(WORKFLOW_LAUNCHED TASK_LAUNCHED TASK_SUCCEEDED
  TASK_LAUNCHED TASK_SUCCEEDED WORKFLOW_SUCCEEDED);
my @wrong = grep { join(' ', map { $_->[1] } @{ $events{$_} }) ne $wanted } keys %events;
is(scalar(@wrong), 0, 'all of them, each in order');

$node->stop;
done_testing();
