# A server with fewer worker slots than its databases want: they take turns,
# and the timers of all of them run.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

# the launcher, that of logical replication, and three
my $node = init_node('main', 'max_worker_processes = 5');
my @databases = map { "db$_" } (1 .. 7);
my %started;

foreach my $database (@databases)
{
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION mistral');
	$node->safe_psql($database, q{SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
slots_later:
  tasks:
    t: {wait-before: 1, action: std.noop, on-success: u}
    u: {wait-before: 1, action: std.sql query="SELECT pg_sleep(0.5)"}
$$)});
}
foreach my $database (@databases)
{
	$started{$database} = $node->safe_psql($database, q{SELECT mistral.start_workflow('slots_later')});
}
ok($node->poll_query_until($databases[0], 'SELECT waiting > 0 FROM mistral.stat_worker_slots'),
	'some databases wait for their turn, and it shows');
foreach my $database (@databases)
{
	ok($node->poll_query_until($database,
			"SELECT mistral.get_execution('$started{$database}') ->> 'state' = 'SUCCESS'"),
		"the timers of $database run");
}
is($node->safe_psql($databases[0], 'SELECT databases FROM mistral.stat_worker_slots'),
	scalar(@databases), 'all of them are known');

$node->stop;
done_testing();
