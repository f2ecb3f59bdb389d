# The workers: they idle without statements, serve several databases, and go
# with the extension and the database.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', 'autovacuum = off');

# the number of our workers that are connected to a database
sub workers
{
	my ($database) = @_;
	return
	  "SELECT count(*) FROM pg_stat_activity WHERE datname = '$database' AND backend_type LIKE 'mistral%'";
}

my $flow = <<'YAML';
version: '2.0'

workers_later:
  tasks:
    first:
      action: std.noop
      wait-before: 1
YAML

ok( wait_for($node, 'SELECT (' . workers('mistral') . ') > 0'),
	'the workers start with the extension');
create_workflows($node, $flow);
my $id = start_workflow($node, 'workers_later');
is(wait_final($node, $id), 'SUCCESS', 'they run delayed calls');

# statements and transactions of the workers in ten idle seconds
my $activity = q{SELECT coalesce(sum(xact_commit + xact_rollback), 0)
	FROM pg_stat_database WHERE datname = 'mistral'};
wait_for($node,
	"SELECT count(*) = 0 FROM mistral.delayed_calls WHERE NOT is_dead AND due_at < now() + interval '1 min'");
my $before = $node->safe_psql('postgres', $activity);
my $cpu_before = worker_ticks($node);
$node->safe_psql('postgres', 'SELECT pg_sleep(10)');
is($node->safe_psql('postgres', $activity) - $before,
	0, 'idle workers make no transaction in ten seconds');
cmp_ok(worker_ticks($node) - $cpu_before,
	'<=', 1, 'and use no CPU');

# CPU of the workers of the database, in clock ticks
sub worker_ticks
{
	my ($server) = @_;
	my $ticks = 0;
	foreach my $pid (
		split /\n/,
		$server->safe_psql(
			'postgres',
			"SELECT pid FROM pg_stat_activity WHERE datname = 'mistral' AND backend_type LIKE 'mistral%'"
		))
	{
		my @fields = split / /, PostgreSQL::Test::Utils::slurp_file("/proc/$pid/stat") =~ s/^.*\) //r;
		$ticks += $fields[11] + $fields[12];
	}
	return $ticks;
}

# what a query does to the session does not outlast it
create_workflows(
	$node, q{
version: '2.0'

workers_lock:
  tasks:
    first:
      action: std.sql query="SELECT 1 FROM pg_catalog.pg_advisory_lock(77)"
      wait-before: 1
});
$id = start_workflow($node, 'workers_lock');
is(wait_final($node, $id), 'SUCCESS', 'a query takes a lock for the session');
is( $node->safe_psql(
		'mistral', "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77"),
	'0',
	'and the worker does not keep it');

# several databases in one cluster
$node->safe_psql('postgres', 'CREATE DATABASE other');
$node->safe_psql('other', 'CREATE EXTENSION mistral');
ok($node->poll_query_until('postgres', 'SELECT (' . workers('other') . ') > 0'),
	'a second database gets workers of its own');
$node->safe_psql('other',
	'SELECT count(*) FROM mistral.create_workflows(' . MistralTest::quote($flow) . ')');
$id = $node->safe_psql('other', "SELECT mistral.start_workflow('workers_later')");
ok( $node->poll_query_until(
		'other', "SELECT mistral.get_execution('$id') ->> 'state' = 'SUCCESS'"),
	'they run delayed calls there');

# all come back with the server
$node->restart;
ok( $node->poll_query_until(
		'postgres',
		'SELECT (' . workers('mistral') . ') > 0 AND (' . workers('other') . ') > 0'),
	'all workers come back with the server');

# a worker that dies comes back
my $pid = $node->safe_psql('postgres',
	"SELECT min(pid) FROM pg_stat_activity WHERE datname = 'mistral' AND backend_type LIKE 'mistral%'"
);
$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
ok( $node->poll_query_until(
		'postgres',
		"SELECT count(*) > 0 AND bool_and(pid <> $pid) FROM pg_stat_activity WHERE datname = 'mistral' AND backend_type LIKE 'mistral%'"
	),
	'a worker that was terminated is replaced');
$id = start_workflow($node, 'workers_later');
is(wait_final($node, $id), 'SUCCESS', 'and the new one works');

# the extension and the database can go
$node->safe_psql('mistral', 'DROP EXTENSION mistral CASCADE');
ok( $node->poll_query_until(
		'postgres', 'SELECT (' . workers('mistral') . ') = 0'),
	'the workers go with the extension');
$node->safe_psql('mistral', 'CREATE EXTENSION mistral');
ok( $node->poll_query_until(
		'postgres', 'SELECT (' . workers('mistral') . ') > 0'),
	'and come back with it');

# a command that waits for a busy worker to leave, and is cancelled
$node->safe_psql('other', q{SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
workers_busy:
  tasks:
    first:
      action: std.sql query="SELECT 1 FROM pg_catalog.pg_sleep(5)"
      wait-before: 1
$$)});
$id = $node->safe_psql('other', "SELECT mistral.start_workflow('workers_busy')");
$node->poll_query_until('postgres',
	q{SELECT count(*) > 0 FROM pg_stat_activity
	   WHERE datname = 'other' AND wait_event = 'PgSleep' AND backend_type = 'mistral slow_scheduler'});
my ($status, $out) = $node->psql(
	'postgres', q{
	SET statement_timeout = '500ms';
	DROP DATABASE other;
	RESET statement_timeout;
	DO $$
	BEGIN
		FOR i IN 1..600 LOOP
			EXIT WHEN (SELECT count(*) > 1 FROM pg_stat_activity
						WHERE datname = 'other' AND backend_type LIKE 'mistral%');
			PERFORM pg_sleep(0.1), pg_stat_clear_snapshot();
		END LOOP;
	END
	$$;
	SELECT count(*) > 1 FROM pg_stat_activity
	 WHERE datname = 'other' AND backend_type LIKE 'mistral%'}, on_error_stop => 0);
is($out, 't', 'workers come back when DROP DATABASE is cancelled while they leave');
ok( $node->poll_query_until(
		'other', "SELECT mistral.get_execution('$id') ->> 'state' = 'SUCCESS'"),
	'and have gone on');
$node->safe_psql('postgres', 'DROP DATABASE other');
is( $node->safe_psql(
		'postgres', "SELECT count(*) FROM pg_database WHERE datname = 'other'"),
	'0',
	'workers are no obstacle to DROP DATABASE');

# databases that nobody can connect to do not keep others waiting
foreach my $i (1 .. 5)
{
	$node->safe_psql('postgres', "CREATE DATABASE invalid_$i");
	$node->safe_psql('postgres', "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'invalid_$i'");
}
$node->restart;
$node->safe_psql('postgres', 'CREATE DATABASE another');
$node->safe_psql('another', 'CREATE EXTENSION mistral');
ok($node->poll_query_until('postgres', 'SELECT (' . workers('another') . ') > 1'),
	'databases that cannot be connected to are no obstacle');

$node->stop;
done_testing();
