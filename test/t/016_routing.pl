# Deliveries of events while transactions that write events stay open: each
# event is delivered once and in order, whatever becomes of workers and server
# in the middle, and a dump takes along what is still to be delivered.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', 'max_prepared_transactions = 5', 'max_connections = 40');

sub value
{
	return $node->safe_psql('mistral', $_[0]);
}

value('SELECT mistral.create_roles()');
foreach my $role (qw(idle busy quiet))
{
	value("CREATE ROLE $role LOGIN IN ROLE mistral_user");
	$node->safe_psql('mistral', <<"SQL");
SET ROLE $role;
SELECT count(*) FROM mistral.create_workflows(\$\$
version: '2.0'

tell:
  tasks:
    first: {action: std.noop, on-success: second}
    second: {action: std.noop}
\$\$);
SELECT mistral.create_event_subscription('file', '{"type": "file", "name": "$role"}');
SQL
}

sub session
{
	my ($role) = @_;
	my $session = $node->background_psql('mistral');
	$session->query_safe("SET ROLE $role");
	return $session;
}

# six events: of the execution, and of each task
sub start
{
	my ($role, $n) = @_;
	value("SET ROLE $role; SELECT count(mistral.start_workflow('tell')) FROM generate_series(1, $n)");
	return;
}

# events that have no delivery, more than one, or one out of order
my $wrong = q{
	SELECT x.* FROM (
		SELECT e.id, count(d.id) AS n, min(e.project_id) FROM mistral.events e
		  LEFT JOIN mistral.event_deliveries d ON d.event_id = e.id
		 GROUP BY e.id HAVING count(d.id) <> 1
		UNION ALL
		SELECT d.event_id, 0, d.stream::text FROM (
			SELECT d.event_id, d.stream, lag(d.event_id) OVER (PARTITION BY d.stream ORDER BY d.id) AS before
			  FROM mistral.event_deliveries d) d
		 WHERE d.before > d.event_id) x};

sub is_routed
{
	my ($what) = @_;
	ok(wait_for($node, "SELECT NOT EXISTS (SELECT FROM mistral.stat_events WHERE kind = 'router' AND pending > 0)"),
		"$what: all is routed");
	is(value($wrong), '', "$what: each event once, in order");
	return;
}

sub delivered
{
	my ($role) = @_;
	return "(SELECT count(*) FROM mistral.event_deliveries WHERE endpoint = 'file $role')";
}

# two projects are held up at different places; the third one is not
my $idle = session('idle');
$idle->query_safe(q{BEGIN; SELECT mistral.start_workflow('tell')});
start('quiet', 1);
ok(wait_for($node, 'SELECT ' . delivered('quiet') . ' = 6'), 'an idle tenant delays no other');
my $busy = session('busy');
$busy->query_safe(q{BEGIN; SELECT mistral.start_workflow('tell')});
start($_, 3) foreach qw(idle busy quiet);
ok(wait_for($node, 'SELECT ' . delivered('quiet') . ' = 24'), 'nor do two');
is(value('SELECT ' . delivered('idle') . ' + ' . delivered('busy')), 0, 'theirs wait');
is(value('SELECT count(*) FROM mistral.event_delays'), 2, 'each of them by itself');

# the dump has what was routed, and what is to be routed
my $dump = $node->basedir . '/delayed.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, '-d', $node->connstr('mistral') ], 'dumped');
my $as_of_dump = value('SELECT count(*) FROM mistral.events');

$busy->query_safe('COMMIT');
ok(wait_for($node, 'SELECT ' . delivered('busy') . ' = 24'), 'one of them goes on');
is(value('SELECT ' . delivered('idle')), 0, 'the other waits');

# workers that end in the middle, while new events come and transactions open
# and close
my $more = q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'mistral scheduler'};
foreach my $round (1 .. 6)
{
	start($_, 20) foreach qw(busy quiet);
	$busy->query_safe($round % 2 ? q{BEGIN; SELECT mistral.start_workflow('tell')} : 'COMMIT');
	value($more);
	start($_, 20) foreach qw(idle quiet);
	$idle->query_safe('COMMIT') if $round == 3;
	$idle->query_safe(q{BEGIN; SELECT mistral.start_workflow('tell')}) if $round == 4;
}
$idle->query_safe('ROLLBACK');
is_routed('workers ended');
is(value('SELECT count(*) FROM mistral.events'), 6 * (3 + 9 + 24 * 20 + 3), 'no event is missing');

# the server crashes, and a prepared transaction is there afterwards
$idle->query_safe(q{BEGIN; SELECT mistral.start_workflow('tell'); PREPARE TRANSACTION 'idle'});
my $busy_before = value('SELECT ' . delivered('busy'));
start($_, 1) foreach qw(idle busy);
ok(wait_for($node, 'SELECT ' . delivered('busy') . " = $busy_before + 6"),
	'a prepared transaction delays no other');
my $idle_before = value('SELECT ' . delivered('idle'));
$node->stop('immediate');
$node->start;
start($_, 1) foreach qw(idle busy);
ok(wait_for($node, 'SELECT ' . delivered('busy') . " = $busy_before + 12"), 'also after a crash');
is(value('SELECT ' . delivered('idle')), $idle_before, 'its own project waits');
value(q{COMMIT PREPARED 'idle'});
ok(wait_for($node, 'SELECT ' . delivered('idle') . " = $idle_before + 18"), 'until it is committed');
is_routed('crashed');
ok(wait_for($node, 'SELECT NOT EXISTS (SELECT FROM mistral.event_delays)'), 'nobody is left behind');

# old events go, but not those that are still to be routed
value(q{SET ROLE idle; BEGIN; SELECT mistral.start_workflow('tell'); PREPARE TRANSACTION 'old'});
start($_, 1) foreach qw(idle quiet);
ok(wait_for($node, 'SELECT EXISTS (SELECT FROM mistral.event_delays)'), 'left behind');
value(q{UPDATE mistral.events SET created_at = now() - interval '8 days'});
value('SELECT pg_reload_conf()');
ok(wait_for($node, q{SELECT count(*) BETWEEN 6 AND 7 FROM mistral.events}), 'old events are removed');
value(q{DELETE FROM mistral.event_deliveries});
value(q{COMMIT PREPARED 'old'});
ok(wait_for($node, 'SELECT ' . delivered('idle') . ' = 12'), 'not before they are routed');

# what was dumped
my $new = init_node('new');
$new->safe_psql('postgres', 'CREATE DATABASE mistral');
$new->safe_psql('postgres', "CREATE ROLE $_")
  foreach qw(mistral_admin mistral_user mistral_executor mistral_observer);
$new->safe_psql('postgres', "CREATE ROLE $_ IN ROLE mistral_user") foreach qw(idle busy quiet);
$new->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $new->connstr('mistral') ], 'restored');
$node->stop;
$node = $new;
value('SELECT mistral.resume_after_restore()');
is_routed('restored');
is(value('SELECT count(*) FROM mistral.event_deliveries'), $as_of_dump, 'and nothing else');
start('quiet', 1);
ok(wait_for($node, 'SELECT NOT EXISTS (SELECT FROM mistral.event_delays)'), 'the delays have ended');
is_routed('new events');
is_sound($node, 'nothing is violated');

$node->stop;
done_testing();
