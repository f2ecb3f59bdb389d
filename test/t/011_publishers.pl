# Publishers: files, programs, signed webhooks, channels and the log; what is
# slow or wrong holds up nothing else, and an idle notifier does nothing.

use strict;
use warnings;

use Digest::SHA 'hmac_sha256_hex';
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $program = program_or_skip('mistral-notifier');
my $node = new_node('main', 'mistral.delivery_max_attempts = 2', 'autovacuum = off');
my $dir = PostgreSQL::Test::Utils::tempdir();

sub value
{
	return $node->safe_psql('mistral', $_[0]);
}

sub subscribe
{
	my ($name, $publisher, $more) = @_;
	value("SELECT mistral.create_event_subscription('$name', '$publisher'" . ($more // '') . ')');
	return;
}

# a service that keeps each request in a file of its own, and answers with the
# status in its path; /hang is never answered
my ($served, @hanging) = (0);
my $url = 'http://127.0.0.1:' . start_service(
	sub {
		my ($client) = @_;
		my ($head, $length, $body) = ('', 0, '');
		while (defined(my $line = <$client>))
		{
			last if $line =~ /^\r?\n$/;
			$length = $1 if $line =~ /^content-length: (\d+)/i;
			$head .= $line;
		}
		read $client, $body, $length;
		my ($path) = $head =~ m{^POST /(\w+)};
		open(my $out, '>', "$dir/request." . ++$served . '.tmp') or die;
		print $out "$head\n$body";
		close $out;
		rename "$dir/request.$served.tmp", "$dir/$path.$served";
		if ($path eq 'hang')
		{
			push @hanging, $client;
			return;
		}
		print $client "HTTP/1.1 $path Said\r\nLocation: http://127.0.0.1:", $client->sockport,
		  "/200\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
		close $client;
	});

sub write_program
{
	my ($name, $text) = @_;
	open(my $file, '>', "$dir/$name") or die "could not write $dir/$name: $!";
	print $file "#!/bin/sh\n$text\n";
	close $file;
	chmod 0755, "$dir/$name";
	return "$name=$dir/$name";
}

my @programs = (
	write_program('note', "{ cat; echo \" \$MISTRAL_EVENT \$MISTRAL_EVENT_ID\"; } >> $dir/noted"),
	write_program('code', 'exit 3'),
	write_program('hung', 'sleep 600 & sleep 600'),
	'gone=/nowhere/at/all');

create_workflows($node, <<'YAML');
version: '2.0'

tell:
  tasks:
    first: {action: std.noop, on-success: second}
    second: {action: std.noop}
YAML

my @command = (
	$program, '--denied-ranges=none', '--timeout=1', '--lease=3', '--poll-interval=60',
	"--files=all=$dir/all", '--file-max-size=20000', '--file-keep=100',
	'--programs=' . join(',', @programs));
my @notifiers = map { start_program($node, @command) } 1 .. 2;
my $idle = q{SELECT count(*) = 2 FROM pg_stat_activity WHERE state = 'idle' AND query ~ 'claim_deliveries'};
ok(wait_for($node, $idle), 'the notifiers wait for deliveries');

# an endpoint that never answers, with many deliveries, and one that does
my $count = 60;
subscribe('slow', qq({"type": "webhook", "url": "$url/hang"}));
subscribe('file', '{"type": "file", "name": "all"}');
value("SELECT count(mistral.start_workflow('tell')) FROM generate_series(1, $count)");
my $left = q{SELECT count(*) FROM mistral.event_deliveries WHERE endpoint = 'file all'};
my $routed = q{NOT EXISTS (SELECT 1 FROM mistral.stat_events WHERE kind = 'router' AND pending > 0)};
ok(wait_for($node, "SELECT $routed AND ($left) = 0"), 'an endpoint that hangs delays no other');
cmp_ok(value(q{SELECT count(*) FROM mistral.event_deliveries WHERE endpoint LIKE '%/hang'}),
	'>', $count, 'and is still to get most of its own');
value(q{SELECT mistral.delete_event_subscription('slow')});
value(q{SELECT mistral.delete_event_subscription('file')});
value('DELETE FROM mistral.event_deliveries');

# the files of two notifiers: each event once, in the order of its execution
my @files = sort { (split /\./, $b)[-1] <=> (split /\./, $a)[-1] } glob("$dir/all.*");
cmp_ok(scalar @files, '>', 2, 'files are rotated');
is(scalar(grep { -s $_ > 20000 } @files, "$dir/all"), 0, 'before they are too long');
my (%seen, %last, $lines, $wrong);
foreach my $line (map { split /\n/, slurp_file($_) } @files, "$dir/all")
{
	my ($id, $execution) =
	  $line =~ /^\{"id": (\d+), "event": \{.*"(?:workflow_execution_id)": "([^"]+)".*\}\}$/;
	($id, $execution) = $line =~ /^\{"id": (\d+), "event": \{.*"id": "([^"]+)".*\}\}$/
	  unless defined $id;
	$lines++;
	$wrong++ if !defined $id || $seen{$id}++ || $id < ($last{$execution} // 0);
	$last{ $execution // '' } = $id;
}
is($lines, 6 * $count, 'every event is a line');
is($wrong // 0, 0, 'once, and in order');

# programs
subscribe('note', '{"type": "program", "name": "note"}', q{, '{WORKFLOW_SUCCEEDED}'});
subscribe("bad $_", qq({"type": "program", "name": "$_"}), q{, '{WORKFLOW_LAUNCHED}'})
  foreach qw(code hung gone unknown);
# webhooks
subscribe('signed',
	qq({"type": "webhook", "url": "$url/201", "secret": "key", "headers": {"X-Own": "mine", "Content-Type": "application/json", "X-Bad\\r\\nA": "b"}}),
	q{, '{WORKFLOW_SUCCEEDED}'});
subscribe('hanging', qq({"type": "webhook", "url": "$url/hang"}), q{, '{WORKFLOW_LAUNCHED}'});
subscribe("status $_", qq({"type": "webhook", "url": "$url/$_"}), q{, '{WORKFLOW_LAUNCHED}'})
  foreach qw(204 302 500);
subscribe('closed', '{"type": "webhook", "url": "http://127.0.0.1:1/"}', q{, '{WORKFLOW_LAUNCHED}'});
# and what the scheduler does itself
subscribe('log', '{"type": "log"}', q{, '{TASK_SUCCEEDED}'});
subscribe('channel', '{"type": "notify", "channel": "Told Events"}', q{, '{TASK_SUCCEEDED}'});
my $listening = $node->background_psql('mistral');
$listening->query_safe('LISTEN "Told Events"');
my $log_start = -s $node->logfile;
my $id = start_workflow($node, 'tell');
ok( wait_for($node,
		"SELECT $routed AND (SELECT count(*) > 0 AND bool_and(is_dead) FROM mistral.event_deliveries)"),
	'what fails is tried again and given up');
my $reasons = value(q{SELECT string_agg(regexp_replace(endpoint, '127.*/', '') || ': ' || error || ' ' || attempts, E'\n'
		ORDER BY endpoint COLLATE "C") FROM mistral.event_deliveries});
$reasons =~ s/(Failed to connect|timed out) .* /$1 /g;
is("$reasons\n", <<'TEXT', 'with the reason');
program code: the program ended with code 3 2
program gone: the program ended with code 127 2
program hung: the program did not end in time 2
program unknown: this notifier has no program of that name 2
webhook http://: Failed to connect 2
webhook http://302: the answer has status 302, and redirects are not followed 2
webhook http://500: the answer has status 500 2
webhook http://hang: Operation timed out 2
TEXT
my $event_id = value("SELECT id FROM mistral.events WHERE execution_id = '$id' AND event = 'WORKFLOW_SUCCEEDED'");
my $payload = value("SELECT payload FROM mistral.events WHERE id = $event_id");
is(slurp_file("$dir/noted"), "$payload WORKFLOW_SUCCEEDED $event_id\n",
	'a program gets the event and its id');
is(scalar(() = glob("$dir/500.*")), 2, 'a webhook is tried as often as the setting says');
is(scalar(() = glob("$dir/200.*")), 0, 'and not redirected');
my ($request) = glob("$dir/201.*");
my ($head, $body) = split /\n\n/, slurp_file($request) =~ s/\r//gr, 2;
is($body, $payload, 'its body is the event');
my $signature = 'X-Mistral-Signature: sha256=' . hmac_sha256_hex($body, 'key');
foreach my $line ($signature, 'X-Own: mine', 'Content-Type: application/json',
	'X-Mistral-Event: WORKFLOW_SUCCEEDED', "X-Mistral-Event-Id: $event_id")
{
	like($head, qr/^\Q$line\E$/m, $line =~ s/(: sha256=).*/$1.../r);
}
unlike($head, qr/^(A:|X-Bad)/m, 'a header is no place for others');
my ($other) = glob("$dir/500.*");
unlike(slurp_file($other), qr/^(content-type|x-mistral-signature)/im,
	'no type and no signature without being asked');

my $task = "(SELECT min(id) FROM mistral.events WHERE root_id = '$id' AND event = 'TASK_SUCCEEDED')";
my $out = $listening->query('SELECT 1');
my @told = $out =~ /"Told Events" with payload "(\{.*?\})"/g;
is(scalar @told, 2, 'a channel is told of each event');
is(value("SELECT ('$told[0]'::json ->> 'id')::bigint = $task"), 't', 'in order');
$listening->quit;
my @logged = slurp_file($node->logfile, $log_start) =~ /LOG:  mistral event (\d+): TASK_SUCCEEDED of execution $id task/g;
is("@logged", value("SELECT string_agg(id::text, ' ' ORDER BY id) FROM mistral.events WHERE root_id = '$id' AND event = 'TASK_SUCCEEDED'"),
	'and the log');

# what was given up can be tried again
value(q{UPDATE mistral.event_subscriptions SET is_enabled = false, name = 'old ' || name});
write_program('code', 'exit 0');
value(q{SELECT mistral.retry_delivery(id) FROM mistral.event_deliveries WHERE endpoint = 'program code'});
ok(wait_for($node, q{SELECT NOT EXISTS (SELECT 1 FROM mistral.event_deliveries WHERE endpoint = 'program code')}),
	'what was given up can be tried again');

# old events and deliveries go
value(q{UPDATE mistral.events SET created_at = now() - interval '8 days'});
value(q{UPDATE mistral.event_deliveries SET created_at = now() - interval '8 days' WHERE endpoint LIKE 'program%'});
value('SELECT pg_reload_conf()');
ok( wait_for($node, q{SELECT count(*) <= 1 AND NOT EXISTS (SELECT 1 FROM mistral.event_deliveries WHERE endpoint LIKE 'program%')
		FROM mistral.events}),
	'old events and deliveries are removed');
cmp_ok(value('SELECT count(*) FROM mistral.event_deliveries'), '>', 0, 'younger ones are not');
value('DELETE FROM mistral.event_deliveries');

# the server goes away and comes back
subscribe('file', '{"type": "file", "name": "all"}', q{, '{WORKFLOW_SUCCEEDED}'});
$node->stop('immediate');
$node->start;
$id = start_workflow($node, 'tell');
ok(wait_for($node, "SELECT NOT EXISTS (SELECT 1 FROM mistral.event_deliveries) AND $routed"),
	'notifiers come back with the server');
like(slurp_file("$dir/all"), qr/$id/, 'and deliver');

# told to stop in the middle, a notifier ends what is under way
subscribe('hanging', qq({"type": "webhook", "url": "$url/hang"}), q{, '{WORKFLOW_LAUNCHED}'});
my $requests = () = glob("$dir/hang.*");
start_workflow($node, 'tell');
ok(wait_for($node, q{SELECT count(*) = 1 FROM mistral.event_deliveries WHERE claimed_until IS NOT NULL}),
	'a delivery is under way');
$_->signal('TERM') foreach @notifiers;
ok($_->finish, 'told to stop, a notifier ends') foreach @notifiers;
is(value('SELECT attempts FROM mistral.event_deliveries'), 1,
	'and reports what was under way');

$node->stop;
done_testing();
