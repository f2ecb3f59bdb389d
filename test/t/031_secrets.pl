# Secrets reach the program that runs an action, and nothing else that anybody can
# read: not the events, not a dump's other tables, not the logs of the programs.

use strict;
use warnings;

use IO::Handle;
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $executor = program_or_skip('mistral-executor');
my $notifier = program_or_skip('mistral-notifier');
my $node = new_node('main', "mistral.secret_keys = 'api_token'");
my $canary = 'Canary-7d2f-of-nobody';
my $named = 'Canary-by-its-name';

# notes what it is asked, and says it again
my $seen = PostgreSQL::Test::Utils::tempdir() . '/seen';
open(my $log, '>', $seen) or die "could not write $seen: $!";
$log->autoflush(1);
my $port = start_service(
	sub {
		my ($client) = @_;
		my ($request, $length) = ('', 0);
		while (defined(my $line = <$client>))
		{
			$request .= $line;
			$length = $1 if $line =~ /^content-length: (\d+)/i;
			last if $line =~ /^\r?\n$/;
		}
		read($client, my $body, $length) if $length > 0;
		$request .= $body // '';
		print $log $request, "\n";
		my $answer = "you said $request";
		print $client "HTTP/1.1 " . ($request =~ m{^POST /fail} ? '500 Oops' : '200 OK') . "\r\nContent-Length: " . length($answer)
		  . "\r\nConnection: close\r\n\r\n$answer";
		close $client;
	});

create_workflows($node, <<"YAML");
version: '2.0'

told:
  input: [api_token]
  output: {answer: <% task(ok).result.content %>}
  tasks:
    ok:
      action: std.http
      input: {url: "http://127.0.0.1:$port/ok?t=<% env().password %>", headers: {X-Auth: <% \$.api_token %>}}
      on-success: wrong
    wrong:
      action: std.http
      input: {url: "http://127.0.0.1:$port/fail", method: POST, body: <% 'secret ' + env().password %>}
      on-error: noop
YAML
my @running = (start_program($node, $executor, '--denied-ranges=none', '--log-level=debug'),
	start_program($node, $notifier, '--denied-ranges=none', '--poll-interval=0.2'));
$node->safe_psql('mistral', qq(SELECT mistral.create_environment('prod', '{"password": "$canary"}', secrets => '{password}')));
$node->safe_psql('mistral', qq(SELECT mistral.create_event_subscription('hook', '{"type": "webhook", "url": "http://127.0.0.1:$port/hook"}')));
my $id = $node->safe_psql('mistral', qq(SELECT mistral.start_workflow('told', '{"api_token": "$named"}', '{"env": "prod"}')));
is(wait_final($node, $id), 'SUCCESS', 'the workflow ends');
ok( wait_for($node, q{SELECT c.last_id > 0 AND NOT EXISTS (SELECT FROM mistral.event_deliveries)
			AND NOT EXISTS (SELECT FROM mistral.events e WHERE (e.xact_id, e.id) > (c.last_xact, c.last_id))
		  FROM mistral.event_consumers c WHERE c.name = ''}),
	'webhooks are out');

# ---- who got it
my @requests = split /\n(?=GET|POST)/, slurp_file($seen);
my ($ok) = grep { m{^GET /ok} } @requests;
my ($wrong) = grep { m{^POST /fail} } @requests;
my @hooks = grep { m{^POST /hook} } @requests;
like($ok, qr/t=$canary .*X-Auth: $named/s, 'the service gets the secrets');
like($wrong, qr/secret $canary/, 'also in a body');
ok(@hooks > 4, 'there were webhooks');
is(scalar(grep { /$canary|$named/ } @hooks), 0, 'in which they are not');
unlike(slurp_file($_), qr/$canary|$named/, "nor in $_") foreach grep { -e } map { $node->logfile . ".mistral-$_" } qw(executor notifier);
like($node->safe_psql('mistral', "SELECT output FROM mistral.executions WHERE id = '$id'"), qr/t=<secret [0-9a-f]{16}> .*X-Auth: <secret/s,
	'what the service said of them is sealed');

# ---- a dump has them in one table, and a restored database goes on with them
$_->signal('TERM') foreach @running;
$_->finish foreach @running;
my $waiting = $node->safe_psql('mistral', qq(SELECT mistral.start_workflow('told', '{"api_token": "$named"}', '{"env": "prod"}')));
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-d', $node->connstr('mistral'), '-f', $dump ], 'dump');
my ($table, %found) = ('');
foreach my $line (split /\n/, slurp_file($dump))
{
	$table = $1 if $line =~ /^COPY (\S+)/;
	$found{$table} = 1 if $line =~ /$canary|$named/;
}
is(join(' ', sort keys %found), 'mistral.secrets', 'a dump has them in one table');
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('copy'), '-f', $dump ], 'restore');
$node->safe_psql('copy', 'SELECT mistral.resume_after_restore()');
is( $node->safe_psql('copy', q{SELECT input -> 'headers' ->> 'X-Auth' FROM mistral.claim_actions(
		mistral.register_executor('copy', actions => '{std.http}', keeps_rules => true), 1)}),
	$named, 'an executor of the copy gets them');

# ---- they go with what they belong to
$node->safe_psql('mistral', "SELECT mistral.delete_execution(id, true) FROM mistral.executions; SELECT mistral.delete_environment('prod')");
is($node->safe_psql('mistral', 'SELECT count(*) FROM mistral.secrets'), '0', 'nothing is left');
is_sound($node, 'nothing is violated');

done_testing();
