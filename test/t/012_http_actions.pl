# HTTP actions: every way in which a request can go wrong ends its action with
# a reason, and what takes long keeps its lease.

use strict;
use warnings;

use IO::Socket::INET;
use MistralTest;
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;

my $program = program_or_skip('mistral-executor');
my $node = new_node('main');

# a service: what it answers is in the path
my $listener = IO::Socket::INET->new(
	LocalAddr => '127.0.0.1',
	Listen => 50,
	ReuseAddr => 1) or die "could not listen: $!";
my $url = '127.0.0.1:' . $listener->sockport;
my %answers = (
	missing => "HTTP/1.0 404 Not Found\r\n\r\nno such thing",
	broken => "HTTP/1.0 500 Oops\r\nContent-Type: application/json\r\n\r\n{\"why\": 7}",
	cut => "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort",
	nonsense => "what do you want\r\n\r\n",
	none => '',
	loop => "HTTP/1.0 302 Found\r\nLocation: /loop\r\n\r\n",
	moved => "HTTP/1.0 302 Found\r\nLocation: /fine\r\n\r\n",
	away => "HTTP/1.0 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n",
	fine => "HTTP/1.0 200 OK\r\n\r\nfine",
	binary => "HTTP/1.0 200 OK\r\n\r\n\x00\xff\xfe",
	claimed => "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
my $service = fork() // die "could not fork: $!";
if ($service == 0)
{
	local $SIG{PIPE} = 'IGNORE';
	local $SIG{CHLD} = 'IGNORE';
	while (my $client = $listener->accept)
	{
		next if fork();
		read $client, my $first, 1;
		if ($first ne 'G')
		{
			print $client "this is not TLS\r\n";
			POSIX::_exit(0);
		}
		my ($path) = (<$client> // '') =~ m{^ET /(\w+)};
		$path //= 'none';
		while (defined(my $line = <$client>))
		{
			last if $line =~ /^\r?\n$/;
		}
		# what hangs ends when the other side has given up
		<$client> if $path eq 'hang';
		select(undef, undef, undef, 4) if $path eq 'slow';
		print $client $answers{$path} // $answers{fine};
		if ($path eq 'huge')
		{
			# until nobody reads any more
			1 while print $client 'x' x 65536;
		}
		close $client;
		POSIX::_exit(0);
	}
	POSIX::_exit(0);
}
close $listener;

END
{
	my $code = $?;
	kill 'KILL', $service if $service;
	$? = $code;
}

create_workflows($node, <<'YAML');
version: '2.0'

ask:
  input: [url, timeout: 20]
  output: {said: <% task(call).result.content %>}
  output-on-error: {said: <% task(call).result %>}
  tasks:
    call:
      action: std.http
      input: {url: <% $.url %>, timeout: <% $.timeout %>, allow_redirects: true}

limited:
  input: [url]
  tasks:
    call: {action: std.http url=<% $.url %>, timeout: 1}
YAML

my @command = ($program, '--name', 'http', '--lease', '3', '--http-max-content', '100000',
	'--http-denied-ranges', 'none');
my $executor = start_program($node, @command);

# each of them: state, and what its result says
my @cases = (
	[ "http://$url/fine", 'SUCCESS', qr/fine/ ],
	[ "http://$url/moved", 'SUCCESS', qr/fine/ ],
	[ "http://$url/missing", 'ERROR', qr/"status": 404/ ],
	[ "http://$url/broken", 'ERROR', qr/"status": 500/ ],
	[ "http://$url/loop", 'ERROR', qr/redirects/ ],
	[ "http://$url/away", 'ERROR', qr/Failed to send|not allowed/ ],
	[ "http://$url/cut", 'ERROR', qr/Failed to send HTTP request/ ],
	[ "http://$url/nonsense", 'ERROR', qr/Failed to send HTTP request/ ],
	[ "http://$url/none", 'ERROR', qr/Failed to send HTTP request/ ],
	[ "http://$url/huge", 'ERROR', qr/longer than the limit of 100000 bytes/ ],
	[ "http://$url/claimed", 'ERROR', qr/longer than the limit|Failed to send/ ],
	[ "http://$url/binary", 'SUCCESS', qr/said/ ],
	[ "http://$url/hang", 'ERROR', qr/Failed to send HTTP request: .*timed out/i, 1 ],
	[ "https://$url/fine", 'ERROR', qr/Failed to send HTTP request: .*(SSL|TLS)/ ],
	[ 'http://127.0.0.1:1/', 'ERROR', qr/Failed to send HTTP request: .*onnect/ ],
	[ 'http://no.such.host.invalid/', 'ERROR', qr/Failed to send HTTP request: .*resolve/ ],
	[ 'gopher://127.0.0.1/', 'ERROR', qr/raised an exception/ ],
	[ 'http://', 'ERROR', qr/raised an exception/ ],
	[ "http://$url/slow", 'SUCCESS', qr/fine/ ]);
foreach my $case (@cases)
{
	my ($to, $state, $said, $timeout) = @$case;
	push @$case, start_workflow($node, 'ask',
		sprintf '{"url": "%s", "timeout": %d}', $to, $timeout // 20);
}
foreach my $case (@cases)
{
	my ($to, $state, $said) = @$case;
	my $id = $case->[-1];
	my $name = $to =~ s/127[^\/]*/host/r;
	is(wait_final($node, $id), $state, $name);
	like($node->safe_psql('mistral', "SELECT output FROM mistral.executions WHERE id = '$id'"),
		$said, "$name says why");
}

# limits of the task, and executions that end before their actions
my $limited = start_workflow($node, 'limited', qq({"url": "http://$url/hang"}));
my $cancelled = start_workflow($node, 'ask', qq({"url": "http://$url/hang", "timeout": 60}));
wait_for($node,
	"SELECT count(*) = 1 FROM mistral.actions WHERE workflow_execution_id = '$cancelled' AND executor = 'http'");
$node->safe_psql('mistral', "SELECT mistral.cancel_execution('$cancelled')");
is(wait_final($node, $limited), 'ERROR', 'the limit of a task ends it');
is(state_of($node, $cancelled), 'CANCELLED', 'a running action is no obstacle to cancelling');
ok( wait_for($node,
		"SELECT bool_and(state IN ('ERROR', 'CANCELLED')) FROM mistral.actions WHERE workflow_execution_id IN ('$cancelled', '$limited')"),
	'and the actions end');

# another one after it, with the same name; what the first had begun ends first
my $slow = start_workflow($node, 'ask', qq({"url": "http://$url/slow"}));
wait_for($node,
	"SELECT count(*) = 1 FROM mistral.actions WHERE workflow_execution_id = '$slow' AND executor = 'http'");
$executor->signal('TERM');
my $next = start_program($node, @command);
my $id = start_workflow($node, 'ask', qq({"url": "http://$url/fine"}));
is(wait_final($node, $id), 'SUCCESS', 'while one executor ends its work the next one takes new');
ok($executor->finish, 'the first ends well');
is(state_of($node, $slow), 'SUCCESS', 'with its work done');
ok( wait_for($node, q{SELECT count(*) = 1 FROM mistral.executors}),
	'and is registered no more');
$next->signal('TERM');
ok($next->finish, 'the next one ends, too');
is($node->safe_psql('mistral', 'SELECT count(*) FROM mistral.executors'), 0, 'and is not, either');

$node->stop;
done_testing();
