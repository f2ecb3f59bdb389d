# Trace contexts go out with requests and webhooks, unless these have their own.

use strict;
use warnings;

use IO::Handle;
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $executor = program_or_skip('mistral-executor');
my $notifier = program_or_skip('mistral-notifier');
my $node = new_node('main');
my $trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

# notes "path trace" of each request
my $seen = PostgreSQL::Test::Utils::tempdir() . '/seen';
open(my $log, '>', $seen) or die "could not write $seen: $!";
$log->autoflush(1);
my $port = start_service(
	sub {
		my ($client) = @_;
		my ($path, $length, $given) = ((<$client> // '') =~ m{^\w+ (\S+)}, 0, '-');
		while (defined(my $line = <$client>))
		{
			$length = $1 if $line =~ /^content-length: (\d+)/i;
			$given = $1 if $line =~ /^traceparent: (\S*)/i;
			last if $line =~ /^\r?\n$/;
		}
		read($client, my $body, $length) if $length > 0;
		print $log "$path $given\n";
		print $client "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
		close $client;
	});

create_workflows($node, <<"YAML");
version: '2.0'

traced:
  tasks:
    plain: {action: std.http url="http://127.0.0.1:$port/plain"}
    below: {workflow: traced_below}
    own:
      action: std.http
      input: {url: "http://127.0.0.1:$port/own", headers: {TraceParent: mine}}

traced_below:
  tasks:
    deep: {action: std.http url="http://127.0.0.1:$port/deep"}

untraced:
  tasks:
    call: {action: std.http url="http://127.0.0.1:$port/none"}
YAML
start_program($node, $executor, '--denied-ranges=none');
start_program($node, $notifier, '--denied-ranges=none', '--poll-interval=0.2');
$node->safe_psql('mistral', "SELECT mistral.create_event_subscription('$_->[0]', '$_->[1]', '{WORKFLOW_SUCCEEDED}', '$_->[2]')")
  foreach (
	[ 'hook', qq({"type": "webhook", "url": "http://127.0.0.1:$port/hook"}), 'traced' ],
	[ 'own', qq({"type": "webhook", "url": "http://127.0.0.1:$port/own_hook", "headers": {"Traceparent": "mine"}}), 'traced' ],
	[ 'bare', qq({"type": "webhook", "url": "http://127.0.0.1:$port/bare_hook"}), 'untraced' ]);
my $id = $node->safe_psql('mistral', qq(SELECT mistral.start_workflow('traced', params => '{"traceparent": "$trace"}')));
is(wait_final($node, $id), 'SUCCESS', 'with a trace');
is(wait_final($node, start_workflow($node, 'untraced')), 'SUCCESS', 'without one');
ok( wait_for($node, q{SELECT c.last_id > 0 AND NOT EXISTS (SELECT FROM mistral.event_deliveries)
			AND NOT EXISTS (SELECT FROM mistral.events e WHERE (e.xact_id, e.id) > (c.last_xact, c.last_id))
		  FROM mistral.event_consumers c WHERE c.name = ''}),
	'webhooks are out');
is( join("\n", sort split /\n/, slurp_file($seen)), join("\n", '/bare_hook -', "/deep $trace", "/hook $trace", '/none -', '/own mine', '/own_hook mine', "/plain $trace"),
	'each has the trace of its execution, or its own, or none');
is_sound($node, 'nothing is left undone');

done_testing();
